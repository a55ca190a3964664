//! Digests and other 32 bytes in statements: in base64url.

use std::fmt;

use jigap_keys::{base64url, hash};
use serde::{Deserialize, Serialize};

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
