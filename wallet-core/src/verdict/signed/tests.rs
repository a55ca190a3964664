//! Verdicts that are nobody's, for somebody else, of another time, or say what they may not.

use jigap_keys::{KeyType, PrivateKey};

use super::*;
use crate::dcql::Format;
use crate::jose;
use crate::testing::Repeatable;
use crate::verdict::checks::PROOF;
use crate::verdict::{Finding, JudgedCredential, Outcome, Scope};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const VERIFIER: &str = "x509_san_dns:gate.example";
const ISSUER: &str = "https://id.example/passes";
const ID: &str = "AAECAwQFBgcICQoLDA0ODw";
const DIGEST: &str = "AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8";

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &Repeatable::new(1))
}

fn verdict(outcome: Outcome, scope: Scope) -> Verdict {
    let credential = JudgedCredential {
        query_id: Some("licence".to_owned()),
        format: Format::DcSdJwt,
        types: Vec::new(),
        issuer: None,
        freshness: None,
        messages: Vec::new(),
        holder: None,
        backing: None,
        findings: vec![Finding { check: PROOF, outcome }],
        claims: json!({}),
    };
    Verdict::new(scope, NOW, Vec::new(), vec![credential])
}

fn facts() -> BTreeMap<String, Fact> {
    BTreeMap::from([
        ("age_over_19".to_owned(), Fact::Is(true)),
        ("level".to_owned(), Fact::Says("석사".to_owned())),
    ])
}

fn said<'a>(facts: &'a BTreeMap<String, Fact>, shown: &'a [String]) -> Attestation<'a> {
    Attestation { verifier: VERIFIER, audience: ISSUER, id: ID, template: "entry-pass", facts, shown }
}

fn signed() -> String {
    let accepted = verdict(Outcome::Passed, Scope::Full);
    let unsigned = said(&facts(), &[DIGEST.to_owned()]).unsigned(&accepted, key().public(), NOW);
    unsigned.unwrap().sign(&key()).unwrap()
}

fn header() -> Header {
    Header::for_key(key().public()).unwrap().typ(TYP)
}

/// The verdict in which `member` is `value`; absent where that is null.
fn with(member: &str, value: Value) -> String {
    let mut claims = Jws::parse(&signed()).unwrap().unverified_payload().clone();
    claims[member] = value;
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    jose::sign(&header(), &claims, &key()).unwrap()
}

fn judge_at(text: &str, now: Timestamp) -> Result<AttestedVerdict, Refusal> {
    let key = key();
    let pinned = |named: &str| (named == VERIFIER).then_some(key.public());
    SignedVerdict::parse(text)?.verify(pinned, ISSUER, now)
}

#[track_caller]
fn refused(text: &str, check: Check) {
    assert_eq!(judge_at(text, NOW).unwrap_err().check, check, "{text}");
}

#[test]
fn what_a_verifier_signs_comes_out_as_it_was_said() {
    let verdict = judge_at(&signed(), NOW.plus(Seconds(299))).unwrap();
    assert_eq!((verdict.verifier(), verdict.id(), verdict.template()), (VERIFIER, ID, "entry-pass"));
    assert_eq!((verdict.facts(), verdict.shown()), (&facts(), &[DIGEST.to_owned()][..]));
    let again = judge_at(&with("iat", json!(NOW.unix() - 1)), NOW);
    assert_eq!(again.map(|_| ()), Err(MOMENT.refuse(TOO_LONG)));
    let mut later = Jws::parse(&signed()).unwrap().unverified_payload().clone();
    later["exp"] = json!(NOW.unix() + 200);
    let later = jose::sign(&header(), &later, &key()).unwrap();
    assert_eq!(judge_at(&later, NOW).unwrap().content(), verdict.content(), "moments are no part of it");
    let other_copy = judge_at(&with("shown", json!([DIGEST.replace('A', "B")])), NOW).unwrap();
    assert_eq!(other_copy.content(), verdict.content(), "nor is which copy was shown");
    let other = judge_at(&with("facts", json!({"age_over_19": false})), NOW).unwrap();
    assert_ne!(other.content(), verdict.content());
    assert_eq!(Value::from(Fact::Says("석사".to_owned())), json!("석사"));
    assert!(!format!("{verdict:?}").contains("석사"), "a text may be personal data");
}

#[test]
fn only_a_verdict_that_accepts_is_signed_and_only_in_its_form() {
    const OTHER: Reason = Reason::new("x", "x", "x");
    let (facts, shown, key) = (facts(), [DIGEST.to_owned()], key());
    for refused in [
        verdict(Outcome::Refused(OTHER), Scope::Full),
        verdict(Outcome::NotJudged(OTHER), Scope::Full),
        verdict(Outcome::Passed, Scope::ProofAndStatus),
        verdict(Outcome::Passed, Scope::ProofOnly),
    ] {
        let unsigned = said(&facts, &shown).unsigned(&refused, key.public(), NOW);
        assert_eq!(unsigned, Err(NotAttested::Refused));
    }
    let accepted = verdict(Outcome::Passed, Scope::Full);
    let (long, many) = ("x".repeat(MAX_TEXT + 1), vec![DIGEST.to_owned(); MAX_SHOWN + 1]);
    let named = BTreeMap::from([("Name".to_owned(), Fact::Is(true))]);
    for form in [
        Attestation { id: "short", ..said(&facts, &shown) },
        Attestation { template: "", ..said(&facts, &shown) },
        Attestation { template: &long, ..said(&facts, &shown) },
        said(&named, &shown),
        said(&facts, &[]),
        said(&facts, &many),
    ] {
        assert_eq!(form.unsigned(&accepted, key.public(), NOW), Err(NotAttested::Form));
    }
    let p521 = PrivateKey::generate(KeyType::P521, &Repeatable::new(1));
    let unsigned = said(&facts, &shown).unsigned(&accepted, p521.public(), NOW);
    assert_eq!(unsigned, Err(NotAttested::Key));
}

