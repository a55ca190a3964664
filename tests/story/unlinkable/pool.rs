//! What two venues and the keepers of their logs know together, and how well they tell whose two passes are.

use std::collections::BTreeMap;

use jigap_wallet_core::pass::Generation;
use jigap_wallet_core::time::Timestamp;

use super::chance::Chance;
use super::classifier::{Classifier, Pair, Ranked};
use super::fields::{self, Fields, Parts, Vocabulary};

const DAY: i64 = 24 * 60 * 60;
/// Pairs to learn from: all of one person up to so many, and so many times as many of two.
const OWN: usize = 3_000;
const OTHERS: usize = 4;

/// A pass as one venue saw it: by what was shown first, and whenever it was shown again.
pub(super) struct Seen {
    pub(super) wallet: usize,
    pub(super) venue: usize,
    /// The moments, each with the number of the row that the log got.
    pub(super) shown: Vec<(Timestamp, usize)>,
    pub(super) fields: Fields,
}

/// What the classifier looks at, and what is taken as known: pairs are ranked among those of the same two venues and
/// generations, and of equal facts if so.
#[derive(Clone, Copy)]
pub(super) struct Task {
    pub(super) within_facts: bool,
    pub(super) content: bool,
    pub(super) facts: bool,
    pub(super) behaviour: bool,
}

/// How well passes were linked: learnt of one half of the people and tried on the other, both ways.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) auc: [f64; 2],
    pub(super) by_chance: [(f64, f64); 2],
    pub(super) pairs: [usize; 2],
}

impl Linked {
    /// Better than chance, whichever half was learnt of: one of two would be one time in a hundred.
    pub(super) fn tells(&self) -> bool {
        self.auc.iter().zip(&self.by_chance).all(|(auc, chance)| *auc > chance.1)
    }

    /// Worse than any chance: a classifier that is wrong so surely could be turned round.
    pub(super) fn tells_backwards(&self) -> bool {
        self.auc.iter().zip(&self.by_chance).all(|(auc, chance)| *auc < chance.0)
    }

    pub(super) fn least(&self) -> f64 {
        self.auc[0].min(self.auc[1])
    }
}

pub(super) struct Pool {
    seen: Vec<Seen>,
    parts: Vec<Parts>,
    places: Vec<String>,
    /// What each says, and how many say it.
    facts: Vec<(Vec<u8>, usize)>,
}

/// What must be equal for two passes to be exchanged: where and in which generation they were seen, and what they say.
type Cell = (usize, Generation, Vec<u8>);

impl Pool {
    pub(super) fn new(seen: Vec<Seen>) -> Self {
        let vocabulary = Vocabulary::of(seen.iter().map(|pass| &pass.fields));
        let parts = seen.iter().map(|pass| vocabulary.parts(&pass.fields)).collect();
        let facts: Vec<Vec<u8>> = seen.iter().map(|pass| fields::facts(&pass.fields)).collect();
        let count = |said: &Vec<u8>| facts.iter().filter(|other| *other == said).count();
        let facts = facts.iter().map(|said| (said.clone(), count(said))).collect();
        Self { seen, parts, places: vocabulary.places().to_vec(), facts }
    }

    /// How many passes there are, and in which parts some differ.
    pub(super) fn size(&self) -> (usize, &[String]) {
        (self.seen.len(), &self.places)
    }

    pub(super) fn link(&self, task: Task, seed: u64) -> Linked {
        let mut chance = Chance(seed);
        let people = self.seen.iter().map(|pass| pass.wallet).max().unwrap() + 1;
        let mut order: Vec<usize> = (0..people).collect();
        chance.shuffle(&mut order);
        let is_first = |pass: &usize| order[self.seen[*pass].wallet] < people / 2;
        let (first, second): (Vec<usize>, Vec<usize>) = (0..self.seen.len()).partition(is_first);
        let one = self.learn_and_try(&first, &second, task, &mut chance);
        let two = self.learn_and_try(&second, &first, task, &mut chance);
        Linked { auc: [one.0, two.0], by_chance: [one.1, two.1], pairs: [one.2, two.2] }
    }

