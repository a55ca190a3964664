//! Certification requests (PKCS #10, RFC 2986): what a certificate authority is handed, so that a key that never leaves the
//! keyring gets its certificate.
//!
//! The request names nobody but by alternative names (RFC 5280 §4.2.1.6): DNS names and URIs, asked for by the
//! `extensionRequest` attribute (RFC 2985 §5.4.2). Its subject is empty; who is certified is the authority's to say. Refused:
//! names that are not ASCII, which neither kind can hold.

use jigap_keys::{KeyType, PublicKey};
use jigap_wallet_core::ports::{Signer, SignerError};

use crate::pem;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const BOOLEAN: u8 = 0x01;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `attributes [0]` of the request.
const ATTRIBUTES: u8 = 0xa0;
/// `dNSName [2]` and `uniformResourceIdentifier [6]` of a general name.
const DNS_NAME: u8 = 0x82;
const URI: u8 = 0x86;

/// 1.2.840.113549.1.9.14
const EXTENSION_REQUEST: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
/// 2.5.29.17
const SUBJECT_ALT_NAME: [u8; 3] = [0x55, 0x1d, 0x11];
/// 1.2.840.10045.4.3.2 to 1.2.840.10045.4.3.4, 1.3.101.112 (RFC 5758 §3.2, RFC 8410 §3)
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const ECDSA_WITH_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
const ECDSA_WITH_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// An alternative name that the certificate shall bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AltName<'a> {
    /// A host.
    Dns(&'a str),
    /// An identifier.
    Uri(&'a str),
}

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
    let (algorithm, signature) = match (key.key_type(), signer.sign(&info).await?) {
        (KeyType::Ed25519, signature) => (ED25519, signature),
        (KeyType::P256, signature) => (ECDSA_WITH_SHA256, ecdsa(&signature)),
        (KeyType::P384, signature) => (ECDSA_WITH_SHA384, ecdsa(&signature)),
        (KeyType::P521, signature) => (ECDSA_WITH_SHA512, ecdsa(&signature)),
        (KeyType::X25519, _) => return Err(RequestError::CannotSign),
    };
    let algorithm = element(SEQUENCE, &element(OBJECT_IDENTIFIER, algorithm));
    let der = element(SEQUENCE, &[info, algorithm, bits(&signature)].concat());
    Ok(pem::text("CERTIFICATE REQUEST", &der))
}

/// `CertificationRequestInfo` (RFC 2986 §4.1): what is signed.
fn info(key: &PublicKey, names: &[AltName<'_>]) -> Result<Vec<u8>, RequestError> {
    let mut general = Vec::new();
    for name in names {
        let (tag, name) = match name {
            AltName::Dns(name) => (DNS_NAME, name),
            AltName::Uri(name) => (URI, name),
        };
        if !name.is_ascii() {
            return Err(RequestError::Name);
        }
        general.extend(element(tag, name.as_bytes()));
    }
    // Critical, since there is no other subject (RFC 5280 §4.2.1.6).
    let names = [
        element(OBJECT_IDENTIFIER, &SUBJECT_ALT_NAME),
        element(BOOLEAN, &[0xff]),
        element(OCTET_STRING, &element(SEQUENCE, &general)),
    ];
    let extensions = element(SEQUENCE, &element(SEQUENCE, &names.concat()));
    let attribute = [element(OBJECT_IDENTIFIER, &EXTENSION_REQUEST), element(SET, &extensions)];
    let version = element(INTEGER, &[0]);
    let subject = element(SEQUENCE, &[]);
    let asked = if general.is_empty() { Vec::new() } else { element(SEQUENCE, &attribute.concat()) };
    let attributes = element(ATTRIBUTES, &asked);
    Ok(element(SEQUENCE, &[version, subject, key.to_spki_der(), attributes].concat()))
}

/// `r || s` as an `ECDSA-Sig-Value` (RFC 3279 §2.2.3).
fn ecdsa(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    element(SEQUENCE, &[unsigned(r), unsigned(s)].concat())
}

/// A positive `INTEGER` in its shortest form.
fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(bytes.len().saturating_sub(1));
    let bytes = bytes.get(zeros..).unwrap_or_default();
    let sign = if bytes.first().is_some_and(|first| *first > 0x7f) { &[0][..] } else { &[] };
    element(INTEGER, &[sign, bytes].concat())
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes].concat())
}

/// Tag, length in its shortest form (X.690 §10.1), content.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = length.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
    let long = 0x80 | u8::try_from(length.len()).unwrap_or(u8::MAX);
    let length = match content.len() {
        short @ 0..=0x7f => vec![u8::try_from(short).unwrap_or(u8::MAX)],
        _ => [vec![long], length].concat(),
    };
    [vec![tag], length, content.to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use jigap_keys::PrivateKey;
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
    fn numbers_are_positive_and_shortest() {
        assert_eq!(unsigned(&[0, 0, 7]), [INTEGER, 1, 7]);
        assert_eq!(unsigned(&[0, 0x80]), [INTEGER, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0, 0]), [INTEGER, 1, 0]);
        assert_eq!(ecdsa(&[1, 2, 0xff, 3]), [SEQUENCE, 9, 2, 2, 1, 2, 2, 3, 0, 0xff, 3]);
        assert_eq!(element(SET, &[0; 0x7f])[..2], [SET, 0x7f]);
        assert_eq!(element(SET, &[0; 0x80])[..3], [SET, 0x81, 0x80]);
        assert_eq!(element(SET, &[0; 0x1234])[..4], [SET, 0x82, 0x12, 0x34]);
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
