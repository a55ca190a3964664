//! `Debug` for what holds claims: the type, and how much there is. Never a value, a salt, a digest or a signature, so that
//! nothing personal reaches a log by way of `{:?}`.

use std::fmt;

use serde_json::Value;

/// Writes `Name(3 claims, 2 disclosures)`.
pub(crate) fn debug(f: &mut fmt::Formatter<'_>, name: &str, counts: &[(usize, &str)]) -> fmt::Result {
    let counts: Vec<String> = counts.iter().map(|(count, what)| format!("{count} {what}")).collect();
    write!(f, "{name}({})", counts.join(", "))
}

/// How many members an object has.
pub(crate) fn members(value: &Value) -> usize {
    value.as_object().map_or(0, serde_json::Map::len)
}

#[cfg(test)]
mod tests {
    use jigap_keys::{KeyType, PrivateKey};
    use serde_json::json;

    use crate::claims::ClaimPath;
    use crate::dcql::{Candidate, Format};
    use crate::jose::jwe::{self, ContentEncryption, Jwe, KeyManagement, Recipient};
    use crate::jose::{self, Header, Jws, UnsignedJws};
    use crate::sdjwt::{KeyBindingRequest, SdJwt, SdJwtVc, SdJwtVcBuilder};
    use crate::testing::Repeatable;
    use crate::time::{Seconds, Timestamp};
    use crate::vcjwt::{self, VcJwt, VpJwt};

    const CANARY: &str = "kanarie-1985-07-11";
    const NOW: Timestamp = Timestamp::from_unix(1_795_305_600);

    fn key() -> PrivateKey {
        PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(1))
    }

    fn header() -> Header {
        Header::for_key(key().public()).unwrap()
    }

    /// Printed, pretty or not, it holds neither the canary nor a piece of the message it came from.
    #[track_caller]
    fn assert_redacted(shown: &impl std::fmt::Debug, message: &str) {
        for printed in [format!("{shown:?}"), format!("{shown:#?}")] {
            assert!(!printed.contains(CANARY), "{printed}");
            for piece in message.split(['.', '~']).filter(|piece| piece.len() > 8) {
                assert!(!printed.contains(piece), "{printed}");
            }
        }
    }

    #[test]
    fn signed_and_encrypted_messages_are_counted_not_shown() {
        let payload = json!({"birth_date": CANARY, "nested": {"a": [CANARY]}});
        let unsigned = UnsignedJws::new(&header(), &payload);
        let text = jose::sign(&header(), &payload, &key()).unwrap();
        assert_redacted(&unsigned, &text);
        let jws = Jws::parse(&text).unwrap();
        assert_redacted(&jws, &text);
        assert_redacted(&jws.clone().verify(key().public()).unwrap(), &text);
        assert_eq!(format!("{jws:?}"), "Jws(2 members)");
        let reader = PrivateKey::generate(KeyType::P256, &Repeatable::new(2));
        let to = Recipient {
            key: reader.public(),
            kid: None,
            alg: KeyManagement::EcdhEs,
            enc: ContentEncryption::A128Gcm,
            apu: b"",
            apv: b"",
        };
        let sealed = jwe::encrypt(CANARY.as_bytes(), &to, &Repeatable::new(3)).unwrap();
        assert_redacted(&Jwe::parse(&sealed).unwrap(), &sealed);
    }

    #[test]
    fn sd_jwts_are_counted_not_shown_at_every_step() {
        let claims = json!({"vct": "urn:t", "birth_date": CANARY, "open": CANARY});
        let path = ClaimPath::from_json(&json!(["birth_date"])).unwrap();
        let builder = SdJwtVcBuilder::new(claims.as_object().unwrap().clone());
        let builder = builder.conceal([path.clone()]).holder(key().public().clone());
        assert_redacted(&builder, "");
        let unsigned = builder.build(header(), &Repeatable::new(4)).unwrap();
        let text = unsigned.clone().sign(&key()).unwrap();
        assert_redacted(&unsigned, &text);
        assert_redacted(&SdJwt::parse(&text).unwrap(), &text);
        assert_redacted(&SdJwtVc::parse(&text).unwrap(), &text);
        let verified = SdJwtVc::parse(&text).unwrap().verify(key().public()).unwrap();
        assert_redacted(&verified, &text);
        let presentation = verified.present(&[path]).unwrap();
        assert_redacted(&presentation, &text);
        let bound = presentation
            .bind("https://v.example", "nonce", NOW, key().public())
            .unwrap()
            .sign(&key())
            .unwrap();
        let shown = SdJwtVc::parse(&bound).unwrap().verify(key().public()).unwrap();
        assert_redacted(&shown, &bound);
        let request = KeyBindingRequest {
            audience: "https://v.example",
            nonce: "nonce",
            now: NOW,
            max_age: Seconds(60),
            skew: Seconds(60),
        };
        assert_redacted(&shown.verify_key_binding(&request).unwrap(), &bound);
        let candidate = Candidate {
            format: Format::DcSdJwt,
            types: Vec::new(),
            claims: &claims,
            authorities: Vec::new(),
            holder_bound: true,
            provable: true,
            selective: true,
            withheld: &[],
        };
        assert_redacted(&candidate, "");
    }

    #[test]
    fn w3c_credentials_are_counted_not_shown() {
        let credential = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"],
            "issuer": "https://issuer.example", "credentialSubject": {"id": "did:example:h", "birthDate": CANARY},
        });
        let credential = credential.as_object().unwrap().clone();
        let text = vcjwt::issue(header(), credential).unwrap().sign(&key()).unwrap();
        assert_redacted(&VcJwt::parse(&text).unwrap(), &text);
        assert_redacted(&VcJwt::parse(&text).unwrap().verify(key().public()).unwrap(), &text);
        let unsigned =
            vcjwt::present(header(), "did:example:h", &text, "https://v.example", "nonce", NOW).unwrap();
        let shown = unsigned.sign(&key()).unwrap();
        assert_redacted(&VpJwt::parse(&shown).unwrap(), &text);
        let request = KeyBindingRequest {
            audience: "https://v.example",
            nonce: "nonce",
            now: NOW,
            max_age: Seconds(60),
            skew: Seconds(60),
        };
        assert_redacted(&VpJwt::parse(&shown).unwrap().verify(key().public(), &request).unwrap(), &text);
    }
}
