"""Writes the vectors that the unit tests read, so that they need neither npm nor PyPI:
    tests/e2e/lib/pytest tests/oracles/record.py --vectors FILE
Each line is a document and what eth-sig-util makes of it; every other library that takes the document has agreed."""

import json

from cases import cases
from test_typed_data import address_of, compact, eth_account, key_of

COUNT, SEED = 40, 2112


def test_record(npm, request):
    with open(request.config.getoption("--vectors"), "w", encoding="ascii") as out:
        for n, (document, libraries) in enumerate(cases(COUNT, SEED)):
            key = key_of(n)
            # Whose signature they recover does not matter here.
            ask = {"document": compact(document), "key": key, "signature": "%064x" % 1 * 2 + "1b"}
            said = npm({**ask, "by": ["eth-sig-util"]})["eth-sig-util"]
            signature = said["signature"]
            said = npm({**ask, "signature": signature, "by": [name for name in libraries if name != "eth-account"]})
            if "eth-account" in libraries:
                said["eth-account"] = eth_account(document, key, signature)
            answers = {(s["digest"], s["recovered"]) for s in said.values()}
            assert answers == {(said["eth-sig-util"]["digest"], address_of(key))}, said
            out.write(json.dumps({"key": key, "document": compact(document), "digest": said["eth-sig-util"]["digest"],
                                  "signature": signature, "by": sorted(said)}) + "\n")
