//! `jigap entry-log`: the parties of a venue's entry log. What is sealed, asked and joined is `jigap_wallet_core::entry_log`'s; here are the
//! parties' folders, and what people are told.

mod agreement;
mod answers;
mod folder;
mod paper;
mod report;

use std::io;
use std::path::Path;

use jigap_platform::clock::SystemClock;
use jigap_platform::entry_log::EntryLogError;
use jigap_platform::files;
use jigap_wallet_core::entry_log::{LogError, Policy, Role, Separation};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::{Lang, Text};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::Refusal;

use crate::args::EntryLog;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

/// Largest file of rows that is read, in bytes.
const MAX_FILE: u64 = 256 << 20;

/// Does what a party or a gate's keeper asks for.
pub(crate) fn run(command: &EntryLog, talk: &Talk) -> Result<Exit, Failure> {
    run_at(command, SystemClock.now(), talk)
}

/// The same at a moment, which a test decides.
fn run_at(command: &EntryLog, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    match command {
        EntryLog::Init(command) => folder::init(command, now, talk),
        EntryLog::Keys(command) => folder::keys(command, now, talk),
        EntryLog::Policy(command) => agreement::policy(command, talk),
        EntryLog::Agree(command) => agreement::agree(command, now, talk),
        EntryLog::Notice(command) => paper::notice(command, talk),
        EntryLog::Paper(command) => paper::take(command, now, talk),
        EntryLog::Request(command) => answers::request(command, now, talk),
        EntryLog::Approve(command) => answers::approve(command, now, talk),
        EntryLog::Join(command) => answers::join(command, now, talk),
        EntryLog::Report(command) => report::report(command, now, talk),
        EntryLog::Verify(command) => report::verify(command, talk),
        EntryLog::Erase(command) => folder::erase(command, now, talk),
    }
}

/// The policy in the file at `path`.
pub(crate) fn policy(path: &str, lang: Lang) -> Result<Policy, Failure> {
    Policy::read(&input::read(path)?).map_err(|refusal| refused(refusal, lang))
}

/// What is said where parties are one; `None`: they are separated.
pub(crate) fn not_separated(separation: Separation, lang: Lang) -> Option<String> {
    let Separation::NotSeparated(one, other) = separation else { return None };
    Some(match lang {
        Lang::En => format!(
            "warning: not separated: {one} and {other} have one operator or a key in common, and open together what nobody should open alone"
        ),
        Lang::Ko => format!(
            "주의: 분리되어 있지 않습니다. {}와(과) {}의 운영자나 키가 같아서, 혼자 열 수 없어야 할 것을 함께 엽니다",
            in_korean(one),
            in_korean(other)
        ),
    })
}

const fn in_korean(role: Role) -> &'static str {
    match role {
        Role::Authority => "기관",
        Role::Venue => "장소",
        Role::Issuer => "발급자",
    }
}

/// A rule stands against it.
pub(crate) fn refused(refusal: Refusal, lang: Lang) -> Failure {
    let what = Text::new("the entry log refuses", "출입 기록이 거절합니다");
    Failure::new(Exit::No, what).detail(format!("{}: {}", refusal.check.id, refusal.reason.say(lang)))
}

/// It cannot be made.
pub(crate) fn unmade(error: LogError, lang: Lang) -> Failure {
    match error {
        LogError::Refused(refusal) => refused(refusal, lang),
        other => {
            let what = Text::new("it cannot be made", "만들 수 없습니다");
            let hint = Text::new(
                "is it the folder of this party, this venue and this policy, and can the texts be shown?",
                "이 당사자, 이 장소, 이 정책의 폴더이고 글이 보이는 글자인지 확인하십시오",
            );
            Failure::new(Exit::Usage, what).detail(other).hint(hint)
        }
    }
}

/// The gate's log, or what is read of it, cannot be used.
pub(crate) fn unusable(error: EntryLogError, lang: Lang) -> Failure {
    match error {
        EntryLogError::Refused(refusal) => refused(refusal, lang),
        EntryLogError::Log(error) => unmade(error, lang),
        other => {
            let what = Text::new("the entry log cannot be used", "출입 기록을 쓸 수 없습니다");
            Failure::new(Exit::Environment, what).detail(other)
        }
    }
}

fn unread(path: &Path, error: &impl ToString) -> Failure {
    let what = Text::new("the file cannot be used", "파일을 쓸 수 없습니다");
    Failure::new(Exit::Environment, what).detail(format!("{}: {}", path.display(), error.to_string()))
}

/// A file that another party made.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    files::read_within(path, MAX_FILE).map_err(|error| unread(path, &error))
}

/// Writes a file for its owner alone, where there is none.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    files::write_new_private(path, bytes).map_err(|error: io::Error| unread(path, &error))
}

#[cfg(test)]
mod tests;
