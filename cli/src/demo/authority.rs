//! The authority that certifies the demo's licensing agency: the root of its country and a document signer below it, by the
//! profile of ISO 18013-5 Annex B.1.2 and B.1.4. Both are made anew for each demo; the root's key is forgotten at once.

use std::path::{Path, PathBuf};

use jigap_keys::PrivateKey;
use jigap_platform::files;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};
use serde_json::{Value, json};

use super::world::broken;
use crate::failure::Failure;

/// The extended key usage of document signers.
const MDL_DS: [u64; 6] = [1, 0, 18013, 5, 1, 2];
/// The certificate of the document signer, and that of the root, in the demo's folder.
pub(super) const FILES: [&str; 2] = ["licensing-chain.pem", "licensing-root.pem"];

/// A certified document signer.
pub(super) struct DocumentSigner {
    /// Signs documents.
    pub(super) key: PrivateKey,
    /// `x5c` of its tenant's configuration.
    pub(super) x5c: Value,
}

impl DocumentSigner {
    /// One whose certificate bears `identifier` as a URI: over http nothing else could tell whose it is. Certificates go into
    /// `folder`.
    pub(super) fn certified(folder: &Path, identifier: &str) -> Result<Self, Failure> {
        let mut root = CertificateParams::default();
        root.distinguished_name.push(DnType::CountryName, "KR");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root =
            CertifiedIssuer::self_signed(root, KeyPair::generate().map_err(broken)?).map_err(broken)?;
        let mut signer = CertificateParams::default();
        signer.distinguished_name.push(DnType::CountryName, "KR");
        signer.is_ca = IsCa::ExplicitNoCa;
        signer.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        signer.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(MDL_DS.to_vec())];
        signer.subject_alt_names = vec![SanType::URI(identifier.try_into().map_err(broken)?)];
        let key = KeyPair::generate().map_err(broken)?;
        let signer = signer.signed_by(&key, &root).map_err(broken)?;
        let put = |name: &str, pem: String| -> Result<PathBuf, Failure> {
            let path = folder.join(name);
            files::write_new(&path, pem.as_bytes()).map_err(broken)?;
            Ok(path)
        };
        let [chain, anchors] = FILES;
        Ok(Self {
            key: PrivateKey::from_pkcs8_der(&key.serialize_der()).map_err(broken)?,
            x5c: json!({"chain": put(chain, signer.pem())?, "anchors": put(anchors, root.pem())?}),
        })
    }
}
