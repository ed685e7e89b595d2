"""Whose bucket a name means, for wallets, JWT, access keys and nobody at all (design section 7, Names)."""

import base64
import hashlib
import hmac
import json
import time

import botocore.exceptions
import pytest

from conftest import running_fleet
from lib import s3, watch
from lib.names import LIST, READ, anonymous, answer, make, policy, read
from lib.wallets import Wallet, assume, bearer, cairnd, client

SECRET = "a secret of this test alone, long enough"


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """Two masters that take wallets and JWT."""
    secret = tmp_path_factory.mktemp("jwt") / "secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET + "\n")
    yield from running_fleet(masters=2, settings={"auth": {"eip712": True, "jwt_secret_file": str(secret)}, "s3": {"virtual_hosts": ["s3.test"]}})


def jwt(subject):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    text = ".".join(part(json.dumps(o).encode()) for o in ({"alg": "HS256", "typ": "JWT"}, {"sub": subject, "exp": int(time.time()) + 600}))
    return text + "." + part(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())


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
    """Without credentials no bucket that is closed is seen, whether it is there or not."""
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
            assert answer(master, jwt(subject), "GET", "/mine/k") == "403 InvalidToken", subject
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


def refusal(master, path, **how):
    """What an anonymous request is refused with, but for its id and the path it named."""
    status, _, body = read(master, path, **how)
    code = body.split(b"<Code>")[1].split(b"</Message>")[0] if body else b""
    return status, code


def test_what_an_owner_opens_everybody_reads_and_lists_until_it_is_closed(names, owners):
    one, two = names.masters
    (first, second, somebody), wallets = owners
    make(one, first, "opened", k=b"0123456789")
    assert answer(one, first, "GET", "/opened?policy") == "404 NoSuchBucketPolicy"
    text = policy("opened", READ, LIST)
    assert answer(one, first, "PUT", "/opened?policy", text) == "204 -"
    assert bearer(two, first, "GET", "/opened?policy") == (200, text)
    assert b"<IsPublic>true</IsPublic>" in bearer(two, first, "GET", "/opened?policyStatus")[1]

    status, headers, body = read(two, "/opened/k")
    assert (status, body, headers["Content-Length"]) == (200, b"0123456789", "10")
    assert read(two, "/opened/k", "HEAD")[0] == 200 and read(two, "/opened", "HEAD")[0] == 200
    assert read(two, "/opened/k", headers={"Range": "bytes=2-4"})[::2] == (206, b"234")
    for version in ("1", "2"):
        status, _, listing = read(two, f"/opened?list-type={version}&fetch-owner=true")
        assert status == 200 and b"<Key>k</Key>" in listing and wallets[0].address.encode() in listing
    assert refusal(two, "/opened/absent")[0] == 404
    assert refusal(two, "/opened/k?response-content-type=text/html")[0] == 400
    assert read(two, "/k", headers={"Host": "opened.s3.test"})[::2] == (200, b"0123456789")
    for who in (second, somebody):
        assert bearer(two, who, "GET", "/opened/k") == (200, b"0123456789")
        assert answer(two, who, "GET", "/opened?list-type=2") == "200 -"
        assert answer(two, who, "GET", "/opened/k", headers={"x-amz-expected-bucket-owner": wallets[0].address}) == "200 -"
        assert answer(two, who, "GET", "/opened/k", headers={"x-amz-expected-bucket-owner": wallets[1].address}) == "403 AccessDenied"
    # By alias only what is opened, and nothing but reading: not the policy, not an upload, no write.
    for method, path in [("PUT", "/opened/k"), ("DELETE", "/opened/k"), ("DELETE", "/opened"), ("PUT", "/opened?policy"), ("DELETE", "/opened?policy"),
                         ("GET", "/opened?policy"), ("GET", "/opened?uploads"), ("GET", "/opened?versions"), ("GET", "/opened/k?tagging"),
                         ("POST", "/opened/k?uploads")]:
        body = text if method == "PUT" else None
        assert anonymous(two, path, method, body) == 403, (method, path)
        assert answer(two, second, method, path, body) == "403 AccessDenied", (method, path)
    assert answer(two, second, "PUT", "/open-copies") == "200 -"
    assert answer(two, second, "PUT", "/open-copies/k", b"", {"x-amz-copy-source": "/opened/k"}) == "200 -"

    assert answer(one, first, "DELETE", "/opened?policy") == "204 -"
    assert refusal(two, "/opened/k") == refusal(two, "/no-such-bucket/k") and anonymous(two, "/opened/k") == 403
    assert answer(two, second, "GET", "/opened/k") == "403 AccessDenied"
    assert bearer(two, first, "GET", "/opened/k") == (200, b"0123456789")


