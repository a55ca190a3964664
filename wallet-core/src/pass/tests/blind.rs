//! Passes that their issuer does not recognise: asked for, answered, shown and judged.

use jigap_keys::blind::SecretKey;

use super::*;
use crate::testing::Repeatable;

/// An issuer's key for passes of these facts and this end.
fn signer(facts: &[Fact], expires: Timestamp, seed: u8) -> (SecretKey, BlindKey) {
    let secret = SecretKey::derive(&[seed; 32], b"test").unwrap();
    let key = *secret.public().as_bytes();
    (secret, BlindKey { kind: Kind::Entry, facts: facts.to_vec(), expires, key })
}

fn trusted(scene: &Scene, keys: impl IntoIterator<Item = BlindKey>) -> PassIssuers {
    let issuer = scene.issuers().find(KeyId::of(scene.issuer.public())).unwrap().clone();
    let of = |key| PassKey::Blind(BlindVerifier::new(key).unwrap());
    let blind = keys.into_iter().map(|key| PassIssuer { key: of(key), ..issuer.clone() });
    PassIssuers::new(blind.chain([issuer.clone()]))
}

/// Both sides of an issuing, the answer changed on its way.
fn issued(
    holder: &PrivateKey,
    (secret, key): &(SecretKey, BlindKey),
    trusted: &PassIssuers,
    change: impl Fn(&mut Vec<u8>),
) -> Result<HeldPass, Refusal> {
    let request = BlindRequest::generate(holder.public(), &Repeatable::new(9));
    let mut answer = [&key.id().as_bytes()[..], &secret.sign(&request.point()).unwrap()].concat();
    change(&mut answer);
    // What is kept before anybody is asked is enough to go on with.
    let again = BlindRequest::from_kept(holder.public(), &*request.kept()).unwrap();
    assert_eq!(again.point(), request.point());
    again.finish(&answer, trusted)
}

fn shown(scene: &Scene, pass: &[u8], now: Timestamp) -> String {
    let venue = VenueCode::read(&scene.shown_by_gate(now), now).unwrap();
    let (heard, window) = venue.heard(Window::of(now));
    present(pass, window, &heard, &scene.holder).unwrap()
}

struct Blind {
    scene: Scene,
    signer: (SecretKey, BlindKey),
    issuers: PassIssuers,
    pass: HeldPass,
}

impl Blind {
    fn new(key_type: KeyType) -> Self {
        let mut scene = Scene::of(key_type, Wants::new(Kind::Entry, [age(14)]));
        scene.gate.wants.passes = PassSort::Blind;
        let signer = signer(&[age(19), student()], Generation::of(NOW).ends(), 1);
        let issuers = trusted(&scene, [signer.1.clone()]);
        let pass = issued(&scene.holder, &signer, &issuers, |_| {}).unwrap();
        Self { scene, signer, issuers, pass }
    }

    fn judge(&self, pass: &[u8]) -> Result<Checked, (&'static str, &'static str)> {
        let code = shown(&self.scene, pass, NOW);
        let judged = self.scene.gate.judge(&code, &self.issuers, NOW, Lang::En);
        judged.map_err(|refusal| (refusal.check.id, refusal.reason.code))
    }
}

#[test]
fn a_pass_that_its_issuer_never_saw_opens_the_gate_once() {
    for key_type in [KeyType::Ed25519, KeyType::P256] {
        let it = Blind::new(key_type);
        assert!(it.pass.is_blind() && it.pass.claims().ends_as_others_do());
        assert_eq!(HeldPass::read(&it.pass.to_bytes()).unwrap(), it.pass);
        let checked = it.judge(it.pass.shown()).unwrap();
        let admitted = it.scene.replay().admit(checked, NOW).unwrap();
        assert!(admitted.is_blind);
        assert_eq!(admitted.facts, [age(19), student()]);
        assert_eq!(admitted.pseudonym, Pseudonym::of(it.scene.holder.public()));
        // 311 characters fit 57 by 57 modules (version 10, M): 188 and 190 bytes.
        let code = shown(&it.scene, it.pass.shown(), NOW);
        assert_eq!(code.len(), if key_type == KeyType::Ed25519 { 286 } else { 289 });
    }
}

