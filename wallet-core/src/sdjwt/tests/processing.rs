//! One hostile SD-JWT, at least, for each SD check.

use super::*;

/// A payload whose top level conceals these disclosures.
fn concealing(disclosures: &[&str]) -> Value {
    json!({"_sd": disclosures.iter().map(|one| digest_of(one)).collect::<Vec<_>>()})
}

#[test]
fn sd_01_a_malformed_serialization_is_refused() {
    let good = signed(json!({}), &[]);
    verify(&good).unwrap();
    let one = disclosure(json!(["s", "a", 1]));
    for (text, reason) in [
        (good.trim_end_matches('~').to_owned(), "sd-jwt-parts"),
        (String::new(), "sd-jwt-parts"),
        (format!("{good}~"), "sd-jwt-empty-part"),
        (format!("{good}~{one}~"), "sd-jwt-empty-part"),
        (format!("{good}{one}~~"), "sd-jwt-empty-part"),
        (good.clone() + &"a~".repeat(1025), "sd-jwt-disclosures"),
        (good.clone() + &"a".repeat(1024 * 1024), "sd-jwt-too-large"),
        (format!("{good}garbage"), "sd-jwt-tail"),
        (format!("{good}a.b"), "sd-jwt-tail"),
        (format!("{good}a.b.c.d"), "sd-jwt-tail"),
        (format!("{good}a..c"), "sd-jwt-tail"),
        (format!("{good}a.b."), "sd-jwt-tail"),
        (format!("{good}a.b.c "), "sd-jwt-tail"),
        (format!("{good}{{}}"), "sd-jwt-tail"),
    ] {
        assert_eq!(code(SdJwtVc::parse(&text)), ("SD-01", reason), "{:.80}", text);
    }
    assert_eq!(code(SdJwtVc::parse("~")).0, "JW-01");
}

#[test]
fn sd_02_an_unknown_or_nested_hash_function_is_refused() {
    for name in [
        json!("sha-1"),
        json!("SHA-256"),
        json!("sha-256-128"),
        json!("md5"),
        json!(""),
        json!(null),
        json!(["sha-256"]),
    ] {
        assert_eq!(
            code(verify(&signed(json!({"_sd_alg": name}), &[]))),
            ("SD-02", "sd-alg-unknown"),
            "{name}"
        );
    }
    let nested = json!({"a": {"_sd_alg": "sha-256"}});
    assert_eq!(code(verify(&signed(nested, &[]))), ("SD-02", "sd-alg-nested"));
    let disclosed = disclosure(json!(["s", "_sd_alg", "sha-512"]));
    assert_eq!(code(verify(&signed(concealing(&[&disclosed]), &[&disclosed]))), ("SD-02", "sd-alg-nested"));
}

#[test]
fn sd_03_duplicate_digest_is_refused() {
    let one = disclosure(json!(["s", "a", 1]));
    let element = disclosure(json!(["s", 1]));
    let (digest, element_digest) = (digest_of(&one), digest_of(&element));
    let parent = disclosure(json!(["s", "p", {"_sd": [digest]}]));
    for (payload, disclosures) in [
        (json!({"_sd": [digest, digest]}), vec![one.as_str()]),
        (json!({"_sd": [digest, digest]}), vec![]),
        (json!({"_sd": [digest], "b": {"_sd": [digest]}}), vec![one.as_str()]),
        (json!({"_sd": [element_digest], "b": [{"...": element_digest}]}), vec![]),
        (json!({"b": [{"...": element_digest}, {"...": element_digest}]}), vec![element.as_str()]),
        (json!({"_sd": [digest, digest_of(&parent)]}), vec![one.as_str(), parent.as_str()]),
    ] {
        assert_eq!(
            code(verify(&signed(payload.clone(), &disclosures))),
            ("SD-03", "digest-repeated"),
            "{payload}"
        );
    }
}

#[test]
fn sd_04_a_malformed_disclosure_is_refused() {
    for (bad, reason) in [
        ("====", "disclosure-base64url"),
        ("WyJz IiwxXQ", "disclosure-base64url"),
        ("WyJzIiwiYSIsMV0=", "disclosure-base64url"),
        ("eyJh", "disclosure-json"),
        (&base64url::encode("[\"s\",\"a\",1] x"), "disclosure-json"),
        (&base64url::encode("[\"s\",\"a\",{\"b\":1,\"b\":2}]"), "disclosure-json"),
        (&base64url::encode(b"[\"s\",\"a\",\"\xff\"]"), "disclosure-json"),
        (
            &base64url::encode(format!("[\"s\",\"a\",{}{}]", "[".repeat(60), "]".repeat(60))),
            "disclosure-json",
        ),
        (&disclosure(json!({"s": 1})), "disclosure-shape"),
        (&disclosure(json!([])), "disclosure-shape"),
        (&disclosure(json!(["s"])), "disclosure-shape"),
        (&disclosure(json!([1, "a", 1])), "disclosure-shape"),
        (&disclosure(json!(["s", 1, 1])), "disclosure-shape"),
        (&disclosure(json!(["s", "a", 1, 2])), "disclosure-shape"),
    ] {
        assert_eq!(code(verify(&signed(concealing(&[bad]), &[bad]))), ("SD-04", reason), "{bad}");
    }
}

