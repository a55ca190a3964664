//! Three parties, a gate and its visitors, from the first key to the 29th day: what is joined, by whom it cannot be, and what is left
//! on whose disk.

#![expect(clippy::disallowed_methods, reason = "reads every file that the commands wrote")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser as _;
use jigap_keys::{PrivateKey, base64url};
use jigap_platform::entropy::OsEntropy;
use jigap_platform::entry_log::{GateLog, RegisterFiles};
use jigap_platform::journal;
use jigap_wallet_core::entry_log::{Day, Guest, Policy, Row, Slot};
use jigap_wallet_core::pass::{Generation, Pseudonym};
use jigap_wallet_core::time::Seconds;
use zeroize::Zeroizing;

use super::*;
use crate::args::{Arguments, Command};

/// Nine in the morning in Seoul.
const NOW: Timestamp = Timestamp::from_unix(1_795_910_400);
const DAY: u32 = 86_400;

fn talk() -> Talk {
    Talk::new(Some(Lang::En))
}

fn later(minutes: u32) -> Timestamp {
    NOW.plus(Seconds(minutes * 60))
}

fn pass_of(number: u8) -> Pseudonym {
    Pseudonym::from_bytes([number; 16])
}

struct Town {
    folder: tempfile::TempDir,
}

impl Town {
    /// Three parties with keys of 40 days, a policy, and a gate.
    fn new() -> Self {
        Self::with("").unwrap()
    }

    /// The same with keys that are sealed by the kernel's; `None` where it has none.
    fn sealed() -> Option<Self> {
        let made = Self::with(" --wrap keyring");
        if let Err(error) = &made {
            assert!(std::env::var("JIGAP_REQUIRE_PEERS").is_err(), "{error}");
            eprintln!("skipped: no keyring: {error}");
        }
        made.ok()
    }

    fn with(more: &str) -> Result<Self, String> {
        let town = Self { folder: tempfile::tempdir().unwrap() };
        town.jigap("gate init {}/gate --venue Hanbit --gate north", NOW).unwrap();
        town.jigap("entry-log init {}/office --role authority --name Office --operator Mapo", NOW).unwrap();
        town.jigap("entry-log init {}/desk --role venue --name Museum --operator Hanbit --door {}/gate", NOW)
            .unwrap();
        town.jigap("entry-log init {}/campus --role issuer --name Campus --operator University", NOW)
            .unwrap();
        for party in ["office", "desk", "campus"] {
            town.jigap(&format!("entry-log keys {{}}/{party} --days 40{more}"), NOW)?;
        }
        let statements = "{}/office/statement.jigap {}/desk/statement.jigap {}/campus/statement.jigap";
        town.jigap(&format!("entry-log policy {{}}/log.jigap {statements}"), NOW).unwrap();
        town.agree(&["office", "desk", "campus"], "log.jigap", NOW);
        Ok(town)
    }

