//! Certification requests (PKCS #10, RFC 2986): what a certificate authority is handed, so that a key that never leaves the
//! keyring gets its certificate.
//!
//! The request names nobody but by alternative names (RFC 5280 §4.2.1.6): DNS names and URIs, asked for by the
//! `extensionRequest` attribute (RFC 2985 §5.4.2). Its subject is empty; who is certified is the authority's to say. Refused:
//! names that are not ASCII, which neither kind can hold.

use jigap_keys::{PrivateKey, PublicKey};
use jigap_wallet_core::ports::{Signer, SignerError};

use crate::der::{
    self, BOOLEAN, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, SUBJECT_ALT_NAME, element,
};
use crate::pem;

pub use crate::der::AltName;

/// `attributes [0]` of the request.
const ATTRIBUTES: u8 = 0xa0;

/// 1.2.840.113549.1.9.14
const EXTENSION_REQUEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];

/// Why there is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The caller's fault.
    #[error("a certificate cannot bear a name that is not ASCII")]
    Name,
    /// The caller's fault: the key agrees, it does not sign.
    #[error("this kind of key does not sign")]
    CannotSign,
    /// The key is not to be had now.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// The request, in PEM, of a certificate for the key of `signer` that bears `names`.
///
/// # Errors
/// [`RequestError`].
pub async fn request(signer: &dyn Signer, names: &[AltName<'_>]) -> Result<String, RequestError> {
    let key = signer.public_key();
    let info = info(key, names)?;
    let signature = signer.sign(&info).await?;
    let der = der::signed(info, key.key_type(), &signature).ok_or(RequestError::CannotSign)?;
    Ok(pem::text("CERTIFICATE REQUEST", &der))
}

/// As [`request`], in DER, for a key that is at hand.
///
/// # Errors
/// [`RequestError`].
pub(crate) fn request_der(key: &PrivateKey, names: &[AltName<'_>]) -> Result<Vec<u8>, RequestError> {
    let info = info(key.public(), names)?;
    let signature = key.sign(&info).map_err(|_| RequestError::CannotSign)?;
    der::signed(info, key.public().key_type(), &signature).ok_or(RequestError::CannotSign)
}

/// `CertificationRequestInfo` (RFC 2986 §4.1): what is signed.
fn info(key: &PublicKey, names: &[AltName<'_>]) -> Result<Vec<u8>, RequestError> {
    let general = der::general_names(names).ok_or(RequestError::Name)?;
    // Critical, since there is no other subject (RFC 5280 §4.2.1.6).
    let names = [
        element(OBJECT_IDENTIFIER, SUBJECT_ALT_NAME),
        element(BOOLEAN, &[0xff]),
        element(OCTET_STRING, &element(SEQUENCE, &general)),
    ];
    let extensions = element(SEQUENCE, &element(SEQUENCE, &names.concat()));
    let attribute = [element(OBJECT_IDENTIFIER, EXTENSION_REQUEST), element(SET, &extensions)];
    let version = element(INTEGER, &[0]);
    let subject = element(SEQUENCE, &[]);
    let asked = if general.is_empty() { Vec::new() } else { element(SEQUENCE, &attribute.concat()) };
    let attributes = element(ATTRIBUTES, &asked);
    Ok(element(SEQUENCE, &[version, subject, key.to_spki_der(), attributes].concat()))
}

#[cfg(test)]
mod tests {
    use jigap_keys::{KeyType, PrivateKey};
    use rcgen::{CertificateParams, DistinguishedName, KeyPair, SanType};

    use super::*;
    use crate::signer::LocalSigner;
    use crate::testing::SeededEntropy;

    const HOST: &str = "id.example";
    const IDENTIFIER: &str = "https://id.example/hanbit";

    /// The DER between the lines.
    fn der(pem: &str) -> Vec<u8> {
        use base64::Engine as _;
        let lines: Vec<&str> = pem.lines().collect();
        let [begin, body @ .., end] = &lines[..] else { panic!("{pem}") };
        assert_eq!(*begin, "-----BEGIN CERTIFICATE REQUEST-----");
        assert_eq!(*end, "-----END CERTIFICATE REQUEST-----");
        base64::engine::general_purpose::STANDARD.decode(body.concat()).unwrap()
    }

    /// As another implementation writes it.
    fn peers(key: &PrivateKey, algorithm: &'static rcgen::SignatureAlgorithm) -> Vec<u8> {
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&key.to_pkcs8_der()[..].into(), algorithm).unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.subject_alt_names =
            vec![SanType::URI(IDENTIFIER.try_into().unwrap()), SanType::DnsName(HOST.try_into().unwrap())];
        params.serialize_request(&pair).unwrap().der().to_vec()
    }

    #[tokio::test]
    async fn a_request_is_that_of_another_implementation() {
        for (key_type, algorithm) in [
            (KeyType::Ed25519, &rcgen::PKCS_ED25519),
            (KeyType::P256, &rcgen::PKCS_ECDSA_P256_SHA256),
            (KeyType::P384, &rcgen::PKCS_ECDSA_P384_SHA384),
            (KeyType::P521, &rcgen::PKCS_ECDSA_P521_SHA512),
        ] {
            let key = PrivateKey::generate(key_type, &SeededEntropy::new(5));
            let peers = peers(&key, algorithm);
            let signer = LocalSigner::new(key).unwrap();
            let names = [AltName::Uri(IDENTIFIER), AltName::Dns(HOST)];
            let ours = der(&request(&signer, &names).await.unwrap());
            if key_type == KeyType::Ed25519 {
                assert_eq!(ours, peers, "the signature too");
                continue;
            }
            // An ECDSA signature is another one each time; all before it is the same but for the whole's length.
            let signed = info(signer.public_key(), &names).unwrap();
            assert!(peers.windows(signed.len()).any(|bytes| bytes == signed), "{key_type:?}");
            assert!(ours.windows(signed.len()).any(|bytes| bytes == signed), "{key_type:?}");
        }
    }

    #[test]
    fn without_a_name_nothing_is_asked_for() {
        let key = PrivateKey::generate(KeyType::P256, &SeededEntropy::new(5));
        let info = info(key.public(), &[]).unwrap();
        assert_eq!(info[info.len() - 2..], [ATTRIBUTES, 0]);
    }

    #[tokio::test]
    async fn a_name_that_no_certificate_bears_is_refused() {
        let signer = LocalSigner::new(PrivateKey::generate(KeyType::P256, &SeededEntropy::new(5))).unwrap();
        let refused = request(&signer, &[AltName::Dns("한빛.example")]).await;
        assert_eq!(refused, Err(RequestError::Name));
    }
}
