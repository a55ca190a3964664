//! Passes that are signed blindly: what is kept for each before anybody is asked, and what comes of the answers.
//!
//! Key and blinding number are durable before they are used. An answer that was lost is asked for again with the same points, and
//! is the same: nobody gets more passes by asking twice. Refused: an answer that does not verify. One by a key that the wallet's own trust
//! list does not name for such passes is not taken either, nor given up: a newer list may name it, and then the same is asked for again.

use jigap_keys::{PrivateKey, base64url};
use serde_json::Value;

use super::records::Intent;
use super::{Wallet, WalletError};
use crate::pass::{BlindRequest, ISSUER, Kind, PassIssuers};
use crate::vci::Blinded;
use crate::verdict::Refusal;

impl Wallet {
    /// Refuses before anything is used up where nobody's trusted keys sign such passes of both generations that are issued now, nor those of
    /// a newer trust list. Whose keys are wanted shows in the answer alone: an offer does not say what its issuer is called in the list.
    pub(super) async fn require_blind_keys(&self) -> Result<(), WalletError> {
        match self.have_blind_keys().await {
            Err(WalletError::NoTrust | WalletError::Refused(_)) => {}
            known => return known,
        }
        self.renew_trust().await?;
        self.have_blind_keys().await
    }

    async fn have_blind_keys(&self) -> Result<(), WalletError> {
        let known = self.trusted().await?.has_blind(Kind::Entry, self.clock.now());
        if known { Ok(()) } else { Err(WalletError::NoTrust) }
    }

    /// Makes the blinding numbers of an acceptance whose keys are made.
    pub(super) fn blind(&self, intent: &mut Intent, keys: &[PrivateKey]) {
        let fresh = |key: &PrivateKey| BlindRequest::generate(key.public(), &self.entropy).kept();
        intent.set_blindings(keys.iter().map(fresh));
    }

    /// What is asked for with a fresh nonce.
    pub(super) fn blinded(
        intent: &Intent,
        keys: &[PrivateKey],
        nonce: Option<String>,
    ) -> Result<Blinded, WalletError> {
        let points = requests(intent, keys)?.iter().map(|asked| base64url::encode(asked.point())).collect();
        Ok(Blinded { nonce: nonce.ok_or(WalletError::NothingToTake)?, points })
    }

    /// The passes as they are kept, in the form that other issuers send them in, from the answers to them, in their order.
    pub(super) async fn unblinded(
        &self,
        intent: &Intent,
        keys: &[PrivateKey],
        answers: &[Value],
    ) -> Result<Vec<Value>, WalletError> {
        let first = finished(requests(intent, keys)?, answers, &self.trusted().await?);
        let Err(WalletError::NoTrust) = first else { return first };
        // By a key of the next generation, perhaps, which a newer list names.
        self.renew_trust().await?;
        finished(requests(intent, keys)?, answers, &self.trusted().await?)
    }
}

fn finished(
    asked: Vec<BlindRequest>,
    answers: &[Value],
    trusted: &PassIssuers,
) -> Result<Vec<Value>, WalletError> {
    let finish = |(asked, answer): (BlindRequest, &Value)| {
        let answer = answer.as_str().and_then(|text| base64url::decode(text).ok());
        let pass = asked.finish(&answer.ok_or(WalletError::OtherCredential)?, trusted).map_err(unfinished)?;
        Ok(Value::from(base64url::encode(pass.to_bytes())))
    };
    asked.into_iter().zip(answers).map(finish).collect()
}

/// That the list does not name a key says something of the list alone; whatever else is refused is the issuer's fault.
fn unfinished(refusal: Refusal) -> WalletError {
    if refusal.check == ISSUER { WalletError::NoTrust } else { refusal.into() }
}

fn requests(intent: &Intent, keys: &[PrivateKey]) -> Result<Vec<BlindRequest>, WalletError> {
    let blindings = intent.blindings();
    if blindings.len() != keys.len() {
        return Err(WalletError::Key);
    }
    let request = |(key, kept): (&PrivateKey, &String)| {
        let kept = zeroize::Zeroizing::new(base64url::decode(kept).map_err(|_| WalletError::Key)?);
        BlindRequest::from_kept(key.public(), &kept).map_err(|_| WalletError::Key)
    };
    keys.iter().zip(blindings).map(request).collect()
}