def test_only_the_prefix_that_was_opened(names, owners):
    one, two = names.masters
    (first, second, _), _ = owners
    make(one, first, "in-part", pub__a=b"a", private=b"p")
    assert answer(one, first, "PUT", "/in-part?policy", policy("in-part", ("s3:GetObject", ["/pub/*"]), principal={"AWS": "*"})) == "204 -"
    assert read(two, "/in-part/pub/a")[::2] == (200, b"a")
    denied = refusal(two, "/no-such-bucket/k")
    for path in ("/in-part/private", "/in-part/pub/absent", "/in-part", "/in-part?prefix=pub/", "/in-part/pub", "/in-part/pub%2F..%2Fprivate"):
        assert refusal(two, path) == denied, path
        assert answer(two, second, "GET", path) == "403 AccessDenied", path
    assert answer(two, second, "PUT", "/part-copies") == "200 -"
    assert answer(two, second, "PUT", "/part-copies/k", b"", {"x-amz-copy-source": "/in-part/private"}) == "403 AccessDenied"


def test_ones_own_bucket_is_meant_before_an_alias(names, owners):
    """A bucket made anew under a name that was open is closed, and its owner's."""
    one, two = names.masters
    (first, second, _), _ = owners
    make(one, first, "anew", k=b"first")
    assert answer(one, first, "PUT", "/anew?policy", policy("anew", READ, LIST)) == "204 -"
    assert answer(two, second, "PUT", "/anew") == "409 BucketAlreadyExists"
    assert answer(one, first, "DELETE", "/anew/k") == "204 -" and answer(one, first, "DELETE", "/anew") == "204 -"
    assert anonymous(two, "/anew") == 403
    make(two, second, "anew", k=b"second")
    assert anonymous(one, "/anew/k") == 403 and bearer(one, second, "GET", "/anew/k") == (200, b"second")
    assert answer(one, first, "GET", "/anew/k") == "403 AccessDenied"


def test_what_is_not_understood_opens_nothing(names, owners):
    one, two = names.masters
    (first, _, _), wallets = owners
    make(one, first, "careful", k=b"v")
    for wrong in (b"", b"{", policy("careful", ("s3:PutObject", ["/*"])), policy("careful", ("s3:*", ["", "/*"])), policy("other", READ),
                  policy("careful", READ, principal={"AWS": "arn:aws:iam::1:root"}), policy("careful", READ).replace(b"Allow", b"Deny")):
        assert answer(one, first, "PUT", "/careful?policy", wrong) == "400 MalformedPolicy", wrong
    assert anonymous(two, "/careful/k") == 403
    # A credential that does not allow everything there neither opens nor closes.
    narrow = cairnd("--json", "key", "create", "--owner", wallets[0].address, "--bucket", "careful", "--operations", "read,write,list", "--config", one.config)
    key = json.loads(narrow.stdout)
    by_key = s3.client(one, key["id"], key["secret"])
    watch.until("the key is known", lambda: code(by_key) != "InvalidAccessKeyId", 3)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        by_key.put_bucket_policy(Bucket="careful", Policy=policy("careful", READ).decode())
    assert error.value.response["Error"]["Code"] == "AccessDenied"
    assert anonymous(two, "/careful/k") == 403


def test_a_jwt_speaks_for_a_wallet_where_the_configuration_says_so(tmp_path):
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET + "\n")
    address = "0x" + "ab" * 20
    for fleet in running_fleet(masters=1, settings={"auth": {"jwt_secret_file": str(secret), "jwt_address_subjects": True}}):
        assert answer(fleet.masters[0], jwt(address), "PUT", "/mine") == "200 -"
        assert answer(fleet.masters[0], jwt(address), "GET", "/mine") == "200 -"
