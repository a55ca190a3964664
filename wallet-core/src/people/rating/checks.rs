//! The checks of ratings (RA-01 to RA-08), and what is said when one fails.

use crate::verdict::{Check, Reason};

/// RA-01: there is a receipt.
pub const RECEIPT: Check = Check::new(
    "RA-01",
    "a token to rate with is issued for a confirmed consultation whose seeker asked for it there, and for nothing else",
    "평가 토큰은 찾는 사람이 그 안에서 청한, 확정된 상담에만 발급됩니다",
    "docs/decisions/0023-the-talk.md",
);
/// RA-02: the directory names the key of a batch.
pub const KEY: Check = Check::new(
    "RA-02",
    "the key of a batch is named by the directory in a statement of its own, and there is one of each batch",
    "묶음의 키는 디렉터리가 따로 서명해 밝히며, 묶음마다 하나입니다",
    "docs/decisions/0023-the-talk.md",
);
/// RA-03: that key made the token.
pub const EVALUATED: Check = Check::new(
    "RA-03",
    "a token was evaluated with the key that the directory named for its batch",
    "토큰은 디렉터리가 그 묶음의 것으로 밝힌 키로 계산되었습니다",
    "RFC 9497 §2.2, §3.3.2",
);
/// RA-04: it is a rating.
pub const FORM: Check = Check::new(
    "RA-04",
    "a rating names its batch, one to five stars and its token, each in its form and nothing beside",
    "평가는 묶음, 별 하나에서 다섯, 토큰을 각각의 형식대로 담으며 그 밖의 것은 담지 않습니다",
    "docs/decisions/0023-the-talk.md",
);
/// RA-05: its time has come.
pub const WHEN: Check = Check::new(
    "RA-05",
    "a rating is given after the month of its batch has ended, and within three months",
    "평가는 묶음의 달이 끝난 뒤 석 달 안에 합니다",
    "docs/decisions/0023-the-talk.md",
);
/// RA-06: the token is the directory's.
pub const TOKEN: Check = Check::new(
    "RA-06",
    "a rating is authenticated by a token of this directory for this batch",
    "평가는 이 디렉터리가 이 묶음에 발급한 토큰으로 인증되었습니다",
    "RFC 9497 §3.3.2; docs/decisions/0023-the-talk.md",
);
/// RA-07: it is spent once.
pub const ONCE: Check = Check::new(
    "RA-07",
    "a token is spent on one rating",
    "토큰 하나로는 평가 하나만 합니다",
    "docs/decisions/0023-the-talk.md",
);
/// RA-08: few ratings are not told.
pub const ENOUGH: Check = Check::new(
    "RA-08",
    "a reputation is told from five ratings on",
    "평판은 평가가 다섯 이상일 때 밝힙니다",
    "docs/decisions/0023-the-talk.md",
);

pub(super) const NO_RECEIPT: Reason = Reason::new(
    "rating-receipt",
    "the seeker asked for no token in it",
    "찾는 사람이 그 안에서 토큰을 청하지 않았습니다",
);
pub(super) const NOT_SUCH: Reason = Reason::new(
    "rating-form",
    "a member is missing, not in its form, or does not belong there",
    "항목이 빠졌거나 형식이 맞지 않거나 있을 자리가 아닙니다",
);
pub(super) const NOT_DIRECTORY: Reason =
    Reason::new("rating-key-by", "somebody else says so", "다른 사람의 말입니다");
pub(super) const TWO_KEYS: Reason = Reason::new(
    "rating-key-two",
    "the directory named another key for this batch",
    "디렉터리가 이 묶음에 다른 키도 밝혔습니다",
);
pub(super) const OTHER_BATCH: Reason =
    Reason::new("rating-batch", "it is the key of another batch", "다른 묶음의 키입니다");
pub(super) const NOT_EVALUATED: Reason = Reason::new(
    "rating-proof",
    "another key made it, or nobody did",
    "다른 키로 만들었거나 아무도 만들지 않았습니다",
);
pub(super) const NOT_YET: Reason =
    Reason::new("rating-early", "it can be given from {at} on", "{at}부터 할 수 있습니다");
pub(super) const TOO_LATE: Reason =
    Reason::new("rating-late", "it could be given until {at}", "{at}까지 할 수 있었습니다");
pub(super) const NO_TOKEN: Reason = Reason::new(
    "rating-token",
    "it is no token of this batch, or of another rating",
    "이 묶음의 토큰이 아니거나 다른 평가의 것입니다",
);
pub(super) const SPENT: Reason =
    Reason::new("rating-spent", "it was spent on another rating", "다른 평가에 쓴 토큰입니다");
pub(super) const TOO_FEW: Reason = Reason::new("reputation-few", "there are fewer", "그보다 적습니다");
