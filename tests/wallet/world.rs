//! A scripted world: one issuer and one verifier behind the `Fetch` port, and a wallet over a store in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use jigap_keys::{KeyType, PrivateKey, PublicKey, base64url};
use jigap_platform::entropy::OsEntropy;
use jigap_platform::store::{Faults, in_memory};
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::cose;
use jigap_wallet_core::did;
use jigap_wallet_core::jose::{Header, UnsignedJws};
use jigap_wallet_core::ldp;
use jigap_wallet_core::mdoc::{ElementType, MdocBuilder, Validity};
use jigap_wallet_core::ports::{Clock, Fetch, FetchError, HttpRequest, HttpResponse, Store};
use jigap_wallet_core::sdjwt::SdJwtVcBuilder;
use jigap_wallet_core::status::StatusReference;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::wallet::{Held, Wallet, WalletError};
use jigap_wallet_core::wallet_box::{BoxError, Unlock, WalletBox};
use serde_json::{Value, json};

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
pub(crate) const KEY: [u8; 32] = [7; 32];
pub(crate) const VCT: &str = "https://types.example/student-id/1";
pub(crate) const DOC_TYPE: &str = "example.student.1";
/// A context of the issuer's own, which every document names: where it lies, and what it says.
pub(crate) const CONTEXT: (&str, &str) =
    ("https://types.univ.test/c.jsonld", r#"{"@context": {"Hall": "https://univ.test/c#Hall"}}"#);
const ISSUER: &str = "https://univ.example";
const BATCH: usize = 5;

/// What the issuer does wrong with the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Trick {
    #[default]
    Honest,
    OtherType,
    OtherKey,
    NoKey,
    OneKeyTwice,
    OneTooMany,
    WithKeyBinding,
    NotACredential,
    /// An element of an mdoc was changed after its issuer signed it.
    Tampered,
    /// All mdocs have one place in the status list.
    OneStatus,
    Deferred,
}

/// What the world remembers, and how it misbehaves.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) trick: Trick,
    /// Answers in place of the honest ones, by path.
    pub(crate) instead: BTreeMap<&'static str, Result<HttpResponse, FetchError>>,
    /// Paths asked for, in order.
    pub(crate) asked: Vec<String>,
    /// Paths for which a redirect would have been followed.
    pub(crate) movable: Vec<String>,
    /// Nonces that were given out and not used yet.
    nonces: Vec<String>,
    /// Events that the issuer was told, in order.
    pub(crate) told: Vec<String>,
    /// `cnf` of every presentation that arrived.
    pub(crate) shown: Vec<Value>,
    /// The credential queries that the last answer answered, with the number of presentations.
    pub(crate) answered: BTreeMap<String, usize>,
}

/// Issuer and verifier.
pub(crate) struct World {
    issuer: PrivateKey,
    verifier: PrivateKey,
    /// Characters of a note that stands in every credential.
    pub(crate) note: AtomicUsize,
    kind: Kind,
    /// What is different about each of them.
    pub(crate) change: OnceLock<fn(&mut Value)>,
    pub(crate) script: Mutex<Script>,
}

/// What credentials are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    SdJwt,
    /// W3C's, as JWT.
    W3c,
    /// W3C's, as documents with proofs.
    Document,
    Mdoc,
}

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        NOW
    }
}

