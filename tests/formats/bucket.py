"""The bucket of docs/formats/bucket.md, written from that document: items become an index, an index a root.

An item is (key, weight, value): key a str, value anything that DAG-CBOR can hold.
"""

import hashlib

from dagcbor import DAG_CBOR, Cid, encode

FORMAT = 1
NODE_ITEMS = 64
MEAN_RUN = 64
END_DISTANCE = 16
BOUNDARY_LEVELS = 6
INLINE_VALUE = 6144


class Blocks(dict):
    """CID -> bytes of every block made."""

    def put(self, value):
        block = encode(value)
        cid = Cid.of(DAG_CBOR, block)
        self[cid] = block
        return cid


def _digest(key):
    return hashlib.sha256(key.encode()).digest()


def is_boundary(key, level):
    """Rule 1."""
    if level >= BOUNDARY_LEVELS:
        return False
    number = int.from_bytes(_digest(key)[4 * level:4 * level + 4], "big")
    return number < (1 << 32) // MEAN_RUN


def _rank(key):
    return _digest(key)[24:32], key.encode()


def _cut(run):
    """Rule 2: pieces of at most NODE_ITEMS."""
    if len(run) <= NODE_ITEMS:
        return [run]
    candidates = range(END_DISTANCE, len(run) - END_DISTANCE + 1)
    at = min(candidates, key=lambda i: _rank(run[i][0]))
    return _cut(run[:at]) + _cut(run[at:])


def _nodes(items, level):
    runs = []
    for item in items:
        if not runs or is_boundary(item[0], level):
            runs.append([])
        runs[-1].append(item)
    return [piece for run in runs for piece in _cut(run)]


def tree(items, blocks):
    """[root, count, weight] of the items, which come in any order; keys are unique."""
    items = sorted(items, key=lambda item: item[0].encode())
    count, weight = len(items), sum(item[1] for item in items)
    if not items:
        return [None, 0, 0]
    level = 0
    row = [[key, size, _stored(value, blocks)] for key, size, value in items]
    while True:
        nodes = _nodes(row, level)
        links = [blocks.put([FORMAT, level, node]) for node in nodes]
        if len(nodes) == 1:
            return [links[0], count, weight]
        row = [[node[0][0], link, _count(node, level), sum(item[1 if level == 0 else 3] for item in node)]
               for node, link in zip(nodes, links, strict=True)]
        level += 1


def _count(node, level):
    return len(node) if level == 0 else sum(item[2] for item in node)


def _stored(value, blocks):
    return value if len(encode(value)) <= INLINE_VALUE else blocks.put(value)


def root(items, created, blocks, uploads=()):
    """(contents index or None, CID of the root block)."""
    objects = tree(items, blocks)
    cid = blocks.put({"format": FORMAT, "created": created, "objects": objects, "uploads": tree(uploads, blocks), "settings": {}})
    return objects[0], cid
