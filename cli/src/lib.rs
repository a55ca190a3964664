//! The `jigap` command: arguments in, words out. What it does is in the rooms below it.
//!
//! Manners: stdout is data, stderr is talk; `-` is stdin; an error is followed by a `hint:`; exit codes are those of
//! `Exit`; a broken pipe is quiet.

mod args;
mod bundle;
mod ca;
mod demo;
mod deployment;
mod doctor;
mod entry_log;
mod failure;
mod gate;
mod hcert;
mod init;
mod input;
mod issuer;
mod korean;
mod pages;
mod people;
mod qr;
mod serve;
mod served;
mod talk;
mod trust;
mod vc;
mod verifier;
mod verify;
mod wallet;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};
use jigap_wallet_core::text::{Lang, Text};

use self::args::{Arguments, Command, Issuer, Trust, Vc, Verifier};
use self::failure::{Exit, Failure};
use self::talk::Talk;

/// Runs `jigap` with the process's arguments.
pub fn run() -> ExitCode {
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let talk = Talk::new(args::lang_of(&words));
    let arguments = match arguments(talk.lang()) {
        Ok(arguments) => arguments,
        Err(error) if talk.lang() == Lang::Ko && error.use_stderr() => {
            talk.say(&korean::complaint(&error));
            return Exit::Usage.into();
        }
        // clap prints help and version to stdout with code 0, wrong use to stderr with code 2.
        Err(error) => error.exit(),
    };
    // A panic is a bug of ours, whatever was asked: it is told as one, with its own exit code.
    let outcome = catch_unwind(AssertUnwindSafe(|| dispatch(&arguments.command, &talk)));
    match outcome.unwrap_or_else(|_| Err(bug())) {
        Ok(exit) => exit.into(),
        Err(failure) => talk.fail(&failure).into(),
    }
}

fn arguments(lang: Lang) -> Result<Arguments, clap::Error> {
    let command = Arguments::command();
    let mut command = if lang == Lang::Ko { korean::in_korean(command) } else { command };
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

fn dispatch(command: &Command, talk: &Talk) -> Result<Exit, Failure> {
    match command {
        Command::Demo(command) => demo::run(command, talk),
        Command::Verify(command) => verify::run(command, talk),
        Command::Hcert(command) => hcert::run(command, talk),
        Command::Vc(Vc::Issue(command)) => vc::issue(command, talk),
        Command::Vc(Vc::Verify(command)) => vc::verify(command, talk),
        Command::Init(command) => init::run(command, talk),
        Command::Serve(command) => serve::run(command, talk),
        Command::Trust(Trust::Publish(command)) => trust::publish(command, talk),
        Command::Trust(Trust::Show(command)) => trust::show(command, talk),
        Command::Trust(Trust::Bundle(command)) => trust::bundle::run(command, talk),
        Command::Trust(Trust::Lote(command)) => trust::lote::show(command, talk),
        Command::Trust(Trust::RotateKey(command)) => trust::rotate_key(command, talk),
        Command::Issuer(Issuer::RotateKey(command)) => issuer::rotate_key(command, talk),
        Command::Issuer(Issuer::ImportKey(command)) => issuer::import_key(command, talk),
        Command::Issuer(Issuer::EndPasses(command)) => issuer::end_passes(command, talk),
        Command::Verifier(Verifier::Ask(command)) => verifier::ask::run(command, talk),
        Command::Verifier(Verifier::Audit(command)) => verifier::audit::run(command, talk),
        Command::Verifier(Verifier::RotateKey(command)) => verifier::rotate_key(command, talk),
        Command::Verifier(Verifier::ImportKey(command)) => verifier::import_key(command, talk),
        Command::Ca(command) => ca::run(command, talk),
        Command::Wallet(command) => wallet::run(command, talk),
        Command::People(command) => people::run(command, talk),
        Command::Gate(command) => gate::run(command, talk),
        Command::Scan(command) => gate::scan(command, talk),
        Command::EntryLog(command) => entry_log::run(command, talk),
        Command::Doctor(command) => doctor::run(command, talk),
        Command::Completions(command) => pages::completions(command, talk),
        Command::Man(command) => pages::man(command, talk),
    }
}

const fn bug() -> Failure {
    let what = Text::new("this is a bug in jigap", "jigap의 결함입니다");
    Failure::new(Exit::Bug, what).hint(Text::new(
        "please report it with the message above and what you did; see SECURITY.md if it may be a vulnerability",
        "위의 글과 하신 일을 적어 알려 주십시오. 취약점일 수 있으면 SECURITY.md를 보십시오",
    ))
}
