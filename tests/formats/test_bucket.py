"""The vectors of docs/formats/bucket.md, computed anew by the second implementation beside this file."""

import pathlib
import re
import sys
import unittest

import bucket
from dagcbor import RAW, Cid, Malformed, decode, encode

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/formats/bucket.md"
CREATED, MODIFIED = 1700000000000, 1700000000123
HELLO = Cid.of(RAW, b"hello")
ENTRY = {"c": HELLO, "e": bytes(range(16)), "h": {"content-type": "text/plain"}, "t": MODIFIED}
VALUES = {
    "entry": ENTRY,
    "entry-all-fields": ENTRY | {"e": [bytes(range(16)), 3], "g": {"t": "u"}, "k": ["CRC32C", bytes([1, 2, 3, 4]), True],
                                 "m": {"a": "1", "bb": "2"}, "p": [[2, 5], [1, 2]], "u": "0123456789abcdef0123456789abcdef"},
    "upload": {"k": ["CRC32C", True], "o": "alice", "t": MODIFIED},
    "part": {"c": HELLO, "e": bytes(16), "t": MODIFIED},
    "root-opened": {"format": 1, "created": CREATED, "objects": [None, 0, 0], "uploads": [None, 0, 0],
                    "settings": {"policy": '{"Version":"2012-10-17"}'}},
}


def numbered(count):
    return [f"key{n:06d}" for n in range(count)]


def items_of(name):
    """The items of bucket-of-<name>."""
    if name == "links":
        return [("key000000", 5, ENTRY | {"m": {"a": 7000 * "x"}})]
    keys = [k for k in numbered(40000) if not bucket.is_boundary(k, 0)][:30000] if name == "cuts" else numbered(int(name))
    return [(key, 5, ENTRY) for key in keys]


class Vectors(unittest.TestCase):
    text = DOCUMENT.read_text()

    def lines(self, pattern):
        found = re.findall(r"(?m)^    " + pattern + "$", self.text)
        self.assertTrue(found, f"no line of {DOCUMENT.name} is like {pattern}")
        return found

    def test_encodings(self):
        found = dict(self.lines(r"([a-z-]+) ([0-9a-f]+)"))
        self.assertEqual(found, {name: encode(value).hex() for name, value in VALUES.items()})
        for name, encoded in found.items():
            self.assertEqual(decode(bytes.fromhex(encoded)), VALUES[name])

    def test_buckets(self):
        found = self.lines(r"bucket-of-(\w+) index (\w+) root (\w+)")
        self.assertEqual({name for name, _, _ in found}, {"0", "1", "1000", "20000", "cuts", "links"})
        for name, index, root in found:
            with self.subTest(bucket=name):
                made = bucket.root(items_of(name), CREATED, bucket.Blocks())
                self.assertEqual((str(made[0] or "none"), str(made[1])), (index, root))

    def test_vectors_reach_every_rule(self):
        """A vector that no rule touches proves nothing: there are cuts, three levels, and a value in its own block."""
        blocks = bucket.Blocks()
        bucket.root(items_of("20000"), CREATED, blocks)
        levels = {node[1] for node in map(decode, blocks.values()) if isinstance(node, list)}
        self.assertGreaterEqual(max(levels), 2)
        blocks = bucket.Blocks()
        bucket.root(items_of("cuts"), CREATED, blocks)
        leaves = [node for node in map(decode, blocks.values()) if isinstance(node, list) and node[1] == 0]
        self.assertGreater(len(leaves), 30000 // bucket.NODE_ITEMS)
        blocks = bucket.Blocks()
        bucket.root(items_of("links"), CREATED, blocks)
        self.assertIn(items_of("links")[0][2], list(map(decode, blocks.values())))


class Codec(unittest.TestCase):
    def test_other_encodings_are_refused(self):
        for bad in ("1800", "190001", "5f40ff", "a2616200616100", "a2616100616100", "a10000", "d82b4100", "fb0000000000000000", "0000", "61ff"):
            with self.subTest(bytes=bad), self.assertRaises(Malformed):
                decode(bytes.fromhex(bad))

    def test_every_truncation_is_refused(self):
        whole = encode(VALUES["entry-all-fields"])
        for length in range(len(whole)):
            with self.assertRaises(Malformed):
                decode(whole[:length])


if __name__ == "__main__":
    sys.exit(unittest.main())
