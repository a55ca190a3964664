//! What people call types and claims: by the issuer, else by the types that come with Jigap. A stranger's words are made
//! fit for the terminal, and the path stands beside the label: a label alone could call one claim by another's name.

use jigap_issuer::types::{ClaimRule, CredentialType, CredentialTypes, EXAMPLE_BASE};
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::people::dsub;
use jigap_wallet_core::text::{Lang, printable};
use jigap_wallet_core::wallet::{Held, Look, UnderWay};
use url::Url;

/// The types that come with Jigap.
pub(super) struct Labels(Option<CredentialTypes>);

impl Labels {
    pub(super) fn load() -> Self {
        let base = Url::parse(EXAMPLE_BASE).ok();
        Self(base.and_then(|base| CredentialTypes::built_in(&base).ok()))
    }

    /// What a person calls the claim at `path`, with the path itself.
    pub(super) fn claim(&self, vct: &str, path: &ClaimPath, lang: Lang) -> String {
        let shown = path.to_string();
        let said = of_subject(path);
        let rule = |kind: &CredentialType| kind.claims().iter().find(|rule| same(&rule.path, &said)).cloned();
        let known = self.of(vct).and_then(rule).or_else(|| self.element(vct, path));
        match known {
            Some(rule) => format!("{} ({})", rule.label(lang), printable(&shown)),
            None if shown == dsub::CLAIM => format!("{} ({shown})", dsub::LABEL.get(lang)),
            None => printable(&shown).into_owned(),
        }
    }

    /// The same where the type itself said, when the credential was accepted, what it calls its claims.
    pub(super) fn claim_by(&self, look: Option<&Look>, vct: &str, path: &ClaimPath, lang: Lang) -> String {
        match look.and_then(|look| look.label(path, lang)) {
            Some(label) => format!("{} ({})", printable(label), printable(&path.to_string())),
            None => self.claim(vct, path, lang),
        }
    }

    /// What the type with this document type says of a data element.
    fn element(&self, doc_type: &str, path: &ClaimPath) -> Option<ClaimRule> {
        let forms = self.0.as_ref()?.iter().filter_map(|(_, kind)| Some((kind, kind.mdoc()?)));
        let (kind, form) = forms.into_iter().find(|(_, form)| form.doc_type() == doc_type)?;
        let element = ClaimPath::new(path.steps().get(..2)?.to_vec()).ok()?;
        kind.claims().iter().find(|rule| form.path(&rule.path).as_ref() == Some(&element)).cloned()
    }

    /// The type by the end of its identifier: deployments put it under their own address (schemas/README.md). The class of a
    /// W3C credential is defined below it.
    fn of(&self, vct: &str) -> Option<&CredentialType> {
        let vct = vct.split('#').next().unwrap_or_default();
        let ends_alike = |kind: &CredentialType| {
            kind.vct().strip_prefix(EXAMPLE_BASE).is_some_and(|tail| vct.ends_with(tail))
        };
        self.0.as_ref()?.iter().map(|(_, kind)| &**kind).find(|kind| ends_alike(kind))
    }
}

/// A credential's name in `lang`, as its issuer calls it, else its type.
pub(super) fn name(held: &Held, lang: Lang) -> String {
    called(&held.name, held.credential_type(), lang)
}

/// The same of one that was not received yet.
pub(super) fn name_under_way(under_way: &UnderWay, lang: Lang) -> String {
    called(&under_way.name, &under_way.credential_type, lang)
}

fn called([ko, en]: &[Option<String>; 2], of_type: &str, lang: Lang) -> String {
    let (first, second) = match lang {
        Lang::Ko => (ko, en),
        Lang::En => (en, ko),
    };
    let name = first.as_ref().or(second.as_ref());
    printable(name.map_or(of_type, String::as_str)).into_owned()
}

/// The path of a claim as its type has it: W3C credentials say it below their subject.
fn of_subject(path: &ClaimPath) -> ClaimPath {
    match path.steps() {
        [PathStep::Key(first), rest @ ..] if first == "credentialSubject" => {
            ClaimPath::new(rest.to_vec()).ok()
        }
        _ => None,
    }
    .unwrap_or_else(|| path.clone())
}

/// Whether a type's rule for `rule` is about `path`: an index is one of all elements.
fn same(rule: &ClaimPath, path: &ClaimPath) -> bool {
    let (rule, path) = (rule.steps(), path.steps());
    rule.len() == path.len()
        && rule.iter().zip(path).all(|pair| match pair {
            (PathStep::All, PathStep::Index(_)) => true,
            (one, other) => one == other,
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_claims_have_labels_and_strangers_words_are_tamed() {
        let labels = Labels::load();
        let path = |value| ClaimPath::from_json(&value).unwrap();
        let vct = "https://univ.example/types/student-id/1";
        assert_eq!(labels.claim(vct, &path(json!(["name"])), Lang::Ko), "성명 (name)");
        assert_eq!(labels.claim(vct, &path(json!(["name"])), Lang::En), "Full name (name)");
        let (class, of_subject) = (format!("{vct}#StudentId"), path(json!(["credentialSubject", "name"])));
        assert_eq!(labels.claim(&class, &of_subject, Lang::En), "Full name (credentialSubject.name)");
        assert_eq!(labels.claim("other", &path(json!(["name"])), Lang::En), "name");
        assert_eq!(labels.claim(vct, &path(json!(["dsub"])), Lang::Ko), "한 디렉터리 안의 가명 (dsub)");
        let element = path(json!(["org.iso.18013.5.1", "age_over_19"]));
        let labelled = labels.claim("org.iso.18013.5.1.mDL", &element, Lang::En);
        assert_eq!(labelled, "19 or older (org.iso.18013.5.1.age_over_19)");
        let inside = path(json!(["org.iso.18013.5.1", "driving_privileges", 0, "vehicle_category_code"]));
        assert!(labels.claim("org.iso.18013.5.1.mDL", &inside, Lang::En).starts_with("Driving privileges ("));
        assert_eq!(labels.claim("org.iso.18013.5.1.mDL", &path(json!(["x"])), Lang::En), "x");
        assert_eq!(labels.claim(vct, &path(json!(["\u{1b}[2J"])), Lang::En), "\u{FFFD}[2J");
    }
}
