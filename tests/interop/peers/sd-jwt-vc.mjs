// `@sd-jwt/sd-jwt-vc` as foreign issuer, holder and verifier of SD-JWT VCs.

import { createHeaderAndPayload, StatusList } from '@sd-jwt/jwt-status-list'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { algorithm, hash, isSignedBy, salt, serve, signBy } from './lib.mjs'

const common = { hasher: hash, saltGenerator: salt }

/** A disclosure frame that conceals the values at `paths`, with `decoys` decoys in each place that conceals any. */
function disclosureFrame(paths, decoys) {
  const frame = {}
  for (const path of paths) {
    let place = frame
    for (const step of path.slice(0, -1)) place = place[step] ??= {}
    place._sd ??= []
    place._sd.push(path.at(-1))
    place._sd_decoy = decoys
  }
  return frame
}

/**
 * A presentation frame that discloses the values at `paths`. The library counts decoys when it counts elements, which
 * are all concealed here: the n-th element is the n-th that `keys`, what can be presented, names.
 */
function presentationFrame(paths, keys) {
  const frame = {}
  for (const path of paths) {
    let [place, taken] = [frame, []]
    for (const [depth, step] of path.entries()) {
      const here = keys.map((key) => key.split('.')).filter((key) => `${key.slice(0, -1)}` === `${taken}`)
      const elements = here.map((key) => Number(key.at(-1))).sort((left, right) => left - right)
      const name = typeof step === 'number' ? elements[step] : step
      taken.push(name)
      place = place[name] ??= depth + 1 === path.length ? true : {}
    }
  }
  return frame
}

await serve({
  async issue({ claims, conceal, decoys, hashAlg, key, kid, holder }) {
    const signing = { signer: (data) => signBy(key, data), signAlg: algorithm(key) }
    const issuer = new SDJwtVcInstance({ ...common, ...signing, hashAlg })
    const bound = { ...claims, cnf: { jwk: holder } }
    return issuer.issue(bound, disclosureFrame(conceal, decoys), { header: { kid } })
  },

  async present({ credential, disclose, key, nonce, audience, now }) {
    const holder = new SDJwtVcInstance({ ...common, kbSigner: (data) => signBy(key, data), kbSignAlg: algorithm(key) })
    const kb = { payload: { iat: now, aud: audience, nonce } }
    return holder.present(credential, presentationFrame(disclose, await holder.presentableKeys(credential)), { kb })
  },

  async verify({ presentation, key, nonce, audience, statusList }) {
    const verifier = new SDJwtVcInstance({
      ...common,
      verifier: (data, signature) => isSignedBy(key, data, signature),
      kbVerifier: (data, signature, payload) => isSignedBy(payload.cnf.jwk, data, signature),
      statusListFetcher: () => statusList,
    })
    const { payload, kb } = await verifier.verify(presentation, { keyBindingNonce: nonce })
    // The library leaves the audience to its caller.
    if (kb.payload.aud !== audience) throw new Error('the key binding is for somebody else')
    return payload
  },

  /** A status list token with these values, two bits each. */
  async statusList({ uri, values, key, kid, now }) {
    const claims = { iss: kid.split('#')[0], sub: uri, iat: now, ttl: 300 }
    const unsigned = createHeaderAndPayload(new StatusList(values, 2), claims, { alg: algorithm(key), kid })
    const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const input = `${encode(unsigned.header)}.${encode(unsigned.payload)}`
    return `${input}.${signBy(key, input)}`
  },
})
