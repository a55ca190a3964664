//! QR codes for people: in half blocks on a terminal, and as SVG.

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

/// The code for a page or a printer, eight units a module.
pub(crate) fn svg(code: &QrCode) -> String {
    code.render::<svg::Color<'_>>().module_dimensions(8, 8).build()
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
}
