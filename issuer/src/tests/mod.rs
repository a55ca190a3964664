//! The issuer from the outside: what wallets and registrars send, and what they are answered, over its own router, the
//! store in memory, a clock that stands and entropy that repeats itself.

mod admin;
mod bbs;
mod blind;
mod credential;
mod did_log;
mod dsub;
mod faults;
mod hints;
mod json;
mod mdoc;
mod mutations;
mod publishing;
mod refresh;
mod rotation;
mod sweeping;
mod tickets;
mod token;
mod types;
mod vc_api;
mod vc_api_lists;
mod verdicts;
mod w3c;

use std::sync::Arc;

use axum::Router;
use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::http::{ApiDescription, Assembly, Metrics, ServerSettings, Shutdown, TokenHash};
use jigap_platform::keyring::Keyring;
use jigap_platform::secrets::Vault;
use jigap_platform::store::{Faults, in_memory};
use jigap_platform::testing::{Answer, Call, ManualClock, SeededEntropy};
use jigap_wallet_core::jose::{Header, UnsignedJws};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::status::StatusList;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::trust::TrustEntry;
use serde_json::{Value, json};
use url::Url;

use crate::assembly::{self, IssuerConfig, KeyPurpose, Rotation};
use crate::tenant::World;

const BASE: &str = "https://id.example";
const ISSUER: &str = "https://id.example/hanbit";
const ADMIN: &str = "admin-token";
const STUDENT: &str = include_str!("../../../schemas/student-id/examples/valid/minimal.json");
/// Commits that the first start writes: four keys for each of two tenants.
const COMMITS_AT_START: u64 = 8;

/// An issuer with two tenants.
struct Lab {
    app: Router,
    clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
    /// What its trust list may say of the tenants.
    entries: Vec<TrustEntry>,
    config: IssuerConfig,
    /// What every answer is compared with.
    described: ApiDescription,
    vault: Vault,
    world: World,
}

async fn start(config: &IssuerConfig, vault: &Vault, world: &World) -> (Router, Vec<TrustEntry>) {
    let assembled = assembly::open(config, &Url::parse(BASE).unwrap(), vault, world.clone()).await.unwrap();
    let frame = Assembly::new(Arc::clone(&world.entropy), Metrics::new(), Shutdown::new());
    let app = frame.finish(crate::http::routes(assembled.issuer), &ServerSettings::loopback());
    (app, assembled.trust_entries)
}

impl Lab {
    async fn new() -> Self {
        Self::with(Faults::none()).await
    }

    async fn with(faults: Faults) -> Self {
        Self::configured(faults, |_| {}).await
    }

    /// With a configuration that `change` changed.
    async fn configured(faults: Faults, change: impl FnOnce(&mut Value)) -> Self {
        Self::with_key(faults, change, None).await
    }

    /// The same, and `key` was brought for the certificate of the first tenant.
    async fn with_key(faults: Faults, change: impl FnOnce(&mut Value), key: Option<PrivateKey>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let entropy = Arc::new(SeededEntropy::new(1));
        Vault::init(&path, &*entropy).unwrap();
        let vault = Vault::open_file(&path, Arc::clone(&entropy) as _).unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
        let world = World {
            store: in_memory(faults).unwrap(),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::clone(&entropy) as _,
        };
        let tenant = json!({
            "name": {"ko": "한빛대학교", "en": "Hanbit University"},
            "types": ["student-id", "entry-pass"],
            "admins": {"registrar": TokenHash::of(ADMIN).to_text()},
        });
        let mut config = json!({"tenants": {"hanbit": tenant, "other": tenant}, "token_tries": 1000});
        change(&mut config);
        let config: IssuerConfig = serde_json::from_value(config).unwrap();
        if let Some(key) = key {
            let keyring = Keyring { store: &*world.store, vault: &vault, entropy: &*world.entropy };
            let tenant = ("hanbit", &config.tenants["hanbit"]);
            Rotation::new(tenant, KeyPurpose::Credential, keyring).import(&key).await.unwrap();
        }
        let (app, entries) = start(&config, &vault, &world).await;
        let described = crate::http::description();
        Self { app, clock, entropy, entries, config, described, vault, world }
    }

    /// The service stops and starts again.
    async fn restart(&mut self) {
        (self.app, self.entries) = start(&self.config, &self.vault, &self.world).await;
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send_from([192, 0, 2, 1], method, path, headers, body).await
    }

