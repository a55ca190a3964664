//! Times things in turns, and says what is typical, how far it spreads, and what it is when nothing disturbs.

use std::time::{Duration, Instant};

use crate::{BenchError, require};

/// How long one thing runs before it is the next one's turn.
const SLICE: Duration = Duration::from_millis(2);

/// Something to be timed. It says whether it did what it should.
pub(crate) struct Case<'a> {
    pub(crate) name: String,
    pub(crate) work: Box<dyn FnMut() -> bool + 'a>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(name: impl Into<String>, work: impl FnMut() -> bool + 'a) -> Self {
        Self { name: name.into(), work: Box::new(work) }
    }
}

/// Microseconds of one operation in each round, in the order of the cases. Before each turn the work is done once
/// untimed, so that its memory is at hand again.
pub(crate) fn in_turns(cases: &mut [Case<'_>], seconds: f64) -> Result<Vec<Vec<f64>>, BenchError> {
    let mut repeats = Vec::with_capacity(cases.len());
    for case in &mut *cases {
        require((case.work)(), &case.name)?;
        let once = timed(|| (case.work)()).1.max(1e-9);
        repeats.push((SLICE.as_secs_f64() / once).clamp(1.0, 1e6) as usize);
    }
    let mut figures = vec![Vec::new(); cases.len()];
    let start = now();
    while start.elapsed().as_secs_f64() < seconds || figures.iter().any(Vec::is_empty) {
        for ((case, repeat), figures) in cases.iter_mut().zip(&repeats).zip(&mut figures) {
            require((case.work)(), &case.name)?;
            let (good, took) = timed(|| (0..*repeat).all(|_| std::hint::black_box((case.work)())));
            require(good, &case.name)?;
            figures.push(took * 1e6 / *repeat as f64);
        }
    }
    Ok(figures)
}

/// What is typical of some figures: half lie on either side of `median`, eight in ten between `low` and `high`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typical {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Typical {
    pub(crate) fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
            sorted.get(place).copied().unwrap_or(f64::NAN)
        };
        Self { low: at(0.1), median: at(0.5), high: at(0.9) }
    }

    /// Of each round's `measured` over its `base`.
    pub(crate) fn ratio(measured: &[f64], base: &[f64]) -> Self {
        let ratios: Vec<f64> = measured.iter().zip(base).map(|(measured, base)| measured / base).collect();
        Self::of(&ratios)
    }

    /// What `measured` takes beside `base` when nobody else has the machine: what others do to it only ever adds time, so
    /// the fastest tenth of each is what the code itself costs.
    pub(crate) fn undisturbed_ratio(measured: &[f64], base: &[f64]) -> f64 {
        Self::of(measured).low / Self::of(base).low
    }

    /// `median (low–high)`.
    pub(crate) fn say(&self, digits: usize) -> String {
        let Self { low, median, high } = self;
        format!("{median:.digits$} ({low:.digits$}–{high:.digits$})")
    }
}

/// What `work` gives, and the seconds it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = now();
    let value = work();
    (value, start.elapsed().as_secs_f64())
}

/// The monotonic clock.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_eight_in_ten() {
        let figures: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        let typical = Typical::of(&figures);
        assert_eq!((typical.low, typical.median, typical.high), (10.0, 50.0, 90.0));
        assert_eq!(typical.say(1), "50.0 (10.0–90.0)");
        assert!((Typical::ratio(&[2.0, 6.0], &[1.0, 2.0]).high - 3.0).abs() < 1e-9);
    }

    #[test]
    fn what_others_do_to_the_machine_is_left_out() {
        let quiet: Vec<f64> = (0..20).map(|_| 10.0).collect();
        let busy: Vec<f64> = (0..20).map(|at| if at < 3 { 13.0 } else { 40.0 }).collect();
        assert!((Typical::undisturbed_ratio(&busy, &quiet) - 1.3).abs() < 1e-9);
        assert!((Typical::ratio(&busy, &quiet).median - 4.0).abs() < 1e-9);
    }

    #[test]
    fn what_does_not_do_its_work_is_not_measured() {
        let mut calls = 0;
        let mut cases = [Case::new("fails later", || {
            calls += 1;
            calls < 10
        })];
        assert!(in_turns(&mut cases, 0.01).is_err());
    }
}
