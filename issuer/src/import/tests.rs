//! Registers as they come from offices: good, broken, and in the encodings Korean programs write.

use serde_json::json;

use super::*;

fn schema() -> Value {
    json!({"properties": {
        "name": {"type": "string"}, "year": {"type": "integer"}, "active": {"type": "boolean"},
        "classes": {"type": "array", "items": {"type": "string"}},
        "institution": {"type": "object", "properties": {"name": {"type": "string"}}}
    }})
}

fn rows(register: Register<'_>, schema: &Value) -> Result<Vec<Row>, Vec<LineError>> {
    super::rows(register, schema, |_| Vec::new())
}

fn errors(text: &str) -> Vec<String> {
    rows(Register::Csv(text.as_bytes()), &schema()).err().unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn a_row_becomes_typed_claims() {
    let text = "\u{FEFF}reference,name,year,active,classes,institution.name\n2026-01,김지갑,3,true,a; b,한빛대학교\n";
    let rows = rows(Register::Csv(text.as_bytes()), &schema()).ok().unwrap();
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

/// Who forgot the header, or separates by semicolons, is told so, and nothing of the person in the first line.
#[test]
fn a_file_without_its_header_is_told_without_a_word_of_the_first_person() {
    for text in ["1,홍길동,3\n2,이하늘,4\n", "홍길동\n", "홍길동,홍길동\n", "\n홍길동,1\n", "1;홍길동,2\n"]
    {
        assert_eq!(errors(text), [format!("line 1: {NO_HEADER}")], "{text}");
    }
    for text in ["reference;name;year\n1;홍길동;3\n", "1;홍길동;3\n", "name\tyear\n홍길동\t3\n"] {
        assert_eq!(errors(text), [format!("line 1: {OTHER_SEPARATOR}")], "{text}");
    }
    // A value may be the name of a column by chance.
    assert_eq!(errors("name,홍길동\nx,y\n"), ["line 1, column 2: the credential type has no such claim"]);
}

#[test]
fn every_fault_of_every_row_is_told_at_once() {
    let text = "reference,name,year,active\n1,a,x,maybe\n2,b\n3,forbidden,1,true\n4,c,1,true\n4,d,2,true\n";
    let check = |row: &Row| {
        let wrong = row.claims["name"] == "forbidden";
        Vec::from_iter(wrong.then(|| fault(row.line, Some("name"), "breaks a rule of the type")))
    };
    let found = super::rows(Register::Csv(text.as_bytes()), &schema(), check).err().unwrap();
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "line 2, column year: must be a whole number",
            "line 2, column active: must be true or false",
            "line 3: the row has another number of cells than the header",
            "line 4, column name: breaks a rule of the type",
            "line 6, column reference: the same person stands in line 5 already",
        ]
    );
}

#[test]
fn unknown_and_doubled_columns_are_refused() {
    assert_eq!(errors("name,salary\nx,1\n"), ["line 1, column 2: the credential type has no such claim"]);
    assert_eq!(errors("name,name\nx,y\n"), ["line 1, column name: the column stands twice"]);
    assert_eq!(
        errors("name,institution\nx,y\n"),
        ["line 1, column 2: the credential type has no such claim"]
    );
}

#[test]
fn empty_foreign_and_huge_files_are_refused() {
    assert_eq!(errors("name\n"), ["line 1: there is no row below the header"]);
    let latin = rows(Register::Csv(b"name\n\xff\xfe\n"), &schema()).err().unwrap();
    assert_eq!((latin[0].line, latin[0].rule.as_str()), (2, NOT_UTF_8));
    assert!(rows(Register::Csv(&vec![b'a'; MAX_BYTES + 1]), &schema()).is_err());
    let many: String = (0..=MAX_ROWS).map(|n| format!("{n}\n")).collect();
    let many = format!("name\n{many}");
    assert_eq!(errors(&many), ["line 1: more than 2,000 rows: import them in parts"]);
}

/// 김지갑 as Korean Windows writes it.
const CP949_NAME: &[u8] = b"\xb1\xe8\xc1\xf6\xb0\xa9";

