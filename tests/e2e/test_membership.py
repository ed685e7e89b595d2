"""Storage nodes see no registry: the fleet knows them alive because masters reach them, and only while they do."""

import json
import time
import urllib.request


def members(fleet):
    with urllib.request.urlopen(f"http://{fleet.masters[0].api}/admin/v1/masters", timeout=10) as answer:
        return {m["id"]: m for m in json.load(answer)["masters"]}


def beats(fleet, name, count, seconds=30):
    """Waits until `name` was heard of `count` times more; gives what was known of all nodes then."""
    seen, end = set(), time.monotonic() + seconds
    while time.monotonic() < end:
        known = members(fleet)
        seen.add(known[name]["heartbeatAt"])
        if len(seen) > count:
            return known
        time.sleep(0.1)
    raise AssertionError(f"{name} was heard of {len(seen) - 1} times in {seconds} s, not {count}")


def test_a_storage_node_is_alive_while_it_answers(fleet):
    holder = fleet.holders[0]
    known = beats(fleet, holder.name, 3)
    assert known[holder.name]["live"] and known[holder.name]["profile"] == "storage"
    holder.kill()
    beats(fleet, "m1", 4)  # an answer that was on its way has been written by now
    last = members(fleet)[holder.name]["heartbeatAt"]
    assert beats(fleet, "m1", 4)[holder.name]["heartbeatAt"] == last, "nobody answers, and somebody beats for it"
    holder.start()
    assert beats(fleet, holder.name, 2)[holder.name]["live"]
