//! Authorization Error Response codes (OpenID4VP 1.0 §8.5, RFC 6749 §4.1.2.1).
//!
//! An error is all that is sent: no description, so that it says nothing about what the wallet holds (§15.9).

use crate::verdict::Refusal;

/// Why a wallet sends no presentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The request breaks a rule.
    InvalidRequest,
    /// `client_metadata` where the wallet knows the client.
    InvalidClient,
    /// A `scope` that names no query known here.
    InvalidScope,
    /// A response type other than `vp_token`.
    UnsupportedResponseType,
    /// The holder declined, or nothing held satisfies the query; the verifier cannot tell which.
    AccessDenied,
    /// None of the formats asked for is supported.
    VpFormatsNotSupported,
    /// `request_uri_method` is neither `get` nor `post`.
    InvalidRequestUriMethod,
    /// `transaction_data` that is not supported.
    InvalidTransactionData,
    /// The wallet could not be invoked.
    WalletUnavailable,
    /// The wallet failed.
    ServerError,
    /// Any other code, of this or another specification.
    Other,
}

/// Every code but [`ErrorCode::Other`].
const NAMED: [ErrorCode; 10] = [
    ErrorCode::InvalidRequest,
    ErrorCode::InvalidClient,
    ErrorCode::InvalidScope,
    ErrorCode::UnsupportedResponseType,
    ErrorCode::AccessDenied,
    ErrorCode::VpFormatsNotSupported,
    ErrorCode::InvalidRequestUriMethod,
    ErrorCode::InvalidTransactionData,
    ErrorCode::WalletUnavailable,
    ErrorCode::ServerError,
];

impl ErrorCode {
    /// The code on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::AccessDenied => "access_denied",
            Self::VpFormatsNotSupported => "vp_formats_not_supported",
            Self::InvalidRequestUriMethod => "invalid_request_uri_method",
            Self::InvalidTransactionData => "invalid_transaction_data",
            Self::WalletUnavailable => "wallet_unavailable",
            Self::ServerError => "server_error",
            Self::Other => "other",
        }
    }

    /// The code a wallet answers with when it refuses a request for `refusal`.
    pub fn for_refusal(refusal: &Refusal) -> Self {
        use super::{FORMATS, REQUEST_URI_METHOD, RESPONSE_TYPE, TRANSACTION_DATA, request};
        let check = refusal.check;
        if check == FORMATS {
            Self::VpFormatsNotSupported
        } else if check == REQUEST_URI_METHOD {
            Self::InvalidRequestUriMethod
        } else if check == RESPONSE_TYPE {
            Self::UnsupportedResponseType
        } else if check == TRANSACTION_DATA {
            Self::InvalidTransactionData
        } else if refusal.reason == request::SCOPE_UNKNOWN {
            Self::InvalidScope
        } else {
            Self::InvalidRequest
        }
    }

    /// Reads a code; what is not named here is [`ErrorCode::Other`].
    pub fn from_code(code: &str) -> Self {
        NAMED.into_iter().find(|named| named.code() == code).unwrap_or(Self::Other)
    }
}
