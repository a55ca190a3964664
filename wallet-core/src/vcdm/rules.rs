//! What the W3C data model 2.0 demands of the members that it names, whatever secures the document and whoever reads it:
//! identifiers, types, names, schemas, status, evidence, related resources, holders, moments, issuers. It is about the JSON as
//! it is written: signed statements read the same from an array of one moment and from the moment.
//!
//! A document of VCDM 1.1 is held to the rules on moments and issuers alone, one of another model (by its first context) to none. Whether `@context` can be
//! processed, and whether a type means something, is JSON-LD's business; whether anything named here is true, the judge's.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use url::Url;

use super::moments::is_date_time_stamp;
use super::{CONTEXT_V1, CONTEXT_V2};
use crate::verdict::{Check, Reason, Refusal};

/// DM-01: one URL each.
pub const IDENTIFIER: Check = Check::new(
    "DM-01",
    "an `id` is one URL: of the document, its issuer, subjects, status, schemas, evidence and whatever else the data model names",
    "`id`는 하나의 URL입니다. 문서, 발급자, 주체, 상태, 스키마, 증빙 등 데이터 모델이 이름 붙인 모든 것에서 그렇습니다",
    "VCDM 2.0 §4.4",
);
/// DM-02: types are terms or URLs.
pub const TYPES: Check = Check::new(
    "DM-02",
    "a `type` is one or more terms or absolute URLs",
    "`type`은 하나 이상의 용어 또는 절대 URL입니다",
    "VCDM 2.0 §4.5",
);
/// DM-03: what must say its type.
pub const TYPED: Check = Check::new(
    "DM-03",
    "status, schemas, refresh services, terms of use, evidence and proofs are objects that say their `type`",
    "상태, 스키마, 갱신 서비스, 이용 조건, 증빙, 증명은 `type`을 가진 객체입니다",
    "VCDM 2.0 §4.5, §4.10, §4.11, §5.4, §5.5, §5.6",
);
/// DM-04: names in languages.
pub const NAMED: Check = Check::new(
    "DM-04",
    "`name` and `description` of the credential and its issuer are strings or language value objects",
    "증명서와 발급자의 `name`과 `description`은 문자열 또는 언어 값 객체입니다",
    "VCDM 2.0 §4.6, §11.1",
);
/// DM-05: schemas can be found.
pub const SCHEMA: Check = Check::new(
    "DM-05",
    "each `credentialSchema` has an `id`",
    "모든 `credentialSchema`에는 `id`가 있습니다",
    "VCDM 2.0 §4.11",
);
/// DM-06: related resources can be checked.
pub const RELATED: Check = Check::new(
    "DM-06",
    "each `relatedResource` is an object with an `id` of its own and a well-formed `digestSRI` or `digestMultibase`",
    "모든 `relatedResource`는 서로 다른 `id`와 올바른 `digestSRI` 또는 `digestMultibase`를 가진 객체입니다",
    "VCDM 2.0 §5.3",
);
/// DM-07: contexts are contexts.
pub const CONTEXTS: Check = Check::new(
    "DM-07",
    "`@context` is an array of URLs and objects, the data model's URL first; or that URL alone",
    "`@context`는 데이터 모델의 URL로 시작하는 URL과 객체의 배열이거나 그 URL 하나입니다",
    "VCDM 2.0 §4.3",
);
/// DM-08: presentations hold credentials.
pub const PRESENTED: Check = Check::new(
    "DM-08",
    "a presentation holds objects: credentials of type `VerifiableCredential`, or enveloped ones whose `id` is a `data:` URL",
    "제출물에 든 것은 객체입니다. `VerifiableCredential` 종류의 증명서이거나 `id`가 `data:` URL인 봉투입니다",
    "VCDM 2.0 §4.13, §4.13.1",
);
/// DM-09: holders are named.
pub const HOLDER: Check = Check::new(
    "DM-09",
    "`holder` is a URL or an object with one",
    "`holder`는 URL이거나 URL을 가진 객체입니다",
    "VCDM 2.0 §4.13",
);
/// DM-10: something is said.
pub const TOLD: Check = Check::new(
    "DM-10",
    "each `credentialSubject` is an object with members",
    "모든 `credentialSubject`는 항목이 있는 객체입니다",
    "VCDM 2.0 §4.8",
);
/// DM-12: moments are moments.
pub const MOMENTS: Check = Check::new(
    "DM-12",
    "`validFrom`, `validUntil`, `issuanceDate` and `expirationDate` are each one string in the form of a `dateTimeStamp`",
    "`validFrom`, `validUntil`, `issuanceDate`, `expirationDate`는 각각 `dateTimeStamp` 형식의 문자열 하나입니다",
    "VCDM 2.0 §4.9; VCDM 1.1 §4.6, §4.8; XSD 1.1 part 2 §3.4.28",
);
/// DM-13: one issuer is named.
pub const ISSUER: Check = Check::new(
    "DM-13",
    "`issuer` is one URL or one object whose `id` is one",
    "`issuer`는 URL 하나이거나 `id`가 URL인 객체 하나입니다",
    "VCDM 2.0 §4.7; VCDM 1.1 §4.5",
);

