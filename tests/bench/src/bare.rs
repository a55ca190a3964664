//! One signature by itself, its key parsed beforehand: what judging is compared with.

use jigap_keys::{KeyType, PublicKey, base64url};

use crate::{BenchError, broken};

/// A message and its signature.
pub(crate) struct Bare {
    key: PublicKey,
    /// The same key as its library has it, where Jigap's own verification is another (`keys/src/ed25519.rs`).
    library: Option<ed25519_dalek::VerifyingKey>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Bare {
    pub(crate) fn new(key: &PublicKey, message: Vec<u8>, signature: Vec<u8>) -> Result<Self, BenchError> {
        let library = match key.key_type() {
            KeyType::Ed25519 => {
                let bytes = key.to_bytes();
                Some(bytes.as_slice().try_into().map_err(broken("a key"))?)
            }
            _ => None,
        };
        Ok(Self { key: key.clone(), library, message, signature })
    }

    /// Of the compact JWS `jws`.
    pub(crate) fn of_jws(jws: &str, key: &PublicKey) -> Result<Self, BenchError> {
        let (message, signature) =
            jws.rsplit_once('.').ok_or_else(|| BenchError::Broken("a JWS has dots".into()))?;
        let signature = base64url::decode(signature).map_err(broken("a signature"))?;
        Self::new(key, message.as_bytes().to_vec(), signature)
    }

    /// By the library alone: `verify_strict` of ed25519-dalek, `verify_sig` of aws-lc-rs.
    pub(crate) fn verifies(&self) -> bool {
        match &self.library {
            Some(key) => ed25519_dalek::Signature::from_slice(&self.signature)
                .is_ok_and(|signature| key.verify_strict(&self.message, &signature).is_ok()),
            None => self.verifies_here(),
        }
    }

    /// As Jigap verifies it.
    pub(crate) fn verifies_here(&self) -> bool {
        self.key.verify(&self.message, &self.signature).is_ok()
    }
}
