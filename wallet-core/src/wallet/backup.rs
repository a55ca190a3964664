//! Taking what is held elsewhere: `export` for people, an encrypted backup for another wallet.
//!
//! **A restore revives nothing that was shown.** A copy of a credential is shown once; were it in a backup too, the
//! restored wallet would show it again, and both verifiers would know that it is the same person. So a backup sets one
//! unused copy of each credential aside, in the commit before the file is made; the live wallet never shows it, and only
//! copies set aside are in the file. The last unused copy stays with the live wallet: of such a credential the backup
//! holds what it was, to be got from the issuer again. Every backup sets other copies aside. What this cannot prevent:
//! the same file restored into two wallets.
//!
//! The file, at most [`MAX_BACKUP`] bytes: `jigap-backup-1\n`, the length of the header (two bytes, big-endian), the header
//! (the box's own form: argon2id or key file, wrapping a random key), then AES-256-GCM of the content: nonce (12 bytes),
//! ciphertext, tag; everything before the nonce is authenticated with it. Refused: any other form, a wrong secret, a changed
//! or cut file, weak header parameters, copies not bound to their own key, and restoring into a wallet that was used.

use std::collections::BTreeSet;

use jigap_keys::aead::Aes256Key;
use jigap_keys::json::{self, Wiped};
use jigap_keys::{Entropy, mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::records::{self, Copy, Event, Held};
use super::vocabulary::Vocabulary;
use super::{Wallet, WalletError};
use crate::ports::StoreError;
use crate::wallet_box::{self, BoxError, Records, Unlock};

/// Largest backup in bytes: within what one transaction of the store may write.
pub const MAX_BACKUP: usize = 6 * 1024 * 1024;
const MAGIC: &[u8] = b"jigap-backup-1\n";
const LIMITS: json::Limits = json::Limits { bytes: MAX_BACKUP, depth: 8 };
/// Bytes of a backup beside its content, at most.
const MAX_HEAD: usize = 4096;
/// Longest id of a credential in a backup; ours have 22 characters.
const MAX_ID: usize = 64;

/// Why a backup could not be made or restored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BackupError {
    /// The file is no backup, or of another version: whoever gave it.
    #[error("this is not a backup of this version")]
    Form,
    /// The file is larger than [`MAX_BACKUP`], or the wallet would make one that is.
    #[error("the backup is too large")]
    TooLarge,
    /// The content was changed or cut after it was made.
    #[error("the backup is damaged")]
    Damaged,
    /// The passphrase or key file is not the backup's, or its header was changed.
    #[error(transparent)]
    Secret(BoxError),
    /// Only a new wallet takes a backup.
    #[error("this wallet was used already")]
    WalletInUse,
    /// The wallet failed.
    #[error(transparent)]
    Wallet(#[from] WalletError),
}

impl From<BoxError> for BackupError {
    fn from(error: BoxError) -> Self {
        Self::Wallet(error.into())
    }
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        Self::Wallet(error.into())
    }
}

/// A backup, and what it means for the live wallet.
pub struct BackedUp {
    /// The file's bytes.
    pub file: Vec<u8>,
    /// The credentials of which a copy was set aside.
    pub with_copy: Vec<Held>,
    /// The credentials that are in the backup by name only, because no copy could be spared.
    pub name_only: Vec<Held>,
}

/// What is in a backup: what the restored wallet will hold. No `Debug`: it holds keys and claims.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    credentials: Vec<Kept>,
    history: Vec<(String, Event)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    held: Held,
    copy: Option<Copy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vocabulary: Option<Vocabulary>,
}

impl Wallet {
    /// All that is held and was done, for reading elsewhere: no key, and nothing that can be presented. Holds claims.
    pub async fn export(&self) -> Result<Value, WalletError> {
        self.wallet_box
            .transact(|records| async move {
                let mut credentials = Vec::new();
                for held in records::held(&records).await? {
                    let copy = records::any_copy(&records, &held.id).await?;
                    credentials.push(exported(&held, copy.as_ref())?);
                }
                let history = records::numbered_history(&records).await?;
                Ok::<_, WalletError>(export_of(credentials, &history))
            })
            .await
    }

