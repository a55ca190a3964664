//! The names the specifications have for what went wrong (Bitstring Status List 1.0 §3.5; VCDM 2.0 §7.3), for those who
//! tell it over HTTP (RFC 9457).

use super::{
    BOUND, CREDENTIAL, ENCODING, ENTRY, INDEX, LENGTH, LIST, MESSAGES, NOT_ENDED, NOT_FROM_THE_FUTURE,
    PURPOSE, SIGNATURE, TTL,
};
use crate::verdict::{Check, checks};

/// The status list could not be had.
const RETRIEVAL: &str = "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR";
/// The list is not signed by whom it should be, not the one that is meant, or not for this.
const VERIFICATION: &str = "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR";
/// The list is too short to hide anybody in.
const LIST_LENGTH: &str = "https://www.w3.org/ns/credentials/status-list#STATUS_LIST_LENGTH_ERROR";
/// Something is not as the specification says it must be.
const MALFORMED_VALUE: &str = "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR";
/// The index lies outside of the list.
const RANGE: &str = "https://www.w3.org/TR/vc-data-model#RANGE_ERROR";

/// The URL of the problem type that a refusal by `check` is; `None` if it is none of a bitstring status list.
pub fn problem_type(check: Check) -> Option<&'static str> {
    let types: [(&[Check], &str); 5] = [
        (&[checks::STATUS_FRESHNESS], RETRIEVAL),
        (&[SIGNATURE, LIST, NOT_ENDED, NOT_FROM_THE_FUTURE, PURPOSE, BOUND], VERIFICATION),
        (&[LENGTH], LIST_LENGTH),
        (&[ENTRY, MESSAGES, CREDENTIAL, ENCODING, TTL], MALFORMED_VALUE),
        (&[INDEX], RANGE),
    ];
    types.iter().find(|(checks, _)| checks.contains(&check)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_the_name_that_the_specification_gives_it() {
        assert!(
            problem_type(checks::STATUS_FRESHNESS)
                .is_some_and(|name| name.ends_with("#STATUS_RETRIEVAL_ERROR"))
        );
        assert!(
            problem_type(SIGNATURE)
                .is_some_and(|name| name.ends_with("status-list#STATUS_VERIFICATION_ERROR"))
        );
        assert!(
            problem_type(PURPOSE).is_some_and(|name| name.ends_with("status-list#STATUS_VERIFICATION_ERROR"))
        );
        assert!(problem_type(LENGTH).is_some_and(|name| name.ends_with("#STATUS_LIST_LENGTH_ERROR")));
        assert!(problem_type(ENTRY).is_some_and(|name| name.ends_with("#MALFORMED_VALUE_ERROR")));
        assert!(problem_type(INDEX).is_some_and(|name| name.ends_with("#RANGE_ERROR")));
        assert_eq!(problem_type(checks::STATUS), None, "a revoked credential is no error of its list");
    }
}
