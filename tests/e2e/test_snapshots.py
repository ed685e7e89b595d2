"""A bucket's past on two masters: read with x-cairn-at, shown and compared by cairnd (docs/formats/moment.md)."""

import datetime
import json
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
