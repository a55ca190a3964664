//! The session transcript: what device authentication binds a presentation to (ISO 18013-5 §9.1.5.1; OpenID4VP 1.0 B.2.6).
//!
//! Both sides build it from what they know of the request. It is signed, never sent: what differs makes the device's proof fail.

use std::fmt;

use jigap_keys::{PrivateKey, PublicKey, SharedSecret, base64url, hash, mac};
use zeroize::Zeroizing;

use crate::cbor::{self, Limits, Writer};

/// How a device was engaged near by (ISO 18013-5 §9.1.5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engagement<'a> {
    /// It showed a QR code.
    Qr,
    /// By NFC: the handover select message, and the handover request message where it was negotiated.
    Nfc {
        /// `Hs`
        select: &'a [u8],
        /// `Hr`
        request: Option<&'a [u8]>,
    },
}

/// `SessionTranscript` as it is authenticated.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionTranscript(Vec<u8>);

/// Shows its size.
impl fmt::Debug for SessionTranscript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionTranscript({} bytes)", self.0.len())
    }
}

impl SessionTranscript {
    /// Of a request by redirect or link (OpenID4VP 1.0 B.2.6.1). `client_id` with its prefix; `encryption_key`: the verifier's
    /// key that the response is encrypted to, if it is; `response_uri`, or the `redirect_uri` where that is what the request has.
    pub fn openid4vp(
        client_id: &str,
        nonce: &str,
        encryption_key: Option<&PublicKey>,
        response_uri: &str,
    ) -> Self {
        Self::openid4vp_by_thumbprint(client_id, nonce, encryption_key.and_then(thumbprint), response_uri)
    }

    /// The same where of the key that the response is encrypted to only its JWK thumbprint by SHA-256 (RFC 7638) is at hand.
    pub fn openid4vp_by_thumbprint(
        client_id: &str,
        nonce: &str,
        encryption_key: Option<[u8; 32]>,
        response_uri: &str,
    ) -> Self {
        let mut info = Writer::new();
        info.array(4).text(client_id).text(nonce);
        write_thumbprint(&mut info, encryption_key).text(response_uri);
        Self::handover("OpenID4VPHandover", &info.into_bytes())
    }

    /// One that was written down: the CBOR of `SessionTranscript`, an array of three. `None` for anything else.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let item = cbor::parse(bytes, Limits::MESSAGE).ok()?;
        (item.as_array()?.len() == 3).then(|| Self(bytes.to_vec()))
    }

    /// Of a request by the Digital Credentials API (OpenID4VP 1.0 B.2.6.2). `origin` without a prefix; `encryption_key`: as for
    /// [`SessionTranscript::openid4vp`].
    pub fn digital_credentials(origin: &str, nonce: &str, encryption_key: Option<&PublicKey>) -> Self {
        let mut info = Writer::new();
        info.array(3).text(origin).text(nonce);
        write_thumbprint(&mut info, encryption_key.and_then(thumbprint));
        Self::handover("OpenID4VPDCAPIHandover", &info.into_bytes())
    }

    /// Of a device near by (ISO 18013-5 §9.1.5.1): the bytes of its `DeviceEngagement`, and of the reader's key as a COSE_Key.
    pub fn proximity(device_engagement: &[u8], reader_key: &[u8], engagement: Engagement<'_>) -> Self {
        let mut writer = Writer::new();
        writer.array(3).embedded(device_engagement).embedded(reader_key);
        match engagement {
            Engagement::Qr => writer.null(),
            Engagement::Nfc { select, request } => {
                writer.array(2).bytes(select);
                match request {
                    Some(request) => writer.bytes(request),
                    None => writer.null(),
                }
            }
        };
        Self(writer.into_bytes())
    }

    fn handover(kind: &str, info: &[u8]) -> Self {
        let mut writer = Writer::new();
        writer.array(3).null().null().array(2).text(kind).bytes(&hash::sha256(info));
        Self(writer.into_bytes())
    }

    /// The CBOR of it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// `DeviceAuthenticationBytes` for a document of this type, with `DeviceNameSpacesBytes` as they came (§9.1.3.4).
    pub(super) fn device_authentication(&self, doc_type: &str, device_namespaces: &[u8]) -> Vec<u8> {
        let mut authentication = Writer::with_capacity(self.0.len() + device_namespaces.len() + 64);
        authentication
            .array(4)
            .text("DeviceAuthentication")
            .raw(&self.0)
            .text(doc_type)
            .raw(device_namespaces);
        let mut writer = Writer::with_capacity(self.0.len() + device_namespaces.len() + 80);
        writer.embedded(&authentication.into_bytes());
        writer.into_bytes()
    }

    /// A key of this session out of what device and reader agreed on: `EMacKey` for the device's MAC (§9.1.3.5).
    fn session_key(&self, secret: &SharedSecret, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut bytes = Writer::new();
        bytes.embedded(&self.0);
        let salt = hash::sha256(&bytes.into_bytes());
        let mut key = Zeroizing::new([0; 32]);
        mac::hkdf_sha256(secret.as_bytes(), &salt, info, &mut *key);
        key
    }

    /// `EMacKey`, from one's own private key and the other's public one; `None` if they do not agree.
    pub(super) fn mac_key(&self, own: &PrivateKey, peer: &PublicKey) -> Option<Zeroizing<[u8; 32]>> {
        own.agree(peer).ok().map(|secret| self.session_key(&secret, b"EMacKey"))
    }

    /// `SKReader`, which encrypts what a reader near by sends: only to hold transcripts against recorded sessions.
    #[cfg(test)]
    pub(super) fn reader_key(&self, own: &PrivateKey, peer: &PublicKey) -> Zeroizing<[u8; 32]> {
        self.session_key(&own.agree(peer).unwrap(), b"SKReader")
    }
}

/// What a verifier knows of the session in which a presentation must have been made.
#[derive(Debug, Clone, Copy)]
pub struct Session<'s> {
    /// What the device has to authenticate.
    pub transcript: &'s SessionTranscript,
    /// The verifier's private key that a device MAC may be made for: that of a key in `client_metadata.jwks`, or the
    /// reader's own near by. `None`: only device signatures are taken.
    pub reader_key: Option<&'s PrivateKey>,
}

/// The RFC 7638 thumbprint of a key as bytes.
fn thumbprint(key: &PublicKey) -> Option<[u8; 32]> {
    base64url::decode(&key.thumbprint()).ok()?.try_into().ok()
}

/// A thumbprint, or `null`.
fn write_thumbprint(writer: &mut Writer, thumbprint: Option<[u8; 32]>) -> &mut Writer {
    match thumbprint {
        Some(thumbprint) => writer.bytes(&thumbprint),
        None => writer.null(),
    }
}
