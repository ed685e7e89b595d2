"""A wallet shares part of a bucket with a signature alone: any master takes it, and nothing beyond it."""

import base64
import concurrent.futures
import json
import time
import urllib.error
import urllib.request

import boto3
import botocore
import botocore.exceptions
import pytest

from conftest import running_fleet
from lib import watch
from lib.programs import run, tool
from lib.wallets import Wallet, assume, bearer, cairnd, client

BUCKET = "shared"


@pytest.fixture(scope="module")
def wallets():
    yield from running_fleet(masters=2, settings={"auth": {"eip712": True}, "s3": {"access_log": "all"}})


@pytest.fixture(scope="module")
def owner(wallets, tmp_path_factory):
    """A wallet with a bucket; its objects are a/1, a/2 and b/1."""
    wallet = Wallet(tmp_path_factory.mktemp("owner"))
    one = wallets.masters[0]
    token = wallet.issue(one)
    assert bearer(one, token, "PUT", f"/{BUCKET}")[0] == 200
    for key in ("a/1", "a/2", "b/1"):
        assert bearer(one, token, "PUT", f"/{BUCKET}/{key}", b"of " + key.encode())[0] == 200
    with urllib.request.urlopen(f"http://{one.api}/auth/v1/challenge", timeout=10) as answer:
        wallet.fleet = json.load(answer)["fleet"]
    return wallet


def grant(wallet, *options, bucket=BUCKET, fleet=None):
    """Made without asking anybody."""
    return json.loads(cairnd("--json", "grant", "create", "--key", wallet.file, "--fleet", fleet or wallet.fleet,
                             "--bucket", bucket, *options).stdout)


def ask(master, text, method="GET", path=f"/{BUCKET}/a/1", body=None, header=False, headers=()):
    """(status, body, headers) of a request with nothing but a grant."""
    url = f"http://{master.s3}{path}"
    extra = dict(headers)
    if header:
        extra["x-cairn-grant"] = text
    else:
        url += ("&" if "?" in path else "?") + "x-cairn-grant=" + text
    request = urllib.request.Request(url, data=body, method=method, headers=extra)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def refusal(answer):
    status, body, _ = answer
    assert status >= 400, body
    return status, body.split(b"<Code>")[1].split(b"</Code>")[0].decode()


def with_grant(s3, text):
    """A boto3 client that carries a grant with every request."""
    s3.meta.events.register("before-sign.s3", lambda request, **_: request.headers.add_header("x-cairn-grant", text))
    return s3


def test_a_link_is_read_on_both_masters(wallets, owner, tmp_path):
    one, two = wallets.masters
    link = grant(owner, "--prefix", "a/", "--operations", "read,list")["grant"]
    for master in (one, two):
        for header in (False, True):
            status, body, headers = ask(master, link, header=header)
            assert (status, body) == (200, b"of a/1")
            assert headers["Referrer-Policy"] == "no-referrer" and headers["Cache-Control"] == "private, no-cache"
        status, body, headers = ask(master, link, headers={"Range": "bytes=3-", "User-Agent": "Mozilla/5.0",
                                                           "Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"})
        assert (status, body, headers["Content-Range"]) == (206, b"a/1", "bytes 3-5/6")
        status, body, headers = ask(master, link, "HEAD")
        assert (status, headers["Content-Length"]) == (200, "6")
        listed = ask(master, link, path=f"/{BUCKET}?list-type=2&prefix=a/")[1]
        assert listed.count(b"<Key>") == 2
        got = run(tool("curl"), "-sS", "-f", "-H", f"x-cairn-grant: {link}", f"http://{master.s3}/{BUCKET}/a/2")
        assert got.stdout == "of a/2"
        s3 = with_grant(boto3.client("s3", endpoint_url=f"http://{master.s3}", region_name="us-east-1",
                                     config=botocore.config.Config(signature_version=botocore.UNSIGNED)), link)
        assert s3.get_object(Bucket=BUCKET, Key="a/1")["Body"].read() == b"of a/1"
        assert [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET, Prefix="a/")["Contents"]] == ["a/1", "a/2"]
    url = json.loads(cairnd("--json", "grant", "create", "--key", owner.file, "--api", two.api, "--bucket", BUCKET, "--url",
                            f"http://{two.s3}/", "--object", "a/1").stdout)["url"]
    assert run(tool("curl"), "-sS", "-f", url).stdout == "of a/1"
    link_log = link.split(".")[2]
    for master in (one, two):
        log = master.log.read_text()
        assert link_log not in log and link.split(".")[1] not in log
        assert f'owner="{owner.address}" grant="' in log


