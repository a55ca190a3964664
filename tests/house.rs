//! House rules, enforced: what DESIGN.md and CONTRIBUTING.md ask of every file, crate and check.
//!
//! Each rule is a function that returns its offences. Each has a test that runs it over the whole workspace, and one
//! that shows it an offence of its own, so that no rule can pass in silence. Functions of at most 100 lines, `#[allow]`
//! and public documentation are clippy's and rustc's business (Cargo.toml).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use jigap_tests::markdown::{links, rows};
use jigap_tests::sources::{Source, files, literals, sources};
use jigap_xtask::metadata::Metadata;
use jigap_xtask::workspace_root;

const MAX_FILE_LINES: usize = 600;
const MAX_MAIN_LINES: usize = 40;
/// Shipped lines that buy one `unwrap` or `expect`.
const LINES_PER_UNWRAP: usize = 1000;

/// Who may depend on which of our crates (DESIGN, "The house"). `jigap-tests` is for tests, and then for everyone.
const ARROWS: &[(&str, &[&str])] = &[
    ("jigap-keys", &[]),
    ("jigap-data-integrity", &["jigap-keys"]),
    ("jigap-wallet-core", &["jigap-keys", "jigap-data-integrity"]),
    ("jigap-platform", &["jigap-keys", "jigap-wallet-core"]),
    ("jigap-issuer", &["jigap-keys", "jigap-wallet-core", "jigap-platform"]),
    ("jigap-verifier", &["jigap-keys", "jigap-wallet-core", "jigap-platform"]),
    ("jigap-people", &["jigap-keys", "jigap-wallet-core", "jigap-platform"]),
    ("jigap-scanner", &[]),
    (
        "jigap-cli",
        &[
            "jigap-keys",
            "jigap-data-integrity",
            "jigap-wallet-core",
            "jigap-platform",
            "jigap-issuer",
            "jigap-verifier",
            "jigap-people",
            "jigap-scanner",
        ],
    ),
    ("jigap-web", &["jigap-keys", "jigap-wallet-core", "jigap-scanner"]),
    ("jigap-xtask", &[]),
    ("jigap-store-trial", &["jigap-wallet-core", "jigap-platform"]),
    ("jigap-people-trial", &["jigap-people", "jigap-wallet-core", "jigap-keys"]),
    (
        "jigap-bench",
        &[
            "jigap-keys",
            "jigap-data-integrity",
            "jigap-wallet-core",
            "jigap-platform",
            "jigap-issuer",
            "jigap-verifier",
            "jigap-people",
            "jigap-people-trial",
            "jigap-scanner",
            // its pictures of codes
            "jigap-tests",
        ],
    ),
    (
        "jigap-fuzz",
        &[
            "jigap-keys",
            "jigap-data-integrity",
            "jigap-wallet-core",
            "jigap-platform",
            "jigap-issuer",
            "jigap-people",
            "jigap-scanner",
        ],
    ),
    (
        "jigap-tests",
        &[
            "jigap-keys",
            "jigap-data-integrity",
            "jigap-wallet-core",
            "jigap-platform",
            "jigap-issuer",
            "jigap-verifier",
            "jigap-scanner",
            "jigap-cli",
            "jigap-xtask",
        ],
    ),
];

/// Crates from outside that one room keeps to itself.
const KEPT: &[(&str, &str)] = &[
    ("ssi", "jigap-data-integrity"),
    ("ssi-contexts", "jigap-data-integrity"),
    ("json-ld-core", "jigap-data-integrity"),
    ("sled", "jigap-platform"),
    ("redb", "jigap-platform"),
    ("reqwest", "jigap-platform"),
    ("tantivy", "jigap-people"),
    ("rxing", "jigap-scanner"),
    ("rqrr", "jigap-scanner"),
    ("png", "jigap-scanner"),
    ("zune-jpeg", "jigap-scanner"),
];

const SERVICES: &[&str] = &["issuer", "people", "verifier"];

