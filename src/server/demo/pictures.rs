//! Pictures of the demo's posts: flat illustrations of a studio, drawn by code.

use super::{
    DemoError,
    canvas::{Canvas, Ink},
    faces::mix,
};

/// What a picture shows. The number picks one of a few colourings.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scene {
    /// Two vases and a bowl on a table in the evening.
    StillLife(usize),
    /// Into the mouth of a glowing kiln.
    Kiln,
    /// Two boards of pots.
    Shelves(usize),
    /// Hills behind each other, with a sun.
    Hills(usize),
    /// A piece of weaving on the loom.
    Weaving(usize),
    /// Rows of test tiles.
    Tiles(usize),
    /// A three-legged stool.
    Stool,
    /// Tools on the wall above a bench.
    Workbench,
    /// A print of moon and waves.
    Print(usize),
    /// One mended bowl with golden seams.
    Mended,
    /// A plant at the window.
    Window,
    /// A star of small tiles.
    Mosaic,
}

const WHITE: u32 = 0xF5EDE0;
const TEAL: u32 = 0x2F5D6B;
const DEEP: u32 = 0x1C3C48;
const CLAY: u32 = 0xD4622F;
const BRICK: u32 = 0x9E3A17;
const OCHRE: u32 = 0xE9B458;
const WOOD: u32 = 0x6B4A33;
const BROWN: u32 = 0xB5864E;
const SAGE: u32 = 0x8FA88A;

const VASE: &[(f32, f32)] =
    &[(0.0, 0.18), (0.06, 0.24), (0.34, 0.38), (0.66, 0.28), (0.86, 0.12), (0.94, 0.14), (1.0, 0.16)];
const BOTTLE: &[(f32, f32)] =
    &[(0.0, 0.2), (0.05, 0.26), (0.32, 0.37), (0.62, 0.28), (0.74, 0.12), (0.82, 0.1), (1.0, 0.1)];
const BOWL: &[(f32, f32)] = &[(0.0, 0.36), (0.06, 0.42), (0.3, 0.58), (0.7, 0.66), (1.0, 0.7)];
const CUP: &[(f32, f32)] = &[(0.0, 0.3), (0.08, 0.34), (0.5, 0.36), (1.0, 0.38)];
const JAR: &[(f32, f32)] = &[(0.0, 0.3), (0.08, 0.36), (0.5, 0.46), (0.85, 0.38), (1.0, 0.32)];

/// Draws a scene, as a JPEG file with its width and height in pixels.
///
/// # Errors
/// When it cannot be drawn.
pub fn draw(scene: Scene) -> Result<(Vec<u8>, u32, u32), DemoError> {
    let (width, height) = match scene {
        Scene::Print(_) | Scene::Stool => (900, 1125),
        Scene::Kiln | Scene::Mended | Scene::Mosaic => (960, 960),
        Scene::Hills(_) => (1280, 720),
        _ => (1200, 900),
    };
    let mut canvas = Canvas::new(width, height)?;
    match scene {
        Scene::StillLife(colours) => still_life(&mut canvas, colours),
        Scene::Kiln => kiln(&mut canvas),
        Scene::Shelves(colours) => shelves(&mut canvas, colours),
        Scene::Hills(colours) => hills(&mut canvas, colours),
        Scene::Weaving(colours) => weaving(&mut canvas, colours),
        Scene::Tiles(colours) => tiles(&mut canvas, colours),
        Scene::Stool => stool(&mut canvas),
        Scene::Workbench => workbench(&mut canvas),
        Scene::Print(colours) => print(&mut canvas, colours),
        Scene::Mended => mended(&mut canvas),
        Scene::Window => window(&mut canvas),
        Scene::Mosaic => mosaic(&mut canvas),
    }
    Ok((canvas.into_jpeg()?, width, height))
}

/// One of a few, round and round.
fn pick<T: Copy>(of: &[T], at: usize, otherwise: T) -> T {
    of.get(at % of.len().max(1)).copied().unwrap_or(otherwise)
}

