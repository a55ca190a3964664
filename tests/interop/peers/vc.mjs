// W3C credentials with Data Integrity proofs by @digitalbazaar/vc and its cryptosuites: issues, derives and presents what we
// judge, derives and verifies what we issue. Its keys are its own, by did:key. W3C's contexts are the library's; others come
// with the request.

import * as bbs from '@digitalbazaar/bbs-2023-cryptosuite'
import * as Bls12381Multikey from '@digitalbazaar/bls12-381-multikey'
import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey'
import { cryptosuite as ecdsaRdfc } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite'
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite'
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import { cryptosuite as eddsaRdfc } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import { serve } from './lib.mjs'

const selective = { 'ecdsa-sd-2023': ecdsaSd, 'bbs-2023': bbs }
const whole = { 'eddsa-rdfc-2022': eddsaRdfc, 'ecdsa-rdfc-2019': ecdsaRdfc }

/** The keys made here, by their DIDs. */
const keys = new Map()

/** What signs and verifies by a cryptosuite, each in what the library wants for it. */
const signing = (suite, mandatoryPointers) => whole[suite] ?? selective[suite].createSignCryptosuite({ mandatoryPointers })
const verifying = (suite) => whole[suite] ?? selective[suite].createVerifyCryptosuite()
const verifiers = Object.keys({ ...whole, ...selective }).map((suite) => new DataIntegrityProof({ cryptosuite: verifying(suite) }))
const named = (did) => ({ id: `${did}#${did.slice('did:key:'.length)}`, controller: did })

/** Documents of did:key, of its keys, of `contexts`, and what the library has. */
const loader = (contexts) => async (url) => {
  const answer = (document) => ({ contextUrl: null, documentUrl: url, document })
  if (contexts?.[url]) return answer(contexts[url])
  if (!url.startsWith('did:key:')) return await vc.defaultDocumentLoader(url)
  const [did, fragment] = url.split('#')
  const { id, controller } = named(did)
  const key = { '@context': 'https://w3id.org/security/multikey/v1', id, type: 'Multikey', controller, publicKeyMultibase: fragment }
  if (fragment) return answer(key)
  return answer({ '@context': 'https://www.w3.org/ns/did/v1', id: did, assertionMethod: [id], authentication: [id] })
}

/** The words of every error within. */
const words = (error) => [error.message, ...(error.errors ?? []).map(words), ...(error.cause ? [words(error.cause)] : [])].join('; ')

function verified(result) {
  if (!result.verified) throw new Error(words(result.error))
  return true
}

serve({
  /** Makes a key for a cryptosuite; its DID. */
  async key({ suite, curve }) {
    const made =
      suite === 'bbs-2023' ? await Bls12381Multikey.generateBbsKeyPair({ algorithm: 'BBS-BLS12-381-SHA-256' })
      : curve === 'Ed25519' ? await Ed25519Multikey.generate()
      : await EcdsaMultikey.generate({ curve })
    const did = `did:key:${(await made.export({ publicKey: true })).publicKeyMultibase}`
    keys.set(did, Object.assign(made, named(did)))
    return did
  },

  async issue({ credential, suite, mandatory, contexts }) {
    const signer = keys.get(credential.issuer).signer()
    const proof = new DataIntegrityProof({ signer, cryptosuite: signing(suite, mandatory) })
    return await vc.issue({ credential, suite: proof, documentLoader: loader(contexts) })
  },

  async derive({ credential, suite, disclose, contexts }) {
    const cryptosuite = selective[suite].createDiscloseCryptosuite({ selectivePointers: disclose })
    const proof = new DataIntegrityProof({ cryptosuite })
    return await vc.derive({ verifiableCredential: credential, suite: proof, documentLoader: loader(contexts) })
  },

  async present({ credential, suite, holder, challenge, domain, contexts }) {
    const presentation = vc.createPresentation({ verifiableCredential: credential, holder })
    const proof = new DataIntegrityProof({ signer: keys.get(holder).signer(), cryptosuite: signing(suite) })
    return await vc.signPresentation({ presentation, suite: proof, challenge, domain, documentLoader: loader(contexts) })
  },

  async verify({ credential, contexts }) {
    return verified(await vc.verifyCredential({ credential, suite: verifiers, documentLoader: loader(contexts) }))
  },

  async verifyPresentation({ presentation, challenge, domain, contexts }) {
    const documentLoader = loader(contexts)
    return verified(await vc.verify({ presentation, suite: verifiers, challenge, domain, documentLoader }))
  },
})
