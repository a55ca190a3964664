//! A pass as its holder keeps it: what it says, and the bytes that are shown.
//!
//! One whose issuer recognises it says what it says itself and is kept as it is shown. A [blind](super::blind) one says whose it is;
//! the rest its key says, which its holder took from the trust list and keeps beside it: the array `[pass, kind, facts, end]`.

use super::blind::{BlindKey, BlindPass};
use super::claims::LIMITS;
use super::{BLIND_KEY_BYTES, Fact, KeyId, Kind, PassClaims, PassError};
use crate::cbor::{self, Item, Writer};
use crate::time::Timestamp;

/// A pass that is held. What its issuer signed was verified when it came.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldPass {
    claims: PassClaims,
    signed_by: KeyId,
    is_blind: bool,
    shown: Vec<u8>,
}

impl HeldPass {
    pub(super) fn blind(key: &BlindKey, pass: BlindPass) -> Self {
        let (shown, signed_by) = (pass.to_bytes(), pass.signed_by);
        Self { claims: key.claims(pass.holder), signed_by, is_blind: true, shown }
    }

    /// Reads what is kept, without verifying it.
    ///
    /// # Errors
    /// [`PassError::NotAPass`]
    pub fn read(kept: &[u8]) -> Result<Self, PassError> {
        let item = cbor::parse(kept, LIMITS).map_err(|_| PassError::NotAPass)?;
        let is_blind = matches!(item.as_array(), Some([pass, ..]) if pass.as_array().is_some());
        if is_blind {
            let held = Self::read_blind(&item).filter(|held| held.to_bytes() == kept);
            return held.ok_or(PassError::NotAPass);
        }
        let (claims, signed_by) = PassClaims::dangerous_assume_verified(kept)?;
        Ok(Self { claims, signed_by, is_blind, shown: kept.to_vec() })
    }

    fn read_blind(item: &Item<'_>) -> Option<Self> {
        let Some([pass, kind, facts, expires]) = item.as_array() else { return None };
        let facts = if facts.as_array()?.is_empty() { Vec::new() } else { Fact::read_all(facts)? };
        let said = BlindKey {
            kind: Kind::from_number(kind.as_u64()?)?,
            facts,
            expires: Timestamp::from_unix(expires.as_i64()?),
            // Whatever it is: nothing is verified by it.
            key: [0; BLIND_KEY_BYTES],
        };
        BlindPass::read(pass).map(|pass| Self::blind(&said, pass))
    }

    /// What is kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        if !self.is_blind {
            return self.shown.clone();
        }
        let mut writer = Writer::with_capacity(160);
        writer.array(4).raw(&self.shown).unsigned(self.claims.kind.number()).array(self.claims.facts.len());
        self.claims.facts.iter().for_each(|fact| fact.write(&mut writer));
        writer.integer(self.claims.expires.unix());
        writer.into_bytes()
    }

    /// What it says.
    pub const fn claims(&self) -> &PassClaims {
        &self.claims
    }

    /// Which key of its issuer signed it.
    pub const fn signed_by(&self) -> KeyId {
        self.signed_by
    }

    /// Whether its issuer does not recognise it.
    pub const fn is_blind(&self) -> bool {
        self.is_blind
    }

    /// The issuer's part of the codes that show it: what [`present`](super::present) takes.
    pub fn shown(&self) -> &[u8] {
        &self.shown
    }
}

/// Without what it says.
impl std::fmt::Debug for HeldPass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        super::hidden(f, "HeldPass", self.shown.len())
    }
}
