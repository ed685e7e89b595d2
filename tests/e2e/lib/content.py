"""Deterministic content of any size, and the CIDs that kubo 0.39.0 gives it.

VECTORS are what `ipfs add -n -Q` printed in a repository initialised with `ipfs init -p test-cid-v1-wide`.
"""

import hashlib
import io

BLOCK = 1 << 20
_BASE = hashlib.shake_256(b"cairn test content").digest(BLOCK)

VECTORS = {
    0: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    1: "bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu",
    BLOCK - 1: "bafkreih6wftl7hp56qzmdpwmusvdeclh4ezwouhoq2uvjjsho2xog7pgey",
    BLOCK: "bafkreifdj2uqgz4w5mmmcvyp6vxiscr5mwvnlbw2u4ql5voumnhd5fv54i",
    BLOCK + 1: "bafybeif6y3vqrqmnjtfjnp4xlnenq7hxkpbyrjb4hq6tn5jurura3flf4i",
    100 * BLOCK: "bafybeia4fkodbwpxq7n4udancju3utd6weeath2xnneahw6fq4u2xs2p2m",
    3072 * BLOCK: "bafybeih4u6rckyhw6geplqzdwlrwfn2tzwcykm4htlivnwu5wdsm3hcsge",
}


def block(number):
    """1 MiB that differs from every other block in its first 8 bytes."""
    return number.to_bytes(8, "big") + _BASE[8:]


def content(size):
    """The first `size` bytes of the content."""
    return b"".join(block(n) for n in range((size + BLOCK - 1) // BLOCK))[:size]


class Stream(io.RawIOBase):
    """The content as a file of `size` bytes that takes no memory."""

    def __init__(self, size):
        self.size, self.at = size, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self.at

    def seek(self, offset, whence=io.SEEK_SET):
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        return self.at

    def readinto(self, buffer):
        number, offset = divmod(self.at, BLOCK)
        count = max(0, min(len(buffer), BLOCK - offset, self.size - self.at))
        buffer[:count] = block(number)[offset:offset + count]
        self.at += count
        return count
