"""/ipfs on the API listener gives verifiable bytes to who may read them, and /export a whole bucket (docs/formats/gateway.md)."""

import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest

from conftest import running_fleet
from lib import blocks, s3, watch
from lib.content import BLOCK, content
from lib.programs import kubo
from lib.wallets import Wallet, bearer, cairnd

RAW, CAR = "application/vnd.ipld.raw", "application/vnd.ipld.car"


@pytest.fixture(scope="module")
def opened():
    yield from running_fleet(masters=2, settings={"auth": {"eip712": True}, "api": {"open_gateway": True}})


@pytest.fixture(scope="module")
def owners(wallets, tmp_path_factory):
    """Two wallets with a bucket each; alice's has an object of three leaves and a small one."""
    made = {}
    for name, master in zip(("alice", "bob"), wallets.masters):
        wallet = Wallet(tmp_path_factory.mktemp(name), name)
        made[name] = wallet, wallet.issue(master)
        assert bearer(master, made[name][1], "PUT", f"/{name}")[0] == 200
    for key, data in (("large", content(2 * BLOCK + 17)), ("a/small", b"small")):
        assert bearer(wallets.masters[0], made["alice"][1], "PUT", f"/alice/{key}", data)[0] == 200
    return made


def ask(master, path, method="GET", **headers):
    """(status, body, headers)."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"http://{master.api}{path}", method=method, headers=sent)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def read_car(data):
    """(roots, [(CID, block)]) of a CAR; every block is checked."""
    def number(at):
        value = shift = 0
        while True:
            byte, at = data[at], at + 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value, at
            shift += 7

    size, at = number(0)
    header, found = data[at:at + size], []
    at += size
    while at < len(data):
        size, at = number(at)
        cid, block = data[at:at + 36], data[at + 36:at + size]
        assert blocks.cid(block, cid[1]) == cid
        found.append((blocks.text(cid), block))
        at += size
    roots = [blocks.text(part[:36]) for part in header.split(b"\xd8\x2a\x58\x25\0")[1:]]
    return roots, found


def large():
    """(root, leaves) of alice's large object, made anew."""
    data = content(2 * BLOCK + 17)
    leaves = [blocks.leaf(data[at:at + BLOCK]) for at in range(0, len(data), BLOCK)]
    return blocks.text(blocks.node(leaves)[0]), [blocks.text(leaf[0]) for leaf in leaves], data


def test_a_right_to_the_bytes_must_be_shown(wallets, owners):
    one, two = wallets.masters
    (_, alice), (_, bob) = owners["alice"], owners["bob"]
    root, leaves, data = large()
    mine = {"Authorization": f"Bearer {alice}", "x_cairn_object": "/alice/large"}
    for master in (one, two):
        for cid in (root, *leaves):
            path = f"/ipfs/{cid}?format=raw"
            assert ask(master, path)[0] == 403
            assert ask(master, path, Authorization=f"Bearer {alice}")[0] == 403, "no object named"
            assert ask(master, path, Authorization=f"Bearer {bob}", x_cairn_object="/alice/large")[0] == 403
            assert ask(master, path, Authorization=f"Bearer {alice}", x_cairn_object="/alice/a/small")[0] == 403, "not below it"
            assert ask(master, path, Authorization=f"Bearer {alice}", x_cairn_object="/alice/absent")[0] == 404
        assert ask(master, f"/ipfs/{leaves[0]}?format=raw", **mine)[1] == data[:BLOCK]
    narrow = owners["alice"][0].issue(one, "--bucket", "alice", "--prefix", "a/", "--operations", "read")
    assert ask(two, f"/ipfs/{root}?format=raw", Authorization=f"Bearer {narrow}", x_cairn_object="/alice/large")[0] == 403
    status, _, headers = ask(two, f"/ipfs/{root}?format=raw", **mine)
    assert status == 200 and headers["Cache-Control"].startswith("private") and "Access-Control-Allow-Origin" not in headers


