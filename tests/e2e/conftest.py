"""Fleets for the tests: real processes on ports of their own, stopped and removed afterwards."""

import itertools
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "resources/dev"))
import fleet as fleets  # noqa: E402

from lib import s3  # noqa: E402
from lib.clusters import over, running_cluster  # noqa: E402
from lib.programs import BIN  # noqa: E402
from lib.wallets import Wallet  # noqa: E402

_numbers = itertools.count(1)


def running_fleet(**options):
    """Yields a started Fleet and stops it; what it complains of then fails the test."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="cairn-e2e-"))
    running = fleets.Fleet(BIN / "cairnd", directory, **options)
    try:
        running.start()
        yield running
    finally:
        complaints = running.stop()
        if os.environ.get("CAIRN_KEEP"):
            print(f"kept {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    assert not complaints, "\n".join(complaints)


def _bucket(running):
    name = f"test-{next(_numbers)}"
    s3.client(running.masters[0], running.access_key, running.secret_key).create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="module")
def fleet():
    """Two masters and a holder: CAS on, local + 1 of the other two."""
    yield from running_fleet(masters=2)


@pytest.fixture()
def bucket(fleet):
    return _bucket(fleet)


@pytest.fixture(scope="module")
def wallets():
    """Two masters that take wallets."""
    yield from running_fleet(masters=2, settings={"auth": {"eip712": True}})


@pytest.fixture()
def wallet(tmp_path):
    return Wallet(tmp_path)


@pytest.fixture(scope="module")
def one_master():
    """A single dark master, pins local."""
    yield from running_fleet(masters=1)


@pytest.fixture()
def one_bucket(one_master):
    return _bucket(one_master)


@pytest.fixture(scope="module")
def three_masters():
    yield from running_fleet(masters=3)


@pytest.fixture()
def three_bucket(three_masters):
    return _bucket(three_masters)


@pytest.fixture(scope="module")
def cluster():
    with running_cluster() as running:
        yield running


@pytest.fixture(scope="module")
def strict(cluster):
    """Every commit waits for both peers."""
    yield from running_fleet(masters=2, holders=0, settings=over(cluster, {"quorum": "cluster:2"}, timeout="20s"))


@pytest.fixture(scope="module")
def mixed(cluster):
    """A commit waits for the other master or a storage node; the cluster follows."""
    for fleet in running_fleet(masters=2, holders=1, settings=over(cluster, {"follow": "cluster:2"})):
        fleet.acquainted()
        yield fleet
