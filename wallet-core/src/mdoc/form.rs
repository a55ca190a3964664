//! The mdoc form of a credential type: which document type it is, and which data element each claim becomes
//! (`mdoc.json` of a type folder, schemas/README.md).
//!
//! Refuses: a form with a member it does not know, an element twice, and, when filled, a claim that is not of its element's
//! type or that no element takes: nothing an issuer says is lost.

use jigap_keys::{PublicKey, json};
use serde_json::{Map, Value};

use super::issue::MdocBuilder;
use super::mso::Validity;
use super::value::{ElementType, NotOfType};
use crate::claims::{ClaimPath, PathStep};

/// Most elements of a form.
const MAX_ELEMENTS: usize = 512;

/// The mdoc form of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MdocForm {
    doc_type: String,
    elements: Vec<FormElement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FormElement {
    namespace: String,
    identifier: String,
    /// Where its claim is, by the names of members.
    claim: Vec<String>,
    kind: ElementType,
}

/// Why claims do not fill a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// A claim is not of its element's type. It is named, its value is not.
    #[error("a claim is not of the type that its data element has: {0}")]
    NotOfType(String),
    /// No element takes a claim.
    #[error("no data element takes a claim: {0}")]
    NoElement(String),
}

impl MdocForm {
    /// Reads `mdoc.json`; `None` if it breaks the format.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let form = json::parse(bytes, json::Limits::MESSAGE).ok()?;
        let members = form.as_object().filter(|members| members.len() == 2)?;
        let doc_type = members.get("doctype")?.as_str().filter(|text| !text.is_empty())?.to_owned();
        let mut elements = Vec::new();
        for (namespace, of_it) in members.get("namespaces")?.as_object()? {
            for (identifier, element) in of_it.as_object()? {
                elements.push(FormElement::read(namespace, identifier, element)?);
            }
        }
        (!elements.is_empty() && elements.len() <= MAX_ELEMENTS).then_some(Self { doc_type, elements })
    }

    /// The document type.
    pub fn doc_type(&self) -> &str {
        &self.doc_type
    }

    /// Where a claim is in the mdoc, as a claims path of namespace and element; `None` if no element takes it.
    pub fn path(&self, claim: &ClaimPath) -> Option<ClaimPath> {
        let is_it = |element: &&FormElement| {
            let steps = claim.steps().iter();
            steps.len() == element.claim.len()
                && steps
                    .zip(&element.claim)
                    .all(|(step, name)| matches!(step, PathStep::Key(key) if key == name))
        };
        let FormElement { namespace, identifier, .. } = self.elements.iter().find(is_it)?;
        ClaimPath::new(vec![PathStep::Key(namespace.clone()), PathStep::Key(identifier.clone())]).ok()
    }

    /// Whether some element takes the claim at `path`: itself, as part of what it stands in, or by its members.
    pub fn takes(&self, path: &ClaimPath) -> bool {
        let steps = path.steps();
        let mut names = Vec::with_capacity(steps.len());
        for step in steps {
            let PathStep::Key(name) = step else { break };
            names.push(name);
        }
        let is_whole = names.len() == steps.len();
        self.elements.iter().any(|element| {
            let alike = element.claim.iter().zip(&names).all(|(one, other)| one == *other);
            alike && (element.claim.len() <= names.len() || is_whole)
        })
    }

    /// Whether these claims fill it.
    ///
    /// # Errors
    /// [`FillError`].
    pub fn check(&self, claims: &Map<String, Value>) -> Result<(), FillError> {
        self.filled(claims).map(drop)
    }

    /// A document with these claims, for the device with this key.
    ///
    /// # Errors
    /// [`FillError`].
    pub fn fill(
        &self,
        claims: &Map<String, Value>,
        validity: Validity,
        device_key: PublicKey,
    ) -> Result<MdocBuilder, FillError> {
        let empty = MdocBuilder::new(&self.doc_type, validity, device_key);
        Ok(self.filled(claims)?.into_iter().fold(empty, |builder, (element, value)| {
            builder.element(&element.namespace, &element.identifier, value)
        }))
    }

    /// The elements that `claims` fill, with their values as CBOR.
    fn filled(&self, claims: &Map<String, Value>) -> Result<Vec<(&FormElement, Vec<u8>)>, FillError> {
        let filled = self.elements.iter().filter_map(|element| {
            let value = element.kind.encode(element.claim_of(claims)?);
            let not_of_type = |NotOfType| FillError::NotOfType(element.claim.join("."));
            Some(value.map(|value| (element, value)).map_err(not_of_type))
        });
        let filled = filled.collect::<Result<_, _>>()?;
        match self.left_over(claims, &mut Vec::new()) {
            Some(claim) => Err(FillError::NoElement(claim.join("."))),
            None => Ok(filled),
        }
    }

    /// The first claim below `trail` that no element takes, whole or by its members.
    fn left_over(&self, members: &Map<String, Value>, trail: &mut Vec<String>) -> Option<Vec<String>> {
        for (name, value) in members {
            trail.push(name.clone());
            let whole = self.elements.iter().any(|element| element.claim == *trail);
            let in_parts = self.elements.iter().any(|element| element.claim.starts_with(trail.as_slice()));
            let left = match value {
                _ if whole => None,
                Value::Object(members) if in_parts => self.left_over(members, trail),
                _ => Some(trail.clone()),
            };
            if left.is_some() {
                return left;
            }
            trail.pop();
        }
        None
    }
}

impl FormElement {
    /// The type alone, where the claim has the element's name, or `{"claim": […], "type": …}`.
    fn read(namespace: &str, identifier: &str, value: &Value) -> Option<Self> {
        let (claim, kind) = match value.get("claim") {
            Some(claim) if value.as_object()?.len() == 2 => {
                let names = claim.as_array().filter(|names| (1..=8).contains(&names.len()))?.iter();
                (
                    names.map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>()?,
                    value.get("type")?,
                )
            }
            Some(_) => return None,
            None => (vec![identifier.to_owned()], value),
        };
        let kind = ElementType::from_json(kind)?;
        Some(Self { namespace: namespace.to_owned(), identifier: identifier.to_owned(), claim, kind })
    }

    fn claim_of<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c Value> {
        let (first, rest) = self.claim.split_first()?;
        rest.iter().try_fold(claims.get(first)?, |value, name| value.get(name))
    }
}
