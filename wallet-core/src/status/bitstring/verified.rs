//! Verifying a status list that is a credential, and reading statuses from it (Bitstring Status List 1.0 §3.2).
//!
//! Refuses by BS-02 to BS-12. The order matters: nothing is decompressed before the signature verified.

use jigap_keys::PublicKey;
use jigap_keys::json::Limits;
use serde_json::Value;

use super::{
    Bitstring, BitstringError, LIST_TYPE, MIN_ENTRIES, SUBJECT_TYPE, StatusEntry, StatusPurpose, StatusSize,
};
use crate::contexts::Contexts;
use crate::documents::{Documents, Need};
use crate::jose::{self, Header, Jws};
use crate::ports::FetchLimits;
use crate::status::{CLOCK_SKEW, Freshness, ListTimes};
use crate::time::{Seconds, Timestamp};
use crate::vcdm::{subjects, types};
use crate::vcjwt::{Model, VcJwt};
use crate::verdict::{Check, Reason, Refusal};

/// BS-02: it is a list.
pub const CREDENTIAL: Check = Check::new(
    "BS-02",
    "the status list is a credential of the data model 2.0 and of type `BitstringStatusListCredential`, about one list",
    "상태 목록이 데이터 모델 2.0의 `BitstringStatusListCredential` 종류의 증명서이고, 목록 하나를 말합니다",
    "VC-BITSTRING-STATUS-LIST §2.2",
);
/// BS-03: the status issuer signed it.
pub const SIGNATURE: Check = Check::new(
    "BS-03",
    "the proofs of the status list verify with the status issuer's key",
    "상태 목록의 증명이 상태 발급자의 키로 확인됩니다",
    "VC-BITSTRING-STATUS-LIST §3.2",
);
/// BS-04: it is the list the credential means.
pub const LIST: Check = Check::new(
    "BS-04",
    "the status list is the one the credential refers to",
    "상태 목록이 증명서가 가리키는 바로 그 목록입니다",
    "VC-BITSTRING-STATUS-LIST §2.2",
);
/// BS-05: it has not ended.
pub const NOT_ENDED: Check = Check::new(
    "BS-05",
    "the status list has not ended",
    "상태 목록의 유효 기간이 남아 있습니다",
    "VC-BITSTRING-STATUS-LIST §2.2; VCDM 2.0 §4.9",
);
/// BS-06: it is valid already.
pub const NOT_FROM_THE_FUTURE: Check = Check::new(
    "BS-06",
    "the status list has begun to be valid",
    "상태 목록의 유효 기간이 시작되었습니다",
    "VC-BITSTRING-STATUS-LIST §2.2; VCDM 2.0 §4.9",
);
/// BS-07: it serves this purpose.
pub const PURPOSE: Check = Check::new(
    "BS-07",
    "the status list is for the purpose of the credential's entry, and for statuses of its size",
    "상태 목록의 목적과 상태의 크기가 증명서의 상태 항목과 같습니다",
    "VC-BITSTRING-STATUS-LIST §3.2",
);
/// BS-08: the packed list can be read.
pub const ENCODING: Check = Check::new(
    "BS-08",
    "the status list's `encodedList` is GZIP in base64url with the multibase prefix `u`",
    "상태 목록의 `encodedList`가 GZIP을 multibase 접두사 `u`가 붙은 base64url로 나타낸 것입니다",
    "VC-BITSTRING-STATUS-LIST §2.2, §3.4",
);
/// BS-09: the packed list is no bomb.
pub const BOUND: Check = Check::new(
    "BS-09",
    "the status list's content stays under the size limit",
    "상태 목록의 압축을 푼 크기가 한도를 넘지 않습니다",
    "DESIGN, \"Bad input\"",
);
/// BS-10: it hides each among many.
pub const LENGTH: Check = Check::new(
    "BS-10",
    "the status list has at least 131,072 entries",
    "상태 목록에 항목이 131,072개 이상 있습니다",
    "VC-BITSTRING-STATUS-LIST §3.2",
);
/// BS-11: the credential has a place in it.
pub const INDEX: Check = Check::new(
    "BS-11",
    "the credential's index lies inside the status list",
    "증명서의 색인이 상태 목록의 범위 안에 있습니다",
    "VC-BITSTRING-STATUS-LIST §3.2",
);
/// BS-12: its time to live makes sense.
pub const TTL: Check = Check::new(
    "BS-12",
    "the status list's `ttl` is a number of milliseconds",
    "상태 목록의 `ttl`이 밀리초 수입니다",
    "VC-BITSTRING-STATUS-LIST §2.2",
);

