//! Goes through everybody who is found: ranks the best, counts kinds and regions, and leaves out who is hidden or whose proof has ended.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use super::document::column;
use crate::query::{MAX_HITS, Sort};
use crate::ranking::{Signals, turn};

/// Response rates that differ by less count as equal, in thousandths.
const RESPONSE_STEP: u64 = 50;

/// Somebody who was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// The higher, the better.
    pub(super) order: [u64; 3],
    pub(super) key: u64,
    pub(super) address: DocAddress,
    pub(super) signals: Signals,
    pub(super) rings: Option<u32>,
}

/// What a search comes to.
#[derive(Debug, Default)]
pub(super) struct Fruit {
    /// The best first.
    pub(super) found: Vec<Found>,
    pub(super) total: u32,
    pub(super) kinds: HashMap<String, u32>,
    pub(super) regions: HashMap<String, u32>,
}

/// How to go through them.
#[derive(Clone)]
pub(super) struct Ranking {
    pub(super) sort: Sort,
    /// Whether words are asked for, and not filters alone.
    pub(super) scored: bool,
    pub(super) hidden: Arc<HashSet<u64>>,
    /// Rings of the cells that are near.
    pub(super) near: Option<Arc<HashMap<u64, u32>>>,
    pub(super) today: u64,
    /// Seconds since 1970.
    pub(super) now: u64,
}

/// One segment of the index.
pub(super) struct Segment {
    ranking: Ranking,
    ordinal: SegmentOrdinal,
    keys: Arc<dyn ColumnValues<u64>>,
    cells: Arc<dyn ColumnValues<u64>>,
    checked: Arc<dyn ColumnValues<u64>>,
    until: Arc<dyn ColumnValues<u64>>,
    response: Arc<dyn ColumnValues<u64>>,
    rating: Arc<dyn ColumnValues<u64>>,
    kinds: Option<Counter>,
    regions: Option<Counter>,
    best: BinaryHeap<Reverse<Ordered>>,
    total: u32,
}

struct Ordered(Found);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Ordered {}
impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.order, self.0.key).cmp(&(other.0.order, other.0.key))
    }
}

/// Counts the values of a column.
struct Counter {
    column: StrColumn,
    counts: Vec<u32>,
}

impl Counter {
    fn new(column: StrColumn) -> Self {
        let counts = vec![0; column.num_terms()];
        Self { column, counts }
    }

    fn count(&mut self, document: DocId) {
        for ordinal in self.column.ords().values_for_doc(document) {
            if let Some(count) = usize::try_from(ordinal).ok().and_then(|at| self.counts.get_mut(at)) {
                *count += 1;
            }
        }
    }

    fn named(self) -> HashMap<String, u32> {
        let mut named = HashMap::new();
        for (ordinal, count) in self.counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
            let mut name = String::new();
            if self.column.ord_to_str(ordinal as u64, &mut name).unwrap_or(false) {
                named.insert(name, count);
            }
        }
        named
    }
}

impl Collector for Ranking {
    type Fruit = Fruit;
    type Child = Segment;

    fn for_segment(&self, ordinal: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Segment> {
        let columns = segment.fast_fields();
        let numbers = |name: &str| columns.column_first_or_default::<u64>(name);
        Ok(Segment {
            ranking: self.clone(),
            ordinal,
            keys: numbers(column::KEY)?,
            cells: numbers(column::CELL)?,
            checked: numbers(column::CHECKED)?,
            until: numbers(column::UNTIL)?,
            response: numbers(column::RESPONSE)?,
            rating: numbers(column::RATING)?,
            kinds: columns.str(column::KIND)?.map(Counter::new),
            regions: columns.str(column::REGION)?.map(Counter::new),
            best: BinaryHeap::with_capacity(MAX_HITS + 1),
            total: 0,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.scored
    }

    fn merge_fruits(&self, fruits: Vec<Fruit>) -> tantivy::Result<Fruit> {
        let mut all = Fruit::default();
        for fruit in fruits {
            all.found.extend(fruit.found);
            all.total += fruit.total;
            for (into, from) in [(&mut all.kinds, fruit.kinds), (&mut all.regions, fruit.regions)] {
                for (name, count) in from {
                    *into.entry(name).or_default() += count;
                }
            }
        }
        all.found.sort_by_key(|found| Reverse((found.order, found.key)));
        all.found.truncate(MAX_HITS);
        Ok(all)
    }
}

impl SegmentCollector for Segment {
    type Fruit = Fruit;

    fn collect(&mut self, document: DocId, score: Score) {
        let Ranking { sort, scored, today, now, .. } = self.ranking;
        let key = self.keys.get_val(document);
        if self.until.get_val(document) <= now || self.ranking.hidden.contains(&key) {
            return;
        }
        self.total += 1;
        for counter in [&mut self.kinds, &mut self.regions].into_iter().flatten() {
            counter.count(document);
        }
        let signals = Signals {
            words: if scored { score } else { 1.0 },
            checked: self.checked.get_val(document),
            response: self.response.get_val(document),
            rating: self.rating.get_val(document),
        };
        let near = self.ranking.near.as_ref();
        let rings = near.and_then(|near| near.get(&self.cells.get_val(document)).copied());
        let (step, turn) = (signals.step(today), turn(key, today));
        let order = match sort {
            Sort::Relevance => [step, turn, 0],
            Sort::Distance => [u64::MAX - u64::from(rings.unwrap_or(u32::MAX)), step, turn],
            Sort::Response => [signals.response / RESPONSE_STEP, step, turn],
        };
        if self.best.len() == MAX_HITS && self.best.peek().is_some_and(|Reverse(last)| last.0.order >= order)
        {
            return;
        }
        let address = DocAddress::new(self.ordinal, document);
        self.best.push(Reverse(Ordered(Found { order, key, address, signals, rings })));
        if self.best.len() > MAX_HITS {
            self.best.pop();
        }
    }

    fn harvest(self) -> Fruit {
        let named = |counter: Option<Counter>| counter.map(Counter::named).unwrap_or_default();
        Fruit {
            found: self.best.into_iter().map(|Reverse(Ordered(found))| found).collect(),
            total: self.total,
            kinds: named(self.kinds),
            regions: named(self.regions),
        }
    }
}
