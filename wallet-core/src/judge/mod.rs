//! The judge: bytes, documents, `now`, audience and nonce in, a [`Verdict`] out. It never waits and never fetches.
//!
//! A [`Judge`] stands at one moment, with one trust list and one policy. It reads what was presented into a
//! [`Presented`] or a [`Response`], which names what it [`needs`](Response::needs) from outside: fetch that, put the
//! answers into [`Documents`], and ask again until it names nothing; then judge. A need that could not be met stays unmet:
//! the checks that wanted it refuse. What was presented is parsed once, and its issuer's signature verified once: as soon
//! as the issuer's key is known.
//!
//! Order of judging (each step notes its check): form, type and algorithm; trust list; the issuer's key; its signature;
//! what the format has for what was signed; period; status; the holder's proof; the query. What comes after a broken step
//! and depends on it is noted as not judged.
//!
//! `format` recognises formats and says what each has to do; `steps` does what they share.

mod backing;
mod enclosed;
mod format;
mod holder;
mod issuer;
mod jwt_vc;
#[cfg(feature = "ldp")]
mod ldp_vc;
mod mso_mdoc;
mod policy;
mod sd_jwt_vc;
mod shown;
mod status;
mod steps;
mod unasked;

use std::collections::BTreeMap;
use std::fmt;

pub use backing::{Backing, ListName, Place, Signer, SignerStanding};
pub use policy::{Asked, Policy};
use serde_json::Value;
pub use unasked::{Challenge, Unasked, UnaskedCredential, UnaskedPresentation};

use self::format::{Described, Malformed, Proven, UNREAD, Unproven};
use self::policy::Evidence;
use self::steps::Case;
use crate::claims::ThinnedArray;
use crate::contexts::Contexts;
use crate::dcql::{self, Authority, Candidate, CredentialQuery, Format, Query};
use crate::did::ProofKey;
use crate::documents::{Documents, Need};
use crate::mdoc::Session;
use crate::sdjwt;
use crate::time::Timestamp;
use crate::trust::{TrustEntry, TrustList};
use crate::verdict::{Findings, JudgedCredential, Reason, Refusal, Scope, Verdict, checks};
use crate::vp::{Authorization, Authorized};

const OTHERS_REFUSED: Reason = Reason::new(
    "credential-refused",
    "a credential was refused, so the query is not judged",
    "거절된 증명서가 있어 질의를 판단하지 않았습니다",
);

/// Who judges: when, whom to trust, and what to put up with.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'t> {
    trust: &'t TrustList,
    contexts: &'t Contexts,
    now: Timestamp,
    policy: Policy,
    session: Option<Session<'t>>,
    authorization: Option<&'t Authorization>,
    /// Whether its verdicts can open a gate.
    scope: Scope,
}

impl<'t> Judge<'t> {
    /// A judge who believes `trust`, at the moment `now`.
    pub fn new(trust: &'t TrustList, now: Timestamp, policy: Policy) -> Self {
        let contexts = Contexts::built_in();
        Self { trust, contexts, now, policy, session: None, authorization: None, scope: Scope::Full }
    }

    /// The same who expands types by `contexts` instead of the built-in ones.
    pub const fn with_contexts(self, contexts: &'t Contexts) -> Self {
        Self { contexts, ..self }
    }

    /// Whether it is asked who may issue what: otherwise nothing is said of it.
    fn asks_for_trust(&self) -> bool {
        self.scope == Scope::Full
    }

    /// The same for what was asked in `session`: without, no proof of a device holds, since it is over the whole session.
    pub const fn in_session(self, session: Session<'t>) -> Self {
        Self { session: Some(session), ..self }
    }

    /// The same for a request that wants something authorized: who presents signs its hash (`V-19`).
    pub const fn authorizing(self, authorization: Option<&'t Authorization>) -> Self {
        Self { authorization, ..self }
    }

