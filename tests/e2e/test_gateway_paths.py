"""Paths below a CID: our gateway gives the blocks that kubo's own gateway gives, of directories, shards and DAG-CBOR."""

import json
import urllib.parse

import pytest
from conftest import fleets, running_fleet
from test_gateway import ask, read_car
from test_kubo import content

from lib.programs import kubo


@pytest.fixture(scope="module")
def opened():
    """One master over a kubo of its own, its gateway open to all."""
    yield from running_fleet(masters=1, kubo=kubo(), settings={"api": {"open_gateway": True}})


@pytest.fixture(scope="module")
def oracle(opened, tmp_path_factory):
    """The stranger's kubo, with a gateway of its own."""
    address = opened.address
    stranger = fleets.Kubo(kubo(), tmp_path_factory.mktemp("oracle"), address, fleets.free_port(address))
    stranger.make()
    stranger.gateway = f"{address}:{fleets.free_port(address)}"
    path = stranger.repository / "config"
    config = json.loads(path.read_text())
    host, port = stranger.gateway.split(":")
    config["Addresses"]["Gateway"] = f"/ip4/{host}/tcp/{port}"
    config["Gateway"].update({"NoFetch": True})
    config["Import"]["UnixFSHAMTDirectorySizeThreshold"] = "4KiB"
    path.write_text(json.dumps(config))
    try:
        stranger.start()
        yield stranger
    finally:
        stranger.stop()


@pytest.fixture(scope="module")
def tree(opened, oracle, tmp_path_factory):
    """The root of a directory with a file, a nested directory, one of 600 names, and DAG-CBOR that links into them."""
    top = tmp_path_factory.mktemp("tree") / "top"
    (top / "nested" / "a b").mkdir(parents=True)
    (top / "many").mkdir()
    (top / "nested" / "a b" / "large").write_bytes(content("large", 3_000_000))
    (top / "small").write_bytes(b"small")
    for n in range(600):
        (top / "many" / f"name {n}").write_bytes(f"{n}".encode())
    root = oracle.run("add", "-rQ", "--pin=false", str(top)).decode().strip()
    document = json.dumps({"list": [1, {"/": root}], "map": {"deep": {"/": root}, "value": 7}})
    cbor = oracle.run("dag", "put", "--store-codec=dag-cbor", input=document.encode()).decode().strip()
    for cid in (root, cbor):
        opened.masters[0].kubo.run("dag", "import", "--pin-roots=false", input=oracle.run("dag", "export", "-p=false", cid))
    return root, cbor


class Pair:
    def __init__(self, opened, oracle):
        self.ours = opened.masters[0]
        self.theirs = type("Door", (), {"api": oracle.gateway})

    def both(self, path, query):
        """The roots and blocks that each gives."""
        target = f"/ipfs/{urllib.parse.quote(path)}?format=car&car-order=dfs&car-dups=n&{query}"
        ours, theirs = ask(self.ours, target), ask(self.theirs, target)
        assert ours[0] == theirs[0] == 200, (target, ours[:2], theirs[:2])
        return read_car(ours[1]), read_car(theirs[1])

    def same(self, path, query):
        """Asks both; they must give the same root and blocks, in the same order. How many."""
        ours, theirs = self.both(path, query)
        assert ours == theirs, (path, query)
        return len(ours[1])


def test_the_same_blocks_as_kubos_gateway(opened, oracle, tree):
    pair, (root, cbor) = Pair(opened, oracle), tree
    assert pair.same(f"{root}/many", "dag-scope=entity") > 10  # the shards
    for path in ("", "/", "/small", "/nested", "/nested/a b", "/nested/a b/large", "/many", "/many/name 7", "/many/name 599"):
        for scope in ("block", "entity", "all"):
            assert pair.same(root + path, f"dag-scope={scope}") >= 1
    for path in ("/list/1/small", "/map/deep/nested/a b", "/list/1", "/map/deep"):
        pair.same(cbor + path, "dag-scope=entity")


def test_a_part_of_a_file_takes_no_more_than_its_leaves(opened, oracle, tree):
    (ours, blocks), (theirs, more) = Pair(opened, oracle).both(f"{tree[0]}/nested/a b/large", "entity-bytes=1048576:1048577")
    assert ours == theirs and len(blocks) == 5  # three directories, the file's root, one leaf
    assert {cid for cid, _ in blocks} <= {cid for cid, _ in more}  # kubo reads one leaf ahead


def test_what_is_not_there_is_404_and_said(opened, tree):
    root, cbor = tree
    absent = [f"{root}/{path}" for path in ("absent", "many/absent", "small/below", "nested/a%20b/large/below", "nested/a")]
    absent += [f"{cbor}/{path}" for path in ("list/2", "list/01", "list/-1", "list/x", "map/value/below", "absent")]
    for path in absent:
        status, said, _ = ask(opened.masters[0], f"/ipfs/{path}?format=car")
        assert status == 404 and b"no link named" in said, (path, status, said)
    status, _, headers = ask(opened.masters[0], f"/ipfs/{cbor}/map/value?format=car")
    assert status == 200
    etag = headers["ETag"]
    assert ask(opened.masters[0], f"/ipfs/{cbor}/map/value?format=car", If_None_Match=etag)[0] == 304
    assert ask(opened.masters[0], f"/ipfs/{root}/..?format=car")[0] == 400
