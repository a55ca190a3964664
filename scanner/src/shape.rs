//! Pictures in other shapes: grey from colours, smoothed, half the size, twice the size.

use crate::{Frame, FrameError};

/// A picture in grey that holds its own pixels, as [`Frame`] borrows them.
pub struct Picture {
    pub(crate) luma: Vec<u8>,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Picture {
    /// The picture of `width * height` bytes.
    pub fn new(luma: Vec<u8>, width: usize, height: usize) -> Result<Self, FrameError> {
        Frame::new(&luma, width, height)?;
        Ok(Self { luma, width, height })
    }

    /// Its pixels: grey, row by row.
    #[must_use]
    pub fn luma(&self) -> &[u8] {
        &self.luma
    }

    /// The frame to look at; `None` where shrinking left nothing.
    #[must_use]
    pub fn frame(&self) -> Option<Frame<'_>> {
        Frame::new(&self.luma, self.width, self.height).ok()
    }
}

/// Grey of RGBA pixels (four bytes each, as a canvas holds them; alpha not premultiplied) on white, by the weights of
/// ITU-R BT.601. Bytes after the last whole pixel are left out.
#[must_use]
pub fn luma(rgba: &[u8]) -> Vec<u8> {
    rgba.as_chunks::<4>().0.iter().map(grey_of).collect()
}

/// That of one pixel.
pub(crate) fn grey_of(rgba: &[u8; 4]) -> u8 {
    let [red, green, blue, alpha] = rgba.map(u32::from);
    let grey = (299 * red + 587 * green + 114 * blue) / 1000;
    byte((grey * alpha + 255 * (255 - alpha)) / 255)
}

/// Each pixel the mean of itself and its eight neighbours: noise within modules goes, their edges stay where they were.
pub(crate) fn smoothed(frame: &Frame<'_>) -> Picture {
    let rows = frame.luma.chunks_exact(frame.width);
    // The sums of three along each row, those at the edges of two and the pixel itself again.
    let sums: Vec<u16> = rows
        .flat_map(|row| {
            let before = row.iter().take(1).chain(row);
            let after = row.iter().skip(1).chain(row.last());
            let sum = |((a, b), c): ((&u8, &u8), &u8)| u16::from(*a) + u16::from(*b) + u16::from(*c);
            before.zip(row).zip(after).map(sum)
        })
        .collect();
    let above = sums.iter().take(frame.width).chain(&sums);
    let last = sums.len().saturating_sub(frame.width);
    let below = sums.iter().skip(frame.width).chain(sums.iter().skip(last));
    let mean = |((a, b), c): ((&u16, &u16), &u16)| byte(u32::from(*a + *b + *c + 4) / 9);
    let luma = above.zip(&sums).zip(below).map(mean).collect();
    Picture { luma, width: frame.width, height: frame.height }
}

/// Half as wide and high: each pixel the mean of four.
pub(crate) fn halved(frame: &Frame<'_>) -> Picture {
    let (width, height) = (frame.width / 2, frame.height / 2);
    let mut luma = Vec::with_capacity(width * height);
    for pair in frame.luma.chunks_exact(2 * frame.width).take(height) {
        let (upper, lower) = pair.split_at(frame.width);
        let columns = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
        luma.extend(columns.map(|([a, b], [c, d])| {
            byte((u32::from(*a) + u32::from(*b) + u32::from(*c) + u32::from(*d) + 2) / 4)
        }));
    }
    Picture { luma, width, height }
}

/// Twice as wide and high: each pixel four times.
pub(crate) fn doubled(frame: &Frame<'_>) -> Picture {
    let mut luma = Vec::with_capacity(4 * frame.luma.len());
    for row in frame.luma.chunks_exact(frame.width) {
        let wide = row.iter().flat_map(|pixel| [*pixel; 2]).collect::<Vec<_>>();
        luma.extend_from_slice(&wide);
        luma.extend_from_slice(&wide);
    }
    Picture { luma, width: 2 * frame.width, height: 2 * frame.height }
}

fn byte(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_is_weighed_and_what_is_clear_is_white() {
        let pixels = [
            [255, 255, 255, 255],
            [0, 0, 0, 255],
            [0, 0, 0, 0],
            [255, 0, 0, 255],
            [0, 255, 0, 255],
            [0, 0, 255, 255],
        ];
        assert_eq!(luma(pixels.as_flattened()), [255, 0, 255, 76, 149, 29]);
        assert_eq!(luma(&[1, 2, 3]), [] as [u8; 0]);
    }

    #[test]
    fn a_picture_smoothed_is_the_mean_of_what_is_near() {
        let dot = [0, 0, 0, 0, 0, 90, 0, 0, 0, 0, 0, 0];
        let smooth = smoothed(&Frame::new(&dot, 4, 3).unwrap());
        assert_eq!(smooth.luma, [10, 10, 10, 0, 10, 10, 10, 0, 10, 10, 10, 0]);
        for (width, height) in [(1, 1), (1, 5), (5, 1), (7, 3)] {
            let flat = vec![200; width * height];
            assert_eq!(smoothed(&Frame::new(&flat, width, height).unwrap()).luma, flat);
        }
    }

    #[test]
    fn a_picture_halved_is_the_mean_and_doubled_the_same() {
        let rows = [0, 4, 9, 8, 8, 9, 1, 1, 1];
        let half = halved(&Frame::new(&rows, 3, 3).unwrap());
        assert_eq!((half.luma, half.width, half.height), (vec![5], 1, 1));
        let twice = doubled(&Frame::new(&[1, 2], 2, 1).unwrap());
        assert_eq!((twice.luma, twice.width, twice.height), (vec![1, 1, 2, 2, 1, 1, 2, 2], 4, 2));
        assert!(halved(&Frame::new(&[7], 1, 1).unwrap()).frame().is_none());
    }
}
