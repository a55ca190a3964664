//! Lists made here: good ones, and one for each rule that it breaks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::PrivateKey;
use serde_json::{Value, json};

use super::*;
use crate::trust::{Mechanism, PinnedKeys};
use crate::x509::tests::{Authority, NOW};

const SVC: &str = "http://uri.etsi.org/19602/SvcType";
const OPERATOR_NAME: &str = "European Commission";

/// Who runs the list, and a provider on it.
struct Scene {
    root: Authority,
    signer: (Vec<u8>, PrivateKey),
    provider: Authority,
    lists: Authority,
}

impl Scene {
    fn new() -> Self {
        let root = Authority::root("list root");
        let signer = root.leaf_of(OPERATOR_NAME, "EU");
        let signer = (signer.0, PrivateKey::from_pkcs8_der(&signer.1).unwrap());
        let provider = Authority::root("provider");
        let lists = provider.below("lists", |_| {});
        Self { root, signer, provider, lists }
    }

    /// A list of PID providers that keeps the profile of its type (Annex D).
    fn list(&self) -> Value {
        let en = |value: &str| json!([{"lang": "en", "value": value}]);
        let uri = |value: &str| json!([{"lang": "en", "uriValue": value}]);
        let address = json!({"lang": "en", "StreetAddress": "Rue 1", "Country": "BE"});
        let service = |kind: &str, der: Vec<u8>| {
            json!({"ServiceInformation": {
                "ServiceName": en(kind),
                "ServiceTypeIdentifier": format!("{SVC}/PID/{kind}"),
                "ServiceDigitalIdentity": {"X509Certificates": [{"val": STANDARD.encode(der)}]},
            }})
        };
        json!({"LoTE": {
            "ListAndSchemeInformation": {
                "LoTEVersionIdentifier": 1,
                "LoTESequenceNumber": 7,
                "LoTEType": "http://uri.etsi.org/19602/LoTEType/EUPIDProvidersList",
                "SchemeOperatorName": en(OPERATOR_NAME),
                "SchemeOperatorAddress": {"SchemeOperatorPostalAddress": [address], "SchemeOperatorElectronicAddress": uri("mailto:a@b.example")},
                "SchemeName": en("PID providers"),
                "SchemeInformationURI": uri("https://lists.example/pid"),
                "StatusDeterminationApproach": "http://uri.etsi.org/19602/PIDProvidersList/StatusDetn/EU",
                "SchemeTypeCommunityRules": uri("http://uri.etsi.org/19602/PIDProviders/schemerules/EU"),
                "SchemeTerritory": "EU",
                "PolicyOrLegalNotice": [{"LoTEPolicy": {"lang": "en", "uriValue": "https://lists.example/policy"}}],
                "ListIssueDateTime": "2026-11-01T00:00:00Z",
                "NextUpdate": "2027-05-01T00:00:00Z",
            },
            "TrustedEntitiesList": [{
                "TrustedEntityInformation": {
                    "TEName": [{"lang": "en", "value": "PID Office"}, {"lang": "ko", "value": "신원 사무소"}],
                    "TEAddress": {"TEPostalAddress": [address], "TEElectronicAddress": uri("mailto:c@d.example")},
                    "TEInformationURI": uri("https://pid.example"),
                },
                "TrustedEntityServices": [
                    service("Issuance", self.provider.der()),
                    service("Revocation", self.lists.der()),
                ],
            }],
        }})
    }

    fn header(&self) -> Value {
        json!({"alg": "ES256", "x5c": [STANDARD.encode(&self.signer.0)], "iat": NOW.unix()})
    }

    fn sign(&self, header: &Value, payload: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string());
        let input = format!("{}.{}", part(header), part(payload));
        let signature = self.signer.1.sign(input.as_bytes()).unwrap();
        format!("{input}.{}", base64url::encode(signature))
    }

    /// Whom the reader pinned: the signer itself.
    fn pinned(&self) -> Anchors {
        Anchors::new(vec![self.signer.0.clone()]).unwrap()
    }

    fn read(&self, payload: &Value) -> Result<Lote, Refusal> {
        Lote::verify(&self.sign(&self.header(), payload), &self.pinned(), NOW)
    }

    fn with_header(&self, change: impl FnOnce(&mut Value)) -> &'static str {
        let mut header = self.header();
        change(&mut header);
        code(Lote::verify(&self.sign(&header, &self.list()), &self.pinned(), NOW))
    }

    /// What comes of the good list with one value in the place of another.
    fn with(&self, pointer: &str, value: Value) -> &'static str {
        let mut list = self.list();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = list.pointer_mut(parent).unwrap();
        match name.parse::<usize>() {
            Ok(at) => parent[at] = value,
            Err(_) => parent[name] = value,
        }
        code(self.read(&list))
    }
}

