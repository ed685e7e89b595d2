"""EIP-712 against four other implementations: hashes agree, and each one's signature is taken by the others."""

import hashlib
import json

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys import keys
from eth_utils import keccak

from cases import ALL, cases

COUNT, SEED = 1000, 712


def key_of(n):
    return hashlib.sha256(b"wallet %d" % n).hexdigest()


def address_of(key):
    return keys.PrivateKey(bytes.fromhex(key)).public_key.to_address()[2:]


def compact(document):
    return json.dumps(document, ensure_ascii=True, separators=(",", ":"))


def eth_account(document, key, signature):
    message = encode_typed_data(full_message=document)
    signed = Account.sign_message(message, key)
    return {"digest": keccak(b"\x19" + message.version + message.header + message.body).hex(),
            "signature": signed.signature.hex().removeprefix("0x"),
            "recovered": Account.recover_message(message, signature=signature)[2:].lower()}


def sign(cairn, key, document):
    answer = cairn.ask(f"sign {key} {compact(document)}")
    assert not answer.startswith("error"), f"{answer}\n{compact(document)}"
    separator, message, digest, signature = answer.split(" ")
    return digest, signature


def test_random_documents(cairn, npm):
    counts = dict.fromkeys(ALL, 0)
    for n, (document, libraries) in enumerate(cases(COUNT, SEED)):
        key = key_of(n)
        digest, signature = sign(cairn, key, document)
        said = npm({"document": compact(document), "key": key, "signature": signature,
                    "by": [name for name in libraries if name != "eth-account"]})
        if "eth-account" in libraries:
            said["eth-account"] = eth_account(document, key, signature)
        wallet = address_of(key)
        for name in libraries:
            where = f"case {n} of seed {SEED}, {name}: {compact(document)}"
            assert "error" not in said[name], f"{said[name]} {where}"
            assert said[name]["digest"] == digest, where
            assert said[name]["recovered"] == wallet, where
            theirs = cairn.ask(f"recover {digest} {said[name]['signature']}")
            assert theirs[2:].lower() == wallet, f"{theirs} {where}"
            counts[name] += 1
    assert counts["eth-sig-util"] == COUNT
    assert min(counts.values()) > 0.8 * COUNT
    print(counts)


# Where the others part, which of them Cairn follows (docs/formats/typed-data.md). If one of them changes its mind, the
# document is to be written anew.
def typed(members, message, domain=None, fields=(), **more):
    return {"types": {"EIP712Domain": list(fields), "T": [{"type": t, "name": n} for t, n in members], **more},
            "primaryType": "T", "domain": domain or {}, "message": message}


SHUFFLED = typed([("string", "a")], {"a": "x"}, {"chainId": 1, "name": "N"},
                 [{"name": "chainId", "type": "uint256"}, {"name": "name", "type": "string"}])
NULL_STRUCT = typed([("U", "u")], {"u": None}, U=[{"type": "string", "name": "s"}])
NULL_TEXT = typed([("string", "a")], {"a": None})
WRONG_LENGTH = typed([("uint8[2]", "a")], {"a": [1, 2, 3]})
OUT_OF_RANGE = typed([("int8", "a")], {"a": 255})
DOMAIN_ONLY = {"types": {"EIP712Domain": [{"name": "name", "type": "string"}]}, "primaryType": "EIP712Domain",
               "domain": {"name": "N"}, "message": {}}
NAMED = {"types": {"EIP712Domain": [], "App:Send": [{"type": "U", "name": "u"}], "U": [{"type": "string", "name": "s"}]},
         "primaryType": "App:Send", "domain": {}, "message": {"u": {"s": "x"}}}

PARTINGS = {  # which libraries give our digest; None: we refuse, and somebody takes it
    "shuffled domain": (SHUFFLED, {"eth-sig-util", "viem"}),
    "null struct": (NULL_STRUCT, {"eth-account", "eth-sig-util"}),
    "null string": (NULL_TEXT, None),
    "fixed array of another length": (WRONG_LENGTH, None),
    "integer out of range": (OUT_OF_RANGE, None),
    "domain only": (DOMAIN_ONLY, {"eth-sig-util", "viem"}),
    "colon in a name": (NAMED, {"eth-account", "ethers", "viem"}),
}


@pytest.mark.parametrize("name", PARTINGS)
def test_where_others_part(cairn, npm, name):
    document, followed = PARTINGS[name]
    answer = cairn.ask(f"sign {key_of(0)} {compact(document)}")
    # A refused document has no signature of ours; any well-formed one keeps the others busy.
    signature = sign(cairn, key_of(0), SHUFFLED)[1] if followed is None else answer.split(" ")[-1]
    said = npm({"document": compact(document), "key": key_of(0), "signature": signature,
                "by": ["eth-sig-util", "ethers", "viem"]})
    try:
        said["eth-account"] = eth_account(document, key_of(0), signature)
    except Exception as error:  # whatever it raises is its way of refusing
        said["eth-account"] = {"error": str(error)}
    digests = {library: answered.get("digest") for library, answered in said.items()}
    if followed is None:
        assert answer.startswith("error: message.a"), answer
        assert any(digests.values()), said
    else:
        assert {library for library, digest in digests.items() if digest == answer.split(" ")[2]} == followed, said


def test_key_files_move_both_ways(cairn, npm):
    key = key_of(5)
    for kdf in ("scrypt", "pbkdf2"):
        ours = cairn.ask(f"seal {kdf} {key} secret")
        assert Account.decrypt(json.loads(ours), "secret").hex().removeprefix("0x") == key
        assert npm({"open": ours, "password": "secret"}) == {"key": key}
        rounds = 1024 if kdf == "scrypt" else 1000
        theirs = json.dumps(Account.encrypt(key, "secret", kdf=kdf, iterations=rounds))
        assert cairn.ask(f"open secret {theirs}") == key
        assert cairn.ask(f"open wrong {theirs}").startswith("error: the password does not open")
