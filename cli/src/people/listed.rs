//! The wallet's own listings: signed here, kept in the box, handed in.

use std::path::Path;

use jigap_wallet_core::people::asked::Asks;
use jigap_wallet_core::people::listing::{Backing, ListingDocument, State};
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::wallet::{OwnListing, Wallet};
use serde_json::{Value, json};

use super::args::{Action, List, Where, Words};
use super::directory::Directory;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;
use crate::wallet::wallet_failure;

/// One directory and the wallet's listing there.
struct Listed<'a> {
    directory: Directory,
    audience: String,
    wallet: &'a Wallet,
    json: bool,
    talk: &'a Talk,
}

pub(super) async fn act(action: &Action, wallet: &Wallet, dev: bool, talk: &Talk) -> Result<Exit, Failure> {
    let at = |place: &Where| -> Result<Listed<'_>, Failure> {
        let directory = Directory::new(&place.directory, dev, talk.lang())?;
        Ok(Listed { audience: directory.audience(), directory, wallet, json: place.json, talk })
    };
    match action {
        Action::List(command) => at(&command.place)?.list(command).await,
        Action::Show(command) => at(&command.place)?.show().await,
        Action::Edit(command) => {
            let name = command.name.clone();
            at(&command.place)?.change(|document| edit(document, name.as_deref(), &command.words)).await
        }
        Action::Pause(command) => at(&command.place)?.turn(State::Paused).await,
        Action::Resume(command) => at(&command.place)?.turn(State::Listed).await,
        Action::Withdraw(command) => at(&command.place)?.turn(State::Withdrawn).await,
        Action::Export(command) => {
            let place = Where { directory: command.directory.clone(), json: false };
            let own = at(&place)?.own().await?;
            talk.data(&(own.signed.unwrap_or_default() + "\n"))?;
            Ok(Exit::Done)
        }
        Action::Find(_) => Ok(Exit::Usage),
    }
}

impl Listed<'_> {
    async fn list(&self, command: &List) -> Result<Exit, Failure> {
        let mut document = ListingDocument {
            persona: self.kept().await?.persona,
            directory: self.audience.clone(),
            at: Timestamp::from_unix(0),
            number: 0,
            state: State::Listed,
            name: command.name.clone(),
            headline: String::new(),
            text: String::new(),
            region: command.region.clone(),
            cell: command.near.clone(),
            languages: command.languages.clone(),
            week: command.week.clone(),
            modes: command.modes.clone(),
            price: 0,
            agreement: String::new(),
            gate: None,
            backings: command.kinds.iter().map(|kind| Backing { kind: kind.clone(), blind: None }).collect(),
        };
        edit(&mut document, None, &command.words)?;
        let answer = self.hand_in(&document).await?;
        if !self.json {
            // Whatever becomes of the questions: it was handed in.
            self.talk.say(&standing(&answer, self.talk.lang()));
        }
        let proved: Vec<&str> = answer
            .get("kinds")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut links = Vec::new();
        for kind in command.kinds.iter().filter(|kind| !proved.contains(&kind.as_str())) {
            let asks = Asks::Backing { kind: kind.clone() };
            let signed = self.wallet.sign_asked(&self.audience, &asks).await;
            let signed = signed.map_err(|error| wallet_failure(error, self.talk.lang()))?;
            links.push(self.directory.backing(signed).await?);
        }
        self.say(&answer, Some(&links)).await
    }

    async fn show(&self) -> Result<Exit, Failure> {
        let own = self.own().await?;
        let signed = self.wallet.sign_asked(&self.audience, &Asks::Listing).await;
        let signed = signed.map_err(|error| wallet_failure(error, self.talk.lang()))?;
        let answer = self.directory.own(own.persona.as_str(), &signed).await?;
        if let (false, Some(document)) = (self.json, own.document()) {
            self.talk.say(&described(&document));
        }
        self.say(&answer, None).await
    }

    async fn turn(&self, state: State) -> Result<Exit, Failure> {
        self.change(|document| {
            document.state = state;
            Ok(())
        })
        .await
    }

    async fn change(
        &self,
        change: impl FnOnce(&mut ListingDocument) -> Result<(), Failure>,
    ) -> Result<Exit, Failure> {
        let mut document = self.own().await?.document().ok_or_else(none)?;
        change(&mut document)?;
        let answer = self.hand_in(&document).await?;
        self.say(&answer, None).await
    }

    /// Signs the next document, keeps it, and hands it in.
    async fn hand_in(&self, document: &ListingDocument) -> Result<Value, Failure> {
        let signed = self.wallet.sign_listing(&self.audience, document).await;
        let own = signed.map_err(|error| wallet_failure(error, self.talk.lang()))?;
        self.directory.put(&own.signed.unwrap_or_default()).await
    }

    /// The listing that there is.
    async fn own(&self) -> Result<OwnListing, Failure> {
        let own = self.kept().await?;
        if own.signed.is_some() { Ok(own) } else { Err(none()) }
    }

    async fn kept(&self) -> Result<OwnListing, Failure> {
        let kept = self.wallet.listing(&self.audience).await;
        kept.map_err(|error| wallet_failure(error, self.talk.lang()))
    }

    /// How it stands; or, where that was said, what is still to be proved.
    async fn say(&self, answer: &Value, questions: Option<&[Value]>) -> Result<Exit, Failure> {
        let (lang, links) = (self.talk.lang(), questions.unwrap_or_default());
        if self.json {
            let mut answer = answer.clone();
            if let Some(members) = answer.as_object_mut() {
                members.insert("backings".to_owned(), json!(links));
            }
            self.talk.data(&(answer.to_string() + "\n"))?;
        } else {
            if questions.is_none() {
                self.talk.say(&standing(answer, lang));
            }
            let link = |question: &Value| question.get("link").and_then(Value::as_str).map(str::to_owned);
            // Whole: a link that was cut asks nothing. What is no link is not shown.
            let is_link = |link: &String| link.bytes().all(|byte| byte.is_ascii_graphic());
            for link in links.iter().filter_map(link).filter(is_link) {
                self.talk.data(&format!("{link}\n"))?;
            }
            if !links.is_empty() {
                let hint = Text::new("prove it", "증명하십시오");
                let persona = self.kept().await?.persona;
                self.talk
                    .say(&format!("{}: jigap wallet present --persona {persona} 'LINK'", hint.get(lang)));
            }
        }
        Ok(if answer.get("state").is_some_and(|state| state == "refused") { Exit::No } else { Exit::Done })
    }
}

