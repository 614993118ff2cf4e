//! Faces of the demo's people: a tinted square with head, hair and shoulders.

use super::{
    DemoError,
    canvas::{Canvas, Ink},
};

/// Width and height of a face, in pixels: what the media part makes of an uploaded one.
pub const SIDE_PX: u32 = 256;

/// How somebody wears their hair.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hair {
    /// Close to the head.
    Short,
    /// To the chin, with a fringe.
    Bob,
    /// Over the shoulders.
    Long,
    /// Tied up.
    Bun,
    /// Round and full.
    Curls,
    /// Short, with a beard.
    Beard,
    /// A beard and nothing else.
    BaldBeard,
    /// Under a scarf, in the colour of the hair.
    Scarf,
}

/// One face. Colours are `0xRRGGBB`.
#[derive(Clone, Copy)]
pub struct Face {
    /// Behind the person.
    pub tint: u32,
    /// Their skin.
    pub skin: u32,
    /// Their hair or scarf.
    pub hair: u32,
    /// What they wear.
    pub shirt: u32,
    /// How they wear their hair.
    pub cut: Hair,
}

/// Draws a face, as a JPEG file.
///
/// # Errors
/// When it cannot be drawn.
pub fn draw(face: &Face) -> Result<Vec<u8>, DemoError> {
    let mut canvas = Canvas::new(SIDE_PX, SIDE_PX)?;
    canvas.paper(Ink::Flat(face.tint));
    behind(&mut canvas, face);
    shoulders(&mut canvas, face);
    canvas.ellipse((128.0, 112.0), (41.0, 50.0), Ink::Flat(face.skin));
    in_front(&mut canvas, face);
    canvas.into_jpeg()
}

fn shoulders(canvas: &mut Canvas, face: &Face) {
    canvas.shape(Ink::Flat(face.shirt), |path| {
        path.move_to(38.0, 256.0);
        path.cubic_to(40.0, 206.0, 76.0, 190.0, 128.0, 190.0);
        path.cubic_to(180.0, 190.0, 216.0, 206.0, 218.0, 256.0);
        path.close();
    });
    let shadow = mix(face.skin, 0x000000, 0.14);
    canvas.round_rect((108.0, 138.0), (40.0, 58.0), 14.0, Ink::Flat(shadow));
    canvas.ellipse((128.0, 193.0), (24.0, 14.0), Ink::Flat(shadow));
}

fn behind(canvas: &mut Canvas, face: &Face) {
    let ink = Ink::Flat(face.hair);
    match face.cut {
        Hair::Long => canvas.shape(ink, |path| {
            path.move_to(128.0, 46.0);
            path.cubic_to(60.0, 46.0, 66.0, 130.0, 62.0, 206.0);
            path.line_to(194.0, 206.0);
            path.cubic_to(190.0, 130.0, 196.0, 46.0, 128.0, 46.0);
            path.close();
        }),
        Hair::Bob => canvas.shape(ink, |path| {
            path.move_to(128.0, 46.0);
            path.cubic_to(64.0, 46.0, 72.0, 120.0, 70.0, 168.0);
            path.line_to(186.0, 168.0);
            path.cubic_to(184.0, 120.0, 192.0, 46.0, 128.0, 46.0);
            path.close();
        }),
        Hair::Curls => {
            for (x, y, radius) in CURLS {
                canvas.disc((*x, *y), *radius, ink);
            }
        }
        Hair::Bun => canvas.disc((128.0, 42.0), 22.0, ink),
        Hair::Scarf => canvas.shape(ink, |path| {
            path.move_to(128.0, 40.0);
            path.cubic_to(52.0, 40.0, 64.0, 150.0, 54.0, 226.0);
            path.line_to(202.0, 226.0);
            path.cubic_to(192.0, 150.0, 204.0, 40.0, 128.0, 40.0);
            path.close();
        }),
        Hair::Short | Hair::Beard | Hair::BaldBeard => {}
    }
}

const CURLS: &[(f32, f32, f32)] = &[
    (128.0, 72.0, 40.0),
    (92.0, 82.0, 30.0),
    (164.0, 82.0, 30.0),
    (80.0, 112.0, 24.0),
    (176.0, 112.0, 24.0),
    (106.0, 58.0, 26.0),
    (150.0, 58.0, 26.0),
];

