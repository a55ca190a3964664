//! Who issued it, whether they may, and with which key they sign: V-04, V-05, V-06.

use jigap_keys::base64url;

use super::Judge;
use super::format::{KeyName, Unproven};
use crate::contexts::VERIFIABLE_CREDENTIAL;
use crate::dcql::Authority;
use crate::did::{self, ProofKey};
use crate::documents::{Documents, Need};
use crate::jose::Header;
use crate::time::Timestamp;
use crate::trust::{self, TrustEntry};
use crate::verdict::{Findings, Reason, Refusal, Scope, checks};
use crate::x509::Leaf;

const NAMES_NOBODY: Reason =
    Reason::new("issuer-missing", "the credential names no issuer", "증명서에 발급자가 없습니다");
const NO_TYPE: Reason =
    Reason::new("type-missing", "the credential names no type", "증명서에 종류가 없습니다");
const NOT_TRUSTED: Reason = Reason::new(
    "issuer-not-trusted",
    "not judged: the issuer is not trusted for this type",
    "판단하지 않음: 이 종류에 대해 신뢰하는 발급자가 아닙니다",
);
const OTHER_DID: Reason = Reason::new(
    "did-other",
    "the key is one of another DID than the issuer's",
    "발급자가 아닌 다른 DID의 키입니다",
);
const WRONG_MECHANISM: Reason = Reason::new(
    "mechanism-refused",
    "not judged: the key is named in a way this issuer does not use",
    "판단하지 않음: 이 발급자가 쓰지 않는 방법으로 키를 밝혔습니다",
);

/// What came of looking for the key of a credential's issuer.
pub(super) struct Search<'t> {
    /// The issuer's entry in the trust list.
    pub(super) entry: Result<&'t TrustEntry, Refusal>,
    /// The key by the entry's mechanism; `None` where there is no entry.
    pub(super) key: Option<Result<ProofKey, Refusal>>,
    /// Whether the key can belong to the issuer at all, where that shows without the trust list.
    binding: Result<(), Refusal>,
}

/// Looks for the issuer in the trust list, and for its key by the list's mechanism.
pub(super) fn find<'t>(judge: Judge<'t>, credential: &dyn Unproven, documents: &Documents) -> Search<'t> {
    let entry = entry(judge, credential);
    let signed = credential.says_signed_at();
    let key = entry.as_ref().ok().map(|entry| match credential.key_name() {
        KeyName::Header(header) => {
            trust::issuer_key_at(entry, header, documents, judge.now, signed).map(ProofKey::from)
        }
        KeyName::Chain(chain) => trust::document_signer_key(entry, chain, judge.now).map(ProofKey::from),
        KeyName::Method(method) => trust::method_key_at(entry, method, documents, signed),
    });
    Search { entry, key, binding: binding(credential) }
}

/// Refuses (V-04) a verification method of another DID than the issuer (VC-DATA-INTEGRITY §4.4, controlled identifiers).
fn binding(credential: &dyn Unproven) -> Result<(), Refusal> {
    match (credential.key_name(), &credential.described().issuer) {
        (KeyName::Method(method), Some(issuer)) if method.split('#').next() != Some(issuer.as_str()) => {
            Err(checks::ISSUER_BINDING.refuse(OTHER_DID))
        }
        _ => Ok(()),
    }
}

/// The entry of whom a credential names as its issuer, or, if it names nobody, of whom its certificate does; if that one
/// may issue one of its types now (V-06).
fn entry<'t>(judge: Judge<'t>, credential: &dyn Unproven) -> Result<&'t TrustEntry, Refusal> {
    let described = credential.described();
    let mut refused = None;
    // Trusted for whatever it is, where trust is not asked: a plain credential too.
    let plain = [VERIFIABLE_CREDENTIAL.to_owned()];
    let asked = if judge.scope == Scope::ProofAndStatus { plain.as_slice() } else { &described.types };
    for credential_type in asked {
        let entry = match credential.key_name() {
            KeyName::Header(header) => {
                entry_by_header(judge, described.issuer.as_deref(), header, credential_type)
            }
            KeyName::Chain(chain) if described.issuer.is_none() => {
                judge.trust.entry_of_document_signer(chain, credential_type, judge.now)
            }
            KeyName::Chain(_) | KeyName::Method(_) => {
                let issuer = described.issuer.as_ref().ok_or(checks::TRUSTED.refuse(NAMES_NOBODY));
                issuer.and_then(|issuer| judge.trust.entry(issuer, credential_type, judge.now))
            }
        };
        match entry {
            Ok(entry) => return Ok(entry),
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    Err(refused.unwrap_or(checks::TRUSTED.refuse(NO_TYPE)))
}

/// The entry of who signed under `header`: of the issuer that is named, of the one that the certificate names, or of the one
/// whose anchors lead to it.
fn entry_by_header<'t>(
    Judge { trust, now, .. }: Judge<'t>,
    issuer: Option<&str>,
    header: &Header,
    credential_type: &str,
) -> Result<&'t TrustEntry, Refusal> {
    let by_name = match issuer {
        Some(issuer) => trust.entry(issuer, credential_type, now),
        None => {
            let nobody = checks::TRUSTED.refuse(NAMES_NOBODY);
            let leaf = header.x5c.first().and_then(|der| Leaf::dangerous_without_path(der).ok());
            trust.entry_of_certificate(&leaf.ok_or(nobody)?, credential_type, now)
        }
    };
    match by_name {
        Err(refusal) if issuer.is_none() && refusal.reason == trust::UNKNOWN_ISSUER => {
            trust.entry_of_chain(&header.x5c, credential_type, now)
        }
        by_name => by_name,
    }
}

