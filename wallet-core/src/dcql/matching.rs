//! Whether one credential satisfies one credential query (OpenID4VP 1.0 §6.1, §6.3, §6.4.1, Appendix B): the rules the
//! wallet selects by and the verifier judges by are the same code.

use serde_json::Value;

use super::format::Format;
use super::query::{ClaimQuery, CredentialQuery, Meta, TrustedAuthoritiesQuery};
use crate::claims::{ClaimPath, PathStep, ThinnedArray};
use crate::mdoc::age;
use crate::redacted;
use crate::text::{Lang, Text};

/// A credential as a query sees it: one the wallet holds, or one that was presented and verified.
#[derive(Clone)]
pub struct Candidate<'a> {
    /// Its format.
    pub format: Format,
    /// Its types. SD-JWT VC: the `vct`, and the types it is known to inherit from. W3C: the fully expanded type IRIs.
    pub types: Vec<&'a str>,
    /// Its claims from the root of the credential: the processed payload of an SD-JWT, the credential (not the
    /// presentation around it) of the W3C formats; of `ldp_vc` what its signed statements read, whose arrays are sets. Held: all
    /// claims. Presented: those that were disclosed.
    pub claims: &'a Value,
    /// What is known about who certifies its issuer.
    pub authorities: Vec<Authority>,
    /// Held: it is bound to a key of the holder. Presented: the proof of that binding was there and verified.
    pub holder_bound: bool,
    /// Held: its key can make a proof that the verifier says it takes. Presented: `true`, the proof was judged.
    pub provable: bool,
    /// Held: claims can be disclosed one by one. A W3C credential as a JWT or with a plain proof goes whole.
    pub selective: bool,
    /// Presented: the arrays out of which elements were withheld, so that later ones moved up (RFC 9901 §7.1). Which element
    /// an index into one of them means is not always known: do not gate on it.
    pub withheld: &'a [ThinnedArray],
}

impl std::fmt::Debug for Candidate<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "Candidate", &[(redacted::members(self.claims), "claims")])
    }
}

/// An authority that certifies an issuer, in the terms of `trusted_authorities` (§6.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// `aki`, `etsi_tl` or `openid_federation`.
    pub kind: &'static str,
    /// Of that kind: the base64url key identifier, the trusted list's or the entity's identifier.
    pub value: String,
}

impl Authority {
    /// The KeyIdentifier of an AuthorityKeyIdentifier in the credential's certificate chain, base64url (§6.1.1.1).
    pub fn aki(key_identifier: String) -> Self {
        Self { kind: "aki", value: key_identifier }
    }

    /// The identifier of an ETSI trusted list that names the issuer, or leads to one that does (§6.1.1.2).
    pub fn etsi_tl(identifier: String) -> Self {
        Self { kind: "etsi_tl", value: identifier }
    }

    /// The Entity Identifier to which a trust path of OpenID Federation leads from the issuer (§6.1.1.3).
    pub fn openid_federation(entity: String) -> Self {
        Self { kind: "openid_federation", value: entity }
    }
}

/// Why a credential query matches nothing, for people. It names claim paths, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// Credentials of this format cannot be presented here.
    FormatNotSupported,
    /// There is no credential of the format.
    OtherFormat,
    /// There is none of the type.
    OtherType,
    /// There is none whose issuer one of the named authorities certifies.
    OtherAuthority,
    /// There is none bound to a key of the holder.
    NotHolderBound,
    /// These claims are not there, or are not what was asked for.
    Claims(Vec<LackingClaim>),
    /// The verifier takes no proof that the key of the credential can make.
    NoProof,
}

/// A claim that keeps a credential from matching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LackingClaim {
    /// Which one.
    pub path: ClaimPath,
    /// Whether it is there, with a value other than those asked for.
    pub differs: bool,
}

impl Obstacle {
    /// The sentence for people.
    pub fn say(&self, lang: Lang) -> String {
        let sentence = match self {
            Self::FormatNotSupported => {
                Text::new("this credential format is not supported here", "지원하지 않는 증명서 형식입니다")
            }
            Self::OtherFormat => {
                Text::new("there is no credential of this format", "이 형식의 증명서가 없습니다")
            }
            Self::OtherType => {
                Text::new("there is no credential of this type", "이 종류의 증명서가 없습니다")
            }
            Self::OtherAuthority => Text::new(
                "there is no credential certified by the authorities asked for",
                "요청한 기관이 보증하는 증명서가 없습니다",
            ),
            Self::NotHolderBound => Text::new(
                "the credential is not bound to a key of its holder",
                "증명서가 소지자의 키에 결합되어 있지 않습니다",
            ),
            Self::Claims(lacking) => return say_lacking(lacking, lang),
            Self::NoProof => Text::new(
                "the verifier takes no proof that the key of the credential can make",
                "검증자가 받는 증명을 증명서의 키로 만들 수 없습니다",
            ),
        };
        sentence.get(lang).to_owned()
    }

    /// How near the credential came to matching; the nearest one explains best.
    pub(super) fn nearness(&self) -> (u8, usize) {
        match self {
            Self::FormatNotSupported => (0, 0),
            Self::OtherFormat => (1, 0),
            Self::OtherType => (2, 0),
            Self::OtherAuthority => (3, 0),
            Self::NotHolderBound => (4, 0),
            Self::Claims(lacking) => (5, usize::MAX - lacking.len()),
            Self::NoProof => (6, 0),
        }
    }
}

