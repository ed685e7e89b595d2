"""Fleet-wide names: given by operators where the configuration says so, and by them over who came first elsewhere."""

import json

import pytest
from conftest import running_fleet

from lib import s3, watch
from lib.names import LIST, READ, anonymous, answer, make, policy, read
from lib.operators import Operator, code_of, until_known
from lib.wallets import Wallet, bearer, cairnd

EIP712 = {"eip712": True}


@pytest.fixture(scope="module", params=["operators", "first-come"])
def fleet(request):
    for running in running_fleet(masters=2, settings={"auth": EIP712, "registry": {"aliases": request.param}}):
        running.aliases = request.param
        yield running


@pytest.fixture(scope="module")
def admin(fleet, tmp_path_factory):
    one, two = fleet.masters
    wallet = Operator(tmp_path_factory.mktemp("operators"), "admin")
    wallet.do(one, "operator", "claim", "--code-file", "-", stdin=code_of(one) + "\n")
    for master in (one, two):
        until_known(master, wallet)
    return wallet


@pytest.fixture(scope="module")
def owners(fleet, tmp_path_factory):
    """Two wallets with a token each, and a third that has nothing."""
    directory = tmp_path_factory.mktemp("owners")
    wallets = [Wallet(directory, name) for name in ("first", "second", "third")]
    return [(wallet, wallet.issue(fleet.masters[0])) for wallet in wallets]


def open_up(master, token, bucket):
    assert answer(master, token, "PUT", f"/{bucket}?policy", policy(bucket, READ, LIST)) == "204 -"


def test_a_bucket_takes_its_name_only_where_the_first_comes(fleet, owners):
    one, two = fleet.masters
    (_, first), (_, second), _ = owners
    make(one, first, "photos", k=b"first")
    open_up(one, first, "photos")
    if fleet.aliases == "first-come":
        assert answer(two, second, "PUT", "/photos") == "409 BucketAlreadyExists"
        assert read(two, "/photos/k")[::2] == (200, b"first")
        return
    assert anonymous(two, "/photos/k") == 403, "opened, but under no name that others could use"
    make(two, second, "photos", k=b"second")
    assert bearer(one, first, "GET", "/photos/k") == (200, b"first") and bearer(one, second, "GET", "/photos/k") == (200, b"second")


def test_ones_own_bucket_is_meant_before_the_name_that_another_has(fleet, admin, owners):
    one, two = fleet.masters
    (wallet, first), (_, second), (_, third) = owners
    make(one, first, "theirs", k=b"first")
    open_up(one, first, "theirs")
    make(one, second, "mine", k=b"second")
    # Even where the second owner's bucket came first, and had its name.
    admin.do(one, "operator", "alias", "mine", wallet.address, "theirs")
    for master in (one, two):
        assert bearer(master, second, "GET", "/mine/k") == (200, b"second"), "one's own comes first"
        assert bearer(master, third, "GET", "/mine/k") == (200, b"first"), "then the alias"
        assert read(master, "/mine/k")[::2] == (200, b"first")
        assert bearer(master, first, "GET", "/mine/k") == (200, b"first"), "who owns it, too"
    # By the name nothing but what is opened, for its owner either.
    for who in (first, third):
        assert answer(two, who, "PUT", "/mine/k", b"x") == "403 AccessDenied" and answer(two, who, "GET", "/mine?policy") == "403 AccessDenied"
    assert anonymous(two, "/mine/k", "DELETE") == 403
    assert answer(one, second, "PUT", "/mine/k", b"second again") == "200 -"
    assert answer(one, second, "PUT", "/mine/large", bytes(3 << 20)) == "200 -", "which is looked up before its body is read"
    assert read(two, "/mine/k")[::2] == (200, b"first"), "nor did that go there"
    assert b"<Name>mine</Name>" in read(two, "/mine?list-type=2")[2]
    assert answer(one, first, "DELETE", "/theirs?policy") == "204 -"
    assert anonymous(two, "/mine/k") == 403 and bearer(two, second, "GET", "/mine/k")[0] == 200


