//! Tokens and references in CBOR: the specification's vectors, and what breaks a token.

use jigap_keys::{KeyType, PrivateKey};

use super::*;
use crate::status::{
    BITS, INDEX, LIST_BOUND, LIST_FORM, NOT_EXPIRED, NOT_FROM_THE_FUTURE, REFERENCE, SUBJECT, StatusValue,
    TTL as TTL_RULE, vectors,
};
use crate::testing::Repeatable;

const URI: &str = "https://example.com/statuslists/1";
/// Between `iat` and `exp` of the vector.
const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &Repeatable::new(1))
}

fn header() -> cose::Header {
    cose::Header::for_key(KeyType::P256).unwrap().kid("status-1")
}

fn said() -> StatusListToken {
    let mut list = StatusList::new(StatusBits::Two, 1000);
    list.set(7, StatusValue::SUSPENDED).unwrap();
    StatusListToken {
        uri: URI.to_owned(),
        issued_at: NOW.minus(Seconds(100)),
        expires: Some(NOW.plus(Seconds(3600))),
        ttl: Some(Seconds(600)),
        aggregation_uri: Some("https://example.com/statuslists".to_owned()),
        list,
    }
}

fn verify(token: &[u8]) -> Result<VerifiedStatusList, Refusal> {
    VerifiedStatusList::verify_cwt(token, URI, NOW, |_| Ok(key().public().clone()))
}

/// A token whose payload is what `write` writes.
fn signed(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    write(&mut writer);
    UnsignedSign1::new(header().typ(MEDIA_TYPE_CWT), &[], writer.into_bytes()).sign(&key()).unwrap()
}

/// The claims, each as bytes of CBOR, with one set, or left out where there is none.
fn changed(label: i64, value: Option<Vec<u8>>) -> Vec<u8> {
    let of = |write: &dyn Fn(&mut Writer)| {
        let mut writer = Writer::new();
        write(&mut writer);
        writer.into_bytes()
    };
    let list = |writer: &mut Writer| {
        writer.map(2).text("bits").unsigned(1).text("lst").bytes(&hex("78dadbb918000217015d"));
    };
    let mut claims = vec![
        (
            SUB,
            of(&|writer| {
                writer.text(URI);
            }),
        ),
        (
            IAT,
            of(&|writer| {
                writer.integer(NOW.unix() - 100);
            }),
        ),
        (
            EXP,
            of(&|writer| {
                writer.integer(NOW.unix() + 3600);
            }),
        ),
        (
            TTL,
            of(&|writer| {
                writer.unsigned(600);
            }),
        ),
        (STATUS_LIST, of(&list)),
    ];
    claims.retain(|(other, _)| *other != label);
    claims.extend(value.map(|value| (label, value)));
    signed(|writer| {
        writer.map(claims.len());
        for (label, value) in &claims {
            writer.integer(*label).raw(value);
        }
    })
}

fn list_of(bits: &[u8], lst: &[u8]) -> Option<Vec<u8>> {
    let mut writer = Writer::new();
    writer.map(2).text("bits").raw(bits).text("lst").raw(lst);
    Some(writer.into_bytes())
}

/// §5.2, the example: form, header, claims and list; the key it was signed with is not published.
#[test]
fn the_token_of_the_specification_is_read() {
    let Some(text) = vectors::read("status_list_cwt.md") else { return };
    let token = hex(&text);
    let message = cwt_message(&token).unwrap();
    message.header().require_typ(MEDIA_TYPE_CWT).unwrap();
    assert_eq!(cwt_key_name(&message).kid.as_deref(), Some("12"));
    let claims = cbor::parse(message.unverified_payload().unwrap(), LIMITS).unwrap();
    let (read, begins) = read(&claims, URI, NOW).unwrap();
    assert_eq!((read.issued_at, begins), (Timestamp::from_unix(1_686_920_170), read.issued_at));
    assert_eq!((read.expires, read.ttl), (Some(Timestamp::from_unix(2_291_720_170)), Some(Seconds(43_200))));
    assert_eq!(read.list.as_bytes(), [0xB9, 0xA3]);
    let refused = VerifiedStatusList::verify_cwt(&token, URI, NOW, |_| Ok(key().public().clone()));
    assert_eq!(refused.unwrap_err().check, SIGNATURE);
}

