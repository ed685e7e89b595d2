"""Operators act by signed messages on any master: who may, what counts, and what is left of it."""

import json
import re
import secrets
import sqlite3
import time
import urllib.request

import pytest
from eth_account import Account

from conftest import running_fleet
from lib import s3, watch
from lib.operators import Operator, act, ask, code_of, typed, until_known
from lib.programs import BIN, run
from lib.wallets import Wallet, bearer, cairnd

EIP712 = {"auth": {"eip712": True}}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("operators")


@pytest.fixture(scope="module")
def operators():
    yield from running_fleet(masters=2, settings=EIP712)


@pytest.fixture(scope="module")
def admin(operators, place):
    """Who claimed the fleet at the first master."""
    one, two = operators.masters
    wallet = Operator(place, "admin")
    wrong = wallet.do(one, "operator", "claim", "--code-file", "-", stdin="0" * 32 + "\n", check=False)
    assert wrong.returncode == 1 and "not the code" in wrong.stderr
    assert wallet.do(two, "operator", "claim", "--code-file", "-", stdin=code_of(one), check=False).returncode == 1
    wallet.do(one, "operator", "claim", "--code-file", "-", stdin=code_of(one) + "\n")
    since = time.monotonic()
    for master in (one, two):
        until_known(master, wallet, since)
    late = Operator(place, "late").do(two, "operator", "claim", "--code-file", "-", stdin=code_of(two), check=False)
    assert late.returncode == 1 and "has operators already" in late.stderr
    return wallet


@pytest.fixture()
def fleet_id(operators):
    return ask(operators.masters[0], "/auth/v1/challenge")[1]["fleet"]


@pytest.fixture()
def rows(operators, admin):
    """rows(n): the audit rows from n on, as the second master tells them."""
    def rows(start=1):
        status, page = ask(operators.masters[1], f"/admin/v1/audit?limit=1000&from={start}", admin.token(operators.masters[1]))
        assert status == 200, page
        return page["rows"]
    return rows


@pytest.fixture()
def viewer(operators, admin, place):
    wallet = Operator(place, "viewer-" + secrets.token_hex(4))
    admin.do(operators.masters[0], "operator", "set", wallet.address, "viewer")
    for master in operators.masters:
        until_known(master, wallet)
    return wallet


def test_a_role_given_at_one_master_counts_at_the_other(operators, admin, place, rows):
    one, two = operators.masters
    other = Operator(place, "second")
    admin.do(two, "operator", "set", other.address, "operator")
    until_known(one, other)
    listed = json.loads(other.do(one, "--json", "operator", "list").stdout)["operators"]
    assert {(o["wallet"], o["role"], o["by"]) for o in listed} >= {(admin.address, "admin", ""), (other.address, "operator", admin.address)}
    row = rows()[-1]
    assert (row["action"], row["who"], row["outcome"]) == ("operator.set", admin.address, "done")
    assert json.loads(row["what"]) == {"wallet": other.address, "role": "operator"}
    assert Account.recover_message(typed(row["message"]), signature=bytes.fromhex(row["signature"])).lower() == admin.address
    admin.do(one, "operator", "remove", other.address)
    since, token = time.monotonic(), other.token(two)
    watch.followed("the role is gone", since, lambda: ask(two, "/admin/v1/operators", token)[0], [200], [403])
    assert cairnd("audit", "verify", "--config", one.config).returncode == 0


def test_whatever_differs_from_what_was_signed_is_refused(operators, admin, fleet_id, rows):
    one = operators.masters[0]
    wallet = "0x" + "1" * 40
    good = admin.sign(fleet_id, "SetOperator", {"wallet": wallet, "role": "viewer"})
    before = len(rows())
    flipped = good["signature"][:-4] + ("00" if good["signature"][-4:-2] != "00" else "01") + good["signature"][-2:]
    for changed in ({"parameters": {"wallet": wallet, "role": "admin"}}, {"parameters": {"wallet": "0x" + "2" * 40, "role": "viewer"}},
                    {"nonce": "0x" + "5a" * 32}, {"expires": good["expires"] + 1}, {"signature": flipped}):
        status, problem = act(one, {**good, **changed})
        assert status == 403, (changed, problem)
    assert "no operator" in act(one, {**good, "expires": good["expires"] + 1})[1]["error"]["message"]
    for foreign in ("another", ""):
        assert act(one, admin.sign(foreign, "SetOperator", good["parameters"]))[0] == 403
    assert act(one, admin.sign(fleet_id, "SetOperator", good["parameters"], expires=int(time.time()) - 1))[0] == 403
    assert act(one, admin.sign(fleet_id, "SetOperator", good["parameters"], expires=int(time.time()) + 4000))[0] == 403
    for malformed in ({**good, "more": 1}, {**good, "expires": str(good["expires"])}, {**good, "action": "Nothing"},
                      {k: v for k, v in good.items() if k != "nonce"}, {**good, "code": "x"}, [], b"{", {**good, "parameters": {}}):
        status, problem = ask(one, "/admin/v1/actions", method="POST", body=malformed)
        assert status == 400, (malformed, problem)
    assert ask(one, "/admin/v1/actions", method="POST", body=b'{"action":"' + b"x" * 20000)[0] == 413
    assert act(one, {**good, "parameters": {"wallet": wallet, "role": "king"}})[0] in (400, 403)
    assert ask(one, "/admin/v1/actions")[0] == 405
    assert ask(one, "/admin/v1/actions", method="POST", body=good, headers={"Origin": "http://evil.example"})[0] == 403
    assert len(rows()) == before, "none of this is anybody's whom the log must remember"
    assert act(one, good)[0] == 200


