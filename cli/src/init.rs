//! `jigap init`: a folder from which `jigap serve` runs. Overwrites nothing; prints the tokens it made, once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use jigap_issuer::types::EXAMPLE_BASE;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::files;
use jigap_platform::http::TokenHash;
use jigap_platform::secrets::Vault;
use jigap_wallet_core::sealing::random_id;
use jigap_wallet_core::text::Text;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::args::Init;
use crate::deployment::{Deployment, runtime};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;
use crate::trust;

/// The configuration that is explained, and what in it is filled in.
const EXAMPLE: &str = include_str!("../../docs/jigap.example.toml");
const PEOPLE: &str = include_str!("../../docs/jigap-people.example.toml");
const EXAMPLE_VERIFIER: &str = "https://gate.hanbit.example";
const EXAMPLE_VERIFIER_ID: &str = "decentralized_identifier:did:jwk:eyJ9";
const EXAMPLE_URL: &str = "https://id.hanbit.example";
const EXAMPLE_LISTEN: &str = "127.0.0.1:8080";
const EXAMPLE_ADMIN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const EXAMPLE_ASKER: &str = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// What stands in it for a people directory.
const EXAMPLE_FEED: &str = "# [[verifier.feeds]]\n# consumer = \"https://people.example\"\n# token = \"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"";
const EXAMPLE_COPIES: &str = "# [issuer.tenants.hanbit.directories]\n# configurations";
const PEOPLE_SECTION: &str = "\n# [people]\n";
/// How long the first trust list is valid.
const TRUST_DAYS: u32 = 90;

/// Makes the folder.
pub(crate) fn run(command: &Init, talk: &Talk) -> Result<Exit, Failure> {
    let folder = &command.directory;
    make_folder(folder)?;
    if let (Some(verifier), Some(id)) = (&command.people, &command.verifier_id) {
        return people(command, (verifier, id), talk);
    }
    let (admin, asker) =
        (Zeroizing::new(random_id::<32>(&OsEntropy)), Zeroizing::new(random_id::<32>(&OsEntropy)));
    let config = folder.join("jigap.toml");
    let token = Zeroizing::new(random_id::<32>(&OsEntropy));
    let example = if command.with_people { beside_people(&token) } else { EXAMPLE.to_owned() };
    let text = filled_in(command, &example, (&admin, &asker));
    files::write_new(&config, text.as_bytes()).map_err(|error| unwritten(&config, error))?;
    Vault::init(&folder.join("master.key"), &OsEntropy).map_err(|error| unwritten(folder, error))?;
    if command.with_people {
        let file = folder.join("feed.token");
        files::write_new_private(&file, token.as_bytes()).map_err(|error| unwritten(&file, error))?;
    }
    let deployment = Deployment::open(&config)?;
    let bundle = runtime()?.block_on(trust::publish_from(&deployment, TRUST_DAYS, talk))?;
    talk.say(&bundle.display().to_string());
    talk.data(&format!("admin {}\nasker {}\n", *admin, *asker))?;
    talk.say(
        Text::new(
            "keep these tokens: only their hashes are stored",
            "토큰을 보관하십시오. 해시만 저장되어 다시 볼 수 없습니다",
        )
        .get(talk.lang()),
    );
    talk.say(&format!("jigap serve --config {}", config.display()));
    Ok(Exit::Done)
}

/// Makes the folder of a people directory.
fn people(command: &Init, verifier: (&Url, &str), talk: &Talk) -> Result<Exit, Failure> {
    let folder = &command.directory;
    let token = Zeroizing::new(random_id::<32>(&OsEntropy));
    let (config, token_file) = (folder.join("jigap.toml"), folder.join("feed.token"));
    let text = people_filled_in(command, verifier);
    files::write_new(&config, text.as_bytes()).map_err(|error| unwritten(&config, error))?;
    Vault::init(&folder.join("master.key"), &OsEntropy).map_err(|error| unwritten(folder, error))?;
    files::write_new_private(&token_file, token.as_bytes()).map_err(|error| unwritten(&token_file, error))?;
    // What was written is a configuration.
    Deployment::open(&config)?.people()?;
    let (consumer, hash) =
        (command.public_url.as_str().trim_end_matches('/'), TokenHash::of(&token).to_text());
    talk.data(&format!("[[verifier.feeds]]\nconsumer = \"{consumer}\"\ntoken = \"{hash}\"\n"))?;
    let hint = Text::new(
        "these lines belong into the verifier's configuration; the token itself lies in feed.token",
        "위의 줄을 검증자의 설정에 넣으십시오. 토큰은 feed.token에 있습니다",
    );
    talk.say(hint.get(talk.lang()));
    talk.say(&format!("jigap serve --config {}", config.display()));
    Ok(Exit::Done)
}