    /// Reads the text of one credential or presentation: a compact serialization, or a JSON-LD document.
    pub fn read(self, text: &str) -> Presented<'t> {
        Presented::new(self, format::of_text(text, self.contexts))
    }

    /// Reads the presentations of a VP Token (OpenID4VP 1.0 §8.1), by credential query id: strings and JSON-LD documents.
    /// Refuses (`V-18`) what answers something that was not asked, or oftener than asked: nothing is fetched for it.
    pub fn read_response<'q>(
        self,
        presentations: &BTreeMap<String, Vec<Value>>,
        query: &'q Query,
    ) -> Result<Response<'t, 'q>, Refusal> {
        dcql::check_shape(query, presentations.iter().map(|(id, entries)| (id.as_str(), entries.len())))?;
        let read = |value: &Value| Presented::new(self, format::of_value(value, self.contexts));
        let presented = presentations
            .iter()
            .flat_map(|(id, entries)| entries.iter().map(move |entry| (id.clone(), read(entry))))
            .collect();
        Ok(Response { judge: self, query, presented })
    }
}

/// One credential or presentation as it came, parsed once. Its issuer's signature is verified once.
pub struct Presented<'t> {
    judge: Judge<'t>,
    /// What refuses it where no holder's proof is looked at.
    unlooked: Option<Refusal>,
    state: State<'t>,
}

enum State<'t> {
    /// It breaks the form of the format that it seems to be of.
    Malformed(Malformed),
    /// Its issuer's key is not known, or not yet.
    Unproven(Box<dyn Unproven>),
    /// The key of its trusted issuer is known, and the proof was tried with it.
    Tried { described: Described, issuer: Box<Issuer<'t>>, tried: Result<Box<dyn Proven>, Refusal> },
}

/// The trusted issuer of a credential, and the key that was found for it by its entry's mechanism.
struct Issuer<'t> {
    entry: &'t TrustEntry,
    key: ProofKey,
}

const SHOWN: Reason = Reason::new(
    "presented-not-issued",
    "it is a presentation, where a credential is asked for as its issuer handed it out",
    "발급자가 준 그대로의 증명서를 묻는 자리에 제출물이 왔습니다",
);

/// What refuses `credential` where a holder's proof is not looked at: it would be taken for looked at.
fn unlooked(credential: &dyn Unproven) -> Option<Refusal> {
    if credential.has_key_binding() {
        return Some(sdjwt::key_bound());
    }
    credential.is_presented().then(|| checks::TOKEN_TYPE.refuse(SHOWN))
}

impl<'t> Presented<'t> {
    fn new(judge: Judge<'t>, read: Result<Box<dyn Unproven>, Malformed>) -> Self {
        let unlooked = read.as_ref().ok().and_then(|credential| unlooked(&**credential));
        let state = read.map_or_else(State::Malformed, State::Unproven);
        Self { judge, unlooked, state }
    }

    /// What must be fetched before it can be judged, as far as is known: ask again with what was brought.
    ///
    /// Nothing is fetched for an issuer who is not trusted, and no status list before the issuer's signature verified:
    /// nobody else makes us fetch.
    pub fn needs(&mut self, documents: &Documents) -> Vec<Need> {
        self.try_proof(documents);
        match &self.state {
            State::Unproven(credential) => {
                let needs = issuer::needs(self.judge, &**credential, documents);
                if needs.is_empty() { self.proof_needs(documents) } else { needs }
            }
            State::Tried { issuer, tried: Ok(proven), .. } => {
                let Judge { trust, contexts, now, .. } = self.judge;
                let evidence = Evidence { trust, documents, contexts };
                let mut needs = proven.holder_needs(documents);
                needs.extend(status::needs(&**proven, issuer.entry, &evidence, now));
                needs
            }
            State::Malformed(_) | State::Tried { .. } => Vec::new(),
        }
    }

