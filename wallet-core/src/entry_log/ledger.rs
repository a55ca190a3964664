//! What a party keeps of requests: every one that it was shown and every answer it gave or got, each entry with the digest of the one
//! before.
//!
//! An entry is the array `[previous, kind, content]`: kind 0 a signed request, kind 1 an answer, `[request, role, count, answer, at]`.
//! The first entry's `previous` is the digest of the circle ([`Policy::circle`]). Refused (EL-09): entries that do not follow each other.

use super::request::not_next;
use super::signed::{SMALL, array, digest, digest_of, malformed, moment_of};
use super::{Policy, Request, Requests, Role};
use crate::cbor::Writer;
use crate::time::Timestamp;
use crate::verdict::Refusal;

const REQUEST: u64 = 0;
const ANSWER: u64 = 1;

/// That a request was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Digest of the request.
    pub request: [u8; 32],
    /// Who answered.
    pub role: Role,
    /// How many rows or entries were released.
    pub count: u64,
    /// Digest of the answer.
    pub answer: [u8; 32],
    /// When.
    pub at: Timestamp,
}

/// A party's log of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    requests: Requests,
    answers: Vec<Answered>,
    last: Option<Vec<u8>>,
    head: [u8; 32],
}

impl Ledger {
    /// Reads what was kept. Refuses by EL-01, EL-02, EL-08 and EL-09.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn read<'e>(entries: impl IntoIterator<Item = &'e [u8]>, policy: &Policy) -> Result<Self, Refusal> {
        let mut ledger =
            Self { requests: Requests::new(), answers: Vec::new(), last: None, head: policy.circle() };
        for entry in entries {
            ledger.follow(entry, policy)?;
        }
        Ok(ledger)
    }

    fn follow(&mut self, entry: &[u8], policy: &Policy) -> Result<(), Refusal> {
        let [previous, kind, content] = array(entry, SMALL)?;
        if digest_of(&previous) != Some(self.head) {
            return Err(not_next());
        }
        let content = content.as_bytes().ok_or_else(malformed)?;
        match kind.as_u64() {
            Some(REQUEST) => {
                self.requests.take(content, policy)?;
                self.last = Some(content.to_vec());
            }
            Some(ANSWER) => self.answers.push(Answered::read(content)?),
            _ => return Err(malformed()),
        }
        self.head = digest(entry);
        Ok(())
    }

    /// The requests, the oldest first.
    pub const fn requests(&self) -> &Requests {
        &self.requests
    }

    /// The last request as it was signed, for whoever lost the file.
    pub fn last_request(&self) -> Option<&[u8]> {
        self.last.as_deref()
    }

    /// The answers, the oldest first.
    pub fn answers(&self) -> &[Answered] {
        &self.answers
    }

    /// Digest of the last entry: two parties that say the same have the same log.
    pub const fn head(&self) -> &[u8; 32] {
        &self.head
    }

    /// Takes a request as [`Requests::take`] does. With it the entry to be kept, unless it is there.
    ///
    /// # Errors
    /// As [`Requests::take`].
    pub fn take(&mut self, bytes: &[u8], policy: &Policy) -> Result<(Request, Option<Vec<u8>>), Refusal> {
        let (request, is_new) = self.requests.take(bytes, policy)?;
        if !is_new {
            return Ok((request, None));
        }
        self.last = Some(bytes.to_vec());
        Ok((request, Some(self.entry(REQUEST, bytes))))
    }

    /// Notes an answer, unless that very one is noted: the entry to be kept.
    pub fn note(&mut self, answered: Answered) -> Option<Vec<u8>> {
        if self.answers.iter().any(|known| known.answer == answered.answer) {
            return None;
        }
        let mut content = Writer::new();
        let role = Role::ALL.iter().position(|role| *role == answered.role).unwrap_or_default();
        content.array(5).bytes(&answered.request).unsigned(role as u64).unsigned(answered.count);
        content.bytes(&answered.answer).integer(answered.at.unix());
        self.answers.push(answered);
        Some(self.entry(ANSWER, &content.into_bytes()))
    }

    fn entry(&mut self, kind: u64, content: &[u8]) -> Vec<u8> {
        let mut entry = Writer::new();
        entry.array(3).bytes(&self.head).unsigned(kind).bytes(content);
        let entry = entry.into_bytes();
        self.head = digest(&entry);
        entry
    }
}

impl Answered {
    /// That `role` answered with these bytes.
    pub fn new(request: &Request, role: Role, count: usize, (answer, at): (&[u8], Timestamp)) -> Self {
        Self { request: request.digest, role, count: count as u64, answer: digest(answer), at }
    }

    fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let [request, role, count, answer, at] = array(bytes, SMALL)?;
        let answered = || {
            let role = usize::try_from(role.as_u64()?).ok()?;
            Some(Self {
                request: digest_of(&request)?,
                role: *Role::ALL.get(role)?,
                count: count.as_u64()?,
                answer: digest_of(&answer)?,
                at: moment_of(&at)?,
            })
        };
        answered().ok_or_else(malformed)
    }
}
