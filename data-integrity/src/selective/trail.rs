//! Where in the document each statement stands, noted while the statements are made, and so which statements a selection
//! of the document says (VC-DI-ECDSA 1.0 §3.4.11 to §3.4.16).
//!
//! The specification skolemizes the document, cuts out of it what the pointers select, and makes the statements of that;
//! whichever statements of the whole are among them are the selected ones. The same is had without making them again:
//! a statement stands at the value it is made of, a type at the node that has it, and *it is selected if the path to
//! its place and that of a pointer are one the beginning of the other*. For a selection keeps (§3.4.11 to §3.4.13) the value
//! a pointer names with all that lies in it, whose places begin with the pointer; the objects on the way, whose places
//! the pointer begins with, each with its `id`, its `type` and the way on, and nothing else; and `@context`. What holds at
//! a place is decided by the contexts, the types and the properties on the way to it, all of which are kept, so that each
//! kept value says what it said in the whole. Order in an array means nothing to statements.
//!
//! That fails where one statement, or several that hang together by cells or a graph without a name, are made of more than
//! one value. A pointer into such a thing is refused: into a list, a graph, a JSON literal, a value object. It also fails where `id` and `type` do not mean
//! what the specification takes for granted that they mean (§3.4.13); the maker of statements refuses that.

use serde_json::{Map, Value};

use crate::ProofError;
use crate::selective::Pointer;
use crate::selective::pointer::MOST_POINTERS;

/// The places of a document in the order they were come by, and at which of them each statement stands.
#[derive(Debug)]
pub(crate) struct Trail {
    places: Vec<Place>,
    current: usize,
    said_at: Vec<usize>,
}

#[derive(Debug)]
struct Place {
    parent: usize,
    /// The name or the decimal index that leads here.
    step: String,
    /// What lies here is signed as a whole.
    whole: bool,
}

/// A place seen from a pointer.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Apart,
    /// On the way, that many steps on.
    Before(usize),
    /// The place it names, or further in.
    Within,
}

impl Trail {
    /// At the document itself.
    pub(crate) fn new() -> Self {
        let document = Place { parent: 0, step: String::new(), whole: false };
        Self { places: vec![document], current: 0, said_at: Vec::new() }
    }

    /// Goes one step further in.
    pub(crate) fn enter(&mut self, step: String) {
        self.places.push(Place { parent: self.current, step, whole: false });
        self.current = self.places.len() - 1;
    }

    /// Goes back.
    pub(crate) fn leave(&mut self) {
        self.current = self.places.get(self.current).map_or(0, |place| place.parent);
    }

    /// What lies here is signed as a whole.
    pub(crate) fn whole(&mut self) {
        if let Some(place) = self.places.get_mut(self.current) {
            place.whole = true;
        }
    }

    /// A statement stands here.
    pub(crate) fn say(&mut self) {
        self.said_at.push(self.current);
    }

    /// Whether each statement is one that `pointers` select from `document`.
    ///
    /// # Errors
    /// [`ProofError::Pointer`] for one that points at nothing, or into what is signed as a whole, and for too many.
    pub(crate) fn select(&self, document: &Value, pointers: &[Pointer]) -> Result<Vec<bool>, ProofError> {
        if pointers.len() > MOST_POINTERS {
            return Err(ProofError::Pointer);
        }
        let mut selected = vec![false; self.said_at.len()];
        for pointer in pointers {
            pointer.find(document).ok_or(ProofError::Pointer)?;
            let seen = self.seen_from(pointer.steps())?;
            for (selected, place) in selected.iter_mut().zip(&self.said_at) {
                *selected |= seen.get(*place).is_some_and(|seen| *seen != Seen::Apart);
            }
        }
        Ok(selected)
    }

    fn seen_from(&self, steps: &[String]) -> Result<Vec<Seen>, ProofError> {
        let at = |depth: usize| if depth == steps.len() { Seen::Within } else { Seen::Before(depth) };
        let mut seen = Vec::with_capacity(self.places.len());
        for place in &self.places {
            // A place comes after the one it lies in; the document comes first.
            let here = match seen.get(place.parent) {
                None => at(0),
                Some(Seen::Before(depth)) if steps.get(*depth) == Some(&place.step) => at(depth + 1),
                Some(Seen::Before(_) | Seen::Apart) => Seen::Apart,
                Some(Seen::Within) => Seen::Within,
            };
            if place.whole && matches!(here, Seen::Before(_)) {
                return Err(ProofError::Pointer);
            }
            seen.push(here);
        }
        Ok(seen)
    }
}

/// The part of `document` that `pointers` select (§3.4.13 `selectJsonLd`); `None` for no pointers.
///
/// # Errors
/// [`ProofError::Pointer`] for one that points at nothing, and for too many.
pub(crate) fn select_json(document: &Value, pointers: &[Pointer]) -> Result<Option<Value>, ProofError> {
    if pointers.len() > MOST_POINTERS || pointers.iter().any(|pointer| pointer.find(document).is_none()) {
        return Err(ProofError::Pointer);
    }
    if pointers.is_empty() {
        return Ok(None);
    }
    let ways: Vec<&[String]> = pointers.iter().map(Pointer::steps).collect();
    Ok(Some(pick(document, &ways, true)))
}

/// What lies on one of the `ways` through `value`, which is the document itself or in it.
fn pick(value: &Value, ways: &[&[String]], document: bool) -> Value {
    if ways.iter().any(|way| way.is_empty()) {
        return value.clone();
    }
    let onward = |step: &str| -> Vec<&[String]> {
        let on = ways.iter().filter_map(|way| way.split_first());
        on.filter(|(first, _)| *first == step).map(|(_, rest)| rest).collect()
    };
    match value {
        Value::Object(members) => {
            let mut picked = Map::new();
            for (name, value) in members {
                let ways = onward(name);
                if matches!(name.as_str(), "id" | "type") || (document && name == "@context") {
                    picked.insert(name.clone(), value.clone());
                } else if !ways.is_empty() {
                    picked.insert(name.clone(), pick(value, &ways, false));
                }
            }
            Value::Object(picked)
        }
        Value::Array(items) => {
            let on = items.iter().enumerate().map(|(index, item)| (item, onward(&index.to_string())));
            on.filter(|(_, ways)| !ways.is_empty()).map(|(item, ways)| pick(item, &ways, false)).collect()
        }
        scalar => scalar.clone(),
    }
}
