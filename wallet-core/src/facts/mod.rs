//! Facts: what a verdict found, told to other rooms for as long as its proof holds (docs/decisions/0021-feed-of-facts.md).
//!
//! A [`VerifiedClaim`] is one thing that is so of somebody. It is made of a verdict that accepts ([`VerifiedClaim::found`]), and else
//! only by verifying a batch that a verifier signed ([`signed`]) or by opening a record that was sealed ([`FactEvent::open`]). Never in
//! it: identifiers of credentials, status references, keys of holders. Whom it is about is a [`Subject`], which no two consumers share,
//! and when it ends is told to the hour. [`FactEvent`]s say how a fact comes and goes, numbered for each subject; [`follow`] is how who
//! hears them takes each once and in order.

pub mod follow;
pub mod hint;
pub mod signed;
mod written;

use std::fmt;
use std::ops::Deref;

use jigap_keys::Entropy;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::written::Written;
use crate::claims::ClaimPath;
use crate::contexts::VERIFIABLE_CREDENTIAL;
use crate::sealing::{RecordKeys, SealBroken, is_random_id};
use crate::time::Timestamp;
use crate::verdict::Verdict;

/// Longest text of a value in bytes.
pub const MAX_TEXT: usize = 200;
/// Most values of which a claim is one.
pub const MAX_ONE_OF: usize = 32;
/// Longest type and issuer in bytes: those of a trust list.
const MAX_IDENTIFIER: usize = 2048;
/// When a fact ends is told in these steps, rounded down: the second would tell one credential from others.
const HOUR: i64 = 3600;

/// What a fact is called: 256 bits in base64url that say nothing. Never given to a second fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FactId(String);

/// Whom facts are about, to one consumer: 256 bits in base64url that say nothing. To another consumer the same person is another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subject(String);

/// The text is no name of 256 bits in base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not 256 bits in base64url")]
pub struct InvalidName;

macro_rules! name {
    ($name:ident) => {
        impl $name {
            /// Reads one.
            ///
            /// # Errors
            /// [`InvalidName`].
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
                let text = text.into();
                if is_random_id::<32>(&text) { Ok(Self(text)) } else { Err(InvalidName) }
            }

            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
name!(FactId);
name!(Subject);

/// A value that a claim can have here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Whether it is.
    Is(bool),
    /// A whole number.
    Number(i64),
    /// A text of 1 to [`MAX_TEXT`] bytes without control characters.
    Text(String),
}

impl Scalar {
    /// Out of JSON; `None` for what is no such value.
    pub fn from_json(value: &Value) -> Option<Self> {
        let scalar = match value {
            Value::Bool(is) => Self::Is(*is),
            Value::Number(number) => Self::Number(number.as_i64()?),
            Value::String(text) => Self::Text(text.clone()),
            _ => return None,
        };
        scalar.is_short().then_some(scalar)
    }

    pub(crate) fn is_short(&self) -> bool {
        match self {
            Self::Text(text) => is_text(text, MAX_TEXT),
            Self::Is(_) | Self::Number(_) => true,
        }
    }
}

impl fmt::Debug for Scalar {
    /// A value may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scalar(…)")
    }
}

/// What is so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Says {
    /// A credential of the type is held.
    Held,
    /// The claim has this value.
    Value(Scalar),
    /// The claim has one of these values: which is not told.
    OneOf(Vec<Scalar>),
}

/// What a fact says. Nobody vouches for it: see [`VerifiedClaim`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What it is called.
    pub id: FactId,
    /// Whom it is about.
    pub subject: Subject,
    /// The type of the credential: its `vct`, or the first type of a W3C credential that says something.
    pub kind: String,
    /// Who issued it, as the trust list calls them.
    pub issuer: String,
    /// Which claim; `None` where a credential is [held](Says::Held).
    pub path: Option<ClaimPath>,
    /// What is so.
    pub says: Says,
    /// From when on it is so no more, whatever is heard: a full hour. `None` if the credential does not end.
    pub valid_until: Option<Timestamp>,
}

impl Claim {
    /// Whether all of it is within the bounds.
    fn is_whole(&self) -> bool {
        let said = match (&self.path, &self.says) {
            (None, Says::Held) => true,
            (Some(_), Says::Value(value)) => value.is_short(),
            (Some(_), Says::OneOf(values)) => {
                (1..=MAX_ONE_OF).contains(&values.len()) && values.iter().all(Scalar::is_short)
            }
            _ => false,
        };
        said && is_text(&self.kind, MAX_IDENTIFIER) && is_text(&self.issuer, MAX_IDENTIFIER)
    }
}

