"""cairnd audit: rows written by the second implementation are a whole log; whatever is done to them is found and named, also
where the chain was made anew from some row on."""

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
import wallet  # noqa: E402

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
            row = audit.following(rows, at=1700000000000 + number, who="m1", action="key.create",
                                  what=json.dumps({"id": f"k{number}"}), signature=b"", message="",
                                  outcome="done" if number % 2 else "refused: \x1b[2J\x9b\u202eé\U0001f511", **{"from": "192.0.2.1:4000"})
            to.execute(f"INSERT INTO audit VALUES ({','.join('?' * len(COLUMNS))})", [row[name] for name in COLUMNS])
            rows.append(row)
        to.commit()
    return file, rows


ADMIN, WORKER, EVE = 1001, 1002, 1003
NOW = 1700000000000


def fleet_of(file):
    with contextlib.closing(sqlite3.connect(file)) as db:
        return db.execute("SELECT id FROM fleet").fetchone()[0]


def role(key, given):
    return {"wallet": wallet.address(key), "role": given}


def signed_rows(fleet_id):
    """An admin whom a command named, an operator whom he made, and what they did; each made from those before it."""
    def act(key, name, parameters, **more):
        return lambda rows: audit.action_row(rows, key, name, parameters, NOW + len(rows), fleet_id, bytes([len(rows)]) * 32, **more)

    def command(action, what):
        return lambda rows: audit.following(rows, at=NOW + len(rows), who="m1", action=action, what=json.dumps(what), signature=b"",
                                            message="", outcome="done", **{"from": ""})
    return [command("operator.first", role(ADMIN, "admin")), act(ADMIN, "SetOperator", role(WORKER, "operator")),
            command("key.create", {"id": "k"}), act(WORKER, "RevokeTokens", {"wallet": wallet.address(EVE), "upTo": 1}),
            act(EVE, "RevokeOwnTokens", {"wallet": wallet.address(EVE), "upTo": 2}),
            act(ADMIN, "RotateSharedKey", {"purpose": "session"}, made={"id": "0011223344556677"}),
            act(WORKER, "SetOperator", role(EVE, "admin"), outcome="refused: too little a role"),
            act(ADMIN, "SetOperator", role(WORKER, "none"))]


def chained(makers):
    rows = []
    for make in makers:
        rows.append(make(rows))
    return rows


def keep(file, rows):
    tamper(file, "DELETE FROM audit")
    with contextlib.closing(sqlite3.connect(file)) as db:
        for row in rows:
            db.execute(f"INSERT INTO audit VALUES ({','.join('?' * len(COLUMNS))})", [row[name] for name in COLUMNS])
        db.commit()


def changed(make, **what):
    """The row with something else in it, as whoever makes the chain anew would write it."""
    def remade(rows):
        row = {**make(rows), **what}
        return row | {"hash": audit.hash_of(row)}
    return remade


def forged(fleet_id):
    """name: (what would be makers of a whole log, the row that gives it away)"""
    good = signed_rows(fleet_id)

    def at(number, make):
        return good[:number - 1] + [make] + good[number:]

    def by(key, name, parameters):
        return lambda rows: audit.action_row(rows, key, name, parameters, NOW, fleet_id, b"\x77" * 32)
    more = json.dumps(role(EVE, "operator"), separators=(",", ":"))
    return {
        "another wallet got the role": (at(2, changed(good[1], what=more)), 2),
        "somebody else did it": (at(4, changed(good[3], who=wallet.address(ADMIN))), 4),
        "another action": (at(4, changed(good[3], action="key.delete")), 4),
        "what was refused was done": (at(7, changed(good[6], outcome="done")), 7),
        "it was long ago": (at(2, changed(good[1], at=NOW - 3 * 86400000)), 2),
        "no signature": (at(2, changed(good[1], signature=b"", message="")), 2),
        "no signature, by a master": (at(2, changed(good[1], signature=b"", message="", who="m1")), 2),
        "a key of his own": (at(3, by(EVE, "SetOperator", role(EVE, "admin"))), 3),
        "an operator's, for what admins do": (at(3, by(WORKER, "SetOperator", role(EVE, "admin"))), 3),
        "a second first admin": (at(3, lambda rows: changed(good[0])(rows)), 3),
        "a second claim": (at(3, by(EVE, "ClaimAdmin", {"wallet": wallet.address(EVE)})), 3),
        "the same message again": (good[:4] + [lambda rows: changed(good[3], **{f: rows[3][f] for f in ("message", "signature")})(rows)], 5),
        "a row less, and with it a role": (good[:1] + good[2:], 3),
    }


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
    assert code == 0 and found == {"rows": 20, "last": 20, "hash": rows[-1]["hash"].hex(), "signed": 0, "firstAdmin": None, "unbroken": True}
    code, text, _ = ask(node, "verify", "--registry", file)
    assert code == 0 and text == f"audit log: 20 rows, chain unbroken; it ends at 20:{rows[-1]['hash'].hex()}\n0 rows are signed by the wallets that they name\n"
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


def test_signed_rows_verify_and_say_who_the_first_admin_was(node, log):
    file, _ = log
    rows = chained(signed_rows(fleet_of(file)))
    assert audit.first_fault(rows, fleet_of(file)) is None
    keep(file, rows)
    code, found = verify(node, "--registry", file)
    assert code == 0, found
    assert (found["rows"], found["signed"], found["firstAdmin"]) == (8, 6, wallet.address(ADMIN))
    assert "6 rows are signed by the wallets that they name; the first admin was 0x" in ask(node, "verify", "--registry", file)[1]


def test_a_chain_made_anew_is_found_by_its_signatures(node, log):
    file, _ = log
    fleet_id = fleet_of(file)
    for name, (makers, sequence) in forged(fleet_id).items():
        rows = chained(makers)
        assert audit.first_fault(rows, fleet_id)[0] == sequence, name
        keep(file, rows)
        code, found = verify(node, "--registry", file)
        assert code == 1 and (found.get("fault"), found.get("sequence")) == ("forged", sequence), (name, found)


def test_mistakes_are_named(node, tmp_path):
    code, _, error = ask(node, "verify", "--registry", tmp_path / "nowhere")
    assert code == 1 and "there is no registry file" in error and not (tmp_path / "nowhere").exists()
    done = subprocess.run(node.command("verify-history", "--registry", tmp_path / "nowhere"), capture_output=True, text=True)
    assert done.returncode == 1 and "there is no registry file" in done.stderr and not (tmp_path / "nowhere").exists()
    code, _, error = ask(node, "verify", "--expect", "20")
    assert code == 1 and "--expect 20" in error
    assert ask(node)[0] == 2
    assert "that no row was changed" in ask(node, "--help")[1]
