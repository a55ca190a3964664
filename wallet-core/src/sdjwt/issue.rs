//! Issuing an SD-JWT VC (RFC 9901 §4; SD-JWT VC §2): what is concealed becomes disclosures, digests and decoys.
//!
//! Refuses to conceal what must stay open, to conceal what is not there, and to issue what a verifier would refuse.

use jigap_keys::hash::HashAlgorithm;
use jigap_keys::{Entropy, PublicKey};
use serde_json::{Map, Value, json};

use super::disclosure::{self, digest};
use super::form::UnsignedSdJwt;
use super::process::hash_name;
use super::vc::{ALWAYS_OPEN, DC_SD_JWT, Registered};
use super::{ELLIPSIS, MAX_BYTES, MAX_DEPTH, MAX_DISCLOSURES, SD, SD_ALG};
use crate::claims::{ClaimPath, PathStep};
use crate::jose::{Header, UnsignedJws};
use crate::redacted;
use crate::verdict::Refusal;

/// Why a credential cannot be issued: the caller's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The claims use `_sd`, `_sd_alg` or `...` as a name.
    #[error("`_sd`, `_sd_alg` and `...` are not claim names")]
    ReservedName,
    /// This claim decides about the credential's validity, and must not be concealed.
    #[error("`{0}` must not be concealed")]
    StaysOpen(&'static str),
    /// There is nothing to conceal at this path.
    #[error("there is no claim at {0}")]
    NoSuchClaim(ClaimPath),
    /// `cnf` is among the claims, and a holder's key was given too.
    #[error("the claims name a holder's key already")]
    TwoHolderKeys,
    /// The claims are nested more than 32 levels deep.
    #[error("the claims are nested too deeply")]
    TooDeep,
    /// More than 1024 disclosures or 1 MiB.
    #[error("the credential is too large")]
    TooLarge,
    /// A verifier would refuse the claims.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Builds an SD-JWT VC: claims first, then what is concealed, then the header and randomness.
#[derive(Clone)]
pub struct SdJwtVcBuilder {
    claims: Map<String, Value>,
    conceal: Vec<ClaimPath>,
    required: Vec<ClaimPath>,
    decoys: u8,
    hash: HashAlgorithm,
    holder: Option<PublicKey>,
}

impl std::fmt::Debug for SdJwtVcBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "SdJwtVcBuilder", &[(self.claims.len(), "claims")])
    }
}

impl SdJwtVcBuilder {
    /// A credential with these claims, `vct` among them, all in the open.
    pub const fn new(claims: Map<String, Value>) -> Self {
        Self {
            claims,
            conceal: Vec::new(),
            required: Vec::new(),
            decoys: 0,
            hash: HashAlgorithm::Sha256,
            holder: None,
        }
    }

    /// Conceals each value at these paths by a disclosure of its own; [`SdJwtVcBuilder::build`] fails where there is none.
    /// Where a path leads into a value that is concealed too, its disclosure holds the other's digest.
    #[must_use]
    pub fn conceal(mut self, paths: impl IntoIterator<Item = ClaimPath>) -> Self {
        self.required.extend(paths);
        self
    }

    /// Conceals as [`SdJwtVcBuilder::conceal`] where there is something. Decoys hide whether there was.
    #[must_use]
    pub fn conceal_if_present(mut self, paths: impl IntoIterator<Item = ClaimPath>) -> Self {
        self.conceal.extend(paths);
        self
    }

    /// Adds a random number of decoy digests, at most `at_most`, to each object or array in which something is or might
    /// be concealed.
    #[must_use]
    pub const fn decoys(mut self, at_most: u8) -> Self {
        self.decoys = at_most;
        self
    }

    /// Uses another hash function than sha-256, which all verifiers know.
    #[must_use]
    pub const fn hash(mut self, hash: HashAlgorithm) -> Self {
        self.hash = hash;
        self
    }

    /// Binds the credential to the holder's key, as `cnf.jwk` (RFC 7800 §3.2).
    #[must_use]
    pub fn holder(mut self, key: PublicKey) -> Self {
        self.holder = Some(key);
        self
    }

