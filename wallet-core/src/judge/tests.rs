//! One honest scene, and everything that can be wrong with it, each refused by its own check.

use jigap_keys::{KeyType, PrivateKey};
use serde_json::{Map, Value, json};
use url::Url;

use super::*;
use crate::claims::ClaimPath;
use crate::did;
use crate::documents::Document;
use crate::jose::{Header, sign};
use crate::sdjwt::{SdJwtVc, SdJwtVcBuilder};
use crate::status::{Freshness, StatusBits, StatusList, StatusListToken, StatusReference, StatusValue, TYP};
use crate::testing::Repeatable;
use crate::time::Seconds;
use crate::trust::{Authorities, Mechanism, Names, TrustEntry, TrustList, TrustListContent};
use crate::verdict::Outcome;

mod attacks;
mod authorities;
mod backing;
#[cfg(feature = "bbs")]
mod bbs;
mod bitstring;
mod enclosed;
mod jwt_vc;
#[cfg(feature = "ldp")]
mod ldp_vc;
mod mso_mdoc;
mod proof_only;
mod shown;
#[cfg(feature = "ldp")]
mod unasked;
mod webvh;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const LIST_ID: &str = "https://trust.example/list";
const STATUS_URI: &str = "https://uni.example/status/1";
const VCT: &str = "https://types.example/student-id/1";
const AUDIENCE: &str = "x509_san_dns:gate.example";
const NONCE: &str = "n-0S6_WzA2Mj-0123456789";
const ASKED: Asked<'_> = Asked { audience: AUDIENCE, nonce: NONCE };

/// A university, a student's key, a trust list, a status list.
struct Scene {
    issuer: PrivateKey,
    issuer_did: String,
    holder: PrivateKey,
    trust: TrustList,
    documents: Documents,
    policy: Policy,
}

fn key(seed: u64, key_type: KeyType) -> PrivateKey {
    PrivateKey::generate(key_type, &Repeatable::new(seed))
}

impl Scene {
    fn new() -> Self {
        let issuer = key(1, KeyType::P256);
        let issuer_did = did::jwk_did(issuer.public());
        let trust = trust(entry(&issuer_did), NOW);
        let mut scene = Self {
            issuer,
            issuer_did,
            holder: key(2, KeyType::P256),
            trust,
            documents: Documents::new(),
            policy: Policy::default(),
        };
        scene.publish_status(StatusValue::VALID, NOW);
        scene
    }

    fn header(&self, typ: &str) -> Header {
        Header::for_key(self.issuer.public()).unwrap().typ(typ).kid(format!("{}#0", self.issuer_did))
    }

    fn publish_status(&mut self, value: StatusValue, fetched_at: Timestamp) {
        let token = self.status_token(value).sign(self.header(TYP), &self.issuer).unwrap();
        self.put_status(&token, fetched_at);
    }

    fn status_token(&self, value: StatusValue) -> StatusListToken {
        let mut list = StatusList::new(StatusBits::new(2).unwrap(), 1000);
        list.set(7, value).unwrap();
        StatusListToken {
            uri: STATUS_URI.to_owned(),
            issued_at: NOW.minus(Seconds(100)),
            expires: Some(NOW.plus(Seconds(1000))),
            ttl: Some(Seconds(300)),
            aggregation_uri: None,
            list,
        }
    }

    fn put_status(&mut self, token: &str, fetched_at: Timestamp) {
        let document = Document { bytes: token.as_bytes().to_vec(), fetched_at, max_age: None };
        self.documents.insert(Url::parse(STATUS_URI).unwrap(), document);
    }

    fn claims(&self) -> Map<String, Value> {
        let status = StatusReference::new(STATUS_URI, 7).unwrap().to_claim();
        let claims = json!({
            "iss": self.issuer_did, "vct": VCT, "iat": NOW.minus(Seconds(1000)), "exp": NOW.plus(Seconds(1000)),
            "status": status, "name": "김지갑", "enrolment_status": "enrolled", "birth_date": "2004-05-06"
        });
        claims.as_object().unwrap().clone()
    }

