"""HTTP servers that tests put in the way of a master."""

import http.server
import threading


class Serving(http.server.ThreadingHTTPServer):
    """Contract: serves with `handler` from when it is made, on a port of its own of `address` (`at`: host:port), over TLS with
    the context `tls`; close() ends it."""

    daemon_threads = True

    def __init__(self, address, handler, tls=None):
        super().__init__((address, 0), handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.at = f"{address}:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever)
        self._thread.start()

    def close(self):
        self.shutdown()
        self._thread.join()
        self.server_close()