    fn agree(&self, parties: &[&str], policy: &str, now: Timestamp) {
        for party in parties {
            self.jigap(&format!("entry-log agree {{}}/{party} {{}}/{policy}"), now).unwrap();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn words(&self, words: &str) -> Command {
        let here = self.folder.path().to_str().unwrap();
        let words: Vec<String> =
            ["jigap"].into_iter().chain(words.split(' ')).map(|word| word.replace("{}", here)).collect();
        Arguments::try_parse_from(words).unwrap().command
    }

    fn jigap(&self, words: &str, now: Timestamp) -> Result<Exit, String> {
        let talk = talk();
        let done = match self.words(words) {
            Command::EntryLog(command) => run_at(&command, now, &talk),
            Command::Gate(command) => crate::gate::run(&command, &talk),
            _ => panic!("{words}"),
        };
        done.map_err(|failure| failure.say(Lang::En))
    }

    fn policy(&self) -> Policy {
        policy(self.path("log.jigap").to_str().unwrap(), Lang::En).unwrap_or_else(|it| panic!("{it:?}"))
    }

    fn log(&self, now: Timestamp) -> Result<GateLog, String> {
        let policy = self.path("log.jigap");
        let log = crate::gate::entry_log(&self.path("gate"), policy.to_str().unwrap(), now, &talk());
        log.map_err(|failure| failure.say(Lang::En))
    }

    /// Visitors of these passes, so many minutes after [`NOW`]; whose they are stands in the register.
    fn visited(&self, visits: &[(u8, u32)]) {
        let log = self.log(NOW).unwrap();
        for (pass, minutes) in visits {
            log.append(Guest::Pass(pass_of(*pass)), later(*minutes)).unwrap();
        }
        log.close(later(600)).unwrap();
        let policy = self.policy();
        let identity = policy.issuers[0].identity.clone();
        let file =
            RegisterFiles::open(&self.path("campus"), (policy, &identity), Arc::new(OsEntropy)).unwrap();
        for (pass, _) in visits {
            file.note(&[(pass_of(*pass), Generation::of(NOW))], &format!("student {pass}")).unwrap();
        }
    }

    fn request(&self, name: &str, (from, to): (&str, &str), now: Timestamp) -> Result<Exit, String> {
        self.jigap(
            &format!(
                "entry-log request {{}}/office --policy {{}}/log.jigap --case 2026-117 --purpose measles --from {from} --to {to} --output {{}}/{name}"
            ),
            now,
        )
    }

    fn joined(&self, words: &str, now: Timestamp) -> Result<Vec<serde_json::Value>, String> {
        let words = format!("entry-log join {{}}/office {words} --policy {{}}/log.jigap");
        let Command::EntryLog(EntryLog::Join(command)) = self.words(&words) else { panic!("{words}") };
        answers::joined(&command, now, Lang::En).map_err(|failure| failure.say(Lang::En))
    }

    fn reported(&self, words: &str, now: Timestamp) -> Vec<String> {
        let words = format!("entry-log report {words} --policy {{}}/log.jigap");
        let Command::EntryLog(EntryLog::Report(command)) = self.words(&words) else { panic!("{words}") };
        report::reported(&command, now, Lang::En).unwrap_or_else(|failure| panic!("{failure:?}"))
    }
}

/// Every file below `folder`, with its bytes.
fn files_in(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_in(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            files.push((path, bytes));
        }
    }
    files
}

/// Copies a folder; `heeds`: as a backup program that leaves out folders with a `CACHEDIR.TAG`.
fn backup(from: &Path, to: &Path, heeds: bool) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if !path.is_dir() {
            std::fs::copy(&path, &copy).unwrap();
        } else if !(heeds && path.join("CACHEDIR.TAG").exists()) {
            backup(&path, &copy, heeds);
        }
    }
}

/// The key whose private half these 32 bytes are.
fn key_of(secret: &[u8]) -> PrivateKey {
    let der = [b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x6e\x04\x22\x04\x20", secret].concat();
    PrivateKey::from_pkcs8_der(&der).unwrap()
}

/// Every 32 bytes that stand in a file somewhere, as they are or in base64url, and are the private half of a day's key of a party. Rows
/// and the public halves themselves are not looked through: that takes minutes, and they are the same in every run.
fn keys_in(files: &[(PathBuf, Vec<u8>)], policy: &Policy) -> Vec<PrivateKey> {
    let published: Vec<Vec<u8>> = [&policy.authority, &policy.venue, &policy.issuers[0]]
        .iter()
        .flat_map(|party| party.days.keys.iter().chain(&party.generations.keys))
        .map(jigap_keys::PublicKey::to_bytes)
        .collect();
    let skipped = ["rows", "jigap"];
    let is_skipped = |path: &Path| path.extension().is_some_and(|kind| skipped.iter().any(|it| kind == *it));
    let mut found = Vec::new();
    for (path, bytes) in files.iter().filter(|(path, _)| !is_skipped(path)) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let words =
            text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_');
        let decoded = words.filter(|word| word.len() > 42).filter_map(|word| base64url::decode(word).ok());
        for bytes in [bytes.clone()].into_iter().chain(decoded) {
            assert!(bytes.len() < 40_000, "{}: {}", path.display(), bytes.len());
            let keys = bytes.windows(32).map(key_of);
            found.extend(keys.filter(|key| published.contains(&key.public().to_bytes())));
        }
    }
    found
}

