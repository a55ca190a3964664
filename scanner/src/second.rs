//! The second decoder: rqrr, which finds codes by the regions of a picture and not by its lines, and reads some that the
//! first does not.
//!
//! For each set of finder patterns that it tries it copies the picture, and a wall of them takes it hours. So it gets small
//! pictures, already told dark from light, and none in which more places look like a finder pattern than belong to a
//! few codes.

use rqrr::PreparedImage;

use crate::{Frame, note, shape};

/// Longest side that it is given, in pixels.
const MAX_SIDE: usize = 800;
/// In how many places lines of pixels may look like the middle of a finder pattern: a pattern has three for each pixel that
/// its modules are wide.
const MAX_PLACES: usize = 300;
/// What is darker than this share of the mean around it, in hundredths, is dark.
const DARK: u64 = 92;

/// The texts of the codes in `frame`, shrunk until it fits.
pub(crate) fn read(frame: &Frame<'_>) -> Vec<String> {
    if frame.width.max(frame.height) > MAX_SIDE {
        return shape::halved(frame).frame().map(|frame| read(&frame)).unwrap_or_default();
    }
    let dark = darkness(frame);
    let places: usize = dark.chunks(frame.width).map(places).sum();
    if places == 0 || places > MAX_PLACES {
        return Vec::new();
    }
    let is_dark = |x: usize, y: usize| dark.get(y * frame.width + x) == Some(&true);
    let mut prepared = PreparedImage::prepare_from_bitmap(frame.width, frame.height, is_dark);
    let mut found = Vec::new();
    for grid in prepared.detect_grids() {
        if let Ok((_, text)) = grid.decode() {
            note(&mut found, text);
        }
    }
    found
}

/// Which pixels are darker than what surrounds them: an eighth of the picture's width.
fn darkness(frame: &Frame<'_>) -> Vec<bool> {
    let reach = (frame.width / 16).max(8);
    let width = frame.width + 1;
    // Sums of all pixels above and to the left, with a row and a column of noughts before them.
    let mut sums: Vec<u32> = vec![0; width];
    for row in frame.luma.chunks(frame.width) {
        let above = sums.len() - width;
        let mut sum = 0_u32;
        sums.push(0);
        for (x, grey) in row.iter().enumerate() {
            sum += u32::from(*grey);
            let over = sums.get(above + x + 1).copied().unwrap_or_default();
            sums.push(over + sum);
        }
    }
    let sum = |x: usize, y: usize| u64::from(sums.get(y * width + x).copied().unwrap_or_default());
    let is_dark = |(at, grey): (usize, &u8)| {
        let (x, y) = (at % frame.width, at / frame.width);
        let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(frame.width));
        let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(frame.height));
        let area = u64::try_from((right - left) * (bottom - top)).unwrap_or(u64::MAX);
        let total = sum(right, bottom) + sum(left, top) - sum(left, bottom) - sum(right, top);
        u64::from(*grey) * area * 100 < total * DARK
    };
    frame.luma.iter().enumerate().map(is_dark).collect()
}

/// In how many places of a row five runs, the first and last dark, are as long as those through the middle of a finder
/// pattern, 1:1:3:1:1, as loosely as rqrr takes it.
fn places(row: &[bool]) -> usize {
    let runs: Vec<(bool, usize)> =
        row.chunk_by(|a, b| a == b).map(|run| (run.first() == Some(&true), run.len())).collect();
    let fits = |five: &&[(bool, usize)]| {
        let [(true, a), (_, b), (_, c), (_, d), (_, e)] = **five else { return false };
        let mean = (a + b + d + e) / 4;
        let off = mean * 3 / 4;
        let near = |length: usize, times: usize| length + off >= times * mean && length <= times * mean + off;
        near(a, 1) && near(b, 1) && near(c, 3) && near(d, 1) && near(e, 1)
    };
    runs.windows(5).filter(fits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Vec<bool> {
        text.chars().map(|it| it == '#').collect()
    }

    #[test]
    fn a_place_is_five_runs_as_a_finder_pattern_has_them() {
        for (text, found) in [
            ("  # ### #  ", 1),
            ("# ### #", 1),
            ("## ###### ##", 0),
            ("##  ######  ##", 1),
            ("##  ######  ## ##  ######  ##", 2),
            ("# # # # #", 0),
            ("", 0),
            ("#####", 0),
        ] {
            assert_eq!(places(&row(text)), found, "{text}");
        }
    }

    #[test]
    fn dark_is_what_is_darker_than_around_it_in_any_light() {
        for (dark, light) in [(0, 255), (10, 30), (200, 250)] {
            let luma: Vec<u8> = (0..64 * 64).map(|at| if at % 8 < 4 { dark } else { light }).collect();
            let found = darkness(&Frame::new(&luma, 64, 64).unwrap());
            let inside = |at: &usize| (16..48).contains(&(at % 64));
            assert!((0..found.len()).filter(inside).all(|at| found[at] == (at % 8 < 4)), "{dark} {light}");
            let flat = vec![light; 64 * 64];
            assert!(darkness(&Frame::new(&flat, 64, 64).unwrap()).iter().all(|is| !is));
        }
    }
}
