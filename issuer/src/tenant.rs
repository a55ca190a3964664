//! A tenant: one university or agency, with its own identifier, keys, records and credential types.
//!
//! Its methods are the protocol endpoints with HTTP taken away: request bytes in, message or error out, one commit in
//! between. `http.rs` gives them paths.

use std::collections::BTreeMap;
use std::sync::Arc;

use jigap_keys::bbs::SecretKey;
use jigap_keys::{Entropy, KeyType};
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::pass::Kind;
use jigap_wallet_core::ports::{Clock, Signer, Store, StoreError};
use jigap_wallet_core::sealing::{RecordKeys, SealBroken};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::vci::{
    AuthorizationServerMetadata, CredentialError, CredentialOffer, IssuerIdentifier, IssuerMetadata,
    NonceKey, NotificationError, NotificationEvent, NotificationRequest, OfferLink, PreAuthorizedCodeGrant,
    SecretText, TokenError, TokenErrorCode, TokenGrant, TokenRequest, TokenResponse, TokenType, TxCodeSpec,
    nonce_response,
};
use jigap_wallet_core::verdict::Refusal;
use jigap_wallet_core::x509;
use serde_json::{Value, json};
use url::Url;

use crate::blind::BlindSecret;
use crate::configuration::Configuration;
use crate::dpop::{self, Presented};
use crate::dsub::DsubSecret;
use crate::hints::HintRules;
use crate::issuance::{self, IssuanceError, Notice};
use crate::offer::{self, MadeOffer, Offer, RedeemError, TX_CODE_DIGITS};
use crate::places::Places;
use crate::publish::SignedLists;
use crate::refresh::{self, RefreshError, RefreshRules};
use crate::register::PassRegister;
use crate::status::AllocateError;
use crate::verdicts::VerdictRules;
use crate::{metadata, sweep, token};

/// Most copies of one credential in a request (OpenID4VCI 1.0 §12.2.4, `batch_size`).
pub const BATCH_SIZE: u32 = 28;
/// How long a `c_nonce` lives.
pub const NONCE_LIFETIME: Seconds = Seconds(300);

/// What signs for one purpose: the key, and the header that says how to find its public half.
pub struct SigningKey {
    /// The private half, wherever it is.
    pub signer: Arc<dyn Signer>,
    /// `alg`, and `kid` or `x5c`.
    pub header: Header,
}

impl SigningKey {
    /// What kind of key it is.
    pub fn key_type(&self) -> KeyType {
        self.signer.public_key().key_type()
    }

    /// When the first of its certificates ends, if it has any: what it signs is refused from then on.
    pub fn ends(&self) -> Option<Timestamp> {
        self.header.x5c.iter().filter_map(|der| x509::not_after(der)).min()
    }
}

/// The key of `bbs-2023`, which signs documents and nothing else.
pub struct BbsKey {
    /// Whose it is, the issuer of what it signs.
    pub did: String,
    /// Its DID URL.
    pub method: String,
    /// The private half.
    pub secret: SecretKey,
}

/// A tenant's fixed part.
pub struct Tenant {
    /// Short name, in paths and store keys: `a-z`, `0-9`, `-`.
    pub id: String,
    /// Credential issuer identifier: `{public_url}/{id}`.
    pub identifier: IssuerIdentifier,
    /// The `iss` of its credentials, as the trust list names it: the identifier, or a DID. `None`: its certificate names it.
    pub issuer: Option<String>,
    /// What people call it.
    pub name: Name,
    /// The credential types it issues, each in a format, by configuration id.
    pub configurations: BTreeMap<String, Configuration>,
    /// Signs credentials.
    pub credential_key: SigningKey,
    /// Signs documents in `bbs-2023`, where a type is issued so or once was.
    pub bbs_key: Option<BbsKey>,
    /// What passes are signed blindly by, where a type is issued so.
    pub blind_secret: Option<BlindSecret>,
    /// What pseudonyms in directories are made by, where there are copies with them.
    pub dsub_secret: Option<DsubSecret>,
    /// Signs status lists: another key than the credentials'.
    pub status_key: SigningKey,
    /// Public keys published at `/.well-known/jwt-vc-issuer`; empty if the trust list names another mechanism.
    pub published_keys: Vec<Value>,
    /// The document of its did:web, published at `/{id}/did.json`, if that is its mechanism.
    pub did_document: Option<Value>,
    /// The log of its did:webvh, published at `/{id}/did.jsonl`, if that is its mechanism.
    pub did_log: Option<String>,
    /// How long a credential is valid.
    pub validity: Seconds,
    /// How long after issuing copies are revoked that their wallet never acknowledged. `None`: they stay, since a wallet
    /// need not notify (OpenID4VCI 1.0 §11).
    pub unacknowledged: Option<Seconds>,
    /// What is refreshed, for how long and how often.
    pub refresh: RefreshRules,
    /// Which verifiers' verdicts it takes, if any's.
    pub verdicts: Option<VerdictRules>,
    /// Seals and derives this tenant's records.
    pub record_keys: RecordKeys,
    /// Makes and opens `c_nonce`s.
    pub nonce_key: NonceKey,
    /// The version of each kind of passes that is issued, where it is not 0.
    pub pass_versions: BTreeMap<Kind, u32>,
    /// Where whom passes are of is noted, if this issuer takes part in an entry log.
    pub register: Option<Arc<dyn PassRegister>>,
    /// Whom it tells that a status list changed, if anybody.
    pub hints: Option<HintRules>,
    /// Status lists as last signed.
    pub signed_lists: SignedLists,
}

