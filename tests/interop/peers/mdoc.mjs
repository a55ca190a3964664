// ISO 18013-5 mdocs by @owf/mdoc: issues and presents what we judge, presents what we issue, and verifies what we present,
// with device signatures over the transcripts of OpenID4VP 1.0. The library leaves cryptography and certificates to its
// caller: `node:crypto` does both.

import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify, X509Certificate } from 'node:crypto'
import {
  CoseKey, DateOnly, DeviceKey, DeviceRequest, DeviceResponse, DocRequest, Holder, Issuer, IssuerSigned, ItemsRequest, SessionTranscript,
  SignatureAlgorithm, Verifier
} from '@owf/mdoc'
import { serve } from './lib.mjs'

const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64url'))
const publicHalf = ({ kty, crv, x, y }) => ({ kty, crv, x, y })

const context = {
  crypto: {
    random: (length) => new Uint8Array(randomBytes(length)),
    digest: ({ digestAlgorithm, bytes }) => new Uint8Array(createHash(digestAlgorithm.replace('-', '')).update(bytes).digest()),
  },
  cose: {
    sign1: {
      sign({ toBeSigned, key }) {
        const { kty, crv, x, y, d } = key.jwk
        const by = createPrivateKey({ key: { kty, crv, x, y, d }, format: 'jwk' })
        return new Uint8Array(sign('sha256', toBeSigned, { key: by, dsaEncoding: 'ieee-p1363' }))
      },
      verify({ key, sign1 }) {
        const by = createPublicKey({ key: publicHalf(key.jwk), format: 'jwk' })
        return verify('sha256', sign1.toBeSigned, { key: by, dsaEncoding: 'ieee-p1363' }, sign1.signature)
      },
    },
  },
  x509: {
    getIssuerNameField({ certificate, field }) {
      const lines = new X509Certificate(certificate).issuer.split('\n').map((line) => line.split('='))
      return lines.filter(([name]) => name === field).map(([, value]) => value)
    },
    getPublicKey: ({ certificate }) => CoseKey.fromJwk(new X509Certificate(certificate).publicKey.export({ format: 'jwk' })),
    verifyCertificateChain({ trustedCertificates, x5chain, now }) {
      const [signer] = x5chain.map((der) => new X509Certificate(der))
      const isBy = (der) => {
        const root = new X509Certificate(der)
        return signer.checkIssued(root) && signer.verify(root.publicKey)
      }
      if (!trustedCertificates.some(isBy)) throw new Error('no trusted root signed the certificate')
      if (now < new Date(signer.validFrom) || now > new Date(signer.validTo)) throw new Error('the certificate is not valid now')
    },
    getCertificateData({ certificate }) {
      const it = new X509Certificate(certificate)
      return {
        issuerName: it.issuer, subjectName: it.subject, serialNumber: it.serialNumber, thumbprint: it.fingerprint256,
        notBefore: new Date(it.validFrom), notAfter: new Date(it.validTo), pem: it.toString(),
      }
    },
  },
}

const transcript = ({ clientId, nonce, responseUri, origin, thumbprint }) => {
  const jwkThumbprint = thumbprint ? bytes(thumbprint) : undefined
  if (origin) return SessionTranscript.forOid4VpDcApi({ origin, nonce, jwkThumbprint }, context)
  return SessionTranscript.forOid4Vp({ clientId, nonce, responseUri, jwkThumbprint }, context)
}

/** Dates as CBOR has them. */
const element = (value) => (/^\d{4}-\d\d-\d\d$/.test(value) ? new DateOnly(value) : value)
const elements = (members) => Object.fromEntries(Object.entries(members).map(([name, value]) => [name, element(value)]))

serve({
  async issue({ docType, namespaces, key, certificate, device, from, until }) {
    const issuer = new Issuer(docType, context)
    for (const [namespace, members] of Object.entries(namespaces)) issuer.addIssuerNamespace(namespace, elements(members))
    const signed = await issuer.sign({
      signingKey: { ...key, alg: 'ES256' }, algorithm: SignatureAlgorithm.ES256, digestAlgorithm: 'SHA-256',
      validityInfo: { signed: new Date(from * 1000), validFrom: new Date(from * 1000), validUntil: new Date(until * 1000) },
      deviceKeyInfo: { deviceKey: DeviceKey.fromJwk(publicHalf(device)) }, certificates: [bytes(certificate)],
    })
    return signed.encodedForOid4Vci
  },

  async present({ credential, docType, disclose, key, session }) {
    const namespaces = Object.fromEntries(Object.entries(disclose).map(([name, all]) => [name, Object.fromEntries(all.map((it) => [it, false]))]))
    const docRequests = [DocRequest.create({ itemsRequest: ItemsRequest.create({ docType, namespaces }) })]
    const response = await Holder.createDeviceResponseForDeviceRequest({
      deviceRequest: DeviceRequest.create({ docRequests }), sessionTranscript: await transcript(session),
      issuerSigned: [IssuerSigned.fromEncodedForOid4Vci(credential)], signature: { signingKey: CoseKey.fromJwk({ ...key, alg: 'ES256' }) },
    }, context)
    return response.encodedForOid4Vp
  },

  /** What a holder looks at when a credential is handed out. */
  async accept({ credential, root }) {
    await Holder.verifyIssuerSigned({ issuerSigned: credential, trustedCertificates: [bytes(root)] }, context)
    return true
  },

  async verify({ response, session, root }) {
    const deviceResponse = DeviceResponse.fromEncodedForOid4Vp(response)
    await Verifier.verifyDeviceResponse({ deviceResponse, sessionTranscript: await transcript(session), trustedCertificates: [bytes(root)] }, context)
    const [{ issuerSigned }] = deviceResponse.documents
    return Object.fromEntries([...issuerSigned.issuerNamespaces.issuerNamespaces.keys()].map((name) => [name, issuerSigned.getPrettyClaims(name)]))
  },
})
