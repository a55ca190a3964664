//! How the issuer keeps a list and gives out its places (Token Status List §12.5, §13.2, §13.3).
//!
//! A list is stored in pieces of 4 KiB, so that setting one status rewrites one small value; a piece never written is
//! all VALID. Places are drawn uniformly among all free ones: an index then says nothing about when a credential was
//! issued, in which order, or with which others, and the copies of one batch are no neighbours.

use jigap_keys::Entropy;

use super::{StatusBits, StatusList};

/// Bytes of a list that are stored under one key.
pub const CHUNK_BYTES: usize = 4096;

/// Draws that may hit a taken place before the free ones are counted. At half full, 2^-32 of picks come so far.
const DRAWS: u32 = 32;

/// Where one index lies in a list stored in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkPosition {
    /// Which piece, from 0.
    pub chunk: u64,
    /// The index inside that piece, read as a [`StatusList`] of its own.
    pub index: u64,
}

/// The layout of a list in pieces of [`CHUNK_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkLayout {
    bits: StatusBits,
}

impl ChunkLayout {
    /// The layout of lists with this bit size.
    pub const fn new(bits: StatusBits) -> Self {
        Self { bits }
    }

    /// Statuses in one piece: 32768, 16384, 8192 or 4096.
    pub const fn per_chunk(self) -> u64 {
        CHUNK_BYTES as u64 * self.bits.per_byte()
    }

    /// Where `index` lies.
    pub const fn locate(self, index: u64) -> ChunkPosition {
        ChunkPosition { chunk: index / self.per_chunk(), index: index % self.per_chunk() }
    }

    /// A piece nobody has written: all VALID.
    pub fn empty_chunk(self) -> StatusList {
        StatusList::from_bytes(self.bits, vec![0; CHUNK_BYTES])
    }

    /// Puts a list of `entries` statuses together from the pieces that were written, in any order. `None` if a piece
    /// lies outside the list or is longer than [`CHUNK_BYTES`]: then the store is damaged.
    pub fn assemble<'c>(
        self,
        entries: usize,
        chunks: impl IntoIterator<Item = (u64, &'c [u8])>,
    ) -> Option<StatusList> {
        let mut bytes = StatusList::new(self.bits, entries).as_bytes().to_vec();
        for (chunk, content) in chunks {
            let start = usize::try_from(chunk).ok()?.checked_mul(CHUNK_BYTES)?;
            let place = bytes.get_mut(start..)?;
            if place.is_empty() || content.len() > CHUNK_BYTES {
                return None;
            }
            // The last piece may be longer than the rest of the list.
            for (byte, stored) in place.iter_mut().zip(content) {
                *byte = *stored;
            }
        }
        Some(StatusList::from_bytes(self.bits, bytes))
    }
}

/// A number drawn uniformly below `bound`, without modulo bias; `None` if `bound` is 0.
pub fn uniform_below(bound: u64, entropy: &dyn Entropy) -> Option<u64> {
    // Draws of all bits the bound needs, refused when they reach it: fewer than two on average.
    let mask = u64::MAX >> bound.checked_sub(1)?.leading_zeros().min(63);
    loop {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        let drawn = u64::from_le_bytes(bytes) & mask;
        if drawn < bound {
            return Some(drawn);
        }
    }
}

