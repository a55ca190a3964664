//! A people directory as the command line calls it.

use jigap_keys::json::{self as strict, Limits};
use jigap_platform::fetch::{FetchSettings, GuardedFetch};
use jigap_wallet_core::people::{asked, listing};
use jigap_wallet_core::ports::{Fetch as _, FetchLimits, HttpRequest};
use jigap_wallet_core::text::{Lang, Text, printable};
use serde_json::{Value, json};
use url::Url;

use crate::failure::{Exit, Failure};

/// A directory.
pub(super) struct Directory {
    base: Url,
    fetch: GuardedFetch,
    lang: Lang,
}

impl Directory {
    pub(super) fn new(base: &Url, dev: bool, lang: Lang) -> Result<Self, Failure> {
        let settings = if dev { FetchSettings::dev() } else { FetchSettings::public() };
        let fetch = GuardedFetch::new(&settings).map_err(|error| {
            let what = Text::new("no outgoing https", "https로 나갈 수 없습니다");
            Failure::new(Exit::Environment, what).detail(error)
        })?;
        Ok(Self { base: base.clone(), fetch, lang })
    }

    /// What personas sign for it.
    pub(super) fn audience(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    pub(super) async fn search(&self, query: &Value) -> Result<Value, Failure> {
        self.post("search", "application/json", query.to_string()).await
    }

    pub(super) async fn more(&self, cursor: &str) -> Result<Value, Failure> {
        self.post("search/more", "application/json", json!({ "cursor": cursor }).to_string()).await
    }

    pub(super) async fn backing(&self, signed: String) -> Result<Value, Failure> {
        self.post("backings", asked::MEDIA_TYPE, signed).await
    }

    pub(super) async fn put(&self, signed: &str) -> Result<Value, Failure> {
        let (url, body) = (self.at("listings"), signed.as_bytes().to_vec());
        self.send(HttpRequest::put(url, listing::MEDIA_TYPE, body, FetchLimits::DOCUMENT)).await
    }

    pub(super) async fn own(&self, persona: &str, signed: &str) -> Result<Value, Failure> {
        let url = self.at(&format!("listings/{persona}"));
        self.send(
            HttpRequest::get(url, "application/json", FetchLimits::DOCUMENT)
                .without_redirects()
                .bearer(signed),
        )
        .await
    }

    async fn post(&self, path: &str, content_type: &str, body: String) -> Result<Value, Failure> {
        self.send(HttpRequest::post(self.at(path), content_type, body.into_bytes(), FetchLimits::DOCUMENT))
            .await
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/v1/people/{path}", self.base.path().trim_end_matches('/')));
        url
    }

    async fn send(&self, request: HttpRequest) -> Result<Value, Failure> {
        let request = request.header("accept-language", self.lang.tag().to_owned());
        let answer = self.fetch.send(request).await.map_err(|error| {
            let what = Text::new("the directory cannot be reached", "인명부에 연결할 수 없습니다");
            Failure::new(Exit::Environment, what).detail(error).hint(Text::new(
                "look at the address; --dev allows http to this machine",
                "주소를 확인하십시오. --dev를 주면 이 컴퓨터의 http를 쓸 수 있습니다",
            ))
        })?;
        let body = strict::parse(&answer.body, Limits { bytes: FetchLimits::DOCUMENT.max_bytes, depth: 12 });
        let body = body.unwrap_or(Value::Null);
        match answer.status {
            200 | 201 if body.is_object() => Ok(body),
            status => Err(refused(status, &body)),
        }
    }
}

/// What the directory says of its refusal, in its words.
fn refused(status: u16, body: &Value) -> Failure {
    let detail = body.get("detail").and_then(Value::as_str);
    let detail = detail.map_or_else(|| status.to_string(), |detail| printable(detail).to_string());
    let (exit, what) = match status {
        429 | 500.. => (
            Exit::Environment,
            Text::new("the directory cannot do it now", "인명부가 지금은 처리할 수 없습니다"),
        ),
        _ => (Exit::No, Text::new("the directory refused", "인명부가 거절했습니다")),
    };
    Failure::new(exit, what).detail(detail)
}
