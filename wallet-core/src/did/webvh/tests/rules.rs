//! Each rule of a log with the offence that breaks it alone.

use super::*;

fn updated() -> Book {
    let mut book = Book::plain();
    book.append(1, None, &Change::default(), day(1));
    book
}

#[test]
fn wv_04_what_is_no_log_is_refused() {
    let book = updated();
    let changes: [fn(&mut Value); 7] = [
        |entry| entry["more"] = json!(1),
        |entry| entry["state"] = json!("x"),
        |entry| entry["proof"] = json!([]),
        |entry| entry["proof"] = json!("x"),
        |entry| entry["proof"] = vec![entry["proof"][0].clone(); 17].into(),
        |entry| entry["versionId"] = json!(1),
        |entry| entry["versionTime"] = json!(1),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        refuses(&book.damaged(change), FORM, &index.to_string());
    }
    for text in ["", "\n", "[]", "{}", "x", "{\"a\":1,\"a\":1}"] {
        refuses(&Book { text: text.to_owned() }, FORM, text);
    }
    refuses(&Book { text: format!("{}\n", book.text) }, FORM, "an empty line");
    refuses(&book.forged(1, |entry| entry["state"]["x"] = "x".repeat(65_536).into()), FORM, "a long line");
    let deep = "[".repeat(30) + &"]".repeat(30);
    let deep = parse(deep.as_bytes(), Limits::MESSAGE).unwrap();
    refuses(&book.forged(1, |entry| entry["state"]["x"] = deep), FORM, "a deep line");
    refuses(&Book { text: "x".repeat(log::MAX_BYTES + 1) }, FORM, "a long log");
}

#[test]
fn wv_05_parameters_that_this_version_does_not_define_are_refused() {
    let book = updated();
    for (name, value) in [
        ("unknown", json!(1)),
        ("scid", json!(book.log().scid())),
        ("updateKeys", json!("x")),
        ("updateKeys", json!([1])),
        ("updateKeys", vec!["x"; 65].into()),
        ("updateKeys", json!(["x".repeat(2049)])),
        ("nextKeyHashes", json!({})),
        ("watchers", json!([null])),
        ("portable", json!(null)),
        ("portable", json!("true")),
        ("deactivated", json!(0)),
        ("ttl", json!(-1)),
        ("ttl", json!("60")),
        ("ttl", json!(1_u64 << 32)),
    ] {
        let forged = book.forged(1, |entry| entry["parameters"][name] = value.clone());
        refuses(&forged, PARAMETERS, &format!("{name}: {value}"));
    }
    refuses(&book.forged(1, |entry| entry["parameters"] = json!([])), PARAMETERS, "no object");
    for name in ["scid", "updateKeys"] {
        let forged = Book::plain().forged(1, |entry| {
            entry["parameters"].as_object_mut().unwrap().remove(name);
        });
        refuses(&forged, PARAMETERS, name);
    }
}

/// Early implementations wrote `null` for what is switched off.
#[test]
fn null_is_read_as_what_is_switched_off() {
    let book = updated();
    for name in ["witness", "watchers", "nextKeyHashes", "ttl"] {
        let forged = book.forged(1, |entry| entry["parameters"][name] = Value::Null);
        assert_eq!(forged.log().versions().len(), 2, "{name}");
    }
    let forged = book.forged(1, |entry| entry["parameters"]["updateKeys"] = Value::Null);
    assert!(forged.log().versions()[1].update_keys().is_empty());
}

#[test]
fn wv_06_another_version_of_the_method_is_refused() {
    for method in ["did:webvh:99.0", "did:webvh:1.0-rc1", "didwebvh:1.0", "did:webvh:0.5", ""] {
        for book in [Book::plain(), updated()] {
            let forged = book.forged(1, |entry| entry["parameters"]["method"] = method.into());
            refuses(&forged, VERSION, method);
        }
    }
    let forged = Book::plain().forged(1, |entry| {
        entry["parameters"].as_object_mut().unwrap().remove("method");
    });
    refuses(&forged, VERSION, "absent");
}

#[test]
fn wv_07_versions_out_of_order_and_malformed_ids_are_refused() {
    let book = updated();
    for number in ["1", "3", "0", "02", "+2", "-2", "", "2000000000"] {
        refuses(&book.forged(1, |entry| entry["versionId"] = format!("{number}-x").into()), NUMBER, number);
    }
    let id = book.log().versions()[1].id().to_owned();
    for id in [
        id.replace('-', ""),
        id.replace('-', "--"),
        format!("{id}-"),
        "2-abc".into(),
        format!("2-z{}", &id[3..]),
    ] {
        refuses(&book.damaged(|entry| entry["versionId"] = id.clone().into()), NUMBER, &id);
    }
}

