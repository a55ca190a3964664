//! A claim is a path and a value, whatever the format: the claims path pointer of OpenID4VP 1.0 §7.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Most elements a path may have; a longer one comes from nobody who means well.
const MAX_PATH_LENGTH: usize = 32;

/// One step of a claims path pointer (OpenID4VP 1.0 §7).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    /// The value of this key of an object.
    Key(String),
    /// The element with this index of an array.
    Index(usize),
    /// All elements of an array (`null`).
    All,
}

/// A claims path pointer: a non-empty array of strings, nulls and non-negative integers (OpenID4VP 1.0 §7).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimPath(Vec<PathStep>);

/// The pointer is empty, too long, or has an element that is not a string, null or non-negative integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a claims path pointer is a non-empty array of strings, nulls and non-negative integers")]
pub struct InvalidPath;

impl ClaimPath {
    /// A pointer from its steps.
    pub fn new(steps: Vec<PathStep>) -> Result<Self, InvalidPath> {
        if steps.is_empty() || steps.len() > MAX_PATH_LENGTH { Err(InvalidPath) } else { Ok(Self(steps)) }
    }

    /// Reads the JSON form, as in `["degrees", null, "type"]`.
    pub fn from_json(value: &Value) -> Result<Self, InvalidPath> {
        let steps = value.as_array().ok_or(InvalidPath)?;
        Self::new(steps.iter().map(PathStep::from_json).collect::<Result<_, _>>()?)
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[PathStep] {
        &self.0
    }

    /// Selects from `root` as OpenID4VP 1.0 §7.1 processes a pointer: the elements that remain after the last step,
    /// or none where a step finds a value of the wrong kind (the specification's "abort processing") or nothing.
    pub fn select<'v>(&self, root: &'v Value) -> Vec<&'v Value> {
        let mut selected = vec![root];
        for step in &self.0 {
            let Some(next) = step.apply(&selected) else { return Vec::new() };
            selected = next;
        }
        selected
    }

    /// As [`select`](Self::select), from claims out of which array elements were withheld. An index into such an array selects
    /// every element that may be the one meant; those with which a later step would find a value of the wrong kind are not.
    pub fn select_thinned<'v>(&self, root: &'v Value, thinned: &[ThinnedArray]) -> Vec<&'v Value> {
        let mut trail = Vec::with_capacity(self.0.len());
        reach(&self.0, root, thinned, &mut trail).unwrap_or_default()
    }

    /// As [`select`](Self::select), from a document whose arrays are sets, because their order is not signed (RDF): an index
    /// selects nothing, and a value alone is a set of one.
    pub fn select_in_sets<'v>(&self, root: &'v Value) -> Vec<&'v Value> {
        let mut selected = vec![root];
        for step in &self.0 {
            let next = match step {
                PathStep::Index(_) => None,
                PathStep::All => Some(selected.into_iter().flat_map(elements).collect()),
                PathStep::Key(_) => step.apply(&selected),
            };
            let Some(next) = next else { return Vec::new() };
            selected = next;
        }
        selected
    }
}

