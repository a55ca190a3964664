//! Verdicts that ask about proof and status and not about trust: everything that a forged document fails elsewhere it fails
//! here, and nothing of it opens a gate.

use jigap_data_integrity::{Cryptosuite, ProofOptions, sign as secure};
use jigap_keys::hash::sha256;
use jigap_keys::{base58, json as keys_json};

use super::shown::FORMS;
use super::*;
use crate::did::key_did;
use crate::vcdm::envelope::{Envelope, Held, Securing};
use crate::vcjwt;

const V2: &str = "https://www.w3.org/ns/credentials/v2";

fn method(key: &PrivateKey) -> String {
    let did = key_did(key.public());
    format!("{did}#{}", did.trim_start_matches("did:key:"))
}

fn proven(document: Value, key: &PrivateKey, purpose: &str, change: fn(&mut ProofOptions)) -> Value {
    let mut options =
        ProofOptions { created: Some(NOW.to_rfc3339()), ..ProofOptions::new(method(key), purpose) };
    change(&mut options);
    secure(document, &options, key, Contexts::built_in().for_data_integrity()).unwrap()
}

fn plain(key: &PrivateKey) -> Value {
    json!({
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": key_did(key.public()),
        "credentialSubject": {"id": "did:example:subject"},
    })
}

fn credential(key: &PrivateKey) -> Value {
    proven(plain(key), key, "assertionMethod", |_| ())
}

fn how() -> Unasked<'static> {
    Unasked { contexts: Contexts::built_in(), now: NOW, policy: Policy::default() }
}

fn judged(credential: Value) -> Verdict {
    how().credential(credential).judge(&Documents::new())
}

fn refusals(verdict: &Verdict) -> Vec<&'static str> {
    verdict.refusals().map(|refusal| refusal.check.id).collect()
}

#[test]
fn a_plain_credential_of_whoever_holds_its_key_holds_and_opens_nothing() {
    let issuer = key(1, KeyType::Ed25519);
    let verdict = judged(credential(&issuer));
    assert_eq!(refusals(&verdict), [""; 0]);
    assert!(verdict.holds() && !verdict.accepted());
    assert_eq!(verdict.scope(), Scope::ProofAndStatus);
    assert_eq!(verdict.claims(0), None);
    for suite in [Cryptosuite::EcdsaRdfc2019, Cryptosuite::EcdsaJcs2019] {
        let issuer = key(2, KeyType::P256);
        let options =
            ProofOptions { cryptosuite: suite, ..ProofOptions::new(method(&issuer), "assertionMethod") };
        let secured =
            secure(plain(&issuer), &options, &issuer, Contexts::built_in().for_data_integrity()).unwrap();
        assert!(judged(secured).holds(), "{suite:?}");
    }
}

#[test]
fn what_is_forged_fails_the_same_checks_as_elsewhere() {
    let (issuer, stranger) = (key(1, KeyType::Ed25519), key(9, KeyType::Ed25519));
    let changed = |name: &str, value: Value| {
        let mut document = credential(&issuer);
        document[name] = value;
        document
    };
    let of_stranger = proven(plain(&issuer), &stranger, "assertionMethod", |_| ());
    let other_purpose = proven(plain(&issuer), &issuer, "authentication", |_| ());
    let ended = {
        let mut document = plain(&issuer);
        document["validUntil"] = json!("2020-01-01T00:00:00Z");
        proven(document, &issuer, "assertionMethod", |_| ())
    };
    for (document, wanted) in [
        (changed("credentialSubject", json!({"id": "did:example:other"})), "V-03"),
        (changed("issuer", json!(key_did(stranger.public()))), "V-03"),
        (changed("proof", json!(null)), "V-03"),
        (of_stranger, "V-04"),
        (other_purpose, "V-16"),
        (ended, "V-07"),
        (json!("not a token"), "JW-01"),
        (json!({"type": ["NonconformingDocument"]}), "V-01"),
    ] {
        let verdict = judged(document.clone());
        assert!(!verdict.holds(), "{document}");
        assert!(refusals(&verdict).contains(&wanted), "{document}: {:?}", refusals(&verdict));
    }
}

