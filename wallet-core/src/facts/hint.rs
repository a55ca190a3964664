//! A hint: an issuer says that a status list of theirs changed, so that who tells facts on looks at once.
//!
//! It is never believed: it only makes the list be fetched now, which is verified as always. So one that was replayed or invented costs a
//! fetch, and whoever takes hints bounds those. Refused: what HI-01 to HI-03 say; that the list is one that is watched (HI-04) is the
//! verifier's to say.
//!
//! ```json
//! {"iss": "https://issuer.example", "iat": 1800000000, "list": "https://issuer.example/status/Zk3x…"}
//! ```

use jigap_keys::PublicKey;
use jigap_keys::json::Limits;
use serde_json::{Value, json};

use crate::documents::{Documents, Need};
use crate::jose::{Header, Jws, UnsignedJws, numeric_date};
use crate::judge::ListName;
use crate::time::{Seconds, Timestamp};
use crate::trust::{self, TrustList};
use crate::verdict::{Check, Reason, Refusal};

/// The `typ`.
pub const TYP: &str = "jigap-status-hint+jwt";
/// The media type.
pub const MEDIA_TYPE: &str = "application/jigap-status-hint+jwt";
/// How long after it was made it is taken.
pub const MAX_AGE: Seconds = Seconds(300);

/// HI-01: it is one.
pub const FORM: Check = Check::new(
    "HI-01",
    "a hint is a JWT of type `jigap-status-hint+jwt` within its size limit that names an issuer and a list",
    "힌트는 크기 제한을 지키고 발급자와 목록을 밝힌 `jigap-status-hint+jwt` 종류의 JWT입니다",
    "RFC 8725 §3.11; docs/decisions/0021-feed-of-facts.md",
);
/// HI-02: who may sign the list signed it.
pub const SIGNER: Check = Check::new(
    "HI-02",
    "a hint is signed by a key that may sign the status lists of the issuer it names",
    "힌트는 그것이 밝힌 발급자의 상태 목록에 서명할 수 있는 키로 서명되어 있습니다",
    "docs/TRUST-LIST.md §3; RFC 8725 §3.8",
);
/// HI-03: it is of now.
pub const MOMENT: Check = Check::new(
    "HI-03",
    "a hint was made within the last five minutes",
    "힌트는 최근 5분 안에 만든 것입니다",
    "RFC 7519 §4.1.6",
);

const NOT_SUCH: Reason = Reason::new(
    "hint-content",
    "`iss`, `iat` or `list` is missing or not of its form, or too long",
    "`iss`, `iat`, `list`가 없거나 형식이 맞지 않거나 너무 깁니다",
);
const STRANGER: Reason = Reason::new(
    "hint-stranger",
    "nobody who may sign that issuer's status lists signed it",
    "그 발급자의 상태 목록에 서명할 수 있는 누구도 서명하지 않았습니다",
);
const EARLY: Reason = Reason::new("hint-early", "it was made at {at}", "{at}에 만든 것입니다");
const LATE: Reason = Reason::new("hint-late", "it was made at {at}", "{at}에 만든 것입니다");

/// A short text, and the certificates of who signed it.
const LIMITS: Limits = Limits { bytes: 32 * 1024, depth: 4 };
/// Longest issuer and list in bytes: those of a trust list.
const MAX_NAME: usize = 2048;
/// How far the issuer's clock may be ahead.
const CLOCK_SKEW: Seconds = Seconds(30);

/// The hint that `list` changed, made `now` and still to be signed by the key that `header` names.
pub fn unsigned(list: &ListName, header: Header, now: Timestamp) -> UnsignedJws {
    let claims = json!({"iss": list.issuer, "iat": now.unix(), "list": list.uri});
    UnsignedJws::new(&header.typ(TYP), &claims)
}

/// A hint that was parsed and not verified.
#[derive(Debug)]
pub struct Hint {
    jws: Jws,
    list: ListName,
    made: Timestamp,
}

impl Hint {
    /// Parses one. Refuses by HI-01.
    pub fn parse(compact: &str) -> Result<Self, Refusal> {
        let jws = Jws::parse_within(compact, LIMITS).map_err(|refusal| FORM.refuse(refusal.reason))?;
        jws.header().require_typ(TYP).map_err(|refusal| FORM.refuse(refusal.reason))?;
        let claims = jws.unverified_payload();
        let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| is_name(text));
        let (issuer, uri) = (text("iss"), text("list"));
        let made = claims.get("iat").and_then(numeric_date);
        let (Some(issuer), Some(uri), Some(made)) = (issuer, uri, made) else {
            return Err(FORM.refuse(NOT_SUCH));
        };
        let list = ListName { issuer: issuer.to_owned(), uri: uri.to_owned() };
        Ok(Self { jws, list, made })
    }

    /// The list that it says has changed. Nobody vouches for it.
    pub const fn unverified_list(&self) -> &ListName {
        &self.list
    }

    /// Refuses (HI-03) one of another time than `now`.
    pub fn require_current(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.made > now.plus(CLOCK_SKEW) {
            return Err(MOMENT.refuse(EARLY.at(self.made)));
        }
        if self.made.plus(MAX_AGE) <= now { Err(MOMENT.refuse(LATE.at(self.made))) } else { Ok(()) }
    }

    /// What must be fetched before it can be verified.
    pub fn needs(&self, trust: &TrustList, documents: &Documents, now: Timestamp) -> Vec<Need> {
        let signers = signers(&self.list.issuer, trust, now);
        signers.flat_map(|signer| trust::needs(signer, self.jws.header(), documents)).collect()
    }

    /// Verifies who signed it. Refuses by HI-02.
    pub fn verify(
        self,
        trust: &TrustList,
        documents: &Documents,
        now: Timestamp,
    ) -> Result<ListName, Refusal> {
        let key = |signer| trust::status_key(signer, self.jws.header(), documents, now);
        let keys: Vec<PublicKey> =
            signers(&self.list.issuer, trust, now).filter_map(|signer| key(signer).ok()).collect();
        let signed = keys.iter().any(|key| self.jws.clone().verify(key).is_ok());
        if signed { Ok(self.list) } else { Err(SIGNER.refuse(STRANGER)) }
    }
}

/// The issuer, and those that the trust list lets sign its status lists.
fn signers<'t>(
    issuer: &str,
    trust: &'t TrustList,
    now: Timestamp,
) -> impl Iterator<Item = &'t trust::TrustEntry> {
    let entry = trust.status_entry(issuer, issuer, now).ok();
    let others = entry.into_iter().flat_map(move |entry| {
        entry
            .status_issuers
            .iter()
            .filter_map(move |other| trust.status_entry(&entry.issuer, other, now).ok())
    });
    entry.into_iter().chain(others)
}

fn is_name(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len()) && !text.contains(char::is_control)
}
