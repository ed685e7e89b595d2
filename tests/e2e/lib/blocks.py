"""CARs and the files in them, made by hand: any shape, and any lie."""

import base64
import hashlib

RAW, DAG_PB, DAG_CBOR = 0x55, 0x70, 0x71


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def cid(data, codec=RAW, hashes=0x12):
    return bytes([1, codec, hashes, 32]) + hashlib.sha256(data).digest()


def text(binary):
    """A CID as people write it."""
    return "b" + base64.b32encode(binary).decode().rstrip("=").lower()


def unread(cid):
    """The bytes of a CID as people write it."""
    return base64.b32decode(cid[1:].upper() + "=" * (-len(cid[1:]) % 8))


def _field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def leaf(data):
    """(CID, block, bytes of content)."""
    return cid(data), data, len(data)


def node(children, kind=2, own=b"", says=None):
    """A UnixFS node over children; `says` instead of their true sizes."""
    sizes = says or [size for _, _, size in children]
    data = varint(8) + varint(kind) + (_field(2, own) if own else b"")
    data += varint(3 << 3) + varint(len(own) + sum(sizes)) + b"".join(varint(4 << 3) + varint(s) for s in sizes)
    links = [_field(2, _field(1, c) + _field(2, b"") + varint(3 << 3) + varint(len(b))) for c, b, _ in children]
    block = b"".join(links) + _field(1, data)
    return cid(block, DAG_PB), block, len(own) + sum(sizes)


def section(binary, block):
    return varint(len(binary) + len(block)) + binary + block


def car(roots, blocks):
    header = b"\xa2\x65roots" + bytes([0x80 + len(roots)])
    header += b"".join(b"\xd8\x2a\x58" + bytes([len(r) + 1]) + b"\0" + r for r in roots) + b"\x67version\x01"
    return varint(len(header)) + header + b"".join(section(c, b) for c, b, *_ in blocks)
