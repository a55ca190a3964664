//! The trust list itself: a JWT that its publisher signs, and what it answers once verified (docs/TRUST-LIST.md).
//!
//! [`TrustListContent`] is what a publisher writes; a [`TrustList`] is only made by [`TrustList::verify`], for one list
//! id and one key that the caller trusts, or one that this key handed the list over to
//! ([`succession`](super::succession)). It never grows old unnoticed: [`TrustList::entry`] looks at the list's own
//! end again. Whoever keeps lists gives each to [`super::seen::take`], which
//! refuses a version older than one seen before.

use jigap_keys::json::Limits;
use jigap_keys::{PrivateKey, PublicKey};
use serde_json::{Value, json};

use super::document_signer::document_signer_key;
use super::entry::{Authorities, Mechanism, Names, TrustEntry, identifier, moment, object};
use super::index::Index;
use super::{PassTerms, TRUSTED, succession};
use crate::contexts::VERIFIABLE_CREDENTIAL;
use crate::did::Did;
use crate::jose::{Header, Jws, SignError, UnsignedJws};
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};
use crate::x509::{Leaf, MAX_CHAIN};

/// The `typ` of a trust list.
pub const TYP: &str = "jigap-trust-list+jwt";
/// The media type a trust list is served with.
pub const MEDIA_TYPE: &str = "application/jigap-trust-list+jwt";

/// TL-01: the payload is a trust list.
pub const FORM: Check = Check::new(
    "TL-01",
    "a trust list has exactly the members of its format, within their bounds",
    "신뢰 목록은 형식이 정한 항목만을 정해진 크기 안에서 갖습니다",
    "docs/TRUST-LIST.md §2",
);
/// TL-02: it says that it is one.
pub const TYPE: Check = Check::new(
    "TL-02",
    "the `typ` of a trust list is `jigap-trust-list+jwt`",
    "신뢰 목록의 `typ`는 `jigap-trust-list+jwt`입니다",
    "docs/TRUST-LIST.md §1; RFC 8725 §3.11",
);
/// TL-03: its publisher signed it.
pub const SIGNATURE: Check = Check::new(
    "TL-03",
    "the trust list is signed by the key of its publisher, or by one that it was handed over to",
    "신뢰 목록이 발행자의 키나 그 키가 넘겨준 키로 서명되어 있습니다",
    "docs/TRUST-LIST.md §1",
);
/// TL-04: it is neither from the future nor over.
pub const VALIDITY: Check = Check::new(
    "TL-04",
    "the trust list is valid at the time of judging",
    "신뢰 목록이 판정 시점에 유효합니다",
    "docs/TRUST-LIST.md §2; RFC 7519 §4.1.4, §4.1.6",
);
/// TL-05: an issuer stands in it once.
pub const UNIQUE: Check = Check::new(
    "TL-05",
    "each issuer has one entry in the trust list",
    "신뢰 목록에는 발급자마다 항목이 하나씩만 있습니다",
    "docs/TRUST-LIST.md §3",
);
/// TL-06: every entry is well-formed.
pub const ENTRY: Check = Check::new(
    "TL-06",
    "every entry of the trust list is complete and fixes exactly one mechanism",
    "신뢰 목록의 모든 항목은 빠짐이 없고 정확히 한 가지 방식을 정합니다",
    "docs/TRUST-LIST.md §3",
);
/// TL-07: it is the list that was asked for.
pub const IDENTITY: Check = Check::new(
    "TL-07",
    "the trust list is the one that the verifier chose",
    "검증자가 고른 바로 그 신뢰 목록입니다",
    "docs/TRUST-LIST.md §2",
);

const MALFORMED: Reason = Reason::new(
    "trust-list-malformed",
    "a member of the trust list is missing, unknown or of the wrong type",
    "신뢰 목록에 빠졌거나 알 수 없거나 자료형이 잘못된 항목이 있습니다",
);
const OTHER_TYPE: Reason =
    Reason::new("trust-list-typ", "the message is not a trust list", "신뢰 목록이 아닌 메시지입니다");
const FROM_THE_FUTURE: Reason = Reason::new(
    "trust-list-future",
    "the trust list says it was issued at {at}, which is in the future",
    "신뢰 목록의 발행 시각 {at}이(가) 아직 오지 않았습니다",
);
const EXPIRED: Reason =
    Reason::new("trust-list-expired", "the trust list ended at {at}", "신뢰 목록이 {at}에 만료되었습니다");
