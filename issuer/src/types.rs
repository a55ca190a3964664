//! Credential types: what an issuer may say, how a person reads it, and what can be disclosed alone.
//!
//! A type is a folder of data (schemas/README.md): a JSON Schema 2020-12 of the claims, SD-JWT VC Type Metadata
//! (draft-ietf-oauth-sd-jwt-vc, "SD-JWT VC Type Metadata"), a card as SVG template, a JSON-LD context, and where it has them the
//! forms of an mdoc and of entry passes. Loading refuses a folder whose parts disagree, that lacks a language, whose schema wants another document, or that describes a claim
//! which only the protocol may set. No error names the value of a claim.

mod built_in;
mod card;
mod metadata;
mod pass;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::hash::sha256;
use jigap_keys::json::{self, JsonError, Limits};
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::mdoc::MdocForm;
use jigap_wallet_core::text::Lang;
use serde_json::{Map, Value};
use url::Url;

use metadata::Metadata;
pub use metadata::{ClaimRule, Face};
pub(crate) use pass::Given;
pub use pass::PassForm;
pub use schema::ClaimError;

/// Where the identifiers of the built-in types begin until the configuration names another place (schemas/README.md).
pub const EXAMPLE_BASE: &str = "https://jigap.example/types";

/// Claims that the protocol sets (SD-JWT VC, "Registered JWT Claims"; RFC 9901 §4.1): no type may describe them.
const PROTOCOL_CLAIMS: [&str; 15] = [
    "iss",
    "sub",
    "aud",
    "nbf",
    "exp",
    "iat",
    "jti",
    "cnf",
    "vct",
    "vct#integrity",
    "aka_vcts",
    "status",
    "_sd",
    "_sd_alg",
    // of copies for directories (docs/SPECS.md, "People")
    "dsub",
];

/// The credential types of one deployment, by the name of their folder.
#[derive(Debug, Clone)]
pub struct CredentialTypes {
    types: BTreeMap<String, Arc<CredentialType>>,
}

/// One credential type.
#[derive(Debug)]
pub struct CredentialType {
    name: String,
    schema: schema::Schema,
    metadata: Metadata,
    type_metadata: String,
    vct_integrity: String,
    card: String,
    context: String,
    schema_text: String,
    mdoc: Option<MdocForm>,
    pass: Option<PassForm>,
}

/// Why a folder is no credential type: the fault of who wrote it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypeError {
    /// One of the four files is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// A file is not UTF-8.
    #[error("{0} is not UTF-8")]
    NotText(String),
    /// A file is not strict JSON.
    #[error("{0}: {1}")]
    Json(String, JsonError),
    /// The JSON Schema is malformed, uses an unknown format, or wants another document.
    #[error("{0} is no JSON Schema 2020-12 that stands alone")]
    Schema(String),
    /// The type metadata has not the shape the specification or this house asks for.
    #[error("{0}: {1}")]
    Metadata(String, &'static str),
    /// The card cannot be filled in safely.
    #[error("{0}: {1}")]
    Card(String, &'static str),
    /// Schema and type metadata do not describe the same claims, or not as equally mandatory.
    #[error("{0}: schema and type metadata disagree about {1}")]
    Disagreement(String, String),
    /// The form of the mdoc breaks its format.
    #[error("{0} is no form of an mdoc")]
    Mdoc(String),
    /// The form of its passes breaks its format, or leads to a claim that the type has not.
    #[error("{0} is no form of a pass")]
    Pass(String),
    /// The form of the mdoc has no element for a claim.
    #[error("{0} has no data element for {1}")]
    NoElement(String, String),
    /// Two folders describe the same `vct`, or the same document type.
    #[error("{0} has the vct or the document type of another type")]
    Repeated(String),
    /// The base has a query or fragment, or cannot be one.
    #[error("identifiers cannot begin with this base")]
    Base,
}

impl CredentialTypes {
    /// The types that come with Jigap, their identifiers beginning with `base` instead of [`EXAMPLE_BASE`].
    pub fn built_in(base: &Url) -> Result<Self, TypeError> {
        let files = built_in::FILES.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Self::load(&files.collect(), base)
    }

    /// The types in `files`: path such as `student-id/schema.json`, and content. What lies deeper than one folder, such
    /// as the examples, is left out. Identifiers beginning with [`EXAMPLE_BASE`] begin with `base` afterwards.
    pub fn load(files: &BTreeMap<String, Vec<u8>>, base: &Url) -> Result<Self, TypeError> {
        if base.cannot_be_a_base() || base.query().is_some() || base.fragment().is_some() {
            return Err(TypeError::Base);
        }
        let base = base.as_str().trim_end_matches('/');
        let folders =
            files.keys().filter_map(|path| path.split_once('/')).filter(|(_, file)| !file.contains('/'));
        let mut types: BTreeMap<String, Arc<CredentialType>> = BTreeMap::new();
        for (folder, _) in folders {
            if types.contains_key(folder) {
                continue;
            }
            let found = CredentialType::load(folder, files, base)?;
            let doc_type = found.mdoc().map(MdocForm::doc_type);
            let is_same = |other: &CredentialType| {
                let of_other = other.mdoc().map(MdocForm::doc_type);
                other.vct() == found.vct() || (doc_type.is_some() && doc_type == of_other)
            };
            if types.values().any(|other| is_same(other)) {
                return Err(TypeError::Repeated(folder.to_owned()));
            }
            types.insert(folder.to_owned(), Arc::new(found));
        }
        Ok(Self { types })
    }

    /// The type in the folder `name`.
    pub fn get(&self, name: &str) -> Option<&Arc<CredentialType>> {
        self.types.get(name)
    }

    /// The type whose identifier is `vct`.
    pub fn by_vct(&self, vct: &str) -> Option<&Arc<CredentialType>> {
        self.types.values().find(|found| found.vct() == vct)
    }

    /// All types, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<CredentialType>)> {
        self.types.iter().map(|(name, found)| (name.as_str(), found))
    }
}

