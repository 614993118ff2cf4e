//! Pictures as people upload them, turned into ones that are safe to show: checked by content, upright, re-encoded.
//!
//! What is told about a file (its name, its media type) is not believed. Its first bytes must be those of an accepted
//! kind, and the decoder of that kind must agree. Nothing but pixels, and a small colour profile, passes on: no place
//! where a photo was taken, no camera, no text. Of an animation the first picture stays.

use std::{io::Cursor, sync::Arc, thread::available_parallelism, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, webp::WebPEncoder},
    imageops::FilterType,
};
use tokio::{sync::Semaphore, task, time};

use crate::{
    protocol::{
        crop::Crop,
        limits::{IMAGE_MAX_BYTES, IMAGE_MAX_SIDE_PX},
    },
    server::domain::ports::{Picture, PictureError, Pictures},
};

/// The longer side of a photo: sharp on a wide screen, small enough to load on a train.
const PHOTO_SIDE_PX: u32 = 2_048;

/// Both sides of a face: twice the largest at which it is shown.
const AVATAR_SIDE_PX: u32 = 256;

/// JPEG quality at which photos show no blocks; above it files grow faster than they get better.
const JPEG_QUALITY: u8 = 82;

/// What decoding one picture may take, in bytes: the largest accepted one with four bytes for each pixel.
const DECODED_MAX_BYTES: u64 = IMAGE_MAX_SIDE_PX as u64 * IMAGE_MAX_SIDE_PX as u64 * 4;

/// Pictures decoded at once. Each may take a few hundred megabytes for a moment, so there are few, also on large
/// machines.
const SLOTS_MAX: usize = 4;

/// How long an upload waits for a free slot before it is told to come back.
const SLOT_WAIT: Duration = Duration::from_secs(10);

/// Profiles of cameras and screens have 0.5 to 4 KB; print profiles with tables are larger and mean nothing here.
const PROFILE_MAX_BYTES: usize = 16 * 1024;

/// Re-encodes pictures on blocking threads, a few at once.
#[derive(Clone, Debug)]
pub struct ReencodedPictures {
    slots: Arc<Semaphore>,
}

impl ReencodedPictures {
    /// One slot for each core, at most four.
    #[must_use]
    pub fn new() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self { slots: Arc::new(Semaphore::new(cores.min(SLOTS_MAX))) }
    }

    /// Runs `work` on a blocking thread once a slot is free. The permit goes along: a request that is dropped in the
    /// middle does not free a slot that is still computing.
    async fn in_a_slot(
        &self,
        work: impl FnOnce() -> Result<Picture, PictureError> + Send + 'static,
    ) -> Result<Picture, PictureError> {
        let slot = time::timeout(SLOT_WAIT, Arc::clone(&self.slots).acquire_owned()).await;
        let slot = slot.map_err(|_| PictureError::Busy)?.map_err(|_| PictureError::Busy)?;
        let done = task::spawn_blocking(move || {
            let _slot = slot;
            work()
        });
        done.await.map_err(|cause| PictureError::Failed(Box::new(cause)))?
    }
}

impl Default for ReencodedPictures {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Pictures for ReencodedPictures {
    async fn photo(&self, file: Bytes) -> Result<Picture, PictureError> {
        self.in_a_slot(move || {
            let mut decoded = decode(&file)?;
            decoded.image = fit(decoded.image, PHOTO_SIDE_PX);
            encode(decoded)
        })
        .await
    }

    async fn avatar(&self, file: Bytes, crop: Crop) -> Result<Picture, PictureError> {
        self.in_a_slot(move || {
            let mut decoded = decode(&file)?;
            decoded.image = square(&decoded.image, crop, AVATAR_SIDE_PX);
            encode(decoded)
        })
        .await
    }
}

/// What is kept of an uploaded file.
struct Decoded {
    image: DynamicImage,
    /// An RGB colour profile, without which photos of many phones look pale.
    profile: Option<Vec<u8>>,
}

/// The accepted kind that the first bytes belong to.
fn kind_of(file: &[u8]) -> Option<ImageFormat> {
    match infer::get(file)?.mime_type() {
        "image/jpeg" => Some(ImageFormat::Jpeg),
        "image/png" => Some(ImageFormat::Png),
        "image/webp" => Some(ImageFormat::WebP),
        "image/gif" => Some(ImageFormat::Gif),
        _ => None,
    }
}

fn decode(file: &[u8]) -> Result<Decoded, PictureError> {
    if file.len() > IMAGE_MAX_BYTES {
        return Err(PictureError::TooLarge);
    }
    let kind = kind_of(file).ok_or(PictureError::Unsupported)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(IMAGE_MAX_SIDE_PX);
    limits.max_image_height = Some(IMAGE_MAX_SIDE_PX);
    limits.max_alloc = Some(DECODED_MAX_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(file), kind);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    // The reader's own `decode` checks the size of the whole picture; `from_decoder` would not.
    if decoder.total_bytes() > DECODED_MAX_BYTES {
        return Err(PictureError::TooLarge);
    }
    // A file whose metadata is broken is still a picture.
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| is_small_rgb(profile));
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Ok(Decoded { image, profile })
}

