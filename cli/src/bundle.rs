//! A trust bundle as commands that judge without a network read it.

use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::text::Text;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::trust::TrustList;

use crate::failure::{Exit, Failure};
use crate::input;

/// The bundle in the file at `path`, or on stdin if it is `-`, and its list, verified at `now`.
pub(crate) fn trusted(path: &str, now: Timestamp) -> Result<(TrustBundle, TrustList), Failure> {
    trusted_bytes(&input::read(path)?, now)
}

/// The same of a bundle at hand.
pub(crate) fn trusted_bytes(bytes: &[u8], now: Timestamp) -> Result<(TrustBundle, TrustList), Failure> {
    let bundle = parsed(bytes)?;
    let trust = bundle.verify(now).map_err(|refusal| {
        let what = Text::new("the trust list is refused", "신뢰 목록을 받아들일 수 없습니다");
        Failure::new(Exit::Usage, what).detail(refusal).hint(Text::new(
            "get a current bundle from whoever runs the list; --at judges as of an earlier moment",
            "목록을 운영하는 곳에서 새 묶음을 받으십시오. --at으로 지난 시점을 기준으로 판단할 수 있습니다",
        ))
    })?;
    Ok((bundle, trust))
}

/// A bundle whose list nobody verified yet.
pub(crate) fn parsed(bytes: &[u8]) -> Result<TrustBundle, Failure> {
    TrustBundle::parse(bytes).map_err(|error| {
        let what = Text::new("the trust bundle cannot be read", "신뢰 묶음을 읽을 수 없습니다");
        Failure::new(Exit::Usage, what).detail(error)
    })
}
