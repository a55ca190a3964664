//! The arguments of `jigap wallet`. No secret is one of them: they are typed, or come from a file only its owner reads.

use clap::{Args, Subcommand};

/// Hold credentials, and show what is asked of them
///
/// The wallet is one folder; everything in it is encrypted with a passphrase or a key file. Default folder:
/// $XDG_DATA_HOME/jigap/wallet, else ~/.local/share/jigap/wallet (macOS: ~/Library/Application Support/jigap/wallet).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet init
  jigap wallet accept
  jigap wallet present 'openid4vp://?client_id=…&request_uri=…'

Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct WalletArgs {
    #[command(flatten)]
    pub(crate) opening: Opening,
    #[command(subcommand)]
    pub(crate) action: Action,
}

/// Which wallet, and what opens it.
#[derive(Debug, Args)]
pub(crate) struct Opening {
    /// The wallet's folder [default: the platform's data folder, see above]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) wallet: Option<std::path::PathBuf>,
    /// Read the passphrase from the first line of this file instead of the terminal
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) passphrase_file: Option<std::path::PathBuf>,
    /// Open the wallet with this key file instead of a passphrase
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "passphrase_file")]
    pub(crate) key_file: Option<std::path::PathBuf>,
    /// Development: allow http to this machine
    #[arg(long, global = true)]
    pub(crate) dev: bool,
}

/// What is done with the wallet.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    Init(Init),
    Accept(Accept),
    List(List),
    Show(Show),
    Card(Card),
    Trust(Trust),
    Present(Present),
    Pass(Pass),
    Page(PassPage),
    Consents(super::consents::Consents),
    History(History),
    Delete(Delete),
    Resume(Resume),
    Refresh(Refresh),
    DirectoryCopy(DirectoryCopy),
    Passphrase(NewSecret),
    Export(Export),
    Backup(Backup),
    Restore(Restore),
}

/// Make a wallet
///
/// With --key-file FILE and no such file, the key is made too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet init
  jigap wallet init --wallet ./mine --key-file ./mine.key

Exit codes: 0 done, 1 there is a wallet already, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Init {}

/// Take a credential that is offered
///
/// Shows who offers what and asks. Several copies are taken at once, so that no two verifiers see the same one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet accept
  jigap wallet accept --yes - < offer.txt
  jigap wallet accept --yes --tx-code - - < link-and-code.txt

