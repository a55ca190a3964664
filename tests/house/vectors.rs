//! Every file of the official vectors is read by a test, or stands in docs/SPECS.md with the reason why not.
//!
//! A file counts as read where a source names it: in one string, or in a format string whose gaps are filled by strings of the
//! same source (`{kind}{suffix}.json`). A name that several files share counts for those whose folders that source names too.

use jigap_tests::sources::paths;

use super::*;

/// The table in docs/SPECS.md.
const TABLE: &str = "Test vectors that no test reads";
/// Folders whose files a test lists, and the test.
const LISTED: [(&str, &str); 1] = [("did-webvh/vectors", "wallet-core/src/did/webvh/tests/vectors.rs")];
/// W3C's vectors all lie in a folder of this name, which the tests of one suite leave to those of all.
const OF_W3C: &str = "TestVectors";

/// What one source names.
struct Named<'a> {
    strings: BTreeSet<&'a str>,
    folders: BTreeSet<&'a str>,
}

impl<'a> Named<'a> {
    fn of(source: &'a Source) -> Self {
        let strings: BTreeSet<&str> = source.strings().into_iter().filter(|it| !it.contains(' ')).collect();
        let folders = strings.iter().flat_map(|it| it.split('/')).chain([OF_W3C]).collect();
        Self { strings, folders }
    }

    /// Whether it names the file `path`, one of `all`.
    fn names(&self, path: &str, all: &[String]) -> bool {
        let starts = path.match_indices('/').map(|(at, _)| at + 1).chain([0]);
        let tails = starts.filter_map(|at| Some((path.get(..at)?, path.get(at..)?)));
        tails.filter(|(before, tail)| self.places(before, tail, all)).any(|(_, tail)| {
            self.strings.contains(tail)
                || self.strings.iter().any(|it| it.contains('{') && self.fills(it, tail))
        })
    }

    /// Whether it can mean no other file by `tail` than the one in the folder `before`.
    fn places(&self, before: &str, tail: &str, all: &[String]) -> bool {
        let ends = |path: &&String| {
            path.strip_suffix(tail).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let mut folders = before.split('/').filter(|folder| !folder.is_empty());
        let (root, parent) = (folders.next(), folders.next_back());
        all.iter().filter(ends).count() == 1
            || [root, parent].into_iter().flatten().all(|folder| self.folders.contains(folder))
    }

    /// Whether the format string `format` gives `text`, its gaps filled with other strings.
    fn fills(&self, format: &str, text: &str) -> bool {
        let mut fixed = Vec::new();
        let mut rest = format;
        while let Some((before, gap)) = rest.split_once('{') {
            let Some((_, after)) = gap.split_once('}') else { return false };
            fixed.push(before);
            rest = after;
        }
        fixed.push(rest);
        rest.contains('.') && self.fits(&fixed, text)
    }

    /// Whether `text` is these fixed pieces with strings between them.
    fn fits(&self, fixed: &[&str], text: &str) -> bool {
        let [first, others @ ..] = fixed else { return text.is_empty() };
        let Some(rest) = text.strip_prefix(first) else { return false };
        if others.is_empty() {
            return rest.is_empty();
        }
        (0..=rest.len()).filter_map(|at| rest.split_at_checked(at)).any(|(gap, after)| {
            let is_one = self.strings.contains(gap) || self.strings.contains(format!("{gap}/").as_str());
            is_one && self.fits(others, after)
        })
    }
}

/// Whether `pattern`, in which `*` stands for any part of a name, is `path`.
fn is_pattern_of(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((before, after)) => path.strip_prefix(before).is_some_and(|rest| {
            let within = rest.split('/').next().map_or(0, str::len);
            (0..=within).filter_map(|at| rest.get(at..)).any(|rest| is_pattern_of(after, rest))
        }),
    }
}

/// The patterns of the table, each with its reason.
fn exceptions(page: &str) -> Vec<(String, String)> {
    let table = rows(page).into_iter().filter(|(heading, _)| *heading == TABLE).map(|(_, cells)| cells);
    let mut found = Vec::new();
    for cells in table.filter(|cells| cells.first().is_some_and(|cell| !cell.starts_with("---"))).skip(1) {
        let [folder, names, why] = cells.as_slice() else { continue };
        found.extend(names.split(", ").map(|name| (format!("{folder}/{name}"), why.clone())));
    }
    found
}

