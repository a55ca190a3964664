//! A registrar's CSV becomes claims: one row a person, one column a claim.
//!
//! The header names claims by dotted paths (`institution.name`); the column `reference` is the registrar's own key for
//! the person. UTF-8 (with or without a byte order mark). Errors name line and column, never a value. All or nothing:
//! the caller imports only when no line has an error.

use serde_json::{Map, Value};

/// Most rows of one import: they are stored in one transaction.
pub const MAX_ROWS: usize = 2_000;
/// Most bytes of one import.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// The column that is not a claim.
const REFERENCE: &str = "reference";
/// What separates the elements of an array.
const SEPARATOR: char = ';';

/// One person.
pub struct Row {
    /// Line in the file, the header being line 1.
    pub line: u64,
    /// The claims.
    pub claims: Map<String, Value>,
    /// The registrar's key for the person.
    pub reference: Option<String>,
}

/// What is wrong with a line. Names no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {rule}", column.as_ref().map(|column| format!(", column {column}")).unwrap_or_default())]
pub struct LineError {
    /// Line in the file, the header being line 1.
    pub line: u64,
    /// The column's name, where the fault lies in one.
    pub column: Option<String>,
    /// What the rule is.
    pub rule: String,
}

/// Reads the rows of `bytes`; columns are typed by the JSON Schema of the credential type.
pub fn rows(bytes: &[u8], schema: &Value) -> Result<Vec<Row>, Vec<LineError>> {
    if bytes.len() > MAX_BYTES {
        return Err(vec![fault(1, None, "the file is larger than 2 MiB: import it in parts")]);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let columns = columns(&mut reader, schema)?;
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for record in reader.records() {
        match record.map_err(|error| unreadable(&error)).and_then(|record| row(&record, &columns)) {
            Ok(row) => rows.push(row),
            Err(error) => errors.push(error),
        }
        if rows.len() + errors.len() > MAX_ROWS {
            errors.push(fault(1, None, "more than 2,000 rows: import them in parts"));
            break;
        }
    }
    if errors.is_empty() && rows.is_empty() {
        errors.push(fault(1, None, "there is no row below the header"));
    }
    if errors.is_empty() { Ok(rows) } else { Err(errors) }
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
    for name in header {
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        let kind = if name == REFERENCE { Some(Kind::Reference) } else { kind(&path, schema) };
        match kind {
            _ if columns.iter().any(|column| column.name == name) => {
                errors.push(fault(1, Some(name), "the column stands twice"));
            }
            Some(kind) => columns.push(Column { name: name.to_owned(), path, kind }),
            None => errors.push(fault(1, Some(name), "the credential type has no such claim")),
        }
    }
    if errors.is_empty() { Ok(columns) } else { Err(errors) }
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

fn row(record: &csv::StringRecord, columns: &[Column]) -> Result<Row, LineError> {
    let line = record.position().map_or(0, csv::Position::line);
    let mut row = Row { line, claims: Map::new(), reference: None };
    for (column, cell) in columns.iter().zip(record) {
        if cell.is_empty() {
            continue;
        }
        if matches!(column.kind, Kind::Reference) {
            row.reference = Some(cell.to_owned());
            continue;
        }
        let value =
            value(cell, column.kind).ok_or_else(|| fault(line, Some(&column.name), expected(column.kind)))?;
        put(&mut row.claims, &column.path, value)
            .ok_or_else(|| fault(line, Some(&column.name), "the claim is an object and a value at once"))?;
    }
    Ok(row)
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
        csv::ErrorKind::Utf8 { .. } => "the text is not UTF-8: save the file as UTF-8",
        _ => "the row cannot be read as CSV",
    };
    fault(line, None, rule)
}

fn fault(line: u64, column: Option<&str>, rule: &str) -> LineError {
    LineError { line, column: column.map(str::to_owned), rule: rule.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({"properties": {
            "name": {"type": "string"}, "year": {"type": "integer"}, "active": {"type": "boolean"},
            "classes": {"type": "array", "items": {"type": "string"}},
            "institution": {"type": "object", "properties": {"name": {"type": "string"}}}
        }})
    }

    fn errors(text: &str) -> Vec<String> {
        rows(text.as_bytes(), &schema()).err().unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_row_becomes_typed_claims() {
        let text = "\u{FEFF}reference,name,year,active,classes,institution.name\n2026-01,김지갑,3,true,a; b,한빛대학교\n";
        let rows = rows(text.as_bytes(), &schema()).ok().unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].reference.as_deref(), Some("2026-01"));
        assert_eq!(
            Value::Object(rows[0].claims.clone()),
            json!({"name": "김지갑", "year": 3, "active": true, "classes": ["a", "b"], "institution": {"name": "한빛대학교"}})
        );
    }

    #[test]
    fn every_bad_line_is_named_without_its_value() {
        let found = errors("name,year\n김,x\n이\n박,4\n최,1.5\n");
        assert_eq!(
            found,
            [
                "line 2, column year: must be a whole number",
                "line 3: the row has another number of cells than the header",
                "line 5, column year: must be a whole number",
            ]
        );
    }

    #[test]
    fn unknown_and_doubled_columns_are_refused() {
        assert_eq!(
            errors("name,salary\nx,1\n"),
            ["line 1, column salary: the credential type has no such claim"]
        );
        assert_eq!(errors("name,name\nx,y\n"), ["line 1, column name: the column stands twice"]);
        assert_eq!(
            errors("institution\nx\n"),
            ["line 1, column institution: the credential type has no such claim"]
        );
    }

    #[test]
    fn empty_foreign_and_huge_files_are_refused() {
        assert_eq!(errors("name\n"), ["line 1: there is no row below the header"]);
        let latin = rows(b"name\n\xff\xfe\n", &schema()).err().unwrap();
        assert_eq!(latin[0].rule, "the text is not UTF-8: save the file as UTF-8");
        assert!(rows(&vec![b'a'; MAX_BYTES + 1], &schema()).is_err());
        let many = format!("name\n{}", "x\n".repeat(MAX_ROWS + 1));
        assert_eq!(errors(&many), ["line 1: more than 2,000 rows: import them in parts"]);
    }
}
