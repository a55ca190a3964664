//! The mobile security object: what the issuer signs (ISO 18013-5 §9.1.2.4).
//!
//! Refuses: another version or digest algorithm, members missing or of another type, a device key of a type not spoken,
//! times that are no `tdate` in whole seconds of UTC. Members it does not know are ignored.

use jigap_keys::PublicKey;
use jigap_keys::hash::HashAlgorithm;
use serde_json::Value;

use super::checks::{BAD_MSO, DEVICE_KEY, DIGEST_ALGORITHM, MSO, MSO_VERSION};
use super::value::{tdate, to_json};
use crate::cbor::{self, Item, Limits};
use crate::time::Timestamp;
use crate::verdict::Refusal;

/// The digests of a namespace by digest id, ascending.
type Digests = Vec<(u64, Vec<u8>)>;

/// What the issuer says of the document and the device.
#[derive(Clone, PartialEq, Eq)]
pub struct Mso {
    pub(super) doc_type: String,
    pub(super) hash: HashAlgorithm,
    digests: Vec<(String, Digests)>,
    pub(super) device_key: PublicKey,
    authorizations: Authorizations,
    pub(super) validity: Validity,
    pub(super) status: Option<Value>,
}

/// When it was signed and when it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// When the issuer signed it.
    pub signed: Timestamp,
    /// From when it is valid.
    pub from: Timestamp,
    /// The moment when that ends.
    pub until: Timestamp,
    /// When the issuer expects to sign it anew.
    pub expected_update: Option<Timestamp>,
}

/// What the device may sign itself (`keyAuthorizations`).
#[derive(Clone, PartialEq, Eq, Default)]
struct Authorizations {
    namespaces: Vec<String>,
    elements: Vec<(String, Vec<String>)>,
}

/// Shows the type alone.
impl std::fmt::Debug for Mso {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mso").field("doc_type", &self.doc_type).finish_non_exhaustive()
    }
}

impl Mso {
    /// Reads `MobileSecurityObjectBytes`, the payload of `issuerAuth`. Refuses by MD-02.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, Refusal> {
        let bad = MSO.refuse(BAD_MSO);
        let item = cbor::parse(payload, Limits::MESSAGE).map_err(|_| bad)?;
        let item = cbor::parse(item.embedded().ok_or(bad)?, Limits::MESSAGE).map_err(|_| bad)?;
        let text = |name| item.get(name).and_then(Item::as_text).ok_or(bad);
        if text("version")? != "1.0" {
            return Err(MSO.refuse(MSO_VERSION));
        }
        let hash = match text("digestAlgorithm")? {
            "SHA-256" => HashAlgorithm::Sha256,
            "SHA-384" => HashAlgorithm::Sha384,
            "SHA-512" => HashAlgorithm::Sha512,
            _ => return Err(MSO.refuse(DIGEST_ALGORITHM)),
        };
        let device = item.get("deviceKeyInfo").ok_or(bad)?;
        let device_key = device.get("deviceKey").ok_or(bad)?;
        let device_key = PublicKey::from_cose_key(device_key.raw()).map_err(|_| MSO.refuse(DEVICE_KEY))?;
        let authorizations = match device.get("keyAuthorizations") {
            Some(authorizations) => Authorizations::read(authorizations).ok_or(bad)?,
            None => Authorizations::default(),
        };
        let status = match item.get("status") {
            Some(status) => Some(to_json(status).ok_or(bad)?),
            None => None,
        };
        Ok(Self {
            doc_type: text("docType")?.to_owned(),
            hash,
            digests: item.get("valueDigests").and_then(digests).ok_or(bad)?,
            device_key,
            authorizations,
            validity: item.get("validityInfo").and_then(Validity::read).ok_or(bad)?,
            status,
        })
    }

    /// The document type.
    pub fn doc_type(&self) -> &str {
        &self.doc_type
    }

    /// The key of the device it was issued to.
    pub const fn device_key(&self) -> &PublicKey {
        &self.device_key
    }

    /// When it was signed and when it counts.
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// The reference to its status (Token Status List §6.3), as a claim; `None` if it has none.
    pub const fn status(&self) -> Option<&Value> {
        self.status.as_ref()
    }

    /// The digests of a namespace; none, where it has no such namespace.
    pub(super) fn digests(&self, namespace: &str) -> &[(u64, Vec<u8>)] {
        self.digests.iter().find(|(name, _)| name == namespace).map_or(&[], |(_, digests)| digests.as_slice())
    }

    /// Whether the device may sign this element itself.
    pub(super) fn authorizes(&self, namespace: &str, element: &str) -> bool {
        let Authorizations { namespaces, elements } = &self.authorizations;
        namespaces.iter().any(|name| name == namespace)
            || elements
                .iter()
                .any(|(name, elements)| name == namespace && elements.iter().any(|name| name == element))
    }
}

impl Authorizations {
    fn read(item: &Item<'_>) -> Option<Self> {
        item.as_map()?;
        let mut this = Self::default();
        if let Some(namespaces) = item.get("nameSpaces") {
            this.namespaces = texts(namespaces)?;
        }
        if let Some(elements) = item.get("dataElements") {
            for (namespace, elements) in elements.as_map()? {
                this.elements.push((namespace.as_text()?.to_owned(), texts(elements)?));
            }
        }
        Some(this)
    }
}

impl Validity {
    fn read(item: &Item<'_>) -> Option<Self> {
        let moment = |name| item.get(name).and_then(tdate);
        Some(Self {
            signed: moment("signed")?,
            from: moment("validFrom")?,
            until: moment("validUntil")?,
            expected_update: match item.get("expectedUpdate") {
                Some(update) => Some(tdate(update)?),
                None => None,
            },
        })
    }
}

fn texts(item: &Item<'_>) -> Option<Vec<String>> {
    item.as_array()?.iter().map(|text| text.as_text().map(str::to_owned)).collect()
}

fn digests(item: &Item<'_>) -> Option<Vec<(String, Digests)>> {
    let namespace = |(name, digests): &(Item<'_>, Item<'_>)| {
        let digest = |(id, digest): &(Item<'_>, Item<'_>)| Some((id.as_u64()?, digest.as_bytes()?.to_vec()));
        let mut digests = digests.as_map()?.iter().map(digest).collect::<Option<Digests>>()?;
        digests.sort_unstable_by_key(|(id, _)| *id);
        Some((name.as_text()?.to_owned(), digests))
    };
    item.as_map().filter(|namespaces| !namespaces.is_empty())?.iter().map(namespace).collect()
}
