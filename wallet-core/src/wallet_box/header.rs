//! The box's header: how the passphrase or key file becomes the key that wraps the data key.
//!
//! It is stored in the clear and authenticated: its fields are the associated data of the wrapped data key, so a header
//! somebody changed does not open. Parameters weaker than ours are refused before any work, as are absurd ones.

use argon2::{Algorithm, Argon2, Params, Version};
use jigap_keys::aead::Aes256Key;
use jigap_keys::{Entropy, base64url, json, mac};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::BoxError;

/// The only header version there is.
const VERSION: u32 = 1;
/// argon2id memory of new boxes and least accepted, in KiB (64 MiB; RFC 9106 §4, second recommended option).
const MIN_MEMORY_KIB: u32 = 64 * 1024;
/// argon2id passes of new boxes and least accepted (RFC 9106 §4).
const MIN_PASSES: u32 = 3;
/// argon2id lanes of new boxes and least accepted (RFC 9106 §4).
const MIN_LANES: u32 = 1;
/// Most of each that a foreign header may make us spend: 1 GiB, 16 passes, 16 lanes.
const MAX_COST: (u32, u32, u32) = (1024 * 1024, 16, 16);
/// Bytes of salt (RFC 9106 §3.1 recommends 16).
const SALT: usize = 16;
const LIMITS: json::Limits = json::Limits { bytes: 4096, depth: 3 };

