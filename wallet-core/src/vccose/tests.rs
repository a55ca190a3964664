//! Honest messages of every algorithm, forged ones, and those of the W3C's specification broken one rule at a time.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jigap_keys::{KeyType, PrivateKey};
use serde_json::{Map, Value, json};

use super::*;
use crate::cbor::Writer;
use crate::cose::{Header, MediaType, Sign1, UnsignedSign1};
use crate::sdjwt::KeyBindingRequest;
use crate::testing::Repeatable;
use crate::time::{Seconds, Timestamp};
use crate::vcdm::CONTEXT_V2;
use crate::vcdm::envelope::{Envelope, Held, Securing};
use crate::vcjwt::IssueError;
use crate::verdict::Refusal;

const ISSUER: &str = "did:web:university.example";
const HOLDER: &str = "did:example:holder";
const NOW: Timestamp = Timestamp::from_unix(1_795_305_600);
const SIGNING: [KeyType; 4] = [KeyType::P256, KeyType::P384, KeyType::P521, KeyType::Ed25519];

fn key(key_type: KeyType) -> PrivateKey {
    PrivateKey::generate(key_type, &Repeatable::new(5))
}

fn issuer() -> PrivateKey {
    key(KeyType::P256)
}

fn student() -> Map<String, Value> {
    let document = json!({
        "@context": [CONTEXT_V2], "type": ["VerifiableCredential", "StudentId"], "id": "urn:uuid:1", "issuer": {"id": ISSUER},
        "validFrom": "2023-01-01T00:00:00Z", "validUntil": "2030-01-01T00:00:00Z",
        "credentialStatus": {"type": "BitstringStatusListEntry", "id": "https://s.example/1#2"},
        "credentialSubject": {"id": HOLDER, "name": "학생"},
    });
    document.as_object().cloned().unwrap()
}

fn shown() -> Map<String, Value> {
    let credential = STANDARD_NO_PAD.encode(issued());
    let document = json!({
        "@context": [CONTEXT_V2], "type": "VerifiablePresentation", "holder": HOLDER,
        "verifiableCredential": [Envelope::object(Held::Credential, Securing::Cose, &credential)],
        "nonce": "n-0S6", "aud": "verifier", "iat": NOW,
    });
    document.as_object().cloned().unwrap()
}

fn header() -> Header {
    Header::for_key(KeyType::P256).unwrap().kid(*b"did:web:university.example#1")
}

fn issued() -> Vec<u8> {
    issue(header(), student()).unwrap().sign(&issuer()).unwrap()
}

fn request() -> KeyBindingRequest<'static> {
    KeyBindingRequest {
        audience: "verifier",
        nonce: "n-0S6",
        now: NOW,
        max_age: Seconds(300),
        skew: Seconds(60),
    }
}

/// Signed as it stands, under this header.
fn signed(header: Header, payload: &[u8]) -> Vec<u8> {
    UnsignedSign1::new(header, b"", payload.to_vec()).tagged().sign(&issuer()).unwrap()
}

fn credential(header: Header, changes: Value) -> Result<VerifiedVcCose, Refusal> {
    let mut document = student();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            document.remove(name);
        } else {
            document.insert(name.clone(), value.clone());
        }
    }
    let message = signed(header, Value::Object(document).to_string().as_bytes());
    VcCose::parse(&message)?.verify(issuer().public())
}

fn honest() -> Header {
    header().typ("application/vc+cose").content_type("application/vc")
}

fn presentation(changes: Value) -> Result<(), Refusal> {
    let mut document = shown();
    document.extend(changes.as_object().cloned().unwrap());
    let header = header().typ("application/vp+cose");
    let message = signed(header, Value::Object(document).to_string().as_bytes());
    VpCose::parse(&message)?.verify(issuer().public(), &request()).map(drop)
}

fn check<T>(result: Result<T, Refusal>) -> Option<&'static str> {
    result.err().map(|refusal| refusal.check.id)
}

