//! The query as data, and every rule a query has to keep (OpenID4VP 1.0 §6.1 to §6.3, §7, Appendix B).
//!
//! Refuses a query that breaks a MUST, and one larger than anybody who means well would send (`DQ-12`). Unknown
//! members are ignored, as §6 demands. Identifiers inside a query are resolved to positions while it is parsed.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::format::Format;
use crate::claims::{ClaimPath, PathStep};
use crate::verdict::{Check, Reason, Refusal};

use checks::*;

/// The rules of a query, in the order of the specification.
pub mod checks {
    use crate::verdict::Check;

    /// `credentials` is a non-empty array of objects.
    pub const CREDENTIALS: Check = Check::new(
        "DQ-01",
        "the query has a non-empty array of credential queries",
        "질의에 비어 있지 않은 credentials 배열이 있습니다",
        "OpenID4VP 1.0 §6",
    );
    /// Ids of credential queries.
    pub const CREDENTIAL_ID: Check = Check::new(
        "DQ-02",
        "each credential query has its own id of letters, digits, _ and -",
        "각 증명서 질의에는 영문자, 숫자, _, -로 된 고유한 id가 있습니다",
        "OpenID4VP 1.0 §6.1",
    );
    /// The plain members of a credential query.
    pub const CREDENTIAL: Check = Check::new(
        "DQ-03",
        "a credential query names its format, and its switches are true or false",
        "증명서 질의에 format이 있고 스위치 값은 true 또는 false입니다",
        "OpenID4VP 1.0 §6.1",
    );
    /// `meta`.
    pub const META: Check = Check::new(
        "DQ-04",
        "meta is an object of the shape its format demands",
        "meta는 해당 형식이 요구하는 모양의 객체입니다",
        "OpenID4VP 1.0 §6.1, B.1.1, B.2.3, B.3.5",
    );
    /// `trusted_authorities`.
    pub const AUTHORITIES: Check = Check::new(
        "DQ-05",
        "trusted_authorities is a non-empty array, each with a type and values",
        "trusted_authorities는 비어 있지 않은 배열이며 각 항목에 type과 values가 있습니다",
        "OpenID4VP 1.0 §6.1.1",
    );
    /// `claims`.
    pub const CLAIMS: Check = Check::new(
        "DQ-06",
        "claims is a non-empty array of claims queries",
        "claims는 비어 있지 않은 클레임 질의 배열입니다",
        "OpenID4VP 1.0 §6.1",
    );
    /// Ids of claims queries.
    pub const CLAIM_ID: Check = Check::new(
        "DQ-07",
        "a claim's id is made of letters, digits, _ and - and is unique in its array",
        "클레임 id는 영문자, 숫자, _, -로 되어 있고 배열 안에서 고유합니다",
        "OpenID4VP 1.0 §6.3",
    );
    /// Claims path pointers.
    pub const PATH: Check = Check::new(
        "DQ-08",
        "each claim has a claims path pointer that its format allows",
        "각 클레임에는 해당 형식이 허용하는 클레임 경로가 있습니다",
        "OpenID4VP 1.0 §6.3, §7",
    );
    /// `values`.
    pub const VALUES: Check = Check::new(
        "DQ-09",
        "values is a non-empty array of strings, integers and booleans",
        "values는 문자열, 정수, 불리언으로 된 비어 있지 않은 배열입니다",
        "OpenID4VP 1.0 §6.3",
    );
    /// `claim_sets`.
    pub const CLAIM_SETS: Check = Check::new(
        "DQ-10",
        "claim_sets stands beside claims that all have ids, and names only those",
        "claim_sets는 모두 id가 있는 claims와 함께 있고 그 id만 가리킵니다",
        "OpenID4VP 1.0 §6.1, §6.3, §6.4.1",
    );
    /// `credential_sets`.
    pub const CREDENTIAL_SETS: Check = Check::new(
        "DQ-11",
        "credential_sets has non-empty options that name credential queries of this query",
        "credential_sets의 options는 비어 있지 않고 이 질의의 증명서 질의만 가리킵니다",
        "OpenID4VP 1.0 §6, §6.2",
    );
    /// Bounds of ours.
    pub const BOUNDS: Check = Check::new(
        "DQ-12",
        "the query has at most 64 credentials, 128 claims each, 64 sets of 64 options, 256 values",
        "질의는 증명서 64개, 각 클레임 128개, 옵션 64개인 세트 64개, 값 256개를 넘지 않습니다",
        "Jigap docs/THREATS",
    );
    /// No claim twice; a rule for verifiers only.
    pub const CLAIM_ONCE: Check = Check::new(
        "DQ-13",
        "a verifier's query points at each claim of a credential once",
        "검증자의 질의는 한 증명서의 같은 클레임을 한 번만 가리킵니다",
        "OpenID4VP 1.0 §6.1",
    );
}

