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
        verify(&self.sign(&self.header(), payload), &self.pinned(), NOW)
    }

    fn with_header(&self, change: impl FnOnce(&mut Value)) -> &'static str {
        let mut header = self.header();
        change(&mut header);
        code(verify(&self.sign(&header, &self.list()), &self.pinned(), NOW))
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

/// Of the signers `pinned`, and of the operator where they are authorities.
fn verify(text: &str, pinned: &Anchors, now: Timestamp) -> Result<Lote, Refusal> {
    Lote::verify(text, Signers { pinned, operator: Some(OPERATOR_NAME) }, now)
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
    let by_authority = verify(&scene.sign(&scene.header(), &scene.list()), &scene.root.anchors(), NOW);
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
        (&format!("{SCHEME}/ListIssueDateTime"), json!("1013-11-01T00:00:00Z")),
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
    assert_eq!(code(verify(&forged, &scene.pinned(), NOW)), "LT-02");
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
    assert_eq!(code(verify(&good, &stranger.anchors(), NOW)), "LT-03");
    let other = Anchors::new(vec![scene.root.leaf_of(OPERATOR_NAME, "EU").0]).unwrap();
    assert_eq!(code(verify(&good, &other, NOW)), "LT-03", "another signer of that authority");
    let later = Timestamp::from_unix(1_900_000_000);
    assert_eq!(code(verify(&good, &scene.pinned(), later)), "LT-03", "a certificate that ended");
}

/// An authority has other customers: one of them names itself as the operator of a list of its own.
#[test]
fn lt_04_of_an_authoritys_certificates_only_the_chosen_operators_signs() {
    let by_root = |scene: &Scene, operator: Option<&str>, list: &Value| {
        let text = scene.sign(&scene.header(), list);
        let anchors = scene.root.anchors();
        code(Lote::verify(&text, Signers { pinned: &anchors, operator }, NOW))
    };
    let scene = Scene::new();
    assert_eq!(by_root(&scene, Some(OPERATOR_NAME), &scene.list()), "");
    assert_eq!(by_root(&scene, None, &scene.list()), "LT-04", "nobody said who runs it");
    let mut nowhere = scene.list();
    nowhere["LoTE"]["ListAndSchemeInformation"].as_object_mut().unwrap().remove("SchemeTerritory");
    assert_eq!(by_root(&scene, Some(OPERATOR_NAME), &nowhere), "LT-04", "no territory");
    for (organization, country) in [("Another Body", "EU"), (OPERATOR_NAME, "FR")] {
        let mut scene = Scene::new();
        let (der, key) = scene.root.leaf_of(organization, country);
        scene.signer = (der, PrivateKey::from_pkcs8_der(&key).unwrap());
        let mut own = scene.list();
        own["LoTE"]["ListAndSchemeInformation"]["SchemeOperatorName"][0]["value"] = json!(organization);
        for list in [scene.list(), own] {
            assert_eq!(by_root(&scene, Some(OPERATOR_NAME), &list), "LT-04", "{organization}");
        }
        assert_eq!(code(scene.read(&scene.list())), "", "who is pinned needs no name");
    }
    let mut scene = Scene::new();
    let (der, key) = scene.root.leaf(&[]);
    scene.signer = (der, PrivateKey::from_pkcs8_der(&key).unwrap());
    assert_eq!(by_root(&scene, Some(OPERATOR_NAME), &scene.list()), "LT-04");
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
        code(verify(&text, &scene.pinned(), moment))
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
    let issued = list.scheme.issued_at;
    let later = Timestamp::from_unix(issued.unix() + 1);
    let seen = [(6, later), (7, issued), (7, later), (8, issued)];
    assert_eq!(seen.map(|seen| code(list.require_not_before(seen))), ["", "", "LT-08", "LT-08"]);
}

#[test]
fn lt_09_a_list_of_another_type_is_refused() {
    let scene = Scene::new();
    let list = scene.read(&scene.list()).unwrap();
    assert_eq!(code(list.require_type("http://uri.etsi.org/19602/LoTEType/EUPIDProvidersList")), "");
    assert_eq!(code(list.require_type("http://uri.etsi.org/19602/LoTEType/EUPubEAAProvidersList")), "LT-09");
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
    let with = |status: &str, since: &str, in_force: &[String]| {
        let mut list = list.clone();
        let members = list.pointer_mut(SERVICE).unwrap();
        members["ServiceStatus"] = json!(status);
        members["StatusStartingTime"] = json!(since);
        let entries = scene.read(&list).unwrap().entries(&Issuing { in_force, ..issuing(&service, &types) });
        (entries[0].valid_from.to_rfc3339(), entries[0].withdrawn_since.map(Timestamp::to_rfc3339))
    };
    let (granted, before, issued) =
        ("https://own.example/granted", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z");
    let later = "2027-01-01T00:00:00Z";
    let withdrawn = |since: &str| (issued.to_owned(), Some(since.to_owned()));
    let in_force = |since: &str| (since.to_owned(), None);
    assert_eq!(with(granted, before, &[]), withdrawn(before), "a status that nobody knows is not in force");
    assert_eq!(with(granted, before, &[granted.to_owned()]), in_force(issued));
    assert_eq!(with(profile::NOTIFIED, before, &[]), in_force(issued));
    assert_eq!(with(profile::NOTIFIED, later, &[]), in_force(later), "not before its service begins");
    assert_eq!(with("https://own.example/withdrawn", later, &[]), withdrawn(issued), "the list says it now");
}

/// The keys that sign its status lists issue nothing, whoever certified them.
#[test]
fn listed_keys_of_status_services_sign_no_credentials() {
    let scene = Scene::new();
    let (leaf, _) = scene.provider.leaf(&[]);
    let mut list = scene.list();
    list["LoTE"]["TrustedEntitiesList"][0]["TrustedEntityServices"][1]["ServiceInformation"]["ServiceDigitalIdentity"] =
        json!({"X509Certificates": [{"val": STANDARD.encode(&leaf)}]});
    let (service, types) = (format!("{SVC}/PID/Issuance"), types());
    let entries = scene.read(&list).unwrap().entries(&issuing(&service, &types));
    let key = Leaf::dangerous_without_path(&leaf).unwrap().key().thumbprint();
    assert_eq!(entries[0].keys, Some(PinnedKeys { credentials: None, status_lists: Some(vec![key]) }));
}

/// Whatever is read can be published: entities of one name and lists for two services are told apart.
#[test]
fn entities_of_one_name_are_told_apart() {
    let scene = Scene::new();
    let mut list = scene.list();
    let mut other = list["LoTE"]["TrustedEntitiesList"][0].clone();
    other["TrustedEntityServices"][0]["ServiceInformation"]["ServiceDigitalIdentity"] =
        json!({"X509Certificates": [{"val": STANDARD.encode(Authority::root("another").der())}]});
    let mut translated = other.clone();
    translated["TrustedEntityInformation"]["TEName"][1] = json!({"lang": "fr", "value": "Bureau"});
    // One of them stands there twice.
    let entities = list["LoTE"]["TrustedEntitiesList"].as_array_mut().unwrap();
    entities.extend([other.clone(), translated, other]);
    let (service, types) = (format!("{SVC}/PID/Issuance"), types());
    let list = scene.read(&list).unwrap();
    let lists = format!("{SVC}/PID/Revocation");
    let entries = [list.entries(&issuing(&service, &types)), list.entries(&issuing(&lists, &types))].concat();
    let ids: std::collections::BTreeSet<&str> = entries.iter().map(|entry| entry.issuer.as_str()).collect();
    assert_eq!((ids.len(), entries.len()), (9, 9));
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
