//! Target of pseudonyms in directories: a claim, the number that hid the directory's name, and the name.
//!
//! Input is 32 bytes of the number, the claim up to a line's end, and the name.

use jigap_keys::voprf::{BYTES, ServerKey};
use jigap_wallet_core::people::{DirectoryBlind, Dsub, DsubClaim};

use crate::fixtures::{Same, must};

/// What is read is written the same; what opens is of one directory, the same each time, and as who asked for it finishes it.
pub(crate) fn open(data: &[u8]) {
    let Some((blind, rest)) = data.split_first_chunk::<BYTES>() else { return };
    let Ok(rest) = std::str::from_utf8(rest) else { return };
    let (claim, directory) = rest.split_once('\n').unwrap_or((rest, "people.example"));
    if let Ok(read) = DsubClaim::parse(claim) {
        assert_eq!(read.to_text(), claim, "one text for one claim");
    }
    let Ok(opened) = Dsub::open(claim, blind, directory) else { return };
    assert_eq!(opened.as_str().len(), 43);
    let finished = must(DirectoryBlind::again(directory, blind)).finish(&must(DsubClaim::parse(claim)));
    assert!(must(finished) == opened, "who asked for it finishes it the same");
    assert!(Dsub::open(claim, blind, "other.example").is_err(), "a blind is of one directory");
}

pub(crate) fn open_seeds() -> Vec<Vec<u8>> {
    let record = must(ServerKey::derive(&[7; BYTES], b"fuzz"));
    let seed = |directory: &str| {
        let blind = must(DirectoryBlind::new(directory, &Same::new(9)));
        let (evaluated, _) = must(record.evaluate(&[*blind.blinded()], &Same::new(9)));
        let evaluated = must(evaluated.first().ok_or("one of one"));
        let claim = DsubClaim::new(*blind.blinded(), *evaluated).to_text();
        [&blind.secret()[..], claim.as_bytes(), b"\n", directory.as_bytes()].concat()
    };
    vec![seed("people.example"), seed("한국.example"), seed(&"d".repeat(255))]
}
