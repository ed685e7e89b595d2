"""A master that is started while its database is away comes up, says so, and serves once the database is there."""

import contextlib
import json
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError
from conftest import running_fleet

from lib import s3
from lib.watch import until

SECONDS = 120


@pytest.fixture()
def away():
    """A fleet on PostgreSQL with a bucket, stopped, and its database with it."""
    for fleet in running_fleet(masters=1, postgres={}):
        client = s3.client(fleet.masters[0], fleet.access_key, fleet.secret_key, retries=5)
        client.create_bucket(Bucket="before")
        client.put_object(Bucket="before", Key="k", Body=b"kept")
        fleet.masters[0].terminate()
        assert not fleet.masters[0].wait()
        fleet.postgres.terminate()
        try:
            yield fleet
        finally:
            if fleet.postgres.process.poll() is not None:
                fleet.postgres.start()


def client_of(fleet, retries=0):
    return s3.client(fleet.masters[0], fleet.access_key, fleet.secret_key, retries=retries)


def asked(master, path):
    """(status, headers, JSON) of the API listener."""
    try:
        with urllib.request.urlopen(f"http://{master.api}{path}", timeout=30) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.loads(error.read())


def ready(master):
    with contextlib.suppress(OSError):  # between the listeners that waited and the master's own
        return asked(master, "/healthz/ready?write=1")[0] == 200
    return False


def test_it_answers_503_and_why_and_serves_when_the_database_comes(away):
    master = away.masters[0]
    master.start()  # systemd is told that it is up
    with pytest.raises(ClientError) as refused:
        client_of(away).get_object(Bucket="before", Key="k")
    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 503 and answer["Error"]["Code"] == "ServiceUnavailable", answer
    assert int(answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"]) > 0
    for path in ("/healthz/ready", "/healthz/ready?write=1", "/admin/v1/fleet"):
        status, headers, said = asked(master, path)
        assert status == 503 and int(headers["Retry-After"]) > 0 and "the registry cannot be reached" in said["reasons"][0], said
    assert asked(master, "/health")[0] == 200
    assert "waiting for the registry" in master.log.read_text()
    assert away.postgres.password not in master.log.read_text() + str(said)
    away.postgres.start()

    def serves():
        with contextlib.suppress(ClientError, OSError):
            return client_of(away, retries=3).get_object(Bucket="before", Key="k")["Body"].read() == b"kept"
        return False

    until("it serves what it had", serves, SECONDS)
    until("it is ready for writes", lambda: ready(master), SECONDS)
    client_of(away, retries=5).put_object(Bucket="before", Key="k", Body=b"new")
    assert "the registry answers" in master.log.read_text()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_while_it_waits_it_stops_at_once_and_in_order(away, how):
    master = away.masters[0]
    master.start()
    began = time.monotonic()
    master.process.send_signal(how)
    assert master.process.wait(30) == 0 and time.monotonic() - began < 10


def test_what_waiting_does_not_mend_ends_it(away):
    master, right = away.masters[0], away.postgres.url
    away.postgres.start()
    for url, words in ((right.replace(away.postgres.password, "wrong"), "password authentication failed"),
                       (right.replace("/postgres?", "/nowhere?"), "nowhere")):
        away.point_at(url)
        done = subprocess.run(master.command("serve"), capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and words in done.stderr and "LOCATION" not in done.stderr, done
    away.point_at(right)
    master.start()
    assert client_of(away, retries=5).get_object(Bucket="before", Key="k")["Body"].read() == b"kept"


def test_a_database_that_is_still_starting_up_is_waited_for(away):
    """It refuses sessions until it has recovered: here a standby that takes none yet."""
    master, data = away.masters[0], away.postgres.directory / "data"
    (data / "standby.signal").touch()
    away.postgres.settings["hot_standby"] = "off"
    away.postgres.launch()
    try:
        until("it refuses sessions", lambda: "starting up" in (said := away.postgres.sql("SELECT 1", check=False).stderr) or "not accepting" in said, SECONDS)
        master.start()
        assert asked(master, "/healthz/ready")[0] == 503
    finally:
        away.postgres.terminate()
        (data / "standby.signal").unlink()
        del away.postgres.settings["hot_standby"]
    away.postgres.start()
    until("it serves", lambda: ready(master), SECONDS)
