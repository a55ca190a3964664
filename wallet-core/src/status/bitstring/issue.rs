//! The list as a credential (Bitstring Status List 1.0 §2.2): what an issuer signs and publishes.

use serde_json::{Map, Value, json};

use super::{Bitstring, StatusPurpose};
use crate::jose::{Header, UnsignedJws};
use crate::time::{Seconds, Timestamp};
use crate::vcdm::CONTEXT_V2;
use crate::vcjwt;

/// The type of a credential that is a status list.
pub const LIST_TYPE: &str = "BitstringStatusListCredential";
/// The type of what it speaks about: the list.
pub const SUBJECT_TYPE: &str = "BitstringStatusList";

/// What a list says when it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCredential {
    /// `id`: the URL it is published at, letter for letter as the credentials refer to it.
    pub uri: String,
    /// `issuer`: who signs it.
    pub issuer: String,
    /// `statusPurpose`: what its statuses are for; at least one.
    pub purposes: Vec<StatusPurpose>,
    /// `validFrom`: when it is signed.
    pub issued_at: Timestamp,
    /// `validUntil`: from when on it must not be relied upon.
    pub expires: Option<Timestamp>,
    /// `ttl`: how long it may be cached after it was fetched. Written in milliseconds.
    pub ttl: Option<Seconds>,
    /// The statuses.
    pub list: Bitstring,
}

impl ListCredential {
    /// The credential, without anything that secures it. What the statuses of a list for messages mean stands in each
    /// credential's entry (§2.1): the data model's context has no words for it here.
    pub fn document(&self) -> Map<String, Value> {
        let purposes: Vec<&str> = self.purposes.iter().map(StatusPurpose::as_str).collect();
        let purposes = if let [one] = purposes.as_slice() { json!(one) } else { json!(purposes) };
        let mut subject = Map::from_iter([
            ("id".to_owned(), json!(format!("{}#list", self.uri))),
            ("type".to_owned(), json!(SUBJECT_TYPE)),
            ("statusPurpose".to_owned(), purposes),
            ("encodedList".to_owned(), json!(self.list.encode())),
        ]);
        subject.extend(self.ttl.map(|span| ("ttl".to_owned(), json!(u64::from(span.0) * 1000))));
        let mut credential = Map::from_iter([
            ("@context".to_owned(), json!([CONTEXT_V2])),
            ("id".to_owned(), json!(self.uri)),
            ("type".to_owned(), json!(["VerifiableCredential", LIST_TYPE])),
            ("issuer".to_owned(), json!(self.issuer)),
            ("validFrom".to_owned(), json!(self.issued_at.to_rfc3339())),
            ("credentialSubject".to_owned(), Value::Object(subject)),
        ]);
        credential.extend(self.expires.map(|end| ("validUntil".to_owned(), json!(end.to_rfc3339()))));
        credential
    }

    /// The `vc+jwt` still to be signed. `header` says which key.
    ///
    /// # Errors
    /// What a verifier would refuse.
    pub fn unsigned_jwt(&self, header: Header) -> Result<UnsignedJws, vcjwt::IssueError> {
        vcjwt::issue(header, self.document())
    }

    /// The same with a proof still to be signed by the key `verification_method`, a DID URL of a key of `key_type`.
    ///
    /// # Errors
    /// What no signature would cover.
    #[cfg(feature = "ldp")]
    pub fn unsigned_document(
        &self,
        verification_method: &str,
        (key_type, contexts): (jigap_keys::KeyType, &crate::contexts::Contexts),
    ) -> Result<crate::ldp::UnsignedDocument, crate::ldp::IssueError> {
        let by = (key_type, contexts.for_data_integrity());
        crate::ldp::issue(self.document(), verification_method, self.issued_at, by)
    }
}
