//! `jigap vc` as the W3C's test suite drives it: a document, a key file and a feature in, `{"result": …, "data": …}` out.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and read and write its files"
)]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use jigap_keys::{Entropy, KeyType, PrivateKey, base64url, hash};
use serde_json::{Value, json};

const V2: &str = "https://www.w3.org/ns/credentials/v2";
const EXAMPLES: &str = "https://www.w3.org/ns/credentials/examples/v2";
const ISSUER: &str = "https://issuer.example/here";
const CREDENTIALS: [&str; 3] = ["credential_jose", "credential_cose", "credential_sdjwt"];
const PRESENTATIONS: [&str; 3] = ["presentation_jose", "presentation_cose", "presentation_sdjwt"];
const SIGNING: [KeyType; 4] = [KeyType::P256, KeyType::P384, KeyType::P521, KeyType::Ed25519];

/// The same byte over and over, hashed.
struct Same(u8);

impl Entropy for Same {
    fn fill(&self, out: &mut [u8]) {
        for (at, chunk) in out.chunks_mut(32).enumerate() {
            let block = hash::sha256(&[self.0, u8::try_from(at).unwrap()]);
            chunk.iter_mut().zip(block).for_each(|(to, from)| *to = from);
        }
    }
}

/// A folder in which the suite's files lie.
struct Suite(tempfile::TempDir);

/// What a run of the command left.
struct Ran {
    exit: i32,
    result: Value,
    said: String,
}

impl Ran {
    fn is(&self, result: &str) -> bool {
        self.result.get("result").is_some_and(|it| it == result)
    }

    fn data(&self) -> &str {
        self.result.get("data").and_then(Value::as_str).unwrap()
    }
}

impl Suite {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A key file as the suite writes it.
    fn key(&self, key_type: KeyType, seed: u8) -> String {
        let key = PrivateKey::generate(key_type, &Same(seed));
        self.file(&format!("vm-{key_type:?}-{seed}.json"), verification_method(&key).to_string())
    }

    fn run(&self, task: &str, (input, key): (&str, &str), feature: &str, more: &[&str]) -> Ran {
        let output = self.0.path().join("out.json");
        let _ = std::fs::remove_file(&output);
        let out = output.to_str().unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_jigap"))
            .args(["vc", task, "--input", input, "--key", key, "--feature", feature, "--output", out])
            .args(more)
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let result = std::fs::read(&output).ok().map(|bytes| serde_json::from_slice(&bytes).unwrap());
        Ran {
            exit: run.status.code().unwrap(),
            result: result.unwrap_or_default(),
            said: String::from_utf8(run.stderr).unwrap(),
        }
    }

    fn issued(&self, document: &Value, key: &str, feature: &str) -> String {
        let input = self.file("input.json", document.to_string());
        let ran = self.run("issue", (&input, key), feature, &[]);
        assert!(ran.exit == 0 && ran.is("success"), "{feature}: {} {}", ran.result, ran.said);
        ran.data().to_owned()
    }

    fn refused(&self, task: &str, input: &str, key: &str, feature: &str) -> String {
        let input = self.file("input.txt", input);
        let ran = self.run(task, (&input, key), feature, &[]);
        assert!(ran.exit == 1 && ran.is("failure"), "{task} {feature}: {} {}", ran.result, ran.said);
        ran.data().to_owned()
    }
}

fn verification_method(key: &PrivateKey) -> Value {
    let mut secret: Value = serde_json::from_str(&key.to_jwk()).unwrap();
    let mut public = key.public().to_jwk();
    for jwk in [&mut secret, &mut public] {
        jwk["alg"] = key.public().key_type().jose_alg().unwrap_or("ECDH-ES").into();
        jwk["kid"] = key.public().thumbprint().into();
    }
    json!({"id": format!("{ISSUER}#key"), "type": "JsonWebKey", "controller": ISSUER, "publicKeyJwk": public, "secretKeyJwk": secret})
}

fn credential() -> Value {
    json!({
        "@context": [V2, EXAMPLES], "id": "https://university.example/credentials/1872",
        "type": ["VerifiableCredential", "ExampleAlumniCredential"], "issuer": ISSUER, "validFrom": "2010-01-01T19:23:24Z",
        "credentialSchema": {"id": "https://example.org/examples/degree.json", "type": "JsonSchema"},
        "credentialSubject": {"id": "did:example:123", "degree": {"name": "이학사"}, "phones": [{"number": "1"}, {"number": "2"}]},
    })
}

