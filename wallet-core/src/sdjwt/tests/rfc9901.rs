//! The examples of RFC 9901: the main one (§5) by its disclosures and digests, and those of appendix A that show nesting,
//! arrays and key binding as they were signed, by the key of A.5.

use super::published::published_issuer;
use super::*;
use crate::time::{Seconds, Timestamp};

/// A text of the RFC with its line breaks taken out.
fn unfolded(text: &str) -> String {
    text.split_whitespace().collect()
}

fn processed(text: &str) -> VerifiedSdJwt {
    SdJwt::parse(&unfolded(text)).unwrap().verify(&published_issuer()).unwrap()
}

/// A disclosure as the RFC spells JSON: a blank behind each comma and colon.
fn spelled(salt: &str, rest: &str) -> String {
    base64url::encode(format!(r#"["{salt}", {rest}]"#))
}

#[test]
fn the_main_example() {
    let disclosures = [
        ("2GLC42sKQveCfGfryNRN9w", r#""given_name", "John""#, "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4"),
        ("eluV5Og3gSNII8EYnsxA_A", r#""family_name", "Doe""#, "TGf4oLbgwd5JQaHyKVQZU9UdGE0w5rtDsrZzfUaomLo"),
        (
            "6Ij7tM-a5iVPGboS5tmvVA",
            r#""email", "johndoe@example.com""#,
            "JzYjH4svliH0R3PyEMfeZu6Jt69u5qehZo7F7EPYlSE",
        ),
        (
            "eI8ZWm9QnKPpNPeNenHdhQ",
            r#""phone_number", "+1-202-555-0101""#,
            "PorFbpKuVu6xymJagvkFsFXAbRoc2JGlAUA2BA4o7cI",
        ),
        (
            "Qg_O64zqAxe412a108iroA",
            r#""phone_number_verified", true"#,
            "XQ_3kPKt1XyX7KANkqVR6yZ2Va5NrPIvPYbyMvRKBMM",
        ),
        (
            "AJx-095VPrpTtN4QMOqROA",
            r#""address", {"street_address": "123 Main St", "locality": "Anytown", "region": "Anystate", "country": "US"}"#,
            "XzFrzwscM6Gn6CJDc6vVK8BkMnfG8vOSKfpPIZdAfdE",
        ),
        (
            "Pc33JM2LchcU_lHggv_ufQ",
            r#""birthdate", "1940-01-01""#,
            "gbOsI4Edq2x2Kw-w5wPEzakob9hV1cRD0ATN3oQL9JM",
        ),
        (
            "G02NSrQfjFXQ7Io09syajA",
            r#""updated_at", 1570000000"#,
            "CrQe7S5kqBAHt-nMYXgc6bdt2SH5aTY1sU_M-PgkjPI",
        ),
        ("lklxF5jMYlGTPUovMNIvCA", r#""US""#, "pFndjkZ_VCzmyTa6UjlZo3dh-ko8aIKQc9DlGzhaVYo"),
        ("nPuoQnkRFq3BIeAm7AnXFA", r#""DE""#, "7Cf6JkPudry3lcbwHgeZ8khAv1U1OSlerP0VkBJrWZ0"),
    ];
    let texts = disclosures.map(|(salt, rest, _)| spelled(salt, rest));
    for (text, (_, rest, digest)) in texts.iter().zip(disclosures) {
        assert_eq!(digest_of(text), digest, "{rest}");
    }
    let (members, elements) = disclosures.split_at(8);
    let digests: Vec<_> = members.iter().map(|(_, _, digest)| *digest).collect();
    let nationalities: Vec<_> = elements.iter().map(|(_, _, digest)| json!({"...": digest})).collect();
    let payload = json!({
        "_sd": digests, "_sd_alg": "sha-256", "iss": "https://issuer.example.com", "iat": 1_683_000_000, "sub": "user_42",
        "exp": 1_883_000_000, "nationalities": nationalities,
    });
    let texts = texts.each_ref().map(String::as_str);
    let whole = verify(&signed(payload.clone(), &texts)).unwrap();
    let claims = json!({
        "vct": "urn:test", "iss": "https://issuer.example.com", "iat": 1_683_000_000, "exp": 1_883_000_000, "sub": "user_42",
        "given_name": "John", "family_name": "Doe", "email": "johndoe@example.com", "phone_number": "+1-202-555-0101",
        "phone_number_verified": true, "birthdate": "1940-01-01", "updated_at": 1_570_000_000, "nationalities": ["US", "DE"],
        "address": {"street_address": "123 Main St", "locality": "Anytown", "region": "Anystate", "country": "US"},
    });
    assert_eq!(whole.claims(), &claims);
    // §5.2: what the holder shows of it.
    let wanted = [["family_name"], ["address"], ["given_name"]].map(|names| path(json!(names)));
    let mut wanted = wanted.to_vec();
    wanted.push(path(json!(["nationalities", 0])));
    let shown = whole.present(&wanted).unwrap();
    assert_eq!(shown.disclosed().len(), 4);
    let shown = verify(&shown.into_sd_jwt()).unwrap();
    assert_eq!(shown.claims()["nationalities"], json!(["US"]));
    assert_eq!(shown.claims()["address"], claims["address"]);
    assert_eq!(shown.claims().get("birthdate"), None);
}

/// A.1: concealed members of an object that stays open, one of them in escapes.
#[test]
fn the_simple_structured_example() {
    let shown = processed(include_str!("rfc9901/a1.txt"));
    let claims = json!({
        "iss": "https://issuer.example.com", "iat": 1_683_000_000, "exp": 1_883_000_000,
        "address": {"region": "港区", "country": "JP"},
    });
    assert_eq!(shown.claims(), &claims);
    assert_eq!(shown.disclosed(), [path(json!(["address", "region"])), path(json!(["address", "country"]))]);
}

/// A.2: a concealed array element that conceals members of its own.
#[test]
fn the_complex_structured_example() {
    let shown = processed(include_str!("rfc9901/a2.txt"));
    let claims = json!({
        "iss": "https://issuer.example.com", "iat": 1_683_000_000, "exp": 1_883_000_000,
        "verified_claims": {
            "verification": {"trust_framework": "de_aml", "evidence": [{"method": "pipp"}], "time": "2012-04-23T18:25Z"},
            "claims": {
                "given_name": "Max", "family_name": "Müller",
                "address": {"locality": "Maxstadt", "postal_code": "12344", "country": "DE", "street_address": "Weidenstraße 22"},
            },
        },
    });
    assert_eq!(shown.claims(), &claims);
    let method = path(json!(["verified_claims", "verification", "evidence", 0, "method"]));
    assert!(shown.disclosed().contains(&method));
    // To show the method is to show the element that holds it, and nothing else.
    let least = shown.present(std::slice::from_ref(&method)).unwrap();
    assert_eq!(least.disclosed().len(), 2);
}

/// A.3: a PID whose objects are concealed one within the other, with a key binding JWT. The text is that of the working
/// group's rendering of 29 May 2025, of which the RFC was made; the RFC's own differs in its random signatures.
#[test]
fn the_sd_jwt_vc_example_shows_an_age_and_a_nationality() {
    let text = unfolded(include_str!("rfc9901/a3.txt"));
    let shown = SdJwtVc::parse(&text).unwrap().verify(&published_issuer()).unwrap();
    let cnf = json!({"jwk": {
        "kty": "EC", "crv": "P-256", "x": "TCAER19Zvu3OHF4j4W4vfSVoHIP1ILilDls7vCeGemc",
        "y": "ZxjiWWbZMQGHVWKVQ4hbSIirsVfuecCE6t4jT9F2HZQ",
    }});
    let claims = json!({
        "iss": "https://pid-issuer.bund.de.example", "iat": 1_683_000_000, "exp": 1_883_000_000,
        "vct": "urn:eudi:pid:de:1", "cnf": cnf, "age_equal_or_over": {"18": true}, "nationalities": ["DE"],
    });
    assert_eq!(shown.claims(), &claims);
    let over_18 = path(json!(["age_equal_or_over", "18"]));
    assert!(shown.disclosed().contains(&over_18));
    let request = KeyBindingRequest {
        audience: "https://verifier.example.org",
        nonce: "1234567890",
        now: Timestamp::from_unix(1_748_536_865),
        max_age: Seconds(0),
        skew: Seconds(0),
    };
    assert_eq!(shown.verify_key_binding(&request).unwrap().issued_at, request.now);
    // Without the nationality the key binding JWT is one of another presentation.
    let fewer = without_disclosure(&text, 2);
    let fewer = SdJwtVc::parse(&fewer).unwrap().verify(&published_issuer()).unwrap();
    assert_eq!(code(fewer.verify_key_binding(&request)).0, "KB-06");
}

/// The presentation without its disclosure number `at`, counted from 0.
fn without_disclosure(text: &str, at: usize) -> String {
    let mut parts: Vec<&str> = text.split('~').collect();
    parts.remove(1 + at);
    parts.join("~")
}

/// A.4: with a key binding JWT.
#[test]
fn the_w3c_example_is_bound_to_its_holder() {
    let shown = processed(include_str!("rfc9901/a4.txt"));
    assert_eq!(
        shown.claims()["credentialSubject"],
        json!({
            "vaccine": {"type": "Vaccine", "atcCode": "J07BX03", "medicinalProductName": "COVID-19 Vaccine Moderna"},
            "recipient": {"type": "VaccineRecipient"}, "type": "VaccinationEvent", "order": "3/3",
            "dateOfVaccination": "2021-06-23T13:40:12Z",
        })
    );
    let request = KeyBindingRequest {
        audience: "https://verifier.example.org",
        nonce: "1234567890",
        now: Timestamp::from_unix(1_748_537_244),
        max_age: Seconds(0),
        skew: Seconds(0),
    };
    assert_eq!(shown.verify_key_binding(&request).unwrap().issued_at, request.now);
    let elsewhere = KeyBindingRequest { audience: "https://verifier.example.com", ..request };
    assert_eq!(code(shown.verify_key_binding(&elsewhere)).0, "KB-08");
}