/// What `steps` lead to from the value at `trail`; `None` aborts.
fn reach<'v>(
    steps: &[PathStep],
    value: &'v Value,
    thinned: &[ThinnedArray],
    trail: &mut Vec<PathStep>,
) -> Option<Vec<&'v Value>> {
    let Some((step, rest)) = steps.split_first() else { return Some(vec![value]) };
    let array = thinned.iter().find(|array| array.array.steps() == trail);
    let mut below = |step: PathStep, value: &'v Value| {
        trail.push(step);
        let reached = reach(rest, value, thinned, trail);
        trail.pop();
        reached
    };
    let mut element = |(at, value): (usize, &'v Value)| below(PathStep::Index(at), value);
    match (step, value, array) {
        (PathStep::Key(key), Value::Object(members), _) => match members.get(key) {
            Some(value) => below(step.clone(), value),
            None => Some(Vec::new()),
        },
        (PathStep::Index(index), Value::Array(elements), Some(array)) if !array.is_in_place(*index) => {
            let possible = array.possible(*index).filter_map(|at| element((at, elements.get(at)?)));
            // None need be the one meant, which may be withheld.
            Some(possible.flatten().collect())
        }
        (PathStep::Index(index), Value::Array(elements), _) => match elements.get(*index) {
            Some(value) => element((*index, value)),
            None => Some(Vec::new()),
        },
        (PathStep::All, Value::Array(elements), _) => {
            let all: Option<Vec<_>> = elements.iter().enumerate().map(element).collect();
            Some(all?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// An array of a presented credential out of which elements were withheld, so that later ones moved up (RFC 9901 §7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThinnedArray {
    /// Where it is among the presented claims: the indices in it count what was disclosed.
    pub array: ClaimPath,
    /// For each element that is left, its position in the array that was signed, among withheld elements and decoys.
    pub signed_at: Vec<usize>,
}

impl ThinnedArray {
    /// The positions of the elements that may be the one with this index in the credential as its holder has it, without decoys:
    /// none stands before its present position, nor after the one it was signed at.
    fn possible(&self, index: usize) -> impl Iterator<Item = usize> {
        let left = self.signed_at.iter().enumerate();
        left.filter(move |(at, signed_at)| (*at..=**signed_at).contains(&index)).map(|(at, _)| at)
    }

    /// Whether the element with this index is known to be there, where it was signed: nothing before it was withheld.
    fn is_in_place(&self, index: usize) -> bool {
        self.signed_at.get(index) == Some(&index)
    }
}

/// Of an array its elements, else the value itself.
fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

impl PathStep {
    fn from_json(value: &Value) -> Result<Self, InvalidPath> {
        match value {
            Value::String(key) => Ok(Self::Key(key.clone())),
            Value::Null => Ok(Self::All),
            Value::Number(index) => index
                .as_u64()
                .and_then(|index| usize::try_from(index).ok())
                .map(Self::Index)
                .ok_or(InvalidPath),
            _ => Err(InvalidPath),
        }
    }

    /// One step of §7.1 over all selected elements; `None` aborts.
    fn apply<'v>(&self, selected: &[&'v Value]) -> Option<Vec<&'v Value>> {
        let mut next = Vec::with_capacity(selected.len());
        for value in selected {
            match (self, value) {
                (Self::Key(key), Value::Object(members)) => next.extend(members.get(key)),
                (Self::Index(index), Value::Array(elements)) => next.extend(elements.get(*index)),
                (Self::All, Value::Array(elements)) => next.extend(elements),
                _ => return None,
            }
        }
        Some(next)
    }
}

impl Serialize for PathStep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Key(key) => serializer.serialize_str(key),
            Self::Index(index) => serializer.serialize_u64(*index as u64),
            Self::All => serializer.serialize_unit(),
        }
    }
}

impl Serialize for ClaimPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClaimPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl fmt::Display for ClaimPath {
    /// For people: `degrees[*].type`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Key(key) if position == 0 => f.write_str(key)?,
                PathStep::Key(key) => write!(f, ".{key}")?,
                PathStep::Index(index) => write!(f, "[{index}]")?,
                PathStep::All => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn select(path: Value, root: &Value) -> Vec<Value> {
        ClaimPath::from_json(&path).unwrap().select(root).into_iter().cloned().collect()
    }

    /// The examples of OpenID4VP 1.0 §7.3.
    #[test]
    fn the_examples_of_the_specification_select_what_it_says() {
        let root = json!({
            "name": "Arthur Dent",
            "address": {"street_address": "42 Market Street", "locality": "Milliways", "postal_code": "12345"},
            "degrees": [{"type": "Bachelor of Science", "university": "University of Betelgeuse"}, {"type": "Master of Science", "university": "University of Betelgeuse"}],
            "nationalities": ["British", "Betelgeusian"]
        });
        assert_eq!(select(json!(["name"]), &root), [json!("Arthur Dent")]);
        assert_eq!(select(json!(["address"]), &root), [root["address"].clone()]);
        assert_eq!(select(json!(["address", "street_address"]), &root), [json!("42 Market Street")]);
        assert_eq!(
            select(json!(["degrees", null, "type"]), &root),
            [json!("Bachelor of Science"), json!("Master of Science")]
        );
        assert_eq!(select(json!(["nationalities", 1]), &root), [json!("Betelgeusian")]);
    }

