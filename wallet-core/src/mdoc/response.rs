//! `DeviceResponse`: one document with its device authentication (ISO 18013-5 §8.3.2.1.2.2, §9.1.3).
//!
//! OpenID4VP asks one document a response. Refuses: more or fewer, a status that reports an error, another document type than
//! was issued, elements that the device signed without being authorized, device authentication that is not by the device key
//! over the session's transcript.

use std::fmt;

use jigap_keys::PublicKey;

use super::checks::{
    AUTHORIZED, DEVICE_AUTHENTICATION, DEVICE_PROOF, DOC_TYPE, FORM, MISMATCH, NO_READER_KEY, NOT_CBOR,
    NOT_ONE, OTHER_DOC_TYPE, RESPONSE, SHAPE, STATUS, UNAUTHORIZED, UNPROVEN,
};
use super::mso::Mso;
use super::session::Session;
use super::signed::IssuerSigned;
use crate::cbor::{self, Item, Limits};
use crate::cose::{self, Mac0, Sign1};
use crate::redacted;
use crate::verdict::Refusal;

/// A document as a device presents it, parsed and not verified.
#[derive(Clone)]
pub struct DeviceResponse {
    doc_type: String,
    issuer_signed: IssuerSigned,
    device_signed: Option<DeviceSigned>,
}

/// What the device authenticates.
#[derive(Clone)]
pub struct DeviceSigned {
    /// `DeviceNameSpacesBytes`, exactly as they came.
    namespaces: Vec<u8>,
    /// The elements that it signs itself.
    elements: Vec<(String, String)>,
    auth: DeviceAuth,
}

#[derive(Clone)]
enum DeviceAuth {
    Signature(Box<Sign1>),
    Mac(Box<Mac0>),
}

impl fmt::Debug for DeviceResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "DeviceResponse", &[(self.issuer_signed.elements.len(), "elements")])
    }
}

impl fmt::Debug for DeviceSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "DeviceSigned", &[(self.elements.len(), "elements")])
    }
}

impl DeviceResponse {
    /// Parses a response. Refuses by MD-01, MD-02, MD-09, MD-11 and the `CO-…` checks of its messages. A document without
    /// `deviceSigned` is parsed: that nobody proves to hold it is for the judge to say.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let item = cbor::parse(bytes, Limits::MESSAGE).map_err(|_| FORM.refuse(NOT_CBOR))?;
        Self::read(&item)
    }

    pub(crate) fn read(item: &Item<'_>) -> Result<Self, Refusal> {
        let bad = FORM.refuse(SHAPE);
        let version = item.get("version").and_then(Item::as_text).ok_or(bad)?;
        // Later minor versions add members, which are ignored (§8.1).
        if !version.starts_with("1.") {
            return Err(bad);
        }
        match item.get("status").and_then(Item::as_u64) {
            Some(0) => {}
            Some(_) => return Err(RESPONSE.refuse(STATUS)),
            None => return Err(bad),
        }
        let documents = match item.get("documents") {
            Some(documents) => documents.as_array().ok_or(bad)?,
            None => &[],
        };
        let [document] = documents else { return Err(RESPONSE.refuse(NOT_ONE)) };
        Ok(Self {
            doc_type: document.get("docType").and_then(Item::as_text).ok_or(bad)?.to_owned(),
            issuer_signed: IssuerSigned::read(document.get("issuerSigned").ok_or(bad)?)?,
            device_signed: match document.get("deviceSigned") {
                Some(signed) => Some(DeviceSigned::read(signed)?),
                None => None,
            },
        })
    }

    /// Whether these bytes seem to be a response, and not what an issuer signed alone.
    pub(crate) fn is_one(item: &Item<'_>) -> bool {
        item.get("documents").is_some() || item.get("status").is_some()
    }

    /// What the issuer signed, and what the device did.
    ///
    /// # Errors
    /// A refusal by MD-05 if the response names another document type than the issuer.
    pub fn into_parts(self) -> Result<(IssuerSigned, Option<DeviceSigned>), Refusal> {
        if self.doc_type != self.issuer_signed.mso.doc_type {
            return Err(DOC_TYPE.refuse(OTHER_DOC_TYPE));
        }
        Ok((self.issuer_signed, self.device_signed))
    }
}

impl DeviceSigned {
    fn read(item: &Item<'_>) -> Result<Self, Refusal> {
        let bad = FORM.refuse(SHAPE);
        let namespaces = item.get("nameSpaces").ok_or(bad)?;
        let embedded = namespaces.embedded().ok_or(bad)?;
        let inner = cbor::parse(embedded, Limits::MESSAGE).map_err(|_| FORM.refuse(NOT_CBOR))?;
        let mut elements = Vec::new();
        for (namespace, items) in inner.as_map().ok_or(bad)? {
            for (element, _) in items.as_map().ok_or(bad)? {
                let name = |item: &Item<'_>| item.as_text().map(str::to_owned).ok_or(bad);
                elements.push((name(namespace)?, name(element)?));
            }
        }
        let auth = item.get("deviceAuth").ok_or(bad)?;
        let auth = match (auth.get("deviceSignature"), auth.get("deviceMac")) {
            (Some(signature), None) => DeviceAuth::Signature(Box::new(Sign1::from_item(signature)?)),
            (None, Some(mac)) => DeviceAuth::Mac(Box::new(Mac0::from_item(mac)?)),
            _ => return Err(bad),
        };
        Ok(Self { namespaces: namespaces.raw().to_vec(), elements, auth })
    }

    /// Verifies that the device of `mso` made it in this session, and answers its key. Refuses by MD-10, MD-13, and CO-06 where
    /// the message is not detached.
    pub fn verify(&self, mso: &Mso, session: &Session<'_>) -> Result<PublicKey, Refusal> {
        if !self.elements.iter().all(|(namespace, element)| mso.authorizes(namespace, element)) {
            return Err(AUTHORIZED.refuse(UNAUTHORIZED));
        }
        let message = session.transcript.device_authentication(&mso.doc_type, &self.namespaces);
        let proven = match &self.auth {
            DeviceAuth::Signature(signature) => signature.verify_detached(&mso.device_key, b"", &message),
            DeviceAuth::Mac(mac) => {
                let no_key = DEVICE_PROOF.refuse(NO_READER_KEY);
                let key = session.reader_key.ok_or(no_key)?;
                let key = session.transcript.mac_key(key, &mso.device_key).ok_or(no_key)?;
                mac.verify_detached(&*key, b"", &message)
            }
        };
        match proven {
            Ok(()) => Ok(mso.device_key.clone()),
            Err(refusal) if refusal.check == cose::PAYLOAD => Err(refusal),
            Err(_) => Err(DEVICE_PROOF.refuse(MISMATCH)),
        }
    }
}

/// The refusal of a response without device authentication (MD-12).
pub(crate) const fn unproven() -> Refusal {
    DEVICE_AUTHENTICATION.refuse(UNPROVEN)
}
