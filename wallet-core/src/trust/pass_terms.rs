//! What a trust list says of an issuer's entry passes, beside that it may issue them: which versions it ended, where its status
//! lists are named, and by which keys it signs blindly (docs/TRUST-LIST.md §3).

use std::collections::BTreeMap;

use jigap_keys::base64url;
use serde_json::{Map, Value, json};
use url::Url;

use super::entry::{moment, object};
use crate::documents::is_fetchable;
use crate::pass::{BlindKey, Fact, Kind};

/// Most keys of an issuer that sign blindly.
const MAX_BLIND: usize = 256;
/// Most facts of one of them.
const MAX_FACTS: usize = 8;

/// The terms of an issuer's passes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PassTerms {
    /// Of these types passes of a lower version are over.
    pub min_versions: BTreeMap<String, u32>,
    /// Where the issuer names all its status lists (Token Status List §9.2).
    pub status_lists: Option<Url>,
    /// The keys that sign passes blindly, with what their passes say. They stand in the list so that all who trust it, holders
    /// and gates, know the same.
    pub blind_keys: Vec<BlindKey>,
}

impl PassTerms {
    /// Whether they say nothing: then they do not stand in an entry.
    pub fn is_empty(&self) -> bool {
        self.min_versions.is_empty() && self.status_lists.is_none() && self.blind_keys.is_empty()
    }

    /// Reads them for an issuer of these types; `None` if they break the format.
    pub(super) fn from_json(value: &Value, types: &[String]) -> Option<Self> {
        let members = object(value, &[], &["min_versions", "status_lists", "blind_keys"])?;
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
        let blind_keys = match members.get("blind_keys") {
            None => Vec::new(),
            Some(keys) => {
                let keys = keys.as_array().filter(|keys| (1..=MAX_BLIND).contains(&keys.len()))?;
                keys.iter().map(|key| blind_key(key, types)).collect::<Option<_>>()?
            }
        };
        Some(Self { min_versions, status_lists, blind_keys }).filter(|terms| !terms.is_empty())
    }

    pub(super) fn to_json(&self) -> Value {
        let mut members = Map::new();
        if !self.min_versions.is_empty() {
            members.insert("min_versions".to_owned(), json!(self.min_versions));
        }
        members.extend(self.status_lists.iter().map(|url| ("status_lists".to_owned(), url.as_str().into())));
        if !self.blind_keys.is_empty() {
            let keys = self.blind_keys.iter().map(|key| {
                json!({
                    "type": key.kind.trusted_type(),
                    "facts": key.facts.iter().map(Fact::to_string).collect::<Vec<_>>(),
                    "ends": key.expires,
                    "key": base64url::encode(key.key),
                })
            });
            members.insert("blind_keys".to_owned(), keys.collect());
        }
        Value::Object(members)
    }
}

/// One of the keys that sign blindly. Whether it is a point of the curve is seen where passes are judged by it.
fn blind_key(value: &Value, types: &[String]) -> Option<BlindKey> {
    let members = object(value, &["type", "facts", "ends", "key"], &[])?;
    let of_type = members.get("type")?.as_str().filter(|name| types.iter().any(|known| known == name))?;
    let facts = members.get("facts")?.as_array().filter(|facts| facts.len() <= MAX_FACTS)?;
    let facts: Vec<Fact> =
        facts.iter().map(|fact| Fact::parse(fact.as_str()?).ok()).collect::<Option<_>>()?;
    let sorted = facts.windows(2).all(|pair| matches!(pair, [one, next] if one < next));
    sorted.then_some(())?;
    Some(BlindKey {
        kind: Kind::ALL.into_iter().find(|kind| kind.trusted_type() == of_type)?,
        facts,
        expires: moment(members.get("ends")?)?,
        key: base64url::decode(members.get("key")?.as_str()?).ok()?.try_into().ok()?,
    })
}
