//! What judging wants from outside, and what was brought (DESIGN, "Judging never waits").
//!
//! A judge names its [`Need`]s; whoever drives it fetches them through the `Fetch` port and puts each answer, or the
//! fact that there was none, into [`Documents`]; then it asks for needs again until there are none, and judges. A
//! document is bytes from a stranger: everything that reads one bounds it again. Nothing here fetches or reads a clock.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use url::{Host, Url};

use crate::did::webvh::{self, Log};
use crate::ports::FetchLimits;
use crate::status::{self, KeptList};
use crate::time::{Seconds, Timestamp};

/// One document that somebody must fetch before it can be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Where it is. The fetch guard decides whether it may be asked for.
    pub url: Url,
    /// The `Accept` header to send: a media type.
    pub accept: &'static str,
    /// Largest body and longest wait.
    pub limits: FetchLimits,
}

impl Need {
    /// A JSON document: metadata, a key set, a DID document.
    pub fn json(url: Url) -> Self {
        Self { url, accept: "application/json", limits: FetchLimits::DOCUMENT }
    }

    /// Whether it is a status list, which says itself how long it may be kept.
    pub fn is_status_list(&self) -> bool {
        status::is_list_type(self.accept)
    }
}

/// A document as it was fetched: the body of an answer with a 2xx status.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The body, as it came.
    pub bytes: Vec<u8>,
    /// When it came.
    pub fetched_at: Timestamp,
    /// For how long its server allows to keep it (RFC 9111 `max-age`), if it says so.
    pub max_age: Option<Seconds>,
}

impl Document {
    /// Whether its server's `max-age` still covers it at `now`. Without a `max-age` nothing is promised: not fresh.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.max_age.is_some_and(|span| now < self.fetched_at.plus(span))
    }
}

/// No body: a document may hold what is nobody else's business.
impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document")
            .field("bytes", &self.bytes.len())
            .field("fetched_at", &self.fetched_at)
            .field("max_age", &self.max_age)
            .finish()
    }
}

/// A document that is kept between judgements, with what the judge verified in it: the next judgement does not verify
/// and decode it again. A clone shares both.
///
/// What was verified belongs to these very bytes and cannot outlive them: other bytes are another document. It is used
/// only where a judgement finds the same key for the document, and moments are judged anew each time.
#[derive(Debug, Clone)]
pub struct KeptDocument {
    document: Arc<Document>,
    verified: Arc<OnceLock<KeptList>>,
    did_log: Arc<OnceLock<Log>>,
}

impl KeptDocument {
    /// The same document fetched again. Where its bytes did not change, what was verified in them stays. What does not continue
    /// a DID log that was verified here was cut off, written anew or spoiled: this one stays, as the newest that is known.
    pub fn fetched_again(&self, document: Document) -> Self {
        if self.document.bytes == document.bytes {
            return Self { document: Arc::new(document), ..self.clone() };
        }
        let again = Self::from(document);
        match self.did_log.get() {
            Some(known) if !webvh::may_replace(&again, known) => self.clone(),
            _ => again,
        }
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Bytes of memory: those of the document, and of the status list or, estimated, the DID log that was read from it.
    pub fn weight(&self) -> usize {
        let decoded = self.verified.get().map_or(0, KeptList::weight);
        let log = self.did_log.get().map_or(0, |_| self.document.bytes.len() * 4);
        self.document.bytes.len() + decoded + log
    }

    /// The status list that was verified in the document, if one was: what it says of its own age goes before the headers
    /// it came with (Token Status List §8.2).
    pub fn verified_status_list(&self) -> Option<&KeptList> {
        self.verified.get()
    }

    /// The DID log that was verified in this document, or is now by `verify`. A later moment of fetching takes nothing away
    /// from it: it only allows later versions.
    pub(crate) fn did_log<E>(&self, verify: impl FnOnce(&Document) -> Result<Log, E>) -> Result<&Log, E> {
        if let Some(log) = self.did_log.get() {
            return Ok(log);
        }
        let log = verify(&self.document)?;
        Ok(self.did_log.get_or_init(|| log))
    }

    /// Keeps a status list that was verified in this document.
    pub(crate) fn keep_status_list(&self, kept: KeptList) {
        // Two judgements at once verified the same bytes: the first is kept.
        let _ = self.verified.set(kept);
    }
}

impl From<Document> for KeptDocument {
    fn from(document: Document) -> Self {
        Self { document: Arc::new(document), verified: Arc::default(), did_log: Arc::default() }
    }
}

/// The documents a judge gets, by URL without fragment.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    answers: HashMap<Url, Option<KeptDocument>>,
}

