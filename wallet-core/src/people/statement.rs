//! Statements: what a persona says to one audience, a JWT that it signs, of a type for each kind of thing said.
//!
//! ```json
//! {"alg": "EdDSA", "typ": "jigap-listing+jwt", "jwk": {…}}
//! {"iss": "<persona>", "aud": "people.example", "iat": 1800000000, …}
//! ```
//!
//! The key stands in the header, and `iss` is its thumbprint: who holds a statement can verify it and needs nothing else. Refused: what PE-01 to
//! PE-05 say. Whether a statement came before is for whoever keeps them; [`Statement::digest`] tells one from others.

use std::fmt;

use jigap_keys::json::Limits;
use jigap_keys::{PublicKey, hash};
use serde_json::{Map, Value, json};

use super::{Persona, PersonaId};
use crate::jose::{Algorithm, Header, Jws, SignError, UnsignedJws, numeric_date};
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};

/// PE-01: it is one, of the kind that is expected.
pub const FORM: Check = Check::new(
    "PE-01",
    "what a persona says is a JWT of the type for it, within its size limit, signed with EdDSA",
    "페르소나의 말은 크기 제한을 지킨, 그 종류의 JWT이며 EdDSA로 서명되어 있습니다",
    "RFC 8725 §3.1, §3.11; docs/SPECS.md, People",
);
/// PE-02: its key is the persona's.
pub const KEY: Check = Check::new(
    "PE-02",
    "a statement holds the public key of the persona that it names as issuer",
    "말에는 발행자로 밝힌 페르소나의 공개키가 담겨 있습니다",
    "RFC 7515 §4.1.3; RFC 7638; docs/SPECS.md, People",
);
/// PE-03: that key signed it.
pub const SIGNED: Check = Check::new(
    "PE-03",
    "a statement is signed with the key it holds",
    "말은 담고 있는 키로 서명되어 있습니다",
    "RFC 7515 §5.2",
);
/// PE-04: it is for this audience.
pub const AUDIENCE: Check = Check::new(
    "PE-04",
    "a statement is for this audience and for nobody else",
    "말은 이 수신자만을 위한 것입니다",
    "RFC 7519 §4.1.3; RFC 8725 §3.9",
);
/// PE-05: it says when it was made.
pub const MOMENT: Check = Check::new(
    "PE-05",
    "a statement says when it was made, and where it must be fresh it was made just now",
    "말에는 만든 시각이 있고, 새것이어야 하는 곳에서는 방금 만든 것입니다",
    "RFC 7519 §4.1.6",
);

const OTHER_ALGORITHM: Reason =
    Reason::new("statement-alg", "the algorithm is not EdDSA", "알고리즘이 EdDSA가 아닙니다");
const NO_KEY: Reason = Reason::new("statement-jwk", "the header has no `jwk`", "헤더에 `jwk`가 없습니다");
const OTHER_PERSONA: Reason = Reason::new(
    "statement-iss",
    "`iss` is not the persona of the key",
    "`iss`가 이 키의 페르소나가 아닙니다",
);
const OTHER_AUDIENCE: Reason = Reason::new(
    "statement-aud",
    "it is for another audience, or for several",
    "다른 수신자나 여러 수신자를 위한 것입니다",
);
const NO_MOMENT: Reason =
    Reason::new("statement-iat", "`iat` is missing or no number", "`iat`가 없거나 숫자가 아닙니다");
const OTHER_MOMENT: Reason = Reason::new("statement-time", "it was made at {at}", "{at}에 만든 것입니다");

/// How far clocks may be apart where a statement must be fresh.
const CLOCK_WINDOW: Seconds = Seconds(300);

/// A kind of statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Its `typ`.
    pub typ: &'static str,
    /// Longest statement in bytes, and deepest.
    pub limits: Limits,
}

