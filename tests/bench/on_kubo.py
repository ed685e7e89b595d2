"""A master whose blocks are in kubo against kubo itself: the same blocks by dag/import, the same bytes by add.

Each round runs both, in turns, each with a kubo of its own that rests while the other is measured. What the master has answered
counts only when its kubo has been given it too: the time that takes is part of its time.
"""

import concurrent.futures
import contextlib
import hashlib
import http.client
import os
import pathlib
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
WANTED = {SMALL.name: 0.5, LARGE.name: 0.7}


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out) + bytes([n])


def car(blocks):
    """Raw blocks as a CAR whose root is the first."""
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


def raw_small(node, seconds):
    bodies = [multipart(car([os.urandom(SMALL.size) for _ in range(BATCH)])) for _ in range(int(seconds * 150))]
    done, took = posting(node, "dag/import?pin-roots=false&stats=true&offline=true", bodies, seconds, 1)
    return done * BATCH / took


def raw_large(node, seconds):
    bodies = [multipart(os.urandom(LARGE.size)) for _ in range(max(8, int(seconds * 4)))]  # made ahead: not measured
    done, took = posting(node, "add?pin=false&quieter=true&offline=true", bodies, seconds, LARGE.workers)
    return done / took


def waiting(api):
    with urllib.request.urlopen(f"http://{api}/metrics", timeout=60) as answer:
        return float(re.search(r"^cairn_kubo_waiting_bytes (\S+)$", answer.read().decode(), re.M)[1])


def through_cairn(loader, endpoint, figure, seconds):
    started = time.monotonic()
    report = loader.run(endpoint, "bench", figure, seconds, ["-audit=false"])
    time.sleep(0.2)  # the figure is taken anew twenty times a second
    while waiting(endpoint.apis[0]) > 0:
        time.sleep(0.02)
    took = time.monotonic() - started
    report["answered_per_second"], report["per_second"] = report["per_second"], report["done"] / max(took, seconds)
    return report


@contextlib.contextmanager
def both(directory, binaries, ipfs):
    """A master over a kubo, and another kubo."""
    fleet = fleets.Fleet(pathlib.Path(binaries, "cairnd"), directory / "cairn", masters=1, kubo=ipfs)
    alone = Kubo(ipfs, directory / "alone", fleet.address, fleets.free_port(fleet.address))
    try:
        fleet.start()
        alone.start()
        master = fleet.masters[0]
        yield servers.Endpoint([master.s3], fleet.access_key, fleet.secret_key, [master.pid], [master.api]), alone
    finally:
        alone.stop()
        fleet.stop()


def on_kubo(options, directory, loader):
    ipfs = pathlib.Path(os.environ["CAIRN_CACHE"], "bin", "ipfs")
    ours, theirs = {}, {}
    with both(directory, options.bin, ipfs) as (endpoint, alone):
        for _ in range(options.rounds):
            for figure, raw in ((SMALL, raw_small), (LARGE, raw_large)):
                theirs.setdefault(figure.name, []).append(raw(alone, options.seconds))
                ours.setdefault(figure.name, []).append(through_cairn(loader, endpoint, figure, options.seconds))
    table = []
    for name, wanted in WANTED.items():
        mine = figures.median(ours[name])
        raw = sorted(theirs[name])[(len(theirs[name]) - 1) // 2]
        ratio = mine["per_second"] / raw
        table.append({"figure": name, "cairn": mine, "kubo": raw, "ratio": ratio, "wanted": wanted, "pass": ratio >= wanted})
    print("| figure | over kubo | kubo alone | ratio | wanted | |\n|---|---|---|---|---|---|")
    for row in table:
        print(f"| {row['figure']} | {row['cairn']['per_second']:,.1f}/s | {row['kubo']:,.1f}/s | {row['ratio']:.2f} | {row['wanted']} | "
              f"{'met' if row['pass'] else 'not met'} |")
    return {"table": table}, all(row["pass"] for row in table)
