//! Target of VOPRF: elements and proofs that a stranger sends.
//!
//! Input is, one behind the other, an element of 32 bytes, a proof of 64 and a text.

use jigap_keys::voprf::{BYTES, Blinding, Element, PROOF_BYTES, Proof, ServerKey, verify};

use crate::fixtures::{Same, must};

fn server() -> ServerKey {
    must(ServerKey::derive(&[7; BYTES], b"fuzz"))
}

/// What is read is written the same; what is proved was evaluated by the key; one text has one output.
pub(crate) fn exchange(data: &[u8]) {
    let Some((element, rest)) = data.split_first_chunk::<BYTES>() else { return };
    let Some((proof, text)) = rest.split_first_chunk::<PROOF_BYTES>() else { return };
    let (element, proof) = (Element::from_bytes(element), Proof::from_bytes(proof));
    let server = server();
    if let Ok(element) = &element {
        assert_eq!(Element::from_bytes(&element.to_bytes()).as_ref(), Ok(element));
        let (evaluated, honest) = must(server.evaluate(&[*element], &Same::new(9)));
        assert_eq!(verify(server.public(), &[*element], &evaluated, &honest), Ok(()));
        if let Ok(proof) = &proof {
            assert_eq!(&must(Proof::from_bytes(&proof.to_bytes())), proof);
            let holds = verify(server.public(), &[*element], &[*element], proof).is_ok();
            assert!(!holds, "nobody evaluates an element to itself by this key");
        }
    }
    let blinding = must(Blinding::new(text, &Same::new(9)));
    let (evaluated, honest) = must(server.evaluate(&[*blinding.blinded()], &Same::new(9)));
    let [evaluated] = evaluated.as_slice() else { return };
    let output = must(blinding.finish(text, evaluated, &honest, server.public()));
    assert!(must(server.output(text)) == output, "one text has one output");
}

pub(crate) fn exchange_seeds() -> Vec<Vec<u8>> {
    let seed = |text: &[u8]| {
        let blinding = must(Blinding::new(text, &Same::new(9)));
        let (_, proof) = must(server().evaluate(&[*blinding.blinded()], &Same::new(9)));
        [&blinding.blinded().to_bytes()[..], &proof.to_bytes(), text].concat()
    };
    vec![seed(b""), seed(b"people.example")]
}