impl Kind {
    /// A statement of `persona` to `audience`, made `at`, with these `claims` beside.
    ///
    /// # Errors
    /// [`SignError`] does not occur with keys of personas.
    pub fn sign(
        &self,
        persona: &Persona,
        audience: &str,
        at: Timestamp,
        claims: Map<String, Value>,
    ) -> Result<String, SignError> {
        let key = persona.signing_key();
        let header = Header::new(Algorithm::EdDsa).typ(self.typ).jwk(key.public().clone());
        let mut payload = claims;
        payload.insert("iss".to_owned(), json!(persona.id()));
        payload.insert("aud".to_owned(), json!(audience));
        payload.insert("iat".to_owned(), json!(at.unix()));
        UnsignedJws::new(&header, &Value::Object(payload)).sign(key)
    }

    /// Reads and verifies a statement to `audience`. Refuses by PE-01 to PE-05, PE-05 only where there is no moment: see [`Statement::require_fresh`].
    pub fn read(&self, text: &str, audience: &str) -> Result<Statement, Refusal> {
        let jws = Jws::parse_within(text, self.limits).map_err(|refusal| FORM.refuse(refusal.reason))?;
        jws.header().require_typ(self.typ).map_err(|refusal| FORM.refuse(refusal.reason))?;
        if jws.header().alg != Algorithm::EdDsa {
            return Err(FORM.refuse(OTHER_ALGORITHM));
        }
        let key = jws.header().jwk.clone().ok_or(KEY.refuse(NO_KEY))?;
        let by = PersonaId::of(&key);
        if jws.unverified_payload().get("iss").and_then(Value::as_str) != Some(by.as_str()) {
            return Err(KEY.refuse(OTHER_PERSONA));
        }
        let verified = jws.verify(&key).map_err(|refusal| SIGNED.refuse(refusal.reason))?;
        let claims = verified.into_parts().1;
        if claims.get("aud").and_then(Value::as_str) != Some(audience) {
            return Err(AUDIENCE.refuse(OTHER_AUDIENCE));
        }
        let at = claims.get("iat").and_then(numeric_date).ok_or(MOMENT.refuse(NO_MOMENT))?;
        Ok(Statement { by, key, at, claims, digest: hash::sha256(text.as_bytes()) })
    }
}

/// What a persona said: only made by verifying it ([`Kind::read`]).
#[derive(Clone, PartialEq)]
pub struct Statement {
    by: PersonaId,
    key: PublicKey,
    at: Timestamp,
    claims: Value,
    digest: [u8; 32],
}

impl Statement {
    /// Who.
    pub const fn by(&self) -> &PersonaId {
        &self.by
    }

    /// By which key.
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// When, as its persona says.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// What: all claims, `iss`, `aud` and `iat` among them.
    pub const fn claims(&self) -> &Value {
        &self.claims
    }

    /// SHA-256 of the statement as it was sent.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Refuses by PE-05 what was not made about `now`.
    pub fn require_fresh(&self, now: Timestamp) -> Result<(), Refusal> {
        require_fresh(self.at, now)
    }
}

/// Refuses by PE-05 what was not made about `now`.
pub(super) fn require_fresh(at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if at < now.minus(CLOCK_WINDOW) || at > now.plus(CLOCK_WINDOW) {
        return Err(MOMENT.refuse(OTHER_MOMENT.at(at)));
    }
    Ok(())
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Statement(…)")
    }
}

#[cfg(test)]
mod tests {
    use jigap_keys::{KeyType, PrivateKey};

    use super::*;
    use crate::jose;
    use crate::testing::Repeatable;

    const KIND: Kind = Kind { typ: "jigap-test+jwt", limits: Limits { bytes: 4_096, depth: 4 } };
    const HERE: &str = "people.example";
    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn persona() -> Persona {
        Persona::generate(&Repeatable::new(1))
    }

    fn claims(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    fn refused(text: &str) -> &'static str {
        KIND.read(text, HERE).unwrap_err().check.id
    }