    /// Sets one copy of each credential aside and makes the file that `unlock` opens. Takes 64 MiB and about 130 ms of CPU
    /// for a passphrase.
    ///
    /// The copies are set aside before the file exists: if anything fails afterwards they are lost, never shown twice.
    pub async fn backup(&self, unlock: &Unlock<'_>) -> Result<BackedUp, BackupError> {
        let (content, plain) = self.wallet_box.transact(|records| self.set_aside(records)).await?;
        let file = seal(&plain, unlock, &self.entropy)?;
        let (mut with_copy, mut name_only) = (Vec::new(), Vec::new());
        for kept in content.credentials {
            if kept.copy.is_some() { with_copy.push(kept.held) } else { name_only.push(kept.held) }
        }
        Ok(BackedUp { file, with_copy, name_only })
    }

    /// Fills this new wallet with what is in `file`, whole or not at all. Returns what it holds then.
    pub async fn restore(&self, file: &[u8], unlock: &Unlock<'_>) -> Result<Vec<Held>, BackupError> {
        let content = &open(file, unlock)?;
        let restored = self.wallet_box.transact(|records| async move {
            if !records.list("").await?.is_empty() {
                return Ok::<_, WalletError>(false);
            }
            for kept in &content.credentials {
                records::keep(&records, &kept.held, kept.copy.as_slice()).await?;
                if let Some(vocabulary) = &kept.vocabulary {
                    vocabulary.keep(&records, &kept.held).await?;
                }
            }
            for (place, event) in &content.history {
                records.write(place, event).await?;
            }
            Ok(true)
        });
        if !restored.await? {
            return Err(BackupError::WalletInUse);
        }
        Ok(content.credentials.iter().map(|kept| kept.held.clone()).collect())
    }

    /// The content, and as it is sealed. One that is too large is refused before anything is committed: no copy is set
    /// aside for a file that cannot be.
    async fn set_aside(&self, records: Records) -> Result<(Content, Zeroizing<Vec<u8>>), BackupError> {
        let now = self.clock.now();
        let mut credentials = Vec::new();
        for mut held in records::held(&records).await? {
            let mut spared = None;
            if held.unused > 1 {
                let (id, mut copy) = records::unused_copy(&records, &held.id).await?;
                records::reserve(&records, (&id, &mut copy), &held.id, now).await?;
                // In the wallet it is restored into it is nobody else's.
                copy.reserved = None;
                spared = Some(copy);
            }
            (held.copies, held.unused) = (spared.iter().count(), spared.iter().count());
            let vocabulary = Vocabulary::kept(&records, &held).await?;
            credentials.push(Kept { held, copy: spared, vocabulary });
        }
        let content = Content { credentials, history: records::numbered_history(&records).await? };
        let plain = Zeroizing::new(serde_json::to_vec(&content).map_err(|_| BackupError::Form)?);
        if plain.len() + MAX_HEAD > MAX_BACKUP { Err(BackupError::TooLarge) } else { Ok((content, plain)) }
    }
}

/// What the wallet restored from `file` will export, as canonical JSON (RFC 8785).
pub fn canonical_form(file: &[u8], unlock: &Unlock<'_>) -> Result<String, BackupError> {
    let content = open(file, unlock)?;
    let exported: Result<Vec<Value>, WalletError> =
        content.credentials.iter().map(|kept| exported(&kept.held, kept.copy.as_ref())).collect();
    json::canonicalize(&export_of(exported?, &content.history)).map_err(|_| BackupError::Form)
}

