"""Writes over a real ipfs-cluster of two peers: with both waited for, and with the cluster following."""

import concurrent.futures
import json
import os
import pathlib
import re
import sys
import time
import urllib.request

import servers
from figures import Figure

sys.path.insert(0, str(servers.ROOT / "resources/dev"))
import cluster as clusters  # noqa: E402
import fleet as fleets  # noqa: E402

BUCKETS, WORKERS = 8, 8
STRICT = Figure(f"put 4 KiB, {BUCKETS} buckets with {WORKERS} workers each, cluster:2", "put", 4096, WORKERS, 300)
MIXED = Figure("put 4 KiB, 64 workers, one bucket, two masters, local + 1, cluster follows", "race", 4096, 64, 440, masters=2)


def _settings(cluster, pinning):
    every = [k.url for k in cluster.kubos]
    def of(node):
        number = int(node.name[1:]) - 1
        # Its own kubo first: that is where blocks are fetched from.
        return {"pinning": pinning, "cluster": {"url": cluster.peers[number].url, "kubo_api": every[number:] + every[:number], "timeout": "60s"}}
    return of


def _endpoint(fleet, masters):
    return servers.Endpoint([m.s3 for m in masters], fleet.access_key, fleet.secret_key, [m.pid for m in masters], [m.api for m in masters])


def _metric(master, name):
    with urllib.request.urlopen(f"http://{master.api}/metrics", timeout=30) as answer:
        found = re.search(rf"^{name} (\S+)$", answer.read().decode(), re.M)
    return float(found[1]) if found else 0.0


def _behind(master):
    with urllib.request.urlopen(f"http://{master.api}/admin/v1/fleet", timeout=30) as answer:
        return json.load(answer)["clusterRootsBehind"]


def _row(figure, reports, flips, **more):
    done = sum(r["done"] for r in reports)
    return {"figure": figure.name, "per_second": sum(r["per_second"] for r in reports), "wanted": figure.wanted, "done": done,
            "errors": sum(r["errors"] for r in reports), "lost": sum(r["lost"] for r in reports), "commits": flips,
            "puts_per_commit": done / max(flips, 1), "p50_ms": max(r["p50_ms"] for r in reports), "p99_ms": max(r["p99_ms"] for r in reports), **more}


def _strict(cluster, options, directory, loader):
    """All buckets through one master, each bucket a loader's."""
    fleet = fleets.Fleet(pathlib.Path(options.bin, "cairnd"), directory / "strict", masters=1, settings=_settings(cluster, {"quorum": "cluster:2"}))
    try:
        fleet.start()
        master = fleet.masters[0]
        endpoint = _endpoint(fleet, [master])
        with concurrent.futures.ThreadPoolExecutor(BUCKETS) as pool:
            list(pool.map(lambda n: loader.run(endpoint, f"bench{n}", Figure("warm", "prefill", 4096, 1, 0, objects=1), 0), range(BUCKETS)))
            before = fleet.flips()
            reports = list(pool.map(lambda n: loader.run(endpoint, f"bench{n}", STRICT, options.seconds), range(BUCKETS)))
        count, total = (_metric(master, f"cairn_cluster_pin_seconds_{part}") for part in ("count", "sum"))
        return _row(STRICT, reports, fleet.flips() - before, pin_ms=1000 * total / max(count, 1))
    finally:
        fleet.stop()


def _mixed(cluster, options, directory, loader):
    fleet = fleets.Fleet(pathlib.Path(options.bin, "cairnd"), directory / "mixed", masters=2, holders=0,
                         settings=_settings(cluster, {"follow": "cluster:2", "follow_max_lag": "10m", "follow_max_roots": 1_000_000}))
    try:
        fleet.start()
        report = loader.run(_endpoint(fleet, fleet.masters), "bench", MIXED, options.seconds)
        behind, started = sum(_behind(m) for m in fleet.masters), time.monotonic()
        while any(_behind(m) for m in fleet.masters):
            time.sleep(0.05)
        return _row(MIXED, [report], fleet.flips(), behind_at_end=behind, caught_up_after=round(time.monotonic() - started, 2))
    finally:
        fleet.stop()


def cluster(options, directory, loader):
    running = clusters.Cluster(pathlib.Path(os.environ["CAIRN_CACHE"], "bin"), directory / "cluster")
    try:
        running.start()
        rows = [work(running, options, directory, loader) for work in (_strict, _mixed)]
    finally:
        running.stop()
    print("| figure | puts/s | wanted | puts a commit | p50 ms | p99 ms | |\n|---|---|---|---|---|---|---|")
    for r in rows:
        more = f"a pin takes {r['pin_ms']:.0f} ms" if "pin_ms" in r else f"{r['behind_at_end']} roots behind at the end, caught up {r['caught_up_after']} s later"
        print(f"| {r['figure']} | {r['per_second']:,.0f} | {r['wanted']} | {r['puts_per_commit']:.1f} | {r['p50_ms']:.0f} | {r['p99_ms']:.0f} | {more} |")
    return {"table": rows}, all(r["per_second"] >= r["wanted"] and not r["lost"] for r in rows)