def test_the_same_message_counts_once_wherever_it_is_sent(operators, admin, fleet_id, rows, place):
    one, two = operators.masters
    other = Operator(place, "again")
    give = admin.sign(fleet_id, "SetOperator", {"wallet": other.address, "role": "viewer"})
    status, first = act(one, give)
    assert status == 200
    assert act(two, give) == (200, first), "a client whose master died asks another"
    admin.do(one, "operator", "remove", other.address)
    before = len(rows())
    for master in (one, two):
        assert act(master, give) == (200, first)
    assert len(rows()) == before
    listed = ask(two, "/admin/v1/operators", admin.token(two))[1]["operators"]
    assert other.address not in {o["wallet"] for o in listed}, "a role that was taken does not come back"
    another = admin.sign(fleet_id, "SetOperator", {"wallet": other.address, "role": "admin"}, nonce=give["nonce"])
    assert act(two, another)[0] == 409


def test_what_was_signed_is_worthless_when_the_role_is_gone(operators, admin, fleet_id, place, rows):
    one, two = operators.masters
    other = Operator(place, "gone")
    admin.do(one, "operator", "set", other.address, "admin")
    until_known(two, other)
    kept = other.sign(fleet_id, "SetOperator", {"wallet": "0x" + "3" * 40, "role": "admin"})
    admin.do(one, "operator", "remove", other.address)
    # At once, at the master that may not have heard of it yet.
    status, problem = act(two, kept)
    assert status == 403, problem
    listed = ask(two, "/admin/v1/operators", admin.token(two))[1]["operators"]
    assert "0x" + "3" * 40 not in {o["wallet"] for o in listed}


def test_a_viewer_sees_and_does_nothing(operators, viewer, fleet_id, rows):
    one, two = operators.masters
    for page in ("fleet", "masters", "buckets", "races", "chain", "operators", "audit"):
        assert ask(two, f"/admin/v1/{page}", viewer.token(two))[0] == 200, page
    request = viewer.sign(fleet_id, "RevokeTokens", {"wallet": "0x" + "4" * 40, "upTo": 1})
    before = len(rows())
    for master in (one, two, one):
        status, problem = act(master, request)
        assert status == 403 and "has not the role" in problem["error"]["message"]
    refused = rows()[before:]
    assert [(r["who"], r["action"], r["outcome"][:8]) for r in refused] == [(viewer.address, "token.revoke", "refused:")], "one row"


def test_operators_revoke_and_admins_alone_set(operators, admin, place, fleet_id):
    one, two = operators.masters
    other = Operator(place, "worker")
    admin.do(one, "operator", "set", other.address, "operator")
    until_known(two, other)
    victim = Wallet(place, "victim")
    token = victim.issue(one)
    address = Account.from_key(victim.file.read_text().strip()).address
    other.do(two, "action", "send", "RevokeTokens", "--parameters", json.dumps({"wallet": address, "upTo": int(time.time())}))
    since = time.monotonic()
    for master in (one, two):
        watch.followed("the token is refused", since, lambda m=master: bearer(m, token, "GET", "/")[0], [200], [403])
    assert act(one, other.sign(fleet_id, "RotateSharedKey", {"purpose": "session"}))[0] == 403
    status, row = act(one, admin.sign(fleet_id, "RotateSharedKey", {"purpose": "session"}))
    assert status == 200 and re.fullmatch(r"[0-9a-f]{16}", json.loads(row["what"])["id"])
    assert act(two, admin.sign(fleet_id, "RevokeTokens", {"wallet": address.lower(), "upTo": int(time.time()) + 9999}))[0] == 400
    assert act(two, other.sign(fleet_id, "DeleteAccessKey", {"id": "none"}))[0] == 403


def test_the_last_admin_stays(operators, admin, rows):
    one = operators.masters[0]
    refused = admin.do(one, "operator", "remove", admin.address, check=False)
    assert refused.returncode == 1 and "last admin" in refused.stderr
    assert rows()[-1]["outcome"].startswith("refused:") and "last admin" in rows()[-1]["outcome"]


