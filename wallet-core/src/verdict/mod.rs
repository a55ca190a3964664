//! The verdict: what was checked, what came of it, and why, in Korean and English.
//!
//! A [`Verdict`] is only made by the judge ([`crate::judge`]): its fields are private. It opens a gate only when every
//! check passed; claims can be read only from a verdict that does.

mod check;
pub mod checks;
mod report;
pub mod signed;

use std::fmt;

pub use check::{Check, Reason, Refusal};
use serde_json::Value;

use crate::dcql::Format;
use crate::judge::Backing;
use crate::status::Freshness;
use crate::time::Timestamp;

/// What came of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The rule holds.
    Passed,
    /// The rule holds because of what another check found, not by what was looked at for it: the reason says by which.
    Implied(Reason),
    /// The rule is broken: the gate stays shut.
    Refused(Reason),
    /// The rule could not be judged, or was not asked for. Where it was asked for, the gate stays shut.
    NotJudged(Reason),
}

impl Outcome {
    /// Whether the rule holds.
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Passed | Self::Implied(_))
    }
}

/// One check and its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub check: Check,
    /// What came of it.
    pub outcome: Outcome,
}

/// How much was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything. Only such a verdict can open a gate.
    Full,
    /// Everything but whether the issuer may issue it: whoever signed as the issuer is taken for one who may.
    ProofAndStatus,
    /// Only form and proof: who issued it and whether they may was not judged.
    ProofOnly,
}

/// What was found about one credential.
#[derive(Clone, PartialEq)]
pub struct JudgedCredential {
    pub(crate) query_id: Option<String>,
    pub(crate) format: Format,
    pub(crate) types: Vec<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) freshness: Option<Freshness>,
    pub(crate) messages: Vec<StatusMessage>,
    pub(crate) holder: Option<String>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) backing: Option<Box<Backing>>,
    pub(crate) claims: Value,
}

/// What an issuer says of a credential in a status that does not end it (Bitstring Status List 1.0 §2.1): of the purpose
/// `message`, and of `refresh` where a newer credential is to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusMessage {
    /// `message` or `refresh`.
    pub purpose: String,
    /// The value of the status.
    pub value: u64,
    /// What the credential says that the value means: for developers, not for end users.
    pub message: String,
}

/// Longest identifier in bytes that a verdict repeats, and most types: those of a trust list. What is longer is nobody's
/// that is trusted, and cut, so that a stranger's credential does not fill the reports about it.
const MAX_IDENTIFIER: usize = 2048;
const MAX_TYPES: usize = 256;

impl JudgedCredential {
    fn bound(&mut self) {
        self.types.truncate(MAX_TYPES);
        let messages = self.messages.iter_mut().map(|said| &mut said.message);
        for text in self.types.iter_mut().chain(&mut self.issuer).chain(messages) {
            if text.len() > MAX_IDENTIFIER {
                text.truncate(text.floor_char_boundary(MAX_IDENTIFIER));
                text.push('…');
            }
        }
    }
}

/// Without its claims.
impl fmt::Debug for JudgedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JudgedCredential")
            .field("query_id", &self.query_id)
            .field("types", &self.types)
            .field("issuer", &self.issuer)
            .field("findings", &self.findings)
            .finish_non_exhaustive()
    }
}

impl JudgedCredential {
    /// The id of the credential query it answers.
    pub fn query_id(&self) -> Option<&str> {
        self.query_id.as_deref()
    }

    /// Its format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What it says it is: one `vct`, or the expanded types of a W3C credential.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// Who it says issued it.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// How fresh its status is; `None` if it refers to no status list.
    pub fn freshness(&self) -> Option<Freshness> {
        self.freshness
    }

    /// What its issuer says of it without ending it.
    pub fn status_messages(&self) -> &[StatusMessage] {
        &self.messages
    }

    /// RFC 7638 thumbprint of the key it is bound to, if any.
    pub fn holder(&self) -> Option<&str> {
        self.holder.as_deref()
    }

    /// Whether it names a schema (VCDM 2.0 §4.11), which nobody judged: no check is about more than its form.
    pub fn names_schema(&self) -> bool {
        self.claims.get("credentialSchema").is_some()
    }

