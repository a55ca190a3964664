//! The Token Endpoint (OpenID4VCI 1.0 §6; RFC 6749 §3.2, §5, §6): pre-authorized codes and refresh tokens; request, response,
//! errors.
//!
//! Refuses, by the names RFC 6749 gives: other grants, parameters sent twice, a missing code, a transaction code where none
//! is expected or none where one is, a request without client where anonymous ones are not allowed.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::read::{self, Members};
use super::write::{list, maybe, object, some};
use super::{MessageError, SecretText};
use crate::time::Seconds;

/// The grant type of the pre-authorized code flow (§4.1.1).
pub const PRE_AUTHORIZED_CODE: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

/// The grant type of refresh tokens (RFC 6749 §6).
pub const REFRESH_TOKEN: &str = "refresh_token";

/// A token request is a handful of short parameters.
const MAX_REQUEST: usize = 16 * 1024;

/// A token request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// What is given for the token.
    pub grant: TokenGrant,
    /// Who asks; absent: anonymous.
    pub client_id: Option<String>,
}

/// What a token is given for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenGrant {
    /// A pre-authorized code (§6.1).
    PreAuthorizedCode {
        /// The code of the offer.
        code: SecretText,
        /// What the person typed, present exactly if the offer asked for it.
        tx_code: Option<SecretText>,
    },
    /// A refresh token (RFC 6749 §6). It asks for what it stands for: `scope` is ignored.
    RefreshToken(SecretText),
}

/// What a wallet needs to use a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// The token alone (RFC 6750).
    Bearer,
    /// The token, and a proof by the key it is bound to (RFC 9449).
    Dpop,
}

/// A successful token response (§6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: SecretText,
    /// How it is used.
    pub token_type: TokenType,
    /// How long it lives.
    pub expires_in: Option<Seconds>,
    /// What gives another access token later, if the server gives one.
    pub refresh_token: Option<SecretText>,
    /// Which datasets of which configurations it opens. Where there are any, a credential request names one of their
    /// identifiers; else a configuration.
    pub authorization_details: Vec<AuthorizationDetail>,
}

/// One element of `authorization_details` of type `openid_credential` in a token response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationDetail {
    /// The configuration.
    pub credential_configuration_id: String,
    /// The datasets of that configuration; not empty.
    pub credential_identifiers: Vec<String>,
}

/// Error codes of the token endpoint (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenErrorCode {
    /// A parameter is missing, unsupported or repeated; a transaction code is missing or not expected.
    InvalidRequest,
    /// The client is unknown, or anonymous where that is not allowed.
    InvalidClient,
    /// The pre-authorized or transaction code is wrong, expired or used.
    InvalidGrant,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The server does not process this grant.
    UnsupportedGrantType,
    /// The scope is unknown or malformed.
    InvalidScope,
    /// The DPoP proof does not hold (RFC 9449 §5).
    InvalidDpopProof,
    /// The DPoP proof must carry the nonce that came with the answer (RFC 9449 §8).
    UseDpopNonce,
    /// A code this list does not have: only read, never sent.
    Other,
}

/// An error response of the token endpoint: HTTP status 400, `application/json`, not cacheable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", .code.name(), .description)]
pub struct TokenError {
    /// The code.
    pub code: TokenErrorCode,
    /// A word for the developer on the other side.
    pub description: &'static str,
}

