// A foreign wallet: `@openid4vc/openid4vci` and `oauth2` take credentials from our issuer, `@openid4vc/openid4vp` and
// `@sd-jwt/sd-jwt-vc` answer our verifier. W3C credentials as JWT it reads and presents by node:crypto.

import { Oauth2Client } from '@openid4vc/oauth2'
import { Openid4vciClient } from '@openid4vc/openid4vci'
import { Openid4vpClient } from '@openid4vc/openid4vp'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { algorithm, callbacks, decode, generateKey, hash, isSignedByIssuer, keyOfDid, publicHalf, serve, signBy, verifierOf } from './lib.mjs'

/** What the wallet can encrypt responses by. */
const ENCRYPTION = {
  authorization_signing_alg_values_supported: [],
  authorization_encryption_alg_values_supported: ['ECDH-ES'],
  authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM'],
}

const keys = []
const held = []
const vci = new Openid4vciClient({ callbacks: callbacks(keys) })
const oauth2 = new Oauth2Client({ callbacks: callbacks(keys) })
const vp = new Openid4vpClient({ callbacks: callbacks(keys) })

/** Verifies a credential, its status included; returns its claims. */
async function verify(credential) {
  if (isJwtVc(credential)) {
    const [head, body, signature] = credential.split('.')
    const { typ, kid } = decode(head)
    const claims = decode(body)
    const holds = await isSignedByIssuer(claims.issuer, kid, `${head}.${body}`, signature)
    if (typ !== 'vc+jwt' || !holds) throw new Error('no vc+jwt of its issuer')
    return claims
  }
  const verifier = verifierOf(credential)
  const sdJwt = new SDJwtVcInstance({ hasher: hash, verifier, statusVerifier: verifier })
  return (await sdJwt.verify(credential)).payload
}

const isJwtVc = (credential) => !credential.includes('~')

