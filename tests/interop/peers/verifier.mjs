// A foreign verifier for our wallet: `@openid4vc/openid4vp` asks and reads the response, `@sd-jwt/sd-jwt-vc` verifies
// what was presented.

import { Openid4vpVerifier } from '@openid4vc/openid4vp'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { algorithm, callbacks, didOf, form, generateKey, hash, isSignedBy, listen, publicHalf, salt, serve, verifierOf } from './lib.mjs'

const key = generateKey('P-256')
const encryption = { ...generateKey('P-256'), kid: 'encryption', alg: 'ECDH-ES', use: 'enc' }
const verifier = new Openid4vpVerifier({ callbacks: callbacks([key, encryption]) })
const requests = new Map()

const base = await listen(async (request) => {
  const [, place, id] = request.path.match(/^\/(request|response)\/(.+)$/) ?? []
  const asked = requests.get(id)
  if (!asked) return { status: 404, body: {} }
  if (place === 'request') return { type: 'application/oauth-authz-req+jwt', body: await asked.sign(form(request.text).wallet_nonce) }
  if (asked.result) throw new Error('answered already')
  asked.result = await read(asked.payload, form(request.text)).catch((error) => ({ refused: error.message }))
  if (asked.result.refused) throw new Error(asked.result.refused)
  return { body: {} }
})

/** Reads and verifies a response. */
async function read(payload, authorizationResponse) {
  if (authorizationResponse.error) return { error: authorizationResponse.error }
  const parsed = await verifier.parseOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: payload,
    authorizationResponse,
    callbacks: callbacks([key, encryption]),
  })
  if (parsed.authorizationResponsePayload.state !== payload.state) throw new Error('another state')
  const [presentation] = parsed.dcql.presentations.student
  const issuer = verifierOf(presentation)
  const sdJwt = new SDJwtVcInstance({
    hasher: hash,
    verifier: issuer,
    statusVerifier: issuer,
    kbVerifier: (data, signature, { cnf }) => isSignedBy(cnf.jwk, data, signature),
  })
  const verified = await sdJwt.verify(presentation, { keyBindingNonce: parsed.expectedNonce })
  if (verified.kb.payload.aud !== payload.client_id) throw new Error('for another audience')
  return { encrypted: Boolean(parsed.jarm), claims: verified.payload, presentation }
}

/** How the verifier names itself and signs: by a certificate in `x5c` and its key, else by its did:jwk. */
function identity(x5c, certified) {
  if (!x5c) {
    const did = didOf(key)
    return { client_id: `decentralized_identifier:${did}`, jwtSigner: { method: 'did', didUrl: `${did}#0`, alg: algorithm(key) }, keys: [key] }
  }
  const client_id = `x509_hash:${hash(Buffer.from(x5c[0], 'base64'), 'sha-256').toString('base64url')}`
  return { client_id, jwtSigner: { method: 'x5c', x5c, alg: algorithm(certified) }, keys: [certified] }
}

/** What the verifier says of itself. */
const metadata = (encrypted) => ({
  vp_formats_supported: { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['EdDSA', 'ES256'], 'kb-jwt_alg_values': ['ES256'] } },
  ...(encrypted && { jwks: { keys: [publicHalf(encryption)] }, encrypted_response_enc_values_supported: ['A256GCM'] }),
})

await serve({
  /** Asks for the credential `student`. The request goes by value, or by reference: by `get` or `post`. */
  async ask({ vct, claims, encrypted, reference, x5c, key: certified }) {
    const id = salt(8)
    const { client_id, jwtSigner, keys } = identity(x5c, certified)
    const credential = { id: 'student', format: 'dc+sd-jwt', meta: { vct_values: [vct] }, claims: claims.map((path) => ({ path })) }
    const payload = {
      response_type: 'vp_token',
      response_mode: encrypted ? 'direct_post.jwt' : 'direct_post',
      response_uri: `${base}/response/${id}`,
      client_id,
      client_metadata: metadata(encrypted),
      nonce: salt(24),
      state: salt(16),
      dcql_query: { credentials: [credential] },
    }
    const make = (wallet_nonce) =>
      new Openid4vpVerifier({ callbacks: callbacks(keys) }).createOpenId4vpAuthorizationRequest({
        authorizationRequestPayload: { ...payload, ...(wallet_nonce && { wallet_nonce }) },
        jar: {
          jwtSigner,
          requestUri: reference && `${base}/request/${id}`,
          expiresInSeconds: 300,
          // The library would name the request's own address (OpenID4VP 1.0 §5.8).
          additionalJwtPayload: { aud: 'https://self-issued.me/v2' },
        },
        wallet: wallet_nonce && { expectedNonce: wallet_nonce },
      })
    const sign = async (wallet_nonce) => (await make(wallet_nonce)).jar.authorizationRequestJwt
    requests.set(id, { payload, sign })
    const { authorizationRequest } = await make()
    const link = reference === 'post' ? `${authorizationRequest}&request_uri_method=post` : authorizationRequest
    return { id, link, nonce: payload.nonce, client_id }
  },

  /** What came of a request. */
  result: ({ id }) => requests.get(id).result,
})
