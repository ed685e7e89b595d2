#!/usr/bin/env python3
"""Expected values for the tests of common/cid, computed apart from the C++: standard library only.

Written from the specifications of UnixFS, DAG-PB, DAG-CBOR, CAR and CID. The values it prints are recorded in
unixfs_test.cpp and car_test.cpp; run it again when a vector is to be added.
"""

import base64
import hashlib

CHUNK = 1 << 20
WIDTH = 1024


def varint(n):
    out = bytearray()
    while True:
        out.append(n & 0x7F | (0x80 if n > 0x7F else 0))
        n >>= 7
        if not n:
            return bytes(out)


def cid(codec, block):
    return bytes([1, codec, 0x12, 32]) + hashlib.sha256(block).digest()


def text(raw_cid):
    return "b" + base64.b32encode(raw_cid).decode().lower().rstrip("=")


def delimited(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def number(field, value):
    return varint(field << 3) + varint(value)


def file_node(children):
    """children: (cid, file size, cumulative size) each; returns the same of their parent."""
    links = b"".join(delimited(2, delimited(1, c) + delimited(2, b"") + number(3, total)) for c, _, total in children)
    size = sum(s for _, s, _ in children)
    data = number(1, 2) + number(3, size) + b"".join(number(4, s) for _, s, _ in children)
    block = links + delimited(1, data)
    return cid(0x70, block), size, len(block) + sum(t for _, _, t in children)


def leaf(fill, size, memo={}):
    if (fill, size) not in memo:
        memo[fill, size] = (cid(0x55, bytes([fill]) * size), size, size)
    return memo[fill, size]


def layout(leaves):
    """Balanced: whole levels are folded by WIDTH until one node is left."""
    if not leaves:
        return leaf(0, 0)
    nodes = leaves
    while len(nodes) > 1:
        nodes = [file_node(nodes[i : i + WIDTH]) for i in range(0, len(nodes), WIDTH)]
    return nodes[0]


def zeros(size):
    return [leaf(0, CHUNK)] * (size // CHUNK) + ([leaf(0, size % CHUNK)] if size % CHUNK else [])


def uneven():
    """Three parts of 2.5 MiB of 'a', 'b', 'c', each cut on its own, as a multipart upload leaves them."""
    return [leaf(fill, size) for fill in b"abc" for size in (CHUNK, CHUNK, CHUNK // 2)]


def car():
    blocks = [b"hello", b""]
    cids = [cid(0x55, b) for b in blocks]
    link = b"\xd8\x2a\x58\x25\x00" + cids[0]
    header = b"\xa2\x65roots\x81" + link + b"\x67version\x01"
    sections = b"".join(varint(len(c + b)) + c + b for c, b in zip(cids, blocks))
    return varint(len(header)) + header + sections


def main():
    sizes = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK, 1024 * CHUNK, 1024 * CHUNK + 1, 1025 * CHUNK]
    sizes.append(1024 * 1024 * CHUNK + 1)
    for size in sizes:
        root, total, dag = layout(zeros(size))
        assert total == size
        print(f'    Vector{{{size}U, {dag}U, "{text(root)}"}},')
    root, total, dag = layout(uneven())
    print(f'uneven: {total} {dag} {text(root)}')
    print("car:", car().hex())
    print("base58:", base58(cid(0x55, b"")))


def base58(raw):
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    n, out = int.from_bytes(raw, "big"), ""
    while n:
        n, digit = divmod(n, 58)
        out = alphabet[digit] + out
    return "z" + out


if __name__ == "__main__":
    main()
