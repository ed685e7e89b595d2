"""cairnd fsck: what is damaged or missing on a stopped node is found, and nothing else is."""

import contextlib
import json
import shutil
import subprocess

import fleet as fleets
import pytest

from lib import content, s3
from lib.programs import BIN

DAMAGED = content.block(7)


@contextlib.contextmanager
def running(tmp_path, **options):
    nodes = fleets.Fleet(BIN / "cairnd", tmp_path / "fleet", **options)
    try:
        nodes.start()
        yield nodes
    finally:
        complaints = nodes.stop()
    assert not complaints, "\n".join(complaints)


@pytest.fixture()
def pair(tmp_path):
    """Two masters and a holder, with a bucket that has been written."""
    with running(tmp_path, masters=2) as nodes:
        yield nodes


def client(nodes):
    """Of m1, which therefore is complete for every root."""
    return s3.client(nodes.masters[0], nodes.access_key, nodes.secret_key)


def stop(node):
    node.terminate()
    assert node.wait() == ""


def fsck(node, *words):
    """(exit code, findings or text, what it said on standard error)"""
    done = subprocess.run(node.command("fsck", *words), capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout) if "--json" in words and done.stdout else done.stdout, done.stderr


def only_bucket(found):
    assert len(found["buckets"]) == 1, found
    return found["buckets"][0]


def flip_byte_in_store(node, block, offset):
    """Turns over one bit `offset` bytes behind the beginning of the block, where it lies on the disk."""
    for segment in sorted((node.directory / "data/blocks/segments").iterdir()):
        data = bytearray(segment.read_bytes())
        at = data.find(block)
        if at >= 0:
            data[at + offset] ^= 1
            segment.write_bytes(data)
            return
    pytest.fail(f"{node.name} has not got that block")


def test_refuses_while_a_daemon_has_the_store(pair):
    code, found, said = fsck(pair.masters[0], "--json")
    assert (code, found) == (1, "")
    assert f"in use by process {pair.masters[0].pid}" in said and "needs the node stopped" in said


def test_whole_nodes_are_whole(pair):
    one = client(pair)
    one.create_bucket(Bucket="whole")
    for n in range(20):
        one.put_object(Bucket="whole", Key=f"k{n}", Body=content.block(n))
    for node in pair.nodes:
        stop(node)
    code, found, said = fsck(pair.masters[0], "--json")
    bucket = only_bucket(found)
    assert (code, said, found["good"]) == (0, "", True)
    assert (bucket["bucket"], bucket["keys"], bucket["state"], bucket["missing"]) == ("demo/whole", 20, "whole", [])
    assert bucket["present"] >= 20 + 2, "20 leaves, an index node and the root at least"
    assert found["blocks"]["blocks"] >= bucket["present"] and found["blocks"]["bytes"] > 20 << 20
    code, table, _ = fsck(pair.masters[0])
    assert code == 0 and "demo/whole" in table and "Nothing is damaged" in table
    code, holder, _ = fsck(pair.holders[0], "--json")
    assert (code, holder["buckets"], holder["good"]) == (0, [], True), "a storage node knows no buckets"
    code, second, _ = fsck(pair.masters[1], "--json")
    assert code == 0 and only_bucket(second)["state"] in ("whole", "elsewhere")
    assert holder["blocks"]["blocks"] + second["blocks"]["blocks"] > 20, "each commit is with one of them too"


@pytest.mark.parametrize("offset", [len(DAMAGED) // 2, -40], ids=["block", "header of its record"])
def test_a_flipped_byte_is_found_named_and_healed(pair, offset):
    one = client(pair)
    one.create_bucket(Bucket="rot")
    cid = one.put_object(Bucket="rot", Key="rotten", Body=DAMAGED)["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"]
    one.put_object(Bucket="rot", Key="sound", Body=content.block(8))
    stop(pair.masters[0])
    flip_byte_in_store(pair.masters[0], DAMAGED, offset)
    code, found, _ = fsck(pair.masters[0], "--json")
    assert (code, found["good"]) == (1, False)
    assert (found["blocks"]["damagedBlocks"], found["blocks"]["damaged"]) == (1, [cid])
    assert only_bucket(found)["state"] == "lost" and only_bucket(found)["missing"] == [cid]
    assert bool(found["blocks"]["unreadable"]) == (offset < 0), "without its header it is no record"
    code, table, _ = fsck(pair.masters[0])
    assert code == 1 and f"damaged {cid}" in table and f"missing {cid}" in table
    pair.masters[0].start()
    assert one.get_object(Bucket="rot", Key="rotten")["Body"].read() == DAMAGED
    stop(pair.masters[0])
    code, found, _ = fsck(pair.masters[0], "--json")
    assert (code, only_bucket(found)["state"]) == (0, "whole")


def test_a_store_from_an_old_copy_lacks_what_came_after(tmp_path):
    with running(tmp_path, masters=1) as nodes:
        master, one = nodes.masters[0], client(nodes)
        blocks, copy = master.directory / "data/blocks", tmp_path / "copy"
        one.create_bucket(Bucket="old")
        one.put_object(Bucket="old", Key="before", Body=b"before")
        stop(master)
        shutil.copytree(blocks, copy)
        master.start()
        one.put_object(Bucket="old", Key="after", Body=b"after")
        stop(master)
        shutil.rmtree(blocks)
        copy.rename(blocks)
        code, found, _ = fsck(master, "--json")
        bucket = only_bucket(found)
        assert (code, found["blocks"]["damagedBlocks"]) == (1, 0)
        assert (bucket["state"], bucket["missing"]) == ("lost", [bucket["root"]])


def test_what_only_others_promised_is_no_loss(tmp_path):
    with running(tmp_path, masters=2, settings={"pinning": {"quorum": "local"}}) as nodes:
        client(nodes).create_bucket(Bucket="theirs")
        client(nodes).put_object(Bucket="theirs", Key="k", Body=b"only on m1")
        for node in nodes.nodes:
            stop(node)
        code, found, _ = fsck(nodes.masters[1], "--json")
        assert (code, only_bucket(found)["state"], only_bucket(found)["holders"]) == (0, "elsewhere", ["m1"])
        code, table, _ = fsck(nodes.masters[1])
        assert code == 0 and "elsewhere: with m1" in table


def test_nothing_to_check_is_an_error(tmp_path):
    config = tmp_path / "cairnd.toml"
    config.write_text(fleets.toml({"node": {"name": "m1", "data": str(tmp_path / "data")}}))
    done = subprocess.run([BIN / "cairnd", "fsck", "--config", config], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "there is no block store in" in done.stderr
    assert not (tmp_path / "data").exists(), "a check made a store"
