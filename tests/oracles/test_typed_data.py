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


# Where the others part: what each makes of a document, beside Cairn. "same" digest, "other" digest, or "refused"; where
# Cairn refuses, "taken" or "refused". docs/formats/typed-data.md has this table in words: if a library changes its
# mind, the document is to be written anew.
def typed(type, value, domain=None, fields=(), **more):
    return {"types": {"EIP712Domain": list(fields), "T": [{"type": type, "name": "v"}], **more},
            "primaryType": "T", "domain": domain or {}, "message": {"v": value}}


NAME = {"name": "name", "type": "string"}
TEXT = [{"type": "string", "name": "s"}]
PLAIN = typed("string", "x")
PARTINGS = {  # eth-account, eth-sig-util, ethers, viem
    "null struct": (typed("U", None, U=TEXT), "same same refused refused"),
    "null string": (typed("string", None), "taken taken refused refused"),
    "null bytes": (typed("bytes", None), "taken refused refused refused"),
    "fixed array of another length": (typed("uint8[2]", [1, 2, 3]), "taken taken refused taken"),
    "positive out of range": (typed("int8", 255), "refused taken refused refused"),
    "unsigned out of range": (typed("uint8", 256), "refused refused refused refused"),
    "shuffled domain": (typed("string", "x", {"chainId": 1, "name": "N"}, [{"name": "chainId", "type": "uint256"}, NAME]),
                        "other same other same"),
    "domain without a type": ({"types": {"T": TEXT}, "primaryType": "T", "domain": {"name": "N"}, "message": {"s": "x"}},
                              "taken taken taken taken"),
    "domain only": ({"types": {"EIP712Domain": [NAME]}, "primaryType": "EIP712Domain", "domain": {"name": "N"},
                     "message": {}}, "refused same refused same"),
    "member that the type does not have": ({**PLAIN, "message": {"v": "x", "w": "y"}}, "taken taken taken taken"),
    "wrong checksum": (typed("address", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD827"), "taken taken refused refused"),
    "colon, alone": ({"types": {"EIP712Domain": [], "A:B": TEXT}, "primaryType": "A:B", "domain": {},
                      "message": {"s": "x"}}, "same same same same"),
    "colon, with a struct": ({"types": {"EIP712Domain": [], "A:B": [{"type": "U", "name": "u"}], "U": TEXT},
                              "primaryType": "A:B", "domain": {}, "message": {"u": {"s": "x"}}}, "same other same same"),
}


@pytest.mark.parametrize("name", PARTINGS)
def test_where_others_part(cairn, npm, name):
    document, wanted = PARTINGS[name]
    answer = cairn.ask(f"sign {key_of(0)} {compact(document)}")
    refused = answer.startswith("error: ")
    # A refused document has no signature of ours; any well-formed one keeps the others busy.
    signature = sign(cairn, key_of(0), PLAIN)[1] if refused else answer.split(" ")[-1]
    said = npm({"document": compact(document), "key": key_of(0), "signature": signature,
                "by": ["eth-sig-util", "ethers", "viem"]})
    try:
        said["eth-account"] = eth_account(document, key_of(0), signature)
    except Exception as error:  # whatever it raises is its way of refusing
        said["eth-account"] = {"error": str(error)}

    def outcome(library):
        if "error" in said[library]:
            return "refused"
        return "taken" if refused else "same" if said[library]["digest"] == answer.split(" ")[2] else "other"

    assert dict(zip(ALL, map(outcome, ALL))) == dict(zip(ALL, wanted.split(" "))), (answer, said)
    assert refused == ("same" not in wanted), answer


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
