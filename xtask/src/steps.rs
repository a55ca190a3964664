//! Runs steps one after another, lets their output through, and says at the end what came of each.

#![expect(clippy::disallowed_methods, reason = "steps are timed for the developer")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::ChoreError;

/// One step of a chore.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) work: Work,
}

/// What a step does.
pub(crate) enum Work {
    /// Runs a program; it inherits stdout and stderr and gets no stdin.
    Program(Command),
    /// Calls a check of our own.
    Check(Box<dyn FnOnce() -> Result<(), ChoreError>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

/// Runs `steps` in order and prints a table. After a failure the rest is left out unless `keep_going`.
/// What the environment lacks stops at once.
pub(crate) fn run_all(steps: Vec<Step>, keep_going: bool) -> Result<(), ChoreError> {
    let count = steps.len();
    let mut table = Vec::with_capacity(count);
    let mut failed = Vec::new();
    for (position, Step { name, work }) in steps.into_iter().enumerate() {
        if !failed.is_empty() && !keep_going {
            table.push((name, Outcome::NotRun));
            continue;
        }
        eprintln!("\n==> [{}/{count}] {name}{}", position + 1, work.command_line());
        let start = Instant::now();
        let result = work.run();
        let elapsed = start.elapsed();
        match result {
            Ok(()) => table.push((name, Outcome::Passed(elapsed))),
            Err(ChoreError::Failed(why)) => {
                eprintln!("{name}: {why}");
                failed.push(name);
                table.push((name, Outcome::Failed(elapsed)));
            }
            Err(environment) => return Err(environment),
        }
    }
    eprint!("\n{}", render(&table));
    if failed.is_empty() { Ok(()) } else { Err(ChoreError::Failed(failed.join(", "))) }
}

impl Work {
    fn command_line(&self) -> String {
        match self {
            Self::Program(command) => {
                let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
                format!(": cargo {}", words.join(" "))
            }
            Self::Check(_) => String::new(),
        }
    }

    fn run(self) -> Result<(), ChoreError> {
        match self {
            Self::Check(check) => check(),
            Self::Program(mut command) => match command.stdin(Stdio::null()).status() {
                Ok(status) if status.success() => Ok(()),
                Ok(status) => Err(ChoreError::Failed(status.to_string())),
                Err(error) => Err(ChoreError::Environment {
                    what: format!("{} does not start: {error}", command.get_program().to_string_lossy()),
                    hint: "is the Rust toolchain on PATH?".to_owned(),
                }),
            },
        }
    }
}

fn render(table: &[(&str, Outcome)]) -> String {
    let mut lines = format!("{:<14} {:<8} {:>8}\n", "step", "result", "seconds");
    let mut total = Duration::ZERO;
    for (name, outcome) in table {
        let (word, time) = match outcome {
            Outcome::Passed(time) => ("passed", Some(time)),
            Outcome::Failed(time) => ("FAILED", Some(time)),
            Outcome::NotRun => ("not run", None),
        };
        total += time.copied().unwrap_or_default();
        let seconds = time.map_or_else(|| "-".to_owned(), |time| format!("{:.1}", time.as_secs_f64()));
        lines.push_str(&format!("{name:<14} {word:<8} {seconds:>8}\n"));
    }
    lines.push_str(&format!("{:<14} {:<8} {:>8.1}\n", "total", "", total.as_secs_f64()));
    lines
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    fn check(name: &'static str, runs: &Rc<Cell<u32>>, result: Result<(), ChoreError>) -> Step {
        let runs = Rc::clone(runs);
        Step {
            name,
            work: Work::Check(Box::new(move || {
                runs.set(runs.get() + 1);
                result
            })),
        }
    }

    fn failure() -> Result<(), ChoreError> {
        Err(ChoreError::Failed("no".to_owned()))
    }

    #[test]
    fn after_a_failure_the_rest_is_left_out() {
        let runs = Rc::new(Cell::new(0));
        let steps = vec![check("a", &runs, Ok(())), check("b", &runs, failure()), check("c", &runs, Ok(()))];
        assert_eq!(run_all(steps, false), Err(ChoreError::Failed("b".to_owned())));
        assert_eq!(runs.get(), 2);
    }

    #[test]
    fn keep_going_runs_all_and_still_fails() {
        let runs = Rc::new(Cell::new(0));
        let steps =
            vec![check("a", &runs, failure()), check("b", &runs, Ok(())), check("c", &runs, failure())];
        assert_eq!(run_all(steps, true), Err(ChoreError::Failed("a, c".to_owned())));
        assert_eq!(runs.get(), 3);
    }

    #[test]
    fn a_program_that_exits_with_an_error_fails_its_step() {
        let run = |program: &str| {
            run_all(vec![Step { name: "p", work: Work::Program(Command::new(program)) }], false)
        };
        assert_eq!(run("true"), Ok(()));
        assert_eq!(run("false"), Err(ChoreError::Failed("p".to_owned())));
        assert!(matches!(run("/no/such/program"), Err(ChoreError::Environment { .. })));
    }

    #[test]
    fn the_table_shows_each_step_and_the_sum() {
        let table = [("format", Outcome::Passed(Duration::from_millis(1500))), ("tests", Outcome::NotRun)];
        assert_eq!(
            render(&table),
            "step           result    seconds\nformat         passed        1.5\ntests          not run         -\ntotal                        1.5\n"
        );
    }
}
