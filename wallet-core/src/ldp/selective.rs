//! Credentials whose holder shows some of the claims: issuing with `ecdsa-sd-2023` or, with feature `bbs`, `bbs-2023`, and
//! showing what a query asks for (VC-DI-ECDSA 1.0 §3.6; VC-DI-BBS 1.0 §3.4; OpenID4VP 1.0 §6.4.1).
//!
//! What a verifier must see of every credential is mandatory: issuer, types, period, status, schema and whom it is about.
//! A holder who could leave out the end or the status could hide that a credential ended.

use std::sync::Arc;

#[cfg(feature = "bbs")]
use jigap_data_integrity::{BbsBinding, BbsDisclosure, bbs_mandatory, derive_bbs, sign_bbs};
use jigap_data_integrity::{
    Contexts, Cryptosuite, Pointer, Proof, ProofError, ProofOptions, SecuredDocument, derive_ecdsa_sd,
    ecdsa_sd_mandatory, prepare_ecdsa_sd,
};
use jigap_keys::{Entropy, KeyType};
use serde_json::{Map, Value};

use super::LdpVc;
use super::issue::{IssueError, Securing, UnsignedDocument, define_proof};
use crate::claims::{ClaimPath, PathStep};
use crate::documents::Documents;
use crate::ports::Signer;
use crate::time::Timestamp;
use crate::vcdm::rules;

/// The members that are always shown.
const MANDATORY: [&str; 9] = [
    "issuer",
    "validFrom",
    "validUntil",
    "issuanceDate",
    "expirationDate",
    "credentialStatus",
    "credentialSchema",
    "termsOfUse",
    "refreshService",
];
const SUBJECT: &str = "credentialSubject";
/// Most JSON pointers of one request.
const MAX_POINTERS: usize = 256;

/// Prepares a credential of which the holder can show each claim or withhold it, but for those `always` shown, for its
/// issuer to sign by the P-256 key `verification_method`, a DID URL, with a proof of the moment `created`. What `always`
/// names and the credential does not say is passed over.
///
/// # Errors
/// [`IssueError::Document`].
pub fn issue_selectively(
    credential: Map<String, Value>,
    always: &[ClaimPath],
    verification_method: &str,
    created: Timestamp,
    (contexts, entropy): (&Arc<Contexts>, &dyn Entropy),
) -> Result<UnsignedDocument, IssueError> {
    let options = ProofOptions {
        cryptosuite: Cryptosuite::EcdsaSd2023,
        key_type: KeyType::P256,
        created: Some(created.to_rfc3339()),
        ..ProofOptions::new(verification_method, "assertionMethod")
    };
    let credential = Value::Object(credential);
    let mandatory = mandatory(&credential, always)?;
    let prepared = prepare_ecdsa_sd(credential, &options, &mandatory, (contexts, entropy))?;
    Ok(UnsignedDocument::new(prepared))
}

/// Secures a credential as [`issue_selectively`] does, with a `bbs-2023` proof by `key`, whose DID URL is
/// `verification_method`: shows of it have no signature in common.
///
/// # Errors
/// [`IssueError::Document`].
#[cfg(feature = "bbs")]
pub fn issue_by_bbs(
    credential: Map<String, Value>,
    always: &[ClaimPath],
    (verification_method, key): (&str, &jigap_keys::bbs::SecretKey),
    created: Timestamp,
    (contexts, entropy): (&Arc<Contexts>, &dyn Entropy),
) -> Result<Value, IssueError> {
    let options = ProofOptions {
        created: Some(created.to_rfc3339()),
        ..ProofOptions::new(verification_method, "assertionMethod")
    };
    let credential = Value::Object(credential);
    let mandatory = mandatory(&credential, always)?;
    let binding = (&mandatory[..], BbsBinding::None);
    Ok(sign_bbs(credential, &options, binding, key, contexts, entropy)?)
}

