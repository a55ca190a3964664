//! The world of the demo, in this process and on loopback: an issuer with three tenants, two verifiers, the trust list, and
//! a folder with a store for each. Everybody talks to everybody over HTTP.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use jigap_issuer::assembly::{self as issuing, IssuerConfig, KeyPurpose, Rotation, TenantConfig};
use jigap_issuer::http as issuer_http;
use jigap_issuer::tenant::{Name, World as IssuerWorld};
use jigap_issuer::types::{CredentialTypes, EXAMPLE_BASE};
use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::http::{Assembly, Metrics, Server, ServerSettings, Shutdown, TokenHash};
use jigap_platform::keyring::Keyring;
use jigap_platform::secrets::Vault;
use jigap_platform::store::{self, StoreConfig, StoreEngine};
use jigap_verifier::assembly::{self as verifying, VerifierConfig};
use jigap_verifier::http as verifier_http;
use jigap_wallet_core::ports::{Clock as _, Fetch, Store};
use jigap_wallet_core::sealing::random_id;
use jigap_wallet_core::text::{Lang, Text};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{TrustEntry, TrustList, TrustListContent};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use url::Url;

use super::authority::DocumentSigner;
use super::registrar::INSTITUTION;
use super::wire::Wire;
use crate::failure::{Exit, Failure};

/// The question that both verifiers ask, by name.
pub(super) const QUESTION: &str = "enrolled-student";
/// The question for a technical qualification, by name.
pub(super) const QUALIFIED: &str = "qualified";
/// The formats that both tenants issue.
pub(super) const FORMATS: [&str; 2] = ["dc+sd-jwt", "jwt_vc_json"];
/// The qualification as a W3C credential: its credential configuration.
pub(super) const W3C: &str = "technical-qualification_jwt_vc_json";
/// The question for two claims of a technical qualification as a document, by name.
pub(super) const CHOSEN: &str = "qualified-chosen";
/// The qualification as a document: its credential configuration.
pub(super) const DOCUMENT: &str = "technical-qualification_ldp_vc";
/// The cryptosuite of documents: their holders show claim by claim.
pub(super) const SUITE: &str = "ecdsa-sd-2023";
/// The driver licence as an mdoc: its credential configuration.
pub(super) const LICENCE: &str = "driver-licence_mso_mdoc";
/// The question for somebody of age, by name.
pub(super) const ADULT: &str = "adult";
/// How old a status the second verifier takes.
pub(super) const CACHED: Seconds = Seconds(3600);
/// The id of the licensing agency.
const LICENSING: &str = "nuri-licences";
const TRUST_LIST: &str = "https://trust.example/demo";
const DAY: Seconds = Seconds(24 * 3600);

/// A tenant of the issuer, as its registrar knows it.
pub(super) struct Office {
    pub(super) name: Name,
    pub(super) url: Url,
    pub(super) token: String,
    /// The credential type it issues.
    pub(super) of_type: &'static str,
    /// Whether it also issues it as a document.
    pub(super) documents: bool,
}

/// A verifier, as whoever stands at the gate knows it.
pub(super) struct Gate {
    pub(super) name: Text,
    pub(super) url: Url,
    pub(super) token: String,
}

/// The trust list and the key that signed it.
pub(super) struct Trust {
    pub(super) jwt: String,
    pub(super) signer: PrivateKey,
}

/// Everybody there is.
pub(super) struct World {
    pub(super) university: Office,
    pub(super) agency: Office,
    /// Issues driver licences as mdocs, known by the certificate of a document signer.
    pub(super) licensing: Office,
    /// Takes only a status fetched for the very judgement.
    pub(super) venue: Gate,
    /// Takes a cached one.
    pub(super) library: Gate,
    pub(super) trust: Trust,
    /// What both verifiers ask, as DCQL.
    pub(super) question: Value,
    pub(super) types: Arc<CredentialTypes>,
    pub(super) wire: Arc<Wire>,
    /// The services, of one process, on one shutdown.
    pub(super) services: Services,
}

/// Running services, and what those to come are made of.
pub(super) struct Services {
    vault: Vault,
    shutdown: Shutdown,
    running: Vec<JoinHandle<bool>>,
}

