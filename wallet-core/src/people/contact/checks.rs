//! The checks of a contact (PC-01 to PC-12), and what is said when one fails.

use crate::verdict::{Check, Reason};

/// PC-01: it is one.
pub const FORM: Check = Check::new(
    "PC-01",
    "what is said in a contact holds the members of its kind, each in its form and nothing beside",
    "연락에서 하는 말은 그 종류의 항목을 각각의 형식대로 담으며 그 밖의 것은 담지 않습니다",
    "docs/decisions/0023-the-talk.md",
);
/// PC-02: it comes from a persona made for this listing.
pub const PAIRWISE: Check = Check::new(
    "PC-02",
    "a request for contact comes from a persona that asks this one listing, which is another's",
    "연락 요청은 이 등재에만 묻는, 등재된 사람과 다른 페르소나에게서 옵니다",
    "docs/decisions/0023-the-talk.md",
);
/// PC-03: it opens.
pub const OPENS: Check = Check::new(
    "PC-03",
    "what is sealed opens with the key of whom it is for, as part of this very statement, and holds a text within its bounds",
    "봉인된 것은 받는 사람의 키로 바로 이 진술의 일부로서 열리며, 한도를 지킨 글을 담습니다",
    "RFC 9180 §5; docs/decisions/0023-the-talk.md",
);
/// PC-04: it is what was committed to.
pub const COMMITTED: Check = Check::new(
    "PC-04",
    "the text is the one that its sender committed to in the open",
    "글은 보낸 사람이 공개로 확약한 바로 그 글입니다",
    "docs/decisions/0023-the-talk.md",
);
/// PC-05: it passes the listing's gate.
pub const GATE: Check = Check::new(
    "PC-05",
    "a request shows the proof that the listing asks for, and none where it asks for none",
    "요청은 등재가 요구하는 증명을 보이며, 요구하지 않으면 아무것도 보이지 않습니다",
    "docs/decisions/0023-the-talk.md",
);
/// PC-06: it is within the budget.
pub const BUDGET: Check = Check::new(
    "PC-06",
    "whoever asks is within the budget of their record, and the listing within its own",
    "묻는 사람은 자기 기록의 한도 안에, 등재는 자신의 한도 안에 있습니다",
    "docs/decisions/0023-the-talk.md",
);
/// PC-07: who is asked answers.
pub const ANSWERS: Check = Check::new(
    "PC-07",
    "an answer is the listed person's, to this very request",
    "답은 등재된 사람이 바로 이 요청에 한 것입니다",
    "docs/decisions/0023-the-talk.md",
);
/// PC-08: it can be said now.
pub const STANDING: Check = Check::new(
    "PC-08",
    "a request is accepted or declined once, within 30 days; whoever asked can be blocked later; nothing follows a block",
    "요청은 30일 안에 한 번 수락하거나 거절하며, 물은 사람은 나중에도 차단할 수 있고, 차단 뒤에는 아무것도 없습니다",
    "docs/decisions/0023-the-talk.md",
);
/// PC-09: the directory saw it.
pub const FRANKED: Check = Check::new(
    "PC-09",
    "what is reported passed this directory: its sender, whom it was for, when, and what was committed to",
    "신고된 것은 이 디렉터리를 거친 것입니다. 보낸 사람, 받는 사람, 때, 확약이 그대로입니다",
    "docs/decisions/0023-the-talk.md",
);
/// PC-10: whom it was for reports it.
pub const REPORTER: Check = Check::new(
    "PC-10",
    "a message is reported by whom it was for",
    "메시지는 그것을 받은 사람이 신고합니다",
    "docs/decisions/0023-the-talk.md",
);
/// PC-11: one chooses to.
pub const DISCLOSES: Check = Check::new(
    "PC-11",
    "one side of an accepted contact discloses to the other",
    "수락된 연락의 한쪽이 다른 쪽에게 자신을 밝힙니다",
    "docs/decisions/0023-the-talk.md",
);
/// PC-12: who was blocked stays so.
pub const BLOCKED: Check = Check::new(
    "PC-12",
    "whose record was blocked reaches the listing under no other persona",
    "기록이 차단된 사람은 다른 페르소나로도 그 등재에 닿지 못합니다",
    "docs/decisions/0023-the-talk.md",
);

pub(super) const NOT_SUCH: Reason = Reason::new(
    "contact-form",
    "a member is missing, not in its form, or does not belong there",
    "항목이 빠졌거나 형식이 맞지 않거나 있을 자리가 아닙니다",
);
pub(super) const OWN_LISTING: Reason =
    Reason::new("contact-self", "it asks itself", "자기 자신에게 묻고 있습니다");
pub(super) const ANOTHER_LISTING: Reason = Reason::new(
    "contact-reused",
    "this persona has asked another listing",
    "다른 등재에 물었던 페르소나입니다",
);
pub(super) const SEALED: Reason = Reason::new("contact-sealed", "it does not open", "열리지 않습니다");
pub(super) const NO_TEXT: Reason =
    Reason::new("contact-text", "it holds no such text", "그런 글이 들어 있지 않습니다");
pub(super) const OTHER_TEXT: Reason =
    Reason::new("contact-commitment", "it is another text", "다른 글입니다");
pub(super) const NO_PROOF: Reason = Reason::new("gate-proof", "the proof is missing", "증명이 없습니다");
pub(super) const OTHER_PROOF: Reason =
    Reason::new("gate-other", "it is a proof of something else", "다른 것에 대한 증명입니다");
pub(super) const UNASKED: Reason =
    Reason::new("gate-unasked", "nobody asked for a proof", "아무도 증명을 요구하지 않았습니다");
pub(super) const SPENT: Reason =
    Reason::new("budget-spent", "it may be asked again at {at}", "{at}부터 다시 물을 수 있습니다");
pub(super) const ANOTHER: Reason = Reason::new(
    "answer-other",
    "it is somebody else's, or to another request",
    "다른 사람의 답이거나 다른 요청에 대한 답입니다",
);
pub(super) const ANSWERED: Reason =
    Reason::new("answer-standing", "that cannot be said now", "지금은 할 수 없는 말입니다");
pub(super) const LATE: Reason =
    Reason::new("answer-late", "the request ended at {at}", "요청은 {at}에 끝났습니다");
pub(super) const NOT_FRANKED: Reason =
    Reason::new("report-frank", "this directory did not pass that on", "이 디렉터리가 전한 것이 아닙니다");
pub(super) const NOT_THEIRS: Reason =
    Reason::new("report-by", "it was for somebody else", "다른 사람에게 온 것입니다");
pub(super) const NOT_ACCEPTED: Reason = Reason::new(
    "disclosure-standing",
    "the contact is not accepted, or not theirs",
    "수락되지 않았거나 그들의 것이 아닌 연락입니다",
);
pub(super) const IS_BLOCKED: Reason =
    Reason::new("contact-blocked", "the listing takes nothing from them", "등재가 받지 않습니다");
