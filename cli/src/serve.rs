//! `jigap serve`: issuer and verifier in one process on one port, until a signal ends it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use jigap_issuer::http::Issuer;
use jigap_platform::fetch::GuardedFetch;
use jigap_platform::http::{Assembly, Metrics, Probe, Server, Shutdown};
use jigap_platform::telemetry;
use jigap_verifier::assembly::{self, VerifierConfig, World};
use jigap_verifier::http::Hosted;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::ports::Store;
use jigap_wallet_core::text::Text;
use jigap_wallet_core::trust::TrustList;

use crate::args::Serve;
use crate::deployment::{Deployment, misconfigured, runtime};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

/// How often what need not be kept is forgotten.
const SWEEP: Duration = Duration::from_secs(60);

/// Serves until SIGINT or SIGTERM.
pub(crate) fn run(command: &Serve, talk: &Talk) -> Result<Exit, Failure> {
    let deployment = Deployment::open(&command.config)?;
    telemetry::init(&deployment.config.log).map_err(misconfigured)?;
    runtime()?.block_on(serve(&deployment, talk))
}

async fn serve(deployment: &Deployment, talk: &Talk) -> Result<Exit, Failure> {
    let services = Services::open(deployment).await?;
    let shutdown = Shutdown::on_signals().map_err(environment)?;
    let settings = deployment.config.server_settings().map_err(misconfigured)?;
    let server = Server::bind(settings).await.map_err(environment)?;
    talk.say(&format!("{} ({})", deployment.config.server.public_base(), server.address()));
    let probe = StoreProbe(Arc::clone(&deployment.store));
    let frame = Assembly::new(Arc::clone(&deployment.entropy), Metrics::new(), shutdown.clone())
        .metrics_access(deployment.config.server.metrics_access())
        .probe(Arc::new(probe));
    let (finished, ()) =
        tokio::join!(server.serve(services.routes(), frame, shutdown.clone()), services.sweep(&shutdown));
    if finished {
        return Ok(Exit::Done);
    }
    let what = Text::new("some requests were cut off at the end", "종료하면서 끝내지 못한 요청이 있습니다");
    Err(Failure::new(Exit::Environment, what))
}

/// What runs.
struct Services {
    issuer: Option<Arc<Issuer>>,
    verifier: Option<Arc<Hosted>>,
}

impl Services {
    async fn open(deployment: &Deployment) -> Result<Self, Failure> {
        let issuer = deployment.issuer().await?.map(|assembled| assembled.issuer);
        let verifier = match deployment.verifier()? {
            Some(config) => Some(open_verifier(deployment, &config).await?),
            None => None,
        };
        if issuer.is_none() && verifier.is_none() {
            return Err(misconfigured("[issuer], [verifier]"));
        }
        Ok(Self { issuer, verifier })
    }

    fn routes(&self) -> Router {
        let issuer = self.issuer.clone().map(jigap_issuer::http::routes);
        let verifier = self.verifier.clone().map(jigap_verifier::http::routes);
        issuer.into_iter().chain(verifier).fold(Router::new(), Router::merge)
    }

    /// Forgets, now and then, what need not be kept, until the end begins.
    async fn sweep(&self, shutdown: &Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.begun() => return,
                () = tokio::time::sleep(SWEEP) => {}
            }
            if let Some(issuer) = &self.issuer
                && let Err(error) = issuer.sweep().await
            {
                tracing::warn!(%error, "the issuer's expired records were not forgotten; tried again soon");
            }
            if let Some(hosted) = &self.verifier
                && let Err(error) = hosted.verifier.sweep().await
            {
                tracing::warn!(%error, "ended sessions were not forgotten; tried again soon");
            }
        }
    }
}

async fn open_verifier(deployment: &Deployment, config: &VerifierConfig) -> Result<Arc<Hosted>, Failure> {
    let trust = trust_list(deployment, config)?;
    let fetch = GuardedFetch::new(&deployment.config.fetch_settings()).map_err(environment)?;
    let world = World {
        store: Arc::clone(&deployment.store),
        clock: Arc::clone(&deployment.clock),
        entropy: Arc::clone(&deployment.entropy),
        fetch: Arc::new(fetch),
    };
    let base = &deployment.config.server.public_url;
    assembly::open(config, base, &deployment.vault, world, trust).await.map_err(misconfigured)
}

fn trust_list(deployment: &Deployment, config: &VerifierConfig) -> Result<TrustList, Failure> {
    let path = deployment.config.resolve(&config.trust.bundle);
    let hint = Text::new(
        "`jigap trust publish` signs a list of the tenants here and writes the bundle",
        "`jigap trust publish`를 실행하면 이곳의 발급 기관 목록에 서명하여 묶음을 만듭니다",
    );
    let bytes = input::read(&path.to_string_lossy()).map_err(|failure| failure.hint(hint))?;
    let refused = |error: String| {
        let what = Text::new("the trust bundle cannot be used", "신뢰 묶음을 쓸 수 없습니다");
        Failure::new(Exit::Usage, what).detail(error).hint(hint)
    };
    let bundle = TrustBundle::parse(&bytes).map_err(|error| refused(error.to_string()))?;
    bundle.verify(deployment.clock.now()).map_err(|refusal| refused(refusal.to_string()))
}

/// Ready as long as the store gives snapshots.
struct StoreProbe(Arc<dyn Store>);

#[async_trait]
impl Probe for StoreProbe {
    async fn ready(&self) -> bool {
        match self.0.begin().await {
            Ok(tx) => tx.get("ready").await.is_ok(),
            Err(_) => false,
        }
    }
}

fn environment(error: impl ToString) -> Failure {
    let what = Text::new("the server cannot start", "서버를 시작할 수 없습니다");
    Failure::new(Exit::Environment, what).detail(error)
}
