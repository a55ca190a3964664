//! That keys were destroyed: a party's signed statement, the array `[party, days, generations, at]` with the numbers of the days and
//! generations whose private halves are gone.
//!
//! It says what was done where the key lay. That no copy is left elsewhere nobody can prove.

use jigap_keys::PrivateKey;

use super::signed::{self, SMALL, array, digest_of, malformed, moment_of};
use super::{Day, LogError, Party};
use crate::cbor::{Item, Writer};
use crate::pass::Generation;
use crate::time::Timestamp;
use crate::verdict::Refusal;

const CONTEXT: &[u8] = b"JL1 erased";

/// Which keys are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Of days.
    pub days: Vec<Day>,
    /// Of generations.
    pub generations: Vec<Generation>,
    /// Since when.
    pub at: Timestamp,
}

impl Erased {
    /// Signs the statement by the party's identity key.
    ///
    /// # Errors
    /// [`LogError::Key`]
    pub fn sign(&self, party: &Party, key: &PrivateKey) -> Result<Vec<u8>, LogError> {
        let mut payload = Writer::new();
        payload.array(4).bytes(party.id().as_bytes()).array(self.days.len());
        self.days.iter().for_each(|day| {
            payload.integer(day.number());
        });
        payload.array(self.generations.len());
        self.generations.iter().for_each(|generation| {
            payload.integer(generation.number());
        });
        payload.integer(self.at.unix());
        signed::sign(CONTEXT, payload, key)
    }

    /// Reads what `party` signed. Refuses by EL-01 and EL-02.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8], party: &Party) -> Result<Self, Refusal> {
        let payload = signed::verified(CONTEXT, bytes, &party.identity, SMALL)?;
        let [of, days, generations, at] = array(&payload, SMALL)?;
        let numbers =
            |item: &Item<'_>| -> Option<Vec<i64>> { item.as_array()?.iter().map(Item::as_i64).collect() };
        let erased = || {
            Some(Self {
                days: numbers(&days)?.into_iter().map(Day::from_number).collect(),
                generations: numbers(&generations)?.into_iter().map(Generation::from_number).collect(),
                at: moment_of(&at).filter(|_| digest_of(&of) == Some(*party.id().as_bytes()))?,
            })
        };
        erased().ok_or_else(malformed)
    }
}
