//! The services under load: one credential (token, nonce, credential request, batch 1), and one presentation (question,
//! signed request object, response, result), each against the same server doing only the signatures.

use std::fmt::Write as _;

use crate::BenchError;
use crate::load::{CALLERS, Part, Play, Played};
use crate::measure::Typical;
use crate::server::Running;
use crate::wallet::Step;

/// How often each is measured, in turns.
const TURNS: usize = 5;

/// Signatures verified and made in each request of a credential: the key proof, the credential.
const OF_A_CREDENTIAL: [(usize, usize); 3] = [(0, 0), (0, 0), (1, 1)];
/// Signatures verified and made in each request of a presentation: the request object; the issuer's and the holder's.
const OF_A_PRESENTATION: [(usize, usize); 4] = [(0, 0), (0, 1), (2, 0), (0, 0)];

/// Credentials issued.
pub(crate) fn issue(seconds: f64) -> Result<String, BenchError> {
    let mut table = head("issuing, batch 1", 500);
    row(&mut table, "one credential", &Part::Issue, &OF_A_CREDENTIAL, seconds)?;
    Ok(table)
}

/// Presentations asked for, taken and judged.
pub(crate) fn present(seconds: f64) -> Result<String, BenchError> {
    let mut table = head("presenting", 1500);
    for (name, encrypted) in [("`direct_post`", false), ("`direct_post.jwt`", true)] {
        row(&mut table, name, &Part::Present { encrypted }, &OF_A_PRESENTATION, seconds / 2.0)?;
    }
    Ok(table)
}

fn head(what: &str, target: u32) -> String {
    format!(
        "| {what}, {CALLERS} connections | a second, fastest of {TURNS} turns (target ≥ {target}) | a second | latency p50; p99, ms | processor time, ms: server + load | signatures alone, a second | ratio | processor time, ms: server + load | ratio of the server's |\n|---|---|---|---|---|---|---|---|---|\n"
    )
}

fn row(
    table: &mut String,
    name: &str,
    part: &Part,
    signatures: &[(usize, usize)],
    seconds: f64,
) -> Result<(), BenchError> {
    let running = Running::start()?;
    let seconds = seconds / (2 * TURNS) as f64;
    let play = |part: Part| {
        Play { server: running.address.clone(), process: std::process::id(), seconds, part }.elsewhere()
    };
    let (mut real, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let played = play(part.clone())?;
        bare.push(play(Part::Baseline(steps(&played, signatures)))?);
        real.push(played);
    }
    let figures = |of: &[Played], figure: fn(&Played) -> f64| of.iter().map(figure).collect::<Vec<_>>();
    let rates = (figures(&real, |played| played.rate), figures(&bare, |played| played.rate));
    let served = (figures(&real, |played| played.processor.0), figures(&bare, |played| played.processor.0));
    let _ = writeln!(
        table,
        "| {name} | {:.0} | {} | {:.0}; {:.0} | {} | {} | {} | {} | {} |",
        rates.0.iter().copied().fold(f64::NAN, f64::max),
        Typical::of(&rates.0).say(0),
        Typical::of(&figures(&real, |played| played.median)).median,
        Typical::of(&figures(&real, |played| played.slowest)).median,
        processor(&real),
        Typical::of(&rates.1).say(0),
        Typical::ratio(&rates.1, &rates.0).say(2),
        processor(&bare),
        Typical::ratio(&served.0, &served.1).say(2),
    );
    Ok(())
}

/// `server + load`, milliseconds of processor time.
fn processor(of: &[Played]) -> String {
    let median = |of: Vec<f64>| Typical::of(&of).median;
    let server = median(of.iter().map(|played| played.processor.0).collect());
    let load = median(of.iter().map(|played| played.processor.1).collect());
    format!("{server:.2} + {load:.2}")
}

/// The requests of `played`, with their signatures.
fn steps(played: &Played, signatures: &[(usize, usize)]) -> Vec<Step> {
    let step = |((verified, made), (sent, received)): (&(usize, usize), &(usize, usize))| Step {
        verified: *verified,
        made: *made,
        sent: *sent,
        received: *received,
    };
    signatures.iter().zip(&played.sizes).map(step).collect()
}
