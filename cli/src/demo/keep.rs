//! `--keep DIR`: what stays when the demo has ended, for trying on by hand: the stores, a configuration that serves the
//! issuer's at the address it had, the tokens, the wallet, a presentation; and the commands to try.

use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use jigap_issuer::types::EXAMPLE_BASE;
use jigap_keys::base64url;
use jigap_keys::json::{self, Limits};
use jigap_platform::http::{Form, TokenHash};
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::judge::{Judge, Policy};
use jigap_wallet_core::ports::{Clock as _, Fetch as _, HttpRequest};
use jigap_wallet_core::text::Text;
use jigap_wallet_core::time::{Seconds, Timestamp};
use serde_json::Value;
use url::Url;

use super::authority;
use super::registrar::at;
use super::stage::Stage;
use super::story::{Ending, Shown};
use super::unexpected;
use super::world::{ADULT, CHOSEN, Office, QUESTION, World, adult, chosen};
use crate::failure::{Exit, Failure};

/// Makes the folder, for its owner alone, unless it is there.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes the passphrase, the presentation that the library saw, a trust bundle, a configuration and its tokens, and says
/// what to do with them.
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
    write(folder, "jigap.toml", configuration(world).as_bytes())?;
    write(folder, "registrar.token", world.university.token.as_bytes())?;
    write(folder, "door.token", world.venue.token.as_bytes())?;
    tell(folder, world, &kept, stage)
}

/// What to try next, as commands that a shell takes as they are.
fn tell(folder: &Path, world: &World, kept: &Kept, stage: &Stage<'_>) -> Result<(), Failure> {
    let file = |name: &str| quoted(&folder.join(name).display().to_string());
    let (here, base) = (quoted(&folder.display().to_string()), base(world));
    stage.title(Text::new("\nKept, to go on by hand", "\n남겨 두었습니다. 이어서 해 보십시오"))?;
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
    ))?;
    stage.say(Text::new(
        "See what the wallet holds, and what it did:",
        "지갑에 있는 것과 지갑으로 한 일을 보십시오.",
    ))?;
    let opening = format!("--wallet {here} --passphrase-file {}", file("passphrase"));
    stage.print(&format!("      jigap wallet list {opening}\n      jigap wallet history {opening}"))?;
    stage.say(Text::new(
        "Serve the issuer again, with a verifier beside it, and from another terminal ask, and answer the link:",
        "발급자를 검증자와 함께 다시 띄우고, 다른 터미널에서 물은 다음 나온 링크에 답해 보십시오.",
    ))?;
    stage.print(&format!(
        "      jigap serve --config {}\n      printf 'Authorization: Bearer %s' \"$(cat {})\" |\n        \
         curl -X POST {base}/verifier/requests -H @- -H 'content-type: application/json' \\\n        \
         -d '{{\"template\": \"{QUESTION}\"}}'\n      \
         jigap wallet present --dev {opening} 'openid4vp://…'",
        file("jigap.toml"),
        file("door.token"),
    ))
}

/// A word of a shell's command line, whatever is in it (POSIX 2.2.2).
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// Where the issuer was, and will be again.
fn base(world: &World) -> String {
    let url = &world.university.url;
    url.origin().ascii_serialization()
}

/// The issuer's store with its three tenants, and a verifier that asks what the venue asked, as `jigap serve` takes it.
fn configuration(world: &World) -> String {
    let base = base(world);
    let listen = base.trim_start_matches("http://");
    let mut text = format!(
        "# Made by `jigap demo --keep`; docs/jigap.example.toml explains every setting.\n\
         [server]\nlisten = \"{listen}\"\npublic_url = \"{base}\"\ndev = true\n\n\
         [secrets]\nmaster_key = \"master.key\"\n\n\
         [store]\nengine = \"redb\"\npath = \"issuer.redb\"\n\n\
         [issuer]\ntypes_base = \"{EXAMPLE_BASE}\"\n"
    );
    for office in [&world.university, &world.agency] {
        let (id, name) = (office.url.path().trim_matches('/'), &office.name);
        let hash = TokenHash::of(&office.token).to_text();
        text += &format!(
            "\n[issuer.tenants.{id}]\nname = {{ ko = \"{}\", en = \"{}\" }}\ntypes = [\"{}\"]\n{}\
             \n[issuer.tenants.{id}.admins]\nregistrar = \"{hash}\"\n",
            name.ko,
            name.en,
            office.of_type,
            settings(&office.issuing()),
        );
    }
    text += &licensing(&world.licensing);
    let (asker, question) = (TokenHash::of(&world.venue.token).to_text(), &world.question);
    text += &format!(
        "\n[verifier.askers]\ndoor = \"{asker}\"\n\n\
         [verifier.templates.{QUESTION}]\nmax_status_age = 0\nquery = '''{question}'''\n\n\
         [verifier.templates.{CHOSEN}]\nmax_status_age = 0\nquery = '''{}'''\n\n\
         [verifier.templates.{ADULT}]\nmax_status_age = 0\nquery = '''{}'''\n\n\
         [verifier.trust]\nbundle = \"trust.json\"\n",
        chosen(),
        adult(),
    );
    text
}

/// Settings as lines of TOML, tables on one line: strings and lists of strings are written as in JSON.
fn settings(settings: &Value) -> String {
    let entry = |(name, value): (&String, &Value)| format!("{name} = {value}");
    let line = |(name, value): (&String, &Value)| match value {
        Value::Object(members) => {
            format!("{name} = {{ {} }}\n", members.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        _ => entry((name, value)) + "\n",
    };
    settings.as_object().into_iter().flatten().map(line).collect()
}

/// The tenant that issues mdocs, with its certificates.
fn licensing(office: &Office) -> String {
    let (id, name, of_type) = (office.url.path().trim_matches('/'), &office.name, office.of_type);
    let (hash, [chain, anchors]) = (TokenHash::of(&office.token).to_text(), authority::FILES);
    format!(
        "\n[issuer.tenants.{id}]\nname = {{ ko = \"{}\", en = \"{}\" }}\ntypes = [\"{of_type}\"]\n\
         formats = {{ {of_type} = [\"mso_mdoc\"] }}\nmechanism = \"x5c\"\n\n\
         [issuer.tenants.{id}.x5c]\nchain = \"{chain}\"\nanchors = \"{anchors}\"\n\n\
         [issuer.tenants.{id}.admins]\nregistrar = \"{hash}\"\n",
        name.ko, name.en,
    )
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
    let mut presented = Judge::new(&trust, clock.now(), Policy::default()).read(text);
    loop {
        let needs = presented.needs(&documents);
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
            let fetched_at = clock.now().minus(Seconds(answer.age));
            let document = Document { bytes: answer.body, fetched_at, max_age };
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
