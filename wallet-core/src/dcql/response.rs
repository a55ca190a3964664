//! The verifier's side: whether what was presented satisfies the query (OpenID4VP 1.0 §6.4, §8.6, §14).
//!
//! The wallet's selection is believed in nothing. One presentation that does not match its credential query refuses the
//! whole response: there is no partial success.

use std::collections::BTreeMap;

use super::matching::{Candidate, Obstacle, fit};
use super::query::{CredentialQuery, Query};
use crate::verdict::{Check, Reason, Refusal};

/// The response satisfies the query.
pub const QUERY_SATISFIED: Check = Check::new(
    "V-18",
    "what was presented satisfies the query",
    "제시된 증명서가 질의를 충족합니다",
    "OpenID4VP 1.0 §6.4, §8.6",
);

const NOT_REQUESTED: Reason = Reason::new(
    "not-requested",
    "a presentation answers no query that was asked",
    "요청하지 않은 제시가 있습니다",
);
const NONE_PRESENTED: Reason =
    Reason::new("none-presented", "an answer holds no presentation", "응답 항목에 제시된 증명서가 없습니다");
const MORE_THAN_ONE: Reason = Reason::new(
    "more-than-one",
    "more than one presentation answers a query for one",
    "하나를 요청한 질의에 둘 이상이 제시되었습니다",
);
const CREDENTIAL_LACKING: Reason = Reason::new(
    "credential-not-presented",
    "a credential that was asked for was not presented",
    "요청한 증명서가 제시되지 않았습니다",
);
const SET_LACKING: Reason = Reason::new(
    "set-not-satisfied",
    "a required set of credentials was not presented",
    "필수 증명서 세트가 충족되지 않았습니다",
);
const FORMAT_NOT_SUPPORTED: Reason = Reason::new(
    "format-not-supported",
    "the query asks for a format that is not supported here",
    "질의가 지원하지 않는 형식을 요청합니다",
);
const OTHER_FORMAT: Reason =
    Reason::new("other-format", "a presentation has another format", "제시된 증명서의 형식이 다릅니다");
const OTHER_TYPE: Reason =
    Reason::new("other-type", "a credential has another type", "제시된 증명서의 종류가 다릅니다");
const OTHER_AUTHORITY: Reason = Reason::new(
    "other-authority",
    "none of the named authorities certifies a credential's issuer",
    "요청한 기관이 보증하는 발급자가 아닙니다",
);
const NOT_HOLDER_BOUND: Reason = Reason::new(
    "not-holder-bound",
    "a presentation proves no holder binding",
    "제시에 소지자 결합 증명이 없습니다",
);
const CLAIM_LACKING: Reason = Reason::new(
    "claim-not-presented",
    "a claim that was asked for was not presented",
    "요청한 항목이 없습니다",
);
const CLAIM_DIFFERS: Reason = Reason::new(
    "claim-differs",
    "a claim has none of the values asked for",
    "항목의 값이 요청한 값과 다릅니다",
);

/// Most presentations one response may hold, over all its answers.
pub const MAX_PRESENTATIONS: usize = 32;

/// Refuses (`V-18`), before anything is judged, a response that answers what was not asked, or oftener than asked.
/// `presented` is the number of presentations by credential query id.
pub fn check_shape<'p>(
    query: &Query,
    presented: impl IntoIterator<Item = (&'p str, usize)>,
) -> Result<(), Refusal> {
    let mut total = 0;
    for (id, count) in presented {
        let asked = query.credentials().iter().find(|credential| credential.id() == id);
        let asked = asked.ok_or(QUERY_SATISFIED.refuse(NOT_REQUESTED))?;
        if count == 0 {
            return Err(QUERY_SATISFIED.refuse(NONE_PRESENTED));
        }
        total += count;
        if (count > 1 && !asked.multiple()) || total > MAX_PRESENTATIONS {
            return Err(QUERY_SATISFIED.refuse(MORE_THAN_ONE));
        }
    }
    Ok(())
}

/// Refuses (`V-18`) a response whose verified credentials, by credential query id, do not satisfy `query`.
pub fn check_response(
    query: &Query,
    presented: &BTreeMap<String, Vec<Candidate<'_>>>,
) -> Result<(), Refusal> {
    check_shape(query, presented.iter().map(|(id, credentials)| (id.as_str(), credentials.len())))?;
    let find = |id: &str| query.credentials().iter().find(|credential| credential.id() == id);
    for (id, credentials) in presented {
        let asked = find(id).ok_or(QUERY_SATISFIED.refuse(NOT_REQUESTED))?;
        check_answer(asked, credentials).map_err(|reason| QUERY_SATISFIED.refuse(reason))?;
    }
    let is_presented = |credential: &CredentialQuery| presented.contains_key(credential.id());
    if query.credential_sets().is_empty() {
        if !query.credentials().iter().all(is_presented) {
            return Err(QUERY_SATISFIED.refuse(CREDENTIAL_LACKING));
        }
        return Ok(());
    }
    let at = |position: &usize| query.credentials().get(*position).is_some_and(is_presented);
    let satisfied = |options: &[Vec<usize>]| options.iter().any(|option| option.iter().all(at));
    if query.credential_sets().iter().all(|set| !set.required() || satisfied(set.options())) {
        Ok(())
    } else {
        Err(QUERY_SATISFIED.refuse(SET_LACKING))
    }
}

fn check_answer(asked: &CredentialQuery, credentials: &[Candidate<'_>]) -> Result<(), Reason> {
    for credential in credentials {
        fit(asked, credential).map_err(|obstacle| reason(&obstacle))?;
    }
    Ok(())
}

fn reason(obstacle: &Obstacle) -> Reason {
    match obstacle {
        Obstacle::FormatNotSupported => FORMAT_NOT_SUPPORTED,
        Obstacle::OtherFormat => OTHER_FORMAT,
        Obstacle::OtherType => OTHER_TYPE,
        Obstacle::OtherAuthority => OTHER_AUTHORITY,
        Obstacle::NotHolderBound | Obstacle::NoProof => NOT_HOLDER_BOUND,
        Obstacle::Claims(lacking) if lacking.iter().any(|claim| !claim.differs) => CLAIM_LACKING,
        Obstacle::Claims(_) => CLAIM_DIFFERS,
    }
}
