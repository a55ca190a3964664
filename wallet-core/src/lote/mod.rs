//! Lists of trusted entities of ETSI TS 119 602 V1.1.1 (LoTE) in their JSON form: who provides which service, and by which
//! certificates it is known.
//!
//! [`Lote::verify`] reads a list that was signed by a certificate its reader pinned; [`Lote::entries`] makes entries of a trust
//! list ([`crate::trust`]) of those who issue. Nothing follows the pointers to other lists: whoever wants one reads it with its
//! own signers. Refused: what the checks `LT-…` say. docs/SPECS.md says clause by clause what is read, and from which sources.

mod entries;
mod form;
mod profile;

use jigap_keys::json::{self, Limits};
use jigap_keys::{base64url, constant_time_eq};
use serde_json::Value;

use crate::jose::{Jws, numeric_date};
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};
use crate::x509::{Anchors, Leaf, subject};

pub use entries::Issuing;

/// LT-01: the payload is a list of trusted entities.
pub const FORM: Check = Check::new(
    "LT-01",
    "a list of trusted entities has exactly the members of its JSON form",
    "신뢰 대상 목록(LoTE)은 JSON 형식이 정한 항목만을 갖습니다",
    "ETSI TS 119 602 clause 6",
);
/// LT-02: it is signed by the key of the certificate that it carries.
pub const SIGNATURE: Check = Check::new(
    "LT-02",
    "the list is signed, as a compact JAdES signature, by the key of the certificate in its header",
    "목록이 헤더에 든 인증서의 키로 서명되어 있습니다(compact JAdES)",
    "ETSI TS 119 602 clause 6.8; TS 119 182-1 clause 5.1.7",
);
/// LT-03: that certificate is one that the reader pinned, or leads to one.
pub const SIGNER: Check = Check::new(
    "LT-03",
    "the signer's certificate is pinned, or leads to a pinned authority",
    "서명자의 인증서가 미리 정해 둔 인증서이거나 그 인증 기관으로 이어집니다",
    "ETSI TS 119 602 clauses 6.3.13, 6.8",
);
/// LT-04: of an authority's many certificates, it is the one of the scheme operator.
pub const OPERATOR: Check = Check::new(
    "LT-04",
    "a signer that is known by its authority alone is the operator that the reader chose, of the list's territory",
    "인증 기관으로만 알려진 서명자는 읽는 쪽이 고른 운영자이며 목록의 영토에 있습니다",
    "ETSI TS 119 602 clause 6.8",
);
/// LT-05: the list speaks of now.
pub const VALIDITY: Check = Check::new(
    "LT-05",
    "the list was issued before now, its next update is still to come, and its scheme has not ended",
    "목록은 이미 발행되었고, 다음 갱신 시각이 지나지 않았으며, 운영이 끝나지 않았습니다",
    "ETSI TS 119 602 clauses 6.3.14, 6.3.15",
);
/// LT-06: it says nothing that must be understood and is not.
pub const EXTENSIONS: Check = Check::new(
    "LT-06",
    "the list has no critical extension that is not understood",
    "목록에 이해하지 못하는 필수 확장이 없습니다",
    "ETSI TS 119 602 clauses 6.3.17, 6.6.9",
);
/// LT-07: a list of a type that the annexes profile keeps that profile.
pub const PROFILE: Check = Check::new(
    "LT-07",
    "a list of a type that has a profile keeps it: scheme, territory, update within six months, services and their status",
    "프로필이 정해진 유형의 목록은 운영 규칙, 영토, 6개월 안의 갱신, 서비스와 그 상태를 그대로 지킵니다",
    "ETSI TS 119 602 Annexes D to H",
);
/// LT-08: it is not older than one that was seen.
pub const SEQUENCE: Check = Check::new(
    "LT-08",
    "the list is not older than one that was seen before, by its sequence number and, where that is the same, its moment",
    "목록이 일련번호로, 같으면 발행 시각으로 앞서 본 것보다 오래되지 않았습니다",
    "ETSI TS 119 602 clause 6.3.3",
);

/// LT-09: it is a list of the kind that was asked for.
pub const KIND: Check = Check::new(
    "LT-09",
    "the list is of the type that the reader chose",
    "읽는 쪽이 고른 유형의 목록입니다",
    "ETSI TS 119 602 clause 6.3.4",
);

const OTHER_KIND: Reason =
    Reason::new("lote-type-other", "the list is of another type", "다른 유형의 목록입니다");
const NOT_SIGNED: Reason =
    Reason::new("lote-unsigned", "the list carries no certificate", "목록에 서명자의 인증서가 없습니다");
