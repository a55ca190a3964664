//! `jigap vc issue`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jigap_keys::PrivateKey;
use jigap_keys::json::{self, Limits};
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::text::Text;
use jigap_wallet_core::vcsdjwt::VcSdJwtBuilder;
use jigap_wallet_core::{cose, jose, vccose, vcjwt, vcsdjwt};
use serde_json::{Map, Value};

use super::Outcome;
use super::key::{Key, Unusable};
use crate::args::{Feature, VcIssue};
use crate::failure::{Exit, Failure};
use crate::input;

/// What VCDM 2.0 names at the top of a credential (§4, §5) or reserves there (§5.13).
const OF_THE_MODEL: [&str; 18] = [
    "@context",
    "id",
    "type",
    "name",
    "description",
    "issuer",
    "validFrom",
    "validUntil",
    "credentialSubject",
    "credentialStatus",
    "credentialSchema",
    "relatedResource",
    "refreshService",
    "termsOfUse",
    "evidence",
    "confidenceMethod",
    "renderMethod",
    "proof",
];
/// Claims of the token that may stand beside them (VC-JOSE-COSE §3.1.3, §4.1; Token Status List §6).
const OF_THE_TOKEN: [&str; 9] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "status"];
/// Contexts that define no member of a credential by name beyond the model's: the model's own, and the one of the W3C's examples,
/// which takes in every word there is.
const NAMING_NOTHING: [&str; 2] =
    ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"];

pub(super) fn run(command: &VcIssue) -> Result<Outcome, Failure> {
    let common = &command.common;
    let conceal = command.sd.as_ref().map(|paths| paths.0.as_slice()).unwrap_or_default();
    if !conceal.is_empty() && !matches!(common.feature, Feature::CredentialSdjwt | Feature::PresentationSdjwt)
    {
        let what = Text::new("--sd is for SD-JWT alone", "--sd는 SD-JWT에만 씁니다");
        return Err(Failure::new(Exit::Usage, what).hint(Text::new(
            "leave it out, or take a feature that ends with sdjwt",
            "빼거나, sdjwt로 끝나는 기능을 고르십시오",
        )));
    }
    let key = Key::read(&common.key)?;
    let bytes = input::read(&common.input)?;
    let secret = match key.secret() {
        Ok(secret) => secret,
        Err(Unusable::Wrong(failure)) => return Err(failure),
        Err(Unusable::Unsupported(error)) => return Ok(Outcome::Unknown(error.to_string())),
    };
    let document = match json::parse(&bytes, Limits::MESSAGE) {
        Ok(Value::Object(document)) => document,
        Ok(_) => return Ok(Outcome::Refused("the input is not a JSON object".to_owned())),
        Err(error) => return Ok(Outcome::Refused(error.to_string())),
    };
    let signer = Signer { key: secret, id: key.id.as_deref() };
    Ok(signer.secured(document, common.feature, conceal).map_or_else(Outcome::Refused, Outcome::Success))
}

struct Signer<'k> {
    key: &'k PrivateKey,
    id: Option<&'k str>,
}

impl Signer<'_> {
    fn secured(
        &self,
        document: Map<String, Value>,
        feature: Feature,
        conceal: &[ClaimPath],
    ) -> Result<String, String> {
        match feature {
            Feature::CredentialJose => {
                require_defined(&document)?;
                let unsigned = vcjwt::issue(self.jose()?, document).map_err(told)?;
                unsigned.sign(self.key).map_err(told)
            }
            Feature::CredentialSdjwt => {
                require_defined(&document)?;
                let builder = VcSdJwtBuilder::new(document).conceal(conceal.iter().cloned());
                let unsigned = builder.build(self.jose()?, &OsEntropy).map_err(told)?;
                unsigned.sign(self.key).map_err(told)
            }
            Feature::CredentialCose => {
                require_defined(&document)?;
                let unsigned = vccose::issue(self.cose()?, document).map_err(told)?;
                unsigned.sign(self.key).map(|message| STANDARD_NO_PAD.encode(message)).map_err(told)
            }
            Feature::PresentationJose => {
                let unsigned = vcjwt::present_document(self.jose()?, document).map_err(told)?;
                unsigned.sign(self.key).map_err(told)
            }
            Feature::PresentationSdjwt => {
                let unsigned = vcsdjwt::present_document(self.jose()?, document, conceal, &OsEntropy);
                unsigned.map_err(told)?.sign(self.key).map_err(told)
            }
            Feature::PresentationCose => {
                let unsigned = vccose::present_document(self.cose()?, document).map_err(told)?;
                unsigned.sign(self.key).map(|message| STANDARD_NO_PAD.encode(message)).map_err(told)
            }
        }
    }

    fn jose(&self) -> Result<jose::Header, String> {
        let header = jose::Header::for_key(self.key.public()).ok_or_else(cannot_sign)?;
        Ok(self.id.map_or_else(|| header.clone(), |id| header.clone().kid(id)))
    }

    fn cose(&self) -> Result<cose::Header, String> {
        let header = cose::Header::for_key(self.key.public().key_type()).ok_or_else(cannot_sign)?;
        Ok(self.id.map_or_else(|| header.clone(), |id| header.clone().kid(id)))
    }
}

/// Refuses a member that nobody says the meaning of: one that neither the data model, nor the token, nor a context of the
/// document defines by its name.
fn require_defined(document: &Map<String, Value>) -> Result<(), String> {
    let contexts = document.get("@context").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names = |context: &Value, name: &str| match context {
        Value::String(iri) => !NAMING_NOTHING.contains(&iri.as_str()),
        terms => terms.get(name).is_some(),
    };
    let defined = |name: &str| {
        OF_THE_MODEL.contains(&name)
            || OF_THE_TOKEN.contains(&name)
            || contexts.iter().any(|context| names(context, name))
    };
    if document.keys().all(|name| defined(name)) {
        Ok(())
    } else {
        Err("the credential has a member that no context defines by its name".to_owned())
    }
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn cannot_sign() -> String {
    "keys of this type do not sign".to_owned()
}