fn presentation(credentials: &[Value]) -> Value {
    json!({
        "@context": [V2, EXAMPLES], "id": "urn:uuid:3978344f-8596-4c3a-a978-8fcaba3903c5", "type": ["VerifiablePresentation"],
        "holder": ISSUER, "verifiableCredential": credentials,
    })
}

fn envelope(media_type: &str, text: &str) -> Value {
    json!({"@context": V2, "type": "EnvelopedVerifiableCredential", "id": format!("data:{media_type},{text}")})
}

#[test]
fn each_feature_with_each_key_goes_there_and_back() {
    let suite = Suite::new();
    let mut envelopes = Vec::new();
    for key_type in SIGNING {
        let (key, stranger) = (suite.key(key_type, 1), suite.key(key_type, 2));
        for feature in CREDENTIALS {
            let text = suite.issued(&credential(), &key, feature);
            let input = suite.file("secured.txt", format!("{text}\n"));
            let ran = suite.run("verify", (&input, &key), feature, &[]);
            assert!(ran.exit == 0 && ran.is("success"), "{feature} {key_type:?}: {}", ran.result);
            assert_eq!(serde_json::from_str::<Value>(ran.data()).unwrap(), credential());
            let why = suite.refused("verify", &text, &stranger, feature);
            assert!(why.starts_with("JW-07") || why.starts_with("CO-07"), "{why}");
            for other in CREDENTIALS.iter().chain(&PRESENTATIONS).filter(|other| **other != feature) {
                suite.refused("verify", &text, &key, other);
            }
            let kind = feature.strip_prefix("credential_").unwrap();
            let media_type = match kind {
                "jose" => "application/vc+jwt",
                "cose" => "application/vc+cose;base64",
                _ => "application/vc+sd-jwt",
            };
            envelopes.push(envelope(media_type, &text));
        }
    }
    let document = presentation(&envelopes);
    for key_type in SIGNING {
        let (key, stranger) = (suite.key(key_type, 1), suite.key(key_type, 2));
        for feature in PRESENTATIONS {
            let text = suite.issued(&document, &key, feature);
            let input = suite.file("secured.txt", &text);
            let ran = suite.run("verify", (&input, &key), feature, &[]);
            assert!(ran.exit == 0 && ran.is("success"), "{feature} {key_type:?}: {}", ran.result);
            assert_eq!(serde_json::from_str::<Value>(ran.data()).unwrap(), document);
            suite.refused("verify", &text, &stranger, feature);
        }
    }
}