/// Whether a profile describes RGB, which is what is encoded. The colour space stands at byte 16 of its header (ICC.1,
/// 7.2).
fn is_small_rgb(profile: &[u8]) -> bool {
    profile.len() <= PROFILE_MAX_BYTES && profile.get(16..20) == Some(b"RGB ")
}

/// What a decoder's refusal means. Whatever is wrong with the content is the file's fault, not ours.
fn refused(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        ImageError::Decoding(_) | ImageError::Unsupported(_) | ImageError::Parameter(_) | ImageError::IoError(_) => {
            PictureError::Unsupported
        }
        ImageError::Encoding(_) => PictureError::Failed(Box::new(error)),
    }
}

/// Scaled down to fit into a square of `side`; smaller ones stay as they are.
fn fit(image: DynamicImage, side: u32) -> DynamicImage {
    if image.width().max(image.height()) <= side {
        return image;
    }
    let image = halve_roughly(image, side, side);
    image.resize(side, side, FilterType::CatmullRom)
}

/// The chosen square, scaled to `side`.
fn square(image: &DynamicImage, crop: Crop, side: u32) -> DynamicImage {
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let crop = crop.within(width, height);
    let edge = crop.side(width, height).round().max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole pixels of the picture")]
    let pixels = |from: f64| from.round().max(0.0) as u32;
    let start = |middle: f64, length: f64| pixels((middle * length - edge / 2.0).min(length - edge));
    let chosen = image.crop_imm(start(crop.x, width), start(crop.y, height), pixels(edge), pixels(edge));
    halve_roughly(chosen, side, side).resize_exact(side, side, FilterType::CatmullRom)
}

/// Averages a very large picture down to twice the wanted size: the good filter alone would take many times as long,
/// and memory, and nobody would see the difference.
fn halve_roughly(image: DynamicImage, width: u32, height: u32) -> DynamicImage {
    if image.width() > width * 2 || image.height() > height * 2 {
        return image.thumbnail(width * 2, height * 2);
    }
    image
}

/// JPEG for what is opaque, lossless WebP for what shows through.
fn encode(Decoded { image, profile }: Decoded) -> Result<Picture, PictureError> {
    let (width, height) = (image.width(), image.height());
    let mut bytes = Vec::new();
    let failed = |cause: ImageError| PictureError::Failed(Box::new(cause));
    let content_type = if shows_through(&image) {
        let mut encoder = WebPEncoder::new_lossless(&mut bytes);
        if let Some(profile) = profile {
            encoder.set_icc_profile(profile).map_err(|cause| PictureError::Failed(Box::new(cause)))?;
        }
        let pixels = image.into_rgba8();
        encoder.write_image(&pixels, width, height, ExtendedColorType::Rgba8).map_err(failed)?;
        "image/webp"
    } else {
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        if let Some(profile) = profile {
            encoder.set_icc_profile(profile).map_err(|cause| PictureError::Failed(Box::new(cause)))?;
        }
        let pixels = image.into_rgb8();
        encoder.write_image(&pixels, width, height, ExtendedColorType::Rgb8).map_err(failed)?;
        "image/jpeg"
    };
    Ok(Picture { bytes: bytes.into(), content_type, width, height })
}

