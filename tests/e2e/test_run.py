"""./dev run itself: what it prints for scripts, and that what it prints for people works when pasted."""

import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from lib import s3, watch
from lib.programs import BIN, built

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Run:
    """demo_fleet.py as a process; `lines` are what it has printed."""

    def __init__(self, tmp_path, *arguments):
        command = [sys.executable, "-B", ROOT / "resources/dev/demo_fleet.py", "--cairnd", built("cairnd"), "--dir", tmp_path / "run", *arguments]
        self.process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True, bufsize=1)
        self.lines = []

    def read_until(self, last):
        while not self.lines or last not in self.lines[-1]:
            line = self.process.stdout.readline()
            assert line, f"it ended after {self.lines}"
            self.lines.append(line.rstrip("\n"))
        return self.lines

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=60)
        return self.process.returncode, rest


class Master:
    def __init__(self, address):
        self.s3 = address


@pytest.mark.parametrize("one", [False, True])
def test_json_for_scripts(tmp_path, one):
    run = Run(tmp_path, "--headless", "--json", *(["--one"] if one else []))
    try:
        fleet = json.loads(run.read_until("{")[0])
        assert set(fleet) == {"masters", "access_key", "secret_key", "bucket"}
        assert len(fleet["masters"]) == (1 if one else 2)
        listings = []
        for master in fleet["masters"]:
            assert set(master) == {"s3", "api", "pid"} and master["api"].startswith("http://")
            os.kill(master["pid"], 0)
            client = s3.client(Master(master["s3"]), fleet["access_key"], fleet["secret_key"])
            listings.append(s3.list_all(client, fleet["bucket"]))
        assert all(listing == listings[0] for listing in listings) and "README.md" in listings[0]
    finally:
        code, rest = run.stop()
    assert (code, rest) == (0, "")
    for master in fleet["masters"]:
        with pytest.raises(ProcessLookupError):
            os.kill(master["pid"], 0)


def test_printed_lines_work_when_pasted(tmp_path):
    run = Run(tmp_path)
    try:
        lines = run.read_until("Ctrl-C")
        pasted = {name: [line for line in lines if f"{name} " in line and "http" in line and not line.startswith("m")]
                  for name in ("aws", "rclone", "curl")}
        assert all(pasted.values()), lines
        clean = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
        said = {name: [subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, env=clean, check=True).stdout
                       for line in found] for name, found in pasted.items()}
        assert "README.md" in said["aws"][-1] and "pasted.txt" in said["aws"][-1]
        assert "README.md" in said["rclone"][0]
        assert said["curl"][0] == (ROOT / "README.md").read_text()
    finally:
        code, _ = run.stop()
    assert code == 0


def consoles_of(pid):
    """The cairn-console processes that `pid` started."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [c for c in children if pathlib.Path(f"/proc/{c}/comm").read_text().startswith("cairn-console")]


@pytest.mark.skipif(not (BIN / "cairn-console").exists(), reason="the console is not built")
def test_the_console_opens_where_there_is_a_display(tmp_path, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":offscreen")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    run = Run(tmp_path, "--one")
    try:
        assert not any("no console" in line for line in run.read_until("Ctrl-C"))
        watch.until("the console runs", lambda: consoles_of(run.process.pid), 60)
        [console] = consoles_of(run.process.pid)
    finally:
        code, _ = run.stop()
    assert code == 0 and not pathlib.Path(f"/proc/{console}").exists()
