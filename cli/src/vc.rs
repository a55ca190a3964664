//! `jigap vc`: secure and verify W3C documents by JOSE, SD-JWT and COSE (VC-JOSE-COSE), with a key at hand.
//!
//! The shape is that of the W3C's test suite (github w3c/vc-jose-cose-test-suite): a file in, a key file, a feature, and a file
//! out that says `success`, `failure`, `indeterminate` or `error`. Nothing here says who issued a document or whether they may.

mod issue;
mod key;
mod verify;

use std::path::Path;

use jigap_platform::files;
use jigap_wallet_core::text::{Lang, Text};
use serde_json::json;

use crate::args::{Common, VcIssue, VcVerify};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

/// What came of it.
#[derive(Debug)]
enum Outcome {
    /// Issued: the text that secures the document. Verified: the document.
    Success(String),
    /// Refused, and why.
    Refused(String),
    /// It cannot be told, and why.
    Unknown(String),
}

impl Outcome {
    const fn exit(&self) -> Exit {
        match self {
            Self::Success(_) => Exit::Done,
            Self::Refused(_) | Self::Unknown(_) => Exit::No,
        }
    }
}

pub(crate) fn issue(command: &VcIssue, talk: &Talk) -> Result<Exit, Failure> {
    require_apart(&command.common)?;
    report(&command.common.output, issue::run(command), talk)
}

pub(crate) fn verify(command: &VcVerify, talk: &Talk) -> Result<Exit, Failure> {
    require_apart(&command.common)?;
    report(&command.common.output, verify::run(command), talk)
}

/// Refuses an output that would take the key or the input away; nothing is written then.
fn require_apart(common: &Common) -> Result<(), Failure> {
    let Common { input, key, output, .. } = common;
    let would_go = |path: &str| path != "-" && files::replaces(Path::new(output), Path::new(path));
    let Some(path) = [key, input].into_iter().find(|path| output != "-" && would_go(path)) else {
        return Ok(());
    };
    let what = Text::new(
        "the output would take the place of the key or the input",
        "결과 파일이 키 파일이나 입력 파일을 덮어쓰게 됩니다",
    );
    Err(Failure::new(Exit::Usage, what)
        .detail(format!("{output}: {path}"))
        .hint(Text::new("give --output another file", "--output에 다른 파일을 주십시오")))
}

/// Writes the result, also where there is none, for its owner alone, since documents are about people, and says in words why something was refused.
fn report(output: &str, outcome: Result<Outcome, Failure>, talk: &Talk) -> Result<Exit, Failure> {
    let (result, data) = match &outcome {
        Ok(Outcome::Success(data)) => ("success", data.clone()),
        Ok(Outcome::Refused(why)) => ("failure", why.clone()),
        Ok(Outcome::Unknown(why)) => ("indeterminate", why.clone()),
        Err(failure) => ("error", failure.say(Lang::En)),
    };
    let text = json!({"result": result, "data": data}).to_string() + "\n";
    let written = if output == "-" {
        talk.data(&text)
    } else {
        files::replace_private(Path::new(output), text.as_bytes()).map_err(|error| {
            let what = Text::new("cannot write the result", "결과를 쓸 수 없습니다");
            Failure::new(Exit::Environment, what).detail(format!("{output}: {error}"))
        })
    };
    let outcome = outcome?;
    written?;
    if let Outcome::Refused(why) | Outcome::Unknown(why) = &outcome {
        talk.say(why);
    }
    Ok(outcome.exit())
}
