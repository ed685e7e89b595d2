"""DAG-CBOR and CIDs as docs/formats/bucket.md wants them, with nothing but the standard library: a second implementation, so
that the documents are checked by somebody who has not read Cairn's code.

Values are Python's own: int, bytes, str, bool, None, list, dict with str keys, and Cid. encode() gives the one canonical
encoding; decode() refuses every other.
"""

import base64
import dataclasses
import hashlib

RAW, DAG_CBOR = 0x55, 0x71
_SHA2_256 = 0x12
_LINK = 42


class Malformed(ValueError):
    """Bytes that are not canonical DAG-CBOR."""


@dataclasses.dataclass(frozen=True)
class Cid:
    """CIDv1 with a sha2-256 multihash."""

    codec: int
    digest: bytes

    @staticmethod
    def of(codec, block):
        return Cid(codec, hashlib.sha256(block).digest())

    def binary(self):
        return bytes([1, self.codec, _SHA2_256, len(self.digest)]) + self.digest

    def __str__(self):
        return "b" + base64.b32encode(self.binary()).decode().lower().rstrip("=")

    @staticmethod
    def read(binary):
        if len(binary) != 36 or binary[0] != 1 or binary[2:4] != bytes([_SHA2_256, 32]):
            raise Malformed(f"no CIDv1 with sha2-256: {binary.hex()}")
        return Cid(binary[1], binary[4:])


def _head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | extra]) + number.to_bytes(size, "big")
    raise Malformed(f"{number} takes more than 64 bits")


def _map_order(key):
    encoded = key.encode()
    return len(encoded), encoded


def encode(value):
    """The canonical bytes."""
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(3, len(text)) + text
    if isinstance(value, Cid):
        return _head(6, _LINK) + encode(b"\x00" + value.binary())
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        return _head(5, len(value)) + b"".join(encode(k) + encode(value[k]) for k in sorted(value, key=_map_order))
    raise TypeError(f"no DAG-CBOR for {type(value).__name__}")


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Malformed("cut short")
        self.at += count
        return self.data[self.at - count:self.at]

    def head(self):
        first = self.take(1)[0]
        major, low = first >> 5, first & 31
        if major == 7:
            return major, low
        if low > 27:
            raise Malformed("an indefinite or reserved length")
        number = low if low < 24 else int.from_bytes(self.take(1 << low - 24), "big")
        if len(_head(major, number)) != (1 if low < 24 else 1 + (1 << low - 24)):
            raise Malformed("a number longer than it needs to be")
        return major, number

    def value(self):
        major, number = self.head()
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 2:
            return self.take(number)
        if major == 3:
            try:
                return self.take(number).decode()
            except UnicodeDecodeError as error:
                raise Malformed(str(error)) from None
        if major == 4:
            return [self.value() for _ in range(number)]
        if major == 5:
            return self.map(number)
        if major == 6:
            return self.link(number)
        if number in (20, 21, 22):
            return {20: False, 21: True, 22: None}[number]
        raise Malformed(f"simple value {number}")

    def map(self, count):
        out, last = {}, None
        for _ in range(count):
            key = self.value()
            if not isinstance(key, str):
                raise Malformed("a map's key that is no string")
            if last is not None and _map_order(key) <= _map_order(last):
                raise Malformed("map keys out of order, or twice")
            out[key], last = self.value(), key
        return out

    def link(self, tag):
        binary = self.value()
        if tag != _LINK or not isinstance(binary, bytes) or binary[:1] != b"\x00":
            raise Malformed(f"tag {tag} that is no link")
        return Cid.read(binary[1:])


def decode(data):
    """The value; Malformed unless `data` is exactly its canonical encoding."""
    reader = _Reader(data)
    value = reader.value()
    if reader.at != len(data):
        raise Malformed(f"{len(data) - reader.at} bytes too many")
    return value
