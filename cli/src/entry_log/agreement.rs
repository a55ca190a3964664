//! `policy` and `agree`: who the parties of a log are, and that each of them knows the others.

use std::path::Path;

use jigap_platform::files;
use jigap_wallet_core::entry_log::{Draft, Party};
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::Timestamp;

use super::folder::Folder;
use super::{in_korean, not_separated, refused, unmade, unread};
use crate::args::{LogAgree, LogPolicy};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

const OTHER_CIRCLE: Text = Text::new(
    "the parties of this policy are not those of that circle; theirs is",
    "이 정책의 당사자는 그 서클이 아닙니다. 이 정책의 서클",
);
const ASK_THEM: Text = Text::new(
    "nothing was signed; ask the other parties whose file is the right one",
    "서명하지 않았습니다. 어느 파일이 맞는지 다른 당사자에게 확인하십시오",
);

pub(super) fn policy(command: &LogPolicy, talk: &Talk) -> Result<Exit, Failure> {
    let files = [&command.authority, &command.venue].into_iter().chain(&command.issuers);
    let statements = files.map(|file| input::read(file)).collect::<Result<_, _>>()?;
    let mut draft = Draft::new(statements).map_err(|refusal| refused(refusal, talk.lang()))?;
    if command.output.exists() {
        draft.keep(&read(&command.output, talk.lang())?);
    }
    written(&draft, &command.output, talk)
}

pub(super) fn agree(command: &LogAgree, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let folder = Folder::open(&command.directory, now, lang)?;
    let mut draft = read(&command.policy, lang)?;
    for party in draft.parties() {
        let (name, operator) = (printable(&party.name), printable(&party.operator));
        talk.say(&match lang {
            Lang::En => format!("{}: {name}, run by {operator}", party.role),
            Lang::Ko => format!("{}: {name}, 운영자 {operator}", in_korean(party.role)),
        });
    }
    if command.circle.as_ref().is_some_and(|wanted| digits(wanted) != digits(&circle(&draft))) {
        return Err(Failure::new(Exit::No, OTHER_CIRCLE).detail(circle(&draft)).hint(ASK_THEM));
    }
    draft.agree(&folder.identity).map_err(|error| unmade(error, lang))?;
    written(&draft, &command.policy, talk)
}

fn read(path: &Path, lang: Lang) -> Result<Draft, Failure> {
    Draft::read(&super::read(path)?).map_err(|refusal| refused(refusal, lang))
}

/// Writes the draft, and says what there is to say of it.
fn written(draft: &Draft, path: &Path, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    files::replace(path, &draft.to_bytes()).map_err(|error| unread(path, &error))?;
    let apart = Text::new(
        "separated, by what the parties say of themselves: each has its own operator and keys",
        "당사자들의 진술에 따르면 분리되어 있습니다. 운영자와 키가 저마다 다릅니다",
    );
    talk.say(&not_separated(draft.separation(), lang).unwrap_or_else(|| apart.get(lang).to_owned()));
    let circle = circle(draft);
    talk.say(&match lang {
        Lang::En => format!("circle: {circle} (the other parties must see the same)"),
        Lang::Ko => format!("서클: {circle} (다른 당사자에게도 같은 값이 보여야 합니다)"),
    });
    let missing: Vec<String> = draft.missing().map(|party| name(party, lang)).collect();
    let missing = missing.join(", ");
    talk.say(&match (lang, missing.is_empty()) {
        (Lang::En, true) => "every party has agreed: the policy counts".to_owned(),
        (Lang::Ko, true) => "모든 당사자가 동의했습니다. 정책이 유효합니다".to_owned(),
        (Lang::En, false) => format!("still to agree (`jigap entry-log agree`): {missing}"),
        (Lang::Ko, false) => format!("아직 동의하지 않음 (`jigap entry-log agree`): {missing}"),
    });
    Ok(Exit::Done)
}

/// What stands for all of them, for people to compare: 160 bits of its digest, so that nobody makes two circles that look alike.
fn circle(draft: &Draft) -> String {
    let groups = draft.circle();
    let groups =
        groups.chunks(2).take(10).map(|two| two.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    groups.collect::<Vec<_>>().join("-")
}

/// Without what people put between digits.
fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|digit| digit.to_ascii_lowercase()).collect()
}

fn name(party: &Party, lang: Lang) -> String {
    let name = printable(&party.name);
    match lang {
        Lang::En => format!("{} {name}", party.role),
        Lang::Ko => format!("{} {name}", in_korean(party.role)),
    }
}
