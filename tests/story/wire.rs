//! The wire between wallets and services: it counts what goes over it, remembers the last of each, and can lose or spoil it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use async_trait::async_trait;
use jigap_keys::json as strict;
use jigap_platform::fetch::{FetchSettings, GuardedFetch};
use jigap_wallet_core::ports::{Fetch, FetchError, HttpRequest, HttpResponse};
use serde_json::Value;
use url::Url;

use crate::world::TYPES;

/// What the wire loses, once.
pub(crate) enum Lost {
    /// The request to this path never arrives.
    Request(&'static str),
    /// The request arrives, its answer is lost.
    Answer(&'static str),
}

/// The wire between everybody.
pub(crate) struct Wire {
    pub(crate) issuer: OnceLock<Url>,
    tampered: AtomicBool,
    spoilt: AtomicBool,
    guard: GuardedFetch,
    lost: Mutex<Option<Lost>>,
    published: Mutex<BTreeMap<Url, String>>,
    arrived: Mutex<BTreeMap<String, usize>>,
    /// What was posted last to each path.
    pub(crate) posted: Mutex<BTreeMap<String, Vec<u8>>>,
    /// What was answered last to each path.
    answered: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Wire {
    /// One that loses nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            issuer: OnceLock::new(),
            tampered: AtomicBool::new(false),
            spoilt: AtomicBool::new(false),
            guard: GuardedFetch::new(&FetchSettings::dev()).unwrap(),
            lost: Mutex::default(),
            published: Mutex::default(),
            arrived: Mutex::default(),
            posted: Mutex::default(),
            answered: Mutex::default(),
        }
    }

    pub(crate) fn lose(&self, what: Lost) {
        *self.lost.lock().unwrap() = Some(what);
    }

    /// From now on this is what is answered there.
    pub(crate) fn publish(&self, url: &Url, text: String) {
        self.published.lock().unwrap().insert(url.clone(), text);
    }

    /// From now on what is published of types is changed on the way.
    pub(crate) fn tamper_with_types(&self) {
        self.tampered.store(true, Ordering::SeqCst);
    }

    /// The next credentials that are issued come changed: the second copy is the first again.
    pub(crate) fn spoil_credentials(&self) {
        self.spoilt.store(true, Ordering::SeqCst);
    }

    /// What was posted last to a path that ends with `end`.
    pub(crate) fn last_posted(&self, end: &str) -> Value {
        last(&self.posted, end)
    }

    /// What was answered last to one.
    pub(crate) fn last_answered(&self, end: &str) -> Value {
        last(&self.answered, end)
    }

    /// How many requests arrived at paths that end with `end`.
    pub(crate) fn arrived(&self, end: &str) -> usize {
        let arrived = self.arrived.lock().unwrap();
        arrived.iter().filter(|(path, _)| path.ends_with(end)).map(|(_, count)| count).sum()
    }
}

fn last(kept: &Mutex<BTreeMap<String, Vec<u8>>>, end: &str) -> Value {
    let kept = kept.lock().unwrap();
    let (_, body) = kept.iter().find(|(path, _)| path.ends_with(end)).unwrap();
    strict::parse(body, strict::Limits::MESSAGE).unwrap()
}

#[async_trait]
impl Fetch for Wire {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let of_a_type = request.url.as_str().starts_with(TYPES);
        if of_a_type {
            request.url = self.issuer.get().unwrap().join(request.url.path()).unwrap();
        }
        let path = request.url.path().to_owned();
        let lost = self.lost.lock().unwrap().take_if(|lost| match lost {
            Lost::Request(end) | Lost::Answer(end) => path.ends_with(*end),
        });
        if matches!(lost, Some(Lost::Request(_))) {
            return Err(FetchError::Unreachable);
        }
        *self.arrived.lock().unwrap().entry(path.clone()).or_default() += 1;
        if !request.body.is_empty() {
            self.posted.lock().unwrap().insert(path.clone(), request.body.clone());
        }
        let published = self.published.lock().unwrap().get(&request.url).cloned();
        let mut answer = match published {
            Some(text) => Ok(HttpResponse {
                status: 200,
                content_type: "application/jwt".to_owned(),
                max_age: None,
                age: 0,
                dpop_nonce: None,
                body: text.into_bytes(),
            }),
            None => self.guard.send(request).await,
        };
        if let (true, true, Ok(answer)) = (of_a_type, self.tampered.load(Ordering::SeqCst), &mut answer) {
            answer.body.push(b'\n');
        }
        if let (true, Ok(answer)) = (path.ends_with("/credential"), &mut answer)
            && self.spoilt.swap(false, Ordering::SeqCst)
        {
            let mut issued = strict::parse(&answer.body, strict::Limits::MESSAGE).unwrap();
            issued["credentials"][1] = issued["credentials"][0].clone();
            answer.body = issued.to_string().into_bytes();
        }
        if let Ok(answer) = &answer {
            self.answered.lock().unwrap().insert(path, answer.body.clone());
        }
        if lost.is_some() { Err(FetchError::TimedOut) } else { answer }
    }
}
