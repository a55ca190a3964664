//! What a holder authorizes by presenting (`transaction_data`, OpenID4VP 1.0 §5.1, §8.4, Appendix B.3.3.1).
//!
//! One type is known: [`FEED_CONSENT`], by which a holder agrees that a verifier tells one consumer what it found, for as long as it
//! holds (docs/decisions/0021-feed-of-facts.md). There is one object for each credential whose facts are told; who asks, for what and
//! for whose persona is the same in all of them.
//!
//! ```json
//! {"type": "urn:jigap:feed-consent:1", "credential_ids": ["tax"], "consumer": "https://people.example",
//!  "purpose": {"en": "Listing in the directory", "ko": "전문가 찾기에 등록"}, "bound_to": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
//!  "facts": [{"path": null}, {"path": ["grade"], "one_of": ["1", "2"]}]}
//! ```
//!
//! Its hash is signed in the key binding JWT of an SD-JWT VC, and nowhere else: no other format here can carry one. Refused (`VP-21`):
//! other types, other members, credentials that are not asked for as `dc+sd-jwt` with their holder's proof, hashes other than SHA-256.

use std::collections::BTreeMap;

use jigap_keys::json::{self, Limits};
use jigap_keys::{base64url, hash};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::claims::ClaimPath;
use crate::dcql::{CredentialQuery, Format, Query};
use crate::documents::is_fetchable;
use crate::facts::{MAX_ONE_OF, Scalar, Sought};
use crate::sealing::is_random_id;
use crate::text::{Lang, is_deceptive};
use crate::verdict::{Check, Reason, Refusal};

/// `transaction_data`.
pub const TRANSACTION_DATA: Check = Check::new(
    "VP-21",
    "what the request wants authorized, if anything, is of a type known here, whole, and for credentials that can carry its hash",
    "요청이 승인을 구하는 것이 있다면, 아는 종류이고 온전하며 그 해시를 담을 수 있는 증명서에 대한 것입니다",
    "OpenID4VP 1.0 §5.1, §8.4, Appendix B.3.3.1",
);
/// Whose persona it is bound to.
pub const OWN_PERSONA: Check = Check::new(
    "VP-29",
    "what a holder consents to is bound to the persona for which they act",
    "소지자가 동의하는 내용은 지금 쓰는 자신의 페르소나에 묶여 있습니다",
    "docs/decisions/0021-feed-of-facts.md",
);

const MALFORMED: Reason = Reason::new(
    "transaction-data-malformed",
    "it is not in the form of its type",
    "종류가 정한 형식에 맞지 않습니다",
);
const UNKNOWN_TYPE: Reason =
    Reason::new("transaction-type-unknown", "its type is not known here", "알지 못하는 종류입니다");
const OTHER_HASH: Reason = Reason::new(
    "transaction-hash-unknown",
    "no hash that it allows is supported: SHA-256 is",
    "허용하는 해시 가운데 지원하는 것이 없습니다. 지원하는 것은 SHA-256입니다",
);
const CANNOT_CARRY: Reason = Reason::new(
    "transaction-format",
    "a credential that it names is not asked for as dc+sd-jwt with its holder's proof, which alone carries its hash",
    "가리키는 증명서를 소지자 증명이 있는 dc+sd-jwt로 요청하지 않았습니다. 해시는 거기에만 담을 수 있습니다",
);
const OTHER_PERSONA: Reason = Reason::new(
    "persona-other",
    "it is bound to another persona, or no persona was named",
    "다른 페르소나에 묶여 있거나, 페르소나를 밝히지 않았습니다",
);

/// The type of transaction data by which a holder agrees that facts are told.
pub const FEED_CONSENT: &str = "urn:jigap:feed-consent:1";
/// The name of the only hash (IANA "Named Information Hash Algorithm").
pub(crate) const SHA_256: &str = "sha-256";
/// Longest purpose in each language, in bytes, and longest consumer.
pub const MAX_PURPOSE: usize = 400;
const MAX_CONSUMER: usize = 512;
/// Most credentials whose facts are told by one consent, and most facts of each.
pub const MAX_CREDENTIALS: usize = 8;
/// Most facts of one credential.
pub const MAX_FACTS: usize = 16;
/// An object: [`MAX_FACTS`] facts with the most and longest values.
const LIMITS: Limits = Limits { bytes: 128 * 1024, depth: 6 };