impl TokenRequest {
    /// The body, `application/x-www-form-urlencoded`.
    pub fn to_form(&self) -> Zeroizing<String> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        match &self.grant {
            TokenGrant::PreAuthorizedCode { code, tx_code } => {
                form.append_pair("grant_type", PRE_AUTHORIZED_CODE);
                form.append_pair("pre-authorized_code", code.reveal());
                if let Some(code) = tx_code {
                    form.append_pair("tx_code", code.reveal());
                }
            }
            TokenGrant::RefreshToken(token) => {
                form.append_pair("grant_type", REFRESH_TOKEN);
                form.append_pair("refresh_token", token.reveal());
            }
        }
        if let Some(client) = &self.client_id {
            form.append_pair("client_id", client);
        }
        Zeroizing::new(form.finish())
    }

    /// Reads the body of a request. Parameters without a value count as absent, unknown ones are ignored, none may come
    /// twice (RFC 6749 §3.2).
    pub fn parse(form: &[u8]) -> Result<Self, TokenError> {
        if form.len() > MAX_REQUEST {
            return Err(TokenErrorCode::InvalidRequest.because("the request is too long"));
        }
        let (mut grant_type, mut code, mut tx_code) = (None, None, None);
        let (mut refresh_token, mut client_id) = (None, None);
        for (name, value) in url::form_urlencoded::parse(form) {
            let place = match &*name {
                "grant_type" => &mut grant_type,
                "pre-authorized_code" => &mut code,
                "tx_code" => &mut tx_code,
                "refresh_token" => &mut refresh_token,
                "client_id" => &mut client_id,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return Err(TokenErrorCode::InvalidRequest.because("a parameter is repeated"));
            }
        }
        let present = |parameter: Option<String>| parameter.filter(|value| !value.is_empty());
        let secret = |parameter| present(parameter).map(SecretText::new);
        let missing = |what| TokenErrorCode::InvalidRequest.because(what);
        let grant = match present(grant_type).as_deref() {
            Some(PRE_AUTHORIZED_CODE) => TokenGrant::PreAuthorizedCode {
                code: secret(code).ok_or(missing("pre-authorized_code is missing"))?,
                tx_code: secret(tx_code),
            },
            Some(REFRESH_TOKEN) => {
                TokenGrant::RefreshToken(secret(refresh_token).ok_or(missing("refresh_token is missing"))?)
            }
            Some(_) => return Err(TokenErrorCode::UnsupportedGrantType.because("the grant is not supported")),
            None => return Err(missing("grant_type is missing")),
        };
        Ok(Self { grant, client_id: present(client_id) })
    }

    /// The transaction code if one is `expected`, and then it must be there; if none is, it must not (§6.3). Whether it is
    /// the right one the caller finds out, counting the tries (§13.6.3), and answers a wrong one with
    /// [`TokenErrorCode::InvalidGrant`].
    pub fn presented_tx_code(&self, expected: bool) -> Result<Option<&SecretText>, TokenError> {
        let tx_code = match &self.grant {
            TokenGrant::PreAuthorizedCode { tx_code, .. } => tx_code,
            TokenGrant::RefreshToken(_) => &None,
        };
        match (expected, tx_code) {
            (true, None) => Err(TokenErrorCode::InvalidRequest.because("tx_code is missing")),
            (false, Some(_)) => Err(TokenErrorCode::InvalidRequest.because("tx_code is not expected")),
            (_, code) => Ok(code.as_ref()),
        }
    }

    /// Refuses a request without `client_id` where anonymous access is not `supported` (§6.3).
    pub fn require_client(&self, anonymous_supported: bool) -> Result<(), TokenError> {
        if anonymous_supported || self.client_id.is_some() {
            Ok(())
        } else {
            Err(TokenErrorCode::InvalidClient.because("client_id is missing"))
        }
    }
}

impl TokenResponse {
    /// The body, `application/json`, to be sent with `Cache-Control: no-store`.
    pub fn to_json(&self) -> Value {
        let detail = |detail: &AuthorizationDetail| {
            json!({
                "type": "openid_credential",
                "credential_configuration_id": detail.credential_configuration_id,
                "credential_identifiers": detail.credential_identifiers,
            })
        };
        let details: Vec<Value> = self.authorization_details.iter().map(detail).collect();
        object([
            ("access_token", some(self.access_token.reveal())),
            ("token_type", some(self.token_type.name())),
            ("expires_in", maybe(self.expires_in)),
            ("refresh_token", maybe(self.refresh_token.as_ref().map(SecretText::reveal))),
            ("authorization_details", list(&details)),
        ])
    }

