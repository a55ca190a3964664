//! What a tenant's registrar does: make offers, import a register, suspend, reinstate, revoke.
//!
//! Every mutation carries an idempotency key; its answer is stored in the commit that does it.

use std::collections::BTreeSet;

use jigap_wallet_core::ports::{StoreError, Tx, transact};
use jigap_wallet_core::sealing::SealBroken;
use jigap_wallet_core::time::{Seconds, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::configuration::Configuration;
use crate::idempotency::{self, IdempotencyError, Mutation};
use crate::import::{self, LineError, MAX_REFERENCE, Register};
use crate::issuance::{self, Change, IssuanceError, IssuanceState};
use crate::offer::{MadeOffer, NewOffer, Offer, OfferStanding, Prepared};
use crate::places::Places;
use crate::status::AllocateError;
use crate::tenant::{Tenant, World};
use crate::types::ClaimError;

/// Longest lifetime of an offer.
pub const MAX_OFFER_LIFETIME: Seconds = Seconds(30 * 24 * 3600);
/// Most offers, and most issuances, that one change may touch.
pub const MAX_CHANGED: usize = 1000;

/// An offer to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferRequest {
    /// The credential configuration.
    pub credential_configuration_id: String,
    /// The claims.
    #[schema(value_type = Object)]
    pub claims: Map<String, Value>,
    /// The registrar's own key for the person: 1 to 256 bytes.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 256)]
    pub reference: Option<String>,
    /// Whether a transaction code is wanted; so unless said otherwise.
    #[serde(default = "yes")]
    pub tx_code: bool,
    /// Seconds the offer lasts; a week unless said otherwise.
    #[serde(default = "week")]
    #[schema(value_type = u32)]
    pub lifetime: Seconds,
    /// Whether the link holds the offer itself, not a reference to it.
    #[serde(default)]
    pub by_value: bool,
    /// Whether the link is also drawn as a QR code (SVG).
    #[serde(default)]
    pub qr: bool,
}

/// A register to import.
pub struct ImportRequest<'a> {
    /// The credential configuration.
    pub configuration: &'a str,
    /// The register.
    pub register: Register<'a>,
    /// Whether transaction codes are wanted.
    pub tx_code: bool,
    /// Seconds the offers last.
    pub lifetime: Seconds,
}

/// What to change: what came of these offers, or of all offers for a person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRequest {
    /// Offer ids: all that came of them, and what could still come.
    #[serde(default)]
    pub offers: Vec<String>,
    /// The registrar's own key for the person.
    #[serde(default)]
    pub reference: Option<String>,
    /// A code for why, `a-z`, `0-9`, `-`: kept with the record, so no personal data.
    pub reason: String,
}

/// What became of an issuance.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Changed {
    /// The issuance.
    pub issuance: String,
    /// Where it stands now.
    pub state: IssuanceState,
    /// Whether a status list tells verifiers. Not so of documents issued before there were lists for them: what a wallet has
    /// of those is accepted until it ends.
    #[serde(default = "yes")]
    pub published: bool,
}

/// What became of an offer.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangedOffer {
    /// The offer.
    pub offer: String,
    /// Where it stands now.
    pub state: OfferStanding,
}

/// What a change did.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(from = "KeptChanges")]
pub struct Changes {
    /// What became of each issuance that could change: none, where nothing was issued yet.
    pub changed: Vec<Changed>,
    /// What became of each offer that was meant, also of one that nobody took yet.
    pub offers: Vec<ChangedOffer>,
}

/// [`Changes`] as they are kept for an idempotency key.
#[derive(Deserialize)]
#[serde(untagged)]
enum KeptChanges {
    /// Kept by a version that told nothing of offers.
    OfIssuances(Vec<Changed>),
    Whole {
        changed: Vec<Changed>,
        offers: Vec<ChangedOffer>,
    },
}

impl From<KeptChanges> for Changes {
    fn from(kept: KeptChanges) -> Self {
        match kept {
            KeptChanges::OfIssuances(changed) => Self { changed, offers: Vec::new() },
            KeptChanges::Whole { changed, offers } => Self { changed, offers },
        }
    }
}

