//! A held copy, opened: what each credential format makes of it, and how the copy is shown.
//!
//! The box authenticates that a stored copy is the one that was checked when it came, so that no issuer's signature is
//! looked at here. Refused: what is not of its format, and what its holder's key cannot show.

use std::borrow::Cow;

#[cfg(feature = "ldp")]
use jigap_keys::json::{self, Limits};
use jigap_keys::{Entropy, KeyType, PrivateKey, PublicKey, base64url};
use serde_json::{Map, Value};

use super::WalletError;
use crate::claims::{ClaimPath, PathStep};
use crate::contexts::Contexts;
use crate::dcql::Format;
use crate::did::{self, Did, Purpose};
use crate::documents::Documents;
use crate::jose::Header;
#[cfg(feature = "ldp")]
use crate::ldp::{self, LdpVc, Presenting, VerifiedLdpVc};
use crate::mdoc::{IssuerSigned, VerifiedMdoc};
use crate::pass::HeldPass;
use crate::sdjwt::{SdJwtVc, VerifiedSdJwtVc};
use crate::time::Timestamp;
use crate::vcjwt::{self, VcJwt, VerifiedVc};
use crate::vp::{AuthorizationRequest, DeviceProof};

/// Claims of an SD-JWT VC that are the protocol's, not the person's.
const PROTOCOL_CLAIMS: [&str; 9] =
    ["iss", "iat", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"];
/// Members of a W3C credential that make it this copy.
const COPY_MEMBERS: [&str; 7] = ["id", "jti", "sub", "cnf", "status", "credentialStatus", "proof"];
/// Those that say when it was made and when it ends.
const PERIOD_MEMBERS: [&str; 7] =
    ["iat", "nbf", "exp", "validFrom", "validUntil", "issuanceDate", "expirationDate"];
/// Those of the data model that consent tells of in its own words.
const MODEL_MEMBERS: [&str; 6] = ["@context", "type", "issuer", "iss", "aud", SUBJECT];
/// Where a W3C credential says what it says of somebody.
pub(super) const SUBJECT: &str = "credentialSubject";

/// A copy, opened.
pub(super) enum Opened {
    SdJwt(Box<VerifiedSdJwtVc>),
    Jwt {
        text: String,
        credential: Box<VerifiedVc>,
    },
    #[cfg(feature = "ldp")]
    Document {
        document: Value,
        credential: Box<VerifiedLdpVc>,
    },
    Mdoc {
        mdoc: Box<VerifiedMdoc>,
        /// Its elements, by namespace.
        claims: Value,
    },
    Pass {
        pass: Box<HeldPass>,
        /// What it says, by the names that people know.
        said: Value,
    },
}

/// What a request wants of a presentation.
pub(super) struct Audience<'a> {
    pub(super) request: &'a AuthorizationRequest,
    pub(super) now: Timestamp,
    /// The contexts of a document that is signed.
    #[cfg_attr(not(feature = "ldp"), expect(dead_code, reason = "only documents are signed by contexts"))]
    pub(super) contexts: &'a Contexts,
    /// Randomness of what is derived from a document.
    #[cfg_attr(not(feature = "ldp"), expect(dead_code, reason = "only documents are derived from"))]
    pub(super) entropy: &'a dyn Entropy,
}

