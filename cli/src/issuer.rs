//! `jigap issuer rotate-key`: a tenant's signing key is replaced while its service stands still.

use jigap_issuer::assembly::{AssemblyError, rotate};
use jigap_platform::keyring::Keyring;
use jigap_wallet_core::text::Text;

use crate::args::RotateKey;
use crate::deployment::{Deployment, misconfigured, runtime};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

const REPLACED: Text = Text::new(
    "The key was replaced. Sign a new trust list now: jigap trust publish",
    "키를 바꾸었습니다. 이제 신뢰 목록에 새로 서명하십시오: jigap trust publish",
);

/// Replaces one key of one tenant.
pub(crate) fn rotate_key(command: &RotateKey, talk: &Talk) -> Result<Exit, Failure> {
    let deployment = Deployment::open(&command.config)?;
    let issuer = deployment.issuer_config()?.ok_or_else(|| misconfigured("[issuer]"))?;
    let tenant = issuer.tenants.get(&command.tenant);
    let tenant = tenant.ok_or_else(|| misconfigured(format!("[issuer.tenants.{}]", command.tenant)))?;
    let Deployment { store, vault, entropy, .. } = &deployment;
    let keyring = Keyring { store: &**store, vault, entropy: &**entropy };
    let replaced = rotate((&command.tenant, tenant), command.key, keyring, deployment.clock.now());
    runtime()?.block_on(replaced).map_err(|error| unreplaced(&error))?;
    talk.say(REPLACED.get(talk.lang()));
    Ok(Exit::Done)
}

fn unreplaced(error: &AssemblyError) -> Failure {
    let what = Text::new("the key cannot be replaced", "키를 바꿀 수 없습니다");
    let exit = match error {
        AssemblyError::Keyring(_) => Exit::Environment,
        _ => Exit::Usage,
    };
    Failure::new(exit, what).detail(error)
}
