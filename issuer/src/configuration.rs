//! Credential configurations: which types a tenant issues, and in which formats (OpenID4VCI 1.0 §12.2.4, Appendix A).
//!
//! An SD-JWT VC has the name of its type's folder as its configuration id, other formats `{folder}_{format}`. An mdoc is of
//! the document type that the folder's `mdoc.json` names, which stands in trust lists and queries too. A W3C
//! credential is of the class that the type's JSON-LD context defines under the folder's name in capitals (`student-id`:
//! `StudentId`); trust lists and queries name its IRI. Refused: a type whose context defines no such class, and one with a
//! claim `id` or `type`, which W3C credentials keep for themselves.

use std::sync::Arc;

use jigap_keys::KeyType;
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::contexts::{Contexts, VERIFIABLE_CREDENTIAL};
use jigap_wallet_core::ldp::Cryptosuite;
use jigap_wallet_core::mdoc::{FillError, MdocForm};
use jigap_wallet_core::pass::{Generation, Kind};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::vci::ConfigurationFormat;
use jigap_wallet_core::vcjwt::CONTEXT_V2;
use serde_json::{Map, Value, json};

use crate::credential::PROOF_ALGORITHMS;
use crate::types::{ClaimError, CredentialType, PassForm};

/// Claims that W3C credentials keep for themselves.
const RESERVED: [&str; 2] = ["id", "type"];
/// Where a W3C credential says what it says of somebody.
const SUBJECT: &str = "credentialSubject";

/// A credential type in one format.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The type: what may be said.
    pub credential_type: Arc<CredentialType>,
    /// The format: how it is said.
    pub format: IssuedFormat,
}

/// A format, and what it makes of the type.
#[derive(Debug, Clone)]
pub enum IssuedFormat {
    /// `dc+sd-jwt`.
    SdJwtVc,
    /// `jwt_vc_json`, in the data model 2.0.
    JwtVcJson(W3cType),
    /// `ldp_vc`, with a proof of this cryptosuite, in the data model 2.0. Its status is in Bitstring Status Lists: a Token
    /// Status List has no place in such a credential.
    LdpVc(W3cType, DocumentSuite),
    /// `mso_mdoc` (ISO 18013-5).
    MsoMdoc(MdocForm),
    /// `jigap_pass`: an entry pass.
    JigapPass(PassForm),
    /// `jigap_pass_blind`: an entry pass that is signed blindly.
    BlindPass(PassForm),
}

/// What documents are secured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentSuite {
    /// A cryptosuite of keys that sign bytes: the tenant's own.
    Signed(Cryptosuite),
    /// `bbs-2023`, by a key of its own.
    Bbs,
}

impl DocumentSuite {
    /// `cryptosuite` of its proofs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signed(suite) => match suite.name() {
                Some(name) => name,
                None => suite.proof_type(),
            },
            Self::Bbs => "bbs-2023",
        }
    }

    /// Whether a tenant with keys of this type issues in it.
    pub fn takes(self, key_type: KeyType) -> bool {
        match self {
            Self::Signed(suite) => suite.takes(key_type),
            Self::Bbs => true,
        }
    }
}

/// A credential type as W3C credentials name it.
#[derive(Debug, Clone)]
pub struct W3cType {
    /// The URL of its context.
    context: String,
    /// The name of its class, a term of the context.
    name: String,
    /// The same, expanded.
    iri: String,
    /// What credentials of the type are read by.
    known: Contexts,
}

impl Configuration {
    /// What trust lists call the type: its `vct`, the IRI of its class, or its document type.
    pub fn trusted_type(&self) -> &str {
        match &self.format {
            IssuedFormat::SdJwtVc => self.credential_type.vct(),
            IssuedFormat::JwtVcJson(of) | IssuedFormat::LdpVc(of, _) => &of.iri,
            IssuedFormat::MsoMdoc(form) => form.doc_type(),
            IssuedFormat::JigapPass(form) | IssuedFormat::BlindPass(form) => form.trusted_type(),
        }
    }

    /// Whether its copies have places in status lists. Entry passes have none: the list would tell when they were issued.
    pub(crate) fn has_status(&self) -> bool {
        self.pass().is_none_or(|form| !form.is_many())
    }