fn exported(held: &Held, copy: Option<&Copy>) -> Result<Value, WalletError> {
    let claims = copy.map(Copy::open).transpose()?.map(|opened| opened.exported());
    let mut exported = serde_json::to_value(held).map_err(|_| BoxError::Unreadable)?;
    if let (Some(members), Some(claims)) = (exported.as_object_mut(), claims) {
        // What ties a copy to its key and status list says nothing about the person, only which copy it is.
        members.insert("claims".to_owned(), claims);
    }
    Ok(exported)
}

fn export_of(mut credentials: Vec<Value>, history: &[(String, Event)]) -> Value {
    credentials.sort_by_key(|one| one.get("id").and_then(Value::as_str).map(str::to_owned));
    let events: Vec<&Event> = history.iter().map(|(_, event)| event).collect();
    json!({ "format": "jigap-export-1", "credentials": credentials, "history": events })
}

fn seal(plain: &[u8], unlock: &Unlock<'_>, entropy: &dyn Entropy) -> Result<Vec<u8>, BackupError> {
    let mut data_key = Zeroizing::new([0; 32]);
    entropy.fill(data_key.as_mut());
    let header = wallet_box::wrap(&data_key, unlock, entropy).map_err(BackupError::Secret)?;
    let length = u16::try_from(header.len()).map_err(|_| BackupError::Form)?;
    let mut file = [MAGIC, &length.to_be_bytes(), &header].concat();
    let mut nonce = [0; 12];
    entropy.fill(&mut nonce);
    let sealed = content_key(&data_key).seal(&nonce, &file, plain);
    file.extend_from_slice(&nonce);
    file.extend_from_slice(&sealed);
    if file.len() > MAX_BACKUP { Err(BackupError::TooLarge) } else { Ok(file) }
}

fn open(file: &[u8], unlock: &Unlock<'_>) -> Result<Content, BackupError> {
    if file.len() > MAX_BACKUP {
        return Err(BackupError::TooLarge);
    }
    let rest = file.strip_prefix(MAGIC).ok_or(BackupError::Form)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(BackupError::Form)?;
    let header = rest.get(..usize::from(u16::from_be_bytes(*length))).ok_or(BackupError::Form)?;
    let (head, sealed) = file.split_at(MAGIC.len() + length.len() + header.len());
    let (nonce, ciphertext) = sealed.split_first_chunk::<12>().ok_or(BackupError::Damaged)?;
    let data_key = wallet_box::unwrap(header, unlock).map_err(BackupError::Secret)?;
    let plain = content_key(&data_key).open(nonce, head, ciphertext).map_err(|_| BackupError::Damaged)?;
    let value = Wiped::parse(&plain, LIMITS).map_err(|_| BackupError::Form)?;
    let content = Content::deserialize(&*value).map_err(|_| BackupError::Form)?;
    if content.is_sound() { Ok(content) } else { Err(BackupError::Form) }
}

/// A header of a box and one of a backup lead to different keys, even if one were put in the other's place.
fn content_key(data_key: &[u8; 32]) -> Aes256Key {
    let mut key = Zeroizing::new([0; 32]);
    mac::hkdf_sha256(data_key, b"", b"jigap backup content", key.as_mut());
    Aes256Key::from(*key)
}

impl Content {
    /// Whether it is what [`Wallet::backup`] writes: nobody else had the key, but a bug of ours may have.
    fn is_sound(&self) -> bool {
        let mut ids = BTreeSet::new();
        self.credentials.iter().all(|kept| ids.insert(&kept.held.id) && kept.is_sound())
            && self.history.iter().all(|(place, _)| place.starts_with("history/"))
    }
}

impl Kept {
    fn is_sound(&self) -> bool {
        let Held { id, copies, unused, .. } = &self.held;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let fresh = self.copy.as_ref().is_none_or(|copy| copy.is_unused() && copy.is_of(&self.held));
        let count = usize::from(self.copy.is_some());
        !id.is_empty()
            && id.len() <= MAX_ID
            && id.bytes().all(plain)
            && (*copies, *unused) == (count, count)
            && fresh
            && self.vocabulary.as_ref().is_none_or(Vocabulary::is_sound)
    }
}
