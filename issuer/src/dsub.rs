//! Copies for one directory each: the key of a record, and what it makes of a name that the issuer does not see (docs/SPECS.md, "People").
//!
//! A record is what one tenant says of one person by one type: the registrar's `reference`, and where a person may have several records of a
//! type, the claims that tell them apart. Its key is derived from one sealed secret, which stays when signing keys are replaced, so that every
//! copy and every re-issue of a record gives one pseudonym in a directory. It is a function of the hidden name (VOPRF, RFC 9497): what comes
//! looks random, and two requests have nothing in common. Copies are had by a refresh token; one that is for them alone gives nothing else.
//! Refused: what DS-07 and DS-08 say, and what a day's share allows no more (RT-03).

use std::collections::BTreeMap;

use jigap_keys::voprf::{BYTES, Element, ServerKey};
use jigap_keys::{Entropy, json, mac};
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::people::DsubClaim;
use jigap_wallet_core::people::dsub::CLAIM;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::vci::{CredentialError, CredentialErrorCode, CredentialRequest, DsubAnswer};
use jigap_wallet_core::verdict::{Check, Reason, Refusal};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::offer::Subject;
use crate::tenant::{EndpointError, refused};

/// DS-07: the record has a name.
pub const RECORD: Check = Check::new(
    "DS-07",
    "a copy for a directory is of a record whose registrar gave a reference, and that has the claims that tell it from others",
    "디렉터리용 사본은 등록 담당자가 참조를 준 기록의 것이며, 그 기록에는 다른 기록과 구별하는 클레임이 있습니다",
    "docs/SPECS.md, People; docs/decisions/0025-directory-pseudonyms.md",
);
/// DS-08: and it is asked for as such copies are.
pub const ASKED: Check = Check::new(
    "DS-08",
    "a copy for a directory is asked for one at a time by a refreshed grant of a configuration that has them, and a grant for them gives no other",
    "디렉터리용 사본은 그런 사본이 있는 구성에서 갱신된 근거로 하나씩 요청하며, 그런 사본만 주는 근거로는 다른 것을 받지 못합니다",
    "docs/SPECS.md, People; docs/decisions/0025-directory-pseudonyms.md",
);

const NAMELESS: Reason = Reason::new(
    "dsub-record",
    "the offer has no reference, or lacks a claim that tells its record from others",
    "제안에 참조가 없거나, 기록을 구별하는 클레임이 없습니다",
);
const NOT_GRANTED: Reason = Reason::new(
    "dsub-grant",
    "the grant does not give what was asked for",
    "이 근거로는 요청한 것을 주지 않습니다",
);
const FAILED: &str = "the name of a directory cannot be evaluated";

/// What record keys are for (RFC 9497 §3.2.1, `info`).
const INFO: &[u8] = b"jigap-dsub-1";

/// What the keys of a tenant's records are derived from. Who has it computes the pseudonym of every record in every directory whose name they
/// know; once it is lost, every record gets another.
pub struct DsubSecret(Zeroizing<[u8; BYTES]>);

/// What a tenant gives copies for directories of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryRules {
    /// The configurations, by id, each with the claims that tell records of one person apart.
    pub configurations: BTreeMap<String, Vec<ClaimPath>>,
    /// How long after its offer was redeemed a grant for them alone lasts: as long as what it was redeemed for.
    pub life: Seconds,
    /// How many of them such a grant gives in 24 hours.
    pub copies_a_day: usize,
}

/// What tells one record of a tenant from all others: bytes that no other has. No `Debug`: personal.
pub(crate) struct Record(Zeroizing<Vec<u8>>);

impl Record {
    /// The record that `subject` is of. Refuses by DS-07.
    pub(crate) fn of(subject: &Subject, apart: &[ClaimPath]) -> Result<Self, Refusal> {
        let reference = subject.reference.as_deref().filter(|reference| !reference.is_empty());
        let mut parts = vec![json!(reference.ok_or(RECORD.refuse(NAMELESS))?)];
        let claims = Value::Object(subject.claims.clone());
        for path in apart {
            let [value] = path.select(&claims)[..] else { return Err(RECORD.refuse(NAMELESS)) };
            parts.push(value.clone());
        }
        let text = json::canonicalize(&Value::from(parts)).map_err(|_| RECORD.refuse(NAMELESS))?;
        Ok(Self(Zeroizing::new(text.into_bytes())))
    }
}

impl DsubSecret {
    /// Takes 32 random bytes.
    pub const fn new(secret: Zeroizing<[u8; BYTES]>) -> Self {
        Self(secret)
    }

    /// The key of `record` of `tenant`, which says it by the type of this name. Neither has a byte 0.
    fn key(&self, (tenant, type_name): (&str, &str), record: &Record) -> Option<ServerKey> {
        let of = [tenant.as_bytes(), &[0], type_name.as_bytes(), &[0], &record.0[..]];
        let named = Zeroizing::new(of.concat());
        let seed = Zeroizing::new(mac::hmac_sha256(&*self.0, &named));
        ServerKey::derive(&seed, INFO).ok()
    }