#[test]
fn a_case_is_joined_by_three_and_by_no_fewer() {
    let town = Town::new();
    let visits: Vec<(u8, u32)> = (1..=7).map(|pass| (pass, 60 + u32::from(pass))).chain([(8, 130)]).collect();
    town.visited(&visits);
    let now = later(240);
    let hours = ("2026-11-29T10:00:00+09:00", "2026-11-29T11:00:00+09:00");
    town.request("one.jigap", hours, now).unwrap();
    let approve = |who: &str, more: &str| {
        town.jigap(&format!("entry-log approve {{}}/{who} {{}}/one.jigap --policy {{}}/log.jigap{more}"), now)
    };
    assert!(approve("desk", " --output {}/rows.jigap").unwrap_err().contains("nothing to answer from"));
    approve("desk", " --rows {}/gate/entry-log --output {}/rows.jigap").unwrap();
    // The authority reads which passes they were, and nobody's name.
    let seen = town.joined("{}/one.jigap {}/rows.jigap --ask {}", now).unwrap();
    assert_eq!(seen.len(), 7);
    assert!(seen.iter().all(|visit| visit["person"].is_null() && visit["gate"] == "north"), "{seen:?}");
    // Asked what came of a request that it was not shown, an issuer answers nothing: it takes the request with it.
    approve("campus", "").unwrap();
    approve("campus", " --asked {}/asked-1.jigap --output {}/persons.jigap").unwrap();
    let persons = "{}/one.jigap {}/rows.jigap --persons {}/asked-1.jigap={}/persons.jigap";
    let persons =
        town.joined(&format!("{persons} --around 2026-11-29T10:02:00+09:00 --within 0"), now).unwrap();
    let named: Vec<&str> = persons.iter().filter_map(|visit| visit["person"].as_str()).collect();
    assert_eq!(named, ["student 1", "student 2", "student 3", "student 4"]);
    // A visitor's own history as the anchor.
    let own = serde_json::json!([{"pass": base64url::encode([7; 16]), "at": "2026-11-29T10:07:00+09:00"}]);
    std::fs::write(town.path("visits.json"), own.to_string()).unwrap();
    let around = town.joined("{}/one.jigap {}/rows.jigap --visits {}/visits.json --within 0", now).unwrap();
    assert_eq!(around.len(), 3, "those of its five minutes");

    let requests = |who: &str| town.reported(who, now).iter().filter(|line| line.starts_with('#')).count();
    assert_eq!(["office", "desk", "campus"].map(|who| requests(&format!("{{}}/{who}"))), [1, 1, 1]);
    let released = town.reported("{}/office", now);
    assert!(released.iter().any(|line| line.contains("venue released 7")), "{released:?}");
    assert!(released.iter().any(|line| line.contains("issuer released 7")), "{released:?}");
    let hours = town.reported("{}/desk --rows {}/gate/entry-log", now);
    let hours: Vec<&str> = hours.iter().filter_map(|line| line.strip_prefix("2026-11-29 ")).collect();
    assert_eq!(hours.len(), 13, "those that are over");
    assert_eq!(&hours[9..], ["09:00  <5", "10:00  7", "11:00  <5", "12:00  <5"]);

    // Out of turn, out of scope, twice, by whom it is not.
    town.request("two.jigap", ("2026-11-29T09:00:00+09:00", "2026-11-29T10:00:00+09:00"), now).unwrap();
    let refused = town.request("no.jigap", ("2026-11-29T12:00:00+09:00", "2026-11-29T23:00:00+09:00"), now);
    assert!(refused.unwrap_err().contains("EL-10"));
    town.request("three.jigap", ("2026-11-29T11:00:00+09:00", "2026-11-29T12:00:00+09:00"), now).unwrap();
    let gap = town.jigap("entry-log approve {}/desk {}/three.jigap --policy {}/log.jigap", now);
    assert!(gap.unwrap_err().contains("EL-09"));
    let stranger = town.jigap(
        "entry-log request {}/desk --policy {}/log.jigap --case 1 --purpose 2 --from 2026-11-29T09:00:00+09:00 --to 2026-11-29T10:00:00+09:00 --output {}/no.jigap",
        now,
    );
    assert!(stranger.unwrap_err().contains("not of a party"));
    let other = town.joined("{}/two.jigap {}/rows.jigap", now);
    assert!(other.unwrap_err().contains("EL-08"), "an answer to another request");
    let approve = "entry-log approve {}/desk {}/two.jigap --policy {}/log.jigap --rows {}/gate/entry-log --output {}/none.jigap";
    town.jigap(approve, now).unwrap();
    let persons = "{}/two.jigap {}/none.jigap --persons {}/asked-1.jigap={}/persons.jigap";
    let named = town.joined(persons, now).unwrap_err();
    assert!(named.contains("with this request"), "persons of another request: {named}");
    // A request whose file was lost is written again, and counts no more.
    town.jigap(
        "entry-log request {}/office --policy {}/log.jigap --again --output {}/three-again.jigap",
        now,
    )
    .unwrap();
    let [three, again] =
        ["three.jigap", "three-again.jigap"].map(|name| std::fs::read(town.path(name)).unwrap());
    assert!(three == again && requests("{}/office") == 3);
    // A file that is there already is not overwritten, and nothing was counted for it.
    let again = town.request("two.jigap", ("2026-11-29T11:00:00+09:00", "2026-11-29T12:00:00+09:00"), now);
    assert!(again.unwrap_err().contains("there already"));
    assert_eq!(requests("{}/office"), 3);
    let twice =
        "entry-log report {}/desk --rows {}/gate/entry-log --rows {}/gate/entry-log --policy {}/log.jigap";
    assert!(town.jigap(twice, now).unwrap_err().contains("named twice"), "few must not look like many");
}

