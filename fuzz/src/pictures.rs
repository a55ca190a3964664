//! Targets of `jigap-scanner`: what a camera sees, and files and films that strangers send.

use std::collections::BTreeSet;

use jigap_scanner::{Film, Frame, MAX_CODES, MAX_SIDE, Picture};
use qrcode::{Color, QrCode};

use crate::fixtures::must;

/// Longest text of a code: 7,089 digits (ISO/IEC 18004, version 40-L); other characters are fewer, and have at most four bytes.
const MAX_TEXT: usize = 4 * 7089;
/// Most pixels of a frame that is looked at: what is larger takes longer, and nothing else.
const MAX_PIXELS: usize = 1 << 16;

/// A frame of the sides that the first two bytes say; where pixels are missing it is white.
pub(crate) fn frame(data: &[u8]) {
    let [width, height, luma @ ..] = data else { return };
    let (width, height) = (usize::from(*width), usize::from(*height));
    let mut luma = luma.to_vec();
    luma.resize(width * height, u8::MAX);
    let Ok(frame) = Frame::new(&luma, width, height) else {
        assert!(width == 0 || height == 0);
        return;
    };
    look(&frame);
}

/// A picture or a film: what is read is a frame.
pub(crate) fn picture(data: &[u8]) {
    if data.starts_with(b"YUV4MPEG2") {
        let Ok(mut film) = Film::open(data) else { return };
        while let Ok(Some(picture)) = film.next_frame() {
            seen(&picture);
        }
        return;
    }
    let Ok(picture) = Picture::read(data) else { return };
    seen(&picture);
    let again = must(Picture::read(&picture.png()));
    assert!(again.luma() == picture.luma(), "a picture is not what was written of it");
}

fn seen(picture: &Picture) {
    assert!(picture.luma().len() <= MAX_SIDE * MAX_SIDE);
    if picture.luma().len() <= MAX_PIXELS {
        look(&must(picture.frame().ok_or("a picture is a frame")));
    }
}

fn look(frame: &Frame<'_>) {
    let codes = frame.codes();
    let distinct: BTreeSet<&String> = codes.iter().collect();
    assert!(codes.len() <= MAX_CODES && distinct.len() == codes.len(), "each code once");
    assert!(codes.iter().all(|text| !text.is_empty() && text.len() <= MAX_TEXT), "a code holds no such text");
}

/// A code of two pixels a module with its quiet zone.
fn drawn(text: &str) -> (Vec<u8>, usize) {
    let code = must(QrCode::new(text));
    let side = 2 * (code.width() + 8);
    let colours = code.to_colors();
    let inside = |at: usize| (at / 2).checked_sub(4).filter(|at| *at < code.width());
    let grey = |at: usize| {
        let module = inside(at % side).zip(inside(at / side));
        let dark = module.and_then(|(x, y)| colours.get(y * code.width() + x)) == Some(&Color::Dark);
        if dark { 0 } else { u8::MAX }
    };
    ((0..side * side).map(grey).collect(), side)
}

pub(crate) fn frame_seeds() -> Vec<Vec<u8>> {
    let seed = |text: &&str| {
        let (luma, side) = drawn(text);
        let side = u8::try_from(side).unwrap_or(u8::MAX);
        [vec![side, side], luma].concat()
    };
    ["0123456789", "JG1:A", "한글", "https://example.com/?a=b"].iter().map(seed).collect()
}

pub(crate) fn picture_seeds() -> Vec<Vec<u8>> {
    let (luma, side) = drawn("JG1:A");
    let picture = must(Picture::new(luma.clone(), side, side));
    let pgm = [format!("P5\n# drawn\n{side} {side} 255\n").as_bytes(), &luma].concat();
    let header = format!("YUV4MPEG2 W{side} H{side} F25:1 Ip A1:1 Cmono\nFRAME\n");
    let film = [header.as_bytes(), &luma, b"FRAME\n", &luma].concat();
    let jpeg = include_bytes!("../../scanner/tests/data/code.jpg").to_vec();
    vec![picture.png(), pgm, film, jpeg]
}
