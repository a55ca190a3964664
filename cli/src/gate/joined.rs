//! A gate that is paired with the computer that keeps another gate of its venue: it tells it which tickets it let in, and hears which others
//! did, as a scanner in a browser does, while it reaches it. Who is let in never waits for that; whoever keeps the gate is told when
//! nobody is met ([`Alone`]).
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
/// How long nobody has to answer before that is said.
const SILENCE: Duration = Duration::from_secs(120);
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

/// Why nothing is told and heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alone {
    /// There is no answer, or none of use: not now.
    Away,
    /// The pairing was ended there.
    Unpaired,
    /// What is told is refused, or what is answered cannot be read.
    Misunderstood,
}

impl Alone {
    const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Unpaired,
            400..=407 | 409..=428 => Self::Misunderstood,
            // Also 408 and 429: it only lets wait.
            _ => Self::Away,
        }
    }

    /// For whoever keeps the gate.
    pub(super) const fn text(self) -> Text {
        match self {
            Self::Away => Text::new(
                "warning: the computer that keeps the gate has not answered for two minutes: used tickets are not shared. Look at the network, its certificate, and `jigap gate serve`",
                "주의: 출입문을 관리하는 컴퓨터가 2분 동안 답하지 않아 사용한 입장권을 나누지 못합니다. 네트워크, 그 컴퓨터의 인증서, `jigap gate serve`를 확인하십시오",
            ),
            Self::Unpaired => Text::new(
                "warning: the computer that keeps the gate does not know this gate any more: used tickets are not shared. Pair it again: jigap gate join",
                "주의: 출입문을 관리하는 컴퓨터에서 이 문의 연결이 해제되어 사용한 입장권을 나누지 못합니다. `jigap gate join`으로 다시 연결하십시오",
            ),
            Self::Misunderstood => Text::new(
                "warning: this gate and the computer that keeps the other do not understand each other: used tickets are not shared. Are they of the same version?",
                "주의: 이 문과 출입문을 관리하는 컴퓨터가 서로 알아듣지 못하여 사용한 입장권을 나누지 못합니다. 두 곳의 버전이 같은지 확인하십시오",
            ),
        }
    }
}

/// The computer that keeps the other gate, while this one works.
pub(super) struct Server {
    joined: Joined,
    fetch: GuardedFetch,
    since: Option<String>,
    /// Lines that are not told yet, and how many of them are being told.
    untold: Vec<String>,
    offered: usize,
    asking: Option<Pin<Box<dyn Future<Output = Result<MarksHeard, Alone>>>>>,
    due: Instant,
    /// When it last answered, and what was said since.
    answered: Instant,
    said: Option<Alone>,
    /// What was said to be wrong with what was heard last.
    wrong: Option<String>,
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
        Ok(Some(Self {
            joined,
            fetch,
            since: None,
            untold: known,
            offered: 0,
            asking: None,
            due,
            answered: due,
            said: None,
            wrong: None,
        }))
    }

    /// What the gate let in just now.
    pub(super) fn tell(&mut self, signed: &SignedReceipt) {
        self.untold.push(signed.to_line());
        self.due = Instant::now();
    }

    /// Where it is.
    pub(super) fn url(&self) -> &Url {
        &self.joined.url
    }

    /// What others told, when it comes, or why it does not come, once. May be given up at any time, and goes on when it is asked again.
    pub(super) async fn heard(&mut self) -> Result<MarksHeard, Alone> {
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
            match heard {
                Ok(heard) => {
                    (self.answered, self.said) = (Instant::now(), None);
                    self.untold.drain(..self.offered.min(self.untold.len()));
                    if heard.more || !self.untold.is_empty() {
                        self.due = Instant::now();
                    }
                    return Ok(heard);
                }
                Err(alone) if self.is_news(alone) => {
                    self.said = Some(alone);
                    return Err(alone);
                }
                Err(_) => {}
            }
        }
    }

    /// Whether it was not said since something was heard. An answer that does not come says nothing of one that came before.
    fn is_news(&self, alone: Alone) -> bool {
        match alone {
            Alone::Away => self.said.is_none() && self.answered.elapsed() >= SILENCE,
            _ => self.said != Some(alone),
        }
    }

    /// What is wrong with what was heard now, unless the same was said of what was heard before: it may come again and again.
    pub(super) fn unsaid(&mut self, wrong: Option<String>) -> Option<String> {
        let before = std::mem::replace(&mut self.wrong, wrong.clone());
        wrong.filter(|wrong| before.as_ref() != Some(wrong))
    }

    /// That all up to there was heard: it need not be said again.
    pub(super) fn remember(&mut self, next: String) {
        self.since = Some(next);
    }
}

