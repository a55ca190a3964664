//! Presenting: the elements that the holder consents to, and the device's proof over the session (ISO 18013-5 §9.1.3).
//!
//! What the issuer signed is passed on as it came. One `DeviceResponse` holds one document.

use std::fmt;

use jigap_keys::{PrivateKey, PublicKey};

use super::issue::issuer_signed;
use super::session::SessionTranscript;
use super::signed::VerifiedMdoc;
use crate::cbor::Writer;
use crate::claims::{ClaimPath, PathStep};
use crate::cose::{Header, Mac0, SignError, UnsignedSign1};
use crate::ports::Signer;
use crate::redacted;

/// `DeviceNameSpacesBytes` of a device that signs no elements of its own: an empty map.
const NO_DEVICE_ELEMENTS: &[u8] = &[0xd8, 24, 0x41, 0xa0];

/// A path names no element of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a path names no element of the document")]
pub struct NoSuchElement;

/// A document with the elements to be disclosed, whose device authentication is still missing.
#[derive(Clone)]
pub struct Presentation {
    doc_type: String,
    issuer_signed: Vec<u8>,
    device_key: PublicKey,
    disclosed: usize,
}

impl fmt::Debug for Presentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "Presentation", &[(self.disclosed, "elements")])
    }
}

impl VerifiedMdoc {
    /// Discloses the elements at these paths, namespace and element, and no others.
    ///
    /// # Errors
    /// [`NoSuchElement`].
    pub fn present(&self, disclose: &[ClaimPath]) -> Result<Presentation, NoSuchElement> {
        let mut wanted = Vec::with_capacity(disclose.len());
        for path in disclose {
            let [PathStep::Key(namespace), PathStep::Key(identifier)] = path.steps() else {
                return Err(NoSuchElement);
            };
            let is_it =
                |it: &super::signed::Element| it.namespace == *namespace && it.identifier == *identifier;
            wanted.push(self.elements.iter().position(is_it).ok_or(NoSuchElement)?);
        }
        wanted.sort_unstable();
        wanted.dedup();
        let disclosed: Vec<_> = wanted.iter().filter_map(|position| self.elements.get(*position)).collect();
        let mut namespaces: Vec<&str> = Vec::new();
        for element in &disclosed {
            if !namespaces.contains(&element.namespace.as_str()) {
                namespaces.push(&element.namespace);
            }
        }
        let mut items = Writer::new();
        items.map(namespaces.len());
        for namespace in namespaces {
            let of_it: Vec<_> = disclosed.iter().filter(|element| element.namespace == namespace).collect();
            items.text(namespace).array(of_it.len());
            for element in of_it {
                items.raw(&element.bytes);
            }
        }
        Ok(Presentation {
            doc_type: self.mso.doc_type.clone(),
            issuer_signed: issuer_signed(&items.into_bytes(), &self.auth_bytes),
            device_key: self.mso.device_key.clone(),
            disclosed: disclosed.len(),
        })
    }
}

impl Presentation {
    /// `DeviceResponse` with a device signature by the key at hand.
    ///
    /// # Errors
    /// [`SignError`], also if `key` is not the document's device key.
    pub fn sign(self, transcript: &SessionTranscript, key: &PrivateKey) -> Result<Vec<u8>, SignError> {
        let signature = self.unsigned(transcript, key.public())?.sign(key)?;
        Ok(self.response("deviceSignature", &signature))
    }

    /// The same with a key behind the [`Signer`] port.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub async fn sign_with(
        self,
        transcript: &SessionTranscript,
        signer: &dyn Signer,
    ) -> Result<Vec<u8>, SignError> {
        let signature = self.unsigned(transcript, signer.public_key())?.sign_with(signer).await?;
        Ok(self.response("deviceSignature", &signature))
    }

    /// `DeviceResponse` with a device MAC for a verifier with this key, of the device key's type (§9.1.3.5): nobody else can be
    /// shown it as proof.
    ///
    /// # Errors
    /// [`SignError::WrongKey`] if `key` is not the document's device key or the two keys do not agree.
    pub fn authenticate(
        self,
        transcript: &SessionTranscript,
        key: &PrivateKey,
        reader: &PublicKey,
    ) -> Result<Vec<u8>, SignError> {
        if *key.public() != self.device_key {
            return Err(SignError::WrongKey);
        }
        let mac_key = transcript.mac_key(key, reader).ok_or(SignError::WrongKey)?;
        let message = transcript.device_authentication(&self.doc_type, NO_DEVICE_ELEMENTS);
        let mac = Mac0::make_detached(&*mac_key, b"", &message);
        Ok(self.response("deviceMac", &mac))
    }

    fn unsigned(&self, transcript: &SessionTranscript, key: &PublicKey) -> Result<UnsignedSign1, SignError> {
        if *key != self.device_key {
            return Err(SignError::WrongKey);
        }
        let header = Header::for_key(key.key_type()).ok_or(SignError::WrongKey)?;
        let message = transcript.device_authentication(&self.doc_type, NO_DEVICE_ELEMENTS);
        Ok(UnsignedSign1::detached(header, b"", &message))
    }

    fn response(&self, kind: &str, auth: &[u8]) -> Vec<u8> {
        let mut writer = Writer::with_capacity(self.issuer_signed.len() + auth.len() + 160);
        writer.map(3).text("version").text("1.0").text("documents").array(1);
        writer.map(3).text("docType").text(&self.doc_type);
        writer.text("issuerSigned").raw(&self.issuer_signed);
        writer.text("deviceSigned").map(2).text("nameSpaces").raw(NO_DEVICE_ELEMENTS);
        writer.text("deviceAuth").map(1).text(kind).raw(auth);
        writer.text("status").unsigned(0);
        writer.into_bytes()
    }
}
