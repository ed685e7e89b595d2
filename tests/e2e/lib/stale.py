"""A planted fault: a cache in front of a master that answers reads from what it saw up to some milliseconds ago."""

import http.client
import http.server
import threading
import time

from lib.serving import Serving


class StaleCache:
    """Contract: listens on a port of its own (`s3`), passes every request on to `master`, and answers a GET without asking
    while its last answer for the same target is younger than `seconds`. close() ends it."""

    def __init__(self, master, seconds):
        server = Serving("127.0.0.1", self._handler(master.s3, seconds))
        self.s3, self.close = server.at, server.close

    @staticmethod
    def _handler(upstream, seconds):
        cache, local = {}, threading.local()

        def ask(method, target, body, headers):
            connection = getattr(local, "connection", None)
            if connection is None:
                connection = local.connection = http.client.HTTPConnection(upstream, timeout=10)
            try:
                connection.request(method, target, body, headers)
                answer = connection.getresponse()
                return answer.status, answer.getheader("ETag"), answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                raise

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, etag, text = self._answer(body)
                self.send_response(status)
                if etag:
                    self.send_header("ETag", etag)
                if status != 204:
                    self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def _answer(self, body):
                kept = cache.get(self.path) if self.command == "GET" else None
                if kept and time.monotonic() - kept[0] < seconds:
                    return kept[1]
                asked = time.monotonic()
                answer = ask(self.command, self.path, body, dict(self.headers))
                if self.command == "GET":
                    cache[self.path] = (asked, answer)
                return answer

            do_GET = do_PUT = do_DELETE = do_POST = do_HEAD = _serve

            def log_message(self, *_):
                pass

        return Handler
