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

use crate::args::{VcIssue, VcVerify};
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
    report(&command.common.output, issue::run(command), talk)
}

pub(crate) fn verify(command: &VcVerify, talk: &Talk) -> Result<Exit, Failure> {
    report(&command.common.output, verify::run(command), talk)
}

/// Writes the result, also where there is none, and says in words why something was refused.
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
        files::replace(Path::new(output), text.as_bytes()).map_err(|error| {
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
