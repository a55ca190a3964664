//! How well a search answers the labelled queries: nDCG@10 and recall@20, with intervals by bootstrap over the queries.
//!
//! `people-trial evaluate` scores the search itself and plain pairs of letters; with `--tokens FILE` also whatever tokens another program
//! made of what `people-trial texts` prints (`morphemes.py`). Of the test half only the figures are told, never which query did badly.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use jigap_people::{Index, Titles};

use crate::baselines::{Bm25, bigrams, written};
use crate::listed::{NOW, event, query};
use crate::person::{People, Person};
use crate::queries::{Query, queries};
use crate::random::Random;

/// Hits that nDCG looks at, and that recall does.
const TOP: (usize, usize) = (10, 20);
/// Samples of the bootstrap.
const SAMPLES: usize = 1_000;
/// Queries that are shown as the worst.
const WORST: usize = 25;

#[derive(Parser)]
#[command(name = "people-trial", about = "How well the search of people answers labelled queries")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// How many people there are
    #[arg(long, global = true, default_value_t = 20_000)]
    people: u64,
}

#[derive(Subcommand)]
enum Command {
    /// What is written of each person, a line each, then the words of each query
    Texts,
    /// What the search of so many people costs
    Cost,
    /// Score the search and plain ways to search
    Evaluate {
        #[arg(long)]
        half: Half,
        /// Tokens of each line that `texts` prints, separated by spaces
        #[arg(long)]
        tokens: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Half {
    /// For tuning: says what did badly
    Dev,
    /// Scored once
    Test,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrialError {
    #[error(transparent)]
    Queries(#[from] crate::queries::BadQuery),
    #[error("the generator wrote what is refused: {0}")]
    Refused(#[from] jigap_wallet_core::verdict::Refusal),
    #[error(transparent)]
    Index(#[from] jigap_people::IndexError),
    #[error("the machine: {0}")]
    Machine(#[from] std::io::Error),
    #[error("{0}")]
    Tokens(&'static str),
}

/// Reads the arguments and scores. Exit codes: 0 done, 1 not.
pub fn run() -> ExitCode {
    let Arguments { command, people } = Arguments::parse();
    let done = match command {
        Command::Texts => texts(people),
        Command::Cost => crate::cost::measure(people),
        Command::Evaluate { half, tokens } => evaluate(people, half, tokens.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The people of the trial, always the same.
fn people(count: u64) -> impl Iterator<Item = Person> {
    People::new(1).take(count)
}

fn texts(count: u64) -> Result<(), TrialError> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for person in people(count) {
        writeln!(out, "{}", written(&person))?;
    }
    for query in queries()? {
        writeln!(out, "{}", query.words)?;
    }
    Ok(out.flush()?)
}

/// How one way to search did with one query.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Score {
    pub(crate) ndcg: f64,
    pub(crate) recall: f64,
}

/// A way to search: the best answers to a query, by the person's number.
struct Way<'w> {
    name: &'static str,
    best: Box<dyn Fn(&Query) -> Best + 'w>,
}

/// Who was found, by number, the best first.
struct Best(Result<Vec<usize>, TrialError>);

impl<'w> Way<'w> {
    fn new(name: &'static str, best: impl Fn(&Query) -> Result<Vec<usize>, TrialError> + 'w) -> Self {
        Self { name, best: Box::new(move |query| Best(best(query))) }
    }
}

fn evaluate(count: u64, half: Half, tokens: Option<&Path>) -> Result<(), TrialError> {
    let people: Vec<Person> = people(count).collect();
    let queries: Vec<Query> = queries()?;
    let index = index(&people)?;
    let plain = Bm25::new(people.iter().map(|person| bigrams(&written(person))));
    let foreign = tokens.map(|path| foreign(path, people.len(), queries.len())).transpose()?;
    let mut ways: Vec<Way<'_>> = vec![
        Way::new("ours", |query| ours(&index, &people, query)),
        Way::new("pairs of letters", |query| Ok(plain.best(&bigrams(query.words), query, &people, TOP.1))),
    ];
    if let Some((documents, asked)) = &foreign {
        let asked = |query: &Query| asked.get(query.number as usize - 1).cloned().unwrap_or_default();
        let people = &people;
        ways.push(Way::new("MeCab", move |query| Ok(documents.best(&asked(query), query, people, TOP.1))));
    }
    let queries: Vec<Query> =
        queries.into_iter().filter(|query| query.is_test() == (half == Half::Test)).collect();
    let mut rows = Vec::new();
    for Way { name, best } in &ways {
        let scores = queries.iter().map(|query| Ok(score(query, &people, &best(query).0?)));
        rows.push((*name, scores.collect::<Result<Vec<Score>, TrialError>>()?));
    }
    table(&rows, &queries, people.len());
    if let (Half::Dev, Some((_, scores))) = (half, rows.first()) {
        worst(scores, &queries);
    }
    Ok(())
}

pub(crate) fn index(people: &[Person]) -> Result<Index, TrialError> {
    let (index, titles) = (Index::new()?, Titles::default());
    for person in people {
        for event in event(person, &titles)? {
            index.take(event)?;
        }
    }
    index.commit(NOW)?;
    Ok(index)
}

pub(crate) fn ours(index: &Index, people: &[Person], labelled: &Query) -> Result<Vec<usize>, TrialError> {
    let numbers: HashMap<&str, usize> =
        people.iter().enumerate().map(|(number, person)| (person.id.as_str(), number)).collect();
    let page = index.search(&query(labelled), NOW)?.page(index, 0, TOP.1, NOW)?;
    Ok(page.hits.iter().filter_map(|hit| numbers.get(hit.id.as_str()).copied()).collect())
}

/// Tokens of documents and of queries, in the order of `texts`.
#[expect(clippy::disallowed_methods, reason = "tokens that another program made are read from a file")]
fn foreign(path: &Path, people: usize, queries: usize) -> Result<(Bm25, Vec<Vec<String>>), TrialError> {
    let text = std::fs::read_to_string(path)?;
    let split = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> = text.lines().map(split).collect();
    if lines.len() != people + queries {
        return Err(TrialError::Tokens("the tokens are not of these people and queries"));
    }
    let (documents, asked) = lines.split_at(people);
    Ok((Bm25::new(documents.iter().cloned()), asked.to_vec()))
}

pub(crate) fn score(query: &Query, people: &[Person], answered: &[usize]) -> Score {
    let gains: Vec<u8> = people.iter().map(|person| query.gain(person)).collect();
    let best = gains.iter().copied().max().unwrap_or_default();
    let relevant = gains.iter().filter(|gain| **gain == best).count();
    let got: Vec<u8> = answered.iter().filter_map(|number| gains.get(*number).copied()).collect();
    let hit = got.iter().take(TOP.1).filter(|gain| **gain == best).count();
    let mut ideal: Vec<u8> = gains;
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    Score { ndcg: dcg(&got) / dcg(&ideal), recall: hit as f64 / relevant.min(TOP.1) as f64 }
}

fn dcg(gains: &[u8]) -> f64 {
    let worth = |(at, gain): (usize, &u8)| (2_f64.powi(i32::from(*gain)) - 1.0) / (at as f64 + 2.0).log2();
    gains.iter().take(TOP.0).enumerate().map(worth).sum()
}

/// The mean, and between which values 95 of 100 samples of the queries have theirs.
fn interval(values: &[f64]) -> [f64; 3] {
    let count = values.len();
    let whole = values.iter().sum::<f64>() / count.max(1) as f64;
    let mut random = Random::new(7, 7);
    let mut means: Vec<f64> = (0..SAMPLES)
        .map(|_| (0..count).map(|_| random.pick(values)).sum::<f64>() / count.max(1) as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means.get((share * SAMPLES as f64) as usize).copied().unwrap_or(whole);
    [whole, at(0.025), at(0.975)]
}

fn table(rows: &[(&str, Vec<Score>)], queries: &[Query], people: usize) {
    println!("| {} queries, {people} people | nDCG@10 | recall@20 |\n|---|---|---|", queries.len());
    let say = |values: Vec<f64>| {
        let [mean, low, high] = interval(&values);
        format!("{mean:.3} ({low:.3}–{high:.3})")
    };
    for (name, scores) in rows {
        let (ndcg, recall) = scores.iter().map(|score| (score.ndcg, score.recall)).unzip();
        println!("| {name} | {} | {} |", say(ndcg), say(recall));
    }
    println!(
        "\n| nDCG@10 by class | queries |{}",
        rows.iter().map(|(name, _)| format!(" {name} |")).collect::<String>()
    );
    println!("|---|---|{}", "---|".repeat(rows.len()));
    let mut classes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, query) in queries.iter().enumerate() {
        classes.entry(query.class).or_default().push(at);
    }
    for (class, places) in classes {
        let mean = |scores: &[Score]| {
            let sum: f64 = places.iter().filter_map(|at| scores.get(*at)).map(|score| score.ndcg).sum();
            sum / places.len() as f64
        };
        let cells: String = rows.iter().map(|(_, scores)| format!(" {:.3} |", mean(scores))).collect();
        println!("| {class} | {} |{cells}", places.len());
    }
}

fn worst(scores: &[Score], queries: &[Query]) {
    let mut ranked: Vec<(&Score, &Query)> = scores.iter().zip(queries).collect();
    ranked.sort_by(|(a, _), (b, _)| a.ndcg.total_cmp(&b.ndcg));
    for (score, query) in ranked.into_iter().take(WORST).filter(|(score, _)| score.ndcg < 0.9) {
        let read = jigap_people::understood(query.words);
        eprintln!("{:.3} {} {:?} {:?} read as {read:?}", score.ndcg, query.class, query.words, query.meaning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measures_are_what_they_are_called() {
        let queries = queries().unwrap();
        let people: Vec<Person> = super::people(3_000).collect();
        let query = queries.iter().find(|query| query.words == "소믈리에").unwrap();
        let mut order: Vec<usize> = (0..people.len()).collect();
        order.sort_by_key(|number| std::cmp::Reverse(query.gain(&people[*number])));
        assert_eq!(score(query, &people, &order), Score { ndcg: 1.0, recall: 1.0 });
        assert_eq!(query.gain(&people[order[0]]), crate::queries::BEST);
        order.reverse();
        assert_eq!(score(query, &people, &order), Score::default());
        let [mean, low, high] = interval(&[0.0, 1.0, 1.0, 1.0]);
        assert!((mean - 0.75).abs() < 1e-9 && low < mean && mean < high);
    }

    #[test]
    fn the_search_answers_what_it_was_tuned_on() {
        let people: Vec<Person> = super::people(1_500).collect();
        let index = index(&people).unwrap();
        let dev: Vec<Query> = queries().unwrap().into_iter().filter(|query| !query.is_test()).collect();
        let scores: Vec<f64> = dev
            .iter()
            .map(|query| score(query, &people, &ours(&index, &people, query).unwrap()).ndcg)
            .filter(|ndcg| ndcg.is_finite())
            .collect();
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        assert!(mean > 0.85 && scores.len() > 200, "{mean} of {}", scores.len());
    }
}