#[test]
fn wv_08_an_entry_that_is_not_linked_to_its_predecessor_is_refused() {
    let book = updated();
    let relinked = book.damaged(|entry| {
        entry["versionId"] = format!("2-{}", hash::multihash(b"other")).into();
    });
    refuses(&relinked, CHAIN, "another hash");
    // Signed by the right key, but behind another first entry.
    let mut other = Book::new(&Change { ttl: Some(60), ..by(1) });
    let did = (book.did(), other.did());
    let entry = book.text.lines().nth(1).unwrap().replace(did.0.as_str(), did.1.as_str());
    other.text += &entry;
    refuses(&other, CHAIN, "another predecessor");
}

#[test]
fn wv_09_a_first_entry_that_is_not_what_its_scid_names_is_refused() {
    let book = Book::plain();
    refuses(
        &book.forged(1, |entry| entry["parameters"]["ttl"] = json!(60)),
        SCID,
        "changed and signed again",
    );
    // By a thief of nothing: his own keys under somebody's SCID.
    let forged =
        book.forged(9, |entry| entry["parameters"]["updateKeys"] = json!([key(9).public().to_multikey()]));
    refuses(&forged, SCID, "other keys");
    refuses(&book.forged(1, |entry| entry["state"]["x"] = "{SCID}".into()), SCID, "a placeholder left");
}

#[test]
fn wv_10_times_that_do_not_go_on_are_refused() {
    let book = updated();
    let first = START.to_rfc3339();
    let soon = NOW.plus(Seconds(61)).to_rfc3339();
    for time in [
        first.as_str(),
        "1999-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
        soon.as_str(),
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00+09:00",
        "2024-01-01T00:00:00-00:00",
        "2024-01-01",
        "2024-13-01T00:00:00Z",
        "",
    ] {
        refuses(&book.forged(1, |entry| entry["versionTime"] = time.into()), TIME, time);
    }
    for time in [NOW.plus(Seconds(59)).to_rfc3339(), "2024-01-01T00:00:00.5+00:00".into()] {
        let forged = book.forged(1, |entry| entry["versionTime"] = time.clone().into());
        assert_eq!(forged.log().versions().len(), 2, "{time}");
    }
}

#[test]
fn wv_11_a_version_of_another_did_is_refused() {
    let other = hash::multihash(b"other");
    for book in [Book::plain(), updated()] {
        for id in [
            json!(format!("did:webvh:{other}:{PLACE}")),
            json!(format!("did:webvh:QmOther:{PLACE}")),
            json!(format!("did:webvh:{}:127.0.0.1", book.log().scid())),
            json!(format!("{}#x", book.did())),
            json!("did:web:school.example"),
            json!(1),
        ] {
            refuses(&book.forged(1, |entry| entry["state"]["id"] = id.clone()), NAME, &id.to_string());
        }
    }
    let (log, scid) = (updated().log(), updated().log().scid().to_owned());
    let did = Did::parse(&format!("did:webvh:{scid}:school.example")).unwrap();
    assert_eq!(log.require_did(&did).unwrap_err().check, NAME, "the same log at another place");
}

#[test]
fn wv_12_proofs_of_another_form_are_refused() {
    let book = updated();
    let [mine, other] = [key(1), key(9)].map(|key| key.public().to_multikey());
    let p256 = PrivateKey::generate(KeyType::P256, &Repeatable::new(1)).public().to_multikey();
    for (name, value) in [
        ("type", json!("Ed25519Signature2020")),
        ("cryptosuite", json!("eddsa-rdfc-2022")),
        ("cryptosuite", json!("ecdsa-jcs-2019")),
        ("cryptosuite", json!(null)),
        ("proofPurpose", json!("authentication")),
        ("verificationMethod", json!(format!("did:key:{other}#{mine}"))),
        ("verificationMethod", json!(format!("did:key:{mine}#{other}"))),
        ("verificationMethod", json!(format!("did:key:{mine}"))),
        ("verificationMethod", json!(format!("did:key:{p256}#{p256}"))),
        ("verificationMethod", json!(format!("{}#key-1", book.did()))),
        ("proofValue", json!("z")),
        ("proofValue", json!(format!("z{}", "1".repeat(89)))),
        ("proofValue", json!(format!("u{}", "A".repeat(86)))),
        ("@context", json!(["https://www.w3.org/ns/credentials/v2"])),
        ("created", json!("yesterday")),
        ("expires", json!("2020-01-01T00:00:00Z")),
    ] {
        let damaged = book.damaged(|entry| entry["proof"][0][name] = value.clone());
        let refusal = damaged.refusal();
        let expected = if value == "z" { PROOF } else { PROOF_FORM };
        assert_eq!(refusal.check, expected, "{name}: {value}");
    }
}

