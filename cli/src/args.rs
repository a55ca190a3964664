//! The one tree of commands; help pages, man pages, completions and docs/CLI.md come from it.

mod ca;
mod gate;
mod keys;
mod log;
mod vc;

use std::net::SocketAddr;
use std::path::PathBuf;

pub(crate) use ca::{Ca, CaInit, CaLeaf};
use clap::{Args, Parser, Subcommand};
pub(crate) use gate::{
    CodeSource, Gate, GateInit, GateJoin, GateMarks, GatePair, GateServe, MarksExport, MarksImport,
    MarksReport, Poster, Scan, Welcome, fact, kind, site,
};
use jigap_keys::base64url;
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::time::Timestamp;
pub(crate) use keys::{
    Ask, EndPasses, ImportKey, ImportRequestKey, Issuer, RotateKey, RotateListKey, RotateRequestKey, Verifier,
};
pub(crate) use log::{
    EntryLog, LogAgree, LogApprove, LogErase, LogInit, LogJoin, LogKeys, LogNotice, LogPaper, LogPolicy,
    LogReport, LogRequest, LogVerify,
};
use url::Url;
pub(crate) use vc::{Common, Feature, Vc, VcIssue, VcVerify};

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
    Demo(Demo),
    Verify(Verify),
    Hcert(Hcert),
    #[command(subcommand, after_help = EXIT_CODES)]
    Vc(Vc),
    Wallet(crate::wallet::args::WalletArgs),
    People(crate::people::args::People),
    #[command(subcommand, after_help = EXIT_CODES)]
    Gate(Gate),
    Scan(Scan),
    #[command(subcommand, after_help = EXIT_CODES)]
    EntryLog(EntryLog),
    Doctor(Doctor),
    Init(Init),
    Serve(Serve),
    #[command(subcommand, after_help = EXIT_CODES)]
    Trust(Trust),
    #[command(subcommand, after_help = EXIT_CODES)]
    Issuer(Issuer),
    #[command(subcommand, after_help = EXIT_CODES)]
    Verifier(Verifier),
    #[command(subcommand, after_help = EXIT_CODES)]
    Ca(Ca),
    Completions(Completions),
    Man(Man),
}

/// Set up an issuer and a verifier in a folder, or a people directory
///
/// Writes jigap.toml, the master key and a signed trust list of its own tenants, and prints an admin token and an asker
/// token, once: only their hashes are kept. Overwrites nothing.
///
/// With --with-people: a people directory beside them, and what the three need of each other.
///
/// With --people: a people directory that follows the feed of that verifier. Writes the token for it, and prints what stands in the verifier's
/// configuration.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap init here && jigap serve --config here/jigap.toml\n",
    "  jigap init here --with-people && jigap serve --config here/jigap.toml\n",
    "  jigap init /etc/jigap --public-url https://id.example.ac.kr\n",
    "  jigap init directory --public-url https://people.example --people https://gate.example --verifier-id decentralized_identifier:did:jwk:…\n\n",
    "Exit codes: 0 done or accepted, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Init {
    /// The folder; it is made if it is not there
    pub(crate) directory: PathBuf,
    /// What wallets will call the server; http on loopback means development
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) public_url: Url,
    /// Address and port to listen on [default: those of a public URL on loopback, else 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Set up a people directory beside issuer and verifier
    #[arg(long, conflicts_with = "people")]
    pub(crate) with_people: bool,
    /// Set up a people directory alone, whose verifier is at this address
    #[arg(long, value_name = "URL", requires = "verifier_id")]
    pub(crate) people: Option<Url>,
    /// The client identifier of that verifier
    #[arg(long, value_name = "ID", requires = "people")]
    pub(crate) verifier_id: Option<String>,
}

/// Run issuer, verifier and people directory, many tenants on one port
///
/// Ends on SIGTERM or SIGINT: the port closes, requests in flight finish.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap serve --config here/jigap.toml\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Serve {
    /// The configuration; docs/jigap.example.toml explains it
    #[arg(long, value_name = "FILE", default_value = "jigap.toml")]
    pub(crate) config: PathBuf,
}

/// The trust list of the tenants here, and lists of others
#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    Publish(Publish),
    Show(TrustShow),
    Bundle(BundleFor),
    Lote(Lote),
    RotateKey(RotateListKey),
}

