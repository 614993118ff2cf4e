//! A small drawing surface: flat shapes, plain or fading colours, and a picture file at the end.

use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};
use tiny_skia::{
    Color, FillRule, GradientStop, LinearGradient, Paint, Path, PathBuilder, Pixmap, Point, Rect, Shader, SpreadMode,
    Stroke, Transform,
};

use super::DemoError;

/// How well the pictures are kept, from 1 to 100: flat colours show every artefact, so rather well.
const QUALITY: u8 = 90;

/// What a shape is filled with. Colours are `0xRRGGBB`.
#[derive(Clone, Copy)]
pub enum Ink {
    /// One colour.
    Flat(u32),
    /// One colour at the shape's top, fading into another at its bottom.
    Fade(u32, u32),
    /// One colour through which what is behind shows; the share from 0 to 1 that covers.
    Clear(u32, f32),
}

/// A picture in the making; lengths are in pixels, y grows downwards.
pub struct Canvas {
    pixmap: Pixmap,
}

impl Canvas {
    /// An empty picture.
    ///
    /// # Errors
    /// When a side is zero or beyond what can be drawn.
    pub fn new(width: u32, height: u32) -> Result<Self, DemoError> {
        Pixmap::new(width, height).map(|pixmap| Self { pixmap }).ok_or(DemoError::Drawing)
    }

    /// Covers everything.
    pub fn paper(&mut self, ink: Ink) {
        let (width, height) = (self.width(), self.height());
        self.rect(0.0, 0.0, width, height, ink);
    }

    /// Width in pixels.
    pub fn width(&self) -> f32 {
        self.pixmap.width() as f32
    }

    /// Height in pixels.
    pub fn height(&self) -> f32 {
        self.pixmap.height() as f32
    }

    /// An upright rectangle from its top left corner.
    pub fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
        self.fill(Rect::from_xywh(x, y, width, height).map(PathBuilder::from_rect), ink);
    }

    /// A rectangle with round corners.
    pub fn round_rect(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), radius: f32, ink: Ink) {
        let (right, bottom) = (x + width, y + height);
        self.shape(ink, |path| {
            path.move_to(x + radius, y);
            path.line_to(right - radius, y);
            path.quad_to(right, y, right, y + radius);
            path.line_to(right, bottom - radius);
            path.quad_to(right, bottom, right - radius, bottom);
            path.line_to(x + radius, bottom);
            path.quad_to(x, bottom, x, bottom - radius);
            path.line_to(x, y + radius);
            path.quad_to(x, y, x + radius, y);
            path.close();
        });
    }

    /// An ellipse around its middle.
    pub fn ellipse(&mut self, (x, y): (f32, f32), (across, down): (f32, f32), ink: Ink) {
        let bounds = Rect::from_xywh(x - across, y - down, across * 2.0, down * 2.0);
        self.fill(bounds.and_then(PathBuilder::from_oval), ink);
    }

    /// A circle around its middle.
    pub fn disc(&mut self, middle: (f32, f32), radius: f32, ink: Ink) {
        self.ellipse(middle, (radius, radius), ink);
    }

    /// Straight edges from corner to corner.
    pub fn polygon(&mut self, corners: &[(f32, f32)], ink: Ink) {
        self.shape(ink, |path| {
            for (at, (x, y)) in corners.iter().enumerate() {
                if at == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
            }
            path.close();
        });
    }

    /// Any outline.
    pub fn shape(&mut self, ink: Ink, outline: impl FnOnce(&mut PathBuilder)) {
        let mut path = PathBuilder::new();
        outline(&mut path);
        self.fill(path.finish(), ink);
    }

    /// A line of some width, with round ends.
    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, colour: u32) {
        let mut path = PathBuilder::new();
        path.move_to(from.0, from.1);
        path.line_to(to.0, to.1);
        let stroke = Stroke { width, line_cap: tiny_skia::LineCap::Round, ..Stroke::default() };
        if let Some(path) = path.finish() {
            self.pixmap.stroke_path(&path, &paint(shade(colour, 1.0)), &stroke, Transform::identity(), None);
        }
    }

    /// Something turned on a wheel: the same outline left and right of a middle line. `profile` goes from foot to rim:
    /// how high (0 to 1) and how far from the middle (in shares of the height).
    pub fn turned(&mut self, foot: (f32, f32), height: f32, profile: &[(f32, f32)], ink: Ink) {
        let (x, y) = foot;
        let points: Vec<(f32, f32)> = profile.iter().map(|(up, out)| (out * height, y - up * height)).collect();
        let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) else { return };
        self.shape(ink, |path| {
            path.move_to(x - first.0, first.1);
            smooth(path, &points, |(out, y)| (x - out, y));
            path.line_to(x + last.0, last.1);
            let back: Vec<_> = points.iter().rev().copied().collect();
            smooth(path, &back, |(out, y)| (x + out, y));
            path.close();
        });
    }

    fn fill(&mut self, path: Option<Path>, ink: Ink) {
        let Some(path) = path else { return };
        let shader = match ink {
            Ink::Flat(colour) => shade(colour, 1.0),
            Ink::Clear(colour, share) => shade(colour, share),
            Ink::Fade(top, bottom) => fade(&path, top, bottom),
        };
        self.pixmap.fill_path(&path, &paint(shader), FillRule::Winding, Transform::identity(), None);
    }

    /// The finished picture as a JPEG file.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn into_jpeg(self) -> Result<Vec<u8>, DemoError> {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let rgb: Vec<u8> =
            self.pixmap.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
        let mut file = Vec::new();
        JpegEncoder::new_with_quality(&mut file, QUALITY)
            .write_image(&rgb, width, height, ExtendedColorType::Rgb8)
            .map_err(|_| DemoError::Drawing)?;
        Ok(file)
    }
}

/// Runs through points without corners: each point bends the line, its middles with the neighbours lie on it.
fn smooth(path: &mut PathBuilder, points: &[(f32, f32)], place: impl Fn((f32, f32)) -> (f32, f32)) {
    let mut pairs = points.windows(2).skip(1).peekable();
    while let Some([bend, next]) = pairs.next() {
        let (bend, next) = (place(*bend), place(*next));
        let end = if pairs.peek().is_some() { ((bend.0 + next.0) / 2.0, (bend.1 + next.1) / 2.0) } else { next };
        path.quad_to(bend.0, bend.1, end.0, end.1);
    }
}

fn paint(shader: Shader<'_>) -> Paint<'_> {
    Paint { shader, anti_alias: true, ..Paint::default() }
}

fn colour(rgb: u32, share: f32) -> Color {
    let [_, red, green, blue] = rgb.to_be_bytes();
    let alpha = (share.clamp(0.0, 1.0) * 255.0) as u8;
    Color::from_rgba8(red, green, blue, alpha)
}

fn shade(rgb: u32, share: f32) -> Shader<'static> {
    Shader::SolidColor(colour(rgb, share))
}

fn fade(path: &Path, top: u32, bottom: u32) -> Shader<'static> {
    let bounds = path.bounds();
    let stops = vec![GradientStop::new(0.0, colour(top, 1.0)), GradientStop::new(1.0, colour(bottom, 1.0))];
    let (from, to) = (Point::from_xy(0.0, bounds.top()), Point::from_xy(0.0, bounds.bottom()));
    LinearGradient::new(from, to, stops, SpreadMode::Pad, Transform::identity()).unwrap_or_else(|| shade(top, 1.0))
}
