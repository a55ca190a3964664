//! The draft's examples, and what must be refused.

use std::sync::Mutex;

use super::generators::{self, Basis, Interface};
use super::*;
use crate::testing::{Seeded, hex};
use crate::{Entropy, KeyError};

const SUITE: &str = "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_";
const HEADER: &str = "11223344556677889900aabbccddeeff";
const PRESENTATION: &str = "bed231d880675ed101ead304512e043ade9958dd0241ea70b4b3957fba941501";

/// The draft's ten messages (§8.2).
fn ten() -> Vec<Vec<u8>> {
    [
        "9872ad089e452c7b6e283dfac2a80d58e8d0ff71cc4d5e310a1debdda4a45f02",
        "c344136d9ab02da4dd5908bbba913ae6f58c2cc844b802a6f811f5fb075f9b80",
        "7372e9daa5ed31e6cd5c825eac1b855e84476a1d94932aa348e07b73",
        "77fe97eb97a1ebe2e81e4e3597a3ee740a66e9ef2412472c",
        "496694774c5604ab1b2544eababcf0f53278ff50",
        "515ae153e22aae04ad16f759e07237b4",
        "d183ddc6e2665aa4e2f088af",
        "ac55fb33a75909ed",
        "96012096",
        "",
    ]
    .map(hex)
    .to_vec()
}

pub(super) fn slices(messages: &[Vec<u8>]) -> Vec<&[u8]> {
    messages.iter().map(Vec::as_slice).collect()
}

fn key() -> SecretKey {
    let material = b"this-IS-just-an-Test-IKM-to-generate-$e(r@t#-key";
    SecretKey::derive(material, b"this-IS-some-key-metadata-to-be-used-in-test-key-gen").unwrap()
}

/// The draft's mocked random numbers (§8.1): the bytes that one long expansion of its seed gives.
pub(super) struct Mocked(Mutex<Vec<u8>>);

impl Mocked {
    pub(super) fn new(tag: &str, count: usize) -> Self {
        let tag = format!("{SUITE}{tag}");
        Self(Mutex::new(hash::expand(b"3.141592653589793238462643383279", tag.as_bytes(), 48 * count)))
    }
}

impl Entropy for Mocked {
    fn fill(&self, out: &mut [u8]) {
        let mut left = self.0.lock().unwrap();
        let rest = left.split_off(out.len());
        out.copy_from_slice(&left);
        *left = rest;
    }
}

#[test]
fn the_drafts_keys() {
    let key = key();
    assert_eq!(
        key.to_bytes().to_vec(),
        hex("60e55110f76883a13d030b2f6bd11883422d5abde717569fc0731f51237169fc")
    );
    assert_eq!(
        key.public().as_bytes().to_vec(),
        hex(
            "a820f230f6ae38503b86c70dc50b61c58a77e45c39ab25c0652bbaa8fa136f2851bd4781c9dcde39fc9d1d52c9e60268061e7d7632171d91aa8d460acee0e96f1e7c4cfb12d3ff9ab5d5dc91c277db75c845d649ef3c4f63aebc364cd55ded0c"
        )
    );
}

