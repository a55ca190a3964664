//! Do two venues that pool what they see, with the keepers of their logs, find out which passes are one person's?
//!
//! A hundred wallets are filled by the issuer and shown at six places over 28 days ([`people`]). The pool has, of two of the
//! places (and once of all), every code with its moment and its row in the log: taken apart to every leaf and every bit
//! ([`fields`]). Pairs of passes are ranked by boosted trees and the evidence of each bit ([`classifier`]), learnt of half the
//! people, where it is known whose each pass is, and tried on the other half; then the other way. Pairs are ranked among
//! those of the same places, generations and facts: what is known before any pass is looked at ([`pool`]).
//!
//! **Said before it was measured.** *Content* is all but when and where a code was shown. It links no better than chance if
//! its AUC lies in the interval in which 99 of 100 lie when wallets are drawn by lot (999 draws). Chance itself leaves that
//! interval one time in a hundred, so the test fails where both ways leave it on one side. And it must find what is planted
//! ([`planted`]): AUC above 0.9. What moments say is no property of a pass: it is told, not judged. So is what facts say.

mod chance;
mod classifier;
mod fields;
mod people;
mod planted;
mod pool;

use std::collections::BTreeMap;

use self::chance::Chance;
use self::people::{Month, Sighting};
use self::planted::Leak;
use self::pool::{Linked, Pool, Seen, Task};

const CONTENT: Task = Task { within_facts: true, content: true, facts: false, behaviour: false };
const BEHAVIOUR: Task = Task { content: false, behaviour: true, ..CONTENT };
const FACTS: Task = Task { within_facts: false, content: false, facts: true, behaviour: false };
const ALL: Task = Task { content: true, behaviour: true, ..FACTS };
/// Those that pool: one that knows its visitors again within a generation, and one that asks nobody.
const TWO: [usize; 2] = [0, 1];

/// The issuer's part of a code, in its parts.
pub(crate) fn pass_of(code: &str) -> Vec<u8> {
    fields::pass(&fields::of_code(code))
}

/// The passes that these venues saw.
fn pooled(month: &[Sighting], venues: &[usize]) -> Vec<Seen> {
    let mut rows = BTreeMap::new();
    let mut seen: BTreeMap<(usize, Vec<u8>), Seen> = BTreeMap::new();
    for sighting in month.iter().filter(|sighting| venues.contains(&sighting.venue)) {
        let Sighting { wallet, venue, moment, .. } = *sighting;
        let fields = fields::of_code(&sighting.code);
        let row: &mut usize = rows.entry(venue).or_default();
        *row += 1;
        let new = Seen { wallet, venue, shown: Vec::new(), fields };
        let pass = seen.entry((venue, fields::pass(&new.fields))).or_insert(new);
        assert_eq!(pass.wallet, wallet, "two wallets with one pass");
        pass.shown.push((moment, *row));
    }
    seen.into_values().collect()
}

#[expect(clippy::print_stderr, reason = "the figures of docs/BENCHMARKS.md: read with --no-capture")]
fn tell(what: &str, linked: &Linked) {
    let [one, two] = linked.by_chance.map(|(low, high)| format!("{low:.3}–{high:.3}"));
    let ([first, second], pairs) = (linked.auc, linked.pairs);
    eprintln!(
        "{what}: AUC {first:.3} ({one} by chance, {} pairs), {second:.3} ({two}, {})",
        pairs[0], pairs[1]
    );
}

#[expect(clippy::print_stderr, reason = "as tell")]
fn tell_sizes(month: &Month, pool: &Pool) {
    let (passes, places) = pool.size();
    let Month { seen, closed, batches } = month;
    eprintln!("{} codes, {closed} closed doors, {batches} batches; pooled {passes} passes", seen.len());
    eprintln!("parts that differ: {places:?}");
}

#[tokio::test]
async fn two_venues_and_a_log_keeper_link_passes_no_better_than_chance() {
    let month = people::month(20_261_129).await;
    let two = Pool::new(pooled(&month.seen, &TWO));
    tell_sizes(&month, &two);
    let content = two.link(CONTENT, 1);
    tell("content", &content);
    let (facts, behaviour, all) = (two.link(FACTS, 1), two.link(BEHAVIOUR, 1), two.link(ALL, 1));
    tell("facts", &facts);
    tell("moments, among people of equal facts", &behaviour);
    tell("content, facts and moments", &all);
    // The same classifier on the same people: it is not blind.
    assert!(facts.tells() && behaviour.tells() && all.tells(), "{facts:?} {behaviour:?} {all:?}");
    assert!(!content.tells() && !content.tells_backwards(), "{content:?}");
}

#[test]
fn what_is_planted_in_passes_is_found() {
    let mut chance = Chance(7);
    for leak in Leak::ALL {
        let linked = Pool::new(planted::seen(leak, &mut chance)).link(CONTENT, 8);
        tell(&format!("planted: {leak:?}"), &linked);
        assert!(linked.least() > 0.9 && linked.tells(), "{leak:?}: {linked:?}");
    }
    let nothing = Pool::new(planted::seen(Leak::Nothing, &mut chance)).link(CONTENT, 9);
    tell("planted: nothing", &nothing);
    assert!(!nothing.tells() && !nothing.tells_backwards(), "{nothing:?}");
}