pub(crate) fn answer(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> HttpResponse {
    HttpResponse {
        status,
        content_type: content_type.to_owned(),
        max_age: None,
        age: 0,
        dpop_nonce: None,
        body: body.into(),
    }
}

impl World {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self::of(Kind::SdJwt))
    }

    /// A world of W3C credentials, whose issuer does this wrong.
    pub(crate) fn of_w3c(trick: Trick) -> Arc<Self> {
        let world = Self::of(Kind::W3c);
        world.script.lock().unwrap().trick = trick;
        Arc::new(world)
    }

    /// A world of documents with proofs, whose issuer does this wrong.
    pub(crate) fn of_documents(trick: Trick) -> Arc<Self> {
        let world = Self::of(Kind::Document);
        world.script.lock().unwrap().trick = trick;
        Arc::new(world)
    }

    /// A world of mdocs, whose issuer does this wrong.
    pub(crate) fn of_mdocs(trick: Trick) -> Arc<Self> {
        let world = Self::of(Kind::Mdoc);
        world.script.lock().unwrap().trick = trick;
        Arc::new(world)
    }

    fn of(kind: Kind) -> Self {
        let key = || PrivateKey::generate(KeyType::P256, &OsEntropy);
        let (issuer, verifier) = (key(), key());
        Self {
            issuer,
            verifier,
            note: AtomicUsize::new(0),
            kind,
            change: OnceLock::new(),
            script: Mutex::default(),
        }
    }

    pub(crate) fn with(trick: Trick) -> Arc<Self> {
        let world = Self::new();
        world.script.lock().unwrap().trick = trick;
        world
    }

    /// Answers `path` with `outcome` from now on.
    pub(crate) fn instead(&self, path: &'static str, outcome: Result<HttpResponse, FetchError>) {
        self.script.lock().unwrap().instead.insert(path, outcome);
    }

    /// Answers honestly again.
    pub(crate) fn repent(&self) {
        let mut script = self.script.lock().unwrap();
        script.instead.clear();
        script.trick = Trick::Honest;
    }

    pub(crate) fn times_asked(&self, path: &str) -> usize {
        self.script.lock().unwrap().asked.iter().filter(|asked| *asked == path).count()
    }

    /// The events that the issuer was told.
    pub(crate) fn told(&self) -> Vec<String> {
        self.script.lock().unwrap().told.clone()
    }

    /// The keys the verifier has seen.
    pub(crate) fn shown(&self) -> Vec<Value> {
        self.script.lock().unwrap().shown.clone()
    }

    pub(crate) fn offer(&self) -> String {
        let offer = json!({
            "credential_issuer": ISSUER,
            "credential_configuration_ids": ["student"],
            "grants": {"urn:ietf:params:oauth:grant-type:pre-authorized_code": {"pre-authorized_code": "code-1"}}
        });
        format!("openid-credential-offer://?credential_offer={}", encoded(&offer.to_string()))
    }

    /// The credential queries that were answered at last, with the number of presentations.
    pub(crate) fn answered(&self) -> BTreeMap<String, usize> {
        self.script.lock().unwrap().answered.clone()
    }

    /// A signed request for `enrolled`, by value.
    pub(crate) fn request(&self) -> String {
        self.request_for(&json!({"credentials": [student("student", json!({}))]}))
    }

    /// A signed request for what `query` asks, by value.
    pub(crate) fn request_for(&self, query: &Value) -> String {
        self.request_wanting(query, None)
    }

    /// The same that wants this authorized.
    pub(crate) fn request_wanting(&self, query: &Value, transaction_data: Option<Vec<String>>) -> String {
        let did = did::jwk_did(self.verifier.public());
        let client_id = format!("decentralized_identifier:{did}");
        let header = Header::for_key(self.verifier.public()).unwrap();
        let header = header.typ("oauth-authz-req+jwt").kid(format!("{did}#0"));
        let mut request = json!({
            "client_id": client_id, "response_type": "vp_token", "response_mode": "direct_post",
            "response_uri": "https://gate.example/response", "nonce": "n-0S6_WzA2Mj", "state": "af0ifjsldkj",
            "aud": "https://self-issued.me/v2", "exp": NOW.unix() + 300,
            "dcql_query": query,
            "client_metadata": {"vp_formats_supported": {
                "dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]},
                "mso_mdoc": {},
            }},
        });
        if let Some(data) = transaction_data {
            request["transaction_data"] = json!(data);
        }
        let object = UnsignedJws::new(&header, &request).sign(&self.verifier).unwrap();
        format!("openid4vp://?client_id={}&request={object}", encoded(&client_id))
    }

    fn honest(&self, request: &HttpRequest) -> HttpResponse {
        let json = |value: Value| answer(200, "application/json", value.to_string());
        match request.url.path() {
            "/.well-known/openid-credential-issuer" => json(self.metadata()),
            "/.well-known/oauth-authorization-server" => json(json!({
                "issuer": ISSUER, "token_endpoint": format!("{ISSUER}/token"),
                "grant_types_supported": ["urn:ietf:params:oauth:grant-type:pre-authorized_code"],
                "pre-authorized_grant_anonymous_access_supported": true,
            })),
            "/token" => json(json!({"access_token": "token-1", "token_type": "Bearer", "expires_in": 600})),
            "/nonce" => json(json!({"c_nonce": self.fresh_nonce()})),
            "/credential" => self.issue(&request.body),
            "/notification" => {
                let body: Value = serde_json::from_slice(&request.body).unwrap();
                assert_eq!(body["notification_id"], "n1");
                self.script.lock().unwrap().told.push(body["event"].as_str().unwrap().to_owned());
                answer(204, "", "")
            }
            "/response" => self.read_response(&request.body),
            _ => answer(404, "", ""),
        }
    }

    fn fresh_nonce(&self) -> String {
        let mut script = self.script.lock().unwrap();
        let nonce = format!("nonce-{}", script.asked.len());
        script.nonces.push(nonce.clone());
        nonce
    }

    /// Issues one copy for each proof, if all carry one nonce that was not used yet.
    fn issue(&self, body: &[u8]) -> HttpResponse {
        let body: Value = serde_json::from_slice(body).unwrap();
        let proofs: Vec<(PublicKey, String)> = body["proofs"]["jwt"]
            .as_array()
            .unwrap()
            .iter()
            .map(|proof| read_proof(proof.as_str().unwrap()))
            .collect();
        let mut script = self.script.lock().unwrap();
        let nonce = &proofs[0].1;
        assert!(proofs.iter().all(|(_, other)| other == nonce), "one nonce for all proofs");
        let Some(place) = script.nonces.iter().position(|known| known == nonce) else {
            return answer(400, "application/json", r#"{"error":"invalid_nonce"}"#);
        };
        script.nonces.remove(place);
        let trick = script.trick;
        if trick == Trick::Deferred {
            return answer(202, "application/json", r#"{"transaction_id":"t","interval":5}"#);
        }
        let keys: Vec<&PublicKey> = proofs.iter().map(|(key, _)| key).collect();
        let credentials: Vec<Value> =
            self.copies(&keys, trick).into_iter().map(|text| json!({"credential": text})).collect();
        let response = json!({"credentials": credentials, "notification_id": "n1"});
        answer(200, "application/json", response.to_string())
    }

    fn copies(&self, keys: &[&PublicKey], trick: Trick) -> Vec<Value> {
        let stranger = PrivateKey::generate(KeyType::P256, &OsEntropy);
        let text = |vct: &str, key: Option<&PublicKey>| -> Value {
            match self.kind {
                Kind::SdJwt => self.credential(vct, key).into(),
                Kind::W3c => self.w3c_credential(vct, key).into(),
                Kind::Document => self.document(vct, key),
                Kind::Mdoc => self.mdoc(vct, key, trick == Trick::OneStatus).into(),
            }
        };
        let mut copies: Vec<Value> = keys.iter().map(|key| text(VCT, Some(key))).collect();
        match trick {
            Trick::OtherType => copies[1] = text("https://types.example/other", Some(keys[1])),
            Trick::OtherKey => copies[1] = text(VCT, Some(stranger.public())),
            Trick::NoKey => copies[1] = text(VCT, None),
            Trick::OneKeyTwice => copies[1] = text(VCT, Some(keys[0])),
            Trick::OneTooMany => copies.push(text(VCT, Some(keys[0]))),
            Trick::WithKeyBinding => copies[0] = format!("{}e30.e30.AA", copies[0].as_str().unwrap()).into(),
            Trick::NotACredential => copies[0] = json!({"a": 1}),
            Trick::Tampered => copies[1] = tampered(copies[1].as_str().unwrap()).into(),
            Trick::Honest | Trick::OneStatus | Trick::Deferred => {}
        }
        copies
    }

    fn credential(&self, vct: &str, key: Option<&PublicKey>) -> String {
        let note = "x".repeat(self.note.load(Ordering::SeqCst));
        let claims = json!({
            "iss": ISSUER, "vct": vct, "exp": NOW.unix() + 86_400, "name": "김지갑", "enrolled": true, "note": note,
        });
        let conceal = ["name", "enrolled"].map(|name| ClaimPath::from_json(&json!([name])).unwrap());
        let mut builder = SdJwtVcBuilder::new(claims.as_object().unwrap().clone()).conceal(conceal);
        if let Some(key) = key {
            builder = builder.holder(key.clone());
        }
        let header = Header::for_key(self.issuer.public()).unwrap();
        builder.build(header, &OsEntropy).unwrap().sign(&self.issuer).unwrap()
    }

    fn mdoc(&self, vct: &str, key: Option<&PublicKey>, one_status: bool) -> String {
        let validity =
            Validity { signed: NOW, from: NOW, until: NOW.plus(Seconds(86_400)), expected_update: None };
        let doc_type = if vct == VCT { DOC_TYPE } else { "example.other.1" };
        let text = |text: &str| ElementType::Text.encode(&json!(text)).unwrap();
        // A place of its own for each key: out of its name.
        let name = key.map(PublicKey::thumbprint).unwrap_or_default();
        let own = name.bytes().take(4).fold(0, |place, byte| place << 8 | u64::from(byte));
        let status =
            StatusReference::new("https://univ.example/s", if one_status { 1 } else { own }).unwrap();
        let key = key.unwrap_or(self.verifier.public()).clone();
        let builder = MdocBuilder::new(doc_type, validity, key).status(status);
        let of_age = ElementType::Boolean.encode(&json!(true)).unwrap();
        let builder = builder
            .element("example.ns", "name", text("KIM"))
            .element("example.ns", "enrolled", text("yes"))
            .element("example.ns", "age_over_21", of_age);
        let header = cose::Header::for_key(KeyType::P256).unwrap();
        base64url::encode(builder.build(header, &OsEntropy).sign(&self.issuer).unwrap())
    }

    /// What a W3C credential says of a student whose key is `key`, or of something else than a student ID.
    pub(crate) fn w3c_claims(vct: &str, key: Option<&PublicKey>) -> Value {
        let class = if vct == VCT { "StudentId" } else { "EntryPass" };
        let context = |name: &str| format!("https://jigap.example/types/{name}/1/context.jsonld");
        let mut claims = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2", context("student-id"), context("entry-pass")],
            "type": ["VerifiableCredential", class], "issuer": ISSUER,
            "credentialSubject": {"name": "김지갑", "enrolment_status": "enrolled"},
        });
        if let Some(key) = key {
            claims["credentialSubject"]["id"] = json!(did::jwk_did(key));
        }
        claims
    }

    fn w3c_credential(&self, vct: &str, key: Option<&PublicKey>) -> String {
        let mut claims = Self::w3c_claims(vct, key);
        if let Some(change) = self.change.get() {
            change(&mut claims);
        }
        let header = Header::for_key(self.issuer.public()).unwrap().typ("vc+jwt");
        UnsignedJws::new(&header, &claims).sign(&self.issuer).unwrap()
    }

    fn document(&self, vct: &str, key: Option<&PublicKey>) -> Value {
        let mut claims = Self::w3c_claims(vct, key);
        if let Some(change) = self.change.get() {
            change(&mut claims);
        }
        claims["@context"].as_array_mut().unwrap().push(json!(CONTEXT.0));
        let known = Contexts::built_in().clone();
        let contexts = known.unknown(&claims).iter().fold(known, |contexts, iri| {
            // Whatever a context is called, it says the same.
            contexts.with(iri, CONTEXT.1.as_bytes()).unwrap()
        });
        let method = format!("{}#0", did::jwk_did(self.issuer.public()));
        let by = (KeyType::P256, contexts.for_data_integrity());
        let unsigned = ldp::issue(claims.as_object().unwrap().clone(), &method, NOW, by).unwrap();
        unsigned.sign(&self.issuer).unwrap()
    }

    /// What the issuer's metadata says, honestly.
    pub(crate) fn metadata_document(&self) -> Vec<u8> {
        self.metadata().to_string().into_bytes()
    }

    fn metadata(&self) -> Value {
        let mut metadata = metadata();
        if self.kind == Kind::Mdoc {
            let student = &mut metadata["credential_configurations_supported"]["student"];
            student.as_object_mut().unwrap().remove("vct");
            (student["format"], student["doctype"]) = (json!("mso_mdoc"), json!(DOC_TYPE));
            student["credential_signing_alg_values_supported"] = json!([-7, -9]);
            student["cryptographic_binding_methods_supported"] = json!(["cose_key"]);
        }
        if self.kind == Kind::W3c {
            let student = &mut metadata["credential_configurations_supported"]["student"];
            student.as_object_mut().unwrap().remove("vct");
            student["format"] = json!("jwt_vc_json");
            student["credential_definition"] = json!({"type": ["VerifiableCredential", "StudentId"]});
        }
        if self.kind == Kind::Document {
            let student = &mut metadata["credential_configurations_supported"]["student"];
            student.as_object_mut().unwrap().remove("vct");
            student["format"] = json!("ldp_vc");
            student["credential_signing_alg_values_supported"] = json!(["ecdsa-rdfc-2019"]);
            student["credential_definition"] = json!({
                "@context": ["https://www.w3.org/ns/credentials/v2", CONTEXT.0],
                "type": ["VerifiableCredential", "StudentId"],
            });
        }
        metadata
    }

    fn read_response(&self, body: &[u8]) -> HttpResponse {
        let token =
            url::form_urlencoded::parse(body).find(|(name, _)| name == "vp_token").map(|(_, token)| token);
        if let Some(token) = token {
            let token: Value = serde_json::from_str(&token).unwrap();
            let answers =
                token.as_object().unwrap().iter().map(|(id, shown)| (id, shown.as_array().unwrap()));
            let mut script = self.script.lock().unwrap();
            script.answered = answers.clone().map(|(id, shown)| (id.clone(), shown.len())).collect();
            for text in answers.flat_map(|(_, shown)| shown) {
                let payload = text.as_str().unwrap().split('.').nth(1).unwrap();
                let payload: Value = serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap();
                script.shown.push(payload["cnf"].clone());
            }
        }
        answer(200, "application/json", "{}")
    }
}

