"""Operators' actions as docs/formats/action.md has them: Cairn's documents, and what four other implementations make of them."""

import json
import pathlib
import random
import re

import pytest

from test_typed_data import address_of, compact, eth_account, key_of, sign

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/formats/action.md"
TYPES = {name: [tuple(field.split(" ")) for field in fields.split(",")]
         for name, fields in re.findall(r"^(\w+)\((.*)\)$", DOCUMENT.read_text(), re.M)}
LIBRARIES = ["eth-sig-util", "ethers", "viem"]


def value(kind, rng):
    return {"string": lambda: rng.choice(["", "m1", "\u00fc\u202e \"\\\n", "x" * 200]),
            "address": lambda: "0x%040x" % rng.getrandbits(160), "uint64": lambda: rng.getrandbits(53), "bool": lambda: rng.random() < 0.5,
            "bytes32": lambda: "0x%064x" % rng.getrandbits(256), "bytes": lambda: "0x" + rng.randbytes(rng.choice([0, 1, 33, 70])).hex()}[kind]()


def test_the_table_is_read():
    assert len(TYPES) >= 10 and all(f[0] == ("string", "fleet") and f[-2:] == [("bytes32", "nonce"), ("uint64", "expires")]
                                   for f in TYPES.values())


@pytest.mark.parametrize("name", TYPES)
def test_every_implementation_signs_the_same(cairn, npm, name):
    rng = random.Random(name)
    for n in range(10):
        message = {field: value(kind, rng) for kind, field in TYPES[name]} | {"fleet": "f1ee7"}
        wanted = {"types": {"EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}],
                            name: [{"name": field, "type": kind} for kind, field in TYPES[name]]},
                  "primaryType": name, "domain": {"name": "Cairn", "version": "2"}, "message": message}
        parameters = {field: message[field] for _, field in TYPES[name][1:-2]}
        answer = cairn.ask(f"action {name} f1ee7 {message['nonce']} {message['expires']} {compact(parameters)}")
        assert not answer.startswith("error"), answer
        document = json.loads(answer)
        assert document == wanted
        key = key_of(n)
        digest, signature = sign(cairn, key, document)
        said = npm({"document": answer, "key": key, "signature": signature, "by": LIBRARIES})
        said["eth-account"] = eth_account(document, key, signature)
        for library in (*LIBRARIES, "eth-account"):
            assert said[library] == {"digest": digest, "signature": signature, "recovered": address_of(key)}, (library, answer)
