#!/usr/bin/env python3
"""./dev run: a fleet on this machine with a demo bucket in it, until Ctrl-C or SIGTERM.

Two masters and a holder on the embedded default: one registry file, a block store each, CAS on, a commit held by the
master that makes it and one of the other two. --one: a single master with CAS off, the dark default. --stack production:
the two masters on PostgreSQL, with their blocks in two kubos whose ipfs-cluster follows. Where there is a display, the
console opens on the fleet; closing it leaves the fleet running.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import fleet as fleets  # noqa: E402
import s3mini  # noqa: E402
from node import NotReady  # noqa: E402
from production import ProductionFleet  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUCKET = "demo"


def fill(fleet):
    """The project's own documents, put through the masters in turn. Returns the keys."""
    s3mini.put(fleet.masters[0].s3, fleet.access_key, fleet.secret_key, BUCKET)
    files = [ROOT / "README.md", ROOT / "LICENSE", *sorted((ROOT / "docs").rglob("*.md"))]
    keys = []
    for number, path in enumerate(files):
        key = str(path.relative_to(ROOT))
        master = fleet.masters[number % len(fleet.masters)]
        s3mini.put(master.s3, fleet.access_key, fleet.secret_key, f"{BUCKET}/{key}", path.read_bytes())
        keys.append(key)
    return keys


def lines_to_paste(fleet):
    """One line each for aws, rclone and curl; reads go through another master than the write."""
    first, last = fleet.masters[0].s3, fleet.masters[-1].s3
    ak, sk = fleet.access_key, fleet.secret_key
    aws = f"AWS_ACCESS_KEY_ID={ak} AWS_SECRET_ACCESS_KEY={sk} aws --region us-east-1 --endpoint-url"
    rclone = f":s3,provider=Other,access_key_id={ak},secret_access_key={sk},force_path_style=true,endpoint='http://{last}':{BUCKET}"
    return [
        f"{aws} http://{first} s3 cp {ROOT}/LICENSE s3://{BUCKET}/pasted.txt",
        f"{aws} http://{last} s3 ls --recursive s3://{BUCKET}/",
        f'rclone --config /dev/null lsl "{rclone}"',
        f"curl -sS --aws-sigv4 aws:amz:us-east-1:s3 --user {ak}:{sk} -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' http://{first}/{BUCKET}/README.md",
    ]


def report(fleet, keys):
    """What a person sees."""
    for master in fleet.masters:
        print(f"{master.name:8} S3 http://{master.s3}   API http://{master.api}   pid {master.pid}")
    for holder in fleet.holders:
        print(f"{holder.name:8} blocks {holder.blocks}   pid {holder.pid}")
    print(f"{len(keys)} files are in the bucket {BUCKET}. Access key {fleet.access_key}, secret key {fleet.secret_key}\n")
    for line in lines_to_paste(fleet):
        print(line)
    print(f"\nEverything is in {fleet.directory}; Ctrl-C stops the fleet.", flush=True)


def as_json(fleet):
    masters = [{"s3": m.s3, "api": f"http://{m.api}", "pid": m.pid} for m in fleet.masters]
    return json.dumps({"masters": masters, "access_key": fleet.access_key, "secret_key": fleet.secret_key, "bucket": BUCKET})


def open_console(fleet, program):
    """The console's process, or None where there is no display or no console. It says itself what it cannot do."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) or not program.exists():
        print("No display here, so no console.")
        return None
    addresses = ",".join(f"http://{m.api}" for m in fleet.masters)
    return subprocess.Popen([program, "--fleet", addresses], stdin=subprocess.DEVNULL)


def close_console(console):
    if console and console.poll() is None:
        console.terminate()
        console.wait()


def parse():
    parser = argparse.ArgumentParser(prog="./dev run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cairnd", default=ROOT / "build/release/bin/cairnd", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--one", action="store_true", help="a single master, CAS off")
    parser.add_argument("--stack", choices=["embedded", "production"], default="embedded", help="the engines (default embedded)")
    parser.add_argument("--headless", action="store_true", help="ephemeral ports, nothing printed for people")
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    parser.add_argument("--dir", type=pathlib.Path, help="keep everything here (default: a temporary directory, removed at the end)")
    options = parser.parse_args()
    if options.one and options.stack == "production":
        parser.error("--one is a fleet of the embedded stack")
    return options


class Stop:
    """SIGINT and SIGTERM as something to wait for; one that comes during start-up waits until there is something to stop."""

    def __init__(self):
        self._read, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)

    def wait(self):
        os.read(self._read, 1)


def made(options, directory):
    common = {"settings": {"api": {"loopback_reads": True}}, "ephemeral": options.headless}
    if options.stack == "production":
        return ProductionFleet(pathlib.Path(os.environ["CAIRN_CACHE"], "bin"), options.cairnd, directory, **common)
    return fleets.Fleet(options.cairnd, directory, masters=1 if options.one else 2, **common)


def main():
    options = parse()
    stop = Stop()
    directory = options.dir or pathlib.Path(tempfile.mkdtemp(prefix="cairn-run-"))
    fleet = made(options, directory)
    complaints, console = [], None
    try:
        fleet.start()
        keys = fill(fleet)
        if options.json:
            print(as_json(fleet), flush=True)
        if not options.headless:
            console = open_console(fleet, options.cairnd.with_name("cairn-console"))
            report(fleet, keys)
        stop.wait()
    except (NotReady, OSError, RuntimeError) as error:
        complaints.append(str(error))
    finally:
        close_console(console)
        complaints += fleet.stop()
        if not options.dir:
            shutil.rmtree(directory, ignore_errors=True)
    for complaint in complaints:
        print(f"dev run: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
