//! Files and stdin, with a bound: whatever they hold came from a stranger. Private keys are read from files that their owner
//! alone can read.

use std::io::Read as _;
use std::path::Path;

use jigap_keys::{PrivateKey, base64url};
use jigap_platform::{files, pem};
use jigap_wallet_core::text::Text;
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};

/// Longest input in bytes.
pub(crate) const MAX_INPUT: u64 = 4 * 1024 * 1024;

/// Longest private key in bytes.
const MAX_KEY: u64 = 64 * 1024;

/// The bytes of the file at `path`, or of stdin if it is `-`.
pub(crate) fn read(path: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if path == "-" {
        std::io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut bytes)
    } else {
        open(path).and_then(|file| file.take(MAX_INPUT + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        let what = Text::new("cannot read the input", "입력을 읽을 수 없습니다");
        Failure::new(Exit::Environment, what).detail(format!("{path}: {error}"))
    })?;
    if bytes.len() as u64 > MAX_INPUT {
        let what = Text::new("the input is larger than 4 MiB", "입력이 4 MiB보다 큽니다");
        return Err(Failure::new(Exit::Usage, what).detail(path));
    }
    Ok(bytes)
}

/// The private key in PEM (PKCS #8) in the file at `path`, or on stdin if it is `-`.
pub(crate) fn private_key(path: &str) -> Result<PrivateKey, Failure> {
    let unusable = |exit, error: String| {
        let what = Text::new("the private key cannot be used", "개인 키를 쓸 수 없습니다");
        Failure::new(exit, what).detail(format!("{path}: {error}"))
    };
    let pem = if path == "-" {
        // Room for all of it, so that no copy is left behind by growing.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_KEY as usize + 1));
        let read = std::io::stdin().lock().take(MAX_KEY).read_to_end(&mut bytes);
        read.map_err(|error| unusable(Exit::Environment, error.to_string()))?;
        bytes
    } else {
        files::read_private(Path::new(path))
            .map_err(|error| unusable(Exit::Environment, error.to_string()))?
    };
    pem::private_key(&pem).map_err(|error| unusable(Exit::Usage, error.to_string()))
}

/// The input as text without the white space around it.
pub(crate) fn read_text(path: &str) -> Result<String, Failure> {
    as_text(path, read(path)?)
}

/// As [`read_text`]; an mdoc, a map in CBOR, is what its base64url is: no text begins as it does.
pub(crate) fn read_token(path: &str) -> Result<String, Failure> {
    let bytes = read(path)?;
    match bytes.first() {
        Some(0xa0..=0xbf) => Ok(base64url::encode(bytes)),
        _ => as_text(path, bytes),
    }
}

fn as_text(path: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::new(Exit::Usage, Text::new("the input is not UTF-8 text", "입력이 UTF-8 글이 아닙니다"))
            .detail(path)
            .hint(Text::new("a COSE message is given in base64", "COSE 메시지는 base64로 주십시오"))
    })?;
    Ok(text.trim().to_owned())
}

#[expect(clippy::disallowed_methods, reason = "the command line reads the files a person names")]
fn open(path: &str) -> std::io::Result<std::fs::File> {
    std::fs::File::open(path)
}
