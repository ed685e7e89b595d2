"""A bucket's past on two masters: read with x-cairn-at, shown and compared by cairnd (docs/formats/moment.md)."""

import datetime
import json
import threading
import time

import pytest

from lib import raw, s3
from lib.programs import BIN, run
from lib.raw import Ask


def cairnd(fleet, *words, master=0, check=True):
    done = run(BIN / "cairnd", "--json", "bucket", *words, "--api", fleet.masters[master].api, check=check)
    return json.loads(done.stdout) if check else done


def at(client, moment):
    """The client, with the header on each of its requests."""
    client.meta.events.register("before-sign.s3", lambda request, **_: request.headers.__setitem__("x-cairn-at", str(moment)))
    return client


@pytest.fixture()
def reader(fleet):
    """A reader of a moment, by either master."""
    return lambda moment, master=1: at(s3.client(fleet.masters[master], fleet.access_key, fleet.secret_key), moment)


@pytest.fixture()
def writer(fleet):
    return s3.client(fleet.masters[0], fleet.access_key, fleet.secret_key)


def version(fleet, bucket):
    return cairnd(fleet, "show", f"demo/{bucket}", "--limit", "1")["version"]


def test_the_past_is_read_listed_and_compared(fleet, bucket, writer, reader):
    for n in range(30):
        writer.put_object(Bucket=bucket, Key=f"k/{n:02}", Body=b"first")
    then, moment = version(fleet, bucket), datetime.datetime.now(datetime.timezone.utc)
    time.sleep(0.002)  # times are milliseconds
    writer.put_object(Bucket=bucket, Key="k/07", Body=b"second")
    writer.delete_object(Bucket=bucket, Key="k/08")
    writer.put_object(Bucket=bucket, Key="new", Body=b"third")
    state = cairnd(fleet, "show", f"demo/{bucket}", "--at", str(then), master=1)
    for named in (then, state["root"], moment.isoformat().replace("+00:00", "Z")):
        past = reader(named)
        answer = past.get_object(Bucket=bucket, Key="k/07")
        assert answer["Body"].read() == b"first", named
        assert answer["ResponseMetadata"]["HTTPHeaders"]["x-cairn-version"] == str(then)
        assert past.head_object(Bucket=bucket, Key="k/08")["ContentLength"] == 5
        assert len(s3.list_all(past, bucket)) == 30, "paged listings, too"
        assert len(past.list_objects(Bucket=bucket, Delimiter="/")["CommonPrefixes"]) == 1
        assert s3.status_of(past.get_object, Bucket=bucket, Key="new") == (404, "NoSuchKey")
    assert (state["keys"], state["bytes"], len(state["objects"])) == (30, 150, 30)
    page = cairnd(fleet, "show", f"demo/{bucket}", "--prefix", "k/", "--limit", "10", "--at", str(then))
    assert page["next"] == "k/09" and len(page["objects"]) == 10
    changes = cairnd(fleet, "diff", f"demo/{bucket}", "--from", str(then), master=1)["changes"]
    assert [(c["key"], c["change"]) for c in changes] == [("k/07", "changed"), ("k/08", "removed"), ("new", "added")]
    back = cairnd(fleet, "diff", f"demo/{bucket}", "--from", str(then + 3), "--to", state["root"], "--prefix", "k/")
    assert [(c["key"], c["change"]) for c in back["changes"]] == [("k/07", "changed"), ("k/08", "added")]
    rows = cairnd(fleet, "history", f"demo/{bucket}", "--from", str(then))["rows"]
    assert [r["version"] for r in rows] == list(range(then, then + 4))
    assert rows[0]["root"] == state["root"] and rows[1]["previousRoot"] == state["root"]


