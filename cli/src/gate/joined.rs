//! A gate that is paired with the computer that keeps another gate of its venue: it tells it which tickets it let in, and hears which others
//! did, as a scanner in a browser does, while it reaches it. Who is let in never waits for that.
//!
//! `joined.json` in the gate's folder holds where that computer is, the token for it, and the root of its certificate if that is not among
//! those that the machine trusts.

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use jigap_platform::fetch::{FetchSettings, GuardedFetch};
use jigap_platform::{files, pem};
use jigap_wallet_core::pass::{MOST_TOLD, MarksHeard, MarksTold, SignedReceipt, VenueId, read_package};
use jigap_wallet_core::ports::{Fetch as _, FetchLimits, HttpRequest};
use jigap_wallet_core::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::time::Instant;
use url::Url;

use super::{Door, unwritten};
use crate::args::GateJoin;
use crate::deployment::runtime;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

const FILE: &str = "joined.json";
/// How often the others are told and heard.
const MEETING: Duration = Duration::from_secs(3);
const LIMITS: FetchLimits = FetchLimits { timeout_ms: 5_000, ..FetchLimits::DOCUMENT };

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Joined {
    url: Url,
    token: String,
    /// PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    root: Option<String>,
}

/// What a pairing gives, as far as it is needed here.
#[derive(Deserialize)]
struct Paired<'a> {
    token: String,
    #[serde(borrow)]
    package: &'a RawValue,
}

impl Joined {
    /// The way there: a person named it, so that it may be on the local network.
    fn fetch(&self) -> Result<GuardedFetch, Failure> {
        let roots = match &self.root {
            Some(root) => pem::certificates(root.as_bytes()).map_err(unreached)?,
            None => Vec::new(),
        };
        GuardedFetch::new(&FetchSettings { extra_roots: roots, ..FetchSettings::named() }).map_err(unreached)
    }

    fn post(&self, path: &str, body: Vec<u8>) -> Result<HttpRequest, Failure> {
        let place = self.url.join(path).map_err(unreached)?;
        Ok(HttpRequest::post(place, "application/json", body, LIMITS))
    }
}

/// `jigap gate join`: uses the pairing link up.
pub(super) fn join(command: &GateJoin, talk: &Talk) -> Result<Exit, Failure> {
    let door = Door::open(&command.directory)?;
    let link = input::read_text("-")?;
    let link = Url::parse(link.trim()).ok();
    let code = link.as_ref().and_then(|link| link.fragment()?.strip_prefix("pair="));
    let (Some(link), Some(code)) = (&link, code) else { return Err(unlinked()) };
    let mut url = link.clone();
    url.set_fragment(None);
    let root = command.root.as_ref().map(|path| input::read_text(&path.to_string_lossy())).transpose()?;
    let mut joined = Joined { url, token: String::new(), root };
    let body = serde_json::json!({ "code": code }).to_string().into_bytes();
    let (fetch, request) = (joined.fetch()?, joined.post("pair", body)?);
    let answer = runtime()?.block_on(fetch.send(request)).map_err(unreached)?;
    if answer.status != 200 {
        return Err(unlinked());
    }
    let paired: Paired<'_> = serde_json::from_slice(&answer.body).map_err(unreached)?;
    let (_, key) = read_package(paired.package.get().as_bytes()).map_err(unreached)?;
    if VenueId::of(key.public()) != door.gate.venue {
        let what = Text::new("that is a gate of another venue", "다른 장소의 문입니다");
        let hint = Text::new(
            "gates of one venue have one venue-key.pem",
            "한 장소의 문들은 같은 venue-key.pem을 씁니다",
        );
        return Err(Failure::new(Exit::No, what).hint(hint));
    }
    joined.token = paired.token;
    let (place, text) = (command.directory.join(FILE), serde_json::to_vec(&joined).map_err(unreached)?);
    files::replace_private(&place, &text).map_err(|error| unwritten(&place, &error))?;
    let said = Text::new("Used tickets are shared with", "사용한 입장권을 함께 나눕니다:");
    talk.say(&format!("{} {}", said.get(talk.lang()), joined.url));
    Ok(Exit::Done)
}

