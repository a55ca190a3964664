//! `jigap scan`: judges the codes that its [source](super::sources) reads, and keeps the gate's screen.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use jigap_platform::clock::SystemClock;
use jigap_platform::entry_log::GateLog;
use jigap_platform::files;
use jigap_platform::http::Shutdown;
use jigap_wallet_core::entry_log::Guest;
use jigap_wallet_core::pass::{Admitted, Checked, Fact, MarksHeard, Register, Replay, Window};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::verdict::Refusal;
use serde_json::{Value, json};

use super::joined::{Alone, Server};
use super::marks::{self, Share};
use super::sources::{self, Came};
use super::trusted::Trusted;
use super::{Door, drawn, picture, unshown, unwritten};
use crate::args::Scan;
use crate::entry_log;
use crate::failure::{Exit, Failure};
use crate::qr;
use crate::talk::Talk;

/// How often marks of tickets that ended are forgotten.
const FORGETS: Seconds = Seconds(3600);

/// Judges what its source reads until that ends.
pub(crate) fn scan(command: &Scan, talk: &Talk) -> Result<Exit, Failure> {
    let mut door = Door::open(&command.directory)?;
    if command.log.is_some() {
        door = door.logging(&command.directory)?;
    }
    let now = SystemClock.now();
    let trusted = Trusted::open(&command.trust, &door.gate, now)?;
    door.shut_by(&trusted.issuers, talk.lang()).iter().for_each(|warning| talk.say(warning));
    let log =
        command.log.as_ref().map(|policy| door.log(&command.directory, policy, now, talk)).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(unstarted)?;
    let came = runtime.block_on(async {
        let mut scanner = Scanner::open(door, trusted, command, now).await?;
        scanner.log = log;
        let came = scanner.run(command, talk).await;
        scanner.close(talk)?;
        came
    });
    // Whoever still waits for a line of stdin must not keep the process.
    runtime.shutdown_background();
    came
}

fn unstarted(error: std::io::Error) -> Failure {
    Failure::new(Exit::Environment, Text::new("cannot start", "시작할 수 없습니다")).detail(error)
}

/// A gate at work.
struct Scanner {
    folder: PathBuf,
    door: Door,
    trusted: Trusted,
    replay: Replay,
    /// Where used tickets are written down, at a gate that takes tickets.
    register: Option<Register>,
    /// Where they are shared with other gates.
    share: Option<Share>,
    /// Where they are shared over the network.
    server: Option<Server>,
    screen: Option<PathBuf>,
    log: Option<GateLog>,
    shown: Option<Window>,
    /// When marks of tickets that ended were last forgotten.
    forgot: Timestamp,
    refused: bool,
}

impl Scanner {
    async fn open(door: Door, trusted: Trusted, command: &Scan, now: Timestamp) -> Result<Self, Failure> {
        let mut replay = Replay::starting(&door.gate, now);
        let (mut register, mut share, mut server) = (None, None, None);
        if door.gate.wants.kind.is_single_entry() {
            let opened = marks::open(&command.directory, &door, &mut replay, now).await?;
            if let Some(folder) = &command.share {
                share = Some(Share::open(folder, &opened, now).await?);
            }
            let known = marks::own_lines(&opened, &command.directory).await?;
            server = Server::open(&command.directory, known)?;
            register = Some(opened);
        } else if command.share.is_some() {
            let what = Text::new(
                "this gate takes no tickets: there is nothing to share",
                "입장권을 받지 않는 문이라 나눌 기록이 없습니다",
            );
            return Err(Failure::new(Exit::Usage, what));
        }
        let screen = command.screen.clone();
        let folder = command.directory.clone();
        Ok(Self {
            folder,
            door,
            trusted,
            replay,
            register,
            share,
            server,
            screen,
            log: None,
            shown: None,
            forgot: now,
            refused: false,
        })
    }