    /// Conceals, and encodes what the issuer signs. `header` says algorithm, key and certificates; its `typ` is set
    /// here. Salts of 128 bits, decoys and their places come from `entropy`.
    pub fn build(mut self, header: Header, entropy: &dyn Entropy) -> Result<UnsignedSdJwt, IssueError> {
        if let Some(key) = &self.holder {
            if self.claims.contains_key("cnf") {
                return Err(IssueError::TwoHolderKeys);
            }
            self.claims.insert("cnf".to_owned(), json!({"jwk": key.to_jwk()}));
        }
        let claims = Value::Object(self.claims);
        Registered::read(&claims)?;
        let plan = Plan {
            required: &self.required,
            optional: &self.conceal,
            open: &ALWAYS_OPEN,
            decoys: self.decoys,
            hash: self.hash,
        };
        plan.carry_out(&header.typ(DC_SD_JWT), claims, entropy)
    }
}

/// What is concealed, whatever the claims are.
pub(crate) struct Plan<'p> {
    /// Each must lead to something.
    pub(crate) required: &'p [ClaimPath],
    /// Each may.
    pub(crate) optional: &'p [ClaimPath],
    /// The claims that must stay open, with all inside them.
    pub(crate) open: &'p [&'static str],
    /// Most decoys.
    pub(crate) decoys: u8,
    pub(crate) hash: HashAlgorithm,
}

impl Plan<'_> {
    /// Conceals, and encodes what is to be signed.
    pub(crate) fn carry_out(
        &self,
        header: &Header,
        claims: Value,
        entropy: &dyn Entropy,
    ) -> Result<UnsignedSdJwt, IssueError> {
        if let Some(path) = self.required.iter().find(|path| !reaches(&claims, path.steps())) {
            return Err(IssueError::NoSuchClaim(path.clone()));
        }
        let rules: Vec<_> = self.required.iter().chain(self.optional).map(ClaimPath::steps).collect();
        if let Some(name) = rules.iter().find_map(|rule| always_open(rule, self.open)) {
            return Err(IssueError::StaysOpen(name));
        }
        let mut concealer =
            Concealer { entropy, hash: self.hash, decoys: self.decoys, disclosures: Vec::new() };
        let mut payload = concealer.value(claims, &rules, 0)?;
        if let Value::Object(members) = &mut payload {
            members.insert(SD_ALG.to_owned(), hash_name(self.hash).into());
        }
        if concealer.disclosures.len() > MAX_DISCLOSURES {
            return Err(IssueError::TooLarge);
        }
        let jws = UnsignedJws::new(header, &payload);
        let after = concealer.disclosures.iter().fold("~".to_owned(), |text, one| text + one + "~");
        // The longest signature is 132 bytes, 176 characters and a dot.
        if jws.signing_input().len() + after.len() + 177 > MAX_BYTES {
            return Err(IssueError::TooLarge);
        }
        Ok(UnsignedSdJwt::new(String::new(), jws, after))
    }
}

