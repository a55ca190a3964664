//! Who one is, told to the other side of an accepted contact when one chooses to, and not before.
//!
//! What is disclosed is sealed, filled up to a whole number of 4 KiB: the directory sees that something was and about how long, not what. It is any text, such as a presentation, which the
//! other side judges as it judges every presentation. Refused: PE-01 to PE-05, PC-01, PC-03 and PC-11.

use std::fmt;

use jigap_keys::json::Limits;
use jigap_keys::{Entropy, base64url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::answer::Contact;
use super::checks::{DISCLOSES, FORM, NO_TEXT, NOT_ACCEPTED, NOT_SUCH, OPENS, SEALED};
use super::request::NotMade;
use crate::people::names::{Bytes32, claims_of};
use crate::people::{Kind, Persona, PersonaId, PublicPersona};
use crate::time::Timestamp;
use crate::verdict::Refusal;

/// The kind of statement.
pub const KIND: Kind = Kind { typ: "jigap-disclosure+jwt", limits: Limits { bytes: 64 * 1024, depth: 2 } };
/// Longest text in bytes.
pub const MAX_BYTES: usize = 24 * 1024;
const INFO: &[u8] = b"jigap disclosure 1";
/// What is sealed has a multiple of this length.
const STEP: usize = 4_096;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    contact: Bytes32,
    to: PersonaId,
    sealed: String,
}

/// Signs a disclosure of `text` by one side of `contact` to the other.
///
/// # Errors
/// [`NotMade`]: the text is empty or longer than [`MAX_BYTES`], or the other's key cannot be sealed to.
pub fn disclose(
    (by, to): (&Persona, &PublicPersona),
    (audience, contact): (&str, &Bytes32),
    text: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<String, NotMade> {
    if !(1..=MAX_BYTES).contains(&text.len()) {
        return Err(NotMade::Form);
    }
    let aad = aad(audience, &by.id(), &to.id(), contact);
    let sealed = to.seal(INFO, &aad, &padded(text), entropy).map_err(NotMade::Listing)?;
    let claims = Claims { contact: *contact, to: to.id(), sealed: base64url::encode(sealed) };
    let Ok(Value::Object(claims)) = serde_json::to_value(&claims) else { return Err(NotMade::Form) };
    Ok(KIND.sign(by, audience, now, claims)?)
}

/// What is sealed: the text, a byte 1, and zeros up to the next step.
fn padded(text: &str) -> Zeroizing<Vec<u8>> {
    let length = (text.len() + 1).next_multiple_of(STEP);
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(1);
    bytes.resize(length, 0);
    bytes
}

/// The text of what [`padded`] made.
fn text_of(plain: &[u8]) -> Option<&str> {
    let end = plain.iter().rposition(|byte| *byte != 0)?;
    let (text, filled) = plain.split_at_checked(end)?;
    let whole = filled.first() == Some(&1) && plain.len() == (end + 1).next_multiple_of(STEP);
    let text = std::str::from_utf8(text).ok()?;
    (whole && (1..=MAX_BYTES).contains(&text.len())).then_some(text)
}

/// A disclosure that was verified; sealed still.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosure {
    audience: String,
    by: PersonaId,
    to: PersonaId,
    contact: Bytes32,
    at: Timestamp,
    sealed: Vec<u8>,
}

impl fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disclosure(…)")
    }
}

impl Disclosure {
    /// Reads and verifies one in `contact`. Refuses by PE-01 to PE-05, PC-01 and PC-11.
    pub fn read(text: &str, audience: &str, contact: &Contact) -> Result<Self, Refusal> {
        let statement = KIND.read(text, audience)?;
        let malformed = FORM.refuse(NOT_SUCH);
        let claims: Claims = claims_of(&statement).ok_or(malformed)?;
        let sealed = base64url::decode(&claims.sealed).map_err(|_| malformed)?;
        let by = statement.by().clone();
        if claims.contact != *contact.id() || !contact.joins(&by, &claims.to) {
            return Err(DISCLOSES.refuse(NOT_ACCEPTED));
        }
        let (audience, at) = (audience.to_owned(), statement.at());
        Ok(Self { audience, by, to: claims.to, contact: claims.contact, at, sealed })
    }

    /// Opens it. Refuses by PC-03.
    pub fn open(&self, to: &Persona) -> Result<Zeroizing<String>, Refusal> {
        let aad = aad(&self.audience, &self.by, &self.to, &self.contact);
        let plain = to.open(INFO, &aad, &self.sealed).map_err(|_| OPENS.refuse(SEALED))?;
        text_of(&plain).map(|text| Zeroizing::new(text.to_owned())).ok_or(OPENS.refuse(NO_TEXT))
    }

    /// Who disclosed it.
    pub const fn by(&self) -> &PersonaId {
        &self.by
    }

    /// To whom.
    pub const fn to(&self) -> &PersonaId {
        &self.to
    }

    /// When, as they say.
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

fn aad(audience: &str, by: &PersonaId, to: &PersonaId, contact: &Bytes32) -> Vec<u8> {
    format!("{by} {to} {contact} {audience}").into_bytes()
}
