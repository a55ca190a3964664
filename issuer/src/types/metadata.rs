//! SD-JWT VC Type Metadata (draft-ietf-oauth-sd-jwt-vc, "Type Metadata Format"), read strictly.
//!
//! Stricter than the draft where Jigap's own types should be: Korean and English everywhere, `sd` either `always` or
//! `never`, and a card whose integrity is stated. `extends` is not supported and refused.

use std::collections::BTreeSet;

use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::text::Lang;
use serde_json::{Map, Value};

use super::PROTOCOL_CLAIMS;

/// How a type presents itself in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// Its name, as on the card.
    pub name: String,
    /// One sentence about it.
    pub description: String,
    /// `#rrggbb`, where no card can be drawn.
    pub background_color: String,
    /// `#rrggbb`, on that background.
    pub text_color: String,
}

/// What the type says of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRule {
    /// Where the claim stands.
    pub path: ClaimPath,
    /// Whether the issuer must say it.
    pub mandatory: bool,
    /// Whether the holder discloses it by itself.
    pub concealable: bool,
    /// What the card's placeholder calls it.
    pub svg_id: Option<String>,
    ko: String,
    en: String,
}

impl ClaimRule {
    /// What a person calls the claim in `lang`.
    pub fn label(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ko => &self.ko,
            Lang::En => &self.en,
        }
    }
}

#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) vct: String,
    pub(super) ko: Face,
    pub(super) en: Face,
    pub(super) claims: Vec<ClaimRule>,
    pub(super) concealable: Vec<ClaimPath>,
}

impl Metadata {
    /// Reads the document of a type whose card has the integrity `card`.
    pub(super) fn read(document: &Value, card: &str) -> Result<Self, &'static str> {
        let document = document.as_object().ok_or("is no object")?;
        if document.contains_key("extends") {
            return Err("extends another type, which is not supported");
        }
        let vct = text(document, "vct").ok_or("has no vct")?;
        text(document, "name").ok_or("has no name")?;
        let face = |lang| {
            let entry = in_lang(document, lang).ok_or("has no display in Korean or none in English")?;
            face(entry, card)
        };
        let claims = document.get("claims").and_then(Value::as_array).ok_or("has no claims")?;
        let claims: Vec<ClaimRule> = claims.iter().map(claim_rule).collect::<Result<_, _>>()?;
        if repeats(claims.iter().map(|rule| &rule.path)) {
            return Err("describes a claim twice");
        }
        if repeats(claims.iter().filter_map(|rule| rule.svg_id.as_ref())) {
            return Err("uses an svg_id twice");
        }
        let concealable =
            claims.iter().filter(|rule| rule.concealable).map(|rule| rule.path.clone()).collect();
        Ok(Self { vct: vct.to_owned(), ko: face(Lang::Ko)?, en: face(Lang::En)?, claims, concealable })
    }
}

fn face(entry: &Map<String, Value>, card: &str) -> Result<Face, &'static str> {
    let name = text(entry, "name").ok_or("has a display without a name")?;
    let description = text(entry, "description").ok_or("has a display without a description")?;
    let rendering = entry.get("rendering").ok_or("has a display without rendering")?;
    let colour = |key| {
        let colour = rendering.get("simple").and_then(|simple| simple.get(key)).and_then(Value::as_str);
        colour
            .filter(|colour| is_colour(colour))
            .map(str::to_owned)
            .ok_or("has a display without colours (#rrggbb)")
    };
    let templates = rendering.get("svg_templates").and_then(Value::as_array).map(Vec::as_slice);
    let Some([template]) = templates else { return Err("names not exactly one card") };
    let uri = template.get("uri").and_then(Value::as_str).unwrap_or_default();
    if !uri.starts_with("https://") || !uri.ends_with("/card.svg") {
        return Err("names a card that is not card.svg under https");
    }
    if template.get("uri#integrity").and_then(Value::as_str) != Some(card) {
        return Err("states an integrity that is not that of card.svg");
    }
    Ok(Face {
        name: name.to_owned(),
        description: description.to_owned(),
        background_color: colour("background_color")?,
        text_color: colour("text_color")?,
    })
}

fn claim_rule(entry: &Value) -> Result<ClaimRule, &'static str> {
    let entry = entry.as_object().ok_or("has a claim that is no object")?;
    let path = entry
        .get("path")
        .and_then(|path| ClaimPath::from_json(path).ok())
        .ok_or("has a claim without a path")?;
    if matches!(path.steps(), [PathStep::Key(key), ..] if PROTOCOL_CLAIMS.contains(&key.as_str())) {
        return Err("describes a claim that the protocol sets");
    }
    let label = |lang| in_lang(entry, lang).and_then(|display| text(display, "label")).map(str::to_owned);
    let concealable = match entry.get("sd").and_then(Value::as_str) {
        Some("always") => true,
        Some("never") => false,
        _ => return Err("has a claim whose sd is neither always nor never"),
    };
    let mandatory = match entry.get("mandatory") {
        None => false,
        Some(mandatory) => mandatory.as_bool().ok_or("has a claim whose mandatory is not true or false")?,
    };
    let svg_id =
        entry.get("svg_id").map(|id| id.as_str().filter(|id| is_svg_id(id)).ok_or("has a malformed svg_id"));
    Ok(ClaimRule {
        path,
        mandatory,
        concealable,
        svg_id: svg_id.transpose()?.map(str::to_owned),
        ko: label(Lang::Ko).ok_or("has a claim without a Korean label")?,
        en: label(Lang::En).ok_or("has a claim without an English label")?,
    })
}

fn in_lang(entry: &Map<String, Value>, lang: Lang) -> Option<&Map<String, Value>> {
    let displays = entry.get("display")?.as_array()?.iter().filter_map(Value::as_object);
    displays.into_iter().find(|display| text(display, "locale") == Some(lang.tag()))
}

fn text<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    object.get(key)?.as_str().filter(|text| !text.is_empty())
}

fn repeats<T: Ord>(items: impl Iterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    !items.into_iter().all(|item| seen.insert(item))
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// "Claim Metadata": alphanumeric and underscore, not starting with a digit.
pub(super) fn is_svg_id(text: &str) -> bool {
    let starts_well = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts_well && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
