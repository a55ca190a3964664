//! An issuer and a verifier on loopback, and a clock that can be turned.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use jigap_issuer::assembly::{self as issuing, IssuerConfig};
use jigap_issuer::tenant::World as IssuerWorld;
use jigap_keys::{KeyType, PrivateKey, base64url, json as strict};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::http::{Assembly, Metrics, Server, ServerSettings, Shutdown, TokenHash};
use jigap_platform::keyring::Keyring;
use jigap_platform::secrets::Vault;
use jigap_platform::store::{Faults, in_memory};
use jigap_platform::{files, pem};
use jigap_verifier::assembly as verifying;
use jigap_wallet_core::ports::{Clock, Fetch as _, FetchLimits, HttpRequest, Store};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{TrustEntry, TrustList, TrustListContent};
use jigap_wallet_core::wallet::Wallet;
use jigap_wallet_core::wallet_box::{Unlock, WalletBox};
use serde_json::{Value, json};
use url::Url;

use crate::wire::Wire;

pub(crate) const TOKEN: &str = "dG9rZW4tb2Ytd2hvZXZlci13b3Jrcy1oZXJl";
/// Where the types lie: the wire leads there, to the issuer.
pub(crate) const TYPES: &str = "https://types.jigap.test/types";
const LIST: &str = "https://trust.example/list";
pub(crate) const BOX_KEY: [u8; 32] = [9; 32];

/// The wall clock, some seconds ahead.
#[derive(Default)]
pub(crate) struct TurnedClock(AtomicU32);

impl TurnedClock {
    pub(crate) fn turn(&self, ahead: u32) {
        self.0.store(ahead, Ordering::SeqCst);
    }

    /// Turns it on from where it is.
    pub(crate) fn further(&self, seconds: u32) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(Seconds(self.0.load(Ordering::SeqCst)))
    }
}

/// Everybody there is.
pub(crate) struct World {
    pub(crate) clock: Arc<TurnedClock>,
    pub(crate) wire: Arc<Wire>,
    issuer: Url,
    verifier: Url,
    trust: TrustList,
    issuing: (IssuerConfig, Vault, IssuerWorld),
    _folder: tempfile::TempDir,
    shutdown: Shutdown,
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

/// What the asker holds of a question.
pub(crate) struct Question {
    pub(crate) id: String,
    pub(crate) link: String,
    pub(crate) secret: String,
}

/// The private key in the file that `settings` names under `key`, which is taken out of them: a configuration names none, it
/// is brought.
fn brought(settings: &mut Value) -> Option<PrivateKey> {
    let path = settings.as_object_mut()?.remove("key")?;
    let pem = files::read_private(Path::new(path.as_str().unwrap())).unwrap();
    Some(pem::private_key(&pem).unwrap())
}

impl World {
    /// With a university whose keys are found by its published metadata.
    pub(crate) async fn start() -> Self {
        Self::start_by("jwt_vc_issuer").await
    }

    /// With a university whose keys are found by `mechanism`.
    pub(crate) async fn start_by(mechanism: &str) -> Self {
        Self::start_with(|_, _| json!({"mechanism": mechanism})).await
    }

    /// With a verifier that is to wallets what `identity` says.
    pub(crate) async fn start_asking_as(identity: Value) -> Self {
        Self::start_of(|_, _| json!({"mechanism": "jwt_vc_issuer"}), identity).await
    }

    /// With a university whose configuration says what `settings` makes of a folder and the university's identifier. Types
    /// of its own lie in `types` of that folder.
    pub(crate) async fn start_with(settings: impl FnOnce(&Path, &str) -> Value) -> Self {
        Self::start_of(settings, json!({})).await
    }

    /// With a university and a verifier that are configured so.
    pub(crate) async fn start_of(settings: impl FnOnce(&Path, &str) -> Value, identity: Value) -> Self {
        Self::start_all(settings, identity, false).await
    }

    /// With an issuer of entry passes besides, which gives them to whoever shows a student ID or a licence, or both.
    pub(crate) async fn start_passing(settings: impl FnOnce(&Path, &str) -> Value) -> Self {
        Self::start_all(settings, json!({}), true).await
    }