/// A protected header of ES256 with CWT Claims, signed over the student's credential.
fn with_claims(claims: &mut Writer) -> Result<VerifiedVcCose, Refusal> {
    let message = claiming(claims, "application/vc+cose", student());
    VcCose::parse(&message)?.verify(issuer().public())
}

/// The same over this document.
fn claiming(claims: &mut Writer, typ: &str, document: Map<String, Value>) -> Vec<u8> {
    claimed_by(&issuer(), "did:web:university.example#1", (claims, typ), document)
}

/// A document under these CWT Claims, signed with this key of P-256, which the header calls `kid`.
pub(crate) fn claimed_by(
    key: &PrivateKey,
    kid: &str,
    (claims, typ): (&mut Writer, &str),
    document: Map<String, Value>,
) -> Vec<u8> {
    let mut protected = Writer::new();
    protected.map(4).integer(1).integer(-7).integer(4).bytes(kid.as_bytes());
    protected.integer(15).raw(&std::mem::take(claims).into_bytes()).integer(16).text(typ);
    let (protected, payload) = (protected.into_bytes(), Value::Object(document).to_string());
    let mut input = Writer::new();
    input.array(4).text("Signature1").bytes(&protected).bytes(b"").bytes(payload.as_bytes());
    let signature = key.sign(&input.into_bytes()).unwrap();
    let mut message = Writer::new();
    message.array(4).bytes(&protected).map(0).bytes(payload.as_bytes()).bytes(&signature);
    message.into_bytes()
}

#[test]
fn every_algorithm_goes_there_and_back() {
    for key_type in SIGNING {
        let key = key(key_type);
        let message = issue(Header::for_key(key_type).unwrap(), student()).unwrap().sign(&key).unwrap();
        assert_eq!(message.first(), Some(&0xd2), "tagged");
        let parsed = VcCose::parse(&message).unwrap();
        assert_eq!(parsed.header().typ, Some(MediaType::Name("application/vc+cose".to_owned())));
        assert_eq!(parsed.header().content_type, Some(MediaType::Name("application/vc".to_owned())));
        assert_eq!(parsed.unverified_issuer(), Some(ISSUER));
        let vc = parsed.verify(key.public()).unwrap();
        assert_eq!((vc.credential(), vc.issuer()), (&Value::Object(student()), ISSUER));
        assert_eq!(vc.types(), ["VerifiableCredential", "StudentId"]);
        assert_eq!(vc.expires_at(), Timestamp::parse_rfc3339("2030-01-01T00:00:00Z"));
        let shown =
            present_document(Header::for_key(key_type).unwrap(), shown()).unwrap().sign(&key).unwrap();
        let vp = VpCose::parse(&shown).unwrap();
        let (holder, credentials) = vp.verify(key.public(), &request()).unwrap();
        assert_eq!(holder.as_deref(), Some(HOLDER));
        let inside = credentials.first().unwrap();
        assert_eq!(inside.securing(), crate::vcdm::envelope::Securing::Cose);
        let inside = decode_text(inside.text()).unwrap();
        VcCose::parse(&inside).unwrap().verify(issuer().public()).unwrap();
        assert_eq!(vp.verify_form(key.public()).unwrap()["holder"], HOLDER);
    }
}

#[test]
fn a_forged_message_is_refused() {
    let good = issued();
    let stranger = PrivateKey::generate(KeyType::P256, &Repeatable::new(9));
    assert_eq!(check(VcCose::parse(&good).unwrap().verify(stranger.public())), Some("CO-07"));
    let other = key(KeyType::Ed25519);
    assert_eq!(check(VcCose::parse(&good).unwrap().verify(other.public())), Some("CO-05"));
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let verified = VcCose::parse(&bad).and_then(|vc| vc.verify(issuer().public()));
        // The tag alone is not signed: another one is no COSE_Sign1.
        assert!(verified.is_err(), "byte {at}");
    }
    let vp = VpCose::parse(&present_document(header(), shown()).unwrap().sign(&issuer()).unwrap()).unwrap();
    assert_eq!(check(vp.verify(stranger.public(), &request())), Some("CO-07"));
    assert_eq!(check(vp.verify_form(stranger.public())), Some("CO-07"));
}

