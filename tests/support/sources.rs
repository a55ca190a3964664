//! Reads the workspace's own files, and tells the code of a Rust file from its comments and literals.
//!
//! It splits text into pieces as the Rust Reference lexes comments and literals; it does not parse. Blanked text keeps
//! its length, so that a position in one view is the same position in another.

use std::path::{Path, PathBuf};

/// A Rust file, seen whole and in parts.
#[derive(Debug, Clone)]
pub struct Source {
    /// Relative to the root of the workspace, with `/`.
    pub path: String,
    /// The file.
    pub text: String,
    /// The file with comments and the inside of literals blanked.
    pub code: String,
    /// The file with everything but comments blanked.
    pub comments: String,
    /// Whether the whole file is only compiled for tests.
    pub only_tests: bool,
}

impl Source {
    /// Splits `text`.
    pub fn new(path: &str, text: &str) -> Self {
        let mut code = String::with_capacity(text.len());
        let mut comments = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let (length, kind) = first_piece(rest);
            let (piece, after) = rest.split_at(length);
            code.push_str(&if kind == Kind::Code { piece.to_owned() } else { blank(piece) });
            comments.push_str(&if kind == Kind::Comment { piece.to_owned() } else { blank(piece) });
            rest = after;
        }
        let only_tests =
            path.split('/').any(|part| ["tests", "tests.rs", "testing", "testing.rs"].contains(&part));
        Self { path: path.to_owned(), text: text.to_owned(), code, comments, only_tests }
    }

    /// The code that is shipped: without test modules; blank for a file of tests.
    pub fn shipped(&self) -> String {
        if self.only_tests {
            return blank(&self.code);
        }
        match self.test_modules().find(|(_, head, ends_with)| head.is_some() && *ends_with == '{') {
            Some((at, ..)) => {
                let (shipped, tests) = self.code.split_at(at);
                shipped.to_owned() + &blank(tests)
            }
            None => self.code.clone(),
        }
    }

    /// The files its test modules may be in, without `.rs`: `a/tests` for `#[cfg(test)] mod tests;` in `a/mod.rs`.
    fn test_files(&self) -> Vec<String> {
        let folder = self.path.trim_end_matches(".rs");
        let folder =
            ["/mod", "/lib", "/main"].iter().find_map(|root| folder.strip_suffix(root)).unwrap_or(folder);
        let declared = self.test_modules().filter(|(_, _, ends_with)| *ends_with == ';');
        declared.filter_map(|(_, name, _)| Some(format!("{folder}/{}", name?))).collect()
    }

    /// Each item under `#[cfg(test)]`: its position, its name if it is a module, and the `{` or `;` that ends its head.
    fn test_modules(&self) -> impl Iterator<Item = (usize, Option<&str>, char)> {
        self.code.match_indices("#[cfg(test)]").filter_map(|(at, mark)| {
            let item = self.code.get(at + mark.len()..)?;
            let (head, rest) = item.split_at(item.find(['{', ';'])?);
            let name = head.split_whitespace().skip_while(|word| *word != "mod").nth(1);
            Some((at, name, rest.chars().next()?))
        })
    }

    /// The line number, from 1, of a byte position.
    pub fn line(&self, position: usize) -> usize {
        1 + self.text.get(..position).unwrap_or(&self.text).matches('\n').count()
    }

    /// The names of its test functions.
    pub fn tests(&self) -> Vec<&str> {
        let after_mark =
            self.code.match_indices("test]").filter_map(|(at, mark)| self.code.get(at + mark.len()..));
        after_mark.filter_map(|rest| first_function(rest.trim_start())).collect()
    }

    /// What its shipped functions of this name do: each body, without comments and the inside of literals.
    pub fn bodies(&self, function: &str) -> Vec<String> {
        let shipped = self.shipped();
        let heads = shipped.match_indices("fn ").filter_map(|(at, _)| shipped.get(at..));
        let named = heads.filter(|head| name_after(head) == Some(function));
        named.filter_map(|head| body(head).map(str::to_owned)).collect()
    }

    /// Whether the function `name`, or one of this file that it calls, says one of `words`: as a name, or as a whole string.
    pub fn says(&self, name: &str, words: &[&str]) -> bool {
        let bodies = self.whole_bodies(name);
        let called = bodies.iter().flat_map(|body| calls(body)).filter(|called| *called != name);
        let of_called = called.flat_map(|called| self.whole_bodies(called)).collect::<Vec<_>>();
        bodies.iter().chain(&of_called).any(|body| words.iter().any(|word| mentions(body, word)))
    }

    /// The bodies of all functions of this name, tests too, with their literals and without comments.
    fn whole_bodies(&self, name: &str) -> Vec<String> {
        let heads = self.code.match_indices("fn ").filter_map(|(at, _)| Some((at, self.code.get(at..)?)));
        let named = heads.filter(|(_, head)| name_after(head) == Some(name));
        let place = |(at, head): (usize, &str)| {
            let body = body(head)?;
            let end = at + head.find(body)? + body.len();
            let bytes = self.text.get(at..end)?.bytes().zip(self.comments.get(at..end)?.bytes());
            let uncommented =
                bytes.map(|(byte, comment)| if comment.is_ascii_whitespace() { byte } else { b' ' });
            Some(String::from_utf8_lossy(&uncommented.collect::<Vec<_>>()).into_owned())
        };
        named.filter_map(place).collect()
    }

    /// What stands in its strings, escapes as they are written.
    pub fn strings(&self) -> Vec<&str> {
        let (code, comments) = (self.code.as_bytes(), self.comments.as_bytes());
        let blank =
            |at: usize| [code, comments].iter().all(|view| view.get(at).is_none_or(u8::is_ascii_whitespace));
        let mut found = Vec::new();
        let mut from = 0;
        for at in 0..=self.text.len() {
            if at < self.text.len() && blank(at) {
                continue;
            }
            // Between two pieces of code or comment there is one literal at most.
            let piece = self.text.get(from..at).unwrap_or_default();
            if let (Some(first), Some(last)) = (piece.find('"'), piece.rfind('"')) {
                found.extend(piece.get(first + 1..last));
            }
            from = at + 1;
        }
        found
    }

    /// Where it stands in its crate: `jose::jws` for `wallet-core/src/jose/jws.rs`.
    pub fn module(&self) -> String {
        let inside = self.path.split_once("src/").map_or(self.path.as_str(), |(_, inside)| inside);
        let module = inside.trim_end_matches(".rs");
        let module = module.strip_suffix("/mod").unwrap_or(module);
        module.replace('/', "::")
    }
}

