"""Foreign content comes as a CAR, with every block it reaches or beside objects that the caller may read (docs/formats/import.md)."""

import hashlib
import os
import subprocess

import pytest

from lib import blocks, s3
from lib.content import BLOCK, content
from lib.programs import kubo
from lib.wallets import Wallet, assume, bearer, client

CAR = {"x-cairn-import": "car"}


@pytest.fixture(scope="module")
def owners(wallets, tmp_path_factory):
    """Two wallets, each with a bucket named after it and a token for everything."""
    made = {}
    for name, master in zip(("alice", "bob"), wallets.masters):
        wallet = Wallet(tmp_path_factory.mktemp(name), name)
        made[name] = wallet, wallet.issue(master)
        assert bearer(master, made[name][1], "PUT", f"/{name}")[0] == 200
    return made


def put(master, token, path, car, headers=()):
    """(status, code, message) of an import."""
    status, body = bearer(master, token, "PUT", path, car, {**CAR, **dict(headers)})
    if status == 200:
        return status, "", ""
    code, message = (body.split(b"<%s>" % e)[1].split(b"</%s>" % e)[0].decode() for e in (b"Code", b"Message"))
    return status, code, message


def family(salt=b""):
    """A file of uneven leaves, one of them a node with content of its own: (root, blocks below it, content)."""
    a, b = blocks.leaf(salt + b"a" * 70_000), blocks.leaf(b"b" * 3)
    c = blocks.node([], own=salt + b"c" * 5000)
    inner = blocks.node([a, b], own=b"own")
    root = blocks.node([c, inner, a])
    return root, [c, inner, a, b], salt + b"c" * 5000 + b"own" + a[1] + b[1] + a[1]


