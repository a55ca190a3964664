//! A code as whoever saw it can take it apart: every leaf of its CBOR, byte strings that hold CBOR taken apart too, with how it
//! is written and where it stands; and what two codes have in common, in numbers.

use std::collections::{BTreeMap, BTreeSet};

use jigap_wallet_core::cbor::{self, Item, Limits, Value};

/// Where the window stands: when a code was shown, which is no property of the pass.
const WINDOW: &str = "/1";
/// Byte strings that hold CBOR: protected headers and payload.
const EMBEDDED: [&str; 2] = ["/0/0", "/0/2"];
/// Where the facts stand in Jigap's claim.
const FACTS: &str = "/0/2<-65537/1";

/// Every part of a code by its place.
pub(super) type Fields = BTreeMap<String, Vec<u8>>;

/// Takes a code apart.
pub(super) fn of_code(code: &str) -> Fields {
    of_frame(&base45(code.strip_prefix("JG1:").unwrap()), code.len())
}

/// Takes the bytes of a code apart, which was so many characters long.
pub(super) fn of_frame(frame: &[u8], characters: usize) -> Fields {
    let mut fields = Fields::new();
    walk("", &cbor::parse(frame, Limits::MESSAGE).unwrap(), &mut fields);
    fields.insert("characters".to_owned(), (characters as u16).to_be_bytes().to_vec());
    fields
}

/// What a pass says of its holder.
pub(super) fn facts(fields: &Fields) -> Vec<u8> {
    let said = fields.iter().filter(|(place, _)| place.starts_with(FACTS));
    said.flat_map(|(_, bytes)| bytes.iter().copied()).collect()
}

/// What stands for a pass: the issuer's part of its code.
pub(super) fn pass(fields: &Fields) -> Vec<u8> {
    let of_issuer = fields.iter().filter(|(place, _)| place.starts_with("/0"));
    of_issuer.flat_map(|(_, bytes)| bytes.iter().copied()).collect()
}

fn walk(place: &str, item: &Item<'_>, fields: &mut Fields) {
    let mut note = |name: String, bytes: &[u8]| fields.insert(name, bytes.to_vec());
    note(format!("{place}#"), &(item.raw().len() as u16).to_be_bytes());
    match item.value() {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(&format!("{place}/{index}"), item, fields);
            }
        }
        Value::Map(entries) => {
            let order: Vec<u8> = entries.iter().flat_map(|(key, _)| key.raw().iter().copied()).collect();
            note(format!("{place}%"), &order);
            for (key, value) in entries {
                let name = key.as_i64().map_or_else(|| format!("{:?}", key.raw()), |key| key.to_string());
                walk(&format!("{place}/{name}"), value, fields);
            }
        }
        Value::Bytes(bytes) => {
            // Of what is taken apart, the parts are compared.
            if !EMBEDDED.contains(&place) {
                note(place.to_owned(), bytes);
            }
            if EMBEDDED.contains(&place) {
                walk_embedded(place, &cbor::parse(bytes, Limits::MESSAGE).unwrap(), fields);
            }
        }
        // As it is written, its head included.
        _ => {
            note(place.to_owned(), item.raw());
        }
    }
}

fn walk_embedded(place: &str, item: &Item<'_>, fields: &mut Fields) {
    let mut inner = Fields::new();
    walk("", item, &mut inner);
    fields.extend(
        inner.into_iter().map(|(name, bytes)| (format!("{place}<{}", name.trim_start_matches('/')), bytes)),
    );
}

fn base45(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let digits: Vec<usize> =
        text.bytes().map(|byte| ALPHABET.iter().position(|it| *it == byte).unwrap()).collect();
    let bytes = |digits: &[usize]| {
        let number = digits.iter().rev().fold(0, |sum, digit| sum * 45 + digit);
        if digits.len() == 3 { vec![(number >> 8) as u8, number as u8] } else { vec![number as u8] }
    };
    digits.chunks(3).flat_map(bytes).collect()
}

/// The parts in which some codes differ, in one order: what is compared.
pub(super) struct Vocabulary {
    places: Vec<String>,
    /// Those that all have in one length: their bits are compared one by one.
    even: Vec<usize>,
}