    /// Reads the body of a response with status 200. Refuses token types other than Bearer and DPoP, which need what
    /// Jigap's wallet does not offer.
    pub fn parse(json: &[u8]) -> Result<Self, MessageError> {
        let message = read::object(json)?;
        let members = Members::new(&message);
        let token_type = TokenType::from_name(members.text("token_type")?)
            .ok_or(MessageError::invalid("token_type", "is neither `Bearer` nor `DPoP`"))?;
        let expires_in = members.optional_unsigned("expires_in")?;
        let mut authorization_details = Vec::new();
        for value in members.optional_array("authorization_details")? {
            let detail = Members::of(value, "authorization_details")?;
            if detail.text("type")? == "openid_credential" {
                authorization_details.push(AuthorizationDetail {
                    credential_configuration_id: detail.text("credential_configuration_id")?.to_owned(),
                    credential_identifiers: detail.texts("credential_identifiers")?,
                });
            }
        }
        Ok(Self {
            access_token: SecretText::new(bearer_token(members.text("access_token")?)?),
            token_type,
            refresh_token: match members.value("refresh_token") {
                Some(_) => Some(SecretText::new(members.text("refresh_token")?)),
                None => None,
            },
            expires_in: expires_in.map(|seconds| Seconds(u32::try_from(seconds).unwrap_or(u32::MAX))),
            authorization_details,
        })
    }
}

impl TokenType {
    /// The `token_type` value, which is also the scheme of the Authorization header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }

    /// Reads a `token_type` value, whatever its case (RFC 6749 §5.1).
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Bearer, Self::Dpop].into_iter().find(|it| it.name().eq_ignore_ascii_case(name))
    }
}

impl TokenErrorCode {
    /// The `error` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::Other => "other",
        }
    }

    /// This error with a word for the developer on the other side, in the characters RFC 6749 §5.2 allows.
    pub const fn because(self, description: &'static str) -> TokenError {
        TokenError { code: self, description }
    }

    /// Reads the body of a response with status 400 or 401.
    pub fn parse(json: &[u8]) -> Result<Self, MessageError> {
        let message = read::object(json)?;
        Ok(match Members::new(&message).text("error")? {
            "invalid_request" => Self::InvalidRequest,
            "invalid_client" => Self::InvalidClient,
            "invalid_grant" => Self::InvalidGrant,
            "unauthorized_client" => Self::UnauthorizedClient,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            "invalid_scope" => Self::InvalidScope,
            "invalid_dpop_proof" => Self::InvalidDpopProof,
            "use_dpop_nonce" => Self::UseDpopNonce,
            _ => Self::Other,
        })
    }
}

impl TokenError {
    /// The HTTP status: 400 for all (RFC 6749 §5.2; 401 is for clients that authenticated by header, which none does).
    pub const fn status(self) -> u16 {
        400
    }

    /// The body.
    pub fn to_json(self) -> Value {
        json!({"error": self.code.name(), "error_description": self.description})
    }
}

