//! A film of codes held before a camera, as Chromium takes one for a camera's picture: YUV4MPEG2, grey, 4:2:0.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::io::Write as _;
use std::path::Path;

use jigap_tests::pictures::Scene;
use qrcode::{Color, EcLevel, QrCode};

/// Pictures a second.
pub(crate) const RATE: usize = 5;

/// A film of some size, grown shot by shot.
pub(crate) struct Film {
    width: usize,
    height: usize,
    shots: Vec<(Vec<u8>, usize)>,
}

impl Film {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self { width, height, shots: Vec::new() }
    }

    /// Adds a code, held for this many pictures, as `seen` changes a sharp view of it.
    pub(crate) fn hold(&mut self, code: &str, pictures: usize, seen: impl FnOnce(Scene) -> Scene) {
        let drawn = QrCode::with_error_correction_level(code, EcLevel::M).unwrap();
        let modules: Vec<bool> = drawn.to_colors().into_iter().map(|it| it == Color::Dark).collect();
        let shorter = u32::try_from(self.width.min(self.height)).unwrap();
        let side = u32::try_from(drawn.width() + 12).unwrap();
        let sharp = Scene::sharp(f64::from(shorter) / f64::from(side));
        let scene = seen(Scene { width: self.width, height: self.height, ..sharp });
        self.shots.push((scene.draw(&modules), pictures));
    }

    /// Adds nobody.
    pub(crate) fn wait(&mut self, pictures: usize) {
        self.shots.push((vec![90; self.width * self.height], pictures));
    }

    /// Writes it, whole or not at all.
    pub(crate) fn write(&self, path: &Path) {
        let Self { width, height, shots } = self;
        let mut bytes = Vec::new();
        writeln!(bytes, "YUV4MPEG2 W{width} H{height} F{RATE}:1 Ip A1:1 C420mpeg2").unwrap();
        let colourless = vec![128; width * height / 2];
        for (luma, pictures) in shots {
            for _ in 0..*pictures {
                bytes.extend_from_slice(b"FRAME\n");
                bytes.extend_from_slice(luma);
                bytes.extend_from_slice(&colourless);
            }
        }
        jigap_platform::files::replace(path, &bytes).unwrap();
    }
}
