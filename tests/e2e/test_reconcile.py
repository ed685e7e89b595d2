"""Buckets whose history was split are found and merged; nothing of either line is dropped (docs/decisions/0035-reconciling.md)."""

import contextlib
import http.client
import http.server
import json
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time

import pytest
from conftest import fleets, running_fleet

from lib import s3
from lib.bucket_cars import exported, imported, s3_keys
from lib.programs import BIN
from lib.serving import Serving


def client(fleet):
    return s3.client(fleet.masters[0], fleet.access_key, fleet.secret_key)


def put(fleet, bucket, **objects):
    for key, body in objects.items():
        client(fleet).put_object(Bucket=bucket, Key=key, Body=body.encode())


def body(fleet, bucket, key):
    return client(fleet).get_object(Bucket=bucket, Key=key)["Body"].read().decode()


def halted(fleet):
    assert not (fleet.masters[0].terminate() or fleet.masters[0].wait())


def registry_copied(here, there):
    if here.postgres:
        here.postgres.sql("CREATE DATABASE restored TEMPLATE postgres")
        there.postgres = here.postgres  # the same server, another database
        there.point_at(here.postgres.url.replace("/postgres?", "/restored?"))


@contextlib.contextmanager
def split(here):
    """Another fleet that goes on from all that `here` has: its machines, restored from a copy."""
    halted(here)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="cairn-e2e-")) / "there"
    shutil.copytree(here.directory, directory)
    there = fleets.Fleet(BIN / "cairnd", directory, masters=1)
    there.access_key, there.secret_key = here.access_key, here.secret_key
    registry_copied(here, there)
    there.configure(there.masters[0])
    here.masters[0].start()
    try:
        there.masters[0].start()
        yield there
    finally:
        there.postgres = None
        complaints = there.stop()
        shutil.rmtree(directory.parent, ignore_errors=True)
    assert not complaints, complaints


@pytest.fixture()
def here():
    yield from running_fleet(masters=1)


@pytest.fixture()
def on_postgres():
    yield from running_fleet(masters=1, postgres={})


def command(here, there, *words):
    other = ("--other", there.masters[0].config) if there else ()
    return [str(w) for w in (BIN / "cairnd", "--json", "registry", "reconcile", "--config", here.masters[0].config, *other,
                             "--access-key", here.access_key, "--secret-file", here.directory / "access.key", *words)]


def reconcile(here, there, *words):
    """(exit code, bucket -> what became of it)"""
    done = subprocess.run(command(here, there, *words), capture_output=True, text=True, timeout=300)
    assert done.stdout, done.stderr
    return done.returncode, {b["bucket"]: b for b in json.loads(done.stdout)["buckets"]}


def both_lines(here):
    """Buckets before the split."""
    for bucket in ("both", "theirs", "equal", "gone-here", "gone-there"):
        client(here).create_bucket(Bucket=bucket)
        put(here, bucket, a="base", b="base", c="base", d="base")


def part_ways(here, there):
    long = "k" * 1024
    put(here, "both", a="ours", b="ours", n="ours", same="equal", **{long: "ours"})
    put(there, "both", a="theirs", c="theirs", m="theirs", same="equal", **{long: "theirs"})
    client(there).delete_object(Bucket="both", Key="d")
    put(there, "theirs", x="theirs")
    client(there).create_bucket(Bucket="new-there")
    put(there, "new-there", x="theirs")
    for fleet, bucket in ((here, "gone-here"), (there, "gone-there")):
        for key in "abcd":
            client(fleet).delete_object(Bucket=bucket, Key=key)
        client(fleet).delete_bucket(Bucket=bucket)
    put(there, "gone-here", x="theirs")
    put(here, "gone-there", x="ours")


