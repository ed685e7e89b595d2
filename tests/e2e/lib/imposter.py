"""An ipfs-cluster's REST API and a kubo's RPC played by one HTTP server, whose faults a test chooses."""

import collections
import http.server
import json
import re
import threading
import time
import urllib.parse

PEERS = ("c1", "c2")


def blocks_of(car):
    """CID bytes -> block of a CAR version 1 whose CIDs have 36 bytes."""
    def varint(at):
        value, shift = 0, 0
        while True:
            byte = car[at]
            value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
            if byte < 128:
                return value, at
    size, at = varint(0)
    at += size
    blocks = []
    while at < len(car):
        size, at = varint(at)
        blocks.append((car[at:at + 36], car[at + 36:at + size]))
        at += size
    return blocks


class Imposter:
    """Answers as a healthy cluster of two peers does, unless told otherwise: `status(cid)` gives what each peer says,
    `answer` replaces the body of status answers, `refuse(path)` gives (status, body) for any request or None, `delay` is
    waited for before each status, and a request of which `hangs(path)` is true gets no answer while it is. `pinned` maps
    roots to the query of their POST, `blocks` counts what was imported, `hanging` the requests that wait."""

    def __init__(self, address):
        imposter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                self.reply(*imposter.handle("GET", self))

            def do_POST(self):
                self.reply(*imposter.handle("POST", self))

            def reply(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://{address}:{self.server.server_port}"
        self.lock = threading.Lock()
        self.hanging = 0
        self.heal()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def heal(self):
        with self.lock:
            self.pinned, self.blocks, self.requests = {}, collections.Counter(), []
            self.at_once = self.most_at_once = 0
        self.status = lambda cid: {peer: ("pinned" if cid in self.pinned else "unpinned", "") for peer in PEERS}
        self.answer, self.refuse, self.delay, self.taken = None, lambda path: None, 0, lambda count: count
        self.hangs = lambda path: False

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def handle(self, method, request):
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        path, _, query = request.path.partition("?")
        with self.lock:
            self.requests.append((method, path, query, dict(request.headers)))
            self.hanging += 1
        while self.hangs(path):
            time.sleep(0.02)
        with self.lock:
            self.hanging -= 1
        refused = self.refuse(path)
        if refused:
            return refused
        if path == "/api/v0/dag/import":
            return self.take(request.headers["Content-Type"], body)
        if path == "/api/v0/block/get":
            return 500, json.dumps({"Message": "block was not found locally (offline): ipld: could not find it", "Code": 0}).encode()
        cid = re.fullmatch(r"/pins/(b[a-z2-7]{58})(/recover)?", path)
        if not cid:
            return 404, b'{"code":404,"message":"no such page"}'
        if method == "POST" and not cid[2]:
            return self.pin(cid[1], dict(urllib.parse.parse_qsl(query)))
        return self.tell(cid[1])

    def take(self, kind, body):
        boundary = b"--" + kind.split("boundary=")[1].encode()
        part = body.split(boundary)[1]
        taken = blocks_of(part.partition(b"\r\n\r\n")[2][:-2])
        with self.lock:
            self.blocks.update(cid for cid, _ in taken)
        return 200, json.dumps({"Stats": {"BlockCount": self.taken(len(taken)), "BlockBytesCount": 1}}).encode() + b"\n"

    def pin(self, cid, options):
        with self.lock:
            if options.get("pin-update", cid) not in {*self.pinned, cid}:
                return 404, b'{"code":404,"message":"pin is not part of the pinset"}'
            self.pinned[cid] = options
        return 200, json.dumps({"cid": cid}).encode()

    def tell(self, cid):
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.delay)
        with self.lock:
            self.at_once -= 1
        if self.answer is not None:
            return 200, self.answer
        peers = {f"id-{name}": {"peername": name, "status": status, "error": error} for name, (status, error) in self.status(cid).items()}
        return 200, json.dumps({"cid": cid, "name": "", "peer_map": peers}).encode() + b"\n"
