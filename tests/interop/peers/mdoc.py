"""The Python package `pymdoccbor` as foreign issuer and verifier of mdocs.

It talks as the Node peers do (peers/lib.mjs). It knows nothing of device authentication: it verifies the issuer's part of
a `DeviceResponse` alone.
"""

import json
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timezone

import cbor2
from cryptography import x509
from pymdoccbor.mdoc.issuer import MdocCborIssuer
from pymdoccbor.mdoc.verifier import MdocCbor


def decode(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data):
    return urlsafe_b64encode(data).decode().rstrip("=")


def day(unix):
    return datetime.fromtimestamp(unix, timezone.utc).strftime("%Y-%m-%d")


def issue(docType, namespaces, key, certificate, device, **validity):
    issuer = MdocCborIssuer(private_key={"KTY": "EC2", "CURVE": "P_256", "ALG": "ES256", "D": decode(key["d"])}, alg="ES256")
    # Its dates are days: it signs now, and until the end of the last one.
    signed = issuer.new(
        data=namespaces,
        doctype=docType,
        validity={"issuance_date": day(validity["from"]), "expiry_date": day(validity["until"])},
        devicekeyinfo={"KTY": "EC2", "CURVE": "P_256", "X": decode(device["x"]), "Y": decode(device["y"])},
        x509_chain=[decode(certificate)],
    )
    return encode(cbor2.dumps(signed["documents"][0]["issuerSigned"]))


def verify(response, root, **_):
    mdoc = MdocCbor()
    mdoc.loads(decode(response))
    if not mdoc.verify(trusted_root_certs=[x509.load_der_x509_certificate(decode(root))]):
        raise ValueError("a document is not valid")
    return json.loads(json.dumps(mdoc.disclosure_map, default=str))


HANDLERS = {"issue": issue, "verify": verify}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"ok": HANDLERS[request.pop("op")](**request)}
    except Exception as error:
        answer = {"refused": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
