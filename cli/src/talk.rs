//! Words on the way out: data to stdout, talk to stderr, in the person's language.

use std::io::{self, Write as _};

use jigap_wallet_core::text::{Lang, Text};

use crate::failure::{Exit, Failure};

/// The language and the two streams.
pub(crate) struct Talk {
    lang: Lang,
}

impl Talk {
    /// In `lang`, else in the language of the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`).
    pub(crate) fn new(lang: Option<Lang>) -> Self {
        Self { lang: lang.unwrap_or_else(locale) }
    }

    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// Data to stdout. A reader that closed the pipe (`| head`) ends us quietly, as it ends every good filter.
    pub(crate) fn data(&self, data: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(data.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
                Exit::Environment,
                Text::new("cannot write the output", "출력할 수 없습니다"),
            )
            .detail(error)),
            _ => Ok(()),
        }
    }

    /// A line of talk to stderr. If stderr is gone there is nobody to tell.
    pub(crate) fn say(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Says what failed and gives the exit code.
    pub(crate) fn fail(&self, failure: &Failure) -> Exit {
        self.say(&failure.say(self.lang));
        failure.exit
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the locale is the environment's, and only the talk depends on it"
)]
fn locale() -> Lang {
    let tag = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|tag| !tag.is_empty()));
    Lang::from_tag(&tag.unwrap_or_default())
}
