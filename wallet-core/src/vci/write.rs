//! Writing JSON objects whose optional members are left out when there is nothing to say.

use serde::Serialize;
use serde_json::{Value, json};

/// An object of the members that have a value, in this order.
pub(super) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}

/// A member that is always there.
pub(super) fn some(value: impl Serialize) -> Option<Value> {
    Some(json!(value))
}

/// A member that may be absent.
pub(super) fn maybe(value: Option<impl Serialize>) -> Option<Value> {
    value.map(|value| json!(value))
}

/// An array that is left out when it is empty.
pub(super) fn list<T: Serialize>(elements: &[T]) -> Option<Value> {
    (!elements.is_empty()).then(|| json!(elements))
}

/// An object that is left out when it is empty.
pub(super) fn filled(object: Value) -> Option<Value> {
    object.as_object().is_some_and(|members| !members.is_empty()).then_some(object)
}
