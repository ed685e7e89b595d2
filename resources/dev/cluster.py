"""An ipfs-cluster on this machine: real kubo and ipfs-cluster-service processes, for the end-to-end tests and benches."""

import json
import os
import pathlib
import secrets
import select
import signal
import subprocess
import time
import urllib.error
import urllib.request

from fleet import free_port, own_loopback

QUIET = {"IPFS_TELEMETRY": "off", "GOLOG_LOG_LEVEL": "error", "GOMEMLIMIT": "600MiB"}


def post(url, timeout=60):
    """Body of the answer to an empty POST."""
    with urllib.request.urlopen(urllib.request.Request(url, data=b"", method="POST"), timeout=timeout) as answer:
        return answer.read()


class Program:
    """A server process that answers at `probe` once it is up. Contract: start() returns then, stop() leaves no process."""

    def __init__(self, name, directory, environment):
        self.name, self.directory = name, pathlib.Path(directory, name)
        self.environment = {**os.environ, **QUIET, **environment}
        self.log = self.directory.with_suffix(".log")
        self.process = None

    def run(self, *command):
        done = subprocess.run([str(c) for c in command], env=self.environment, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"{command[0]} exited {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def launch(self, command, answers, seconds=120):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(c) for c in command], env=self.environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} exited {self.process.returncode}:\n{self.log.read_text()[-2000:]}")
            try:
                if answers():
                    return
            except (urllib.error.URLError, OSError):
                pass
            select.select([], [], [], 0.05)
        raise RuntimeError(f"{self.name} did not answer within {seconds} s:\n{self.log.read_text()[-2000:]}")

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.alive():
            self.process.kill()
            self.process.wait()

    def stop(self, seconds=20):
        if not self.alive():
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()


class Kubo(Program):
    """kubo without the public network: no bootstrap, no DHT, no mDNS; it knows only the peers that it is told of."""

    def __init__(self, bin, directory, name, profiles="test,pebbleds"):
        super().__init__(name, directory, {"IPFS_PATH": str(pathlib.Path(directory, name))})
        self.ipfs, self.profiles = pathlib.Path(bin, "ipfs"), profiles
        self.address, self.port, self.swarm = own_loopback(), free_port(own_loopback()), free_port(own_loopback())
        self.url = f"http://{self.address}:{self.port}"

    def init(self):
        self.run(self.ipfs, "init", "--empty-repo", "-p", self.profiles)
        config = json.loads((self.directory / "config").read_text())
        self.id = config["Identity"]["PeerID"]
        config["Addresses"].update(API=f"/ip4/{self.address}/tcp/{self.port}", Gateway=[],
                                   Swarm=[f"/ip4/{self.address}/tcp/{self.swarm}"])
        config["Routing"]["Type"] = "none"
        config["Provide"] = {"Enabled": False}
        config["Swarm"].update(Transports={"Network": {"QUIC": False, "WebTransport": False, "Websocket": False}},
                               ResourceMgr={"Enabled": False})
        self.config = config

    def peer(self, others):
        """`others` are dialled again whenever the connection is lost."""
        self.config["Peering"] = {"Peers": [{"ID": o.id, "Addrs": [f"/ip4/{o.address}/tcp/{o.swarm}"]} for o in others]}
        (self.directory / "config").write_text(json.dumps(self.config, indent=1))

    def start(self):
        self.launch([self.ipfs, "daemon", "--enable-gc=false"], lambda: post(f"{self.url}/api/v0/id", 2))

    def connected(self):
        return {p["Peer"] for p in json.loads(post(f"{self.url}/api/v0/swarm/peers")).get("Peers") or []}

    def pins(self):
        """The CIDs of all recursive pins."""
        return set(json.loads(post(f"{self.url}/api/v0/pin/ls?type=recursive"))["Keys"])

    def cat(self, cid):
        """What `ipfs cat --offline` prints: the bytes, from this kubo's own blocks alone."""
        return post(f"{self.url}/api/v0/cat?offline=true&arg={cid}")


