//! Credential Format Identifiers (OpenID4VP 1.0 Appendix B).

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A credential format: those that OpenID4VP 1.0 defines, and those that are judged though no query can ask for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// IETF SD-JWT VC, `dc+sd-jwt`.
    DcSdJwt,
    /// W3C credential secured as a JWT without JSON-LD processing, `jwt_vc_json`.
    JwtVcJson,
    /// W3C credential secured by Data Integrity, `ldp_vc`.
    LdpVc,
    /// ISO/IEC 18013-5 mdoc, `mso_mdoc`.
    MsoMdoc,
    /// W3C credential secured by COSE, `vc+cose`. OpenID4VP has no identifier for it: its media type stands here.
    VcCose,
    /// W3C credential secured by SD-JWT, `vc+sd-jwt`. OpenID4VP has no identifier for it: its media type stands here.
    VcSdJwt,
    /// Entry pass ([`pass`](crate::pass)), `jigap_pass`: shown as a code at a gate, and to no query.
    JigapPass,
}

impl Format {
    /// The format with this identifier, if OpenID4VP 1.0 defines it.
    pub fn from_identifier(identifier: &str) -> Option<Self> {
        [Self::DcSdJwt, Self::JwtVcJson, Self::LdpVc, Self::MsoMdoc]
            .into_iter()
            .find(|format| format.identifier() == identifier)
    }

    /// The Credential Format Identifier; for a format that OpenID4VP does not define, its media type.
    pub const fn identifier(self) -> &'static str {
        match self {
            Self::DcSdJwt => "dc+sd-jwt",
            Self::JwtVcJson => "jwt_vc_json",
            Self::LdpVc => "ldp_vc",
            Self::MsoMdoc => "mso_mdoc",
            Self::VcCose => "vc+cose",
            Self::VcSdJwt => "vc+sd-jwt",
            Self::JigapPass => "jigap_pass",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.identifier())
    }
}

/// By its identifier.
impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.identifier())
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let identifier = String::deserialize(deserializer)?;
        let unasked = [Self::VcCose, Self::VcSdJwt, Self::JigapPass]
            .into_iter()
            .find(|it| it.identifier() == identifier);
        unasked
            .or_else(|| Self::from_identifier(&identifier))
            .ok_or_else(|| D::Error::custom("no credential format"))
    }
}
