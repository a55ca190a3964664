//! The feed of facts from end to end: issued, agreed to, told, revoked with a hint, retracted; and a consent taken back.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and ask a server on loopback"
)]

#[path = "support/offers.rs"]
mod offers;
#[path = "support/run.rs"]
mod run;
#[path = "support/service.rs"]
mod service;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use jigap_platform::clock::SystemClock;
use jigap_platform::files;
use jigap_platform::http::TokenHash;
use jigap_wallet_core::did::{Purpose, verification_key};
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::facts::signed::SignedBatch;
use jigap_wallet_core::facts::{What, Why};
use jigap_wallet_core::jose::Jws;
use jigap_wallet_core::ports::Clock as _;
use run::{done, jigap, wallet};
use serde_json::{Value, json};
use service::{Service, init};

const PEOPLE: &str = "https://people.example";
const TOKEN: &str = "a-token-of-the-directory";
const PERSONA: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

/// A deployment that tells a directory facts and hints itself, and a student with a wallet.
struct Campus {
    folder: tempfile::TempDir,
    address: String,
    admin: String,
    wallet: Vec<String>,
}

impl Campus {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("here");
        let (address, admin) = init(&here);
        let config = here.join("jigap.toml");
        let text = String::from_utf8(files::read(&config).unwrap()).unwrap();
        let tenant = "[issuer.tenants.hanbit]\n";
        assert!(text.contains(tenant), "{text}");
        let hints = format!("{tenant}hints = [\"http://{address}/v1/feed/hints\"]\n");
        let text = text.replace(tenant, &hints);
        // Looked at so seldom that nothing but a hint can be the reason.
        let feeds = format!(
            "\n[[verifier.feeds]]\nconsumer = \"{PEOPLE}\"\ntoken = \"{}\"\n\n[verifier.watch]\ncheck = 3600\nunconfirmed_after = 7200\n",
            TokenHash::of(TOKEN).to_text()
        );
        std::fs::write(&config, text + &feeds).unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let opening = ["wallet", "--dev", "--wallet", &path("mine"), "--key-file", &path("mine.key")];
        let wallet = opening.map(str::to_owned).to_vec();
        Self { folder, address, admin, wallet }
    }

    fn serve(&self) -> Service {
        Service::start(&self.folder.path().join("here"))
    }

    fn call(&self, method: &str, path: &str, token: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Idempotency-Key: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len(),
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn json(&self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        let answer = self.call(method, path, token, &body.to_string());
        let json = &answer[answer.find('{').unwrap()..=answer.rfind('}').unwrap()];
        serde_json::from_str(json).unwrap()
    }

    fn receive(&self, reference: &str) {
        let claims: Value =
            serde_json::from_str(include_str!("../../schemas/student-id/examples/valid/enrolled.json"))
                .unwrap();
        let body =
            json!({"credential_configuration_id": "student-id", "reference": reference, "claims": claims});
        let (link, code) = offers::offer((&self.address, "hanbit"), &self.admin, &body.to_string());
        wallet(&self.wallet, &["accept", "--yes", "--tx-code", "-", "-"], &format!("{link}\n{code}\n"))
            .unwrap();
    }

    /// Asks a student for consent; the request's id and the link.
    fn ask(&self) -> (String, String) {
        let types = self.json("GET", "/.well-known/openid-credential-issuer/hanbit", "", &json!({}));
        let vct = &types["credential_configurations_supported"]["student-id"]["vct"];
        let body = json!({
            "dcql_query": {"credentials": [{
                "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}, "claims": [{"path": ["enrolment_status"]}],
            }]},
            "sought": [{"credential": "student", "path": null}, {"credential": "student", "path": ["enrolment_status"]}],
            "purpose": {"en": "Listing in the directory", "ko": "전문가 찾기에 등록"},
            "bound_to": PERSONA,
        });
        let asked = self.json("POST", "/v1/feed/requests", TOKEN, &body);
        let text = |name: &str| asked[name].as_str().unwrap().to_owned();
        assert!(asked["link"].is_string(), "{asked}");
        (text("request_id"), text("link"))
    }

    /// What was told after a position, verified as the directory does.
    fn told(&self, after: u64, wait: u64) -> (Vec<What>, u64) {
        let path = format!("/v1/feed/events?after={after}&wait={wait}");
        let answer = self.call("GET", &path, TOKEN, "");
        let text = answer.split_once("\r\n\r\n").unwrap().1.trim().to_owned();
        let text = text.lines().find(|line| line.matches('.').count() == 2).unwrap().to_owned();
        let verifier = Jws::parse(&text).unwrap().unverified_payload()["iss"].as_str().unwrap().to_owned();
        let did = verifier.strip_prefix("decentralized_identifier:").unwrap();
        let key = verification_key(&format!("{did}#0"), Purpose::AssertionMethod, &Documents::new()).unwrap();
        let now = SystemClock.now();
        let batch = SignedBatch::parse(&text).unwrap().verify(|_| Some(&key), (PEOPLE, after), now).unwrap();
        (batch.events().iter().map(|event| event.what.clone()).collect(), batch.next())
    }
}

