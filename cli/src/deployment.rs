//! A deployment: a configuration, and the store, keys, clock and randomness that it names. Commands that run services or
//! act for them open one.

use std::path::Path;
use std::sync::Arc;

use jigap_issuer::assembly::{self, Assembled, AssemblyError, CertificateKey, IssuerConfig};
use jigap_issuer::tenant::World;
use jigap_keys::Entropy;
use jigap_people::assembly::PeopleConfig;
use jigap_people::http::Hosted as People;
use jigap_platform::clock::SystemClock;
use jigap_platform::config::Config;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::fetch::GuardedFetch;
use jigap_platform::keyring::Keyring;
use jigap_platform::secrets::Vault;
use jigap_platform::store::{self, OpenError, StoreConfig};
use jigap_verifier::assembly::{VerifierConfig, signer};
use jigap_wallet_core::ports::{Clock, Store};
use jigap_wallet_core::text::Text;
use jigap_wallet_core::trust::TrustEntry;

use crate::failure::{Exit, Failure};

/// What a configuration names, opened.
pub(crate) struct Deployment {
    pub(crate) config: Config,
    pub(crate) vault: Vault,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Deployment {
    /// Opens what the file at `path` names.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let config = Config::load(path).map_err(misconfigured)?;
        let settings = store_settings(&config)?;
        Self::over(config, || store::open(&settings).map_err(|error| unopened(&error)))
    }

    /// What `config` names, over the store that `open` gives once there is a master key.
    pub(crate) fn over(
        config: Config,
        open: impl FnOnce() -> Result<Arc<dyn Store>, Failure>,
    ) -> Result<Self, Failure> {
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let vault = config.vault(Arc::clone(&entropy)).map_err(misconfigured)?;
        Ok(Self { store: open()?, config, vault, clock: Arc::new(SystemClock), entropy })
    }

    /// Where its keys are kept.
    pub(crate) fn keyring(&self) -> Keyring<'_> {
        Keyring { store: &*self.store, vault: &self.vault, entropy: &*self.entropy }
    }

    /// The issuer, if the configuration has one.
    pub(crate) async fn issuer(&self) -> Result<Option<Assembled>, Failure> {
        let Some(issuer) = self.issuer_config()? else { return Ok(None) };
        self.opened(&issuer).await.map(Some)
    }

    /// What a trust list would say of its tenants, if the configuration has an issuer: for whoever only looks.
    pub(crate) async fn trust_entries(&self) -> Result<Option<Vec<TrustEntry>>, Failure> {
        let Some(issuer) = self.issuer_config()? else { return Ok(None) };
        let base = &self.config.server.public_url;
        let looked = assembly::look(&issuer, base, &self.vault, self.world()).await;
        looked.map(Some).map_err(|error| unissued(&error))
    }

    /// As [`Self::issuer`], to be served: it knows the key of the verifier beside it, if it takes that one's verdicts.
    pub(crate) async fn served_issuer(&self) -> Result<Option<Assembled>, Failure> {
        let Some(issuer) = self.issuer_config()? else { return Ok(None) };
        let issuer = self.beside_verifier(issuer).await?;
        self.opened(&issuer).await.map(Some)
    }

    /// The same issuer, knowing that key; refuses one that takes the verdicts of a verifier that there is not.
    pub(crate) async fn beside_verifier(&self, issuer: IssuerConfig) -> Result<IssuerConfig, Failure> {
        if !issuer.takes_own_verdicts() {
            return Ok(issuer);
        }
        let none =
            "from_verdicts.own_verifier: there is no [verifier] in this configuration, or it does not sign";
        let verifier = self.verifier()?.ok_or_else(|| misconfigured(none))?;
        let (base, now) = (&self.config.server.public_url, self.clock.now());
        let signer = signer(&verifier.identity, base, &self.keyring(), now).await;
        let (id, key) = signer.map_err(|error| unasked(&error))?.ok_or_else(|| misconfigured(none))?;
        Ok(issuer.beside_verifier(&id, &key))
    }

    async fn opened(&self, issuer: &IssuerConfig) -> Result<Assembled, Failure> {
        let opened = assembly::open(issuer, &self.config.server.public_url, &self.vault, self.world()).await;
        opened.map_err(|error| unissued(&error))
    }

    fn world(&self) -> World {
        World {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
        }
    }

    /// `[issuer]`, if the configuration has one.
    pub(crate) fn issuer_config(&self) -> Result<Option<IssuerConfig>, Failure> {
        let issuer = section::<IssuerConfig>(&self.config, "issuer")?;
        Ok(issuer.map(|issuer| issuer.resolved(|path| self.config.resolve(path))))
    }

    /// `[people]`, if the configuration has one.
    pub(crate) fn people(&self) -> Result<Option<PeopleConfig>, Failure> {
        let people = section::<PeopleConfig>(&self.config, "people")?;
        Ok(people.map(|people| people.resolved(|path| self.config.resolve(path))))
    }

    /// The people directory, if the configuration has one; it knows the key of the verifier beside it, if it follows that one.
    pub(crate) async fn directory(&self) -> Result<Option<Arc<People>>, Failure> {
        let Some(config) = self.people()? else { return Ok(None) };
        let (base, now) = (&self.config.server.public_url, self.clock.now());
        let beside = match (config.has_own_verifier(), self.verifier()?) {
            (true, Some(verifier)) => {
                let signer = signer(&verifier.identity, base, &self.keyring(), now).await;
                signer.map_err(|error| unasked(&error))?
            }
            _ => None,
        };
        let fetch = GuardedFetch::new(&self.config.fetch_settings()).map_err(misconfigured)?;
        let world = jigap_people::assembly::World {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            fetch: Arc::new(fetch),
        };
        let opened = jigap_people::assembly::open(&config, base, &self.vault, world, beside).await;
        opened.map(Some).map_err(misconfigured)
    }

    /// `[verifier]`, if the configuration has one.
    pub(crate) fn verifier(&self) -> Result<Option<VerifierConfig>, Failure> {
        let Some(mut verifier) = section::<VerifierConfig>(&self.config, "verifier")? else {
            return Ok(None);
        };
        let (identity, types) = (&mut verifier.identity, &mut verifier.types_folder);
        for path in [&mut identity.certificate, types].into_iter().flatten() {
            *path = self.config.resolve(path);
        }
        Ok(Some(verifier))
    }
}

