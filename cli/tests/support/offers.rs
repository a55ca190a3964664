//! An offer that the registrar of a served folder makes.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's helpers fail the test")]

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// What `request` asks of a tenant, as the admin whose token this is: link and transaction code.
pub(crate) fn offer((address, tenant): (&str, &str), admin: &str, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    // Another request is another mutation.
    let mut key = DefaultHasher::new();
    request.hash(&mut key);
    write!(
        stream,
        "POST /{tenant}/admin/offers HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {admin}\r\nIdempotency-Key: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{request}",
        key.finish(),
        request.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let json = &answer[answer.find('{').unwrap()..=answer.rfind('}').unwrap()];
    let made: serde_json::Value = serde_json::from_str(json).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("offer"), text("tx_code"))
}
