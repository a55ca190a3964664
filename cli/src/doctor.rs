//! `jigap doctor`: looks at a set-up and says, line by line, what is right, what is doubtful, what is wrong, and what to do.
//! It changes nothing. Refused: nothing; what cannot be looked at is a line too.

mod machine;
mod service;
mod start;
mod wallet;

use jigap_wallet_core::text::{Lang, Text};
use serde_json::json;

use crate::args::Doctor;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Ok,
    Warn,
    Fail,
}

/// One line, and what to do.
#[derive(Debug, Clone, PartialEq)]
struct Finding {
    grade: Grade,
    what: Text,
    detail: Option<String>,
    hint: Option<Text>,
}

impl Finding {
    const fn new(grade: Grade, what: Text) -> Self {
        Self { grade, what, detail: None, hint: None }
    }

    const fn ok(en: &'static str, ko: &'static str) -> Self {
        Self::new(Grade::Ok, Text::new(en, ko))
    }

    const fn warn(en: &'static str, ko: &'static str) -> Self {
        Self::new(Grade::Warn, Text::new(en, ko))
    }

    const fn fail(en: &'static str, ko: &'static str) -> Self {
        Self::new(Grade::Fail, Text::new(en, ko))
    }

    fn detail(self, detail: impl ToString) -> Self {
        Self { detail: Some(detail.to_string()), ..self }
    }

    const fn hint(mut self, en: &'static str, ko: &'static str) -> Self {
        self.hint = Some(Text::new(en, ko));
        self
    }

    /// With what went wrong, in `lang`, and what to do about it.
    fn because(self, failure: Failure, lang: Lang) -> Self {
        let (what, detail, hint) = failure.into_parts();
        let why =
            [Some(what.get(lang).to_owned()), detail].into_iter().flatten().collect::<Vec<_>>().join(": ");
        Self { hint, ..self.detail(why) }
    }

    fn line(&self, lang: Lang) -> String {
        let mut line = format!("{:<4}  {}", self.grade.name(), self.what.get(lang));
        if let Some(detail) = &self.detail {
            line += &format!(": {detail}");
        }
        if let Some(hint) = &self.hint {
            line += &format!("\n      → {}", hint.get(lang));
        }
        line + "\n"
    }
}

impl Grade {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// Looks, and prints what it found.
pub(crate) fn run(command: &Doctor, talk: &Talk) -> Result<Exit, Failure> {
    let mut findings = machine::look();
    findings.extend(wallet::look(&command.opening, talk)?);
    if let Some(config) = &command.config {
        findings.extend(service::look(config, talk.lang()));
    }
    talk.data(&printed(&findings, command.json, talk.lang()))?;
    let wrong = findings.iter().any(|finding| finding.grade == Grade::Fail);
    Ok(if wrong { Exit::No } else { Exit::Done })
}

fn printed(findings: &[Finding], as_json: bool, lang: Lang) -> String {
    if !as_json {
        return findings.iter().map(|finding| finding.line(lang)).collect();
    }
    let lines = findings.iter().map(|finding| {
        json!({
            "grade": finding.grade.name(), "what": finding.what.get(lang), "detail": finding.detail,
            "hint": finding.hint.map(|hint| hint.get(lang)),
        })
    });
    serde_json::Value::from_iter(lines).to_string() + "\n"
}

#[cfg(test)]
mod tests;
