//! The Korean of a gate's scanner for browsers.

/// As [`super::words::WORDS`].
pub(super) const WORDS: &[(&str, &str)] = &[
    (
        "Which passes it takes: traceable, those that their issuer recognises, as an entry log needs; blind, those that it does not; or either",
        "받는 패스: traceable은 발급자가 알아보는 패스(출입 기록에 필요), blind는 발급자도 알아보지 못하는 패스, either는 둘 다",
    ),
    ("Serve a gate's scanner to browsers", "문의 스캐너를 브라우저에 제공합니다"),
    (
        "An old phone or a laptop opens the page once, is paired, and from then on judges by itself, without a network; when it has one it takes newer trust bundles from here. Of tickets, scanners tell each other through here which were used, and the gate's folder keeps it; of an entry log they hand over sealed rows; nothing else about visitors is sent. Browsers give the camera to https pages alone, so give a certificate by --tls, or --acme where the world reaches it by a name; on this very machine plain http does. Where the certificate is of `jigap ca`, the device has to trust its root first: --welcome serves a page, by plain http, that hands out that root and says how.",
        "오래된 휴대전화나 노트북이 페이지를 한 번 열어 연결하면, 그 뒤로는 네트워크 없이 스스로 판단하고, 네트워크가 있을 때 새 신뢰 묶음을 여기서 받아 갑니다. 입장권은 스캐너끼리 여기를 거쳐 사용한 것을 서로 알리고 문의 폴더에 남으며, 출입 기록은 봉한 행만 넘겨받습니다. 그 밖에 방문자에 관한 것은 보내지 않습니다. 브라우저는 https 페이지에서만 카메라를 쓰므로 --tls로, 밖에서 이름으로 닿는 곳이면 --acme로 인증서를 주십시오. 이 컴퓨터 자신에게는 http도 됩니다. 인증서를 `jigap ca`로 만들었다면 기기가 먼저 그 루트를 신뢰해야 합니다. --welcome은 루트를 나누어 주고 방법을 알려 주는 페이지를 http로 제공합니다.",
    ),
    (
        "Trust bundle: the signed trust list, and documents with its issuers' keys; read again whenever a scanner asks",
        "신뢰 묶음: 서명된 신뢰 목록과 발급자의 키 문서. 스캐너가 물을 때마다 다시 읽습니다",
    ),
    (
        "Have every scanner keep an entry log of its own, by this policy of `jigap entry-log policy`: nobody is let in before the row is durable on the device, which hands it over when it can, to the folder scanner-logs in the gate's",
        "스캐너마다 `jigap entry-log policy`의 이 정책에 따라 출입 기록을 둡니다. 행이 기기에 안전하게 저장되기 전에는 아무도 들이지 않으며, 연결되면 문의 폴더에 있는 scanner-logs 폴더로 넘깁니다",
    ),
    ("Address and port", "주소와 포트"),
    ("The certificate, with its chain, and its key: PEM files", "체인이 든 인증서와 그 키: PEM 파일"),
    (
        "Instead of --tls: get the certificate for this name by ACME and keep it current; repeatable. The world must reach --listen as port 443 of that name. Whoever asks agrees to the authority's terms of service. Account and key lie in the gate's folder, in acme",
        "--tls 대신 이 이름의 인증서를 ACME로 받아 갱신합니다. 여러 번 쓸 수 있습니다. 밖에서 그 이름의 443번 포트로 --listen에 닿아야 합니다. 이 옵션을 쓰면 발급 기관의 약관에 동의하는 것입니다. 계정과 키는 문의 폴더 안 acme에 둡니다",
    ),
    ("The directory of the authority", "발급 기관의 디렉터리"),
    (
        "The certificates by which the authority is known besides the machine's, in PEM",
        "이 컴퓨터가 아는 것 외에 발급 기관을 확인할 인증서(PEM)",
    ),
    ("The folder of the pages, as `cargo xtask web` makes it", "`cargo xtask web`이 만드는 페이지 폴더"),
    (
        "Serve, by plain http, a page on how to trust the certificate's root, at this address and port",
        "인증서의 루트를 신뢰하는 방법을 알려 주는 페이지를 이 주소와 포트에서 http로 제공합니다",
    ),
    ("The root that the page hands out: a PEM file", "그 페이지가 나누어 주는 루트: PEM 파일"),
    ("Where the scanner's page is, as the device reaches it", "기기에서 본 스캐너 페이지의 주소"),
    ("Pair a browser with a gate", "브라우저를 문에 연결합니다"),
    (
        "Prints a link, and draws it, that gives one device the gate's settings and the venue's key, within ten minutes. Whoever has the key can ask in the venue's name: pair your own devices.",
        "기기 하나에 문의 설정과 장소의 키를 주는 링크를 출력하고 그립니다. 10분 안에 한 번 쓸 수 있습니다. 키를 가진 사람은 장소의 이름으로 물을 수 있으니, 자기 기기만 연결하십시오.",
    ),
    ("Where `jigap gate serve` is, as the device reaches it", "기기에서 본 `jigap gate serve`의 주소"),
    (
        "Forget every device that was paired before: they get no newer trust bundles, and stop when what they have is too old",
        "앞서 연결한 기기를 모두 잊습니다. 새 신뢰 묶음을 받지 못하고, 가진 것이 오래되면 멈춥니다",
    ),
    (
        "Serve a page on which a phone shows entry passes",
        "휴대전화가 출입 패스를 보여 주는 페이지를 제공합니다",
    ),
    (
        "Prints a link, and draws it: the phone's browser reads a gate's screen by its camera, tells who asks for what, and shows the code. Passes and keys stay here, so the phone must reach this machine. Whoever has the link can show passes of this wallet while the command runs. Browsers give the camera to https pages alone: `jigap ca tls` makes a certificate.",
        "링크를 출력하고 그립니다. 휴대전화의 브라우저가 카메라로 문의 화면을 읽고, 누가 무엇을 묻는지 말하고, 코드를 보여 줍니다. 패스와 키는 여기에 남으므로 휴대전화가 이 컴퓨터에 닿아야 합니다. 명령이 도는 동안 링크를 가진 사람은 이 지갑의 패스를 보여 줄 수 있습니다. 브라우저는 https 페이지에서만 카메라를 쓰므로 `jigap ca tls`로 인증서를 만드십시오.",
    ),
    ("ended", "끝남"),
    (
        "Where the phone reaches this page, if not at that address",
        "그 주소가 아니라면, 휴대전화에서 본 이 페이지의 주소",
    ),
    ("Ask at a door, by a QR code that a wallet reads", "문에서 지갑이 읽는 QR 코드로 묻습니다"),
    (
        "Draws the link of one question (OpenID4VP), waits until a wallet has answered it or five minutes are over, and says whether the gate opens. The verifier is one that `jigap serve` runs; what it asks stands in its configuration, by name.",
        "질의 하나의 링크(OpenID4VP)를 그리고, 지갑이 답하거나 5분이 지날 때까지 기다린 뒤 문이 열리는지 말합니다. 검증자는 `jigap serve`가 운영하는 것이며, 무엇을 묻는지는 그 설정에 이름으로 있습니다.",
    ),
    ("it opens", "열림"),
    ("it does not", "열리지 않음"),
    ("The question: a template of the verifier's configuration", "질의: 검증자 설정의 템플릿"),
    ("The verifier's public URL", "검증자의 공개 주소"),
    (
        "Read the asker's token from this file, or from stdin if it is `-`",
        "질의자의 토큰을 이 파일에서, `-`이면 표준 입력에서 읽습니다",
    ),
    ("Print the result as JSON, claims among it", "결과를 밝힌 내용과 함께 JSON으로 출력합니다"),
    ("write it as in https://192.168.0.7:8443", "https://192.168.0.7:8443처럼 쓰십시오"),
];
