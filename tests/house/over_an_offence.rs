//! Each house rule sees what offends it.

use super::*;

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn graph(user: &str, used: &str, kind: &str) -> Metadata {
    let graph = format!(
        r#"{{"workspace_members": ["u"], "resolve": {{"nodes": []}}, "packages": [{{"id": "u", "name": "{user}",
        "version": "1.0.0", "license": "MIT", "source": null, "dependencies": [{{"name": "{used}", "req": "*", "kind": {kind}}}]}}]}}"#
    );
    Metadata::from_json(graph.as_bytes()).unwrap()
}

#[test]
fn an_arrow_against_the_design_is_seen() {
    let offences = |user, used, kind| arrow_offences(&graph(user, used, kind));
    assert_eq!(
        offences("jigap-keys", "jigap-platform", "null"),
        ["jigap-keys may not depend on jigap-platform"]
    );
    assert_eq!(
        offences("jigap-issuer", "jigap-verifier", r#""dev""#),
        ["jigap-issuer may not depend on jigap-verifier"]
    );
    assert_eq!(offences("jigap-keys", "jigap-tests", "null"), ["jigap-keys may not depend on jigap-tests"]);
    assert_eq!(offences("jigap-shed", "serde", "null"), ["jigap-shed: DESIGN draws no arrow for it"]);
    assert_none(offences("jigap-keys", "jigap-tests", r#""dev""#));
    assert_none(offences("jigap-issuer", "jigap-platform", "null"));
}

#[test]
fn a_kept_crate_in_another_room_is_seen() {
    for (kept, _) in KEPT {
        assert_eq!(keeper_offences(&graph("jigap-issuer", kept, "null")).len(), 1, "{kept}");
    }
    assert_none(keeper_offences(&graph("jigap-platform", "sled", "null")));
}

#[test]
fn platform_in_a_domain_module_is_seen() {
    let offences = |path: &str, text: &str| platform_offences(&Source::new(path, text)).len();
    let import = "use jigap_platform::clock;";
    assert_eq!(offences("issuer/src/offer.rs", import), 1);
    assert_eq!(offences("verifier/src/request/http.rs", import), 1);
    for door in
        ["issuer/src/http.rs", "issuer/src/http/token.rs", "verifier/src/assembly.rs", "cli/src/serve.rs"]
    {
        assert_eq!(offences(door, import), 0, "{door}");
    }
    assert_eq!(
        offences("issuer/src/offer.rs", &format!("// {import}\n#[cfg(test)]\nmod tests {{ {import} }}")),
        0
    );
}

#[test]
fn the_world_in_the_core_is_seen() {
    let offences = |path: &str, text: &str| world_offences(&Source::new(path, text)).len();
    for impure in ["std::env::var_os(x)", "std::fs::OpenOptions::new()", "std::process::Command::new(x)"] {
        let code = format!("fn f() {{ {impure} }}");
        for core in
            ["keys/src/a.rs", "wallet-core/src/a/b.rs", "issuer/src/offer.rs", "verifier/src/session.rs"]
        {
            assert_eq!(offences(core, &code), 1, "{core}: {impure}");
        }
        for free in
            ["platform/src/a.rs", "issuer/src/http.rs", "wallet-core/build.rs", "wallet-core/src/a/tests.rs"]
        {
            assert_eq!(offences(free, &code), 0, "{free}");
        }
    }
    assert_eq!(offences("keys/src/a.rs", "use std::thread; use std::net::TcpListener;"), 2);
    assert_eq!(offences("keys/src/a.rs", "// std::fs\nlet a = \"std::env\"; env!(\"X\");"), 0);
}

#[test]
fn a_file_without_purpose_or_measure_is_seen() {
    let offences = |path, text: String| file_offences(&Source::new(path, &text)).len();
    assert_eq!(offences("a.rs", "//! A.\n".to_owned()), 0);
    assert_eq!(offences("a.rs", "// A.\n".to_owned()), 1);
    assert_eq!(offences("a.rs", format!("//! A.\n{}", "\n".repeat(600))), 1);
    assert_eq!(offences("cli/src/main.rs", format!("//! A.\n{}", "\n".repeat(40))), 1);
}

#[test]
fn what_was_left_behind_is_seen() {
    for left in
        ["#[allow(x)]", "#![allow(x)]", "todo!()", "unimplemented!()", "dbg!(x)", "// TODO: x", "/* FIXME */"]
    {
        assert_eq!(leftover_offences(&Source::new("a.rs", &format!("\n{left}"))).len(), 1, "{left}");
    }
    assert_eq!(leftover_offences(&Source::new("a.rs", "\n// TODO")), ["a.rs:2: TODO was left behind"]);
    assert_none(leftover_offences(&Source::new("a.rs", "\"TODO todo!()\" // allow")));
}

#[test]
fn json_that_would_be_printed_is_seen() {
    let offences = |text: &str, permitted| {
        printed_json_offences(&[Source::new("a.rs", &format!("#[derive({text}"))], permitted).len()
    };
    for printed in [
        "Debug)] struct A { b: Value }",
        "Clone, Debug)]\n#[serde(x)]\npub(crate) struct A<'a>(&'a Value);",
        "Debug)] enum A { B(Map<String, Value>) }",
        "Debug)] struct A { b: Vec<serde_json::value::RawValue>, }",
    ] {
        assert_eq!(offences(printed, &[]), 1, "{printed}");
        assert_eq!(offences(printed, &[("a.rs", "A")]), 0, "{printed}");
        assert_eq!(offences(printed, &[("b.rs", "A")]), 2, "{printed}");
    }
    for silent in [
        "Clone)] struct A { b: Value }",
        "Debug)] enum A { Value(B), Values, B(MyValue), C(MyRawValue) }",
        "Debug)] struct A; struct B { c: Value }",
        "Debug)] struct A { b: C } // Value",
    ] {
        assert_eq!(offences(silent, &[]), 0, "{silent}");
    }
}

#[test]
fn shortcuts_over_budget_are_seen() {
    let file = |text: String| [Source::new("a.rs", &text)];
    assert_eq!(shortcut_offences(&file("a.unwrap();".to_owned())).len(), 1);
    assert_eq!(shortcut_offences(&file("a.expect(\"b\");".to_owned())).len(), 1);
    assert_none(shortcut_offences(&file(format!("a.unwrap();\n{}", "b;\n".repeat(1000)))));
    assert_none(shortcut_offences(&file("#[cfg(test)]\nmod tests { a.unwrap(); }".to_owned())));
}

const MODULE: &str = r#"const A: Check = Check::new(
    "SD-03", "`rule`, \"of\" \
    two lines", "규칙", "RFC 1");
    fn enforce() { Err(A.refuse(WHY)) }
    fn other() { B }
    #[test]
    fn sd_03_is_refused() { assert!(refused(A)) }"#;
const PAGE: &str = "## SD: x\n| id | rule |\n|---|---|\n| SD-03 | rule, \"of\" two lines | RFC 1 | `a::enforce` | `sd_03_is_refused` |\n";

#[test]
fn a_check_and_its_row_agree_when_they_do() {
    assert_none(check_offences(PAGE, &[Source::new("a.rs", MODULE)]));
}

#[test]
fn each_disagreement_of_checks_and_page_is_seen() {
    let with_page = |page: &str| check_offences(page, &[Source::new("a.rs", MODULE)]);
    let with_module = |module: &str| check_offences(PAGE, &[Source::new("a.rs", module)]);
    assert_eq!(with_page(""), ["a.rs:1: SD-03 is not listed in docs/CHECKS.md"]);
    for (from, to, offence) in [
        ("SD: x", "ST: x", "SD-03: stands under \"ST: x\""),
        ("RFC 1", "", "SD-03: has no rule or no source"),
        ("RFC 1", "RFC 2", r#"SD-03: is declared as "rule, \"of\" two lines" by "RFC 1""#),
        ("two", "2", r#"SD-03: is declared as "rule, \"of\" two lines" by "RFC 1""#),
        ("| RFC 1 ", "", "SD-03: a row is id, rule, source, enforced by, test"),
    ] {
        assert_eq!(with_page(&PAGE.replace(from, to)), [offence]);
    }
    for (other, offence) in [
        ("sd_03_was", "SD-03: no test is called sd_03_was_refused"),
        ("sd_3_is", "SD-03: the name of its test \"sd_3_is_refused\" does not begin with sd_03_"),
    ] {
        let unlisted = "SD-03: sd_03_is_refused is not listed";
        assert_eq!(with_page(&PAGE.replace("sd_03_is", other)), [offence, unlisted]);
    }
    for other in ["a::forget", "a::other", "b::enforce", "a"] {
        assert_eq!(
            with_page(&PAGE.replace("a::enforce", other)),
            [format!("SD-03: {other:?} is no function that speaks of it")]
        );
    }
    assert_none(with_page(&PAGE.replace("a::enforce", "a::Type::enforce")));
    let (head, row) = PAGE.split_at(PAGE.find("| SD-03").unwrap());
    assert_eq!(with_page(&format!("{head}{row}{row}")), ["SD-03: stands after SD-03"]);
    for silent in ["{}", "{ assert!(refused(B)) }", "{ assert!(refused) // A\n }"] {
        let module = MODULE.replace("{ assert!(refused(A)) }", silent);
        assert_eq!(with_module(&module), ["SD-03: sd_03_is_refused does not speak of it"]);
    }
    assert_none(with_module(&MODULE.replace("assert!(refused(A))", "code(\"SD-03\")")));
    assert_eq!(with_module(&MODULE.replace("#[test]", "")), ["SD-03: no test is called sd_03_is_refused"]);
    assert_eq!(
        with_module(&MODULE.replace("Check::new", "Check::old")),
        ["SD-03: listed, but no source declares it"]
    );
    assert_eq!(
        with_module(&MODULE.replace("fn enforce", "const B: Check = Check::new(\"SD-03\"); fn enforce")),
        ["a.rs:4: SD-03 is already declared at a.rs:1"]
    );
    assert_eq!(
        with_module(&format!("const B: Check = Check::new(ID);\n{MODULE}")),
        ["a.rs:1: a check's id is a literal such as \"SD-03\""]
    );
}

#[test]
fn a_link_that_leads_nowhere_is_seen() {
    let exists = |path: &Path| path == Path::new("docs/here.md");
    let offences = |text| link_offences("docs/a/page.md", text, &exists);
    assert_eq!(offences("[x](there.md)"), ["docs/a/page.md:1: there.md does not exist"]);
    assert_none(offences("[x](../here.md#part) [y](https://example.com) [z](#part)"));
}
