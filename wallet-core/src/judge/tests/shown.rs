//! Presentations as JWT, SD-JWT and COSE around credentials as JWT, SD-JWT and COSE: each in each, and everything that is said
//! to be something else than it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::enclosed::scene;
use super::proof_only::proof_refusals;
use super::*;
use crate::cbor::Writer;
use crate::cose;
use crate::vccose;
use crate::vcdm::envelope::{Envelope, Held, Securing};
use crate::vcjwt::{CREDENTIALS, HOLDER};
use crate::vcsdjwt;

pub(super) const FORMS: [Securing; 3] = [Securing::Jwt, Securing::SdJwt, Securing::Cose];
const V2: &str = "https://www.w3.org/ns/credentials/v2";

impl Scene {
    /// A student ID that speaks about the holder's DID and names no key.
    pub(super) fn credential_as(&self, by: Securing, changes: Value) -> String {
        self.credential_by(by, changes, &format!("{}#0", self.issuer_did), &self.issuer)
    }

    pub(super) fn credential_by(&self, by: Securing, changes: Value, kid: &str, key: &PrivateKey) -> String {
        let document = self.document(&changes);
        match by {
            Securing::Jwt => {
                let header = Header::for_key(key.public()).unwrap().typ("vc+jwt").kid(kid);
                sign(&header, &Value::Object(document), key).unwrap()
            }
            Securing::SdJwt => {
                let conceal = [path(&json!(["credentialSubject", "enrolment_status"]))];
                let builder = vcsdjwt::VcSdJwtBuilder::new(document).conceal(conceal);
                let header = Header::for_key(key.public()).unwrap().kid(kid);
                builder.build(header, &Repeatable::new(3)).unwrap().sign(key).unwrap()
            }
            Securing::Cose => {
                let header = cose::Header::for_key(key.public().key_type()).unwrap().kid(kid);
                STANDARD.encode(vccose::issue(header, document).unwrap().sign(key).unwrap())
            }
        }
    }

    /// A presentation of these entries as its holder makes it.
    pub(super) fn presentation_of(&self, entries: &[Value], changes: &Value) -> Map<String, Value> {
        let mut document = json!({
            "@context": [V2], "type": "VerifiablePresentation", "holder": self.holder_did(),
            "verifiableCredential": entries, "aud": AUDIENCE, "nonce": NONCE, "iat": NOW,
        });
        for (name, value) in changes.as_object().unwrap() {
            document[name] = value.clone();
        }
        document.as_object().cloned().unwrap()
    }

    pub(super) fn shown_by(
        &self,
        by: Securing,
        document: Map<String, Value>,
        (kid, key): (&str, &PrivateKey),
    ) -> String {
        let header = Header::for_key(key.public()).unwrap().kid(kid);
        match by {
            Securing::Jwt => sign(&header.typ("vp+jwt"), &Value::Object(document), key).unwrap(),
            Securing::SdJwt => {
                let conceal = [path(&json!(["holder"])), path(&json!(["verifiableCredential", 0]))];
                let unsigned = vcsdjwt::present_document(header, document, &conceal, &Repeatable::new(4));
                unsigned.unwrap().sign(key).unwrap()
            }
            Securing::Cose => {
                let header = cose::Header::for_key(key.public().key_type()).unwrap().kid(kid);
                STANDARD.encode(vccose::present_document(header, document).unwrap().sign(key).unwrap())
            }
        }
    }

    pub(super) fn enveloped(&self, by: Securing, credential: &str) -> Value {
        Envelope::object(Held::Credential, by, credential)
    }

    /// A credential in an envelope, shown by the holder.
    pub(super) fn shown_as(&self, by: Securing, credential: (Securing, &str), changes: &Value) -> String {
        let entry = self.enveloped(credential.0, credential.1);
        let kid = format!("{}#0", self.holder_did());
        self.shown_by(by, self.presentation_of(&[entry], changes), (&kid, &self.holder))
    }
}

fn ids(verdict: &Verdict) -> Vec<&'static str> {
    verdict.refusals().map(|refusal| refusal.check.id).collect()
}

