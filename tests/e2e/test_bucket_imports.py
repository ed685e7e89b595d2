"""A bucket that was exported from one fleet is the same bucket in another, down to its contents root (docs/formats/import.md)."""

import os
import random
import signal
import subprocess

import pytest

from conftest import running_fleet
from lib import blocks, watch
from lib.bucket_cars import RAW, Cid, buckets, client, depth_first, exported, imported, key_of, made, s3_keys
from lib.content import BLOCK, Stream, content
from lib.programs import BIN, kubo

RESIDENT_MIB = 300


@pytest.fixture(scope="module")
def there():
    """The other fleet: two masters and a storage node."""
    yield from running_fleet(masters=2)


def fill(s3, bucket, seed):
    """Objects of many kinds under odd keys, by any way in which S3 makes them."""
    chance = random.Random(seed)
    letters = "abz019 /+%&~éß漢字🙂\u0001\u00a0"
    keys = {"".join(chance.choice(letters) for _ in range(chance.randint(1, 40))) for _ in range(60)} | {"k" * 1024, "/", "a//b", ".."}
    for key in sorted(keys):
        tags = "&".join(f"t{n}={chance.randint(0, 99)}" for n in range(chance.randint(0, 3)))
        more = {"Tagging": tags} if tags else {}
        if chance.random() < 0.3:
            more |= {"Metadata": {"colour": "blue", "x": "y" * chance.randint(0, 900)}, "ContentType": "text/plain; charset=utf-8", "CacheControl": "no-cache"}
        if chance.random() < 0.3:
            more["ChecksumAlgorithm"] = chance.choice(["CRC32", "SHA1", "SHA256"])
        s3.put_object(Bucket=bucket, Key=key, Body=chance.randbytes(chance.choice([0, 1, 7, 5000, 70_000, BLOCK + 3])), **more)
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"a value apart", Tagging="&".join(f"{n}%F0%9F%99%82{'%E6%BC%A2' * 100}={'%E5%AD%97' * 250}" for n in range(8)))
    for name, parts in (("even", (5 * BLOCK, 5 * BLOCK, 9)), ("uneven", (5 * BLOCK + 77, 6 * BLOCK + 1, 3))):
        upload = s3.create_multipart_upload(Bucket=bucket, Key=name, Metadata={"made": "of parts"}, ChecksumAlgorithm="CRC32")["UploadId"]
        where = {"Bucket": bucket, "Key": name, "UploadId": upload}
        made = []
        for number, size in enumerate(parts, 1):
            part = s3.upload_part(**where, PartNumber=number, Body=content(size), ChecksumAlgorithm="CRC32")
            made.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]})
        s3.complete_multipart_upload(**where, MultipartUpload={"Parts": made})
    s3.create_multipart_upload(Bucket=bucket, Key="in progress")


def heads(s3, bucket):
    """Key -> all that S3 says of it."""
    out = {}
    for key in s3_keys(s3, bucket):
        head = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        head["ResponseMetadata"] = {n: v for n, v in head["ResponseMetadata"]["HTTPHeaders"].items() if n not in ("date", "x-amz-request-id")}
        out[key] = head, s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return out