#[test]
fn a_fact_is_told_for_as_long_as_it_holds_and_as_its_holder_lets_it() {
    let campus = Campus::new();
    let service = campus.serve();
    wallet(&campus.wallet, &["init"], "").unwrap();
    campus.receive("1");
    let (id, link) = campus.ask();
    let refused = wallet(&campus.wallet, &["present", "--yes", &link], "").unwrap_err();
    assert!(refused.starts_with("1:") && refused.contains("VP-29") && refused.contains(PEOPLE), "{refused}");
    let words: Vec<&str> = campus
        .wallet
        .iter()
        .map(String::as_str)
        .chain(["present", "--yes", "--persona", PERSONA, &link])
        .collect();
    let (code, _, said) = jigap(&words, "");
    assert_eq!(code, 0, "{said}");
    for word in
        ["By answering you agree", PEOPLE, "Listing in the directory", "its value: ", "that you hold: "]
    {
        assert!(said.contains(word), "{word}: {said}");
    }
    let standing = campus.json("GET", &format!("/v1/feed/requests/{id}"), TOKEN, &json!({}));
    assert_eq!((&standing["state"], standing["facts"].as_array().unwrap().len()), (&json!("accepted"), 2));
    let (told, next) = campus.told(0, 0);
    assert!(told.len() == 2 && told.iter().all(|what| matches!(what, What::Asserted(_))), "{told:?}");

    let began = Instant::now();
    campus.json(
        "POST",
        "/hanbit/admin/credentials/revoke",
        &campus.admin,
        &json!({"reference": "1", "reason": "lost"}),
    );
    let (mut told, mut next) = (Vec::new(), next);
    while told.len() < 2 && began.elapsed() < Duration::from_secs(30) {
        let (more, after) = campus.told(next, 5);
        told.extend(more);
        next = after;
    }
    println!("revoked and retracted after {:?}", began.elapsed());
    assert!(
        told.iter().all(|what| matches!(what, What::Retracted(_, Why::Revoked))) && told.len() == 2,
        "{told:?}"
    );

    campus.receive("2");
    let (_, link) = campus.ask();
    let second = ["present", "--yes", "--choose", "2", "--persona", PERSONA, &link];
    wallet(&campus.wallet, &second, "").unwrap();
    let (told, next) = campus.told(next, 5);
    assert_eq!(told.len(), 2, "{told:?}");
    let consents: Value =
        serde_json::from_str(&wallet(&campus.wallet, &["consents", "--json"], "").unwrap()).unwrap();
    let last = consents.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).next_back().unwrap();
    assert_eq!((consents.as_array().unwrap().len(), &consents[0]["consumer"]), (2, &json!(PEOPLE)));
    let words: Vec<&str> = campus.wallet.iter().map(String::as_str).chain(["consents"]).collect();
    let listed = done(&words, "");
    assert!(listed.contains(last) && listed.contains("in force") && listed.contains(PEOPLE), "{listed}");
    wallet(&campus.wallet, &["consents", "withdraw", "--yes", last], "").unwrap();
    let (told, _) = campus.told(next, 5);
    assert!(told.iter().all(|what| matches!(what, What::Retracted(_, Why::ConsentWithdrawn))), "{told:?}");
    assert!(wallet(&campus.wallet, &["consents"], "").unwrap().contains("taken back"));
    let unknown = wallet(&campus.wallet, &["consents", "withdraw", "--yes", "no-such"], "").unwrap_err();
    assert!(unknown.starts_with("1:"), "{unknown}");

    drop(service);
    let config = campus.folder.path().join("here/jigap.toml");
    let audit = ["verifier", "audit", "--offline", "--config", config.to_str().unwrap()];
    let (code, found, said) = jigap(&audit, "");
    assert!(code == 0 && found.is_empty() && said.contains("is proved"), "{said}{found}");
}
