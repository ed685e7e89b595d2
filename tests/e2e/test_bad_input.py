"""Bad input through a socket: the proper answer, nothing stored, no crash, no leak, and no secret in a log."""

import base64
import hashlib
import os
import pathlib
import socket
import tempfile
import urllib.parse

import pytest
from conftest import running_fleet

from lib import bad_bodies, bad_requests, s3, watch
from lib.raw import Ask, Wire, ask

JWT_SECRET = base64.b64encode(os.urandom(30)).decode()
BUCKET, OWNER = "bad-input", "demo"
TABLES = {
    "http": bad_requests.HTTP, "names": bad_requests.NAMES, "sizes": bad_requests.SIZES_AND_RANGES,
    "signatures": bad_requests.SIGNATURES, "tokens": bad_requests.jwt_rows(JWT_SECRET), "checksums": bad_bodies.CHECKSUMS,
    "cut": bad_bodies.CUT, "chunks": bad_bodies.CHUNKS, "multipart": bad_bodies.MULTIPART, "xml": bad_bodies.XML,
}
ROWS = [pytest.param(want, what, id=f"{table}: {name}") for table, rows in TABLES.items() for name, want, what in rows]
ROUNDS = 5
GROWTH_MIB = 32


class Stage:
    """Two masters that log all they can, and a bucket with one object and one open upload, as every row must leave it."""

    def __init__(self, fleet):
        self.fleet, self.master = fleet, fleet.masters[0]
        self.pids = [n.pid for n in fleet.nodes]
        self.secrets = {fleet.secret_key, JWT_SECRET}
        self.clients = [s3.client(m, fleet.access_key, fleet.secret_key) for m in fleet.masters]
        client = self.clients[0]
        client.create_bucket(Bucket=BUCKET)
        client.put_object(Bucket=BUCKET, Key="kept", Body=b"hello")
        upload = client.create_multipart_upload(Bucket=BUCKET, Key="open")["UploadId"]
        for number in (1, 2):
            client.upload_part(Bucket=BUCKET, Key="open", UploadId=upload, PartNumber=number, Body=b"part")
        self.values = {"bucket": BUCKET, "upload": upload}
        self.found = self.state()

    def state(self):
        return watch.pointer(self.master, OWNER, BUCKET)

    def send(self, what, door=None):
        """The answer to a row's request."""
        door = door or self.master.s3
        if not isinstance(what, Ask):
            return ask(door, what[0].replace(b"{host}", door.encode()).replace(b"{bucket}", BUCKET.encode()), what[1])
        data, secrets = what.render(self.master.s3, self.fleet.access_key, self.fleet.secret_key, self.values)
        self.secrets.update(s for s in secrets if len(s) > 8)
        return ask(self.master.s3, data, what.end, what.method)

    def unharmed(self, answer=""):
        before, self.found = self.found, self.state()
        assert self.found == before, f"it changed the bucket, and answered {answer}"
        assert [n.pid for n in self.fleet.nodes] == self.pids and all(n.alive() for n in self.fleet.nodes)


@pytest.fixture(scope="module")
def stage():
    with tempfile.TemporaryDirectory() as directory:
        secret = pathlib.Path(directory, "jwt.key")
        secret.touch(mode=0o600)
        secret.write_text(JWT_SECRET)
        settings = {"log": {"level": "debug"}, "s3": {"access_log": "all"}, "auth": {"jwt_secret_file": str(secret)}}
        for fleet in running_fleet(masters=2, settings=settings):
            yield Stage(fleet)


@pytest.mark.parametrize("want, what", ROWS)
def test_row(stage, want, what):
    answer = stage.send(what)
    stage.unharmed(answer)
    assert answer == want


@pytest.mark.parametrize("want, what", [pytest.param(want, what, id=name) for name, want, what in bad_requests.API])
def test_row_to_the_api_door(stage, want, what):
    answer = stage.send(what, stage.master.api)
    stage.unharmed(answer)
    assert answer == want


def test_rows_left_nothing_behind(stage):
    for client in stage.clients:
        assert list(s3.list_all(client, BUCKET)) == ["kept"]
        assert [u["UploadId"] for u in client.list_multipart_uploads(Bucket=BUCKET)["Uploads"]] == [stage.values["upload"]]
        listed = client.list_parts(Bucket=BUCKET, Key="open", UploadId=stage.values["upload"])["Parts"]
        assert [(p["PartNumber"], p["Size"]) for p in listed] == [(1, 4), (2, 4)]
        assert [b["Name"] for b in client.list_buckets()["Buckets"]] == [BUCKET]
        assert client.get_object(Bucket=BUCKET, Key="kept")["Body"].read() == b"hello"


def test_body_of_a_refused_request_is_no_request(stage):
    """What the server leaves unread of a refused body must not be taken for the next request of the connection."""
    inner, _ = Ask("DELETE", "/{bucket}/kept", body=b"", length="").render(
        stage.master.s3, stage.fleet.access_key, stage.fleet.secret_key, stage.values)
    outer, _ = Ask(body=inner, signature="0" * 64).render(stage.master.s3, stage.fleet.access_key, stage.fleet.secret_key, stage.values)
    after, _ = Ask("GET", "/{bucket}/after", body=b"", length="").render(
        stage.master.s3, stage.fleet.access_key, stage.fleet.secret_key, stage.values)
    with Wire(stage.master.s3) as wire:
        wire.send(outer + after)
        assert b"SignatureDoesNotMatch" in wire.answer()[2]
        assert b"<Key>after</Key>" in wire.answer()[2]
    stage.unharmed()


