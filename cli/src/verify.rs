//! `jigap verify`: judge one credential or presentation offline.

use jigap_platform::clock::SystemClock;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::judge::{self, Asked, Judge, Policy, judge_proof};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::Text;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::{Scope, Verdict};

use crate::args::Verify;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

/// Judges the file the arguments name and prints the verdict.
pub(crate) fn run(command: &Verify, talk: &Talk) -> Result<Exit, Failure> {
    let text = input::read_text(&command.file)?;
    let now = command.at.unwrap_or_else(|| SystemClock.now());
    let verdict = match &command.trust {
        Some(bundle) => with_trust(command, &text, bundle, now)?,
        None => judge_proof(&text, &Documents::new(), now),
    };
    let printed =
        if command.json { verdict.to_json().to_string() + "\n" } else { verdict.to_text(talk.lang()) };
    talk.data(&printed)?;
    let yes = match verdict.scope() {
        Scope::Full => verdict.accepted(),
        Scope::ProofOnly => verdict.proof_holds(),
    };
    Ok(if yes { Exit::Done } else { Exit::No })
}

fn with_trust(command: &Verify, text: &str, bundle: &str, now: Timestamp) -> Result<Verdict, Failure> {
    let bundle = TrustBundle::parse(&input::read(bundle)?).map_err(|error| {
        let what = Text::new("the trust bundle cannot be read", "신뢰 묶음을 읽을 수 없습니다");
        Failure::new(Exit::Usage, what).detail(error)
    })?;
    let trust = bundle.verify(now).map_err(|refusal| {
        let what = Text::new("the trust list is refused", "신뢰 목록을 받아들일 수 없습니다");
        Failure::new(Exit::Usage, what).detail(refusal).hint(Text::new(
            "get a current bundle from whoever runs the list; --at judges as of an earlier moment",
            "목록을 운영하는 곳에서 새 묶음을 받으십시오. --at으로 지난 시점을 기준으로 판단할 수 있습니다",
        ))
    })?;
    let presented = Judge::new(&trust, now, Policy::default()).read(text);
    match (judge::is_presentation(text), &command.audience, &command.nonce) {
        (_, Some(audience), Some(nonce)) => {
            Ok(presented.judge_presentation(&Asked { audience, nonce }, &bundle.documents))
        }
        (false, None, None) => Ok(presented.judge_credential(&bundle.documents)),
        _ => Err(unasked()),
    }
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
