//! Looks, again and again, whether facts still stand.
//!
//! What is looked at are status lists (`lists`) and issuers' keys (`signers`), not facts: of these many rest on few. A
//! list whose issuer hints that it changed goes before all others. A few are looked at at once, of one host fewer, and what could not be
//! seen the last time waits in a line of its own, so that a slow or dead host keeps nobody waiting but those who rest on it. Facts that
//! end do so by an index of moments.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jigap_wallet_core::facts::{FactId, Why};
use jigap_wallet_core::judge::{ListName, Signer};
use jigap_wallet_core::ports::transact;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::trust::TrustList;
use url::Url;

use super::places::Due;
use super::records::Source;
use super::turn::Turn;
use super::{Feed, FeedError, audit, places};
use crate::verifier::Verifier;

/// How many are looked at at once: of those that were seen the last time, of those that were not, and beyond them of those of which a
/// hint came.
const AT_ONCE: usize = 24;
const POOR_AT_ONCE: usize = 8;
const HINTED_AT_ONCE: usize = 8;
/// How many of one host.
const OF_ONE_HOST: usize = 8;
/// Most that wait in memory.
const WAITING: usize = 4096;
/// Facts that end, and requests that are forgotten, in one transaction.
const STEP: usize = 100;
/// Who looks.
#[derive(Clone, Copy)]
pub struct Watcher<'v> {
    pub(super) verifier: &'v Verifier,
    pub(crate) feed: &'v Feed,
}

/// A list or signer to be looked at.
pub(crate) struct Job {
    kind: Due,
    id: String,
    host: String,
    line: Line,
}

/// Where it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Line {
    Good,
    Poor,
    Hinted,
}

/// What waits and what is under way.
#[derive(Default)]
pub(crate) struct Lines {
    good: VecDeque<Job>,
    poor: VecDeque<Job>,
    waiting: HashSet<String>,
    flying: HashSet<String>,
    hosts: HashMap<String, usize>,
    count: HashMap<Line, usize>,
}

impl Lines {
    fn wait(&mut self, job: Job) {
        if self.flying.contains(&job.id) || !self.waiting.insert(job.id.clone()) {
            return;
        }
        match job.line {
            Line::Poor => self.poor.push_back(job),
            Line::Good | Line::Hinted => self.good.push_back(job),
        }
    }

    /// The next that may be looked at now.
    pub(crate) fn next(&mut self, feed: &Feed) -> Option<Job> {
        while self.under_way(Line::Hinted) < HINTED_AT_ONCE {
            let Some(id) = feed.next_hinted() else { break };
            // What is looked at now is looked at again: it was wanted meanwhile.
            if !self.flying.contains(&id) {
                let job = Job { kind: Due::List, id, host: String::new(), line: Line::Hinted };
                return Some(self.fly(job));
            }
        }
        for (line, most) in [(Line::Good, AT_ONCE), (Line::Poor, POOR_AT_ONCE)] {
            if self.under_way(line) >= most {
                continue;
            }
            let hosts = &self.hosts;
            let free = |job: &Job| hosts.get(&job.host).is_none_or(|count| *count < OF_ONE_HOST);
            let queue = if line == Line::Good { &mut self.good } else { &mut self.poor };
            let job = queue.iter().position(free).and_then(|at| queue.remove(at));
            if let Some(job) = job {
                self.waiting.remove(&job.id);
                if !self.flying.contains(&job.id) {
                    return Some(self.fly(job));
                }
            }
        }
        None
    }

    fn under_way(&self, line: Line) -> usize {
        self.count.get(&line).copied().unwrap_or_default()
    }

    fn fly(&mut self, job: Job) -> Job {
        self.flying.insert(job.id.clone());
        *self.count.entry(job.line).or_default() += 1;
        if job.line != Line::Hinted {
            *self.hosts.entry(job.host.clone()).or_default() += 1;
        }
        job
    }

    /// It was looked at.
    pub(crate) fn land(&mut self, job: &Job) {
        self.flying.remove(&job.id);
        self.count.entry(job.line).and_modify(|count| *count = count.saturating_sub(1));
        if let Some(count) = self.hosts.get_mut(&job.host).filter(|_| job.line != Line::Hinted) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.hosts.remove(&job.host);
            }
        }
    }
}

impl<'v> Watcher<'v> {
    /// Who looks for the facts of `verifier`; `None` where it tells none.
    pub fn of(verifier: &'v Verifier) -> Option<Self> {
        verifier.feed.as_deref().map(|feed| Self { verifier, feed })
    }