#[test]
fn vs_01_another_form_type_or_algorithm_is_refused() {
    let claims = Jws::parse(&signed()).unwrap().unverified_payload().clone();
    refused("", FORM);
    refused("a.b.c", FORM);
    refused(&"x".repeat(9 * 1024), FORM);
    for typ in ["JWT", "dpop+jwt", "oauth-authz-req+jwt"] {
        let header = Header::for_key(key().public()).unwrap().typ(typ);
        refused(&jose::sign(&header, &claims, &key()).unwrap(), FORM);
    }
    refused(&jose::sign(&Header::for_key(key().public()).unwrap(), &claims, &key()).unwrap(), FORM);
    let p521 = PrivateKey::generate(KeyType::P521, &Repeatable::new(1));
    let header = Header::for_key(p521.public()).unwrap().typ(TYP);
    refused(&jose::sign(&header, &claims, &p521).unwrap(), FORM);
}

#[test]
fn vs_02_a_stranger_and_another_key_than_the_pinned_one_are_refused() {
    refused(&with("iss", json!("x509_san_dns:other.example")), SIGNER);
    refused(&with("iss", json!(null)), SIGNER);
    let claims = Jws::parse(&signed()).unwrap().unverified_payload().clone();
    for key_type in [KeyType::P256, KeyType::Ed25519] {
        let other = PrivateKey::generate(key_type, &Repeatable::new(2));
        let header = Header::for_key(other.public()).unwrap().typ(TYP).jwk(other.public().clone());
        refused(&jose::sign(&header, &claims, &other).unwrap(), SIGNER);
    }
    let (text, forged) = (signed(), with("facts", json!({"age_over_19": true, "student": true})));
    let (_, signature) = text.rsplit_once('.').unwrap();
    let (said, _) = forged.rsplit_once('.').unwrap();
    refused(&format!("{said}.{signature}"), SIGNER);
}

#[test]
fn vs_03_a_verdict_for_another_issuer_or_for_several_is_refused() {
    for audience in
        [json!("https://id.example/hanbit"), json!([ISSUER]), json!(format!("{ISSUER}/")), json!(null)]
    {
        refused(&with("aud", audience), AUDIENCE);
    }
}

#[test]
fn vs_04_a_verdict_of_another_time_or_for_too_long_is_refused() {
    let text = signed();
    let at = |seconds: i64| judge_at(&text, Timestamp::from_unix(NOW.unix() + seconds)).map(|_| ());
    assert_eq!((at(0), at(-30), at(299)), (Ok(()), Ok(()), Ok(())));
    assert_eq!(at(300), Err(MOMENT.refuse(ENDED.at(NOW.plus(MAX_LIFETIME)))));
    assert_eq!(at(-31), Err(MOMENT.refuse(NOT_YET.at(NOW))));
    refused(&with("exp", json!(NOW.unix() + 301)), MOMENT);
    for member in ["iat", "exp"] {
        refused(&with(member, json!(null)), MOMENT);
        refused(&with(member, json!("now")), MOMENT);
    }
}

#[test]
fn vs_05_an_id_that_can_be_guessed_is_refused() {
    for id in [json!(null), json!(7), json!("x".repeat(21)), json!("x".repeat(129)), json!("a b".repeat(10))]
    {
        refused(&with("jti", id), ONCE);
    }
}

#[test]
fn vs_06_what_is_no_fact_or_digest_is_refused() {
    for (member, value) in [
        ("template", json!(null)),
        ("template", json!("")),
        ("template", json!("x".repeat(201))),
        ("facts", json!(null)),
        ("facts", json!([])),
        ("facts", json!({"age": 19})),
        ("facts", json!({"age_over_19": null})),
        ("facts", json!({"a": {"b": true}})),
        ("facts", json!({"Age": true})),
        ("facts", json!({"": true})),
        ("facts", json!({"name": "김\n하늘"})),
        ("facts", json!({"name": ""})),
        ("shown", json!(null)),
        ("shown", json!([])),
        ("shown", json!(["licence"])),
        ("shown", json!(DIGEST)),
    ] {
        refused(&with(member, value), CONTENT);
    }
    let many: serde_json::Map<_, _> = (0..=MAX_FACTS).map(|at| (format!("f{at}"), json!(true))).collect();
    refused(&with("facts", json!(many)), CONTENT);
}