fn code(outcome: Result<impl Sized, Refusal>) -> &'static str {
    outcome.map_or_else(|refusal| refusal.check.id, |_| "")
}

const SCHEME: &str = "/LoTE/ListAndSchemeInformation";
const ENTITY: &str = "/LoTE/TrustedEntitiesList/0";
const SERVICE: &str = "/LoTE/TrustedEntitiesList/0/TrustedEntityServices/0/ServiceInformation";

#[test]
fn a_list_of_a_pinned_signer_is_read() {
    let scene = Scene::new();
    let list = scene.read(&scene.list()).unwrap();
    assert_eq!((list.scheme.sequence, list.scheme.territory.as_deref()), (7, Some("EU")));
    assert_eq!(list.entities[0].services[0].certificates, [scene.provider.der()]);
    let by_authority = Lote::verify(&scene.sign(&scene.header(), &scene.list()), &scene.root.anchors(), NOW);
    assert_eq!(by_authority.as_ref(), Ok(&list), "or of one whom a pinned authority certified");
    let mut empty = scene.list();
    empty["LoTE"].as_object_mut().unwrap().remove("TrustedEntitiesList");
    assert_eq!(scene.read(&empty).unwrap().entities, []);
}

#[test]
fn lt_01_what_the_schema_does_not_have_is_refused() {
    let scene = Scene::new();
    for (pointer, value) in [
        ("/x", json!(1)),
        ("/LoTE", json!([])),
        ("/LoTE/x", json!(1)),
        ("/LoTE/TrustedEntitiesList", json!([])),
        ("/LoTE/TrustedEntitiesList", json!(vec![0; form::MAX_ENTITIES + 1])),
        (&format!("{SCHEME}/x"), json!(1)),
        (&format!("{SCHEME}/LoTESequenceNumber"), json!(true)),
        (&format!("{SCHEME}/LoTESequenceNumber"), json!(-1)),
        (&format!("{SCHEME}/SchemeOperatorName"), json!([])),
        (&format!("{SCHEME}/SchemeOperatorName"), json!([{"lang": "en"}])),
        (&format!("{SCHEME}/SchemeTerritory"), json!("EUR")),
        (&format!("{SCHEME}/SchemeName"), json!("a")),
        (&format!("{SCHEME}/SchemeOperatorAddress"), json!([])),
        (&format!("{SCHEME}/DistributionPoints"), json!([1])),
        (&format!("{SCHEME}/HistoricalInformationPeriod"), json!("1")),
        (&format!("{SCHEME}/PointersToOtherLoTE"), json!([{"LoTELocation": "https://a.example"}])),
        (&format!("{SCHEME}/ListIssueDateTime"), json!("2026-11-01T00:00:00.000Z")),
        (&format!("{SCHEME}/ListIssueDateTime"), json!("2026-11-01T00:00:00+00:00")),
        (&format!("{SCHEME}/ListIssueDateTime"), json!("2026-11-01 00:00:00Z")),
        (&format!("{SCHEME}/ListIssueDateTime"), json!("2026-13-01T00:00:00Z")),
        (&format!("{SCHEME}/NextUpdate"), json!(1)),
        (&format!("{ENTITY}/x"), json!(1)),
        (&format!("{ENTITY}/TrustedEntityServices"), json!([])),
        (&format!("{ENTITY}/TrustedEntityInformation/TEName"), json!([])),
        (&format!("{ENTITY}/TrustedEntityInformation/TEAddress"), json!("a")),
        (&format!("{ENTITY}/TrustedEntityServices/0/ServiceHistory"), json!([{}])),
        (&format!("{SERVICE}/x"), json!(1)),
        (&format!("{SERVICE}/ServiceDigitalIdentity"), json!({"X509Certificates": []})),
        (&format!("{SERVICE}/ServiceDigitalIdentity"), json!({"X509Certificates": [{"val": "_-"}]})),
        (&format!("{SERVICE}/ServiceDigitalIdentity"), json!({"X509Certificate": [{"val": "AAAA"}]})),
        (&format!("{SERVICE}/StatusStartingTime"), json!("2026-11-01")),
    ] {
        assert_eq!(scene.with(pointer, value.clone()), "LT-01", "{pointer}: {value}");
    }
    for required in [
        "LoTEVersionIdentifier",
        "LoTESequenceNumber",
        "SchemeOperatorName",
        "ListIssueDateTime",
        "NextUpdate",
    ] {
        let mut list = scene.list();
        list.pointer_mut(SCHEME).unwrap().as_object_mut().unwrap().remove(required);
        assert_eq!(code(scene.read(&list)), "LT-01", "{required}");
    }
}

