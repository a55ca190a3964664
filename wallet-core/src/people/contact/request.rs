//! A request for contact: one sealed message to a listing, from a persona that was made for it.
//!
//! ```json
//! {"iss": "<the seeker's persona>", "aud": "people.example", "iat": 1800000000, "contact": "<256 bits>", "listing": "<persona>",
//!  "opens": "<the seeker's sealing key>", "sealed": "<HPKE>", "commitment": "<HMAC>", "proof": "<signed verdict>"}
//! ```
//! The directory sees who asks under which persona, whom, when, and the proof for the listing's gate; not the text. The listed person
//! sees the text and the persona. Refused: PE-01 to PE-05, and PC-01 to PC-05.

use std::fmt;

use jigap_keys::json::Limits;
use jigap_keys::{Entropy, KeyError, base64url};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checks::{
    ANOTHER_LISTING, FORM, GATE, NO_PROOF, NOT_SUCH, OPENS, OTHER_PROOF, OWN_LISTING, PAIRWISE, SEALED,
    UNASKED,
};
use super::message::Message;
use crate::jose::SignError;
use crate::people::names::{Bytes32, Digest, claims_of};
use crate::people::{Kind, Persona, PersonaId, PublicPersona};
use crate::time::Timestamp;
use crate::verdict::Refusal;
use crate::verdict::signed::AttestedVerdict;

/// The kind of statement.
pub const KIND: Kind = Kind { typ: "jigap-contact+jwt", limits: Limits { bytes: 24 * 1024, depth: 2 } };
/// Longest proof in bytes: that of a signed verdict.
pub const MAX_PROOF: usize = 8 * 1024;
/// Longest sealed message in base64url.
const MAX_SEALED: usize = 8 * 1024;
const INFO: &[u8] = b"jigap contact 1";

/// What a listing asks of whoever wants to get in touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// Nothing.
    Open,
    /// A verifier's verdict on this question, by the name of its template.
    Asks(String),
}

impl Gate {
    /// Refuses by PC-05. The verdict is verified and used once (VS-01 to VS-05) by whoever calls.
    pub fn require(&self, proof: Option<&AttestedVerdict>) -> Result<(), Refusal> {
        match (self, proof) {
            (Self::Open, None) => Ok(()),
            (Self::Open, Some(_)) => Err(GATE.refuse(UNASKED)),
            (Self::Asks(_), None) => Err(GATE.refuse(NO_PROOF)),
            (Self::Asks(template), Some(verdict)) if verdict.template() == template => Ok(()),
            (Self::Asks(_), Some(_)) => Err(GATE.refuse(OTHER_PROOF)),
        }
    }
}

/// What is asked.
pub struct NewRequest<'a> {
    /// The directory.
    pub audience: &'a str,
    /// 256 random bits that were never used before.
    pub contact: Bytes32,
    /// Whom.
    pub listing: &'a PublicPersona,
    /// What is written.
    pub message: &'a Message,
    /// For the listing's gate: a signed verdict.
    pub proof: Option<&'a str>,
}

/// Why no request was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotMade {
    /// The listing's key cannot be sealed to.
    #[error("the listing cannot be sealed to: {0}")]
    Listing(KeyError),
    /// The proof is too long, or something has no form.
    #[error("the request is not in its form")]
    Form,
    /// The persona did not sign.
    #[error(transparent)]
    Persona(#[from] SignError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    contact: Bytes32,
    listing: PersonaId,
    opens: String,
    sealed: String,
    commitment: Bytes32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
}

impl NewRequest<'_> {
    /// The request by `seeker`, a persona for this listing alone.
    ///
    /// # Errors
    /// [`NotMade`]
    pub fn sign(&self, seeker: &Persona, now: Timestamp, entropy: &dyn Entropy) -> Result<String, NotMade> {
        let (listing, commitment) = (self.listing.id(), self.message.commitment(&self.contact));
        let aad = aad(self.audience, [&seeker.id(), &listing], [&self.contact, &commitment]);
        let sealed =
            self.listing.seal(INFO, &aad, &self.message.padded(), entropy).map_err(NotMade::Listing)?;
        if self.proof.is_some_and(|proof| proof.len() > MAX_PROOF) {
            return Err(NotMade::Form);
        }
        let claims = Claims {
            contact: self.contact,
            listing,
            opens: seeker.public().sealing_key(),
            sealed: base64url::encode(sealed),
            commitment,
            proof: self.proof.map(str::to_owned),
        };
        let Ok(Value::Object(claims)) = serde_json::to_value(&claims) else { return Err(NotMade::Form) };
        Ok(KIND.sign(seeker, self.audience, now, claims)?)
    }
}

