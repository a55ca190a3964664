//! The commands of an entry log: what its parties do, and what its gate's keeper does.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jigap_wallet_core::entry_log::Role;
use jigap_wallet_core::time::Timestamp;

use super::moment;

/// The entry log of a venue's gate
///
/// Who came in, sealed so that to know it takes the authority, the venue and the issuer of the passes together, and unreadable after
/// 28 days. Each party has a folder of its own, on a machine of its own.
#[derive(Debug, Subcommand)]
pub(crate) enum EntryLog {
    Init(LogInit),
    Keys(LogKeys),
    Policy(LogPolicy),
    Agree(LogAgree),
    Notice(LogNotice),
    Paper(LogPaper),
    Request(LogRequest),
    Approve(LogApprove),
    Join(LogJoin),
    Report(LogReport),
    Verify(LogVerify),
    Erase(LogErase),
}

/// Make a party's folder
///
/// Overwrites nothing. Its private keys of days lie in day-keys, which must be left out of backups: they end after 28 days.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log init office --role authority --name \"Health office\" --operator \"Mapo-gu\"\n",
    "  jigap entry-log init desk --role venue --name \"Hanbit museum\" --operator Hanbit --door door\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogInit {
    /// The folder; it is made if it is not there
    pub(crate) directory: PathBuf,
    /// What the party is: authority, venue or issuer
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub(crate) role: Role,
    /// What people call it
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Who runs it: parties of one operator are not separated, and the log says so
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: String,
    /// Of a venue: the folder of one of its gates, for the key that they ask by
    #[arg(long, value_name = "DIR", required_if_eq("role", "venue"))]
    pub(crate) door: Option<PathBuf>,
}

/// Make keys ahead, and the statement that publishes their public halves
///
/// Writes statement.jigap in the folder, for `jigap entry-log policy`. Keys that are there stay.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log keys office --days 60\n",
    "  jigap entry-log keys desk --wrap keyring\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogKeys {
    /// The party's folder
    pub(crate) directory: PathBuf,
    /// For how many days, today included
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=400))]
    pub(crate) days: u16,
    /// Seal the private halves by keys that stand in the kernel's keyring alone: a copy of the files opens nothing once those are gone, and
    /// a restart of the machine ends all of them. Said once, when the first keys are made
    #[arg(long, value_name = "WHERE", value_parser = ["keyring"])]
    pub(crate) wrap: Option<String>,
}

/// Join the parties' statements to the policy of a venue's log
///
/// Says whether the parties are separated. It counts when every party has agreed to it (`jigap entry-log agree`); then the gate and every
/// party get the file. Where there is one of the same parties already, its agreements stay: keys of more days need no new ones.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log policy log.jigap office/statement.jigap desk/statement.jigap campus/statement.jigap\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogPolicy {
    /// The file to write; one that is there is replaced
    pub(crate) output: PathBuf,
    /// The authority's statement
    pub(crate) authority: String,
    /// The venue's statement
    pub(crate) venue: String,
    /// The statements of the issuers whose passes are let in, one to eight
    #[arg(required = true)]
    pub(crate) issuers: Vec<String>,
}

/// Agree to the policy of a venue's log, as one of its parties
///
/// Shows who the parties are and signs that this party knows them, in the file. No gate keeps a log, and nobody answers a request, by a
/// policy to which one of its parties has not agreed. Names are what the parties call themselves: the circle stands for their keys, so
/// compare it with the others on another way, or say with --circle what they told you.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log agree desk log.jigap\n",
    "  jigap entry-log agree desk log.jigap --circle 7d0c-8e15-0f42-b1a9-5c66-d2e0-4b97-31fa-09be-6c21\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogAgree {
    /// The party's folder
    pub(crate) directory: PathBuf,
    /// The log's policy
    pub(crate) policy: PathBuf,
    /// Agree to this circle alone, as another party read it out
    #[arg(long, value_name = "DIGITS")]
    pub(crate) circle: Option<String>,
}

/// Print what visitors are to be told of the log
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log notice log.jigap --lang ko\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogNotice {
    /// The log's policy
    pub(crate) policy: String,
}

/// Take in visitors without a phone
///
/// Reads lines from stdin, one for each visitor: a name and a way to be reached, of at most 170 bytes; says ok when the row is durable.
/// The row looks like any other. It takes the authority and the venue to read it, since nobody issued a pass.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log paper desk-gate --log log.jigap\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogPaper {
    /// The folder of a gate at which nobody scans at the same time
    pub(crate) directory: PathBuf,
    /// The log's policy
    #[arg(long, value_name = "POLICY")]
    pub(crate) log: String,
}