    async fn start_all(
        settings: impl FnOnce(&Path, &str) -> Value,
        mut identity: Value,
        passing: bool,
    ) -> Self {
        let request_key = brought(&mut identity);
        let folder = tempfile::tempdir().unwrap();
        let master = folder.path().join("master.key");
        Vault::init(&master, &OsEntropy).unwrap();
        let vault = Vault::open_file(&master, Arc::new(OsEntropy)).unwrap();
        let (clock, shutdown) = (Arc::new(TurnedClock::default()), Shutdown::new());
        let wire = Arc::new(Wire::new());

        let (server, issuer) = bind().await;
        wire.issuer.set(issuer.clone()).unwrap();
        let mut tenant = json!({
            "name": {"ko": "한빛대학교", "en": "Hanbit University"},
            "types": ["student-id", "driver-licence"],
            "admins": {"registrar": TokenHash::of(TOKEN).to_text()},
        });
        for (name, value) in settings(folder.path(), &format!("{issuer}hanbit")).as_object().unwrap() {
            tenant[name] = value.clone();
        }
        let key = brought(&mut tenant["x5c"]);
        let types = folder.path().join("types");
        let types_folder = types.exists().then_some(types);
        let (asking, mut verifier) = bind().await;
        if identity["prefix"] == "x509_san_dns" {
            verifier.set_host(Some("localhost")).unwrap();
        }
        let (mut tenants, mut templates) = (json!({"hanbit": tenant}), templates());
        if passing {
            (tenants["passes"], templates["entry-pass"]) = (passes(), entry_pass(&issuer));
        }
        let asks: verifying::VerifierConfig = serde_json::from_value(json!({
            "identity": identity,
            "types_base": TYPES,
            "own_queries": true,
            "types_folder": types_folder,
            "askers": {"door": TokenHash::of(TOKEN).to_text()},
            "templates": templates,
            "trust": {"bundle": "unused"},
        }))
        .unwrap();
        let asking_world = verifying::World {
            store: in_memory(Faults::none()).unwrap(),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(OsEntropy),
            fetch: Arc::clone(&wire) as _,
        };
        let keyring = Keyring { store: &*asking_world.store, vault: &vault, entropy: &OsEntropy };
        if let Some(key) = request_key {
            let request_key = verifying::RequestKey::new(&asks.identity, &verifier, keyring).unwrap();
            request_key.import(&key).await.unwrap();
        }
        let config = json!({"types_base": TYPES, "types_folder": types_folder, "tenants": tenants, "token_tries": 6_000});
        let mut config: IssuerConfig = serde_json::from_value(config).unwrap();
        if config.takes_own_verdicts() {
            let signer = verifying::signer(&asks.identity, &verifier, &keyring, clock.now()).await.unwrap();
            let (id, key) = signer.unwrap();
            config = config.beside_verifier(&id, &key);
        }
        let world = IssuerWorld {
            store: in_memory(Faults::none()).unwrap(),
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(OsEntropy),
        };
        if let Some(key) = key {
            let keyring = Keyring { store: &*world.store, vault: &vault, entropy: &OsEntropy };
            let tenant = ("hanbit", &config.tenants["hanbit"]);
            let rotation = issuing::Rotation::new(tenant, issuing::KeyPurpose::Credential, keyring);
            rotation.import(&key).await.unwrap();
        }
        let assembled = issuing::open(&config, &issuer, &vault, world.clone()).await.unwrap();
        let issued_by = (config, world);
        serve(server, jigap_issuer::http::routes(assembled.issuer), &shutdown);

        let signer = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
        let now = clock.now();
        let content = TrustListContent {
            publisher: "https://trust.example".to_owned(),
            id: LIST.to_owned(),
            version: 1,
            issued_at: now,
            expires_at: now.plus(Seconds(86_400)),
            entries: assembled.trust_entries,
        };
        let jwt = content.issue(&signer, None).unwrap();
        let trust = TrustList::verify(&jwt, LIST, signer.public(), now).unwrap();

        let hosted = verifying::open(&asks, &verifier, &vault, asking_world, trust.clone()).await.unwrap();
        serve(asking, jigap_verifier::http::routes(hosted), &shutdown);
        let (config, world) = issued_by;
        let issuing = (config, vault, world);
        Self { clock, wire, issuer, verifier, trust, issuing, _folder: folder, shutdown }
    }

    /// The trust list that the verifier judges by: of the entries that the issuer proposes.
    pub(crate) const fn trust_list(&self) -> &TrustList {
        &self.trust
    }

    /// What the issuer proposes to trust lists now.
    pub(crate) async fn proposed(&self) -> Vec<TrustEntry> {
        let (config, vault, world) = &self.issuing;
        issuing::look(config, &self.issuer, vault, world.clone()).await.unwrap()
    }

    /// A new wallet in `store`.
    pub(crate) async fn new_wallet(&self, store: &Arc<dyn Store>) -> Wallet {
        let made =
            WalletBox::create(Arc::clone(store), &Unlock::KeyFile(&BOX_KEY), Arc::new(OsEntropy)).await;
        self.wallet(made.unwrap())
    }

