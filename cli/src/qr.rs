//! QR codes for people: in half blocks on a terminal, and as SVG or PNG.

use std::path::Path;

use jigap_scanner::Picture;
use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around a QR code (ISO/IEC 18004 §5.3.8).
pub(crate) const QUIET: usize = 4;
/// What makes the code white on black whatever the terminal's theme, so that a camera sees it the right way round.
pub(crate) const COLOURS: &str = "38;5;231;48;5;16";

/// `content` as a code that mends a sixth of itself (level M); `None` where it is too long for one.
pub(crate) fn code(content: &str) -> Option<QrCode> {
    QrCode::with_error_correction_level(content, EcLevel::M).ok()
}

/// Two rows of modules a line, light on dark: a light module is a block.
pub(crate) fn half_blocks(code: &QrCode) -> Vec<String> {
    let (width, modules) = (code.width(), code.to_colors());
    let light = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => modules.get(y * width + x) != Some(&Color::Dark),
            // Below an odd number of rows the last half line is light too.
            _ => true,
        }
    };
    let side = width + 2 * QUIET;
    (0..side)
        .step_by(2)
        .map(|y| {
            (0..side)
                .map(|x| match (light(x, y), light(x, y + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                })
                .collect()
        })
        .collect()
}

/// Pixels, or units, a module: four are enough for a camera that sees all of the picture.
const MODULE: usize = 8;

/// The code as the name of its file says: PNG where that ends in `.png`, else SVG.
pub(crate) fn picture(code: &QrCode, file: &Path) -> Vec<u8> {
    let as_png = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    if as_png { png(code) } else { svg(code).into_bytes() }
}

/// The code in grey with its quiet zone.
fn png(code: &QrCode) -> Vec<u8> {
    let (width, modules) = (code.width(), code.to_colors());
    let side = MODULE * (width + 2 * QUIET);
    let inside = |at: usize| (at / MODULE).checked_sub(QUIET).filter(|at| *at < width);
    let grey = |at: usize| {
        let module = inside(at % side).zip(inside(at / side));
        let module = module.and_then(|(x, y)| modules.get(y * width + x));
        if module == Some(&Color::Dark) { 0 } else { u8::MAX }
    };
    Picture::new((0..side * side).map(grey).collect(), side, side).map(|it| it.png()).unwrap_or_default()
}

/// The code for a page or a printer.
pub(crate) fn svg(code: &QrCode) -> String {
    code.render::<svg::Color<'_>>().module_dimensions(MODULE as u32, MODULE as u32).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_with_its_quiet_zone_and_every_module() {
        let code = code("openid4vp://?x=1").unwrap();
        let lines = half_blocks(&code);
        let side = code.width() + 2 * QUIET;
        assert_eq!(lines.len(), side.div_ceil(2));
        assert!(lines.iter().all(|line| line.chars().count() == side));
        assert!(lines[..QUIET / 2].iter().all(|line| line.chars().all(|c| c == '█')));
        let modules = code.to_colors();
        for (y, line) in lines.iter().enumerate() {
            for (x, c) in line.chars().enumerate() {
                let halves = [matches!(c, '█' | '▀'), matches!(c, '█' | '▄')];
                for (half, light) in halves.into_iter().enumerate() {
                    let (x, y) = (x.wrapping_sub(QUIET), (2 * y + half).wrapping_sub(QUIET));
                    let drawn = x < code.width() && y < code.width();
                    assert_eq!(light, !drawn || modules[y * code.width() + x] == Color::Light);
                }
            }
        }
        assert!(svg(&code).starts_with("<?xml") && svg(&code).ends_with("</svg>"));
    }
    #[test]
    fn a_code_is_written_as_its_file_is_called_and_can_be_read_there() {
        let text = "openid4vp://?x=1";
        let code = code(text).unwrap();
        let drawn = picture(&code, Path::new("code.PNG"));
        let read = Picture::read(&drawn).unwrap();
        assert_eq!(read.frame().unwrap().codes(), [text]);
        assert_eq!(picture(&code, Path::new("code.svg")), svg(&code).into_bytes());
        assert_eq!(picture(&code, Path::new("png")), svg(&code).into_bytes());
    }

    /// What the terminal shows: a camera sees it dark on light.
    #[test]
    fn a_terminal_s_code_can_be_read_and_so_can_its_negative() {
        let text = "JG1:TERMINAL";
        let lines = half_blocks(&code(text).unwrap());
        let (width, height) = (lines[0].chars().count() * 6, lines.len() * 12);
        let cells: Vec<Vec<char>> = lines.iter().map(|line| line.chars().collect()).collect();
        for negative in [false, true] {
            let grey = |at: usize| {
                let (x, y) = (at % width, at / width);
                let upper = y % 12 < 6;
                let block = if upper { ['█', '▀'] } else { ['█', '▄'] };
                if block.contains(&cells[y / 12][x / 6]) == negative { 0 } else { 255 }
            };
            let shown = Picture::new((0..width * height).map(grey).collect(), width, height).unwrap();
            assert_eq!(shown.frame().unwrap().codes(), [text], "{negative}");
        }
    }
}
