//! Who the parties of a venue's log are, agreed by all of them.
//!
//! A policy is the array `["JL1 policy", [statement, agreement], …]`: authority, venue, one to eight issuers, each with its statement and,
//! signed by its identity key, the digest of the circle, which says who all of them are. An agreement that is still missing is `null`. What is agreed is
//! who the parties are, not which keys of days they have published: each renews its own, and the agreements stay.
//!
//! Refused: parties in other roles, and a policy to which one of them has not agreed. So nobody makes a log, or asks of one, in the name
//! of a venue, authority or issuer that does not know of it.

use std::collections::BTreeSet;

use jigap_keys::{PrivateKey, PublicKey};

use super::signed::{self, SMALL, array, digest, digest_of, malformed, not_signed};
use super::{LogError, Party, PartyId, Role};
use crate::cbor::{Item, Limits, Value, Writer};
use crate::pass::VenueId;
use crate::verdict::{Check, Reason, Refusal};

/// EL-03: each party has its role.
pub const ROLES: Check = Check::new(
    "EL-03",
    "an entry log has one authority, one venue and one to eight issuers, each by its own statement",
    "출입 기록에는 기관 하나, 장소 하나, 발급자 하나에서 여덟이 있고 저마다 자기 진술서가 있습니다",
    "docs/SPECS.md, The entry log",
);
/// EL-15: all of them know of each other.
pub const AGREED: Check = Check::new(
    "EL-15",
    "every party of an entry log has signed who its parties are",
    "출입 기록의 모든 당사자가 당사자들이 누구인지에 서명했습니다",
    "docs/SPECS.md, The entry log",
);

const OTHER_ROLES: Reason = Reason::new(
    "log-roles",
    "it is not one authority, one venue and one to eight issuers",
    "기관 하나, 장소 하나, 발급자 하나에서 여덟이 아닙니다",
);
const NOT_AGREED: Reason = Reason::new(
    "log-not-agreed",
    "a party has not agreed to this policy: `jigap entry-log agree`",
    "이 정책에 동의하지 않은 당사자가 있습니다: `jigap entry-log agree`",
);

const POLICY: &str = "JL1 policy";
const AGREES: &[u8] = b"JL1 agrees";
const LIMITS: Limits = Limits { bytes: 3 * 1024 * 1024, ..SMALL };
const MAX_ISSUERS: usize = 8;

/// Whether the parties of a log are apart from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separation {
    /// By what they say of themselves each has its own operator and keys.
    Apart,
    /// These two have one operator, or a key in common: what the one cannot open the other opens for it.
    NotSeparated(Role, Role),
}

/// The parties of a venue's log, by their statements, who all agreed to it: what a gate seals by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Who may ask.
    pub authority: Party,
    /// Whose log it is.
    pub venue: Party,
    /// Whose passes are let in, as far as they take part.
    pub issuers: Vec<Party>,
    door: VenueId,
    circle: [u8; 32],
}

