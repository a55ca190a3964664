//! RDF Dataset Canonicalization (RDFC-1.0) with SHA-256 or SHA-384: the same dataset always gives the same text, whatever its
//! blank nodes were called.
//!
//! Blank nodes that look alike are told apart by trying their orders, which a hostile dataset can make take forever
//! (§7.1): the work is counted, and past a limit the dataset is refused.

use std::collections::{BTreeMap, BTreeSet};

use jigap_keys::hash::HashAlgorithm;

use crate::ProofError;
use crate::rdf::Quad;

/// How many names and statements are looked at to tell look-alike nodes apart, all in all. An honest credential needs
/// fewer than a thousand.
const MOST_WORK: usize = 1_000_000;
/// How far look-alikes are told apart by the neighbours of their neighbours.
const MOST_STEPS: usize = 64;

/// The canonical N-Quads of the dataset `quads`.
///
/// # Errors
/// [`ProofError::TooComplex`].
pub(crate) fn canonicalize(quads: &[Quad], hash: HashAlgorithm) -> Result<String, ProofError> {
    let quads: BTreeSet<&Quad> = quads.iter().collect();
    let canonical = Canonicalizer::new(&quads, hash).run()?;
    let name = |blank| canonical.issued.get(&blank).cloned().unwrap_or_default();
    let mut lines: Vec<String> = quads.iter().map(|quad| quad.line(name)).collect();
    lines.sort_unstable();
    Ok(lines.concat())
}

/// Gives names in the order it is asked (§4.5).
#[derive(Debug, Clone)]
struct Issuer {
    prefix: &'static str,
    issued: BTreeMap<usize, String>,
    order: Vec<usize>,
}

impl Issuer {
    fn new(prefix: &'static str) -> Self {
        Self { prefix, issued: BTreeMap::new(), order: Vec::new() }
    }

    fn issue(&mut self, blank: usize) -> String {
        let next = format!("{}{}", self.prefix, self.order.len());
        let name = self.issued.entry(blank).or_insert_with(|| {
            self.order.push(blank);
            next
        });
        name.clone()
    }
}

struct Canonicalizer<'a> {
    /// The statements that mention each blank node.
    mentions: BTreeMap<usize, Vec<&'a Quad>>,
    /// What each blank node looks like by itself (§4.6).
    first_degree: BTreeMap<usize, String>,
    canonical: Issuer,
    hash: HashAlgorithm,
    work: usize,
    steps: usize,
}

impl<'a> Canonicalizer<'a> {
    fn new(quads: &BTreeSet<&'a Quad>, hash: HashAlgorithm) -> Self {
        let mut mentions = BTreeMap::<usize, Vec<&Quad>>::new();
        for &quad in quads {
            let blanks: BTreeSet<usize> = quad.blanks().map(|(blank, _)| blank).collect();
            for blank in blanks {
                mentions.entry(blank).or_default().push(quad);
            }
        }
        let first = |(blank, quads): (&usize, &Vec<&Quad>)| (*blank, hash_first_degree(*blank, quads, hash));
        let first_degree = mentions.iter().map(first).collect();
        Self { mentions, first_degree, canonical: Issuer::new("c14n"), hash, work: 0, steps: 0 }
    }

    /// §4.4.3.
    fn run(mut self) -> Result<Issuer, ProofError> {
        let mut alike = BTreeMap::<String, Vec<usize>>::new();
        for (blank, hash) in &self.first_degree {
            alike.entry(hash.clone()).or_default().push(*blank);
        }
        let (unique, shared): (Vec<_>, Vec<_>) = alike.into_values().partition(|blanks| blanks.len() == 1);
        for blank in unique.into_iter().flatten() {
            self.canonical.issue(blank);
        }
        for blanks in shared {
            let mut results = Vec::new();
            for blank in blanks {
                if self.canonical.issued.contains_key(&blank) {
                    continue;
                }
                let mut issuer = Issuer::new("b");
                issuer.issue(blank);
                results.push(self.hash_n_degree(blank, issuer)?);
            }
            results.sort_by(|(one, _), (other, _)| one.cmp(other));
            for blank in results.into_iter().flat_map(|(_, issuer)| issuer.order) {
                self.canonical.issue(blank);
            }
        }
        Ok(self.canonical)
    }

