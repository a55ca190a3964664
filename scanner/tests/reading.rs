//! Codes drawn as cameras see them, and read back.

#![expect(clippy::unwrap_used, reason = "a test")]

use jigap_scanner::{Frame, FrameError, Picture, PictureError, luma};
use jigap_tests::pictures::Scene;
use qrcode::{Color, EcLevel, QrCode};

/// As long as the code that a wallet shows at a gate.
const TEXT: &str = "JP1:6BFOXN%TS3DH0YOJ58S S-W5HDC *M0II5XHC9B5G2+$N IOP-IA%NFQGRJPC%OQHIZC4.OI1RM8ZA.A5:S9MKN4NN3F85QNCY0O%0VZ001HOC9JU0D0HT0";

fn modules(text: &str) -> Vec<bool> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
    code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect()
}

fn read(scene: &Scene) -> Vec<String> {
    Frame::new(&scene.draw(&modules(TEXT)), scene.width, scene.height).unwrap().codes()
}

/// Reads each, and says which it could not.
fn all_read(scenes: impl IntoIterator<Item = Scene>) {
    let missed: Vec<Scene> = scenes.into_iter().filter(|scene| read(scene) != [TEXT]).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn a_code_is_read_however_it_is_turned() {
    all_read((0..360).step_by(15).map(|angle| Scene { angle: f64::from(angle), ..Scene::sharp(5.0) }));
}

#[test]
fn a_code_is_read_in_a_mirror_and_light_on_dark() {
    for angle in [0.0, 30.0, 180.0] {
        let turned = Scene { angle, ..Scene::sharp(5.0) };
        all_read([
            Scene { mirrored: true, ..turned.clone() },
            Scene { inverted: true, ..turned.clone() },
            Scene { mirrored: true, inverted: true, ..turned },
        ]);
    }
}

#[test]
fn a_code_is_read_from_the_side() {
    let tilts = [(0.25, 0.0), (-0.25, 0.1), (0.0, 0.25), (0.2, -0.2)];
    all_read(tilts.map(|tilt| Scene { tilt, angle: 10.0, ..Scene::sharp(6.0) }));
}

#[test]
fn a_code_is_read_in_bad_light() {
    let sharp = Scene { angle: 7.0, ..Scene::sharp(5.0) };
    all_read([
        Scene { greys: (20.0, 70.0), ..sharp.clone() },
        Scene { greys: (150.0, 230.0), noise: 8.0, ..sharp.clone() },
        Scene { shade: 0.8, ..sharp.clone() },
        Scene { noise: 25.0, ..sharp.clone() },
        Scene { blur: 1.5, noise: 5.0, ..sharp },
    ]);
}

#[test]
fn small_and_large_codes_are_read() {
    all_read([
        Scene::sharp(2.0),
        Scene { width: 130, height: 130, ..Scene::sharp(2.0) },
        Scene { width: 2400, height: 1800, angle: 20.0, noise: 30.0, ..Scene::sharp(25.0) },
    ]);
}

#[test]
fn every_code_of_a_picture_is_read() {
    let texts = ["left", "right"];
    let pictures = texts.map(|text| Scene { width: 320, ..Scene::sharp(7.0) }.draw(&modules(text)));
    let rows = pictures[0].chunks(320).zip(pictures[1].chunks(320));
    let both: Vec<u8> = rows.flat_map(|(left, right)| left.iter().chain(right).copied()).collect();
    let mut found = Frame::new(&both, 640, 480).unwrap().codes();
    found.sort();
    assert_eq!(found, texts);
}

#[test]
fn what_holds_no_code_yields_none() {
    for (grey, noise) in [(0.0, 0.0), (255.0, 0.0), (128.0, 40.0)] {
        let scene = Scene { greys: (grey, grey), noise, ..Scene::sharp(4.0) };
        assert_eq!(read(&scene), [] as [&str; 0]);
    }
    for (width, height) in [(1, 1), (1, 300), (300, 1), (7, 7), (41, 39)] {
        let pixels: Vec<u8> = (0..width * height).map(|at| if at % 3 == 0 { 0 } else { 255 }).collect();
        assert_eq!(Frame::new(&pixels, width, height).unwrap().codes(), [] as [&str; 0]);
    }
}

#[test]
fn a_code_in_colours_on_clear_ground_is_read() {
    let scene = Scene::sharp(5.0);
    let rgba: Vec<u8> = scene
        .draw(&modules(TEXT))
        .into_iter()
        .flat_map(|grey| if grey < 100 { [20, 20, 120, 255] } else { [0, 0, 0, 0] })
        .collect();
    let grey = luma(&rgba);
    assert_eq!(Frame::new(&grey, scene.width, scene.height).unwrap().codes(), [TEXT]);
}

/// Walls of finder patterns: more sets of three than anyone could try. The smaller are what the second decoder still takes.
#[test]
fn a_wall_of_finder_patterns_ends_soon() {
    for side in [1024, 800, 160, 100, 81, 63] {
        let picture = wall(side);
        #[expect(clippy::disallowed_methods, reason = "how long it takes is what is asked")]
        let began = std::time::Instant::now();
        assert!(Frame::new(&picture, side, side).unwrap().codes().is_empty());
        println!("{side}: {:?}", began.elapsed());
        assert!(began.elapsed().as_secs() < 20, "{side}: {:?}", began.elapsed());
    }
}

/// Finder patterns of one pixel a module, two pixels apart, in a picture as wide as high.
fn wall(side: usize) -> Vec<u8> {
    let dark = |x: usize, y: usize| {
        let edge = |at: usize| matches!(at, 0 | 6);
        let core = |at: usize| matches!(at, 2..=4);
        x < 7 && y < 7 && (edge(x) || edge(y) || (core(x) && core(y)))
    };
    let pixel = |at: usize| if dark(at % side % 9, at / side % 9) { 0 } else { 255 };
    (0..side * side).map(pixel).collect()
}

/// A photograph's kind of file, made by cjpeg (libjpeg-turbo) of a drawn code.
#[test]
fn a_code_is_read_from_a_jpeg_and_half_of_one_is_refused() {
    let jpeg = include_bytes!("data/code.jpg");
    assert_eq!(Picture::read(jpeg).unwrap().frame().unwrap().codes(), ["JG1:A"]);
    for end in [3, 20, 200] {
        assert_eq!(Picture::read(&jpeg[..end]).err(), Some(PictureError::Damaged), "{end}");
    }
    // Its frame header, told to be 65,535 pixels wide.
    let mut large = jpeg.to_vec();
    let header = large.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    large[header + 7..header + 9].fill(0xff);
    assert_eq!(Picture::read(&large).err(), Some(FrameError::TooLarge.into()));
}
