//! What the wallet holds and did, on stdout. Claim values are printed by `show` alone, to their holder.

use jigap_platform::files;
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::dcql::Format;
use jigap_wallet_core::pass::Kind;
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::wallet::{Event, EventKind, Held, Wallet};
use serde_json::{Value, json};

use super::args::{Card, History, List, Show};
use super::labels::{self, Labels};
use super::words::{BLIND, TRACEABLE, wallet_failure};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

/// Claims of the protocol, which say nothing about the person.
const PROTOCOL: [&str; 11] =
    ["iss", "sub", "nbf", "exp", "iat", "jti", "cnf", "vct", "vct#integrity", "status", "_sd_alg"];

pub(super) async fn list(command: &List, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let held = wallet.credentials().await.map_err(|error| wallet_failure(error, talk.lang()))?;
    if command.json {
        talk.data(&(json!(held).to_string() + "\n"))?;
        return Ok(Exit::Done);
    }
    if held.is_empty() {
        talk.say(Text::new("the wallet is empty", "지갑이 비어 있습니다").get(talk.lang()));
    }
    let mut lines = String::new();
    for held in &held {
        lines += &(line(held, talk.lang()) + "\n");
        if let Some(says) = particulars(wallet, held, talk.lang()).await? {
            lines += &format!("  {says}\n");
        }
    }
    talk.data(&lines)?;
    Ok(Exit::Done)
}

/// What a ticket or card is for: its event, zone, row and seat.
async fn particulars(wallet: &Wallet, held: &Held, lang: Lang) -> Result<Option<String>, Failure> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.trusted_type() == held.credential_type());
    let Some(kind) = kind.filter(|_| held.format == Format::JigapPass) else { return Ok(None) };
    let (_, claims) = wallet.claims(&held.id).await.map_err(|error| wallet_failure(error, lang))?;
    let said = kind.particulars().iter().filter_map(|name| claims.get(name)?.as_str());
    let said: Vec<_> = said.map(printable).collect();
    Ok((!said.is_empty()).then(|| said.join(" · ")))
}

pub(super) async fn show(command: &Show, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let held = find(wallet, &command.id, lang).await?;
    let (held, claims) = wallet.claims(&held.id).await.map_err(|error| wallet_failure(error, lang))?;
    let shown = if command.json {
        json!({ "credential": held, "claims": claims }).to_string()
    } else {
        let look = wallet.look(&held.id).await.map_err(|error| wallet_failure(error, lang))?;
        let labels = Labels::load();
        let mut lines = vec![line(&held, lang), format!("  {}", of_type(&held))];
        if held.format == Format::JigapPass {
            lines.push(format!("  {}", (if held.blind { BLIND } else { TRACEABLE }).get(lang)));
        }
        for (path, value) in leaves(&claims, held.subject()) {
            let label = labels.claim_by(look.as_ref(), held.credential_type(), &path, lang);
            lines.push(format!("  {label}: {}", printable(&plain(value))));
        }
        lines.join("\n")
    };
    talk.data(&(shown + "\n"))?;
    Ok(Exit::Done)
}

pub(super) async fn card(command: &Card, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let held = find(wallet, &command.id, lang).await?;
    let (held, claims) = wallet.claims(&held.id).await.map_err(|error| wallet_failure(error, lang))?;
    let look = wallet.look(&held.id).await.map_err(|error| wallet_failure(error, lang))?;
    let none = || {
        let what = Text::new("this credential has no card", "이 증명서에는 카드가 없습니다");
        Failure::new(Exit::No, what).hint(Text::new(
            "its type names none, or it could not be fetched when the credential was accepted",
            "증명서 종류에 카드가 없거나, 증명서를 받을 때 카드를 가져오지 못했습니다",
        ))
    };
    let drawn = look.and_then(|look| look.draw(&claims)).ok_or_else(none)?;
    let drawn = drawn.map_err(|error| none().detail(error))?;
    let Some(path) = &command.output else {
        talk.data(&(drawn + "\n"))?;
        return Ok(Exit::Done);
    };
    files::write_new_private(path, drawn.as_bytes()).map_err(|error| {
        let what = Text::new("the card cannot be written", "카드를 저장할 수 없습니다");
        Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()))
    })?;
    Ok(Exit::Done)
}

pub(super) async fn history(command: &History, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let events = wallet.history().await.map_err(|error| wallet_failure(error, talk.lang()))?;
    if command.visits {
        let visits: Vec<Value> = events.iter().filter_map(visited).collect();
        talk.data(&(json!(visits).to_string() + "\n"))?;
        return Ok(Exit::Done);
    }
    if command.json {
        talk.data(&(json!(events).to_string() + "\n"))?;
        return Ok(Exit::Done);
    }
    let labels = Labels::load();
    let lines: String = events.iter().map(|event| told(event, &labels, talk.lang()) + "\n").collect();
    talk.data(&lines)?;
    Ok(Exit::Done)
}

/// A visit to a gate, as its visitor hands it on: when, where, and what stands for the pass there.
fn visited(event: &Event) -> Option<Value> {
    let visit = event.visit.as_ref()?;
    Some(json!({
        "at": event.at.to_rfc3339(), "venue": visit.venue, "name": visit.name, "gate": visit.gate, "pass": visit.pass,
    }))
}

