//! The parties of an entry log and what they publish: who they are, and the public halves of keys made ahead.
//!
//! A statement is the array `[1, role, name, operator, identity, door, at, days, generations]`, signed by the party's identity
//! key, which it holds as COSE_Key. `door` is the id of the venue's key, by which its gates ask (`null` for others); `days` and
//! `generations` are runs of X25519 keys, `[first, keys]` with 32 bytes for each day or generation from the first on. Authority
//! and venue have keys of days, which seal rows; authority and issuer have keys of pass generations, since an issuer does not know
//! the day of a visit.

use std::fmt;

use jigap_keys::{KeyType, PrivateKey, PublicKey};

use super::signed::{
    self, SMALL, Unverified, array, digest, is_shown, key_of, malformed, moment_of, text_of,
};
use super::{Day, LogError};
use crate::cbor::{Item, Value, Writer};
use crate::pass::{Generation, VenueId};
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// EL-03: each party has its role.
pub const ROLES: Check = Check::new(
    "EL-03",
    "an entry log has one authority, one venue and one to eight issuers, each by its own statement",
    "출입 기록에는 기관 하나, 장소 하나, 발급자 하나에서 여덟이 있고 저마다 자기 진술서가 있습니다",
    "docs/SPECS.md, The entry log",
);
/// EL-04: there are keys.
pub const KEYS: Check = Check::new(
    "EL-04",
    "both parties that a row or entry is sealed to have published a key for its day or generation",
    "행이나 등록 항목을 봉하는 두 당사자가 그 날이나 세대의 키를 공개했습니다",
    "docs/SPECS.md, The entry log",
);

const OTHER_ROLES: Reason = Reason::new(
    "log-roles",
    "it is not one authority, one venue and one to eight issuers",
    "기관 하나, 장소 하나, 발급자 하나에서 여덟이 아닙니다",
);
const NO_KEY: Reason = Reason::new(
    "log-no-key",
    "a party has published no key for this day: nothing can be sealed",
    "이 날의 키를 공개하지 않은 당사자가 있어 봉할 수 없습니다",
);

const CONTEXT: &[u8] = b"JL1 party";
const POLICY: &str = "JL1 policy";
const VERSION: u64 = 1;
/// Longest name of a party or its operator, in bytes.
const MAX_NAME: usize = 120;
/// Most days or generations of a run.
const MAX_RUN: usize = 1_000;
const MAX_ISSUERS: usize = 8;

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
    /// Of a venue: the id of the key that its gates ask by.
    pub door: Option<VenueId>,
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
        let party = Self::of(&array(message.payload(), SMALL)?).ok_or_else(malformed)?;
        message.verify(&party.identity)?;
        Ok(party)
    }

    fn of(
        [version, role, name, operator, identity, door, at, days, generations]: &[Item<'_>; 9],
    ) -> Option<Self> {
        let number = role.as_u64()?;
        let role = Role::ALL.into_iter().find(|role| role.number() == number)?;
        let door = match door.value() {
            Value::Null => None,
            _ => Some(VenueId::from_bytes(door.as_bytes()?.try_into().ok()?)),
        };
        let party = Self {
            role,
            name: text_of(name, MAX_NAME)?,
            operator: text_of(operator, MAX_NAME)?,
            identity: key_of(identity)?,
            door,
            at: moment_of(at)?,
            days: Run::read(days)?,
            generations: Run::read(generations)?,
        };
        let sound = version.as_u64()? == VERSION && (role == Role::Venue) == door.is_some();
        sound.then_some(party)
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

/// Whether the parties of a log are apart from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separation {
    /// By what they say of themselves each has its own operator and keys.
    Apart,
    /// These two have one operator, or a key in common: what the one cannot open the other opens for it.
    NotSeparated(Role, Role),
}

/// The three parties of a venue's log, by their statements: what a gate seals by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Who may ask.
    pub authority: Party,
    /// Whose log it is.
    pub venue: Party,
    /// Whose passes are let in, as far as they take part.
    pub issuers: Vec<Party>,
    statements: Vec<Vec<u8>>,
}

