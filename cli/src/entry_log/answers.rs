//! `request`, `approve` and `join`: what the authority asks, what venue and issuers answer, and what comes of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jigap_keys::base64url;
use jigap_platform::entry_log;
use jigap_wallet_core::entry_log::{
    Anchor, Answered, Asked, Day, GateDay, Guest, Hour, IssuerAnswer, Ledger, NewRequest, Party, Policy,
    Request, Requests, Role, Scope, Seen, VenueAnswer, contacts, issuer_answer, venue_answer,
};
use jigap_wallet_core::pass::Pseudonym;
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::Timestamp;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::folder::Folder;
use super::report::rows;
use super::{policy, read, refused, unmade, unusable, write};
use crate::args::{LogApprove, LogJoin, LogRequest};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

pub(super) fn request(command: &LogRequest, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let folder = Folder::open(&command.directory, now, lang)?;
    let policy = policy(&command.policy, lang)?;
    folder.part(&policy, Role::Authority)?;
    unwritten_yet(&command.output)?;
    let mut ledger = folder.ledger(&policy, lang)?;
    let asked = (&command.case, &command.purpose, command.from, command.to);
    let bytes = if let (Some(case), Some(purpose), Some(from), Some(to)) = asked {
        let scope = Scope { from: whole(from)?, to: whole(to)? };
        let mut requests: Requests = ledger.requests().clone();
        let made = requests.make(&NewRequest { case, purpose, scope }, &policy, now, &folder.identity);
        made.map_err(|error| unmade(error, lang))?
    } else {
        ledger.last_request().ok_or_else(no_request)?.to_vec()
    };
    let (request, entry) = ledger.take(&bytes, &policy).map_err(|refusal| refused(refusal, lang))?;
    // Counted before anybody is shown it.
    folder.keep(&policy, entry)?;
    write(&command.output, &bytes)?;
    talk.say(&said(&request, lang));
    Ok(Exit::Done)
}

fn whole(moment: Timestamp) -> Result<Hour, Failure> {
    let hour = Hour::of(moment);
    let what = Text::new("a scope begins and ends with an hour", "범위는 정시에 시작하고 끝납니다");
    if hour.begins() == moment { Ok(hour) } else { Err(Failure::new(Exit::Usage, what)) }
}

fn no_request() -> Failure {
    Failure::new(Exit::No, Text::new("nothing was asked yet", "아직 요청한 것이 없습니다"))
}

pub(super) fn approve(command: &LogApprove, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let folder = Folder::open(&command.directory, now, lang)?;
    let policy = policy(&command.policy, lang)?;
    folder.part(&policy, folder.role())?;
    command.output.as_deref().map_or(Ok(()), unwritten_yet)?;
    let mut ledger = folder.ledger(&policy, lang)?;
    let taken = ledger.take(&input::read(&command.request)?, &policy);
    let (request, entry) = taken.map_err(|refusal| refused(refusal, lang))?;
    folder.keep(&policy, entry)?;
    talk.say(&said(&request, lang));
    let Some(output) = &command.output else { return Ok(Exit::Done) };
    if command.asked.is_none() && command.rows.is_empty() {
        let what = Text::new("there is nothing to answer from", "답할 것이 없습니다");
        let hint =
            Text::new("a venue gives --rows, an issuer --asked", "장소는 --rows, 발급자는 --asked를 줍니다");
        return Err(Failure::new(Exit::Usage, what).hint(hint));
    }
    let (answer, count) = match &command.asked {
        Some(asked) => of_issuer(&folder, (&policy, &ledger, &request), asked, lang)?,
        None => of_venue(&folder, (&policy, &request), &command.rows, (now, lang))?,
    };
    // In the log before it is in anybody's hands.
    let answered = Answered::new(&request, folder.role(), count, (&answer, now));
    folder.keep(&policy, ledger.note(answered))?;
    write(output, &answer)?;
    talk.say(&match lang {
        Lang::En => format!("released: {count}"),
        Lang::Ko => format!("제공: {count}건"),
    });
    Ok(Exit::Done)
}

