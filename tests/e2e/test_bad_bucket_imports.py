"""What is no bucket's CAR, or comes from who may not, is refused and changes nothing (docs/formats/import.md)."""

import pytest

from lib import blocks
from lib.bucket_cars import ENTRY, HELLO, buckets, client, depth_first, exported, imported, made
from lib.wallets import Wallet, bearer
from test_gateway import read_car


def test_hostile_cars_change_nothing(fleet, tmp_path):
    client(fleet).create_bucket(Bucket="whole")
    for n in range(40):
        client(fleet).put_object(Bucket="whole", Key=f"k{n}", Body=b"%d" % n)
    car = tmp_path / "whole.car"
    exported(fleet, "whole", car)
    whole = car.read_bytes()
    roots, found = read_car(whole)
    raw = [(blocks.unread(c), b) for c, b in found]
    leaf = blocks.leaf(b"a file")
    cases = {
        "cut short": (whole[:-1], "ends inside a block"),
        "cut at a block": (blocks.car([raw[0][0]], raw[:-1]), "is due, and the CAR ends"),
        "a block left out": (blocks.car([raw[0][0]], raw[:5] + raw[6:]), "is due"),
        "the root alone": (blocks.car([raw[0][0]], raw[:1]), "is due"),
        "another order": (blocks.car([raw[0][0]], raw[:1] + raw[:0:-1]), "depth first"),
        "a stranger": (blocks.car([raw[0][0]], [*raw, leaf]), "is not below"),
        "a lie": (blocks.car([raw[0][0]], [raw[0], (raw[1][0], raw[1][1] + b"!")]), "does not hash"),
        "two roots": (blocks.car([raw[0][0]] * 2, raw), "several roots"),
        "a file": (blocks.car([leaf[0]], [leaf]), "no index"),
        "a bucket's root block": (blocks.car([(c := blocks.cid(b"\xa0", blocks.DAG_CBOR))], [(c, b"\xa0")]), "index node"),
        "no CAR": (b"PK" * 5000, "CAR at byte 0"),
        "a huge block": (whole[:60] + b"\xff\xff\xff\x7f", "CAR at byte"),
        "nothing": (b"", "ends inside the header"),
    }
    before = buckets(client(fleet))
    for what, (data, why) in cases.items():
        file = tmp_path / "hostile.car"
        file.write_bytes(data)
        code, said = imported(fleet, "hostile", file, check=False)
        assert code == 1 and why in said, (what, said)
    assert buckets(client(fleet)) == before
    assert imported(fleet, "after-all", car)["keys"] == 40


@pytest.mark.parametrize("why, items", {
    "must be|key": [("", 5, ENTRY)],
    "NUL": [("a\0b", 5, ENTRY)],
    "not kept": [("k", 5, ENTRY | {"h": {"set-cookie": "a=b"}})],
    "no value of a header": [("k", 5, ENTRY | {"h": {"content-type": "a\r\nset-cookie: b"}})],
    "do not fit into headers": [("k", 5, ENTRY | {"m": {"a\r\nb": "c"}})],
    "metadata": [("k", 5, ENTRY | {"m": {"a": "b" * 3000}})],
    "BadRequest|Tag|tag": [("k", 5, ENTRY | {"g": {f"t{n}": "v" for n in range(11)}})],
    "checksum": [("k", 5, ENTRY | {"k": ["MD4", bytes(4), False]})],
    "parts": [("k", 5, ENTRY | {"p": [[2, 5]]})],
    "is said to hold": [("k", 6, ENTRY)],
    "1970": [("k", 5, ENTRY | {"t": -1})],
    "does not know": [("k", 5, ENTRY | {"z": 1})],
}.items())
def test_entries_that_no_request_could_have_made(fleet, tmp_path, why, items):
    index, store = made(items)
    store[HELLO] = b"hello"
    (tmp_path / "bad.car").write_bytes(blocks.car([index.binary()], depth_first(store, index)))
    code, said = imported(fleet, "bad-entries", tmp_path / "bad.car", check=False)
    assert code == 1 and any(word in said for word in why.split("|")), said
    assert "bad-entries" not in buckets(client(fleet))


def test_who_may(wallets, tmp_path):
    one, two = wallets.masters
    wallet, other = Wallet(tmp_path, "alice"), Wallet(tmp_path, "bob")
    alice, token = wallet.issue(one), tmp_path / "token"
    token.touch(mode=0o600)
    leaf, items = b"hello", [("k", 5, ENTRY)]
    index, store = made(items)
    store[HELLO] = leaf
    car = blocks.car([index.binary()], depth_first(store, index))
    sent = {"x-cairn-import": "car"}

    def tried(who, path="/taken", **more):
        return bearer(two, who, "PUT", path, car, {**sent, **{n.replace("_", "-"): v for n, v in more.items()}})

    for options in (("--bucket", "taken", "--operations", "read,list"), ("--bucket", "taken", "--prefix", "k", "--operations", "write"), ("--bucket", "others", "--operations", "write")):
        assert tried(wallet.issue(one, *options))[0] == 403
    writer = wallet.issue(one, "--bucket", "taken", "--operations", "write")
    assert tried(writer, x_cairn_import_merge="keep")[0] == 403, "a merge tells which keys are fleet"
    assert tried(writer)[0] == 200 and bearer(one, alice, "GET", "/taken/k") == (200, leaf)
    assert tried(other.issue(one))[0] == 409, "the name is alice's"
    assert tried(alice, "/named", x_cairn_import_root=blocks.text(blocks.leaf(b"x")[0]))[0] == 400
    assert tried(alice, "/named", x_cairn_import_merge="both")[0] == 400
    assert bearer(one, alice, "HEAD", "/named")[0] == 404
