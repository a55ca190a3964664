//! The page that walks a device through trusting the certificate of `jigap ca`: by plain http, since it cannot trust https yet. It
//! serves what everybody may know, and takes nothing. Whoever stands between can change it: so the fingerprint that the
//! device shows is compared with the one on the keeper's terminal, and stands nowhere on the page.

use std::net::SocketAddr;

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse as _;
use axum::routing::get;
use jigap_keys::hash;
use jigap_platform::pem;
use jigap_wallet_core::text::Text;

use crate::args::Welcome;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

const PAGE: &str = include_str!("welcome.html");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Where the page is served, and its routes. The root's fingerprint is said, to be compared with the page's.
pub(super) fn routes(welcome: &Welcome, talk: &Talk) -> Result<(SocketAddr, Router), Failure> {
    let root = input::read(&welcome.root.to_string_lossy())?;
    let unusable = || {
        let what = Text::new("the root is no certificate", "루트가 인증서가 아닙니다");
        let hint = Text::new("`jigap ca init` makes root.pem", "`jigap ca init`이 root.pem을 만듭니다");
        Failure::new(Exit::Usage, what).detail(welcome.root.display()).hint(hint)
    };
    let root =
        pem::certificates(&root).ok().and_then(|chain| chain.into_iter().next()).ok_or_else(unusable)?;
    let fingerprint = fingerprint(&root);
    let said = Text::new("Fingerprint of the root (SHA-256):", "루트 인증서의 지문(SHA-256):");
    talk.say(&format!("{} {fingerprint}", said.get(talk.lang())));
    let mut scanner = welcome.url.clone();
    scanner.set_path("/scan/");
    let page = PAGE.replace("{url}", &escaped(scanner.as_str()));
    let page = get(async move || {
        let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
        (headers, page.clone()).into_response()
    });
    let root = get(async move || ([(CONTENT_TYPE, "application/x-x509-ca-cert")], root.clone()));
    Ok((welcome.listen, Router::new().route("/", page).route("/root.crt", root)))
}

/// SHA-256 as devices show it: `AB:CD:…`.
fn fingerprint(certificate: &[u8]) -> String {
    let bytes = hash::sha256(certificate);
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// Fit for an attribute of HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_page_cannot_leave_its_place() {
        assert_eq!(escaped("https://h/?a=1&b=\"<"), "https://h/?a=1&amp;b=&quot;&lt;");
        assert!(fingerprint(b"").starts_with("E3:B0:C4:42:98:FC:1C:14:"));
        assert!(PAGE.matches("{url}").count() == 2 && !PAGE.contains("{fingerprint}"));
    }
}