    /// The wallet in `store`, opened again.
    pub(crate) async fn reopen(&self, store: &Arc<dyn Store>) -> Wallet {
        let opened =
            WalletBox::open(Arc::clone(store), &Unlock::KeyFile(&BOX_KEY), Arc::new(OsEntropy)).await;
        self.wallet(opened.unwrap())
    }

    fn wallet(&self, wallet_box: WalletBox) -> Wallet {
        Wallet::new(
            wallet_box,
            Arc::clone(&self.wire) as _,
            Arc::clone(&self.clock) as _,
            Arc::new(OsEntropy),
        )
    }

    /// An offer of a student ID to the person `reference`: link and transaction code.
    pub(crate) async fn offer(&self, reference: &str) -> (String, String) {
        self.offer_by(reference, false).await
    }

    /// As [`World::offer`], of another credential configuration.
    pub(crate) async fn offer_as(&self, configuration: &str, reference: &str) -> (String, String) {
        self.offer_student(configuration, reference, false).await
    }

    /// As [`World::offer`]; the link holds the offer itself if `value`.
    pub(crate) async fn offer_by(&self, reference: &str, value: bool) -> (String, String) {
        self.offer_student("student-id", reference, value).await
    }

    async fn offer_student(&self, configuration: &str, reference: &str, value: bool) -> (String, String) {
        self.offer_of(json!({
            "credential_configuration_id": configuration, "reference": reference, "by_value": value,
            "claims": student_claims(),
        }))
        .await
    }

    /// The offer that a registrar's request makes: link and transaction code.
    pub(crate) async fn offer_of(&self, request: Value) -> (String, String) {
        let (status, made) = self.admin("offers", request).await;
        assert_eq!(status, 201);
        (made["offer"].as_str().unwrap().to_owned(), made["tx_code"].as_str().unwrap().to_owned())
    }

    /// Suspends everything of a person that is not revoked; says how many issuances that were.
    pub(crate) async fn suspend(&self, reference: &str) -> usize {
        self.change("suspend", reference).await.len()
    }

    /// Lifts the suspension of everything of a person; says how many issuances that were.
    pub(crate) async fn reinstate(&self, reference: &str) -> usize {
        self.change("reinstate", reference).await.len()
    }

    /// Changes everything of a person; says what became of each issuance.
    pub(crate) async fn change(&self, change: &str, reference: &str) -> Vec<Value> {
        let body = json!({"reference": reference, "reason": "test"});
        let (status, changed) = self.admin(&format!("credentials/{change}"), body).await;
        assert_eq!(status, 200);
        changed["changed"].as_array().unwrap().clone()
    }

    /// Asks whether somebody is an enrolled student; the response is not encrypted.
    pub(crate) async fn ask(&self) -> Question {
        self.ask_for(false).await
    }

    /// As [`World::ask`], for an encrypted response or a plain one.
    pub(crate) async fn ask_for(&self, encrypted: bool) -> Question {
        self.ask_by("enrolled", encrypted).await
    }

    /// Asks by a template.
    pub(crate) async fn ask_by(&self, template: &str, encrypted: bool) -> Question {
        self.ask_with(json!({"template": template, "encrypted": encrypted})).await
    }

    /// Asks for a student ID whose issuer one of the authorities certifies that the key identifiers name.
    pub(crate) async fn ask_certified_by(&self, key_identifiers: &[&[u8]]) -> Question {
        let values: Vec<String> = key_identifiers.iter().map(base64url::encode).collect();
        let query = json!({"credentials": [{
            "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [format!("{TYPES}/student-id/1")]},
            "trusted_authorities": [{"type": "aki", "values": values}],
        }]});
        self.ask_own(query).await
    }

    /// Asks by a query of one's own.
    pub(crate) async fn ask_own(&self, query: Value) -> Question {
        self.ask_with(json!({"query": query})).await
    }

    async fn ask_with(&self, body: Value) -> Question {
        let url = self.verifier.join("verifier/requests").unwrap();
        let (status, opened) = self.post(url, body, None).await;
        assert_eq!(status, 201);
        let text = |name: &str| opened[name].as_str().unwrap().to_owned();
        Question { id: text("id"), link: text("link"), secret: text("secret") }
    }

    /// What came of a question: status code and body.
    pub(crate) async fn result(&self, question: &Question) -> (u16, Value) {
        let url = self.verifier.join(&format!("verifier/requests/{}", question.id)).unwrap();
        let get = HttpRequest::get(url, "application/json", FetchLimits::DOCUMENT).bearer(&question.secret);
        self.send(get).await
    }