const NOT_A_URL: Reason =
    Reason::new("vc-id-no-url", "an identifier is not one URL", "식별자가 하나의 URL이 아닙니다");
const NO_TERM: Reason = Reason::new(
    "vc-type-malformed",
    "a type is neither a term nor an absolute URL",
    "용어도 절대 URL도 아닌 종류가 있습니다",
);
const UNTYPED: Reason = Reason::new(
    "vc-type-absent",
    "something that must say its type does not",
    "종류를 밝혀야 하는데 밝히지 않은 것이 있습니다",
);
const NOT_TEXT: Reason = Reason::new(
    "vc-name-malformed",
    "a name or description is neither text nor text in a language",
    "이름이나 설명이 글도, 언어를 밝힌 글도 아닙니다",
);
const NO_SCHEMA: Reason =
    Reason::new("vc-schema-id-absent", "a schema has no identifier", "식별자가 없는 스키마가 있습니다");
const NO_DIGEST: Reason = Reason::new(
    "vc-related-resource",
    "a related resource is malformed, named twice or has no digest",
    "관련 자원의 형식이 잘못되었거나, 두 번 적혔거나, 다이제스트가 없습니다",
);
const NO_CONTEXTS: Reason = Reason::new(
    "vc-context-malformed",
    "a context is neither a URL nor an object",
    "URL도 객체도 아닌 컨텍스트가 있습니다",
);
const NO_CREDENTIAL: Reason = Reason::new(
    "vp-credential-malformed",
    "what the presentation holds is no credential and no enveloped one",
    "제출물에 든 것이 증명서도, 봉투에 든 증명서도 아닙니다",
);
const NO_HOLDER: Reason = Reason::new(
    "vp-holder-malformed",
    "the holder is not named by a URL",
    "소지자를 URL로 밝히지 않았습니다",
);
const NOTHING_TOLD: Reason = Reason::new(
    "vc-subject-empty",
    "a subject is no object, or an object without members",
    "객체가 아니거나 비어 있는 주체가 있습니다",
);
const NO_MOMENT: Reason = Reason::new(
    "vc-moment-malformed",
    "a moment is not written as one string like 2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00Z와 같은 문자열 하나로 적지 않은 시각이 있습니다",
);
const NOT_ONE_ISSUER: Reason = Reason::new(
    "vc-issuer-malformed",
    "the issuer is not named by one URL",
    "발급자를 URL 하나로 밝히지 않았습니다",
);

/// The type of a credential whose `id` holds it (§4.13.1).
pub const ENVELOPED_CREDENTIAL: &str = "EnvelopedVerifiableCredential";
/// The type of a presentation whose `id` holds it (§4.13.2).
pub const ENVELOPED_PRESENTATION: &str = "EnvelopedVerifiablePresentation";

/// What says its type wherever it stands.
const TYPED_MEMBERS: [&str; 6] =
    ["credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence", "proof"];
/// What says from when until when, in either model: whichever stand there count.
const MOMENT_MEMBERS: [&str; 4] = ["validFrom", "validUntil", "issuanceDate", "expirationDate"];

/// Holds a credential to the data model 2.0, if it is of that model. Refuses by DM-01 to DM-07 and DM-10 to DM-13. One of VCDM
/// 1.1 is refused by DM-12 and DM-13.
///
/// # Errors
/// The first rule that it breaks.
pub fn check_credential(members: &Map<String, Value>) -> Result<(), Refusal> {
    if is_of(members, CONTEXT_V1) {
        issuer(members)?;
        return moments(members);
    }
    if !is_of(members, CONTEXT_V2) {
        return Ok(());
    }
    contexts(members)?;
    named_thing(members)?;
    types(members)?;
    typed_members(members)?;
    texts(members)?;
    if let Some(issuer) = members.get("issuer").and_then(Value::as_object) {
        named_thing(issuer)?;
        texts(issuer)?;
    }
    self::issuer(members)?;
    moments(members)?;
    subjects(members)?;
    schemas(members)?;
    related_resources(members)?;
    super::related::check_digests(members)
}