    fn issue_with(
        &self,
        change: impl FnOnce(&mut Map<String, Value>),
        header: Header,
        key: &PrivateKey,
    ) -> String {
        let mut claims = self.claims();
        change(&mut claims);
        let conceal = ["name", "enrolment_status", "birth_date"].map(|name| path(&json!([name])));
        let builder =
            SdJwtVcBuilder::new(claims).conceal_if_present(conceal).holder(self.holder.public().clone());
        builder.build(header, &Repeatable::new(9)).unwrap().sign(key).unwrap()
    }

    fn issue(&self) -> String {
        self.issue_with(|_| {}, self.header("dc+sd-jwt"), &self.issuer)
    }

    fn present(&self, credential: &str) -> String {
        self.present_to(credential, AUDIENCE, NONCE, NOW)
    }

    fn present_to(&self, credential: &str, audience: &str, nonce: &str, at: Timestamp) -> String {
        let held = SdJwtVc::parse(credential).unwrap().dangerous_assume_verified().unwrap();
        let presentation = held.present(&[path(&json!(["enrolment_status"]))]).unwrap();
        presentation.bind(audience, nonce, at, self.holder.public()).unwrap().sign(&self.holder).unwrap()
    }

    fn bench(&self) -> Judge<'_> {
        Judge::new(&self.trust, NOW, self.policy)
    }

    fn judge(&self, presentation: &str) -> Verdict {
        self.bench().read(presentation).judge_presentation(&ASKED, &self.documents)
    }

    /// Judges `presentations` as the answer to `query`, to the credential query `id`.
    fn answer(&self, id: &str, presentations: &[Value], query: &Query) -> Result<Verdict, Refusal> {
        let token = BTreeMap::from([(id.to_owned(), presentations.to_vec())]);
        Ok(self.bench().read_response(&token, query)?.judge(&ASKED, &self.documents))
    }

    fn needs(&self, text: &str) -> Vec<Url> {
        self.bench().read(text).needs(&self.documents).into_iter().map(|need| need.url).collect()
    }

    /// The ids that refuse `presentation`.
    fn refused(&self, presentation: &str) -> Vec<&'static str> {
        let verdict = self.judge(presentation);
        assert!(!verdict.accepted());
        assert!(verdict.claims(0).is_none(), "claims of a refused credential can be read");
        verdict.refusals().map(|refusal| refusal.check.id).collect()
    }
}

fn path(json: &Value) -> ClaimPath {
    ClaimPath::from_json(json).unwrap()
}

fn entry(issuer: &str) -> TrustEntry {
    TrustEntry {
        issuer: issuer.to_owned(),
        names: Names { ko: "한빛대학교".into(), en: "Hanbit University".into() },
        mechanism: Mechanism::Did(did::Did::parse(issuer).unwrap().into()),
        keys: None,
        types: vec![VCT.to_owned()],
        valid_from: NOW.minus(Seconds(100_000)),
        valid_until: NOW.plus(Seconds(100_000)),
        withdrawn_since: None,
        passes: crate::trust::PassTerms::default(),
        authorities: Authorities::default(),
        status_issuers: Vec::new(),
    }
}

fn trust(entry: TrustEntry, now: Timestamp) -> TrustList {
    trust_of(vec![entry], now)
}

fn trust_of(entries: Vec<TrustEntry>, now: Timestamp) -> TrustList {
    let signer = key(3, KeyType::Ed25519);
    let content = TrustListContent {
        publisher: "https://trust.example".into(),
        id: LIST_ID.into(),
        version: 1,
        issued_at: now.minus(Seconds(10)),
        expires_at: now.plus(Seconds(10_000)),
        entries,
    };
    TrustList::verify(&content.issue(&signer, None).unwrap(), LIST_ID, signer.public(), now).unwrap()
}

#[test]
fn an_honest_presentation_is_accepted_and_says_why() {
    let scene = Scene::new();
    let verdict = scene.judge(&scene.present(&scene.issue()));
    assert_eq!(verdict.refusals().collect::<Vec<_>>(), []);
    assert!(verdict.accepted());
    let claims = verdict.claims(0).unwrap();
    assert_eq!(claims["enrolment_status"], "enrolled");
    assert!(claims.get("name").is_none(), "what was not disclosed is not there");
    assert_eq!(verdict.credentials()[0].freshness(), Some(Freshness::Fresh(NOW)));
    let ids: Vec<_> = verdict.credentials()[0].findings().iter().map(|finding| finding.check.id).collect();
    assert_eq!(
        ids,
        [
            "V-01", "V-02", "V-06", "V-05", "V-04", "V-03", "V-07", "V-08", "V-09", "V-10", "V-16", "V-11",
            "V-15", "V-13", "V-12", "V-14"
        ]
    );
}