    /// Judges it as a credential as an issuer hands it out: no holder's proof is asked for, and one that nobody would look at
    /// is refused: a key binding JWT (`SD-11`), a presentation (`V-01`).
    pub fn judge_credential(self, documents: &Documents) -> Verdict {
        let (Judge { now, scope, .. }, mut findings) = (self.judge, Findings::default());
        if let Some(refusal) = self.unlooked {
            findings.refuse(refusal);
        }
        Verdict::new(scope, now, findings.into_vec(), vec![self.judge((None, None), documents).credential])
    }

    /// Judges it as a presentation that must answer `asked`.
    pub fn judge_presentation(self, asked: &Asked<'_>, documents: &Documents) -> Verdict {
        let Judge { now, scope, .. } = self.judge;
        Verdict::new(scope, now, Vec::new(), vec![self.judge((Some(asked), None), documents).credential])
    }

    /// What proofs beside the issuer's want, once the key of its trusted issuer is known.
    fn proof_needs(&self, documents: &Documents) -> Vec<Need> {
        let State::Unproven(credential) = &self.state else { return Vec::new() };
        let found = issuer::find(self.judge, &**credential, documents);
        let key = found.key.and_then(Result::ok);
        key.map_or_else(Vec::new, |key| credential.proof_needs(&key, documents))
    }

    /// Tries the proof as soon as the key of its trusted issuer is known, and what other proofs want is there.
    fn try_proof(&mut self, documents: &Documents) {
        let State::Unproven(credential) = &self.state else { return };
        let found = issuer::find(self.judge, &**credential, documents);
        let (Ok(entry), Some(Ok(key))) = (found.entry, found.key) else { return };
        if !credential.proof_needs(&key, documents).is_empty() {
            return;
        }
        let described = credential.described().clone();
        if let State::Unproven(credential) = std::mem::replace(&mut self.state, State::Malformed(UNREAD)) {
            let tried = credential.prove(&key, documents);
            self.state = State::Tried { described, issuer: Box::new(Issuer { entry, key }), tried };
        }
    }

    /// Who certifies its issuer, where its proof holds.
    fn authorities(&mut self, documents: &Documents) -> Vec<Authority> {
        self.try_proof(documents);
        let State::Tried { issuer, tried: Ok(proven), .. } = &self.state else { return Vec::new() };
        issuer::authorities(issuer.entry, proven.certificates(), self.judge.now)
    }

    fn judge(
        mut self,
        (asked, authorized): (Option<&Asked<'_>>, Option<&Authorized>),
        documents: &Documents,
    ) -> Subject {
        self.try_proof(documents);
        let case = Case { judge: self.judge, asked, authorized, documents };
        match self.state {
            State::Malformed(malformed) => malformed.into_subject(),
            State::Unproven(credential) => steps::of_stranger(case, credential),
            State::Tried { described, issuer, tried } => steps::of_trusted(case, (described, &issuer), tried),
        }
    }
}

/// The answer to a query, read and not yet judged.
pub struct Response<'t, 'q> {
    judge: Judge<'t>,
    query: &'q Query,
    presented: Vec<(String, Presented<'t>)>,
}

impl Response<'_, '_> {
    /// What must be fetched before it can be judged; see [`Presented::needs`].
    pub fn needs(&mut self, documents: &Documents) -> Vec<Need> {
        self.presented.iter_mut().flat_map(|(_, presented)| presented.needs(documents)).collect()
    }

