"""The vectors of docs/formats/audit.md, computed anew by the second implementation beside this file."""

import json
import pathlib
import re
import unittest

import audit
import wallet

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/formats/audit.md"
ROW = {"sequence": 7, "at": 1700000000123, "who": "0x" + 40 * "a", "action": "operator.set", "what": '{"role":"viewer"}',
       "signature": 65 * b"\x22", "message": "{}", "from": "192.0.2.1:40000", "outcome": "done", "previous": 32 * b"\x33"}


class Vectors(unittest.TestCase):
    def test_fields_and_hash(self):
        vectors = dict(re.findall(r"(?m)^(audit-\w+): (\w+)$", DOCUMENT.read_text()))
        self.assertEqual(vectors, {"audit-fields": audit.fields(ROW).hex(), "audit-hash": audit.hash_of(ROW).hex()})


class Signatures(unittest.TestCase):
    def test_what_wallets_signed(self):
        vectors = dict(re.findall(r"(?m)^(signed-\w+): (\S+)$", DOCUMENT.read_text()))
        row = audit.action_row([], 7, "RevokeOwnTokens", {"wallet": wallet.address(7), "upTo": 1700000000}, 1700000000123, "f1ee7", 32 * b"\x07")
        digest = wallet.digest("RevokeOwnTokens", json.loads(row["message"])["message"])
        self.assertEqual(vectors, {"signed-who": row["who"], "signed-message": row["message"], "signed-digest": digest.hex(),
                                   "signed-signature": row["signature"].hex()})
        self.assertIsNone(audit.first_fault([row], "f1ee7"))
        self.assertEqual(audit.first_fault([row], "f1ee8")[0], 1)
        self.assertEqual(audit.first_fault([row, audit.following([row], **{n: row[n] for n in audit.FIELDS if n not in ("sequence", "previous")})],
                                           "f1ee7"), (2, "acted upon before"))

    def test_a_signature_is_of_one_wallet_and_one_digest(self):
        what = wallet.keccak256(b"what")
        good = wallet.sign(what, 7)
        self.assertEqual(wallet.signer(what, good), wallet.address(7))
        self.assertNotEqual(wallet.signer(wallet.keccak256(b"other"), good), wallet.address(7))
        high = good[:32] + (wallet.ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big") + bytes([55 - good[64]])
        for wrong in (high, good[:64], good[:64] + b"\0", bytes(32) + good[32:], good[:32] + bytes(32) + good[64:]):
            self.assertIsNone(wallet.signer(what, wrong))


if __name__ == "__main__":
    unittest.main()
