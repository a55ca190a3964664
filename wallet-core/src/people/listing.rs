//! The listing document: what a person wants to be found by, signed by the persona of the listing for one directory
//! (docs/decisions/0024-people-service.md).
//!
//! It says nothing that is proved: facts come to the directory by the feed of its verifier. Its number rises with each change, so that
//! nobody puts an older one in its place. Refused: what PE-01 to PE-05, LI-01 and LI-02 say.
//!
//! ```json
//! {"iss": "<thumbprint of the header's jwk>", "aud": "https://people.example", "iat": 1800000000, "number": 3, "state": "listed",
//!  "name": "맑은하늘", "headline": "종합소득세 상담", "text": "…", "region": "mapo", "cell": "8730e1d8effffff", "languages": ["ko"],
//!  "week": ["sat-morning"], "modes": ["video"], "price": 50000, "agreement": "<X25519, base64url>",
//!  "backings": [{"kind": "tax-accountant", "blind": "<base64url>"}]}
//! ```

use std::fmt;

use jigap_keys::json::Limits;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kind, Persona, PersonaId, PublicPersona};
use crate::jose::SignError;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// The `typ`.
pub const TYP: &str = "jigap-listing+jwt";
/// The media type.
pub const MEDIA_TYPE: &str = "application/jigap-listing+jwt";

/// LI-01: its members are within their bounds.
pub const CONTENT: Check = Check::new(
    "LI-01",
    "a listing document has all its members and no others, each within its bounds",
    "게시 문서에는 정해진 항목만 모두 있고, 각 항목은 한도 안에 있습니다",
    "docs/decisions/0024-people-service.md",
);
/// LI-02: it is newer than the last.
pub const NUMBER: Check = Check::new(
    "LI-02",
    "a listing document has a higher number than the one before it",
    "게시 문서의 번호는 앞선 문서의 번호보다 큽니다",
    "docs/decisions/0024-people-service.md",
);

const NOT_SUCH: Reason = Reason::new(
    "listing-content",
    "a member is missing, unknown, or beyond its bounds",
    "빠졌거나 알 수 없거나 한도를 넘은 항목이 있습니다",
);
const OLDER: Reason = Reason::new(
    "listing-number",
    "this directory has one of that number or a newer one",
    "이 인명부에 같은 번호나 더 새로운 문서가 있습니다",
);

/// The statement that it is.
pub const KIND: Kind = Kind { typ: TYP, limits: Limits { bytes: 24 << 10, depth: 4 } };
/// Longest name, headline and text in bytes. What a directory takes may be less.
const MAX_WORDS: [usize; 3] = [160, 480, 8_000];
/// Most bytes of a short text, and most members of a list.
const MAX_SHORT: usize = 200;
const MAX_MANY: usize = 32;
/// The highest number: what a JSON number says everywhere.
const MAX_NUMBER: u64 = 1 << 53;

/// Whether its person wants to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// They do.
    Listed,
    /// Not for now.
    Paused,
    /// No more: the directory forgets the listing and keeps its number.
    Withdrawn,
}

/// A kind of proof that the listing stands on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backing {
    /// The kind, as the directory calls it: `tax-accountant`.
    pub kind: String,
    /// What blinded the name of the holder's record (`dsub`): with it the directory sees whether somebody has a second listing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blind: Option<String>,
}

