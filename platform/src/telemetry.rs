//! What the process says while it runs: `tracing` to stderr, as text or as JSON lines.
//!
//! The rule for every line, here and in the services: ids, route patterns, codes, counts and times; never a claim, a
//! name, an address of a client, a URL, a header, a token, a key. So spans capture no arguments unless they are named,
//! and a panic is reported by its place, not its words.

use std::io;

use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::panics;

/// `[log]` of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// What is said, in the syntax of `RUST_LOG`, which itself is not read: `info,jigap::access=debug` adds a line for
    /// every request. Never `trace` for `hyper` or `rustls` where real people's data passes: they print what they carry.
    pub filter: String,
    /// How it is written.
    pub format: LogFormat,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Text }
    }
}

/// Why nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is malformed: the operator's fault.
    #[error("the log filter is malformed (example: info,jigap_issuer=debug)")]
    Filter,
    /// Somebody set up logging before: our bug.
    #[error("logging is set up already")]
    Twice,
}

/// Whether [`init`] would take `config`.
pub fn check(config: &LogConfig) -> Result<(), TelemetryError> {
    filter(config).map(|_| ())
}

fn filter(config: &LogConfig) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::try_new(&config.filter).map_err(|_| TelemetryError::Filter)
}

/// Sets up logging for the process, once, and makes panics say only where they happened.
pub fn init(config: &LogConfig) -> Result<(), TelemetryError> {
    let filter = filter(config)?;
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false);
    let registry = tracing_subscriber::registry().with(filter);
    match config.format {
        LogFormat::Text => registry.with(lines).try_init(),
        LogFormat::Json => registry.with(lines.json()).try_init(),
    }
    .map_err(|_| TelemetryError::Twice)?;
    std::panic::set_hook(Box::new(|panic| {
        if panics::are_caught() {
            return panics::note(panic);
        }
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(%place, "panic: a bug of ours");
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logging_is_set_up_once_and_with_a_well_formed_filter() {
        let config = |filter: &str| LogConfig { filter: filter.to_owned(), format: LogFormat::Json };
        for wrong in [check, init] {
            assert_eq!(wrong(&config("info,=[")), Err(TelemetryError::Filter));
        }
        assert_eq!(check(&config("off")), Ok(()), "which sets up nothing");
        assert_eq!(init(&config("off")), Ok(()));
        assert_eq!(init(&LogConfig::default()), Err(TelemetryError::Twice));
    }
}
