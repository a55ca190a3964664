//! The table: an English text of the tree of commands, and the same in Korean.

/// English paragraph, meaning of an exit code or complaint of a value; Korean.
pub(super) const WORDS: &[(&str, &str)] = &[
    // what the commands do
    (
        "Jigap (지갑): issue, hold, present and judge digital credentials",
        "Jigap(지갑): 디지털 증명서를 발급하고 보관하고 제출하고 판단합니다",
    ),
    (
        "Play the main story on this machine: issue, hold, present, judge, suspend",
        "이 컴퓨터에서 전체 이야기를 시연합니다: 발급, 보관, 제출, 판단, 정지",
    ),
    (
        "Starts an issuer with three tenants and two verifiers on loopback, with stores in a temporary folder, and plays the story over real HTTP. Every step checks what came of it.",
        "기관이 셋인 발급자와 검증자 둘을 이 컴퓨터 안에서 시작하고, 저장소는 임시 폴더에 두고, 실제 HTTP로 이야기를 진행합니다. 단계마다 결과를 확인합니다.",
    ),
    (
        "Keep the stores in this new folder, and say what to try next",
        "저장소를 이 새 폴더에 남기고, 이어서 해 볼 것을 알려 줍니다",
    ),
    ("Judge a credential or presentation offline", "증명서나 제출본을 네트워크 없이 판단합니다"),
    (
        "Reads one SD-JWT VC (`dc+sd-jwt`) or W3C credential (`vc+jwt`, `vc+sd-jwt`, base64 of `vc+cose`, or JSON-LD with Data Integrity proofs), or a presentation of one (with a key binding, `vp+jwt`, `vp+sd-jwt`, base64 of `vp+cose`, or JSON-LD), and lists every check. A presentation needs the audience and nonce it was asked for with. An mdoc is read too, in CBOR or base64url; its presentation (`DeviceResponse`) needs the session it was made in: audience, nonce and response URI, or the transcript. JSON-LD contexts are never fetched: those that are not built in are given by --context, and their SHA-256 digests are shown. Those of W3C's examples and test vectors are built in for --proof-only alone: one of them defines every word there is.",
        "SD-JWT VC(`dc+sd-jwt`)나 W3C 증명서(`vc+jwt`, `vc+sd-jwt`, base64로 적은 `vc+cose`, 또는 Data Integrity 증명이 붙은 JSON-LD) 하나나 그것 하나를 담은 제출본(키 바인딩, `vp+jwt`, `vp+sd-jwt`, base64로 적은 `vp+cose`, 또는 JSON-LD)을 읽고 모든 검사를 늘어놓습니다. 제출본에는 요청할 때의 대상과 논스가 필요합니다. mdoc도 CBOR이나 base64url로 읽습니다. 그 제출본(`DeviceResponse`)에는 그것을 만든 세션, 곧 대상과 논스와 응답 URI, 또는 세션 기록이 필요합니다. JSON-LD 컨텍스트는 네트워크에서 가져오지 않습니다. 내장되지 않은 컨텍스트는 --context로 주며, 그 SHA-256 다이제스트를 보여 줍니다. W3C의 예제와 시험 자료에 쓰인 컨텍스트는 --proof-only에만 내장되어 있습니다. 그중 하나가 세상의 모든 낱말을 정의하기 때문입니다.",
    ),
    ("The credential or presentation; `-` reads stdin", "증명서나 제출본. `-`는 표준 입력을 읽습니다"),
    (
        "Trust bundle: the signed trust list, its signer's key, and documents to judge by without a network",
        "신뢰 묶음: 서명된 신뢰 목록, 서명자의 키, 네트워크 없이 판단하는 데 쓸 문서",
    ),
    (
        "Judge as of this moment, RFC 3339 [default: now]",
        "이 시각을 기준으로 판단합니다(RFC 3339) [기본값: 지금]",
    ),
    ("Whom the presentation must have been made for", "제출본이 향한 대상"),
    ("The nonce the presentation must answer", "제출본이 답해야 하는 논스"),
    (
        "Where the presentation of an mdoc was asked to be sent: `response_uri`, letter for letter",
        "mdoc의 제출본을 보내라고 한 곳: 요청의 `response_uri` 글자 그대로",
    ),
    (
        "The JWK thumbprint (SHA-256) of the key that the response with it was encrypted to, if it was",
        "응답이 암호화되었으면, 그 암호화에 쓴 키의 JWK 지문(SHA-256)",
    ),
    (
        "The session of an mdoc in place of what it is made of: a file with the CBOR of `SessionTranscript`",
        "mdoc의 세션을 이루는 값들 대신 주는 것: `SessionTranscript`의 CBOR이 담긴 파일",
    ),
    (
        "Judge only form and proof: says nothing about who issued it or whether they may",
        "형식과 서명만 판단합니다. 누가 발급했는지, 발급할 수 있는 곳인지는 판단하지 않습니다",
    ),
    (
        "A JSON-LD context to judge by, and the file it lies in; repeatable, at most 16 of 256 KiB",
        "판단에 쓸 JSON-LD 컨텍스트와 그 파일. 여러 번 쓸 수 있으며, 256 KiB 이하로 16개까지입니다",
    ),
    ("Print the verdict as JSON", "판정을 JSON으로 출력합니다"),
    (
        "W3C credentials and presentations secured by JOSE, SD-JWT and COSE",
        "JOSE, SD-JWT, COSE로 보호된 W3C 증명서와 제출물",
    ),
    ("Secure a credential or presentation with a key", "증명서나 제출물을 키로 보호합니다"),
    (
        "The input is JSON of VCDM 2.0, held to the data model. The output is {\"result\":\"success\",\"data\":\"…\"}: a JWT, an SD-JWT, or COSE in base64. Else the result is failure (refused), indeterminate (the key is of a kind that is not supported) or error (wrong use, or the environment), and data says why.",
        "입력은 VCDM 2.0의 JSON이며 데이터 모델의 규칙을 지켜야 합니다. 출력은 {\"result\":\"success\",\"data\":\"…\"}이고 data는 JWT, SD-JWT, 또는 base64로 적은 COSE입니다. 그 밖의 결과는 failure(거절), indeterminate(지원하지 않는 종류의 키), error(잘못 쓰거나 환경의 문제)이며 data에 까닭이 적힙니다.",
    ),
    (
        "The key is a verification method with secretKeyJwk or secretKeyMultibase, or a JWK. It is read whatever the permissions of its file: meant for tests and development.",
        "키는 secretKeyJwk나 secretKeyMultibase가 있는 검증 메서드이거나 JWK입니다. 파일의 권한과 상관없이 읽습니다. 시험과 개발을 위한 것입니다.",
    ),
    (
        "What of an SD-JWT is selectively disclosable: a JSON array of paths, as in [\"credentialSubject.phones[0]\"]",
        "SD-JWT에서 골라서 공개할 수 있는 것. [\"credentialSubject.phones[0]\"]처럼 경로의 JSON 배열로 줍니다",
    ),
    ("Verify a credential or presentation with a key", "증명서나 제출물을 키로 확인합니다"),
    (
        "Judges the signature, the form and the data model, with the key that is given. Says nothing about who issued it, whether they may, whether it is still valid, or about the credentials in a presentation. All of that jigap verify judges by a trust list, of one credential, alone or as the only one in a presentation. On success data is the document.",
        "주어진 키로 서명과 형식과 데이터 모델을 판단합니다. 누가 발급했는지, 발급할 수 있는 곳인지, 아직 유효한지, 제출물에 든 증명서가 어떤지는 말하지 않습니다. 그것은 모두 jigap verify가 신뢰 목록에 따라, 증명서 하나에 대해 판단합니다. 증명서는 따로 있거나 제출물에 하나만 들어 있어야 합니다. 성공하면 data는 그 문서입니다.",
    ),
    (
        "The document, or the text that secures it; `-` reads stdin",
        "문서, 또는 그것을 보호하는 글. `-`는 표준 입력을 읽습니다",
    ),
    ("The verification method or JWK", "검증 메서드 또는 JWK"),
    (
        "What it is and by what it is secured: credential_jose, credential_cose, credential_sdjwt, presentation_jose, presentation_cose or presentation_sdjwt",
        "무엇이며 무엇으로 보호하는지: credential_jose, credential_cose, credential_sdjwt, presentation_jose, presentation_cose, presentation_sdjwt",
    ),
    (
        "Where the result goes, for its owner alone to read; a file that is there is replaced, `-` writes stdout",
        "결과를 둘 곳. 소유자만 읽을 수 있게 쓰고, 있는 파일은 바꾸며, `-`는 표준 출력에 씁니다",
    ),
    ("Check a set-up and say what is wrong", "설치와 설정을 살펴보고 잘못된 것을 알려 줍니다"),
    (
        "One line for each thing looked at: ok, warn or fail, and what to do. Changes nothing.",
        "살펴본 것마다 한 줄로 ok, warn, fail과 할 일을 알려 줍니다. 아무것도 바꾸지 않습니다.",
    ),
    ("Check the configuration of `jigap serve` too", "`jigap serve`의 설정도 살펴봅니다"),
    (
        "Writes jigap.toml, the master key and a signed trust list of its own tenants, and prints an admin token and an asker token, once: only their hashes are kept. Overwrites nothing.",
        "jigap.toml, 마스터 키, 이곳 기관들의 서명된 신뢰 목록을 만들고, 관리자 토큰과 요청자 토큰을 한 번만 출력합니다. 토큰은 해시만 보관합니다. 있는 파일은 덮어쓰지 않습니다.",
    ),
    (
        "What wallets will call the server; http on loopback means development",
        "지갑이 서버를 부르는 주소. 이 컴퓨터의 http 주소이면 개발용입니다",
    ),
    (
        "Address and port to listen on [default: those of a public URL on loopback, else 127.0.0.1:8080]",
        "연결을 기다릴 주소와 포트 [기본값: 루프백인 공개 URL의 주소와 포트, 아니면 127.0.0.1:8080]",
    ),
    ("The folder; it is made if it is not there", "폴더. 없으면 만듭니다"),
    (
        "Ends on SIGTERM or SIGINT: the port closes, requests in flight finish.",
        "SIGTERM이나 SIGINT를 받으면 끝납니다. 포트를 닫고, 처리하던 요청은 마칩니다.",
    ),
    (
        "The configuration; docs/jigap.example.toml explains it",
        "설정 파일. docs/jigap.example.toml에 설명이 있습니다",
    ),
    ("The configuration", "설정 파일"),
    ("The trust list of the tenants here, and lists of others", "이곳 기관들의 신뢰 목록과 다른 곳의 목록"),
    ("Read a list of trusted entities (ETSI TS 119 602)", "신뢰 대상 목록(ETSI TS 119 602)을 읽습니다"),
    (
        "Verifies who signed the list and that it is current, and shows whom it names, for which services and by which certificates. Nothing is fetched, and pointers to other lists are not followed.",
        "누가 목록에 서명했는지, 지금 유효한지 확인하고, 목록에 있는 곳과 서비스, 인증서를 보여 줍니다. 네트워크에서 가져오는 것은 없으며, 다른 목록을 가리키는 항목은 따라가지 않습니다.",
    ),
    ("The list, a compact JWS; `-` reads stdin", "목록(compact JWS). `-`는 표준 입력을 읽습니다"),
    (
        "PEM certificates of those who may sign it, or of authorities that certify its operator",
        "목록에 서명할 수 있는 곳의 PEM 인증서, 또는 운영자를 인증하는 기관의 PEM 인증서",
    ),
    (
        "The organization that runs the list, as its certificate names it; needed where the signers are authorities",
        "인증서에 적힌 목록 운영 기관의 이름. --signers가 인증 기관일 때 필요합니다",
    ),
    (
        "Read as of this moment, RFC 3339 [default: now]",
        "이 시각을 기준으로 읽습니다(RFC 3339) [기본값: 지금]",
    ),
    ("Print the list as JSON", "목록을 JSON으로 출력합니다"),
    ("Sign a trust list of the tenants of a configuration", "설정에 있는 기관들의 신뢰 목록에 서명합니다"),
    (
        "Writes the bundle that the configuration names and that `jigap verify --trust` takes. Issuers of the lists of trusted entities in the configuration ([[verifier.trust.lote]]) are taken in, until those lists are to be updated. The server must not run: its store has one owner at a time.",
        "설정에 적힌 묶음을 만듭니다. `jigap verify --trust`가 읽는 그 파일입니다. 설정의 신뢰 대상 목록([[verifier.trust.lote]])에 있는 발급자도 그 목록이 갱신될 때까지 함께 싣습니다. 저장소는 한 번에 한 곳에서만 열 수 있으므로 서버가 멈춰 있어야 합니다.",
    ),
    ("Days the list is valid", "목록이 유효한 날수"),
    ("The tenants of a configuration that issue credentials", "설정에 있는, 증명서를 발급하는 기관들"),
    (
        "Replace a tenant's signing key: prepare the next one, then promote it",
        "기관의 서명 키를 바꿉니다. 다음 키를 준비하고, 그다음 서명하게 합니다",
    ),
    ("Let the prepared key sign from now on", "준비한 키로 지금부터 서명합니다"),
    (
        "Replace the key at once, because it is in wrong hands: until verifiers have the new trust list they refuse what the new one signs, and without its status lists every credential of the tenant. The stolen key stays on the trust list until the last credential it signed has ended, so that what it signs is still believed: to end that sooner, publish a list that leaves it out, and issue those credentials anew (docs/THREATS.md)",
        "키가 유출되었을 때 바로 바꿉니다. 검증자가 새 신뢰 목록을 받기 전까지는 새 키로 서명한 것이 거절되고, 상태 목록의 키라면 이 기관의 모든 증명서가 거절됩니다. 유출된 키는 그 키로 서명한 마지막 증명서가 만료될 때까지 신뢰 목록에 남으므로, 그 키로 서명한 것은 그때까지 믿어집니다. 더 일찍 끝내려면 그 키를 뺀 목록을 내고 해당 증명서를 다시 발급하십시오(docs/THREATS.md)",
    ),
    (
        "Two steps, so that nothing is refused in between. Without --promote the next key is made: it is published and stands on the next trust list, but signs nothing yet. When every verifier has that list, --promote lets it sign. What the old key signed stays valid until it ends: so long its public half stays published. Its private half is overwritten; old pages of the store, and backups, may still hold it, sealed under the master key. The server must not run: its store has one owner at a time.",
        "두 단계로 나누어, 그사이에 거절되는 것이 없게 합니다. --promote 없이 실행하면 다음 키를 만듭니다. 이 키는 공개되고 다음 신뢰 목록에 오르지만 아직 서명하지 않습니다. 모든 검증자가 그 목록을 받은 뒤 --promote로 서명을 시작하게 하십시오. 옛 키로 서명한 것은 만료될 때까지 유효하며, 그때까지 공개 키를 계속 공개합니다. 개인 키는 새 키로 덮어쓰지만, 저장소의 옛 쪽과 백업에는 마스터 키로 봉인된 채 남아 있을 수 있습니다. 저장소는 한 번에 한 곳에서만 열 수 있으므로 서버가 멈춰 있어야 합니다.",
    ),
    (
        "For a tenant by certificate (x5c) the first step prints a certification request (PKCS #10) of the next key, also where there was none before. When its certificate stands in x5c.chain, --promote lets the key sign.",
        "인증서를 쓰는 기관(x5c)이면 첫 단계에서 다음 키의 인증서 발급 요청(PKCS #10)을 출력합니다. 아직 키가 없는 기관도 같습니다. 인증서를 x5c.chain에 넣은 뒤 --promote로 서명을 시작하게 하십시오.",
    ),
    ("Take in the private key of a tenant's certificate", "기관 인증서의 개인 키를 받아들입니다"),
    (
        "The key is kept sealed under the master key; the configuration names no key file. It signs at once if none does for this tenant, else it is the next one: put its certificate in x5c.chain and promote it (jigap issuer rotate-key --promote). Delete the file afterwards. The server must not run: its store has one owner at a time.",
        "키는 마스터 키로 봉인되어 보관되며, 설정에는 키 파일을 적지 않습니다. 이 기관에 서명하는 키가 없으면 바로 이 키로 서명하고, 있으면 다음 키가 됩니다. 그때는 인증서를 x5c.chain에 넣고 서명하게 하십시오(jigap issuer rotate-key --promote). 그다음 파일을 지우십시오. 저장소는 한 번에 한 곳에서만 열 수 있으므로 서버가 멈춰 있어야 합니다.",
    ),
    (
        "The key, PKCS #8 in PEM; a file that its owner alone can read, or `-` for stdin",
        "키(PEM 형식의 PKCS #8). 소유자만 읽을 수 있는 파일, 또는 표준 입력을 뜻하는 `-`",
    ),
    ("The verifier of a configuration", "설정에 있는 검증자"),
    (
        "Replace the key that signs the verifier's requests: prepare the next one, then promote it",
        "검증자의 요청에 서명하는 키를 바꿉니다. 다음 키를 준비하고, 그다음 서명하게 합니다",
    ),
    (
        "Without --promote the next key is made. With a certificate (x509_hash, x509_san_dns) its certification request (PKCS #10) is printed: when the certificate stands in its place, --promote lets the key sign. Without one the next client identifier is printed, for whoever knows the verifier by it. What was asked and fetched before can be answered; what no wallet has fetched yet has to be asked anew. The server must not run: its store has one owner at a time.",
        "--promote 없이 실행하면 다음 키를 만듭니다. 인증서를 쓰는 검증자(x509_hash, x509_san_dns)이면 인증서 발급 요청(PKCS #10)을 출력합니다. 인증서를 제자리에 넣은 뒤 --promote로 서명을 시작하게 하십시오. 인증서가 없으면 다음 클라이언트 식별자를 출력하니, 검증자를 식별자로 아는 이들에게 알리십시오. 그전에 지갑이 가져간 요청에는 답할 수 있고, 아직 가져가지 않은 요청은 다시 해야 합니다. 저장소는 한 번에 한 곳에서만 열 수 있으므로 서버가 멈춰 있어야 합니다.",
    ),
    (
        "Replace the key at once, because it is in wrong hands: the verifier is another client from now on. Not with a certificate: have that revoked, and the next key certified",
        "키가 유출되었을 때 바로 바꿉니다. 지금부터 검증자의 클라이언트 식별자가 달라집니다. 인증서를 쓰면 이렇게 바꿀 수 없으니, 인증서를 폐지하고 다음 키의 인증서를 받으십시오",
    ),
    ("Take in the private key of the verifier's certificate", "검증자 인증서의 개인 키를 받아들입니다"),
    (
        "The key is kept sealed under the master key; the configuration names no key file. It signs at once if none does, else it is the next one: put its certificate in its place and promote it (jigap verifier rotate-key --promote). Delete the file afterwards. The server must not run: its store has one owner at a time.",
        "키는 마스터 키로 봉인되어 보관되며, 설정에는 키 파일을 적지 않습니다. 서명하는 키가 없으면 바로 이 키로 서명하고, 있으면 다음 키가 됩니다. 그때는 인증서를 제자리에 넣고 서명하게 하십시오(jigap verifier rotate-key --promote). 그다음 파일을 지우십시오. 저장소는 한 번에 한 곳에서만 열 수 있으므로 서버가 멈춰 있어야 합니다.",
    ),
    ("Replace the key that signs the trust list", "신뢰 목록에 서명하는 키를 바꿉니다"),
    (
        "The old key signs that it hands the list over, and every list of the new one carries that: verifiers who pinned the old key follow by themselves, and what it signed before counts until it ends. So one step is enough. Then sign a list: jigap trust publish. The old private half is overwritten. The server must not run: its store has one owner at a time.",
        "옛 키가 목록을 새 키에 넘겨준다고 서명하고, 새 키로 서명한 목록에는 늘 그 말이 실립니다. 그래서 옛 키를 신뢰하는 검증자도 스스로 새 키를 받아들이고, 옛 키로 서명한 목록은 만료될 때까지 유효하므로 한 단계로 충분합니다. 그다음 목록에 서명하십시오: jigap trust publish. 옛 개인 키는 덮어씁니다. 저장소는 한 번에 한 곳에서만 열 수 있으므로 서버가 멈춰 있어야 합니다.",
    ),
    (
        "The old key is in wrong hands and hands over nothing: every verifier needs the new bundle from you, and whoever has the old one believes the thief until then",
        "옛 키가 유출되었으니 아무것도 넘겨주지 않습니다. 모든 검증자에게 새 묶음을 직접 건네야 하며, 옛 묶음을 가진 검증자는 그때까지 유출된 키를 믿습니다",
    ),
    ("The tenant's id", "기관의 식별자"),
    (
        "Which key: credential, status or bbs (that of the cryptosuite bbs-2023)",
        "어느 키인지: credential(증명서), status(상태) 또는 bbs(암호 방식 bbs-2023의 키)",
    ),
    ("Print completions for a shell", "셸 자동 완성을 출력합니다"),
    (
        "The shell then completes commands and options on the tab key.",
        "셸이 탭 키로 명령과 옵션을 완성하게 됩니다.",
    ),
    ("The shell", "셸"),
    ("Write the manual pages", "설명서(man) 쪽을 만듭니다"),
    (
        "One for each command, in the language that is spoken. Overwrites nothing.",
        "명령마다 한 쪽씩, 지금 쓰는 언어로 만듭니다. 있는 파일은 덮어쓰지 않습니다.",
    ),
    (
        "Language of what is said: ko or en [default: the locale's]",
        "말할 언어: ko 또는 en [기본값: 로캘의 언어]",
    ),
    // the wallet
    ("Hold credentials, and show what is asked of them", "증명서를 보관하고, 요청받은 것을 제출합니다"),
    (
        "The wallet is one folder; everything in it is encrypted with a passphrase or a key file. Default folder: $XDG_DATA_HOME/jigap/wallet, else ~/.local/share/jigap/wallet (macOS: ~/Library/Application Support/jigap/wallet).",
        "지갑은 폴더 하나이고, 그 안의 모든 것은 암호나 키 파일로 암호화됩니다. 기본 폴더: $XDG_DATA_HOME/jigap/wallet, 없으면 ~/.local/share/jigap/wallet(macOS: ~/Library/Application Support/jigap/wallet).",
    ),
    (
        "The wallet's folder [default: the platform's data folder, see above]",
        "지갑 폴더 [기본값: 위에 적힌 데이터 폴더]",
    ),
    (
        "Read the passphrase from the first line of this file instead of the terminal",
        "암호를 터미널 대신 이 파일의 첫 줄에서 읽습니다",
    ),
    ("Open the wallet with this key file instead of a passphrase", "암호 대신 이 키 파일로 지갑을 엽니다"),
    ("Development: allow http to this machine", "개발용: 이 컴퓨터로 가는 http를 허용합니다"),
    ("Print JSON", "JSON으로 출력합니다"),
    ("Make a wallet", "지갑을 만듭니다"),
    (
        "With --key-file FILE and no such file, the key is made too.",
        "--key-file FILE을 주었는데 파일이 없으면 키도 만듭니다.",
    ),
    ("Take a credential that is offered", "제안받은 증명서를 받습니다"),
    (
        "Shows who offers what and asks. Several copies are taken at once, so that no two verifiers see the same one.",
        "누가 무엇을 제안하는지 보여 주고 묻습니다. 사본을 한꺼번에 여럿 받아, 두 검증자가 같은 사본을 보지 않게 합니다.",
    ),
    (
        "The offer: a link openid-credential-offer://…; `-` reads it from stdin, and without it, it is asked for. Who has the link can take the credential, and what stands on a command line others on this machine can read",
        "제안: openid-credential-offer://… 링크. `-`는 표준 입력에서 읽고, 없으면 터미널에서 묻습니다. 링크를 가진 사람은 증명서를 받을 수 있고, 명령줄에 쓴 것은 이 컴퓨터의 다른 사용자도 읽을 수 있습니다",
    ),
    (
        "`-` reads the transaction code from stdin, after the link if that comes from there too; else it is asked for on the terminal when it is wanted",
        "`-`는 거래 코드를 표준 입력에서 읽습니다. 링크도 표준 입력에서 읽으면 그다음 줄입니다. 없으면 필요할 때 터미널에서 묻습니다",
    ),
    ("Accept without asking", "묻지 않고 받습니다"),
    ("Print what was accepted as JSON", "받은 것을 JSON으로 출력합니다"),
    ("Believe a trust list from now on", "이제부터 이 신뢰 목록을 믿습니다"),
    (
        "For passes that their issuer does not recognise: by which keys it signs them, the wallet reads in this list and nowhere else. Take the bundle that the gates have, from whoever runs the list, and a newer one every three weeks, or say where newer versions are published: the wallet fetches them when it needs them. An older version of the list is refused.",
        "발급자도 알아보지 못하는 패스를 위한 것입니다. 발급자가 어느 키로 서명하는지 지갑은 이 목록에서만 읽습니다. 목록을 운영하는 곳에서 문과 같은 묶음을 받고, 3주마다 새로 받거나 새 목록이 공개되는 곳을 알려 주십시오. 필요할 때 지갑이 가져옵니다. 더 오래된 목록은 받아들이지 않습니다.",
    ),
    (
        "Where newer versions of its list are published [default: where those of the same list were before]",
        "새 목록이 공개되는 곳 [기본값: 같은 목록에 대해 전에 알려 준 곳]",
    ),
    ("Fetch no newer versions any more", "새 목록을 더는 가져오지 않습니다"),
    ("the list is older than the wallet's or is refused", "목록이 지갑의 것보다 오래되었거나 거절됨"),
    ("The trust bundle, or `-` for stdin", "신뢰 묶음, `-`이면 표준 입력"),
    ("List what the wallet holds", "지갑에 있는 것을 늘어놓습니다"),
    (
        "Show one credential with its claims, to its holder",
        "증명서 하나를 내용과 함께 소지자에게 보여 줍니다",
    ),
    (
        "The credential's id, or the beginning of it, as `jigap wallet list` prints it",
        "증명서의 식별자나 그 앞부분. `jigap wallet list`가 출력합니다",
    ),
    ("The credential's id, or the beginning of it", "증명서의 식별자나 그 앞부분"),
    ("Answer a request to show credentials", "증명서를 보여 달라는 요청에 답합니다"),
    (
        "Shows who asks and, claim by claim, what would be disclosed, and asks. Without consent nothing is sent, but for an error code where a request breaks the protocol. Where the answer comes with an offer, such as of entry passes, says what is offered by whom and asks; another address that the verifier names is printed and not opened.",
        "누가 요청하는지, 무엇을 보여 주게 되는지 항목마다 알려 주고 묻습니다. 동의하지 않으면 아무것도 보내지 않습니다. 다만 규약에 어긋난 요청에는 오류 코드로 답합니다. 응답과 함께 출입 패스 같은 발급 제안이 오면 누가 무엇을 주는지 알리고 묻습니다. 검증자가 알려 준 다른 주소는 보여 주기만 하고 열지 않습니다.",
    ),
    ("The request: a link openid4vp://…", "요청: openid4vp://… 링크"),
    (
        "Agree without being asked: to what is needed, or to what --choose says",
        "묻지 않고 동의합니다. 꼭 필요한 것, 또는 --choose로 고른 것에 동의합니다",
    ),
    (
        "Choose what to disclose where there is a choice: the numbers of the options, such as 1,3",
        "고를 수 있을 때 무엇을 보일지 고릅니다. 1,3처럼 번호를 씁니다",
    ),
    (
        "Take without being asked what is offered for what was shown",
        "제출한 것에 대해 제안된 증명서를 묻지 않고 받습니다",
    ),
    ("Tell the verifier that you do not agree", "동의하지 않는다고 검증자에게 알립니다"),
    (
        "Print the outcome as JSON; with --accept, what was accepted stands in it, else the offer's link",
        "결과를 JSON으로 출력합니다. --accept이면 받은 것이, 아니면 제안 링크가 들어 있습니다",
    ),
    (
        "Tell what was done with the wallet: who, when, which claims",
        "지갑으로 한 일을 알려 줍니다: 누구와, 언제, 어느 항목을",
    ),
    ("Delete a credential with all its copies and keys", "증명서를 모든 사본, 키와 함께 지웁니다"),
    ("Delete without asking", "묻지 않고 지웁니다"),
    ("Go on with acceptances that were interrupted", "중단된 받기를 이어서 합니다"),
    (
        "Each is asked for again for as long as its issuer lets it. With --give-up those that cannot go on are shown with the reason and, after a question, ended: their keys are deleted, and the issuer must make a new offer. What may still be had, since a server does not answer or the issuer issues later, is not ended.",
        "발급자가 허용하는 동안 다시 요청합니다. --give-up을 주면 더 이어질 수 없는 것을 까닭과 함께 보여 주고 물은 뒤 끝냅니다. 그 키를 지우므로, 받으려면 발급자가 새로 제안해야 합니다. 서버가 답하지 않거나 발급자가 나중에 발급한다고 하여 아직 받을 수 있는 것은 끝내지 않습니다.",
    ),
    ("End what cannot go on", "더 이어질 수 없는 것을 끝냅니다"),
    ("End it without asking", "묻지 않고 끝냅니다"),
    ("Get more copies of what is running out", "떨어져 가는 것의 사본을 더 받습니다"),
    (
        "Where its issuer allows it, a credential is refreshed without a new offer: once a quarter of a batch is left, 7 of 28 passes, other commands do so at their end, some hours after that was found. This command does it at once, and says how many are left.",
        "발급자가 허용하면 새 제안 없이 증명서를 갱신합니다. 한 묶음의 4분의 1, 곧 패스 28개 가운데 7개가 남으면 다른 명령이 끝날 때 갱신하되, 그것을 안 지 몇 시간 뒤에 합니다. 이 명령은 바로 갱신하고 몇 개가 남았는지 알려 줍니다.",
    ),
    (
        "Get more of everything that can be refreshed, however many are left",
        "남은 수와 관계없이 갱신할 수 있는 것을 모두 더 받습니다",
    ),
    ("Print how many are left as JSON, a line each", "남은 수를 한 줄에 하나씩 JSON으로 출력합니다"),
    ("Change the passphrase or key file", "암호나 키 파일을 바꿉니다"),
    (
        "What lies on the disk under the old passphrase may still be there until it is overwritten, as in old backups of the folder.",
        "옛 암호로 암호화된 내용이 덮어쓰일 때까지 디스크에, 또 폴더의 옛 백업에 남아 있을 수 있습니다.",
    ),
    ("Read the new passphrase from the first line of this file", "새 암호를 이 파일의 첫 줄에서 읽습니다"),
    (
        "Open the wallet with this key file from now on; made if it is not there",
        "이제부터 이 키 파일로 지갑을 엽니다. 없으면 만듭니다",
    ),
    (
        "Print all that the wallet holds as JSON, claims included, keys not",
        "지갑에 있는 모든 것을 JSON으로 출력합니다. 내용은 들어 있고 키는 들어 있지 않습니다",
    ),
    (
        "Nothing of it can be presented. It holds what is known about you: keep it accordingly.",
        "여기서 나온 것은 제출할 수 없습니다. 개인 정보가 들어 있으니 그에 맞게 보관하십시오.",
    ),
    ("Make an encrypted backup", "암호화된 백업을 만듭니다"),
    (
        "One unused copy of each credential is set aside for the restored wallet, and this wallet never shows it. The last copy stays here: such a credential is in the backup by name only.",
        "증명서마다 쓰지 않은 사본 하나를 복원될 지갑의 몫으로 떼어 두며, 이 지갑은 그 사본을 제출하지 않습니다. 마지막 사본은 이곳에 남고, 그런 증명서는 백업에 이름만 들어갑니다.",
    ),
    ("The file to make; it must not be there yet", "만들 파일. 아직 없는 이름이어야 합니다"),
    (
        "Read the backup's passphrase from the first line of this file",
        "백업의 암호를 이 파일의 첫 줄에서 읽습니다",
    ),
    ("The backup's key file", "백업의 키 파일"),
    ("Make a new wallet from a backup", "백업에서 새 지갑을 만듭니다"),
    (
        "Restore a backup once: two wallets restored from the same file would show the same copies.",
        "백업은 한 번만 복원하십시오. 같은 파일에서 복원한 두 지갑은 같은 사본을 제출하게 됩니다.",
    ),
    ("The backup", "백업"),
    ("Draw the card of one credential as SVG", "증명서 하나의 카드를 SVG로 그립니다"),
    (
        "The card is the one that the credential's type names, fetched when the credential was accepted and checked to run and load nothing. It shows claims: keep it as you keep the credential.",
        "카드는 증명서의 종류가 정한 것으로, 증명서를 받을 때 가져와 아무것도 실행하거나 불러오지 않음을 확인한 것입니다. 내용이 드러나니 증명서처럼 보관하십시오.",
    ),
    ("Write to this new file instead of stdout", "표준 출력 대신 이 새 파일에 씁니다"),
    ("there is no such credential or it has no card", "그런 증명서가 없거나 카드가 없음"),
    (
        "Trust these certificate authorities for verifiers: a PEM file [default: verifiers.pem in the wallet's folder]",
        "검증자에 대해 이 인증 기관들을 신뢰합니다. PEM 파일 [기본값: 지갑 폴더의 verifiers.pem]",
    ),
    // certificates for development
    ("A certificate authority for development", "개발용 인증 기관"),
    (
        "One root signs everything, so whoever trusts it for one thing trusts it for all: not for production. Its folder holds root.pem and root-key.pem, and for each certificate NAME.pem and NAME-key.pem. Keys are P-256 in PKCS #8, and only their owner can read them. Nothing is overwritten. Where a key lies without its certificate, as after a crash, that key is certified: so a certificate is renewed by removing its NAME.pem.",
        "루트 하나가 모든 것에 서명하므로, 한 가지 일로 루트를 신뢰하면 모든 일로 신뢰하게 됩니다. 운영에는 쓰지 마십시오. 폴더에는 root.pem과 root-key.pem이 있고, 인증서마다 NAME.pem과 NAME-key.pem이 있습니다. 키는 PKCS #8로 적은 P-256이며 소유자만 읽을 수 있습니다. 있는 파일은 덮어쓰지 않습니다. 갑자기 멈춘 뒤처럼 인증서 없이 키만 남아 있으면 그 키로 인증서를 만듭니다. 그래서 NAME.pem을 지우고 다시 실행하면 인증서가 갱신됩니다.",
    ),
    ("Make the root, in a folder of its own", "전용 폴더에 루트를 만듭니다"),
    (
        "It is the root of an issuing authority (IACA) by ISO 18013-5, table B.1. No list of revoked certificates is published, but the profile wants an address for it.",
        "ISO 18013-5의 표 B.1에 따른 발급 기관 루트(IACA)입니다. 폐기 목록을 게시하지 않지만, 규격에 따라 목록의 주소가 있어야 합니다.",
    ),
    (
        "The country, two capital letters: the issuing_country of driver licences",
        "나라를 나타내는 대문자 두 자. 운전면허증의 issuing_country와 같습니다",
    ),
    ("The name of the root", "루트의 이름"),
    ("How its people are reached: a URI or a mailbox", "담당자의 연락처. URI나 전자우편 주소"),
    ("Where its list of revoked certificates would be", "폐기 목록이 놓일 주소"),
    ("Days it is valid, at most 20 years", "유효 일수. 20년까지입니다"),
    ("The folder that `jigap ca init` made", "`jigap ca init`이 만든 폴더"),
    (
        "A name that the certificate bears: a host, an address or a URI; repeatable, at most 32",
        "인증서에 적을 이름. 호스트 이름, IP 주소 또는 URI. 여러 번 쓸 수 있으며 32개까지입니다",
    ),
    ("Make a document signer's certificate, for mdocs", "mdoc에 쓸 문서 서명자의 인증서를 만듭니다"),
    (
        "By ISO 18013-5, table B.3. For a tenant with mechanism x5c that issues other credentials besides mdocs, the certificate bears the tenant's identifier as a URI.",
        "ISO 18013-5의 표 B.3을 따릅니다. mechanism이 x5c인 기관이 mdoc 말고 다른 증명서도 발급한다면, 인증서에 그 기관의 식별자를 URI로 적습니다.",
    ),
    ("Who signs", "서명하는 곳"),
    ("Name of its files, without .pem", "파일의 이름(.pem은 빼고)"),
    ("Days it is valid", "유효 일수"),
    ("Make a verifier's certificate, for its requests", "요청에 서명할 검증자의 인증서를 만듭니다"),
    (
        "By ISO 18013-5, table B.6, for the prefixes x509_hash and x509_san_dns of OpenID4VP; the latter wants the verifier's host among the names.",
        "ISO 18013-5의 표 B.6을 따르며, OpenID4VP의 접두사 x509_hash와 x509_san_dns에 씁니다. x509_san_dns에는 검증자의 호스트 이름이 있어야 합니다.",
    ),
    ("Who asks", "요청하는 곳"),
    (
        "Make a TLS server's certificate, for the local network",
        "로컬 네트워크에서 쓸 TLS 서버의 인증서를 만듭니다",
    ),
    (
        "It bears the hosts and addresses that it is called by. Whoever connects has to trust root.pem.",
        "서버를 부르는 호스트 이름과 주소를 적습니다. 접속하는 쪽은 root.pem을 신뢰해야 합니다.",
    ),
    // what exit codes mean
    ("done", "했음"),
    ("done or accepted", "했거나 받아들임"),
    ("no or refused", "아니거나 거절함"),
    ("wrong use", "잘못된 사용"),
    ("the environment failed", "환경의 문제"),
    ("a bug of ours", "jigap의 결함"),
    ("accepted", "받아들임"),
    ("refused", "거절함"),
    ("not accepted", "받지 않음"),
    ("the story came out as it should", "이야기대로 됨"),
    ("a step did not", "그렇지 않은 단계가 있음"),
    ("nothing is wrong", "잘못된 것이 없음"),
    ("something is", "잘못된 것이 있음"),
    ("there is a wallet already", "지갑이 이미 있음"),
    ("the wallet does not open", "지갑이 열리지 않음"),
    ("there is no such credential", "그런 증명서가 없음"),
    ("presented or declined as told", "시킨 대로 제출하거나 거절함"),
    ("not presented", "제출하지 않음"),
    ("deleted", "지움"),
    ("not deleted", "지우지 않음"),
    ("nothing is left to do", "남은 일이 없음"),
    ("an issuer refused", "발급자가 거절함"),
    ("changed", "바꿈"),
    ("the backup is refused", "백업을 받아들일 수 없음"),
    // what values are refused for
    ("the keys are credential, status and bbs", "쓸 수 있는 키는 credential, status, bbs입니다"),
    (
        "write it as in [\"credentialSubject.degree\", \"evidence[0]\"]",
        "[\"credentialSubject.degree\", \"evidence[0]\"]처럼 쓰십시오",
    ),
    ("the languages are ko and en", "쓸 수 있는 언어는 ko와 en입니다"),
    (
        "use letters, digits, '.', '_' and '-', not root, and no -key at the end",
        "영문자와 숫자, '.', '_', '-'로 쓰고, root는 쓸 수 없으며 -key로 끝나지 않습니다",
    ),
    (
        "write it as in https://uni.example/degree/v1=degree-context.jsonld",
        "https://uni.example/degree/v1=degree-context.jsonld처럼 쓰십시오",
    ),
    ("write it as in 2026-11-22T09:00:00+09:00", "2026-11-22T09:00:00+09:00처럼 쓰십시오"),
    // gates and passes
    ("A gate that takes entry passes", "출입 패스를 받는 문"),
    (
        "Its folder holds gate.toml, which says what the gate asks for, and venue-key.pem, which says whose it is: every gate of a venue has the same key, and passes are bound to it.",
        "폴더에는 문이 무엇을 묻는지 적은 gate.toml과 누구의 문인지 말하는 venue-key.pem이 있습니다. 한 장소의 문은 모두 같은 키를 쓰며, 패스는 그 키에 묶입니다.",
    ),
    ("Make a gate in a folder", "폴더에 문을 만듭니다"),
    (
        "Overwrites nothing. For a second gate of the venue, put the first one's venue-key.pem into the new folder before.",
        "아무것도 덮어쓰지 않습니다. 같은 장소의 두 번째 문은 첫 번째 문의 venue-key.pem을 새 폴더에 먼저 넣어 두십시오.",
    ),
    ("What visitors are told the venue is called", "방문자에게 알릴 장소 이름"),
    ("What visitors are told the gate is called", "방문자에게 알릴 문 이름"),
    (
        "What the pass must say, such as age_over_19 or student; repeatable",
        "패스가 말해야 하는 사실. age_over_19, student 따위이며 여러 번 쓸 수 있습니다",
    ),
    ("The gate's folder", "문의 폴더"),
    ("Judge entry passes at a gate", "문에서 출입 패스를 판단합니다"),
    (
        "Reads codes from stdin, a line each, as a scanner that types writes them, or from pictures, a film or a camera, and says of each whether it opens the gate, without a network: by the trust bundle alone. The gate's own code is drawn on the terminal, or kept in a file for a screen elsewhere, and changes every 15 seconds. Ends when what it reads does.",
        "키보드처럼 입력하는 스캐너가 쓰는 대로 표준 입력에서 한 줄씩, 또는 그림이나 영상, 카메라에서 코드를 읽고, 네트워크 없이 신뢰 묶음만으로 문이 열리는지 말합니다. 문의 코드는 터미널에 그리거나 다른 화면을 위해 파일에 두며, 15초마다 바뀝니다. 읽을 것이 끝나면 끝납니다.",
    ),
    (
        "In a film, before a camera, and in a folder that is watched, a code that stays in sight is judged once; when it was out of sight for three seconds it is shown again, and judged again.",
        "영상, 카메라, 지켜보는 폴더에서는 계속 보이는 코드를 한 번만 판단합니다. 3초 동안 보이지 않다가 다시 보이면 새로 보여 준 것으로 판단합니다.",
    ),
    (
        "Pictures to read instead of stdin (PNG, JPEG, PGM), or folders, of which every picture is read in the order of their names",
        "표준 입력 대신 읽을 그림(PNG, JPEG, PGM) 또는 폴더. 폴더의 그림은 이름 순서로 모두 읽습니다",
    ),
    (
        "Read pictures as they come into the one folder named, as a network camera writes them, until ended",
        "네트워크 카메라가 쓰는 대로, 폴더 하나에 새로 들어오는 그림을 끝낼 때까지 읽습니다",
    ),
    (
        "Read a film from stdin: YUV4MPEG2, as ffmpeg writes it from a camera",
        "표준 입력에서 영상을 읽습니다. ffmpeg가 카메라에서 쓰는 YUV4MPEG2 형식입니다",
    ),
    (
        "Look through this camera of the machine until ended (Linux, V4L2)",
        "끝낼 때까지 이 컴퓨터의 카메라로 봅니다(리눅스, V4L2)",
    ),
    ("Judge EU Digital COVID Certificates offline", "EU 디지털 코로나 증명서를 오프라인에서 판단합니다"),
    (
        "Reads codes that begin with HC1: as `jigap scan` reads passes, and says of each whether a listed signer made it, for whom and until when. Nothing binds such a certificate to whoever shows it: compare name and date of birth with their papers. Signers by RSA are not supported; revocation lists are not looked at.",
        "`jigap scan`이 패스를 읽듯 HC1:로 시작하는 코드를 읽고, 목록의 서명자가 만든 것인지, 누구의 것이고 언제까지인지 말합니다. 이런 증명서는 보여 주는 사람과 묶여 있지 않으므로 이름과 생년월일을 신분증과 대조하십시오. RSA 서명자는 지원하지 않으며, 폐기 목록은 보지 않습니다.",
    ),
    ("The certificates of the signers that are trusted, in PEM", "신뢰하는 서명자들의 인증서(PEM)"),
    ("Print a line of JSON for each certificate", "증명서마다 JSON 한 줄을 출력합니다"),
    ("every certificate holds", "모든 증명서가 유효함"),
    ("one does not or a picture had none", "유효하지 않은 것이 있거나 코드가 없는 그림이 있음"),
    (
        "Write to this new file instead of stdout: a picture as PNG where its name ends in .png",
        "표준 출력 대신 이 새 파일에 씁니다. 이름이 .png로 끝나면 그림을 PNG로 씁니다",
    ),
    (
        "Write the code as a picture to this file: as PNG where its name ends in .png, else as SVG",
        "코드를 그림으로 이 파일에 씁니다. 이름이 .png로 끝나면 PNG, 아니면 SVG입니다",
    ),
    ("one did not or a picture had none", "열리지 않은 코드가 있거나 코드가 없는 그림이 있음"),
    (
        "Trust bundle: the signed trust list, and documents with its issuers' keys",
        "신뢰 묶음: 서명된 신뢰 목록과 발급자의 키 문서",
    ),
    ("Print a line of JSON for each code", "코드마다 JSON 한 줄을 출력합니다"),
    ("Show an entry pass at a gate, as a QR code", "문에서 출입 패스를 QR 코드로 보여 줍니다"),
    (
        "The gate's screen or poster says who asks for what; the code is made for that gate alone. One pass is shown to one venue, and to no other. On a terminal the code is drawn, with the seconds until it changes; else its text is printed.",
        "문의 화면이나 포스터가 누가 무엇을 묻는지 말하며, 코드는 그 문만을 위해 만듭니다. 패스 하나는 한 장소에만 보여 줍니다. 터미널에는 바뀔 때까지 남은 초와 함께 코드를 그리고, 아니면 글자를 출력합니다.",
    ),
    (
        "Without --gate: what the pass must say; repeatable",
        "--gate가 없을 때: 패스가 말해야 하는 사실. 여러 번 쓸 수 있습니다",
    ),
    (
        "If every such pass was shown elsewhere, show one again, although two venues can then tell that it was one person",
        "그런 패스를 모두 다른 곳에 보여 주었으면 하나를 다시 보여 줍니다. 두 장소가 같은 사람임을 알 수 있습니다",
    ),
    ("Agree without being asked", "묻지 않고 동의합니다"),
    ("Print the code once, as text", "코드를 글자로 한 번 출력합니다"),
    (
        "a fact is such as age_over_19 or student: a-z, 0-9 and _, at most 24",
        "사실은 age_over_19나 student처럼 a-z, 0-9, _로 24자까지 씁니다",
    ),
    ("every code opened the gate", "모든 코드로 문이 열림"),
    ("shown", "보여 줌"),
    ("not shown", "보여 주지 않음"),
    (
        "How visitors are told who asks: by a screen that changes; by a poster, which is weaker, since a photograph of it serves as well as standing before it; or, weakest, not at all: then a code opens every such gate for as long as it counts",
        "누가 묻는지 방문자에게 알리는 방법: 바뀌는 화면, 포스터(사진만 있어도 앞에 선 것과 같으므로 더 약함), 또는 알리지 않음(가장 약함: 코드가 유효한 동안 같은 문이 모두 열림)",
    ),
    ("Draw the code of a gate's poster", "문 포스터의 코드를 그립니다"),
    ("Print the code's text instead of a picture (SVG)", "그림(SVG) 대신 코드의 글자를 출력합니다"),
    (
        "Keep the gate's code in this file instead of drawing it on the terminal: as SVG, as PNG where the name ends in .png, or its text where it ends in .txt",
        "문의 코드를 터미널에 그리지 않고 이 파일에 둡니다. SVG로, 이름이 .png로 끝나면 PNG로, .txt로 끝나면 글자로 둡니다",
    ),
    (
        "What the gate's screen or poster says, JV1:…; `-` reads it from stdin: what stands on a command line tells others on this machine, and who reads the shell's history, where you were",
        "문의 화면이나 포스터에 있는 코드, JV1:…. `-`는 표준 입력을 읽습니다. 명령줄에 쓰면 이 컴퓨터의 다른 사람과 셸 기록을 보는 사람이 어디에 갔는지 알 수 있습니다",
    ),
    ("it is screen, poster or one-way", "screen, poster, one-way 가운데 하나입니다"),
];