impl Documents {
    /// No document.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the document of `url` in, in place of an earlier one.
    pub fn insert(&mut self, url: Url, document: impl Into<KeptDocument>) {
        self.answers.insert(key(url), Some(document.into()));
    }

    /// Notes that `url` was asked for and gave no document, so that it is not asked for again. An earlier document stays.
    pub fn insert_missing(&mut self, url: Url) {
        self.answers.entry(key(url)).or_insert(None);
    }

    /// The document of `url`, if there is one.
    pub fn get(&self, url: &Url) -> Option<&Document> {
        self.kept(url).map(KeptDocument::document)
    }

    /// The document of `url` with what was verified in it.
    pub(crate) fn kept(&self, url: &Url) -> Option<&KeptDocument> {
        match url.fragment() {
            None => self.answers.get(url),
            Some(_) => self.answers.get(&key(url.clone())),
        }?
        .as_ref()
    }

    /// Each of them, with where it was fetched, in no order.
    pub fn each(&self) -> impl Iterator<Item = (&Url, &Document)> {
        self.answers.iter().filter_map(|(url, kept)| Some((url, kept.as_ref()?.document())))
    }

    /// When the oldest of them was fetched.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.answers.values().flatten().map(|kept| kept.document().fetched_at).min()
    }

    /// Whether `url` was asked for already, with or without success.
    pub fn is_settled(&self, url: &Url) -> bool {
        self.answers.contains_key(&key(url.clone()))
    }

    /// `need` unless it is settled: the last step of every `needs` function.
    pub fn unless_settled(&self, need: Need) -> Option<Need> {
        if self.is_settled(&need.url) { None } else { Some(need) }
    }
}

/// Whether a document may be asked for at `url`: https with a host and no user name; http only to loopback, which the
/// fetch guard lets pass in development alone.
pub fn is_fetchable(url: &Url) -> bool {
    let open = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => url.host().is_some_and(|host| is_loopback(&host)),
        _ => false,
    };
    open && url.username().is_empty() && url.password().is_none()
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn key(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn document(bytes: &[u8]) -> Document {
        Document { bytes: bytes.to_vec(), fetched_at: Timestamp::from_unix(100), max_age: Some(Seconds(10)) }
    }

    #[test]
    fn a_need_is_named_until_it_is_settled() {
        let mut documents = Documents::new();
        let need = Need::json(url("https://a.example/x"));
        assert_eq!(documents.unless_settled(need.clone()), Some(need.clone()));
        documents.insert_missing(need.url.clone());
        assert_eq!(documents.unless_settled(need.clone()), None);
        assert_eq!(documents.get(&need.url), None);
        documents.insert(need.url.clone(), document(b"x"));
        documents.insert_missing(need.url.clone());
        assert_eq!(documents.get(&need.url).unwrap().bytes, b"x", "a failed refresh keeps what there is");
    }

    #[test]
    fn a_fragment_names_no_other_document_but_a_query_does() {
        let mut documents = Documents::new();
        documents.insert(url("https://a.example/x#here"), document(b"x"));
        assert!(documents.get(&url("https://a.example/x")).is_some());
        assert!(documents.get(&url("https://a.example/x#there")).is_some());
        assert!(documents.get(&url("https://a.example/x?y")).is_none());
    }

    #[test]
    fn freshness_ends_with_max_age() {
        let mut document = document(b"");
        assert!(document.is_fresh(Timestamp::from_unix(109)));
        assert!(!document.is_fresh(Timestamp::from_unix(110)));
        document.max_age = None;
        assert!(!document.is_fresh(Timestamp::from_unix(100)));
    }

    #[test]
    fn only_https_and_http_to_loopback_may_be_asked_for() {
        for (text, fetchable) in [
            ("https://a.example/x", true),
            ("https://10.0.0.1/", true), // the guard's matter
            ("http://localhost:8080/x", true),
            ("http://127.0.0.1:8080/x", true),
            ("http://[::1]/x", true),
            ("http://a.example/x", false),
            ("http://localhost.a.example/x", false),
            ("https://user@a.example/x", false),
            ("https://:secret@a.example/x", false),
            ("file:///etc/passwd", false),
            ("data:application/json,{}", false),
        ] {
            assert_eq!(is_fetchable(&url(text)), fetchable, "{text}");
        }
    }

    #[test]
    fn debug_does_not_show_the_body() {
        assert!(!format!("{:?}", document(b"secret-body")).contains("secret"));
    }
}