    /// Judges each presentation, and whether they satisfy the query.
    pub fn judge(self, asked: &Asked<'_>, documents: &Documents) -> Verdict {
        let (query, Judge { now, scope, .. }) = (self.query, self.judge);
        let asks = |id: &str, what: fn(&CredentialQuery) -> bool| {
            query.credentials().iter().find(|query| query.id() == id).is_none_or(what)
        };
        let mut subjects = Vec::with_capacity(self.presented.len());
        for (id, mut presented) in self.presented {
            let authorities = if asks(&id, CredentialQuery::names_authorities) {
                presented.authorities(documents)
            } else {
                Vec::new()
            };
            let bound = asks(&id, CredentialQuery::requires_holder_binding);
            let authorized = self.judge.authorization.and_then(|all| all.authorized_by(&id));
            let mut subject = presented.judge((bound.then_some(asked), authorized.as_ref()), documents);
            subject.authorities = authorities;
            subject.credential.query_id = Some(id);
            subjects.push(subject);
        }
        let mut findings = Findings::default();
        match candidates(&subjects) {
            Some(candidates) => {
                findings.record(checks::QUERY, dcql::check_response(query, &candidates));
            }
            None => findings.skip(checks::QUERY, OTHERS_REFUSED),
        }
        let credentials = subjects.into_iter().map(|subject| subject.credential).collect();
        Verdict::new(scope, now, findings.into_vec(), credentials)
    }
}

/// Judges only form and proofs: the issuer's, with the key the credential itself names, and of a presentation the holder's
/// too. Says nothing about who issued it, nor whether it answers anybody's request.
pub fn judge_proof(text: &str, contexts: &Contexts, documents: &Documents, now: Timestamp) -> Verdict {
    let subject = match format::of_text(text, contexts) {
        Ok(credential) => steps::of_proof(credential, documents, now),
        Err(malformed) => malformed.into_subject(),
    };
    Verdict::new(Scope::ProofOnly, now, Vec::new(), vec![subject.credential])
}

/// Whether a text is a presentation, with or without a holder's proof, and not a credential as its issuer hands it out.
pub fn is_presentation(text: &str) -> bool {
    format::of_text(text, Contexts::built_in()).is_ok_and(|credential| credential.is_presented())
}

/// Whether `text` is judged as an mdoc, which is presented in a [`Session`].
pub fn is_mdoc(text: &str) -> bool {
    let format = match format::of_text(text, Contexts::built_in()) {
        Ok(credential) => credential.described().format,
        Err(malformed) => malformed.format,
    };
    format == Format::MsoMdoc
}

/// Shows nothing of what was presented.
impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented").finish_non_exhaustive()
    }
}

/// Shows which queries were answered.
impl fmt::Debug for Response<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.presented.iter().map(|(id, _)| id)).finish()
    }
}

/// A judged credential and what only the judge needs to know of it.
struct Subject {
    credential: JudgedCredential,
    /// By which format a query can ask for it.
    asked_as: Format,
    /// Every check passed.
    accepted: bool,
    holder_bound: bool,
    /// The arrays out of which elements were withheld.
    withheld: Vec<ThinnedArray>,
    /// Who certifies its issuer, where the query names authorities.
    authorities: Vec<Authority>,
}

impl Subject {
    fn new(mut credential: JudgedCredential, findings: Findings, holder_bound: bool) -> Self {
        credential.findings = findings.into_vec();
        let accepted = credential.findings.iter().all(|finding| finding.outcome.holds());
        let asked_as = credential.format;
        Self { credential, asked_as, accepted, holder_bound, withheld: Vec::new(), authorities: Vec::new() }
    }

    fn refused(described: Described, findings: Findings) -> Self {
        let subject = Self::new(described.into_judged(), findings, false);
        Self { accepted: false, ..subject }
    }
}

/// The subjects as the query sees them, by query id; `None` if one was refused.
fn candidates(subjects: &[Subject]) -> Option<BTreeMap<String, Vec<Candidate<'_>>>> {
    let mut candidates = BTreeMap::<String, Vec<Candidate<'_>>>::new();
    for subject in subjects {
        if !subject.accepted {
            return None;
        }
        let credential = &subject.credential;
        candidates.entry(credential.query_id.clone()?).or_default().push(Candidate {
            format: subject.asked_as,
            types: credential.types.iter().map(String::as_str).collect(),
            claims: &credential.claims,
            authorities: subject.authorities.clone(),
            holder_bound: subject.holder_bound,
            provable: true,
            selective: matches!(subject.asked_as, Format::DcSdJwt | Format::MsoMdoc | Format::VcSdJwt),
            withheld: &subject.withheld,
        });
    }
    Some(candidates)
}

#[cfg(test)]
mod tests;
