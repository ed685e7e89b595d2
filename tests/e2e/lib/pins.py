"""The pinning service's clients and origins: requests with bearers, pins that come to an end, blocks and who gives them."""

import base64
import hashlib
import http.server
import json
import threading
import urllib.error
import urllib.parse
import urllib.request

import fleet as fleets

from lib import watch
from lib.bad_requests import token

LONG = 120
SECRET = "the secret of these tests' JSON web tokens"


def jwt_settings(directory):
    file = directory / "jwt"
    file.touch(mode=0o600)
    file.write_text(SECRET)
    return {"jwt_secret_file": str(file), "eip712": True}


def user(name):
    return token({"sub": name, "exp": 4_000_000_000}, SECRET)


def ask(master, method, path, bearer=None, body=None, **headers):
    """(status, decoded JSON or None, headers)."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} if data is not None else {}
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    if bearer:
        sent["Authorization"] = "Bearer " + bearer
    request = urllib.request.Request(f"http://{master.api}{path}", data=data, method=method, headers=sent)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text, status, got = answer.read(), answer.status, answer.headers
    except urllib.error.HTTPError as error:
        text, status, got = error.read(), error.code, error.headers
    return status, json.loads(text) if text and got["Content-Type"] == "application/json" else None, got


def pin(master, bearer, cid, **more):
    status, made, _ = ask(master, "POST", "/pins", bearer, {"cid": cid, **more})
    assert status == 202, made
    return made


def ended(master, bearer, made, status="pinned"):
    """The pin once it has ended so."""
    seen = {}

    def has():
        seen.update(ask(master, "GET", f"/pins/{made['requestid']}", bearer)[1])
        assert seen["status"] == status or seen["status"] not in ("pinned", "failed"), seen
        return seen["status"] == status

    watch.until(f"{made} is {status}", has, LONG)
    return seen


def cid_of(codec, data):
    return "b" + base64.b32encode(bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(data).digest()).decode().lower().rstrip("=")


def raw_cid(data):
    return cid_of(0x55, data)


def node(links):
    """(CID, bytes) of a DAG-CBOR list of up to 23 links."""
    data = bytes([0x80 | len(links)]) + b"".join(
        b"\xd8\x2a\x58\x25\x00" + base64.b32decode(c[1:].upper() + "=" * (-len(c[1:]) % 8)) for c in links)
    return cid_of(0x71, data), data


class Origin:
    """A trustless gateway of somebody else's, under a path, that counts and can lie."""

    def __init__(self, blocks):
        self.blocks, self.asked, self.gate = blocks, [], threading.Event()
        self.gate.set()
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                cid = urllib.parse.urlparse(self.path).path.removeprefix("/under/here/ipfs/")
                origin.asked.append(cid)
                origin.gate.wait(LONG)
                body = origin.blocks.get(cid)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((fleets.own_loopback(), 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def address(self):
        host, port = self.server.server_address
        return f"/ip4/{host}/tcp/{port}/http/http-path/under%2Fhere"

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