#[test]
fn headers_are_what_the_specification_says() {
    let suite = Suite::new();
    let key = suite.key(KeyType::P521, 1);
    for (feature, document, typ, cty) in [
        ("credential_jose", credential(), "vc+jwt", "vc"),
        ("credential_sdjwt", credential(), "vc+sd-jwt", "vc"),
        ("presentation_jose", presentation(&[envelope("application/vc+jwt", "a.b.c")]), "vp+jwt", "vp"),
        ("presentation_sdjwt", presentation(&[envelope("application/vc+jwt", "a.b.c")]), "vp+sd-jwt", "vp"),
    ] {
        let text = suite.issued(&document, &key, feature);
        let header = base64url::decode(text.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        let expected = json!({"alg": "ES512", "typ": typ, "cty": cty, "kid": format!("{ISSUER}#key")});
        assert_eq!(header, expected, "{feature}");
    }
}

#[test]
fn what_is_concealed_is_disclosed_by_disclosures_alone() {
    let suite = Suite::new();
    let key = suite.key(KeyType::P384, 1);
    let input = suite.file("input.json", credential().to_string());
    let sd = r#"["credentialSubject.degree.name", "credentialSubject.phones[0]"]"#;
    let ran = suite.run("issue", (&input, &key), "credential_sdjwt", &["--sd", sd]);
    assert!(ran.is("success"), "{}", ran.result);
    let parts: Vec<&str> = ran.data().split('~').collect();
    assert_eq!(parts.len(), 4);
    let payload = base64url::decode(parts[0].split('.').nth(1).unwrap()).unwrap();
    assert!(!String::from_utf8(payload).unwrap().contains("이학사"));
    let fewer = suite.file("fewer.txt", format!("{}~{}~", parts[0], parts[2]));
    let verified = suite.run("verify", (&fewer, &key), "credential_sdjwt", &[]);
    let subject = serde_json::from_str::<Value>(verified.data()).unwrap()["credentialSubject"].clone();
    assert_ne!(subject, credential()["credentialSubject"]);
    let document =
        suite.file("vp.json", presentation(&[envelope("application/vc+jwt", "a.b.c")]).to_string());
    let sd = r#"["holder", "verifiableCredential[0]"]"#;
    let ran = suite.run("issue", (&document, &key), "presentation_sdjwt", &["--sd", sd]);
    assert!(ran.is("success") && ran.data().split('~').count() == 4, "{}", ran.result);
    for bad in [r#"["credentialSubject.nothing"]"#, r#"["issuer"]"#, r#"["validFrom"]"#] {
        let ran = suite.run("issue", (&input, &key), "credential_sdjwt", &["--sd", bad]);
        assert!(ran.exit == 1 && ran.is("failure"), "{bad}: {}", ran.result);
    }
    for bad in ["x", "{}", r#"["a..b"]"#, "[1]"] {
        let ran = suite.run("issue", (&input, &key), "credential_sdjwt", &["--sd", bad]);
        assert!(ran.exit == 2 && ran.result.is_null(), "{bad}");
    }
    let ran = suite.run("issue", (&input, &key), "credential_jose", &["--sd", "[\"id\"]"]);
    assert!(ran.exit == 2 && ran.is("error"), "{}", ran.result);
}

#[test]
fn documents_that_break_the_data_model_are_not_issued() {
    let suite = Suite::new();
    let key = suite.key(KeyType::P256, 1);
    let changed = |name: &str, value: Value| {
        let mut document = credential();
        document[name] = value;
        document.to_string()
    };
    for document in [
        changed("@context", json!(["https://www.w3.org/2018/credentials/v1"])),
        changed("type", json!(["ExampleAlumniCredential"])),
        changed("issuer", json!("nobody")),
        changed("credentialSubject", json!({})),
        changed("validFrom", json!("yesterday")),
        changed("credentialStatus", json!({"id": "https://s.example"})),
        changed("badExtension", json!({"huh": "what?"})),
        changed("vc", json!({})),
        "[]".to_owned(),
        "{".to_owned(),
        "{\"a\": 1, \"a\": 2}".to_owned(),
        String::new(),
    ] {
        for feature in CREDENTIALS {
            suite.refused("issue", &document, &key, feature);
        }
    }
    let mut defined = credential();
    defined["badExtension"] = json!("not bad");
    defined["@context"] = json!([V2, {"badExtension": "https://a.example/good"}]);
    suite.issued(&defined, &key, "credential_jose");
    for document in [
        presentation(&[]),
        presentation(&[credential()]),
        presentation(&[
            json!({"@context": V2, "type": "EnvelopedVerifiableCredential", "id": "bad-credential"}),
        ]),
        presentation(&[envelope("application/vc+cose", "0oRD")]),
        credential(),
    ] {
        for feature in PRESENTATIONS {
            suite.refused("issue", &document.to_string(), &key, feature);
        }
    }
}

#[test]
fn inputs_that_are_no_messages_are_refused() {
    let suite = Suite::new();
    let key = suite.key(KeyType::Ed25519, 1);
    for input in
        ["", "a.b.c", "a.b.c~", "0oRD", "d2845856a40126", "{}", &credential().to_string(), "\u{1F600}"]
    {
        for feature in CREDENTIALS.iter().chain(&PRESENTATIONS) {
            suite.refused("verify", input, &key, feature);
        }
    }
    // Of the data model 1.1, which VC-JOSE-COSE does not secure.
    let private = PrivateKey::generate(KeyType::Ed25519, &Same(1));
    let header = base64url::encode(r#"{"alg":"EdDSA","typ":"JWT"}"#);
    let claims = json!({"iss": ISSUER, "nbf": 1, "vc": {"@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiableCredential"], "credentialSubject": {"id": "did:example:1"}}});
    let signing_input = format!("{header}.{}", base64url::encode(claims.to_string()));
    let signature = base64url::encode(private.sign(signing_input.as_bytes()).unwrap());
    let why = suite.refused("verify", &format!("{signing_input}.{signature}"), &key, "credential_jose");
    assert!(why.contains("1.1"), "{why}");
    // An extension that must be understood, and is not.
    let critical = base64url::encode(r#"{"alg":"EdDSA","typ":"vc+jwt","crit":["x"],"x":1}"#);
    let signing_input = format!("{critical}.{}", base64url::encode(credential().to_string()));
    let signature = base64url::encode(private.sign(signing_input.as_bytes()).unwrap());
    let why = suite.refused("verify", &format!("{signing_input}.{signature}"), &key, "credential_jose");
    assert!(why.starts_with("JW-04"), "{why}");
}

#[test]
fn keys_that_cannot_be_used_are_told_apart() {
    let suite = Suite::new();
    let input = suite.file("input.json", credential().to_string());
    let good = verification_method(&PrivateKey::generate(KeyType::P256, &Same(1)));
    let with = |name: &str, value: Value| {
        let mut key = good.clone();
        key[name] = value;
        key
    };
    let other = verification_method(&PrivateKey::generate(KeyType::P256, &Same(2)));
    let mixed = with("secretKeyJwk", other["secretKeyJwk"].clone());
    let foreign = json!({"kty": "EC", "crv": "secp256k1", "x": "A", "y": "A", "d": "A"});
    let x25519 = verification_method(&PrivateKey::generate(KeyType::X25519, &Same(1)));
    for (name, key, exit, result) in [
        ("mixed", mixed.to_string(), 2, "error"),
        ("empty", "{}".to_owned(), 2, "error"),
        ("no json", "key".to_owned(), 2, "error"),
        (
            "no secret",
            with("secretKeyJwk", Value::Null).to_string().replace("\"secretKeyJwk\":null,", ""),
            2,
            "error",
        ),
        ("malformed", with("secretKeyJwk", json!({"kty": "EC"})).to_string(), 2, "error"),
        ("foreign", foreign.to_string(), 1, "indeterminate"),
        ("agreement", x25519.to_string(), 1, "indeterminate"),
    ] {
        let key = suite.file("key.json", key);
        let ran = suite.run("issue", (&input, &key), "credential_jose", &[]);
        assert!(ran.exit == exit && ran.is(result), "{name}: {} {} {}", ran.exit, ran.result, ran.said);
        let secrets = [&good, &other].map(|key| key["secretKeyJwk"]["d"].as_str().unwrap());
        let told =
            [&ran.said, &ran.result.to_string()].map(|text| secrets.iter().any(|it| text.contains(it)));
        assert_eq!(told, [false; 2], "{name}");
    }
    let ran = suite.run("issue", (&input, "/nowhere/key.json"), "credential_jose", &[]);
    assert!(ran.exit == 3 && ran.is("error"), "{}", ran.result);
    let key = suite.key(KeyType::P256, 1);
    let ran = suite.run("verify", ("/nowhere/input.txt", &key), "credential_jose", &[]);
    assert!(ran.exit == 3 && ran.is("error"), "{}", ran.result);
    let ran = suite.run("verify", (&input, &key), "credential_paper", &[]);
    assert!(ran.exit == 2 && ran.result.is_null());
    // A bare JWK, and one in Multibase.
    let private = PrivateKey::generate(KeyType::P521, &Same(1));
    let bare = suite.file("bare.json", private.to_jwk().as_bytes());
    let text = suite.issued(&credential(), &bare, "credential_jose");
    let multikey = json!({"id": "did:example:1#2", "type": "Multikey", "publicKeyMultibase": private.public().to_multikey(),
        "secretKeyMultibase": private.to_multikey().as_str()});
    let multikey = suite.file("multikey.json", multikey.to_string());
    let secured = suite.file("secured.txt", text);
    let ran = suite.run("verify", (&secured, &multikey), "credential_jose", &[]);
    assert!(ran.is("success"), "{}", ran.result);
    suite.issued(&credential(), &multikey, "credential_cose");
}

/// What an operator's slip would cost: the key.
#[test]
fn the_key_and_the_input_are_not_written_over_and_the_result_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let suite = Suite::new();
    let (input, key) = (suite.file("input.json", credential().to_string()), suite.key(KeyType::P256, 1));
    let link = suite.0.path().join("link.json");
    std::os::unix::fs::symlink(&key, &link).unwrap();
    let beside = suite.file("result.new", std::fs::read(&key).unwrap());
    let result = suite.0.path().join("result").to_str().unwrap().to_owned();
    let run = |task: &str, key: &str, output: &str| {
        let run = Command::new(env!("CARGO_BIN_EXE_jigap"))
            .args([
                "vc",
                task,
                "--input",
                &input,
                "--key",
                key,
                "--feature",
                "credential_jose",
                "--output",
                output,
            ])
            .env_clear()
            .output()
            .unwrap();
        (run.status.code(), String::from_utf8(run.stderr).unwrap())
    };
    let before = [&input, &key, &beside].map(|path| std::fs::read(path).unwrap());
    for task in ["issue", "verify"] {
        for (key, output) in
            [(&*key, &*key), (&key, &input), (&key, link.to_str().unwrap()), (&beside, &result)]
        {
            let (code, said) = run(task, key, output);
            assert!(code == Some(2) && said.contains("would take the place"), "{task} {output}: {said}");
        }
    }
    assert_eq!([&input, &key, &beside].map(|path| std::fs::read(path).unwrap()), before);
    assert_eq!(run("issue", &key, &result).0, Some(0));
    let mode = std::fs::metadata(&result).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "a credential is about somebody");
}