fn still_life(canvas: &mut Canvas, colours: usize) {
    let walls = [(0xF9DCC0, 0xEFB491), (0xD9E6E2, 0xA9C4C0), (0xEADCF0, 0xC9B3DA)];
    let (top, bottom) = pick(&walls, colours, (WHITE, WHITE));
    let tables = [(0x7C4128, 0x54270F), (0x4A3A30, 0x2C211B), (0x5B3A57, 0x3A2138)];
    let (near, far) = pick(&tables, colours, (WOOD, WOOD));
    canvas.paper(Ink::Fade(top, bottom));
    canvas.disc((900.0, 260.0), 190.0, Ink::Clear(0xFFF4DE, 0.75));
    canvas.rect(0.0, 690.0, 1200.0, 210.0, Ink::Fade(near, far));
    let front = [(TEAL, DEEP), (CLAY, BRICK), (OCHRE, BROWN)];
    let (light, dark) = pick(&front, colours, (TEAL, DEEP));
    canvas.turned((230.0, 720.0), 480.0, VASE, Ink::Fade(light, dark));
    canvas.ellipse((230.0, 240.0), (77.0, 13.0), Ink::Flat(dark));
    canvas.turned((560.0, 730.0), 260.0, BOWL, Ink::Fade(WHITE, 0xDCCBB2));
    canvas.rect(388.0, 520.0, 344.0, 44.0, Ink::Clear(0x55818C, 0.9));
    let (light, dark) = pick(&front, colours + 1, (CLAY, BRICK));
    canvas.turned((940.0, 735.0), 520.0, BOTTLE, Ink::Fade(light, dark));
    canvas.line((862.0, 470.0), (838.0, 520.0), 14.0, mix(light, 0xFFFFFF, 0.35));
}

fn kiln(canvas: &mut Canvas) {
    canvas.paper(Ink::Fade(0x35170D, 0x160805));
    arch(canvas, (150.0, 960.0), (660.0, 900.0), Ink::Flat(0x5A2817));
    arch(canvas, (240.0, 960.0), (480.0, 790.0), Ink::Fade(0xFFD88A, 0xFF4B1C));
    for (board, row) in [(480.0, 0), (700.0, 1), (900.0, 2)] {
        canvas.rect(240.0, board, 480.0, 16.0, Ink::Flat(0x8C2F12));
        pot_row(canvas, (300.0, board), &[(130.0, VASE), (90.0, CUP), (120.0, JAR), (105.0, BOTTLE)], row);
    }
}

fn arch(canvas: &mut Canvas, (x, foot): (f32, f32), (width, height): (f32, f32), ink: Ink) {
    let half = width / 2.0;
    canvas.shape(ink, |path| {
        path.move_to(x, foot);
        path.line_to(x, foot - height + half);
        path.cubic_to(x, foot - height - 20.0, x + width, foot - height - 20.0, x + width, foot - height + half);
        path.line_to(x + width, foot);
        path.close();
    });
}

fn pot_row(canvas: &mut Canvas, (x, y): (f32, f32), pots: &[(f32, &[(f32, f32)])], turn: usize) {
    for (at, (height, profile)) in pots.iter().cycle().skip(turn).take(4).enumerate() {
        let colour = pick(&[0xB23A12, 0xC9501B, 0x9E2F10], at + turn, CLAY);
        canvas.turned((x + at as f32 * 120.0, y), *height, profile, Ink::Flat(colour));
    }
}

fn shelves(canvas: &mut Canvas, colours: usize) {
    let walls = [(0xDDE7E4, 0xB9CDCA), (0xF3E3D2, 0xE2C4A6), (0xE4E4EE, 0xC4C6DA)];
    let (top, bottom) = pick(&walls, colours, (WHITE, WHITE));
    canvas.paper(Ink::Fade(top, bottom));
    let glazes = [CLAY, WHITE, TEAL, OCHRE, BROWN, DEEP, SAGE, 0xC97F6B];
    let shapes: [(f32, &[(f32, f32)]); 6] =
        [(230.0, JAR), (170.0, CUP), (240.0, VASE), (150.0, BOWL), (260.0, BOTTLE), (190.0, CUP)];
    for (row, board) in [400.0_f32, 800.0].into_iter().enumerate() {
        for slot in 0..5 {
            let (height, profile) = pick(&shapes, slot * 5 + row * 3 + colours, (200.0, CUP));
            let glaze = pick(&glazes, slot * 3 + row * 2 + colours, WHITE);
            let x = 140.0 + slot as f32 * 230.0;
            canvas.turned((x, board), height, profile, Ink::Fade(mix(glaze, 0xFFFFFF, 0.1), mix(glaze, 0, 0.08)));
        }
        canvas.rect(0.0, board, 1200.0, 22.0, Ink::Flat(WOOD));
        canvas.rect(0.0, board + 22.0, 1200.0, 16.0, Ink::Clear(0x000000, 0.1));
    }
}

