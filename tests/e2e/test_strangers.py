"""What strangers can do at a master's doors, and cannot: without credentials, with wrong codes, from a web page."""

import contextlib
import json
import sqlite3
import urllib.error
import urllib.request

import pytest

from conftest import running_fleet
from lib import s3
from lib.operators import Operator, act, ask, code_of, until_known


def anonymous(master, path):
    try:
        with urllib.request.urlopen(f"http://{master.s3}{path}", timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@contextlib.contextmanager
def aliases_away(fleet):
    """The registry cannot be asked for aliases."""
    with contextlib.closing(sqlite3.connect(fleet.directory / "registry.sqlite", isolation_level=None, timeout=20)) as registry:
        registry.execute("PRAGMA legacy_alter_table = ON")  # which leaves triggers alone that name the table
        registry.execute("ALTER TABLE bucket_aliases RENAME TO away")
        try:
            yield
        finally:
            registry.execute("ALTER TABLE away RENAME TO bucket_aliases")


def test_with_nothing_opened_an_anonymous_request_is_denied_also_while_the_registry_is_away():
    for fleet in running_fleet(masters=1):
        one, = fleet.masters
        own = s3.client(one, fleet.access_key, fleet.secret_key)
        own.create_bucket(Bucket="plain")
        own.put_object(Bucket="plain", Key="k", Body=b"v")
        assert anonymous(one, "/plain/k") == anonymous(one, "/none/k") == 403
        with aliases_away(fleet):
            assert anonymous(one, "/plain/k") == anonymous(one, "/none/k") == 403
            assert own.get_object(Bucket="plain", Key="k")["Body"].read() == b"v"
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::plain/*"}
        own.put_bucket_policy(Bucket="plain", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        assert anonymous(one, "/plain/k") == 200
        with aliases_away(fleet):
            assert anonymous(one, "/plain/k") == anonymous(one, "/none/k") >= 500, "it cannot be told which is opened"
        assert anonymous(one, "/plain/k") == 200 and anonymous(one, "/none/k") == 403


@pytest.fixture(scope="module")
def open_here():
    yield from running_fleet(masters=1, settings={"auth": {"eip712": True}, "api": {"loopback_reads": True}})


def test_a_page_whose_name_was_bound_to_this_machine_reads_nothing(open_here):
    one, = open_here.masters
    port = one.api.rpartition(":")[2]
    for host in (one.api, f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert ask(one, "/admin/v1/fleet", headers={"Host": host})[0] == 200, host
    for host in (f"rebound.example:{port}", "rebound.example", f"localhost.rebound.example:{port}"):
        for page in ("fleet", "buckets", "audit", "operators"):
            assert ask(one, f"/admin/v1/{page}", headers={"Host": host})[0] == 401, (host, page)


def test_wrong_codes_do_not_keep_the_first_admin_out(open_here, tmp_path):
    one, = open_here.masters
    stranger, admin = Operator(tmp_path, "stranger"), Operator(tmp_path, "admin")
    fleet_id = ask(one, "/auth/v1/challenge")[1]["fleet"]
    guess = {**stranger.sign(fleet_id, "ClaimAdmin", {"wallet": stranger.address}), "code": "0" * 32}
    assert {act(one, guess)[0] for _ in range(150)} == {403}
    admin.do(one, "operator", "claim", "--code-file", "-", stdin=code_of(one) + "\n")
    until_known(one, admin)
    assert 1 <= one.log.read_text().count("wrong code") < 20, "the log does not grow with them"
