//! The JSON Schema (2020-12) of a type's claims: compiled without the network, and its errors told without values.

use std::collections::BTreeMap;
use std::fmt;

use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::LocationSegment;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};

use super::metadata::ClaimRule;

/// A claim that does not fit its type. Holds words of the schema only, never a value or a name the claims brought.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{rule}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct ClaimError {
    /// Where, as `institution.id` or `zones[0]`; empty for the claims as a whole.
    pub path: String,
    /// The keyword of JSON Schema that is not met: `required`, `enum`.
    pub keyword: String,
    /// What is wrong, in a few words.
    pub rule: String,
}

pub(super) struct Schema {
    document: Value,
    validator: Validator,
}

impl Schema {
    /// Compiles a schema that closes its claims (`additionalProperties` is false) and needs no other document.
    /// Patterns run in linear time; an unknown format is an error.
    pub(super) fn compile(document: Value) -> Option<Self> {
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .with_pattern_options(PatternOptions::regex())
            .offline()
            .build(&document)
            .ok()?;
        let closed = document.get("additionalProperties") == Some(&Value::Bool(false));
        closed.then_some(Self { document, validator })
    }

    pub(super) fn document(&self) -> &Value {
        &self.document
    }

    pub(super) fn check(&self, claims: &Map<String, Value>) -> Result<(), Vec<ClaimError>> {
        let claims = Value::Object(claims.clone());
        let errors: Vec<ClaimError> =
            self.validator.iter_errors(&claims).map(|error| claim_error(&error)).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// A claim that schema and metadata describe differently, if there is one: known to one alone, or mandatory in one.
    pub(super) fn disagreement(&self, rules: &[ClaimRule]) -> Option<ClaimPath> {
        let mut described = BTreeMap::new();
        collect(&mut Vec::new(), &self.document, &mut described);
        for rule in rules.iter().filter(|rule| !selects_one_element(&rule.path)) {
            if described.remove(rule.path.steps()) != Some(rule.mandatory) {
                return Some(rule.path.clone());
            }
        }
        described.into_keys().find_map(|steps| ClaimPath::new(steps).ok())
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").field("document", &self.document).finish_non_exhaustive()
    }
}

/// Such a rule only names an element of an array for the card.
fn selects_one_element(path: &ClaimPath) -> bool {
    path.steps().iter().any(|step| matches!(step, PathStep::Index(_)))
}

/// The claims below `schema`, and whether each is required where it stands.
fn collect(above: &mut Vec<PathStep>, schema: &Value, found: &mut BTreeMap<Vec<PathStep>, bool>) {
    if let Some(items) = schema.get("items") {
        above.push(PathStep::All);
        collect(above, items, found);
        above.pop();
    }
    let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (name, claim) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        above.push(PathStep::Key(name.clone()));
        found.insert(above.clone(), required.iter().any(|key| key == name));
        collect(above, claim, found);
        above.pop();
    }
}

fn claim_error(error: &ValidationError<'_>) -> ClaimError {
    let mut path = String::new();
    for segment in error.instance_path() {
        match segment {
            LocationSegment::Property(name) => push_key(&mut path, &name),
            LocationSegment::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    if let ValidationErrorKind::Required { property } = error.kind() {
        push_key(&mut path, property.as_str().unwrap_or_default());
    }
    ClaimError { path, keyword: error.kind().keyword().to_owned(), rule: say(error.kind()) }
}

fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

/// The rule, in words of the schema only: what an error of the library shows may hold the value.
fn say(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Required { .. } => "is missing".to_owned(),
        ValidationErrorKind::AdditionalProperties { .. } => {
            "there is a claim that this type does not have".to_owned()
        }
        ValidationErrorKind::Enum { options } => format!("must be one of {options}"),
        ValidationErrorKind::Constant { expected_value } => format!("must be {expected_value}"),
        ValidationErrorKind::Pattern { pattern } => format!("must match {pattern}"),
        ValidationErrorKind::Format { format } => format!("must be a valid {format}"),
        ValidationErrorKind::MinLength { limit } => format!("must have at least {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} elements"),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} elements"),
        ValidationErrorKind::UniqueItems => "must not repeat an element".to_owned(),
        ValidationErrorKind::Type { .. } => "is of another type than the schema says".to_owned(),
        other => format!("does not meet {}", other.keyword()),
    }
}