impl Opened {
    /// Opens the text of a copy. What its issuer signed is not verified here.
    pub(super) fn open(format: Format, text: &str) -> Result<Self, WalletError> {
        match format {
            Format::DcSdJwt => {
                let parsed = SdJwtVc::parse(text)?;
                parsed.require_no_key_binding()?;
                Ok(Self::SdJwt(Box::new(parsed.dangerous_assume_verified()?)))
            }
            Format::JwtVcJson => {
                let credential = Box::new(VcJwt::parse(text)?.dangerous_assume_verified()?);
                Ok(Self::Jwt { text: text.to_owned(), credential })
            }
            #[cfg(feature = "ldp")]
            Format::LdpVc => {
                let document = json::parse(text.as_bytes(), Limits::MESSAGE);
                let document = document.map_err(|_| WalletError::OtherCredential)?;
                // Its types were read when it came, by contexts that need not be at hand any more.
                let read = LdpVc::read(document.clone(), Contexts::built_in().for_data_integrity())?;
                Ok(Self::Document { document, credential: Box::new(read.dangerous_assume_verified()?) })
            }
            #[cfg(not(feature = "ldp"))]
            Format::LdpVc => Err(WalletError::OtherCredential),
            Format::MsoMdoc => {
                let bytes = base64url::decode(text).map_err(|_| WalletError::OtherCredential)?;
                let mdoc = Box::new(IssuerSigned::parse(&bytes)?.dangerous_assume_verified()?);
                let claims = mdoc.claims();
                Ok(Self::Mdoc { mdoc, claims })
            }
            Format::JigapPass => {
                let bytes = base64url::decode(text).map_err(|_| WalletError::OtherCredential)?;
                let pass = HeldPass::read(&bytes).map_err(|_| WalletError::OtherCredential)?;
                Ok(Self::Pass { said: pass.claims().said(), pass: Box::new(pass) })
            }
            Format::VcCose | Format::VcSdJwt => Err(WalletError::OtherCredential),
        }
    }

    /// Everything it says, from the root of the credential.
    pub(super) fn claims(&self) -> &Value {
        match self {
            Self::SdJwt(credential) => credential.claims(),
            Self::Jwt { credential, .. } => credential.credential(),
            #[cfg(feature = "ldp")]
            Self::Document { credential, .. } => credential.credential(),
            Self::Mdoc { claims, .. } => claims,
            Self::Pass { said, .. } => said,
        }
    }

    /// The certificates that came with it, in DER: its issuer's first.
    pub(super) fn certificates(&self) -> &[Vec<u8>] {
        match self {
            Self::SdJwt(credential) => &credential.header().x5c,
            Self::Jwt { credential, .. } => &credential.header().x5c,
            #[cfg(feature = "ldp")]
            Self::Document { .. } => &[],
            Self::Mdoc { mdoc, .. } => mdoc.x5chain(),
            Self::Pass { .. } => &[],
        }
    }

    /// Whether it is of type `vct`, or of all `types`: an mdoc of the document type that is all of them.
    pub(super) fn is_of(&self, vct: &str, types: &[String]) -> bool {
        match self {
            Self::SdJwt(credential) => credential.vct() == vct,
            Self::Mdoc { mdoc, .. } => types == [mdoc.mso().doc_type()],
            // One that ends on a day of its own could be told from all others.
            Self::Pass { pass, .. } => {
                types == [pass.claims().kind.trusted_type()] && pass.claims().ends_as_others_do()
            }
            _ => !types.is_empty() && types.iter().all(|wanted| has_type(self.claims(), wanted)),
        }
    }

    /// Whether it is a pass that its issuer does not recognise.
    pub(super) fn is_blind(&self) -> bool {
        matches!(self, Self::Pass { pass, .. } if pass.is_blind())
    }

    /// Whether it is bound to `key`.
    pub(super) fn is_bound(&self, key: &PublicKey) -> bool {
        match self {
            Self::SdJwt(credential) => credential.holder_key().is_ok_and(|holder| holder == *key),
            Self::Jwt { credential, .. } => holder(credential, key).is_some(),
            #[cfg(feature = "ldp")]
            Self::Document { credential, .. } => {
                credential.subject().and_then(|subject| of_subject(subject, key)).is_some()
            }
            Self::Mdoc { mdoc, .. } => mdoc.mso().device_key() == key,
            Self::Pass { pass, .. } => pass.claims().holder == *key,
        }
    }

    /// Of an mdoc: the type of its device's key.
    pub(super) fn device(&self) -> Option<KeyType> {
        match self {
            Self::Mdoc { mdoc, .. } => Some(mdoc.mso().device_key().key_type()),
            _ => None,
        }
    }

