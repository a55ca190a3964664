//! Acceptances that did not come to their end: [`Wallet::resume`] goes on with them for as long as their issuer lets it, and whoever
//! does not want to wait gives them up. None is given up by itself: what an issuer or somebody's server does not give today
//! it may give tomorrow.

use serde::Serialize;

use super::records::Intent;
use super::renewal::{self, Renewal};
use super::{Wallet, WalletError};
use crate::wallet_box::BoxError;

const PLACE: &str = "intent/";

/// An acceptance under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnderWay {
    /// What [`Wallet::give_up`] takes.
    pub id: String,
    /// The issuer's identifier.
    pub issuer: String,
    /// The credential's name in Korean and English, as the issuer calls it.
    pub name: [Option<String>; 2],
    /// Its type: the `vct`, else the last type that the issuer's metadata name.
    pub credential_type: String,
}

impl Wallet {
    /// The acceptances that are under way.
    pub async fn under_way(&self) -> Result<Vec<UnderWay>, WalletError> {
        self.wallet_box
            .transact(|records| async move {
                let mut all = Vec::new();
                for place in records.list(PLACE).await? {
                    let intent: Intent = records.read(&place).await?.ok_or(BoxError::Damaged)?;
                    all.push(UnderWay {
                        id: place.trim_start_matches(PLACE).to_owned(),
                        issuer: intent.issuer.clone(),
                        name: intent.name.clone(),
                        credential_type: intent.types.last().unwrap_or(&intent.vct).clone(),
                    });
                }
                Ok::<_, WalletError>(all)
            })
            .await
    }

    /// Gives an acceptance up: its keys and its token are deleted, so that nobody can show what its issuer made for them. Nothing
    /// is told to the issuer.
    pub async fn give_up(&self, under_way: &UnderWay) -> Result<(), WalletError> {
        self.end_acceptance(&format!("{PLACE}{}", under_way.id)).await
    }

    /// Deletes the acceptance at `place`, and with the first of its kind what would get more copies of what was never received.
    pub(super) async fn end_acceptance(&self, place: &str) -> Result<(), WalletError> {
        self.wallet_box
            .transact(|records| async move {
                let intent: Option<Intent> = records.read(place).await?;
                records.delete(place).await?;
                if let Some(id) = intent.and_then(|intent| intent.renewal.clone())
                    && let Some(renewal) = Renewal::read(&records, &id).await?
                    && renewal.credential.is_none()
                {
                    renewal::end(&records, &id).await?;
                }
                Ok(())
            })
            .await
    }
}