#[test]
fn lt_02_signatures_that_are_not_the_certificates_are_refused() {
    let scene = Scene::new();
    assert_eq!(scene.with_header(|it| drop(it.as_object_mut().unwrap().remove("x5c"))), "LT-02");
    let good = scene.sign(&scene.header(), &scene.list());
    let mut other = scene.list();
    other["LoTE"]["ListAndSchemeInformation"]["LoTESequenceNumber"] = json!(8);
    let payload = base64url::encode(other.to_string());
    let parts: Vec<&str> = good.split('.').collect();
    let forged = format!("{}.{payload}.{}", parts[0], parts[2]);
    assert_eq!(code(Lote::verify(&forged, &scene.pinned(), NOW)), "LT-02");
    let thumbprint = base64url::encode(jigap_keys::hash::sha256(&scene.signer.0));
    assert_eq!(scene.with_header(|it| it["x5t#S256"] = json!(thumbprint)), "");
    assert_eq!(scene.with_header(|it| it["x5t#S256"] = json!(base64url::encode([0; 32]))), "LT-02");
    assert_eq!(scene.with_header(|it| it["x5t#S256"] = json!(1)), "LT-02");
    assert_eq!(scene.with_header(|it| drop(it.as_object_mut().unwrap().remove("iat"))), "");
    assert_eq!(scene.with_header(|it| it["iat"] = json!(NOW.unix() + 61)), "LT-02");
    assert_eq!(scene.with_header(|it| it["iat"] = json!("now")), "LT-02");
    let v1_1_1 = |it: &mut Value| {
        it.as_object_mut().unwrap().remove("iat");
        it["sigT"] = json!("2026-11-01T00:00:00Z");
        it["crit"] = json!(["sigT"]);
    };
    assert_eq!(scene.with_header(v1_1_1), "", "as JAdES V1.1.1 wrote the time of signing");
    assert_eq!(scene.with_header(|it| it["sigT"] = json!("2099-11-01T00:00:00Z")), "LT-02");
}

#[test]
fn critical_members_that_are_not_understood_are_refused() {
    let scene = Scene::new();
    for critical in
        [json!([]), json!(["sigD"]), json!(["sigT"]), json!(["iat", "iat"]), json!("iat"), json!([1])]
    {
        assert_eq!(scene.with_header(|it| it["crit"] = critical.clone()), "JW-04", "{critical}");
    }
    assert_eq!(scene.with_header(|it| it["crit"] = json!(["iat"])), "");
    assert_eq!(scene.with_header(|it| it["b64"] = json!(true)), "JW-04");
    assert_eq!(scene.with_header(|it| it["alg"] = json!("none")), "JW-03");
    assert_eq!(scene.with_header(|it| it["alg"] = json!("RS256")), "JW-03");
}

#[test]
fn lt_03_signers_that_nobody_pinned_are_refused() {
    let scene = Scene::new();
    let good = scene.sign(&scene.header(), &scene.list());
    let stranger = Authority::root("list root");
    assert_eq!(code(Lote::verify(&good, &stranger.anchors(), NOW)), "LT-03");
    let other = Anchors::new(vec![scene.root.leaf_of(OPERATOR_NAME, "EU").0]).unwrap();
    assert_eq!(code(Lote::verify(&good, &other, NOW)), "LT-03", "another signer of that authority");
    let later = Timestamp::from_unix(1_900_000_000);
    assert_eq!(code(Lote::verify(&good, &scene.pinned(), later)), "LT-03", "a certificate that ended");
}

#[test]
fn lt_04_of_an_authoritys_certificates_only_the_operators_signs() {
    for (organization, country) in [("Another Body", "EU"), (OPERATOR_NAME, "FR")] {
        let mut scene = Scene::new();
        let (der, key) = scene.root.leaf_of(organization, country);
        scene.signer = (der, PrivateKey::from_pkcs8_der(&key).unwrap());
        let good = scene.sign(&scene.header(), &scene.list());
        assert_eq!(code(Lote::verify(&good, &scene.root.anchors(), NOW)), "LT-04", "{organization}");
        assert_eq!(code(Lote::verify(&good, &scene.pinned(), NOW)), "", "who is pinned needs no name");
    }
    let mut scene = Scene::new();
    let (der, key) = scene.root.leaf(&[]);
    scene.signer = (der, PrivateKey::from_pkcs8_der(&key).unwrap());
    let good = scene.sign(&scene.header(), &scene.list());
    assert_eq!(code(Lote::verify(&good, &scene.root.anchors(), NOW)), "LT-04");
}