/** A W3C credential as JWT in a presentation by its subject (VC-JOSE-COSE §3.1.2). */
function presentJwtVc(credential, key, { credentialSubject: { id: holder } }, bound) {
  const enveloped = {
    '@context': 'https://www.w3.org/ns/credentials/v2',
    type: 'EnvelopedVerifiableCredential',
    id: `data:application/vc+jwt,${credential}`,
  }
  const presentation = {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: ['VerifiablePresentation'],
    holder,
    verifiableCredential: [enveloped],
    ...bound,
  }
  const header = { alg: algorithm(key), typ: 'vp+jwt', cty: 'vp', kid: `${holder}#0` }
  const input = [header, presentation].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${signBy(key, input)}`
}

/** One proof for each key. */
async function proofs(issuerMetadata, credentialConfigurationId, batch, nonce) {
  const made = batch.map(async (key) => {
    const signer = { method: 'jwk', publicJwk: publicHalf(key), alg: algorithm(key) }
    return (await vci.createCredentialRequestJwtProof({ issuerMetadata, credentialConfigurationId, signer, nonce })).jwt
  })
  return { jwt: await Promise.all(made) }
}

await serve({
  /** Takes an offer, as many copies as there are curves; with another nonce than the issuer's where one is given. */
  async accept({ offer, txCode, curves, nonce }) {
    const credentialOffer = await vci.resolveCredentialOffer(offer)
    const issuerMetadata = await vci.resolveIssuerMetadata(credentialOffer.credential_issuer)
    const granted = await vci.retrievePreAuthorizedCodeAccessTokenFromOffer({ credentialOffer, issuerMetadata, txCode })
    const accessToken = granted.accessTokenResponse.access_token
    const [credentialConfigurationId] = credentialOffer.credential_configuration_ids
    const batch = curves.map(generateKey)
    keys.push(...batch)
    nonce ??= (await vci.requestNonce({ issuerMetadata })).c_nonce
    const { credentialResponse } = await vci.retrieveCredentials({
      issuerMetadata,
      accessToken,
      credentialConfigurationId,
      proofs: await proofs(issuerMetadata, credentialConfigurationId, batch, nonce),
    })
    const credentials = credentialResponse.credentials.map(({ credential }) => credential)
    const claims = await Promise.all(credentials.map(verify))
    held.push(...credentials.map((credential, index) => ({ credential, claims: claims[index] })))
    const notification = { event: 'credential_accepted', notificationId: credentialResponse.notification_id }
    await vci.sendNotification({ issuerMetadata, accessToken, notification })
    return { version: issuerMetadata.originalDraftVersion, claims }
  },

  /**
   * Takes an offer with tokens bound to a key of ours, and then more by the refresh token, as often as `rounds` says; in the last
   * round by another key than the tokens' where `thief` says so.
   */
  async refresh({ offer, txCode, rounds, thief }) {
    const credentialOffer = await vci.resolveCredentialOffer(offer)
    const issuerMetadata = await vci.resolveIssuerMetadata(credentialOffer.credential_issuer)
    const [authorizationServerMetadata] = issuerMetadata.authorizationServers
    const [credentialConfigurationId] = credentialOffer.credential_configuration_ids
    const signedBy = (key) => ({ signer: { method: 'jwk', publicJwk: publicHalf(key), alg: algorithm(key) } })
    const [own, stolen] = ['P-256', 'P-256'].map(generateKey)
    keys.push(own, stolen)
    const dpop = signedBy(own)
    let granted = await vci.retrievePreAuthorizedCodeAccessTokenFromOffer({ credentialOffer, issuerMetadata, txCode, dpop })
    const taken = []
    for (let round = 0; ; round++) {
      const { access_token: accessToken, token_type: tokenType, refresh_token: refreshToken } = granted.accessTokenResponse
      const key = generateKey('P-256')
      keys.push(key)
      const { c_nonce: nonce } = await vci.requestNonce({ issuerMetadata })
      const { credentialResponse } = await vci.retrieveCredentials({
        issuerMetadata,
        accessToken,
        credentialConfigurationId,
        dpop,
        proofs: await proofs(issuerMetadata, credentialConfigurationId, [key], nonce),
      })
      const notification = { event: 'credential_accepted', notificationId: credentialResponse.notification_id }
      await vci.sendNotification({ issuerMetadata, accessToken, notification, dpop })
      taken.push({ tokenType, refreshToken, claims: await verify(credentialResponse.credentials[0].credential) })
      if (round === rounds) return taken
      const by = thief && round + 1 === rounds ? signedBy(stolen) : dpop
      granted = await oauth2.retrieveRefreshTokenAccessToken({ authorizationServerMetadata, refreshToken, dpop: by })
    }
  },

  /** Answers a request with the copy at `index`; for another audience or nonce where one is given. */
  async answer({ link, index, disclose, audience, nonce }) {
    const parsed = vp.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link })
    const request = await vp.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: parsed.params })
    const { authorizationRequestPayload: payload, client, dcql } = request
    const { credential, claims } = held[index]
    const { x } = claims.cnf?.jwk ?? keyOfDid(claims.credentialSubject.id)
    const key = keys.find((key) => key.x === x)
    const holder = new SDJwtVcInstance({
      hasher: hash,
      kbSigner: (data) => signBy(key, data),
      kbSignAlg: algorithm(key),
    })
    const bound = { iat: Math.floor(Date.now() / 1000), aud: audience ?? client.effective, nonce: nonce ?? payload.nonce }
    const presentation = isJwtVc(credential)
      ? presentJwtVc(credential, key, claims, bound)
      : await holder.present(credential, disclose, { kb: { payload: bound } })
    const encrypted = payload.response_mode === 'direct_post.jwt'
    const response = await vp.createOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: payload,
      authorizationResponsePayload: { vp_token: { [dcql.query.credentials[0].id]: [presentation] } },
      jarm: encrypted ? { encryption: {}, serverMetadata: ENCRYPTION } : undefined,
    })
    const sent = await vp.submitOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: payload,
      authorizationResponsePayload: response.authorizationResponsePayload,
      jarm: response.jarm,
    })
    return { version: request.version, mode: sent.responseMode, status: sent.response.status, body: await sent.response.json() }
  },
})
