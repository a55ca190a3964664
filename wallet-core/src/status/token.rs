//! The Status List Token as JWT (Token Status List §5.1): what an issuer signs and publishes.

use jigap_keys::PrivateKey;
use serde_json::{Map, Value, json};

use super::StatusList;
use crate::jose::{Header, SignError, UnsignedJws};
use crate::time::{Seconds, Timestamp};

/// The `typ` of a Status List Token.
pub const TYP: &str = "statuslist+jwt";
/// The media type it is asked for and served with (§8.1, §8.2).
pub const MEDIA_TYPE: &str = "application/statuslist+jwt";

/// The claims of a Status List Token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListToken {
    /// `sub`: the URI it is published at, letter for letter as the credentials refer to it.
    pub uri: String,
    /// `iat`: when it was signed.
    pub issued_at: Timestamp,
    /// `exp`: from when on it must not be relied upon.
    pub expires: Option<Timestamp>,
    /// `ttl`: how long it may be cached after it was fetched; more than 0.
    pub ttl: Option<Seconds>,
    /// `status_list.aggregation_uri`: where all lists of this issuer are named (§9.2).
    pub aggregation_uri: Option<String>,
    /// `status_list`: the statuses.
    pub list: StatusList,
}

impl StatusListToken {
    /// The JWT still to be signed. `header` says which key (`kid` or `x5c`); its `typ` is set here.
    pub fn unsigned(&self, header: Header) -> UnsignedJws {
        UnsignedJws::new(&header.typ(TYP), &self.payload())
    }

    /// The JWT signed with a key at hand.
    pub fn sign(&self, header: Header, key: &PrivateKey) -> Result<String, SignError> {
        self.unsigned(header).sign(key)
    }

    fn payload(&self) -> Value {
        let mut status_list = Map::new();
        status_list.insert("bits".into(), self.list.bits().get().into());
        status_list.insert("lst".into(), self.list.encode().into());
        status_list
            .extend(self.aggregation_uri.iter().map(|uri| ("aggregation_uri".into(), uri.as_str().into())));
        let mut claims = Map::new();
        claims.insert("sub".into(), self.uri.as_str().into());
        claims.insert("iat".into(), json!(self.issued_at));
        claims.extend(self.expires.map(|moment| ("exp".into(), json!(moment))));
        claims.extend(self.ttl.map(|span| ("ttl".into(), json!(span))));
        claims.insert("status_list".into(), Value::Object(status_list));
        Value::Object(claims)
    }
}
