//! Target of the wallet's backup, and with it of the box's header.
//!
//! Input that begins with `{` is sealed here as the content of a backup, by the form that `wallet::backup` documents: an
//! independent writer, so that mutation reaches what stands behind the encryption.

use jigap_keys::aead::Aes256Key;
use jigap_keys::json::{Limits, parse};
use jigap_keys::{base64url, mac};
use jigap_wallet_core::wallet::canonical_form;
use jigap_wallet_core::wallet_box::Unlock;
use serde_json::{Value, json};

use crate::fixtures::{NOW, holder, must};

const KEY_FILE: [u8; 32] = [9; 32];
const DATA_KEY: [u8; 32] = [7; 32];

/// What opens was sealed with the key, and says what is in it in one way. A passphrase is never tried: a header that
/// wants one is refused for a key file.
pub(crate) fn backup(data: &[u8]) {
    let ours = data.first() == Some(&b'{');
    let file = if ours { sealed(data) } else { data.to_vec() };
    let Ok(canonical) = canonical_form(&file, &Unlock::KeyFile(&KEY_FILE)) else { return };
    assert!(ours || backup_seeds().contains(&file), "it opened, and nobody sealed it");
    let value = must(parse(canonical.as_bytes(), Limits { bytes: 64 << 20, depth: 64 }));
    assert_eq!(value.get("format"), Some(&json!("jigap-export-1")));
}

fn sealed(content: &[u8]) -> Vec<u8> {
    let derive = |secret: &[u8], salt: &[u8], info: &[u8]| {
        let mut key = [0; 32];
        mac::hkdf_sha256(secret, salt, info, &mut key);
        Aes256Key::from(key)
    };
    let (salt, nonce) = ([1; 16], [2; 12]);
    let encoded = base64url::encode(salt);
    let aad = format!("jigap box header|1|key-file|{encoded}");
    let wrapped = derive(&KEY_FILE, &salt, b"jigap box key file").seal(&nonce, aad.as_bytes(), &DATA_KEY);
    let header = json!({
        "version": 1, "kdf": {"name": "key-file", "salt": encoded}, "nonce": base64url::encode(nonce),
        "wrapped": base64url::encode(wrapped),
    });
    let header = header.to_string().into_bytes();
    let length = u16::try_from(header.len()).unwrap_or_default().to_be_bytes();
    let mut file = [b"jigap-backup-1\n", &length[..], &header].concat();
    let body = derive(&DATA_KEY, b"", b"jigap backup content").seal(&nonce, &file, content);
    file.extend_from_slice(&nonce);
    file.extend_from_slice(&body);
    file
}

fn content() -> Value {
    let held = json!({
        "id": "c1", "vct": "https://jigap.example/types/student-id/1", "issuer": "https://issuer.example",
        "name": ["학생증", "Student ID"], "received": NOW, "expires": null, "copies": 1, "unused": 1,
    });
    let mut name_only = held.clone();
    if let Some(members) = name_only.as_object_mut() {
        members.extend(
            [("id", json!("c2")), ("copies", json!(0)), ("unused", json!(0))].map(|(n, v)| (n.to_owned(), v)),
        );
    }
    json!({
        "credentials": [
            {"held": held, "copy": {"credential": crate::sdjwt::credential(), "key": holder().to_jwk().as_str(), "spent": null}},
            {"held": name_only, "copy": null},
        ],
        "history": [],
    })
}

pub(crate) fn backup_seeds() -> Vec<Vec<u8>> {
    let content = content().to_string().into_bytes();
    let by_passphrase = json!({
        "version": 1, "kdf": {"name": "argon2id", "memory_kib": 65536, "passes": 3, "lanes": 1, "salt": "AAAAAAAAAAAAAAAAAAAAAA"},
        "nonce": "AAAAAAAAAAAAAAAA", "wrapped": "AA",
    });
    let by_passphrase = by_passphrase.to_string().into_bytes();
    let length = u16::try_from(by_passphrase.len()).unwrap_or_default().to_be_bytes();
    let locked = [b"jigap-backup-1\n", &length[..], &by_passphrase, &[0; 40]].concat();
    vec![sealed(&content), content, locked]
}