/// A name in Korean and English, from configuration.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// Korean.
    pub ko: String,
    /// English.
    pub en: String,
}

/// What a tenant works with.
#[derive(Clone)]
pub struct World {
    /// Where records lie.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// A refusal that the wallet is told, or a fault of ours that only the log is told.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError<E: std::fmt::Debug> {
    /// The specification's error.
    #[error("{0:?}")]
    Refused(E),
    /// The access token is not good: `invalid_token` (RFC 6750 §3.1).
    #[error("the access token is unknown or has ended")]
    InvalidToken,
    /// The DPoP proof does not hold, was used, or is not of the token's key: `invalid_dpop_proof` (RFC 9449 §7.1).
    #[error(transparent)]
    Proof(Refusal),
    /// Nothing more for so long.
    #[error("enough for today")]
    Later(Seconds),
    /// The store failed: nothing was done, the wallet may try again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our own records or keys failed.
    #[error("{0}")]
    Internal(&'static str),
}

impl<E: std::fmt::Debug> From<SealBroken> for EndpointError<E> {
    fn from(_: SealBroken) -> Self {
        Self::Internal("a stored record cannot be opened")
    }
}

impl Tenant {
    /// The credential issuer's metadata.
    pub fn issuer_metadata(&self) -> Result<IssuerMetadata, jigap_wallet_core::vci::MessageError> {
        metadata::issuer(self)
    }

    /// The authorization server's metadata (RFC 8414): the tenant is its own.
    pub fn server_metadata(
        &self,
    ) -> Result<AuthorizationServerMetadata, jigap_wallet_core::vci::MessageError> {
        metadata::server(self)
    }

    /// The JWT VC issuer metadata (SD-JWT VC §4.2), if this tenant's keys are published there.
    pub fn jwt_vc_issuer(&self) -> Option<Value> {
        if self.published_keys.is_empty() {
            return None;
        }
        Some(json!({"issuer": self.identifier.as_str(), "jwks": {"keys": self.published_keys}}))
    }

    /// The credential offer a reference leads to (OpenID4VCI 1.0 §4.1.3), while it is open.
    pub async fn offer(&self, world: &World, id: &str) -> Result<Option<CredentialOffer>, EndpointError<()>> {
        let tx = world.store.begin().await?;
        let offer = Offer::read(&tx, id, &self.places()).await.map_err(redeem_fault)?;
        let open =
            offer.filter(|offer| offer.state == offer::OfferState::Open && world.clock.now() < offer.expires);
        let code = SecretText::new(offer::code_of(id, &self.record_keys));
        Ok(open.map(|offer| self.offer_message(&offer.configuration, code, offer.wants_tx_code())))
    }

    /// The offer as the wallet reads it.
    fn offer_message(&self, configuration: &str, code: SecretText, wants_tx_code: bool) -> CredentialOffer {
        let description = "Sent to you by the issuer / 발급 기관이 따로 알려 준 번호";
        let tx_code = wants_tx_code.then(|| TxCodeSpec {
            description: Some(description.to_owned()),
            ..TxCodeSpec::numeric(TX_CODE_DIGITS as u8)
        });
        CredentialOffer {
            credential_issuer: self.identifier.clone(),
            credential_configuration_ids: vec![configuration.to_owned()],
            authorization_code: None,
            pre_authorized_code: Some(PreAuthorizedCodeGrant {
                pre_authorized_code: code,
                tx_code,
                authorization_server: None,
            }),
        }
    }

