//! What secures a document of VCDM 2.0 by enclosing it, and the `data:` URL that holds it where a document is expected
//! (VCDM 2.0 §4.13.1, §4.13.2; VC-JOSE-COSE §3, §6).
//!
//! Refused: another media type, parameters, base64 where the envelope is text, none where it is bytes, a presentation where a
//! credential is said to be.

use serde_json::Value;

use super::rules::{ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION};
use super::{CONTEXT_V2, types};
use crate::verdict::{Check, Reason, Refusal};

/// VE-01: the envelope says what it holds.
pub const TYP: Check = Check::new(
    "VE-01",
    "`typ` is `vc+sd-jwt` or `vp+sd-jwt`, in COSE `application/vc+cose` or `application/vp+cose`, as what is held demands",
    "`typ`는 담긴 것에 따라 `vc+sd-jwt` 또는 `vp+sd-jwt`이며, COSE에서는 `application/vc+cose` 또는 `application/vp+cose`입니다",
    "VC-JOSE-COSE §3.2.1, §3.2.2, §3.3.1, §3.3.2",
);
/// VE-02: the media type of what is held.
pub const CONTENT: Check = Check::new(
    "VE-02",
    "the content type, where it is said, is `vc` for a credential and `vp` for a presentation, or a more specific one of these",
    "내용의 매체 종류는, 적혀 있으면, 증명서는 `vc`, 제출물은 `vp`이거나 더 구체적인 것입니다",
    "VC-JOSE-COSE §3.1.1 to §3.3.2",
);
/// VE-03: what is held is a document.
pub const DOCUMENT: Check = Check::new(
    "VE-03",
    "what COSE encloses is one bounded JSON object without repeated members",
    "COSE가 담은 것은 크기가 제한된, 중복 항목 없는 JSON 객체 하나입니다",
    "VC-JOSE-COSE §3.3.1, §3.3.2; VCDM 2.0 §6.1",
);
/// VE-04: an enveloped document is a `data:` URL.
pub const DATA_URL: Check = Check::new(
    "VE-04",
    "the `id` of an enveloped credential or presentation is a `data:` URL of one of its media types; COSE is in base64 there",
    "봉투에 든 증명서나 제출물의 `id`는 그 매체 종류의 `data:` URL이며, COSE는 base64로 적습니다",
    "VCDM 2.0 §4.13.1, §4.13.2; VC-JOSE-COSE §3.3.1; RFC 2397",
);

const NO_DATA_URL: Reason = Reason::new(
    "vc-envelope-url",
    "an envelope is no `data:` URL of a media type that is known",
    "봉투가 알려진 매체 종류의 `data:` URL이 아닙니다",
);
const OTHER_CONTENT: Reason = Reason::new(
    "vc-content-type",
    "the envelope says that it holds something else",
    "봉투가 다른 것을 담고 있다고 말합니다",
);

/// What is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Held {
    /// A credential.
    Credential,
    /// A presentation.
    Presentation,
}

/// By what it is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Securing {
    /// JWT.
    Jwt,
    /// SD-JWT.
    SdJwt,
    /// COSE_Sign1.
    Cose,
}

/// All of it.
const MEDIA_TYPES: [(Held, Securing, &str); 6] = [
    (Held::Credential, Securing::Jwt, "application/vc+jwt"),
    (Held::Credential, Securing::SdJwt, "application/vc+sd-jwt"),
    (Held::Credential, Securing::Cose, "application/vc+cose"),
    (Held::Presentation, Securing::Jwt, "application/vp+jwt"),
    (Held::Presentation, Securing::SdJwt, "application/vp+sd-jwt"),
    (Held::Presentation, Securing::Cose, "application/vp+cose"),
];

