//! The reader against RFC 8949's examples, hostile input, and `ciborium` as its oracle.

use proptest::prelude::*;

use super::*;
use crate::testing::hex;

fn read(hex_text: &str) -> Result<(), CborError> {
    parse(&hex(hex_text), Limits::MESSAGE).map(drop)
}

/// RFC 8949 appendix A: the encodings, and the value by `ciborium`.
#[test]
fn the_examples_of_the_standard_are_read_as_ciborium_reads_them() {
    for text in [
        "00",
        "17",
        "1818",
        "1903e8",
        "1a000f4240",
        "1bffffffffffffffff",
        "20",
        "3903e7",
        "3bffffffffffffffff",
        "f90000",
        "f98000",
        "f93c00",
        "fb3ff199999999999a",
        "f97bff",
        "fa47c35000",
        "f90001",
        "f90400",
        "f9c400",
        "fbc010666666666666",
        "f97c00",
        "f9fc00",
        "f4",
        "f5",
        "f6",
        "c074323031332d30332d32315432303a30343a30305a",
        "c11a514b67b0",
        "d818456449455446",
        "40",
        "4401020304",
        "60",
        "6449455446",
        "62225c",
        "62c3bc",
        "80",
        "83010203",
        "8301820203820405",
        "a0",
        "a201020304",
        "a26161016162820203",
        "826161a161626163",
        "5f42010243030405ff",
        "7f657374726561646d696e67ff",
        "9fff",
        "9f018202039f0405ffff",
        "bf61610161629f0203ffff",
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
    ] {
        let bytes = hex(text);
        let item = parse(&bytes, Limits::MESSAGE).unwrap();
        assert_eq!(item.raw(), bytes, "{text}");
        assert_eq!(oracle(&item), ciborium::from_reader::<ciborium::Value, _>(&bytes[..]).unwrap(), "{text}");
    }
    assert_eq!(parse(&hex("f7"), Limits::MESSAGE).unwrap().value(), &Value::Undefined);
    assert_eq!(parse(&hex("f0"), Limits::MESSAGE).unwrap().value(), &Value::Simple(16));
    assert_eq!(parse(&hex("f8ff"), Limits::MESSAGE).unwrap().value(), &Value::Simple(255));
}

#[test]
fn what_is_no_strict_cbor_is_refused() {
    use CborError::{DuplicateKey, Malformed, NotUtf8, TrailingBytes, Truncated};
    for (text, error) in [
        ("", Truncated),
        ("18", Truncated),
        ("1b00000000000000", Truncated),
        ("4101ff", TrailingBytes),
        ("0000", TrailingBytes),
        ("4201", Truncated),
        ("5bffffffffffffffff01", Truncated),
        ("9bffffffffffffffff", Truncated),
        ("bb7fffffffffffffff", Truncated),
        ("bbffffffffffffffff", Truncated),
        ("1c", Malformed),
        ("1f", Malformed),
        ("3f", Malformed),
        ("df00", Malformed),
        ("ff", Malformed),
        ("81ff", Malformed),
        ("a1ff00", Malformed),
        ("bf01ff", Malformed),
        ("f818", Malformed),
        ("f800", Malformed),
        ("5f6161ff", Malformed),
        ("7f4161ff", Malformed),
        ("5f5f4101ffff", Malformed),
        ("61ff", NotUtf8),
        ("7f61c361bcff", NotUtf8),
        ("a201020103", DuplicateKey),
        ("a20102180103", DuplicateKey),
        ("a2616101616102", DuplicateKey),
        ("bf616101616102ff", DuplicateKey),
        ("a26161017f6161ff02", DuplicateKey),
        ("9f01", Truncated),
        ("5f4101", Truncated),
    ] {
        assert_eq!(read(text), Err(error), "{text}");
    }
    assert_eq!(read("8101"), Ok(()));
}

#[test]
fn a_key_that_stands_twice_is_found_in_large_maps_too() {
    let map = |last: u64| {
        let mut writer = Writer::new();
        writer.map(200);
        for key in (0..199).chain([last]) {
            writer.unsigned(key).null();
        }
        writer.into_bytes()
    };
    assert!(parse(&map(199), Limits::MESSAGE).is_ok());
    assert_eq!(parse(&map(77), Limits::MESSAGE), Err(CborError::DuplicateKey));
}

#[test]
fn limits_are_kept_to_the_item() {
    let limits = Limits { bytes: 8, depth: 2, items: 5 };
    let read = |text: &str| parse(&hex(text), limits).map(drop);
    assert_eq!(read("818101"), Ok(()));
    assert_eq!(read("81818101"), Err(CborError::TooDeep));
    assert_eq!(read("81c18101"), Err(CborError::TooDeep));
    assert_eq!(read("9f9f9fffffff"), Err(CborError::TooDeep));
    assert_eq!(read("8401020304"), Ok(()));
    assert_eq!(read("850102030405"), Err(CborError::TooManyItems));
    assert_eq!(read("9f0102030405ff"), Err(CborError::TooManyItems));
    assert_eq!(read("5f40404040ff"), Ok(()));
    assert_eq!(read("5f4040404040ff"), Err(CborError::TooManyItems));
    assert_eq!(read("4700000000000000"), Ok(()));
    assert_eq!(read("480000000000000000"), Err(CborError::TooLarge));
    let deep = [0x81; 100_000];
    assert_eq!(parse(&deep, Limits::MESSAGE), Err(CborError::TooDeep));
}

