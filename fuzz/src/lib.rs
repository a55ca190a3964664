//! One fuzz target per parser of foreign bytes: what it does with them, what must hold then, and where fuzzing begins.
//!
//! A target is a function that panics where a property is broken: what is printed is read back the same, what is
//! canonical stays so, **what is verified was signed** (every signed input is known, see `seeds`), and nothing panics
//! or hangs. `cargo xtask fuzz` drives the targets by libFuzzer (`fuzz/libfuzzer`); `cargo nextest` replays the corpus.
//!
//! Input that begins with `{` is signed by a key of our own where a target wants a signed message: so mutation reaches
//! what stands behind the signature.

#![expect(clippy::panic, reason = "a broken property is reported by a panic: that is what a fuzzer finds")]

#[cfg(feature = "bbs")]
mod bbs;
mod bitstring;
#[cfg(feature = "bbs")]
mod blind;
mod dcql;
mod did;
mod dsub;
mod ecdsa_sd;
mod enclosed;
mod entry_log;
mod facts;
mod fixtures;
mod hcert;
mod jcs;
mod jose;
mod judge;
mod keys;
mod ldp;
mod lote;
mod mdoc;
mod pass;
mod people;
// As `services`.
#[cfg(not(test))]
mod pem;
mod pictures;
mod sdjwt;
// Its sources would bring their tests.
#[cfg(not(test))]
mod services;
mod status;
mod talk;
mod trust;
mod type_metadata;
mod vci;
mod vcjwt;
mod verdict;
mod voprf;
mod vp;
mod wallet;
mod webvh;
mod x509;

/// A parser under test.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name: the folder of its corpus.
    pub name: &'static str,
    /// Parses the bytes and checks the properties.
    ///
    /// # Panics
    /// Where a property does not hold.
    pub run: fn(&[u8]),
    /// Where fuzzing begins: honest input made by our own code, the same in every run.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

const fn target(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target { name, run, seeds }
}

