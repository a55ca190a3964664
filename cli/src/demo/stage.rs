//! What the audience sees: numbered steps, aligned lines, QR codes in half blocks, and the table at the end.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use jigap_wallet_core::text::{Lang, Text};
use qrcode::{EcLevel, QrCode};

use crate::failure::Failure;
use crate::qr;
use crate::talk::Talk;

/// Columns of a terminal that nobody widened, and of the space before what is told.
const TERMINAL: usize = 80;
const INDENT: usize = 4;
/// Columns of a line's label.
const LABEL: usize = 16;

/// The colours that are used, and only on a terminal.
#[derive(Clone, Copy)]
enum Tint {
    Bold,
    Dim,
    Green,
    Red,
    /// White on black whatever the terminal's theme, so that a camera sees a QR code the right way round.
    Code,
}

/// Where the story is told.
pub(super) struct Stage<'t> {
    talk: &'t Talk,
    colour: bool,
    started: Instant,
    steps: Vec<Step>,
}

/// One step: its title, when it began, how long it took, what came of it.
struct Step {
    title: Text,
    began: Instant,
    took: Duration,
    came: String,
}

impl<'t> Stage<'t> {
    pub(super) fn new(talk: &'t Talk) -> Self {
        let colour = io::stdout().is_terminal() && !no_colour();
        Self { talk, colour, started: now(), steps: Vec::new() }
    }

    pub(super) fn lang(&self) -> Lang {
        self.talk.lang()
    }

    /// The title of the whole.
    pub(super) fn title(&self, title: Text) -> Result<(), Failure> {
        self.print(&self.tint(Tint::Bold, title.get(self.lang())))
    }

    /// Begins a step.
    pub(super) fn step(&mut self, title: Text) -> Result<(), Failure> {
        let line = format!("\n{:>2}  {}", self.steps.len() + 1, title.get(self.lang()));
        self.steps.push(Step { title, began: now(), took: Duration::ZERO, came: String::new() });
        self.print(&self.tint(Tint::Bold, &line))
    }

    /// Ends the step with what came of it, for the table.
    pub(super) fn done(&mut self, came: impl Into<String>) {
        if let Some(step) = self.steps.last_mut() {
            step.took = step.began.elapsed();
            step.came = came.into();
        }
    }

    /// A sentence.
    pub(super) fn say(&self, text: Text) -> Result<(), Failure> {
        self.print(&format!("    {}", text.get(self.lang())))
    }

    /// A label and a value.
    pub(super) fn line(&self, label: Text, value: &str) -> Result<(), Failure> {
        let label = pad(label.get(self.lang()), LABEL);
        self.print(&format!("    {} {value}", self.tint(Tint::Dim, &label)))
    }

    /// `✓` or `✗` and a rule, with its reason where it was refused.
    pub(super) fn check(&self, passed: bool, rule: &str) -> Result<(), Failure> {
        let mark = if passed { self.tint(Tint::Green, "✓") } else { self.tint(Tint::Red, "✗") };
        self.print(&format!("      {mark} {rule}"))
    }

    /// A judgement that was not made.
    pub(super) fn unjudged(&self, rule: &str) -> Result<(), Failure> {
        self.print(&self.tint(Tint::Dim, &format!("      – {rule}")))
    }

    /// `content` as a QR code, where it fits one. It is drawn light on dark: a light module is a block.
    pub(super) fn qr(&self, content: &str) -> Result<(), Failure> {
        let drawn = |level| QrCode::with_error_correction_level(content, level).ok();
        // On a screen nothing wears off: a code that fits the terminal is worth more than one that mends more.
        let narrow = drawn(EcLevel::M).filter(|code| code.width() + 2 * qr::QUIET + INDENT <= TERMINAL);
        let Some(code) = narrow.or_else(|| drawn(EcLevel::L)) else { return Ok(()) };
        for line in qr::half_blocks(&code) {
            self.print(&format!("    {}", self.tint(Tint::Code, &line)))?;
        }
        Ok(())
    }

    /// The steps, their times and what came of them, then `counts`, each a label and a number.
    pub(super) fn table(&self, counts: &[(Text, usize)]) -> Result<(), Failure> {
        let lang = self.lang();
        let heads = match lang {
            Lang::Ko => ["단계", "걸린 시간", "결과"],
            Lang::En => ["step", "time", "outcome"],
        };
        let widest = self.steps.iter().map(|step| width(step.title.get(lang))).max().unwrap_or(0);
        let head = format!("\n    {}  {}  {}", pad(heads[0], widest), lead(heads[1], 9), heads[2]);
        self.print(&self.tint(Tint::Bold, &head))?;
        for (number, step) in self.steps.iter().enumerate() {
            let title = pad(step.title.get(lang), widest);
            let took = lead(&format!("{} ms", step.took.as_millis()), 9);
            self.print(&format!("{:>2}  {title}  {took}  {}", number + 1, step.came))?;
        }
        let total = format!("{} ms", self.started.elapsed().as_millis());
        let together = if lang == Lang::Ko { "모두" } else { "together" };
        let mut line = format!("\n    {} {total}", pad(together, LABEL));
        for (label, count) in counts {
            let _ = write!(line, "\n    {} {count}", pad(label.get(lang), LABEL));
        }
        self.print(&line)
    }

    pub(super) fn print(&self, line: &str) -> Result<(), Failure> {
        self.talk.data(&format!("{line}\n"))
    }

    fn tint(&self, tint: Tint, text: &str) -> String {
        let code = match tint {
            Tint::Bold => "1",
            Tint::Dim => "2",
            Tint::Green => "32",
            Tint::Red => "31",
            Tint::Code => qr::COLOURS,
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Columns that `text` takes: Hangul and other wide letters take two (Unicode UAX #11).
pub(super) fn width(text: &str) -> usize {
    let wide = |c: char| matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FF60}');
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

/// `text` filled up with blanks to `columns`.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` with blanks before it.
fn lead(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

#[expect(clippy::disallowed_methods, reason = "the demo says how long each step took")]
fn now() -> Instant {
    Instant::now()
}

/// Whether the person wants no colour (no-color.org).
#[expect(clippy::disallowed_methods, reason = "NO_COLOR is the environment's")]
fn no_colour() -> bool {
    std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hangul_takes_two_columns() {
        assert_eq!((width("학생증 OK"), width("✓ ok")), (9, 4));
        assert_eq!(pad("학생", 6), "학생  ");
    }
}
