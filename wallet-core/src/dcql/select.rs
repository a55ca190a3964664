//! The wallet's side: which of the credentials it holds answer a query, and what each would disclose
//! (OpenID4VP 1.0 §6.4).
//!
//! Nothing is chosen for the holder: the answer lists every match and every satisfiable option, most preferred first, so
//! that consent can show them ([`Selection::choices`]). What it names for disclosure is the least the query allows: of an array asked for
//! with `values`, only the elements that match (§6.4.1: another value is treated as if it did not exist).

use serde_json::Value;

use super::matching::{Candidate, Obstacle, accepts, age_told, fit};
use super::query::{ClaimQuery, CredentialQuery, Query};
use crate::claims::{ClaimPath, PathStep};

/// What a wallet can answer to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// One entry for each credential query, in the query's order.
    pub credentials: Vec<CredentialSelection>,
    /// One entry for each credential set query, in the query's order; none where every credential is asked for.
    pub sets: Vec<SetSelection>,
}

/// What answers one credential query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSelection {
    /// The credential query's id.
    pub id: String,
    /// Whether more than one of the matches may be presented.
    pub multiple: bool,
    /// The candidates that match, in the candidates' order, or why none does: the obstacle of the one that came nearest.
    pub matches: Result<Vec<Match>, Obstacle>,
}

/// A candidate that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Its position among the candidates.
    pub candidate: usize,
    /// By which of the query's `claim_sets` it matches; `None` where the query has none.
    pub claim_set: Option<usize>,
    /// What presenting it discloses.
    pub disclosure: Disclosure,
}

/// What presenting a credential discloses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disclosure {
    /// These claims, and what the format does not let the holder withhold.
    Claims(Vec<ClaimPath>),
    /// Every claim of the credential: its format discloses all or nothing.
    Whole,
}

/// How one credential set query can be satisfied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSelection {
    /// Whether the verifier cannot do without it.
    pub required: bool,
    /// The options that can be satisfied, most preferred first: positions in [`Selection::credentials`].
    pub options: Vec<Vec<usize>>,
}

impl Selection {
    /// Whether everything the verifier requires can be delivered. If not, nothing may be sent (§6.4.2).
    pub fn is_satisfiable(&self) -> bool {
        if self.sets.is_empty() {
            self.credentials.iter().all(CredentialSelection::is_answerable)
        } else {
            self.sets.iter().all(|set| !set.required || !set.options.is_empty())
        }
    }

    /// The least answer the verifier prefers: the first satisfiable option of each required set, or all credentials where
    /// there are no sets; `None` where the query cannot be satisfied. In the query's order.
    pub fn preferred(&self) -> Option<Vec<&CredentialSelection>> {
        if !self.is_satisfiable() {
            return None;
        }
        if self.sets.is_empty() {
            return Some(self.credentials.iter().collect());
        }
        let required = self.sets.iter().filter(|set| set.required);
        let chosen: Vec<usize> = required.filter_map(|set| set.options.first()).flatten().copied().collect();
        let answers = self.credentials.iter().enumerate().filter(|(position, _)| chosen.contains(position));
        Some(answers.map(|(_, answer)| answer).collect())
    }
}

impl CredentialSelection {
    /// Whether a candidate matches.
    pub fn is_answerable(&self) -> bool {
        self.matches.is_ok()
    }
}

/// Finds what answers `query` among `candidates`.
pub fn select(query: &Query, candidates: &[Candidate<'_>]) -> Selection {
    let credentials: Vec<_> =
        query.credentials().iter().map(|credential| select_credential(credential, candidates)).collect();
    let answerable =
        |position: &usize| credentials.get(*position).is_some_and(CredentialSelection::is_answerable);
    let sets = query
        .credential_sets()
        .iter()
        .map(|set| SetSelection {
            required: set.required(),
            options: set.options().iter().filter(|option| option.iter().all(answerable)).cloned().collect(),
        })
        .collect();
    Selection { credentials, sets }
}

fn select_credential(query: &CredentialQuery, candidates: &[Candidate<'_>]) -> CredentialSelection {
    let mut matches = Vec::new();
    let mut nearest = if query.is_supported() { Obstacle::OtherFormat } else { Obstacle::FormatNotSupported };
    for (position, candidate) in candidates.iter().enumerate() {
        match fit(query, candidate) {
            Ok(claim_set) => matches.push(Match {
                candidate: position,
                claim_set,
                disclosure: disclosure(query, claim_set, candidate),
            }),
            Err(obstacle) if obstacle.nearness() > nearest.nearness() => nearest = obstacle,
            Err(_) => {}
        }
    }
    CredentialSelection {
        id: query.id().to_owned(),
        multiple: query.multiple(),
        matches: if matches.is_empty() { Err(nearest) } else { Ok(matches) },
    }
}

fn disclosure(query: &CredentialQuery, claim_set: Option<usize>, candidate: &Candidate<'_>) -> Disclosure {
    if !candidate.selective {
        return Disclosure::Whole;
    }
    let claims = query.requested(claim_set).iter().filter_map(|position| query.claims().get(*position));
    Disclosure::Claims(claims.flat_map(|claim| paths(claim, candidate)).collect())
}

/// The claim's path, or where it asks all elements of an array for certain values, the paths of those that match.
fn paths(claim: &ClaimQuery, candidate: &Candidate<'_>) -> Vec<ClaimPath> {
    if let Some((path, _)) = age_told(claim, candidate) {
        return vec![path];
    }
    if claim.values.is_empty() || !claim.path.steps().contains(&PathStep::All) {
        return vec![claim.path.clone()];
    }
    let mut found = Vec::new();
    walk(claim, claim.path.steps(), candidate.claims, &mut Vec::new(), &mut found);
    found
}

fn walk(
    claim: &ClaimQuery,
    steps: &[PathStep],
    value: &Value,
    trail: &mut Vec<PathStep>,
    found: &mut Vec<ClaimPath>,
) {
    let Some((step, rest)) = steps.split_first() else {
        if accepts(claim, value) {
            found.extend(ClaimPath::new(trail.clone()));
        }
        return;
    };
    let mut descend = |step: PathStep, value: &Value| {
        trail.push(step);
        walk(claim, rest, value, trail, found);
        trail.pop();
    };
    match (step, value) {
        (PathStep::Key(key), Value::Object(members)) => {
            members.get(key).into_iter().for_each(|value| descend(step.clone(), value));
        }
        (PathStep::Index(index), Value::Array(elements)) => {
            elements.get(*index).into_iter().for_each(|value| descend(step.clone(), value));
        }
        (PathStep::All, Value::Array(elements)) => {
            elements.iter().enumerate().for_each(|(index, value)| descend(PathStep::Index(index), value));
        }
        _ => {}
    }
}
