// What the Node peers share: how the tests talk to them, their keys, and the callbacks that @openid4vc asks for.
//
// A peer reads one request a line on stdin, `{"op": …}`, and writes one answer a line on stdout: `{"ok": …}`, or
// `{"refused": "why"}` where the foreign implementation throws. It ends when stdin does.

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify, X509Certificate } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { clientAuthenticationAnonymous, setGlobalConfig } from '@openid4vc/oauth2'
import { CompactEncrypt, compactDecrypt, importJWK } from 'jose'

// The services of the tests are on loopback, without TLS.
setGlobalConfig({ allowInsecureUrls: true })

/** Answers requests by the handler named by `op`. */
export async function serve(handlers) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { op, ...request } = JSON.parse(line)
    let answer
    try {
      answer = { ok: (await handlers[op](request)) ?? null }
    } catch (error) {
      answer = { refused: describe(error) }
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
  process.exit(0)
}

/** The error and its causes in one line. */
function describe(error) {
  const cause = error.cause ? `: ${describe(error.cause)}` : ''
  return `${error.name}: ${error.message}${cause}`
}

export const hash = (data, alg) => createHash(alg.replace('sha-', 'sha')).update(data).digest()

export const salt = (bytes) => randomBytes(bytes).toString('base64url')

/** The JWS algorithm of a JWK. */
export const algorithm = ({ crv }) => ({ Ed25519: 'EdDSA', 'P-256': 'ES256', 'P-384': 'ES384' })[crv]

/** The digest that is signed; Ed25519 has its own. */
const digest = ({ crv }) => ({ 'P-256': 'sha256', 'P-384': 'sha384' })[crv] ?? null

/** Signs the JWS signing input `data` by a private JWK; base64url. */
export function signBy(jwk, data) {
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  return sign(digest(jwk), Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

/** Whether `signature` (base64url) over `data` is by the key of a public JWK. */
export function isSignedBy(jwk, data, signature) {
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  return verify(digest(jwk), Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
}

/** A new key pair, as a private JWK: `Ed25519` or `P-256`. */
export function generateKey(curve) {
  const made = curve === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: curve })
  return made.privateKey.export({ format: 'jwk' })
}

/** The public half of a JWK. */
export const publicHalf = ({ d, ...jwk }) => jwk

const DID_JWK = 'did:jwk:'

/** The did:jwk of a key. */
export const didOf = (jwk) => DID_JWK + Buffer.from(JSON.stringify(publicHalf(jwk))).toString('base64url')

/** The key of a did:jwk, or of a DID URL of its only key. */
export function keyOfDid(didUrl) {
  const [did] = didUrl.split('#')
  if (!did.startsWith(DID_JWK)) throw new Error(`no did:jwk: ${did}`)
  return JSON.parse(Buffer.from(did.slice(DID_JWK.length), 'base64url'))
}

/** A JSON part of a JWS. */
export const decode = (part) => JSON.parse(Buffer.from(part, 'base64url'))

/**
 * Verifies JWSs by the issuer of an SD-JWT VC, whether it is the credential or its status list: the key is in the
 * issuer's did:jwk, or in the metadata it publishes (SD-JWT VC §4).
 */
export function verifierOf(sdJwt) {
  const { iss } = decode(sdJwt.split('.')[1])
  return async (data, signature) => {
    const { kid } = decode(data.split('.')[0])
    return isSignedByIssuer(iss, kid, data, signature)
  }
}

/** Whether `signature` is by the key `kid` of `issuer`, in its did:jwk or in the metadata it publishes. */
export async function isSignedByIssuer(issuer, kid, data, signature) {
  return isSignedBy(issuer.startsWith(DID_JWK) ? keyOfDid(issuer) : await publishedKey(issuer, kid), data, signature)
}

async function publishedKey(issuer, kid) {
  const { origin, pathname } = new URL(issuer)
  const metadata = await (await fetch(`${origin}/.well-known/jwt-vc-issuer${pathname === '/' ? '' : pathname}`)).json()
  return metadata.jwks.keys.find((key) => metadata.issuer === issuer && key.kid === kid) ?? fail('the issuer has no such key')
}

/** What @openid4vc leaves to its caller: cryptography (for JWE `jose`), and the private keys `keys`. */
export function callbacks(keys) {
  const privateHalf = (jwk) => keys.find((key) => key.x === jwk.x) ?? fail('this key is not here')
  const keyOf = ({ method, didUrl, x5c, publicJwk }) => {
    if (method === 'did') return keyOfDid(didUrl)
    return method === 'x5c' ? certifiedKey(x5c[0]) : publicJwk
  }
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return {
    hash,
    fetch,
    generateRandom: randomBytes,
    clientAuthentication: clientAuthenticationAnonymous(),
    signJwt(signer, { header, payload }) {
      const [jwk, input] = [keyOf(signer), `${encode(header)}.${encode(payload)}`]
      return { jwt: `${input}.${signBy(privateHalf(jwk), input)}`, signerJwk: publicHalf(jwk) }
    },
    verifyJwt(signer, { compact }) {
      const [jwk, end] = [keyOf(signer), compact.lastIndexOf('.')]
      return { verified: isSignedBy(jwk, compact.slice(0, end), compact.slice(end + 1)), signerJwk: jwk }
    },
    async encryptJwe({ publicJwk, alg, enc, apu, apv }, data) {
      const jwe = new CompactEncrypt(Buffer.from(data)).setProtectedHeader({ alg, enc, kid: publicJwk.kid })
      const parties = Object.entries({ apu, apv }).filter(([, value]) => value)
      jwe.setKeyManagementParameters(Object.fromEntries(parties.map(([name, value]) => [name, Buffer.from(value, 'base64url')])))
      return { jwe: await jwe.encrypt(await importJWK(publicJwk, alg)), encryptionJwk: publicJwk }
    },
    async decryptJwe(jwe, { jwk }) {
      const { plaintext } = await compactDecrypt(jwe, await importJWK(privateHalf(jwk), 'ECDH-ES'))
      return { decrypted: true, decryptionJwk: jwk, payload: Buffer.from(plaintext).toString() }
    },
  }
}

const certifiedKey = (certificate) => new X509Certificate(Buffer.from(certificate, 'base64')).publicKey.export({ format: 'jwk' })

function fail(why) {
  throw new Error(why)
}

/** Serves HTTP on loopback by `respond(request)`, which returns `{ status?, type?, body }`; a thrown error is a 400. */
export async function listen(respond) {
  const server = createServer(async (incoming, outgoing) => {
    const chunks = []
    for await (const chunk of incoming) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const url = `http://${incoming.headers.host}${incoming.url}`
    const request = { method: incoming.method, path: incoming.url, url, headers: new Headers(incoming.headers), text }
    let answer
    try {
      answer = await respond(request)
    } catch (error) {
      answer = { status: 400, body: error.errorResponse ?? { error: 'invalid_request', error_description: describe(error) } }
    }
    const { status = 200, type = 'application/json', body } = answer
    outgoing.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
    outgoing.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  return `http://127.0.0.1:${server.address().port}`
}

/** The members of a form. */
export const form = (text) => Object.fromEntries(new URLSearchParams(text))
