//! Statements of a consultation as they are signed.
//!
//! ```json
//! {"iss": "<persona>", "aud": "people.example", "iat": 1800000000, "consultation": "<256 bits>", "seeker": "<persona>",
//!  "listed": "<persona>", "number": 7, "previous": "<digest of number 6>", "what": {"do": "tick", "count": 1, "from": …, "until": …}}
//! ```
//! Each names consultation and sides, so that whoever is shown two of one number can compare them ([`Between::hints`]). The directory
//! signs as a persona too, which both sides pin. Refused: what PE-01 to PE-05 say, what is not in its form (CN-01), and what none of the three of this
//! very consultation said (CN-02).

use jigap_keys::json::Limits;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checks::{FORM, SIGNER};
use super::event::{Event, Role, What};
use crate::jose::SignError;
use crate::people::contact::Contact;
use crate::people::names::{Bytes32, Digest, claims_of};
use crate::people::{Kind, Persona, PersonaId, Statement};
use crate::time::Timestamp;
use crate::verdict::{Reason, Refusal};

/// The kind of statement.
pub const KIND: Kind = Kind { typ: "jigap-consultation+jwt", limits: Limits { bytes: 4_096, depth: 4 } };

const NOT_SUCH: Reason = Reason::new(
    "consultation-form",
    "a member is missing, not in its form, or does not belong there",
    "항목이 빠졌거나 형식이 맞지 않거나 있을 자리가 아닙니다",
);
const STRANGER: Reason = Reason::new(
    "consultation-signer",
    "it is of another consultation, or signed by none of the three",
    "다른 상담의 것이거나 셋 중 누구도 서명하지 않았습니다",
);
const NOT_SIDES: Reason = Reason::new(
    "consultation-sides",
    "seeker, listed person and directory are not three",
    "찾는 사람, 등재된 사람, 디렉터리가 서로 다르지 않습니다",
);

const NOT_JOINED: Reason = Reason::new(
    "consultation-contact",
    "the listed person did not accept a request of this seeker",
    "등재된 사람이 이 사람의 요청을 수락하지 않았습니다",
);

/// Which consultation, and who takes part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// 256 random bits, drawn by the seeker.
    pub consultation: Bytes32,
    /// Who looked for somebody.
    pub seeker: PersonaId,
    /// Who was found.
    pub listed: PersonaId,
    /// The persona that the directory signs as.
    pub directory: PersonaId,
    /// What the directory is called: the audience of every statement.
    pub audience: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    consultation: Bytes32,
    seeker: PersonaId,
    listed: PersonaId,
    number: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Digest>,
    what: What,
}

impl Between {
    /// Signs what `persona` says as the next statement: `next` is of [`Consultation::next`](super::Consultation::next).
    ///
    /// # Errors
    /// [`SignError`] does not occur with keys of personas.
    pub fn sign(
        &self,
        persona: &Persona,
        (number, previous, at): (u32, Option<Digest>, Timestamp),
        what: What,
    ) -> Result<String, SignError> {
        let claims = Claims {
            consultation: self.consultation,
            seeker: self.seeker.clone(),
            listed: self.listed.clone(),
            number,
            previous,
            what,
        };
        let Ok(Value::Object(claims)) = serde_json::to_value(&claims) else {
            return Err(SignError::WrongKey);
        };
        KIND.sign(persona, &self.audience, at, claims)
    }

    /// Reads and verifies a statement of this consultation. Refuses by PE-01 to PE-05, CN-01 and CN-02; whether it follows the others is
    /// for [`Consultation::take`](super::Consultation::take).
    pub fn read(&self, text: &str) -> Result<Event, Refusal> {
        let statement = KIND.read(text, &self.audience)?;
        let claims = read(&statement)?;
        let by = self.role(statement.by(), &claims).ok_or(SIGNER.refuse(STRANGER))?;
        let digest = Digest(Bytes32(*statement.digest()));
        let Claims { number, previous, what, .. } = claims;
        Ok(Event { number, previous, digest, by, at: statement.at(), what, between: self.digest() })
    }

    /// The consultation whose first statement this is, at a directory of this name and persona, between the sides of `contact`. Refuses
    /// as [`read`](Self::read), and by CN-02 where the three are not three, or the listed person did not accept the seeker's request.
    pub fn first(
        text: &str,
        (audience, directory): (&str, &PersonaId),
        contact: &Contact,
    ) -> Result<(Self, Event), Refusal> {
        let statement = KIND.read(text, audience)?;
        let Claims { consultation, seeker, listed, .. } = read(&statement)?;
        if seeker == listed || seeker == *directory || listed == *directory {
            return Err(SIGNER.refuse(NOT_SIDES));
        }
        if *contact.listing() != listed || !contact.joins(&seeker, &listed) {
            return Err(SIGNER.refuse(NOT_JOINED));
        }
        let (directory, audience) = (directory.clone(), audience.to_owned());
        let between = Self { consultation, seeker, listed, directory, audience };
        let event = between.read(text)?;
        Ok((between, event))
    }

    /// Who said two different things after one statement, under one number: a hint that they told two sides two stories, and no proof of
    /// it, since the first may have been refused where it was sent. What differs in its moment alone was said again, and what follows
    /// different statements was said on two forks that another made. Refuses as [`read`](Self::read).
    pub fn hints(&self, one: &str, other: &str) -> Result<Option<Role>, Refusal> {
        let (one, other) = (self.read(one)?, self.read(other)?);
        let two = one.number == other.number
            && one.by == other.by
            && one.previous == other.previous
            && one.what != other.what;
        Ok(two.then_some(one.by))
    }

    /// What tells this consultation with its sides from every other.
    pub fn digest(&self) -> Digest {
        let Self { consultation, seeker, listed, directory, audience } = self;
        Digest::of(&format!("jigap between 1 {consultation} {seeker} {listed} {directory} {audience}"))
    }

    fn role(&self, by: &PersonaId, claims: &Claims) -> Option<Role> {
        let this = claims.consultation == self.consultation
            && claims.seeker == self.seeker
            && claims.listed == self.listed;
        let roles =
            [(&self.seeker, Role::Seeker), (&self.listed, Role::Listed), (&self.directory, Role::Directory)];
        let role = roles.into_iter().find(|(persona, _)| *persona == by);
        role.filter(|_| this).map(|(_, role)| role)
    }
}

/// The claims beside those of every statement (CN-01).
fn read(statement: &Statement) -> Result<Claims, Refusal> {
    claims_of(statement).ok_or(FORM.refuse(NOT_SUCH))
}