/// What opens a box.
pub enum Unlock<'a> {
    /// A passphrase, stretched by argon2id. Any Unicode text, compared byte by byte.
    Passphrase(&'a str),
    /// The 32 random bytes of a key file.
    KeyFile(&'a [u8; 32]),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    version: u32,
    kdf: Kdf,
    nonce: String,
    wrapped: String,
}

#[derive(Serialize, Deserialize, Clone, PartialEq)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
enum Kdf {
    Argon2id { memory_kib: u32, passes: u32, lanes: u32, salt: String },
    KeyFile { salt: String },
}

/// Wraps `data_key` for `unlock` and returns the header's bytes.
pub(crate) fn wrap(
    data_key: &[u8; 32],
    unlock: &Unlock<'_>,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, BoxError> {
    let (mut salt, mut nonce) = ([0; SALT], [0; 12]);
    entropy.fill(&mut salt);
    entropy.fill(&mut nonce);
    let salt = base64url::encode(salt);
    let kdf = match unlock {
        Unlock::Passphrase(_) => {
            Kdf::Argon2id { memory_kib: MIN_MEMORY_KIB, passes: MIN_PASSES, lanes: MIN_LANES, salt }
        }
        Unlock::KeyFile(_) => Kdf::KeyFile { salt },
    };
    let wrapped = derive(&kdf, unlock)?.seal(&nonce, &associated_data(&kdf), data_key);
    let header = Header {
        version: VERSION,
        kdf,
        nonce: base64url::encode(nonce),
        wrapped: base64url::encode(wrapped),
    };
    serde_json::to_vec(&header).map_err(|_| BoxError::Damaged)
}

/// Opens the header's bytes with `unlock` and returns the data key.
pub(crate) fn unwrap(header: &[u8], unlock: &Unlock<'_>) -> Result<Zeroizing<[u8; 32]>, BoxError> {
    let value = json::parse(header, LIMITS).map_err(|_| BoxError::Damaged)?;
    if value.get("version").and_then(serde_json::Value::as_u64) != Some(u64::from(VERSION)) {
        return Err(BoxError::UnknownVersion);
    }
    let header: Header = serde_json::from_value(value).map_err(|_| BoxError::Damaged)?;
    let nonce = decode::<12>(&header.nonce)?;
    let wrapped = base64url::decode(&header.wrapped).map_err(|_| BoxError::Damaged)?;
    let opened = derive(&header.kdf, unlock)?
        .open(&nonce, &associated_data(&header.kdf), &wrapped)
        .map_err(|_| BoxError::WrongSecret)?;
    <[u8; 32]>::try_from(opened.as_slice()).map(Zeroizing::new).map_err(|_| BoxError::Damaged)
}

/// The key that wraps the data key. 64 MiB and about 130 ms for a passphrase.
fn derive(kdf: &Kdf, unlock: &Unlock<'_>) -> Result<Aes256Key, BoxError> {
    let mut key = Zeroizing::new([0; 32]);
    match (kdf, unlock) {
        (Kdf::Argon2id { memory_kib, passes, lanes, salt }, Unlock::Passphrase(passphrase)) => {
            let params = accepted(*memory_kib, *passes, *lanes)?;
            let salt = decode::<SALT>(salt)?;
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(passphrase.as_bytes(), &salt, key.as_mut())
                .map_err(|_| BoxError::WrongSecret)?;
        }
        (Kdf::KeyFile { salt }, Unlock::KeyFile(secret)) => {
            mac::hkdf_sha256(*secret, &decode::<SALT>(salt)?, b"jigap box key file", key.as_mut());
        }
        (Kdf::Argon2id { .. }, Unlock::KeyFile(_)) => return Err(BoxError::WantsPassphrase),
        (Kdf::KeyFile { .. }, Unlock::Passphrase(_)) => return Err(BoxError::WantsKeyFile),
    }
    Ok(Aes256Key::from(*key))
}

fn accepted(memory_kib: u32, passes: u32, lanes: u32) -> Result<Params, BoxError> {
    let weak = memory_kib < MIN_MEMORY_KIB || passes < MIN_PASSES || lanes < MIN_LANES;
    let absurd = memory_kib > MAX_COST.0 || passes > MAX_COST.1 || lanes > MAX_COST.2;
    if weak || absurd {
        return Err(BoxError::RefusedParameters);
    }
    Params::new(memory_kib, passes, lanes, Some(32)).map_err(|_| BoxError::RefusedParameters)
}

fn associated_data(kdf: &Kdf) -> Vec<u8> {
    let fields = match kdf {
        Kdf::Argon2id { memory_kib, passes, lanes, salt } => {
            format!("argon2id|{memory_kib}|{passes}|{lanes}|{salt}")
        }
        Kdf::KeyFile { salt } => format!("key-file|{salt}"),
    };
    format!("jigap box header|{VERSION}|{fields}").into_bytes()
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], BoxError> {
    base64url::decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(BoxError::Damaged)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::Repeatable;

    const DATA_KEY: [u8; 32] = [7; 32];

    fn header(unlock: &Unlock<'_>) -> Vec<u8> {
        wrap(&DATA_KEY, unlock, &Repeatable::new(1)).unwrap()
    }

    fn changed(header: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut value: Value = serde_json::from_slice(header).unwrap();
        change(&mut value);
        serde_json::to_vec(&value).unwrap()
    }

    #[test]
    fn the_right_secret_opens_and_a_wrong_one_is_an_error() {
        let header = header(&Unlock::Passphrase("오늘의 비밀"));
        assert_eq!(*unwrap(&header, &Unlock::Passphrase("오늘의 비밀")).unwrap(), DATA_KEY);
        assert_eq!(unwrap(&header, &Unlock::Passphrase("오늘의 비멸")), Err(BoxError::WrongSecret));
        assert_eq!(unwrap(&header, &Unlock::KeyFile(&[1; 32])), Err(BoxError::WantsPassphrase));
    }

    #[test]
    fn a_key_file_opens_its_own_box_only() {
        let header = header(&Unlock::KeyFile(&[1; 32]));
        assert_eq!(*unwrap(&header, &Unlock::KeyFile(&[1; 32])).unwrap(), DATA_KEY);
        assert_eq!(unwrap(&header, &Unlock::KeyFile(&[2; 32])), Err(BoxError::WrongSecret));
        assert_eq!(unwrap(&header, &Unlock::Passphrase("x")), Err(BoxError::WantsKeyFile));
    }

    #[test]
    fn weaker_and_absurd_parameters_are_refused_before_any_work() {
        let header = header(&Unlock::Passphrase("p"));
        for (field, value) in [
            ("memory_kib", json!(1024)),
            ("memory_kib", json!(u32::MAX)),
            ("passes", json!(2)),
            ("lanes", json!(0)),
            ("passes", json!(4_000_000)),
        ] {
            let bad = changed(&header, |header| header["kdf"][field] = value.clone());
            assert_eq!(
                unwrap(&bad, &Unlock::Passphrase("p")),
                Err(BoxError::RefusedParameters),
                "{field}={value}"
            );
        }
    }

    #[test]
    fn a_changed_header_does_not_open() {
        let header = header(&Unlock::Passphrase("p"));
        let other_passes = changed(&header, |header| header["kdf"]["passes"] = json!(4));
        assert_eq!(unwrap(&other_passes, &Unlock::Passphrase("p")), Err(BoxError::WrongSecret));
        let extra = changed(&header, |header| header["kdf"]["hint"] = json!("x"));
        assert_eq!(unwrap(&extra, &Unlock::Passphrase("p")), Err(BoxError::Damaged));
        let version = changed(&header, |header| header["version"] = json!(2));
        assert_eq!(unwrap(&version, &Unlock::Passphrase("p")), Err(BoxError::UnknownVersion));
        for cut in [0, 1, header.len() / 2, header.len() - 1] {
            assert!(unwrap(&header[..cut], &Unlock::Passphrase("p")).is_err());
        }
    }
}
