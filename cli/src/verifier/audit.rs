//! `jigap verifier audit`: whether every fact that is told to be live has a live proof, while the service stands still.

use std::path::PathBuf;

use clap::Args;
use jigap_verifier::feed::audit::{self, Fault, Found};
use jigap_verifier::feed::watch::Watcher;
use jigap_wallet_core::text::{Lang, Text};
use serde_json::{Value, json};

use crate::deployment::{Deployment, misconfigured, runtime};
use crate::failure::{Exit, Failure};
use crate::serve;
use crate::talk::Talk;

/// Find facts that are told and that nothing proves
///
/// Reads what consumers were told as they read it, and looks for the record and the proof of each fact that is live; then fetches each
/// status list and asks it about every fact. Changes nothing. The server must not run: its store has one owner at a time; while it
/// runs, it looks itself, each hour and without the lists.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap verifier audit\n",
    "  jigap verifier audit --offline --json\n\n",
    "Exit codes: 0 every live fact is proved, 1 some are not, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Audit {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "jigap.toml")]
    config: PathBuf,
    /// Fetch no status list
    #[arg(long)]
    offline: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Looks.
pub(crate) fn run(command: &Audit, talk: &Talk) -> Result<Exit, Failure> {
    let deployment = Deployment::open(&command.config)?;
    let config = deployment.verifier()?.ok_or_else(|| misconfigured("[verifier]"))?;
    let found = runtime()?.block_on(async {
        let (hosted, _) = serve::open_verifier(&deployment, &config).await?;
        let feed = hosted.verifier.feed.as_deref().ok_or_else(|| misconfigured("[[verifier.feeds]]"))?;
        let now = hosted.verifier.clock.now();
        let mut found = audit::look(feed, now).await.map_err(unread)?;
        if let Some(watcher) = Watcher::of(&hosted.verifier).filter(|_| !command.offline) {
            found.extend(watcher.audit_lists().await.map_err(unread)?);
        }
        Ok::<_, Failure>(found)
    })?;
    if command.json {
        let said: Vec<Value> =
            found.iter().map(|found| json!({"fact": found.fact, "fault": code(found.fault)})).collect();
        talk.data(&(json!(said).to_string() + "\n"))?;
    } else {
        let lines: String = found.iter().map(|found| line(found, talk.lang()) + "\n").collect();
        talk.data(&lines)?;
    }
    let every = Text::new("every fact that is told is proved", "알리는 모든 사실에 근거가 있습니다");
    let some = Text::new("facts are told that nothing proves", "근거가 없는 사실을 알리고 있습니다");
    talk.say(if found.is_empty() { every } else { some }.get(talk.lang()));
    Ok(if found.is_empty() { Exit::Done } else { Exit::No })
}

fn line(found: &Found, lang: Lang) -> String {
    format!("{}  {}", found.fact, words(found.fault).get(lang))
}

const fn words(fault: Fault) -> Text {
    match fault {
        Fault::NoRecord => Text::new("there is no record of what proves it", "근거를 적은 기록이 없습니다"),
        Fault::NotWatched => Text::new("nobody looks at what proves it", "근거를 살피고 있지 않습니다"),
        Fault::NotSeen => {
            Text::new("what proves it has not been seen for too long", "근거를 너무 오래 확인하지 못했습니다")
        }
        Fault::Ended => Text::new("it has ended", "이미 끝났습니다"),
        Fault::NotValid => Text::new(
            "its status list says that it is not valid",
            "상태 목록에 유효하지 않다고 되어 있습니다",
        ),
        Fault::OtherStanding => {
            Text::new("it is told otherwise than its record says", "기록과 다르게 알리고 있습니다")
        }
        Fault::NotTold => {
            Text::new("there is a record, and it is not told", "기록은 있으나 알리지 않고 있습니다")
        }
        Fault::NotInOrder => Text::new("what is told is not in order", "알린 사건의 순서가 맞지 않습니다"),
    }
}

const fn code(fault: Fault) -> &'static str {
    match fault {
        Fault::NoRecord => "no-record",
        Fault::NotWatched => "not-watched",
        Fault::NotSeen => "not-seen",
        Fault::Ended => "ended",
        Fault::NotValid => "not-valid",
        Fault::OtherStanding => "other-standing",
        Fault::NotTold => "not-told",
        Fault::NotInOrder => "not-in-order",
    }
}

fn unread(error: jigap_verifier::feed::FeedError) -> Failure {
    let what = Text::new("what is told cannot be read", "알린 것을 읽을 수 없습니다");
    Failure::new(Exit::Environment, what).detail(error)
}