/// Types that derive `Debug` though they hold JSON: none of it says anything about a person. What holds claims, a
/// presentation or a stranger's message writes its `Debug` by hand (`jigap_wallet_core::redacted`).
const PRINTED_JSON: &[(&str, &str)] = &[
    // contexts and options of proofs
    ("data-integrity/src/active.rs", "Term"),
    ("data-integrity/src/proof.rs", "Proof"),
    ("wallet-core/src/contexts.rs", "Contexts"),
    ("wallet-core/src/contexts.rs", "Definition"),
    // what a verifier asks, and what it says of itself
    ("verifier/src/assembly.rs", "TemplateConfig"),
    ("verifier/src/verifier.rs", "Template"),
    ("wallet-core/src/dcql/query.rs", "ClaimQuery"),
    ("wallet-core/src/vp/client_metadata.rs", "ClientMetadata"),
    ("wallet-core/src/vp/request.rs", "AuthenticatedRequest"),
    ("wallet-core/src/vp/request.rs", "Form"),
    ("wallet-core/src/vp/sent.rs", "NewRequest"),
    ("wallet-core/src/vp/sent.rs", "SentRequest"),
    // what an issuer says of itself; public keys
    ("wallet-core/src/did/document.rs", "Material"),
    // DID documents as their log publishes them, and proofs about versions
    ("wallet-core/src/did/webvh/log.rs", "Version"),
    ("wallet-core/src/did/webvh/proof.rs", "Unsigned"),
    ("wallet-core/src/did/webvh/resolution.rs", "Resolution"),
    ("wallet-core/src/did/webvh/witness.rs", "WitnessProofs"),
    ("wallet-core/src/vci/metadata.rs", "ConfigurationFormat"),
    ("wallet-core/src/vci/metadata.rs", "CredentialConfiguration"),
];

fn arrow_offences(metadata: &Metadata) -> Vec<String> {
    let mut offences = Vec::new();
    for package in metadata.members() {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == package.name) else {
            offences.push(format!("{}: DESIGN draws no arrow for it", package.name));
            continue;
        };
        for used in &package.dependencies {
            let for_tests = used.name == "jigap-tests" && used.kind.as_deref() == Some("dev");
            let ours = used.name.starts_with("jigap-") && !for_tests;
            if ours && !allowed.contains(&used.name.as_str()) {
                offences.push(format!("{} may not depend on {}", package.name, used.name));
            }
        }
    }
    offences
}

fn keeper_offences(metadata: &Metadata) -> Vec<String> {
    let dependents = metadata.direct_dependents();
    let users = |name: &str| dependents.get(name).cloned().unwrap_or_default();
    let of = |(name, keeper): &(&str, &str)| {
        let strangers = users(name).into_iter().filter(|user| user != keeper);
        strangers
            .map(|user| format!("{user} may not depend on {name}: only {keeper} does"))
            .collect::<Vec<_>>()
    };
    KEPT.iter().flat_map(of).collect()
}

/// Services meet the world only where requests come in and where they are put together.
fn platform_offences(source: &Source) -> Vec<String> {
    let Some((service, file)) = source.path.split_once("/src/") else { return Vec::new() };
    let named = source.shipped().contains("jigap_platform");
    let offends = SERVICES.contains(&service) && !is_door(file) && named;
    offends.then(|| format!("{}: a domain module may not use platform", source.path)).into_iter().collect()
}

/// Whether a service's file is where requests come in, or where it is put together.
fn is_door(file: &str) -> bool {
    ["http.rs", "main.rs", "assembly.rs"].contains(&file)
        || ["http/", "assembly/"].iter().any(|room| file.starts_with(room))
}

/// The core and the services' domain modules judge without the world: no file, variable, process, thread, socket or clock.
/// clippy.toml bans what is called most, with a reason each; here whole modules are shut.
fn world_offences(source: &Source) -> Vec<String> {
    const CORE: [&str; 3] = ["keys", "data-integrity", "wallet-core"];
    const WORLD: [&str; 8] = [
        "std::fs",
        "std::env",
        "std::process",
        "std::thread",
        "std::net",
        "std::time::Instant",
        "std::time::SystemTime",
        "tokio::",
    ];
    let Some((room, file)) = source.path.split_once("/src/") else { return Vec::new() };
    if !CORE.contains(&room) && (!SERVICES.contains(&room) || is_door(file)) {
        return Vec::new();
    }
    let shipped = source.shipped();
    let named = WORLD.iter().filter(|name| shipped.contains(**name));
    named.map(|name| format!("{}: {name} is the world, which comes in through a port", source.path)).collect()
}

fn file_offences(source: &Source) -> Vec<String> {
    let Source { path, text, .. } = source;
    let lines = text.lines().count();
    let mut offences = Vec::new();
    if !text.starts_with("//! ") {
        offences.push(format!("{path}: does not open with `//!` and what it is for"));
    }
    if lines > MAX_FILE_LINES {
        offences.push(format!("{path}: {lines} lines, over {MAX_FILE_LINES}"));
    }
    if path.ends_with("src/main.rs") && lines > MAX_MAIN_LINES {
        offences.push(format!("{path}: {lines} lines; a main.rs has at most {MAX_MAIN_LINES}"));
    }
    offences
}

