//! Tokens: had for a code or a refresh token, and used with a DPoP proof where they are bound to a key (RFC 9449).
//!
//! A grant has a key of its own: no two issuers see one, and no two grants. A refresh token is kept where it is bound to that key
//! alone: whoever copies one that is bound to none could use it.

use jigap_keys::{KeyType, PrivateKey, base64url};

use super::accept::{FORM, ok};
use super::records::{self, Intent};
use super::renewal::Renewal;
use super::{Wallet, WalletError};
use crate::jose::Algorithm;
use crate::ports::{FetchLimits, HttpRequest, HttpResponse};
use crate::vci::dpop::{self, ProofClaims};
use crate::vci::{
    AuthorizationServerMetadata, MessageError, TokenErrorCode, TokenGrant, TokenRequest, TokenResponse,
    TokenType,
};

const ENDPOINT: &str = "the token endpoint";

impl Wallet {
    /// A key for a grant of `server`, if it binds tokens to keys such as we make.
    pub(super) fn grant_key(&self, server: &AuthorizationServerMetadata) -> Option<PrivateKey> {
        let taken = &server.dpop_signing_alg_values_supported;
        let ours = taken.iter().any(|name| name == Algorithm::Es256.name());
        ours.then(|| PrivateKey::generate(KeyType::P256, &self.entropy))
    }

    /// Asks the server of `intent` for a token, for what is given.
    pub(super) async fn granted(
        &self,
        intent: &Intent,
        grant: TokenGrant,
    ) -> Result<TokenResponse, WalletError> {
        let request = TokenRequest { grant, client_id: None };
        let body = request.to_form().as_bytes().to_vec();
        let endpoint = intent.token_endpoint.clone().ok_or(WalletError::NoPreAuthorizedCode)?;
        let key = intent.grant_key()?;
        let post = HttpRequest::post(endpoint, FORM, body, FetchLimits::DOCUMENT);
        let answer = self.send_as(post, key.as_ref(), None).await?;
        let given = match answer.status {
            200 => TokenResponse::parse(&ok(ENDPOINT, answer)?.body)?,
            400 | 401 => return Err(WalletError::Token(TokenErrorCode::parse(&answer.body)?)),
            status => return Err(WalletError::Status(ENDPOINT, status)),
        };
        if given.token_type == TokenType::Dpop && key.is_none() {
            return Err(MessageError::Invalid {
                member: "token_type",
                rule: "names a proof that was not given",
            }
            .into());
        }
        Ok(given)
    }

    /// Keeps a token and, in the same commit, what gives the next one. `intent` says then what is kept of it.
    pub(super) async fn keep_granted(
        &self,
        id: &str,
        intent: &mut Intent,
        given: &TokenResponse,
    ) -> Result<(), WalletError> {
        intent.access_token = Some(given.access_token.reveal().to_owned());
        if given.token_type == TokenType::Bearer {
            intent.unbind();
        }
        let refresh_token = given.refresh_token.as_ref().filter(|_| given.token_type == TokenType::Dpop);
        if refresh_token.is_some() && intent.renewal.is_none() {
            intent.renewal = Some(id.to_owned());
        }
        let (intent, place) = (&*intent, &format!("intent/{id}"));
        self.wallet_box
            .transact(|records| async move {
                // What it was for may have been deleted meanwhile, and it with that.
                if records.read::<Intent>(place).await?.is_none() {
                    return Err(WalletError::FinishedElsewhere);
                }
                if let (Some(token), Some(renewal)) = (refresh_token, &intent.renewal) {
                    let kept = Renewal::read(&records, renewal).await?;
                    let kept = kept.unwrap_or_else(|| Renewal::begin(intent));
                    kept.with_token(token).write(&records, renewal).await?;
                }
                Ok(records.write(place, intent).await?)
            })
            .await
    }

    /// Gets another access token for an acceptance whose own has ended, or that never had one, by its refresh token. Where there
    /// is none, or it is refused, the acceptance can never go on, and is forgotten.
    pub(super) async fn granted_again(&self, id: &str, intent: &mut Intent) -> Result<(), WalletError> {
        let kept = match &intent.renewal {
            Some(renewal) => self.renewal(renewal).await?,
            None => None,
        };
        let place = format!("intent/{id}");
        let Some(kept) = kept else {
            self.forget(&place).await?;
            return Err(WalletError::TokenEnded);
        };
        match self.granted(intent, TokenGrant::RefreshToken(kept.token())).await {
            Ok(given) => self.keep_granted(id, intent, &given).await,
            Err(error) => {
                // Its grant has ended: nothing comes of it any more.
                if error == WalletError::Token(TokenErrorCode::InvalidGrant) {
                    self.forget(&place).await?;
                    self.forget(&records::renewal(intent.renewal.as_deref().unwrap_or_default())).await?;
                }
                Err(error)
            }
        }
    }

    /// Sends a POST with the access `token`, if there is one; with proofs by `key`, if it is bound to one. A server that wants a
    /// nonce in the proof is asked once more, with that nonce.
    pub(super) async fn send_as(
        &self,
        request: HttpRequest,
        key: Option<&PrivateKey>,
        token: Option<&str>,
    ) -> Result<HttpResponse, WalletError> {
        let Some(key) = key else {
            return self
                .send(match token {
                    Some(token) => request.bearer(token),
                    None => request,
                })
                .await;
        };
        let kind = TokenType::Dpop.name();
        let request = match token {
            Some(token) => request.header("authorization", format!("{kind} {token}")),
            None => request,
        };
        let answer = self.send_proven(&request, key, (token, None)).await?;
        match &answer.dpop_nonce {
            Some(nonce) if wants_nonce(&answer) => {
                self.send_proven(&request, key, (token, Some(nonce))).await
            }
            _ => Ok(answer),
        }
    }

    async fn send_proven(
        &self,
        request: &HttpRequest,
        key: &PrivateKey,
        (access_token, nonce): (Option<&str>, Option<&str>),
    ) -> Result<HttpResponse, WalletError> {
        let mut id = [0; 16];
        self.entropy.fill(&mut id);
        let claims = ProofClaims {
            method: "POST",
            url: &request.url,
            issued_at: self.clock.now(),
            id: &base64url::encode(id),
            access_token,
            nonce,
        };
        let proof = claims.unsigned(key.public()).ok_or(WalletError::Key)?;
        let proof = proof.sign(key).map_err(|_| WalletError::Key)?;
        self.send(request.clone().header(dpop::HEADER, proof)).await
    }
}

/// Whether the request is to be sent again with the nonce that came. Not any that is refused: a wrong code would count twice.
fn wants_nonce(answer: &HttpResponse) -> bool {
    match answer.status {
        400 => TokenErrorCode::parse(&answer.body) == Ok(TokenErrorCode::UseDpopNonce),
        status => status == 401,
    }
}
