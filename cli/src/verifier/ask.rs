//! `jigap verifier ask`: a question at a door by OpenID4VP, drawn as a QR code that a wallet reads; waits for the answer and says
//! the verdict. It speaks to the verifier's own API (docs/VERIFIER-API.md) as everybody who asks does.

use std::time::Duration;

use jigap_platform::fetch::{FetchSettings, GuardedFetch};
use jigap_wallet_core::ports::{Fetch as _, FetchLimits, HttpRequest, HttpResponse};
use jigap_wallet_core::text::{Lang, Text, printable};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use crate::args::Ask;
use crate::deployment::runtime;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;
use crate::{input, qr};

/// How often it is looked whether there is an answer.
const LOOK: Duration = Duration::from_secs(1);
/// How often in a row it may not be reached.
const UNHEARD: u32 = 10;
const STRANGE: &str = "another answer than a verifier's";

/// What the verifier says of a question.
#[derive(Deserialize)]
struct Opened {
    id: String,
    secret: String,
    link: String,
}

/// Asks once, and waits for the answer as long as the verifier does.
pub(crate) fn run(command: &Ask, talk: &Talk) -> Result<Exit, Failure> {
    let token = Zeroizing::new(input::read_text(&command.token_file)?);
    let settings = if command.dev { FetchSettings::dev() } else { FetchSettings::public() };
    let fetch = GuardedFetch::new(&settings).map_err(unreached)?;
    runtime()?.block_on(async {
        let opened = open(&fetch, command, &token).await?;
        if let Some(drawn) = qr::code(&opened.link) {
            for line in qr::half_blocks(&drawn) {
                talk.say(&format!("\u{1b}[{}m{line}\u{1b}[0m", qr::COLOURS));
            }
        }
        talk.say(&opened.link);
        let result = wait(&fetch, command, &opened).await?;
        let accepted = result.pointer("/verdict/accepted") == Some(&Value::Bool(true));
        let line = if command.json { result.to_string() } else { said(&result, accepted, talk.lang()) };
        talk.data(&(line + "\n"))?;
        Ok(if accepted { Exit::Done } else { Exit::No })
    })
}

async fn open(fetch: &GuardedFetch, command: &Ask, token: &str) -> Result<Opened, Failure> {
    let body = json!({ "template": command.template }).to_string().into_bytes();
    let post = HttpRequest::post(
        place(command, "verifier/requests")?,
        "application/json",
        body,
        FetchLimits::DOCUMENT,
    );
    let answer = fetch.send(post.bearer(token)).await.map_err(unreached)?;
    if answer.status != 201 {
        return Err(refused(&answer));
    }
    let opened: Option<Opened> = serde_json::from_slice(&answer.body).ok();
    let drawable = |opened: &Opened| opened.link.chars().all(|c| c.is_ascii_graphic());
    opened.filter(drawable).ok_or_else(|| unreached(STRANGE))
}

/// The result, as soon as it is not waited for any more.
async fn wait(fetch: &GuardedFetch, command: &Ask, opened: &Opened) -> Result<Value, Failure> {
    let url = place(command, &format!("verifier/requests/{}", opened.id))?;
    let mut unheard = 0;
    loop {
        let get = HttpRequest::get(url.clone(), "application/json", FetchLimits::DOCUMENT);
        let answer = match fetch.send(get.bearer(&opened.secret)).await {
            // A moment without a network does not end the question.
            Err(_) if unheard < UNHEARD => {
                unheard += 1;
                tokio::time::sleep(LOOK).await;
                continue;
            }
            answer => answer.map_err(unreached)?,
        };
        unheard = 0;
        if answer.status == 410 {
            return Ok(json!({ "state": "expired" }));
        }
        if answer.status != 200 {
            return Err(refused(&answer));
        }
        let result: Value = serde_json::from_slice(&answer.body).map_err(|_| unreached(STRANGE))?;
        if result.get("state").and_then(Value::as_str) != Some("waiting") {
            return Ok(result);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn place(command: &Ask, path: &str) -> Result<Url, Failure> {
    command.url.join(path).map_err(unreached)
}

/// A line for people. Claims are for whoever reads JSON.
fn said(result: &Value, accepted: bool, lang: Lang) -> String {
    let open = Text::new("✓ open", "✓ 입장").get(lang);
    let shut = Text::new("✗ shut", "✗ 거절").get(lang);
    match result.get("state").and_then(Value::as_str) {
        Some("answered") if accepted => match result.get("offer").and_then(Value::as_str) {
            None => open.to_owned(),
            Some("made") => {
                format!(
                    "{open}; {}",
                    Text::new("the wallet got an offer", "지갑이 발급 제안을 받았습니다").get(lang)
                )
            }
            Some(_) => {
                let none = Text::new("the wallet got no offer", "지갑이 발급 제안을 받지 못했습니다");
                format!("{open}; {}", none.get(lang))
            }
        },
        Some("answered") => format!("{shut}: {}", failed(result, lang)),
        Some("declined") => {
            format!("{shut}: {}", Text::new("the wallet declined", "지갑이 거절했습니다").get(lang))
        }
        _ => {
            format!("{shut}: {}", Text::new("nobody answered in time", "제때 답한 사람이 없습니다").get(lang))
        }
    }
}

/// The first check that refused: its number and reason.
fn failed(result: &Value, lang: Lang) -> String {
    let lists = result.pointer("/verdict/credentials").and_then(Value::as_array).into_iter().flatten();
    let lists =
        lists.chain(result.get("verdict")).filter_map(|it| it.get("checks").and_then(Value::as_array));
    let refused = lists.flatten().find(|check| check["result"] == "refused");
    let text = |name: &str| refused.and_then(|check| check[name].as_str()).unwrap_or_default();
    format!("{} {}", printable(text("id")), printable(text(if lang == Lang::Ko { "ko" } else { "en" })))
}

/// What the verifier says against the question.
fn refused(answer: &HttpResponse) -> Failure {
    let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text =
        |name: &str| printable(problem.get(name).and_then(Value::as_str).unwrap_or_default()).into_owned();
    let what = Text::new("the verifier does not ask this", "검증자가 이 질의를 받지 않습니다");
    Failure::new(Exit::No, what).detail(format!("{} {}: {}", answer.status, text("code"), text("detail")))
}

fn unreached(error: impl ToString) -> Failure {
    let what = Text::new("the verifier cannot be reached", "검증자에 닿지 않습니다");
    let hint = Text::new(
        "--url names a verifier that `jigap serve` runs; --dev allows http to this machine",
        "--url에 `jigap serve`가 운영하는 검증자의 주소를 주십시오. --dev는 이 컴퓨터로의 http를 허용합니다",
    );
    Failure::new(Exit::Environment, what).detail(error).hint(hint)
}
