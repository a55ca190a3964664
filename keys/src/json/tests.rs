//! Tests of strict and canonical JSON. They hold with and without `serde_json`'s `arbitrary_precision`.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn read(text: &str) -> Result<Value, JsonError> {
    parse(text.as_bytes(), Limits::MESSAGE)
}

fn canonical(text: &str) -> Result<String, JsonError> {
    canonicalize(&read(text)?)
}

#[test]
fn an_honest_document_is_read() {
    let text = r#" {"a":[1,-2,0.5,"x\u00e9\ud83d\ude02",null,true,{}],"b":{"c":false,"d":[]},"":18446744073709551615} "#;
    assert_eq!(
        read(text),
        Ok(json!({"a":[1,-2,0.5,"xé😂",null,true,{}],"b":{"c":false,"d":[]},"":u64::MAX}))
    );
    assert_eq!(read("7"), Ok(json!(7)));
    assert_eq!(read("\"\""), Ok(json!("")));
}

#[test]
fn a_name_twice_is_refused_at_every_level() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":2,"a":3}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"[{"b":{"a":{},"a":{}}}]"#,
        r#"{"":1,"":1}"#,
    ] {
        assert_eq!(read(text), Err(JsonError::DuplicateName), "{text}");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "'a'",
        "01",
        "+1",
        "1.",
        ".5",
        "-",
        "NaN",
        "Infinity",
        "nul",
        "1 2",
        "{}{}",
        "[] x",
        "// c\n1",
        "\"\t\"",
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\x41""#,
        "\u{feff}1",
    ] {
        assert_eq!(read(text), Err(JsonError::Syntax), "{text:?}");
    }
    assert_eq!(parse(b"\"\xff\"", Limits::MESSAGE), Err(JsonError::Syntax));
    assert_eq!(parse(b"\"\xed\xa0\x80\"", Limits::MESSAGE), Err(JsonError::Syntax));
    assert_eq!(parse(b"{\"\xff\":1}", Limits::MESSAGE), Err(JsonError::Syntax));
}

#[test]
fn size_and_depth_end_at_their_limits() {
    let limits = Limits { bytes: 8, depth: 3 };
    assert!(parse(b"[[[1]]] ", limits).is_ok());
    assert_eq!(parse(b"[[[1]]]  ", limits), Err(JsonError::TooLarge));
    assert_eq!(parse(b"[[[[]]]]", limits), Err(JsonError::TooDeep));
    assert_eq!(parse(b"[[[{}]]]", limits), Err(JsonError::TooDeep));
    let flat = Limits { bytes: 8, depth: 0 };
    assert!(parse(b"12.5", flat).is_ok(), "a number is no level, however it is passed on");
    assert_eq!(parse(b"{}", flat), Err(JsonError::TooDeep));
    assert_eq!(parse(b"{\"a\":1}", flat), Err(JsonError::TooDeep));
    for levels in [127, 128, 129, 100_000] {
        let text = ["[".repeat(levels), "]".repeat(levels)].concat();
        let refused = parse(text.as_bytes(), Limits { bytes: usize::MAX, depth: usize::MAX });
        assert!(refused.is_err(), "{levels}");
    }
    let text = ["[".repeat(126), "]".repeat(126)].concat();
    let deepest = parse(text.as_bytes(), Limits { bytes: 252, depth: usize::MAX }).unwrap();
    assert_eq!(canonicalize(&deepest), Ok(text));
    assert_eq!(canonicalize(&json!([deepest])), Err(JsonError::TooDeep));
}

