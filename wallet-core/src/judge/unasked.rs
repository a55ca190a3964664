//! Verdicts that ask about proof and status and not about trust ([`Scope::ProofAndStatus`]): whoever issued a credential is
//! taken for one who may. For services that are asked about documents as such (W3C's VC API), never for a gate: such a
//! verdict is never [`accepted`](Verdict::accepted), it only [`holds`](Verdict::holds).
//!
//! Everything else is judged as ever, by the same steps: the issuer's key is one of the DID that the credential names,
//! made for assertions; the proof holds; the period; the status, and by whom its list is signed. An issuer that is not a DID
//! has no key here (`V-06`). What would say something about trust, `V-05` and `V-06`, is noted only where it refuses.
//!
//! A presentation may hold any number of credentials, whoever they are about: what its proof says is that its holder showed
//! these documents, and each is judged for itself. `V-11` says there that it verifies by a key of its holder, who need not be
//! whom an issuer bound; without a proof nothing is noted of one.
//!
//! A credential is for everybody, unless its asker says a challenge or a domain: then each of its proofs names that one
//! (VC-DATA-INTEGRITY §4.4), and whatever has no such proof is refused (`V-13`, `V-12`). Nothing answers an empty one.

use jigap_keys::PublicKey;
use serde_json::Value;

use super::format::{self, Malformed, Token, Unproven};
use super::shown::Shown as Signed;
use super::{Judge, Policy, Presented};
use crate::contexts::Contexts;
use crate::dcql::Format;
use crate::did::{self, Did, DidUrl, Purpose};
use crate::documents::{Documents, Need};
#[cfg(feature = "ldp")]
use crate::ldp::ShownDocuments;
use crate::sdjwt::KeyBindingRequest;
use crate::time::{Seconds, Timestamp};
use crate::trust::TrustList;
use crate::vcdm::envelope::Enclosed;
use crate::verdict::{Check, Findings, Reason, Refusal, Scope, Verdict, checks};

#[cfg(not(feature = "ldp"))]
const NO_PRESENTATION: Reason =
    Reason::new("not-a-presentation", "it is not a presentation", "제출물이 아닙니다");

const NO_KEY: Reason = Reason::new(
    "vp-key-unknown",
    "the presentation names no key of its holder that is known",
    "제출물이 밝힌 소지자의 키를 알 수 없습니다",
);

const OTHER_CHALLENGE: Reason = Reason::new(
    "credential-challenge",
    "not every proof of the credential is for this challenge, or it has none that could be",
    "증명서의 증명이 모두 이 challenge에 답한 것은 아니거나, 답할 수 있는 증명이 없습니다",
);
const OTHER_DOMAIN: Reason = Reason::new(
    "credential-domain",
    "not every proof of the credential is for this domain, or it has none that could be",
    "증명서의 증명이 모두 이 domain에 낸 것은 아니거나, 낼 수 있는 증명이 없습니다",
);

/// How such documents are judged.
#[derive(Debug, Clone, Copy)]
pub struct Unasked<'c> {
    /// The contexts that types are expanded by.
    pub contexts: &'c Contexts,
    /// When.
    pub now: Timestamp,
    /// What is put up with.
    pub policy: Policy,
}

/// A credential on its own.
pub struct UnaskedCredential<'c> {
    how: Unasked<'c>,
    value: Value,
    /// Whether it stands in a signed presentation: where a text is a JWT, and nothing else (VJ-13).
    enclosed: bool,
    /// Trusts whom the credential names, for what it is.
    trust: TrustList,
}

/// What a presentation, or a credential, must answer, as far as its asker says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Challenge<'a> {
    /// The request (`challenge`, `nonce`).
    pub challenge: Option<&'a str>,
    /// The audience (`domain`, `aud`).
    pub domain: Option<&'a str>,
}

/// A presentation of any number of credentials.
pub struct UnaskedPresentation<'c> {
    how: Unasked<'c>,
    shown: Result<Shown, Refusal>,
    credentials: Vec<UnaskedCredential<'c>>,
}

enum Shown {
    #[cfg(feature = "ldp")]
    Documents(Box<ShownDocuments>),
    Tokens(Box<Signed>),
}