const NO_CREDENTIAL: Reason = Reason::new(
    "status-list-no-credential",
    "what was fetched is no credential that can be read here",
    "가져온 것이 이곳에서 읽을 수 있는 증명서가 아닙니다",
);
const NO_LIST: Reason = Reason::new(
    "status-list-no-list",
    "the credential is no status list, or lacks something that one has",
    "증명서가 상태 목록이 아니거나, 상태 목록에 있어야 할 것이 없습니다",
);
const OTHER_ISSUER: Reason = Reason::new(
    "status-list-issuer",
    "the list names another issuer than the one whose key it is",
    "목록에 적힌 발급자가 키의 주인과 다릅니다",
);
const OTHER_LIST: Reason = Reason::new(
    "status-list-other",
    "the list has another identifier than the credential refers to",
    "목록의 식별자가 증명서가 가리키는 것과 다릅니다",
);
const ENDED: Reason = Reason::new("status-list-expired", "it ended at {at}", "{at}에 유효 기간이 끝났습니다");
const FUTURE: Reason = Reason::new("status-list-future", "it is valid only from {at}", "{at}부터 유효합니다");
const OTHER_PURPOSE: Reason =
    Reason::new("status-list-purpose", "the list is for another purpose", "목록의 목적이 다릅니다");
const OTHER_SIZE: Reason = Reason::new(
    "status-list-size",
    "the list is for statuses of another size",
    "목록의 상태 크기가 다릅니다",
);
const BAD_LIST: Reason = Reason::new(
    "status-encoded-list",
    "`encodedList` cannot be decoded",
    "`encodedList`를 해독할 수 없습니다",
);
const BOMB: Reason = Reason::new(
    "status-encoded-list-too-large",
    "the list decompresses to more than the limit",
    "압축을 푼 목록이 한도보다 큽니다",
);
const SHORT: Reason = Reason::new(
    "status-list-short",
    "the list has too few entries to hide anybody among",
    "목록의 항목이 너무 적어 아무도 가려 주지 못합니다",
);
const OUTSIDE: Reason =
    Reason::new("status-index", "the list is shorter than that", "목록이 색인보다 짧습니다");
const BAD_TTL: Reason =
    Reason::new("status-ttl", "`ttl` is no number of milliseconds", "`ttl`이 밀리초 수가 아닙니다");

/// A credential text, as long as the fetch limit for status lists allows.
const LIMITS: Limits = Limits { bytes: FetchLimits::STATUS_LIST.max_bytes, depth: 32 };

/// How a list names the key it is signed with.
#[derive(Debug, Clone, PartialEq)]
pub enum SignerName {
    /// By a JOSE header: `kid`, `x5c`.
    Header(Box<Header>),
    /// By the verification method of a Data Integrity proof.
    Method(String),
}

/// A list that was parsed and of which nothing is verified.
#[derive(Debug, Clone)]
pub struct UnverifiedList(Secured);

#[derive(Debug, Clone)]
enum Secured {
    Jwt(Box<VcJwt>),
    #[cfg(feature = "ldp")]
    Document(Box<crate::ldp::LdpVc>),
}

