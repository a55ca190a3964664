//! Offers and their links: the examples of the specification, and what breaks its rules.

use serde_json::json;

use super::*;
use crate::testing::Repeatable;
use crate::vci::vectors;

fn offer() -> Value {
    json!({
        "credential_issuer": "https://issuer.example.com/univ",
        "credential_configuration_ids": ["student-id"],
        "grants": {
            "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
                "pre-authorized_code": "oaKazRN8I0IbtZ0C7JuMn5",
                "tx_code": {"input_mode": "numeric", "length": 6, "description": "문자로 보낸 번호를 입력하십시오"}
            }
        }
    })
}

fn parse(offer: &Value) -> Result<CredentialOffer, MessageError> {
    CredentialOffer::parse(offer.to_string().as_bytes())
}

fn invalid(offer: &Value) -> &'static str {
    match parse(offer) {
        Err(MessageError::Invalid { member, .. } | MessageError::Missing(member)) => member,
        other => panic!("{offer}: {other:?}"),
    }
}

const GRANT: &str = "/grants/urn:ietf:params:oauth:grant-type:pre-authorized_code";

fn with(pointer: &str, value: Value) -> Value {
    let mut offer = offer();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let members = offer.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => members.remove(name),
        value => members.insert(name.to_owned(), value),
    };
    offer
}

#[test]
fn the_official_offers_are_read_and_written_again() {
    for (file, configurations, tx_code) in [
        ("credential_offer_authz_code.txt", 1, None),
        ("credential_offer_by_reference.json", 1, Some(TxCodeSpec::default())),
        (
            "credential_offer_multiple_credentials.json",
            2,
            Some(TxCodeSpec {
                description: Some("Please provide the one-time code that was sent via e-mail".to_owned()),
                ..TxCodeSpec::numeric(4)
            }),
        ),
        (
            "credential_offer_pre-authz_code.json",
            1,
            Some(TxCodeSpec {
                description: Some(
                    "Please provide the one-time code which was sent to your mobile phone via SMS".to_owned(),
                ),
                ..TxCodeSpec::default()
            }),
        ),
    ] {
        let Some(json) = vectors::json(file) else { return };
        let offer = parse(&json).unwrap();
        assert_eq!(offer.to_json(), json, "{file}");
        assert_eq!(offer.credential_configuration_ids.len(), configurations, "{file}");
        assert_eq!(offer.pre_authorized_code.and_then(|grant| grant.tx_code), tx_code, "{file}");
    }
}

/// The links printed in §4.1.2 and §4.1.3.
#[test]
fn the_links_of_the_specification_are_read() {
    let by_value = "openid-credential-offer://?credential_offer=%7B%22credential_issuer%22:%22https://credential-issuer.example.com%22,%22credential_configuration_ids%22:%5B%22org.iso.18013.5.1.mDL%22%5D,%22grants%22:%7B%22urn:ietf:params:oauth:grant-type:pre-authorized_code%22:%7B%22pre-authorized_code%22:%22oaKazRN8I0IbtZ0C7JuMn5%22,%22tx_code%22:%7B%22input_mode%22:%22text%22,%22description%22:%22Please%20enter%20the%20serial%20number%20of%20your%20physical%20drivers%20license%22%7D%7D%7D%7D";
    let OfferLink::Value(offer) = OfferLink::parse(by_value).unwrap() else { panic!("not by value") };
    let tx_code = offer.pre_authorized_code.unwrap().tx_code.unwrap();
    assert_eq!((tx_code.input_mode, tx_code.length), (InputMode::Text, None));
    let by_reference = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fserver%2Eexample%2Ecom%2Fcredential-offer%2FGkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM";
    let reference = OfferLink::parse(by_reference).unwrap();
    let url = "https://server.example.com/credential-offer/GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM";
    assert_eq!(reference, OfferLink::Reference(Url::parse(url).unwrap()));
}

