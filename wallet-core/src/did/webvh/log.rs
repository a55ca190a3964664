//! The log of a did:webvh, verified entry by entry (did:webvh 1.0 "Read (Resolve)").
//!
//! A [`Log`] is only made by verifying every entry: version numbers, hash chain, times, parameters, SCID, names, pre-rotation,
//! proofs. One entry that breaks a rule spoils the whole log, also for its earlier versions: the specification lets a
//! resolver choose, and who serves a broken log is not asked what of it to believe. Approval by witnesses stands in another
//! file and is required by [`Log::require_witnessed`]; that the log is that of a certain DID by [`Log::require_did`].
//!
//! Refused: what the checks `WV-04` to `WV-17` and `WV-19` say.

use jigap_keys::json;
use serde_json::Value;
use time::OffsetDateTime;

use super::entry::{BAD_NUMBER, Entry, FORM, MALFORMED, NUMBER, TIME};
use super::hash;
use super::identifier::Identifier;
use super::parameters::{Active, Given, Witnesses};
use super::proof::{PROOF, Proof};
use super::witness::WitnessProofs;
use crate::did::Did;
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};

/// Largest log: at one rotation a day, more than ten years.
pub(super) const MAX_BYTES: usize = 4 * 1024 * 1024;
const MAX_ENTRIES: usize = 4096;
/// By how much the clock of a DID's controller may be ahead ("no more than 5 minutes").
const TOLERANCE: Seconds = Seconds(60);

/// WV-08: the entries are a chain.
pub const CHAIN: Check = Check::new(
    "WV-08",
    "each version's id has the hash of its entry, which names the version before",
    "각 버전 식별자는 앞 버전을 잇는 그 항목의 해시를 담고 있습니다",
    "did:webvh 1.0, Verify The Entry Hash",
);
/// WV-09: the SCID is the hash of the beginning.
pub const SCID: Check = Check::new(
    "WV-09",
    "the self-certifying identifier is the hash of the first entry",
    "자기 인증 식별자는 첫 항목의 해시입니다",
    "did:webvh 1.0, Verify SCID",
);
/// WV-11: the log is about this DID.
pub const NAME: Check = Check::new(
    "WV-11",
    "each version's document is of a did:webvh with the log's SCID, and one of them is of the DID that is asked for",
    "각 버전의 문서는 이 기록의 SCID를 가진 did:webvh의 것이고, 그중 하나는 찾는 DID의 것입니다",
    "did:webvh 1.0, Read (Resolve) 6; Reading did:webvh DID URLs",
);
/// WV-14: keys were promised.
pub const PRE_ROTATION: Check = Check::new(
    "WV-14",
    "under pre-rotation an entry states its update keys, all of them promised by the version before, and new promises",
    "키를 미리 정해 둔 동안에는 항목마다 갱신 키를 밝히고, 모두 앞 버전이 예고한 것이며, 새 예고가 있습니다",
    "did:webvh 1.0, Pre-Rotation Key Hash Generation and Verification",
);
/// WV-15: only what may move moves.
pub const PORTABILITY: Check = Check::new(
    "WV-15",
    "a DID moves only if its first entry allowed that, and its document then names the DID it had",
    "DID는 첫 항목이 허용했을 때만 옮기고, 옮긴 문서는 이전 DID를 밝힙니다",
    "did:webvh 1.0, DID Portability",
);
/// WV-19: the end is the end.
pub const END: Check = Check::new(
    "WV-19",
    "nothing follows the entry that deactivates the DID",
    "DID를 폐기한 항목 뒤에는 아무것도 없습니다",
    "did:webvh 1.0, DID Method Parameters (deactivated)",
);

const OTHER_HASH: Reason = Reason::new(
    "webvh-entry-hash",
    "a version's hash is not that of its entry and predecessor",
    "버전의 해시가 그 항목과 앞 버전의 해시가 아닙니다",
);
const OTHER_SCID: Reason = Reason::new(
    "webvh-scid",
    "the self-certifying identifier is not the hash of the first entry",
    "자기 인증 식별자가 첫 항목의 해시가 아닙니다",
);
const OTHER_NAME: Reason = Reason::new(
    "webvh-other-did",
    "a version of the log is of a DID with another self-certifying identifier",
    "기록의 어떤 버전이 자기 인증 식별자가 다른 DID의 것입니다",
);
const NOT_ASKED_FOR: Reason = Reason::new(
    "webvh-not-this-did",
    "the log is not that of the DID that was asked for",
    "찾는 DID의 기록이 아닙니다",
);
const NOT_LATER: Reason = Reason::new(
    "webvh-version-time-order",
    "a version's time is not after that of the version before",
    "버전의 시각이 앞 버전보다 뒤가 아닙니다",
);
const FUTURE: Reason =
    Reason::new("webvh-version-time-future", "a version's time is in the future", "버전의 시각이 미래입니다");
