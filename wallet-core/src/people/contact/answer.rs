//! What becomes of a request: the listed person accepts, declines or blocks, or says nothing for 30 days.
//!
//! | standing | accept | decline | block | time |
//! |---|---|---|---|---|
//! | waiting | accepted | declined | blocked | expired |
//! | expired | | | blocked | |
//! | accepted | | | blocked | |
//! | declined | | | blocked | |
//!
//! An answer is a statement of the listing's persona. It names the digest of the request, so that nobody is answered for what they did
//! not ask. The same answer again changes nothing.

use jigap_keys::json::Limits;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checks::{ANOTHER, ANSWERED, ANSWERS, FORM, LATE, NOT_SUCH, STANDING};
use super::request::ContactRequest;
use crate::jose::SignError;
use crate::people::names::{Bytes32, Digest, claims_of};
use crate::people::{Kind, Persona, PersonaId};
use crate::time::{Seconds, Timestamp};
use crate::verdict::Refusal;

/// The kind of statement.
pub const KIND: Kind = Kind { typ: "jigap-contact-answer+jwt", limits: Limits { bytes: 2_048, depth: 2 } };
/// How long a request waits.
pub const WAITS: Seconds = Seconds(30 * 24 * 3600);
/// The version of the stored form.
const VERSION: u32 = 1;

/// What the listed person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// They will talk.
    Accept,
    /// They will not.
    Decline,
    /// They want to hear nothing more from whoever that is.
    Block,
}

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// There is no answer.
    Waiting,
    /// They talk.
    Accepted,
    /// They do not.
    Declined,
    /// And never will.
    Blocked,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    contact: Bytes32,
    request: Digest,
    answer: Says,
}

/// Signs an answer to `request` at the directory `audience`.
///
/// # Errors
/// [`SignError`] does not occur with keys of personas.
pub fn answer(
    listing: &Persona,
    audience: &str,
    request: &ContactRequest,
    says: Says,
    now: Timestamp,
) -> Result<String, SignError> {
    let claims = Claims { contact: *request.contact(), request: request.digest(), answer: says };
    let Ok(Value::Object(claims)) = serde_json::to_value(&claims) else { return Err(SignError::WrongKey) };
    KIND.sign(listing, audience, now, claims)
}

/// An answer that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    by: PersonaId,
    contact: Bytes32,
    request: Digest,
    says: Says,
    at: Timestamp,
}

impl Answer {
    /// Reads and verifies one. Refuses by PE-01 to PE-05 and PC-01.
    pub fn read(text: &str, audience: &str) -> Result<Self, Refusal> {
        let statement = KIND.read(text, audience)?;
        let claims = claims_of(&statement).ok_or(FORM.refuse(NOT_SUCH))?;
        let Claims { contact, request, answer: says } = claims;
        Ok(Self { by: statement.by().clone(), contact, request, says, at: statement.at() })
    }

    /// Which contact.
    pub const fn contact(&self) -> &Bytes32 {
        &self.contact
    }

    /// What it says.
    pub const fn says(&self) -> Says {
        self.says
    }
}

/// One contact. Its JSON is how it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    #[serde(deserialize_with = "crate::people::names::version::<1, _>")]
    version: u32,
    contact: Bytes32,
    seeker: PersonaId,
    listing: PersonaId,
    request: Digest,
    ends: Timestamp,
    standing: Standing,
}

impl Contact {
    /// A contact that begins with a request that came at `received`.
    pub fn begin(request: &ContactRequest, received: Timestamp) -> Self {
        Self {
            version: VERSION,
            contact: *request.contact(),
            seeker: request.seeker().id(),
            listing: request.listing().clone(),
            request: request.digest(),
            ends: received.plus(WAITS),
            standing: Standing::Waiting,
        }
    }

    /// Takes an answer; whether it changed something. Refuses by PC-07 and PC-08, and by PE-05 a new one that was not made about `now`.
    pub fn take(&mut self, answer: &Answer, now: Timestamp) -> Result<bool, Refusal> {
        let Some(next) = self.after(answer, now)? else { return Ok(false) };
        crate::people::statement::require_fresh(answer.at, now)?;
        self.standing = next;
        Ok(true)
    }

    /// Takes an answer that the directory took in its time: a wallet that hears of it later. Refuses by PC-07 and PC-08, by the moment
    /// that the answer says.
    pub fn follow(&mut self, answer: &Answer) -> Result<bool, Refusal> {
        let next = self.after(answer, answer.at)?;
        self.standing = next.unwrap_or(self.standing);
        Ok(next.is_some())
    }

    /// How it stands after an answer at `now`; `None` if nothing changes. Refuses by PC-07 and PC-08.
    fn after(&self, answer: &Answer, now: Timestamp) -> Result<Option<Standing>, Refusal> {
        let this = answer.contact == self.contact && answer.request == self.request;
        if !this || answer.by != self.listing {
            return Err(ANSWERS.refuse(ANOTHER));
        }
        let next = match (self.standing, answer.says) {
            (Standing::Accepted, Says::Accept)
            | (Standing::Declined, Says::Decline)
            | (Standing::Blocked, Says::Block) => return Ok(None),
            (Standing::Waiting, Says::Accept | Says::Decline) if self.has_expired(now) => {
                return Err(STANDING.refuse(LATE.at(self.ends)));
            }
            (Standing::Waiting, Says::Accept) => Standing::Accepted,
            (Standing::Waiting, Says::Decline) => Standing::Declined,
            (Standing::Waiting | Standing::Accepted | Standing::Declined, Says::Block) => Standing::Blocked,
            _ => return Err(STANDING.refuse(ANSWERED)),
        };
        Ok(Some(next))
    }

    /// How it stands; after [`has_expired`](Self::has_expired) nothing comes of one that waits.
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Whether nobody answered in time.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.standing == Standing::Waiting && self.ends <= now
    }

    /// Whether these two are the sides of it, and it was accepted: what leads to a consultation and to disclosures.
    pub fn joins(&self, one: &PersonaId, other: &PersonaId) -> bool {
        let sides = [(&self.seeker, &self.listing), (&self.listing, &self.seeker)];
        self.standing == Standing::Accepted && sides.contains(&(one, other))
    }

    /// Who was asked.
    pub const fn listing(&self) -> &PersonaId {
        &self.listing
    }

    /// Which contact.
    pub const fn id(&self) -> &Bytes32 {
        &self.contact
    }
}
