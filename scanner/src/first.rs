//! The first decoder: rxing's port of zxing-cpp, by its parts. Its readers would ask the clock, which traps on wasm32, and
//! try every set of finder patterns that a picture has; here their number is bounded.

use rxing::common::{BitMatrix, DetectorRXingResult as _, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR};
use rxing::{Binarizer as _, Luma8Source};

use crate::{Frame, MAX_CODES, note};

/// Most finder patterns that are combined, the largest first: three a code, and what looks like one.
const MAX_PATTERNS: usize = 8 * MAX_CODES;
/// Most sets of three of them that are tried, the most plausible first.
const MAX_SETS: usize = 256;

/// The texts of the codes in `frame`, dark on light or else light on dark.
pub(crate) fn read(frame: &Frame<'_>) -> Vec<String> {
    let (Ok(width), Ok(height)) = (u32::try_from(frame.width), u32::try_from(frame.height)) else {
        return Vec::new();
    };
    let Ok(source) = Luma8Source::new_with_slice(frame.luma, width, height) else { return Vec::new() };
    let binarizer = HybridBinarizer::new(source);
    let Ok(dark) = binarizer.get_black_matrix() else { return Vec::new() };
    let found = in_matrix(dark);
    if !found.is_empty() {
        return found;
    }
    let mut light = dark.clone();
    light.flip_self();
    in_matrix(&light)
}

fn in_matrix(matrix: &BitMatrix) -> Vec<String> {
    let mut patterns = FindFinderPatterns(matrix, true, 0);
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
    patterns.truncate(MAX_PATTERNS);
    let (mut used, mut found) = (Vec::new(), Vec::new());
    for set in GenerateFinderPatternSets(&mut patterns).iter().take(MAX_SETS) {
        let three = [set.bl, set.tl, set.tr];
        if three.iter().any(|pattern| used.contains(pattern)) {
            continue;
        }
        let Ok(sampled) = SampleQR(matrix, set) else { continue };
        let Ok(decoded) = Decode(sampled.getBits()) else { continue };
        if decoded.isValid() {
            used.extend(three);
            note(&mut found, decoded.text());
        }
    }
    found
}
