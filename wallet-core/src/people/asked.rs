//! What a persona asks of a directory: to be verified as something, or to be shown its own listing. Signed, for this directory, for now.
//!
//! Refused: what PE-01 to PE-05 and LI-03 say. Who hears one can do no more with it than ask the same again for five minutes, and what is
//! answered binds the persona: a link to a question that its wallet alone answers, or what it wrote itself.
//!
//! ```json
//! {"iss": "<persona>", "aud": "https://people.example", "iat": 1800000000, "asks": "backing", "kind": "tax-accountant"}
//! ```

use jigap_keys::json::Limits;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Kind, Persona, PersonaId};
use crate::jose::SignError;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// The `typ`.
pub const TYP: &str = "jigap-persona-asks+jwt";
/// The media type.
pub const MEDIA_TYPE: &str = "application/jigap-persona-asks+jwt";
/// The statement that it is.
pub const KIND: Kind = Kind { typ: TYP, limits: Limits { bytes: 4 << 10, depth: 3 } };

/// LI-03: it asks something.
pub const CONTENT: Check = Check::new(
    "LI-03",
    "a persona asks for its own listing, or to be verified as a kind, and for nothing else",
    "페르소나는 자신의 게시글을 보거나 어떤 종류로 확인받는 것만 요청합니다",
    "docs/decisions/0024-people-service.md",
);
const NOT_SUCH: Reason =
    Reason::new("asked-content", "it asks for something else", "다른 것을 요청하고 있습니다");

/// Longest kind in bytes.
const MAX_KIND: usize = 200;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "asks", rename_all = "lowercase")]
pub enum Asks {
    /// To be verified as this kind.
    Backing {
        /// The kind, as the directory calls it.
        kind: String,
    },
    /// To be shown its own listing, and how it stands.
    Listing,
}

impl Asks {
    /// Signed by `persona` for `directory`.
    ///
    /// # Errors
    /// [`SignError`] does not occur with keys of personas.
    pub fn sign(&self, persona: &Persona, directory: &str, now: Timestamp) -> Result<String, SignError> {
        let claims = match serde_json::to_value(self) {
            Ok(Value::Object(claims)) => claims,
            _ => Map::new(),
        };
        KIND.sign(persona, directory, now, claims)
    }

    /// Who asks what, of the directory `audience` at `now`. Refuses by PE-01 to PE-05 and LI-03.
    pub fn read(compact: &str, audience: &str, now: Timestamp) -> Result<(PersonaId, Self), Refusal> {
        let statement = KIND.read(compact, audience)?;
        statement.require_fresh(now)?;
        let whole = |asks: &Self| match asks {
            Self::Backing { kind } => (1..=MAX_KIND).contains(&kind.len()),
            Self::Listing => true,
        };
        let asks = Self::deserialize(statement.claims()).ok().filter(whole);
        Ok((statement.by().clone(), asks.ok_or(CONTENT.refuse(NOT_SUCH))?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::people::{STATEMENT_AUDIENCE, STATEMENT_MOMENT};
    use crate::testing::Repeatable;
    use crate::time::Seconds;

    const DIRECTORY: &str = "https://people.example";
    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn persona() -> Persona {
        Persona::generate(&Repeatable::new(1))
    }

    #[test]
    fn what_is_asked_is_read_as_it_was_signed_here_and_now_alone() {
        for asks in [Asks::Listing, Asks::Backing { kind: "lawyer".to_owned() }] {
            let compact = asks.sign(&persona(), DIRECTORY, NOW).unwrap();
            assert_eq!(Asks::read(&compact, DIRECTORY, NOW), Ok((persona().id(), asks)));
            let elsewhere = Asks::read(&compact, "https://other.example", NOW).unwrap_err();
            assert_eq!(elsewhere.check, STATEMENT_AUDIENCE);
            let later = Asks::read(&compact, DIRECTORY, NOW.plus(Seconds(301))).unwrap_err();
            assert_eq!(later.check, STATEMENT_MOMENT);
        }
    }

    #[test]
    fn li_03_what_asks_for_something_else_is_refused() {
        for claims in [
            json!({}),
            json!({"asks": "everything"}),
            json!({"asks": "backing"}),
            json!({"asks": "backing", "kind": ""}),
            json!({"asks": "backing", "kind": "a".repeat(201)}),
            json!({"asks": ["listing"]}),
        ] {
            let compact = KIND.sign(&persona(), DIRECTORY, NOW, claims.as_object().unwrap().clone()).unwrap();
            assert_eq!(Asks::read(&compact, DIRECTORY, NOW).unwrap_err().check, CONTENT);
        }
    }
}
