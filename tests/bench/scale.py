"""What must not grow with the bucket or with the load: the cost of a key, memory, start-up."""

import pathlib

import servers
from figures import Figure

WANTED_RATIO = 0.6
WANTED_RESIDENT_MIB = 300


def _random(loader, endpoint, bucket, op, prefix, keys, seconds):
    figure = Figure(f"{op} 4 KiB, random keys, bucket of {keys:,}", op, 4096, 64 if op == "put" else 32, WANTED_RATIO, objects=keys)
    extra = ["-random", "-prefix", prefix] + (["-prepared"] if op == "get" else ["-audit=false"])
    return loader.run(endpoint, bucket, figure, seconds, extra)


def _fill(loader, endpoint, bucket, keys):
    figure = Figure(f"prefill {keys:,}", "prefill", 4096, 64, 0, objects=keys)
    report = loader.run(endpoint, bucket, figure, 0, ["-random", "-prefix", "k/"])
    if report["acked"] != keys:
        raise RuntimeError(f"only {report['acked']} of {keys} keys were stored: {report.get('error_sample')}")
    return report


def scale(options, directory, loader):
    """put and get of uniformly random keys in a small and in a large bucket."""
    results = {}
    with servers.cairn(directory, options.bin, one=True) as endpoint:
        for bucket, keys in (("small", 1000), ("large", options.keys)):
            filled = _fill(loader, endpoint, bucket, keys)
            print(f"{bucket}: filled {keys:,} keys at {filled['per_second']:,.0f}/s")
            for op in ("get", "put"):
                results[bucket, op] = _random(loader, endpoint, bucket, op, "k/", keys, options.seconds)
    table, good = [], True
    for op in ("put", "get"):
        small, large = results["small", op]["per_second"], results["large", op]["per_second"]
        passed = large >= WANTED_RATIO * small and not results["large", op]["errors"]
        good = good and passed
        table.append({"op": op, "small": results["small", op], "large": results["large", op], "ratio": large / small, "pass": passed})
        print(f"{op} 4 KiB, random keys: {small:,.0f}/s in 1,000 keys, {large:,.0f}/s in {options.keys:,}: "
              f"{large / small:.2f}x, wanted >= {WANTED_RATIO}x: {'pass' if passed else 'FAIL'}")
    return {"keys": options.keys, "table": table}, good


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