#[test]
fn lt_05_a_list_speaks_from_its_issue_to_its_next_update() {
    let scene = Scene::new();
    assert_eq!(scene.with(&format!("{SCHEME}/ListIssueDateTime"), json!("2026-12-24T00:00:00Z")), "LT-05");
    assert_eq!(scene.with(&format!("{SCHEME}/NextUpdate"), json!("2026-11-20T00:00:00Z")), "LT-05");
    assert_eq!(scene.with(&format!("{SCHEME}/NextUpdate"), json!(null)), "LT-05", "the scheme has ended");
    let mut list = scene.list();
    list["LoTE"]["ListAndSchemeInformation"]["NextUpdate"] = json!("2026-12-01T00:00:00Z");
    let text = scene.sign(&scene.header(), &list);
    let at = |moment: &str| {
        let moment = Timestamp::parse_rfc3339(moment).unwrap();
        code(Lote::verify(&text, &scene.pinned(), moment))
    };
    assert_eq!(at("2026-11-30T23:59:59Z"), "");
    assert_eq!(at("2026-12-01T00:00:00Z"), "LT-05");
}

#[test]
fn lt_06_critical_extensions_are_refused() {
    let scene = Scene::new();
    for (pointer, value, expected) in [
        (format!("{SCHEME}/SchemeExtensions"), json!([{"critical": true, "x": 1}]), "LT-06"),
        (format!("{SCHEME}/SchemeExtensions"), json!([{"x": {"Critical": "yes"}}]), "LT-06"),
        (format!("{SERVICE}/ServiceInformationExtensions"), json!([{"Critical": true}]), "LT-06"),
        (
            format!("{ENTITY}/TrustedEntityInformation/TEInformationExtensions"),
            json!([{"critical": true}]),
            "LT-06",
        ),
        (format!("{SCHEME}/SchemeExtensions"), json!([{"critical": false, "x": 1}]), ""),
        (format!("{SERVICE}/ServiceInformationExtensions"), json!([{"x": 1}]), ""),
        (format!("{SCHEME}/SchemeExtensions"), json!([]), "LT-01"),
    ] {
        assert_eq!(scene.with(&pointer, value.clone()), expected, "{pointer}: {value}");
    }
}

#[test]
fn lt_07_a_list_keeps_the_profile_of_its_type() {
    let scene = Scene::new();
    for (pointer, value) in [
        (format!("{SCHEME}/LoTEVersionIdentifier"), json!(2)),
        (format!("{SCHEME}/StatusDeterminationApproach"), json!("https://other.example")),
        (
            format!("{SCHEME}/SchemeTypeCommunityRules"),
            json!([{"lang": "en", "uriValue": "https://other.example"}]),
        ),
        (format!("{SCHEME}/SchemeTerritory"), json!("KR")),
        (format!("{SCHEME}/HistoricalInformationPeriod"), json!(65535)),
        (format!("{SCHEME}/NextUpdate"), json!("2027-05-05T00:00:00Z")),
        (format!("{SERVICE}/ServiceTypeIdentifier"), json!(format!("{SVC}/WRPAC/Issuance"))),
        (format!("{SERVICE}/ServiceStatus"), json!("https://status.example/granted")),
        (format!("{SERVICE}/StatusStartingTime"), json!("2026-11-01T00:00:00Z")),
        (format!("{SERVICE}/ServiceDigitalIdentity"), json!({"X509SKIs": ["AAAA"]})),
    ] {
        assert_eq!(scene.with(&pointer, value.clone()), "LT-07", "{pointer}: {value}");
    }
    assert_eq!(
        scene.with(&format!("{SCHEME}/LoTEType"), json!("https://own.example/list")),
        "",
        "no profile"
    );
}

#[test]
fn lt_08_an_older_list_is_refused() {
    let scene = Scene::new();
    let list = scene.read(&scene.list()).unwrap();
    assert_eq!([6, 7, 8].map(|seen| code(list.require_not_before(seen))), ["", "", "LT-08"]);
}

fn types() -> Vec<String> {
    vec!["urn:eudi:pid:1".to_owned(), "eu.europa.ec.eudi.pid.1".to_owned()]
}

fn issuing<'a>(service: &'a str, types: &'a [String]) -> Issuing<'a> {
    Issuing { service, types, in_force: &[] }
}