impl Held {
    /// The media type of an unsecured document of this kind, without `application/`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Credential => "vc",
            Self::Presentation => "vp",
        }
    }

    /// The media type once it is secured.
    pub fn media_type(self, by: Securing) -> &'static str {
        let found = MEDIA_TYPES.iter().find(|(held, securing, _)| (*held, *securing) == (self, by));
        found.map_or("", |(_, _, name)| name)
    }

    /// The type of an object that holds one so (VCDM 2.0 §4.13.1, §4.13.2).
    pub const fn enveloped(self) -> &'static str {
        match self {
            Self::Credential => ENVELOPED_CREDENTIAL,
            Self::Presentation => ENVELOPED_PRESENTATION,
        }
    }

    /// Refuses (VE-02) a content type that says something else. One that is more specific, as `vc+…`, says the same.
    ///
    /// # Errors
    /// VE-02.
    pub fn require_content(self, content_type: Option<&str>) -> Result<(), Refusal> {
        let Some(said) = content_type else { return Ok(()) };
        let said = said.to_ascii_lowercase();
        let said = said.strip_prefix("application/").unwrap_or(&said);
        let rest = said.strip_prefix(self.content_type());
        match rest {
            Some(rest) if rest.is_empty() || rest.starts_with('+') => Ok(()),
            _ => Err(CONTENT.refuse(OTHER_CONTENT)),
        }
    }
}

/// A secured document as the `id` of an object holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'e> {
    /// What is held, as the object and the media type say.
    pub held: Held,
    /// By what it is secured, as the media type says.
    pub securing: Securing,
    /// The compact serialization; of COSE its base64.
    pub text: &'e str,
}

impl<'e> Envelope<'e> {
    /// Reads an object; `None` where it does not say that it is an envelope.
    ///
    /// # Errors
    /// VE-04.
    pub fn read(value: &'e Value) -> Option<Result<Self, Refusal>> {
        let types = types(value)?;
        let held = [Held::Credential, Held::Presentation]
            .into_iter()
            .find(|held| types.contains(&held.enveloped()))?;
        let begins = value.get("@context").map(|context| context.get(0).unwrap_or(context))?;
        if begins != CONTEXT_V2 {
            return None;
        }
        let read = value.get("id").and_then(Value::as_str).and_then(|id| Self::of_url(held, id));
        Some(read.ok_or(DATA_URL.refuse(NO_DATA_URL)))
    }

    fn of_url(held: Held, url: &'e str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        let (kind, text) = rest.split_once(',')?;
        let (kind, base64) = match kind.rsplit_once(';') {
            Some((kind, parameter)) if parameter.eq_ignore_ascii_case("base64") => (kind, true),
            _ => (kind, false),
        };
        let (_, securing, _) = MEDIA_TYPES
            .iter()
            .find(|(of, _, name)| *of == held && name.eq_ignore_ascii_case(kind))
            .filter(|(_, securing, _)| base64 == (*securing == Securing::Cose))?;
        // Some encoders of base64 end it with a line break, which URLs and decoders overlook.
        let text = if base64 { text.trim_end_matches(['\n', '\r']) } else { text };
        let sound = !text.is_empty() && scheme.eq_ignore_ascii_case("data");
        sound.then_some(Self { held, securing: *securing, text })
    }

    /// The object that holds a secured document (VCDM 2.0 §4.13.1, §4.13.2). `text` is its compact serialization, of COSE its
    /// base64.
    pub fn object(held: Held, by: Securing, text: &str) -> Value {
        let base64 = if by == Securing::Cose { ";base64" } else { "" };
        serde_json::json!({
            "@context": CONTEXT_V2,
            "type": held.enveloped(),
            "id": format!("data:{}{base64},{text}", held.media_type(by)),
        })
    }
}

