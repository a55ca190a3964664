//! A request that was understood: what the wallet could answer, what its holder chooses of it, and which copies that takes
//! (OpenID4VP 1.0 §6.4.2).
//!
//! Until its holder chooses, the answer is the least that the verifier prefers: nothing optional, and of several
//! credentials for one query the one received first. Every presentation takes a copy of its own, also where one credential
//! answers two queries.

use jigap_keys::{KeyType, base64url};

use super::consents::Consent;
use super::opened::Opened;
use super::records::Held;
use crate::claims::{ClaimPath, PathStep};
use crate::contexts::VERIFIABLE_CREDENTIAL;
use crate::dcql::{
    Authority, Candidate, Choice, ChoiceError, CredentialQuery, Disclosure, Format, Obstacle, Selection,
    nearest_age, select,
};
use crate::people::dsub;
use crate::time::Timestamp;
use crate::verdict::Refusal;
use crate::vp::{Authorization, AuthorizationRequest, FeedConsent};
use crate::x509::authority_key_identifier;

/// A request that was read, authenticated and matched: what is shown before anybody agrees. Whoever answers it gives it
/// away, so it is answered once:
/// ```compile_fail,E0382
/// # async fn twice(wallet: jigap_wallet_core::wallet::Wallet, asking: jigap_wallet_core::wallet::Asking) {
/// wallet.present(asking).await;
/// wallet.present(asking).await;
/// # }
/// ```
pub struct Asking {
    pub(super) request: AuthorizationRequest,
    held: Vec<Candidacy>,
    selection: Selection,
    /// All matches: what an option's number names.
    options: Vec<Choice>,
    /// What the holder chose, if they did.
    chosen: Option<Vec<Choice>>,
    /// The persona for which the holder acts, if they said so.
    persona: Option<String>,
}

/// A held credential with the copies that can be shown.
pub(super) struct Candidacy {
    pub(super) held: Held,
    /// The copies' ids in the box: as many as there are credential queries, if there are as many.
    pub(super) copies: Vec<String>,
    pub(super) claims: serde_json::Value,
    pub(super) always_shown: Vec<ClaimPath>,
    /// Whether claims can be shown one by one.
    pub(super) selective: bool,
    /// Who certifies its issuer.
    pub(super) authorities: Vec<Authority>,
    /// Of an mdoc: the type of the key by which its device proves itself.
    pub(super) device: Option<KeyType>,
}

/// What one credential would disclose.
#[derive(Debug, Clone, PartialEq)]
pub struct Disclosed {
    /// The credential query it answers.
    pub query: String,
    /// The credential.
    pub credential: Held,
    /// The claims that were asked for.
    pub claims: Vec<ClaimPath>,
    /// The claims that go with every presentation: the issuer left them open.
    pub always_shown: Vec<ClaimPath>,
    /// Those of `claims` that the verifier says it keeps (`intent_to_retain`, OpenID4VP 1.0 B.2.4).
    pub kept: Vec<ClaimPath>,
}

/// Something that the verifier asks for, and by which options it can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Whether the verifier cannot do without it.
    pub required: bool,
    /// The ways to answer it, most preferred first: one of them is enough, and all that stands in it belongs together.
    pub ways: Vec<Vec<OneOf>>,
}

/// Options of which one is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOf {
    /// Positions in [`Asking::options`].
    pub options: Vec<usize>,
    /// Whether several may be shown.
    pub multiple: bool,
}

impl Asking {
    pub(super) fn new(request: AuthorizationRequest, held: Vec<Candidacy>) -> Self {
        let provable = |held: &Candidacy| held.device.is_none_or(|key| request.device_proof(key).is_some());
        let candidates: Vec<Candidate<'_>> =
            held.iter().map(|held| candidate(held, provable(held))).collect();
        let selection = select(&request.query, &candidates);
        let options = selection.choices();
        Self { request, held, selection, options, chosen: None, persona: None }
    }

    /// The request, and what could answer it.
    pub(super) fn into_parts(self) -> (AuthorizationRequest, Vec<Candidacy>) {
        (self.request, self.held)
    }

    /// Who asks: the whole client identifier.
    pub fn verifier(&self) -> &str {
        self.request.client_id.as_str()
    }

    /// The names that an authority trusted for verifiers certified for who asks; none without a certificate.
    pub fn certified_names(&self) -> &[String] {
        &self.request.certified_names
    }

    /// What the holder agrees to by answering, if anything: that facts are told on, for as long as they hold.
    pub fn consent(&self) -> Option<&FeedConsent> {
        self.request.authorization.as_ref().map(Authorization::consent)
    }

    /// Acts for the persona with this thumbprint: what is agreed to must be bound to it.
    pub fn for_persona(&mut self, persona: impl Into<String>) {
        self.persona = Some(persona.into());
    }

