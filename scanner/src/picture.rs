//! Pictures in files: PNG, JPEG and binary PGM in, grey out, and PNG back. Told by their first bytes, whatever a file is called.
//!
//! How large a picture is stands at its beginning: one with a side over [`crate::MAX_SIDE`] is refused before anything is
//! unpacked, so what a file of any size can cost is bounded by that, about 150 MB for a progressive JPEG in colours.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Encoder, Limits, Transformations};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::shape::{Picture, grey_of, luma};
use crate::{Frame, FrameError};

/// Most bytes that are unpacked of one PNG beside its pixels: profiles, palettes, rows.
const MAX_UNPACKED: usize = 8 << 20;
/// Most passes over a progressive JPEG; honest ones have about ten.
const MAX_SCANS: usize = 100;

/// Why something is no picture: what a caller may tell whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It does not begin as a PNG, JPEG or binary PGM does.
    #[error("it is neither PNG nor JPEG nor binary PGM")]
    Unknown,
    /// It begins as one, and goes on otherwise, or uses what is not supported.
    #[error("the picture is damaged, or of a kind that is not read")]
    Damaged,
    /// It cannot be a frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

impl Picture {
    /// The picture that a file holds.
    pub fn read(file: &[u8]) -> Result<Self, PictureError> {
        match file {
            [0x89, b'P', b'N', b'G', ..] => from_png(file),
            [0xff, 0xd8, 0xff, ..] => from_jpeg(file),
            [b'P', b'5', b' ' | b'\t' | b'\n' | b'\r', ..] => from_pgm(file),
            _ => Err(PictureError::Unknown),
        }
    }

    /// As a grey PNG. Empty if it has no pixels.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let (Ok(width), Ok(height)) = (u32::try_from(self.width), u32::try_from(self.height)) else {
            return file;
        };
        let mut encoder = Encoder::new(&mut file, width, height);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_depth(BitDepth::Eight);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&self.luma));
        if written.is_err() {
            file.clear();
        }
        file
    }
}

fn from_png(file: &[u8]) -> Result<Picture, PictureError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: MAX_UNPACKED });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let info = decoder.read_header_info().map_err(|_| PictureError::Damaged)?;
    let (width, height) = sides(info.width, info.height)?;
    let mut reader = decoder.read_info().map_err(|_| PictureError::Damaged)?;
    let length = reader.output_buffer_size().ok_or(PictureError::Damaged)?;
    let mut pixels = vec![0; length];
    let shown = reader.next_frame(&mut pixels).map_err(|_| PictureError::Damaged)?;
    let luma = match shown.color_type {
        ColorType::Grayscale => pixels,
        ColorType::GrayscaleAlpha => grey(&pixels, |[grey, alpha]| [*grey, *grey, *grey, *alpha]),
        ColorType::Rgb => grey(&pixels, |[red, green, blue]| [*red, *green, *blue, u8::MAX]),
        ColorType::Rgba => luma(&pixels),
        ColorType::Indexed => return Err(PictureError::Damaged),
    };
    Ok(Picture::new(luma, width, height)?)
}

fn from_jpeg(file: &[u8]) -> Result<Picture, PictureError> {
    // How large it is is ours to judge, between its headers and its pixels.
    let options = DecoderOptions::new_safe()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(|_| PictureError::Damaged)?;
    let (width, height) = decoder.dimensions().ok_or(PictureError::Damaged)?;
    Frame::fits(width, height)?;
    let luma = decoder.decode().map_err(|_| PictureError::Damaged)?;
    Ok(Picture::new(luma, width, height)?)
}

