//! The wallet's box: encrypted records over the `Store` port.
//!
//! A random data key, wrapped by a key from a passphrase or a key file ([`Unlock`]), opens an authenticated index; the
//! index holds a fresh random key for every record. On disk no name, issuer, claim or record id is in the clear: records
//! lie under keyed hashes of their ids. What an attacker with the disk can do is in docs/THREATS.md, "The wallet's box".
//!
//! Refused: a wrong secret ([`BoxError::WrongSecret`], never an empty wallet), a header with weak parameters, and any
//! record, bucket or root that is missing, changed or from an older generation ([`BoxError::Damaged`]). What is left of a box
//! whose header is missing is damaged too, not an empty store: no new box is made over it.

mod header;
mod index;
mod records;

use std::sync::Arc;

pub use header::Unlock;
pub(crate) use header::{unwrap, wrap};
use jigap_keys::aead::Aes256Key;
use jigap_keys::{Entropy, mac};
pub use records::{MAX_RECORD, Records};
use zeroize::Zeroizing;

use self::index::{BUCKETS, Root};
use crate::ports::{KeyRange, Store, StoreError, Tx, transact};

/// What every key of a box begins with.
const BOX: &[u8] = b"box/";
/// Where the header stands.
const HEADER: &[u8] = b"box/header";

/// Why a box did not open, or a record could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BoxError {
    /// The passphrase or key file is not this box's, or the header was changed.
    #[error("the passphrase or key file is wrong")]
    WrongSecret,
    /// This box is opened by a passphrase.
    #[error("this wallet is opened by a passphrase")]
    WantsPassphrase,
    /// This box is opened by a key file.
    #[error("this wallet is opened by a key file")]
    WantsKeyFile,
    /// There is no box in this store.
    #[error("there is no wallet here")]
    Absent,
    /// There is a box in this store already.
    #[error("there is a wallet here already")]
    Exists,
    /// The header asks for weaker key stretching than ours, or for absurdly much.
    #[error("the wallet's key parameters are refused")]
    RefusedParameters,
    /// Written by a newer Jigap.
    #[error("the wallet was written by a newer version")]
    UnknownVersion,
    /// Something is missing, changed or rolled back.
    #[error("the wallet is damaged: something was removed, changed or rolled back")]
    Damaged,
    /// An id or record is too long.
    #[error("a record is too large for the wallet")]
    TooLarge,
    /// The record is not of the form its reader expects.
    #[error("a record of the wallet cannot be read")]
    Unreadable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The keys an open box works with. Never printed, wiped when dropped.
struct BoxKeys {
    /// Names records: HMAC key over their ids.
    names: Zeroizing<[u8; 32]>,
    /// Seals buckets and the root.
    index: Aes256Key,
}

impl BoxKeys {
    fn from_data_key(data_key: &[u8; 32]) -> Self {
        let (mut names, mut index) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
        mac::hkdf_sha256(data_key, b"", b"jigap box record names", names.as_mut());
        mac::hkdf_sha256(data_key, b"", b"jigap box index", index.as_mut());
        Self { names, index: Aes256Key::from(*index) }
    }
}

/// An open box. Cheap to clone.
#[derive(Clone)]
pub struct WalletBox {
    store: Arc<dyn Store>,
    entropy: Arc<dyn Entropy>,
    keys: Arc<BoxKeys>,
}

impl WalletBox {
    /// Makes a box in `store`, where there must be nothing of another. Takes 64 MiB and about 130 ms of CPU for a passphrase.
    pub async fn create(
        store: Arc<dyn Store>,
        unlock: &Unlock<'_>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, BoxError> {
        let mut data_key = Zeroizing::new([0; 32]);
        entropy.fill(data_key.as_mut());
        let header = header::wrap(&data_key, unlock, &entropy)?;
        let this = Self { store, entropy, keys: Arc::new(BoxKeys::from_data_key(&data_key)) };
        let (this_ref, header) = (&this, &header);
        transact(&*this.store, |tx| async move {
            if read_header(&tx).await?.is_some() {
                return Err(BoxError::Exists);
            }
            tx.set(HEADER, header);
            this_ref.records(tx).write_root(&Root([0; BUCKETS]));
            Ok(())
        })
        .await?;
        Ok(this)
    }

    /// Opens the box in `store`. Takes 64 MiB and about 130 ms of CPU for a passphrase.
    pub async fn open(
        store: Arc<dyn Store>,
        unlock: &Unlock<'_>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, BoxError> {
        let header = read_header(&store.begin().await?).await?.ok_or(BoxError::Absent)?;
        let data_key = header::unwrap(&header, unlock)?;
        let this = Self { store, entropy, keys: Arc::new(BoxKeys::from_data_key(&data_key)) };
        this.transact(|records| async move { records.root().await.map(|_| ()) }).await?;
        Ok(this)
    }

    /// Reads the whole box, every record of it, and says how many there are: opening it reads its header and root alone.
    /// [`BoxError::Damaged`] if anything was removed, changed or rolled back.
    pub async fn check(&self) -> Result<usize, BoxError> {
        let mut count = 0;
        // A transaction each: no one of them takes longer than a store allows.
        for number in 0..BUCKETS {
            count += self.transact(|records| async move { records.check(number).await }).await?;
        }
        Ok(count)
    }

    /// Makes the box open with `new` instead of `old`. The data key stays; the old header is overwritten.
    pub async fn change_secret(&self, old: &Unlock<'_>, new: &Unlock<'_>) -> Result<(), BoxError> {
        let header = read_header(&self.store.begin().await?).await?.ok_or(BoxError::Absent)?;
        let data_key = header::unwrap(&header, old)?;
        let (header, changed) = (&header, &header::wrap(&data_key, new, &self.entropy)?);
        transact(&*self.store, |tx| async move {
            if tx.get(HEADER).await?.as_ref() != Some(header) {
                return Err(BoxError::Store(StoreError::Conflict));
            }
            tx.set(HEADER, changed);
            Ok(())
        })
        .await
    }

    /// Runs `body` on the box's records and commits what it wrote, whole or not at all; again from the start on a
    /// conflict, so `body` must have no other effect.
    pub async fn transact<T, E, F, Fut>(&self, body: F) -> Result<T, E>
    where
        E: From<BoxError> + From<StoreError>,
        F: Fn(Records) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        transact(&*self.store, |tx| body(self.records(tx))).await
    }

    fn records(&self, tx: Tx) -> Records {
        Records::new(tx, Arc::clone(&self.keys), Arc::clone(&self.entropy))
    }
}

/// The header; `None` where there is no box, nor anything left of one.
async fn read_header(tx: &Tx) -> Result<Option<Vec<u8>>, BoxError> {
    let header = tx.get(HEADER).await?;
    if header.is_none() && !tx.range(&KeyRange::prefix(BOX), 1).await?.is_empty() {
        return Err(BoxError::Damaged);
    }
    Ok(header)
}