def test_what_is_no_state_is_refused(fleet, bucket, writer, reader):
    writer.put_object(Bucket=bucket, Key="k", Body=b"x")
    other = f"{bucket}-other"
    writer.create_bucket(Bucket=other)
    root = cairnd(fleet, "show", f"demo/{other}")["root"]
    for moment in (root, 1000, "2001-01-01T00:00:00Z"):
        assert s3.status_of(reader(moment).get_object, Bucket=bucket, Key="k") == (404, "NoSuchVersion"), moment
    assert s3.status_of(reader("soon").get_object, Bucket=bucket, Key="k") == (400, "InvalidArgument")
    past = reader(2)
    for call, more in ((past.put_object, {"Body": b"y"}), (past.delete_object, {}), (past.create_multipart_upload, {})):
        assert s3.status_of(call, Bucket=bucket, Key="k", **more) == (400, "InvalidRequest")
    assert writer.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    for words in (("show", f"demo/{bucket}", "--at", root), ("diff", f"demo/{bucket}", "--from", "1000"),
                  ("show", "demo/absent"), ("show", bucket), ("show", f"demo/{bucket}", "--at", "soon")):
        refused = cairnd(fleet, *words, check=False)
        assert refused.returncode == 1 and "cairnd:" in refused.stderr, words


def test_the_header_is_signed(fleet, bucket, writer):
    writer.put_object(Bucket=bucket, Key="bad", Body=b"x")
    host = fleet.masters[0].s3

    def answer(**more):
        request = Ask("GET", "/{bucket}/bad", {"x-cairn-at": "2"}, b"", **more)
        return raw.ask(host, request.render(host, fleet.access_key, fleet.secret_key, {"bucket": bucket})[0])

    assert answer() == "200 -"
    assert answer(unsigned=("x-cairn-at",)) == "403 AccessDenied"
    assert answer(expires="60") == "403 AccessDenied", "a presigned address reads what its maker meant"


def test_a_deleted_bucket_keeps_its_history(fleet, bucket, writer, reader):
    writer.put_object(Bucket=bucket, Key="k", Body=b"x")
    writer.delete_object(Bucket=bucket, Key="k")
    writer.delete_bucket(Bucket=bucket)
    assert s3.status_of(reader(2).get_object, Bucket=bucket, Key="k") == (404, "NoSuchBucket")
    rows = cairnd(fleet, "history", f"demo/{bucket}")["rows"]
    assert [r.get("root") is None for r in rows] == [False, False, False, True]
    assert cairnd(fleet, "show", f"demo/{bucket}", "--at", "2")["keys"] == 1
    writer.create_bucket(Bucket=bucket)
    assert reader(2).get_object(Bucket=bucket, Key="k")["Body"].read() == b"x", "its owner's past goes on"


def owner(fleet, *words, master=0, check=True):
    done = run(BIN / "cairnd", "--json", *words, "--s3", fleet.masters[master].s3, "--access-key", fleet.access_key,
               "--secret-file", fleet.directory / "access.key", check=check)
    return json.loads(done.stdout) if check else done


