//! `jigap verifier rotate-key` and `import-key`: the key that signs the verifier's requests is replaced, or the key of its
//! certificate taken in, while its service stands still.

pub(crate) mod ask;
pub(crate) mod audit;

use jigap_platform::keyring::{Imported, KeyringError};
use jigap_verifier::assembly::{Announcement, AssemblyError, RequestKey, VerifierConfig};
use jigap_wallet_core::text::Text;

use crate::args::{ImportRequestKey, RotateRequestKey};
use crate::deployment::{Deployment, misconfigured, runtime};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::issuer::{CERTIFICATE_FIRST, KNOWN, SIGNS};
use crate::talk::Talk;

const CERTIFY: Text = Text::new(
    "The next key is prepared and signs nothing yet. Above is its certification request. When the certificate stands in its place: jigap verifier rotate-key --promote",
    "다음 키를 준비했습니다. 아직 서명에 쓰지 않습니다. 위의 것이 인증서 발급 요청입니다. 인증서를 제자리에 넣은 뒤에 실행하십시오: jigap verifier rotate-key --promote",
);
const ANNOUNCE: Text = Text::new(
    "The next key is prepared and signs nothing yet. Above is the client identifier that it makes: tell whoever knows the verifier by it. Then: jigap verifier rotate-key --promote",
    "다음 키를 준비했습니다. 아직 서명에 쓰지 않습니다. 위의 것이 이 키로 만들어질 클라이언트 식별자이니, 검증자를 식별자로 아는 이들에게 알리십시오. 그다음 실행하십시오: jigap verifier rotate-key --promote",
);
const PROMOTED: Text =
    Text::new("The prepared key signs requests from now on.", "준비한 키로 지금부터 요청에 서명합니다.");
const REPLACED: Text = Text::new(
    "The key was replaced: the verifier is another client from now on.",
    "키를 바꾸었습니다. 지금부터 검증자의 클라이언트 식별자가 달라집니다.",
);
const IS_NEXT: Text = Text::new(
    "The key is sealed as the next one and signs nothing yet. Delete the file. When the certificate stands in its place: jigap verifier rotate-key --promote",
    "키를 다음 키로 봉인했습니다. 아직 서명에 쓰지 않습니다. 키 파일을 지우십시오. 인증서를 제자리에 넣은 뒤에 실행하십시오: jigap verifier rotate-key --promote",
);

/// Takes in the key of the verifier's certificate.
pub(crate) fn import_key(command: &ImportRequestKey, talk: &Talk) -> Result<Exit, Failure> {
    let key = input::private_key(&command.file)?;
    let deployment = Deployment::open(&command.config)?;
    let verifier = configured(&deployment)?;
    let imported = runtime()?.block_on(request_key(&verifier, &deployment)?.import(&key));
    let said = match imported.map_err(|error| unreplaced(&error))? {
        Imported::Signs => SIGNS,
        Imported::Next => IS_NEXT,
        Imported::Known => KNOWN,
    };
    talk.say(said.get(talk.lang()));
    Ok(Exit::Done)
}

/// Prepares, promotes or replaces the key.
pub(crate) fn rotate_key(command: &RotateRequestKey, talk: &Talk) -> Result<Exit, Failure> {
    let deployment = Deployment::open(&command.config)?;
    let verifier = configured(&deployment)?;
    let (key, now) = (request_key(&verifier, &deployment)?, deployment.clock.now());
    let done = runtime()?.block_on(async {
        if command.at_once {
            return key.at_once(now).await.map(|()| (REPLACED, None));
        }
        if command.promote {
            return key.promote(now).await.map(|()| (PROMOTED, None));
        }
        Ok(match key.prepare().await? {
            Announcement::Request(request) => (CERTIFY, Some(request)),
            Announcement::ClientId(next) => (ANNOUNCE, Some(next)),
        })
    });
    let (said, data) = done.map_err(|error| unreplaced(&error))?;
    if let Some(data) = data {
        talk.data(&(data + "\n"))?;
    }
    talk.say(said.get(talk.lang()));
    Ok(Exit::Done)
}

fn configured(deployment: &Deployment) -> Result<VerifierConfig, Failure> {
    deployment.verifier()?.ok_or_else(|| misconfigured("[verifier]"))
}

fn request_key<'a>(
    verifier: &'a VerifierConfig,
    deployment: &'a Deployment,
) -> Result<RequestKey<'a>, Failure> {
    let base = &deployment.config.server.public_url;
    RequestKey::new(&verifier.identity, base, deployment.keyring()).map_err(|error| unreplaced(&error))
}

fn unreplaced(error: &AssemblyError) -> Failure {
    let what = Text::new("the key cannot be replaced", "키를 바꿀 수 없습니다");
    let exit = match error {
        AssemblyError::Keyring(KeyringError::NotPrepared(_)) | AssemblyError::OtherKey(..) => Exit::No,
        AssemblyError::Keyring(_) => Exit::Environment,
        _ => Exit::Usage,
    };
    let failure = Failure::new(exit, what).detail(error);
    match error {
        AssemblyError::Keyring(KeyringError::NotPrepared(_)) => failure.hint(Text::new(
            "without --promote it is prepared first",
            "먼저 --promote 없이 실행하여 키를 준비하십시오",
        )),
        AssemblyError::OtherKey(..) => failure.hint(CERTIFICATE_FIRST),
        _ => failure,
    }
}