#[test]
fn each_credential_is_accepted_in_each_presentation_and_in_its_envelope() {
    let scene = scene();
    for (inner, format) in FORMS.into_iter().zip([Format::JwtVcJson, Format::VcSdJwt, Format::VcCose]) {
        let credential = scene.credential_as(inner, json!({}));
        for outer in FORMS {
            let shown = scene.shown_as(outer, (inner, &credential), &json!({}));
            let enveloped = Envelope::object(Held::Presentation, outer, &shown).to_string();
            for text in [&shown, &enveloped] {
                let verdict = scene.judge(text);
                assert_eq!(ids(&verdict), [""; 0], "{outer:?} {inner:?}");
                assert!(verdict.accepted());
                let judged = &verdict.credentials()[0];
                assert_eq!(judged.format, format);
                assert_eq!(verdict.claims(0).unwrap()["credentialSubject"]["name"], "김지갑");
                let noted: Vec<_> = judged.findings().iter().map(|finding| finding.check.id).collect();
                assert_eq!(noted[9..], ["V-10", "V-16", "V-11", "V-15", "V-13", "V-12", "V-14"]);
                assert!(is_presentation(text));
                assert_eq!(proof_refusals(text), [""; 0]);
            }
        }
        let bound = json!({"cnf": {"jwk": scene.holder.public().to_jwk()}, "credentialSubject": {"enrolment_status": "enrolled"}});
        let bound = scene.credential_as(inner, bound);
        for outer in FORMS {
            let verdict = scene.judge(&scene.shown_as(outer, (inner, &bound), &json!({})));
            assert_eq!(ids(&verdict), [""; 0], "by its key: {outer:?} {inner:?}");
        }
    }
}

/// Every form of the holder's proof is held to the same, whatever it holds.
#[test]
fn v_11_whoever_is_not_bound_shows_no_credential_in_any_form() {
    let scene = scene();
    let stranger = key(9, KeyType::P256);
    let (own, other) =
        (format!("{}#0", scene.holder_did()), format!("{}#0", did::jwk_did(stranger.public())));
    for (outer, inner) in FORMS.into_iter().flat_map(|outer| FORMS.map(|inner| (outer, inner))) {
        let credential = scene.credential_as(inner, json!({}));
        let entry = Envelope::object(Held::Credential, inner, &credential);
        let document = |changes: Value| scene.presentation_of(std::slice::from_ref(&entry), &changes);
        let by = |document, kid: &str, key| scene.refused(&scene.shown_by(outer, document, (kid, key)));
        assert_eq!(
            by(document(json!({})), &own, &stranger),
            [checks::HOLDER_PROOF.id],
            "{outer:?} {inner:?}"
        );
        let named = document(json!({"holder": did::jwk_did(stranger.public())}));
        assert_eq!(by(named.clone(), &other, &stranger), ["V-11"], "{outer:?} {inner:?}");
        assert_eq!(by(named, &own, &scene.holder), [HOLDER.id], "{outer:?} {inner:?}");
        for (changes, id) in [
            (json!({"nonce": "another"}), "V-13"),
            (json!({"aud": "x509_san_dns:other.example"}), "V-12"),
            (json!({"aud": [AUDIENCE, "x509_san_dns:other.example"]}), "V-12"),
            (json!({"iat": NOW.minus(Seconds(100_000))}), "V-14"),
            (json!({"exp": NOW.minus(Seconds(1000))}), "V-14"),
            (json!({"iss": did::jwk_did(stranger.public())}), HOLDER.id),
        ] {
            let text = match (outer, changes.get("iss")) {
                // Nobody here makes one that contradicts itself.
                (Securing::SdJwt | Securing::Cose, Some(_)) => continue,
                _ => scene.shown_as(outer, (inner, &credential), &changes),
            };
            assert_eq!(scene.refused(&text), [id], "{outer:?} {inner:?} {changes}");
        }
        let unbound = json!({"credentialSubject": {"enrolment_status": "enrolled"}});
        let unbound = scene.credential_as(inner, unbound);
        let text = scene.shown_as(outer, (inner, &unbound), &json!({}));
        assert_eq!(scene.refused(&text), [checks::HOLDER_BINDING.id], "it binds nobody");
        let nobody = json!({"cnf": {"kid": "1"}});
        let text = scene.shown_as(outer, (inner, &scene.credential_as(inner, nobody)), &json!({}));
        assert_eq!(scene.refused(&text), ["V-10"], "{outer:?} {inner:?}");
    }
}