def test_restore_and_undo_lose_nothing_silently_under_load(fleet, bucket):
    """Writers at both masters go on while the bucket is restored and the restore undone: what was written since is there, or told."""
    clients = [s3.client(m, fleet.access_key, fleet.secret_key, retries=5) for m in fleet.masters]
    for n in range(20):
        clients[0].put_object(Bucket=bucket, Key=f"old/{n:02}", Body=b"old")
    then = version(fleet, bucket)
    clients[0].delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": f"old/{n:02}"} for n in range(20)]})
    acknowledged, stop = [set(), set()], threading.Event()

    def write(number):
        count = 0
        while not stop.is_set():
            key = f"new/{number}/{count:05}"
            if s3.status_of(clients[number].put_object, Bucket=bucket, Key=key, Body=key.encode())[0] == 200:
                acknowledged[number].add(key)
            count += 1

    writers = [threading.Thread(target=write, args=(n,)) for n in range(2)]
    for thread in writers:
        thread.start()
    try:
        while min(map(len, acknowledged)) < 10:
            time.sleep(0.01)
        dry = owner(fleet, "bucket", "restore", bucket, "--at", str(then), "--dry-run", master=1)
        assert dry["dryRun"] and dry["put"] == 20 and dry["removed"] >= 20
        old = owner(fleet, "bucket", "restore", bucket, "--at", str(then), "--prefix", "old/", master=1)
        assert (old["put"], old["removed"]) == (20, 0)
        whole = owner(fleet, "bucket", "restore", bucket, "--at", str(then), master=1)
        assert whole["put"] == 0 and whole["removed"] == len(whole["keys"]) >= 20
    finally:
        stop.set()
        for thread in writers:
            thread.join()
    there = set(s3.list_all(clients[0], bucket))
    assert {k for k in there if k.startswith("old/")} == {f"old/{n:02}" for n in range(20)}
    assert acknowledged[0] | acknowledged[1] == {k for k in there if k.startswith("new/")} | set(whole["keys"])
    rows = cairnd(fleet, "history", f"demo/{bucket}", "--from", "1", "--limit", "1000")["rows"]
    wide = next(r["version"] for r in reversed(rows) if r["others"] and r["version"] > then)
    undone = owner(fleet, "bucket", "undo", bucket, "--version", str(wide))
    assert undone["put"] >= len(whole["keys"]) and not undone["kept"]
    # Writes that shared that version's commit are taken back with it, and named.
    assert (acknowledged[0] | acknowledged[1]) - set(s3.list_all(clients[1], bucket)) <= set(undone["keys"])


def test_only_the_owner_brings_back_and_the_audit_log_says_so(fleet, bucket, writer):
    writer.put_object(Bucket=bucket, Key="k", Body=b"one")
    writer.put_object(Bucket=bucket, Key="k", Body=b"two")
    assert owner(fleet, "bucket", "undo", bucket)["keys"] == ["k"]
    assert writer.get_object(Bucket=bucket, Key="k")["Body"].read() == b"one"
    for words in (("bucket", "restore", bucket, "--at", "1000"), ("bucket", "undo", bucket, "--version", "1"),
                  ("conflicts", "adopt", bucket, "999999", "k"), ("bucket", "undo", "absent")):
        refused = owner(fleet, *words, check=False)
        assert refused.returncode == 1 and "NoSuch" in refused.stderr, refused.stderr
    log = run(BIN / "cairnd", "--json", "audit", "list", "--registry", fleet.directory / "registry.sqlite").stdout
    assert '"bucket.undo"' in log and bucket in log
    run(BIN / "cairnd", "audit", "verify", "--registry", fleet.directory / "registry.sqlite")


def test_a_losers_keys_are_shown_and_adopted(fleet, bucket):
    """Both masters write the same keys until one lost a race; what the loser had is told by key, and can be taken."""
    clients = [s3.client(m, fleet.access_key, fleet.secret_key, retries=5) for m in fleet.masters]
    until = time.monotonic() + 60

    def races():
        done = run(BIN / "cairnd", "--json", "conflicts", "list", f"demo/{bucket}", "--api", fleet.masters[0].api)
        return json.loads(done.stdout)["races"]

    while not races():
        assert time.monotonic() < until, "no race was lost"
        threads = [threading.Thread(target=c.put_object, kwargs={"Bucket": bucket, "Key": f"k{n}", "Body": f"{n}".encode()})
                   for n, c in enumerate(clients * 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    race = races()[0]
    shown = json.loads(run(BIN / "cairnd", "--json", "conflicts", "show", f"demo/{bucket}", str(race["id"]), "--api",
                           fleet.masters[1].api).stdout)
    assert shown["race"]["id"] == race["id"] and shown["keys"]
    lost = next(k for k in shown["keys"] if "loser" in k)
    clients[0].put_object(Bucket=bucket, Key=lost["key"], Body=b"something else")
    assert owner(fleet, "conflicts", "adopt", bucket, str(race["id"]), lost["key"], "--dry-run")["put"] == 1
    assert owner(fleet, "conflicts", "adopt", bucket, str(race["id"]), lost["key"])["keys"] == [lost["key"]]
    now = clients[1].head_object(Bucket=bucket, Key=lost["key"])
    assert now["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"] == lost["loser"]["cid"]
