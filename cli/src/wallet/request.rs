//! `present`: who asks, what would be disclosed, and the answer.

use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::vp::OfferError;
use jigap_wallet_core::wallet::{Answered, Asking, Disclosed, Held, Look, Wallet, WalletError};
use jigap_wallet_core::x509::Anchors;
use serde_json::json;

use super::args::Present;
use super::labels::{self, Labels};
use super::words::wallet_failure;
use super::{ask, choose, consents, offer};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

pub(super) async fn present(
    command: &Present,
    anchors: Option<&Anchors>,
    wallet: &Wallet,
    talk: &Talk,
) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let failed = |error| wallet_failure(error, lang);
    let mut asking = wallet.look_at_request(&command.link, anchors).await.map_err(failed)?;
    talk.say(&asker(asking.verifier(), asking.certified_names(), lang));
    if command.decline {
        let answered = wallet.decline(asking).await.map_err(failed)?;
        print(&answered, false, command, talk)?;
        return Ok(Exit::Done);
    }
    let options = asking.options();
    if options.is_empty() {
        for (query, obstacle) in asking.obstacles() {
            talk.say(&format!("  {}: {}", printable(query), printable(&obstacle.say(lang))));
        }
        return Err(failed(WalletError::CannotAnswer));
    }
    if let Some(persona) = &command.persona {
        asking.for_persona(persona);
    }
    let mut looks = Vec::with_capacity(options.len());
    for one in &options {
        looks.push(wallet.look(&one.credential.id).await.map_err(failed)?);
    }
    let is_open = choose::is_open(&asking, options.len());
    talk.say(&described(&options, &looks, is_open, lang));
    if is_open {
        talk.say(&choose::rules(&asking.wanted(), lang));
    }
    consents::show(&asking, &options, talk)?;
    if !chosen(command, &mut asking, is_open, talk)? {
        return Ok(nothing_sent(talk));
    }
    let Some(disclosed) = asking.would_disclose() else { return Err(failed(WalletError::NoCopyLeft)) };
    if is_open {
        talk.say(&summed_up(&options, &disclosed, lang));
    }
    let question = Text::new("Disclose this?", "이 내용을 제출하시겠습니까?");
    if !command.yes && !ask::consent(&question, talk)? {
        return Ok(nothing_sent(talk));
    }
    let answered = wallet.present(asking).await.map_err(failed)?;
    match &answered.offer {
        // Whoever reads JSON has the link in it, and nobody to ask.
        Some(offer) if command.json && command.accept => {
            let taken = offer::taken(offer.as_str(), wallet, talk).await;
            as_json(&answered, (true, taken.as_ref().ok()), talk)?;
            taken.map(|_| Exit::Done)
        }
        Some(offer) if !command.json => {
            print(&answered, true, command, talk)?;
            offer::that_came(offer.as_str(), command.accept, wallet, talk).await
        }
        _ => print(&answered, true, command, talk).map(|()| Exit::Done),
    }
}

/// Takes the choice that the command names, or asks for one where there is one. `false`: nothing is to be sent.
fn chosen(command: &Present, asking: &mut Asking, is_open: bool, talk: &Talk) -> Result<bool, Failure> {
    match &command.choose {
        Some(typed) => choose::by_numbers(asking, typed).map(|()| true),
        None if is_open && (!command.yes || asking.must_be_chosen()) => choose::by_asking(asking, talk),
        None => Ok(true),
    }
}

fn nothing_sent(talk: &Talk) -> Exit {
    let said = Text::new(
        "nothing was sent; --decline would tell the verifier",
        "아무것도 보내지 않았습니다. 거절을 알리려면 --decline을 쓰십시오",
    );
    talk.say(said.get(talk.lang()));
    Exit::No
}

/// The numbers of what will be disclosed.
fn summed_up(options: &[Disclosed], disclosed: &[Disclosed], lang: Lang) -> String {
    let numbers = options.iter().zip(1..).filter(|(option, _)| disclosed.contains(option));
    let numbers = numbers.map(|(_, number): (_, usize)| number.to_string()).collect::<Vec<_>>().join(", ");
    match lang {
        Lang::En => format!("chosen: {numbers}"),
        Lang::Ko => format!("고른 것: {numbers}"),
    }
}