const MAX_CREDENTIALS: usize = 64;
const MAX_CLAIMS: usize = 128;
const MAX_SETS: usize = 64;
const MAX_OPTIONS: usize = 64;
const MAX_VALUES: usize = 256;

const MISSING: Reason = Reason::new("missing", "a required member is missing", "필수 항목이 없습니다");
const NOT_AN_OBJECT: Reason = Reason::new("not-an-object", "it is not a JSON object", "JSON 객체가 아닙니다");
const NOT_A_LIST: Reason =
    Reason::new("not-a-non-empty-array", "it is not a non-empty array", "비어 있지 않은 배열이 아닙니다");
const NOT_A_STRING: Reason =
    Reason::new("not-a-string", "it is not a non-empty string", "비어 있지 않은 문자열이 아닙니다");
const NOT_A_BOOLEAN: Reason =
    Reason::new("not-a-boolean", "it is neither true nor false", "true도 false도 아닙니다");
const NOT_AN_ID: Reason = Reason::new(
    "malformed-id",
    "an id is a non-empty string of letters, digits, _ and -",
    "id는 영문자, 숫자, _, -로 된 비어 있지 않은 문자열이어야 합니다",
);
const REPEATED: Reason = Reason::new("repeated", "it stands there more than once", "두 번 이상 나옵니다");
const UNKNOWN_ID: Reason =
    Reason::new("unknown-id", "it names an id that is not there", "없는 id를 가리킵니다");
const WITHOUT_CLAIMS: Reason = Reason::new(
    "without-claims",
    "claim_sets stands there without claims",
    "claims 없이 claim_sets만 있습니다",
);
const NOT_A_PATH: Reason = Reason::new(
    "malformed-path",
    "it is not a non-empty array of strings, nulls and non-negative integers",
    "문자열, null, 음이 아닌 정수로 된 비어 있지 않은 배열이 아닙니다",
);
const NOT_AN_MDOC_PATH: Reason = Reason::new(
    "malformed-mdoc-path",
    "a path into an mdoc is a namespace and a data element identifier",
    "mdoc의 경로는 네임스페이스와 데이터 요소 식별자 두 개로 이루어집니다",
);
const NOT_A_VALUE: Reason = Reason::new(
    "malformed-value",
    "it is not a string, integer or boolean",
    "문자열, 정수, 불리언이 아닙니다",
);
const TOO_MANY: Reason = Reason::new("too-many", "there are more than allowed", "허용된 개수를 넘었습니다");

/// A valid DCQL query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    credentials: Vec<CredentialQuery>,
    credential_sets: Vec<CredentialSetQuery>,
}

/// One entry of `credentials` (§6.1).
#[derive(Debug, Clone, PartialEq)]
pub struct CredentialQuery {
    pub(super) id: String,
    pub(super) format: Option<Format>,
    pub(super) multiple: bool,
    pub(super) meta: Meta,
    pub(super) trusted_authorities: Vec<TrustedAuthoritiesQuery>,
    pub(super) require_cryptographic_holder_binding: bool,
    pub(super) claims: Vec<ClaimQuery>,
    /// Positions in `claims`, in each set every path once.
    pub(super) claim_sets: Vec<Vec<usize>>,
    /// The positions of all claims, every path once.
    every_claim: Vec<usize>,
}

/// What `meta` asks of the credential's type (Appendix B).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meta {
    /// An empty object: no constraint. Also what a format unknown here is read as.
    Any,
    /// `vct_values`: one of these types.
    Vct(Vec<String>),
    /// `type_values`: alternatives, each a set of fully expanded type IRIs that all have to be there.
    Types(Vec<Vec<String>>),
    /// `doctype_value`: this document type.
    Doctype(String),
}

