//! Which square of a picture becomes a face: chosen in the browser, cut on the server, by the same arithmetic.

/// How far one may zoom in: beyond it a photo of a phone shows its grain.
pub const ZOOM_MAX: f64 = 4.0;

/// A square of a picture. By default the largest one in the middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crop {
    /// Its middle from the left, as a share of the width, 0 to 1.
    pub x: f64,
    /// Its middle from the top, as a share of the height, 0 to 1.
    pub y: f64,
    /// How many times its side goes into the shorter side of the picture, 1 to [`ZOOM_MAX`].
    pub zoom: f64,
}

impl Default for Crop {
    fn default() -> Self {
        Self { x: 0.5, y: 0.5, zoom: 1.0 }
    }
}

impl Crop {
    /// The side of the square in a picture of `width` by `height`, in the same unit.
    #[must_use]
    pub fn side(self, width: f64, height: f64) -> f64 {
        width.min(height) / self.zoom
    }

    /// The same, moved and sized so that it lies within a picture of `width` by `height`. What is no number, as a form
    /// may say, is as by default.
    #[must_use]
    pub fn within(self, width: f64, height: f64) -> Self {
        let number = |value: f64, otherwise: f64| if value.is_finite() { value } else { otherwise };
        let zoomed = Self { zoom: number(self.zoom, 1.0).clamp(1.0, ZOOM_MAX), ..self };
        let side = zoomed.side(width, height);
        let inside = |middle: f64, length: f64| {
            let half = (side / length / 2.0).min(0.5);
            number(middle, 0.5).clamp(half, 1.0 - half)
        };
        Self { x: inside(self.x, width), y: inside(self.y, height), ..zoomed }
    }

    /// Moved to the right and down by shares of its own side; it stops at the edges of a picture of `width` by `height`.
    #[must_use]
    pub fn moved(self, right: f64, down: f64, width: f64, height: f64) -> Self {
        let side = self.side(width, height);
        let moved = Self { x: self.x + right * side / width, y: self.y + down * side / height, ..self };
        moved.within(width, height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_stops_at_the_edges() {
        let right = Crop::default().moved(9.0, 9.0, 400.0, 200.0);
        assert_eq!(right, Crop { x: 0.75, y: 0.5, zoom: 1.0 });
        let corner = Crop { zoom: 2.0, ..Crop::default() }.moved(-9.0, 9.0, 400.0, 200.0);
        assert_eq!(corner, Crop { x: 0.125, y: 0.75, zoom: 2.0 });
    }

    #[test]
    fn zooming_out_brings_a_square_back_inside() {
        let corner = Crop { x: 0.125, y: 0.25, zoom: 2.0 };
        assert_eq!(Crop { zoom: 1.0, ..corner }.within(400.0, 200.0), Crop { x: 0.25, y: 0.5, zoom: 1.0 });
    }

    #[test]
    fn nonsense_is_the_middle_square() {
        let nonsense = Crop { x: f64::NAN, y: f64::INFINITY, zoom: f64::NAN };
        assert_eq!(nonsense.within(300.0, 300.0), Crop::default());
        assert_eq!(Crop { x: -3.0, y: 7.0, zoom: 1e9 }.within(8.0, 8.0), Crop { x: 0.125, y: 0.875, zoom: ZOOM_MAX });
    }
}