/// §4.3: the examples of lists in CBOR.
#[test]
fn the_lists_of_the_specification_are_read_and_written() {
    for (file, bytes) in [
        ("status_list_encoding_cbor.md", &[0xB9, 0xA3][..]),
        ("status_list_encoding2_cbor.md", &[0xC9, 0x44, 0xF9]),
    ] {
        let Some(text) = vectors::read(file) else { return };
        let encoded = hex(text.split("encoded:").nth(1).unwrap());
        let item = cbor::parse(&encoded, LIMITS).unwrap();
        let bits = StatusBits::new(item.get("bits").and_then(Item::as_u64).unwrap()).unwrap();
        let lst = item.get("lst").and_then(Item::as_bytes).unwrap();
        let list = StatusList::from_zlib(bits, lst, 100).unwrap();
        assert_eq!(list.as_bytes(), bytes, "{file}");
        assert_eq!(list.to_zlib(), lst, "{file}");
    }
    for (file, bits) in [
        ("status_list_encoding1_long_cbor.md", StatusBits::One),
        ("status_list_encoding2_long_cbor.md", StatusBits::Two),
        ("status_list_encoding4_cbor.md", StatusBits::Four),
        ("status_list_encoding8_cbor.md", StatusBits::Eight),
    ] {
        let Some(text) = vectors::read(file) else { return };
        let encoded = hex(&text);
        let item = cbor::parse(&encoded, LIMITS).unwrap();
        assert_eq!(item.get("bits").and_then(Item::as_u64), Some(bits.get().into()), "{file}");
        let lst = item.get("lst").and_then(Item::as_bytes).unwrap();
        let list = StatusList::from_zlib(bits, lst, StatusList::MAX_BYTES).unwrap();
        assert_eq!(list.len(), 1 << 20, "{file}");
        assert!(list.get(0).is_some_and(|value| bits == StatusBits::Eight || value == StatusValue::INVALID));
    }
}

/// §6.3, the example.
#[test]
fn the_reference_of_the_specification_is_read_and_written() {
    let Some(text) = vectors::read("referenced_token_cwt.md") else { return };
    let token = hex(&text);
    let message = cwt_message(&token).unwrap();
    let claims = cbor::parse(message.unverified_payload().unwrap(), LIMITS).unwrap();
    let status = claims.at(LABEL_STATUS).unwrap();
    let reference = StatusReference::from_cbor(status).unwrap().unwrap();
    assert_eq!((reference.idx(), reference.uri()), (0, URI));
    let mut writer = Writer::new();
    reference.write_cbor(&mut writer);
    assert_eq!(writer.into_bytes(), status.raw());
}

#[test]
fn a_signed_list_answers_as_the_same_list_as_jwt() {
    let token = said().unsigned_cwt(header()).sign(&key()).unwrap();
    let list = verify(&token).unwrap();
    assert_eq!((list.token(), list.signed_by()), (&said(), key().public()));
    let jwt = said().sign(jose::Header::for_key(key().public()).unwrap(), &key()).unwrap();
    let same = VerifiedStatusList::verify(&jwt, URI, NOW, |_| Ok(key().public().clone())).unwrap();
    for (idx, value) in [(7, StatusValue::SUSPENDED), (8, StatusValue::VALID)] {
        let reference = StatusReference::new(URI, idx).unwrap();
        let answer = list.status(&reference, NOW, NOW).unwrap();
        assert_eq!((answer.value, answer), (value, same.status(&reference, NOW, NOW).unwrap()));
    }
    // Under the tag of a CWT as well, and without that of COSE.
    let tagged = [&[0xD8, 0x3D][..], &token].concat();
    assert!(verify(&tagged).is_ok() && verify(&token[1..]).is_ok());
    let bare = StatusListToken { expires: None, ttl: None, aggregation_uri: None, ..said() };
    let token = bare.unsigned_cwt(header()).sign(&key()).unwrap();
    assert_eq!(verify(&token).unwrap().token(), &bare);
}

#[test]
fn st_02_a_cwt_of_another_form_or_type_is_refused() {
    let token = said().unsigned_cwt(header()).sign(&key()).unwrap();
    for end in 0..token.len() {
        assert_eq!(verify(&token[..end]).unwrap_err().check, TOKEN_FORM, "cut at {end}");
    }
    let payload = || said().cwt_claims();
    let as_type = |header: cose::Header| UnsignedSign1::new(header, &[], payload()).sign(&key()).unwrap();
    for wrong in
        [as_type(header()), as_type(header().typ("application/cwt")), as_type(header().typ("statuslist+cwt"))]
    {
        assert_eq!(verify(&wrong).unwrap_err().check, TOKEN_FORM);
    }
    let detached =
        UnsignedSign1::detached(header().typ(MEDIA_TYPE_CWT), &[], &payload()).sign(&key()).unwrap();
    assert_eq!(verify(&detached).unwrap_err().check, TOKEN_FORM);
    let text = |text: &str| {
        let mut writer = Writer::new();
        writer.text(text);
        Some(writer.into_bytes())
    };
    for (label, value) in [
        (SUB, None),
        (SUB, Some(vec![0])),
        (IAT, None),
        (IAT, text("now")),
        (IAT, Some(vec![0xC1, 0x00])),
        (EXP, text("never")),
        (NBF, text("soon")),
        (STATUS_LIST, None),
        (STATUS_LIST, Some(vec![0x80])),
    ] {
        assert_eq!(
            verify(&changed(label, value.clone())).unwrap_err().check,
            TOKEN_FORM,
            "{label} {value:?}"
        );
    }
    for payload in [&[0x80][..], &[0xFF], &[]] {
        assert_eq!(
            verify(&signed(|writer| {
                writer.raw(payload);
            }))
            .unwrap_err()
            .check,
            TOKEN_FORM
        );
    }
}

