//! Passphrases and key files: typed without echo, or read from a file that only its owner can read.
//!
//! Refused: files that group or others can read, empty and short new passphrases, key files of another form. A key file is
//! one line, 32 random bytes in base64url.

use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use jigap_keys::{Entropy, base64url};
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::text::Text;
use jigap_wallet_core::wallet_box::Unlock;
use zeroize::Zeroizing;

use super::ask;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

/// Largest secret file in bytes.
const MAX_FILE: u64 = 4096;
/// Fewest characters of a new passphrase. A floor against slips, not a promise of strength.
const SHORTEST: usize = 8;

const GIVE_A_FILE: Text = Text::new(
    "give --passphrase-file FILE or --key-file FILE",
    "--passphrase-file FILE이나 --key-file FILE을 주십시오",
);
const PASSPHRASE: Text = Text::new("Passphrase", "암호");
const NEW_PASSPHRASE: Text = Text::new("New passphrase", "새 암호");
const AGAIN: Text = Text::new("Once more", "한 번 더");

/// What opens a wallet or backup. No `Debug`.
pub(super) enum Secret {
    Passphrase(Zeroizing<String>),
    Key(Zeroizing<[u8; 32]>),
}

/// Where a secret comes from: at most one of the files, else the terminal.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) passphrase_file: Option<&'a Path>,
    pub(super) key_file: Option<&'a Path>,
}

impl Secret {
    pub(super) fn unlock(&self) -> Unlock<'_> {
        match self {
            Self::Passphrase(passphrase) => Unlock::Passphrase(passphrase),
            Self::Key(key) => Unlock::KeyFile(key),
        }
    }
}

impl Source<'_> {
    /// The secret of something that is there already.
    pub(super) fn existing(self, talk: &Talk) -> Result<Secret, Failure> {
        match self.file()? {
            Some(secret) => Ok(secret),
            None => ask::hidden(&PASSPHRASE, GIVE_A_FILE, talk).map(Secret::Passphrase),
        }
    }

    /// The secret of something new: a passphrase is asked for twice, a key file made if it is not there.
    pub(super) fn new_one(self, talk: &Talk) -> Result<Secret, Failure> {
        if let Some(path) = self.key_file.filter(|path| !path.exists()) {
            make_key(path)?;
        }
        let secret = match self.file()? {
            Some(secret) => secret,
            None => Secret::Passphrase(twice(talk)?),
        };
        match &secret {
            Secret::Passphrase(passphrase) if passphrase.chars().count() < SHORTEST => {
                let what = Text::new("the passphrase has fewer than 8 characters", "암호가 8자보다 짧습니다");
                let hint = Text::new(
                    "whoever copies the wallet can try passphrases at leisure: take several words",
                    "지갑을 복사한 사람은 암호를 얼마든지 시도할 수 있습니다. 여러 낱말로 만드십시오",
                );
                Err(Failure::new(Exit::Usage, what).hint(hint))
            }
            _ => Ok(secret),
        }
    }

    fn file(self) -> Result<Option<Secret>, Failure> {
        match (self.passphrase_file, self.key_file) {
            (Some(path), _) => passphrase_of(path).map(Some),
            (None, Some(path)) => key_of(path).map(Some),
            (None, None) => Ok(None),
        }
    }
}

fn twice(talk: &Talk) -> Result<Zeroizing<String>, Failure> {
    let first = ask::hidden(&NEW_PASSPHRASE, GIVE_A_FILE, talk)?;
    let second = ask::hidden(&AGAIN, GIVE_A_FILE, talk)?;
    if *first == *second {
        return Ok(first);
    }
    Err(Failure::new(Exit::Usage, Text::new("the two passphrases differ", "두 암호가 서로 다릅니다")))
}

fn passphrase_of(path: &Path) -> Result<Secret, Failure> {
    let text = private_text(path)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let what = Text::new("the passphrase file is empty", "암호 파일이 비어 있습니다");
        return Err(Failure::new(Exit::Usage, what).detail(path.display()));
    }
    Ok(Secret::Passphrase(Zeroizing::new(line.to_owned())))
}

fn key_of(path: &Path) -> Result<Secret, Failure> {
    let malformed = || {
        let what = Text::new("this is not a key file", "키 파일이 아닙니다");
        let hint = Text::new(
            "a key file is one line: 32 bytes in base64url, as `jigap wallet init --key-file` makes it",
            "키 파일은 32바이트를 base64url로 적은 한 줄이며 `jigap wallet init --key-file`이 만듭니다",
        );
        Failure::new(Exit::Usage, what).detail(path.display()).hint(hint)
    };
    let text = private_text(path)?;
    let bytes = Zeroizing::new(base64url::decode(text.trim()).map_err(|_| malformed())?);
    <[u8; 32]>::try_from(bytes.as_slice())
        .map(|key| Secret::Key(Zeroizing::new(key)))
        .map_err(|_| malformed())
}

fn make_key(path: &Path) -> Result<(), Failure> {
    let mut key = Zeroizing::new([0; 32]);
    OsEntropy.fill(key.as_mut());
    let line = Zeroizing::new(base64url::encode(*key) + "\n");
    write_private(path, line.as_bytes())
}

/// Writes a file that did not exist, for its owner alone, and makes it durable.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = || {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    written().map_err(|error: io::Error| {
        let what = Text::new("cannot write the file", "파일을 쓸 수 없습니다");
        Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()))
    })
}

/// The text of a file that neither group nor others can read. The permissions are those of the file that is open.
#[expect(clippy::disallowed_methods, reason = "the command line reads the files a person names")]
fn private_text(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let failed = |error: io::Error| {
        let what = Text::new("cannot read the file", "파일을 읽을 수 없습니다");
        Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()))
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.mode() & 0o077 != 0 {
        let what = Text::new("others can read the file", "다른 사용자가 읽을 수 있는 파일입니다");
        let hint = Text::new("chmod 600 it", "chmod 600으로 권한을 고치십시오");
        return Err(Failure::new(Exit::Usage, what).detail(path.display()).hint(hint));
    }
    let mut text = Zeroizing::new(String::with_capacity(MAX_FILE as usize + 1));
    file.take(MAX_FILE).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

#[cfg(test)]
mod tests;
