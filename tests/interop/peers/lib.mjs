// What the Node peers share: how the tests talk to them, their keys, and the callbacks that @openid4vc asks for.
//
// A peer reads one request a line on stdin, `{"op": …}`, and writes one answer a line on stdout: `{"ok": …}`, or
// `{"refused": "why"}` where the foreign implementation throws. It ends when stdin does.

import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto'
import { createInterface } from 'node:readline'

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
export const algorithm = (jwk) => (jwk.kty === 'OKP' ? 'EdDSA' : 'ES256')

/** Signs the JWS signing input `data` by a private JWK; base64url. */
export function signBy(jwk, data) {
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  const digest = jwk.kty === 'OKP' ? null : 'sha256'
  return sign(digest, Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

/** Whether `signature` (base64url) over `data` is by the key of a public JWK. */
export function isSignedBy(jwk, data, signature) {
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const digest = jwk.kty === 'OKP' ? null : 'sha256'
  return verify(digest, Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
}
