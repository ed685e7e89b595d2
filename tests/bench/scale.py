"""What must not grow with the bucket or with the load: the cost of a key, of a start, memory."""

import pathlib
import re
import sys
import time
import urllib.request

import servers
from figures import Figure, median

sys.path.insert(0, str(servers.ROOT / "resources/dev"))
import fleet as fleets  # noqa: E402

WANTED_RATIO = 0.6
WANTED_RESIDENT_MIB = 300
WANTED_START_SECONDS = 2
WANTED_INDEX_KIB = 64


def _random(loader, endpoint, bucket, op, keys, seconds):
    """Reads, or replaces, objects of `bucket` at random: it keeps its size."""
    figure = Figure(f"{op} 4 KiB, random keys, bucket of {keys:,}", op, 4096, 64 if op == "put" else 32, WANTED_RATIO, objects=keys)
    extra = ["-random", "-prefix", "k/"] + (["-prepared"] if op == "get" else ["-overwrite"])
    return loader.run(endpoint, bucket, figure, seconds, extra)


def _fill(loader, endpoint, bucket, keys):
    figure = Figure(f"prefill {keys:,}", "prefill", 4096, 64, 0, objects=keys)
    report = loader.run(endpoint, bucket, figure, 0, ["-random", "-prefix", "k/"])
    if report["acked"] != keys:
        raise RuntimeError(f"only {report['acked']} of {keys} keys were stored: {report.get('error_sample')}")
    print(f"{bucket}: filled {keys:,} keys at {report['per_second']:,.0f}/s", flush=True)


def _endpoint(fleet):
    return servers.Endpoint([m.s3 for m in fleet.masters], fleet.access_key, fleet.secret_key, [m.pid for m in fleet.masters],
                            [m.api for m in fleet.masters])


def _put_bytes(api):
    with urllib.request.urlopen(f"http://{api}/metrics", timeout=5) as answer:
        return float(re.search(r"^cairn_blocks_put_bytes_total (\S+)$", answer.read().decode(), re.M)[1])


def _one_commit_kib(loader, fleet, keys):
    """KiB that the store is given for a commit of one key, its 4 KiB of content aside: the mean of a second's commits."""
    endpoint, before = _endpoint(fleet), _put_bytes(fleet.masters[0].api)
    figure = Figure("one at a time", "put", 4096, 1, 0, objects=keys)
    report = loader.run(endpoint, "large", figure, 1, ["-random", "-prefix", "k/", "-overwrite"])
    return (_put_bytes(fleet.masters[0].api) - before) / report["done"] / 1024 - 4


def _starts(fleet):
    """Seconds from exec to ready, after kill -9 and after a clean stop."""
    master, took = fleet.masters[0], {}
    for how in ("killed", "stopped"):
        if how == "killed":
            master.kill()
        else:
            master.terminate()
            if complaint := master.wait():
                raise RuntimeError(complaint)
        begun = time.monotonic()
        master.start()
        took[how] = time.monotonic() - begun
    return took


def _rates(loader, fleet, options):
    """In turns, so that a machine that changes its pace changes it for both."""
    reports, sizes = {}, {"small": 1000, "large": options.keys}
    for _ in range(options.rounds):
        for op in ("get", "put"):
            for bucket, keys in sizes.items():
                reports.setdefault((op, bucket), []).append(_random(loader, _endpoint(fleet), bucket, op, keys, options.seconds))
    return {key: median(found) for key, found in reports.items()}


def _verdict(text, passed):
    print(f"{text}: {'pass' if passed else 'FAIL'}", flush=True)
    return passed


def _measure(options, loader, fleet):
    for bucket, keys in (("small", 1000), ("large", options.keys)):
        _fill(loader, _endpoint(fleet), bucket, keys)
    rates, table, good = _rates(loader, fleet, options), [], True
    for op in ("put", "get"):
        small, large = rates[op, "small"], rates[op, "large"]
        ratio = large["per_second"] / small["per_second"]
        passed = _verdict(f"{op} 4 KiB, random keys: {small['per_second']:,.0f}/s in 1,000 keys, {large['per_second']:,.0f}/s in "
                          f"{options.keys:,}: {ratio:.2f}x, wanted >= {WANTED_RATIO}x", ratio >= WANTED_RATIO and not large["errors"])
        good &= passed
        table.append({"op": op, "small": small, "large": large, "ratio": ratio, "pass": passed})
    kib = _one_commit_kib(loader, fleet, options.keys)
    good &= _verdict(f"index written by a commit of one key: {kib:.1f} KiB, wanted <= {WANTED_INDEX_KIB} KiB", kib <= WANTED_INDEX_KIB)
    # Killed while it is written to: what the last second left is read again.
    _random(loader, _endpoint(fleet), "large", "put", options.keys, 1)
    starts = _starts(fleet)
    good &= _verdict(f"start with {options.keys:,} objects: {starts['killed']:.2f} s after kill -9, {starts['stopped']:.2f} s after a clean "
                    f"stop, wanted <= {WANTED_START_SECONDS} s", max(starts.values()) <= WANTED_START_SECONDS)
    return {"keys": options.keys, "table": table, "start_seconds": starts, "one_commit_index_kib": kib}, good


def scale(options, directory, loader):
    """put and get of uniformly random keys in a small and in a large bucket, and starts with the large one."""
    fleet = fleets.Fleet(pathlib.Path(options.bin, "cairnd"), pathlib.Path(directory, "cairn-scale"), masters=1)
    complaints = []
    try:
        fleet.start()
        return _measure(options, loader, fleet)
    finally:
        complaints += fleet.stop()
        if complaints:
            print("\n".join(complaints), file=sys.stderr)


def resident_mib(pid, field="VmRSS"):
    for line in pathlib.Path("/proc", str(pid), "status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {field} of process {pid}")


def memory(options, directory, loader):
    """The highest resident memory of one master while 64 clients upload 64 MiB each."""
    figure = Figure("put 64 MiB, 64 workers", "put", 64 << 20, 64, 0)
    with servers.cairn(directory, options.bin, one=True) as endpoint:
        idle = resident_mib(endpoint.pids[0])
        report = loader.run(endpoint, "bench", figure, options.seconds)
        peak = resident_mib(endpoint.pids[0], "VmHWM")
    good = peak <= WANTED_RESIDENT_MIB and not report["errors"]
    print(f"resident: {idle:.0f} MiB idle, {peak:.0f} MiB at most with 64 uploads of 64 MiB ({report['mib_per_second']:.0f} MiB/s, "
          f"errors={report['errors']}), wanted <= {WANTED_RESIDENT_MIB} MiB: {'pass' if good else 'FAIL'}")
    return {"idle_mib": idle, "peak_mib": peak, "report": report}, good
