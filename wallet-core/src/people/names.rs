//! What statements of the talk are made of: digests and other 32 bytes in base64url, and claims that are read strictly.

use std::fmt;

use jigap_keys::{base64url, hash};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::Statement;

/// 32 bytes, as base64url in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bytes32(pub [u8; 32]);

/// The text is not 32 bytes in base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not 32 bytes in base64url")]
pub struct NotBytes;

/// The SHA-256 of a statement in its compact form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub Bytes32);

impl Digest {
    /// Of this text.
    pub fn of(compact: &str) -> Self {
        Self(Bytes32(hash::sha256(compact.as_bytes())))
    }
}

impl Bytes32 {
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<String> for Bytes32 {
    type Error = NotBytes;

    fn try_from(text: String) -> Result<Self, NotBytes> {
        // A longer text is not decoded.
        if text.len() != 43 {
            return Err(NotBytes);
        }
        let bytes = base64url::decode(&text).map_err(|_| NotBytes)?;
        bytes.try_into().map(Self).map_err(|_| NotBytes)
    }
}

impl From<Bytes32> for String {
    fn from(bytes: Bytes32) -> Self {
        base64url::encode(bytes.0)
    }
}

impl fmt::Display for Bytes32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.0))
    }
}

impl fmt::Debug for Bytes32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The claims of a statement beside those that every statement has. `None` if they are not of the form `T`, which refuses what it does
/// not know.
pub(super) fn claims_of<T: DeserializeOwned>(statement: &Statement) -> Option<T> {
    let of_all = |name: &str| matches!(name, "iss" | "aud" | "iat");
    let members = statement.claims().as_object()?.iter().filter(|(name, _)| !of_all(name));
    let members: Map<String, Value> = members.map(|(name, value)| (name.clone(), value.clone())).collect();
    serde_json::from_value(Value::Object(members)).ok()
}

/// Reads the number of a stored form's version, which is `N`.
pub(super) fn version<'de, const N: u32, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let version = u32::deserialize(from)?;
    if version == N { Ok(N) } else { Err(D::Error::custom("another version")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_strictly() {
        let bytes = Bytes32([7; 32]);
        let text = serde_json::to_string(&bytes).unwrap();
        assert_eq!(serde_json::from_str::<Bytes32>(&text).unwrap(), bytes);
        let stray = format!("{}B", "A".repeat(42));
        for wrong in ["", "AAAA", &"A".repeat(44), &"A".repeat(42), &stray, &"가".repeat(43)] {
            assert_eq!(Bytes32::try_from((*wrong).to_owned()), Err(NotBytes), "{wrong}");
        }
        assert!(serde_json::from_str::<Bytes32>("[7]").is_err());
    }
}