fn standing(answer: &Value, lang: Lang) -> String {
    let text = match answer.get("state").and_then(Value::as_str) {
        Some("published") => Text::new("you are found", "검색됩니다"),
        Some("waiting") => Text::new("you are found once something proves it", "증명되면 검색됩니다"),
        Some("paused") => Text::new("you are not found for now", "지금은 검색되지 않습니다"),
        Some("withdrawn") => Text::new("you are listed no more", "게시글을 내렸습니다"),
        _ => Text::new(
            "it cannot stand as it is: what proved a title in it is gone; edit it",
            "지금 그대로는 게시할 수 없습니다. 글에 쓴 직함의 증명이 사라졌습니다. 글을 고치십시오",
        ),
    };
    text.get(lang).to_owned()
}

fn described(document: &ListingDocument) -> String {
    let ListingDocument { name, headline, region, week, modes, price, number, .. } = document;
    let lines = [
        format!("{} ({number})", printable(name)),
        printable(headline).to_string(),
        format!("{} · {} · {} · {price} KRW", printable(region), modes.join(", "), week.join(", ")),
    ];
    lines.join("\n")
}

fn edit(document: &mut ListingDocument, name: Option<&str>, words: &Words) -> Result<(), Failure> {
    if let Some(name) = name {
        name.clone_into(&mut document.name);
    }
    if let Some(headline) = &words.headline {
        headline.clone_into(&mut document.headline);
    }
    if let Some(file) = &words.text {
        document.text = text_of(file)?;
    }
    if let Some(price) = words.price {
        document.price = price;
    }
    if let Some(gate) = &words.gate {
        document.gate = Some(gate.clone()).filter(|gate| !gate.is_empty());
    }
    Ok(())
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let bytes = input::read(&file.to_string_lossy())?;
    String::from_utf8(bytes).map(|text| text.trim().to_owned()).map_err(|_| {
        let what = Text::new("the file is no text", "텍스트 파일이 아닙니다");
        Failure::new(Exit::Usage, what).detail(file.display())
    })
}

fn none() -> Failure {
    let what =
        Text::new("this wallet has no listing in that directory", "이 지갑은 그 인명부에 게시글이 없습니다");
    Failure::new(Exit::No, what)
        .hint(Text::new("`jigap people list` makes one", "`jigap people list`로 만드십시오"))
}