    /// What the key of `record` makes of a `blinded` name: the claim of a copy, and what proves it.
    pub(crate) fn evaluate(
        &self,
        of: (&str, &str),
        record: &Record,
        (blinded, entropy): (&Element, &dyn Entropy),
    ) -> Result<(String, DsubAnswer), EndpointError<CredentialError>> {
        let key = self.key(of, record).ok_or(EndpointError::Internal(FAILED))?;
        let answer = key.evaluate(&[*blinded], entropy);
        let (evaluated, proof) = answer.map_err(|_| EndpointError::Internal(FAILED))?;
        let evaluated = evaluated.first().ok_or(EndpointError::Internal(FAILED))?;
        let claim = DsubClaim::new(*blinded, *evaluated).to_text();
        Ok((claim, DsubAnswer { key: *key.public(), proof }))
    }
}

impl DirectoryRules {
    /// By which claims records are told apart, where `request` asks for a copy for a directory. Refuses by DS-08 one of a configuration that
    /// has none.
    pub(crate) fn asked<'r>(
        &'r self,
        request: &CredentialRequest,
        configuration: &str,
    ) -> Result<Option<&'r [ClaimPath]>, EndpointError<CredentialError>> {
        match (request.dsub, self.configurations.get(configuration)) {
            (None, _) => Ok(None),
            (Some(_), Some(apart)) => Ok(Some(apart.as_slice())),
            (Some(_), None) => Err(denied(ASKED)),
        }
    }
}

/// That a grant does not give what is asked for.
pub(crate) const fn not_granted() -> Refusal {
    ASKED.refuse(NOT_GRANTED)
}

/// How the wallet is told.
pub(crate) fn denied(check: Check) -> EndpointError<CredentialError> {
    refused(CredentialErrorCode::CredentialRequestDenied.because(check.rule.en))
}

/// Where the pseudonym stands: disclosed by itself, as everything in it is.
pub(crate) fn path() -> Option<ClaimPath> {
    ClaimPath::new(vec![PathStep::Key(CLAIM.to_owned())]).ok()
}

/// `claims` with the pseudonym.
pub(crate) fn with_claim(mut claims: Map<String, Value>, claim: String) -> Map<String, Value> {
    claims.insert(CLAIM.to_owned(), claim.into());
    claims
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> DsubSecret {
        DsubSecret::new(Zeroizing::new([7; BYTES]))
    }

    fn subject(reference: Option<&str>, claims: &Value) -> Subject {
        Subject { claims: claims.as_object().unwrap().clone(), reference: reference.map(str::to_owned) }
    }

    fn public(of: (&str, &str), subject: &Subject, apart: &[ClaimPath]) -> [u8; BYTES] {
        secret().key(of, &Record::of(subject, apart).unwrap()).unwrap().public().to_bytes()
    }

    fn path(value: &Value) -> ClaimPath {
        ClaimPath::from_json(value).unwrap()
    }

    /// Word for word: whoever changes what a key is made of gives every person another pseudonym.
    #[test]
    fn the_key_of_a_record_stays_what_it_is() {
        let of = public(("hanbit", "student-id"), &subject(Some("20210042"), &json!({})), &[]);
        assert_eq!(jigap_keys::base64url::encode(of), "5uXinyhtD82_kOc44UfSLopAvjFZduE1ygyOwjyJMh8");
    }

    #[test]
    fn a_record_has_one_key_and_no_other_has_it() {
        let degrees = json!({"degree": {"code": "a"}, "name": "n"});
        let (of, apart) = (("hanbit", "student-id"), &[path(&json!(["degree", "code"]))]);
        let first = public(of, &subject(Some("1"), &degrees), apart);
        let renamed = json!({"degree": {"code": "a"}, "name": "m"});
        assert_eq!(public(of, &subject(Some("1"), &renamed), apart), first);
        let others = [
            public(of, &subject(Some("1"), &json!({"degree": {"code": "b"}})), apart),
            public(of, &subject(Some("2"), &degrees), apart),
            public(of, &subject(Some("1"), &degrees), &[]),
            public(("hanbit", "driver-licence"), &subject(Some("1"), &degrees), apart),
            public(("hanbit2", "student-id"), &subject(Some("1"), &degrees), apart),
            public(of, &subject(Some("1\",\"a"), &degrees), &[]),
        ];
        for (at, other) in others.iter().enumerate() {
            assert!(*other != first && !others[..at].contains(other), "{at}");
        }
    }

    #[test]
    fn ds_07_a_record_without_reference_or_without_what_tells_it_apart_is_refused() {
        let claims = json!({"name": "n", "codes": ["a", "b"]});
        let refused = |subject: &Subject, apart: &[ClaimPath]| {
            Record::of(subject, apart).err().map(|refusal| refusal.check)
        };
        assert_eq!(refused(&subject(None, &claims), &[]), Some(RECORD));
        assert_eq!(refused(&subject(Some(""), &claims), &[]), Some(RECORD));
        let named = subject(Some("1"), &claims);
        assert_eq!(refused(&named, &[]), None);
        assert_eq!(refused(&named, &[path(&json!(["degree"]))]), Some(RECORD));
        assert_eq!(refused(&named, &[path(&json!(["codes", null]))]), Some(RECORD));
    }
}
