//! JSON read as a type by its members' names alone. serde's derived readers take an array for any struct, its elements for
//! the members in their order; here what is a struct is an object, however deep it stands.

use jigap_keys::json::{self, Limits};
use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};
use serde_json::{Error, Value};

use super::problem::{BAD_JSON, Problem, UNEXPECTED_JSON};

/// Reads the bytes of a message as a `T`, by [`jigap_keys::json::parse`]. serde's complaint names values, so it is dropped.
///
/// # Errors
/// `bad-json` for what is not strict JSON, `unexpected-json` for what is no `T`.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value = json::parse(bytes, Limits::MESSAGE).map_err(|_| BAD_JSON)?;
    T::deserialize(Named(value)).map_err(|_| UNEXPECTED_JSON)
}

/// A value whose structs are objects.
struct Named(Value);

impl<'de> IntoDeserializer<'de, Error> for Named {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Named {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(elements) => {
                let mut elements = SeqDeserializer::new(elements.into_iter().map(Named));
                let value = visitor.visit_seq(&mut elements)?;
                elements.end().map(|()| value)
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| (name, Named(value)));
                let mut members = MapDeserializer::new(members);
                let value = visitor.visit_map(&mut members)?;
                members.end().map(|()| value)
            }
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(members) if members.len() == 1 => {
                let members = members.into_iter().map(|(name, value)| (name, Self(value)));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(members)))
            }
            plain => plain.deserialize_enum(name, variants, visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        name: String,
        #[serde(default)]
        options: Options,
        #[serde(default)]
        more: Vec<Options>,
        kind: Option<Kind>,
        by_name: Option<BTreeMap<String, Options>>,
        anything: Option<Value>,
        seconds: Option<Seconds>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Options {
        checks: Vec<String>,
        depth: Option<u8>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Plain,
        Other { of: String },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(transparent)]
    struct Seconds(u32);

    fn read(value: &Value) -> Result<Asked, Problem> {
        read_json(value.to_string().as_bytes())
    }

    #[test]
    fn what_serde_reads_by_names_is_read_the_same() {
        for value in [
            json!({"name": "a"}),
            json!({"name": "가", "options": {}, "more": [], "kind": null}),
            json!({"name": "a", "options": {"checks": ["x", "y"], "depth": 3}, "more": [{"depth": null}, {}]}),
            json!({"name": "a", "kind": "plain", "by_name": {"x": {"depth": 1}}, "seconds": 7}),
            json!({"name": "a", "kind": {"other": {"of": "b"}}, "anything": [[1, -2, 0.5, {"x": [null, true]}]]}),
        ] {
            assert_eq!(read(&value), Ok(serde_json::from_value(value.clone()).unwrap()), "{value}");
        }
    }

    #[test]
    fn an_array_is_no_object_wherever_it_stands() {
        for value in [
            json!([]),
            json!(["a"]),
            json!(["a", {}]),
            json!({"name": "a", "options": []}),
            json!({"name": "a", "options": [[]]}),
            json!({"name": "a", "options": [["x"], 3]}),
            json!({"name": "a", "more": [[]]}),
            json!({"name": "a", "more": [{}, [["x"]]]}),
            json!({"name": "a", "by_name": {"x": []}}),
            json!({"name": "a", "by_name": []}),
            json!({"name": "a", "kind": {"other": ["b"]}}),
        ] {
            assert_eq!(read(&value), Err(UNEXPECTED_JSON), "{value}");
        }
        // serde alone takes some of them: that is what this module is for.
        assert!(serde_json::from_value::<Options>(json!([["x"], 3])).is_ok());
    }

    #[test]
    fn what_is_of_the_wrong_kind_is_refused_as_ever() {
        for value in [
            json!({}),
            json!({"name": 1}),
            json!({"name": "a", "extra": 1}),
            json!({"name": "a", "options": {"extra": 1}}),
            json!({"name": "a", "options": null}),
            json!({"name": "a", "options": {"depth": 256}}),
            json!({"name": "a", "kind": "unknown"}),
            json!({"name": "a", "kind": {"other": {"of": "b"}, "plain": null}}),
            json!({"name": "a", "seconds": -1}),
            json!("a"),
            json!(null),
        ] {
            assert_eq!(read(&value), Err(UNEXPECTED_JSON), "{value}");
            assert!(serde_json::from_value::<Asked>(value.clone()).is_err(), "{value}");
        }
        assert_eq!(read_json::<Asked>(b"{"), Err(BAD_JSON));
    }
}