fn faults(bytes: &[u8]) -> Vec<String> {
    rows(Register::Csv(bytes), &schema()).err().unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn cp949_and_utf_16_are_told_to_be_saved_as_utf_8_at_the_line_where_they_begin() {
    let cp949 = [b"reference,name\r\n1,Kim\r\n2,".as_slice(), CP949_NAME, b"\r\n"].concat();
    assert_eq!(faults(&cp949), [format!("line 3: {NOT_UTF_8}")]);
    let header = [CP949_NAME, b"\nx\n"].concat();
    assert_eq!(faults(&header), [format!("line 1: {NOT_UTF_8}")]);
    let utf_16: Vec<u8> = "\u{FEFF}name\n김\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(faults(&utf_16), [format!("line 1: {NOT_UTF_8}")]);
}

#[test]
fn what_excel_writes_is_read() {
    let text = "\u{FEFF}reference,name,classes\r\n1,\"김, \"\"지갑\"\"\",a;b\r\n\r\n2,이하늘,\r\n";
    let read = rows(Register::Csv(text.as_bytes()), &schema()).ok().unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].claims["name"], "김, \"지갑\"");
    assert_eq!((read[1].claims["name"].as_str(), read[1].claims.get("classes")), (Some("이하늘"), None));
}

#[test]
fn line_breaks_in_quotes_are_refused_and_the_lines_after_them_counted_right() {
    let found = errors("reference,name,year\n1,\"김\n지갑\",1\n2,이,x\n");
    let rule = "has a line break or control character; is a quotation mark left open?";
    assert_eq!(
        found,
        [format!("line 2, column name: {rule}"), "line 4, column year: must be a whole number".to_owned()]
    );
    let open = errors("name\n\"김\n이\n박\n");
    assert_eq!(open, [format!("line 2, column name: {rule}")], "an open quotation mark swallows nobody");
    assert_eq!(errors("name\n김\u{7}\n"), [format!("line 2, column name: {rule}")]);
}

#[test]
fn hangul_in_single_letters_is_refused() {
    let found = errors("name\n\u{1100}\u{1175}\u{11B7}\n");
    assert_eq!(
        found,
        ["line 2, column name: has Hangul in single letters (NFD): save it with whole syllables (NFC)"]
    );
}

#[test]
fn a_reference_is_bounded() {
    let csv = |length: usize| format!("reference,name\n{},김\n", "x".repeat(length));
    assert!(rows(Register::Csv(csv(MAX_REFERENCE).as_bytes()), &schema()).is_ok());
    let long = format!("line 2, column reference: {LONG_REFERENCE}");
    assert_eq!(errors(&csv(MAX_REFERENCE + 1)), [long]);
    let json = |length: usize| {
        let text = json!([{"claims": {"name": "김"}, "reference": "x".repeat(length)}]).to_string();
        rows(Register::Json(text.as_bytes()), &schema()).map(|rows| rows.len())
    };
    let long = fault(1, Some(REFERENCE), LONG_REFERENCE);
    assert_eq!((json(MAX_REFERENCE), json(MAX_REFERENCE + 1)), (Ok(1), Err(vec![long])));
}

#[test]
fn a_person_twice_is_refused() {
    let found = errors("reference,name\n1,김\n2,이\n1,김하늘\n");
    assert_eq!(found, ["line 4, column reference: the same person stands in line 2 already"]);
    assert_eq!(errors("name\n김\n이\n김\n"), ["line 4: the same person stands in line 2 already"]);
    let two = rows(Register::Csv("reference,name\n1,김\n2,김\n".as_bytes()), &schema());
    assert_eq!(two.ok().unwrap().len(), 2, "two people may have one name");
}

#[test]
fn a_register_in_json_is_read_and_its_faults_are_told_by_position() {
    let read = |text: &str| rows(Register::Json(text.as_bytes()), &schema());
    let rows =
        read(r#"[{"claims": {"name": "김"}, "reference": "1"}, {"claims": {"name": "이"}}]"#).ok().unwrap();
    assert_eq!((rows.len(), rows[0].reference.as_deref(), rows[1].line), (2, Some("1"), 2));
    let faults = |text: &str| {
        let found: Vec<String> = read(text).err().unwrap().iter().map(ToString::to_string).collect();
        found
    };
    let shape = "must be an object of claims and, at most, reference";
    for person in [r#"{"claims": 1}"#, r#"{"claims": {}, "reference": 1}"#, r#"{"claims": {}, "x": 1}"#, "1"]
    {
        let text = format!(r#"[{{"claims": {{}}}}, {person}]"#);
        assert_eq!(faults(&text), [format!("line 2: {shape}")], "{person}");
    }
    assert_eq!(faults("[]"), ["line 1: there is nobody in the array"]);
    assert_eq!(faults("{}"), ["line 1: must be an array"]);
    assert_eq!(faults(r#"[{"claims": {"a": 1, "a": 2}}]"#), ["line 1: the text is not strict JSON"]);
    let twice = r#"[{"claims": {}, "reference": "1"}, {"claims": {"name": "x"}, "reference": "1"}]"#;
    assert_eq!(faults(twice), ["line 2, column reference: the same person stands in line 1 already"]);
}
