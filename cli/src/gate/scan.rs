//! `jigap scan`: judges the codes that a scanner types, and keeps the gate's screen.

use std::io::{BufRead as _, IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::time::Duration;

use jigap_platform::clock::SystemClock;
use jigap_platform::files;
use jigap_wallet_core::pass::{Admitted, Fact, PassIssuers, Replay, Window};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::Refusal;
use serde_json::{Value, json};

use super::{Door, drawn, picture, unshown, unwritten};
use crate::args::Scan;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;
use crate::{bundle, qr};

/// Longest line that a scanner types, in bytes: no code is as long.
const MAX_LINE: u64 = 4096;

/// Judges what is typed on stdin until that ends.
pub(crate) fn scan(command: &Scan, talk: &Talk) -> Result<Exit, Failure> {
    let door = Door::open(&command.directory)?;
    let now = SystemClock.now();
    let issuers = issuers(&command.trust, now)?;
    let mut scanner = Scanner::new(door, issuers, now, command.screen.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new(Exit::Environment, Text::new("cannot start", "시작할 수 없습니다")).detail(error)
    })?;
    let came = runtime.block_on(scanner.run(command.json, talk));
    // Whoever still waits for a line of stdin must not keep the process.
    runtime.shutdown_background();
    came
}

/// Those whose passes count, by the bundle in the file.
pub(super) fn issuers(bundle: &str, now: Timestamp) -> Result<PassIssuers, Failure> {
    let (bundle, list) = bundle::trusted(bundle, now)?;
    let issuers = PassIssuers::of(&list, &bundle.documents, now);
    if issuers.count() == 0 {
        let what = Text::new(
            "the trust bundle names no issuer of entry passes whose keys are known",
            "신뢰 묶음에 키를 아는 출입 패스 발급자가 없습니다",
        );
        return Err(Failure::new(Exit::Usage, what).hint(Text::new(
            "an issuer with mechanism did needs no other document; of others the bundle must hold the keys",
            "발급자의 mechanism이 did이면 다른 문서가 필요 없습니다. 그 밖에는 묶음에 키 문서가 있어야 합니다",
        )));
    }
    Ok(issuers)
}

/// A gate at work.
struct Scanner {
    door: Door,
    issuers: PassIssuers,
    replay: Replay,
    screen: Option<PathBuf>,
    shown: Option<Window>,
    refused: bool,
}

impl Scanner {
    fn new(door: Door, issuers: PassIssuers, now: Timestamp, screen: Option<PathBuf>) -> Self {
        let replay = Replay::starting(&door.gate, now);
        Self { door, issuers, replay, screen, shown: None, refused: false }
    }

    async fn run(&mut self, as_json: bool, talk: &Talk) -> Result<Exit, Failure> {
        let (typed, mut lines) = tokio::sync::mpsc::channel(16);
        // Reading stdin waits: its own thread, which ends with the process.
        tokio::task::spawn_blocking(move || {
            while let Some(line) = line().transpose() {
                let ended = line.is_err();
                if typed.blocking_send(line).is_err() || ended {
                    return;
                }
            }
        });
        loop {
            self.show(SystemClock.now(), talk)?;
            let next = tokio::time::timeout(Duration::from_millis(250), lines.recv());
            match next.await {
                // A moment without a code: the screen may have to change.
                Err(_) => {}
                Ok(None) => break,
                Ok(Some(Err(error))) => {
                    let what =
                        Text::new("the scanner cannot be read any more", "스캐너를 더 읽을 수 없습니다");
                    return Err(Failure::new(Exit::Environment, what).detail(error));
                }
                Ok(Some(Ok(line))) if line.trim().is_empty() => {}
                Ok(Some(Ok(line))) => self.judge(line.trim(), as_json, talk)?,
            }
        }
        Ok(if self.refused { Exit::No } else { Exit::Done })
    }

    fn judge(&mut self, code: &str, as_json: bool, talk: &Talk) -> Result<(), Failure> {
        let (now, lang) = (SystemClock.now(), talk.lang());
        let judged = self.door.gate.judge(code, &self.issuers, now, lang);
        let judged = judged.and_then(|checked| self.replay.admit(checked, now));
        self.refused |= judged.is_err();
        let line = if as_json { told(&judged, now).to_string() } else { said(&judged, lang) };
        talk.data(&(line + "\n"))
    }

    /// Shows the gate's code, if it has one and the window has changed.
    fn show(&mut self, now: Timestamp, talk: &Talk) -> Result<(), Failure> {
        let window = Window::of(now);
        if self.shown == Some(window) {
            return Ok(());
        }
        let Door { settings, key, gate } = &self.door;
        let Some(code) = settings.screen_code(gate, window, key).map_err(unshown)? else { return Ok(()) };
        match &self.screen {
            Some(file) => {
                let as_text = file.extension().is_some_and(|name| name == "txt");
                let shown = if as_text { code } else { picture(&code)? };
                files::replace(file, shown.as_bytes()).map_err(|error| unwritten(file, &error))?;
            }
            None if std::io::stderr().is_terminal() => {
                // From the top left corner, over what was there.
                talk.say(&format!(
                    "\u{1b}[H\u{1b}[J{} · {}",
                    printable(&settings.venue),
                    printable(&settings.gate)
                ));
                for line in qr::half_blocks(&drawn(&code)?) {
                    talk.say(&format!("\u{1b}[{}m{line}\u{1b}[0m", qr::COLOURS));
                }
            }
            None => {}
        }
        self.shown = Some(window);
        Ok(())
    }
}

/// A line of stdin, cut off where no code is as long; `None` at its end.
fn line() -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut stdin = std::io::stdin().lock();
    let read = stdin.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes)?;
    if read == 0 {
        return Ok(None);
    }
    // The rest of an overlong line is part of it.
    if read as u64 == MAX_LINE && bytes.last() != Some(&b'\n') {
        stdin.skip_until(b'\n')?;
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// A line for people.
fn said(judged: &Result<Admitted, Refusal>, lang: Lang) -> String {
    match judged {
        Ok(admitted) => {
            let facts: Vec<String> = admitted.facts.iter().map(Fact::to_string).collect();
            let open = Text::new("✓ open", "✓ 입장").get(lang);
            let weaker =
                Text::new(" (weaker: no screen was read)", " (약함: 화면을 읽고 만든 코드가 아닙니다)");
            let weaker = if admitted.asked.is_weaker() { weaker.get(lang) } else { "" };
            format!("{open}: {} — {}{weaker}", printable(&admitted.issuer_name), facts.join(", "))
        }
        Err(refusal) => {
            let shut = Text::new("✗ shut", "✗ 거절").get(lang);
            format!("{shut} ({}): {}", refusal.check.id, refusal.reason.say(lang))
        }
    }
}

/// The same for a turnstile: nothing that tells the visitor from another.
fn told(judged: &Result<Admitted, Refusal>, now: Timestamp) -> Value {
    match judged {
        Ok(admitted) => json!({
            "open": true, "at": now, "issuer": admitted.issuer, "presence": admitted.asked.name(),
            "facts": admitted.facts.iter().map(Fact::to_string).collect::<Vec<_>>(),
        }),
        Err(refusal) => json!({
            "open": false, "at": now, "check": refusal.check.id, "reason": refusal.reason.code,
            "said": {"en": refusal.reason.say(Lang::En), "ko": refusal.reason.say(Lang::Ko)},
        }),
    }
}