#[test]
fn the_drafts_points() {
    let basis = Basis::new(Interface::Plain, 10, None).unwrap();
    let octets: Vec<_> = [generators::base(), basis.first]
        .into_iter()
        .chain(basis.rest)
        .map(|it| it.octets.to_vec())
        .collect();
    let expected = [
        "a8ce256102840821a3e94ea9025e4662b205762f9776b3a766c872b948f1fd225e7c59698588e70d11406d161b4e28c9",
        "a9ec65b70a7fbe40c874c9eb041c2cb0a7af36ccec1bea48fa2ba4c2eb67ef7f9ecb17ed27d38d27cdeddff44c8137be",
        "98cd5313283aaf5db1b3ba8611fe6070d19e605de4078c38df36019fbaad0bd28dd090fd24ed27f7f4d22d5ff5dea7d4",
        "a31fbe20c5c135bcaa8d9fc4e4ac665cc6db0226f35e737507e803044093f37697a9d452490a970eea6f9ad6c3dcaa3a",
        "b479263445f4d2108965a9086f9d1fdc8cde77d14a91c856769521ad3344754cc5ce90d9bc4c696dffbc9ef1d6ad1b62",
        "ac0401766d2128d4791d922557c7b4d1ae9a9b508ce266575244a8d6f32110d7b0b7557b77604869633bb49afbe20035",
        "b95d2898370ebc542857746a316ce32fa5151c31f9b57915e308ee9d1de7db69127d919e984ea0747f5223821b596335",
        "8f19359ae6ee508157492c06765b7df09e2e5ad591115742f2de9c08572bb2845cbf03fd7e23b7f031ed9c7564e52f39",
        "abc914abe2926324b2c848e8a411a2b6df18cbe7758db8644145fefb0bf0a2d558a8c9946bd35e00c69d167aadf304c1",
        "80755b3eb0dd4249cbefd20f177cee88e0761c066b71794825c9997b551f24051c352567ba6c01e57ac75dff763eaa17",
        "82701eb98070728e1769525e73abff1783cedc364adb20c05c897a62f2ab2927f86f118dcb7819a7b218d8f3fee4bd7f",
        "a1f229540474f4d6f1134761b92b788128c7ac8dc9b0c52d59493132679673032ac7db3fb3d79b46b13c1c41ee495bca",
    ];
    assert_eq!(octets, expected.map(hex));
}

/// Points of any count are the first of those of a greater one, across the blocks that they are made in.
#[test]
fn more_points_begin_with_the_fewer() {
    let octets = |count| -> Vec<_> {
        Basis::new(Interface::Blind, count, Some(1)).unwrap().rest.iter().map(|it| it.octets).collect()
    };
    let (few, many) = (octets(3), octets(70));
    assert_eq!(few[..3], many[..3]);
    assert_eq!(few[3..], many[70..]);
    assert_eq!(many.len(), 72);
    let mut different = many.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), many.len());
}

#[test]
fn the_drafts_signatures() {
    let (key, ten) = (key(), ten());
    for (count, header, expected) in [
        (
            10,
            HEADER,
            "8339b285a4acd89dec7777c09543a43e3cc60684b0a6f8ab335da4825c96e1463e28f8c5f4fd0641d19cec5920d3a8ff4bedb6c9691454597bbd298288abed3632078557b2ace7d44caed846e1a0a1e8",
        ),
        (
            1,
            HEADER,
            "84773160b824e194073a57493dac1a20b667af70cd2352d8af241c77658da5253aa8458317cca0eae615690d55b1f27164657dcafee1d5c1973947aa70e2cfbb4c892340be5969920d0916067b4565a0",
        ),
        (
            10,
            "",
            "8c87e2080859a97299c148427cd2fcf390d24bea850103a9748879039262ecf4f42206f6ef767f298b6a96b424c1e86c26f8fba62212d0e05b95261c2cc0e5fdc63a32731347e810fd12e9c58355aa0d",
        ),
    ] {
        let (header, messages) = (hex(header), slices(&ten[..count]));
        let signature = key.sign(&header, &messages).unwrap();
        assert_eq!(signature.to_vec(), hex(expected));
        assert_eq!(key.public().verify(&signature, &header, &messages), Ok(()));
    }
}

