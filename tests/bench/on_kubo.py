"""A master whose blocks are in kubo against kubo itself: the same blocks by dag/import, the same bytes by add.

Small objects are held against two imports: of the objects' own blocks alone, as though a bucket needed no index, and of the blocks
that the master made of them, index and all, taken at random from its kubo; an object is then as many blocks as it was there. Each round runs both, in turns, each with a kubo of its own that rests while the other is measured. What the master has answered
counts only when its kubo has been given it too: the time that takes is part of its time.
"""

import concurrent.futures
import contextlib
import hashlib
import http.client
import itertools
import json
import os
import pathlib
import random
import re
import sys
import time
import urllib.request

import figures
import servers

sys.path.insert(0, str(servers.ROOT / "resources/dev"))
import fleet as fleets  # noqa: E402
from kubo import Kubo  # noqa: E402

BATCH = 64
SMALL = figures.PUT_SMALL
LARGE = figures.PUT_LARGE
SAMPLE = 32_768  # blocks
AS_SHIPPED = {"blocks": {"kubo_pin_every": "10s"}}  # test fleets are in a hurry
OWN, SAME, ADD = "dag/import of the objects' own blocks", "dag/import of the same blocks", "ipfs add"
WANTED = {OWN: (SMALL, 0.5), SAME: (SMALL, 0.5), ADD: (LARGE, 0.7)}


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out) + bytes([n])


def car(blocks):
    """Raw blocks as a CAR whose root is the first; kubo keeps a block under its hash, whatever its codec."""
    cids = [b"\x01\x55\x12\x20" + hashlib.sha256(block).digest() for block in blocks]
    header = b"\xa2\x65roots\x81\xd8\x2a\x58\x25\x00" + cids[0] + b"\x67version\x01"
    return varint(len(header)) + header + b"".join(varint(36 + len(b)) + c + b for c, b in zip(cids, blocks))


def multipart(content):
    line = "--cairn" + os.urandom(16).hex()
    head = f'{line}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: application/octet-stream\r\n\r\n'
    return line[2:], head.encode() + content + f"\r\n{line}--\r\n".encode()


def posting(node, command, bodies, seconds, workers):
    """(how many were taken, in how long): each of `bodies` at most once, by so many connections."""
    end, left = time.monotonic() + seconds, iter(bodies)

    def work():
        done, connection = 0, http.client.HTTPConnection(node.address, node.port, timeout=120)
        while time.monotonic() < end and (body := next(left, None)):
            boundary, payload = body
            connection.request("POST", f"/api/v0/{command}", payload, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"kubo refused {command}: {text[:300]}")
            done += 1
        return done

    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        done = sum(f.result() for f in [pool.submit(work) for _ in range(workers)])
    return done, time.monotonic() - started


def imported(node, blocks, seconds):
    """Blocks a second."""
    bodies = [multipart(car(blocks[i:i + BATCH])) for i in range(0, len(blocks), BATCH)]
    done, took = posting(node, "dag/import?pin-roots=false&stats=true&offline=true", bodies, seconds, 1)
    return done * BATCH / took


def raw_small(node, seconds):
    return imported(node, [os.urandom(SMALL.size) for _ in range(BATCH * int(seconds * 150))], seconds)


def listed(node):
    """The CIDs of all its blocks, in the order of their hashes."""
    request = urllib.request.Request(f"{node.api}/api/v0/refs/local", method="POST")
    with urllib.request.urlopen(request, timeout=120) as answer:
        for line in answer:
            yield json.loads(line)["Ref"]