fn vector_offences(files: &[String], page: &str, sources: &[Source]) -> Vec<String> {
    let mut offences = Vec::new();
    for (folder, reader) in LISTED {
        let lists = |source: &Source| {
            source.path == reader && source.strings().contains(&folder) && source.code.contains("read_dir(")
        };
        if !sources.iter().any(lists) {
            offences.push(format!("{reader} does not list {folder}"));
        }
    }
    let named: Vec<Named<'_>> = sources.iter().map(Named::of).collect();
    let exceptions = exceptions(page);
    let mut used = BTreeSet::new();
    // The pages that come with the vectors say what they are.
    for path in files.iter().filter(|path| !path.ends_with("README.md")) {
        let listed = LISTED.iter().any(|(folder, _)| path.starts_with(&format!("{folder}/")));
        let read = listed || named.iter().any(|source| source.names(path, files));
        let excuses = exceptions.iter().enumerate().filter(|(_, (pattern, _))| is_pattern_of(pattern, path));
        let excused: Vec<usize> = excuses.map(|(at, _)| at).collect();
        used.extend(excused.iter().copied());
        match (read, excused.is_empty()) {
            (false, true) => {
                offences.push(format!("{path}: no test reads it, and docs/SPECS.md does not say why"))
            }
            (true, false) => {
                offences.push(format!("{path}: a test names it, and docs/SPECS.md says that none reads it"))
            }
            _ => {}
        }
    }
    for (at, (pattern, why)) in exceptions.iter().enumerate() {
        if why.is_empty() || !used.contains(&at) {
            offences.push(format!("docs/SPECS.md: {pattern} is no vector, or has no reason"));
        }
    }
    offences
}

#[test]
fn every_vector_is_read_or_excused() {
    let Some(folder) = jigap_tests::vectors("wycheproof") else { return };
    let found = paths(folder.parent().unwrap());
    assert!(found.len() > 500, "{}", found.len());
    let pages = files(&workspace_root(), "md");
    let (_, page) = pages.iter().find(|(path, _)| path == "docs/SPECS.md").unwrap();
    assert_none(vector_offences(&found, page, &house()));
}

/// A page whose table excuses these names of the folder `v`.
fn excusing(names: &str, why: &str) -> String {
    format!("## {TABLE}\n| folder | files | why |\n|---|---|---|\n| `v` | `{names}` | {why} |\n")
}

#[test]
fn a_vector_that_nobody_reads_or_that_is_excused_in_vain_is_an_offence() {
    let paths = |names: &[&str]| names.iter().map(|name| format!("v/{name}")).collect::<Vec<_>>();
    let lists = format!("//! A.\nfn f() {{ read_dir({:?}) }}", LISTED[0].0);
    let count = |names: &[&str], page: &str, text: &str| {
        let sources = [Source::new(LISTED[0].1, &lists), Source::new("a.rs", text)];
        vector_offences(&paths(names), page, &sources).len()
    };
    let reading = |strings: &str| format!("//! A.\nfn f() {{ g({strings}) }}");
    assert_eq!(count(&["a.json"], "", &reading("\"a.json\"")), 0);
    assert_eq!(count(&["a.json"], "", &reading("\"b.json\"")), 1);
    assert_eq!(count(&["a.json"], "", "// \"a.json\""), 1, "in a comment alone");
    assert_eq!(count(&["README.md"], "", ""), 0);
    // A name of two files counts where the folder is named too.
    let two = ["x/a.json", "y/a.json"];
    assert_eq!(count(&two, "", &reading("\"v\", \"x/a.json\"")), 1);
    assert_eq!(count(&two, "", &reading("\"v\", \"x\", \"y\", \"a.json\"")), 0);
    assert_eq!(count(&two, "", &reading("\"a.json\"")), 2);
    // Format strings, filled with strings of the same source.
    let format = "\"x/{kind}{}.json\"";
    assert_eq!(count(&["x/oneTwo.json"], "", &reading(&format!("{format}, \"one\", \"Two\""))), 0);
    assert_eq!(count(&["x/oneTwo.json"], "", &reading(&format!("{format}, \"one\", \"Three\""))), 1);
    // The table.
    assert_eq!(count(&["a.json", "ab.json"], &excusing("a*.json", "no need"), ""), 0);
    assert_eq!(count(&["a.json"], &excusing("a.json, b.json", "no need"), ""), 1, "one that is not there");
    assert_eq!(count(&["a.json"], &excusing("a.json", ""), ""), 1, "without a reason");
    assert_eq!(count(&["a.json"], &excusing("a.json", "no need"), &reading("\"a.json\"")), 1);
    assert_eq!(
        count(&["x/a.json"], &excusing("*.json", "no need"), ""),
        2,
        "an asterisk stays in its folder"
    );
    assert_eq!(vector_offences(&[], "", &[]).len(), LISTED.len());
}
