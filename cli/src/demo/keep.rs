//! `--keep DIR`: what stays when the demo has ended, for trying on by hand, and the commands to try.

use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use jigap_keys::base64url;
use jigap_keys::json::{self, Limits};
use jigap_platform::http::Form;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::judge::{self, Evidence};
use jigap_wallet_core::ports::{Clock as _, Fetch as _, HttpRequest};
use jigap_wallet_core::text::Text;
use jigap_wallet_core::time::{Seconds, Timestamp};
use serde_json::Value;
use url::Url;

use super::registrar::at;
use super::stage::Stage;
use super::story::{Ending, Shown};
use super::unexpected;
use super::world::World;
use crate::failure::{Exit, Failure};

/// Makes the folder, for its owner alone, unless it is there.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes the passphrase, the presentation that the library saw and a trust bundle, and says what to do with them.
pub(super) async fn leave(
    folder: &Path,
    world: &World,
    ending: &Ending,
    stage: &Stage<'_>,
) -> Result<(), Failure> {
    write(folder, "passphrase", ending.passphrase.as_bytes())?;
    let Some(kept) = ending.shown.as_ref().and_then(read) else {
        return Err(unexpected(Text::new("there is no presentation to keep", "남길 제출본이 없습니다")));
    };
    write(folder, "presentation.sd-jwt", kept.text.as_bytes())?;
    let bundle = bundle(world, &kept.text).await?;
    write(folder, "trust.json", bundle.to_string().as_bytes())?;
    stage.title(Text::new("\nKept, to go on by hand", "\n남겨 두었습니다. 이어서 해 보십시오"))?;
    let file = |name: &str| folder.join(name).display().to_string();
    stage.line(
        Text::new("stores", "저장소"),
        &format!("{} (issuer, venue, library, wallet).redb", folder.display()),
    )?;
    stage.line(Text::new("passphrase", "지갑 암호"), &file("passphrase"))?;
    stage.say(Text::new(
        "Judge, without a network, what the library was shown; then change a letter of it and judge again:",
        "도서관에 제출한 것을 네트워크 없이 판정해 보십시오. 한 글자를 고친 뒤 다시 판정해 보십시오.",
    ))?;
    stage.print(&format!(
        "      jigap verify {} --trust {} \\\n        --at {} --nonce {} \\\n        --audience {}",
        file("presentation.sd-jwt"),
        file("trust.json"),
        kept.made.to_rfc3339(),
        kept.nonce,
        kept.audience,
    ))
}

/// A presentation and what it is judged against.
struct Kept {
    text: String,
    audience: String,
    nonce: String,
    made: Timestamp,
}

/// Reads the presentation back out of the posted form (`direct_post`, OpenID4VP 1.0 §8.2).
fn read(shown: &Shown) -> Option<Kept> {
    let form = Form::parse(&shown.response.body).ok()?;
    let token = json::parse(form.value("vp_token")?.as_bytes(), Limits::MESSAGE).ok()?;
    let text = at(&token, "/student/0").as_str()?.to_owned();
    // The holder's proof is the last part (RFC 9901 §4); what it says is the demo's own.
    let proof = text.rsplit('~').next()?.split('.').nth(1)?;
    let claims: Value = json::parse(&base64url::decode(proof).ok()?, Limits::MESSAGE).ok()?;
    let nonce = at(&claims, "/nonce").as_str()?.to_owned();
    let made = Timestamp::from_unix(at(&claims, "/iat").as_i64()?);
    Some(Kept { text, audience: shown.audience.clone(), nonce, made })
}

/// The trust list with all documents that judging `text` needs.
async fn bundle(world: &World, text: &str) -> Result<Value, Failure> {
    let (trust, clock) = (world.trust.list()?, jigap_platform::clock::SystemClock);
    let (mut documents, mut kept) = (Documents::new(), Vec::<(Url, Document)>::new());
    loop {
        let evidence = Evidence { trust: &trust, documents: &documents };
        let needs = judge::needs(text, &evidence, clock.now());
        if needs.is_empty() {
            break;
        }
        for need in needs {
            let answer = world.wire.send(HttpRequest::get(need.url.clone(), need.accept, need.limits)).await;
            let answer = answer.map_err(|error| {
                unexpected(Text::new("a document cannot be fetched", "문서를 가져올 수 없습니다"))
                    .detail(error)
            })?;
            let max_age = answer.max_age.map(Seconds);
            let document = Document { bytes: answer.body, fetched_at: clock.now(), max_age };
            documents.insert(need.url.clone(), document.clone());
            kept.push((need.url, document));
        }
    }
    let list = (world.trust.id(), world.trust.jwt.as_str());
    let documents = kept.iter().map(|(url, document)| (url, document));
    Ok(TrustBundle::write(list, world.trust.signer.public(), documents))
}

/// Writes a new file for its owner alone.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let path = folder.join(name);
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|error| {
        let what = Text::new("a file cannot be written", "파일을 쓸 수 없습니다");
        Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()))
    })
}
