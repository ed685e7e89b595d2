"""What docs/formats/action.md asks of a wallet's signature, in Python's standard library: Keccak-256, a flat EIP-712 message,
the signer of r, s, v, and, for tests, signing."""

import json
import pathlib
import re

_DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/formats/action.md"
# {"SetOperator": [("string", "fleet"), ...]}
TYPES = {name: [tuple(field.split(" ")) for field in fields.split(",")]
         for name, fields in re.findall(r"^(\w+)\((.*)\)$", _DOCUMENT.read_text(), re.M)}
DOMAIN = {"name": "Cairn", "version": "2"}

_M = (1 << 64) - 1
_P = 2**256 - 2**32 - 977
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
      0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)


def _round_constants():
    constants, state = [], 1
    for _ in range(24):
        word = 0
        for j in range(7):
            word |= (state & 1) << (2**j - 1)
            state = state << 1 ^ (0x171 if state & 0x80 else 0)
        constants.append(word)
    return constants


_CONSTANTS = _round_constants()


def _rotated(word, by):
    return (word << by | word >> (64 - by)) & _M if by else word


def _permuted(a):
    for constant in _CONSTANTS:
        c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        a = [a[i] ^ c[(i + 4) % 5] ^ _rotated(c[(i + 1) % 5], 1) for i in range(25)]
        b, x, y, word = list(a), 1, 0, a[1]
        for t in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            word, b[x + 5 * y] = a[x + 5 * y], _rotated(word, (t + 1) * (t + 2) // 2 % 64)
        a = [b[i] ^ (~b[i // 5 * 5 + (i + 1) % 5] & _M & b[i // 5 * 5 + (i + 2) % 5]) for i in range(25)]
        a[0] ^= constant
    return a


def keccak256(data):
    padded = bytearray(data) + b"\x01" + bytes(-(len(data) + 1) % 136)
    padded[-1] |= 0x80
    state = [0] * 25
    for at in range(0, len(padded), 136):
        for i in range(17):
            state[i] ^= int.from_bytes(padded[at + 8 * i:at + 8 * i + 8], "little")
        state = _permuted(state)
    return b"".join(word.to_bytes(8, "little") for word in state[:4])


def _encoded(kind, value):
    if kind == "string":
        return keccak256(value.encode())
    if kind == "bytes":
        return keccak256(bytes.fromhex(value[2:]))
    if kind == "bytes32":
        return bytes.fromhex(value[2:])
    return (int(value, 16) if kind == "address" else int(value)).to_bytes(32, "big")


def _struct(name, fields, message):
    text = f"{name}({','.join(' '.join(f) for f in fields)})"
    return keccak256(keccak256(text.encode()) + b"".join(_encoded(kind, message[field]) for kind, field in fields))


def digest(name, message):
    """Of an action: what its wallet signs."""
    domain = _struct("EIP712Domain", [("string", "name"), ("string", "version")], DOMAIN)
    return keccak256(b"\x19\x01" + domain + _struct(name, TYPES[name], message))


def document(name, message):
    """As Cairn keeps it in the audit log."""
    def members(fields):
        return [{"name": field, "type": kind} for kind, field in fields]
    types = {"EIP712Domain": members([("string", "name"), ("string", "version")]), name: members(TYPES[name])}
    message = {field: message[field] for _, field in TYPES[name]}
    return json.dumps({"types": types, "primaryType": name, "domain": DOMAIN, "message": message}, separators=(",", ":"),
                      ensure_ascii=False)


def _add(p, q):
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0]:
        if (p[1] + q[1]) % _P == 0:
            return None
        slope = 3 * p[0] * p[0] * pow(2 * p[1], -1, _P) % _P
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, _P) % _P
    x = (slope * slope - p[0] - q[0]) % _P
    return x, (slope * (p[0] - x) - p[1]) % _P


def _times(n, point):
    out = None
    for bit in bin(n % ORDER)[2:]:
        out = _add(out, out)
        if bit == "1":
            out = _add(out, point)
    return out


def address_of(point):
    return "0x" + keccak256(b"".join(c.to_bytes(32, "big") for c in point))[12:].hex()


def address(key):
    """Of a secret number."""
    return address_of(_times(key, _G))


def signer(what, signature):
    """The address that signed the digest `what`; None for a signature that is malformed or of nobody."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return None
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if not 0 < r < ORDER or not 0 < s <= ORDER // 2:
        return None
    y = pow(r**3 + 7, (_P + 1) // 4, _P)
    if (y * y - r**3 - 7) % _P:
        return None
    if y % 2 != signature[64] - 27:
        y = _P - y
    inverse = pow(r, -1, ORDER)
    point = _add(_times(s * inverse, (r, y)), _times(-int.from_bytes(what, "big") * inverse, _G))
    return point and address_of(point)


def sign(what, key, nonce=None):
    """r, s, v. The nonce is made of key and digest: good enough for keys that only tests have."""
    k = nonce or int.from_bytes(keccak256(key.to_bytes(32, "big") + what), "big") % ORDER
    point = _times(k, _G)
    r, odd = point[0] % ORDER, point[1] % 2
    s = pow(k, -1, ORDER) * (int.from_bytes(what, "big") + r * key) % ORDER
    if s > ORDER // 2:
        s, odd = ORDER - s, 1 - odd
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([27 + odd])