    /// The link to offer `id` by reference, short enough for a QR code. Until it is redeemed the link is a secret: whoever
    /// follows it gets the code, and with an offer without transaction code the credential.
    pub fn offer_link(&self, id: &str) -> Option<String> {
        let reference = self.endpoint(&format!("offers/{id}"))?;
        Some(OfferLink::Reference(reference).to_link())
    }

    /// The link that holds the offer of `configuration` itself: for wallets that cannot follow a reference. It is a secret
    /// like [`Self::offer_link`], and cannot be taken back from who has it, though withdrawing the offer makes it useless.
    pub fn offer_value_link(&self, made: &MadeOffer, configuration: &str) -> String {
        let code = SecretText::new(made.code.as_str());
        let offer = self.offer_message(configuration, code, made.tx_code.is_some());
        OfferLink::Value(Box::new(offer)).to_link()
    }

    /// The token endpoint (OpenID4VCI 1.0 §6), with the DPoP proof that came, if one did (RFC 9449 §5).
    pub async fn token(
        &self,
        world: &World,
        form: &[u8],
        proof: Option<&str>,
    ) -> Result<TokenResponse, EndpointError<TokenError>> {
        let request = TokenRequest::parse(form).map_err(EndpointError::Refused)?;
        request.require_client(true).map_err(EndpointError::Refused)?;
        let proven = &self.proven(world, "token", (proof, None))?;
        let (now, store, entropy) = (world.clock.now(), &*world.store, &world.entropy);
        let at = (&self.places(), &self.record_keys, &self.refresh);
        let given = match &request.grant {
            TokenGrant::PreAuthorizedCode { code, tx_code } => {
                let code = (code.reveal(), tx_code.as_ref().map(SecretText::reveal), proven.as_ref());
                token::exchange(store, at, code, now, entropy).await.map_err(token_error)?
            }
            TokenGrant::RefreshToken(token) => {
                let token = (token.reveal(), proven.as_ref());
                refresh::exchange(store, at, token, now, entropy).await.map_err(refresh_error)?
            }
        };
        Ok(TokenResponse {
            access_token: SecretText::new(given.access_token.as_str()),
            token_type: if given.bound { TokenType::Dpop } else { TokenType::Bearer },
            expires_in: Some(token::TOKEN_LIFETIME),
            refresh_token: given.refresh_token.map(|token| SecretText::new(token.as_str())),
            authorization_details: Vec::new(),
        })
    }

    /// The nonce endpoint (OpenID4VCI 1.0 §7): stateless until a nonce is used.
    pub fn nonce(&self, world: &World) -> Value {
        let now = world.clock.now();
        nonce_response(&self.nonce_key.issue(&self.identifier, now, NONCE_LIFETIME, &world.entropy))
    }

    /// The notification endpoint (OpenID4VCI 1.0 §11). Where unacknowledged copies are revoked, a wallet that comes back
    /// late may still say that it has them: its token is good here, and nowhere else, until they would be.
    pub async fn notification(
        &self,
        world: &World,
        presented: Presented<'_>,
        body: &[u8],
    ) -> Result<(), EndpointError<NotificationError>> {
        let access_token = presented.token;
        let proven = self.proven(world, "notification", (presented.proof, Some(access_token)))?;
        let tx = world.store.begin().await?;
        let grace = self.unacknowledged.unwrap_or(Seconds(0));
        let grant = token::Grant::find(&tx, access_token, &self.places()).await.map_err(redeem_fault)?;
        let grant = grant.filter(|grant| world.clock.now() < grant.expires.plus(grace));
        let grant = grant.ok_or(EndpointError::InvalidToken)?;
        dpop::require_bound(grant.key.as_deref(), proven.as_ref()).map_err(EndpointError::Proof)?;
        let request = NotificationRequest::parse(body).map_err(EndpointError::Refused)?;
        let notice = match request.event {
            NotificationEvent::Accepted => Notice::Accepted,
            NotificationEvent::Failure => Notice::Failed,
            NotificationEvent::Deleted => Notice::Deleted,
        };
        let named = (grant.offer.as_str(), request.notification_id.as_str());
        let notice = (notice, proven.as_ref());
        issuance::notify(&*world.store, &self.places(), named, notice).await.map_err(|error| match error {
            IssuanceError::Unknown => EndpointError::Refused(NotificationError::InvalidNotificationId),
            other => issuance_fault(other),
        })
    }

