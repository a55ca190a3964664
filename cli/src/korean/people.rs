//! The table of people directories.

/// As [`WORDS`](super::words::WORDS).
pub(super) const WORDS: &[(&str, &str)] = &[
    (
        "A directory lists people by what a verifier found proved of them. Who seeks says no name; who is listed is there under a persona that the wallet keeps for that directory alone.",
        "인명부에는 검증자가 증명을 확인한 사람이 실립니다. 찾는 사람은 이름을 밝히지 않고, 실린 사람은 지갑이 그 인명부에서만 쓰는 페르소나로 실립니다.",
    ),
    (
        "A file with more words, at most 2,000 characters; `-` reads stdin",
        "자세한 글이 든 파일. 2,000자 이하. `-`는 표준 입력을 읽습니다",
    ),
    ("A language that is spoken, BCP 47; repeatable", "할 줄 아는 언어, BCP 47. 여러 번 쓸 수 있습니다"),
    (
        "A point nearby; the directory is told the cell of about five square kilometres around it",
        "가까운 지점. 인명부에는 그 지점이 든 약 5제곱킬로미터의 셀만 알립니다",
    ),
    (
        "At most so many cells of two kilometres away, up to 12",
        "2킬로미터 너비의 셀로 몇 칸 안까지 볼지, 12 이하",
    ),
    ("Be found again", "다시 검색되게 합니다"),
    ("Be found in a directory", "인명부에서 검색되게 합니다"),
    ("Be listed no more", "게시글을 내립니다"),
    ("Change what one is found by", "게시글을 고칩니다"),
    ("Find qualified people, and be found", "자격을 갖춘 사람을 찾고, 자신도 찾아지게 합니다"),
    ("For at most so many KRW an hour", "시간당 몇 원 이하인지"),
    ("How one is met; repeatable", "만나는 방법. 여러 번 쓸 수 있습니다"),
    ("In this region or city", "이 지역이나 도시에 있는 사람"),
    ("In which order", "정렬 순서"),
    ("KRW an hour", "시간당 금액(원)"),
    ("Near this point", "이 지점 가까이"),
    ("Not be found for now", "당분간 검색되지 않게 합니다"),
    ("Of which grade", "등급"),
    ("One line", "한 줄 소개"),
    ("Print the last listing document as it was signed", "마지막 게시 문서를 서명된 그대로 출력합니다"),
    (
        "Run issuer, verifier and people directory, many tenants on one port",
        "발급자, 검증자, 인명부를 실행합니다. 한 포트에서 여러 기관을 함께 다룹니다",
    ),
    ("Say of each why they stand where they stand", "저마다 그 순위에 있는 까닭을 보여 줍니다"),
    ("Search a directory", "인명부를 검색합니다"),
    ("refused or not agreed to", "거부되었거나 동의하지 않음"),
    (
        "Set up a people directory alone, whose verifier is at this address",
        "인명부만 준비합니다. 이 주소의 검증자를 따릅니다",
    ),
    ("Set up a people directory beside issuer and verifier", "발급자와 검증자 곁에 인명부도 준비합니다"),
    (
        "Set up an issuer and a verifier in a folder, or a people directory",
        "폴더에 발급자와 검증자, 또는 인명부를 준비합니다",
    ),
    ("Show one's own listing, and how it stands", "자신의 게시글과 그 상태를 보여 줍니다"),
    (
        "Prove it by this credential, where several would: its id, or the beginning of it, as `jigap wallet list` prints it",
        "증명할 증명서가 여럿이면 쓸 것: `jigap wallet list`에 나오는 id나 그 앞부분",
    ),
    ("Show it and agree without being asked", "묻지 않고 동의하고 제출합니다"),
    (
        "Signs a listing under a persona of the wallet and hands it in. For each kind that nothing proves yet, the directory has its verifier ask for the proof: who asks, what is shown and what is told on is said, and asked once. Where the credential's issuer gives copies for directories, one is shown, by which the directory knows that nobody is listed twice. The listing is found once something proves it.",
        "지갑의 페르소나로 게시글에 서명하여 인명부에 냅니다. 아직 증명되지 않은 종류마다 인명부의 검증자가 증명을 요청합니다. 누가 요청하고 무엇을 제출하며 무엇이 알려지는지 보여 주고 한 번 묻습니다. 증명서의 발급자가 디렉터리용 사본을 주면 그것을 제출하며, 인명부는 이것으로 같은 사람이 두 번 실리지 않게 합니다. 게시글은 무엇이든 증명된 뒤부터 검색됩니다.",
    ),
    ("So many pages of twenty, up to ten", "스무 건짜리 쪽을 몇 쪽까지 볼지, 10 이하"),
    ("The client identifier of that verifier", "그 검증자의 클라이언트 식별자"),
    (
        "The directory forgets the words and keeps the number of the last document. The wallet keeps the persona.",
        "인명부는 글을 지우고 마지막 문서의 번호만 남깁니다. 지갑은 페르소나를 남깁니다.",
    ),
    ("The directory", "인명부"),
    ("The name to be found under", "검색될 이름"),
    ("The name to be found under; not one's own", "검색될 이름. 본명이 아닙니다"),
    ("The region, such as mapo", "지역, 예: mapo"),
    (
        "To be had then; repeatable, any of them counts",
        "그 시간에 되는 사람. 여러 번 쓰면 그 가운데 하나라도 되는 사람",
    ),
    ("To be met so", "만나는 방법"),
    (
        "What a seeker has to prove before they may write, by the name of a query of the directory",
        "글을 보내려는 사람이 먼저 증명해야 하는 것. 인명부에 있는 질의의 이름",
    ),
    (
        "With --with-people: a people directory beside them, and what the three need of each other.",
        "--with-people를 주면 인명부와, 셋이 서로 필요로 하는 것도 함께 준비합니다.",
    ),
    ("What is not named stays as it is.", "밝히지 않은 것은 그대로 둡니다."),
    ("What is sought", "찾는 것"),
    (
        "What is to be proved: a kind of the directory; repeatable",
        "증명할 것: 인명부의 종류. 여러 번 쓸 수 있습니다",
    ),
    ("What they are: a kind of the directory", "종류: 인명부에 있는 것"),
    (
        "When, such as sat-morning (night, morning, afternoon, evening); repeatable",
        "시간, 예: sat-morning (night, morning, afternoon, evening). 여러 번 쓸 수 있습니다",
    ),
    ("Where they study", "다니는 학교"),
    ("Who issued their credential, by name", "증명서를 발급한 곳의 이름"),
    ("Who speak this language, BCP 47", "할 줄 아는 언어, BCP 47"),
    (
        "Whoever reads it can verify it, and its words can be listed elsewhere.",
        "읽는 사람은 누구나 검증할 수 있고, 그 글은 다른 인명부에도 실을 수 있습니다.",
    ),
    (
        "With --people: a people directory that follows the feed of that verifier. Writes the token for it, and prints what stands in the verifier's configuration.",
        "--people을 주면 그 검증자의 소식을 따르는 인명부를 준비합니다. 소식을 받을 토큰을 쓰고, 검증자의 설정에 넣을 내용을 출력합니다.",
    ),
    (
        "Words as one would say them, in Korean or English, and filters. A point is made coarse on this machine: the directory is told a cell of about five square kilometres and how far around it.",
        "말하듯이 쓴 한국어나 영어와 조건으로 찾습니다. 지점은 이 컴퓨터에서 흐려집니다. 인명부에는 약 5제곱킬로미터의 셀과 그 둘레의 거리만 알립니다.",
    ),
    ("handed in", "제출함"),
    ("nobody was", "찾은 사람 없음"),
    ("somebody was found", "찾음"),
    ("there is no listing", "게시글이 없음"),
    ("there is none or it is refused", "게시글이 없거나 거절됨"),
    ("there is none", "없음"),
    ("write it as in 37.566,126.902", "37.566,126.902처럼 쓰십시오"),
];
