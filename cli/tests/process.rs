//! `jigap` as a process among others: the language that the environment asks for, and the signal that ends a service.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test's helpers fail the test, and start processes"
)]

#[path = "support/service.rs"]
mod service;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use service::{Service, init};

/// Whether `jigap` complains in Korean when these are all the variables there are.
fn speaks_korean(variables: &[(&str, &str)]) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jigap"));
    command.args(["serve", "--config", "/no/such/jigap.toml"]).env_clear();
    let output = command.envs(variables.iter().copied()).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("/no/such/jigap.toml"), "{said}");
    said.chars().any(|c| ('가'..='힣').contains(&c))
}

#[test]
fn lc_all_goes_before_every_other_variable() {
    assert!(speaks_korean(&[("LC_ALL", "ko_KR.UTF-8"), ("LC_MESSAGES", "en_US.UTF-8"), ("LANG", "C")]));
    assert!(!speaks_korean(&[("LC_ALL", "C"), ("LC_MESSAGES", "ko_KR.UTF-8"), ("LANG", "ko_KR.UTF-8")]));
}

#[test]
fn lc_messages_goes_before_lang() {
    assert!(speaks_korean(&[("LC_MESSAGES", "ko_KR.UTF-8"), ("LANG", "en_US.UTF-8")]));
    assert!(!speaks_korean(&[("LC_MESSAGES", "en_US.UTF-8"), ("LANG", "ko_KR.UTF-8")]));
    assert!(speaks_korean(&[("LC_ALL", ""), ("LC_MESSAGES", "ko_KR.UTF-8")]), "an empty one says nothing");
}

#[test]
fn lang_is_asked_last_and_english_is_spoken_where_nothing_is_said() {
    assert!(speaks_korean(&[("LANG", "ko_KR.UTF-8")]));
    assert!(speaks_korean(&[("LC_ALL", ""), ("LC_MESSAGES", ""), ("LANG", "ko")]));
    assert!(!speaks_korean(&[("LANG", "en_US.UTF-8")]));
    assert!(!speaks_korean(&[]));
}

#[test]
fn a_service_that_is_told_to_end_answers_first_and_has_kept_what_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    let (address, admin) = init(&here);
    let mut service = Service::start(&here);
    let claims = include_str!("../../schemas/student-id/examples/valid/minimal.json");
    let body =
        format!(r#"{{"credential_configuration_id": "student-id", "reference": "1", "claims": {claims}}}"#);
    let (now, later) = body.split_at(body.len() / 2);

    let mut slow = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /hanbit/admin/offers HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {admin}\r\n\
         Idempotency-Key: 1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{now}",
        body.len()
    );
    slow.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let kill = format!("kill -TERM {}", service.0.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let closed = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        TcpStream::connect(&address).is_err()
    });
    assert!(closed, "nobody new is let in");
    slow.write_all(later.as_bytes()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(service.0.wait().unwrap().code(), Some(0));

    let offer = answer.split(r#""id":""#).nth(1).unwrap().split('"').next().unwrap();
    let _again = Service::start(&here);
    let mut stream = TcpStream::connect(&address).unwrap();
    let get = format!("GET /hanbit/offers/{offer} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(get.as_bytes()).unwrap();
    let mut kept = String::new();
    stream.read_to_string(&mut kept).unwrap();
    assert!(kept.starts_with("HTTP/1.1 200") && kept.contains("pre-authorized_code"), "{kept}");
}
