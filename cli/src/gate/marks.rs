//! The used tickets of a gate: kept in its folder, and shared with the other gates of its venue through files.
//!
//! A file of marks is text, a receipt in each line. `jigap gate marks` writes and reads such files where gates have nothing in
//! common; a folder that several gates see (`jigap scan --share`) holds the files of each, which it writes itself, and reads those of
//! the others while it works.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jigap_keys::hash;
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::files;
use jigap_platform::store::{self, OpenError, StoreConfig, StoreEngine};
use jigap_wallet_core::pass::{
    GateId, Marks, Merged, Receipt, Register, RegisterError, Replay, SignedReceipt, TakeError,
};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::verdict::Refusal;
use serde_json::json;

use super::Door;
use crate::args::{GateMarks, MarksExport, MarksImport, MarksReport};
use crate::deployment::runtime;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

const STORE: &str = "marks.redb";
/// Receipts of one file in a shared folder: less than a mebibyte, which is as much as is read.
const OF_A_FILE: usize = 2000;
/// How often a shared folder is looked at.
const EXCHANGED: Seconds = Seconds(2);
/// Most files of others that are read in a shared folder.
const MAX_FILES: usize = 1000;

/// Opens the register of the gate in `folder`, and tells `replay` what it knows.
pub(super) async fn open(
    folder: &Path,
    door: &Door,
    replay: &mut Replay,
    now: Timestamp,
) -> Result<Register, Failure> {
    let path = folder.join(STORE);
    let settings = StoreConfig { engine: StoreEngine::Redb, path: path.clone() };
    let store = store::open(&settings).map_err(|error| unopened(&path, &error))?;
    let of = (Arc::clone(&door.key), door.settings.gate.as_str());
    let register = Register::open(Arc::clone(&store), of, &OsEntropy, now).await;
    let register = register.map_err(|error| unusable(&path, error))?;
    register.remind(replay).await.map_err(|error| unusable(&path, error))?;
    Ok(register)
}

/// `jigap gate marks`.
pub(super) fn run(command: &GateMarks, talk: &Talk) -> Result<Exit, Failure> {
    runtime()?.block_on(async {
        match command {
            GateMarks::Export(of) => export(of, talk).await,
            GateMarks::Import(command) => import(command, talk).await,
            GateMarks::Report(of) => report(of, talk).await,
        }
    })
}

/// The register of a gate that stands still.
async fn of_folder(folder: &Path) -> Result<(Register, Replay, Timestamp), Failure> {
    let (door, now) = (Door::open(folder)?, SystemClock.now());
    let mut replay = Replay::starting(&door.gate, now);
    let register = open(folder, &door, &mut replay, now).await?;
    Ok((register, replay, now))
}

async fn export(of: &MarksExport, talk: &Talk) -> Result<Exit, Failure> {
    let (register, _, now) = of_folder(&of.directory).await?;
    let mut lines = String::new();
    let each = register.each(|marks| {
        let current = |signed: &&SignedReceipt| signed.receipt().ends.is_some_and(|ends| now < ends);
        for signed in marks.receipts().iter().filter(current) {
            lines.push_str(&signed.to_line());
            lines.push('\n');
        }
    });
    each.await.map_err(|error| unusable(&of.directory, error))?;
    talk.data(&lines)?;
    Ok(Exit::Done)
}

async fn import(command: &MarksImport, talk: &Talk) -> Result<Exit, Failure> {
    let (register, mut replay, now) = of_folder(&command.directory).await?;
    let mut refused = false;
    for file in &command.files {
        let text = input::read_text(file)?;
        let taken = take(&register, &mut replay, &text, now).await;
        let Taken { new, known, duplicates, broken } =
            taken.map_err(|error| unusable(&command.directory, error))?;
        let (new, known, twice) = (new.len(), known.len(), duplicates.len());
        let said = match talk.lang() {
            Lang::En => format!("{file}: {new} new, {known} known, {twice} used twice"),
            Lang::Ko => format!("{file}: 새 기록 {new}건, 이미 있는 기록 {known}건, 중복 입장 {twice}건"),
        };
        talk.say(&said);
        for (line, refusal) in &broken {
            talk.say(&format!("{file}:{line}: {} {}", refusal.check.id, refusal.reason.say(talk.lang())));
        }
        refused |= !broken.is_empty();
    }
    Ok(if refused { Exit::No } else { Exit::Done })
}

async fn report(of: &MarksReport, talk: &Talk) -> Result<Exit, Failure> {
    let (register, ..) = of_folder(&of.directory).await?;
    let mut lines = String::new();
    let each = register.each(|marks| {
        if marks.is_duplicate() {
            let uses = marks.receipts().iter().map(|signed| {
                let Receipt { at, name, gate, .. } = signed.receipt();
                json!({"at": at.to_rfc3339(), "gate": printable(name), "id": gate.to_string(), "receipt": signed.to_line()})
            });
            lines.push_str(&(json!({ "used": uses.collect::<Vec<_>>() }).to_string() + "\n"));
        }
    });
    each.await.map_err(|error| unusable(&of.directory, error))?;
    let exit = if lines.is_empty() { Exit::Done } else { Exit::No };
    talk.data(&lines)?;
    Ok(exit)
}

