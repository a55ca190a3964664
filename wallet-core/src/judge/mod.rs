//! The judge: bytes, documents, `now`, audience and nonce in, a [`Verdict`] out. It never waits and never fetches.
//!
//! What it wants from outside it names first: call [`needs`], fetch, put the answers into the [`Evidence`]'s documents,
//! and call it again until it names nothing; then judge. A need that could not be met stays unmet: the checks that
//! wanted it refuse.
//!
//! Order of judging (each step notes its check): form, type and algorithm; trust list; the issuer's key; its signature;
//! disclosures; period; status; the holder's proof; the query. What comes after a broken step and depends on it is noted
//! as not judged.

mod issuer;
mod policy;
mod sd_jwt_vc;
mod status;

use std::collections::BTreeMap;

pub use policy::{Asked, Evidence, Policy};

use crate::dcql::{self, Candidate, Query};
use crate::documents::{Documents, Need};
use crate::time::Timestamp;
use crate::verdict::{Findings, JudgedCredential, Reason, Refusal, Scope, Verdict, checks};

const OTHERS_REFUSED: Reason = Reason::new(
    "credential-refused",
    "a credential was refused, so the query is not judged",
    "거절된 증명서가 있어 질의를 판단하지 않았습니다",
);

/// What must be fetched before `text` can be judged, as far as is known: call again with what was brought.
pub fn needs(text: &str, evidence: &Evidence<'_>, now: Timestamp) -> Vec<Need> {
    sd_jwt_vc::needs(text, evidence, now)
}

/// Judges a credential as an issuer hands it out: no holder's proof is asked for.
pub fn judge_credential(text: &str, evidence: &Evidence<'_>, now: Timestamp, policy: &Policy) -> Verdict {
    let subject = sd_jwt_vc::judge(text, None, evidence, now, policy);
    Verdict::new(Scope::Full, now, Vec::new(), vec![subject.credential])
}

/// Judges one presentation that must answer `asked`.
pub fn judge_presentation(
    text: &str,
    asked: &Asked<'_>,
    evidence: &Evidence<'_>,
    now: Timestamp,
    policy: &Policy,
) -> Verdict {
    let subject = sd_jwt_vc::judge(text, Some(asked), evidence, now, policy);
    Verdict::new(Scope::Full, now, Vec::new(), vec![subject.credential])
}

/// Judges the presentations of a VP Token, by credential query id, and whether they satisfy `query`.
pub fn judge_response(
    presented: &BTreeMap<String, Vec<String>>,
    query: &Query,
    asked: &Asked<'_>,
    evidence: &Evidence<'_>,
    now: Timestamp,
    policy: &Policy,
) -> Verdict {
    if let Err(refusal) = check_shape(presented, query) {
        let mut findings = Findings::default();
        findings.refuse(refusal);
        return Verdict::new(Scope::Full, now, findings.into_vec(), Vec::new());
    }
    let mut subjects = Vec::new();
    for (id, texts) in presented {
        let bound = query
            .credentials()
            .iter()
            .find(|query| query.id() == id)
            .is_none_or(|query| query.requires_holder_binding());
        for text in texts {
            let mut subject = sd_jwt_vc::judge(text, bound.then_some(asked), evidence, now, policy);
            subject.credential.query_id = Some(id.clone());
            subjects.push(subject);
        }
    }
    let mut findings = Findings::default();
    match candidates(&subjects) {
        Some(candidates) => {
            findings.record(checks::QUERY, dcql::check_response(query, &candidates));
        }
        None => findings.skip(checks::QUERY, OTHERS_REFUSED),
    }
    let credentials = subjects.into_iter().map(|subject| subject.credential).collect();
    Verdict::new(Scope::Full, now, findings.into_vec(), credentials)
}

/// Refuses (`V-18`) a response that answers what was not asked, or oftener than asked: to be called before anything is
/// fetched for it. [`judge_response`] calls it too.
pub fn check_shape(presented: &BTreeMap<String, Vec<String>>, query: &Query) -> Result<(), Refusal> {
    dcql::check_shape(query, presented.iter().map(|(id, texts)| (id.as_str(), texts.len())))
}

/// Judges only form and proof, with the key the credential itself names. Says nothing about who issued it.
pub fn judge_proof(text: &str, documents: &Documents, now: Timestamp) -> Verdict {
    Verdict::new(Scope::ProofOnly, now, Vec::new(), vec![sd_jwt_vc::judge_proof(text, documents)])
}

/// A judged credential and what only the judge needs to know of it.
struct Subject {
    credential: JudgedCredential,
    /// Every check passed.
    accepted: bool,
    holder_bound: bool,
}

/// The subjects as the query sees them, by query id; `None` if one was refused.
fn candidates(subjects: &[Subject]) -> Option<BTreeMap<String, Vec<Candidate<'_>>>> {
    let mut candidates = BTreeMap::<String, Vec<Candidate<'_>>>::new();
    for subject in subjects {
        if !subject.accepted {
            return None;
        }
        let credential = &subject.credential;
        candidates.entry(credential.query_id.clone()?).or_default().push(Candidate {
            format: credential.format,
            types: credential.types.iter().map(String::as_str).collect(),
            claims: &credential.claims,
            authorities: Vec::new(),
            holder_bound: subject.holder_bound,
            selective: true,
            // An issuer may conceal elements anywhere in an SD-JWT, so an index is read as "at or before" (RFC 9901 §7.1).
            elements_withheld: true,
        });
    }
    Some(candidates)
}

#[cfg(test)]
mod tests;
