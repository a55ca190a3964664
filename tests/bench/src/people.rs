//! The search of people under load: an index of generated people behind HTTP in a process of its own, and this process beside it, which
//! asks the labelled queries over and over.
//!
//! First as fast as a few callers can ask one after another: what it can do at most. Then at half of that, at moments fixed beforehand and
//! counted from them, so that an answer that comes late makes those behind it late too. Queries are asked by their number: what is measured is
//! the search, with its page as JSON.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jigap_people::{Index, Query, Titles, suggest};
use jigap_people_trial::{NOW, People, event, queries, query};
use jigap_platform::entropy::OsEntropy;
use jigap_platform::http::{Assembly, Metrics, Server, ServerSettings, Shutdown};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::line::{Call, JSON, Line};
use crate::{BenchError, broken, require};

/// How many people there are.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
/// Callers that ask one after another, without a pause.
const EAGER: usize = 4;
/// Callers that ask at their moments.
const PATIENT: usize = 32;

/// What the other process says once it answers.
#[derive(Serialize, Deserialize)]
struct Ready {
    address: String,
    /// Seconds in which events became an index, the making of them aside.
    building: f64,
    /// Bytes of the index.
    index: u64,
    /// Kilobytes of the process.
    memory: u64,
    /// How many queries there are.
    queries: usize,
}

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut table = String::from(
        "| people | indexed, s (people/s; target: 10⁶ in 300 s) | index, MB | memory, MB | searches/s at most | at half of that: p50; p95; p99, ms (target p95 ≤ 40) | suggestions, p95, ms (target ≤ 10) |\n|---|---|---|---|---|---|---|\n",
    );
    for people in SIZES {
        let (mut served, ready) = start(people)?;
        let row = runtime.block_on(row(people, &ready, seconds / 2.0));
        served.kill()?;
        served.wait()?;
        table.push_str(&row?);
    }
    Ok(table)
}

fn start(people: u64) -> Result<(Child, Ready), BenchError> {
    let program = std::env::current_exe()?;
    let mut child =
        Command::new(program).args(["people-served", &people.to_string()]).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    Ok((child, serde_json::from_str(&line).map_err(broken("the server's first line"))?))
}

async fn row(people: u64, ready: &Ready, seconds: f64) -> Result<String, BenchError> {
    let asked = |path: &'static str, pace: Option<f64>| Asked {
        address: ready.address.clone(),
        path,
        queries: ready.queries,
        seconds,
        pace,
    };
    let most = asked("/search", None).played(EAGER).await?.len() as f64 / seconds;
    let searches = shares(asked("/search", Some(most / 2.0)).played(PATIENT).await?);
    let suggestions = shares(asked("/suggest", Some(most / 2.0)).played(PATIENT).await?);
    let mut row = String::new();
    let _ = writeln!(
        row,
        "| {people} | {:.1} ({:.0}) | {:.0} | {:.0} | {most:.0} | {:.1}; {:.1}; {:.1} | {:.2} |",
        ready.building,
        people as f64 / ready.building,
        ready.index as f64 / 1e6,
        ready.memory as f64 / 1e3,
        searches[0],
        searches[1],
        searches[2],
        suggestions[1],
    );
    Ok(row)
}

/// What callers ask.
struct Asked {
    address: String,
    path: &'static str,
    queries: usize,
    seconds: f64,
    /// How many times a second, all callers together; as fast as they can without.
    pace: Option<f64>,
}

impl Asked {
    /// Milliseconds of each answer, by so many callers.
    async fn played(self, callers: usize) -> Result<Vec<f64>, BenchError> {
        let (asked, began) = (Arc::new(self), Instant::now() + Duration::from_millis(50));
        let mut playing = JoinSet::new();
        for number in 0..callers {
            let asked = Arc::clone(&asked);
            playing.spawn(async move { asked.caller(number, callers, began).await });
        }
        let mut all = Vec::new();
        while let Some(one) = playing.join_next().await {
            all.extend(one.map_err(broken("a caller"))??);
        }
        require(!all.is_empty(), "somebody is answered")?;
        Ok(all)
    }