#[test]
fn sd_04_a_disclosure_of_the_wrong_kind_for_its_place_is_refused() {
    let (element, member) = (disclosure(json!(["s", 1])), disclosure(json!(["s", "a", 1])));
    assert_eq!(code(verify(&signed(concealing(&[&element]), &[&element]))), ("SD-04", "disclosure-shape"));
    let array = json!({"b": [{"...": digest_of(&member)}]});
    assert_eq!(code(verify(&signed(array, &[&member]))), ("SD-04", "disclosure-shape"));
}

#[test]
fn sd_05_a_disclosure_nothing_refers_to_is_refused() {
    let (one, other) = (disclosure(json!(["s", "a", 1])), disclosure(json!(["s", "b", 1])));
    for (payload, disclosures) in [
        (json!({}), vec![one.as_str()]),
        (concealing(&[&one]), vec![one.as_str(), other.as_str()]),
        // A digest of the decoded bytes, or of another spelling of the same JSON, is not the digest of the disclosure.
        (json!({"_sd": [digest_of("[\"s\",\"a\",1]")]}), vec![one.as_str()]),
        (concealing(&[&base64url::encode("[\"s\", \"a\", 1]")]), vec![one.as_str()]),
    ] {
        assert_eq!(code(verify(&signed(payload, &disclosures))), ("SD-05", "disclosure-unreferenced"));
    }
    // A child without its parent (RFC 9901 §4.2.6).
    let parent = disclosure(json!(["s", "p", {"_sd": [digest_of(&one)]}]));
    assert_eq!(code(verify(&signed(concealing(&[&parent]), &[&one]))).0, "SD-05");
    // A disclosure that refers to itself cannot be made; one that is only referred to by another unreferenced one can.
    assert_eq!(code(verify(&signed(json!({}), &[&parent, &one]))).0, "SD-05");
}

#[test]
fn sd_06_a_disclosure_sent_twice_is_refused() {
    let one = disclosure(json!(["s", "a", 1]));
    assert_eq!(code(verify(&signed(concealing(&[&one]), &[&one, &one]))), ("SD-06", "disclosure-repeated"));
}

#[test]
fn sd_07_a_claim_already_at_its_level_is_refused() {
    let (one, other) = (disclosure(json!(["s", "a", 1])), disclosure(json!(["t", "a", 2])));
    let mut payload = concealing(&[&one]);
    payload["a"] = json!(0);
    assert_eq!(code(verify(&signed(payload, &[&one]))), ("SD-07", "claim-repeated"));
    assert_eq!(
        code(verify(&signed(concealing(&[&one, &other]), &[&one, &other]))),
        ("SD-07", "claim-repeated")
    );
    let nested = json!({"b": {"a": null, "_sd": [digest_of(&one)]}});
    assert_eq!(code(verify(&signed(nested, &[&one]))), ("SD-07", "claim-repeated"));
    // The same name at another level is another claim.
    verify(&signed(json!({"a": 0, "b": {"_sd": [digest_of(&one)]}}), &[&one])).unwrap();
}

#[test]
fn sd_08_reserved_claim_names_in_disclosures_are_refused() {
    for name in ["_sd", "..."] {
        let one = disclosure(json!(["s", name, ["x"]]));
        assert_eq!(code(verify(&signed(concealing(&[&one]), &[&one]))), ("SD-08", "claim-name-reserved"));
    }
}

#[test]
fn sd_09_misplaced_digests_are_refused() {
    let hidden = disclosure(json!(["s", "a", {"_sd": "x"}]));
    let placeholder = disclosure(json!(["s", {"...": "x"}]));
    for (payload, disclosures) in [
        (json!({"_sd": "x"}), vec![]),
        (json!({"_sd": {"a": 1}}), vec![]),
        (json!({"_sd": null}), vec![]),
        (json!({"_sd": [1]}), vec![]),
        (json!({"_sd": ["x", {"...": "y"}]}), vec![]),
        (json!({"...": "x"}), vec![]),
        (json!({"a": {"...": "x"}}), vec![]),
        (json!({"a": [{"...": 1}]}), vec![]),
        (json!({"a": [{"...": null}]}), vec![]),
        (json!({"a": [{"...": "x", "b": 1}]}), vec![]),
        (concealing(&[&hidden]), vec![hidden.as_str()]),
        (json!({"a": [{"...": digest_of(&placeholder)}]}), vec![placeholder.as_str()]),
    ] {
        assert_eq!(
            code(verify(&signed(payload.clone(), &disclosures))),
            ("SD-09", "digest-misplaced"),
            "{payload}"
        );
    }
}

