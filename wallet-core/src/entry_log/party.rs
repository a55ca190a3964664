//! The parties of an entry log and what they publish: who they are, and the public halves of keys made ahead.
//!
//! A statement is the array `[1, role, name, operator, identity, door, at, days, generations]`, signed by the party's identity
//! key, which it holds as COSE_Key. `door` is the word of the key that the venue's gates ask by, that they are this party's ([`Door`];
//! `null` for others); `days` and `generations` are runs of X25519 keys, `[first, keys]` with 32 bytes for each day or generation from
//! the first on. Authority and venue have keys of days, which seal rows; authority and issuer have keys of pass generations, since an
//! issuer does not know the day of a visit.

use std::fmt;

use jigap_keys::{KeyType, PrivateKey, PublicKey};

use super::signed::{
    self, SMALL, Unverified, array, digest, digest_of, is_shown, key_of, malformed, moment_of, not_signed,
    text_of,
};
use super::{Day, LogError};
use crate::cbor::{Item, Value, Writer};
use crate::pass::{Generation, VenueId};
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// EL-04: there are keys.
pub const KEYS: Check = Check::new(
    "EL-04",
    "both parties that a row or entry is sealed to have published a key for its day or generation",
    "행이나 등록 항목을 봉하는 두 당사자가 그 날이나 세대의 키를 공개했습니다",
    "docs/SPECS.md, The entry log",
);

const NO_KEY: Reason = Reason::new(
    "log-no-key",
    "a party has published no key for this day: nothing can be sealed",
    "이 날의 키를 공개하지 않은 당사자가 있어 봉할 수 없습니다",
);

const CONTEXT: &[u8] = b"JL1 party";
const DOOR: &[u8] = b"JL1 door";
const VERSION: u64 = 1;
/// Longest name of a party or its operator, in bytes.
const MAX_NAME: usize = 120;
/// Most days or generations of a run.
const MAX_RUN: usize = 1_000;

/// What a party is in an entry log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Who may ask, with a case: the health authority. Opens the inner layer.
    Authority,
    /// Whose gates keep the log. Opens the outer layer.
    Venue,
    /// Who issued the passes and knows to whom. Opens the outer layer of its register.
    Issuer,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Authority, Self::Venue, Self::Issuer];

    /// Its name in commands and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Venue => "venue",
            Self::Issuer => "issuer",
        }
    }

    const fn number(self) -> u64 {
        match self {
            Self::Authority => 0,
            Self::Venue => 1,
            Self::Issuer => 2,
        }
    }

    /// Whether such a party has keys of days.
    pub const fn has_days(self) -> bool {
        !matches!(self, Self::Issuer)
    }

    /// Whether such a party has keys of pass generations.
    pub const fn has_generations(self) -> bool {
        !matches!(self, Self::Venue)
    }
}

/// A party, to those who name it: SHA-256 of its identity key as COSE_Key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartyId(pub(super) [u8; 32]);

impl PartyId {
    /// The party with this identity key.
    pub fn of(key: &PublicKey) -> Self {
        Self(digest(&key.to_compressed_cose_key()))
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Public keys for a run of days or generations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// The number of the first.
    pub first: i64,
    /// One for each, from the first on.
    pub keys: Vec<PublicKey>,
}

impl Run {
    fn get(&self, number: i64) -> Option<&PublicKey> {
        let place = number.checked_sub(self.first).and_then(|place| usize::try_from(place).ok())?;
        self.keys.get(place)
    }

    fn write(&self, writer: &mut Writer) {
        let keys: Vec<u8> = self.keys.iter().flat_map(PublicKey::to_bytes).collect();
        writer.array(2).integer(self.first).bytes(&keys);
    }

    fn read(item: &Item<'_>) -> Option<Self> {
        let Some([first, keys]) = item.as_array() else { return None };
        let (keys, rest) = keys.as_bytes()?.as_chunks::<32>();
        if !rest.is_empty() || keys.len() > MAX_RUN {
            return None;
        }
        let keys = keys.iter().map(|key| PublicKey::from_bytes(KeyType::X25519, key).ok());
        Some(Self { first: first.as_i64()?, keys: keys.collect::<Option<_>>()? })
    }
}

/// The word of the key that a venue's gates ask by, to whose party the gates belong: the array `[key, party]`, signed by that key. Without
/// it whoever publishes a statement could call somebody else's gates its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The id of the key.
    pub venue: VenueId,
    signed: Vec<u8>,
}