impl CredentialType {
    fn load(folder: &str, files: &BTreeMap<String, Vec<u8>>, base: &str) -> Result<Self, TypeError> {
        let text = |file: &str| {
            let path = format!("{folder}/{file}");
            let bytes = files.get(&path).ok_or_else(|| TypeError::Missing(path.clone()))?;
            std::str::from_utf8(bytes).map_err(|_| TypeError::NotText(path))
        };
        let based = |file: &str| Ok::<_, TypeError>(text(file)?.replace(EXAMPLE_BASE, base));
        let at = |file: &str| format!("{folder}/{file}");
        let card = text("card.svg")?.to_owned();
        let (schema_text, type_metadata, context) =
            (based("schema.json")?, based("type-metadata.json")?, based("context.jsonld")?);
        let schema = schema::Schema::compile(parse(&at("schema.json"), &schema_text)?)
            .ok_or_else(|| TypeError::Schema(at("schema.json")))?;
        let metadata =
            Metadata::read(&parse(&at("type-metadata.json"), &type_metadata)?, &integrity(card.as_bytes()))
                .map_err(|what| TypeError::Metadata(at("type-metadata.json"), what))?;
        parse(&at("context.jsonld"), &context)?;
        card::check(&card, &metadata).map_err(|what| TypeError::Card(at("card.svg"), what))?;
        if let Some(path) = schema.disagreement(&metadata.claims) {
            return Err(TypeError::Disagreement(folder.to_owned(), path.to_string()));
        }
        let mdoc = match files.get(&at("mdoc.json")) {
            Some(form) => Some(mdoc(&at("mdoc.json"), form, &metadata.claims)?),
            None => None,
        };
        let pass = match files.get(&at("pass.json")) {
            Some(form) => {
                let of = |path: &ClaimPath| metadata.claims.iter().find(|rule| rule.path == *path);
                let has = |path: &ClaimPath| of(path).map(|rule| rule.mandatory);
                Some(PassForm::parse(form, has).ok_or_else(|| TypeError::Pass(at("pass.json")))?)
            }
            None => None,
        };
        let vct_integrity = integrity(type_metadata.as_bytes());
        Ok(Self {
            name: folder.to_owned(),
            schema,
            metadata,
            type_metadata,
            vct_integrity,
            card,
            context,
            schema_text,
            mdoc,
            pass,
        })
    }