/// A code's parts in the order of the vocabulary, and every four bytes that stand in it.
pub(super) struct Parts {
    at: Vec<Option<Vec<u8>>>,
    pub(super) bits: Vec<u8>,
    runs: Vec<[u8; 4]>,
}

/// Numbers for each part.
const PER_PART: usize = 7;

impl Vocabulary {
    pub(super) fn of<'f>(all: impl Iterator<Item = &'f Fields> + Clone) -> Self {
        let names: BTreeSet<&String> = all.clone().flat_map(BTreeMap::keys).collect();
        let differs = |name: &String| all.clone().map(|it| it.get(name)).collect::<BTreeSet<_>>().len() > 1;
        let places: Vec<String> =
            names.into_iter().filter(|it| !it.starts_with(WINDOW) && differs(it)).cloned().collect();
        let lengths =
            |name: &String| all.clone().map(|it| it.get(name).map(Vec::len)).collect::<BTreeSet<_>>();
        let even = |name: &String| matches!(Vec::from_iter(lengths(name))[..], [Some(_)]);
        let even = (0..places.len()).filter(|index| even(&places[*index])).collect();
        Self { places, even }
    }

    pub(super) fn places(&self) -> &[String] {
        &self.places
    }

    pub(super) fn parts(&self, fields: &Fields) -> Parts {
        let at: Vec<Option<Vec<u8>>> = self.places.iter().map(|place| fields.get(place).cloned()).collect();
        let bits = self.even.iter().flat_map(|index| at[*index].clone().unwrap()).collect();
        let runs = at.iter().flatten().flat_map(|part| part.windows(4).map(|it| it.try_into().unwrap()));
        let runs: BTreeSet<[u8; 4]> = runs.collect();
        Parts { at, bits, runs: runs.into_iter().collect() }
    }
}

impl Parts {
    /// What two codes have in common, part by part; and how many runs of four bytes, wherever they stand.
    pub(super) fn compare(&self, other: &Self) -> Vec<f32> {
        let mut numbers = Vec::with_capacity(self.at.len() * PER_PART + 1);
        for (one, two) in self.at.iter().zip(&other.at) {
            numbers.extend(compare(one.as_deref(), two.as_deref()));
        }
        numbers.push(common(&self.runs, &other.runs) as f32);
        numbers
    }
}

fn compare(one: Option<&[u8]>, two: Option<&[u8]>) -> [f32; PER_PART] {
    let (Some(one), Some(two)) = (one, two) else {
        let same = if one == two { 1.0 } else { -1.0 };
        return [same; PER_PART];
    };
    let differ = |(one, two): (&u8, &u8)| (one ^ two).count_ones();
    let distance: u32 = one.iter().zip(two).map(differ).sum();
    let bits = (one.len().min(two.len()) * 8).max(1) as f32;
    let prefix = shared(one.iter().zip(two), u8::leading_zeros);
    let suffix = shared(one.iter().rev().zip(two.iter().rev()), u8::trailing_zeros);
    let near = |one: u64, two: u64| (one.abs_diff(two) as f32).ln_1p();
    let first = |bytes: &[u8]| bytes.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let last = |bytes: &[u8]| {
        bytes.iter().skip(bytes.len().saturating_sub(8)).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    };
    [
        f32::from(u8::from(one == two)),
        distance as f32 / bits,
        prefix as f32,
        suffix as f32,
        near(first(one), first(two)),
        near(last(one), last(two)),
        one.len().abs_diff(two.len()) as f32,
    ]
}

/// How many bits two strings begin with alike.
fn shared<'b>(pairs: impl Iterator<Item = (&'b u8, &'b u8)>, zeros: fn(u8) -> u32) -> u32 {
    let mut bits = 0;
    for (one, two) in pairs {
        if one != two {
            return bits + zeros(one ^ two);
        }
        bits += 8;
    }
    bits
}

/// How many both sorted lists have.
fn common(one: &[[u8; 4]], two: &[[u8; 4]]) -> usize {
    let (mut here, mut there, mut both) = (0, 0, 0);
    while let (Some(left), Some(right)) = (one.get(here), two.get(there)) {
        here += usize::from(left <= right);
        there += usize::from(right <= left);
        both += usize::from(left == right);
    }
    both
}
