//! The verifier's metadata in a request (OpenID4VP 1.0 §5.1 `client_metadata`, §8.3, §11).
//!
//! Read: `vp_formats_supported`, `jwks`, `encrypted_response_enc_values_supported`; everything else is ignored, as §5.1
//! demands. Refused: metadata without formats, keys without or with the same `kid`, an empty list of encryptions, and
//! a demand for encryption that no key allows. Keys of other uses or types are left aside. A key that agrees and names no way to
//! encrypt is one that a device's MAC may be for (B.2.2).

use std::borrow::Cow;
use std::collections::BTreeSet;

use jigap_keys::{PublicKey, Purpose};
use serde_json::{Map, Value, json};

use crate::dcql::Format;
use crate::jose::jwe::{ContentEncryption, KeyManagement, Recipient};
use crate::verdict::{Check, Reason, Refusal};

/// The metadata is well-formed.
pub const CLIENT_METADATA: Check = Check::new(
    "VP-19",
    "client_metadata names the supported formats, and its members are well-formed",
    "client_metadata에 지원 형식이 있고 각 항목의 형식이 올바릅니다",
    "OpenID4VP 1.0 §5.1, §11.1",
);
/// A key to encrypt the response to.
pub const ENCRYPTION_KEY: Check = Check::new(
    "VP-20",
    "a request for an encrypted response offers a key and an encryption we know",
    "암호화된 응답을 요구하는 요청은 사용할 수 있는 키와 암호화 방식을 제시합니다",
    "OpenID4VP 1.0 §8.3",
);

const NOT_AN_OBJECT: Reason = Reason::new(
    "client-metadata-malformed",
    "client_metadata is not an object",
    "client_metadata가 객체가 아닙니다",
);
const NO_METADATA: Reason =
    Reason::new("client-metadata-missing", "client_metadata is missing", "client_metadata가 없습니다");
const NO_FORMATS: Reason = Reason::new(
    "formats-missing",
    "vp_formats_supported is not an object of objects",
    "vp_formats_supported가 객체들의 객체가 아닙니다",
);
const BAD_JWKS: Reason = Reason::new(
    "jwks-malformed",
    "jwks is not a set of at most 32 keys, each with its own kid",
    "jwks가 고유한 kid를 가진 32개 이하의 키 집합이 아닙니다",
);
const BAD_ENC: Reason = Reason::new(
    "enc-values-malformed",
    "encrypted_response_enc_values_supported is not a non-empty array of strings",
    "encrypted_response_enc_values_supported가 비어 있지 않은 문자열 배열이 아닙니다",
);
const NO_KEY: Reason = Reason::new(
    "no-encryption-key",
    "no key in jwks can be encrypted to with a supported algorithm",
    "jwks에 지원하는 알고리즘으로 암호화할 수 있는 키가 없습니다",
);
const NO_ENC: Reason = Reason::new(
    "no-content-encryption",
    "none of the content encryptions is supported",
    "지원하는 콘텐츠 암호화 방식이 없습니다",
);

const MAX_KEYS: usize = 32;

/// The verifier's metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientMetadata {
    vp_formats_supported: Map<String, Value>,
    encryption_keys: Vec<EncryptionKey>,
    agreement_keys: Vec<PublicKey>,
    content_encryptions: Vec<ContentEncryption>,
}

/// A key of the verifier that a response may be encrypted to.
#[derive(Debug, Clone, PartialEq)]
pub struct EncryptionKey {
    /// Its name within the request.
    pub kid: String,
    /// How a response is encrypted to it (§8.3: the `alg` of a response is that of the key).
    pub alg: KeyManagement,
    /// A key that agrees: P-256, P-384 or X25519.
    pub key: PublicKey,
}

impl ClientMetadata {
    /// A verifier's own metadata. `formats` is `vp_formats_supported`; without keys, responses come unencrypted.
    pub fn new(
        formats: Map<String, Value>,
        keys: Vec<EncryptionKey>,
        encryptions: Vec<ContentEncryption>,
    ) -> Self {
        let agreement_keys = keys.iter().map(|key| key.key.clone()).collect();
        Self {
            vp_formats_supported: formats,
            encryption_keys: keys,
            agreement_keys,
            content_encryptions: encryptions,
        }
    }

    /// Reads `client_metadata`. Refuses `VP-19`.
    pub fn read(metadata: Option<&Value>) -> Result<Self, Refusal> {
        let refuse = |reason| CLIENT_METADATA.refuse(reason);
        let metadata = metadata.ok_or(refuse(NO_METADATA))?.as_object().ok_or(refuse(NOT_AN_OBJECT))?;
        let formats = metadata
            .get("vp_formats_supported")
            .and_then(Value::as_object)
            .filter(|formats| formats.values().all(Value::is_object))
            .ok_or(refuse(NO_FORMATS))?;
        let content_encryptions = match metadata.get("encrypted_response_enc_values_supported") {
            None => vec![ContentEncryption::A128Gcm],
            Some(names) => content_encryptions(names).ok_or(refuse(BAD_ENC))?,
        };
        let (encryption_keys, agreement_keys) = match metadata.get("jwks") {
            None => (Vec::new(), Vec::new()),
            Some(jwks) => keys(jwks).ok_or(refuse(BAD_JWKS))?,
        };
        Ok(Self {
            vp_formats_supported: formats.clone(),
            encryption_keys,
            agreement_keys,
            content_encryptions,
        })
    }

