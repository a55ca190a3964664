//! Copies for directories at our endpoints: which pseudonym they have, who gets one, and what is refused.

use std::collections::BTreeSet;

use jigap_keys::base64url;
use jigap_keys::voprf::{Element, Proof};
use jigap_wallet_core::people::dsub::{CLAIM, require_key};
use jigap_wallet_core::people::{DirectoryBlind, Dsub, DsubClaim};
use jigap_wallet_core::time::Seconds;

use super::refresh::says;
use super::*;
use crate::dsub::{ASKED, RECORD};
use crate::refresh::SHARE;

const HERE: &str = "people.example";
const THERE: &str = "experts.example";
const ENGINEER: &str = include_str!("../../../schemas/technical-qualification/examples/valid/engineer.json");
const DAY: u32 = 86_400;

/// A tenant of students and engineers that has copies for directories of both.
async fn lab_with(change: impl FnOnce(&mut Value)) -> Lab {
    Lab::configured(Faults::none(), |config| {
        let tenant = &mut config["tenants"]["hanbit"];
        tenant["types"] = json!(["student-id", "technical-qualification", "membership"]);
        tenant["directories"] = json!({
            "configurations": ["student-id", "technical-qualification"], "copies_a_day": 20,
            "apart": {"technical-qualification": [["qualification", "code"]]},
        });
        change(tenant);
        config["tenants"].as_object_mut().unwrap().remove("other");
    })
    .await
}

async fn lab() -> Lab {
    lab_with(|_| {}).await
}

fn student() -> Value {
    serde_json::from_str(STUDENT).unwrap()
}

fn engineer(code: &str) -> Value {
    let mut claims: Value = serde_json::from_str(ENGINEER).unwrap();
    claims["qualification"]["code"] = json!(code);
    claims
}

/// What a wallet holds of a grant.
struct Grant {
    key: PrivateKey,
    configuration: &'static str,
    refresh: String,
}

/// A copy as it came.
struct Came {
    credential: Value,
    claim: String,
    key: Vec<u8>,
    blind: DirectoryBlind,
    notification: String,
}

impl Came {
    fn dsub(&self, directory: &str) -> String {
        Dsub::open(&self.claim, &*self.blind.secret(), directory).unwrap().as_str().to_owned()
    }
}

/// The claim that is disclosed of a copy, and that no one is shown who is not shown it.
fn pseudonym(credential: &Value) -> Option<String> {
    assert!(claims(credential).get(CLAIM).is_none(), "it is disclosed alone");
    let disclosures = credential.as_str().unwrap().split('~').skip(1).filter(|part| !part.is_empty());
    let read =
        disclosures.map(|part| serde_json::from_slice::<Value>(&base64url::decode(part).unwrap()).unwrap());
    let found: Vec<Value> = read.filter(|one| one[1] == CLAIM).collect();
    assert!(found.len() <= 1);
    found.first().map(|one| one[2].as_str().unwrap().to_owned())
}

impl Lab {
    async fn granted(&self, configuration: &'static str, reference: &str, claims: Value) -> Grant {
        let body = json!({
            "credential_configuration_id": configuration, "claims": claims, "reference": reference,
            "tx_code": false,
        });
        self.granted_by(configuration, body).await
    }

