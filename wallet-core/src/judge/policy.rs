//! What a judge is given beside the credential: what was asked, what may be believed, and what the gate puts up with.

use crate::contexts::Contexts;
use crate::documents::Documents;
use crate::time::Seconds;
use crate::trust::TrustList;

/// What a presentation must have been made for. There are no defaults.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The verifier's full client identifier, prefix included (OpenID4VP 1.0 §14.10).
    pub audience: &'a str,
    /// The nonce of the request.
    pub nonce: &'a str,
}

/// What may be believed: a verified trust list, and the documents fetched so far; and by which contexts they are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence<'a> {
    /// Who may issue what.
    pub(super) trust: &'a TrustList,
    /// Issuers' keys and status lists, as fetched.
    pub(super) documents: &'a Documents,
    /// What documents may be written in.
    pub(super) contexts: &'a Contexts,
}

/// What a gate puts up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How old a status may be; 0: fetched for this judgement. `None`: the issuer's own `ttl` decides.
    pub max_status_age: Option<Seconds>,
    /// How far the clocks of issuers and holders may be off.
    pub clock_skew: Seconds,
    /// How old a holder's proof may be.
    pub max_presentation_age: Seconds,
    /// Whether a credential is refused about which its issuer has something to say that does not end it: a
    /// `BitstringStatusListEntry` for messages whose status is not 0. Otherwise the verdict reports what it says.
    pub refuse_status_messages: bool,
}

impl Default for Policy {
    /// The issuer's `ttl` decides on status; a minute of clock skew; proofs of the last five minutes; messages reported.
    fn default() -> Self {
        Self {
            max_status_age: None,
            clock_skew: Seconds(60),
            max_presentation_age: Seconds(300),
            refuse_status_messages: false,
        }
    }
}
