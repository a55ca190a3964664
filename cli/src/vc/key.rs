//! The key file: a verification method (Controlled Identifiers 1.0 §2.2, with `secretKeyJwk` or `secretKeyMultibase`), or a JWK.

use jigap_keys::json::{Limits, Wiped};
use jigap_keys::{KeyError, PrivateKey, PublicKey, Purpose};
use jigap_wallet_core::text::Text;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::input;

const LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 8 };

/// A key of a file, as far as it holds one.
pub(super) struct Key {
    /// How others find it: the `id` of the verification method, else the `kid` of the JWK.
    pub(super) id: Option<String>,
    secret: Option<Result<PrivateKey, KeyError>>,
    public: Option<Result<PublicKey, KeyError>>,
}

/// Why a key is not used.
pub(super) enum Unusable {
    /// The file holds none of that kind, a malformed one, or two halves that do not belong together.
    Wrong(Failure),
    /// It is of a kind that nobody here speaks.
    Unsupported(KeyError),
}

impl Key {
    /// Reads the file.
    pub(super) fn read(path: &str) -> Result<Self, Failure> {
        let bytes = Zeroizing::new(input::read(path)?);
        let mut value = Wiped::parse(&bytes, LIMITS).map_err(|error| refused(path, &error.to_string()))?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if value.get("kty").is_some() {
            return Ok(Self::of_jwk(&value));
        }
        let mut take = |names: [&str; 2]| names.into_iter().find_map(|name| value.take(name));
        let (secret_jwk, secret_text) =
            (take(["secretKeyJwk", "privateKeyJwk"]), take(["secretKeyMultibase", "privateKeyMultibase"]));
        let secret = match (&secret_jwk, secret_text.as_ref().and_then(|text| text.as_str())) {
            (Some(jwk), _) => Some(PrivateKey::from_jwk_value(jwk)),
            (None, Some(text)) => Some(PrivateKey::from_multikey(text)),
            (None, None) => None,
        };
        let public_text = value.get("publicKeyMultibase").and_then(Value::as_str);
        let public = match (value.get("publicKeyJwk"), public_text) {
            (Some(jwk), _) => Some(PublicKey::from_jwk_for(jwk, Purpose::Signature)),
            (None, Some(text)) => Some(PublicKey::from_multikey(text)),
            (None, None) => None,
        };
        if secret.is_none() && public.is_none() {
            return Err(refused(path, "it is neither a verification method nor a JWK"));
        }
        if let (Some(Ok(secret)), Some(Ok(public))) = (&secret, &public)
            && secret.public() != public
        {
            return Err(refused(path, "its halves do not belong together"));
        }
        let kid = || value.get("publicKeyJwk").or(secret_jwk.as_deref())?.get("kid").and_then(text);
        Ok(Self { id: value.get("id").and_then(text).or_else(kid), secret, public })
    }

    fn of_jwk(jwk: &Wiped) -> Self {
        let secret = jwk.get("d").map(|_| PrivateKey::from_jwk_value(jwk));
        let public = match &secret {
            Some(secret) => secret.as_ref().map(|secret| secret.public().clone()).map_err(Clone::clone),
            None => PublicKey::from_jwk_for(jwk, Purpose::Signature),
        };
        let id = jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
        Self { id, secret, public: Some(public) }
    }

    /// The private half.
    pub(super) fn secret(&self) -> Result<&PrivateKey, Unusable> {
        usable(self.secret.as_ref(), "it holds no private key").and_then(|key| signs(key, key.public()))
    }

    /// The public half.
    pub(super) fn public(&self) -> Result<&PublicKey, Unusable> {
        let public = match (&self.public, &self.secret) {
            (None, Some(Ok(secret))) => Ok(secret.public()),
            (public, _) => usable(public.as_ref(), "it holds no public key"),
        };
        public.and_then(|key| signs(key, key))
    }
}

/// The key, if such keys sign.
fn signs<'k, K>(key: &'k K, public: &PublicKey) -> Result<&'k K, Unusable> {
    match public.key_type().jose_alg() {
        Some(_) => Ok(key),
        None => Err(Unusable::Unsupported(KeyError::CannotSign)),
    }
}

fn usable<'k, K>(key: Option<&'k Result<K, KeyError>>, absent: &str) -> Result<&'k K, Unusable> {
    match key {
        Some(Ok(key)) => Ok(key),
        Some(Err(KeyError::Unsupported)) => Err(Unusable::Unsupported(KeyError::Unsupported)),
        Some(Err(error)) => Err(Unusable::Wrong(refused("--key", &error.to_string()))),
        None => Err(Unusable::Wrong(refused("--key", absent))),
    }
}

fn refused(path: &str, why: &str) -> Failure {
    let what = Text::new("the key cannot be used", "키를 쓸 수 없습니다");
    Failure::new(Exit::Usage, what).detail(format!("{path}: {why}")).hint(Text::new(
        "give a verification method with publicKeyJwk and secretKeyJwk (or in Multibase), or a JWK",
        "publicKeyJwk와 secretKeyJwk(또는 Multibase)가 있는 검증 메서드나 JWK를 주십시오",
    ))
}
