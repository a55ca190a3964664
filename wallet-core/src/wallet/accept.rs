//! Accepting an offer: the wallet's side of OpenID4VCI 1.0's pre-authorized code flow.

use std::collections::BTreeSet;

use jigap_keys::{KeyType, PrivateKey};
use serde_json::Value;

use super::directory::ForDirectory;
use super::opened::{self, Opened};
use super::records::{self, Copy, Event, EventKind, Held, Intent, Notice};
use super::renewal::{self, Renewal};
use super::vocabulary::{self, Vocabulary};
use super::{BATCH, PASSES, Wallet, WalletError};
use crate::contexts::Contexts;
use crate::dcql::Format;
use crate::jose::Header;
use crate::pass::Kind;
use crate::ports::{FetchLimits, HttpRequest, HttpResponse};
use crate::text::Lang;
use crate::vci::{
    AuthorizationServerMetadata, ConfigurationFormat, CredentialConfiguration, CredentialErrorCode,
    CredentialOffer, CredentialRequest, CredentialResponse, Display, IssuerIdentifier, IssuerMetadata,
    NotificationEvent, NotificationRequest, OfferLink, PreAuthorizedCodeGrant, ProofClaims,
    RequestedCredential, SecretText, TokenGrant, TxCodeSpec, parse_nonce_response,
};

const JSON: &str = "application/json";
const ENDPOINT: &str = "the credential endpoint";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// An offer that was looked at: what is shown before anybody agrees.
pub struct Offered {
    grant: PreAuthorizedCodeGrant,
    metadata: IssuerMetadata,
    server: AuthorizationServerMetadata,
    configuration: String,
    wanted: Wanted,
}

/// What is taken of an offer: its format, and the type in the words of that format.
struct Wanted {
    format: Format,
    vct: String,
    types: Vec<String>,
    /// Whether it is passes that are signed blindly.
    blind: bool,
}

impl Offered {
    /// The issuer's identifier.
    pub fn issuer(&self) -> &str {
        self.metadata.credential_issuer.as_str()
    }

    /// The issuer's name in `lang`, as it calls itself.
    pub fn issuer_name(&self, lang: Lang) -> Option<&str> {
        Display::choose(&self.metadata.display, lang)?.name.as_deref()
    }

    /// The credential's name in `lang`, as the issuer calls it.
    pub fn credential_name(&self, lang: Lang) -> Option<&str> {
        Display::choose(&self.configuration()?.display, lang)?.name.as_deref()
    }

    /// The credential's format.
    pub fn format(&self) -> Format {
        self.wanted.format
    }

    /// The credential's type: its `vct`, the last type of a W3C credential in the words of its issuer, or the document type of
    /// an mdoc.
    pub fn credential_type(&self) -> &str {
        let Wanted { vct, types, .. } = &self.wanted;
        types.last().unwrap_or(vct)
    }

    /// Whether it is passes that their issuer will not recognise.
    pub fn is_blind(&self) -> bool {
        self.wanted.blind
    }

    /// The transaction code that is wanted, if one is.
    pub fn tx_code(&self) -> Option<&TxCodeSpec> {
        self.grant.tx_code.as_ref()
    }

    fn configuration(&self) -> Option<&CredentialConfiguration> {
        self.metadata.credential_configurations_supported.get(&self.configuration)
    }
}

impl Wallet {
    /// Looks at an `openid-credential-offer://` link: fetches what it refers to, takes nothing.
    pub async fn look_at_offer(&self, link: &str) -> Result<Offered, WalletError> {
        let offer = match OfferLink::parse(link)? {
            OfferLink::Value(offer) => *offer,
            OfferLink::Reference(url) => {
                // Nothing is believed of an offer because of where it came from: it may be moved.
                let answer = self.send(HttpRequest::get(url, JSON, FetchLimits::DOCUMENT)).await?;
                CredentialOffer::parse(&ok("the offer", answer)?.body)?
            }
        };
        let issuer = &offer.credential_issuer;
        let answer = ok("the issuer's metadata", self.get(issuer.issuer_metadata_url(), JSON).await?)?;
        let metadata = IssuerMetadata::parse(&answer.body, issuer)?;
        offer.check_against(&metadata)?;
        let server = self.authorization_server(&offer, &metadata).await?;
        let (configuration, wanted) = takable(&offer, &metadata).ok_or(WalletError::NothingToTake)?;
        let grant = offer.pre_authorized_code.ok_or(WalletError::NoPreAuthorizedCode)?;
        Ok(Offered { grant, metadata, server, configuration, wanted })
    }

