//! OpenID for Verifiable Credential Issuance 1.0: its messages and their rules, for the issuer's side and the wallet's.
//!
//! Everything here is pure: a service or a wallet moves the bytes, keeps what is used once, and fetches what these
//! modules name. Members that the specification does not know are ignored, as it demands; members it knows must have the
//! type and form it gives them. No error repeats what a peer sent.
//!
//! Spoken: the pre-authorized code flow with transaction codes, refresh tokens, DPoP, key proofs of type `jwt`, batches, nonces,
//! notifications.
//! Left out, and refused where a peer insists: encrypted requests and responses, deferred issuance, key attestations,
//! proofs of type `di_vp` and `attestation`, signed metadata. docs/SPECS.md goes through it rule by rule.

mod credential;
mod display;
pub mod dpop;
mod error;
mod identifier;
mod metadata;
mod nonce;
mod notification;
mod offer;
mod proof;
mod read;
mod secret;
mod server;
mod token;
mod write;

pub use credential::{
    Blinded, CredentialError, CredentialErrorCode, CredentialRequest, CredentialResponse, DsubAnswer,
    RequestedCredential,
};
pub use display::{ClaimDescription, Display, Image};
pub use error::{DESCRIPTION_CHARACTERS, MessageError, is_description};
pub use identifier::IssuerIdentifier;
pub use metadata::{ConfigurationFormat, CredentialConfiguration, DsubSupport, IssuerMetadata, ProofType};
pub use nonce::{LiveNonce, NonceKey, OpenedNonce, nonce_response, parse_nonce_response};
pub use notification::{NotificationError, NotificationEvent, NotificationRequest};
pub use offer::{
    AuthorizationCodeGrant, CredentialOffer, InputMode, OFFER_SCHEME, OfferLink, PreAuthorizedCodeGrant,
    TxCodeSpec,
};
pub use proof::{
    ALGORITHM, AUDIENCE, BATCH, Client, DISTINCT_KEYS, FORM, ISSUED_AT, ISSUER, KEY_REFERENCE, NONCE_LIVE,
    NONCE_PRESENT, ONE_NONCE, ProofClaims, ProofRules, ProvenKey, SIGNATURE, TYP, VerifiedProofs, live_nonce,
    verify_proofs,
};
pub use secret::SecretText;
pub use server::AuthorizationServerMetadata;
pub use token::{
    AuthorizationDetail, PRE_AUTHORIZED_CODE, REFRESH_TOKEN, TokenError, TokenErrorCode, TokenGrant,
    TokenRequest, TokenResponse, TokenType,
};

#[cfg(test)]
mod vectors {
    use serde_json::Value;

    /// The JSON of one official example, whose strings may be folded over lines and which may stand in an HTTP response;
    /// `None` where the vectors are absent and not required.
    #[expect(clippy::disallowed_methods, reason = "tests read the official vectors from their folder")]
    pub(super) fn json(file: &str) -> Option<Value> {
        let folder = jigap_tests::vectors("openid4vci-1.0/1.0/examples")?;
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let unfolded: String = text[text.find('{')?..].lines().map(|line| line.trim_start()).collect();
        Some(serde_json::from_str(&unfolded).unwrap())
    }
}
