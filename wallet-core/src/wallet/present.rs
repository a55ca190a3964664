//! Answering a request: the wallet's side of OpenID4VP 1.0.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::opened::Audience;
use super::records::{self, Event, EventKind, Held};
use super::vocabulary;
use super::{Wallet, WalletError};
use crate::claims::ClaimPath;
use crate::contexts::VERIFIABLE_CREDENTIAL;
use crate::dcql::{Candidate, Disclosure, Format, Match, Selection, select};
use crate::documents::{Document, Documents};
use crate::time::{Seconds, Timestamp};
use crate::vp::{
    AuthorizationRequest, AuthorizationResponse, ErrorCode, Invitation, PostAnswer, UnverifiedRequest,
    VerifierTrust, VpToken,
};
use crate::x509::Anchors;

/// A request that was read, authenticated and matched: what is shown before anybody agrees. Whoever answers it gives it
/// away, so it is answered once:
/// ```compile_fail,E0382
/// # async fn twice(wallet: jigap_wallet_core::wallet::Wallet, asking: jigap_wallet_core::wallet::Asking) {
/// wallet.present(asking).await;
/// wallet.present(asking).await;
/// # }
/// ```
pub struct Asking {
    request: AuthorizationRequest,
    held: Vec<Candidacy>,
    selection: Selection,
}

/// A held credential with the copy that would be shown.
struct Candidacy {
    held: Held,
    /// The copy's id in the box.
    copy: String,
    claims: Value,
    always_shown: Vec<ClaimPath>,
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
    /// The copy that would be shown: its id in the box.
    copy: String,
}

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Where the person's browser goes on, if the verifier says so.
    pub redirect_uri: Option<Url>,
}

impl Asking {
    /// Who asks: the whole client identifier.
    pub fn verifier(&self) -> &str {
        self.request.client_id.as_str()
    }

    /// The names that an authority trusted for verifiers certified for who asks; none without a certificate.
    pub fn certified_names(&self) -> &[String] {
        &self.request.certified_names
    }

    /// What would be disclosed, credential by credential; `None` if the wallet cannot answer.
    pub fn would_disclose(&self) -> Option<Vec<Disclosed>> {
        let chosen = self.selection.preferred()?;
        chosen
            .into_iter()
            .map(|answer| self.disclosed(&answer.id, answer.matches.as_ref().ok()?.first()?))
            .collect()
    }

    /// Why the wallet cannot answer: query id and obstacle.
    pub fn obstacles(&self) -> impl Iterator<Item = (&str, &crate::dcql::Obstacle)> {
        self.selection
            .credentials
            .iter()
            .filter_map(|answer| Some((answer.id.as_str(), answer.matches.as_ref().err()?)))
    }

    fn disclosed(&self, query: &str, found: &Match) -> Option<Disclosed> {
        let claims = match &found.disclosure {
            Disclosure::Claims(claims) => claims.clone(),
            Disclosure::Whole => Vec::new(),
        };
        let Candidacy { held, copy, always_shown, .. } = self.held.get(found.candidate)?;
        Some(Disclosed {
            query: query.to_owned(),
            credential: held.clone(),
            claims,
            always_shown: always_shown.clone(),
            copy: copy.clone(),
        })
    }
}

impl Wallet {
    /// Reads an `openid4vp://` link: fetches and authenticates the request, matches it with what is held, sends nothing
    /// of it. `anchors` are the certificate authorities trusted for verifiers, if any.
    pub async fn look_at_request(
        &self,
        link: &str,
        anchors: Option<&Anchors>,
    ) -> Result<Asking, WalletError> {
        let request = match Invitation::parse(link)? {
            Invitation::ByValue(request) => request,
            Invitation::ByReference(reference) => {
                let pending = reference.start(&self.entropy);
                let answer = self.send(pending.request().clone()).await?;
                pending.read(&answer)?
            }
        };
        let documents = self.documents_for(&request).await?;
        let trust = VerifierTrust { anchors, documents: &documents, now: self.clock.now() };
        let authenticated = request.authenticate(trust)?;
        let request = match authenticated.validate() {
            Ok(request) => request,
            Err(refusal) => {
                let error = ErrorCode::for_refusal(&refusal).post(authenticated.reply_to());
                self.fetch.send(error).await.ok();
                return Err(refusal.into());
            }
        };
        let held = self.candidates().await?;
        let candidates: Vec<Candidate<'_>> = held.iter().map(candidate).collect();
        let selection = select(&request.query, &candidates);
        Ok(Asking { request, held, selection })
    }

