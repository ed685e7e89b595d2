"""What a master shows of itself from outside: its pointers by the admin API, its metrics, its memory and descriptors by /proc."""

import json
import os
import re
import time
import urllib.request


def pointer(master, owner, bucket):
    """(root, version) of the bucket. The root is a hash of all that the bucket holds, open uploads included."""
    with urllib.request.urlopen(f"http://{master.api}/admin/v1/buckets/{owner}/{bucket}", timeout=10) as answer:
        row = json.load(answer)
    return row["root"], row["version"]


def resident_mib(pid, field="VmRSS"):
    """Now; "VmHWM": at most so far."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field + ":")) / 1024


def sockets(pid):
    """How many sockets the process has open."""
    found = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found += os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:")
        except FileNotFoundError:
            pass  # closed meanwhile
    return found


def until(what, holds, seconds=20):
    """Waits for a condition that must come true; `what` is the complaint if it does not."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


FOLLOWED = 2  # seconds within which every master goes by a change in the registry, or says that it cannot tell


def followed(what, since, answer, old, new, seconds=60):
    """Waits until answer() is one of `new`, after a change that was made at `since` (time.monotonic()) or before. What the
    masters promise does not depend on how fast this machine is: whatever is asked more than FOLLOWED seconds after the
    change is never given an answer of `old`, however long all else takes. In between they may say that they cannot tell."""
    while True:
        asked = time.monotonic()
        got = answer()
        if got in new:
            return
        late = asked - since
        assert got not in old or late <= FOLLOWED, f"{what}: asked {late:.2f} s after the change, a master answered {got}"
        assert late < seconds, f"not within {seconds} s: {what}; last {got}"
        time.sleep(0.02)


def metric(master, name):
    """Of the master's metrics; 0 while there is none: gauges come a second after the start."""
    with urllib.request.urlopen(f"http://{master.api}/metrics", timeout=30) as answer:
        found = re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", answer.read().decode(), re.M)
    return float(found.group(1)) if found else 0.0
