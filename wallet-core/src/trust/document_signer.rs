//! The key of an mdoc's document signer, whose certificate an anchor of its trust entry signed by the profile of ISO 18013-5 Annex B.
//!
//! Refused by V-05: a chain that leads elsewhere. Refused by V-04: a signer without a name that the entry wants. Refused by MD-06,
//! MD-14 and MD-15: certificates that break the profile. Refused by TL-08: a key that the list pins for something else.

use jigap_keys::PublicKey;

use super::entry::{PinnedKeys, TrustEntry};
use super::key::{LEAF_NAME, NO_CHAIN, OTHER_MECHANISM, pinned, refuse_chain};
use super::{ISSUER_BINDING, MECHANISM};
use crate::mdoc::checks::{ROOT_PROFILE, SIGNER, SIGNER_PROFILE};
use crate::time::Timestamp;
use crate::verdict::{Reason, Refusal};
use crate::x509::{DocumentSignerError, Leaf, Rule};

const SIGNER_KEY_USAGE: Reason = Reason::new(
    "signer-key-usage",
    "the key usage of the document signer's certificate or of its root is not that of its role",
    "문서 서명자 인증서나 그 루트의 키 용도가 제 역할에 맞지 않습니다",
);
const SIGNER_PURPOSE: Reason = Reason::new(
    "signer-purpose",
    "the certificate is not one for signing mdocs",
    "mdoc 서명용 인증서가 아닙니다",
);
const SIGNER_COUNTRY: Reason = Reason::new(
    "signer-country",
    "the document signer's certificate does not name the country of its root",
    "문서 서명자 인증서의 국가가 루트의 국가와 다릅니다",
);
const SIGNER_VALIDITY: Reason = Reason::new(
    "signer-validity",
    "the document signer's certificate is valid before or after its root",
    "문서 서명자 인증서의 유효 기간이 루트의 유효 기간을 벗어납니다",
);

const FORM: Reason = Reason::new(
    "certificate-form",
    "the certificate's serial number, or the algorithm that signed it, is not one of its profile",
    "인증서의 일련번호나 서명 알고리즘이 프로파일에 맞지 않습니다",
);
const LIFETIME: Reason = Reason::new(
    "certificate-lifetime",
    "the certificate is valid for longer than its profile allows",
    "인증서의 유효 기간이 프로파일이 허용하는 것보다 깁니다",
);
const SUBJECT: Reason = Reason::new(
    "certificate-subject",
    "the certificate's subject is not named as its profile has it: country, common name, the root's state",
    "인증서의 주체가 프로파일대로 적혀 있지 않습니다: 국가, 일반 이름, 루트와 같은 주",
);
const EXTENSIONS: Reason = Reason::new(
    "certificate-extensions",
    "an extension of the certificate is forbidden or there twice, or critical or not against its profile",
    "인증서에 금지되었거나 두 번 나오거나 중요 표시가 프로파일과 다른 확장이 있습니다",
);
const KEY_IDENTIFIER: Reason = Reason::new(
    "certificate-key-identifier",
    "the certificate does not identify its key, or its root's key as the root does",
    "인증서에 제 키의 식별자가 없거나, 루트 키의 식별자가 루트와 다릅니다",
);
const CONTACT: Reason = Reason::new(
    "certificate-contact",
    "the certificate does not say by mailbox or URI how its issuer is reached",
    "인증서에 발급자의 연락처(전자우편이나 URI)가 없습니다",
);
const REVOCATION: Reason = Reason::new(
    "certificate-revocation",
    "the certificate does not say plainly where the list of revoked certificates is",
    "인증서에 폐기 목록의 위치가 제대로 적혀 있지 않습니다",
);
const PURPOSES: Reason = Reason::new(
    "certificate-purposes",
    "the certificate's key is for more than signing mdocs",
    "인증서의 키에 mdoc 서명 말고 다른 용도가 있습니다",
);
const ROOT: Reason = Reason::new(
    "certificate-root",
    "the certificate is not that of a root with no authority below it",
    "아래에 다른 인증 기관을 두지 않는 루트의 인증서가 아닙니다",
);

/// The key that verifies an mdoc whose document signer has this chain (`x5chain`).
///
/// # Errors
/// As [`issuer_key`](super::issuer_key), and by MD-06 and MD-14 where the certificate is not that of a document signer, by MD-15
/// where its root's is not that of a root.
pub fn document_signer_key(
    entry: &TrustEntry,
    chain: &[Vec<u8>],
    now: Timestamp,
) -> Result<PublicKey, Refusal> {
    let anchors = entry.anchors().ok_or(MECHANISM.refuse(OTHER_MECHANISM))?;
    if chain.is_empty() {
        return Err(MECHANISM.refuse(NO_CHAIN));
    }
    let leaf = Leaf::verify_document_signer(chain, anchors, now).map_err(refuse_signer)?;
    if !entry.names_document_signer(&leaf) {
        return Err(ISSUER_BINDING.refuse(LEAF_NAME));
    }
    pinned(entry, PinnedKeys::lets_issue, || leaf.key().thumbprint())?;
    Ok(leaf.key().clone())
}

fn refuse_signer(error: DocumentSignerError) -> Refusal {
    match error {
        DocumentSignerError::Chain(error) => refuse_chain(error),
        DocumentSignerError::KeyUsage => SIGNER.refuse(SIGNER_KEY_USAGE),
        DocumentSignerError::ExtendedKeyUsage => SIGNER.refuse(SIGNER_PURPOSE),
        DocumentSignerError::Country => SIGNER.refuse(SIGNER_COUNTRY),
        DocumentSignerError::Validity => SIGNER.refuse(SIGNER_VALIDITY),
        DocumentSignerError::Signer(rule) => SIGNER_PROFILE.refuse(broken(rule)),
        DocumentSignerError::Root(rule) => ROOT_PROFILE.refuse(broken(rule)),
    }
}

const fn broken(rule: Rule) -> Reason {
    match rule {
        Rule::Form => FORM,
        Rule::Lifetime => LIFETIME,
        Rule::Subject => SUBJECT,
        Rule::Extensions => EXTENSIONS,
        Rule::KeyIdentifier => KEY_IDENTIFIER,
        Rule::Contact => CONTACT,
        Rule::Revocation => REVOCATION,
        Rule::Purposes => PURPOSES,
        Rule::Root => ROOT,
    }
}
