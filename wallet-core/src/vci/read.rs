//! Reading members of a strictly parsed JSON object: what is there must have its type, what is absent may be allowed.

use jigap_keys::json::{self, Limits};
use serde_json::{Map, Value};
use url::Url;

use super::{IssuerIdentifier, MessageError};
use crate::ports::FetchLimits;

/// What a protocol message may have: 256 KiB as the fetch limit for documents, and the nesting a credential may need.
pub(super) const LIMITS: Limits = Limits { bytes: 256 * 1024, depth: 32 };

/// What a credential response may have: a batch of credentials, each as long as one may be.
const BATCH_LIMITS: Limits = Limits { bytes: FetchLimits::STATUS_LIST.max_bytes, depth: 32 };

/// Longest identifier, code or token that is taken for one.
const MAX_TEXT: usize = 16 * 1024;

/// Parses a message that must be one JSON object.
pub(super) fn object(bytes: &[u8]) -> Result<Map<String, Value>, MessageError> {
    object_within(bytes, LIMITS)
}

/// Parses a message that holds a batch of credentials.
pub(super) fn batch(bytes: &[u8]) -> Result<Map<String, Value>, MessageError> {
    object_within(bytes, BATCH_LIMITS)
}

fn object_within(bytes: &[u8], limits: Limits) -> Result<Map<String, Value>, MessageError> {
    match json::parse(bytes, limits) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(MessageError::NotJson),
    }
}

/// The members of one object.
#[derive(Clone, Copy)]
pub(super) struct Members<'v>(&'v Map<String, Value>);

impl<'v> Members<'v> {
    pub(super) const fn new(members: &'v Map<String, Value>) -> Self {
        Self(members)
    }

    /// Takes `value`, which stands under `member`, for an object.
    pub(super) fn of(value: &'v Value, member: &'static str) -> Result<Self, MessageError> {
        value.as_object().map(Self).ok_or(MessageError::invalid(member, "is not an object"))
    }

    pub(super) fn value(self, member: &str) -> Option<&'v Value> {
        self.0.get(member)
    }

    pub(super) fn optional_text(self, member: &'static str) -> Result<Option<&'v str>, MessageError> {
        match self.value(member) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() > MAX_TEXT => {
                Err(MessageError::invalid(member, "is too long"))
            }
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(MessageError::invalid(member, "is not a string")),
        }
    }

    /// A required string; an empty one names nothing.
    pub(super) fn text(self, member: &'static str) -> Result<&'v str, MessageError> {
        match self.optional_text(member)? {
            None => Err(MessageError::Missing(member)),
            Some("") => Err(MessageError::invalid(member, "is empty")),
            Some(text) => Ok(text),
        }
    }

    /// An optional string, owned.
    pub(super) fn optional_string(self, member: &'static str) -> Result<Option<String>, MessageError> {
        Ok(self.optional_text(member)?.map(str::to_owned))
    }

    pub(super) fn optional_boolean(self, member: &'static str) -> Result<Option<bool>, MessageError> {
        self.value(member)
            .map(|value| value.as_bool().ok_or(MessageError::invalid(member, "is not a boolean")))
            .transpose()
    }

    pub(super) fn optional_unsigned(self, member: &'static str) -> Result<Option<u64>, MessageError> {
        self.value(member)
            .map(|value| value.as_u64().ok_or(MessageError::invalid(member, "is not a non-negative integer")))
            .transpose()
    }

    pub(super) fn optional_object(self, member: &'static str) -> Result<Option<Self>, MessageError> {
        self.value(member).map(|value| Self::of(value, member)).transpose()
    }

    pub(super) fn object(self, member: &'static str) -> Result<Self, MessageError> {
        self.optional_object(member)?.ok_or(MessageError::Missing(member))
    }

    /// The elements of a non-empty array; an absent member has none.
    pub(super) fn optional_array(self, member: &'static str) -> Result<&'v [Value], MessageError> {
        match self.value(member) {
            None => Ok(&[]),
            Some(Value::Array(elements)) if !elements.is_empty() => Ok(elements),
            Some(_) => Err(MessageError::invalid(member, "is not a non-empty array")),
        }
    }

    /// A non-empty array of non-empty strings; an absent member is an empty one.
    pub(super) fn optional_texts(self, member: &'static str) -> Result<Vec<String>, MessageError> {
        let text = |element: &Value| element.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let texts: Option<Vec<String>> = self.optional_array(member)?.iter().map(text).collect();
        texts.ok_or(MessageError::invalid(member, "has an element that is not a non-empty string"))
    }

    pub(super) fn texts(self, member: &'static str) -> Result<Vec<String>, MessageError> {
        let texts = self.optional_texts(member)?;
        if texts.is_empty() { Err(MessageError::Missing(member)) } else { Ok(texts) }
    }

    /// An endpoint: see [`endpoint`].
    pub(super) fn optional_endpoint(self, member: &'static str) -> Result<Option<Url>, MessageError> {
        self.optional_text(member)?.map(|text| endpoint(text, member)).transpose()
    }

    pub(super) fn endpoint(self, member: &'static str) -> Result<Url, MessageError> {
        self.optional_endpoint(member)?.ok_or(MessageError::Missing(member))
    }

    pub(super) fn issuer(self, member: &'static str) -> Result<IssuerIdentifier, MessageError> {
        IssuerIdentifier::parse(self.text(member)?, member)
    }

    pub(super) fn names(self) -> impl Iterator<Item = (&'v String, &'v Value)> {
        self.0.iter()
    }
}

/// A URL to send something to: https with a host and no fragment or user information. Plain http is read for loopback
/// hosts only, where the fetch guard lets it through in development alone.
pub(super) fn endpoint(text: &str, member: &'static str) -> Result<Url, MessageError> {
    let url = Url::parse(text).map_err(|_| MessageError::invalid(member, "is not a URL"))?;
    if !is_protected(&url) {
        return Err(MessageError::invalid(member, "does not use https"));
    }
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(MessageError::invalid(member, "has a fragment or user information"));
    }
    Ok(url)
}

fn is_protected(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(url::Host::Domain(name))) => name == "localhost",
        ("http", Some(url::Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(url::Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    }
}