/// The computer that keeps the other gate, while this one works.
pub(super) struct Server {
    joined: Joined,
    fetch: GuardedFetch,
    since: Option<String>,
    /// Lines that are not told yet, and how many of them are being told.
    untold: Vec<String>,
    offered: usize,
    asking: Option<Pin<Box<dyn Future<Output = Option<MarksHeard>>>>>,
    due: Instant,
}

impl Server {
    /// That with which the gate in `folder` is paired, which was not told of `known`; `None`: with none.
    pub(super) fn open(folder: &Path, known: Vec<String>) -> Result<Option<Self>, Failure> {
        let place = folder.join(FILE);
        if !place.exists() {
            return Ok(None);
        }
        let bytes = files::read_private(&place).map_err(unreached)?;
        let joined: Joined = serde_json::from_slice(&bytes).map_err(unreached)?;
        let (fetch, due) = (joined.fetch()?, Instant::now());
        Ok(Some(Self { joined, fetch, since: None, untold: known, offered: 0, asking: None, due }))
    }

    /// What the gate let in just now.
    pub(super) fn tell(&mut self, signed: &SignedReceipt) {
        self.untold.push(signed.to_line());
        self.due = Instant::now();
    }

    /// What others told, when it comes. May be given up at any time, and goes on when it is asked again.
    pub(super) async fn heard(&mut self) -> MarksHeard {
        loop {
            if self.asking.is_none() {
                tokio::time::sleep_until(self.due).await;
            }
            let asking = self.asking.get_or_insert_with(|| {
                let marks: Vec<String> = self.untold.iter().take(MOST_TOLD).cloned().collect();
                self.offered = marks.len();
                let told = MarksTold { since: self.since.clone(), marks };
                Box::pin(asked(
                    self.fetch.clone(),
                    self.joined.post("marks", body(&told)).ok(),
                    self.joined.token.clone(),
                ))
            });
            let heard = asking.await;
            (self.asking, self.due) = (None, Instant::now() + MEETING);
            if let Some(heard) = heard {
                self.untold.drain(..self.offered.min(self.untold.len()));
                if heard.more || !self.untold.is_empty() {
                    self.due = Instant::now();
                }
                return heard;
            }
        }
    }

    /// That all up to there was heard: it need not be said again.
    pub(super) fn remember(&mut self, next: String) {
        self.since = Some(next);
    }
}

fn body(told: &MarksTold) -> Vec<u8> {
    serde_json::to_vec(told).unwrap_or_default()
}

/// The answer; `None`: there is none now.
async fn asked(fetch: GuardedFetch, request: Option<HttpRequest>, token: String) -> Option<MarksHeard> {
    let answer = fetch.send(request?.bearer(&token)).await.ok()?;
    (answer.status == 200).then(|| MarksHeard::read(&answer.body)).flatten()
}

fn unlinked() -> Failure {
    let what =
        Text::new("the pairing link is none, or counts no more", "연결 링크가 아니거나 더는 쓸 수 없습니다");
    let hint = Text::new(
        "`jigap gate pair` on the computer that keeps the gate prints another; hand it over by stdin",
        "출입문을 관리하는 컴퓨터에서 `jigap gate pair`로 새로 만들어 표준 입력으로 주십시오",
    );
    Failure::new(Exit::No, what).hint(hint)
}

fn unreached(error: impl ToString) -> Failure {
    let what = Text::new(
        "the computer that keeps the gate cannot be reached",
        "출입문을 관리하는 컴퓨터에 닿지 않습니다",
    );
    let hint = Text::new(
        "--root names the root of a certificate that `jigap ca` made",
        "`jigap ca`로 만든 인증서이면 --root로 루트를 주십시오",
    );
    Failure::new(Exit::Environment, what).detail(error).hint(hint)
}
