//! The commands that secure and verify W3C documents by JOSE, SD-JWT and COSE, in the shape of the W3C's test suite.

use clap::{Args, Subcommand, ValueEnum};
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use serde_json::Value;

/// Most paths, and most bytes of them.
const MOST_PATHS: usize = 256;
const MOST_BYTES: usize = 64 * 1024;

/// W3C credentials and presentations secured by JOSE, SD-JWT and COSE
#[derive(Debug, Subcommand)]
pub(crate) enum Vc {
    Issue(VcIssue),
    Verify(VcVerify),
}

/// Secure a credential or presentation with a key
///
/// The input is JSON of VCDM 2.0, held to the data model. The output is {"result":"success","data":"…"}: a JWT, an SD-JWT, or
/// COSE in base64. Else the result is failure (refused), indeterminate (the key is of a kind that is not supported) or error
/// (wrong use, or the environment), and data says why.
///
/// The key is a verification method with secretKeyJwk or secretKeyMultibase, or a JWK. It is read whatever the permissions of
/// its file: meant for tests and development.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap vc issue --input degree.json --key vm.json --feature credential_jose --output out.json\n",
    "  jigap vc issue --input degree.json --key vm.json --feature credential_sdjwt --sd '[\"credentialSubject.degree\"]' --output -\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct VcIssue {
    #[command(flatten)]
    pub(crate) common: Common,
    /// What of an SD-JWT is selectively disclosable: a JSON array of paths, as in ["credentialSubject.phones[0]"]
    #[arg(long, value_name = "PATHS", value_parser = paths)]
    pub(crate) sd: Option<Paths>,
}

/// Verify a credential or presentation with a key
///
/// Judges the signature, the form and the data model, with the key that is given. Says nothing about who issued it, whether
/// they may, whether it is still valid, or about the credentials in a presentation. All of that jigap verify judges by a trust
/// list, of one credential, alone or as the only one in a presentation. On success data is the document.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  jigap vc verify --input degree.jwt --key vm.json --feature credential_jose --output out.json\n",
    "  jigap vc verify --input degree.cose.txt --key vm.json --feature credential_cose --output -\n\n",
    "Exit codes: 0 done, 1 no or refused, 2 wrong use, 3 the environment failed, 70 a bug of ours"
))]
pub(crate) struct VcVerify {
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The document, or the text that secures it; `-` reads stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) input: String,
    /// The verification method or JWK
    #[arg(long, value_name = "FILE")]
    pub(crate) key: String,
    /// What it is and by what it is secured: credential_jose, credential_cose, credential_sdjwt, presentation_jose,
    /// presentation_cose or presentation_sdjwt
    #[arg(long, value_enum, hide_possible_values = true)]
    pub(crate) feature: Feature,
    /// Where the result goes, for its owner alone to read; a file that is there is replaced, `-` writes stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) output: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Feature {
    CredentialJose,
    CredentialCose,
    CredentialSdjwt,
    PresentationJose,
    PresentationCose,
    PresentationSdjwt,
}

/// Where claims stand that become disclosures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paths(pub(crate) Vec<ClaimPath>);

fn paths(text: &str) -> Result<Paths, String> {
    let shape = || r#"write it as in ["credentialSubject.degree", "evidence[0]"]"#.to_owned();
    if text.len() > MOST_BYTES {
        return Err(shape());
    }
    let value: Value = serde_json::from_str(text).map_err(|_| shape())?;
    let entries = value.as_array().filter(|entries| entries.len() <= MOST_PATHS).ok_or_else(shape)?;
    let read = |entry: &Value| match entry {
        Value::String(text) => path(text),
        other => ClaimPath::from_json(other).ok(),
    };
    entries.iter().map(read).collect::<Option<_>>().map(Paths).ok_or_else(shape)
}

/// `a.b[0]`: names with dots between them, each perhaps with indices.
fn path(text: &str) -> Option<ClaimPath> {
    let mut steps = Vec::new();
    for part in text.split('.') {
        let (name, mut indices) = part.find('[').map_or((part, ""), |at| part.split_at(at));
        if name.is_empty() {
            return None;
        }
        steps.push(PathStep::Key(name.to_owned()));
        while !indices.is_empty() {
            let (index, rest) = indices.strip_prefix('[')?.split_once(']')?;
            steps.push(PathStep::Index(index.parse().ok()?));
            indices = rest;
        }
    }
    ClaimPath::new(steps).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_names_and_indices() {
        let read =
            |text: &str| paths(text).map(|Paths(paths)| serde_json::to_value(paths).unwrap().to_string());
        assert_eq!(
            read(r#"["a", "a.b[0][12].c", ["x.y", null, 3]]"#).unwrap(),
            r#"[["a"],["a","b",0,12,"c"],["x.y",null,3]]"#
        );
        assert_eq!(read("[]").unwrap(), "[]");
        let long = format!("[{}\"a\"]", "\"a\",".repeat(MOST_PATHS));
        let deep = format!("[\"{}a\"]", "a.".repeat(100));
        for bad in [
            "",
            "a",
            "{}",
            "[1]",
            r#"[""]"#,
            r#"["a..b"]"#,
            r#"["a["]"#,
            r#"["a[]"]"#,
            r#"["a[-1]"]"#,
            r#"["a[0]b"]"#,
            r#"["[0]"]"#,
            "[[]]",
            &long,
            &deep,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
