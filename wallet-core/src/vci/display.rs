//! What a person sees of an issuer, a credential and its claims (OpenID4VCI 1.0 §12.2.4, appendix B.2).
//!
//! Refuses two texts for one language, and claim descriptions that repeat or contradict each other (appendix B.3).

use std::collections::BTreeSet;

use serde_json::Value;

use super::MessageError;
use super::read::Members;
use super::write::{list, maybe, object, some};
use crate::claims::{ClaimPath, PathStep};
use crate::text::Lang;

/// Most claims that one configuration may describe; they are compared with each other.
const MAX_CLAIMS: usize = 512;

/// Display properties for one language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Display {
    /// The name a person reads.
    pub name: Option<String>,
    /// BCP 47 language tag.
    pub locale: Option<String>,
    /// A logo.
    pub logo: Option<Image>,
    /// A sentence about it.
    pub description: Option<String>,
    /// CSS colour.
    pub background_color: Option<String>,
    /// A picture behind the card.
    pub background_image: Option<Image>,
    /// CSS colour.
    pub text_color: Option<String>,
}

/// A picture by reference. The URI may be anything: only the fetch guard decides whether it is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Where it is; `https:` or `data:` usually.
    pub uri: String,
    /// What it shows, in words.
    pub alt_text: Option<String>,
}

/// One claim and how it is shown (appendix B.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimDescription {
    /// Where it stands.
    pub path: ClaimPath,
    /// Whether it is always there.
    pub mandatory: bool,
    /// Its name by language.
    pub display: Vec<Display>,
}

impl Display {
    /// The one of `displays` for `lang`: in that language, else without a language, else the first.
    pub fn choose(displays: &[Self], lang: Lang) -> Option<&Self> {
        let speaks = |display: &&Self| {
            display.locale.as_deref().is_some_and(|tag| tag.split('-').next() == Some(lang.tag()))
        };
        let neutral = || displays.iter().find(|display| display.locale.is_none());
        displays.iter().find(speaks).or_else(neutral).or(displays.first())
    }

    fn read(value: &Value) -> Result<Self, MessageError> {
        let members = Members::of(value, "display")?;
        Ok(Self {
            name: members.optional_string("name")?,
            locale: members.optional_string("locale")?,
            logo: Image::read(members, "logo")?,
            description: members.optional_string("description")?,
            background_color: members.optional_string("background_color")?,
            background_image: Image::read(members, "background_image")?,
            text_color: members.optional_string("text_color")?,
        })
    }

    fn to_json(&self) -> Value {
        object([
            ("name", maybe(self.name.as_deref())),
            ("locale", maybe(self.locale.as_deref())),
            ("logo", self.logo.as_ref().map(Image::to_json)),
            ("description", maybe(self.description.as_deref())),
            ("background_color", maybe(self.background_color.as_deref())),
            ("background_image", self.background_image.as_ref().map(Image::to_json)),
            ("text_color", maybe(self.text_color.as_deref())),
        ])
    }
}

impl Image {
    fn read(members: Members<'_>, member: &'static str) -> Result<Option<Self>, MessageError> {
        let Some(image) = members.optional_object(member)? else { return Ok(None) };
        Ok(Some(Self { uri: image.text("uri")?.to_owned(), alt_text: image.optional_string("alt_text")? }))
    }

    fn to_json(&self) -> Value {
        object([("uri", some(&self.uri)), ("alt_text", maybe(self.alt_text.as_deref()))])
    }
}

impl ClaimDescription {
    fn read(value: &Value) -> Result<Self, MessageError> {
        let members = Members::of(value, "claims")?;
        let path = members.value("path").ok_or(MessageError::Missing("path"))?;
        Ok(Self {
            path: ClaimPath::from_json(path)
                .map_err(|_| MessageError::invalid("path", "is not a claims path pointer"))?,
            mandatory: members.optional_boolean("mandatory")?.unwrap_or(false),
            display: displays(members)?,
        })
    }

    pub(super) fn to_json(&self) -> Value {
        object([
            ("path", some(&self.path)),
            ("mandatory", self.mandatory.then_some(Value::Bool(true))),
            ("display", displays_json(&self.display)),
        ])
    }
}