fn leftover_offences(source: &Source) -> Vec<String> {
    let in_code = ["#[allow", "#![allow", "todo!", "unimplemented!", "dbg!"].map(|mark| (mark, &source.code));
    let in_comments = ["TODO", "FIXME"].map(|mark| (mark, &source.comments));
    let marks = in_code.into_iter().chain(in_comments);
    let found =
        marks.flat_map(|(mark, text)| text.match_indices(mark).map(|(at, _)| at).map(move |at| (mark, at)));
    found.map(|(mark, at)| format!("{}:{}: {mark} was left behind", source.path, source.line(at))).collect()
}

/// The types of a file that derive `Debug` and hold JSON.
fn printed_json(source: &Source) -> Vec<String> {
    let shipped = source.shipped();
    let derived = shipped.match_indices("#[derive(").filter_map(|(at, _)| {
        let (traits, item) = shipped.get(at..)?.split_once(")]")?;
        let words =
            || item.split(|it: char| !it.is_alphanumeric() && it != '_').filter(|word| !word.is_empty());
        let name = words().skip_while(|word| !["struct", "enum"].contains(word)).nth(1)?;
        let holds = body(item).match_indices("Value").any(|(at, word)| {
            let (before, after) = body(item).split_at(at);
            let inside = |it: char| it.is_alphanumeric() || it == '_';
            // `RawValue` is JSON too; `Value(…)` is a variant of that name.
            !before.trim_end_matches("Raw").ends_with(inside)
                && !after.trim_start_matches(word).starts_with(|it| inside(it) || it == '(')
        });
        (traits.contains("Debug") && holds).then(|| name.to_owned())
    });
    derived.collect()
}

/// What stands between the braces or parentheses of the item that `text` begins with.
fn body(text: &str) -> &str {
    let keyword = ["struct ", "enum "].iter().filter_map(|it| text.find(it)).min().unwrap_or(text.len());
    let item = text.get(keyword..).unwrap_or_default();
    let mut depth = 0_usize;
    for (at, character) in item.char_indices() {
        match character {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && ['}', ')', ';'].contains(&character) {
            return item.get(..at).unwrap_or(item);
        }
    }
    item
}

fn printed_json_offences(sources: &[Source], permitted: &[(&str, &str)]) -> Vec<String> {
    let found: Vec<(&str, String)> = sources
        .iter()
        .flat_map(|source| printed_json(source).into_iter().map(|name| (source.path.as_str(), name)))
        .collect();
    let is = |(path, name): &(&str, &str), (at, found): &(&str, String)| path == at && name == found;
    let new = found.iter().filter(|it| !permitted.iter().any(|one| is(one, it)));
    let gone = permitted.iter().filter(|one| !found.iter().any(|it| is(one, it)));
    new.map(|(path, name)| {
        format!("{path}: {name} derives Debug and holds JSON: whose words would it print?")
    })
    .chain(gone.map(|(path, name)| format!("{path}: {name} no longer does: take it off the list")))
    .collect()
}

/// How often shipped code takes a shortcut past an error, and how many lines it has.
fn shortcuts(source: &Source) -> (usize, usize) {
    let shipped = source.shipped();
    let count = |mark| shipped.matches(mark).count();
    (count(".unwrap()") + count(".expect("), shipped.lines().filter(|line| !line.trim().is_empty()).count())
}

fn shortcut_offences(sources: &[Source]) -> Vec<String> {
    let counts: Vec<_> = sources.iter().map(|source| (source, shortcuts(source))).collect();
    let (taken, lines) = counts.iter().fold((0, 0), |sum, (_, one)| (sum.0 + one.0, sum.1 + one.1));
    let places = counts.iter().filter(|(_, (taken, _))| *taken > 0);
    let places: Vec<_> = places.map(|(source, (taken, _))| format!("{} ({taken})", source.path)).collect();
    let report = format!("{taken} unwrap or expect in {lines} shipped lines: {}", places.join(", "));
    #[expect(clippy::print_stdout, reason = "the budget is reported even where it holds")]
    {
        println!("{report}");
    }
    (taken * LINES_PER_UNWRAP > lines).then_some(report).into_iter().collect()
}

/// A check as a file declares it for shipping.
struct Declared {
    id: String,
    /// In English, and where it comes from: without backticks, as rows of a page are read.
    rule: String,
    source: String,
    /// The name of the constant.
    constant: String,
    place: String,
}

fn declared_checks(source: &Source) -> Vec<Declared> {
    const DECLARATION: &str = "Check::new(";
    let shipped = source.shipped();
    let constant = |at: usize| {
        let name = shipped.get(..at)?.rsplit_once("const ")?.1.split(':').next()?;
        Some(name.to_owned())
    };
    let declared = |(start, _): (usize, &str)| {
        let at = start + DECLARATION.len();
        let place = format!("{}:{}", source.path, source.line(at));
        let mut arguments = literals(source.text.get(at..).unwrap_or_default()).into_iter();
        let mut next = || arguments.next().unwrap_or_default().replace('`', "");
        let (id, rule, _, source) = (next(), next(), next(), next());
        Declared { id, rule, source, constant: constant(start).unwrap_or_default(), place }
    };
    shipped.match_indices(DECLARATION).map(declared).collect()
}

/// Whether `enforcer`, such as `jose::header::from_value`, is a function of that very module that speaks of `constant`.
/// A type may stand before the function.
fn enforces(enforcer: &str, constant: &str, sources: &[Source]) -> bool {
    let steps: Vec<&str> = enforcer.split("::").collect();
    let Some((function, steps)) = steps.split_last() else { return false };
    let is_module = |step: &&&str| !step.starts_with(|c: char| c.is_ascii_uppercase());
    let module = steps.iter().filter(is_module).copied().collect::<Vec<_>>().join("::");
    let mentions =
        |body: &String| body.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == constant);
    let in_module = sources.iter().filter(|source| source.module() == module);
    in_module.flat_map(|source| source.bodies(function)).any(|body| mentions(&body))
}