    async fn run(&mut self, command: &Scan, talk: &Talk) -> Result<Exit, Failure> {
        let mut source = sources::start(&command.source)?;
        // Ctrl-C and SIGTERM end it as the end of the input does: what is open is closed.
        let ended = Shutdown::on_signals().map_err(unstarted)?;
        loop {
            self.keep_up(SystemClock.now(), talk).await?;
            self.show(SystemClock.now(), talk)?;
            let next = tokio::time::timeout(Duration::from_millis(250), source.recv());
            let next = tokio::select! {
                biased;
                next = next => next,
                () = ended.begun() => break,
                heard = heard(&mut self.server) => {
                    match heard {
                        Ok(heard) => self.hear(heard, talk).await?,
                        Err(alone) => talk.say(alone.text().get(talk.lang())),
                    }
                    continue;
                }
            };
            match next {
                // A moment without a code: the screen may have to change.
                Err(_) => {}
                Ok(None) => break,
                Ok(Some(came)) => match came? {
                    Came::Code(code, file) => self.judge(&code, file.as_deref(), command.json, talk).await?,
                    Came::Unread(file, why) => {
                        self.refused = true;
                        talk.say(&format!("{}: {}", printable(&file), why.get(talk.lang())));
                    }
                },
            }
        }
        Ok(if self.refused { Exit::No } else { Exit::Done })
    }

    /// Judges a code, which was in a picture with the name `file` if it has one.
    async fn judge(
        &mut self,
        code: &str,
        file: Option<&str>,
        as_json: bool,
        talk: &Talk,
    ) -> Result<(), Failure> {
        let (now, lang) = (SystemClock.now(), talk.lang());
        let judged = match self.door.gate.judge(code, &self.trusted.issuers, now, lang).and_then(|checked| {
            // Before a ticket is used up for somebody whom the log could not take.
            self.log.as_ref().map_or(Ok(()), |log| log.ready(now))?;
            Ok(checked)
        }) {
            Ok(checked) => self.admit(checked, now).await,
            Err(refusal) => Err(refusal),
        };
        let judged = judged.and_then(|admitted| self.logged(admitted, now));
        self.refused |= judged.is_err();
        let line = if as_json {
            let mut line = self.told(&judged, now);
            if let Some((line, file)) = line.as_object_mut().zip(file) {
                line.insert("source".to_owned(), json!(file));
            }
            line.to_string()
        } else {
            let file = file.map(|file| format!("{}: ", printable(file))).unwrap_or_default();
            file + &said(&judged, lang)
        };
        talk.data(&(line + "\n"))
    }

    /// Lets in whoever was judged, once; of a ticket, when that is written down.
    async fn admit(&mut self, checked: Checked, now: Timestamp) -> Result<Admitted, Refusal> {
        let Some(register) = &self.register else { return self.replay.admit(checked, now) };
        let (admitted, receipt) = register.admit(&mut self.replay, checked, now).await?;
        if let Some(receipt) = &receipt {
            self.share.iter_mut().for_each(|share| share.tell(receipt));
            self.server.iter_mut().for_each(|server| server.tell(receipt));
        }
        Ok(admitted)
    }

    /// Marks what other gates of the venue let in.
    async fn hear(&mut self, heard: MarksHeard, talk: &Talk) -> Result<(), Failure> {
        let (Some(register), Some(server)) = (&self.register, &mut self.server) else { return Ok(()) };
        let taken = marks::take(register, &mut self.replay, &heard.marks.join("\n"), SystemClock.now()).await;
        let taken = taken.map_err(|error| marks::unusable(&self.folder, error))?;
        for signed in &taken.duplicates {
            talk.say(&marks::twice(signed.receipt(), talk.lang()));
        }
        let wrong = taken.news().map(|news| marks::refused(server.url().as_str(), news, talk.lang()));
        if let Some(wrong) = server.unsaid(wrong) {
            talk.say(&wrong);
        }
        if !taken.is_ahead() {
            server.remember(heard.next);
        }
        Ok(())
    }

