//! The words of consents and of the facts that are told by them.

/// As [`super::words::WORDS`].
pub(super) const WORDS: &[(&str, &str)] = &[
    (
        "List what you let verifiers tell on, and take it back",
        "검증자가 다른 곳에 알리도록 동의한 것을 보고 거둡니다",
    ),
    (
        "By some requests you agree that the verifier tells somebody what you proved, for as long as it holds. Each such consent is kept with who is told what, and what for.",
        "어떤 요청에 답하면 증명한 것을 그것이 유효한 동안 검증자가 다른 곳에 알리는 데 동의하게 됩니다. 누구에게 무엇을 왜 알리는지를 동의마다 보관합니다.",
    ),
    ("Take a consent back", "동의를 거둡니다"),
    (
        "The verifier is told, and tells on that what it told by it is so no more. What somebody noted meanwhile nobody takes back.",
        "검증자에게 알리며, 검증자는 그 동의로 알린 것이 더는 사실이 아니라고 알립니다. 그 사이에 누군가 적어 둔 것은 거둘 수 없습니다.",
    ),
    (
        "The consent's id, or the beginning of it, as `jigap wallet consents` prints it",
        "동의의 id 또는 그 앞부분. `jigap wallet consents`가 보여 줍니다",
    ),
    ("Take it back without asking", "묻지 않고 거둡니다"),
    ("taken back", "거둠"),
    ("not taken back", "거두지 않음"),
    (
        "The thumbprint of the persona for which you act, where the request wants a consent that is bound to one",
        "페르소나에 묶인 동의를 구하는 요청에서, 지금 쓰는 자신의 페르소나의 지문",
    ),
    ("Find facts that are told and that nothing proves", "알리고 있으나 근거가 없는 사실을 찾습니다"),
    (
        "Reads what consumers were told as they read it, and looks for the record and the proof of each fact that is live; then fetches each status list and asks it about every fact. Changes nothing. The server must not run: its store has one owner at a time; while it runs, it looks itself, each hour and without the lists.",
        "구독자에게 알린 것을 구독자처럼 읽고, 유효한 사실마다 기록과 근거를 찾습니다. 그다음 상태 목록을 모두 가져와 사실마다 물어봅니다. 아무것도 바꾸지 않습니다. 저장소는 한 번에 한 곳에서만 열 수 있으므로 서버가 멈춰 있어야 합니다. 서버는 도는 동안 한 시간마다 목록 없이 스스로 살핍니다.",
    ),
    ("Fetch no status list", "상태 목록을 가져오지 않습니다"),
    ("every live fact is proved", "유효한 사실에 모두 근거가 있음"),
    ("some are not", "근거가 없는 사실이 있음"),
];
