//! An event as JSON, in batches and at rest. Read strictly: members that do not belong to what happened are refused.
//!
//! ```json
//! {"subject": "…", "sequence": 1, "at": 1800000000, "event": "asserted", "fact": "…", "type": "https://types.example/tax-accountant/1",
//!  "issuer": "https://issuer.example", "path": ["grade"], "value": "1", "valid_until": 1800003600}
//! {"subject": "…", "sequence": 2, "at": 1800000100, "event": "retracted", "fact": "…", "reason": "revoked"}
//! ```

use serde::{Deserialize, Serialize};

use super::{Claim, FactEvent, FactId, Says, Scalar, Subject, VerifiedClaim, What, Why};
use crate::claims::ClaimPath;
use crate::time::Timestamp;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    subject: Subject,
    sequence: u64,
    at: Timestamp,
    event: Kind,
    fact: FactId,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<ClaimPath>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Scalar>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    one_of: Option<Vec<Scalar>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Why>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Asserted,
    Unconfirmed,
    Confirmed,
    Retracted,
}

impl From<&FactEvent> for Written {
    fn from(FactEvent { subject, sequence, at, what }: &FactEvent) -> Self {
        let bare = |event| Self {
            subject: subject.clone(),
            sequence: *sequence,
            at: *at,
            event,
            fact: what.fact().clone(),
            kind: None,
            issuer: None,
            path: None,
            value: None,
            one_of: None,
            valid_until: None,
            reason: None,
        };
        match what {
            What::Unconfirmed(_) => bare(Kind::Unconfirmed),
            What::Confirmed(_) => bare(Kind::Confirmed),
            What::Retracted(_, why) => Self { reason: Some(*why), ..bare(Kind::Retracted) },
            What::Asserted(claim) => {
                let (value, one_of) = match &claim.says {
                    Says::Held => (None, None),
                    Says::Value(value) => (Some(value.clone()), None),
                    Says::OneOf(values) => (None, Some(values.clone())),
                };
                Self {
                    kind: Some(claim.kind.clone()),
                    issuer: Some(claim.issuer.clone()),
                    path: claim.path.clone(),
                    value,
                    one_of,
                    valid_until: claim.valid_until,
                    ..bare(Kind::Asserted)
                }
            }
        }
    }
}

impl Written {
    /// The event. Whoever calls this knows who wrote it. `None` if it is not in its form.
    pub(super) fn read(self) -> Option<FactEvent> {
        let says_nothing = self.kind.is_none()
            && self.issuer.is_none()
            && self.path.is_none()
            && self.value.is_none()
            && self.one_of.is_none()
            && self.valid_until.is_none();
        let (subject, sequence, at) = (self.subject, self.sequence, self.at);
        let what = match (self.event, self.reason) {
            (Kind::Unconfirmed, None) if says_nothing => What::Unconfirmed(self.fact),
            (Kind::Confirmed, None) if says_nothing => What::Confirmed(self.fact),
            (Kind::Retracted, Some(why)) if says_nothing => What::Retracted(self.fact, why),
            (Kind::Asserted, None) => {
                let says = match (self.value, self.one_of) {
                    (None, None) => Says::Held,
                    (Some(value), None) => Says::Value(value),
                    (None, Some(values)) => Says::OneOf(values),
                    (Some(_), Some(_)) => return None,
                };
                let claim = Claim {
                    id: self.fact,
                    subject: subject.clone(),
                    kind: self.kind?,
                    issuer: self.issuer?,
                    path: self.path,
                    says,
                    valid_until: self.valid_until,
                };
                What::Asserted(claim.is_whole().then_some(VerifiedClaim(claim))?)
            }
            _ => return None,
        };
        (sequence > 0).then_some(FactEvent { subject, sequence, at, what })
    }
}
