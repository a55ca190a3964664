//! A registrar's register becomes claims: one row a person, one column a claim; or JSON, one object a person.
//!
//! The header of a CSV names claims by dotted paths (`institution.name`); the column `reference` is the registrar's own key
//! for the person. UTF-8 (with or without a byte order mark), comma, LF or CRLF, quotes as RFC 4180 has them. Refused: other
//! encodings, control characters and line breaks in a cell, Hangul in single letters (as macOS decomposes it: it would
//! never equal what a verifier asks for), a person twice. Errors name line and column, never a value: a column that is unknown by
//! its number, for where the header is missing its name is somebody's. All of them are told, and it is all or nothing: the caller
//! imports only when no line has an error.

use std::collections::HashMap;

use jigap_keys::json::{self, Limits};
use serde_json::{Map, Value};

/// Most rows of one import: they are stored in one transaction.
pub const MAX_ROWS: usize = 2_000;
/// Most bytes of one import.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Most bytes of a registrar's key for a person.
pub const MAX_REFERENCE: usize = 256;
/// The column that is not a claim.
const REFERENCE: &str = "reference";
/// What separates the elements of an array.
const SEPARATOR: char = ';';
const TOO_MANY: &str = "more than 2,000 rows: import them in parts";
const NOT_UTF_8: &str =
    "the text is not UTF-8 (perhaps CP949 or UTF-16): save the file as UTF-8, in Excel as \"CSV UTF-8\"";

const LONG_REFERENCE: &str = "is longer than 256 bytes";
const NO_HEADER: &str =
    "no column has the name of a claim; is the line with the names of the columns missing?";
const OTHER_SEPARATOR: &str =
    "the columns must be separated by commas, and named by claims in the first line";

/// One person.
pub struct Row {
    /// Line in the file, the header being line 1; in JSON the position in the array, from 1.
    pub line: u64,
    /// The claims.
    pub claims: Map<String, Value>,
    /// The registrar's key for the person.
    pub reference: Option<String>,
}