def test_raw_blocks(opened, tmp_path):
    one, two = opened.masters
    token = Wallet(tmp_path).issue(one)
    assert bearer(one, token, "PUT", "/raw")[0] == 200 and bearer(one, token, "PUT", "/raw/k", b"0123456789")[0] == 200
    cid = blocks.text(blocks.cid(b"0123456789"))
    for headers, path in (({}, f"/ipfs/{cid}?format=raw"), ({"Accept": RAW}, f"/ipfs/{cid}")):
        status, body, answer = ask(two, path, **headers)
        assert (status, body, answer["Content-Type"]) == (200, b"0123456789", RAW)
        assert answer["ETag"] == f'"{cid}.raw"' and answer["Cache-Control"] == "public, max-age=29030400, immutable"
        assert answer["Content-Disposition"] == f'attachment; filename="{cid}.bin"'
    path = f"/ipfs/{cid}?format=raw"
    status, body, answer = ask(one, path, Range="bytes=2-4")
    assert (status, body, answer["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert ask(one, path, Range="bytes=10-")[0] == 416
    assert ask(one, path, If_None_Match=f'W/"{cid}.raw"')[0] == 304
    status, body, answer = ask(one, path, method="HEAD")
    assert (status, body, answer["Content-Length"]) == (200, b"", "10")
    assert ask(one, path, method="POST")[0] == 405
    nowhere = f"/ipfs/{blocks.text(blocks.cid(b'nowhere'))}?format=raw"
    watch.until("every holder can be asked", lambda: ask(one, nowhere)[0] != 503, 60)
    assert ask(one, nowhere)[:2] == (404, b"this fleet does not hold it\n")
    assert ask(one, f"/ipfs/{cid}")[0] == 400 and ask(one, f"/ipfs/{cid}", Accept="text/html")[0] == 406
    assert ask(one, "/ipfs/bafkqaaa?format=raw")[:2] == (200, b"")


def test_cars(wallets, owners):
    one, two = wallets.masters
    root, leaves, data = large()
    mine = {"Authorization": f"Bearer {owners['alice'][1]}", "x_cairn_object": "/alice/large"}
    for master in (one, two):
        for query, expected in (("", [root, *leaves]), ("&dag-scope=block", [root]), ("&entity-bytes=0:0", [root, leaves[0]]),
                                (f"&entity-bytes={BLOCK}:{2 * BLOCK}", [root, leaves[1], leaves[2]]), ("&entity-bytes=-1:*", [root, leaves[2]])):
            status, body, headers = ask(master, f"/ipfs/{root}?format=car{query}", **mine)
            roots, found = read_car(body)
            assert (status, roots, [c for c, _ in found]) == (200, [root], expected), query
            assert headers["Content-Type"] == f"{CAR}; version=1; order=dfs; dups=n"
    status, body, headers = ask(one, f"/ipfs/{root}", Accept=f"{CAR};dups=y", **mine)
    assert b"".join(block for _, block in read_car(body)[1][1:]) == data and headers["Content-Type"].endswith("dups=y")
    assert ask(one, f"/ipfs/{root}?format=car", If_None_Match=f'"{root}.car.all.n"', **mine)[0] == 304
    assert ask(one, f"/ipfs/{root}?format=car", method="HEAD", **mine)[:2] == (200, b"")
    assert ask(one, f"/ipfs/{root}/a?format=car", **mine)[:2] == (404, b"no link named \"a\"\n")


def test_an_export_is_the_whole_bucket(wallets, owners, tmp_path):
    one, two = wallets.masters
    wallet, alice = owners["alice"]
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text(alice)
    printed = {}
    for master in (one, two):
        car = tmp_path / f"{master.name}.car"
        done = cairnd("--json", "export", "alice", "--api", master.api, "--token-file", token, "--car", car)
        printed[master.name] = json.loads(done.stdout), car.read_bytes()
    assert printed[one.name] == printed[two.name], "the same contents are the same CAR on every master"
    said, data = printed[one.name]
    roots, found = read_car(data)
    assert roots == [said["root"]] and len(found) == said["blocks"] and len(data) == said["bytes"]
    cids = [cid for cid, _ in found]
    assert cids[0] == said["root"] and {large()[0], *large()[1], blocks.text(blocks.cid(b"small"))} <= set(cids)
    assert subprocess.run([str(w) for w in (os.environ["CAIRN_BIN"] + "/cairnd", "export", "alice", "--api", one.api, "--token-file", token, "--car", "-")],
                          capture_output=True, timeout=60, check=True).stdout == data
    narrow = wallet.issue(one, "--bucket", "alice", "--prefix", "a/", "--operations", "read,list")
    for credentials in ({}, {"Authorization": f"Bearer {narrow}"}, {"Authorization": f"Bearer {owners['bob'][1]}"}):
        assert ask(one, "/export/alice", **credentials)[0] in (401, 403)
    token.write_text(owners["bob"][1])
    failed = cairnd("export", "absent", "--api", one.api, "--token-file", token, "--car", tmp_path / "no.car", check=False)
    assert failed.returncode == 1 and "does not exist" in failed.stderr and not list(tmp_path.glob("no.car*"))
    empty = cairnd("--json", "export", "bob", "--api", one.api, "--token-file", token, "--car", tmp_path / "empty.car")
    assert json.loads(empty.stdout)["blocks"] == 0


def test_an_access_key_exports(fleet, bucket, tmp_path):
    master = fleet.masters[0]
    s3.client(master, fleet.access_key, fleet.secret_key).put_object(Bucket=bucket, Key="k", Body=b"v")
    key = ("--access-key", fleet.access_key, "--secret-file", fleet.directory / "access.key")
    done = cairnd("--json", "export", bucket, "--api", master.api, *key, "--car", tmp_path / "k.car")
    assert json.loads(done.stdout)["blocks"] == 2


def test_kubo_takes_an_export(wallets, owners, tmp_path):
    """Its pins and its own walk agree that nothing is missing; a file below the index reads as it was put."""
    ipfs, env = kubo(), {**os.environ, "IPFS_PATH": str(tmp_path / "repository")}
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text(owners["alice"][1])
    done = json.loads(cairnd("--json", "export", "alice", "--api", wallets.masters[1].api, "--token-file", token, "--car", tmp_path / "a.car").stdout)
    subprocess.run([ipfs, "init"], env=env, check=True, capture_output=True)
    imported = subprocess.run([ipfs, "dag", "import", "--stats", "--enc=json", tmp_path / "a.car"], env=env, check=True, capture_output=True, text=True).stdout
    lines = [json.loads(line) for line in imported.splitlines()]
    assert [line["Root"]["Cid"]["/"] for line in lines if "Root" in line] == [done["root"]]
    assert [line["Root"]["PinErrorMsg"] for line in lines if "Root" in line] == [""]
    assert sum(line["Stats"]["BlockCount"] for line in lines if line.get("Stats")) == done["blocks"]
    walked = subprocess.run([ipfs, "refs", "-r", "-u", "--offline", done["root"]], env=env, check=True, capture_output=True, text=True).stdout
    assert len(walked.split()) == done["blocks"] - 1
    read = subprocess.run([ipfs, "cat", "--offline", large()[0]], env=env, check=True, capture_output=True).stdout
    assert read == large()[2]
