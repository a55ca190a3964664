//! Why a proof was not verified or not made. No variant carries a value of the document.

use jigap_keys::KeyError;
use jigap_keys::json::JsonError;

/// Why a document was refused. Its author's fault, unless the variant says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not one strict JSON value within the limits.
    #[error("the document is refused: {0}")]
    Json(#[from] JsonError),
    /// Not a JSON object.
    #[error("the document is not a JSON object")]
    NotAnObject,
    /// It has no `proof`, or an empty one.
    #[error("the document has no proof")]
    NoProof,
    /// More proofs than are looked at.
    #[error("the document has more than {} proofs", crate::MAX_PROOFS)]
    TooManyProofs,
    /// The named member of the proof is missing or malformed.
    #[error("the proof's `{0}` is missing or malformed")]
    MalformedProof(&'static str),
    /// Not a proof of a [`Cryptosuite`](crate::Cryptosuite), or not one that can be verified without contexts.
    #[error("the proof's type or cryptosuite is not supported")]
    UnsupportedSuite,
    /// `previousProof` names a proof that is not there, itself, or one of two with the same `id`.
    #[error("`previousProof` does not name other proofs of the document, each with an id of its own")]
    PreviousProof,
    /// `@context` is not a URL or a list of URLs of known contexts, or stands where none belongs. Contexts by value are
    /// refused: whoever shows a document could rename its terms without breaking the signature.
    #[error("`@context` is not a list of URLs, or stands where none belongs")]
    Context,
    /// A context that is not in the registry. It is never fetched.
    #[error("a context is not known here")]
    UnknownContext,
    /// Something that JSON-LD drops on its way to RDF, so that no signature covers it: `null`, an empty array, a
    /// keyword, a base direction, a blank node's name, an index. Or something that may not be said in so many ways: a name
    /// with a colon, a compact IRI, a second description of one thing.
    #[error("the document says something that no signature would cover")]
    Uncovered,
    /// What it says cannot be read back from its statements: a property has no name or several in the registry, or things
    /// are said about each other in a circle.
    #[error("what is signed cannot be read by the names that are known here")]
    Unreadable,
    /// JSON-LD refuses it: a term that no context defines, a relative URL, a broken rule of expansion.
    #[error("the document is not JSON-LD whose every term is defined")]
    JsonLd,
    /// Canonicalization would take more work than a document is worth (RDFC-1.0 §7.1, "dataset poisoning").
    #[error("the document's graph is too hard to canonicalize")]
    TooComplex,
    /// The caller's fault: keys of this type do not sign in the cryptosuite.
    #[error("the key does not fit the cryptosuite")]
    WrongKey,
    /// The signature is not the key's over this document and this proof configuration.
    #[error("the signature does not match")]
    BadSignature,
    /// The environment's fault: signing failed.
    #[error("signing failed: {0}")]
    Key(#[from] KeyError),
}

/// Why a context was not taken into the registry: the fault of who hands it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// Not an absolute URL.
    #[error("the context's address is not a URL")]
    Url,
    /// Not strict JSON, not an object with `@context`, or with something in it that is not understood here by itself: a
    /// word that another context defines, a context that is not known yet.
    #[error("not a JSON-LD context document that is understood here by itself")]
    Form,
    /// It renames a keyword, or defines a term as null: a document could then say what no signature covers.
    #[error("the context hides something from signatures")]
    Hides,
}
