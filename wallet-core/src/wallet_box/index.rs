//! The box's authenticated index: which records exist, in which generation, and the key of each.
//!
//! Records fall into [`BUCKETS`] buckets by the keyed hash of their id; each bucket is sealed with its generation as
//! associated data, and the sealed root holds the generation of every bucket. So a record, bucket or root that somebody
//! removed or put back from an older copy does not fit. (The whole store put back as it was cannot be noticed.)

use zeroize::Zeroizing;

use super::BoxError;

/// Number of buckets: a write reads and seals one of them, not the whole index.
pub(super) const BUCKETS: usize = 64;
/// Longest record id in bytes.
pub(super) const MAX_ID: usize = 512;

/// Where one record is and what opens it.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) generation: u64,
    /// The record's own key, fresh at each write; gone from the index, the record cannot be read again.
    pub(super) key: Zeroizing<[u8; 32]>,
}

/// The entries of one bucket.
#[derive(Clone, Default)]
pub(super) struct Bucket(pub(super) Vec<Entry>);

impl Bucket {
    pub(super) fn find(&self, id: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.id == id)
    }

    /// Puts `entry` in the place of the one with its id.
    pub(super) fn put(&mut self, entry: Entry) {
        self.remove(&entry.id);
        self.0.push(entry);
    }

    pub(super) fn remove(&mut self, id: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|entry| entry.id != id);
        self.0.len() < before
    }

    /// `(length u16, id, generation u64, key)*`, big-endian.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.0.len() * 96));
        for entry in &self.0 {
            // An id is at most MAX_ID bytes: `records` checks it before anything is written.
            bytes.extend_from_slice(&u16::try_from(entry.id.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend_from_slice(entry.id.as_bytes());
            bytes.extend_from_slice(&entry.generation.to_be_bytes());
            bytes.extend_from_slice(entry.key.as_ref());
        }
        bytes
    }

    pub(super) fn decode(mut bytes: &[u8]) -> Result<Self, BoxError> {
        let mut entries = Vec::new();
        while !bytes.is_empty() {
            let length = usize::from(u16::from_be_bytes(take(&mut bytes)?));
            let (id, rest) = bytes.split_at_checked(length).ok_or(BoxError::Damaged)?;
            bytes = rest;
            entries.push(Entry {
                id: String::from_utf8(id.to_vec()).map_err(|_| BoxError::Damaged)?,
                generation: u64::from_be_bytes(take(&mut bytes)?),
                key: Zeroizing::new(take(&mut bytes)?),
            });
        }
        Ok(Self(entries))
    }
}

/// The generation of every bucket; 0: never written.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Root(pub(super) [u64; BUCKETS]);

impl Root {
    pub(super) fn encode(&self) -> Vec<u8> {
        self.0.iter().flat_map(|generation| generation.to_be_bytes()).collect()
    }

    pub(super) fn decode(mut bytes: &[u8]) -> Result<Self, BoxError> {
        let mut generations = [0; BUCKETS];
        for generation in &mut generations {
            *generation = u64::from_be_bytes(take(&mut bytes)?);
        }
        if bytes.is_empty() { Ok(Self(generations)) } else { Err(BoxError::Damaged) }
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], BoxError> {
    let (head, rest) = bytes.split_first_chunk::<N>().ok_or(BoxError::Damaged)?;
    *bytes = rest;
    Ok(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, generation: u64) -> Entry {
        Entry { id: id.to_owned(), generation, key: Zeroizing::new([generation as u8; 32]) }
    }

    #[test]
    fn a_bucket_goes_there_and_back() {
        let mut bucket = Bucket::default();
        bucket.put(entry("credential/가", 1));
        bucket.put(entry("copy/1", 2));
        bucket.put(entry("copy/1", 3));
        let read = Bucket::decode(&bucket.encode()).unwrap();
        assert_eq!(read.0.len(), 2);
        assert_eq!(read.find("copy/1").unwrap().generation, 3);
        assert_eq!(*read.find("copy/1").unwrap().key, [3; 32]);
        assert!(bucket.remove("copy/1") && !bucket.remove("copy/1"));
    }

    #[test]
    fn a_cut_bucket_or_root_is_damaged() {
        let bucket = Bucket(vec![entry("credential/1", 1)]).encode();
        for cut in 1..bucket.len() {
            assert!(Bucket::decode(&bucket[..cut]).is_err(), "{cut}");
        }
        let root = Root([9; BUCKETS]);
        assert_eq!(Root::decode(&root.encode()), Ok(root.clone()));
        assert_eq!(Root::decode(&root.encode()[1..]), Err(BoxError::Damaged));
        assert_eq!(Root::decode(&[root.encode(), vec![0]].concat()), Err(BoxError::Damaged));
    }
}