    async fn granted_by(&self, configuration: &'static str, body: Value) -> Grant {
        let id = jigap_wallet_core::sealing::random_id::<16>(&*self.entropy);
        let made = self.admin("offers", &id, &body.to_string()).await;
        let (code, key) = (self.code(&made.get("id")).await, self.key());
        let answer = self.redeem_with(&code, &[&self.dpop(&key, "token", None)]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let refresh = answer.json()["refresh_token"].as_str().unwrap_or_default().to_owned();
        Grant { key, configuration, refresh }
    }

    /// Another access token.
    async fn token_of(&self, grant: &mut Grant) -> String {
        let answer = self.refresh_with(&grant.refresh, &[&self.dpop(&grant.key, "token", None)]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        grant.refresh = answer.get("refresh_token");
        answer.get("access_token")
    }

    /// Asks with this `dsub`, and a proof by each of so many keys.
    async fn ask_scoped(&self, grant: &Grant, token: &str, dsub: Value, keys: usize) -> Answer {
        let nonce = self.nonce().await;
        let proofs: Vec<String> = (0..keys).map(|_| self.proof(&self.key(), &nonce)).collect();
        let mut body = json!({"credential_configuration_id": grant.configuration, "proofs": {"jwt": proofs}});
        if !dsub.is_null() {
            body["dsub"] = dsub;
        }
        self.post_bound(grant, token, &body).await
    }

    async fn post_bound(&self, grant: &Grant, token: &str, body: &Value) -> Answer {
        let (scheme, proof) = (format!("DPoP {token}"), self.dpop(&grant.key, "credential", Some(token)));
        let headers = [
            ("authorization", scheme.as_str()),
            ("content-type", "application/json"),
            ("dpop", proof.as_str()),
        ];
        self.send("POST", "/hanbit/credential", &headers, &body.to_string()).await
    }

    fn blind(&self, directory: &str) -> (DirectoryBlind, Value) {
        let blind = DirectoryBlind::new(directory, &*self.entropy).unwrap();
        let asked = json!({"blinded": base64url::encode(blind.blinded().to_bytes())});
        (blind, asked)
    }

    /// A copy for a directory, its proof verified.
    async fn copy_for(&self, grant: &mut Grant, directory: &str) -> Came {
        let token = self.token_of(grant).await;
        self.copy_by(grant, &token, directory).await
    }

    async fn copy_by(&self, grant: &Grant, token: &str, directory: &str) -> Came {
        let (blind, asked) = self.blind(directory);
        let answer = self.ask_scoped(grant, token, asked, 1).await;
        let [credential] = &copies(&answer)[..] else { panic!("{answer:?}") };
        let part = |name: &str| base64url::decode(answer.json()["dsub"][name].as_str().unwrap()).unwrap();
        let (key, proof) = (part("key"), Proof::from_bytes(&part("proof")).unwrap());
        let claim = pseudonym(credential).unwrap();
        let read = DsubClaim::parse(&claim).unwrap();
        require_key(&read, (&Element::from_bytes(&key).unwrap(), &proof), None).unwrap();
        let notification = answer.get("notification_id");
        Came { credential: credential.clone(), claim, key, blind, notification }
    }
}

#[tokio::test]
async fn ten_copies_of_a_record_have_one_pseudonym_in_a_directory_and_nothing_else_in_common() {
    let lab = lab().await;
    let mut grant = lab.granted("student-id", "20210042", student()).await;
    let (mut pseudonyms, mut keys, mut seen) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for _ in 0..10 {
        let came = lab.copy_for(&mut grant, HERE).await;
        pseudonyms.insert(came.dsub(HERE));
        keys.insert(came.key.clone());
        // What the issuer saw, what it signed, for which key and with which status: of each another.
        let signed = claims(&came.credential);
        for part in came.claim.split('.') {
            assert!(seen.insert(part.to_owned()));
        }
        assert!(seen.insert(signed["cnf"].to_string()) && seen.insert(signed["status"].to_string()));
    }
    assert_eq!((pseudonyms.len(), keys.len(), seen.len()), (1, 1, 40));
    let elsewhere = lab.copy_for(&mut grant, THERE).await;
    assert!(!pseudonyms.contains(&elsewhere.dsub(THERE)));
}

#[tokio::test]
async fn a_re_issue_has_the_same_pseudonym_and_another_person_or_type_another() {
    let mut lab = lab().await;
    let mut first = lab.granted("student-id", "20210042", student()).await;
    let before = lab.copy_for(&mut first, HERE).await;
    let one = before.dsub(HERE);
    // Another offer, in another name, after the keys that sign were replaced and the service was started again.
    let keyring = Keyring { store: &*lab.world.store, vault: &lab.vault, entropy: &*lab.world.entropy };
    let tenant = ("hanbit", &lab.config.tenants["hanbit"]);
    for purpose in [KeyPurpose::Credential, KeyPurpose::Status] {
        Rotation::new(tenant, purpose, keyring).at_once(lab.clock.now()).await.unwrap();
    }
    lab.restart().await;
    let mut renamed = student();
    renamed["name"] = json!("김한빛");
    let mut again = lab.granted("student-id", "20210042", renamed).await;
    let after = lab.copy_for(&mut again, HERE).await;
    assert_eq!((after.dsub(HERE), &after.key), (one.clone(), &before.key));
    let mut other = lab.granted("student-id", "20210043", student()).await;
    let mut engineers = Vec::new();
    for code in ["1320", "1320", "1150"] {
        let mut grant = lab.granted("technical-qualification", "20210042", engineer(code)).await;
        engineers.push(lab.copy_for(&mut grant, HERE).await.dsub(HERE));
    }
    assert_eq!(engineers[0], engineers[1], "one qualification");
    let other = lab.copy_for(&mut other, HERE).await.dsub(HERE);
    let all = BTreeSet::from([&one, &other, &engineers[0], &engineers[2]]);
    assert_eq!(all.len(), 4, "two people, two types, two qualifications of one person");
}

#[tokio::test]
async fn metadata_say_of_what_there_are_copies_for_directories() {
    let lab = lab_with(|tenant| tenant["refresh"] = json!({"configurations": ["student-id"]})).await;
    let metadata = lab.get("/.well-known/openid-credential-issuer/hanbit").await.json();
    let of = |id: &str| metadata["credential_configurations_supported"][id].clone();
    assert_eq!(of("student-id")["dsub"], json!({"suite": "ristretto255-SHA512"}));
    let only = json!({"suite": "ristretto255-SHA512", "refresh_only": true});
    assert_eq!(of("technical-qualification")["dsub"], only);
    let described = |id: &str| {
        let all = of(id)["credential_metadata"]["claims"].as_array().unwrap().clone();
        all.into_iter().find(|one| one["path"] == json!([CLAIM]))
    };
    assert_eq!(described("student-id").unwrap()["display"][0]["name"], "한 디렉터리 안의 가명");
    assert_eq!((of("membership").get("dsub"), described("membership")), (None, None));
    let server = lab.get("/.well-known/oauth-authorization-server/hanbit").await.json();
    assert_eq!(server["grant_types_supported"][1], "refresh_token");
}

#[tokio::test]
async fn ds_07_a_record_without_reference_has_no_pseudonym() {
    let lab = lab_with(|tenant| tenant["refresh"] = json!({"configurations": ["student-id"]})).await;
    let nameless =
        json!({"credential_configuration_id": "student-id", "claims": student(), "tx_code": false});
    let mut grant = lab.granted_by("student-id", nameless.clone()).await;
    let token = lab.token_of(&mut grant).await;
    let (_, asked) = lab.blind(HERE);
    says(&lab.ask_scoped(&grant, &token, asked, 1).await, 400, RECORD);
    let plain = lab.ask_scoped(&grant, &token, Value::Null, 1).await;
    assert_eq!(copies(&plain).len(), 1, "nothing was used up");
    assert_eq!(pseudonym(&copies(&plain)[0]), None);
    // Where there is nothing else to be had, there is no refresh token.
    let lab = self::lab().await;
    assert_eq!(lab.granted_by("student-id", nameless).await.refresh, "");
}

#[tokio::test]
async fn ds_08_a_grant_gives_copies_for_directories_or_others_and_one_at_a_time() {
    let lab = lab().await;
    let mut grant = lab.granted("student-id", "20210042", student()).await;
    let token = lab.token_of(&mut grant).await;
    says(&lab.ask_scoped(&grant, &token, Value::Null, 1).await, 400, ASKED);
    let (_, asked) = lab.blind(HERE);
    let several = lab.ask_scoped(&grant, &token, asked.clone(), 2).await;
    assert_eq!(several.refusal(), (400, "invalid_proof".to_owned()));
    for wrong in [json!("x"), json!({}), json!({"blinded": "AAAA"}), json!({"blinded": "A".repeat(43)})] {
        let refused = lab.ask_scoped(&grant, &token, wrong, 1).await;
        assert_eq!(refused.refusal(), (400, "invalid_credential_request".to_owned()));
    }
    lab.copy_by(&grant, &token, HERE).await;
    // The offer's own token gives what was offered, and no pseudonym.
    let code = lab.code_of("student-id", student()).await;
    let key = lab.key();
    let first = lab.redeem_with(&code, &[&lab.dpop(&key, "token", None)]).await.get("access_token");
    let offered = Grant { key, configuration: "student-id", refresh: String::new() };
    says(&lab.ask_scoped(&offered, &first, asked.clone(), 1).await, 400, ASKED);
    assert_eq!(copies(&lab.ask_scoped(&offered, &first, Value::Null, 2).await).len(), 2);
    // Nor does what has no such copies, refreshed or not.
    let lab = lab_with(|tenant| tenant["refresh"] = json!({"configurations": ["membership"]})).await;
    let member: Value =
        serde_json::from_str(include_str!("../../../schemas/membership/examples/valid/plain.json")).unwrap();
    let mut member = lab.granted("membership", "m", member).await;
    let token = lab.token_of(&mut member).await;
    says(&lab.ask_scoped(&member, &token, asked, 1).await, 400, ASKED);
}

#[tokio::test]
async fn a_request_that_is_replayed_is_refused() {
    let lab = lab().await;
    let mut grant = lab.granted("student-id", "20210042", student()).await;
    let token = lab.token_of(&mut grant).await;
    let (proof, (_, asked)) = (lab.proof(&lab.key(), &lab.nonce().await), lab.blind(HERE));
    let body = json!({
        "credential_configuration_id": "student-id", "proofs": {"jwt": [proof]}, "dsub": asked,
    });
    assert_eq!(lab.post_bound(&grant, &token, &body).await.status, 200);
    let again = lab.post_bound(&grant, &token, &body).await;
    assert_eq!(again.refusal(), (400, "invalid_nonce".to_owned()));
    let dpop = lab.dpop(&grant.key, "credential", Some(&token));
    let scheme = format!("DPoP {token}");
    let headers = [("authorization", scheme.as_str()), ("content-type", "application/json"), ("dpop", &dpop)];
    let fresh = |proof: String| {
        json!({"credential_configuration_id": "student-id", "proofs": {"jwt": [proof]}, "dsub": asked})
            .to_string()
    };
    let first = fresh(lab.proof(&lab.key(), &lab.nonce().await));
    assert_eq!(lab.send("POST", "/hanbit/credential", &headers, &first).await.status, 200);
    let second = fresh(lab.proof(&lab.key(), &lab.nonce().await));
    let replayed = lab.send("POST", "/hanbit/credential", &headers, &second).await;
    assert_eq!(replayed.refusal(), (401, "invalid_dpop_proof".to_owned()));
    let bearer = lab.post_with(&token, "credential", &body).await;
    assert_eq!(bearer.refusal(), (401, "invalid_token".to_owned()));
}

/// A wallet that lost the answer asks again: what it did not get is revoked.
#[tokio::test]
async fn a_copy_that_was_not_acknowledged_is_revoked_when_it_is_asked_for_again() {
    let lab = lab().await;
    let mut grant = lab.granted("student-id", "20210042", student()).await;
    let token = lab.token_of(&mut grant).await;
    let lost = lab.copy_by(&grant, &token, HERE).await;
    let came = lab.copy_by(&grant, &token, HERE).await;
    assert_eq!(came.dsub(HERE), lost.dsub(HERE));
    let states = (lab.status_of(&lost.credential).await, lab.status_of(&came.credential).await);
    assert_eq!(states, (1, 0));
    let body = json!({"notification_id": came.notification, "event": "credential_accepted"}).to_string();
    let (scheme, dpop) = (format!("DPoP {token}"), lab.dpop(&grant.key, "notification", Some(&token)));
    let headers = [("authorization", scheme.as_str()), ("content-type", "application/json"), ("dpop", &dpop)];
    assert_eq!(lab.send("POST", "/hanbit/notification", &headers, &body).await.status, 204);
    let (_, asked) = lab.blind(HERE);
    let more = lab.ask_scoped(&grant, &token, asked, 1).await;
    assert_eq!(more.refusal(), (400, "credential_request_denied".to_owned()), "the next by the next token");
    // What a registrar revokes takes the copies with it.
    let body = json!({"reference": "20210042", "reason": "left"}).to_string();
    assert_eq!(lab.admin("credentials/revoke", "r", &body).await.status, 200);
    assert_eq!(lab.status_of(&came.credential).await, 1);
}

#[tokio::test]
async fn rt_03_no_more_copies_for_directories_than_a_days_share() {
    let lab = lab_with(|tenant| tenant["directories"]["copies_a_day"] = json!(2)).await;
    let mut grant = lab.granted("student-id", "20210042", student()).await;
    lab.copy_for(&mut grant, HERE).await;
    let token = lab.token_of(&mut grant).await;
    lab.copy_by(&grant, &token, THERE).await;
    let (_, asked) = lab.blind(HERE);
    says(&lab.ask_scoped(&grant, &token, asked, 1).await, 400, SHARE);
    let proof = lab.dpop(&grant.key, "token", None);
    assert_eq!(lab.refresh_with(&grant.refresh, &[&proof]).await.refusal(), (429, "slow_down".to_owned()));
    lab.clock.advance(Seconds(DAY));
    lab.copy_for(&mut grant, HERE).await;
}

#[tokio::test]
async fn a_copy_ends_with_what_it_is_a_copy_of_and_so_does_what_gives_it() {
    let lab = lab_with(|tenant| tenant["validity_days"] = json!(30)).await;
    let mut grant = lab.granted("student-id", "20210042", student()).await;
    let begins = i64::from(DAY) * (lab.clock.now().unix() / i64::from(DAY));
    let ends = begins + 30 * i64::from(DAY);
    lab.clock.advance(Seconds(20 * DAY));
    let came = lab.copy_for(&mut grant, HERE).await;
    assert_eq!(claims(&came.credential)["exp"], json!(ends));
    // A token of the last minute is good for nothing after it.
    lab.clock.advance(Seconds(u32::try_from(ends - 60 - lab.clock.now().unix()).unwrap()));
    let token = lab.token_of(&mut grant).await;
    lab.clock.advance(Seconds(60));
    let (_, asked) = lab.blind(HERE);
    let late = lab.ask_scoped(&grant, &token, asked, 1).await;
    assert_eq!(late.refusal(), (400, "credential_request_denied".to_owned()));
    let proof = lab.dpop(&grant.key, "token", None);
    let refused = lab.refresh_with(&grant.refresh, &[&proof]).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant".to_owned()));
    lab.sweep_after(2 * DAY).await;
    let tx = lab.world.store.begin().await.unwrap();
    for kind in ["refresh", "subject", "offer", "issuance"] {
        let range = jigap_wallet_core::ports::KeyRange::prefix(format!("issuer/hanbit/{kind}/"));
        assert_eq!(tx.range(&range, 10).await.unwrap().len(), 0, "{kind}");
    }
}

#[tokio::test]
async fn a_configuration_that_has_no_such_copies_is_refused() {
    let lab = lab().await;
    let open = async |directories: Value| {
        let config = json!({"tenants": {"hanbit": {
            "name": {"ko": "한빛대학교", "en": "Hanbit University"}, "types": ["student-id", "check-in"],
            "formats": {"check-in": ["jwt_vc_json"]}, "directories": directories,
        }}});
        let config: IssuerConfig = serde_json::from_value(config).ok()?;
        let opened = assembly::open(&config, &Url::parse(BASE).unwrap(), &lab.vault, lab.world.clone()).await;
        Some(opened.err().map(|error| error.to_string()).unwrap_or_default())
    };
    let student = json!(["student-id"]);
    assert_eq!(open(json!({"configurations": student})).await.as_deref(), Some(""));
    for (configurations, apart, told) in [
        (json!(["passport"]), json!({}), "none of its configurations"),
        (json!(["check-in_jwt_vc_json"]), json!({}), "none of its configurations"),
        (json!([]), json!({"student-id": [["name"]]}), "not among"),
        (student.clone(), json!({"student-id": [["department"]]}), "need not have"),
        (student.clone(), json!({"student-id": [["passport"]]}), "need not have"),
    ] {
        let refused = open(json!({"configurations": configurations, "apart": apart})).await.unwrap();
        assert!(refused.contains(told), "{refused}");
    }
    assert_eq!(open(json!({"configurations": student, "copies_a_day": 0})).await, None);
}