@pytest.fixture(scope="module")
def random_bucket(fleet, tmp_path_factory):
    """(name, CAR, what the export printed) of a random bucket of the first fleet."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    here = client(fleet)
    here.create_bucket(Bucket="random")
    fill(here, "random", seed)
    car = tmp_path_factory.mktemp("car") / "random.car"
    return "random", car, exported(fleet, "random", car)


def test_a_bucket_is_the_same_in_another_fleet(fleet, there, random_bucket, tmp_path):
    name, car, said = random_bucket
    done = imported(there, name, car)
    assert (done["root"], done["blocks"], done["bytes"], done["added"]) == (said["root"], said["blocks"], said["bytes"], done["keys"])
    again = exported(there, name, tmp_path / "again.car", master=1)
    assert again == said and (tmp_path / "again.car").read_bytes() == car.read_bytes()
    here, copy = client(fleet, 1), client(there, 1)
    assert heads(here, name) == heads(copy, name)
    for key in s3_keys(here, name):
        assert copy.get_object(Bucket=name, Key=key)["Body"].read() == here.get_object(Bucket=name, Key=key)["Body"].read()
    assert "Uploads" not in copy.list_multipart_uploads(Bucket=name) and here.list_multipart_uploads(Bucket=name)["Uploads"]
    part = copy.get_object(Bucket=name, Key="uneven", PartNumber=2)
    assert part["Body"].read() == content(6 * BLOCK + 1)


def test_it_may_be_run_again(there, random_bucket, tmp_path):
    name, car, said = random_bucket
    first = imported(there, "again", car, "--merge", "keep")
    for options in ((), ("--merge", "keep"), ("--merge", "replace")):
        done = imported(there, "again", car, *options, master=1)
        assert (done["root"], done["same"], done["added"]) == (said["root"], first["added"], 0)
    assert exported(there, "again", tmp_path / "copy.car")["root"] == said["root"]
    done = imported(there, "piped", "-", stdin=car.read_bytes())
    assert done["root"] == said["root"]


def test_into_a_bucket_with_other_objects_only_as_said(there, random_bucket, tmp_path):
    name, car, said = random_bucket
    s3 = client(there)
    s3.create_bucket(Bucket="other")
    s3.put_object(Bucket="other", Key="mine", Body=b"mine")
    s3.put_object(Bucket="other", Key="even", Body=b"not even")
    code, why = imported(there, "other", car, check=False)
    assert code == 1 and "has other objects" in why and s3_keys(s3, "other") == ["even", "mine"]
    kept = imported(there, "other", car, "--merge", "keep")
    assert (kept["kept"], kept["replaced"], kept["added"]) == (1, 0, kept["keys"] - 1)
    assert s3.get_object(Bucket="other", Key="even")["Body"].read() == b"not even"
    replaced = imported(there, "other", car, "--merge", "replace")
    assert (replaced["kept"], replaced["replaced"], replaced["same"]) == (0, 1, replaced["keys"] - 1)
    s3.delete_object(Bucket="other", Key="mine")
    assert exported(there, "other", tmp_path / "other.car")["root"] == said["root"], "inserting anew gives the same root"


def test_an_empty_bucket(fleet, there, tmp_path):
    client(fleet).create_bucket(Bucket="nothing")
    assert exported(fleet, "nothing", tmp_path / "nothing.car")["blocks"] == 0
    assert imported(there, "nothing", tmp_path / "nothing.car")["keys"] == 0
    assert "nothing" in buckets(client(there, 1)) and s3_keys(client(there), "nothing") == []


def test_ten_thousand_keys_made_elsewhere(there, tmp_path):
    """By another implementation of the format, in another order of insertion."""
    data = [b"%d" % n for n in range(40)]
    items = [(f"dir{n % 7}/k{n:05d}é", len(data[n % 40]), {"c": Cid.of(RAW, data[n % 40]), "e": bytes(16), "t": 1700000000000 + n}) for n in range(10_000)]
    index, store = made(sorted(items, key=lambda i: i[0].encode()))
    store.update({Cid.of(RAW, piece): piece for piece in data})
    car = tmp_path / "many.car"
    car.write_bytes(blocks.car([index.binary()], depth_first(store, index)))
    done = imported(there, "many", car)
    assert (done["root"], done["keys"]) == (str(index), 10_000)
    assert len(s3_keys(client(there, 1), "many")) == 10_000
    exported(there, "many", tmp_path / "again.car", master=1)
    assert (tmp_path / "again.car").read_bytes() == car.read_bytes()
    flips = there.flips()
    assert imported(there, "many", car)["same"] == 10_000 and there.flips() == flips, "nothing to be done"


def test_an_import_that_is_killed_leaves_nothing_and_may_be_run_again(there, tmp_path):
    here, size = client(there), 512 * BLOCK
    here.create_bucket(Bucket="large")
    here.put_object(Bucket="large", Key="large", Body=Stream(size), ContentLength=size)
    car = tmp_path / "large.car"
    said = exported(there, "large", car)
    words = [BIN / "cairnd", "import", "half", "--s3", there.masters[0].s3, *key_of(there), "--car", "-"]
    half = subprocess.Popen([str(w) for w in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with car.open("rb") as file:
        for _ in range(100):
            half.stdin.write(file.read(BLOCK))
    half.send_signal(signal.SIGKILL)
    half.wait(timeout=60)
    half.stdin.close()
    assert "half" not in buckets(here)
    done = imported(there, "half", car, master=1)
    assert (done["root"], done["blocks"]) == (said["root"], said["blocks"])
    for master in there.masters:
        assert watch.resident_mib(master.pid, "VmHWM") <= RESIDENT_MIB


def test_kubo_makes_the_same_blocks_and_carries_a_bucket(fleet, there, random_bucket, tmp_path):
    """CIDs by `ipfs add`, and a bucket through `ipfs dag import` and `ipfs dag export` into another fleet."""
    name, car, said = random_bucket
    ipfs, env = kubo(), {**os.environ, "IPFS_PATH": str(tmp_path / "repository")}

    def run(*words, **options):
        return subprocess.run([ipfs, *words], env=env, check=True, capture_output=True, **options).stdout

    run("init", "-p", "test-cid-v1-wide")
    run("dag", "import", "--allow-big-block=false", car)
    through = tmp_path / "through.car"
    through.write_bytes(run("dag", "export", "-p=false", said["root"]))
    assert through.read_bytes() == car.read_bytes()
    assert imported(there, "carried", through)["root"] == said["root"]
    here = client(there, 1)
    for key in s3_keys(here, "carried"):
        got = here.get_object(Bucket="carried", Key=key)
        data, cid = got["Body"].read(), got["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"]
        if key != "uneven":
            assert run("add", "-n", "-Q", input=data).decode().strip() == cid, key
        assert run("cat", "--offline", cid) == data