#[test]
fn wv_13_proofs_that_do_not_hold_are_refused() {
    let book = updated();
    refuses(&book.forged(9, |_| {}), PROOF, "a stranger's key");
    refuses(&book.forged(2, |_| {}), PROOF, "a key of the document");
    let damaged = book.damaged(|entry| entry["proof"][0]["created"] = json!("2024-01-01T00:00:00Z"));
    refuses(&damaged, PROOF, "another time");
    // A second proof that does not hold spoils the first.
    let stranger = book.forged(9, |_| {});
    let second = parse(stranger.text.lines().nth(1).unwrap().as_bytes(), Limits::MESSAGE).unwrap();
    let damaged =
        book.damaged(|entry| entry["proof"].as_array_mut().unwrap().push(second["proof"][0].clone()));
    refuses(&damaged, PROOF, "a second");
    // A key that was replaced signs no more, and one that is only being brought in not yet.
    let mut rotated = Book::plain();
    rotated.append(1, None, &by(3), day(1));
    assert_eq!(rotated.log().versions().len(), 2);
    rotated.append(1, None, &Change::default(), day(2));
    refuses(&rotated, PROOF, "the key before");
    let mut early = Book::plain();
    early.append(3, None, &by(3), day(1));
    refuses(&early, PROOF, "the key to come");
}

fn promising(seeds: &[u64]) -> Option<Vec<String>> {
    Some(seeds.iter().map(|seed| key_hash(key(*seed).public())).collect())
}

#[test]
fn wv_14_keys_that_were_not_promised_are_refused() {
    let book = Book::new(&Change { next_key_hashes: promising(&[3]), ..by(1) });
    let change = Change { next_key_hashes: promising(&[4]), ..by(3) };
    let mut honest = Book { text: book.text.clone() };
    honest.append(3, None, &change, day(1));
    assert_eq!(honest.log().versions().len(), 2);
    let keys = |seeds: &[u64]| Some(seeds.iter().map(|seed| key(*seed).public().clone()).collect::<Vec<_>>());
    for (signer, change, what) in [
        (1, Change { next_key_hashes: promising(&[4]), ..Change::default() }, "no keys stated"),
        (3, by(3), "no promises stated"),
        (1, Change { next_key_hashes: promising(&[4]), ..by(1) }, "the key before"),
        (9, Change { next_key_hashes: promising(&[4]), ..by(9) }, "a thief's key"),
        (3, Change { update_keys: keys(&[3, 9]), ..change.clone() }, "a thief's key beside the promised one"),
    ] {
        let mut broken = Book { text: book.text.clone() };
        broken.append(signer, None, &change, day(1));
        refuses(&broken, PRE_ROTATION, what);
    }
    // The entry that ends pre-rotation still keeps the promise; the one after it is signed by the keys of that.
    let end = Change { next_key_hashes: Some(Vec::new()), ..by(3) };
    let mut ended = Book { text: book.text };
    ended.append(3, None, &end, day(1)).append(3, None, &by(5), day(2));
    assert_eq!(ended.log().versions().len(), 3);
}

