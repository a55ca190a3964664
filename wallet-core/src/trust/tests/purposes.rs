//! Every key of the house used for everything it is not for: credentials, status lists, trust lists, request objects.

use super::*;
use crate::documents::{Document, Documents};
use crate::jose::{self, Header};
use crate::judge::{Judge, Policy};
use crate::sdjwt::SdJwtVcBuilder;
use crate::status::{self, StatusBits, StatusList, StatusListToken, StatusReference, VerifiedStatusList};
use crate::vp::{Invitation, VerifierTrust};

const STATUS_URI: &str = "https://univ.example/status/1";
const LIST_KEY: u64 = 1;
const CREDENTIAL_KEY: u64 = 2;
const STATUS_KEY: u64 = 3;
const REQUEST_KEY: u64 = 4;
const KEYS: [u64; 4] = [LIST_KEY, CREDENTIAL_KEY, STATUS_KEY, REQUEST_KEY];

fn pins() -> PinnedKeys {
    let thumbprint = |seed| vec![key(seed).public().thumbprint()];
    PinnedKeys::both(thumbprint(CREDENTIAL_KEY), thumbprint(STATUS_KEY))
}

fn header(seed: u64, typ: &str) -> Header {
    Header::for_key(key(seed).public()).unwrap().typ(typ).kid(key(seed).public().thumbprint())
}

/// The issuer's metadata as the worst host could serve it: with every key there is.
fn documents() -> Documents {
    let keys: Vec<Value> = KEYS
        .iter()
        .map(|seed| {
            let mut jwk = key(*seed).public().to_jwk();
            jwk["kid"] = json!(key(*seed).public().thumbprint());
            jwk
        })
        .collect();
    let metadata = json!({"issuer": ISSUER, "jwks": {"keys": keys}}).to_string().into_bytes();
    let mut documents = Documents::new();
    let url = Url::parse("https://univ.example/.well-known/jwt-vc-issuer/issuer").unwrap();
    documents.insert(url, Document { bytes: metadata, fetched_at: NOW, max_age: None });
    documents
}

fn list(entry: TrustEntry) -> TrustList {
    let jwt = content(vec![entry]).issue(&key(LIST_KEY), None).unwrap();
    TrustList::verify(&jwt, LIST, key(LIST_KEY).public(), NOW).unwrap()
}

fn pinned_list() -> TrustList {
    list(TrustEntry { keys: Some(pins()), ..by_metadata() })
}

/// A key with the header that names it in the issuer's metadata.
fn signer(seed: u64) -> (Header, PrivateKey) {
    (header(seed, ""), key(seed))
}

/// A key with the header that carries its certificate by `authority`.
fn certified(authority: &Authority) -> (Header, PrivateKey) {
    let (leaf, key) = authority.leaf(&["univ.example"]);
    let key = PrivateKey::from_pkcs8_der(&key).unwrap();
    (Header::for_key(key.public()).unwrap().x5c(vec![leaf]), key)
}

fn status_token((header, key): &(Header, PrivateKey)) -> String {
    let token = StatusListToken {
        uri: STATUS_URI.to_owned(),
        issued_at: NOW,
        expires: Some(NOW.plus(Seconds(100))),
        ttl: Some(Seconds(100)),
        aggregation_uri: None,
        list: StatusList::new(StatusBits::One, 100),
    };
    token.sign(header.clone().typ(status::TYP), key).unwrap()
}

/// The checks that refuse a credential signed by one key, whose status list another signed.
fn refused(credential: u64, status: u64, trust: &TrustList) -> Vec<&'static str> {
    refused_by(&signer(credential), &signer(status), trust)
}

fn refused_by(
    (header, key): &(Header, PrivateKey),
    status: &(Header, PrivateKey),
    trust: &TrustList,
) -> Vec<&'static str> {
    let reference = StatusReference::new(STATUS_URI, 7).unwrap().to_claim();
    let claims = json!({"iss": ISSUER, "vct": VCT, "status": reference, "name": "김지갑"});
    let unsigned = SdJwtVcBuilder::new(claims.as_object().unwrap().clone())
        .build(header.clone().typ("dc+sd-jwt"), &Repeatable::new(9))
        .unwrap();
    let text = unsigned.sign(key).unwrap();
    let mut documents = documents();
    let bytes = status_token(status).into_bytes();
    documents.insert(Url::parse(STATUS_URI).unwrap(), Document { bytes, fetched_at: NOW, max_age: None });
    let verdict = Judge::new(trust, NOW, Policy::default()).read(&text).judge_credential(&documents);
    verdict.refusals().map(|refusal| refusal.check.id).collect()
}

