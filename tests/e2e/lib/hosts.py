"""Hosts of a small network on this machine: namespaces of network, mounts, processes and name, in which absolute paths are their own."""

import os
import pathlib
import shlex
import shutil
import subprocess

from lib.programs import BIN

OWN = ("etc/cairn", "etc/haproxy", "etc/systemd/system", "var/lib/cairn")  # directories that each host has for itself, and /run
ROOT = pathlib.Path(__file__).resolve().parents[3]
SCP = """#!/bin/sh
# Stands in for scp between hosts: scp HOST:PATH PATH
set -eu
exec cp -p "{directory}/${{1%%:*}}${{1#*:}}" "$2"
"""


def possible():
    """Whether this machine lets us make such namespaces."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "-nmpu", "--fork", "--mount-proc", "true"], capture_output=True).returncode == 0


class Host:
    """Contract: its first process is ours, and with that die all others in it, its network and its mounts: stop() leaves nothing."""

    def __init__(self, network, name, address):
        self.name, self.files = name, network.directory / name
        for path in (*OWN, "etc"):
            (self.files / path).mkdir(parents=True, exist_ok=True)
        (self.files / "etc/hosts").touch()
        # Read-only overlays bring the places to mount at, which the machine may lack, and the programs.
        overlays = {"/etc": self.files / "etc", "/var/lib": self.files / "var/lib", "/usr/bin": network.programs}
        mounts = [f"mount -t overlay overlay -o lowerdir={own}:{path} {path}" for path, own in overlays.items()]
        mounts += [f"mount --bind {self.files}/{path} /{path}" for path in (*OWN, "etc/hosts")] + ["mount -t tmpfs tmpfs /run"]
        script = "\n".join(["set -e", *mounts, f"hostname {name}", "ip link set lo up", "echo made", "exec sleep infinity"])
        self.process = subprocess.Popen(["unshare", "-nmpu", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert self.process.stdout.readline() == "made\n", f"host {name} could not be made"
        self.pid = int(pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0])
        network.plug(self, address)

    def run(self, script, seconds=120):
        """What a shell script printed there; its failure is ours."""
        done = subprocess.run(["nsenter", "-t", str(self.pid), "-n", "-m", "-p", "-u", "--", "bash", "-euo", "pipefail", "-c",
                               f"cd {ROOT}\n{script}"], capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"on {self.name}:\n{script}\nexited {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def write(self, path, text):
        self.run(f"mkdir -p {shlex.quote(os.path.dirname(path))}; cat >{shlex.quote(path)} <<'END-OF-FILE'\n{text}END-OF-FILE\n")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Network:
    """A switch in a namespace of its own, with hosts at it. Contract: as a context; afterwards there is none of it."""

    def __init__(self, directory):
        self.directory, self.programs, self.hosts = directory / "hosts", directory / "programs", {}
        self.programs.mkdir(parents=True)
        os.symlink(BIN / "cairnd", self.programs / "cairnd")
        shutil.copy(pathlib.Path(__file__).with_name("systemctl"), self.programs / "systemctl")
        (self.programs / "scp").write_text(SCP.format(directory=self.directory))
        (self.programs / "scp").chmod(0o755)

    def __enter__(self):
        script = "ip link add switch type bridge && ip link set switch up && echo made && exec sleep infinity"
        self.switch = subprocess.Popen(["unshare", "-n", "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       text=True, start_new_session=True)
        assert self.switch.stdout.readline() == "made\n"
        return self

    def add(self, name, address):
        self.hosts[name] = Host(self, name, address)
        return self.hosts[name]

    def plug(self, host, address):
        switch = ["nsenter", "-t", str(self.switch.pid), "-n", "--", "ip", "link"]
        subprocess.run([*switch, "add", host.name, "type", "veth", "peer", "name", "eth0", "netns", str(host.pid)], check=True)
        subprocess.run([*switch, "set", host.name, "master", "switch", "up"], check=True)
        host.run(f"ip address add {address}/24 dev eth0; ip link set eth0 up")

    def __exit__(self, *_):
        for host in self.hosts.values():
            host.stop()
        self.switch.kill()
        self.switch.wait()
        self.switch.stdout.close()
