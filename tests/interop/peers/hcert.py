"""EU Digital COVID Certificates by the Python packages `pycose`, `cbor2` and `base45`, and zlib: as a member state's service makes them.

It talks as the Node peers do (peers/lib.mjs).
"""

import json
import sys
import zlib
from datetime import datetime, timedelta, timezone

import base45
import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier
from pycose.algorithms import Es256
from pycose.headers import KID, Algorithm
from pycose.keys import EC2Key
from pycose.messages import Sign1Message


class Signer:
    """A document signer, certified for some kinds of certificates by nobody but itself."""

    def __init__(self, purposes):
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "AT"), x509.NameAttribute(NameOID.COMMON_NAME, "DSC")])
        now = datetime.now(timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=700))
        )
        if purposes:
            kinds = [ObjectIdentifier(f"1.3.6.1.4.1.1847.2021.1.{purpose}") for purpose in purposes]
            builder = builder.add_extension(x509.ExtendedKeyUsage(kinds), critical=False)
        self.certificate = builder.sign(self.key, hashes.SHA256())

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, claims, kid_protected, tagged):
        numbers = self.key.private_numbers()
        key = EC2Key(crv="P_256", d=numbers.private_value.to_bytes(32, "big"))
        kid = self.certificate.fingerprint(hashes.SHA256())[:8]
        protected, unprotected = {Algorithm: Es256}, {}
        (protected if kid_protected else unprotected)[KID] = kid
        message = Sign1Message(phdr=protected, uhdr=unprotected, payload=cbor2.dumps(claims))
        message.key = key
        return message.encode(tag=tagged)


SIGNERS = []


def signer(purposes):
    SIGNERS.append(Signer(purposes))
    return {"index": len(SIGNERS) - 1, "pem": SIGNERS[-1].pem()}


def issue(signer, certificate, issued, ends, kid_protected=True, tagged=True):
    claims = {1: "AT", 4: ends, 6: issued, -260: {1: certificate}}
    message = SIGNERS[signer].sign(claims, kid_protected, tagged)
    return "HC1:" + base45.b45encode(zlib.compress(message, 9)).decode()


HANDLERS = {"signer": signer, "issue": issue}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"ok": HANDLERS[request.pop("op")](**request)}
    except Exception as error:
        answer = {"refused": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
