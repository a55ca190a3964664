//! A query as the index understands it: filters that must hold, a gate that says who comes into question, and clauses, each worth what
//! [`WEIGHTS`] say.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, Query as Clause, RangeQuery,
    TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::document::{Fields, cell_term, fact_term, term};
use crate::query::Query;
use crate::ranking::WEIGHTS;
use crate::words::reading::{Piece, Reading, read, says_who};
use crate::words::{bigrams, concept_token, consonants_token, graded_token, name_token};

/// A query for the index.
pub(super) struct Asked {
    pub(super) clause: Box<dyn Clause>,
    /// The parts that score, by what they are.
    pub(super) parts: Vec<(String, Box<dyn Clause>)>,
}

/// Collects what is asked.
struct Builder<'f> {
    fields: &'f Fields,
    /// The kinds that are meant, by id.
    kinds: Vec<&'static str>,
    parts: Vec<(String, Box<dyn Clause>)>,
    /// Who comes into question where no kind is meant.
    content: Vec<Box<dyn Clause>>,
    /// Words that could be somebody's name.
    names: Vec<Box<dyn Clause>>,
}

/// The query for the index; `cells` are those that are near.
pub(super) fn ask(query: &Query, cells: Option<Vec<u64>>, fields: &Fields) -> Asked {
    let reading = read(&query.words);
    let mut builder =
        Builder { fields, kinds: kinds(&reading), parts: Vec::new(), content: Vec::new(), names: Vec::new() };
    for piece in &reading.pieces {
        builder.piece(piece);
    }
    for name in reading.names.iter().filter(|name| name.chars().nth(1).is_some()) {
        builder.name(name);
    }
    let filters = filters(query, cells, fields);
    let gate = builder.gate(query.names_facts());
    let must = filters.into_iter().chain(gate).map(|clause| (Occur::Must, constant(clause, 0.0)));
    let should = builder.parts.iter().map(|(_, part)| (Occur::Should, part.box_clone()));
    Asked { clause: Box::new(BooleanQuery::new(must.chain(should).collect())), parts: builder.parts }
}

/// The kinds that the words mean: of each part that can mean nothing else.
fn kinds(reading: &Reading) -> Vec<&'static str> {
    let kind = |meaning: &Vec<&'static str>| meaning.iter().copied().find(|id| id.starts_with("kind:"));
    let of = |piece: &Piece| match piece {
        Piece::Means { meanings, .. } => meanings.iter().map(kind).collect::<Option<Vec<_>>>(),
        _ => None,
    };
    reading.pieces.iter().filter_map(of).flatten().collect()
}

