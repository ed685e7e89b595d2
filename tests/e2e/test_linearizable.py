"""Histories of three real masters, with kill -9 and SIGSTOP among them, are linearizable per key; a stale cache is not."""

import random
import threading

from lib.programs import finish, linearize, load
from lib.stale import StaleCache

SECONDS = 60


def disturb(fleet, stop, seed):
    """Kills and freezes one master after another; every one of them is well again at the end."""
    chance = random.Random(seed)
    while not stop.wait(chance.uniform(1, 3)):
        master = chance.choice(fleet.masters)
        if chance.random() < 0.5:
            master.kill()
            stop.wait(chance.uniform(0.1, 1))
            master.start()
        else:
            master.freeze()
            stop.wait(chance.uniform(0.2, 2.5))
            master.thaw()


def test_under_kill_and_stop(three_masters, three_bucket, tmp_path):
    fleet, seed, stop = three_masters, random.SystemRandom().randrange(1 << 30), threading.Event()
    print(f"seed {seed}")
    history = tmp_path / "history.jsonl"
    workers = load(fleet, "history", bucket=three_bucket, c=9, d=f"{SECONDS}s", timeout="2s", history=history, seed=seed)
    trouble = threading.Thread(target=disturb, args=(fleet, stop, seed))
    trouble.start()
    try:
        report = finish(workers)
    finally:
        stop.set()
        trouble.join()
    good, verdict = linearize(history, tmp_path)
    assert good, f"seed {seed}: {verdict}"
    assert report["done"] > 1000 and not verdict["undecided"], (report, verdict)


def test_a_stale_cache_is_caught(three_masters, three_bucket, tmp_path):
    """The same load through caches that are 20 ms old at most is judged not linearizable: the judge can see."""
    caches = [StaleCache(m, 0.020) for m in three_masters.masters]
    history = tmp_path / "history.jsonl"
    try:
        finish(load(three_masters, "history", masters=caches, bucket=three_bucket, c=9, d="10s", history=history))
    finally:
        for cache in caches:
            cache.close()
    good, verdict = linearize(history, tmp_path)
    assert not good and verdict["not_linearizable"], verdict
