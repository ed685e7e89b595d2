"""What is under a master goes wrong: a holder that lies, a kubo that is slow or has no space. Clients see 503 at worst, nothing
acknowledged is lost or comes back as something else, and log and metrics name the cause."""

import contextlib
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request

import fleet as fleets
import pytest
from botocore.exceptions import ClientError
from conftest import running_fleet

from lib import s3
from lib.liar import Liar
from lib.programs import BIN, kubo
from lib.watch import metric, until

SECONDS = 180


def client(fleet, retries=0):
    return s3.client(fleet.masters[0], fleet.access_key, fleet.secret_key, retries=retries)


def put(fleet, key, body, bucket="faults"):
    """True when acknowledged; a refusal is a 503 that says when to come again."""
    try:
        client(fleet).put_object(Bucket=bucket, Key=key, Body=body)
        return True
    except ClientError as refused:
        answer = refused.response["ResponseMetadata"]
        assert answer["HTTPStatusCode"] == 503 and int(answer["HTTPHeaders"]["retry-after"]) > 0, refused.response
        return False


def read(fleet, key, bucket="faults"):
    """The body, or None for a 503; anything else is a failure. Cut off in the middle counts as None."""
    try:
        return client(fleet).get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as refused:
        assert refused.response["ResponseMetadata"]["HTTPStatusCode"] == 503, refused.response
        return None


def labelled(master, name, holder):
    with urllib.request.urlopen(f"http://{master.api}/metrics", timeout=30) as answer:
        found = re.search(rf'^{name}\{{holder="{holder}"\}} (\S+)$', answer.read().decode(), re.M)
    return float(found[1]) if found else 0


@pytest.fixture()
def lied_to():
    """A master that commits with two storage nodes, of which s1 stands behind a liar; what it committed, on all three."""
    for fleet in running_fleet(masters=1, holders=2, settings=lambda node: {} if node.storage else {"pinning": {"quorum": "local + 2 of {s1, s2}", "timeout": "5s"}}):
        master = fleet.masters[0]
        liar = Liar(fleet.address, master, fleet.holders[0])
        try:
            restart(fleet, lambda: master.config.write_text(master.config.read_text().replace(fleet.holders[0].blocks, liar.blocks)))
            client(fleet, retries=8).create_bucket(Bucket="faults")
            bodies = {f"k{n}": random.Random(n).randbytes(2000 + 70000 * (n % 3)) for n in range(12)}
            for key, body in bodies.items():
                assert put(fleet, key, body)
            assert liar.lies == 0
            yield fleet, liar, bodies
        finally:
            liar.mode = "honest"
            liar.close()


def restart(fleet, between):
    master = fleet.masters[0]
    master.terminate()
    assert not master.wait(60)
    between()
    master.start()


def lose_disk(fleet):
    """The master's blocks are gone: from now on they come from the holders."""
    restart(fleet, lambda: shutil.rmtree(fleet.masters[0].directory / "data/blocks"))


@pytest.mark.parametrize("mode", ["wrong", "half", "nonsense"])
def test_a_holder_that_lies_alone_gives_503_and_beside_an_honest_one_nothing(lied_to, mode):
    fleet, liar, bodies = lied_to
    master, honest = fleet.masters[0], fleet.holders[1]
    liar.mode = mode
    honest.freeze()
    try:
        lose_disk(fleet)
        for key in ("k0", "k1"):  # each waits for the silent one, too
            assert read(fleet, key) in (None, bodies[key]), key
        assert liar.lies > 0
        name = "cairn_holder_failures_total" if mode == "half" else "cairn_holder_wrong_answers_total"
        until("the liar is counted", lambda: labelled(master, name, "s1") > 0, SECONDS)
        words = "cannot be asked" if mode == "half" else "cannot be right"
        assert any(words in line and "s1" in line for line in master.log.read_text().splitlines()), master.tail(40)
    finally:
        honest.thaw()
    for key, body in bodies.items():
        until(f"{key} is read from the honest one", lambda: read(fleet, key) == body, SECONDS)


@pytest.mark.parametrize("mode", ["half", "nonsense"])
def test_a_hold_that_is_answered_by_half_or_nonsense_commits_nothing(lied_to, mode):
    fleet, liar, bodies = lied_to
    liar.mode = mode
    assert not put(fleet, "k0", b"new") and not put(fleet, "another", b"new")
    assert read(fleet, "k0") == bodies["k0"] and s3.status_of(client(fleet).get_object, Bucket="faults", Key="another")[0] == 404
    assert liar.lies > 0
    liar.mode = "honest"
    until("it commits again", lambda: put(fleet, "k0", b"new"), SECONDS)
    assert read(fleet, "k0") == b"new"
    if mode == "half":
        until("the log says that it answers again", lambda: "answers again" in fleet.masters[0].log.read_text(), SECONDS)


