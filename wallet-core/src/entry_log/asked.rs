//! What the authority asks an issuer: whom passes are of that a venue released, and no others; and the issuer's answer.
//!
//! The question is the array `[release, issuer, [[pseudonym, salt], …]]`, signed by the authority's identity key: the release as the venue
//! signed it, in which a commitment stands for each row ([`VenueAnswer`]). With the salt, which stands in the row sealed to the authority,
//! the issuer computes the commitment of each pass that it is asked for, and answers for none that the venue did not release. Of the others it
//! sees how many there are.
//!
//! The answer is `[request, asked, issuer, entries]`, signed by the issuer's: the entries of those passes as far as there are any, without their outer
//! layer, `[pseudonym, generation, inner]`.

use std::collections::{BTreeMap, BTreeSet};

use jigap_keys::PrivateKey;
use zeroize::Zeroizing;

use super::answer::{Release, Seen, VenueAnswer};
use super::register::{Entry, Released, pseudonym_of};
use super::request::{other_request, others};
use super::row::shut;
use super::signed::{self, LARGE, array, digest, digest_of, malformed};
use super::visit::Guest;
use super::{LogError, Party, PartyId, Policy, Requests};
use crate::cbor::{Item, Writer};
use crate::pass::{Generation, Pseudonym};
use crate::verdict::{Check, Reason, Refusal};

/// EL-12: only what was asked for is answered.
pub const ASKED_FOR: Check = Check::new(
    "EL-12",
    "an issuer releases the entries of passes that were asked for, each once, and no others",
    "발급자는 물은 패스의 항목만 하나씩 내놓습니다",
    "docs/SPECS.md, The entry log",
);

/// EL-16: nobody is asked for who was not released.
pub const RELEASED: Check = Check::new(
    "EL-16",
    "an issuer is asked for passes whose rows the venue released, and for no others",
    "발급자에게는 장소가 내놓은 행의 패스만 묻습니다",
    "docs/SPECS.md, The entry log",
);

const NOT_ASKED: Reason = Reason::new(
    "log-not-asked",
    "the answer names a pass that was not asked for, or one twice",
    "답에 묻지 않은 패스가 있거나 같은 패스가 두 번 있습니다",
);

const NOT_RELEASED: Reason = Reason::new(
    "log-not-released",
    "a pass is asked for that the venue did not release",
    "장소가 내놓지 않은 패스를 물었습니다",
);

const ASKED: &[u8] = b"JL1 asked";
const ISSUER: &[u8] = b"JL1 issuer answers";
/// Most passes that are asked for at once.
const MAX_ASKED: usize = 20_000;

/// Which passes' people an issuer is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The request that they came of.
    pub request: [u8; 32],
    /// The passes.
    pub pseudonyms: BTreeSet<Pseudonym>,
    /// What the answer refers to it by.
    pub digest: [u8; 32],
}

impl Asked {
    /// Signs the question to the issuer of this id, by the authority's identity key: whose the passes are that were seen in the venue's
    /// answer.
    ///
    /// # Errors
    /// [`LogError::Place`] for too many, [`LogError::Key`]
    pub fn sign<'s>(
        answer: &VenueAnswer,
        seen: impl IntoIterator<Item = &'s Seen>,
        issuer: PartyId,
        key: &PrivateKey,
    ) -> Result<Vec<u8>, LogError> {
        let pass = |seen: &'s Seen| match &seen.visit.guest {
            Guest::Pass(pass) => Some((*pass, &seen.salt)),
            Guest::Paper(_) => None,
        };
        let passes: BTreeMap<Pseudonym, _> = seen.into_iter().filter_map(pass).collect();
        if passes.len() > MAX_ASKED {
            return Err(LogError::Place);
        }
        let mut payload = Writer::new();
        payload.array(3).bytes(&answer.release.signed).bytes(&issuer.0).array(passes.len());
        for (pseudonym, salt) in passes {
            payload.array(2).bytes(pseudonym.as_bytes()).bytes(salt);
        }
        signed::sign(ASKED, payload, key)
    }

    /// Reads what the authority asked the issuer of this id. Refuses by EL-01, EL-02, by EL-08 what another was asked, and by EL-16 passes
    /// that the venue did not release.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8], policy: &Policy, issuer: PartyId) -> Result<Self, Refusal> {
        let payload = signed::verified(ASKED, bytes, &policy.authority.identity, LARGE)?;
        let [release, to, passes] = array(&payload, LARGE)?;
        if digest_of(&to) != Some(issuer.0) {
            return Err(others());
        }
        let release = Release::read(release.as_bytes().ok_or_else(malformed)?, policy)?;
        let mut pseudonyms = BTreeSet::new();
        for pass in passes.as_array().filter(|them| them.len() <= MAX_ASKED).ok_or_else(malformed)? {
            let (pseudonym, commitment) = committed(pass).ok_or_else(malformed)?;
            if !release.commitments.contains(&commitment) {
                return Err(RELEASED.refuse(NOT_RELEASED));
            }
            pseudonyms.insert(pseudonym);
        }
        Ok(Self { request: release.request, pseudonyms, digest: digest(bytes) })
    }
}