    /// The same by server-sent events, as they are when the stream has ended.
    pub(crate) async fn events(&self, question: &Question) -> (u16, String) {
        let url = self.verifier.join(&format!("verifier/requests/{}/events", question.id)).unwrap();
        let limits = FetchLimits { timeout_ms: 60_000, ..FetchLimits::DOCUMENT };
        let get = HttpRequest::get(url, "text/event-stream", limits).bearer(&question.secret);
        let answer = self.wire.send(get).await.unwrap();
        (answer.status, String::from_utf8(answer.body).unwrap())
    }

    /// What the issuer publishes at this path.
    pub(crate) async fn fetched(&self, path: &str) -> Vec<u8> {
        let url = self.issuer.join(path).unwrap();
        self.wire.send(HttpRequest::get(url, "*/*", FetchLimits::DOCUMENT)).await.unwrap().body
    }

    /// The VP Token that was posted in answer to a question, unencrypted.
    pub(crate) fn posted(&self, question: &str) -> Value {
        let posted = self.wire.posted.lock().unwrap();
        let form = posted.get(&format!("/verifier/response/{question}")).unwrap();
        let mut pairs = url::form_urlencoded::parse(form);
        let token = pairs.find(|(name, _)| name == "vp_token").unwrap().1;
        strict::parse(token.as_bytes(), strict::Limits::MESSAGE).unwrap()
    }

    /// Sends the answer to a question once more; says the status of the reply.
    pub(crate) async fn replay(&self, question: &str) -> u16 {
        let body = self.wire.posted.lock().unwrap()[&format!("/verifier/response/{question}")].clone();
        self.send_answer(question, body).await
    }

    /// Answers a question with a VP Token; says the status of the reply.
    pub(crate) async fn respond(&self, question: &str, state: &str, token: &Value) -> u16 {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("vp_token", &token.to_string()).append_pair("state", state);
        self.send_answer(question, form.finish().into_bytes()).await
    }

    async fn send_answer(&self, question: &str, body: Vec<u8>) -> u16 {
        let url = self.verifier.join(&format!("verifier/response/{question}")).unwrap();
        let kind = "application/x-www-form-urlencoded";
        let post = HttpRequest::post(url, kind, body, FetchLimits::DOCUMENT);
        self.wire.send(post).await.unwrap().status
    }

    /// Sends the verdict that the verifier said last to a tenant once more.
    pub(crate) async fn say_verdict_again(&self, tenant: &str) -> (u16, Value) {
        let body = self.wire.posted.lock().unwrap()["/passes/verdicts"].clone();
        let url = self.issuer.join(&format!("{tenant}/verdicts")).unwrap();
        self.send(HttpRequest::post(url, "application/jigap-verdict+jwt", body, FetchLimits::DOCUMENT)).await
    }

    /// Ends the services.
    pub(crate) fn end(&self) {
        self.shutdown.begin();
    }

    /// The signed request object of a question.
    pub(crate) async fn request_object(&self, question: &Question) -> String {
        let url = self.verifier.join(&format!("verifier/request/{}", question.id)).unwrap();
        let answer = self.wire.send(HttpRequest::get(url, "*/*", FetchLimits::DOCUMENT)).await.unwrap();
        String::from_utf8(answer.body).unwrap()
    }

    async fn admin(&self, path: &str, body: Value) -> (u16, Value) {
        let url = self.issuer.join(&format!("hanbit/admin/{path}")).unwrap();
        let key = jigap_wallet_core::sealing::random_id::<16>(&OsEntropy);
        self.post(url, body, Some(key)).await
    }

    async fn post(&self, url: Url, body: Value, key: Option<String>) -> (u16, Value) {
        let body = body.to_string().into_bytes();
        let mut post = HttpRequest::post(url, "application/json", body, FetchLimits::DOCUMENT).bearer(TOKEN);
        post.headers.extend(key.map(|key| ("idempotency-key", key)));
        self.send(post).await
    }

