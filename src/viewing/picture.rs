//! Pictures drawn anew: what is shown was written by us from pixels, so that nothing else a file may
//! hold (places, names, scripts, other files) gets through. Size is judged by the header before any
//! pixel is decoded.

use std::io::Cursor;

use data_encoding::BASE64;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

/// The most pixels that are decoded. A picture of these takes 100 MB while it is drawn.
const MOST_PIXELS: u64 = 25_000_000;

/// The most memory a decoder may take.
const MOST_MEMORY: u64 = 200 * 1024 * 1024;

/// Good enough to read a letter photographed on a kitchen table.
const QUALITY: u8 = 82;

/// A picture, drawn anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Preview {
    /// As a `data:` URL (RFC 2397).
    pub(super) fn url(&self) -> String {
        format!("data:{};base64,{}", self.media_type, BASE64.encode(&self.bytes))
    }
}

/// Why a picture is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPreview {
    /// It is none of JPEG, PNG, GIF and WebP.
    #[error("not a kind of picture that is shown here")]
    Unknown,
    /// It has more than 25 million pixels.
    #[error("the picture is too large to be shown here")]
    TooLarge,
    /// It cannot be decoded.
    #[error("the picture is damaged")]
    Damaged,
}

/// Draws a picture so that neither side is longer than `side` pixels, the right way up.
///
/// # Errors
/// [`NoPreview`]
pub fn preview(bytes: &[u8], side: u32) -> Result<Preview, NoPreview> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| NoPreview::Unknown)?;
    let known = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP];
    reader.format().filter(|format| known.contains(format)).ok_or(NoPreview::Unknown)?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| NoPreview::Damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(NoPreview::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| NoPreview::Damaged)?;
    if width > side || height > side {
        picture = picture.thumbnail(side, side);
    }
    picture.apply_orientation(orientation);
    encoded(&picture).map_err(|_| NoPreview::Damaged)
}

fn encoded(picture: &DynamicImage) -> image::ImageResult<Preview> {
    let mut bytes = Vec::new();
    let media_type = if picture.color().has_alpha() {
        picture.to_rgba8().write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        "image/png"
    } else {
        picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
        "image/jpeg"
    };
    Ok(Preview { media_type, bytes })
}
