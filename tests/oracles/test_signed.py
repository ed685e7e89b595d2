"""Tokens and grants as wallets' own libraries sign them: each one's signature is taken, and the digests are the same."""

import base64
import json
import random

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from cases import ALL
from test_typed_data import address_of, compact, eth_account, key_of

DOMAIN = {"name": "Cairn", "version": "2"}
DOMAIN_TYPE = [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}]
SCOPE = [("bucket", "string"), ("prefix", "string"), ("operations", "string")]
TOKEN = [("wallet", "address"), ("fleet", "string"), ("role", "string"), ("scope", "Scope[]"), ("iat", "uint64"), ("exp", "uint64"),
         ("nonce", "bytes32")]
GRANT = [("wallet", "address"), ("fleet", "string"), ("grantee", "address"), *SCOPE, ("iat", "uint64"), ("exp", "uint64"),
         ("count", "uint64"), ("nonce", "bytes32")]
OPERATIONS = ["read", "write", "list", "delete"]


def members(fields):
    return [{"name": name, "type": type} for name, type in fields]


def some(rng):
    return ",".join(o for o in OPERATIONS if rng.random() < 0.5) or "read"


def place(rng):
    return {"bucket": "photos-%d" % rng.randrange(99), "prefix": rng.choice(["", "a/", "\u00e9\t\"\\\u0001", "\U0001f680/x y"]),
            "operations": some(rng)}


def grant(rng, wallet):
    return {"wallet": wallet, "fleet": rng.randbytes(16).hex(), "grantee": "0x" + rng.choice([bytes(20), rng.randbytes(20)]).hex(),
            **place(rng), "iat": rng.randrange(2**40), "exp": rng.randrange(2**40), "count": rng.choice([0, 1, 2**53 - 1]),
            "nonce": "0x" + rng.randbytes(32).hex()}


def token(rng, wallet):
    scope = [place(rng) for _ in range(rng.randint(1, 3))]
    scope = [s for n, s in enumerate(scope) if s not in scope[:n]]
    return {"wallet": wallet, "fleet": rng.randbytes(16).hex(), "role": rng.choice(["storage", "operator"]), "scope": scope,
            "iat": rng.randrange(2**40), "exp": rng.randrange(2**40), "nonce": "0x" + rng.randbytes(32).hex()}


@pytest.mark.parametrize("prefix, name, fields, make", [("cairn-grant", "CairnGrant", GRANT, grant), ("cairn-eip712", "CairnAuth", TOKEN, token)])
def test_every_librarys_signature_is_taken(cairn, npm, prefix, name, fields, make):
    rng = random.Random(712)
    for n in range(60):
        key = key_of(n)
        message = make(rng, "0x" + address_of(key))
        types = {"EIP712Domain": DOMAIN_TYPE, name: members(fields)}
        if make is token:
            types["Scope"] = members(SCOPE)
        document = {"types": types, "primaryType": name, "domain": DOMAIN, "message": message}
        first = Account.sign_message(encode_typed_data(full_message=document), key).signature.hex().removeprefix("0x")
        said = npm({"document": compact(document), "key": key, "signature": first, "by": [lib for lib in ALL if lib != "eth-account"]})
        said["eth-account"] = eth_account(document, key, first)
        payload = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
        for library in ALL:
            assert said[library]["recovered"] == address_of(key), (library, said[library])
            parts = [base64.urlsafe_b64encode(b).rstrip(b"=").decode() for b in (payload, bytes.fromhex(said[library]["signature"]))]
            answer = cairn.ask("signed " + ".".join([prefix, *parts]))
            assert not answer.startswith("error"), f"{library}: {answer} {document}"
            digest, ours = answer.split(" ", 1)
            assert digest == said[library]["digest"], library
            assert json.loads(ours) == document, "what a wallet is given to sign is this very document"
        # A wallet that signs another's name, or one byte more, is refused.
        wrong = base64.urlsafe_b64encode(payload.replace(address_of(key).encode(), address_of(key_of(n + 1)).encode()))
        assert cairn.ask("signed " + ".".join([prefix, wrong.rstrip(b"=").decode(), parts[1]])).startswith("error")