impl UnverifiedList {
    /// Reads what was fetched: a JSON-LD document with proofs that uses `contexts` alone, or a `vc+jwt`.
    ///
    /// # Errors
    /// BS-02.
    pub fn read(bytes: &[u8], contexts: &Contexts) -> Result<Self, Refusal> {
        let no_credential = CREDENTIAL.refuse(NO_CREDENTIAL);
        let text = std::str::from_utf8(bytes).map_err(|_| no_credential)?.trim();
        if text.starts_with('{') {
            return document(text, contexts).ok_or(no_credential);
        }
        let jws = Jws::parse_within(text, LIMITS).map_err(form)?;
        let credential = VcJwt::read(jws).map_err(form)?;
        match credential.model() {
            Model::V2 => Ok(Self(Secured::Jwt(Box::new(credential)))),
            Model::V1 => Err(no_credential),
        }
    }

    /// Whom it names as its issuer, before anybody vouches for it: only for finding the key.
    pub fn unverified_issuer(&self) -> Option<&str> {
        match &self.0 {
            Secured::Jwt(credential) => credential.unverified_issuer(),
            #[cfg(feature = "ldp")]
            Secured::Document(credential) => credential.unverified_issuer(),
        }
    }

    /// How it names its issuer's key.
    pub fn signer(&self) -> SignerName {
        match &self.0 {
            Secured::Jwt(credential) => SignerName::Header(Box::new(credential.header().clone())),
            #[cfg(feature = "ldp")]
            Secured::Document(credential) => SignerName::Method(credential.verification_method().to_owned()),
        }
    }

    /// What is wanted to verify proofs beside its issuer's, whose key is `key`: nothing, unless that one holds.
    pub fn needs(&self, key: &PublicKey, documents: &Documents) -> Vec<Need> {
        match &self.0 {
            Secured::Jwt(_) => {
                let _ = (key, documents);
                Vec::new()
            }
            #[cfg(feature = "ldp")]
            Secured::Document(credential) => credential.needs(&key.clone().into(), documents),
        }
    }

    /// Verifies the list that was fetched from `uri`, at `now`, with the key of `issuer`; `documents` are for proofs beside
    /// the issuer's.
    ///
    /// # Errors
    /// BS-02 to BS-06, BS-08, BS-09, BS-12.
    pub fn verify(
        self,
        (issuer, key): (&str, PublicKey),
        uri: &str,
        documents: &Documents,
        now: Timestamp,
    ) -> Result<VerifiedBitstring, Refusal> {
        let signer = self.signer();
        if self.unverified_issuer() != Some(issuer) {
            return Err(SIGNATURE.refuse(OTHER_ISSUER));
        }
        let (credential, begins, expires) = match self.0 {
            Secured::Jwt(credential) => {
                let verified = credential.verify(&key).map_err(of_jwt)?;
                let period = (verified.not_before(), verified.expires_at());
                (verified.into_credential(), period.0, period.1)
            }
            #[cfg(feature = "ldp")]
            Secured::Document(credential) => {
                let verified = credential.verify(&key, documents).map_err(of_document)?;
                let period = verified.period();
                (verified.into_credential(), period.0, period.1)
            }
        };
        let _ = documents;
        require_begun(begins, now)?;
        require_not_ended(expires, now)?;
        let Said { purposes, size, ttl, list } = Said::read(&credential, uri)?;
        let uri = uri.to_owned();
        let issuer = issuer.to_owned();
        Ok(VerifiedBitstring {
            uri,
            issuer,
            signer,
            signed_by: key,
            purposes,
            size,
            begins,
            expires,
            ttl,
            list,
        })
    }
}

/// A list whose proofs and claims were verified and whose bits are decoded: keep it, and every further status costs less
/// than a microsecond.
///
/// Its period is looked at again for every answer. It speaks for the key that signed it: whoever shares it between
/// credentials of several issuers compares [`signed_by`](Self::signed_by) with the key each of them trusts.
#[derive(Debug, Clone)]
pub struct VerifiedBitstring {
    uri: String,
    issuer: String,
    signer: SignerName,
    signed_by: PublicKey,
    purposes: Vec<StatusPurpose>,
    size: Option<StatusSize>,
    begins: Option<Timestamp>,
    expires: Option<Timestamp>,
    ttl: Option<Seconds>,
    list: Bitstring,
}