fn body(told: &MarksTold) -> Vec<u8> {
    serde_json::to_vec(told).unwrap_or_default()
}

/// The answer, or why there is none now.
async fn asked(
    fetch: GuardedFetch,
    request: Option<HttpRequest>,
    token: String,
) -> Result<MarksHeard, Alone> {
    let request = request.ok_or(Alone::Away)?;
    let answer = fetch.send(request.bearer(&token)).await.map_err(|_| Alone::Away)?;
    if answer.status != 200 {
        return Err(Alone::of_status(answer.status));
    }
    MarksHeard::read(&answer.body).ok_or(Alone::Misunderstood)
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

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    const HEARD: &str = r#"{"next":"board-1","more":false,"marks":[]}"#;

    /// Where somebody answers so, one after another.
    #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
    async fn answering(answers: &'static [(u16, &str)]) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/scan/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            for (status, body) in answers {
                let (stream, _) = listener.accept().await.unwrap();
                stream.readable().await.unwrap();
                while stream.try_read(&mut [0; 4096]).is_err() {
                    stream.readable().await.unwrap();
                }
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status} It\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
                     Connection: close\r\n\r\n{body}"
                );
                stream.writable().await.unwrap();
                assert_eq!(stream.try_write(answer.as_bytes()).unwrap(), answer.len());
            }
        });
        url.parse().unwrap()
    }

    #[tokio::test]
    async fn whoever_keeps_a_gate_is_told_once_that_it_meets_nobody() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Server::open(folder.path(), Vec::new()).unwrap().is_none());
        let url = answering(&[(401, "{}"), (400, "{}"), (200, HEARD), (200, "{}"), (500, "{}")]).await;
        let joined = Joined { url, token: "token".to_owned(), root: None };
        files::replace_private(&folder.path().join(FILE), &serde_json::to_vec(&joined).unwrap()).unwrap();
        let mut server = Server::open(folder.path(), Vec::new()).unwrap().unwrap();
        let mut met = async || {
            server.due = Instant::now();
            let heard = server.heard().await.map(|heard| heard.next);
            let again =
                [Alone::Away, Alone::Unpaired, Alone::Misunderstood].map(|alone| server.is_news(alone));
            (heard, again)
        };
        assert_eq!(met().await, (Err(Alone::Unpaired), [false, false, true]));
        assert_eq!(met().await, (Err(Alone::Misunderstood), [false, true, false]));
        assert_eq!(met().await, (Ok("board-1".to_owned()), [false, true, true]));
        assert_eq!(met().await, (Err(Alone::Misunderstood), [false, true, false]));
        // Nobody answers for two minutes.
        server.said = None;
        assert!(!server.is_news(Alone::Away), "it answered a moment ago");
        server.answered -= SILENCE;
        server.due = Instant::now();
        assert_eq!(server.heard().await.err(), Some(Alone::Away));
        assert!(!server.is_news(Alone::Away) && server.is_news(Alone::Unpaired));
    }

    #[test]
    fn what_is_wrong_with_what_is_heard_is_said_until_it_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let joined = Joined { url: "http://127.0.0.1:9/".parse().unwrap(), token: String::new(), root: None };
        files::replace_private(&folder.path().join(FILE), &serde_json::to_vec(&joined).unwrap()).unwrap();
        let mut server = Server::open(folder.path(), Vec::new()).unwrap().unwrap();
        let wrong = || Some("MK-04".to_owned());
        assert_eq!([server.unsaid(wrong()), server.unsaid(wrong())], [wrong(), None]);
        assert_eq!([server.unsaid(None), server.unsaid(wrong())], [None, wrong()]);
    }

    #[test]
    fn what_an_answer_means() {
        let said = [401, 400, 403, 404, 408, 429, 500, 503].map(Alone::of_status);
        let (away, misunderstood) = (Alone::Away, Alone::Misunderstood);
        assert_eq!(
            said,
            [Alone::Unpaired, misunderstood, misunderstood, misunderstood, away, away, away, away]
        );
    }
}
