//! How a publisher's key hands a trust list over to the next one (docs/TRUST-LIST.md §1): a statement that the earlier key
//! signs, carried by every list of the later one. So whoever pinned the earlier key follows, whenever it looks.
//!
//! A statement counts only under the very key that is trusted when it is read: one by a stranger, or by a key that was handed
//! over from already, is passed over, and then the list's own signature does not verify (`TL-03`).

use jigap_keys::PublicKey;
use jigap_keys::json::Limits;
use serde_json::{Value, json};

use super::entry::{identifier, moment, object};
use crate::jose::{Header, Jws, SignError, UnsignedJws};
use crate::time::Timestamp;

/// The `typ` of a statement.
pub const TYP: &str = "jigap-trust-signer+jwt";
/// Most statements that a list carries: older ones are left out.
pub const MAX: usize = 16;

/// Bounds of a statement.
const LIMITS: Limits = Limits { bytes: 8 * 1024, depth: 4 };

/// What `from` has to sign so that the list `id` is signed by `to` from now on.
///
/// # Errors
/// [`SignError`] if `from` does not sign.
pub fn hand_over(
    id: &str,
    from: &PublicKey,
    to: &PublicKey,
    now: Timestamp,
) -> Result<UnsignedJws, SignError> {
    let header = Header::for_key(from).ok_or(SignError::WrongKey)?.typ(TYP).kid(from.thumbprint());
    Ok(UnsignedJws::new(&header, &json!({"sub": id, "iat": now, "jwk": to.to_jwk()})))
}

/// Those of a publisher's own `statements`, in whatever order, that lead to `key`, the earliest first: what a list that `key`
/// signs carries.
pub fn leading_to(key: &PublicKey, statements: &[String]) -> Vec<String> {
    let read = |text: &String| {
        let jws = Jws::parse_within(text, LIMITS).ok()?;
        Some((jws.header().kid.clone()?, said(jws.unverified_payload())?.1.thumbprint(), text.clone()))
    };
    let mut left: Vec<_> = statements.iter().filter_map(read).collect();
    let (mut chain, mut key) = (Vec::new(), key.thumbprint());
    while chain.len() < MAX
        && let Some(at) = left.iter().position(|(_, to, _)| *to == key)
    {
        let (from, _, text) = left.swap_remove(at);
        chain.push(text);
        key = from;
    }
    chain.reverse();
    chain
}

/// Who signs the list `id` by its `statements`, for whoever trusts `pinned`.
pub(super) fn signer(statements: &[String], id: &str, pinned: &PublicKey) -> PublicKey {
    let mut signer = pinned.clone();
    for statement in statements {
        if let Some(next) = verified(statement, id, &signer) {
            signer = next;
        }
    }
    signer
}

/// The statements of a list, before anybody vouches for them; `None` if they are not what a list carries.
pub(super) fn statements(list: &Value) -> Option<Vec<String>> {
    let Some(member) = list.get(MEMBER) else { return Some(Vec::new()) };
    let texts = member.as_array().filter(|texts| (1..=MAX).contains(&texts.len()))?;
    texts.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

/// The member of a list that holds its statements.
pub(super) const MEMBER: &str = "handed_over";

fn verified(statement: &str, id: &str, key: &PublicKey) -> Option<PublicKey> {
    let jws = Jws::parse_within(statement, LIMITS).ok()?;
    jws.header().require_typ(TYP).ok()?;
    let jws = jws.verify(key).ok()?;
    said(jws.payload()).filter(|(list, _)| list == id).map(|(_, next)| next)
}

/// The list, and the key it is handed over to.
fn said(payload: &Value) -> Option<(String, PublicKey)> {
    let members = object(payload, &["sub", "iat", "jwk"], &[])?;
    moment(members.get("iat")?)?;
    let key = PublicKey::from_jwk(members.get("jwk")?).ok()?;
    Some((identifier(members.get("sub")?)?, key))
}
