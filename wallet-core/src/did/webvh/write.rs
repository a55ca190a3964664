//! Writing a log: create, update, rotate, move, deactivate (did:webvh 1.0 "DID Method Operations").
//!
//! Nothing here signs or keeps: a [`Draft`] names what is to be signed and takes the signature, and what comes out is one
//! line, to be put behind the log only after [`Log::read`] took the longer one. Refused: a place that is no domain and path, a
//! document that is not of this DID, one without canonical form, and a signing key that is not Ed25519.

use jigap_keys::{KeyType, PrivateKey, PublicKey};
use serde_json::{Value, json};

use super::hash::{self, PLACEHOLDER};
use super::identifier::Identifier;
use super::log::{Log, Version};
use super::parameters::{Given, Witnesses};
use super::proof::Unsigned;
use super::witness;
use crate::did::Did;
use crate::time::Timestamp;

/// Why nothing was drafted: the caller's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The place is no domain with path, as in `example.com%3A3000:dids:issuer`.
    #[error("the place is no domain and path of a did:webvh")]
    Place,
    /// The document is not an object whose `id` is the DID.
    #[error("the document is not of the DID")]
    Document,
    /// The signing key is not Ed25519.
    #[error("log entries are signed with Ed25519")]
    Key,
    /// The entry has no canonical form.
    #[error("the entry has no canonical form")]
    Canonical,
}

/// What an entry changes; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Who may sign the next entry, or, under pre-rotation, this one.
    pub update_keys: Option<Vec<PublicKey>>,
    /// Hashes of the keys that may come next, by [`key_hash`]; an empty list ends pre-rotation.
    pub next_key_hashes: Option<Vec<String>>,
    /// Who must approve; `Some(None)` for nobody.
    pub witnesses: Option<Option<Witnesses>>,
    /// Who watches: URLs.
    pub watchers: Option<Vec<String>>,
    /// Whether the DID may move. `true` only at its creation.
    pub portable: Option<bool>,
    /// Ends the DID.
    pub deactivated: bool,
    /// For how many seconds the DID may be kept.
    pub ttl: Option<u32>,
}

impl Change {
    fn given(&self) -> Given {
        let multikeys = |keys: &Vec<PublicKey>| keys.iter().map(PublicKey::to_multikey).collect();
        Given {
            update_keys: self.update_keys.as_ref().map(multikeys),
            next_key_hashes: self.next_key_hashes.clone(),
            witness: self.witnesses.clone(),
            watchers: self.watchers.clone(),
            portable: self.portable,
            deactivated: self.deactivated.then_some(true),
            ttl: self.ttl,
            ..Given::default()
        }
    }
}

/// The hash that promises `key` for the next entry.
pub fn key_hash(key: &PublicKey) -> String {
    hash::multihash(key.to_multikey().as_bytes())
}

/// The DID at `place` before its SCID is known: what a document that is to be created calls itself.
pub fn placeholder_did(place: &str) -> String {
    format!("did:webvh:{PLACEHOLDER}:{place}")
}

/// An entry, or a witness' approval, that lacks only its signature.
#[derive(Debug, Clone)]
pub struct Draft(Unsigned);

impl Draft {
    /// What is to be signed with Ed25519 (RFC 8032).
    pub fn signing_input(&self) -> &[u8] {
        self.0.signing_input()
    }

    /// The DID of an entry that was drafted.
    pub fn did(&self) -> &str {
        self.0.document().pointer("/state/id").and_then(Value::as_str).unwrap_or_default()
    }

    /// The version id of what was drafted.
    pub fn version_id(&self) -> &str {
        self.0.document().get("versionId").and_then(Value::as_str).unwrap_or_default()
    }

    /// The line of an entry with its signature, ending in a line feed.
    pub fn into_line(self, signature: &[u8]) -> String {
        let (mut entry, proof) = self.0.attach(signature);
        if let Some(members) = entry.as_object_mut() {
            members.insert("proof".into(), json!([proof]));
        }
        format!("{entry}\n")
    }

    /// The proof alone: a witness' approval with its signature.
    pub fn into_proof(self, signature: &[u8]) -> Value {
        self.0.attach(signature).1
    }

