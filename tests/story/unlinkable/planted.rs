//! Passes that do have something in common: what the classifier must find, or else it says nothing about those that have not.

use jigap_wallet_core::cbor::Writer;
use jigap_wallet_core::pass::{Generation, Window};
use jigap_wallet_core::time::{Seconds, Timestamp};

use super::chance::Chance;
use super::fields;
use super::people::PEOPLE;
use super::pool::Seen;

/// What marks the passes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leak {
    Nothing,
    /// They end so many days after they were issued.
    End,
    /// One key shows them all.
    Key,
    /// Their places in a status list follow one another.
    Place,
    /// Numbers are written as the batch's maker writes them.
    Form,
    /// Two bytes in the middle of their keys are the batch's: a generator that is seeded with little.
    PartOfKey,
    /// The holder's signatures begin alike: a nonce that is used twice.
    Nonce,
}

impl Leak {
    pub(super) const ALL: [Self; 6] =
        [Self::End, Self::Key, Self::Place, Self::Form, Self::PartOfKey, Self::Nonce];
}

/// Two passes of each of a hundred people at each of two venues, with keys and signatures of mere chance.
pub(super) fn seen(leak: Leak, chance: &mut Chance) -> Vec<Seen> {
    let generation = Generation::of(Timestamp::from_unix(1_800_000_000));
    let mut all = Vec::new();
    for wallet in 0..PEOPLE {
        let mark = chance.next();
        for number in 0..4 {
            let second = chance.below(27 * 86_400) as u32;
            let moment = generation.begins().plus(Seconds(second));
            let frame = frame(leak, (mark, number), (generation, moment), chance);
            let shown = vec![(moment, all.len())];
            all.push(Seen { wallet, venue: number % 2, shown, fields: fields::of_frame(&frame, 330) });
        }
    }
    all
}

fn frame(
    leak: Leak,
    (mark, number): (u64, usize),
    (generation, moment): (Generation, Timestamp),
    chance: &mut Chance,
) -> Vec<u8> {
    let marked = |of: Leak| leak == of;
    let (mut key, mut signature) = (chance.bytes::<32>(), chance.bytes::<64>());
    let of_batch = Chance(mark).bytes::<32>();
    match leak {
        Leak::Key => key = of_batch,
        Leak::PartOfKey => key[13..15].copy_from_slice(&of_batch[13..15]),
        Leak::Nonce => signature[..32].copy_from_slice(&of_batch),
        _ => {}
    }
    let end = generation.ends().unix() as u64 + if marked(Leak::End) { mark % (7 * 86_400) } else { 0 };
    let wide = if marked(Leak::Form) { mark } else { 0 };
    let mut claims = Writer::new();
    claims.map(3).unsigned(4);
    number_of(&mut claims, end, 4 + (wide & 1) as u32 * 4);
    claims
        .unsigned(8)
        .map(1)
        .unsigned(1)
        .map(3)
        .unsigned(1)
        .unsigned(1)
        .integer(-1)
        .unsigned(6)
        .integer(-2)
        .bytes(&key);
    claims.integer(-65_537).map(2 + usize::from(marked(Leak::Place))).unsigned(0);
    number_of(&mut claims, 0, [0, 1, 2, 4, 8][(wide >> 1) as usize % 5]);
    claims.unsigned(1).array(1).unsigned(19);
    if marked(Leak::Place) {
        let list = chance.bytes::<4>();
        claims.unsigned(4).array(2).bytes(&list).unsigned(mark % 100_000 + number as u64);
    }
    let mut header = Writer::new();
    header.map(2).unsigned(1).integer(-8).unsigned(4).bytes(&[7; 8]);
    let mut frame = Writer::new();
    frame.array(3).array(4).bytes(&header.into_bytes()).map(0).bytes(&claims.into_bytes());
    frame.bytes(&chance.bytes::<64>()).unsigned(u64::from(Window::of(moment).number())).bytes(&signature);
    frame.into_bytes()
}

/// A number in so many bytes after its head.
fn number_of(writer: &mut Writer, number: u64, width: u32) {
    let bytes = number.to_be_bytes();
    match width.checked_ilog2() {
        None => writer.unsigned(number),
        Some(log) => writer.raw(&[&[0x18 + log as u8][..], &bytes[8 - width as usize..]].concat()),
    };
}