const BAD_ENTRY: Reason = Reason::new(
    "trust-entry-malformed",
    "an entry of the trust list is malformed",
    "신뢰 목록에 형식이 잘못된 항목이 있습니다",
);
const STRANGE_STATUS_ISSUER: Reason = Reason::new(
    "trust-entry-status-issuer",
    "an entry names a status issuer that the trust list does not have",
    "신뢰 목록에 없는 상태 발행자를 가리키는 항목이 있습니다",
);
const ANOTHER_LIST: Reason = Reason::new(
    "trust-list-other",
    "the publisher signed this as another trust list",
    "발행자가 다른 신뢰 목록으로 서명한 것입니다",
);
pub(crate) const UNKNOWN_ISSUER: Reason =
    Reason::new("issuer-unknown", "the issuer is not in the trust list", "발급자가 신뢰 목록에 없습니다");
const AMBIGUOUS: Reason = Reason::new(
    "issuer-ambiguous",
    "the credential names no issuer, and several entries of the trust list bear the name of its certificate",
    "증명서에 발급자가 없고, 인증서의 이름과 맞는 항목이 신뢰 목록에 여럿 있습니다",
);
const TYPE_NOT_ALLOWED: Reason = Reason::new(
    "type-not-allowed",
    "the issuer may not issue this type of credential",
    "발급자가 이 유형의 증명서를 발급하도록 허용되지 않았습니다",
);
const NOT_YET: Reason = Reason::new(
    "issuer-not-yet",
    "the issuer's trust begins at {at}",
    "발급자에 대한 신뢰는 {at}부터 시작됩니다",
);
const ENDED: Reason =
    Reason::new("issuer-ended", "the issuer's trust ended at {at}", "발급자에 대한 신뢰가 {at}에 끝났습니다");
const WITHDRAWN: Reason = Reason::new(
    "issuer-withdrawn",
    "the issuer's trust was withdrawn at {at}",
    "발급자에 대한 신뢰가 {at}에 철회되었습니다",
);
const NOT_ITS_STATUS: Reason = Reason::new(
    "status-issuer-unknown",
    "the signer of the status list does not act for the issuer",
    "상태 목록의 서명자가 발급자를 대신할 수 없습니다",
);

/// Bounds of a list.
const LIMITS: Limits = Limits { bytes: 4 << 20, depth: 12 };
/// Most entries.
const MAX_ENTRIES: usize = 10_000;
/// How far the clocks of publisher and verifier may differ.
const CLOCK_SKEW: Seconds = Seconds(60);
/// How long a list that nobody signed stands: as long as one judgement and more.
const A_DAY: Seconds = Seconds(86_400);