/// `display`: at most one object for each language.
pub(super) fn displays(members: Members<'_>) -> Result<Vec<Display>, MessageError> {
    let displays: Vec<Display> =
        members.optional_array("display")?.iter().map(Display::read).collect::<Result<_, _>>()?;
    let languages = displays.iter().filter_map(|display| display.locale.as_ref());
    if languages.clone().collect::<BTreeSet<_>>().len() < languages.count() {
        return Err(MessageError::invalid("display", "has a language twice"));
    }
    Ok(displays)
}

/// `claims`: no description repeats or contradicts another (appendix B.3).
pub(super) fn claims(members: Members<'_>) -> Result<Vec<ClaimDescription>, MessageError> {
    let elements = members.optional_array("claims")?;
    if elements.len() > MAX_CLAIMS {
        return Err(MessageError::invalid("claims", "has too many elements"));
    }
    let claims: Vec<ClaimDescription> =
        elements.iter().map(ClaimDescription::read).collect::<Result<_, _>>()?;
    for (position, claim) in claims.iter().enumerate() {
        if claims.iter().skip(position + 1).any(|other| contradict(&claim.path, &other.path)) {
            return Err(MessageError::invalid("claims", "repeats or contradicts itself"));
        }
    }
    Ok(claims)
}

/// Whether two descriptions mean the same claim, or take one claim for an array and an object, or one array as a whole
/// and by its elements.
fn contradict(left: &ClaimPath, right: &ClaimPath) -> bool {
    let mut pairs = left.steps().iter().zip(right.steps());
    match pairs.find(|(left, right)| left != right) {
        None => left.steps().len() == right.steps().len(),
        Some((PathStep::Key(_), PathStep::Key(_)) | (PathStep::Index(_), PathStep::Index(_))) => false,
        Some(_) => true,
    }
}

/// `display`, left out when there is none.
pub(super) fn displays_json(displays: &[Display]) -> Option<Value> {
    list(&displays.iter().map(Display::to_json).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contradicting(left: Value, right: Value) -> bool {
        let path = |json: &Value| ClaimPath::from_json(json).unwrap();
        let forth = contradict(&path(&left), &path(&right));
        assert_eq!(forth, contradict(&path(&right), &path(&left)));
        forth
    }

    /// The three cases of appendix B.3, and neighbours that are none.
    #[test]
    fn descriptions_that_repeat_or_contradict_are_seen() {
        for (left, right, expected) in [
            (json!(["a"]), json!(["a"]), true),
            (json!(["a", null, "b"]), json!(["a", null, "b"]), true),
            (json!(["a", null]), json!(["a", 1]), true),
            (json!(["a", null, "x"]), json!(["a", 1, "y"]), true),
            (json!(["a", null]), json!(["a", "b"]), true),
            (json!(["a", 0]), json!(["a", "b"]), true),
            (json!(["a"]), json!(["b"]), false),
            (json!(["a"]), json!(["a", "b"]), false),
            (json!(["a"]), json!(["a", null]), false),
            (json!(["a", 0]), json!(["a", 1]), false),
            (json!(["a", null, "x"]), json!(["a", null, "y"]), false),
        ] {
            assert_eq!(contradicting(left.clone(), right.clone()), expected, "{left} {right}");
        }
    }

    #[test]
    fn the_display_for_a_language_is_chosen() {
        let display = |name: &str, locale: Option<&str>| Display {
            name: Some(name.to_owned()),
            locale: locale.map(str::to_owned),
            ..Display::default()
        };
        let both = [display("Student ID", Some("en-US")), display("학생증", Some("ko"))];
        let chosen =
            |displays: &[Display], lang| Display::choose(displays, lang).and_then(|d| d.name.clone());
        assert_eq!(chosen(&both, Lang::Ko).as_deref(), Some("학생증"));
        assert_eq!(chosen(&both, Lang::En).as_deref(), Some("Student ID"));
        let neutral = [display("Kok", Some("kok")), display("ID", None)];
        assert_eq!(chosen(&neutral, Lang::Ko).as_deref(), Some("ID"));
        assert_eq!(chosen(&neutral[..1], Lang::Ko).as_deref(), Some("Kok"));
        assert_eq!(chosen(&[], Lang::Ko), None);
    }
}
