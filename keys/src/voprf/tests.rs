//! The published vectors, and what each side refuses.

use super::*;
use crate::testing::{Seeded, hex};

/// RFC 9497 appendix A.1.2: what all three vectors share.
const SECRET: &str = "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909";
const PUBLIC: &str = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";
const ONE: &str = "00";
const TWO: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
const BLIND: &str = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706";
const NONCE: &str = "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e";
const OUTPUT_ONE: &str = "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7da4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c";
const OUTPUT_TWO: &str = "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6";

/// A vector: the texts with their blinds, blinded and evaluated elements and outputs, then nonce and proof.
struct Vector {
    texts: &'static [[&'static str; 5]],
    nonce: &'static str,
    proof: &'static str,
}

const VECTORS: [Vector; 3] = [
    Vector {
        texts: &[[
            ONE,
            BLIND,
            "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
            "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
            OUTPUT_ONE,
        ]],
        nonce: NONCE,
        proof: "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd066d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d",
    },
    Vector {
        texts: &[[
            TWO,
            BLIND,
            "cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c",
            "60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468",
            OUTPUT_TWO,
        ]],
        nonce: NONCE,
        proof: "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02",
    },
    Vector {
        texts: &[
            [
                ONE,
                BLIND,
                "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
                "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
                OUTPUT_ONE,
            ],
            [
                TWO,
                "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
                "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
                "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
                OUTPUT_TWO,
            ],
        ],
        nonce: "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
        proof: "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08",
    },
];

fn element(text: &str) -> Element {
    Element::from_bytes(&hex(text)).unwrap()
}

fn server() -> ServerKey {
    ServerKey::derive(&[0xa3; 32], b"test key").unwrap()
}

#[test]
fn the_vectors_of_rfc_9497() {
    let server = server();
    assert_eq!(server.secret.to_bytes().to_vec(), hex(SECRET));
    assert_eq!(server.public().to_bytes().to_vec(), hex(PUBLIC));
    for Vector { texts, nonce, proof } in &VECTORS {
        let blindings: Vec<Blinding> =
            texts.iter().map(|text| Blinding::again(&hex(text[0]), &hex(text[1])).unwrap()).collect();
        let blinded: Vec<Element> = blindings.iter().map(|it| *it.blinded()).collect();
        assert_eq!(blinded, texts.iter().map(|text| element(text[2])).collect::<Vec<_>>());
        let nonce = canonical(&hex(nonce).try_into().unwrap()).unwrap();
        let (evaluated, proved) = server.evaluate_with(&blinded, &nonce).unwrap();
        assert_eq!(evaluated, texts.iter().map(|text| element(text[3])).collect::<Vec<_>>());
        assert_eq!(proved.to_bytes().to_vec(), hex(proof));
        verify(server.public(), &blinded, &evaluated, &Proof::from_bytes(&hex(proof)).unwrap()).unwrap();
        for ((text, blinding), evaluated) in texts.iter().zip(&blindings).zip(&evaluated) {
            let output = blinding.finish_vouched(&hex(text[0]), evaluated).unwrap();
            assert_eq!(output.as_bytes().to_vec(), hex(text[4]));
            assert_eq!(server.output(&hex(text[0])).unwrap(), output);
        }
    }
}

#[test]
fn one_text_has_one_output_however_it_was_hidden() {
    let server = server();
    let output = |seed| {
        let blinding = Blinding::new(b"people.example", &Seeded::new(seed)).unwrap();
        let (evaluated, proof) = server.evaluate(&[*blinding.blinded()], &Seeded::new(seed + 1)).unwrap();
        let told = blinding.finish(b"people.example", &evaluated[0], &proof, server.public()).unwrap();
        let again = Blinding::again(b"people.example", &*blinding.secret()).unwrap();
        assert_eq!(again.blinded(), blinding.blinded());
        (blinding.blinded().to_bytes(), told)
    };
    let ((first_asked, first), (second_asked, second)) = (output(1), output(3));
    assert_ne!(first_asked, second_asked);
    assert_eq!(first, second);
    assert_ne!(first, server.output(b"other.example").unwrap());
    let other = ServerKey::derive(&[0xa3; 32], b"other key").unwrap();
    assert_ne!(first, other.output(b"people.example").unwrap());
}

