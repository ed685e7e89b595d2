"""One cairnd process of a fleet on this machine: started, awaited, killed, frozen, stopped."""

import os
import pathlib
import select
import signal
import socket
import subprocess
import time


class NotReady(Exception):
    """A node that did not come up; the message has the end of its log."""


class Node:
    """Contract: start() returns when the process said READY=1 (sd_notify); stop() leaves no process behind and returns what
    went wrong, "" if nothing did. The process dies with us only if stop() is called: whoever makes a Node stops it."""

    def __init__(self, cairnd, directory, name, addresses, storage=False):
        self.cairnd, self.name, self.storage = str(cairnd), name, storage
        self.directory = pathlib.Path(directory, name)
        self.config = self.directory / "cairnd.toml"
        self.log = self.directory / "cairnd.log"
        self.s3, self.api, self.blocks = addresses
        self.process = None

    @property
    def pid(self):
        return self.process.pid

    def command(self, *words):
        profile = ["--profile", "storage"] if self.storage else []
        return [self.cairnd, *profile, *words, "--config", str(self.config)]

    def run(self, *words):
        """A subcommand that ends by itself; returns what it printed."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise NotReady(f"{' '.join(done.args)} exited {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def start(self, seconds=60):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.bind("")  # the kernel chooses an abstract name
            name = "@" + ready.getsockname()[1:].decode()
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(self.command("serve"), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                                env={**os.environ, "NOTIFY_SOCKET": name}, start_new_session=True)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                if select.select([ready], [], [], 0.1)[0] and b"READY=1" in ready.recv(4096):
                    return
                if self.process.poll() is not None:
                    raise NotReady(f"{self.name} exited {self.process.returncode}:\n{self.tail()}")
        self.kill()
        raise NotReady(f"{self.name} was not ready within {seconds} s:\n{self.tail()}")

    def tail(self, lines=15):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9."""
        if self.alive():
            self.process.kill()
            self.process.wait()

    def freeze(self):
        """SIGSTOP: it keeps its connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def terminate(self):
        if self.alive():
            self.thaw()
            self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds=30):
        """After terminate(): "" if it drained and exited 0, else what happened."""
        if self.process is None or self.process.returncode == -signal.SIGKILL:
            return ""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"{self.name} did not drain within {seconds} s of SIGTERM:\n{self.tail()}"
        return "" if code == 0 else f"{self.name} exited {code}:\n{self.tail()}"