fn say_lacking(lacking: &[LackingClaim], lang: Lang) -> String {
    let names = |differs: bool| {
        let paths = lacking.iter().filter(|claim| claim.differs == differs);
        paths.map(|claim| claim.path.to_string()).collect::<Vec<_>>().join(", ")
    };
    let (absent, differing) = (names(false), names(true));
    let mut parts = Vec::with_capacity(2);
    if !absent.is_empty() {
        parts.push(match lang {
            Lang::En => format!("the credential lacks: {absent}"),
            Lang::Ko => format!("증명서에 다음 항목이 없습니다: {absent}"),
        });
    }
    if !differing.is_empty() {
        parts.push(match lang {
            Lang::En => format!("the value is not one of those asked for: {differing}"),
            Lang::Ko => format!("다음 항목의 값이 요청한 값과 다릅니다: {differing}"),
        });
    }
    parts.join("; ")
}

/// The claim set by which `candidate` satisfies `query` (`None`: all of `claims`), or what keeps it from that.
pub(super) fn fit(query: &CredentialQuery, candidate: &Candidate<'_>) -> Result<Option<usize>, Obstacle> {
    if !query.is_supported() {
        return Err(Obstacle::FormatNotSupported);
    }
    if query.format != Some(candidate.format) {
        return Err(Obstacle::OtherFormat);
    }
    if !is_of_type(&query.meta, &candidate.types) {
        return Err(Obstacle::OtherType);
    }
    if !is_certified(&query.trusted_authorities, &candidate.authorities) {
        return Err(Obstacle::OtherAuthority);
    }
    if query.require_cryptographic_holder_binding && !candidate.holder_bound {
        return Err(Obstacle::NotHolderBound);
    }
    let claim_set = fit_claims(query, candidate).map_err(Obstacle::Claims)?;
    if candidate.provable { Ok(claim_set) } else { Err(Obstacle::NoProof) }
}

fn is_of_type(meta: &Meta, types: &[&str]) -> bool {
    match meta {
        Meta::Any => true,
        Meta::Vct(accepted) => accepted.iter().any(|vct| types.contains(&vct.as_str())),
        Meta::Types(alternatives) => {
            alternatives.iter().any(|all| all.iter().all(|wanted| types.contains(&wanted.as_str())))
        }
        Meta::Doctype(doctype) => types.contains(&doctype.as_str()),
    }
}

fn is_certified(wanted: &[TrustedAuthoritiesQuery], known: &[Authority]) -> bool {
    wanted.is_empty()
        || wanted.iter().any(|entry| {
            known
                .iter()
                .any(|authority| authority.kind == entry.kind && entry.values.contains(&authority.value))
        })
}

/// The first claim set that `candidate` has all of (§6.4.1), or what it lacks of the set it lacks least of.
fn fit_claims(
    query: &CredentialQuery,
    candidate: &Candidate<'_>,
) -> Result<Option<usize>, Vec<LackingClaim>> {
    let lacks: Vec<_> = query.claims.iter().map(|claim| lack(claim, candidate)).collect();
    let lacking = |claim_set| -> Vec<LackingClaim> {
        let positions = query.requested(claim_set).iter();
        positions.filter_map(|position| lacks.get(*position)?.clone()).collect()
    };
    if query.claim_sets.is_empty() {
        let lacking = lacking(None);
        return if lacking.is_empty() { Ok(None) } else { Err(lacking) };
    }
    let mut least: Option<Vec<LackingClaim>> = None;
    for set in 0..query.claim_sets.len() {
        let lacking = lacking(Some(set));
        if lacking.is_empty() {
            return Ok(Some(set));
        }
        if least.as_ref().is_none_or(|least| lacking.len() < least.len()) {
            least = Some(lacking);
        }
    }
    Err(least.unwrap_or_default())
}

/// What keeps `candidate` from having the claim as it is asked for, if anything does.
fn lack(claim: &ClaimQuery, candidate: &Candidate<'_>) -> Option<LackingClaim> {
    let age = age_told(claim, candidate).map(|(_, told)| Value::Bool(told));
    let selected = match candidate.withheld {
        _ if age.is_some() => age.iter().collect(),
        _ if candidate.format == Format::LdpVc => claim.path.select_in_sets(candidate.claims),
        withheld => claim.path.select_thinned(candidate.claims, withheld),
    };
    let differs = !selected.is_empty();
    let has = selected.into_iter().any(|value| accepts(claim, value));
    (!has).then(|| LackingClaim { path: claim.path.clone(), differs })
}

/// Which element of an mdoc tells the age that the claim asks, by the nearest rule (ISO 18013-5 §7.2.5), and what it tells.
/// `None`: the claim asks no age, or none can tell.
pub(super) fn age_told(claim: &ClaimQuery, candidate: &Candidate<'_>) -> Option<(ClaimPath, bool)> {
    nearest_age(&claim.path, candidate.format, candidate.claims)
}

/// The same for the path of a claim, in the claims of a credential.
pub(crate) fn nearest_age(path: &ClaimPath, format: Format, claims: &Value) -> Option<(ClaimPath, bool)> {
    let [namespace @ PathStep::Key(name), PathStep::Key(element)] = path.steps() else { return None };
    let age = age::age_of(element).filter(|_| format == Format::MsoMdoc)?;
    let (element, told) = age::attestation(claims.get(name)?.as_object()?, age)?;
    let path = ClaimPath::new(vec![namespace.clone(), PathStep::Key(element.to_owned())]).ok()?;
    Some((path, told))
}

/// Whether `value` is one of those asked for: type and value match exactly (§6.3).
pub(super) fn accepts(claim: &ClaimQuery, value: &Value) -> bool {
    claim.values.is_empty() || claim.values.contains(value)
}
