"""./dev bench runs and measures what it says; the rates themselves are for machines that do nothing else."""

import json
import subprocess
import sys

from lib.programs import BIN, built, cluster_programs
from test_run import ROOT


def bench(tmp_path, *arguments):
    built("cairnd")
    result = tmp_path / "result.json"
    command = [sys.executable, "-B", ROOT / "tests/bench/bench.py", *arguments, "--bin", BIN, "--dir", tmp_path / "data", "--json", result]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=240)
    assert result.exists(), f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(result.read_text()), done.stdout


def test_peers_without_the_peer(tmp_path):
    result, table = bench(tmp_path, "peers", "--stores", "cairn", "--seconds", "1")
    for row in result["table"]:
        assert row["cairn"]["done"] > 0 and row["cairn"]["errors"] == 0 and row["cairn"]["lost"] == 0, row
        assert row["figure"] in table


def test_scale_counts_every_key(tmp_path):
    result, _ = bench(tmp_path, "scale", "--keys", "3000", "--seconds", "1")
    for row in result["table"]:
        assert row["small"]["done"] > 0 and row["large"]["done"] > 0 and row["large"]["errors"] == 0, row


def test_cluster_loses_nothing(tmp_path):
    cluster_programs()
    result, table = bench(tmp_path, "cluster", "--seconds", "2")
    for row in result["table"]:
        assert row["done"] > 0 and row["errors"] == 0 and row["lost"] == 0 and row["figure"] in table, row


def test_identity_measures_beside_recovery(tmp_path):
    built("auth_bench")
    result, table = bench(tmp_path, "identity")
    assert {row["what"] for row in result["table"]} and "libsecp256k1's recovery in this run" in table
    for row in result["table"]:
        assert row["us"] > 0 and row["what"] in table
        assert row["of_recovery"] is None or 0.1 < row["of_recovery"] < 1.05, "it recovers a key and does a little more"