/// Which store `config` names, and where.
pub(crate) fn store_settings(config: &Config) -> Result<StoreConfig, Failure> {
    let mut settings: StoreConfig = section(config, "store")?.ok_or_else(|| missing("store"))?;
    settings.path = config.resolve(&settings.path);
    Ok(settings)
}

fn section<T: serde::de::DeserializeOwned>(config: &Config, name: &str) -> Result<Option<T>, Failure> {
    config.section(name).map_err(misconfigured)
}

fn missing(section: &str) -> Failure {
    misconfigured(format!("[{section}]"))
}

/// The operator's mistake, with what it is.
pub(crate) fn misconfigured(error: impl ToString) -> Failure {
    let what = Text::new("the configuration cannot be used", "설정을 쓸 수 없습니다");
    Failure::new(Exit::Usage, what).detail(error).hint(Text::new(
        "docs/jigap.example.toml explains every setting; `jigap init` writes a working configuration",
        "docs/jigap.example.toml에 모든 설정의 설명이 있습니다. `jigap init`으로 바로 쓸 수 있는 설정을 만들 수 있습니다",
    ))
}

/// What keeps the issuer from starting; of keys, with the command that mends it.
fn unissued(error: &AssemblyError) -> Failure {
    let failure = misconfigured(error);
    match error {
        AssemblyError::PlainKey(_) => failure.hint(Text::new(
            "seal it once: `jigap issuer import-key --tenant ID FILE`; then take the line out and delete the file",
            "키를 한 번 봉인하십시오: `jigap issuer import-key --tenant ID FILE`. 그다음 이 줄과 키 파일을 지우십시오",
        )),
        AssemblyError::CertificateKey(_, CertificateKey::None | CertificateKey::Other) => failure.hint(Text::new(
            "`jigap issuer import-key` takes one in; `jigap issuer rotate-key` makes one and prints its certification request",
            "`jigap issuer import-key`로 가진 키를 봉인하거나, `jigap issuer rotate-key`로 키를 만들고 인증서 발급 요청을 받으십시오",
        )),
        AssemblyError::CertificateKey(_, CertificateKey::NotPromoted) => failure.hint(Text::new(
            "`jigap issuer rotate-key --promote` lets it sign",
            "`jigap issuer rotate-key --promote`로 서명하게 하십시오",
        )),
        _ => failure,
    }
}

/// What keeps the verifier from starting; of keys, with the command that mends it.
pub(crate) fn unasked(error: &jigap_verifier::assembly::AssemblyError) -> Failure {
    use jigap_verifier::assembly::AssemblyError as Error;
    let failure = misconfigured(error);
    match error {
        Error::PlainKey => failure.hint(Text::new(
            "seal it once: `jigap verifier import-key FILE`; then take the line out and delete the file",
            "키를 한 번 봉인하십시오: `jigap verifier import-key FILE`. 그다음 이 줄과 키 파일을 지우십시오",
        )),
        Error::NotPromoted(_) => failure.hint(Text::new(
            "`jigap verifier rotate-key --promote` lets it sign",
            "`jigap verifier rotate-key --promote`로 서명하게 하십시오",
        )),
        Error::OtherKey(..) => failure.hint(Text::new(
            "`jigap verifier rotate-key` prints a certification request; `jigap verifier import-key` takes in the certificate's own key",
            "`jigap verifier rotate-key`로 인증서 발급 요청을 받거나, `jigap verifier import-key`로 인증서의 키를 봉인하십시오",
        )),
        _ => failure,
    }
}

/// What keeps the store from opening.
pub(crate) fn unopened(error: &OpenError) -> Failure {
    let failure = |en, ko| Failure::new(Exit::Environment, Text::new(en, ko)).detail(error);
    match error {
        OpenError::InUse => failure("the store cannot be opened", "저장소를 열 수 없습니다").hint(Text::new(
            "stop `jigap serve` first: a store has one owner at a time",
            "먼저 `jigap serve`를 멈추십시오. 저장소는 한 번에 한 곳에서만 열 수 있습니다",
        )),
        OpenError::Damaged(_) => failure("the store is damaged", "저장소가 손상되었습니다").hint(Text::new(
            "restore a backup of it; keep the damaged file, if there is none newer",
            "백업을 복원하십시오. 더 새로운 백업이 없으면 손상된 파일을 보관해 두십시오",
        )),
        _ => failure("the store cannot be opened", "저장소를 열 수 없습니다"),
    }
}

/// A runtime for what waits.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        let what = Text::new("the process cannot start", "프로세스를 시작할 수 없습니다");
        Failure::new(Exit::Environment, what).detail(error)
    })
}