fn hills(canvas: &mut Canvas, colours: usize) {
    let skies = [(0xFBE3C8, 0xF6B98D), (0xCFE3F2, 0xF1E7D8), (0x2B2F55, 0xC7708A)];
    let (top, bottom) = pick(&skies, colours, (WHITE, WHITE));
    canvas.paper(Ink::Fade(top, bottom));
    canvas.disc((930.0, 240.0), 96.0, Ink::Clear(0xFFF6E2, 0.9));
    let ridges = [0x8FB0A6, 0x5F8A80, 0x3C6660, 0x24474A];
    for (at, ridge) in ridges.into_iter().enumerate() {
        let depth = at as f32;
        let y = 360.0 + depth * 88.0;
        let sway = if at % 2 == 0 { 110.0 } else { -90.0 };
        canvas.shape(Ink::Flat(mix(ridge, bottom, 0.45 - depth * 0.14)), |path| {
            path.move_to(0.0, y + sway * 0.4);
            path.cubic_to(300.0, y - sway, 460.0, y - sway * 0.9, 660.0, y);
            path.cubic_to(860.0, y + sway * 0.8, 1010.0, y - sway * 0.7, 1280.0, y - sway * 0.3);
            path.line_to(1280.0, 720.0);
            path.line_to(0.0, 720.0);
            path.close();
        });
    }
}

fn weaving(canvas: &mut Canvas, colours: usize) {
    canvas.paper(Ink::Fade(0xEFE6D8, 0xDCCDB6));
    let bands = [
        [0xB8412A, WHITE, TEAL, OCHRE, DEEP],
        [0x54704A, 0xE3D9B8, 0x9C5A34, 0xD9B05C, 0x2F3F35],
        [0x5A4684, 0xF0DCE4, 0xC76B86, 0xEFC58B, 0x2C2748],
    ];
    let yarns = pick(&bands, colours, [WHITE; 5]);
    for warp in 0..60 {
        let x = 178.0 + warp as f32 * 14.3;
        canvas.line((x, 90.0), (x, 810.0), 4.0, 0xF9F4EA);
    }
    for row in 0..26 {
        let yarn = pick(&yarns, row / 3 + row % 2 * 2, WHITE);
        let y = 330.0 + row as f32 * 17.0;
        canvas.rect(172.0, y, 856.0, 16.0, Ink::Flat(yarn));
        for knot in 0..15 {
            let x = 186.0 + knot as f32 * 57.0 + if row % 2 == 0 { 0.0 } else { 28.0 };
            canvas.round_rect((x, y + 2.0), (24.0, 12.0), 5.0, Ink::Clear(0xFFFFFF, 0.16));
        }
    }
    for beam in [64.0, 800.0] {
        canvas.round_rect((110.0, beam), (980.0, 46.0), 20.0, Ink::Fade(0x9A6B45, WOOD));
    }
    canvas.rect(132.0, 90.0, 30.0, 740.0, Ink::Fade(0x8A5E3C, 0x5E402A));
    canvas.rect(1038.0, 90.0, 30.0, 740.0, Ink::Fade(0x8A5E3C, 0x5E402A));
}

