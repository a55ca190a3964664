//! `jigap gate` and `jigap scan`: a door that opens for entry passes. What is judged is `jigap_wallet_core::pass`'s; here are the
//! gate's folder, its screen, and the codes that a scanner types.

use std::io::{BufRead as _, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::{files, pem};
use jigap_wallet_core::pass::{
    Admitted, Asking, Fact, Gate, Kind, PassError, PassIssuers, Presence, Replay, ScreenSecret, VenueCode,
    VenueId, Wants, Window,
};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::verdict::Refusal;
use qrcode::QrCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::args::{self, GateInit, Poster, Scan};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;
use crate::{bundle, input, qr};

const SETTINGS: &str = "gate.toml";
const KEY: &str = "venue-key.pem";
/// Longest line that a scanner types, in bytes: no code is as long.
const MAX_LINE: u64 = 4096;
const MAX_TRUST_AGE_HOURS: u16 = 7 * 24;

/// `gate.toml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// What visitors are told the venue is called.
    venue: String,
    /// What visitors are told the gate is called.
    gate: String,
    /// What the pass must say.
    facts: Vec<String>,
    /// `screen`, `poster` or `one-way`.
    presence: String,
    /// Whose passes open it, by identifiers of the trust list; none: those of every issuer of passes there.
    #[serde(default)]
    issuers: Vec<String>,
    /// How old what is known of issuers may be, in hours: a week at most.
    max_trust_age_hours: u16,
}

/// A gate's folder, read.
struct Door {
    settings: Settings,
    key: PrivateKey,
    wants: Wants,
    asking: Asking,
}

/// Makes a gate, or draws its poster.
pub(crate) fn run(command: &args::Gate, talk: &Talk) -> Result<Exit, Failure> {
    match command {
        args::Gate::Init(command) => init(command, talk),
        args::Gate::Poster(command) => poster(command, talk),
    }
}

fn init(command: &GateInit, talk: &Talk) -> Result<Exit, Failure> {
    let folder = &command.directory;
    let settings = Settings {
        venue: command.venue.clone(),
        gate: command.gate.clone(),
        facts: command.facts.iter().map(Fact::to_string).collect(),
        presence: command.presence.name().to_owned(),
        issuers: command.issuers.clone(),
        max_trust_age_hours: (Gate::MAX_TRUST_AGE.0 / 3600) as u16,
    };
    let key = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
    // A name that cannot be shown is refused before anything is written.
    let wants = Wants::new(Kind::Entry, command.facts.iter().cloned());
    VenueCode::on_poster((&settings.venue, &settings.gate), &wants, &key).map_err(unshown)?;
    std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
    let (place, key_place) = (folder.join(SETTINGS), folder.join(KEY));
    let text = toml::to_string(&settings).map_err(|error| unusable(&place, &error.to_string()))?;
    if !key_place.exists() {
        files::write_new_private(&key_place, pem::private_key_text(&key).as_bytes())
            .map_err(|error| unwritten(&key_place, &error))?;
    }
    files::write_new(&place, text.as_bytes()).map_err(|error| unwritten(&place, &error))?;
    let next = Text::new(
        "The gate is ready. Open it with a trust bundle:",
        "문이 준비되었습니다. 신뢰 묶음을 주어 여십시오.",
    );
    talk.say(next.get(talk.lang()));
    talk.say(&format!("  jigap scan {} --trust trust.jigap", folder.display()));
    Ok(Exit::Done)
}

