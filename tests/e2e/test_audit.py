"""cairnd audit: rows written by the second implementation are a whole log; whatever is done to them is found and named."""

import contextlib
import json
import pathlib
import sqlite3
import subprocess
import sys

import pytest

from conftest import running_fleet

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "formats"))
import audit  # noqa: E402

COLUMNS = ("sequence", "at", "who", "action", "what", "signature", "message", "from", "outcome", "previous", "hash")


@pytest.fixture(scope="module")
def fleet():
    """A master at work."""
    yield from running_fleet(masters=1)


@pytest.fixture(scope="module")
def node(fleet):
    return fleet.masters[0]


def ask(node, *words):
    """(exit code, what it printed, what it said on standard error)"""
    done = subprocess.run(node.command("audit", *words), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def verify(node, *words):
    code, text, _ = ask(node, "verify", "--json", *words)
    return code, json.loads(text)


@pytest.fixture()
def log(fleet, tmp_path):
    """A copy of the registry with 20 rows, as a program writes them that knows only the document; (file, rows)."""
    file = tmp_path / "registry.sqlite"
    rows = []
    with contextlib.closing(sqlite3.connect(fleet.directory / "registry.sqlite")) as source, contextlib.closing(sqlite3.connect(file)) as to:
        source.backup(to)
        for number in range(20):
            row = audit.following(rows, at=1700000000000 + number, who="0x" + 40 * "a", action="key.create",
                                  what=json.dumps({"id": f"k{number}"}), signature=bytes(65), message="{}",
                                  outcome="done" if number % 2 else "refused: \x1b[2J\x9b\u202eé\U0001f511", **{"from": "192.0.2.1:4000"})
            to.execute(f"INSERT INTO audit VALUES ({','.join('?' * len(COLUMNS))})", [row[name] for name in COLUMNS])
            rows.append(row)
        to.commit()
    return file, rows


def tamper(file, *statements):
    """With the rights of whoever owns the file."""
    with contextlib.closing(sqlite3.connect(file)) as db:
        for trigger in ("audit_appended", "audit_unchanged", "audit_kept"):
            db.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for statement in statements:
            db.execute(*statement) if isinstance(statement, tuple) else db.execute(statement)
        db.commit()


def test_a_fresh_registry_has_no_rows(node):
    assert ask(node, "verify") == (0, "audit log: no rows\n", "")
    assert ask(node, "list") == (0, "", "")


def test_rows_by_the_document_verify_and_are_listed_as_written(node, log):
    file, rows = log
    code, found = verify(node, "--registry", file)
    assert code == 0 and found == {"rows": 20, "last": 20, "hash": rows[-1]["hash"].hex(), "unbroken": True}
    code, text, _ = ask(node, "verify", "--registry", file)
    assert code == 0 and text == f"audit log: 20 rows, chain unbroken; it ends at 20:{rows[-1]['hash'].hex()}\n"
    code, text, _ = ask(node, "list", "--json", "--registry", file)
    listed = [json.loads(line) for line in text.splitlines()]
    assert code == 0
    for row in listed:
        row |= {name: bytes.fromhex(row[name]) for name in ("signature", "previous", "hash")}
    assert listed == rows


def test_list_shows_the_newest_or_from_a_row_and_nothing_that_moves_a_cursor(node, log):
    file, _ = log
    _, text, _ = ask(node, "list", "--registry", file, "--limit", "3")
    assert [line.split()[0] for line in text.splitlines()] == ["18", "19", "20"]
    assert "2023-11-14T22:13:20.019Z" in text and '{"id": "k19"}' in text
    assert "refused: \\u001b[2J\\u009b\\u202eé\U0001f511" in text and not {"\x1b", "\x9b", "\u202e"} & set(text)
    _, text, _ = ask(node, "list", "--registry", file, "--from", "2", "--limit", "2")
    assert [line.split()[0] for line in text.splitlines()] == ["2", "3"]


@pytest.mark.parametrize("fault, sequence, statement", [
    ("forged", 7, "UPDATE audit SET outcome = 'done ' WHERE sequence = 7"),
    ("forged", 7, "UPDATE audit SET at = at + 1 WHERE sequence = 7"),
    ("missing", 7, "DELETE FROM audit WHERE sequence = 7"),
    ("missing", 1, "DELETE FROM audit WHERE sequence < 3"),
    ("forged", 7, "UPDATE audit SET sequence = CASE sequence WHEN 7 THEN -8 WHEN 8 THEN -7 END WHERE sequence IN (7, 8)"),
])
def test_a_changed_row_is_named(node, log, fault, sequence, statement):
    file, _ = log
    tamper(file, statement, "UPDATE audit SET sequence = -sequence WHERE sequence < 0")
    code, found = verify(node, "--registry", file)
    assert code == 1 and not found["unbroken"]
    assert (found["fault"], found["sequence"]) == (fault, sequence), found
    code, text, _ = ask(node, "verify", "--registry", file)
    assert code == 1 and text.startswith(f"audit log: {fault} at row {sequence}: ")


def test_what_was_noted_elsewhere_finds_a_log_cut_off_or_made_anew(node, log):
    file, rows = log
    noted = f"20:{rows[-1]['hash'].hex()}"
    assert verify(node, "--registry", file, "--expect", noted)[0] == 0
    assert verify(node, "--registry", file, "--expect", f"3:{rows[2]['hash'].hex()}")[0] == 0
    last = audit.following(rows[:19], **{name: rows[19][name] for name in audit.FIELDS if name not in ("sequence", "previous")} |
                           {"outcome": "made anew"})
    tamper(file, ("UPDATE audit SET outcome = ?, hash = ? WHERE sequence = 20", (last["outcome"], last["hash"])))
    assert verify(node, "--registry", file)[0] == 0
    code, found = verify(node, "--registry", file, "--expect", noted)
    assert code == 1 and (found["fault"], found["sequence"]) == ("forged", 20)
    tamper(file, "DELETE FROM audit WHERE sequence > 15")
    assert verify(node, "--registry", file)[0] == 0
    code, found = verify(node, "--registry", file, "--expect", noted)
    assert code == 1 and (found["fault"], found["sequence"]) == ("missing", 20)


def test_mistakes_are_named(node, tmp_path):
    code, _, error = ask(node, "verify", "--registry", tmp_path / "nowhere")
    assert code == 1 and "there is no registry file" in error and not (tmp_path / "nowhere").exists()
    done = subprocess.run(node.command("verify-history", "--registry", tmp_path / "nowhere"), capture_output=True, text=True)
    assert done.returncode == 1 and "there is no registry file" in done.stderr and not (tmp_path / "nowhere").exists()
    code, _, error = ask(node, "verify", "--expect", "20")
    assert code == 1 and "--expect 20" in error
    assert ask(node)[0] == 2
    assert "that no row was changed" in ask(node, "--help")[1]
