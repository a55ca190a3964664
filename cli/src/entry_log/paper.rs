//! `paper` and `notice`: what happens at the door without a phone, and what visitors are told.

use std::io::{BufRead as _, Read as _};

use jigap_platform::clock::SystemClock;
use jigap_platform::entry_log::GateLog;
use jigap_wallet_core::entry_log::{Day, Guest, Policy};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::Timestamp;
use zeroize::Zeroizing;

use super::{not_separated, policy, unusable};
use crate::args::{LogNotice, LogPaper};
use crate::failure::{Exit, Failure};
use crate::gate;
use crate::talk::Talk;

/// Longest line that is read, in bytes; what is longer is refused.
const MAX_LINE: u64 = 1024;

pub(super) fn take(command: &LogPaper, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    let log = gate::entry_log(&command.directory, &command.log, now, talk)?;
    let mut lines = std::io::stdin().lock();
    loop {
        let mut line = Zeroizing::new(String::with_capacity(MAX_LINE as usize));
        let read = lines.by_ref().take(MAX_LINE).read_line(&mut line).map_err(|error| {
            let what = Text::new("cannot read the input", "입력을 읽을 수 없습니다");
            Failure::new(Exit::Environment, what).detail(error)
        })?;
        if read == 0 {
            break;
        }
        if !line.trim().is_empty() {
            keep(&log, &line, SystemClock.now().max(now), talk)?;
            // Durable: only now may they come in.
            talk.data("ok\n")?;
        }
    }
    log.close(SystemClock.now().max(now)).map_err(|error| unusable(error, talk.lang()))?;
    Ok(Exit::Done)
}

/// Keeps a row of what a visitor wrote.
fn keep(log: &GateLog, line: &str, now: Timestamp, talk: &Talk) -> Result<(), Failure> {
    let guest = Guest::Paper(Zeroizing::new(line.trim().to_owned()));
    log.try_append(guest, now).map_err(|error| unusable(error, talk.lang()))
}

pub(super) fn notice(command: &LogNotice, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let policy = policy(&command.policy, lang)?;
    talk.data(&told(&policy, lang))?;
    Ok(Exit::Done)
}

/// What visitors are told.
fn told(policy: &Policy, lang: Lang) -> String {
    let name = |text: &str| printable(text).into_owned();
    let issuers: Vec<String> = policy.issuers.iter().map(|issuer| name(&issuer.name)).collect();
    let (venue, authority, issuers) =
        (name(&policy.venue.name), name(&policy.authority.name), issuers.join(", "));
    let days = Day::KEPT;
    let mut told = match lang {
        Lang::En => format!(
            "{venue} keeps an entry log: your pass's pseudonym, the time to five minutes, and the gate. Each row is sealed. Who you are stands in it\n\
             only if you wrote it on paper. To join it to you takes {authority} with a case number, {venue}, and the issuer of your pass ({issuers});\n\
             each such request is signed, numbered and seen by all of them. After {days} days the keys are destroyed.\n\
             The seal protects what is stored. A scanner that was made to keep what it sees, and the issuer, could tell together that you were here.\n\
             Your wallet has the same visits (jigap wallet history), for you alone.\n"
        ),
        Lang::Ko => format!(
            "{venue}은(는) 출입 기록을 둡니다. 패스의 가명, 5분 단위 시각, 문을 적으며 행마다 봉합니다. 누구인지는 종이에 직접 쓴 경우에만 들어갑니다.\n\
             기록을 사람과 잇는 데는 사건 번호를 가진 {authority}, {venue}, 패스 발급자({issuers})가 모두 필요하며,\n\
             요청마다 서명과 번호가 있고 모두가 봅니다. {days}일 뒤에 키를 없앱니다.\n\
             봉인은 저장된 것을 지킵니다. 본 것을 따로 남기도록 고친 스캐너와 발급자가 함께라면 여기 왔다는 것을 알 수 있습니다.\n\
             같은 방문 기록이 지갑에도 있으며(jigap wallet history) 본인만 봅니다.\n"
        ),
    };
    if let Some(warning) = not_separated(policy.separation(), lang) {
        told += &(warning + "\n");
    }
    told
}
