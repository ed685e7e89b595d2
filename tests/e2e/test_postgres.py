"""Fleets on PostgreSQL: they serve as on the embedded registry, and lose nothing whatever happens to the database."""

import pathlib
import random
import signal
import threading
import time

import pytest
from botocore.exceptions import ClientError
from conftest import running_fleet
from test_drills import drill
from test_kill import wait_for_flips

from lib import s3
from lib.cutter import Cutter
from lib.programs import built, finish, linearize, load, run
from lib.times import times


SECONDS = 180  # for some flips, with a database that has to be started in between


@pytest.fixture(scope="module")
def database():
    """Two masters and a holder on a PostgreSQL server of their own."""
    yield from running_fleet(masters=2, postgres={})


def client(fleet, number=0):
    return s3.client(fleet.masters[number], fleet.access_key, fleet.secret_key)


def fresh(fleet, name):
    s3.client(fleet.masters[0], fleet.access_key, fleet.secret_key, retries=5).create_bucket(Bucket=name)
    return name


def race(fleet, bucket, trouble):
    """The report of writes that go on while trouble(wait) happens, and are audited afterwards."""
    writer = load(fleet, "race", bucket=bucket, c=8, d="1h", timeout="20s")
    try:
        trouble(lambda: wait_for_flips(fleet, 20, SECONDS))
        wait_for_flips(fleet, 20, SECONDS)
    finally:
        writer.send_signal(signal.SIGTERM)
        report = finish(writer)
    assert report["audited"] and report["lost"] == 0, report
    assert report["acked"] > 50, report
    return report


def cairnd(fleet, *words, check=True):
    return run(built("cairnd"), *words, "--config", fleet.masters[0].config, check=check)


def test_both_masters_serve_and_the_password_is_nowhere(database):
    bucket = fresh(database, "served")
    client(database, 0).put_object(Bucket=bucket, Key="a", Body=b"one")
    assert client(database, 1).get_object(Bucket=bucket, Key="a")["Body"].read() == b"one"
    client(database, 1).put_object(Bucket=bucket, Key="a", Body=b"two")
    assert client(database, 0).get_object(Bucket=bucket, Key="a")["Body"].read() == b"two"
    secret = database.postgres.password
    status = cairnd(database, "status").stdout
    assert "ready to read and write" in status and "no synchronous standby" in status and secret not in status, status
    cairnd(database, "verify-history", "--bucket", f"demo/{bucket}")
    checked = cairnd(database, "check-config").stdout
    assert "no mistakes" in checked and secret not in checked, checked
    for master in database.masters:
        log = master.log.read_text()
        assert "no synchronous standby" in log and secret not in log
        assert secret not in pathlib.Path(f"/proc/{master.pid}/cmdline").read_text()
    others = database.postgres.rows("SELECT DISTINCT query FROM pg_stat_activity WHERE application_name = 'cairnd'")
    assert not any(secret in query for query in others)


def test_a_cas_race_loses_nothing(database):
    report = drill(database, "cas-race", "--writes", "2000")
    assert report["lost"] == 0 and report["gaveUp"] == 0 and report["acknowledged"] + report["refused"] == 2000, report


def test_an_unfenced_failover_loses_nothing(database):
    report = drill(database, "unfenced-failover", "--writes", "1000")
    assert report["lost"] == 0 and report["acknowledged"] > 0, report


def test_killed_masters_lose_nothing(database):
    def trouble(wait):
        for _ in range(times(3)):
            wait()
            database.masters[1].kill()
            wait_for_flips(database, 5, SECONDS)
            database.masters[1].start()

    race(database, fresh(database, "killed"), trouble)


def test_a_database_that_is_killed_and_restarted_loses_nothing(database):
    def trouble(wait):
        for number in range(times(4)):
            wait()
            if number % 2 == 0:
                database.postgres.kill()
            else:
                database.postgres.terminate()
            database.postgres.start()

    race(database, fresh(database, "restarted"), trouble)


def test_without_the_database_answers_are_503_and_say_why(database):
    bucket = fresh(database, "away")
    client(database).put_object(Bucket=bucket, Key="a", Body=b"one")
    database.postgres.terminate()
    try:
        for call in (lambda: client(database).put_object(Bucket=bucket, Key="a", Body=b"two"),
                     lambda: client(database).get_object(Bucket=bucket, Key="a")):
            with pytest.raises(ClientError) as refused:
                call()
            answer = refused.value.response
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 503, answer
            assert answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"], answer
            assert "registry" in answer["Error"]["Message"], answer
        told = cairnd(database, "migrate", check=False)
        assert told.returncode == 1 and "cannot be reached" in told.stderr, told
        for text in (str(answer), told.stdout + told.stderr, *(master.log.read_text() for master in database.masters)):
            assert database.postgres.password not in text
    finally:
        database.postgres.start()
    end = time.monotonic() + 60
    while True:
        try:
            client(database).put_object(Bucket=bucket, Key="a", Body=b"three")
            break
        except ClientError:
            assert time.monotonic() < end
    assert client(database, 1).get_object(Bucket=bucket, Key="a")["Body"].read() == b"three"


def test_the_schema_goes_down_and_up_by_command_alone(database):
    refused = cairnd(database, "migrate", "--down-to", "99", check=False)
    assert refused.returncode == 1 and "99" in refused.stderr
    assert "already" in cairnd(database, "migrate").stdout
    for master in database.masters:
        master.terminate()
        assert not master.wait()
    assert "to 1" in cairnd(database, "migrate", "--down-to", "1").stdout
    asked = cairnd(database, "serve", check=False)
    assert asked.returncode != 0 and "cairnd migrate" in asked.stdout + asked.stderr, asked
    cairnd(database, "migrate")
    for master in database.masters:
        master.start()
    assert client(database).list_buckets()["Buckets"]


def test_lines_that_break_anywhere_lose_nothing(database):
    seed = random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}")
    cutter = Cutter(database.postgres.directory, 0.01, seed)
    try:
        database.point_at(database.postgres.url_at(cutter.directory))
        for master in database.masters:
            master.terminate()
            assert not master.wait()
            master.start()

        def trouble(wait):
            wait()  # what the loader prepares takes no 503
            cutter.cutting = True
            for _ in range(times(15)):
                wait()
            cutter.cutting = False

        race(database, fresh(database, "cut"), trouble)
        assert cutter.cuts > 3, cutter.cuts
    finally:
        database.point_at(database.postgres.url)
        for master in database.masters:
            master.kill()
        cutter.close()
        for master in database.masters:
            master.start()


def test_histories_are_linearizable_while_masters_and_database_are_killed(database, tmp_path):
    bucket, seed, stop = fresh(database, "history"), random.SystemRandom().randrange(1 << 30), threading.Event()
    print(f"seed {seed}")
    chance = random.Random(seed)

    def disturb():
        while not stop.wait(chance.uniform(2, 5)):
            if chance.random() < 0.5:
                database.postgres.kill()
                database.postgres.start()
            else:
                database.masters[1].kill()
                database.masters[1].start()

    history = tmp_path / "history.jsonl"
    workers = load(database, "history", bucket=bucket, c=6, d="30s", timeout="5s", history=history, seed=seed)
    trouble = threading.Thread(target=disturb)
    try:
        wait_for_flips(database, 5, SECONDS)  # what the loader prepares takes no 503
        trouble.start()
        report = finish(workers)
    finally:
        stop.set()
        if trouble.ident:
            trouble.join()
    good, verdict = linearize(history, tmp_path)
    assert good, f"seed {seed}: {verdict}"
    assert report["done"] > 100 and not verdict["undecided"], (report, verdict)
