"""A line between masters and their PostgreSQL that breaks again and again, wherever it happens to be."""

import contextlib
import pathlib
import random
import selectors
import shutil
import socket
import tempfile
import threading


class Cutter:
    """Contract: listens on a unix socket in `directory` and passes bytes on to the server's, on a thread of its own. While
    cutting is True each chunk may be the last of its connection, with the given chance: dropped before it is passed on, or
    after half of it, or once it is (so that the answer is lost). close() ends it. The seed replays its choices."""

    def __init__(self, server, chance, seed):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="cairn-cut-"))
        self.cutting, self.cuts = False, 0
        self._server, self._chance, self._random = str(pathlib.Path(server, ".s.PGSQL.5432")), chance, random.Random(seed)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.directory / ".s.PGSQL.5432"))
        self._listener.listen()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self):
        self._stop.set()
        self._thread.join()
        self._listener.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _run(self):
        while not self._stop.is_set():
            for key, _ in self._selector.select(0.2):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj.fileno() >= 0:
                    self._pass_on(key.fileobj, key.data)
        for key in list(self._selector.get_map().values()):
            if key.fileobj is not self._listener:
                key.fileobj.close()

    def _accept(self):
        client, _ = self._listener.accept()
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self._server)
        except OSError:
            client.close()
            return
        for one, other in ((client, server), (server, client)):
            self._selector.register(one, selectors.EVENT_READ, other)

    def _pass_on(self, source, target):
        chunk = b""
        with contextlib.suppress(OSError):
            chunk = source.recv(65536)
        whole = len(chunk)
        cut = bool(chunk) and self.cutting and self._random.random() < self._chance
        if cut:
            self.cuts += 1
            chunk = chunk[:self._random.choice((0, whole // 2, whole))]
        try:
            target.sendall(chunk)
        except OSError:
            cut = True
        if cut or whole == 0:
            for one in (source, target):
                with contextlib.suppress(KeyError):
                    self._selector.unregister(one)
                one.close()
