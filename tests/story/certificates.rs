//! A certificate authority that certifies a university, and the files its configuration names: as `jigap ca` makes them.

use std::path::{Path, PathBuf};

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::authority::{AltName, Authority, Profile, Root, Subject};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::{files, pem};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::x509::{Anchors, authority_key_identifier};
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
    let root = root();
    let (certificate, key) = certify(&root, Profile::Reader, &[AltName::Dns(name)]);
    let chain = put(folder, "verifier.pem", &pem::certificate_text(&certificate));
    let key_file = put(folder, "verifier-key.pem", &pem::private_key_text(&key));
    CertifiedVerifier {
        identity: json!({"prefix": prefix, "certificate": chain, "key": key_file}),
        anchors: Anchors::new(vec![root.certificate().to_vec()]).unwrap(),
        certificate,
        key,
    }
}

/// What the configuration of a tenant by `x5c` says; its certificate bears `identifier` as a URI. `iss`: whether its
/// credentials name their issuer.
pub(crate) fn settings(folder: &Path, identifier: &str, iss: bool) -> Value {
    certified(folder, identifier, iss).0
}

/// The same, and the identifier of the authority's key as the certificate says it.
pub(crate) fn certified(folder: &Path, identifier: &str, iss: bool) -> (Value, Vec<u8>) {
    let (mut x5c, certificate) = signer(folder, identifier);
    x5c["iss"] = json!(iss);
    (json!({"mechanism": "x5c", "x5c": x5c}), authority_key_identifier(&certificate).unwrap())
}

/// What the configuration of a tenant says that issues driver licences as mdocs: its certificate is that of a document signer
/// below the root of its country (ISO 18013-5 Annex B), and bears `identifier` as a URI.
pub(crate) fn document_signer(folder: &Path, identifier: &str) -> Value {
    json!({
        "mechanism": "x5c",
        "types": ["driver-licence", "student-id"],
        "formats": {"driver-licence": ["mso_mdoc", "dc+sd-jwt"], "student-id": ["mso_mdoc"]},
        "x5c": signer(folder, identifier).0,
    })
}

/// `x5c` of a tenant's configuration, with the key to be brought, and the certificate.
fn signer(folder: &Path, identifier: &str) -> (Value, Vec<u8>) {
    let root = root();
    let (certificate, key) = certify(&root, Profile::DocumentSigner, &[AltName::Uri(identifier)]);
    let x5c = json!({
        "chain": put(folder, "chain.pem", &pem::certificate_text(&certificate)),
        "key": put(folder, "key.pem", &pem::private_key_text(&key)),
        "anchors": put(folder, "root.pem", &pem::certificate_text(root.certificate())),
    });
    (x5c, certificate)
}

/// The root of a country.
pub(crate) fn root() -> Authority {
    let root = Root {
        country: "KR",
        name: "stories",
        contact: AltName::Uri("https://stories.invalid/"),
        crl: "https://stories.invalid/root.crl",
        days: 3650,
    };
    Authority::root(&root, key(), SystemClock.now(), &OsEntropy).unwrap()
}

/// A certificate for a new key.
pub(crate) fn certify(root: &Authority, profile: Profile, names: &[AltName<'_>]) -> (Vec<u8>, PrivateKey) {
    let key = key();
    let subject = Subject { profile, name: "story", names, days: profile.max_days() };
    let certificate = root.certify(&subject, key.public(), SystemClock.now(), &OsEntropy).unwrap();
    (certificate, key)
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &OsEntropy)
}

fn put(folder: &Path, name: &str, pem: &str) -> PathBuf {
    let path = folder.join(name);
    files::write_new_private(&path, pem.as_bytes()).unwrap();
    path
}
