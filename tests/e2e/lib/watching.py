"""Who watches a fleet: its event stream as a program reads it, and the console's window as a person sees it."""

import http.client
import json
import os
import subprocess
import threading
import time

from lib.programs import built


class Seen:
    """Things in the order in which another thread saw them; until() waits for one."""

    def __init__(self):
        self.all, self._new = [], threading.Condition()

    def add(self, thing):
        with self._new:
            self.all.append(thing)
            self._new.notify_all()

    def until(self, wanted, seconds, since=0):
        """The first thing from place `since` on of which wanted(thing) holds; fails with the last one after `seconds`."""
        end, at = time.monotonic() + seconds, since
        with self._new:
            while True:
                for thing in self.all[at:]:
                    if wanted(thing):
                        return thing
                at = len(self.all)
                left = end - time.monotonic()
                assert left > 0, f"not seen within {seconds} s; last: {self.all[-1] if self.all else 'nothing'}"
                self._new.wait(left)


class Events(Seen):
    """A master's event stream from now on: dicts with sequence, kind, at (the registry's time) and data."""

    def __init__(self, master):
        super().__init__()
        self._connection = http.client.HTTPConnection(master.api, timeout=30)
        self._connection.request("GET", "/admin/v1/fleet")
        last = json.load(self._connection.getresponse())["lastEvent"]
        self._connection.request("GET", "/admin/v1/events", headers={"Last-Event-ID": str(last)})
        # The socket leaves the connection for the answer when the answer ends with it.
        self._socket = self._connection.sock
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.read()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self):
        try:
            for line in self._answer:
                if line.startswith(b"data: {"):
                    event = json.loads(line[6:])
                    self.add({**event, "data": event["data"] if isinstance(event["data"], dict) else json.loads(event["data"])})
        except (OSError, ValueError, http.client.HTTPException):
            pass  # closed by close(), or the master went

    def of(self, kind):
        return [event for event in list(self.all) if event["kind"] == kind]

    def close(self):
        self._socket.shutdown(2)
        self._thread.join()
        self._connection.close()


class Window(Seen):
    """The console's window on these masters, as tests/e2e/console/watch.cpp prints it."""

    def __init__(self, *masters, home):
        super().__init__()
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "LC_ALL": "C.UTF-8"}
        command = [built("console_watch"), ",".join(f"http://{m.api}" for m in masters)]
        self._process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, text=True, bufsize=1, env=environment)
        self._thread = threading.Thread(target=lambda: [self.add(json.loads(line)) for line in self._process.stdout])
        self._thread.start()

    def close(self):
        """Its exit code."""
        self._process.stdin.close()
        code = self._process.wait(30)
        self._thread.join()
        self._process.stdout.close()
        return code
