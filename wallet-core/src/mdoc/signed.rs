//! `IssuerSigned`: the elements, and the issuer's signature over their digests (ISO 18013-5 §8.3.2.1.2.2, §9.1.2).
//!
//! The bytes of each `IssuerSignedItemBytes` are kept as they came, tag and head included: they are what was digested, and
//! what is passed on. Refuses (after the signature held, so that a forger learns nothing): an element whose digest is not
//! the one signed under its digest id, elements and digest ids twice, random values under 16 bytes.

use std::fmt;

use jigap_keys::PublicKey;
use jigap_keys::hash::HashAlgorithm;
use serde_json::{Map, Value};

use super::checks::{
    BAD_MSO, DIGEST, FORM, MSO, NO_CLAIM, NO_DIGEST, NOT_CBOR, OTHER_DIGEST, SALT, SHAPE, SHORT_SALT, SIGNED,
    SIGNED_OUTSIDE, TWICE, UNIQUE, VALIDITY_ORDER, VALUE,
};
use super::mso::Mso;
use super::value::to_json;
use crate::cbor::{self, Item, Limits};
use crate::cose::Sign1;
use crate::redacted;
use crate::time::Timestamp;
use crate::verdict::Refusal;
use crate::x509;

/// Bytes of the shortest random value (ISO 18013-5 §9.1.2.5).
pub(super) const MIN_SALT: usize = 16;

/// A disclosed element.
#[derive(Clone)]
pub(super) struct Element {
    pub(super) namespace: String,
    pub(super) identifier: String,
    digest_id: u64,
    pub(super) value: Value,
    /// `IssuerSignedItemBytes`, exactly as it was signed.
    pub(super) bytes: Vec<u8>,
}

/// A document as its issuer signed it, with all or some of its elements, parsed and not verified.
#[derive(Clone)]
pub struct IssuerSigned {
    pub(super) elements: Vec<Element>,
    pub(super) mso: Mso,
    auth: Sign1,
    /// `issuerAuth`, exactly as it came.
    pub(super) auth_bytes: Vec<u8>,
    /// Whether what is disclosed is what was signed: said once the signature holds.
    genuine: Result<(), Refusal>,
}

impl fmt::Debug for IssuerSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "IssuerSigned", &[(self.elements.len(), "elements")])
    }
}

impl IssuerSigned {
    /// Parses `IssuerSigned` alone, as an issuer hands it out (OpenID4VCI 1.0 A.2.4). Refuses by MD-01, MD-02, MD-11 and CO-01
    /// to CO-04, CO-09.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::read(&cbor::parse(bytes, Limits::MESSAGE).map_err(|_| FORM.refuse(NOT_CBOR))?)
    }

    pub(crate) fn read(item: &Item<'_>) -> Result<Self, Refusal> {
        let bad = FORM.refuse(SHAPE);
        item.as_map().ok_or(bad)?;
        let auth_item = item.get("issuerAuth").ok_or(bad)?;
        let auth = Sign1::from_item(auth_item)?;
        let mso = Mso::parse(auth.unverified_payload().ok_or(MSO.refuse(BAD_MSO))?)?;
        let mut elements = Vec::new();
        let mut genuine = Ok(());
        if let Some(namespaces) = item.get("nameSpaces") {
            for (namespace, items) in namespaces.as_map().ok_or(bad)? {
                let namespace = namespace.as_text().ok_or(bad)?;
                let digests = Digests { hash: mso.hash, of_namespace: mso.digests(namespace) };
                for item in items.as_array().ok_or(bad)? {
                    let (element, is_genuine) = read_element(namespace, item, &digests)?;
                    elements.push(element);
                    genuine = genuine.and(is_genuine);
                }
            }
        }
        let genuine = genuine.and_then(|()| require_unique(&elements));
        Ok(Self { elements, mso, auth, auth_bytes: auth_item.raw().to_vec(), genuine })
    }

    /// The certificates of who signed it, in DER, the document signer's first (`x5chain`).
    pub fn x5chain(&self) -> &[Vec<u8>] {
        &self.auth.header().x5chain
    }

    /// What the issuer says of the document, before anybody vouches for it.
    pub const fn unverified_mso(&self) -> &Mso {
        &self.mso
    }

    /// Verifies the issuer's signature with `key`, and that everything disclosed was signed. Refuses by CO-05, CO-07, and then by
    /// MD-03, MD-04, MD-07, MD-08. Whose key it is, and until when, is for the caller.
    pub fn verify(self, key: &PublicKey) -> Result<VerifiedMdoc, Refusal> {
        let certificate = self.x5chain().first().and_then(|der| x509::validity(der));
        let auth = self.auth.verify(key, b"")?;
        self.genuine?;
        require_signed_in_time(&self.mso, certificate)?;
        Ok(VerifiedMdoc {
            elements: self.elements,
            mso: self.mso,
            auth_bytes: self.auth_bytes,
            x5chain: auth.into_parts().0.x5chain,
        })
    }

    /// The document without its issuer's signature verified: for a wallet that keeps what it verified, or that asked its issuer
    /// itself. What is disclosed must be what was digested all the same: refuses by MD-03, MD-04, MD-07, MD-08.
    pub fn dangerous_assume_verified(self) -> Result<VerifiedMdoc, Refusal> {
        self.genuine?;
        let certificate = self.x5chain().first().and_then(|der| x509::validity(der));
        require_signed_in_time(&self.mso, certificate)?;
        let x5chain = self.x5chain().to_vec();
        Ok(VerifiedMdoc { elements: self.elements, mso: self.mso, auth_bytes: self.auth_bytes, x5chain })
    }
}