#[test]
fn an_issuer_that_is_no_did_has_no_key_here() {
    let issuer = key(1, KeyType::Ed25519);
    let mut document = plain(&issuer);
    document["issuer"] = json!("https://school.example");
    let verdict = judged(proven(document, &issuer, "assertionMethod", |_| ()));
    assert!(!verdict.holds());
    assert!(refusals(&verdict).contains(&"V-06"));
}

/// A presentation of two credentials about others than its holder.
fn presentation(holder: &PrivateKey, change: fn(&mut ProofOptions)) -> Value {
    let (one, other) = (key(1, KeyType::Ed25519), key(2, KeyType::Ed25519));
    let document = json!({
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": key_did(holder.public()),
        "verifiableCredential": [credential(&one), credential(&other)],
    });
    proven(document, holder, "authentication", change)
}

fn for_gate(options: &mut ProofOptions) {
    options.challenge = Some("c-1".to_owned());
    options.domain = Some("gate.example".to_owned());
}

const ASKED: Challenge<'static> = Challenge { challenge: Some("c-1"), domain: Some("gate.example") };

#[test]
fn a_presentation_of_several_credentials_holds_as_the_answer_to_its_challenge() {
    let holder = key(3, KeyType::Ed25519);
    let shown = presentation(&holder, for_gate);
    let judge = |value: &Value, asked| how().presentation(value).judge(asked, &Documents::new());
    let verdict = judge(&shown, ASKED);
    assert!(verdict.holds() && !verdict.accepted(), "{:?}", refusals(&verdict));
    assert_eq!(verdict.credentials().len(), 2);
    assert!(judge(&shown, Challenge::default()).holds());
    let other = |challenge, domain| refusals(&judge(&shown, Challenge { challenge, domain }));
    assert_eq!(other(Some("c-2"), Some("gate.example")), ["V-13"]);
    assert_eq!(other(Some("c-1"), Some("bar.example")), ["V-12"]);
    let mut forged = shown.clone();
    forged["verifiableCredential"][1]["credentialSubject"]["id"] = json!("did:example:other");
    assert!(refusals(&judge(&forged, ASKED)).starts_with(&["V-11"]));
    let mut named = shown.clone();
    named["holder"] = json!("did:example:other");
    assert_eq!(refusals(&judge(&named, ASKED)), ["V-11"]);
    let purpose = presentation(&holder, |options| {
        for_gate(options);
        options.proof_purpose = "assertionMethod".to_owned();
    });
    assert_eq!(refusals(&judge(&purpose, ASKED)), ["V-16"]);
    let ended = presentation(&holder, |options| {
        for_gate(options);
        options.expires = Some("2020-01-01T00:00:00Z".to_owned());
    });
    assert_eq!(refusals(&judge(&ended, ASKED)), ["V-14"]);
}

/// A presentation whose proof is made for these domains, however many.
fn made_for(holder: &PrivateKey, domains: &Value) -> Value {
    let mut document = json!({
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [credential(&key(1, KeyType::Ed25519))],
    });
    let mut proof = json!({
        "@context": [V2],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": method(holder),
        "proofPurpose": "authentication",
        "challenge": "c-1",
        "domain": domains,
    });
    let digest = |value: &Value| sha256(keys_json::canonicalize(value).unwrap().as_bytes());
    let signature = holder.sign(&[digest(&proof), digest(&document)].concat()).unwrap();
    proof["proofValue"] = json!(format!("z{}", base58::encode(signature)));
    document["proof"] = proof;
    document
}