    /// Takes what was offered; `tx_code` where it is wanted.
    pub async fn accept(&self, offered: &Offered, tx_code: Option<&str>) -> Result<Held, WalletError> {
        let tx_code = match (offered.tx_code(), tx_code) {
            (Some(spec), Some(typed)) if spec.fits(typed) => Some(SecretText::new(typed)),
            (Some(_), _) => return Err(WalletError::TxCodeWanted),
            (None, _) => None,
        };
        #[cfg(feature = "bbs")]
        if offered.is_blind() {
            self.require_blind_keys().await?;
        }
        let code = offered.grant.pre_authorized_code.clone();
        let id = self.fresh_id();
        let mut intent = self.intend(offered)?;
        self.keep_intent(&id, &intent).await?;
        let given = self.granted(&intent, TokenGrant::PreAuthorizedCode { code, tx_code }).await?;
        self.keep_granted(&id, &mut intent, &given).await?;
        self.collect(&id, intent).await
    }

    /// Goes on with acceptances that were interrupted, and tells issuers what they have not been told. Returns what came
    /// of each acceptance.
    pub async fn resume(&self) -> Result<Vec<Result<Held, WalletError>>, WalletError> {
        Ok(self.resume_each().await?.into_iter().map(|(_, outcome)| outcome).collect())
    }

    /// The same, each outcome with the [`id`](super::UnderWay::id) of its acceptance.
    pub async fn resume_each(&self) -> Result<Vec<(String, Result<Held, WalletError>)>, WalletError> {
        let ids = self.wallet_box.transact(|records| async move {
            Ok::<_, WalletError>((records.list("intent/").await?, records.list("notice/").await?))
        });
        let (intents, notices) = ids.await?;
        let mut outcomes = Vec::new();
        for place in &intents {
            let intent: Option<Intent> = self
                .wallet_box
                .transact(|records| async move { Ok::<_, WalletError>(records.read(place).await?) })
                .await?;
            let id = place.trim_start_matches("intent/");
            match intent {
                Some(intent) if intent.access_token.is_some() => {
                    let outcome = self.collect(id, intent).await;
                    if outcome.as_ref().is_err_and(is_final) {
                        self.end_acceptance(place).await?;
                    }
                    outcomes.push((id.to_owned(), outcome));
                }
                // Without a token the code may or may not be used: the person asks the issuer for a new offer. Where it was more
                // copies of what is held, they are asked for anew.
                _ => self.forget(place).await?,
            }
        }
        for place in &notices {
            self.notify(place).await?;
        }
        Ok(outcomes)
    }

    async fn authorization_server(
        &self,
        offer: &CredentialOffer,
        metadata: &IssuerMetadata,
    ) -> Result<AuthorizationServerMetadata, WalletError> {
        let hint = offer.pre_authorized_code.as_ref().and_then(|grant| grant.authorization_server.as_deref());
        let servers = metadata.servers();
        let named = servers.iter().find(|server| hint.is_none_or(|hint| server.as_str() == hint));
        let server: &IssuerIdentifier = named.ok_or(WalletError::NoPreAuthorizedCode)?;
        let answer = ok("the authorization server", self.get(server.server_metadata_url(), JSON).await?)?;
        Ok(AuthorizationServerMetadata::parse(&answer.body, server)?)
    }

