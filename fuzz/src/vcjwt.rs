//! Target of `vcjwt`: W3C credentials and presentations as JWT, of both data models.

use jigap_wallet_core::jose::Header;
use jigap_wallet_core::vcjwt::{self, VcJwt, VpJwt};
use serde_json::{Map, Value, json};

use crate::fixtures::{AUDIENCE, NONCE, NOW, header, holder, issuer, must, request, seeds, token};

const HOLDER: &str = "did:example:holder";

/// What verifies was signed, as a credential by its issuer and as a presentation by its holder.
pub(crate) fn vc_jwt(data: &[u8]) {
    for typ in ["vc+jwt", "JWT"] {
        let Some(token) = token(data, &header(typ), issuer()) else { return };
        if let Ok(vc) = VcJwt::parse(&token.text) {
            let _ = vc.unverified_issuer();
            let _ = vc.clone().dangerous_assume_verified();
            if vc.verify(issuer().public()).is_ok() {
                token.require_signed();
            }
        }
    }
    for typ in ["vp+jwt", "JWT"] {
        let Some(token) = token(data, &header(typ), holder()) else { return };
        let Ok(vp) = VpJwt::parse(&token.text) else { continue };
        let _ = vp.unverified_holder();
        if let Ok(verified) = vp.verify(holder().public(), &request()) {
            token.require_signed();
            assert!(verified.credentials().next().is_some());
        }
    }
}

/// A credential of VCDM 2.0.
fn document() -> Map<String, Value> {
    let document = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential", "StudentCard"],
        "issuer": {"id": "https://issuer.example"}, "validFrom": "2026-03-02T00:00:00Z",
        "credentialSubject": {"id": HOLDER, "degree": {"name": "학사"}},
    });
    document.as_object().cloned().unwrap_or_default()
}

fn credential() -> String {
    must(
        must(vcjwt::issue(Header::new(jigap_wallet_core::jose::Algorithm::EdDsa).kid("k1"), document()))
            .sign(issuer()),
    )
}

fn presentation() -> String {
    must(must(vcjwt::present(header("JWT"), HOLDER, &credential(), AUDIENCE, NONCE, NOW)).sign(holder()))
}

pub(crate) fn vc_jwt_seeds() -> Vec<Vec<u8>> {
    let older = json!({"iss": "https://issuer.example", "nbf": 1_767_225_600, "sub": HOLDER, "vc": {
        "@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential"],
        "issuer": "https://issuer.example", "issuanceDate": "2026-01-01T00:00:00Z", "credentialSubject": {"id": HOLDER},
    }});
    let shown = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiablePresentation"], "holder": HOLDER,
        "verifiableCredential": [{"@context": "https://www.w3.org/ns/credentials/v2",
            "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt,e30.e30.AA"}],
        "iss": HOLDER, "aud": AUDIENCE, "nonce": NONCE, "iat": NOW,
    });
    let mut texts = seeds([credential(), presentation(), older.to_string(), shown.to_string()]);
    texts.extend(seeds([Value::Object(document())]));
    texts
}
