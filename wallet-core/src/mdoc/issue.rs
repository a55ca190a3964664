//! Issuing: digests over salted elements, the mobile security object, the issuer's signature (ISO 18013-5 §9.1.2).
//!
//! Each element has a random value of 32 bytes. Digest ids are a random order of the elements of their namespace, and the
//! object lists them by id: neither what is withheld nor how much of what comes before shows. Nothing that was digested is
//! encoded again.

use std::fmt;

use jigap_keys::hash;
use jigap_keys::{Entropy, PrivateKey, PublicKey};

use super::mso::Validity;
use super::value::write_tdate;
use crate::cbor::Writer;
use crate::cose::{Header, SignError, UnsignedSign1};
use crate::ports::Signer;
use crate::redacted;
use crate::status::{StatusReference, uniform_below};

/// Bytes of a random value.
const SALT: usize = 32;

/// A document to be issued.
#[derive(Clone)]
pub struct MdocBuilder {
    doc_type: String,
    namespaces: Vec<(String, Vec<(String, Vec<u8>)>)>,
    validity: Validity,
    device_key: PublicKey,
    authorized: Vec<String>,
    status: Option<StatusReference>,
}

impl fmt::Debug for MdocBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "MdocBuilder", &[(self.count(), "elements")])
    }
}

impl MdocBuilder {
    /// A document of this type for the device with this key.
    pub fn new(doc_type: impl Into<String>, validity: Validity, device_key: PublicKey) -> Self {
        let doc_type = doc_type.into();
        Self { doc_type, namespaces: Vec::new(), validity, device_key, authorized: Vec::new(), status: None }
    }

    /// With an element, whose value is CBOR ([`ElementType::encode`](super::ElementType::encode)). One that is there already is
    /// replaced.
    #[must_use]
    pub fn element(mut self, namespace: &str, identifier: &str, value: Vec<u8>) -> Self {
        let position = self.namespaces.iter().position(|(name, _)| name == namespace);
        let position = position.unwrap_or_else(|| {
            self.namespaces.push((namespace.to_owned(), Vec::new()));
            self.namespaces.len() - 1
        });
        if let Some((_, elements)) = self.namespaces.get_mut(position) {
            elements.retain(|(name, _)| name != identifier);
            elements.push((identifier.to_owned(), value));
        }
        self
    }

    /// With a place in a token status list (Token Status List §6.3).
    #[must_use]
    pub fn status(self, status: StatusReference) -> Self {
        Self { status: Some(status), ..self }
    }

    /// With leave for the device to sign elements of this namespace itself.
    #[must_use]
    pub fn authorize(mut self, namespace: impl Into<String>) -> Self {
        self.authorized.push(namespace.into());
        self
    }

    fn count(&self) -> usize {
        self.namespaces.iter().map(|(_, elements)| elements.len()).sum()
    }

    /// Digests the elements. `header` names the algorithm and, in `x5chain`, the document signer's certificate.
    pub fn build(self, header: Header, entropy: &dyn Entropy) -> UnsignedMdoc {
        let mut items = Writer::new();
        let mut digests = Writer::new();
        items.map(self.namespaces.len());
        digests.map(self.namespaces.len());
        for (namespace, elements) in &self.namespaces {
            items.text(namespace).array(elements.len());
            digests.text(namespace).map(elements.len());
            let ids = shuffled(elements.len(), entropy);
            let mut signed: Vec<(u64, [u8; 32])> = Vec::with_capacity(elements.len());
            for ((identifier, value), id) in elements.iter().zip(ids) {
                let item = item(id, identifier, value, entropy);
                signed.push((id, hash::sha256(&item)));
                items.raw(&item);
            }
            signed.sort_unstable();
            for (id, digest) in signed {
                digests.unsigned(id).bytes(&digest);
            }
        }
        let mso = self.mso(&digests.into_bytes());
        let mut payload = Writer::with_capacity(mso.len() + 8);
        payload.embedded(&mso);
        let unsigned = UnsignedSign1::new(header, b"", payload.into_bytes());
        UnsignedMdoc { items: items.into_bytes(), unsigned }
    }

