"""Storage nodes see no registry: the fleet knows them alive because masters reach them, and only while they do."""

import json
import urllib.request

from lib import watch


def members(fleet):
    with urllib.request.urlopen(f"http://{fleet.masters[0].api}/admin/v1/masters", timeout=10) as answer:
        return {m["id"]: m for m in json.load(answer)["masters"]}


def beats(fleet, name, count, seconds=30):
    """Waits until `name` was heard of `count` times more; gives what was known of all nodes then."""
    seen, known = set(), {}

    def heard():
        known.update(members(fleet))
        seen.add(known[name]["heartbeatAt"])
        return len(seen) > count

    watch.until(f"{name} is heard of {count} times more", heard, seconds)
    return known


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