#[test]
fn sd_10_claims_nested_too_deeply_through_disclosures_are_refused() {
    // Each disclosure holds an array in which the one before is concealed, so that no single one is deep.
    let chain = |links: usize| {
        let mut texts = vec![disclosure(json!(["s", 1]))];
        for _ in 1..links {
            let digest = digest_of(texts.last().unwrap());
            texts.push(disclosure(json!(["s", [{"...": digest}]])));
        }
        let payload = json!({"a": [{"...": digest_of(texts.last().unwrap())}]});
        signed(payload, &texts.iter().map(String::as_str).collect::<Vec<_>>())
    };
    // `a` and 31 indices are 32 steps.
    assert_eq!(verify(&chain(31)).unwrap().disclosed().len(), 31);
    assert_eq!(code(verify(&chain(32))), ("SD-10", "claims-too-deep"));
    assert_eq!(code(verify(&chain(1000))), ("SD-10", "claims-too-deep"));
}

#[test]
fn sd_11_a_credential_issued_with_key_binding_is_refused() {
    let good = signed(json!({}), &[]);
    SdJwtVc::parse(&good).unwrap().require_no_key_binding().unwrap();
    let bound = SdJwtVc::parse(&format!("{good}a.b.c")).unwrap();
    assert_eq!(code(bound.require_no_key_binding()), ("SD-11", "key-binding-unexpected"));
}

#[test]
fn sd_12_a_typ_other_than_dc_sd_jwt_is_refused() {
    let payload = json!({"vct": "urn:test"});
    for typ in ["vc+sd-jwt", "DC+SD-JWT", "application/dc+sd-jwt", "JWT", "kb+jwt", ""] {
        assert_eq!(
            code(verify(&signed_as(&header().typ(typ), &payload, &[]))),
            ("SD-12", "sd-jwt-vc-typ"),
            "{typ}"
        );
    }
    assert_eq!(code(verify(&signed_as(&header(), &payload, &[]))), ("SD-12", "sd-jwt-vc-typ"));
}

#[test]
fn sd_13_a_missing_or_malformed_vct_is_refused() {
    for payload in
        [json!({}), json!({"vct": null}), json!({"vct": ""}), json!({"vct": 1}), json!({"vct": ["urn:a"]})]
    {
        let text = signed_as(&header().typ("dc+sd-jwt"), &payload, &[]);
        assert_eq!(code(verify(&text)), ("SD-13", "vct-missing"), "{payload}");
    }
}

#[test]
fn sd_14_concealed_registered_claims_are_refused() {
    for name in ["iss", "nbf", "exp", "cnf", "vct#integrity", "aka_vcts", "status"] {
        let one = disclosure(json!(["s", name, "x"]));
        assert_eq!(
            code(verify(&signed(concealing(&[&one]), &[&one]))),
            ("SD-14", "claim-concealed"),
            "{name}"
        );
        // Concealed inside them, disclosed or not.
        let inside = json!({name: {"_sd": ["not-disclosed"]}});
        assert_eq!(code(verify(&signed(inside, &[]))), ("SD-14", "claim-concealed"), "{name}");
        let deep = json!({name: [{"a": [{"...": "not-disclosed"}]}]});
        assert_eq!(code(verify(&signed(deep, &[]))), ("SD-14", "claim-concealed"), "{name}");
        // Deeper down these are names like any other.
        let text = signed(json!({"sub": "x", "a": {"_sd": [digest_of(&one)]}}), &[&one]);
        assert_eq!(verify(&text).unwrap().claims()["a"][name], "x");
    }
    let vct = disclosure(json!(["s", "vct", "urn:test"]));
    let text = signed_as(&header().typ("dc+sd-jwt"), &concealing(&[&vct]), &[&vct]);
    assert_eq!(code(verify(&text)), ("SD-14", "claim-concealed"));
    for name in ["sub", "iat"] {
        let one = disclosure(json!(["s", name, if name == "sub" { json!("x") } else { json!(1) }]));
        verify(&signed(concealing(&[&one]), &[&one])).unwrap();
    }
}