/// A request that was verified; its message is sealed still.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactRequest {
    audience: String,
    seeker: PublicPersona,
    contact: Bytes32,
    listing: PersonaId,
    at: Timestamp,
    sealed: Vec<u8>,
    commitment: Bytes32,
    proof: Option<String>,
    digest: Digest,
}

impl fmt::Debug for ContactRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContactRequest(…)")
    }
}

impl ContactRequest {
    /// Reads and verifies a request at the directory `audience`. Refuses by PE-01 to PE-05, PC-01 and PC-02. Whoever takes it first asks
    /// [`require_new`](Self::require_new) too.
    pub fn read(text: &str, audience: &str) -> Result<Self, Refusal> {
        let statement = KIND.read(text, audience)?;
        let malformed = FORM.refuse(NOT_SUCH);
        let claims: Claims = claims_of(&statement).ok_or(malformed)?;
        let bounded = claims.sealed.len() <= MAX_SEALED
            && claims.proof.as_ref().is_none_or(|proof| proof.len() <= MAX_PROOF);
        let sealed = base64url::decode(&claims.sealed).ok().filter(|_| bounded).ok_or(malformed)?;
        let seeker = PublicPersona::new(statement.key().clone(), &claims.opens).map_err(|_| malformed)?;
        let Claims { contact, listing, commitment, proof, .. } = claims;
        if seeker.id() == listing {
            return Err(PAIRWISE.refuse(OWN_LISTING));
        }
        let (at, digest) = (statement.at(), Digest(Bytes32(*statement.digest())));
        let audience = audience.to_owned();
        Ok(Self { audience, seeker, contact, listing, at, sealed, commitment, proof, digest })
    }

    /// Refuses what was not made just now (PE-05), and a persona that asked `earlier`, another listing, before (PC-02).
    pub fn require_new(&self, earlier: Option<&PersonaId>, now: Timestamp) -> Result<(), Refusal> {
        crate::people::statement::require_fresh(self.at, now)?;
        match earlier {
            Some(listing) if *listing != self.listing => Err(PAIRWISE.refuse(ANOTHER_LISTING)),
            _ => Ok(()),
        }
    }

    /// Opens the message. Refuses by PC-03 and PC-04: what is refused is not shown, since it could not be reported.
    pub fn open(&self, listing: &Persona) -> Result<Message, Refusal> {
        let aad = aad(&self.audience, [&self.seeker.id(), &self.listing], [&self.contact, &self.commitment]);
        let plain = listing.open(INFO, &aad, &self.sealed).map_err(|_| OPENS.refuse(SEALED))?;
        let message = Message::read(&plain)?;
        message.require(&self.contact, &self.commitment)?;
        Ok(message)
    }

    /// Who asks.
    pub const fn seeker(&self) -> &PublicPersona {
        &self.seeker
    }

    /// Which contact.
    pub const fn contact(&self) -> &Bytes32 {
        &self.contact
    }

    /// Whom.
    pub const fn listing(&self) -> &PersonaId {
        &self.listing
    }

    /// When, as the seeker says.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// What the seeker is committed to.
    pub const fn commitment(&self) -> &Bytes32 {
        &self.commitment
    }

    /// For the listing's gate: a signed verdict, still to be verified.
    pub fn proof(&self) -> Option<&str> {
        self.proof.as_deref()
    }

    /// The digest of the whole statement.
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}

/// What a sealed message belongs to: it opens nowhere else.
fn aad(audience: &str, personas: [&PersonaId; 2], numbers: [&Bytes32; 2]) -> Vec<u8> {
    let ([seeker, listing], [contact, commitment]) = (personas, numbers);
    format!("{seeker} {listing} {contact} {commitment} {audience}").into_bytes()
}