impl World {
    /// Starts everybody; stores and the master key that seals the services' keys go into `folder`.
    pub(super) async fn start(folder: &Path) -> Result<Self, Failure> {
        let wire = Arc::new(Wire::new().map_err(broken)?);
        let master = folder.join("master.key");
        Vault::init(&master, &OsEntropy).map_err(broken)?;
        let vault = Vault::open_file(&master, Arc::new(OsEntropy)).map_err(broken)?;
        let mut services = Services { vault, shutdown: Shutdown::new(), running: Vec::new() };

        let (server, base) = bind().await?;
        // Type metadata lies under https, which loopback is not: the identifiers stay those of the schemas.
        let types_base = Url::parse(EXAMPLE_BASE).map_err(broken)?;
        let types = CredentialTypes::built_in(&types_base).map_err(broken)?;
        let of_type = ("student-id", false);
        let (university, one) = office(&base, "hanbit", ["한빛대학교", "Hanbit University"], of_type)?;
        let (names, of_type) =
            (["누리자격관리원", "Nuri Qualifications Agency"], ("technical-qualification", true));
        let (agency, other) = office(&base, "nuri", names, of_type)?;
        let (licensing, third, signer) = licensing(&base, folder)?;
        let config = IssuerConfig {
            types_base: Some(types_base),
            tenants: [one, other, third].into(),
            ..IssuerConfig::default()
        };
        let issuers = IssuerWorld {
            store: open_store(folder, "issuer")?,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
        };
        services.bring(&signer, &config, &issuers).await?;
        let assembled = issuing::open(&config, &base, &services.vault, issuers).await.map_err(broken)?;
        services.run(server, issuer_http::routes(assembled.issuer));

        let trust = Trust::sign(assembled.trust_entries)?;
        let student_id = types.get("student-id").ok_or("the type is missing").map_err(broken)?;
        let question = question(student_id.vct());
        let venue = Text::new("Hanbit Hall, front door", "한빛홀 입구");
        let venue = services.gate(venue, (folder, "venue"), (&question, Seconds(0)), &trust, &wire).await?;
        let library = Text::new("City library", "시립도서관");
        let library = services.gate(library, (folder, "library"), (&question, CACHED), &trust, &wire).await?;
        Ok(Self {
            university,
            agency,
            licensing,
            venue,
            library,
            trust,
            question,
            types: Arc::new(types),
            wire,
            services,
        })
    }
}

impl Services {
    /// Ends all services; what is in flight is finished.
    pub(super) async fn stop(self) {
        self.shutdown.begin();
        for service in self.running {
            service.await.ok();
        }
    }

    /// Brings the key of the licensing agency's certificate: a configuration names none.
    async fn bring(
        &self,
        signer: &DocumentSigner,
        config: &IssuerConfig,
        issuers: &IssuerWorld,
    ) -> Result<(), Failure> {
        let keyring = Keyring { store: &*issuers.store, vault: &self.vault, entropy: &OsEntropy };
        let Some(tenant) = config.tenants.get(LICENSING) else { return Err(broken("no licensing agency")) };
        let rotation = Rotation::new((LICENSING, tenant), KeyPurpose::Credential, keyring);
        rotation.import(&signer.key).await.map(drop).map_err(broken)
    }

    /// Starts a verifier that asks `question` and takes a status of at most the age beside it.
    async fn gate(
        &mut self,
        name: Text,
        (folder, file): (&Path, &str),
        (question, age): (&Value, Seconds),
        trust: &Trust,
        wire: &Arc<Wire>,
    ) -> Result<Gate, Failure> {
        let (server, url) = bind().await?;
        let token = random_id::<32>(&OsEntropy);
        let config: VerifierConfig = configured(json!({
            "askers": {"door": TokenHash::of(&token).to_text()},
            "templates": {
                QUESTION: {"query": question, "max_status_age": age},
                QUALIFIED: {"query": qualified(), "max_status_age": age},
                CHOSEN: {"query": chosen(), "max_status_age": age},
                ADULT: {"query": adult(), "max_status_age": age},
            },
            "trust": {"bundle": "trust.json"},
        }))?;
        let world = verifying::World {
            store: open_store(folder, file)?,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            fetch: Arc::clone(wire) as Arc<dyn Fetch>,
        };
        let hosted =
            verifying::open(&config, &url, &self.vault, world, trust.list()?).await.map_err(broken)?;
        self.run(server, verifier_http::routes(hosted));
        Ok(Gate { name, url, token })
    }

    #[expect(clippy::disallowed_methods, reason = "`stop` waits for every service")]
    fn run(&mut self, server: Server, routes: Router) {
        let assembly = Assembly::new(Arc::new(OsEntropy), Metrics::new(), self.shutdown.clone());
        self.running.push(tokio::spawn(server.serve(routes, assembly, self.shutdown.clone())));
    }
}

impl Trust {
    fn sign(entries: Vec<TrustEntry>) -> Result<Self, Failure> {
        let now = SystemClock.now();
        let content = TrustListContent {
            publisher: "https://trust.example".to_owned(),
            id: TRUST_LIST.to_owned(),
            version: 1,
            issued_at: now,
            expires_at: now.plus(DAY),
            entries,
        };
        let signer = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
        Ok(Self { jwt: content.issue(&signer, None).map_err(broken)?, signer })
    }

    /// The list's id.
    pub(super) fn id(&self) -> &'static str {
        TRUST_LIST
    }

    /// The list, verified.
    pub(super) fn list(&self) -> Result<TrustList, Failure> {
        TrustList::verify(&self.jwt, TRUST_LIST, self.signer.public(), SystemClock.now()).map_err(broken)
    }
}

/// Student of this university, currently enrolled; nothing else.
fn question(student_id: &str) -> Value {
    json!({"credentials": [{
        "id": "student",
        "format": "dc+sd-jwt",
        "meta": {"vct_values": [student_id]},
        "claims": [
            {"path": ["institution", "id"], "values": [INSTITUTION]},
            {"path": ["enrolment_status"], "values": ["enrolled"]},
        ],
    }]})
}