    /// Refuses (`VP-29`) a consent that is bound to another persona than the one for which the holder acts. A stranger could pass on
    /// a request of their own, and have what others prove told of themselves.
    pub fn require_own_persona(&self) -> Result<(), Refusal> {
        let persona = self.persona.as_deref();
        self.request.authorization.as_ref().map_or(Ok(()), |wanted| wanted.require_persona(persona))
    }

    /// The record of what is agreed to by showing `disclosed`.
    pub(super) fn consented(
        &self,
        disclosed: &[(Disclosed, &str)],
        id: String,
        now: Timestamp,
    ) -> Option<Consent> {
        let shown = disclosed.iter().map(|(one, _)| (one.query.as_str(), one.credential.credential_type()));
        Consent::new(self.consent()?, (id, self.verifier()), shown, now)
    }

    /// Everything that could be disclosed, in the query's order and, for one query, the credential received first first;
    /// nothing if the wallet cannot answer. An option's position is what [`Self::choose`] takes.
    pub fn options(&self) -> Vec<Disclosed> {
        self.options.iter().filter_map(|choice| self.disclosed(*choice)).collect()
    }

    /// What is asked for, in the query's order, in terms of the options; what nothing held answers is left out.
    pub fn wanted(&self) -> Vec<Wanted> {
        let one_of = |query: usize| OneOf {
            options: (0..self.options.len())
                .filter(|option| self.options.get(*option).is_some_and(|choice| choice.query == query))
                .collect(),
            multiple: self.selection.credentials.get(query).is_some_and(|credential| credential.multiple),
        };
        if self.options.is_empty() {
            return Vec::new();
        }
        if self.selection.sets.is_empty() {
            let all = 0..self.selection.credentials.len();
            return all.map(|query| Wanted { required: true, ways: vec![vec![one_of(query)]] }).collect();
        }
        let ways = |options: &[Vec<usize>]| {
            options.iter().map(|option| option.iter().map(|query| one_of(*query)).collect()).collect()
        };
        let sets = self.selection.sets.iter().filter(|set| !set.options.is_empty());
        sets.map(|set| Wanted { required: set.required, ways: ways(&set.options) }).collect()
    }

