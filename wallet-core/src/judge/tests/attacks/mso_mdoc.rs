//! The columns `mso_mdoc`: a device that signs, and one that proves itself to this verifier alone by a MAC.

use super::super::mso_mdoc::{Gate, transcript};
use super::*;
use crate::mdoc::tests::{MDL, licence};
use jigap_keys::base64url;
use rcgen::CertificateParams;

const IN_TRANSCRIPT: &str = "the device's proof covers the session's transcript, which is never sent: the proof fails, and nobody can say in what";
const BY_DIGEST: &str =
    "the signature covers the claim's digest: the claim no longer has it, and the signature still holds";
const BY_CERTIFICATE: &str =
    "what the key of a document signer is for stands in its certificate, by the profile of ISO 18013-5";
const NO_ISSUER: &str =
    "an mdoc names no issuer: it is looked for by the certificate, and none is found that is trusted so";
const NO_TIME: &str = "the device's proof has no time: the nonce in the transcript is what makes it fresh";
const ONE_PURPOSE: &str =
    "the device key is bound as a key alone, and proves nothing but `DeviceAuthentication`";

/// One presentation with a device signature, attacked so.
pub(super) fn by_signature(attack: Option<Attack>) -> Cell {
    tried(Gate::new(), 64, attack)
}

/// One presentation with a device MAC, attacked so.
pub(super) fn by_mac(attack: Option<Attack>) -> Cell {
    tried(Gate { reader: Some(key(30, KeyType::P256)), ..Gate::new() }, 32, attack)
}

/// One presentation at this gate, where a device's proof has so many bytes, attacked so.
fn tried(mut gate: Gate, bytes_of_proof: usize, attack: Option<Attack>) -> Cell {
    let text = match attack {
        None => gate.honest(),
        Some(Attack::ForgedIssuer) => {
            gate.signer = key(4, KeyType::P256);
            gate.honest()
        }
        Some(Attack::KeyOfAnother) => {
            let anchors = gate.iaca.anchors();
            gate.trusts(|it| it.mechanism = Mechanism::X5c { anchors, san: vec!["dmv.example".into()] });
            gate.honest()
        }
        Some(Attack::UntrustedIssuer) => {
            let honest = gate.honest();
            gate.trusts(|it| it.mechanism = by_certificate());
            honest
        }
        Some(Attack::WrongMechanism) => {
            let did = did::Did::parse(WEB_ISSUER).unwrap();
            gate.trusts(|it| it.mechanism = Mechanism::Did(did.into()));
            return Cell::Otherwise("V-06", NO_ISSUER, gate.judge(&gate.honest()));
        }
        Some(Attack::KeyNotForAssertion) => {
            let (der, pkcs8) =
                gate.iaca.document_signer(|it: &mut CertificateParams| it.extended_key_usages.clear());
            (gate.chain, gate.signer) = (vec![der], PrivateKey::from_pkcs8_der(&pkcs8).unwrap());
            return Cell::Otherwise("MD-06", BY_CERTIFICATE, gate.judge(&gate.honest()));
        }
        Some(Attack::ProofForAnotherPurpose) => return Cell::Cannot(NO_PURPOSE),
        Some(Attack::ProofEnded) => return Cell::Cannot(NO_END),
        Some(Attack::Expired) => {
            let signed = NOW.minus(Seconds(2500));
            gate.present(&gate.issue(licence(gate.scene.holder.public(), signed)), &gate.transcript)
        }
        Some(Attack::Revoked) => {
            gate.scene.publish_status(StatusValue::INVALID, NOW);
            gate.honest()
        }
        Some(Attack::SignedClaimChanged) => changed(&gate.honest(), |bytes| {
            // The last digit of the seconds, behind the date's tag and head.
            let at = find(bytes, b"validUntil");
            bytes[at + "validUntil".len() + 2 + "2027-01-15T08:00:0".len()] ^= 1;
        }),
        Some(Attack::DisclosedClaimChanged) => {
            let other = changed(&gate.honest(), |bytes| {
                let at = find(bytes, "김".as_bytes());
                bytes[at + 2] ^= 1;
            });
            return Cell::Otherwise("MD-03", BY_DIGEST, gate.judge(&other));
        }
        Some(Attack::NoHolderBinding) => base64url::encode(gate.issue(gate.licence())),
        Some(Attack::StrangersKey) => {
            let mine = gate.honest();
            gate.scene.holder = key(7, KeyType::P256);
            let theirs = base64url::decode(&gate.honest()).unwrap();
            // The device's proof: the last bytes before the status.
            changed(&mine, |bytes| {
                let tail = "fstatus0".len() + bytes_of_proof;
                let at = bytes.len() - tail;
                bytes[at..].copy_from_slice(&theirs[theirs.len() - tail..]);
            })
        }
        Some(Attack::HoldersKeyForAnotherPurpose) => return Cell::Cannot(ONE_PURPOSE),
        Some(Attack::Replay) => return elsewhere(&gate, AUDIENCE, "another"),
        Some(Attack::WrongAudience) => return elsewhere(&gate, "x509_san_dns:other.example", NONCE),
        Some(Attack::MadeLongAgo) => return Cell::Cannot(NO_TIME),
        Some(Attack::WrongType) => changed(&gate.honest(), |bytes| {
            // The response's own docType, the first one in it.
            let at = find(bytes, MDL.as_bytes());
            bytes[at + MDL.len() - 1] = b'X';
        }),
    };
    Cell::Judged(gate.judge(&text))
}

/// A presentation in another session.
fn elsewhere(gate: &Gate, audience: &str, nonce: &str) -> Cell {
    let response = gate.present(&gate.issue(gate.licence()), &transcript(audience, nonce));
    Cell::Otherwise("V-11", IN_TRANSCRIPT, gate.judge(&response))
}

fn changed(response: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let honest = base64url::decode(response).unwrap();
    let mut other = honest.clone();
    change(&mut other);
    assert_ne!(honest, other);
    base64url::encode(other)
}

fn find(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).position(|window| window == what).unwrap()
}
