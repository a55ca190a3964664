//! Client Identifier Prefixes (OpenID4VP 1.0 §5.9): who asks, and with which key they prove it.
//!
//! Refused: clients without a prefix (none is registered here), the prefixes `openid_federation`,
//! `verifier_attestation` and `origin`, identifiers their prefix does not allow, an unsigned request of a client that
//! has to sign, a signed one of `redirect_uri`, and a key that is not the client's.

use jigap_keys::{PublicKey, base64url, hash};
use url::Url;

use crate::did::{self, Did, DidUrl, Purpose, ResolutionError};
use crate::documents::{Documents, Need};
use crate::jose::Header;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};
use crate::x509::{Anchors, ChainError, Leaf};

/// The prefix is one we authenticate clients by.
pub const PREFIX_SUPPORTED: Check = Check::new(
    "VP-05",
    "the client identifier has a prefix by which the verifier can be authenticated here",
    "클라이언트 식별자에 검증자를 인증할 수 있는 접두어가 있습니다",
    "OpenID4VP 1.0 §5.9.1, §5.9.2",
);
/// The identifier is of its prefix's form.
pub const CLIENT_ID: Check = Check::new(
    "VP-06",
    "the client identifier has the form its prefix demands",
    "클라이언트 식별자가 접두어가 요구하는 형식입니다",
    "OpenID4VP 1.0 §5.9.3",
);
/// Signed, or not, as the prefix says.
pub const SIGNED_AS_PREFIX_DEMANDS: Check = Check::new(
    "VP-07",
    "the request is signed, except with the prefix redirect_uri, which cannot be",
    "요청은 서명되어 있습니다. 서명할 수 없는 redirect_uri 접두어만 예외입니다",
    "OpenID4VP 1.0 §5.9.3",
);
/// The key belongs to the client.
pub const CLIENT_KEY: Check = Check::new(
    "VP-08",
    "the request is signed with a key that the client identifier vouches for",
    "요청은 클라이언트 식별자가 보증하는 키로 서명되었습니다",
    "OpenID4VP 1.0 §5.9.3",
);

const NO_PREFIX: Reason = Reason::new(
    "client-not-registered",
    "the client identifier has no prefix, and no client is registered here",
    "클라이언트 식별자에 접두어가 없고 등록된 클라이언트도 없습니다",
);
const UNSUPPORTED: Reason = Reason::new(
    "prefix-not-supported",
    "the client identifier prefix is not supported",
    "지원하지 않는 클라이언트 식별자 접두어입니다",
);
const ORIGIN: Reason = Reason::new(
    "prefix-reserved",
    "the prefix origin is reserved and may not stand in a request",
    "origin 접두어는 예약되어 있어 요청에 쓸 수 없습니다",
);
const MALFORMED: Reason = Reason::new(
    "client-id-malformed",
    "the client identifier is not what its prefix demands",
    "클라이언트 식별자가 접두어의 형식에 맞지 않습니다",
);
const UNSIGNED: Reason = Reason::new(
    "request-not-signed",
    "the request of a client that has to sign is not signed",
    "서명해야 하는 클라이언트의 요청에 서명이 없습니다",
);
const SIGNED: Reason = Reason::new(
    "request-cannot-be-signed",
    "a request with the prefix redirect_uri cannot be signed by a key anybody trusts",
    "redirect_uri 접두어를 쓴 요청은 신뢰할 수 있는 키로 서명될 수 없습니다",
);
const NO_CHAIN: Reason =
    Reason::new("x5c-missing", "the request carries no certificate", "요청에 인증서가 없습니다");
const NO_ANCHORS: Reason = Reason::new(
    "no-anchors",
    "no certificate authority is trusted for verifiers here",
    "검증자에 대해 신뢰하는 인증 기관이 없습니다",
);
const OTHER_HASH: Reason = Reason::new(
    "certificate-hash-mismatch",
    "the certificate is not the one the client identifier names",
    "인증서가 클라이언트 식별자가 가리키는 것과 다릅니다",
);
const OTHER_NAME: Reason = Reason::new(
    "certificate-name-mismatch",
    "the certificate is for another DNS name",
    "인증서의 DNS 이름이 다릅니다",
);
const CHAIN: Reason = Reason::new(
    "certificate-not-trusted",
    "the certificate chain leads to nobody who is trusted",
    "인증서 체인을 신뢰할 수 없습니다",
);
const CHAIN_EXPIRED: Reason =
    Reason::new("certificate-expired", "a certificate ended at {at}", "인증서가 {at}에 만료되었습니다");