/// A credential as a presentation holds it, before anybody vouches for it: to be parsed as what it is said to be, and as nothing
/// else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Enclosed<'e> {
    /// A JWT as a string (VCDM 1.1 §6.3.1).
    Jwt(&'e str),
    /// An EnvelopedVerifiableCredential (VCDM 2.0 §4.13.1).
    Enveloped(Envelope<'e>),
}

impl<'e> Enclosed<'e> {
    /// Reads an entry of `verifiableCredential`; `None` where it is another.
    pub(crate) fn read(entry: &'e Value) -> Option<Self> {
        match entry {
            Value::String(jwt) => Some(Self::Jwt(jwt)),
            object => {
                let envelope = Envelope::read(object)?.ok()?;
                (envelope.held == Held::Credential).then_some(Self::Enveloped(envelope))
            }
        }
    }

    /// The compact serialization; of COSE its base64.
    pub const fn text(self) -> &'e str {
        match self {
            Self::Jwt(text) => text,
            Self::Enveloped(envelope) => envelope.text,
        }
    }

    /// By what it is secured.
    pub const fn securing(self) -> Securing {
        match self {
            Self::Jwt(_) => Securing::Jwt,
            Self::Enveloped(envelope) => envelope.securing,
        }
    }
}

/// Shows by what it is secured, and nothing of what it says.
impl std::fmt::Debug for Enclosed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Enclosed").field(&self.securing()).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(kind: &str, id: &str) -> Option<Result<(Held, Securing, String), &'static str>> {
        let object = json!({"@context": CONTEXT_V2, "type": kind, "id": id});
        let read = Envelope::read(&object)?;
        Some(read.map(|it| (it.held, it.securing, it.text.to_owned())).map_err(|refusal| refusal.check.id))
    }

    #[test]
    fn each_media_type_goes_there_and_back() {
        for (held, by, _) in MEDIA_TYPES {
            let object = Envelope::object(held, by, "e30.e30.AA");
            let read = Envelope::read(&object).unwrap().unwrap();
            assert_eq!(read, Envelope { held, securing: by, text: "e30.e30.AA" });
        }
        let line = of(ENVELOPED_CREDENTIAL, "data:application/vc+cose;base64,0oRD\n").unwrap();
        assert_eq!(line, Ok((Held::Credential, Securing::Cose, "0oRD".to_owned())));
        let case = of(ENVELOPED_PRESENTATION, "DATA:application/VP+JWT,a.b.c").unwrap();
        assert_eq!(case, Ok((Held::Presentation, Securing::Jwt, "a.b.c".to_owned())));
        assert_eq!(of("VerifiableCredential", "data:application/vc+jwt,a.b.c"), None);
    }

    #[test]
    fn ve_04_what_is_no_data_url_of_its_kind_is_refused() {
        assert_eq!(DATA_URL.id, "VE-04");
        for id in [
            "not-a-credential",
            "data:application/vc+jwt",
            "data:application/vc+jwt,",
            "data:application/vc+jwt;base64,YS5iLmM",
            "data:application/vc+jwt;charset=utf-8,a.b.c",
            "data:application/vc+cose,0oRD",
            "data:application/vc+cose;base64,\n",
            "data:application/vp+jwt,a.b.c",
            "data:application/dc+sd-jwt,a.b.c~",
            "data:text/plain,a.b.c",
            "https://a.example/vc",
            "date:application/vc+jwt,a.b.c",
        ] {
            assert_eq!(of(ENVELOPED_CREDENTIAL, id), Some(Err("VE-04")), "{id}");
        }
        assert_eq!(of(ENVELOPED_PRESENTATION, "data:application/vc+jwt,a.b.c"), Some(Err("VE-04")));
        let numbered = json!({"@context": CONTEXT_V2, "type": ENVELOPED_CREDENTIAL, "id": 1});
        assert_eq!(Envelope::read(&numbered).unwrap().unwrap_err().check, DATA_URL);
    }

    #[test]
    fn ve_02_another_content_type_is_refused() {
        for said in [None, Some("vc"), Some("application/vc"), Some("VC"), Some("vc+ld+json")] {
            assert_eq!(Held::Credential.require_content(said), Ok(()), "{said:?}");
        }
        for said in ["vp", "application/vp", "bad+cty", "very/bad", "", "vcx", "text/vc"] {
            let refused = Held::Credential.require_content(Some(said)).unwrap_err();
            assert_eq!(refused.check, CONTENT, "{said}");
        }
        assert_eq!(Held::Presentation.require_content(Some("vp")), Ok(()));
        assert_eq!(Held::Presentation.require_content(Some("vc")).unwrap_err().check, CONTENT);
    }
}
