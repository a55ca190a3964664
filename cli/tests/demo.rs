//! The demo as a test: it comes out as it should in both languages, within a minute, and says nothing it must not.

#[path = "support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use qrcode::{Color, EcLevel, QrCode};
use support::{Served, post};

/// The step titles in order.
const STEPS_KO: [&str; 13] = [
    " 1  학적부(CSV)가 발급 제안이 됩니다",
    " 2  지갑이 학생증을 받습니다",
    " 3  국가기술자격증도 받습니다",
    " 4  공연장이 묻고 지갑이 답합니다",
    " 5  같은 답을 다시 보냅니다",
    " 6  상태 목록을 보관하는 도서관도 통과합니다",
    " 7  학적 담당자가 학생증을 정지합니다",
    " 8  공연장이 까닭을 밝히며 거절합니다",
    " 9  도서관은 보관한 상태까지만 압니다",
    "10  정지가 풀리면 다시 통과합니다",
    "11  자격증을 W3C 증명서로도 주고받습니다",
    "12  자격증에서 두 항목만 골라 보입니다(Data Integrity)",
    "13  운전면허증을 mdoc으로 주고받습니다",
];
const STEPS_EN: [&str; 13] = [
    " 1  A register (CSV) becomes offers",
    " 2  The wallet accepts the student ID",
    " 3  And a technical qualification",
    " 4  A venue asks, the wallet shows",
    " 5  The same response again",
    " 6  A library that keeps status lists",
    " 7  The registrar suspends the student",
    " 8  The venue refuses, and says why",
    " 9  The library knows only what it kept",
    "10  The suspension is lifted",
    "11  The qualification as a W3C credential",
    "12  Two claims of it, by Data Integrity",
    "13  The driver licence as an mdoc",
];
/// Claims of the people in the register: the story shows none of them.
const CLAIMS: [&str; 8] =
    ["김하늘", "하늘", "20260417", "2005-04-17", "이서준", "남궁보라", "26201180442K", "컴퓨터공학과"];

#[expect(clippy::disallowed_methods, reason = "the test says how long the demo may take")]
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn demo(arguments: &[&str]) -> (Output, String) {
    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_jigap"))
        .arg("demo")
        .args(arguments)
        .env_remove("LC_ALL")
        .output()
        .unwrap();
    assert!(started.elapsed() < Duration::from_secs(60), "the demo is to be short");
    let story = String::from_utf8(output.stdout.clone()).unwrap();
    (output, story)
}