fn is_check_id(text: &str) -> bool {
    let Some((family, number)) = text.split_once('-') else { return false };
    let family_holds = !family.is_empty() && family.bytes().all(|byte| byte.is_ascii_uppercase());
    family_holds && number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The page docs/CHECKS.md against the sources: each check declared once, listed once under its family in order, with
/// its rule and source as declared, the functions that enforce it (each speaks of the check, in the module that is said), and
/// all tests that bear its id, each of which speaks of the check too: a test must not pass because something else refused.
fn check_offences(page: &str, sources: &[Source]) -> Vec<String> {
    let mut offences = Vec::new();
    let mut declared: BTreeMap<String, Declared> = BTreeMap::new();
    for check in sources.iter().flat_map(declared_checks) {
        let Declared { id, place, .. } = &check;
        if !is_check_id(id) {
            offences.push(format!("{place}: a check's id is a literal such as \"SD-03\""));
        } else if let Some(first) = declared.get(id) {
            offences.push(format!("{place}: {id} is already declared at {}", first.place));
        } else {
            declared.insert(id.clone(), check);
        }
    }
    let tests = |prefix: &str| -> BTreeMap<&str, &Source> {
        let all =
            sources.iter().flat_map(|source| source.tests().into_iter().map(move |test| (test, source)));
        all.filter(|(test, _)| test.starts_with(prefix)).collect()
    };
    let mut listed: Vec<String> = Vec::new();
    for (heading, cells) in rows(page) {
        let Some(id) = cells.first().filter(|cell| is_check_id(cell)) else { continue };
        let Some(check) = declared.get(id) else {
            offences.push(format!("{id}: listed, but no source declares it"));
            continue;
        };
        let enforced = |enforcer: &str| enforces(enforcer, &check.constant, sources);
        let tests = tests(&test_prefix(id));
        offences.extend(row_offences(heading, check, &cells, &enforced, &tests));
        for (test, source) in tests {
            if !source.says(test, &[id, &check.constant]) {
                offences.push(format!("{id}: {test} does not speak of it"));
            }
        }
        if let Some(before) = listed.last().filter(|before| family(before) == family(id) && *before >= id) {
            offences.push(format!("{id}: stands after {before}"));
        }
        listed.push(id.clone());
    }
    let unlisted = declared.values().filter(|check| !listed.contains(&check.id));
    let said = |check: &Declared| format!("{}: {} is not listed in docs/CHECKS.md", check.place, check.id);
    offences.extend(unlisted.map(said));
    offences
}

/// What the names of a check's tests begin with: `sd_03_` for SD-03.
fn test_prefix(id: &str) -> String {
    format!("{}_", id.to_lowercase().replace('-', "_"))
}

fn family(id: &str) -> &str {
    id.split_once('-').map_or(id, |(family, _)| family)
}

fn row_offences(
    heading: &str,
    Declared { id, rule: declared_rule, source: declared_source, .. }: &Declared,
    cells: &[String],
    enforced: &dyn Fn(&str) -> bool,
    tests: &BTreeMap<&str, &Source>,
) -> Vec<String> {
    let [_, rule, source, enforcers, witnesses] = cells else {
        return vec![format!("{id}: a row is id, rule, source, enforced by, test")];
    };
    let mut offences = Vec::new();
    if heading.split(':').next() != Some(family(id)) {
        offences.push(format!("{id}: stands under \"{heading}\""));
    }
    if rule.is_empty() || source.is_empty() {
        offences.push(format!("{id}: has no rule or no source"));
    } else if (rule, source) != (declared_rule, declared_source) {
        offences.push(format!("{id}: is declared as {declared_rule:?} by {declared_source:?}"));
    }
    for enforcer in enforcers.split(',').map(str::trim) {
        if !enforced(enforcer) {
            offences.push(format!("{id}: {enforcer:?} is no function that speaks of it"));
        }
    }
    let prefix = test_prefix(id);
    let witnesses: BTreeSet<&str> = witnesses.split(',').map(str::trim).collect();
    for test in &witnesses {
        if !test.starts_with(&prefix) {
            offences.push(format!("{id}: the name of its test {test:?} does not begin with {prefix}"));
        } else if !tests.contains_key(test) {
            offences.push(format!("{id}: no test is called {test}"));
        }
    }
    let silent = tests.keys().filter(|test| !witnesses.contains(*test));
    offences.extend(silent.map(|test| format!("{id}: {test} is not listed")));
    offences
}

/// Relative links that lead nowhere.
fn link_offences(path: &str, text: &str, exists: &dyn Fn(&Path) -> bool) -> Vec<String> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let local =
        links(text).into_iter().filter(|(_, target)| !target.contains(':') && !target.starts_with('#'));
    let target_file = |target: &str| normalized(&folder.join(target.split('#').next().unwrap_or(target)));
    let broken = local.filter(|(_, target)| !exists(&target_file(target)));
    broken.map(|(line, target)| format!("{path}:{line}: {target} does not exist")).collect()
}