impl Policy {
    /// Of the parties' statements: authority, venue, issuers. Refuses by EL-01, EL-02 and EL-03.
    ///
    /// # Errors
    /// The rule that one of them breaks.
    pub fn new(statements: Vec<Vec<u8>>) -> Result<Self, Refusal> {
        let refused = ROLES.refuse(OTHER_ROLES);
        if statements.len() > 2 + MAX_ISSUERS {
            return Err(refused);
        }
        let parties = statements.iter().map(|bytes| Party::read(bytes));
        let mut parties = parties.collect::<Result<Vec<_>, _>>()?.into_iter();
        let (Some(authority), Some(venue)) = (parties.next(), parties.next()) else { return Err(refused) };
        let issuers: Vec<Party> = parties.collect();
        let is = |party: &Party, role| party.role == role;
        let in_place = is(&authority, Role::Authority) && is(&venue, Role::Venue);
        if !in_place || issuers.is_empty() || !issuers.iter().all(|party| is(party, Role::Issuer)) {
            return Err(refused);
        }
        Ok(Self { authority, venue, issuers, statements })
    }

    /// The file that a gate and the parties get.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(1 + self.statements.len()).text(POLICY);
        self.statements.iter().for_each(|statement| {
            writer.bytes(statement);
        });
        writer.into_bytes()
    }

    /// Reads the file. Refuses as [`Policy::new`].
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let limits = crate::cbor::Limits { bytes: 3 * 1024 * 1024, ..SMALL };
        let item = crate::cbor::parse(bytes, limits).map_err(|_| malformed())?;
        let Some((name, statements)) = item.as_array().and_then(<[Item<'_>]>::split_first) else {
            return Err(malformed());
        };
        if name.as_text() != Some(POLICY) {
            return Err(malformed());
        }
        let statements = statements.iter().map(|it| it.as_bytes().map(<[u8]>::to_vec));
        Self::new(statements.collect::<Option<_>>().ok_or_else(malformed)?)
    }

    /// Which three (or more) they are, whatever keys of days they have published: requests are numbered among them.
    pub fn circle(&self) -> [u8; 32] {
        let mut issuers: Vec<PartyId> = self.issuers.iter().map(Party::id).collect();
        issuers.sort();
        let mut writer = Writer::new();
        writer.array(3).bytes(&self.authority.id().0).bytes(&self.venue.id().0).array(issuers.len());
        issuers.iter().for_each(|issuer| {
            writer.bytes(&issuer.0);
        });
        digest(&writer.into_bytes())
    }

    /// The issuer of this id.
    pub fn issuer(&self, id: PartyId) -> Option<&Party> {
        self.issuers.iter().find(|issuer| issuer.id() == id)
    }

    /// Whether what nobody should be able to do alone takes more than one operator. Whoever lies about its operator is not
    /// found out here.
    pub fn separation(&self) -> Separation {
        let parties = [&self.authority, &self.venue].into_iter().chain(&self.issuers);
        let parties: Vec<&Party> = parties.collect();
        for (place, one) in parties.iter().enumerate() {
            let others = parties.iter().skip(place + 1).filter(|other| other.role != one.role);
            for other in others {
                if are_one(one, other) {
                    return Separation::NotSeparated(one.role, other.role);
                }
            }
        }
        Separation::Apart
    }
}

fn are_one(one: &Party, other: &Party) -> bool {
    let operator = |party: &Party| {
        let letters = party.operator.chars().filter(|letter| letter.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    let keys = |party: &Party| -> Vec<Vec<u8>> {
        party.days.keys.iter().chain(&party.generations.keys).map(PublicKey::to_bytes).collect()
    };
    let others = keys(other);
    operator(one) == operator(other)
        || one.identity == other.identity
        || keys(one).iter().any(|key| others.contains(key))
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