const OTHER_CERTIFICATE: Reason = Reason::new(
    "lote-thumbprint",
    "the header names another certificate than it carries",
    "헤더가 함께 든 것과 다른 인증서를 가리킵니다",
);
const BAD_TIME: Reason = Reason::new(
    "lote-signing-time",
    "the time of signing is malformed or in the future",
    "서명 시각의 형식이 잘못되었거나 아직 오지 않은 시각입니다",
);
const STRANGER: Reason = Reason::new(
    "lote-signer-unknown",
    "the signer's certificate is neither pinned nor certified by a pinned authority",
    "서명자의 인증서가 정해 둔 것도, 정해 둔 기관이 인증한 것도 아닙니다",
);
const OTHER_OPERATOR: Reason = Reason::new(
    "lote-operator-other",
    "the signer's certificate is not that of the operator that was chosen, or of another country than the list's territory",
    "서명자의 인증서가 고른 운영자의 것이 아니거나 그 국가가 목록의 영토와 다릅니다",
);
const FROM_THE_FUTURE: Reason = Reason::new(
    "lote-future",
    "the list says it was issued at {at}, which is in the future",
    "목록의 발행 시각 {at}이(가) 아직 오지 않았습니다",
);
const OVERDUE: Reason = Reason::new(
    "lote-overdue",
    "the list was to be updated by {at}: get the next one",
    "목록이 {at}까지 갱신되었어야 합니다. 다음 목록을 받으십시오",
);
const CLOSED: Reason =
    Reason::new("lote-closed", "the list says that its scheme has ended", "운영이 끝난 목록입니다");
const OLDER: Reason =
    Reason::new("lote-older", "a newer list was seen before", "더 새로운 목록을 앞서 보았습니다");

/// Bounds of a list.
const LIMITS: Limits = Limits { bytes: 4 << 20, depth: 24 };
/// Of its header.
const HEADER_LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 8 };
/// How far the clocks of operator and reader may differ.
const CLOCK_SKEW: Seconds = Seconds(60);
/// The members of the header that `crit` may name: the time of signing as JAdES V1.1.1 (`sigT`) and later ones (`iat`) write it.
const UNDERSTOOD: [&str; 2] = ["sigT", "iat"];

/// Whom the reader of a list believes.
#[derive(Debug, Clone, Copy)]
pub struct Signers<'a> {
    /// Certificates of signers, or of authorities that certify the operator.
    pub pinned: &'a Anchors,
    /// The organization that a certificate of an authority must name; without it only a signer that is pinned itself is
    /// believed, for an authority has other customers.
    pub operator: Option<&'a str>,
}

/// A list whose signature and moment were verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lote {
    /// Who runs it, and by which rules.
    pub scheme: Scheme,
    /// Whom it lists.
    pub entities: Vec<Entity>,
}

/// `ListAndSchemeInformation` (clause 6.3), as much of it as something depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// `LoTEVersionIdentifier`.
    pub version: i64,
    /// `LoTESequenceNumber`: grows with every list.
    pub sequence: u64,
    /// `LoTEType`, a URI.
    pub list_type: Option<String>,
    /// `SchemeOperatorName`: language and name, at least one.
    pub operator: Vec<(String, String)>,
    /// `StatusDeterminationApproach`, a URI.
    pub status_determination: Option<String>,
    /// The URIs of `SchemeTypeCommunityRules`.
    pub community_rules: Vec<String>,
    /// `SchemeTerritory`, two letters.
    pub territory: Option<String>,
    /// Whether there is a `HistoricalInformationPeriod`.
    pub keeps_history: bool,
    /// `ListIssueDateTime`.
    pub issued_at: Timestamp,
    /// `NextUpdate`: the moment from which the list says nothing any more; `None` of a scheme that has ended.
    pub next_update: Option<Timestamp>,
}

/// A trusted entity (clauses 6.4, 6.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// `TEName`: language and name, at least one.
    pub names: Vec<(String, String)>,
    /// What it provides, at least one.
    pub services: Vec<Service>,
}

/// A service of an entity (clause 6.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// `ServiceName`: language and name, at least one.
    pub names: Vec<(String, String)>,
    /// `ServiceTypeIdentifier`, a URI.
    pub service_type: Option<String>,
    /// `ServiceStatus`, a URI.
    pub status: Option<String>,
    /// `StatusStartingTime`.
    pub status_since: Option<Timestamp>,
    /// The `X509Certificates` of its `ServiceDigitalIdentity`, decoded and not parsed.
    pub certificates: Vec<Vec<u8>>,
}