#[test]
fn wv_15_a_move_that_is_not_allowed_is_refused() {
    let portable = Book::new(&Change { portable: Some(true), ..by(1) });
    let there = portable.log().document_at("other.example").unwrap();
    let mut moved = Book { text: portable.text.clone() };
    moved.append(1, Some(&there), &Change::default(), day(1));
    assert!(moved.did().as_str().ends_with(":other.example"));
    for did in [portable.did(), moved.did()] {
        assert_eq!(moved.log().require_did(&did), Ok(()));
    }
    let silent = moved.forged(1, |entry| entry["state"]["alsoKnownAs"] = json!(["did:web:school.example"]));
    refuses(&silent, PORTABILITY, "without its name before");

    let fixed = Book::plain();
    let there = fixed.log().document_at("other.example").unwrap();
    let mut broken = Book { text: fixed.text.clone() };
    broken.append(1, Some(&there), &Change::default(), day(1));
    refuses(&broken, PORTABILITY, "a DID that may not move");
    let mut late = Book { text: fixed.text };
    late.append(1, None, &Change { portable: Some(true), ..Change::default() }, day(1));
    refuses(&late, PORTABILITY, "portable later");
    let mut again = Book { text: portable.text };
    again.append(1, None, &Change { portable: Some(false), ..Change::default() }, day(1));
    let there = again.log().document_at("other.example").unwrap();
    again.append(1, Some(&there), &Change::default(), day(2));
    refuses(&again, PORTABILITY, "portable no longer");
}

#[test]
fn wv_16_witnesses_that_could_not_witness_are_refused() {
    let [one, two] = [key(11), key(12)].map(|key| format!("did:key:{}", key.public().to_multikey()));
    let p256 = PrivateKey::generate(KeyType::P256, &Repeatable::new(1)).public().to_multikey();
    let ids = |ids: &[&str]| ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>();
    for witness in [
        json!({"threshold": 0, "witnesses": ids(&[&one])}),
        json!({"threshold": -1, "witnesses": ids(&[&one])}),
        json!({"threshold": "1", "witnesses": ids(&[&one])}),
        json!({"threshold": 1.5, "witnesses": ids(&[&one])}),
        json!({"threshold": null, "witnesses": ids(&[&one])}),
        json!({"threshold": 3, "witnesses": ids(&[&one, &two])}),
        json!({"threshold": 1, "witnesses": ids(&[&one, &one])}),
        json!({"threshold": 2, "witnesses": ids(&[&one, &one])}),
        json!({"threshold": 1, "witnesses": []}),
        json!({"threshold": 1, "witnesses": ids(&["did:web:a.example"])}),
        json!({"threshold": 1, "witnesses": ids(&[&format!("did:key:{p256}")])}),
        json!({"threshold": 1, "witnesses": ids(&[&format!("{one}#x")])}),
        json!({"threshold": 1, "witnesses": [one]}),
        json!({"threshold": 1, "witnesses": [{"id": one, "weight": 1}]}),
        json!({"threshold": 1}),
        json!({"witnesses": ids(&[&one])}),
        json!({"threshold": 1, "witnesses": ids(&[&one]), "more": 1}),
        json!([]),
        json!("x"),
    ] {
        let forged = updated().forged(1, |entry| entry["parameters"]["witness"] = witness.clone());
        refuses(&forged, WITNESSES, &witness.to_string());
    }
}

/// Of the keys of `seeds`.
fn witnesses(threshold: usize, seeds: &[u64]) -> Change {
    let keys = seeds.iter().map(|seed| key(*seed).public().to_multikey()).collect();
    Change { witnesses: Some(Some(Witnesses::new(threshold, keys).unwrap())), ..Change::default() }
}

fn approve(log: &Log, version: usize, seed: u64) -> (String, Value) {
    let version = &log.versions()[version - 1];
    let draft = version.approval(key(seed).public(), day(9)).unwrap();
    let signature = draft.signature(&key(seed)).unwrap();
    (version.id().to_owned(), draft.into_proof(&signature))
}

/// Whether the log is approved by the witnesses `seeds` of these versions.
fn witnessed(log: &Log, approvals: &[(usize, u64)]) -> bool {
    let add = |proofs: WitnessProofs, &(version, seed): &(usize, u64)| {
        let (id, proof) = approve(log, version, seed);
        proofs.with(&id, proof)
    };
    let proofs = approvals.iter().fold(WitnessProofs::none(), add);
    let read = WitnessProofs::read(proofs.to_json().to_string().as_bytes()).unwrap();
    match log.require_witnessed(&read, NOW) {
        Ok(()) => true,
        Err(refusal) => {
            assert_eq!(refusal.check, WITNESSED);
            false
        }
    }
}