    #[test]
    fn a_step_into_a_value_of_the_wrong_kind_selects_nothing() {
        let root = json!({"a": [1, 2], "b": {"c": 3}});
        for path in [
            json!(["a", "c"]),
            json!(["b", 0]),
            json!(["b", null]),
            json!(["a", 9]),
            json!(["x"]),
            json!(["b", "c", "d"]),
        ] {
            assert!(select(path.clone(), &root).is_empty(), "{path}");
        }
    }

    #[test]
    fn where_elements_were_withheld_an_index_selects_all_that_may_be_meant() {
        let root = json!({"a": [["x"], "y", ["z"]], "b": [[1], 2]});
        // Signed were: x, a withheld one, y, a withheld one, z.
        let thinned =
            [ThinnedArray { array: ClaimPath::from_json(&json!(["a"])).unwrap(), signed_at: vec![0, 2, 4] }];
        let select = |path: Value| -> Vec<Value> {
            let path = ClaimPath::from_json(&path).unwrap();
            path.select_thinned(&root, &thinned).into_iter().cloned().collect()
        };
        for (path, selected) in [
            (json!(["a", 0]), vec![json!(["x"])]),
            (json!(["a", 1]), vec![json!("y")]),
            (json!(["a", 2]), vec![json!("y"), json!(["z"])]),
            (json!(["a", 3]), vec![json!(["z"])]),
            (json!(["a", 4]), vec![json!(["z"])]),
            (json!(["a", 5]), vec![]),
            (json!(["a", 2, 0]), vec![json!("z")]),
            (json!(["a", null]), vec![json!(["x"]), json!("y"), json!(["z"])]),
            (json!(["a", null, 0]), vec![]),
            (json!(["b", null, 0]), vec![]),
            (json!(["b", 1]), vec![json!(2)]),
            (json!(["b", 2]), vec![]),
            (json!(["c"]), vec![]),
        ] {
            assert_eq!(select(path.clone()), selected, "{path}");
        }
    }

    #[test]
    fn arrays_without_an_order_have_no_first_element() {
        let root = json!({"a": ["x", "y"], "b": {"c": "z"}, "d": [{"e": 1}, {"e": 2}]});
        let select = |path: Value| -> Vec<Value> {
            ClaimPath::from_json(&path).unwrap().select_in_sets(&root).into_iter().cloned().collect()
        };
        assert!(select(json!(["a", 0])).is_empty());
        assert!(select(json!(["b", 0])).is_empty());
        assert_eq!(select(json!(["a", null])), [json!("x"), json!("y")]);
        assert_eq!(select(json!(["d", null, "e"])), [json!(1), json!(2)]);
        assert!(select(json!(["d", "e"])).is_empty());
        // One value alone is no other than one in an array.
        assert_eq!(select(json!(["b", "c"])), [json!("z")]);
        assert_eq!(select(json!(["b", null, "c", null])), [json!("z")]);
    }

    #[test]
    fn a_malformed_pointer_is_refused() {
        for path in [
            json!([]),
            json!("name"),
            json!([-1]),
            json!([1.5]),
            json!([true]),
            json!([{}]),
            json!(vec!["a"; 33]),
        ] {
            assert_eq!(ClaimPath::from_json(&path), Err(InvalidPath), "{path}");
        }
    }

    #[test]
    fn a_pointer_is_shown_to_people_without_json() {
        let path = ClaimPath::from_json(&json!(["degrees", null, "type", 2])).unwrap();
        assert_eq!(path.to_string(), "degrees[*].type[2]");
        assert_eq!(serde_json::to_value(&path).unwrap(), json!(["degrees", null, "type", 2]));
    }
}