@pytest.mark.parametrize("options, method, path", [
    (("--prefix", "a/"), "GET", f"/{BUCKET}/b/1"),
    (("--prefix", "a/"), "GET", "/another/a/1"),
    (("--prefix", "a/"), "PUT", f"/{BUCKET}/a/3"),
    (("--prefix", "a/"), "DELETE", f"/{BUCKET}/a/1"),
    (("--prefix", "a/"), "GET", f"/{BUCKET}?list-type=2&prefix=a/"),
    (("--prefix", "a/", "--operations", "list"), "GET", f"/{BUCKET}/a/1"),
    (("--prefix", "a/", "--operations", "list"), "GET", f"/{BUCKET}?list-type=2"),
    (("--operations", "read,write,list,delete"), "GET", "/"),
    (("--operations", "read,write,list,delete"), "DELETE", f"/{BUCKET}"),
    (("--operations", "read,write,list,delete"), "PUT", f"/{BUCKET}"),
])
def test_what_is_beside_the_grant_is_refused(wallets, owner, options, method, path):
    link = grant(owner, *options)["grant"]
    for master in wallets.masters:
        assert refusal(ask(master, link, method, path, b"x" if method == "PUT" else None)) == (403, "AccessDenied")


def test_writing_and_deleting_where_it_is_granted(wallets, owner):
    one, two = wallets.masters
    link = grant(owner, "--prefix", "drop/", "--operations", "write,delete")["grant"]
    assert ask(one, link, "PUT", f"/{BUCKET}/drop/x", b"left here")[0] == 200
    assert refusal(ask(two, link, path=f"/{BUCKET}/drop/x")) == (403, "AccessDenied")
    assert bearer(two, owner.issue(two), "GET", f"/{BUCKET}/drop/x") == (200, b"left here")
    # A copy is read with the grant, too: it is no way to what the grantor alone may read.
    assert refusal(ask(one, link, "PUT", f"/{BUCKET}/drop/y", b"", headers={"x-amz-copy-source": f"/{BUCKET}/a/1"}))[0] == 403
    assert ask(two, link, "DELETE", f"/{BUCKET}/drop/x")[0] == 204


def test_a_revoked_grant_fails_everywhere_within_two_seconds(wallets, owner, tmp_path):
    one, two = wallets.masters
    made, other = grant(owner, "--url", f"http://{one.s3}"), grant(owner)["grant"]
    (tmp_path / "link").write_text(made["url"])
    for master in (one, two):
        assert ask(master, made["grant"])[0] == 200
    cairnd("grant", "revoke", "--grant", tmp_path / "link", "--config", one.config)
    since = time.monotonic()
    for master in (one, two):
        watch.followed("the grant is refused", since, lambda m=master: ask(m, made["grant"])[0], [200], [403])
    assert b"revoked" in ask(two, made["grant"])[1]
    assert ask(two, other)[0] == 200, "the wallet's other grants go on"
    report = json.loads(cairnd("--json", "grant", "inspect", tmp_path / "link", "--registry",
                               wallets.directory / "registry.sqlite", check=False).stdout)
    assert not report["good"] and "revoked" in report["why"]
    listed = cairnd("audit", "list", "--config", one.config).stdout
    assert "grant.revoke" in listed and made["digest"] in listed and made["grant"] not in listed


def test_revoking_the_wallets_tokens_voids_its_grants(wallets, tmp_path):
    one, two = wallets.masters
    wallet = Wallet(tmp_path)
    token = wallet.issue(one)
    wallet.fleet = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["fleet"]
    assert bearer(one, token, "PUT", "/voided")[0] == 200 and bearer(one, token, "PUT", "/voided/k", b"v")[0] == 200
    link = grant(wallet, bucket="voided")["grant"]
    assert ask(two, link, path="/voided/k")[0] == 200
    cairnd("token", "revoke", "--wallet", wallet.address, "--config", one.config)
    since = time.monotonic()
    for master in (one, two):
        watch.followed("the grant is refused", since, lambda m=master: ask(m, link, path="/voided/k")[0], [200], [403])