#[test]
fn a_venue_answers_no_authority_that_brings_an_issuer_of_its_own() {
    let town = Town::new();
    town.visited(&[(1, 61)]);
    let now = later(240);
    let hours = ("2026-11-29T10:00:00+09:00", "2026-11-29T11:00:00+09:00");
    town.request("one.jigap", hours, now).unwrap();
    let approve = |request: &str, policy: &str| {
        let rows = "--rows {}/gate/entry-log --output {}/rows-of";
        let words =
            format!("entry-log approve {{}}/desk {{}}/{request} --policy {{}}/{policy} {rows}-{request}");
        town.jigap(&words, now)
    };
    approve("one.jigap", "log.jigap").unwrap();
    town.jigap("entry-log init {}/puppet --role issuer --name Puppet --operator Mapo", now).unwrap();
    town.jigap("entry-log keys {}/puppet --days 40", now).unwrap();
    let parties = "{}/office/statement.jigap {}/desk/statement.jigap {}/puppet/statement.jigap";
    town.jigap(&format!("entry-log policy {{}}/own.jigap {parties}"), now).unwrap();
    town.agree(&["office", "puppet"], "own.jigap", now);
    // Not even the authority's own command asks by it; nor does the gate keep a log.
    let secret = "entry-log request {}/office --policy {}/own.jigap --case 1 --purpose none --from 2026-11-29T10:00:00+09:00 --to 2026-11-29T11:00:00+09:00 --output {}/secret.jigap";
    assert!(town.jigap(secret, now).unwrap_err().contains("EL-15"));
    assert!(approve("one.jigap", "own.jigap").unwrap_err().contains("EL-15"));
    // An issuer that agreed answers no circle to which it did not: the same request, another policy.
    town.agree(&["desk"], "own.jigap", now);
    let words = "entry-log approve {}/campus {}/one.jigap --policy {}/own.jigap";
    assert!(town.jigap(words, now).unwrap_err().contains("no part in the policy"));
    let other = "entry-log approve {}/desk {}/one.jigap --policy {}/own.jigap";
    assert!(town.jigap(other, now).unwrap_err().contains("EL-08"));
    assert!(
        town.jigap("entry-log verify {}/gate/entry-log --policy {}/own.jigap", now)
            .unwrap_err()
            .contains("EL-08")
    );
    // Keys of more days: what was agreed stays.
    town.jigap("entry-log keys {}/desk --days 50", now).unwrap();
    let statements = "{}/office/statement.jigap {}/desk/statement.jigap {}/campus/statement.jigap";
    town.jigap(&format!("entry-log policy {{}}/log.jigap {statements}"), now).unwrap();
    assert!(town.policy().venue.day_key(Day::of(NOW).plus(49)).is_ok());
}

