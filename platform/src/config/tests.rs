//! Configurations with one mistake each.

use super::*;
use crate::entropy::OsEntropy;

const GOOD: &str = r#"[server]
public_url = "https://id.example.ac.kr"

[secrets]
master_key = "master.key"

[store]
engine = "redb"

[issuer.tenants.univ]
name = "대학교"
"#;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Issuer {
    tenants: std::collections::BTreeMap<String, Tenant>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Tenant {
    name: String,
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/etc/jigap/jigap.toml"), text.to_owned())
}

/// The line that is blamed, and the message.
fn blame<T: fmt::Debug>(outcome: Result<T, ConfigError>) -> (usize, String) {
    match outcome {
        Err(ConfigError::Invalid { line, message, .. }) => (line, message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_good_configuration_is_read_with_its_defaults() {
    let config = parse(GOOD).unwrap();
    assert_eq!(config.server.listen, default_listen());
    assert_eq!(config.server.public_base(), "https://id.example.ac.kr");
    assert_eq!(config.secrets, SecretsConfig::MasterKey("master.key".into()));
    assert_eq!(config.log, LogConfig::default());
    assert_eq!(config.resolve(Path::new("x.pem")), Path::new("/etc/jigap/x.pem"));
    assert_eq!(config.resolve(Path::new("/x.pem")), Path::new("/x.pem"));
    let settings = config.server_settings().unwrap();
    assert!(settings.tls.is_none() && !settings.behind_proxy && !config.fetch_settings().dev);
    let issuer: Issuer = config.section("issuer").unwrap().unwrap();
    assert_eq!(issuer.tenants["univ"].name, "대학교");
    assert_eq!(config.section::<Issuer>("verifier"), Ok(None));
}

#[test]
fn a_mistake_is_blamed_on_its_line() {
    let misspelt = GOOD.replace("public_url", "public_uri");
    let (line, message) = blame(parse(&misspelt));
    assert_eq!(line, 2);
    assert!(message.contains("public_uri") && message.contains("public_url"), "{message}");
    for (from, to, line) in [
        ("[store]", "[stores]", 7),
        ("master_key = \"master.key\"", "master_key = 5", 5),
        ("master_key = \"master.key\"", "credential = \"x\"\nmaster_key = \"y\"", 4),
        ("\"https://id.example.ac.kr\"", "\"id.example.ac.kr\"", 2),
        ("\"https://id.example.ac.kr\"", "\"http://id.example.ac.kr\"", 2),
        ("\"https://id.example.ac.kr\"", "\"http://127.0.0.1:8080\"", 2),
        ("\"https://id.example.ac.kr\"", "\"https://user@id.example.ac.kr\"", 2),
        ("\"https://id.example.ac.kr\"", "\"https://id.example.ac.kr/?x\"", 2),
        ("\"https://id.example.ac.kr\"", "\"https://id.example.ac.kr\"\nlisten = \"8080\"", 3),
        ("\"https://id.example.ac.kr\"", "\"https://id.example.ac.kr\"\nmetrics_token_hash = \"token\"", 3),
        ("[store]", "[log]\nformat = \"xml\"\n[store]", 8),
        ("[store]", "[store", 7),
    ] {
        assert_eq!(blame(parse(&GOOD.replace(from, to))).0, line, "{to}");
    }
}

#[test]
fn a_mistake_in_a_services_section_is_blamed_on_its_line_too() {
    let config = parse(&GOOD.replace("name = \"대학교\"", "name = \"대학교\"\nnmae = 1")).unwrap();
    let (line, message) = blame(config.section::<Issuer>("issuer"));
    assert_eq!(line, 12, "{message}");
    assert!(message.contains("nmae"), "{message}");
}

#[test]
fn http_is_for_development_on_loopback() {
    for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
        let text = GOOD.replace("https://id.example.ac.kr\"", &format!("http://{host}\"\ndev = true"));
        assert!(parse(&text).unwrap().fetch_settings().dev, "{host}");
    }
    let text = GOOD.replace("https://id.example.ac.kr\"", "http://id.example.ac.kr\"\ndev = true");
    assert_eq!(blame(parse(&text)).0, 2);
}

#[test]
fn metrics_are_open_to_this_machine_alone_unless_there_is_a_token() {
    let access = |more: &str| {
        let text = GOOD.replace("ac.kr\"", &format!("ac.kr\"\n{more}"));
        parse(&text).unwrap().server.metrics_access()
    };
    assert_eq!(access(""), MetricsAccess::Everybody);
    assert_eq!(access("behind_proxy = true"), MetricsAccess::Nobody);
    assert_eq!(access("listen = \"0.0.0.0:443\""), MetricsAccess::Nobody);
    let hash = TokenHash::of("token");
    let line = format!("metrics_token_hash = \"{}\"", hash.to_text());
    assert_eq!(access(&line), MetricsAccess::Bearer(hash));
}

#[test]
fn files_that_are_named_but_not_there_are_reported_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jigap.toml");
    let missing = Config::load(&path).err();
    assert_eq!(missing, Some(ConfigError::Read { path: path.clone(), kind: io::ErrorKind::NotFound }));
    let text = format!("{GOOD}[server.tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n");
    let config = Config::parse(&path, text).unwrap();
    let key = folder.path().join("k.pem");
    let unread = |error| Some(ConfigError::Key { path: key.clone(), error });
    let missing = PrivateFileError::Io(io::ErrorKind::NotFound);
    assert_eq!(config.server_settings().err(), unread(missing));
    crate::files::write_new(&key, b"for everybody").unwrap();
    assert_eq!(config.server_settings().err(), unread(PrivateFileError::Exposed));
    let master = folder.path().join("master.key");
    let vault = |config: &Config| config.vault(Arc::new(OsEntropy)).err();
    assert_eq!(vault(&config), Some(SecretsError::File(master.clone(), io::ErrorKind::NotFound)));
    Vault::init(&master, &OsEntropy).unwrap();
    assert_eq!(vault(&config), None);
}
