//! The one tree of commands; help pages, man pages, completions and docs/CLI.md come from it.

use clap::{Args, Parser, Subcommand};
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::time::Timestamp;

/// What every help page ends with.
const EXIT_CODES: &str = "Exit codes: 0 done or accepted, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours";

/// Jigap (지갑): issue, hold, present and judge digital credentials.
#[derive(Debug, Parser)]
#[command(name = "jigap", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// Language of what is said: ko or en [default: the locale's]
    #[arg(long, global = true, value_parser = lang)]
    pub(crate) lang: Option<Lang>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Verify(Verify),
}

/// Judge a credential or presentation offline
///
/// Reads one SD-JWT VC (`dc+sd-jwt`) or JOSE-secured W3C credential and lists every check. A presentation needs the
/// audience and nonce it was asked for with.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap verify licence.sd-jwt --trust trust.jigap\n",
    "  jigap verify - --trust trust.jigap --audience https://gate.example --nonce n-0S6_WzA2Mj < shown.txt\n",
    "  jigap verify licence.sd-jwt --proof-only\n\n",
    "Exit codes: 0 accepted, 1 refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Verify {
    /// The credential or presentation; `-` reads stdin
    pub(crate) file: String,
    /// Trust bundle: the signed trust list, its signer's key, and documents to judge by without a network
    #[arg(long, value_name = "BUNDLE", required_unless_present = "proof_only")]
    pub(crate) trust: Option<String>,
    /// Judge as of this moment, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<Timestamp>,
    /// Whom the presentation must have been made for
    #[arg(long)]
    pub(crate) audience: Option<String>,
    /// The nonce the presentation must answer
    #[arg(long)]
    pub(crate) nonce: Option<String>,
    /// Judge only form and proof: says nothing about who issued it or whether they may
    #[arg(long, conflicts_with = "trust")]
    pub(crate) proof_only: bool,
    /// Print the verdict as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn lang(tag: &str) -> Result<Lang, String> {
    match tag {
        "ko" => Ok(Lang::Ko),
        "en" => Ok(Lang::En),
        _ => Err("the languages are ko and en".to_owned()),
    }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "write it as in 2026-11-22T09:00:00+09:00".to_owned())
}
