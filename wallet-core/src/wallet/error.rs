//! Why the wallet could not do something: whose fault it is, without a claim's value. The IRI of a context is a stranger's, and made fit
//! for a terminal where it is shown.

use crate::ports::{FetchError, StoreError};
use crate::text::printable;
use crate::vci::{CredentialErrorCode, MessageError, TokenErrorCode};
use crate::verdict::Refusal;
use crate::wallet_box::BoxError;

/// Why the wallet could not do something.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WalletError {
    /// The link, offer or metadata breaks the specification: the issuer's fault.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The request, presentation or credential breaks a numbered rule: the peer's fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The issuer offers nothing this wallet takes.
    #[error("the offer holds no credential this wallet can take")]
    NothingToTake,
    /// The offer is of a flow this wallet does not have.
    #[error("the offer has no pre-authorized code")]
    NoPreAuthorizedCode,
    /// The offer wants a transaction code.
    #[error("the offer wants a transaction code")]
    TxCodeWanted,
    /// The token endpoint refused.
    #[error("the issuer refused the code: {}", .0.name())]
    Token(TokenErrorCode),
    /// The credential endpoint refused.
    #[error("the issuer refused the credential request: {}", .0.name())]
    Credential(CredentialErrorCode),
    /// The issuer will give the credential later, which this wallet does not wait for.
    #[error("the issuer defers the credential")]
    Deferred,
    /// The access token ended before the credentials arrived; ask the issuer for a new offer.
    #[error("the time to collect the credential is over")]
    TokenEnded,
    /// Another run of this wallet finished the same acceptance.
    #[error("the acceptance was finished meanwhile")]
    FinishedElsewhere,
    /// What was issued is not bound to a key of its own, is of another type or issuer, or its copies differ.
    #[error("the issuer sent another credential than was asked for")]
    OtherCredential,
    /// A JSON-LD context of a document, without which nobody can show it, could not be had now; it is asked for again. Which one.
    #[error("a context of the credential cannot be had now: {}", printable(.0))]
    ContextNotHad(String),
    /// One that this wallet never fetches, by what its address is or because there are too many: the document was refused.
    #[error("a context of the credential is never fetched: {}", printable(.0))]
    ContextNeverFetched(String),
    /// An answer with an unexpected status.
    #[error("{0} answered with status {1}")]
    Status(&'static str, u16),
    /// An answer that is not JSON by its media type.
    #[error("{0} answered with something else than application/json")]
    ContentType(&'static str),
    /// The server could not be reached, or the fetch guard refused it.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// No credential held answers the request; which query lacks what is in the [`super::Asking`].
    #[error("no credential held answers the request")]
    CannotAnswer,
    /// All copies of a credential were shown already; get new ones from the issuer.
    #[error("no unused copy is left")]
    NoCopyLeft,
    /// There is no credential of that id.
    #[error("there is no such credential")]
    NoSuchCredential,
    /// No refresh token of the credential gives copies for directories.
    #[error("the issuer gives no copies of this credential for directories")]
    NoDirectoryCopies,
    /// There is no consent of that id.
    #[error("there is no such consent")]
    NoSuchConsent,
    /// The verifier did not say how the consent is taken back, or its answer was lost.
    #[error("the verifier did not say how the consent is taken back")]
    NoWithdrawal,
    /// The wallet has no trust list that names a key for passes that are signed blindly, or that one has ended.
    #[error("the wallet knows no key that signs such passes: it wants a newer trust list")]
    NoTrust,
    /// The wallet has a newer version of the trust list.
    #[error("the trust list is older than the wallet's")]
    OlderTrust,
    /// Another list of the version that the wallet has: whoever signs it shows two people two lists.
    #[error("the trust list is not the one of this version that the wallet has")]
    TwoTrusts,
    /// The wallet's keys failed.
    #[error("a key of the wallet cannot sign")]
    Key,
    /// The box failed.
    #[error(transparent)]
    Box(#[from] BoxError),
}

impl WalletError {
    /// Whether an acceptance that failed so may yet come to its end as it stands: its issuer only takes its time, or something
    /// between does not work now.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Deferred | Self::Fetch(_) | Self::Box(_) | Self::NoTrust => true,
            Self::Status(_, status) => matches!(status, 408 | 429 | 500..),
            _ => false,
        }
    }
}

impl From<StoreError> for WalletError {
    fn from(error: StoreError) -> Self {
        Self::Box(BoxError::Store(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_iri_of_a_context_is_shown_fit_for_a_terminal() {
        let iri = "https://a.example/\u{1b}[2J".to_owned();
        for error in [WalletError::ContextNotHad(iri.clone()), WalletError::ContextNeverFetched(iri)] {
            let shown = error.to_string();
            assert!(shown.contains("https://a.example/") && !shown.contains('\u{1b}'), "{shown:?}");
        }
    }

    #[test]
    fn what_time_may_mend_may_pass() {
        let status = |status| WalletError::Status("the credential endpoint", status);
        for passing in
            [WalletError::Deferred, FetchError::Unreachable.into(), status(500), status(503), status(429)]
        {
            assert!(passing.may_pass(), "{passing}");
        }
        for hopeless in [WalletError::OtherCredential, WalletError::TokenEnded, status(404), status(499)] {
            assert!(!hopeless.may_pass(), "{hopeless}");
        }
    }
}