impl Securing<'_> {
    /// As [`Securing::secure`], in `ecdsa-sd-2023` whatever the cryptosuite: what the JSON pointers `mandatory` point at is in
    /// every show; without any, what a verifier must see.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn secure_selectively(
        self,
        credential: Map<String, Value>,
        pointers: &[String],
        signer: &dyn Signer,
        (contexts, entropy): (&Arc<Contexts>, &dyn Entropy),
    ) -> Result<Value, IssueError> {
        let Selected { document, mandatory, everything } = Selected::of(credential, pointers)?;
        let options = ProofOptions {
            cryptosuite: Cryptosuite::EcdsaSd2023,
            key_type: signer.public_key().key_type(),
            created: Some(self.created.to_rfc3339()),
            ..ProofOptions::new(self.verification_method, "assertionMethod")
        };
        let prepared = prepare_ecdsa_sd(document, &options, &mandatory, (contexts, entropy))?;
        let secured = UnsignedDocument::new(prepared).sign_with(signer).await?;
        let shown = derive_ecdsa_sd(with_last_proof(&secured), &everything, contexts)?;
        LdpVc::read(shown, contexts)?.verify(signer.public_key(), &Documents::new())?;
        Ok(secured)
    }

    /// The same in `bbs-2023`, by a key of that cryptosuite.
    ///
    /// # Errors
    /// [`IssueError`].
    #[cfg(feature = "bbs")]
    pub fn secure_by_bbs(
        self,
        credential: Map<String, Value>,
        pointers: &[String],
        key: &jigap_keys::bbs::SecretKey,
        (contexts, entropy): (&Arc<Contexts>, &dyn Entropy),
    ) -> Result<Value, IssueError> {
        let Selected { document, mandatory, everything } = Selected::of(credential, pointers)?;
        let options = ProofOptions {
            created: Some(self.created.to_rfc3339()),
            ..ProofOptions::new(self.verification_method, "assertionMethod")
        };
        let binding = (&mandatory[..], BbsBinding::None);
        let secured = sign_bbs(document, &options, binding, key, contexts, entropy)?;
        let shown = derived_by_bbs(with_last_proof(&secured), &everything, (contexts, entropy))?;
        LdpVc::read(shown, contexts)?.verify_by(&key.public().clone().into(), &Documents::new())?;
        Ok(secured)
    }
}

/// A credential that somebody hands over, and what of it is shown always, and what by whoever shows all of it.
struct Selected {
    document: Value,
    mandatory: Vec<Pointer>,
    everything: Vec<Pointer>,
}

impl Selected {
    fn of(mut credential: Map<String, Value>, pointers: &[String]) -> Result<Self, IssueError> {
        rules::check_credential(&credential)?;
        define_proof(&mut credential, Cryptosuite::EcdsaSd2023);
        let names = credential.keys().filter(|name| !["@context", "proof"].contains(&name.as_str()));
        let everything = names.map(|name| Pointer::from_steps([name])).collect::<Result<Vec<_>, _>>()?;
        let document = Value::Object(credential);
        let mandatory = if pointers.is_empty() { mandatory(&document, &[])? } else { parse(pointers)? };
        Ok(Self { document, mandatory, everything })
    }
}

/// A document as whoever is shown all of it reads it, with the proof that was made last: others are for those who made them
/// to answer for.
fn with_last_proof(secured: &Value) -> Value {
    let mut own = secured.clone();
    if let Some(Value::Array(proofs)) = own.get_mut("proof") {
        proofs.drain(..proofs.len().saturating_sub(1));
    }
    own
}

/// Shows of `document`, which has a base proof of `ecdsa-sd-2023`, what is mandatory and what these JSON pointers (RFC 6901)
/// point at.
///
/// # Errors
/// [`IssueError::Document`].
pub fn disclose_at(
    document: Value,
    pointers: &[String],
    contexts: &Arc<Contexts>,
) -> Result<Value, IssueError> {
    Ok(derive_ecdsa_sd(document, &parse(pointers)?, contexts)?)
}

