"""The vectors of docs/formats/audit.md, computed anew by the second implementation beside this file."""

import pathlib
import re
import unittest

import audit

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/formats/audit.md"
ROW = {"sequence": 7, "at": 1700000000123, "who": "0x" + 40 * "a", "action": "operator.set", "what": '{"role":"viewer"}',
       "signature": 65 * b"\x22", "message": "{}", "from": "192.0.2.1:40000", "outcome": "done", "previous": 32 * b"\x33"}


class Vectors(unittest.TestCase):
    def test_fields_and_hash(self):
        vectors = dict(re.findall(r"(?m)^(audit-\w+): (\w+)$", DOCUMENT.read_text()))
        self.assertEqual(vectors, {"audit-fields": audit.fields(ROW).hex(), "audit-hash": audit.hash_of(ROW).hex()})


if __name__ == "__main__":
    unittest.main()
