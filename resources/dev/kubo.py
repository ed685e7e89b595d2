"""A kubo of a master on this machine, cut off from the network: made, started, killed, frozen, stopped."""

import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request

from node import NotReady


class Kubo:
    """Contract: start() returns when the RPC answers; stop() leaves no process behind. The repository is made with the
    first start(). `profiles` are kubo's own: pebbleds keeps blocks and pins in one database, flatfs a file a block."""

    def __init__(self, ipfs, directory, address, port, profiles="pebbleds,test-cid-v1-wide"):
        self.ipfs, self.directory, self.profiles = str(ipfs), pathlib.Path(directory), profiles
        self.address, self.port = address, port
        self.api = f"http://{address}:{port}"
        self.log, self.repository = self.directory / "kubo.log", self.directory / "repository"
        self.environment = {**os.environ, "IPFS_PATH": str(self.repository), "IPFS_TELEMETRY": "off"}
        self.arguments = []
        self.process = None

    def make(self):
        """The repository, so that its configuration may be changed before the first start."""
        self.directory.mkdir(parents=True, exist_ok=True)
        subprocess.run([self.ipfs, "init", "--profile", self.profiles], env=self.environment, check=True, capture_output=True, timeout=120)
        path = self.repository / "config"
        config = json.loads(path.read_text())
        config["Bootstrap"] = []
        config["Addresses"].update({"API": f"/ip4/{self.address}/tcp/{self.port}", "Gateway": "", "Swarm": []})
        config["Routing"] = {"Type": "none"}
        config["Discovery"]["MDNS"]["Enabled"] = False
        config["Swarm"]["DisableNatPortMap"] = True
        for name in ("AutoConf", "AutoTLS"):
            config[name] = {"Enabled": False}
        for table, key, empty in (("DNS", "Resolvers", {}), ("Routing", "DelegatedRouters", []), ("Ipns", "DelegatedPublishers", [])):
            config[table][key] = empty
        path.write_text(json.dumps(config))

    def start(self, seconds=120):
        if not (self.repository / "config").exists():
            self.make()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.ipfs, "daemon", *self.arguments], env=self.environment, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise NotReady(f"kubo exited {self.process.returncode}:\n{self.log.read_text(errors='replace')[-3000:]}")
            try:
                self.call("version")
                return
            except (OSError, urllib.error.URLError):
                time.sleep(0.05)
        self.kill()
        raise NotReady(f"kubo did not answer within {seconds} s:\n{self.log.read_text(errors='replace')[-3000:]}")

    def call(self, command, timeout=60):
        """The answer of an RPC command, e.g. "block/stat?arg=bafy...", as bytes; urllib's HTTPError if kubo refuses."""
        request = urllib.request.Request(f"{self.api}/api/v0/{command}", method="POST")
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.read()

    def run(self, *words, **options):
        """An `ipfs` command line against the running daemon; its output, as bytes."""
        return subprocess.run([self.ipfs, *words], env=self.environment, check=True, capture_output=True,
                              timeout=options.pop("timeout", 120), **options).stdout

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

    def stop(self, seconds=30):
        if not self.alive():
            return
        self.thaw()
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
