//! A gate's entry log: how long a visitor waits for a durable row, how large a month of a busy venue is, and how long a join takes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use jigap_keys::{Entropy as _, KeyType, PrivateKey};
use jigap_platform::entropy::OsEntropy;
use jigap_platform::entry_log::{self, GateLog};
use jigap_platform::journal;
use jigap_wallet_core::entry_log::{
    Anchor, Chain, Close, Day, Door, Draft, GateDay, Guest, Hour, NewRequest, Party, Policy, Requests, Role,
    Run, Scope, Slot, VenueAnswer, Visit, contacts, venue_answer,
};
use jigap_wallet_core::pass::{Generation, Pseudonym};
use jigap_wallet_core::time::Seconds;

use crate::measure::{Typical, timed};
use crate::scene::NOW;
use crate::{BenchError, broken, require};

/// Visits a day of the venue, between ten and ten.
const VISITS: u32 = 5_000;
const DAYS: i64 = 28;
const AT_ONCE: usize = 16;

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let scene = Scene::new()?;
    // On the disk that the build is on, not in memory.
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let mut table = String::from(
        "| what | how many | median | p99 | |\n\
         |---|---|---|---|---|\n",
    );
    let alone = scene.waits(&folder.path().join("alone"), 1, seconds)?;
    let _ = writeln!(
        table,
        "| a visitor waits for a durable row, one at a time, ms (target: median ≤ 1) | {} | {:.2} | {:.2} | |",
        alone.len(),
        Typical::of(&alone).median,
        p99(&alone)
    );
    let together = scene.waits(&folder.path().join("together"), AT_ONCE, seconds)?;
    let _ = writeln!(
        table,
        "| the same, {AT_ONCE} at once, ms | {} | {:.2} | {:.2} | |",
        together.len(),
        Typical::of(&together).median,
        p99(&together)
    );
    // A moment in which nothing rots: a small month.
    let visits = if seconds < 1.0 { 50 } else { VISITS };
    let place = folder.path().join("month");
    scene.month(&place, visits)?;
    scene.joins(&place, visits, &mut table)?;
    Ok(table)
}

fn p99(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_mul(99) / 100).copied().unwrap_or_default()
}

struct Scene {
    door: PrivateKey,
    venue: (Party, PrivateKey, BTreeMap<Day, PrivateKey>),
    authority: (Party, PrivateKey, BTreeMap<Day, PrivateKey>),
    policy: Policy,
}

impl Scene {
    fn new() -> Result<Self, BenchError> {
        let door = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
        let party = |role: Role| {
            let identity = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
            let word = || Door::sign(&door, identity.public()).map_err(broken("a door's word"));
            let word = (role == Role::Venue).then(word).transpose()?;
            let key = || PrivateKey::generate(KeyType::X25519, &OsEntropy);
            let first = Day::of(NOW).plus(-DAYS);
            let days: BTreeMap<Day, PrivateKey> =
                (0..=DAYS + 1).map(|day| (first.plus(day), key())).collect();
            let party = Party {
                role,
                name: role.name().to_owned(),
                operator: role.name().to_owned(),
                identity: identity.public().clone(),
                door: word,
                at: NOW,
                days: Run {
                    first: first.number(),
                    keys: days.values().map(|key| key.public().clone()).collect(),
                },
                generations: Run { first: Generation::of(NOW).number(), keys: vec![key().public().clone()] },
            };
            Ok::<_, BenchError>((party, identity, days))
        };
        let (authority, venue, issuer) = (party(Role::Authority)?, party(Role::Venue)?, party(Role::Issuer)?);
        let sign = |(party, identity, _): &(Party, PrivateKey, BTreeMap<Day, PrivateKey>)| {
            party.sign(identity).map_err(broken("a statement"))
        };
        let statements = [&authority, &venue, &issuer].into_iter().map(sign).collect::<Result<_, _>>()?;
        let mut draft = Draft::new(statements).map_err(broken("a policy"))?;
        for (_, identity, _) in [&authority, &venue, &issuer] {
            draft.agree(identity).map_err(broken("an agreement"))?;
        }
        let policy = draft.agreed().map_err(broken("a policy"))?;
        Ok(Self { door, venue, authority, policy })
    }

    fn key(&self) -> Result<PrivateKey, BenchError> {
        PrivateKey::from_pkcs8_der(&self.door.to_pkcs8_der()).map_err(broken("a key"))
    }

    /// Milliseconds that each of the visitors waited, so many at once.
    fn waits(&self, folder: &Path, at_once: usize, seconds: f64) -> Result<Vec<f64>, BenchError> {
        let by = (self.policy.clone(), self.key()?);
        let log = GateLog::open(folder, "gate", by, NOW, Arc::new(OsEntropy)).map_err(broken("a log"))?;
        let visitor = || {
            let mut waited = Vec::new();
            let mut spent = 0.0;
            while spent < seconds || waited.is_empty() {
                let guest = someone();
                let (kept, took) = timed(|| log.append(guest, NOW).is_ok());
                require(kept, "a row is kept")?;
                spent += took;
                waited.push(took * 1e3);
            }
            Ok::<_, BenchError>(waited)
        };
        let waited: Result<Vec<Vec<f64>>, BenchError> = std::thread::scope(|scope| {
            let visitors: Vec<_> = (0..at_once).map(|_| scope.spawn(visitor)).collect();
            let ended = visitors.into_iter().map(|it| it.join());
            ended.map(|it| it.unwrap_or_else(|_| Err(BenchError::Broken("a visitor".into())))).collect()
        });
        Ok(waited?.concat())
    }

