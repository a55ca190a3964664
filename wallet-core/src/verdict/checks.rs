//! The checks common to all formats: the same attack is refused under the same id, whatever it is dressed in.
//!
//! V-04, V-05 and V-06 are enforced by [`crate::trust`], V-18 by [`crate::dcql`]; the judge applies them all.

use super::Check;
pub use crate::dcql::QUERY_SATISFIED as QUERY;
pub use crate::trust::{ISSUER_BINDING, MECHANISM, TRUSTED};

/// The token says what it is, and it is what was asked for.
pub const TOKEN_TYPE: Check = Check::new(
    "V-01",
    "the token is of the type its format demands",
    "토큰 종류가 형식에 맞습니다",
    "RFC 8725 §3.11; SD-JWT VC §2.2.1",
);
/// Only the algorithms on the list, and only with a key of their kind.
pub const ALGORITHM: Check = Check::new(
    "V-02",
    "the signature algorithm is allowed and fits the key",
    "서명 알고리즘이 허용되고 키에 맞습니다",
    "RFC 8725 §3.1, §3.2",
);
/// The issuer's signature.
pub const PROOF: Check = Check::new(
    "V-03",
    "the issuer's signature verifies",
    "발급자의 서명이 맞습니다",
    "RFC 7515 §5.2; RFC 9901 §7.1",
);
/// Within its period.
pub const VALIDITY: Check = Check::new(
    "V-07",
    "the credential is within its validity period",
    "증명서가 유효 기간 안에 있습니다",
    "RFC 7519 §4.1.4, §4.1.5; VCDM 2.0 §4.9",
);
/// Neither revoked nor suspended.
pub const STATUS: Check = Check::new(
    "V-08",
    "the credential is neither revoked nor suspended",
    "증명서가 취소되거나 정지되지 않았습니다",
    "Token Status List §8.3; VC-BITSTRING-STATUS-LIST §3.2",
);
/// The status is known, and as fresh as the policy wants it.
pub const STATUS_FRESHNESS: Check = Check::new(
    "V-09",
    "the status is known and fresh enough for the policy",
    "상태를 알고 있으며 정책이 요구하는 만큼 새롭습니다",
    "Token Status List §8.3, §13.7; VC-BITSTRING-STATUS-LIST §3.2; DESIGN, \"The Verdict explains itself\"",
);
/// A holder's proof is there when one is asked for.
pub const HOLDER_BINDING: Check = Check::new(
    "V-10",
    "the presentation carries a holder's proof where one is required",
    "소지자 증명이 필요한 곳에 들어 있습니다",
    "RFC 9901 §7.3; OpenID4VP 1.0 §8.6",
);
/// The holder's signature, by the key the issuer bound.
pub const HOLDER_PROOF: Check = Check::new(
    "V-11",
    "the holder's proof verifies with the key the issuer bound",
    "소지자 증명이 발급자가 묶어 준 키로 확인됩니다",
    "RFC 9901 §7.3; RFC 7800 §3",
);
/// Made for this verifier.
pub const AUDIENCE: Check = Check::new(
    "V-12",
    "the presentation was made for this verifier",
    "이 확인자에게 제출하려고 만든 것입니다",
    "RFC 9901 §7.3; OpenID4VP 1.0 §8.6; VC Data Integrity 1.0 §4.4",
);
/// Made for this request.
pub const NONCE: Check = Check::new(
    "V-13",
    "the presentation was made for this request",
    "이 요청에 답하려고 만든 것입니다",
    "RFC 9901 §7.3; OpenID4VP 1.0 §14.2; VC Data Integrity 1.0 §4.4",
);
/// Made now.
pub const PRESENTATION_TIME: Check =
    Check::new("V-14", "the presentation was made just now", "방금 만든 것입니다", "RFC 9901 §7.3");
/// The holder signed exactly these disclosures.
pub const TRANSCRIPT: Check = Check::new(
    "V-15",
    "the holder's proof covers exactly what is presented",
    "소지자 증명이 제출된 내용 전체와 정확히 맞습니다",
    "RFC 9901 §4.3.1, §7.3",
);
/// The proof was made for this purpose.
pub const PURPOSE: Check = Check::new(
    "V-16",
    "the proof was made for this purpose",
    "이 용도로 만든 증명입니다",
    "VC Data Integrity 1.0 §4.4; RFC 9901 §4.3",
);

/// What the request wants authorized is.
pub const AUTHORIZED: Check = Check::new(
    "V-19",
    "the holder's proof authorizes what the request wants authorized of this credential, and nothing else",
    "소지자 증명이 요청이 이 증명서에 대해 구한 것을, 그리고 그것만을 승인합니다",
    "OpenID4VP 1.0 §8.4, Appendix B.3.3.1",
);

/// All checks of this page, for documentation and tests.
pub const ALL: [Check; 18] = [
    TOKEN_TYPE,
    ALGORITHM,
    PROOF,
    ISSUER_BINDING,
    MECHANISM,
    TRUSTED,
    VALIDITY,
    STATUS,
    STATUS_FRESHNESS,
    HOLDER_BINDING,
    HOLDER_PROOF,
    AUDIENCE,
    NONCE,
    PRESENTATION_TIME,
    TRANSCRIPT,
    PURPOSE,
    QUERY,
    AUTHORIZED,
];
