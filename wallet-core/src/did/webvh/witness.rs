//! Proofs of witnesses, `did-witness.json` (did:webvh 1.0 "DID Witnesses").
//!
//! A witness signs `{"versionId": …}` and with it all versions before. An entry whose witnesses are in force is approved when
//! as many distinct ones as the threshold says signed it or a later version of *this* log; proofs of versions that the log
//! does not have count for nothing, nor do malformed ones or those of strangers.
//!
//! Refused: a file over its bounds or of another shape (`WV-18`); an entry without its threshold of approvals (`WV-17`).

use std::collections::{HashMap, HashSet};

use jigap_keys::json::{self, Limits};
use serde_json::{Value, json};

use super::parameters::Witnesses;
use super::proof::{Proof, Unsigned};
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// The largest file.
const FILE: Limits = Limits { bytes: 1 << 20, depth: 8 };
/// Most proofs in it that are verified.
const MAX_PROOFS: usize = 1024;

/// WV-17: the threshold is met.
pub const WITNESSED: Check = Check::new(
    "WV-17",
    "each entry whose witnesses are in force is approved by a threshold of distinct ones, in this very log",
    "증인을 둔 기록 항목마다 서로 다른 증인이 정족수만큼 바로 이 기록에서 승인했습니다",
    "did:webvh 1.0, Verifying Witness Proofs During Resolution",
);
/// WV-18: the file is what it is.
pub const WITNESS_FILE: Check = Check::new(
    "WV-18",
    "the file of witness proofs is an array of version ids with their proofs, within its limits",
    "증인 증명 파일은 한도 안의, 버전 식별자와 그 증명들의 배열입니다",
    "did:webvh 1.0, The Witness Proofs File",
);

const NOT_WITNESSED: Reason = Reason::new(
    "webvh-not-witnessed",
    "too few of its witnesses approved a version",
    "어떤 버전을 승인한 증인의 수가 정족수에 미치지 못합니다",
);
const MALFORMED: Reason = Reason::new(
    "webvh-witness-file",
    "the file of witness proofs is malformed or too large",
    "증인 증명 파일의 형식이 잘못되었거나 너무 큽니다",
);

/// What a witness signs about a version.
fn statement(version_id: &str) -> Value {
    json!({"versionId": version_id})
}

/// A witness' approval that lacks only its signature.
///
/// # Errors
/// `None` where `version_id` cannot be signed about.
pub(super) fn approval(version_id: &str, multikey: &str, created: Timestamp) -> Option<Unsigned> {
    Unsigned::new(statement(version_id), multikey, created)
}

/// A file of witness proofs, read; which of them hold is found out for a log.
#[derive(Debug, Clone, PartialEq)]
pub struct WitnessProofs {
    entries: Vec<(String, Vec<Value>)>,
}

impl WitnessProofs {
    /// Reads `did-witness.json`. Refuses by WV-18.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let malformed = WITNESS_FILE.refuse(MALFORMED);
        let file = json::parse(bytes, FILE).map_err(|_| malformed)?;
        let Value::Array(file) = file else { return Err(malformed) };
        let entries = file.into_iter().map(entry).collect::<Option<Vec<_>>>().ok_or(malformed)?;
        let proofs: usize = entries.iter().map(|(_, proofs)| proofs.len()).sum();
        if proofs > MAX_PROOFS {
            return Err(malformed);
        }
        Ok(Self { entries })
    }

    /// Requires that each of `versions`, in order, is approved by its witnesses, if it has any. Refuses by WV-17.
    pub(super) fn require<'v>(
        &self,
        versions: impl Iterator<Item = (&'v str, Option<&'v Witnesses>)>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let versions: Vec<_> = versions.collect();
        let listed: HashSet<&str> = versions
            .iter()
            .filter_map(|(_, witnesses)| *witnesses)
            .flat_map(Witnesses::keys)
            .map(String::as_str)
            .collect();
        let positions = versions.iter().enumerate().map(|(position, (id, _))| (*id, position)).collect();
        let approved = self.approved(&positions, &listed, now);
        for (position, (_, witnesses)) in versions.iter().enumerate() {
            let Some(witnesses) = witnesses else { continue };
            let approves = |key: &&String| approved.get(key.as_str()).is_some_and(|last| position <= *last);
            if witnesses.keys().iter().filter(approves).count() < witnesses.threshold() {
                return Err(WITNESSED.refuse(NOT_WITNESSED));
            }
        }
        Ok(())
    }

    /// The position of the last version that each listed witness approved.
    fn approved(
        &self,
        positions: &HashMap<&str, usize>,
        listed: &HashSet<&str>,
        now: Timestamp,
    ) -> HashMap<String, usize> {
        let mut approved = HashMap::<String, usize>::new();
        for (version_id, proofs) in &self.entries {
            let Some(position) = positions.get(version_id.as_str()) else { continue };
            let Ok(canonical) = json::canonicalize(&statement(version_id)) else { continue };
            for proof in proofs {
                let Ok(proof) = Proof::read(proof, now) else { continue };
                let known = approved.get(proof.multikey).is_some_and(|last| position <= last);
                if listed.contains(proof.multikey) && !known && proof.verify(&canonical).is_ok() {
                    approved.insert(proof.multikey.to_owned(), *position);
                }
            }
        }
        approved
    }

    /// A file of nothing.
    pub fn none() -> Self {
        Self { entries: Vec::new() }
    }

    /// The same with one more `proof` of the version `version_id`.
    pub fn with(mut self, version_id: &str, proof: Value) -> Self {
        match self.entries.iter_mut().find(|(id, _)| id == version_id) {
            Some((_, proofs)) => proofs.push(proof),
            None => self.entries.push((version_id.to_owned(), vec![proof])),
        }
        self
    }

    /// The file.
    pub fn to_json(&self) -> Value {
        self.entries.iter().map(|(id, proofs)| json!({"versionId": id, "proof": proofs})).collect()
    }
}

/// An element of the file; one without proofs is let pass ("SHOULD be removed").
fn entry(value: Value) -> Option<(String, Vec<Value>)> {
    let Value::Object(mut members) = value else { return None };
    let Some(Value::String(version_id)) = members.remove("versionId") else { return None };
    match members.remove("proof") {
        Some(Value::Array(proofs)) => Some((version_id, proofs)),
        Some(proof @ Value::Object(_)) => Some((version_id, vec![proof])),
        None => Some((version_id, Vec::new())),
        Some(_) => None,
    }
}