/// Holds a presentation to the data model 2.0, if it is of that model, and what it holds as far as being a credential at
/// all. Refuses by DM-01 to DM-03, DM-07 to DM-09.
///
/// # Errors
/// The first rule that it breaks.
pub fn check_presentation(members: &Map<String, Value>) -> Result<(), Refusal> {
    if !is_of(members, CONTEXT_V2) {
        return Ok(());
    }
    contexts(members)?;
    named_thing(members)?;
    types(members)?;
    typed_members(members)?;
    if let Some(holder) = members.get("holder") {
        super::id_of(holder).filter(|id| is_url(id)).ok_or(HOLDER.refuse(NO_HOLDER))?;
    }
    each(members, "verifiableCredential").try_for_each(|credential| {
        if holds_credential(credential) { Ok(()) } else { Err(PRESENTED.refuse(NO_CREDENTIAL)) }
    })
}

/// Whether a document's first context is that of a model.
fn is_of(members: &Map<String, Value>, model: &str) -> bool {
    each(members, "@context").next().is_some_and(|first| first == model)
}

/// One issuer, if any is named: whether one must be is for whoever reads the document.
fn issuer(members: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(issuer) = members.get("issuer") else { return Ok(()) };
    super::id_of(issuer).filter(|id| is_url(id)).map(drop).ok_or(ISSUER.refuse(NOT_ONE_ISSUER))
}

fn moments(members: &Map<String, Value>) -> Result<(), Refusal> {
    let mut written = MOMENT_MEMBERS.iter().filter_map(|name| members.get(*name));
    let is_moment = |value: &Value| value.as_str().is_some_and(is_date_time_stamp);
    if written.all(is_moment) { Ok(()) } else { Err(MOMENTS.refuse(NO_MOMENT)) }
}

/// An absolute URL without blanks: the parser would take them away in silence.
fn is_url(text: &str) -> bool {
    !text.contains(|it: char| it.is_whitespace() || it.is_control())
        && (is_plain_url(text) || Url::parse(text).is_ok())
}

/// The usual URLs, told without taking them apart: the parser takes any path behind a plain host name, and anything
/// behind the scheme of a DID or a URN.
fn is_plain_url(text: &str) -> bool {
    match text.split_once(':') {
        Some(("https", rest)) => rest.strip_prefix("//").is_some_and(|rest| {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            host.split('.').all(|label| {
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
                label.starts_with(|first: char| first.is_ascii_lowercase()) && label.bytes().all(plain)
            })
        }),
        Some(("did" | "urn", rest)) => !rest.starts_with('/'),
        _ => false,
    }
}

fn subjects(members: &Map<String, Value>) -> Result<(), Refusal> {
    each(members, "credentialSubject").try_for_each(|subject| {
        let told = subject.as_object().filter(|members| !members.is_empty());
        named_thing(told.ok_or(TOLD.refuse(NOTHING_TOLD))?)
    })
}

fn contexts(members: &Map<String, Value>) -> Result<(), Refusal> {
    let is_context = |context: &Value| match context {
        Value::String(url) => is_url(url),
        other => other.is_object(),
    };
    if each(members, "@context").all(is_context) { Ok(()) } else { Err(CONTEXTS.refuse(NO_CONTEXTS)) }
}

/// One `id`, if any.
fn named_thing(members: &Map<String, Value>) -> Result<(), Refusal> {
    match members.get("id") {
        None => Ok(()),
        Some(Value::String(id)) if is_url(id) => Ok(()),
        Some(_) => Err(IDENTIFIER.refuse(NOT_A_URL)),
    }
}

/// The types it names are terms or URLs, if it names any.
fn types(members: &Map<String, Value>) -> Result<(), Refusal> {
    let is_type = |name: &Value| match name {
        Value::String(name) if name.contains(':') => is_url(name),
        Value::String(name) => !name.is_empty() && !name.contains(char::is_whitespace),
        _ => false,
    };
    let empty = members.get("type").and_then(Value::as_array).is_some_and(Vec::is_empty);
    if !empty && each(members, "type").all(is_type) { Ok(()) } else { Err(TYPES.refuse(NO_TERM)) }
}

