//! The authority that certifies the demo's licensing agency: the root of its country and a document signer below it, as `jigap ca`
//! makes them. Both are made anew for each demo; the root's key is forgotten at once.

use std::path::{Path, PathBuf};

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::authority::{AltName, Authority, Profile, Root, Subject};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::{files, pem};
use jigap_wallet_core::ports::Clock as _;
use serde_json::{Value, json};

use super::world::broken;
use crate::failure::Failure;

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
        let now = SystemClock.now();
        let root = Root {
            country: "KR",
            name: "Jigap demo",
            contact: AltName::Uri("https://demo.invalid/"),
            crl: "https://demo.invalid/root.crl",
            days: 366,
        };
        let root = Authority::root(&root, new_key(), now, &OsEntropy).map_err(broken)?;
        let key = new_key();
        let signer = Subject {
            profile: Profile::DocumentSigner,
            name: "Nuri Licensing Agency",
            names: &[AltName::Uri(identifier)],
            days: 365,
        };
        let signer = root.certify(&signer, key.public(), now, &OsEntropy).map_err(broken)?;
        let put = |name: &str, der: &[u8]| -> Result<PathBuf, Failure> {
            let path = folder.join(name);
            files::write_new(&path, pem::certificate_text(der).as_bytes()).map_err(broken)?;
            Ok(path)
        };
        let [chain, anchors] = FILES;
        let x5c = json!({"chain": put(chain, &signer)?, "anchors": put(anchors, root.certificate())?});
        Ok(Self { key, x5c })
    }
}

fn new_key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &OsEntropy)
}
