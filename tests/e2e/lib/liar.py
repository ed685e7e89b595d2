"""A holder that lies: between a master and a real storage node, it changes what that one answers."""

import http.client
import http.server
import ssl

from lib.serving import Serving


class Liar:
    """Contract: listens with the storage node's own key and asks it with the master's, so both believe to speak to one another.
    `mode`: honest; wrong (a byte of each block is changed); half (of each answer, and the line is cut); nonsense (answers that
    are 200 and mean nothing); complete (a hold is acknowledged as complete and thrown away). `lies` counts. close() ends it."""

    def __init__(self, address, master, node):
        self.mode, self.lies = "honest", 0
        liar = self
        towards = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        towards.check_hostname, towards.verify_mode = False, ssl.CERT_NONE
        towards.load_cert_chain(*keys_of(master))

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            rbufsize = 1 << 16

            def log_message(self, *_):
                pass

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if liar.mode == "complete" and self.path.startswith("/v0/hold"):
                    liar.lies += 1
                    return self.reply(200, b"\xa2\x67missing\x80\x68complete\xf5")
                upstream = http.client.HTTPSConnection(node.blocks, timeout=60, context=towards)
                try:
                    upstream.request(self.command, self.path, body, {"Content-Type": self.headers.get("Content-Type", "")})
                    answer = upstream.getresponse()
                    self.reply(answer.status, answer.read())
                except OSError:
                    self.close_connection = True
                finally:
                    upstream.close()

            do_GET = do_POST = pass_on

            def reply(self, status, body):
                block = self.command == "GET" and status == 200
                if liar.mode == "wrong" and block:
                    liar.lies += 1
                    body = bytes([body[0] ^ 1]) + body[1:]
                elif liar.mode == "nonsense" and status == 200:
                    liar.lies += 1
                    body = b"<html>welcome</html>"
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if liar.mode == "half" and body:
                    liar.lies += 1
                    body, self.close_connection = body[:len(body) // 2], True
                self.wfile.write(body)

        class Server(Serving):
            def handle_error(self, *_):
                pass  # who hangs up is no fault here

        front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        front.load_cert_chain(*keys_of(node))
        self._server = Server(address, Handler, front)
        self.blocks, self.close = self._server.at, self._server.close


def keys_of(node):
    data = node.directory / "data"
    return data / "node.cert.pem", data / "node.key.pem"