#[test]
fn a_gate_without_a_phone_and_a_log_that_was_tampered_with() {
    let town = Town::new();
    let log = town.log(NOW).unwrap();
    let paper = Guest::Paper(Zeroizing::new("홍길동 010-0000-0000".to_owned()));
    log.append(paper, NOW).unwrap();
    (1..5).for_each(|pass| log.append(Guest::Pass(pass_of(pass)), NOW).unwrap());
    log.close(later(600)).unwrap();
    drop(log);
    let now = later(120);
    town.request("one.jigap", ("2026-11-29T09:00:00+09:00", "2026-11-29T10:00:00+09:00"), now).unwrap();
    let approve = "entry-log approve {}/desk {}/one.jigap --policy {}/log.jigap --rows {}/gate/entry-log --output {}/rows.jigap";
    let rows = town.path("gate/entry-log/2026-11-29.rows");
    let whole = std::fs::read(&rows).unwrap();
    let frame = whole.len() / 5;
    let without = |gone: usize| [&whole[..gone * frame], &whole[(gone + 1) * frame..]].concat();
    for (changed, check) in [(without(0), "EL-05"), (without(2), "EL-05"), (without(4), "EL-06")] {
        std::fs::write(&rows, changed).unwrap();
        let verified = town.jigap("entry-log verify {}/gate/entry-log --policy {}/log.jigap", now);
        assert!(verified.unwrap_err().contains(check));
        assert!(town.jigap(approve, now).unwrap_err().contains(check));
        assert!(town.log(now).err().unwrap().contains(check), "the gate does not open either");
    }
    std::fs::write(&rows, &whole).unwrap();
    town.jigap("entry-log verify {}/gate/entry-log --policy {}/log.jigap", now).unwrap();
    town.jigap(approve, now).unwrap();
    let seen = town.joined("{}/one.jigap {}/rows.jigap", now).unwrap();
    assert_eq!((seen.len(), &seen[0]["paper"]), (5, &serde_json::json!("홍길동 010-0000-0000")));
}

/// After 50 visits every file of the gate's folder is read: no pass, no moment, nobody, and no key that opens a row.
#[test]
fn a_stolen_scanner_tells_nothing_of_its_visitors() {
    let town = Town::new();
    let visits: Vec<(u8, u32)> = (1..=50).map(|pass| (pass, u32::from(pass))).collect();
    town.visited(&visits);
    let mut files = files_in(&town.path("gate"));
    files.push((town.path("log.jigap"), std::fs::read(town.path("log.jigap")).unwrap()));
    let rows = files.iter().filter(|(path, _)| path.extension().is_some_and(|kind| kind == "rows")).count();
    assert_eq!((rows, files.len()), (1, 8), "{files:?}");
    let holds = |what: &[u8]| files.iter().any(|(_, bytes)| bytes.windows(what.len()).any(|it| it == what));
    assert!(holds(b"north"), "what is looked for is found");
    for (pass, minutes) in visits {
        let (pass, slot) = (pass_of(pass), Slot::of(later(minutes)));
        assert!(!holds(pass.as_bytes()) && !holds(base64url::encode(pass.as_bytes()).as_bytes()));
        assert!(!holds(&slot.number().to_be_bytes()) && !holds(&slot.number().to_le_bytes()));
        assert!(!holds(slot.begins().to_rfc3339().as_bytes()) && !holds(b"student"));
    }
    assert!(keys_in(&files, &town.policy()).is_empty());
    // The same search finds the keys where they are.
    assert!(!keys_in(&files_in(&town.path("desk/day-keys"))[..3], &town.policy()).is_empty());
}