/// Sign a trust list of the tenants of a configuration
///
/// Writes the bundle that the configuration names and that `jigap verify --trust` takes. Issuers of the lists of trusted
/// entities in the configuration ([[verifier.trust.lote]]) are taken in, until those lists are to be updated. The server must
/// not run: its store has one owner at a time.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap trust publish --config here/jigap.toml --days 90\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Publish {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "jigap.toml")]
    pub(crate) config: PathBuf,
    /// Days the list is valid
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=i64::from(crate::trust::MAX_DAYS)))]
    pub(crate) days: u32,
}

/// Show who may issue what by a trust bundle
///
/// For each issuer its name, its identifier (which `jigap gate init --issuer` takes) and its types. The list is verified by the signer in the
/// bundle: whoever handed you the file is believed.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap trust show trust.jigap\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct TrustShow {
    /// The bundle with the signed trust list, or `-` for stdin
    pub(crate) bundle: String,
}

/// Fetch what gates need into a trust bundle
///
/// A gate judges without a network: by the keys of the issuers of passes, and the status lists of tickets and cards. They are fetched
/// as the trust list of the bundle names them; all of them, or nothing is written. Hand the bundle to every gate while it works,
/// at least once a day where tickets are taken: status lists last a day.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap trust bundle trust.jigap --out gates.jigap\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct BundleFor {
    /// The bundle with the signed trust list
    pub(crate) bundle: String,
    /// The bundle to write; it may be the same file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Fetch from this machine too, without TLS
    #[arg(long)]
    pub(crate) dev: bool,
}

/// Read a list of trusted entities (ETSI TS 119 602)
///
/// Verifies who signed the list and that it is current, and shows whom it names, for which services and by which certificates.
/// Nothing is fetched, and pointers to other lists are not followed.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap trust lote pid-providers.jws --signers commission.pem\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Lote {
    /// The list, a compact JWS; `-` reads stdin
    pub(crate) file: String,
    /// PEM certificates of those who may sign it, or of authorities that certify its operator
    #[arg(long, value_name = "PEM")]
    pub(crate) signers: String,
    /// The organization that runs the list, as its certificate names it; needed where the signers are authorities
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<String>,
    /// Read as of this moment, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<Timestamp>,
    /// Print the list as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Play the main story on this machine: issue, hold, present, judge, suspend
///
/// Starts an issuer with three tenants and two verifiers on loopback, with stores in a temporary folder, and plays the story
/// over real HTTP. Every step checks what came of it.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap demo --lang ko\n",
    "  jigap demo --keep /tmp/jigap\n\n",
    "Exit codes: 0 the story came out as it should, 1 a step did not, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Demo {
    /// Keep the stores in this new folder, and say what to try next
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<std::path::PathBuf>,
}

/// Judge a credential or presentation offline
///
/// Reads one SD-JWT VC (`dc+sd-jwt`) or W3C credential (`vc+jwt`, `vc+sd-jwt`, base64 of `vc+cose`, or JSON-LD with Data Integrity
/// proofs), or a presentation of one (with a key binding, `vp+jwt`, `vp+sd-jwt`, base64 of `vp+cose`, or JSON-LD), and lists every
/// check. A presentation needs the audience and nonce it was asked for with. An mdoc is read too, in CBOR or base64url; its
/// presentation (`DeviceResponse`) needs the session it was made in: audience, nonce and response URI, or the transcript. JSON-LD contexts are never fetched: those
/// that are not built in are given by --context, and their SHA-256 digests are shown. Those of W3C's examples and test
/// vectors are built in for --proof-only alone: one of them defines every word there is.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap verify licence.sd-jwt --trust trust.jigap\n",
    "  jigap verify - --trust trust.jigap --audience https://gate.example --nonce n-0S6_WzA2Mj < shown.txt\n",
    "  jigap verify licence.sd-jwt --proof-only\n",
    "  jigap verify shown.cbor --trust trust.jigap --transcript session.cbor\n",
    "  jigap verify degree.jsonld --trust trust.jigap --context https://uni.example/degree/v1=degree-context.jsonld\n\n",
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
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) nonce: Option<String>,
    /// Where the presentation of an mdoc was asked to be sent: `response_uri`, letter for letter
    #[arg(long, value_name = "URI", requires_all = ["audience", "nonce"], conflicts_with = "proof_only")]
    pub(crate) response_uri: Option<String>,
    /// The JWK thumbprint (SHA-256) of the key that the response with it was encrypted to, if it was
    #[arg(long, value_name = "THUMBPRINT", requires = "response_uri", value_parser = thumbprint, allow_hyphen_values = true)]
    pub(crate) jwk_thumbprint: Option<[u8; 32]>,
    /// The session of an mdoc in place of what it is made of: a file with the CBOR of `SessionTranscript`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["response_uri", "audience", "nonce", "proof_only"])]
    pub(crate) transcript: Option<String>,
    /// Judge only form and proof: says nothing about who issued it or whether they may
    #[arg(long, conflicts_with = "trust")]
    pub(crate) proof_only: bool,
    /// A JSON-LD context to judge by, and the file it lies in; repeatable, at most 16 of 256 KiB
    #[arg(long = "context", value_name = "IRI=FILE", value_parser = context)]
    pub(crate) contexts: Vec<(String, String)>,
    /// Print the verdict as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Judge EU Digital COVID Certificates offline