/// What it is for, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// In English.
    pub en: String,
    /// In Korean.
    pub ko: String,
}

impl Purpose {
    /// The words in `lang`. They are a stranger's.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ko => &self.ko,
        }
    }
}

/// What a holder agrees to: that facts of these credentials are told to this consumer for as long as they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedConsent {
    /// Who is told: an https URL, as the verifier's operator calls them.
    pub consumer: String,
    /// What for.
    pub purpose: Purpose,
    /// The persona that they are told of: the thumbprint (RFC 7638, SHA-256, base64url) of its key.
    pub bound_to: String,
    /// By credential query id, what is told.
    pub facts: BTreeMap<String, Vec<Sought>>,
}

/// A fact that is told, as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    path: Option<ClaimPath>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    one_of: Vec<Scalar>,
}

/// One object of transaction data.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "type")]
    kind: String,
    credential_ids: [String; 1],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transaction_data_hashes_alg: Option<Vec<String>>,
    consumer: String,
    purpose: Purpose,
    bound_to: String,
    facts: Vec<Told>,
}

impl FeedConsent {
    /// The elements of `transaction_data`, one for each credential.
    pub fn encode(&self) -> Vec<String> {
        let told = |sought: &Sought| Told { path: sought.path.clone(), one_of: sought.one_of.clone() };
        let written = |(id, facts): (&String, &Vec<Sought>)| Written {
            kind: FEED_CONSENT.to_owned(),
            credential_ids: [id.clone()],
            transaction_data_hashes_alg: None,
            consumer: self.consumer.clone(),
            purpose: self.purpose.clone(),
            bound_to: self.bound_to.clone(),
            facts: facts.iter().map(told).collect(),
        };
        let objects = self.facts.iter().map(written);
        objects.map(|object| base64url::encode(json!(object).to_string())).collect()
    }

    /// Whether all of it is within the bounds, and fit for people's eyes.
    fn is_whole(&self) -> bool {
        let is_text =
            |text: &str, most: usize| (1..=most).contains(&text.len()) && !text.contains(is_deceptive);
        let is_url = url::Url::parse(&self.consumer).is_ok_and(|url| is_fetchable(&url));
        is_url
            && is_text(&self.consumer, MAX_CONSUMER)
            && is_text(&self.purpose.en, MAX_PURPOSE)
            && is_text(&self.purpose.ko, MAX_PURPOSE)
            && is_random_id::<32>(&self.bound_to)
            && (1..=MAX_CREDENTIALS).contains(&self.facts.len())
            && self.facts.values().all(|facts| is_told(facts))
    }
}

/// Whether these can be told of one credential, none twice.
fn is_told(facts: &[Sought]) -> bool {
    let fits = |sought: &Sought| {
        let values = sought.one_of.len() <= MAX_ONE_OF && sought.one_of.iter().all(Scalar::is_short);
        values && (sought.path.is_some() || sought.one_of.is_empty())
    };
    let once = |(at, sought): (usize, &Sought)| !facts.iter().skip(at + 1).any(|other| other == sought);
    (1..=MAX_FACTS).contains(&facts.len()) && facts.iter().all(fits) && facts.iter().enumerate().all(once)
}

/// What a request wants authorized, as it came: the hashes are over the very texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    consent: FeedConsent,
    objects: BTreeMap<String, Object>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Object {
    encoded: String,
    names_hash: bool,
}

/// What the key binding JWT of one presentation says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorized {
    /// `transaction_data_hashes`.
    pub hashes: Vec<String>,
    /// Whether `transaction_data_hashes_alg` says which hash it is: where the request named some.
    pub names_hash: bool,
}

