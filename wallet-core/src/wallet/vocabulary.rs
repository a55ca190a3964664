//! The contexts of a W3C credential that was just received: what is not known here is fetched once, from where its IRI
//! leads, so that the wallet can tell what types the credential has.
//!
//! They decide nothing but which questions the credential answers: a verifier reads types by its own contexts. Fetched
//! are only https documents of somebody's, few and bounded; what cannot be had is done without.

use serde_json::Value;
use url::Url;

use super::Wallet;
use super::looks::is_somebodys;
use super::opened::Opened;
use crate::contexts::{Contexts, VERIFIABLE_CREDENTIAL};
use crate::dcql::Format;

/// Most contexts that are fetched for one credential.
const MOST: usize = 4;
/// Bytes of a context document.
const MAX_BYTES: usize = 256 * 1024;
const MEDIA_TYPE: &str = "application/ld+json";

impl Wallet {
    /// The contexts for reading `credential`.
    pub(super) async fn vocabulary(&self, format: Format, credential: Option<&Value>) -> Contexts {
        let mut contexts = Contexts::built_in().clone();
        let text = credential.and_then(Value::as_str);
        let opened = text.filter(|_| format != Format::DcSdJwt).map(|text| Opened::open(format, text));
        let Some(Ok(opened)) = opened else { return contexts };
        for iri in contexts.unknown(opened.claims()).into_iter().take(MOST) {
            let url = Url::parse(&iri).ok().filter(|url| url.scheme() == "https" && is_somebodys(url));
            let Some(url) = url else { continue };
            if let Some(document) = self.document(url, MEDIA_TYPE, MAX_BYTES).await {
                contexts = contexts.clone().with(&iri, &document).unwrap_or(contexts);
            }
        }
        contexts
    }
}

/// The types of a W3C credential as IRIs, but for what every credential is.
pub(super) fn types(format: Format, claims: &Value, contexts: &Contexts) -> Vec<String> {
    if format == Format::DcSdJwt {
        return Vec::new();
    }
    let mut types = contexts.expanded_types(claims);
    types.retain(|name| name != VERIFIABLE_CREDENTIAL);
    types
}
