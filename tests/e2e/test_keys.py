"""Access keys in the registry: when they were used, what they are bound to, and rows that cannot be read."""

import json
import sqlite3
import time
import urllib.request

import pytest
from conftest import running_fleet

from lib import bad_requests, s3, watch
from lib.wallets import Wallet, assume, bearer, cairnd, client, refused


def known(master, made):
    """Masters hear of a key within two seconds, each by itself."""
    there = s3.client(master, made["id"], made["secret"])
    watch.followed("the key is known", time.monotonic(), lambda: refused(there.list_buckets), ["InvalidAccessKeyId"], [None, "AccessDenied"])


def make_key(master, *options, owner="demo"):
    made = json.loads(cairnd("--json", "key", "create", "--owner", owner, *options, "--config", master.config).stdout)
    made["client"] = s3.client(master, made["id"], made["secret"])
    known(master, made)
    return made


def listed(master):
    """(access keys, shared keys) by id."""
    rows = [json.loads(line) for line in cairnd("--json", "key", "list", "--config", master.config).stdout.splitlines()]
    return {r["id"]: r for r in rows if "id" in r}, {r["sharedKey"]: r for r in rows if "sharedKey" in r}


def registry(fleet, sql, *arguments):
    """As a program that may write the registry and has no key-encryption key."""
    connection = sqlite3.connect(fleet.directory / "registry.sqlite", isolation_level=None, timeout=20)
    try:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        return connection.execute(sql, arguments).fetchall()
    finally:
        connection.close()


def unreadable(master):
    with urllib.request.urlopen(f"http://{master.api}/metrics", timeout=10) as answer:
        return next(float(line.split()[1]) for line in answer.read().decode().splitlines()
                    if line.startswith("cairn_identity_rows_unreadable "))


def test_last_used(wallets):
    one, two = wallets.masters
    idle, made = make_key(one), make_key(one)
    known(two, idle)
    known(two, made)
    stranger = s3.client(two, idle["id"], "not the secret")
    began = time.time() * 1000
    assert refused(stranger.list_buckets) == "SignatureDoesNotMatch"
    s3.client(two, made["id"], made["secret"]).list_buckets()
    watch.until("the use is noted", lambda: listed(one)[0][made["id"]]["lastUsedAt"] >= began - 1000, 60)
    keys, _ = listed(two)
    assert keys[made["id"]]["lastUsedAt"] <= time.time() * 1000
    assert keys[idle["id"]]["lastUsedAt"] < began, "who does not know the secret has not used it"
    assert "last used" in cairnd("key", "list", "--config", one.config).stdout


def test_uses_are_written_when_a_master_drains():
    for fleet in running_fleet(masters=1):
        (master,) = fleet.masters
        made = make_key(master)
        made["client"].list_buckets()
        began = time.time() * 1000
        made["client"].list_buckets()
        master.terminate()
        assert not master.wait()
        assert listed(master)[0][made["id"]]["lastUsedAt"] >= began - 1000


@pytest.mark.parametrize("column, value", [("owner_id", "eve"), ("scope", ""), ("expires_at", 0)])
def test_a_key_is_bound_to_what_it_is_good_for(wallets, column, value):
    one, two = wallets.masters
    made = make_key(one, "--bucket", "bound", "--seconds", "3600")
    revision = registry(wallets, "SELECT max(revision) FROM identity_revision")[0][0]
    registry(wallets, f"UPDATE access_keys SET {column} = ?, revision = ? WHERE id = ?", value, revision + 1, made["id"])
    registry(wallets, "UPDATE identity_revision SET revision = ?", revision + 1)
    since = time.monotonic()
    for master in (one, two):
        changed = s3.client(master, made["id"], made["secret"])
        watch.followed("the changed row opens nothing", since, lambda c=changed: refused(c.list_buckets), [None, "AccessDenied"],
                       ["InvalidAccessKeyId"])
    report = cairnd("--json", "key", "reseal", "--config", one.config, check=False)
    assert report.returncode == 1 and json.loads(report.stdout)["failed"] == 1, "nor is it sealed as good"
    cairnd("key", "delete", made["id"], "--config", one.config)


def test_keys_are_sealed_anew_and_the_old_shared_key_retires(wallets):
    one, two = wallets.masters
    made = make_key(one)
    sealing = next(i for i, k in listed(one)[1].items() if k["purpose"] == "access-key" and not k["retired"])
    refusal = cairnd("key", "retire", sealing, "--config", one.config, check=False)
    assert refusal.returncode == 1 and "cairnd key reseal" in refusal.stderr
    cairnd("key", "rotate", "access-key", "--config", one.config)
    report = json.loads(cairnd("--json", "key", "reseal", "--config", two.config).stdout)
    assert report["resealed"] >= 1
    assert json.loads(cairnd("--json", "key", "reseal", "--config", two.config).stdout)["resealed"] == 0
    cairnd("key", "retire", sealing, "--config", one.config)
    watch.until("masters know", lambda: refused(s3.client(two, made["id"], made["secret"]).list_buckets) is None, 60)
    for master in (one, two):
        master.terminate()
        assert not master.wait()
        master.start()
        assert refused(s3.client(master, made["id"], made["secret"]).list_buckets) is None
    assert "key.reseal" in cairnd("audit", "list", "--config", one.config).stdout


