//! SD-JWT VC Type Metadata as a wallet reads it (draft-ietf-oauth-sd-jwt-vc, "Type Metadata Format"): what people call a
//! type and its claims, its colours and its card.
//!
//! It decides nothing: what a credential is worth never depends on it. Refused: a document of another type, one whose
//! `vct#integrity` does not fit (checked before anything is read of it), one that extends another type, and what breaks a
//! type or bound. Stranger's words are returned as they are: whoever shows them tames them.

mod card;
mod integrity;

pub use card::{CardError, MAX_BYTES as MAX_CARD, draw};
pub use integrity::{BrokenIntegrity, verify as verify_integrity};
use jigap_keys::json::{self, Limits};
use serde_json::{Map, Value};
use url::Url;

use crate::claims::{ClaimPath, PathStep};
use crate::text::Lang;

/// Bounds of a document.
pub const LIMITS: Limits = Limits { bytes: 48 * 1024, depth: 16 };
/// Most claims that are described, and most languages of one thing.
const MAX_CLAIMS: usize = 500;
const MAX_DISPLAYS: usize = 50;
/// Most characters of a name or label.
const MAX_NAME: usize = 200;

/// Why a document says nothing about a type. All are its publisher's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TypeMetadataError {
    /// Its digest is not the one that the credential, or the document that named it, states.
    #[error(transparent)]
    Integrity(#[from] BrokenIntegrity),
    /// Not strict JSON, too large, or a member of the wrong type.
    #[error("the type metadata is malformed")]
    Malformed,
    /// It describes another type.
    #[error("the type metadata describes another type")]
    OtherType,
    /// It extends another type, which is not supported.
    #[error("the type metadata extends another type")]
    Extends,
}

/// What is said of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeMetadata {
    /// The type.
    pub vct: String,
    /// How it presents itself, by language.
    pub display: Vec<TypeDisplay>,
    /// What it says of its claims, in the order a person should read them.
    pub claims: Vec<ClaimDisplay>,
}

/// How a type presents itself in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDisplay {
    /// The language tag.
    pub locale: String,
    /// Its name.
    pub name: String,
    /// One sentence about it.
    pub description: Option<String>,
    /// `#rrggbb`.
    pub background_color: Option<String>,
    /// `#rrggbb`.
    pub text_color: Option<String>,
    /// Its first card.
    pub card: Option<CardReference>,
}

/// Where a card lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardReference {
    /// Its address.
    pub uri: Url,
    /// Its digest (`uri#integrity`), if it is stated.
    pub integrity: Option<String>,
}

/// What is said of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimDisplay {
    /// Where the claim stands.
    pub path: ClaimPath,
    /// Language tag and label.
    pub labels: Vec<(String, String)>,
    /// What a card's placeholder calls it.
    pub svg_id: Option<String>,
}

impl TypeMetadata {
    /// Where the metadata of `vct` may lie: at the type itself, if that is an https URL ("From a URL in the `vct` Claim").
    pub fn url(vct: &str) -> Option<Url> {
        let url = Url::parse(vct).ok().filter(|url| url.scheme() == "https" && url.host().is_some())?;
        (url.username().is_empty() && url.password().is_none()).then_some(url)
    }

    /// Reads `document` as the metadata of `vct`, whose credential states `integrity` (`vct#integrity`), if it does.
    ///
    /// # Errors
    /// [`TypeMetadataError`].
    pub fn read(document: &[u8], vct: &str, integrity: Option<&str>) -> Result<Self, TypeMetadataError> {
        if let Some(integrity) = integrity {
            integrity::verify(integrity, document)?;
        }
        let value = json::parse(document, LIMITS).map_err(|_| TypeMetadataError::Malformed)?;
        let members = value.as_object().ok_or(TypeMetadataError::Malformed)?;
        if members.get("vct").and_then(Value::as_str) != Some(vct) {
            return Err(TypeMetadataError::OtherType);
        }
        if members.contains_key("extends") {
            return Err(TypeMetadataError::Extends);
        }
        let read = || {
            let display =
                list(members, "display", MAX_DISPLAYS)?.iter().map(type_display).collect::<Option<_>>()?;
            let claims =
                list(members, "claims", MAX_CLAIMS)?.iter().map(claim_display).collect::<Option<_>>()?;
            Some(Self { vct: vct.to_owned(), display, claims })
        };
        read().ok_or(TypeMetadataError::Malformed)
    }

