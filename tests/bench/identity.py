"""What it costs to know who calls: one program, all figures in turns in one run, by the clock of its own processor time."""

import json
import pathlib
import subprocess

# name: (what, the most nanoseconds, the least share of libsecp256k1's recovery in the same run)
WANTED = {
    "v1-new": ("token never seen, version 1", 1e9 / 15_000, 0.8),
    "v2-new": ("token never seen, version 2", 1e9 / 15_000, 0.8),
    "v1-seen": ("token seen before, version 1", 2_000, None),
    "v2-seen": ("token seen before, version 2", 2_000, None),
    "sigv4-head": ("SigV4, head alone", None, None),
    "sigv4-4096": ("SigV4, a put of 4 KiB", 15_000, None),
    "session-4096": ("SigV4 by session credentials, a put of 4 KiB", 15_000, None),
}


def rows(measured):
    """The table from what the program printed, least times; and whether each mark is met."""
    raw = measured["recovery"]["least_ns"]
    for name, (what, most, share) in WANTED.items():
        least = measured[name]["least_ns"]
        met = (most is None or least <= most) and (share is None or raw / least >= share)
        yield {"what": what, "us": least / 1000, "median_us": measured[name]["median_ns"] / 1000, "per_second": 1e9 / least,
               "of_recovery": raw / least if share else None, "most_us": most and most / 1000, "share": share,
               "pass": None if most is None else met}


def markdown(table, recovery):
    yield f"libsecp256k1's recovery in this run: {1e9 / recovery['least_ns']:,.0f}/s ({recovery['least_ns'] / 1000:.1f} us)\n"
    yield "| figure | least | median | a second | of recovery | wanted | |"
    yield "|---|---|---|---|---|---|---|"
    for row in table:
        wanted = [f"{1e6 / row['most_us']:,.0f}/s and {row['share']}" if row["share"] else f"{row['most_us']:.0f} us"] if row["most_us"] else [""]
        yield (f"| {row['what']} | {row['us']:.2f} us | {row['median_us']:.2f} us | {row['per_second']:,.0f} | "
               f"{'' if row['of_recovery'] is None else format(row['of_recovery'], '.2f')} | {wanted[0]} | "
               f"{ {True: 'met', False: 'not met', None: ''}[row['pass']]} |")


def identity(options, directory, loader):
    done = subprocess.run([pathlib.Path(options.bin, "auth_bench")], capture_output=True, text=True, check=True, timeout=300)
    measured = {}
    for line in done.stdout.splitlines():
        row = json.loads(line)
        measured[row.pop("name")] = row
    table = list(rows(measured))
    print("\n".join(markdown(table, measured["recovery"])))
    return {"measured": measured, "table": table}, all(row["pass"] is not False for row in table)
