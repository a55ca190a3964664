//! Keys that are replaced: what they signed before stays valid, and for how long a stolen one would still be believed.

use jigap_platform::keyring::KeyringError;
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::judge::{Judge, Policy};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{TrustList, TrustListContent};

use super::*;
use crate::assembly::{AssemblyError, unknown_to};

const LIST: &str = "https://trust.example/list";
const DAYS: u32 = 30;

async fn lab(mechanism: &str) -> Lab {
    Lab::configured(Faults::none(), |config| {
        config["tenants"]["hanbit"]["mechanism"] = json!(mechanism);
        config["tenants"]["hanbit"]["validity_days"] = json!(DAYS);
    })
    .await
}

impl Lab {
    pub(super) fn rotation(&self, purpose: KeyPurpose) -> Rotation<'_> {
        let world = &self.world;
        let keyring = Keyring { store: &*world.store, vault: &self.vault, entropy: &*world.entropy };
        Rotation::new(("hanbit", &self.config.tenants["hanbit"]), purpose, keyring)
    }

    pub(super) async fn rotate(&mut self, purpose: KeyPurpose) {
        self.rotation(purpose).at_once(self.clock.now()).await.unwrap();
        self.restart().await;
    }

    /// A trust list as it would be published now.
    fn trust(&self) -> TrustList {
        let (key, now) = (self.key(), self.clock.now());
        let content = TrustListContent {
            publisher: "https://trust.example".to_owned(),
            id: LIST.to_owned(),
            version: 1,
            issued_at: now,
            expires_at: now.plus(Seconds(60)),
            entries: self.entries.iter().filter(|entry| entry.names.ko == "한빛대학교").cloned().collect(),
        };
        TrustList::verify(&content.issue(&key, None).unwrap(), LIST, key.public(), now).unwrap()
    }

    /// The checks that refuse `credential`, judged with what is published now.
    async fn refusals(&self, credential: &Value) -> Vec<&'static str> {
        self.refusals_by(&self.trust(), credential).await
    }

    /// The checks that refuse `credential` for who has the list `trust`.
    async fn refusals_by(&self, trust: &TrustList, credential: &Value) -> Vec<&'static str> {
        let (text, now) = (credential.as_str().unwrap(), self.clock.now());
        let mut documents = Documents::new();
        let mut presented = Judge::new(trust, now, Policy::default()).read(text);
        loop {
            let wanted = presented.needs(&documents);
            if wanted.is_empty() {
                break;
            }
            for need in wanted {
                let answer = self.get(need.url.as_str().strip_prefix(BASE).unwrap()).await;
                match answer.status {
                    200 => {
                        let bytes = answer.text.into_bytes();
                        documents.insert(need.url, Document { bytes, fetched_at: now, max_age: None });
                    }
                    _ => documents.insert_missing(need.url),
                }
            }
        }
        let verdict = presented.judge_credential(&documents);
        verdict.refusals().map(|refusal| refusal.check.id).collect()
    }

    async fn credential(&self, key: &str) -> Value {
        copies(&self.issue(&self.token(key).await).await).remove(0)
    }
}

fn header(credential: &Value) -> Value {
    let header = credential.as_str().unwrap().split('.').next().unwrap();
    serde_json::from_slice(&jigap_keys::base64url::decode(header).unwrap()).unwrap()
}

#[tokio::test]
async fn what_was_signed_before_a_rotation_stays_valid_until_it_ends() {
    for mechanism in ["jwt_vc_issuer", "did", "did_web", "did_webvh"] {
        let mut lab = lab(mechanism).await;
        let before = lab.credential("1").await;
        assert_eq!(lab.refusals(&before).await, [""; 0], "{mechanism}");
        for purpose in [KeyPurpose::Credential, KeyPurpose::Status, KeyPurpose::Credential] {
            lab.rotate(purpose).await;
            assert_eq!(lab.refusals(&before).await, [""; 0], "{mechanism} {purpose:?}");
        }
        let after = lab.credential("2").await;
        assert_ne!(header(&before)["kid"], header(&after)["kid"]);
        assert_eq!(lab.refusals(&after).await, [""; 0], "{mechanism}");
        let same_issuer = claims(&before)["iss"] == claims(&after)["iss"];
        assert_eq!(same_issuer, mechanism != "did", "a did:jwk is its key");
        let suspended = json!({"reference": "20210042", "reason": "left"}).to_string();
        assert_eq!(lab.admin("credentials/suspend", "s", &suspended).await.status, 200);
        assert_eq!(lab.refusals(&before).await, ["V-08"], "{mechanism}: its status is still told");
        assert_eq!(lab.refusals(&after).await, ["V-08"]);
    }
}

#[tokio::test]
async fn a_retired_key_is_believed_no_longer_than_what_it_signed_lasts() {
    for (mechanism, check) in
        [("jwt_vc_issuer", "V-05"), ("did", "V-06"), ("did_web", "V-04"), ("did_webvh", "TL-08")]
    {
        let mut lab = lab(mechanism).await;
        let signed = lab.credential("0").await;
        // Who stole the key before it was replaced signs on with it.
        let thief = lab.app.clone();
        // What was signed lasts as long as it was said then, whatever the configuration says now.
        lab.config.tenants.get_mut("hanbit").unwrap().validity_days = 1;
        lab.rotate(KeyPurpose::Credential).await;
        let forged = async |lab: &mut Lab, key: &str| {
            let honest = std::mem::replace(&mut lab.app, thief.clone());
            let forged = lab.credential(key).await;
            lab.app = honest;
            forged
        };
        let early = forged(&mut lab, "1").await;
        assert_eq!(lab.refusals(&early).await, [""; 0], "nothing says when a signature was made");
        // Credentials end at the day's beginning.
        lab.clock.advance(Seconds(DAYS * 86_400 - 9 * 3600));
        lab.restart().await;
        assert_eq!(lab.refusals(&signed).await, [""; 0], "it counts to its last hour");
        lab.clock.advance(Seconds(9 * 3600));
        lab.restart().await;
        let late = forged(&mut lab, "2").await;
        assert_eq!(lab.refusals(&late).await.first(), Some(&check), "{mechanism}");
        let honest = lab.credential("3").await;
        assert_eq!(lab.refusals(&honest).await, [""; 0], "{mechanism}");
    }
}

