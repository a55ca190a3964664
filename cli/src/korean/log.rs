//! The table's part for `jigap entry-log`, and what belongs to it elsewhere.

/// As [`WORDS`](super::words::WORDS).
pub(super) const WORDS: &[(&str, &str)] = &[
    ("The entry log of a venue's gate", "장소의 문에 두는 출입 기록"),
    (
        "Who came in, sealed so that to know it takes the authority, the venue and the issuer of the passes together, and unreadable after 28 days. Each party has a folder of its own, on a machine of its own.",
        "누가 들어왔는지를, 기관과 장소와 패스 발급자가 함께 있어야 알 수 있게 봉해 두며 28일이 지나면 아무도 읽지 못합니다. 당사자마다 자기 컴퓨터에 자기 폴더를 둡니다.",
    ),
    ("Make a party's folder", "당사자의 폴더를 만듭니다"),
    (
        "Overwrites nothing. Its private keys of days lie in day-keys, which must be left out of backups: they end after 28 days.",
        "아무것도 덮어쓰지 않습니다. 날마다의 개인 키는 day-keys에 있으며 백업에서 빼야 합니다. 28일 뒤에 없앱니다.",
    ),
    (
        "What the party is: authority, venue or issuer",
        "당사자의 역할: authority(기관), venue(장소), issuer(발급자)",
    ),
    ("What people call it", "사람들이 부르는 이름"),
    (
        "Who runs it: parties of one operator are not separated, and the log says so",
        "운영자. 운영자가 같은 당사자들은 분리되어 있지 않으며, 기록이 그렇게 알립니다",
    ),
    (
        "Of a venue: the folder of one of its gates, for the key that they ask by",
        "장소일 때: 문 하나의 폴더. 문이 물을 때 쓰는 키를 알기 위한 것입니다",
    ),
    (
        "Make keys ahead, and the statement that publishes their public halves",
        "키를 미리 만들고, 공개 키를 알리는 진술서를 만듭니다",
    ),
    (
        "Writes statement.jigap in the folder, for `jigap entry-log policy`. Keys that are there stay.",
        "폴더에 statement.jigap을 씁니다. `jigap entry-log policy`에 씁니다. 있는 키는 그대로 둡니다.",
    ),
    ("The party's folder", "당사자의 폴더"),
    (
        "Seal the private halves by keys that stand in the kernel's keyring alone: a copy of the files opens nothing once those are gone, and a restart of the machine ends all of them. Said once, when the first keys are made",
        "개인 키를 커널 키링에만 있는 키로 봉합니다. 그 키가 사라지면 파일의 사본으로는 아무것도 열지 못하며, 컴퓨터를 다시 시작하면 모두 사라집니다. 처음 키를 만들 때 한 번만 줍니다",
    ),
    ("For how many days, today included", "오늘을 포함한 날수"),
    (
        "Join the parties' statements to the policy of a venue's log",
        "당사자들의 진술서를 모아 장소의 기록 정책을 만듭니다",
    ),
    (
        "Says whether the parties are separated. It counts when every party has agreed to it (`jigap entry-log agree`); then the gate and every party get the file. Where there is one of the same parties already, its agreements stay: keys of more days need no new ones.",
        "당사자들이 분리되어 있는지 알려 줍니다. 모든 당사자가 동의해야 유효하며(`jigap entry-log agree`), 그 뒤에 문과 당사자들에게 이 파일을 줍니다. 같은 당사자들의 정책이 이미 있으면 동의는 그대로 남으므로, 날짜를 늘린 키 때문에 다시 동의할 필요는 없습니다.",
    ),
    ("The file to write; one that is there is replaced", "쓸 파일. 있는 파일은 바꿉니다"),
    ("The authority's statement", "기관의 진술서"),
    ("The venue's statement", "장소의 진술서"),
    (
        "The statements of the issuers whose passes are let in, one to eight",
        "들여보내는 패스를 발급한 발급자들의 진술서, 하나에서 여덟",
    ),
    (
        "Agree to the policy of a venue's log, as one of its parties",
        "장소의 출입 기록 정책에 당사자로서 동의합니다",
    ),
    (
        "Shows who the parties are and signs that this party knows them, in the file. No gate keeps a log, and nobody answers a request, by a policy to which one of its parties has not agreed. Names are what the parties call themselves: the circle stands for their keys, so compare it with the others on another way, or say with --circle what they told you.",
        "당사자가 누구인지 보여 주고, 이 당사자가 그들을 안다고 파일에 서명합니다. 한 당사자라도 동의하지 않은 정책으로는 어떤 문도 기록을 두지 않고 아무도 요청에 답하지 않습니다. 이름은 당사자가 스스로 붙인 것입니다. 서클은 당사자들의 키를 나타내므로 다른 방법으로 서로 비교하거나, 들은 값을 --circle로 주십시오.",
    ),
    (
        "Agree to this circle alone, as another party read it out",
        "다른 당사자가 불러 준 이 서클에만 동의합니다",
    ),
    ("Print what visitors are to be told of the log", "방문자에게 알릴 기록 안내문을 출력합니다"),
    ("The log's policy", "기록의 정책"),
    ("Take in visitors without a phone", "휴대전화가 없는 방문자를 들입니다"),
    (
        "Reads lines from stdin, one for each visitor: a name and a way to be reached, of at most 170 bytes; says ok when the row is durable. The row looks like any other. It takes the authority and the venue to read it, since nobody issued a pass.",
        "표준 입력에서 방문자마다 한 줄씩, 이름과 연락처를 170바이트까지 읽고, 행이 안전하게 저장되면 ok라고 합니다. 행은 다른 행과 같아 보입니다. 패스를 발급한 곳이 없으므로 기관과 장소가 함께 읽을 수 있습니다.",
    ),
    ("The folder of a gate at which nobody scans at the same time", "같은 때에 스캔하지 않는 문의 폴더"),
    ("Ask for the visits of some hours, as the authority", "기관으로서 몇 시간의 방문을 요청합니다"),
    (
        "The request is signed and numbered, and every party must be shown it: one that was not takes none after it.",
        "요청에는 서명과 번호가 있으며 모든 당사자에게 보여야 합니다. 보지 못한 당사자는 그 뒤의 요청을 받지 않습니다.",
    ),
    ("The authority's folder", "기관의 폴더"),
    ("The number of the case", "사건 번호"),
    (
        "What for: shown to every party, so without anybody's name",
        "목적. 모든 당사자가 보므로 누구의 이름도 쓰지 마십시오",
    ),
    ("The first hour, a whole one, RFC 3339", "첫 시각, 정시(RFC 3339)"),
    ("When the last hour ends", "마지막 시간이 끝나는 때"),
    ("The file to write", "쓸 파일"),
    (
        "Answer a request, as the venue or an issuer, or take note of it",
        "장소나 발급자로서 요청에 답하거나, 요청을 적어 둡니다",
    ),
    (
        "The venue gives the gates' logs and releases the rows of the hours asked for, without its own layer. An issuer gives what it was asked and releases those entries of its register. Whoever gives neither takes note of the request and answers nothing.",
        "장소는 문들의 기록을 주어, 물은 시간의 행을 자기 봉인만 열어 내놓습니다. 발급자는 받은 질문을 주어, 등록부의 그 항목을 내놓습니다. 둘 다 주지 않으면 요청을 적어 두기만 합니다.",
    ),
    ("The request", "요청"),
    (
        "Of a venue: a gate's log, or a copy of it; repeatable",
        "장소일 때: 문의 기록이나 그 사본. 여러 번 쓸 수 있습니다",
    ),
    (
        "Of an issuer: which passes' people the authority asks for",
        "발급자일 때: 기관이 어느 패스의 사람을 묻는지",
    ),
    (
        "Read what the venue released, find contacts, and name them by what the issuers released, as the authority",
        "기관으로서 장소가 내놓은 것을 읽고, 접촉자를 찾고, 발급자가 내놓은 것으로 이름을 붙입니다",
    ),
    (
        "Prints a line of JSON for each visit. What is printed is in nobody's seal any more.",
        "방문마다 JSON 한 줄을 출력합니다. 출력한 것은 더는 봉해져 있지 않습니다.",
    ),
    ("The venue's answer", "장소의 답"),
    ("Only visits around this moment, RFC 3339", "이 시각 둘레의 방문만(RFC 3339)"),
    (
        "Only visits around those of a person: what `jigap wallet history --visits` wrote",
        "한 사람의 방문 둘레만: `jigap wallet history --visits`가 쓴 것",
    ),
    ("How many minutes before and after count as around", "앞뒤 몇 분까지를 둘레로 볼지"),
    (
        "Write what the issuers are to be asked into this folder: asked-1.jigap for the policy's first issuer, and so on",
        "발급자에게 물을 것을 이 폴더에 씁니다. 정책의 첫 발급자는 asked-1.jigap이며 이어서 같습니다",
    ),
    (
        "What an issuer was asked, and its answer; repeatable",
        "발급자에게 물은 것과 그 답. 여러 번 쓸 수 있습니다",
    ),
    (
        "List the requests and, as the venue, count visitors by hour",
        "요청을 늘어놓고, 장소이면 시간마다 방문자를 셉니다",
    ),
    (
        "An hour with fewer than five is shown as <5, one with nobody too, and hours that are not over are not shown; there are no sums, from which such an hour could be worked out.",
        "다섯보다 적은 시간은 아무도 없을 때도 <5로 보이며, 끝나지 않은 시간은 보이지 않습니다. 그런 시간을 알아낼 수 있는 합계는 없습니다.",
    ),
    (
        "Of a venue: the logs of all its gates, or copies of them; repeatable",
        "장소일 때: 모든 문의 기록이나 그 사본. 여러 번 쓸 수 있습니다",
    ),
    ("Write the last request again, when its file was lost", "파일을 잃었을 때 마지막 요청을 다시 씁니다"),
    (
        "Prints each day with how many rows it has, fewer than five as <5.",
        "날마다 행이 몇인지 출력하며, 다섯보다 적으면 <5로 적습니다.",
    ),
    (
        "Check a gate's log: no row removed, moved or exchanged, none cut off",
        "문의 기록을 검사합니다: 빠지거나 옮겨지거나 바뀌거나 잘린 행이 없는지",
    ),
    ("The gate's log, or a copy of it", "문의 기록이나 그 사본"),
    (
        "Destroy the keys that have ended, and list what was destroyed",
        "끝난 키를 없애고, 없앤 것을 늘어놓습니다",
    ),
    (
        "Every other command of a party destroys them too, before anything else. On a machine that does nothing else, run it every day.",
        "당사자의 다른 명령도 모두 먼저 끝난 키를 없앱니다. 다른 일을 하지 않는 컴퓨터에서는 날마다 실행하십시오.",
    ),
    ("it is authority, venue or issuer", "authority, venue, issuer 가운데 하나입니다"),
    ("write it as in asked-1.jigap=persons.jigap", "asked-1.jigap=persons.jigap처럼 쓰십시오"),
    (
        "Keep an entry log in the gate's folder, by this policy of `jigap entry-log policy`: nobody is let in before the row is durable, nor by a pass that its issuer does not recognise",
        "`jigap entry-log policy`의 이 정책에 따라 문의 폴더에 출입 기록을 둡니다. 행이 안전하게 저장되기 전에는 아무도 들이지 않으며, 발급자가 알아보지 못하는 패스도 받지 않습니다",
    ),
    (
        "Print the visits to gates alone, as JSON: what you may give an authority that looks for contacts (`jigap entry-log join`)",
        "문을 방문한 기록만 JSON으로 출력합니다. 접촉자를 찾는 기관에 줄 수 있습니다(`jigap entry-log join`)",
    ),
];