    /// Signed with the key of `persona`, whatever it says.
    fn forged(header: &Header, payload: &Value) -> String {
        jose::sign(header, payload, persona().signing_key()).unwrap()
    }

    fn header() -> Header {
        Header::new(Algorithm::EdDsa).typ(KIND.typ).jwk(persona().signing_key().public().clone())
    }

    fn payload() -> Value {
        json!({"iss": persona().id(), "aud": HERE, "iat": NOW.unix(), "says": "hello"})
    }

    #[test]
    fn a_statement_is_read_as_it_was_said() {
        let text = KIND.sign(&persona(), HERE, NOW, claims(&json!({"says": "hello"}))).unwrap();
        let read = KIND.read(&text, HERE).unwrap();
        assert_eq!((read.by(), read.at()), (&persona().id(), NOW));
        assert_eq!(read.claims(), &payload());
        assert_eq!(read.digest(), &hash::sha256(text.as_bytes()));
        assert_eq!(format!("{read:?}"), "Statement(…)");
        assert_eq!(KIND.read(&forged(&header(), &payload()), HERE).unwrap().by(), &persona().id());
    }

    #[test]
    fn pe_01_another_form_type_or_algorithm_is_refused() {
        assert_eq!(refused("no statement"), "PE-01");
        assert_eq!(refused(&forged(&header().typ("jigap-other+jwt"), &payload())), "PE-01");
        let long = json!({"iss": persona().id(), "aud": HERE, "iat": 1, "says": "a".repeat(4_096)});
        assert_eq!(refused(&forged(&header(), &long)), "PE-01");
        let other = PrivateKey::generate(KeyType::P256, &Repeatable::new(2));
        let header = Header::new(Algorithm::Es256).typ(KIND.typ).jwk(other.public().clone());
        let payload = json!({"iss": other.public().thumbprint(), "aud": HERE, "iat": 1});
        assert_eq!(refused(&jose::sign(&header, &payload, &other).unwrap()), "PE-01");
    }

    #[test]
    fn pe_02_the_name_of_another_persona_is_refused() {
        let bare = Header { jwk: None, ..header() };
        assert_eq!(refused(&forged(&bare, &payload())), "PE-02");
        let other = Persona::generate(&Repeatable::new(2)).id();
        assert_eq!(refused(&forged(&header(), &json!({"iss": other, "aud": HERE, "iat": 1}))), "PE-02");
        assert_eq!(refused(&forged(&header(), &json!({"aud": HERE, "iat": 1}))), "PE-02");
    }

    #[test]
    fn pe_03_what_its_key_did_not_sign_is_refused() {
        let text = forged(&header(), &payload());
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let last = if signature.starts_with('A') { "B" } else { "A" };
        assert_eq!(refused(&format!("{signed}.{last}{}", &signature[1..])), "PE-03");
    }

    #[test]
    fn pe_04_a_statement_for_another_audience_or_for_several_is_refused() {
        for audience in [json!("other.example"), json!([HERE]), Value::Null] {
            let payload = json!({"iss": persona().id(), "aud": audience, "iat": NOW.unix()});
            assert_eq!(refused(&forged(&header(), &payload)), "PE-04", "{audience}");
        }
    }

    #[test]
    fn pe_05_a_statement_without_its_moment_or_of_another_time_is_refused() {
        assert_eq!(refused(&forged(&header(), &json!({"iss": persona().id(), "aud": HERE}))), "PE-05");
        let read = KIND.read(&forged(&header(), &payload()), HERE).unwrap();
        for (off, fresh) in [(0, true), (300, true), (301, false)].map(|(off, fresh)| (Seconds(off), fresh)) {
            assert_eq!(read.require_fresh(NOW.plus(off)).is_ok(), fresh, "{off:?} late");
            assert_eq!(read.require_fresh(NOW.minus(off)).is_ok(), fresh, "{off:?} early");
        }
    }
}