#[test]
fn no_object_becomes_a_number() {
    for text in [
        r#"{"$serde_json::private::Number":"1"}"#,
        r#"{"$serde_json::private::Number":1}"#,
        r#"{"$serde_json::private::Number":"1","a":2}"#,
        r#"{"a":2,"$serde_json::private::Number":"1"}"#,
        r#"{"\u0024serde_json::private::Number":"1"}"#,
        r#"[{"$serde_json::private::RawValue":"1"}]"#,
    ] {
        assert_eq!(read(text), Err(JsonError::ReservedName), "{text}");
    }
    assert_eq!(read(r#""$serde_json::private::Number""#), Ok(json!("$serde_json::private::Number")));
}

#[test]
fn numbers_are_the_same_in_every_build() {
    for (text, value) in [
        ("0", json!(0)),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("18446744073709551616", json!(18446744073709551616.0)),
        ("-9223372036854775809", json!(-9223372036854775809.0)),
        ("1e3", json!(1e3)),
        ("1E+3", json!(1e3)),
        ("1.0", json!(1.0)),
        ("-0", json!(-0.0)),
        ("-0.0", json!(-0.0)),
        ("1e-400", json!(0.0)),
        ("0.1", json!(0.1)),
        ("5e-324", json!(5e-324)),
        ("1.7976931348623157e308", json!(f64::MAX)),
    ] {
        let read = read(text).unwrap();
        assert_eq!(read, value, "{text}");
        assert_eq!(read.as_u64(), value.as_u64());
        assert_eq!(read.as_f64().map(f64::to_bits), value.as_f64().map(f64::to_bits), "{text}");
    }
    for text in ["1e400", "-1e400", "1.8e308", &"9".repeat(400)] {
        assert_eq!(read(text), Err(JsonError::Syntax), "{text}");
    }
}

/// RFC 8785 appendix B: the doubles by their bits, and how they are written.
#[test]
fn numbers_are_written_as_rfc_8785() {
    for (bits, text) in [
        (0x0000_0000_0000_0000_u64, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] {
        let value = json!(f64::from_bits(bits));
        assert_eq!(canonicalize(&value).as_deref(), Ok(text), "{bits:x}");
        assert_eq!(canonical(text).as_deref(), Ok(text));
    }
}

#[test]
fn integers_without_a_double_have_no_canonical_form() {
    assert_eq!(canonical("9007199254740992").as_deref(), Ok("9007199254740992"));
    assert_eq!(canonical("1152921504606846976").as_deref(), Ok("1152921504606847000"));
    for text in ["9007199254740993", "-9007199254740993", "18446744073709551615", "9223372036854775807"] {
        assert_eq!(canonical(text), Err(JsonError::InexactNumber), "{text}");
    }
}

/// Found by fuzzing: the shortest decimal of a large double is an integer that is no double.
#[test]
fn what_is_canonical_has_a_canonical_form() {
    for (text, shortest) in [
        ("1152921504606846976", "1152921504606847000"),
        ("48947436854775808", "48947436854775810"),
        ("-9223372036854775808", "-9223372036854776000"),
        ("1.8446744073709552e19", "18446744073709552000"),
    ] {
        assert_eq!(canonical(text).as_deref(), Ok(shortest));
        assert_eq!(canonical(shortest).as_deref(), Ok(shortest));
    }
    assert_eq!(canonical("1152921504606847001"), Err(JsonError::InexactNumber));
}

#[test]
fn strings_are_escaped_as_rfc_8785() {
    let text = "\"\\u0000\\u0008\\u0009\\u000a\\u000b\\u000c\\u000d\\u001f\\u007f\\\"\\\\\\/\\u20ac\"";
    assert_eq!(
        canonical(text).as_deref(),
        Ok("\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\u{7f}\\\"\\\\/\u{20ac}\"")
    );
}

proptest! {
    #[test]
    fn the_canonical_form_is_a_fixed_point(text in "[\\[\\]{}:,\"a0-9.eE+\\-]{0,40}") {
        if let Ok(value) = read(&text) && let Ok(once) = canonicalize(&value) {
            prop_assert_eq!(canonical(&once), Ok(once));
        }
    }

    #[test]
    fn doubles_are_read_exactly(bits: u64) {
        let value = f64::from_bits(bits);
        if value.is_finite() {
            let read = read(&format!("{value:e}")).unwrap().as_f64().unwrap();
            prop_assert_eq!(read, value);
        }
    }

    #[test]
    fn foreign_bytes_never_panic(bytes: Vec<u8>) {
        let _ = parse(&bytes, Limits::MESSAGE);
    }
}
