//! The commands of a door: its gate, its poster, its scanner.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jigap_platform::acme::LETS_ENCRYPT;
use jigap_wallet_core::pass::{Asking, Fact, Kind, PassSort};
use url::Url;

/// A gate that takes entry passes
///
/// Its folder holds gate.toml, which says what the gate asks for, and venue-key.pem, which says whose it is: every gate of a
/// venue has the same key, and passes are bound to it.
#[derive(Debug, Subcommand)]
pub(crate) enum Gate {
    Init(GateInit),
    Poster(Poster),
    Serve(GateServe),
    Pair(GatePair),
    Join(GateJoin),
    #[command(subcommand, after_help = super::EXIT_CODES)]
    Marks(GateMarks),
}

/// The used tickets of a gate
///
/// They lie in its folder, so that a ticket opens it once, whatever becomes of the machine. Gates of one venue tell each other by
/// files, a signed receipt a line. While `jigap scan` or `jigap gate serve` runs it alone has them: `jigap scan --share` and `jigap gate join` exchange them meanwhile.
#[derive(Debug, Subcommand)]
pub(crate) enum GateMarks {
    Export(MarksExport),
    Import(MarksImport),
    Report(MarksReport),
}

/// Print the receipts of used tickets, a line each
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap gate marks export north > north.marks\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct MarksExport {
    /// The gate's folder
    pub(crate) directory: PathBuf,
}

/// Take in what other gates of the venue say
///
/// A receipt counts if the venue's key signed it and its ticket has not ended. What was known changes nothing.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap gate marks import south north.marks\n\n",
    "Exit codes: 0 all was taken, 1 a line was not, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct MarksImport {
    /// The gate's folder
    pub(crate) directory: PathBuf,
    /// Files of receipts, or `-` for stdin
    #[arg(required = true)]
    pub(crate) files: Vec<String>,
}

/// Tell which tickets were used twice: the receipts of each, as JSON, a ticket a line
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap gate marks report south\n\n",
    "Exit codes: 0 none was, 1 one was, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct MarksReport {
    /// The gate's folder
    pub(crate) directory: PathBuf,
}

/// Make a gate in a folder
///
/// Overwrites nothing. For a second gate of the venue, put the first one's venue-key.pem into the new folder before.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap gate init door --venue \"Hanbit museum\" --gate \"North gate\" --fact age_over_19\n",
    "  jigap gate init door --venue Hanbit --gate Library --fact student --presence poster\n",
    "  jigap gate init hall --venue Hanbit --gate Hall --kind ticket --event \"Year-end concert\" --zone R --issuer https://id.example/hanbit\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct GateInit {
    /// The folder; it is made if it is not there
    pub(crate) directory: PathBuf,
    /// What visitors are told the venue is called
    #[arg(long, value_name = "NAME")]
    pub(crate) venue: String,
    /// What visitors are told the gate is called
    #[arg(long, value_name = "NAME")]
    pub(crate) gate: String,
    /// What opens it: entry, ticket, membership or student-card. All but entry passes need --issuer
    #[arg(long, value_name = "KIND", default_value = "entry", value_parser = kind)]
    pub(crate) kind: Kind,
    /// For which event a ticket must be, letter for letter
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Option<String>,
    /// In which zone a ticket may be; repeatable [default: in any]
    #[arg(long = "zone", value_name = "NAME")]
    pub(crate) zones: Vec<String>,
    /// Of which organisation a membership must be
    #[arg(long, value_name = "NAME")]
    pub(crate) organisation: Option<String>,
    /// Of which institution a student card must be
    #[arg(long, value_name = "NAME")]
    pub(crate) institution: Option<String>,
    /// Of which level a membership or student card may be; repeatable [default: of any]
    #[arg(long = "level", value_name = "NAME")]
    pub(crate) levels: Vec<String>,
    /// What the pass must say, such as age_over_19 or student; repeatable
    #[arg(long = "fact", value_name = "FACT", value_parser = fact)]
    pub(crate) facts: Vec<Fact>,
    /// Which passes it takes: traceable, those that their issuer recognises, as an entry log needs; blind, those that it does not; or either
    #[arg(long, value_name = "traceable|blind|either", default_value = "either", value_parser = passes)]
    pub(crate) passes: PassSort,
    /// How visitors are told who asks: by a screen that changes; by a poster, which is weaker, since a photograph of it serves as
    /// well as standing before it; or, weakest, not at all: then a code opens every such gate for as long as it counts
    #[arg(long, value_name = "screen|poster|one-way", default_value = "screen", value_parser = asking)]
    pub(crate) presence: Asking,
    /// Whose passes open it, by an identifier in the trust list; repeatable [default: entry passes of every issuer there]
    #[arg(long = "issuer", value_name = "IDENTIFIER")]
    pub(crate) issuers: Vec<String>,
}