def test_a_whole_car_becomes_the_object(wallets, owners):
    one, two = wallets.masters
    root, below, data = family()
    for master, other, key in ((one, two, "one"), (two, one, "two")):
        token = owners["alice"][1]
        assert put(master, token, f"/alice/{key}", blocks.car([root[0]], [root, *below]), {"x-amz-meta-from": "elsewhere"})[0] == 200
        reader = _client(owners, other)
        head = reader.head_object(Bucket="alice", Key=key)
        assert head["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"] == blocks.text(root[0])
        assert head["ETag"] == f'"{hashlib.md5(data).hexdigest()}"' and head["ContentLength"] == len(data)
        assert head["Metadata"] == {"from": "elsewhere"}
        assert reader.get_object(Bucket="alice", Key=key)["Body"].read() == data
        for first, last in ((0, 0), (4990, 5010), (5003, 75_003), (len(data) - 1, len(data) - 1), (1, len(data) - 2)):
            part = reader.get_object(Bucket="alice", Key=key, Range=f"bytes={first}-{last}")
            assert part["Body"].read() == data[first:last + 1]
    copied = reader.copy_object(Bucket="alice", Key="copied", CopySource="alice/two")
    assert copied["CopyObjectResult"]["ETag"] == head["ETag"]
    upload = reader.create_multipart_upload(Bucket="alice", Key="parts")["UploadId"]
    target = {"Bucket": "alice", "Key": "parts", "UploadId": upload}
    part = reader.upload_part_copy(**target, PartNumber=1, CopySource="alice/two")["CopyPartResult"]["ETag"]
    reader.complete_multipart_upload(**target, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
    assert reader.get_object(Bucket="alice", Key="parts")["Body"].read() == data


def _client(owners, master):
    return client(master, assume(master, owners["alice"][1]))


def test_a_missing_block_is_refused_in_the_same_words_whoever_holds_it(wallets, owners):
    """Knowing a CID is no right to its bytes, nor to learn whether they are here."""
    one, two = wallets.masters
    (_, alice), (_, bob) = owners["alice"], owners["bob"]
    secret = content(BLOCK)
    assert bearer(one, bob, "PUT", "/bob/secret", secret)[0] == 200
    held = blocks.leaf(secret)
    unheld = blocks.leaf(secret[::-1])
    words = {}
    for name, missing in (("held", held), ("unheld", unheld)):
        above = blocks.node([missing])
        for shape, car in (("alone", blocks.car([missing[0]], [])), ("below", blocks.car([above[0]], [above]))):
            status, code, message = put(two, alice, "/alice/stolen", car)
            assert (status, code) == (400, "MissingBlock")
            words[name, shape] = message.replace(blocks.text(missing[0]), "CID")
    assert len(set(words.values())) == 1, words
    assert put(two, alice, "/alice/stolen", blocks.car([held[0]], []), {"x-cairn-import-from": "/bob/secret"})[:2] == (403, "AccessDenied")
    assert bearer(one, alice, "HEAD", "/alice/stolen")[0] == 404, "nothing became visible"


def test_blocks_below_a_readable_object_may_be_left_out(wallets, owners):
    one, two = wallets.masters
    alice = owners["alice"][1]
    data = content(2 * BLOCK + 17)
    assert bearer(one, alice, "PUT", "/alice/mine,1", data)[0] == 200
    leaves = [blocks.leaf(data[at:at + BLOCK]) for at in (0, BLOCK, 2 * BLOCK)]
    extra = blocks.leaf(b"more")
    root = blocks.node([leaves[2], extra, leaves[0]])
    car = blocks.car([root[0]], [root, extra])
    assert put(two, alice, "/alice/new", car)[:2] == (400, "MissingBlock")
    assert put(two, alice, "/alice/new", car, {"x-cairn-import-from": "/alice/absent"})[:2] == (404, "NoSuchKey")
    assert put(two, alice, "/alice/new", car, {"x-cairn-import-from": "/alice/mine%2C1"})[0] == 200
    assert bearer(one, alice, "GET", "/alice/new") == (200, data[2 * BLOCK:] + b"more" + data[:BLOCK])


def test_scopes_cover_what_is_written_and_what_is_read(wallets, owners):
    one, _ = wallets.masters
    wallet, alice = owners["alice"]
    shared, other = blocks.leaf(b"to be reused"), blocks.leaf(b"new")
    root = blocks.node([shared, other])
    assert bearer(one, alice, "PUT", "/alice/private/k", shared[1])[0] == 200
    assert bearer(one, alice, "PUT", "/alice/in/k", shared[1])[0] == 200
    car = blocks.car([root[0]], [root, other])

    def scoped(operations):
        return wallet.issue(one, "--bucket", "alice", "--prefix", "in/", "--operations", operations)

    cases = [(scoped("read,write"), "/alice/in/new", "/alice/in/k", 200), (scoped("read,write"), "/alice/in/new", "/alice/private/k", 403),
             (scoped("read,write"), "/alice/private/new", "/alice/in/k", 403), (scoped("write"), "/alice/in/new", "/alice/in/k", 403),
             (scoped("read"), "/alice/in/new", "/alice/in/k", 403)]
    for token, to, source, expected in cases:
        assert put(one, token, to, car, {"x-cairn-import-from": source})[0] == expected, (to, source, expected)


def test_presigned_and_signed_requests_do_not_take_headers_that_nobody_signed(fleet, bucket):
    """Whoever carries a presigned PUT could else import from what only the signer reads."""
    data = content(1000)
    root = blocks.leaf(data)
    master = fleet.masters[0]
    signer = s3.client(master, fleet.access_key, fleet.secret_key, signature_version="s3v4")
    car = blocks.car([root[0]], [root])
    url = signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"})
    done = subprocess.run(["curl", "-sS", "-X", "PUT", "-H", "x-cairn-import: car", "--data-binary", "@-", url], input=car, capture_output=True, timeout=60)
    assert b"AccessDenied" in done.stdout
    signer.meta.events.register("before-sign.s3", lambda request, **_: request.headers.add_header("x-cairn-import", "car"))
    signer.put_object(Bucket=bucket, Key="k", Body=car)
    signer.meta.events.unregister("before-sign.s3")
    reader = s3.client(fleet.masters[1], fleet.access_key, fleet.secret_key)
    assert reader.get_object(Bucket=bucket, Key="k")["Body"].read() == data


def _bad_cars():
    root, below, _ = family(b"bad")
    whole = blocks.car([root[0]], [root, *below])
    flipped = whole[:-1] + bytes([whole[-1] ^ 1])
    directory, shard = blocks.node([below[2]], kind=1), blocks.node([below[2]], kind=5)
    lie = blocks.node([below[2]], says=[1])
    identity = blocks.section(b"\x01\x55\x00\x01x", b"x")
    json = bytes([1, 0x80, 0x02, 0x12, 32]) + hashlib.sha256(b"{}").digest()
    junk = blocks.cid(b"junk", blocks.DAG_PB), b"junk"
    cbor = blocks.cid(b"\xa0", blocks.DAG_CBOR), b"\xa0"
    large = blocks.varint(36 + (2 << 20) + 1) + blocks.cid(b"") + b"refused by its claim alone"
    return {
        "wrong bytes": (flipped, "MalformedCar"),
        "cut inside a block": (whole[:-7], "MalformedCar"),
        "cut inside the header": (whole[:20], "MalformedCar"),
        "empty": (b"", "MalformedCar"),
        "no CAR": (b"<html>" * 100, "MalformedCar"),
        "version 2": (bytes.fromhex("0aa16776657273696f6e02") + bytes(40), "InvalidRequest"),
        "no root": (blocks.car([], [root, *below]), "InvalidRequest"),
        "two roots": (blocks.car([root[0], below[0][0]], [root, *below]), "InvalidRequest"),
        "identity CID": (blocks.car([root[0]], [root, *below]) + identity, "InvalidRequest"),
        "unknown codec": (blocks.car([root[0]], [root, *below]) + blocks.section(json, b"{}"), "InvalidRequest"),
        "directory": (blocks.car([directory[0]], [directory, below[2]]), "InvalidRequest"),
        "sharded directory": (blocks.car([shard[0]], [shard, below[2]]), "InvalidRequest"),
        "DAG-CBOR": (blocks.car([cbor[0]], [cbor]), "InvalidRequest"),
        "malformed node": (blocks.car([junk[0]], [junk]), "MalformedCar"),
        "a size that lies": (blocks.car([lie[0]], [lie, below[2]]), "MalformedCar"),
        "block over 2 MiB": (blocks.car([root[0]], [root]) + large, "MalformedCar"),
    }


@pytest.mark.parametrize("name", _bad_cars())
def test_bad_cars_are_refused_by_name_and_change_nothing(wallets, owners, name):
    one, two = wallets.masters
    alice = owners["alice"][1]
    car, code = _bad_cars()[name]
    assert bearer(one, alice, "PUT", "/alice/bad", b"stands")[0] == 200
    assert put(two, alice, "/alice/bad", car)[:2] == (400, code)
    assert bearer(two, alice, "GET", "/alice/bad") == (200, b"stands")


def test_conditions_hold_for_imports(wallets, owners):
    one, _ = wallets.masters
    alice = owners["alice"][1]
    root = blocks.leaf(b"conditional")
    car = blocks.car([root[0]], [root])
    assert put(one, alice, "/alice/once", car, {"If-None-Match": "*"})[0] == 200
    assert put(one, alice, "/alice/once", car, {"If-None-Match": "*"})[:2] == (412, "PreconditionFailed")
    md5 = {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}
    assert put(one, alice, "/alice/digest", car, md5)[:2] == (400, "BadDigest"), "of the CAR, not of the object"


@pytest.mark.parametrize("options", [(), ("--trickle",), ("--cid-version=1",), ("--cid-version=1", "--raw-leaves=false"),
                                     ("--chunker=size-1000",), ("--chunker=rabin",), ("--hash=blake3", "--cid-version=1")],
                         ids=lambda o: " ".join(o) or "default")
def test_what_kubo_exports_is_taken(wallets, owners, tmp_path, options):
    ipfs, env = kubo(), {**os.environ, "IPFS_PATH": str(tmp_path / "repository")}
    one, two = wallets.masters
    alice = owners["alice"][1]
    subprocess.run([ipfs, "init"], env=env, check=True, capture_output=True)
    data = content(3 * BLOCK + 12345)
    added = subprocess.run([ipfs, "add", "-Q", *options], env=env, input=data, check=True, capture_output=True).stdout.decode().strip()
    car = subprocess.run([ipfs, "dag", "export", "--progress=false", added], env=env, check=True, capture_output=True).stdout
    cid = subprocess.run([ipfs, "cid", "base32", added], env=env, check=True, capture_output=True).stdout.decode().strip()
    assert put(one, alice, "/alice/kubo", car) == (200, "", "")
    assert bearer(two, alice, "GET", "/alice/kubo") == (200, data)
    for first, last in ((0, 9), (262_140, 262_150), (BLOCK - 1, 2 * BLOCK), (len(data) - 5, len(data) - 1)):
        assert bearer(two, alice, "GET", "/alice/kubo", headers={"Range": f"bytes={first}-{last}"}) == (206, data[first:last + 1])
    assert _client(owners, two).head_object(Bucket="alice", Key="kubo")["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"] == cid