/// All files of the workspace at `root` whose name ends in `.{extension}`: path relative to `root`, and text. What is
/// built, hidden or installed (`target`, `.git`, `node_modules`) is left out.
///
/// # Panics
/// When a file or folder cannot be read.
pub fn files(root: &Path, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') && name != "target" && name != "node_modules" {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == extension) {
                found.push((relative(root, &path), read(&path)));
            }
        }
    }
    found.sort();
    found
}

/// All files below `root`, whatever they are: their paths relative to it, in order.
///
/// # Panics
/// When a folder cannot be read.
pub fn paths(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(relative(root, &path));
            }
        }
    }
    found.sort();
    found
}

/// The Rust files of the workspace at `root`.
///
/// # Panics
/// As [`files`].
pub fn sources(root: &Path) -> Vec<Source> {
    let mut sources: Vec<_> = files(root, "rs").iter().map(|(path, text)| Source::new(path, text)).collect();
    let test_files: Vec<String> = sources.iter().flat_map(Source::test_files).collect();
    for source in &mut sources {
        let module = source.path.trim_end_matches(".rs").trim_end_matches("/mod");
        source.only_tests |= test_files.iter().any(|file| {
            module.strip_prefix(file.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
    }
    sources
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    #[expect(clippy::panic, reason = "a house that cannot be read must not pass for clean")]
    let listing = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    listing.filter_map(Result::ok).map(|entry| entry.path()).collect()
}

fn read(path: &Path) -> String {
    #[expect(clippy::disallowed_methods, reason = "the house rules read the house")]
    let text = std::fs::read_to_string(path);
    #[expect(clippy::panic, reason = "a house that cannot be read must not pass for clean")]
    text.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// Length and kind of the piece `rest` begins with.
fn first_piece(rest: &str) -> (usize, Kind) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), Kind::Comment);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), Kind::Comment);
    }
    let word = rest.len() - rest.trim_start_matches(is_word).len();
    let (prefix, tail) = rest.split_at(word);
    if ["r", "br", "cr"].contains(&prefix)
        && let Some(length) = raw_string(tail)
    {
        return (word + length, Kind::Literal);
    }
    if word > 0 {
        return (word, Kind::Code);
    }
    if rest.starts_with('"') {
        return (quoted(rest, '"'), Kind::Literal);
    }
    if rest.starts_with('\'') && is_char_literal(rest) {
        return (quoted(rest, '\''), Kind::Literal);
    }
    (rest.chars().next().map_or(1, char::len_utf8), Kind::Code)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A block comment ends where its nesting does.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(tail) = rest.get(at..).filter(|tail| !tail.is_empty()) {
        let step = if tail.starts_with("/*") {
            depth += 1;
            2
        } else if tail.starts_with("*/") {
            depth -= 1;
            2
        } else {
            tail.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of `#"…"#` with as many `#` on both sides, `None` if it is no raw string.
fn raw_string(tail: &str) -> Option<usize> {
    let hashes = tail.len() - tail.trim_start_matches('#').len();
    let body = tail.get(hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(body.find(&end).map_or(tail.len(), |at| hashes + 1 + at + end.len()))
}

/// The length of a literal between two `quote`, where a backslash hides the next character.
fn quoted(rest: &str, quote: char) -> usize {
    let mut hidden = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if hidden => hidden = false,
            '\\' => hidden = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// `'a'` and `'\n'` are literals, `'a` is a lifetime.
fn is_char_literal(rest: &str) -> bool {
    let mut chars = rest.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

/// The string literals that `text` begins with, separated by commas: what they say.
pub fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while rest.starts_with('"') {
        let (literal, after) = rest.split_at(quoted(rest, '"'));
        let inside = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        found.push(unescaped(inside.unwrap_or_default()));
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    found
}

/// What the inside of a string literal says: a backslash before a line break hides it and the blanks behind it.
fn unescaped(literal: &str) -> String {
    let mut said = String::with_capacity(literal.len());
    let mut characters = literal.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some('\n')) => while characters.next_if(|next| next.is_whitespace()).is_some() {},
            ('\\', Some(_)) => said.extend(characters.next()),
            _ => said.push(character),
        }
    }
    said
}

fn blank(piece: &str) -> String {
    piece.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// The names before a parenthesis.
fn calls(body: &str) -> impl Iterator<Item = &str> {
    body.match_indices('(').filter_map(|(at, _)| {
        let before = body.get(..at)?;
        before.rsplit(|c| !is_word(c)).next().filter(|name| !name.is_empty())
    })
}

/// Whether `body` has `word` as a name of its own or between quotes.
fn mentions(body: &str, word: &str) -> bool {
    body.match_indices(word).any(|(at, _)| {
        let (before, after) =
            (body.get(..at).unwrap_or_default(), body.get(at + word.len()..).unwrap_or_default());
        !before.ends_with(is_word) && !after.starts_with(is_word)
    })
}

fn first_function(rest: &str) -> Option<&str> {
    name_after(rest.get(rest.find("fn ")?..)?)
}

/// The braces of the function that `head` begins with, and what is between them; `None` where it only declares one.
fn body(head: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut start = None;
    for (at, c) in head.char_indices() {
        match c {
            '(' | '[' | '{' => {
                start = start.or((c == '{' && depth == 0).then_some(at));
                depth += 1;
            }
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            ';' if depth == 0 => return None,
            _ => {}
        }
        if let Some(start) = start.filter(|_| depth == 0) {
            return head.get(start..=at);
        }
    }
    None
}

fn name_after(function: &str) -> Option<&str> {
    let name = function.strip_prefix("fn ")?;
    let length = name.len() - name.trim_start_matches(is_word).len();
    name.get(..length).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_told_from_code() {
        let text = "let a = \"x // y\"; // note 한\nr#\"z \" /* \"#; /* o /* i */ o */ let c: &'a str = '\\'' ; r#type; b\"q\"";
        let source = Source::new("a.rs", text);
        assert_eq!(
            source.code.split_whitespace().collect::<Vec<_>>().join(" "),
            "let a = ; ; let c: &'a str = ; r#type; b"
        );
        assert_eq!(
            source.comments.split_whitespace().collect::<Vec<_>>().join(" "),
            "// note 한 /* o /* i */ o */"
        );
        assert_eq!((source.code.len(), source.comments.len()), (text.len(), text.len()));
    }

    #[test]
    fn strings_are_found_without_their_quotes() {
        let source =
            Source::new("a.rs", "// \"no\"\nf(\"a b\", b\"c\", r#\"d\"#, 'e', \"\"); /* \"no\" */ g(\"h\")");
        assert_eq!(source.strings(), ["a b", "c", "d", "", "h"]);
    }

    #[test]
    fn literals_say_what_stands_between_their_quotes() {
        let said = ["a", "b \"c\"", "d e\\", ""];
        assert_eq!(literals(" \"a\",\n\"b \\\"c\\\"\" , \"d \\\n   e\\\\\",\"\", f, \"g\""), said);
        assert!(literals("a, \"b\"").is_empty());
    }

    #[test]
    fn a_quote_as_a_character_opens_no_string() {
        assert_eq!(Source::new("a.rs", "f('\"'); g").code, "f(   ); g");
    }

    #[test]
    fn shipped_code_ends_where_the_test_module_begins() {
        let source = Source::new(
            "a.rs",
            "#[cfg(test)]\nmod testing;\nfn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }",
        );
        assert!(source.shipped().contains("fn a"));
        assert!(!source.shipped().contains("fn b"));
        assert_eq!(source.shipped().len(), source.text.len());
        assert!(Source::new("a/tests.rs", "fn a() {}").shipped().trim().is_empty());
        assert_eq!(source.test_files(), ["a/testing"]);
        assert_eq!(Source::new("k/src/lib.rs", "#[cfg(test)]\nmod vectors;").test_files(), ["k/src/vectors"]);
    }

    #[test]
    fn tests_are_known_by_their_attribute() {
        let source = Source::new(
            "a.rs",
            "#[test]\nfn one() {}\n#[tokio::test]\n#[ignore]\nasync fn two() {}\nfn three() {}",
        );
        assert_eq!(source.tests(), ["one", "two"]);
    }

    #[test]
    fn what_a_function_does_stands_between_its_braces() {
        let text = "fn a(x: [u8; 2]) -> X { if b { c('}') } // }\n d }\nfn a();\nmod m { fn a() { e } }\nfn f() { a() }";
        let source = Source::new("k/src/p/mod.rs", text);
        let bodies = source.bodies("a");
        assert_eq!((bodies.len(), bodies[1].as_str()), (2, "{ e }"));
        assert!(bodies[0].starts_with("{ if b") && bodies[0].ends_with("\n d }"), "{bodies:?}");
        assert_eq!(source.bodies("g"), Vec::<String>::new());
        assert_eq!(
            (source.module().as_str(), Source::new("k/src/p/q.rs", "").module().as_str()),
            ("p", "p::q")
        );
    }

    #[test]
    fn what_a_test_says_it_says_itself_or_by_what_it_calls() {
        let text = "fn a() { b(\"x\"); } fn b() { assert!(c, \"SD-03\"); /* SD-04 */ } fn d() { e(WHY_A, A_B) } fn f() { d() }";
        let source = Source::new("a.rs", text);
        for (function, word, says) in [
            ("b", "SD-03", true),
            ("a", "SD-03", true),
            ("b", "SD-04", false),
            ("b", "SD-0", false),
            ("d", "A_B", true),
            ("d", "A", false),
            ("f", "A_B", true),
            ("g", "A_B", false),
        ] {
            assert_eq!(source.says(function, &["nothing", word]), says, "{function} {word}");
        }
    }

    #[test]
    fn the_workspace_is_found_without_what_was_built() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = files(root, "rs");
        assert!(
            found.iter().any(|(path, text)| path == "support/sources.rs" && text.starts_with("//! Reads"))
        );
        assert!(found.iter().all(|(path, _)| !path.contains("target/")));
    }
}
