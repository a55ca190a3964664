//! What the directory's API is sent and answers, as JSON. In an answer stands what somebody chose to say and what was verified, with counts and
//! moments made coarse: no fact, credential or status, and nothing of who asks.

use jigap_wallet_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::directory::{Own, Profile, Standing};
use crate::kinds::Kind;
use crate::page::{Count, Hit, Page};
use crate::words::suggest::Suggestion;

/// A page of an answer.
#[derive(Serialize, ToSchema)]
pub(super) struct FoundBody {
    /// Who was found, the best first. Fewer than asked for where some are gone meanwhile.
    #[schema(value_type = Vec<Object>)]
    pub(super) hits: Vec<Hit>,
    /// What to read on with, for ten minutes; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
    /// How many are found at all: a multiple of five, from where on it is, or `"<5"`.
    #[schema(value_type = Object)]
    pub(super) total: Count,
    /// How many of each kind, the most first.
    pub(super) kinds: Vec<CountedBody>,
    /// How many in each region, the most first.
    pub(super) regions: Vec<CountedBody>,
}

/// A name and how often it is found.
#[derive(Serialize, ToSchema)]
pub(super) struct CountedBody {
    /// Of the lexicon.
    #[schema(example = "tax-accountant")]
    name: String,
    /// As the total.
    #[schema(value_type = Object)]
    count: Count,
}

impl FoundBody {
    pub(super) fn of(page: Page, next: Option<String>) -> Self {
        let counted = |counts: Vec<(String, Count)>| {
            counts.into_iter().map(|(name, count)| CountedBody { name, count }).collect()
        };
        let Page { hits, total, kinds, regions, .. } = page;
        Self { hits, next, total, kinds: counted(kinds), regions: counted(regions) }
    }
}

/// One listed person.
#[derive(Serialize, ToSchema)]
pub(super) struct ProfileBody {
    /// As in an answer.
    #[schema(value_type = Object)]
    #[serde(flatten)]
    hit: Hit,
    /// The persona's X25519 key, 32 bytes in base64url: what is written to it is sealed to that.
    agreement: String,
    /// What has to be proved before somebody may write, by the name of a query.
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<String>,
}

impl From<Profile> for ProfileBody {
    fn from(Profile { hit, agreement, gate }: Profile) -> Self {
        Self { hit, agreement, gate }
    }
}

/// What somebody is about to type.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TypedRequest {
    /// So far.
    pub(super) typed: String,
}

/// How it may go on.
#[derive(Serialize, ToSchema)]
pub(super) struct SuggestionsBody {
    /// At most eight, of the lexicon alone.
    suggestions: Vec<SuggestionBody>,
}

/// One way to go on.
#[derive(Serialize, ToSchema)]
struct SuggestionBody {
    /// What would be typed.
    text: String,
    /// What it means.
    #[schema(value_type = Vec<String>)]
    concepts: Vec<&'static str>,
}

impl From<Vec<Suggestion>> for SuggestionsBody {
    fn from(suggestions: Vec<Suggestion>) -> Self {
        let body = |Suggestion { text, concepts }| SuggestionBody { text, concepts };
        Self { suggestions: suggestions.into_iter().map(body).collect() }
    }
}

/// What the directory lists.
#[derive(Serialize, ToSchema)]
pub(super) struct KindsBody {
    pub(super) kinds: Vec<KindBody>,
}

/// A kind, and what proves it.
#[derive(Serialize, ToSchema)]
pub(super) struct KindBody {
    /// What it is called here.
    #[schema(example = "tax-accountant")]
    kind: String,
    /// In English.
    en: String,
    /// In Korean.
    ko: String,
    /// The type of the credential that proves it, a folder of `schemas/`.
    credential: String,
}

impl From<&Kind> for KindBody {
    fn from(kind: &Kind) -> Self {
        let (en, ko) = kind.names();
        Self { kind: kind.id.clone(), en: en.to_owned(), ko: ko.to_owned(), credential: kind.folder.clone() }
    }
}

/// A question that the verifier asks a persona's wallet.
#[derive(Serialize, ToSchema)]
pub(super) struct BackingBody {
    /// What will be proved.
    pub(super) kind: String,
    /// For the wallet: to be followed, or shown as a QR code.
    pub(super) link: String,
    /// Until when it can be answered, in seconds since 1970.
    #[schema(value_type = i64)]
    pub(super) expires_at: Timestamp,
}

/// A listing, to its own persona.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnBody {
    /// The number of its last document.
    number: u64,
    /// `published`, `waiting` (for a proof), `paused`, `withdrawn` or `refused`.
    #[schema(example = "published")]
    state: &'static str,
    /// Of `refused`: the check (docs/CHECKS.md) by which it cannot be published as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'static str>,
    /// What it is shown as proved, by kind.
    kinds: Vec<String>,
    /// The document as it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
}

impl From<Own> for OwnBody {
    fn from(Own { number, standing, document, kinds }: Own) -> Self {
        let (state, check) = match standing {
            Standing::Published => ("published", None),
            Standing::Waiting => ("waiting", None),
            Standing::Paused => ("paused", None),
            Standing::Withdrawn => ("withdrawn", None),
            Standing::Refused(check) => ("refused", Some(check)),
        };
        Self { number, state, check, kinds, document }
    }
}