    async fn send_from(
        &self,
        address: [u8; 4],
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let call = Call { from: address, method, target: path, headers, body: body.as_bytes() };
        call.of(&self.app, &self.described).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// The same request for an instance of the VC API, its credential named the instance's own where it names no issuer.
    async fn as_own(&self, instance: &str, body: &Value) -> Value {
        let mut body = body.clone();
        let Some(credential) = body.get_mut("credential").and_then(Value::as_object_mut) else { return body };
        let instances = self.get("/ids").await.json();
        let own = instances.as_array().and_then(|all| all.iter().find(|one| one["instance"] == instance));
        if let Some(own) = own {
            credential.entry("issuer").or_insert_with(|| own["id"].clone());
        }
        body
    }

    /// A registrar's request.
    async fn admin(&self, path: &str, key: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {ADMIN}");
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", key)];
        self.send("POST", &format!("/hanbit/admin/{path}"), &headers, body).await
    }

    /// A fresh offer of a student ID: its pre-authorized code and its transaction code.
    async fn offer(&self, key: &str) -> (String, String) {
        let made = self.admin("offers", key, &offer_body("20210042", true)).await;
        assert_eq!(made.status, 201, "{made:?}");
        (self.code(&made.get("id")).await, made.get("tx_code"))
    }

    /// The code that the offer `id` leads to.
    async fn code(&self, id: &str) -> String {
        let offer = self.get(&format!("/hanbit/offers/{id}")).await.json();
        let grant = &offer["grants"]["urn:ietf:params:oauth:grant-type:pre-authorized_code"];
        grant["pre-authorized_code"].as_str().unwrap().to_owned()
    }

    async fn redeem(&self, code: &str, tx_code: Option<&str>) -> Answer {
        let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code";
        let tx_code = tx_code.map(|code| format!("&tx_code={code}")).unwrap_or_default();
        let body = format!("{grant}&pre-authorized_code={code}{tx_code}");
        let form = [("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", "/hanbit/token", &form, &body).await
    }

    /// An access token.
    async fn token(&self, key: &str) -> String {
        let (code, tx_code) = self.offer(key).await;
        let answer = self.redeem(&code, Some(&tx_code)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.get("access_token")
    }

    async fn nonce(&self) -> String {
        self.send("POST", "/hanbit/nonce", &[], "").await.get("c_nonce")
    }

    fn key(&self) -> PrivateKey {
        PrivateKey::generate(KeyType::P256, &*self.entropy)
    }

    fn proof(&self, key: &PrivateKey, nonce: &str) -> String {
        self.proof_for(key, &json!({"aud": ISSUER, "iat": self.clock.now().unix(), "nonce": nonce}))
    }

    fn proof_for(&self, key: &PrivateKey, claims: &Value) -> String {
        let header = Header::for_key(key.public()).unwrap().typ("openid4vci-proof+jwt");
        UnsignedJws::new(&header.jwk(key.public().clone()), claims).sign(key).unwrap()
    }

    async fn ask(&self, token: &str, configuration: &str, proofs: &[String]) -> Answer {
        let body = json!({"credential_configuration_id": configuration, "proofs": {"jwt": proofs}});
        self.post_with(token, "credential", &body).await
    }

    async fn post_with(&self, token: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.send("POST", &format!("/hanbit/{path}"), &headers, &body.to_string()).await
    }

    /// One copy of a student ID for a fresh key.
    async fn issue(&self, token: &str) -> Answer {
        let proof = self.proof(&self.key(), &self.nonce().await);
        self.ask(token, "student-id", &[proof]).await
    }

    async fn notify(&self, token: &str, id: &str, event: &str) -> Answer {
        self.post_with(token, "notification", &json!({"notification_id": id, "event": event})).await
    }

    /// What the published status list says of a credential: 0 valid, 1 revoked, 2 suspended.
    async fn status_of(&self, credential: &Value) -> u8 {
        let reference = &claims(credential)["status"]["status_list"];
        let path = reference["uri"].as_str().unwrap().strip_prefix(BASE).unwrap();
        let answer = self.get(path).await;
        assert_eq!(answer.headers["content-type"], "application/statuslist+jwt");
        let list = &payload(&answer.text)["status_list"];
        assert_eq!(list["bits"], 2);
        let packed = list["lst"].as_str().unwrap();
        let bits = jigap_wallet_core::status::StatusBits::new(2).unwrap();
        let list = StatusList::decode(bits, packed, 1 << 20).unwrap();
        list.get(reference["idx"].as_u64().unwrap()).unwrap().0
    }
}

fn offer_body(reference: &str, tx_code: bool) -> String {
    let claims: Value = serde_json::from_str(STUDENT).unwrap();
    json!({
        "credential_configuration_id": "student-id", "claims": claims, "reference": reference, "tx_code": tx_code,
    })
    .to_string()
}

/// The copies of a credential response.
fn copies(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let copies = answer.json()["credentials"].as_array().unwrap().clone();
    copies.into_iter().map(|copy| copy["credential"].clone()).collect()
}

/// The claims in the issuer's signed part of an SD-JWT.
fn claims(credential: &Value) -> Value {
    payload(credential.as_str().unwrap().split('~').next().unwrap())
}

fn payload(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&jigap_keys::base64url::decode(payload).unwrap()).unwrap()
}