    /// Writes the files of a month, without waiting for each row.
    fn month(&self, folder: &Path, visits: u32) -> Result<(), BenchError> {
        std::fs::create_dir_all(folder)?;
        let circle = jigap_keys::base64url::encode(self.policy.circle());
        for (name, text) in [("gate", "gate"), ("circle", circle.as_str())] {
            jigap_platform::files::write_new(&folder.join(name), text.as_bytes())?;
        }
        for by in 1..=DAYS {
            let day = Day::of(NOW).plus(-by + 1);
            let mut chain = Chain::begin(&self.policy, "gate", day).map_err(broken("a chain"))?;
            let mut frames = Vec::new();
            for number in 0..visits {
                let minutes = 10 * 60 + number * 12 * 60 / visits;
                let slot = Slot::of(day.begins().plus(Seconds(minutes * 60)));
                let visit = Visit { guest: someone(), slot };
                let row = chain.append(&visit, &self.policy, &OsEntropy).map_err(broken("a row"))?;
                journal::frame(&mut frames, &row);
            }
            let (file, _) = journal::Journal::open(&folder.join(format!("{day}.rows")))?;
            file.append(&frames)?;
            let close =
                Close::sign(&chain, day.plus(1).first_hour(), &self.door).map_err(broken("a close"))?;
            journal::add(&folder.join(format!("{day}.closes")), close.as_bytes())?;
        }
        Ok(())
    }

    fn joins(&self, folder: &Path, visits: u32, table: &mut String) -> Result<(), BenchError> {
        let month = self.read(folder, |_| true)?;
        let rows: usize = month.iter().map(|day| day.rows.len()).sum();
        let mut bytes = 0;
        for entry in std::fs::read_dir(folder)? {
            bytes += entry?.metadata()?.len();
        }
        let _ = writeln!(
            table,
            "| {DAYS} days of {visits} visits | {rows} | | | {:.1} MB, {:.0} bytes a row |",
            bytes as f64 / 1e6,
            bytes as f64 / rows as f64
        );
        let yesterday = Day::of(NOW).plus(-1);
        let hour = |day: Day, hour: u8| Hour::of_day(day, hour);
        let scopes = [
            ("two hours of a day", Scope { from: hour(yesterday, 13), to: hour(yesterday, 15) }),
            ("a whole month", Scope { from: hour(Day::of(NOW).plus(1 - DAYS), 0), to: Hour::of(NOW) }),
        ];
        for (name, scope) in scopes {
            self.join(folder, (name, scope), table)?;
        }
        Ok(())
    }

    fn join(
        &self,
        folder: &Path,
        (name, scope): (&str, Scope),
        table: &mut String,
    ) -> Result<(), BenchError> {
        let new = NewRequest { case: "1", purpose: "bench", scope };
        let mut requests = Requests::new();
        let made = requests.make(&new, &self.policy, NOW, &self.authority.1);
        made.map_err(broken("a request"))?;
        let request = requests.all().last().cloned().ok_or(BenchError::Broken("a request".into()))?;
        let (party, identity, keys) = &self.venue;
        let days: Vec<Day> = scope.days().collect();
        let (answer, took) = timed(|| {
            let gates = self.read(folder, |day| days.contains(&day))?;
            venue_answer(&request, &gates, keys, (NOW, party, identity)).map_err(broken("an answer"))
        });
        let (answer, count) = answer?;
        let _ = writeln!(
            table,
            "| {name}: the venue checks the days and releases the rows, ms | {count} | {:.0} | | {:.2} MB |",
            took * 1e3,
            answer.len() as f64 / 1e6
        );
        let (found, took) = timed(|| {
            let answer = VenueAnswer::read(&answer, &request, &self.policy)?;
            let seen = answer.open(&self.authority.2)?;
            let middle = scope.from.begins().plus(Seconds(30 * 60));
            Ok::<_, jigap_wallet_core::verdict::Refusal>((
                seen.len(),
                contacts(&seen, &Anchor::Moment(middle), 15).len(),
            ))
        });
        let (seen, around) = found.map_err(broken("a join"))?;
        require(seen == count, "every row opens")?;
        let _ = writeln!(
            table,
            "| {name}: the authority opens them and finds contacts of a moment, ms | {seen} | {:.0} | | {around} contacts |",
            took * 1e3
        );
        Ok(())
    }

    fn read(&self, folder: &Path, wanted: impl Fn(Day) -> bool) -> Result<Vec<GateDay>, BenchError> {
        let read = entry_log::read(folder, &self.policy, wanted);
        read.map_err(broken("a log"))
    }
}

fn someone() -> Guest {
    let mut pass = [0; 16];
    OsEntropy.fill(&mut pass);
    Guest::Pass(Pseudonym::from_bytes(pass))
}
