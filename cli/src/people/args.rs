//! The arguments of `jigap people`. What somebody is listed by is public; their wallet is opened as `jigap wallet` opens it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use url::Url;

use crate::wallet::args::Opening;

/// Find qualified people, and be found
///
/// A directory lists people by what a verifier found proved of them. Who seeks says no name; who is listed is there under a persona that the wallet
/// keeps for that directory alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap people find '종합소득세 마포' --directory https://people.example
  jigap people list --directory https://people.example --kind tax-accountant --name 맑은하늘 --region mapo --near 37.566,126.902 --language ko --week sat-morning --mode video --price 50000
  jigap people pause --directory https://people.example

Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct People {
    #[command(flatten)]
    pub(crate) opening: Opening,
    #[command(subcommand)]
    pub(crate) action: Action,
}

/// What is done in a directory.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    Find(Find),
    List(List),
    Show(Show),
    Edit(Edit),
    Pause(Pause),
    Resume(Resume),
    Withdraw(Withdraw),
    Export(Export),
}

/// Search a directory
///
/// Words as one would say them, in Korean or English, and filters. A point is made coarse on this machine: the directory is told a cell of about
/// five square kilometres and how far around it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap people find '종합소득세 마포' --directory https://people.example --kind tax-accountant
  jigap people find 'wine class' --directory https://people.example --near 37.517,127.047 --rings 3 --sort distance
  jigap people find 전기기사 --directory https://people.example --grade engineer --explain --json

Exit codes: 0 somebody was found, 1 nobody was, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Find {
    /// What is sought
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) words: String,
    /// The directory
    #[arg(long, value_name = "URL")]
    pub(crate) directory: Url,
    /// What they are: a kind of the directory
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Of which grade
    #[arg(long)]
    pub(crate) grade: Option<String>,
    /// Who issued their credential, by name
    #[arg(long)]
    pub(crate) issuer: Option<String>,
    /// Where they study
    #[arg(long)]
    pub(crate) institution: Option<String>,
    /// In this region or city
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Who speak this language, BCP 47
    #[arg(long)]
    pub(crate) language: Option<String>,
    /// To be had then; repeatable, any of them counts
    #[arg(long = "week", value_name = "DAY-PART")]
    pub(crate) week: Vec<String>,
    /// To be met so
    #[arg(long, value_parser = ["in-person", "video", "chat", "phone"])]
    pub(crate) mode: Option<String>,
    /// For at most so many KRW an hour
    #[arg(long, value_name = "KRW")]
    pub(crate) price_max: Option<u32>,
    /// Near this point
    #[arg(long, value_name = "LAT,LON", value_parser = cell, allow_hyphen_values = true)]
    pub(crate) near: Option<String>,
    /// At most so many cells of two kilometres away, up to 12
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(..=12))]
    pub(crate) rings: u32,
    /// In which order
    #[arg(long, default_value = "relevance", value_parser = ["relevance", "distance", "response"])]
    pub(crate) sort: String,
    /// Say of each why they stand where they stand
    #[arg(long)]
    pub(crate) explain: bool,
    /// So many pages of twenty, up to ten
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) pages: u8,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The directory that one is listed in.
#[derive(Debug, Args)]
pub(crate) struct Where {
    /// The directory
    #[arg(long, value_name = "URL")]
    pub(crate) directory: Url,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What one is found by.
#[derive(Debug, Args)]
pub(crate) struct Words {
    /// One line
    #[arg(long)]
    pub(crate) headline: Option<String>,
    /// A file with more words, at most 2,000 characters; `-` reads stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) text: Option<PathBuf>,
    /// KRW an hour
    #[arg(long, value_name = "KRW")]
    pub(crate) price: Option<u32>,
    /// What a seeker has to prove before they may write, by the name of a query of the directory
    #[arg(long)]
    pub(crate) gate: Option<String>,
}

/// Be found in a directory
///
/// Signs a listing under a persona of the wallet and hands it in. For each kind that nothing proves yet, the directory has its verifier ask for the
/// proof: who asks, what is shown and what is told on is said, and asked once. Where the credential's issuer gives copies for directories, one is
/// shown, by which the directory knows that nobody is listed twice. The listing is found once something proves it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap people list --directory https://people.example --kind tax-accountant --name 맑은하늘 --region mapo --near 37.566,126.902 --language ko --week sat-morning --mode video --price 50000 --headline '종합소득세 상담'

Exit codes: 0 handed in, 1 refused or not agreed to, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) place: Where,
    /// What is to be proved: a kind of the directory; repeatable
    #[arg(long = "kind", required = true)]
    pub(crate) kinds: Vec<String>,
    /// The name to be found under; not one's own
    #[arg(long)]
    pub(crate) name: String,
    /// The region, such as mapo
    #[arg(long)]
    pub(crate) region: String,
    /// A point nearby; the directory is told the cell of about five square kilometres around it
    #[arg(long, value_name = "LAT,LON", value_parser = cell, allow_hyphen_values = true)]
    pub(crate) near: String,
    /// A language that is spoken, BCP 47; repeatable
    #[arg(long = "language", required = true)]
    pub(crate) languages: Vec<String>,
    /// When, such as sat-morning (night, morning, afternoon, evening); repeatable
    #[arg(long = "week", required = true, value_name = "DAY-PART")]
    pub(crate) week: Vec<String>,
    /// How one is met; repeatable
    #[arg(long = "mode", required = true, value_parser = ["in-person", "video", "chat", "phone"])]
    pub(crate) modes: Vec<String>,
    #[command(flatten)]
    pub(crate) words: Words,
    /// Prove it by this credential, where several would: its id, or the beginning of it, as `jigap wallet list` prints it
    #[arg(long, value_name = "ID")]
    pub(crate) credential: Option<String>,
    /// Show it and agree without being asked
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Show one's own listing, and how it stands
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap people show --directory https://people.example

Exit codes: 0 done, 1 there is none, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Change what one is found by
///
/// What is not named stays as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap people edit --directory https://people.example --price 60000 --headline '종합소득세, 부가세'

Exit codes: 0 handed in, 1 refused, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Edit {
    #[command(flatten)]
    pub(crate) place: Where,
    /// The name to be found under
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) words: Words,
}

/// Not be found for now
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap people pause --directory https://people.example

Exit codes: 0 done, 1 there is no listing, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Pause {
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Be found again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap people resume --directory https://people.example

Exit codes: 0 done, 1 there is none or it is refused, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Resume {
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Be listed no more
///
/// The directory forgets the words and keeps the number of the last document. The wallet keeps the persona.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap people withdraw --directory https://people.example

Exit codes: 0 done, 1 there is no listing, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Withdraw {
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Print the last listing document as it was signed
///
/// Whoever reads it can verify it, and its words can be listed elsewhere.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap people export --directory https://people.example > listing.jwt

Exit codes: 0 done, 1 there is no listing, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Export {
    /// The directory
    #[arg(long, value_name = "URL")]
    pub(crate) directory: Url,
}

/// The cell of a point, so that nothing finer is ever held.
fn cell(text: &str) -> Result<String, String> {
    let point = text
        .split_once(',')
        .and_then(|(lat, lon)| Some((lat.trim().parse().ok()?, lon.trim().parse().ok()?)));
    let cell = point.and_then(|(latitude, longitude)| jigap_people::cell_of(latitude, longitude));
    cell.ok_or_else(|| "write it as in 37.566,126.902".to_owned())
}
