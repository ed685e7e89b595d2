"""Engines changed under a fleet that serves: the registry's file becomes PostgreSQL, embedded blocks go into kubo."""

import json
import urllib.request

import pytest
from botocore.exceptions import ClientError
from conftest import running_fleet
from postgres import Postgres
from test_kubo import content, delivered, in_kubo, put, until
from test_postgres import fresh, race

from lib import s3
from lib.programs import built, kubo, run
from lib.watch import metric


@pytest.fixture()
def moving():
    """Two masters and a holder on the embedded engines, with a small journal should they get a kubo."""
    yield from running_fleet(masters=2, settings={"blocks": {"journal": "16MiB"}})


@pytest.fixture()
def server():
    one = Postgres({})
    try:
        yield one.start()
    finally:
        one.stop()


def client(fleet, number=0, **options):
    return s3.client(fleet.masters[number], fleet.access_key, fleet.secret_key, **options)


def restarted(fleet, master):
    fleet.configure(master)
    assert not (master.terminate() or master.wait())
    master.start()


def facts(master):
    with urllib.request.urlopen(f"http://{master.api}/admin/v1/fleet", timeout=30) as answer:
        return json.load(answer)


def test_the_registry_moves_to_postgresql_under_writes(moving, server):
    before = client(moving)
    before.create_bucket(Bucket="kept")
    etag = before.put_object(Bucket="kept", Key="k", Body=b"v" * 5000)["ETag"]
    fleet_id = facts(moving.masters[0])["id"]
    first = moving.masters[0]
    target = moving.directory / "new.toml"
    sqlite = first.config.read_text()

    def moved(wait):
        wait()
        moving.postgres = server
        moving.point_at(server.url)
        moving.configure(first, target)
        assert first.config.read_text() == sqlite
        command = [built("cairnd"), "move", "registry", "--config", first.config, "--to", target]
        done = json.loads(run(*command, "--json").stdout)
        assert done["buckets"] == 2 and done["rows"] > 40 and not done["before"], done
        for number in (0, 1):  # nothing of the old registry is taken for current
            with pytest.raises(ClientError) as refused:
                client(moving, number, retries=0).get_object(Bucket="kept", Key="k")
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        refused = run(built("cairnd"), "verify-history", "--config", first.config, check=False)
        assert refused.returncode == 1 and "was moved to" in refused.stderr, refused
        for master in moving.masters:
            restarted(moving, master)

    race(moving, fresh(moving, "raced"), moved)
    assert client(moving, 1).get_object(Bucket="kept", Key="k")["ETag"] == etag
    assert facts(moving.masters[1])["id"] == fleet_id
    run(built("cairnd"), "verify-history", "--config", target)
    run(built("cairnd"), "audit", "verify", "--config", target)
    words = [built("cairnd"), "move", "registry", "--to", target]
    refused = run(*words, "--config", first.config, check=False)  # which names the new registry now
    assert refused.returncode == 2 and "--config must name a registry file" in refused.stderr
    first.config.write_text(sqlite)
    assert "moved already" in run(*words, "--config", first.config).stdout
    assert run(*words, "--config", first.config, "--abandon", check=False).returncode == 1
    moving.configure(first)
    secret = server.password
    assert all(secret not in master.log.read_text() for master in moving.masters)


def test_embedded_blocks_move_into_kubo_under_writes(moving):
    program = kubo()
    bodies = {f"o{n}": content(n, 1_500_000) for n in range(30)}
    first = client(moving)
    first.create_bucket(Bucket="kept")
    cids = {key: put(first, "kept", key, body) for key, body in bodies.items()}

    def moved(wait):
        wait()
        for master in moving.masters:
            master.kubo = moving.make_kubo(program, master)
            master.kubo.start()
            restarted(moving, master)
            assert "journal before kubo" in run(built("cairnd"), "status", "--config", master.config).stdout
        for master in moving.masters:
            until(lambda one=master: metric(one, "cairn_kubo_moving_bytes") == 0)

    try:
        race(moving, fresh(moving, "raced"), moved)
        for master in moving.masters:
            delivered(master)
            assert all(in_kubo(master.kubo, cid) for cid in cids.values())
            assert "moving the embedded store into kubo" in master.log.read_text()
        for number, key in enumerate(bodies):
            assert client(moving, number % 2).get_object(Bucket="kept", Key=key)["Body"].read() == bodies[key]
    finally:
        for master in moving.masters:
            master.terminate()
            master.wait()
