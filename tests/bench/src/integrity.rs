//! One Data Integrity proof, verified from the document's bytes, against the signature it carries verified bare: a student
//! ID in each suite, and documents that grow.

use std::fmt::Write as _;

use jigap_data_integrity::{Contexts, Cryptosuite, ProofOptions, SecuredDocument, prepare};
use jigap_keys::{Entropy, KeyType, PrivateKey, PublicKey};
use serde_json::{Value, json};

use crate::bare::Bare;
use crate::measure::{Case, Typical, in_turns};
use crate::{BenchError, broken};

/// Suite, type of key, and the ratio aimed at, where there is one.
const SUITES: [(Cryptosuite, KeyType, Option<f64>); 7] = [
    (Cryptosuite::EddsaRdfc2022, KeyType::Ed25519, Some(3.0)),
    (Cryptosuite::EddsaJcs2022, KeyType::Ed25519, Some(1.5)),
    (Cryptosuite::Ed25519Signature2020, KeyType::Ed25519, None),
    (Cryptosuite::EcdsaRdfc2019, KeyType::P256, Some(3.0)),
    (Cryptosuite::EcdsaJcs2019, KeyType::P256, None),
    (Cryptosuite::EcdsaRdfc2019, KeyType::P384, None),
    (Cryptosuite::EcdsaJcs2019, KeyType::P384, None),
];
/// Courses of the documents that grow: three statements each, and about 330 bytes.
const COURSES: [usize; 4] = [3, 33, 333, 3_150];

const V2: &str = "https://www.w3.org/ns/credentials/v2";
const ED25519_2020: &str = "https://w3id.org/security/suites/ed25519-2020/v1";
const STUDENT: &str = "https://jigap.example/types/student-id/1/context.jsonld";

/// The same keys in each run.
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) {
        out.fill(7);
    }
}

/// A secured document as it comes, and its signature by itself.
struct Secured {
    bytes: Vec<u8>,
    did_key: String,
    key: PublicKey,
    signature: Bare,
}

impl Secured {
    fn new(document: Value, suite: Cryptosuite, key_type: KeyType) -> Result<Self, BenchError> {
        let key = PrivateKey::generate(key_type, &Fixed);
        let did_key = key.public().to_multikey();
        let options = ProofOptions {
            cryptosuite: suite,
            key_type,
            created: Some("2026-11-22T00:00:00Z".to_owned()),
            ..ProofOptions::new(format!("did:key:{did_key}#{did_key}"), "assertionMethod")
        };
        let prepared = prepare(document, &options, contexts()?).map_err(broken("a proof"))?;
        let message = prepared.signing_input().to_vec();
        let signature = key.sign(&message).map_err(broken("a signature"))?;
        let bytes = prepared.attach(&signature).map_err(broken("a proof"))?.to_string().into_bytes();
        let signature = Bare::new(key.public(), message, signature)?;
        Ok(Self { bytes, did_key, key: key.public().clone(), signature })
    }

    fn verified(&self, key: &PublicKey) -> bool {
        let Ok(contexts) = contexts() else { return false };
        SecuredDocument::parse(&self.bytes).is_ok_and(|document| {
            document.proofs().is_ok_and(|proofs| {
                proofs.len() == 1 && proofs.iter().all(|proof| document.verify(proof, key, contexts).is_ok())
            })
        })
    }

    fn resolved_and_verified(&self) -> bool {
        PublicKey::from_multikey(&self.did_key).is_ok_and(|key| self.verified(&key))
    }
}

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let each = seconds / (SUITES.len() + COURSES.len()) as f64;
    let mut table = String::from(
        "| verified from its bytes | bytes | bare, µs | verified, µs | ratio | target | with did:key |\n|---|---|---|---|---|---|---|\n",
    );
    for (suite, key_type, target) in SUITES {
        let name = suite.name().unwrap_or(suite.proof_type());
        let target = target.map_or_else(String::new, |target| format!("≤ {target}"));
        row(
            &mut table,
            &format!("{name}, {key_type:?}"),
            &target,
            &Secured::new(student(), suite, key_type)?,
            each,
        )?;
    }
    for courses in COURSES {
        let secured = Secured::new(transcript(courses), Cryptosuite::EddsaRdfc2022, KeyType::Ed25519)?;
        row(&mut table, &format!("eddsa-rdfc-2022, {} statements", 3 * courses), "", &secured, each)?;
    }
    Ok(table)
}

fn row(
    table: &mut String,
    name: &str,
    target: &str,
    secured: &Secured,
    seconds: f64,
) -> Result<(), BenchError> {
    let mut cases = [
        Case::new("bare", || secured.signature.verifies()),
        Case::new("verified", || secured.verified(&secured.key)),
        Case::new("resolved and verified", || secured.resolved_and_verified()),
    ];
    let figures = in_turns(&mut cases, seconds)?;
    let [bare, verified, resolved] = figures.as_slice() else {
        return Err(BenchError::Broken("three cases give three figures".into()));
    };
    let _ = writeln!(
        table,
        "| {name} | {} | {} | {} | {} | {target} | {} |",
        secured.bytes.len(),
        Typical::of(bare).say(1),
        Typical::of(verified).say(1),
        Typical::ratio(verified, bare).say(2),
        Typical::ratio(resolved, bare).say(2),
    );
    Ok(())
}

fn contexts() -> Result<&'static Contexts, BenchError> {
    static ALL: std::sync::LazyLock<Option<Contexts>> = std::sync::LazyLock::new(|| {
        let mut contexts = Contexts::known().clone();
        let student = include_bytes!("../../../schemas/student-id/context.jsonld");
        contexts.insert(STUDENT, student).is_ok().then_some(contexts)
    });
    ALL.as_ref().ok_or_else(|| BenchError::Broken("the contexts of student IDs".into()))
}

fn student() -> Value {
    json!({
        "@context": [V2, STUDENT, ED25519_2020],
        "type": ["VerifiableCredential", "StudentId"],
        "issuer": "did:web:hanbit.example",
        "validFrom": "2026-03-02T00:00:00Z",
        "validUntil": "2030-02-28T23:59:59Z",
        "credentialSubject": {
            "id": "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
            "name": "김하늘", "family_name": "김", "given_name": "하늘", "student_number": "20260417",
            "institution": {"id": "https://hanbit.example", "name": "한빛대학교"}, "degree_level": "bachelor",
            "enrolment_status": "enrolled", "issue_date": "2026-03-02", "expiry_date": "2030-02-28",
        },
    })
}

/// A credential with a context of its own that says three things about each of `courses`.
fn transcript(courses: usize) -> Value {
    let said =
        |number: usize| json!({"title": format!("{number} {}", "배우다".repeat(27)), "grade": number % 5});
    let courses: Vec<Value> = (0..courses).map(said).collect();
    json!({
        "@context": [V2, {
            "@protected": true, "course": "urn:ex:course", "title": "urn:ex:title", "grade": "urn:ex:grade",
        }],
        "type": ["VerifiableCredential"],
        "issuer": "did:web:hanbit.example",
        "credentialSubject": {"id": "did:example:student", "course": courses},
    })
}
