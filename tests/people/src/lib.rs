//! People who do not exist, and what is asked about them: the yardstick of the search of people.
//!
//! [`People`] makes any number of people, each from the seed and their number alone, so that a million are streamed and never held.
//! [`queries`] are labelled by what the people *are* (kind, grade, specialty, place, language, hours), never by what their texts
//! say, and were committed before the first line of the analyser that they judge. Odd numbers are for tuning, even ones are the test.
//! [`run`] scores the search, and plain ways to search, by them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "tables go to stdout, talk to stderr")]

mod baselines;
mod cost;
mod evaluation;
mod listed;
mod names;
mod person;
pub mod queries;
mod random;
mod regions;
mod texts;
mod trades;

pub use evaluation::run;
pub use listed::{NOW, event, query};
pub use person::{Fact, Part, People, Person, SLOTS, slot};
pub use regions::{CITIES, City, REGIONS, Region};
pub use trades::{GRADES, INSTITUTIONS, KINDS, Kind, LANGUAGES, MODES, SPECIALTIES, Specialty, Word};