/// What came of a file of marks.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) new: Vec<SignedReceipt>,
    pub(super) known: Vec<SignedReceipt>,
    pub(super) duplicates: Vec<SignedReceipt>,
    /// Lines that were not taken, and why.
    pub(super) broken: Vec<(usize, Refusal)>,
}

impl Taken {
    /// The first line that is worth saying: what has ended is no news.
    pub(super) fn news(&self) -> Option<&(usize, Refusal)> {
        self.broken.iter().find(|(_, refusal)| refusal.reason.code != "mark-over")
    }

    /// Whether some are of the future: a clock is wrong, and they are to be read again.
    pub(super) fn is_ahead(&self) -> bool {
        self.broken.iter().any(|(_, refusal)| refusal.reason.code == "mark-future")
    }
}

/// Takes each receipt of `text` that holds.
pub(super) async fn take(
    register: &Register,
    replay: &mut Replay,
    text: &str,
    now: Timestamp,
) -> Result<Taken, RegisterError> {
    let mut taken = Taken::default();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let read = match SignedReceipt::read_line(line.trim(), register.venue(), now) {
            Ok(signed) => register.take(replay, &signed, now).await.map(|merged| (merged, signed)),
            Err(refusal) => Err(TakeError::Refused(refusal)),
        };
        match read {
            Ok((Merged::New, signed)) => taken.new.push(signed),
            Ok((Merged::Same, signed)) => taken.known.push(signed),
            Ok((Merged::Duplicate, signed)) => taken.duplicates.push(signed),
            Err(TakeError::Refused(refusal)) => taken.broken.push((number + 1, refusal)),
            Err(TakeError::Store(error)) => return Err(error.into()),
        }
    }
    Ok(taken)
}

/// What a gate says itself of the tickets it let in, the earliest first, as lines.
pub(super) async fn own_lines(register: &Register, place: &Path) -> Result<Vec<String>, Failure> {
    let (own, mut signed) = (register.gate(), Vec::new());
    let each = register.each(|marks: &Marks| {
        signed.extend(marks.receipts().iter().filter(|it| it.receipt().gate == own).cloned());
    });
    each.await.map_err(|error| unusable(place, error))?;
    signed.sort_by_key(|signed| signed.receipt().clone());
    Ok(signed.iter().map(SignedReceipt::to_line).collect())
}

/// A folder that the gates of a venue share.
pub(super) struct Share {
    folder: PathBuf,
    own: GateId,
    lines: Vec<String>,
    /// How many of the lines stand in files.
    written: usize,
    seen: HashMap<PathBuf, [u8; 32]>,
    exchanged: Option<Timestamp>,
}

impl Share {
    /// Of the gate that keeps `register`. Refuses a folder in which another gate goes by the same id: one's folder was copied from the
    /// other's, and neither would read what the other lets in.
    pub(super) async fn open(folder: &Path, register: &Register, now: Timestamp) -> Result<Self, Failure> {
        let (own, lines) = (register.gate(), own_lines(register, folder).await?);
        let folder = folder.to_owned();
        let share = Self { folder, own, lines, written: 0, seen: HashMap::new(), exchanged: None };
        let files = (0..MAX_FILES).map(|number| share.file(number)).take_while(|path| path.exists());
        files.into_iter().try_for_each(|path| share.require_own(&path, register, now))?;
        Ok(share)
    }

    /// What the gate let in just now.
    pub(super) fn tell(&mut self, signed: &SignedReceipt) {
        self.lines.push(signed.to_line());
    }

    /// Writes what others do not know yet and reads what they wrote, now and then. A folder that is away for a while stops
    /// nobody: what was not told is told when it is there again.
    ///
    /// # Errors
    /// Where another gate goes by the same id, as [`Share::open`] says.
    pub(super) async fn exchange(
        &mut self,
        register: &Register,
        replay: &mut Replay,
        now: Timestamp,
        talk: &Talk,
    ) -> Result<(), Failure> {
        if self.exchanged.is_some_and(|last| last <= now && now < last.plus(EXCHANGED)) {
            return Ok(());
        }
        self.exchanged = Some(now);
        self.write(register, now)?;
        for (path, text) in self.others() {
            let taken = take(register, replay, &text, now).await.map_err(|error| unusable(&path, error))?;
            for signed in &taken.duplicates {
                talk.say(&twice(signed.receipt(), talk.lang()));
            }
            // A clock is wrong, and the file is read again.
            if taken.is_ahead() {
                self.seen.remove(&path);
            }
            if let Some(news) = taken.news() {
                talk.say(&refused(&path.display().to_string(), news, talk.lang()));
            }
        }
        Ok(())
    }

