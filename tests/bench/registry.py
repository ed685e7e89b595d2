"""What a flip costs on PostgreSQL: flips a second against pgbench's plain prepared upsert of the same row, with as many
connections, in turns on the same server. pgbench has one caller a connection; flips are measured with BUCKETS callers a
connection, as masters run, where what queues goes together as one statement, and with one a connection, where nothing queues."""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "resources/dev"))
from postgres import BINARIES, Postgres  # noqa: E402

WANTED = 0.7
CONNECTIONS = (1, 4, 8)
BUCKETS = 4  # for each connection, with a flip of each in flight
PLAIN = """CREATE TABLE plain_roots (owner_id TEXT, bucket TEXT, root_cid TEXT, version BIGINT, updated_at TIMESTAMPTZ, PRIMARY KEY (owner_id, bucket))"""
UPSERT = """\\set n random(1, {rows})
INSERT INTO plain_roots AS r VALUES ('bench', 'b' || :n, 'bafyreib' || :n, 1, now()) ON CONFLICT (owner_id, bucket)
DO UPDATE SET root_cid = excluded.root_cid, version = r.version + 1, updated_at = excluded.updated_at;
"""


def plain(server, directory, connections, seconds):
    script = directory / "upsert.sql"
    script.write_text(UPSERT.format(rows=BUCKETS * connections))
    done = subprocess.run([BINARIES / "pgbench", "-n", "-M", "prepared", "-f", script, "-c", str(connections), "-j", str(min(connections, 2)),
                           "-T", str(seconds), "-h", server.directory, "-U", "postgres", "postgres"], capture_output=True, text=True, check=True,
                          env={**os.environ, "PGPASSWORD": server.password})
    return float(re.search(r"^tps = ([\d.]+)", done.stdout, re.M).group(1))


def flips(binary, url_file, connections, callers, seconds):
    done = subprocess.run([binary, url_file, str(connections), str(callers), str(seconds)], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["not_won"] == 0, report
    return report["flips_per_second"]


def registry(options, directory, loader):
    seconds, binary = max(1, round(options.seconds)), pathlib.Path(options.bin, "registry_bench")
    server, rows = Postgres(), []
    url_file = directory / "registry.url"
    try:
        server.start()
        server.sql(PLAIN)
        migrations = pathlib.Path(__file__).resolve().parents[2] / "daemon/registry/postgres/migrations"
        for number, migration in enumerate(sorted(migrations.glob("*.up.sql")), 1):
            server.sql(migration.read_text() + f"; UPDATE fleet SET schema_version = {number}")
        url_file.touch(mode=0o600)
        url_file.write_text(server.url)
        for connections in CONNECTIONS:
            for callers in (BUCKETS * connections, connections):
                pairs = []
                for _ in range(max(3, options.rounds)):
                    pairs.append((plain(server, directory, connections, seconds), flips(binary, url_file, connections, callers, seconds)))
                ratio = statistics.median(ours / theirs for theirs, ours in pairs)
                rows.append({"connections": connections, "callers": callers, "upserts": statistics.median(p for p, _ in pairs),
                             "flips": statistics.median(f for _, f in pairs), "ratio": ratio, "pass": ratio >= WANTED})
    finally:
        server.stop()
    print("| connections | callers | pgbench's upserts a second | flips a second | ratio, median of rounds | wanted | |\n|---|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['connections']} | {row['callers']} | {row['upserts']:,.0f} | {row['flips']:,.0f} | {row['ratio']:.2f} | {WANTED} | {'met' if row['pass'] else 'not met'} |")
    return {"table": rows}, all(row["pass"] for row in rows)