#[test]
fn sd_15_registered_claims_of_the_wrong_type_are_refused() {
    for payload in [
        json!({"iss": 1}),
        json!({"iss": null}),
        json!({"sub": {}}),
        json!({"vct#integrity": []}),
        json!({"exp": "1700000000"}),
        json!({"nbf": null}),
        json!({"iat": true}),
        json!({"exp": 1e300}),
        json!({"cnf": "key"}),
        json!({"status": 1}),
        json!({"aka_vcts": "urn:other"}),
        json!({"aka_vcts": []}),
        json!({"aka_vcts": [1]}),
        json!({"aka_vcts": ["urn:other", "urn:test"]}),
    ] {
        assert_eq!(
            code(verify(&signed(payload.clone(), &[]))),
            ("SD-15", "registered-claim-type"),
            "{payload}"
        );
    }
    let sub = disclosure(json!(["s", "sub", 1]));
    assert_eq!(code(verify(&signed(concealing(&[&sub]), &[&sub]))).0, "SD-15");
}

#[test]
fn the_issuers_signature_is_verified_before_anything_is_processed() {
    let text = signed(json!({"_sd": "malformed"}), &[]);
    let stranger = PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(9));
    assert_eq!(
        code(SdJwtVc::parse(&text).unwrap().verify(stranger.public())),
        ("JW-07", "signature-mismatch")
    );
    assert_eq!(
        code(SdJwtVc::parse(&text).unwrap().verify(holder().public())),
        ("JW-05", "key-type-mismatch")
    );
}

#[test]
fn a_credential_kept_by_its_holder_is_processed_without_its_issuers_key() {
    let one = disclosure(json!(["s", "a", 1]));
    let text = signed(concealing(&[&one]), &[&one]);
    let kept = SdJwtVc::parse(&text).unwrap().dangerous_assume_verified().unwrap();
    assert_eq!(kept, verify(&text).unwrap());
    let bad = SdJwtVc::parse(&signed(json!({}), &[&one])).unwrap();
    assert_eq!(code(bad.dangerous_assume_verified()).0, "SD-05");
}

#[test]
fn registered_claims_are_read() {
    let payload = json!({
        "iss": "https://issuer.example", "vct": "urn:a", "aka_vcts": ["urn:b", "urn:c"], "vct#integrity": "sha256-x",
        "iat": 10, "nbf": 20.5, "exp": 30, "status": {"status_list": {"idx": 0, "uri": "https://status.example/1"}}
    });
    let vc = verify(&signed(payload.clone(), &[])).unwrap();
    assert_eq!(vc.types().collect::<Vec<_>>(), ["urn:a", "urn:b", "urn:c"]);
    assert_eq!(
        (vc.vct(), vc.issuer(), vc.vct_integrity()),
        ("urn:a", Some("https://issuer.example"), Some("sha256-x"))
    );
    assert_eq!([vc.issued_at(), vc.not_before(), vc.expires_at()].map(|at| at.unwrap().unix()), [10, 20, 30]);
    assert_eq!(vc.status(), Some(&payload["status"]));
    assert_eq!(vc.claims(), &payload);
    let bare = verify(&signed(json!({}), &[])).unwrap();
    assert_eq!((bare.issuer(), bare.expires_at(), bare.status()), (None, None, None));
    assert_eq!(bare.types().count(), 1);
}

#[test]
fn a_thousand_disclosures_of_one_object_take_no_more_than_their_share() {
    let texts: Vec<_> =
        (0..1024).map(|number| disclosure(json!(["s", format!("claim{number}"), number]))).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let vc = verify(&signed(concealing(&texts), &texts)).unwrap();
    assert_eq!(vc.disclosed().len(), 1024);
    assert_eq!(vc.claims()["claim1023"], 1023);
}

#[test]
fn an_array_tells_which_elements_of_it_are_withheld() {
    let claims =
        object(json!({"vct": "urn:test", "list": ["a", "b"], "open": ["c"], "in": {"deep": [["x"], "y"]}}));
    let concealed = [json!(["list", 0]), json!(["list", 1]), json!(["in", "deep", 0, 0])].map(path);
    let builder = SdJwtVcBuilder::new(claims).conceal(concealed);
    let text = builder.build(header(), &Repeatable::new(3)).unwrap().sign(&issuer()).unwrap();
    let whole = verify(&text).unwrap();
    assert_eq!(whole.withheld(), []);
    let withheld = |disclosed: &[ClaimPath]| {
        let presentation = whole.present(disclosed).unwrap().into_sd_jwt();
        verify(&presentation).unwrap().withheld().to_vec()
    };
    assert_eq!(withheld(&[path(json!(["list", null])), path(json!(["in", "deep", 0, 0]))]), []);
    assert_eq!(
        withheld(&[path(json!(["list", 1])), path(json!(["in", "deep", 0, 0]))]),
        [ThinnedArray { array: path(json!(["list"])), signed_at: vec![1] }]
    );
    assert_eq!(
        withheld(&[path(json!(["list", null]))]),
        [ThinnedArray { array: path(json!(["in", "deep", 0])), signed_at: Vec::new() }]
    );
}
