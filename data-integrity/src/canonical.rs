//! RDF Dataset Canonicalization (RDFC-1.0) with SHA-256 or SHA-384: the same dataset always gives the same text, whatever its
//! blank nodes were called. The text goes into a hash as it is written, and exists nowhere as a whole.
//!
//! Blank nodes that look alike are told apart by trying their orders, which a hostile dataset can make take forever
//! (§7.1): the work is counted, and past a limit the dataset is refused.

use std::collections::BTreeMap;

use jigap_keys::hash::{HashAlgorithm, Sink};

use crate::ProofError;
use crate::rdf::Quad;

/// How many names and statements are looked at to tell look-alike nodes apart, all in all. An honest credential needs
/// fewer than a thousand.
const MOST_WORK: usize = 1_000_000;
/// How far look-alikes are told apart by the neighbours of their neighbours.
const MOST_STEPS: usize = 64;

/// The hash of the canonical N-Quads of the dataset `quads`.
///
/// # Errors
/// [`ProofError::TooComplex`].
pub(crate) fn digest(quads: &[Quad<'_>], hash: HashAlgorithm) -> Result<Vec<u8>, ProofError> {
    let mut out = hash.hasher();
    write(quads, hash, &mut out)?;
    Ok(out.finish())
}

/// The canonical N-Quads themselves.
#[cfg(test)]
pub(crate) fn canonicalize(quads: &[Quad<'_>], hash: HashAlgorithm) -> Result<String, ProofError> {
    let mut out = String::new();
    write(quads, hash, &mut out)?;
    Ok(out)
}

/// The blank nodes of the dataset `quads` in the order of their canonical names: `c14n0`, `c14n1` and so on.
///
/// # Errors
/// [`ProofError::TooComplex`].
pub(crate) fn order(quads: &[Quad<'_>]) -> Result<Vec<u32>, ProofError> {
    ordered(&distinct(quads), HashAlgorithm::Sha256)
}

/// Writes the lines in the order of their code points, which is that of their bytes.
fn write<S: Sink>(quads: &[Quad<'_>], hash: HashAlgorithm, out: &mut S) -> Result<(), ProofError> {
    let mut quads = distinct(quads);
    let order = ordered(&quads, hash)?;
    let mut names = vec![0; order.iter().max().map_or(0, |most| index(*most) + 1)];
    for (number, blank) in (0..).zip(&order) {
        if let Some(name) = names.get_mut(index(*blank)) {
            *name = number;
        }
    }
    let name = |blank| names.get(index(blank)).copied().unwrap_or_default();
    quads.sort_unstable_by(|one, other| one.in_line(other, &|blank| in_digits(name(blank))));
    for quad in quads {
        quad.write(out, &|blank, out: &mut S| {
            out.put("c14n");
            write_number(name(blank), out);
        });
    }
    Ok(())
}

/// Each statement once.
fn distinct<'q, 'a>(quads: &'q [Quad<'a>]) -> Vec<&'q Quad<'a>> {
    let mut quads: Vec<_> = quads.iter().collect();
    quads.sort_unstable_by(|one, other| one.in_line(other, &|blank| blank));
    quads.dedup();
    quads
}

/// The blank nodes in the order of their names.
fn ordered(quads: &[&Quad<'_>], hash: HashAlgorithm) -> Result<Vec<u32>, ProofError> {
    let mut blanks = quads.iter().flat_map(|quad| quad.blanks()).map(|(blank, _)| blank);
    match blanks.next() {
        None => Ok(Vec::new()),
        // One alone has the first name, whatever it looks like.
        Some(one) if blanks.all(|blank| blank == one) => Ok(vec![one]),
        Some(_) => Canonicalizer::new(&Graph::new(quads, hash)).run(),
    }
}

/// A number as a place in a list.
pub(crate) const fn index(number: u32) -> usize {
    number as usize
}

/// Numbers compare so as the texts that write them: as if both had ten digits, then the shorter first.
fn in_digits(number: u32) -> (u64, u32) {
    let digits = number.checked_ilog10().unwrap_or_default();
    (u64::from(number) * 10_u64.pow(9_u32.saturating_sub(digits)), digits)
}

fn write_number(number: u32, out: &mut impl Sink) {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    if number >= 10 {
        write_number(number / 10, out);
    }
    out.put(DIGITS.get(index(number % 10)).unwrap_or(&""));
}

/// Gives names in the order it is asked (§4.5).
#[derive(Debug, Clone)]
struct Issuer {
    prefix: &'static str,
    issued: BTreeMap<u32, u32>,
    order: Vec<u32>,
}

impl Issuer {
    const fn new(prefix: &'static str) -> Self {
        Self { prefix, issued: BTreeMap::new(), order: Vec::new() }
    }

    fn issue(&mut self, blank: u32) -> u32 {
        let next = self.issued.len();
        *self.issued.entry(blank).or_insert_with(|| {
            self.order.push(blank);
            u32::try_from(next).unwrap_or(u32::MAX)
        })
    }

    /// Appends the name of `blank`, if it has one.
    fn write(&self, blank: u32, out: &mut String) -> bool {
        let Some(number) = self.issued.get(&blank) else { return false };
        out.put("_:");
        out.put(self.prefix);
        write_number(*number, out);
        true
    }
}

/// A dataset, and what each blank node in it looks like by itself.
struct Graph<'q> {
    quads: &'q [&'q Quad<'q>],
    /// The blank nodes, each with the places of the statements that mention it.
    mentions: Vec<(u32, u32)>,
    /// The hash of each blank node (§4.6).
    looks: Vec<(u32, Vec<u8>)>,
    hash: HashAlgorithm,
}

impl<'q> Graph<'q> {
    fn new(quads: &'q [&'q Quad<'q>], hash: HashAlgorithm) -> Self {
        let mut mentions = Vec::with_capacity(quads.iter().map(|quad| quad.blanks().count()).sum());
        for (place, quad) in (0..).zip(quads) {
            mentions.extend(quad.blanks().map(|(blank, _)| (blank, place)));
        }
        mentions.sort_unstable();
        mentions.dedup();
        let count = mentions.chunk_by(|(one, _), (other, _)| one == other).count();
        let mut graph = Self { quads, mentions, looks: Vec::with_capacity(count), hash };
        let mut lines = Vec::new();
        for mentions in graph.mentions.chunk_by(|(one, _), (other, _)| one == other) {
            let Some((blank, _)) = mentions.first() else { continue };
            lines.clear();
            lines.extend(mentions.iter().filter_map(|(_, place)| quads.get(index(*place)).copied()));
            graph.looks.push((*blank, hash_first_degree(*blank, &mut lines, hash)));
        }
        graph
    }

    /// The places of the statements that mention `blank`.
    fn mentions(&self, blank: u32) -> &[(u32, u32)] {
        let begin = self.mentions.partition_point(|(other, _)| *other < blank);
        let end = self.mentions.partition_point(|(other, _)| *other <= blank);
        self.mentions.get(begin..end).unwrap_or_default()
    }

    fn look(&self, blank: u32) -> &[u8] {
        let place = self.looks.binary_search_by_key(&blank, |(blank, _)| *blank);
        place.ok().and_then(|place| self.looks.get(place)).map_or(&[], |(_, look)| look)
    }
}

struct Canonicalizer<'g> {
    graph: &'g Graph<'g>,
    canonical: Issuer,
    work: usize,
    steps: usize,
}

impl<'g> Canonicalizer<'g> {
    const fn new(graph: &'g Graph<'g>) -> Self {
        Self { graph, canonical: Issuer::new("c14n"), work: 0, steps: 0 }
    }

    /// §4.4.3.
    fn run(mut self) -> Result<Vec<u32>, ProofError> {
        let mut by_look: Vec<_> = self.graph.looks.iter().collect();
        by_look.sort_unstable_by(|(one, look), (other, of_other)| look.cmp(of_other).then(one.cmp(other)));
        let alike = || by_look.chunk_by(|(_, look), (_, other)| look == other);
        for (blank, _) in alike().filter(|blanks| blanks.len() == 1).flatten() {
            self.canonical.issue(*blank);
        }
        for blanks in alike().filter(|blanks| blanks.len() > 1) {
            let mut results = Vec::new();
            for (blank, _) in blanks {
                if self.canonical.issued.contains_key(blank) {
                    continue;
                }
                let mut issuer = Issuer::new("b");
                issuer.issue(*blank);
                results.push(self.hash_n_degree(*blank, issuer)?);
            }
            results.sort_by(|(one, _), (other, _)| one.cmp(other));
            for blank in results.into_iter().flat_map(|(_, issuer)| issuer.order) {
                self.canonical.issue(blank);
            }
        }
        Ok(self.canonical.order)
    }

    /// What `blank` looks like with its neighbours (§4.8): a hash, and the names given on the way to it.
    fn hash_n_degree(&mut self, blank: u32, issuer: Issuer) -> Result<(String, Issuer), ProofError> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(ProofError::TooComplex);
        }
        let found = self.hash_neighbours(blank, issuer);
        self.steps -= 1;
        found
    }

    fn hash_neighbours(&mut self, blank: u32, issuer: Issuer) -> Result<(String, Issuer), ProofError> {
        let mentions = self.graph.mentions(blank);
        self.spend(mentions.len())?;
        let mut neighbours = BTreeMap::<String, Vec<u32>>::new();
        for quad in mentions.iter().filter_map(|(_, place)| self.graph.quads.get(index(*place))) {
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
        Ok((self.hash(&data), issuer))
    }

    fn spend(&mut self, work: usize) -> Result<(), ProofError> {
        self.work += work;
        if self.work > MOST_WORK { Err(ProofError::TooComplex) } else { Ok(()) }
    }

    /// One order of look-alikes: its path and names, if the path is below `best`.
    fn try_order(
        &mut self,
        related: &[u32],
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
            if !self.canonical.write(*blank, &mut path) && !names.write(*blank, &mut path) {
                unnamed.push(*blank);
                names.issue(*blank);
                names.write(*blank, &mut path);
            }
            if worse(&path) {
                return Ok(None);
            }
        }
        for blank in unnamed {
            let (hash, found) = self.hash_n_degree(blank, names.clone())?;
            names.write(blank, &mut path);
            path.push_str(&format!("<{hash}>"));
            names = found;
            if worse(&path) {
                return Ok(None);
            }
        }
        Ok(if best.is_none_or(|best| path < *best) { Some((path, names)) } else { None })
    }

    /// What a neighbour looks like from the statement that names it (§4.7).
    fn hash_related(&self, related: u32, quad: &Quad<'_>, issuer: &Issuer, place: char) -> String {
        let predicate = if place == 'g' { "" } else { quad.predicate.written() };
        let mut text = format!("{place}{predicate}");
        if !self.canonical.write(related, &mut text) && !issuer.write(related, &mut text) {
            text.push_str(&hex(self.graph.look(related)));
        }
        self.hash(&text)
    }

    fn hash(&self, text: &str) -> String {
        hex(&self.graph.hash.digest(text.as_bytes()))
    }
}