#[test]
fn ve_01_another_typ_is_refused_in_cose() {
    for typ in
        ["application/vp+cose", "application/vc+jwt", "vc+cose", "bad/type", "application/statuslist+cwt"]
    {
        assert_eq!(check(credential(header().typ(typ), json!({}))), Some("VE-01"), "{typ}");
    }
    assert_eq!(check(credential(header(), json!({}))), Some("VE-01"));
    let numbered = Header { typ: Some(MediaType::Number(16)), ..header() };
    assert_eq!(check(credential(numbered, json!({}))), Some("VE-01"));
    assert_eq!(check(VpCose::parse(&issued())), Some("VE-01"));
    assert_eq!(check(credential(header().typ("Application/VC+COSE"), json!({}))), None);
}

#[test]
fn ve_02_another_content_type_is_refused_in_cose() {
    for content in ["application/vp", "very/bad", "application/json"] {
        let header = honest().content_type(content);
        assert_eq!(check(credential(header, json!({}))), Some("VE-02"), "{content}");
    }
    let numbered = Header { content_type: Some(MediaType::Number(50)), ..honest() };
    assert_eq!(check(credential(numbered, json!({}))), Some("VE-02"));
    assert_eq!(check(credential(honest().content_type("application/vc+ld+json"), json!({}))), None);
    assert_eq!(check(credential(Header { content_type: None, ..honest() }, json!({}))), None);
}

#[test]
fn ve_03_a_payload_that_is_no_document_is_refused() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    for payload in [&b""[..], b"{", b"[]", b"\"x\"", b"\xff", b"{\"a\":1,\"a\":2}", deep.as_bytes()] {
        assert_eq!(check(VcCose::parse(&signed(honest(), payload))), Some("VE-03"));
    }
    let detached = UnsignedSign1::detached(honest(), b"", b"{}").sign(&issuer()).unwrap();
    assert_eq!(check(VcCose::parse(&detached)), Some("VE-03"));
    let huge = format!("{{\"a\":\"{}\"}}", "x".repeat(2 << 20));
    assert_eq!(check(VcCose::parse(&signed(honest(), huge.as_bytes()))), Some("CO-01"));
}

#[test]
fn the_data_model_is_enforced_as_everywhere() {
    for (changes, id) in [
        (json!({"vc": {}}), "VJ-02"),
        (json!({"vp": {}}), "VJ-02"),
        (json!({"@context": ["https://www.w3.org/2018/credentials/v1"]}), "VJ-03"),
        (json!({"type": ["StudentId"]}), "VJ-04"),
        (json!({"issuer": null}), "VJ-05"),
        (json!({"iss": "did:web:other.example"}), "VJ-05"),
        (json!({"credentialSubject": {}}), "VJ-06"),
        (json!({"validUntil": "2026-02-30T00:00:00Z"}), "VJ-07"),
        (json!({"jti": "urn:uuid:2"}), "VJ-08"),
        (json!({"id": "no url"}), "DM-01"),
        (json!({"credentialSchema": {"id": "https://s.example/1"}}), "DM-03"),
        (json!({"validUntil": "soon"}), "DM-12"),
        (json!({"validFrom": ["2026-01-01T00:00:00Z"]}), "DM-12"),
    ] {
        assert_eq!(check(credential(honest(), changes.clone())), Some(id), "{changes}");
    }
    assert_eq!(check(credential(honest(), json!({}))), None);
    let Value::Object(members) = json!({"vc": {}}) else { panic!() };
    assert_eq!(issue(header(), members).unwrap_err(), IssueError::Misplaced);
    let mut nobody = student();
    nobody.remove("issuer");
    assert!(
        matches!(issue(header(), nobody), Err(IssueError::Refused(refusal)) if refusal.check.id == "VJ-05")
    );
    let mut empty = shown();
    empty.insert("verifiableCredential".to_owned(), json!([]));
    assert!(present_document(header(), empty).is_err());
}