/// A register as it was sent.
#[derive(Clone, Copy)]
pub enum Register<'a> {
    /// CSV (RFC 4180), a header and a row for each person.
    Csv(&'a [u8]),
    /// `[{"claims": {…}, "reference": "…"}, …]`; `reference` may be left out.
    Json(&'a [u8]),
}

/// What is wrong with a line. Names no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {rule}", column.as_ref().map(|column| format!(", column {column}")).unwrap_or_default())]
pub struct LineError {
    /// Line in the file, the header being line 1.
    pub line: u64,
    /// The column's name, where the fault lies in one; of one that is unknown, its number from 1.
    pub column: Option<String>,
    /// What the rule is.
    pub rule: String,
}

/// Reads the rows of a register; columns of a CSV are typed by the JSON Schema of the credential type. `check` says what is wrong
/// with a row that could be read.
pub fn rows(
    register: Register<'_>,
    schema: &Value,
    check: impl Fn(&Row) -> Vec<LineError>,
) -> Result<Vec<Row>, Vec<LineError>> {
    let (Register::Csv(bytes) | Register::Json(bytes)) = register;
    if bytes.len() > MAX_BYTES {
        return Err(vec![fault(1, None, "the file is larger than 2 MiB: import it in parts")]);
    }
    let (rows, mut errors) = match register {
        Register::Csv(bytes) => csv_rows(bytes, schema)?,
        Register::Json(bytes) => json_rows(bytes)?,
    };
    errors.extend(rows.iter().flat_map(check));
    errors.extend(repeated(&rows));
    errors.sort_by_key(|error| error.line);
    if errors.is_empty() { Ok(rows) } else { Err(errors) }
}

/// The rows that can be read, and what is wrong with the others; an error where that is the whole.
type Read = Result<(Vec<Row>, Vec<LineError>), Vec<LineError>>;

fn csv_rows(bytes: &[u8], schema: &Value) -> Read {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Err(error) = std::str::from_utf8(bytes) {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().fold(1, |line, byte| line + u64::from(*byte == b'\n'));
        return Err(vec![fault(line, None, NOT_UTF_8)]);
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let columns = columns(&mut reader, schema)?;
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for (number, record) in reader.records().enumerate() {
        if number == MAX_ROWS {
            return Err(vec![fault(1, None, TOO_MANY)]);
        }
        match record.map_err(|error| vec![unreadable(&error)]).and_then(|record| row(&record, &columns)) {
            Ok(row) => rows.push(row),
            Err(faults) => errors.extend(faults),
        }
    }
    if errors.is_empty() && rows.is_empty() {
        errors.push(fault(1, None, "there is no row below the header"));
    }
    Ok((rows, errors))
}

fn json_rows(bytes: &[u8]) -> Read {
    let limits = Limits { bytes: MAX_BYTES, depth: 16 };
    let parsed =
        json::parse(bytes, limits).map_err(|_| vec![fault(1, None, "the text is not strict JSON")])?;
    let Value::Array(people) = parsed else { return Err(vec![fault(1, None, "must be an array")]) };
    if people.is_empty() {
        return Err(vec![fault(1, None, "there is nobody in the array")]);
    }
    if people.len() > MAX_ROWS {
        return Err(vec![fault(1, None, TOO_MANY)]);
    }
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for (line, person) in (1..).zip(people) {
        match person_row(line, person) {
            Some(row) if row.reference.as_ref().is_some_and(|reference| reference.len() > MAX_REFERENCE) => {
                errors.push(fault(line, Some(REFERENCE), LONG_REFERENCE));
            }
            Some(row) => rows.push(row),
            None => errors.push(fault(line, None, "must be an object of claims and, at most, reference")),
        }
    }
    Ok((rows, errors))
}

fn person_row(line: u64, person: Value) -> Option<Row> {
    let Value::Object(mut members) = person else { return None };
    let Some(Value::Object(claims)) = members.remove("claims") else { return None };
    let reference = match members.remove(REFERENCE) {
        None => None,
        Some(Value::String(reference)) if !reference.is_empty() => Some(reference),
        Some(_) => return None,
    };
    members.is_empty().then_some(Row { line, claims, reference })
}

/// Lines that repeat a person: the same reference, or without one the same claims.
fn repeated(rows: &[Row]) -> Vec<LineError> {
    let mut seen = HashMap::new();
    let mut errors = Vec::new();
    for row in rows {
        let (who, column) = match &row.reference {
            Some(reference) => (format!("r{reference}"), Some(REFERENCE)),
            None => (format!("c{}", Value::Object(row.claims.clone())), None),
        };
        if let Some(first) = seen.insert(who, row.line) {
            errors.push(fault(row.line, column, &format!("the same person stands in line {first} already")));
        }
    }
    errors
}

/// A column: the claim's path and what its values are.
struct Column {
    name: String,
    path: Vec<String>,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Reference,
    Text,
    Integer,
    Boolean,
    TextArray,
}

fn columns(reader: &mut csv::Reader<&[u8]>, schema: &Value) -> Result<Vec<Column>, Vec<LineError>> {
    let header = reader.headers().map_err(|error| vec![unreadable(&error)])?;
    let (mut columns, mut errors) = (Vec::<Column>::new(), Vec::new());
    for (number, name) in (1..).zip(header) {
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        let kind = if name == REFERENCE { Some(Kind::Reference) } else { kind(&path, schema) };
        match kind {
            _ if columns.iter().any(|column| column.name == name) => {
                errors.push(fault(1, Some(name), "the column stands twice"));
            }
            Some(kind) => columns.push(Column { name: name.to_owned(), path, kind }),
            None => errors.push(fault(1, Some(&number.to_string()), "the credential type has no such claim")),
        }
    }
    if errors.is_empty() {
        return Ok(columns);
    }
    if columns.is_empty() {
        // No column at all is known: then it is not the names that are wrong.
        let other = header.len() == 1 && header.iter().any(|name| name.contains([';', '\t']));
        errors = vec![fault(1, None, if other { OTHER_SEPARATOR } else { NO_HEADER })];
    }
    Err(errors)
}

/// What the schema says a claim is, if it can stand in a cell.
fn kind(path: &[String], schema: &Value) -> Option<Kind> {
    let claim = path.iter().try_fold(schema, |object, key| object.get("properties")?.get(key))?;
    match claim.get("type")?.as_str()? {
        "string" => Some(Kind::Text),
        "integer" => Some(Kind::Integer),
        "boolean" => Some(Kind::Boolean),
        "array" if claim.pointer("/items/type")?.as_str()? == "string" => Some(Kind::TextArray),
        _ => None,
    }
}

fn row(record: &csv::StringRecord, columns: &[Column]) -> Result<Row, Vec<LineError>> {
    let line = record.position().map_or(0, csv::Position::line);
    let mut row = Row { line, claims: Map::new(), reference: None };
    let cells = columns.iter().zip(record).filter(|(_, cell)| !cell.is_empty());
    let faults = cells.filter_map(|(column, cell)| {
        let rule = row.take(column, cell).err()?;
        Some(fault(line, Some(&column.name), rule))
    });
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() { Ok(row) } else { Err(faults) }
}

impl Row {
    /// Takes a cell that is not empty; else the rule that it breaks.
    fn take(&mut self, column: &Column, cell: &str) -> Result<(), &'static str> {
        if let Some(rule) = unwritable(cell) {
            return Err(rule);
        }
        if matches!(column.kind, Kind::Reference) {
            if cell.len() > MAX_REFERENCE {
                return Err(LONG_REFERENCE);
            }
            self.reference = Some(cell.to_owned());
            return Ok(());
        }
        let value = value(cell, column.kind).ok_or(expected(column.kind))?;
        put(&mut self.claims, &column.path, value).ok_or("the claim is an object and a value at once")
    }
}

/// Why a cell's text cannot stand in a credential.
fn unwritable(cell: &str) -> Option<&'static str> {
    if cell.contains(char::is_control) {
        return Some("has a line break or control character; is a quotation mark left open?");
    }
    let single_letter =
        |c: char| matches!(c, '\u{1100}'..='\u{11FF}' | '\u{A960}'..='\u{A97F}' | '\u{D7B0}'..='\u{D7FF}');
    cell.contains(single_letter)
        .then_some("has Hangul in single letters (NFD): save it with whole syllables (NFC)")
}

