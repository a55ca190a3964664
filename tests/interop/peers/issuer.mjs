// A foreign issuer for our wallet: `@openid4vc/openid4vci` and `oauth2` as issuer and authorization server,
// `@sd-jwt/sd-jwt-vc` makes the credentials. It is a did:jwk, and offers by value or by reference.

import { Oauth2AuthorizationServer, Oauth2ResourceServer, preAuthorizedCodeGrantIdentifier } from '@openid4vc/oauth2'
import { Openid4vciIssuer } from '@openid4vc/openid4vci'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { algorithm, callbacks, didOf, form, generateKey, hash, listen, publicHalf, salt, serve, signBy } from './lib.mjs'

const CONFIGURATION = 'student-id'
const key = generateKey('Ed25519')
const did = didOf(key)
const shared = callbacks([key])
const [server, issuer, resources] = [Oauth2AuthorizationServer, Openid4vciIssuer, Oauth2ResourceServer].map(
  (kind) => new kind({ callbacks: shared })
)
const sdJwt = new SDJwtVcInstance({
  hasher: hash,
  hashAlg: 'sha-256',
  saltGenerator: salt,
  signer: (data) => signBy(key, data),
  signAlg: algorithm(key),
})

const offers = new Map()
const nonces = new Set()
const notifications = []
let vct = ''
let bound = false

const base = await listen(async (request) => {
  const handler = routes[`${request.method} ${request.path}`]
  if (handler) return handler(request)
  const [, id] = request.path.match(/^\/offer\/(.+)$/) ?? []
  return offers.has(id) ? { body: offers.get(id).object } : { status: 404, body: {} }
})

const metadata = () => ({
  originalDraftVersion: 'V1',
  authorizationServers: [serverMetadata()],
  credentialIssuer: issuerMetadata(),
  knownCredentialConfigurations: issuer.getKnownCredentialConfigurationsSupported(issuerMetadata()),
})

const serverMetadata = () =>
  server.createAuthorizationServerMetadata({
    issuer: base,
    token_endpoint: `${base}/token`,
    jwks_uri: `${base}/jwks`,
    'pre-authorized_grant_anonymous_access_supported': true,
    dpop_signing_alg_values_supported: ['ES256'],
  })

const issuerMetadata = () =>
  issuer.createCredentialIssuerMetadata({
    credential_issuer: base,
    credential_endpoint: `${base}/credential`,
    nonce_endpoint: `${base}/nonce`,
    notification_endpoint: `${base}/notification`,
    batch_credential_issuance: { batch_size: 3 },
    display: [{ name: 'Foreign University', locale: 'en' }],
    credential_configurations_supported: {
      [CONFIGURATION]: {
        format: 'dc+sd-jwt',
        vct,
        cryptographic_binding_methods_supported: ['jwk'],
        credential_signing_alg_values_supported: ['EdDSA'],
        proof_types_supported: { jwt: { proof_signing_alg_values_supported: ['ES256'] } },
        credential_metadata: { display: [{ name: 'Student ID', locale: 'en' }], claims: [{ path: ['name'] }] },
      },
    },
  })

const routes = {
  'GET /.well-known/openid-credential-issuer': () => ({ body: issuerMetadata() }),
  'GET /.well-known/oauth-authorization-server': () => ({ body: serverMetadata() }),
  'GET /jwks': () => ({ body: { keys: [{ ...publicHalf(key), use: 'sig' }] } }),

  async 'POST /token'(request) {
    const { accessTokenRequest, grant, dpop } = server.parseAccessTokenRequest({ request, accessTokenRequest: form(request.text) })
    const [id, offer] = [...offers].find(([, { code }]) => code === grant.preAuthorizedCode) ?? []
    const verified = await server.verifyPreAuthorizedCodeAccessTokenRequest({
      request,
      accessTokenRequest,
      grant,
      dpop,
      authorizationServerMetadata: serverMetadata(),
      expectedPreAuthorizedCode: offer?.code ?? '',
      expectedTxCode: offer?.txCode,
    })
    delete offer.code
    const signer = { method: 'jwk', publicJwk: publicHalf(key), alg: algorithm(key) }
    const token = { audience: base, authorizationServer: base, subject: id, expiresInSeconds: 300, signer, dpop: verified.dpop }
    bound ||= verified.dpop !== undefined
    return { body: await server.createAccessTokenResponse(token) }
  },

  'POST /nonce'() {
    const cNonce = salt(16)
    nonces.add(cNonce)
    return { body: issuer.createNonceResponse({ cNonce }) }
  },

  async 'POST /credential'(request) {
    const subject = await authorized(request)
    const parsed = issuer.parseCredentialRequest({ issuerMetadata: metadata(), credentialRequest: JSON.parse(request.text) })
    const used = new Set()
    const holders = parsed.proofs.jwt.map(async (jwt) => {
      const { nonce: expectedNonce } = JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url'))
      if (!nonces.has(expectedNonce)) throw new Error('a nonce of somebody else, or used')
      used.add(expectedNonce)
      return (await issuer.verifyCredentialRequestJwtProof({ issuerMetadata: metadata(), jwt, expectedNonce })).signer.publicJwk
    })
    const credentials = (await Promise.all(holders)).map(async (jwk) => ({ credential: await credential(subject, jwk) }))
    used.forEach((nonce) => nonces.delete(nonce))
    const response = { credentials: await Promise.all(credentials), notificationId: subject, credentialRequest: parsed }
    return { body: issuer.createCredentialResponse(response) }
  },

  async 'POST /notification'(request) {
    await authorized(request)
    notifications.push(JSON.parse(request.text))
    return { status: 204, body: '' }
  },
}

/** The offer that a request's access token is for. */
async function authorized(request) {
  const verified = await resources.verifyResourceRequest({ request, resourceServer: base, authorizationServers: [serverMetadata()] })
  return verified.tokenPayload.sub
}

/** A copy for the holder of `jwk`. */
function credential(id, jwk) {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: did, vct, iat: now, exp: now + 3600, cnf: { jwk }, ...offers.get(id).claims }
  const frame = { _sd: Object.keys(offers.get(id).claims), _sd_decoy: 2 }
  return sdJwt.issue(claims, frame, { header: { kid: `${did}#0` } })
}

await serve({
  /** Offers a credential of type `vct` with these claims. */
  async offer({ vct: type, claims, txCode, byReference }) {
    vct = type
    const id = salt(8)
    const code = salt(16)
    const made = await issuer.createCredentialOffer({
      issuerMetadata: metadata(),
      credentialConfigurationIds: [CONFIGURATION],
      grants: { [preAuthorizedCodeGrantIdentifier]: { 'pre-authorized_code': code, tx_code: { input_mode: 'numeric', length: 6 } } },
      credentialOfferUri: byReference ? `${base}/offer/${id}` : undefined,
    })
    offers.set(id, { claims, code, txCode, object: made.credentialOfferObject })
    return { link: made.credentialOffer, did, issuer: base }
  },

  /** What wallets notified. */
  notified: () => notifications,

  /** Whether a token was bound to a key of its wallet. */
  bound: () => bound,
})