/// Who asks. A certificate's names are shown beside a hash: an authority that the person trusts for verifiers certified them.
pub(super) fn asker(verifier: &str, certified: &[String], lang: Lang) -> String {
    let verifier = printable(verifier);
    let named = |name: &&String| !verifier.ends_with(&format!(":{name}"));
    let names: Vec<_> = certified.iter().filter(named).map(|name| printable(name)).collect();
    let (certified, names) = (!names.is_empty(), names.join(", "));
    match (lang, certified) {
        (Lang::En, false) => format!("{verifier} asks"),
        (Lang::En, true) => format!("{names} asks, as its certificate says ({verifier})"),
        (Lang::Ko, false) => format!("{verifier}에서 요청합니다"),
        (Lang::Ko, true) => format!("인증서에 적힌 {names}에서 요청합니다({verifier})"),
    }
}

const KEPT: Text = Text::new(" (they say that they will keep it)", " (보관하겠다고 합니다)");

/// Claim by claim what would be disclosed, without values: those are `jigap wallet show`'s. With numbers where there is
/// something to choose.
pub(super) fn described(
    disclosed: &[Disclosed],
    looks: &[Option<Look>],
    numbered: bool,
    lang: Lang,
) -> String {
    let labels = Labels::load();
    let mut lines = Vec::new();
    for ((one, look), number) in disclosed.iter().zip(looks).zip(1_usize..) {
        let held = &one.credential;
        let number = if numbered { format!("{number}. ") } else { String::new() };
        lines.push(format!("{number}{} — {}", labels::name(held, lang), printable(&held.issuer)));
        let shown = one.claims.iter().chain(&one.always_shown);
        lines.extend(shown.map(|path| {
            let kept = if one.kept.contains(path) { KEPT.get(lang) } else { "" };
            format!("  - {}{kept}", labels.claim_by(look.as_ref(), held.credential_type(), path, lang))
        }));
        let always = Text::new(
            "always: issuer, type, validity, and the key and status place of this one copy",
            "항상 함께: 발급자, 종류, 유효 기간, 이 사본의 키와 상태 위치",
        );
        lines.push(format!("  + {}", always.get(lang)));
    }
    lines.join("\n")
}

const NOT_NOW: Text = Text::new(
    "it was accepted, and nothing is offered for it now: the issuer did not answer; show it again later",
    "확인되었지만 발급자가 응답하지 않아 지금은 받을 것이 없습니다. 나중에 다시 제출하십시오",
);
const NOTHING: Text = Text::new(
    "it was accepted, and nothing is offered for it: the issuer gives nothing for this credential, or nothing now",
    "확인되었지만 발급자가 이 증명서로는, 또는 지금은 발급하지 않아 받을 것이 없습니다",
);

fn print(answered: &Answered, presented: bool, command: &Present, talk: &Talk) -> Result<(), Failure> {
    if command.json {
        return as_json(answered, (presented, None), talk);
    }
    let said = if presented {
        Text::new("presented", "제출했습니다")
    } else {
        Text::new("declined; the verifier was told", "거절했으며 검증자에게 알렸습니다")
    };
    talk.say(said.get(talk.lang()));
    if let Some(error) = answered.offer_error {
        let said = if error == OfferError::Unavailable { NOT_NOW } else { NOTHING };
        talk.say(said.get(talk.lang()));
    }
    // Printed, not opened: where a stranger wants the browser to go is for the person to decide. A `Url` is ASCII.
    let next = answered.redirect_uri.as_ref();
    next.map_or(Ok(()), |next| talk.data(&format!("{next}\n")))
}

/// What came of it in one document: the offer's link as long as it was not taken, else what was `accepted`.
fn as_json(
    answered: &Answered,
    (presented, accepted): (bool, Option<&Held>),
    talk: &Talk,
) -> Result<(), Failure> {
    let said = json!({
        "presented": presented,
        "redirect_uri": answered.redirect_uri,
        "offer": answered.offer.as_ref().filter(|_| accepted.is_none()),
        "offer_error": answered.offer_error.map(OfferError::code),
        "accepted": accepted,
    });
    talk.data(&(said.to_string() + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_stands_behind_the_names_of_its_certificate() {
        let names = ["gate.example".to_owned(), "https://gate.example/\u{202E}door".to_owned()];
        let hash = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk";
        let said = asker(hash, &names, Lang::En);
        assert!(said.starts_with("gate.example, https://gate.example/\u{FFFD}door asks"), "{said}");
        assert!(said.ends_with(&format!("({hash})")), "{said}");
        assert_eq!(asker(hash, &[], Lang::Ko), format!("{hash}에서 요청합니다"));
        let named = "x509_san_dns:gate.example";
        assert_eq!(asker(named, &names[..1], Lang::En), format!("{named} asks"), "it says so itself");
    }
}
