//! What may be wrong with a verifier that runs, as `/readyz` says it.

use jigap_platform::http::Ailment;
use jigap_wallet_core::text::Text;

pub(super) const TRUST_NOT_RENEWED: Ailment = Ailment {
    code: "trust-list-not-renewed",
    hint: Text::new(
        "The trust list could not be renewed; the one in use counts until it ends.",
        "신뢰 목록을 갱신하지 못했습니다. 지금 쓰는 목록은 만료될 때까지 유효합니다.",
    ),
    stops: false,
};
pub(super) const TRUST_ENDED: Ailment = Ailment {
    code: "trust-list-ended",
    hint: Text::new(
        "The trust list has ended: every credential would be refused.",
        "신뢰 목록이 만료되어 모든 증명서가 거절됩니다.",
    ),
    stops: true,
};
pub(super) const CERTIFICATE_ENDED: Ailment = Ailment {
    code: "certificate-ended",
    hint: Text::new(
        "The verifier's certificate has ended: wallets refuse its requests.",
        "검증자의 인증서가 만료되어 지갑이 요청을 거절합니다.",
    ),
    stops: true,
};
pub(super) const CERTIFICATE_ENDS: Ailment = Ailment {
    code: "certificate-ends-soon",
    hint: Text::new(
        "The verifier's certificate ends within 30 days.",
        "검증자의 인증서가 30일 안에 만료됩니다.",
    ),
    stops: false,
};
pub(super) const NO_KEY: Ailment = Ailment {
    code: "key-unavailable",
    hint: Text::new("The verifier's key does not sign.", "검증자의 키로 서명할 수 없습니다."),
    stops: true,
};

pub(super) const FACTS_UNPROVEN: Ailment = Ailment {
    code: "facts-unproven",
    hint: Text::new(
        "Facts are told that nothing proves: `jigap verifier audit` says which.",
        "근거가 없는 사실을 알리고 있습니다. `jigap verifier audit`으로 확인하십시오.",
    ),
    stops: false,
};
