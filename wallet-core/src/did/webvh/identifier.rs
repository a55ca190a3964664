//! The method-specific identifier (did:webvh 1.0 "Method-Specific Identifier") and the DID-to-HTTPS transformation.
//!
//! `did:webvh:{SCID}:example.com%3A3000:dids:issuer` has its log at `https://example.com:3000/dids/issuer/did.jsonl`, a
//! bare domain at `/.well-known/did.jsonl`. Internationalized names are percent-encoded UTF-8 and go through IDNA.
//!
//! Refused, before anything is fetched: IP addresses in any spelling (`WV-01`), names that are not fully qualified but
//! `localhost`, ASCII characters hidden in percent-encoding, ports out of range, path segments that somebody might read as
//! several or as none (`WV-02`), what is no SHA-256 multihash where the SCID belongs (`WV-03`). `localhost` is asked for by
//! http, which the fetch guard lets pass in development alone.

use url::{Host, Url};

use super::hash;
use crate::did::{Did, web};
use crate::verdict::{Check, Reason, Refusal};

/// WV-01: the host is a domain name.
pub const DOMAIN: Check = Check::new(
    "WV-01",
    "a did:webvh names a fully qualified domain, never an IP address, and hides no character of it",
    "did:webvh는 완전한 도메인 이름을 적고, IP 주소나 감춘 문자를 쓰지 않습니다",
    "did:webvh 1.0, Method-Specific Identifier",
);
/// WV-02: path segments stay what they are.
pub const PATH: Check = Check::new(
    "WV-02",
    "each path segment of a did:webvh is one segment, whoever decodes it",
    "did:webvh의 경로 구간은 누가 해독해도 한 구간입니다",
    "did:webvh 1.0, DID to HTTPS Transformation",
);
/// WV-03: the SCID is a hash.
pub const SCID_FORM: Check = Check::new(
    "WV-03",
    "the self-certifying identifier of a did:webvh is a SHA-256 multihash in base58btc",
    "did:webvh의 자기 인증 식별자는 base58btc로 적은 SHA-256 다중 해시입니다",
    "did:webvh 1.0, Method-Specific Identifier",
);

const NO_DOMAIN: Reason = Reason::new(
    "webvh-domain",
    "the identifier names no domain that may be asked",
    "식별자에 물어볼 수 있는 도메인이 없습니다",
);
const NO_SEGMENT: Reason = Reason::new(
    "webvh-path",
    "a path segment of the identifier is empty, dotted or hides a separator",
    "식별자의 경로 구간이 비었거나 점이거나 구분자를 감추고 있습니다",
);
const NO_SCID: Reason = Reason::new(
    "webvh-scid-malformed",
    "the identifier's first part is no SHA-256 multihash",
    "식별자의 첫 부분이 SHA-256 다중 해시가 아닙니다",
);

/// A did:webvh taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identifier<'d> {
    /// The self-certifying identifier.
    pub(super) scid: &'d str,
    /// Where the log is.
    pub(super) log: Url,
    /// Where the files of the implicit services are: the log's folder, without `.well-known`.
    pub(super) files: Url,
}

impl<'d> Identifier<'d> {
    /// Reads a DID. Refuses by WV-01, WV-02 and WV-03.
    pub(super) fn read(did: &'d Did) -> Result<Self, Refusal> {
        let mut parts = did.identifier().split(':');
        let (scid, domain) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let origin = origin(domain).ok_or(DOMAIN.refuse(NO_DOMAIN))?;
        let path = parts.map(segment).collect::<Option<Vec<_>>>().ok_or(PATH.refuse(NO_SEGMENT))?;
        if !hash::is_multihash(scid) {
            return Err(SCID_FORM.refuse(NO_SCID));
        }
        let folder = path.iter().fold(String::new(), |folder, segment| folder + segment + "/");
        let at = |rest: &str| origin.join(rest).map_err(|_| PATH.refuse(NO_SEGMENT));
        let log = if path.is_empty() { "/.well-known/".to_owned() } else { format!("/{folder}") };
        Ok(Self { scid, log: at(&format!("{log}did.jsonl"))?, files: at(&format!("/{folder}"))? })
    }

