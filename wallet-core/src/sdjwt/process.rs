//! Processing (RFC 9901 §7.1): digests are replaced by what was disclosed, and everything else about them vanishes.
//!
//! Each digest and each disclosure is looked at once, and no value lies deeper than 32 steps, so hostile input costs
//! time in proportion to its size. What is refused is listed by the checks below.

use std::collections::{HashMap, HashSet};

use jigap_keys::hash::HashAlgorithm;
use serde_json::{Map, Value};

use super::disclosure::{Disclosure, digest};
use super::{ELLIPSIS, MAX_DEPTH, SD, SD_ALG};
use crate::claims::{ClaimPath, PathStep, ThinnedArray};
use crate::jose::Header;
use crate::redacted;
use crate::verdict::{Check, Reason, Refusal};

/// SD-02: the hash function is known, and named once.
pub const HASH: Check = Check::new(
    "SD-02",
    "`_sd_alg` is sha-256, sha-384 or sha-512, and stands only at the top",
    "`_sd_alg`는 sha-256, sha-384, sha-512 중 하나이며 최상위에만 있습니다",
    "RFC 9901 §4.1.1, §7.1",
);
/// SD-03: no digest twice.
pub const DIGEST_TWICE: Check = Check::new(
    "SD-03",
    "no digest stands twice in the payload and its disclosures",
    "같은 다이제스트가 페이로드와 공개 항목에 두 번 나오지 않습니다",
    "RFC 9901 §4.1, §7.1",
);
/// SD-05: each disclosure is referred to.
pub const UNREFERENCED: Check = Check::new(
    "SD-05",
    "each disclosure's digest stands in the payload or in another disclosure",
    "모든 공개 항목의 다이제스트가 페이로드나 다른 공개 항목에 있습니다",
    "RFC 9901 §7.1",
);
/// SD-06: no disclosure twice.
pub const DISCLOSURE_TWICE: Check = Check::new(
    "SD-06",
    "no disclosure is sent twice",
    "같은 공개 항목을 두 번 보내지 않습니다",
    "RFC 9901 §4, §7.1",
);
/// SD-07: a disclosure adds a claim, it never replaces one.
pub const CLAIM_TWICE: Check = Check::new(
    "SD-07",
    "a disclosed claim's name is not taken at its level",
    "공개된 항목의 이름이 같은 수준에 이미 있지 않습니다",
    "RFC 9901 §7.1",
);
/// SD-08: a disclosure cannot make digests of its own at its level.
pub const RESERVED_NAME: Check = Check::new(
    "SD-08",
    "a disclosed claim is not named `_sd` or `...`",
    "공개된 항목의 이름은 `_sd`나 `...`이 아닙니다",
    "RFC 9901 §4.2.1, §7.1",
);
/// SD-09: `_sd` and `...` only convey digests.
pub const PLACEMENT: Check = Check::new(
    "SD-09",
    "`_sd` is an array of strings, and `...` the only member of an array element and a string",
    "`_sd`는 문자열 배열이고, `...`은 배열 원소의 유일한 항목이며 문자열입니다",
    "RFC 9901 §4.1, §4.2.4",
);
/// SD-10: bounded depth through all disclosures.
pub const DEPTH: Check = Check::new(
    "SD-10",
    "no claim lies deeper than 32 steps",
    "어떤 항목도 32단계보다 깊이 있지 않습니다",
    "RFC 9901 §7.1; bounded by Jigap",
);
/// SD-14: what decides about the credential is always in the open.
pub const STAYS_OPEN: Check = Check::new(
    "SD-14",
    "iss, nbf, exp, cnf, vct, vct#integrity, aka_vcts, status and all inside them are not concealed; in a W3C credential also credentialStatus, validFrom and validUntil",
    "iss, nbf, exp, cnf, vct, vct#integrity, aka_vcts, status와 그 하위 항목은 가려지지 않습니다. W3C 증명서에서는 credentialStatus, validFrom, validUntil도 그렇습니다",
    "SD-JWT VC §2.2.2.3; RFC 9901 §9.7; VC-JOSE-COSE §3.2.1",
);

