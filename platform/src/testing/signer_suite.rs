//! The conformance suite of the [`Signer`] port.

use jigap_keys::KeyType;
use jigap_wallet_core::ports::Signer;

/// What every implementation of [`Signer`] must do, for whatever key it has.
#[expect(clippy::expect_used, reason = "a conformance suite fails by panicking")]
pub async fn signer_conformance(signer: &dyn Signer) {
    let length = match signer.public_key().key_type() {
        KeyType::Ed25519 | KeyType::P256 => 64,
        KeyType::P384 => 96,
        KeyType::P521 => 132,
        KeyType::X25519 => 0,
    };
    assert!(length > 0, "a key that signs");
    for message in [b"".as_slice(), b"message", &[0xA5; 100_000]] {
        let signature = signer.sign(message).await.expect("a signature");
        assert_eq!(signature.len(), length, "the raw form of JOSE and COSE, not DER");
        assert_eq!(signer.public_key().verify(message, &signature), Ok(()));
        let other = [message, b"!"].concat();
        assert!(signer.public_key().verify(&other, &signature).is_err(), "a signature of this message alone");
    }
}
