//! Codes made here by our own writers, and broken. Those of another implementation: `tests/interop/hcert.rs`.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use std::io::Write as _;

use jigap_keys::PrivateKey;
use proptest::prelude::*;

use super::*;
use crate::cbor::Writer;
use crate::cose::{Algorithm, Header, UnsignedSign1};

const NOW: Timestamp = Timestamp::from_unix(1_650_000_000);
const YEAR: i64 = 31_536_000;

/// A signer, and what it signs.
struct Scene {
    key: PrivateKey,
    certificate: Vec<u8>,
    kind: &'static str,
    entries: usize,
    moments: (i64, i64),
}

impl Scene {
    fn new() -> Self {
        Self::certified(&[])
    }

    /// A signer whose certificate has these purposes.
    fn certified(purposes: &[u64]) -> Self {
        let pair = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.not_before = rcgen::date_time_ymd(2021, 1, 1);
        params.not_after = rcgen::date_time_ymd(2023, 1, 1);
        params.extended_key_usages = purposes
            .iter()
            .map(|last| ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 4, 1, 1847, 2021, 1, *last]))
            .collect();
        let certificate = params.self_signed(&pair).unwrap().der().to_vec();
        let key = PrivateKey::from_pkcs8_der(&pair.serialize_der()).unwrap();
        Self { key, certificate, kind: "v", entries: 1, moments: (NOW.unix() - YEAR / 2, NOW.unix() + 1) }
    }

    fn claims(&self) -> Vec<u8> {
        let mut claims = Writer::with_capacity(512);
        claims.map(4).integer(ISS).text("AT").integer(EXP).integer(self.moments.1);
        claims.integer(IAT).integer(self.moments.0).integer(HCERT).map(1).integer(EU_HCERT_V1).map(4);
        claims.text("ver").text("1.3.0").text("dob").text("1998-02-26");
        claims.text("nam").map(2).text("fn").text("Musterfrau-Gößinger").text("gnt").text("GABRIELE");
        claims.text(self.kind).array(self.entries);
        for _ in 0..self.entries {
            claims.map(1).text("ci").text("URN:UVCI:01:AT:1");
        }
        claims.into_bytes()
    }

    fn message(&self, claims: Vec<u8>) -> Vec<u8> {
        let kid = &hash_of(&self.certificate)[..KID_BYTES];
        let header = Header::new(Algorithm::Es256).kid(kid.to_vec());
        UnsignedSign1::new(header, &[], claims).tagged().sign(&self.key).unwrap()
    }

    fn code(&self) -> String {
        packed(&self.message(self.claims()))
    }

    fn signers(&self) -> Signers {
        Signers::new(vec![self.certificate.clone()]).unwrap()
    }

    fn read(&self, code: &str) -> Result<HealthCertificate, Refusal> {
        read(code, &self.signers(), NOW)
    }

    fn refused(&self, code: &str) -> (&'static str, &'static str) {
        let refusal = self.read(code).unwrap_err();
        (refusal.check.id, refusal.reason.code)
    }
}

fn hash_of(der: &[u8]) -> [u8; 32] {
    jigap_keys::hash::sha256(der)
}

fn packed(message: &[u8]) -> String {
    text_form::write(PREFIX, &compressed(message))
}

