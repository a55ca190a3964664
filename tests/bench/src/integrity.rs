//! One credential's proof, verified from the document's bytes, against the signature it carries verified bare and against
//! `ssi`: a student ID in each suite and as a token, and documents that grow.

use std::borrow::Cow;
use std::fmt::Write as _;

use jigap_data_integrity::{Contexts, Cryptosuite, ProofOptions, SecuredDocument, prepare};
use jigap_keys::{Entropy, KeyType, PrivateKey, PublicKey, base64url};
use jigap_wallet_core::vccose::{self, VcCose};
use jigap_wallet_core::vcjwt::{self, VcJwt};
use jigap_wallet_core::{cose, jose};
use serde_json::{Map, Value, json};

use crate::bare::Bare;
use crate::measure::{Case, Typical, in_turns};
use crate::ssi::Ssi;
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
/// Types of key of the tokens, and the ratio aimed at.
const TOKENS: [(KeyType, f64); 2] = [(KeyType::Ed25519, 1.35), (KeyType::P256, 1.35)];
/// Courses of the documents that grow: three statements each, and about 300 bytes. The last is a megabyte and ten thousand statements.
const COURSES: [usize; 4] = [3, 33, 333, 3_334];

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

/// How a credential is secured.
enum Form {
    Proof,
    Jwt,
    Cose,
}

/// A secured credential as it comes, and its signature by itself.
struct Secured {
    name: String,
    target: Option<f64>,
    form: Form,
    bytes: Vec<u8>,
    key_type: KeyType,
    /// The issuer's key in Multikey: what a did:key resolves to.
    did_key: String,
    key: PublicKey,
    signature: Bare,
}

impl Secured {
    fn with_proof(document: Value, suite: Cryptosuite, key_type: KeyType) -> Result<Self, BenchError> {
        let (key, did_key) = issuer(key_type);
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
        let name = format!("{}, {key_type:?}", suite.name().unwrap_or(suite.proof_type()));
        let key = key.public().clone();
        Ok(Self { name, target: None, form: Form::Proof, bytes, key_type, did_key, key, signature })
    }

    fn as_jwt(key_type: KeyType) -> Result<Self, BenchError> {
        let (key, did_key) = issuer(key_type);
        let header = jose::Header::for_key(key.public())
            .ok_or_else(|| BenchError::Broken("a key signs".into()))?
            .kid(format!("did:key:{did_key}#{did_key}"));
        let unsigned = vcjwt::issue(header, members(&did_key)?).map_err(broken("a token"))?;
        let token = unsigned.sign(&key).map_err(broken("a signature"))?;
        let signature = Bare::of_jws(&token, key.public())?;
        let (name, bytes, key) = (format!("vc+jwt, {key_type:?}"), token.into_bytes(), key.public().clone());
        Ok(Self { name, target: None, form: Form::Jwt, bytes, key_type, did_key, key, signature })
    }

    fn as_cose(key_type: KeyType) -> Result<Self, BenchError> {
        let (key, did_key) = issuer(key_type);
        let header =
            cose::Header::for_key(key_type).ok_or_else(|| BenchError::Broken("a key signs".into()))?;
        let header = header.kid(format!("did:key:{did_key}#{did_key}"));
        let unsigned = vccose::issue(header, members(&did_key)?).map_err(broken("a message"))?;
        let bytes = unsigned.sign(&key).map_err(broken("a signature"))?;
        // The same key over as many bytes as are signed of it, all but the signature itself.
        let message = vec![b'x'; bytes.len() - 64];
        let signature = key.sign(&message).map_err(broken("a signature"))?;
        let signature = Bare::new(key.public(), message, signature)?;
        let (name, key) = (format!("vc+cose, {key_type:?}"), key.public().clone());
        Ok(Self { name, target: None, form: Form::Cose, bytes, key_type, did_key, key, signature })
    }

    fn aims_at(self, target: Option<f64>) -> Self {
        Self { target, ..self }
    }

    fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    fn verified(&self, key: &PublicKey) -> bool {
        match self.form {
            Form::Proof => self.proof_verified(key),
            Form::Jwt => std::str::from_utf8(&self.bytes)
                .is_ok_and(|token| VcJwt::parse(token).is_ok_and(|token| token.verify(key).is_ok())),
            Form::Cose => VcCose::parse(&self.bytes).is_ok_and(|message| message.verify(key).is_ok()),
        }
    }

