//! Logos that operators upload: checked, decoded within limits, and written anew as a small PNG file.
//!
//! Shape: the bytes of a PNG, JPEG or WebP file → the bytes of a PNG file. Nothing but the pixels is kept: no metadata, no profiles, no further frames.
//! Order of refusals: bytes, kind (by the first bytes), pixels (by the header, before anything is decoded), decoding.
//! Absent: SVG, which is a document that can have scripts.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType as Filter, PngEncoder};
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits};
use tokio::sync::Mutex;

/// Most bytes of an uploaded file. In base64 they fit into a request's body with the other fields.
pub const MOST_BYTES: usize = 40 * 1024;
/// Most pixels on each side of an uploaded image.
const MOST_PIXELS: u32 = 2_048;
/// Most memory of one image while it is decoded: twice the pixels of the largest one, at 16 bits.
const MOST_MEMORY: u64 = 64 * 1024 * 1024;
/// Pixels on each side of the written image, the first of which gives a small enough file. Pages show it at 44.
const SIDES: [u32; 5] = [176, 132, 96, 64, 44];
/// Most bytes of the written file. With it the payment page stays below 60 KiB, and an image of 44 pixels always fits.
const MOST_WRITTEN: usize = 12 * 1024;

/// Why a file is not a logo.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotALogo {
    TooManyBytes,
    UnknownKind,
    TooManyPixels,
    Unreadable,
}

impl NotALogo {
    /// What to do next.
    pub fn message(self) -> &'static str {
        match self {
            Self::TooManyBytes => "a file of at most 40 KiB",
            Self::UnknownKind => "a PNG, JPEG or WebP file",
            Self::TooManyPixels => "an image of at most 2,048 pixels on each side",
            Self::Unreadable => "an image that can be read: the file is damaged",
        }
    }
}

/// The kinds of files that are taken.
const KINDS: [ImageFormat; 3] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];

/// One image is decoded at a time, so that uploads cannot take more memory than [`MOST_MEMORY`].
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// The logo of a file.
///
/// # Errors
/// The file is not a logo.
pub async fn written_anew(file: Vec<u8>) -> Result<Vec<u8>, NotALogo> {
    if file.len() > MOST_BYTES {
        return Err(NotALogo::TooManyBytes);
    }
    // The turn ends with the decoding, not with a request that is broken off.
    let turn = ONE_AT_A_TIME.lock().await;
    let work = move || {
        let written = logo(&file);
        drop(turn);
        written
    };
    // A decoder that panics has met a file that it cannot read.
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(NotALogo::Unreadable))
}

fn logo(file: &[u8]) -> Result<Vec<u8>, NotALogo> {
    let image = decoded(file, kind(file)?)?;
    SIDES
        .into_iter()
        .find_map(|side| encoded(&fitted(&image, side)).filter(|png| png.len() <= MOST_WRITTEN))
        .ok_or(NotALogo::Unreadable)
}

/// The kind of a file by its first bytes, whatever its sender says.
fn kind(file: &[u8]) -> Result<ImageFormat, NotALogo> {
    let found = image::guess_format(file).ok();
    found.filter(|kind| KINDS.contains(kind)).ok_or(NotALogo::UnknownKind)
}

fn decoded(file: &[u8], kind: ImageFormat) -> Result<DynamicImage, NotALogo> {
    let refused = |error: ImageError| match error {
        ImageError::Limits(_) => NotALogo::TooManyPixels,
        _ => NotALogo::Unreadable,
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(file), kind);
    reader.limits(limits);
    // This reads the header and nothing else.
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    if width > MOST_PIXELS || height > MOST_PIXELS {
        return Err(NotALogo::TooManyPixels);
    }
    let turned = decoder.orientation().map_err(refused)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    image.apply_orientation(turned);
    Ok(DynamicImage::ImageRgba8(image.to_rgba8()))
}

/// The image with at most this many pixels on each side.
fn fitted(image: &DynamicImage, side: u32) -> DynamicImage {
    match image.width() > side || image.height() > side {
        true => image.resize(side, side, FilterType::Lanczos3),
        false => image.clone(),
    }
}

