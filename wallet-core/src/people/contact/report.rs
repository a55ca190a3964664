//! Reports with evidence: what the directory vouches for without having read it, and how a moderator judges what is reported.
//!
//! With each message the directory hands out a [`Frank`]: its MAC over the commitment, who sent it, to whom, and when it came. A report
//! reveals text and opening. A moderator finds by the MAC that it came through here from that persona (PC-09), by the opening that
//! this was its text (PC-04), and by the signature that whom it was for reports it (PC-10). So nobody is accused of what they did not
//! write, and nobody denies what they did.

use std::fmt;

use jigap_keys::json::Limits;
use jigap_keys::mac;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::checks::{FORM, FRANKED, NOT_FRANKED, NOT_SUCH, NOT_THEIRS, REPORTER};
use super::message::Message;
use super::request::ContactRequest;
use crate::jose::SignError;
use crate::people::names::{Bytes32, claims_of};
use crate::people::{Kind, Persona, PersonaId};
use crate::time::Timestamp;
use crate::verdict::Refusal;

/// The kind of statement.
pub const KIND: Kind = Kind { typ: "jigap-report+jwt", limits: Limits { bytes: 16 * 1024, depth: 3 } };
const LABEL: &str = "jigap frank 1";

/// The directory's key of franks. Wiped when dropped, never printed.
pub struct FrankKey(Zeroizing<[u8; 32]>);

impl FrankKey {
    /// The key of these 32 random bytes.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// Vouches for a request that came at `received`.
    pub fn frank(&self, request: &ContactRequest, received: Timestamp) -> Frank {
        let passed = Passed {
            contact: *request.contact(),
            seeker: request.seeker().id(),
            listing: request.listing().clone(),
            received,
            commitment: *request.commitment(),
        };
        let mac = Bytes32(mac::hmac_sha256(self.0.as_ref(), &passed.content()));
        Frank { passed, mac }
    }

    fn vouches(&self, frank: &Frank) -> bool {
        mac::verify_hmac_sha256(self.0.as_ref(), &frank.passed.content(), frank.mac.as_bytes())
    }
}

impl fmt::Debug for FrankKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FrankKey(redacted)")
    }
}

/// What passed the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passed {
    /// Which contact.
    pub contact: Bytes32,
    /// From whom.
    pub seeker: PersonaId,
    /// To whom.
    pub listing: PersonaId,
    /// When the directory had it.
    pub received: Timestamp,
    /// To which text.
    pub commitment: Bytes32,
}

impl Passed {
    /// Under the MAC: parts of fixed length, and the moment last.
    fn content(&self) -> Vec<u8> {
        let Self { contact, seeker, listing, received, commitment } = self;
        format!("{LABEL} {contact} {seeker} {listing} {commitment} {}", received.unix()).into_bytes()
    }
}

/// What passed the directory, with its MAC. Its JSON is how it is handed out with the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frank {
    /// What passed.
    pub passed: Passed,
    /// The directory's MAC over it.
    pub mac: Bytes32,
}

impl Frank {
    /// Whether it is about this request: a recipient who is given another could not report it.
    pub fn is_of(&self, request: &ContactRequest) -> bool {
        self.passed.contact == *request.contact()
            && self.passed.seeker == request.seeker().id()
            && self.passed.listing == *request.listing()
            && self.passed.commitment == *request.commitment()
    }
}

/// Why something is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// Nobody asked for it.
    Spam,
    /// It wants money or data by deceit.
    Fraud,
    /// It insults or threatens.
    Abuse,
    /// It wants something unlawful.
    Unlawful,
    /// Something else.
    Other,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    frank: Frank,
    text: String,
    opening: Bytes32,
    ground: Ground,
}

/// Signs a report of `message` to the moderator of the directory `audience`.
///
/// # Errors
/// [`SignError`] does not occur with keys of personas.
pub fn report(
    listing: &Persona,
    audience: &str,
    (frank, message): (&Frank, &Message),
    ground: Ground,
    now: Timestamp,
) -> Result<String, SignError> {
    let (text, opening) = (message.text().to_owned(), *message.opening());
    let claims = Claims { frank: frank.clone(), text, opening, ground };
    let Ok(Value::Object(claims)) = serde_json::to_value(&claims) else { return Err(SignError::WrongKey) };
    KIND.sign(listing, audience, now, claims)
}

/// What a report proves: this text came from this persona to that one, then. Only made by judging a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    passed: Passed,
    message: Message,
    ground: Ground,
}

impl Proved {
    /// Judges a report by the key that franked. Refuses by PE-01 to PE-05, PC-01, PC-04, PC-09 and PC-10.
    pub fn judge(text: &str, audience: &str, key: &FrankKey) -> Result<Self, Refusal> {
        let statement = KIND.read(text, audience)?;
        let malformed = FORM.refuse(NOT_SUCH);
        let Claims { frank, text, opening, ground } = claims_of(&statement).ok_or(malformed)?;
        let message = Message::opened(text, opening).ok_or(malformed)?;
        if !key.vouches(&frank) {
            return Err(FRANKED.refuse(NOT_FRANKED));
        }
        if *statement.by() != frank.passed.listing {
            return Err(REPORTER.refuse(NOT_THEIRS));
        }
        message.require(&frank.passed.contact, &frank.passed.commitment)?;
        Ok(Self { passed: frank.passed, message, ground })
    }

    /// Who sent it to whom, and when.
    pub const fn passed(&self) -> &Passed {
        &self.passed
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.message.text()
    }

    /// Why it was reported.
    pub const fn ground(&self) -> Ground {
        self.ground
    }
}
