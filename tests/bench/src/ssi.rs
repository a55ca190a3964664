//! `ssi` as a peer, in a process of its own (`tests/bench/ssi`): the same documents, verified by it, in the same run.
//!
//! `cargo xtask bench` builds it and names it by [`PROGRAM`]; without that its column says `not asked`.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Map, Value, json};

use crate::measure::{Case, Typical};
use crate::{BenchError, broken, require};

/// The environment variable with the path of the peer.
const PROGRAM: &str = "JIGAP_BENCH_SSI";

/// The peer, told some documents. It ends when this is dropped.
pub(crate) struct Ssi(RefCell<Talk>);

struct Talk {
    child: Child,
    tell: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
}

impl Ssi {
    /// Starts it with `documents`, texts each, and contexts beyond those it has. `None` where it was not built.
    pub(crate) fn start(
        documents: &[&str],
        contexts: Map<String, Value>,
    ) -> Result<Option<Self>, BenchError> {
        let Some(program) = std::env::var_os(PROGRAM) else { return Ok(None) };
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let said = child.stdout.take().map(BufReader::new);
        let said = said.ok_or_else(|| BenchError::Broken("ssi answers".into()))?;
        let mut talk = Talk { tell: child.stdin.take(), child, said };
        let told = json!({"documents": documents, "contexts": contexts}).to_string();
        require(talk.ask(&told)? == "ready", "ssi starts")?;
        Ok(Some(Self(RefCell::new(talk))))
    }

    /// A case for the document at `place`, if the peer is there and verifies it at all.
    pub(crate) fn case(peer: Option<&Self>, place: usize) -> Result<Option<Case<'_>>, BenchError> {
        let Some(peer) = peer else { return Ok(None) };
        let said = peer.0.borrow_mut().ask(&place.to_string())?;
        if said != "verified" {
            eprintln!("ssi does not verify document {place}: {said}");
            return Ok(None);
        }
        let verifies =
            move || peer.0.borrow_mut().ask(&place.to_string()).is_ok_and(|said| said == "verified");
        Ok(Some(Case::new("ssi", verifies)))
    }

    /// What its column says: how much longer it takes than `verified`, or why that is not known.
    pub(crate) fn cell(peer: Option<&Self>, figures: Option<&Vec<f64>>, verified: &[f64]) -> String {
        match (peer, figures) {
            (None, _) => "not asked".to_owned(),
            (_, None) => "does not verify it".to_owned(),
            (_, Some(figures)) => {
                let times = Typical::undisturbed_ratio(figures, verified);
                format!("{} ({times:.0} ×)", Typical::of(figures).say(0))
            }
        }
    }
}

impl Talk {
    fn ask(&mut self, line: &str) -> Result<String, BenchError> {
        let tell = self.tell.as_mut().ok_or_else(|| BenchError::Broken("ssi listens".into()))?;
        tell.write_all(format!("{line}\n").as_bytes())?;
        let mut said = String::new();
        self.said.read_line(&mut said).map_err(broken("ssi's answer"))?;
        Ok(said.trim_end().to_owned())
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // The end of its input ends it.
        drop(self.tell.take());
        let _ = self.child.wait();
    }
}
