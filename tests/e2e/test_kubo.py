"""Two masters that each keep their blocks in a real kubo of their own: what they serve, what kubo sees, what its death does."""

import contextlib
import hashlib
import json
import signal
import subprocess
import time
import urllib.error
import urllib.request

import botocore.exceptions
import pytest

from conftest import running_fleet
from lib import s3
from lib.programs import built, finish, kubo, load, run
from lib.times import times
from lib.watch import metric


@pytest.fixture(scope="module")
def kubo_fleet():
    """CAS on, local + 1 of {the other master, a storage node}; the storage node's blocks are embedded."""
    yield from running_fleet(masters=2, kubo=kubo())


@pytest.fixture()
def clients(kubo_fleet):
    return [s3.client(m, kubo_fleet.access_key, kubo_fleet.secret_key) for m in kubo_fleet.masters]


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return value


def delivered(master):
    """Waits until kubo has it all on its disk: nothing is left in the journal but the header of its last segment, and the
    daemon, which can read deleted files while it has them open, has let go of the others."""
    segments = master.directory / "data" / "blocks" / "segments"
    until(lambda: sum(size_of(path) for path in segments.iterdir()) <= 4096)
    until(lambda: metric(master, "cairn_kubo_journal_bytes") == 0)


def size_of(path):
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def put(client, bucket, key, body):
    return client.put_object(Bucket=bucket, Key=key, Body=body)["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"]


def content(seed, size):
    return hashlib.shake_128(str(seed).encode()).digest(size)


def make_bucket(client, name):
    client.create_bucket(Bucket=name)
    return name


def roots(fleet):
    """(owner, bucket) -> root CID, by the registry."""
    with urllib.request.urlopen(f"http://{fleet.masters[0].api}/admin/v1/buckets", timeout=30) as answer:
        return {b["name"]: b["root"] for b in json.load(answer)["buckets"]}


def pinned_root(fleet, master, client, bucket):
    """The bucket's root where the master's kubo pins it. A pin that came before all blocks did is tried again at the next
    flip: where there is none yet, this makes one."""
    root = roots(fleet)[bucket]
    if root in master.kubo.run("pin", "ls", "--type=recursive", "-q").decode().split():
        return root
    time.sleep(1)
    if root not in master.kubo.run("pin", "ls", "--type=recursive", "-q").decode().split():
        put(client, bucket, "again", str(time.monotonic()).encode())
    return None


def test_kubo_has_the_objects_and_the_pinned_roots(kubo_fleet, clients):
    bucket = make_bucket(clients[0], "seen")
    bodies = {f"k{n}": content(n, size) for n, size in enumerate((1, 4096, 70_000, 1 << 20, (1 << 20) + 1, 5_000_000))}
    cids = {key: put(clients[n % 2], bucket, key, body) for n, (key, body) in enumerate(bodies.items())}
    for master, client in zip(kubo_fleet.masters, clients):
        for key, body in bodies.items():  # a commit that others held first may not have come here yet: what is read is kept
            assert client.get_object(Bucket=bucket, Key=key)["Body"].read() == body
        delivered(master)
        for key, body in bodies.items():
            added = master.kubo.run("add", "-Q", "-n", "--cid-version=1", "-", input=body).decode().strip()
            assert cids[key] == added
            assert master.kubo.run("cat", "--offline", cids[key]) == body
            assert client.get_object(Bucket=bucket, Key=key)["Body"].read() == body  # from kubo: the journal is gone
        root = until(lambda: pinned_root(kubo_fleet, master, client, bucket))
        assert json.loads(master.kubo.run("dag", "get", "--offline", root))
        # All that the root reaches is there: kubo walks it offline.
        assert cids["k5"] in master.kubo.run("refs", "-r", "--offline", root).decode().split()


def test_roots_move_by_difference_and_old_ones_stay_pinned(kubo_fleet, clients):
    bucket = make_bucket(clients[0], "moves")
    master, seen = kubo_fleet.masters[0], []
    for n in range(3):
        put(clients[0], bucket, f"k{n}", content(n, 100))
        seen.append(roots(kubo_fleet)[bucket])
        until(lambda: seen[-1] in master.kubo.run("pin", "ls", "--type=recursive", "-q").decode().split())
    names = master.kubo.run("pin", "ls", "--type=recursive", "--names").decode().splitlines()
    assert sum(line.endswith(" demo/moves") for line in names) >= 3, names


def test_cas_race_loses_nothing(kubo_fleet):
    masters = [word for m in kubo_fleet.masters for word in ("--master", m.s3, "--api", m.api)]
    done = run(built("cairnd"), "--json", "drill", "cas-race", *masters, "--access-key", kubo_fleet.access_key,
               "--secret-file", kubo_fleet.directory / "access.key", "--writes", "2000", check=False, timeout=300)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    report = json.loads(done.stdout)
    assert report["lost"] == 0 and report["acknowledged"] + report["refused"] == 2000, report


def test_kubo_killed_again_and_again_during_writes_loses_nothing(kubo_fleet, clients):
    bucket = make_bucket(clients[0], "kills")
    victim = kubo_fleet.masters[0]
    writer = load(kubo_fleet, "race", bucket=bucket, c=8, d="1h", timeout="30s")
    try:
        for _ in range(times(4)):
            carried = metric(victim, "cairn_kubo_carried_blocks_total")
            until(lambda: metric(victim, "cairn_kubo_carried_blocks_total") > carried + 100)
            victim.kubo.kill()
            flips = kubo_fleet.flips()
            until(lambda: kubo_fleet.flips() > flips + 20)  # writes go on
            victim.kubo.start()
            until(lambda: metric(victim, "cairn_kubo_up") == 1)
    finally:
        writer.send_signal(signal.SIGTERM)
        report = finish(writer)
    assert report["audited"] and report["lost"] == 0, report
    for master in kubo_fleet.masters:
        delivered(master)
    # Every block is in each kubo: a walk offline ends.
    for master in kubo_fleet.masters:
        assert len(master.kubo.run("refs", "-r", "-u", "--offline", roots(kubo_fleet)[bucket]).split()) > 10