/// Claims in the header of a presentation in COSE say as much as the members of the document do.
#[test]
fn v_12_a_presentation_in_cose_answers_by_its_header_too() {
    let scene = scene();
    let credential = scene.credential_as(Securing::Cose, json!({}));
    let entry = scene.enveloped(Securing::Cose, &credential);
    let shown = |claims: &mut Writer| {
        let mut document = scene.presentation_of(std::slice::from_ref(&entry), &json!({}));
        document.remove("aud");
        document.remove("iat");
        let kid = format!("{}#0", scene.holder_did());
        let by = (claims, "application/vp+cose");
        STANDARD.encode(vccose::tests::claimed_by(&scene.holder, &kid, by, document))
    };
    let now = NOW.unix();
    let whole = shown(Writer::new().map(2).integer(3).text(AUDIENCE).integer(6).integer(now));
    let verdict = scene.judge(&whole);
    assert_eq!(ids(&verdict), [""; 0]);
    let time = verdict.credentials()[0].findings().iter().find(|it| it.check == checks::PRESENTATION_TIME);
    assert_eq!(time.unwrap().outcome, Outcome::Passed, "the header says when");
    assert_eq!(proof_refusals(&whole), [""; 0], "the request that it names itself");
    let undated = scene.judge(&shown(Writer::new().map(1).integer(3).text(AUDIENCE)));
    let time = undated.credentials()[0].findings().iter().find(|it| it.check == checks::PRESENTATION_TIME);
    assert!(undated.accepted() && matches!(time.unwrap().outcome, Outcome::Implied(_)));
    let other = shown(Writer::new().map(1).integer(3).text("x509_san_dns:other.example"));
    assert_eq!(scene.refused(&other), [checks::AUDIENCE.id]);
    assert_eq!(scene.refused(&shown(Writer::new().map(1).integer(6).integer(now))), ["V-12"]);
    let old = shown(Writer::new().map(2).integer(3).text(AUDIENCE).integer(6).integer(now - 100_000));
    assert_eq!(scene.refused(&old), [checks::PRESENTATION_TIME.id]);
}

/// The media type of an envelope says what stands in it: alone, in a presentation, as a presentation, and where trust is not
/// asked.
#[test]
fn v_01_what_is_another_than_its_envelope_says_is_refused() {
    let scene = scene();
    let mut tokens = Vec::new();
    for by in FORMS {
        let credential = scene.credential_as(by, json!({}));
        tokens.push((Held::Presentation, by, scene.shown_as(by, (by, &credential), &json!({}))));
        tokens.push((Held::Credential, by, credential));
    }
    let bare = scene.credential_as(Securing::Jwt, json!({}));
    tokens.push((Held::Credential, Securing::Jwt, bare));
    for (of, by, text) in &tokens {
        for (held, said) in
            [Held::Credential, Held::Presentation].into_iter().flat_map(|of| FORMS.map(|by| (of, by)))
        {
            let envelope = Envelope::object(held, said, text);
            let fits = (held, said) == (*of, *by);
            let refused =
                ids(&scene.bench().read(&envelope.to_string()).judge_presentation(&ASKED, &scene.documents));
            let expected = match (fits, held) {
                (false, _) => [checks::TOKEN_TYPE.id].as_slice(),
                (true, Held::Credential) => &["V-10"],
                (true, Held::Presentation) => &[],
            };
            assert_eq!(refused, expected, "{of:?} {by:?} in an envelope for {held:?} {said:?}");
            for outer in FORMS.into_iter().filter(|_| held == Held::Credential) {
                let shown = scene.shown_as(outer, (said, text), &json!({}));
                let expected: &[&str] = if fits { &[] } else { &["V-01"] };
                assert_eq!(ids(&scene.judge(&shown)), expected, "{of:?} {by:?} as {said:?} in {outer:?}");
            }
        }
    }
    // Of the data model 1.1 there is no media type; what an SD-JWT VC is, is another.
    let older =
        sign(&scene.header("JWT"), &json!({"vc": {}, "iss": scene.issuer_did}), &scene.issuer).unwrap();
    let sd_jwt_vc = scene.issue();
    for (by, text) in [(Securing::Jwt, &older), (Securing::SdJwt, &sd_jwt_vc)] {
        let envelope = Envelope::object(Held::Credential, by, text).to_string();
        assert_eq!(scene.refusals_alone(&envelope), ["V-01"], "{by:?}");
    }
}

