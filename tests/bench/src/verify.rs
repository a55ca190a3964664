//! A presentation judged, against the signatures it carries verified bare.

use std::fmt::Write as _;

use jigap_keys::KeyType;

use crate::BenchError;
use crate::measure::{Case, Typical, in_turns};
use crate::scene::{Dress, Scene, Way};

const SCENES: [(&str, KeyType, Way, Dress); 7] = [
    ("SD-JWT VC, Ed25519, did:jwk", KeyType::Ed25519, Way::DidJwk, Dress::SdJwtVc),
    ("SD-JWT VC, P-256, did:jwk", KeyType::P256, Way::DidJwk, Dress::SdJwtVc),
    ("SD-JWT VC, P-256, issuer metadata", KeyType::P256, Way::Metadata, Dress::SdJwtVc),
    ("SD-JWT VC, P-256, x5c of one certificate", KeyType::P256, Way::Chain, Dress::SdJwtVc),
    ("vc+jwt, Ed25519, did:jwk", KeyType::Ed25519, Way::DidJwk, Dress::VcJwt),
    ("vc+jwt, P-256, did:jwk", KeyType::P256, Way::DidJwk, Dress::VcJwt),
    ("Data Integrity, Ed25519, did:jwk (no status, no target)", KeyType::Ed25519, Way::DidJwk, Dress::LdpVc),
];

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let mut table = String::from(
        "| with a holder's proof and a status | signatures | bare, µs | judged, µs | ratio (target ≤ 1.35) | with `needs` |\n|---|---|---|---|---|---|\n",
    );
    for (name, key_type, way, dress) in SCENES {
        let scene = Scene::new(key_type, way, dress)?;
        let mut cases = [
            Case::new("bare signatures", || scene.signatures.iter().all(crate::scene::Signed::verifies)),
            Case::new("judged", || scene.judge()),
            Case::new("needs, then judged", || scene.gather_and_judge()),
        ];
        let figures = in_turns(&mut cases, seconds / SCENES.len() as f64)?;
        let [bare, judged, gathered] = figures.as_slice() else {
            return Err(BenchError::Broken("three cases give three figures".into()));
        };
        let _ = writeln!(
            table,
            "| {name} | {} | {} | {} | {} | {} |",
            scene.signatures.len(),
            Typical::of(bare).say(1),
            Typical::of(judged).say(1),
            Typical::ratio(judged, bare).say(2),
            Typical::ratio(gathered, bare).say(2),
        );
    }
    Ok(table)
}
