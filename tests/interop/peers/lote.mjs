// Lists of trusted entities (ETSI TS 119 602) by @owf/eudi-lote: makes and signs lists that we read, and says of lists whether they keep the
// profile of their type. It writes no time of signing; the other signature, with one and with the certificate's digest as JAdES has
// them, is by `jose`.

import { createHash } from 'node:crypto'
import { addTrustedEntity, assertValidLoTE, createLoTE, service, signLoTE, trustedEntity, validateLoTEProfile } from '@owf/eudi-lote'
import { CompactSign, importJWK } from 'jose'
import { serve, signBy } from './lib.mjs'

const en = (value) => [{ lang: 'en', value }]
const uri = (uriValue) => [{ lang: 'en', uriValue }]
const address = { StreetAddress: 'Street 5', Locality: 'Town', PostalCode: '1000', Country: 'BE' }

function list({ operator, sequence, issued, next, provider }) {
  const scheme = createLoTE({
    LoTESequenceNumber: sequence,
    LoTEType: 'http://uri.etsi.org/19602/LoTEType/EUPIDProvidersList',
    SchemeOperatorName: en(operator),
    SchemeOperatorAddress: {
      SchemeOperatorPostalAddress: [{ lang: 'en', ...address }],
      SchemeOperatorElectronicAddress: uri('mailto:trust@lists.example'),
    },
    SchemeName: en('PID providers'),
    SchemeInformationURI: uri('https://lists.example/pid'),
    StatusDeterminationApproach: 'http://uri.etsi.org/19602/PIDProvidersList/StatusDetn/EU',
    SchemeTypeCommunityRules: uri('http://uri.etsi.org/19602/PIDProviders/schemerules/EU'),
    SchemeTerritory: 'EU',
    PolicyOrLegalNotice: [{ LoTEPolicy: { lang: 'en', uriValue: 'https://lists.example/policy' } }],
    ListIssueDateTime: issued,
    NextUpdate: next,
  })
  const issuance = service().name('PID issuance').type('http://uri.etsi.org/19602/SvcType/PID/Issuance').addCertificate(provider)
  const entity = trustedEntity().name('PID Office').postalAddress(address).email('mailto:office@pid.example')
    .infoUri('http://uri.etsi.org/19602/ListOfTrustedEntities/PIDProvider/BE').addService(issuance.build()).build()
  return addTrustedEntity(scheme, entity)
}

await serve({
  async make({ key, certificate, ...of }) {
    const lote = list(of)
    assertValidLoTE(lote)
    const pem = `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----`
    const { jws } = await signLoTE({ lote, keyId: 'operator', certificates: [pem], signer: (data) => signBy(key, data) })
    const digest = createHash('sha256').update(Buffer.from(certificate, 'base64')).digest('base64url')
    const header = { alg: 'ES256', iat: Math.floor(Date.now() / 1000), x5c: [certificate], 'x5t#S256': digest }
    const jades = new CompactSign(Buffer.from(JSON.stringify(lote))).setProtectedHeader(header)
    return { lote, jws, jades: await jades.sign(await importJWK(key, 'ES256')) }
  },
  judge: ({ lote }) => validateLoTEProfile(lote, 'EUPIDProvidersList'),
})