/// The one credential whose id begins with `id`.
pub(super) async fn find(wallet: &Wallet, id: &str, lang: Lang) -> Result<Held, Failure> {
    let held = wallet.credentials().await.map_err(|error| wallet_failure(error, lang))?;
    let mut found = held.into_iter().filter(|held| held.id.starts_with(id) && !id.is_empty());
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(wallet_failure(jigap_wallet_core::wallet::WalletError::NoSuchCredential, lang)),
        (Some(_), Some(_)) => {
            let what = Text::new(
                "more than one credential's id begins so",
                "그렇게 시작하는 증명서가 둘 이상입니다",
            );
            Err(Failure::new(Exit::Usage, what)
                .hint(Text::new("give more of the id", "id를 더 길게 주십시오")))
        }
    }
}

/// Id, name, issuer, format where it is not SD-JWT VC, copies, end: one line.
pub(super) fn line(held: &Held, lang: Lang) -> String {
    let copies = match lang {
        // A ticket or card is one pass, which its venue is shown again and again.
        _ if held.format == Format::JigapPass && held.copies == 1 => {
            let shown = Text::new("one pass, bound to the venue that saw it", "패스 하나, 보여 준 장소 전용");
            let unseen = Text::new("one pass, shown to nobody yet", "패스 하나, 아직 보여 주지 않음");
            (if held.unused == 0 { shown } else { unseen }).get(lang).to_owned()
        }
        Lang::En => format!("{} of {} copies left", held.unused, held.copies),
        Lang::Ko => format!("사본 {}/{}개 남음", held.unused, held.copies),
    };
    let ends = held.expires.map(|ends| match lang {
        Lang::En => format!(", until {}", ends.to_civil(lang)),
        Lang::Ko => format!(", {}까지", ends.to_civil(lang)),
    });
    let (name, issuer) = (labels::name(held, lang), printable(&held.issuer));
    let format = match held.format {
        Format::DcSdJwt => String::new(),
        other if held.blind => format!("{other}, {}, ", BLIND.get(lang)),
        other => format!("{other}, "),
    };
    format!("{}  {name}  {issuer}  ({format}{copies}{})", held.id, ends.unwrap_or_default())
}

fn told(event: &Event, labels: &Labels, lang: Lang) -> String {
    let done = match event.kind {
        EventKind::Received => Text::new("received from", "받음"),
        EventKind::Presented => Text::new("presented to", "제출함"),
        EventKind::Deleted => Text::new("deleted, issued by", "삭제함"),
    };
    let claims: Vec<String> = event.claims.iter().map(|path| labels.claim(&event.vct, path, lang)).collect();
    let (at, with, vct) = (event.at.to_civil(lang), printable(&event.with), printable(&event.vct));
    let head = match lang {
        Lang::En => format!("{at}  {} {with}  {vct}", done.get(lang)),
        Lang::Ko => format!("{at}  {} {with}  {vct}", done.get(lang)),
    };
    if claims.is_empty() { head } else { format!("{head}  {}", claims.join(", ")) }
}

/// The type under the name that the format has for it, and the format where it is not SD-JWT VC.
fn of_type(held: &Held) -> String {
    let of = printable(held.credential_type());
    match held.format {
        Format::DcSdJwt => format!("vct: {of}"),
        other => format!("type: {of} ({other})"),
    }
}

/// The claims that are about the person, down to what has no members, each with its path. Where they stand below a
/// `subject`, they are its claims but for its identifier.
fn leaves<'v>(claims: &'v Value, subject: Option<&str>) -> Vec<(ClaimPath, &'v Value)> {
    let (mut found, mut above, mut claims) = (Vec::new(), Vec::new(), claims);
    if let Some(subject) = subject {
        above.push(PathStep::Key(subject.to_owned()));
        claims = claims.get(subject).unwrap_or(&Value::Null);
    }
    let is_persons = |name: &str| match subject {
        Some(_) => name != "id",
        None => !PROTOCOL.contains(&name),
    };
    for (name, value) in claims.as_object().into_iter().flatten().filter(|(name, _)| is_persons(name)) {
        above.push(PathStep::Key(name.clone()));
        descend(&mut above, value, &mut found);
        above.pop();
    }
    if let Value::Array(_) = claims {
        descend(&mut above, claims, &mut found);
    }
    found
}

fn descend<'v>(path: &mut Vec<PathStep>, value: &'v Value, found: &mut Vec<(ClaimPath, &'v Value)>) {
    let mut each = |step, value| {
        path.push(step);
        descend(path, value, found);
        path.pop();
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, value)| each(PathStep::Key(name.clone()), value));
        }
        Value::Array(elements) if !elements.is_empty() => {
            elements.iter().enumerate().for_each(|(index, value)| each(PathStep::Index(index), value));
        }
        _ => found.extend(ClaimPath::new(path.clone()).ok().map(|path| (path, value))),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_of_the_person_are_listed_down_to_their_leaves() {
        let claims =
            json!({"iss": "x", "cnf": {"jwk": {}}, "name": "김하나", "a": {"b": [1, {"c": true}]}, "e": []});
        let listed: Vec<String> =
            leaves(&claims, None).iter().map(|(path, value)| format!("{path}={}", plain(value))).collect();
        let w3c = json!({"issuer": "x", "credentialSubject": {"id": "did:jwk:x", "name": "김하나"}});
        let of_w3c = leaves(&w3c, Some("credentialSubject"));
        assert_eq!(of_w3c.len(), 1);
        assert_eq!(of_w3c[0].0.to_string(), "credentialSubject.name");
        assert_eq!(listed, ["a.b[0]=1", "a.b[1].c=true", "e=[]", "name=김하나"]);
    }
}