def sample(node, seen):
    """Blocks that `seen` does not have, in whole batches and in no order: that of their hashes would spare the database."""
    blocks, connection = [], http.client.HTTPConnection(node.address, node.port, timeout=120)
    for cid in itertools.islice((cid for cid in listed(node) if cid not in seen), SAMPLE):
        connection.request("POST", f"/api/v0/block/get?offline=true&arg={cid}")
        blocks.append(connection.getresponse().read())
    connection.close()
    random.shuffle(blocks)
    return blocks[:len(blocks) // BATCH * BATCH]


def raw_large(node, seconds):
    bodies = [multipart(os.urandom(LARGE.size)) for _ in range(max(8, int(seconds * 4)))]  # made ahead: not measured
    done, took = posting(node, "add?pin=false&quieter=true&offline=true", bodies, seconds, LARGE.workers)
    return done / took


def metric(api, name):
    with urllib.request.urlopen(f"http://{api}/metrics", timeout=60) as answer:
        return float(re.search(rf"^{name} (\S+)$", answer.read().decode(), re.M)[1])


def through_cairn(loader, endpoint, figure, seconds):
    carried = metric(endpoint.apis[0], "cairn_kubo_carried_blocks_total")
    started = time.monotonic()
    report = loader.run(endpoint, "bench", figure, seconds, ["-audit=false"])
    time.sleep(0.2)  # the figure is taken anew twenty times a second
    while metric(endpoint.apis[0], "cairn_kubo_waiting_bytes") > 0:
        time.sleep(0.02)
    took = time.monotonic() - started
    report["answered_per_second"], report["per_second"] = report["per_second"], report["done"] / max(took, seconds)
    report["blocks"] = (metric(endpoint.apis[0], "cairn_kubo_carried_blocks_total") - carried) / max(report["done"], 1)
    return report


@contextlib.contextmanager
def both(directory, binaries, ipfs):
    """A master over a kubo, another kubo, and the master's own."""
    fleet = fleets.Fleet(pathlib.Path(binaries, "cairnd"), directory / "cairn", masters=1, kubo=ipfs, settings=AS_SHIPPED)
    alone = Kubo(ipfs, directory / "alone", fleet.address, fleets.free_port(fleet.address))
    try:
        fleet.start()
        alone.start()
        master = fleet.masters[0]
        yield servers.Endpoint([master.s3], fleet.access_key, fleet.secret_key, [master.pid], [master.api]), alone, master.kubo
    finally:
        alone.stop()
        fleet.stop()


def on_kubo(options, directory, loader):
    ipfs = pathlib.Path(os.environ["CAIRN_CACHE"], "bin", "ipfs")
    ours, theirs = {}, {}
    with both(directory, options.bin, ipfs) as (endpoint, alone, carried):
        for _ in range(options.rounds):
            seen = set(listed(carried))
            theirs.setdefault(OWN, []).append(raw_small(alone, options.seconds))
            small = through_cairn(loader, endpoint, SMALL, options.seconds)
            blocks = sample(carried, seen)  # ahead of the large objects: all that is new is of the small ones
            theirs.setdefault(SAME, []).append(imported(alone, blocks, options.seconds) / small["blocks"])
            theirs.setdefault(ADD, []).append(raw_large(alone, options.seconds))
            for figure, report in ((SMALL, small), (LARGE, through_cairn(loader, endpoint, LARGE, options.seconds))):
                ours.setdefault(figure.name, []).append(report)
    table = []
    for beside, (figure, wanted) in WANTED.items():
        mine = figures.median(ours[figure.name])
        raw = sorted(theirs[beside])[(len(theirs[beside]) - 1) // 2]
        ratio = mine["per_second"] / raw
        table.append({"figure": figure.name, "beside": beside, "cairn": mine, "kubo": raw, "ratio": ratio, "wanted": wanted,
                      "pass": ratio >= wanted})
    print("| figure | over kubo | beside it | kubo alone | ratio | wanted | |\n|---|---|---|---|---|---|---|")
    for row in table:
        print(f"| {row['figure']} | {row['cairn']['per_second']:,.1f}/s | {row['beside']} | {row['kubo']:,.1f}/s | {row['ratio']:.2f} | "
              f"{row['wanted']} | {'met' if row['pass'] else 'not met'} |")
    say = ", ".join(f"{report['blocks']:.2f}" for report in ours[SMALL.name])
    print(f"\nBlocks an object: {say}")
    return {"table": table}, all(row["pass"] for row in table)
