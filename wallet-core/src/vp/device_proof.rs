//! How the device of an mdoc proves itself to who asks (OpenID4VP 1.0 B.2.2 `deviceauth_alg_values`; ISO 18013-5 §9.1.3).
//!
//! By a signature wherever the verifier takes one that the device's key can make: anybody can be shown it later, but no verifier
//! has to keep a key for it. By a MAC where it takes that alone, for a key of `jwks` on the curve of the device's key:
//! the one that the response is encrypted to, else the only one there is (§5.1). Where it takes neither, or nobody can tell for
//! which of several keys, there is no proof, and nothing is disclosed.

use jigap_keys::{KeyType, PublicKey};

use super::request::{AuthorizationRequest, ResponseMode};
use crate::cose::Algorithm;
use crate::dcql::Format;

const ACCEPTED: &str = "deviceauth_alg_values";

/// How a device proves itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceProof<'r> {
    /// By a device signature.
    Signature,
    /// By a device MAC for this key of the verifier.
    Mac(&'r PublicKey),
}

impl AuthorizationRequest {
    /// How a device whose key is of this type proves itself to who asks; `None`: in no way that they say they take.
    pub fn device_proof(&self, device: KeyType) -> Option<DeviceProof<'_>> {
        let takes = |numbers: &[i64]| self.client_metadata.accepts_any(Format::MsoMdoc, ACCEPTED, numbers);
        if signature_numbers(device).is_some_and(|numbers| takes(&numbers)) {
            return Some(DeviceProof::Signature);
        }
        let by_mac = [device_mac_number(device)?, Algorithm::Hmac256.number()];
        if takes(&by_mac) { self.mac_key(device).map(DeviceProof::Mac) } else { None }
    }

    /// The verifier's key that the device's MAC is for.
    fn mac_key(&self, device: KeyType) -> Option<&PublicKey> {
        let metadata = &self.client_metadata;
        let encrypted = self.response_mode == ResponseMode::DirectPostJwt;
        let recipient = encrypted.then(|| metadata.recipient().ok()).flatten().map(|to| to.key);
        if let Some(key) = recipient.filter(|key| key.key_type() == device) {
            return Some(key);
        }
        let mut fitting = metadata.agreement_keys().iter().filter(|key| key.key_type() == device);
        let first = fitting.next()?;
        fitting.all(|other| other == first).then_some(first)
    }
}

/// The number by which `deviceauth_alg_values` names a device MAC by keys of this type (B.2.2, HMAC 256/256 by curve); `None`:
/// they do not agree, or it is made for them by nobody here.
pub const fn device_mac_number(key: KeyType) -> Option<i64> {
    match key {
        KeyType::P256 => Some(-65_537),
        KeyType::P384 => Some(-65_538),
        KeyType::P521 => Some(-65_539),
        KeyType::X25519 | KeyType::Ed25519 => None,
    }
}

/// The numbers that name the signature of such a key: its algorithm, and the same fully specified (RFC 9864 §2).
fn signature_numbers(key: KeyType) -> Option<[i64; 2]> {
    let fully_specified = match key {
        KeyType::P256 => -9,
        KeyType::P384 => -51,
        KeyType::P521 => -52,
        KeyType::Ed25519 => -19,
        KeyType::X25519 => return None,
    };
    Some([Algorithm::for_key(key)?.number(), fully_specified])
}