/// What is counted before it is written must have a file to go into.
fn unwritten_yet(output: &Path) -> Result<(), Failure> {
    if !output.exists() {
        return Ok(());
    }
    let what = Text::new("the file is there already", "이미 있는 파일입니다");
    let hint = Text::new("nothing is overwritten: name another", "덮어쓰지 않습니다. 다른 이름을 쓰십시오");
    Err(Failure::new(Exit::Usage, what).detail(output.display()).hint(hint))
}

fn of_venue(
    folder: &Folder,
    (policy, request): (&Policy, &Request),
    logs: &[PathBuf],
    (now, lang): (Timestamp, Lang),
) -> Result<(Vec<u8>, usize), Failure> {
    let venue = folder.part(policy, Role::Venue)?;
    let days: Vec<Day> = request.scope.days().collect();
    let mut gates: Vec<GateDay> = Vec::new();
    for log in logs {
        gates.extend(rows(log, policy, |day| days.contains(&day), lang)?);
    }
    let keys = folder.days(days.into_iter())?;
    let by = (now, venue, &folder.identity);
    venue_answer(request, &gates, &keys, by).map_err(|error| unmade(error, lang))
}

fn of_issuer(
    folder: &Folder,
    (policy, ledger, request): (&Policy, &Ledger, &Request),
    asked: &std::path::Path,
    lang: Lang,
) -> Result<(Vec<u8>, usize), Failure> {
    let issuer = folder.part(policy, Role::Issuer)?;
    let asked = Asked::read(&read(asked)?, policy, issuer.id());
    let asked = asked.map_err(|refusal| refused(refusal, lang))?;
    if asked.request != request.digest {
        let what = Text::new("it was asked with another request", "다른 요청으로 물은 것입니다");
        return Err(Failure::new(Exit::No, what));
    }
    let register = entry_log::register(folder.path()).map_err(|error| unusable(error, lang))?;
    let by = (policy, issuer, &folder.identity);
    issuer_answer(&asked, ledger.requests(), register, &folder.generations()?, by)
        .map_err(|error| unmade(error, lang))
}

pub(super) fn join(command: &LogJoin, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    for line in joined(command, now, talk.lang())? {
        talk.data(&(line.to_string() + "\n"))?;
    }
    Ok(Exit::Done)
}

/// A line for each visit that is found.
pub(super) fn joined(command: &LogJoin, now: Timestamp, lang: Lang) -> Result<Vec<Value>, Failure> {
    let no = |refusal| refused(refusal, lang);
    let folder = Folder::open(&command.directory, now, lang)?;
    let policy = policy(&command.policy, lang)?;
    folder.part(&policy, Role::Authority)?;
    let mut ledger = folder.ledger(&policy, lang)?;
    let (request, entry) = ledger.take(&read(&command.request)?, &policy).map_err(no)?;
    folder.keep(&policy, entry)?;
    let bytes = read(&command.answer)?;
    let answer = VenueAnswer::read(&bytes, &request, &policy).map_err(no)?;
    folder.keep(&policy, ledger.note(Answered::new(&request, Role::Venue, answer.count(), (&bytes, now))))?;
    let seen = answer.open(&folder.days(request.scope.days())?).map_err(no)?;
    let anchor = match (&command.visits, command.around) {
        (Some(file), _) => Some(Anchor::Passes(passes_in(file)?)),
        (None, Some(moment)) => Some(Anchor::Moment(moment)),
        (None, None) => None,
    };
    let found: Vec<&Seen> = match &anchor {
        Some(anchor) => contacts(&seen, anchor, command.within),
        None => seen.iter().collect(),
    };
    if let Some(into) = &command.ask {
        std::fs::create_dir_all(into).map_err(|error| super::unusable(error.into(), lang))?;
        for (number, issuer) in policy.issuers.iter().enumerate() {
            let asked = Asked::sign(&answer, found.iter().copied(), issuer.id(), &folder.identity);
            let place = into.join(format!("asked-{}.jigap", number + 1));
            write(&place, &asked.map_err(|error| unmade(error, lang))?)?;
        }
    }
    let mut persons: Vec<(Pseudonym, Zeroizing<String>)> = Vec::new();
    for (asked, answer) in &command.persons {
        let answer = read(answer)?;
        let opened = opened((&folder, &policy, &request), (&read(asked)?, &answer), lang)?;
        let note = Answered::new(&request, Role::Issuer, opened.len(), (&answer, now));
        folder.keep(&policy, ledger.note(note))?;
        persons.extend(opened);
    }
    Ok(found.into_iter().map(|seen| line(seen, &persons)).collect())
}

