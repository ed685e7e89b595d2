"""Fleets over a real ipfs-cluster: who pins what, and what a fleet says of how far the cluster is behind."""

import contextlib
import json
import pathlib
import shutil
import tempfile
import urllib.request

from cluster import Cluster
from lib import s3
from lib.programs import cluster_programs
from lib.watch import until


@contextlib.contextmanager
def running_cluster(**options):
    programs = cluster_programs()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="cairn-cluster-"))
    cluster = Cluster(programs, directory, **options)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(directory, ignore_errors=True)


def over(cluster, pinning, **more):
    """Settings of a fleet whose masters each use a cluster peer and its kubo of their own; `pinning` of that section,
    `more` of [cluster]."""
    def of(node):
        number = (int(node.name[1:]) - 1) % len(cluster.peers)
        return {"pinning": pinning, "cluster": {"url": cluster.peers[number].url, "kubo_api": [cluster.kubos[number].url], **more}}
    return of


def acquainted(fleet):
    """Waits until each master knows of the others, which a commit that needs one of them takes."""
    for master in fleet.masters:
        client = s3.client(master, fleet.access_key, fleet.secret_key)
        until(f"{master.name} takes writes", lambda: s3.status_of(client.create_bucket, Bucket=f"from-{master.name}")[0] == 200, 60)


def history(master, bucket, owner="demo"):
    """The rows of all flips of the bucket, oldest first."""
    rows, start = [], 1
    while start:
        with urllib.request.urlopen(f"http://{master.api}/admin/v1/buckets/{owner}/{bucket}/history?limit=1000&from={start}", timeout=30) as answer:
            page = json.load(answer)
        rows, start = rows + page["rows"], page.get("next")
    return rows


def buckets(master):
    """Names of the buckets that exist."""
    with urllib.request.urlopen(f"http://{master.api}/admin/v1/buckets?limit=1000", timeout=30) as answer:
        return [b["name"] for b in json.load(answer)["buckets"]]


def lag(master):
    """(roots, milliseconds, trouble) of the cluster behind the master's flips."""
    with urllib.request.urlopen(f"http://{master.api}/admin/v1/fleet", timeout=30) as answer:
        fleet = json.load(answer)
    return fleet["clusterRootsBehind"], fleet["clusterMsBehind"], fleet.get("clusterTrouble") or ""


def followed(fleet, seconds=120):
    """Waits until the cluster has all that the fleet's masters flipped."""
    until("the cluster follows", lambda: all(lag(m)[0] == 0 for m in fleet.masters), seconds)