#[test]
fn on_day_29_nothing_that_is_left_opens_a_row() {
    let town = Town::new();
    town.visited(&[(1, 0), (2, 5), (3, 10)]);
    let rows = journal::read(&town.path("gate/entry-log/2026-11-29.rows")).unwrap();
    assert!(rows.iter().all(|row| Row::read(row).is_ok()) && rows.len() == 3);
    // A join that was begun in time lies at the authority.
    let hours = ("2026-11-29T09:00:00+09:00", "2026-11-29T10:00:00+09:00");
    town.request("office/one.jigap", hours, later(120)).unwrap();
    let approve = "entry-log approve {}/desk {}/office/one.jigap --policy {}/log.jigap --rows {}/gate/entry-log --output {}/office/rows.jigap";
    town.jigap(approve, later(120)).unwrap();
    let parties = ["office", "desk", "campus"];
    let kept = tempfile::tempdir().unwrap();
    let [heeding, careless] = ["heeding", "careless"].map(|name| kept.path().join(name));
    backup(town.folder.path(), &heeding, true);
    backup(town.folder.path(), &careless, false);
    let policy = town.policy();
    // Only the keys of that day and of its generation count.
    let today = Day::of(NOW);
    let of_day = |key: &PrivateKey| {
        let day_keys = [&policy.authority, &policy.venue].map(|party| party.day_key(today).unwrap());
        let generation = Generation::of(NOW);
        let all = [&policy.authority, &policy.issuers[0]].map(|it| it.generation_key(generation).unwrap());
        day_keys.into_iter().chain(all).any(|it| it == key.public())
    };
    let opening = |folder: &Path| keys_in(&files_in(folder), &policy).into_iter().filter(of_day).count();
    assert_eq!(opening(town.folder.path()), 4, "before, they are found");

    let erase = |now: Timestamp| {
        for party in parties {
            town.jigap(&format!("entry-log erase {{}}/{party}"), now).unwrap();
        }
    };
    // On day 28 they are there, on day 29 they are gone, on both sides.
    let day_28 = NOW.plus(Seconds(27 * DAY));
    erase(day_28);
    assert_eq!(town.joined("{}/office/one.jigap {}/office/rows.jigap", day_28).unwrap().len(), 3);
    let day_29 = NOW.plus(Seconds(28 * DAY));
    let refused = town.joined("{}/office/one.jigap {}/office/rows.jigap", day_29).unwrap_err();
    assert!(refused.contains("EL-07"), "{refused}");
    erase(day_29);
    town.log(day_29).unwrap();
    assert!(!town.path("gate/entry-log/2026-11-29.rows").exists(), "the rows are gone too");
    let statements = parties.map(|party| journal::read(&town.path(party).join("erased")).unwrap().len());
    assert_eq!(statements, [1, 1, 0], "the generation's passes were shown later than that day");
    let is_of_rows = |key: &PrivateKey| {
        [&policy.authority, &policy.venue].into_iter().any(|it| it.day_key(today).unwrap() == key.public())
    };
    let left =
        |folder: &Path| keys_in(&files_in(folder), &policy).iter().filter(|key| is_of_rows(key)).count();
    assert_eq!((left(town.folder.path()), left(&heeding)), (0, 0));
    // What is kept outside, and heeds no tag, opens it: this is the limit that THREATS names.
    assert_eq!(left(&careless), 2);

    // When the last passes of the generation were shown 28 days ago, persons are gone too.
    let last = Generation::of(NOW).ends().plus(Seconds(28 * DAY));
    erase(last);
    assert_eq!((opening(town.folder.path()), opening(&heeding)), (0, 0));
}