const NOT_PROMISED: Reason = Reason::new(
    "webvh-pre-rotation",
    "an entry does not use the keys that the version before promised, or does not state its own",
    "항목이 앞 버전이 예고한 키를 쓰지 않거나 자기 키를 밝히지 않았습니다",
);
const NOT_PORTABLE: Reason = Reason::new(
    "webvh-not-portable",
    "the DID moved, or became portable, where that is not allowed",
    "허용되지 않는데 DID를 옮겼거나 옮길 수 있게 바꾸었습니다",
);
const MOVED_SILENTLY: Reason = Reason::new(
    "webvh-prior-did",
    "the document of a DID that moved does not name the DID it had",
    "옮긴 DID의 문서가 이전 DID를 밝히지 않습니다",
);
const AFTER_THE_END: Reason = Reason::new(
    "webvh-after-deactivation",
    "an entry follows the one that deactivated the DID",
    "DID를 폐기한 항목 뒤에 다른 항목이 있습니다",
);
const NOT_AUTHORIZED: Reason = Reason::new(
    "webvh-not-authorized",
    "an entry is signed by a key that may not update the DID",
    "DID를 갱신할 수 없는 키로 서명한 항목이 있습니다",
);

/// A log whose every entry was verified, but for witnesses.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    scid: String,
    versions: Vec<Version>,
}

/// One version of a DID.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    id: String,
    number: u32,
    time: OffsetDateTime,
    did: Did,
    state: Value,
    active: Active,
    /// Those whose approval the entry needs.
    witnesses: Option<Witnesses>,
}

impl Log {
    /// Reads `did.jsonl` as it was found at the moment `now`. Refuses as the module says.
    pub fn read(bytes: &[u8], now: Timestamp) -> Result<Self, Refusal> {
        let malformed = FORM.refuse(MALFORMED);
        if bytes.len() > MAX_BYTES {
            return Err(malformed);
        }
        let mut log = Self { scid: String::new(), versions: Vec::new() };
        for line in bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n') {
            if log.versions.len() == MAX_ENTRIES {
                return Err(malformed);
            }
            log.push(line, now)?;
        }
        Ok(log)
    }

    /// Requires that this is the log of `did`, by its present name or one that it had. Refuses by WV-11.
    pub fn require_did(&self, did: &Did) -> Result<(), Refusal> {
        let named = self.versions.iter().any(|version| version.did == *did);
        if named { Ok(()) } else { Err(NAME.refuse(NOT_ASKED_FOR)) }
    }

    /// Whether a version must be approved by witnesses.
    pub fn has_witnesses(&self) -> bool {
        self.versions.iter().any(|version| version.witnesses.is_some())
    }

    /// Requires that each version is approved by its witnesses, where it has any. Refuses by WV-17.
    pub fn require_witnessed(&self, proofs: &WitnessProofs, now: Timestamp) -> Result<(), Refusal> {
        let versions = self.versions.iter().map(|version| (version.id.as_str(), version.witnesses.as_ref()));
        proofs.require(versions, now)
    }

    /// The self-certifying identifier.
    pub fn scid(&self) -> &str {
        &self.scid
    }

    /// The versions from the first; there is at least one.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// Whether this log continues `earlier`, or is the same: no version that was seen once is missing or another.
    pub fn continues(&self, earlier: &Self) -> bool {
        let mut pairs = self.versions.iter().zip(&earlier.versions);
        earlier.versions.len() <= self.versions.len() && pairs.all(|(now, then)| now.id == then.id)
    }

    /// Verifies one more entry.
    fn push(&mut self, line: &[u8], now: Timestamp) -> Result<(), Refusal> {
        let mut entry = Entry::read(line)?;
        let given = std::mem::take(&mut entry.given);
        let previous = self.versions.last();
        in_order(&entry, previous, now)?;
        let signers = signers(&given, previous)?;
        let (active, scid) = match previous {
            None => Active::first(given)?,
            Some(previous) => (previous.active.next(given)?, self.scid.clone()),
        };
        let did = named(&entry.unsecured, &scid)?;
        if let Some(previous) = previous {
            may_move(previous, &active, &did, &entry.unsecured)?;
        }
        hashes(&entry, previous, &scid)?;
        proofs(&entry, signers.as_ref().unwrap_or(&active.update_keys), now)?;
        let in_force = previous.and_then(|previous| previous.active.witness.clone());
        let witnesses = in_force.or_else(|| active.witness.clone());
        let state = entry.unsecured.get_mut("state").map(Value::take).unwrap_or_default();
        let Entry { version_id: id, number, time, .. } = entry;
        self.versions.push(Version { id, number, time, did, state, active, witnesses });
        self.scid = scid;
        Ok(())
    }
}