/// What is to be found in a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// Which claim; `None`: that the credential is held.
    pub path: Option<ClaimPath>,
    /// With values: that the claim has one of these, without saying which.
    pub one_of: Vec<Scalar>,
}

/// A claim that a verifier found proved. See the module for how it comes about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedClaim(Claim);

impl VerifiedClaim {
    /// What `verdict` proves of `sought` by its credential at `position`, which ends at `ends`. `None` if the verdict does not accept, or
    /// there the claim is missing, several, no [`Scalar`], or none of the values.
    pub fn found(
        verdict: &Verdict,
        position: usize,
        sought: &Sought,
        (id, subject): (FactId, Subject),
        ends: Option<Timestamp>,
    ) -> Option<Self> {
        let claims = verdict.claims(position)?;
        let credential = verdict.credentials().get(position)?;
        let kind = credential.types().iter().find(|kind| *kind != VERIFIABLE_CREDENTIAL)?.clone();
        let issuer = credential.issuer()?.to_owned();
        let says = match &sought.path {
            None => Says::Held,
            Some(path) => match path.select(claims).as_slice() {
                [value] => said(Scalar::from_json(value)?, &sought.one_of)?,
                _ => return None,
            },
        };
        let valid_until = ends.map(whole_hour);
        let claim = Claim { id, subject, kind, issuer, path: sought.path.clone(), says, valid_until };
        claim.is_whole().then_some(Self(claim))
    }

    /// The same claim under another name: what was retracted and is so again.
    #[must_use]
    pub fn renamed(&self, id: FactId) -> Self {
        Self(Claim { id, ..self.0.clone() })
    }

    /// A claim that nobody verified: for tests and generated data.
    pub const fn dangerous_assume_verified(claim: Claim) -> Self {
        Self(claim)
    }

    /// Whether it has ended at `now` by itself.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.valid_until.is_some_and(|ends| ends <= now)
    }
}

impl Deref for VerifiedClaim {
    type Target = Claim;

    fn deref(&self) -> &Claim {
        &self.0
    }
}

fn said(value: Scalar, one_of: &[Scalar]) -> Option<Says> {
    match one_of {
        [] => Some(Says::Value(value)),
        values if values.contains(&value) => Some(Says::OneOf(values.to_vec())),
        _ => None,
    }
}

fn whole_hour(moment: Timestamp) -> Timestamp {
    Timestamp::from_unix(moment.unix().div_euclid(HOUR).saturating_mul(HOUR))
}

fn is_text(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && !text.contains(char::is_control)
}

/// Why a fact is one no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The issuer revoked the credential.
    Revoked,
    /// The issuer suspended it. If it is valid again, the claim is asserted again under another name.
    Suspended,
    /// The credential ended.
    Expired,
    /// The key that the issuer signed it with counts no more: given up, no longer pinned, or its certificate ended.
    IssuerKeyCompromised,
    /// The issuer is not trusted for it any more.
    TrustWithdrawn,
    /// The holder wants it no more.
    ConsentWithdrawn,
}

/// What happened to a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It is so.
    Asserted(VerifiedClaim),
    /// Whether it still is cannot be found out: its status has not been seen for too long.
    Unconfirmed(FactId),
    /// It still is.
    Confirmed(FactId),
    /// It is no more. Nothing else happens to this fact.
    Retracted(FactId, Why),
}

impl What {
    /// The fact.
    pub fn fact(&self) -> &FactId {
        match self {
            Self::Asserted(claim) => &claim.id,
            Self::Unconfirmed(id) | Self::Confirmed(id) | Self::Retracted(id, _) => id,
        }
    }
}

/// One event of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactEvent {
    /// Whom it is about.
    pub subject: Subject,
    /// Its number among this subject's: from 1 on, without gaps.
    pub sequence: u64,
    /// When it was found.
    pub at: Timestamp,
    /// What happened.
    pub what: What,
}

impl FactEvent {
    /// Seals it for the place `name` of a store.
    ///
    /// # Errors
    /// [`SealBroken`] does not occur: every event has a form.
    pub fn seal(&self, name: &str, keys: &RecordKeys, entropy: &dyn Entropy) -> Result<String, SealBroken> {
        keys.seal(name, &Written::from(self), entropy)
    }

    /// Opens what [`seal`](Self::seal) made for the same place with the same keys: who has them made it.
    ///
    /// # Errors
    /// [`SealBroken`].
    pub fn open(name: &str, sealed: &str, keys: &RecordKeys) -> Result<Self, SealBroken> {
        keys.open::<Written>(name, sealed)?.read().ok_or(SealBroken)
    }
}

#[cfg(test)]
mod tests;
