//! What of a listing is indexed, and how: the schema, and the document of a listing with those of its facets that are confirmed.

use jigap_keys::hash::sha256;
use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, SchemaBuilder, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, Token};

use super::book::Entry;
use crate::facet::Facet;
use crate::ranking::day;
use crate::words::lexicon::LEXICON;
use crate::words::{concept_token, graded_token, of_institution, of_persona, of_text};

/// Between the parts of a term; in no identifier.
const BETWEEN: char = '\u{1f}';

/// The fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    pub(super) key: Field,
    pub(super) name: Field,
    pub(super) headline: Field,
    pub(super) text: Field,
    /// Names of what was verified.
    pub(super) proved: Field,
    /// What the listing states in its members: place, languages, times, ways to meet.
    pub(super) stated: Field,
    /// What filters ask for, by whole terms.
    pub(super) terms: Field,
    cell: Field,
    pub(super) price: Field,
    checked: Field,
    until: Field,
    response: Field,
    rating: Field,
    kind: Field,
    region: Field,
    digest: [Field; 2],
}

/// Names of the fields that are read by document.
pub(super) mod column {
    pub(in crate::index) const KEY: &str = "key";
    pub(in crate::index) const CELL: &str = "cell";
    pub(in crate::index) const PRICE: &str = "price";
    pub(in crate::index) const CHECKED: &str = "checked";
    pub(in crate::index) const UNTIL: &str = "until";
    pub(in crate::index) const RESPONSE: &str = "response";
    pub(in crate::index) const RATING: &str = "rating";
    pub(in crate::index) const KIND: &str = "kind";
    pub(in crate::index) const REGION: &str = "region";
    pub(in crate::index) const DIGEST: [&str; 2] = ["digest_high", "digest_low"];
}

impl Fields {
    pub(super) fn new() -> (Schema, Self) {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::WithFreqs)
            .set_fieldnorms(true);
        let words = TextOptions::default().set_indexing_options(indexing);
        let text = |schema: &mut SchemaBuilder, name: &str| schema.add_text_field(name, words.clone());
        let (name, headline) = (text(&mut schema, "name"), text(&mut schema, "headline"));
        let (body, proved) = (text(&mut schema, "text"), text(&mut schema, "proved"));
        let stated = text(&mut schema, "stated");
        let counted = TextOptions::default().set_fast("raw");
        let [high, low] = column::DIGEST;
        let fields = Self {
            key: schema.add_u64_field(column::KEY, FAST | INDEXED),
            name,
            headline,
            text: body,
            proved,
            stated,
            terms: schema.add_text_field("terms", STRING),
            cell: schema.add_u64_field(column::CELL, FAST),
            price: schema.add_u64_field(column::PRICE, FAST),
            checked: schema.add_u64_field(column::CHECKED, FAST),
            until: schema.add_u64_field(column::UNTIL, FAST),
            response: schema.add_u64_field(column::RESPONSE, FAST),
            rating: schema.add_u64_field(column::RATING, FAST),
            kind: schema.add_text_field(column::KIND, counted.clone()),
            region: schema.add_text_field(column::REGION, counted),
            digest: [schema.add_u64_field(high, FAST), schema.add_u64_field(low, FAST)],
        };
        (schema.build(), fields)
    }

    /// The document of a listing.
    pub(super) fn document(&self, key: u64, entry: &Entry, facets: &[&Facet]) -> TantivyDocument {
        let listing = entry.listing();
        let mut writer = Writer { document: TantivyDocument::default(), written: Vec::with_capacity(4_096) };
        writer.number(self.key, key);
        writer.words(self.name, of_persona(&listing.name));
        writer.words(self.headline, of_text(&listing.headline));
        writer.words(self.text, of_text(&listing.text));
        writer.words(self.proved, facets.iter().flat_map(|facet| proved(facet)).collect());
        let regions = with_parent(&listing.region);
        writer.words(self.stated, stated(entry, &regions));
        for term in terms(entry, facets, &regions) {
            writer.text(self.terms, &term);
        }
        writer.number(self.cell, listing.cell);
        writer.number(self.price, u64::from(listing.price));
        writer.number(self.checked, facets.iter().map(|facet| day(facet.checked)).min().unwrap_or_default());
        let until = facets.iter().filter_map(|facet| facet.until).min();
        let until = until.map_or(u64::MAX, |until| u64::try_from(until.unix()).unwrap_or_default());
        writer.number(self.until, until);
        writer.number(self.response, entry.reputation.response_thousandths());
        writer.number(self.rating, entry.reputation.rating_thousandths());
        let mut kinds: Vec<&str> = facets.iter().map(|facet| facet.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            writer.text(self.kind, kind);
        }
        writer.text(self.region, &listing.region);
        writer.finish(self.digest)
    }
}

/// Fills a document, and digests what it is filled with.
struct Writer {
    document: TantivyDocument,
    written: Vec<u8>,
}

impl Writer {
    fn note(&mut self, field: Field, bytes: &[u8]) {
        self.written.extend_from_slice(&field.field_id().to_be_bytes());
        self.written.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.written.extend_from_slice(bytes);
    }

