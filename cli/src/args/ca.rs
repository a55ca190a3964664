//! The commands that make certificates for development.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jigap_platform::authority::{MAX_ROOT_DAYS, Profile};

/// A certificate authority for development
///
/// One root signs everything, so whoever trusts it for one thing trusts it for all: not for production. Its folder holds
/// root.pem and root-key.pem, and for each certificate NAME.pem and NAME-key.pem. Keys are P-256 in PKCS #8, and only
/// their owner can read them. Nothing is overwritten. Where a key lies without its certificate, as after a crash, that key is
/// certified: so a certificate is renewed by removing its NAME.pem.
#[derive(Debug, Subcommand)]
pub(crate) enum Ca {
    Init(CaInit),
    DocumentSigner(CaDocumentSigner),
    Reader(CaReader),
    Tls(CaTls),
}

/// Make the root, in a folder of its own
///
/// It is the root of an issuing authority (IACA) by ISO 18013-5, table B.1. No list of revoked certificates is published, but
/// the profile wants an address for it.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap ca init ca --country KR --name \"Hanbit development\"\n",
    "  jigap ca init ca --country KR --name Hanbit --contact pki@hanbit.example --days 365\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct CaInit {
    /// The folder; it is made if it is not there
    pub(crate) directory: PathBuf,
    /// The country, two capital letters: the issuing_country of driver licences
    #[arg(long, value_name = "CC")]
    pub(crate) country: String,
    /// The name of the root
    #[arg(long)]
    pub(crate) name: String,
    /// How its people are reached: a URI or a mailbox
    #[arg(long, value_name = "CONTACT", default_value = "https://development.invalid/")]
    pub(crate) contact: String,
    /// Where its list of revoked certificates would be
    #[arg(long, value_name = "URL", default_value = "https://development.invalid/root.crl")]
    pub(crate) crl: String,
    /// Days it is valid, at most 20 years
    #[arg(long, default_value_t = 3650, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_ROOT_DAYS)))]
    pub(crate) days: u16,
}

/// What the certificates below the root have in common.
#[derive(Debug, Args)]
pub(crate) struct CaLeaf {
    /// The folder that `jigap ca init` made
    pub(crate) directory: PathBuf,
    /// A name that the certificate bears: a host, an address or a URI; repeatable, at most 32
    #[arg(long = "name", value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

/// Make a document signer's certificate, for mdocs
///
/// By ISO 18013-5, table B.3. For a tenant with mechanism x5c that issues other credentials besides mdocs, the certificate bears
/// the tenant's identifier as a URI.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap ca document-signer ca\n",
    "  jigap ca document-signer ca --name https://id.example.kr/licensing --file licensing\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct CaDocumentSigner {
    #[command(flatten)]
    pub(crate) leaf: CaLeaf,
    /// Who signs
    #[arg(long, value_name = "NAME", default_value = "Document signer")]
    pub(crate) common_name: String,
    /// Name of its files, without .pem
    #[arg(long, default_value = "document-signer", value_parser = stem)]
    pub(crate) file: String,
    /// Days it is valid
    #[arg(long, default_value_t = 365, value_parser = days(Profile::DocumentSigner))]
    pub(crate) days: u16,
}

/// Make a verifier's certificate, for its requests
///
/// By ISO 18013-5, table B.6, for the prefixes x509_hash and x509_san_dns of OpenID4VP; the latter wants the verifier's host
/// among the names.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap ca reader ca --name gate.example.kr --common-name \"The gate\"\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct CaReader {
    #[command(flatten)]
    pub(crate) leaf: CaLeaf,
    /// Who asks
    #[arg(long, value_name = "NAME", default_value = "Verifier")]
    pub(crate) common_name: String,
    /// Name of its files, without .pem
    #[arg(long, default_value = "reader", value_parser = stem)]
    pub(crate) file: String,
    /// Days it is valid
    #[arg(long, default_value_t = 365, value_parser = days(Profile::Reader))]
    pub(crate) days: u16,
}

/// Make a TLS server's certificate, for the local network
///
/// It bears the hosts and addresses that it is called by. Whoever connects has to trust root.pem.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap ca tls ca --name localhost --name 127.0.0.1 --name jigap.local\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct CaTls {
    #[command(flatten)]
    pub(crate) leaf: CaLeaf,
    /// Name of its files, without .pem
    #[arg(long, default_value = "tls", value_parser = stem)]
    pub(crate) file: String,
    /// Days it is valid
    #[arg(long, default_value_t = 397, value_parser = days(Profile::TlsServer))]
    pub(crate) days: u16,
}

fn days(profile: Profile) -> impl clap::builder::TypedValueParser<Value = u16> {
    clap::value_parser!(u16).range(1..=i64::from(profile.max_days()))
}

/// The name of a file in the authority's folder, beside the root's.
fn stem(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let fits =
        text.chars().all(plain) && text.len() <= 64 && !text.starts_with(['.', '-']) && !text.is_empty();
    // Keys lie beside their certificates as `…-key`.
    if fits && text != "root" && !text.ends_with("-key") {
        return Ok(text.to_owned());
    }
    Err("use letters, digits, '.', '_' and '-', not root, and no -key at the end".to_owned())
}
