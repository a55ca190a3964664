//! `jigap serve`: issuer, verifier and people directory in one process on one port, until a signal ends it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use jigap_issuer::assembly::unknown_to;
use jigap_issuer::http::Issuer;
use jigap_people::http::Hosted as People;
use jigap_platform::fetch::GuardedFetch;
use jigap_platform::files;
use jigap_platform::http::{Ailment, Assembly, Metrics, Probe, Server, Shutdown};
use jigap_platform::telemetry;
use jigap_verifier::assembly::{self, VerifierConfig, World};
use jigap_verifier::http::Hosted;
use jigap_verifier::trust::{BundleFile, Renewal};
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::ports::{Fetch, Store};
use jigap_wallet_core::text::{Lang, Text};
use jigap_wallet_core::trust::{TrustEntry, TrustList};

use crate::args::Serve;
use crate::deployment::{Deployment, misconfigured, runtime, unasked};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;
use crate::trust;

/// How often what need not be kept is forgotten.
const SWEEP: Duration = Duration::from_secs(60);
/// How often it is looked whether there is a newer trust list.
const LOOK: Duration = Duration::from_secs(10);

/// Serves until SIGINT or SIGTERM.
pub(crate) fn run(command: &Serve, talk: &Talk) -> Result<Exit, Failure> {
    let deployment = Deployment::open(&command.config)?;
    telemetry::init(&deployment.config.log).map_err(misconfigured)?;
    runtime()?.block_on(serve(&deployment, talk))
}

/// Puts together what [`run`] would serve, continues no log, and lets it go: for `jigap doctor`, whose store drops what is
/// written. Gives what a trust list of now would say of the tenants.
pub(crate) async fn rehearse(deployment: &Deployment) -> Result<Vec<TrustEntry>, Failure> {
    telemetry::check(&deployment.config.log).map_err(misconfigured)?;
    let entries = deployment.trust_entries().await?;
    if let Some(issuer) = deployment.issuer_config()? {
        deployment.beside_verifier(issuer).await?;
    }
    let verifier = deployment.verifier()?;
    if let Some(config) = &verifier {
        open_verifier(deployment, config).await?;
    }
    let people = deployment.directory().await?;
    if entries.is_none() && verifier.is_none() && people.is_none() {
        return Err(nothing_to_serve());
    }
    Ok(entries.unwrap_or_default())
}

fn nothing_to_serve() -> Failure {
    misconfigured("there is neither [issuer] nor [verifier] nor [people]")
}

async fn serve(deployment: &Deployment, talk: &Talk) -> Result<Exit, Failure> {
    let mut services = Services::open(deployment).await?;
    let shutdown = Shutdown::on_signals().map_err(environment)?;
    let settings = deployment.config.server_settings().map_err(misconfigured)?;
    let server = Server::bind(settings).await.map_err(environment)?;
    talk.say(&format!("{} ({})", deployment.config.server.public_base(), server.address()));
    let probe = services.readiness(deployment);
    for ailment in probe.ailments().await {
        talk.say(ailment.hint.get(talk.lang()));
    }
    let metrics = Metrics::new();
    if let Some(hosted) = &services.verifier {
        hosted.show(&metrics);
    }
    if let Some(people) = &services.people {
        people.show(&metrics);
    }
    let renewal = services.renewal.take();
    let hints = GuardedFetch::new(&deployment.config.fetch_settings()).map_err(environment)?;
    let frame = Assembly::new(Arc::clone(&deployment.entropy), metrics, shutdown.clone())
        .metrics_access(deployment.config.server.metrics_access())
        .probe(Arc::new(probe));
    let (finished, (), (), (), (), (), ()) = tokio::join!(
        server.serve(services.routes(), frame, shutdown.clone()),
        services.sweep(&shutdown),
        services.renew_trust(renewal, &shutdown),
        services.publish_trust(deployment, &shutdown, talk),
        services.follow_feed(&shutdown),
        services.watch_facts(&shutdown),
        services.hint(&hints, &shutdown),
    );
    if finished {
        return Ok(Exit::Done);
    }
    let what = Text::new("some requests were cut off at the end", "종료하면서 끝내지 못한 요청이 있습니다");
    Err(Failure::new(Exit::Environment, what))
}

/// What runs.
struct Services {
    issuer: Option<Arc<Issuer>>,
    /// What a trust list may say of the issuer's tenants.
    entries: Vec<TrustEntry>,
    verifier: Option<Arc<Hosted>>,
    renewal: Option<Renewal>,
    people: Option<Arc<People>>,
    /// Whether the trust list was to be signed anew last time, and was not.
    unsigned: Arc<AtomicBool>,
}