#[test]
fn vj_13_a_presentation_in_any_form_holds_one_credential_in_an_envelope() {
    let scene = scene();
    let kid = format!("{}#0", scene.holder_did());
    for outer in FORMS {
        let entry = |by| Envelope::object(Held::Credential, by, &scene.credential_as(by, json!({})));
        let several = scene.presentation_of(&FORMS.map(entry), &json!({}));
        let text = scene.shown_by(outer, several, (&kid, &scene.holder));
        assert_eq!(scene.refused(&text), [CREDENTIALS.id], "{outer:?}");
    }
    // A string is a JWT of the data model 1.1 in its own presentation, and nothing else.
    for by in FORMS {
        let bare = scene.presentation_of(&[json!(scene.credential_as(by, json!({})))], &json!({}));
        let text = scene.shown_by(Securing::Jwt, bare, (&kid, &scene.holder));
        let expected = if by == Securing::Jwt { "DM-08" } else { "JW-01" };
        assert_eq!(scene.refused(&text), [expected], "{by:?}");
    }
    let text = scene.shown_as(Securing::SdJwt, (Securing::Jwt, &scene.vc(json!({}))), &json!({}));
    let withheld = text.split('~').take(1).chain([""]).collect::<Vec<_>>().join("~");
    assert_eq!(scene.refused(&withheld), ["VJ-13"], "the credential was withheld");
}

/// Nobody would look at a key binding JWT in a presentation that has a holder's proof of its own.
#[test]
fn sd_11_a_key_binding_in_a_presentation_around_it_is_refused() {
    let scene = scene();
    let bound = scene.shown(&scene.sd_jwt(json!({})), AUDIENCE, NONCE);
    for outer in FORMS {
        let text = scene.shown_as(outer, (Securing::SdJwt, &bound), &json!({}));
        assert_eq!(scene.refused(&text), [sdjwt::ISSUED_WITHOUT_KEY_BINDING.id], "{outer:?}");
    }
    let credential = scene.credential_as(Securing::Cose, json!({}));
    let shown = scene.shown_as(Securing::SdJwt, (Securing::Cose, &credential), &json!({}));
    let proof = bound.rsplit_once('~').unwrap().1;
    assert_eq!(scene.refused(&format!("{shown}{proof}")), ["SD-11"], "who signed it is its holder");
}

/// A holder's proof that nobody looks at would be taken for looked at.
#[test]
fn v_01_a_presentation_is_not_judged_as_a_credential() {
    let scene = scene();
    for (outer, inner) in FORMS.iter().flat_map(|outer| FORMS.map(|inner| (*outer, inner))) {
        let credential = scene.credential_as(inner, json!({}));
        let text = scene.shown_as(outer, (inner, &credential), &json!({}));
        assert!(scene.judge(&text).accepted(), "{outer:?} {inner:?}");
        assert_eq!(scene.refusals_alone(&text), ["V-01"], "{outer:?} {inner:?}");
    }
}

