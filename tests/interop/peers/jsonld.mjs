// JSON-LD to canonical N-Quads by jsonld and, within it, rdf-canonize. What the libraries would drop is an error (`safe`).

import * as vc from '@digitalbazaar/vc'
import jsonld from 'jsonld'
import { serve } from './lib.mjs'

/** W3C's contexts by the library, others by the request. */
const loader = (contexts) => async (url) => {
  if (contexts?.[url]) return { contextUrl: null, documentUrl: url, document: contexts[url] }
  return await vc.defaultDocumentLoader(url)
}

serve({
  async canonize({ document, contexts }) {
    const format = { algorithm: 'RDFC-1.0', format: 'application/n-quads' }
    // Blank nodes that look alike: as many steps as it takes.
    const canonizeOptions = { ...format, maxWorkFactor: Infinity }
    return await jsonld.canonize(document, { ...format, canonizeOptions, documentLoader: loader(contexts), safe: true })
  },
})
