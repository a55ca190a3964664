//! Credential Issuer Metadata (OpenID4VCI 1.0 §12.2): read by the wallet, built by the issuer.
//!
//! Refuses metadata of another issuer than was asked, endpoints without https, a batch size under 2, configurations that
//! lack what their format demands, and claim descriptions that repeat or contradict each other (appendix B.3).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use url::Url;

use super::display::{claims, displays, displays_json};
use super::read::{self, Members};
use super::write::{filled, list, maybe, object, some};
use super::{ClaimDescription, Display, IssuerIdentifier, MessageError};
use crate::people::dsub::SUITE;

/// The metadata of a credential issuer, as far as Jigap acts on it.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuerMetadata {
    /// The identifier, letter for letter.
    pub credential_issuer: IssuerIdentifier,
    /// The authorization servers it relies on; empty if it is its own.
    pub authorization_servers: Vec<IssuerIdentifier>,
    /// Where credentials are asked for.
    pub credential_endpoint: Url,
    /// Where a `c_nonce` comes from; if there is one, every proof must carry a nonce.
    pub nonce_endpoint: Option<Url>,
    /// Where the wallet says what became of the credentials.
    pub notification_endpoint: Option<Url>,
    /// Most proofs in one request, 2 or more; absent: one.
    pub batch_size: Option<u32>,
    /// Whether requests or responses must be encrypted, which Jigap does not do: it can then only say so.
    pub encryption_required: bool,
    /// Names and logos by language.
    pub display: Vec<Display>,
    /// What can be issued, by configuration id.
    pub credential_configurations_supported: BTreeMap<String, CredentialConfiguration>,
}

/// One kind of credential on offer.
#[derive(Debug, Clone, PartialEq)]
pub struct CredentialConfiguration {
    /// Format, and what the format says about the type.
    pub format: ConfigurationFormat,
    /// OAuth scope to ask for it by.
    pub scope: Option<String>,
    /// How the holder's key may be named (`jwk`, `cose_key`, `did:…`); empty: no key binding.
    pub cryptographic_binding_methods_supported: Vec<String>,
    /// What the issuer signs with: names (JOSE, Data Integrity) or numbers (COSE), as the format has it.
    pub credential_signing_alg_values_supported: Vec<Value>,
    /// Key proofs by type; empty: none asked for.
    pub proof_types_supported: BTreeMap<String, ProofType>,
    /// Names and looks by language (`credential_metadata.display`).
    pub display: Vec<Display>,
    /// What it tells (`credential_metadata.claims`), in the order it is shown.
    pub claims: Vec<ClaimDescription>,
    /// `dsub`: whether there are directory-scoped copies of it, by a suite that Jigap has (docs/SPECS.md, "People").
    pub dsub: Option<DsubSupport>,
}

/// What a configuration says of directory-scoped copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DsubSupport {
    /// Whether its refresh tokens give such copies and no others.
    pub refresh_only: bool,
}

/// The Credential Format Profiles of appendix A.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfigurationFormat {
    /// `dc+sd-jwt`, with its type.
    SdJwtVc {
        /// The type.
        vct: String,
    },
    /// `jwt_vc_json`.
    JwtVcJson {
        /// `credential_definition.type`.
        types: Vec<String>,
    },
    /// `jwt_vc_json-ld`.
    JwtVcJsonLd {
        /// `credential_definition.@context`: URLs or objects.
        context: Vec<Value>,
        /// `credential_definition.type`.
        types: Vec<String>,
    },
    /// `ldp_vc`.
    LdpVc {
        /// `credential_definition.@context`: URLs or objects.
        context: Vec<Value>,
        /// `credential_definition.type`.
        types: Vec<String>,
    },
    /// `mso_mdoc`.
    MsoMdoc {
        /// The document type.
        doctype: String,
    },
    /// `jigap_pass`, an entry pass (docs/SPECS.md, "Entry passes").
    JigapPass {
        /// What trust lists call its kind.
        pass_type: String,
    },
    /// `jigap_pass_blind`, an entry pass that its issuer does not recognise (docs/SPECS.md, "Entry passes").
    JigapBlindPass {
        /// What trust lists call its kind.
        pass_type: String,
    },
    /// A format the specification does not profile; a wallet leaves such a configuration alone.
    Other(String),
}

/// What a key proof of one type must be (`proof_types_supported`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProofType {
    /// The algorithms it may be signed with; not empty.
    pub proof_signing_alg_values_supported: Vec<String>,
    /// Whether a key attestation is demanded, which Jigap's wallet cannot give.
    pub key_attestations_required: bool,
}

