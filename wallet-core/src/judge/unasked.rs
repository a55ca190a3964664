//! Verdicts that ask about proof and status and not about trust ([`Scope::ProofAndStatus`]): whoever issued a credential is
//! taken for one who may. For services that are asked about documents as such (W3C's VC API), never for a gate: such a
//! verdict is never [`accepted`](Verdict::accepted), it only [`holds`](Verdict::holds).
//!
//! Everything else is judged as ever, by the same steps: the issuer's key is one of the DID that the credential names,
//! made for assertions; the proof holds; the period; the status, and by whom its list is signed. An issuer that is not a DID
//! has no key here (`V-06`).
//!
//! A presentation may hold any number of credentials, whoever they are about: what its proof says is that its holder showed
//! these documents, and each is judged for itself.

use serde_json::Value;

use super::{Judge, Policy, Presented};
use crate::contexts::Contexts;
use crate::documents::{Documents, Need};
#[cfg(feature = "ldp")]
use crate::ldp::ShownDocuments;
use crate::sdjwt;
use crate::time::Timestamp;
use crate::trust::TrustList;
use crate::vcjwt::ShownTokens;
#[cfg(not(feature = "ldp"))]
use crate::verdict::Reason;
use crate::verdict::{Findings, Refusal, Scope, Verdict, checks};

#[cfg(not(feature = "ldp"))]
const NO_PRESENTATION: Reason =
    Reason::new("not-a-presentation", "it is not a presentation", "제출물이 아닙니다");

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
    /// Trusts whom the credential names, for what it is.
    trust: TrustList,
}

/// What a presentation must answer, as far as its asker says.
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
    Tokens(Box<ShownTokens>),
}

impl<'c> Unasked<'c> {
    /// Reads a credential: a document, a document that is an envelope, or the text of a token.
    pub fn credential(self, value: Value) -> UnaskedCredential<'c> {
        let described = super::format::of_value(&value, self.contexts).ok();
        let described = described.map(|credential| credential.described().clone());
        let (issuer, types) = described.map(|it| (it.issuer, it.types)).unwrap_or_default();
        let trust = TrustList::dangerous_of_one(issuer.as_deref().unwrap_or_default(), types, self.now);
        UnaskedCredential { how: self, value, trust }
    }

    /// Reads a presentation: a document, with or without a proof, a document that is an envelope, or the text of a token.
    pub fn presentation(self, value: &Value) -> UnaskedPresentation<'c> {
        let shown = self.shown(value);
        let credentials = match &shown {
            Ok(shown) => shown.credentials().into_iter().map(|one| self.credential(one)).collect(),
            Err(_) => Vec::new(),
        };
        UnaskedPresentation { how: self, shown, credentials }
    }

    fn shown(self, value: &Value) -> Result<Shown, Refusal> {
        if let Some(token) = super::format::token(value) {
            return ShownTokens::read(token).map(Box::new).map(Shown::Tokens);
        }
        #[cfg(feature = "ldp")]
        return ShownDocuments::read(value.clone(), self.contexts.for_data_integrity())
            .map(Box::new)
            .map(Shown::Documents);
        #[cfg(not(feature = "ldp"))]
        Err(checks::TOKEN_TYPE.refuse(NO_PRESENTATION))
    }
}

impl UnaskedCredential<'_> {
    /// What must be fetched before it can be judged; see [`Presented::needs`].
    pub fn needs(&self, documents: &Documents) -> Vec<Need> {
        self.presented().needs(documents)
    }

    /// Judges it.
    pub fn judge(&self, documents: &Documents) -> Verdict {
        self.presented().judge_credential(documents)
    }

    fn presented(&self) -> Presented<'_> {
        let Unasked { contexts, now, policy } = self.how;
        let judge =
            Judge { trust: &self.trust, contexts, now, policy, session: None, scope: Scope::ProofAndStatus };
        Presented::new(judge, super::format::of_value(&self.value, contexts))
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
        let held = held.and_then(|shown| shown.verify(asked, now, documents));
        findings.record(checks::HOLDER_PROOF, held);
        // A key binding JWT within would be taken for looked at.
        if self.credentials.iter().any(|one| one.presented().key_bound) {
            findings.refuse(sdjwt::key_bound());
        }
        let judged = self.credentials.iter().map(|one| one.presented().judge(None, documents).credential);
        Verdict::new(Scope::ProofAndStatus, now, findings.into_vec(), judged.collect())
    }
}

impl Shown {
    fn credentials(&self) -> Vec<Value> {
        match self {
            #[cfg(feature = "ldp")]
            Self::Documents(shown) => shown.credentials().to_vec(),
            Self::Tokens(shown) => shown.credentials().into_iter().map(Value::from).collect(),
        }
    }

    fn needs(&self, documents: &Documents) -> Vec<Need> {
        match self {
            #[cfg(feature = "ldp")]
            Self::Documents(shown) => shown.needs(documents),
            Self::Tokens(shown) => shown.needs(documents),
        }
    }

    fn verify(&self, asked: Challenge<'_>, now: Timestamp, documents: &Documents) -> Result<(), Refusal> {
        match self {
            #[cfg(feature = "ldp")]
            Self::Documents(shown) => shown.verify((asked.challenge, asked.domain), now, documents),
            Self::Tokens(shown) => shown.verify((asked.challenge, asked.domain), now, documents),
        }
    }
}
