//! Secrets at rest: what lies in a store or a file is sealed with AES-256-GCM under a master key that lies elsewhere.
//!
//! The master key comes from a file that only its owner can read, or from a systemd credential (`LoadCredential=`). It
//! is a text of one or more lines, each a version word and 32 random bytes in base64url; the first line seals, the
//! others only open, so that a master key can be changed while everything sealed before is still read.
//!
//! Refused: a key file that its group or others can read, an empty or malformed one, and sealed bytes that were
//! changed, cut, moved to another name, or sealed under an unknown master key.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jigap_keys::aead::Aes256Key;
use jigap_keys::{Entropy, base64url, hash};
use zeroize::Zeroizing;

use crate::files::{self, PrivateFileError};

/// First word of each line of a master key file.
const KEY_LINE: &str = "jigap-master-key-1";

/// Largest master key file in bytes: far more keys than anybody keeps.
const MAX_FILE: u32 = 16 * 1024;

/// First byte of sealed bytes.
const SEALED_VERSION: u8 = 1;

const ID_LENGTH: usize = 8;
const NONCE_LENGTH: usize = 12;

/// Why a secret cannot be had. None names a secret's bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// The file cannot be read or written: the operator's fault.
    #[error("the master key file {0} cannot be used: {1}")]
    File(PathBuf, io::ErrorKind),
    /// Somebody else can read the file: the operator's fault.
    #[error("the master key file {0} can be read by others (chmod 600 it)")]
    Exposed(PathBuf),
    /// The file holds something else than master keys.
    #[error("the master key file {0} is malformed")]
    Malformed(PathBuf),
    /// The credential was not passed by systemd.
    #[error("there is no systemd credential of this name (LoadCredential=)")]
    NoCredential,
    /// Sealed under a master key that is not here.
    #[error("sealed under an unknown master key")]
    UnknownKey,
    /// Changed, cut, or sealed under another name.
    #[error("the sealed bytes cannot be opened")]
    Broken,
}

/// The master keys, and where nonces come from.
pub struct Vault {
    current: MasterKey,
    former: Vec<MasterKey>,
    entropy: Arc<dyn Entropy>,
}

struct MasterKey {
    id: [u8; ID_LENGTH],
    key: Aes256Key,
}

impl Vault {
    /// Makes a master key file with one fresh key, readable by its owner alone. Refuses to overwrite.
    pub fn init(path: &Path, entropy: &dyn Entropy) -> Result<(), SecretsError> {
        files::write_new_private(path, &fresh_line(entropy)).map_err(|error| file_error(path, &error))
    }

    /// Opens a master key file.
    pub fn open_file(path: &Path, entropy: Arc<dyn Entropy>) -> Result<Self, SecretsError> {
        Self::from_text(path, &read_private(path, 0o077)?, entropy)
    }

    /// Opens the systemd credential `name`: a file in `directory`, the value of `$CREDENTIALS_DIRECTORY`, which only the
    /// service can enter.
    pub fn open_credential(
        directory: Option<&Path>,
        name: &str,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, SecretsError> {
        if name.is_empty() || name.contains('/') || name.starts_with('.') {
            return Err(SecretsError::NoCredential);
        }
        let path = directory.ok_or(SecretsError::NoCredential)?.join(name);
        // systemd may grant access by an ACL, whose mask stands in the group's bits.
        Self::from_text(&path, &read_private(&path, 0o007)?, entropy)
    }

    /// Puts a fresh master key before those of the file: it seals from now on, the others still open. Takes effect in
    /// a process when it opens the file again. Once everything is sealed anew ([`Self::is_current`]), the old lines can
    /// be deleted.
    pub fn rotate(path: &Path, entropy: &dyn Entropy) -> Result<(), SecretsError> {
        let old = read_private(path, 0o077)?;
        parse(&old).ok_or_else(|| SecretsError::Malformed(path.to_owned()))?;
        let text = Zeroizing::new([fresh_line(entropy).as_slice(), &old].concat());
        let fresh = path.with_extension("new");
        files::write_new_private(&fresh, &text)
            .and_then(|()| std::fs::rename(&fresh, path))
            .and_then(|()| files::sync_folder(path))
            .map_err(|error| file_error(path, &error))
    }

    /// Seals `secret` under `name`, which is needed to open it and tells what it is for: `issuer/univ/credential-key`.
    ///
    /// The form: version (1 byte), id of the master key (8), nonce (12), ciphertext with tag. The nonce is random: one
    /// master key may seal 2³² secrets (NIST SP 800-38D §8.3).
    pub fn seal(&self, name: &str, secret: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LENGTH];
        self.entropy.fill(&mut nonce);
        let mut sealed = vec![SEALED_VERSION];
        sealed.extend_from_slice(&self.current.id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&self.current.key.seal(&nonce, &self.current.context(name), secret));
        sealed
    }