    /// The signature of `key`.
    ///
    /// # Errors
    /// [`WriteError::Key`] if the key cannot sign.
    pub fn signature(&self, key: &PrivateKey) -> Result<Vec<u8>, WriteError> {
        self.0.signed_by(key).ok_or(WriteError::Key)
    }
}

/// Drafts the first entry of a DID at `place` (`example.com%3A3000:dids:issuer`), signed by `signer`, one of the update keys.
/// `document` calls itself [`placeholder_did`], which becomes the DID everywhere in it.
///
/// # Errors
/// See [`WriteError`].
pub fn create(
    place: &str,
    document: &Value,
    change: &Change,
    signer: &PublicKey,
    at: Timestamp,
) -> Result<Draft, WriteError> {
    if document.get("id").and_then(Value::as_str) != Some(&placeholder_did(place)) {
        return Err(WriteError::Document);
    }
    let given = Given { method: true, scid: Some(PLACEHOLDER.into()), ..change.given() };
    let preliminary = json!({
        "versionId": PLACEHOLDER,
        "versionTime": at.to_rfc3339(),
        "parameters": given.to_json(),
        "state": document,
    });
    let scid = hash::of_entry(preliminary.clone(), PLACEHOLDER).ok_or(WriteError::Canonical)?;
    let entry = hash::replaced(&preliminary, PLACEHOLDER, &scid);
    let did = Did::parse(&format!("did:webvh:{scid}:{place}")).map_err(|_| WriteError::Place)?;
    Identifier::read(&did).map_err(|_| WriteError::Place)?;
    numbered(entry, 1, &scid, signer, at)
}

impl Log {
    /// Drafts the next entry: `document`, or the one there is, and `change`, signed by `signer`.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn update(
        &self,
        document: Option<&Value>,
        change: &Change,
        signer: &PublicKey,
        at: Timestamp,
    ) -> Result<Draft, WriteError> {
        let last = self.versions().last().ok_or(WriteError::Document)?;
        let document = document.unwrap_or_else(|| last.state());
        if !document.get("id").is_some_and(Value::is_string) {
            return Err(WriteError::Document);
        }
        let entry = json!({
            "versionId": last.id(),
            "versionTime": at.to_rfc3339(),
            "parameters": change.given().to_json(),
            "state": document,
        });
        numbered(entry, last.number() + 1, last.id(), signer, at)
    }

    /// The present document as it will be at another `place`, naming the DID it had ("DID Portability").
    ///
    /// # Errors
    /// [`WriteError::Place`] if `place` is none.
    pub fn document_at(&self, place: &str) -> Result<Value, WriteError> {
        let last = self.versions().last().ok_or(WriteError::Document)?;
        let (from, to) = (last.did().as_str(), format!("did:webvh:{}:{place}", self.scid()));
        let did = Did::parse(&to).map_err(|_| WriteError::Place)?;
        Identifier::read(&did).map_err(|_| WriteError::Place)?;
        let mut document = hash::replaced(last.state(), from, &to);
        let members = document.as_object_mut().ok_or(WriteError::Document)?;
        let names = members.entry("alsoKnownAs").or_insert_with(|| json!([]));
        names.as_array_mut().ok_or(WriteError::Document)?.push(from.into());
        Ok(document)
    }
}

impl Version {
    /// Drafts the approval of this version, and of all before it, by a witness.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn approval(&self, witness: &PublicKey, at: Timestamp) -> Result<Draft, WriteError> {
        let multikey = ed25519(witness)?;
        witness::approval(self.id(), &multikey, at).map(Draft).ok_or(WriteError::Canonical)
    }
}

/// Gives an entry that names its predecessor its own version id.
fn numbered(
    mut entry: Value,
    number: u32,
    predecessor: &str,
    signer: &PublicKey,
    at: Timestamp,
) -> Result<Draft, WriteError> {
    let hash = hash::of_entry(entry.clone(), predecessor).ok_or(WriteError::Canonical)?;
    if let Some(id) = entry.get_mut("versionId") {
        *id = format!("{number}-{hash}").into();
    }
    Unsigned::new(entry, &ed25519(signer)?, at).map(Draft).ok_or(WriteError::Canonical)
}

fn ed25519(key: &PublicKey) -> Result<String, WriteError> {
    if key.key_type() == KeyType::Ed25519 { Ok(key.to_multikey()) } else { Err(WriteError::Key) }
}
