//! What a trust list says of an issuer's entry passes, beside that it may issue them: which versions it ended, and where its status
//! lists are named (docs/TRUST-LIST.md §3).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use url::Url;

use super::entry::object;
use crate::documents::is_fetchable;

/// The terms of an issuer's passes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PassTerms {
    /// Of these types passes of a lower version are over.
    pub min_versions: BTreeMap<String, u32>,
    /// Where the issuer names all its status lists (Token Status List §9.2).
    pub status_lists: Option<Url>,
}

impl PassTerms {
    /// Whether they say nothing: then they do not stand in an entry.
    pub fn is_empty(&self) -> bool {
        self.min_versions.is_empty() && self.status_lists.is_none()
    }

    /// Reads them for an issuer of these types; `None` if they break the format.
    pub(super) fn from_json(value: &Value, types: &[String]) -> Option<Self> {
        let members = object(value, &[], &["min_versions", "status_lists"])?;
        let min_versions = match members.get("min_versions") {
            None => BTreeMap::new(),
            Some(versions) => {
                let versions = versions.as_object().filter(|versions| !versions.is_empty())?;
                let version = |(name, value): (&String, &Value)| {
                    let version = u32::try_from(value.as_u64()?).ok().filter(|version| *version > 0)?;
                    types.contains(name).then(|| (name.clone(), version))
                };
                versions.iter().map(version).collect::<Option<_>>()?
            }
        };
        let status_lists = match members.get("status_lists") {
            None => None,
            Some(url) => Some(
                Url::parse(url.as_str()?).ok().filter(|url| is_fetchable(url) && url.fragment().is_none())?,
            ),
        };
        Some(Self { min_versions, status_lists }).filter(|terms| !terms.is_empty())
    }

    pub(super) fn to_json(&self) -> Value {
        let mut members = Map::new();
        if !self.min_versions.is_empty() {
            members.insert("min_versions".to_owned(), json!(self.min_versions));
        }
        members.extend(self.status_lists.iter().map(|url| ("status_lists".to_owned(), url.as_str().into())));
        Value::Object(members)
    }
}