/// `P5`, width, height and the value of white, with white space and comments between them, one white space, then the bytes.
/// What comes after the last pixel is another picture, and is left alone.
fn from_pgm(file: &[u8]) -> Result<Picture, PictureError> {
    let mut rest = file.get(2..).unwrap_or_default();
    let mut number = || -> Option<usize> {
        loop {
            rest = rest.trim_ascii_start();
            let Some(comment) = rest.strip_prefix(b"#") else { break };
            let end = comment.iter().position(|byte| *byte == b'\n')?;
            rest = comment.get(end..)?;
        }
        let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
        let (digits, after) = rest.split_at_checked(end)?;
        rest = after;
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    let (Some(width), Some(height), Some(white)) = (number(), number(), number()) else {
        return Err(PictureError::Damaged);
    };
    Frame::fits(width, height)?;
    let white = u8::try_from(white).ok().filter(|white| *white > 0).ok_or(PictureError::Damaged)?;
    let pixels = rest.get(1..=width * height).ok_or(PictureError::Damaged)?;
    let grey = |byte: &u8| shown_of(*byte, white);
    Ok(Picture::new(pixels.iter().map(grey).collect(), width, height)?)
}

fn shown_of(grey: u8, white: u8) -> u8 {
    let grey = u32::from(grey.min(white)) * 255 / u32::from(white);
    u8::try_from(grey).unwrap_or(u8::MAX)
}

/// The grey of pixels of `N` bytes, each told as RGBA by `rgba`.
fn grey<const N: usize>(pixels: &[u8], rgba: impl Fn(&[u8; N]) -> [u8; 4]) -> Vec<u8> {
    pixels.as_chunks::<N>().0.iter().map(|pixel| grey_of(&rgba(pixel))).collect()
}

fn sides(width: u32, height: u32) -> Result<(usize, usize), PictureError> {
    let side = |side| usize::try_from(side).map_err(|_| FrameError::TooLarge);
    let (width, height) = (side(width)?, side(height)?);
    Frame::fits(width, height)?;
    Ok((width, height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MAX_SIDE;

    fn png(color: ColorType, depth: BitDepth, (width, height): (u32, u32), data: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, width, height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            encoder.set_palette(vec![0, 0, 0, 255, 255, 255]);
        }
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        file
    }

    fn grey_of(file: &[u8]) -> Vec<u8> {
        Picture::read(file).unwrap().luma
    }

    #[test]
    fn png_of_every_kind_is_read_as_grey() {
        use BitDepth::{Eight, One, Sixteen};
        assert_eq!(grey_of(&png(ColorType::Grayscale, Eight, (2, 1), &[7, 200])), [7, 200]);
        assert_eq!(grey_of(&png(ColorType::Grayscale, One, (8, 1), &[0b1010_0000]))[..4], [255, 0, 255, 0]);
        assert_eq!(grey_of(&png(ColorType::Grayscale, Sixteen, (1, 1), &[9, 1])), [9]);
        assert_eq!(grey_of(&png(ColorType::GrayscaleAlpha, Eight, (2, 1), &[7, 255, 7, 0])), [7, 255]);
        assert_eq!(grey_of(&png(ColorType::Rgb, Eight, (1, 1), &[255, 0, 0])), [76]);
        assert_eq!(grey_of(&png(ColorType::Rgba, Eight, (1, 1), &[0, 0, 0, 0])), [255]);
        assert_eq!(grey_of(&png(ColorType::Indexed, One, (8, 1), &[0b0100_0000]))[..3], [0, 255, 0]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let picture = Picture::new((0..=255).collect(), 32, 8).unwrap();
        let again = Picture::read(&picture.png()).unwrap();
        assert_eq!((again.luma, again.width, again.height), (picture.luma, 32, 8));
    }

    #[test]
    fn pgm_is_read_as_it_says_what_white_is() {
        assert_eq!(grey_of(b"P5 2 1 255\n\x07\xc8"), [7, 200]);
        assert_eq!(grey_of(b"P5\n# by hand\n2\t1\n# white\n100\n\x64\x32and more"), [255, 127]);
        for damaged in [
            &b"P5 "[..],
            b"P5 2 1 255\n\x07",
            b"P5 2 1 0\n\x07\x07",
            b"P5 2 1 256\n\x07\x07",
            b"P5 -2 1 255\n\x07\x07",
            b"P5 99999999999999999999 1 255\n\x07",
            b"P5 2 1 255",
            b"P5 # without end",
        ] {
            assert_eq!(Picture::read(damaged).err(), Some(PictureError::Damaged), "{damaged:?}");
        }
        assert_eq!(Picture::read(b"P5 0 1 255\n").err(), Some(FrameError::Empty.into()));
    }

    #[test]
    fn a_picture_larger_than_a_camera_s_is_refused_before_it_is_unpacked() {
        let mut bomb = png(ColorType::Grayscale, BitDepth::Eight, (1, 1), &[0]);
        // The header says 100,000 by 100,000; its check sum stands after it.
        bomb[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
        let mut crc = check_sum(&bomb[12..29]);
        bomb[29..33].swap_with_slice(&mut crc);
        assert_eq!(Picture::read(&bomb).err(), Some(FrameError::TooLarge.into()));
        let pgm = format!("P5 {} 1 255\n", MAX_SIDE + 1);
        assert_eq!(Picture::read(pgm.as_bytes()).err(), Some(FrameError::TooLarge.into()));
    }

    /// The check sum of a PNG's chunk.
    fn check_sum(bytes: &[u8]) -> [u8; 4] {
        let step = |crc: u32, byte: &u8| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
        };
        (!bytes.iter().fold(u32::MAX, step)).to_be_bytes()
    }

    #[test]
    fn what_is_no_picture_or_half_of_one_is_refused() {
        for (file, error) in [
            (&b""[..], PictureError::Unknown),
            (b"GIF89a", PictureError::Unknown),
            (b"P6 1 1 255\n\0\0\0", PictureError::Unknown),
            (b"\x89PNG\r\n\x1a\n", PictureError::Damaged),
            (b"\xff\xd8\xff\xe0", PictureError::Damaged),
        ] {
            assert_eq!(Picture::read(file).err(), Some(error), "{file:?}");
        }
        let whole = png(ColorType::Rgb, BitDepth::Eight, (64, 64), &[9; 64 * 64 * 3]);
        for end in [20, 33, 40, whole.len() / 2] {
            assert_eq!(Picture::read(&whole[..end]).err(), Some(PictureError::Damaged), "{end}");
        }
    }
}