fn normalized(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut built, component| {
        match component {
            Component::ParentDir => drop(built.pop()),
            Component::CurDir => {}
            other => built.push(other),
        }
        built
    })
}

fn metadata() -> Metadata {
    let here = [format!("{}-unknown-linux-gnu", std::env::consts::ARCH)];
    #[expect(clippy::panic, reason = "an unknown graph must not pass for a good one")]
    Metadata::read(&workspace_root(), &here).unwrap_or_else(|error| panic!("{error}"))
}

/// The sources, never none of them.
fn house() -> Vec<Source> {
    let house = sources(&workspace_root());
    assert!(house.iter().any(|source| source.path == "keys/src/lib.rs"), "the sources were not found");
    house
}

fn assert_none(offences: Vec<String>) {
    assert!(offences.is_empty(), "{} offences:\n{}", offences.len(), offences.join("\n"));
}

mod over_the_workspace {
    use super::*;

    #[test]
    fn crates_depend_along_the_arrows_only() {
        assert_none(arrow_offences(&metadata()));
    }

    #[test]
    fn crates_from_outside_stay_with_their_keeper() {
        assert_none(keeper_offences(&metadata()));
    }

    #[test]
    fn services_use_platform_at_the_door_only() {
        assert_none(house().iter().flat_map(platform_offences).collect());
    }

    #[test]
    fn the_core_knows_no_world() {
        assert_none(house().iter().flat_map(world_offences).collect());
    }

    #[test]
    fn files_say_what_they_are_for_and_stay_small() {
        assert_none(house().iter().flat_map(file_offences).collect());
    }

    #[test]
    fn nothing_is_left_behind() {
        assert_none(house().iter().flat_map(leftover_offences).collect());
    }

    #[test]
    fn what_holds_claims_is_not_printed_as_it_is() {
        assert_none(printed_json_offences(&house(), PRINTED_JSON));
    }

    #[test]
    fn shortcuts_past_errors_stay_within_budget() {
        assert_none(shortcut_offences(&house()));
    }

    #[test]
    fn checks_and_their_page_agree() {
        let pages = files(&workspace_root(), "md");
        let (_, page) = pages.iter().find(|(path, _)| path == "docs/CHECKS.md").unwrap();
        assert!(rows(page).len() > 2, "the page has no tables");
        assert_none(check_offences(page, &house()));
    }

    #[test]
    fn links_between_pages_lead_somewhere() {
        let root = workspace_root();
        let pages = files(&root, "md");
        assert!(!pages.is_empty());
        let exists = |path: &Path| root.join(path).exists();
        assert_none(pages.iter().flat_map(|(path, text)| link_offences(path, text, &exists)).collect());
    }
}

#[path = "house/over_an_offence.rs"]
mod over_an_offence;
#[path = "house/vectors.rs"]
mod vectors;