impl<'c> Unasked<'c> {
    /// Reads a credential: a document, a document that is an envelope, or the text of a token.
    pub fn credential(self, value: Value) -> UnaskedCredential<'c> {
        self.standing(value, false)
    }

    fn standing(self, value: Value, enclosed: bool) -> UnaskedCredential<'c> {
        let described = read(&value, enclosed, self.contexts).ok();
        let described = described.map(|credential| credential.described().clone());
        let (issuer, types) = described.map(|it| (it.issuer, it.types)).unwrap_or_default();
        let trust = TrustList::dangerous_of_one(issuer.as_deref().unwrap_or_default(), types, self.now);
        UnaskedCredential { how: self, value, enclosed, trust }
    }

    /// Reads a presentation: a document, with or without a proof, a document that is an envelope, or the text of a token.
    pub fn presentation(self, value: &Value) -> UnaskedPresentation<'c> {
        let shown = self.shown(value);
        let credentials = match &shown {
            Ok(shown) => {
                let enclosed = matches!(shown, Shown::Tokens(_));
                shown.credentials().into_iter().map(|one| self.standing(one, enclosed)).collect()
            }
            Err(_) => Vec::new(),
        };
        UnaskedPresentation { how: self, shown, credentials }
    }

    fn shown(self, value: &Value) -> Result<Shown, Refusal> {
        let signed = match Token::of(value) {
            Some(Token::Text(text)) => Some(format::presentation_text(text)),
            Some(Token::Enveloped(envelope)) => Some(format::presentation(&envelope)),
            None => None,
        };
        if let Some(signed) = signed {
            return signed.map(Box::new).map(Shown::Tokens);
        }
        #[cfg(feature = "ldp")]
        return ShownDocuments::read(value.clone(), self.contexts.for_data_integrity())
            .map(Box::new)
            .map(Shown::Documents);
        #[cfg(not(feature = "ldp"))]
        Err(checks::TOKEN_TYPE.refuse(NO_PRESENTATION))
    }
}

/// Reads a credential: on its own, or as it stands in a signed presentation.
fn read(value: &Value, enclosed: bool, contexts: &Contexts) -> Result<Box<dyn Unproven>, Malformed> {
    match Enclosed::read(value).filter(|_| enclosed) {
        Some(one) => format::of_enclosed(one, contexts)
            .map_err(|refusal| Malformed { format: Format::JwtVcJson, refusal }),
        None => format::of_value(value, contexts),
    }
}

impl UnaskedCredential<'_> {
    /// What must be fetched before it can be judged; see [`Presented::needs`].
    pub fn needs(&self, documents: &Documents) -> Vec<Need> {
        self.presented().needs(documents)
    }

    /// Judges it as a credential for everybody.
    pub fn judge(&self, documents: &Documents) -> Verdict {
        self.judge_for(Challenge::default(), documents)
    }

    /// Judges it as an answer to `asked`, where anything was asked: only what holds is looked at for that.
    pub fn judge_for(&self, asked: Challenge<'_>, documents: &Documents) -> Verdict {
        let (presented, mut findings) = (self.presented(), Findings::default());
        let unlooked = presented.unlooked;
        if let Some(refusal) = unlooked {
            findings.refuse(refusal);
        }
        let judged = presented.judge((None, None), documents);
        if judged.accepted && unlooked.is_none() {
            self.require_challenge(asked, &mut findings);
            self.require_domain(asked, &mut findings);
        }
        Verdict::new(Scope::ProofAndStatus, self.how.now, findings.into_vec(), vec![judged.credential])
    }

    fn require_challenge(&self, asked: Challenge<'_>, findings: &mut Findings) {
        let Some(asked) = asked.challenge else { return };
        let same = |proof: &Value| proof.get("challenge").is_some_and(|challenge| challenge == asked);
        let answers = (!asked.is_empty() && self.each_proof(same)).then_some(());
        findings.record(checks::NONCE, answers.ok_or(checks::NONCE.refuse(OTHER_CHALLENGE)));
    }

    fn require_domain(&self, asked: Challenge<'_>, findings: &mut Findings) {
        let Some(asked) = asked.domain else { return };
        let same = |proof: &Value| match proof.get("domain") {
            Some(Value::String(one)) => one == asked,
            Some(Value::Array(many)) => matches!(many.as_slice(), [one] if one == asked),
            _ => false,
        };
        let answers = (!asked.is_empty() && self.each_proof(same)).then_some(());
        findings.record(checks::AUDIENCE, answers.ok_or(checks::AUDIENCE.refuse(OTHER_DOMAIN)));
    }

    /// Whether it has Data Integrity proofs, and this is so of each. A token has none: what stands beside it in its envelope
    /// nobody signed.
    fn each_proof(&self, is_so: impl Fn(&Value) -> bool) -> bool {
        match self.value.get("proof").filter(|_| Token::of(&self.value).is_none()) {
            Some(Value::Array(proofs)) => !proofs.is_empty() && proofs.iter().all(is_so),
            Some(proof) => is_so(proof),
            None => false,
        }
    }

    fn presented(&self) -> Presented<'_> {
        let Unasked { contexts, now, policy } = self.how;
        let judge = Judge {
            trust: &self.trust,
            contexts,
            now,
            policy,
            session: None,
            authorization: None,
            scope: Scope::ProofAndStatus,
        };
        Presented::new(judge, read(&self.value, self.enclosed, contexts))
    }
}