impl Door {
    /// Signs, by the key that the gates ask by, that they are of the party with this identity key.
    ///
    /// # Errors
    /// [`LogError::Key`]
    pub fn sign(door: &PrivateKey, identity: &PublicKey) -> Result<Self, LogError> {
        let mut payload = Writer::new();
        payload.array(2).raw(&door.public().to_compressed_cose_key()).bytes(&PartyId::of(identity).0);
        let signed = signed::sign(DOOR, payload, door)?;
        Ok(Self { venue: VenueId::of(door.public()), signed })
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.signed
    }

    /// Reads what a door signed for the party with this identity key. Refuses by EL-01 and EL-02.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8], identity: &PublicKey) -> Result<Self, Refusal> {
        let message = Unverified::read(DOOR, bytes, SMALL)?;
        let [key, party] = array(message.payload(), SMALL)?;
        let key = key_of(&key).ok_or_else(malformed)?;
        let is_of = digest_of(&party) == Some(PartyId::of(identity).0);
        message.verify(&key)?;
        let door = Self { venue: VenueId::of(&key), signed: bytes.to_vec() };
        if is_of { Ok(door) } else { Err(not_signed()) }
    }
}

/// What a party says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// What it is.
    pub role: Role,
    /// What people call it.
    pub name: String,
    /// Who runs it: parties of one operator are not separated.
    pub operator: String,
    /// Signs for it.
    pub identity: PublicKey,
    /// Of a venue: the word of its gates.
    pub door: Option<Door>,
    /// When it said so.
    pub at: Timestamp,
    /// Keys of days.
    pub days: Run,
    /// Keys of generations.
    pub generations: Run,
}

impl Party {
    /// Signs the statement by the identity key.
    ///
    /// # Errors
    /// [`LogError`] where a name cannot be shown, or the key is another's.
    pub fn sign(&self, key: &PrivateKey) -> Result<Vec<u8>, LogError> {
        if !is_shown(&self.name, MAX_NAME) || !is_shown(&self.operator, MAX_NAME) {
            return Err(LogError::Text);
        }
        if *key.public() != self.identity || (self.role == Role::Venue) != self.door.is_some() {
            return Err(LogError::Key);
        }
        let mut payload = Writer::with_capacity(64 * 1024);
        payload.array(9).unsigned(VERSION).unsigned(self.role.number());
        payload.text(&self.name).text(&self.operator).raw(&self.identity.to_compressed_cose_key());
        match &self.door {
            Some(door) => payload.bytes(door.as_bytes()),
            None => payload.null(),
        };
        payload.integer(self.at.unix());
        self.days.write(&mut payload);
        self.generations.write(&mut payload);
        signed::sign(CONTEXT, payload, key)
    }

    /// Reads a statement and verifies that the key in it signed it. Refuses by EL-01 and EL-02.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let message = Unverified::read(CONTEXT, bytes, SMALL)?;
        let (mut party, door) = Self::of(&array(message.payload(), SMALL)?).ok_or_else(malformed)?;
        message.verify(&party.identity)?;
        party.door = door.map(|door| Door::read(&door, &party.identity)).transpose()?;
        Ok(party)
    }

    /// The party, and what its door signed, if it has one.
    fn of(
        [version, role, name, operator, identity, door, at, days, generations]: &[Item<'_>; 9],
    ) -> Option<(Self, Option<Vec<u8>>)> {
        let number = role.as_u64()?;
        let role = Role::ALL.into_iter().find(|role| role.number() == number)?;
        let door = match door.value() {
            Value::Null => None,
            _ => Some(door.as_bytes()?.to_vec()),
        };
        let party = Self {
            role,
            name: text_of(name, MAX_NAME)?,
            operator: text_of(operator, MAX_NAME)?,
            identity: key_of(identity)?,
            door: None,
            at: moment_of(at)?,
            days: Run::read(days)?,
            generations: Run::read(generations)?,
        };
        let sound = version.as_u64()? == VERSION && (role == Role::Venue) == door.is_some();
        sound.then_some((party, door))
    }

    /// Which party it is.
    pub fn id(&self) -> PartyId {
        PartyId::of(&self.identity)
    }

    /// Its key for `day`. Refuses by EL-04.
    ///
    /// # Errors
    /// EL-04
    pub fn day_key(&self, day: Day) -> Result<&PublicKey, Refusal> {
        self.days.get(day.number()).ok_or(KEYS.refuse(NO_KEY))
    }

    /// Its key for the passes of `generation`. Refuses by EL-04.
    ///
    /// # Errors
    /// EL-04
    pub fn generation_key(&self, generation: Generation) -> Result<&PublicKey, Refusal> {
        self.generations.get(generation.number()).ok_or(KEYS.refuse(NO_KEY))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
