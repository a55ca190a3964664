//! Who the verifier is to wallets: its Client Identifier Prefix (OpenID4VP 1.0 §5.9.3).
//!
//! With `x509_hash`, `x509_san_dns` and `decentralized_identifier` it signs its requests; with `redirect_uri` it cannot,
//! and each request is its own client: whoever receives at its response URI.

use std::borrow::Cow;
use std::sync::Arc;

use jigap_wallet_core::ports::Signer;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::Refusal;
use jigap_wallet_core::vp::{ClientId, Identification};
use jigap_wallet_core::x509;
use url::Url;

/// Who the verifier is to wallets.
pub enum Identity {
    /// One that signs request objects.
    Signing(Box<Signing>),
    /// `redirect_uri`: the link holds the whole, unsigned request.
    RedirectUri,
}

/// A client that signs.
pub struct Signing {
    /// Its client identifier, prefix included.
    pub client_id: ClientId,
    /// Signs request objects.
    pub signer: Arc<dyn Signer>,
    /// How a request object names the signer's key.
    pub identification: Identification,
}

impl Identity {
    /// The client of a request whose answer goes to `response_uri`.
    pub fn client_id(&self, response_uri: &Url) -> Result<Cow<'_, ClientId>, Refusal> {
        match self {
            Self::Signing(signing) => Ok(Cow::Borrowed(&signing.client_id)),
            Self::RedirectUri => ClientId::parse(&format!("redirect_uri:{response_uri}")).map(Cow::Owned),
        }
    }

    /// Who signs, if anybody does.
    pub fn signing(&self) -> Option<&Signing> {
        match self {
            Self::Signing(signing) => Some(signing),
            Self::RedirectUri => None,
        }
    }

    /// When the first of its certificates ends, if it has any: from then on wallets refuse it.
    pub fn ends(&self) -> Option<Timestamp> {
        match &self.signing()?.identification {
            Identification::X5c(chain) => chain.iter().filter_map(|der| x509::not_after(der)).min(),
            Identification::Kid(_) => None,
        }
    }

    /// Whether the key signs now: an HSM or KMS may be away.
    pub async fn can_sign(&self) -> bool {
        match self.signing() {
            Some(signing) => signing.signer.sign(b"jigap: is the key there?").await.is_ok(),
            None => true,
        }
    }
}
