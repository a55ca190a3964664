//! The checks of mdocs, and what is said when one fails.

use crate::verdict::{Check, Reason};

/// MD-01: the structures are well-formed.
pub const FORM: Check = Check::new(
    "MD-01",
    "IssuerSigned and DeviceResponse are strict CBOR of their shape, within their limits",
    "IssuerSigned와 DeviceResponse는 제한을 지킨 엄격한 CBOR이며 정해진 모양입니다",
    "ISO 18013-5 §8.3.2.1.2.2",
);
/// MD-02: the mobile security object is well-formed.
pub const MSO: Check = Check::new(
    "MD-02",
    "the mobile security object is complete and well-formed: version 1.0, a known digest algorithm, digests, device key, validity",
    "모바일 보안 객체(MSO)가 온전하고 형식에 맞습니다: 버전 1.0, 아는 해시 알고리즘, 다이제스트, 기기 키, 유효 기간",
    "ISO 18013-5 §9.1.2.4",
);
/// MD-03: what is disclosed is what was issued.
pub const DIGEST: Check = Check::new(
    "MD-03",
    "each disclosed element has, under its namespace and digest id, its digest in the mobile security object",
    "공개된 모든 요소의 다이제스트가 그 네임스페이스와 다이제스트 번호로 MSO에 있습니다",
    "ISO 18013-5 §9.3.1 3",
);
/// MD-04: nothing is disclosed twice.
pub const UNIQUE: Check = Check::new(
    "MD-04",
    "no namespace, element or digest id is disclosed twice",
    "어느 네임스페이스, 요소, 다이제스트 번호도 두 번 공개되지 않습니다",
    "ISO 18013-5 §8.3.2.1.2.2, §9.1.2.5",
);
/// MD-05: one document type.
pub const DOC_TYPE: Check = Check::new(
    "MD-05",
    "the document type in the response is that of the mobile security object",
    "응답의 문서 종류가 MSO의 문서 종류와 같습니다",
    "ISO 18013-5 §9.3.1 4",
);
/// MD-06: the certificate of the document signer is one.
pub const SIGNER: Check = Check::new(
    "MD-06",
    "the document signer's certificate keeps the profile: signed by the root itself, its key usages, its extended key usage, the root's country, within the root's validity",
    "문서 서명자의 인증서가 프로파일을 지킵니다: 루트가 직접 서명, 키 용도, 확장 키 용도, 루트와 같은 국가, 루트의 유효 기간 안",
    "ISO 18013-5 §9.3.3, Annex B.1.2, B.1.4",
);
/// MD-07: signed while the signer's certificate was valid.
pub const SIGNED: Check = Check::new(
    "MD-07",
    "it was signed within the validity of the document signer's certificate, and begins no earlier and ends later than that",
    "문서 서명자 인증서의 유효 기간 안에 서명되었고, 그보다 일찍 시작하지 않으며 더 늦게 끝납니다",
    "ISO 18013-5 §9.1.2.4, §9.3.1 5",
);
/// MD-08: digests cannot be guessed.
pub const SALT: Check = Check::new(
    "MD-08",
    "each element has a random value of at least 16 bytes",
    "각 요소에 16바이트 이상의 난수 값이 있습니다",
    "ISO 18013-5 §9.1.2.5",
);
/// MD-09: the response is an answer with one document.
pub const RESPONSE: Check = Check::new(
    "MD-09",
    "a response has status 0 and exactly one document",
    "응답은 상태가 0이고 문서가 정확히 하나입니다",
    "ISO 18013-5 §8.3.2.1.2.3; OpenID4VP 1.0 B.2.5",
);
/// MD-10: the device proves nothing of its own that it may not.
pub const AUTHORIZED: Check = Check::new(
    "MD-10",
    "each element that the device signed is one that the mobile security object authorizes its key for",
    "기기가 서명한 요소는 모두 MSO가 그 키에 허용한 것입니다",
    "ISO 18013-5 §9.1.2.4, §9.3.2",
);
/// MD-11: values are claims.
pub const VALUE: Check = Check::new(
    "MD-11",
    "each element value can be read as a claim",
    "모든 요소의 값을 항목으로 읽을 수 있습니다",
    "RFC 8949 §6.1; bounded by Jigap",
);
/// MD-12: there is device authentication.
pub const DEVICE_AUTHENTICATION: Check = Check::new(
    "MD-12",
    "the response carries a device signature or device MAC",
    "응답에 기기의 서명이나 MAC이 있습니다",
    "ISO 18013-5 §9.1.3.1",
);
/// MD-13: device authentication is right.
pub const DEVICE_PROOF: Check = Check::new(
    "MD-13",
    "the device signature or MAC is by the device key of the mobile security object, over this session's transcript",
    "기기의 서명이나 MAC은 MSO의 기기 키로 이 세션의 기록에 대해 만든 것입니다",
    "ISO 18013-5 §9.1.3, §9.3.2",
);
/// MD-14: the rest of the document signer's certificate.
pub const SIGNER_PROFILE: Check = Check::new(
    "MD-14",
    "the document signer's certificate keeps the rest of the profile: form, lifetime, subject, extensions, key identifiers, contact, revocation, no other purpose",
    "문서 서명자의 인증서가 나머지 프로파일도 지킵니다: 형식, 유효 기간의 길이, 주체, 확장, 키 식별자, 연락처, 폐기 목록, 다른 용도 없음",
    "ISO 18013-5 Annex B.1.1, table B.3",
);
/// MD-15: the rest of the root's certificate.
pub const ROOT_PROFILE: Check = Check::new(
    "MD-15",
    "the certificate of the document signer's root keeps the rest of the profile: it names itself as its issuer, no authority below it, form, lifetime, subject, extensions, key identifier, contact",
    "문서 서명자의 루트 인증서가 나머지 프로파일도 지킵니다: 자신을 발급자로 적음, 아래에 다른 기관 없음, 형식, 유효 기간의 길이, 주체, 확장, 키 식별자, 연락처",
    "ISO 18013-5 Annex B.1.1, table B.1",
);

