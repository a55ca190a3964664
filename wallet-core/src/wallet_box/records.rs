//! The records of an open box inside one transaction.

use std::sync::Arc;

use jigap_keys::aead::Aes256Key;
use jigap_keys::{Entropy, mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::index::{BUCKETS, Bucket, Entry, MAX_ID, Root};
use super::{BoxError, BoxKeys};
use crate::pieces;
use crate::ports::{FetchLimits, StoreLimits, Tx};

const ROOT: &[u8] = b"box/root";
const BUCKET: &[u8] = b"box/bucket/";
const RECORD: &[u8] = b"box/record/";
/// First byte of every sealed value.
const FORMAT: u8 = 1;
/// First byte of the value of a record that is longer than a value may be: how many pieces hold it (two bytes, big-endian)
/// follows. Pieces that somebody changed, swapped or cut do not open, like a record that was.
const IN_PIECES: u8 = 2;
/// Longest record in bytes: that of the longest answer the wallet takes from an issuer.
pub const MAX_RECORD: usize = FetchLimits::STATUS_LIST.max_bytes;
/// Format byte, nonce and authentication tag.
const OVERHEAD: usize = 1 + 12 + 16;

/// The box's records as one transaction sees them.
#[derive(Clone)]
pub struct Records {
    tx: Tx,
    keys: Arc<BoxKeys>,
    entropy: Arc<dyn Entropy>,
}

impl Records {
    pub(super) fn new(tx: Tx, keys: Arc<BoxKeys>, entropy: Arc<dyn Entropy>) -> Self {
        Self { tx, keys, entropy }
    }

    /// The record `id`, or `None` if there is none.
    pub async fn read<T: DeserializeOwned>(&self, id: &str) -> Result<Option<T>, BoxError> {
        let bytes = self.read_bytes(id).await?;
        bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(|_| BoxError::Unreadable)).transpose()
    }

    /// Writes the record `id`, in place of the one there was. Ids are at most 512 bytes, records at most [`MAX_RECORD`].
    pub async fn write<T: Serialize>(&self, id: &str, record: &T) -> Result<(), BoxError> {
        let bytes = Zeroizing::new(serde_json::to_vec(record).map_err(|_| BoxError::Unreadable)?);
        self.write_bytes(id, &bytes).await
    }

    /// Removes the record `id` and destroys its key; says whether there was one.
    pub async fn delete(&self, id: &str) -> Result<bool, BoxError> {
        let (number, place) = self.place(id);
        let mut root = self.root().await?;
        let mut bucket = self.bucket(&root, number).await?;
        let found = bucket.remove(id);
        if found {
            self.clear_pieces(&place).await?;
            self.tx.clear(place);
            self.write_bucket(&mut root, number, &bucket)?;
        }
        Ok(found)
    }

    /// The ids that begin with `prefix`, sorted. Reads the whole index (64 values), no record.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, BoxError> {
        let root = self.root().await?;
        let mut ids = Vec::new();
        for number in 0..BUCKETS {
            let bucket = self.bucket(&root, number).await?;
            ids.extend(bucket.0.into_iter().map(|entry| entry.id).filter(|id| id.starts_with(prefix)));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// Reads every record of bucket `number` and says how many there are.
    pub(super) async fn check(&self, number: usize) -> Result<usize, BoxError> {
        let bucket = self.bucket(&self.root().await?, number).await?;
        for entry in &bucket.0 {
            self.read_bytes(&entry.id).await?.ok_or(BoxError::Damaged)?;
        }
        Ok(bucket.0.len())
    }

    async fn read_bytes(&self, id: &str) -> Result<Option<Zeroizing<Vec<u8>>>, BoxError> {
        let (number, place) = self.place(id);
        let bucket = self.bucket(&self.root().await?, number).await?;
        let Some(entry) = bucket.find(id) else { return Ok(None) };
        let mut sealed = self.tx.get(&place).await?.ok_or(BoxError::Damaged)?;
        if let Some(count) = count_of(&sealed)? {
            sealed = pieces::read(&self.tx, &place, count).await?.ok_or(BoxError::Damaged)?;
        }
        let key = Aes256Key::from(*entry.key);
        open(&key, &record_data(id, entry.generation), &sealed).map(Some)
    }

    async fn write_bytes(&self, id: &str, record: &[u8]) -> Result<(), BoxError> {
        if id.len() > MAX_ID || record.len() > MAX_RECORD {
            return Err(BoxError::TooLarge);
        }
        let (number, place) = self.place(id);
        let mut root = self.root().await?;
        let mut bucket = self.bucket(&root, number).await?;
        let generation = match bucket.find(id) {
            Some(entry) => {
                self.clear_pieces(&place).await?;
                entry.generation + 1
            }
            None => 1,
        };
        let mut key = Zeroizing::new([0; 32]);
        self.entropy.fill(key.as_mut());
        let sealed = self.seal(&Aes256Key::from(*key), &record_data(id, generation), record);
        if sealed.len() > StoreLimits::VALUE {
            let count = pieces::write(&self.tx, &place, &sealed);
            let count = u16::try_from(count).map_err(|_| BoxError::TooLarge)?;
            self.tx.set(place, [&[IN_PIECES][..], &count.to_be_bytes()].concat());
        } else {
            self.tx.set(place, sealed);
        }
        bucket.put(Entry { id: id.to_owned(), generation, key });
        self.write_bucket(&mut root, number, &bucket)
    }

    /// Clears the pieces of the record at `place`, if it has any.
    async fn clear_pieces(&self, place: &[u8]) -> Result<(), BoxError> {
        if let Some(count) = self.tx.get(place).await?.map(|value| count_of(&value)).transpose()?.flatten() {
            pieces::clear(&self.tx, place, count);
        }
        Ok(())
    }

    pub(super) async fn root(&self) -> Result<Root, BoxError> {
        let sealed = self.tx.get(ROOT).await?.ok_or(BoxError::Damaged)?;
        Root::decode(&open(&self.keys.index, b"root", &sealed)?)
    }

    pub(super) fn write_root(&self, root: &Root) {
        self.tx.set(ROOT, self.seal(&self.keys.index, b"root", &root.encode()));
    }

    async fn bucket(&self, root: &Root, number: usize) -> Result<Bucket, BoxError> {
        let generation = root.0.get(number).copied().ok_or(BoxError::Damaged)?;
        match (generation, self.tx.get(bucket_key(number)).await?) {
            (0, None) => Ok(Bucket::default()),
            (0, Some(_)) | (_, None) => Err(BoxError::Damaged),
            (_, Some(sealed)) => {
                Bucket::decode(&open(&self.keys.index, &bucket_data(number, generation), &sealed)?)
            }
        }
    }

    fn write_bucket(&self, root: &mut Root, number: usize, bucket: &Bucket) -> Result<(), BoxError> {
        let plain = bucket.encode();
        if plain.len() + OVERHEAD > StoreLimits::VALUE {
            return Err(BoxError::TooLarge);
        }
        let generation = root.0.get_mut(number).ok_or(BoxError::Damaged)?;
        *generation += 1;
        self.tx
            .set(bucket_key(number), self.seal(&self.keys.index, &bucket_data(number, *generation), &plain));
        self.write_root(root);
        Ok(())
    }

    /// The bucket of `id` and the key its record lies under.
    fn place(&self, id: &str) -> (usize, Vec<u8>) {
        let name = mac::hmac_sha256(self.keys.names.as_ref(), id.as_bytes());
        (usize::from(name[0]) % BUCKETS, [RECORD, &name[..]].concat())
    }

    /// Format byte, random nonce, ciphertext with its tag.
    fn seal(&self, key: &Aes256Key, associated_data: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; 12];
        self.entropy.fill(&mut nonce);
        let mut sealed = vec![FORMAT];
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&key.seal(&nonce, &of_this_version(associated_data), plain));
        sealed
    }
}