#[test]
fn the_drafts_proofs() {
    let (key, ten) = (key(), ten());
    for (count, indexes, header, presentation, expected) in [
        (
            1,
            &[0],
            HEADER,
            PRESENTATION,
            "94916292a7a6bade28456c601d3af33fcf39278d6594b467e128a3f83686a104ef2b2fcf72df0215eeaf69262ffe8194a19fab31a82ddbe06908985abc4c9825788b8a1610942d12b7f5debbea8985296361206dbace7af0cc834c80f33e0aadaeea5597befbb651827b5eed5a66f1a959bb46cfd5ca1a817a14475960f69b32c54db7587b5ee3ab665fbd37b506830a49f21d592f5e634f47cee05a025a2f8f94e73a6c15f02301d1178a92873b6e8634bafe4983c3e15a663d64080678dbf29417519b78af042be2b3e1c4d08b8d520ffab008cbaaca5671a15b22c239b38e940cfeaa5e72104576a9ec4a6fad78c532381aeaa6fb56409cef56ee5c140d455feeb04426193c57086c9b6d397d9418",
        ),
        (
            10,
            &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
            HEADER,
            PRESENTATION,
            "b1f468aec2001c4f54cb56f707c6222a43e5803a25b2253e67b2210ab2ef9eab52db2d4b379935c4823281eaf767fd37b08ce80dc65de8f9769d27099ae649ad4c9b4bd2cc23edcba52073a298087d2495e6d57aaae051ef741adf1cbce65c64a73c8c97264177a76c4a03341956d2ae45ed3438ce598d5cda4f1bf9507fecef47855480b7b30b5e4052c92a4360110c67327365763f5aa9fb85ddcbc2975449b8c03db1216ca66b310f07d0ccf12ab460cdc6003b677fed36d0a23d0818a9d4d098d44f749e91008cf50e8567ef936704c8277b7710f41ab7e6e16408ab520edc290f9801349aee7b7b4e318e6a76e028e1dea911e2e7baec6a6a174da1a22362717fbae1cd961d7bf4adce1d31c2ab",
        ),
        (
            10,
            &[0, 2, 4, 6],
            HEADER,
            PRESENTATION,
            "a2ed608e8e12ed21abc2bf154e462d744a367c7f1f969bdbf784a2a134c7db2d340394223a5397a3011b1c340ebc415199462ba6f31106d8a6da8b513b37a47afe93c9b3474d0d7a354b2edc1b88818b063332df774c141f7a07c48fe50d452f897739228c88afc797916dca01e8f03bd9c5375c7a7c59996e514bb952a436afd24457658acbaba5ddac2e693ac481356918cd38025d86b28650e909defe9604a7259f44386b861608be742af7775a2e71a6070e5836f5f54dc43c60096834a5b6da295bf8f081f72b7cdf7f3b4347fb3ff19edaa9e74055c8ba46dbcb7594fb2b06633bb5324192eb9be91be0d33e453b4d3127459de59a5e2193c900816f049a02cb9127dac894418105fa1641d5a206ec9c42177af9316f433417441478276ca0303da8f941bf2e0222a43251cf5c2bf6eac1961890aa740534e519c1767e1223392a3a286b0f4d91f7f25217a7862b8fcc1810cdcfddde2a01c80fcc90b632585fec12dc4ae8fea1918e9ddeb9414623a457e88f53f545841f9d5dcb1f8e160d1560770aa79d65e2eca8edeaecb73fb7e995608b820c4a64de6313a370ba05dc25ed7c1d185192084963652f2870341bdaa4b1a37f8c06348f38a4f80c5a2650a21d59f09e8305dcd3fc3ac30e2a",
        ),
        (
            10,
            &[0, 2, 4, 6],
            "",
            PRESENTATION,
            "81925c2e525d9fbb0ba95b438b5a13fff5874c7c0515c193628d7d143ddc3bb487771ad73658895997a88dd5b254ed29abc019bfca62c09b8dafb37e5f09b1d380e084ec3623d071ec38d6b8602af93aa0ddbada307c9309cca86be16db53dc7ac310574f509c712bb1a181d64ea3c1ee075c018a2bc773e2480b5c033ccb9bfea5af347a88ab83746c9342ba76db3675ff70ce9006d166fd813a81b448a632216521c864594f3f92965974914992f8d1845230915b11680cf44b25886c5670904ac2d88255c8c31aea7b072e9c4eb7e4c3fdd38836ae9d2e9fa271c8d9fd42f669a9938aeeba9d8ae613bf11f489ce947616f5cbaee95511dfaa5c73d85e4ddd2f29340f821dc2fb40db3eae5f5bc08467eb195e38d7d436b63e556ea653168282a23b53d5792a107f85b1203f82aab46f6940650760e5b320261ffc0ca5f15917b51e7d2ad4bcbec94de792e229db663abff23af392a5e73ce115c27e8492ec24a0815091c69874dbd9dae2d2eed000810c748a798a78a804a39034c6e745cee455812cc982eea7105948b2cb55b82278a77237fcbec4748e2d2255af0994dd09dba8ac60515a39b24632a2c1c840c4a70506add5b2eb0be9ff66e3ea8deae666f198edfbb1391c6834e6df4f1026d",
        ),
        (
            10,
            &[0, 2, 4, 6],
            HEADER,
            "",
            "a2ed608e8e12ed21abc2bf154e462d744a367c7f1f969bdbf784a2a134c7db2d340394223a5397a3011b1c340ebc415199462ba6f31106d8a6da8b513b37a47afe93c9b3474d0d7a354b2edc1b88818b063332df774c141f7a07c48fe50d452f897739228c88afc797916dca01e8f03bd9c5375c7a7c59996e514bb952a436afd24457658acbaba5ddac2e693ac48135672556358e78b5398f1a547a2a98dfe16230f244ba742dea737e4f810b4d94e03ac068ef840aaadf12b2ed51d3fb774c2a0a620019fd1f39c52c6f89a0e6067e3039413a91129791b2af215a82ad2356b6bc305c1d7a828fe519619dd026eaaf07ea81cee52b21aab3e8320519bf37c2bb228a8b580f899d84327bdc5e84a66000e8bac17d2fa039bb2246c8eacc623ccd9eb26e184a96a9e3a6702e1dbafe194772394b05251f72bcd2d20f542b15b2406f899791f6f285c7b469e7c7b9624147f305c38c903273a949f6e85b9774aeeccfafa432e2cdd7c8f97d1687741ed30d725444428dd87d9884711d9a46baaf0c04b03a2a228b7033be0841880134b03b15f698756eca5f37503a0411a9586d3027a8b8b9118e95a9949b2719e85e4a669d9e4b7bb6d4544c8cc558c30d79f9c85a87e1a95611400b7c7dac5673d800",
        ),
    ] as [(usize, &[usize], &str, &str, &str); 5]
    {
        let (header, presentation_header) = (hex(header), hex(presentation));
        let messages = slices(&ten[..count]);
        let signature = key.sign(&header, &messages).unwrap();
        let presentation =
            Presentation { header: &header, presentation_header: &presentation_header, context: None };
        let mocked = Mocked::new("H2G_HM2S_MOCK_RANDOM_SCALARS_DST_", 5 + count - indexes.len());
        let (proof, _) =
            prove((key.public(), &signature), &messages, indexes, &presentation, None, &mocked).unwrap();
        assert_eq!(proof, hex(expected));
        let shown: Vec<_> = indexes.iter().map(|at| (*at, messages[*at])).collect();
        assert_eq!(key.public().verify_proof(&proof, &plain(&shown), &presentation), Ok(()));
    }
}

