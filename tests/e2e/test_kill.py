"""One of two masters is killed again and again during writes: nothing acknowledged is lost, whoever acknowledged it."""

import signal
import time

from lib.programs import finish, load

KILLS = 10


def wait_for_flips(fleet, more, seconds=60):
    """Until the masters that are up have done `more` flips: what a kill is aimed at, rather than a moment of the clock."""
    before, end = fleet.flips(), time.monotonic() + seconds
    while fleet.flips() < before + more:
        assert time.monotonic() < end, f"no {more} flips within {seconds} s"


def test_ten_kills_lose_nothing(fleet, bucket):
    victim, survivor = fleet.masters[1], fleet.masters[0]
    writer = load(fleet, "race", bucket=bucket, c=16, d="200s", timeout="10s")
    try:
        for _ in range(KILLS):
            wait_for_flips(fleet, 20)
            victim.kill()
            wait_for_flips(fleet, 5)
            victim.start()
        wait_for_flips(fleet, 20)
    finally:
        writer.send_signal(signal.SIGTERM)
        report = finish(writer)
    assert report["audited"] and report["lost"] == 0, report
    assert report["acked"] > 1000, report
    assert survivor.alive()