fn tiles(canvas: &mut Canvas, colours: usize) {
    canvas.paper(Ink::Flat(0xE9E2D6));
    let ends = [(0xC8DED2, 0x2E6B57), (0xF3D9A8, 0xA8421C), (0xCBDDEE, 0x24477F)];
    let (light, dark) = pick(&ends, colours, (WHITE, DEEP));
    for row in 0..5 {
        for column in 0..7 {
            let share = (row * 7 + column) as f32 / 34.0;
            let uneven = if (row * 5 + column * 3) % 4 == 0 { 0.12 } else { 0.0 };
            let glaze = mix(light, dark, (share + uneven).min(1.0));
            let (x, y) = (62.0 + column as f32 * 156.0, 60.0 + row as f32 * 160.0);
            canvas.round_rect((x + 4.0, y + 6.0), (136.0, 136.0), 12.0, Ink::Clear(0x000000, 0.12));
            canvas.round_rect((x, y), (136.0, 136.0), 12.0, Ink::Fade(mix(glaze, 0xFFFFFF, 0.12), glaze));
            canvas.round_rect((x + 16.0, y + 14.0), (44.0, 12.0), 5.0, Ink::Clear(0xFFFFFF, 0.35));
        }
    }
}

fn stool(canvas: &mut Canvas) {
    canvas.paper(Ink::Fade(0xE7E9E4, 0xCBD0C6));
    canvas.rect(0.0, 900.0, 900.0, 225.0, Ink::Fade(0xB9A88F, 0x9C8A70));
    canvas.ellipse((450.0, 985.0), (300.0, 34.0), Ink::Clear(0x2C211B, 0.25));
    let leg = |canvas: &mut Canvas, top: f32, foot: f32, colour| {
        canvas.polygon(&[(top - 20.0, 420.0), (top + 20.0, 420.0), (foot + 15.0, 990.0), (foot - 15.0, 990.0)], colour);
    };
    leg(canvas, 450.0, 456.0, Ink::Fade(0x9A6B45, 0x5E402A));
    leg(canvas, 330.0, 226.0, Ink::Fade(0xC08A5A, 0x8A5E3C));
    leg(canvas, 570.0, 676.0, Ink::Fade(0xC08A5A, 0x8A5E3C));
    canvas.line((290.0, 760.0), (610.0, 760.0), 20.0, 0x8A5E3C);
    canvas.ellipse((450.0, 410.0), (260.0, 62.0), Ink::Flat(0x8A5E3C));
    canvas.ellipse((450.0, 388.0), (260.0, 60.0), Ink::Fade(0xE0AE78, 0xC8925C));
    for ring in 1..4 {
        let ring = ring as f32;
        canvas.ellipse((430.0, 388.0), (190.0 - ring * 46.0, 42.0 - ring * 10.0), Ink::Clear(0x8A5E3C, 0.16));
    }
}