    async fn caller(&self, number: usize, callers: usize, began: Instant) -> Result<Vec<f64>, BenchError> {
        let mut line = Line::open(&self.address).await?;
        let every = self.pace.map(|pace| Duration::from_secs_f64(callers as f64 / pace));
        let first = every.map_or(began, |every| began + every.mul_f64(number as f64 / callers as f64));
        let end = began + Duration::from_secs_f64(self.seconds);
        let (mut due, mut took, mut turn) = (first, Vec::new(), number);
        tokio::time::sleep_until(due).await;
        while due < end {
            let body = (turn % self.queries).to_string();
            line.send(Call::post(self.path, JSON, body)).await?.expect(200)?;
            let now = Instant::now();
            took.push((now - due).as_secs_f64() * 1e3);
            turn += callers;
            due = every.map_or(now, |every| due + every);
            tokio::time::sleep_until(due).await;
        }
        Ok(took)
    }
}

fn shares(mut figures: Vec<f64>) -> [f64; 3] {
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures.get((figures.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN);
    [at(0.5), at(0.95), at(0.99)]
}

/// An index and what is asked of it.
struct Served {
    index: Index,
    asked: Vec<Query>,
}

/// The other process: builds an index of so many people and answers until it is ended.
pub(crate) fn serve(people: u64) -> Result<String, BenchError> {
    let (index, titles) = (Index::new().map_err(broken("an index"))?, Titles::default());
    let mut building = Duration::ZERO;
    for person in People::new(1).take(people) {
        let events =
            event(&person, &titles).map_err(|refusal| BenchError::Broken(refusal.check.id.to_owned()))?;
        let began = Instant::now();
        for event in events {
            index.take(event).map_err(broken("an event"))?;
        }
        building += began.elapsed();
    }
    let began = Instant::now();
    index.commit(NOW).map_err(broken("an index"))?;
    building += began.elapsed();
    let labelled = queries::queries().map_err(broken("queries"))?;
    let asked: Vec<Query> = labelled.iter().map(query).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(answer(Served { index, asked }, building.as_secs_f64()))
}

async fn answer(served: Served, building: f64) -> Result<String, BenchError> {
    let server = Server::bind(ServerSettings::loopback()).await.map_err(broken("a port"))?;
    let ready = Ready {
        address: server.address().to_string(),
        building,
        index: served.index.bytes().map_err(broken("the index"))?,
        memory: resident(),
        queries: served.asked.len(),
    };
    println!("{}", serde_json::to_string(&ready).map_err(broken("a line"))?);
    let routes = Router::new()
        .route("/search", post(search))
        .route("/suggest", post(suggested))
        .with_state(Arc::new(served));
    let (shutdown, metrics) = (Shutdown::new(), Metrics::new());
    let frame = Assembly::new(Arc::new(OsEntropy), metrics, shutdown.clone());
    server.serve(routes, frame, shutdown).await;
    Ok(String::new())
}

fn wanted(served: &Served, body: &str) -> Option<Query> {
    served.asked.get(body.parse::<usize>().ok()?).cloned()
}

async fn search(State(served): State<Arc<Served>>, body: String) -> Response {
    let Some(query) = wanted(&served, &body) else { return StatusCode::BAD_REQUEST.into_response() };
    let ranked = served.index.search(&query, NOW);
    let page = ranked.ok().and_then(|ranked| ranked.page(&served.index, 0, 20, NOW).ok());
    match page.and_then(|page| serde_json::to_vec(&page).ok()) {
        Some(page) => page.into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn suggested(State(served): State<Arc<Served>>, body: String) -> Response {
    let Some(query) = wanted(&served, &body) else { return StatusCode::BAD_REQUEST.into_response() };
    let typed: String = query.words.chars().take(2).collect();
    let texts: Vec<String> = suggest(&typed).into_iter().map(|one| one.text).collect();
    serde_json::to_vec(&texts)
        .map_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response(), Vec::into_response)
}

/// Kilobytes that this process holds, as Linux says; 0 elsewhere.
#[expect(clippy::disallowed_methods, reason = "the kernel tells it in a file")]
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
