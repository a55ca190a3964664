//! Access tokens: what a redeemed pre-authorized code becomes (OpenID4VCI 1.0 §6), or a refresh token. Stored by their
//! fingerprint, and where a proof came, bound to its key (RFC 9449 §5).

use std::sync::OnceLock;

use jigap_keys::Entropy;
use jigap_wallet_core::ports::{Store, StoreError, Tx};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::vci::dpop::Proven;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::issuance::Issuance;
use crate::offer::{Offer, RedeemError, redeem};
use crate::places::Places;
use crate::refresh::{self, RefreshRules};
use crate::stored::{self, Stored};
use jigap_wallet_core::sealing::{RecordKeys, SealBroken, fingerprint, random_id};

/// How long an access token lives: long enough for a wallet to ask again after a lost answer, and as long as one may that is
/// bound to no key of its wallet (OpenID4VCI 1.0 §13.10). One that is bound lives no longer: refreshing is asked for anew.
pub(crate) const TOKEN_LIFETIME: Seconds = Seconds(300);
const VERSION: u8 = 1;

/// What an access token allows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    version: u8,
    /// The offer it came from.
    pub(crate) offer: String,
    /// The credential configuration it is for.
    pub(crate) configuration: String,
    pub(crate) expires: Timestamp,
    /// The issuance it led to last, if any: asked again, its unaccepted copies are revoked.
    pub(crate) issuance: Option<String>,
    /// The thumbprint of the key that it is bound to; without one it is a bearer token. An earlier version takes a bound one
    /// for a bearer token, as long as it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// Whether it came of a refresh token.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) refreshed: bool,
}

/// What is given for a code or a refresh token.
pub(crate) struct Given {
    pub(crate) access_token: Zeroizing<String>,
    pub(crate) refresh_token: Option<Zeroizing<String>>,
    /// Whether they are bound to a key.
    pub(crate) bound: bool,
}

impl Stored for Grant {
    const KIND: &'static str = "grant";
    const VERSION: u8 = VERSION;

    fn version(&self) -> u8 {
        self.version
    }
}

impl Grant {
    /// What a refresh token of `offer` gives.
    pub(crate) fn refreshed(offer: &str, (configuration, key): (&str, &str), now: Timestamp) -> Self {
        Self {
            version: VERSION,
            offer: offer.to_owned(),
            configuration: configuration.to_owned(),
            expires: now.plus(TOKEN_LIFETIME),
            issuance: None,
            key: Some(key.to_owned()),
            refreshed: true,
        }
    }

    /// The grant of `access_token`, unless it is unknown or has ended at `now`.
    pub(crate) async fn read(
        tx: &Tx,
        access_token: &str,
        places: &Places,
        now: Timestamp,
    ) -> Result<Option<Self>, RedeemError> {
        let grant = Self::find(tx, access_token, places).await?;
        Ok(grant.filter(|grant| now < grant.expires))
    }

    /// The grant of `access_token`, though it may have ended: for notices alone.
    pub(crate) async fn find(
        tx: &Tx,
        access_token: &str,
        places: &Places,
    ) -> Result<Option<Self>, RedeemError> {
        let stored = tx.get(places.token(&fingerprint(access_token))).await?;
        Ok(stored.map(|bytes| stored::read(&bytes)).transpose()?)
    }

    /// Forgets the ended grant at `place`, unless copies that it led to wait for their wallet's notice.
    pub(crate) async fn end(
        tx: &Tx,
        places: &Places,
        place: &str,
        (grace, now): (Option<Seconds>, Timestamp),
    ) -> Result<(), StoreError> {
        let stored = tx.get(place).await?;
        let grant: Option<Self> = stored.and_then(|bytes| stored::read(&bytes).ok());
        if let (Some(issuance), Some(grace)) = (grant.and_then(|grant| grant.issuance), grace)
            && let Some(record) = Issuance::unacknowledged(tx, places, &issuance).await?
            && let until = record.issued_at.plus(grace)
            && now <= until
        {
            tx.set(places.ending(until, place), b"");
        } else {
            tx.clear(place);
        }
        Ok(())
    }

    pub(crate) fn write(&self, tx: &Tx, access_token: &str, places: &Places) -> Result<(), SealBroken> {
        tx.set(places.token(&fingerprint(access_token)), serde_json::to_vec(self).map_err(|_| SealBroken)?);
        Ok(())
    }
}

/// Exchanges a pre-authorized code for an access token, once; bound to the key that is `proven`, and then with a refresh token
/// where the configuration is refreshed.
pub(crate) async fn exchange(
    store: &dyn Store,
    (places, keys, rules): (&Places, &RecordKeys, &RefreshRules),
    code: (&str, Option<&str>, Option<&Proven>),
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Given, RedeemError> {
    let (code, tx_code, proven) = code;
    let token = Zeroizing::new(random_id::<32>(entropy));
    let place = &places.token(&fingerprint(&token));
    let first = OnceLock::new();
    let give = |tx: &Tx, id: &str, offer: &Offer| {
        if rules.begin(tx, (id, offer), (proven, places), now)? {
            // Run again, it derives the same.
            first.get_or_init(|| refresh::token(keys, id, 1));
        }
        let grant = Grant {
            version: VERSION,
            offer: id.to_owned(),
            configuration: offer.configuration.clone(),
            expires: now.plus(TOKEN_LIFETIME),
            issuance: None,
            key: proven.map(|proven| proven.thumbprint.clone()),
            refreshed: false,
        };
        tx.set(places.ending(grant.expires, place), b"");
        Ok(grant.write(tx, &token, places)?)
    };
    redeem(store, places, keys, (code, tx_code, proven), now, (place, &give)).await?;
    let refresh_token = first.get().cloned();
    Ok(Given { access_token: token, refresh_token, bound: proven.is_some() })
}
