"""Sessions that may do less: AssumeRole by access key or session, and Policy on both ways into STS."""

import json
import time
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import pytest

from conftest import running_fleet
from lib import s3, watch
from lib.wallets import Wallet, assume, bearer, cairnd, client

ROLE = {"RoleArn": "arn:aws:iam::000000000000:role/cairn", "RoleSessionName": "test"}
WALLETS = {"auth": {"eip712": True}}


@pytest.fixture(scope="module")
def key(wallets):
    """An access key of the registry, with a bucket: in/a, out/b."""
    return access_key(wallets, "role-bucket")


def access_key(fleet, bucket, *options):
    one, two = fleet.masters
    made = json.loads(cairnd("--json", "key", "create", "--owner", "demo", "--config", one.config, *options).stdout)
    admin = s3.client(one, fleet.access_key, fleet.secret_key)
    if bucket:
        admin.create_bucket(Bucket=bucket)
        for name in ("in/a", "out/b"):
            admin.put_object(Bucket=bucket, Key=name, Body=b"v")
    for master in (one, two):
        watch.until("the key is known", lambda m=master: code(sts, m, made["id"], made["secret"]) is None, 60)
    return made


def sts_client(master, key, secret, token=None):
    return boto3.client("sts", endpoint_url=f"http://{master.s3}", region_name="us-east-1", aws_access_key_id=key,
                        aws_secret_access_key=secret, aws_session_token=token,
                        config=botocore.config.Config(retries={"total_max_attempts": 1}))


def sts(master, key, secret, token=None, **more):
    return sts_client(master, key, secret, token).assume_role(**ROLE, **more)["Credentials"]


def again(master, made, **more):
    return sts(master, made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], **more)


def code(call, *arguments, **more):
    """The code with which it is refused; None when it is not."""
    try:
        call(*arguments, **more)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return None


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": resources, **dict(more)} for actions, resources, *more in statements]})


READ_IN = policy(("s3:GetObject", "arn:aws:s3:::role-bucket/in/*"),
                 ("s3:ListBucket", "arn:aws:s3:::role-bucket", ("Condition", {"StringLike": {"s3:prefix": "in/*"}})))


def test_a_role_is_assumed_at_one_master_and_used_at_the_other(wallets, key):
    one, two = wallets.masters
    made = sts(one, key["id"], key["secret"], DurationSeconds=900)
    full = client(two, made)
    assert full.get_object(Bucket="role-bucket", Key="out/b")["Body"].read() == b"v"
    narrow = client(two, sts(one, key["id"], key["secret"], Policy=READ_IN))
    assert narrow.get_object(Bucket="role-bucket", Key="in/a")["Body"].read() == b"v"
    assert narrow.list_objects_v2(Bucket="role-bucket", Prefix="in/")["KeyCount"] == 1
    for name, arguments in [("get_object", {"Key": "out/b"}), ("put_object", {"Key": "in/a", "Body": b"x"}), ("list_objects_v2", {}),
                            ("delete_object", {"Key": "in/a"}), ("delete_bucket", {}), ("list_objects_v2", {"Prefix": "i"})]:
        assert code(getattr(narrow, name), Bucket="role-bucket", **arguments) == "AccessDenied", name
    writing = client(two, sts(one, key["id"], key["secret"], Policy=policy(("s3:*", "arn:aws:s3:::role-bucket/*"))))
    assert code(writing.put_object, Bucket="role-bucket", Key="in/c", Body=b"x") is None
    assert code(writing.delete_object, Bucket="role-bucket", Key="in/c") is None
    assert code(writing.delete_bucket, Bucket="role-bucket") == "AccessDenied", "keys are not the bucket"


def test_a_session_of_a_session_is_never_wider_nor_longer(wallets, key):
    one, two = wallets.masters
    parent = sts(one, key["id"], key["secret"], DurationSeconds=900, Policy=READ_IN)
    child = again(two, parent, DurationSeconds=43200)
    assert child["Expiration"] == parent["Expiration"]
    wide = again(two, parent, Policy=policy(("s3:*", "*")))
    for made in (child, wide):
        assert code(client(one, made).get_object, Bucket="role-bucket", Key="in/a") is None
        assert code(client(one, made).get_object, Bucket="role-bucket", Key="out/b") == "AccessDenied"
        assert code(client(one, made).put_object, Bucket="role-bucket", Key="in/a", Body=b"x") == "AccessDenied"
    assert code(again, two, parent, Policy=policy(("s3:GetObject", "arn:aws:s3:::role-bucket/out/*"))) == "AccessDenied"
    deeper = again(two, parent, Policy=policy(("s3:GetObject", "arn:aws:s3:::role-bucket/in/a*")))
    assert code(client(one, deeper).list_objects_v2, Bucket="role-bucket", Prefix="in/") == "AccessDenied"


def test_a_wallets_session_is_narrowed_too(wallets, tmp_path):
    one, two = wallets.masters
    wallet = Wallet(tmp_path)
    token = wallet.issue(one)
    assert bearer(one, token, "PUT", "/narrowed")[0] == 200 and bearer(one, token, "PUT", "/narrowed/in/a", b"v")[0] == 200
    made = assume(one, token, Policy=policy(("s3:GetObject", "arn:aws:s3:::narrowed/in/*")))
    assert client(two, made).get_object(Bucket="narrowed", Key="in/a")["Body"].read() == b"v"
    assert code(client(two, made).list_objects_v2, Bucket="narrowed", Prefix="in/") == "AccessDenied"
    child = again(two, made)
    cairnd("token", "revoke", "--wallet", wallet.address, "--config", one.config)
    since = time.monotonic()
    for session in (made, child):
        for master in (one, two):
            watch.followed("the session ends with the wallet's tokens", since,
                           lambda m=master, s=session: code(client(m, s).get_object, Bucket="narrowed", Key="in/a"), [None, "AccessDenied"],
                           ["InvalidToken"])