/// What a backup that heeds no tag, or whoever takes the disks apart, has of parties whose keys are sealed: every file, and all rows.
#[test]
fn copies_of_sealed_keys_and_of_all_rows_open_nothing_when_the_kernels_are_gone() {
    let Some(town) = Town::sealed() else { return };
    town.visited(&[(1, 0), (2, 5)]);
    let hours = ("2026-11-29T09:00:00+09:00", "2026-11-29T10:00:00+09:00");
    town.request("office/one.jigap", hours, later(120)).unwrap();
    let approve = "entry-log approve {}/desk {}/office/one.jigap --policy {}/log.jigap --rows {}/gate/entry-log --output {}/office/rows.jigap";
    town.jigap(approve, later(120)).unwrap();
    let thief = Town { folder: tempfile::tempdir().unwrap() };
    backup(town.folder.path(), thief.folder.path(), false);
    assert!(keys_in(&files_in(thief.folder.path()), &town.policy()).is_empty());
    let joined = || thief.joined("{}/office/one.jigap {}/office/rows.jigap", later(121));
    assert_eq!(joined().unwrap().len(), 2, "as long as the kernel of this machine has the keys");
    let erase = |now: Timestamp| {
        for party in ["office", "desk", "campus"] {
            town.jigap(&format!("entry-log erase {{}}/{party}"), now).unwrap();
        }
    };
    erase(NOW.plus(Seconds(28 * DAY)));
    assert!(joined().unwrap_err().contains("EL-07"));
    let again = approve.replace("rows.jigap", "again.jigap");
    assert!(thief.jigap(&again, later(121)).unwrap_err().contains("EL-07"));
    erase(NOW.plus(Seconds(200 * DAY)));
}

#[test]
fn a_clock_that_was_put_back_uses_and_ends_nothing() {
    let town = Town::new();
    let tomorrow = NOW.plus(Seconds(DAY));
    town.jigap("entry-log erase {}/desk", tomorrow).unwrap();
    for words in ["erase {}/desk", "keys {}/desk", "report {}/desk --policy {}/log.jigap"] {
        let refused = town.jigap(&format!("entry-log {words}"), NOW).unwrap_err();
        assert!(refused.contains("EL-13"), "{refused}");
    }
    town.log(tomorrow).unwrap().append(Guest::Pass(pass_of(1)), tomorrow).unwrap();
    assert!(town.log(NOW).err().unwrap().contains("EL-13"));
}

#[test]
fn parties_of_one_operator_are_said_to_be_one() {
    let town = Town::new();
    assert_eq!(not_separated(town.policy().separation(), Lang::En), None);
    town.jigap("entry-log init {}/own --role issuer --name Passes --operator HANBIT", NOW).unwrap();
    town.jigap("entry-log keys {}/own", NOW).unwrap();
    let statements = "{}/office/statement.jigap {}/desk/statement.jigap {}/own/statement.jigap";
    town.jigap(&format!("entry-log policy {{}}/own.jigap {statements}"), NOW).unwrap();
    town.agree(&["office", "desk", "own"], "own.jigap", NOW);
    let own =
        policy(town.path("own.jigap").to_str().unwrap(), Lang::En).unwrap_or_else(|it| panic!("{it:?}"));
    for (lang, words) in [(Lang::En, "not separated"), (Lang::Ko, "분리되어 있지 않습니다")] {
        assert!(not_separated(own.separation(), lang).unwrap().contains(words));
    }
    // A name that cannot be shown; a venue without a gate; a folder that is there.
    assert!(town.jigap("entry-log init {}/x --role issuer --name \u{202E} --operator a", NOW).is_err());
    assert!(!town.path("x/party.toml").exists());
    assert!(town.jigap("entry-log init {}/own --role issuer --name a --operator b", NOW).is_err());
}
