//! Help pages and complaints about arguments in Korean. The tree of commands is written in English, once; here every
//! text of it is looked up in [`words`], paragraph by paragraph. A test finds what has no Korean, and Korean that is
//! for nothing.

mod directories;
mod doors;
mod feed;
mod log;
mod people;
mod tickets;
mod words;

use clap::builder::{Resettable, StyledStr};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};

use self::words::WORDS;

/// As clap's own, with Korean headings (see `Command::help_template`).
const TEMPLATE: &str = "{about-with-newline}\n사용법: {usage}\n\n{all-args}{after-help}";
const EXIT_CODES: (&str, &str) = ("Exit codes: ", "종료 코드: ");
const EXAMPLES: (&str, &str) = ("Examples:\n", "보기:\n");
const HELP: &str = "도움말을 보여 줍니다";
const VERSION: &str = "판을 보여 줍니다";

/// The tree with every text in Korean.
pub(crate) fn in_korean(mut command: Command) -> Command {
    command.build();
    translated(command)
}

fn translated(command: Command) -> Command {
    let about = or_none(command.get_about().map(text));
    let long_about = or_none(command.get_long_about().map(text));
    let after_help = or_none(command.get_after_help().map(text));
    let below: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("명령")
        .mut_args(argument)
        .about(about)
        .long_about(long_about)
        .after_help(after_help);
    below.into_iter().fold(command, |command, name| command.mut_subcommand(name, translated))
}

fn argument(argument: Arg) -> Arg {
    let heading = if argument.is_positional() { "인자" } else { "옵션" };
    let default: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let long_help = argument.get_long_help().map(text);
    let help = match argument.get_id().as_str() {
        "help" => Some(HELP.to_owned()),
        "version" => Some(VERSION.to_owned()),
        _ => argument.get_help().map(text),
    };
    let note =
        if default.is_empty() { String::new() } else { format!(" [기본값: {}]", default.join(", ")) };
    let noted = |help: Option<String>| or_none(help.map(|help| help + &note));
    let takes_help = argument.get_id() == "help";
    let argument = argument.help_heading(heading).hide_default_value(true).help(noted(help));
    if takes_help { argument.long_help(HELP) } else { argument.long_help(noted(long_help)) }
}

fn or_none(text: Option<String>) -> Resettable<StyledStr> {
    text.map_or(Resettable::Reset, |text| Resettable::Value(text.into()))
}

fn text(styled: &StyledStr) -> String {
    let paragraphs: Vec<String> = styled.to_string().split("\n\n").map(paragraph).collect();
    paragraphs.join("\n\n")
}

fn paragraph(english: &str) -> String {
    if let Some(codes) = english.strip_prefix(EXIT_CODES.0) {
        let codes: Vec<String> = codes.split(", ").map(exit_code).collect();
        return EXIT_CODES.1.to_owned() + &codes.join(", ");
    }
    if let Some(examples) = english.strip_prefix(EXAMPLES.0) {
        return EXAMPLES.1.to_owned() + examples;
    }
    word(english).unwrap_or(english).to_owned()
}

/// `0 done` and the like: a number and what it means.
fn exit_code(english: &str) -> String {
    match english.split_once(' ') {
        Some((number, meaning)) => format!("{number} {}", word(meaning).unwrap_or(meaning)),
        None => english.to_owned(),
    }
}

fn word(english: &str) -> Option<&'static str> {
    words().find(|(from, _)| *from == english).map(|(_, to)| *to)
}

/// The whole table.
fn words() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let rooms = doors::WORDS.iter().chain(feed::WORDS).chain(log::WORDS).chain(tickets::TICKETS);
    WORDS.iter().chain(rooms).chain(directories::DIRECTORIES).chain(people::WORDS)
}

/// What is wrong with the arguments, and how they are written.
pub(crate) fn complaint(error: &Error) -> String {
    let named = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let (argument, value) = (named(ContextKind::InvalidArg), named(ContextKind::InvalidValue));
    let what = match error.kind() {
        ErrorKind::UnknownArgument => format!("모르는 인자입니다: {argument}"),
        ErrorKind::InvalidSubcommand => {
            format!("모르는 명령입니다: {}", named(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "명령이 없습니다".to_owned()
        }
        ErrorKind::MissingRequiredArgument => format!("필요한 인자가 없습니다: {argument}"),
        ErrorKind::ArgumentConflict => {
            format!("함께 쓸 수 없는 인자입니다: {argument}, {}", named(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("값이 없습니다: {argument}"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => format!("값이 모자랍니다: {argument}"),
        ErrorKind::TooManyValues => format!("값이 너무 많습니다: {argument}"),
        _ => format!("쓸 수 없는 값입니다: {argument} {value}"),
    };
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let cause = cause.map(|cause| format!(" ({})", word(&cause).unwrap_or(&cause))).unwrap_or_default();
    let suggested =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
            .into_iter()
            .find_map(|kind| error.get(kind))
            .map(|names| format!("\n도움말: 혹시 {names}입니까?"))
            .unwrap_or_default();
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => {
            format!("\n\n{}", usage.to_string().replacen("Usage:", "사용법:", 1))
        }
        _ => String::new(),
    };
    format!("오류: {what}{cause}{suggested}{usage}\n\n자세한 것은 '--help'로 볼 수 있습니다.")
}

#[cfg(test)]
mod tests;