/// What a listing document says. Its words are the person's own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListingDocument {
    /// The persona that signs it.
    #[serde(rename = "iss")]
    pub persona: PersonaId,
    /// The directory it is for, by its public URL.
    #[serde(rename = "aud")]
    pub directory: String,
    /// When it was signed.
    #[serde(rename = "iat")]
    pub at: Timestamp,
    /// Its number: higher than that of the one before.
    pub number: u64,
    /// Whether they want to be found.
    pub state: State,
    /// The name they chose.
    pub name: String,
    /// One line.
    pub headline: String,
    /// More.
    pub text: String,
    /// A region, `mapo`.
    pub region: String,
    /// An H3 cell in hexadecimal.
    pub cell: String,
    /// Languages, BCP 47.
    pub languages: Vec<String>,
    /// Slots of a week, `sat-morning`.
    pub week: Vec<String>,
    /// Ways to meet, `in-person`.
    pub modes: Vec<String>,
    /// KRW an hour.
    pub price: u32,
    /// The key that what is written to the persona is sealed to ([`PublicPersona::sealing_key`]).
    pub agreement: String,
    /// What a seeker has to prove before they may write, by the name of a query; nothing where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// What it stands on.
    pub backings: Vec<Backing>,
}

impl fmt::Debug for Backing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Backing({})", self.kind)
    }
}

impl fmt::Debug for ListingDocument {
    /// Its words are personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ListingDocument({}, {:?})", self.number, self.state)
    }
}

impl ListingDocument {
    /// The document, signed by its persona.
    ///
    /// # Errors
    /// [`SignError::WrongKey`] where `persona` is another than the document names.
    pub fn sign(&self, persona: &Persona) -> Result<String, SignError> {
        let Ok(Value::Object(claims)) = serde_json::to_value(self) else { return Err(SignError::WrongKey) };
        if self.persona != persona.id() || self.agreement != persona.public().sealing_key() {
            return Err(SignError::WrongKey);
        }
        KIND.sign(persona, &self.directory, self.at, claims)
    }

    fn is_whole(&self) -> bool {
        let words = [&self.name, &self.headline, &self.text].into_iter().zip(MAX_WORDS);
        let short = |text: &str| (1..=MAX_SHORT).contains(&text.len()) && !text.contains(char::is_control);
        let lists = [&self.languages, &self.week, &self.modes];
        let backing = |backing: &Backing| short(&backing.kind) && backing.blind.as_deref().is_none_or(short);
        words.into_iter().all(|(text, most)| text.len() <= most)
            && lists.into_iter().all(|list| list.len() <= MAX_MANY && list.iter().all(|text| short(text)))
            && short(&self.region)
            && short(&self.cell)
            && self.gate.as_deref().is_none_or(short)
            && self.backings.len() <= MAX_MANY
            && self.backings.iter().all(backing)
            && (1..=MAX_NUMBER).contains(&self.number)
    }
}

/// A listing document that its persona signed: only made by verifying one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedListing {
    document: ListingDocument,
    by: PublicPersona,
    digest: [u8; 32],
}

impl VerifiedListing {
    /// Verifies one for the directory `audience`. Refuses by PE-01 to PE-05 and LI-01.
    pub fn read(compact: &str, audience: &str) -> Result<Self, Refusal> {
        let statement = KIND.read(compact, audience)?;
        let document =
            ListingDocument::deserialize(statement.claims()).ok().filter(ListingDocument::is_whole);
        let document = document.ok_or(CONTENT.refuse(NOT_SUCH))?;
        let by = PublicPersona::new(statement.key().clone(), &document.agreement);
        let by = by.map_err(|_| CONTENT.refuse(NOT_SUCH))?;
        Ok(Self { document, by, digest: *statement.digest() })
    }

    /// Refuses by LI-02 what is no newer than number `after`.
    pub fn require_newer(&self, after: u64) -> Result<(), Refusal> {
        if self.document.number > after { Ok(()) } else { Err(NUMBER.refuse(OLDER)) }
    }

    /// What it says.
    pub const fn document(&self) -> &ListingDocument {
        &self.document
    }

    /// Who said it, and how they are sealed to.
    pub const fn by(&self) -> &PublicPersona {
        &self.by
    }

    /// SHA-256 of the document as it was signed.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::Repeatable;

    const DIRECTORY: &str = "https://people.example";
    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn persona() -> Persona {
        Persona::generate(&Repeatable::new(1))
    }

