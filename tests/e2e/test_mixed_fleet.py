"""Who may write in a fleet whose masters have CAS on or off, what the others are told, and how it is graduated.

The table of docs/decisions/0033-graduating.md with real masters, on both registries. What the statements of an older master, or
another gateway, may do is a table of its own: conformance_mixed.cpp."""

import json
import signal
import sqlite3
import subprocess
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError
from conftest import running_fleet

from lib import s3
from lib.programs import built
from lib.watch import until

SECONDS = 120
UPSERT = ("INSERT INTO bucket_roots (owner_id, bucket, root_cid, version, updated_at) SELECT owner_id, bucket, root_cid, version, updated_at"
          " FROM bucket_roots WHERE bucket = 'old' ON CONFLICT (owner_id, bucket) DO UPDATE SET root_cid = (SELECT previous_root FROM"
          " bucket_root_history AS h WHERE h.bucket = 'old' AND h.root_cid = bucket_roots.root_cid ORDER BY version DESC LIMIT 1),"
          " version = bucket_roots.version + 1")


class Mixed:
    """A fleet whose masters' CAS is set one by one."""

    def __init__(self, fleet, cas):
        self.fleet, self.on = fleet, cas

    def client(self, number, retries=0):
        return s3.client(self.fleet.masters[number], self.fleet.access_key, self.fleet.secret_key, retries=retries)

    def put(self, number, body, key="k"):
        """(status, message) of a write by that master. Who is refused is told to try again, as S3 tells it."""
        try:
            self.client(number).put_object(Bucket="old", Key=key, Body=body)
        except ClientError as refused:
            answer, error = refused.response["ResponseMetadata"], refused.response["Error"]
            assert error["Code"] == "ServiceUnavailable" and answer["HTTPHeaders"].get("retry-after"), refused.response
            return answer["HTTPStatusCode"], error["Message"]
        return 200, ""

    def write(self, number, body):
        """By who may write; a machine that stands still may cost it the lease for a moment."""
        until(f"m{number + 1} writes", lambda: self.put(number, body)[0] == 200, SECONDS)

    def read(self, number, key="k"):
        return self.client(number, retries=5).get_object(Bucket="old", Key=key)["Body"].read()

    def restart(self, number, cas):
        master = self.fleet.masters[number]
        self.on[master.name] = cas
        self.fleet.configure(master)
        master.terminate()
        assert not master.wait(60)
        master.start()

    def reasons(self, number):
        """Why that master does not take writes, as it tells a balancer; empty when it does."""
        try:
            with urllib.request.urlopen(f"http://{self.fleet.masters[number].api}/healthz/ready?write=1", timeout=30):
                return ""
        except urllib.error.HTTPError as refused:
            assert refused.code == 503
            return refused.read().decode()

    def gauge(self, number):
        with urllib.request.urlopen(f"http://{self.fleet.masters[number].api}/metrics", timeout=30) as answer:
            return "\ncairn_write_barred 1" in answer.read().decode()

    def command(self, *words):
        return [str(built("cairnd")), "fleet", *words, "--config", str(self.fleet.masters[0].config)]

    def run(self, *words):
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=SECONDS)

    def who(self):
        done = self.run("status", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def plain_sql(self, statement):
        """As another gateway; what the refusal says, or None."""
        if self.fleet.postgres:
            try:
                self.fleet.postgres.sql(statement)
            except RuntimeError as refused:
                return str(refused)
            return None
        with sqlite3.connect(self.fleet.directory / "registry.sqlite", timeout=60) as database:
            try:
                database.execute(statement)
            except sqlite3.DatabaseError as refused:
                return str(refused)
        return None


@pytest.fixture()
def mixed(request):
    """Masters with CAS on or off as the test says, on the registry that it says."""
    postgres, cas = request.param
    on = {f"m{n + 1}": value for n, value in enumerate(cas)}
    settings = lambda node: {"registry": {"cas": on[node.name]}} if not node.storage else {}  # noqa: E731
    for fleet in running_fleet(masters=len(cas), holders=0, postgres=postgres, settings=settings):
        yield Mixed(fleet, on)


def over(*cas):
    return pytest.mark.parametrize("mixed", [(None, cas), ({}, cas)], ids=["sqlite", "postgres"], indirect=True)


def prepare(mixed, number):
    """The bucket, by the master that may write."""
    mixed.client(number, retries=8).create_bucket(Bucket="old")
    mixed.write(number, b"one")
    mixed.write(number, b"two")


@over(False, False, True)
def test_under_a_lease_its_holder_writes_alone(mixed):
    until("somebody has the lease", lambda: mixed.who().get("writer"), SECONDS)
    holder = {"m1": 0, "m2": 1}[mixed.who()["writer"]]
    other = 1 - holder
    prepare(mixed, holder)
    status, message = mixed.put(other, b"dark")
    assert status == 503 and "writer lease" in message, message
    status, message = mixed.put(2, b"cas")
    assert status == 503 and "writer lease" in message, message
    until("both say so to balancers", lambda: f"m{holder + 1}" in mixed.reasons(other) and f"m{holder + 1}" in mixed.reasons(2), SECONDS)
    until("the one with CAS on names the way on", lambda: "cairnd fleet graduate" in mixed.reasons(2), SECONDS)
    assert mixed.gauge(2) and mixed.gauge(other) and not mixed.gauge(holder) and not mixed.reasons(holder)
    assert [mixed.read(n) for n in range(3)] == [b"two"] * 3
    assert mixed.plain_sql(UPSERT) is None, "another gateway is not kept out yet"
    until("all read what it wrote", lambda: [mixed.read(n) for n in range(3)] == [b"one"] * 3, SECONDS)
    assert f"only m{holder + 1}" in mixed.who()["whoMayWrite"]


@over(True, False)
def test_a_fleet_is_graduated_while_it_serves(mixed):
    until("the dark one has the lease", lambda: mixed.who().get("writer") == "m2", SECONDS)
    prepare(mixed, 1)
    refused = mixed.run("graduate", "--wait", "20")
    assert refused.returncode == 1 and "CAS is off on m2" in refused.stderr and "taken back" in refused.stderr, refused.stderr
    assert not mixed.who()["requireCas"]
    mixed.write(1, b"three")

    running = subprocess.Popen(mixed.command("graduate", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until("CAS is required", lambda: mixed.who()["requireCas"], SECONDS)
        status, message = mixed.put(1, b"dark")
        assert status == 503 and "CAS" in message, message
        until("it says so to balancers", lambda: "registry.cas = true" in mixed.reasons(1), SECONDS)
        mixed.write(0, b"four")
        assert running.poll() is None, "one is still dark"
        mixed.restart(1, True)
        out, errors = running.communicate(timeout=SECONDS)
    finally:
        running.kill()
    assert running.returncode == 0, errors
    assert json.loads(out) == {"before": False, "serving": ["m1", "m2"], "silent": []}
    assert "waiting for CAS on m2" in errors, errors
    mixed.write(0, b"five")
    mixed.write(1, b"six")

    refusal = mixed.plain_sql(UPSERT)
    assert refusal and "cairn:requires_cas" in refusal, refusal
    mixed.restart(1, False)  # rolled back, or come late
    status, message = mixed.put(1, b"late")
    assert status == 503 and "CAS" in message, message
    until("it says so", lambda: "registry.cas = true" in mixed.reasons(1) and mixed.gauge(1), SECONDS)
    assert mixed.read(1) == b"six" == mixed.read(0), "it reads, and clobbered nothing"
    assert "this master only reads" in mixed.fleet.masters[1].log.read_text()
    mixed.write(0, b"seven")

    unsure = mixed.run("ungraduate")
    assert unsure.returncode != 0 and mixed.who()["requireCas"], "it must be meant"
    assert mixed.run("ungraduate", "--yes").returncode == 0
    assert not mixed.who()["requireCas"] and mixed.plain_sql(UPSERT) is None
    until("the one with CAS off has the lease, the other only reads", lambda: "m2" in mixed.reasons(0) and not mixed.reasons(1), SECONDS)
    mixed.write(1, b"eight")
    status, message = mixed.put(0, b"cas")
    assert status == 503 and "writer lease" in message, message
    rows = subprocess.run([built("cairnd"), "audit", "list", "--config", mixed.fleet.masters[0].config], capture_output=True, text=True, check=True)
    assert rows.stdout.count("fleet.graduate") == 2 and rows.stdout.count("fleet.ungraduate") == 2, rows.stdout


@over(True, True)
def test_what_another_takes_back_is_not_called_done(mixed):
    running = subprocess.Popen(mixed.command("graduate"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until("CAS is required", lambda: mixed.who()["requireCas"], SECONDS)
        assert mixed.run("ungraduate", "--yes").returncode == 0
        out, errors = running.communicate(timeout=SECONDS)
    finally:
        running.kill()
    assert running.returncode == 1 and not out and "not required any more" in errors, (out, errors)


@over(False)
def test_interrupted_it_takes_the_requirement_back_and_killed_it_goes_on(mixed):
    for how, left in ((signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGKILL, True)):
        running = subprocess.Popen(mixed.command("graduate"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            until("CAS is required", lambda: mixed.who()["requireCas"], SECONDS)
            running.send_signal(how)
            _, errors = running.communicate(timeout=SECONDS)
        finally:
            running.kill()
        assert running.returncode == (-signal.SIGKILL if left else 1), errors
        assert mixed.who()["requireCas"] == left
        assert left or "taken back" in errors, errors
    mixed.restart(0, True)
    again = mixed.run("graduate")
    assert again.returncode == 0 and "required already" in again.stdout, again