fn typed_members(members: &Map<String, Value>) -> Result<(), Refusal> {
    TYPED_MEMBERS.iter().flat_map(|name| each(members, name)).try_for_each(|value| {
        let typed = value.as_object().filter(|members| members.contains_key("type"));
        let typed = typed.ok_or(TYPED.refuse(UNTYPED))?;
        types(typed)?;
        named_thing(typed)
    })
}

fn texts(members: &Map<String, Value>) -> Result<(), Refusal> {
    let said = ["name", "description"].iter().filter_map(|name| members.get(*name));
    let is_text = |value: &Value| match value {
        Value::String(_) => true,
        Value::Array(all) => !all.is_empty() && all.iter().all(in_a_language),
        one => in_a_language(one),
    };
    if said.into_iter().all(is_text) { Ok(()) } else { Err(NAMED.refuse(NOT_TEXT)) }
}

/// A language value object (§11.1): the text, and its language and direction if they are said.
fn in_a_language(value: &Value) -> bool {
    let Some(members) = value.as_object() else { return false };
    let understood = |(name, value): (&String, &Value)| match (name.as_str(), value) {
        ("@value" | "@language", Value::String(_)) => true,
        ("@direction", Value::String(direction)) => ["ltr", "rtl"].contains(&direction.as_str()),
        _ => false,
    };
    members.contains_key("@value") && members.iter().all(understood)
}

fn schemas(members: &Map<String, Value>) -> Result<(), Refusal> {
    let found = each(members, "credentialSchema").all(|schema| schema.get("id").is_some());
    if found { Ok(()) } else { Err(SCHEMA.refuse(NO_SCHEMA)) }
}

fn related_resources(members: &Map<String, Value>) -> Result<(), Refusal> {
    let mut names = BTreeSet::new();
    each(members, "relatedResource").try_for_each(|resource| {
        let malformed = RELATED.refuse(NO_DIGEST);
        let id = resource.get("id").and_then(Value::as_str).ok_or(malformed)?;
        let digests = [
            resource.get("digestSRI").map(|it| it.as_str().is_some_and(is_sri)),
            resource.get("digestMultibase").map(|it| it.as_str().is_some_and(is_multibase)),
        ];
        let said = digests.iter().flatten();
        let sound = said.clone().count() > 0 && said.into_iter().all(|sound| *sound);
        if is_url(id) && sound && names.insert(id) { Ok(()) } else { Err(malformed) }
    })
}

/// Subresource Integrity: one or more digests of the SHA-2 family in base64.
fn is_sri(text: &str) -> bool {
    const KINDS: [(&str, usize); 3] = [("sha256-", 44), ("sha384-", 64), ("sha512-", 88)];
    let is_digest = |word: &str| {
        let known = KINDS.iter().find_map(|(prefix, length)| Some((word.strip_prefix(prefix)?, *length)));
        known.is_some_and(|(digest, length)| {
            let base64 = |it: u8| it.is_ascii_alphanumeric() || b"+/=".contains(&it);
            digest.len() == length && digest.bytes().all(base64)
        })
    };
    !text.is_empty()
        && text.split_ascii_whitespace().all(is_digest)
        && text.split_ascii_whitespace().count() > 0
}

/// A multihash in base58btc (`z`) or base64url (`u`).
fn is_multibase(text: &str) -> bool {
    let digest = text.strip_prefix(['z', 'u']);
    digest.is_some_and(|digest| {
        !digest.is_empty() && digest.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
    })
}

/// A credential in a presentation: embedded, or in an envelope that is a `data:` URL.
fn holds_credential(credential: &Value) -> bool {
    let is_a = |name: &str| super::types(credential).is_some_and(|types| types.contains(&name));
    let id = credential.get("id").and_then(Value::as_str);
    if is_a(ENVELOPED_CREDENTIAL) {
        credential.as_object().is_some_and(|members| is_of(members, CONTEXT_V2))
            && id.is_some_and(|id| id.starts_with("data:"))
    } else {
        is_a("VerifiableCredential")
    }
}

/// The values of a member: none, the one, or each of the array.
fn each<'a>(members: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    let (one, many) = match members.get(name) {
        Some(Value::Array(many)) => (None, Some(many)),
        one => (one, None),
    };
    one.into_iter().chain(many.into_iter().flatten())
}

#[cfg(test)]
mod tests;