#[async_trait]
impl Fetch for World {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let path = request.url.path().to_owned();
        let instead = {
            let mut script = self.script.lock().unwrap();
            script.asked.push(path.clone());
            if request.redirects > 0 {
                script.movable.push(path.clone());
            }
            script.instead.get(path.as_str()).cloned()
        };
        match instead.unwrap_or_else(|| Ok(self.honest(&request))) {
            Ok(response) if response.body.len() > request.limits.max_bytes => Err(FetchError::TooLarge),
            outcome => outcome,
        }
    }
}

/// An empty store whose commits fail as `faults` says.
pub(crate) fn store(faults: Faults) -> Arc<dyn Store> {
    in_memory(faults).unwrap()
}

/// A new wallet in `store`.
pub(crate) async fn create(store: &Arc<dyn Store>, world: &Arc<World>) -> Result<Wallet, BoxError> {
    let opened = WalletBox::create(Arc::clone(store), &Unlock::KeyFile(&KEY), Arc::new(OsEntropy)).await?;
    Ok(wallet(opened, world))
}

/// The wallet in `store`, as after a restart.
pub(crate) async fn reopen(store: &Arc<dyn Store>, world: &Arc<World>) -> Result<Wallet, BoxError> {
    let opened = WalletBox::open(Arc::clone(store), &Unlock::KeyFile(&KEY), Arc::new(OsEntropy)).await?;
    Ok(wallet(opened, world))
}