    /// Keys for every copy, made before anybody is asked.
    fn intend(&self, offered: &Offered) -> Result<Intent, WalletError> {
        let metadata = &offered.metadata;
        let endpoints = [
            Some(metadata.credential_endpoint.clone()),
            metadata.nonce_endpoint.clone(),
            metadata.notification_endpoint.clone(),
        ];
        let issuer = metadata.credential_issuer.as_str().to_owned();
        let Wanted { format, vct, types, blind } = &offered.wanted;
        let wanted = (*format, vct.clone(), types.clone());
        let intent = Intent::new(issuer, offered.configuration.clone(), wanted, endpoints);
        let mut intent = intent.ok_or(WalletError::NothingToTake)?;
        intent.name = [Lang::Ko, Lang::En].map(|lang| offered.credential_name(lang).map(str::to_owned));
        intent.blind = *blind;
        let scoped = offered.configuration().and_then(|one| one.dsub).filter(|_| *format == Format::DcSdJwt);
        (intent.scoped, intent.scoped_only) = (scoped.is_some(), scoped.is_some_and(|it| it.refresh_only));
        let batch = match (format, types.as_slice()) {
            (Format::JigapPass, [entry]) if entry == Kind::Entry.trusted_type() => PASSES,
            // One ticket is for one entry, and whoever shows a card is known at its door: there is one of each.
            (Format::JigapPass, _) => 1,
            _ => BATCH,
        };
        self.make_keys(&mut intent, metadata.max_proofs().clamp(1, batch));
        intent.set_grant(offered.server.token_endpoint.clone(), self.grant_key(&offered.server).as_ref());
        Ok(intent)
    }

    /// Makes a key for each of so many copies, and what blinds them where they are.
    pub(super) fn make_keys(&self, intent: &mut Intent, copies: usize) {
        // The only cryptosuite that presentations of documents are signed by here is of Ed25519.
        let key_type = if intent.format == Format::LdpVc { KeyType::Ed25519 } else { KeyType::P256 };
        let keys: Vec<_> = (0..copies).map(|_| PrivateKey::generate(key_type, &self.entropy)).collect();
        intent.set_keys(&keys);
        #[cfg(feature = "bbs")]
        if intent.blind {
            self.blind(intent, &keys);
        }
    }

    /// Asks for the credentials, and keeps and acknowledges them, or refuses them and says so.
    pub(super) async fn collect(&self, id: &str, mut intent: Intent) -> Result<Held, WalletError> {
        if intent.directory.is_some() {
            return self.collect_scoped(id, intent).await;
        }
        #[cfg(feature = "bbs")]
        if intent.blind {
            self.require_blind_keys().await?;
        }
        let (body, keys) = self.asked_for(id, &mut intent).await?;
        let intent = &intent;
        let response = match CredentialResponse::parse(&body, keys.len()) {
            Ok(response) => response,
            Err(error) => {
                self.refuse(intent, CredentialResponse::notification_id(&body)).await;
                return Err(error.into());
            }
        };
        let CredentialResponse::Issued { credentials, notification_id, .. } = response else {
            return Err(WalletError::Deferred);
        };
        #[cfg(feature = "bbs")]
        let credentials = if intent.blind {
            match self.unblinded(intent, &keys, &credentials).await {
                Ok(passes) => passes,
                Err(error) => {
                    // Where a newer trust list may name the key, the same is asked for again.
                    if !error.may_pass() {
                        self.refuse(intent, notification_id).await;
                    }
                    return Err(error);
                }
            }
        } else {
            credentials
        };
        let vocabulary = self.vocabulary(intent.format, credentials.first()).await;
        let contexts = vocabulary.contexts();
        let (held, copies) = match self.received(intent, (&keys, &credentials), &contexts) {
            Ok(received) => received,
            Err(error) => {
                self.refuse(intent, notification_id).await;
                return Err(error);
            }
        };
        let document = credentials.first().filter(|_| intent.format == Format::LdpVc);
        if let Some(lacking) = document.and_then(|document| vocabulary::lacking(document, &contexts)) {
            return Err(self.without_contexts(id, intent, notification_id, lacking).await?);
        }
        let notice = intent.notice(notification_id, false);
        let received = held.id.clone();
        let held = self.keep((id, intent), (held, &copies), &vocabulary, notice.as_ref()).await?;
        if held.id == received {
            self.learn_look(&held, copies.first()).await;
        }
        if notice.is_some() {
            // The credential is held already: a notice that cannot be settled now waits for [`Wallet::resume`].
            self.notify(&format!("notice/{id}")).await.ok();
        }
        Ok(held)
    }

