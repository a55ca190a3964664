//! The tree of commands: consistent, every page with exit codes and examples, and docs/CLI.md true.

use std::path::Path;

use clap::{Command, CommandFactory as _};

use super::Arguments;

mod readme;

/// Characters in a line of docs/CLI.md's help pages.
const WIDTH: usize = 100;

/// Every command of the tree with its full name, depth first.
fn commands(root: Command) -> Vec<(String, Command)> {
    let mut root = root.term_width(WIDTH);
    root.build();
    let mut found = Vec::new();
    collect(&root, "jigap", &mut found);
    found
}

fn collect(command: &Command, name: &str, found: &mut Vec<(String, Command)>) {
    found.push((name.to_owned(), command.clone().term_width(WIDTH)));
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        collect(below, &format!("{name} {}", below.get_name()), found);
    }
}

/// All help pages of a tree, one after another.
pub(crate) fn page(root: Command, title: &str) -> String {
    let mut page = title.to_owned();
    for (name, mut command) in commands(root) {
        let help = command.render_long_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        page += &format!("\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim());
    }
    page
}

#[test]
fn the_tree_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn every_help_page_lists_exit_codes_and_every_command_shows_examples() {
    for (name, mut command) in commands(Arguments::command()) {
        let has_commands = command.has_subcommands();
        for help in [command.render_help().to_string(), command.render_long_help().to_string()] {
            assert!(help.contains("Exit codes: 0 "), "{name}:\n{help}");
            assert!(has_commands || help.contains("Examples:\n"), "{name}:\n{help}");
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads and writes the page")]
fn docs_cli_md_is_the_help_pages() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CLI.md");
    let title = "# `jigap`, every help page\n\nMade from the tree of commands by `JIGAP_BLESS=1 cargo nextest run -p jigap-cli \
        docs_cli`; a test compares it. In Korean: [CLI.ko.md](CLI.ko.md).\n";
    let page = page(Arguments::command(), title);
    if std::env::var_os("JIGAP_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(checked_in == page, "docs/CLI.md is old: JIGAP_BLESS=1 writes it anew");
}