class Peer(Program):
    """One ipfs-cluster peer of a CRDT cluster, over its kubo. `settings` are merged into its service.json by section."""

    def __init__(self, bin, directory, name, secret, kubo, settings=None):
        super().__init__(name, directory, {"CLUSTER_SECRET": secret, "IPFS_CLUSTER_PATH": str(pathlib.Path(directory, name))})
        self.service, self.kubo, self.settings = pathlib.Path(bin, "ipfs-cluster-service"), kubo, settings or {}
        self.address = own_loopback()
        self.rest, self.swarm = free_port(self.address), free_port(self.address)
        self.url = f"http://{self.address}:{self.rest}"

    def init(self):
        self.run(self.service, "init", "--consensus", "crdt", "--datastore", "pebble")
        self.id = json.loads((self.directory / "identity.json").read_text())["id"]
        self.multiaddress = f"/ip4/{self.address}/tcp/{self.swarm}/p2p/{self.id}"
        path = self.directory / "service.json"
        config = json.loads(path.read_text())
        config["cluster"].update(peername=self.name, listen_multiaddress=[f"/ip4/{self.address}/tcp/{self.swarm}"],
                                 mdns_interval="0", monitor_ping_interval="1s", peer_watch_interval="1s",
                                 dial_peer_timeout="1s", enable_relay_hop=False)
        config["api"] = {"restapi": {**config["api"]["restapi"], "http_listen_multiaddress": f"/ip4/{self.address}/tcp/{self.rest}"}}
        config["ipfs_connector"]["ipfshttp"].update(node_multiaddress=f"/ip4/{self.kubo.address}/tcp/{self.kubo.port}")
        config["monitor"]["pubsubmon"]["check_interval"] = "1s"
        for path_, values in self.settings.items():
            section = config
            for word in path_.split("."):
                section = section.setdefault(word, {})
            section.update(values)
        path.write_text(json.dumps(config, indent=1))

    def start(self, others=()):
        join = [word for o in others for word in ("--bootstrap", o.multiaddress)]
        self.launch([self.service, "--loglevel", "error", "daemon", *join], lambda: self.get("/id"))

    def get(self, path, timeout=30):
        """The JSON values of an answer; lists come as one value a line."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=timeout) as answer:
            return [json.loads(line) for line in answer.read().splitlines()]

    def heard(self):
        """Ids of the peers whose pings this one has heard lately: those that it counts as members."""
        return {m["peer"] for m in self.get("/monitor/metrics/ping")[0] or []}

    def status(self, cid):
        """Peer name -> status of the pin."""
        return {p["peername"]: p["status"] for p in self.get(f"/pins/{cid}")[0]["peer_map"].values()}


class Cluster:
    """Contract: as Fleet: start() returns when every peer sees every other, stop() always may be called."""

    def __init__(self, bin, directory, peers=2, settings=None, profiles="test,pebbleds"):
        self.directory = pathlib.Path(directory)
        secret = secrets.token_hex(32)
        self.kubos = [Kubo(bin, directory, f"kubo{n + 1}", profiles) for n in range(peers)]
        self.peers = [Peer(bin, directory, f"c{n + 1}", secret, k, settings) for n, k in enumerate(self.kubos)]

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        for program in self.kubos + self.peers:
            program.init()
        for kubo in self.kubos:
            kubo.peer([k for k in self.kubos if k is not kubo])
            kubo.start()
        for number, peer in enumerate(self.peers):
            peer.start(self.peers[:number])
        self.whole()

    def whole(self):
        """Returns when every peer sees every other: a root that is pinned before that is told late."""
        ids = {k.id for k in self.kubos}
        self._until(lambda: all(ids - {k.id} <= k.connected() for k in self.kubos), "the kubos are connected")
        self._until(lambda: all(len(p.get("/peers")) == len(self.peers) for p in self.peers), "the peers see one another")
        self._until(lambda: all(p.heard() == {q.id for q in self.peers} for p in self.peers), "all peers hear the others' pings")

    @staticmethod
    def _until(holds, what, seconds=60):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise RuntimeError(f"not within {seconds} s: {what}")
            select.select([], [], [], 0.05)

    def restart(self, peers):
        """Those that were killed, which are told of who is up."""
        for peer in peers:
            peer.start([p for p in self.peers if p is not peer and p.alive()])
        self.whole()

    def stop(self):
        for program in self.peers + self.kubos:
            program.stop()
