//! The table of what a wallet does for directories of people.

/// As [`WORDS`](super::words::WORDS).
pub(super) const DIRECTORIES: &[(&str, &str)] = &[
    (
        "Get a copy of a credential for one directory of people",
        "사람 찾기 디렉터리 하나에 쓸 증명서 사본을 받습니다",
    ),
    (
        "Such a copy says by a pseudonym, in that directory and no other, on which record it stands, so that nobody is listed there twice. The issuer does not learn for which directory it is, but sees when it is asked: get the copy some days before you are listed. It is kept until it is shown there, and prints the pseudonym.",
        "이런 사본은 그 디렉터리에서만 쓰는 가명으로 어느 기록의 것인지 알려, 한 사람이 두 번 등록되지 않게 합니다. 발급자는 어느 디렉터리용인지 모르지만 언제 요청했는지는 압니다. 등록하기 며칠 전에 받아 두십시오. 그곳에 제출할 때까지 보관하며, 가명을 출력합니다.",
    ),
    ("The directory's name, letter for letter", "디렉터리의 이름, 글자 그대로"),
    ("Print credential, directory and pseudonym as JSON", "증명서와 디렉터리, 가명을 JSON으로 출력합니다"),
    ("the copy is there", "사본이 있습니다"),
];
