//! Lists of trusted entities (ETSI TS 119 602) against `@owf/eudi-lote`: we read what it makes and signs, and both say the same of
//! lists that keep the profile of their type and of those that do not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::{PrivateKey, base64url};
use jigap_wallet_core::lote::{Issuing, Lote, Signers};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::x509::Anchors;
use rcgen::{CertificateParams, DnType, KeyPair};
use serde_json::{Value, json};

use crate::peers::Peer;
use crate::scene::private_jwk;

const PEER: &str = "lote.mjs";
const OPERATOR: &str = "Example Commission";
const ISSUANCE: &str = "http://uri.etsi.org/19602/SvcType/PID/Issuance";

/// Who signs the list: a certificate that nobody else certified, and its key.
struct Operator {
    der: Vec<u8>,
    key: PrivateKey,
}

impl Operator {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::OrganizationName, OPERATOR);
        params.distinguished_name.push(DnType::CountryName, "EU");
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { der, key: PrivateKey::from_pkcs8_der(&key.serialize_der()).unwrap() }
    }

    fn sign(&self, payload: &Value) -> String {
        let header = json!({"alg": "ES256", "x5c": [STANDARD.encode(&self.der)]});
        let part = |value: &Value| base64url::encode(value.to_string());
        let input = format!("{}.{}", part(&header), part(payload));
        format!("{input}.{}", base64url::encode(self.key.sign(input.as_bytes()).unwrap()))
    }

    fn read(&self, text: &str, now: Timestamp) -> Result<Lote, &'static str> {
        let pinned = Anchors::new(vec![self.der.clone()]).unwrap();
        Lote::verify(text, Signers { pinned: &pinned, operator: None }, now)
            .map_err(|refusal| refusal.check.id)
    }
}

/// What the peer made: the list, and its two signatures.
fn made(peer: &mut Peer, operator: &Operator, now: Timestamp) -> (Value, String, String) {
    let text = |moment: Timestamp| moment.to_rfc3339();
    let provider = CertificateParams::default().self_signed(&KeyPair::generate().unwrap()).unwrap();
    let answer = peer.ask(&json!({
        "op": "make", "key": private_jwk(&operator.key), "certificate": STANDARD.encode(&operator.der),
        "operator": OPERATOR, "sequence": 3, "provider": STANDARD.encode(provider.der()),
        "issued": text(now.minus(Seconds(3600))), "next": text(now.plus(Seconds(30 * 86_400))),
    }));
    let answer = answer.unwrap();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (answer["lote"].clone(), text("jws"), text("jades"))
}

#[test]
fn what_the_peer_signs_is_read() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let (operator, now) = (Operator::new(), now());
    let (_, jws, jades) = made(&mut peer, &operator, now);
    for text in [jws, jades] {
        let list = operator.read(&text, now).unwrap();
        assert_eq!(list.scheme.sequence, 3);
        let types = ["urn:eudi:pid:1".to_owned()];
        let entries = list.entries(&Issuing { service: ISSUANCE, types: &types, in_force: &[] });
        assert_eq!(entries[0].names.en, "PID Office");
        let at = text.len() - 8;
        let tampered =
            format!("{}{}", &text[..at], if text.ends_with("AAAAAAAA") { "BBBBBBBB" } else { "AAAAAAAA" });
        assert_eq!(operator.read(&tampered, now), Err("LT-02"));
        assert_eq!(Operator::new().read(&text, now), Err("LT-03"));
    }
}

#[test]
fn both_say_the_same_of_a_profile() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let (operator, now) = (Operator::new(), now());
    let (lote, ..) = made(&mut peer, &operator, now);
    let scheme = "/LoTE/ListAndSchemeInformation";
    let service = "/LoTE/TrustedEntitiesList/0/TrustedEntityServices/0/ServiceInformation";
    let changes = [
        (scheme, "SchemeName", json!([{"lang": "en", "value": "Another name"}]), Ok(())),
        (scheme, "SchemeTerritory", json!("BE"), Err("LT-07")),
        (scheme, "LoTEVersionIdentifier", json!(2), Err("LT-07")),
        (scheme, "HistoricalInformationPeriod", json!(65535), Err("LT-07")),
        (scheme, "StatusDeterminationApproach", json!("https://other.example"), Err("LT-07")),
        (service, "ServiceTypeIdentifier", json!("https://other.example"), Err("LT-07")),
        (service, "ServiceStatus", json!("https://other.example"), Err("LT-07")),
        (scheme, "SchemeOperatorName", json!([]), Err("LT-01")),
        (service, "ServiceName", json!([]), Err("LT-01")),
    ];
    for (object, name, value, expected) in changes {
        let mut changed = lote.clone();
        changed.pointer_mut(object).unwrap()[name] = value;
        let ours = operator.read(&operator.sign(&changed), now).map(drop);
        assert_eq!(ours, expected, "{name}");
        let theirs = peer.ask(&json!({"op": "judge", "lote": changed})).unwrap();
        assert_eq!(theirs["valid"], expected.is_ok(), "{name}: {theirs}");
    }
}

fn now() -> Timestamp {
    use jigap_wallet_core::ports::Clock as _;
    jigap_platform::clock::SystemClock.now()
}
