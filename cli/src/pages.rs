//! `jigap completions` and `jigap man`: what a shell and a reader of manuals want of the tree of commands.

use clap::{Command, CommandFactory as _};
use jigap_platform::files;
use jigap_wallet_core::text::{Lang, Text};

use crate::args::{Arguments, Completions, Man};
use crate::failure::{Exit, Failure};
use crate::korean;
use crate::talk::Talk;

/// Prints completions for a shell.
pub(crate) fn completions(command: &Completions, talk: &Talk) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut tree(talk.lang()), "jigap", &mut script);
    talk.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Writes one page for each command.
pub(crate) fn man(command: &Man, talk: &Talk) -> Result<Exit, Failure> {
    let folder = &command.directory;
    let unwritten = |error: &dyn std::fmt::Display| {
        let what = Text::new("the manual pages cannot be written", "설명서를 쓸 수 없습니다");
        Failure::new(Exit::Environment, what).detail(format!("{}: {error}", folder.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| unwritten(&error))?;
    let mut root = tree(talk.lang());
    root.build();
    for (name, page) in pages(&root, "jigap").map_err(|error| unwritten(&error))? {
        let path = folder.join(format!("{name}.1"));
        files::write_new(&path, &page).map_err(|error| unwritten(&error))?;
        talk.data(&format!("{}\n", path.display()))?;
    }
    Ok(Exit::Done)
}

fn tree(lang: Lang) -> Command {
    let command = Arguments::command();
    if lang == Lang::Ko { korean::in_korean(command) } else { command }
}

/// The page of `command` and those below it, each under its full name.
fn pages(command: &Command, name: &str) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone().display_name(name.to_owned())).render(&mut page)?;
    let mut all = vec![(name.to_owned(), page)];
    for below in command.get_subcommands() {
        all.extend(pages(below, &format!("{name}-{}", below.get_name()))?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_in_both_languages() {
        for (lang, word) in [(Lang::En, "offline"), (Lang::Ko, "네트워크 없이")] {
            let mut root = tree(lang);
            root.build();
            let pages = pages(&root, "jigap").unwrap();
            let page =
                |name: &str| pages.iter().find(|(found, _)| found == name).map(|(_, page)| page.clone());
            let verify = String::from_utf8(page("jigap-verify").unwrap()).unwrap();
            assert!(verify.contains(word) && verify.contains("trust"), "{verify}");
            assert!(page("jigap-wallet-present").is_some());
        }
    }

    #[test]
    fn a_shell_completes_every_command() {
        let mut script = Vec::new();
        clap_complete::generate(clap_complete::Shell::Bash, &mut tree(Lang::En), "jigap", &mut script);
        let script = String::from_utf8(script).unwrap();
        for word in ["verify", "--proof-only", "present", "--decline"] {
            assert!(script.contains(word), "{word}");
        }
    }
}