    fn document() -> ListingDocument {
        ListingDocument {
            persona: persona().id(),
            directory: DIRECTORY.to_owned(),
            at: NOW,
            number: 3,
            state: State::Listed,
            name: "맑은하늘".to_owned(),
            headline: "종합소득세 상담".to_owned(),
            text: String::new(),
            region: "mapo".to_owned(),
            cell: "8730e1d8effffff".to_owned(),
            languages: vec!["ko".to_owned()],
            week: vec!["sat-morning".to_owned()],
            modes: vec!["video".to_owned()],
            price: 50_000,
            agreement: persona().public().sealing_key(),
            gate: None,
            backings: vec![Backing { kind: "tax-accountant".to_owned(), blind: None }],
        }
    }

    /// The document in which `member` is `value`; absent where that is null.
    fn with(member: &str, value: Value) -> String {
        let mut claims = serde_json::to_value(document()).unwrap();
        claims[member] = value;
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        KIND.sign(&persona(), DIRECTORY, NOW, claims.as_object().unwrap().clone()).unwrap()
    }

    fn read(compact: &str) -> Result<VerifiedListing, Refusal> {
        VerifiedListing::read(compact, DIRECTORY)
    }

    #[test]
    fn a_document_is_read_as_it_was_signed() {
        let verified = read(&document().sign(&persona()).unwrap()).unwrap();
        assert_eq!((verified.document(), verified.by()), (&document(), &persona().public()));
        let gated = ListingDocument {
            gate: Some("adult".to_owned()),
            backings: vec![Backing { kind: "lawyer".to_owned(), blind: Some("AAAA".to_owned()) }],
            state: State::Paused,
            ..document()
        };
        assert_eq!(read(&gated.sign(&persona()).unwrap()).unwrap().document(), &gated);
    }

    #[test]
    fn it_is_for_one_directory_and_signed_by_the_persona_it_names() {
        let compact = document().sign(&persona()).unwrap();
        let refused = VerifiedListing::read(&compact, "https://other.example").unwrap_err();
        assert_eq!(refused.check, crate::people::STATEMENT_AUDIENCE);
        let stranger = Persona::generate(&Repeatable::new(9));
        assert_eq!(document().sign(&stranger), Err(SignError::WrongKey));
        let other = ListingDocument { agreement: stranger.public().sealing_key(), ..document() };
        assert_eq!(other.sign(&persona()), Err(SignError::WrongKey));
    }

    #[test]
    fn li_01_a_document_beyond_its_bounds_is_refused() {
        let many: Vec<String> = (0..33).map(|it| it.to_string()).collect();
        for (member, value) in [
            ("name", json!("가".repeat(54))),
            ("headline", json!(1)),
            ("text", Value::Null),
            ("text", json!("a".repeat(8_001))),
            ("region", json!("")),
            ("cell", json!("a\u{1}")),
            ("languages", json!(many)),
            ("week", json!("sat-morning")),
            ("price", json!(-1)),
            ("agreement", json!("AAAA")),
            ("gate", json!("")),
            ("backings", json!([{"kind": "lawyer", "fact": "x"}])),
            ("number", json!(0)),
            ("number", json!(1.5)),
            ("state", json!("gone")),
            ("phone", json!("010")),
        ] {
            assert_eq!(read(&with(member, value)).unwrap_err().check, CONTENT, "{member}");
        }
    }

    #[test]
    fn li_02_an_older_document_or_the_same_is_refused() {
        let verified = read(&document().sign(&persona()).unwrap()).unwrap();
        assert_eq!((verified.require_newer(0), verified.require_newer(2)), (Ok(()), Ok(())));
        assert_eq!(verified.require_newer(3).unwrap_err().check, NUMBER);
        assert_eq!(verified.require_newer(9).unwrap_err().check, NUMBER);
    }

    #[test]
    fn it_is_not_printed() {
        let printed = format!("{:?}", document());
        assert!(!printed.contains("하늘") && !printed.contains("mapo"), "{printed}");
    }
}