    /// Looks at all that is due now, once.
    pub async fn once(self) {
        let (mut lines, mut running) = (Lines::default(), FuturesUnordered::new());
        self.gather(&mut lines, &mut None).await;
        loop {
            while let Some(job) = lines.next(self.feed) {
                running.push(self.look(job));
            }
            let Some(job) = running.next().await else { return };
            lines.land(&job);
        }
    }

    pub(crate) fn now(self) -> Timestamp {
        self.verifier.clock.now()
    }

    /// Ends what ends now, and finds what is due.
    pub(crate) async fn gather(self, lines: &mut Lines, trust: &mut Option<Arc<TrustList>>) {
        for kind in [Due::End, Due::Forget] {
            if let Err(error) = self.end(kind).await {
                tracing::warn!(%error, "what has ended was not told or forgotten; tried again soon");
            }
        }
        let list = self.verifier.trust.list();
        let is_new = trust.as_ref().is_none_or(|known| !Arc::ptr_eq(known, &list));
        match self.due(is_new).await {
            Ok(jobs) => {
                jobs.into_iter().for_each(|job| lines.wait(job));
                *trust = Some(list);
            }
            Err(error) => {
                tracing::warn!(%error, "it cannot be read what is to be looked at; tried again soon")
            }
        }
    }

    /// The lists and signers that are due; all signers, where the trust list is a new one.
    async fn due(self, all_signers: bool) -> Result<Vec<Job>, FeedError> {
        let (tx, now) = (self.feed.store.begin().await?, self.now());
        let mut jobs = Vec::new();
        for (key, _) in tx.range(&Due::List.until(now), WAITING).await? {
            let Some(id) = Due::List.id(&key) else { continue };
            let list: Option<Source<ListName>> = self.feed.books().read(&tx, &places::list(id)).await?;
            let Some(list) = list else { continue };
            let url = Url::parse(&list.of.uri).ok();
            let host = url.as_ref().and_then(Url::host_str).unwrap_or_default().to_owned();
            let line = if list.failing { Line::Poor } else { Line::Good };
            jobs.push(Job { kind: Due::List, id: id.to_owned(), host, line });
        }
        let signers = if all_signers { places::all_signers() } else { Due::Signer.until(now) };
        for (key, _) in tx.range(&signers, WAITING).await? {
            let id = if all_signers { places::last(&key) } else { Due::Signer.id(&key) };
            let Some(id) = id else { continue };
            let signer: Option<Source<Signer>> = self.feed.books().read(&tx, &places::signer(id)).await?;
            let Some(signer) = signer else { continue };
            let line = if signer.failing { Line::Poor } else { Line::Good };
            jobs.push(Job { kind: Due::Signer, id: id.to_owned(), host: signer.of.issuer, line });
        }
        Ok(jobs)
    }

    /// Looks at one.
    pub(crate) async fn look(self, job: Job) -> Job {
        let looked = match job.kind {
            Due::List => self.look_at_list(&job.id).await,
            _ => self.look_at_signer(&job.id).await,
        };
        if let Err(error) = looked {
            tracing::warn!(%error, "what facts rest on was not looked at; tried again soon");
        }
        job
    }

    /// Ends the facts, or forgets the requests, whose moment has come.
    async fn end(self, kind: Due) -> Result<(), FeedError> {
        loop {
            let now = self.now();
            let ended = transact(&*self.feed.store, |tx| async move {
                let due = tx.range(&kind.until(now), STEP).await?;
                for (key, _) in &due {
                    tx.clear(key);
                    match (kind, kind.id(key)) {
                        (Due::End, Some(id)) => {
                            let turn = Turn { tx: &tx, books: self.feed.books(), now };
                            if let Ok(id) = FactId::new(id) {
                                turn.retract(&id, Why::Expired).await?;
                            }
                        }
                        (_, Some(id)) => tx.clear(places::request(id)),
                        _ => {}
                    }
                }
                Ok::<_, FeedError>(due.len())
            })
            .await?;
            if ended > 0 && kind == Due::End {
                self.feed.tell();
            }
            if ended < STEP {
                return Ok(());
            }
        }
    }

    /// How many facts lack their proof; `None` if it cannot be read.
    pub(crate) async fn audit(self) -> Option<usize> {
        match audit::look(self.feed, self.now()).await {
            Ok(faults) => {
                if !faults.is_empty() {
                    tracing::error!(
                        facts = faults.len(),
                        "facts are told that nothing proves: `jigap verifier audit`"
                    );
                }
                Some(faults.len())
            }
            Err(error) => {
                tracing::warn!(%error, "it was not looked whether facts have their proofs");
                None
            }
        }
    }
}