impl IssuerMetadata {
    /// Reads the document fetched from [`IssuerIdentifier::issuer_metadata_url`] of `expected`; refuses one that says it
    /// is another's (§12.2.4).
    pub fn parse(json: &[u8], expected: &IssuerIdentifier) -> Result<Self, MessageError> {
        let message = read::object(json)?;
        let members = Members::new(&message);
        let credential_issuer = members.issuer("credential_issuer")?;
        if credential_issuer != *expected {
            return Err(MessageError::invalid("credential_issuer", "is not the issuer that was asked"));
        }
        let servers = members.optional_texts("authorization_servers")?;
        let mut configurations = BTreeMap::new();
        for (id, value) in members.object("credential_configurations_supported")?.names() {
            configurations.insert(id.clone(), CredentialConfiguration::read(value)?);
        }
        Ok(Self {
            credential_issuer,
            authorization_servers: servers
                .iter()
                .map(|server| IssuerIdentifier::parse(server, "authorization_servers"))
                .collect::<Result<_, _>>()?,
            credential_endpoint: members.endpoint("credential_endpoint")?,
            nonce_endpoint: members.optional_endpoint("nonce_endpoint")?,
            notification_endpoint: members.optional_endpoint("notification_endpoint")?,
            batch_size: batch_size(members)?,
            encryption_required: encryption_required(members)?,
            display: displays(members)?,
            credential_configurations_supported: configurations,
        })
    }

    /// The document to publish as `application/json`.
    pub fn to_json(&self) -> Value {
        let configurations: Map<String, Value> = self
            .credential_configurations_supported
            .iter()
            .map(|(id, configuration)| (id.clone(), configuration.to_json()))
            .collect();
        object([
            ("credential_issuer", some(&self.credential_issuer)),
            ("authorization_servers", list(&self.authorization_servers)),
            ("credential_endpoint", some(self.credential_endpoint.as_str())),
            ("nonce_endpoint", maybe(self.nonce_endpoint.as_ref().map(Url::as_str))),
            ("notification_endpoint", maybe(self.notification_endpoint.as_ref().map(Url::as_str))),
            ("batch_credential_issuance", self.batch_size.map(|size| json!({"batch_size": size}))),
            ("display", displays_json(&self.display)),
            ("credential_configurations_supported", some(configurations)),
        ])
    }

    /// The authorization servers to choose from: those named, or the issuer itself.
    pub fn servers(&self) -> Vec<&IssuerIdentifier> {
        if self.authorization_servers.is_empty() {
            vec![&self.credential_issuer]
        } else {
            self.authorization_servers.iter().collect()
        }
    }

    /// Most proofs one request may carry.
    pub fn max_proofs(&self) -> usize {
        self.batch_size.map_or(1, |size| usize::try_from(size).unwrap_or(usize::MAX))
    }
}

impl CredentialConfiguration {
    /// Whether a request must carry key proofs. Refuses a configuration that names ways to bind a key but no proofs, or
    /// proofs but no ways (§12.2.4): nobody can ask for such a credential. It spoils only itself, so that it is noticed
    /// here and not when the metadata is read.
    pub fn requires_proofs(&self) -> Result<bool, MessageError> {
        let binds = !self.cryptographic_binding_methods_supported.is_empty();
        if binds == self.proof_types_supported.is_empty() {
            return Err(MessageError::invalid(
                "proof_types_supported",
                "is not there exactly if `cryptographic_binding_methods_supported` is",
            ));
        }
        Ok(binds)
    }

    fn read(value: &Value) -> Result<Self, MessageError> {
        let members = Members::of(value, "credential_configurations_supported")?;
        let binding = members.optional_texts("cryptographic_binding_methods_supported")?;
        let mut proof_types = BTreeMap::new();
        for (name, value) in
            members.optional_object("proof_types_supported")?.into_iter().flat_map(Members::names)
        {
            proof_types.insert(name.clone(), ProofType::read(value)?);
        }
        let metadata = members.optional_object("credential_metadata")?;
        let algorithms = members.optional_array("credential_signing_alg_values_supported")?;
        if !algorithms.iter().all(|algorithm| algorithm.is_string() || algorithm.is_i64()) {
            return Err(MessageError::invalid(
                "credential_signing_alg_values_supported",
                "has an element that is no algorithm",
            ));
        }
        Ok(Self {
            format: ConfigurationFormat::read(members)?,
            scope: members.optional_string("scope")?,
            cryptographic_binding_methods_supported: binding,
            credential_signing_alg_values_supported: algorithms.to_vec(),
            proof_types_supported: proof_types,
            display: metadata.map(displays).transpose()?.unwrap_or_default(),
            claims: metadata.map(claims).transpose()?.unwrap_or_default(),
            // What somebody else means by it does not spoil the rest.
            dsub: members.optional_object("dsub").ok().flatten().and_then(DsubSupport::read),
        })
    }

    fn to_json(&self) -> Value {
        let proof_types = self.proof_types_supported.iter();
        let proof_types: Map<String, Value> =
            proof_types.map(|(name, proof)| (name.clone(), proof.to_json())).collect();
        let claims: Vec<Value> = self.claims.iter().map(ClaimDescription::to_json).collect();
        let metadata = object([("display", displays_json(&self.display)), ("claims", list(&claims))]);
        let (type_member, type_value) = self.format.type_member();
        object([
            ("format", some(self.format.id())),
            (type_member, type_value),
            ("scope", maybe(self.scope.as_deref())),
            ("cryptographic_binding_methods_supported", list(&self.cryptographic_binding_methods_supported)),
            ("credential_signing_alg_values_supported", list(&self.credential_signing_alg_values_supported)),
            ("proof_types_supported", filled(proof_types.into())),
            ("credential_metadata", filled(metadata)),
            ("dsub", self.dsub.map(DsubSupport::to_json)),
        ])
    }
}

