//! `jigap verify`: judge one credential or presentation offline.

use jigap_keys::base64url;
use jigap_keys::hash::sha256;
use jigap_platform::clock::SystemClock;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::judge::{self, Asked, Judge, Policy, judge_proof};
use jigap_wallet_core::ldp::UNKNOWN_CONTEXT;
use jigap_wallet_core::mdoc::{DeviceResponse, Session, SessionTranscript};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::Text;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::{Scope, Verdict};

use crate::args::Verify;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;
use crate::{bundle, input};

/// Contexts given, at most.
const MOST_CONTEXTS: usize = 16;

const CONTEXTS_ARE_GIVEN: Text = Text::new(
    "hint: JSON-LD contexts are never fetched; give each that is not built in by --context IRI=FILE",
    "도움말: JSON-LD 컨텍스트는 내려받지 않습니다. 내장되지 않은 것은 --context IRI=파일로 주십시오",
);

/// Judges the file the arguments name and prints the verdict.
pub(crate) fn run(command: &Verify, talk: &Talk) -> Result<Exit, Failure> {
    let text = input::read_token(&command.file)?;
    let now = command.at.unwrap_or_else(|| SystemClock.now());
    let built_in = Contexts::built_in().clone();
    let contexts = |known| contexts(known, &command.contexts, talk);
    let verdict = match &command.trust {
        Some(bundle) => with_trust(command, &text, bundle, (&contexts(built_in)?, now))?,
        None => judge_proof(&text, &contexts(built_in.with_examples())?, &Documents::new(), now),
    };
    let printed =
        if command.json { verdict.to_json().to_string() + "\n" } else { verdict.to_text(talk.lang()) };
    talk.data(&printed)?;
    if verdict.refusals().any(|refusal| refusal.reason == UNKNOWN_CONTEXT) {
        talk.say(CONTEXTS_ARE_GIVEN.get(talk.lang()));
    }
    let yes = match verdict.scope() {
        Scope::Full => verdict.accepted(),
        Scope::ProofAndStatus => verdict.holds(),
        Scope::ProofOnly => verdict.proof_holds(),
    };
    Ok(if yes { Exit::Done } else { Exit::No })
}

/// The contexts that are `known` and those of the files that a person names, each of which is told with its digest.
fn contexts(known: Contexts, named: &[(String, String)], talk: &Talk) -> Result<Contexts, Failure> {
    let refuse = |what| Failure::new(Exit::Usage, what);
    if named.len() > MOST_CONTEXTS {
        return Err(refuse(Text::new("more than 16 contexts are given", "컨텍스트가 16개를 넘습니다")));
    }
    let mut contexts = known;
    for (iri, file) in named {
        let document = input::read(file)?;
        let digest: String = sha256(&document).iter().map(|byte| format!("{byte:02x}")).collect();
        contexts = contexts.with(iri, &document).map_err(|error| {
            let what = Text::new("the JSON-LD context is refused", "JSON-LD 컨텍스트를 받아들일 수 없습니다");
            refuse(what).detail(format!("{file}: {error}")).hint(Text::new(
                "it must define all its words by itself or by contexts given before it, and give no keyword another name",
                "컨텍스트는 모든 낱말을 스스로, 또는 앞에 준 컨텍스트로 정의해야 하며 키워드에 다른 이름을 붙일 수 없습니다",
            ))
        })?;
        let told = Text::new("context", "컨텍스트");
        talk.say(&format!("{} {iri}: sha256 {digest}", told.get(talk.lang())));
    }
    Ok(contexts)
}

fn with_trust(
    command: &Verify,
    text: &str,
    bundle: &str,
    (contexts, now): (&Contexts, Timestamp),
) -> Result<Verdict, Failure> {
    let (bundle, trust) = bundle::trusted(bundle, now)?;
    let judge = Judge::new(&trust, now, Policy::default()).with_contexts(contexts);
    if let Some(transcript) = transcript(command)? {
        if !judge::is_mdoc(text) {
            return Err(session_of_no_mdoc());
        }
        // A device's proof is over the transcript alone, which holds what was asked for.
        let [audience, nonce] =
            [&command.audience, &command.nonce].map(|it| it.as_deref().unwrap_or_default());
        let judge = judge.in_session(Session { transcript: &transcript, reader_key: None });
        return Ok(judge.read(text).judge_presentation(&Asked { audience, nonce }, &bundle.documents));
    }
    if is_device_response(text) {
        return Err(without_session());
    }
    let presented = judge.read(text);
    match (judge::is_presentation(text), &command.audience, &command.nonce) {
        (_, Some(audience), Some(nonce)) => {
            Ok(presented.judge_presentation(&Asked { audience, nonce }, &bundle.documents))
        }
        (false, None, None) => Ok(presented.judge_credential(&bundle.documents)),
        _ => Err(unasked()),
    }
}

/// The session that an mdoc must have been shown in, if the arguments say which.
fn transcript(command: &Verify) -> Result<Option<SessionTranscript>, Failure> {
    if let (Some(uri), Some(audience), Some(nonce)) =
        (&command.response_uri, &command.audience, &command.nonce)
    {
        let key = command.jwk_thumbprint;
        return Ok(Some(SessionTranscript::openid4vp_by_thumbprint(audience, nonce, key, uri)));
    }
    let Some(file) = &command.transcript else { return Ok(None) };
    let refused = || {
        let what = Text::new("the session transcript cannot be read", "세션 기록을 읽을 수 없습니다");
        Failure::new(Exit::Usage, what).detail(file).hint(Text::new(
            "it is the CBOR of SessionTranscript, an array of three, without a tag",
            "SessionTranscript의 CBOR이며, 태그 없이 항목이 셋인 배열입니다",
        ))
    };
    SessionTranscript::parse(&input::read(file)?).map(Some).ok_or_else(refused)
}

fn is_device_response(text: &str) -> bool {
    base64url::decode(text).is_ok_and(|bytes| DeviceResponse::parse(&bytes).is_ok())
}

fn without_session() -> Failure {
    let what = Text::new(
        "the presentation of an mdoc is judged in the session that it was made in",
        "mdoc의 제출본은 그것을 만든 세션에서 판단합니다",
    );
    Failure::new(Exit::Usage, what).hint(Text::new(
        "give --audience (the whole client_id), --nonce and --response-uri of the request, and --jwk-thumbprint if the response was encrypted; or --transcript",
        "요청의 --audience(client_id 전체)와 --nonce, --response-uri를 주고, 응답이 암호화되었으면 --jwk-thumbprint도 주십시오. 또는 --transcript를 주십시오",
    ))
}

fn session_of_no_mdoc() -> Failure {
    let what = Text::new(
        "--response-uri and --transcript are for mdocs alone, and this is none",
        "--response-uri와 --transcript는 mdoc에만 쓰며, 이것은 mdoc이 아닙니다",
    );
    Failure::new(Exit::Usage, what).hint(Text::new(
        "other presentations are judged by --audience and --nonce",
        "다른 제출본은 --audience와 --nonce로 판단합니다",
    ))
}

fn unasked() -> Failure {
    let what = Text::new(
        "a presentation is judged against what it was asked for",
        "제출본은 무엇을 물었는지와 견주어 판단합니다",
    );
    Failure::new(Exit::Usage, what).hint(Text::new(
        "give both --audience and --nonce of the request it answers",
        "답한 요청의 --audience와 --nonce를 함께 주십시오",
    ))
}