#[test]
fn tl_08_a_key_used_for_what_it_is_not_pinned_for_is_refused() {
    let trust = pinned_list();
    assert_eq!(refused(CREDENTIAL_KEY, STATUS_KEY, &trust), Vec::<&str>::new());
    for other in [LIST_KEY, STATUS_KEY, REQUEST_KEY] {
        let refusals = refused(other, STATUS_KEY, &trust);
        assert!(refusals.contains(&"TL-08"), "key {other} signed a credential: {refusals:?}");
    }
    for other in [LIST_KEY, CREDENTIAL_KEY, REQUEST_KEY] {
        assert_eq!(refused(CREDENTIAL_KEY, other, &trust), ["ST-03"], "key {other} signed a status list");
    }
    let unpinned = list(by_metadata());
    assert_eq!(
        refused(STATUS_KEY, CREDENTIAL_KEY, &unpinned),
        Vec::<&str>::new(),
        "the pins are what refuses"
    );
}

#[test]
fn a_status_list_under_another_chain_than_the_credentials_is_tried_for_itself() {
    let (root, stranger) = (Authority::root("root"), Authority::root("stranger"));
    let trust = list(by_chain(&root, &[]));
    let (issuer, colleague, thief) = (certified(&root), certified(&root), certified(&stranger));
    assert_eq!(refused_by(&issuer, &issuer, &trust), Vec::<&str>::new());
    assert_eq!(refused_by(&issuer, &colleague, &trust), Vec::<&str>::new());
    assert_eq!(refused_by(&issuer, &thief, &trust), ["ST-03"]);
    let forger = (issuer.0.clone(), thief.1);
    assert_eq!(refused_by(&issuer, &forger, &trust), ["ST-03"], "the issuer's chain, another's signature");
}

/// A certificate's name finds whatever key is certified for it: pinning one purpose keeps the other apart, and a renewed
/// certificate needs no new list.
#[test]
fn tl_08_a_purpose_that_is_not_pinned_is_every_keys_but_those_of_the_other() {
    let root = Authority::root("root");
    let (issuer, renewed, online) = (certified(&root), certified(&root), certified(&root));
    let thumbprint = |signer: &(Header, PrivateKey)| signer.1.public().thumbprint();
    let none = PinnedKeys::default();
    let outcomes = |keys: PinnedKeys| {
        let trust = list(TrustEntry { keys: Some(keys), ..by_chain(&root, &[]) });
        [(&issuer, &online), (&renewed, &online), (&issuer, &issuer), (&online, &online)]
            .map(|(credential, status)| refused_by(credential, status, &trust).first().copied())
    };
    let nobody = PinnedKeys { status_lists: Some(Vec::new()), ..none.clone() };
    assert_eq!(outcomes(nobody), [Some("ST-03"); 4], "its lists are signed by others alone");
    let named = PinnedKeys { status_lists: Some(vec![thumbprint(&online)]), ..none.clone() };
    assert_eq!(outcomes(named), [None, None, Some("ST-03"), Some("TL-08")]);
    let issuing = PinnedKeys { credentials: Some(vec![thumbprint(&issuer)]), ..none };
    assert_eq!(outcomes(issuing), [None, Some("TL-08"), Some("ST-03"), Some("TL-08")]);
}