/// What a list says about one credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryAnswer {
    /// The status. 0: not set.
    pub value: u64,
    /// When the list was signed and fetched, and how long it may be relied on.
    pub times: ListTimes,
}

impl VerifiedBitstring {
    /// What the list says about `entry` at `now`, given when the list was fetched.
    ///
    /// # Errors
    /// A list that is not the one referred to (BS-04), not begun (BS-06) or ended (BS-05), for another purpose or size
    /// (BS-07), or too short (BS-10), and an index outside (BS-11).
    pub fn status(
        &self,
        entry: &StatusEntry,
        fetched_at: Timestamp,
        now: Timestamp,
    ) -> Result<EntryAnswer, Refusal> {
        if entry.list() != self.uri {
            return Err(LIST.refuse(OTHER_LIST));
        }
        require_begun(self.begins, now)?;
        require_not_ended(self.expires, now)?;
        if !self.purposes.contains(entry.purpose()) {
            return Err(PURPOSE.refuse(OTHER_PURPOSE));
        }
        if self.size.is_some_and(|size| size != entry.size()) {
            return Err(PURPOSE.refuse(OTHER_SIZE));
        }
        if self.list.entries(entry.size()) < MIN_ENTRIES {
            return Err(LENGTH.refuse(SHORT));
        }
        let value = self.list.get(entry.index(), entry.size()).ok_or(INDEX.refuse(OUTSIDE))?;
        Ok(EntryAnswer { value, times: self.times(fetched_at) })
    }

    /// Whether a status that this list gives, fetched at `fetched_at`, is fresh at `now` for a policy with that
    /// `max_status_age`. If not, it is to be fetched again.
    pub fn is_fresh(&self, fetched_at: Timestamp, now: Timestamp, max_status_age: Option<Seconds>) -> bool {
        let freshness = Freshness::decide(Some(&self.times(fetched_at)), now, max_status_age);
        matches!(freshness, Freshness::Fresh(_)) && require_not_ended(self.expires, now).is_ok()
    }

    const fn times(&self, as_of: Timestamp) -> ListTimes {
        ListTimes { as_of, issued_at: self.begins, expires: self.expires, ttl: self.ttl }
    }

    /// Who issued it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// How it names its issuer's key.
    pub const fn signer(&self) -> &SignerName {
        &self.signer
    }

    /// The key whose signature was verified.
    pub const fn signed_by(&self) -> &PublicKey {
        &self.signed_by
    }

    /// What its statuses are for.
    pub fn purposes(&self) -> &[StatusPurpose] {
        &self.purposes
    }

    /// `ttl`, in whole seconds.
    pub const fn ttl(&self) -> Option<Seconds> {
        self.ttl
    }

    /// The bits.
    pub const fn list(&self) -> &Bitstring {
        &self.list
    }
}

/// What the verified credential says.
struct Said {
    purposes: Vec<StatusPurpose>,
    size: Option<StatusSize>,
    ttl: Option<Seconds>,
    list: Bitstring,
}