    /// Opens what [`Self::seal`] sealed under `name`.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretsError> {
        let (id, nonce, ciphertext) = split(sealed).ok_or(SecretsError::Broken)?;
        let master = self.keys().find(|master| master.id == *id).ok_or(SecretsError::UnknownKey)?;
        master.key.open(nonce, &master.context(name), ciphertext).map_err(|_| SecretsError::Broken)
    }

    /// Whether `sealed` stands under the current master key, so that it need not be sealed anew after a rotation.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        split(sealed).is_some_and(|(id, _, _)| *id == self.current.id)
    }

    fn from_text(path: &Path, text: &[u8], entropy: Arc<dyn Entropy>) -> Result<Self, SecretsError> {
        let mut keys = parse(text).unwrap_or_default().into_iter();
        let current = keys.next().ok_or_else(|| SecretsError::Malformed(path.to_owned()))?;
        Ok(Self { current, former: keys.collect(), entropy })
    }

    fn keys(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.current).chain(&self.former)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(redacted)")
    }
}

impl MasterKey {
    fn new(bytes: &Zeroizing<[u8; 32]>) -> Self {
        let named = Zeroizing::new([b"jigap master key id".as_slice(), bytes.as_slice()].concat());
        let mut id = [0; ID_LENGTH];
        id.iter_mut().zip(hash::sha256(&named)).for_each(|(to, from)| *to = from);
        Self { id, key: Aes256Key::from(**bytes) }
    }

    /// What is authenticated besides the secret: the form, the key and the name.
    fn context(&self, name: &str) -> Vec<u8> {
        [b"jigap sealed secret".as_slice(), &[SEALED_VERSION], &self.id, name.as_bytes()].concat()
    }
}

fn split(sealed: &[u8]) -> Option<(&[u8; ID_LENGTH], &[u8; NONCE_LENGTH], &[u8])> {
    let (version, rest) = sealed.split_first()?;
    let (id, rest) = rest.split_first_chunk()?;
    let (nonce, ciphertext) = rest.split_first_chunk()?;
    (*version == SEALED_VERSION).then_some((id, nonce, ciphertext))
}

fn fresh_line(entropy: &dyn Entropy) -> Zeroizing<Vec<u8>> {
    let key = Aes256Key::generate(entropy);
    let encoded = Zeroizing::new(base64url::encode(key.expose()));
    Zeroizing::new(format!("{KEY_LINE} {}\n", *encoded).into_bytes())
}

/// The keys of a file, in order; `None` where a line is anything else than a key.
fn parse(text: &[u8]) -> Option<Vec<MasterKey>> {
    let text = std::str::from_utf8(text).ok()?;
    text.lines().map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<MasterKey> {
    let encoded = line.strip_prefix(KEY_LINE)?.strip_prefix(' ')?;
    let decoded = Zeroizing::new(base64url::decode(encoded).ok()?);
    let mut bytes = Zeroizing::new([0; 32]);
    bytes.copy_from_slice(decoded.first_chunk::<32>().filter(|_| decoded.len() == 32)?);
    Some(MasterKey::new(&bytes))
}

/// Reads a file of which the permission bits `forbidden` are all clear.
fn read_private(path: &Path, forbidden: u32) -> Result<Zeroizing<Vec<u8>>, SecretsError> {
    files::read_closed(path, forbidden, MAX_FILE).map_err(|error| match error {
        PrivateFileError::Exposed => SecretsError::Exposed(path.to_owned()),
        PrivateFileError::Unfit => SecretsError::Malformed(path.to_owned()),
        PrivateFileError::Io(kind) => SecretsError::File(path.to_owned(), kind),
    })
}

fn file_error(path: &Path, error: &io::Error) -> SecretsError {
    SecretsError::File(path.to_owned(), error.kind())
}

#[cfg(test)]
mod tests;