const CHAIN_EARLY: Reason = Reason::new(
    "certificate-not-yet-valid",
    "a certificate begins at {at}",
    "인증서의 유효 기간이 {at}에 시작합니다",
);
const NO_KID: Reason = Reason::new(
    "kid-missing",
    "the request does not name the key it is signed with",
    "요청에 서명 키를 가리키는 kid가 없습니다",
);
const OTHER_DID: Reason =
    Reason::new("kid-of-another-did", "the key belongs to another DID", "키가 다른 DID에 속합니다");
const DID_NOT_FOUND: Reason =
    Reason::new("did-not-found", "the DID document could not be obtained", "DID 문서를 얻을 수 없습니다");
const DID_KEY: Reason =
    Reason::new("did-key", "the DID document gives no such key", "DID 문서에 해당 키가 없습니다");

/// A Client Identifier with its prefix: the audience of every presentation is [`ClientId::as_str`], whole (§14.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientId {
    text: String,
    client: Client,
}

/// Who a Client Identifier names, by its prefix (§5.9.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Client {
    /// `redirect_uri:` whoever receives at this address. Nothing else is known of them.
    RedirectUri(Url),
    /// `x509_san_dns:` who has a certificate for this DNS name, in lower case.
    X509SanDns(String),
    /// `x509_hash:` who has the certificate with this base64url SHA-256.
    X509Hash(String),
    /// `decentralized_identifier:` who controls this DID.
    DecentralizedIdentifier(Did),
}

/// What a wallet trusts when verifiers say who they are.
#[derive(Debug, Clone, Copy)]
pub struct VerifierTrust<'a> {
    /// Certificate authorities for the prefixes `x509_san_dns` and `x509_hash`; `None` refuses both.
    pub anchors: Option<&'a Anchors>,
    /// DID documents that were fetched.
    pub documents: &'a Documents,
    /// The present moment.
    pub now: Timestamp,
}