Exit codes: 0 accepted, 1 not accepted, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Accept {
    /// The offer: a link openid-credential-offer://…; `-` reads it from stdin, and without it, it is asked for. Who has the
    /// link can take the credential, and what stands on a command line others on this machine can read
    pub(crate) link: Option<String>,
    /// `-` reads the transaction code from stdin, after the link if that comes from there too; else it is asked for on the terminal when it is wanted
    #[arg(long, value_name = "-", value_parser = ["-"])]
    pub(crate) tx_code: Option<String>,
    /// Accept without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Print what was accepted as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// List what the wallet holds
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet list
  jigap wallet list --json

Exit codes: 0 done, 1 the wallet does not open, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct List {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show one credential with its claims, to its holder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet show Zk3xq0…

Exit codes: 0 done, 1 there is no such credential, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Show {
    /// The credential's id, or the beginning of it, as `jigap wallet list` prints it
    pub(crate) id: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Draw the card of one credential as SVG
///
/// The card is the one that the credential's type names, fetched when the credential was accepted and checked to run and load
/// nothing. It shows claims: keep it as you keep the credential.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet card Zk3xq0… -o card.svg
  jigap wallet card Zk3xq0… > card.svg

Exit codes: 0 done, 1 there is no such credential or it has no card, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Card {
    /// The credential's id, or the beginning of it, as `jigap wallet list` prints it
    pub(crate) id: String,
    /// Write to this new file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<std::path::PathBuf>,
}

/// Answer a request to show credentials
///
/// Shows who asks and, claim by claim, what would be disclosed, and asks. Without consent nothing is sent, but for an
/// error code where a request breaks the protocol. Where the answer comes with an offer, such as of entry passes, says what is
/// offered by whom and asks; another address that the verifier names is printed and not opened.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet present 'openid4vp://?client_id=…&request_uri=…'
  jigap wallet present --choose 2 'openid4vp://?client_id=…&request_uri=…'
  jigap wallet present --accept 'openid4vp://?client_id=…&request_uri=…'
  jigap wallet present --persona 0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I 'openid4vp://?client_id=…&request_uri=…'
  jigap wallet present --decline 'openid4vp://?client_id=…&request_uri=…'

Exit codes: 0 presented or declined as told, 1 not presented, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Present {
    /// The request: a link openid4vp://…
    pub(crate) link: String,
    /// Agree without being asked: to what is needed, or to what --choose says
    #[arg(long, conflicts_with = "decline")]
    pub(crate) yes: bool,
    /// Choose what to disclose where there is a choice: the numbers of the options, such as 1,3
    #[arg(long, value_name = "NUMBERS", conflicts_with = "decline")]
    pub(crate) choose: Option<String>,
    /// Tell the verifier that you do not agree
    #[arg(long)]
    pub(crate) decline: bool,
    /// The thumbprint of the persona for which you act, where the request wants a consent that is bound to one
    #[arg(long, value_name = "THUMBPRINT", conflicts_with = "decline")]
    pub(crate) persona: Option<String>,
    /// Take without being asked what is offered for what was shown
    #[arg(long, conflicts_with = "decline")]
    pub(crate) accept: bool,
    /// Trust these certificate authorities for verifiers: a PEM file [default: verifiers.pem in the wallet's folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) verifiers: Option<std::path::PathBuf>,
    /// Print the outcome as JSON; with --accept, what was accepted stands in it, else the offer's link
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show an entry pass at a gate, as a QR code
///
/// The gate's screen or poster says who asks for what; the code is made for that gate alone. One pass is shown to one venue,
/// and to no other. On a terminal the code is drawn, with the seconds until it changes; else its text is printed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet pass --gate 'JV1:…'
  jigap wallet pass --gate - --yes --once < code.txt
  jigap wallet pass --fact student

Exit codes: 0 shown, 1 not shown, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Pass {
    /// What the gate's screen or poster says, JV1:…; `-` reads it from stdin: what stands on a command line tells others on this
    /// machine, and who reads the shell's history, where you were
    #[arg(long, value_name = "CODE")]
    pub(crate) gate: Option<String>,
    /// Without --gate: what the pass must say; repeatable
    #[arg(long = "fact", value_name = "FACT", value_parser = crate::args::fact, conflicts_with = "gate")]
    pub(crate) facts: Vec<jigap_wallet_core::pass::Fact>,
    /// Show the pass of this credential, by the beginning of its id: of several tickets for one event the one that is meant
    #[arg(long, value_name = "ID")]
    pub(crate) only: Option<String>,
    /// If every such pass was shown elsewhere, show one again, although two venues can then tell that it was one person
    #[arg(long)]
    pub(crate) reuse: bool,
    /// Agree without being asked
    #[arg(long)]
    pub(crate) yes: bool,
    /// Print the code once, as text
    #[arg(long, conflicts_with = "picture")]
    pub(crate) once: bool,
    /// Write the code as a picture to this file: as PNG where its name ends in .png, else as SVG
    #[arg(long, value_name = "FILE", alias = "svg")]
    pub(crate) picture: Option<std::path::PathBuf>,
}

/// Serve a page on which a phone shows entry passes
///
/// Prints a link, and draws it: the phone's browser reads a gate's screen by its camera, tells who asks for what, and shows the
/// code. Passes and keys stay here, so the phone must reach this machine. Whoever has the link can show passes of this wallet while the command
/// runs. Browsers give the camera to https pages alone: `jigap ca tls` makes a certificate.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet page
  jigap wallet page --listen 0.0.0.0:8444 --tls ca/home.pem ca/home-key.pem --url https://192.168.0.9:8444

Exit codes: 0 ended, 1 the wallet does not open, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct PassPage {
    /// Address and port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8444")]
    pub(crate) listen: std::net::SocketAddr,
    /// The certificate, with its chain, and its key: PEM files
    #[arg(long, num_args = 2, value_names = ["CERTIFICATE", "KEY"])]
    pub(crate) tls: Option<Vec<std::path::PathBuf>>,
    /// Where the phone reaches this page, if not at that address
    #[arg(long, value_name = "URL", value_parser = crate::args::site)]
    pub(crate) url: Option<url::Url>,
    /// The folder of the pages, as `cargo xtask web` makes it
    #[arg(long, value_name = "FOLDER", default_value = "target/web")]
    pub(crate) pages: std::path::PathBuf,
    /// If every such pass was shown elsewhere, show one again, although two venues can then tell that it was one person
    #[arg(long)]
    pub(crate) reuse: bool,
}

/// Believe a trust list from now on
///
/// For passes that their issuer does not recognise: by which keys it signs them, the wallet reads in this list and nowhere else. Take
/// the bundle that the gates have, from whoever runs the list, and a newer one every three weeks, or say where newer versions are
/// published: the wallet fetches them when it needs them. An older version of the list is refused.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet trust trust.jigap
  jigap wallet trust trust.jigap --url https://trust.example/list.jwt

Exit codes: 0 done, 1 the list is older than the wallet's or is refused, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Trust {
    /// The trust bundle, or `-` for stdin
    pub(crate) bundle: String,
    /// Where newer versions of its list are published [default: where those of the same list were before]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<url::Url>,
    /// Fetch no newer versions any more
    #[arg(long, conflicts_with = "url")]
    pub(crate) no_url: bool,
}

/// Tell what was done with the wallet: who, when, which claims
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet history
  jigap wallet history --json
  jigap wallet history --visits > visits.json

Exit codes: 0 done, 1 the wallet does not open, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct History {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the visits to gates alone, as JSON: what you may give an authority that looks for contacts (`jigap entry-log join`)
    #[arg(long, conflicts_with = "json")]
    pub(crate) visits: bool,
}

/// Delete a credential with all its copies and keys
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet delete Zk3xq0…

Exit codes: 0 deleted, 1 not deleted, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Delete {
    /// The credential's id, or the beginning of it
    pub(crate) id: String,
    /// Delete without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Go on with acceptances that were interrupted
///
/// Each is asked for again for as long as its issuer lets it. With --give-up those that cannot go on are shown with the reason and,
/// after a question, ended: their keys are deleted, and the issuer must make a new offer. What may still be had, since a server
/// does not answer or the issuer issues later, is not ended.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet resume
  jigap wallet resume --give-up

Exit codes: 0 nothing is left to do, 1 an issuer refused, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Resume {
    /// End what cannot go on
    #[arg(long)]
    pub(crate) give_up: bool,
    /// End it without asking
    #[arg(long, requires = "give_up")]
    pub(crate) yes: bool,
    /// Print what was accepted as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Get more copies of what is running out
///
/// Where its issuer allows it, a credential is refreshed without a new offer: once a quarter of a batch is left, 7 of 28 passes, other
/// commands do so at their end, some hours after that was found. This command does it at once, and says how many are left.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet refresh
  jigap wallet refresh --all

Exit codes: 0 done, 1 an issuer refused, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Refresh {
    /// Get more of everything that can be refreshed, however many are left
    #[arg(long)]
    pub(crate) all: bool,
    /// Print how many are left as JSON, a line each
    #[arg(long)]
    pub(crate) json: bool,
}

/// Get a copy of a credential for one directory of people
///
/// Such a copy says by a pseudonym, in that directory and no other, on which record it stands, so that nobody is listed there twice.
/// The issuer does not learn for which directory it is, but sees when it is asked: get the copy some days before you are listed. It is
/// kept until it is shown there, and prints the pseudonym.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet directory-copy Zk3xq0… people.example

Exit codes: 0 the copy is there, 1 an issuer refused, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct DirectoryCopy {
    /// The credential's id, or the beginning of it
    pub(crate) id: String,
    /// The directory's name, letter for letter
    pub(crate) directory: String,
    /// Print credential, directory and pseudonym as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Change the passphrase or key file
///
/// What lies on the disk under the old passphrase may still be there until it is overwritten, as in old backups of the folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet passphrase
  jigap wallet passphrase --passphrase-file old.txt --new-passphrase-file new.txt

Exit codes: 0 changed, 1 the wallet does not open, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct NewSecret {
    /// Read the new passphrase from the first line of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) new_passphrase_file: Option<std::path::PathBuf>,
    /// Open the wallet with this key file from now on; made if it is not there
    #[arg(long, value_name = "FILE", conflicts_with = "new_passphrase_file")]
    pub(crate) new_key_file: Option<std::path::PathBuf>,
}

/// Print all that the wallet holds as JSON, claims included, keys not
///
/// Nothing of it can be presented. It holds what is known about you: keep it accordingly.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet export > held.json

Exit codes: 0 done, 1 the wallet does not open, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Export {}

/// Make an encrypted backup
///
/// One unused copy of each credential is set aside for the restored wallet, and this wallet never shows it. The last
/// copy stays here: such a credential is in the backup by name only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet backup wallet.backup

Exit codes: 0 done, 1 the wallet does not open, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Backup {
    /// The file to make; it must not be there yet
    pub(crate) file: std::path::PathBuf,
    #[command(flatten)]
    pub(crate) secret: BackupSecret,
}

/// Make a new wallet from a backup
///
/// Restore a backup once: two wallets restored from the same file would show the same copies.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet restore wallet.backup --wallet ./new

Exit codes: 0 done, 1 the backup is refused, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
pub(crate) struct Restore {
    /// The backup
    pub(crate) file: std::path::PathBuf,
    #[command(flatten)]
    pub(crate) secret: BackupSecret,
}

/// What opens the backup; asked for on the terminal if nothing is given.
#[derive(Debug, Args)]
pub(crate) struct BackupSecret {
    /// Read the backup's passphrase from the first line of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) backup_passphrase_file: Option<std::path::PathBuf>,
    /// The backup's key file
    #[arg(long, value_name = "FILE", conflicts_with = "backup_passphrase_file")]
    pub(crate) backup_key_file: Option<std::path::PathBuf>,
}
