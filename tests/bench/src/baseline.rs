//! The same server doing only the signatures of a request: as many verified and made as the real one verifies and makes,
//! over messages of their size, with bodies as long both ways. No store, no JSON, no other cryptography.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::entropy::OsEntropy;

use crate::{BenchError, broken};

/// Bytes of what is signed: what an issuer signs of a student ID.
const MESSAGE: usize = 1400;

struct Signatures {
    key: PrivateKey,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// `POST /baseline/{verified}/{made}/{reply}`: signatures verified, signatures made, bytes answered.
pub(crate) fn routes() -> Result<Router, BenchError> {
    let key = PrivateKey::generate(KeyType::P256, &OsEntropy);
    let message = vec![b'x'; MESSAGE];
    let signature = key.sign(&message).map_err(broken("a signature"))?;
    let state = Arc::new(Signatures { key, message, signature });
    Ok(Router::new().route("/baseline/{verified}/{made}/{reply}", post(answer)).with_state(state))
}

async fn answer(
    State(signatures): State<Arc<Signatures>>,
    Path((verified, made, reply)): Path<(usize, usize, usize)>,
    _body: Bytes,
) -> Response {
    let Signatures { key, message, signature } = &*signatures;
    let good = (0..verified).all(|_| key.public().verify(message, signature).is_ok())
        && (0..made).all(|_| key.sign(message).is_ok());
    if good { vec![b'x'; reply].into_response() } else { StatusCode::INTERNAL_SERVER_ERROR.into_response() }
}
