"""An object put whole has the CID that `ipfs add` gives it under kubo's profile test-cid-v1-wide."""

import os
import shutil
import subprocess

import pytest

from lib import s3, watch
from lib.content import BLOCK, VECTORS, Stream, content
from lib.programs import kubo

RESIDENT_MIB = 300


@pytest.mark.parametrize("size", VECTORS)
def test_cid_equals_recorded(one_master, one_bucket, size):
    master = one_master.masters[0]
    client = s3.client(master, one_master.access_key, one_master.secret_key,
                       request_checksum_calculation="when_required")
    body = Stream(size) if size > 8 * BLOCK else content(size)
    put = client.put_object(Bucket=one_bucket, Key="x", Body=body, ContentLength=size)
    assert put["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"] == VECTORS[size]
    head = client.head_object(Bucket=one_bucket, Key="x")
    assert head["ContentLength"] == size and head["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"] == VECTORS[size]
    if size <= 100 * BLOCK:
        assert client.get_object(Bucket=one_bucket, Key="x")["Body"].read() == content(size)
    client.delete_object(Bucket=one_bucket, Key="x")
    assert watch.resident_mib(master.pid, "VmHWM") <= RESIDENT_MIB


def test_vectors_are_what_kubo_says(tmp_path):
    ipfs, env = kubo(), {**os.environ, "IPFS_PATH": str(tmp_path / "repository")}
    subprocess.run([ipfs, "init", "-p", "test-cid-v1-wide"], env=env, check=True, capture_output=True)
    for size, cid in VECTORS.items():
        adding = subprocess.Popen([ipfs, "add", "-n", "-Q"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        shutil.copyfileobj(Stream(size), adding.stdin, BLOCK)
        assert adding.communicate(timeout=120)[0].decode().strip() == cid