/// What it was made for is not asked by proof alone; its form is, whatever it was made for.
#[test]
fn vj_14_the_form_is_judged_by_proof_alone_where_the_request_is_missing() {
    let scene = scene();
    let credential = scene.credential_as(Securing::Jwt, json!({}));
    let shown = |outer, changes| scene.shown_as(outer, (Securing::Jwt, &credential), &changes);
    for outer in FORMS {
        let unasked = shown(outer, json!({"nonce": null, "aud": null}));
        assert_eq!(proof_refusals(&unasked), [""; 0], "{outer:?}");
    }
    let two = shown(Securing::Jwt, json!({"nonce": null, "iss": "did:example:other"}));
    assert_eq!(proof_refusals(&two), ["VJ-14"]);
}

/// A text in a presentation of the data model 1.1 is a JWT, where trust is not asked too.
#[test]
fn v_01_a_text_in_a_presentation_is_read_as_a_jwt_and_as_nothing_else() {
    let scene = scene();
    let unasked = Unasked { contexts: Contexts::built_in(), now: NOW, policy: Policy::default() };
    let jwt = scene.vc(json!({}));
    let whole = scene.shown_as(Securing::Jwt, (Securing::Jwt, &jwt), &json!({}));
    for (text, expected) in [(&jwt, None), (&scene.issue(), Some("JW-01")), (&whole, Some("V-01"))] {
        let claims = json!({
            "iss": scene.holder_did(), "aud": AUDIENCE, "nonce": NONCE, "iat": NOW,
            "vp": {
                "@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiablePresentation"],
                "verifiableCredential": [text],
            },
        });
        let header = Header::for_key(scene.holder.public()).unwrap().typ("JWT");
        let header = header.kid(format!("{}#0", scene.holder_did()));
        let shown = json!(sign(&header, &claims, &scene.holder).unwrap());
        let verdict = unasked.presentation(&shown).judge(Challenge::default(), &scene.documents);
        assert_eq!(ids(&verdict), Vec::from_iter(expected));
    }
}

/// OpenID4VP asks for JWTs in a JWT: what comes in another form answers no query, whatever it holds.
#[test]
fn v_18_a_presentation_in_another_form_than_was_asked_for_answers_no_query() {
    const STUDENT: &str = "https://jigap.example/types/student-id/1#StudentId";
    let scene = scene();
    let query =
        json!({"credentials": [{"id": "a", "format": "jwt_vc_json", "meta": {"type_values": [[STUDENT]]}}]});
    let query = Query::parse(&query).unwrap();
    let credential = scene.credential_as(Securing::Jwt, json!({}));
    for outer in FORMS {
        let shown = scene.shown_as(outer, (Securing::Jwt, &credential), &json!({}));
        let verdict = scene.answer("a", &[json!(shown)], &query).unwrap();
        let expected: &[&str] = if outer == Securing::Jwt { &[] } else { &["V-18"] };
        assert_eq!(ids(&verdict), expected, "{outer:?}");
    }
}

/// A holder who changes what was signed, or discloses something else, fails the proof.
#[test]
fn what_a_holder_signed_is_not_changed() {
    let scene = scene();
    let credential = scene.credential_as(Securing::Jwt, json!({}));
    let shown = |changes: Value| scene.shown_as(Securing::Jwt, (Securing::Jwt, &credential), &changes);
    let (honest, other) = (shown(json!({"nonce": "another"})), shown(json!({})));
    let parts = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (one, two) = (parts(&honest), parts(&other));
    assert_eq!(scene.refused(&[&*two[0], &*two[1], &*one[2]].join(".")), ["V-11"]);
    let sd_jwt = scene.shown_as(Securing::SdJwt, (Securing::Jwt, &credential), &json!({}));
    let disclosure = sd_jwt.split('~').nth(1).unwrap();
    let forged = jigap_keys::base64url::encode(r#"["salt","holder","did:example:other"]"#);
    assert_eq!(scene.refused(&sd_jwt.replace(disclosure, &forged)), ["SD-05"]);
    let cose = scene.shown_as(Securing::Cose, (Securing::Jwt, &credential), &json!({}));
    let mut bytes = vccose::decode_text(&cose).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(scene.refused(&STANDARD.encode(bytes)), ["V-11"]);
}