    fn write(&mut self, register: &Register, now: Timestamp) -> Result<(), Failure> {
        while self.written < self.lines.len() {
            let number = self.written / OF_A_FILE;
            let lines: Vec<&str> =
                self.lines.iter().skip(number * OF_A_FILE).take(OF_A_FILE).map(String::as_str).collect();
            let path = self.file(number);
            self.require_own(&path, register, now)?;
            if files::replace(&path, (lines.join("\n") + "\n").as_bytes()).is_err() {
                return Ok(());
            }
            self.written = number * OF_A_FILE + lines.len();
        }
        Ok(())
    }

    fn file(&self, number: usize) -> PathBuf {
        self.folder.join(format!("{}-{number}.marks", self.own))
    }

    /// Refuses to go on where a file of this gate's says what this gate does not know.
    fn require_own(&self, path: &Path, register: &Register, now: Timestamp) -> Result<(), Failure> {
        let Some(text) = text_of(path) else { return Ok(()) };
        let known: HashSet<&str> = self.lines.iter().map(String::as_str).collect();
        let unknown = text.lines().filter(|line| !known.contains(line));
        let mut read = unknown.filter_map(|line| SignedReceipt::read_line(line, register.venue(), now).ok());
        if read.any(|signed| signed.receipt().gate == self.own) { Err(doubled(path)) } else { Ok(()) }
    }

    /// The files of others that have changed.
    fn others(&mut self) -> Vec<(PathBuf, String)> {
        let Ok(folder) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let own = self.own.to_string();
        let is_marks = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.ends_with(".marks") && !name.starts_with(&own)
        };
        // Links and pipes are not followed: whoever writes into the folder would else have this gate read what they like.
        let files = folder.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let paths = files.map(|entry| entry.path()).filter(is_marks).take(MAX_FILES);
        let mut changed = Vec::new();
        for path in paths {
            let Some(text) = text_of(&path) else { continue };
            let found = hash::sha256(text.as_bytes());
            if self.seen.insert(path.clone(), found) != Some(found) {
                changed.push((path, text));
            }
        }
        changed
    }
}

fn text_of(path: &Path) -> Option<String> {
    String::from_utf8(files::read(path).ok()?).ok()
}

/// That a line of what others told `there` is not taken.
pub(super) fn refused(there: &str, (line, refusal): &(usize, Refusal), lang: Lang) -> String {
    format!("{}:{line}: {} {}", printable(there), refusal.check.id, refusal.reason.say(lang))
}

fn doubled(path: &Path) -> Failure {
    let what = Text::new(
        "another gate goes by this gate's id: one's folder was copied from the other's",
        "다른 문이 이 문의 식별자를 쓰고 있습니다. 한쪽 폴더가 다른 쪽을 복사한 것입니다",
    );
    let hint = Text::new(
        "export the used tickets of this folder (`jigap gate marks export`), remove its marks.redb, and import them again: it is a gate of its own then. The same where the folder was put back from a backup",
        "이 폴더의 사용한 입장권 기록을 내보내고(`jigap gate marks export`) marks.redb를 지운 뒤 다시 가져오십시오. 그러면 별개의 문이 됩니다. 폴더를 백업에서 되돌린 때에도 그렇게 하십시오",
    );
    Failure::new(Exit::Environment, what).detail(path.display()).hint(hint)
}

/// That a ticket was used at another gate too.
pub(super) fn twice(Receipt { at, name, .. }: &Receipt, lang: Lang) -> String {
    let (at, name) = (at.to_civil(lang), printable(name));
    match lang {
        Lang::En => {
            format!("warning: a ticket was used twice: also at {at}, {name} (jigap gate marks report)")
        }
        Lang::Ko => format!(
            "주의: 같은 입장권으로 두 번 입장했습니다. {at}에 {name}에서도 입장했습니다(jigap gate marks report)"
        ),
    }
}

fn unopened(path: &Path, error: &OpenError) -> Failure {
    let what = Text::new(
        "the used tickets of this gate cannot be opened",
        "이 문의 사용한 입장권 기록을 열 수 없습니다",
    );
    let failure = Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()));
    match error {
        OpenError::InUse => failure.hint(Text::new(
            "one `jigap scan` or `jigap gate serve` at a time keeps them; gates that work at once have a folder each",
            "기록은 한 번에 하나의 `jigap scan`이나 `jigap gate serve`만 쓸 수 있습니다. 함께 일하는 문은 폴더를 따로 두십시오",
        )),
        _ => failure,
    }
}

pub(super) fn unusable(path: &Path, error: RegisterError) -> Failure {
    let what = Text::new(
        "the used tickets of this gate cannot be read or written",
        "이 문의 사용한 입장권 기록을 읽거나 쓸 수 없습니다",
    );
    Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()))
}
