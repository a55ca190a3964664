//! What the search costs: building, memory, answers, suggestions, for so many people.

use std::time::Instant;

use jigap_people::{Index, Query as Asked, Titles, suggest};

use crate::evaluation::TrialError;
use crate::listed::{NOW, event, query};
use crate::person::People;
use crate::queries::queries;

/// Rounds over all queries.
const ROUNDS: usize = 3;

/// Prints a row for `count` people: events are made and taken one by one, as a node does that was lost.
pub(crate) fn measure(count: u64) -> Result<(), TrialError> {
    let before = resident();
    let (index, titles) = (Index::new()?, Titles::default());
    let mut making = 0.0;
    let start = now();
    for person in People::new(1).take(count) {
        let (events, took) = timed(|| event(&person, &titles));
        making += took;
        for event in events? {
            index.take(event)?;
        }
    }
    index.commit(NOW)?;
    let building = start.elapsed().as_secs_f64() - making;
    let asked: Vec<Asked> = queries()?.iter().map(query).collect();
    let mut answers = Vec::new();
    for _ in 0..ROUNDS {
        for query in &asked {
            let (page, took) =
                timed(|| index.search(query, NOW).map(|ranked| ranked.page(&index, 0, 20, NOW)));
            page?.map_err(jigap_people::IndexError::from)?;
            answers.push(took * 1e3);
        }
    }
    let beginnings = asked.iter().map(|query| query.words.chars().take(2).collect::<String>());
    let suggesting = beginnings.map(|typed| timed(|| suggest(&typed)).1 * 1e3).collect();
    let (index_bytes, held) = (index.bytes()? as f64 / 1e6, resident().saturating_sub(before) as f64 / 1e3);
    let ([p50, p95, p99], [_, suggest, _]) = (shares(answers), shares(suggesting));
    println!(
        "| people | made and indexed, s (people/s) | index, MB | memory, MB | answer p50; p95; p99, ms | suggestion p95, ms |\n|---|---|---|---|---|---|"
    );
    println!(
        "| {count} | {building:.1} ({:.0}) | {index_bytes:.0} | {held:.0} | {p50:.2}; {p95:.2}; {p99:.2} | {suggest:.2} |",
        count as f64 / building
    );
    Ok(())
}

fn shares(mut figures: Vec<f64>) -> [f64; 3] {
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures.get((figures.len() as f64 * share) as usize).copied().unwrap_or_default();
    [at(0.5), at(0.95), at(0.99)]
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = now();
    let value = work();
    (value, start.elapsed().as_secs_f64())
}

#[expect(clippy::disallowed_methods, reason = "what is measured is time")]
fn now() -> Instant {
    Instant::now()
}

/// Kilobytes that this process holds, as Linux says; 0 elsewhere.
#[expect(clippy::disallowed_methods, reason = "the system is asked how much memory is held")]
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
