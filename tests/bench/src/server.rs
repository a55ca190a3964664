//! Issuer and verifier as `jigap serve` runs them: one port, the frame of `platform`, one redb store on a real disk. The
//! same server also has [`baseline`](crate::baseline)'s routes, which do nothing but signatures.

use std::sync::Arc;

use axum::Router;
use jigap_issuer::assembly::{self as issuing, IssuerConfig};
use jigap_issuer::tenant::World as IssuerWorld;
use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::fetch::{FetchSettings, GuardedFetch};
use jigap_platform::http::{Assembly, Metrics, Server, ServerSettings, Shutdown, TokenHash};
use jigap_platform::secrets::Vault;
use jigap_platform::store::{StoreConfig, StoreEngine, open};
use jigap_verifier::assembly as verifying;
use jigap_wallet_core::ports::{Clock as _, Store};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{TrustEntry, TrustList, TrustListContent};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use url::Url;

use crate::{BenchError, baseline, broken};

/// The bearer token of registrar and asker.
pub(crate) const TOKEN: &str = "dG9rZW4tb2Ytd2hvZXZlci13b3Jrcy1oZXJl";
/// The one tenant.
pub(crate) const TENANT: &str = "hanbit";
const TYPES: &str = "https://jigap.example/types";
const LIST: &str = "https://trust.example/list";

/// A running server. It ends when this is dropped.
pub(crate) struct Running {
    /// Host and port.
    pub(crate) address: String,
    shutdown: Shutdown,
    _runtime: Runtime,
    _folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

impl Running {
    /// Starts a server on a free port of loopback. Its store lies where this program lies: on a disk, not in memory.
    pub(crate) fn start() -> Result<Self, BenchError> {
        let program = std::env::current_exe()?;
        let folder = tempfile::tempdir_in(program.parent().unwrap_or(&program))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let shutdown = Shutdown::new();
        let address = runtime.block_on(serve(&folder, &shutdown))?;
        Ok(Self { address, shutdown, _runtime: runtime, _folder: folder })
    }
}

#[expect(clippy::disallowed_methods, reason = "the server's end ends the task")]
async fn serve(folder: &TempDir, shutdown: &Shutdown) -> Result<String, BenchError> {
    let server = Server::bind(ServerSettings::loopback()).await.map_err(broken("a port"))?;
    let address = server.address().to_string();
    let base = Url::parse(&format!("http://{address}")).map_err(broken("a URL"))?;
    let master = folder.path().join("master.key");
    Vault::init(&master, &OsEntropy).map_err(broken("a vault"))?;
    let vault = Vault::open_file(&master, Arc::new(OsEntropy)).map_err(broken("a vault"))?;
    let config = StoreConfig { engine: StoreEngine::Redb, path: folder.path().join("store") };
    let store = open(&config).map_err(broken("a store"))?;
    let (issuer, entries) = issuer(&base, &vault, &store).await?;
    let verifier = verifier(&base, &vault, &store, trust(entries)?).await?;
    let routes = issuer.merge(verifier).merge(baseline::routes()?);
    let frame = Assembly::new(Arc::new(OsEntropy), Metrics::new(), shutdown.clone());
    tokio::spawn(server.serve(routes, frame, shutdown.clone()));
    Ok(address)
}

async fn issuer(
    base: &Url,
    vault: &Vault,
    store: &Arc<dyn Store>,
) -> Result<(Router, Vec<TrustEntry>), BenchError> {
    let config = json!({
        "types_base": TYPES,
        // The load comes from one address.
        "token_tries": 1_000_000_000,
        "tenants": {TENANT: {
            "name": {"ko": "한빛대학교", "en": "Hanbit University"},
            "types": ["student-id"],
            "admins": {"registrar": TokenHash::of(TOKEN).to_text()},
        }},
    });
    let config: IssuerConfig = serde_json::from_value(config).map_err(broken("a configuration"))?;
    let world =
        IssuerWorld { store: Arc::clone(store), clock: Arc::new(SystemClock), entropy: Arc::new(OsEntropy) };
    let assembled = issuing::open(&config, base, vault, world).await.map_err(broken("the issuer"))?;
    Ok((jigap_issuer::http::routes(assembled.issuer), assembled.trust_entries))
}

async fn verifier(
    base: &Url,
    vault: &Vault,
    store: &Arc<dyn Store>,
    trust: TrustList,
) -> Result<Router, BenchError> {
    let config = json!({
        "askers": {"door": TokenHash::of(TOKEN).to_text()},
        "templates": {"enrolled": {"query": {"credentials": [{
            "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [format!("{TYPES}/student-id/1")]},
            "claims": [{"path": ["enrolment_status"], "values": ["enrolled"]}, {"path": ["degree_level"]}],
        }]}}},
        "trust": {"bundle": "unused"},
    });
    let config = serde_json::from_value(config).map_err(broken("a configuration"))?;
    let fetch = GuardedFetch::new(&FetchSettings::dev()).map_err(broken("the fetch guard"))?;
    let world = verifying::World {
        store: Arc::clone(store),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        fetch: Arc::new(fetch),
    };
    let hosted = verifying::open(&config, base, vault, world, trust).await.map_err(broken("the verifier"))?;
    Ok(jigap_verifier::http::routes(hosted))
}

fn trust(entries: Vec<TrustEntry>) -> Result<TrustList, BenchError> {
    let signer = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
    let now = SystemClock.now();
    let content = TrustListContent {
        publisher: "https://trust.example".to_owned(),
        id: LIST.to_owned(),
        version: 1,
        issued_at: now,
        expires_at: now.plus(Seconds(86_400)),
        entries,
    };
    let jwt = content.issue(&signer, None).map_err(broken("a trust list"))?;
    TrustList::verify(&jwt, LIST, signer.public(), now).map_err(broken("a trust list"))
}