    /// Its form, if it is a pass.
    pub(crate) const fn pass(&self) -> Option<&PassForm> {
        match &self.format {
            IssuedFormat::JigapPass(form) | IssuedFormat::BlindPass(form) => Some(form),
            _ => None,
        }
    }

    /// When the last of what is issued at `now` ends: entry passes end with their generation, whatever their issuer's validity.
    pub(crate) fn ends(&self, now: Timestamp, validity: Seconds) -> Timestamp {
        if !self.is_entry_pass() {
            return now.plus(validity);
        }
        let generation = Generation::of(now);
        if generation.next().is_issued_at(now) { generation.next().ends() } else { generation.ends() }
    }

    /// Whether it is an entry pass: of all that is issued, what may be had again and again.
    pub(crate) fn is_entry_pass(&self) -> bool {
        self.pass().is_some_and(|form| form.kind() == Kind::Entry)
    }

    /// Whether it is passes that are signed blindly.
    pub(crate) const fn is_blind(&self) -> bool {
        matches!(self.format, IssuedFormat::BlindPass(_))
    }

    /// Whether it is of a format of W3C, whose types are classes.
    pub(crate) const fn is_w3c(&self) -> bool {
        matches!(self.format, IssuedFormat::JwtVcJson(_) | IssuedFormat::LdpVc(..))
    }

    /// Checks what an issuer wants to say of a person: by the type, and whether the format can say it. Reports all errors of the
    /// first kind that there is.
    pub(crate) fn check(&self, claims: &Map<String, Value>) -> Result<(), Vec<ClaimError>> {
        self.credential_type.check(claims)?;
        if self.pass().is_some_and(|form| !form.can_say(claims)) {
            let rule = "does not fit a pass: a text has 40 bytes at most, all together some 80";
            let error = ClaimError { path: String::new(), keyword: "pass".to_owned(), rule: rule.to_owned() };
            return Err(vec![error]);
        }
        let IssuedFormat::MsoMdoc(form) = &self.format else { return Ok(()) };
        form.check(claims).map_err(|error| {
            let (path, rule) = match error {
                FillError::NotOfType(path) => (path, "is not of the type of its data element"),
                // Its name is nobody's word but the caller's.
                FillError::NoElement(_) => (String::new(), "a claim has no data element"),
            };
            vec![ClaimError { path, keyword: "mdoc".to_owned(), rule: rule.to_owned() }]
        })
    }

    /// Format and type as the issuer's metadata says them.
    pub(crate) fn described(&self) -> ConfigurationFormat {
        match &self.format {
            IssuedFormat::SdJwtVc => {
                ConfigurationFormat::SdJwtVc { vct: self.credential_type.vct().to_owned() }
            }
            IssuedFormat::JwtVcJson(of) => ConfigurationFormat::JwtVcJson { types: of.types() },
            IssuedFormat::LdpVc(of, _) => {
                let context = of.contexts().into_iter().map(Value::from).collect();
                ConfigurationFormat::LdpVc { context, types: of.types() }
            }
            IssuedFormat::MsoMdoc(form) => {
                ConfigurationFormat::MsoMdoc { doctype: form.doc_type().to_owned() }
            }
            IssuedFormat::JigapPass(form) => {
                ConfigurationFormat::JigapPass { pass_type: form.trusted_type().to_owned() }
            }
            IssuedFormat::BlindPass(form) => {
                ConfigurationFormat::JigapBlindPass { pass_type: form.trusted_type().to_owned() }
            }
        }
    }

    /// The claims that every show of a credential tells, where they stand in one of this format.
    pub(crate) fn always_shown(&self) -> Vec<ClaimPath> {
        self.credential_type.always_shown().filter_map(|path| self.path(path)).collect()
    }

    /// Where the claim that the type has at `path` stands in a credential of this format; `None` if it is no claim of its own
    /// there: an mdoc is described by its data elements alone (OpenID4VCI 1.0 C.2).
    pub(crate) fn path(&self, path: &ClaimPath) -> Option<ClaimPath> {
        Some(match &self.format {
            IssuedFormat::SdJwtVc => path.clone(),
            IssuedFormat::MsoMdoc(form) => return form.path(path),
            IssuedFormat::JigapPass(form) | IssuedFormat::BlindPass(form) => {
                return form.says(path).then(|| path.clone());
            }
            IssuedFormat::JwtVcJson(_) | IssuedFormat::LdpVc(..) => {
                let subject = PathStep::Key(SUBJECT.to_owned());
                let steps = std::iter::once(subject).chain(path.steps().iter().cloned()).collect();
                ClaimPath::new(steps).unwrap_or_else(|_| path.clone())
            }
        })
    }
}