    /// How the type presents itself in `lang`, or else in its first language.
    pub fn display(&self, lang: Lang) -> Option<&TypeDisplay> {
        self.display.iter().find(|display| is_in(&display.locale, lang)).or(self.display.first())
    }

    /// What the claim at `path` is called in `lang`, or else in its first language.
    pub fn label(&self, path: &ClaimPath, lang: Lang) -> Option<&str> {
        let claim = self.claims.iter().find(|claim| covers(&claim.path, path))?;
        let label = claim.labels.iter().find(|(locale, _)| is_in(locale, lang)).or(claim.labels.first())?;
        Some(&label.1)
    }
}

/// Whether a rule is about the claim at `path`: `null` in it stands for every index.
fn covers(rule: &ClaimPath, path: &ClaimPath) -> bool {
    let (rule, path) = (rule.steps(), path.steps());
    rule.len() == path.len()
        && rule.iter().zip(path).all(|pair| match pair {
            (PathStep::All, PathStep::Index(_)) => true,
            (one, other) => one == other,
        })
}

fn is_in(locale: &str, lang: Lang) -> bool {
    let primary = locale.split('-').next().unwrap_or_default();
    primary.eq_ignore_ascii_case(lang.tag())
}

/// An optional array of at most `most` elements.
fn list<'v>(members: &'v Map<String, Value>, name: &str, most: usize) -> Option<&'v [Value]> {
    match members.get(name) {
        None => Some(&[]),
        Some(value) => value.as_array().map(Vec::as_slice).filter(|list| list.len() <= most),
    }
}

fn type_display(value: &Value) -> Option<TypeDisplay> {
    let members = value.as_object()?;
    let rendering = members.get("rendering").and_then(Value::as_object);
    let simple = rendering.and_then(|rendering| rendering.get("simple"));
    let colour =
        |name| simple.and_then(|simple| simple.get(name)).and_then(Value::as_str).filter(|it| is_colour(it));
    let card = rendering.and_then(|rendering| rendering.get("svg_templates")).and_then(|cards| cards.get(0));
    Some(TypeDisplay {
        locale: name(members, "locale")?,
        name: name(members, "name")?,
        description: members.get("description").and_then(Value::as_str).map(str::to_owned),
        background_color: colour("background_color").map(str::to_owned),
        text_color: colour("text_color").map(str::to_owned),
        card: card.and_then(card_reference),
    })
}

fn card_reference(value: &Value) -> Option<CardReference> {
    let text = |name| value.get(name).and_then(Value::as_str);
    let uri = TypeMetadata::url(text("uri")?)?;
    Some(CardReference { uri, integrity: text("uri#integrity").map(str::to_owned) })
}

fn claim_display(value: &Value) -> Option<ClaimDisplay> {
    let members = value.as_object()?;
    let labels = list(members, "display", MAX_DISPLAYS)?.iter().map(|display| {
        let members = display.as_object()?;
        Some((name(members, "locale")?, name(members, "label")?))
    });
    let svg_id = match members.get("svg_id") {
        None => None,
        Some(id) => Some(id.as_str().filter(|id| card::is_svg_id(id))?.to_owned()),
    };
    let path = ClaimPath::from_json(members.get("path")?).ok()?;
    Some(ClaimDisplay { path, labels: labels.collect::<Option<_>>()?, svg_id })
}

fn name(members: &Map<String, Value>, name: &str) -> Option<String> {
    let text = members.get(name)?.as_str()?;
    (!text.is_empty() && text.chars().count() <= MAX_NAME).then(|| text.to_owned())
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests;
