//! One status of a list of a million, once it is decoded; and what decoding costs.

use jigap_wallet_core::status::{StatusReference, VerifiedStatusList};

use crate::measure::{Case, Typical, in_turns};
use crate::scene::{NOW, STATUS_URI, STATUSES, status_list};
use crate::{BenchError, broken};

/// An odd step that visits all places of the list before it repeats one.
const STEP: u64 = 618_033;

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let (token, key) = status_list()?;
    let verify = || VerifiedStatusList::verify(&token, STATUS_URI, NOW, |_| Ok(key.clone()));
    let list = verify().map_err(broken("a status list"))?;
    let references = (0..1000)
        .map(|n| StatusReference::new(STATUS_URI, n * STEP % STATUSES))
        .collect::<Result<Vec<_>, _>>()
        .map_err(broken("a reference"))?;
    let mut next = references.iter().cycle();
    let mut cases = [
        Case::new("a status", || {
            next.next().is_some_and(|reference| list.status(reference, NOW, NOW).is_ok())
        }),
        Case::new("decoding", || verify().is_ok()),
    ];
    let figures = in_turns(&mut cases, seconds)?;
    let [status, decoding] = figures.as_slice() else {
        return Err(BenchError::Broken("two cases give two figures".into()));
    };
    let nanoseconds: Vec<f64> = status.iter().map(|figure| figure * 1e3).collect();
    Ok(format!(
        "| list of {STATUSES}, one in a hundred revoked | target | figure |\n|---|---|---|\n\
         | a status after decoding | < 1,000 ns | {} ns |\n\
         | signature, decompression and all checks of the list ({} kB) | once a list | {} µs |\n",
        Typical::of(&nanoseconds).say(0),
        token.len() / 1000,
        Typical::of(decoding).say(0),
    ))
}
