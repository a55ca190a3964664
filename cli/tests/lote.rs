//! A list of trusted entities, from the operator's signature to the verdict over what a listed provider issued.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, write files and start processes"
)]

#[path = "support/command.rs"]
mod command;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use command::{jigap, refused};
use jigap_keys::{PrivateKey, base64url};
use jigap_platform::clock::SystemClock;
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::time::{Seconds, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use serde_json::{Value, json};

const PID: &str = "urn:eudi:pid:1";
const PID_LIST: &str = "http://uri.etsi.org/19602/LoTEType/EUPIDProvidersList";
const ISSUANCE: &str = "http://uri.etsi.org/19602/SvcType/PID/Issuance";

/// A certificate and its key.
struct Signer {
    der: Vec<u8>,
    key: PrivateKey,
}

impl Signer {
    fn header(&self, typ: &str) -> Value {
        json!({"alg": "ES256", "typ": typ, "x5c": [STANDARD.encode(&self.der)]})
    }

    fn sign(&self, header: &Value, payload: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string());
        let input = format!("{}.{}", part(header), part(payload));
        format!("{input}.{}", base64url::encode(self.key.sign(input.as_bytes()).unwrap()))
    }
}

fn params(organization: &str, usage: KeyUsagePurpose) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::OrganizationName, organization);
    params.distinguished_name.push(DnType::CountryName, "EU");
    params.key_usages = vec![usage];
    params
}