impl Search<'_> {
    /// Notes V-06, V-05, V-04; the first two where `judge` asks for trust, or where they refuse.
    pub(super) fn note(self, judge: Judge<'_>, findings: &mut Findings) {
        let pass = |check, findings: &mut Findings| {
            if judge.asks_for_trust() {
                findings.pass(check);
            }
        };
        match self.entry {
            Ok(_) => pass(checks::TRUSTED, findings),
            Err(refusal) => findings.refuse(refusal),
        }
        match self.key {
            None => {
                findings.skip(checks::MECHANISM, NOT_TRUSTED);
                match self.binding {
                    Ok(()) => findings.skip(checks::ISSUER_BINDING, NOT_TRUSTED),
                    Err(refusal) => findings.refuse(refusal),
                }
            }
            Some(Ok(_)) => {
                pass(checks::MECHANISM, findings);
                findings.pass(checks::ISSUER_BINDING);
            }
            Some(Err(refusal)) => {
                if refusal.check == checks::MECHANISM {
                    findings.skip(checks::ISSUER_BINDING, WRONG_MECHANISM);
                } else {
                    pass(checks::MECHANISM, findings);
                    if refusal.check == trust::KEY_PURPOSE {
                        findings.pass(checks::ISSUER_BINDING);
                    }
                }
                findings.refuse(refusal);
            }
        }
    }
}

/// What is wanted to find the key of a trusted issuer. Nothing is fetched for one that is not on the list.
pub(super) fn needs(judge: Judge<'_>, credential: &dyn Unproven, documents: &Documents) -> Vec<Need> {
    let Ok(entry) = entry(judge, credential) else { return Vec::new() };
    match credential.key_name() {
        KeyName::Header(header) => trust::needs(entry, header, documents),
        KeyName::Chain(_) => Vec::new(),
        KeyName::Method(_) => trust::method_needs(entry, documents),
    }
}

/// The authorities that certify a trusted issuer, as a query names them (OpenID4VP 1.0 §6.1.1): the key identifiers on the
/// certificates of its path, if it is known by one, and those that its trust entry names. The chain is verified again: few
/// queries ask.
pub(super) fn authorities(entry: &TrustEntry, chain: &[Vec<u8>], now: Timestamp) -> Vec<Authority> {
    let leaf = entry.anchors().and_then(|anchors| Leaf::verify(chain, anchors, now).ok());
    let identifiers = leaf.iter().flat_map(Leaf::authority_key_identifiers);
    let certified = identifiers.map(|identifier| Authority::aki(base64url::encode(identifier)));
    let listed = entry.authorities.etsi_tl.iter().cloned().map(Authority::etsi_tl);
    let federated = entry.authorities.openid_federation.iter().cloned().map(Authority::openid_federation);
    certified.chain(listed).chain(federated).collect()
}

/// The key a credential names by itself: a DID URL, a certificate or a JWK. It shows that whoever made the signature held
/// the key, and nothing about who that is.
pub(super) fn own_key(name: KeyName<'_>, documents: &Documents) -> Option<ProofKey> {
    let of_did = |method| did::verification_key(method, did::Purpose::AssertionMethod, documents).ok();
    let of_leaf =
        |der: &Vec<u8>| Leaf::dangerous_without_path(der).ok().map(|leaf| leaf.key().clone().into());
    let header = match name {
        KeyName::Header(header) => header,
        KeyName::Chain(chain) => return chain.first().and_then(of_leaf),
        KeyName::Method(method) => return did::proof_key(method, documents).ok(),
    };
    if let Some(leaf) = header.x5c.first() {
        return of_leaf(leaf);
    }
    if let Some(kid) = header.kid.as_deref().filter(|kid| kid.starts_with("did:")) {
        return of_did(kid).map(ProofKey::from);
    }
    header.jwk.clone().map(ProofKey::from)
}