fn encoded(image: &DynamicImage) -> Option<Vec<u8>> {
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, Filter::Adaptive);
    image.write_with_encoder(encoder).ok()?;
    Some(png)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn image(width: u32, height: u32) -> DynamicImage {
        let noise = |x: u32, y: u32| x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)).to_be_bytes();
        DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, |x, y| Rgba(noise(x, y))))
    }

    fn plain(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageRgba8(RgbaImage::from_pixel(width, height, Rgba([11, 95, 88, 255])))
    }

    fn file(image: &DynamicImage, kind: ImageFormat) -> Vec<u8> {
        let mut file = Vec::new();
        let image = DynamicImage::ImageRgb8(image.to_rgb8());
        image.write_to(&mut Cursor::new(&mut file), kind).unwrap();
        file
    }

    #[test]
    fn each_kind_of_image_becomes_a_small_png() {
        for kind in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            for (given, most) in [(plain(20, 10), 20), (plain(400, 300), 176), (image(300, 200), 176)] {
                let png = logo(&file(&given, kind)).unwrap();
                assert!(png.len() <= MOST_WRITTEN, "{kind:?}: {}", png.len());
                let written = image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap();
                assert!(written.width().max(written.height()) <= most, "{kind:?}");
                // A logo that was written once is written in the same way again.
                assert_eq!(logo(&png).unwrap(), png, "{kind:?}");
            }
        }
    }

    #[test]
    fn what_stands_behind_the_pixels_is_not_kept() {
        let mut given = file(&plain(20, 10), ImageFormat::Png);
        given.extend_from_slice(b"<script>alert(1)</script>");
        let png = logo(&given).unwrap();
        assert!(!png.windows(6).any(|part| part == b"script"));
    }

    /// A PNG file of one row of nothing, whose header says another size.
    fn says(width: u32, height: u32) -> Vec<u8> {
        let mut file = file(&plain(1, 1), ImageFormat::Png);
        file[16..20].copy_from_slice(&width.to_be_bytes());
        file[20..24].copy_from_slice(&height.to_be_bytes());
        let sum = crc(&file[12..29]);
        file[29..33].copy_from_slice(&sum.to_be_bytes());
        file
    }

    /// The sum of a chunk of a PNG file (CRC-32 of ISO 3309).
    fn crc(bytes: &[u8]) -> u32 {
        let step = |sum: u32| (0..8).fold(sum, |sum, _| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 });
        !bytes.iter().fold(u32::MAX, |sum, byte| (sum >> 8) ^ step((sum ^ u32::from(*byte)) & 0xFF))
    }

    #[test]
    fn a_file_that_is_no_image_or_too_large_a_one_is_refused_before_it_is_decoded() {
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        let gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
        let png = file(&plain(20, 10), ImageFormat::Png);
        for (file, why) in [
            (svg.to_vec(), NotALogo::UnknownKind),
            ([b"<?xml version=\"1.0\"?>", &svg[..]].concat(), NotALogo::UnknownKind),
            (b"<html><img src=x onerror=alert(1)>".to_vec(), NotALogo::UnknownKind),
            (gif.to_vec(), NotALogo::UnknownKind),
            (b"BM\x3a\x00\x00\x00".to_vec(), NotALogo::UnknownKind),
            (Vec::new(), NotALogo::UnknownKind),
            (says(2_049, 1), NotALogo::TooManyPixels),
            (says(1, 2_049), NotALogo::TooManyPixels),
            (says(50_000, 50_000), NotALogo::TooManyPixels),
            // The header says more than the file has.
            (says(2_048, 2_048), NotALogo::Unreadable),
            (png[..png.len() / 2].to_vec(), NotALogo::Unreadable),
            (b"\x89PNG\r\n\x1a\n".to_vec(), NotALogo::Unreadable),
            (b"\xff\xd8\xff\xe0".to_vec(), NotALogo::Unreadable),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ".to_vec(), NotALogo::Unreadable),
        ] {
            assert_eq!(logo(&file), Err(why), "{:?}", &file[..file.len().min(40)]);
        }
    }

    #[tokio::test]
    async fn a_file_of_too_many_bytes_is_not_even_looked_at() {
        assert_eq!(written_anew(vec![0; MOST_BYTES + 1]).await, Err(NotALogo::TooManyBytes));
        assert_eq!(written_anew(vec![0; MOST_BYTES]).await, Err(NotALogo::UnknownKind));
    }
}
