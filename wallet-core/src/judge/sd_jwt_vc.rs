//! SD-JWT VC as the judge sees it. Its own rules are the `SD-…` and `KB-…` checks of [`crate::sdjwt`].

use jigap_keys::PublicKey;
use serde_json::Value;

use super::format::{ClaimedRequest, Described, KeyName, Proven, Unproven, signing};
use crate::claims::ThinnedArray;
use crate::dcql::Format;
use crate::did::ProofKey;
use crate::documents::Documents;
use crate::jose::{self, Header, Jws};
use crate::sdjwt::{self, KeyBindingRequest, SdJwt, SdJwtVc, VerifiedSdJwtVc, key_binding};
use crate::time::Timestamp;
use crate::verdict::{Check, Refusal, checks};

/// An SD-JWT VC, with or without a key binding JWT, that was parsed.
struct Parsed {
    token: SdJwtVc,
    described: Described,
}

/// One whose issuer's signature was verified and whose disclosures were processed.
struct Verified(VerifiedSdJwtVc);

/// Reads an SD-JWT that was parsed. Refuses by V-01.
pub(super) fn read(token: SdJwt) -> Result<Box<dyn Unproven>, Refusal> {
    let token = SdJwtVc::read(token).map_err(common)?;
    let said = |name: &str| token.unverified_payload().get(name).and_then(Value::as_str);
    let types = vec![said("vct").unwrap_or_default().to_owned()];
    let described = Described::new(Format::DcSdJwt, said("iss").map(str::to_owned), types);
    Ok(Box::new(Parsed { token, described }))
}

impl Unproven for Parsed {
    fn described(&self) -> &Described {
        &self.described
    }

    fn key_name(&self) -> KeyName<'_> {
        KeyName::Header(self.token.header())
    }

    fn says_signed_at(&self) -> Option<Timestamp> {
        self.token.unverified_payload().get("iat").and_then(jose::numeric_date)
    }

    fn is_presented(&self) -> bool {
        self.has_key_binding()
    }

    fn has_key_binding(&self) -> bool {
        self.token.has_key_binding()
    }

    fn prove(self: Box<Self>, key: &ProofKey, _: &Documents) -> Result<Box<dyn Proven>, Refusal> {
        let key = signing(key)?;
        Ok(Box::new(Verified(self.token.verify(key).map_err(common)?)))
    }
}

impl Proven for Verified {
    fn types(&self) -> Vec<&str> {
        self.0.types().collect()
    }

    fn period(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.0.not_before(), self.0.expires_at())
    }

    fn status(&self) -> Option<&Value> {
        self.0.status()
    }

    fn header(&self) -> Option<&Header> {
        Some(self.0.header())
    }

    fn claimed_request(&self) -> Option<ClaimedRequest> {
        let claims = |jws: Jws| ClaimedRequest::of_jwt(jws.unverified_payload());
        self.0.key_binding_jwt().map(|jwt| Jws::parse(jwt).map(claims).unwrap_or_default())
    }

    fn holder(&self, _: &Documents) -> Option<PublicKey> {
        self.0.holder_key().ok()
    }

    fn require_holder(&self, request: &KeyBindingRequest<'_>, _: &Documents) -> Result<PublicKey, Refusal> {
        self.0.verify_key_binding(request).map(|binding| binding.holder).map_err(common)
    }

    fn authorized(&self) -> Option<Vec<String>> {
        let jws = Jws::parse(self.0.key_binding_jwt()?).ok()?;
        let hashes = key_binding::authorized(jws.unverified_payload());
        Some(hashes.into_iter().map(str::to_owned).collect())
    }

    fn withheld(&self) -> &[ThinnedArray] {
        self.0.withheld()
    }

    fn into_claims(self: Box<Self>) -> Value {
        self.0.into_claims()
    }
}

/// A refusal of the JOSE layer or of key binding under its id common to all formats; SD refusals stay as they are.
pub(super) fn common(refusal: Refusal) -> Refusal {
    const SAME: [(Check, Check); 15] = [
        (sdjwt::TYPE, checks::TOKEN_TYPE),
        (jose::ALGORITHM, checks::ALGORITHM),
        (jose::CRITICAL, checks::ALGORITHM),
        (jose::KEY, checks::ALGORITHM),
        (jose::SIGNATURE, checks::PROOF),
        (key_binding::REQUIRED, checks::HOLDER_BINDING),
        (key_binding::HOLDER_KEY, checks::HOLDER_BINDING),
        (key_binding::TYPE, checks::PURPOSE),
        (key_binding::ALGORITHM, checks::HOLDER_PROOF),
        (key_binding::SIGNATURE, checks::HOLDER_PROOF),
        (key_binding::TRANSCRIPT, checks::TRANSCRIPT),
        (key_binding::NONCE, checks::NONCE),
        (key_binding::AUDIENCE, checks::AUDIENCE),
        (key_binding::ISSUED_AT, checks::PRESENTATION_TIME),
        (key_binding::VALIDITY, checks::PRESENTATION_TIME),
    ];
    let same = SAME.iter().find(|(fine, _)| *fine == refusal.check);
    same.map_or(refusal, |(_, common)| common.refuse(refusal.reason))
}
