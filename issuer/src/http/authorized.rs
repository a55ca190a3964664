//! Access tokens in requests: as bearer tokens (RFC 6750 §2.1), and with a DPoP proof by the key they are bound to (RFC 9449 §7.1).

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jigap_platform::http::{OAuthError, credentials};
use jigap_wallet_core::vci::dpop::{BOUND, FORM, HEADER};
use jigap_wallet_core::vci::{TokenErrorCode, TokenType};
use jigap_wallet_core::verdict::{Reason, Refusal};

use crate::dpop::Presented;

/// Both schemes, and the algorithms of [`crate::dpop::ALGORITHMS`].
pub(super) const INVALID_TOKEN: OAuthError = OAuthError::new("invalid_token")
    .challenge("Bearer error=\"invalid_token\", DPoP error=\"invalid_token\", algs=\"ES256 EdDSA ES384\"");
pub(super) const INVALID_PROOF: OAuthError = OAuthError::new("invalid_dpop_proof")
    .challenge("DPoP error=\"invalid_dpop_proof\", algs=\"ES256 EdDSA ES384\"");
const NO_TOKEN: OAuthError =
    OAuthError::new("invalid_token").challenge("Bearer, DPoP algs=\"ES256 EdDSA ES384\"");

const NOT_ONE: Reason = Reason::new(
    "dpop-count",
    "there is no DPoP header, or several, or one that is no text",
    "DPoP 헤더가 없거나, 여럿이거나, 텍스트가 아닙니다",
);

/// The access token of a request, with its proof where it came as a DPoP token.
pub(super) fn token(headers: &HeaderMap) -> Result<Presented<'_>, Response> {
    let of = |kind: TokenType| credentials(headers, kind.name());
    match (of(TokenType::Dpop), of(TokenType::Bearer)) {
        (Ok(Some(token)), _) => match proof(headers) {
            Ok(Some(proof)) => Ok(Presented { token, proof: Some(proof) }),
            Ok(None) => Err(refused(FORM.refuse(NOT_ONE))),
            Err(refusal) => Err(refused(refusal)),
        },
        (_, Ok(Some(token))) => Ok(Presented { token, proof: None }),
        (Ok(None), Ok(None)) => Err(NO_TOKEN.into_response()),
        _ => Err(INVALID_TOKEN.into_response()),
    }
}

/// The DPoP proof of a request, if one came. Refuses several (DP-01).
pub(super) fn proof(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(HEADER).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(proof)), None) => Ok(Some(proof)),
        _ => Err(FORM.refuse(NOT_ONE)),
    }
}

/// A refusal at an endpoint that wants an access token (RFC 9449 §7.1): of the token where that is another key's.
pub(super) fn refused(refusal: Refusal) -> Response {
    let error = if refusal.check == BOUND { INVALID_TOKEN } else { INVALID_PROOF };
    error.because(&refusal).into_response()
}

/// A refusal at the token endpoint (RFC 9449 §5).
pub(super) fn bad_proof(refusal: Refusal) -> Response {
    let error = OAuthError::new(TokenErrorCode::InvalidDpopProof.name()).describe(refusal.check.rule.en);
    error.because(&refusal).into_response()
}