/// VC-DATA-INTEGRITY §4.4: the domains of the proof are those that were asked for.
#[test]
fn v_12_a_presentation_for_several_domains_is_for_none_of_them() {
    let holder = key(3, KeyType::Ed25519);
    let refused = |domains: Value, domain| {
        let asked = Challenge { challenge: Some("c-1"), domain };
        refusals(&how().presentation(&made_for(&holder, &domains)).judge(asked, &Documents::new()))
    };
    let gate = Some("gate.example");
    for one in [json!("gate.example"), json!(["gate.example"])] {
        assert_eq!(refused(one, gate), [""; 0]);
    }
    for other in
        [json!(["gate.example", "bar.example"]), json!(["bar.example", "gate.example"]), json!("gate")]
    {
        assert_eq!(refused(other.clone(), gate), ["V-12"], "{other}");
    }
    assert_eq!(refused(json!(["gate.example", "bar.example"]), None), [""; 0], "none was asked for");
}

#[test]
fn a_presentation_answers_no_empty_challenge_or_domain() {
    let holder = key(3, KeyType::Ed25519);
    let shown = presentation(&holder, |options| {
        options.challenge = Some(String::new());
        options.domain = Some(String::new());
    });
    let refused = |challenge, domain| {
        refusals(&how().presentation(&shown).judge(Challenge { challenge, domain }, &Documents::new()))
    };
    assert_eq!(refused(None, None), [""; 0]);
    assert_eq!(refused(Some(""), None), ["V-13"]);
    assert_eq!(refused(None, Some("")), ["V-12"]);
}

/// What a credential is refused for, where this challenge and this domain are asked for, and whether it is without them.
fn answers(credential: &Value, challenge: Option<&str>, domain: Option<&str>) -> Vec<&'static str> {
    assert!(judged(credential.clone()).holds(), "{credential}");
    let asked = Challenge { challenge, domain };
    refusals(&how().credential(credential.clone()).judge_for(asked, &Documents::new()))
}

/// Credentials that answer nothing: with a proof for everybody, a token, and a token with somebody's words in its envelope.
fn for_everybody(issuer: &PrivateKey) -> [Value; 4] {
    let mut header = Header::for_key(issuer.public()).unwrap();
    header.kid = Some(method(issuer));
    let Value::Object(document) = plain(issuer) else { unreachable!() };
    let token = vcjwt::issue(header, document).unwrap().sign(issuer).unwrap();
    let envelope = Envelope::object(Held::Credential, Securing::Jwt, &token);
    let mut forged = envelope.clone();
    forged["proof"] = json!({"challenge": "c-1", "domain": "gate.example"});
    [credential(issuer), json!(token), envelope, forged]
}

#[test]
fn v_13_a_credential_answers_the_challenge_that_each_of_its_proofs_names() {
    let (issuer, cosigner) = (key(1, KeyType::Ed25519), key(2, KeyType::Ed25519));
    let made = proven(plain(&issuer), &issuer, "assertionMethod", for_gate);
    let asked = |credential: &Value, challenge| answers(credential, Some(challenge), None);
    assert_eq!(asked(&made, "c-1"), [""; 0]);
    for other in ["c-2", "C-1", ""] {
        assert_eq!(asked(&made, other), ["V-13"], "{other:?}");
    }
    for credential in for_everybody(&issuer) {
        assert_eq!(asked(&credential, "c-1"), ["V-13"], "{credential}");
    }
    // One proof for it, and one for everybody: somebody's answer is not everybody's.
    let both = |change| proven(made.clone(), &cosigner, "assertionMethod", change);
    assert_eq!(asked(&both(|_| ()), "c-1"), ["V-13"]);
    assert_eq!(asked(&both(for_gate), "c-1"), [""; 0]);
    // What does not hold is not said to answer.
    let mut forged = made;
    forged["credentialSubject"]["id"] = json!("did:example:other");
    let verdict = how().credential(forged).judge_for(ASKED, &Documents::new());
    assert!(!verdict.holds() && !passed(&verdict).iter().any(|id| ["V-12", "V-13"].contains(id)));
}

