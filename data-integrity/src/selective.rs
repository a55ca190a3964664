//! What the suites of selective disclosure share (VC-DI-ECDSA 1.0 §3.4): JSON pointers, the statements that they select,
//! and blank nodes under labels that tell nothing about what is withheld.
//!
//! | specification | here |
//! |---|---|
//! | `jsonPointerToPaths` | [`Pointer`] |
//! | `selectJsonLd` | [`select_json`] |
//! | `skolemize…`, `selectCanonicalNQuads` | no document is skolemized: [`trail`] says why its answer is the same |
//! | `createHmacIdLabelMapFunction`; `createShuffledIdLabelMapFunction` (VC-DI-BBS) | [`hmac_labels`], [`shuffled_labels`] |
//! | `labelReplacementCanonicalize…` | [`Selectable::label`]; [`label_revealed`] for a verifier |
//! | `canonicalizeAndGroup` | [`Selectable::new`], [`Selectable::label`], [`Labelled::group`] |
//! | `canonicalIdMap` of the revealed statements (`createDisclosureData`) | [`Labelled::verifier_labels`] |
//!
//! A label map is written as a list: the label at `n` is that of the blank node whose canonical name is `c14n` and `n`.

pub(crate) mod pointer;
pub(crate) mod trail;

use jigap_keys::base64url;
use jigap_keys::mac::hmac_sha256;
use serde_json::Value;

pub use pointer::Pointer;
pub(crate) use trail::select_json;

use crate::canonical::index;
use crate::json_ld::Statements;
use crate::rdf::Quad;
use crate::selective::trail::Trail;
use crate::{Contexts, ProofError, canonical, json_ld};

/// Most lines are no longer.
const MOST_LINES: usize = 160;

/// A document to be signed or derived from: its statements, where each stands, and its blank nodes in canonical order.
pub(crate) struct Selectable<'a> {
    document: &'a Value,
    statements: Statements<'a>,
    trail: Trail,
    order: Vec<u32>,
}

impl<'a> Selectable<'a> {
    /// Reads `document`, without its proof.
    ///
    /// # Errors
    /// [`ProofError`]: as for any document, and [`ProofError::Uncovered`] where `id` or `type` does not mean `@id` or
    /// `@type`.
    pub(crate) fn new(document: &'a Value, contexts: &Contexts) -> Result<Self, ProofError> {
        let Value::Object(members) = document else { return Err(ProofError::NotAnObject) };
        let (statements, trail) = json_ld::tracked_statements(members, contexts)?;
        let order = canonical::order(&statements.quads)?;
        Ok(Self { document, statements, trail, order })
    }

    /// How many blank nodes there are: as many labels are needed.
    pub(crate) fn blanks(&self) -> usize {
        self.order.len()
    }

    /// Its canonical statements with `labels` for the blank nodes.
    pub(crate) fn label(&self, labels: &[String]) -> Labelled<'_> {
        let quads = &self.statements.quads;
        let names = Names::new(&self.order, labels);
        let of_quads: Vec<String> = quads.iter().map(|quad| names.line(quad)).collect();
        let mut lines = of_quads.clone();
        lines.sort_unstable();
        lines.dedup();
        let line_of = of_quads.iter().map(|line| lines.binary_search(line).unwrap_or_default()).collect();
        Labelled { of: self, names, lines, line_of }
    }
}

/// A document's canonical statements with labels for the blank nodes.
pub(crate) struct Labelled<'a> {
    of: &'a Selectable<'a>,
    names: Names,
    lines: Vec<String>,
    line_of: Vec<usize>,
}

impl Labelled<'_> {
    /// The lines of N-Quads, in their order.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Which of the lines `pointers` select.
    ///
    /// # Errors
    /// [`ProofError::Pointer`] for one that points at nothing, or into what is signed as a whole, and for too many.
    pub(crate) fn group(&self, pointers: &[Pointer]) -> Result<Group, ProofError> {
        let quads = self.of.trail.select(self.of.document, pointers)?;
        let mut lines = vec![false; self.lines.len()];
        for (selected, line) in quads.iter().zip(&self.line_of) {
            if let Some(line) = lines.get_mut(*line) {
                *line |= selected;
            }
        }
        Ok(Group { lines })
    }

    /// The label map for whoever sees only the lines of `group`, and names their blank nodes anew.
    ///
    /// # Errors
    /// [`ProofError::TooComplex`].
    pub(crate) fn verifier_labels(&self, group: &Group) -> Result<Vec<String>, ProofError> {
        let quads = self.of.statements.quads.iter().zip(&self.line_of);
        let shown: Vec<Quad<'_>> =
            quads.filter(|(_, line)| group.has(**line)).map(|(quad, _)| quad.clone()).collect();
        Ok(canonical::order(&shown)?.into_iter().map(|blank| self.names.name(blank).to_owned()).collect())
    }
}

