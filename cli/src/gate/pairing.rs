//! Which scanners in browsers are paired with a gate: two files in its folder.
//!
//! `pairing.json` holds the code that pairs the next one, as a hash, and when it ends; it is gone as soon as it was used.
//! `scanners.json` holds the hash of each paired scanner's token and when it was paired. Neither holds a secret: codes and
//! tokens have 256 bits.

use std::path::{Path, PathBuf};

use jigap_keys::Entropy;
use jigap_platform::files;
use jigap_platform::http::TokenHash;
use jigap_wallet_core::sealing::random_id;
use jigap_wallet_core::time::{Seconds, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

const CODE: &str = "pairing.json";
const SCANNERS: &str = "scanners.json";
/// Held while one of them is read and written anew: `gate pair` and `gate serve` are two processes.
const LOCK: &str = "pairing.lock";
/// How long a code counts.
const CODE_LIFE: Seconds = Seconds(10 * 60);
/// Most scanners of a gate.
const MOST: usize = 100;

/// The folder of a gate, as far as pairing goes.
pub(crate) struct Pairing {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    hash: String,
    ends: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PairedScanner {
    token: String,
    paired_at: i64,
}

impl Pairing {
    /// In this folder.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Makes a code; one made before counts no more.
    pub(crate) fn make_code(
        &self,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> std::io::Result<Zeroizing<String>> {
        let _held = self.hold()?;
        let code = secret(entropy);
        let hash = TokenHash::of(&code).to_text();
        self.write(CODE, &Code { hash, ends: now.plus(CODE_LIFE).unix() })?;
        Ok(code)
    }

    /// Uses `code` up and pairs a scanner: its token. `None` where the code does not count.
    pub(crate) fn redeem(
        &self,
        code: &str,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> std::io::Result<Option<Zeroizing<String>>> {
        let _held = self.hold()?;
        let Some(kept) = self.read::<Code>(CODE)? else { return Ok(None) };
        let counts =
            TokenHash::parse(&kept.hash).is_some_and(|hash| hash.matches(code)) && now.unix() < kept.ends;
        let mut scanners = self.scanners()?;
        if !counts || scanners.len() >= MOST {
            return Ok(None);
        }
        std::fs::remove_file(self.folder.join(CODE))?;
        let token = secret(entropy);
        scanners.push(PairedScanner { token: TokenHash::of(&token).to_text(), paired_at: now.unix() });
        self.write(SCANNERS, &scanners)?;
        Ok(Some(token))
    }

    /// Whether a scanner with this token is paired.
    pub(crate) fn knows(&self, token: &str) -> bool {
        let hashes = self.scanners().unwrap_or_default();
        hashes.iter().filter_map(|it| TokenHash::parse(&it.token)).any(|hash| hash.matches(token))
    }

    /// Forgets every scanner; says how many there were.
    pub(crate) fn forget(&self) -> std::io::Result<usize> {
        let _held = self.hold()?;
        let count = self.scanners()?.len();
        self.write(SCANNERS, &Vec::<PairedScanner>::new())?;
        Ok(count)
    }

    /// The lock, until it is dropped. A process that dies lets it go.
    #[expect(clippy::disallowed_methods, reason = "the file holds nothing: it is locked, not read")]
    fn hold(&self) -> std::io::Result<std::fs::File> {
        let file = std::fs::File::create(self.folder.join(LOCK))?;
        file.lock()?;
        Ok(file)
    }

    fn scanners(&self) -> std::io::Result<Vec<PairedScanner>> {
        Ok(self.read(SCANNERS)?.unwrap_or_default())
    }

    fn read<T: serde::de::DeserializeOwned>(&self, name: &str) -> std::io::Result<Option<T>> {
        match files::read(&self.folder.join(name)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(std::io::Error::other),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, name: &str, value: &impl Serialize) -> std::io::Result<()> {
        let bytes = serde_json::to_vec(value).map_err(std::io::Error::other)?;
        files::replace_private(&self.folder.join(name), &bytes)
    }
}

/// 256 random bits, in base64url.
fn secret(entropy: &dyn Entropy) -> Zeroizing<String> {
    Zeroizing::new(random_id::<32>(entropy))
}

#[cfg(test)]
mod tests {
    use jigap_platform::entropy::OsEntropy;

    use super::*;

    #[test]
    fn a_code_pairs_one_scanner_within_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let pairing = Pairing::in_folder(folder.path());
        let now = Timestamp::from_unix(1_000_000);
        let redeem = |code: &str, now| pairing.redeem(code, now, &OsEntropy).unwrap();
        assert!(redeem("", now).is_none(), "there is no code");
        let first = pairing.make_code(now, &OsEntropy).unwrap();
        let code = pairing.make_code(now, &OsEntropy).unwrap();
        assert!(redeem(&first, now).is_none() && redeem("guess", now).is_none());
        let late = now.plus(CODE_LIFE);
        assert!(redeem(&code, late).is_none());
        let token = redeem(&code, late.minus(Seconds(1))).unwrap();
        assert!(redeem(&code, now).is_none(), "a code counts once");
        assert!(pairing.knows(&token) && !pairing.knows(&code) && !pairing.knows(""));
        assert_eq!(pairing.forget().unwrap(), 1);
        assert!(!pairing.knows(&token));
    }

    #[test]
    fn of_many_at_once_one_is_paired_and_nobody_who_was_forgotten_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let pairing = || Pairing::in_folder(folder.path());
        let now = Timestamp::from_unix(1_000_000);
        for _ in 0..20 {
            let code = pairing().make_code(now, &OsEntropy).unwrap();
            let tokens = std::thread::scope(|scope| {
                let redeem = || pairing().redeem(&code, now, &OsEntropy).unwrap();
                let at_once: Vec<_> = (0..4).map(|_| scope.spawn(redeem)).collect();
                let forgotten = scope.spawn(|| pairing().forget().unwrap());
                let tokens: Vec<_> = at_once.into_iter().filter_map(|it| it.join().unwrap()).collect();
                (tokens, forgotten.join().unwrap())
            });
            let (tokens, forgotten) = tokens;
            assert_eq!(tokens.len(), 1);
            assert_eq!(pairing().knows(&tokens[0]), forgotten == 0);
            pairing().forget().unwrap();
        }
    }

    #[test]
    fn files_hold_no_secret_and_broken_ones_pair_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let pairing = Pairing::in_folder(folder.path());
        let now = Timestamp::from_unix(1_000_000);
        let code = pairing.make_code(now, &OsEntropy).unwrap();
        let kept = files::read(&folder.path().join(CODE)).unwrap();
        assert!(!String::from_utf8(kept).unwrap().contains(code.as_str()));
        files::replace(&folder.path().join(SCANNERS), b"{}").unwrap();
        assert!(pairing.redeem(&code, now, &OsEntropy).is_err());
        assert!(!pairing.knows("") && pairing.forget().is_err());
    }
}
