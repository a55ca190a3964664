//! Passes that are signed blindly (docs/SPECS.md, "Blind signatures"): the keys, and what is answered to a credential request.
//!
//! There is a key for each set of facts and each generation, derived from one sealed secret; the trust list says which. A request
//! brings points in place of proofs, under a nonce as proofs would; whoever has the grant gets each of them signed by the
//! key for what is so of the offer's subject. The answer to a point is always the same. Nothing that is sent or kept has
//! anything in common with the passes that come of it. Refused: what is no point, more points than a batch has.

use jigap_keys::blind::{SecretKey, require_point};
use jigap_keys::{base64url, hash};
use jigap_wallet_core::cbor::Writer;
use jigap_wallet_core::pass::{BlindKey, Generation, Kind};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::vci::{Blinded, CredentialError, CredentialErrorCode};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::tenant::{BATCH_SIZE, EndpointError, refused};
use crate::types::PassForm;

/// Most facts of a type whose passes are signed blindly: there is a key for each set of them.
pub(crate) const MAX_FACTS: usize = 4;

/// What the keys of a tenant are derived from. Ending its passes ends it: the next version has another.
pub struct BlindSecret(Zeroizing<[u8; 32]>);

impl BlindSecret {
    /// Takes 32 random bytes.
    pub const fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        Self(secret)
    }

    /// The keys for passes of `form` that are issued or shown at `now` or in the next generation: a trust list that is signed
    /// in one generation is enough for the beginning of the next.
    pub(crate) fn keys(&self, form: &PassForm, now: Timestamp) -> Vec<BlindKey> {
        let generation = Generation::of(now);
        let generations = [generation, generation.next()].into_iter();
        let said = generations.flat_map(|of| form.sets_of_facts().into_iter().map(move |facts| (facts, of)));
        let key = |(facts, generation): (_, Generation)| {
            let said = BlindKey { kind: form.kind(), facts, expires: generation.ends(), key: [0; 96] };
            let key = *self.key(&said)?.public().as_bytes();
            Some(BlindKey { key, ..said })
        };
        said.filter_map(key).collect()
    }

    fn key(&self, said: &BlindKey) -> Option<SecretKey> {
        let mut info = Writer::new();
        info.array(3).unsigned(said.kind.number()).array(said.facts.len());
        said.facts.iter().for_each(|fact| {
            info.text(&fact.to_string());
        });
        info.integer(said.expires.unix());
        SecretKey::derive(&*self.0, &info.into_bytes()).ok()
    }

    /// The answers to `points`, in their order, of whom `said` is so: each the id of the key and what it signed, in base64url.
    /// Where passes of the next generation are issued already, every second is one of them.
    pub(crate) fn answers(
        &self,
        (form, said): (&PassForm, &Map<String, Value>),
        points: &Points,
        now: Timestamp,
    ) -> Result<Vec<Value>, EndpointError<CredentialError>> {
        const FAILED: EndpointError<CredentialError> =
            EndpointError::Internal("a point cannot be signed blindly");
        let facts = form.facts_of(said);
        let signer = |generation: Generation| {
            let key = BlindKey {
                kind: Kind::Entry,
                facts: facts.clone(),
                expires: generation.ends(),
                key: [0; 96],
            };
            let secret = self.key(&key)?;
            let id = BlindKey { key: *secret.public().as_bytes(), ..key }.id();
            Some((id, secret))
        };
        let (first, second) = Generation::issued_at(now);
        let (first, second) = (signer(first).ok_or(FAILED)?, signer(second).ok_or(FAILED)?);
        let signed = |(number, point): (usize, &Vec<u8>)| {
            let (id, secret) = if number % 2 == 1 { &second } else { &first };
            let point = secret.sign(point).map_err(|_| FAILED)?;
            Ok(base64url::encode([&id.as_bytes()[..], &point].concat()).into())
        };
        points.0.iter().enumerate().map(signed).collect()
    }
}

/// The points of a request: each one of the group.
pub(crate) struct Points(Vec<Vec<u8>>);

impl Points {
    /// Reads them.
    pub(crate) fn read(blinded: &Blinded) -> Result<Self, EndpointError<CredentialError>> {
        let invalid = |why| refused(CredentialErrorCode::InvalidProof.because(why));
        if blinded.points.len() > BATCH_SIZE as usize {
            return Err(invalid("more points than a batch has"));
        }
        let point = |text: &String| {
            let bytes = base64url::decode(text).ok()?;
            require_point(&bytes).is_ok().then_some(bytes)
        };
        let points: Option<_> = blinded.points.iter().map(point).collect();
        points.map(Self).ok_or(invalid("a blinded point is none"))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// What stands for them: who asks for the same again is given the same.
    pub(crate) fn digest(&self) -> String {
        base64url::encode(hash::sha256(&self.0.concat()))
    }
}