/// The same of a document with a base proof of `bbs-2023`, with fresh randomness.
///
/// # Errors
/// [`IssueError::Document`].
#[cfg(feature = "bbs")]
pub fn disclose_by_bbs_at(
    document: Value,
    pointers: &[String],
    around: (&Arc<Contexts>, &dyn Entropy),
) -> Result<Value, IssueError> {
    Ok(derived_by_bbs(document, &parse(pointers)?, around)?)
}

fn parse(pointers: &[String]) -> Result<Vec<Pointer>, ProofError> {
    if pointers.len() > MAX_POINTERS {
        return Err(ProofError::TooComplex);
    }
    pointers.iter().map(|pointer| Pointer::parse(pointer)).collect()
}

fn mandatory(credential: &Value, always: &[ClaimPath]) -> Result<Vec<Pointer>, ProofError> {
    let mut pointers = Vec::new();
    for name in MANDATORY.into_iter().filter(|name| credential.get(name).is_some()) {
        pointers.push(Pointer::from_steps([name])?);
    }
    match credential.get(SUBJECT) {
        Some(Value::Array(subjects)) => {
            for (index, _) in subjects.iter().enumerate().filter(|(_, subject)| subject.get("id").is_some()) {
                pointers.push(Pointer::from_steps([SUBJECT, &index.to_string(), "id"])?);
            }
        }
        Some(subject) if subject.get("id").is_some() => pointers.push(Pointer::from_steps([SUBJECT, "id"])?),
        _ => {}
    }
    let mut found = Vec::new();
    always.iter().for_each(|claim| follow(credential, claim.steps(), &[], &mut found));
    for steps in found {
        pointers.push(Pointer::from_steps(steps)?);
    }
    Ok(pointers)
}

/// Whether the holder can withhold claims of `document`.
pub fn is_selective(document: &Value) -> bool {
    let proofs = SecuredDocument::from_value(document.clone()).and_then(|document| document.proofs());
    proofs.is_ok_and(|proofs| {
        proofs.iter().any(|proof| proof.suite() == Some(Cryptosuite::EcdsaSd2023) || is_bbs(proof))
    })
}

/// Whether a proof is of `bbs-2023`.
pub(super) fn is_bbs(proof: &Proof) -> bool {
    cfg!(feature = "bbs")
        && proof.proof_type() == "DataIntegrityProof"
        && proof.cryptosuite() == Some("bbs-2023")
}

/// What the issuer made mandatory.
fn mandatory_of(document: &Value) -> Result<Vec<Pointer>, ProofError> {
    #[cfg(feature = "bbs")]
    if let Ok(pointers) = bbs_mandatory(document) {
        return Ok(pointers);
    }
    ecdsa_sd_mandatory(document)
}

/// What every show of `document`, which [`is_selective`], tells, whatever is asked for.
pub fn always_shown(document: &Value) -> Vec<ClaimPath> {
    let step = |(here, step): (&[String], &String)| {
        let outer = Pointer::from_steps(here.to_vec()).ok()?;
        match outer.find(document)? {
            Value::Array(_) => step.parse().ok().map(PathStep::Index),
            _ => Some(PathStep::Key(step.clone())),
        }
    };
    let path = |pointer: &Pointer| {
        let steps = pointer.steps();
        let outer = (0..steps.len()).filter_map(|depth| steps.get(..depth));
        ClaimPath::new(outer.zip(steps).map(step).collect::<Option<_>>()?).ok()
    };
    mandatory_of(document).unwrap_or_default().iter().filter_map(path).collect()
}

/// Shows of `document`, which [`is_selective`], what is mandatory and what `claims` select. Arrays are sets here as in the
/// reading of documents: an index selects every element. Of a `bbs-2023` proof each show is made with fresh randomness.
///
/// # Errors
/// [`IssueError::Document`]: [`ProofError::Pointer`] for a claim that the document has not, or that lies in something signed as
/// a whole.
pub fn disclose(
    document: Value,
    claims: &[ClaimPath],
    (contexts, entropy): (&Arc<Contexts>, &dyn Entropy),
) -> Result<Value, IssueError> {
    let mut pointers = Vec::new();
    for claim in claims {
        let mut found = Vec::new();
        follow(&document, claim.steps(), &[], &mut found);
        if found.is_empty() {
            return Err(ProofError::Pointer.into());
        }
        pointers.extend(found);
    }
    let pointers: Vec<Pointer> = pointers.into_iter().map(Pointer::from_steps).collect::<Result<_, _>>()?;
    derived(document, &pointers, (contexts, entropy)).map_err(IssueError::from)
}