    /// Asks for the credentials, with another token where there is none or it has ended; answers the body of the response, and the keys it is
    /// for.
    pub(super) async fn asked_for(
        &self,
        id: &str,
        intent: &mut Intent,
    ) -> Result<(Vec<u8>, Vec<PrivateKey>), WalletError> {
        let keys = intent.keys()?;
        let body = match self.ask(intent, &keys).await {
            Err(WalletError::TokenEnded) => {
                self.granted_again(id, intent).await?;
                self.ask(intent, &keys).await?
            }
            asked => asked?,
        };
        Ok((body, keys))
    }

    /// Asks for the credentials with a fresh nonce; answers the body of the response.
    async fn ask(&self, intent: &Intent, keys: &[PrivateKey]) -> Result<Vec<u8>, WalletError> {
        let token = intent.access_token.as_deref().ok_or(WalletError::TokenEnded)?;
        let issuer = IssuerIdentifier::parse(&intent.issuer, "credential_issuer")?;
        let nonce = match &intent.nonce_endpoint {
            Some(endpoint) => Some(self.nonce(endpoint.clone()).await?),
            None => None,
        };
        let credential = RequestedCredential::Configuration(intent.configuration.clone());
        let request = match intent.blind {
            #[cfg(feature = "bbs")]
            true => {
                let blinded = Some(Self::blinded(intent, keys, nonce)?);
                CredentialRequest { credential, proofs: Vec::new(), blinded, dsub: None }
            }
            _ => {
                let proofs = keys.iter().map(|key| self.proof(key, &issuer, nonce.as_deref()));
                let proofs = proofs.collect::<Result<_, _>>()?;
                let directory = intent.directory.as_ref().map(ForDirectory::blind).transpose()?;
                let dsub = directory.map(|blind| *blind.blinded());
                CredentialRequest { credential, proofs, blinded: None, dsub }
            }
        };
        let body = request.to_json().to_string().into_bytes();
        let post =
            HttpRequest::post(intent.credential_endpoint.clone(), JSON, body, FetchLimits::STATUS_LIST);
        let answer = self.send_as(post, intent.grant_key()?.as_ref(), Some(token)).await?;
        match answer.status {
            200 => Ok(ok(ENDPOINT, answer)?.body),
            202 => Err(WalletError::Deferred),
            400 => Err(WalletError::Credential(CredentialErrorCode::parse(&answer.body)?)),
            401 => Err(WalletError::TokenEnded),
            status => Err(WalletError::Status(ENDPOINT, status)),
        }
    }

    /// Tells the issuer that what it sent is not kept. The acceptance stays: it may be asked for again.
    pub(super) async fn refuse(&self, intent: &Intent, notification_id: Option<String>) {
        let Some(notice) = &intent.notice(notification_id, true) else { return };
        // A place of its own: it may be refused again before the issuer hears of it.
        let place = &format!("notice/{}", self.fresh_id());
        let kept = self
            .wallet_box
            .transact(|records| async move { Ok::<_, WalletError>(records.write(place, notice).await?) });
        // Why it was refused counts for whoever asks; a notice that could not be told now waits for [`Wallet::resume`].
        if kept.await.is_ok() {
            self.notify(place).await.ok();
        }
    }

    /// What is signed as a document can only be shown by who has all of its contexts. Where they may be had later nothing is
    /// wrong with what came: it is asked for again, and not refused. Where they never are, this acceptance ends here.
    async fn without_contexts(
        &self,
        id: &str,
        intent: &Intent,
        notification_id: Option<String>,
        lacking: WalletError,
    ) -> Result<WalletError, WalletError> {
        if matches!(lacking, WalletError::ContextNeverFetched(_)) {
            self.refuse(intent, notification_id).await;
            self.end_acceptance(&format!("intent/{id}")).await?;
        }
        Ok(lacking)
    }