fn people_filled_in(command: &Init, (verifier, id): (&Url, &str)) -> String {
    let text = PEOPLE
        .replace(EXAMPLE_VERIFIER, verifier.as_str().trim_end_matches('/'))
        .replace(&format!("\"{EXAMPLE_VERIFIER_ID}\""), &toml::Value::from(id).to_string())
        .replace(EXAMPLE_LISTEN, &listen(command))
        .replace(EXAMPLE_URL, command.public_url.as_str().trim_end_matches('/'));
    if command.public_url.scheme() == "http" { in_development(&text) } else { text }
}

fn in_development(text: &str) -> String {
    text.replace("dev = false", "dev = true").replace("behind_proxy = true\n", "behind_proxy = false\n")
}

fn filled_in(command: &Init, example: &str, (admin, asker): (&str, &str)) -> String {
    let url = command.public_url.as_str().trim_end_matches('/');
    let development = command.public_url.scheme() == "http";
    // Identifiers of types are https, also in development.
    let types = if development { EXAMPLE_BASE.to_owned() } else { format!("{url}/types") };
    let text = example
        .replace(&format!("{EXAMPLE_URL}/types"), &types)
        .replace(EXAMPLE_LISTEN, &listen(command))
        .replace(EXAMPLE_URL, url)
        .replace(EXAMPLE_ADMIN, &TokenHash::of(admin).to_text())
        .replace(EXAMPLE_ASKER, &TokenHash::of(asker).to_text());
    if development { in_development(&text) } else { text }
}

/// The example with a people directory: the lines that it has for one, without their `#`. The verifier tells the directory facts, the issuer hints
/// that a status list changed, and gives copies by which nobody is listed twice.
fn beside_people(token: &str) -> String {
    let section = EXAMPLE.find(PEOPLE_SECTION).and_then(|at| EXAMPLE.get(at..)).unwrap_or_default();
    let feed = TokenHash::of(token).to_text();
    EXAMPLE
        .replace("# hints = [\"https://verifier.example", &format!("hints = [\"{EXAMPLE_URL}"))
        .replace(EXAMPLE_COPIES, &EXAMPLE_COPIES.replace("# ", ""))
        .replace(
            EXAMPLE_FEED,
            &format!("[[verifier.feeds]]\nconsumer = \"{EXAMPLE_URL}\"\ntoken = \"{feed}\""),
        )
        .replace(section, &section.replace("\n# ", "\n"))
}

/// Where it listens: where it is said to, else where a public URL on loopback leads, else as the example has it.
fn listen(command: &Init) -> String {
    if let Some(listen) = command.listen {
        return listen.to_string();
    }
    let address = match command.public_url.host() {
        Some(Host::Domain("localhost")) => Some(IpAddr::from(Ipv4Addr::LOCALHOST)),
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
        _ => None,
    };
    let local = address.filter(IpAddr::is_loopback).zip(command.public_url.port());
    local.map_or_else(|| EXAMPLE_LISTEN.to_owned(), |local| SocketAddr::from(local).to_string())
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, error))
}

fn unwritten(path: &Path, error: impl std::fmt::Display) -> Failure {
    let what = Text::new("the folder cannot be set up", "폴더를 준비할 수 없습니다");
    Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display())).hint(Text::new(
        "nothing is overwritten: name another folder, or remove what is there",
        "있는 파일은 덮어쓰지 않습니다. 다른 폴더를 쓰거나 있는 것을 지우십시오",
    ))
}

#[cfg(test)]
mod tests {
    use jigap_issuer::assembly::IssuerConfig;
    use jigap_platform::config::Config;
    use jigap_platform::store::StoreConfig;
    use jigap_verifier::assembly::VerifierConfig;

    use super::*;

    fn read(text: String) -> (IssuerConfig, VerifierConfig, Config) {
        let config = Config::parse(Path::new("jigap.toml"), text).unwrap();
        assert!(config.section::<StoreConfig>("store").unwrap().is_some());
        let issuer = config.section("issuer").unwrap().unwrap();
        (issuer, config.section("verifier").unwrap().unwrap(), config)
    }

    #[test]
    fn the_example_is_a_configuration() {
        let (issuer, verifier, _) = read(EXAMPLE.to_owned());
        assert_eq!(issuer.tenants["hanbit"].admins["registrar"], EXAMPLE_ADMIN);
        assert_eq!(verifier.askers["gate"], EXAMPLE_ASKER);
    }

