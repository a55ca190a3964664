//! Literals: JSON's own values, value objects and any JSON, as RDF writes them (JSON-LD 1.1 §9.5; Processing Algorithms §8.6).

use std::borrow::Cow;
use std::sync::LazyLock;

use jigap_keys::json;
use serde_json::{Map, Value};

use crate::ProofError;
use crate::active::{Active, of_language};
use crate::rdf::{Object, Suffix};

pub(crate) const RDF_JSON: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON";
const XSD_BOOLEAN: &str = "http://www.w3.org/2001/XMLSchema#boolean";
const XSD_DOUBLE: &str = "http://www.w3.org/2001/XMLSchema#double";
const XSD_INTEGER: &str = "http://www.w3.org/2001/XMLSchema#integer";

/// The datatypes of JSON's own values.
struct Native {
    boolean: Suffix,
    double: Suffix,
    integer: Suffix,
    json: Suffix,
}

static NATIVE: LazyLock<Native> = LazyLock::new(|| Native {
    boolean: Suffix::of_datatype(XSD_BOOLEAN),
    double: Suffix::of_datatype(XSD_DOUBLE),
    integer: Suffix::of_datatype(XSD_INTEGER),
    json: Suffix::of_datatype(RDF_JSON),
});

/// A value object (JSON-LD 1.1 §9.5): a literal of a type, any JSON, or a string in a language. Which way its letters run
/// may be said too (VCDM 2.0 §11.1); RDF does not say it, so that it is not signed and never read back.
pub(super) fn value_object<'a>(
    active: &Active,
    members: &'a Map<String, Value>,
) -> Result<Object<'a>, ProofError> {
    let understood = |name: &String| ["@value", "@type", "@language", "@direction"].contains(&name.as_str());
    if !members.keys().all(understood) {
        return Err(ProofError::Uncovered);
    }
    let string = |text: &'a str, language: Option<&str>| {
        Ok(Object::Literal(text.into(), language.map_or(Ok(Suffix::STRING), of_language)?))
    };
    match (members.get("@value"), members.get("@type"), members.get("@language")) {
        (Some(Value::String(text)), None, language) if members.contains_key("@direction") => {
            if !["ltr", "rtl"].into_iter().any(|way| members.get("@direction") == Some(&way.into())) {
                return Err(ProofError::JsonLd);
            }
            string(text, language.map(|language| language.as_str().ok_or(ProofError::JsonLd)).transpose()?)
        }
        _ if members.contains_key("@direction") => Err(ProofError::JsonLd),
        (Some(Value::String(text)), None, Some(Value::String(language))) => string(text, Some(language)),
        (Some(value), Some(Value::String(datatype)), None) if datatype == "@json" => any_json(value),
        (Some(value), Some(Value::String(datatype)), None) if !datatype.starts_with('@') => {
            literal(value, Some(&Suffix::of_datatype(super::absolute(active, datatype)?.bare())))
        }
        (Some(value), None, None) => literal(value, None),
        _ => Err(ProofError::JsonLd),
    }
}

/// A JSON literal: its text is the canonical form.
pub(super) fn any_json<'a>(value: &Value) -> Result<Object<'a>, ProofError> {
    Ok(Object::Literal(json::canonicalize(value)?.into(), NATIVE.json.clone()))
}

/// A literal of this datatype, or of the one that JSON's own values have.
pub(super) fn literal<'a>(value: &'a Value, datatype: Option<&Suffix>) -> Result<Object<'a>, ProofError> {
    let (text, own): (Cow<'_, str>, _) = match value {
        Value::Bool(value) => ((if *value { "true" } else { "false" }).into(), &NATIVE.boolean),
        Value::String(text) => (text.into(), &Suffix::STRING),
        Value::Number(number) => number_text(number, datatype)?,
        Value::Null | Value::Array(_) | Value::Object(_) => return Err(ProofError::Uncovered),
    };
    Ok(Object::Literal(text, datatype.unwrap_or(own).clone()))
}

/// An integer where the number is whole and below 10^21 and no `xsd:double`, else a double (§8.6). An integer that no double
/// holds is refused: others would read another one.
fn number_text(
    number: &serde_json::Number,
    datatype: Option<&Suffix>,
) -> Result<(Cow<'static, str>, &'static Suffix), ProofError> {
    const LARGEST_INTEGER: f64 = 1e21;
    let value = number.as_f64().ok_or(ProofError::JsonLd)?;
    let integer = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
    if integer.is_some_and(|integer| integer != value as i128) {
        return Err(ProofError::JsonLd);
    }
    if datatype == Some(&NATIVE.double) || value.fract() != 0.0 || value.abs() >= LARGEST_INTEGER {
        return Ok((double(value).into(), &NATIVE.double));
    }
    let whole = if value == 0.0 { "0".into() } else { format!("{value:.0}").into() };
    Ok((whole, &NATIVE.integer))
}

/// The canonical form of `xsd:double`: one digit, a point, up to 15 digits, and the exponent.
pub(crate) fn double(value: f64) -> String {
    let text = format!("{value:.15E}");
    let Some((mantissa, exponent)) = text.split_once('E') else { return text };
    let mantissa = mantissa.trim_end_matches('0');
    let point = if mantissa.ends_with('.') { "0" } else { "" };
    format!("{mantissa}{point}E{exponent}")
}