fn compressed(message: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(message).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_listed_signers_certificate_is_read() {
    for (kind, member) in [(Kind::Vaccination, "v"), (Kind::Test, "t"), (Kind::Recovery, "r")] {
        let scene = Scene { kind: member, ..Scene::new() };
        let read = scene.read(&scene.code()).unwrap();
        assert_eq!((read.kind, read.country.as_deref()), (kind, Some("AT")));
        assert_eq!(read.surname.as_deref(), Some("Musterfrau-Gößinger"));
        assert_eq!((read.forename.as_deref(), read.born.as_str()), (Some("GABRIELE"), "1998-02-26"));
        assert!(!format!("{read:?}").contains("GABRIELE"));
    }
}

#[test]
fn hc_01_what_is_no_such_code_is_refused() {
    let scene = Scene::new();
    let message = scene.message(scene.claims());
    let whole = compressed(&message);
    for bytes in [
        &whole[..whole.len() - 1],
        &[&whole[..], &[0]].concat(),
        &message,
        &compressed(&vec![0; LIMITS.bytes + 1]),
        &[],
    ] {
        assert_eq!(scene.refused(&text_form::write(PREFIX, bytes)), ("HC-01", "hcert-code"));
    }
    let code = scene.code();
    for text in [code.replace("HC1", "HC2"), code.to_ascii_lowercase(), format!("{code}!"), String::new()] {
        assert_eq!(scene.refused(&text).0, "HC-01");
    }
    // Within the stream the message alone, as COSE has it.
    assert_eq!(scene.refused(&packed(&[&message[..], &[0]].concat())).0, "CO-01");
}

#[test]
fn hc_02_what_lacks_its_claims_is_refused() {
    let refused = |scene: Scene| scene.refused(&scene.code());
    assert_eq!(refused(Scene { kind: "x", ..Scene::new() }), ("HC-02", "hcert-claims"));
    for entries in [0, 2] {
        assert_eq!(refused(Scene { entries, ..Scene::new() }), ("HC-02", "hcert-claims"));
    }
    let scene = Scene::new();
    for broken in [&b"\xa0"[..], b"\x80", b"\xa1\x06\x61a", b"\xa1\x39\x01\x03\xa1\x01\xa0"] {
        assert_eq!(scene.refused(&packed(&scene.message(broken.to_vec()))), ("HC-02", "hcert-claims"));
    }
}

#[test]
fn hc_03_who_is_not_listed_for_it_is_refused() {
    let (scene, other) = (Scene::new(), Scene::new());
    assert_eq!(scene.refused(&other.code()), ("HC-03", "hcert-signer"));
    // Under the name of a listed one: each of that name is tried, and none fits.
    let forged = Scene { key: Scene::new().key, ..Scene::new() };
    assert_eq!(forged.refused(&forged.code()), ("CO-07", "cose-signature-mismatch"));
    for (purposes, member, fits) in
        [(&[2][..], "v", true), (&[1], "v", false), (&[1, 3], "r", true), (&[1, 3], "v", false)]
    {
        let scene = Scene { kind: member, ..Scene::certified(purposes) };
        let read = scene.read(&scene.code()).map_err(|refusal| refusal.reason.code);
        assert_eq!(read.is_ok(), fits, "{read:?}");
        assert!(fits || read == Err("hcert-signer-kind"));
    }
}

#[test]
fn hc_04_what_has_ended_or_not_begun_is_refused() {
    let now = NOW.unix();
    for (moments, code) in [((now - 5, now), "hcert-ended"), ((now + 1, now + 5), "hcert-not-begun")] {
        let scene = Scene { moments, ..Scene::new() };
        assert_eq!(scene.refused(&scene.code()), ("HC-04", code));
    }
    let scene = Scene { moments: (now, now + 4 * YEAR), ..Scene::new() };
    let later = Timestamp::from_unix(now + 2 * YEAR);
    let refusal = read(&scene.code(), &scene.signers(), later).unwrap_err();
    assert_eq!((refusal.check.id, refusal.reason.code), ("HC-04", "hcert-signer-ended"));
}

#[test]
fn signers_are_certificates_and_bounded() {
    let certificate = Scene::new().certificate;
    assert_eq!(Signers::new(vec![certificate[1..].to_vec()]).unwrap_err(), ChainError::Malformed);
    assert_eq!(Signers::new(vec![certificate; MAX_SIGNERS + 1]).unwrap_err(), ChainError::Size);
    assert!(Signers::new(Vec::new()).unwrap().is_empty());
}

proptest! {
    #[test]
    fn one_bit_changed_is_refused(at in 0usize..4096, bit in 0u8..8) {
        let scene = Scene::new();
        let mut message = scene.message(scene.claims());
        let at = at % message.len();
        message[at] ^= 1 << bit;
        prop_assert!(scene.read(&packed(&message)).is_err());
    }
}