#[test]
fn pins_cover_what_they_let_sign() {
    let pins = |credentials: Option<&[&str]>, status_lists: Option<&[&str]>| {
        let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        PinnedKeys { credentials: credentials.map(owned), status_lists: status_lists.map(owned) }
    };
    let open = pins(None, Some(&[]));
    for (listed, own, covers) in [
        (&open, &open, true),
        (&pins(Some(&["a", "b"]), Some(&["s"])), &pins(Some(&["a"]), Some(&["s"])), true),
        (&pins(Some(&["a"]), Some(&["s"])), &pins(Some(&["a", "b"]), Some(&["s"])), false),
        (&pins(Some(&["a"]), Some(&[])), &open, true),
        (&open, &pins(Some(&["a"]), Some(&[])), true),
        (&open, &pins(Some(&["a"]), Some(&["s"])), false),
        (&pins(None, Some(&["a"])), &pins(Some(&["a"]), Some(&[])), false),
    ] {
        assert_eq!(listed.covers(own), covers, "{listed:?} {own:?}");
    }
    assert_eq!(pins(Some(&["a"]), Some(&["s", "t"])).all().count(), 3);
}

#[test]
fn tl_08_pins_hold_for_every_mechanism() {
    let root = Authority::root("root");
    let chain = Header { x5c: vec![root.leaf(&["univ.example"]).0], ..Header::new(jose::Algorithm::Es256) };
    let did_header = Header::new(jose::Algorithm::EdDsa);
    let method = did::resolve(&did_key(STATUS_KEY), &Documents::new()).unwrap();
    let method = method.methods(did::Purpose::AssertionMethod).next().unwrap().id().to_string();
    for (entry, header) in [(by_chain(&root, &[]), chain), (by_did(STATUS_KEY), did_header)] {
        let entry = TrustEntry { keys: Some(PinnedKeys::both(Vec::new(), Vec::new())), ..entry };
        let other = ("TL-08", "key-other-purpose");
        assert_eq!(code(issuer_key(&entry, &header, &documents(), NOW)), other);
        assert_eq!(code(status_key(&entry, &header, &documents(), NOW)), other);
    }
    let status_only = TrustEntry { keys: Some(pins()), ..by_did(STATUS_KEY) };
    let none = Documents::new();
    assert_eq!(code(method_key(&status_only, &method, &none)), ("TL-08", "key-other-purpose"));
    assert!(status_key(&status_only, &Header::new(jose::Algorithm::EdDsa), &none, NOW).is_ok());
}

#[test]
fn a_status_key_signs_status_lists_only_for_the_uri_and_key_that_are_trusted() {
    for other in [LIST_KEY, CREDENTIAL_KEY, REQUEST_KEY] {
        let outcome = VerifiedStatusList::verify(&status_token(&signer(other)), STATUS_URI, NOW, |_| {
            Ok(key(STATUS_KEY).public().clone())
        });
        assert_eq!(code(outcome).0, "ST-03", "{other}");
    }
}

#[test]
fn no_other_key_signs_trust_lists() {
    for other in [CREDENTIAL_KEY, STATUS_KEY, REQUEST_KEY] {
        let jwt = content(vec![by_metadata()]).issue(&key(other), None).unwrap();
        assert_eq!(code(TrustList::verify(&jwt, LIST, key(LIST_KEY).public(), NOW)).0, "TL-03", "{other}");
    }
}

#[test]
fn no_other_key_signs_request_objects() {
    let did = did_key(REQUEST_KEY);
    let client_id = format!("decentralized_identifier:{did}");
    let method = format!("{did}#{}", did.identifier());
    let nothing = Documents::new();
    let signed_by = |seed| {
        let header = header(seed, "oauth-authz-req+jwt").kid(&method);
        let payload = json!({"client_id": client_id, "response_type": "vp_token", "nonce": "n"});
        let object = jose::sign(&header, &payload, &key(seed)).unwrap();
        let link = [("client_id", client_id.as_str()), ("request", &object)];
        let link = Url::parse_with_params("openid4vp://", link).unwrap();
        let Invitation::ByValue(request) = Invitation::parse(link.as_str()).unwrap() else {
            panic!("a request by value")
        };
        let trust = VerifierTrust { anchors: None, documents: &nothing, now: NOW };
        request.authenticate(trust).map_err(|refusal| refusal.check.id).err()
    };
    for other in [LIST_KEY, CREDENTIAL_KEY, STATUS_KEY] {
        assert_eq!(signed_by(other), Some("JW-07"), "{other}");
    }
    assert_ne!(signed_by(REQUEST_KEY), Some("JW-07"), "its own key is what authenticates");
}
