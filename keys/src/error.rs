//! What can be wrong with a key. No variant carries a byte of it.

/// The signature is not one of this key over this message. Nothing says why: an attacker would learn from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match")]
pub struct BadSignature;

/// Why a key was refused or could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The peer's fault: a key type or curve that is not spoken here.
    #[error("the key type or curve is not supported")]
    Unsupported,
    /// The peer's fault: the named part is missing, of the wrong length or wrongly encoded.
    #[error("malformed key: {0}")]
    Malformed(&'static str),
    /// The peer's fault: the bytes are more or fewer than keys of the named type have.
    #[error("the key has another length than keys of its type")]
    Length,
    /// The peer's fault: the coordinates are not a usable point of the curve (off the curve, or of small order).
    #[error("not a usable point of the curve")]
    InvalidPoint,
    /// The peer's fault: the private number is zero or not below the order of the group.
    #[error("the private number is out of range")]
    InvalidScalar,
    /// The peer's fault: a private key stands where a public one belongs.
    #[error("a private key stands where a public key belongs")]
    PrivateMaterial,
    /// The peer's fault: the named member contradicts the key, another member, or the purpose.
    #[error("`{0}` contradicts the key or its use")]
    Contradiction(&'static str),
    /// The peer's fault: the public part does not belong to the private one.
    #[error("the public part does not belong to the private one")]
    Mismatch,
    /// The caller's fault: keys of this type do not sign.
    #[error("this type of key does not sign")]
    CannotSign,
    /// The caller's fault: keys of these two types do not agree on a secret.
    #[error("these types of key do not agree on a secret")]
    CannotAgree,
    /// The peer's fault: its public key forces the shared secret (RFC 7748 §6.1).
    #[error("the peer's key forces the shared secret")]
    ForcedSecret,
    /// The environment's fault: the cryptographic library failed.
    #[error("the cryptographic library failed")]
    Library,
}
