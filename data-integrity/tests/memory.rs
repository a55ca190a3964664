//! How much memory verifying one proof asks for, beside the document's size: counted, so it is the same on every machine.

use std::alloc::System;
use std::sync::LazyLock;

use jigap_data_integrity::{Contexts, Cryptosuite, ProofError, ProofOptions, SecuredDocument, prepare};
use jigap_keys::{Entropy, KeyType, PrivateKey};
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) {
        out.fill(7);
    }
}

fn student() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "type": ["VerifiableCredential", "ExampleDegreeCredential"],
        "issuer": "did:web:hanbit.example",
        "validFrom": "2026-03-02T00:00:00Z",
        "validUntil": "2030-02-28T23:59:59Z",
        "credentialSubject": {
            "id": "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
            "name": "김하늘", "alumniOf": {"id": "https://hanbit.example", "name": "한빛대학교"},
            "degree": {"type": "ExampleBachelorDegree", "name": "컴퓨터공학사", "degreeSchool": "공과대학"},
        },
    })
}

/// A credential with a context of its own that says three things about each of `courses`.
fn transcript(courses: usize) -> Value {
    let said =
        |number: usize| json!({"title": format!("{number} {}", "배우다".repeat(31)), "grade": number % 5});
    let courses: Vec<Value> = (0..courses).map(said).collect();
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", {
            "@protected": true, "course": "urn:ex:course", "title": "urn:ex:title", "grade": "urn:ex:grade",
        }],
        "type": ["VerifiableCredential"],
        "issuer": "did:web:hanbit.example",
        "credentialSubject": {"id": "did:example:student", "course": courses},
    })
}

fn signed(document: Value, suite: Cryptosuite, key: &PrivateKey) -> Result<Vec<u8>, ProofError> {
    let did_key = key.public().to_multikey();
    let options = ProofOptions {
        cryptosuite: suite,
        key_type: key.public().key_type(),
        created: Some("2026-11-22T00:00:00Z".to_owned()),
        ..ProofOptions::new(format!("did:key:{did_key}#{did_key}"), "assertionMethod")
    };
    let prepared = prepare(document, &options, contexts())?;
    let signature = key.sign(prepared.signing_input())?;
    Ok(prepared.attach(&signature)?.to_string().into_bytes())
}

fn contexts() -> &'static Contexts {
    static ALL: LazyLock<Contexts> = LazyLock::new(|| Contexts::known().with_examples());
    &ALL
}

/// Parses `bytes` and verifies their proofs.
fn verify(bytes: &[u8], key: &PrivateKey) -> Result<(), ProofError> {
    let document = SecuredDocument::parse(bytes)?;
    document.proofs()?.iter().try_for_each(|proof| document.verify(proof, key.public(), contexts()))
}

/// docs/BENCHMARKS.md. Half of it is JSON's own tree. What C asks for (AWS-LC) is not counted.
#[test]
fn verifying_asks_for_at_most_eight_times_the_document() -> Result<(), ProofError> {
    const MOST: usize = 8;
    let suites = [
        (Cryptosuite::EddsaRdfc2022, KeyType::Ed25519),
        (Cryptosuite::EddsaJcs2022, KeyType::Ed25519),
        (Cryptosuite::EcdsaRdfc2019, KeyType::P256),
    ];
    for (suite, key_type) in suites {
        let key = PrivateKey::generate(key_type, &Fixed);
        for document in [student(), transcript(33), transcript(333), transcript(3_334)] {
            let bytes = signed(document, suite, &key)?;
            // What is worked out once and kept.
            verify(&bytes, &key)?;
            let region = Region::new(ALLOCATOR);
            verify(&bytes, &key)?;
            let change = region.change();
            let (asked, size) = (change.bytes_allocated, bytes.len());
            let pieces = change.allocations + change.reallocations;
            assert!(asked <= MOST * size, "{suite:?}: {asked} bytes in {pieces} pieces for {size}");
        }
    }
    Ok(())
}
