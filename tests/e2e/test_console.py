"""The console's window on real masters: a lost race shows as it happens, and a dead master is told apart from a calm one."""

import threading

import pytest

from lib import s3
from lib.watching import Events, Window

RACES = 5
ROUNDS = 400
FRESH_INK = 60  # text that is up to date is nearly black; under the veil it is grey


@pytest.fixture()
def window(tmp_path):
    """Opens windows, and sees that each ends well."""
    opened = []

    def opener(*masters):
        opened.append(Window(*masters, home=tmp_path))
        return opened[-1]

    yield opener
    assert [w.close() for w in opened] == [0] * len(opened)


def clients(fleet):
    return [s3.client(m, fleet.access_key, fleet.secret_key) for m in fleet.masters]


def live(seen):
    return seen["link"].startswith("live") and seen["banner"] == ""


def row_of(seen, race):
    return next((r for r in seen["races"] if r["id"] == str(race)), None)


def provoke(fleet, bucket, events, wanted):
    """Both masters write at the same moment, again and again, until the event stream has told of enough lost races."""
    barrier = threading.Barrier(2, timeout=60)
    enough = threading.Event()

    def racer(number, client):
        for n in range(ROUNDS):
            if barrier.wait() == 0 and len(events.of("race")) >= wanted:
                enough.set()
            barrier.wait()
            if enough.is_set():
                return
            client.put_object(Bucket=bucket, Key=f"{number}/{n}", Body=b"raced")

    threads = [threading.Thread(target=racer, args=(n, c)) for n, c in enumerate(clients(fleet))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert enough.is_set(), f"only {len(events.of('race'))} races in {ROUNDS} rounds"


def test_a_lost_race_is_in_the_window_within_a_second(fleet, window):
    clients(fleet)[0].create_bucket(Bucket="raced")
    watched = window(fleet.masters[0])
    before = watched.until(lambda seen: live(seen) and "demo/raced" in seen["buckets"], 30)
    assert before["races"] == []
    events = Events(fleet.masters[1])
    try:
        provoke(fleet, "raced", events, RACES)
    finally:
        events.close()
    late = {}
    for race in events.of("race"):
        seen = watched.until(lambda seen, told=race["data"]: row_of(seen, told["id"]), 10)
        row = row_of(seen, race["data"]["id"])
        assert (row["winner"], row["loser"]) == (race["data"]["winner"], race["data"]["loser"])
        assert row["outcome"].startswith(race["data"]["outcome"])
        late[race["data"]["id"]] = seen["ms"] - race["at"]
    print(f"milliseconds from the registry to the window: {sorted(late.values())}")
    assert all(ms <= 1000 for ms in late.values()), late
    flips = [e["data"]["version"] for e in events.of("flip") if e["data"]["bucket"] == "raced"]
    watched.until(lambda seen: seen["buckets"].get("demo/raced", 0) >= max(flips), 5)


def test_a_dead_master_leaves_the_last_data_marked_stale_until_it_is_back(fleet, window):
    first, second = clients(fleet)
    first.create_bucket(Bucket="kept")
    first.put_object(Bucket="kept", Key="k", Body=b"1")
    watched = window(fleet.masters[0])
    known = watched.until(lambda seen: live(seen) and seen["buckets"].get("demo/kept") == 2, 30)
    assert known["ink"] < FRESH_INK
    place = len(watched.all)
    fleet.masters[0].kill()
    try:
        gone = watched.until(lambda seen: seen["word"] == "offline" and seen["banner"], 10, place)
        assert gone["banner"].startswith("No master answers. Shown is what was known")
        assert fleet.masters[0].api in gone["detail"] and gone["link"] == "not live"
        assert gone["buckets"] == known["buckets"] and gone["ink"] > FRESH_INK, "the last data, greyed"
        second.put_object(Bucket="kept", Key="k", Body=b"2")
        place = len(watched.all)
    finally:
        fleet.masters[0].start()
    back = watched.until(lambda seen: live(seen) and seen["buckets"]["demo/kept"] == 3, 30, place)
    assert back["ink"] < FRESH_INK and back["word"] in ("healthy", "degraded"), back["proof"]
    assert not [seen for seen in watched.all[place:] if seen["buckets"].get("demo/kept") not in (2, 3)], "the data went away"


def test_a_window_that_knows_both_masters_goes_on_with_the_other(fleet, window):
    first, second = clients(fleet)
    first.create_bucket(Bucket="two")
    watched = window(*fleet.masters)
    watched.until(lambda seen: seen["link"] == f"live from {fleet.masters[0].api}" and "demo/two" in seen["buckets"], 30)
    place = len(watched.all)
    fleet.masters[0].kill()
    try:
        watched.until(lambda seen: seen["link"] == f"live from {fleet.masters[1].api}", 10, place)
        second.put_object(Bucket="two", Key="k", Body=b"1")
        watched.until(lambda seen: seen["buckets"].get("demo/two") == 2, 10, place)
    finally:
        fleet.masters[0].start()
    assert not [seen for seen in watched.all[place:] if seen["word"] == "offline"], "one of two is not offline"
