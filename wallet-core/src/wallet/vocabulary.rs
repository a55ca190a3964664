//! The contexts of a W3C credential that was just received: what is not known here is fetched once, from where its IRI
//! leads, and kept in the box with it.
//!
//! They decide which questions the credential answers, and of a document with proofs what its holder signs: a verifier
//! reads both by its own contexts. Fetched are only https documents of somebody's, few and bounded; what cannot be had is
//! done without.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::looks::is_somebodys;
use super::opened::{self, Opened};
use super::records::Held;
use super::{Wallet, WalletError};
use crate::contexts::{Contexts, VERIFIABLE_CREDENTIAL};
use crate::dcql::Format;
use crate::wallet_box::{BoxError, Records};

/// Version of the stored form.
const VERSION: u8 = 1;
/// Most contexts that are fetched for one credential.
const MOST: usize = 4;
/// Bytes of a context document.
const MAX_BYTES: usize = 256 * 1024;
const MEDIA_TYPE: &str = "application/ld+json";

/// The contexts that were fetched for a credential, as they came, by their IRIs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vocabulary {
    version: u8,
    documents: Vec<(String, String)>,
}

impl Vocabulary {
    const NOTHING: Self = Self { version: VERSION, documents: Vec::new() };

    /// Those that everybody knows, and these.
    pub(super) fn contexts(&self) -> Contexts {
        let known = Contexts::built_in().clone();
        self.documents.iter().fold(known, |known, (iri, document)| {
            // Only what was not known was fetched.
            known.clone().with(iri, document.as_bytes()).unwrap_or(known)
        })
    }

    /// The contexts of a credential as they are kept; `None` where none had to be fetched.
    pub(super) async fn kept(records: &Records, held: &Held) -> Result<Option<Self>, WalletError> {
        let kept: Option<Self> = records.read(&place(&held.id)).await?;
        if kept.as_ref().is_some_and(|kept| kept.version != VERSION) {
            return Err(BoxError::Unreadable.into());
        }
        Ok(kept)
    }

    /// Keeps them with a credential that cannot be shown without them.
    pub(super) async fn keep(&self, records: &Records, held: &Held) -> Result<(), WalletError> {
        if held.format == Format::LdpVc && !self.documents.is_empty() {
            records.write(&place(&held.id), self).await?;
        }
        Ok(())
    }

    /// Whether it is what [`Vocabulary::keep`] writes.
    pub(super) fn is_sound(&self) -> bool {
        self.version == VERSION && self.documents.len() <= MOST
    }
}

impl Wallet {
    /// What must be fetched for reading `credential`.
    pub(super) async fn vocabulary(&self, format: Format, credential: Option<&Value>) -> Vocabulary {
        let mut vocabulary = Vocabulary::NOTHING;
        let text = credential.and_then(|credential| opened::text(format, credential));
        let is_w3c = matches!(format, Format::JwtVcJson | Format::LdpVc);
        let opened = text.filter(|_| is_w3c).map(|text| Opened::open(format, &text));
        let Some(Ok(opened)) = opened else { return vocabulary };
        for iri in Contexts::built_in().unknown(opened.claims()).into_iter().take(MOST) {
            let Some(url) = fetchable(&iri) else { continue };
            let document = self.document(url, MEDIA_TYPE, MAX_BYTES).await;
            let text = document.and_then(|document| String::from_utf8(document).ok());
            let is_context = |text: &String| Contexts::built_in().clone().with(&iri, text.as_bytes()).is_ok();
            vocabulary.documents.extend(text.filter(is_context).map(|text| (iri, text)));
        }
        vocabulary
    }
}

/// Why a document cannot be shown that lacks contexts beside `contexts`: one of them is never fetched, or could not be had now.
/// `None`: it lacks none.
pub(super) fn lacking(document: &Value, contexts: &Contexts) -> Option<WalletError> {
    let mut unknown = contexts.unknown(document).into_iter();
    let first = unknown.next()?;
    // What is beyond the first few is not fetched next time either.
    let too_many = Contexts::built_in().unknown(document).len() > MOST;
    let never = std::iter::once(&first).chain(unknown.as_slice()).find(|iri| fetchable(iri).is_none());
    Some(match (never, too_many) {
        (Some(never), _) => WalletError::ContextNeverFetched(never.clone()),
        (None, true) => WalletError::ContextNeverFetched(first),
        (None, false) => WalletError::ContextNotHad(first),
    })
}

/// Where a context may be fetched from.
fn fetchable(iri: &str) -> Option<Url> {
    Url::parse(iri).ok().filter(|url| url.scheme() == "https" && is_somebodys(url))
}

/// The contexts for signing a presentation of `held`.
pub(super) async fn contexts(records: &Records, held: &Held) -> Result<Contexts, WalletError> {
    Ok(match held.format {
        Format::LdpVc => Vocabulary::kept(records, held).await?.unwrap_or(Vocabulary::NOTHING).contexts(),
        _ => Contexts::built_in().clone(),
    })
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

pub(super) fn place(credential: &str) -> String {
    format!("context/{credential}")
}