#[expect(clippy::panic, clippy::indexing_slicing, reason = "a helper of tests")]
fn assert_told(output: &Output, story: &str, steps: &[&str]) {
    assert!(output.status.success(), "{story}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "stdout is the story: {}", String::from_utf8_lossy(&output.stderr));
    let mut rest = story;
    for step in steps {
        let at =
            rest.find(&format!("\n{step}\n")).unwrap_or_else(|| panic!("{step}: missing or out of order"));
        rest = &rest[at + 1..];
    }
    for step in steps {
        assert!(rest.contains(&format!("\n{step}  ")), "{step}: not in the table");
    }
    let codes = codes(story);
    assert_eq!(codes.len(), 2, "the offer's and the request's: {story}");
    assert!(codes.iter().flatten().all(|line| line.chars().count() <= 80), "{story}");
    let link = story.lines().find_map(|line| line.find("openid-credential-offer://").map(|at| &line[at..]));
    assert!(shows(&codes[0], link.unwrap_or_default()), "the code is not that of the link: {story}");
    for claim in CLAIMS {
        assert!(!story.contains(claim), "a claim value is printed");
    }
    assert!(!story.contains('\u{1b}'), "no colour where stdout is no terminal");
}

/// The lines of each QR code.
#[expect(clippy::indexing_slicing, reason = "a helper of tests")]
fn codes(story: &str) -> Vec<Vec<&str>> {
    let is_drawn = |line: &&str| line.contains(['▀', '▄', '█']);
    let lines: Vec<&str> = story.lines().collect();
    let runs = lines.chunk_by(|one, next| is_drawn(one) == is_drawn(next));
    runs.filter(|run| is_drawn(&run[0])).map(<[&str]>::to_vec).collect()
}

/// Whether the code, drawn light on dark with two rows of modules a line, is that of `content`.
#[expect(clippy::indexing_slicing, reason = "a helper of tests")]
fn shows(drawn: &[&str], content: &str) -> bool {
    let row = |line: &&str, lights: [char; 2]| -> Vec<bool> {
        line.trim_start_matches("    ").chars().map(|c| !lights.contains(&c)).collect()
    };
    let rows: Vec<Vec<bool>> =
        drawn.iter().flat_map(|line| [row(line, ['█', '▀']), row(line, ['█', '▄'])]).collect();
    [EcLevel::M, EcLevel::L].into_iter().any(|level| {
        let Ok(code) = QrCode::with_error_correction_level(content, level) else { return false };
        let Some(quiet) = rows[0].len().checked_sub(code.width()).map(|columns| columns / 2) else {
            return false;
        };
        let modules = code.to_colors();
        let wanted = |x: usize, y: usize| modules[y * code.width() + x] == Color::Dark;
        let is_dark = |x: usize, y: usize| rows[y + quiet][x + quiet];
        let side = 0..code.width();
        rows.len() >= code.width() + 2 * quiet
            && side.clone().all(|y| side.clone().all(|x| is_dark(x, y) == wanted(x, y)))
    })
}

#[test]
fn the_page_of_the_story_tells_the_same_steps() {
    let page = include_str!("../../docs/stories/a-student-at-the-door.md");
    let titles: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let told: Vec<String> = STEPS_EN.iter().map(|step| step.trim_start().replacen("  ", ". ", 1)).collect();
    assert_eq!(titles, told);
}

#[test]
fn the_story_comes_out_in_korean() {
    let (output, story) = demo(&["--lang", "ko"]);
    assert_told(&output, &story, &STEPS_KO);
    assert!(story.contains("✗ V-08 증명서가 취소되거나 정지되지 않았습니다: 정지되어 있습니다("), "{story}");
    assert!(story.contains("최신("), "the library says as of when");
}

#[test]
fn the_story_comes_out_in_english() {
    let (output, story) = demo(&["--lang", "en"]);
    assert_told(&output, &story, &STEPS_EN);
    assert!(
        story.contains("✗ V-08 the credential is neither revoked nor suspended: it is suspended (as of ")
    );
    assert!(story.contains("fresh(as of "), "the library says as of when");
    assert!(!story.chars().any(|c| ('가'..='힣').contains(&c)), "English is told in English");
}

#[test]
fn what_is_kept_can_be_judged_by_the_command_that_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let (output, story) = demo(&["--lang", "en", "--keep", kept.to_str().unwrap()]);
    assert_told(&output, &story, &STEPS_EN);
    let command = &story[story.find("      jigap verify ").unwrap()..].replace("\\\n", " ");
    let arguments: Vec<&str> = command.lines().next().unwrap().split_whitespace().skip(1).collect();
    let judged = Command::new(env!("CARGO_BIN_EXE_jigap")).args(&arguments).output().unwrap();
    assert_eq!(judged.status.code(), Some(0), "{}", String::from_utf8_lossy(&judged.stdout));

    let presentation = kept.join("presentation.sd-jwt");
    change_a_letter(&presentation);
    let judged = Command::new(env!("CARGO_BIN_EXE_jigap")).args(&arguments).output().unwrap();
    assert_eq!(judged.status.code(), Some(1), "a changed presentation is refused");

    let wallet = &story[story.find("      jigap wallet list ").unwrap()..];
    let arguments: Vec<&str> = wallet.lines().next().unwrap().split_whitespace().skip(1).collect();
    let listed = Command::new(env!("CARGO_BIN_EXE_jigap")).args(&arguments).output().unwrap();
    assert_eq!(listed.status.code(), Some(0), "{}", String::from_utf8_lossy(&listed.stderr));

    let (output, _) = demo(&["--keep", kept.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "a folder that holds something is not written over");
}

#[expect(clippy::disallowed_methods, reason = "the test forges what was kept")]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of tests")]
fn change_a_letter(presentation: &Path) {
    let mut bytes = std::fs::read(presentation).unwrap();
    let in_the_signature = bytes.iter().position(|byte| *byte == b'~').unwrap() - 20;
    bytes[in_the_signature] = if bytes[in_the_signature] == b'A' { b'B' } else { b'A' };
    std::fs::write(presentation, bytes).unwrap();
}

/// `jigap serve` on what the demo kept: the venue's questions are asked by HTTP, the kept wallet answers each, and the answers
/// are taken.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads the token that was kept")]
fn what_is_kept_can_be_served_and_the_kept_wallet_answers() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let (output, story) = demo(&["--lang", "en", "--keep", kept.to_str().unwrap()]);
    assert_told(&output, &story, &STEPS_EN);
    let _server = Served::start(&kept.join("jigap.toml"));
    let base = story.split("curl -X POST ").nth(1).unwrap().split("/verifier").next().unwrap();
    let token = std::fs::read_to_string(kept.join("door.token")).unwrap();
    for template in ["enrolled-student", "qualified-chosen", "adult"] {
        let asked =
            post(base, "/verifier/requests", &token, &serde_json::json!({"template": template}).to_string());
        let link = asked["link"].as_str().unwrap();
        let file = kept.join("passphrase");
        let arguments = ["wallet", "present", "--dev", "--yes", "--json", "--wallet", kept.to_str().unwrap()];
        let answered = Command::new(env!("CARGO_BIN_EXE_jigap"))
            .args(arguments)
            .args(["--passphrase-file", file.to_str().unwrap(), link])
            .output()
            .unwrap();
        assert_eq!(
            answered.status.code(),
            Some(0),
            "{template}: {}",
            String::from_utf8_lossy(&answered.stderr)
        );
        let (id, secret) = (asked["id"].as_str().unwrap(), asked["secret"].as_str().unwrap());
        let result = support::send(base, "GET", &format!("/verifier/requests/{id}"), secret, "", "");
        assert_eq!(result["verdict"]["accepted"], true, "{template}: {result}");
    }
}