/// Ask for the visits of some hours, as the authority
///
/// The request is signed and numbered, and every party must be shown it: one that was not takes none after it.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log request office --policy log.jigap --case 2026-117 --purpose measles \\\n",
    "    --from 2026-11-28T13:00:00+09:00 --to 2026-11-28T15:00:00+09:00 --output request.jigap\n",
    "  jigap entry-log request office --policy log.jigap --again --output request.jigap\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogRequest {
    /// The authority's folder
    pub(crate) directory: PathBuf,
    /// The log's policy
    #[arg(long, value_name = "POLICY")]
    pub(crate) policy: String,
    /// The number of the case
    #[arg(long, value_name = "NUMBER", required_unless_present = "again")]
    pub(crate) case: Option<String>,
    /// What for: shown to every party, so without anybody's name
    #[arg(long, value_name = "TEXT", required_unless_present = "again")]
    pub(crate) purpose: Option<String>,
    /// The first hour, a whole one, RFC 3339
    #[arg(long, value_name = "TIME", value_parser = moment, required_unless_present = "again")]
    pub(crate) from: Option<Timestamp>,
    /// When the last hour ends
    #[arg(long, value_name = "TIME", value_parser = moment, required_unless_present = "again")]
    pub(crate) to: Option<Timestamp>,
    /// Write the last request again, when its file was lost
    #[arg(long, conflicts_with_all = ["case", "purpose", "from", "to"])]
    pub(crate) again: bool,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// Answer a request, as the venue or an issuer, or take note of it
///
/// The venue gives the gates' logs and releases the rows of the hours asked for, without its own layer. An issuer gives what it was
/// asked and releases those entries of its register. Whoever gives neither takes note of the request and answers nothing.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log approve desk request.jigap --policy log.jigap --rows door/entry-log --output rows.jigap\n",
    "  jigap entry-log approve campus request.jigap --policy log.jigap --asked asked-1.jigap --output persons.jigap\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogApprove {
    /// The party's folder
    pub(crate) directory: PathBuf,
    /// The request
    pub(crate) request: String,
    /// The log's policy
    #[arg(long, value_name = "POLICY")]
    pub(crate) policy: String,
    /// Of a venue: a gate's log, or a copy of it; repeatable
    #[arg(long, value_name = "DIR", requires = "output")]
    pub(crate) rows: Vec<PathBuf>,
    /// Of an issuer: which passes' people the authority asks for
    #[arg(long, value_name = "FILE", requires = "output", conflicts_with = "rows")]
    pub(crate) asked: Option<PathBuf>,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Read what the venue released, find contacts, and name them by what the issuers released, as the authority
///
/// Prints a line of JSON for each visit. What is printed is in nobody's seal any more.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log join office request.jigap rows.jigap --policy log.jigap --around 2026-11-28T13:40:00+09:00 --ask .\n",
    "  jigap entry-log join office request.jigap rows.jigap --policy log.jigap --visits visits.json --persons asked-1.jigap=persons.jigap\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogJoin {
    /// The authority's folder
    pub(crate) directory: PathBuf,
    /// The request
    pub(crate) request: PathBuf,
    /// The venue's answer
    pub(crate) answer: PathBuf,
    /// The log's policy
    #[arg(long, value_name = "POLICY")]
    pub(crate) policy: String,
    /// Only visits around this moment, RFC 3339
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "visits")]
    pub(crate) around: Option<Timestamp>,
    /// Only visits around those of a person: what `jigap wallet history --visits` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) visits: Option<String>,
    /// How many minutes before and after count as around
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    pub(crate) within: u16,
    /// Write what the issuers are to be asked into this folder: asked-1.jigap for the policy's first issuer, and so on
    #[arg(long, value_name = "DIR")]
    pub(crate) ask: Option<PathBuf>,
    /// What an issuer was asked, and its answer; repeatable
    #[arg(long, value_name = "ASKED=ANSWER", value_parser = pair)]
    pub(crate) persons: Vec<(PathBuf, PathBuf)>,
}

/// List the requests and, as the venue, count visitors by hour
///
/// An hour with fewer than five is shown as <5, one with nobody too, and hours that are not over are not shown; there are no sums, from
/// which such an hour could be worked out.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log report desk --policy log.jigap --rows door/entry-log\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogReport {
    /// The party's folder
    pub(crate) directory: PathBuf,
    /// The log's policy
    #[arg(long, value_name = "POLICY")]
    pub(crate) policy: String,
    /// Of a venue: the logs of all its gates, or copies of them; repeatable
    #[arg(long, value_name = "DIR")]
    pub(crate) rows: Vec<PathBuf>,
}

/// Check a gate's log: no row removed, moved or exchanged, none cut off
///
/// Prints each day with how many rows it has, fewer than five as <5.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log verify door/entry-log --policy log.jigap\n\n",
    "Exit codes: 0 nothing is wrong, 1 something is, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogVerify {
    /// The gate's log, or a copy of it
    pub(crate) directory: PathBuf,
    /// The log's policy
    #[arg(long, value_name = "POLICY")]
    pub(crate) policy: String,
}

/// Destroy the keys that have ended, and list what was destroyed
///
/// Every other command of a party destroys them too, before anything else. On a machine that does nothing else, run it every day.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap entry-log erase desk\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct LogErase {
    /// The party's folder
    pub(crate) directory: PathBuf,
}

fn role(name: &str) -> Result<Role, String> {
    let found = Role::ALL.into_iter().find(|role| role.name() == name);
    found.ok_or_else(|| "it is authority, venue or issuer".to_owned())
}

fn pair(text: &str) -> Result<(PathBuf, PathBuf), String> {
    let parts = text.split_once('=').filter(|(asked, answer)| !asked.is_empty() && !answer.is_empty());
    let parts = parts.map(|(asked, answer)| (asked.into(), answer.into()));
    parts.ok_or_else(|| "write it as in asked-1.jigap=persons.jigap".to_owned())
}