    /// The member of a request.
    pub fn to_value(&self) -> Value {
        if self.encryption_keys.is_empty() {
            return json!({"vp_formats_supported": self.vp_formats_supported});
        }
        let keys: Vec<_> = self.encryption_keys.iter().map(EncryptionKey::to_jwk).collect();
        let names: Vec<_> = self.content_encryptions.iter().map(|enc| enc.name()).collect();
        json!({
            "encrypted_response_enc_values_supported": names,
            "jwks": {"keys": keys},
            "vp_formats_supported": self.vp_formats_supported,
        })
    }

    /// Whether the verifier takes presentations of this format.
    pub fn supports(&self, format: Format) -> bool {
        self.vp_formats_supported.contains_key(format.identifier())
    }

    /// Whether the verifier takes `value` for `parameter` of this format, as in `kb-jwt_alg_values` (Appendix B). What it
    /// does not restrict it takes. `EdDSA` and `Ed25519` are the same algorithm (RFC 9864).
    pub fn accepts(&self, format: Format, parameter: &str, value: &str) -> bool {
        let Some(format) = self.vp_formats_supported.get(format.identifier()) else { return false };
        let Some(accepted) = format.get(parameter) else { return true };
        let same = |name: &str| {
            name == value || [name, value].iter().all(|name| matches!(*name, "EdDSA" | "Ed25519"))
        };
        accepted.as_array().is_some_and(|names| names.iter().filter_map(Value::as_str).any(same))
    }

    /// Whether the verifier takes one of these COSE algorithms for `parameter` of this format, as in `deviceauth_alg_values`
    /// (B.2.2). What it does not restrict it takes; a format that it does not name it does not restrict.
    pub(super) fn accepts_any(&self, format: Format, parameter: &str, numbers: &[i64]) -> bool {
        let accepted =
            self.vp_formats_supported.get(format.identifier()).and_then(|format| format.get(parameter));
        let Some(accepted) = accepted else { return true };
        let one_of = |number: i64| numbers.contains(&number);
        accepted.as_array().is_some_and(|all| all.iter().filter_map(Value::as_i64).any(one_of))
    }

    /// The keys that one can agree with: those that a response may be encrypted to, and others.
    pub(super) fn agreement_keys(&self) -> &[PublicKey] {
        &self.agreement_keys
    }

    /// The keys a response may be encrypted to.
    pub fn encryption_keys(&self) -> &[EncryptionKey] {
        &self.encryption_keys
    }

    /// The content encryptions that are offered and known here, in the verifier's order.
    pub fn content_encryptions(&self) -> &[ContentEncryption] {
        &self.content_encryptions
    }

    /// To whom a response is encrypted: the first of the keys with the most preferred algorithm, and the first content
    /// encryption that is known here. Refuses `VP-20`.
    pub fn recipient(&self) -> Result<Recipient<'_>, Refusal> {
        let key =
            self.encryption_keys.iter().min_by_key(|key| key.alg).ok_or(ENCRYPTION_KEY.refuse(NO_KEY))?;
        let enc = *self.content_encryptions.first().ok_or(ENCRYPTION_KEY.refuse(NO_ENC))?;
        Ok(Recipient { key: &key.key, kid: Some(&key.kid), alg: key.alg, enc, apu: &[], apv: &[] })
    }
}

impl EncryptionKey {
    /// What a verifier offers who has one key: a JWK for each algorithm of [`KeyManagement::OFFERED`]. The key derivation
    /// of ECDH-ES is told the algorithm, so that one key serves all of them (RFC 7518 §4.6.2).
    pub fn offered(kid: &str, key: &PublicKey) -> Vec<Self> {
        let of = |alg: &KeyManagement| Self { kid: Self::kid(kid, *alg).into(), alg: *alg, key: key.clone() };
        KeyManagement::OFFERED.iter().map(of).collect()
    }

    /// The `kid` of the JWK for `alg`: each JWK of a set has its own.
    pub(super) fn kid(kid: &str, alg: KeyManagement) -> Cow<'_, str> {
        match alg {
            KeyManagement::EcdhEs => Cow::Borrowed(kid),
            #[cfg(feature = "josekit")]
            wrapping => Cow::Owned(format!("{kid}.{}", wrapping.name())),
        }
    }

    fn to_jwk(&self) -> Value {
        let mut jwk = self.key.to_jwk();
        if let Some(members) = jwk.as_object_mut() {
            let added = [("alg", json!(self.alg.name())), ("kid", json!(self.kid)), ("use", json!("enc"))];
            members.extend(added.map(|(name, value)| (name.to_owned(), value)));
        }
        jwk
    }
}

fn content_encryptions(names: &Value) -> Option<Vec<ContentEncryption>> {
    let names = names.as_array().filter(|names| !names.is_empty() && names.iter().all(Value::is_string))?;
    Some(names.iter().filter_map(Value::as_str).filter_map(ContentEncryption::from_name).collect())
}

/// The keys a response can be encrypted to, and all that one can agree with; `None` where the set breaks a rule.
fn keys(jwks: &Value) -> Option<(Vec<EncryptionKey>, Vec<PublicKey>)> {
    let keys = jwks.get("keys")?.as_array().filter(|keys| keys.len() <= MAX_KEYS)?;
    let mut seen = BTreeSet::new();
    let (mut to_encrypt, mut to_agree) = (Vec::new(), Vec::new());
    for jwk in keys {
        let kid = jwk.get("kid")?.as_str()?;
        if !seen.insert(kid) {
            return None;
        }
        let Ok(key) = PublicKey::from_jwk_for(jwk, Purpose::Agreement) else { continue };
        to_agree.push(key.clone());
        if let Some(alg) = jwk.get("alg").and_then(Value::as_str).and_then(KeyManagement::from_name) {
            to_encrypt.push(EncryptionKey { kid: kid.to_owned(), alg, key });
        }
    }
    Some((to_encrypt, to_agree))
}