/// What a trust list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustListContent {
    /// `iss`: who publishes it, a URI.
    pub publisher: String,
    /// `sub`: the list's own id, a URI that stays the same from version to version.
    pub id: String,
    /// Grows with every change. Whoever has seen a higher one must not accept this.
    pub version: u64,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`: the moment from which it says nothing any more.
    pub expires_at: Timestamp,
    /// The issuers, each once.
    pub entries: Vec<TrustEntry>,
}

/// Why a list could not be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The caller's content breaks the format: nobody would accept it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The key could not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl TrustListContent {
    /// Signs the list.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn issue(&self, key: &PrivateKey, kid: Option<&str>) -> Result<String, IssueError> {
        Ok(self.unsigned(key.public(), kid)?.sign(key)?)
    }

    /// The list as a JWT without its signature, for a key that is elsewhere.
    ///
    /// # Errors
    /// [`IssueError::Refused`] if no verifier would accept the content, [`IssueError::Sign`] if `key` does not sign.
    pub fn unsigned(&self, key: &PublicKey, kid: Option<&str>) -> Result<UnsignedJws, IssueError> {
        self.unsigned_after(&[], key, kid)
    }

    /// The same, for a key that others handed the list over to: by their statements
    /// ([`leading_to`](super::succession::leading_to)) whoever pinned one of them follows.
    ///
    /// # Errors
    /// As [`Self::unsigned`].
    pub fn unsigned_after(
        &self,
        statements: &[String],
        key: &PublicKey,
        kid: Option<&str>,
    ) -> Result<UnsignedJws, IssueError> {
        let mut payload = self.to_json();
        if let (Some(members), false) = (payload.as_object_mut(), statements.is_empty()) {
            members.insert(succession::MEMBER.to_owned(), json!(statements));
        }
        Self::from_json(&payload)?;
        let mut header = Header::for_key(key).ok_or(SignError::WrongKey)?.typ(TYP);
        header.kid = kid.map(str::to_owned);
        Ok(UnsignedJws::new(&header, &payload))
    }

    fn to_json(&self) -> Value {
        json!({
            "iss": self.publisher,
            "sub": self.id,
            "version": self.version,
            "iat": self.issued_at,
            "exp": self.expires_at,
            "entries": self.entries.iter().map(TrustEntry::to_json).collect::<Vec<_>>(),
        })
    }

    fn from_json(value: &Value) -> Result<(Self, Index), Refusal> {
        let (mut content, entries) = read_head(value).ok_or(FORM.refuse(MALFORMED))?;
        for entry in entries {
            content.entries.push(TrustEntry::from_json(entry).ok_or(ENTRY.refuse(BAD_ENTRY))?);
        }
        let index = Index::new(&content.entries)?;
        let mut status_issuers = content.entries.iter().flat_map(|entry| &entry.status_issuers);
        if status_issuers.all(|issuer| index.of_issuer(issuer).is_some()) {
            Ok((content, index))
        } else {
            Err(ENTRY.refuse(STRANGE_STATUS_ISSUER))
        }
    }
}

/// Everything but the entries, which are still JSON.
fn read_head(value: &Value) -> Option<(TrustListContent, &[Value])> {
    let members = object(value, &["iss", "sub", "version", "iat", "exp", "entries"], &[succession::MEMBER])?;
    succession::statements(value)?;
    let entries = members.get("entries")?.as_array().filter(|entries| entries.len() <= MAX_ENTRIES)?;
    let content = TrustListContent {
        publisher: identifier(members.get("iss")?)?,
        id: identifier(members.get("sub")?)?,
        version: members.get("version")?.as_u64().filter(|version| *version > 0)?,
        issued_at: moment(members.get("iat")?)?,
        expires_at: moment(members.get("exp")?)?,
        entries: Vec::with_capacity(entries.len()),
    };
    (content.issued_at < content.expires_at).then_some((content, entries))
}

/// A trust list that its publisher signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustList {
    content: TrustListContent,
    /// None where nobody did: see [`Self::dangerous_of_one`].
    signer: Option<PublicKey>,
    index: Index,
}

impl TrustList {
    /// Verifies `jwt` as the list `id` of the publisher whose key is `key`, or was until it handed the list over.
    ///
    /// # Errors
    /// A refusal by TL-01 to TL-07, or by JW-… where `jwt` is no signed message at all.
    pub fn verify(jwt: &str, id: &str, key: &PublicKey, now: Timestamp) -> Result<Self, Refusal> {
        let jws = Jws::parse_within(jwt, LIMITS)?;
        if !jws.header().typ_is(TYP) {
            return Err(TYPE.refuse(OTHER_TYPE));
        }
        let statements = succession::statements(jws.unverified_payload()).ok_or(FORM.refuse(MALFORMED))?;
        let signer = succession::signer(&statements, id, key);
        let jws = jws.verify(&signer).map_err(|refusal| SIGNATURE.refuse(refusal.reason))?;
        let (content, index) = TrustListContent::from_json(jws.payload())?;
        if content.id != id {
            return Err(IDENTITY.refuse(ANOTHER_LIST));
        }
        if content.issued_at > now.plus(CLOCK_SKEW) {
            return Err(VALIDITY.refuse(FROM_THE_FUTURE.at(content.issued_at)));
        }
        let list = Self { content, signer: Some(signer), index };
        list.require_current(now)?;
        Ok(list)
    }

    /// The version that `jwt` has if it calls itself the list `id`. Who signed it and whether it counts now is not asked: for whoever
    /// signs the next one.
    pub fn unverified_version(jwt: &str, id: &str) -> Option<u64> {
        let jws = Jws::parse_within(jwt, LIMITS).ok()?;
        let (head, _) = read_head(jws.unverified_payload())?;
        (head.id == id).then_some(head.version)
    }

    /// A list that nobody signed: whoever `issuer` is, if it is a DID, it may issue `types` and plain credentials, from always
    /// on for a day. For verdicts that do not ask about trust ([`Scope::ProofAndStatus`](crate::verdict::Scope)) alone.
    pub(crate) fn dangerous_of_one(issuer: &str, mut types: Vec<String>, now: Timestamp) -> Self {
        types.push(VERIFIABLE_CREDENTIAL.to_owned());
        let (begin, end) = (Timestamp::from_unix(0), now.plus(A_DAY));
        let entry = Did::parse(issuer).ok().map(|did| TrustEntry {
            issuer: issuer.to_owned(),
            names: Names { ko: issuer.to_owned(), en: issuer.to_owned() },
            mechanism: Mechanism::Did(did.into()),
            keys: None,
            types,
            valid_from: begin,
            valid_until: end,
            withdrawn_since: None,
            passes: PassTerms::default(),
            authorities: Authorities::default(),
            status_issuers: Vec::new(),
        });
        Self::dangerous_unsigned(TrustListContent {
            publisher: String::new(),
            id: String::new(),
            version: 1,
            issued_at: begin,
            expires_at: end,
            entries: entry.into_iter().collect(),
        })
    }

    /// A list that nobody signed. Where an issuer stands twice in it, nobody is found.
    pub(super) fn dangerous_unsigned(content: TrustListContent) -> Self {
        Self { index: Index::new(&content.entries).unwrap_or_default(), content, signer: None }
    }

    /// What it says.
    pub fn content(&self) -> &TrustListContent {
        &self.content
    }

    /// Who signed it: the key to trust from now on in the place of the one it was verified with.
    pub fn signer(&self) -> Option<&PublicKey> {
        self.signer.as_ref()
    }

    /// The entry of `issuer`, whatever it may do: for showing its name.
    pub fn find(&self, issuer: &str) -> Option<&TrustEntry> {
        self.content.entries.get(self.index.of_issuer(issuer)?)
    }

    /// The entry of `issuer` if it may issue credentials of `credential_type` at `now`.
    ///
    /// # Errors
    /// A refusal by V-06 that tells an unknown issuer (`issuer-unknown`), another type (`type-not-allowed`) and another
    /// time (`issuer-not-yet`, `issuer-ended`, `issuer-withdrawn`) apart; by TL-04 if the list itself has ended.
    pub fn entry(&self, issuer: &str, credential_type: &str, now: Timestamp) -> Result<&TrustEntry, Refusal> {
        let entry = self.current(issuer, now)?;
        if entry.types.iter().any(|allowed| allowed == credential_type) {
            Ok(entry)
        } else {
            Err(TRUSTED.refuse(TYPE_NOT_ALLOWED))
        }
    }

    /// The entry that the certificate of who signed names: for a credential without `iss`, whose issuer is the certificate's
    /// subject (SD-JWT VC §2.2.2.2, §2.5). Nothing vouches for `leaf` yet: [`issuer_key`](super::issuer_key) verifies
    /// the chain to the anchors of the entry that was found.
    ///
    /// # Errors
    /// As [`Self::entry`]; also if several entries that may issue the type bear the leaf's name and pin no other key
    /// (`issuer-ambiguous`).
    pub fn entry_of_certificate(
        &self,
        leaf: &Leaf,
        credential_type: &str,
        now: Timestamp,
    ) -> Result<&TrustEntry, Refusal> {
        let named = self.at(self.index.naming(leaf)).filter(|entry| entry.pins(leaf.key()));
        let named: Vec<&TrustEntry> = named.collect();
        let may_issue = |entry: &&&TrustEntry| self.entry(&entry.issuer, credential_type, now).is_ok();
        let mut fitting = named.iter().filter(may_issue);
        match (fitting.next().or(named.first()), fitting.next()) {
            (None, _) => Err(TRUSTED.refuse(UNKNOWN_ISSUER)),
            (Some(_), Some(_)) => Err(TRUSTED.refuse(AMBIGUOUS)),
            (Some(entry), None) => self.entry(&entry.issuer, credential_type, now),
        }
    }

    /// The entry of whom the certificate of an mdoc's document signer (DER, first in `chain`) is from: the issuer with an anchor of
    /// the certificate's issuer, which may issue `doc_type` at `now`. An mdoc names no issuer, and its signer's certificate need
    /// bear no name but what the entry lists as `san`. Nothing vouches for the chain yet:
    /// [`document_signer_key`](super::document_signer_key) verifies it.
    ///
    /// # Errors
    /// As [`Self::entry_of_certificate`].
    pub fn entry_of_document_signer(
        &self,
        chain: &[Vec<u8>],
        doc_type: &str,
        now: Timestamp,
    ) -> Result<&TrustEntry, Refusal> {
        let related: Vec<&TrustEntry> = self.at(self.index.anchoring(chain.iter().take(1))).collect();
        let may_issue = |entry: &&TrustEntry| self.entry(&entry.issuer, doc_type, now).is_ok();
        let mut fitting: Vec<&TrustEntry> = related.iter().copied().filter(may_issue).collect();
        // Where none of those that fit certifies it, why not is told of one of them.
        let told = fitting.first().or(related.first()).copied();
        if fitting.len() > 1 {
            // Roots of one name: the signature tells.
            fitting.retain(|entry| document_signer_key(entry, chain, now).is_ok());
        }
        match (fitting.as_slice(), told) {
            ([entry], _) => Ok(entry),
            ([_, _, ..], _) => Err(TRUSTED.refuse(AMBIGUOUS)),
            ([], Some(told)) => self.entry(&told.issuer, doc_type, now),
            ([], None) => Err(TRUSTED.refuse(UNKNOWN_ISSUER)),
        }
    }

    /// The entry whose anchors certify who signed, whatever the certificate's names ([`Mechanism::X5cAny`]): for a credential that
    /// names no issuer and is that of no named certificate. Where several issuers of the type, also of former times, have
    /// anchors that the chain leads to, it is nobody's: none of them may inherit what another signed.
    ///
    /// # Errors
    /// As [`Self::entry_of_certificate`].
    pub fn entry_of_chain(
        &self,
        chain: &[Vec<u8>],
        credential_type: &str,
        now: Timestamp,
    ) -> Result<&TrustEntry, Refusal> {
        let unknown = TRUSTED.refuse(UNKNOWN_ISSUER);
        if chain.len() > MAX_CHAIN {
            return Err(unknown);
        }
        let related = self.at(self.index.anchoring(chain.iter()));
        let related = related.filter(|entry| matches!(entry.mechanism, Mechanism::X5cAny(_)));
        let (of_type, others): (Vec<&TrustEntry>, Vec<&TrustEntry>) =
            related.partition(|entry| entry.types.iter().any(|it| it == credential_type));
        let signed = |entry: &&&TrustEntry| {
            entry.anchors().is_some_and(|anchors| Leaf::verify(chain, anchors, now).is_ok())
        };
        let signed: Vec<&&TrustEntry> = of_type.iter().filter(signed).collect();
        match (signed.as_slice(), of_type.first().or(others.first())) {
            ([_, _, ..], _) => Err(TRUSTED.refuse(AMBIGUOUS)),
            ([entry], _) => self.entry(&entry.issuer, credential_type, now),
            // Related by the names alone: that its chain does not lead there is for who looks for the key.
            ([], Some(entry)) => self.entry(&entry.issuer, credential_type, now),
            ([], None) => Err(unknown),
        }
    }

    /// The entry of `signer` if it may sign, at `now`, the status lists of what `issuer` issued: the issuer itself, or
    /// one that its entry names.
    ///
    /// # Errors
    /// A refusal by V-06; by TL-04 if the list itself has ended.
    pub fn status_entry(&self, issuer: &str, signer: &str, now: Timestamp) -> Result<&TrustEntry, Refusal> {
        let entry = self.current(issuer, now)?;
        if issuer == signer {
            Ok(entry)
        } else if entry.status_issuers.iter().any(|named| named == signer) {
            self.current(signer, now)
        } else {
            Err(TRUSTED.refuse(NOT_ITS_STATUS))
        }
    }

    fn at(&self, places: impl IntoIterator<Item = usize>) -> impl Iterator<Item = &TrustEntry> {
        places.into_iter().filter_map(|at| self.content.entries.get(at))
    }

    fn current(&self, issuer: &str, now: Timestamp) -> Result<&TrustEntry, Refusal> {
        self.require_current(now)?;
        let entry = self.find(issuer).ok_or(TRUSTED.refuse(UNKNOWN_ISSUER))?;
        match entry.withdrawn_since {
            Some(since) if since <= now => Err(TRUSTED.refuse(WITHDRAWN.at(since))),
            _ if now < entry.valid_from => Err(TRUSTED.refuse(NOT_YET.at(entry.valid_from))),
            _ if now >= entry.valid_until => Err(TRUSTED.refuse(ENDED.at(entry.valid_until))),
            _ => Ok(entry),
        }
    }

    fn require_current(&self, now: Timestamp) -> Result<(), Refusal> {
        let end = self.content.expires_at;
        if now < end { Ok(()) } else { Err(VALIDITY.refuse(EXPIRED.at(end))) }
    }
}
