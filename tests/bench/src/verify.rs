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

/// Measures the rows whose name contains `row`, all in turns, so that each sees the machine at its best as often.
pub(crate) fn run(row: &str, seconds: f64) -> Result<String, BenchError> {
    let wanted = SCENES.into_iter().filter(|(name, ..)| name.contains(row));
    let scenes = wanted.map(|(name, key, way, dress)| Ok((name, Scene::new(key, way, dress)?)));
    let scenes = scenes.collect::<Result<Vec<_>, BenchError>>()?;
    let figures = in_turns(&mut scenes.iter().flat_map(cases).collect::<Vec<_>>(), seconds)?;
    let mut table = String::from(
        "| with a holder's proof and a status | signatures | bare, µs | judged, µs | ratio, undisturbed (target ≤ 1.35) | ratio | ratio with `needs`, undisturbed | ratio to Jigap's own verification, undisturbed |\n|---|---|---|---|---|---|---|---|\n",
    );
    for ((name, scene), figures) in scenes.iter().zip(figures.chunks(4)) {
        let [bare, judged, gathered, here] = figures else {
            return Err(BenchError::Broken("four cases give four figures".into()));
        };
        let _ = writeln!(
            table,
            "| {name} | {} | {} | {} | {:.2} | {} | {:.2} | {:.2} |",
            scene.signatures.len(),
            Typical::of(bare).say(1),
            Typical::of(judged).say(1),
            Typical::undisturbed_ratio(judged, bare),
            Typical::ratio(judged, bare).say(2),
            Typical::undisturbed_ratio(gathered, bare),
            Typical::undisturbed_ratio(judged, here),
        );
    }
    Ok(table)
}

fn cases<'a>((_, scene): &'a (&str, Scene)) -> [Case<'a>; 4] {
    [
        Case::new("bare signatures", || scene.signatures.iter().all(Bare::verifies)),
        Case::new("judged", || scene.judge()),
        Case::new("needs, then judged", || scene.gather_and_judge()),
        Case::new("signatures verified here", || scene.signatures.iter().all(Bare::verifies_here)),
    ]
}