#[test]
fn issuers_and_their_status_services_become_entries() {
    let scene = Scene::new();
    let list = scene.read(&scene.list()).unwrap();
    let (service, types) = (format!("{SVC}/PID/Issuance"), types());
    let entries = list.entries(&issuing(&service, &types));
    let [issuer, status] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!((issuer.names.ko.as_str(), issuer.names.en.as_str()), ("신원 사무소", "PID Office"));
    assert_eq!(issuer.types, types);
    assert_eq!(
        (issuer.valid_from, Some(issuer.valid_until)),
        (list.scheme.issued_at, list.scheme.next_update)
    );
    assert_eq!(issuer.status_issuers, std::slice::from_ref(&status.issuer));
    assert_eq!(issuer.keys, Some(PinnedKeys { credentials: None, status_lists: Some(Vec::new()) }));
    assert_eq!(status.keys, Some(PinnedKeys { credentials: Some(Vec::new()), status_lists: None }));
    assert_eq!((status.types.len(), issuer.withdrawn_since), (0, None));
    let Mechanism::X5cAny(anchors) = &issuer.mechanism else { panic!("{:?}", issuer.mechanism) };
    assert_eq!(anchors.certificates().collect::<Vec<_>>(), [scene.provider.der()]);
    assert_eq!(list.entries(&issuing("https://other.example", &types)), []);
    let mut next = scene.list();
    next["LoTE"]["ListAndSchemeInformation"]["LoTESequenceNumber"] = json!(8);
    let next = scene.read(&next).unwrap().entries(&issuing(&service, &types));
    assert_eq!(next[0].issuer, issuer.issuer, "the same from list to list");
}

#[test]
fn only_services_in_force_issue() {
    let scene = Scene::new();
    let mut list = scene.list();
    list["LoTE"]["ListAndSchemeInformation"]["LoTEType"] = json!("https://own.example/list");
    let (service, types) = (format!("{SVC}/PID/Issuance"), types());
    let with = |status: &str, in_force: &[String]| {
        let mut list = list.clone();
        *list.pointer_mut(SERVICE).unwrap() = {
            let mut service = list.pointer(SERVICE).unwrap().clone();
            service["ServiceStatus"] = json!(status);
            service["StatusStartingTime"] = json!("2026-10-01T00:00:00Z");
            service
        };
        scene.read(&list).unwrap().entries(&Issuing { in_force, ..issuing(&service, &types) })
    };
    let granted = "https://own.example/granted";
    assert_eq!(with(granted, &[]).len(), 0, "a status that nobody knows");
    assert_eq!(with(granted, &[granted.to_owned()]).len(), 2);
    assert_eq!(with(profile::NOTIFIED, &[]).len(), 2);
    let withdrawn = with(profile::WITHDRAWN, &[]);
    assert_eq!(withdrawn[0].withdrawn_since, Timestamp::parse_rfc3339("2026-10-01T00:00:00Z"));
}

/// A certificate that cannot be read vouches for nothing, and takes nothing from the others.
#[test]
fn unusable_certificates_are_left_out() {
    let scene = Scene::new();
    let mut list = scene.list();
    let certificates = json!([{"val": "AAAA"}, {"val": STANDARD.encode(scene.provider.der())}]);
    list.pointer_mut(SERVICE).unwrap()["ServiceDigitalIdentity"] = json!({"X509Certificates": certificates});
    let (service, types) = (format!("{SVC}/PID/Issuance"), types());
    let entries = scene.read(&list).unwrap().entries(&issuing(&service, &types));
    let Mechanism::X5cAny(anchors) = &entries[0].mechanism else { panic!("{entries:?}") };
    assert_eq!(anchors.certificates().count(), 1);
    list.pointer_mut(SERVICE).unwrap()["ServiceDigitalIdentity"] =
        json!({"X509Certificates": [{"val": "AAAA"}]});
    assert_eq!(scene.read(&list).unwrap().entries(&issuing(&service, &types)), []);
}

#[test]
fn names_that_deceive_are_cleaned() {
    let names = |name: &str| vec![("en-GB".to_owned(), name.to_owned())];
    assert_eq!(entries::name(&names("A\u{202E}B"), "ko"), "AB");
    assert_eq!(entries::name(&names(&"x".repeat(300)), "en").len(), 200);
    assert_eq!(entries::name(&names("\u{200B}"), "en"), "?");
    assert_eq!(entries::name(&[("de".to_owned(), "Amt".to_owned())], "ko"), "Amt");
}