def test_reading_asks_for_an_operators_token(operators, admin, place):
    one, two = operators.masters
    stranger = Operator(place, "stranger")
    for page in ("fleet", "buckets", "events", "chain", "operators", "audit"):
        status, problem = ask(one, f"/admin/v1/{page}")
        assert (status, problem["error"]["code"]) == (401, "unauthorized"), page
    for token, wanted in ((admin.issue(one), 403), (stranger.token(one), 403), (admin.issue(one, version=1), 403),
                          (admin.token(one)[:-2] + "AA", 401), ("x.y.z", 401)):
        assert ask(two, "/admin/v1/fleet", token)[0] == wanted
    for path in ("/health", "/healthz/ready"):
        assert ask(two, path)[0] == 200
    with urllib.request.urlopen(f"http://{two.api}/metrics", timeout=10) as metrics:
        assert metrics.status == 200
    bare = cairnd("status", "--api", one.api, check=False)
    assert bare.returncode == 1 and "--token-file" in bare.stderr
    (place / "token").write_text(admin.token(one) + "\n")
    assert "2 masters" in cairnd("status", "--api", two.api, "--token-file", place / "token").stdout


def test_a_stream_of_events_ends_with_the_right_to_it(operators, admin, viewer):
    one, two = operators.masters
    request = urllib.request.Request(f"http://{two.api}/admin/v1/events", headers={"Authorization": f"Bearer {viewer.token(two)}"})
    with urllib.request.urlopen(request, timeout=20) as stream:
        assert stream.readline().startswith(b": cairn events")
        admin.do(one, "operator", "remove", viewer.address)
        end = time.monotonic() + 60  # comments come every few seconds, and with each the right is looked at
        while stream.readline():
            assert time.monotonic() < end, "the stream goes on"


def test_another_wallet_signs_the_printed_document(operators, admin, place, viewer):
    one, two = operators.masters
    printed = cairnd("operator", "set", viewer.address, "operator", "--print-document", "--api", one.api).stdout
    signed = Account.sign_message(typed(printed), admin.key)
    (place / "document").write_text(printed)
    send = ["action", "send", "--document", place / "document", "--api", "127.0.0.1:1", "--api", two.api, "--signature"]
    assert "operator.set" in cairnd(*send, "0x" + signed.signature.hex().removeprefix("0x")).stdout
    assert cairnd(*send, "0x" + "11" * 65, check=False).returncode == 1


def test_admins_vouch_for_receipt_keys(operators, admin, viewer, place):
    one, two = operators.masters
    writer = s3.client(one, operators.access_key, operators.secret_key)
    writer.create_bucket(Bucket="vouched")
    verify = ["verify-history", "--config", one.config, "--bucket", "demo/vouched"]
    assert "nobody vouched" in cairnd(*verify).stdout
    assert cairnd(*verify, "--require-vouched", check=False).returncode == 1
    assert viewer.do(one, "operator", "vouch", "m1", check=False).returncode == 1
    assert admin.do(one, "operator", "vouch", "m1", "--public-key", "02" + "11" * 32, check=False).returncode == 1
    admin.do(two, "operator", "vouch", "m1")
    cairnd(*verify, "--require-vouched")
    keys = ask(two, "/admin/v1/chain", admin.token(two))[1]["keys"]
    assert {k["master"]: k["vouchedBy"] for k in keys} == {"m1": [admin.address], "m2": []}
    s3.client(two, operators.access_key, operators.secret_key).put_object(Bucket="vouched", Key="k", Body=b"v")
    assert cairnd(*verify, "--require-vouched", check=False).returncode == 1, "m2 signed a receipt"
    admin.do(one, "operator", "vouch", "m2")
    cairnd(*verify, "--require-vouched")
    # A voucher that somebody wrote into the file himself.
    with sqlite3.connect(operators.directory / "registry.sqlite") as db:
        db.execute("UPDATE vouchers SET by = ?, signature = zeroblob(65) WHERE master = 'm1'", (admin.address,))
    db.close()
    assert cairnd(*verify, "--require-vouched", check=False).returncode == 1


def test_the_first_admin_is_named_at_init(place):
    for fleet in running_fleet(masters=1, settings={**EIP712, "api": {"loopback_reads": True}}):
        master, = fleet.masters
        wallet = Operator(place, "named")
        code_of(master)
        assert ask(master, "/admin/v1/fleet")[0] == 200, "whoever is on this machine reads"
        assert ask(master, "/admin/v1/fleet", headers={"X-Forwarded-For": "192.0.2.1"})[0] == 401
        assert "0x" in master.run("init", "--admin", wallet.address)
        until_known(master, wallet)
        master.run("init", "--admin", wallet.address)
        with pytest.raises(Exception, match="has operators already"):
            master.run("init", "--admin", "0x" + "1" * 40)
        assert run(BIN / "cairnd", "operator", "list", "--api", master.api, "--key", wallet.file).stdout.startswith(wallet.address)
        wallet.do(master, "operator", "vouch", "m1")
        assert "vouched for by " + wallet.address in cairnd("verify-history", "--config", master.config).stdout


def test_with_wallets_off_nothing_of_this_is_there(one_master):
    master, = one_master.masters
    for path in ("operators", "audit", "actions"):
        for method in ("GET", "POST"):
            status, problem = ask(master, f"/admin/v1/{path}", method=method, body=b"{}" if method == "POST" else None)
            assert (status, problem["error"]["message"]) == (404, f"no such page: /admin/v1/{path}")
    assert ask(master, "/admin/v1/fleet")[0] == 200
    assert "keys" not in ask(master, "/admin/v1/chain")[1]
    assert "code=" not in master.log.read_text()