fn wallet(opened: WalletBox, world: &Arc<World>) -> Wallet {
    Wallet::new(opened, Arc::clone(world) as Arc<dyn Fetch>, Arc::new(Standing), Arc::new(OsEntropy))
}

/// A new wallet in a store without faults.
pub(crate) async fn fresh(world: &Arc<World>) -> Wallet {
    create(&store(Faults::none()), world).await.unwrap()
}

pub(crate) async fn accept(wallet: &Wallet, world: &World) -> Result<Held, WalletError> {
    let offered = wallet.look_at_offer(&world.offer()).await?;
    wallet.accept(&offered, None).await
}

pub(crate) async fn present(wallet: &Wallet, world: &World) -> Result<(), WalletError> {
    let asking = wallet.look_at_request(&world.request(), None).await?;
    wallet.present(asking).await.map(|_| ())
}

/// A credential query for `enrolled`, with more members.
pub(crate) fn student(id: &str, members: Value) -> Value {
    let mut query = json!({
        "id": id, "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}, "claims": [{"path": ["enrolled"]}]
    });
    query.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    query
}

fn metadata() -> Value {
    json!({
        "credential_issuer": ISSUER,
        "credential_endpoint": format!("{ISSUER}/credential"),
        "nonce_endpoint": format!("{ISSUER}/nonce"),
        "notification_endpoint": format!("{ISSUER}/notification"),
        "batch_credential_issuance": {"batch_size": BATCH},
        "credential_configurations_supported": {"student": {
            "format": "dc+sd-jwt", "vct": VCT,
            "cryptographic_binding_methods_supported": ["jwk"],
            "credential_signing_alg_values_supported": ["ES256"],
            "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
        }},
    })
}

/// The metadata of somebody else.
pub(crate) fn metadata_of_another() -> Vec<u8> {
    let mut metadata = metadata();
    metadata["credential_issuer"] = json!("https://other.example");
    metadata.to_string().into_bytes()
}

/// An mdoc with one of its elements changed.
fn tampered(copy: &str) -> String {
    let mut bytes = base64url::decode(copy).unwrap();
    let at = bytes.windows(3).position(|window| window == b"KIM").unwrap();
    bytes[at..at + 3].copy_from_slice(b"LEE");
    base64url::encode(bytes)
}

/// Key and nonce of a proof.
fn read_proof(proof: &str) -> (PublicKey, String) {
    let mut parts = proof.split('.').map(|part| base64url::decode(part).unwrap());
    let header: Value = serde_json::from_slice(&parts.next().unwrap()).unwrap();
    let payload: Value = serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (PublicKey::from_jwk(&header["jwk"]).unwrap(), payload["nonce"].as_str().unwrap().to_owned())
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