    fn learn_and_try(
        &self,
        of: &[usize],
        on: &[usize],
        task: Task,
        chance: &mut Chance,
    ) -> (f64, (f64, f64), usize) {
        let is_own = |pair: &(usize, usize)| self.seen[pair.0].wallet == self.seen[pair.1].wallet;
        let pairs = self.strata(of, task).into_iter().flatten();
        let (mut own, mut others): (Vec<_>, Vec<_>) = pairs.partition(is_own);
        chance.shuffle(&mut own);
        own.truncate(OWN);
        chance.shuffle(&mut others);
        others.truncate(own.len() * OTHERS);
        let same: Vec<bool> = own.iter().map(|_| true).chain(others.iter().map(|_| false)).collect();
        let learnt: Vec<Pair> = own.iter().chain(&others).map(|pair| self.pair(*pair, task)).collect();
        let classifier = Classifier::train(&learnt, &same);
        let score = |pair: (usize, usize)| (pair.0, pair.1, classifier.score(&self.pair(pair, task)));
        let tried = self.strata(on, task).into_iter().map(|pairs| pairs.into_iter().map(score).collect());
        let ranked = Ranked::of(self.seen.len(), tried.collect());
        let wallets: Vec<usize> = self.seen.iter().map(|pass| pass.wallet).collect();
        let (auc, pairs) = ranked.auc(&wallets);
        (auc, ranked.by_chance(&wallets, &self.cells(on, task), chance), pairs)
    }

    fn cell(&self, number: usize, task: Task) -> Cell {
        let pass = &self.seen[number];
        let facts = if task.within_facts { self.facts[number].0.clone() } else { Vec::new() };
        (pass.venue, Generation::of(pass.shown[0].0), facts)
    }

    fn cells(&self, passes: &[usize], task: Task) -> Vec<Vec<usize>> {
        let mut cells: BTreeMap<Cell, Vec<usize>> = BTreeMap::new();
        passes.iter().for_each(|pass| cells.entry(self.cell(*pass, task)).or_default().push(*pass));
        cells.into_values().collect()
    }

    /// Pairs that could be of one person: a stratum for each two cells. A venue that knows its visitors sees one pass of each in
    /// a generation, so that two of them there are of two.
    fn strata(&self, passes: &[usize], task: Task) -> Vec<Vec<(usize, usize)>> {
        let cells = self.cells(passes, task);
        let mut strata = Vec::new();
        for (index, one) in cells.iter().enumerate() {
            for two in &cells[index..] {
                let facts = |cell: &[usize]| self.cell(cell[0], task).2;
                if facts(one) != facts(two) {
                    continue;
                }
                let pairs = one.iter().flat_map(|left| two.iter().map(move |right| (*left, *right)));
                let same_cell = std::ptr::eq(one, two);
                let pairs: Vec<_> = pairs.filter(|(left, right)| !same_cell || left < right).collect();
                let own = |pair: &(usize, usize)| self.seen[pair.0].wallet == self.seen[pair.1].wallet;
                if pairs.iter().any(own) {
                    strata.push(pairs);
                }
            }
        }
        strata
    }

    fn pair(&self, (one, two): (usize, usize), task: Task) -> Pair {
        let mut pair = Pair { numbers: Vec::new(), differ: Vec::new() };
        if task.content {
            pair.numbers.extend(self.parts[one].compare(&self.parts[two]));
            let bits = self.parts[one].bits.iter().zip(&self.parts[two].bits);
            pair.differ = bits.map(|(one, two)| one ^ two).collect();
        }
        if task.facts {
            // How many passes say so.
            let (said, other) = (&self.facts[one], &self.facts[two]);
            pair.numbers.push(if said == other { said.1 as f32 } else { f32::MAX });
        }
        if task.behaviour {
            pair.numbers.extend(behaviour(&self.seen[one], &self.seen[two]));
        }
        pair
    }
}

/// What two passes have in common by when they were shown: hours of the day, days of the week, days together, how often, and
/// how near their rows stand in a log.
fn behaviour(one: &Seen, two: &Seen) -> [f32; 9] {
    let circle = |one: i64, two: i64, round: i64| {
        let apart = (one - two).rem_euclid(round);
        apart.min(round - apart) as f32
    };
    let (mut hour, mut week, mut apart) = (f32::MAX, f32::MAX, f32::MAX);
    let (mut rows, mut sum, mut together) = (f32::MAX, 0.0, 0.0);
    for (left, row) in &one.shown {
        for (right, other) in &two.shown {
            let (left, right) = (left.unix(), right.unix());
            hour = hour.min(circle(left, right, DAY));
            sum += circle(left, right, DAY);
            week = week.min(circle(left, right, 7 * DAY));
            apart = apart.min((left - right).abs() as f32);
            together += f32::from(u8::from(left / DAY == right / DAY));
            if one.venue == two.venue {
                rows = rows.min(row.abs_diff(*other) as f32);
            }
        }
    }
    let count = (one.shown.len(), two.shown.len());
    let whole_days = |seconds: f32| (seconds - (seconds / DAY as f32).round() * DAY as f32).abs();
    [
        hour,
        sum / (count.0 * count.1) as f32,
        week,
        apart,
        whole_days(apart),
        together,
        rows,
        count.0.abs_diff(count.1) as f32,
        (count.0 * count.1) as f32,
    ]
}