    fn proof_verified(&self, key: &PublicKey) -> bool {
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

    /// The text, of a message in COSE its base64url, where it is one that `ssi` is asked about: it has no P-384 here, and takes
    /// seconds for the long ones.
    fn text(&self) -> Option<Cow<'_, str>> {
        let asked = self.bytes.len() < 2_000 && self.key_type != KeyType::P384;
        let text = match self.form {
            Form::Cose => Some(Cow::Owned(base64url::encode(&self.bytes))),
            Form::Proof | Form::Jwt => std::str::from_utf8(&self.bytes).ok().map(Cow::Borrowed),
        };
        text.filter(|_| asked)
    }
}

/// The same key in each run, and its Multikey.
fn issuer(key_type: KeyType) -> (PrivateKey, String) {
    let key = PrivateKey::generate(key_type, &Fixed);
    let multikey = key.public().to_multikey();
    (key, multikey)
}

/// The student ID of tokens: its issuer is the key that signs it.
fn members(did_key: &str) -> Result<Map<String, Value>, BenchError> {
    let Value::Object(mut members) = student() else {
        return Err(BenchError::Broken("a credential is an object".into()));
    };
    members.insert("issuer".to_owned(), json!(format!("did:key:{did_key}")));
    Ok(members)
}

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let all = credentials()?;
    let texts: Vec<Cow<'_, str>> = all.iter().map(|secured| secured.text().unwrap_or_default()).collect();
    let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
    let student = include_str!("../../../schemas/student-id/context.jsonld");
    let known = Map::from_iter([(STUDENT.to_owned(), json!(student))]);
    let peer = Ssi::start(&texts, known)?;
    let mut table = String::from(
        "| verified from its bytes | bytes | bare, µs | verified, µs | ratio, undisturbed | target | ratio | with did:key, undisturbed | `ssi`, µs (× verified with did:key) |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    let each = seconds / all.len() as f64;
    for (place, secured) in all.iter().enumerate() {
        row(&mut table, secured, (peer.as_ref(), place), each)?;
    }
    Ok(table)
}

fn credentials() -> Result<Vec<Secured>, BenchError> {
    let mut all = Vec::new();
    for (suite, key_type, target) in SUITES {
        all.push(Secured::with_proof(student(), suite, key_type)?.aims_at(target));
    }
    for (key_type, target) in TOKENS {
        all.push(Secured::as_jwt(key_type)?.aims_at(Some(target)));
        all.push(Secured::as_cose(key_type)?.aims_at(Some(target)));
    }
    for courses in COURSES {
        let secured = Secured::with_proof(transcript(courses), Cryptosuite::EddsaRdfc2022, KeyType::Ed25519)?;
        all.push(secured.named(format!("eddsa-rdfc-2022, {} statements", 3 * courses)));
    }
    Ok(all)
}

fn row(
    table: &mut String,
    secured: &Secured,
    (peer, place): (Option<&Ssi>, usize),
    seconds: f64,
) -> Result<(), BenchError> {
    let mut cases = vec![
        Case::new("bare", || secured.signature.verifies()),
        Case::new("verified", || secured.verified(&secured.key)),
        Case::new("resolved and verified", || secured.resolved_and_verified()),
    ];
    let asked = secured.text().is_some();
    cases.extend(if asked { Ssi::case(peer, place)? } else { None });
    let figures = in_turns(&mut cases, seconds)?;
    let [bare, verified, resolved, others @ ..] = figures.as_slice() else {
        return Err(BenchError::Broken("three cases give three figures".into()));
    };
    let by_ssi = if asked { Ssi::cell(peer, others.first(), resolved) } else { "not asked".to_owned() };
    let _ = writeln!(
        table,
        "| {} | {} | {} | {} | {:.2} | {} | {} | {:.2} | {by_ssi} |",
        secured.name,
        secured.bytes.len(),
        Typical::of(bare).say(1),
        Typical::of(verified).say(1),
        Typical::undisturbed_ratio(verified, bare),
        secured.target.map_or_else(String::new, |target| format!("≤ {target}")),
        Typical::ratio(verified, bare).say(2),
        Typical::undisturbed_ratio(resolved, bare),
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
        |number: usize| json!({"title": format!("{number} {}", "배우다".repeat(31)), "grade": number % 5});
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