/// Draw the code of a gate's poster
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap gate poster door > poster.svg\n",
    "  jigap gate poster door -o poster.png\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Poster {
    /// The gate's folder
    pub(crate) directory: PathBuf,
    /// Print the code's text instead of a picture (SVG)
    #[arg(long)]
    pub(crate) text: bool,
    /// Write to this new file instead of stdout: a picture as PNG where its name ends in .png
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Serve a gate's scanner to browsers
///
/// An old phone or a laptop opens the page once, is paired, and from then on judges by itself, without a network; when it has one it
/// takes newer trust bundles from here. Of tickets, scanners tell each other through here which were used, and the gate's folder keeps it; of an entry log they hand over sealed rows; nothing else about visitors is sent. Browsers give the camera to https pages alone, so give a certificate
/// by --tls, or --acme where the world reaches it by a name; on this very machine plain http does. Where the certificate is of `jigap ca`, the device has to trust its root first: --welcome
/// serves a page, by plain http, that hands out that root and says how.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap gate serve door --trust trust.jigap\n",
    "  jigap ca tls ca --name 192.168.0.7 --file door\n",
    "  jigap gate serve door --trust trust.jigap --listen 0.0.0.0:8443 --tls ca/door.pem ca/door-key.pem \\\n",
    "    --welcome 0.0.0.0:8081 --root ca/root.pem --url https://192.168.0.7:8443\n",
    "  jigap gate serve door --trust trust.jigap --listen 0.0.0.0:443 --acme door.hanbit.example\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct GateServe {
    /// The gate's folder
    pub(crate) directory: PathBuf,
    /// Trust bundle: the signed trust list, and documents with its issuers' keys; read again whenever a scanner asks
    #[arg(long, value_name = "BUNDLE")]
    pub(crate) trust: String,
    /// Address and port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    pub(crate) listen: SocketAddr,
    /// The certificate, with its chain, and its key: PEM files
    #[arg(long, num_args = 2, value_names = ["CERTIFICATE", "KEY"])]
    pub(crate) tls: Option<Vec<PathBuf>>,
    #[command(flatten)]
    pub(crate) certified: ByAcme,
    /// The folder of the pages, as `cargo xtask web` makes it
    #[arg(long, value_name = "FOLDER", default_value = "target/web")]
    pub(crate) pages: PathBuf,
    /// Have every scanner keep an entry log of its own, by this policy of `jigap entry-log policy`: nobody is let in before the row is durable on the
    /// device, which hands it over when it can, to the folder scanner-logs in the gate's
    #[arg(long, value_name = "POLICY")]
    pub(crate) log: Option<String>,
    #[command(flatten)]
    pub(crate) welcome: Option<Welcome>,
}

/// The page that helps a device to trust the certificate.
#[derive(Debug, Args)]
#[group(requires_all = ["welcome", "root", "url"])]
pub(crate) struct Welcome {
    /// Serve, by plain http, a page on how to trust the certificate's root, at this address and port
    #[arg(id = "welcome", long, value_name = "ADDRESS", required = false)]
    pub(crate) listen: SocketAddr,
    /// The root that the page hands out: a PEM file
    #[arg(long, value_name = "CERTIFICATE", required = false)]
    pub(crate) root: PathBuf,
    /// Where the scanner's page is, as the device reaches it
    #[arg(long, value_name = "URL", required = false, value_parser = site)]
    pub(crate) url: Url,
}

/// Pair a browser with a gate
///
/// Prints a link, and draws it, that gives one device the gate's settings and the venue's key, within ten minutes. Whoever has the key can ask
/// in the venue's name: pair your own devices.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap gate pair door --url https://192.168.0.7:8443\n",
    "  jigap gate pair door --url https://192.168.0.7:8443 --forget\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct GatePair {
    /// The gate's folder
    pub(crate) directory: PathBuf,
    /// Where `jigap gate serve` is, as the device reaches it
    #[arg(long, value_name = "URL", value_parser = site)]
    pub(crate) url: Url,
    /// Forget every device that was paired before: they get no newer trust bundles, and stop when what they have is too old
    #[arg(long)]
    pub(crate) forget: bool,
}

/// A certificate by ACME.
#[derive(Debug, Args)]
pub(crate) struct ByAcme {
    /// Instead of --tls: get the certificate for this name by ACME and keep it current; repeatable. The world must reach --listen as
    /// port 443 of that name. Whoever asks agrees to the authority's terms of service. Account and key lie in the gate's folder, in acme
    #[arg(long, value_name = "NAME", conflicts_with_all = ["tls", "welcome"])]
    pub(crate) acme: Vec<String>,
    /// The directory of the authority
    #[arg(long, value_name = "URL", default_value = LETS_ENCRYPT, requires = "acme")]
    pub(crate) acme_directory: Url,
    /// The certificates by which the authority is known besides the machine's, in PEM
    #[arg(long, value_name = "FILE", requires = "acme")]
    pub(crate) acme_root: Option<String>,
}