fn workbench(canvas: &mut Canvas) {
    canvas.paper(Ink::Fade(0xD8DDE2, 0xBCC5CC));
    for row in 0..9 {
        for column in 0..16 {
            canvas.disc((45.0 + column as f32 * 74.0, 50.0 + row as f32 * 70.0), 5.0, Ink::Clear(0x2B333B, 0.25));
        }
    }
    // A saw, a hammer, a chisel, a square.
    canvas.polygon(&[(120.0, 170.0), (470.0, 250.0), (470.0, 285.0), (120.0, 300.0)], Ink::Fade(0xF2F4F5, 0xAEB8C0));
    canvas.round_rect((60.0, 160.0), (96.0, 150.0), 34.0, Ink::Fade(0xB5763F, 0x84512A));
    canvas.round_rect((88.0, 198.0), (38.0, 74.0), 18.0, Ink::Flat(0xC9D0D6));
    canvas.round_rect((640.0, 150.0), (34.0, 380.0), 15.0, Ink::Fade(0xC98F55, 0x8F5E33));
    canvas.round_rect((570.0, 130.0), (174.0, 74.0), 14.0, Ink::Fade(0x6A7680, 0x3C464E));
    canvas.round_rect((850.0, 130.0), (44.0, 170.0), 18.0, Ink::Fade(CLAY, BRICK));
    canvas.polygon(&[(858.0, 300.0), (886.0, 300.0), (892.0, 500.0), (852.0, 520.0)], Ink::Fade(0xEDF0F2, 0x9DA8B0));
    canvas.polygon(
        &[(980.0, 140.0), (1020.0, 140.0), (1020.0, 440.0), (1140.0, 440.0), (1140.0, 480.0), (980.0, 480.0)],
        Ink::Fade(OCHRE, BROWN),
    );
    canvas.rect(0.0, 690.0, 1200.0, 210.0, Ink::Fade(0xB07B4A, 0x7A4F2C));
    canvas.rect(0.0, 690.0, 1200.0, 18.0, Ink::Flat(0xCB9763));
    canvas.turned((240.0, 700.0), 190.0, CUP, Ink::Fade(WHITE, 0xDCCBB2));
    for (at, tilt) in [-40.0, -8.0, 26.0, 50.0].into_iter().enumerate() {
        canvas.line(
            (230.0 + at as f32 * 8.0, 520.0),
            (232.0 + tilt, 410.0),
            12.0,
            pick(&[CLAY, TEAL, OCHRE, DEEP], at, CLAY),
        );
    }
    canvas.turned((240.0, 700.0), 190.0, CUP, Ink::Fade(WHITE, 0xDCCBB2));
    canvas.round_rect((520.0, 640.0), (360.0, 56.0), 10.0, Ink::Fade(0xE0B585, 0xC39463));
    for shaving in 0..6 {
        let x = 930.0 + shaving as f32 * 38.0;
        canvas.ellipse((x, 706.0 - (shaving % 3) as f32 * 9.0), (26.0, 12.0), Ink::Flat(0xE8C79C));
    }
}

fn print(canvas: &mut Canvas, colours: usize) {
    let inks = [(0x1F3F5B, 0xE8532B), (0x27332B, 0xE3A72F), (0x4A2440, 0xE07A8B)];
    let (dark, warm) = pick(&inks, colours, (DEEP, CLAY));
    canvas.paper(Ink::Flat(0xEDE6DA));
    canvas.rect(90.0, 90.0, 720.0, 945.0, Ink::Flat(0xF8F3E8));
    canvas.rect(130.0, 130.0, 640.0, 810.0, Ink::Fade(mix(warm, 0xFFFFFF, 0.72), mix(warm, 0xFFFFFF, 0.5)));
    canvas.disc((560.0, 350.0), 130.0, Ink::Flat(warm));
    for wave in 0..5 {
        let y = 560.0 + wave as f32 * 76.0;
        let ink = mix(dark, 0xFFFFFF, 0.42 - wave as f32 * 0.1);
        let shift = if wave % 2 == 0 { 0.0 } else { 80.0 };
        canvas.shape(Ink::Flat(ink), |path| {
            path.move_to(130.0, y);
            for crest in 0..4 {
                let x = 130.0 + crest as f32 * 160.0;
                path.quad_to(x + 80.0 - shift / 2.0, y - 60.0, x + 160.0, y);
            }
            path.line_to(770.0, 940.0);
            path.line_to(130.0, 940.0);
            path.close();
        });
    }
    canvas.line((150.0, 985.0), (240.0, 985.0), 4.0, 0xB9AE9C);
    canvas.line((660.0, 985.0), (750.0, 985.0), 4.0, 0xB9AE9C);
}

fn mended(canvas: &mut Canvas) {
    canvas.paper(Ink::Fade(0x2B3238, 0x14181C));
    canvas.rect(0.0, 720.0, 960.0, 240.0, Ink::Fade(0x463A31, 0x2A221C));
    canvas.ellipse((480.0, 770.0), (330.0, 36.0), Ink::Clear(0x000000, 0.35));
    canvas.turned((480.0, 770.0), 400.0, BOWL, Ink::Fade(0xBBD3C7, 0x6F9486));
    canvas.ellipse((480.0, 370.0), (280.0, 46.0), Ink::Flat(0x557A6D));
    canvas.ellipse((480.0, 376.0), (266.0, 38.0), Ink::Fade(0x456559, 0x8DB0A2));
    let seams: [&[(f32, f32)]; 3] = [
        &[(330.0, 408.0), (372.0, 500.0), (350.0, 580.0), (408.0, 690.0), (400.0, 768.0)],
        &[(372.0, 500.0), (470.0, 540.0), (560.0, 520.0), (640.0, 590.0)],
        &[(640.0, 404.0), (600.0, 470.0), (560.0, 520.0), (570.0, 640.0), (530.0, 740.0)],
    ];
    for seam in seams {
        for pair in seam.windows(2) {
            if let [from, to] = pair {
                canvas.line(*from, *to, 9.0, 0xE8B94C);
            }
        }
    }
}

