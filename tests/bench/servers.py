"""The stores that are measured: each starts in a directory of its own, says where it listens, and is gone afterwards."""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Endpoint:
    """Where a store answers and with which credentials; `pids` are its processes, `apis` the operators' doors."""

    def __init__(self, hosts, access_key, secret_key, pids, apis=(), lines=()):
        self.hosts, self.access_key, self.secret_key = hosts, access_key, secret_key
        self.pids, self.apis, self.lines = pids, apis, lines


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def stop(process, seconds=30):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise RuntimeError(f"{process.args[0]} did not stop within {seconds} s of SIGTERM")


def wait_http(url, process, seconds=60):
    """Until the URL answers 200. The server itself offers nothing that could be waited for instead."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} exited {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            select.select([], [], [], 0.05)
    raise RuntimeError(f"{url} did not answer within {seconds} s")


@contextlib.contextmanager
def minio(directory):
    """MinIO on one drive, as `./dev bench peers` built it."""
    program = pathlib.Path(os.environ["CAIRN_CACHE"], "bin", "minio")
    data = pathlib.Path(directory, "minio")
    data.mkdir(parents=True)
    port = free_port()
    environment = {**os.environ, "MINIO_ROOT_USER": "minioadmin", "MINIO_ROOT_PASSWORD": "minioadmin", "MINIO_BROWSER": "off"}
    with open(data.with_suffix(".log"), "wb") as log:
        process = subprocess.Popen([program, "server", "--quiet", data, "--address", f"127.0.0.1:{port}"],
                                   env=environment, stdout=log, stderr=log)
    try:
        wait_http(f"http://127.0.0.1:{port}/minio/health/cluster", process)
        yield Endpoint([f"127.0.0.1:{port}"], "minioadmin", "minioadmin", [process.pid])
    finally:
        stop(process)
        shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def cairn(directory, binaries, one):
    """Cairn as ./dev run starts it: one dark master, or two masters and a holder with CAS and local + 1."""
    data = pathlib.Path(directory, "cairn-one" if one else "cairn-fleet")
    command = [sys.executable, ROOT / "resources/dev/demo_fleet.py", "--cairnd", pathlib.Path(binaries, "cairnd"),
               "--headless", "--json", "--dir", data] + (["--one"] if one else [])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the fleet did not start (exit {process.wait()}); see {data}")
        fleet = json.loads(line)
        yield Endpoint([m["s3"] for m in fleet["masters"]], fleet["access_key"], fleet["secret_key"],
                       [m["pid"] for m in fleet["masters"]], [m["api"] for m in fleet["masters"]])
    finally:
        stop(process, 60)
        shutil.rmtree(data, ignore_errors=True)
