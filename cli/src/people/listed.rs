//! The wallet's own listings: signed here, kept in the box, handed in.

use std::path::Path;

use jigap_wallet_core::people::asked::Asks;
use jigap_wallet_core::people::listing::{Backing, ListingDocument, State};
use jigap_wallet_core::text::{Text, printable};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::wallet::OwnListing;
use serde_json::Value;

use super::args::{Action, List, Where, Words};
use super::directory::Directory;
use super::prove::{in_words, proved};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;
use crate::wallet::{Open, wallet_failure};

/// One directory and the wallet's listing there.
pub(super) struct Listed<'a> {
    pub(super) directory: Directory,
    pub(super) audience: String,
    pub(super) open: &'a Open,
    json: bool,
    pub(super) talk: &'a Talk,
}

pub(super) async fn act(action: &Action, open: &Open, dev: bool, talk: &Talk) -> Result<Exit, Failure> {
    let at = |place: &Where| -> Result<Listed<'_>, Failure> {
        let directory = Directory::new(&place.directory, dev, talk.lang())?;
        Ok(Listed { audience: directory.audience(), directory, open, json: place.json, talk })
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
        let own = self.kept().await?;
        // What was proved before opens by the number that the last document said.
        let before = own.document().map(|document| document.backings).unwrap_or_default();
        let backing = |kind: &String| Backing {
            kind: kind.clone(),
            blind: before.iter().find(|backing| backing.kind == *kind).and_then(|it| it.blind.clone()),
        };
        let mut document = ListingDocument {
            persona: own.persona,
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
            backings: command.kinds.iter().map(backing).collect(),
        };
        edit(&mut document, None, &command.words)?;
        let answer = self.hand_in(&document).await?;
        let known = proved(&answer);
        let unproved = command.kinds.iter().map(String::as_str).filter(|kind| !known.contains(kind));
        let unproved: Vec<&str> = unproved.collect();
        if unproved.is_empty() {
            return self.say(&answer);
        }
        // Whatever becomes of the questions: it was handed in.
        self.talk.say(&in_words(&answer, self.talk.lang()));
        if let Some(answer) = self.prove(&mut document, &unproved, command).await? {
            return self.say(&answer);
        }
        let said = Text::new(
            "nothing was shown: the listing waits; `jigap people withdraw` takes it back",
            "아무것도 제출하지 않았으며 게시글은 증명을 기다립니다. `jigap people withdraw`로 내릴 수 있습니다",
        );
        self.talk.say(said.get(self.talk.lang()));
        Ok(Exit::No)
    }

    async fn show(&self) -> Result<Exit, Failure> {
        let own = self.own().await?;
        let answer = self.standing().await?;
        if let (false, Some(document)) = (self.json, own.document()) {
            self.talk.say(&described(&document));
        }
        self.say(&answer)
    }

    /// How the listing stands, as the directory tells its persona.
    pub(super) async fn standing(&self) -> Result<Value, Failure> {
        let signed = self.open.wallet.sign_asked(&self.audience, &Asks::Listing).await;
        let signed = signed.map_err(|error| wallet_failure(error, self.talk.lang()))?;
        self.directory.own(self.kept().await?.persona.as_str(), &signed).await
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
        self.say(&answer)
    }

    /// Signs the next document, keeps it, and hands it in.
    pub(super) async fn hand_in(&self, document: &ListingDocument) -> Result<Value, Failure> {
        let signed = self.open.wallet.sign_listing(&self.audience, document).await;
        let own = signed.map_err(|error| wallet_failure(error, self.talk.lang()))?;
        self.directory.put(&own.signed.unwrap_or_default()).await
    }

    /// The listing that there is.
    async fn own(&self) -> Result<OwnListing, Failure> {
        let own = self.kept().await?;
        if own.signed.is_some() { Ok(own) } else { Err(none()) }
    }

    pub(super) async fn kept(&self) -> Result<OwnListing, Failure> {
        let kept = self.open.wallet.listing(&self.audience).await;
        kept.map_err(|error| wallet_failure(error, self.talk.lang()))
    }

    /// How it stands.
    fn say(&self, answer: &Value) -> Result<Exit, Failure> {
        if self.json {
            self.talk.data(&(answer.to_string() + "\n"))?;
        } else {
            self.talk.say(&in_words(answer, self.talk.lang()));
        }
        Ok(if answer.get("state").is_some_and(|state| state == "refused") { Exit::No } else { Exit::Done })
    }
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