impl IssuedFormat {
    /// How wallets may name the key that a credential is bound to.
    pub(crate) fn binding_methods(&self) -> Vec<String> {
        let methods: &[&str] = match self {
            Self::SdJwtVc => &["jwk"],
            Self::JwtVcJson(_) | Self::LdpVc(..) => &["jwk", "did:jwk", "did:key"],
            Self::MsoMdoc(_) | Self::JigapPass(_) => &["cose_key"],
            // Nobody proves a key: that would show it.
            Self::BlindPass(_) => &[],
        };
        methods.iter().map(|method| (*method).to_owned()).collect()
    }

    /// The algorithms of key proofs. Who is to show a document signs it by Ed25519.
    pub(crate) fn proof_algorithms(&self) -> Vec<String> {
        let algorithms: &[&str] = match self {
            Self::LdpVc(..) => &["EdDSA"],
            Self::JigapPass(_) => &["ES256", "EdDSA"],
            Self::BlindPass(_) => &[],
            _ => &PROOF_ALGORITHMS,
        };
        algorithms.iter().map(|name| (*name).to_owned()).collect()
    }

    /// What the issuer signs with: JOSE's name of its algorithm `jose`, or the cryptosuite.
    pub(crate) fn signing_algorithm(&self, jose: &'static str) -> &'static str {
        match self {
            Self::LdpVc(_, cryptosuite) => cryptosuite.name(),
            _ => jose,
        }
    }
}

impl W3cType {
    /// What W3C credentials make of `credential_type`; `None` if its context or its claims do not allow it.
    pub fn of(credential_type: &CredentialType) -> Option<Self> {
        let context = credential_type.context_url();
        let name = capitalized(credential_type.name());
        let known = Contexts::built_in().clone();
        let known = known.with(&context, credential_type.context().as_bytes()).ok()?;
        let described = json!({"@context": [CONTEXT_V2, context], "type": ["VerifiableCredential", name]});
        let mut types = known.expanded_types(&described).into_iter();
        let iri = match (types.next(), types.next(), types.next()) {
            // A class that no context defines would stay as it is.
            (Some(first), Some(iri), None) if first == VERIFIABLE_CREDENTIAL && iri != name => iri,
            _ => return None,
        };
        let is_reserved = |path: &ClaimPath| matches!(path.steps(), [PathStep::Key(key), ..] if RESERVED.contains(&key.as_str()));
        let allowed = !credential_type.claims().iter().any(|rule| is_reserved(&rule.path));
        allowed.then_some(Self { context, name, iri, known })
    }

    /// What a document is signed by.
    pub(crate) fn known(&self) -> &Contexts {
        &self.known
    }

    /// `@context` of a credential.
    pub(crate) fn contexts(&self) -> Vec<String> {
        vec![CONTEXT_V2.to_owned(), self.context.clone()]
    }