impl Policy {
    /// Reads the file that a gate and the parties get. Refuses as [`Draft::read`] and [`Draft::agreed`].
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        Draft::read(bytes)?.agreed()
    }

    fn of(parties: Vec<Party>) -> Option<Self> {
        let mut parties = parties.into_iter();
        let (authority, venue) = (parties.next()?, parties.next()?);
        let issuers: Vec<Party> = parties.collect();
        let is = |party: &Party, role| party.role == role;
        let in_place = is(&authority, Role::Authority)
            && is(&venue, Role::Venue)
            && !issuers.is_empty()
            && issuers.iter().all(|party| is(party, Role::Issuer));
        let ids: BTreeSet<PartyId> =
            [&authority, &venue].into_iter().chain(&issuers).map(Party::id).collect();
        let each_its_own = ids.len() == issuers.len() + 2;
        let (door, circle) = (venue.door.as_ref()?.venue, circle_of(&authority, &venue, &issuers));
        (in_place && each_its_own).then_some(Self { authority, venue, issuers, door, circle })
    }

    /// The id of the key that the venue's gates ask by.
    pub const fn door(&self) -> VenueId {
        self.door
    }

    /// Which three (or more) the parties are, whatever keys of days they have published: rows are sealed and requests numbered among them.
    pub const fn circle(&self) -> [u8; 32] {
        self.circle
    }

    /// Authority, venue, issuers.
    pub fn parties(&self) -> impl Iterator<Item = &Party> {
        [&self.authority, &self.venue].into_iter().chain(&self.issuers)
    }

    /// Whether what nobody should be able to do alone takes more than one operator. Whoever lies about its operator is not
    /// found out here.
    pub fn separation(&self) -> Separation {
        let parties: Vec<&Party> = self.parties().collect();
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

/// The digest of `[authority, venue, [issuers, sorted]]`, each by its id.
fn circle_of(authority: &Party, venue: &Party, issuers: &[Party]) -> [u8; 32] {
    let mut issuers: Vec<PartyId> = issuers.iter().map(Party::id).collect();
    issuers.sort();
    let mut writer = Writer::new();
    writer.array(3).bytes(&authority.id().0).bytes(&venue.id().0).array(issuers.len());
    issuers.iter().for_each(|issuer| {
        writer.bytes(&issuer.0);
    });
    digest(&writer.into_bytes())
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
    operator(one) == operator(other) || keys(one).iter().any(|key| others.contains(key))
}

/// A policy to which not all have agreed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    policy: Policy,
    /// Of each party in order its statement, and its agreement.
    signed: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Draft {
    /// Of the parties' statements: authority, venue, issuers. Refuses by EL-01, EL-02 and EL-03.
    ///
    /// # Errors
    /// The rule that one of them breaks.
    pub fn new(statements: Vec<Vec<u8>>) -> Result<Self, Refusal> {
        Self::of(statements.into_iter().map(|statement| (statement, None)).collect())
    }

    fn of(signed: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<Self, Refusal> {
        let refused = ROLES.refuse(OTHER_ROLES);
        if signed.len() > 2 + MAX_ISSUERS {
            return Err(refused);
        }
        let parties = signed.iter().map(|(statement, _)| Party::read(statement)).collect::<Result<_, _>>()?;
        let policy = Policy::of(parties).ok_or(refused)?;
        for (party, (_, agreement)) in policy.parties().zip(&signed) {
            if let Some(agreement) = agreement {
                require_agreement(agreement, party, policy.circle)?;
            }
        }
        Ok(Self { policy, signed })
    }

    /// Reads the file. Refuses by EL-01, EL-02 and EL-03.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let item = crate::cbor::parse(bytes, LIMITS).map_err(|_| malformed())?;
        let parts = item.as_array().and_then(<[Item<'_>]>::split_first);
        let (_, parties) = parts.filter(|(name, _)| name.as_text() == Some(POLICY)).ok_or_else(malformed)?;
        let signed = parties.iter().map(|party| {
            let Some([statement, agreement]) = party.as_array() else { return None };
            let agreement = match agreement.value() {
                Value::Null => None,
                _ => Some(agreement.as_bytes()?.to_vec()),
            };
            Some((statement.as_bytes()?.to_vec(), agreement))
        });
        Self::of(signed.collect::<Option<_>>().ok_or_else(malformed)?)
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(1 + self.signed.len()).text(POLICY);
        for (statement, agreement) in &self.signed {
            writer.array(2).bytes(statement);
            match agreement {
                Some(agreement) => writer.bytes(agreement),
                None => writer.null(),
            };
        }
        writer.into_bytes()
    }

    /// Signs, for the party whose identity key this is, that it knows the others.
    ///
    /// # Errors
    /// [`LogError::Key`] for a key of none of them.
    pub fn agree(&mut self, key: &PrivateKey) -> Result<(), LogError> {
        let mut payload = Writer::new();
        payload.array(1).bytes(&self.policy.circle);
        let agreement = signed::sign(AGREES, payload, key)?;
        let place = self.policy.parties().position(|party| party.identity == *key.public());
        let (_, of_party) = place.and_then(|place| self.signed.get_mut(place)).ok_or(LogError::Key)?;
        *of_party = Some(agreement);
        Ok(())
    }

    /// Takes over what was agreed before among the same parties: they have published other keys of days since, or some agreed on another
    /// copy.
    pub fn keep(&mut self, before: &Self) {
        if before.policy.circle != self.policy.circle {
            return;
        }
        let known = |id: PartyId| {
            let place = before.policy.parties().position(|party| party.id() == id)?;
            before.signed.get(place)?.1.clone()
        };
        for (party, (_, agreement)) in self.policy.parties().zip(&mut self.signed) {
            *agreement = agreement.take().or_else(|| known(party.id()));
        }
    }

    /// The parties that have not agreed.
    pub fn missing(&self) -> impl Iterator<Item = &Party> {
        let agreements = self.signed.iter().map(|(_, agreement)| agreement);
        self.policy.parties().zip(agreements).filter(|(_, it)| it.is_none()).map(|(party, _)| party)
    }

    /// Whom it names, for those who are to agree: authority, venue, issuers.
    pub fn parties(&self) -> impl Iterator<Item = &Party> {
        self.policy.parties()
    }

    /// As [`Policy::circle`]: what the parties compare before they agree.
    pub const fn circle(&self) -> [u8; 32] {
        self.policy.circle
    }

    /// As [`Policy::separation`].
    pub fn separation(&self) -> Separation {
        self.policy.separation()
    }

    /// The policy, if all have agreed. Refuses by EL-15.
    ///
    /// # Errors
    /// EL-15
    pub fn agreed(self) -> Result<Policy, Refusal> {
        if self.missing().next().is_some() { Err(AGREED.refuse(NOT_AGREED)) } else { Ok(self.policy) }
    }
}

fn require_agreement(bytes: &[u8], party: &Party, circle: [u8; 32]) -> Result<(), Refusal> {
    let payload = signed::verified(AGREES, bytes, &party.identity, SMALL)?;
    let [agreed] = array(&payload, SMALL)?;
    if digest_of(&agreed) == Some(circle) { Ok(()) } else { Err(not_signed()) }
}
