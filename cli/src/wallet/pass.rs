//! `pass`: shows an entry pass at a gate, as a QR code that changes.

use std::io::IsTerminal as _;
use std::time::Duration;

use jigap_platform::clock::SystemClock;
use jigap_platform::files;
use jigap_wallet_core::pass::{Fact, HeldPass, Kind, PassClaims, PassSort, VenueCode, Wants};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::wallet::{GateAsks, NoneLeft, PassChoice, Showing, Wallet, WalletError};

use super::args::Pass;
use super::words::{BLIND, TRACEABLE, wallet_failure};
use super::{ask, refresh, show};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;
use crate::{input, qr};

const SEEN_ELSEWHERE: Text = Text::new(
    "warning: another venue has seen this pass: the two can find out that it was one person",
    "주의: 다른 곳에 보여 준 패스입니다. 두 곳이 같은 사람임을 알아낼 수 있습니다",
);

pub(super) async fn run(command: &Pass, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let failed = |error| wallet_failure(error, lang);
    let venue = match command.gate.as_deref() {
        Some("-") => Some(input::read_text("-")?),
        other => other.map(str::to_owned),
    };
    let asks = match venue {
        Some(code) => {
            let venue = VenueCode::read(code.trim(), SystemClock.now());
            GateAsks::Venue(Box::new(venue.map_err(|refusal| failed(WalletError::Refused(refusal)))?))
        }
        None => GateAsks::Anyone(Wants::new(Kind::Entry, command.facts.iter().cloned())),
    };
    let none_left = if command.reuse { NoneLeft::Reuse } else { NoneLeft::Refuse };
    let only = match &command.only {
        Some(id) => Some(show::find(wallet, id, lang).await?.id),
        None => None,
    };
    let choice = PassChoice { none_left, only };
    talk.say(&asked(&asks, lang));
    let (shown, reused) = wallet.would_show(&asks, choice.clone()).await.map_err(failed)?;
    talk.say(&told(&shown, lang));
    if reused {
        talk.say(SEEN_ELSEWHERE.get(lang));
    }
    let question = Text::new("Show it?", "보여 주시겠습니까?");
    if !command.yes && !ask::consent(&question, talk)? {
        return Ok(Exit::No);
    }
    let showing = wallet.show_pass(asks, choice).await.map_err(failed)?;
    let same = |one: &PassClaims, other: &PassClaims| {
        (&one.facts, &one.particulars) == (&other.facts, &other.particulars)
    };
    let same_sort = showing.is_blind() == shown.is_blind();
    if !same(showing.claims(), shown.claims()) || !same_sort || showing.reused() != reused {
        // Another run of this wallet took that pass meanwhile: nobody agreed to this one.
        return Err(failed(WalletError::NoCopyLeft));
    }
    let code = showing.code(SystemClock.now()).map_err(|error| wallet_failure(error, lang))?;
    if let Some(file) = &command.picture {
        let drawn = qr::code(&code).ok_or_else(undrawn)?;
        files::replace_private(file, &qr::picture(&drawn, file)).map_err(|error| {
            let what = Text::new("the file cannot be written", "파일을 쓸 수 없습니다");
            Failure::new(Exit::Environment, what).detail(format!("{}: {error}", file.display()))
        })?;
        refresh::quietly(wallet, talk).await;
        return Ok(Exit::Done);
    }
    if command.once || !std::io::stdout().is_terminal() {
        talk.data(&(code + "\n"))?;
        refresh::quietly(wallet, talk).await;
        return Ok(Exit::Done);
    }
    // Beside the code, which is there to be seen: a person may end this at any time.
    let (shown, lines) = tokio::join!(rotate(&showing, talk), refresh::due(wallet, lang));
    lines.iter().for_each(|line| talk.say(line));
    shown
}

