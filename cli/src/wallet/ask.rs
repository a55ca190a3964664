//! Questions on the terminal. Where there is none, nothing is assumed: the command fails and says which flag answers.

use std::io::{self, IsTerminal as _, Write as _};

use jigap_wallet_core::text::{Lang, Text};
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::talk::Talk;

/// Longest line that is read from stdin, in bytes.
const MAX_LINE: u64 = 64 << 10;

/// Asks for a yes. Anything else is a no.
pub(super) fn consent(question: &Text, talk: &Talk) -> Result<bool, Failure> {
    if !is_terminal() {
        let what =
            Text::new("consent is asked on the terminal, and there is none", "동의를 물을 터미널이 없습니다");
        let hint = Text::new("--yes agrees without asking", "--yes를 주면 묻지 않고 동의한 것으로 봅니다");
        return Err(Failure::new(Exit::Usage, what).hint(hint));
    }
    let choices = match talk.lang() {
        Lang::En => "[y/N]",
        Lang::Ko => "[예/아니요]",
    };
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "{} {choices} ", question.get(talk.lang()));
    let _ = stderr.flush();
    Ok(is_yes(&line()?))
}

/// Whether there is somebody to ask.
pub(super) fn is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// A line typed where it is seen.
pub(super) fn visible(prompt: &Text, talk: &Talk) -> Result<Zeroizing<String>, Failure> {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "{}: ", prompt.get(talk.lang()));
    let _ = stderr.flush();
    line()
}

/// One line of stdin without its end.
pub(super) fn line() -> Result<Zeroizing<String>, Failure> {
    use std::io::{BufRead as _, Read as _};
    let mut typed = Zeroizing::new(String::with_capacity(MAX_LINE as usize));
    io::stdin().lock().take(MAX_LINE).read_line(&mut typed).map_err(|error| {
        Failure::new(Exit::Environment, Text::new("cannot read stdin", "표준 입력을 읽을 수 없습니다"))
            .detail(error)
    })?;
    let length = typed.trim_end_matches(['\r', '\n']).len();
    typed.truncate(length);
    Ok(typed)
}

/// A secret typed without echo. `otherwise` says what to give where there is no terminal.
pub(super) fn hidden(prompt: &Text, otherwise: Text, talk: &Talk) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(format!("{}: ", prompt.get(talk.lang()))).map(Zeroizing::new).map_err(
        |error| {
            let what =
                Text::new("this is asked on the terminal, and there is none", "물어볼 터미널이 없습니다");
            Failure::new(Exit::Usage, what).detail(error).hint(otherwise)
        },
    )
}

fn is_yes(typed: &str) -> bool {
    matches!(typed.trim().to_lowercase().as_str(), "y" | "yes" | "예" | "네" | "ㅇ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_yes_is_one() {
        for yes in ["y", "Y", "yes", " 예 ", "네"] {
            assert!(is_yes(yes), "{yes}");
        }
        for no in ["", "n", "yy", "아니요", "yes please", "0"] {
            assert!(!is_yes(no), "{no}");
        }
    }
}