impl Lote {
    /// Verifies `text`, a compact JWS of at most 4 MiB, as a list that is current at `now` and signed by one of `signers`, or
    /// by the scheme operator whom one of them certified.
    ///
    /// # Errors
    /// A refusal by LT-01 to LT-07, or by JW-… where `text` is no signed message at all.
    pub fn verify(text: &str, signers: Signers<'_>, now: Timestamp) -> Result<Self, Refusal> {
        let jws = Jws::parse_understanding(text, LIMITS, &UNDERSTOOD)?;
        let chain = jws.header().x5c.clone();
        let certificate = chain.first().ok_or(SIGNATURE.refuse(NOT_SIGNED))?;
        let leaf = Leaf::verify(&chain, signers.pinned, now).map_err(|_| SIGNER.refuse(STRANGER))?;
        require_header(text, &leaf, now)?;
        let jws = jws.verify(leaf.key()).map_err(|refusal| SIGNATURE.refuse(refusal.reason))?;
        let list = form::read(jws.payload())?;
        if !signers.pinned.contains(certificate) && !list.is_of(signers.operator, certificate) {
            return Err(OPERATOR.refuse(OTHER_OPERATOR));
        }
        list.require_current(now)?;
        profile::require(&list)?;
        Ok(list)
    }

    /// Refuses (LT-09) a list of another `LoTEType`: who may sign one kind of list signs others too.
    ///
    /// # Errors
    /// A refusal by LT-09.
    pub fn require_type(&self, list_type: &str) -> Result<(), Refusal> {
        let is_it = self.scheme.list_type.as_deref() == Some(list_type);
        if is_it { Ok(()) } else { Err(KIND.refuse(OTHER_KIND)) }
    }

    /// Refuses (LT-08) a list that is older than the one with the sequence number and moment of issue `seen`: it may be signed and
    /// current and yet lack what was withdrawn since.
    ///
    /// # Errors
    /// A refusal by LT-08.
    pub fn require_not_before(&self, seen: (u64, Timestamp)) -> Result<(), Refusal> {
        let this = (self.scheme.sequence, self.scheme.issued_at);
        if this < seen { Err(SEQUENCE.refuse(OLDER)) } else { Ok(()) }
    }

    /// Clause 6.8: the signer's certificate names the operator that the reader chose, who runs the scheme, and its territory as
    /// the country.
    fn is_of(&self, operator: Option<&str>, certificate: &[u8]) -> bool {
        let (Some(operator), Some((organization, country))) = (operator, subject(certificate)) else {
            return false;
        };
        let runs_it = self.scheme.operator.iter().any(|(_, name)| name == operator);
        runs_it && organization == operator && self.scheme.territory.as_deref() == Some(country)
    }

    fn require_current(&self, now: Timestamp) -> Result<(), Refusal> {
        let issued_at = self.scheme.issued_at;
        match self.scheme.next_update {
            _ if issued_at > now.plus(CLOCK_SKEW) => Err(VALIDITY.refuse(FROM_THE_FUTURE.at(issued_at))),
            None => Err(VALIDITY.refuse(CLOSED)),
            Some(next) if next <= now || next <= issued_at => Err(VALIDITY.refuse(OVERDUE.at(next))),
            Some(_) => Ok(()),
        }
    }
}

/// The members of the header that JAdES adds and this reader acts on. The time of signing is not demanded: nothing depends on
/// it, for the list has its own.
fn require_header(text: &str, leaf: &Leaf, now: Timestamp) -> Result<(), Refusal> {
    let header = text.split('.').next().and_then(|part| base64url::decode(part).ok());
    let header = header.and_then(|bytes| json::parse(&bytes, HEADER_LIMITS).ok()).unwrap_or_default();
    if let Some(thumbprint) = header.get("x5t#S256") {
        let named = thumbprint.as_str().and_then(|text| base64url::decode(text).ok()).unwrap_or_default();
        if !constant_time_eq(&named, leaf.sha256()) {
            return Err(SIGNATURE.refuse(OTHER_CERTIFICATE));
        }
    }
    let text_moment = |value: &Value| Timestamp::parse_rfc3339(value.as_str()?);
    let times = [header.get("iat").map(numeric_date), header.get("sigT").map(text_moment)];
    let past = |time: Option<Timestamp>| time.is_some_and(|time| time <= now.plus(CLOCK_SKEW));
    if times.into_iter().flatten().all(past) { Ok(()) } else { Err(SIGNATURE.refuse(BAD_TIME)) }
}

#[cfg(test)]
mod tests;
