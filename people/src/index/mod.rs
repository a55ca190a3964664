//! The index: takes events in order, catches up with them when told to, and answers. It lies in memory; where it is lost, it is made again
//! from the events.
//!
//! An event counts for answers as soon as it was taken, as far as it hides somebody: the tombstones are asked for every hit. What it adds
//! is found after the next [`Index::commit`].

mod ask;
mod book;
mod collect;
mod document;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jigap_keys::hash::sha256;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::Refusal;
use tantivy::query::EnableScoring;
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, Term};

use self::ask::Asked;
use self::book::Book;
use self::collect::{Found, Fruit, Ranking};
use self::document::{Fields, column};
use crate::event::IndexEvent;
use crate::page::{Hit, Place, Ranked};
use crate::query::{Near, Query};
use crate::ranking::{Explained, VERSION, day};

/// Memory of the writer before it makes a segment.
const WRITER_BYTES: usize = 64 << 20;
/// Most kinds and regions that are counted in an answer.
const MAX_COUNTED: usize = 20;

/// Why the index did not do as it was told.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// An event is missing before this one: the caller reads on from [`Index::applied`].
    #[error("event {expected} is missing")]
    Gap {
        /// The number that comes next.
        expected: u64,
    },
    /// The query is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The library under it failed: our bug, or no memory.
    #[error("the index: {0}")]
    Broken(#[from] tantivy::TantivyError),
}

/// Whether an event was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was.
    New,
    /// It was taken before.
    Again,
}

/// The index. It may be used by several at once: events are taken one after another, and nobody who searches waits for a commit.
pub struct Index {
    fields: Fields,
    writer: Mutex<IndexWriter>,
    reader: IndexReader,
    book: RwLock<Book>,
    /// The last event that the reader knows of.
    committed: AtomicU64,
}

