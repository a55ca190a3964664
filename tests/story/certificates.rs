//! A certificate authority that certifies a university, and the files its configuration names.

use std::path::Path;

use jigap_keys::PrivateKey;
use jigap_platform::files;
use jigap_wallet_core::x509::Anchors;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};
use serde_json::{Value, json};

/// A certificate authority, and what the configuration of a verifier that it certified for the DNS name `name` says.
pub(crate) struct CertifiedVerifier {
    /// `[verifier.identity]`.
    pub(crate) identity: Value,
    /// The authority.
    pub(crate) anchors: Anchors,
    /// The certificate, and the key in PKCS #8.
    pub(crate) certificate: Vec<u8>,
    /// Signs as the verifier.
    pub(crate) key: PrivateKey,
}

/// With its files in `folder`.
pub(crate) fn verifier(folder: &Path, prefix: &str, name: &str) -> CertifiedVerifier {
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate().unwrap();
    let leaf = leaf.signed_by(&key, &root).unwrap();
    let (chain, key_file) = (folder.join("verifier.pem"), folder.join("verifier-key.pem"));
    files::write_new(&chain, leaf.pem().as_bytes()).unwrap();
    files::write_new_private(&key_file, key.serialize_pem().as_bytes()).unwrap();
    CertifiedVerifier {
        identity: json!({"prefix": prefix, "certificate": chain, "key": key_file}),
        anchors: Anchors::new(vec![root.der().to_vec()]).unwrap(),
        certificate: leaf.der().to_vec(),
        key: PrivateKey::from_pkcs8_der(&key.serialize_der()).unwrap(),
    }
}

/// What the configuration of a tenant by `x5c` says; its certificate bears `identifier` as a URI. `iss`: whether its
/// credentials name their issuer.
pub(crate) fn settings(folder: &Path, identifier: &str, iss: bool) -> Value {
    certified(folder, identifier, iss).0
}

/// The same, and the identifier of the authority's key as the certificate says it.
pub(crate) fn certified(folder: &Path, identifier: &str, iss: bool) -> (Value, Vec<u8>) {
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let mut leaf = CertificateParams::default();
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.subject_alt_names = vec![SanType::URI(identifier.try_into().unwrap())];
    let key = KeyPair::generate().unwrap();
    let leaf = leaf.signed_by(&key, &root).unwrap();
    let put = |name: &str, pem: String| {
        let path = folder.join(name);
        files::write_new_private(&path, pem.as_bytes()).unwrap();
        path
    };
    let authority = CertificateParams::default().key_identifier(root.key());
    let settings = json!({"mechanism": "x5c", "x5c": {
        "chain": put("chain.pem", leaf.pem()),
        "key": put("key.pem", key.serialize_pem()),
        "anchors": put("root.pem", root.pem()),
        "iss": iss,
    }});
    (settings, authority)
}

/// What the configuration of a tenant says that issues driver licences as mdocs: its certificate is that of a document signer
/// below the root of its country (ISO 18013-5 Annex B), and bears `identifier` as a URI.
pub(crate) fn document_signer(folder: &Path, identifier: &str) -> Value {
    let mut root = CertificateParams::default();
    root.distinguished_name.push(DnType::CountryName, "KR");
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name.push(DnType::CountryName, "KR");
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(vec![1, 0, 18013, 5, 1, 2])];
    leaf.subject_alt_names = vec![SanType::URI(identifier.try_into().unwrap())];
    let key = KeyPair::generate().unwrap();
    let leaf = leaf.signed_by(&key, &root).unwrap();
    let put = |name: &str, pem: String| {
        let path = folder.join(name);
        files::write_new_private(&path, pem.as_bytes()).unwrap();
        path
    };
    json!({
        "mechanism": "x5c",
        "types": ["driver-licence", "student-id"],
        "formats": {"driver-licence": ["mso_mdoc", "dc+sd-jwt"], "student-id": ["mso_mdoc"]},
        "x5c": {
            "chain": put("chain.pem", leaf.pem()),
            "key": put("key.pem", key.serialize_pem()),
            "anchors": put("root.pem", root.pem()),
        },
    })
}