#[test]
fn claims_in_the_header_narrow_the_period_and_name_the_issuer() {
    let vc = with_claims(
        Writer::new().map(3).integer(1).text(ISSUER).integer(4).integer(1_800_000_000).integer(6).integer(1),
    )
    .unwrap();
    assert_eq!(vc.expires_at(), Some(Timestamp::from_unix(1_800_000_000)));
    let later = with_claims(Writer::new().map(1).integer(5).float(1_700_000_000.5)).unwrap();
    assert_eq!(later.not_before(), Some(Timestamp::from_unix(1_700_000_000)));
    let forged = with_claims(Writer::new().map(1).integer(1).text("did:web:other.example"));
    assert_eq!(check(forged), Some("VJ-05"));
    assert_eq!(check(with_claims(Writer::new().map(1).integer(4).text("never"))), Some("CO-02"));
    assert_eq!(check(with_claims(Writer::new().array(0))), Some("CO-02"));
    let holder = key(KeyType::P384);
    let cnf = holder.public().to_cose_key();
    let bound = with_claims(Writer::new().map(1).integer(8).map(1).integer(1).raw(&cnf)).unwrap();
    assert_eq!(bound.confirmation(), Some(&Some(holder.public().clone())));
    let unknown = with_claims(Writer::new().map(1).integer(8).map(1).integer(3).bytes(b"kid")).unwrap();
    assert_eq!(unknown.confirmation(), Some(&None), "bound, and nobody here can tell to whom");
}

#[test]
fn a_presentation_answers_its_request_alone() {
    for (changes, id) in [
        (json!({"nonce": "n-0S7"}), "VJ-10"),
        (json!({"aud": "other"}), "VJ-11"),
        (json!({"iat": NOW.unix() - 361}), "VJ-12"),
        (json!({"iat": "now"}), "VJ-12"),
        (json!({"verifiableCredential": []}), "VJ-13"),
        (
            json!({"verifiableCredential": [{"@context": CONTEXT_V2, "type": "EnvelopedVerifiableCredential", "id": "bad-credential"}]}),
            "VJ-13",
        ),
        (json!({"iss": "did:example:other"}), "VJ-14"),
        (json!({"type": "VerifiableCredential"}), "VJ-09"),
        (json!({"id": "no url"}), "DM-01"),
    ] {
        assert_eq!(check(presentation(changes.clone())), Some(id), "{changes}");
    }
    assert_eq!(check(presentation(json!({}))), None);
}

/// `iss` says who signed, in the document or in the header: the same holder, or the only one that is named.
#[test]
fn vj_14_a_presentation_in_cose_whose_header_names_another_holder_is_refused() {
    let of = |claimed: &str, document: Map<String, Value>| {
        let mut claims = Writer::new();
        let message = claiming(claims.map(1).integer(1).text(claimed), "application/vp+cose", document);
        let vp = VpCose::parse(&message).unwrap();
        let holder = vp.verify(issuer().public(), &request()).map(|(holder, _)| holder);
        let form = vp.verify_form(issuer().public()).map(drop);
        assert_eq!(holder.as_ref().err(), form.as_ref().err());
        (vp.unverified_holder(), holder)
    };
    assert_eq!(of(HOLDER, shown()), (Some(HOLDER.to_owned()), Ok(Some(HOLDER.to_owned()))));
    let mut nameless = shown();
    nameless.remove("holder");
    assert_eq!(of(HOLDER, nameless.clone()), (Some(HOLDER.to_owned()), Ok(Some(HOLDER.to_owned()))));
    nameless.insert("iss".to_owned(), json!(HOLDER));
    for document in [shown(), nameless] {
        let (named, refused) = of("did:example:other", document);
        assert_eq!(named.as_deref(), Some(HOLDER));
        assert_eq!(check(refused), Some(crate::vcjwt::HOLDER.id));
    }
}