impl Index {
    /// An empty one.
    ///
    /// # Errors
    /// [`IndexError::Broken`].
    pub fn new() -> Result<Self, IndexError> {
        let (schema, fields) = Fields::new();
        let index = tantivy::Index::create_in_ram(schema);
        let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let (writer, book) = (Mutex::new(writer), RwLock::new(Book::default()));
        Ok(Self { fields, writer, reader, book, committed: AtomicU64::new(0) })
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// [`IndexError::Gap`] where one is missing before it; [`IndexError::Broken`].
    pub fn take(&self, event: IndexEvent) -> Result<Taken, IndexError> {
        let writer = self.writer();
        let mut book = self.book_to_write();
        let expected = book.applied + 1;
        if event.sequence < expected {
            return Ok(Taken::Again);
        }
        if event.sequence > expected {
            return Err(IndexError::Gap { expected });
        }
        let changed = book.take(event);
        drop(book);
        let book = self.book();
        for key in changed {
            writer.delete_term(Term::from_field_u64(self.fields.key, key));
            if let Some((entry, facets)) = book.findable(key) {
                writer.add_document(self.fields.document(key, entry, &facets))?;
            }
        }
        Ok(Taken::New)
    }

    /// Catches up with the events that were taken, and forgets what no answer needs any more.
    ///
    /// # Errors
    /// [`IndexError::Broken`].
    pub fn commit(&self, now: Timestamp) -> Result<(), IndexError> {
        let mut writer = self.writer();
        let applied = self.book().applied;
        writer.commit()?;
        self.reader.reload()?;
        self.committed.store(applied, Ordering::SeqCst);
        self.book_to_write().caught_up(applied, now);
        Ok(())
    }

    /// The number of the last event that was taken.
    pub fn applied(&self) -> u64 {
        self.book().applied
    }

    /// How many listings there are, findable or not.
    pub fn listings(&self) -> usize {
        self.book().len()
    }

    /// Bytes that the index takes in memory, without the listings themselves.
    ///
    /// # Errors
    /// [`IndexError::Broken`].
    pub fn bytes(&self) -> Result<u64, IndexError> {
        let usage = self.reader.searcher().space_usage().map_err(tantivy::TantivyError::from)?;
        Ok(usage.total().get_bytes())
    }

    /// Answers a query at `now`.
    ///
    /// # Errors
    /// [`IndexError::Refused`] by SE-01 and SE-03; [`IndexError::Broken`].
    pub fn search(&self, query: &Query, now: Timestamp) -> Result<Ranked, IndexError> {
        query.check()?;
        // First: the reader knows of this event at least.
        let as_of = self.committed.load(Ordering::SeqCst);
        let searcher = self.reader.searcher();
        let near = query.near.map(rings);
        let asked = ask::ask(query, near.as_ref().map(|near| near.keys().copied().collect()), &self.fields);
        let ranking = Ranking {
            sort: query.sort,
            scored: !asked.parts.is_empty(),
            hidden: Arc::new(self.book().hidden(as_of)),
            near: near.map(Arc::new),
            today: day(now),
            now: u64::try_from(now.unix()).unwrap_or_default(),
        };
        let fruit = searcher.search(&*asked.clause, &ranking)?;
        let Fruit { found, total, kinds, regions } = fruit;
        let mut places = Vec::with_capacity(found.len());
        for one in found {
            let explained = if query.explain { Some(explain(&searcher, &asked, &one, now)?) } else { None };
            places.push(Place { key: one.key, rings: one.rings, explained });
        }
        let (kinds, regions) = (most(kinds), most(regions));
        Ok(Ranked { places, as_of, made: now, total, kinds, regions })
    }

    /// What is shown of a place in an answer; `None` for who must not be shown any more.
    pub(crate) fn shown(&self, place: &Place, as_of: u64, now: Timestamp) -> Option<Hit> {
        let book = self.book();
        let (entry, facets) = book.findable(place.key).filter(|_| book.shows(place.key, as_of))?;
        let holds = facets.iter().all(|facet| facet.until.is_none_or(|until| now < until));
        holds.then(|| Hit::of(entry.listing(), &facets, place, now))
    }

    /// What is shown at `now` of the listing `id`; `None` for who is not to be found.
    pub fn show(&self, id: &str, now: Timestamp) -> Option<Hit> {
        let place = Place { key: book::key(id), rings: None, explained: None };
        self.shown(&place, u64::MAX, now)
    }

    /// A digest of all that the index holds as of the last commit: the same for whoever took the same events.
    ///
    /// # Errors
    /// [`IndexError::Broken`].
    pub fn digest(&self) -> Result<[u8; 32], IndexError> {
        let committed = self.committed.load(Ordering::SeqCst);
        let mut documents = BTreeMap::new();
        for segment in self.reader.searcher().segment_readers() {
            let columns = segment.fast_fields();
            let numbers = |name: &str| columns.column_first_or_default::<u64>(name);
            let [high, low] = column::DIGEST;
            let (keys, high, low) = (numbers(column::KEY)?, numbers(high)?, numbers(low)?);
            for document in segment.doc_ids_alive() {
                documents.insert(keys.get_val(document), [high.get_val(document), low.get_val(document)]);
            }
        }
        let mut all = Vec::with_capacity(documents.len() * 24 + 16);
        all.extend_from_slice(&u64::from(VERSION).to_be_bytes());
        all.extend_from_slice(&committed.to_be_bytes());
        for (key, [high, low]) in documents {
            all.extend([key, high, low].into_iter().flat_map(u64::to_be_bytes));
        }
        Ok(sha256(&all))
    }

    fn writer(&self) -> MutexGuard<'_, IndexWriter<TantivyDocument>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn book_to_write(&self) -> RwLockWriteGuard<'_, Book> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cells that are near, and how many rings away.
fn rings(near: Near) -> HashMap<u64, u32> {
    let cells: Vec<_> = near.cell.grid_disk_distances(near.rings);
    cells.into_iter().map(|(cell, ring)| (u64::from(cell), ring)).collect()
}

/// The most frequent ones first.
fn most(counts: HashMap<String, u32>) -> Vec<(String, u32)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    counts.truncate(MAX_COUNTED);
    counts
}

/// Why somebody stands where they stand, part by part.
fn explain(
    searcher: &Searcher,
    asked: &Asked,
    found: &Found,
    now: Timestamp,
) -> Result<Explained, IndexError> {
    let mut explained = found.signals.explained(day(now));
    let segment = searcher.segment_reader(found.address.segment_ord);
    for (what, part) in &asked.parts {
        let weight = part.weight(EnableScoring::enabled_from_searcher(searcher))?;
        let mut scorer = weight.scorer(segment, 1.0)?;
        let there =
            scorer.doc() <= found.address.doc_id && scorer.seek(found.address.doc_id) == found.address.doc_id;
        if there {
            explained.parts.push((what.clone(), scorer.score()));
        }
    }
    Ok(explained)
}

#[cfg(test)]
mod tests;
