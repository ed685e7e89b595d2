"""The audit log of docs/formats/audit.md, written from that document: rows, their chain, and their signatures."""

import hashlib
import json

import wallet
from dagcbor import encode

DOMAIN = b"cairn audit 1\n"
FIELDS = ("at", "who", "from", "what", "action", "message", "outcome", "previous", "sequence", "signature")
# action: (the audit row's `action`, the least role; None: the wallet that it names)
SIGNED = {"ClaimAdmin": ("operator.claim", None), "SetOperator": ("operator.set", "admin"), "RevokeTokens": ("token.revoke", "operator"),
          "RevokeGrant": ("grant.revoke", "operator"), "RevokeOwnTokens": ("token.revoke", None), "RevokeOwnGrant": ("grant.revoke", None),
          "SetAccessKeyEnabled": ("key.set", "operator"), "DeleteAccessKey": ("key.delete", "operator"),
          "RotateSharedKey": ("key.rotate", "admin"), "RetireSharedKey": ("key.retire", "admin"), "VouchMaster": ("master.vouch", "admin"),
          "SetAlias": ("alias.set", "operator")}
# What a master notes of a request by whatever credentials.
NOTED = {"bucket.open", "bucket.close"}
# Rows of these that commands on a master's machine write, too, without a signature.
BY_COMMAND = {"token.revoke", "grant.revoke", "key.delete", "key.rotate", "key.retire"}
RANKS = {"none": 0, "viewer": 1, "operator": 2, "admin": 3}
DAY, HOUR = 86400, 3600


class Forged(Exception):
    pass


def fields(row):
    """What of a row is hashed."""
    return encode({"v": 1} | {name: row[name] for name in FIELDS})


def hash_of(row):
    return hashlib.sha256(DOMAIN + fields(row)).digest()


def following(rows, **what):
    """A row that continues `rows`."""
    row = {"sequence": len(rows) + 1, "previous": rows[-1]["hash"] if rows else bytes(32)} | what
    return row | {"hash": hash_of(row)}


def need(holds, why):
    if not holds:
        raise Forged(why)


class Log:
    """Rows in order; take() raises Forged for one that does not hold."""

    def __init__(self, fleet):
        self.fleet, self.last, self.seen, self.roles, self.first = fleet, (0, bytes(32)), {}, {}, None

    def take(self, row):
        need((row["sequence"], row["previous"]) == (self.last[0] + 1, self.last[1]), "chain")
        need(row["hash"] == hash_of(row), "hash")
        if row["signature"]:
            self._signed(row)
        else:
            self._unsigned(row)
        self.last = row["sequence"], row["hash"]

    def _unsigned(self, row):
        need(not row["message"], "a message without a signature")
        need(row["action"] in NOTED or not row["who"].startswith("0x") or len(row["who"]) != 42, "a wallet without a signature")
        need(row["action"] in BY_COMMAND or row["action"] not in {audited for audited, _ in SIGNED.values()}, "only wallets do this")
        if row["action"] == "operator.first" and row["outcome"] == "done":
            need(self.first is None, "another first admin")
            self._set(json.loads(row["what"])["wallet"], "admin")

    def _signed(self, row):
        try:
            said = json.loads(row["message"])
            name, message = said["primaryType"], said["message"]
            audited, least = SIGNED[name]
            what = json.loads(row["what"])
            if row["outcome"] == "done" and name == "RotateSharedKey":
                what.pop("id", None)
            made = {"fleet": self.fleet, **what, "nonce": message["nonce"], "expires": message["expires"]}
            need(wallet.document(name, made) == row["message"], "the message is not of what was done")
        except (ValueError, KeyError, TypeError) as error:
            raise Forged(f"no action: {error}") from None
        need(audited == row["action"], "another action")
        need(made["expires"] - HOUR - DAY <= row["at"] // 1000 <= made["expires"] + DAY, "another time")
        what_was_signed = wallet.digest(name, made)
        need(wallet.signer(what_was_signed, row["signature"]) == row["who"], "signed by another")
        self._allowed(row, name, made, least)
        need(self.seen.setdefault(what_was_signed, row["sequence"]) == row["sequence"], "acted upon before")
        if row["outcome"] == "done" and name in ("ClaimAdmin", "SetOperator"):
            self._set(made["wallet"], made.get("role", "admin"))

    def _allowed(self, row, name, made, least):
        if row["outcome"].startswith("refused: "):
            return
        need(row["outcome"] == "done", "neither done nor refused")
        need(name != "ClaimAdmin" or self.first is None, "another first admin")
        need(made["wallet"] == row["who"] if least is None else self.roles.get(row["who"], 0) >= RANKS[least], "no role for it")

    def _set(self, who, role):
        self.roles[who] = RANKS[role]
        self.first = self.first or who


def first_fault(rows, fleet):
    """(sequence, why) of the first row that does not hold; None when all do."""
    log = Log(fleet)
    for row in rows:
        try:
            log.take(row)
        except Forged as fault:
            return row["sequence"], str(fault)
    return None


def action_row(rows, key, name, parameters, at, fleet, nonce, outcome="done", made=()):
    """A row that continues `rows`, of an action that the wallet of the secret number `key` signed."""
    message = {"fleet": fleet, **parameters, "nonce": "0x" + nonce.hex(), "expires": at // 1000 + 300}
    return following(rows, at=at, who=wallet.address(key), action=SIGNED[name][0], outcome=outcome,
                     what=json.dumps({**parameters, **dict(made)}, separators=(",", ":"), ensure_ascii=False),
                     signature=wallet.sign(wallet.digest(name, message), key), message=wallet.document(name, message),
                     **{"from": "192.0.2.1:4000"})