const UNKNOWN_HASH: Reason =
    Reason::new("sd-alg-unknown", "the hash function is not supported", "지원하지 않는 해시 함수입니다");
const NESTED_HASH: Reason = Reason::new(
    "sd-alg-nested",
    "`_sd_alg` stands inside a claim or a disclosure",
    "`_sd_alg`가 항목이나 공개 항목 안에 있습니다",
);
const SAME_DIGEST: Reason =
    Reason::new("digest-repeated", "a digest stands twice", "같은 다이제스트가 두 번 나옵니다");
const NOBODY_REFERS: Reason = Reason::new(
    "disclosure-unreferenced",
    "nothing signed refers to a disclosure",
    "서명된 내용이 가리키지 않는 공개 항목이 있습니다",
);
const SAME_DISCLOSURE: Reason =
    Reason::new("disclosure-repeated", "a disclosure was sent twice", "같은 공개 항목이 두 번 왔습니다");
const NAME_TAKEN: Reason = Reason::new(
    "claim-repeated",
    "a disclosed claim is already there",
    "공개된 항목과 같은 이름의 항목이 이미 있습니다",
);
const NAME_RESERVED: Reason = Reason::new(
    "claim-name-reserved",
    "a disclosed claim has a reserved name",
    "공개된 항목의 이름이 예약된 이름입니다",
);
const MISPLACED: Reason = Reason::new(
    "digest-misplaced",
    "`_sd` or `...` is not used as defined",
    "`_sd`나 `...`의 쓰임이 정의와 다릅니다",
);
const TOO_DEEP: Reason =
    Reason::new("claims-too-deep", "the claims are nested too deeply", "항목이 너무 깊습니다");
const CONCEALED: Reason = Reason::new(
    "claim-concealed",
    "a claim that decides about validity is concealed",
    "유효성을 정하는 항목이 가려져 있습니다",
);

/// An SD-JWT whose issuer's signature was verified and whose disclosures were processed.
#[derive(Clone, PartialEq)]
pub struct VerifiedSdJwt {
    header: Header,
    claims: Value,
    disclosed: Vec<ClaimPath>,
    withheld: Vec<ThinnedArray>,
    hash: HashAlgorithm,
    sd_jwt: String,
    key_binding: Option<String>,
}

impl std::fmt::Debug for VerifiedSdJwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(
            f,
            "VerifiedSdJwt",
            &[(redacted::members(&self.claims), "claims"), (self.disclosed.len(), "disclosures")],
        )
    }
}

impl VerifiedSdJwt {
    /// The issuer's header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The Processed SD-JWT Payload: an object with what is always open and what was disclosed.
    pub const fn claims(&self) -> &Value {
        &self.claims
    }

    /// The Processed SD-JWT Payload, owned.
    pub fn into_claims(self) -> Value {
        self.claims
    }

    /// Where each disclosure put its claim, in the order of the text. Indices count what was disclosed.
    pub fn disclosed(&self) -> &[ClaimPath] {
        &self.disclosed
    }

    /// The arrays that hold digests nobody disclosed: withheld elements or decoys, so that later elements moved up (RFC 9901
    /// §7.1). Of an array that is not among them every element is where the issuer put it.
    pub fn withheld(&self) -> &[ThinnedArray] {
        &self.withheld
    }

    /// The text up to and with the last tilde: the SD-JWT without its key binding JWT.
    pub fn as_sd_jwt(&self) -> &str {
        &self.sd_jwt
    }

    /// The attached key binding JWT.
    pub(crate) fn key_binding_jwt(&self) -> Option<&str> {
        self.key_binding.as_deref()
    }

    /// The hash function of all digests.
    pub(super) const fn hash(&self) -> HashAlgorithm {
        self.hash
    }