    /// The grant of an access token; refuses one that is unknown or has ended.
    pub(crate) async fn require_grant<E: std::fmt::Debug>(
        &self,
        world: &World,
        access_token: &str,
    ) -> Result<token::Grant, EndpointError<E>> {
        let tx = world.store.begin().await?;
        let grant = token::Grant::read(&tx, access_token, &self.places(), world.clock.now()).await;
        grant.map_err(redeem_fault)?.ok_or(EndpointError::InvalidToken)
    }

    /// Forgets what has ended and need not be kept (`crate::sweep`); to be called now and then.
    pub async fn sweep(&self, world: &World) -> Result<(), StoreError> {
        let (places, now) = (self.places(), world.clock.now());
        sweep::sweep(&*world.store, (&places, &self.record_keys), self.unacknowledged, now).await
    }

    pub(crate) fn places(&self) -> Places {
        Places::of(&self.id)
    }

    /// `{identifier}/{path}`.
    pub(crate) fn endpoint(&self, path: &str) -> Option<Url> {
        Url::parse(&format!("{}/{path}", self.identifier)).ok()
    }

    /// The URI of a status list.
    pub(crate) fn status_uri(&self, list: &str) -> String {
        format!("{}/status/{list}", self.identifier)
    }
}

/// Faults of ours among the issuance errors.
pub(crate) fn issuance_fault<E: std::fmt::Debug>(error: IssuanceError) -> EndpointError<E> {
    match error {
        IssuanceError::InvalidToken => EndpointError::InvalidToken,
        IssuanceError::Proof(refusal) => EndpointError::Proof(refusal),
        IssuanceError::Allocate(AllocateError::Store(error)) => EndpointError::Store(error),
        IssuanceError::Allocate(AllocateError::Full) => EndpointError::Store(StoreError::Unavailable),
        IssuanceError::Seal(error) => error.into(),
        _ => EndpointError::Internal("an issuance is in a state it cannot be in"),
    }
}

fn redeem_fault<E: std::fmt::Debug>(error: RedeemError) -> EndpointError<E> {
    match error {
        RedeemError::Store(error) => EndpointError::Store(error),
        _ => EndpointError::Internal("a stored record cannot be opened"),
    }
}

/// How a redemption that failed is told (OpenID4VCI 1.0 §6.3).
fn token_error(error: RedeemError) -> EndpointError<TokenError> {
    EndpointError::Refused(match error {
        RedeemError::UnknownCode => TokenErrorCode::InvalidGrant.because("the code is unknown or was used"),
        RedeemError::Expired => TokenErrorCode::InvalidGrant.because("the offer has ended"),
        RedeemError::WrongTxCode => TokenErrorCode::InvalidGrant.because("the transaction code is wrong"),
        RedeemError::Locked => TokenErrorCode::InvalidGrant.because("too many wrong transaction codes"),
        RedeemError::TxCodeMismatch => {
            TokenErrorCode::InvalidRequest.because("a transaction code is missing or was not asked for")
        }
        RedeemError::Proof(refusal) => return EndpointError::Proof(refusal),
        RedeemError::Seal(error) => return error.into(),
        RedeemError::Store(error) => return error.into(),
    })
}

/// How a grant that is not refreshed is told.
fn refresh_error(error: RefreshError) -> EndpointError<TokenError> {
    match error {
        RefreshError::Ended(refusal) => {
            EndpointError::Refused(TokenErrorCode::InvalidGrant.because(refusal.check.rule.en))
        }
        RefreshError::Later(wait) => EndpointError::Later(wait),
        RefreshError::Proof(refusal) => EndpointError::Proof(refusal),
        RefreshError::Seal(error) => error.into(),
        RefreshError::Store(error) => error.into(),
    }
}

/// A day in seconds: moments in credentials are rounded to it, so that copies and people do not stand out by them.
const DAY: i64 = 86_400;

/// `now` cut down to the day.
pub(crate) fn day_of(now: Timestamp) -> Timestamp {
    Timestamp::from_unix(now.unix().div_euclid(DAY) * DAY)
}

/// What the credential endpoint refuses with.
pub(crate) fn refused(error: impl Into<CredentialError>) -> EndpointError<CredentialError> {
    EndpointError::Refused(error.into())
}