/// What the holder of a `vc+sd-jwt` bound it to is not looked at, whatever is asked: it is refused as no credential's.
#[test]
fn sd_11_a_tokens_key_binding_answers_no_challenge() {
    let scene = super::enclosed::scene();
    let bound = json!(scene.shown(&scene.sd_jwt(json!({})), "gate.example", "c-1"));
    for asked in [Challenge::default(), ASKED] {
        let verdict = how().credential(bound.clone()).judge_for(asked, &scene.documents);
        assert_eq!(refusals(&verdict), ["SD-11"], "{asked:?}");
        assert!(!passed(&verdict).iter().any(|id| ["V-12", "V-13"].contains(id)), "{asked:?}");
    }
}

#[test]
fn v_12_a_credential_is_for_the_domain_that_each_of_its_proofs_names_alone() {
    let issuer = key(1, KeyType::Ed25519);
    let made = proven(plain(&issuer), &issuer, "assertionMethod", for_gate);
    let asked = |credential: &Value, domain| answers(credential, None, Some(domain));
    assert_eq!(asked(&made, "gate.example"), [""; 0]);
    for other in ["bar.example", "gate.example.org", ""] {
        assert_eq!(asked(&made, other), ["V-12"], "{other:?}");
    }
    for credential in for_everybody(&issuer) {
        assert_eq!(asked(&credential, "gate.example"), ["V-12"], "{credential}");
    }
    assert_eq!(answers(&made, Some("c-2"), Some("bar.example")), ["V-13", "V-12"]);
    let verdict = how().credential(made).judge_for(ASKED, &Documents::new());
    assert!(verdict.holds() && ["V-12", "V-13"].iter().all(|id| passed(&verdict).contains(id)));
}

#[test]
fn without_a_proof_a_presentation_answers_nothing() {
    let mut shown = presentation(&key(3, KeyType::Ed25519), for_gate);
    shown.as_object_mut().unwrap().remove("proof");
    let judge = |asked| how().presentation(&shown).judge(asked, &Documents::new());
    assert!(judge(Challenge::default()).holds());
    assert_eq!(refusals(&judge(ASKED)), ["V-10"]);
    let alone = json!({"@context": [V2], "type": "VerifiablePresentation"});
    assert!(how().presentation(&alone).judge(Challenge::default(), &Documents::new()).holds());
    let other = how().presentation(&json!({"type": "Seal"})).judge(Challenge::default(), &Documents::new());
    assert_eq!(refusals(&other), ["LD-06"]);
}

#[test]
fn tokens_and_their_envelopes_are_judged_alike() {
    let (issuer, holder) = (key(1, KeyType::P256), key(3, KeyType::Ed25519));
    let mut header = Header::for_key(issuer.public()).unwrap();
    header.kid = Some(method(&issuer));
    let Value::Object(document) = plain(&issuer) else { unreachable!() };
    let token = vcjwt::issue(header, document).unwrap().sign(&issuer).unwrap();
    let enveloped = |kind: &str, token: &str| json!({"@context": V2, "type": kind, "id": format!("data:application/vc+jwt,{token}")});
    let envelope = enveloped("EnvelopedVerifiableCredential", &token);
    for value in [json!(token), envelope.clone()] {
        let verdict = judged(value);
        assert!(verdict.holds(), "{:?}", refusals(&verdict));
    }
    for change in ["@context", "type", "id"] {
        let mut broken = envelope.clone();
        broken[change] = json!("https://www.w3.org/ns/credentials/examples/v2");
        assert!(!judged(broken).holds(), "{change}");
    }
    let document = json!({
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [envelope],
    });
    let shown = proven(document, &holder, "authentication", for_gate);
    let verdict = how().presentation(&shown).judge(ASKED, &Documents::new());
    assert!(verdict.holds(), "{:?}", refusals(&verdict));
}