/// One entry of `trusted_authorities` (§6.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedAuthoritiesQuery {
    /// `aki`, `etsi_tl`, `openid_federation` or a type other specifications define.
    pub kind: String,
    /// The accepted values, at least one.
    pub values: Vec<String>,
}

/// One entry of `claims` (§6.3).
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimQuery {
    /// What `claim_sets` calls it.
    pub id: Option<String>,
    /// Where the claim is.
    pub path: ClaimPath,
    /// The values it may have; empty where any will do.
    pub values: Vec<Value>,
    /// `intent_to_retain` of an mdoc claim (B.2.4): whether the verifier says that it keeps the value.
    pub intent_to_retain: Option<bool>,
}

/// One entry of `credential_sets` (§6.2), its ids resolved to positions in `credentials`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSetQuery {
    pub(super) required: bool,
    pub(super) options: Vec<Vec<usize>>,
}

impl Query {
    /// Reads a query and refuses it (`DQ-01` to `DQ-12`) where it breaks a MUST of §6 or our bounds.
    pub fn parse(query: &Value) -> Result<Self, Refusal> {
        let query = object(query, CREDENTIALS)?;
        let credentials = list(required(query, "credentials", CREDENTIALS)?, CREDENTIALS, MAX_CREDENTIALS)?
            .iter()
            .map(CredentialQuery::parse)
            .collect::<Result<Vec<_>, _>>()?;
        unique(credentials.iter().map(|credential| credential.id.as_str()), CREDENTIAL_ID)?;
        let credential_sets = optional_list(query, "credential_sets", CREDENTIAL_SETS, MAX_SETS)?
            .iter()
            .map(|set| CredentialSetQuery::parse(set, &credentials))
            .collect::<Result<_, _>>()?;
        Ok(Self { credentials, credential_sets })
    }

    /// What a verifier's own query has to keep besides: it points at each claim once (`DQ-13`). Wallets only ignore
    /// such repetitions (§6.1).
    pub fn validate(&self) -> Result<(), Refusal> {
        for credential in &self.credentials {
            let mut seen = BTreeSet::new();
            if !credential.claims.iter().all(|claim| seen.insert(&claim.path)) {
                return Err(CLAIM_ONCE.refuse(REPEATED));
            }
        }
        Ok(())
    }

    /// The credential queries, in order; at least one.
    pub fn credentials(&self) -> &[CredentialQuery] {
        &self.credentials
    }

    /// The credential set queries, in order; empty where every credential is asked for.
    pub fn credential_sets(&self) -> &[CredentialSetQuery] {
        &self.credential_sets
    }
}

impl CredentialQuery {
    /// What the response calls it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The format, or `None` for one that OpenID4VP 1.0 does not define.
    pub fn format(&self) -> Option<Format> {
        self.format
    }

    /// Whether credentials of the format can be matched here: whether it is known.
    pub const fn is_supported(&self) -> bool {
        self.format.is_some()
    }

    /// Whether more than one credential may answer.
    pub fn multiple(&self) -> bool {
        self.multiple
    }

    /// What is asked of the credential's type.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Whether it names authorities that have to certify the issuer (§6.1.1).
    pub fn names_authorities(&self) -> bool {
        !self.trusted_authorities.is_empty()
    }

    /// Whether a proof of cryptographic holder binding is required; true unless the verifier says otherwise.
    pub fn requires_holder_binding(&self) -> bool {
        self.require_cryptographic_holder_binding
    }

    /// The claims asked for; empty where none are that could be withheld.
    pub fn claims(&self) -> &[ClaimQuery] {
        &self.claims
    }

    /// The positions of the claims that a claim set asks for; all where there are no sets.
    pub(super) fn requested(&self, claim_set: Option<usize>) -> &[usize] {
        claim_set.and_then(|set| self.claim_sets.get(set)).unwrap_or(&self.every_claim)
    }

