//! A certificate authority that certifies a university, and the files its configuration names.

use std::path::Path;

use jigap_platform::files;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose, SanType};
use serde_json::{Value, json};

/// What the configuration of a tenant by `x5c` says; its certificate bears `identifier` as a URI. `iss`: whether its
/// credentials name their issuer.
pub(crate) fn settings(folder: &Path, identifier: &str, iss: bool) -> Value {
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let mut leaf = CertificateParams::default();
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.subject_alt_names = vec![SanType::URI(identifier.try_into().unwrap())];
    let key = KeyPair::generate().unwrap();
    let leaf = leaf.signed_by(&key, &root).unwrap();
    let put = |name: &str, pem: String| {
        let path = folder.join(name);
        files::write_new(&path, pem.as_bytes()).unwrap();
        path
    };
    json!({"mechanism": "x5c", "x5c": {
        "chain": put("chain.pem", leaf.pem()),
        "key": put("key.pem", key.serialize_pem()),
        "anchors": put("root.pem", root.pem()),
        "iss": iss,
    }})
}
