//! Listings of the wallet's person in people directories: the persona of each, and the last document that it signed.
//!
//! A directory gets a persona of its own, so that two directories cannot tell that they list the same person. A document is kept before
//! anything is sent: numbers rise whatever becomes of the sending, and what is exported is what was signed.

use jigap_keys::json::{Limits, Wiped};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Wallet, WalletError};
use crate::people::asked::Asks;
use crate::people::listing::{ListingDocument, VerifiedListing};
use crate::people::{Persona, PersonaId};
use crate::sealing::fingerprint;
use crate::wallet_box::BoxError;

/// Version of the stored form.
const VERSION: u8 = 1;
const PREFIX: &str = "listing/";

/// The stored form. No `Debug`: it holds keys.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u8,
    directory: String,
    /// The persona's keys.
    persona: String,
    number: u64,
    /// The last document as it was signed.
    document: Option<String>,
}

/// A listing of one's own. No `Debug`: its words are personal.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnListing {
    /// The directory, by its public URL.
    pub directory: String,
    /// The persona that is listed there.
    pub persona: PersonaId,
    /// The number of the last document; 0 before the first.
    pub number: u64,
    /// The last document as it was signed.
    pub signed: Option<String>,
}

impl OwnListing {
    /// What the last document says.
    pub fn document(&self) -> Option<ListingDocument> {
        let verified = VerifiedListing::read(self.signed.as_deref()?, &self.directory).ok()?;
        Some(verified.document().clone())
    }
}

impl Kept {
    fn persona(&self) -> Result<Persona, WalletError> {
        let keys =
            Wiped::parse(self.persona.as_bytes(), Limits::MESSAGE).map_err(|_| BoxError::Unreadable)?;
        Ok(Persona::from_json(keys).map_err(|_| BoxError::Unreadable)?)
    }

    fn own(&self) -> Result<OwnListing, WalletError> {
        Ok(OwnListing {
            directory: self.directory.clone(),
            persona: self.persona()?.id(),
            number: self.number,
            signed: self.document.clone(),
        })
    }
}

impl Wallet {
    /// The listing in `directory`, with a persona that is made now if there is none.
    ///
    /// # Errors
    /// [`WalletError`] if the box fails.
    pub async fn listing(&self, directory: &str) -> Result<OwnListing, WalletError> {
        self.with_listing(directory, |kept| kept.own()).await
    }

    /// Every listing.
    ///
    /// # Errors
    /// [`WalletError`] if the box fails.
    pub async fn listings(&self) -> Result<Vec<OwnListing>, WalletError> {
        self.wallet_box
            .transact(|records| async move {
                let mut listings = Vec::new();
                for id in records.list(PREFIX).await? {
                    let kept = records.read::<Kept>(&id).await?.ok_or(BoxError::Damaged)?;
                    listings.push(kept.own()?);
                }
                Ok::<_, WalletError>(listings)
            })
            .await
    }

    /// Signs the next document for `directory` and keeps it. Of `document`, persona, directory, moment, number and key are those of the
    /// listing, whatever stands there.
    ///
    /// # Errors
    /// [`WalletError`] if the box fails.
    pub async fn sign_listing(
        &self,
        directory: &str,
        document: &ListingDocument,
    ) -> Result<OwnListing, WalletError> {
        let now = self.clock.now();
        self.with_listing(directory, |kept| {
            let persona = kept.persona()?;
            let next = ListingDocument {
                persona: persona.id(),
                directory: directory.to_owned(),
                at: now,
                number: kept.number + 1,
                agreement: persona.public().sealing_key(),
                ..document.clone()
            };
            kept.document = Some(next.sign(&persona).map_err(|_| BoxError::Unreadable)?);
            kept.number = next.number;
            kept.own()
        })
        .await
    }

    /// What the persona of the listing asks of `directory`, signed.
    ///
    /// # Errors
    /// [`WalletError`] if the box fails.
    pub async fn sign_asked(&self, directory: &str, asks: &Asks) -> Result<String, WalletError> {
        let now = self.clock.now();
        self.with_listing(directory, |kept| {
            Ok(asks.sign(&kept.persona()?, directory, now).map_err(|_| BoxError::Unreadable)?)
        })
        .await
    }

    async fn with_listing<T>(
        &self,
        directory: &str,
        act: impl Fn(&mut Kept) -> Result<T, WalletError>,
    ) -> Result<T, WalletError> {
        let (id, act) = (&format!("{PREFIX}{}", fingerprint(directory)), &act);
        self.wallet_box
            .transact(|records| async move {
                let mut kept = match records.read::<Kept>(id).await? {
                    Some(kept) if kept.version == VERSION && kept.directory == directory => kept,
                    Some(_) => return Err(BoxError::UnknownVersion.into()),
                    None => Kept {
                        version: VERSION,
                        directory: directory.to_owned(),
                        persona: Persona::generate(&*self.entropy).to_json().to_string(),
                        number: 0,
                        document: None,
                    },
                };
                let done = act(&mut kept)?;
                records.write(id, &kept).await?;
                Ok::<_, WalletError>(done)
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::Repeatable;

    /// The stored form, word for word: a wallet that an earlier Jigap wrote must be read.
    #[test]
    fn a_listing_of_version_1() {
        let persona = Persona::generate(&Repeatable::new(1));
        let stored = json!({
            "version": 1, "directory": "https://people.example", "persona": *persona.to_json(), "number": 3, "document": "a.b.c",
        });
        let kept: Kept = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&kept).unwrap(), stored);
        let own = kept.own().unwrap();
        assert_eq!((own.persona, own.number, own.signed.as_deref()), (persona.id(), 3, Some("a.b.c")));
        let mut broken = kept;
        broken.persona = "{}".to_owned();
        assert_eq!(broken.own().err(), Some(WalletError::Box(BoxError::Unreadable)));
    }
}
