//! `jigap issuer rotate-key` and `import-key`: a tenant's signing key is replaced, or the key of its certificate taken in,
//! while its service stands still. `end-passes`: so are all passes of a kind ended.
//!
//! Refused: letting a key sign that the trust list of the configuration does not pin.

use jigap_issuer::assembly::{
    self, AssemblyError, CertificateKey, IssuerConfig, KeyPurpose, Rotation, TenantConfig,
};
use jigap_platform::keyring::{Imported, KeyringError};
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::did::ProofKey;
use jigap_wallet_core::text::Text;
use jigap_wallet_core::trust::{Mechanism, PinnedKeys, TrustEntry};

use crate::args::{EndPasses, ImportKey, RotateKey};
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
const PASSES_ENDED: Text = Text::new(
    "What is issued from now on is of a new version. Gates refuse the others when they have the next trust list: jigap trust publish",
    "지금부터 발급하는 패스는 새 버전입니다. 다음 신뢰 목록을 받은 문은 이전 패스를 거절합니다: jigap trust publish",
);
const REPLACED: Text = Text::new(
    "The key was replaced. Sign a new trust list now: jigap trust publish. Until verifiers have it they refuse what the new key signs.",
    "키를 바꾸었습니다. 이제 신뢰 목록에 새로 서명하십시오: jigap trust publish. 검증자가 새 목록을 받기 전까지는 새 키로 서명한 것이 거절됩니다.",
);

const CERTIFY: Text = Text::new(
    "The next key is prepared and signs nothing yet. Above is its certification request. Sign a new trust list: jigap trust publish. When every verifier has it, and the certificate stands in x5c.chain: jigap issuer rotate-key --promote",
    "다음 키를 준비했습니다. 아직 서명에 쓰지 않습니다. 위의 것이 인증서 발급 요청입니다. 신뢰 목록에 새로 서명하십시오: jigap trust publish. 모든 검증자가 새 목록을 받고 인증서를 x5c.chain에 넣은 뒤에 실행하십시오: jigap issuer rotate-key --promote",
);
pub(crate) const SIGNS: Text = Text::new(
    "The key is sealed and signs from now on. Delete the file.",
    "키를 봉인했고 지금부터 이 키로 서명합니다. 키 파일을 지우십시오.",
);
const IS_NEXT: Text = Text::new(
    "The key is sealed as the next one and signs nothing yet. Delete the file. Sign a new trust list: jigap trust publish. When every verifier has it, and the certificate stands in x5c.chain: jigap issuer rotate-key --promote",
    "키를 다음 키로 봉인했습니다. 아직 서명에 쓰지 않습니다. 키 파일을 지우십시오. 신뢰 목록에 새로 서명하십시오: jigap trust publish. 모든 검증자가 새 목록을 받고 인증서를 x5c.chain에 넣은 뒤에 실행하십시오: jigap issuer rotate-key --promote",
);
pub(crate) const KNOWN: Text = Text::new(
    "This key was sealed before: nothing has changed.",
    "이미 봉인되어 있는 키입니다. 바뀐 것이 없습니다.",
);

pub(crate) const CERTIFICATE_FIRST: Text = Text::new(
    "rotate-key without --promote prints the certification request; put the certificate in its place, then --promote",
    "rotate-key를 --promote 없이 실행하면 인증서 발급 요청이 나옵니다. 인증서를 제자리에 넣은 뒤 --promote로 실행하십시오",
);

/// Ends the passes of a kind that a tenant issued so far.
pub(crate) fn end_passes(command: &EndPasses, talk: &Talk) -> Result<Exit, Failure> {
    let deployment = Deployment::open(&command.config)?;
    let issuer = deployment.issuer_config()?.ok_or_else(|| misconfigured("[issuer]"))?;
    tenant(&issuer, &command.tenant)?;
    let ended = runtime()?.block_on(assembly::end_passes(&*deployment.store, &command.tenant, command.kind));
    ended.map_err(|error| {
        let what = Text::new("the passes cannot be ended", "패스를 끝낼 수 없습니다");
        Failure::new(Exit::Environment, what).detail(error)
    })?;
    talk.say(PASSES_ENDED.get(talk.lang()));
    Ok(Exit::Done)
}

