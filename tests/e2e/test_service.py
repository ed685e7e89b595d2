"""A master as a service: what init hears of it, how it ends, and what goes on where it stopped."""

import os
import select
import signal
import socket
import subprocess
import time

import pytest
from conftest import running_fleet

from lib import s3, watch
from lib.raw import Ask, Wire


class Init:
    """Contract: plays systemd for one process: heard(word) waits until it has said so."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("")
        self.address = "@" + self.socket.getsockname()[1:].decode()

    def said(self, word, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.socket], [], [], left)[0] and word in self.socket.recv(4096):
                return True
        return False

    def silence(self):
        """Forgets what has been said so far."""
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(4096)


def test_init_is_told_and_the_watchdog_fed(one_master):
    (master,) = one_master.masters
    master.terminate()
    assert not master.wait()
    init = Init()
    with open(master.log, "ab") as log:
        process = subprocess.Popen(master.command("serve"), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                   env={**os.environ, "NOTIFY_SOCKET": init.address, "WATCHDOG_USEC": "600000"})
    try:
        assert init.said(b"READY=1", 60)
        assert all(init.said(b"WATCHDOG=1", 60) for _ in range(3))
        process.send_signal(signal.SIGSTOP)
        init.silence()
        assert not init.said(b"WATCHDOG=1", 2)
        process.send_signal(signal.SIGCONT)
        assert init.said(b"WATCHDOG=1", 60)
        process.send_signal(signal.SIGTERM)
        assert init.said(b"STOPPING=1", 60)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        master.start()


def test_what_is_in_flight_at_sigterm_is_finished_and_nothing_new_begun(fleet, bucket):
    one, two = fleet.masters[:2]
    body = b"x" * 3_000_000
    ask = Ask("PUT", f"/{bucket}/late", body=body, headers={"Expect": "100-continue"}, unsigned=("expect",))
    request, _ = ask.render(one.s3, fleet.access_key, fleet.secret_key, {})
    with Wire(one.s3, timeout=60) as wire:
        wire.send(request[:-len(body)])
        assert wire.socket.recv(4096).startswith(b"HTTP/1.1 100 "), "it has begun"
        wire.send(request[-len(body):-1_000_000])
        one.terminate()
        watch.until("it takes no more connections", lambda: refuses(one.s3), 60)
        assert one.alive(), "it waits for the request that it has begun"
        wire.send(request[-1_000_000:])
        status, headers, _ = wire.answer("PUT")
    assert status == 200 and headers["connection"] == "close"
    assert not one.wait(60)
    assert s3.client(two, fleet.access_key, fleet.secret_key).get_object(Bucket=bucket, Key="late")["Body"].read() == body
    one.start()


def refuses(address):
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("version", [1, 2])
def test_a_listing_goes_on_at_another_master_and_after_a_restart(fleet, bucket, version):
    one, two = fleet.masters[:2]
    clients = [s3.client(m, fleet.access_key, fleet.secret_key) for m in (one, two)]
    keys = [f"d{n % 3}/k{n:02d}" for n in range(12)] + ["z"]
    for key in keys:
        clients[0].put_object(Bucket=bucket, Key=key, Body=b"x")

    def page(client, token):
        if version == 1:
            answer = client.list_objects(Bucket=bucket, MaxKeys=4, **({"Marker": token} if token else {}))
            return [o["Key"] for o in answer["Contents"]], answer["IsTruncated"] and answer["Contents"][-1]["Key"]
        answer = client.list_objects_v2(Bucket=bucket, MaxKeys=4, **({"ContinuationToken": token} if token else {}))
        return [o["Key"] for o in answer["Contents"]], answer.get("NextContinuationToken")

    found, token = page(clients[0], None)
    more, token = page(clients[1], token)
    one.terminate()
    assert not one.wait(60)
    one.start()
    last, token = page(clients[0], token)
    final, token = page(clients[1], token)
    assert found + more + last + final == sorted(keys) and not token


def test_a_second_dark_master_reads_and_is_refused_its_writes():
    for fleet in running_fleet(masters=2, settings={"registry": {"cas": False}}):
        one, two = fleet.masters
        first, second = (s3.client(m, fleet.access_key, fleet.secret_key) for m in (one, two))
        first.create_bucket(Bucket="dark")
        first.put_object(Bucket="dark", Key="k", Body=b"of the first")
        with pytest.raises(Exception) as refused:
            second.put_object(Bucket="dark", Key="k", Body=b"of the second")
        answer = refused.value.response
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 503 and "writer lease" in answer["Error"]["Message"], answer
        assert second.get_object(Bucket="dark", Key="k")["Body"].read() == b"of the first"
        one.terminate()
        assert not one.wait(60)
        watch.until("the second has the lease", lambda: s3.status_of(second.put_object, Bucket="dark", Key="k", Body=b"later")[0] == 200, 120)
        assert second.get_object(Bucket="dark", Key="k")["Body"].read() == b"later"