    fn parse(credential: &Value) -> Result<Self, Refusal> {
        let credential = object(credential, CREDENTIALS)?;
        let id = identifier(required(credential, "id", CREDENTIAL_ID)?, CREDENTIAL_ID)?;
        let format = Format::from_identifier(text(required(credential, "format", CREDENTIAL)?, CREDENTIAL)?);
        let claims = optional_list(credential, "claims", CLAIMS, MAX_CLAIMS)?
            .iter()
            .map(|claim| ClaimQuery::parse(claim, format))
            .collect::<Result<Vec<_>, _>>()?;
        unique(claims.iter().filter_map(|claim| claim.id.as_deref()), CLAIM_ID)?;
        Ok(Self {
            id,
            format,
            multiple: switch(credential, "multiple", CREDENTIAL)?.unwrap_or(false),
            meta: Meta::parse(required(credential, "meta", META)?, format)?,
            trusted_authorities: optional_list(credential, "trusted_authorities", AUTHORITIES, MAX_SETS)?
                .iter()
                .map(TrustedAuthoritiesQuery::parse)
                .collect::<Result<_, _>>()?,
            require_cryptographic_holder_binding: switch(
                credential,
                "require_cryptographic_holder_binding",
                CREDENTIAL,
            )?
            .unwrap_or(true),
            claim_sets: claim_sets(credential, &claims)?,
            every_claim: each_path_once(0..claims.len(), &claims),
            claims,
        })
    }
}

impl Meta {
    fn parse(meta: &Value, format: Option<Format>) -> Result<Self, Refusal> {
        let meta = object(meta, META)?;
        let Some(format) = format else { return Ok(Self::Any) };
        if meta.is_empty() {
            return Ok(Self::Any);
        }
        match format {
            Format::DcSdJwt => Ok(Self::Vct(texts(required(meta, "vct_values", META)?, META, MAX_VALUES)?)),
            Format::MsoMdoc => {
                Ok(Self::Doctype(text(required(meta, "doctype_value", META)?, META)?.to_owned()))
            }
            // Asked for at a gate, never by a query.
            Format::JigapPass => Ok(Self::Any),
            Format::JwtVcJson | Format::LdpVc | Format::VcCose | Format::VcSdJwt => {
                let alternatives = list(required(meta, "type_values", META)?, META, MAX_OPTIONS)?;
                alternatives
                    .iter()
                    .map(|types| texts(types, META, MAX_OPTIONS))
                    .collect::<Result<_, _>>()
                    .map(Self::Types)
            }
        }
    }
}

impl TrustedAuthoritiesQuery {
    fn parse(entry: &Value) -> Result<Self, Refusal> {
        let entry = object(entry, AUTHORITIES)?;
        Ok(Self {
            kind: text(required(entry, "type", AUTHORITIES)?, AUTHORITIES)?.to_owned(),
            values: texts(required(entry, "values", AUTHORITIES)?, AUTHORITIES, MAX_VALUES)?,
        })
    }
}

impl ClaimQuery {
    fn parse(claim: &Value, format: Option<Format>) -> Result<Self, Refusal> {
        let claim = object(claim, CLAIMS)?;
        let id = claim.get("id").map(|id| identifier(id, CLAIM_ID)).transpose()?;
        let path =
            ClaimPath::from_json(required(claim, "path", PATH)?).map_err(|_| PATH.refuse(NOT_A_PATH))?;
        let is_mdoc = format == Some(Format::MsoMdoc);
        if is_mdoc && !matches!(path.steps(), [PathStep::Key(_), PathStep::Key(_)]) {
            return Err(PATH.refuse(NOT_AN_MDOC_PATH));
        }
        let values = optional_list(claim, "values", VALUES, MAX_VALUES)?;
        if !values
            .iter()
            .all(|value| value.is_string() || value.is_boolean() || value.is_i64() || value.is_u64())
        {
            return Err(VALUES.refuse(NOT_A_VALUE));
        }
        let intent_to_retain = if is_mdoc { switch(claim, "intent_to_retain", CLAIMS)? } else { None };
        Ok(Self { id, path, values: values.to_vec(), intent_to_retain })
    }
}

impl CredentialSetQuery {
    /// Whether the verifier cannot do without it.
    pub fn required(&self) -> bool {
        self.required
    }

    /// The options, most preferred first: positions in [`Query::credentials`].
    pub fn options(&self) -> &[Vec<usize>] {
        &self.options
    }

