//! How a held credential looks: its type's metadata and card, fetched once when it is accepted and kept in the box.
//!
//! Nothing depends on it: what cannot be had, or is not what the credential states (`vct#integrity`), is not kept, and the
//! credential is held all the same. It is never fetched again, so that looking at a credential tells nobody. Refused:
//! documents that were moved, and a card that lies with somebody else than the type, who would learn who accepts such
//! credentials. Types under `.example` (RFC 2606), which belongs to nobody, are not asked for.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::records::{Copy, Held};
use super::{Wallet, WalletError};
use crate::claims::{ClaimPath, PathStep};
use crate::ports::{FetchLimits, HttpRequest};
use crate::text::Lang;
use crate::type_metadata::{self, CardError, CardReference, TypeMetadata, draw, verify_integrity};

/// Version of the stored form.
const VERSION: u8 = 1;
/// Longest time that either document may take in milliseconds: the person waits.
const PATIENCE: u64 = 5_000;

/// The stored form: the documents as they were fetched.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u8,
    metadata: String,
    card: Option<String>,
}

/// How a credential looks, as the publisher of its type says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    metadata: TypeMetadata,
    card: Option<String>,
    /// Below what the claims that the type describes stand.
    subject: Option<&'static str>,
}

impl Look {
    /// Names, labels, colours. They are a stranger's words.
    pub const fn metadata(&self) -> &TypeMetadata {
        &self.metadata
    }

    /// What the claim at `path` is called in `lang`.
    pub fn label(&self, path: &ClaimPath, lang: Lang) -> Option<&str> {
        let path = match (self.subject, path.steps()) {
            (Some(subject), [PathStep::Key(first), rest @ ..]) if first == subject => {
                &ClaimPath::new(rest.to_vec()).ok()?
            }
            _ => path,
        };
        self.metadata.label(path, lang)
    }

    /// The card with `claims` in it, as SVG that neither runs nor loads anything; `None` if there is no card.
    ///
    /// # Errors
    /// [`CardError`] if the card is not safe to draw.
    pub fn draw(&self, claims: &Value) -> Option<Result<String, CardError>> {
        let claims = self.subject.map_or(Some(claims), |subject| claims.get(subject));
        Some(draw(self.card.as_deref()?, &self.metadata, claims.unwrap_or(&Value::Null)))
    }
}

impl Wallet {
    /// How the credential `id` looks; `None` if its type says nothing.
    ///
    /// # Errors
    /// [`WalletError`] if the box fails.
    pub async fn look(&self, id: &str) -> Result<Option<Look>, WalletError> {
        let place = &place(id);
        let kept: Option<(Held, Kept)> = self
            .wallet_box
            .transact(|records| async move {
                let held = records.read::<Held>(&format!("credential/{id}")).await?;
                Ok::<_, WalletError>(held.zip(records.read::<Kept>(place).await?))
            })
            .await?;
        let Some((held, kept)) = kept.filter(|(_, kept)| kept.version == VERSION) else { return Ok(None) };
        // The box authenticates that these are the documents that were checked when they came.
        let metadata = TypeMetadata::read(kept.metadata.as_bytes(), described(&held), None).ok();
        Ok(metadata.map(|metadata| Look { metadata, card: kept.card, subject: held.subject() }))
    }

    /// Fetches how a credential that was just received looks, and keeps it. It may fail: then nothing is kept.
    pub(super) async fn learn_look(&self, held: &Held, copy: Option<&Copy>) {
        let Some(kept) = self.fetched_look(held, copy).await else { return };
        let (place, credential, kept) = (&place(&held.id), &format!("credential/{}", held.id), &kept);
        let written = self.wallet_box.transact(|records| async move {
            // Not for a credential that was deleted meanwhile.
            if records.read::<Held>(credential).await?.is_some() {
                records.write(place, kept).await?;
            }
            Ok::<_, WalletError>(())
        });
        written.await.ok();
    }

    async fn fetched_look(&self, held: &Held, copy: Option<&Copy>) -> Option<Kept> {
        let url = TypeMetadata::url(described(held)).filter(is_somebodys)?;
        let opened = copy?.open().ok()?;
        let document = self.document(url.clone(), "application/json", type_metadata::LIMITS.bytes).await?;
        let metadata = TypeMetadata::read(&document, described(held), opened.vct_integrity()).ok()?;
        let card = match card_beside(&metadata, &url) {
            Some(reference) => self.fetched_card(reference, &metadata).await,
            None => None,
        };
        Some(Kept { version: VERSION, metadata: String::from_utf8(document).ok()?, card })
    }

    /// A card that is the one meant and can be drawn.
    async fn fetched_card(&self, reference: &CardReference, metadata: &TypeMetadata) -> Option<String> {
        let card = self.document(reference.uri.clone(), "image/svg+xml", type_metadata::MAX_CARD).await?;
        if let Some(integrity) = &reference.integrity {
            verify_integrity(integrity, &card).ok()?;
        }
        let card = String::from_utf8(card).ok()?;
        draw(&card, metadata, &Value::Null).ok()?;
        Some(card)
    }

    pub(super) async fn document(&self, url: Url, kind: &str, max_bytes: usize) -> Option<Vec<u8>> {
        let limits = FetchLimits { max_bytes, timeout_ms: PATIENCE };
        let answer = self.send(HttpRequest::get(url, kind, limits).without_redirects()).await.ok()?;
        (answer.status == 200 && answer.content_type == kind).then_some(answer.body)
    }
}

/// What type metadata describes: the `vct`, or the document in which the class of a W3C credential is defined. There our
/// issuers publish the same metadata, which says what stands below the subject; a stranger's is of another `vct`.
fn described(held: &Held) -> &str {
    held.credential_type().split('#').next().unwrap_or_default()
}

pub(super) fn place(id: &str) -> String {
    format!("look/{id}")
}

/// The first card, if it lies where the type lies.
fn card_beside<'m>(metadata: &'m TypeMetadata, url: &Url) -> Option<&'m CardReference> {
    let card = metadata.display.iter().find_map(|display| display.card.as_ref());
    card.filter(|card| card.uri.origin() == url.origin())
}

/// Whether the host can be anybody's.
pub(super) fn is_somebodys(url: &Url) -> bool {
    url.host_str().is_some_and(|host| !host.ends_with(".example"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_card_is_fetched_from_nobody_but_the_types_publisher() {
        let vct = "https://types.example/pass/1";
        let card = |uri: &str| {
            let rendering = json!({"svg_templates": [{"uri": uri}]});
            let display = json!([{"locale": "en", "name": "Pass", "rendering": rendering}]);
            let document = json!({"vct": vct, "display": display}).to_string();
            let metadata = TypeMetadata::read(document.as_bytes(), vct, None).unwrap();
            card_beside(&metadata, &Url::parse(vct).unwrap()).map(|card| card.uri.to_string())
        };
        let own = "https://types.example/cards/pass.svg";
        assert_eq!(card(own).as_deref(), Some(own));
        for other in [
            "https://tracker.example/pass.svg",
            "https://types.example.tracker.example/pass.svg",
            "https://types.example:8443/pass.svg",
        ] {
            assert_eq!(card(other), None, "{other}");
        }
    }
}