#[test]
fn a_link_goes_there_and_back() {
    let mut offer = parse(&offer()).unwrap();
    offer.authorization_code = Some(AuthorizationCodeGrant {
        issuer_state: Some("a+b c&d=e%20\"\\".to_owned()),
        authorization_server: Some("https://as.example".to_owned()),
    });
    let reference = Url::parse("https://issuer.example.com/offers/a?b=c%20d").unwrap();
    for link in [OfferLink::Value(Box::new(offer)), OfferLink::Reference(reference)] {
        let text = link.to_link();
        assert!(text.starts_with("openid-credential-offer://?credential_offer"), "{text}");
        assert!(!text.contains('+') && text.is_ascii(), "{text}");
        assert_eq!(OfferLink::parse(&text).unwrap(), link);
    }
}

#[test]
fn a_link_that_is_not_exactly_one_offer_is_refused() {
    let value: String = url::form_urlencoded::byte_serialize(offer().to_string().as_bytes()).collect();
    for link in [
        String::new(),
        "openid-credential-offer://".to_owned(),
        "openid-credential-offer://?offer=1".to_owned(),
        format!("https://wallet.example/?credential_offer={value}"),
        format!("openid-credential-offer://?credential_offer={value}&credential_offer={value}"),
        format!("openid-credential-offer://?credential_offer={value}&credential_offer_uri=https://a.example"),
        "openid-credential-offer://?credential_offer_uri=http://issuer.example.com/offer".to_owned(),
        "openid-credential-offer://?credential_offer_uri=file:///etc/passwd".to_owned(),
        "openid-credential-offer://?credential_offer_uri=%7B%7D".to_owned(),
        "openid-credential-offer://?credential_offer=https://issuer.example.com/offer".to_owned(),
        format!("openid-credential-offer://?credential_offer={}", "A".repeat(MAX_LINK)),
    ] {
        assert!(OfferLink::parse(&link).is_err(), "{link}");
    }
}

#[test]
fn an_offer_that_breaks_a_rule_is_refused() {
    for (pointer, value, member) in [
        ("/credential_issuer", Value::Null, "credential_issuer"),
        ("/credential_issuer", json!(1), "credential_issuer"),
        ("/credential_issuer", json!("http://issuer.example.com"), "credential_issuer"),
        ("/credential_configuration_ids", Value::Null, "credential_configuration_ids"),
        ("/credential_configuration_ids", json!([]), "credential_configuration_ids"),
        ("/credential_configuration_ids", json!("student-id"), "credential_configuration_ids"),
        ("/credential_configuration_ids", json!(["a", "a"]), "credential_configuration_ids"),
        ("/credential_configuration_ids", json!(["a", 1]), "credential_configuration_ids"),
        ("/credential_configuration_ids", json!([""]), "credential_configuration_ids"),
        ("/grants", json!([]), "grants"),
        ("/grants/authorization_code", json!("code"), "authorization_code"),
        ("/grants/authorization_code", json!({"issuer_state": 1}), "issuer_state"),
        (GRANT, json!("code"), PRE_AUTHORIZED_CODE),
        (&format!("{GRANT}/pre-authorized_code"), Value::Null, "pre-authorized_code"),
        (&format!("{GRANT}/pre-authorized_code"), json!(""), "pre-authorized_code"),
        (&format!("{GRANT}/authorization_server"), json!({}), "authorization_server"),
        (&format!("{GRANT}/tx_code"), json!(true), "tx_code"),
        (&format!("{GRANT}/tx_code/input_mode"), json!("hex"), "input_mode"),
        (&format!("{GRANT}/tx_code/length"), json!(0), "length"),
        (&format!("{GRANT}/tx_code/length"), json!(65), "length"),
        (&format!("{GRANT}/tx_code/length"), json!("6"), "length"),
        (&format!("{GRANT}/tx_code/length"), json!(1e3), "length"),
        (&format!("{GRANT}/tx_code/description"), json!("가".repeat(301)), "description"),
    ] {
        assert_eq!(invalid(&with(pointer, value.clone())), member, "{pointer} {value}");
    }
    assert!(parse(&with(&format!("{GRANT}/tx_code/description"), json!("가".repeat(300)))).is_ok());
    for text in [
        "",
        "[]",
        "null",
        "{",
        r#"{"credential_issuer":"https://a.example","credential_issuer":"https://b.example","credential_configuration_ids":["a"]}"#,
    ] {
        assert_eq!(CredentialOffer::parse(text.as_bytes()), Err(MessageError::NotJson), "{text}");
    }
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(40), "]".repeat(40));
    assert_eq!(CredentialOffer::parse(deep.as_bytes()), Err(MessageError::NotJson));
}