/// §4.6: the hash of the statements that mention `blank`, with itself called `a` and every other blank node `z`.
fn hash_first_degree(blank: u32, quads: &mut [&Quad<'_>], hash: HashAlgorithm) -> Vec<u8> {
    quads.sort_unstable_by(|one, other| one.in_line(other, &|number| number != blank));
    let mut out = hash.hasher();
    for quad in quads {
        quad.write(&mut out, &|number, out| out.put(if number == blank { "a" } else { "z" }));
    }
    out.finish()
}

/// Puts `items` into their next order, if there is one.
fn next_order(items: &mut [u32]) -> bool {
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

fn hex(digest: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut out = String::with_capacity(2 * digest.len());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    out.extend(digits.filter_map(|digit| DIGITS.get(usize::from(digit))));
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rdf::{Iri, Node, Object, Suffix};

    fn canonical(quads: &[Quad<'_>]) -> Result<String, ProofError> {
        canonicalize(quads, HashAlgorithm::Sha256)
    }

    fn link(from: u32, predicate: &str, to: u32) -> Quad<'static> {
        let (subject, object) = (Node::Blank(from), Object::Node(Node::Blank(to)));
        Quad { subject, predicate: Iri::new(predicate), object, graph: None }
    }

    fn named(blank: u32, name: &str) -> Quad<'_> {
        let object = Object::Literal(name.into(), Suffix::STRING);
        Quad { subject: Node::Blank(blank), predicate: Iri::new("urn:name"), object, graph: None }
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
        let graph = |a: u32, b: u32| {
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
        let around = |hub: u32| (0..20_000).map(move |spoke| link(hub, "urn:p", 2 + 2 * spoke + hub));
        assert_eq!(canonical(&around(0).chain(around(1)).collect::<Vec<_>>()), Err(ProofError::TooComplex));
    }

    #[test]
    fn a_chain_of_look_alikes_is_refused_before_the_stack_ends() {
        let chain =
            |first: u32| (0..10_000).map(move |cell| link(first + 2 * cell, "urn:p", first + 2 * cell + 2));
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

    #[test]
    fn numbers_compare_as_they_are_written() {
        let written = |number| {
            let mut out = String::new();
            write_number(number, &mut out);
            out
        };
        let numbers =
            [0, 1, 2, 9, 10, 11, 19, 20, 99, 100, 101, 1000, 1001, 19_999, 20_000, 999_999_999, u32::MAX];
        for one in numbers {
            assert_eq!(written(one), one.to_string());
            for other in numbers {
                assert_eq!(in_digits(one).cmp(&in_digits(other)), written(one).cmp(&written(other)));
            }
        }
    }
}