#[test]
fn integers_are_read_up_to_where_they_fit() {
    let integer = |text: &str| parse(&hex(text), Limits::HEADER).unwrap().as_i64();
    assert_eq!(integer("3b7fffffffffffffff"), Some(i64::MIN));
    assert_eq!(integer("1b7fffffffffffffff"), Some(i64::MAX));
    assert_eq!(integer("1b8000000000000000"), None);
    assert_eq!(integer("3b8000000000000000"), None);
}

#[test]
fn nothing_that_was_read_is_printed() {
    let bytes = hex("a2666e616d656f6668616c6963656f02");
    if let Ok(item) = parse(&bytes, Limits::MESSAGE) {
        assert_eq!(format!("{item:?}"), format!("map, {} bytes", bytes.len()));
    }
    let text = hex("65616c696365");
    assert_eq!(format!("{:?}", parse(&text, Limits::MESSAGE).unwrap()), "text, 6 bytes");
}

/// The same as `ciborium` has it.
fn oracle(item: &Item<'_>) -> ciborium::Value {
    use ciborium::Value as V;
    match item.value() {
        Value::Unsigned(number) => V::from(*number),
        Value::Negative(below) => V::Integer((-1 - i128::from(*below)).try_into().unwrap()),
        Value::Bytes(bytes) => V::Bytes(bytes.to_vec()),
        Value::Text(text) => V::Text(text.to_string()),
        Value::Array(items) => V::Array(items.iter().map(oracle).collect()),
        Value::Map(entries) => {
            V::Map(entries.iter().map(|(key, value)| (oracle(key), oracle(value))).collect())
        }
        Value::Tag(tag, item) => V::Tag(*tag, Box::new(oracle(item))),
        Value::Bool(value) => V::Bool(*value),
        Value::Null | Value::Undefined | Value::Simple(_) => V::Null,
        Value::Float(number) => V::Float(number.value()),
    }
}

fn write(writer: &mut Writer, item: &Item<'_>) {
    match item.value() {
        Value::Unsigned(number) => writer.unsigned(*number),
        Value::Negative(_) => writer.integer(item.as_i64().unwrap()),
        Value::Bytes(bytes) => writer.bytes(bytes),
        Value::Text(text) => writer.text(text),
        Value::Array(items) => {
            writer.array(items.len());
            items.iter().for_each(|item| write(writer, item));
            writer
        }
        Value::Map(entries) => {
            writer.map(entries.len());
            entries.iter().for_each(|(key, value)| {
                write(writer, key);
                write(writer, value);
            });
            writer
        }
        Value::Tag(tag, item) => {
            writer.tag(*tag);
            write(writer, item);
            writer
        }
        Value::Bool(value) => writer.bool(*value),
        Value::Null | Value::Undefined | Value::Simple(_) => writer.null(),
        Value::Float(number) => writer.float(number.value()),
    };
}

fn values() -> impl Strategy<Value = ciborium::Value> {
    use ciborium::Value as V;
    let leaf = prop_oneof![
        any::<i64>().prop_map(V::from),
        any::<Vec<u8>>().prop_map(V::Bytes),
        any::<String>().prop_map(V::Text),
        any::<bool>().prop_map(V::Bool),
        any::<f64>().prop_filter("equal to itself", |it| !it.is_nan()).prop_map(V::Float),
        Just(V::Null),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(V::Array),
            prop::collection::btree_map(any::<String>(), inner.clone(), 0..6).prop_map(|map| {
                V::Map(map.into_iter().map(|(key, value)| (V::Text(key), value)).collect())
            }),
            (0_u64..4000, inner).prop_map(|(tag, value)| V::Tag(tag, Box::new(value))),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        if let Ok(item) = parse(&bytes, Limits::MESSAGE) {
            prop_assert_eq!(item.raw(), &bytes[..]);
        }
    }

    #[test]
    fn what_ciborium_writes_is_read_and_written_back(value in values()) {
        let mut bytes = Vec::new();
        ciborium::into_writer(&value, &mut bytes).unwrap();
        let item = parse(&bytes, Limits::MESSAGE).unwrap();
        prop_assert_eq!(oracle(&item), value.clone());
        let mut writer = Writer::new();
        write(&mut writer, &item);
        let again = writer.into_bytes();
        prop_assert_eq!(ciborium::from_reader::<ciborium::Value, _>(&again[..]).unwrap(), value);
    }
}
