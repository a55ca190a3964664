"""The Python package `sd-jwt` as foreign issuer, holder and verifier of SD-JWTs.

It talks as the Node peers do (peers/lib.mjs). It knows only ES256 for key binding, and only sha-256 for digests.
"""

import json
import sys

from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier


def algorithm(jwk):
    return "EdDSA" if jwk["kty"] == "OKP" else "ES256"


def marked(value, paths):
    """`value` with what lies at `paths` marked for concealment."""

    def below(step):
        return [path[1:] for path in paths if path and path[0] == step]

    def key(name):
        return SDObj(name) if [] in below(name) else name

    def element(index, inner):
        inner = marked(inner, below(index))
        return SDObj(inner) if [] in below(index) else inner

    if isinstance(value, dict):
        return {key(name): marked(inner, below(name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [element(index, inner) for index, inner in enumerate(value)]
    return value


def selection(value, paths, disclosures):
    """What to disclose of `value`, as the issuer signed it, in the form the holder wants: decoys hold a place in arrays."""
    if [] in paths:
        return True

    def below(step):
        return [path[1:] for path in paths if path[0] == step]

    if isinstance(value, dict):
        members = dict(value)
        members.update(disclosures[digest][1:] for digest in members.pop("_sd", []) if digest in disclosures)
        return {name: selection(inner, below(name), disclosures) for name, inner in members.items() if below(name)}
    if isinstance(value, list):
        selected, index = [], 0
        for element in value:
            digest = element.get("...") if isinstance(element, dict) else None
            if digest and digest not in disclosures:
                selected.append(False)
                continue
            inner = disclosures[digest][1] if digest else element
            selected.append(selection(inner, below(index), disclosures) if below(index) else False)
            index += 1
        return selected
    return False


def issue(claims, conceal, decoys, hashAlg, key, kid, holder):
    issuer = SDJWTIssuer(
        marked(claims, conceal),
        JWK(**key),
        JWK(**holder),
        sign_alg=algorithm(key),
        # The package hides decoys in every object, also in `status`, where our verifier allows no digest.
        add_decoy_claims=decoys > 0 and "status" not in claims,
        extra_header_parameters={"typ": "dc+sd-jwt", "kid": kid},
    )
    return issuer.sd_jwt_issuance


def present(credential, disclose, key, nonce, audience, now):
    holder = SDJWTHolder(credential)
    selected = selection(holder.sd_jwt_payload, disclose, holder._hash_to_decoded_disclosure)
    holder.create_presentation(selected, nonce, audience, JWK(**key), algorithm(key))
    return holder.sd_jwt_presentation


def verify(presentation, key, nonce, audience, statusList):
    verifier = SDJWTVerifier(presentation, lambda issuer, header: JWK(**key), audience, nonce)
    return verifier.get_verified_payload()


HANDLERS = {"issue": issue, "present": present, "verify": verify}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"ok": HANDLERS[request.pop("op")](**request)}
    except Exception as error:
        answer = {"refused": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