    /// Presents what [`Asking::would_disclose`] says. Every copy shown is spent before it is sent, even if the answer
    /// then does not arrive. Refuses a request that has ended meanwhile (`VP-11`): nothing is spent for it.
    pub async fn present(&self, asking: Asking) -> Result<Answered, WalletError> {
        let disclosed = asking.would_disclose().ok_or(WalletError::CannotAnswer)?;
        let now = self.clock.now();
        asking.request.require_current(now)?;
        let (request, disclosed) = (&asking.request, &disclosed);
        let presentations: BTreeMap<String, Vec<Value>> = self
            .wallet_box
            .transact(|records| async move {
                let mut presentations = BTreeMap::<String, Vec<Value>>::new();
                for one in disclosed {
                    let shown = self.spend(&records, request, one, now).await?;
                    presentations.entry(one.query.clone()).or_default().push(shown);
                }
                Ok::<_, WalletError>(presentations)
            })
            .await?;
        let response = AuthorizationResponse::Presented(VpToken::new(presentations)?);
        self.post(&asking.request, &response).await
    }

    /// Tells the verifier that the person does not agree.
    pub async fn decline(&self, asking: Asking) -> Result<Answered, WalletError> {
        self.post(&asking.request, &AuthorizationResponse::Error(ErrorCode::AccessDenied)).await
    }

    /// Spends a copy and makes the presentation, in one transaction.
    async fn spend(
        &self,
        records: &crate::wallet_box::Records,
        request: &AuthorizationRequest,
        disclosed: &Disclosed,
        now: Timestamp,
    ) -> Result<Value, WalletError> {
        let id = &disclosed.copy;
        let copy: Option<records::Copy> = records.read(id).await?;
        // The very copy that consent was given for, unless it was shown or set aside meanwhile.
        let mut copy = copy.filter(records::Copy::is_unused).ok_or(WalletError::NoCopyLeft)?;
        let key = copy.key()?;
        let contexts = vocabulary::contexts(records, &disclosed.credential).await?;
        let verifier = request.client_id.as_str();
        let audience = Audience { verifier, nonce: &request.nonce, now, contexts: &contexts };
        let presentation = copy.open()?.present(&disclosed.claims, &audience, &key)?;
        let held = records::spend(records, (id, &mut copy), &disclosed.credential.id, now).await?;
        let verifier = request.client_id.as_str().to_owned();
        let shown = disclosed.claims.iter().chain(&disclosed.always_shown).cloned().collect();
        let event = Event::new(now, EventKind::Presented, verifier, &held, shown);
        records::remember(records, &event).await?;
        Ok(presentation)
    }

    async fn post(
        &self,
        request: &AuthorizationRequest,
        response: &AuthorizationResponse,
    ) -> Result<Answered, WalletError> {
        let answer = self.send(response.post(request, &self.entropy)?).await?;
        Ok(Answered { redirect_uri: PostAnswer::read(&answer)?.redirect_uri })
    }

    async fn documents_for(&self, request: &UnverifiedRequest) -> Result<Documents, WalletError> {
        let mut documents = Documents::new();
        while let Some(need) = request.needs(&documents) {
            let answer = self.get(need.url.clone(), need.accept).await?;
            if answer.status == 200 {
                let (fetched_at, max_age) = (self.clock.now(), answer.max_age.map(Seconds));
                documents.insert(need.url, Document { bytes: answer.body, fetched_at, max_age });
            } else {
                documents.insert_missing(need.url);
            }
        }
        Ok(documents)
    }

    /// What is held, each with an unused copy. A credential with none left cannot be presented.
    async fn candidates(&self) -> Result<Vec<Candidacy>, WalletError> {
        let now = self.clock.now();
        self.wallet_box
            .transact(|records| async move {
                let mut candidates = Vec::new();
                for held in records::held(&records).await? {
                    if held.unused == 0 || held.expires.is_some_and(|ends| ends <= now) {
                        continue;
                    }
                    let (id, copy) = records::unused_copy(&records, &held.id).await?;
                    let opened = copy.open()?;
                    candidates.push(Candidacy {
                        held,
                        copy: id,
                        claims: opened.claims().clone(),
                        always_shown: opened.always_shown(),
                    });
                }
                Ok::<_, WalletError>(candidates)
            })
            .await
    }
}

fn candidate(candidacy: &Candidacy) -> Candidate<'_> {
    let held = &candidacy.held;
    let is_w3c = held.format != Format::DcSdJwt;
    let every = is_w3c.then_some(VERIFIABLE_CREDENTIAL);
    let types = if is_w3c { held.types.as_slice() } else { std::slice::from_ref(&held.vct) };
    Candidate {
        format: held.format,
        types: every.into_iter().chain(types.iter().map(String::as_str)).collect(),
        claims: &candidacy.claims,
        authorities: Vec::new(),
        holder_bound: true,
        selective: !is_w3c,
        withheld: &[],
    }
}
