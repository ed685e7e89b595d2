"""A fleet of cairnd processes on this machine: what ./dev run shows and what the end-to-end tests and benches drive."""

import contextlib
import itertools
import json
import os
import pathlib
import re
import secrets
import socket
import urllib.request

from kubo import Kubo
from node import Node, NotReady
from postgres import Postgres

DEFAULT_PORTS = {"s3": 9000, "api": 9001, "blocks": 9002}


_ports = itertools.cycle(range(10000, 32000))


def free_port(address):
    """A port of that address that nobody listens on. From below those that the kernel gives to outgoing connections, and
    each in its turn: so neither such a connection nor the next call takes it before it is listened on."""
    for port in _ports:
        with socket.socket() as s, contextlib.suppress(OSError):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((address, port))
            return port


def node_key(printed):
    """The node's key in what `cairnd init` printed."""
    found = re.search(r"\b[0-9a-f]{64}\b", printed)
    if not found:
        raise NotReady(f"cairnd init printed no node key: {printed}")
    return found.group(0)


def own_loopback():
    """An address of 127.0.0.0/8 that only this process uses: no other fleet can take a port of it between two starts."""
    pid = os.getpid()
    return f"127.{64 | pid >> 16 & 63}.{pid >> 8 & 255}.{pid & 255 or 1}"


def toml(settings):
    """A dict as TOML: a dict is a [table], a list of dicts [[tables]]; values are strings, numbers, booleans, lists of them."""
    lines = []
    for name, tables in settings.items():
        for table in tables if isinstance(tables, list) else [tables]:
            lines.append(f"[[{name}]]" if isinstance(tables, list) else f"[{name}]")
            lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()] + [""]
    return "\n".join(lines)


class Fleet:
    """Contract: start() returns when every node is ready, and leaves nothing behind when it raises and stop() is called;
    stop() always may be called, and returns a list of complaints, empty if all nodes drained as they should.

    masters: 1 is a dark master that pins locally; more have CAS and `local + 1 of the others`, with `holders` storage nodes.
    settings: tables merged into each master's config, or what gives them for a node. postgres: the registry is on a PostgreSQL
    server of the fleet's own, with these settings of the server's; None: one SQLite file. ephemeral: ports that the kernel chose, on a loopback address of
    this process's own, so that fleets side by side cannot meet; otherwise Cairn's default ports, where they are free.
    kubo: the path of `ipfs`; each master then keeps its blocks in a kubo of its own, `master.kubo`, made with kubo_profiles.
    """

    def __init__(self, cairnd, directory, masters=2, holders=None, settings=None, ephemeral=True, postgres=None, kubo=None,
                 kubo_profiles="pebbleds,test-cid-v1-wide"):
        self.directory = pathlib.Path(directory).resolve()
        self.postgres = None if postgres is None else Postgres(postgres)
        self.address = own_loopback() if ephemeral else "127.0.0.1"
        self.ephemeral, self.cas, self.settings = ephemeral, masters > 1, settings or {}
        holders = (1 if masters > 1 else 0) if holders is None else holders
        self.keys = {}
        self.masters = [self._node(cairnd, f"m{n + 1}", n) for n in range(masters)]
        self.holders = [self._node(cairnd, f"s{n + 1}", masters + n, storage=True) for n in range(holders)]
        self.nodes = self.masters + self.holders
        for master in self.masters:
            master.kubo = self.make_kubo(kubo, master, kubo_profiles) if kubo else None
        self.access_key, self.secret_key = "CAIRN" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30)

    def make_kubo(self, ipfs, master, profiles="pebbleds,test-cid-v1-wide"):
        return Kubo(ipfs, master.directory / "kubo", self.address, self._port(5001), profiles)

    def _node(self, cairnd, name, number, storage=False):
        return Node(cairnd, self.directory, name, [f"{self.address}:{self._port(p + 10 * number)}" for p in DEFAULT_PORTS.values()], storage)

    def _port(self, wanted):
        if not self.ephemeral:
            with socket.socket() as s, contextlib.suppress(OSError):
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind((self.address, wanted))
                return wanted
        return free_port(self.address)

    def start(self):
        """Keys first, since each node names those that it trusts; then the holders, then the masters that need them."""
        self.directory.mkdir(parents=True, exist_ok=True)
        secret = self.directory / "access.key"
        secret.touch(mode=0o600)
        secret.write_text(self.secret_key + "\n")
        if self.postgres:
            self.postgres.start()
            self.point_at(self.postgres.url)
        for node in self.masters + self.holders:
            node.directory.mkdir(exist_ok=True)
            self.configure(node)
            self.keys[node.name] = node_key(node.run("init"))
        for node in self.masters:
            self.configure(node)
        for master in self.masters:
            if master.kubo:
                master.kubo.start()
        for node in self.holders + self.masters:
            node.start()

    def configure(self, node, file=None):
        """Writes the node's config as the fleet now is; it holds from the node's next start on."""
        (file or node.config).write_text(toml(self._config(node)))

    def point_at(self, url):
        """Where masters that are started from now on find the registry."""
        file = self.directory / "registry.url"
        file.touch(mode=0o600)
        file.write_text(url + "\n")

    def _registry(self):
        if self.postgres:
            return {"engine": "postgres", "url_file": str(self.directory / "registry.url"), "cas": self.cas}
        return {"path": str(self.directory / "registry.sqlite"), "cas": self.cas}

    def _config(self, node):
        """The node's config as far as the others' keys are known."""
        keys = self.keys
        config = {
            "node": {"name": node.name, "data": str(node.directory / "data"), "profile": "storage" if node.storage else "master"},
            "log": {"format": "text"},
            "blocks": {"listen": node.blocks},
        }
        if node.storage:
            config["blocks"]["allow_keys"] = [keys[m.name] for m in self.masters]
            return config
        others = [n.name for n in self.nodes if n is not node]
        config.update({
            "s3": {"listen": node.s3},
            "api": {"listen": node.api},
            "registry": self._registry(),
            "pinning": {"quorum": f"local + 1 of {{{', '.join(others)}}}" if others else "local"},
            "auth": {"key_encryption_key_file": str(self.directory / "key-encryption.key")},
            "access_keys": [{"id": self.access_key, "owner": "demo", "secret_file": str(self.directory / "access.key")}],
            "holders": [{"name": h.name, "address": h.blocks, "key": keys[h.name]} for h in self.holders if h.name in keys],
        })
        if node.kubo:
            config["blocks"].update({"engine": "kubo", "kubo_api": node.kubo.api, "kubo_pin_every": "500ms",
                                     "kubo_repository": str(node.kubo.repository)})
        for table, values in (self.settings(node) if callable(self.settings) else self.settings).items():
            config.setdefault(table, {}).update(values)
        return config

    def flips(self):
        """How many flips the masters that are up have done since each started."""
        total = 0
        for master in self.masters:
            if master.alive():
                with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{master.api}/metrics", timeout=5) as answer:
                    total += sum(float(v) for v in re.findall(r"^cairn_flips_total(?:\{[^}]*\})? (\S+)$", answer.read().decode(), re.M))
        return int(total)

    def stop(self):
        """Masters first, together, then the holders that they may still be sending to."""
        complaints = []
        for group in (self.masters, self.holders):
            for node in group:
                node.terminate()
            complaints += [c for c in (node.wait() for node in group) if c]
        if self.postgres:
            self.postgres.stop()
        for master in self.masters:
            if master.kubo:
                master.kubo.stop()
        return complaints
