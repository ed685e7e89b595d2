"""A wallet voids its own tokens and grants on any master, by a message that it signs, and nobody else's."""

import json
import time
import urllib.error
import urllib.request

import pytest

from lib import watch
from lib.operators import Operator
from lib.wallets import bearer, cairnd


@pytest.fixture()
def owner(wallets, tmp_path):
    """A wallet with an object in a bucket of its own."""
    made = Operator(tmp_path, "owner")
    one = wallets.masters[0]
    made.bucket = "of-" + made.address[2:12]
    token = made.issue(one)
    made.fleet = made.message(one)["fleet"]
    assert bearer(one, token, "PUT", f"/{made.bucket}")[0] == 200
    assert bearer(one, token, "PUT", f"/{made.bucket}/k", b"v")[0] == 200
    return made


def grant(wallet):
    return json.loads(cairnd("--json", "grant", "create", "--key", wallet.file, "--fleet", wallet.fleet, "--bucket", wallet.bucket).stdout)


def read(master, wallet, made):
    try:
        with urllib.request.urlopen(f"http://{master.s3}/{wallet.bucket}/k?x-cairn-grant={made['grant']}", timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def revoke(master, request, method="POST"):
    """(status, decoded answer)"""
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    asked = urllib.request.Request(f"http://{master.s3}/.cairn/v1/revoke", data=body if method == "POST" else None, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read()
        return error.code, json.loads(text) if text.startswith(b"{") else text


def log(master):
    return [json.loads(line) for line in cairnd("--json", "audit", "list", "--limit", "1000", "--config", master.config).stdout.splitlines()]


def by(wallet, master, *words, check=True):
    return cairnd(*words, "--master", f"http://{master.s3}", "--key", wallet.file, check=check)


def test_a_wallets_tokens_end_on_every_master(wallets, owner):
    one, two = wallets.masters
    token, shared = owner.issue(one), grant(owner)
    for master in (one, two):
        assert bearer(master, token, "GET", f"/{owner.bucket}/k")[0] == 200 and read(master, owner, shared) == 200
    now = int(time.time())
    said = by(owner, two, "token", "revoke", "--up-to", now)
    since = time.monotonic()
    assert "token.revoke" in said.stdout and "message.upTo" in said.stderr, "it is shown before it is signed"
    for master in (one, two):
        watch.followed("the token is refused", since, lambda m=master: bearer(m, token, "GET", f"/{owner.bucket}/k")[0], [200], [403])
        watch.followed("and the wallet's grant", since, lambda m=master: read(m, owner, shared), [200], [403])
    assert "it was so already" in by(owner, one, "token", "revoke", "--up-to", now).stdout
    rows = [row for row in log(one) if row["who"] == owner.address]
    assert [(r["action"], json.loads(r["what"]), r["outcome"]) for r in rows] == [
        ("token.revoke", {"wallet": owner.address, "upTo": now}, "done")]
    assert cairnd("audit", "verify", "--config", one.config).returncode == 0


def test_one_grant_ends_and_the_others_go_on(wallets, owner, tmp_path):
    one, two = wallets.masters
    by_file, by_digest, other = grant(owner), grant(owner), grant(owner)
    (tmp_path / "grant").write_text(by_file["grant"])
    by(owner, one, "grant", "revoke", "--grant", tmp_path / "grant")
    by(owner, one, "grant", "revoke", "--digest", by_digest["digest"])
    mistaken = by(Operator(tmp_path, "other"), one, "grant", "revoke", "--grant", tmp_path / "grant", check=False)
    assert mistaken.returncode == 1 and "a wallet revokes what it signed itself" in mistaken.stderr
    since = time.monotonic()
    for master in (one, two):
        for made in (by_file, by_digest):
            watch.followed("the grant is refused", since, lambda m=master, g=made: read(m, owner, g), [200], [403])
        assert read(master, owner, other) == 200
    report = json.loads(cairnd("--json", "grant", "inspect", tmp_path / "grant", "--registry", wallets.directory / "registry.sqlite",
                               check=False).stdout)
    assert not report["good"] and "revoked" in report["why"]


def test_nobody_voids_anothers(wallets, owner, tmp_path):
    one, two = wallets.masters
    token, shared = owner.issue(one), grant(owner)
    stranger = Operator(tmp_path, "stranger")
    before = len(log(one))
    now = int(time.time())
    forged = stranger.sign(owner.fleet, "RevokeOwnTokens", {"wallet": owner.address, "upTo": now})
    assert revoke(one, forged)[0] == 400
    assert revoke(one, stranger.sign(owner.fleet, "RevokeOwnGrant", {"wallet": owner.address, "grant": "0x" + shared["digest"]}))[0] == 400
    genuine = owner.sign(owner.fleet, "RevokeOwnTokens", {"wallet": owner.address, "upTo": 1})
    assert revoke(one, {**genuine, "parameters": {"wallet": owner.address, "upTo": now}})[0] == 400, "not what was signed"
    assert revoke(one, stranger.sign(owner.fleet, "RevokeTokens", {"wallet": owner.address, "upTo": now}))[0] == 403
    assert revoke(two, owner.sign("another", "RevokeOwnTokens", {"wallet": owner.address, "upTo": now}))[0] == 400
    assert revoke(two, owner.sign(owner.fleet, "RevokeOwnTokens", {"wallet": owner.address, "upTo": now + 9999}))[0] == 400
    for malformed in (b"", b"{}", b"[]", b'{"action":1}', b"x" * 20000):
        assert revoke(one, malformed)[0] in (400, 413), malformed[:20]
    assert revoke(one, b"", method="GET")[0] == 405
    assert len(log(one)) == before
    # The digest of somebody else's grant, said of oneself: it is taken and voids nothing of his.
    assert revoke(one, stranger.sign(owner.fleet, "RevokeOwnGrant", {"wallet": stranger.address, "grant": "0x" + shared["digest"]}))[0] == 200
    mark = grant(owner)
    by(owner, one, "grant", "revoke", "--digest", mark["digest"])
    for master in (one, two):
        watch.until("masters have read on", lambda m=master: read(m, owner, mark) == 403, 60)
        assert read(master, owner, shared) == 200 and bearer(master, token, "GET", f"/{owner.bucket}/k")[0] == 200


def test_the_same_message_counts_once_and_a_wallets_rows_are_bounded(wallets, owner):
    one, two = wallets.masters
    before = len(log(one))
    first = owner.sign(owner.fleet, "RevokeOwnTokens", {"wallet": owner.address, "upTo": 100})
    status, row = revoke(one, first)
    assert status == 200 and row["outcome"] == "done"
    status, again = revoke(two, first)
    assert status == 200 and (again == row or again["outcome"] == "stands"), again
    answers = [revoke((one, two)[n % 2], owner.sign(owner.fleet, "RevokeOwnTokens", {"wallet": owner.address, "upTo": 101 + n}))
               for n in range(45)]  # more than two days have room for, should one end here
    assert answers[0][0] == 200 and answers[-1][0] == 403 and "this wallet today" in answers[-1][1]["error"]["message"]
    assert len(log(one)) - before <= 40


def test_where_wallets_are_off_there_is_no_such_page(one_master):
    status, said = revoke(one_master.masters[0], b"{}")
    assert status == 403 and b"<Code>AccessDenied</Code>" in said