    fn mso(&self, digests: &[u8]) -> Vec<u8> {
        let mut writer = Writer::with_capacity(digests.len() + 512);
        writer.map(6 + usize::from(self.status.is_some()));
        writer.text("version").text("1.0").text("digestAlgorithm").text("SHA-256");
        writer.text("valueDigests").raw(digests);
        writer.text("deviceKeyInfo").map(1 + usize::from(!self.authorized.is_empty()));
        writer.text("deviceKey").raw(&self.device_key.to_cose_key());
        if !self.authorized.is_empty() {
            writer.text("keyAuthorizations").map(1).text("nameSpaces").array(self.authorized.len());
            self.authorized.iter().for_each(|namespace| {
                writer.text(namespace);
            });
        }
        writer.text("docType").text(&self.doc_type);
        let Validity { signed, from, until, expected_update } = self.validity;
        writer.text("validityInfo").map(3 + usize::from(expected_update.is_some()));
        let moments = [
            ("signed", Some(signed)),
            ("validFrom", Some(from)),
            ("validUntil", Some(until)),
            ("expectedUpdate", expected_update),
        ];
        for (name, moment) in moments {
            if let Some(moment) = moment {
                write_tdate(writer.text(name), moment);
            }
        }
        if let Some(status) = &self.status {
            writer.text("status").map(1).text("status_list").map(2);
            writer.text("idx").unsigned(status.idx()).text("uri").text(status.uri());
        }
        writer.into_bytes()
    }
}

/// `IssuerSignedItemBytes`.
fn item(id: u64, identifier: &str, value: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
    let mut salt = [0; SALT];
    entropy.fill(&mut salt);
    let mut item = Writer::with_capacity(value.len() + 128);
    item.map(4).text("digestID").unsigned(id).text("random").bytes(&salt);
    item.text("elementIdentifier").text(identifier).text("elementValue").raw(value);
    let mut bytes = Writer::with_capacity(value.len() + 136);
    bytes.embedded(&item.into_bytes());
    bytes.into_bytes()
}

/// The numbers below `count` in a random order (Fisher and Yates).
fn shuffled(count: usize, entropy: &dyn Entropy) -> Vec<u64> {
    let mut ids: Vec<u64> = (0..count as u64).collect();
    for last in (1..count).rev() {
        let other = uniform_below(last as u64 + 1, entropy).and_then(|it| usize::try_from(it).ok());
        ids.swap(last, other.unwrap_or(last));
    }
    ids
}

/// A document whose issuer's signature is still missing.
#[derive(Clone)]
pub struct UnsignedMdoc {
    /// The map of namespaces to `IssuerSignedItemBytes`.
    items: Vec<u8>,
    unsigned: UnsignedSign1,
}

impl fmt::Debug for UnsignedMdoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "UnsignedMdoc", &[(self.items.len(), "bytes")])
    }
}

impl UnsignedMdoc {
    /// Signs with a key at hand: `IssuerSigned` as a wallet receives it, in base64url without padding (OpenID4VCI 1.0 A.2.4).
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(self, key: &PrivateKey) -> Result<Vec<u8>, SignError> {
        let auth = self.unsigned.sign(key)?;
        Ok(issuer_signed(&self.items, &auth))
    }

    /// Signs with a key behind the [`Signer`] port.
    ///
    /// # Errors
    /// [`SignError`].
    pub async fn sign_with(self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        let auth = self.unsigned.sign_with(signer).await?;
        Ok(issuer_signed(&self.items, &auth))
    }
}

/// `IssuerSigned` out of its two members, CBOR already.
pub(super) fn issuer_signed(items: &[u8], auth: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(items.len() + auth.len() + 32);
    writer.map(2).text("nameSpaces").raw(items).text("issuerAuth").raw(auth);
    writer.into_bytes()
}
