//! How a command fails: what happened, what to do, and the exit code.

use std::process::ExitCode;

use jigap_wallet_core::text::{Lang, Text};

/// The exit codes of every command; each help page lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done, or yes.
    Done,
    /// 1: no, or refused.
    No,
    /// 2: wrong use.
    Usage,
    /// 3: the environment: a file, the network, a service.
    Environment,
    /// 70: our bug.
    Bug,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::Environment => 3,
            Exit::Bug => 70,
        })
    }
}

/// A failed command. The detail may hold a path or an address, never a secret or a claim.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    what: Text,
    detail: Option<String>,
    hint: Option<Text>,
}

impl Failure {
    pub(crate) const fn new(exit: Exit, what: Text) -> Self {
        Self { exit, what, detail: None, hint: None }
    }

    pub(crate) fn detail(self, detail: impl ToString) -> Self {
        Self { detail: Some(detail.to_string()), ..self }
    }

    pub(crate) const fn hint(mut self, hint: Text) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What happened, where, and what to do.
    pub(crate) fn into_parts(self) -> (Text, Option<String>, Option<Text>) {
        (self.what, self.detail, self.hint)
    }

    /// What happened and where.
    pub(crate) fn reason(&self, lang: Lang) -> String {
        let detail = self.detail.as_ref().map(|detail| format!(": {detail}"));
        format!("{}{}", self.what.get(lang), detail.unwrap_or_default())
    }

    /// `error: …` and, where there is one, `hint: …`, each on a line.
    pub(crate) fn say(&self, lang: Lang) -> String {
        let (error, hint) = match lang {
            Lang::En => ("error", "hint"),
            Lang::Ko => ("오류", "도움말"),
        };
        let mut said = format!("{error}: {}", self.reason(lang));
        if let Some(text) = &self.hint {
            said += &format!("\n{hint}: {}", text.get(lang));
        }
        said
    }
}