/// Somebody with a technical qualification, as a W3C credential.
fn qualified() -> Value {
    let class = format!("{EXAMPLE_BASE}/technical-qualification/1#TechnicalQualification");
    json!({"credentials": [{
        "id": "qualification",
        "format": "jwt_vc_json",
        "meta": {"type_values": [[class]]},
        "claims": [{"path": ["credentialSubject", "qualification", "name"]}],
    }]})
}

/// What somebody is qualified for and the grade of it, as a document of which claims are chosen.
pub(super) fn chosen() -> Value {
    let class = format!("{EXAMPLE_BASE}/technical-qualification/1#TechnicalQualification");
    json!({"credentials": [{
        "id": "qualification",
        "format": "ldp_vc",
        "meta": {"type_values": [[class]]},
        "claims": [
            {"path": ["credentialSubject", "qualification", "name"]},
            {"path": ["credentialSubject", "grade"]},
        ],
    }]})
}

/// Somebody of 19 or older by their driver licence, as an mdoc; nothing else.
pub(super) fn adult() -> Value {
    json!({"credentials": [{
        "id": "licence",
        "format": "mso_mdoc",
        "meta": {"doctype_value": "org.iso.18013.5.1.mDL"},
        "claims": [{"path": ["org.iso.18013.5.1", "age_over_19"], "values": [true]}],
    }]})
}

/// The licensing agency: as [`office`], with its certificate in `folder`, and the key of that.
fn licensing(base: &Url, folder: &Path) -> Result<(Office, (String, TenantConfig), DocumentSigner), Failure> {
    let of_type = "driver-licence";
    let token = random_id::<32>(&OsEntropy);
    let url = base.join(LICENSING).map_err(broken)?;
    let signer = DocumentSigner::certified(folder, url.as_str())?;
    let config: TenantConfig = configured(json!({
        "name": {"ko": "누리면허관리원", "en": "Nuri Licensing Agency"},
        "types": [of_type],
        "formats": {(of_type): ["mso_mdoc"]},
        "mechanism": "x5c",
        "x5c": signer.x5c,
        "admins": {"registrar": TokenHash::of(&token).to_text()},
    }))?;
    let office = Office { name: config.name.clone(), url, token, of_type, documents: false };
    Ok((office, (LICENSING.to_owned(), config), signer))
}

/// A tenant of the issuer at `base`: how its registrar knows it, and its configuration.
fn office(
    base: &Url,
    id: &str,
    [ko, en]: [&str; 2],
    (of_type, documents): (&'static str, bool),
) -> Result<(Office, (String, TenantConfig)), Failure> {
    let (token, url) = (random_id::<32>(&OsEntropy), base.join(id).map_err(broken)?);
    let office =
        Office { name: Name { ko: ko.to_owned(), en: en.to_owned() }, url, token, of_type, documents };
    let mut config = json!({
        "name": {"ko": ko, "en": en},
        "types": [of_type],
        "admins": {"registrar": TokenHash::of(&office.token).to_text()},
    });
    if let (Some(config), Value::Object(issuing)) = (config.as_object_mut(), office.issuing()) {
        config.extend(issuing);
    }
    Ok((office, (id.to_owned(), configured(config)?)))
}

/// A section of the configuration, as its file would say it.
fn configured<T: DeserializeOwned>(section: Value) -> Result<T, Failure> {
    serde_json::from_value(section).map_err(broken)
}

/// The store `{name}.redb` in `folder`.
pub(super) fn open_store(folder: &Path, name: &str) -> Result<Arc<dyn Store>, Failure> {
    let path = folder.join(format!("{name}.redb"));
    store::open(&StoreConfig { engine: StoreEngine::Redb, path }).map_err(broken)
}

async fn bind() -> Result<(Server, Url), Failure> {
    let server = Server::bind(ServerSettings::loopback()).await.map_err(broken)?;
    let url = Url::parse(&format!("http://{}", server.address())).map_err(broken)?;
    Ok((server, url))
}

impl Office {
    /// What its configuration says of the ways its type is issued in. Documents are signed by the key of a DID.
    pub(super) fn issuing(&self) -> Value {
        if !self.documents {
            return json!({"formats": {(self.of_type): FORMATS}});
        }
        let formats: Vec<&str> = FORMATS.into_iter().chain(["ldp_vc"]).collect();
        json!({
            "mechanism": "did",
            "formats": {(self.of_type): formats},
            "cryptosuites": {(self.of_type): SUITE},
        })
    }

    /// What people call it.
    pub(super) fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ko => &self.name.ko,
            Lang::En => &self.name.en,
        }
    }
}

pub(super) fn broken(error: impl ToString) -> Failure {
    let what = Text::new("the demo's services cannot start", "시연에 쓸 서비스를 시작할 수 없습니다");
    Failure::new(Exit::Environment, what).detail(error)
}