    /// What `blank` looks like with its neighbours (§4.8): a hash, and the names given on the way to it.
    fn hash_n_degree(&mut self, blank: usize, issuer: Issuer) -> Result<(String, Issuer), ProofError> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(ProofError::TooComplex);
        }
        let found = self.hash_neighbours(blank, issuer);
        self.steps -= 1;
        found
    }

    fn hash_neighbours(&mut self, blank: usize, issuer: Issuer) -> Result<(String, Issuer), ProofError> {
        self.spend(self.mentions.get(&blank).map_or(0, Vec::len))?;
        let mut neighbours = BTreeMap::<String, Vec<usize>>::new();
        for quad in self.mentions.get(&blank).into_iter().flatten() {
            for (related, place) in quad.blanks().filter(|(related, _)| *related != blank) {
                let hash = self.hash_related(related, quad, &issuer, place);
                neighbours.entry(hash).or_default().push(related);
            }
        }
        let mut data = String::new();
        let mut issuer = issuer;
        for (hash, mut related) in neighbours {
            data.push_str(&hash);
            related.sort_unstable();
            let mut chosen: Option<(String, Issuer)> = None;
            loop {
                if let Some(better) =
                    self.try_order(&related, &issuer, chosen.as_ref().map(|(path, _)| path))?
                {
                    chosen = Some(better);
                }
                if !next_order(&mut related) {
                    break;
                }
            }
            if let Some((path, names)) = chosen {
                data.push_str(&path);
                issuer = names;
            }
        }
        Ok((hex(self.hash, &data), issuer))
    }

    fn spend(&mut self, work: usize) -> Result<(), ProofError> {
        self.work += work;
        if self.work > MOST_WORK { Err(ProofError::TooComplex) } else { Ok(()) }
    }

    /// One order of look-alikes: its path and names, if the path is below `best`.
    fn try_order(
        &mut self,
        related: &[usize],
        issuer: &Issuer,
        best: Option<&String>,
    ) -> Result<Option<(String, Issuer)>, ProofError> {
        // The names are copied, and each of the related is looked up.
        self.spend(1 + related.len() + issuer.order.len())?;
        let worse = |path: &str| best.is_some_and(|best| path.len() >= best.len() && path > best.as_str());
        let mut names = issuer.clone();
        let mut path = String::new();
        let mut unnamed = Vec::new();
        for blank in related {
            path.push_str("_:");
            if let Some(name) = self.canonical.issued.get(blank) {
                path.push_str(name);
            } else {
                if !names.issued.contains_key(blank) {
                    unnamed.push(*blank);
                }
                path.push_str(&names.issue(*blank));
            }
            if worse(&path) {
                return Ok(None);
            }
        }
        for blank in unnamed {
            let (hash, found) = self.hash_n_degree(blank, names.clone())?;
            path.push_str("_:");
            path.push_str(&names.issue(blank));
            path.push_str(&format!("<{hash}>"));
            names = found;
            if worse(&path) {
                return Ok(None);
            }
        }
        Ok(if best.is_none_or(|best| path < *best) { Some((path, names)) } else { None })
    }

    /// What a neighbour looks like from the statement that names it (§4.7).
    fn hash_related(&self, related: usize, quad: &Quad, issuer: &Issuer, place: char) -> String {
        let name = self.canonical.issued.get(&related).or_else(|| issuer.issued.get(&related));
        let identifier = match name {
            Some(name) => format!("_:{name}"),
            None => self.first_degree.get(&related).cloned().unwrap_or_default(),
        };
        let predicate = if place == 'g' { String::new() } else { format!("<{}>", quad.predicate) };
        hex(self.hash, &format!("{place}{predicate}{identifier}"))
    }
}

/// §4.6: the hash of the statements that mention `blank`, with itself called `a` and every other blank node `z`.
fn hash_first_degree(blank: usize, quads: &[&Quad], hash: HashAlgorithm) -> String {
    let name = |other| if other == blank { "a".to_owned() } else { "z".to_owned() };
    let mut lines: Vec<String> = quads.iter().map(|quad| quad.line(name)).collect();
    lines.sort_unstable();
    hex(hash, &lines.concat())
}

