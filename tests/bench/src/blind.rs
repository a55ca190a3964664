//! A pass's part of an issuer that signs blindly: what each side does of it, for one pass (docs/decisions/0014-blind-issuance.md).

use std::cell::Cell;
use std::fmt::Write as _;

use jigap_keys::blind::{Blinding, SecretKey};
use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::entropy::OsEntropy;

use crate::measure::{Case, Typical, in_turns};
use crate::{BenchError, broken};

/// Bytes that the issuer and the holder sign of a pass, about.
const SIGNED: [usize; 2] = [150, 290];
/// Passes that are taken in turn.
const PASSES: usize = 64;

/// A pass at each station of its making: what is signed, as the issuer gets it and answers, and as a gate gets it.
struct Made {
    message: Vec<u8>,
    blinded: [u8; 48],
    blinding: [u8; 32],
    answer: [u8; 48],
    signature: [u8; 48],
    shown: Vec<u8>,
}

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let mut material = [0; 32];
    jigap_keys::Entropy::fill(&OsEntropy, &mut material);
    let issuer = SecretKey::derive(&material, b"bench").map_err(broken("a key"))?;
    let holder = PrivateKey::generate(KeyType::P256, &OsEntropy);
    let showing = vec![8; SIGNED[1]];
    let passes = (0..PASSES).map(|number| make(number, &issuer, (&holder, &showing)));
    let passes = passes.collect::<Result<Vec<_>, BenchError>>()?;
    let next = Cell::new(0);
    let pass = || {
        next.set((next.get() + 1) % PASSES);
        passes.get(next.get())
    };
    let public = issuer.public();
    let verifies = |it: &Made| public.verify(&it.signature, &it.message).is_ok();
    let finishes = |it: &Made| {
        let finish = |blinding: Blinding| blinding.finish(&it.answer, &it.message, public);
        Blinding::from_bytes(&it.blinding).and_then(finish).is_ok()
    };
    let mut cases = [
        Case::new("wallet: blinds", || {
            pass().is_some_and(|it| Blinding::generate(&OsEntropy).blind(&it.message) != it.blinded)
        }),
        Case::new("issuer: signs", || pass().is_some_and(|it| issuer.sign(&it.blinded).is_ok())),
        Case::new("wallet: unblinds and verifies", || pass().is_some_and(finishes)),
        Case::new("gate: verifies the issuer's signature", || pass().is_some_and(verifies)),
        Case::new("gate: verifies both signatures (target ≤ 2,000)", || {
            pass().is_some_and(|it| verifies(it) && holder.public().verify(&showing, &it.shown).is_ok())
        }),
    ];
    let figures = in_turns(&mut cases, seconds)?;
    let mut table = String::from("| a pass issued blindly, its holder's key P-256 | µs |\n|---|---|\n");
    for (case, figures) in cases.iter().zip(&figures) {
        let _ = writeln!(table, "| {} | {} |", case.name, Typical::of(figures).say(0));
    }
    Ok(table)
}

fn make(
    number: usize,
    issuer: &SecretKey,
    (holder, showing): (&PrivateKey, &[u8]),
) -> Result<Made, BenchError> {
    let mut message = vec![7; SIGNED[0]];
    message.extend_from_slice(&number.to_be_bytes());
    let blinding = Blinding::generate(&OsEntropy);
    let blinded = blinding.blind(&message);
    let kept = *blinding.to_bytes();
    let answer = issuer.sign(&blinded).map_err(broken("an answer"))?;
    let signature = blinding.finish(&answer, &message, issuer.public()).map_err(broken("a signature"))?;
    let shown = holder.sign(showing).map_err(broken("a signature"))?;
    Ok(Made { message, blinded, blinding: kept, answer, signature, shown })
}