impl ConfigurationFormat {
    /// The Credential Format Identifier.
    pub fn id(&self) -> &str {
        match self {
            Self::SdJwtVc { .. } => "dc+sd-jwt",
            Self::JwtVcJson { .. } => "jwt_vc_json",
            Self::JwtVcJsonLd { .. } => "jwt_vc_json-ld",
            Self::LdpVc { .. } => "ldp_vc",
            Self::MsoMdoc { .. } => "mso_mdoc",
            Self::JigapPass { .. } => "jigap_pass",
            Self::JigapBlindPass { .. } => "jigap_pass_blind",
            Self::Other(id) => id,
        }
    }

    fn read(members: Members<'_>) -> Result<Self, MessageError> {
        let definition = || members.object("credential_definition");
        let context = || match definition()?.optional_array("@context")? {
            [] => Err(MessageError::Missing("@context")),
            context => Ok(context.to_vec()),
        };
        Ok(match members.text("format")? {
            "dc+sd-jwt" => Self::SdJwtVc { vct: members.text("vct")?.to_owned() },
            "jwt_vc_json" => Self::JwtVcJson { types: definition()?.texts("type")? },
            "jwt_vc_json-ld" => {
                Self::JwtVcJsonLd { context: context()?, types: definition()?.texts("type")? }
            }
            "ldp_vc" => Self::LdpVc { context: context()?, types: definition()?.texts("type")? },
            "mso_mdoc" => Self::MsoMdoc { doctype: members.text("doctype")?.to_owned() },
            "jigap_pass" => Self::JigapPass { pass_type: members.text("pass_type")?.to_owned() },
            "jigap_pass_blind" => Self::JigapBlindPass { pass_type: members.text("pass_type")?.to_owned() },
            other => Self::Other(other.to_owned()),
        })
    }

    /// The member that says the type.
    fn type_member(&self) -> (&'static str, Option<Value>) {
        match self {
            Self::SdJwtVc { vct } => ("vct", some(vct)),
            Self::JwtVcJson { types } => ("credential_definition", Some(json!({"type": types}))),
            Self::JwtVcJsonLd { context, types } | Self::LdpVc { context, types } => {
                ("credential_definition", Some(json!({"@context": context, "type": types})))
            }
            Self::MsoMdoc { doctype } => ("doctype", some(doctype)),
            Self::JigapPass { pass_type } | Self::JigapBlindPass { pass_type } => {
                ("pass_type", some(pass_type))
            }
            Self::Other(_) => ("credential_definition", None),
        }
    }
}

impl DsubSupport {
    fn read(members: Members<'_>) -> Option<Self> {
        let known = members.text("suite") == Ok(SUITE);
        let refresh_only = members.optional_boolean("refresh_only").ok()?.unwrap_or_default();
        known.then_some(Self { refresh_only })
    }

    fn to_json(self) -> Value {
        object([("suite", some(SUITE)), ("refresh_only", self.refresh_only.then_some(Value::Bool(true)))])
    }
}

impl ProofType {
    fn read(value: &Value) -> Result<Self, MessageError> {
        let members = Members::of(value, "proof_types_supported")?;
        Ok(Self {
            proof_signing_alg_values_supported: members.texts("proof_signing_alg_values_supported")?,
            key_attestations_required: members.optional_object("key_attestations_required")?.is_some(),
        })
    }

    fn to_json(&self) -> Value {
        object([
            ("proof_signing_alg_values_supported", some(&self.proof_signing_alg_values_supported)),
            ("key_attestations_required", self.key_attestations_required.then(|| json!({}))),
        ])
    }
}

fn batch_size(members: Members<'_>) -> Result<Option<u32>, MessageError> {
    let Some(batch) = members.optional_object("batch_credential_issuance")? else { return Ok(None) };
    match batch.optional_unsigned("batch_size")? {
        None => Err(MessageError::Missing("batch_size")),
        Some(0 | 1) => Err(MessageError::invalid("batch_size", "is less than 2")),
        Some(size) => Ok(Some(u32::try_from(size).unwrap_or(u32::MAX))),
    }
}

fn encryption_required(members: Members<'_>) -> Result<bool, MessageError> {
    let mut required = false;
    for member in ["credential_request_encryption", "credential_response_encryption"] {
        if let Some(encryption) = members.optional_object(member)? {
            let flag = encryption.optional_boolean("encryption_required")?;
            required |= flag.ok_or(MessageError::Missing("encryption_required"))?;
        }
    }
    Ok(required)
}

#[cfg(test)]
mod tests;