/// One free place of a list of `entries`, every free one equally likely; `None` if `is_taken` says all are taken.
///
/// The caller marks it taken in the transaction that issues the credential (§13.3: no place is ever given twice, not
/// even after the credential ended). Open another list once half of this one is taken: then a pick looks at two places on
/// average and the draw hides among as many unused places.
pub fn pick_free_index(
    entries: u64,
    entropy: &dyn Entropy,
    mut is_taken: impl FnMut(u64) -> bool,
) -> Option<u64> {
    for _ in 0..DRAWS {
        let index = uniform_below(entries, entropy)?;
        if !is_taken(index) {
            return Some(index);
        }
    }
    let free = (0..entries).filter(|index| !is_taken(*index)).count() as u64;
    let mut rank = uniform_below(free, entropy)?;
    (0..entries).find(|index| {
        if is_taken(*index) {
            return false;
        }
        let found = rank == 0;
        rank = rank.wrapping_sub(1);
        found
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::status::StatusValue;
    use crate::testing::Repeatable;

    fn entropy() -> Repeatable {
        Repeatable::new(1)
    }

    #[test]
    fn every_number_below_the_bound_is_equally_likely() {
        let entropy = entropy();
        for bound in [1_u64, 2, 3, 7, 10] {
            let mut counts = BTreeMap::new();
            for _ in 0..bound * 1000 {
                *counts.entry(uniform_below(bound, &entropy).unwrap()).or_insert(0_u32) += 1;
            }
            assert_eq!(counts.len() as u64, bound);
            assert!(counts.values().all(|count| (850..1150).contains(count)), "{bound}: {counts:?}");
        }
        assert_eq!(uniform_below(0, &entropy), None);
        assert!(uniform_below(u64::MAX, &entropy).is_some());
    }

    #[test]
    fn a_list_can_be_used_up_and_gives_no_place_twice() {
        let entropy = entropy();
        let mut taken = BTreeSet::new();
        for _ in 0..500 {
            let index = pick_free_index(500, &entropy, |index| taken.contains(&index)).unwrap();
            assert!(index < 500 && taken.insert(index));
        }
        assert_eq!(pick_free_index(500, &entropy, |index| taken.contains(&index)), None);
        assert_eq!(pick_free_index(0, &entropy, |_| false), None);
    }

    #[test]
    fn the_last_free_places_are_equally_likely_too() {
        let entropy = entropy();
        let free = [3_u64, 4, 9_999];
        let mut counts = BTreeMap::new();
        for _ in 0..300 {
            let index = pick_free_index(10_000, &entropy, |index| !free.contains(&index)).unwrap();
            *counts.entry(index).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), free);
        assert!(counts.values().all(|count| (60..140).contains(count)), "{counts:?}");
    }

    /// Indices picked one after another: no more often neighbours than chance has it, in either order.
    #[test]
    fn neighbours_in_time_are_no_neighbours_in_the_list() {
        let entropy = entropy();
        let mut taken = BTreeSet::new();
        let picks: Vec<u64> = (0..2000)
            .map(|_| {
                let index = pick_free_index(1 << 20, &entropy, |index| taken.contains(&index)).unwrap();
                taken.insert(index);
                index
            })
            .collect();
        assert!(picks.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) < 64).count() < 5);
        let rising = picks.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((900..1100).contains(&rising), "{rising}");
    }

    #[test]
    fn a_list_in_pieces_is_the_list() {
        let layout = ChunkLayout::new(StatusBits::Two);
        let mut whole = StatusList::new(StatusBits::Two, 40_000);
        let mut pieces: BTreeMap<u64, StatusList> = BTreeMap::new();
        for index in [0, 16_383, 16_384, 39_999] {
            whole.set(index, StatusValue::SUSPENDED).unwrap();
            let position = layout.locate(index);
            let piece = pieces.entry(position.chunk).or_insert_with(|| layout.empty_chunk());
            piece.set(position.index, StatusValue::SUSPENDED).unwrap();
        }
        assert_eq!(layout.locate(16_384), ChunkPosition { chunk: 1, index: 0 });
        let stored = pieces.iter().map(|(chunk, piece)| (*chunk, piece.as_bytes()));
        assert_eq!(layout.assemble(40_000, stored).unwrap(), whole);
        assert_eq!(layout.assemble(40_000, []).unwrap(), StatusList::new(StatusBits::Two, 40_000));
        assert_eq!(layout.assemble(40_000, [(3, &[0_u8][..])]), None);
        assert_eq!(layout.assemble(40_000, [(0, &[0_u8; CHUNK_BYTES + 1][..])]), None);
        assert_eq!(layout.assemble(40_000, [(u64::MAX, &[0_u8][..])]), None);
    }
}
