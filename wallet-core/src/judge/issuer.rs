//! Who issued it, whether they may, and with which key they sign: V-04, V-05, V-06.

use jigap_keys::PublicKey;

use super::Evidence;
use crate::did;
use crate::documents::{Documents, Need};
use crate::jose::Header;
use crate::time::Timestamp;
use crate::trust::{self, TrustEntry};
use crate::verdict::{Findings, Reason, Refusal, checks};
use crate::x509::Leaf;

const NAMES_NOBODY: Reason =
    Reason::new("issuer-missing", "the credential names no issuer", "증명서에 발급자가 없습니다");
const NOT_TRUSTED: Reason = Reason::new(
    "issuer-not-trusted",
    "not judged: the issuer is not trusted for this type",
    "판단하지 않음: 이 종류에 대해 신뢰하는 발급자가 아닙니다",
);
const WRONG_MECHANISM: Reason = Reason::new(
    "mechanism-refused",
    "not judged: the key is named in a way this issuer does not use",
    "판단하지 않음: 이 발급자가 쓰지 않는 방법으로 열쇠를 밝혔습니다",
);

/// Finds the issuer in the trust list and its key by the list's mechanism; notes V-06, V-05, V-04.
pub(super) fn find<'a>(
    named: (Option<&str>, &str),
    header: &Header,
    evidence: &Evidence<'a>,
    now: Timestamp,
    findings: &mut Findings,
) -> Option<(&'a TrustEntry, PublicKey)> {
    let Some(entry) = findings.record(checks::TRUSTED, entry(named, header, evidence, now)) else {
        findings.skip(checks::MECHANISM, NOT_TRUSTED);
        findings.skip(checks::ISSUER_BINDING, NOT_TRUSTED);
        return None;
    };
    match trust::issuer_key(entry, header, evidence.documents, now) {
        Ok(key) => {
            findings.pass(checks::MECHANISM);
            findings.pass(checks::ISSUER_BINDING);
            Some((entry, key))
        }
        Err(refusal) => {
            if refusal.check == checks::MECHANISM {
                findings.skip(checks::ISSUER_BINDING, WRONG_MECHANISM);
            } else {
                findings.pass(checks::MECHANISM);
                if refusal.check == trust::KEY_PURPOSE {
                    findings.pass(checks::ISSUER_BINDING);
                }
            }
            findings.refuse(refusal);
            None
        }
    }
}

/// What is wanted to find the key of a trusted issuer. Nothing is fetched for one that is not on the list.
pub(super) fn needs(
    named: (Option<&str>, &str),
    header: &Header,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Vec<Need> {
    let entry = entry(named, header, evidence, now);
    entry.map(|entry| trust::needs(entry, header, evidence.documents)).unwrap_or_default()
}

/// The entry of whom the credential names as its issuer, or, if it names nobody, of whom its certificate does.
pub(super) fn entry<'a>(
    (issuer, credential_type): (Option<&str>, &str),
    header: &Header,
    evidence: &Evidence<'a>,
    now: Timestamp,
) -> Result<&'a TrustEntry, Refusal> {
    let nobody = checks::TRUSTED.refuse(NAMES_NOBODY);
    match (issuer, header.x5c.first()) {
        (Some(issuer), _) => evidence.trust.entry(issuer, credential_type, now),
        (None, Some(leaf)) => {
            let leaf = Leaf::dangerous_without_path(leaf).map_err(|_| nobody)?;
            evidence.trust.entry_of_certificate(&leaf, credential_type, now)
        }
        (None, None) => Err(nobody),
    }
}

/// The key a header names by itself: a DID URL, a certificate or a JWK. It shows that whoever made the signature held
/// the key, and nothing about who that is.
pub(super) fn key_in_header(header: &Header, documents: &Documents) -> Option<PublicKey> {
    if let Some(leaf) = header.x5c.first() {
        return Leaf::dangerous_without_path(leaf).ok().map(|leaf| leaf.key().clone());
    }
    if let Some(kid) = header.kid.as_deref().filter(|kid| kid.starts_with("did:")) {
        return did::verification_key(kid, did::Purpose::AssertionMethod, documents).ok();
    }
    header.jwk.clone()
}