/// Draws the code and counts down, until it changes; again and again, until the person ends it. What answers a screen
/// ends by itself: then the screen is to be read again.
async fn rotate(showing: &Showing, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    loop {
        let drawn_at = SystemClock.now();
        let code = showing.code(drawn_at).map_err(|error| wallet_failure(error, lang))?;
        let changes = showing.changes(drawn_at);
        talk.data(&picture(&code)?)?;
        loop {
            let now = SystemClock.now();
            if now >= changes {
                break;
            }
            let left = (showing.claims().kind == Kind::Entry).then_some(showing.left());
            talk.data(&countdown(changes, now, left, lang))?;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        if showing.answers_a_screen() {
            talk.data("\n")?;
            let over = Text::new(
                "the gate's screen has changed: read it again",
                "문의 화면이 바뀌었습니다. 다시 읽으십시오",
            );
            talk.say(over.get(lang));
            return Ok(Exit::Done);
        }
    }
}

fn picture(code: &str) -> Result<String, Failure> {
    let drawn = qr::code(code).ok_or_else(undrawn)?;
    let lines =
        qr::half_blocks(&drawn).into_iter().map(|line| format!("\u{1b}[{}m{line}\u{1b}[0m\n", qr::COLOURS));
    Ok(format!("\u{1b}[H\u{1b}[J{}", lines.collect::<String>()))
}

fn countdown(changes: Timestamp, now: Timestamp, left: Option<usize>, lang: Lang) -> String {
    let seconds = changes.unix() - now.unix();
    match (lang, left) {
        (Lang::En, Some(left)) => format!("\r{seconds:>3} s · {left} passes left · Ctrl-C ends "),
        (Lang::Ko, Some(left)) => format!("\r{seconds:>3}초 · 남은 패스 {left}개 · Ctrl-C로 끝냅니다 "),
        // There is one of a ticket and a card.
        (Lang::En, None) => format!("\r{seconds:>3} s · Ctrl-C ends "),
        (Lang::Ko, None) => format!("\r{seconds:>3}초 · Ctrl-C로 끝냅니다 "),
    }
}

/// Who asks for what.
fn asked(asks: &GateAsks, lang: Lang) -> String {
    let wants = asks.wants();
    let particulars =
        wants.particulars.iter().filter(|texts| !texts.is_empty()).map(|texts| texts.join(" / "));
    let wanted =
        listed(particulars, &wants.facts, lang) + sort(wants.passes).map_or("", |text| text.get(lang));
    match (asks, lang) {
        (GateAsks::Venue(venue), Lang::En) => {
            let (name, gate) = (printable(venue.name()), printable(venue.gate()));
            format!("{name}, {gate} (so it calls itself) asks: {wanted}")
        }
        (GateAsks::Venue(venue), Lang::Ko) => {
            let (name, gate) = (printable(venue.name()), printable(venue.gate()));
            format!("{name}, {gate}(스스로 밝힌 이름)에서 묻습니다: {wanted}")
        }
        (GateAsks::Anyone(_), Lang::En) => format!(
            "for any gate that asks: {wanted}\n(weaker: for 45 seconds the code opens every gate that shows nobody's name)"
        ),
        (GateAsks::Anyone(_), Lang::Ko) => {
            format!(
                "다음을 묻는 아무 문에나: {wanted}\n(약함: 45초 동안, 이름을 보이지 않는 모든 문이 이 코드로 열립니다)"
            )
        }
    }
}

/// What a gate says of the sort of passes that it takes.
const fn sort(passes: PassSort) -> Option<Text> {
    match passes {
        PassSort::Either => None,
        PassSort::Traceable => Some(Text::new(
            "; a pass that its issuer recognises, by which you may be found",
            "; 발급자가 알아보는 패스를 받습니다. 그 패스로 당신을 찾을 수도 있습니다",
        )),
        PassSort::Blind => Some(Text::new(
            "; a pass that its issuer does not recognise",
            "; 발급자도 알아보지 못하는 패스를 받습니다",
        )),
    }
}

/// What it would be shown.
fn told(pass: &HeldPass, lang: Lang) -> String {
    let claims = pass.claims();
    let particulars = claims.particulars.iter().filter(|text| !text.is_empty()).cloned();
    let shown = listed(particulars, &claims.facts, lang);
    let sort = (if pass.is_blind() { BLIND } else { TRACEABLE }).get(lang);
    match lang {
        Lang::En => format!("it is shown: {shown}; {sort}"),
        Lang::Ko => format!("보여 줄 내용: {shown}. {sort}"),
    }
}

fn listed(particulars: impl Iterator<Item = String>, facts: &[Fact], lang: Lang) -> String {
    let particulars = particulars.map(|text| printable(&text).into_owned());
    let facts: Vec<String> = particulars.chain(facts.iter().map(Fact::to_string)).collect();
    let nothing = Text::new("nothing but a pass", "패스뿐, 다른 사실 없음");
    if facts.is_empty() { nothing.get(lang).to_owned() } else { facts.join(", ") }
}

fn undrawn() -> Failure {
    Failure::new(Exit::Bug, Text::new("the code cannot be drawn", "코드를 그릴 수 없습니다"))
}