def assert_all_is_there(here, long="k" * 1024):
    keys = s3_keys(client(here), "both")
    seconds = [k for k in keys if " (conflict " in k]
    assert {k: body(here, "both", k) for k in keys if k not in seconds} == {
        "a": "ours", "b": "ours", "c": "theirs", "m": "theirs", "n": "ours", "same": "equal", long: "ours"}
    assert [body(here, "both", k) for k in seconds] == ["theirs"] * 2 and max(map(len, seconds)) == 1024
    assert s3_keys(client(here), "theirs") == ["a", "b", "c", "d", "x"]
    assert s3_keys(client(here), "new-there") == ["x"]
    assert s3_keys(client(here), "gone-here") == s3_keys(client(here), "gone-there") == ["a", "b", "c", "d", "x"]


def merged_whole(here, there):
    code, found = reconcile(here, there, "--dry-run")
    assert code == 3 and {b: f["kind"] for b, f in found.items()} == {
        "both": "diverged", "theirs": "theirs ahead", "new-there": "only theirs", "gone-here": "deleted here"}
    assert found["both"]["base"] == 5 and "new-there" not in [b["Name"] for b in client(here).list_buckets()["Buckets"]]
    code, done = reconcile(here, there)
    assert code == 0, done
    merge = done["both"]["merge"]
    assert (merge["both"], merge["removed"]) == (2, 1) and merge["bothKeys"] == ["a", "k" * 1024]
    assert_all_is_there(here)
    # Run again it does nothing more: not even to what was deleted since.
    deleted = {"both": "m", "theirs": "x", "new-there": "x", "gone-here": "x"}
    for bucket, key in deleted.items():
        client(here).delete_object(Bucket=bucket, Key=key)
    assert reconcile(here, there, "--dry-run")[0] == 0
    code, again = reconcile(here, there)
    assert code == 0 and {f["outcome"] for f in again.values()} == {"merged before"}
    for bucket, key in deleted.items():
        assert key not in s3_keys(client(here), bucket), bucket


def test_a_copied_registry_is_merged_back(here):
    both_lines(here)
    with split(here) as there:
        part_ways(here, there)
        merged_whole(here, there)


def test_a_restored_postgresql_is_merged_back(on_postgres):
    both_lines(on_postgres)
    with split(on_postgres) as there:
        part_ways(on_postgres, there)
        merged_whole(on_postgres, there)


def rows(fleet, statement, *values):
    with contextlib.closing(sqlite3.connect(fleet.directory / "registry.sqlite", timeout=60)) as db, db:
        return db.execute(statement, values).fetchall()