#[test]
fn wv_17_a_version_without_its_threshold_of_witnesses_is_refused() {
    let first = Change { update_keys: by(1).update_keys, ..witnesses(2, &[11, 12, 13]) };
    let mut book = Book::new(&first);
    book.append(1, None, &Change::default(), day(1));
    let log = book.log();
    assert!(log.has_witnesses());
    assert!(witnessed(&log, &[(2, 11), (2, 12)]), "the last approval carries those before");
    assert!(witnessed(&log, &[(1, 11), (1, 12), (2, 12), (2, 13)]));
    for short in [
        &[][..],
        &[(2, 11)],
        &[(2, 11), (2, 11)],
        &[(2, 11), (1, 12)],
        &[(1, 11), (1, 12)],
        &[(2, 11), (2, 9)],
    ] {
        assert!(!witnessed(&log, short), "{short:?}");
    }
    // A genuine approval of another log, and one that another witness signed in a name that is not his.
    let mut other = Book::new(&Change { ttl: Some(60), ..first });
    other.append(1, None, &Change::default(), day(1));
    let foreign = [approve(&other.log(), 2, 11), approve(&other.log(), 2, 12)];
    let proofs = foreign.into_iter().fold(WitnessProofs::none(), |all, (id, proof)| all.with(&id, proof));
    assert_eq!(log.require_witnessed(&proofs, NOW).unwrap_err().check, WITNESSED);
    let renamed = [approve(&other.log(), 2, 11), approve(&other.log(), 2, 12)];
    let id = log.versions()[1].id();
    let proofs = renamed.into_iter().fold(WitnessProofs::none(), |all, (_, proof)| all.with(id, proof));
    assert_eq!(log.require_witnessed(&proofs, NOW).unwrap_err().check, WITNESSED);
    let (_, mut proof) = approve(&log, 2, 9);
    let multikey = key(12).public().to_multikey();
    proof["verificationMethod"] = format!("did:key:{multikey}#{multikey}").into();
    let mine = approve(&log, 2, 11);
    let proofs = WitnessProofs::none().with(id, proof).with(id, mine.1);
    assert_eq!(log.require_witnessed(&proofs, NOW).unwrap_err().check, WITNESSED);
}

/// When a list of witnesses acts: the first at once, a replacement and an end after the entry that brings them.
#[test]
fn wv_17_new_witnesses_do_not_approve_their_own_coming() {
    let mut book = Book::plain();
    book.append(1, None, &witnesses(1, &[11]), day(1));
    let log = book.log();
    assert!(!witnessed(&log, &[]), "the entry that brings the first witnesses");
    assert!(witnessed(&log, &[(2, 11)]));
    book.append(1, None, &witnesses(1, &[12]), day(2));
    let log = book.log();
    assert!(!witnessed(&log, &[(2, 11), (3, 12)]), "a thief of the update key brings his own witness");
    assert!(witnessed(&log, &[(3, 11)]));
    book.append(1, None, &Change { witnesses: Some(None), ..Change::default() }, day(3));
    let log = book.log();
    assert!(!witnessed(&log, &[(3, 11), (3, 12)]), "a thief of the update key sends the witnesses away");
    assert!(witnessed(&log, &[(3, 11), (4, 12)]));
    book.append(1, None, &Change::default(), day(4));
    assert!(witnessed(&book.log(), &[(3, 11), (4, 12)]), "nobody witnesses any more");
}

#[test]
fn wv_18_a_malformed_file_of_witness_proofs_is_refused() {
    let many = vec![json!({}); 1025];
    for text in [
        "",
        "x",
        "{}",
        "[1]",
        "[{}]",
        r#"[{"versionId":1,"proof":[]}]"#,
        r#"[{"versionId":"1-x","proof":"x"}]"#,
        &json!([{"versionId": "1-x", "proof": many}]).to_string(),
        &format!("[{}]", " ".repeat(1 << 20)),
    ] {
        assert_eq!(WitnessProofs::read(text.as_bytes()).unwrap_err().check, WITNESS_FILE, "{text:.60}");
    }
    let pruned = r#"[{"versionId":"1-x"}]"#;
    assert!(WitnessProofs::read(pruned.as_bytes()).is_ok(), "what should be pruned is let pass");
}

#[test]
fn wv_19_an_entry_behind_the_end_is_refused() {
    let mut book = Book::plain();
    book.append(1, None, &Change { deactivated: true, ..Change::default() }, day(1));
    assert!(book.log().is_deactivated());
    book.append(1, None, &Change::default(), day(2));
    refuses(&book, END, "an entry more");
    let revived = book.forged(1, |entry| entry["parameters"]["deactivated"] = json!(false));
    refuses(&revived, END, "revived");
}