impl Version {
    /// `versionId`: number, dash, entry hash.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its number, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// `versionTime`, when the controller says it began; fractions of a second are cut off.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_unix(self.time.unix_timestamp())
    }

    /// The DID as it is called in this version.
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The DID document as it stands in the log.
    pub fn state(&self) -> &Value {
        &self.state
    }

    /// The Multikeys that may sign the next entry where there is no pre-rotation.
    pub fn update_keys(&self) -> &[String] {
        &self.active.update_keys
    }

    /// The hashes of the keys that may sign the next entry; empty without pre-rotation.
    pub fn next_key_hashes(&self) -> &[String] {
        &self.active.next_key_hashes
    }

    /// Whether the DID ended with this version.
    pub fn is_deactivated(&self) -> bool {
        self.active.deactivated
    }

    /// Whether the DID may move.
    pub fn is_portable(&self) -> bool {
        self.active.portable
    }

    pub(super) fn active(&self) -> &Active {
        &self.active
    }
}

/// WV-19, WV-07, WV-10.
fn in_order(entry: &Entry, previous: Option<&Version>, now: Timestamp) -> Result<(), Refusal> {
    if previous.is_some_and(Version::is_deactivated) {
        return Err(END.refuse(AFTER_THE_END));
    }
    if entry.number != previous.map_or(1, |previous| previous.number + 1) {
        return Err(NUMBER.refuse(BAD_NUMBER));
    }
    if previous.is_some_and(|previous| entry.time <= previous.time) {
        return Err(TIME.refuse(NOT_LATER));
    }
    let latest = now.plus(TOLERANCE);
    if Timestamp::from_unix(entry.time.unix_timestamp()) > latest { Err(TIME.refuse(FUTURE)) } else { Ok(()) }
}

/// The keys that may sign an entry; `None` for its own. Refuses by WV-14.
fn signers(given: &Given, previous: Option<&Version>) -> Result<Option<Vec<String>>, Refusal> {
    let Some(previous) = previous.map(Version::active) else { return Ok(None) };
    if previous.next_key_hashes.is_empty() {
        return Ok(Some(previous.update_keys.clone()));
    }
    let promised = |key: &String| previous.next_key_hashes.contains(&hash::multihash(key.as_bytes()));
    match (&given.update_keys, &given.next_key_hashes) {
        (Some(keys), Some(_)) if keys.iter().all(promised) => Ok(None),
        _ => Err(PRE_ROTATION.refuse(NOT_PROMISED)),
    }
}

/// The DID that the document of an entry is of. Refuses by WV-11.
fn named(entry: &Value, scid: &str) -> Result<Did, Refusal> {
    let other = NAME.refuse(OTHER_NAME);
    let id = entry.pointer("/state/id").and_then(Value::as_str).ok_or(other)?;
    let did = Did::parse(id).map_err(|_| other)?;
    let fits = did.method() == "webvh" && Identifier::read(&did).is_ok_and(|read| read.scid == scid);
    if fits { Ok(did) } else { Err(other) }
}

/// WV-15.
fn may_move(previous: &Version, active: &Active, did: &Did, entry: &Value) -> Result<(), Refusal> {
    let becomes_portable = entry.pointer("/parameters/portable") == Some(&Value::Bool(true));
    let moves = previous.did != *did;
    if becomes_portable || (moves && !(previous.active.portable && active.portable)) {
        return Err(PORTABILITY.refuse(NOT_PORTABLE));
    }
    let names = entry.pointer("/state/alsoKnownAs").and_then(Value::as_array);
    let names_prior = names.is_some_and(|names| names.iter().any(|name| name == previous.did.as_str()));
    if moves && !names_prior { Err(PORTABILITY.refuse(MOVED_SILENTLY)) } else { Ok(()) }
}

/// WV-08, WV-09.
fn hashes(entry: &Entry, previous: Option<&Version>, scid: &str) -> Result<(), Refusal> {
    if previous.is_none() && hash::scid_of(&entry.unsecured, scid).as_deref() != Some(scid) {
        return Err(SCID.refuse(OTHER_SCID));
    }
    let predecessor = previous.map_or(scid, |previous| previous.id.as_str());
    let hash = hash::of_entry(entry.unsecured.clone(), predecessor);
    if hash.as_deref() == Some(entry.claimed_hash()) { Ok(()) } else { Err(CHAIN.refuse(OTHER_HASH)) }
}

/// WV-12, WV-13: every proof holds.
fn proofs(entry: &Entry, signers: &[String], now: Timestamp) -> Result<(), Refusal> {
    let canonical = json::canonicalize(&entry.unsecured).map_err(|_| FORM.refuse(MALFORMED))?;
    for proof in &entry.proofs {
        let proof = Proof::read(proof, now)?;
        if !signers.iter().any(|key| key == proof.multikey) {
            return Err(PROOF.refuse(NOT_AUTHORIZED));
        }
        proof.verify(&canonical)?;
    }
    Ok(())
}