#[test]
fn unknown_members_are_ignored_and_grants_may_be_absent() {
    let plain = with("/grants", Value::Null);
    let offer = parse(&plain).unwrap();
    assert_eq!((offer.authorization_code, offer.pre_authorized_code), (None, None));
    assert!(parse(&with("/grants/urn:other", json!({"a": [1]}))).is_ok());
    assert!(parse(&with("/user_pin_required", json!(true))).is_ok());
}

#[test]
fn an_offer_must_fit_the_issuers_metadata() {
    let metadata = |servers: &[&str]| {
        let mut json = json!({
            "credential_issuer": "https://issuer.example.com/univ",
            "credential_endpoint": "https://issuer.example.com/univ/credential",
            "credential_configurations_supported": {
                "student-id": {"format": "dc+sd-jwt", "vct": "urn:x"},
                "unbindable": {
                    "format": "dc+sd-jwt",
                    "vct": "urn:x",
                    "cryptographic_binding_methods_supported": ["jwk"],
                },
            },
        });
        if !servers.is_empty() {
            json["authorization_servers"] = json!(servers);
        }
        let issuer = IssuerIdentifier::parse("https://issuer.example.com/univ", "").unwrap();
        IssuerMetadata::parse(json.to_string().as_bytes(), &issuer).unwrap()
    };
    let (a, b) = ("https://a.example", "https://b.example");
    let check = |offer: &Value, servers: &[&str]| parse(offer).unwrap().check_against(&metadata(servers));
    assert_eq!(check(&offer(), &[]), Ok(()));
    assert!(check(&with("/credential_issuer", json!("https://issuer.example.com")), &[]).is_err());
    assert!(check(&with("/credential_configuration_ids", json!(["student-id", "x"])), &[]).is_err());
    assert!(check(&with("/credential_configuration_ids", json!(["unbindable"])), &[]).is_err());
    let hinted = with(&format!("{GRANT}/authorization_server"), json!(b));
    assert_eq!(check(&hinted, &[a, b]), Ok(()));
    assert!(check(&hinted, &[]).is_err());
    assert!(check(&hinted, &[b]).is_err());
    assert!(check(&hinted, &[a, "https://c.example"]).is_err());
}

#[test]
fn a_transaction_code_has_the_announced_form() {
    let numeric = TxCodeSpec::numeric(6);
    for (typed, fits) in [
        ("123456", true),
        ("12345", false),
        ("1234567", false),
        ("12345a", false),
        ("", false),
        ("１２３４５６", false),
    ] {
        assert_eq!(numeric.fits(typed), fits, "{typed}");
    }
    let text = TxCodeSpec { input_mode: InputMode::Text, length: Some(2), description: None };
    assert!(text.fits("가나") && !text.fits("가"));
    let entropy = Repeatable::new(1);
    let drawn = TxCodeSpec::draw(6, &entropy);
    assert!(numeric.fits(drawn.reveal()));
    assert_ne!(drawn, TxCodeSpec::draw(6, &entropy));
}

#[test]
fn the_code_is_not_printed() {
    let offer = parse(&offer()).unwrap();
    assert!(!format!("{offer:?}").contains("oaKazRN8I0IbtZ0C7JuMn5"));
}
