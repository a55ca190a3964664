//! Proving what a listing is backed by: the directory has its verifier ask, the wallet answers with a copy for that directory, and the listing says
//! by which number the pseudonym of the copy opens.
//!
//! The number is handed in before the copy is shown: whoever is cut off between the two begins again with the same copy.

use std::time::Duration;

use jigap_wallet_core::people::asked::Asks;
use jigap_wallet_core::people::listing::ListingDocument;
use jigap_wallet_core::text::{Lang, Text};
use serde_json::Value;

use super::args::List;
use super::listed::Listed;
use crate::failure::{Exit, Failure};
use crate::wallet::{Question, agreed, wallet_failure};

/// How long it is waited between looks whether something was proved; doubled each time, up to the second.
const PAUSE: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(4)];

impl Listed<'_> {
    /// Has what backs `document` proved, and says how it stands then; `None` where its person does not agree.
    pub(super) async fn prove(
        &self,
        document: &mut ListingDocument,
        kinds: &[&str],
        command: &List,
    ) -> Result<Option<Value>, Failure> {
        let (wallet, lang) = (&self.open.wallet, self.talk.lang());
        let persona = self.kept().await?.persona;
        let mut questions = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let link = self.link(kind).await?;
            let (whom, named) = ((self.audience.as_str(), persona.as_str()), command.credential.as_deref());
            questions.push(Question::read(&link, whom, named, self.open, lang).await?);
        }
        if !agreed(&questions, command.yes, wallet, self.talk).await? {
            return Ok(None);
        }
        for (kind, question) in kinds.iter().zip(&questions) {
            let backing = document.backings.iter_mut().find(|backing| backing.kind == *kind);
            if let Some(backing) = backing {
                backing.blind.clone_from(&question.blind);
            }
        }
        self.hand_in(document).await?;
        for question in questions {
            question.answer(wallet, lang).await?;
        }
        let said =
            Text::new("answered; the directory waits to be told", "답했습니다. 인명부가 결과를 기다립니다");
        self.talk.say(said.get(lang));
        self.settled(kinds).await.map(Some)
    }

    /// What the directory's verifier asks of somebody of this kind.
    async fn link(&self, kind: &str) -> Result<String, Failure> {
        let asks = Asks::Backing { kind: kind.to_owned() };
        let signed = self.open.wallet.sign_asked(&self.audience, &asks).await;
        let signed = signed.map_err(|error| wallet_failure(error, self.talk.lang()))?;
        let question = self.directory.backing(signed).await?;
        let link = question.get("link").and_then(Value::as_str);
        link.map(str::to_owned).ok_or_else(|| {
            let what = Text::new("the directory's answer is none", "인명부의 응답이 올바르지 않습니다");
            Failure::new(Exit::Environment, what)
        })
    }

    /// How it stands once the directory was told, or is not told for some seconds.
    async fn settled(&self, kinds: &[&str]) -> Result<Value, Failure> {
        let [mut pause, longest] = PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            let answer = self.standing().await?;
            let known = proved(&answer);
            let refused = answer.get("state").is_some_and(|state| state == "refused");
            if refused || pause >= longest || kinds.iter().all(|kind| known.contains(kind)) {
                return Ok(answer);
            }
            pause *= 2;
        }
    }
}

/// The kinds that are proved, as the directory says.
pub(super) fn proved(answer: &Value) -> Vec<&str> {
    let kinds = answer.get("kinds").and_then(Value::as_array);
    kinds.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// How a listing stands, for its person.
pub(super) fn in_words(answer: &Value, lang: Lang) -> String {
    let says = |name: &str| answer.get(name).and_then(Value::as_str);
    let text = match (says("state"), says("check")) {
        (Some("published"), _) => Text::new("you are found", "검색됩니다"),
        (Some("waiting"), _) => Text::new("you are found once something proves it", "증명되면 검색됩니다"),
        (Some("paused"), _) => Text::new("you are not found for now", "지금은 검색되지 않습니다"),
        (Some("withdrawn"), _) => Text::new("you are listed no more", "게시글을 내렸습니다"),
        (_, Some("LI-04")) => Text::new(
            "you are listed for this already, under another persona; withdraw that listing first (LI-04)",
            "이미 다른 페르소나로 같은 종류에 게시되어 있습니다. 그 게시글을 먼저 내리십시오(LI-04)",
        ),
        (_, Some("DS-01" | "DS-02" | "DS-03")) => Text::new(
            "what was proved does not name your record to this directory; `jigap people list` proves it anew (DS-01 to DS-03)",
            "증명된 것이 이 인명부에 당신의 기록을 가리키지 않습니다. `jigap people list`로 다시 증명하십시오(DS-01~DS-03)",
        ),
        _ => Text::new(
            "it cannot stand as it is: what proved a title in it is gone; edit it",
            "지금 그대로는 게시할 수 없습니다. 글에 쓴 직함의 증명이 사라졌습니다. 글을 고치십시오",
        ),
    };
    text.get(lang).to_owned()
}
