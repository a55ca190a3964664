//! EU Digital COVID Certificates of another implementation, read by ours.

use jigap_platform::clock::SystemClock;
use jigap_platform::pem;
use jigap_wallet_core::hcert::{self, Kind, Signers};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::time::Timestamp;
use serde_json::{Value, json};

use crate::peers::Peer;

const PEER: &str = "hcert.py";

/// A signer of the peer's, by its index there, and the list that holds it.
fn signer(peer: &mut Peer, purposes: &[u8]) -> (Value, Signers) {
    let made = peer.ask(&json!({"op": "signer", "purposes": purposes})).unwrap();
    let certificates = pem::certificates(made["pem"].as_str().unwrap().as_bytes()).unwrap();
    (made["index"].clone(), Signers::new(certificates).unwrap())
}

fn issue(peer: &mut Peer, signer: &Value, member: &str, now: Timestamp, more: Value) -> String {
    let certificate = json!({
        "ver": "1.3.0", "dob": "1998-02-26",
        "nam": {"fn": "Musterfrau-Gößinger", "gn": "Gabriele", "fnt": "MUSTERFRAU<GOESSINGER", "gnt": "GABRIELE"},
        member: [{"tg": "840539006", "co": "AT", "is": "Ministry of Health", "ci": "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B"}],
    });
    let mut request = json!({
        "op": "issue", "signer": signer, "certificate": certificate, "issued": now.unix() - 60, "ends": now.unix() + 3600,
    });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    peer.ask(&request).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn health_certificates_of_the_peer_are_read() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let now = SystemClock.now();
    let (index, signers) = signer(&mut peer, &[]);
    for (member, kind) in [("v", Kind::Vaccination), ("t", Kind::Test), ("r", Kind::Recovery)] {
        // "Verifiers MUST accept both options" of where `kid` stands; a CWT may stand without its tag.
        for (kid_protected, tagged) in [(true, true), (false, true), (true, false)] {
            let more = json!({"kid_protected": kid_protected, "tagged": tagged});
            let code = issue(&mut peer, &index, member, now, more);
            let read = hcert::read(&code, &signers, now).unwrap();
            assert_eq!((read.kind, read.country.as_deref()), (kind, Some("AT")));
            assert_eq!(read.surname.as_deref(), Some("Musterfrau-Gößinger"));
            assert_eq!((read.forename.as_deref(), read.born.as_str()), (Some("Gabriele"), "1998-02-26"));
        }
    }
}

#[test]
fn health_certificates_of_the_peer_that_do_not_hold_are_refused() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let now = SystemClock.now();
    let refused = |code: &str, signers: &Signers| hcert::read(code, signers, now).unwrap_err().reason.code;
    let (index, signers) = signer(&mut peer, &[1]);
    let code = issue(&mut peer, &index, "v", now, json!({}));
    assert_eq!(refused(&code, &signers), "hcert-signer-kind");
    let code = issue(&mut peer, &index, "t", now, json!({"ends": now.unix() - 1}));
    assert_eq!(refused(&code, &signers), "hcert-ended");
    let (_, others) = signer(&mut peer, &[1]);
    assert_eq!(refused(&code, &others), "hcert-signer");
}
