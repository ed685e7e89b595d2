"""PostgreSQL under Patroni with strict synchronous replication: two servers, one etcd, on ports of their own."""

import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

import pytest
from fleet import free_port, own_loopback
from postgres import BINARIES


def etcd():
    path = pathlib.Path(os.environ["CAIRN_CACHE"], "bin", "etcd")
    if not path.exists():
        pytest.skip("no etcd here: ./dev peers fetches it")
    return path


class Patroni:
    """Contract: start() returns when a primary has its synchronous standby; stop() leaves neither process nor file behind.
    As root the servers run as user postgres. The servers are told apart by their names, p1 and p2."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="cairn-patroni-", dir="/tmp" if os.geteuid() == 0 else None))
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres")
        self.password, self.address = secrets.token_urlsafe(18), own_loopback()
        self.ports = {name: (free_port(self.address), free_port(self.address)) for name in ("p1", "p2")}
        self.client_port, peer = free_port(self.address), free_port(self.address)
        self._etcd = [etcd(), "--name", "e", "--data-dir", "etcd", "--listen-client-urls", f"http://{self.address}:{self.client_port}",
                      "--advertise-client-urls", f"http://{self.address}:{self.client_port}", "--listen-peer-urls", f"http://{self.address}:{peer}",
                      "--initial-advertise-peer-urls", f"http://{self.address}:{peer}", "--initial-cluster", f"e=http://{self.address}:{peer}",
                      "--unsafe-no-fsync"]
        self._processes = []

    @property
    def url(self):
        ports = [str(pg) for pg, _ in self.ports.values()]
        return f"postgresql://postgres:{self.password}@{','.join([self.address] * len(ports))}/postgres?port={','.join(ports)}"

    def _run(self, name, command, owner=()):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "LANG": "C.UTF-8"}
        with open(self.directory / f"{name}.log", "ab") as log:
            self._processes.append(subprocess.Popen([*owner, *map(str, command)], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                                    cwd=self.directory, env=environment, start_new_session=True))

    def _config(self, name):
        pg, rest = self.ports[name]
        user = {"username": "postgres", "password": self.password}
        parameters = {"unix_socket_directories": str(self.directory), "max_connections": 60, "shared_buffers": "32MB", "wal_keep_size": "128MB"}
        return {
            "scope": "cairn", "name": name,
            "restapi": {"listen": f"{self.address}:{rest}", "connect_address": f"{self.address}:{rest}"},
            "etcd3": {"hosts": f"{self.address}:{self.client_port}"},
            "bootstrap": {
                "dcs": {"ttl": 20, "loop_wait": 1, "retry_timeout": 5, "primary_start_timeout": 0, "synchronous_mode": True,
                        "synchronous_mode_strict": True, "postgresql": {"use_pg_rewind": True, "parameters": {"wal_log_hints": "on"}}},
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
            },
            "postgresql": {
                "listen": f"{self.address}:{pg}", "connect_address": f"{self.address}:{pg}", "data_dir": str(self.directory / name),
                "bin_dir": str(BINARIES), "pgpass": str(self.directory / f"{name}.pgpass"),
                "authentication": {"superuser": user, "replication": user, "rewind": user},
                "pg_hba": ["host all all 127.0.0.0/8 scram-sha-256", "host replication all 127.0.0.0/8 scram-sha-256",
                           "local all all scram-sha-256"],
                "parameters": parameters,
            },
        }

    def start(self, seconds=180):
        self._run("etcd", self._etcd)
        for name in self.ports:
            path = self.directory / f"{name}.yml"
            path.touch(mode=0o600)
            path.write_text(json.dumps(self._config(name)))  # which is YAML, too
            if os.geteuid() == 0:
                shutil.chown(path, "postgres")
            self._run(name, ["/usr/bin/patroni", path], ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else [])
        end = time.monotonic() + seconds
        while not self.whole():
            if time.monotonic() > end or any(process.poll() is not None for process in self._processes):
                logs = "\n".join(path.read_text()[-2000:] for path in self.directory.glob("*.log"))
                raise RuntimeError(f"no primary with its standby within {seconds} s:\n{logs}")
            time.sleep(0.2)
        return self

    def members(self):
        """Role by name, as the first of them that answers says; empty when none does."""
        for _, rest in self.ports.values():
            try:
                with urllib.request.urlopen(f"http://{self.address}:{rest}/cluster", timeout=5) as answer:
                    return {m["name"]: m["role"] for m in json.load(answer)["members"] if m.get("state") in ("running", "streaming")}
            except (OSError, ValueError, KeyError):
                continue
        return {}

    def primary(self):
        return next((name for name, role in self.members().items() if role == "leader"), None)

    def whole(self):
        return sorted(self.members().values()) == ["leader", "sync_standby"]

    def kill_primary(self):
        """kill -9 of every process of the primary's server; gives its name. Patroni stays."""
        name = self.primary()
        postmaster = int((self.directory / name / "postmaster.pid").read_text().splitlines()[0])
        for pid in [postmaster, *children(postmaster)]:
            kill(pid)
        return name

    def stop(self):
        for process in reversed(self._processes):  # Patroni stops its server, etcd goes last
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
        for name in self.ports:
            try:
                postmaster = int((self.directory / name / "postmaster.pid").read_text().splitlines()[0])
            except (OSError, ValueError):
                continue
            for pid in [postmaster, *children(postmaster)]:
                kill(pid)
        shutil.rmtree(self.directory, ignore_errors=True)


def children(parent):
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
        except OSError:
            pass  # gone meanwhile
    return found


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
