"""Bad input at the block door: CIDs, CAR framing, CBOR. Each row: name, the status to expect, the request."""

import base64
import hashlib

RAW, CBOR = b"\x01\x55\x12\x20", b"\x01\x71\x12\x20"


def cid(data, codec=RAW):
    return codec + hashlib.sha256(data).digest()


def spell(binary):
    """A CID as text, in base32."""
    return "b" + base64.b32encode(binary).decode().lower().rstrip("=")


def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def link(binary):
    return b"\xd8\x2a\x58" + bytes([len(binary) + 1]) + b"\0" + binary


def car(*blocks, header=None):
    """A CAR of (codec, data) or of (codec, data, CID that is claimed)."""
    header = b"\xa2\x65roots\x80\x67version\x01" if header is None else header
    out = varint(len(header)) + header
    for codec, data, *claimed in blocks:
        name = claimed[0] if claimed else cid(data, codec)
        out += varint(len(name) + len(data)) + name + data
    return out


GOOD, OTHER = (RAW, b"a good block"), (RAW, b"another block")
ROOT = spell(cid(b"\xa0", CBOR))


def http(method, target, body=b"", length=None):
    head = f"{method} {target} HTTP/1.1\r\nHost: node\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n"
    return head.encode("latin-1") + body


def hold(body, query="root=" + ROOT):
    return http("POST", "/v0/hold?" + query, body)


def of(data):
    """A hold of a root that is this CBOR, sent along."""
    return hold(car((CBOR, data)), "root=" + spell(cid(data, CBOR)))


def refused_header(header):
    return hold(car(GOOD, header=header))


CIDS = [(name, 422, http("GET", "/ipfs/" + text)) for name, text in [
    ("no CID", ""),
    ("a word", "nonsense"),
    ("a CID of version 0", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG"),
    ("a CID in a base that nobody reads", "u" + base64.urlsafe_b64encode(cid(b"x")).decode().rstrip("=")),
    ("a CID cut short", spell(cid(b"x"))[:-8]),
    ("a CID too long", spell(cid(b"x") + b"\0")),
    ("a CID of version 2", spell(b"\x02" + cid(b"x")[1:])),
    ("a CID of MD5", spell(b"\x01\x55\xd5\x01\x10" + bytes(16))),
    ("a CID whose digest is short", spell(b"\x01\x55\x12\x10" + bytes(16))),
    ("a CID with a longer varint than it needs", spell(b"\x81\x00\x55\x12\x20" + bytes(32))),
    ("a CID with bits to spare", spell(cid(b"x"))[:-1] + "b"),
    ("a CID and a path", spell(cid(b"x")) + "/.."),
    ("a CID with NUL", spell(cid(b"x")) + "%00"),
]]

HOLDS = [
    ("a block that is not there", 404, http("GET", "/ipfs/" + spell(cid(b"never put")))),
    ("a page that is not there", 404, http("GET", "/v0/nothing")),
    ("a hold without a root", 422, hold(car(GOOD), "")),
    ("a hold of a word", 422, hold(car(GOOD), "root=nonsense")),
    ("a hold on a word", 422, hold(car(GOOD), f"root={ROOT}&base=nonsense")),
    ("a hold with a query that is none", 422, hold(car(GOOD), "root=%zz")),
    ("no CAR", 422, hold(b"")),
    ("words for a CAR", 422, hold(b"blocks, please")),
    ("a CAR that ends in its header", 422, hold(car()[:-3])),
    ("a CAR that ends in a block", 422, hold(car(GOOD, OTHER)[:-3])),
    ("a section of nothing", 422, hold(car() + b"\0")),
    ("a section of 4 GiB", 422, hold(car() + varint(1 << 32) + b"x")),
    ("a section of 16 EiB", 422, hold(car() + b"\xff" * 9 + b"\x01x")),
    ("a length that has no end", 422, hold(car() + b"\xff" * 20)),
    ("a block that is not its CID", 422, hold(car(GOOD, (RAW, b"forged", cid(b"original"))))),
    ("a CID that is none in a CAR", 422, hold(car(GOOD, (RAW, b"x", b"\x01\x55\x99\x99" + bytes(32))))),
    ("a CAR of version 2", 422, refused_header(b"\xa2\x65roots\x80\x67version\x02")),
    ("a header of no map", 422, refused_header(b"\x80")),
    ("a header without a version", 422, refused_header(b"\xa1\x65roots\x80")),
    ("a header whose keys are not in order", 422, refused_header(b"\xa2\x67version\x01\x65roots\x80")),
    ("a header with a key twice", 422, refused_header(b"\xa3\x65roots\x80\x65roots\x80\x67version\x01")),
    ("a header of no fixed length", 422, refused_header(b"\xbf\x65roots\x80\x67version\x01\xff")),
    ("a header with a longer integer than it needs", 422, refused_header(b"\xa2\x65roots\x80\x67version\x18\x01")),
    ("a header with 2^60 roots", 422, refused_header(b"\xa2\x65roots\x9b\x10" + bytes(7) + b"\x67version\x01")),
    ("a root that is no link", 422, refused_header(b"\xa2\x65roots\x81\x01\x67version\x01")),
    ("CBOR of no fixed length", 422, of(b"\x9f\xff")),
    ("CBOR with another tag", 422, of(b"\xc1\x01")),
    ("CBOR cut short", 422, of(b"\x82\x01")),
    ("CBOR with bytes behind it", 422, of(b"\x01\x01")),
    ("CBOR whose keys are not in order", 422, of(b"\xa2\x61b\x01\x61a\x01")),
    ("CBOR with a key twice", 422, of(b"\xa2\x61a\x01\x61a\x01")),
    ("CBOR with a longer integer than it needs", 422, of(b"\x18\x01")),
    ("CBOR with half a float", 422, of(b"\xf9\x3c\x00")),
    ("CBOR with NaN", 422, of(b"\xfb\x7f\xf8" + bytes(6))),
    ("CBOR with text that is not UTF-8", 422, of(b"\x61\xff")),
    ("CBOR with a link to no CID", 422, of(b"\xd8\x2a\x42\x00\x01")),
    ("CBOR with a link without its zero", 422, of(b"\xd8\x2a\x58\x24" + cid(b"x"))),
    ("CBOR 100,000 deep", 422, of(b"\x81" * 100000 + b"\x01")),
    ("CBOR that claims 2^60 items", 422, of(b"\x9b\x10" + bytes(7))),
    ("CBOR that claims text of 2^60 bytes", 422, of(b"\x7b\x10" + bytes(7))),
]