///
/// Reads codes that begin with HC1: as `jigap scan` reads passes, and says of each whether a listed signer made it, for whom and until
/// when. Nothing binds such a certificate to whoever shows it: compare name and date of birth with their papers. Signers by RSA
/// are not supported; revocation lists are not looked at.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap hcert --signers signers.pem certificate.png\n",
    "  jigap hcert --signers signers.pem --camera /dev/video0\n\n",
    "Exit codes: 0 every certificate holds, 1 one does not or a picture had none, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Hcert {
    #[command(flatten)]
    pub(crate) source: CodeSource,
    /// The certificates of the signers that are trusted, in PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) signers: String,
    /// Judge as of this moment, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<Timestamp>,
    /// Print a line of JSON for each certificate
    #[arg(long)]
    pub(crate) json: bool,
}

/// Check a set-up and say what is wrong
///
/// One line for each thing looked at: ok, warn or fail, and what to do. Changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap doctor
  jigap doctor --config jigap.toml
  jigap doctor --wallet ./mine --key-file ./mine.key

Exit codes: 0 nothing is wrong, 1 something is, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Doctor {
    /// Check the configuration of `jigap serve` too
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub(crate) opening: crate::wallet::args::Opening,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print completions for a shell
///
/// The shell then completes commands and options on the tab key.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap completions bash > ~/.local/share/bash-completion/completions/jigap\n",
    "  jigap completions fish > ~/.config/fish/completions/jigap.fish\n\n",
    "Exit codes: 0 done, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// Write the manual pages
///
/// One for each command, in the language that is spoken. Overwrites nothing.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap man ~/.local/share/man/man1 && man jigap-verify\n\n",
    "Exit codes: 0 done, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Man {
    /// The folder; it is made if it is not there
    pub(crate) directory: PathBuf,
}

/// The language that the arguments ask for, before they are read: help and complaints are in it too.
pub(crate) fn lang_of(arguments: &[String]) -> Option<Lang> {
    let after = arguments.iter().skip_while(|argument| *argument != "--lang").nth(1);
    let joined = arguments.iter().find_map(|argument| argument.strip_prefix("--lang="));
    lang(joined.or(after.map(String::as_str))?).ok()
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

/// A thumbprint of a JWK by SHA-256, as RFC 7638 writes it.
fn thumbprint(text: &str) -> Result<[u8; 32], String> {
    let bytes = base64url::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| "write it in base64url, 43 characters".to_owned())
}

/// An absolute IRI and a file's name, told apart at the last `=`.
fn context(text: &str) -> Result<(String, String), String> {
    let parts = text.rsplit_once('=').filter(|(iri, file)| iri.contains(':') && !file.is_empty());
    let parts = parts.map(|(iri, file)| (iri.to_owned(), file.to_owned()));
    parts.ok_or_else(|| "write it as in https://uni.example/degree/v1=degree-context.jsonld".to_owned())
}

#[cfg(test)]
pub(crate) mod tests;
