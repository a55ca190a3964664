//! The stored forms, each with its version and sealed for its place. What is opened was made here: facets and admitted listings are taken as
//! they were.

use std::collections::{BTreeMap, BTreeSet};

use jigap_keys::Entropy;
use jigap_keys::hash::sha256;
use jigap_wallet_core::facts::follow::SubjectState;
use jigap_wallet_core::facts::{FactId, Subject};
use jigap_wallet_core::jose::Jws;
use jigap_wallet_core::people::listing::{KIND, ListingDocument, State, VerifiedListing};
use jigap_wallet_core::people::{PersonaId, dsub};
use jigap_wallet_core::sealing::{RecordKeys, SealBroken};
use jigap_wallet_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::What;
use crate::facet::{Facet, Proved};
use crate::listing::{Admitted, Listing, Mode};
use crate::ranking::Reputation;
use crate::week::Week;

/// The version of every form here.
pub(super) const VERSION: u8 = 1;

/// Whom the verifier means by a persona.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonaRecord {
    pub(super) version: u8,
    pub(super) subject: Option<Subject>,
}

/// What was heard of a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubjectRecord {
    pub(super) version: u8,
    pub(super) state: SubjectState,
    pub(super) persona: Option<PersonaId>,
    /// When each live fact was last found to hold.
    pub(super) checked: BTreeMap<FactId, Timestamp>,
    /// How often its events were read again from the beginning.
    pub(super) resets: u8,
}

/// The last document of a persona, and what is published of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListingRecord {
    pub(super) version: u8,
    pub(super) number: u64,
    pub(super) state: State,
    /// As it was handed in; empty after it was withdrawn.
    pub(super) document: String,
    /// SHA-256 of the last one.
    pub(super) digest: [u8; 32],
    /// Whether the index may find it.
    pub(super) published: bool,
    /// Whether the index knows of it.
    pub(super) known: bool,
    /// SHA-256 of what is published, without moments.
    pub(super) shown: [u8; 32],
    /// The kinds of the facets that are published.
    pub(super) kinds: Vec<String>,
    /// The facts that they stand on.
    pub(super) facts: BTreeSet<FactId>,
    /// Facts that the index was told are unconfirmed.
    pub(super) doubted: BTreeSet<FactId>,
    /// Where it says that this person is listed.
    pub(super) held: BTreeSet<String>,
    /// By which check it cannot be published as it is.
    pub(super) refused: Option<String>,
}

impl Default for ListingRecord {
    fn default() -> Self {
        Self {
            version: VERSION,
            number: 0,
            state: State::Withdrawn,
            document: String::new(),
            digest: [0; 32],
            published: false,
            known: false,
            shown: [0; 32],
            kinds: Vec::new(),
            facts: BTreeSet::new(),
            doubted: BTreeSet::new(),
            held: BTreeSet::new(),
            refused: None,
        }
    }
}

impl ListingRecord {
    /// Takes in a document.
    pub(super) fn take(&mut self, compact: &str, verified: &VerifiedListing) {
        let document = verified.document();
        (self.number, self.state, self.digest) = (document.number, document.state, *verified.digest());
        self.document = if document.state == State::Withdrawn { String::new() } else { compact.to_owned() };
    }

    /// The last document, which was verified when it was taken in.
    pub(super) fn document(&self) -> Result<Option<ListingDocument>, SealBroken> {
        if self.document.is_empty() {
            return Ok(None);
        }
        let jws = Jws::parse_within(&self.document, KIND.limits).map_err(|_| SealBroken)?;
        let (_, payload) = jws.dangerous_assume_verified().into_parts();
        serde_json::from_value(payload).map(Some).map_err(|_| SealBroken)
    }

    /// By which check it is refused.
    pub(super) fn refused(&self) -> Option<&'static str> {
        let here = [crate::listing::FORM, crate::words::titles::TITLE, super::ONE_LISTING];
        let mut known = here.iter().chain(&[dsub::FORM, dsub::BLIND, dsub::DIRECTORY]).map(|check| check.id);
        self.refused.as_deref().and_then(|id| known.find(|known| *known == id))
    }
}