/// A pass that is asked for, and the commitment to it.
fn committed(item: &Item<'_>) -> Option<(Pseudonym, [u8; 32])> {
    let Some([pseudonym, salt]) = item.as_array() else { return None };
    let pseudonym = pseudonym_of(pseudonym)?;
    Some((pseudonym, Guest::Pass(pseudonym).commitment(salt.as_bytes()?.try_into().ok()?)))
}

/// Signs the issuer's answer: the entries of the passes that were asked for, as far as there are any, without their outer layer. Says how
/// many there are. Refuses by EL-07, and by EL-08 a question that came of a request which this party was not shown.
///
/// # Errors
/// [`LogError::Refused`]; [`LogError::Key`]
pub fn issuer_answer(
    asked: &Asked,
    requests: &Requests,
    register: impl IntoIterator<Item = Entry>,
    keys: &BTreeMap<Generation, PrivateKey>,
    (policy, issuer, key): (&Policy, &Party, &PrivateKey),
) -> Result<(Vec<u8>, usize), LogError> {
    let request = requests.find(&asked.request).ok_or_else(other_request)?;
    let mut released = BTreeMap::new();
    for entry in register.into_iter().filter(|entry| asked.pseudonyms.contains(&entry.pseudonym)) {
        let key = keys.get(&entry.generation).ok_or_else(shut)?;
        released.insert(entry.pseudonym, entry.release((policy.authority.id(), issuer.id()), key)?);
    }
    let mut payload = Writer::new();
    payload.array(4).bytes(&request.digest).bytes(&asked.digest).bytes(&issuer.id().0);
    payload.array(released.len());
    released.values().for_each(|entry| entry.write(&mut payload));
    Ok((signed::sign(ISSUER, payload, key)?, released.len()))
}

/// What an issuer answered.
#[derive(Debug)]
pub struct IssuerAnswer {
    /// Authority and issuer.
    parties: (PartyId, PartyId),
    entries: Vec<Released>,
}

impl IssuerAnswer {
    /// Reads the answer to `asked`, which was asked of `issuer`. Refuses by EL-01, EL-02, EL-08 and EL-12.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8], asked: &Asked, (policy, issuer): (&Policy, &Party)) -> Result<Self, Refusal> {
        let payload = signed::verified(ISSUER, bytes, &issuer.identity, LARGE)?;
        let [request, of, from, entries] = array(&payload, LARGE)?;
        let said = [&request, &of, &from].map(digest_of);
        if said != [Some(asked.request), Some(asked.digest), Some(issuer.id().0)] {
            return Err(other_request());
        }
        let entries =
            entries.as_array().and_then(|it| it.iter().map(Released::of).collect::<Option<Vec<_>>>());
        let entries = entries.ok_or_else(malformed)?;
        let mut left = asked.pseudonyms.clone();
        if !entries.iter().all(|entry| left.remove(&entry.pseudonym)) {
            return Err(ASKED_FOR.refuse(NOT_ASKED));
        }
        Ok(Self { parties: (policy.authority.id(), issuer.id()), entries })
    }

    /// Opens the inner layers: for each pass, what the issuer's people find its holder by. Refuses by EL-01 and EL-07.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn open(
        &self,
        keys: &BTreeMap<Generation, PrivateKey>,
    ) -> Result<BTreeMap<Pseudonym, Zeroizing<String>>, Refusal> {
        self.entries.iter().map(|entry| Ok((entry.pseudonym, entry.open(self.parties, keys)?))).collect()
    }
}