/// In a `vp+jwt`, a `vp+sd-jwt` and a `vp+cose`, as text and in an envelope; as what its media type says alone.
#[test]
fn signed_presentations_are_judged_in_each_form() {
    let scene = super::enclosed::scene();
    let kid = format!("{}#0", scene.holder_did());
    let judge = |value: &Value, asked| how().presentation(value).judge(asked, &scene.documents);
    let asked = Challenge { challenge: Some(NONCE), domain: Some(AUDIENCE) };
    for outer in FORMS {
        let entries = FORMS.map(|by| scene.enveloped(by, &scene.credential_as(by, json!({}))));
        let document = |changes: Value| scene.presentation_of(&entries, &changes);
        let shown = scene.shown_by(outer, document(json!({})), (&kid, &scene.holder));
        for said in FORMS {
            let value = Envelope::object(Held::Presentation, said, &shown);
            let verdict = judge(&value, asked);
            if said == outer {
                assert!(verdict.holds() && !verdict.accepted(), "{outer:?}: {:?}", refusals(&verdict));
                assert_eq!(verdict.credentials().len(), 3);
            } else {
                assert_eq!(refusals(&verdict), ["V-01"], "{outer:?} as {said:?}");
            }
        }
        assert!(judge(&json!(shown), asked).holds());
        let other = Challenge { challenge: Some("another"), domain: Some(AUDIENCE) };
        assert_eq!(refusals(&judge(&json!(shown), other)), ["VJ-10"], "{outer:?}");
        let nobody = document(json!({"holder": "did:example:nobody"}));
        let nobody = scene.shown_by(outer, nobody, (&kid, &scene.holder));
        assert_eq!(refusals(&judge(&json!(nobody), asked)), ["V-11"], "{outer:?}");
        let mut entries = entries.clone();
        entries[0] = scene.enveloped(Securing::SdJwt, &scene.credential_as(Securing::Jwt, json!({})));
        let mislabelled = scene.presentation_of(&entries, &json!({}));
        let mislabelled = scene.shown_by(outer, mislabelled, (&kid, &scene.holder));
        assert_eq!(refusals(&judge(&json!(mislabelled), asked)), ["V-01"], "{outer:?}");
    }
}

/// What a verdict says holds.
fn passed(verdict: &Verdict) -> Vec<&'static str> {
    let of_credentials = verdict.credentials().iter().flat_map(|credential| credential.findings());
    let all = verdict.findings().iter().chain(of_credentials);
    all.filter(|finding| finding.outcome == Outcome::Passed).map(|finding| finding.check.id).collect()
}

#[test]
fn what_was_not_asked_is_not_said_to_hold() {
    let issuer = key(1, KeyType::Ed25519);
    let own = ["V-01", "V-02", "V-04", "V-03", "V-07", "V-08", "V-09"];
    assert_eq!(passed(&judged(credential(&issuer))), own);
    // Nor where another check refuses.
    let mut unknown_key = credential(&issuer);
    unknown_key["proof"]["verificationMethod"] = json!(format!("{}#other", key_did(issuer.public())));
    let verdict = judged(unknown_key);
    assert!(!verdict.holds() && !passed(&verdict).iter().any(|id| ["V-05", "V-06"].contains(id)));
    let shown = presentation(&key(3, KeyType::Ed25519), for_gate);
    let judge = |value: &Value, asked| how().presentation(value).judge(asked, &Documents::new());
    let of_presentation = |value: &Value, asked| {
        let verdict = judge(value, asked);
        assert!(verdict.holds());
        verdict.findings().iter().map(|finding| finding.check.id).collect::<Vec<_>>()
    };
    assert_eq!(of_presentation(&shown, ASKED), ["V-16", "V-11", "V-13", "V-12"]);
    assert_eq!(of_presentation(&shown, Challenge::default()), ["V-16", "V-11"]);
    let mut unsigned = shown;
    unsigned.as_object_mut().unwrap().remove("proof");
    assert_eq!(of_presentation(&unsigned, Challenge::default()), [""; 0]);
}

