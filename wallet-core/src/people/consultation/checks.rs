//! The checks of a consultation (CN-01 to CN-13), and what is said when one fails.

use crate::verdict::{Check, Reason};

/// CN-01: it is one.
pub const FORM: Check = Check::new(
    "CN-01",
    "a statement of a consultation names it, its sides, its number and what is said, each in its form and nothing beside",
    "상담의 진술은 상담, 양쪽, 번호, 말한 것을 각각의 형식대로 밝히며 그 밖의 것은 담지 않습니다",
    "docs/decisions/0023-the-talk.md",
);
/// CN-02: one of the three said it.
pub const SIGNER: Check = Check::new(
    "CN-02",
    "a statement of a consultation is signed by the seeker, the listed person or the directory of this very consultation",
    "상담의 진술은 바로 이 상담의 찾는 사람, 등재된 사람, 디렉터리 중 하나가 서명했습니다",
    "RFC 7515 §4.1.3; docs/decisions/0023-the-talk.md",
);
/// CN-03: it follows.
pub const FOLLOWS: Check = Check::new(
    "CN-03",
    "a statement has the number after the last and names the digest of the one before it",
    "진술은 마지막 다음 번호를 가지며 바로 앞 진술의 요약값을 밝힙니다",
    "docs/decisions/0023-the-talk.md",
);
/// CN-04: no two of one number.
pub const ONCE: Check = Check::new(
    "CN-04",
    "there is one statement of each number, taken once; another of the same number is refused, and named beside the first",
    "번호마다 진술은 하나이고 한 번만 받으며, 같은 번호의 다른 진술은 거절되고 먼저 받은 것과 함께 알려집니다",
    "docs/decisions/0023-the-talk.md",
);
/// CN-05: they may.
pub const MAY: Check = Check::new(
    "CN-05",
    "whoever says it may do so in the state that the consultation is in",
    "진술한 사람은 상담의 현재 상태에서 그것을 할 수 있는 사람입니다",
    "docs/decisions/0023-the-talk.md",
);
/// CN-06: it is of now.
pub const MOMENT: Check = Check::new(
    "CN-06",
    "a statement was made just now, and not before the one that it follows",
    "진술은 방금 만든 것이며, 앞선 진술보다 이르지 않습니다",
    "RFC 7519 §4.1.6; docs/decisions/0023-the-talk.md",
);
/// CN-07: time speaks first.
pub const DUE: Check = Check::new(
    "CN-07",
    "what time causes is said once its time has come and not before, and nothing else is said until then",
    "시간이 일으키는 일은 그때가 되어야 말할 수 있고, 그때가 되면 그것을 말하기 전에는 다른 말을 할 수 없습니다",
    "docs/decisions/0023-the-talk.md",
);
/// CN-08: a request and a quote are within bounds.
pub const TERMS: Check = Check::new(
    "CN-08",
    "a request waits at most 14 days; a quote is good for at most 14, begins within 90, and its price, ticks and fee are within bounds",
    "요청은 길어야 14일을 기다리며, 견적은 길어야 14일 유효하고 90일 안에 시작하며, 값과 단위와 수수료가 한도 안에 있습니다",
    "docs/decisions/0023-the-talk.md",
);
/// CN-09: time is counted by both.
pub const TICK: Check = Check::new(
    "CN-09",
    "a tick is the next one, lasts as quoted, does not overlap the one before, and ended at most two minutes before it is signed",
    "한 단위는 바로 다음 것이고, 견적대로의 길이이며, 앞 단위와 겹치지 않고, 끝난 지 2분 안에 서명됩니다",
    "docs/decisions/0023-the-talk.md",
);
/// CN-10: they arrive once, in time.
pub const ARRIVAL: Check = Check::new(
    "CN-10",
    "each side arrives once, from ten minutes before the agreed moment on",
    "양쪽은 약속한 때의 10분 전부터, 한 번씩 도착을 알립니다",
    "docs/decisions/0023-the-talk.md",
);
/// CN-11: nobody is awarded what was not counted.
pub const AWARD: Check = Check::new(
    "CN-11",
    "a dispute is resolved within what both sides counted",
    "분쟁은 양쪽이 함께 센 만큼을 넘지 않게 해결됩니다",
    "docs/decisions/0023-the-talk.md",
);
/// CN-12: who was not there does not rate.
pub const RATES: Check = Check::new(
    "CN-12",
    "only a consultation in which time was counted gives a token to rate with, and gives one",
    "시간이 세어진 상담만이 평가 토큰을 주며, 하나만 줍니다",
    "docs/decisions/0023-the-talk.md",
);
/// CN-13: it ends.
pub const LENGTH: Check = Check::new(
    "CN-13",
    "a consultation has at most 600 statements; ticks leave room for those that end it",
    "상담의 진술은 600개 이하이며, 단위를 세는 진술은 상담을 끝낼 자리를 남겨 둡니다",
    "docs/decisions/0023-the-talk.md",
);

