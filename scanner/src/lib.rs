//! QR codes read from pictures (ISO/IEC 18004): grey pixels in, the texts of the codes out. Natively, from files and films too,
//! and, without default features, on wasm32.
//!
//! A picture is a stranger's: [`Frame`] refuses one that is larger than a camera's before it is unpacked, each look at it takes a bounded number
//! of steps, and natively a decoder that panics has read nothing. On wasm32 a panic ends the instance: whoever runs it there
//! starts another. No clock is asked and nothing is kept. What a text means, and whether it counts, is for others to judge.
//!
//! ```
//! # use jigap_scanner::{Frame, FrameError};
//! let white = vec![255; 64 * 48];
//! assert!(Frame::new(&white, 64, 48)?.codes().is_empty());
//! assert_eq!(Frame::new(&white, 64, 64).err(), Some(FrameError::Length));
//! # Ok::<(), FrameError>(())
//! ```

#[cfg(feature = "pictures")]
mod film;
mod first;
#[cfg(feature = "pictures")]
mod picture;
#[cfg(feature = "second-look")]
mod second;
mod shape;

use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(feature = "pictures")]
pub use film::{Film, FilmError};
#[cfg(feature = "pictures")]
pub use picture::PictureError;
pub use shape::{Picture, luma};

/// Longest side of a frame, in pixels: a photograph of 16 megapixels fits.
pub const MAX_SIDE: usize = 4096;
/// Most codes that one frame yields.
pub const MAX_CODES: usize = 16;

/// Below this many pixels on the shorter side a frame is looked at enlarged, else shrunk.
const SMALL: usize = 200;

/// A picture in grey: one byte a pixel, 0 black, row by row from the top left.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    luma: &'a [u8],
    width: usize,
    height: usize,
}

/// Why something is no frame: what a caller may tell whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It has no pixels.
    #[error("the picture has no pixels")]
    Empty,
    /// A side is longer than [`MAX_SIDE`].
    #[error("a side of the picture is longer than {MAX_SIDE} pixels")]
    TooLarge,
    /// There are not `width * height` bytes of it.
    #[error("the picture's length is not its width times its height")]
    Length,
}

impl<'a> Frame<'a> {
    /// The frame of `width * height` bytes, each side of 1 to [`MAX_SIDE`] pixels.
    pub fn new(luma: &'a [u8], width: usize, height: usize) -> Result<Self, FrameError> {
        Self::fits(width, height)?;
        if width.checked_mul(height) != Some(luma.len()) {
            return Err(FrameError::Length);
        }
        Ok(Self { luma, width, height })
    }

    /// Whether a frame may have these sides, in pixels.
    pub(crate) fn fits(width: usize, height: usize) -> Result<(), FrameError> {
        if width == 0 || height == 0 {
            return Err(FrameError::Empty);
        }
        if width > MAX_SIDE || height > MAX_SIDE {
            return Err(FrameError::TooLarge);
        }
        Ok(())
    }

    /// The texts of the QR codes in it, each once, at most [`MAX_CODES`]: turned, mirrored, upside-down or light on dark as
    /// they may be. Empty if none can be read.
    ///
    /// Looks as it is, smoothed, shrunk or enlarged, each time dark on light and light on dark, and by the second decoder, until
    /// one look has read something.
    #[must_use]
    pub fn codes(&self) -> Vec<String> {
        let found = contained(|| first::read(self));
        if !found.is_empty() {
            return found;
        }
        for look in [shape::smoothed, other_size] {
            let picture = look(self);
            let found = picture.frame().map(|frame| contained(|| first::read(&frame))).unwrap_or_default();
            if !found.is_empty() {
                return found;
            }
        }
        self.by_second()
    }

    #[cfg(feature = "second-look")]
    fn by_second(&self) -> Vec<String> {
        contained(|| second::read(self))
    }

    #[cfg(not(feature = "second-look"))]
    #[expect(clippy::unused_self, reason = "the same call with and without the second decoder")]
    fn by_second(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Half the size, or twice where that is small: large modules with noise between them, and small ones.
fn other_size(frame: &Frame<'_>) -> Picture {
    if frame.width.min(frame.height) < SMALL { shape::doubled(frame) } else { shape::halved(frame) }
}

/// What `look` reads; nothing if it panics, where a panic can be caught.
fn contained(look: impl FnOnce() -> Vec<String>) -> Vec<String> {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_default()
}

/// `text` added to `found`, unless it stands there or is empty.
fn note(found: &mut Vec<String>, text: String) {
    if !text.is_empty() && found.len() < MAX_CODES && !found.contains(&text) {
        found.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_the_bytes_it_says_and_sides_that_a_camera_has() {
        let refused = |length: usize, width, height| Frame::new(&vec![0; length], width, height).err();
        assert_eq!(refused(0, 0, 4), Some(FrameError::Empty));
        assert_eq!(refused(0, 4, 0), Some(FrameError::Empty));
        assert_eq!(refused(15, 4, 4), Some(FrameError::Length));
        assert_eq!(refused(17, 4, 4), Some(FrameError::Length));
        assert_eq!(refused(MAX_SIDE + 1, MAX_SIDE + 1, 1), Some(FrameError::TooLarge));
        assert_eq!(refused(0, usize::MAX, usize::MAX), Some(FrameError::TooLarge));
        assert_eq!(refused(16, 4, 4), None);
        assert_eq!(refused(MAX_SIDE, 1, MAX_SIDE), None);
    }

    #[test]
    fn a_decoder_that_panics_has_read_nothing() {
        assert!(contained(|| std::panic::resume_unwind(Box::new("a decoder's"))).is_empty());
        assert_eq!(contained(|| vec!["read".to_owned()]), ["read"]);
    }

    #[test]
    fn a_text_is_noted_once_and_no_more_than_fit() {
        let mut found = Vec::new();
        for text in ["a", "", "a", "b"] {
            note(&mut found, text.to_owned());
        }
        assert_eq!(found, ["a", "b"]);
        (0..2 * MAX_CODES).for_each(|n| note(&mut found, format!("{n}")));
        assert_eq!(found.len(), MAX_CODES);
    }
}
