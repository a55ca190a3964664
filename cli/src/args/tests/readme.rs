//! What the two READMEs tell a person to type is what the tree of commands takes, and each command stands in both.

use std::path::Path;

use clap::error::ErrorKind;
use clap::{Command, CommandFactory as _};

use super::commands;
use crate::args::Arguments;

const PAGES: [&str; 2] = ["README.md", "README.ko.md"];
const STORY: &str = "docs/stories/venue.md";
/// What `cargo run` hands to `jigap`.
const CARGO: &str = "cargo run --release -- ";

#[expect(clippy::disallowed_methods, reason = "the test reads the page")]
fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)).unwrap()
}

/// What stands in code: each command of a fenced block, each span between backticks.
fn code(page: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            // One command after another, and what is said about them.
            found.extend(line.split("  #").next().unwrap_or_default().split("&&").map(str::trim));
        } else {
            found.extend(line.split('`').skip(1).step_by(2));
        }
    }
    found
}

/// Why `jigap` would not take `line`, unless it would, or asks for more: a page may name a command and leave the rest to
/// its help.
fn refused(line: &str) -> Option<ErrorKind> {
    let mut words = words(line);
    if words == ["jigap", "COMMAND", "--help"] {
        words = vec!["jigap", "--help"];
    }
    let refused = Arguments::command().try_get_matches_from(words).err()?.kind();
    let asks_for_more = [
        ErrorKind::DisplayHelp,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
        ErrorKind::MissingRequiredArgument,
        ErrorKind::MissingSubcommand,
    ];
    (!asks_for_more.contains(&refused)).then_some(refused)
}

/// The words of a line, as a shell parts them: what is quoted is one, and what follows ` > ` or ` # ` is not the command's.
fn words(line: &str) -> Vec<&str> {
    let line = [" > ", " # "].into_iter().fold(line, |line, end| line.split(end).next().unwrap_or_default());
    let (mut found, mut rest) = (Vec::new(), line.trim_start());
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '"' | '\'').then(|| rest[1..].split_once(first)).flatten();
        let (word, after) = quoted.unwrap_or_else(|| rest.split_once(' ').unwrap_or((rest, "")));
        found.push(word);
        rest = after.trim_start();
    }
    found
}

fn offences(page: &str) -> Vec<String> {
    let all = commands(Arguments::command());
    let known = |option: &str| {
        let long = option.trim_start_matches("--");
        let has =
            |command: &Command| command.get_arguments().any(|argument| argument.get_long() == Some(long));
        all.iter().any(|(_, command)| has(command)) || long == "release"
    };
    let mut offences = Vec::new();
    for line in code(page) {
        let line = line.strip_prefix(CARGO).map_or_else(|| line.to_owned(), |rest| format!("jigap {rest}"));
        if line.starts_with("jigap ") {
            offences.extend(refused(&line).map(|kind| format!("{line}: {kind:?}")));
        } else if let Some(option) = line.split_whitespace().next().filter(|word| word.starts_with("--")) {
            offences.extend((!known(option)).then(|| format!("{option}: no command has it")));
        }
    }
    offences
}

#[test]
fn what_the_readmes_tell_a_person_to_type_is_taken() {
    for name in PAGES {
        let page = page(name);
        assert!(code(&page).iter().any(|line| line.starts_with(CARGO)), "{name}: how to start is not found");
        assert_eq!(offences(&page), Vec::<String>::new(), "{name}");
    }
    let story = page(STORY).replace("\\\n", " ");
    assert!(code(&story).iter().any(|line| line.starts_with("jigap gate serve")));
    assert_eq!(offences(&story), Vec::<String>::new(), "{STORY}");
}

#[test]
fn each_command_stands_in_both_readmes() {
    for name in PAGES {
        let page = page(name);
        let spans = code(&page);
        for command in Arguments::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let command = format!("jigap {}", command.get_name());
            assert!(spans.iter().any(|span| span.starts_with(&command)), "{name} does not tell of {command}");
        }
    }
}

#[test]
fn a_line_that_no_command_takes_is_seen() {
    for (text, offence) in [
        ("```sh\ncargo run --release -- demos\n```", "jigap demos: InvalidSubcommand"),
        ("say `jigap verify FILE --now` then", "jigap verify FILE --now: UnknownArgument"),
        ("`jigap demo --lang fr`", "jigap demo --lang fr: ValueValidation"),
        ("with `--no-such-option X`", "--no-such-option: no command has it"),
    ] {
        assert_eq!(offences(text), [offence]);
    }
    assert_eq!(
        offences("```sh\ncargo run --release -- demo\n```\n`jigap wallet`, `--lang ko`"),
        Vec::<String>::new()
    );
}
