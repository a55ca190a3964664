//! `jigap trust publish`: a signed trust list of the tenants of a configuration, as a bundle.
//!
//! The list's signing key is made on the first use and sealed in the store under `trust/key/list`; its version grows by
//! one each time, under `trust/version`.

use jigap_keys::KeyType;
use jigap_platform::files;
use jigap_platform::keyring::Keyring;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::ports::{Signer as _, Store, StoreError, transact};
use jigap_wallet_core::text::Text;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::TrustListContent;

use crate::args::Publish;
use crate::deployment::{Deployment, misconfigured, runtime};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

const DAY: u32 = 86_400;
const VERSION: &str = "trust/version";

/// Signs the list and writes the bundle.
pub(crate) fn publish(command: &Publish, talk: &Talk) -> Result<Exit, Failure> {
    let deployment = Deployment::open(&command.config)?;
    runtime()?.block_on(publish_from(&deployment, command.days, talk))?;
    Ok(Exit::Done)
}

/// The same from an open deployment, for `jigap init`.
pub(crate) async fn publish_from(deployment: &Deployment, days: u32, talk: &Talk) -> Result<(), Failure> {
    let verifier = deployment.verifier()?.ok_or_else(|| misconfigured("[verifier.trust] bundle"))?;
    let entries = deployment.issuer().await?.ok_or_else(|| misconfigured("[issuer]"))?.trust_entries;
    let Deployment { store, vault, entropy, .. } = deployment;
    let keyring = Keyring { store: &**store, vault, entropy: &**entropy };
    let signer = keyring.signer("trust/key/list", KeyType::P256).await.map_err(unsigned)?;
    let base = deployment.config.server.public_base();
    let now = deployment.clock.now();
    let content = TrustListContent {
        publisher: base.to_owned(),
        id: format!("{base}/trust"),
        version: next_version(&**store).await.map_err(unsigned)?,
        issued_at: now,
        expires_at: now.plus(Seconds(days * DAY)),
        entries,
    };
    let list = content.unsigned(signer.public_key(), None).map_err(unsigned)?;
    let list = list.sign_with(&signer).await.map_err(unsigned)?;
    let bundle = TrustBundle::write((&content.id, &list), signer.public_key(), []);
    let path = deployment.config.resolve(&verifier.trust.bundle);
    files::replace(&path, bundle.to_string().as_bytes()).map_err(|error| {
        let what = Text::new("the trust bundle cannot be written", "신뢰 묶음을 쓸 수 없습니다");
        Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()))
    })?;
    talk.say(&path.display().to_string());
    Ok(())
}

/// The version after the one published last. A version that was taken and not published is only a gap.
async fn next_version(store: &dyn Store) -> Result<u64, StoreError> {
    transact(store, |tx| async move {
        let last =
            tx.get(VERSION).await?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
        tx.set(VERSION, (last + 1).to_be_bytes());
        Ok(last + 1)
    })
    .await
}

fn unsigned(error: impl ToString) -> Failure {
    let what = Text::new("the trust list cannot be signed", "신뢰 목록에 서명할 수 없습니다");
    Failure::new(Exit::Environment, what).detail(error)
}
