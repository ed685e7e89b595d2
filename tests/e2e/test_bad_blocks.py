"""Bad input at the block doors of a master and of a storage node: refused, nothing kept or counted as held, nobody harmed."""

import re
import ssl

import pytest

from lib import bad_blocks, watch
from lib.bad_blocks import GOOD, OTHER, car, cid, hold, http, spell
from lib.raw import Wire

ROWS = [pytest.param(want, data, id=name) for name, want, data in bad_blocks.CIDS + bad_blocks.HOLDS]
DOORS = {"master": lambda fleet: fleet.masters[1], "storage node": lambda fleet: fleet.holders[0]}
ROUNDS, GROWTH_MIB = 10, 32


def secured(node=None):
    """Wraps a socket as `node` would, or as somebody without a key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if node:
        context.load_cert_chain(node.directory / "data" / "node.cert.pem", node.directory / "data" / "node.key.pem")
    return context.wrap_socket


def exchange(fleet, door, data, who=None):
    """(status, body) of the door's answer to the first master, or to `who`."""
    with Wire(door.blocks, wrap=secured(who or fleet.masters[0])) as wire:
        wire.send(data)
        answer = wire.answer()
    return answer[0], answer[2]


@pytest.fixture(params=DOORS)
def door(fleet, request):
    node = DOORS[request.param](fleet)
    pid = node.pid
    yield node
    assert node.alive() and node.pid == pid


@pytest.mark.parametrize("want, data", ROWS)
def test_row(fleet, door, want, data):
    status, body = exchange(fleet, door, data)
    assert status == want and body.endswith(b"\n"), body
    for block in (GOOD, OTHER):
        assert exchange(fleet, door, http("GET", "/ipfs/" + spell(cid(block[1]))))[0] == 404


def test_what_was_refused_is_held_when_it_comes_right(fleet, door):
    """The rows fail for what is wrong with them: without that they are taken."""
    root = b"\x81" + bad_blocks.link(cid(b"leaf" + door.name.encode()))
    target = "root=" + spell(cid(root, bad_blocks.CBOR))
    status, body = exchange(fleet, door, hold(car((bad_blocks.CBOR, root)), target))
    assert status == 200 and b"\xf4" in body[-1:], body  # complete: false
    assert cid(b"leaf" + door.name.encode()) in body
    status, body = exchange(fleet, door, hold(car((bad_blocks.RAW, b"leaf" + door.name.encode())), target))
    assert status == 200 and b"\xf5" in body[-1:], body


@pytest.mark.parametrize("who", ["nobody", "a node that is not allowed"])
def test_strangers_are_refused(fleet, who):
    door = fleet.holders[0]  # which allows the masters' keys, and so not its own
    with pytest.raises((ssl.SSLError, ConnectionError)):
        with Wire(door.blocks, wrap=secured(None if who == "nobody" else door)) as wire:
            wire.socket.sendall(http("GET", "/health"))
            wire.socket.recv(1)


def test_plain_words_to_a_tls_door(fleet, door):
    with Wire(door.blocks) as wire:
        wire.send(http("GET", "/health"))
        heard = wire.socket.recv(65536)
    assert not re.search(rb"HTTP|status", heard)


def test_memory_and_sockets_stay(fleet, door):
    def everything():
        for _, want, data in bad_blocks.CIDS + bad_blocks.HOLDS:
            assert exchange(fleet, door, data)[0] == want
        for end in ("close", "reset"):  # in the middle of a block of 1 MiB
            with Wire(door.blocks, wrap=secured(fleet.masters[0])) as wire:
                wire.send(http("POST", "/v0/blocks", car((bad_blocks.RAW, bytes(1 << 20)))[:-9], (1 << 20) + 56))
                getattr(wire, end)()

    everything()
    resident, sockets = watch.resident_mib(door.pid), watch.sockets(door.pid)
    for _ in range(ROUNDS):
        everything()
    watch.until("the sockets of refused requests are closed", lambda: watch.sockets(door.pid) <= sockets)
    assert watch.resident_mib(door.pid) - resident <= GROWTH_MIB