    /// The place of its status, where it has one.
    pub(super) fn status(&self) -> Option<String> {
        match self {
            Self::SdJwt(credential) => credential.status().map(Value::to_string),
            Self::Jwt { credential, .. } => {
                credential.token_status().or(credential.status()).map(Value::to_string)
            }
            #[cfg(feature = "ldp")]
            Self::Document { credential, .. } => credential.status().map(Value::to_string),
            Self::Mdoc { mdoc, .. } => mdoc.mso().status().map(Value::to_string),
            Self::Pass { pass, .. } => pass.claims().status.map(|place| format!("{place:?}")),
        }
    }

    /// When it ends, if it does.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::SdJwt(credential) => credential.expires_at(),
            Self::Jwt { credential, .. } => credential.expires_at(),
            #[cfg(feature = "ldp")]
            Self::Document { credential, .. } => credential.period().1,
            Self::Mdoc { mdoc, .. } => Some(mdoc.mso().validity().until),
            Self::Pass { pass, .. } => Some(pass.claims().expires),
        }
    }

    /// `vct#integrity`, where it states one.
    pub(super) fn vct_integrity(&self) -> Option<&str> {
        match self {
            Self::SdJwt(credential) => credential.vct_integrity(),
            _ => None,
        }
    }

    /// What it says and who says it, without what makes it a copy: all copies of a credential say the same. With it, what
    /// can be disclosed alone.
    pub(super) fn said(&self) -> (Value, Vec<ClaimPath>) {
        let mut claims = self.claims().clone();
        let Value::Object(members) = &mut claims else { return (claims, Vec::new()) };
        match self {
            Self::SdJwt(credential) => {
                for name in PROTOCOL_CLAIMS.into_iter().filter(|name| *name != "iss") {
                    members.remove(name);
                }
                let mut concealable = credential.disclosed().to_vec();
                concealable.sort_unstable();
                (claims, concealable)
            }
            // Each of its elements is disclosed alone.
            Self::Mdoc { .. } => (claims, Vec::new()),
            // What could mark a part of a batch is the same in all of it. Of a blind pass there is one key for what it says.
            Self::Pass { pass, .. } => {
                members.insert("version".to_owned(), pass.claims().version.into());
                if !pass.is_blind() {
                    members.insert("key".to_owned(), base64url::encode(pass.signed_by().as_bytes()).into());
                }
                (claims, Vec::new())
            }
            _ => {
                without_copy_members(members);
                PERIOD_MEMBERS.into_iter().for_each(|name| drop(members.remove(name)));
                (claims, Vec::new())
            }
        }
    }

    /// What it says, without what ties it to its key and status.
    pub(super) fn exported(&self) -> Value {
        let mut claims = self.claims().clone();
        if let Value::Object(members) = &mut claims {
            match self {
                Self::SdJwt(_) => {
                    for name in ["cnf", "status", "_sd", "_sd_alg"] {
                        members.remove(name);
                    }
                }
                Self::Mdoc { .. } | Self::Pass { .. } => {}
                _ => without_copy_members(members),
            }
        }
        claims
    }

    /// Whether claims can be shown one by one.
    pub(super) fn is_selective(&self) -> bool {
        match self {
            Self::SdJwt(_) | Self::Mdoc { .. } => true,
            Self::Jwt { .. } | Self::Pass { .. } => false,
            #[cfg(feature = "ldp")]
            Self::Document { document, .. } => ldp::is_selective(document),
        }
    }

    /// The claims that every presentation shows, but for the protocol's own: of an SD-JWT VC those the issuer left open, of
    /// a document whose proof lets claims be chosen those it made mandatory, of another W3C credential all, of an mdoc none.
    pub(super) fn always_shown(&self) -> Vec<ClaimPath> {
        match self {
            #[cfg(feature = "ldp")]
            Self::Document { document, .. } if ldp::is_selective(document) => {
                let told = [&COPY_MEMBERS[..], &PERIOD_MEMBERS, &MODEL_MEMBERS].concat();
                let subject_id = |path: &ClaimPath| matches!(path.steps(), [PathStep::Key(first), .., PathStep::Key(last)] if first == SUBJECT && last == "id");
                let model = |path: &ClaimPath| match path.steps() {
                    [PathStep::Key(first), ..] if first == SUBJECT => subject_id(path),
                    [PathStep::Key(first), ..] => told.contains(&first.as_str()),
                    _ => false,
                };
                ldp::always_shown(document).into_iter().filter(|path| !model(path)).collect()
            }
            Self::SdJwt(credential) => {
                let open = |path: &ClaimPath| !credential.disclosed().contains(path);
                let names = |name: &str| !PROTOCOL_CLAIMS.contains(&name);
                members_of(self.claims(), names, &[]).into_iter().filter(open).collect()
            }
            Self::Mdoc { .. } => Vec::new(),
            Self::Pass { said, .. } => paths(said),
            _ => {
                let mut shown = match self.claims().get(SUBJECT) {
                    Some(subject @ Value::Object(_)) => {
                        let above = [PathStep::Key(SUBJECT.to_owned())];
                        members_of(subject, |name| name != "id", &above)
                    }
                    _ => ClaimPath::new(vec![PathStep::Key(SUBJECT.to_owned())]).into_iter().collect(),
                };
                // Evidence, terms of use, whatever else an issuer says beside the subject: it goes too.
                let told = [&COPY_MEMBERS[..], &PERIOD_MEMBERS, &MODEL_MEMBERS].concat();
                shown.extend(members_of(self.claims(), |name| !told.contains(&name), &[]));
                shown
            }
        }
    }

    /// Shows it to `audience`, signed with its holder's `key`: the `claims` of an SD-JWT VC, of an mdoc and of a
    /// document whose proof lets them be chosen, all of another W3C credential. What the request wants authorized an SD-JWT VC
    /// authorizes by the way, as the answer to `query`.
    pub(super) fn present(
        self,
        (query, claims): (&str, &[ClaimPath]),
        audience: &Audience<'_>,
        key: &PrivateKey,
    ) -> Result<Value, WalletError> {
        let authorized = audience.request.authorization.as_ref().and_then(|all| all.authorized_by(query));
        if authorized.is_some() && !matches!(self, Self::SdJwt(_)) {
            // The request was refused (VP-21) unless only SD-JWT VCs answer it.
            return Err(WalletError::CannotAnswer);
        }
        let Audience { request, now, .. } = *audience;
        let (verifier, nonce) = (request.client_id.as_str(), request.nonce.as_str());
        let unsigned = match self {
            Self::SdJwt(credential) => {
                let shown = credential.present(claims).map_err(|_| WalletError::CannotAnswer)?;
                let bound = shown.authorizing(authorized).bind(verifier, nonce, now, key.public());
                let bound = bound.map_err(|_| WalletError::Key)?;
                return Ok(bound.sign(key).map_err(|_| WalletError::Key)?.into());
            }
            Self::Mdoc { mdoc, .. } => {
                let shown = mdoc.present(claims).map_err(|_| WalletError::CannotAnswer)?;
                let transcript = request.session_transcript()?;
                let response = match request.device_proof(key.public().key_type()) {
                    Some(DeviceProof::Signature) => shown.sign(&transcript, key),
                    Some(DeviceProof::Mac(verifier)) => shown.authenticate(&transcript, key, verifier),
                    None => return Err(WalletError::CannotAnswer),
                };
                let response = response.map_err(|_| WalletError::Key)?;
                return Ok(base64url::encode(response).into());
            }
            // By [`Wallet::show_pass`](super::Wallet::show_pass), at a gate.
            Self::Pass { .. } => return Err(WalletError::CannotAnswer),
            Self::Jwt { text, credential } => {
                let holder = holder(&credential, key.public()).ok_or(WalletError::Key)?;
                let header = Header::for_key(key.public()).ok_or(WalletError::Key)?.kid(holder.method);
                vcjwt::present(header, &holder.id, &text, verifier, nonce, now)?
            }
            #[cfg(feature = "ldp")]
            Self::Document { document, credential } => {
                let holder = credential.subject().and_then(|subject| of_subject(subject, key.public()));
                let Holder { id, method } = holder.ok_or(WalletError::Key)?;
                let presenting =
                    Presenting { holder: &id, verification_method: &method, audience: verifier, nonce, now };
                let contexts = audience.contexts.for_data_integrity();
                let shown = if ldp::is_selective(&document) {
                    ldp::disclose(document, claims, (contexts, audience.entropy))
                } else {
                    Ok(document)
                };
                return shown
                    .and_then(|shown| ldp::present(shown, presenting, contexts))
                    .and_then(|unsigned| unsigned.sign(key))
                    .map_err(|_| WalletError::CannotAnswer);
            }
        };
        Ok(unsigned.sign(key).map_err(|_| WalletError::Key)?.into())
    }
}