fn poster(command: &Poster, talk: &Talk) -> Result<Exit, Failure> {
    let door = Door::open(&command.directory)?;
    if door.asking != Asking::Poster {
        let what = Text::new("this gate has no poster", "이 문에는 포스터가 없습니다");
        let hint = Text::new(
            "presence = \"poster\" in gate.toml gives it one",
            "gate.toml에 presence = \"poster\"라고 쓰십시오",
        );
        return Err(Failure::new(Exit::No, what).hint(hint));
    }
    let names = (door.settings.venue.as_str(), door.settings.gate.as_str());
    let code = VenueCode::on_poster(names, &door.wants, &door.key).map_err(unshown)?;
    let shown = if command.text { code } else { picture(&code)? };
    talk.data(&(shown + "\n"))?;
    Ok(Exit::Done)
}

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
fn issuers(bundle: &str, now: Timestamp) -> Result<PassIssuers, Failure> {
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

impl Door {
    fn open(folder: &Path) -> Result<Self, Failure> {
        let (place, key_place) = (folder.join(SETTINGS), folder.join(KEY));
        let text = files::read(&place).map_err(|error| unread(&place, &error))?;
        let text = String::from_utf8(text).map_err(|_| unusable(&place, "it is not UTF-8"))?;
        let settings: Settings = toml::from_str(&text).map_err(|error| unusable(&place, error.message()))?;
        let key = input::private_key(&key_place.to_string_lossy())?;
        let facts: Result<Vec<Fact>, _> = settings.facts.iter().map(|name| Fact::parse(name)).collect();
        let facts = facts.map_err(|error| unusable(&place, &error.to_string()))?;
        if !(1..=MAX_TRUST_AGE_HOURS).contains(&settings.max_trust_age_hours) {
            return Err(unusable(&place, "max_trust_age_hours is 1 to 168"));
        }
        let asking = Asking::ALL.into_iter().find(|asking| asking.name() == settings.presence);
        let asking = asking.ok_or_else(|| unusable(&place, "presence is screen, poster or one-way"))?;
        Ok(Self { key, wants: Wants::new(Kind::Entry, facts), asking, settings })
    }

    fn gate(&self) -> Gate {
        Gate {
            venue: VenueId::of(self.key.public()),
            wants: self.wants.clone(),
            issuers: self.settings.issuers.clone(),
            presence: match self.asking {
                Asking::Screen => Presence::Screen(ScreenSecret::generate(&OsEntropy)),
                Asking::Poster => Presence::Poster,
                Asking::OneWay => Presence::OneWay,
            },
            max_trust_age: Seconds(u32::from(self.settings.max_trust_age_hours) * 3600),
        }
    }
}

/// A gate at work.
struct Scanner {
    door: Door,
    gate: Gate,
    issuers: PassIssuers,
    replay: Replay,
    screen: Option<PathBuf>,
    shown: Option<Window>,
    refused: bool,
}

impl Scanner {
    fn new(door: Door, issuers: PassIssuers, now: Timestamp, screen: Option<PathBuf>) -> Self {
        let gate = door.gate();
        let replay = Replay::starting(&gate, now);
        Self { door, gate, issuers, replay, screen, shown: None, refused: false }
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
        let judged = self.gate.judge(code, &self.issuers, now, lang);
        let judged = judged.and_then(|checked| self.replay.admit(checked, now));
        self.refused |= judged.is_err();
        let line = if as_json { told(&judged, now).to_string() } else { said(&judged, lang) };
        talk.data(&(line + "\n"))
    }

    /// Shows the gate's code, if it has one and the window has changed.
    fn show(&mut self, now: Timestamp, talk: &Talk) -> Result<(), Failure> {
        let Presence::Screen(secret) = &self.gate.presence else { return Ok(()) };
        let window = Window::of(now);
        if self.shown == Some(window) {
            return Ok(());
        }
        let names = (self.door.settings.venue.as_str(), self.door.settings.gate.as_str());
        let code = VenueCode::on_screen(names, &self.gate.wants, (window, secret), &self.door.key);
        let code = code.map_err(unshown)?;
        match &self.screen {
            Some(file) => {
                let as_text = file.extension().is_some_and(|name| name == "txt");
                let shown = if as_text { code } else { picture(&code)? };
                files::replace(file, shown.as_bytes()).map_err(|error| unwritten(file, &error))?;
            }
            None if std::io::stderr().is_terminal() => {
                // From the top left corner, over what was there.
                talk.say(&format!("\u{1b}[H\u{1b}[J{} · {}", printable(names.0), printable(names.1)));
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

fn drawn(code: &str) -> Result<QrCode, Failure> {
    qr::code(code).ok_or_else(|| unshown(PassError::TooLarge))
}

fn picture(code: &str) -> Result<String, Failure> {
    Ok(qr::svg(&drawn(code)?))
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

fn unshown(error: PassError) -> Failure {
    let what = Text::new("the gate's code cannot be made", "문의 코드를 만들 수 없습니다");
    let hint =
        Text::new("names have 1 to 60 bytes that can be seen", "이름은 보이는 글자로 1~60바이트입니다");
    Failure::new(Exit::Usage, what).detail(error).hint(hint)
}

fn unusable(path: &Path, why: &str) -> Failure {
    let what = Text::new("the gate's settings cannot be used", "문의 설정을 쓸 수 없습니다");
    let hint = Text::new(
        "`jigap gate init` makes a folder with them",
        "`jigap gate init`이 설정을 담은 폴더를 만듭니다",
    );
    Failure::new(Exit::Usage, what).detail(format!("{}: {why}", path.display())).hint(hint)
}

fn unread(path: &Path, error: &std::io::Error) -> Failure {
    unusable(path, &error.to_string())
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let what = Text::new("the file cannot be written", "파일을 쓸 수 없습니다");
    Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()))
}
