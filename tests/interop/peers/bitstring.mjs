// Bitstring Status Lists by @digitalbazaar/vc-bitstring-status-list: makes lists that we sign and judge, and reads ours.

import { checkStatus, createCredential, createList } from '@digitalbazaar/vc-bitstring-status-list'
import { serve } from './lib.mjs'

await serve({
  /** A list of `length` with those places set, as a credential without proof. */
  async make({ id, length, statusPurpose, set }) {
    const list = await createList({ length })
    for (const index of set) list.setStatus(index, true)
    return await createCredential({ id, list, statusPurpose })
  },

  /** What the lists say of each status of a credential. Their proofs are looked at by the tests. */
  async check({ credential, lists }) {
    const result = await checkStatus({
      credential,
      documentLoader: async (url) => ({ document: lists[url] }),
      verifyBitstringStatusListCredential: false,
    })
    if (!result.verified) throw result.error
    return result.results.map(({ credentialStatus, status }) => ({ purpose: credentialStatus.statusPurpose, status }))
  },
})