    /// Where the proofs of its witnesses are.
    pub(super) fn witness_proofs(&self) -> Option<Url> {
        self.log.join("did-witness.json").ok()
    }
}

/// The origin of a domain with or without port.
fn origin(domain: &str) -> Option<Url> {
    let (name, port) = match domain.to_ascii_lowercase().rfind("%3a") {
        Some(at) => (domain.get(..at)?, Some(port(domain.get(at + 3..)?)?)),
        None => (domain, None),
    };
    // No producer needs to encode what the grammar has; who does hides something.
    let decoded = decode(name, |byte| !byte.is_ascii())?;
    let scheme = if decoded.eq_ignore_ascii_case("localhost") { "http" } else { "https" };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let url = Url::parse(&format!("{scheme}://{decoded}{port}/")).ok()?;
    let Some(Host::Domain(host)) = url.host() else { return None };
    let same = !decoded.is_ascii() || host.eq_ignore_ascii_case(&decoded);
    let qualified = host.contains('.') || host == "localhost";
    (same && qualified && web::is_domain_name(host)).then_some(url)
}

/// One to five digits, 1 to 65535, in the one spelling.
fn port(digits: &str) -> Option<u16> {
    let plain = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

/// A path segment as it stands in a URL (RFC 3986 §2.3: unreserved characters plain, all others encoded).
fn segment(segment: &str) -> Option<String> {
    let decoded = decode(segment, |byte| byte >= b' ' && !matches!(byte, b'/' | b'\\' | b'%' | 0x7f))?;
    if matches!(decoded.as_str(), "" | "." | "..") || decoded.trim() != decoded {
        return None;
    }
    let mut encoded = String::new();
    for byte in decoded.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(encoded)
}

/// Decodes percent-encoding once, if all that was encoded is `allowed` and the result is UTF-8.
fn decode(text: &str, allowed: impl Fn(u8) -> bool) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
        let byte = u8::try_from(digit()? * 16 + digit()?).ok().filter(|byte| allowed(*byte))?;
        decoded.push(byte);
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCID: &str = "QmaaKkr6nu7uSTpjSfAr3r7xBezNZGpWu6Gwtgqr6A4ynC";

    fn read(rest: &str) -> Result<(String, String), Check> {
        let did = Did::parse(&format!("did:webvh:{SCID}:{rest}")).unwrap();
        let identifier = Identifier::read(&did).map_err(|refusal| refusal.check)?;
        Ok((identifier.log.into(), identifier.files.into()))
    }

    /// The specification's examples, its Unicode in percent-encoding as the grammar of DIDs demands.
    #[test]
    fn the_examples_of_the_specification() {
        for (rest, log, files) in [
            ("example.com", "https://example.com/.well-known/did.jsonl", "https://example.com/"),
            (
                "issuer.example.com",
                "https://issuer.example.com/.well-known/did.jsonl",
                "https://issuer.example.com/",
            ),
            (
                "example.com:dids:issuer",
                "https://example.com/dids/issuer/did.jsonl",
                "https://example.com/dids/issuer/",
            ),
            (
                "example.com%3A3000:dids:issuer",
                "https://example.com:3000/dids/issuer/did.jsonl",
                "https://example.com:3000/dids/issuer/",
            ),
            (
                "jp%E7%B4%8D%E8%B1%86.%E4%BE%8B.jp:%E7%94%A8%E6%88%B7",
                "https://xn--jp-cd2fp15c.xn--fsq.jp/%E7%94%A8%E6%88%B7/did.jsonl",
                "https://xn--jp-cd2fp15c.xn--fsq.jp/%E7%94%A8%E6%88%B7/",
            ),
            (
                "example.com%3a3000",
                "https://example.com:3000/.well-known/did.jsonl",
                "https://example.com:3000/",
            ),
            ("localhost%3A8080:t:a", "http://localhost:8080/t/a/did.jsonl", "http://localhost:8080/t/a/"),
        ] {
            assert_eq!(read(rest), Ok((log.to_owned(), files.to_owned())), "{rest}");
        }
        let did = Did::parse(&format!("did:webvh:{SCID}:example.com:a")).unwrap();
        let proofs = Identifier::read(&did).unwrap().witness_proofs().unwrap();
        assert_eq!(proofs.as_str(), "https://example.com/a/did-witness.json");
    }

    #[test]
    fn wv_01_what_is_no_domain_name_is_refused() {
        for domain in [
            "127.0.0.1",
            "127.0.0.1%3a8080",
            "127.0.0.1%3A8080",
            "127%2E0%2E0%2E1",
            "127%2e0%2e0%2e1",
            "0x7f.1",
            "0x7f.0.0.1",
            "2130706433",
            "127.1",
            "%5B%3A%3A1%5D",
            "%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1",
            "%EF%BC%91%EF%BC%92%EF%BC%97%E3%80%820%E3%80%820%E3%80%821",
            "example",
            "com",
            "example.com%3A",
            "example.com%3A0",
            "example.com%3A080",
            "example.com%3A65536",
            "example.com%3A123456",
            "example.com%3A80%3A80",
            "example.com%3Ax",
            "example.com%2F..",
            "example.com%EF%BC%8Fa",
            "user%40example.com",
            "exa_mple.com",
            "-a.com",
            "a-.com",
            "a..com",
            ".com",
            "example.com.",
            "%65xample.com",
            "example.com%23x",
            "example.com%00",
            "%FF.com",
            "",
        ] {
            let refused = if domain.is_empty() { read(":a") } else { read(domain) };
            assert_eq!(refused, Err(DOMAIN), "{domain}");
        }
        let long = format!("{}com", "a.".repeat(130));
        assert_eq!(read(&long), Err(DOMAIN));
        let bare = Did::parse(&format!("did:webvh:{SCID}")).unwrap();
        assert_eq!(Identifier::read(&bare).unwrap_err().check, DOMAIN);
    }

    #[test]
    fn wv_02_a_path_that_leads_elsewhere_is_refused() {
        for path in [
            ":a",
            "..:..:admin",
            ".:a",
            "a:..",
            "%2E%2E:a",
            "%2e%2e:a",
            ".%2e:a",
            "%2E:a",
            "a%2Fb",
            "a%5cb",
            "%00",
            "%0d%0a",
            "%252e%252e",
            "%7f",
            "%20a",
            "a%20",
            "%C2%A0a",
            "a%E3%80%80",
            "%FF",
        ] {
            assert_eq!(read(&format!("example.com:{path}")), Err(PATH), "{path}");
        }
        assert_eq!(
            read("example.com:a%20b%7E%c3%a9").unwrap().0,
            "https://example.com/a%20b~%C3%A9/did.jsonl"
        );
    }

    #[test]
    fn wv_03_a_first_part_that_is_no_sha_256_multihash_is_refused() {
        let sha512 = format!("8V{}", "x".repeat(44));
        for scid in [
            "Qm0000000000000000000000000000000000000000000000",
            "QmaaKkr6nu7uSTpjSfAr3r7xBezNZGpWu6Gwtgqr6A4yn",
            "QmaaKkr6nu7uSTpjSfAr3r7xBezNZGpWu6Gwtgqr6A4ynCC",
            "zQmaKkr6nu7uSTpjSfAr3r7xBezNZGpWu6Gwtgqr6A4ynC",
            "%7BSCID%7D",
            sha512.as_str(),
        ] {
            let did = Did::parse(&format!("did:webvh:{scid}:example.com")).unwrap();
            assert_eq!(Identifier::read(&did).unwrap_err().check, SCID_FORM, "{scid}");
        }
    }
}
