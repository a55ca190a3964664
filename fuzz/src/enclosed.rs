//! Targets of `vccose`, `vcsdjwt` and of the envelopes that hold them: W3C documents in COSE and SD-JWT.
//!
//! Input that begins with `{` is signed as the document that it is; everything else is taken as a message.

use jigap_keys::base64url;
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::cose::{self, UnsignedSign1};
use jigap_wallet_core::judge;
use jigap_wallet_core::vccose::{self, VcCose, VpCose};
use jigap_wallet_core::vcdm::envelope::{Envelope, Held, Securing};
use jigap_wallet_core::vcsdjwt::{self, VcSdJwt, VcSdJwtBuilder, VpSdJwt};
use serde_json::{Map, Value, json};

use crate::fixtures::{
    AUDIENCE, NONCE, NOW, Same, header, holder, issuer, must, object, request, seeds, text, token,
};

const HOLDER: &str = "did:example:holder";

/// The bytes as a message of this type: a JSON object is signed, everything else is taken as it is. Said is whether it is ours.
fn message(data: &[u8], typ: &str) -> Option<(Vec<u8>, bool)> {
    if data.first() != Some(&b'{') {
        return Some((data.to_vec(), issued_messages().contains(&data.to_vec())));
    }
    let payload = Value::Object(object(data)?).to_string().into_bytes();
    let header = cose::Header::new(cose::Algorithm::EdDsa).typ(typ);
    Some((must(UnsignedSign1::new(header, b"", payload).sign(issuer())), true))
}

fn issued_messages() -> Vec<Vec<u8>> {
    vec![cose_credential(), cose_presentation()]
}

/// What verifies was signed, whether tagged or not; a text of base64 is its bytes.
pub(crate) fn vc_cose(data: &[u8]) {
    if let Some(text) = text(data)
        && let Some(bytes) = vccose::decode_text(text)
    {
        assert!(bytes.len() <= text.len());
    }
    let Some((bytes, ours)) = message(data, "application/vc+cose") else { return };
    if let Ok(vc) = VcCose::parse(&bytes) {
        let _ = vc.unverified_issuer();
        if let Ok(verified) = vc.verify(issuer().public()) {
            let known = || must(payload(&cose_credential())) == *verified.credential();
            assert!(ours || known(), "verified, and nobody signed it");
            assert!(!verified.types().is_empty());
        }
    }
    let Some((bytes, _)) = message(data, "application/vp+cose") else { return };
    let _ = judge::is_presentation(&base64url::encode(&bytes));
    if let Ok(vp) = VpCose::parse(&bytes)
        && let Ok((_, credentials)) = vp.verify(issuer().public(), &request())
    {
        assert!(!credentials.is_empty() && vp.verify_form(issuer().public()).is_ok());
    }
}

fn payload(message: &[u8]) -> Result<Value, ()> {
    VcCose::parse(message).map(|vc| vc.unverified_credential().clone()).map_err(drop)
}

/// What verifies was signed, and an envelope holds what it was made of.
pub(crate) fn vc_sd_jwt(data: &[u8]) {
    for (typ, held) in [("vc+sd-jwt", Held::Credential), ("vp+sd-jwt", Held::Presentation)] {
        let Some(mut token) = token(data, &header(typ), issuer()) else { return };
        if token.ours {
            token.text.push('~');
        }
        let jws = token.text.split('~').next().unwrap_or_default().to_owned();
        let signed = || crate::fixtures::was_signed(&jws);
        match held {
            Held::Credential => {
                let Ok(vc) = VcSdJwt::parse(&token.text) else { continue };
                let _ = vc.unverified_issuer();
                if let Ok(verified) = vc.verify(issuer().public()) {
                    assert!(token.ours || signed(), "verified, and nobody signed it");
                    assert!(verified.credential().get("_sd").is_none());
                }
            }
            Held::Presentation => {
                let _ = judge::is_presentation(&token.text);
                let Ok(vp) = VpSdJwt::parse(&token.text) else { continue };
                if vp.verify(issuer().public(), &request()).is_ok() {
                    assert!(token.ours || signed(), "verified, and nobody signed it");
                }
            }
        }
    }
    if let Some(members) = object(data)
        && let Some(Ok(envelope)) = Envelope::read(&Value::Object(members.clone()))
    {
        let _ = judge::is_presentation(&Value::Object(members.clone()).to_string());
        let again = Envelope::object(envelope.held, envelope.securing, envelope.text);
        let again = Envelope::read(&again).map(|read| must(read).text.to_owned());
        assert_eq!(again.as_deref(), Some(envelope.text));
    }
}

fn document() -> Map<String, Value> {
    let document = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential", "StudentCard"],
        "issuer": {"id": "https://issuer.example"}, "validFrom": "2026-03-02T00:00:00Z",
        "credentialSubject": {"id": HOLDER, "degree": {"name": "학사"}},
    });
    document.as_object().cloned().unwrap_or_default()
}

fn presentation(by: Securing, credential: &str) -> Map<String, Value> {
    let document = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiablePresentation"], "holder": HOLDER,
        "verifiableCredential": [Envelope::object(Held::Credential, by, credential)],
        "nonce": NONCE, "aud": AUDIENCE, "iat": NOW,
    });
    document.as_object().cloned().unwrap_or_default()
}

fn cose_header() -> cose::Header {
    cose::Header::new(cose::Algorithm::EdDsa).kid(*b"k1")
}

fn cose_credential() -> Vec<u8> {
    must(must(vccose::issue(cose_header(), document())).sign(issuer()))
}

fn cose_presentation() -> Vec<u8> {
    let credential = base64url::encode(cose_credential());
    must(
        must(vccose::present_document(cose_header(), presentation(Securing::Cose, &credential)))
            .sign(issuer()),
    )
}

fn degree() -> ClaimPath {
    let steps = ["credentialSubject", "degree", "name"].map(|name| PathStep::Key(name.to_owned()));
    must(ClaimPath::new(steps.to_vec()))
}

fn sd_jwt_credential() -> String {
    let builder = VcSdJwtBuilder::new(document()).conceal([degree()]).holder(holder().public());
    must(must(builder.build(header(""), &Same::new(6))).sign(issuer()))
}

pub(crate) fn vc_cose_seeds() -> Vec<Vec<u8>> {
    let mut all = issued_messages();
    all.extend(seeds([
        Value::Object(document()).to_string(),
        Value::Object(presentation(Securing::Jwt, "e30.e30.AA")).to_string(),
        base64url::encode(cose_credential()),
    ]));
    all
}

pub(crate) fn vc_sd_jwt_seeds() -> Vec<Vec<u8>> {
    let credential = sd_jwt_credential();
    let shown = presentation(Securing::SdJwt, &credential);
    let conceal = [must(ClaimPath::new(vec![PathStep::Key("holder".to_owned())]))];
    let vp = must(vcsdjwt::present_document(header(""), shown.clone(), &conceal, &Same::new(7)));
    seeds([
        credential.clone(),
        must(vp.sign(issuer())),
        Value::Object(document()).to_string(),
        Value::Object(shown).to_string(),
        Envelope::object(Held::Credential, Securing::SdJwt, &credential).to_string(),
        Envelope::object(Held::Presentation, Securing::Cose, "0oRD").to_string(),
    ])
}