    /// Replaces digests by disclosures; nothing at or inside the top-level claims named in `open` may be concealed.
    pub(super) fn process(
        header: Header,
        mut claims: Value,
        sd_jwt: String,
        key_binding: Option<String>,
        open: &[&str],
    ) -> Result<Self, Refusal> {
        let hash = take_hash(&mut claims)?;
        let mut pending = HashMap::new();
        for (position, encoded) in disclosures(&sd_jwt).enumerate() {
            let disclosure = Disclosure::read(encoded)?;
            if pending.insert(digest(hash, encoded), (position, disclosure)).is_some() {
                return Err(DISCLOSURE_TWICE.refuse(SAME_DISCLOSURE));
            }
        }
        let mut walk = Walk {
            disclosed: Vec::with_capacity(pending.len()),
            withheld: Vec::new(),
            pending,
            seen: HashSet::new(),
            open,
        };
        walk.value(&mut claims, &Place::Top)?;
        if !walk.pending.is_empty() {
            return Err(UNREFERENCED.refuse(NOBODY_REFERS));
        }
        walk.disclosed.sort_unstable_by_key(|(position, _)| *position);
        let disclosed = walk.disclosed.into_iter().map(|(_, path)| path).collect();
        Ok(Self { header, claims, disclosed, withheld: walk.withheld, hash, sd_jwt, key_binding })
    }
}

/// The encoded disclosures of an SD-JWT that ends with its last tilde.
pub(super) fn disclosures(sd_jwt: &str) -> impl Iterator<Item = &str> {
    sd_jwt.trim_end_matches('~').split('~').skip(1)
}

/// The name of a hash function in `_sd_alg`.
pub(super) const fn hash_name(hash: HashAlgorithm) -> &'static str {
    match hash {
        HashAlgorithm::Sha256 => "sha-256",
        HashAlgorithm::Sha384 => "sha-384",
        HashAlgorithm::Sha512 => "sha-512",
    }
}

/// Takes `_sd_alg` off the top of the payload; sha-256 where it is absent.
fn take_hash(claims: &mut Value) -> Result<HashAlgorithm, Refusal> {
    let Some(named) = claims.as_object_mut().and_then(|members| members.remove(SD_ALG)) else {
        return Ok(HashAlgorithm::Sha256);
    };
    [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512]
        .into_iter()
        .find(|hash| named == hash_name(*hash))
        .ok_or(HASH.refuse(UNKNOWN_HASH))
}

/// Where the walk is: a path that borrows its names, so that nothing is allocated before a disclosure is found.
enum Place<'a> {
    Top,
    Member { parent: &'a Place<'a>, name: &'a str },
    Element { parent: &'a Place<'a>, index: usize },
}

impl Place<'_> {
    fn steps(&self) -> Vec<PathStep> {
        match self {
            Self::Top => Vec::new(),
            Self::Member { parent, name } => extend(parent, PathStep::Key((*name).to_owned())),
            Self::Element { parent, index } => extend(parent, PathStep::Index(*index)),
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Top => 0,
            Self::Member { parent, .. } | Self::Element { parent, .. } => 1 + parent.depth(),
        }
    }

    /// The top-level claim that this place is or lies in.
    fn top_level_name(&self) -> Option<&str> {
        match self {
            Self::Top => None,
            Self::Member { parent: Place::Top, name } => Some(name),
            Self::Member { parent, .. } | Self::Element { parent, .. } => parent.top_level_name(),
        }
    }
}

fn extend(parent: &Place<'_>, step: PathStep) -> Vec<PathStep> {
    let mut steps = parent.steps();
    steps.push(step);
    steps
}

struct Walk<'a> {
    /// Disclosures by their digest, until something refers to them.
    pending: HashMap<String, (usize, Disclosure)>,
    seen: HashSet<String>,
    disclosed: Vec<(usize, ClaimPath)>,
    withheld: Vec<ThinnedArray>,
    open: &'a [&'a str],
}