fn in_front(canvas: &mut Canvas, face: &Face) {
    let ink = Ink::Flat(face.hair);
    match face.cut {
        Hair::Short => cap(canvas, ink, 100.0),
        Hair::Bun => cap(canvas, ink, 96.0),
        Hair::Curls => cap(canvas, ink, 92.0),
        Hair::Bob => fringe(canvas, ink),
        Hair::Long => parting(canvas, ink),
        Hair::Beard => {
            cap(canvas, ink, 98.0);
            beard(canvas, ink, face);
        }
        Hair::BaldBeard => beard(canvas, ink, face),
        Hair::Scarf => scarf(canvas, ink),
    }
}

/// Hair over the top of the head; `line` is where it ends at the temples.
fn cap(canvas: &mut Canvas, ink: Ink, line: f32) {
    canvas.shape(ink, |path| {
        path.move_to(85.0, line + 12.0);
        path.cubic_to(80.0, 42.0, 176.0, 42.0, 171.0, line + 12.0);
        path.cubic_to(168.0, line - 6.0, 160.0, line - 14.0, 146.0, line - 16.0);
        path.cubic_to(122.0, line - 10.0, 100.0, line - 18.0, 94.0, line - 8.0);
        path.cubic_to(88.0, line - 2.0, 88.0, line + 4.0, 85.0, line + 12.0);
        path.close();
    });
}

fn fringe(canvas: &mut Canvas, ink: Ink) {
    canvas.shape(ink, |path| {
        path.move_to(80.0, 128.0);
        path.cubic_to(74.0, 40.0, 182.0, 40.0, 176.0, 128.0);
        path.cubic_to(172.0, 112.0, 168.0, 104.0, 164.0, 96.0);
        path.cubic_to(140.0, 102.0, 112.0, 102.0, 92.0, 96.0);
        path.cubic_to(88.0, 104.0, 84.0, 112.0, 80.0, 128.0);
        path.close();
    });
}

fn parting(canvas: &mut Canvas, ink: Ink) {
    canvas.shape(ink, |path| {
        path.move_to(78.0, 146.0);
        path.cubic_to(70.0, 44.0, 186.0, 44.0, 178.0, 146.0);
        path.cubic_to(174.0, 116.0, 160.0, 92.0, 136.0, 72.0);
        path.cubic_to(118.0, 92.0, 88.0, 104.0, 78.0, 146.0);
        path.close();
    });
}

fn beard(canvas: &mut Canvas, ink: Ink, face: &Face) {
    canvas.shape(ink, |path| {
        path.move_to(87.0, 112.0);
        path.cubic_to(86.0, 178.0, 170.0, 178.0, 169.0, 112.0);
        path.cubic_to(164.0, 130.0, 156.0, 134.0, 146.0, 132.0);
        path.cubic_to(136.0, 126.0, 120.0, 126.0, 110.0, 132.0);
        path.cubic_to(100.0, 134.0, 92.0, 130.0, 87.0, 112.0);
        path.close();
    });
    canvas.ellipse((128.0, 142.0), (11.0, 4.0), Ink::Flat(mix(face.skin, 0x8A2F2F, 0.35)));
}

fn scarf(canvas: &mut Canvas, ink: Ink) {
    canvas.shape(ink, |path| {
        path.move_to(76.0, 130.0);
        path.cubic_to(70.0, 38.0, 186.0, 38.0, 180.0, 130.0);
        path.cubic_to(182.0, 184.0, 164.0, 208.0, 128.0, 220.0);
        path.cubic_to(92.0, 208.0, 74.0, 184.0, 76.0, 130.0);
        path.close();
        // The opening runs the other way round, so that the face shows through.
        path.move_to(128.0, 76.0);
        path.cubic_to(108.0, 78.0, 94.0, 92.0, 93.0, 122.0);
        path.cubic_to(94.0, 146.0, 110.0, 161.0, 128.0, 163.0);
        path.cubic_to(146.0, 161.0, 162.0, 146.0, 163.0, 122.0);
        path.cubic_to(162.0, 92.0, 148.0, 78.0, 128.0, 76.0);
        path.close();
    });
}

/// `share` of the way from one colour to another.
pub fn mix(from: u32, to: u32, share: f32) -> u32 {
    let (from, to) = (from.to_be_bytes(), to.to_be_bytes());
    let mut mixed = [0_u8; 4];
    for ((mixed, from), to) in mixed.iter_mut().zip(from).zip(to) {
        *mixed = (f32::from(from) * (1.0 - share) + f32::from(to) * share) as u8;
    }
    u32::from_be_bytes(mixed)
}