def test_it_is_killed_halfway_and_run_again(here):
    both_lines(here)
    with split(here) as there:
        part_ways(here, there)
        running = subprocess.Popen(command(here, there), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 120
            while not rows(here, "SELECT 1 FROM bucket_roots WHERE bucket LIKE 'reconcile-%'"):
                assert time.monotonic() < until and running.poll() is None, "nothing was imported"
            here.masters[0].kill()
        finally:
            running.kill()
            running.wait()
        here.masters[0].start()
        code, done = reconcile(here, there)
        assert code == 0, done
        assert_all_is_there(here)


def test_the_other_registry_is_not_believed(here):
    """Its roots may be no CIDs, its blocks missing, the credentials another's: told, and nothing is changed."""
    both_lines(here)
    with split(here) as there:
        put(there, "both", a="theirs")
        put(here, "both", a="ours")
        put(there, "theirs", x="theirs")
        before = rows(here, "SELECT * FROM bucket_roots ORDER BY bucket")
        rows(there, "UPDATE bucket_roots SET root_cid = 'no root', version = version + 1 WHERE bucket = 'both'")
        code, found = reconcile(here, there, "--bucket", "demo/both")
        assert code == 1 and found["both"]["kind"] == "unreadable"
        missing = "bafyreiaatzlcekdz53kycvqgvpiwek7puho6uhdvfv7sghnsklvfw4sn4a"
        rows(there, "UPDATE bucket_roots SET root_cid = ?, version = version + 1 WHERE bucket = 'theirs'", missing)
        code, found = reconcile(here, there, "--bucket", "demo/theirs")
        assert code == 1 and found["theirs"]["outcome"] == "failed" and found["theirs"]["why"]
        rows(there, "INSERT INTO bucket_roots (owner_id, bucket, root_cid, version, updated_at)"
                    " SELECT 'bob', bucket, root_cid, 1, updated_at FROM bucket_roots WHERE bucket = 'equal'")
        code, found = reconcile(here, there, "--bucket", "bob/equal")
        assert code == 1 and found["equal"]["outcome"] == "failed" and "denied" in found["equal"]["why"].lower(), found
        assert rows(here, "SELECT * FROM bucket_roots ORDER BY bucket") == before


@contextlib.contextmanager
def between(api, spoil):
    """The address of a door that hands on what `api` answers, as spoil() leaves it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked = http.client.HTTPConnection(api, timeout=60)
            asked.putrequest("GET", self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                asked.putheader(name, value)
            asked.endheaders()
            answer = asked.getresponse()
            body = spoil(answer.read())
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with contextlib.closing(Serving(api.rpartition(":")[0], Handler)) as server:
        yield server.at


def test_wrong_blocks_and_a_bucket_that_still_changes_end_it(here):
    both_lines(here)
    with split(here) as there:
        put(there, "both", a="theirs")
        put(here, "both", a="ours")
        before = rows(here, "SELECT * FROM bucket_roots ORDER BY bucket")

        def written_meanwhile(car):
            put(there, "both", b="theirs")
            return car

        spoilt = ((lambda car: car.replace(b"theirs", b"theirz"), "CID"), (lambda car: car[:-3], "CAR"),
                  (written_meanwhile, "still writes"))
        for spoil, why in spoilt:
            with between(there.masters[0].api, spoil) as door:
                code, found = reconcile(here, there, "--from", door, "--bucket", "demo/both")
            assert code == 1 and found["both"]["outcome"] == "failed" and why in found["both"]["why"], (why, found)
            assert rows(here, "SELECT * FROM bucket_roots ORDER BY bucket") == before, why
        assert reconcile(here, there, "--bucket", "demo/both")[0] == 0
        assert body(here, "both", "b") == "theirs"


def test_what_another_gateway_overwrote_is_found_and_mended(here, tmp_path):
    client(here).create_bucket(Bucket="shared")
    put(here, "shared", **{f"k{n}": "base" for n in range(5)})
    exported(here, "shared", tmp_path / "read.car")  # what the gateway reads
    imported(here, "scratch", tmp_path / "read.car")
    put(here, "shared", lost="acknowledged", k1="ours")
    put(here, "scratch", foreign="theirs", k1="theirs")
    assert reconcile(here, None, "--dry-run") == (0, {})
    (root,), = rows(here, "SELECT root_cid FROM bucket_roots WHERE bucket = 'scratch'")
    rows(here, "UPDATE bucket_roots SET root_cid = ?, version = version + 1 WHERE bucket = 'shared'", root)
    assert "lost" not in s3_keys(client(here), "shared")
    code, found = reconcile(here, None, "--dry-run")
    assert code == 3 and (found["shared"]["kind"], found["shared"]["base"], found["shared"]["lost"]) == ("overwritten", 6, 8)
    code, done = reconcile(here, None)
    assert code == 0 and done["shared"]["merge"]["bothKeys"] == ["k1"], done
    keys = s3_keys(client(here), "shared")
    assert body(here, "shared", "lost") == "acknowledged" and body(here, "shared", "foreign") == "theirs"
    second = next(k for k in keys if k.startswith("k1 (conflict "))
    assert (body(here, "shared", "k1"), body(here, "shared", second)) == ("theirs", "ours") and len(keys) == 8
    client(here).delete_object(Bucket="shared", Key="lost")
    code, again = reconcile(here, None)
    assert code == 0 and again["shared"]["outcome"] == "merged before" and "lost" not in s3_keys(client(here), "shared")
