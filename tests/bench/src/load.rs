//! The load generator: a process of its own, on the same machine. It is told on stdin what to play and answers on stdout.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::wallet::{Step, Wallet};
use crate::{BenchError, broken};

/// Wallets at a time, each on a connection of its own.
pub(crate) const CALLERS: usize = 64;
/// Most credentials a second that offers are prepared for.
const FASTEST_ISSUER: f64 = 3000.0;

/// What to play.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Play {
    /// Host and port.
    pub(crate) server: String,
    /// The server's process.
    pub(crate) process: u32,
    /// For how long. Issuing ends earlier when the prepared offers are used up.
    pub(crate) seconds: f64,
    pub(crate) part: Part,
}

/// What each wallet does over and over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Part {
    /// Accepts offers that were made beforehand.
    Issue,
    /// Presents a credential it accepted beforehand.
    Present { encrypted: bool },
    /// Asks for signatures alone.
    Baseline(Vec<Step>),
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Played {
    /// Rounds a second, of all wallets together.
    pub(crate) rate: f64,
    /// Milliseconds of one round: half took less.
    pub(crate) median: f64,
    /// Milliseconds of one round: 99 in a hundred took less.
    pub(crate) slowest: f64,
    /// Milliseconds of processor time for one round: of the server, of this process.
    pub(crate) processor: (f64, f64),
    /// Bytes there and back, request by request, of one round.
    pub(crate) sizes: Vec<(usize, usize)>,
}

impl Play {
    /// Lets another process play.
    pub(crate) fn elsewhere(&self) -> Result<Played, BenchError> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("load")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let told = serde_json::to_vec(self).map_err(broken("a play"))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(&told)?;
        }
        let output = child.wait_with_output()?;
        crate::require(output.status.success(), "the load generator does its work")?;
        serde_json::from_slice(&output.stdout).map_err(broken("the load generator's answer"))
    }
}

/// Plays what stdin says.
pub(crate) fn run() -> Result<String, BenchError> {
    let play: Play = serde_json::from_reader(std::io::stdin()).map_err(broken("a play"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let played = runtime.block_on(together(Arc::new(play)))?;
    serde_json::to_string(&played).map_err(broken("an answer"))
}

async fn together(play: Arc<Play>) -> Result<Played, BenchError> {
    let ready = Arc::new(Barrier::new(CALLERS + 1));
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        callers.spawn(alone(Arc::clone(&play), Arc::clone(&ready)));
    }
    ready.wait().await;
    let before = (processor_time(play.process)?, processor_time(std::process::id())?);
    let (mut rounds, mut sizes) = (Vec::new(), Vec::new());
    let (mut began, mut ended) = (None::<Instant>, None::<Instant>);
    while let Some(caller) = callers.join_next().await {
        let one = caller.map_err(broken("a caller"))??;
        began = Some(began.map_or(one.began, |began| began.min(one.began)));
        ended = Some(ended.map_or(one.ended, |ended| ended.max(one.ended)));
        rounds.extend(one.rounds);
        sizes = one.sizes;
    }
    let count = rounds.len() as f64;
    let since = |before: f64, process| Ok::<_, BenchError>((processor_time(process)? - before) * 1e3 / count);
    let processor = (since(before.0, play.process)?, since(before.1, std::process::id())?);
    rounds.sort_by(f64::total_cmp);
    let seconds = began.zip(ended).map_or(f64::NAN, |(began, ended)| (ended - began).as_secs_f64());
    let at = |share: f64| rounds.get((rounds.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN);
    Ok(Played { rate: count / seconds, median: at(0.5), slowest: at(0.99), processor, sizes })
}

/// Seconds of processor time that a process used since its start (proc_pid_stat(5), fields 14 and 15).
#[expect(clippy::disallowed_methods, reason = "the kernel tells it in a file")]
fn processor_time(process: u32) -> Result<f64, BenchError> {
    /// Ticks a second, the same on every Linux that we know of.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace();
    let ticks: Vec<f64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    Ok(ticks.iter().sum::<f64>() / TICKS)
}

/// What one wallet did.
struct Alone {
    began: Instant,
    ended: Instant,
    /// Milliseconds of each round.
    rounds: Vec<f64>,
    sizes: Vec<(usize, usize)>,
}

async fn alone(play: Arc<Play>, ready: Arc<Barrier>) -> Result<Alone, BenchError> {
    let mut wallet = Wallet::open(&play.server).await?;
    let prepared = prepare(&mut wallet, &play).await;
    // Who could not prepare comes to the barrier too: the others must not wait for ever.
    ready.wait().await;
    let (mut codes, selection) = prepared?;
    let began = Instant::now();
    let end = began + Duration::from_secs_f64(play.seconds);
    let mut rounds = Vec::new();
    let mut last = began;
    while last < end || rounds.is_empty() {
        match (&play.part, &selection) {
            (Part::Issue, _) => {
                let Some(code) = codes.pop() else { break };
                wallet.accept(&code).await?;
            }
            (Part::Present { encrypted }, Some(selection)) => wallet.present(selection, *encrypted).await?,
            (Part::Present { .. }, None) => return Err(BenchError::Broken("nothing to present".into())),
            (Part::Baseline(steps), _) => wallet.baseline(steps).await?,
        }
        let now = Instant::now();
        rounds.push((now - last).as_secs_f64() * 1e3);
        last = now;
    }
    Ok(Alone { began, ended: last, rounds, sizes: wallet.sizes })
}

/// The codes of offers, or what is shown of a credential.
async fn prepare(
    wallet: &mut Wallet,
    play: &Play,
) -> Result<(Vec<String>, Option<jigap_wallet_core::sdjwt::Presentation>), BenchError> {
    match &play.part {
        Part::Issue => {
            let count = (play.seconds * FASTEST_ISSUER / CALLERS as f64).ceil() as usize;
            let mut codes = Vec::with_capacity(count);
            for _ in 0..count {
                codes.push(wallet.offered().await?);
            }
            Ok((codes, None))
        }
        Part::Present { .. } => {
            let code = wallet.offered().await?;
            let credential = wallet.accept(&code).await?;
            Ok((Vec::new(), Some(Wallet::selection(&credential)?)))
        }
        Part::Baseline(_) => Ok((Vec::new(), None)),
    }
}
