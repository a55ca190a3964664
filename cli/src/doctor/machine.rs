//! The machine: clock, CA certificates, locale.

use jigap_platform::clock::SystemClock;
use jigap_platform::fetch::{FetchSettings, GuardedFetch};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::time::Timestamp;

use super::Finding;

/// No machine's clock is right before this was written: 2026-01-01.
const WRITTEN: Timestamp = Timestamp::from_unix(1_767_225_600);
/// How far a file's time may be ahead of the clock, in seconds: network file systems have clocks of their own.
const AHEAD: i64 = 120;

pub(super) fn look() -> Vec<Finding> {
    vec![clock(SystemClock.now(), None), certificates(), locale(tag().as_deref())]
}

/// Whether `now` can be: not before this program, not before a file that was `written`.
pub(super) fn clock(now: Timestamp, written: Option<i64>) -> Finding {
    let before_file = written.is_some_and(|written| written > now.unix().saturating_add(AHEAD));
    if now < WRITTEN || before_file {
        return Finding::fail("the clock is behind", "시계가 늦습니다").detail(now).hint(
            "set it by NTP: whether a credential has ended is judged by it",
            "NTP로 맞추십시오. 증명서가 만료되었는지를 이 시계로 판단합니다",
        );
    }
    Finding::ok("the clock", "시계").detail(now)
}

fn certificates() -> Finding {
    match GuardedFetch::new(&FetchSettings::public()) {
        Ok(_) => Finding::ok("CA certificates for https are there", "https에 쓸 CA 인증서가 있습니다"),
        Err(_) => Finding::fail("there are no CA certificates for https", "https에 쓸 CA 인증서가 없습니다")
            .hint("Debian: apt install ca-certificates", "데비안: apt install ca-certificates"),
    }
}

pub(super) fn locale(tag: Option<&str>) -> Finding {
    let tag = tag.unwrap_or("C");
    let lower = tag.to_lowercase();
    if lower.ends_with("utf-8") || lower.ends_with("utf8") {
        return Finding::ok("the locale shows Korean text", "로캘이 한글을 표시할 수 있습니다").detail(tag);
    }
    Finding::warn(
        "the locale is not UTF-8: Korean may not be shown",
        "로캘이 UTF-8이 아니어서 한글이 깨질 수 있습니다",
    )
    .detail(tag)
    .hint("export LANG=C.UTF-8 or ko_KR.UTF-8", "LANG을 ko_KR.UTF-8이나 C.UTF-8로 지정하십시오")
}

#[expect(clippy::disallowed_methods, reason = "the locale is the environment's")]
fn tag() -> Option<String> {
    let set = |name: &&str| std::env::var(name).ok().filter(|tag| !tag.is_empty());
    ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set)
}