    async fn nonce(&self, endpoint: url::Url) -> Result<String, WalletError> {
        let answer = self.send(HttpRequest::post(endpoint, JSON, Vec::new(), FetchLimits::DOCUMENT)).await?;
        Ok(parse_nonce_response(&ok("the nonce endpoint", answer)?.body)?)
    }

    fn proof(
        &self,
        key: &PrivateKey,
        issuer: &IssuerIdentifier,
        nonce: Option<&str>,
    ) -> Result<String, WalletError> {
        let claims =
            ProofClaims { credential_issuer: issuer, issued_at: self.clock.now(), nonce, client_id: None };
        let header = Header::for_key(key.public()).ok_or(WalletError::Key)?.jwk(key.public().clone());
        claims.unsigned(header).sign(key).map_err(|_| WalletError::Key)
    }

    /// Checks that every copy is what was asked for, says the same as the others, and is bound to its own key. Whether the issuer may issue it is for
    /// whoever it is shown to: the wallet asked this issuer itself, over a connection it authenticated.
    fn received(
        &self,
        intent: &Intent,
        (keys, credentials): (&[PrivateKey], &[Value]),
        contexts: &Contexts,
    ) -> Result<(Held, Vec<Copy>), WalletError> {
        let mut copies = Vec::with_capacity(credentials.len());
        let mut unbound: Vec<&PrivateKey> = keys.iter().collect();
        let (mut entries, mut expires, mut said_first) = (BTreeSet::new(), None, None);
        for credential in credentials {
            let text = opened::text(intent.format, credential).ok_or(WalletError::OtherCredential)?;
            let opened = Opened::open(intent.format, &text)?;
            if !opened.is_of(&intent.vct, &intent.types) || opened.is_blind() != intent.blind {
                return Err(WalletError::OtherCredential);
            }
            // Each copy is for a key of its own and has a status of its own: else showing two tells that they are one.
            let key = unbound.iter().position(|key| opened.is_bound(key.public()));
            let key = unbound.swap_remove(key.ok_or(WalletError::OtherCredential)?);
            let again = opened.status().is_some_and(|entry| !entries.insert(entry));
            let said = opened.said();
            let differs = said_first.get_or_insert_with(|| said.clone()) != &said;
            if again || differs {
                return Err(WalletError::OtherCredential);
            }
            expires = [expires, opened.expires_at()].into_iter().flatten().min();
            copies.push(Copy::new(intent.format, text.into_owned(), key));
        }
        let said = said_first.as_ref().map_or(&Value::Null, |(claims, _)| claims);
        let held = Held {
            id: self.fresh_id(),
            format: intent.format,
            vct: intent.vct.clone(),
            types: match intent.format {
                Format::MsoMdoc | Format::JigapPass => intent.types.clone(),
                format => vocabulary::types(format, said, contexts),
            },
            issuer: intent.issuer.clone(),
            name: intent.name.clone(),
            received: self.clock.now(),
            expires,
            copies: copies.len(),
            unused: copies.len(),
            number: 0,
            blind: intent.blind,
        };
        Ok((held, copies))
    }

    /// One commit: the copies are kept, the intent is done, the acknowledgement is owed.
    async fn keep(
        &self,
        (id, intent): (&str, &Intent),
        (held, copies): (Held, &[Copy]),
        vocabulary: &Vocabulary,
        notice: Option<&Notice>,
    ) -> Result<Held, WalletError> {
        let now = self.clock.now();
        let event = &Event::new(held.received, EventKind::Received, held.issuer.clone(), &held, Vec::new());
        let held = &held;
        self.wallet_box
            .transact(|records| async move {
                // Somebody else finished this acceptance meanwhile, and the issuer revoked what it gave us.
                if !records.delete(&format!("intent/{id}")).await? {
                    return Err(WalletError::FinishedElsewhere);
                }
                let held = match renewal::alike(&records, intent, copies).await? {
                    Some(alike) => renewal::add(&records, alike, (copies, held.expires), now).await?,
                    None => {
                        let held = Held { number: records::next_number(&records).await?, ..held.clone() };
                        records::keep(&records, &held, copies).await?;
                        vocabulary.keep(&records, &held).await?;
                        held
                    }
                };
                Renewal::arrived(&records, intent, &held).await?;
                records::remember(&records, event).await?;
                if let Some(notice) = notice {
                    records.write(&format!("notice/{id}"), notice).await?;
                }
                Ok(held)
            })
            .await
    }