/// Why a registrar's request is refused.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum AdminError {
    /// This tenant does not issue that.
    #[error("there is no such credential configuration")]
    UnknownConfiguration,
    /// The claims break the type's schema; the paths and rules, never the values.
    #[error("the claims do not follow the credential type")]
    Claims(Vec<String>),
    /// Lines of the register are wrong; nothing was imported.
    #[error("the register has errors; nothing was imported")]
    Lines(Vec<LineError>),
    /// A field is out of its range.
    #[error("{0}")]
    Field(&'static str),
    /// The registrar's key for the person is empty, or over [`MAX_REFERENCE`].
    #[error("reference: 1 to 256 bytes")]
    Reference,
    /// No issuance is meant, or one of them does not exist.
    #[error("there is no such issuance")]
    UnknownIssuance,
    /// More is meant than one change may touch; nothing was changed.
    #[error("too many issuances for one change")]
    TooMany,
    /// Nothing that is meant can be reinstated: it was revoked, which is for good.
    #[error("a revoked credential stays revoked")]
    RevokedForGood,
    /// The idempotency key was used for another request.
    #[error("this idempotency key was used for another request")]
    OtherRequest,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our own records cannot be opened.
    #[error(transparent)]
    Seal(#[from] SealBroken),
}

impl From<IdempotencyError> for AdminError {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::OtherRequest => Self::OtherRequest,
            IdempotencyError::Seal(error) => Self::Seal(error),
            IdempotencyError::Store(error) => Self::Store(error),
        }
    }
}

impl From<IssuanceError> for AdminError {
    fn from(error: IssuanceError) -> Self {
        match error {
            IssuanceError::Unknown => Self::UnknownIssuance,
            IssuanceError::RevokedForGood => Self::RevokedForGood,
            IssuanceError::TooMany => Self::TooMany,
            IssuanceError::Seal(error) => Self::Seal(error),
            IssuanceError::Allocate(AllocateError::Store(error)) => Self::Store(error),
            _ => Self::Store(StoreError::Unavailable),
        }
    }
}

impl Changes {
    /// Does `change` to `offer` and to what came of it; says whether all of that was revoked before, and no suspension was
    /// lifted.
    async fn change(
        &mut self,
        tx: &Tx,
        places: &Places,
        offer: String,
        (change, reason, now): (Change, &str, Timestamp),
    ) -> Result<bool, AdminError> {
        let (state, lifted, issuances) = issuance::change_offer(tx, places, &offer, (change, now)).await?;
        self.offers.push(ChangedOffer { offer, state });
        let mut gone = state == OfferStanding::Withdrawn || (!lifted && !issuances.is_empty());
        for issuance in issuances {
            match issuance::change(tx, places, &issuance, change, reason).await {
                Ok((state, published)) => {
                    gone = false;
                    self.changed.push(Changed { issuance, state, published });
                }
                // Copies that a wallet never got, or deleted, are revoked already: the rest is what is meant.
                Err(IssuanceError::RevokedForGood) => {}
                Err(error) => return Err(error.into()),
            }
            if self.changed.len() > MAX_CHANGED {
                return Err(AdminError::TooMany);
            }
        }
        Ok(gone)
    }
}

impl Tenant {
    /// Makes one offer.
    pub async fn make_offer(
        &self,
        world: &World,
        mutation: &Mutation<'_>,
        request: OfferRequest,
    ) -> Result<MadeOffer, AdminError> {
        let issued = self.offered(&request.credential_configuration_id, request.lifetime)?;
        issued.check(&request.claims).map_err(|errors| AdminError::Claims(said(&errors)))?;
        let in_range = |reference: &String| (1..=MAX_REFERENCE).contains(&reference.len());
        if !request.reference.iter().all(in_range) {
            return Err(AdminError::Reference);
        }
        let new = NewOffer {
            configuration: request.credential_configuration_id,
            claims: request.claims,
            reference: request.reference,
            with_tx_code: request.tx_code,
            lifetime: request.lifetime,
            refresh: None,
        };
        let prepared = vec![self.prepare(world, new)?];
        let made = self.store_offers(world, mutation, &prepared).await?;
        made.into_iter().next().ok_or(AdminError::Seal(SealBroken))
    }

    /// Checks a register line by line; returns how many offers it would make.
    pub fn check_import(&self, request: &ImportRequest<'_>) -> Result<usize, AdminError> {
        self.rows(request).map(|rows| rows.len())
    }

    /// Makes an offer for every row of a register, or none.
    pub async fn import(
        &self,
        world: &World,
        mutation: &Mutation<'_>,
        request: &ImportRequest<'_>,
    ) -> Result<Vec<MadeOffer>, AdminError> {
        let rows = self.rows(request)?;
        let mut prepared = Vec::with_capacity(rows.len());
        for row in rows {
            let new = NewOffer {
                configuration: request.configuration.to_owned(),
                claims: row.claims,
                reference: row.reference,
                with_tx_code: request.tx_code,
                lifetime: request.lifetime,
                refresh: None,
            };
            prepared.push(self.prepare(world, new)?);
        }
        self.store_offers(world, mutation, &prepared).await
    }

