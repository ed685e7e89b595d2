"""Exports and imports of whole buckets, and buckets that the formats' second implementation makes."""

import json
import pathlib
import subprocess
import sys

from lib import s3
from lib.programs import BIN
from lib.wallets import cairnd

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "formats"))
import bucket as form  # noqa: E402
from dagcbor import DAG_CBOR, RAW, Cid, decode  # noqa: E402

HELLO = Cid.of(RAW, b"hello")
ENTRY = {"c": HELLO, "e": bytes(16), "t": 1700000000000}


def key_of(fleet):
    return "--access-key", fleet.access_key, "--secret-file", fleet.directory / "access.key"


def client(fleet, master=0):
    return s3.client(fleet.masters[master], fleet.access_key, fleet.secret_key)


def exported(fleet, bucket, car, master=0):
    return json.loads(cairnd("--json", "export", bucket, "--api", fleet.masters[master].api, *key_of(fleet), "--car", car).stdout)


def imported(fleet, bucket, car, *options, master=0, check=True, stdin=None):
    words = ["--json", "import", bucket, "--s3", fleet.masters[master].s3, *key_of(fleet), "--car", car, *options]
    done = subprocess.run([str(w) for w in (BIN / "cairnd", *words)], capture_output=True, timeout=300, input=stdin)
    assert not check or done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout) if check else (done.returncode, done.stderr.decode())


def s3_keys(s3, bucket):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [o["Key"] for page in pages for o in page.get("Contents", [])]


def buckets(s3):
    return {b["Name"] for b in s3.list_buckets()["Buckets"]}


def made(items):
    """(contents root, blocks in depth-first order) of a bucket that the formats' second implementation makes."""
    store = form.Blocks()
    index, _ = form.root(items, 0, store)
    return index, store


def depth_first(store, root):
    seen, out, due = set(), [], [root]
    while due:
        cid = due.pop()
        if cid not in seen:
            seen.add(cid)
            out.append((cid.binary(), store[cid]))
            due += reversed(links(decode(store[cid]) if cid.codec == DAG_CBOR else None))
    return out


def links(value):
    if isinstance(value, Cid):
        return [value]
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [link for each in values for link in links(each)]