def test_the_daemon_killed_with_a_full_journal_delivers_it_after_its_restart(kubo_fleet, clients):
    bucket = make_bucket(clients[0], "journal")
    master = kubo_fleet.masters[1]
    master.kubo.freeze()
    try:
        bodies = {f"k{n}": content(1000 + n, 20_000) for n in range(30)}
        cids = {key: put(clients[1], bucket, key, body) for key, body in bodies.items()}
        master.kill()
    finally:
        master.kubo.thaw()
    master.start()
    delivered(master)
    for key, body in bodies.items():
        assert master.kubo.run("cat", "--offline", cids[key]) == body
        assert clients[1].get_object(Bucket=bucket, Key=key)["Body"].read() == body


@pytest.fixture(scope="module")
def lone():
    """A dark master, so that nobody else has what its kubo has; its journal holds 16 MiB. Its kubo keeps a file a block."""
    yield from running_fleet(masters=1, kubo=kubo(), kubo_profiles="test-cid-v1-wide", settings={"blocks": {"journal": "16MiB"}})


@pytest.fixture()
def lone_client(lone):
    return s3.client(lone.masters[0], lone.access_key, lone.secret_key)


@contextlib.contextmanager
def away(node, how):
    """Kubo gone (killed) or silent (frozen) for a while."""
    getattr(node, how)()
    try:
        yield
    finally:
        node.start() if how == "kill" else node.thaw()


@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_while_kubo_is_away_reads_of_it_are_503_and_writes_go_on_until_the_journal_is_full(lone, lone_client, how):
    master = lone.masters[0]
    bucket = make_bucket(lone_client, f"away-{how}")
    big = content("big", 3 << 20)
    put(lone_client, bucket, "old", big)
    delivered(master)
    young = {}
    with away(master.kubo, how):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            lone_client.get_object(Bucket=bucket, Key="old")
        said = refused.value.response
        assert said["ResponseMetadata"]["HTTPStatusCode"] == 503 and said["Error"]["Code"] == "ServiceUnavailable", said
        assert int(said["ResponseMetadata"]["HTTPHeaders"]["retry-after"]) > 0
        assert "kubo does not answer" in master.log.read_text()
        until(lambda: metric(master, "cairn_kubo_up") == 0)
        for n in range(40):
            body = content((how, n), 1 << 20)
            status, code = s3.status_of(lone_client.put_object, Bucket=bucket, Key=f"k{n}", Body=body)
            if status != 200:
                break
            young[f"k{n}"] = body
        assert (status, code) == (503, "ServiceUnavailable") and len(young) >= 5, (status, code, len(young))
        for key, body in young.items():
            assert lone_client.get_object(Bucket=bucket, Key=key)["Body"].read() == body
        said = run(built("cairnd"), "status", "--api", master.api, check=False)
        assert "kubo" in said.stdout and "MiB" in said.stdout, said.stdout + said.stderr
    delivered(master)
    assert lone_client.get_object(Bucket=bucket, Key="old")["Body"].read() == big
    for key, body in young.items():
        assert lone_client.get_object(Bucket=bucket, Key=key)["Body"].read() == body


def test_a_kubo_that_collects_garbage_is_refused_at_start(lone, lone_client):
    master = lone.masters[0]
    assert not (master.terminate() or master.wait())
    master.kubo.stop()
    master.kubo.arguments = ["--enable-gc"]
    master.kubo.start()
    try:
        done = subprocess.run(master.command("serve"), capture_output=True, text=True, timeout=120)
        assert done.returncode == 1 and "--enable-gc" in done.stderr, done.stderr
    finally:
        master.kubo.stop()
        master.kubo.arguments = []
        master.kubo.start()
        master.start()
    lone_client.list_buckets()


def test_a_block_that_kubo_lost_is_fetched_from_the_other_master_and_kept(kubo_fleet, clients):
    bucket = make_bucket(clients[0], "heals")
    body = content("heals", 300_000)
    cid = put(clients[0], bucket, "k", body)
    for master in kubo_fleet.masters:
        delivered(master)
    victim = kubo_fleet.masters[0].kubo
    until(lambda: roots(kubo_fleet)[bucket] in victim.run("pin", "ls", "--type=recursive", "-q").decode().split())
    until(lambda: dropped(victim, cid))
    with pytest.raises(urllib.error.HTTPError):
        victim.call(f"block/get?offline=true&arg={cid}")
    assert clients[0].get_object(Bucket=bucket, Key="k")["Body"].read() == body
    until(lambda: in_kubo(victim, cid))


def dropped(node, cid):
    """Takes the recursive pins away, which hold the block, and then the block; False if a pin came in between."""
    with contextlib.suppress(subprocess.CalledProcessError):
        for pin in node.run("pin", "ls", "--type=recursive", "-q").decode().split():
            node.run("pin", "rm", pin)
        node.run("block", "rm", cid)
        return True
    return False


def in_kubo(node, cid):
    with contextlib.suppress(urllib.error.HTTPError):
        return node.call(f"block/stat?offline=true&arg={cid}")
    return False