def test_a_holder_that_acknowledges_and_drops_is_found_by_its_own_absence(lied_to):
    """A word that was not kept cannot be known at the time; another holder's copy then counts, and the liar's lack is no answer."""
    fleet, liar, bodies = lied_to
    liar.mode = "complete"
    assert put(fleet, "dropped", b"kept by two of three")
    liar.mode = "honest"
    lose_disk(fleet)
    until("the honest one has it", lambda: read(fleet, "dropped") == b"kept by two of three", SECONDS)
    assert all(read(fleet, key) == body for key, body in bodies.items())


def lone_kubo(directory, journal):
    return fleets.Fleet(BIN / "cairnd", directory, masters=1, kubo=kubo(), settings={"blocks": {"journal": journal}})


@contextlib.contextmanager
def small_disk(path, mebibytes):
    """A file system of that size at `path`; gives what makes it larger."""
    path.mkdir(parents=True, exist_ok=True)
    mount = lambda size, *more: subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m{''.join(more)}", "none", path], check=True)  # noqa: E731
    mount(mebibytes)
    try:
        yield lambda size: mount(size, ",remount")
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def until_refused(fleet, seed, most=200):
    """What was acknowledged of 512 KiB bodies before the first refusal."""
    young = {}
    for n in range(most):
        body = random.Random(f"{seed} {n}").randbytes(512 << 10)
        if not put(fleet, f"{seed}-{n}", body):
            return young
        young[f"{seed}-{n}"] = body
    raise AssertionError(f"{most} bodies fitted")


def test_a_kubo_without_space_stops_writes_when_the_journal_is_full_and_loses_nothing():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="cairn-e2e-"))
    with small_disk(directory / "m1/kubo", 24) as grow:
        fleet = lone_kubo(directory, "16MiB")
        master = fleet.masters[0]
        try:
            fleet.start()
            client(fleet, retries=8).create_bucket(Bucket="faults")
            young = until_refused(fleet, "full")
            assert len(young) >= 16, "what the journal holds is acknowledged"
            until("failures are counted", lambda: metric(master, "cairn_kubo_failures_total") > 0, SECONDS)
            said = subprocess.run(master.command("status"), capture_output=True, text=True, timeout=60)
            # kubo waits for space in silence, or dies, or says so, as its datastore has it.
            assert re.search("kubo does not answer|no space left|journal before kubo is full", said.stdout), said.stdout
            assert re.search("kubo does not answer|no space left", master.log.read_text()), master.tail(40)
            grow(512)
            if not master.kubo.alive():  # pebble may give up on a full disk
                master.kubo.start()
            until("it takes writes again", lambda: put(fleet, "after", b"after"), SECONDS)
            until("kubo has it all", lambda: metric(master, "cairn_kubo_waiting_bytes") == 0, SECONDS)
            assert read(fleet, "after") == b"after"
            for key, body in young.items():
                assert read(fleet, key) == body, key
        finally:
            complaints = fleet.stop()
        assert not complaints, complaints
    shutil.rmtree(directory, ignore_errors=True)


def test_a_slow_kubo_delays_nobody_until_the_journal_is_full_and_loses_nothing():
    """It runs a twentieth of the time, as on a disk that is busy with something else."""
    for fleet in running_fleet(masters=1, kubo=kubo(), settings={"blocks": {"journal": "16MiB"}}):
        master, over = fleet.masters[0], threading.Event()
        client(fleet, retries=8).create_bucket(Bucket="faults")

        def crawl():
            while not over.is_set():
                master.kubo.freeze()
                over.wait(0.95)
                master.kubo.thaw()
                over.wait(0.05)

        crawling = threading.Thread(target=crawl)
        crawling.start()
        try:
            written, behind, end = {}, 0, time.monotonic() + 12
            while time.monotonic() < end:
                key, body = f"k{len(written)}", random.Random(len(written)).randbytes(256 << 10)
                if put(fleet, key, body):
                    written[key] = body
                behind = max(behind, metric(master, "cairn_kubo_lag_seconds"))
            assert len(written) >= 40 and behind > 0, (len(written), behind)
            for key in list(written)[::8]:
                assert read(fleet, key) in (None, written[key]), key
        finally:
            over.set()
            crawling.join()
            master.kubo.thaw()
        until("kubo catches up", lambda: metric(master, "cairn_kubo_waiting_bytes") == 0, SECONDS)
        for key, body in written.items():
            assert read(fleet, key) == body, key
