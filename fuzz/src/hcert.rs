//! Target of `hcert`: codes of EU Digital COVID Certificates.
//!
//! Input that begins with `HC1:` is text as it is read; other input is the message inside, so that mutation reaches what stands
//! behind compression and encoding.

use std::io::Write as _;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use jigap_keys::hash;
use jigap_wallet_core::cbor::Writer;
use jigap_wallet_core::cose::{Algorithm, Header, UnsignedSign1};
use jigap_wallet_core::hcert::{self, Signers};

use crate::fixtures::{NOW, issuer, must, text};

/// Of the key that signs here.
const SIGNER: &[u8] = include_bytes!("../certificates/operator.der");

static SIGNERS: LazyLock<Signers> = LazyLock::new(|| must(Signers::new(vec![SIGNER.to_vec()])));

/// What holds says what was signed here, and its moments enclose now.
pub(crate) fn hcert(data: &[u8]) {
    let Some(code) = code(data) else { return };
    let Ok(read) = hcert::read(&code, &SIGNERS, NOW) else { return };
    assert!(read.issued <= NOW && NOW < read.ends);
    assert_eq!(read.born, "1998-02-26", "it holds, and nobody signed it");
}

fn code(data: &[u8]) -> Option<String> {
    if data.starts_with(b"HC1:") {
        return text(data).map(str::to_owned);
    }
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(data).ok()?;
    Some(format!("HC1:{}", base45::encode(&packed.finish().ok()?)))
}

fn message(member: &str, ends: i64) -> Vec<u8> {
    let mut claims = Writer::with_capacity(256);
    claims.map(4).integer(1).text("AT").integer(4).integer(ends).integer(6).integer(NOW.unix() - 60);
    claims.integer(-260).map(1).integer(1).map(3).text("dob").text("1998-02-26");
    claims.text("nam").map(2).text("fn").text("Gößinger").text("gn").text("Gabriele");
    claims.text(member).array(1).map(1).text("tg").text("840539006");
    let kid = hash::sha256(SIGNER).first_chunk::<8>().copied().unwrap_or_default();
    let header = Header::new(Algorithm::EdDsa).kid(kid.to_vec());
    must(UnsignedSign1::new(header, &[], claims.into_bytes()).tagged().sign(issuer()))
}

pub(crate) fn hcert_seeds() -> Vec<Vec<u8>> {
    let later = NOW.unix() + 60;
    let mut seeds: Vec<_> =
        [("v", later), ("t", later), ("r", later), ("v", 0)].map(|(it, ends)| message(it, ends)).to_vec();
    seeds.extend(code(&message("v", later)).map(String::into_bytes));
    seeds
}