/// All targets, by name.
pub const TARGETS: &[Target] = &[
    target("backup", wallet::backup, wallet::backup_seeds),
    target("base64url", keys::base64url, keys::base64url_seeds),
    #[cfg(feature = "bbs")]
    target("bbs_base", bbs::base, bbs::base_seeds),
    #[cfg(feature = "bbs")]
    target("bbs_derived", bbs::derived, bbs::derived_seeds),
    target("bitstring", bitstring::list, bitstring::list_seeds),
    #[cfg(feature = "bbs")]
    target("blind", blind::points, blind::points_seeds),
    target("blind_answer", pass::blind_answer, pass::blind_answer_seeds),
    target("cbor", mdoc::item, mdoc::item_seeds),
    target("consultation", talk::consultation, talk::consultation_seeds),
    target("contact_answer", talk::answered, talk::answered_seeds),
    target("contact_disclosure", talk::disclosed, talk::disclosed_seeds),
    target("contact_message", talk::sealed, talk::sealed_seeds),
    target("contact_report", talk::reported, talk::reported_seeds),
    target("contact_request", talk::request, talk::request_seeds),
    target("cose", mdoc::message, mdoc::message_seeds),
    target("cose_key", keys::cose_key, keys::cose_key_seeds),
    target("data_integrity", ldp::data_integrity, ldp::data_integrity_seeds),
    target("dcql", dcql::query, dcql::query_seeds),
    target("device_response", mdoc::device_response, mdoc::device_response_seeds),
    target("did", did::did, did::did_seeds),
    target("did_document", did::document, did::document_seeds),
    target("did_log", webvh::log, webvh::log_seeds),
    target("did_witness", webvh::witness, webvh::witness_seeds),
    target("dsub", dsub::open, dsub::open_seeds),
    target("ecdsa_sd_base", ecdsa_sd::base, ecdsa_sd::base_seeds),
    target("ecdsa_sd_derived", ecdsa_sd::derived, ecdsa_sd::derived_seeds),
    target("entry_log", entry_log::document, entry_log::seeds),
    target("fact_batch", facts::batch, facts::batch_seeds),
    target("feed_consent", facts::consent, facts::consent_seeds),
    target("frame", pictures::frame, pictures::frame_seeds),
    target("hcert", hcert::hcert, hcert::hcert_seeds),
    #[cfg(not(test))]
    target("http_form", services::http_form, services::http_form_seeds),
    #[cfg(not(test))]
    target("http_headers", services::http_headers, services::http_headers_seeds),
    target("issuer_metadata", trust::issuer_metadata, trust::issuer_metadata_seeds),
    target("issuer_signed", mdoc::issuer_signed, mdoc::issuer_signed_seeds),
    target("jcs", jcs::jcs, jcs::jcs_seeds),
    target("json", keys::json, keys::json_seeds),
    target("judge", judge::judge, judge::judge_seeds),
    target("jwe", jose::jwe, jose::jwe_seeds),
    target("jwk", keys::jwk, keys::jwk_seeds),
    target("jws", jose::jws, jose::jws_seeds),
    target("key_der", keys::key_der, keys::key_der_seeds),
    target("ldp", ldp::ldp, ldp::ldp_seeds),
    target("lote", lote::list, lote::list_seeds),
    target("multikey", keys::multikey, keys::multikey_seeds),
    target("pass_code", pass::pass_code, pass::pass_code_seeds),
    target("pass_mark", pass::pass_mark, pass::pass_mark_seeds),
    #[cfg(not(test))]
    target("pem", pem::pem, pem::pem_seeds),
    target("people_query", people::query, people::query_seeds),
    target("persona_listing", people::listing, people::listing_seeds),
    target("persona_statement", people::statement, people::statement_seeds),
    target("picture", pictures::picture, pictures::picture_seeds),
    target("pointers", ecdsa_sd::pointers, ecdsa_sd::pointer_seeds),
    target("rating", talk::rating, talk::rating_seeds),
    target("rating_key", talk::rating_key, talk::rating_key_seeds),
    #[cfg(not(test))]
    target("register", services::register, services::register_seeds),
    target("sd_jwt", sdjwt::sd_jwt, sdjwt::sd_jwt_seeds),
    target("signed_verdict", verdict::signed, verdict::signed_seeds),
    target("status_credential", bitstring::status_credential, bitstring::status_credential_seeds),
    target("status_cwt", status::status_cwt, status::cwt_seeds),
    target("status_hint", facts::hint, facts::hint_seeds),
    target("status_list", status::list, status::list_seeds),
    target("status_token", status::status_token, status::token_seeds),
    target("trust_bundle", trust::bundle, trust::bundle_seeds),
    target("trust_list", trust::list, trust::list_seeds),
    target("type_metadata", type_metadata::type_metadata, type_metadata::type_metadata_seeds),
    target("vc_cose", enclosed::vc_cose, enclosed::vc_cose_seeds),
    target("vc_jwt", vcjwt::vc_jwt, vcjwt::vc_jwt_seeds),
    target("vc_sd_jwt", enclosed::vc_sd_jwt, enclosed::vc_sd_jwt_seeds),
    target("vci_dpop", vci::dpop, vci::dpop_seeds),
    target("vci_messages", vci::messages, vci::messages_seeds),
    target("vci_metadata", vci::metadata, vci::metadata_seeds),
    target("vci_offer", vci::offer, vci::offer_seeds),
    target("vci_proof", vci::proof, vci::proof_seeds),
    target("venue_code", pass::venue_code, pass::venue_code_seeds),
    target("voprf", voprf::exchange, voprf::exchange_seeds),
    target("vp_link", vp::link, vp::link_seeds),
    target("vp_request", vp::request, vp::request_seeds),
    target("vp_response", vp::response, vp::response_seeds),
    target("x509", x509::chain, x509::chain_seeds),
];

/// The target of this name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Every seed of every target: among them everything our keys ever signed in the open.
pub(crate) fn seeds() -> impl Iterator<Item = Vec<u8>> {
    TARGETS.iter().flat_map(|target| (target.seeds)())
}
