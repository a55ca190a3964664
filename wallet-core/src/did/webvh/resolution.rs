//! The result of resolving a did:webvh (did:webvh 1.0 "Read (Resolve)", DID Resolution §4): which version is asked for, its
//! document with the services that every did:webvh has, its metadata.
//!
//! The document is the one in the log. Two services are added where it does not define them itself: `#files` for paths and
//! `#whois`. A deactivated DID is answered with its metadata and without a document, unless an earlier version is asked for.
//! Not found: a version that the log does not have, or a time before the first or after the last.

use serde_json::{Map, Value, json};

use super::identifier::Identifier;
use super::log::{Log, Version};
use crate::did::{Did, DidUrl, ResolutionError};
use crate::time::Timestamp;

/// Which version of a DID is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum VersionQuery {
    /// The last one.
    #[default]
    Latest,
    /// The one with this `versionId`.
    Id(String),
    /// The one with this number: `versionNumber`.
    Number(u32),
    /// The one that was in force at this moment: `versionTime`.
    Time(Timestamp),
}

impl VersionQuery {
    /// The query of a DID URL; parameters other than the three of versions ask for no version.
    ///
    /// # Errors
    /// [`ResolutionError::InvalidDidUrl`] for a malformed value, and for two of the three at once.
    pub fn of_url(url: &DidUrl) -> Result<Self, ResolutionError> {
        let mut found = None;
        for (name, value) in url::form_urlencoded::parse(url.query().unwrap_or_default().as_bytes()) {
            let query = match name.as_ref() {
                "versionId" => Some(Self::Id(value.into_owned())),
                "versionNumber" => value.parse().ok().map(Self::Number),
                "versionTime" => Timestamp::parse_rfc3339(&value).map(Self::Time),
                _ => continue,
            };
            if found.replace(query.ok_or(ResolutionError::InvalidDidUrl)?).is_some() {
                return Err(ResolutionError::InvalidDidUrl);
            }
        }
        Ok(found.unwrap_or_default())
    }
}

/// What resolving answers: `didDocument` and `didDocumentMetadata`.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    /// The document, but for a DID that is deactivated.
    pub document: Option<Value>,
    /// Its metadata.
    pub metadata: Value,
}

impl Log {
    /// The version that `query` asks for.
    pub fn version(&self, query: &VersionQuery) -> Option<&Version> {
        let mut versions = self.versions().iter();
        match query {
            VersionQuery::Latest => versions.next_back(),
            VersionQuery::Id(id) => versions.find(|version| version.id() == id),
            VersionQuery::Number(number) => versions.find(|version| version.number() == *number),
            VersionQuery::Time(time) => {
                versions.rfind(|version| version.time() <= *time).filter(|version| !version.is_deactivated())
            }
        }
    }

    /// Whether the DID has ended.
    pub fn is_deactivated(&self) -> bool {
        self.versions().last().is_some_and(Version::is_deactivated)
    }

    /// What resolving answers to `query`; `None` where there is no such version.
    pub fn resolve(&self, query: &VersionQuery) -> Option<Resolution> {
        let version = self.version(query)?;
        let document = (!version.is_deactivated()).then(|| document(version));
        Some(Resolution { document, metadata: self.metadata(version) })
    }

    fn metadata(&self, version: &Version) -> Value {
        let active = version.active();
        let mut metadata = json!({
            "versionId": version.id(),
            "versionNumber": version.number(),
            "versionTime": version.time().to_rfc3339(),
            "created": self.versions().first().map(|first| first.time().to_rfc3339()),
            // DID 1.0 §7.1.3 and the vectors: of the version that was resolved.
            "updated": version.time().to_rfc3339(),
            "scid": self.scid(),
            "portable": active.portable,
            "deactivated": self.is_deactivated(),
            "ttl": active.ttl.to_string(),
            "watchers": active.watchers,
        });
        if let (Some(members), Some(witnesses)) = (metadata.as_object_mut(), &active.witness) {
            members.insert("witness".into(), witnesses.to_json(|threshold| threshold.to_string().into()));
        }
        metadata
    }
}

/// The document of a version with its implicit services ("DID URL Resolution").
fn document(version: &Version) -> Value {
    let mut document = version.state().clone();
    let (Some(members), Ok(identifier)) = (document.as_object_mut(), Identifier::read(version.did())) else {
        return document;
    };
    let files = identifier.files;
    let whois = files.join("whois.vp").map_or_else(|_| String::new(), String::from);
    let implicit = [
        json!({"id": "#files", "type": "relativeRef", "serviceEndpoint": files.as_str()}),
        json!({"@context": "https://identity.foundation/linked-vp/contexts/v1", "id": "#whois",
            "type": "LinkedVerifiablePresentation", "serviceEndpoint": whois}),
    ];
    let services = members.entry("service").or_insert_with(|| json!([]));
    if let Some(services) = services.as_array_mut() {
        for service in implicit {
            let fragment = service.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            let own = |it: &Value| {
                let id = it.get("id").and_then(Value::as_str).unwrap_or_default();
                id.strip_prefix(version.did().as_str()).unwrap_or(id) == fragment
            };
            if !services.iter().any(own) {
                services.push(service);
            }
        }
    }
    document
}

/// The document of a version as DID 1.0 has it: where a method has no controller, the DID's own; where an id is relative, the
/// DID before it. Several implementations write both so, and whose log it is was verified.
pub(super) fn absolute(version: &Version) -> Value {
    let did = version.did();
    let mut document = version.state().clone();
    let Some(members) = document.as_object_mut() else { return document };
    for (name, value) in members.iter_mut() {
        let methods =
            name == "verificationMethod" || crate::did::Purpose::ALL.iter().any(|it| it.property() == name);
        for entry in value.as_array_mut().filter(|_| methods).into_iter().flatten() {
            match entry {
                Value::String(reference) => absolute_id(reference, did),
                Value::Object(method) => absolute_method(method, did),
                _ => {}
            }
        }
    }
    document
}

fn absolute_method(method: &mut Map<String, Value>, did: &Did) {
    if let Some(Value::String(id)) = method.get_mut("id") {
        absolute_id(id, did);
    }
    method.entry("controller").or_insert_with(|| did.as_str().into());
}

fn absolute_id(id: &mut String, did: &Did) {
    if id.starts_with('#') {
        id.insert_str(0, did.as_str());
    }
}