    fn parse(set: &Value, credentials: &[CredentialQuery]) -> Result<Self, Refusal> {
        let set = object(set, CREDENTIAL_SETS)?;
        let position = |id: &str| credentials.iter().position(|credential| credential.id == id);
        let options = list(required(set, "options", CREDENTIAL_SETS)?, CREDENTIAL_SETS, MAX_OPTIONS)?
            .iter()
            .map(|option| {
                positions(list(option, CREDENTIAL_SETS, MAX_CREDENTIALS)?, CREDENTIAL_SETS, position)
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { required: switch(set, "required", CREDENTIAL_SETS)?.unwrap_or(true), options })
    }
}

/// `claim_sets` with its ids resolved to positions in `claims`; empty where it is absent.
fn claim_sets(credential: &Map<String, Value>, claims: &[ClaimQuery]) -> Result<Vec<Vec<usize>>, Refusal> {
    let sets = optional_list(credential, "claim_sets", CLAIM_SETS, MAX_SETS)?;
    if sets.is_empty() {
        return Ok(Vec::new());
    }
    if claims.is_empty() {
        return Err(CLAIM_SETS.refuse(WITHOUT_CLAIMS));
    }
    if claims.iter().any(|claim| claim.id.is_none()) {
        return Err(CLAIM_SETS.refuse(MISSING));
    }
    let position = |id: &str| claims.iter().position(|claim| claim.id.as_deref() == Some(id));
    sets.iter()
        .map(|set| {
            let ids = set.as_array().ok_or(CLAIM_SETS.refuse(NOT_A_LIST))?;
            let named = positions(bounded(ids, MAX_CLAIMS)?, CLAIM_SETS, position)?;
            Ok(each_path_once(named, claims))
        })
        .collect()
}

/// `positions` without those whose path stands earlier: repetitions are ignored (§6.1).
fn each_path_once(positions: impl IntoIterator<Item = usize>, claims: &[ClaimQuery]) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let mut is_new = |position: &usize| claims.get(*position).is_some_and(|claim| seen.insert(&claim.path));
    positions.into_iter().filter(|position| is_new(position)).collect()
}

/// The positions of `ids`.
fn positions(
    ids: &[Value],
    check: Check,
    position: impl Fn(&str) -> Option<usize>,
) -> Result<Vec<usize>, Refusal> {
    ids.iter().map(|id| position(text(id, check)?).ok_or(check.refuse(UNKNOWN_ID))).collect()
}

fn object(value: &Value, check: Check) -> Result<&Map<String, Value>, Refusal> {
    value.as_object().ok_or(check.refuse(NOT_AN_OBJECT))
}

fn required<'v>(object: &'v Map<String, Value>, name: &str, check: Check) -> Result<&'v Value, Refusal> {
    object.get(name).ok_or(check.refuse(MISSING))
}

fn list(value: &Value, check: Check, most: usize) -> Result<&[Value], Refusal> {
    match value.as_array() {
        Some(entries) if !entries.is_empty() => bounded(entries, most),
        _ => Err(check.refuse(NOT_A_LIST)),
    }
}

/// A member that may be absent (then empty) but not an empty array.
fn optional_list<'v>(
    object: &'v Map<String, Value>,
    name: &str,
    check: Check,
    most: usize,
) -> Result<&'v [Value], Refusal> {
    object.get(name).map_or(Ok(&[]), |value| list(value, check, most))
}

fn bounded(entries: &[Value], most: usize) -> Result<&[Value], Refusal> {
    if entries.len() > most { Err(BOUNDS.refuse(TOO_MANY)) } else { Ok(entries) }
}

fn text(value: &Value, check: Check) -> Result<&str, Refusal> {
    value.as_str().filter(|text| !text.is_empty()).ok_or(check.refuse(NOT_A_STRING))
}

fn texts(value: &Value, check: Check, most: usize) -> Result<Vec<String>, Refusal> {
    list(value, check, most)?.iter().map(|entry| text(entry, check).map(str::to_owned)).collect()
}

fn switch(object: &Map<String, Value>, name: &str, check: Check) -> Result<Option<bool>, Refusal> {
    object.get(name).map(|value| value.as_bool().ok_or(check.refuse(NOT_A_BOOLEAN))).transpose()
}

fn identifier(value: &Value, check: Check) -> Result<String, Refusal> {
    let well_formed = |id: &&str| {
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    value.as_str().filter(well_formed).map(str::to_owned).ok_or(check.refuse(NOT_AN_ID))
}

fn unique<T: Ord>(mut entries: impl Iterator<Item = T>, check: Check) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    if entries.all(|entry| seen.insert(entry)) { Ok(()) } else { Err(check.refuse(REPEATED)) }
}