impl ClientId {
    /// Reads a Client Identifier. Refuses `VP-05`, `VP-06`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let (prefix, original) = text.split_once(':').ok_or(PREFIX_SUPPORTED.refuse(NO_PREFIX))?;
        let client = match prefix {
            "redirect_uri" => receiving_url(original).map(Client::RedirectUri),
            "x509_san_dns" => {
                is_dns_name(original).then(|| Client::X509SanDns(original.to_ascii_lowercase()))
            }
            "x509_hash" => is_sha256(original).then(|| Client::X509Hash(original.to_owned())),
            "decentralized_identifier" => Did::parse(original).ok().map(Client::DecentralizedIdentifier),
            "origin" => return Err(PREFIX_SUPPORTED.refuse(ORIGIN)),
            _ => return Err(PREFIX_SUPPORTED.refuse(UNSUPPORTED)),
        };
        let client = client.ok_or(CLIENT_ID.refuse(MALFORMED))?;
        Ok(Self { text: text.to_owned(), client })
    }

    /// The identifier of the holder of the certificate `leaf` (DER).
    pub fn x509_hash(leaf: &[u8]) -> Self {
        let hash = base64url::encode(hash::sha256(leaf));
        Self { text: format!("x509_hash:{hash}"), client: Client::X509Hash(hash) }
    }

    /// The whole identifier, prefix included.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Who it names.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Whether its requests are signed; those of `redirect_uri` cannot be.
    pub const fn signs(&self) -> bool {
        !matches!(self.client, Client::RedirectUri(_))
    }

    /// The identifier without its prefix.
    pub(super) fn original(&self) -> &str {
        self.text.split_once(':').map_or("", |(_, original)| original)
    }

    /// The document that authenticating this client needs besides the request: a DID document, for some methods.
    pub fn needs(&self, documents: &Documents) -> Option<Need> {
        match &self.client {
            Client::DecentralizedIdentifier(did) => did::needs(did, documents),
            _ => None,
        }
    }

    /// Refuses (`VP-07`) a request that is signed where its prefix forbids it, or the other way round.
    pub(super) fn require_signed(&self, signed: bool) -> Result<(), Refusal> {
        match (self.signs(), signed) {
            (true, false) => Err(SIGNED_AS_PREFIX_DEMANDS.refuse(UNSIGNED)),
            (false, true) => Err(SIGNED_AS_PREFIX_DEMANDS.refuse(SIGNED)),
            _ => Ok(()),
        }
    }

    /// The key that a request object with this header has to be signed with. Refuses `VP-07`, `VP-08`.
    pub fn key(&self, header: &Header, trust: VerifierTrust<'_>) -> Result<PublicKey, Refusal> {
        self.vouched(header, trust).map(|(key, _)| key)
    }

    /// As [`Self::key`], with the names that an authority trusted for verifiers certified beside it.
    pub(super) fn vouched(
        &self,
        header: &Header,
        trust: VerifierTrust<'_>,
    ) -> Result<(PublicKey, Vec<String>), Refusal> {
        let certified = |leaf: &Leaf| {
            let names = leaf.dns_names().iter().chain(leaf.uris()).cloned().collect();
            (leaf.key().clone(), names)
        };
        match &self.client {
            Client::RedirectUri(_) => Err(SIGNED_AS_PREFIX_DEMANDS.refuse(SIGNED)),
            Client::X509Hash(hash) => {
                let leaf = verified_leaf(header, trust)?;
                let names_it = base64url::encode(leaf.sha256()) == *hash;
                if names_it { Ok(certified(&leaf)) } else { Err(CLIENT_KEY.refuse(OTHER_HASH)) }
            }
            Client::X509SanDns(name) => {
                let leaf = verified_leaf(header, trust)?;
                let names_it = leaf.dns_names().contains(name);
                if names_it { Ok(certified(&leaf)) } else { Err(CLIENT_KEY.refuse(OTHER_NAME)) }
            }
            Client::DecentralizedIdentifier(did) => {
                did_key(did, header, trust.documents).map(|key| (key, Vec::new()))
            }
        }
    }
}

fn verified_leaf(header: &Header, trust: VerifierTrust<'_>) -> Result<Leaf, Refusal> {
    if header.x5c.is_empty() {
        return Err(CLIENT_KEY.refuse(NO_CHAIN));
    }
    let anchors = trust.anchors.ok_or(CLIENT_KEY.refuse(NO_ANCHORS))?;
    Leaf::verify(&header.x5c, anchors, trust.now).map_err(|error| {
        CLIENT_KEY.refuse(match error {
            ChainError::Expired(at) => CHAIN_EXPIRED.at(at),
            ChainError::NotYetValid(at) => CHAIN_EARLY.at(at),
            _ => CHAIN,
        })
    })
}

/// The key that `kid` names under `did`, if its controller lists it for authentication or assertions.
fn did_key(did: &Did, header: &Header, documents: &Documents) -> Result<PublicKey, Refusal> {
    let kid = header.kid.as_deref().ok_or(CLIENT_KEY.refuse(NO_KID))?;
    if DidUrl::parse(kid).map_err(|_| CLIENT_KEY.refuse(OTHER_DID))?.did() != did {
        return Err(CLIENT_KEY.refuse(OTHER_DID));
    }
    did::verification_key(kid, Purpose::Authentication, documents)
        .or_else(|_| did::verification_key(kid, Purpose::AssertionMethod, documents))
        .map_err(|error| {
            CLIENT_KEY.refuse(if error == ResolutionError::NotFound { DID_NOT_FOUND } else { DID_KEY })
        })
}

/// A URL a response may be posted to: https, or http to loopback; no user name, no fragment (RFC 6749 §3.1.2).
pub(super) fn receiving_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (crate::documents::is_fetchable(&url) && url.fragment().is_none()).then_some(url)
}

fn is_dns_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

fn is_sha256(text: &str) -> bool {
    base64url::decode(text).is_ok_and(|hash| hash.len() == 32)
}
