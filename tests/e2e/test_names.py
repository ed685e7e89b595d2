"""Whose bucket a name means, for wallets, JWT, access keys and nobody at all (design section 7, Names)."""

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request

import botocore.exceptions
import pytest

from conftest import running_fleet
from lib import s3, watch
from lib.wallets import Wallet, assume, bearer, cairnd, client

SECRET = "a secret of this test alone, long enough"


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """Two masters that take wallets and JWT."""
    secret = tmp_path_factory.mktemp("jwt") / "secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET + "\n")
    yield from running_fleet(masters=2, settings={"auth": {"eip712": True, "jwt_secret_file": str(secret)}})


def jwt(subject):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    text = ".".join(part(json.dumps(o).encode()) for o in ({"alg": "HS256", "typ": "JWT"}, {"sub": subject, "exp": int(time.time()) + 600}))
    return text + "." + part(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())


def answer(master, token, method, path, body=None, headers=()):
    """"status Code"; the code is - where there is none."""
    status, text = bearer(master, token, method, path, body, headers)
    return f"{status} {text.split(b'<Code>')[1].split(b'</Code>')[0].decode() if b'<Code>' in text else '-'}"


def anonymous(master, path, method="GET", body=None):
    request = urllib.request.Request(f"http://{master.s3}{path}", data=body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as good:
            return good.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def owners(names, tmp_path_factory):
    """Tokens of two wallets and of a JWT subject."""
    directory = tmp_path_factory.mktemp("owners")
    wallets = [Wallet(directory, name) for name in ("first", "second")]
    return [w.issue(names.masters[0]) for w in wallets] + [jwt("somebody")], wallets


def test_a_name_means_its_owners_bucket_and_nobody_elses(names, owners):
    one, two = names.masters
    (first, second, somebody), wallets = owners
    assert answer(one, first, "PUT", "/taken") == "200 -" and answer(one, first, "PUT", "/taken/k", b"v") == "200 -"
    assert bearer(two, first, "GET", "/taken/k") == (200, b"v")
    for other in (second, somebody):
        for method, path, body in [("GET", "/taken/k", None), ("HEAD", "/taken", None), ("GET", "/taken?list-type=2", None), ("PUT", "/taken/k", b"x"),
                                   ("DELETE", "/taken/k", None), ("DELETE", "/taken", None), ("POST", "/taken/k?uploads", b"")]:
            assert answer(two, other, method, path, body).startswith("403"), (method, path)
        assert answer(two, other, "PUT", "/taken") == "409 BucketAlreadyExists", "names are the fleet's"
        assert b"taken" not in bearer(two, other, "GET", "/")[1]
        assert answer(two, other, "GET", "/no-such-bucket") == "404 NoSuchBucket"
    assert answer(one, first, "GET", "/taken/k", headers={"x-amz-expected-bucket-owner": wallets[0].address}) == "200 -"
    assert answer(one, first, "GET", "/taken/k", headers={"x-amz-expected-bucket-owner": wallets[1].address}) == "403 AccessDenied"


def test_copies_read_only_what_the_caller_may(names, owners):
    one, two = names.masters
    (first, second, _), _ = owners
    assert answer(one, first, "PUT", "/copied") == "200 -" and answer(one, first, "PUT", "/copied/k", b"secret") == "200 -"
    assert answer(two, second, "PUT", "/copies") == "200 -"
    assert answer(two, second, "PUT", "/copies/k", b"", {"x-amz-copy-source": "/copied/k"}) == "403 AccessDenied"
    upload = bearer(two, second, "POST", "/copies/k?uploads", b"")[1].split(b"<UploadId>")[1].split(b"</UploadId>")[0].decode()
    assert answer(two, second, "PUT", f"/copies/k?uploadId={upload}&partNumber=1", b"",
                  {"x-amz-copy-source": "/copied/k"}) == "403 AccessDenied"


def test_nobody_sees_nothing(names, owners):
    """Nothing can be opened to anonymous requests yet, so that they see no bucket, whether it is there or not."""
    one, two = names.masters
    (first, _, _), _ = owners
    assert answer(one, first, "PUT", "/closed") == "200 -" and answer(one, first, "PUT", "/closed/k", b"v") == "200 -"
    for master in (one, two):
        for path in ("/", "/closed", "/closed/k", "/closed?list-type=2", "/no-such-bucket", "/no-such-bucket/k"):
            assert anonymous(master, path) == 403, path
        assert anonymous(master, "/closed/k", "PUT", b"x") == 403 and anonymous(master, "/closed/k", "DELETE") == 403


def test_a_name_is_free_again_when_its_bucket_is_gone(names, owners):
    one, two = names.masters
    (first, second, _), _ = owners
    assert answer(one, first, "PUT", "/passed-on") == "200 -"
    assert answer(two, second, "PUT", "/passed-on") == "409 BucketAlreadyExists"
    assert answer(two, first, "DELETE", "/passed-on") == "204 -"
    assert answer(one, second, "PUT", "/passed-on") == "200 -"
    assert answer(one, first, "GET", "/passed-on?list-type=2") == "403 AccessDenied"


def test_a_jwt_does_not_speak_for_a_wallet(names, owners):
    one, two = names.masters
    (first, _, somebody), wallets = owners
    address = wallets[0].address
    assert answer(one, first, "PUT", "/mine") == "200 -" and answer(one, first, "PUT", "/mine/k", b"v") == "200 -"
    for subject in (address, address.upper().replace("0X", "0x"), "0X" + address[2:], address[:2] + address[2:].upper()):
        for master in (one, two):
            assert answer(master, jwt(subject), "GET", "/mine/k") == "400 InvalidToken", subject
        with pytest.raises(botocore.exceptions.ClientError) as error:
            s3.client(two, "JWT:" + jwt(subject), "anything").get_object(Bucket="mine", Key="k")
        assert error.value.response["Error"]["Code"] == "InvalidToken"
    # Close, but no address: a subject like any other, with buckets of its own.
    for subject in (address[2:], address + "0", address[:-1], " " + address):
        assert answer(one, jwt(subject), "GET", "/mine/k") == "403 AccessDenied", subject
    assert answer(two, somebody, "GET", "/") == "200 -"


def test_one_owner_by_every_credential(names, owners):
    one, two = names.masters
    (first, _, _), wallets = owners
    assert answer(one, first, "PUT", "/one-owner") == "200 -" and answer(one, first, "PUT", "/one-owner/k", b"v") == "200 -"
    key = json.loads(cairnd("--json", "key", "create", "--owner", wallets[0].address, "--config", one.config).stdout)
    by_session = client(two, assume(two, wallets[0].issue(two, version=1)))
    by_key = s3.client(two, key["id"], key["secret"])
    watch.until("the key is known", lambda: code(by_key) is None, 3)
    for reader in (by_session, by_key):
        assert reader.get_object(Bucket="one-owner", Key="k")["Body"].read() == b"v"


def code(client):
    try:
        client.list_buckets()
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return None
