"""The drills against real masters, and the proof that they can see a loss; a bucket's history proved offline."""

import json

from lib import s3
from lib.programs import built, run


def drill(fleet, kind, *arguments):
    masters = [word for m in fleet.masters for word in ("--master", m.s3, "--api", m.api)]
    done = run(built("cairnd"), "--json", "drill", kind, *masters, "--access-key", fleet.access_key,
               "--secret-file", fleet.directory / "access.key", *arguments, check=False, timeout=240)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def test_cas_race_of_ten_thousand_writes_loses_nothing(fleet):
    report = drill(fleet, "cas-race", "--writes", "10000")
    # Some writes are conditional and meet what forbids them: those are refused, and count as answered.
    assert report["lost"] == 0 and report["gaveUp"] == 0 and report["acknowledged"] + report["refused"] == 10000, report


def test_unfenced_failover_loses_nothing(fleet):
    report = drill(fleet, "unfenced-failover", "--writes", "4000")
    assert report["lost"] == 0 and report["acknowledged"] > 0, report


def test_control_loses_some():
    done = run(built("cairnd"), "--json", "drill", "cas-race", "--control", timeout=240)
    assert json.loads(done.stdout)["lost"] > 0, done.stdout


def verify(fleet, *arguments, check=True):
    return run(built("cairnd"), "verify-history", "--config", fleet.masters[0].config, *arguments, check=check)


def test_history_is_proved_offline_and_a_forged_row_is_found(fleet, bucket, tmp_path):
    for number in range(20):
        master = fleet.masters[number % 2]
        s3.client(master, fleet.access_key, fleet.secret_key).put_object(Bucket=bucket, Key=f"k{number}", Body=b"x")
    verify(fleet, "--bucket", f"demo/{bucket}")
    export = tmp_path / "history.jsonl"
    verify(fleet, "--bucket", f"demo/{bucket}", "--export", export)
    whole = export.read_text().splitlines()
    assert len(whole) > 20
    middle = len(whole) // 2
    for name, lines in {"missing": whole[:middle] + whole[middle + 1:], "doubled": whole[:middle] + [whole[middle]] + whole[middle:],
                        "forged": whole[:middle] + [whole[middle].replace('"version":', '"version":1', 1)] + whole[middle + 1:]}.items():
        changed = tmp_path / name
        changed.write_text("\n".join(lines) + "\n")
        assert verify(fleet, "--from", changed, check=False).returncode == 1, name
    assert verify(fleet, "--from", export).returncode == 0