    /// What it rests on, for whoever goes on looking whether it still stands; `None` unless its issuer is trusted and signed it, and
    /// the format is one of which that is known.
    pub fn backing(&self) -> Option<&Backing> {
        self.backing.as_deref()
    }

    /// Its checks, in the order they were made.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// What a judge found. See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    scope: Scope,
    judged_at: Timestamp,
    findings: Vec<Finding>,
    credentials: Vec<JudgedCredential>,
}

impl Verdict {
    pub(crate) fn new(
        scope: Scope,
        judged_at: Timestamp,
        findings: Vec<Finding>,
        mut credentials: Vec<JudgedCredential>,
    ) -> Self {
        credentials.iter_mut().for_each(JudgedCredential::bound);
        Self { scope, judged_at, findings, credentials }
    }

    /// Whether the gate opens: there is a credential, all was judged, and every check passed.
    pub fn accepted(&self) -> bool {
        self.scope == Scope::Full && !self.credentials.is_empty() && self.holds()
    }

    /// Whether all that was asked about was judged and holds, whoever the issuer may be. Opens nothing.
    pub fn holds(&self) -> bool {
        self.all().all(|finding| finding.outcome.holds())
    }

    /// Whether form and proof hold, whoever the issuer may be. Opens nothing.
    pub fn proof_holds(&self) -> bool {
        !self.all().any(|finding| matches!(finding.outcome, Outcome::Refused(_)))
    }

    /// How much was judged.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The `now` it was judged at.
    pub fn judged_at(&self) -> Timestamp {
        self.judged_at
    }

    /// The checks on the presentation as a whole.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What was found about each credential.
    pub fn credentials(&self) -> &[JudgedCredential] {
        &self.credentials
    }

    /// The disclosed claims of the credential at `position`, if the verdict is [`accepted`](Self::accepted).
    pub fn claims(&self, position: usize) -> Option<&Value> {
        self.accepted().then(|| self.credentials.get(position)).flatten().map(|credential| &credential.claims)
    }

    /// Every refused check with its reason, presentation first.
    pub fn refusals(&self) -> impl Iterator<Item = Refusal> + '_ {
        self.all().filter_map(|finding| match finding.outcome {
            Outcome::Refused(reason) => Some(finding.check.refuse(reason)),
            _ => None,
        })
    }

    fn all(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().chain(self.credentials.iter().flat_map(|credential| &credential.findings))
    }
}

/// Collects findings as the judge goes along.
#[derive(Debug)]
pub(crate) struct Findings(Vec<Finding>);

/// Nothing found yet, and room for what is usually looked at.
impl Default for Findings {
    fn default() -> Self {
        Self(Vec::with_capacity(18))
    }
}

impl Findings {
    /// Notes that `check` passed.
    pub(crate) fn pass(&mut self, check: Check) {
        self.0.push(Finding { check, outcome: Outcome::Passed });
    }

    /// Notes that `check` holds because of what another found.
    pub(crate) fn imply(&mut self, check: Check, reason: Reason) {
        self.0.push(Finding { check, outcome: Outcome::Implied(reason) });
    }

    /// Notes that a check failed.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.0.push(Finding { check: refusal.check, outcome: Outcome::Refused(refusal.reason) });
    }

    /// Notes that `check` was not judged.
    pub(crate) fn skip(&mut self, check: Check, reason: Reason) {
        self.0.push(Finding { check, outcome: Outcome::NotJudged(reason) });
    }

    /// Whether anything is noted of `check`.
    pub(crate) fn noted(&self, check: Check) -> bool {
        self.0.iter().any(|finding| finding.check == check)
    }

    /// Notes the result of `check`: passed with the value, or the refusal it carries (which may name a finer check).
    pub(crate) fn record<T>(&mut self, check: Check, result: Result<T, Refusal>) -> Option<T> {
        match result {
            Ok(value) => {
                self.pass(check);
                Some(value)
            }
            Err(refusal) => {
                self.refuse(refusal);
                None
            }
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Finding> {
        self.0
    }
}