/// A token that can stand in an `Authorization` header (RFC 6750 §2.1): anything else could smuggle a header.
fn bearer_token(text: &str) -> Result<&str, MessageError> {
    let body = text.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    if !body.is_empty() && body.bytes().all(allowed) {
        Ok(text)
    } else {
        Err(MessageError::invalid("access_token", "is not a bearer token"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vci::is_description;

    fn request() -> TokenRequest {
        with(Some("493536"))
    }

    fn with(tx_code: Option<&str>) -> TokenRequest {
        let code = SecretText::new("SplxlOBeZQQYbYS6WxSbIA");
        let grant = TokenGrant::PreAuthorizedCode { code, tx_code: tx_code.map(SecretText::new) };
        TokenRequest { grant, client_id: None }
    }

    fn refused(form: &str) -> TokenErrorCode {
        TokenRequest::parse(form.as_bytes()).unwrap_err().code
    }

    #[test]
    fn a_request_goes_there_and_back() {
        let form = request().to_form();
        assert_eq!(
            *form,
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code=SplxlOBeZQQYbYS6WxSbIA&tx_code=493536"
        );
        assert_eq!(TokenRequest::parse(form.as_bytes()), Ok(request()));
        let odd = SecretText::new("a b+c&d=é");
        for grant in [
            TokenGrant::PreAuthorizedCode { code: odd.clone(), tx_code: None },
            TokenGrant::RefreshToken(odd.clone()),
        ] {
            let odd = TokenRequest { grant, client_id: Some("wallet".to_owned()) };
            assert_eq!(TokenRequest::parse(odd.to_form().as_bytes()), Ok(odd));
        }
        let refresh = TokenRequest { grant: TokenGrant::RefreshToken(SecretText::new("r")), client_id: None };
        assert_eq!(*refresh.to_form(), "grant_type=refresh_token&refresh_token=r");
        assert!(!format!("{refresh:?}").contains("\"r\""));
        assert_eq!(refresh.presented_tx_code(false), Ok(None));
    }

    #[test]
    fn a_bad_request_is_refused_by_the_name_of_the_specification() {
        let grant = format!("grant_type={PRE_AUTHORIZED_CODE}");
        for (form, code) in [
            (String::new(), TokenErrorCode::InvalidRequest),
            ("\u{0}\u{ff}=&&&==".to_owned(), TokenErrorCode::InvalidRequest),
            ("pre-authorized_code=x".to_owned(), TokenErrorCode::InvalidRequest),
            ("grant_type=&pre-authorized_code=x".to_owned(), TokenErrorCode::InvalidRequest),
            ("grant_type=authorization_code&code=x".to_owned(), TokenErrorCode::UnsupportedGrantType),
            ("grant_type=password&pre-authorized_code=x".to_owned(), TokenErrorCode::UnsupportedGrantType),
            ("grant_type=refresh_token".to_owned(), TokenErrorCode::InvalidRequest),
            ("grant_type=refresh_token&refresh_token=".to_owned(), TokenErrorCode::InvalidRequest),
            ("grant_type=refresh_token&pre-authorized_code=x".to_owned(), TokenErrorCode::InvalidRequest),
            (
                "grant_type=refresh_token&refresh_token=a&refresh_token=b".to_owned(),
                TokenErrorCode::InvalidRequest,
            ),
            (grant.clone(), TokenErrorCode::InvalidRequest),
            (format!("{grant}&pre-authorized_code="), TokenErrorCode::InvalidRequest),
            (format!("{grant}&pre-authorized_code=x&pre-authorized_code=y"), TokenErrorCode::InvalidRequest),
            (format!("{grant}&{grant}&pre-authorized_code=x"), TokenErrorCode::InvalidRequest),
            (format!("{grant}&pre-authorized_code=x&tx_code=1&tx_code=2"), TokenErrorCode::InvalidRequest),
            (
                format!("{grant}&pre-authorized_code={}", "x".repeat(MAX_REQUEST)),
                TokenErrorCode::InvalidRequest,
            ),
        ] {
            assert_eq!(refused(&form), code, "{form:.80}");
        }
        assert!(TokenRequest::parse(format!("{grant}&pre-authorized_code=x&scope=a&b").as_bytes()).is_ok());
    }

    #[test]
    fn a_transaction_code_is_there_exactly_when_expected() {
        let without = with(None);
        assert_eq!(request().presented_tx_code(true).unwrap(), Some(&SecretText::new("493536")));
        assert_eq!(without.presented_tx_code(false).unwrap(), None);
        for refused in [request().presented_tx_code(false), without.presented_tx_code(true)] {
            assert_eq!(refused.unwrap_err().code, TokenErrorCode::InvalidRequest);
        }
        let empty = format!("grant_type={PRE_AUTHORIZED_CODE}&pre-authorized_code=x&tx_code=");
        assert_eq!(TokenRequest::parse(empty.as_bytes()).unwrap().presented_tx_code(false), Ok(None));
    }

    #[test]
    fn an_anonymous_client_is_refused_where_not_supported() {
        assert_eq!(request().require_client(true), Ok(()));
        assert_eq!(request().require_client(false).unwrap_err().code, TokenErrorCode::InvalidClient);
        let named = TokenRequest { client_id: Some("wallet".to_owned()), ..request() };
        assert_eq!(named.require_client(false), Ok(()));
    }

    /// The example of §6.2.
    #[test]
    fn a_response_goes_there_and_back() {
        let json = json!({
            "access_token": "eyJhbGciOiJSUzI1NiIsInR5cCI6Ikp..sHQ",
            "token_type": "Bearer",
            "expires_in": 86400,
            "authorization_details": [{
                "type": "openid_credential",
                "credential_configuration_id": "UniversityDegreeCredential",
                "credential_identifiers": ["CivilEngineeringDegree-2023", "ElectricalEngineeringDegree-2023"]
            }]
        });
        let response = TokenResponse::parse(json.to_string().as_bytes()).unwrap();
        assert_eq!((response.expires_in, response.token_type), (Some(Seconds(86_400)), TokenType::Bearer));
        assert_eq!(response.authorization_details[0].credential_identifiers.len(), 2);
        assert_eq!(response.to_json(), json);
        assert!(!format!("{response:?}").contains("sHQ"));
        let bound = json!({
            "access_token": "a", "token_type": "DPoP", "expires_in": 300, "refresh_token": "r3fresh",
        });
        let response = TokenResponse::parse(bound.to_string().as_bytes()).unwrap();
        assert_eq!(response.token_type, TokenType::Dpop);
        assert_eq!(response.refresh_token, Some(SecretText::new("r3fresh")));
        assert_eq!(response.to_json(), bound);
        assert!(!format!("{response:?}").contains("r3fresh"));
    }

    #[test]
    fn a_response_that_breaks_a_rule_is_refused() {
        let json = json!({"access_token": "a", "token_type": "bearer"});
        assert!(TokenResponse::parse(json.to_string().as_bytes()).is_ok());
        for (member, value) in [
            ("token_type", json!("mac")),
            ("refresh_token", json!("")),
            ("refresh_token", json!(7)),
            ("access_token", json!("")),
            ("access_token", json!("a\r\nx-evil: 1")),
            ("access_token", json!("a b")),
            ("access_token", json!("==")),
            ("access_token", json!(7)),
            ("expires_in", json!("3600")),
            ("expires_in", json!(-1)),
            ("authorization_details", json!([])),
            ("authorization_details", json!({})),
            ("authorization_details", json!([1])),
            (
                "authorization_details",
                json!([{"type": "openid_credential", "credential_configuration_id": "a"}]),
            ),
            (
                "authorization_details",
                json!([{"type": "openid_credential", "credential_configuration_id": "a", "credential_identifiers": []}]),
            ),
        ] {
            let mut json = json.clone();
            json[member] = value.clone();
            assert!(TokenResponse::parse(json.to_string().as_bytes()).is_err(), "{member} {value}");
        }
        assert_eq!(TokenResponse::parse(b"{}"), Err(MessageError::Missing("token_type")));
        assert_eq!(TokenResponse::parse(b"access_token=a"), Err(MessageError::NotJson));
    }

    #[test]
    fn errors_are_named_as_the_specification_names_them() {
        for code in [
            TokenErrorCode::InvalidRequest,
            TokenErrorCode::InvalidClient,
            TokenErrorCode::InvalidGrant,
            TokenErrorCode::UnauthorizedClient,
            TokenErrorCode::UnsupportedGrantType,
            TokenErrorCode::InvalidScope,
            TokenErrorCode::InvalidDpopProof,
            TokenErrorCode::UseDpopNonce,
        ] {
            let error = code.because("a word");
            assert_eq!(TokenErrorCode::parse(error.to_json().to_string().as_bytes()), Ok(code));
            assert_eq!(error.status(), 400);
        }
        assert_eq!(TokenErrorCode::parse(br#"{"error": "slow_down"}"#), Ok(TokenErrorCode::Other));
        assert!(TokenErrorCode::parse(br#"{"error": 1}"#).is_err());
        let too_long = format!("grant_type=x&a={}", "x".repeat(MAX_REQUEST));
        assert!(is_description(TokenRequest::parse(too_long.as_bytes()).unwrap_err().description));
    }
}