/// Some of a document's lines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    lines: Vec<bool>,
}

impl Group {
    /// Whether the line `index` is in it.
    pub(crate) fn has(&self, index: usize) -> bool {
        self.lines.get(index).copied().unwrap_or_default()
    }

    /// The indexes of its lines, ascending.
    pub(crate) fn indexes(&self) -> impl Iterator<Item = usize> {
        self.lines.iter().enumerate().filter(|(_, selected)| **selected).map(|(index, _)| index)
    }

    /// What is in this one or in `other`.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self { lines: self.lines.iter().zip(&other.lines).map(|(one, other)| *one || *other).collect() }
    }
}

/// The canonical lines of a revealed document, its blank nodes under the `labels` of whoever derived it.
///
/// # Errors
/// [`ProofError::TooComplex`]; [`ProofError::MalformedProof`] if there are not as many labels as blank nodes.
pub(crate) fn label_revealed(
    statements: &Statements<'_>,
    labels: &[String],
) -> Result<Vec<String>, ProofError> {
    let order = canonical::order(&statements.quads)?;
    if order.len() != labels.len() {
        return Err(ProofError::MalformedProof("proofValue"));
    }
    let names = Names::new(&order, labels);
    let mut lines: Vec<String> = statements.quads.iter().map(|quad| names.line(quad)).collect();
    lines.sort_unstable();
    lines.dedup();
    Ok(lines)
}

/// The label map of `ecdsa-sd-2023` for `blanks` blank nodes: the HMAC of each canonical name (§3.4.4).
pub(crate) fn hmac_labels(blanks: usize, key: &[u8; 32]) -> Vec<String> {
    let label = |number| hmac_label(&hmac_sha256(key, format!("c14n{number}").as_bytes()));
    (0..blanks).map(label).collect()
}

/// How the label of an HMAC is written.
pub(crate) fn hmac_label(digest: &[u8; 32]) -> String {
    format!("u{}", base64url::encode(digest))
}

/// The label map of `bbs-2023` for `blanks` blank nodes: `b` and a number, by the order of the HMACs' texts (VC-DI-BBS,
/// `createShuffledIdLabelMapFunction`).
#[cfg(any(test, feature = "bbs"))]
pub(crate) fn shuffled_labels(blanks: usize, key: &[u8; 32]) -> Vec<String> {
    let mut by_hmac: Vec<_> = hmac_labels(blanks, key).into_iter().enumerate().collect();
    by_hmac.sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
    let mut labels = vec![String::new(); blanks];
    for (number, (blank, _)) in by_hmac.into_iter().enumerate() {
        if let Some(label) = labels.get_mut(blank) {
            *label = format!("b{number}");
        }
    }
    labels
}

/// What blank nodes are called, by their number in the dataset.
struct Names(Vec<String>);

impl Names {
    /// The blank node at `n` of `order` is called as the label at `n`.
    fn new(order: &[u32], labels: &[String]) -> Self {
        let most = order.iter().max().map_or(0, |most| index(*most) + 1);
        let mut names = vec![String::new(); most];
        for (blank, label) in order.iter().zip(labels) {
            if let Some(name) = names.get_mut(index(*blank)) {
                name.clone_from(label);
            }
        }
        Self(names)
    }

    fn name(&self, blank: u32) -> &str {
        self.0.get(index(blank)).map_or("", String::as_str)
    }

    fn line(&self, quad: &Quad<'_>) -> String {
        let mut line = String::with_capacity(MOST_LINES);
        quad.write(&mut line, &|blank, out: &mut String| out.push_str(self.name(blank)));
        line
    }
}

#[cfg(test)]
mod tests;
