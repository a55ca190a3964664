//! A verdict that leaves its process: a JWT signed by the verifier, for one issuer, once (DESIGN, "Trust is a type").
//!
//! It says which question was answered, and what the issuer may issue by: facts, each a boolean or a short text that the question's
//! template chose. Nothing else of the credentials that were shown stands in it; `shown` tells them apart, by digests that only this
//! verifier makes and only for this issuer. It is made of a verdict that accepts and of nothing else ([`Attestation::unsigned`]), and
//! becomes an [`AttestedVerdict`] only by being verified. Refused: what VS-01 to VS-06 say. That an id is used once, which templates
//! and facts are taken, and how much is issued is for the issuer that takes it (VS-05 to VS-07).
//!
//! ```json
//! {"iss": "decentralized_identifier:did:jwk:…", "aud": "https://id.example/passes", "iat": 1800000000, "exp": 1800000300,
//!  "jti": "the request's id", "template": "entry-pass", "facts": {"age_over_19": true}, "shown": ["digest"]}
//! ```

use std::collections::BTreeMap;
use std::fmt;

use jigap_keys::PublicKey;
use jigap_keys::json::Limits;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Check, Reason, Refusal, Verdict};
use crate::jose::{Algorithm, Header, Jws, UnsignedJws, numeric_date};
use crate::sealing::is_random_id;
use crate::time::{Seconds, Timestamp};

/// The `typ`.
pub const TYP: &str = "jigap-verdict+jwt";
/// The media type.
pub const MEDIA_TYPE: &str = "application/jigap-verdict+jwt";
/// Longest time between `iat` and `exp`.
pub const MAX_LIFETIME: Seconds = Seconds(300);
/// Most facts of one verdict.
pub const MAX_FACTS: usize = 16;
/// Longest text of a fact in bytes, and longest name of a template.
pub const MAX_TEXT: usize = 200;
/// Most credentials that one verdict tells apart.
pub const MAX_SHOWN: usize = 8;

/// VS-01: it is one.
pub const FORM: Check = Check::new(
    "VS-01",
    "a signed verdict is a JWT of type `jigap-verdict+jwt` within its size limit, signed with EdDSA, ES256 or ES384",
    "서명된 판정은 크기 제한을 지킨 `jigap-verdict+jwt` 종류의 JWT이며 EdDSA, ES256, ES384 중 하나로 서명되어 있습니다",
    "RFC 8725 §3.1, §3.11; docs/decisions/0018-issuing-from-a-shown-credential.md",
);
/// VS-02: a verifier that is known here signed it.
pub const SIGNER: Check = Check::new(
    "VS-02",
    "a signed verdict is signed by the key that is pinned for the verifier it names",
    "서명된 판정은 그것이 밝힌 검증자에게 고정된 키로 서명되어 있습니다",
    "RFC 7519 §4.1.1; RFC 8725 §3.8",
);
/// VS-03: it is for this issuer.
pub const AUDIENCE: Check = Check::new(
    "VS-03",
    "a signed verdict is for this issuer and for nobody else",
    "서명된 판정은 이 발급자만을 위한 것입니다",
    "RFC 7519 §4.1.3; RFC 8725 §3.9",
);
/// VS-04: it is of now.
pub const MOMENT: Check = Check::new(
    "VS-04",
    "a signed verdict was made just now, has not ended, and lasts at most five minutes",
    "서명된 판정은 방금 만든, 끝나지 않은 것이며 길어야 5분 동안 유효합니다",
    "RFC 7519 §4.1.4, §4.1.6; DESIGN, \"Trust is a type\"",
);
/// VS-05: it is used once.
pub const ONCE: Check = Check::new(
    "VS-05",
    "a signed verdict has an id of at least 128 random bits, under which one offer is made for what it says",
    "서명된 판정에는 128비트 이상의 무작위 식별자가 있으며, 그 식별자로는 그 내용대로 제안 하나만 만듭니다",
    "RFC 7519 §4.1.7; DESIGN, \"Trust is a type\"",
);
/// VS-06: it says what is taken here.
pub const CONTENT: Check = Check::new(
    "VS-06",
    "a signed verdict names a template that is taken here, and says no fact but those that are taken of it",
    "서명된 판정은 이곳에서 받는 템플릿의 것이며, 그 템플릿에서 받기로 한 사실만 담고 있습니다",
    "docs/decisions/0018-issuing-from-a-shown-credential.md",
);

const OTHER_ALGORITHM: Reason =
    Reason::new("verdict-alg", "the algorithm is not one of those", "허용된 알고리즘이 아닙니다");
const NO_SIGNER: Reason =
    Reason::new("verdict-iss", "`iss` is missing or no text", "`iss`가 없거나 문자열이 아닙니다");
const STRANGER: Reason =
    Reason::new("verdict-verifier", "no such verifier is known here", "이곳에서 알지 못하는 검증자입니다");
