//! Answering a request: the wallet's side of OpenID4VP 1.0.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use url::Url;

use super::asking::{Asking, Candidacy, Disclosed};
use super::directory::Shelved;
use super::opened::Audience;
use super::records::{self, Event, EventKind};
use super::vocabulary;
use super::{Wallet, WalletError};
use crate::documents::{Document, Documents};
use crate::time::{Seconds, Timestamp};
use crate::vp::{
    AuthorizationRequest, AuthorizationResponse, ErrorCode, Invitation, OfferError, PostAnswer,
    UnverifiedRequest, VerifierTrust, VpToken, Withdrawal, is_offer,
};
use crate::x509::Anchors;

/// What came of an answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Answered {
    /// Where the person's browser goes on, if the verifier says so. Nothing is opened or fetched of it.
    pub redirect_uri: Option<Url>,
    /// What is offered for what was shown, if anything is: for [`Wallet::look_at_offer`].
    pub offer: Option<Url>,
    /// Why nothing is offered, where something should be.
    pub offer_error: Option<OfferError>,
}

impl fmt::Debug for Answered {
    /// A response code and an offer are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answered").field("offer_error", &self.offer_error).finish_non_exhaustive()
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
        let held = self.candidates(request.query.credentials().len()).await?;
        Ok(Asking::new(request, held))
    }

    /// Presents what [`Asking::would_disclose`] says. Every copy shown is spent before it is sent, even if the answer
    /// then does not arrive. Refuses a request that has ended meanwhile (`VP-11`), and one that wants a consent bound to another
    /// persona than the holder's own ([`Asking::for_persona`], `VP-29`): nothing is spent for them.
    pub async fn present(&self, asking: Asking) -> Result<Answered, WalletError> {
        let disclosed = asking.to_spend().ok_or(WalletError::CannotAnswer)?;
        let now = self.clock.now();
        asking.request.require_current(now)?;
        asking.require_own_persona()?;
        let consent = asking.consented(&disclosed, self.fresh_id(), now);
        let (request, disclosed, agreed) = (&asking.request, &disclosed, &consent);
        let presentations: BTreeMap<String, Vec<Value>> = self
            .wallet_box
            .transact(|records| async move {
                let mut presentations = BTreeMap::<String, Vec<Value>>::new();
                for (one, copy) in disclosed {
                    let shown = self.spend(&records, request, (one, *copy), now).await?;
                    presentations.entry(one.query.clone()).or_default().push(shown);
                }
                if let Some(consent) = agreed {
                    consent.keep(&records).await?;
                }
                Ok::<_, WalletError>(presentations)
            })
            .await?;
        let response = AuthorizationResponse::Presented(VpToken::new(presentations)?);
        let (answered, withdrawal) = self.post(&asking.request, &response).await?;
        if let (Some(consent), Some(withdrawal)) = (consent, withdrawal) {
            self.can_withdraw(consent, withdrawal).await?;
        }
        Ok(answered)
    }

    /// Tells the verifier that the person does not agree.
    pub async fn decline(&self, asking: Asking) -> Result<Answered, WalletError> {
        let declined = AuthorizationResponse::Error(ErrorCode::AccessDenied);
        Ok(self.post(&asking.request, &declined).await?.0)
    }

    /// Spends a copy and makes the presentation, in one transaction.
    async fn spend(
        &self,
        records: &crate::wallet_box::Records,
        request: &AuthorizationRequest,
        (disclosed, id): (&Disclosed, &str),
        now: Timestamp,
    ) -> Result<Value, WalletError> {
        let shelved = Shelved::read(records, id).await?;
        // The very copy that consent was given for, unless it was shown or set aside meanwhile.
        let shelved = shelved.filter(|it| it.copy().is_unused()).ok_or(WalletError::NoCopyLeft)?;
        let (copy, key) = (shelved.copy(), shelved.copy().key()?);
        let contexts = vocabulary::contexts(records, &disclosed.credential).await?;
        let audience = Audience { request, now, contexts: &contexts, entropy: &self.entropy };
        let shown = (&disclosed.query[..], &disclosed.claims[..]);
        let presentation = copy.open()?.present(shown, &audience, &key)?;
        let held = shelved.spend(records, (id, &disclosed.credential.id), now).await?;
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
    ) -> Result<(Answered, Option<Withdrawal>), WalletError> {
        let answer = self.send(response.post(request, &self.entropy)?).await?;
        let PostAnswer { redirect_uri, offer_error, withdrawal } = PostAnswer::read(&answer)?;
        // Elsewhere than where the answer went nobody keeps what it says.
        let own = |it: &Withdrawal| it.uri.origin() == request.reply_to.response_uri.origin();
        let withdrawal = withdrawal.filter(own);
        let (offer, redirect_uri) = match redirect_uri {
            Some(uri) if is_offer(&uri) => (Some(uri), None),
            redirect_uri => (None, redirect_uri),
        };
        Ok((Answered { redirect_uri, offer, offer_error }, withdrawal))
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

    /// What is held, received first first, each with unused copies: at most `copies`. A credential with none left cannot be
    /// presented.
    async fn candidates(&self, copies: usize) -> Result<Vec<Candidacy>, WalletError> {
        let now = self.clock.now();
        self.wallet_box
            .transact(|records| async move {
                let mut candidates = Vec::new();
                let mut all = records::held(&records).await?;
                all.sort_by_key(|held| (held.received, held.number));
                for held in all {
                    if held.unused == 0 || held.expires.is_some_and(|ends| ends <= now) {
                        continue;
                    }
                    let unused = records::unused_copies(&records, &held.id, copies).await?;
                    let (_, first) = unused.first().ok_or(WalletError::NoCopyLeft)?;
                    let opened = first.open()?;
                    let ids = unused.into_iter().map(|(id, _)| id).collect();
                    candidates.push(Candidacy::new(held, &opened, ids));
                }
                Ok::<_, WalletError>(candidates)
            })
            .await
    }
}
