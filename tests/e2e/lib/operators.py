"""Operators and their signed actions, made by cairnd or here with eth-account."""

import json
import re
import secrets
import time
import urllib.error
import urllib.request

from eth_account import Account
from eth_account.messages import encode_typed_data

from lib import watch
from lib.wallets import Wallet, cairnd


class Operator(Wallet):
    """A wallet that acts: through cairnd, or by messages made here with eth-account."""

    @property
    def key(self):
        return self.file.read_text().strip()

    @property
    def address(self):
        return Account.from_key(self.key).address.lower()

    def do(self, master, *words, check=True, **more):
        return cairnd(*words, "--key", self.file, "--api", master.api, check=check, **more)

    def token(self, master):
        return self.issue(master, "--operator")

    def sign(self, fleet_id, action, parameters, nonce=None, expires=None):
        """The request for POST /admin/v1/actions."""
        types = {"SetOperator": [("address", "wallet"), ("string", "role")], "RevokeTokens": [("address", "wallet"), ("uint64", "upTo")],
                 "RotateSharedKey": [("string", "purpose")], "DeleteAccessKey": [("string", "id")],
                 "ClaimAdmin": [("address", "wallet")], "RevokeOwnTokens": [("address", "wallet"), ("uint64", "upTo")],
                 "RevokeOwnGrant": [("address", "wallet"), ("bytes32", "grant")]}[action]
        fields = [("string", "fleet"), *types, ("bytes32", "nonce"), ("uint64", "expires")]
        nonce, expires = nonce or "0x" + secrets.token_hex(32), expires or int(time.time()) + 300
        message = {"fleet": fleet_id, **parameters, "nonce": nonce, "expires": expires}
        signed = Account.sign_typed_data(self.key, {"name": "Cairn", "version": "2"},
                                         {action: [{"name": n, "type": t} for t, n in fields]}, message)
        return {"action": action, "parameters": parameters, "nonce": nonce, "expires": expires,
                "signature": "0x" + bytes(signed.signature).hex()}


def ask(master, path, token=None, method="GET", body=None, headers=()):
    """(status, decoded JSON)"""
    headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **dict(headers)}
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(f"http://{master.api}{path}", data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def act(master, request):
    return ask(master, "/admin/v1/actions", method="POST", body=request)


def until_known(master, operator, since=None):
    """The role was given before `since`, or just now."""
    since, token = since or time.monotonic(), operator.token(master)
    watch.followed("the master knows the operator", since, lambda: ask(master, "/admin/v1/operators", token)[0], [403], [200])


def code_of(master):
    found = re.search(r"code=\"?([0-9a-f]{32})", master.log.read_text())
    assert found, master.tail()
    return found[1]


def typed(message):
    return encode_typed_data(full_message=json.loads(message))
