"""PostgreSQL with a synchronous standby: what is acknowledged is on both, and an old primary neither takes nor tells anything."""

import contextlib
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from conftest import running_fleet
from test_postgres import SECONDS, cairnd, client, fresh, race

from lib.cutter import Cutter
from lib.standby import Standby
from lib.watch import until


@pytest.fixture()
def pair():
    """A fleet whose database has a synchronous standby, and that standby; masters know both, in either order."""
    for fleet in running_fleet(masters=2, postgres={}):
        standby = Standby(fleet.postgres)
        try:
            standby.start()
            reload(fleet.postgres, "SET synchronous_standby_names = 'standby'")
            until("the standby is synchronous", lambda: fleet.postgres.rows("SELECT sync_state FROM pg_stat_replication") == ["sync"], SECONDS)
            yield fleet, standby
        finally:
            standby.stop()


def reload(server, setting):
    """As an operator does it, who does not wait for a standby himself."""
    server.sql(f"SET synchronous_commit = local; ALTER SYSTEM {setting}; SELECT pg_reload_conf()")


def restart(fleet, *hosts):
    """Each master with hosts of its own."""
    for master, url_hosts in zip(fleet.masters, hosts, strict=True):
        fleet.point_at(fleet.postgres.url_at(",".join(str(h) for h in url_hosts)))
        master.terminate()
        assert not master.wait()
        master.start()


def put(fleet, number, bucket, key, body):
    """True when acknowledged; every refusal is a 503 that says when to come again, or an open outcome."""
    try:
        client(fleet, number).put_object(Bucket=bucket, Key=key, Body=body)
        return True
    except ClientError as refused:
        answer = refused.response["ResponseMetadata"]
        assert answer["HTTPStatusCode"] == 500 or answer["HTTPStatusCode"] == 503 and answer["HTTPHeaders"]["retry-after"], refused.response
    except BotoCoreError:  # no answer in the client's own time
        pass
    return False


def body(fleet, number, bucket, key):
    with contextlib.suppress(ClientError, BotoCoreError):
        return client(fleet, number).get_object(Bucket=bucket, Key=key)["Body"].read()
    return None


def said(fleet):
    return cairnd(fleet, "status", check=False).stdout


def test_what_could_be_lost_is_said_as_settings_change(pair):
    fleet, _ = pair
    both = (fleet.postgres.directory,)
    restart(fleet, both, both)
    assert "automatic failover" not in said(fleet)
    reload(fleet.postgres, "RESET synchronous_standby_names")  # as Patroni does when its standby is gone, unless it is strict
    until("status says that a failover may lose", lambda: "automatic failover is therefore closed" in said(fleet), SECONDS)
    assert "no synchronous standby" in fleet.masters[0].log.read_text()
    reload(fleet.postgres, "SET synchronous_standby_names = 'standby'")
    until("status says nothing of it any more", lambda: "automatic failover" not in said(fleet), SECONDS)


FLIPS_THAT_WAIT = "FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '-- A CAS flip%'"


def cancelled(fleet):
    return "canceling wait for synchronous replication" in "".join(master.log.read_text() for master in fleet.masters)


def cancel_a_wait(fleet, standby, wait):
    """Takes the standby away while a flip is on its way, and cancels its wait: now and then none is, since reads wait for the
    standby, too, and a master gives up what waits too long."""
    for _ in range(20):
        wait()
        standby.terminate()
        with contextlib.suppress(AssertionError):
            until("a flip's wait is cancelled", lambda: fleet.postgres.sql("SELECT pg_cancel_backend(pid) " + FLIPS_THAT_WAIT) and cancelled(fleet), 10)
            return
        standby.start()
    raise AssertionError("no flip was caught")


def unknown_outcomes(fleet):
    return sum(master.log.read_text().count("outcome of a flip is unknown") for master in fleet.masters)


def test_a_cancelled_wait_for_the_standby_acknowledges_nothing_that_the_standby_lacks(pair):
    fleet, standby = pair
    both = (fleet.postgres.directory, standby.directory)
    restart(fleet, both, reversed(both))

    def trouble(wait):
        cancel_a_wait(fleet, standby, wait)
        until("the flip's outcome is unknown", lambda: unknown_outcomes(fleet) > 0, SECONDS)
        time.sleep(1)  # in which a master that trusts what it sees would acknowledge it
        fleet.postgres.kill()
        standby.start()
        standby.promote()

    race(fleet, fresh(fleet, "cancelled"), trouble)


def test_an_isolated_old_primary_tells_and_takes_nothing(pair):
    fleet, standby = pair
    old, line = fleet.postgres, Cutter(fleet.postgres.directory, 0, 0)
    try:
        restart(fleet, (old.directory, standby.directory), (line.directory, standby.directory))
        bucket = fresh(fleet, "isolated")
        assert put(fleet, 0, bucket, "a", b"one") and body(fleet, 1, bucket, "a") == b"one"
        standby.promote()
        line.close()  # the second master loses the old primary, the first does not
        line = None
        until("the second master writes to the new primary", lambda: put(fleet, 1, bucket, "a", b"two"), SECONDS)
        flips = "SELECT count(*) FROM bucket_root_history"
        before = old.rows(flips)
        late, seen = [], []
        writer = threading.Thread(target=lambda: late.append(put(fleet, 0, bucket, "b", b"late")))
        writer.start()
        until("the first master has found the new primary", lambda: seen.append(body(fleet, 0, bucket, "a")) or seen[-1] is not None, SECONDS)
        writer.join()
        assert set(seen) - {None} == {b"two"}, seen
        assert old.rows(flips) == before, "the old primary shows no flip since"
        if late == [True]:
            assert body(fleet, 1, bucket, "b") == b"late"
        until("the first master writes to the new primary", lambda: put(fleet, 0, bucket, "a", b"three"), SECONDS)
        assert body(fleet, 1, bucket, "a") == b"three"
    finally:
        if line:
            line.close()