/// Of the claims in the header of a presentation, with these members of the document.
fn answered(claims: &mut Writer, changes: Value) -> Option<&'static str> {
    let mut document = shown();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            document.remove(name);
        } else {
            document.insert(name.clone(), value.clone());
        }
    }
    let message = claiming(claims, "application/vp+cose", document);
    check(VpCose::parse(&message).unwrap().verify(issuer().public(), &request()))
}

/// RFC 8392 §3.1.3, in a header by RFC 9597: alone, or as the document says it too.
#[test]
fn vj_11_a_presentation_in_cose_whose_header_names_another_audience_is_refused() {
    let one = |name: &str| std::mem::take(Writer::new().map(1).integer(3).text(name));
    for changes in [json!({}), json!({"aud": null}), json!({"aud": ["verifier"]})] {
        assert_eq!(answered(&mut one("verifier"), changes.clone()), None, "{changes}");
        assert_eq!(answered(&mut one("other"), changes.clone()), Some("VJ-11"), "{changes}");
        let mut many = Writer::new();
        many.map(1).integer(3).array(2).text("verifier").text("other");
        assert_eq!(answered(&mut many, changes.clone()), Some("VJ-11"), "nobody else's: {changes}");
        assert_eq!(answered(Writer::new().map(1).integer(3).array(0), changes), Some("VJ-11"));
    }
    assert_eq!(
        answered(Writer::new().map(1).integer(3).array(1).text("verifier"), json!({"aud": null})),
        None
    );
    for changes in [json!({"aud": "other"}), json!({"aud": 1}), json!({"aud": []})] {
        assert_eq!(answered(&mut one("verifier"), changes.clone()), Some("VJ-11"), "{changes}");
    }
    assert_eq!(answered(Writer::new().map(0), json!({"aud": null})), Some("VJ-11"), "nobody is named");
    assert_eq!(answered(Writer::new().map(1).integer(3).integer(1), json!({})), Some("CO-02"));
    assert_eq!(answered(Writer::new().map(1).integer(3).array(1).integer(1), json!({})), Some("CO-02"));
}

/// RFC 8392 §3.1.4 to §3.1.6.
#[test]
fn vj_12_a_presentation_in_cose_whose_header_says_another_time_is_refused() {
    let claim = |label: i64, at: i64| std::mem::take(Writer::new().map(1).integer(label).integer(at));
    let now = NOW.unix();
    for (label, at, expected) in [
        (6, now, None),
        (6, now - 360, None),
        (6, now - 361, Some("VJ-12")),
        (6, now + 61, Some("VJ-12")),
        (5, now + 60, None),
        (5, now + 61, Some("VJ-12")),
        (4, now - 59, None),
        (4, now - 60, Some("VJ-12")),
    ] {
        for changes in [json!({}), json!({"iat": null})] {
            assert_eq!(answered(&mut claim(label, at), changes.clone()), expected, "{label} {at} {changes}");
        }
    }
    assert_eq!(answered(&mut claim(6, now), json!({"iat": now - 361})), Some("VJ-12"), "each must hold");
    let dated = |claims: &mut Writer, document| {
        VpCose::parse(&claiming(claims, "application/vp+cose", document)).unwrap().is_dated()
    };
    let mut undated = shown();
    undated.remove("iat");
    assert!(dated(Writer::new().map(0), shown()) && dated(&mut claim(6, now), undated.clone()));
    assert!(!dated(&mut claim(4, now + 1), undated));
}

#[test]
fn text_is_base64_of_any_padding_and_nothing_else() {
    let message = issued();
    for text in
        [STANDARD.encode(&message), STANDARD_NO_PAD.encode(&message), URL_SAFE_NO_PAD.encode(&message)]
    {
        assert_eq!(decode_text(&text), Some(message.clone()));
    }
    for text in ["", "0oR", "0oRD=", "0oRD 0oRD", "d284 5856", "+-"] {
        assert!(decode_text(text).is_none_or(|bytes| Sign1::parse(&bytes).is_err()), "{text}");
    }
    assert_eq!(decode_text(&"A".repeat(2 << 20)), None);
}