/// Whether any pixel is not opaque. Many opaque pictures have an alpha channel all the same.
fn shows_through(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageRgba8(pixels) => pixels.pixels().any(|pixel| pixel.0[3] < u8::MAX),
        _ if image.color().has_alpha() => image.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    const RED: Rgb<u8> = Rgb([220, 20, 20]);
    const BLUE: Rgb<u8> = Rgb([20, 20, 220]);

    fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        image.into().write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    async fn photo(file: Vec<u8>) -> Result<Picture, PictureError> {
        ReencodedPictures::new().photo(file.into()).await
    }

    /// Red on the left, blue on the right.
    fn two_halves(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, _| if x < width / 2 { RED } else { BLUE })
    }

    /// A JPEG with an EXIF block that asks for a turn by 90 degrees and says where it was taken.
    fn with_exif(jpeg: &[u8]) -> Vec<u8> {
        let mut tiff = Vec::from(*b"II*\0\x08\0\0\0");
        // Two entries: orientation 6 (turn clockwise), and a pointer to the GPS block at 38.
        tiff.extend_from_slice(&[2, 0]);
        tiff.extend_from_slice(&[0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]);
        tiff.extend_from_slice(&[0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
        tiff.extend_from_slice(&[0, 0, 0, 0]);
        // GPS: one entry, latitude reference "N".
        tiff.extend_from_slice(&[1, 0, 1, 0, 2, 0, 2, 0, 0, 0, b'N', 0, 0, 0, 0, 0, 0, 0]);
        tiff.extend_from_slice(b"48.2082,16.3738 SECRET PLACE");
        let mut block = Vec::from(*b"Exif\0\0");
        block.extend_from_slice(&tiff);
        let length = u16::try_from(block.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &block, &jpeg[2..]].concat()
    }

    fn contains(bytes: &[u8], needle: &[u8]) -> bool {
        bytes.windows(needle.len()).any(|window| window == needle)
    }

    #[tokio::test]
    async fn a_photo_is_turned_upright_and_forgets_where_it_was_taken() {
        let file = with_exif(&encoded(two_halves(64, 32), ImageFormat::Jpeg));
        assert!(contains(&file, b"SECRET PLACE"));
        let picture = photo(file).await.unwrap();
        assert_eq!((picture.width, picture.height), (32, 64));
        assert!(!contains(&picture.bytes, b"Exif"));
        assert!(!contains(&picture.bytes, b"SECRET PLACE"));
        let shown = image::load_from_memory(&picture.bytes).unwrap().into_rgb8();
        assert_eq!(shown.dimensions(), (32, 64));
        // Turned clockwise, what was left is now on top.
        assert!(shown.get_pixel(16, 8)[0] > 150);
        assert!(shown.get_pixel(16, 56)[2] > 150);
    }

    #[tokio::test]
    async fn text_in_a_png_does_not_pass() {
        let mut file = encoded(two_halves(8, 8), ImageFormat::Png);
        // A tEXt chunk straight after IHDR (8 bytes of signature, 25 of IHDR), with its checksum.
        let chunk = b"tEXtComment\0SECRET PLACE";
        let mut crc = u32::MAX;
        for byte in chunk {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        let length = u32::try_from(chunk.len() - 4).unwrap().to_be_bytes();
        let whole = [&length[..], chunk, &(!crc).to_be_bytes()].concat();
        file.splice(33..33, whole);
        assert!(!contains(&photo(file).await.unwrap().bytes, b"SECRET PLACE"));
    }

    #[tokio::test]
    async fn a_small_file_that_claims_to_be_huge_is_refused_before_it_is_unpacked() {
        let mut file = encoded(two_halves(2, 2), ImageFormat::Png);
        file[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        file[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        let mut crc = u32::MAX;
        for byte in &file[12..29] {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        file[29..33].copy_from_slice(&(!crc).to_be_bytes());
        assert!(matches!(photo(file).await, Err(PictureError::TooLarge)));

        let mut gif = encoded(two_halves(2, 2), ImageFormat::Gif);
        gif[6..10].copy_from_slice(&[0xff; 4]);
        assert!(matches!(photo(gif).await, Err(PictureError::TooLarge)));
    }

    #[tokio::test]
    async fn a_file_above_the_limit_is_refused() {
        let mut file = encoded(two_halves(2, 2), ImageFormat::Png);
        file.resize(IMAGE_MAX_BYTES + 1, 0);
        assert!(matches!(photo(file).await, Err(PictureError::TooLarge)));
    }

    #[tokio::test]
    async fn what_only_pretends_to_be_a_picture_is_refused() {
        let png_head = &encoded(two_halves(2, 2), ImageFormat::Png)[..8];
        let disguised = [png_head, b"<html><script>alert(1)</script></html>"].concat();
        let html = b"<!doctype html><img src=x onerror=alert(1)>".to_vec();
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#.to_vec();
        let cut_off = encoded(two_halves(64, 64), ImageFormat::Png)[..60].to_vec();
        for file in [disguised, html, svg, cut_off, Vec::new(), b"BM\0\0".to_vec()] {
            assert!(matches!(photo(file).await, Err(PictureError::Unsupported)));
        }
    }

    #[tokio::test]
    async fn what_follows_the_picture_in_its_file_does_not_pass() {
        let mut file = encoded(two_halves(8, 8), ImageFormat::Jpeg);
        file.extend_from_slice(b"<script>alert(1)</script>");
        assert!(!contains(&photo(file).await.unwrap().bytes, b"<script>"));
    }

    #[tokio::test]
    async fn transparency_stays() {
        let seen_through = RgbaImage::from_fn(16, 16, |x, _| Rgba([10, 200, 10, if x < 8 { 0 } else { 255 }]));
        let picture = photo(encoded(seen_through, ImageFormat::Png)).await.unwrap();
        assert_eq!(picture.content_type, "image/webp");
        let shown = image::load_from_memory(&picture.bytes).unwrap().into_rgba8();
        assert_eq!((shown.get_pixel(2, 2)[3], shown.get_pixel(12, 2)[3]), (0, 255));

        let opaque = RgbaImage::from_pixel(16, 16, Rgba([10, 200, 10, 255]));
        assert_eq!(photo(encoded(opaque, ImageFormat::Png)).await.unwrap().content_type, "image/jpeg");
    }

    #[tokio::test]
    async fn every_accepted_kind_becomes_a_picture() {
        for kind in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let picture = photo(encoded(two_halves(20, 10), kind)).await.unwrap();
            assert_eq!((picture.width, picture.height), (20, 10), "{kind:?}");
        }
        let gray = photo(encoded(GrayImage::new(5, 5), ImageFormat::Png)).await.unwrap();
        assert_eq!(gray.content_type, "image/jpeg");
    }

    #[tokio::test]
    async fn large_photos_shrink_and_small_ones_stay() {
        let wide = photo(encoded(two_halves(3_000, 600), ImageFormat::Jpeg)).await.unwrap();
        assert_eq!((wide.width, wide.height), (2_048, 410));
        let huge = photo(encoded(GrayImage::new(8_192, 100), ImageFormat::Png)).await.unwrap();
        assert_eq!((huge.width, huge.height), (2_048, 25));
        let sliver = photo(encoded(GrayImage::new(1, 8_000), ImageFormat::Png)).await.unwrap();
        assert_eq!((sliver.width, sliver.height), (1, 2_048));
    }

    #[tokio::test]
    async fn a_face_is_the_middle_square() {
        let pictures = ReencodedPictures::new();
        let three = RgbImage::from_fn(900, 300, |x, _| if (300..600).contains(&x) { BLUE } else { RED });
        let face = pictures.avatar(encoded(three, ImageFormat::Png).into(), Crop::default()).await.unwrap();
        assert_eq!((face.width, face.height), (256, 256));
        let shown = image::load_from_memory(&face.bytes).unwrap().into_rgb8();
        assert!(shown.get_pixel(10, 128)[2] > 150 && shown.get_pixel(245, 128)[2] > 150);
        let tiny = pictures.avatar(encoded(two_halves(1, 1), ImageFormat::Png).into(), Crop::default()).await.unwrap();
        assert_eq!((tiny.width, tiny.height), (256, 256));
    }

    #[tokio::test]
    async fn a_face_is_the_square_that_was_chosen() {
        let pictures = ReencodedPictures::new();
        for (x, shown_in) in [(0.0, 0), (1.0, 2), (f64::NAN, 0)] {
            let crop = Crop { x, y: 0.5, zoom: 3.0 };
            let face = pictures.avatar(encoded(two_halves(900, 300), ImageFormat::Png).into(), crop).await.unwrap();
            assert_eq!((face.width, face.height), (256, 256));
            let pixel = *image::load_from_memory(&face.bytes).unwrap().into_rgb8().get_pixel(10, 128);
            assert!(pixel[shown_in] > 150, "{x}: {pixel:?}");
        }
    }
}
