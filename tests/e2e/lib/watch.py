"""What a master shows of itself from outside: its pointers by the admin API, its memory and descriptors by /proc."""

import json
import os
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