impl Walk<'_> {
    fn value(&mut self, value: &mut Value, place: &Place<'_>) -> Result<(), Refusal> {
        match value {
            Value::Object(_) | Value::Array(_) if place.depth() >= MAX_DEPTH => Err(DEPTH.refuse(TOO_DEEP)),
            Value::Object(members) => self.object(members, place),
            Value::Array(elements) => self.array(elements, place),
            _ => Ok(()),
        }
    }

    fn object(&mut self, members: &mut Map<String, Value>, place: &Place<'_>) -> Result<(), Refusal> {
        if members.contains_key(ELLIPSIS) {
            return Err(PLACEMENT.refuse(MISPLACED));
        }
        if members.contains_key(SD_ALG) {
            return Err(HASH.refuse(NESTED_HASH));
        }
        let digests = members.remove(SD);
        for (name, member) in members.iter_mut() {
            self.value(member, &Place::Member { parent: place, name })?;
        }
        match digests {
            None => Ok(()),
            Some(Value::Array(digests)) => self.members(digests, members, place),
            Some(_) => Err(PLACEMENT.refuse(MISPLACED)),
        }
    }

    /// Adds the disclosed members of an object (step 3.c.ii).
    fn members(
        &mut self,
        digests: Vec<Value>,
        members: &mut Map<String, Value>,
        parent: &Place<'_>,
    ) -> Result<(), Refusal> {
        for digest in digests {
            let Value::String(digest) = digest else { return Err(PLACEMENT.refuse(MISPLACED)) };
            let Some((position, disclosure)) = self.find(digest, parent)? else { continue };
            let (name, mut value) = disclosure.into_member()?;
            match name.as_str() {
                SD | ELLIPSIS => return Err(RESERVED_NAME.refuse(NAME_RESERVED)),
                SD_ALG => return Err(HASH.refuse(NESTED_HASH)),
                name if members.contains_key(name) => return Err(CLAIM_TWICE.refuse(NAME_TAKEN)),
                _ => {}
            }
            let place = Place::Member { parent, name: &name };
            self.disclose(position, &place)?;
            self.value(&mut value, &place)?;
            members.insert(name, value);
        }
        Ok(())
    }

    /// Replaces placeholders by the disclosed elements and drops those that were not disclosed (steps 3.c.iii, 3.d).
    fn array(&mut self, elements: &mut Vec<Value>, parent: &Place<'_>) -> Result<(), Refusal> {
        let count = elements.len();
        let (mut kept, mut signed_at) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for (position, mut element) in elements.drain(..).enumerate() {
            let place = Place::Element { parent, index: kept.len() };
            if let Some(digest) = placeholder(&mut element)? {
                let Some((sent_at, disclosure)) = self.find(digest, &place)? else { continue };
                element = disclosure.into_element()?;
                self.disclose(sent_at, &place)?;
            }
            self.value(&mut element, &place)?;
            kept.push(element);
            signed_at.push(position);
        }
        if kept.len() < count {
            let array = ClaimPath::new(parent.steps()).map_err(|_| DEPTH.refuse(TOO_DEEP))?;
            self.withheld.push(ThinnedArray { array, signed_at });
        }
        *elements = kept;
        Ok(())
    }

    /// The disclosure of a digest that stands at `place`, if it was sent.
    fn find(&mut self, digest: String, place: &Place<'_>) -> Result<Option<(usize, Disclosure)>, Refusal> {
        self.require_not_open(place)?;
        let found = self.pending.remove(&digest);
        if self.seen.insert(digest) { Ok(found) } else { Err(DIGEST_TWICE.refuse(SAME_DIGEST)) }
    }

    fn disclose(&mut self, position: usize, place: &Place<'_>) -> Result<(), Refusal> {
        self.require_not_open(place)?;
        let path = ClaimPath::new(place.steps()).map_err(|_| DEPTH.refuse(TOO_DEEP))?;
        self.disclosed.push((position, path));
        Ok(())
    }

    fn require_not_open(&self, place: &Place<'_>) -> Result<(), Refusal> {
        match place.top_level_name() {
            Some(name) if self.open.contains(&name) => Err(STAYS_OPEN.refuse(CONCEALED)),
            _ => Ok(()),
        }
    }
}

/// The digest of an array element that is a placeholder.
fn placeholder(element: &mut Value) -> Result<Option<String>, Refusal> {
    let Value::Object(members) = element else { return Ok(None) };
    match members.remove(ELLIPSIS) {
        None => Ok(None),
        Some(Value::String(digest)) if members.is_empty() => Ok(Some(digest)),
        Some(_) => Err(PLACEMENT.refuse(MISPLACED)),
    }
}
