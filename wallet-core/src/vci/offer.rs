//! The Credential Offer (OpenID4VCI 1.0 §4): the object, and the link that brings it by value or by reference.
//!
//! Nothing in an offer is to be trusted (§13.5): it only says whom to ask. Refuses links with both or neither parameter or
//! one of them twice, offers that break a type or rule of §4.1.1, and references that are not https.

use std::collections::BTreeSet;

use jigap_keys::Entropy;
use serde_json::Value;
use url::Url;

use super::read::{self, Members};
use super::write::{filled, maybe, object, some};
use super::{IssuerIdentifier, IssuerMetadata, MessageError, PRE_AUTHORIZED_CODE, SecretText};
use crate::status::uniform_below;

/// The scheme by which a wallet is invoked when nothing better is known (§12.1.1).
pub const OFFER_SCHEME: &str = "openid-credential-offer";

/// Longest link that is read. An offer by value of a hundred credentials fits.
const MAX_LINK: usize = 64 * 1024;
/// Longest `description` of a transaction code, in characters (§4.1.1).
const MAX_DESCRIPTION: usize = 300;
/// Longest transaction code a person can be asked to type.
const MAX_TX_CODE: u64 = 64;

/// What an offer link carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferLink {
    /// `credential_offer`: the offer itself.
    Value(Box<CredentialOffer>),
    /// `credential_offer_uri`: where to GET it, as `application/json`.
    Reference(Url),
}

/// A Credential Offer object (§4.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialOffer {
    /// Whom to ask.
    pub credential_issuer: IssuerIdentifier,
    /// What is offered: keys of the issuer's `credential_configurations_supported`, at least one.
    pub credential_configuration_ids: Vec<String>,
    /// The grant of the authorization code flow, if the issuer is prepared for it.
    pub authorization_code: Option<AuthorizationCodeGrant>,
    /// The grant of the pre-authorized code flow, if the issuer is prepared for it.
    pub pre_authorized_code: Option<PreAuthorizedCodeGrant>,
}

/// Grant type `authorization_code`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthorizationCodeGrant {
    /// Opaque; goes into the authorization request.
    pub issuer_state: Option<String>,
    /// Which of the issuer's authorization servers to use.
    pub authorization_server: Option<String>,
}

/// Grant type `urn:ietf:params:oauth:grant-type:pre-authorized_code`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreAuthorizedCodeGrant {
    /// The short-lived, single-use code.
    pub pre_authorized_code: SecretText,
    /// What the transaction code looks like, if one is required.
    pub tx_code: Option<TxCodeSpec>,
    /// Which of the issuer's authorization servers to use.
    pub authorization_server: Option<String>,
}

/// What a transaction code looks like: `tx_code`, present and possibly empty when one is required.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TxCodeSpec {
    /// Its characters.
    pub input_mode: InputMode,
    /// Its length in characters, 1 to 64.
    pub length: Option<u8>,
    /// How the person gets it, at most 300 characters.
    pub description: Option<String>,
}

/// The characters of a transaction code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InputMode {
    /// Only digits.
    #[default]
    Numeric,
    /// Any characters.
    Text,
}

impl OfferLink {
    /// Reads a link with scheme [`OFFER_SCHEME`], as scanned or clicked.
    pub fn parse(link: &str) -> Result<Self, MessageError> {
        let invalid = |rule| MessageError::invalid("link", rule);
        if link.len() > MAX_LINK {
            return Err(invalid("is too long"));
        }
        let url = Url::parse(link.trim()).map_err(|_| invalid("is not a URL"))?;
        if url.scheme() != OFFER_SCHEME {
            return Err(invalid("does not have the scheme `openid-credential-offer`"));
        }
        let (mut value, mut reference) = (None, None);
        for (name, content) in url.query_pairs() {
            let place = match &*name {
                "credential_offer" => &mut value,
                "credential_offer_uri" => &mut reference,
                _ => continue,
            };
            if place.replace(content).is_some() {
                return Err(invalid("has a parameter twice"));
            }
        }
        match (value, reference) {
            (Some(offer), None) => Ok(Self::Value(Box::new(CredentialOffer::parse(offer.as_bytes())?))),
            (None, Some(uri)) => Ok(Self::Reference(read::endpoint(&uri, "credential_offer_uri")?)),
            (Some(_), Some(_)) => Err(invalid("has both `credential_offer` and `credential_offer_uri`")),
            (None, None) => Err(MessageError::Missing("credential_offer")),
        }
    }

    /// The link. For a QR code take the reference, which is short and can be withdrawn.
    pub fn to_link(&self) -> String {
        let (name, content) = match self {
            Self::Value(offer) => ("credential_offer", offer.to_json().to_string()),
            Self::Reference(url) => ("credential_offer_uri", url.to_string()),
        };
        // Percent-encoded throughout: a reader that takes `+` for itself then finds none.
        let encoded: String = url::form_urlencoded::byte_serialize(content.as_bytes()).collect();
        format!("{OFFER_SCHEME}://?{name}={}", encoded.replace('+', "%20"))
    }
}

impl CredentialOffer {
    /// Reads the JSON object, from a link or from `credential_offer_uri`.
    pub fn parse(json: &[u8]) -> Result<Self, MessageError> {
        let message = read::object(json)?;
        let members = Members::new(&message);
        let grants = members.optional_object("grants")?;
        let grant = |name| grants.and_then(|grants| grants.value(name));
        let credential_configuration_ids = members.texts("credential_configuration_ids")?;
        let distinct: BTreeSet<&String> = credential_configuration_ids.iter().collect();
        if distinct.len() < credential_configuration_ids.len() {
            return Err(MessageError::invalid("credential_configuration_ids", "names something twice"));
        }
        Ok(Self {
            credential_issuer: members.issuer("credential_issuer")?,
            credential_configuration_ids,
            authorization_code: grant("authorization_code").map(AuthorizationCodeGrant::read).transpose()?,
            pre_authorized_code: grant(PRE_AUTHORIZED_CODE).map(PreAuthorizedCodeGrant::read).transpose()?,
        })
    }