impl Builder<'_> {
    fn piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Means { meanings, typed } => {
                let share = if *typed { 1.0 } else { WEIGHTS.guessed };
                let ways = meanings.iter().map(|meaning| self.meaning(meaning)).collect();
                let part = boosted(Box::new(DisjunctionMaxQuery::new(ways)), share);
                let who = meanings.iter().filter(|meaning| says_who(meaning));
                self.content.extend(who.map(|meaning| self.meaning(meaning)).collect::<Vec<_>>());
                let ids: Vec<&str> = meanings.iter().flatten().copied().collect();
                self.parts.push((ids.join(" "), part));
            }
            Piece::Korean(word) => {
                let pairs = bigrams(word);
                let least = (pairs.len() * 3).div_ceil(5);
                let pairs = pairs.iter().map(|pair| (Occur::Should, self.anywhere(pair))).collect();
                self.word(word, Box::new(BooleanQuery::with_minimum_required_clauses(pairs, least)));
            }
            Piece::Latin(word) => self.word(word, self.anywhere(word)),
            Piece::Consonants(word) => {
                let token = self.term(self.fields.name, &consonants_token(word));
                self.word(word, constant(token, WEIGHTS.name));
            }
        }
    }

    fn word(&mut self, word: &str, part: Box<dyn Clause>) {
        self.content.push(part.box_clone());
        self.parts.push((word.to_owned(), part));
    }

    fn name(&mut self, name: &str) {
        let part = constant(self.term(self.fields.name, &name_token(name)), WEIGHTS.name);
        self.names.push(part.box_clone());
        self.parts.push((name.to_owned(), part));
    }

    /// All concepts of a meaning: the first must be there.
    fn meaning(&self, meaning: &[&'static str]) -> Box<dyn Clause> {
        let kind = meaning.iter().copied().find(|id| id.starts_with("kind:"));
        let clauses = meaning.iter().enumerate().map(|(at, id)| {
            let occur = if at == 0 { Occur::Must } else { Occur::Should };
            (occur, self.concept(id, kind))
        });
        Box::new(BooleanQuery::new(clauses.collect()))
    }

    fn concept(&self, id: &str, kind: Option<&str>) -> Box<dyn Clause> {
        let Fields { proved, stated, headline, text, .. } = *self.fields;
        let token = concept_token(id);
        let in_field = |field: Field, weight: f32| constant(self.term(field, &token), weight);
        match group(id) {
            "kind" => in_field(proved, WEIGHTS.kind),
            "institution" => in_field(proved, WEIGHTS.grade),
            "grade" => {
                let kinds: Vec<&str> = kind.map_or_else(|| self.kinds.clone(), |kind| vec![kind]);
                let tokens: Vec<String> = kinds.iter().map(|kind| graded_token(kind, id)).collect();
                let tokens = if tokens.is_empty() { vec![token] } else { tokens };
                let union = tokens.iter().map(|token| self.term(proved, token)).collect();
                constant(Box::new(BooleanQuery::union(union)), WEIGHTS.grade)
            }
            "does" => {
                let there = vec![self.term(headline, &token), self.term(text, &token)];
                Box::new(BooleanQuery::union(vec![
                    constant(Box::new(BooleanQuery::union(there)), WEIGHTS.does),
                    boosted(self.term(headline, &token), WEIGHTS.headline),
                    boosted(self.term(text, &token), WEIGHTS.text),
                ]))
            }
            "region" => in_field(stated, WEIGHTS.region),
            "language" => in_field(stated, WEIGHTS.language),
            _ => in_field(stated, WEIGHTS.hours),
        }
    }

    /// A word, wherever words are.
    fn anywhere(&self, token: &str) -> Box<dyn Clause> {
        let Fields { name, headline, text, proved, stated, .. } = *self.fields;
        let weights = [
            (name, WEIGHTS.headline),
            (headline, WEIGHTS.headline),
            (text, WEIGHTS.text),
            (proved, WEIGHTS.proved),
            (stated, WEIGHTS.text),
        ];
        let clauses = weights.map(|(field, weight)| boosted(self.term(field, token), weight));
        Box::new(BooleanQuery::union(clauses.into_iter().collect()))
    }

    /// Who comes into question: who has a kind that is meant; else who meets anything that says who or could be their name; else, where
    /// filters name facts, whoever has these.
    fn gate(&mut self, named: bool) -> Option<Box<dyn Clause>> {
        let kinds: Vec<_> =
            self.kinds.iter().map(|kind| self.term(self.fields.proved, &concept_token(kind))).collect();
        if !kinds.is_empty() {
            return Some(Box::new(BooleanQuery::union(kinds)));
        }
        let mut content = std::mem::take(&mut self.content);
        if content.is_empty() && named {
            return None;
        }
        content.append(&mut self.names);
        Some(Box::new(BooleanQuery::union(content)))
    }

    fn term(&self, field: Field, token: &str) -> Box<dyn Clause> {
        let term = Term::from_field_text(field, token);
        Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
    }
}

fn group(id: &str) -> &str {
    id.split_once(':').map_or("", |(group, _)| group)
}

fn constant(clause: Box<dyn Clause>, score: f32) -> Box<dyn Clause> {
    Box::new(ConstScoreQuery::new(clause, score))
}

fn boosted(clause: Box<dyn Clause>, share: f32) -> Box<dyn Clause> {
    Box::new(BoostQuery::new(clause, share))
}

fn filters(query: &Query, cells: Option<Vec<u64>>, fields: &Fields) -> Vec<Box<dyn Clause>> {
    let terms = |terms: Vec<String>| -> Box<dyn Clause> {
        let terms = terms.iter().map(|term| Term::from_field_text(fields.terms, term));
        Box::new(TermSetQuery::new(terms))
    };
    let Query { kind, grade, issuer, institution, region, language, week, mode, price_max, .. } = query;
    let fact = [kind, grade, issuer, institution].map(|part| part.as_deref());
    let mut filters: Vec<Box<dyn Clause>> = Vec::new();
    filters.extend(fact.iter().any(Option::is_some).then(|| terms(vec![fact_term(fact)])));
    filters.extend(region.as_ref().map(|region| terms(vec![term("region", region)])));
    filters.extend(language.as_ref().map(|language| terms(vec![term("language", language)])));
    filters.extend(mode.map(|mode| terms(vec![term("mode", mode.name())])));
    let slots: Vec<String> = week.names().map(|slot| term("week", &slot)).collect();
    filters.extend((!slots.is_empty()).then(|| terms(slots)));
    filters.extend(cells.map(|cells| terms(cells.into_iter().map(cell_term).collect())));
    filters.extend(price_max.map(|most| -> Box<dyn Clause> {
        let most = Term::from_field_u64(fields.price, u64::from(most));
        Box::new(RangeQuery::new(Bound::Unbounded, Bound::Included(most)))
    }));
    filters
}