pub(super) const GAP: Reason = Reason::new(
    "consultation-gap",
    "a statement is missing before it, or it follows another than the last",
    "앞선 진술이 빠져 있거나, 마지막이 아닌 진술에 이어집니다",
);
pub(super) const FORKS: Reason = Reason::new(
    "consultation-fork",
    "another statement was taken under this number",
    "이 번호로 이미 다른 진술을 받았습니다",
);
pub(super) const NOT_ALLOWED: Reason = Reason::new(
    "consultation-state",
    "they cannot do that in this state",
    "지금 상태에서 그 사람이 할 수 없는 일입니다",
);
pub(super) const NOT_NOW: Reason =
    Reason::new("consultation-moment", "it says that it was made at {at}", "{at}에 만들었다고 합니다");
pub(super) const BEFORE: Reason = Reason::new(
    "consultation-before",
    "it is of before {at}, when the last statement was made",
    "마지막 진술을 한 {at}보다 이릅니다",
);
pub(super) const NOT_DUE: Reason =
    Reason::new("consultation-early", "nothing such is due", "그런 일이 일어날 때가 아닙니다");
pub(super) const PASSED: Reason = Reason::new(
    "consultation-passed",
    "at {at} time caused something, which is to be said first",
    "{at}에 시간이 일으킨 일이 있어 그것을 먼저 말해야 합니다",
);
pub(super) const BOUNDS: Reason =
    Reason::new("consultation-terms", "it is not within the bounds", "한도를 벗어납니다");
pub(super) const OTHER_COUNT: Reason =
    Reason::new("tick-count", "it is not the next tick", "바로 다음 단위가 아닙니다");
pub(super) const OTHER_LENGTH: Reason =
    Reason::new("tick-length", "it lasts longer or shorter than was quoted", "견적보다 길거나 짧습니다");
pub(super) const OVERLAPS: Reason = Reason::new(
    "tick-overlap",
    "it begins before {at}, when what was counted ended",
    "센 시간이 끝난 {at}보다 먼저 시작합니다",
);
pub(super) const NOT_JUST_ENDED: Reason = Reason::new(
    "tick-window",
    "it ended at {at}: in the future, or too long ago",
    "{at}에 끝난 것입니다. 아직 오지 않았거나 너무 오래되었습니다",
);
pub(super) const PROPOSED: Reason =
    Reason::new("tick-proposed", "they said another tick just before", "방금 다른 단위를 말했습니다");
pub(super) const TOO_EARLY: Reason =
    Reason::new("arrival-early", "one can arrive from {at} on", "{at}부터 도착을 알릴 수 있습니다");
pub(super) const ARRIVED: Reason =
    Reason::new("arrival-again", "they have arrived already", "이미 도착했습니다");
pub(super) const TOO_MUCH: Reason =
    Reason::new("award-too-much", "it is more than was counted", "센 것보다 많습니다");
pub(super) const NOTHING_COUNTED: Reason =
    Reason::new("rate-nothing", "no time was counted", "센 시간이 없습니다");
pub(super) const NO_ELEMENT: Reason =
    Reason::new("rate-element", "nothing is blinded in it", "가려진 것이 들어 있지 않습니다");
pub(super) const FULL: Reason =
    Reason::new("consultation-full", "there are too many statements", "진술이 너무 많습니다");