/// In how many pieces the record of this value is; `None` if the value is the record itself.
fn count_of(value: &[u8]) -> Result<Option<usize>, BoxError> {
    match value {
        [IN_PIECES, count @ ..] => {
            let count = count.try_into().map_err(|_| BoxError::Damaged)?;
            let count = usize::from(u16::from_be_bytes(count));
            if count <= pieces::of(MAX_RECORD + OVERHEAD) { Ok(Some(count)) } else { Err(BoxError::Damaged) }
        }
        _ => Ok(None),
    }
}

fn open(key: &Aes256Key, associated_data: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, BoxError> {
    let (&format, rest) = sealed.split_first().ok_or(BoxError::Damaged)?;
    if format != FORMAT {
        return Err(BoxError::UnknownVersion);
    }
    let (nonce, ciphertext) = rest.split_first_chunk::<12>().ok_or(BoxError::Damaged)?;
    key.open(nonce, &of_this_version(associated_data), ciphertext).map_err(|_| BoxError::Damaged)
}

/// The associated data with the version in front.
fn of_this_version(associated_data: &[u8]) -> Vec<u8> {
    [&[FORMAT], associated_data].concat()
}

fn bucket_key(number: usize) -> Vec<u8> {
    [BUCKET, format!("{number:02}").as_bytes()].concat()
}

fn bucket_data(number: usize, generation: u64) -> Vec<u8> {
    format!("bucket|{number}|{generation}").into_bytes()
}

fn record_data(id: &str, generation: u64) -> Vec<u8> {
    format!("record|{generation}|{id}").into_bytes()
}