    /// `type` of a credential.
    pub(crate) fn types(&self) -> Vec<String> {
        vec!["VerifiableCredential".to_owned(), self.name.clone()]
    }
}

/// `student-id` as `StudentId`.
fn capitalized(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    name.split('-').filter_map(word).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jigap_keys::{Entropy, json};
    use jigap_platform::testing::SeededEntropy;
    use jigap_tests::sources::files;
    use jigap_wallet_core::ldp;
    use url::Url;

    use super::*;
    use crate::types::CredentialTypes;
    use crate::w3c::Statement;

    const BASE: &str = "https://id.example/types";

    fn built_in() -> CredentialTypes {
        CredentialTypes::built_in(&Url::parse(BASE).unwrap()).unwrap()
    }

    #[test]
    fn every_type_of_the_house_has_a_class_of_its_own() {
        let classes: Vec<String> =
            built_in().iter().map(|(_, found)| W3cType::of(found).unwrap().iri).collect();
        let expected = [
            "check-in/1#CheckIn",
            "driver-licence/1#DriverLicence",
            "entry-pass/1#EntryPass",
            "membership/1#Membership",
            "professional-registration/1#ProfessionalRegistration",
            "reputation/1#Reputation",
            "student-card/1#StudentCard",
            "student-id/1#StudentId",
            "technical-qualification/1#TechnicalQualification",
            "ticket/1#Ticket",
        ];
        assert_eq!(classes, expected.map(|end| format!("{BASE}/{end}")));
    }

    /// The student ID with one of its files changed.
    fn changed(file: &str, from: &str, to: &str) -> Option<W3cType> {
        let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
        let all = ["svg", "jsonld", "json"].into_iter().flat_map(|kind| files(&schemas, kind));
        let of_type = all.filter(|(path, _)| path.starts_with("student-id/") && !path.contains("examples"));
        let files = of_type.map(|(path, text)| {
            let text = if path.ends_with(file) { text.replace(from, to) } else { text };
            (path, text.into_bytes())
        });
        let types = CredentialTypes::load(&files.collect(), &Url::parse(BASE).unwrap()).unwrap();
        W3cType::of(types.get("student-id").unwrap())
    }

    #[test]
    fn a_type_without_a_class_is_none_of_w3c() {
        assert!(changed("none", "", "").is_some());
        assert!(changed("context.jsonld", "\"StudentId\":", "\"Student\":").is_none());
        assert!(changed("context.jsonld", "\"family_name\":", "\"VerifiableCredential\":").is_none());
    }

    /// What a document could not say would be found only when somebody is issued it.
    #[test]
    fn every_valid_example_of_every_type_can_be_signed_as_a_document() {
        let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
        let mut signed = 0;
        for (path, text) in files(&schemas, "json") {
            let Some((name, _)) = path.split_once("/examples/valid/") else { continue };
            let of = W3cType::of(built_in().get(name).unwrap()).unwrap();
            let claims = json::parse(text.as_bytes(), json::Limits::MESSAGE).unwrap();
            let statement = Statement {
                of: &of,
                issuer: "did:web:id.example:hanbit",
                holder: "did:example:holder",
                claims: claims.as_object().unwrap(),
                begins: Timestamp::from_unix(1_800_000_000),
                validity: Seconds(86_400),
            };
            let (begins, contexts) = (statement.begins, of.known().for_data_integrity());
            let (method, always) = ("did:web:id.example:hanbit#1", &issued(name).always_shown());
            let by = (KeyType::Ed25519, contexts);
            let made = ldp::issue(statement.document(), method, begins, by);
            assert!(made.is_ok(), "{path}: {made:?}");
            let by = (contexts, &SeededEntropy::new(1) as &dyn Entropy);
            let made = ldp::issue_selectively(statement.document(), always, method, begins, by);
            assert!(made.is_ok(), "{path}: {made:?}");
            signed += 1;
        }
        assert!(signed >= 10, "{signed}");
    }

    /// A type of the house as documents of which claims are chosen.
    fn issued(name: &str) -> Configuration {
        let credential_type = Arc::clone(built_in().get(name).unwrap());
        let format = IssuedFormat::LdpVc(W3cType::of(&credential_type).unwrap(), DocumentSuite::Bbs);
        Configuration { credential_type, format }
    }

    /// `kr` is open, and each of its members is disclosed alone: who is shown it would see them all.
    #[test]
    fn only_what_nothing_in_it_or_around_it_conceals_is_always_shown() {
        let shown = |name| issued(name).always_shown().iter().map(ToString::to_string).collect::<Vec<_>>();
        let licence = ["credentialSubject.issuing_country", "credentialSubject.un_distinguishing_sign"];
        assert_eq!(shown("driver-licence"), licence);
        let others = ["check-in", "entry-pass", "membership", "professional-registration", "student-card"];
        for name in others.into_iter().chain(["student-id", "technical-qualification", "ticket"]) {
            assert!(shown(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn a_claim_stands_below_the_subject_of_a_w3c_credential() {
        let types = built_in();
        let credential_type = Arc::clone(types.get("student-id").unwrap());
        let of = W3cType::of(&credential_type).unwrap();
        let path = ClaimPath::from_json(&json!(["institution", "name"])).unwrap();
        let sd_jwt =
            Configuration { credential_type: Arc::clone(&credential_type), format: IssuedFormat::SdJwtVc };
        assert_eq!(sd_jwt.path(&path), Some(path.clone()));
        let jwt = Configuration { credential_type, format: IssuedFormat::JwtVcJson(of) };
        assert_eq!(jwt.path(&path).unwrap().to_string(), "credentialSubject.institution.name");
    }
}