def test_a_changed_grant_is_nobodys(wallets, owner):
    one = wallets.masters[0]
    link = grant(owner, "--prefix", "a/")["grant"]
    prefix, payload, signature = link.split(".")
    wider = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    wider["prefix"] = ""
    wider = base64.urlsafe_b64encode(json.dumps(wider, separators=(",", ":")).encode()).rstrip(b"=").decode()
    assert refusal(ask(one, ".".join([prefix, wider, signature]))) == (403, "InvalidToken")
    for at in (len(prefix) + 9, len(prefix) + len(payload) // 2, len(link) - 40):
        changed = link[:at] + ("A" if link[at] != "A" else "B") + link[at + 1:]
        assert refusal(ask(one, changed))[1] == "InvalidToken", at
    assert refusal(ask(one, link + "&x-cairn-grant=" + link)) == (400, "InvalidRequest")
    for words in ("", "nothing", "cairn-grant.", "cairn-grant.e30.AA"):
        status, body, headers = ask(one, words)
        assert status == 403 and b"InvalidToken" in body and headers["Referrer-Policy"] == "no-referrer", words


def test_time_and_fleet(wallets, owner):
    one, two = wallets.masters
    short = grant(owner, "--seconds", "1")["grant"]
    watch.until("it expires", lambda: ask(two, short)[0] == 403, 60)
    assert refusal(ask(one, short)) == (403, "ExpiredToken")
    assert b"another fleet" in ask(one, grant(owner, fleet="f" * 32)["grant"])[1]
    report = json.loads(cairnd("--json", "grant", "inspect", stdin=short, check=False).stdout)
    assert not report["good"] and "has expired" in report["why"]
    refused = cairnd("grant", "create", "--key", owner.file, "--fleet", "x", "--bucket", "*", check=False)
    assert refused.returncode == 1 and "one bucket" in refused.stderr


def test_a_count_is_never_passed_over_two_masters(wallets, owner):
    link = grant(owner, "--count", "10")["grant"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ask(wallets.masters[n % 2], link)[0], range(40)))
    assert sorted(answers) == [200] * 10 + [403] * 30
    assert b"used up" in ask(wallets.masters[0], link)[1]
    spared = grant(owner, "--count", "1")["grant"]
    assert ask(wallets.masters[0], spared, "PUT", body=b"x")[0] == 403, "what is refused is no use"
    assert ask(wallets.masters[0], grant(owner, "--count", "1", bucket="not-there")["grant"], path="/not-there/k")[0] == 404
    assert ask(wallets.masters[1], spared)[0] == 200


def test_a_grantee_must_be_who_asks(wallets, owner, tmp_path):
    one, two = wallets.masters
    friend, stranger = Wallet(tmp_path, "friend"), Wallet(tmp_path, "stranger")
    given = grant(owner, "--prefix", "a/", "--grantee", friend.address)["grant"]
    assert refusal(ask(one, given)) == (403, "AccessDenied")
    as_friend, as_stranger = (with_grant(client(m, assume(m, w.issue(m))), given) for m, w in ((one, friend), (two, stranger)))
    assert as_friend.get_object(Bucket=BUCKET, Key="a/1")["Body"].read() == b"of a/1"
    with pytest.raises(botocore.exceptions.ClientError, match="not signed by"):
        as_stranger.get_object(Bucket=BUCKET, Key="a/1")
    by_bearer = {"x-cairn-grant": given}
    assert bearer(two, friend.issue(two), "GET", f"/{BUCKET}/a/1", headers=by_bearer) == (200, b"of a/1")
    # What the grantee's own credential leaves out, it leaves out here, too.
    narrow = friend.issue(two, "--operations", "list")
    assert bearer(two, narrow, "GET", f"/{BUCKET}/a/1", headers=by_bearer)[0] == 403
    narrow = friend.issue(two, "--bucket", BUCKET, "--prefix", "a/2")
    assert bearer(two, narrow, "GET", f"/{BUCKET}/a/1", headers=by_bearer)[0] == 403
    assert bearer(two, narrow, "GET", f"/{BUCKET}/a/2", headers=by_bearer)[0] == 200


def test_with_wallets_off_it_means_nothing(fleet, owner):
    one = fleet.masters[0]
    link = grant(owner)["grant"]
    for path in ("/some-bucket/k", "/some-bucket?list-type=2"):
        with_it = ask(one, link, path=path)
        without = ask(one, "nothing", path=path)
        assert refusal(with_it) == refusal(without) == (403, "AccessDenied")
        assert with_it[2]["Referrer-Policy"] is None
