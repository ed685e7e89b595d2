"""A history is thinned with age: what is left verifies offline, whatever happened to the master that thinned it (decision 0031)."""

import json
import sqlite3
import time
import urllib.request

import pytest

from conftest import running_fleet
from lib import s3
from lib.programs import BIN, run

VERSIONS = 2500


@pytest.fixture(scope="module")
def thinned():
    """Two masters that keep every version for a minute only."""
    yield from running_fleet(masters=2, settings={"history": {"all_for": "1m"}})


def counts(fleet):
    """(history rows of the bucket, checkpoints)"""
    with sqlite3.connect(f"file:{fleet.directory}/registry.sqlite?mode=ro", uri=True, timeout=30) as file:
        return tuple(file.execute(f"SELECT count(*) FROM {t} WHERE bucket = 'old'").fetchone()[0]
                     for t in ("bucket_root_history", "history_checkpoints"))


def verified(fleet, *more):
    done = run(BIN / "cairnd", "--json", "verify-history", *(more or ("--registry", fleet.directory / "registry.sqlite")))
    return next(line for line in map(json.loads, done.stdout.splitlines()) if line.get("bucket") == "demo/old")


def until(condition, seconds=240):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)


def test_what_is_left_verifies_after_a_kill(thinned, tmp_path):
    clients = [s3.client(m, thinned.access_key, thinned.secret_key, retries=5) for m in thinned.masters]
    clients[0].create_bucket(Bucket="old")
    for n in range(VERSIONS):
        clients[0].put_object(Bucket="old", Key=f"k{n % 7}", Body=str(n).encode())
    until(lambda: counts(thinned)[1] > 0)
    thinned.masters[0].kill()
    report = verified(thinned)
    assert report["unbroken"] and report["covered"] > 0
    assert report["signed"] + report["covered"] == VERSIONS + 1
    # The other one goes on: the first, the newest, the last of an hour, and what is still too young.
    until(lambda: counts(thinned)[0] < 20)
    report = verified(thinned, "--registry", thinned.directory / "registry.sqlite", "--export", tmp_path / "history")
    assert report["unbroken"] and report["covered"] > VERSIONS - 20 and report["to"] == VERSIONS + 1
    assert verified(thinned, "--from", tmp_path / "history") == report
    lines = (tmp_path / "history").read_text().splitlines()
    (tmp_path / "history").write_text("\n".join(line for line in lines if "checkpoint" not in line or line != lines[-1]))
    done = run(BIN / "cairnd", "--json", "verify-history", "--from", tmp_path / "history", check=False)
    assert done.returncode == 1 and '"missing"' in done.stdout, "a checkpoint was taken out"
    thinned.masters[0].start()
    with urllib.request.urlopen(f"http://{thinned.masters[0].api}/admin/v1/chain", timeout=30) as answer:
        chain = json.load(answer)
    assert chain["unbroken"] and chain["complete"], chain
    past = s3.client(thinned.masters[1], thinned.access_key, thinned.secret_key)
    past.meta.events.register("before-sign.s3", lambda request, **_: request.headers.__setitem__("x-cairn-at", "1000"))
    assert s3.status_of(past.get_object, Bucket="old", Key="k1") == (404, "NoSuchVersion")
    assert clients[1].get_object(Bucket="old", Key=f"k{(VERSIONS - 1) % 7}")["Body"].read() == str(VERSIONS - 1).encode()
    clients[0].put_object(Bucket="old", Key="new", Body=b"x")
    assert verified(thinned)["to"] == VERSIONS + 2
