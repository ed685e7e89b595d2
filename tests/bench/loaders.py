"""Two programs that can put the load: the project's own, and the referee that other people measure with."""

import json
import re
import subprocess


class OwnLoader:
    """tests/bench/loader, built into the binaries' directory."""

    def __init__(self, program):
        self.program = str(program)

    def run(self, endpoint, bucket, figure, seconds, extra=()):
        command = [self.program, "-hosts", ",".join(endpoint.hosts), "-ak", endpoint.access_key, "-sk", endpoint.secret_key,
                   "-bucket", bucket, "-d", f"{seconds}s", *figure.arguments(), *extra]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{figure.name}: loader exited {done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout)


class Referee:
    """s3bench, given by --referee: the same figures through a real SDK, which costs several times more CPU a request."""

    def __init__(self, program):
        self.program = str(program)

    def run(self, endpoint, bucket, figure, seconds, extra=()):
        command = [self.program, "-hosts", ",".join(endpoint.hosts), "-ak", endpoint.access_key, "-sk", endpoint.secret_key,
                   "-bucket", bucket, "-d", f"{seconds}s", *figure.arguments(), *extra]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = re.search(r"([\d.]+) op/s ([\d.]+) MiB/s p50=(\S+) p99=(\S+) errors=(\d+)(?: acked=(\d+) lost=(\d+))?", text)
        if not found:
            raise RuntimeError(f"{figure.name}: the referee said {text!r}")
        sample = re.search(r"error sample: (.*)", text)
        return {"per_second": float(found[1]), "mib_per_second": float(found[2]), "p50_ms": _ms(found[3]), "p99_ms": _ms(found[4]),
                "errors": int(found[5]), "lost": int(found[7] or 0), "acked": int(found[6] or 0), "error_sample": sample[1] if sample else ""}


def _ms(text):
    """A Go duration as milliseconds: 1m2.5s, 48.9ms, 730µs."""
    units = {"h": 3600e3, "m": 60e3, "s": 1e3, "ms": 1, "µs": 1e-3, "ns": 1e-6}
    return sum(float(n) * units[u] for n, u in re.findall(r"([\d.]+)(h|ms|µs|ns|m|s)", text))
