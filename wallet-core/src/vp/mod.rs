//! OpenID4VP 1.0: the messages between wallet and verifier and their rules, both sides, without any I/O.
//!
//! The wallet's way, each step a type that only the step before makes:
//! [`Invitation::parse`] (a link) → [`RequestReference::start`] → [`PendingRequest::read`] (what the verifier's server
//! answered) → [`UnverifiedRequest::authenticate`] (who asks) → [`AuthenticatedRequest::validate`] (what is asked) →
//! [`AuthorizationRequest`] → [`AuthorizationResponse::post`] → [`PostAnswer::read`].
//! The verifier's: [`NewRequest::build`] → [`SentRequest::request_object`] or [`SentRequest::link`] →
//! [`PostedResponse::parse`] → [`PostedResponse::open`].
//!
//! Left out, and refused where a request asks for it: `scope`, `transaction_data` of types other than [`FEED_CONSENT`], response types other than `vp_token`,
//! response modes other than `direct_post` and `direct_post.jwt`, pre-registered clients, and the prefixes
//! `openid_federation`, `verifier_attestation` and `origin`.

mod authorization;
mod client_id;
mod client_metadata;
mod device_proof;
mod error_code;
mod form;
mod link;
mod nonce;
mod request;
mod response;
mod sent;

pub(crate) use authorization::SHA_256;
pub use authorization::{
    Authorization, Authorized, FEED_CONSENT, FeedConsent, MAX_CREDENTIALS, MAX_FACTS, MAX_PURPOSE,
    OWN_PERSONA, Purpose, TRANSACTION_DATA,
};
pub use client_id::{
    CLIENT_ID, CLIENT_KEY, Client, ClientId, PREFIX_SUPPORTED, SIGNED_AS_PREFIX_DEMANDS, VerifierTrust,
};
pub use client_metadata::{CLIENT_METADATA, ClientMetadata, ENCRYPTION_KEY, EncryptionKey};
pub use device_proof::{DeviceProof, device_mac_number};
pub use error_code::ErrorCode;
pub use link::{
    Invitation, LINK, ONE_REQUEST, PendingRequest, REQUEST_OBJECT_MEDIA_TYPE, REQUEST_URI_ANSWER,
    REQUEST_URI_METHOD, REQUEST_URI_POST, RequestReference, RequestUriMethod, wallet_nonce_of_post,
};
pub use request::{
    AUDIENCE, AuthenticatedRequest, AuthorizationRequest, CLIENT_ID_SAME, DCQL_QUERY, FORMATS, NONCE,
    RESPONSE_MODE, RESPONSE_TYPE, RESPONSE_URI, ReplyTo, ResponseMode, STATE, STATIC_DISCOVERY_AUDIENCE,
    UnverifiedRequest, VALIDITY, WALLET_NONCE,
};
pub use response::{
    AuthorizationResponse, Decryption, ENCRYPTED_AS_ASKED, OfferError, POST_ANSWER, PostAnswer,
    PostedResponse, RESPONSE_FORM, RESPONSE_STATE, ResponseExpectation, VP_TOKEN, VpToken, Withdrawal,
    is_offer,
};
pub use sent::{Identification, NewRequest, SentRequest};

#[cfg(test)]
mod tests;
