"""./dev run --stack production: the same line for scripts, on PostgreSQL, kubo and ipfs-cluster; a race there loses nothing."""

import json
import types
import urllib.request

from lib import s3
from lib.clusters import followed
from lib.content import content
from lib.programs import cluster_programs
from test_drills import drill
from test_run import Run


def as_fleet(line, directory):
    """What drills and clients need of a fleet, from the line that ./dev run prints."""
    told = json.loads(line)
    assert set(told) == {"masters", "access_key", "secret_key", "bucket"} and len(told["masters"]) == 2
    masters = [types.SimpleNamespace(s3=m["s3"], api=m["api"].removeprefix("http://")) for m in told["masters"]]
    return types.SimpleNamespace(masters=masters, access_key=told["access_key"], secret_key=told["secret_key"],
                                 bucket=told["bucket"], directory=directory / "run")


def peers_with(root, directory):
    """How many of the stack's kubos have the root pinned, by what their own files say of where they listen."""
    found = 0
    for config in directory.glob("run/cluster/kubo*/config"):
        _, _, address, _, port = json.loads(config.read_text())["Addresses"]["API"].split("/")
        request = urllib.request.Request(f"http://{address}:{port}/api/v0/pin/ls?type=recursive", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            found += root in json.load(answer)["Keys"]
    return found


def test_the_production_stack_serves_and_loses_nothing(tmp_path):
    cluster_programs()
    run = Run(tmp_path, "--stack", "production", "--headless", "--json")
    try:
        fleet = as_fleet(run.read_until("{")[0], tmp_path)
        first, second = (s3.client(m, fleet.access_key, fleet.secret_key) for m in fleet.masters)
        assert "README.md" in s3.list_all(first, fleet.bucket) and s3.list_all(first, fleet.bucket) == s3.list_all(second, fleet.bucket)
        body = content(3 << 20)
        first.put_object(Bucket=fleet.bucket, Key="large", Body=body)
        assert second.get_object(Bucket=fleet.bucket, Key="large")["Body"].read() == body
        report = drill(fleet, "cas-race", "--writes", "600")
        assert report["lost"] == 0 and report["acknowledged"] + report["refused"] == 600, report
        followed(fleet)
        with urllib.request.urlopen(f"http://{fleet.masters[0].api}/admin/v1/buckets/demo/{fleet.bucket}", timeout=30) as answer:
            assert peers_with(json.load(answer)["root"], tmp_path) == 2
    finally:
        code, rest = run.stop()
    assert (code, rest) == (0, "")