#[tokio::test]
async fn a_rotation_while_a_token_waits_loses_nothing() {
    let mut lab = lab("did").await;
    let token = lab.token("1").await;
    lab.rotate(KeyPurpose::Credential).await;
    let copy = copies(&lab.issue(&token).await).remove(0);
    assert_eq!(lab.refusals(&copy).await, [""; 0]);
}

#[tokio::test]
async fn a_key_that_signed_nothing_is_believed_no_longer() {
    for (mechanism, check) in
        [("jwt_vc_issuer", "V-05"), ("did", "V-06"), ("did_web", "V-04"), ("did_webvh", "V-04")]
    {
        let mut lab = lab(mechanism).await;
        let thief = lab.app.clone();
        lab.rotate(KeyPurpose::Credential).await;
        let honest = std::mem::replace(&mut lab.app, thief);
        let forged = lab.credential("1").await;
        lab.app = honest;
        assert_eq!(lab.refusals(&forged).await.first(), Some(&check), "{mechanism}");
    }
}

/// The list that verifiers got before the key was promoted knows what it signs, in every mechanism and for both keys.
#[tokio::test]
async fn a_prepared_key_signs_when_the_verifiers_know_it() {
    for mechanism in ["jwt_vc_issuer", "did", "did_web", "did_webvh"] {
        for purpose in [KeyPurpose::Credential, KeyPurpose::Status] {
            let mut lab = lab(mechanism).await;
            let old_list = lab.trust();
            let before = lab.credential("1").await;
            let next = lab.rotation(purpose).prepare().await.unwrap();
            assert_eq!(lab.rotation(purpose).prepared().await.unwrap(), Some(next));
            lab.restart().await;
            let own = |lab: &Lab| {
                lab.entries.iter().filter(|entry| entry.names.ko == "한빛대학교").cloned().collect::<Vec<_>>()
            };
            assert!(!unknown_to(&old_list, &own(&lab)).is_empty(), "{mechanism}: the list has to be renewed");
            let meanwhile = lab.credential("2").await;
            assert_eq!(lab.refusals_by(&old_list, &meanwhile).await, [""; 0], "the old key signs on");
            let distributed = lab.trust();
            assert_eq!(unknown_to(&distributed, &own(&lab)), [""; 0]);
            lab.rotation(purpose).promote(lab.clock.now()).await.unwrap();
            lab.restart().await;
            let after = lab.credential("3").await;
            for credential in [&before, &meanwhile, &after] {
                let refusals = lab.refusals_by(&distributed, credential).await;
                assert_eq!(refusals, [""; 0], "{mechanism} {purpose:?}");
            }
            assert!(!lab.refusals_by(&old_list, &after).await.is_empty(), "{mechanism} {purpose:?}");
            let again = lab.rotation(purpose).promote(lab.clock.now()).await;
            assert!(matches!(again, Err(AssemblyError::Keyring(KeyringError::NotPrepared(_)))));
        }
    }
}

#[tokio::test]
async fn a_list_of_others_is_not_ours_to_renew() {
    let (lab, other) = (lab("did").await, lab("did_web").await);
    let of_hanbit = |entry: &&TrustEntry| entry.issuer.starts_with("did:");
    let entries: Vec<_> = lab.entries.iter().filter(of_hanbit).cloned().collect();
    assert_eq!(unknown_to(&other.trust(), &entries), [""; 0]);
    assert_eq!(unknown_to(&lab.trust(), &entries), [""; 0]);
    assert_eq!(unknown_to(&lab.trust(), &[]), [""; 0]);
}

#[tokio::test]
async fn nothing_is_issued_with_a_certificate_that_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut leaf = rcgen::CertificateParams::new(vec!["id.example".to_owned()]).unwrap();
    leaf.is_ca = rcgen::IsCa::ExplicitNoCa;
    leaf.not_after = rcgen::date_time_ymd(2027, 2, 15);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = leaf.self_signed(&key).unwrap().pem();
    let put = |name: &str, pem: &str| {
        let path = folder.path().join(name);
        jigap_platform::files::write_new(&path, pem.as_bytes()).unwrap();
        path
    };
    let files = json!({
        "chain": put("chain.pem", &certificate), "anchors": put("anchors.pem", &certificate),
    });
    let key = jigap_platform::pem::private_key(key.serialize_pem().as_bytes()).unwrap();
    let certified = |config: &mut Value| {
        config["tenants"]["hanbit"]["mechanism"] = json!("x5c");
        config["tenants"]["hanbit"]["x5c"] = files;
    };
    let lab = Lab::with_key(Faults::none(), certified, Some(key)).await;
    assert_eq!(lab.refusals(&lab.credential("1").await).await, [""; 0]);
    lab.clock.advance(Seconds(31 * 86_400));
    let refused = lab.issue(&lab.token("2").await).await;
    assert_eq!(refused.refusal(), (500, "server_error".to_owned()));
}