fn window(canvas: &mut Canvas) {
    canvas.paper(Ink::Fade(0xF1E4D3, 0xE3CDB2));
    canvas.rect(260.0, 90.0, 680.0, 560.0, Ink::Flat(0xFBF7EF));
    for (column, row) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let (x, y) = (290.0 + column as f32 * 320.0, 120.0 + row as f32 * 260.0);
        canvas.rect(x, y, 300.0, 240.0, Ink::Fade(0xC6E0EA, 0xE9F2E6));
    }
    canvas.disc((780.0, 230.0), 60.0, Ink::Clear(0xFFE3A8, 0.95));
    canvas.rect(200.0, 650.0, 800.0, 44.0, Ink::Fade(0xFFFFFF, 0xE6DAC8));
    for (at, (tip, height)) in
        [(-150.0, 250.0), (-80.0, 330.0), (0.0, 380.0), (86.0, 320.0), (150.0, 240.0)].into_iter().enumerate()
    {
        let leaf = pick(&[0x4E7F52, 0x3A6A45, 0x6C9B62], at, SAGE);
        canvas.shape(Ink::Flat(leaf), |path| {
            path.move_to(470.0, 520.0);
            path.quad_to(470.0 + tip * 0.2 - 50.0, 520.0 - height * 0.6, 470.0 + tip, 520.0 - height);
            path.quad_to(470.0 + tip * 0.5 + 60.0, 520.0 - height * 0.4, 470.0, 520.0);
            path.close();
        });
    }
    canvas.turned((470.0, 660.0), 160.0, JAR, Ink::Fade(CLAY, BRICK));
    canvas.turned((720.0, 660.0), 110.0, CUP, Ink::Fade(TEAL, DEEP));
    canvas.turned((850.0, 660.0), 80.0, BOWL, Ink::Fade(WHITE, 0xDCCBB2));
}

fn mosaic(canvas: &mut Canvas) {
    canvas.paper(Ink::Flat(0xD9CDB9));
    let rings = [(430.0, 0x1F5A72), (360.0, WHITE), (290.0, CLAY), (215.0, 0xF0C46A), (140.0, 0x1F5A72), (70.0, WHITE)];
    for (at, (radius, glaze)) in rings.into_iter().enumerate() {
        star(canvas, radius, if at % 2 == 0 { 0.0 } else { 11.25 }, glaze);
    }
    for chip in 0..32 {
        let turn = (chip as f32 * 11.25).to_radians();
        let (x, y) = (480.0 + turn.cos() * 452.0, 480.0 + turn.sin() * 452.0);
        canvas.disc((x, y), 13.0, Ink::Flat(pick(&[CLAY, 0x1F5A72, 0xF0C46A, SAGE], chip, CLAY)));
    }
}

/// A star of sixteen points.
fn star(canvas: &mut Canvas, radius: f32, turn: f32, glaze: u32) {
    let corners: Vec<(f32, f32)> = (0..32)
        .map(|corner| {
            let reach = if corner % 2 == 0 { radius } else { radius * 0.82 };
            let angle = (corner as f32 * 11.25 + turn).to_radians();
            (480.0 + angle.cos() * reach, 480.0 + angle.sin() * reach)
        })
        .collect();
    canvas.polygon(&corners, Ink::Flat(mix(glaze, 0, 0.25)));
    let inner: Vec<(f32, f32)> =
        corners.iter().map(|(x, y)| (480.0 + (x - 480.0) * 0.965, 480.0 + (y - 480.0) * 0.965)).collect();
    canvas.polygon(&inner, Ink::Flat(glaze));
}