impl UnaskedPresentation<'_> {
    /// What must be fetched before it can be judged.
    pub fn needs(&self, documents: &Documents) -> Vec<Need> {
        let of_holder = self.shown.as_ref().map(|shown| shown.needs(documents)).unwrap_or_default();
        let of_credentials = self.credentials.iter().flat_map(|credential| credential.needs(documents));
        of_holder.into_iter().chain(of_credentials).collect()
    }

    /// Judges the presentation's proof as an answer to `asked`, and each credential. Without a proof there is nothing that
    /// answers: it is refused where anything was asked, and else judged by its credentials alone.
    pub fn judge(&self, asked: Challenge<'_>, documents: &Documents) -> Verdict {
        let mut findings = Findings::default();
        let now = self.how.now;
        let held = self.shown.as_ref().map_err(|refusal| *refusal);
        match held.and_then(|shown| shown.verify(asked, self.how, documents).map(|()| shown.has_proof())) {
            Ok(true) => asked.checks().for_each(|check| findings.pass(check)),
            Ok(false) => {}
            Err(refusal) => findings.refuse(refusal),
        }
        if let Some(refusal) = self.credentials.iter().find_map(|one| one.presented().unlooked) {
            findings.refuse(refusal);
        }
        let judged =
            self.credentials.iter().map(|one| one.presented().judge((None, None), documents).credential);
        Verdict::new(Scope::ProofAndStatus, now, findings.into_vec(), judged.collect())
    }
}

impl Challenge<'_> {
    /// What holds of a proof that was verified as an answer to it.
    fn checks(self) -> impl Iterator<Item = Check> {
        let nonce = self.challenge.map(|_| checks::NONCE);
        let audience = self.domain.map(|_| checks::AUDIENCE);
        [checks::PURPOSE, checks::HOLDER_PROOF].into_iter().chain(nonce).chain(audience)
    }
}

impl Shown {
    /// Whether there is anything that a holder signed: always, but for a document without a proof.
    const fn has_proof(&self) -> bool {
        match self {
            #[cfg(feature = "ldp")]
            Self::Documents(shown) => shown.has_proof(),
            Self::Tokens(_) => true,
        }
    }

    fn credentials(&self) -> Vec<Value> {
        match self {
            #[cfg(feature = "ldp")]
            Self::Documents(shown) => shown.credentials().to_vec(),
            Self::Tokens(shown) => shown.entries(),
        }
    }

    fn needs(&self, documents: &Documents) -> Vec<Need> {
        match self {
            #[cfg(feature = "ldp")]
            Self::Documents(shown) => shown.needs(documents),
            Self::Tokens(shown) => {
                holder(shown).and_then(|did| did::needs(&did, documents)).into_iter().collect()
            }
        }
    }

    /// Verifies its proof as the answer to a challenge and a domain, each where it was asked for; however long ago it was
    /// made.
    fn verify(&self, asked: Challenge<'_>, how: Unasked<'_>, documents: &Documents) -> Result<(), Refusal> {
        let request = KeyBindingRequest {
            audience: asked.domain.unwrap_or_default(),
            nonce: asked.challenge.unwrap_or_default(),
            now: how.now,
            max_age: Seconds(u32::MAX),
            skew: how.policy.clock_skew,
        };
        let asked = (asked.challenge.is_some(), asked.domain.is_some());
        match self {
            #[cfg(feature = "ldp")]
            Self::Documents(shown) => shown.verify(&request, asked, documents),
            Self::Tokens(shown) => {
                let key = holders_key(shown, documents).ok_or(checks::HOLDER_PROOF.refuse(NO_KEY))?;
                shown.verify(&key, &request, asked).map(drop)
            }
        }
    }
}

/// Whom a signed presentation says signed it.
fn holder(shown: &Signed) -> Option<Did> {
    let named = shown.kid().and_then(|kid| DidUrl::parse(&kid).ok());
    match (named, shown.unverified_holder().map(|holder| Did::parse(&holder))) {
        (Some(url), Some(Ok(holder))) => (*url.did() == holder).then_some(holder),
        (Some(url), None) => Some(url.did().clone()),
        (None, Some(Ok(holder))) => Some(holder),
        _ => None,
    }
}

fn holders_key(shown: &Signed, documents: &Documents) -> Option<PublicKey> {
    let did = holder(shown)?;
    match shown.kid().map(|kid| DidUrl::parse(&kid)) {
        Some(Ok(url)) => did::method_key(&url, Purpose::Authentication, documents).ok(),
        _ => {
            let document = did::resolve(&did, documents).ok()?;
            let mut methods = document.methods(Purpose::Authentication);
            let only = methods.next().filter(|_| methods.next().is_none())?;
            document.verification_key(only.id(), Purpose::Authentication).ok()
        }
    }
}
