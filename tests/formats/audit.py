"""The audit log of docs/formats/audit.md, written from that document."""

import hashlib

from dagcbor import encode

DOMAIN = b"cairn audit 1\n"
FIELDS = ("at", "who", "from", "what", "action", "message", "outcome", "previous", "sequence", "signature")


def fields(row):
    """What of a row is hashed."""
    return encode({"v": 1} | {name: row[name] for name in FIELDS})


def hash_of(row):
    return hashlib.sha256(DOMAIN + fields(row)).digest()


def following(rows, **what):
    """A row that continues `rows`."""
    row = {"sequence": len(rows) + 1, "previous": rows[-1]["hash"] if rows else bytes(32)} | what
    return row | {"hash": hash_of(row)}