    #[test]
    fn a_people_directory_is_made_with_a_token_for_the_feed_of_its_verifier() {
        let folder = tempfile::tempdir().unwrap();
        let key = jigap_keys::PrivateKey::generate(jigap_keys::KeyType::P256, &OsEntropy);
        let did = jigap_wallet_core::did::jwk_did(key.public());
        let command = Init {
            directory: folder.path().join("people"),
            public_url: "http://127.0.0.1:28090".parse().unwrap(),
            listen: None,
            with_people: false,
            people: Some("http://127.0.0.1:28091/".parse().unwrap()),
            verifier_id: Some(format!("decentralized_identifier:{did}")),
        };
        run(&command, &Talk::new(None)).unwrap();
        let deployment = Deployment::open(&command.directory.join("jigap.toml")).unwrap();
        let config = deployment.people().unwrap().unwrap();
        assert_eq!(config.verifier.url.as_ref().unwrap().as_str(), "http://127.0.0.1:28091/");
        assert_eq!(deployment.config.server.listen.to_string(), "127.0.0.1:28090");
        let hosted = runtime().unwrap().block_on(deployment.directory()).unwrap().unwrap();
        assert_eq!(&hosted.feed.key, key.public(), "a did:jwk holds its key");
        assert_eq!(hosted.feed.consumer, "http://127.0.0.1:28090");
        assert!(run(&command, &Talk::new(None)).is_err(), "nothing is overwritten");
    }

    #[test]
    fn a_people_directory_beside_issuer_and_verifier_is_told_facts_and_gets_copies() {
        for (url, types) in [
            ("http://127.0.0.1:28092", EXAMPLE_BASE),
            ("https://id.example.ac.kr", "https://id.example.ac.kr/types"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let command = Init {
                directory: folder.path().join("here"),
                public_url: url.parse().unwrap(),
                listen: None,
                with_people: true,
                people: None,
                verifier_id: None,
            };
            run(&command, &Talk::new(None)).unwrap();
            let deployment = Deployment::open(&command.directory.join("jigap.toml")).unwrap();
            let (verifier, issuer) =
                (deployment.verifier().unwrap().unwrap(), deployment.issuer_config().unwrap().unwrap());
            assert_eq!(verifier.feeds[0].consumer, url);
            assert_eq!(issuer.tenants["hanbit"].hints[0].as_str(), format!("{url}/v1/feed/hints"));
            assert_eq!(issuer.tenants["hanbit"].directories.configurations, ["student-id".to_owned()].into());
            let people = deployment.people().unwrap().unwrap();
            assert_eq!(people.types_base.unwrap().as_str(), types);
            let hosted = runtime().unwrap().block_on(deployment.directory()).unwrap().unwrap();
            assert_eq!(hosted.feed.consumer, url);
            assert_eq!(TokenHash::of(&hosted.feed.token).to_text(), verifier.feeds[0].token);
        }
    }

    #[test]
    fn it_listens_where_a_loopback_url_leads_unless_it_is_told_otherwise() {
        let listens = |url: &str, told: Option<&str>| {
            listen(&Init {
                directory: "x".into(),
                public_url: url.parse().unwrap(),
                listen: told.map(|told| told.parse().unwrap()),
                with_people: false,
                people: None,
                verifier_id: None,
            })
        };
        for (url, listens_on) in [
            ("http://127.0.0.1:28080", "127.0.0.1:28080"),
            ("http://localhost:28080", "127.0.0.1:28080"),
            ("http://[::1]:28080", "[::1]:28080"),
            ("https://127.0.0.2:8443", "127.0.0.2:8443"),
            ("http://127.0.0.1", EXAMPLE_LISTEN),
            ("https://id.example.ac.kr", EXAMPLE_LISTEN),
            ("https://id.example.ac.kr:8443", EXAMPLE_LISTEN),
            ("https://10.0.0.1:8443", EXAMPLE_LISTEN),
        ] {
            assert_eq!(listens(url, None), listens_on, "{url}");
            assert_eq!(listens(url, Some("0.0.0.0:1")), "0.0.0.0:1", "{url}");
        }
    }

    #[test]
    fn what_is_filled_in_stands_in_the_configuration_and_the_tokens_do_not() {
        let command = Init {
            directory: "x".into(),
            public_url: "http://127.0.0.1:9000".parse().unwrap(),
            listen: None,
            with_people: false,
            people: None,
            verifier_id: None,
        };
        let text = filled_in(&command, EXAMPLE, ("admin-token", "asker-token"));
        assert!(!text.contains("-token\"") && !text.contains("hanbit.example"));
        let (issuer, verifier, config) = read(text);
        let hash = |token| TokenHash::of(token).to_text();
        assert_eq!(issuer.tenants["hanbit"].admins["registrar"], hash("admin-token"));
        assert_eq!(verifier.askers["gate"], hash("asker-token"));
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:9000");
        assert!(config.server.dev && !config.server.behind_proxy);
        assert_eq!(config.server.public_base(), "http://127.0.0.1:9000");
    }
}