/// One key, one message: whatever blinded it, the pass is the same to the byte, and nothing of the asking is in it.
#[test]
fn nothing_of_the_asking_is_in_the_pass() {
    let it = Blind::new(KeyType::Ed25519);
    let request = BlindRequest::generate(it.scene.holder.public(), &Repeatable::new(77));
    let other = BlindRequest::generate(it.scene.holder.public(), &Repeatable::new(9));
    assert_ne!(request.point(), other.point());
    let answer = [&it.signer.1.id().as_bytes()[..], &it.signer.0.sign(&request.point()).unwrap()].concat();
    let pass = request.finish(&answer, &it.issuers).unwrap();
    assert_eq!(pass, it.pass);
}

#[test]
fn ep_04_what_the_key_did_not_sign_for_this_holder_is_refused() {
    let it = Blind::new(KeyType::Ed25519);
    let forged = Err(("EP-04", "pass-forged"));
    let shown = it.pass.shown().to_vec();
    let tampered = |at: usize| {
        let mut pass = shown.clone();
        pass[at] ^= 1;
        pass
    };
    // The signature is the last of it: still a point in form, or none.
    assert_eq!(it.judge(&tampered(shown.len() - 1)).map(|_| ()), forged);
    // Under another key's id: also that of a key that signs other passes.
    let id = shown.windows(8).position(|it_is| it_is == it.signer.1.id().as_bytes()).unwrap();
    assert_eq!(it.judge(&tampered(id)).map(|_| ()), Err(("EP-03", "pass-issuer")));
    let mut other = shown.clone();
    other[id..id + 8].copy_from_slice(KeyId::of(it.scene.issuer.public()).as_bytes());
    assert_eq!(it.judge(&other).map(|_| ()), forged);
    // A wallet takes no such answer either, nor one by a key that is not trusted or that signs no passes blindly.
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let refusal = issued(&it.scene.holder, &it.signer, &it.issuers, change).unwrap_err();
        (refusal.check.id, refusal.reason.code)
    };
    assert_eq!(refused(&|answer| answer[55] ^= 1), ("EP-04", "pass-forged"));
    assert_eq!(refused(&|answer| answer.truncate(7)), ("EP-04", "pass-forged"));
    assert_eq!(refused(&|answer| answer.truncate(55)), ("EP-04", "pass-forged"));
    assert_eq!(refused(&|answer| answer[0] ^= 1), ("EP-03", "pass-issuer"));
    let own = KeyId::of(it.scene.issuer.public());
    assert_eq!(refused(&|answer| answer[..8].copy_from_slice(own.as_bytes())), ("EP-03", "pass-issuer"));
}

