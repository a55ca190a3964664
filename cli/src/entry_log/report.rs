//! `report` and `verify`: how many came by hour, what was asked, and whether a gate's log is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jigap_platform::entry_log;
use jigap_wallet_core::entry_log::{Day, GateDay, Hour, Policy, Role, open_hours, published};
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::Timestamp;

use super::folder::Folder;
use super::{policy, refused, unusable};
use crate::args::{LogReport, LogVerify};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

/// The verified rows of a gate's folder, of the days that are wanted.
pub(super) fn rows(
    folder: &Path,
    policy: &Policy,
    wanted: impl Fn(Day) -> bool,
    lang: Lang,
) -> Result<Vec<GateDay>, Failure> {
    entry_log::read(folder, policy, wanted).map_err(|error| unusable(error, lang))
}

pub(super) fn report(command: &LogReport, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    let lines = reported(command, now, talk.lang())?;
    talk.data(&lines.into_iter().map(|line| line + "\n").collect::<String>())?;
    Ok(Exit::Done)
}

/// Its lines.
pub(super) fn reported(command: &LogReport, now: Timestamp, lang: Lang) -> Result<Vec<String>, Failure> {
    let folder = Folder::open(&command.directory, now, lang)?;
    let policy = policy(&command.policy, lang)?;
    folder.part(&policy, folder.role())?;
    let mut lines = requests(&folder, &policy, lang)?;
    if !command.rows.is_empty() {
        folder.part(&policy, Role::Venue)?;
        for (day, hours) in hours(&folder, &policy, command, (now, lang))? {
            for (hour, count) in hours {
                lines.push(format!("{day} {:02}:00  {}", hour.in_day(), few(count)));
            }
        }
    }
    Ok(lines)
}

/// How many, where it may be said.
fn few(count: u64) -> String {
    published(count).map_or_else(|| "<5".to_owned(), |count| count.to_string())
}

/// Every hour that is over, of every day that there are rows of, with how many came in at all gates together.
fn hours(
    folder: &Folder,
    policy: &Policy,
    command: &LogReport,
    (now, lang): (Timestamp, Lang),
) -> Result<BTreeMap<Day, BTreeMap<Hour, u64>>, Failure> {
    let mut counted: BTreeMap<Day, BTreeMap<Hour, u64>> = BTreeMap::new();
    let today = Day::of(now);
    let mut seen = BTreeSet::new();
    for folder_of_rows in &command.rows {
        for GateDay { gate, day, rows, .. } in
            rows(folder_of_rows, policy, |day| !day.has_ended(today), lang)?
        {
            // Counted twice, few would look like many.
            if !seen.insert((gate, day)) {
                let what =
                    Text::new("a gate's rows are named twice", "같은 출입문의 기록을 두 번 지정했습니다");
                return Err(Failure::new(Exit::Usage, what).detail(folder_of_rows.display()));
            }
            let keys = folder.days(std::iter::once(day))?;
            let opened = open_hours(&rows, &keys).map_err(|refusal| refused(refusal, lang))?;
            let of_day = counted.entry(day).or_insert_with(|| {
                let all = (0..24).map(|hour| Hour::of_day(day, hour));
                all.filter(|hour| *hour < Hour::of(now)).map(|hour| (hour, 0)).collect()
            });
            for (hour, _) in opened {
                if let Some(count) = of_day.get_mut(&hour) {
                    *count += 1;
                }
            }
        }
    }
    Ok(counted)
}

/// A line for each request that this party was shown, and for each answer it knows of.
fn requests(folder: &Folder, policy: &Policy, lang: Lang) -> Result<Vec<String>, Failure> {
    let ledger = folder.ledger(policy, lang)?;
    let mut lines = Vec::new();
    for request in ledger.requests().all() {
        let (from, to) = (request.scope.from.begins(), request.scope.to.begins());
        lines.push(format!(
            "#{} {} {} – {}  {}",
            request.number,
            printable(&request.case),
            from.to_civil(lang),
            to.to_civil(lang),
            printable(&request.purpose)
        ));
        let answers = ledger.answers().iter().filter(|answer| answer.request == request.digest);
        lines.extend(answers.map(|answer| match lang {
            Lang::En => {
                format!("   {} released {} at {}", answer.role, answer.count, answer.at.to_civil(lang))
            }
            Lang::Ko => {
                format!("   {}: {}건 제공, {}", answer.role, answer.count, answer.at.to_civil(lang))
            }
        }));
    }
    Ok(lines)
}

pub(super) fn verify(command: &LogVerify, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let policy = policy(&command.policy, lang)?;
    let (closed, open) = (Text::new("closed", "마감됨"), Text::new("not closed", "마감되지 않음"));
    for of_day in rows(&command.directory, &policy, |_| true, lang)? {
        let state = if of_day.is_closed() { closed } else { open };
        let (gate, count) = (printable(&of_day.gate), few(of_day.rows.len() as u64));
        talk.data(&format!("{}  {gate}  {count}  {}\n", of_day.day, state.get(lang)))?;
    }
    Ok(Exit::Done)
}
