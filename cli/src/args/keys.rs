//! The commands that make, take in and replace keys: of tenants, of the verifier, of the trust list.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jigap_issuer::assembly::KeyPurpose;
use url::Url;

/// The tenants of a configuration that issue credentials
#[derive(Debug, Subcommand)]
pub(crate) enum Issuer {
    RotateKey(RotateKey),
    ImportKey(ImportKey),
    EndPasses(EndPasses),
}

/// End all passes of one kind that a tenant issued so far
///
/// What is issued from then on is of a new version. Gates refuse the others when they have the next trust list: sign it (jigap trust
/// publish) and hand it to them. For one ticket, revoke its offer instead. The server must not run: its store has one owner at a
/// time.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap issuer end-passes --tenant hanbit --kind ticket && jigap trust publish\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct EndPasses {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "jigap.toml")]
    pub(crate) config: PathBuf,
    /// The tenant's id
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: String,
    /// Which: entry, ticket, membership or student-card
    #[arg(long, value_name = "KIND", value_parser = super::kind)]
    pub(crate) kind: jigap_wallet_core::pass::Kind,
}

/// Replace a tenant's signing key: prepare the next one, then promote it
///
/// Two steps, so that nothing is refused in between. Without --promote the next key is made: it is published and stands
/// on the next trust list, but signs nothing yet. When every verifier has that list, --promote lets it sign. What the old
/// key signed stays valid until it ends: so long its public half stays published. Its private half is overwritten; old
/// pages of the store, and backups, may still hold it, sealed under the master key. The server must not run: its store
/// has one owner at a time.
///
/// For a tenant by certificate (x5c) the first step prints a certification request (PKCS #10) of the next key, also where
/// there was none before. When its certificate stands in x5c.chain, --promote lets the key sign.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap issuer rotate-key --tenant hanbit && jigap trust publish\n",
    "  jigap issuer rotate-key --tenant hanbit --promote\n",
    "  jigap issuer rotate-key --tenant hanbit --key status --at-once && jigap trust publish\n",
    "  jigap issuer rotate-key --tenant hrdk > hrdk.csr\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct RotateKey {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "jigap.toml")]
    pub(crate) config: PathBuf,
    /// The tenant's id
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: String,
    /// Which key: credential, status or bbs (that of the cryptosuite bbs-2023)
    #[arg(long, default_value = "credential", value_parser = purpose)]
    pub(crate) key: KeyPurpose,
    /// Let the prepared key sign from now on
    #[arg(long)]
    pub(crate) promote: bool,
    /// Replace the key at once, because it is in wrong hands: until verifiers have the new trust list they refuse
    /// what the new one signs, and without its status lists every credential of the tenant. The stolen key stays on the
    /// trust list until the last credential it signed has ended, so that what it signs is still believed: to end that
    /// sooner, publish a list that leaves it out, and issue those credentials anew (docs/THREATS.md)
    #[arg(long, conflicts_with = "promote")]
    pub(crate) at_once: bool,
}

/// Take in the private key of a tenant's certificate
///
/// The key is kept sealed under the master key; the configuration names no key file. It signs at once if none does for this
/// tenant, else it is the next one: put its certificate in x5c.chain and promote it (jigap issuer rotate-key --promote).
/// Delete the file afterwards. The server must not run: its store has one owner at a time.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap issuer import-key --tenant hrdk hrdk-key.pem && shred -u hrdk-key.pem\n",
    "  openssl pkcs8 -topk8 -nocrypt -in old.pem | jigap issuer import-key --tenant hrdk -\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct ImportKey {
    /// The key, PKCS #8 in PEM; a file that its owner alone can read, or `-` for stdin
    pub(crate) file: String,
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "jigap.toml")]
    pub(crate) config: PathBuf,
    /// The tenant's id
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: String,
}

/// The verifier of a configuration
#[derive(Debug, Subcommand)]
pub(crate) enum Verifier {
    Ask(Ask),
    Audit(crate::verifier::audit::Audit),
    RotateKey(RotateRequestKey),
    ImportKey(ImportRequestKey),
}

/// Ask at a door, by a QR code that a wallet reads
///
/// Draws the link of one question (OpenID4VP), waits until a wallet has answered it or five minutes are over, and says whether
/// the gate opens. The verifier is one that `jigap serve` runs; what it asks stands in its configuration, by name.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap verifier ask enrolled-student --url https://door.example --token-file asker.token\n",
    "  jigap verifier ask enrolled-student --url http://127.0.0.1:8000 --dev --token-file asker.token --json\n\n",
    "Exit codes: 0 it opens, 1 it does not, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct Ask {
    /// The question: a template of the verifier's configuration
    pub(crate) template: String,
    /// The verifier's public URL
    #[arg(long, value_name = "URL", value_parser = super::site)]
    pub(crate) url: Url,
    /// Read the asker's token from this file, or from stdin if it is `-`
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: String,
    /// Development: allow http to this machine
    #[arg(long)]
    pub(crate) dev: bool,
    /// Print the result as JSON, claims among it
    #[arg(long)]
    pub(crate) json: bool,
}

/// Replace the key that signs the verifier's requests: prepare the next one, then promote it
///
/// Without --promote the next key is made. With a certificate (x509_hash, x509_san_dns) its certification request
/// (PKCS #10) is printed: when the certificate stands in its place, --promote lets the key sign. Without one the next
/// client identifier is printed, for whoever knows the verifier by it. What was asked and fetched before can be answered;
/// what no wallet has fetched yet has to be asked anew. The server must not run: its store has one owner at a time.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap verifier rotate-key > gate.csr\n",
    "  jigap verifier rotate-key --promote\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct RotateRequestKey {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "jigap.toml")]
    pub(crate) config: PathBuf,
    /// Let the prepared key sign from now on
    #[arg(long)]
    pub(crate) promote: bool,
    /// Replace the key at once, because it is in wrong hands: the verifier is another client from now on. Not with a
    /// certificate: have that revoked, and the next key certified
    #[arg(long, conflicts_with = "promote")]
    pub(crate) at_once: bool,
}

/// Take in the private key of the verifier's certificate
///
/// The key is kept sealed under the master key; the configuration names no key file. It signs at once if none does, else it
/// is the next one: put its certificate in its place and promote it (jigap verifier rotate-key --promote). Delete the
/// file afterwards. The server must not run: its store has one owner at a time.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap verifier import-key gate-key.pem && shred -u gate-key.pem\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct ImportRequestKey {
    /// The key, PKCS #8 in PEM; a file that its owner alone can read, or `-` for stdin
    pub(crate) file: String,
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "jigap.toml")]
    pub(crate) config: PathBuf,
}

/// Replace the key that signs the trust list
///
/// The old key signs that it hands the list over, and every list of the new one carries that: verifiers who pinned the old
/// key follow by themselves, and what it signed before counts until it ends. So one step is enough. Then sign a list:
/// jigap trust publish. The old private half is overwritten. The server must not run: its store has one owner at a time.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap trust rotate-key && jigap trust publish\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct RotateListKey {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "jigap.toml")]
    pub(crate) config: PathBuf,
    /// The old key is in wrong hands and hands over nothing: every verifier needs the new bundle from you, and whoever has
    /// the old one believes the thief until then
    #[arg(long)]
    pub(crate) at_once: bool,
}

fn purpose(text: &str) -> Result<KeyPurpose, String> {
    match text {
        "credential" => Ok(KeyPurpose::Credential),
        "status" => Ok(KeyPurpose::Status),
        "bbs" => Ok(KeyPurpose::Bbs),
        _ => Err("the keys are credential, status and bbs".to_owned()),
    }
}