#[test]
fn an_evaluation_by_another_key_is_refused() {
    let (server, other) = (server(), ServerKey::derive(&[1; 32], b"").unwrap());
    let blinding = Blinding::new(b"text", &Seeded::new(1)).unwrap();
    let asked = [*blinding.blinded()];
    let (evaluated, proof) = server.evaluate(&asked, &Seeded::new(2)).unwrap();
    let finish = |evaluated: &Element, proof: &Proof, key: &ServerKey| {
        blinding.finish(b"text", evaluated, proof, key.public()).map(|_| ())
    };
    assert_eq!(finish(&evaluated[0], &proof, &server), Ok(()));
    assert_eq!(finish(&evaluated[0], &proof, &other), Err(VoprfError::Invalid));
    let (elsewhere, elsewhere_proof) = other.evaluate(&asked, &Seeded::new(3)).unwrap();
    assert_eq!(finish(&elsewhere[0], &proof, &server), Err(VoprfError::Invalid));
    assert_eq!(finish(&elsewhere[0], &elsewhere_proof, &server), Err(VoprfError::Invalid));
    for at in 0..PROOF_BYTES {
        let mut bytes = proof.to_bytes();
        bytes[at] ^= 1;
        let changed = Proof::from_bytes(&bytes);
        assert!(changed.is_err() || finish(&evaluated[0], &changed.unwrap(), &server).is_err(), "byte {at}");
    }
}

#[test]
fn a_batch_stands_or_falls_whole() {
    let server = server();
    let blinded: Vec<Element> =
        (0..3_u64).map(|it| *Blinding::new(&it.to_be_bytes(), &Seeded::new(it)).unwrap().blinded()).collect();
    let (mut evaluated, proof) = server.evaluate(&blinded, &Seeded::new(9)).unwrap();
    assert_eq!(verify(server.public(), &blinded, &evaluated, &proof), Ok(()));
    assert_eq!(verify(server.public(), &blinded[..2], &evaluated, &proof), Err(VoprfError::Invalid));
    evaluated.swap(0, 1);
    assert_eq!(verify(server.public(), &blinded, &evaluated, &proof), Err(VoprfError::Invalid));
    assert_eq!(server.evaluate(&[], &Seeded::new(1)).unwrap_err(), VoprfError::Bounds);
    assert_eq!(verify(server.public(), &[], &[], &proof), Err(VoprfError::Bounds));
    let many = vec![blinded[0]; MAX_BATCH + 1];
    assert_eq!(server.evaluate(&many, &Seeded::new(1)).unwrap_err(), VoprfError::Bounds);
}

#[test]
fn what_is_no_element_scalar_or_text_is_refused() {
    const ELEMENT: Result<(), VoprfError> = Err(VoprfError::Malformed("element"));
    let read = |bytes: &[u8]| Element::from_bytes(bytes).map(|_| ());
    let fine = element(PUBLIC).to_bytes();
    assert_eq!(read(&fine), Ok(()));
    assert_eq!(read(&fine[1..]), ELEMENT);
    // The identity, a number that is not below the field's, and a negative one (RFC 9496 §4.3.1).
    assert_eq!(read(&[0; 32]), ELEMENT);
    assert_eq!(read(&[0xff; 32]), ELEMENT);
    assert_eq!(read(&hex("0100000000000000000000000000000000000000000000000000000000000000")), ELEMENT);
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let blind = |bytes: &[u8]| Blinding::again(b"", bytes).map(|_| ());
    assert_eq!(blind(&[0; 32]), Err(VoprfError::Malformed("blind")));
    assert_eq!(blind(&order), Err(VoprfError::Malformed("blind")));
    assert_eq!(blind(&[1; 31]), Err(VoprfError::Malformed("blind")));
    let zeros = [0; 32].to_vec();
    assert_eq!(Proof::from_bytes(&[order, zeros].concat()), Err(VoprfError::Malformed("proof")));
    assert_eq!(Proof::from_bytes(&[0; 63]), Err(VoprfError::Malformed("proof")));
    let long = vec![0; MAX_INPUT + 1];
    assert_eq!(Blinding::new(&long, &Seeded::new(1)).map(|_| ()), Err(VoprfError::Bounds));
    assert_eq!(server().output(&long).map(|_| ()), Err(VoprfError::Bounds));
    assert_eq!(ServerKey::derive(&[1; 32], &long).map(|_| ()), Err(VoprfError::Bounds));
}

#[test]
fn nothing_secret_is_printed() {
    let server = server();
    let blinding = Blinding::new(b"text", &Seeded::new(1)).unwrap();
    let output = server.output(b"text").unwrap();
    let printed = format!("{server:?} {blinding:?} {output:?} {:?}", blinding.blinded());
    assert_eq!(printed, "ServerKey(redacted) Blinding(redacted) Output(redacted) Element(…)");
}