impl Authorization {
    /// Reads the value of `transaction_data`, which stands beside `query`. Refuses by VP-21.
    pub fn read(value: &Value, query: &Query) -> Result<Self, Refusal> {
        let malformed = TRANSACTION_DATA.refuse(MALFORMED);
        let entries = value.as_array().filter(|entries| (1..=MAX_CREDENTIALS).contains(&entries.len()));
        let mut read: Option<Self> = None;
        for entry in entries.ok_or(malformed)? {
            let encoded = entry.as_str().ok_or(malformed)?;
            let written = object(encoded)?;
            let [id] = written.credential_ids;
            require_carrier(query, &id)?;
            let object = Object {
                encoded: encoded.to_owned(),
                names_hash: written.transaction_data_hashes_alg.is_some(),
            };
            let told = |told: Told| Sought { path: told.path, one_of: told.one_of };
            let facts = written.facts.into_iter().map(told).collect();
            let (consumer, purpose, bound_to) = (written.consumer, written.purpose, written.bound_to);
            let this = read.get_or_insert_with(|| Self {
                consent: FeedConsent {
                    consumer: consumer.clone(),
                    purpose: purpose.clone(),
                    bound_to: bound_to.clone(),
                    facts: BTreeMap::new(),
                },
                objects: BTreeMap::new(),
            });
            let same = (&this.consent.consumer, &this.consent.purpose, &this.consent.bound_to)
                == (&consumer, &purpose, &bound_to);
            if !same || this.consent.facts.insert(id.clone(), facts).is_some() {
                return Err(malformed);
            }
            this.objects.insert(id, object);
        }
        read.filter(|read| read.consent.is_whole()).ok_or(malformed)
    }

    /// What is agreed to.
    pub const fn consent(&self) -> &FeedConsent {
        &self.consent
    }

    /// What a presentation for the credential query `id` has to sign; `None` where nothing of it is told.
    pub fn authorized_by(&self, id: &str) -> Option<Authorized> {
        let object = self.objects.get(id)?;
        let hash = base64url::encode(hash::sha256(object.encoded.as_bytes()));
        Some(Authorized { hashes: vec![hash], names_hash: object.names_hash })
    }

    /// Refuses (VP-29) what is not bound to `persona`, the one for which the holder acts.
    pub fn require_persona(&self, persona: Option<&str>) -> Result<(), Refusal> {
        let own = persona == Some(self.consent.bound_to.as_str());
        if own { Ok(()) } else { Err(OWN_PERSONA.refuse(OTHER_PERSONA)) }
    }
}

/// One object, of a type and with a hash that are known.
fn object(encoded: &str) -> Result<Written, Refusal> {
    let malformed = TRANSACTION_DATA.refuse(MALFORMED);
    let bytes = Some(encoded).filter(|text| text.len() <= LIMITS.bytes / 3 * 4 + 4);
    let bytes = bytes.and_then(|text| base64url::decode(text).ok()).ok_or(malformed)?;
    let value = json::parse(&bytes, LIMITS).map_err(|_| malformed)?;
    match value.get("type").map(Value::as_str) {
        Some(Some(FEED_CONSENT)) => {}
        Some(Some(_)) => return Err(TRANSACTION_DATA.refuse(UNKNOWN_TYPE)),
        _ => return Err(malformed),
    }
    let written: Written = serde_json::from_value(value).map_err(|_| malformed)?;
    match &written.transaction_data_hashes_alg {
        Some(names) if names.is_empty() => Err(malformed),
        Some(names) if !names.iter().any(|name| name == SHA_256) => Err(TRANSACTION_DATA.refuse(OTHER_HASH)),
        _ => Ok(written),
    }
}

/// Refuses a credential whose presentation would not carry the hash.
fn require_carrier(query: &Query, id: &str) -> Result<(), Refusal> {
    let carries = |asked: &CredentialQuery| {
        asked.id() == id && asked.format() == Some(Format::DcSdJwt) && asked.requires_holder_binding()
    };
    if query.credentials().iter().any(carries) { Ok(()) } else { Err(TRANSACTION_DATA.refuse(CANNOT_CARRY)) }
}