    /// Status code and body of the answer.
    pub(crate) async fn send(&self, request: HttpRequest) -> (u16, Value) {
        let answer = self.wire.send(request).await.unwrap();
        (answer.status, strict::parse(&answer.body, strict::Limits::MESSAGE).unwrap())
    }
}

/// A tenant that issues entry passes for what was shown, and has no registrar.
fn passes() -> Value {
    json!({
        "name": {"ko": "한빛 출입 패스", "en": "Hanbit entry passes"},
        "types": ["check-in"], "formats": {"check-in": ["jigap_pass"]}, "mechanism": "did", "key_type": "Ed25519",
        "from_verdicts": {"own_verifier": true, "templates": {"entry-pass": {
            "configuration": "check-in_jigap_pass", "claims": ["age_over_19", "student"],
        }}},
    })
}

/// What leads to entry passes: a student ID, a licence of somebody over 19, or both.
fn entry_pass(issuer: &Url) -> Value {
    json!({"max_status_age": 0, "query": {"credentials": [{
        "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [format!("{TYPES}/student-id/1")]},
        "claims": [{"path": ["enrolment_status"], "values": ["enrolled"]}, {"path": ["student_number"]}],
    }, {
        "id": "licence", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"},
        "claims": [
            {"path": ["org.iso.18013.5.1", "age_over_19"], "values": [true]},
            {"path": ["org.iso.18013.5.1", "document_number"]},
        ],
    }], "credential_sets": [{"options": [["student", "licence"], ["student"], ["licence"]]}]}, "issues": {
        "issuer": format!("{issuer}passes"),
        "facts": {"student": {"student": true}, "licence": {"age_over_19": true}},
        "once_by": {"student": [["student_number"]], "licence": [["org.iso.18013.5.1", "document_number"]]},
    }})
}

/// What can be asked by name.
fn templates() -> Value {
    json!({"enrolled": {"max_status_age": 0, "query": {"credentials": [{
        "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [format!("{TYPES}/student-id/1")]},
        "claims": [{"path": ["enrolment_status"], "values": ["enrolled"]}],
    }]}}, "portrait": {"query": {"credentials": [{
        "id": "licence", "format": "dc+sd-jwt", "meta": {"vct_values": [format!("{TYPES}/driver-licence/1")]},
        "claims": [{"path": ["portrait"]}],
    }]}}, "enrolled-jwt": {"max_status_age": 0, "query": of_class("jwt_vc_json", "student-id/1#StudentId")},
    "enrolled-ldp": {"max_status_age": 0, "query": of_class("ldp_vc", "student-id/1#StudentId")},
    "qualified-sd": {"max_status_age": 0, "query": qualified()},
    "library": {"query": {"credentials": [{
        "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [format!("{TYPES}/library-card/1")]},
        "claims": [{"path": ["enrolment_status"], "values": ["enrolled"]}],
    }]}}, "library-jwt": {"query": of_class("jwt_vc_json", "library-card/1#LibraryCard")},
    "adult": {"max_status_age": 0, "query": {"credentials": [{
        "id": "licence", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"},
        "claims": [
            {"path": ["org.iso.18013.5.1", "age_over_19"], "values": [true]},
            {"path": ["org.iso.18013.5.1.KR", "licence_classes"]},
        ],
    }]}},
    "licence-jwt": {"query": of_class("jwt_vc_json", "driver-licence/1#DriverLicence")}})
}

/// What the university says of a student.
pub(crate) fn student_claims() -> Value {
    json!({
        "name": "김하늘", "family_name": "김", "given_name": "하늘", "birth_date": "2005-07-11",
        "student_number": "20260417",
        "institution": {"id": "https://hanbit.example", "name": "한빛대학교"}, "degree_level": "bachelor",
        "enrolment_status": "enrolled", "issue_date": "2026-03-02", "expiry_date": "2030-02-28",
    })
}

/// A query for an enrolled student, or for somebody of another class, as a W3C credential.
fn of_class(format: &str, class: &str) -> Value {
    let enrolled = json!([{"path": ["credentialSubject", "enrolment_status"], "values": ["enrolled"]}]);
    json!({"credentials": [{
        "id": "student", "format": format, "meta": {"type_values": [[format!("{TYPES}/{class}")]]}, "claims": enrolled,
    }]})
}

/// A query for a qualification of the upper grades and what it is for, as a document of which claims are chosen.
fn qualified() -> Value {
    let class = format!("{TYPES}/technical-qualification/1#TechnicalQualification");
    json!({"credentials": [{
        "id": "qualification", "format": "ldp_vc", "meta": {"type_values": [[class]]},
        "claims": [
            {"path": ["credentialSubject", "qualification", "name"]},
            {"path": ["credentialSubject", "grade"], "values": ["기사", "기술사"]},
        ],
    }]})
}

async fn bind() -> (Server, Url) {
    let server = Server::bind(ServerSettings::loopback()).await.unwrap();
    let url = Url::parse(&format!("http://{}", server.address())).unwrap();
    (server, url)
}

#[expect(clippy::disallowed_methods, reason = "the world's drop ends the services")]
fn serve(server: Server, routes: Router, shutdown: &Shutdown) {
    let assembly = Assembly::new(Arc::new(OsEntropy), Metrics::new(), shutdown.clone());
    tokio::spawn(server.serve(routes, assembly, shutdown.clone()));
}
