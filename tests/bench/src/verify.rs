//! A presentation judged, against the signatures it carries verified bare.

use std::fmt::Write as _;

use jigap_keys::KeyType;

use crate::BenchError;
use crate::bare::Bare;
use crate::measure::{Case, Typical, in_turns};
use crate::scene::{Dress, Scene, Way};

const SCENES: [(&str, KeyType, Way, Dress); 8] = [
    ("SD-JWT VC, Ed25519, did:jwk", KeyType::Ed25519, Way::DidJwk, Dress::SdJwtVc),
    ("SD-JWT VC, P-256, did:jwk", KeyType::P256, Way::DidJwk, Dress::SdJwtVc),
    ("SD-JWT VC, P-256, issuer metadata", KeyType::P256, Way::Metadata, Dress::SdJwtVc),
    ("SD-JWT VC, P-256, x5c of one certificate", KeyType::P256, Way::Chain, Dress::SdJwtVc),
    ("vc+jwt, Ed25519, did:jwk", KeyType::Ed25519, Way::DidJwk, Dress::VcJwt),
    ("vc+jwt, P-256, did:jwk", KeyType::P256, Way::DidJwk, Dress::VcJwt),
    ("mdoc, P-256, x5chain of one certificate", KeyType::P256, Way::DidJwk, Dress::Mdoc),
    ("Data Integrity, Ed25519, did:jwk (no status, no target)", KeyType::Ed25519, Way::DidJwk, Dress::LdpVc),
];

/// Measures the rows whose name contains `row`.
pub(crate) fn run(row: &str, seconds: f64) -> Result<String, BenchError> {
    let mut table = String::from(
        "| with a holder's proof and a status | signatures | bare, µs | judged, µs | ratio (target ≤ 1.35) | with `needs` | ratio to Jigap's own verification |\n|---|---|---|---|---|---|---|\n",
    );
    let rows: Vec<_> = SCENES.into_iter().filter(|(name, ..)| name.contains(row)).collect();
    let each = seconds / rows.len().max(1) as f64;
    for (name, key_type, way, dress) in rows {
        let scene = Scene::new(key_type, way, dress)?;
        let mut cases = [
            Case::new("bare signatures", || scene.signatures.iter().all(Bare::verifies)),
            Case::new("judged", || scene.judge()),
            Case::new("needs, then judged", || scene.gather_and_judge()),
            Case::new("signatures verified here", || scene.signatures.iter().all(Bare::verifies_here)),
        ];
        let figures = in_turns(&mut cases, each)?;
        let [bare, judged, gathered, here] = figures.as_slice() else {
            return Err(BenchError::Broken("four cases give four figures".into()));
        };
        let _ = writeln!(
            table,
            "| {name} | {} | {} | {} | {} | {} | {} |",
            scene.signatures.len(),
            Typical::of(bare).say(1),
            Typical::of(judged).say(1),
            Typical::ratio(judged, bare).say(2),
            Typical::ratio(gathered, bare).say(2),
            Typical::ratio(judged, here).say(2),
        );
    }
    Ok(table)
}
