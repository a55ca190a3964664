//! JWT VC Issuer Metadata (SD-JWT VC §4): the document at `/.well-known/jwt-vc-issuer` and the key set in it or beside it.
//!
//! Refused: an `issuer` that is not identical to the expected one, both or neither of `jwks` and `jwks_uri`, a
//! `jwks_uri` that may not be fetched, key sets over [`MAX_KEYS`], a `kid` that is missing, unknown or given twice.

use jigap_keys::json::{self, Limits};
use jigap_keys::{PublicKey, Purpose};
use serde_json::Value;
use url::Url;

use crate::documents::{Document, Documents, is_fetchable};

/// Bounds of metadata and key sets.
const LIMITS: Limits = Limits { bytes: 256 * 1024, depth: 16 };
/// Most keys of a set.
const MAX_KEYS: usize = 64;

/// Why the metadata gives no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The metadata or the key set is not at hand.
    Missing,
    /// One of them breaks its format.
    Malformed,
    /// The metadata is another issuer's.
    OtherIssuer,
    /// No key has this `kid`, or none is named among several.
    Unknown,
    /// Several keys have this `kid`.
    Ambiguous,
    /// The key cannot verify signatures here.
    Unusable,
}

/// Where the metadata of `issuer` is: the well-known part stands between host and path, a final slash is cut off (§4).
pub(super) fn metadata_url(issuer: &Url) -> Url {
    let mut url = issuer.clone();
    let path = issuer.path();
    url.set_path(&format!("/.well-known/jwt-vc-issuer{}", path.strip_suffix('/').unwrap_or(path)));
    url
}

/// The document that is still missing for a key of `issuer`, if any.
pub(super) fn missing_url(issuer: &str, url: &Url, documents: &Documents) -> Option<Url> {
    let metadata_url = metadata_url(url);
    let Some(metadata) = documents.get(&metadata_url) else { return Some(metadata_url) };
    match read_metadata(metadata, issuer, url) {
        Ok(Keys::At(keys)) if documents.get(&keys).is_none() => Some(keys),
        _ => None,
    }
}

/// The key of `issuer` with this `kid`; without one, the only key of the set.
pub(super) fn key(
    issuer: &str,
    url: &Url,
    kid: Option<&str>,
    documents: &Documents,
) -> Result<PublicKey, NoKey> {
    let set = key_set(issuer, url, documents)?;
    let jwk = select(&set, kid)?;
    PublicKey::from_jwk_for(jwk, Purpose::Signature).map_err(|_| NoKey::Unusable)
}

/// Every key of `issuer` that can verify signatures here.
pub(super) fn keys(issuer: &str, url: &Url, documents: &Documents) -> Result<Vec<PublicKey>, NoKey> {
    let set = key_set(issuer, url, documents)?;
    let usable = |jwk: &Value| PublicKey::from_jwk_for(jwk, Purpose::Signature).ok();
    Ok(members(&set)?.iter().filter_map(usable).collect())
}

fn key_set(issuer: &str, url: &Url, documents: &Documents) -> Result<Value, NoKey> {
    let metadata = documents.get(&metadata_url(url)).ok_or(NoKey::Missing)?;
    match read_metadata(metadata, issuer, url)? {
        Keys::Here(set) => Ok(set),
        Keys::At(keys) => read(documents.get(&keys).ok_or(NoKey::Missing)?),
    }
}

/// Where the metadata says the keys are.
enum Keys {
    Here(Value),
    At(Url),
}

fn read_metadata(document: &Document, issuer: &str, url: &Url) -> Result<Keys, NoKey> {
    let mut metadata = read(document)?;
    match metadata.get("issuer").and_then(Value::as_str) {
        None => return Err(NoKey::Malformed),
        Some(named) if named != issuer => return Err(NoKey::OtherIssuer),
        Some(_) => {}
    }
    match (metadata.get_mut("jwks").map(Value::take), metadata.get("jwks_uri")) {
        (Some(set), None) => Ok(Keys::Here(set)),
        (None, Some(keys)) => {
            let keys = keys.as_str().and_then(|keys| Url::parse(keys).ok()).ok_or(NoKey::Malformed)?;
            // Who is on the network must not point at what listens on loopback.
            let fetchable = is_fetchable(&keys) && (keys.scheme() == "https" || url.scheme() == "http");
            if fetchable && keys.fragment().is_none() { Ok(Keys::At(keys)) } else { Err(NoKey::Malformed) }
        }
        _ => Err(NoKey::Malformed),
    }
}

fn select<'s>(set: &'s Value, kid: Option<&str>) -> Result<&'s Value, NoKey> {
    let keys = members(set)?;
    let Some(kid) = kid else {
        return match keys {
            [key] => Ok(key),
            _ => Err(NoKey::Unknown),
        };
    };
    let mut named = keys.iter().filter(|key| key.get("kid").and_then(Value::as_str) == Some(kid));
    match (named.next(), named.next()) {
        (Some(key), None) => Ok(key),
        (Some(_), Some(_)) => Err(NoKey::Ambiguous),
        (None, _) => Err(NoKey::Unknown),
    }
}

fn members(set: &Value) -> Result<&[Value], NoKey> {
    let keys = set.get("keys").and_then(Value::as_array).filter(|keys| keys.len() <= MAX_KEYS);
    Ok(keys.ok_or(NoKey::Malformed)?)
}

fn read(document: &Document) -> Result<Value, NoKey> {
    json::parse(&document.bytes, LIMITS).ok().filter(Value::is_object).ok_or(NoKey::Malformed)
}