/// Puts `items` into their next order, if there is one.
fn next_order(items: &mut [usize]) -> bool {
    let Some(turn) = items.windows(2).rposition(|pair| matches!(pair, [left, right] if left < right)) else {
        return false;
    };
    let Some((head, tail)) = items.split_at_mut_checked(turn + 1) else { return false };
    if let Some(pivot) = head.last_mut()
        && let Some(larger) = tail.iter_mut().rev().find(|item| **item > *pivot)
    {
        std::mem::swap(pivot, larger);
    }
    tail.reverse();
    true
}

fn hex(hash: HashAlgorithm, text: &str) -> String {
    hash.digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rdf::{Node, Object, typed};

    fn canonical(quads: &[Quad]) -> Result<String, ProofError> {
        canonicalize(quads, HashAlgorithm::Sha256)
    }

    fn link(from: usize, predicate: &str, to: usize) -> Quad {
        let (subject, object) = (Node::Blank(from), Object::Node(Node::Blank(to)));
        Quad { subject, predicate: predicate.into(), object, graph: None }
    }

    fn named(blank: usize, name: &str) -> Quad {
        let object = typed(name, "http://www.w3.org/2001/XMLSchema#string");
        Quad { subject: Node::Blank(blank), predicate: "urn:name".into(), object, graph: None }
    }

    #[test]
    fn the_names_of_blank_nodes_do_not_matter() {
        let one = vec![link(1, "urn:p", 2), link(2, "urn:p", 3), link(3, "urn:p", 1), named(2, "x")];
        let other = vec![named(9, "x"), link(5, "urn:p", 9), link(7, "urn:p", 5), link(9, "urn:p", 7)];
        assert_eq!(canonical(&one).unwrap(), canonical(&other).unwrap());
    }

    #[test]
    fn look_alikes_are_told_apart_by_their_neighbours() {
        // Two pairs that differ only two steps away.
        let graph = |a: usize, b: usize| {
            vec![
                link(0, "urn:p", a),
                link(0, "urn:p", b),
                link(a, "urn:q", a + 10),
                link(b, "urn:q", b + 10),
                named(a + 10, "x"),
                named(b + 10, "y"),
            ]
        };
        let text = canonical(&graph(1, 2)).unwrap();
        assert_eq!(text, canonical(&graph(2, 1)).unwrap());
        assert_eq!(text.matches("_:c14n").count(), 10);
    }

    #[test]
    fn a_statement_said_twice_is_said_once() {
        assert_eq!(canonical(&[named(1, "x"), named(4, "x")]).unwrap().lines().count(), 2);
        assert_eq!(canonical(&[named(1, "x"), named(1, "x")]).unwrap().lines().count(), 1);
    }

    #[test]
    fn a_poisonous_dataset_is_refused() {
        // Every node is linked with every other: nothing tells them apart.
        let everybody = 0..12;
        let quads = everybody.clone().flat_map(|from| {
            everybody.clone().filter(move |to| *to != from).map(move |to| link(from, "urn:p", to))
        });
        assert_eq!(canonical(&quads.collect::<Vec<_>>()), Err(ProofError::TooComplex));
    }

    #[test]
    fn two_hubs_with_thousands_of_look_alikes_are_refused_in_time() {
        let around = |hub: usize| (0..20_000).map(move |spoke| link(hub, "urn:p", 2 + 2 * spoke + hub));
        assert_eq!(canonical(&around(0).chain(around(1)).collect::<Vec<_>>()), Err(ProofError::TooComplex));
    }

    #[test]
    fn a_chain_of_look_alikes_is_refused_before_the_stack_ends() {
        let chain =
            |first: usize| (0..10_000).map(move |cell| link(first + 2 * cell, "urn:p", first + 2 * cell + 2));
        assert_eq!(canonical(&chain(0).chain(chain(1)).collect::<Vec<_>>()), Err(ProofError::TooComplex));
    }

    #[test]
    fn orders_are_tried_once_each() {
        let mut items = [1, 2, 3, 4];
        let mut orders = vec![items];
        while next_order(&mut items) {
            orders.push(items);
        }
        let distinct: BTreeSet<_> = orders.iter().collect();
        assert_eq!((orders.len(), distinct.len()), (24, 24));
    }
}