#[test]
fn ep_02_what_says_more_than_whose_it_is_is_refused() {
    let it = Blind::new(KeyType::Ed25519);
    let shown = it.pass.shown();
    let frame = |pass: &[u8]| {
        let mut frame = Writer::new();
        frame.array(3).raw(pass).unsigned(u64::from(Window::of(NOW).number())).bytes(&[1; 64]);
        text_form::write("JG1:", &frame.into_bytes())
    };
    let read = |pass: &[u8]| PassCode::parse(&frame(pass)).map(|_| ()).map_err(|refusal| refusal.check);
    assert_eq!(read(shown), Ok(()));
    let item = crate::cbor::parse(shown, crate::cbor::Limits::MESSAGE).unwrap();
    let [protected, unprotected, payload, signature] = item.as_array().unwrap() else { panic!() };
    let made = |protected: &[u8], unprotected: &[u8], payload: &[u8], signature: &[u8]| {
        let mut pass = Writer::new();
        pass.array(4).raw(protected).raw(unprotected).bytes(payload).bytes(signature);
        pass.into_bytes()
    };
    let (protected, unprotected) = (protected.raw(), unprotected.raw());
    let (payload, signature) = (payload.as_bytes().unwrap(), signature.as_bytes().unwrap());
    assert_eq!(made(protected, unprotected, payload, signature), shown);
    let two = [&[0xa2][..], &unprotected[1..], &[0x05, 0x00]].concat();
    let more = [&[0xa2, 0x04, 0x00][..], &payload[1..]].concat();
    let other = key(KeyType::P384, 5).public().to_compressed_cose_key();
    let other = [&[0xa1, 0x08, 0xa1, 0x01][..], &other].concat();
    for broken in [
        made(protected, &[0xa0], payload, signature),
        made(protected, &two, payload, signature),
        made(protected, unprotected, &more, signature),
        made(protected, unprotected, &other, signature),
        made(protected, unprotected, &[], signature),
        made(protected, unprotected, payload, &signature[1..]),
        made(&[0x43, 0xa1, 0x01, 0x27], unprotected, payload, signature),
    ] {
        assert_eq!(read(&broken), Err(CLAIMS), "{broken:02x?}");
        assert!(HeldPass::read(&broken).is_err());
    }
}

#[test]
fn ep_05_a_generation_that_ended_opens_nothing() {
    let mut it = Blind::new(KeyType::Ed25519);
    let before = Generation::from_number(Generation::of(NOW).number() - 1);
    it.signer = signer(&[age(19)], before.ends(), 2);
    it.issuers = trusted(&it.scene, [it.signer.1.clone()]);
    let pass = issued(&it.scene.holder, &it.signer, &it.issuers, |_| {}).unwrap();
    assert_eq!(it.judge(pass.shown()).map(|_| ()), Err(("EP-05", "pass-ended")));
    assert!(!it.issuers.has_blind(Kind::Entry, NOW));
}

/// A wallet that would be given passes of a key that it does not know asks for none.
#[test]
fn passes_are_to_be_had_where_one_issuers_keys_are_known_of_all_that_is_issued() {
    let it = Blind::new(KeyType::Ed25519);
    let (this, next) = (Generation::of(NOW), Generation::of(NOW).next());
    let keys = |generations: &[Generation]| -> Vec<BlindKey> {
        let key = |(of, seed): (&Generation, u8)| signer(&[age(19)], of.ends(), seed).1;
        generations.iter().zip(1..).map(key).collect()
    };
    let had = |generations: &[Generation]| {
        let issuers = trusted(&it.scene, keys(generations));
        let late = this.ends().minus(Seconds(1));
        assert_eq!(Generation::issued_at(NOW), (this, this));
        assert_eq!(Generation::issued_at(late), (this, next));
        [NOW, late].map(|now| issuers.has_blind(Kind::Entry, now))
    };
    assert_eq!(had(&[this]), [true, false]);
    assert_eq!(had(&[next]), [false, false]);
    assert_eq!(had(&[this, next]), [true, true]);
    assert_eq!(had(&[next, next.next()]), [false, false]);
    assert_eq!(had(&[]), [false, false]);
    // Of another issuer the next: no batch comes of both.
    let of = |of: Generation, issuer: &str| {
        let key = PassKey::Blind(BlindVerifier::new(keys(&[of]).remove(0)).unwrap());
        let first = trusted(&it.scene, keys(&[this])).find(keys(&[this])[0].id()).unwrap().clone();
        PassIssuer { key, issuer: issuer.to_owned(), ..first }
    };
    let two = PassIssuers::new([of(this, "https://one.example"), of(next, "https://two.example")]);
    assert!(two.has_blind(Kind::Entry, NOW) && !two.has_blind(Kind::Entry, this.ends().minus(Seconds(1))));
}