/// The digests that the elements of one namespace must have.
struct Digests<'m> {
    hash: HashAlgorithm,
    of_namespace: &'m [(u64, Vec<u8>)],
}

impl Digests<'_> {
    fn of(&self, digest_id: u64) -> Option<&[u8]> {
        let at = self.of_namespace.binary_search_by_key(&digest_id, |(id, _)| *id).ok()?;
        self.of_namespace.get(at).map(|(_, digest)| digest.as_slice())
    }
}

/// Reads an element, and whether it is the one that was issued.
fn read_element(
    namespace: &str,
    item: &Item<'_>,
    digests: &Digests<'_>,
) -> Result<(Element, Result<(), Refusal>), Refusal> {
    let bad = FORM.refuse(SHAPE);
    let bytes = item.raw();
    let inner = item.embedded().ok_or(bad)?;
    let inner = cbor::parse(inner, Limits::MESSAGE).map_err(|_| FORM.refuse(NOT_CBOR))?;
    let digest_id = inner.get("digestID").and_then(Item::as_u64).ok_or(bad)?;
    let salt = inner.get("random").and_then(Item::as_bytes).ok_or(bad)?;
    let identifier = inner.get("elementIdentifier").and_then(Item::as_text).ok_or(bad)?;
    let value = to_json(inner.get("elementValue").ok_or(bad)?).ok_or(VALUE.refuse(NO_CLAIM))?;
    let genuine = match digests.of(digest_id) {
        None => Err(DIGEST.refuse(NO_DIGEST)),
        Some(digest) if digest != digests.hash.digest(bytes) => Err(DIGEST.refuse(OTHER_DIGEST)),
        Some(_) if salt.len() < MIN_SALT => Err(SALT.refuse(SHORT_SALT)),
        Some(_) => Ok(()),
    };
    let element = Element {
        namespace: namespace.to_owned(),
        identifier: identifier.to_owned(),
        digest_id,
        value,
        bytes: bytes.to_vec(),
    };
    Ok((element, genuine))
}

/// Refuses (MD-04) an element or a digest id that is disclosed twice in its namespace. Namespaces twice are no strict CBOR.
fn require_unique(elements: &[Element]) -> Result<(), Refusal> {
    let twice = |mut keys: Vec<(&str, &str, u64)>| {
        keys.sort_unstable();
        keys.windows(2).any(|pair| matches!(pair, [one, two] if one == two))
    };
    let names = elements.iter().map(|it| (it.namespace.as_str(), it.identifier.as_str(), 0)).collect();
    let ids = elements.iter().map(|it| (it.namespace.as_str(), "", it.digest_id)).collect();
    if twice(names) || twice(ids) { Err(UNIQUE.refuse(TWICE)) } else { Ok(()) }
}

/// Refuses (MD-07) what was signed outside the validity of the signer's certificate, and a validity out of order.
fn require_signed_in_time(mso: &Mso, certificate: Option<(Timestamp, Timestamp)>) -> Result<(), Refusal> {
    let validity = mso.validity;
    if validity.from < validity.signed || validity.until <= validity.from {
        return Err(SIGNED.refuse(VALIDITY_ORDER));
    }
    match certificate {
        Some((begins, ends)) if validity.signed < begins || ends < validity.signed => {
            Err(SIGNED.refuse(SIGNED_OUTSIDE.at(validity.signed)))
        }
        _ => Ok(()),
    }
}

/// A document whose issuer's signature was verified, and whose elements are those that were signed.
#[derive(Clone)]
pub struct VerifiedMdoc {
    pub(super) elements: Vec<Element>,
    pub(super) mso: Mso,
    pub(super) auth_bytes: Vec<u8>,
    x5chain: Vec<Vec<u8>>,
}

impl fmt::Debug for VerifiedMdoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "VerifiedMdoc", &[(self.elements.len(), "elements")])
    }
}

impl VerifiedMdoc {
    /// What the issuer says of the document.
    pub const fn mso(&self) -> &Mso {
        &self.mso
    }

    /// The certificates of who signed it.
    pub fn x5chain(&self) -> &[Vec<u8>] {
        &self.x5chain
    }

    /// The disclosed elements as claims: `{namespace: {element: value}}`.
    pub fn claims(&self) -> Value {
        claims(
            self.elements.iter().map(|it| (it.namespace.as_str(), it.identifier.as_str(), it.value.clone())),
        )
    }

    /// As [`Self::claims`].
    pub fn into_claims(self) -> Value {
        let mut namespaces = Map::new();
        for Element { namespace, identifier, value, .. } in self.elements {
            insert(&mut namespaces, &namespace, identifier, value);
        }
        Value::Object(namespaces)
    }
}

fn claims<'e>(elements: impl Iterator<Item = (&'e str, &'e str, Value)>) -> Value {
    let mut namespaces = Map::new();
    for (namespace, identifier, value) in elements {
        insert(&mut namespaces, namespace, identifier.to_owned(), value);
    }
    Value::Object(namespaces)
}

fn insert(namespaces: &mut Map<String, Value>, namespace: &str, identifier: String, value: Value) {
    if !namespaces.contains_key(namespace) {
        namespaces.insert(namespace.to_owned(), Value::Object(Map::new()));
    }
    if let Some(Value::Object(elements)) = namespaces.get_mut(namespace) {
        elements.insert(identifier, value);
    }
}