#[test]
fn st_03_a_cwt_that_its_issuer_did_not_sign_is_refused() {
    let thief = PrivateKey::generate(KeyType::P256, &Repeatable::new(2));
    let forged = said().unsigned_cwt(header()).sign(&thief).unwrap();
    assert_eq!(verify(&forged).unwrap_err().check, SIGNATURE);
    let mut broken = said().unsigned_cwt(header()).sign(&key()).unwrap();
    *broken.last_mut().unwrap() ^= 1;
    assert_eq!(verify(&broken).unwrap_err().check, SIGNATURE);
    let other = PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(2));
    let token = said().unsigned_cwt(header()).sign(&key()).unwrap();
    let by_other = VerifiedStatusList::verify_cwt(&token, URI, NOW, |_| Ok(other.public().clone()));
    assert_eq!(by_other.unwrap_err().check, SIGNATURE, "a key of another type");
}

#[test]
fn claims_of_a_cwt_are_held_to_the_rules_of_a_jwt() {
    let moment = |seconds: i64| {
        let mut writer = Writer::new();
        writer.integer(NOW.unix() + seconds);
        Some(writer.into_bytes())
    };
    let float = |number: f64| {
        let mut writer = Writer::new();
        writer.float(number);
        Some(writer.into_bytes())
    };
    let other = {
        let mut writer = Writer::new();
        writer.text("https://example.com/statuslists/2");
        Some(writer.into_bytes())
    };
    let bomb = {
        let mut writer = Writer::new();
        writer.bytes(&StatusList::new(StatusBits::One, 8 * (StatusList::MAX_BYTES + 1)).to_zlib());
        writer.into_bytes()
    };
    for (label, value, check) in [
        (SUB, other, SUBJECT),
        (EXP, moment(0), NOT_EXPIRED),
        (IAT, moment(61), NOT_FROM_THE_FUTURE),
        (NBF, moment(61), NOT_FROM_THE_FUTURE),
        (TTL, Some(vec![0x00]), TTL_RULE),
        (TTL, Some(vec![0x20]), TTL_RULE),
        (TTL, float(-0.5), TTL_RULE),
        (STATUS_LIST, list_of(&[0x03], &[0x40]), BITS),
        (STATUS_LIST, list_of(&[0x61, 0x31], &[0x40]), BITS),
        (STATUS_LIST, list_of(&[0x01], &[0x40]), LIST_FORM),
        (STATUS_LIST, list_of(&[0x01], &[0x61, 0x41]), LIST_FORM),
        (STATUS_LIST, list_of(&[0x01], &bomb), LIST_BOUND),
    ] {
        assert_eq!(verify(&changed(label, value)).unwrap_err().check, check, "{label}");
    }
    let times = changed(EXP, float(NOW.unix() as f64 + 0.5));
    assert_eq!(verify(&times).unwrap_err().check, NOT_EXPIRED, "fractions are cut off");
    let list = verify(&changed(EXP, None)).unwrap();
    let outside = StatusReference::new(URI, 16).unwrap();
    assert_eq!(list.status(&outside, NOW, NOW).unwrap_err().check, INDEX);
}

#[test]
fn st_01_a_malformed_reference_in_cbor_is_refused() {
    let read = |text: &str| StatusReference::from_cbor(&cbor::parse(&hex(text), LIMITS).unwrap());
    assert_eq!(read("a1656f74686572a0"), Ok(None), "another mechanism alone");
    for wrong in [
        "a0",
        "80",
        "f6",
        "a10100",
        "a16b7374617475735f6c697374f6",
        "a16b7374617475735f6c697374a0",
        "a16b7374617475735f6c697374a16369647800",
        "a16b7374617475735f6c697374a26369647820637572696161",
        "a16b7374617475735f6c697374a26369647800637572696161",
        "a16b7374617475735f6c697374a26369647800637572694161",
    ] {
        assert_eq!(read(wrong).unwrap_err().check, REFERENCE, "{wrong}");
    }
}