fn value(cell: &str, kind: Kind) -> Option<Value> {
    match kind {
        Kind::Text | Kind::Reference => Some(Value::from(cell)),
        Kind::Integer => cell.parse::<i64>().ok().map(Value::from),
        Kind::Boolean => cell.parse::<bool>().ok().map(Value::from),
        Kind::TextArray => Some(cell.split(SEPARATOR).map(|element| Value::from(element.trim())).collect()),
    }
}

fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "must be a whole number",
        Kind::Boolean => "must be true or false",
        Kind::Text | Kind::Reference | Kind::TextArray => "must be text",
    }
}

fn put(claims: &mut Map<String, Value>, path: &[String], value: Value) -> Option<()> {
    let (key, rest) = path.split_first()?;
    if rest.is_empty() {
        claims.insert(key.clone(), value);
        return Some(());
    }
    let inner = claims.entry(key.clone()).or_insert_with(|| Value::Object(Map::new()));
    put(inner.as_object_mut()?, rest, value)
}

fn unreadable(error: &csv::Error) -> LineError {
    let line = error.position().map_or(1, csv::Position::line);
    let rule = match error.kind() {
        csv::ErrorKind::UnequalLengths { .. } => "the row has another number of cells than the header",
        csv::ErrorKind::Utf8 { .. } => NOT_UTF_8,
        _ => "the row cannot be read as CSV",
    };
    fault(line, None, rule)
}

fn fault(line: u64, column: Option<&str>, rule: &str) -> LineError {
    LineError { line, column: column.map(str::to_owned), rule: rule.to_owned() }
}

#[cfg(test)]
mod tests;