const OTHER_AUDIENCE: Reason = Reason::new(
    "verdict-aud",
    "it is for another issuer, or for several",
    "다른 발급자를 위한 것이거나 여럿을 위한 것입니다",
);
const NO_TIME: Reason = Reason::new(
    "verdict-time",
    "`iat` or `exp` is missing or no number",
    "`iat`나 `exp`가 없거나 숫자가 아닙니다",
);
const NOT_YET: Reason = Reason::new("verdict-early", "it was made at {at}", "{at}에 만든 것입니다");
const ENDED: Reason = Reason::new("verdict-ended", "it ended at {at}", "{at}에 끝났습니다");
const TOO_LONG: Reason =
    Reason::new("verdict-lifetime", "it lasts longer than that", "유효 기간이 너무 깁니다");
const NO_ID: Reason =
    Reason::new("verdict-jti", "`jti` is missing or no such id", "`jti`가 없거나 그런 식별자가 아닙니다");
const NOT_SUCH: Reason = Reason::new(
    "verdict-content",
    "`template`, `facts` or `shown` is missing or not of their form",
    "`template`, `facts`, `shown`이 없거나 형식이 맞지 않습니다",
);

/// A template's name, some facts and digests.
const LIMITS: Limits = Limits { bytes: 8 * 1024, depth: 4 };
/// How far the verifier's clock may be ahead.
const CLOCK_SKEW: Seconds = Seconds(30);
/// How long an id is: from 128 bits on, in base64url.
const ID_LENGTH: std::ops::RangeInclusive<usize> = 22..=128;

/// One thing that is so.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// Whether it is.
    Is(bool),
    /// What it is: at most [`MAX_TEXT`] bytes, no control characters.
    Says(String),
}

impl fmt::Debug for Fact {
    /// A text may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(is) => write!(f, "Is({is})"),
            Self::Says(_) => f.write_str("Says(…)"),
        }
    }
}

impl From<Fact> for Value {
    fn from(fact: Fact) -> Self {
        match fact {
            Fact::Is(is) => is.into(),
            Fact::Says(text) => text.into(),
        }
    }
}

/// What a verifier says of a verdict to an issuer.
pub struct Attestation<'a> {
    /// The verifier's client identifier.
    pub verifier: &'a str,
    /// The issuer's identifier.
    pub audience: &'a str,
    /// The request's id: at least 128 random bits in base64url.
    pub id: &'a str,
    /// Which question was answered.
    pub template: &'a str,
    /// What the issuer may issue by.
    pub facts: &'a BTreeMap<String, Fact>,
    /// A digest of each credential that was shown, of 256 bits in base64url.
    pub shown: &'a [String],
}

/// No verdict is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAttested {
    /// The verdict does not accept: nothing is said of it to anybody.
    #[error("the verdict does not accept")]
    Refused,
    /// The caller's fault: id, template, facts or digests are not in their form.
    #[error("what is to be said is not in its form")]
    Form,
    /// The key signs no verdicts.
    #[error("the key is not of Ed25519, P-256 or P-384")]
    Key,
}

impl Attestation<'_> {
    /// The JWT about `verdict` by `key`, still to be signed; good from `now` on for [`MAX_LIFETIME`].
    ///
    /// # Errors
    /// [`NotAttested`].
    pub fn unsigned(
        &self,
        verdict: &Verdict,
        key: &PublicKey,
        now: Timestamp,
    ) -> Result<UnsignedJws, NotAttested> {
        if !verdict.accepted() {
            return Err(NotAttested::Refused);
        }
        if !is_id(self.id) || !is_content(self.template, self.facts, self.shown) {
            return Err(NotAttested::Form);
        }
        let header = Header::for_key(key).filter(|header| is_taken(header.alg)).ok_or(NotAttested::Key)?;
        let claims = json!({
            "iss": self.verifier, "aud": self.audience, "iat": now.unix(), "exp": now.plus(MAX_LIFETIME).unix(),
            "jti": self.id, "template": self.template, "facts": self.facts, "shown": self.shown,
        });
        Ok(UnsignedJws::new(&header.typ(TYP), &claims))
    }
}

/// A signed verdict that was parsed and not verified.
#[derive(Debug)]
pub struct SignedVerdict(Jws);

impl SignedVerdict {
    /// Parses one. Refuses by VS-01.
    pub fn parse(compact: &str) -> Result<Self, Refusal> {
        let jws = Jws::parse_within(compact, LIMITS).map_err(|refusal| FORM.refuse(refusal.reason))?;
        jws.header().require_typ(TYP).map_err(|refusal| FORM.refuse(refusal.reason))?;
        if is_taken(jws.header().alg) { Ok(Self(jws)) } else { Err(FORM.refuse(OTHER_ALGORITHM)) }
    }