    /// The credentials that answer this by copies for the directory that asks ([`super::DirectoryCopy`]), the one received first first; none
    /// where no pseudonym is asked for. Whether their issuers give such copies shows when one is asked for.
    pub fn answered_by_pseudonym(&self) -> Vec<Held> {
        let pseudonym = |path: &ClaimPath| matches!(path.steps(), [PathStep::Key(key)] if key == dsub::CLAIM);
        let asked = self.request.query.credentials().iter().flat_map(CredentialQuery::claims);
        if !asked.into_iter().any(|claim| pseudonym(&claim.path)) {
            return Vec::new();
        }
        let said = self.held.iter().filter(|one| one.held.format == Format::DcSdJwt).map(|one| {
            let mut claims = one.claims.clone();
            if let Some(members) = claims.as_object_mut() {
                members.insert(dsub::CLAIM.to_owned(), serde_json::Value::from(""));
            }
            (one, claims)
        });
        let said: Vec<(&Candidacy, serde_json::Value)> = said.collect();
        let candidates: Vec<Candidate<'_>> =
            said.iter().map(|(one, claims)| Candidate { claims, ..candidate(one, true) }).collect();
        let selection = select(&self.request.query, &candidates);
        let mut found: Vec<usize> = selection
            .choices()
            .into_iter()
            .filter_map(|choice| Some(selection.chosen(choice)?.candidate))
            .collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|at| Some(said.get(at)?.0.held.clone())).collect()
    }

    /// Whether what is required can be answered in more than one way, or nothing is required: then its holder has to say.
    pub fn must_be_chosen(&self) -> bool {
        self.selection.must_be_chosen()
    }

    /// Chooses these options in place of what was chosen before.
    ///
    /// # Errors
    /// [`ChoiceError`] if that is no answer: then nothing changes.
    pub fn choose(&mut self, options: &[usize]) -> Result<(), ChoiceError> {
        let chosen: Option<Vec<Choice>> = options.iter().map(|at| self.options.get(*at).copied()).collect();
        let mut chosen = chosen.ok_or(ChoiceError::Unknown)?;
        self.selection.require_answer(&chosen)?;
        chosen.sort_by_key(|choice| (choice.query, choice.found));
        self.copies(&chosen).ok_or(ChoiceError::NoCopyLeft)?;
        self.chosen = Some(chosen);
        Ok(())
    }

    /// What would be disclosed, credential by credential: what was chosen, else the least that the verifier prefers. `None`
    /// if the wallet cannot answer, or nothing is required and nothing was chosen.
    pub fn would_disclose(&self) -> Option<Vec<Disclosed>> {
        Some(self.to_spend()?.into_iter().map(|(disclosed, _)| disclosed).collect())
    }

    /// Why the wallet cannot answer: query id and obstacle.
    pub fn obstacles(&self) -> impl Iterator<Item = (&str, &Obstacle)> {
        self.selection
            .credentials
            .iter()
            .filter_map(|answer| Some((answer.id.as_str(), answer.matches.as_ref().err()?)))
    }

    /// [`Self::would_disclose`], each with the copy that it takes: no copy twice.
    pub(super) fn to_spend(&self) -> Option<Vec<(Disclosed, &str)>> {
        let chosen = match &self.chosen {
            Some(chosen) => chosen.clone(),
            None => self.preferred().filter(|least| !least.is_empty())?,
        };
        let copies = self.copies(&chosen)?;
        chosen.into_iter().zip(copies).map(|(choice, copy)| Some((self.disclosed(choice)?, copy))).collect()
    }

    /// The least that the verifier prefers: for each query the first match that has a copy left.
    fn preferred(&self) -> Option<Vec<Choice>> {
        let queries = self.selection.preferred()?;
        let mut preferred: Vec<Choice> = Vec::new();
        for (query, credential) in self.selection.credentials.iter().enumerate() {
            if !queries.iter().any(|wanted| wanted.id == credential.id) {
                continue;
            }
            let matches = self.options.iter().filter(|choice| choice.query == query);
            let tried = preferred.len();
            for choice in matches {
                preferred.push(*choice);
                if self.copies(&preferred).is_some() {
                    break;
                }
                preferred.truncate(tried);
            }
            if preferred.len() == tried {
                return None;
            }
        }
        Some(preferred)
    }

    /// A copy for each of `chosen`, none twice; `None` if a credential has too few.
    fn copies(&self, chosen: &[Choice]) -> Option<Vec<&str>> {
        let mut taken = vec![0_usize; self.held.len()];
        let copy = |choice: &Choice| {
            let candidate = self.selection.chosen(*choice)?.candidate;
            let taken = taken.get_mut(candidate)?;
            let copy = self.held.get(candidate)?.copies.get(*taken)?;
            *taken += 1;
            Some(copy.as_str())
        };
        chosen.iter().map(copy).collect()
    }

    fn disclosed(&self, choice: Choice) -> Option<Disclosed> {
        let found = self.selection.chosen(choice)?;
        let claims = match &found.disclosure {
            Disclosure::Claims(claims) => claims.clone(),
            Disclosure::Whole => Vec::new(),
        };
        let candidacy = self.held.get(found.candidate)?;
        let (held, always_shown) = (candidacy.held.clone(), candidacy.always_shown.clone());
        let query = self.selection.credentials.get(choice.query)?.id.clone();
        let kept = claims.iter().filter(|path| self.is_kept(&query, candidacy, path)).cloned().collect();
        Some(Disclosed { query, credential: held, claims, always_shown, kept })
    }

    /// Whether the verifier says of this claim that it keeps the value: of an age also where another one than it asked tells
    /// it.
    fn is_kept(&self, query: &str, shown: &Candidacy, path: &ClaimPath) -> bool {
        let asked = self.request.query.credentials().iter().filter(|asked| asked.id() == query);
        let kept =
            asked.flat_map(CredentialQuery::claims).filter(|claim| claim.intent_to_retain == Some(true));
        let told = |asked: &ClaimPath| nearest_age(asked, shown.held.format, &shown.claims);
        kept.map(|claim| told(&claim.path).map_or_else(|| claim.path.clone(), |(told, _)| told))
            .any(|told| told == *path)
    }
}

impl Candidacy {
    /// A credential whose copies say what `opened` does.
    pub(super) fn new(held: Held, opened: &Opened, copies: Vec<String>) -> Self {
        Self {
            held,
            claims: opened.claims().clone(),
            always_shown: opened.always_shown(),
            selective: opened.is_selective(),
            authorities: authorities(opened.certificates()),
            device: opened.device(),
            copies,
        }
    }
}

/// Who certifies an issuer as the certificates say that came with its credential (OpenID4VP 1.0 §6.1.1.1). The wallet has
/// no anchors for issuers: whether it is so the verifier judges, on the path that it trusts.
fn authorities(chain: &[Vec<u8>]) -> Vec<Authority> {
    let identifiers = chain.iter().filter_map(|der| authority_key_identifier(der));
    identifiers.map(|identifier| Authority::aki(base64url::encode(identifier))).collect()
}

fn candidate(candidacy: &Candidacy, provable: bool) -> Candidate<'_> {
    let held = &candidacy.held;
    let (every, types) = match held.format {
        Format::DcSdJwt => (None, std::slice::from_ref(&held.vct)),
        Format::MsoMdoc | Format::JigapPass => (None, held.types.as_slice()),
        Format::JwtVcJson | Format::LdpVc | Format::VcCose | Format::VcSdJwt => {
            (Some(VERIFIABLE_CREDENTIAL), held.types.as_slice())
        }
    };
    Candidate {
        format: held.format,
        types: every.into_iter().chain(types.iter().map(String::as_str)).collect(),
        claims: &candidacy.claims,
        authorities: candidacy.authorities.clone(),
        holder_bound: true,
        provable,
        selective: candidacy.selective,
        withheld: &[],
    }
}