    /// Lets in whoever is in the entry log, where one is kept.
    fn logged(&self, admitted: Admitted, now: Timestamp) -> Result<Admitted, Refusal> {
        if let Some(log) = &self.log {
            log.append(Guest::Pass(admitted.pseudonym), now)?;
        }
        Ok(admitted)
    }

    /// Looks at what changes while the gate works: the bundle, and what other gates let in.
    async fn keep_up(&mut self, now: Timestamp, talk: &Talk) -> Result<(), Failure> {
        match self.trusted.look_again(&self.door.gate, now) {
            Ok(false) => {}
            Ok(true) => {
                talk.say(
                    Text::new("a newer trust bundle was taken", "새 신뢰 묶음을 받았습니다").get(talk.lang()),
                );
            }
            // The gate goes on with what it has.
            Err(failure) => {
                talk.fail(&failure);
            }
        }
        if let Some(notice) = self.trusted.notice(&self.door.gate, now, talk.lang()) {
            talk.say(&notice);
        }
        if let Some(register) = self.register.as_ref().filter(|_| self.forgot.plus(FORGETS) <= now) {
            self.forgot = now;
            // What could not be forgotten now is forgotten later, and harms nobody until then.
            register.forget(now).await.ok();
        }
        if let (Some(register), Some(share)) = (&self.register, &mut self.share) {
            share.exchange(register, &mut self.replay, now, talk).await?;
        }
        Ok(())
    }

    /// A line for a turnstile: nothing that tells the visitor from another.
    fn told(&self, judged: &Result<Admitted, Refusal>, now: Timestamp) -> Value {
        let trust = json!({
            "as_of": self.trusted.as_of(), "age": self.trusted.age(now), "ageing": self.trusted.is_ageing(&self.door.gate, now),
        });
        let mut line = told(judged, now);
        if let Some(members) = line.as_object_mut() {
            members.insert("trust".to_owned(), trust);
        }
        line
    }

    /// Signs where the entry log stands.
    fn close(&self, talk: &Talk) -> Result<(), Failure> {
        let closed = self.log.as_ref().map_or(Ok(()), |log| log.close(SystemClock.now()));
        closed.map_err(|error| entry_log::unusable(error, talk.lang()))
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
                let shown = if as_text { code.into_bytes() } else { picture(&code, file)? };
                files::replace(file, &shown).map_err(|error| unwritten(file, &error))?;
            }
            None if std::io::stderr().is_terminal() => {
                // From the top left corner, over what was there.
                let aged = self.trusted.line(&self.door.gate, now, talk.lang());
                talk.say(&format!(
                    "\u{1b}[H\u{1b}[J{} · {} · {aged}",
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

/// What others told, where the gate is paired with the computer that keeps another.
async fn heard(server: &mut Option<Server>) -> Result<MarksHeard, Alone> {
    match server {
        Some(server) => server.heard().await,
        None => std::future::pending().await,
    }
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
            let particulars = admitted.particulars.iter().filter(|text| !text.is_empty());
            let says: Vec<String> =
                particulars.map(|text| printable(text).into_owned()).chain(facts).collect();
            format!("{open}: {} — {}{weaker}", printable(&admitted.issuer_name), says.join(", "))
        }
        Err(refusal) => {
            let shut = Text::new("✗ shut", "✗ 거절").get(lang);
            format!("{shut} ({}): {}", refusal.check.id, refusal.reason.say(lang))
        }
    }
}

fn told(judged: &Result<Admitted, Refusal>, now: Timestamp) -> Value {
    match judged {
        Ok(admitted) => json!({
            "open": true, "at": now, "kind": admitted.kind.name(), "blind": admitted.is_blind, "issuer": admitted.issuer, "presence": admitted.asked.name(),
            "facts": admitted.facts.iter().map(Fact::to_string).collect::<Vec<_>>(),
        }),
        Err(refusal) => json!({
            "open": false, "at": now, "check": refusal.check.id, "reason": refusal.reason.code,
            "said": {"en": refusal.reason.say(Lang::En), "ko": refusal.reason.say(Lang::Ko)},
        }),
    }
}