    /// Verifies it at `now` for the issuer `audience`; `pinned` knows the keys of verifiers by their client identifiers. Refuses by
    /// VS-02 to VS-04, and by VS-05 and VS-06 what is not in their form.
    pub fn verify<'k>(
        self,
        pinned: impl FnOnce(&str) -> Option<&'k PublicKey>,
        audience: &str,
        now: Timestamp,
    ) -> Result<AttestedVerdict, Refusal> {
        let named = self.0.unverified_payload().get("iss").and_then(Value::as_str);
        let verifier = named.ok_or(SIGNER.refuse(NO_SIGNER))?.to_owned();
        let key = pinned(&verifier).ok_or(SIGNER.refuse(STRANGER))?;
        let verified = self.0.verify(key).map_err(|refusal| SIGNER.refuse(refusal.reason))?;
        let (_, mut claims) = verified.into_parts();
        if claims.get("aud").and_then(Value::as_str) != Some(audience) {
            return Err(AUDIENCE.refuse(OTHER_AUDIENCE));
        }
        within(&claims, now)?;
        let id = claims.get("jti").and_then(Value::as_str).filter(|id| is_id(id));
        let id = id.ok_or(ONCE.refuse(NO_ID))?.to_owned();
        let (template, facts, shown) = content(&mut claims).ok_or(CONTENT.refuse(NOT_SUCH))?;
        Ok(AttestedVerdict { verifier, id, template, facts, shown })
    }
}

/// A verdict that a verifier vouches for: only made by verifying one that it signed. Whether it was used before is for who takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedVerdict {
    verifier: String,
    id: String,
    template: String,
    facts: BTreeMap<String, Fact>,
    shown: Vec<String>,
}

impl AttestedVerdict {
    /// A verdict on `template` that nobody signed: for tests.
    #[cfg(test)]
    pub(crate) fn dangerous_assume_verified(template: &str) -> Self {
        let (verifier, id, template) = (String::new(), String::new(), template.to_owned());
        Self { verifier, id, template, facts: BTreeMap::new(), shown: Vec::new() }
    }

    /// The verifier's client identifier.
    pub fn verifier(&self) -> &str {
        &self.verifier
    }

    /// Under which it is used once.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Which question was answered.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// What may be issued by.
    pub const fn facts(&self) -> &BTreeMap<String, Fact> {
        &self.facts
    }

    /// A digest of each credential that was shown.
    pub fn shown(&self) -> &[String] {
        &self.shown
    }

    /// What is so by it, in one form: two of one id that differ in it are two verdicts. Not what was shown: a wallet whose answer was
    /// lost shows another copy.
    pub fn content(&self) -> Vec<u8> {
        json!([self.template, self.facts]).to_string().into_bytes()
    }
}

fn is_taken(algorithm: Algorithm) -> bool {
    algorithm != Algorithm::Es512
}

/// Refuses what is not of now, or would be for too long.
fn within(claims: &Value, now: Timestamp) -> Result<(), Refusal> {
    let moment = |name| claims.get(name).and_then(numeric_date).ok_or(MOMENT.refuse(NO_TIME));
    let (made, ends) = (moment("iat")?, moment("exp")?);
    if made > now.plus(CLOCK_SKEW) {
        return Err(MOMENT.refuse(NOT_YET.at(made)));
    }
    if now >= ends {
        return Err(MOMENT.refuse(ENDED.at(ends)));
    }
    if ends > made.plus(MAX_LIFETIME) { Err(MOMENT.refuse(TOO_LONG)) } else { Ok(()) }
}

fn content(claims: &mut Value) -> Option<(String, BTreeMap<String, Fact>, Vec<String>)> {
    let mut take = |name| claims.get_mut(name).map(Value::take);
    let template: String = serde_json::from_value(take("template")?).ok()?;
    let facts: BTreeMap<String, Fact> = serde_json::from_value(take("facts")?).ok()?;
    let shown: Vec<String> = serde_json::from_value(take("shown")?).ok()?;
    is_content(&template, &facts, &shown).then_some((template, facts, shown))
}

fn is_id(id: &str) -> bool {
    let of_base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    ID_LENGTH.contains(&id.len()) && id.chars().all(of_base64url)
}

fn is_content(template: &str, facts: &BTreeMap<String, Fact>, shown: &[String]) -> bool {
    let digests = shown.iter().all(|digest| is_random_id::<32>(digest));
    is_text(template)
        && facts.len() <= MAX_FACTS
        && facts.iter().all(|(name, fact)| is_fact(name, fact))
        && (1..=MAX_SHOWN).contains(&shown.len())
        && digests
}

/// Whether `fact` can stand in a verdict under `name`: one of `a-z`, then up to 63 of `a-z`, `0-9` and `_`.
pub fn is_fact(name: &str, fact: &Fact) -> bool {
    let named = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    named
        && match fact {
            Fact::Is(_) => true,
            Fact::Says(text) => is_text(text),
        }
}

fn is_text(text: &str) -> bool {
    (1..=MAX_TEXT).contains(&text.len()) && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests;
