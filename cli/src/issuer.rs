//! `jigap issuer rotate-key`: a tenant's signing key is replaced while its service stands still.
//!
//! Refused: letting a key sign that the trust list of the configuration does not pin.

use jigap_issuer::assembly::{AssemblyError, Rotation};
use jigap_keys::PublicKey;
use jigap_platform::keyring::{Keyring, KeyringError};
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::text::Text;
use jigap_wallet_core::trust::PinnedKeys;

use crate::args::RotateKey;
use crate::deployment::{Deployment, misconfigured, runtime};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

const PREPARED: Text = Text::new(
    "The next key is prepared and signs nothing yet. Sign a new trust list: jigap trust publish. When every verifier has it: jigap issuer rotate-key --promote",
    "다음 키를 준비했습니다. 아직 서명에 쓰지 않습니다. 신뢰 목록에 새로 서명하십시오: jigap trust publish. 모든 검증자가 새 목록을 받은 뒤에 실행하십시오: jigap issuer rotate-key --promote",
);
const PROMOTED: Text = Text::new(
    "The prepared key signs from now on. What the old one signed stays valid until it ends.",
    "준비한 키로 지금부터 서명합니다. 옛 키로 서명한 것은 만료될 때까지 유효합니다.",
);
const REPLACED: Text = Text::new(
    "The key was replaced. Sign a new trust list now: jigap trust publish. Until verifiers have it they refuse what the new key signs.",
    "키를 바꾸었습니다. 이제 신뢰 목록에 새로 서명하십시오: jigap trust publish. 검증자가 새 목록을 받기 전까지는 새 키로 서명한 것이 거절됩니다.",
);

/// Prepares, promotes or replaces one key of one tenant.
pub(crate) fn rotate_key(command: &RotateKey, talk: &Talk) -> Result<Exit, Failure> {
    let deployment = Deployment::open(&command.config)?;
    let issuer = deployment.issuer_config()?.ok_or_else(|| misconfigured("[issuer]"))?;
    let tenant = issuer.tenants.get(&command.tenant);
    let tenant = tenant.ok_or_else(|| misconfigured(format!("[issuer.tenants.{}]", command.tenant)))?;
    let Deployment { store, vault, entropy, .. } = &deployment;
    let keyring = Keyring { store: &**store, vault, entropy: &**entropy };
    let rotation = Rotation::new((&command.tenant, tenant), command.key, keyring);
    let rotation = rotation.map_err(|error| unreplaced(&error))?;
    let said = runtime()?.block_on(async {
        let now = deployment.clock.now();
        if command.at_once {
            return rotation.at_once(now).await.map(|()| REPLACED).map_err(|error| unreplaced(&error));
        }
        if !command.promote {
            return rotation.prepare().await.map(|_| PREPARED).map_err(|error| unreplaced(&error));
        }
        if let Some(next) = rotation.prepared().await.map_err(|error| unreplaced(&error))? {
            require_pinned(&deployment, &next)?;
        }
        rotation.promote(now).await.map(|()| PROMOTED).map_err(|error| unreplaced(&error))
    })?;
    talk.say(said.get(talk.lang()));
    Ok(Exit::Done)
}

/// Refuses `next` unless the trust list of the configuration, if it has one, pins it.
fn require_pinned(deployment: &Deployment, next: &PublicKey) -> Result<(), Failure> {
    let Some(verifier) = deployment.verifier()? else { return Ok(()) };
    let path = deployment.config.resolve(&verifier.trust.bundle);
    let refused = |detail: String| {
        let what = Text::new(
            "the trust list of the configuration does not pin the prepared key",
            "설정의 신뢰 목록에 준비한 키가 없습니다",
        );
        Failure::new(Exit::No, what).detail(detail).hint(Text::new(
            "`jigap trust publish` signs one that does; --at-once replaces a key in wrong hands",
            "`jigap trust publish`로 새 목록을 만드십시오. 유출된 키는 --at-once로 바꿉니다",
        ))
    };
    let bundle = TrustBundle::parse(&input::read(&path.to_string_lossy())?);
    let bundle = bundle.map_err(|error| refused(error.to_string()))?;
    let list = bundle.verify(deployment.clock.now()).map_err(|refusal| refused(refusal.to_string()))?;
    let thumbprint = next.thumbprint();
    let pins = list.content().entries.iter().filter_map(|entry| entry.keys.as_ref());
    if pins.flat_map(PinnedKeys::all).any(|pin| *pin == thumbprint) {
        return Ok(());
    }
    Err(refused(path.display().to_string()))
}

fn unreplaced(error: &AssemblyError) -> Failure {
    let what = Text::new("the key cannot be replaced", "키를 바꿀 수 없습니다");
    let (exit, hint) = match error {
        AssemblyError::Keyring(KeyringError::NotPrepared(_)) => (
            Exit::No,
            Some(Text::new(
                "without --promote it is prepared first",
                "먼저 --promote 없이 실행하여 키를 준비하십시오",
            )),
        ),
        AssemblyError::Keyring(KeyringError::TooMany(..)) => (Exit::No, None),
        AssemblyError::Keyring(_) | AssemblyError::Issued(..) => (Exit::Environment, None),
        _ => (Exit::Usage, None),
    };
    let failure = Failure::new(exit, what).detail(error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