#[cfg(feature = "bbs")]
fn derived(
    document: Value,
    selective: &[Pointer],
    (contexts, entropy): (&Arc<Contexts>, &dyn Entropy),
) -> Result<Value, ProofError> {
    if SecuredDocument::from_value(document.clone())?.proofs()?.iter().any(is_bbs) {
        derived_by_bbs(document, selective, (contexts, entropy))
    } else {
        derive_ecdsa_sd(document, selective, contexts)
    }
}

#[cfg(feature = "bbs")]
fn derived_by_bbs(
    document: Value,
    selective: &[Pointer],
    (contexts, entropy): (&Arc<Contexts>, &dyn Entropy),
) -> Result<Value, ProofError> {
    // What binds the show to a request is the proof of the presentation that it goes into.
    let mut header = [0; 32];
    entropy.fill(&mut header);
    let disclosure = BbsDisclosure { selective, presentation_header: &header, ..BbsDisclosure::default() };
    derive_bbs(&SecuredDocument::from_value(document)?, &disclosure, contexts, entropy)
}

#[cfg(not(feature = "bbs"))]
fn derived(
    document: Value,
    selective: &[Pointer],
    (contexts, _): (&Arc<Contexts>, &dyn Entropy),
) -> Result<Value, ProofError> {
    derive_ecdsa_sd(document, selective, contexts)
}