    /// Revokes, suspends or reinstates offers and what came of them, all or none.
    pub async fn change(
        &self,
        world: &World,
        mutation: &Mutation<'_>,
        change: Change,
        request: &ChangeRequest,
    ) -> Result<Changes, AdminError> {
        let code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if request.reason.is_empty() || request.reason.len() > 64 || !request.reason.chars().all(code) {
            return Err(AdminError::Field("reason: 1 to 64 of a-z, 0-9 and -"));
        }
        let places = &self.places();
        self.once(world, mutation, |tx| async move {
            let tx = &tx;
            let mut offers: BTreeSet<String> = request.offers.iter().cloned().collect();
            if let Some(reference) = &request.reference {
                offers.extend(issuance::offers_of_person(tx, places, &self.record_keys, reference).await?);
            }
            match offers.len() {
                0 => return Err(AdminError::UnknownIssuance),
                count if count > MAX_CHANGED => return Err(AdminError::TooMany),
                _ => {}
            }
            let (mut done, mut gone) = (Changes::default(), true);
            for offer in offers {
                let asked = (change, request.reason.as_str(), world.clock.now());
                gone &= done.change(tx, places, offer, asked).await?;
            }
            if gone && change == Change::Reinstate {
                return Err(AdminError::RevokedForGood);
            }
            Ok(done)
        })
        .await
    }

    /// Does `body` once for `mutation`; asked again, gives the answer of the first time.
    pub(crate) async fn once<T, E, F, Fut>(
        &self,
        world: &World,
        mutation: &Mutation<'_>,
        body: F,
    ) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<IdempotencyError> + From<SealBroken> + From<StoreError>,
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let (places, keys, body) = (&self.places(), &self.record_keys, &body);
        transact(&*world.store, |tx| async move {
            let now = world.clock.now();
            if let Some(answer) = idempotency::answer(&tx, places, keys, mutation, now).await? {
                return Ok(answer);
            }
            let answer = body(tx.clone()).await?;
            idempotency::keep(&tx, places, keys, (mutation, &answer), now, &world.entropy)?;
            Ok(answer)
        })
        .await
    }

    fn offered(&self, configuration: &str, lifetime: Seconds) -> Result<&Configuration, AdminError> {
        if lifetime.0 == 0 || lifetime > MAX_OFFER_LIFETIME {
            return Err(AdminError::Field("lifetime: 1 second to 30 days"));
        }
        self.configurations.get(configuration).ok_or(AdminError::UnknownConfiguration)
    }

    fn rows(&self, request: &ImportRequest<'_>) -> Result<Vec<import::Row>, AdminError> {
        let issued = self.offered(request.configuration, request.lifetime)?;
        let schema = issued.credential_type.schema();
        let check = |row: &import::Row| {
            let found = issued.check(&row.claims).err().unwrap_or_default().into_iter();
            let on_line =
                |error: ClaimError| LineError { line: row.line, column: Some(error.path), rule: error.rule };
            found.map(on_line).collect()
        };
        import::rows(request.register, schema, check).map_err(AdminError::Lines)
    }

    fn prepare(&self, world: &World, new: NewOffer) -> Result<Prepared, SealBroken> {
        Offer::prepare(new, &self.record_keys, world.clock.now(), &world.entropy)
    }

    async fn store_offers(
        &self,
        world: &World,
        mutation: &Mutation<'_>,
        prepared: &[Prepared],
    ) -> Result<Vec<MadeOffer>, AdminError> {
        let places = &self.places();
        self.once(world, mutation, |tx| async move {
            for prepared in prepared {
                prepared.write(&tx, &self.record_keys, places)?;
            }
            Ok(prepared.iter().map(|prepared| prepared.made.clone()).collect())
        })
        .await
    }
}

fn said(errors: &[ClaimError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

const fn yes() -> bool {
    true
}

const fn week() -> Seconds {
    Seconds(7 * 24 * 3600)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// An answer that was kept by an earlier version, and one of now.
    #[test]
    fn an_answer_that_was_kept_before_offers_were_told_is_read() {
        let of_issuances = r#"[{"issuance":"a","state":"suspended"},
            {"issuance":"b","state":"revoked","published":false}]"#;
        let read: Changes = serde_json::from_str(of_issuances).unwrap();
        let changed = json!([
            {"issuance": "a", "state": "suspended", "published": true},
            {"issuance": "b", "state": "revoked", "published": false},
        ]);
        assert_eq!(serde_json::to_value(&read).unwrap(), json!({"changed": changed, "offers": []}));
        assert_eq!(
            serde_json::to_value(serde_json::from_str::<Changes>("[]").unwrap()).unwrap(),
            json!({"changed": [], "offers": []})
        );
        let whole = json!({"changed": changed, "offers": [{"offer": "o", "state": "open"}]});
        let read: Changes = serde_json::from_str(&whole.to_string()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), whole);
        for other in ["{}", r#"{"changed":[]}"#, "[1]", "null"] {
            assert!(serde_json::from_str::<Changes>(other).is_err(), "{other}");
        }
    }
}
