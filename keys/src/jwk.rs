//! JSON Web Key (RFC 7517; EC: RFC 7518 §6.2; OKP: RFC 8037 §2) and its thumbprint (RFC 7638).
//!
//! Refused: other types and curves, coordinates that are not base64url of exactly the curve's length, a private key
//! where a public one belongs, and `alg`, `use` or `key_ops` that contradict the key, each other or the purpose.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::json::{Limits, Wiped};
use crate::{KeyError, KeyType, PrivateKey, PublicKey, base64url, hash};

/// Of the text of a private key, with whatever else its owner keeps in it.
const LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 8 };

/// What a key is taken for, where `use`, `alg` or `key_ops` may forbid it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing or verifying (`use` is `sig`).
    Signature,
    /// Agreeing on a secret to encrypt with (`use` is `enc`).
    Agreement,
}

impl PublicKey {
    /// Reads a JWK that holds a public key, for whatever purpose it has.
    ///
    /// # Errors
    /// [`KeyError`] naming what is wrong; a JWK with `d` is [`KeyError::PrivateMaterial`].
    pub fn from_jwk(jwk: &Value) -> Result<Self, KeyError> {
        let jwk = object(jwk)?;
        let key = public(jwk)?;
        Permission::of(jwk, key.key_type())?;
        Ok(key)
    }

    /// Reads a JWK that holds a public key, and refuses it if it is not for `purpose`.
    ///
    /// # Errors
    /// As [`from_jwk`](Self::from_jwk); [`KeyError::Contradiction`] of `use` if the key is meant for something else.
    pub fn from_jwk_for(jwk: &Value, purpose: Purpose) -> Result<Self, KeyError> {
        let jwk = object(jwk)?;
        let key = public(jwk)?;
        Permission::of(jwk, key.key_type())?.wants(purpose)?;
        Ok(key)
    }

    /// The JWK: `kty`, `crv`, `x`, and `y` for the NIST curves.
    pub fn to_jwk(&self) -> Value {
        let crv = self.key_type().crv();
        match self.coordinates() {
            (x, Some(y)) => {
                json!({"kty": "EC", "crv": crv, "x": base64url::encode(x), "y": base64url::encode(y)})
            }
            (x, None) => json!({"kty": "OKP", "crv": crv, "x": base64url::encode(x)}),
        }
    }

    /// The thumbprint of the JWK by SHA-256 (RFC 7638 §3), in base64url: 43 characters.
    pub fn thumbprint(&self) -> String {
        let crv = self.key_type().crv();
        let (x, y) = self.coordinates();
        let x = base64url::encode(x);
        let required = match y {
            Some(y) => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{}"}}"#, base64url::encode(y)),
            None => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
        };
        base64url::encode(hash::sha256(required.as_bytes()))
    }
}

impl PrivateKey {
    /// Reads the JSON text of a JWK that holds a private key with its public half. What is made of it on the way is wiped; the
    /// text is the caller's to wipe.
    ///
    /// # Errors
    /// [`KeyError`] naming what is wrong; [`KeyError::Mismatch`] if the halves do not belong together.
    pub fn from_jwk(text: &[u8]) -> Result<Self, KeyError> {
        Self::from_jwk_value(&Wiped::parse(text, LIMITS).map_err(|_| KeyError::Malformed("jwk"))?)
    }

    /// As [`from_jwk`](Self::from_jwk), where the JWK stands in another document.
    ///
    /// # Errors
    /// As [`from_jwk`](Self::from_jwk).
    pub fn from_jwk_value(jwk: &Wiped) -> Result<Self, KeyError> {
        let jwk = object(jwk)?;
        let key_type = key_type(jwk)?;
        Permission::of(jwk, key_type)?;
        let secret = Zeroizing::new(bytes(jwk, "d", key_type.size())?);
        let key = Self::from_secret(key_type, &secret)?;
        key.with_public(&point(jwk, key_type)?)
    }