    /// The name of its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its identifier, the `vct` claim.
    pub fn vct(&self) -> &str {
        &self.metadata.vct
    }

    /// Checks what an issuer wants to say of a person, before the protocol's own claims are added. Reports all errors.
    pub fn check(&self, claims: &Map<String, Value>) -> Result<(), Vec<ClaimError>> {
        self.schema.check(claims)
    }

    /// The JSON Schema of its claims.
    pub fn schema(&self) -> &Value {
        self.schema.document()
    }

    /// The claims that are disclosed each by itself (`sd` is `always`), outer ones first.
    pub fn concealable(&self) -> &[ClaimPath] {
        &self.metadata.concealable
    }

    /// The claims that no holder withholds: none that is disclosed by itself stands in them or around them.
    pub fn always_shown(&self) -> impl Iterator<Item = &ClaimPath> {
        let around = |one: &ClaimPath, other: &ClaimPath| one.steps().starts_with(other.steps());
        let alone = move |path: &&ClaimPath| {
            !self.concealable().iter().any(|hidden| around(path, hidden) || around(hidden, path))
        };
        self.claims().iter().map(|rule| &rule.path).filter(alone)
    }

    /// What is said of each claim, in the order a person should read them.
    pub fn claims(&self) -> &[ClaimRule] {
        &self.metadata.claims
    }

    /// How the type presents itself in `lang`.
    pub fn face(&self, lang: Lang) -> &Face {
        match lang {
            Lang::Ko => &self.metadata.ko,
            Lang::En => &self.metadata.en,
        }
    }

    /// The Type Metadata document, to be served under [`Self::vct`] as `application/json`, byte for byte.
    pub fn type_metadata(&self) -> &str {
        &self.type_metadata
    }

    /// The `vct#integrity` of [`Self::type_metadata`].
    pub fn vct_integrity(&self) -> &str {
        &self.vct_integrity
    }

    /// What is published of it: path of its URL, media type, bytes. The metadata lies at the `vct` itself, the rest below it.
    pub fn published(&self) -> [(String, &'static str, &str); 4] {
        let path = Url::parse(self.vct()).map(|vct| vct.path().to_owned()).unwrap_or_default();
        [
            (path.clone(), "application/json", self.type_metadata()),
            (format!("{path}/card.svg"), "image/svg+xml", self.card()),
            (format!("{path}/context.jsonld"), "application/ld+json", self.context()),
            (format!("{path}/schema.json"), "application/schema+json", &self.schema_text),
        ]
    }

    /// The card, an SVG template with `{{svg_id}}` placeholders, served as `image/svg+xml`.
    pub fn card(&self) -> &str {
        &self.card
    }

    /// Where the context lies.
    pub fn context_url(&self) -> String {
        format!("{}/context.jsonld", self.vct())
    }

    /// What it is as an mdoc, if it can be one.
    pub fn mdoc(&self) -> Option<&MdocForm> {
        self.mdoc.as_ref()
    }

    /// What its passes say, if it has some.
    pub fn pass(&self) -> Option<&PassForm> {
        self.pass.as_ref()
    }

    /// The JSON-LD context of its claims, served as `application/ld+json`.
    pub fn context(&self) -> &str {
        &self.context
    }
}

fn parse(path: &str, text: &str) -> Result<Value, TypeError> {
    json::parse(text.as_bytes(), Limits::MESSAGE).map_err(|error| TypeError::Json(path.to_owned(), error))
}

/// The form of an mdoc, which must have a place for every claim: what an issuer says is never dropped.
fn mdoc(path: &str, form: &[u8], claims: &[ClaimRule]) -> Result<MdocForm, TypeError> {
    let form = MdocForm::parse(form).ok_or_else(|| TypeError::Mdoc(path.to_owned()))?;
    match claims.iter().find(|rule| !form.takes(&rule.path)) {
        Some(rule) => Err(TypeError::NoElement(path.to_owned(), rule.path.to_string())),
        None => Ok(form),
    }
}

/// Integrity metadata (W3C SRI §3.5), as "Integrity of Referenced Documents" asks for.
fn integrity(document: &[u8]) -> String {
    format!("sha256-{}", STANDARD.encode(sha256(document)))
}
