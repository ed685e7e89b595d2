"""`ipfs pin remote` of a stranger's kubo against the pinning service: over its HTTP gateway where blocks are embedded, over its
swarm where they are in kubo."""

import hashlib
import json

import pytest

import fleet as fleets
from conftest import running_fleet
from kubo import Kubo
from lib import programs, watch
from lib.pins import LONG, ask, ended, jwt_settings, pin, raw_cid, user

FETCHING = {"fetch": True, "private_networks": ["127.0.0.0/8"], "deadline": "10m"}


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """With a swarm and a gateway; nobody's master."""
    address = fleets.own_loopback()
    made = Kubo(programs.kubo(), tmp_path_factory.mktemp("stranger"), address, fleets.free_port(address),
                swarm=fleets.free_port(address), gateway=fleets.free_port(address))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    yield from running_fleet(masters=2, settings={"auth": jwt_settings(tmp_path_factory.mktemp("jwt")), "pins": FETCHING})


@pytest.fixture(scope="module")
def on_kubo(tmp_path_factory):
    yield from running_fleet(masters=2, kubo=programs.kubo(), kubo_swarm=True,
                             settings={"auth": jwt_settings(tmp_path_factory.mktemp("jwt")), "pins": FETCHING})


def content(seed, size=3_000_000):
    return hashlib.shake_128(seed.encode()).digest(size)


def added(kubo, data):
    return kubo.run("add", "-Q", "--cid-version=1", "-", input=data).decode().strip()


def remote(kubo, *words):
    return kubo.run("pin", "remote", *words, timeout=300).decode()


def serve(kubo, fleet, name):
    """Two names of one service, by two masters."""
    for number, master in enumerate(fleet.masters):
        remote(kubo, "service", "add", f"{name}{number}", f"http://{master.api}", f"{fleet.access_key}:{fleet.secret_key}")


def listed(kubo, service, *options):
    return [json.loads(line) for line in remote(kubo, "ls", f"--service={service}", "--enc=json", *options).splitlines()]


def pins_and_removes(stranger, name, cid):
    """The client names its own addresses as origins. Returns when `ipfs pin remote add` has waited for it; then lists by the other master, and removes."""
    remote(stranger, "add", f"--service={name}0", "--name=mine", cid)
    rows = listed(stranger, f"{name}1", f"--cid={cid}")
    assert [(r["Cid"], r["Name"], r["Status"]) for r in rows] == [(cid, "mine", "pinned")]
    assert listed(stranger, f"{name}1", "--name=mine", "--status=pinned,failed") == rows
    remote(stranger, "rm", f"--service={name}1", f"--cid={cid}")
    assert listed(stranger, f"{name}0", f"--cid={cid}", "--status=queued,pinning,pinned,failed") == []


def test_over_a_strangers_gateway_into_embedded_blocks(stranger, embedded):
    serve(stranger, embedded, "embedded")
    data = content("gateway")
    cid = added(stranger, data)
    pins_and_removes(stranger, "embedded", cid)
    # A version 0 CID, and a pin that shows a right to what it brought.
    zero = stranger.run("add", "-Q", "--cid-version=0", "-", input=content("zero")).decode().strip()
    made = pin(embedded.masters[0], user("zoe"), zero, origins=[f"/ip4/{stranger.address}/tcp/{stranger.gateway}/http"])
    assert ended(embedded.masters[1], user("zoe"), made)["pin"]["cid"] == zero
    assert ask(embedded.masters[1], "GET", f"/ipfs/{zero}?format=car", user("zoe"), x_cairn_pin=made["requestid"])[0] == 200


def test_over_a_strangers_swarm_into_kubo(stranger, on_kubo):
    serve(stranger, on_kubo, "kubo")
    data = content("swarm")
    cid = added(stranger, data)
    pins_and_removes(stranger, "kubo", cid)
    watch.until("a master's kubo pins it",
                lambda: any(cid in m.kubo.run("pin", "ls", "--type=recursive", "-q").decode().split() for m in on_kubo.masters), LONG)
    made = pin(on_kubo.masters[0], user("kay"), cid)
    assert all("/p2p/" in d for d in made["delegates"])
    ended(on_kubo.masters[1], user("kay"), made)
    assert ask(on_kubo.masters[1], "GET", f"/ipfs/{cid}?format=raw", user("kay"), x_cairn_pin=made["requestid"])[0] == 403


def test_what_nobody_has_waits_and_then_fails(stranger, tmp_path):
    settings = {"auth": jwt_settings(tmp_path), "pins": {**FETCHING, "deadline": "1s"}}
    for running in running_fleet(masters=1, settings=settings):
        master = running.masters[0]
        made = pin(master, user("pat"), raw_cid(b"nobody has it"), origins=["/ip4/127.0.0.1/tcp/9/http"])
        assert "in time" in ended(master, user("pat"), made, "failed")["info"]["status_details"]