ODD_KEYS = {"one byte": "k", "1024 bytes": "k" * 1024, "dots": "..", "dots that climb": "a/../../b", "a dot": ".", "slashes": "//a//",
            "control characters": "a\x01\n\r\t\x7fb", "blanks": " ", "UTF-8": "\u00fc/\U0001f600", "signs": "%+&=?#<>\"'"}


@pytest.mark.parametrize("name", ODD_KEYS)
def test_odd_key_is_kept_as_it_is(stage, name):
    """S3 forbids none of these; they are names, not paths."""
    key = ODD_KEYS[name]
    target = "/{bucket}/" + urllib.parse.quote(key, safe="")
    assert stage.send(Ask(target=target, body=b"odd")) == "200 -"
    assert set(s3.list_all(stage.clients[1], BUCKET)) == {"kept", key}
    assert stage.send(Ask("GET", target, body=b"", length="")) == "200 -"
    assert stage.send(Ask("DELETE", target, body=b"", length="")) == "204 -"
    stage.found = stage.state()


def test_object_of_no_bytes(stage):
    assert stage.send(Ask(target="/{bucket}/empty", body=b"")) == "200 -"
    answer = stage.clients[1].get_object(Bucket=BUCKET, Key="empty")
    assert answer["Body"].read() == b"" and answer["ETag"] == f'"{hashlib.md5(b"").hexdigest()}"'
    assert stage.send(Ask("DELETE", "/{bucket}/empty", body=b"", length="")) == "204 -"
    stage.found = stage.state()


def test_memory_and_sockets_stay(stage):
    """All rows again and again: what the first time left for good (caches, arenas) is left once."""
    def everything():
        for rows in TABLES.values():
            for _, want, what in rows:
                assert stage.send(what) == want

    everything()
    resident, sockets = watch.resident_mib(stage.master.pid), watch.sockets(stage.master.pid)
    for _ in range(ROUNDS):
        everything()
    watch.until("the sockets of refused requests are closed", lambda: watch.sockets(stage.master.pid) <= sockets)
    assert watch.resident_mib(stage.master.pid) - resident <= GROWTH_MIB
    stage.unharmed()


def test_clients_that_leave_in_the_middle_of_a_get(stage):
    stage.clients[0].put_object(Bucket=BUCKET, Key="large", Body=os.urandom(32 << 20))
    request, _ = Ask("GET", "/{bucket}/large", body=b"", length="").render(
        stage.master.s3, stage.fleet.access_key, stage.fleet.secret_key, stage.values)

    def leave(reset):
        with Wire(stage.master.s3) as wire:
            wire.send(request)
            assert wire.socket.recv(65536).startswith(b"HTTP/1.1 200")
            if reset:
                wire.reset()

    for n in range(20):
        leave(n % 2)
    sockets = watch.sockets(stage.master.pid)
    resident = watch.resident_mib(stage.master.pid)
    for n in range(300):
        leave(n % 2)
    watch.until("the sockets of readers who left are closed", lambda: watch.sockets(stage.master.pid) <= sockets)
    assert watch.resident_mib(stage.master.pid) - resident <= GROWTH_MIB
    stage.clients[0].delete_object(Bucket=BUCKET, Key="large")
    stage.found = stage.state()
    stage.unharmed()


def spoil(node, needle):
    """Turns one bit of what the node keeps on disk; how often it was found."""
    found = 0
    for path in (p for p in (node.directory / "data").rglob("*") if p.is_file()):
        at = path.read_bytes().find(needle)
        if at >= 0:
            found += 1
            with open(path, "r+b") as file:
                file.seek(at)
                file.write(bytes([needle[0] ^ 1]))
    return found


def test_block_gone_bad_in_the_middle_of_a_get(stage):
    """No holder has the sixth MiB any more: the answer breaks off before it, and gives no byte that was not put."""
    data = os.urandom(8 << 20)
    stage.clients[0].put_object(Bucket=BUCKET, Key="spoilt", Body=data)
    assert sum(spoil(node, data[5 << 20:(5 << 20) + 4096]) for node in stage.fleet.nodes) == len(stage.fleet.nodes)
    request, _ = Ask("GET", "/{bucket}/spoilt", body=b"", length="").render(
        stage.master.s3, stage.fleet.access_key, stage.fleet.secret_key, stage.values)
    with Wire(stage.master.s3) as wire:
        wire.send(request)
        with pytest.raises(AssertionError, match="the answer breaks off after 5242880 of 8388608 bytes"):
            wire.answer()
        assert wire.left == data[:5 << 20]
    assert stage.send(Ask("GET", "/{bucket}/spoilt", body=b"", length="", headers={"Range": "bytes=6291456-6291460"})) == "206 -"
    assert stage.send(Ask("GET", "/{bucket}/spoilt", body=b"", length="", headers={"Range": "bytes=5242880-"})).startswith("5")
    stage.clients[0].delete_object(Bucket=BUCKET, Key="spoilt")
    stage.found = stage.state()
    stage.unharmed()


def test_no_log_holds_a_secret(stage):
    """Last, when all of the above has been said: with every request logged, and at the level that says most."""
    assert len(stage.secrets) > 100 and "SignatureDoesNotMatch" in stage.master.log.read_text(errors="replace")
    for node in stage.fleet.nodes:
        log = node.log.read_text(errors="replace")
        leaked = [s for s in stage.secrets if s in log]
        assert not leaked, f"the log of {node.name} holds {leaked[:3]}"
