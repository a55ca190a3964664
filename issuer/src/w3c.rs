//! What a W3C credential of the data model 2.0 says, in whichever way it is secured (VCDM 2.0 §4).
//!
//! It has no `id`: what tells one copy from another is the holder's DID and the place of its status alone.

use jigap_wallet_core::time::{Seconds, Timestamp};
use serde_json::{Map, Value, json};

use crate::configuration::W3cType;

/// A credential of one copy.
pub(crate) struct Statement<'a> {
    /// Its type.
    pub(crate) of: &'a W3cType,
    /// The issuer's identifier.
    pub(crate) issuer: &'a str,
    /// The DID of the holder's key: whom it speaks about.
    pub(crate) holder: &'a str,
    /// What it says of the holder.
    pub(crate) claims: &'a Map<String, Value>,
    /// From when it is valid.
    pub(crate) begins: Timestamp,
    /// For how long.
    pub(crate) validity: Seconds,
}

impl Statement<'_> {
    /// The document, without anything that secures it.
    pub(crate) fn document(&self) -> Map<String, Value> {
        let mut subject = self.claims.clone();
        subject.insert("id".to_owned(), json!(self.holder));
        Map::from_iter([
            ("@context".to_owned(), json!(self.of.contexts())),
            ("type".to_owned(), json!(self.of.types())),
            ("issuer".to_owned(), json!(self.issuer)),
            ("validFrom".to_owned(), json!(self.begins.to_rfc3339())),
            ("validUntil".to_owned(), json!(self.begins.plus(self.validity).to_rfc3339())),
            ("credentialSubject".to_owned(), Value::Object(subject)),
        ])
    }
}
