//! Answering a request: the wallet's side of OpenID4VP 1.0.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::records::{self, Event, EventKind, Held};
use super::{Wallet, WalletError};
use crate::claims::ClaimPath;
use crate::dcql::{Candidate, Disclosure, Format, Match, Selection, select};
use crate::documents::{Document, Documents};
use crate::time::{Seconds, Timestamp};
use crate::vp::{
    AuthorizationRequest, AuthorizationResponse, ErrorCode, Invitation, PostAnswer, UnverifiedRequest,
    VerifierTrust, VpToken,
};
use crate::x509::Anchors;

/// A request that was read, authenticated and matched: what is shown before anybody agrees.
pub struct Asking {
    request: AuthorizationRequest,
    held: Vec<Held>,
    selection: Selection,
}

/// What one credential would disclose.
#[derive(Debug, Clone, PartialEq)]
pub struct Disclosed {
    /// The credential query it answers.
    pub query: String,
    /// The credential.
    pub credential: Held,
    /// The claims, and what the format does not let the holder withhold.
    pub claims: Vec<ClaimPath>,
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
        Some(Disclosed {
            query: query.to_owned(),
            credential: self.held.get(found.candidate)?.clone(),
            claims,
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
        let (held, claims) = self.candidates().await?;
        let candidates: Vec<Candidate<'_>> =
            held.iter().zip(&claims).map(|(held, claims)| candidate(held, claims)).collect();
        let selection = select(&request.query, &candidates);
        Ok(Asking { request, held, selection })
    }

    /// Presents what [`Asking::would_disclose`] says. Every copy shown is spent before it is sent, even if the answer
    /// then does not arrive.
    pub async fn present(&self, asking: &Asking) -> Result<Answered, WalletError> {
        let disclosed = asking.would_disclose().ok_or(WalletError::CannotAnswer)?;
        let now = self.clock.now();
        let (request, disclosed) = (&asking.request, &disclosed);
        let presentations: BTreeMap<String, Vec<Value>> = self
            .wallet_box
            .transact(|records| async move {
                let mut presentations = BTreeMap::<String, Vec<Value>>::new();
                for one in disclosed {
                    let text = self.spend(&records, request, one, now).await?;
                    presentations.entry(one.query.clone()).or_default().push(text.into());
                }
                Ok::<_, WalletError>(presentations)
            })
            .await?;
        let response = AuthorizationResponse::Presented(VpToken::new(presentations)?);
        self.post(&asking.request, &response).await
    }

    /// Tells the verifier that the person does not agree.
    pub async fn decline(&self, asking: &Asking) -> Result<Answered, WalletError> {
        self.post(&asking.request, &AuthorizationResponse::Error(ErrorCode::AccessDenied)).await
    }

    /// Spends a copy and makes the presentation, in one transaction.
    async fn spend(
        &self,
        records: &crate::wallet_box::Records,
        request: &AuthorizationRequest,
        disclosed: &Disclosed,
        now: Timestamp,
    ) -> Result<String, WalletError> {
        let held = &disclosed.credential;
        let (id, mut copy) = records::unused_copy(records, &held.id).await?;
        let key = copy.key()?;
        let presentation = copy.open()?.present(&disclosed.claims).map_err(|_| WalletError::CannotAnswer)?;
        let bound = presentation.bind(request.client_id.as_str(), &request.nonce, now, key.public());
        let text = bound.map_err(|_| WalletError::Key)?.sign(&key).map_err(|_| WalletError::Key)?;
        records::spend(records, (&id, &mut copy), &held.id, now).await?;
        let verifier = request.client_id.as_str().to_owned();
        let event = Event::new(now, EventKind::Presented, verifier, held, disclosed.claims.clone());
        records::remember(records, &event, &self.fresh_id()).await?;
        Ok(text)
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

    /// What is held, with the claims of each. A credential with no unused copy left cannot be presented.
    async fn candidates(&self) -> Result<(Vec<Held>, Vec<Value>), WalletError> {
        let now = self.clock.now();
        self.wallet_box
            .transact(|records| async move {
                let (mut held, mut claims) = (Vec::new(), Vec::new());
                for credential in records::held(&records).await? {
                    let usable = credential.unused > 0 && credential.expires.is_none_or(|ends| now < ends);
                    let copy = records::any_copy(&records, &credential.id).await?.filter(|_| usable);
                    if let Some(copy) = copy {
                        claims.push(copy.open()?.claims().clone());
                        held.push(credential);
                    }
                }
                Ok::<_, WalletError>((held, claims))
            })
            .await
    }
}

fn candidate<'a>(held: &'a Held, claims: &'a Value) -> Candidate<'a> {
    Candidate {
        format: Format::DcSdJwt,
        types: vec![&held.vct],
        claims,
        authorities: Vec::new(),
        holder_bound: true,
        selective: true,
        elements_withheld: false,
    }
}