def test_what_a_policy_cannot_say_is_refused(wallets, key):
    one = wallets.masters[0]
    for document, why in [("{", "JSON"), (policy(("s3:GetObject", "arn:aws:s3:::role-bucket/in/a")), "one key"),
                          (policy(("s3:Get*", "*")), "s3:Get"), (READ_IN.replace("Allow", "Deny"), "Allow")]:
        with pytest.raises(botocore.exceptions.ClientError, match=why) as error:
            sts(one, key["id"], key["secret"], Policy=document)
        assert error.value.response["Error"]["Code"] == "MalformedPolicyDocument"
    assert code(sts, one, key["id"], key["secret"], Policy=policy(("s3:GetObject", "*")) + " " * 2048) == "PackedPolicyTooLarge"
    assert code(sts, one, key["id"], key["secret"], PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]) == "ValidationError"
    assert code(sts, one, key["id"], key["secret"], DurationSeconds=43201) == "ValidationError"


def test_a_role_needs_a_good_signature_of_a_shared_key(wallets, key):
    one, two = wallets.masters
    assert code(sts, one, key["id"], key["secret"] + "x") == "SignatureDoesNotMatch"
    assert code(sts, one, "NOBODY", "secret") == "InvalidClientTokenId"
    assert code(sts, one, wallets.access_key, wallets.secret_key) == "AccessDenied"
    made = sts(one, key["id"], key["secret"])
    made["SessionToken"] = made["SessionToken"][:-4] + "AAAA"
    assert code(again, two, made) == "InvalidClientTokenId"
    form = urllib.request.Request(f"http://{one.s3}/", data=b"Action=AssumeRole&Version=2011-06-15", method="POST")
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(form, timeout=10)
    assert error.value.code == 403 and b"AccessDenied" in error.value.read()


@pytest.mark.parametrize("change", ["disable", "delete"])
def test_sessions_end_with_their_access_key(wallets, key, change):
    one, two = wallets.masters
    own = access_key(wallets, None)
    made = sts(one, own["id"], own["secret"])
    child = again(two, made)
    for master in (one, two):
        assert code(client(master, child).list_objects_v2, Bucket="role-bucket") is None
    cairnd("key", change, own["id"], "--config", one.config)
    since = time.monotonic()
    for master in (one, two):
        for session in (made, child):
            watch.followed("the session is refused", since, lambda m=master, s=session: code(client(m, s).list_objects_v2, Bucket="role-bucket"),
                           [None], ["InvalidToken"])
        assert code(sts, master, own["id"], own["secret"]) == "InvalidClientTokenId"


def test_a_scoped_key_makes_scoped_sessions(wallets):
    one, two = wallets.masters
    own = access_key(wallets, None, "--bucket", "role-bucket", "--prefix", "in/", "--operations", "read", "--seconds", "600")
    made = sts(one, own["id"], own["secret"], Policy=policy(("s3:*", "*")))
    assert code(client(two, made).get_object, Bucket="role-bucket", Key="in/a") is None
    assert code(client(two, made).get_object, Bucket="role-bucket", Key="out/b") == "AccessDenied"
    assert made["Expiration"].timestamp() - sts(one, own["id"], own["secret"], DurationSeconds=43200)["Expiration"].timestamp() == 0


def test_a_session_goes_on_when_its_master_is_gone():
    for fleet in running_fleet(masters=2, settings=WALLETS):
        one, two = fleet.masters
        own = access_key(fleet, "role-bucket")
        made = sts(one, own["id"], own["secret"], Policy=READ_IN)
        one.kill()
        assert client(two, made).get_object(Bucket="role-bucket", Key="in/a")["Body"].read() == b"v"
        assert code(client(two, again(two, made)).get_object, Bucket="role-bucket", Key="out/b") == "AccessDenied"


def test_a_challenge_is_had_on_the_s3_listener(wallets, tmp_path):
    one, two = wallets.masters
    with urllib.request.urlopen(f"http://{one.s3}/.cairn/v1/challenge", timeout=10) as answer:
        assert answer.headers["Content-Type"] == "application/json" and answer.headers["Cache-Control"] == "no-store"
        challenge = json.load(answer)
    assert set(challenge) == {"fleet", "nonce", "expires"}
    wallet = Wallet(tmp_path)
    token = cairnd("token", "issue", "--key", wallet.file, "--s3", one.s3).stdout.strip()
    assert bearer(two, token, "GET", "/")[0] == 200
    assert bearer(two, token, "PUT", "/.cairn/v1/challenge", b"x")[0] == 405


def test_where_wallets_are_off_there_is_neither(fleet):
    one = fleet.masters[0]
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"http://{one.s3}/.cairn/v1/challenge", timeout=10)
    assert error.value.code == 403 and b"<Code>AccessDenied</Code>" in error.value.read()
    # A signature for sts is what it always was: none for S3, which says so in its own XML.
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sts(one, fleet.access_key, fleet.secret_key)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
