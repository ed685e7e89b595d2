"""Programs beside Cairn: what ./dev built, and what people use."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

BIN = pathlib.Path(os.environ.get("CAIRN_BIN", pathlib.Path(__file__).resolve().parents[3] / "build/release/bin"))


def built(name):
    """A program of the build directory."""
    path = BIN / name
    assert path.exists(), f"{path} is not built: run ./dev test, or ./dev build"
    return path


def tool(name):
    """A client that ./dev setup installs, without the shims of language version managers."""
    path = shutil.which(name, path="/usr/bin:/usr/local/bin:/bin:/usr/sbin:/sbin") or shutil.which(name)
    assert path, f"{name} is not installed: run ./dev setup"
    return path


def kubo():
    """Real kubo, if ./dev peers has built it; the test is skipped otherwise."""
    path = pathlib.Path(os.environ["CAIRN_CACHE"], "bin", "ipfs")
    if not path.exists():
        pytest.skip("no kubo here: ./dev peers builds it")
    return path


def cluster_programs():
    """The directory of real kubo and ipfs-cluster, if ./dev peers has built them; the test is skipped otherwise."""
    path = pathlib.Path(os.environ["CAIRN_CACHE"], "bin")
    for name in ("ipfs", "ipfs-cluster-service"):
        if not (path / name).exists():
            pytest.skip(f"no {name} here: ./dev peers builds it")
    return path


def run(*command, check=True, **options):
    """Output of a program; its whole output is in the failure."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=options.pop("timeout", 120), **options)
    assert not check or done.returncode == 0, f"{command[0]} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def load(fleet, op, masters=None, **flags):
    """tests/bench/loader against the fleet (or some of its masters) as a started process; finish() gives its report."""
    hosts = ",".join(m.s3 for m in masters or fleet.masters)
    command = [built("loader"), "-hosts", hosts, "-ak", fleet.access_key, "-sk", fleet.secret_key, "-op", op]
    command += [word for name, value in flags.items() for word in ("-" + name.replace("_", "-"), str(value))]
    return subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process, timeout=300):
    """The report of a loader."""
    out, errors = process.communicate(timeout=timeout)
    assert process.returncode in (0, 1), f"loader exited {process.returncode}: {errors}"
    return json.loads(out)


def linearize(history, pictures, timeout=120):
    """(linearizable?, verdict) of a recorded history."""
    done = run(built("linearize"), "-html", pictures, "-timeout", f"{timeout}s", history, check=False, timeout=timeout + 60)
    assert done.returncode in (0, 1), f"no verdict: {done.stdout}{done.stderr}"
    return done.returncode == 0, json.loads(done.stdout)