/// The claim that must stay open at or inside which this rule conceals.
fn always_open(rule: &[PathStep], open: &[&'static str]) -> Option<&'static str> {
    let Some(PathStep::Key(name)) = rule.first() else { return None };
    open.iter().copied().find(|open| open == name)
}

/// Whether some value lies at this path; unlike OpenID4VP's selection, one mismatch elsewhere does not abort.
fn reaches(value: &Value, path: &[PathStep]) -> bool {
    let Some((step, rest)) = path.split_first() else { return true };
    match (step, value) {
        (PathStep::Key(name), Value::Object(members)) => {
            members.get(name).is_some_and(|value| reaches(value, rest))
        }
        (PathStep::Index(index), Value::Array(elements)) => {
            elements.get(*index).is_some_and(|value| reaches(value, rest))
        }
        (PathStep::All, Value::Array(elements)) => elements.iter().any(|value| reaches(value, rest)),
        _ => false,
    }
}

/// Turns values into disclosures from the inside out.
struct Concealer<'a> {
    entropy: &'a dyn Entropy,
    hash: HashAlgorithm,
    decoys: u8,
    disclosures: Vec<String>,
}

impl Concealer<'_> {
    /// Conceals in `value` by those `rules`, what remains of each path below it.
    fn value(&mut self, value: Value, rules: &[&[PathStep]], depth: usize) -> Result<Value, IssueError> {
        match value {
            Value::Object(_) | Value::Array(_) if depth >= MAX_DEPTH => Err(IssueError::TooDeep),
            Value::Object(members) => self.object(members, rules, depth),
            Value::Array(elements) => self.array(elements, rules, depth),
            scalar => Ok(scalar),
        }
    }

    fn object(
        &mut self,
        members: Map<String, Value>,
        rules: &[&[PathStep]],
        depth: usize,
    ) -> Result<Value, IssueError> {
        let (mut open, mut digests) = (Map::new(), Vec::new());
        for (name, value) in members {
            if [SD, SD_ALG, ELLIPSIS].contains(&name.as_str()) {
                return Err(IssueError::ReservedName);
            }
            let below = below(rules, |step| matches!(step, PathStep::Key(key) if *key == name));
            let value = self.value(value, &below, depth + 1)?;
            if below.iter().any(|rule| rule.is_empty()) {
                digests.push(self.disclose(Some(&name), &value));
            } else {
                open.insert(name, value);
            }
        }
        if rules.iter().any(|rule| matches!(rule, [PathStep::Key(_)])) {
            digests.extend((0..self.below(usize::from(self.decoys) + 1)).map(|_| self.decoy()));
        }
        if !digests.is_empty() {
            // Digests are as good as random: sorted, they say nothing about the order of the claims (§4.2.4.1).
            digests.sort_unstable();
            open.insert(SD.to_owned(), digests.into());
        }
        Ok(Value::Object(open))
    }

    fn array(
        &mut self,
        elements: Vec<Value>,
        rules: &[&[PathStep]],
        depth: usize,
    ) -> Result<Value, IssueError> {
        let mut open = Vec::with_capacity(elements.len());
        for (index, value) in elements.into_iter().enumerate() {
            let below = below(rules, |step| match step {
                PathStep::Index(wanted) => *wanted == index,
                PathStep::All => true,
                PathStep::Key(_) => false,
            });
            let value = self.value(value, &below, depth + 1)?;
            let concealed = below.iter().any(|rule| rule.is_empty());
            open.push(if concealed { json!({ELLIPSIS: self.disclose(None, &value)}) } else { value });
        }
        if rules.iter().any(|rule| matches!(rule, [PathStep::Index(_) | PathStep::All])) {
            for _ in 0..self.below(usize::from(self.decoys) + 1) {
                open.insert(self.below(open.len() + 1), json!({ELLIPSIS: self.decoy()}));
            }
        }
        Ok(Value::Array(open))
    }

    /// Makes a disclosure and returns its digest.
    fn disclose(&mut self, name: Option<&str>, value: &Value) -> String {
        let encoded = disclosure::write(name, value, self.entropy);
        let digest = digest(self.hash, &encoded);
        self.disclosures.push(encoded);
        digest
    }

    /// A digest of 256 random bits, which no disclosure has (§4.2.5).
    fn decoy(&self) -> String {
        let mut random = [0; 32];
        self.entropy.fill(&mut random);
        jigap_keys::base64url::encode(self.hash.digest(&random))
    }

    /// A random number below `bound`, which is small: the bias of the remainder is below 2^-50.
    fn below(&self, bound: usize) -> usize {
        let mut random = [0; 8];
        self.entropy.fill(&mut random);
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(u64::from_be_bytes(random) % bound).unwrap_or_default()
    }
}

/// What remains of each rule whose next step is taken.
fn below<'r>(rules: &[&'r [PathStep]], taken: impl Fn(&PathStep) -> bool) -> Vec<&'r [PathStep]> {
    rules
        .iter()
        .filter_map(|rule| rule.split_first())
        .filter(|(step, _)| taken(step))
        .map(|(_, rest)| rest)
        .collect()
}