impl Services {
    async fn open(deployment: &Deployment) -> Result<Self, Failure> {
        let assembled = deployment.served_issuer().await?;
        let (issuer, entries) =
            assembled.map(|assembled| (assembled.issuer, assembled.trust_entries)).unzip();
        let (verifier, renewal) = match deployment.verifier()? {
            Some(config) => {
                let (hosted, renewal) = open_verifier(deployment, &config).await?;
                (Some(hosted), Some(renewal))
            }
            None => (None, None),
        };
        let people = deployment.directory().await?;
        if issuer.is_none() && verifier.is_none() && people.is_none() {
            return Err(nothing_to_serve());
        }
        let (entries, unsigned) = (entries.unwrap_or_default(), Arc::default());
        Ok(Self { issuer, entries, verifier, renewal, people, unsigned })
    }

    fn readiness(&mut self, deployment: &Deployment) -> Readiness {
        Readiness {
            store: Arc::clone(&deployment.store),
            issuer: self.issuer.clone(),
            entries: std::mem::take(&mut self.entries),
            verifier: self.verifier.clone(),
            people: self.people.clone(),
            unsigned: Arc::clone(&self.unsigned),
        }
    }

    fn routes(&self) -> Router {
        let issuer = self.issuer.clone().map(jigap_issuer::http::routes);
        let verifier = self.verifier.clone().map(jigap_verifier::http::routes);
        let people = self.people.clone().map(jigap_people::http::routes);
        issuer.into_iter().chain(verifier).chain(people).fold(Router::new(), Router::merge)
    }

    /// Follows the verifier of the people directory, until the end begins.
    async fn follow_feed(&self, shutdown: &Shutdown) {
        let Some(people) = &self.people else { return };
        tokio::join!(
            jigap_people::assembly::follow(people, shutdown),
            jigap_people::assembly::refresh(people, shutdown)
        );
    }