pub(super) fn plain<'a>(messages: &'a [(usize, &'a [u8])]) -> Disclosed<'a> {
    Disclosed { messages, signed: None, committed: 0, pseudonym: None }
}

/// What the draft's fixtures spoil, and more, each alone (§8: proofs 4 to 13, signatures 2 to 9).
#[test]
fn whatever_is_changed_fails() {
    let (key, ten) = (key(), ten());
    let (public, other) = (key.public(), SecretKey::generate(&Seeded::new(2)));
    let messages = slices(&ten);
    let signature = key.sign(b"header", &messages).unwrap();
    let shuffled: Vec<_> = messages.iter().rev().copied().collect();
    for (key, signature, header, messages) in [
        (other.public(), &signature[..], &b"header"[..], &messages[..]),
        (public, &signature, b"another", &messages),
        (public, &signature, b"", &messages),
        (public, &signature, b"header", &messages[..9]),
        (public, &signature, b"header", &[&messages[..], &[b"more"]].concat()),
        (public, &signature, b"header", &shuffled),
        (public, &other.sign(b"header", &messages).unwrap(), b"header", &messages),
    ] {
        assert_eq!(key.verify(signature, header, messages), Err(BbsError::Invalid));
    }
    let presentation = Presentation { header: b"header", presentation_header: b"nonce", context: None };
    let indexes = [0, 2, 4, 6];
    let (proof, none) =
        prove((public, &signature), &messages, &indexes, &presentation, None, &Seeded::new(1)).unwrap();
    assert_eq!(none, None);
    let shown: Vec<_> = indexes.iter().map(|at| (*at, messages[*at])).collect();
    let verify = |key: &PublicKey, proof: &[u8], shown: &[(usize, &[u8])], presentation| {
        key.verify_proof(proof, &plain(shown), &presentation)
    };
    assert_eq!(verify(public, &proof, &shown, presentation), Ok(()));
    let mut other_message = shown.clone();
    other_message[1].1 = b"another";
    let mut moved = shown.clone();
    moved[1].0 = 3;
    let more = [&shown[..], &[(9, messages[9])]].concat();
    let cases = [
        (other.public(), &shown[..], presentation),
        (public, &shown, Presentation { header: b"", ..presentation }),
        (public, &shown, Presentation { presentation_header: b"nonce2", ..presentation }),
        (public, &shown, Presentation { presentation_header: b"", ..presentation }),
        (public, &other_message, presentation),
        (public, &moved, presentation),
        (public, &shown[..3], presentation),
        (public, &more, presentation),
    ];
    for (at, (key, shown, presentation)) in cases.into_iter().enumerate() {
        assert_eq!(verify(key, &proof, shown, presentation), Err(BbsError::Invalid), "{at}");
    }
    for at in (0..proof.len()).step_by(7).chain([0, 47, 48, 95, 96, 143, 144, proof.len() - 1]) {
        let mut spoiled = proof.clone();
        spoiled[at] ^= 1;
        assert!(verify(public, &spoiled, &shown, presentation).is_err(), "{at}");
    }
    let shorter = &proof[..proof.len() - 32];
    assert_eq!(verify(public, shorter, &shown, presentation), Err(BbsError::Invalid));
    assert_eq!(
        verify(public, &proof, &shown, Presentation { context: Some(b"c"), ..presentation }),
        Err(BbsError::Invalid)
    );
}

#[test]
fn a_proof_is_not_made_of_what_does_not_verify() {
    let (key, ten) = (key(), ten());
    let messages = slices(&ten);
    let signature = key.sign(b"", &messages).unwrap();
    let make = |messages: &[&[u8]], indexes: &[usize], presentation: &Presentation<'_>| {
        prove((key.public(), &signature), messages, indexes, presentation, None, &Seeded::new(1)).map(|_| ())
    };
    let presentation = Presentation::default();
    assert_eq!(make(&messages, &[], &presentation), Ok(()));
    assert_eq!(make(&messages[1..], &[], &presentation), Err(BbsError::Invalid));
    for indexes in [&[10][..], &[0, 0], &[3, 2], &[0, 1, usize::MAX]] {
        assert_eq!(make(&messages, indexes, &presentation), Err(BbsError::Indexes));
    }
    let context = Presentation { context: Some(b"c"), ..presentation };
    assert_eq!(make(&messages, &[], &context), Err(BbsError::Invalid));
}

/// The order of the group, and one more.
#[test]
fn numbers_and_points_that_are_not_canonical_are_refused() {
    let order = hex("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001");
    for bytes in [&order[..], &[0xff; 32], &[0; 32], &[1; 31], &[1; 33]] {
        assert_eq!(SecretScalar::from_bytes(bytes).err(), Some(BbsError::Malformed("secret")));
        assert!(SecretKey::from_bytes(bytes).is_err());
    }
    let (key, ten) = (key(), ten());
    let messages = slices(&ten[..2]);
    let mut infinity = [0; 96];
    infinity[0] = 0xc0;
    let mut uncompressed = *key.public().as_bytes();
    uncompressed[0] &= 0x7f;
    // At infinity, without the mark of compression, too short, a coordinate not below the field's, off the curve.
    for bytes in [&infinity[..], &uncompressed, &key.public().as_bytes()[..95], &[0xff; 96], &[0x80; 96]] {
        assert_eq!(PublicKey::from_bytes(bytes).err(), Some(BbsError::Malformed("public key")));
    }
    let signature = key.sign(b"", &messages).unwrap();
    let with = |at: usize, part: &[u8]| {
        let mut spoiled = signature.to_vec();
        spoiled[at..at + part.len()].copy_from_slice(part);
        spoiled
    };
    // 4 is a coordinate of a point of the curve that is not in the subgroup.
    let mut outside = [0; 48];
    (outside[0], outside[47]) = (0x80, 4);
    let malformed = Err(BbsError::Malformed("signature"));
    for spoiled in [with(0, &infinity[..48]), with(0, &outside), with(48, &order), with(48, &[0; 32])] {
        assert_eq!(key.public().verify(&spoiled, b"", &messages), malformed);
    }
    assert_eq!(key.public().verify(&signature[..79], b"", &messages), malformed);
    let presentation = Presentation::default();
    let (proof, _) =
        prove((key.public(), &signature), &messages, &[], &presentation, None, &Seeded::new(1)).unwrap();
    for (at, part) in
        [(0, &infinity[..48]), (48, &outside), (144, &order), (144, &[0; 32]), (176, &[0xff; 32])]
    {
        let mut spoiled = proof.clone();
        spoiled[at..at + part.len()].copy_from_slice(part);
        let verdict = key.public().verify_proof(&spoiled, &plain(&[]), &presentation);
        assert_eq!(verdict, Err(BbsError::Malformed("proof")));
    }
    for length in [0, 144, 271, proof.len() - 1] {
        let verdict = key.public().verify_proof(&proof[..length], &plain(&[]), &presentation);
        assert_eq!(verdict, Err(BbsError::Malformed("proof")), "{length}");
    }
    let long = [&proof[..], &[1; 32 * MAX_MESSAGES]].concat();
    let verdict = key.public().verify_proof(&long, &plain(&[]), &presentation);
    assert_eq!(verdict, Err(BbsError::TooManyMessages));
    assert!(SecretKey::derive(&[1; 31], b"").is_err());
}

#[test]
fn a_signature_takes_so_many_messages_and_no_more() {
    let key = key();
    let many = vec![&b"x"[..]; MAX_MESSAGES + 1];
    assert_eq!(key.sign(b"", &many).err(), Some(BbsError::TooManyMessages));
    assert_eq!(key.public().verify(&[1; 80], b"", &many), Err(BbsError::TooManyMessages));
    let (commitment, _) = commit(&[], None, &Seeded::new(1)).unwrap();
    let commitment = Commitment::verify(&commitment, 0, false).unwrap();
    let refused = key.sign_blind(&commitment, b"", &many[..MAX_MESSAGES], None);
    assert_eq!(refused.err(), Some(BbsError::TooManyMessages));
    assert_eq!(commit(&many, None, &Seeded::new(1)).err(), Some(BbsError::TooManyMessages));
    let disclosed =
        Disclosed { messages: &[], signed: Some(usize::MAX), committed: usize::MAX, pseudonym: None };
    let verdict = key.public().verify_proof(&[1; 300], &disclosed, &Presentation::default());
    assert!(verdict.is_err());
}

#[test]
fn keys_are_written_as_multikey_and_not_printed() {
    let key = key();
    let public = key.public().to_multikey();
    assert!(public.starts_with("zUC7"), "{public}");
    assert_eq!(PublicKey::from_multikey(&public).as_ref(), Ok(key.public()));
    let secret = key.to_multikey();
    assert_eq!(SecretKey::from_multikey(&secret).unwrap().to_bytes(), key.to_bytes());
    assert_eq!(PublicKey::from_multikey(&secret), Err(KeyError::PrivateMaterial));
    assert_eq!(SecretKey::from_multikey(&public).err(), Some(KeyError::Unsupported));
    for text in [
        "",
        "z",
        "uUC7",
        "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        &public[..130],
        &"z1".repeat(99),
    ] {
        assert!(PublicKey::from_multikey(text).is_err(), "{text}");
    }
    let printed = format!("{key:?} {:?}", SecretScalar::from_bytes(&*key.to_bytes()).unwrap());
    assert!(printed.contains("redacted") && !printed.contains(&secret[4..]) && !printed.contains("60e5"));
}

/// Straus' sum and the one in constant time agree, at the ends of the range too.
#[test]
fn both_sums_agree() {
    let basis = Basis::new(Interface::Plain, 5, None).unwrap();
    let mut last = hex("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000000");
    let mut numbers = vec![SecretScalar::from_bytes(&last).unwrap()];
    last[24..].copy_from_slice(&hex("fffffffeffffffff"));
    numbers.push(SecretScalar::from_bytes(&last).unwrap());
    for low in [[0, 1], [0, 31], [0, 32], [0xff, 0xff]] {
        numbers.push(SecretScalar::from_bytes(&[&[0; 30][..], &low].concat()).unwrap());
    }
    for seed in 0..20 {
        let mut terms: Vec<_> = numbers.iter().map(|it| *it.get()).collect();
        terms.push(*SecretScalar::random(&Seeded::new(seed)).get());
        let turn = usize::try_from(seed).unwrap() % terms.len();
        terms.rotate_left(turn);
        let fixed: Vec<_> = basis.rest.iter().copied().zip(terms.iter().copied()).collect();
        let free: Vec<_> = basis.rest.iter().map(|it| it.point).zip(terms.iter().rev().copied()).collect();
        let fixed_secret = sum::secret(basis.rest.iter().map(|it| &it.point).zip(&terms));
        let free_secret = sum::secret(free.iter().map(|(point, number)| (point, number)));
        assert!(sum::public(&fixed, &[]) == fixed_secret, "{seed}");
        assert!(sum::public(&[], &free) == free_secret, "{seed}");
        assert!(sum::public(&fixed, &free) == fixed_secret + free_secret, "{seed}");
    }
}

#[test]
fn a_commitment_that_its_maker_does_not_know_is_refused() {
    let part = SecretScalar::random(&Seeded::new(3));
    let (octets, _) = commit(&[b"secret"], Some(&part), &Seeded::new(1)).unwrap();
    assert!(Commitment::verify(&octets, 1, true).is_ok());
    let malformed = Some(BbsError::Malformed("commitment"));
    assert_eq!(Commitment::verify(&octets, 1, false).err(), malformed);
    assert_eq!(Commitment::verify(&octets, 2, true).err(), malformed);
    assert_eq!(Commitment::verify(&octets, 2, false).err(), Some(BbsError::Invalid));
    assert_eq!(Commitment::verify(&octets[..octets.len() - 1], 1, true).err(), malformed);
    assert_eq!(Commitment::verify(&[], 0, false).err(), malformed);
    for at in [0, 47, 48, 79, 80, 112, 143, 175] {
        let mut spoiled = octets.clone();
        spoiled[at] ^= 1;
        assert!(Commitment::verify(&spoiled, 1, true).is_err(), "{at}");
    }
    let commitment = Commitment::verify(&octets, 1, true).unwrap();
    let missing = key().sign_blind(&commitment, b"", &[], None);
    assert_eq!(missing.err(), Some(BbsError::Invalid));
}

/// The draft's commitment to nothing (`commit001`).
#[test]
fn the_drafts_commitment() {
    let mocked = Mocked::new("H2G_HM2S_COMMIT_MOCK_RANDOM_SCALARS_DST_", 2);
    let (octets, blinding) = commit(&[], None, &mocked).unwrap();
    assert_eq!(
        octets,
        hex(
            "849d3cc626720202cbc1610fc01ab41ce32099af602def0c579f37dd18b485ef60719275a036bdd8120e7e938c8e1a3d4d0322587441ccc5caf186001b45dd09ee159713c3e3ea0f411f94a5d6665546562d09c093b687a129e464a57e18cdbf5306bcabf3e7cc95f5ba98cdd9bf3768"
        )
    );
    assert_eq!(
        blinding.to_bytes().to_vec(),
        hex("1b6f406b17aaf92dc7deb911c7cae49756a6623b5c385b5ae6214d7e3d9597f7")
    );
}