def test_operators_give_names_pass_them_on_and_take_them(fleet, admin, owners):
    one, two = fleet.masters
    (wallet, first), (other, second), (_, third) = owners
    make(one, first, "one-of-two", k=b"first")
    make(one, second, "two-of-two", k=b"second")
    open_up(one, first, "one-of-two")
    open_up(one, second, "two-of-two")
    assert anonymous(two, "/the-name/k") == 403
    done = json.loads(admin.do(one, "--json", "operator", "alias", "the-name", wallet.address.upper().replace("0X", "0x"), "one-of-two").stdout)
    assert (done["action"], json.loads(done["what"])) == ("alias.set", {"name": "the-name", "owner": wallet.address, "bucket": "one-of-two"})
    assert "SetAlias" in done["message"] and done["signature"]
    assert read(two, "/the-name/k")[::2] == (200, b"first")
    assert answer(two, third, "GET", "/the-name/k", headers={"x-amz-expected-bucket-owner": other.address}) == "403 AccessDenied"
    admin.do(two, "operator", "alias", "the-name", other.address, "two-of-two")
    assert read(one, "/the-name/k")[::2] == (200, b"second") and bearer(two, third, "GET", "/the-name/k") == (200, b"second")
    # It outlives the bucket, and is the next one's of that owner and name.
    for path in ("/two-of-two/k", "/two-of-two"):
        assert answer(one, second, "DELETE", path) == "204 -"
    assert anonymous(two, "/the-name/k") == 403
    make(one, second, "two-of-two", k=b"anew")
    open_up(one, second, "two-of-two")
    assert read(two, "/the-name/k")[::2] == (200, b"anew")
    admin.do(one, "operator", "unalias", "the-name")
    assert anonymous(one, "/the-name/k") == 403 and anonymous(two, "/the-name/k") == 403
    again = admin.do(one, "operator", "unalias", "the-name", check=False)
    assert again.returncode == 1 and "no bucket has the name" in again.stderr


def test_names_that_cannot_be_given(fleet, admin, owners, tmp_path):
    one, _ = fleet.masters
    (wallet, first), _, _ = owners
    make(one, first, "unnamed", k=b"v")
    open_up(one, first, "unnamed")
    stranger = Operator(tmp_path, "stranger")
    viewer = Operator(tmp_path, "viewer")
    admin.do(one, "operator", "set", viewer.address, "viewer")
    until_known(one, viewer)
    for who in (stranger, viewer):
        assert who.do(one, "operator", "alias", "given", wallet.address, "unnamed", check=False).returncode == 1
    for words, why in ((("given", wallet.address, "not-there"), "has no bucket"), (("given", "0x" + "1" * 40, "unnamed"), "has no bucket"),
                       (("Given", wallet.address, "unnamed"), "name: not 3 to 63"), (("a/b/c", wallet.address, "unnamed"), "name: not 3 to 63")):
        done = admin.do(one, "operator", "alias", *words, check=False)
        assert done.returncode == 1 and why in done.stderr, done.stderr
    assert anonymous(one, "/given/k") == 403


def test_an_opening_is_in_the_audit_log(fleet, admin, owners):
    one, two = fleet.masters
    (wallet, first), _, _ = owners
    make(one, first, "noted", k=b"v")
    assert answer(one, first, "PUT", "/noted?policy", b"{}") == "400 MalformedPolicy"
    assert answer(one, first, "PUT", "/noted?policy", policy("noted", ("s3:GetObject", ["/pub/*"]))) == "204 -"
    key = json.loads(cairnd("--json", "key", "create", "--owner", wallet.address, "--config", one.config).stdout)
    by_key = s3.client(two, key["id"], key["secret"])
    watch.until("the key is known", lambda: s3.status_of(by_key.get_bucket_policy, Bucket="noted")[0] == 200, 60)
    by_key.delete_bucket_policy(Bucket="noted")
    assert answer(one, first, "DELETE", "/never-made?policy").startswith("404")
    rows = [json.loads(line) for line in cairnd("--json", "audit", "list", "--config", one.config).stdout.splitlines()]
    noted = [(r["who"], r["action"], json.loads(r["what"]), r["outcome"]) for r in rows if r["action"].startswith("bucket.") and "noted" in r["what"]]
    place = {"owner": wallet.address, "bucket": "noted"}
    assert noted == [(wallet.address, "bucket.open", {**place, "opens": [{"bucket": "noted", "prefix": "pub/", "operations": "read"}]}, "done"),
                     (key["id"], "bucket.close", {**place, "opens": []}, "done")]
    assert not [r for r in rows if "never-made" in r["what"]]
    assert cairnd("audit", "verify", "--config", one.config).returncode == 0
