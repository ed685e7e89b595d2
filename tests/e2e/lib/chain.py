"""Ethereum nodes for contract wallets: a development chain from npm, and one that answers as a test wants."""

import contextlib
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time
import urllib.request

import fleet as fleets

MAGIC = "0x1626ba7e" + "0" * 56


def rpc(url, method, *parameters):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        said = json.load(answer)
    assert "error" not in said, said
    return said["result"]


@contextlib.contextmanager
def development_chain(directory):
    """The URL of a fresh chain by ganache, which tests/oracles pins."""
    program = pathlib.Path(os.environ["CAIRN_CACHE"], "oracles/node_modules/ganache/dist/node/cli.js")
    assert program.exists(), f"{program} is not there; ./dev setup makes it"
    host = fleets.own_loopback()
    port = fleets.free_port(host)
    with open(directory / "chain.log", "w+b") as log:
        process = subprocess.Popen([shutil.which("node"), str(program), "--server.host", host, "--server.port", str(port),
                                    "--chain.hardfork", "shanghai"], stdout=log, stderr=log)
        try:
            end = time.monotonic() + 60
            while b"RPC Listening" not in (directory / "chain.log").read_bytes():
                assert process.poll() is None and time.monotonic() < end, (directory / "chain.log").read_text()
                time.sleep(0.05)
            yield f"http://{host}:{port}"
        finally:
            process.terminate()
            process.wait(30)


def two_owners(owners):
    """Code of a contract whose isValidSignature wants 130 bytes: both owners' signatures of the hash, in their order. It
    answers the magic value, and reverts otherwise."""
    code, fails = bytearray(), []

    def emit(*parts):
        for part in parts:
            code.extend(part if isinstance(part, bytes) else bytes([part]))

    def unless():  # what is on the stack, jump to the end
        emit(0x15, 0x60)
        fails.append(len(code))
        emit(0, 0x57)

    emit(0x60, 0, 0x35, 0x60, 0xE0, 0x1C, 0x63, bytes.fromhex("1626ba7e"), 0x14)  # the selector
    unless()
    emit(0x60, 0x44, 0x35, 0x60, 130, 0x14)  # the signature's length
    unless()
    for n, owner in enumerate(owners):
        r = 0x64 + 65 * n
        emit(0x60, 4, 0x35, 0x60, 0, 0x52)  # hash
        emit(0x60, r + 64, 0x35, 0x60, 0xF8, 0x1C, 0x60, 0x20, 0x52)  # v
        emit(0x60, r, 0x35, 0x60, 0x40, 0x52, 0x60, r + 32, 0x35, 0x60, 0x60, 0x52)  # r, s
        emit(0x60, 0, 0x60, 0x80, 0x52)
        emit(0x60, 0x20, 0x60, 0x80, 0x60, 0x80, 0x60, 0, 0x60, 1, 0x5A, 0xFA, 0x50)  # ecrecover
        emit(0x73, bytes.fromhex(owner.removeprefix("0x")), 0x60, 0x80, 0x51, 0x14)
        unless()
    emit(0x63, bytes.fromhex("1626ba7e"), 0x60, 0xE0, 0x1B, 0x60, 0, 0x52, 0x60, 0x20, 0x60, 0, 0xF3)
    for at in fails:
        code[at] = len(code)
    emit(0x5B, 0x60, 0, 0x60, 0, 0xFD)
    return bytes(code)


def deploy(url, code):
    """The address of a contract with that code."""
    init = bytes([0x60, len(code), 0x60, 12, 0x60, 0, 0x39, 0x60, len(code), 0x60, 0, 0xF3]) + code
    sender = rpc(url, "eth_accounts")[0]
    made = rpc(url, "eth_sendTransaction", {"from": sender, "data": "0x" + init.hex(), "gas": hex(1_000_000)})
    address = rpc(url, "eth_getTransactionReceipt", made)["contractAddress"]
    assert rpc(url, "eth_getCode", address, "latest") == "0x" + code.hex()
    return address.lower()


class Imposter:
    """A node whose answers a test sets. `answers`: method to a result, or to a function of nothing that gives the bytes of a
    whole answer with its status. `calls` has every (method, parameters). Waits in front of an answer until `gate` is set."""

    def __init__(self):
        self.answers = {"eth_getCode": "0x60", "eth_call": MAGIC}
        self.calls, self.gate = [], threading.Event()
        self.gate.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.calls.append((asked["method"], asked["params"]))
                outer.gate.wait(30)
                answer = outer.answers[asked["method"]]
                status, body = answer() if callable(answer) else (200, json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": answer}).encode())
                with contextlib.suppress(OSError):  # who asked may be gone
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((fleets.own_loopback(), 0), Handler)
        self.url = "http://%s:%d/key-of-a-provider" % self.server.server_address
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
