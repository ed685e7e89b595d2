"""PostgreSQL under Patroni in its strict synchronous mode: a primary that is killed while masters write loses nothing."""

import http.client
import re
import threading
import urllib.error
import urllib.request

import pytest
from conftest import running_fleet
from test_postgres import SECONDS, fresh, race

from lib.patroni import Patroni
from lib.s3 import client
from lib.watch import until


@pytest.fixture()
def cluster():
    """A fleet on a Patroni cluster of two."""
    yield from running_fleet(masters=2, postgres=Patroni())


class Asking(threading.Thread):
    """Reads one object from one master again and again, and keeps what was answered: a client that never tries again."""

    def __init__(self, fleet, number, bucket):
        super().__init__()
        signed = client(fleet.masters[number], fleet.access_key, fleet.secret_key, signature_version="s3v4")
        self._url = signed.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "asked"}, ExpiresIn=3600)
        self._end, self.answers, self.bare = threading.Event(), set(), 0

    def run(self):
        while not self._end.wait(0.05):
            request = urllib.request.Request(self._url)
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    self.answers.add(answer.status)
            except urllib.error.HTTPError as refused:
                self.answers.add(refused.code)
                self.bare += refused.headers.get("Retry-After") is None
            except (OSError, http.client.HTTPException) as broken:
                self.answers.add(type(broken).__name__)

    def close(self):
        self._end.set()
        self.join()


def test_a_killed_primary_loses_nothing_and_clients_see_503_at_worst(cluster):
    fleet, patroni = cluster, cluster.postgres
    bucket = fresh(fleet, "killed")
    client(fleet.masters[0], fleet.access_key, fleet.secret_key).put_object(Bucket=bucket, Key="asked", Body=b"one")
    asking = [Asking(fleet, number, bucket) for number in (0, 1)]

    def trouble(wait):
        for _ in range(2):
            wait()
            killed = patroni.kill_primary()
            until("the standby is the primary", lambda: patroni.primary() not in (None, killed), SECONDS)
            until("the killed one follows it", patroni.whole, SECONDS)
            wait()

    try:
        for one in asking:
            one.start()
        race(fleet, bucket, trouble)
    finally:
        for one in asking:
            one.close()
    for one in asking:
        assert one.answers <= {200, 503} and 200 in one.answers and one.bare == 0, (one.answers, one.bare)
    for master in fleet.masters:
        log = master.log.read_text()
        assert "a connection to the database was lost" in log and patroni.password not in log
        with urllib.request.urlopen(f"http://{master.api}/metrics", timeout=20) as answer:
            assert re.search(r"^cairn_registry_connections_lost_total [1-9]", answer.read().decode(), re.M)