impl Said {
    /// Reads what §2.2 says of the list at `uri`; decompresses last.
    fn read(credential: &Value, uri: &str) -> Result<Self, Refusal> {
        let no_list = CREDENTIAL.refuse(NO_LIST);
        let is = |value: &Value, name| types(value).is_some_and(|types| types.contains(&name));
        let mut about = subjects(credential);
        let (Some(subject), None) = (about.next(), about.next()) else { return Err(no_list) };
        if !is(credential, LIST_TYPE) || !is(subject, SUBJECT_TYPE) {
            return Err(no_list);
        }
        if credential.get("id").is_some_and(|id| id != uri) {
            return Err(LIST.refuse(OTHER_LIST));
        }
        let purposes = purposes(subject).ok_or(no_list)?;
        let size = match subject.get("statusSize") {
            None => None,
            Some(size) => Some(size.as_u64().and_then(StatusSize::new).ok_or(no_list)?),
        };
        let ttl = subject.get("ttl").map(|ttl| milliseconds(ttl).ok_or(TTL.refuse(BAD_TTL))).transpose()?;
        let encoded = subject.get("encodedList").and_then(Value::as_str).ok_or(ENCODING.refuse(BAD_LIST))?;
        let list = Bitstring::decode(encoded, Bitstring::MAX_BYTES).map_err(|error| match error {
            BitstringError::TooLarge => BOUND.refuse(BOMB),
            _ => ENCODING.refuse(BAD_LIST),
        })?;
        Ok(Self { purposes, size, ttl, list })
    }
}

/// One or more strings.
fn purposes(subject: &Value) -> Option<Vec<StatusPurpose>> {
    match subject.get("statusPurpose")? {
        Value::String(one) => Some(vec![StatusPurpose::of(one)]),
        Value::Array(all) if !all.is_empty() => {
            all.iter().map(|name| name.as_str().map(StatusPurpose::of)).collect()
        }
        _ => None,
    }
}

/// Whole milliseconds as whole seconds, at most what [`Seconds`] holds. The vocabulary calls them a string, its examples
/// and everybody's lists have a number: both are read.
fn milliseconds(ttl: &Value) -> Option<Seconds> {
    let milliseconds = match ttl {
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        other => other.as_u64()?,
    };
    Some(Seconds(u32::try_from(milliseconds / 1000).unwrap_or(u32::MAX)))
}

/// Its clock may run a little ahead of ours, no more.
fn require_begun(begins: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    match begins {
        Some(begins) if begins > now.plus(CLOCK_SKEW) => Err(NOT_FROM_THE_FUTURE.refuse(FUTURE.at(begins))),
        _ => Ok(()),
    }
}

/// No leeway: it is the issuer's last word on how long an old list can hide a revocation.
fn require_not_ended(ends: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    match ends {
        Some(end) if now >= end => Err(NOT_ENDED.refuse(ENDED.at(end))),
        _ => Ok(()),
    }
}

#[cfg(feature = "ldp")]
fn document(text: &str, contexts: &Contexts) -> Option<UnverifiedList> {
    let document = jigap_keys::json::parse(text.as_bytes(), LIMITS).ok()?;
    let first = document.get("@context").map(|contexts| contexts.get(0).unwrap_or(contexts));
    if first? != crate::vcdm::CONTEXT_V2 {
        return None;
    }
    let credential = crate::ldp::LdpVc::read(document, contexts.for_data_integrity()).ok()?;
    Some(UnverifiedList(Secured::Document(Box::new(credential))))
}

#[cfg(not(feature = "ldp"))]
fn document(_: &str, _: &Contexts) -> Option<UnverifiedList> {
    None
}

fn form(refusal: Refusal) -> Refusal {
    CREDENTIAL.refuse(refusal.reason)
}

/// What breaks a list as JWT: its signature, or its form.
fn of_jwt(refusal: Refusal) -> Refusal {
    let check = if [jose::KEY, jose::SIGNATURE].contains(&refusal.check) { SIGNATURE } else { CREDENTIAL };
    check.refuse(refusal.reason)
}

/// What breaks a list with proofs: one of them, or the list's form.
#[cfg(feature = "ldp")]
fn of_document(refusal: Refusal) -> Refusal {
    use crate::verdict::checks::{ALGORITHM, PROOF, PURPOSE as PROOF_PURPOSE};
    let check =
        if [ALGORITHM, PROOF, PROOF_PURPOSE].contains(&refusal.check) { SIGNATURE } else { CREDENTIAL };
    check.refuse(refusal.reason)
}

#[cfg(test)]
mod tests;