#[test]
fn ep_09_a_gate_takes_the_sort_that_it_says() {
    let mut it = Blind::new(KeyType::Ed25519);
    let traceable = it.scene.pass();
    for (sort, blind, other) in [
        (PassSort::Either, Ok(()), Ok(())),
        (PassSort::Blind, Ok(()), Err(("EP-09", "pass-traceable"))),
        (PassSort::Traceable, Err(("EP-09", "pass-blind")), Ok(())),
    ] {
        it.scene.gate.wants.passes = sort;
        let venue = VenueCode::read(&it.scene.shown_by_gate(NOW), NOW).unwrap();
        assert_eq!(venue.wants().passes, sort, "the screen says it");
        assert_eq!(it.judge(it.pass.shown()).map(|_| ()), blind);
        assert_eq!(it.judge(&traceable).map(|_| ()), other);
    }
}

/// An issuer that gave one person a key of their own would know them again.
#[test]
fn ep_14_two_keys_of_one_meaning_are_refused() {
    let mut it = Blind::new(KeyType::Ed25519);
    let marked = signer(&[age(19), student()], Generation::of(NOW).ends(), 3);
    let others = [
        signer(&[age(19)], Generation::of(NOW).ends(), 4).1,
        signer(&[age(19), student()], Generation::of(NOW).next().ends(), 5).1,
    ];
    it.issuers = trusted(&it.scene, others.iter().cloned().chain([it.signer.1.clone()]));
    assert_eq!(it.judge(it.pass.shown()).map(|_| ()), Ok(()));
    it.issuers = trusted(&it.scene, others.into_iter().chain([it.signer.1.clone(), marked.1.clone()]));
    assert_eq!(it.judge(it.pass.shown()).map(|_| ()), Err(("EP-14", "pass-two-keys")));
    // Nor does a wallet take what either signed.
    for signer in [&it.signer, &marked] {
        let refusal = issued(&it.scene.holder, signer, &it.issuers, |_| {}).unwrap_err();
        assert_eq!(refusal.check, ONE_KEY);
    }
    // Another issuer's keys are another's.
    let mut issuer = it.issuers.find(KeyId::of(it.scene.issuer.public())).unwrap().clone();
    issuer.issuer = "https://other.example".to_owned();
    issuer.key = PassKey::Blind(BlindVerifier::new(marked.1).unwrap());
    let own = trusted(&it.scene, [it.signer.1.clone()]);
    let own = own.find(it.signer.1.id()).unwrap().clone();
    it.issuers = PassIssuers::new([own, issuer]);
    assert_eq!(it.judge(it.pass.shown()).map(|_| ()), Ok(()));
}

#[test]
fn a_key_that_could_tell_holders_apart_or_is_none_judges_nothing() {
    let (_, key) = signer(&[age(19)], Generation::of(NOW).ends(), 1);
    assert!(BlindVerifier::new(key.clone()).is_some());
    for change in [
        |key: &mut BlindKey| key.expires = key.expires.plus(Seconds(1)),
        |key: &mut BlindKey| key.kind = Kind::Ticket,
        |key: &mut BlindKey| key.facts = vec![student(), age(19)],
        |key: &mut BlindKey| key.key = [0; 96],
        |key: &mut BlindKey| key.key[95] ^= 1,
    ] {
        let mut changed = key.clone();
        change(&mut changed);
        assert_eq!(BlindVerifier::new(changed), None);
    }
}

#[test]
fn what_is_kept_is_read_in_one_form() {
    let it = Blind::new(KeyType::P256);
    let kept = it.pass.to_bytes();
    assert!(HeldPass::read(&[&kept[..], &[0]].concat()).is_err());
    assert!(HeldPass::read(&[]).is_err());
    let traceable = it.scene.pass();
    let read = HeldPass::read(&traceable).unwrap();
    assert!(!read.is_blind() && read.shown() == traceable && read.to_bytes() == traceable);
    assert_eq!(read.signed_by(), KeyId::of(it.scene.issuer.public()));
    assert_eq!(format!("{read:?}"), format!("HeldPass({} bytes)", traceable.len()));
}