#[test]
fn what_must_be_fetched_is_named_only_for_trusted_issuers() {
    let mut scene = Scene::new();
    scene.documents = Documents::new();
    let credential = scene.issue();
    assert_eq!(scene.needs(&credential), [Url::parse(STATUS_URI).unwrap()]);
    let stranger = scene.issue_with(
        |claims| {
            claims.insert("iss".into(), "https://stranger.example".into());
        },
        scene.header("dc+sd-jwt"),
        &scene.issuer,
    );
    assert_eq!(scene.needs(&stranger), []);
}

#[test]
fn v_01_another_token_type_is_refused() {
    let scene = Scene::new();
    let claims = Value::Object(scene.claims());
    let jwt = sign(&scene.header("JWT"), &claims, &scene.issuer).unwrap();
    assert_eq!(scene.refused(&format!("{jwt}~")), ["V-01"]);
}

#[test]
fn v_02_an_unsigned_token_is_refused() {
    let scene = Scene::new();
    let credential = scene.issue();
    let (_, rest) = credential.split_once('.').unwrap();
    let header = jigap_keys::base64url::encode(r#"{"alg":"none","typ":"dc+sd-jwt"}"#);
    assert_eq!(scene.refused(&format!("{header}.{rest}")), ["V-02"]);
}

#[test]
fn v_03_a_forged_signature_is_refused() {
    let scene = Scene::new();
    let forged = scene.issue_with(|_| {}, scene.header("dc+sd-jwt"), &key(4, KeyType::P256));
    assert_eq!(scene.refused(&scene.present(&forged)), ["V-03"]);
}

#[test]
fn v_04_the_key_of_another_did_is_refused() {
    let scene = Scene::new();
    let thief = key(4, KeyType::P256);
    let header = scene.header("dc+sd-jwt").kid(format!("{}#0", did::jwk_did(thief.public())));
    let forged = scene.issue_with(|_| {}, header, &thief);
    assert_eq!(scene.refused(&scene.present(&forged)), ["V-04"]);
}

#[test]
fn v_05_another_mechanism_than_the_lists_is_refused() {
    let scene = Scene::new();
    let header = Header::for_key(scene.issuer.public()).unwrap().typ("dc+sd-jwt").x5c(vec![vec![0x30, 0x00]]);
    let credential = scene.issue_with(|_| {}, header, &scene.issuer);
    assert_eq!(scene.refused(&scene.present(&credential)), ["V-05"]);
}

#[test]
fn v_06_no_trust_no_pass() {
    let mut scene = Scene::new();
    let presentation = scene.present(&scene.issue());
    let other_type =
        TrustEntry { types: vec!["https://types.example/other".into()], ..entry(&scene.issuer_did) };
    let withdrawn = TrustEntry { withdrawn_since: Some(NOW.minus(Seconds(200))), ..entry(&scene.issuer_did) };
    let over = TrustEntry { valid_until: NOW.minus(Seconds(1)), ..entry(&scene.issuer_did) };
    let stranger = entry(&did::jwk_did(key(5, KeyType::P256).public()));
    for case in [other_type, withdrawn, over, stranger] {
        scene.trust = trust(case, NOW);
        let verdict = scene.judge(&presentation);
        assert_eq!(verdict.refusals().map(|refusal| refusal.check.id).collect::<Vec<_>>(), ["V-06"]);
        let skipped = |id| {
            let findings = verdict.credentials()[0].findings();
            findings
                .iter()
                .any(|finding| finding.check.id == id && matches!(finding.outcome, Outcome::NotJudged(_)))
        };
        assert!(skipped("V-04") && skipped("V-05"), "what depends on trust is not judged");
    }
}

#[test]
fn v_07_a_credential_outside_its_period_is_refused() {
    let scene = Scene::new();
    let with = |name: &str, moment: Timestamp| {
        let change = |claims: &mut Map<String, Value>| {
            claims.insert(name.into(), json!(moment));
        };
        scene.present(&scene.issue_with(change, scene.header("dc+sd-jwt"), &scene.issuer))
    };
    let skew = scene.policy.clock_skew;
    assert_eq!(scene.refused(&with("exp", NOW.minus(skew))), ["V-07"]);
    assert_eq!(scene.refused(&with("nbf", NOW.plus(Seconds(skew.0 + 1)))), ["V-07"]);
    assert!(scene.judge(&with("exp", NOW.minus(Seconds(skew.0 - 1)))).accepted(), "within the clock's skew");
    assert!(scene.judge(&with("nbf", NOW.plus(skew))).accepted(), "within the clock's skew");
}

#[test]
fn v_08_a_suspended_or_revoked_credential_is_refused_and_a_reinstated_one_passes() {
    let mut scene = Scene::new();
    let presentation = scene.present(&scene.issue());
    for (value, code) in [
        (StatusValue::SUSPENDED, "suspended"),
        (StatusValue::INVALID, "revoked"),
        (StatusValue(3), "status-not-valid"),
    ] {
        scene.publish_status(value, NOW);
        let refusals: Vec<_> = scene.judge(&presentation).refusals().collect();
        assert_eq!(refusals.len(), 1);
        assert_eq!((refusals[0].check.id, refusals[0].reason.code), ("V-08", code));
    }
    scene.publish_status(StatusValue::VALID, NOW);
    assert!(scene.judge(&presentation).accepted());
}

#[test]
fn v_09_a_status_that_is_unknown_or_too_old_is_refused() {
    let mut scene = Scene::new();
    let presentation = scene.present(&scene.issue());
    scene.publish_status(StatusValue::VALID, NOW.minus(Seconds(200)));
    let verdict = scene.judge(&presentation);
    assert!(verdict.accepted(), "within the issuer's ttl");
    assert_eq!(verdict.credentials()[0].freshness(), Some(Freshness::Fresh(NOW.minus(Seconds(200)))));
    scene.policy.max_status_age = Some(Seconds(0));
    assert_eq!(scene.refused(&presentation), ["V-09"]);
    scene.policy.max_status_age = None;
    scene.publish_status(StatusValue::VALID, NOW.minus(Seconds(301)));
    assert_eq!(scene.refused(&presentation), ["V-09"]);
    scene.documents = Documents::new();
    assert_eq!(scene.refused(&presentation), ["V-09"]);
}

#[test]
fn a_status_list_that_somebody_else_signed_or_that_is_another_is_refused() {
    let mut scene = Scene::new();
    let presentation = scene.present(&scene.issue());
    let forged =
        scene.status_token(StatusValue::VALID).sign(scene.header(TYP), &key(6, KeyType::P256)).unwrap();
    scene.put_status(&forged, NOW);
    assert_eq!(scene.refused(&presentation), ["ST-03"]);
    let mut other = scene.status_token(StatusValue::VALID);
    other.uri = "https://uni.example/status/2".into();
    let other = other.sign(scene.header(TYP), &scene.issuer).unwrap();
    scene.put_status(&other, NOW);
    assert_eq!(scene.refused(&presentation), ["ST-04"]);
    scene.put_status("not a token", NOW);
    assert_eq!(scene.refused(&presentation), ["ST-02"]);
}

#[test]
fn v_10_a_credential_shown_without_its_holders_proof_is_refused() {
    let scene = Scene::new();
    assert_eq!(scene.refused(&scene.issue()), ["V-10"]);
}

#[test]
fn v_11_a_strangers_proof_is_refused() {
    let scene = Scene::new();
    let thief = Scene { holder: key(7, KeyType::P256), ..Scene::new() };
    let (mine, theirs) = (scene.present(&scene.issue()), thief.present(&thief.issue()));
    let (shown, _) = mine.rsplit_once('~').unwrap();
    let (_, stolen) = theirs.rsplit_once('~').unwrap();
    assert_eq!(scene.refused(&format!("{shown}~{stolen}")), ["V-11"]);
}

#[test]
fn v_12_a_presentation_for_another_verifier_is_refused() {
    let scene = Scene::new();
    let elsewhere = scene.present_to(&scene.issue(), "x509_san_dns:other.example", NONCE, NOW);
    assert_eq!(scene.refused(&elsewhere), ["V-12"]);
}

#[test]
fn v_13_a_presentation_for_another_request_is_refused() {
    let scene = Scene::new();
    assert_eq!(scene.refused(&scene.present_to(&scene.issue(), AUDIENCE, "another", NOW)), ["V-13"]);
}

#[test]
fn v_14_a_presentation_made_long_ago_or_in_the_future_is_refused() {
    let scene = Scene::new();
    let credential = scene.issue();
    let at = |moment| scene.present_to(&credential, AUDIENCE, NONCE, moment);
    let window = scene.policy.max_presentation_age.0 + scene.policy.clock_skew.0;
    assert_eq!(scene.refused(&at(NOW.minus(Seconds(window + 1)))), ["V-14"]);
    assert_eq!(scene.refused(&at(NOW.plus(Seconds(scene.policy.clock_skew.0 + 1)))), ["V-14"]);
    assert!(scene.judge(&at(NOW.minus(Seconds(window)))).accepted());
}

#[test]
fn v_15_a_disclosure_added_after_the_holder_signed_is_refused() {
    let scene = Scene::new();
    let credential = scene.issue();
    let presentation = scene.present(&credential);
    let (shown, proof) = presentation.rsplit_once('~').unwrap();
    let withheld =
        credential.split('~').skip(1).find(|part| !part.is_empty() && !shown.contains(part)).unwrap();
    assert_eq!(scene.refused(&format!("{shown}~{withheld}~{proof}")), ["V-15"]);
}

#[test]
fn v_16_a_jwt_made_for_another_purpose_is_no_holders_proof() {
    let scene = Scene::new();
    let presentation = scene.present(&scene.issue());
    let (shown, _) = presentation.rsplit_once('~').unwrap();
    let header = Header::for_key(scene.holder.public()).unwrap().typ("openid4vci-proof+jwt");
    let other = sign(&header, &json!({"aud": AUDIENCE, "nonce": NONCE, "iat": NOW}), &scene.holder).unwrap();
    assert_eq!(scene.refused(&format!("{shown}~{other}")), ["V-16"]);
}

#[test]
fn v_18_a_response_that_does_not_answer_the_query_is_refused() {
    let scene = Scene::new();
    let query = |claim: &str, value: &str| {
        Query::parse(&json!({"credentials": [{
            "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]},
            "claims": [{"path": [claim], "values": [value]}]
        }]}))
        .unwrap()
    };
    let presentation = json!(scene.present(&scene.issue()));
    let judge = |query: &Query| scene.answer("student", std::slice::from_ref(&presentation), query).unwrap();
    assert!(judge(&query("enrolment_status", "enrolled")).accepted());
    for (claim, value) in [("enrolment_status", "graduated"), ("name", "김지갑")] {
        let verdict = judge(&query(claim, value));
        assert_eq!(verdict.refusals().map(|refusal| refusal.check.id).collect::<Vec<_>>(), ["V-18"]);
    }
}

#[test]
fn v_18_a_type_the_issuer_may_not_issue_answers_no_query_for_it() {
    let scene = Scene::new();
    let other = "https://types.example/driver-licence/1";
    let change = |claims: &mut Map<String, Value>| {
        claims.insert("aka_vcts".into(), json!([other]));
    };
    let credential = scene.issue_with(change, scene.header("dc+sd-jwt"), &scene.issuer);
    let query = Query::parse(&json!({"credentials": [{
        "id": "licence", "format": "dc+sd-jwt", "meta": {"vct_values": [other]}
    }]}))
    .unwrap();
    let verdict = scene.answer("licence", &[json!(scene.present(&credential))], &query).unwrap();
    assert_eq!(verdict.refusals().map(|refusal| refusal.check.id).collect::<Vec<_>>(), ["V-18"]);
    assert_eq!(verdict.credentials()[0].types(), [VCT]);
}

#[test]
fn v_18_what_was_not_asked_is_refused_before_it_is_judged() {
    let scene = Scene::new();
    let query = Query::parse(&json!({
        "credentials": [{"id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}}],
        "credential_sets": [{"options": [["student"]], "required": false}]
    }))
    .unwrap();
    for (id, count) in [("stranger", 1), ("student", 2), ("student", 0)] {
        let refusal = scene.answer(id, &vec![json!("x~"); count], &query).unwrap_err();
        assert_eq!(refusal.check.id, "V-18");
    }
    let nothing = scene.bench().read_response(&BTreeMap::new(), &query).unwrap();
    let nothing = nothing.judge(&ASKED, &scene.documents);
    assert!(nothing.refusals().next().is_none() && !nothing.accepted(), "no credential opens no gate");
}

#[test]
fn v_01_a_document_where_a_token_is_expected_is_refused() {
    let scene = Scene::new();
    let query = Query::parse(&json!({"credentials": [
        {"id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}}
    ]}))
    .unwrap();
    for document in [json!({}), json!({"presentation": scene.present(&scene.issue())})] {
        let verdict = scene.answer("student", &[document], &query).unwrap();
        assert_eq!(verdict.refusals().map(|refusal| refusal.check.id).collect::<Vec<_>>(), ["V-01"]);
    }
}

#[test]
fn what_is_verified_while_needs_are_named_is_not_verified_again() {
    let scene = Scene::new();
    let (honest, forged) = (
        scene.present(&scene.issue()),
        scene.present(&scene.issue_with(|_| {}, scene.header("dc+sd-jwt"), &key(4, KeyType::P256))),
    );
    for (presentation, refused) in [(honest, &[][..]), (forged, &["V-03"])] {
        let mut presented = scene.bench().read(&presentation);
        assert_eq!(presented.needs(&scene.documents), []);
        assert!(matches!(presented.state, State::Tried { .. }));
        let verdict = presented.judge_presentation(&ASKED, &scene.documents);
        assert_eq!(verdict.refusals().map(|refusal| refusal.check.id).collect::<Vec<_>>(), refused);
    }
}

#[test]
fn a_text_is_a_presentation_if_it_calls_itself_one() {
    let scene = Scene::new();
    let credential = scene.issue();
    assert!(!is_presentation(&credential) && is_presentation(&scene.present(&credential)));
    assert!(!is_presentation("") && !is_presentation("a~b"));
}

#[test]
fn a_changed_disclosure_breaks_only_the_disclosures_check() {
    let scene = Scene::new();
    let presentation = scene.present(&scene.issue());
    let disclosure = presentation.split('~').nth(1).unwrap();
    let changed = jigap_keys::base64url::encode(r#"["salt","enrolment_status","graduated"]"#);
    let ids = scene.refused(&presentation.replace(disclosure, &changed));
    assert!(ids.len() == 1 && ids[0].starts_with("SD-"), "{ids:?}");
}

#[test]
fn a_verdict_repeats_no_more_of_a_strangers_words_than_a_trusted_issuer_could_have() {
    let scene = Scene::new();
    let long = "가".repeat(100_000);
    let change = |claims: &mut Map<String, Value>| {
        claims.insert("iss".into(), json!(long));
        claims.insert("vct".into(), json!(long));
    };
    let credential = scene.issue_with(change, scene.header("dc+sd-jwt"), &scene.issuer);
    let verdict = scene.judge(&scene.present(&credential));
    assert!(!verdict.accepted());
    assert!(verdict.to_json().to_string().len() < 20_000);
    assert!(verdict.to_text(crate::text::Lang::En).len() < 20_000);
}

#[test]
fn garbage_is_refused_without_a_panic() {
    let scene = Scene::new();
    let presentation = scene.present(&scene.issue());
    for cut in 0..presentation.len() {
        assert!(!scene.judge(&presentation[..cut]).accepted(), "{cut}");
    }
    for text in ["", "~", "a.b.c~", "🙂", "{}", &"~".repeat(5000), &"a".repeat(2_000_000)] {
        assert!(!scene.judge(text).accepted());
    }
}

#[test]
fn a_verdict_reports_in_both_languages_without_claim_values() {
    let mut scene = Scene::new();
    let presentation = scene.present(&scene.issue());
    scene.publish_status(StatusValue::SUSPENDED, NOW);
    let verdict = scene.judge(&presentation);
    let (en, ko, json) = (
        verdict.to_text(crate::text::Lang::En),
        verdict.to_text(crate::text::Lang::Ko),
        verdict.to_json().to_string(),
    );
    assert!(
        en.contains("✗ V-08")
            && en.contains("it is suspended (as of 2027-01-15 08:00:00 UTC)")
            && en.ends_with("refused\n")
    );
    assert!(ko.contains("정지되어 있습니다(2027-01-15 17:00:00 KST 기준)") && ko.ends_with("거절했습니다\n"));
    for text in [&en, &ko, &json] {
        assert!(!text.contains("enrolled") && !text.contains("김지갑"), "{text}");
    }
}

mod alone;
mod kept;
mod lists;