    /// Looks, now and then, whether there is a newer trust list, until the end begins.
    async fn renew_trust(&self, renewal: Option<Renewal>, shutdown: &Shutdown) {
        let (Some(mut renewal), Some(hosted)) = (renewal, &self.verifier) else { return };
        loop {
            let (trust, clock) = (&hosted.verifier.trust, &hosted.verifier.clock);
            hosted.looked_at_trust(renewal.look(trust, clock.now()).await);
            tokio::select! {
                () = shutdown.begun() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Signs the trust list anew, now and then, where the configuration says so, until the end begins.
    async fn publish_trust(&self, deployment: &Deployment, shutdown: &Shutdown, talk: &Talk) {
        let Some(hosted) = &self.verifier else { return };
        loop {
            self.publish_due(deployment, &hosted.verifier.trust.list(), talk).await;
            tokio::select! {
                () = shutdown.begun() => return,
                () = tokio::time::sleep(SWEEP) => {}
            }
        }
    }

    /// Looks whether the facts that are told still stand, until the end begins.
    async fn watch_facts(&self, shutdown: &Shutdown) {
        if let Some(hosted) = &self.verifier {
            hosted.watch(shutdown.begun()).await;
        }
    }

    /// Hints that status lists changed, until the end begins.
    async fn hint(&self, fetch: &GuardedFetch, shutdown: &Shutdown) {
        if let Some(issuer) = &self.issuer {
            issuer.hint(fetch, shutdown.begun()).await;
        }
    }

    /// Signs the trust list anew if it is due.
    async fn publish_due(&self, deployment: &Deployment, list: &TrustList, talk: &Talk) {
        let signed = trust::publish_when_due(deployment, list, talk).await;
        self.unsigned.store(signed.is_err(), Ordering::Relaxed);
        match signed {
            Ok(false) => {}
            Ok(true) => tracing::info!("the trust list was signed anew"),
            Err(failure) => {
                let reason = failure.reason(Lang::En);
                tracing::warn!(%reason, "the trust list was not signed anew; tried again soon");
            }
        }
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

pub(crate) async fn open_verifier(
    deployment: &Deployment,
    config: &VerifierConfig,
) -> Result<(Arc<Hosted>, Renewal), Failure> {
    let (bundle, trust) = trust_list(deployment, config)?;
    let fetch = GuardedFetch::new(&deployment.config.fetch_settings()).map_err(environment)?;
    let fetch: Arc<dyn Fetch> = Arc::new(fetch);
    let path = deployment.config.resolve(&config.trust.bundle);
    let renewal = Renewal::new(&bundle, Bundle(path), config.trust.url.clone(), Arc::clone(&fetch));
    let world = World {
        store: Arc::clone(&deployment.store),
        clock: Arc::clone(&deployment.clock),
        entropy: Arc::clone(&deployment.entropy),
        fetch,
    };
    let base = &deployment.config.server.public_url;
    let hosted = assembly::open(config, base, &deployment.vault, world, trust)
        .await
        .map_err(|error| unasked(&error))?;
    Ok((hosted, renewal.map_err(misconfigured)?))
}

/// The file of the trust bundle.
struct Bundle(PathBuf);

impl BundleFile for Bundle {
    fn read(&self) -> Option<Vec<u8>> {
        input::read(&self.0.to_string_lossy()).ok()
    }

    fn write(&self, bytes: &[u8]) -> bool {
        files::replace(&self.0, bytes).is_ok()
    }
}

/// The bundle, and its verified list.
fn trust_list(deployment: &Deployment, config: &VerifierConfig) -> Result<(Vec<u8>, TrustList), Failure> {
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
    let list = bundle.verify(deployment.clock.now()).map_err(|refusal| refused(refusal.to_string()))?;
    Ok((bytes, list))
}

/// Ready as long as the store gives snapshots and the verifier can judge.
struct Readiness {
    store: Arc<dyn Store>,
    issuer: Option<Arc<Issuer>>,
    entries: Vec<TrustEntry>,
    verifier: Option<Arc<Hosted>>,
    people: Option<Arc<People>>,
    unsigned: Arc<AtomicBool>,
}

const STORE_AWAY: Ailment = Ailment {
    code: "store-unavailable",
    hint: Text::new("The store does not answer.", "저장소가 응답하지 않습니다."),
    stops: true,
};

const STORE_STOPPED: Ailment = Ailment {
    code: "store-stopped",
    hint: Text::new(
        "The store has stopped: a write failed, or its file is damaged, or the disk is full. Restart `jigap serve`; if it does not start, restore a backup.",
        "저장소가 멈췄습니다. 쓰기가 실패했거나, 파일이 손상되었거나, 디스크가 가득 찼습니다. `jigap serve`를 다시 시작하고, 시작되지 않으면 백업을 복원하십시오.",
    ),
    stops: true,
};

const KEYS_UNKNOWN: Ailment = Ailment {
    code: "trust-list-behind",
    hint: Text::new(
        "The trust list does not know all issuers and keys here: what they sign is refused. `jigap trust publish` signs a new one.",
        "신뢰 목록에 이곳의 발급 기관이나 키가 빠져 있어, 그 키로 서명한 것이 거절됩니다. `jigap trust publish`로 새 목록에 서명하십시오.",
    ),
    stops: false,
};

const UNSIGNED: Ailment = Ailment {
    code: "trust-list-not-signed",
    hint: Text::new(
        "The trust list was to be signed anew (`publish_hours`) and could not be: gates shut when the one in use is too old for them. The log says why.",
        "신뢰 목록에 새로 서명해야 하는데(`publish_hours`) 하지 못했습니다. 쓰고 있는 목록이 너무 오래되면 출입문이 열리지 않습니다. 까닭은 로그에 있습니다.",
    ),
    stops: false,
};

#[async_trait]
impl Probe for Readiness {
    async fn ailments(&self) -> Vec<Ailment> {
        let mut ailments = Vec::from_iter(ailment_of(&*self.store).await);
        if let Some(issuer) = &self.issuer {
            ailments.extend(issuer.ailments());
        }
        if let Some(hosted) = &self.verifier {
            let list = hosted.verifier.trust.list();
            ailments.extend((!unknown_to(&list, &self.entries).is_empty()).then_some(KEYS_UNKNOWN));
            ailments.extend(self.unsigned.load(Ordering::Relaxed).then_some(UNSIGNED));
            ailments.extend(hosted.ailments().await);
        }
        ailments.extend(self.people.iter().flat_map(|people| people.ailments()));
        ailments
    }
}

/// What is wrong with `store`. One whose writer has ended may go on to give snapshots: it is asked whether it has stopped.
async fn ailment_of(store: &dyn Store) -> Option<Ailment> {
    let answers = match store.begin().await {
        Ok(tx) => tx.get("ready").await.is_ok(),
        Err(_) => false,
    };
    if store.has_stopped() { Some(STORE_STOPPED) } else { (!answers).then_some(STORE_AWAY) }
}

fn environment(error: impl ToString) -> Failure {
    let what = Text::new("the server cannot start", "서버를 시작할 수 없습니다");
    Failure::new(Exit::Environment, what).detail(error)
}

#[cfg(test)]
mod tests;