    /// Tells the issuer that copies arrived, or were refused. If it cannot be told now, the notice stays for [`Wallet::resume`].
    pub(super) async fn notify(&self, place: &str) -> Result<(), WalletError> {
        let notice: Option<Notice> = self
            .wallet_box
            .transact(|records| async move { Ok::<_, WalletError>(records.read(place).await?) })
            .await?;
        let Some(notice) = notice else { return Ok(()) };
        let request = NotificationRequest {
            notification_id: notice.notification_id.clone(),
            event: if notice.failed { NotificationEvent::Failure } else { NotificationEvent::Accepted },
            event_description: None,
        };
        let body = request.to_json().to_string().into_bytes();
        let post = HttpRequest::post(notice.endpoint.clone(), JSON, body, FetchLimits::DOCUMENT);
        match self.send_as(post, notice.grant_key()?.as_ref(), Some(&notice.access_token)).await {
            // "Not now": a server that was too slow to read, or asked too often.
            Ok(HttpResponse { status: 408 | 429, .. }) => Ok(()),
            // Told, or never to be told: an ended token or unknown id does not come back.
            Ok(answer) if answer.status < 500 => self.forget(place).await,
            _ => Ok(()),
        }
    }

    pub(super) async fn keep_intent(&self, id: &str, intent: &Intent) -> Result<(), WalletError> {
        let place = &format!("intent/{id}");
        self.wallet_box.transact(|records| async move { Ok(records.write(place, intent).await?) }).await
    }

    pub(super) async fn forget(&self, place: &str) -> Result<(), WalletError> {
        self.wallet_box
            .transact(|records| async move {
                records.delete(place).await?;
                Ok(())
            })
            .await
    }
}

/// The first offered configuration of a format this wallet holds, and what it is.
fn takable(offer: &CredentialOffer, metadata: &IssuerMetadata) -> Option<(String, Wanted)> {
    offer.credential_configuration_ids.iter().find_map(|id| {
        let format = &metadata.credential_configurations_supported.get(id)?.format;
        let blind = matches!(format, ConfigurationFormat::JigapBlindPass { .. });
        let (format, vct, types) = match format {
            ConfigurationFormat::SdJwtVc { vct } => (Format::DcSdJwt, vct.clone(), Vec::new()),
            ConfigurationFormat::JwtVcJson { types } => (Format::JwtVcJson, String::new(), types.clone()),
            ConfigurationFormat::LdpVc { types, .. } if cfg!(feature = "ldp") => {
                (Format::LdpVc, String::new(), types.clone())
            }
            ConfigurationFormat::MsoMdoc { doctype } => {
                (Format::MsoMdoc, String::new(), vec![doctype.clone()])
            }
            ConfigurationFormat::JigapPass { pass_type } => {
                (Format::JigapPass, String::new(), vec![pass_type.clone()])
            }
            ConfigurationFormat::JigapBlindPass { pass_type } if cfg!(feature = "bbs") => {
                (Format::JigapPass, String::new(), vec![pass_type.clone()])
            }
            _ => return None,
        };
        Some((id.clone(), Wanted { format, vct, types, blind }))
    })
}

/// Whether asking again with the same token cannot help.
fn is_final(error: &WalletError) -> bool {
    matches!(
        error,
        WalletError::Status(ENDPOINT, 403)
            | WalletError::Credential(CredentialErrorCode::CredentialRequestDenied)
    )
}

/// An answer with status 200 and JSON in it.
pub(super) fn ok(what: &'static str, answer: HttpResponse) -> Result<HttpResponse, WalletError> {
    match answer.status {
        200 if answer.content_type == JSON => Ok(answer),
        200 => Err(WalletError::ContentType(what)),
        status => Err(WalletError::Status(what, status)),
    }
}
