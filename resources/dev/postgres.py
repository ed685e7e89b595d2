"""A PostgreSQL server of a fleet's own on this machine: unix socket, password, started, killed, restarted."""

import contextlib
import getpass
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile
import time

BINARIES = pathlib.Path("/usr/lib/postgresql/15/bin")


class Postgres:
    """Contract: start() returns when the server answers; stop() leaves neither process nor file behind. As root it runs as
    user postgres, for it refuses root. `url` holds the password, which is random; settings go to the server's command line.
    """

    def __init__(self, settings=None):
        # Where user postgres can reach it: TMPDIR may be root's alone.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="cairn-pg-", dir="/tmp" if os.geteuid() == 0 else None))
        self.password = secrets.token_urlsafe(18)
        self.settings = {"listen_addresses": "", "unix_socket_directories": str(self.directory), "max_connections": "100",
                         "cluster_name": "cairn", **(settings or {})}
        self.process = None
        self.log = self.directory / "log"

    @property
    def url(self):
        return self.url_at(self.directory)

    def url_at(self, host):
        return f"postgresql://postgres:{self.password}@/postgres?host={host}"

    def _as_owner(self, *command):
        if os.geteuid() != 0:
            return list(command)
        return ["runuser", "-u", "postgres", "--", *command]

    def _command(self):
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        return self._as_owner(str(BINARIES / "postgres"), "-D", str(self.directory / "data"), *options)

    def create(self):
        secret = self.directory / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if os.geteuid() == 0:
            for path in (self.directory, secret):
                shutil.chown(path, "postgres")
        user = "postgres" if os.geteuid() == 0 else getpass.getuser()
        done = subprocess.run(self._as_owner(str(BINARIES / "initdb"), "--no-sync", "-A", "scram-sha-256", "-U", "postgres", "-E", "UTF8",
                                             "--locale", "C.UTF-8", f"--pwfile={secret}", "-D", str(self.directory / "data")),
                              capture_output=True, text=True, cwd=self.directory)
        if done.returncode:
            raise RuntimeError(f"initdb as {user}: {done.stderr}")

    def start(self, seconds=120):
        if not (self.directory / "data").exists():
            self.create()
        self.launch()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.sql("SELECT 1", check=False).returncode == 0:
                return self
            if self.process.poll() is not None:  # what a killed server left is still going away
                return self.start(end - time.monotonic())
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL was not ready within {seconds} s:\n{self.log.read_text()[-2000:]}")

    def launch(self):
        """start() without waiting until it answers."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self._command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.directory,
                                            start_new_session=True)

    def sql(self, statement, check=True):
        done = subprocess.run([str(BINARIES / "psql"), "-XAtqw", "-v", "ON_ERROR_STOP=1", "-h", str(self.directory),
                               "-p", self.settings.get("port", "5432"), "-U", "postgres", "postgres"],
                              input=statement, capture_output=True, text=True, env={**os.environ, "PGPASSWORD": self.password})
        if check and done.returncode:
            raise RuntimeError(f"{statement}: {done.stderr}")
        return done

    def rows(self, statement):
        return self.sql(statement).stdout.splitlines()

    def _pids(self):
        """The postmaster and its children."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            master = int((self.directory / "data/postmaster.pid").read_text().splitlines()[0])
            children = []
            for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
                with contextlib.suppress(OSError):
                    if int(stat.read_text().rpartition(")")[2].split()[1]) == master:
                        children.append(int(stat.parent.name))
            return [master, *children]
        return []

    def kill(self):
        """kill -9 of every process of the server at once, as when its machine goes."""
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def terminate(self, how=signal.SIGINT):
        """SIGINT: ends all sessions and shuts down properly."""
        pids = self._pids()
        if pids:
            os.kill(pids[0], how)
        self.process.wait(60)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.terminate(signal.SIGQUIT)  # at once, but with its shared memory given back
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
