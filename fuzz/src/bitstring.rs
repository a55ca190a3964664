//! Targets of `status::bitstring`: compressed lists, lists that are credentials, entries that refer to them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jigap_keys::base64url;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::did;
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::jose::{Algorithm, Header};
use jigap_wallet_core::status::bitstring::{
    Bitstring, ListCredential, StatusEntry, StatusPurpose, StatusSize, UnverifiedList, VerifiedBitstring,
};
use jigap_wallet_core::time::Seconds;
use serde_json::{Value, json};

use crate::fixtures::{NOW, issuer, must, object, seeds, text, token};

/// Where the list is.
const LIST: &str = "https://issuer.example/status/3";
/// Small, so that a bomb is refused early.
const LIMIT: usize = 64 * 1024;

/// The bits of the lists that we signed as documents.
static SIGNED: LazyLock<BTreeSet<Vec<u8>>> = LazyLock::new(|| [example().as_bytes().to_vec()].into());

fn sizes() -> impl Iterator<Item = StatusSize> {
    [1, 2, 3, 8, 13, 64].into_iter().filter_map(StatusSize::new)
}

/// A list is as large as allowed, ends where it says, and comes back the same. Input that is not text is taken for the
/// compressed bytes themselves.
pub(crate) fn list(data: &[u8]) {
    let encoded = match text(data) {
        Some(text) => text.to_owned(),
        None => format!("u{}", base64url::encode(data)),
    };
    let Ok(list) = Bitstring::decode(&encoded, LIMIT) else { return };
    assert!(list.as_bytes().len() <= LIMIT);
    for size in sizes() {
        let entries = list.entries(size);
        assert_eq!(list.get(entries, size), None);
        if let Some(last) = entries.checked_sub(1) {
            assert!(list.get(last, size).is_some_and(|value| value <= size.max()));
        }
    }
    assert_eq!(Bitstring::decode(&list.encode(), LIMIT).as_ref(), Ok(&list));
}

fn example() -> Bitstring {
    let mut list = Bitstring::new(0, StatusSize::ONE);
    for index in [0, 7, 64, 131_071] {
        must(list.set(index, StatusSize::ONE, 1));
    }
    list
}

pub(crate) fn list_seeds() -> Vec<Vec<u8>> {
    let bomb = Bitstring::from_bytes(vec![0; 2 * LIMIT]);
    let mut found = seeds([example().encode(), bomb.encode()]);
    found.extend(example().encode().strip_prefix('u').and_then(|text| base64url::decode(text).ok()));
    found
}

fn issuer_did() -> String {
    did::jwk_did(issuer().public())
}

fn method() -> String {
    format!("{}#0", issuer_did())
}

fn jwt_header() -> Header {
    Header::new(Algorithm::EdDsa).typ("vc+jwt").kid(method())
}

/// What verifies was signed, and answers for its own list alone. An object is read as an entry, and signed as JWT; one
/// with a `proof` is taken as it is.
pub(crate) fn status_credential(data: &[u8]) {
    let object = object(data);
    if let Some(found) = &object {
        entry(&Value::Object(found.clone()));
    }
    if object.is_some_and(|found| found.contains_key("proof")) {
        if let Some(list) = verified(data) {
            assert!(SIGNED.contains(list.list().as_bytes()), "accepted, and nobody signed it");
        }
        return;
    }
    let Some(token) = token(data, &jwt_header(), issuer()) else { return };
    if let Some(list) = verified(token.text.as_bytes()) {
        token.require_signed();
        assert_eq!(list.issuer(), issuer_did());
    }
}

fn verified(bytes: &[u8]) -> Option<VerifiedBitstring> {
    let list = UnverifiedList::read(bytes, Contexts::built_in()).ok()?;
    let signer = (issuer_did(), issuer().public().clone());
    let list = list.verify((&signer.0, signer.1), LIST, &Documents::new(), NOW).ok()?;
    let entry = |at: &str| must(StatusEntry::new(StatusPurpose::Revocation, 7, at));
    let _ = list.status(&entry(LIST), NOW, NOW);
    let other = list.status(&entry("https://issuer.example/status/4"), NOW, NOW);
    assert!(other.is_err(), "it answers for another list");
    Some(list)
}

/// An entry is printed as it is read.
fn entry(value: &Value) {
    for one in StatusEntry::all(value).unwrap_or_default() {
        if let Ok(Some(entry)) = StatusEntry::read(one) {
            assert_eq!(StatusEntry::read(&entry.to_json()), Ok(Some(entry)));
        }
    }
}

pub(crate) fn status_credential_seeds() -> Vec<Vec<u8>> {
    let credential = ListCredential {
        uri: LIST.to_owned(),
        issuer: issuer_did(),
        purposes: vec![StatusPurpose::Revocation, StatusPurpose::Suspension],
        issued_at: NOW,
        expires: Some(NOW.plus(Seconds(3600))),
        ttl: Some(Seconds(300)),
        list: example(),
    };
    let jwt = must(must(credential.unsigned_jwt(jwt_header())).sign(issuer()));
    let unsigned =
        must(credential.unsigned_document(&method(), (issuer().public().key_type(), Contexts::built_in())));
    let document = must(unsigned.sign(issuer()));
    let words = ["pending", "accepted", "rejected", "undefined"].map(str::to_owned).to_vec();
    let entry = must(StatusEntry::new(StatusPurpose::Message, 7, LIST));
    let wide = StatusSize::new(2).map(|two| must(entry.clone().with_messages(two, words)).to_json());
    let payload = Value::Object(credential.document());
    seeds([json!(payload), document, entry.to_json(), wide.unwrap_or_default()].map(|json| json.to_string()))
        .into_iter()
        .chain(seeds([jwt]))
        .collect()
}
