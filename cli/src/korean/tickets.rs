//! The table of tickets, their gates, and what those are handed.

/// As [`WORDS`](super::words::WORDS).
pub(super) const TICKETS: &[(&str, &str)] = &[
    ("The used tickets of a gate", "문에서 사용한 입장권"),
    ("Show who may issue what by a trust bundle", "신뢰 묶음에서 누가 무엇을 발급할 수 있는지 보여 줍니다"),
    (
        "For each issuer its name, its identifier (which `jigap gate init --issuer` takes) and its types. The list is verified by the signer in the bundle: whoever handed you the file is believed.",
        "발급자마다 이름, 식별자(`jigap gate init --issuer`에 쓰는 값), 발급하는 종류를 보여 줍니다. 목록은 묶음에 든 서명자로 검증하므로, 파일을 준 곳을 믿는 셈입니다.",
    ),
    (
        "The bundle with the signed trust list, or `-` for stdin",
        "서명된 신뢰 목록이 든 묶음, 표준 입력은 `-`",
    ),
    (
        "They lie in its folder, so that a ticket opens it once, whatever becomes of the machine. Gates of one venue tell each other by files, a signed receipt a line. While `jigap scan` or `jigap gate serve` runs it alone has them: `jigap scan --share` and `jigap gate join` exchange them meanwhile.",
        "문의 폴더에 남으므로, 컴퓨터에 무슨 일이 생겨도 입장권은 문을 한 번만 엽니다. 한 장소의 문들은 한 줄에 하나씩 서명된 기록을 담은 파일로 서로 알립니다. `jigap scan`이나 `jigap gate serve`가 실행되는 동안에는 그 명령만 기록을 쓸 수 있으며, 그동안의 기록은 `jigap scan --share`나 `jigap gate join`으로 주고받습니다.",
    ),
    (
        "Pair a gate of tickets with the computer that keeps another gate of its venue",
        "입장권을 받는 문을 같은 장소의 다른 문을 관리하는 컴퓨터에 연결합니다",
    ),
    (
        "Reads the link of `jigap gate pair` from stdin. From then on `jigap scan` of this gate tells that computer, where `jigap gate serve` runs, which tickets it let in, and hears which others did, while it reaches it.",
        "`jigap gate pair`의 링크를 표준 입력에서 읽습니다. 그 뒤로 이 문의 `jigap scan`은 `jigap gate serve`가 실행되는 그 컴퓨터에 사용한 입장권을 알리고, 다른 문에서 사용한 것을 받아 옵니다. 닿지 않는 동안에는 혼자 판단합니다.",
    ),
    (
        "The root of that computer's certificate, if the machine does not trust it: a PEM file",
        "그 컴퓨터의 인증서를 이 컴퓨터가 신뢰하지 않을 때 쓸 루트 인증서: PEM 파일",
    ),
    ("Print the receipts of used tickets, a line each", "사용한 입장권의 기록을 한 줄에 하나씩 출력합니다"),
    ("Take in what other gates of the venue say", "같은 장소의 다른 문이 남긴 기록을 받아들입니다"),
    (
        "A receipt counts if the venue's key signed it and its ticket has not ended. What was known changes nothing.",
        "장소의 키로 서명되었고 입장권이 끝나지 않은 기록만 받아들입니다. 이미 아는 기록은 아무것도 바꾸지 않습니다.",
    ),
    ("Files of receipts, or `-` for stdin", "기록 파일. `-`는 표준 입력을 읽습니다"),
    (
        "Tell which tickets were used twice: the receipts of each, as JSON, a ticket a line",
        "중복 입장한 입장권을 보여 줍니다. 입장권마다 한 줄씩, 입장 기록을 JSON으로 출력합니다",
    ),
    ("all was taken", "모두 받아들임"),
    ("a line was not", "받아들이지 않은 줄이 있음"),
    ("none was", "없음"),
    ("one was", "있음"),
    (
        "What opens it: entry, ticket, membership or student-card. All but entry passes need --issuer",
        "문을 여는 것: entry, ticket, membership, student-card. entry가 아니면 --issuer가 필요합니다",
    ),
    ("For which event a ticket must be, letter for letter", "입장권에 글자 그대로 적혀 있어야 하는 행사"),
    (
        "In which zone a ticket may be; repeatable [default: in any]",
        "입장권의 구역. 여러 번 쓸 수 있습니다 [기본값: 모든 구역]",
    ),
    ("Of which organisation a membership must be", "회원 카드의 단체"),
    ("Of which institution a student card must be", "학생 카드의 학교"),
    (
        "Of which level a membership or student card may be; repeatable [default: of any]",
        "회원 카드나 학생 카드의 등급. 여러 번 쓸 수 있습니다 [기본값: 모든 등급]",
    ),
    (
        "Whose passes open it, by an identifier in the trust list; repeatable [default: entry passes of every issuer there]",
        "문을 여는 패스의 발급자. 신뢰 목록의 식별자로 적으며 여러 번 쓸 수 있습니다 [기본값: 목록에 있는 모든 발급자의 출입 패스]",
    ),
    (
        "How old the bundle is, is said at the start and in every line of JSON; from two thirds of what the gate takes on it warns. A newer bundle that is put in the file's place is taken while it runs.",
        "묶음이 얼마나 지났는지 시작할 때와 JSON의 모든 줄에 알려 주며, 문이 받는 기간의 3분의 2가 지나면 경고합니다. 실행 중에 파일을 새 묶음으로 바꾸면 그것을 받아들입니다.",
    ),
    (
        "Share used tickets with the venue's other gates through this folder, which all of them see",
        "같은 장소의 다른 문과 함께 보는 이 폴더로 사용한 입장권을 알립니다",
    ),
    (
        "Show the pass of this credential, by the beginning of its id: of several tickets for one event the one that is meant",
        "id가 이렇게 시작하는 증명서의 패스를 보여 줍니다. 한 행사의 입장권이 여럿일 때 그중 하나를 고릅니다",
    ),
    ("Fetch what gates need into a trust bundle", "문에 필요한 것을 가져와 신뢰 묶음에 담습니다"),
    (
        "A gate judges without a network: by the keys of the issuers of passes, and the status lists of tickets and cards. They are fetched as the trust list of the bundle names them; all of them, or nothing is written. Hand the bundle to every gate while it works, at least once a day where tickets are taken: status lists last a day.",
        "문은 네트워크 없이 패스 발급자의 키와 입장권, 카드의 상태 목록으로 판단합니다. 묶음의 신뢰 목록이 가리키는 것을 모두 가져오며, 하나라도 가져오지 못하면 아무것도 쓰지 않습니다. 문이 일하는 동안 모든 문에 묶음을 건네십시오. 상태 목록은 하루 동안 유효하므로 입장권을 받는 문에는 하루에 한 번 이상 건네야 합니다.",
    ),
    ("The bundle with the signed trust list", "서명된 신뢰 목록이 담긴 묶음"),
    ("The bundle to write; it may be the same file", "쓸 묶음. 같은 파일이어도 됩니다"),
    ("Fetch from this machine too, without TLS", "이 컴퓨터에서 TLS 없이도 가져옵니다"),
    (
        "End all passes of one kind that a tenant issued so far",
        "기관이 지금까지 발급한 한 종류의 패스를 모두 끝냅니다",
    ),
    (
        "What is issued from then on is of a new version. Gates refuse the others when they have the next trust list: sign it (jigap trust publish) and hand it to them. For one ticket, revoke its offer instead. The server must not run: its store has one owner at a time.",
        "그 뒤에 발급하는 것은 새 버전입니다. 다음 신뢰 목록을 받은 문은 이전 것을 거절하므로, 새 목록에 서명하여(jigap trust publish) 문에 건네십시오. 입장권 하나만 끝내려면 그 발급 제안을 폐기하십시오. 저장소는 한 번에 하나만 쓸 수 있으므로 서버를 멈추고 실행해야 합니다.",
    ),
    ("Which: entry, ticket, membership or student-card", "종류: entry, ticket, membership, student-card"),
    (
        "it is entry, ticket, membership or student-card",
        "entry, ticket, membership, student-card 가운데 하나입니다",
    ),
];