/// Takes in the key of a tenant's certificate.
pub(crate) fn import_key(command: &ImportKey, talk: &Talk) -> Result<Exit, Failure> {
    let key = input::private_key(&command.file)?;
    let deployment = Deployment::open(&command.config)?;
    let issuer = deployment.issuer_config()?.ok_or_else(|| misconfigured("[issuer]"))?;
    let tenant = tenant(&issuer, &command.tenant)?;
    let rotation = Rotation::new((&command.tenant, tenant), KeyPurpose::Credential, deployment.keyring());
    let imported = runtime()?.block_on(rotation.import(&key)).map_err(|error| {
        let what = Text::new("the key cannot be taken in", "키를 받아들일 수 없습니다");
        let exit = if matches!(error, AssemblyError::Keyring(_)) { Exit::Environment } else { Exit::Usage };
        Failure::new(exit, what).detail(error)
    })?;
    let said = match imported {
        Imported::Signs => SIGNS,
        Imported::Next => IS_NEXT,
        Imported::Known => KNOWN,
    };
    talk.say(said.get(talk.lang()));
    Ok(Exit::Done)
}

fn tenant<'a>(issuer: &'a IssuerConfig, id: &str) -> Result<&'a TenantConfig, Failure> {
    issuer.tenants.get(id).ok_or_else(|| misconfigured(format!("[issuer.tenants.{id}]")))
}

/// Prepares, promotes or replaces one key of one tenant.
pub(crate) fn rotate_key(command: &RotateKey, talk: &Talk) -> Result<Exit, Failure> {
    let deployment = Deployment::open(&command.config)?;
    let issuer = deployment.issuer_config()?.ok_or_else(|| misconfigured("[issuer]"))?;
    let tenant = tenant(&issuer, &command.tenant)?;
    let rotation = Rotation::new((&command.tenant, tenant), command.key, deployment.keyring());
    let (said, request) = runtime()?.block_on(rotated(command, rotation, &deployment))?;
    if let Some(request) = request {
        talk.data(&(request + "\n"))?;
    }
    talk.say(said.get(talk.lang()));
    Ok(Exit::Done)
}

/// What was done, and the certification request of a key that needs a certificate.
async fn rotated(
    command: &RotateKey,
    rotation: Rotation<'_>,
    deployment: &Deployment,
) -> Result<(Text, Option<String>), Failure> {
    let refused = |error: AssemblyError| unreplaced(&error);
    let now = deployment.clock.now();
    if command.at_once {
        rotation.at_once(now).await.map_err(refused)?;
        return Ok((REPLACED, None));
    }
    if !command.promote {
        rotation.prepare().await.map_err(refused)?;
        let request = rotation.request(&deployment.config.server.public_url).await.map_err(refused)?;
        return Ok((if request.is_some() { CERTIFY } else { PREPARED }, request));
    }
    // Where no key has signed yet there is no list that could pin one.
    if let (Some(next), true) =
        (rotation.prepared().await.map_err(refused)?, rotation.signs().await.map_err(refused)?)
    {
        let by_certificate = rotation.is_certified().map_err(refused)?;
        require_pinned(deployment, (&command.tenant, by_certificate), &next)?;
    }
    rotation.promote(now).await.map_err(refused)?;
    Ok((PROMOTED, None))
}

/// Refuses `next` unless the trust list of the configuration, if it has one, pins it, or leaves the keys of `tenant` to its
/// certificates.
fn require_pinned(
    deployment: &Deployment,
    (tenant, by_certificate): (&str, bool),
    next: &ProofKey,
) -> Result<(), Failure> {
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
    let issuer = format!("{}/{tenant}", deployment.config.server.public_base());
    // Its certificates vouch for its keys, or the list does not know it by certificates yet: then it is signed anew anyway.
    let unpinned = |entry: &TrustEntry| {
        let pins = entry.keys.as_ref().is_some_and(|keys| keys.credentials.is_some());
        !pins || !matches!(entry.mechanism, Mechanism::X5c { .. })
    };
    if by_certificate && list.find(&issuer).is_none_or(unpinned) {
        return Ok(());
    }
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
        AssemblyError::CertificateKey(_, CertificateKey::NotPrepared | CertificateKey::AtOnce) => {
            (Exit::No, Some(CERTIFICATE_FIRST))
        }
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
