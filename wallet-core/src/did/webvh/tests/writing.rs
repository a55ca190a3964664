//! Writing logs, and resolving what was written.

use super::*;

#[test]
fn a_log_is_created_updated_rotated_moved_and_ended() {
    let first =
        Change { next_key_hashes: Some(vec![key_hash(key(3).public())]), portable: Some(true), ..by(1) };
    let mut book = Book::new(&first);
    let rotate =
        |next: u64, to: u64| Change { next_key_hashes: Some(vec![key_hash(key(next).public())]), ..by(to) };
    let did = book.did();
    let document = document(did.as_str(), &[4]);
    book.append(3, Some(&document), &rotate(5, 3), day(1));
    let there = book.log().document_at("new.example").unwrap();
    book.append(5, Some(&there), &rotate(6, 5), day(2));
    let end = Change { deactivated: true, next_key_hashes: Some(Vec::new()), ..by(6) };
    book.append(6, None, &end, day(3));

    let log = book.log();
    assert_eq!(log.versions().iter().map(Version::number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(log.is_deactivated() && log.versions()[3].is_portable());
    assert_eq!(log.versions()[2].did().as_str(), format!("did:webvh:{}:new.example", log.scid()));
    assert_eq!(there["alsoKnownAs"], json!([did.as_str()]));
    assert_eq!(there["assertionMethod"], json!([format!("did:webvh:{}:new.example#key-4", log.scid())]));
    for (query, number) in [
        (VersionQuery::Latest, Some(4)),
        (VersionQuery::Number(2), Some(2)),
        (VersionQuery::Number(5), None),
        (VersionQuery::Id(log.versions()[1].id().to_owned()), Some(2)),
        (VersionQuery::Id("2".into()), None),
        (VersionQuery::Time(START.minus(Seconds(1))), None),
        (VersionQuery::Time(START), Some(1)),
        (VersionQuery::Time(day(1).minus(Seconds(1))), Some(1)),
        (VersionQuery::Time(day(2)), Some(3)),
        (VersionQuery::Time(day(3)), None),
    ] {
        assert_eq!(log.version(&query).map(Version::number), number, "{query:?}");
    }
    assert!(log.continues(&log) && !Book::plain().log().continues(&log));
    let prefix: String = book.text.lines().take(2).map(|line| format!("{line}\n")).collect();
    let earlier = Log::read(prefix.as_bytes(), NOW).unwrap();
    assert!(log.continues(&earlier) && !earlier.continues(&log), "a log that was cut off");
}

#[test]
fn what_cannot_be_written_is_not_drafted() {
    let p256 = PrivateKey::generate(KeyType::P256, &Repeatable::new(1)).public().clone();
    let at = |place: &str, signer: &jigap_keys::PublicKey| {
        let document = document(&placeholder_did(place), &[2]);
        create(place, &document, &by(1), signer, START).map(|draft| draft.did().to_owned())
    };
    assert!(at(PLACE, key(1).public()).is_ok_and(|did| did.ends_with(PLACE)));
    assert_eq!(at("127.0.0.1", key(1).public()), Err(WriteError::Place));
    assert_eq!(at("a.example:..", key(1).public()), Err(WriteError::Place));
    assert_eq!(at(PLACE, &p256), Err(WriteError::Key));
    let other = document("did:webvh:x:y", &[2]);
    assert_eq!(create(PLACE, &other, &by(1), key(1).public(), START).err(), Some(WriteError::Document));
    let log = Book::plain().log();
    let update = log.update(Some(&json!({})), &Change::default(), key(1).public(), day(1));
    assert_eq!(update.err(), Some(WriteError::Document));
    assert_eq!(log.document_at("x..y").err(), Some(WriteError::Place));
}

#[test]
fn a_did_url_names_a_version() {
    let mut book = Book::plain();
    book.append(1, None, &Change { ttl: Some(60), ..Change::default() }, day(1));
    let (documents, did, log) = (book.documents(), book.did(), book.log());
    let number = |query: &str| {
        let url = DidUrl::parse(&format!("{did}{query}")).unwrap();
        resolve(&url, &documents).map(|it| it.metadata["versionNumber"].as_u64().unwrap())
    };
    assert_eq!(number(""), Ok(2));
    assert_eq!(number("?versionNumber=1"), Ok(1));
    assert_eq!(number(&format!("?versionId={}", log.versions()[0].id())), Ok(1));
    assert_eq!(number("?versionTime=2023-11-15T00:00:00Z"), Ok(1));
    assert_eq!(number("?versionTime=2025-01-01T00:00:00Z"), Ok(2));
    assert_eq!(number("?service=files"), Ok(2));
    assert_eq!(number("?versionTime=2000-01-01T00:00:00Z"), Err(ResolutionError::NotFound));
    assert_eq!(number("?versionNumber=3"), Err(ResolutionError::NotFound));
    for query in ["?versionNumber=x", "?versionTime=x", "?versionNumber=1&versionNumber=1"] {
        assert_eq!(number(query), Err(ResolutionError::InvalidDidUrl), "{query}");
    }
}

#[test]
fn the_services_of_every_did_are_added_unless_it_defines_them() {
    let mut book = Book::plain();
    let did = book.did();
    let resolved = |book: &Book| book.log().resolve(&VersionQuery::Latest).unwrap().document.unwrap();
    let services = resolved(&book)["service"].clone();
    assert_eq!(
        services,
        json!([{"id": "#files", "type": "relativeRef", "serviceEndpoint": "https://school.example/dids/hanbit/"},
            {"@context": "https://identity.foundation/linked-vp/contexts/v1", "id": "#whois",
             "type": "LinkedVerifiablePresentation", "serviceEndpoint": "https://school.example/dids/hanbit/whois.vp"}])
    );
    let mut document = document(did.as_str(), &[2]);
    let own = json!([{"id": format!("{did}#files"), "type": "relativeRef", "serviceEndpoint": "https://files.example"},
        {"id": "#whois", "type": "x", "serviceEndpoint": "https://who.example"}]);
    document["service"] = own.clone();
    book.append(1, Some(&document), &Change::default(), day(1));
    assert_eq!(resolved(&book)["service"], own);
}

#[test]
fn metadata_says_what_is_in_force() {
    let keys = vec![key(11).public().to_multikey()];
    let change = Change {
        witnesses: Some(Some(Witnesses::new(1, keys).unwrap())),
        watchers: Some(vec!["https://watch.example".into()]),
        ..by(1)
    };
    let log = Book::new(&change).log();
    let metadata = log.resolve(&VersionQuery::Latest).unwrap().metadata;
    assert_eq!(metadata["witness"]["threshold"], "1");
    assert_eq!(metadata["watchers"], json!(["https://watch.example"]));
    assert_eq!(
        (&metadata["ttl"], &metadata["portable"], &metadata["scid"]),
        (&json!("3600"), &json!(false), &json!(log.scid()))
    );
}

#[test]
fn a_log_and_then_its_witnesses_are_named_until_they_are_there() {
    let keys = vec![key(11).public().to_multikey()];
    let change = Change { witnesses: Some(Some(Witnesses::new(1, keys).unwrap())), ..by(1) };
    for (book, has_witnesses) in [(Book::plain(), false), (Book::new(&change), true)] {
        let did = book.did();
        let need = crate::did::needs(&did, &Documents::new()).unwrap();
        assert_eq!(need.url.as_str(), "https://school.example/dids/hanbit/did.jsonl");
        let mut documents = book.documents();
        let then = crate::did::needs(&did, &documents);
        assert_eq!(then.is_some(), has_witnesses);
        assert_eq!(crate::did::resolve(&did, &documents).is_ok(), !has_witnesses);
        let Some(then) = then else { continue };
        assert_eq!(then.url.as_str(), "https://school.example/dids/hanbit/did-witness.json");
        let draft = book.log().versions()[0].approval(key(11).public(), START).unwrap();
        let signature = draft.signature(&key(11)).unwrap();
        let proofs = WitnessProofs::none().with(book.log().versions()[0].id(), draft.into_proof(&signature));
        let bytes = proofs.to_json().to_string().into_bytes();
        documents.insert(then.url, Document { bytes, fetched_at: NOW, max_age: None });
        assert_eq!(crate::did::needs(&did, &documents), None);
        assert!(crate::did::resolve(&did, &documents).is_ok());
    }
    let did = Book::plain().did();
    let mut documents = Documents::new();
    documents.insert_missing(log_url(&did).unwrap());
    assert_eq!(crate::did::needs(&did, &documents), None);
    assert_eq!(crate::did::resolve(&did, &documents), Err(ResolutionError::NotFound));
}

/// A log is verified once for the bytes that were fetched, and again for others.
#[test]
fn a_kept_log_is_not_another_ones() {
    let book = Book::plain();
    let (did, url) = (book.did(), log_url(&book.did()).unwrap());
    let kept: KeptDocument =
        Document { bytes: book.text.clone().into(), fetched_at: NOW, max_age: None }.into();
    let mut documents = Documents::new();
    documents.insert(url.clone(), kept.clone());
    assert!(verified(&did, &documents).is_ok());
    assert!(kept.weight() > book.text.len(), "what was read is weighed");
    let mut longer = Book { text: book.text.clone() };
    longer.append(9, None, &Change::default(), day(1));
    let spoiled = Document { bytes: longer.text.into(), fetched_at: NOW, max_age: None };
    documents.insert(url.clone(), spoiled.clone());
    assert!(
        matches!(verified(&did, &documents), Err(ResolutionError::Webvh(refusal)) if refusal.check == PROOF)
    );
    documents.insert(url, kept.fetched_again(spoiled));
    assert_eq!(verified(&did, &documents).ok(), Some(&book.log()), "a failed refresh keeps what there is");
}

/// A host that hides the last entries, or shows another log that its update keys can make, is not believed again.
#[test]
fn a_log_that_was_cut_off_does_not_replace_the_longer_one() {
    let first = Book::plain();
    let (did, url) = (first.did(), log_url(&first.did()).unwrap());
    let mut longer = Book { text: first.text.clone() };
    longer.append(1, None, &by(3), day(1));
    let mut fork = Book { text: first.text.clone() };
    fork.append(1, None, &by(5), day(1)).append(5, None, &Change::default(), day(2));
    let fetched = |book: &Book| Document { bytes: book.text.clone().into(), fetched_at: NOW, max_age: None };
    let mut kept: KeptDocument = fetched(&first).into();
    for (book, versions) in [(&first, 1), (&longer, 2), (&first, 2), (&fork, 2), (&longer, 2)] {
        kept = kept.fetched_again(fetched(book));
        let mut documents = Documents::new();
        documents.insert(url.clone(), kept.clone());
        let log = verified(&did, &documents).unwrap();
        assert_eq!(log.versions().len(), versions);
        assert!(log.continues(&first.log()) && (versions == 1 || log.continues(&longer.log())));
    }
}

/// A thief of the update key and the host shows a longer log that no witness approved: it must not keep out the honest one.
#[test]
fn a_log_with_witnesses_is_replaced_by_what_they_approve() {
    let keys = vec![key(11).public().to_multikey()];
    let first = Book::new(&Change { witnesses: Some(Some(Witnesses::new(1, keys).unwrap())), ..by(1) });
    let url = log_url(&first.did()).unwrap();
    let mut stolen = Book { text: first.text.clone() };
    stolen.append(1, None, &by(9), day(1));
    let fetched = |book: &Book| Document { bytes: book.text.clone().into(), fetched_at: NOW, max_age: None };
    let kept: KeptDocument = fetched(&stolen).into();
    let mut documents = Documents::new();
    documents.insert(url.clone(), kept.clone());
    let unwitnessed = verified(&first.did(), &documents);
    assert!(matches!(unwitnessed, Err(ResolutionError::Webvh(refusal)) if refusal.check == WITNESSED));
    assert_eq!(kept.fetched_again(fetched(&first)).document().bytes, first.text.as_bytes());
}