def test_a_row_that_cannot_be_read_stops_nobody_else(wallets, wallet, tmp_path):
    one, two = wallets.masters
    other = Wallet(tmp_path, "other")
    token, others = wallet.issue(one), other.issue(one)
    session = client(two, assume(two, token))
    spoilt, good = make_key(one), make_key(one)
    shown = [lambda m=m: bearer(m, token, "GET", "/")[0] for m in (one, two)]
    assert [call() for call in shown] == [200, 200]
    (revision,) = registry(wallets, "SELECT revision FROM identity_revision")[0]
    registry(wallets, "INSERT INTO revocations (wallet, up_to, revision) VALUES (?, 'x', ?)", wallet.address, revision + 1)
    registry(wallets, "UPDATE access_keys SET label = x'00', revision = ? WHERE id = ?", revision + 1, spoilt["id"])
    registry(wallets, "UPDATE identity_revision SET revision = ?", revision + 1)
    since = time.monotonic()
    for call in shown:
        watch.followed("a revocation that cannot be read counts for its wallet", since, call, [200], [403])
    watch.followed("and for its sessions", since, lambda: refused(session.list_buckets), [None], ["InvalidToken"])
    watch.followed("the key is gone", since, lambda: refused(spoilt["client"].list_buckets), [None], ["InvalidAccessKeyId"])
    assert bearer(one, others, "GET", "/")[0] == 200 and refused(good["client"].list_buckets) is None
    assert unreadable(one) == 2
    log = one.log.read_text()
    assert wallet.address in log and spoilt["id"] in log and spoilt["secret"] not in log
    (tmp_path / "token").write_text(token)
    inspected = cairnd("token", "inspect", tmp_path / "token", "--registry", wallets.directory / "registry.sqlite", check=False)
    assert inspected.returncode == 1 and "cannot be read" in inspected.stdout
    registry(wallets, "DELETE FROM revocations WHERE wallet = ?", wallet.address)
    registry(wallets, "UPDATE access_keys SET label = '' WHERE id = ?", spoilt["id"])
    since = time.monotonic()
    for call in shown:
        watch.followed("what was mended is taken again", since, call, [403], [200])
    watch.followed("the key too", since, lambda: refused(spoilt["client"].list_buckets), ["InvalidAccessKeyId"], [None])
    assert unreadable(one) == 0


def test_a_shared_key_that_cannot_be_read_opens_nothing_until_it_is_mended(wallets, wallet):
    one, two = wallets.masters
    session = client(two, assume(two, wallet.issue(one)))
    made = make_key(one)
    secret = json.loads(cairnd("--json", "key", "rotate", "jwt", "--config", one.config).stdout)
    text = bad_requests.token({"sub": "demo", "exp": 4_000_000_000}, secret["secret"])
    ways = [lambda: refused(session.list_buckets) is None, lambda: refused(made["client"].list_buckets) is None,
            *(lambda m=m: bearer(m, text, "GET", "/")[0] == 200 for m in (one, two))]
    for way in ways:
        watch.until("it opens", way, 60)
    purposes = dict(registry(wallets, "SELECT id, purpose FROM shared_keys"))
    (revision,) = registry(wallets, "SELECT revision FROM identity_revision")[0]
    registry(wallets, "UPDATE shared_keys SET purpose = x'00', revision = ? WHERE purpose IN ('session', 'access-key', 'jwt')", revision + 1)
    registry(wallets, "UPDATE identity_revision SET revision = ?", revision + 1)
    for way in ways:
        watch.until("a shared key that cannot be read opens nothing", lambda w=way: not w(), 60)
    assert unreadable(one) == sum(p in ("session", "access-key", "jwt") for p in purposes.values())
    assert secret["sharedKey"] in one.log.read_text() and secret["secret"] not in one.log.read_text()
    for key, purpose in purposes.items():
        registry(wallets, "UPDATE shared_keys SET purpose = ? WHERE id = ?", purpose, key)
    for way in ways:
        watch.until("it opens again", way, 60)
    assert unreadable(one) == 0


def test_commands_make_no_registry(wallets, wallet, tmp_path):
    one, _ = wallets.masters
    config = tmp_path / "cairnd.toml"
    config.write_text(one.config.read_text().replace("registry.sqlite", "no-such.sqlite"))
    for words in (("key", "list"), ("key", "create", "--owner", "demo"), ("key", "rotate", "session"), ("key", "reseal"),
                  ("key", "disable", "x"), ("token", "revoke", "--wallet", wallet.address)):
        done = cairnd(*words, "--config", config, check=False)
        assert done.returncode == 1 and "there is no registry file" in done.stderr, words
    assert not list(wallets.directory.glob("no-such*"))


def test_a_wallet_signs_for_the_fleet_that_it_knows(wallets, wallet, tmp_path):
    one, two = wallets.masters
    first = cairnd("token", "issue", "--key", wallet.file, "--api", one.api)
    assert "from now on" in first.stderr and first.stdout.startswith("cairn-eip712.")
    assert cairnd("token", "issue", "--key", wallet.file, "--api", two.api).stderr == ""
    fleet = wallet.message(one)["fleet"]
    for other in running_fleet(masters=1, settings={"auth": {"eip712": True}}):
        (stranger,) = other.masters
        refusal = cairnd("token", "issue", "--key", wallet.file, "--api", stranger.api, check=False)
        assert refusal.returncode == 1 and not refusal.stdout and fleet in refusal.stderr and "--fleet" in refusal.stderr
        assert cairnd("token", "issue", "--key", wallet.file, "--api", stranger.api, "--fleet", fleet, check=False).returncode == 1
        theirs = wallet.message(stranger)["fleet"]
        named = cairnd("token", "issue", "--key", wallet.file, "--api", stranger.api, "--fleet", theirs)
        assert bearer(stranger, named.stdout.strip(), "GET", "/")[0] == 200 and named.stderr == ""
    refusal = cairnd("token", "issue", "--key", wallet.file, "--api", stranger.api, check=False)
    assert refusal.returncode == 1
    assert cairnd("token", "issue", "--key", wallet.file, "--api", one.api).stderr == "", "naming another one once changes nothing"
