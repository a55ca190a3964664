//! `jigap ca`: what it makes is read by OpenSSL, signs driver licences and requests, and serves TLS, as its own hints say; what is
//! there is never overwritten, and a crash loses nothing.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test's helpers fail the test, read files and start processes"
)]

#[path = "support/command.rs"]
mod command;
#[path = "support/mod.rs"]
mod support;

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use command::{jigap, refused};
use jigap_platform::clock::SystemClock;
use jigap_platform::fetch::{FetchSettings, GuardedFetch};
use jigap_platform::{files, pem};
use jigap_wallet_core::ports::{Clock as _, Fetch as _, FetchLimits, HttpRequest};
use jigap_wallet_core::x509::{Anchors, Leaf, validity};
use support::Served;

const PUBLIC: &str = "https://id.example.kr/licensing";

/// What was said on stdout, and on stderr.
#[track_caller]
fn done(output: Output) -> (String, String) {
    assert!(output.status.success(), "{output:?}");
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// An authority in a folder.
struct Ca(tempfile::TempDir);

impl Ca {
    fn new() -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        done(this.run("init", &["--country", "KR", "--name", "한빛 개발"]));
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("ca").join(name)
    }

    fn run(&self, command: &str, arguments: &[&str]) -> Output {
        let folder = self.0.path().join("ca");
        jigap(&[&["ca", command, folder.to_str().unwrap()], arguments].concat(), "")
    }

    fn certificate(&self, name: &str) -> Vec<u8> {
        pem::certificates(&files::read(&self.path(name)).unwrap()).unwrap().remove(0)
    }

    fn anchors(&self) -> Anchors {
        Anchors::new(vec![self.certificate("root.pem")]).unwrap()
    }

    /// What OpenSSL says when it is asked this in the folder. `None`, with a word on stderr, where it is not installed.
    fn openssl(&self, arguments: &[&str]) -> Option<Output> {
        match Command::new("openssl").args(arguments).current_dir(self.path("")).output() {
            Ok(output) => Some(output),
            Err(error) => {
                let required = std::env::var("JIGAP_REQUIRE_PEERS").is_ok_and(|value| value == "1");
                assert!(!required, "openssl does not start: {error}");
                eprintln!("skipped: no openssl");
                None
            }
        }
    }

    /// The certificate in words, without the white space.
    fn told(&self, name: &str) -> Option<String> {
        let told =
            self.openssl(&["x509", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus", "-in", name])?;
        assert!(told.status.success(), "{told:?}");
        Some(String::from_utf8(told.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

#[track_caller]
fn assert_tells(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn openssl_reads_each_profile_and_verifies_each_path() {
    let ca = Ca::new();
    done(ca.run("document-signer", &["--name", PUBLIC, "--common-name", "누리면허관리원", "--days", "457"]));
    done(ca.run("reader", &["--name", "gate.example.kr"]));
    done(ca.run(
        "tls",
        &["--name", "localhost", "--name", "*.jigap.test", "--name", "127.0.0.1", "--name", "::1"],
    ));
    let Some(root) = ca.told("root.pem") else { return };
    assert_tells(
        &root,
        &[
            "Version: 3 (0x2)",
            "Signature Algorithm: ecdsa-with-SHA256",
            "Issuer: C=KR,CN=한빛 개발",
            "Subject: C=KR,CN=한빛 개발",
            "X509v3 Basic Constraints: critical CA:TRUE, pathlen:0",
            "X509v3 Key Usage: critical Certificate Sign, CRL Sign",
            "X509v3 Issuer Alternative Name: URI:https://development.invalid/",
            "URI:https://development.invalid/root.crl",
            "NIST CURVE: P-256",
        ],
    );
    let signer = ca.told("document-signer.pem").unwrap();
    let reader = ca.told("reader.pem").unwrap();
    let server = ca.told("tls.pem").unwrap();
    assert_tells(
        &signer,
        &[
            "Issuer: C=KR,CN=한빛 개발",
            "Subject: C=KR,CN=누리면허관리원",
            "X509v3 Extended Key Usage: critical 1.0.18013.5.1.2",
            &format!("X509v3 Subject Alternative Name: URI:{PUBLIC}"),
        ],
    );
    assert_tells(&reader, &["X509v3 Extended Key Usage: critical 1.0.18013.5.1.6", "DNS:gate.example.kr"]);
    assert_tells(
        &server,
        &[
            "X509v3 Extended Key Usage: TLS Web Server Authentication",
            "DNS:localhost, DNS:*.jigap.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
        ],
    );
    // SHA-1 of the key, by the other implementation.
    let identifier = |told: &str, name: &str| {
        let (_, after) = told.split_once(&format!("X509v3 {name} Key Identifier: ")).unwrap();
        after.split(' ').next().unwrap().to_owned()
    };
    let spki = ca.openssl(&["x509", "-noout", "-pubkey", "-in", "root.pem"]).unwrap().stdout;
    let der: Vec<u8> = {
        use base64::Engine as _;
        let text = String::from_utf8(spki).unwrap();
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        base64::engine::general_purpose::STANDARD.decode(body).unwrap()
    };
    files::write_new(&ca.path("point"), &der[der.len() - 65..]).unwrap();
    let digest = String::from_utf8(ca.openssl(&["dgst", "-sha1", "-c", "point"]).unwrap().stdout).unwrap();
    let digest = digest.trim().rsplit(' ').next().unwrap().to_uppercase();
    assert_eq!(identifier(&root, "Subject"), digest);
    for told in [&signer, &reader, &server] {
        assert_eq!(identifier(told, "Authority"), digest);
        assert_tells(told, &["X509v3 Key Usage: critical Digital Signature"]);
        assert_eq!(told.contains("Issuer Alternative Name"), !std::ptr::eq(told, &server));
        assert_eq!(told.contains("CRL Distribution"), !std::ptr::eq(told, &server));
    }
    let verify = |arguments: &[&str]| {
        let verify = [&["verify", "-x509_strict", "-CAfile", "root.pem"], arguments].concat();
        ca.openssl(&verify).unwrap().status.success()
    };
    for name in ["root.pem", "document-signer.pem", "reader.pem", "tls.pem"] {
        assert!(verify(&[name]), "{name}");
    }
    for host in ["localhost", "a.jigap.test"] {
        assert!(verify(&["-purpose", "sslserver", "-verify_hostname", host, "tls.pem"]), "{host}");
    }
    for address in ["127.0.0.1", "::1"] {
        assert!(verify(&["-purpose", "sslserver", "-verify_ip", address, "tls.pem"]), "{address}");
    }
    assert!(!verify(&["-purpose", "sslserver", "-verify_hostname", "elsewhere.test", "tls.pem"]));
    assert!(!verify(&["-purpose", "sslserver", "document-signer.pem"]));
    assert!(!verify(&["-purpose", "sslserver", "reader.pem"]));
    // And who signed nothing here vouches for nothing.
    let other = Ca::new();
    done(other.run("reader", &[]));
    let theirs = other.path("reader.pem");
    assert!(!verify(&[theirs.to_str().unwrap()]));
    // The key is the certificate's, in PKCS #8.
    for name in ["root", "document-signer", "reader", "tls"] {
        let key = files::read(&ca.path(&format!("{name}-key.pem"))).unwrap();
        assert!(key.starts_with(b"-----BEGIN PRIVATE KEY-----\n") && key.ends_with(b"-----\n"));
        let file = format!("{name}-key.pem");
        let of_key = ca.openssl(&["pkey", "-pubout", "-in", &file]).unwrap();
        let certificate = format!("{name}.pem");
        let of_certificate = ca.openssl(&["x509", "-noout", "-pubkey", "-in", &certificate]).unwrap();
        assert!(of_key.status.success() && of_key.stdout == of_certificate.stdout, "{name}");
    }
}

#[test]
fn keys_are_their_owners_alone_and_nothing_is_overwritten() {
    let ca = Ca::new();
    let (paths, _) = done(ca.run("document-signer", &[]));
    let written = [ca.path("document-signer.pem"), ca.path("document-signer-key.pem")];
    assert_eq!(paths, format!("{}\n{}\n", written[0].display(), written[1].display()));
    for (name, secret) in
        [("root", true), ("document-signer", true), ("root", false), ("document-signer", false)]
    {
        let path = ca.path(&format!("{name}{}.pem", if secret { "-key" } else { "" }));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert!(if secret { mode == 0o600 } else { mode & 0o400 != 0 }, "{}: {mode:o}", path.display());
    }
    let before = written.clone().map(|path| files::read(&path).unwrap());
    let root = ca.certificate("root.pem");
    refused(&ca.run("document-signer", &["--days", "10"]), 3, "hint: nothing is overwritten");
    refused(&ca.run("init", &["--country", "JP", "--name", "x"]), 3, "hint: nothing is overwritten");
    assert_eq!(before, written.map(|path| files::read(&path).unwrap()));
    assert_eq!(root, ca.certificate("root.pem"));
    done(ca.run("document-signer", &["--file", "second"]));
    assert!(ca.path("second-key.pem").exists());
    assert_eq!(std::fs::read_dir(ca.path("")).unwrap().count(), 6, "nothing else is left behind");
}

#[test]
fn what_a_crash_left_goes_on_with_its_key_and_so_does_a_renewal() {
    let ca = Ca::new();
    done(ca.run("reader", &["--days", "1"]));
    let (first, key) = (ca.certificate("reader.pem"), files::read(&ca.path("reader-key.pem")).unwrap());
    std::fs::remove_file(ca.path("reader.pem")).unwrap();
    let (_, said) = done(ca.run("reader", &["--days", "1187"]));
    assert!(said.contains("it is that key which was certified"), "{said}");
    let second = ca.certificate("reader.pem");
    assert_eq!(files::read(&ca.path("reader-key.pem")).unwrap(), key);
    let leaf =
        |der: &Vec<u8>| Leaf::verify(std::slice::from_ref(der), &ca.anchors(), SystemClock.now()).unwrap();
    assert_eq!(leaf(&first).key(), leaf(&second).key());
    assert!(validity(&first).unwrap().1 < validity(&second).unwrap().1);
    // The root too, before anybody has its certificate.
    std::fs::remove_file(ca.path("root.pem")).unwrap();
    refused(&ca.run("tls", &["--name", "localhost"]), 3, "hint: `jigap ca init` makes one");
    done(ca.run("init", &["--country", "KR", "--name", "한빛 개발"]));
    assert!(Leaf::verify(&[second], &ca.anchors(), SystemClock.now()).is_ok());
    // A key that others can read is not used, nor one that is another's.
    std::fs::set_permissions(ca.path("root-key.pem"), std::fs::Permissions::from_mode(0o644)).unwrap();
    refused(&ca.run("tls", &["--name", "localhost"]), 3, "chmod 600");
    std::fs::copy(ca.path("reader-key.pem"), ca.path("root-key.pem")).unwrap();
    std::fs::set_permissions(ca.path("root-key.pem"), std::fs::Permissions::from_mode(0o600)).unwrap();
    refused(
        &ca.run("tls", &["--name", "localhost"]),
        3,
        "the key is not that of the authority's certificate",
    );
}

#[test]
fn wrong_use_is_told_with_what_to_do() {
    let ca = Ca::new();
    refused(&ca.run("tls", &[]), 2, "hint: --name says what it is called by");
    refused(&ca.run("tls", &["--name", "한빛.example"]), 2, "hint: write hosts and URIs in ASCII");
    refused(&ca.run("tls", &["--name", "a", "--days", "398"]), 2, "1..=397");
    refused(&ca.run("document-signer", &["--days", "458"]), 2, "1..=457");
    refused(&ca.run("reader", &["--days", "1188"]), 2, "1..=1187");
    refused(&ca.run("reader", &["--file", "../reader"]), 2, "use letters");
    refused(&ca.run("reader", &["--file", "root"]), 2, "use letters");
    refused(&ca.run("init", &["--country", "KR", "--name", "x", "--days", "7301"]), 2, "1..=7300");
    let short = tempfile::tempdir().unwrap();
    let folder = short.path().to_str().unwrap();
    refused(&jigap(&["ca", "init", folder, "--country", "kr", "--name", "x"], ""), 2, "two capital letters");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "no key for nothing");
    done(jigap(&["ca", "init", folder, "--country", "KR", "--name", "x", "--days", "30"], ""));
    refused(&jigap(&["ca", "reader", folder], ""), 2, "hint: fewer --days");
}

/// What a command's hints say goes into the configuration: the lines that begin with two spaces.
fn settings(said: &str) -> String {
    said.lines().filter_map(|line| line.strip_prefix("  ")).map(|line| line.to_owned() + "\n").collect()
}

/// The command that the hints end with.
fn command(said: &str) -> Vec<String> {
    let line = said.lines().find_map(|line| line.strip_prefix("jigap ")).unwrap();
    line.split(' ').map(str::to_owned).collect()
}

/// A folder that `jigap init` made for this public URL.
fn deployment(folder: &Path, scheme: &str) -> (PathBuf, String, [String; 2]) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let base = match scheme {
        "http" => format!("http://{free}"),
        _ => format!("https://localhost:{}", free.port()),
    };
    let here = folder.join("here");
    let init = ["init", here.to_str().unwrap(), "--listen", &free.to_string(), "--public-url", &base];
    let (said, _) = done(jigap(&init, ""));
    let token = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    (here.join("jigap.toml"), base, [token("admin"), token("asker")])
}

#[test]
fn a_licence_is_signed_and_asked_for_by_certificates_of_the_authority() {
    let ca = Ca::new();
    let (config, base, [admin, asker]) = deployment(ca.0.path(), "http");
    let (_, signer) = done(ca.run("document-signer", &["--name", &format!("{base}/licensing")]));
    let (_, reader) = done(ca.run("reader", &["--name", "gate.example.kr"]));
    let mut text = std::fs::read_to_string(&config).unwrap();
    let hash = text.split("registrar = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    text += &format!(
        "\n[issuer.tenants.licensing]\nname = {{ ko = \"누리면허관리원\", en = \"Nuri\" }}\n\
         types = [\"driver-licence\"]\nformats = {{ driver-licence = [\"mso_mdoc\"] }}\nmechanism = \"x5c\"\n{}\
         [issuer.tenants.licensing.admins]\nregistrar = \"{hash}\"\n{}\
         [verifier.templates.adult]\nquery = '''{{\"credentials\": [{{\"id\": \"licence\", \"format\": \"mso_mdoc\",\
         \"meta\": {{\"doctype_value\": \"org.iso.18013.5.1.mDL\"}},\
         \"claims\": [{{\"path\": [\"org.iso.18013.5.1\", \"age_over_19\"], \"values\": [true]}}]}}]}}'''\n",
        settings(&signer).replace("tenants.ID", "tenants.licensing"),
        settings(&reader),
    );
    std::fs::write(&config, text).unwrap();
    let config_path = config.to_str().unwrap();
    for said in [&signer, &reader] {
        let command = command(said);
        let tenant = command.iter().map(|word| if word == "ID" { "licensing" } else { word });
        done(jigap(&tenant.chain(["--config", config_path]).collect::<Vec<_>>(), ""));
    }
    done(jigap(&["trust", "publish", "--config", config_path], ""));
    let _served = Served::start(&config);
    let claims = include_str!("../../schemas/driver-licence/examples/valid/full.json");
    let body = format!(r#"{{"credential_configuration_id": "driver-licence_mso_mdoc", "claims": {claims}}}"#);
    let offered = support::post(&base, "/licensing/admin/offers", &admin, &body);
    let text = |value: &serde_json::Value, name: &str| value.get(name).unwrap().as_str().unwrap().to_owned();
    let (wallet, key, root) = (ca.0.path().join("wallet"), ca.0.path().join("key"), ca.path("root.pem"));
    let opened =
        ["wallet", "--dev", "--wallet", wallet.to_str().unwrap(), "--key-file", key.to_str().unwrap()];
    let held = |arguments: &[&str], stdin: &str| done(jigap(&[&opened, arguments].concat(), stdin));
    held(&["init"], "");
    held(&["accept", "--yes", "--tx-code", "-", &text(&offered, "offer")], &text(&offered, "tx_code"));
    let asked = support::post(&base, "/verifier/requests", &asker, r#"{"template": "adult"}"#);
    let link = text(&asked, "link");
    assert!(link.contains("x509_hash"), "{link}");
    held(&["present", "--yes", "--verifiers", root.to_str().unwrap(), &link], "");
    let path = format!("/verifier/requests/{}", text(&asked, "id"));
    let result = support::send(&base, "GET", &path, &text(&asked, "secret"), "", "");
    assert_eq!(result.pointer("/verdict/accepted").unwrap().as_bool(), Some(true), "{result}");
}

#[test]
fn tls_is_served_by_name_and_by_address_to_whoever_trusts_the_root() {
    let ca = Ca::new();
    let (config, base, _) = deployment(ca.0.path(), "https");
    let (_, said) = done(ca.run("tls", &["--name", "localhost", "--name", "127.0.0.1"]));
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("behind_proxy = true\n", &settings(&said))).unwrap();
    let _served = Served::start(&config);
    let fetch = |extra_roots: Vec<Vec<u8>>, url: String| {
        let guard = GuardedFetch::new(&FetchSettings { extra_roots, ..FetchSettings::dev() }).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let request = HttpRequest::get(url.parse().unwrap(), "*/*", FetchLimits::DOCUMENT);
        runtime.block_on(guard.send(request)).map(|answer| answer.status)
    };
    let root = vec![ca.certificate("root.pem")];
    let metadata = "/.well-known/openid-credential-issuer/hanbit";
    assert_eq!(fetch(root.clone(), format!("{base}{metadata}")), Ok(200));
    let by_address = base.replace("localhost", "127.0.0.1");
    assert_eq!(fetch(root, format!("{by_address}{metadata}")), Ok(200));
    assert!(fetch(vec![Ca::new().certificate("root.pem")], format!("{base}{metadata}")).is_err());
    assert!(fetch(Vec::new(), format!("{base}{metadata}")).is_err());
}