/// Whom a credential speaks about, and by which key of theirs.
struct Holder {
    id: String,
    /// The DID URL of the key.
    method: String,
}

/// The holder whose key is `key`: by the key that the credential names (RFC 7800), else by its only subject's DID, where
/// that is made of the key. `None` if it is bound to another or to nobody.
fn holder(credential: &VerifiedVc, key: &PublicKey) -> Option<Holder> {
    let subject = credential.subjects().next().filter(|subject| credential.is_only_about(subject));
    if let Some(confirmation) = credential.confirmation() {
        let named = PublicKey::from_jwk_for(confirmation.get("jwk")?, jigap_keys::Purpose::Signature).ok()?;
        let did = did::jwk_did(key);
        let method = format!("{did}#0");
        let id = subject.map_or(did, str::to_owned);
        return (named == *key).then_some(Holder { id, method });
    }
    of_subject(subject?, key)
}

/// The one whom a DID names that is made of `key`.
fn of_subject(subject: &str, key: &PublicKey) -> Option<Holder> {
    let did = Did::parse(subject).ok()?;
    let document = did::resolve(&did, &Documents::new()).ok()?;
    let method = document
        .methods(Purpose::Authentication)
        .find(|method| method.key().is_ok_and(|of_method| of_method == key))?;
    Some(Holder { id: did.to_string(), method: method.id().to_string() })
}

