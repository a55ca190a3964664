//! Codes of entry passes read from frames of 640 by 480 pixels, as a gate's camera would see a telephone: each frame shows
//! another code in another place, drawn from its numbers alone (`jigap_tests::pictures`).
//!
//! Every frame is legible by construction: modules of at least 3 pixels in the middle of the card, a blur of at most 0.4
//! modules, light at least 80 greys above dark, noise of at most a tenth of that, at the darkest place still half as bright,
//! and tilts of at most a tenth each way.

use std::fmt::Write as _;
use std::hint::black_box;

use jigap_scanner::Frame;
use jigap_tests::pictures::Scene;
use qrcode::{Color, EcLevel, QrCode};

use crate::measure::timed;
use crate::{BenchError, broken, pass, require};

/// Frames of each kind, for each second that is measured.
const FRAMES: f64 = 10.0;

/// How frames of one kind are seen; the numbers it takes are from 0 to 1.
struct Kind {
    name: &'static str,
    scene: fn(&mut Dice) -> Scene,
}

const KINDS: [Kind; 8] = [
    Kind {
        name: "sharp and upright",
        scene: |dice| Scene { offset: dice.offset(), ..Scene::sharp(dice.module()) },
    },
    Kind { name: "turned by any angle", scene: Dice::turned },
    Kind { name: "and seen from the side", scene: |dice| Scene { tilt: dice.tilt(), ..dice.turned() } },
    Kind { name: "turned and blurred", scene: |dice| dice.blurred() },
    Kind {
        name: "turned and dim",
        scene: |dice| Scene { greys: dice.greys(), shade: dice.shade(), ..dice.turned() },
    },
    Kind { name: "turned and noisy", scene: |dice| Scene { noise: 25.0 * dice.roll(), ..dice.turned() } },
    Kind { name: "turned, light on dark", scene: |dice| Scene { inverted: true, ..dice.turned() } },
    Kind { name: "all of it at once", scene: Dice::worst },
];

/// A frame, and the text of the code in it.
pub(crate) struct Drawn {
    pub(crate) text: String,
    pub(crate) luma: Vec<u8>,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// So many frames of each kind, each with the next of the codes.
pub(crate) fn legible(codes: &[String], each: usize) -> Result<Vec<Drawn>, BenchError> {
    let mut dice = Dice::new();
    let kinds = KINDS.iter().flat_map(|kind| std::iter::repeat_n(kind, each));
    kinds.zip(codes.iter().cycle()).map(|(kind, text)| dice.drawn(kind, text)).collect()
}

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let codes = pass::codes()?;
    let code = |text: &String| QrCode::with_error_correction_level(text, EcLevel::M);
    let side = codes.first().map(code).transpose().map_err(broken("a code"))?.map_or(0, |code| code.width());
    let mut table = format!(
        "| codes of {side} × {side} modules | frames | read (target ≥ 95 %) | a frame, median, ms (target ≤ 20) | p95, ms |\n|---|---|---|---|---|\n"
    );
    let mut dice = Dice::new();
    let (mut all, mut all_read) = (Vec::new(), 0);
    let frames = (FRAMES * seconds).max(2.0) as usize;
    for kind in KINDS {
        let (mut took, mut read) = (Vec::with_capacity(frames), 0_usize);
        for text in codes.iter().cycle().take(frames) {
            let Drawn { luma, width, height, .. } = dice.drawn(&kind, text)?;
            let frame = Frame::new(&luma, width, height).map_err(broken("a frame"))?;
            let (found, time) = timed(|| black_box(&frame).codes());
            require(found.iter().all(|found| found == text), "what is read is what was drawn")?;
            read += found.len();
            took.push(time * 1e3);
        }
        all_read += read;
        line(&mut table, kind.name, &mut took, Some(read));
        all.extend(took);
    }
    line(&mut table, "**all**", &mut all, Some(all_read));
    let mut took = Vec::with_capacity(frames);
    for seed in 0..frames {
        let scene = Scene { noise: 12.0, seed: seed as u64, greys: (180.0, 180.0), ..Scene::sharp(4.0) };
        let luma = scene.draw(&[false; 441]);
        let frame = Frame::new(&luma, scene.width, scene.height).map_err(broken("a frame"))?;
        let (found, time) = timed(|| black_box(&frame).codes());
        require(found.is_empty(), "nothing is read where nothing is")?;
        took.push(time * 1e3);
    }
    line(&mut table, "nothing but noise", &mut took, None);
    Ok(table)
}

fn line(table: &mut String, name: &str, took: &mut [f64], read: Option<usize>) {
    took.sort_by(f64::total_cmp);
    let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or(f64::NAN);
    let share =
        read.map_or_else(String::new, |read| format!("{:.1} %", 100.0 * read as f64 / took.len() as f64));
    let _ = writeln!(table, "| {name} | {} | {share} | {:.1} | {:.1} |", took.len(), at(50), at(95));
}

/// The same numbers in every run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// The next frame of a kind.
    fn drawn(&mut self, kind: &Kind, text: &str) -> Result<Drawn, BenchError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(broken("a code"))?;
        let modules: Vec<bool> = code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect();
        let scene = (kind.scene)(self);
        let luma = scene.draw(&modules);
        Ok(Drawn { text: text.to_owned(), luma, width: scene.width, height: scene.height })
    }

    /// From 0 to 1.
    fn roll(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as f64 / f64::from(u32::MAX)
    }

    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.roll()
    }

    fn module(&mut self) -> f64 {
        self.between(3.0, 5.0)
    }

    fn offset(&mut self) -> (f64, f64) {
        (self.between(-30.0, 30.0), self.between(-20.0, 20.0))
    }

    fn tilt(&mut self) -> (f64, f64) {
        (self.between(-0.1, 0.1), self.between(-0.1, 0.1))
    }

    fn greys(&mut self) -> (f64, f64) {
        let dark = self.between(0.0, 100.0);
        (dark, dark + self.between(80.0, 150.0))
    }

    fn shade(&mut self) -> f64 {
        self.between(0.0, 0.5)
    }

    fn turned(&mut self) -> Scene {
        let angle = self.between(0.0, 360.0);
        let seed = self.0;
        Scene { angle, offset: self.offset(), seed, ..Scene::sharp(self.module()) }
    }

    fn blurred(&mut self) -> Scene {
        let turned = self.turned();
        Scene { blur: self.between(0.0, 0.4) * turned.module, ..turned }
    }

    fn worst(&mut self) -> Scene {
        let greys = self.greys();
        let noise = self.between(0.0, 0.1) * (greys.1 - greys.0);
        Scene { greys, noise, tilt: self.tilt(), shade: self.shade(), ..self.blurred() }
    }
}