/// Where codes come from; without any, from stdin, a line each, as a scanner that types writes them.
#[derive(Debug, Args)]
pub(crate) struct CodeSource {
    /// Pictures to read instead of stdin (PNG, JPEG, PGM), or folders, of which every picture is read in the order of their names
    #[arg(value_name = "PICTURE")]
    pub(crate) pictures: Vec<PathBuf>,
    /// Read pictures as they come into the one folder named, as a network camera writes them, until ended
    #[arg(long, requires = "pictures")]
    pub(crate) watch: bool,
    /// Read a film from stdin: YUV4MPEG2, as ffmpeg writes it from a camera
    #[arg(long, value_name = "y4m", value_parser = ["y4m"], conflicts_with = "pictures")]
    pub(crate) frames: Option<String>,
    /// Look through this camera of the machine until ended (Linux, V4L2)
    #[arg(long, value_name = "DEVICE", conflicts_with_all = ["pictures", "frames"])]
    pub(crate) camera: Option<PathBuf>,
}

/// Pair a gate of tickets with the computer that keeps another gate of its venue
///
/// Reads the link of `jigap gate pair` from stdin. From then on `jigap scan` of this gate tells that computer, where `jigap gate serve` runs,
/// which tickets it let in, and hears which others did, while it reaches it.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  ssh keeper jigap gate pair door --url https://192.168.0.7:8443 | jigap gate join south --root root.pem\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct GateJoin {
    /// The gate's folder
    pub(crate) directory: PathBuf,
    /// The root of that computer's certificate, if the machine does not trust it: a PEM file
    #[arg(long, value_name = "CERTIFICATE")]
    pub(crate) root: Option<PathBuf>,
}

/// Judge entry passes at a gate
///
/// Reads codes from stdin, a line each, as a scanner that types writes them, or from pictures, a film or a camera, and says of each whether
/// it opens the gate, without a network: by the trust bundle alone. The gate's own code is drawn on the terminal, or kept in a file
/// for a screen elsewhere, and changes every 15 seconds. Ends when what it reads does.
///
/// In a film, before a camera, and in a folder that is watched, a code that stays in sight is judged once; when it was out of sight for three
/// seconds it is shown again, and judged again.
///
/// How old the bundle is, is said at the start and in every line of JSON; from two thirds of what the gate takes on it warns. A newer bundle
/// that is put in the file's place is taken while it runs.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap scan door --trust trust.jigap\n",
    "  jigap scan door --trust trust.jigap --screen screen.svg --json < /dev/ttyACM0\n",
    "  jigap scan door --trust trust.jigap --watch camera\n",
    "  jigap scan door --trust trust.jigap --camera /dev/video0\n",
    "  ffmpeg -i rtsp://192.168.0.9/door -f yuv4mpegpipe - | jigap scan door --trust trust.jigap --frames y4m\n\n",
    "Exit codes: 0 every code opened the gate, 1 one did not or a picture had none, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Scan {
    /// The gate's folder
    pub(crate) directory: PathBuf,
    #[command(flatten)]
    pub(crate) source: CodeSource,
    /// Trust bundle: the signed trust list, and documents with its issuers' keys
    #[arg(long, value_name = "BUNDLE")]
    pub(crate) trust: String,
    /// Keep the gate's code in this file instead of drawing it on the terminal: as SVG, as PNG where the name ends in .png, or its text where it ends in .txt
    #[arg(long, value_name = "FILE")]
    pub(crate) screen: Option<PathBuf>,
    /// Keep an entry log in the gate's folder, by this policy of `jigap entry-log policy`: nobody is let in before the row is durable, nor by a pass that its issuer does not recognise
    #[arg(long, value_name = "POLICY")]
    pub(crate) log: Option<String>,
    /// Print a line of JSON for each code
    #[arg(long)]
    pub(crate) json: bool,
    /// Share used tickets with the venue's other gates through this folder, which all of them see
    #[arg(long, value_name = "FOLDER")]
    pub(crate) share: Option<PathBuf>,
}

pub(crate) fn kind(name: &str) -> Result<Kind, String> {
    Kind::from_name(name).ok_or_else(|| "it is entry, ticket, membership or student-card".to_owned())
}

pub(crate) fn fact(text: &str) -> Result<Fact, String> {
    Fact::parse(text)
        .map_err(|_| "a fact is such as age_over_19 or student: a-z, 0-9 and _, at most 24".to_owned())
}

pub(crate) fn passes(name: &str) -> Result<PassSort, String> {
    PassSort::from_name(name).ok_or_else(|| "it is traceable, blind or either".to_owned())
}

pub(crate) fn asking(name: &str) -> Result<Asking, String> {
    let found = Asking::ALL.into_iter().find(|asking| asking.name() == name);
    found.ok_or_else(|| "it is screen, poster or one-way".to_owned())
}

/// Where something is served: https, or http on this machine, since secrets go there.
pub(crate) fn site(text: &str) -> Result<Url, String> {
    let bare = |url: &Url| url.username().is_empty() && url.password().is_none();
    let local = |url: &Url| matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    let url =
        Url::parse(text).ok().filter(|url| url.scheme() == "https" || url.scheme() == "http" && local(url));
    let url = url.filter(|url| bare(url) && url.query().is_none() && url.fragment().is_none());
    url.ok_or_else(|| "write it as in https://192.168.0.7:8443".to_owned())
}