    /// The JSON object.
    pub fn to_json(&self) -> Value {
        let code = self.authorization_code.as_ref().map(AuthorizationCodeGrant::to_json);
        let pre_authorized = self.pre_authorized_code.as_ref().map(PreAuthorizedCodeGrant::to_json);
        let grants = object([("authorization_code", code), (PRE_AUTHORIZED_CODE, pre_authorized)]);
        object([
            ("credential_issuer", some(&self.credential_issuer)),
            ("credential_configuration_ids", some(&self.credential_configuration_ids)),
            ("grants", filled(grants)),
        ])
    }

    /// Checks the offer against the metadata of the issuer it names (§4.1.1, §12.2.4): the same issuer, configurations
    /// it has and that can be asked for, and a hint at an authorization server only among several of its own.
    pub fn check_against(&self, metadata: &IssuerMetadata) -> Result<(), MessageError> {
        if self.credential_issuer != metadata.credential_issuer {
            return Err(MessageError::invalid("credential_issuer", "is not the issuer of the metadata"));
        }
        for id in &self.credential_configuration_ids {
            let configuration = metadata.credential_configurations_supported.get(id);
            let configuration = configuration.ok_or(MessageError::invalid(
                "credential_configuration_ids",
                "names a configuration that the issuer's metadata does not have",
            ))?;
            configuration.requires_proofs()?;
        }
        let codes = self.authorization_code.iter().filter_map(|grant| grant.authorization_server.as_ref());
        let pre = self.pre_authorized_code.iter().filter_map(|grant| grant.authorization_server.as_ref());
        for hint in codes.chain(pre) {
            let servers = &metadata.authorization_servers;
            if servers.len() < 2 || !servers.iter().any(|server| server.as_str() == hint) {
                return Err(MessageError::invalid(
                    "authorization_server",
                    "is not one of the issuer's several authorization servers",
                ));
            }
        }
        Ok(())
    }
}

impl AuthorizationCodeGrant {
    fn read(value: &Value) -> Result<Self, MessageError> {
        let members = Members::of(value, "authorization_code")?;
        Ok(Self {
            issuer_state: members.optional_string("issuer_state")?,
            authorization_server: members.optional_string("authorization_server")?,
        })
    }

    fn to_json(&self) -> Value {
        object([
            ("issuer_state", maybe(self.issuer_state.as_deref())),
            ("authorization_server", maybe(self.authorization_server.as_deref())),
        ])
    }
}

impl PreAuthorizedCodeGrant {
    fn read(value: &Value) -> Result<Self, MessageError> {
        let members = Members::of(value, PRE_AUTHORIZED_CODE)?;
        Ok(Self {
            pre_authorized_code: SecretText::new(members.text("pre-authorized_code")?),
            tx_code: members.value("tx_code").map(TxCodeSpec::read).transpose()?,
            authorization_server: members.optional_string("authorization_server")?,
        })
    }

    fn to_json(&self) -> Value {
        object([
            ("pre-authorized_code", some(self.pre_authorized_code.reveal())),
            ("tx_code", self.tx_code.as_ref().map(TxCodeSpec::to_json)),
            ("authorization_server", maybe(self.authorization_server.as_deref())),
        ])
    }
}

impl TxCodeSpec {
    /// A numeric code of `length` digits.
    pub const fn numeric(length: u8) -> Self {
        Self { input_mode: InputMode::Numeric, length: Some(length), description: None }
    }

    /// Whether what a person typed has the form the issuer announced: a help for the one who types, no check.
    pub fn fits(&self, typed: &str) -> bool {
        let characters = match self.input_mode {
            InputMode::Numeric => typed.bytes().all(|byte| byte.is_ascii_digit()),
            InputMode::Text => true,
        };
        let length = self.length.is_none_or(|length| typed.chars().count() == usize::from(length));
        characters && length && !typed.is_empty()
    }

    /// A numeric code of `length` digits, each equally likely.
    pub fn draw(length: u8, entropy: &dyn Entropy) -> SecretText {
        let digit = |_| uniform_below(10, entropy).map_or('0', |digit| char::from(b'0' + digit as u8));
        SecretText::new((0..length).map(digit).collect::<String>())
    }

    fn read(value: &Value) -> Result<Self, MessageError> {
        let members = Members::of(value, "tx_code")?;
        let input_mode = match members.optional_text("input_mode")? {
            None | Some("numeric") => InputMode::Numeric,
            Some("text") => InputMode::Text,
            Some(_) => return Err(MessageError::invalid("input_mode", "is neither `numeric` nor `text`")),
        };
        let length = match members.optional_unsigned("length")? {
            Some(length @ 1..=MAX_TX_CODE) => u8::try_from(length).ok(),
            Some(_) => return Err(MessageError::invalid("length", "is not between 1 and 64")),
            None => None,
        };
        let description = members.optional_string("description")?;
        if description.as_ref().is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
            return Err(MessageError::invalid("description", "is longer than 300 characters"));
        }
        Ok(Self { input_mode, length, description })
    }

    fn to_json(&self) -> Value {
        let input_mode = match self.input_mode {
            InputMode::Text => Some("text"),
            InputMode::Numeric => self.length.map(|_| "numeric"),
        };
        object([
            ("input_mode", maybe(input_mode)),
            ("length", maybe(self.length)),
            ("description", maybe(self.description.as_deref())),
        ])
    }
}

#[cfg(test)]
mod tests;
