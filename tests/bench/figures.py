"""The figures that Cairn promises against MinIO on the same machine in the same run, and the table of them."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Figure:
    name: str
    op: str
    size: int
    workers: int
    wanted: float  # Cairn's rate as a multiple of MinIO's
    objects: int = 2000
    masters: int = 1

    def arguments(self):
        return ["-op", self.op, "-size", str(self.size), "-c", str(self.workers), "-n", str(self.objects),
                f"-audit={'true' if self.size <= 1 << 20 else 'false'}"]


PUT_SMALL = Figure("put 4 KiB, 64 workers", "put", 4096, 64, 6.0)
GET_SMALL = Figure("get 4 KiB, 32 workers", "get", 4096, 32, 3.0)
LIST = Figure("list 5,000 keys, 4 workers", "list", 4096, 4, 8.0, objects=5000)
PUT_LARGE = Figure("put 32 MiB, 4 workers", "put", 32 << 20, 4, 1.2)
GET_LARGE = Figure("get 32 MiB, 4 workers", "get", 32 << 20, 4, 1.0, objects=8)
RACE = Figure("put 4 KiB, 64 workers, two masters, CAS, local + 1", "race", 4096, 64, 3.0, masters=2)

ONE_STORE = [PUT_SMALL, GET_SMALL, LIST, PUT_LARGE, GET_LARGE]
# What of MinIO a figure is held against, where it is not the same one.
AGAINST = {RACE.name: PUT_SMALL.name}


def median(reports):
    """The report of the median rate; what was lost or failed in any round counts."""
    ordered = sorted(reports, key=lambda r: r["per_second"])
    middle = dict(ordered[(len(ordered) - 1) // 2])
    for key in ("errors", "lost"):
        middle[key] = sum(r[key] for r in reports)
    middle["rounds"] = [round(r["per_second"], 1) for r in reports]
    return middle


def rows(peer, ours):
    """One row for each figure that was measured on both: dicts with ratio and verdict."""
    table = []
    for figure in ONE_STORE + [RACE]:
        theirs = peer.get(AGAINST.get(figure.name, figure.name))
        own = ours.get(figure.name)
        row = {"figure": figure.name, "wanted": figure.wanted, "peer": theirs, "cairn": own, "ratio": None, "pass": None}
        if theirs and own and theirs["per_second"]:
            row["ratio"] = own["per_second"] / theirs["per_second"]
            row["pass"] = row["ratio"] >= figure.wanted and own["lost"] == 0 and own["errors"] == 0
        table.append(row)
    return table


def _cell(report):
    if not report:
        return "-"
    return f"{report['per_second']:,.1f}/s p99 {report['p99_ms']:,.1f} ms" + (f" errors={report['errors']}" if report["errors"] else "")


def markdown(table):
    lines = ["| figure | MinIO | Cairn | ratio | wanted | |", "|---|---|---|---|---|---|"]
    for row in table:
        lost = f", lost={row['cairn']['lost']}" if row["cairn"] and row["cairn"]["acked"] else ""
        verdict = {True: "pass", False: "FAIL", None: "not measured"}[row["pass"]]
        ratio = f"{row['ratio']:.2f}x" if row["ratio"] is not None else "-"
        lines.append(f"| {row['figure']} | {_cell(row['peer'])} | {_cell(row['cairn'])}{lost} | {ratio} | >= {row['wanted']}x | {verdict} |")
    return "\n".join(lines)
