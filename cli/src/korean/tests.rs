//! No page of help is half in English.

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory as _;

use super::*;
use crate::args::Arguments;

/// The texts of the tree as they are looked up: paragraphs, and meanings of exit codes.
fn texts(command: &Command, found: &mut BTreeSet<String>) {
    let of_command = [command.get_about(), command.get_long_about(), command.get_after_help()];
    let of_arguments = command
        .get_arguments()
        .filter(|argument| !["help", "version"].contains(&argument.get_id().as_str()))
        .flat_map(|argument| [argument.get_help(), argument.get_long_help()]);
    for styled in of_command.into_iter().chain(of_arguments).flatten() {
        for paragraph in styled.to_string().split("\n\n") {
            match paragraph.strip_prefix(EXIT_CODES.0) {
                Some(codes) => {
                    let meanings = codes.split(", ").filter_map(|code| code.split_once(' '));
                    found.extend(meanings.map(|(_, meaning)| meaning.to_owned()));
                }
                None if paragraph.starts_with(EXAMPLES.0) => {}
                None => {
                    found.insert(paragraph.to_owned());
                }
            }
        }
    }
    command.get_subcommands().for_each(|below| texts(below, found));
}

/// What value parsers complain of: not part of the tree.
const COMPLAINTS: [&str; 13] = [
    "a fact is such as age_over_19 or student: a-z, 0-9 and _, at most 24",
    "the keys are credential, status and bbs",
    "it is screen, poster or one-way",
    "the languages are ko and en",
    "write it as in https://192.168.0.7:8443",
    "use letters, digits, '.', '_' and '-', not root, and no -key at the end",
    "it is entry, ticket, membership or student-card",
    "it is authority, venue or issuer",
    "write it as in 37.566,126.902",
    "write it as in asked-1.jigap=persons.jigap",
    "write it as in 2026-11-22T09:00:00+09:00",
    "write it as in https://uni.example/degree/v1=degree-context.jsonld",
    "write it as in [\"credentialSubject.degree\", \"evidence[0]\"]",
];

#[test]
fn every_text_has_its_korean_once_and_no_korean_is_for_nothing() {
    let mut wanted = BTreeSet::new();
    texts(&Arguments::command(), &mut wanted);
    wanted.extend(COMPLAINTS.map(str::to_owned));
    let known: BTreeSet<String> = words().map(|(english, _)| (*english).to_owned()).collect();
    let missing: Vec<_> = wanted.difference(&known).collect();
    let idle: Vec<_> = known.difference(&wanted).collect();
    assert!(missing.is_empty() && idle.is_empty(), "add to words.rs: {missing:#?}\nremove: {idle:#?}");
    assert_eq!(known.len(), words().count(), "an English text stands twice");
}

#[test]
fn help_in_korean_has_korean_headings_and_defaults() {
    let mut command = in_korean(Arguments::command());
    let help = command.find_subcommand_mut("init").unwrap().render_help().to_string();
    for part in ["사용법: jigap init", "인자:", "옵션:", "[기본값: ", "보기:", "종료 코드: 0 "]
    {
        assert!(help.contains(part), "{part}:\n{help}");
    }
    for part in ["Usage", "Options", "Arguments", "default:", "Print help", "Exit codes"] {
        assert!(!help.contains(part), "{part}:\n{help}");
    }
}

#[test]
fn arguments_parse_alike_in_both_languages() {
    let arguments = ["jigap", "verify", "x", "--trust", "t", "--json"];
    let korean = in_korean(Arguments::command()).try_get_matches_from(arguments).unwrap();
    let english = Arguments::command().try_get_matches_from(arguments).unwrap();
    let file = |matches: &clap::ArgMatches| {
        matches.subcommand_matches("verify").unwrap().get_one::<String>("file").cloned()
    };
    assert_eq!(file(&korean), file(&english));
    assert_eq!(file(&korean).as_deref(), Some("x"));
}

#[track_caller]
fn complaint_about(arguments: &[&str]) -> String {
    let error = in_korean(Arguments::command()).try_get_matches_from(arguments).unwrap_err();
    complaint(&error)
}

#[test]
fn wrong_use_is_told_in_korean_with_what_and_how() {
    let unknown = complaint_about(&["jigap", "verify", "x", "--trsut", "t"]);
    assert!(unknown.starts_with("오류: 모르는 인자입니다: --trsut\n도움말: 혹시 --trust"), "{unknown}");
    assert!(unknown.contains("사용법: jigap verify"), "{unknown}");
    let missing = complaint_about(&["jigap", "verify"]);
    assert!(missing.starts_with("오류: 필요한 인자가 없습니다: "), "{missing}");
    let moment = complaint_about(&["jigap", "verify", "x", "--trust", "t", "--at", "yesterday"]);
    assert!(
        moment.contains("쓸 수 없는 값입니다: --at <TIME> yesterday (2026-11-22T09:00:00+09:00처럼"),
        "{moment}"
    );
    let both = complaint_about(&["jigap", "verify", "x", "--trust", "t", "--proof-only"]);
    assert!(both.starts_with("오류: 함께 쓸 수 없는 인자입니다: "), "{both}");
    let command = complaint_about(&["jigap", "vrify"]);
    assert!(
        command.starts_with("오류: 모르는 명령입니다: vrify\n도움말: 혹시 verifier, verify입니까?"),
        "{command}"
    );
    for said in [unknown, missing, moment, both, command] {
        assert!(!said.contains("error") && !said.contains("Usage"), "{said}");
    }
}

/// Every page in Korean as docs/CLI.ko.md, made as docs/CLI.md is.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads and writes the page")]
fn docs_cli_ko_md_is_the_help_pages() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CLI.ko.md");
    let title = "# `jigap`의 모든 도움말\n\n`JIGAP_BLESS=1 cargo nextest run -p jigap-cli docs_cli`가 명령 나무에서 만들며, \
        시험이 견주어 봅니다.\n";
    let page = crate::args::tests::page(in_korean(Arguments::command()), title);
    if std::env::var_os("JIGAP_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(checked_in == page, "docs/CLI.ko.md is old: JIGAP_BLESS=1 writes it anew");
}