/// Opens a record that has `version`.
pub(super) fn open<T: serde::de::DeserializeOwned>(
    key: &str,
    value: &[u8],
    keys: &RecordKeys,
) -> Result<T, SealBroken> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u8,
    }
    let sealed = std::str::from_utf8(value).map_err(|_| SealBroken)?;
    let record: serde_json::Value = keys.open(key, sealed)?;
    let Versioned { version } = Versioned::deserialize(&record).map_err(|_| SealBroken)?;
    if version != VERSION {
        return Err(SealBroken);
    }
    serde_json::from_value(record).map_err(|_| SealBroken)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventRecord {
    version: u8,
    at: Timestamp,
    what: StoredWhat,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum StoredWhat {
    Listed(Box<StoredListing>),
    Paused(String),
    Withdrawn(String),
    Unconfirmed(FactId),
    Confirmed(FactId),
    Retracted(FactId),
    Rated { id: String, ratings: u32, stars: u32, response: Option<u16> },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredListing {
    id: String,
    name: String,
    headline: String,
    text: String,
    region: String,
    cell: u64,
    languages: Vec<String>,
    week: u32,
    modes: Vec<Mode>,
    price: u32,
    facets: Vec<Proved>,
    /// The kinds whose titles its words use.
    relies_on: BTreeSet<String>,
}

impl StoredListing {
    fn of(admitted: &Admitted) -> Self {
        let listing = admitted.listing();
        Self {
            id: listing.id.clone(),
            name: listing.name.clone(),
            headline: listing.headline.clone(),
            text: listing.text.clone(),
            region: listing.region.clone(),
            cell: listing.cell,
            languages: listing.languages.clone(),
            week: listing.week.bits(),
            modes: listing.modes.clone(),
            price: listing.price,
            facets: listing.facets.iter().map(|facet| (**facet).clone()).collect(),
            relies_on: admitted.relies_on().clone(),
        }
    }

    fn read(self) -> Result<Admitted, SealBroken> {
        let listing = Listing {
            id: self.id,
            name: self.name,
            headline: self.headline,
            text: self.text,
            region: self.region,
            cell: self.cell,
            languages: self.languages,
            week: Week::from_bits(self.week).ok_or(SealBroken)?,
            modes: self.modes,
            price: self.price,
            facets: self.facets.into_iter().map(Facet::dangerous_assume_proved).collect(),
        };
        Ok(Admitted::dangerous_assume_admitted(listing, self.relies_on))
    }
}

/// What is published, told apart from anything else that could be: without the moments at which it was checked.
pub(super) fn shown(admitted: &Admitted) -> Result<[u8; 32], SealBroken> {
    let mut listing = StoredListing::of(admitted);
    for facet in &mut listing.facets {
        facet.checked = Timestamp::from_unix(0);
    }
    Ok(sha256(&serde_json::to_vec(&listing).map_err(|_| SealBroken)?))
}

/// An event for the store.
pub(super) fn seal_event(
    key: &[u8],
    (at, what): (Timestamp, &What),
    keys: &RecordKeys,
    entropy: &dyn Entropy,
) -> Result<String, SealBroken> {
    let what = match what {
        What::Listed(admitted) => StoredWhat::Listed(Box::new(StoredListing::of(admitted))),
        What::Paused(id) => StoredWhat::Paused(id.clone()),
        What::Withdrawn(id) => StoredWhat::Withdrawn(id.clone()),
        What::Unconfirmed(fact) => StoredWhat::Unconfirmed(fact.clone()),
        What::Confirmed(fact) => StoredWhat::Confirmed(fact.clone()),
        What::Retracted(fact) => StoredWhat::Retracted(fact.clone()),
        What::Rated(id, Reputation { ratings, stars, response }) => {
            let (ratings, stars, response) = (*ratings, *stars, *response);
            StoredWhat::Rated { id: id.clone(), ratings, stars, response }
        }
    };
    keys.seal(&name(key), &EventRecord { version: VERSION, at, what }, entropy)
}

/// An event of the store.
pub(super) fn open_event(
    key: &[u8],
    value: &[u8],
    keys: &RecordKeys,
) -> Result<(Timestamp, What), SealBroken> {
    let EventRecord { at, what, .. } = open(&name(key), value, keys)?;
    let what = match what {
        StoredWhat::Listed(listing) => What::Listed(Box::new(listing.read()?)),
        StoredWhat::Paused(id) => What::Paused(id),
        StoredWhat::Withdrawn(id) => What::Withdrawn(id),
        StoredWhat::Unconfirmed(fact) => What::Unconfirmed(fact),
        StoredWhat::Confirmed(fact) => What::Confirmed(fact),
        StoredWhat::Retracted(fact) => What::Retracted(fact),
        StoredWhat::Rated { id, ratings, stars, response } => {
            What::Rated(id, Reputation { ratings, stars, response })
        }
    };
    Ok((at, what))
}

/// The place of an event as a text.
fn name(key: &[u8]) -> String {
    jigap_keys::base64url::encode(key)
}

#[cfg(test)]
mod tests {
    use jigap_platform::testing::SeededEntropy;
    use serde_json::json;

    use super::*;
    use crate::listing::tests::{fact, listing};
    use crate::words::titles::Titles;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn keys() -> RecordKeys {
        RecordKeys::from_secret(&[1; 32])
    }

    #[test]
    fn an_event_is_opened_as_it_was_sealed_at_its_place_alone() {
        let entropy = SeededEntropy::new(1);
        let admitted = listing(1, "tax-accountant").admit(&Titles::default()).unwrap();
        let whats = [
            What::Listed(Box::new(admitted)),
            What::Paused("a".to_owned()),
            What::Withdrawn("a".to_owned()),
            What::Unconfirmed(fact(1)),
            What::Confirmed(fact(1)),
            What::Retracted(fact(1)),
            What::Rated("a".to_owned(), Reputation { ratings: 2, stars: 9, response: Some(700) }),
        ];
        for what in whats {
            let sealed = seal_event(b"k", (NOW, &what), &keys(), &entropy).unwrap();
            assert_eq!(open_event(b"k", sealed.as_bytes(), &keys()), Ok((NOW, what)));
            assert_eq!(open_event(b"l", sealed.as_bytes(), &keys()), Err(SealBroken));
        }
    }

    /// The stored forms of version 1.
    #[test]
    fn the_stored_forms_are_those_of_their_version() {
        let admitted = listing(1, "tax-accountant").admit(&Titles::default()).unwrap();
        let event = EventRecord {
            version: VERSION,
            at: NOW,
            what: StoredWhat::Listed(Box::new(StoredListing::of(&admitted))),
        };
        let expected = json!({"version": 1, "at": 1_800_000_000, "what": {"listed": {
            "id": "listing-1", "name": "맑은하늘", "headline": "종합소득세 상담", "text": "상속세 경험이 많습니다.", "region": "mapo",
            "cell": admitted.listing().cell, "languages": ["ko"], "week": 1 << 21, "modes": ["video"], "price": 50_000,
            "facets": [{"facts": [fact(1)], "kind": "tax-accountant", "issuer": "한국세무사회", "since": 2015, "checked": 1_800_000_000}],
            "relies_on": [],
        }}});
        assert_eq!(serde_json::to_value(&event).unwrap(), expected);
        let record = serde_json::to_value(ListingRecord::default()).unwrap();
        let members: Vec<&String> = record.as_object().unwrap().keys().collect();
        let expected = [
            "digest",
            "document",
            "doubted",
            "facts",
            "held",
            "kinds",
            "known",
            "number",
            "published",
            "refused",
            "shown",
            "state",
            "version",
        ];
        assert_eq!(members, expected);
        let subject =
            serde_json::to_value(SubjectRecord { version: VERSION, ..SubjectRecord::default() }).unwrap();
        let expected = json!({"version": 1, "state": {"sequence": 0, "facts": {}}, "persona": null, "checked": {}, "resets": 0});
        assert_eq!(subject, expected);
        let persona = serde_json::to_value(PersonaRecord { version: VERSION, subject: None }).unwrap();
        assert_eq!(persona, json!({"version": 1, "subject": null}));
    }

    #[test]
    fn a_record_of_another_version_is_not_opened() {
        let record = json!({"version": 2, "subject": null});
        let sealed = keys().seal("k", &record, &SeededEntropy::new(1)).unwrap();
        assert_eq!(open::<PersonaRecord>("k", sealed.as_bytes(), &keys()), Err(SealBroken));
    }
}
