//! The verifier service: OpenID4VP 1.0 requests, judged responses, results for whoever asked.