pub(super) const NOT_CBOR: Reason =
    Reason::new("mdoc-cbor", "it is not strict CBOR within its limits", "제한을 지킨 엄격한 CBOR가 아닙니다");
pub(super) const SHAPE: Reason = Reason::new(
    "mdoc-shape",
    "a member is missing or has the wrong type",
    "빠진 항목이 있거나 항목의 자료형이 잘못되었습니다",
);
pub(super) const BAD_MSO: Reason = Reason::new(
    "mso-malformed",
    "the mobile security object lacks a member, or one has the wrong type",
    "MSO에 빠진 항목이 있거나 항목의 자료형이 잘못되었습니다",
);
pub(super) const MSO_VERSION: Reason =
    Reason::new("mso-version", "the mobile security object is of another version", "MSO의 버전이 다릅니다");
pub(super) const DIGEST_ALGORITHM: Reason = Reason::new(
    "mso-digest-algorithm",
    "the digest algorithm is not SHA-256, SHA-384 or SHA-512",
    "해시 알고리즘이 SHA-256, SHA-384, SHA-512 중 하나가 아닙니다",
);
pub(super) const DEVICE_KEY: Reason = Reason::new(
    "mso-device-key",
    "the device key is malformed or of a type that is not supported",
    "기기 키의 형식이 잘못되었거나 지원하지 않는 종류입니다",
);
pub(super) const NO_DIGEST: Reason = Reason::new(
    "mdoc-digest-unknown",
    "a disclosed element has no digest in the mobile security object",
    "MSO에 다이제스트가 없는 요소가 공개되었습니다",
);
pub(super) const OTHER_DIGEST: Reason = Reason::new(
    "mdoc-digest-mismatch",
    "a disclosed element is not the one that was issued",
    "공개된 요소가 발급된 것과 다릅니다",
);
pub(super) const TWICE: Reason =
    Reason::new("mdoc-twice", "something is disclosed twice", "두 번 공개된 것이 있습니다");
pub(super) const OTHER_DOC_TYPE: Reason = Reason::new(
    "mdoc-doc-type",
    "the response names another document type than what was issued",
    "응답에 적힌 문서 종류가 발급된 것과 다릅니다",
);
pub(super) const SHORT_SALT: Reason =
    Reason::new("mdoc-salt", "a random value is too short", "난수 값이 너무 짧습니다");
pub(super) const STATUS: Reason =
    Reason::new("mdoc-status", "the response reports an error", "응답이 오류를 알립니다");
pub(super) const NOT_ONE: Reason = Reason::new(
    "mdoc-documents",
    "the response does not have exactly one document",
    "응답의 문서가 정확히 하나가 아닙니다",
);
pub(super) const UNAUTHORIZED: Reason = Reason::new(
    "mdoc-unauthorized",
    "the device signed an element that its key is not authorized for",
    "기기가 그 키에 허용되지 않은 요소에 서명했습니다",
);
pub(super) const NO_CLAIM: Reason = Reason::new(
    "mdoc-value",
    "an element's value cannot be read as a claim",
    "항목으로 읽을 수 없는 값이 있습니다",
);
pub(super) const UNPROVEN: Reason = Reason::new(
    "device-authentication-absent",
    "there is no device signature and no device MAC",
    "기기의 서명도 MAC도 없습니다",
);
pub(super) const MISMATCH: Reason = Reason::new(
    "device-authentication-mismatch",
    "it was made by another key, for another verifier or for another request",
    "다른 키로, 다른 확인자에게 또는 다른 요청에 대해 만든 것입니다",
);
pub(super) const NO_READER_KEY: Reason = Reason::new(
    "device-mac-key",
    "a device MAC came, and no key of this verifier was offered that could have made it",
    "기기의 MAC이 왔지만, 그것을 만들 수 있는 확인자의 키를 제시하지 않았습니다",
);
pub(super) const SIGNED_OUTSIDE: Reason = Reason::new(
    "mso-signed-outside",
    "it was signed at {at}, when the document signer's certificate was not valid",
    "문서 서명자의 인증서가 유효하지 않던 {at}에 서명되었습니다",
);
pub(super) const VALIDITY_ORDER: Reason = Reason::new(
    "mso-validity-order",
    "its validity begins before it was signed, or ends before it begins",
    "유효 기간이 서명보다 먼저 시작하거나, 시작보다 먼저 끝납니다",
);