/// The ways to what `steps` select from `value`, which lies at `here`.
fn follow(value: &Value, steps: &[PathStep], here: &[String], found: &mut Vec<Vec<String>>) {
    let at = |step: String| [here, &[step]].concat();
    match (value, steps.split_first()) {
        (_, None) => found.push(here.to_vec()),
        (Value::Array(items), Some((step, rest))) => {
            let rest = if matches!(step, PathStep::Key(_)) { steps } else { rest };
            for (index, item) in items.iter().enumerate() {
                follow(item, rest, &at(index.to_string()), found);
            }
        }
        (Value::Object(members), Some((PathStep::Key(name), rest))) => {
            if let Some(value) = members.get(name) {
                follow(value, rest, &at(name.clone()), found);
            }
        }
        // A lone value is a set of one.
        (_, Some((PathStep::Index(_) | PathStep::All, rest))) => follow(value, rest, here, found),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use jigap_keys::PrivateKey;
    use serde_json::json;

    use super::*;
    use crate::did;
    use crate::testing::Repeatable;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn contexts() -> Arc<Contexts> {
        Arc::new(Contexts::known().with_examples())
    }

    fn party(seed: u64) -> (PrivateKey, String) {
        let key = PrivateKey::generate(KeyType::P256, &Repeatable::new(seed));
        let did = did::jwk_did(key.public());
        (key, did)
    }

    fn issued() -> Value {
        issued_with(&[])
    }

    fn issued_with(always: &[ClaimPath]) -> Value {
        let (key, did) = party(1);
        let document = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
            "type": ["VerifiableCredential", "StudentCard"], "issuer": did,
            "validFrom": "2026-01-01T00:00:00Z", "validUntil": "2028-01-01T00:00:00Z",
            "credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"},
            "credentialSubject": {
                "id": party(2).1, "familyName": "지", "givenName": "갑", "courses": ["one", "two"], "school": {"city": "서울"}
            },
        });
        let document = document.as_object().cloned().unwrap();
        let (method, by) = (format!("{did}#0"), &contexts());
        let unsigned = issue_selectively(document, always, &method, NOW, (by, &Repeatable::new(3)));
        unsigned.unwrap().sign(&key).unwrap()
    }

    fn shown(paths: &[&[PathStep]]) -> Result<Value, IssueError> {
        let claims: Vec<ClaimPath> =
            paths.iter().map(|steps| ClaimPath::new(steps.to_vec()).unwrap()).collect();
        disclose(issued(), &claims, (&contexts(), &Repeatable::new(4)))
    }

    fn key(name: &str) -> PathStep {
        PathStep::Key(name.to_owned())
    }

    #[test]
    fn what_is_asked_for_is_shown_and_judged_and_nothing_else() {
        let shown = shown(&[
            &[key(SUBJECT), key("givenName")],
            &[key(SUBJECT), key("courses"), PathStep::All],
            &[key(SUBJECT), key("school"), key("city")],
        ]);
        let shown = shown.unwrap();
        assert!(is_selective(&shown) && is_selective(&issued()) && !is_selective(&json!({})));
        assert!(!shown.to_string().contains("familyName"));
        let credential = LdpVc::read(shown, &contexts()).unwrap();
        let verified = credential.verify(party(1).0.public(), &Documents::new()).unwrap();
        assert_eq!(verified.subject(), Some(party(2).1.as_str()));
        assert!(verified.status().is_some() && verified.period().1.is_some());
        let subject = &verified.credential()[SUBJECT];
        assert_eq!((&subject["givenName"], &subject["school"]["city"]), (&json!("갑"), &json!("서울")));
        assert_eq!(subject["courses"], json!(["one", "two"]));
        assert_eq!(subject.get("familyName"), None);
    }

    #[test]
    fn what_every_verifier_must_see_is_shown_when_nothing_is_asked_for() {
        let shown = shown(&[]).unwrap();
        let paths = always_shown(&issued());
        assert!(paths.iter().any(|path| path.steps() == [key(SUBJECT), key("id")]) && paths.len() == 5);
        for name in ["issuer", "type", "validFrom", "validUntil", "credentialStatus"] {
            assert_eq!(shown[name], issued()[name], "{name}");
            let mut less = shown.clone();
            less.as_object_mut().unwrap().remove(name);
            let verified = LdpVc::read(less, &contexts()).unwrap();
            assert!(verified.verify(party(1).0.public(), &Documents::new()).is_err(), "{name}");
        }
    }

    #[test]
    fn what_the_issuer_leaves_open_is_shown_when_nothing_is_asked_for() {
        let path = |steps: &[PathStep]| ClaimPath::new(steps.to_vec()).unwrap();
        let always = [
            path(&[key(SUBJECT), key("school")]),
            path(&[key(SUBJECT), key("courses"), PathStep::All]),
            path(&[key(SUBJECT), key("nickname")]),
        ];
        let shown = disclose(issued_with(&always), &[], (&contexts(), &Repeatable::new(4))).unwrap();
        let subject = &shown[SUBJECT];
        assert_eq!(
            (&subject["school"]["city"], &subject["courses"]),
            (&json!("서울"), &json!(["one", "two"]))
        );
        assert_eq!((subject.get("familyName"), subject.get("givenName")), (None, None));
        let mut less = shown.clone();
        less[SUBJECT].as_object_mut().unwrap().remove("courses");
        assert!(
            LdpVc::read(shown, &contexts()).unwrap().verify(party(1).0.public(), &Documents::new()).is_ok()
        );
        assert!(
            LdpVc::read(less, &contexts()).unwrap().verify(party(1).0.public(), &Documents::new()).is_err()
        );
    }

    #[test]
    fn a_claim_that_is_not_there_and_a_base_proof_are_refused() {
        let refused = shown(&[&[key(SUBJECT), key("nickname")]]);
        assert_eq!(refused, Err(IssueError::Document(ProofError::Pointer)));
        let base = LdpVc::read(issued(), &contexts()).unwrap();
        assert!(base.verify(party(1).0.public(), &Documents::new()).is_err());
    }
}
