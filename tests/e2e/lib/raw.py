"""S3 requests byte by byte: signed by hand, so that each part of them can be wrong, and sent over a bare socket."""

import dataclasses
import datetime
import hashlib
import hmac
import re
import socket
import struct
import urllib.parse

EMPTY = hashlib.sha256(b"").hexdigest()


def moment(seconds):
    """x-amz-date, `seconds` from now."""
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y%m%dT%H%M%SZ")


class Signature:
    """Contract: AWS Signature Version 4 of one request. `seen` collects every signature made, the chunks' too.
    It is dated `ahead` seconds from now."""

    def __init__(self, access_key, secret_key, ahead=0, scope_date=None, region="us-east-1", service="s3"):
        self.access_key, self.date, self.seen = access_key, moment(ahead), []
        self.scope = f"{scope_date or self.date[:8]}/{region}/{service}/aws4_request"
        self._key = ("AWS4" + secret_key).encode()
        for word in self.scope.split("/"):
            self._key = hmac.new(self._key, word.encode(), "sha256").digest()

    def _sign(self, algorithm, *lines):
        text = "\n".join([algorithm, self.date, self.scope, *lines]).encode()
        self.seen.append(hmac.new(self._key, text, "sha256").hexdigest())
        return self.seen[-1]

    def of(self, method, target, headers, payload):
        """(signature, names) over all `headers`, lower-case name to value."""
        path, _, query = target.partition("?")
        pairs = sorted(p if "=" in p else p + "=" for p in query.split("&") if p)
        names = ";".join(sorted(headers))
        canonical = [method, path, "&".join(pairs), *(f"{n}:{headers[n].strip()}" for n in sorted(headers)), "", names, payload]
        digest = hashlib.sha256("\n".join(canonical).encode("utf-8", "surrogateescape")).hexdigest()
        return self._sign("AWS4-HMAC-SHA256", digest), names

    def chunk(self, data):
        return self._sign("AWS4-HMAC-SHA256-PAYLOAD", self.seen[-1], EMPTY, hashlib.sha256(data).hexdigest())

    def trailer(self, text):
        return self._sign("AWS4-HMAC-SHA256-TRAILER", self.seen[-1], hashlib.sha256(text).hexdigest())


@dataclasses.dataclass
class Ask:
    """One request. {bucket} and {upload} in target, headers and body are filled in; what is None is made as it should be.

    end: "open", or how the client leaves after its bytes: "shut" (it still listens), "close", "reset".
    """

    method: str = "PUT"
    target: str = "/{bucket}/bad"
    headers: dict = dataclasses.field(default_factory=dict)
    body: object = b"x"           # bytes, or a function of the Signature for bodies with chunk signatures
    payload: str = None           # x-amz-content-sha256; "" sends none
    length: str = None            # Content-Length; "" sends none
    auth: str = None              # instead of a signature: the whole Authorization, "" for none
    signature: str = None         # instead of the right one
    unsigned: tuple = ()          # headers that are sent and not signed
    expires: str = None           # presigned for so long
    stray: str = ""               # put behind a presigned query, unsigned
    by: dict = dataclasses.field(default_factory=dict)  # arguments of Signature
    end: str = "open"

    def render(self, host, access_key, secret_key, values):
        """(bytes to send, secrets among them)."""
        def fill(text):
            return re.sub(r"\{(bucket|upload)\}", lambda m: values[m.group(1)], text)

        signer = Signature(**{"access_key": access_key, "secret_key": secret_key, **self.by})
        target, body = fill(self.target), self.body
        plain = b"" if callable(body) else re.sub(rb"\{(bucket|upload)\}", lambda m: values[m.group(1).decode()].encode(), body)
        payload = self.payload if self.payload is not None else hashlib.sha256(plain).hexdigest()
        headers = {"host": host, **{k.lower(): fill(v) for k, v in self.headers.items()}}
        if self.expires is not None:
            target = self._presign(signer, target, headers) + self.stray
        elif self.auth is None:
            self._authorize(signer, target, headers, payload)
        elif self.auth:
            headers["authorization"] = self.auth
        if callable(body):
            plain = body(signer)
        length = str(len(plain)) if self.length is None else self.length
        if length and "transfer-encoding" not in headers:
            headers["content-length"] = length
        head = f"{self.method} {target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
        secrets = [*signer.seen, *([self.auth.split()[-1]] if self.auth else [])]
        if signer.access_key.startswith("JWT:"):
            secrets.append(signer.access_key[4:])
        return head.encode("utf-8", "surrogateescape") + plain, secrets

    def _authorize(self, signer, target, headers, payload):
        headers.setdefault("x-amz-date", signer.date)
        if payload:
            headers["x-amz-content-sha256"] = payload
        right, names = signer.of(self.method, target, {k: v for k, v in headers.items() if k not in self.unsigned}, payload)
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={signer.access_key}/{signer.scope},SignedHeaders={names},"
                                    f"Signature={right if self.signature is None else self.signature}")

    def _presign(self, signer, target, headers):
        credential = urllib.parse.quote(f"{signer.access_key}/{signer.scope}", safe="")
        target += ("&" if "?" in target else "?") + (
            f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={signer.date}"
            f"&X-Amz-Expires={self.expires}&X-Amz-SignedHeaders=host")
        right, _ = signer.of(self.method, target, {"host": headers["host"]}, "UNSIGNED-PAYLOAD")
        return f"{target}&X-Amz-Signature={right if self.signature is None else self.signature}"


class Wire:
    """Contract: one connection to `host`; close() or a `with` ends it. Waits at most `timeout` seconds for each byte."""

    def __init__(self, host, timeout=15, wrap=None):
        address, port = host.rsplit(":", 1)
        self.socket = socket.create_connection((address, int(port)), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if wrap:
            self.socket = wrap(self.socket)
        self.left = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def send(self, data):
        """Sends; who refuses a body may close before he has it all, and his answer is there all the same."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _more(self):
        piece = self.socket.recv(65536)
        self.left += piece
        return bool(piece)

    def answer(self, method="GET"):
        """(status, headers, body) of the next answer; None where the connection ends without one."""
        while b"\r\n\r\n" not in self.left:
            if not self._more():
                assert not self.left, f"half an answer: {self.left}"
                return None
        head, self.left = self.left.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        if status == 100:
            return self.answer(method)
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
        length = 0 if method == "HEAD" or status in (204, 304) else int(headers["content-length"])
        while len(self.left) < length:
            assert self._more(), f"the answer breaks off after {len(self.left)} of {length} bytes"
        body, self.left = self.left[:length], self.left[length:]
        return status, headers, body


def ask(host, data, end="open", method="GET", wrap=None):
    """One connection, one request: "status Code" of its answer ("-" for no code), or "silence" where none may come."""
    with Wire(host, wrap=wrap) as wire:
        wire.send(data)
        if end == "close":
            return "silence"
        if end == "reset":
            wire.reset()
            return "silence"
        if end == "shut":
            wire.socket.shutdown(socket.SHUT_WR)
        answer = wire.answer(method)
    if answer is None:
        return "silence"
    code = re.search(rb"<Code>(\w+)</Code>", answer[2])
    return f"{answer[0]} {code.group(1).decode() if code else '-'}"