#[test]
fn v_14_a_presentation_of_the_future_is_refused() {
    let holder = key(3, KeyType::Ed25519);
    let judge = |value: &Value| refusals(&how().presentation(value).judge(ASKED, &Documents::new()));
    let made = |created: Option<String>, expires: Option<String>| {
        let document = json!({"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": [credential(&holder)]});
        let mut options =
            ProofOptions { created, expires, ..ProofOptions::new(method(&holder), "authentication") };
        for_gate(&mut options);
        secure(document, &options, &holder, Contexts::built_in().for_data_integrity()).unwrap()
    };
    let at = |moment: Timestamp| Some(moment.to_rfc3339());
    let skew = Policy::default().clock_skew;
    for created in [None, at(NOW), at(NOW.plus(skew)), at(NOW.minus(Seconds(1_000_000)))] {
        assert_eq!(judge(&made(created.clone(), None)), [""; 0], "{created:?}");
    }
    for created in
        [at(NOW.plus(skew).plus(Seconds(1))), at(NOW.plus(Seconds(5_000_000))), Some("soon".to_owned())]
    {
        assert_eq!(judge(&made(created.clone(), None)), ["V-14"], "{created:?}");
    }
    assert_eq!(judge(&made(None, at(NOW.minus(Seconds(1))))), [""; 0], "within the skew");
    for expires in [at(NOW.minus(skew)), Some("never".to_owned())] {
        assert_eq!(judge(&made(None, expires.clone())), ["V-14"], "{expires:?}");
    }
}

/// Whether it names an issuer nobody can tell: it does, and is not told that it does not.
#[test]
fn a_document_that_cannot_be_read_is_refused_for_that_alone() {
    let issuer = key(1, KeyType::Ed25519);
    for (name, value, code) in [
        ("unheardOf", json!(1), "ldp-undefined"),
        ("relatedResource", json!([]), "ldp-uncovered"),
        ("@context", json!([V2, "https://school.example/context"]), "ldp-context-unknown"),
    ] {
        let mut document = credential(&issuer);
        document[name] = value;
        let refused = |verdict: &Verdict| {
            verdict.refusals().map(|refusal| (refusal.check.id, refusal.reason.code)).collect::<Vec<_>>()
        };
        assert_eq!(refused(&judged(document.clone())), [("V-03", code)], "{name}");
        let trust = TrustList::dangerous_of_one("did:example:other", vec![], NOW);
        let gate = Judge::new(&trust, NOW, Policy::default()).read(&document.to_string());
        assert_eq!(refused(&gate.judge_credential(&Documents::new())), [("V-03", code)], "{name}");
    }
    let mut nobody = plain(&issuer);
    nobody.as_object_mut().unwrap().remove("issuer");
    let verdict = judged(proven(nobody, &issuer, "assertionMethod", |_| ()));
    assert!(refusals(&verdict).contains(&"V-06"), "this one names nobody");
}

/// What is written otherwise than the data model has it reads the same in its statements, and is refused for what is written.
#[test]
fn dates_and_issuers_are_judged_as_they_are_written() {
    let issuer = key(1, KeyType::Ed25519);
    let did = key_did(issuer.public());
    let at = "2026-01-01T00:00:00Z";
    for (name, value, check) in [
        ("validFrom", json!([at]), "DM-12"),
        ("validUntil", json!({"@value": "2040-01-01T00:00:00Z"}), "DM-12"),
        ("validFrom", json!("2026-01-01t00:00:00z"), "DM-12"),
        ("validFrom", json!("2026-01-01T00:00:00+23:59"), "DM-12"),
        ("issuer", json!([did]), "DM-13"),
    ] {
        for suite in [Cryptosuite::EddsaRdfc2022, Cryptosuite::EddsaJcs2022] {
            let mut document = plain(&issuer);
            document[name] = value.clone();
            let secured =
                ProofOptions { cryptosuite: suite, ..ProofOptions::new(method(&issuer), "assertionMethod") };
            let contexts = Contexts::built_in().for_data_integrity();
            let secured = secure(document, &secured, &issuer, contexts).unwrap();
            assert_eq!(refusals(&judged(secured)), [check], "{suite:?}: {name}: {value}");
        }
    }
}