    fn number(&mut self, field: Field, number: u64) {
        self.note(field, &number.to_be_bytes());
        self.document.add_u64(field, number);
    }

    fn text(&mut self, field: Field, text: &str) {
        self.note(field, text.as_bytes());
        self.document.add_text(field, text);
    }

    fn words(&mut self, field: Field, words: Vec<String>) {
        let mut tokens = Vec::with_capacity(words.len());
        for (position, text) in words.into_iter().enumerate() {
            self.note(field, text.as_bytes());
            tokens.push(Token { position, text, position_length: 1, offset_from: 0, offset_to: 0 });
        }
        self.document.add_pre_tokenized_text(field, PreTokenizedString { text: String::new(), tokens });
    }

    fn finish(mut self, fields: [Field; 2]) -> TantivyDocument {
        let digest = sha256(&self.written);
        for (field, bytes) in fields.into_iter().zip(digest.chunks_exact(8)) {
            let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            self.document.add_u64(field, number);
        }
        self.document
    }
}

/// Tokens of what was verified: its concepts, alone and together, and its names as words.
fn proved(facet: &Facet) -> Vec<String> {
    let kind = format!("kind:{}", facet.kind);
    let mut tokens = vec![concept_token(&kind)];
    let names = |id: &str| LEXICON.concept(id).map(|concept| concept.names).unwrap_or_default();
    tokens.extend(names(&kind).iter().flat_map(|name| of_text(name)));
    if let Some(grade) = &facet.grade {
        let grade = format!("grade:{grade}");
        tokens.extend([concept_token(&grade), graded_token(&kind, &grade)]);
        tokens.extend(names(&grade).iter().flat_map(|name| of_text(name)));
    }
    tokens.extend(facet.institution.iter().flat_map(|name| of_institution(name)));
    tokens.extend(of_text(&facet.issuer));
    tokens
}

fn stated(entry: &Entry, regions: &[String]) -> Vec<String> {
    let listing = entry.listing();
    let mut ids: Vec<String> = regions.iter().map(|region| format!("region:{region}")).collect();
    ids.extend(listing.languages.iter().map(|language| format!("language:{language}")));
    ids.extend(listing.modes.iter().map(|mode| format!("mode:{}", mode.name())));
    for name in listing.week.names() {
        let (day, part) = name.split_once('-').unwrap_or_default();
        ids.push(format!("time:{part}"));
        ids.extend(["sat", "sun"].contains(&day).then(|| "time:weekend".to_owned()));
    }
    ids.sort();
    ids.dedup();
    let names =
        ids.iter().filter_map(|id| LEXICON.concept(id)).filter(|concept| concept.id.starts_with("region:"));
    let names: Vec<String> = names.flat_map(|concept| concept.names).flat_map(of_text).collect();
    ids.iter().map(|id| concept_token(id)).chain(names).collect()
}

/// A region and what it is a part of.
fn with_parent(region: &str) -> Vec<String> {
    let parent = LEXICON.concept(&format!("region:{region}")).and_then(|concept| concept.parent);
    [region].into_iter().chain(parent).map(str::to_owned).collect()
}

fn terms(entry: &Entry, facets: &[&Facet], regions: &[String]) -> Vec<String> {
    let listing = entry.listing();
    let mut terms: Vec<String> = facets.iter().flat_map(|facet| fact_terms(facet)).collect();
    terms.extend(regions.iter().map(|region| term("region", region)));
    terms.extend(listing.languages.iter().map(|language| term("language", language)));
    terms.extend(listing.modes.iter().map(|mode| term("mode", mode.name())));
    terms.extend(listing.week.names().map(|slot| term("week", &slot)));
    terms.push(cell_term(listing.cell));
    terms.sort();
    terms.dedup();
    terms
}

/// A term that a filter asks for.
pub(super) fn term(of: &str, value: &str) -> String {
    format!("{of}{BETWEEN}{value}")
}

/// The term of a cell.
pub(super) fn cell_term(cell: u64) -> String {
    term("cell", &format!("{cell:x}"))
}

/// The term of a fact by its kind, grade, issuer and institution, as far as they are asked for.
pub(super) fn fact_term(parts: [Option<&str>; 4]) -> String {
    let parts = parts.map(Option::unwrap_or_default);
    term("fact", &parts.join(&BETWEEN.to_string()))
}

/// Every way to ask for a fact, so that kind and grade are always of the same one.
fn fact_terms(facet: &Facet) -> Vec<String> {
    let all = [
        Some(facet.kind.as_str()),
        facet.grade.as_deref(),
        Some(facet.issuer.as_str()),
        facet.institution.as_deref(),
    ];
    let some = |mask: u32| {
        let mut parts = all;
        for (at, part) in parts.iter_mut().enumerate() {
            *part = part.filter(|_| mask & (1 << at) != 0);
        }
        fact_term(parts)
    };
    let mut terms: Vec<String> = (1..16).map(some).collect();
    terms.sort();
    terms.dedup();
    terms
}
