// did:webvh 1.0 by `didwebvh-ts`: writes logs and approves versions as controller and witness, resolves logs as a resolver.
// It leaves Ed25519 to its caller: `node:crypto` signs and verifies. Keys come as private JWKs with their Multikey.

import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import {
  AbstractCrypto, MultibaseEncoding, createDID, createProof, deactivateDID, deriveNextKeyHash, multibaseEncode, prepareDataForSigning,
  resolveDIDFromLog, updateDID
} from 'didwebvh-ts'
import { serve } from './lib.mjs'

class Ed25519 extends AbstractCrypto {
  constructor(key) {
    super({ verificationMethod: key && { type: 'Multikey', publicKeyMultibase: key.multikey } })
    this.key = key
  }

  getVerificationMethodId() {
    return `did:key:${this.key.multikey}#${this.key.multikey}`
  }

  async sign({ document, proof }) {
    const data = await prepareDataForSigning(document, proof)
    const signature = sign(null, data, createPrivateKey({ key: this.key.jwk, format: 'jwk' }))
    return { proofValue: multibaseEncode(new Uint8Array(signature), MultibaseEncoding.BASE58_BTC) }
  }

  async verify(signature, message, publicKey) {
    const x = Buffer.from(publicKey).toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    return verify(null, message, key, signature)
  }
}

const verifier = new Ed25519()
const parse = (log) => log.trim().split('\n').map((line) => JSON.parse(line))
const print = (log) => log.map((entry) => `${JSON.stringify(entry)}\n`).join('')
const methods = (keys) => keys?.map(({ multikey }) => ({ type: 'Multikey', publicKeyMultibase: multikey, purpose: 'assertionMethod' }))
const hashes = (keys) => keys && Promise.all(keys.map(({ multikey }) => deriveNextKeyHash(multikey)))
const witness = (parameter) => parameter && { threshold: parameter.threshold, witnesses: parameter.keys.map(({ multikey }) => ({ id: `did:key:${multikey}` })) }
const multikeys = (keys) => keys?.map(({ multikey }) => multikey)

/** What a request changes, as the library wants it; what it does not name stays away. */
async function changes({ signer, updateKeys, next, assertion, witnesses, portable }) {
  const all = {
    signer: new Ed25519(signer), verifier, updateKeys: multikeys(updateKeys), nextKeyHashes: await hashes(next),
    verificationMethods: methods(assertion), witness: witness(witnesses), portable
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null))
}

serve({
  async create({ domain, paths, at, ...request }) {
    const { did, log } = await createDID({ domain, paths, created: at, ...(await changes(request)) })
    return { did, log: print(log) }
  },
  async update({ log, domain, at, witnessProofs, ...request }) {
    const where = domain && { domain }
    const { did, log: longer } = await updateDID({ log: parse(log), updated: at, witnessProofs, ...where, ...(await changes(request)) })
    return { did, log: print(longer) }
  },
  async deactivate({ log, signer }) {
    const { log: longer } = await deactivateDID({ log: parse(log), signer: new Ed25519(signer), verifier })
    return { log: print(longer) }
  },
  async approve({ versionId, witness, at }) {
    const signer = new Ed25519(witness)
    const proof = { ...createProof(signer.getVerificationMethodId()), created: at }
    return { ...proof, ...(await signer.sign({ document: { versionId }, proof })) }
  },
  async resolve({ log, did, witnessProofs, versionNumber }) {
    const options = { verifier, requestedDid: did, witnessProofs: witnessProofs ?? [], ...(versionNumber && { versionNumber }) }
    const { doc, meta } = await resolveDIDFromLog(parse(log), options)
    if (meta.error) throw new Error(`${meta.error}: ${meta.problemDetails?.detail}`)
    return { doc, meta }
  }
})