fn authority(organization: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = params(organization, KeyUsagePurpose::KeyCertSign);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn certified(by: &CertifiedIssuer<'static, KeyPair>, organization: &str) -> Signer {
    let (key, mut params) =
        (KeyPair::generate().unwrap(), params(organization, KeyUsagePurpose::DigitalSignature));
    params.is_ca = IsCa::ExplicitNoCa;
    let der = params.signed_by(&key, by).unwrap().der().to_vec();
    Signer { der, key: PrivateKey::from_pkcs8_der(&key.serialize_der()).unwrap() }
}

/// An operator and its list, a provider on it, and a verifier in a folder.
struct Scene {
    folder: tempfile::TempDir,
    operator: Signer,
    provider: CertifiedIssuer<'static, KeyPair>,
    now: Timestamp,
}

impl Scene {
    fn new() -> Self {
        let root = authority("Scheme Root");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("operator.pem"), root.pem()).unwrap();
        let operator = certified(&root, "European Commission");
        Self { folder, operator, provider: authority("PID Office"), now: SystemClock.now() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn list(&self, sequence: u64) -> Value {
        let moment = |moment: Timestamp| moment.to_rfc3339();
        let en = |value: &str| json!([{"lang": "en", "value": value}]);
        let uri = |value: &str| json!([{"lang": "en", "uriValue": value}]);
        json!({"LoTE": {
            "ListAndSchemeInformation": {
                "LoTEVersionIdentifier": 1,
                "LoTESequenceNumber": sequence,
                "LoTEType": PID_LIST,
                "SchemeOperatorName": en("European Commission"),
                "StatusDeterminationApproach": "http://uri.etsi.org/19602/PIDProvidersList/StatusDetn/EU",
                "SchemeTypeCommunityRules": uri("http://uri.etsi.org/19602/PIDProviders/schemerules/EU"),
                "SchemeTerritory": "EU",
                "ListIssueDateTime": moment(self.now.minus(Seconds(3600))),
                "NextUpdate": moment(self.now.plus(Seconds(86_400))),
            },
            "TrustedEntitiesList": [{
                "TrustedEntityInformation": {
                    "TEName": en("PID Office"),
                    "TEAddress": {},
                    "TEInformationURI": uri("https://pid.example"),
                },
                "TrustedEntityServices": [{"ServiceInformation": {
                    "ServiceName": en("PID"),
                    "ServiceTypeIdentifier": ISSUANCE,
                    "ServiceDigitalIdentity": {"X509Certificates": [{"val": STANDARD.encode(self.provider.der())}]},
                }}],
            }],
        }})
    }

    fn write_list(&self, sequence: u64) -> PathBuf {
        let text = self.operator.sign(&self.operator.header("JOSE"), &self.list(sequence));
        std::fs::write(self.at("pid.jws"), text + "\n").unwrap();
        self.at("pid.jws")
    }

    /// A credential without `iss`, as providers that certificates name issue them.
    fn credential(&self, signer: &Signer) -> PathBuf {
        self.credential_of(signer, json!({}))
    }

    fn credential_of(&self, signer: &Signer, mut claims: Value) -> PathBuf {
        claims["vct"] = json!(PID);
        claims["exp"] = json!(self.now.plus(Seconds(3600)).unix());
        let jwt = signer.sign(&signer.header("dc+sd-jwt"), &claims);
        std::fs::write(self.at("pid.sd-jwt"), jwt + "~").unwrap();
        self.at("pid.sd-jwt")
    }

    /// `jigap init`, and the list in its configuration.
    fn deploy(&self) -> PathBuf {
        assert!(jigap(&["init", text(&self.at("here"))], "").status.success());
        let config = self.at("here/jigap.toml");
        let (file, signers) = (self.at("pid.jws"), self.at("operator.pem"));
        let section = format!(
            "\n[[verifier.trust.lote]]\nfile = {file:?}\nsigners = {signers:?}\nservice = \"{ISSUANCE}\"\noperator = \"European Commission\"\ntype = \"{PID_LIST}\"\ntypes = [\"{PID}\"]\n"
        );
        let written = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, written + &section).unwrap();
        config
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn what_a_listed_provider_issued_is_accepted() {
    let scene = Scene::new();
    scene.write_list(7);
    let config = scene.deploy();
    let publish = || jigap(&["trust", "publish", "--config", text(&config)], "");
    let published = publish();
    assert!(published.status.success(), "{published:?}");
    assert!(String::from_utf8(published.stderr).unwrap().contains("issuers taken in: 1"));

    let bundle = scene.at("here/trust.jigap");
    let judge = |credential: &Path| jigap(&["verify", text(credential), "--trust", text(&bundle)], "");
    let accepted = judge(&scene.credential(&certified(&scene.provider, "signer")));
    assert!(accepted.status.success(), "{accepted:?}");
    let stranger = certified(&authority("PID Office"), "signer");
    let forged = judge(&scene.credential(&stranger));
    let said = String::from_utf8(forged.stdout).unwrap();
    assert!(forged.status.code() == Some(1) && said.contains("V-05"), "of that name and another key: {said}");
    let named =
        scene.credential_of(&certified(&scene.provider, "signer"), json!({"iss": "https://bank.example"}));
    let said = String::from_utf8(judge(&named).stdout).unwrap();
    assert!(said.contains("V-06"), "a listed provider speaks for itself alone: {said}");

    scene.write_list(6);
    refused(&publish(), 1, "LT-08");
    scene.write_list(8);
    assert!(publish().status.success());
}

#[test]
fn a_list_is_shown() {
    let scene = Scene::new();
    let (file, signers) = (scene.write_list(7), scene.at("operator.pem"));
    let show = |arguments: &[&str]| {
        jigap(
            &[
                &[
                    "trust",
                    "lote",
                    text(&file),
                    "--signers",
                    text(&signers),
                    "--operator",
                    "European Commission",
                ],
                arguments,
            ]
            .concat(),
            "",
        )
    };
    let shown = String::from_utf8(show(&[]).stdout).unwrap();
    for part in ["European Commission (EU)", "number: 7", "PID Office", ISSUANCE, "sha256 "] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let json: Value = serde_json::from_slice(&show(&["--json"]).stdout).unwrap();
    assert_eq!(json["entities"][0]["services"][0]["type"], ISSUANCE);
    refused(&show(&["--at", "2030-01-01T00:00:00Z"]), 1, "LT-05");

    std::fs::write(&signers, authority("Scheme Root").pem()).unwrap();
    refused(&show(&[]), 1, "LT-03");
    std::fs::write(&signers, "nothing").unwrap();
    refused(&show(&[]), 2, "PEM");
}