/// Whom an issuer named.
fn opened(
    (folder, policy, request): (&Folder, &Policy, &Request),
    (asked, answer): (&[u8], &[u8]),
    lang: Lang,
) -> Result<BTreeMap<Pseudonym, Zeroizing<String>>, Failure> {
    let no = |refusal| refused(refusal, lang);
    let of = |issuer: &'_ Party| Asked::read(asked, policy, issuer.id()).ok();
    let found = policy.issuers.iter().find_map(|issuer| Some((issuer, of(issuer)?)));
    let (issuer, asked) = found.filter(|(_, asked)| asked.request == request.digest).ok_or_else(unasked)?;
    let read = IssuerAnswer::read(answer, &asked, (policy, issuer)).map_err(no)?;
    read.open(&folder.generations()?).map_err(no)
}

fn unasked() -> Failure {
    Failure::new(
        Exit::No,
        Text::new(
            "no issuer of the policy was asked that with this request",
            "정책의 발급자에게 이 요청으로 물은 것이 아닙니다",
        ),
    )
}

/// The passes of a visitor's own history.
fn passes_in(file: &str) -> Result<Vec<Pseudonym>, Failure> {
    let unfit = || {
        let what = Text::new("these are no visits of a wallet", "지갑의 방문 기록이 아닙니다");
        let hint = Text::new(
            "the visitor's `jigap wallet history --visits` writes them",
            "방문자의 `jigap wallet history --visits`로 만듭니다",
        );
        Failure::new(Exit::Usage, what).hint(hint)
    };
    let visits: Value = serde_json::from_slice(&input::read(file)?).map_err(|_| unfit())?;
    let pass = |visit: &Value| {
        let bytes = base64url::decode(visit.get("pass")?.as_str()?).ok()?;
        Some(Pseudonym::from_bytes(bytes.try_into().ok()?))
    };
    visits.as_array().and_then(|visits| visits.iter().map(pass).collect()).ok_or_else(unfit)
}

/// A visit as it is printed.
fn line(seen: &Seen, persons: &[(Pseudonym, Zeroizing<String>)]) -> Value {
    let (at, gate) = (seen.visit.slot.begins().to_rfc3339(), printable(&seen.gate));
    match &seen.visit.guest {
        Guest::Pass(pass) => {
            let person = persons.iter().find(|(of, _)| of == pass).map(|(_, person)| person.as_str());
            json!({"from": at, "gate": gate, "pass": base64url::encode(pass.as_bytes()), "person": person})
        }
        Guest::Paper(text) => json!({"from": at, "gate": gate, "paper": text.as_str()}),
    }
}

/// A request, as whoever answers it reads it.
fn said(request: &Request, lang: Lang) -> String {
    let (from, to) = (request.scope.from.begins().to_civil(lang), request.scope.to.begins().to_civil(lang));
    let (case, purpose) = (printable(&request.case), printable(&request.purpose));
    match lang {
        Lang::En => format!("request {}, case {case}: {from} – {to}: {purpose}", request.number),
        Lang::Ko => format!("요청 {}, 사건 {case}: {from} – {to}: {purpose}", request.number),
    }
}
