//! PEM (RFC 7468) as operators have it: certificate chains, and private keys in PKCS #8 (RFC 5958).
//!
//! Refused: a file without a certificate, keys in other encodings (`EC PRIVATE KEY`, encrypted ones) and of kinds that
//! Jigap does not sign with. No error holds a byte of what was read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::{PrivateKey, PublicKey};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

/// What an operator's file is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// No certificate, or a block that is broken.
    #[error("holds no PEM certificate")]
    NoCertificate,
    /// No private key in PKCS #8.
    #[error("holds no PEM private key in PKCS #8 (`openssl pkcs8 -topk8 -nocrypt` converts others)")]
    NoKey,
    /// A key that does not sign here.
    #[error("holds a key that is neither P-256, P-384 nor Ed25519")]
    KeyType,
}

/// The certificates of a PEM file in their order, in DER.
///
/// # Errors
/// [`PemError::NoCertificate`].
pub fn certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, PemError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = read.map_err(|_| PemError::NoCertificate)?;
    if chain.is_empty() {
        return Err(PemError::NoCertificate);
    }
    Ok(chain.into_iter().map(|der| der.to_vec()).collect())
}

/// The first private key of a PEM file, of a kind that signs.
///
/// # Errors
/// [`PemError::NoKey`], [`PemError::KeyType`].
pub fn private_key(pem: &[u8]) -> Result<PrivateKey, PemError> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| PemError::NoKey)?;
    let key = PrivateKey::from_pkcs8_der(der.secret_pkcs8_der()).map_err(|_| PemError::KeyType)?;
    key.public().key_type().jose_alg().ok_or(PemError::KeyType)?;
    Ok(key)
}

/// `BEGIN PUBLIC KEY`: what a certificate authority has to certify.
pub fn public_key(key: &PublicKey) -> String {
    text("PUBLIC KEY", &key.to_spki_der())
}

/// `BEGIN PRIVATE KEY`, with the line's end: PKCS #8 as [`private_key`] reads it.
pub fn private_key_text(key: &PrivateKey) -> Zeroizing<String> {
    let mut text = Zeroizing::new(text("PRIVATE KEY", &key.to_pkcs8_der()));
    text.push('\n');
    text
}

/// `BEGIN CERTIFICATE`, with the line's end.
pub fn certificate_text(der: &[u8]) -> String {
    text("CERTIFICATE", der) + "\n"
}

/// `der` as PEM (RFC 7468 §3): lines of 64 characters, the last one open. There is room for its end, and no other copy is left.
pub(crate) fn text(label: &str, der: &[u8]) -> String {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    let frame = "-----BEGIN -----\n\n-----END -----\n".len() + 2 * label.len();
    let mut text = String::with_capacity(frame + base64.len() + base64.len() / 64);
    for part in ["-----BEGIN ", label, "-----\n"] {
        text.push_str(part);
    }
    for (at, c) in base64.chars().enumerate() {
        if at > 0 && at.is_multiple_of(64) {
            text.push('\n');
        }
        text.push(c);
    }
    for part in ["\n-----END ", label, "-----"] {
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use jigap_keys::KeyType;
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    #[test]
    fn a_chain_and_its_key_are_read() {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["a.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        let two = format!("{}{}", certificate.pem(), certificate.pem());
        assert_eq!(
            certificates(two.as_bytes()).unwrap(),
            [certificate.der().to_vec(), certificate.der().to_vec()]
        );
        let key = private_key(key.serialize_pem().as_bytes()).unwrap();
        assert_eq!(key.public().key_type(), KeyType::P256);
        let again = private_key(private_key_text(&key).as_bytes()).unwrap();
        assert_eq!(again.public(), key.public());
        let written = certificate_text(certificate.der());
        assert_eq!(certificates(written.as_bytes()).unwrap(), [certificate.der().to_vec()]);
        let shown = public_key(key.public());
        assert!(
            shown.starts_with("-----BEGIN PUBLIC KEY-----\nMF")
                && shown.ends_with("\n-----END PUBLIC KEY-----")
        );
        assert!(shown.lines().all(|line| (1..=64).contains(&line.len())), "{shown}");
    }

    #[test]
    fn what_is_no_chain_or_key_is_refused() {
        let other = "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n";
        let broken = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";
        for nothing in ["", "nonsense", other, broken] {
            assert_eq!(certificates(nothing.as_bytes()), Err(PemError::NoCertificate));
        }
        for nothing in ["", "nonsense", other] {
            assert_eq!(private_key(nothing.as_bytes()).err(), Some(PemError::NoKey), "{nothing}");
        }
        assert_eq!(private_key(broken.as_bytes()).err(), Some(PemError::KeyType));
        // A key of secp256k1, as another implementation writes it.
        let k256 = "-----BEGIN PRIVATE KEY-----\n\
            MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgAQEBAQEBAQEBAQEBAQEB\n\
            AQEBAQEBAQEBAQEBAQEBAQGhRANCAAQbhMVWe0EmRACKvVZqu7gOnZVEJ5gLixXi\n\
            ouSlVSM=\n-----END PRIVATE KEY-----\n";
        assert_eq!(private_key(k256.as_bytes()).err(), Some(PemError::KeyType));
    }
}
