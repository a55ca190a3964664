//! The issuer's register: for each pass that it made, whom it is of, sealed to the authority and then to the issuer.
//!
//! An entry is the array `[pseudonym, generation, sealed]`. A person is 128 bytes, whatever they say: length, what the issuer's people
//! find the person by, zeros. Both layers authenticate `[authority, issuer, generation, pseudonym]`: not the circle,
//! since a pass is made before anybody knows at which venue it is shown; in which circle an issuer answers, the question says. So the register tells its keeper
//! nothing, until the authority asks; and the entry of one pass says nothing of another's.

use std::collections::BTreeMap;
use std::fmt;

use jigap_keys::{Entropy, PrivateKey, hpke};
use zeroize::Zeroizing;

use super::row::shut;
use super::signed::{array, is_shown, malformed};
use super::{LogError, Party, PartyId, Role};
use crate::cbor::{Item, Limits, Writer};
use crate::pass::{Generation, Pseudonym};
use crate::redacted;
use crate::verdict::Refusal;

/// Bytes of a person before they are sealed.
const PERSON: usize = 128;
/// Bytes of a person sealed to the authority.
pub(super) const INNER: usize = PERSON + hpke::OVERHEAD;
/// Most bytes of an entry.
pub const MAX_ENTRY: usize = 320;

const TO_AUTHORITY: &[u8] = b"JL1 person to authority";
const TO_ISSUER: &[u8] = b"JL1 person to issuer";
const LIMITS: Limits = Limits { bytes: MAX_ENTRY, depth: 2, items: 4 };

/// Whom a pass is of, sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// What stands for the pass wherever it is shown.
    pub pseudonym: Pseudonym,
    /// When it is shown.
    pub generation: Generation,
    sealed: Vec<u8>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "Entry", &[(self.sealed.len(), "bytes")])
    }
}

impl Entry {
    /// Seals `person`, by which the issuer's people find whom it gave the pass, of at most 127 bytes. Refuses by EL-04.
    ///
    /// # Errors
    /// [`LogError::Refused`] without keys for the generation, [`LogError::Text`] for a text that cannot be kept.
    pub fn seal(
        (issuer, authority): (&Party, &Party),
        (pseudonym, generation): (Pseudonym, Generation),
        person: &str,
        entropy: &dyn Entropy,
    ) -> Result<Self, LogError> {
        if !is_shown(person, PERSON - 1) || issuer.role != Role::Issuer || authority.role != Role::Authority {
            return Err(LogError::Text);
        }
        let mut said = Zeroizing::new(Vec::with_capacity(PERSON));
        said.push(u8::try_from(person.len()).map_err(|_| LogError::Text)?);
        said.extend_from_slice(person.as_bytes());
        said.resize(PERSON, 0);
        let associated = associated((authority.id(), issuer.id()), pseudonym, generation);
        let seal = |party: &Party, info, bytes: &[u8]| {
            let key = party.generation_key(generation)?;
            hpke::seal(key, info, &associated, bytes, entropy).map_err(|_| LogError::Key)
        };
        let inner = seal(authority, TO_AUTHORITY, &said)?;
        Ok(Self { pseudonym, generation, sealed: seal(issuer, TO_ISSUER, &inner)? })
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(MAX_ENTRY);
        writer.array(3).bytes(self.pseudonym.as_bytes()).integer(self.generation.number());
        writer.bytes(&self.sealed);
        writer.into_bytes()
    }

    /// Reads it. Refuses by EL-01.
    ///
    /// # Errors
    /// EL-01
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let [pseudonym, generation, sealed] = array(bytes, LIMITS)?;
        let entry = || {
            Some(Self {
                pseudonym: pseudonym_of(&pseudonym)?,
                generation: Generation::from_number(generation.as_i64()?),
                sealed: sealed.as_bytes().filter(|it| it.len() == INNER + hpke::OVERHEAD)?.to_vec(),
            })
        };
        entry().filter(|entry| entry.to_bytes() == bytes).ok_or_else(malformed)
    }

    /// Opens the issuer's layer. Refuses by EL-07.
    pub(super) fn release(&self, parties: (PartyId, PartyId), key: &PrivateKey) -> Result<Released, Refusal> {
        let associated = associated(parties, self.pseudonym, self.generation);
        let inner = hpke::open(key, TO_ISSUER, &associated, &self.sealed).map_err(|_| shut())?;
        let Self { pseudonym, generation, .. } = *self;
        Ok(Released { pseudonym, generation, inner: inner.to_vec() })
    }
}

/// An entry whose outer layer the issuer has opened: for the authority.
#[derive(Clone, PartialEq, Eq)]
pub struct Released {
    /// What stands for the pass.
    pub pseudonym: Pseudonym,
    /// When it is shown.
    pub generation: Generation,
    pub(super) inner: Vec<u8>,
}

impl fmt::Debug for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "Released", &[(self.inner.len(), "bytes")])
    }
}

impl Released {
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.array(3).bytes(self.pseudonym.as_bytes()).integer(self.generation.number()).bytes(&self.inner);
    }

    pub(super) fn of(item: &Item<'_>) -> Option<Self> {
        let Some([pseudonym, generation, inner]) = item.as_array() else { return None };
        Some(Self {
            pseudonym: pseudonym_of(pseudonym)?,
            generation: Generation::from_number(generation.as_i64()?),
            inner: inner.as_bytes().filter(|it| it.len() == INNER)?.to_vec(),
        })
    }

    /// Opens the authority's layer: what the issuer's people find the person by. Refuses by EL-01 and EL-07.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn open(
        &self,
        parties: (PartyId, PartyId),
        keys: &BTreeMap<Generation, PrivateKey>,
    ) -> Result<Zeroizing<String>, Refusal> {
        let key = keys.get(&self.generation).ok_or_else(shut)?;
        let associated = associated(parties, self.pseudonym, self.generation);
        let opened = hpke::open(key, TO_AUTHORITY, &associated, &self.inner).map_err(|_| shut())?;
        let person = || {
            let (length, rest) = opened.split_first()?;
            let said = std::str::from_utf8(rest.get(..usize::from(*length))?).ok()?;
            is_shown(said, PERSON - 1).then(|| Zeroizing::new(said.to_owned()))
        };
        person().ok_or_else(malformed)
    }
}

pub(super) fn pseudonym_of(item: &Item<'_>) -> Option<Pseudonym> {
    Some(Pseudonym::from_bytes(item.as_bytes()?.try_into().ok()?))
}

/// Of authority and issuer.
fn associated(
    (authority, issuer): (PartyId, PartyId),
    pseudonym: Pseudonym,
    generation: Generation,
) -> Vec<u8> {
    let mut writer = Writer::with_capacity(96);
    writer
        .array(4)
        .bytes(&authority.0)
        .bytes(&issuer.0)
        .integer(generation.number())
        .bytes(pseudonym.as_bytes());
    writer.into_bytes()
}
