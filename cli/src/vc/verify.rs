//! `jigap vc verify`.

use jigap_keys::PublicKey;
use jigap_wallet_core::vccose::{self, VcCose, VpCose};
use jigap_wallet_core::vcjwt::{Model, TYP, VcJwt, VpJwt};
use jigap_wallet_core::vcsdjwt::{VcSdJwt, VpSdJwt};
use jigap_wallet_core::verdict::Refusal;
use serde_json::Value;

use super::Outcome;
use super::key::{Key, Unusable};
use crate::args::{Feature, VcVerify};
use crate::failure::Failure;
use crate::input;

pub(super) fn run(command: &VcVerify) -> Result<Outcome, Failure> {
    let common = &command.common;
    let key = Key::read(&common.key)?;
    let text = input::read_text(&common.input)?;
    let key = match key.public() {
        Ok(key) => key,
        Err(Unusable::Wrong(failure)) => return Err(failure),
        Err(Unusable::Unsupported(error)) => return Ok(Outcome::Unknown(error.to_string())),
    };
    Ok(match verified(&text, common.feature, key) {
        Ok(document) => Outcome::Success(document.to_string()),
        Err(why) => Outcome::Refused(why),
    })
}

/// The document that the text secures.
fn verified(text: &str, feature: Feature, key: &PublicKey) -> Result<Value, String> {
    let told = |refusal: Refusal| refusal.to_string();
    match feature {
        Feature::CredentialJose => {
            let token = VcJwt::parse(text).map_err(told)?;
            require_v2(token.model() == Model::V2)?;
            token.verify(key).map(|vc| vc.into_credential()).map_err(told)
        }
        Feature::CredentialSdjwt => {
            let token = VcSdJwt::parse(text).map_err(told)?;
            token.verify(key).map(|vc| vc.into_credential()).map_err(told)
        }
        Feature::CredentialCose => {
            let token = VcCose::parse(&message(text)?).map_err(told)?;
            token.verify(key).map(|vc| vc.into_credential()).map_err(told)
        }
        Feature::PresentationJose => {
            let token = VpJwt::parse(text).map_err(told)?;
            require_v2(token.header().typ_is("vp+jwt"))?;
            token.verify_form(key).cloned().map_err(told)
        }
        Feature::PresentationSdjwt => {
            VpSdJwt::parse(text).and_then(|token| token.verify_form(key)).map_err(told)
        }
        Feature::PresentationCose => {
            let token = VpCose::parse(&message(text)?).map_err(told)?;
            token.verify_form(key).cloned().map_err(told)
        }
    }
}

/// Tokens of VCDM 1.1 are not what VC-JOSE-COSE secures.
fn require_v2(is: bool) -> Result<(), String> {
    if is { Ok(()) } else { Err(format!("{}: the token is one of the data model 1.1", TYP.id)) }
}

fn message(text: &str) -> Result<Vec<u8>, String> {
    vccose::decode_text(text).ok_or_else(|| "the input is not base64 of a COSE message".to_owned())
}
