#!/usr/bin/env python3
"""./dev bench: measures Cairn, alone and against MinIO. See --help; docs/performance.md has the last table.

  peers    the figures of docs/performance.md against MinIO, one store after the other on the same disk
  scale    put and get of random keys in buckets of 1,000 and of --keys keys, starts with the latter
  memory   resident memory under 64 concurrent uploads of 64 MiB
  kubo     a master whose blocks are in kubo against kubo alone
  cluster  puts over a real ipfs-cluster of two peers (./dev peers builds it): waited for, and following
  identity what it costs to know who calls: tokens never seen and seen before, SigV4, beside libsecp256k1's own recovery
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import clustered  # noqa: E402
import figures  # noqa: E402
import identity  # noqa: E402
import on_kubo  # noqa: E402
import registry  # noqa: E402
import scale  # noqa: E402
import servers  # noqa: E402
from loaders import OwnLoader, Referee  # noqa: E402


def say(text):
    print(text, file=sys.stderr, flush=True)


def sync_ms(directory):
    """Median time of a 4 KiB append and fdatasync: what bounds every figure of small writes."""
    times = []
    with tempfile.NamedTemporaryFile(dir=directory) as file:
        for _ in range(100):
            started = time.perf_counter()
            os.write(file.fileno(), bytes(4096))
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return sorted(times)[50] * 1000


def machine(directory):
    cpu = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    commit = subprocess.run(["git", "-C", servers.ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return {"cpu": cpu[0] if cpu else platform.machine(), "cores": os.cpu_count(), "kernel": platform.release(),
            "fdatasync_ms": round(sync_ms(directory), 3), "load": os.getloadavg()[0], "commit": commit.stdout.strip(),
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def measure(loader, endpoint, wanted, seconds, results, label):
    for figure in wanted:
        report = loader.run(endpoint, "bench", figure, seconds)
        results.setdefault(figure.name, []).append(report)
        say(f"  {label}: {figure.name}: {report['per_second']:,.1f}/s p50 {report['p50_ms']:.1f} ms p99 {report['p99_ms']:.1f} ms "
            f"errors={report['errors']} lost={report['lost']} {report.get('error_sample') or ''}")


def peers(options, directory, loader):
    theirs, ours = {}, {}
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        if "minio" in options.stores:
            with servers.minio(directory) as endpoint:
                measure(loader, endpoint, figures.ONE_STORE, options.seconds, theirs, "MinIO")
        if "cairn" in options.stores:
            with servers.cairn(directory, options.bin, one=True) as endpoint:
                measure(loader, endpoint, figures.ONE_STORE, options.seconds, ours, "Cairn, one master")
            with servers.cairn(directory, options.bin, one=False) as endpoint:
                measure(loader, endpoint, [figures.RACE], options.seconds, ours, "Cairn, two masters")
    theirs = {name: figures.median(reports) for name, reports in theirs.items()}
    ours = {name: figures.median(reports) for name, reports in ours.items()}
    table = figures.rows(theirs, ours)
    print(figures.markdown(table))
    return {"table": table}, all(row["pass"] is not False for row in table)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["peers", "scale", "memory", "kubo", "cluster", "identity", "registry"])
    parser.add_argument("--bin", default=str(servers.ROOT / "build/release/bin"), help="directory of cairnd and loader")
    parser.add_argument("--seconds", type=float, default=6, help="of each figure (default 6)")
    parser.add_argument("--rounds", type=int, default=1, help="peers, scale, kubo: repeat in turns and take medians (default 1)")
    parser.add_argument("--stores", default="minio,cairn", help="peers: which to measure (default minio,cairn)")
    parser.add_argument("--referee", help="peers: put the load with this s3bench instead of the project's loader")
    parser.add_argument("--keys", type=int, default=1_000_000, help="scale: keys of the large bucket (default 1,000,000)")
    parser.add_argument("--dir", help="where the stores keep their data (default build/bench; the disk that is measured)")
    parser.add_argument("--json", help="write the result here too (default build/bench/WHAT.json)")
    options = parser.parse_args()
    home = pathlib.Path(options.dir or servers.ROOT / "build/bench")
    home.mkdir(parents=True, exist_ok=True)
    loader = Referee(options.referee) if options.referee else OwnLoader(pathlib.Path(options.bin, "loader"))
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=home))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        facts = machine(directory)
        say(f"{facts['cpu']}, {facts['cores']} cores, fdatasync {facts['fdatasync_ms']} ms, load {facts['load']:.1f}")
        if facts["load"] > 1:
            say("this machine is doing something else; only ratios of long, repeated rounds mean anything now")
        work = {"peers": peers, "scale": scale.scale, "memory": scale.memory, "kubo": on_kubo.on_kubo,
                "cluster": clustered.cluster, "identity": identity.identity, "registry": registry.registry}[options.what]
        result, good = work(options, directory, loader)
    path = pathlib.Path(options.json or home / f"{options.what}.json")
    path.write_text(json.dumps({"machine": facts, "seconds": options.seconds, **result}, indent=1) + "\n")
    say(f"written to {path}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
