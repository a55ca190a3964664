//! Keys that are replaced under the eyes of a wallet and a verifier: the trust list's signer, the verifier's request key, and
//! the key of a tenant's certificate, each by its command, with `jigap serve` before and after.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and start processes"
)]

#[path = "support/command.rs"]
mod command;
#[path = "support/mod.rs"]
mod support;

use std::cell::Cell;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Output;

use command::{jigap, refused};
use jigap_platform::clock::SystemClock;
use jigap_platform::files;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::ports::Clock as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use support::{Served, post};

#[track_caller]
fn done(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A folder that `jigap init` made, whose template takes whoever is a student here.
struct Here {
    folder: tempfile::TempDir,
    base: String,
    admin: String,
    asker: String,
    /// Whose wallet it is.
    holder: Cell<&'static str>,
}

impl Here {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let (base, here) = (format!("http://{free}"), folder.path().join("here"));
        let init = ["init", here.to_str().unwrap(), "--listen", &free, "--public-url", &base];
        let said = done(jigap(&init, ""));
        let token =
            |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        let (admin, asker) = (token("admin"), token("asker"));
        let this = Self { folder, base, admin, asker, holder: Cell::new("one") };
        this.configure(|text| text.replace(r#""values": ["enrolled"]"#, r#""values": ["on_leave"]"#));
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("here").join(name)
    }

    fn configure(&self, change: impl FnOnce(String) -> String) {
        let text = std::fs::read_to_string(self.path("jigap.toml")).unwrap();
        std::fs::write(self.path("jigap.toml"), change(text)).unwrap();
    }

    fn run(&self, command: &[&str]) -> Output {
        self.run_with(command, "")
    }

    fn run_with(&self, command: &[&str], stdin: &str) -> Output {
        jigap(&[command, &["--config", self.path("jigap.toml").to_str().unwrap()]].concat(), stdin)
    }

    fn serve(&self) -> Served {
        Served::start(&self.path("jigap.toml"))
    }

    fn wallet(&self, arguments: &[&str], stdin: &str) -> Output {
        let holder = self.folder.path().join(self.holder.get());
        let (wallet, key) = (holder.join("wallet"), holder.join("key"));
        let opened =
            ["wallet", "--dev", "--wallet", wallet.to_str().unwrap(), "--key-file", key.to_str().unwrap()];
        jigap(&[&opened, arguments].concat(), stdin)
    }

    fn make_wallet(&self) {
        std::fs::create_dir(self.folder.path().join(self.holder.get())).unwrap();
        done(self.wallet(&["init"], ""));
    }

    /// The wallet takes a student ID.
    fn accept(&self, key: &str) {
        let claims = include_str!("../../schemas/student-id/examples/valid/minimal.json");
        let body = format!(
            r#"{{"credential_configuration_id": "student-id", "reference": "{key}", "claims": {claims}}}"#
        );
        let made = support::post_with(&self.base, "/hanbit/admin/offers", &self.admin, &body, key);
        let text = |name: &str| made.get(name).unwrap().as_str().unwrap().to_owned();
        done(self.wallet(&["accept", "--yes", "--tx-code", "-", &text("offer")], &text("tx_code")));
    }

    /// Asks for a student, and the link of the question.
    fn ask(&self) -> String {
        let asked =
            post(&self.base, "/verifier/requests", &self.asker, r#"{"template": "enrolled-student"}"#);
        asked.get("link").unwrap().as_str().unwrap().to_owned()
    }

    /// Whether a student who presents is taken for one.
    fn passes(&self) -> bool {
        let asked =
            post(&self.base, "/verifier/requests", &self.asker, r#"{"template": "enrolled-student"}"#);
        let text = |name: &str| asked.get(name).unwrap().as_str().unwrap().to_owned();
        done(self.wallet(&["present", "--yes", &text("link")], ""));
        let path = format!("/verifier/requests/{}", text("id"));
        let result = support::send(&self.base, "GET", &path, &text("secret"), "", "");
        result.pointer("/verdict/accepted").unwrap().as_bool().unwrap()
    }

    fn bundle(&self) -> TrustBundle {
        TrustBundle::parse(&files::read(&self.path("trust.jigap")).unwrap()).unwrap()
    }
}

#[test]
fn nothing_is_refused_while_the_signer_of_the_trust_list_is_replaced() {
    let here = Here::new();
    here.make_wallet();
    let former = files::read(&here.path("trust.jigap")).unwrap();
    {
        let _served = here.serve();
        here.accept("1");
        assert!(here.passes());
    }
    done(here.run(&["trust", "rotate-key"]));
    {
        // The verifier has the list of before.
        let _served = here.serve();
        assert!(here.passes(), "what the former key signed counts");
    }
    done(here.run(&["trust", "publish"]));
    let present = here.bundle();
    let pinned = TrustBundle::parse(&former).unwrap();
    assert_ne!(present.signer, pinned.signer);
    // Whoever pinned the former key and is brought the list of the present one, as from where it is published.
    let followed = TrustBundle { trust_list: present.trust_list.clone(), ..pinned.clone() };
    let now = SystemClock.now();
    assert_eq!(followed.verify(now).unwrap().signer(), Some(&present.signer));
    let written = TrustBundle::write((&followed.list, &followed.trust_list), &followed.signer, []);
    files::replace(&here.path("trust.jigap"), written.to_string().as_bytes()).unwrap();
    {
        let _served = here.serve();
        assert!(here.passes(), "who pinned the former key follows");
    }
    // And over two replacements.
    done(here.run(&["trust", "rotate-key"]));
    done(here.run(&["trust", "publish"]));
    let third = here.bundle();
    for pin in [&pinned, &present] {
        let followed = TrustBundle { trust_list: third.trust_list.clone(), ..pin.clone() };
        assert_eq!(followed.verify(now).unwrap().signer(), Some(&third.signer));
    }
    // What the replaced keys signed does not count for who has the present one.
    for stale in [&pinned, &present] {
        let refused = TrustBundle { trust_list: stale.trust_list.clone(), ..third.clone() }.verify(now);
        assert_eq!(refused.unwrap_err().check.id, "TL-03");
    }
    // A stolen key hands over nothing: nobody follows by itself, and with the new bundle the stolen key is refused.
    done(here.run(&["trust", "rotate-key", "--at-once"]));
    done(here.run(&["trust", "publish"]));
    let fresh = here.bundle();
    assert!(fresh.verify(now).is_ok());
    for (list, pin) in [(&fresh, &third), (&fresh, &pinned), (&third, &fresh)] {
        let refused = TrustBundle { trust_list: list.trust_list.clone(), ..pin.clone() }.verify(now);
        assert_eq!(refused.unwrap_err().check.id, "TL-03");
    }
    let _served = here.serve();
    assert!(here.passes());
}

#[test]
fn the_request_key_is_replaced_and_what_was_fetched_before_is_answered() {
    let here = Here::new();
    here.make_wallet();
    let unfetched = {
        let _served = here.serve();
        here.accept("1");
        assert!(here.passes());
        here.ask()
    };
    refused(&here.run(&["verifier", "rotate-key", "--promote"]), 1, "hint: without --promote");
    let next = done(here.run(&["verifier", "rotate-key"]));
    assert!(next.starts_with("decentralized_identifier:did:jwk:"), "{next}");
    {
        let _served = here.serve();
        assert!(!here.ask().contains(&client(next.trim())), "it does not sign yet");
        assert!(here.passes());
    }
    done(here.run(&["verifier", "rotate-key", "--promote"]));
    {
        let _served = here.serve();
        assert!(here.ask().contains(&client(next.trim())));
        assert!(here.passes());
        let late = here.wallet(&["present", "--yes", &unfetched], "");
        assert_ne!(late.status.code(), Some(0), "it was asked by the client of before: {late:?}");
    }
    done(here.run(&["verifier", "rotate-key", "--at-once"]));
    let _served = here.serve();
    assert!(!here.ask().contains(&client(next.trim())));
    assert!(here.passes());
}

/// As a link has it.
fn client(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

/// A tenant by certificate, from the plain key of an older configuration to one that was made here.
#[test]
fn the_key_of_a_certificate_is_sealed_and_replaced() {
    let here = Here::new();
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let mut leaf = CertificateParams::default();
    let identifier = format!("{}/hanbit", here.base);
    leaf.subject_alt_names = vec![SanType::URI(identifier.as_str().try_into().unwrap())];
    let key = KeyPair::generate().unwrap();
    let put = |name: &str, pem: &str| files::write_new_private(&here.path(name), pem.as_bytes()).unwrap();
    put("chain.pem", &leaf.signed_by(&key, &root).unwrap().pem());
    put("root.pem", &root.pem());
    put("key.pem", &key.serialize_pem());
    here.configure(|text| {
        text.replace(r#"mechanism = "jwt_vc_issuer""#, r#"mechanism = "x5c""#).replace(
            "[issuer.tenants.hanbit.admins]",
            "[issuer.tenants.hanbit.x5c]\nchain = \"chain.pem\"\nanchors = \"root.pem\"\nkey = \"key.pem\"\n\
             [issuer.tenants.hanbit.admins]",
        )
    });
    let plain = here.run(&["trust", "publish"]);
    refused(&plain, 2, "a plain key file is not used");
    refused(&plain, 2, "hint: seal it once: `jigap issuer import-key");
    here.configure(|text| text.replace("key = \"key.pem\"\n", ""));
    refused(&here.run(&["trust", "publish"]), 2, "hint: `jigap issuer import-key` takes one in");
    let import = ["issuer", "import-key", "--tenant", "hanbit"];
    let file = here.path("key.pem").to_str().unwrap().to_owned();
    for (what, code, said) in [
        (r#"-----BEGIN EC PRIVATE KEY-----"#, 2, "PKCS #8"),
        ("", 2, "PKCS #8"),
        (&"x".repeat(100_000), 2, "PKCS #8"),
    ] {
        refused(&here.run_with(&[&import[..], &["-"]].concat(), what), code, said);
    }
    refused(&here.run(&[&import[..], &["/nonexistent"]].concat()), 3, "cannot be read");
    refused(&here.run(&["issuer", "import-key", "--tenant", "nobody", &file]), 2, "issuer.tenants.nobody");
    let brought = here.run(&[&import[..], &[&file]].concat());
    assert!(String::from_utf8_lossy(&brought.stderr).contains("Delete the file"), "{brought:?}");
    done(brought);
    std::fs::remove_file(&file).unwrap();
    // Before it was known by certificate the tenant had a key of its own, which signs until this one is promoted.
    let rotate = ["issuer", "rotate-key", "--tenant", "hanbit"];
    refused(&here.run(&["trust", "publish"]), 2, "hint: `jigap issuer rotate-key --promote`");
    done(here.run(&[&rotate[..], &["--promote"]].concat()));
    done(here.run(&["trust", "publish"]));
    refused(&here.run(&[&rotate[..], &["--at-once"]].concat()), 1, "certification request");
    {
        let _served = here.serve();
        here.make_wallet();
        here.accept("1");
        assert!(here.passes());
    }
    // The next key is made here; its authority is shown what openssl would write.
    let request = done(here.run(&rotate));
    assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"), "{request}");
    // What precedes the key is as long as the signature, which is not always as long.
    let key = |request: &str| request.lines().nth(1).map(|line| line[32..].to_owned());
    assert_eq!(key(&done(here.run(&rotate))), key(&request), "of the same key");
    refused(&here.run(&[&rotate[..], &["--promote"]].concat()), 1, "not for the prepared key");
    // Another key is brought in its place, so that the test has it to certify.
    let next = KeyPair::generate().unwrap();
    done(here.run_with(&[&import[..], &["-"]].concat(), &next.serialize_pem()));
    let certificate = leaf.signed_by(&next, &root).unwrap().pem();
    files::replace(&here.path("chain.pem"), certificate.as_bytes()).unwrap();
    refused(&here.run(&["trust", "publish"]), 2, "hint: `jigap issuer rotate-key --promote`");
    done(here.run(&[&rotate[..], &["--promote"]].concat()));
    let _served = here.serve();
    assert!(here.passes(), "what the former key signed stays valid");
    here.holder.set("another");
    here.make_wallet();
    here.accept("2");
    assert!(here.passes());
}