    /// The JWK with `d`, as JSON text.
    pub fn to_jwk(&self) -> Zeroizing<String> {
        let public = self.public();
        let kty = if public.key_type().curve().is_some() { "EC" } else { "OKP" };
        let crv = public.key_type().crv();
        let (x, y) = public.coordinates();
        let d = Zeroizing::new(base64url::encode(self.secret()));
        // Room for all of it, so that no half-written copy is left behind by growing.
        let mut text = Zeroizing::new(String::with_capacity(512));
        let y = y.map(|y| format!(r#""y":"{}","#, base64url::encode(y))).unwrap_or_default();
        let x = base64url::encode(x);
        // Writing to a String cannot fail.
        let _ = write!(text, r#"{{"kty":"{kty}","crv":"{crv}","x":"{x}",{y}"d":"{}"}}"#, *d);
        text
    }
}

/// Which purposes a JWK or COSE_Key leaves open.
#[derive(Clone, Copy)]
pub(crate) struct Permission {
    pub(crate) signature: bool,
    pub(crate) agreement: bool,
}

impl Permission {
    /// What keys of this type can do at all.
    pub(crate) fn of_type(key_type: KeyType) -> Self {
        Self { signature: key_type.jose_alg().is_some(), agreement: key_type != KeyType::Ed25519 }
    }

    fn of(jwk: &Map<String, Value>, key_type: KeyType) -> Result<Self, KeyError> {
        Self::of_type(key_type)
            .narrowed("alg", Self::by_alg(jwk, key_type)?)?
            .narrowed("use", Self::by_use(jwk)?)?
            .narrowed("key_ops", Self::by_key_ops(jwk)?)
    }

    /// RFC 7517 §4.4. `Ed25519` is the fully specified name of what `EdDSA` means here (RFC 9864 §2.2).
    fn by_alg(jwk: &Map<String, Value>, key_type: KeyType) -> Result<Option<Self>, KeyError> {
        let Some(alg) = text(jwk, "alg")? else { return Ok(None) };
        let signature =
            key_type.jose_alg() == Some(alg) || (key_type == KeyType::Ed25519 && alg == "Ed25519");
        let agreement = matches!(alg, "ECDH-ES" | "ECDH-ES+A128KW" | "ECDH-ES+A192KW" | "ECDH-ES+A256KW");
        Ok(Some(Self { signature, agreement }))
    }

    /// RFC 7517 §4.2.
    fn by_use(jwk: &Map<String, Value>) -> Result<Option<Self>, KeyError> {
        let meant = text(jwk, "use")?;
        Ok(meant.map(|meant| Self { signature: meant == "sig", agreement: meant == "enc" }))
    }

    /// RFC 7517 §4.3. A public key of ECDH has no operation of its own: WebCrypto writes an empty list.
    fn by_key_ops(jwk: &Map<String, Value>) -> Result<Option<Self>, KeyError> {
        let Some(operations) = jwk.get("key_ops") else { return Ok(None) };
        let operations = operations.as_array().ok_or(KeyError::Malformed("key_ops"))?;
        let distinct =
            operations.iter().enumerate().all(|(at, it)| !operations.iter().take(at).any(|o| o == it));
        if !distinct || !operations.iter().all(Value::is_string) {
            return Err(KeyError::Malformed("key_ops"));
        }
        let any = |names: [&str; 2]| operations.iter().any(|it| names.iter().any(|name| it == name));
        let agreement = operations.is_empty() || any(["deriveKey", "deriveBits"]);
        Ok(Some(Self { signature: any(["sign", "verify"]), agreement }))
    }

    /// What this and `other` leave open; nothing left is a contradiction by `member`.
    pub(crate) fn narrowed(self, member: &'static str, other: Option<Self>) -> Result<Self, KeyError> {
        let Some(other) = other else { return Ok(self) };
        let both = Self {
            signature: self.signature && other.signature,
            agreement: self.agreement && other.agreement,
        };
        if both.signature || both.agreement { Ok(both) } else { Err(KeyError::Contradiction(member)) }
    }

    pub(crate) fn wants(self, purpose: Purpose) -> Result<(), KeyError> {
        let open = match purpose {
            Purpose::Signature => self.signature,
            Purpose::Agreement => self.agreement,
        };
        if open { Ok(()) } else { Err(KeyError::Contradiction("use")) }
    }
}

fn object(jwk: &Value) -> Result<&Map<String, Value>, KeyError> {
    jwk.as_object().ok_or(KeyError::Malformed("jwk"))
}

fn public(jwk: &Map<String, Value>) -> Result<PublicKey, KeyError> {
    let key_type = key_type(jwk)?;
    if jwk.contains_key("d") {
        return Err(KeyError::PrivateMaterial);
    }
    point(jwk, key_type)
}

fn key_type(jwk: &Map<String, Value>) -> Result<KeyType, KeyError> {
    let kty = text(jwk, "kty")?.ok_or(KeyError::Malformed("kty"))?;
    let of_kty: &[KeyType] = match kty {
        "EC" => &[KeyType::P256, KeyType::P384, KeyType::P521],
        "OKP" => &[KeyType::Ed25519, KeyType::X25519],
        _ => return Err(KeyError::Unsupported),
    };
    let crv = text(jwk, "crv")?.ok_or(KeyError::Malformed("crv"))?;
    of_kty.iter().copied().find(|it| it.crv() == crv).ok_or(KeyError::Unsupported)
}

fn point(jwk: &Map<String, Value>, key_type: KeyType) -> Result<PublicKey, KeyError> {
    let x = bytes(jwk, "x", key_type.size())?;
    if key_type.curve().is_none() {
        return if jwk.contains_key("y") {
            Err(KeyError::Malformed("y"))
        } else {
            PublicKey::from_bytes(key_type, &x)
        };
    }
    let y = bytes(jwk, "y", key_type.size())?;
    PublicKey::from_bytes(key_type, &[&[4], &x[..], &y[..]].concat())
}

/// The member `name`, base64url of exactly `length` bytes.
fn bytes(jwk: &Map<String, Value>, name: &'static str, length: usize) -> Result<Vec<u8>, KeyError> {
    let text = text(jwk, name)?.ok_or(KeyError::Malformed(name))?;
    // Measured first: what is too long is not decoded.
    if text.len() != (length * 4).div_ceil(3) {
        return Err(KeyError::Malformed(name));
    }
    base64url::decode(text).map_err(|_| KeyError::Malformed(name))
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, KeyError> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(KeyError::Malformed(name)),
    }
}

#[cfg(test)]
mod tests;