/// Whether a W3C credential names `wanted` among its types.
fn has_type(credential: &Value, wanted: &str) -> bool {
    match credential.get("type") {
        Some(Value::Array(types)) => types.iter().any(|name| name == wanted),
        Some(one) => one == wanted,
        None => false,
    }
}

/// Takes away what makes a W3C credential a copy.
fn without_copy_members(members: &mut Map<String, Value>) {
    for name in COPY_MEMBERS {
        members.remove(name);
    }
    match members.get_mut(SUBJECT) {
        Some(Value::Array(subjects)) => subjects.iter_mut().for_each(without_id),
        Some(subject) => without_id(subject),
        None => {}
    }
}

fn without_id(subject: &mut Value) {
    if let Value::Object(members) = subject {
        members.remove("id");
    }
}

/// The paths of the members of `value`.
pub(super) fn paths(value: &Value) -> Vec<ClaimPath> {
    members_of(value, |_| true, &[])
}

/// The paths of the members of `value` whose names are `wanted`, below `above`.
fn members_of(value: &Value, wanted: impl Fn(&str) -> bool, above: &[PathStep]) -> Vec<ClaimPath> {
    let names = value.as_object().into_iter().flat_map(Map::keys).filter(|name| wanted(name));
    let path = |name: &String| {
        let steps = above.iter().cloned().chain([PathStep::Key(name.clone())]);
        ClaimPath::new(steps.collect()).ok()
    };
    names.filter_map(path).collect()
}

/// The text of a credential as its format is sent (OpenID4VCI 1.0 Appendix A): a string, or a JSON object. `None` for
/// another.
pub(super) fn text(format: Format, credential: &Value) -> Option<Cow<'_, str>> {
    match (format, credential) {
        (Format::DcSdJwt | Format::JwtVcJson | Format::MsoMdoc | Format::JigapPass, Value::String(text)) => {
            Some(Cow::Borrowed(text))
        }
        (Format::LdpVc, Value::Object(_)) => Some(Cow::Owned(credential.to_string())),
        _ => None,
    }
}
