"""A wallet's signature logs in on any master, by token, by session credentials and by presigned URL."""

import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

import pytest

from conftest import running_fleet
from lib import s3, watch
from lib.programs import run, tool
from lib.wallets import Wallet, assume, bearer, cairnd, client, contents, refused, web_identity


@pytest.mark.parametrize("version", [1, 2])
def test_bearer_on_either_master(wallets, wallet, version):
    one, two = wallets.masters
    token = wallet.issue(one, version=version)
    bucket = f"/bearer-{version}"
    assert bearer(one, token, "PUT", bucket)[0] == 200
    assert bearer(one, token, "PUT", bucket + "/key", b"by a wallet")[0] == 200
    assert bearer(two, token, "GET", bucket + "/key") == (200, b"by a wallet")
    other = Wallet(wallet.file.parent, "other").issue(two, version=version)
    assert bearer(two, other, "GET", bucket + "/key")[0] in (403, 404), "another wallet's bucket is not its own"


def test_session_credentials_on_either_master(wallets, wallet):
    one, two = wallets.masters
    made = assume(one, wallet.issue(one))
    assert made["Expiration"].timestamp() <= time.time() + 3600
    writer, reader = client(one, made), client(two, made)
    writer.create_bucket(Bucket="sessions")
    writer.put_object(Bucket="sessions", Key="k", Body=b"v" * 100_000)
    assert reader.get_object(Bucket="sessions", Key="k")["Body"].read() == b"v" * 100_000
    url = reader.generate_presigned_url("get_object", Params={"Bucket": "sessions", "Key": "k"})
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.read() == b"v" * 100_000
    for field in ("AccessKeyId", "SecretAccessKey", "SessionToken"):
        changed = dict(made)
        at = len(changed[field]) // 2
        changed[field] = changed[field][:at] + ("A" if changed[field][at] != "A" else "B") + changed[field][at + 1:]
        assert refused(client(two, changed).list_objects_v2, Bucket="sessions") in ("InvalidToken", "SignatureDoesNotMatch")


def test_tools_fetch_their_own_credentials(wallets, wallet, tmp_path):
    one, two = wallets.masters
    token_file = tmp_path / "token"
    token_file.write_text(wallet.issue(one))
    env = web_identity(one, token_file, tmp_path)
    data = tmp_path / "data"
    data.write_bytes(b"from a tool" * 1000)
    aws = pathlib.Path(sys.executable).parent / "aws"  # Debian's is too old to be told where STS is
    run(aws, "--endpoint-url", f"http://{one.s3}", "s3", "mb", "s3://tools", env=env)
    run(aws, "--endpoint-url", f"http://{one.s3}", "s3", "cp", data, "s3://tools/aws", env=env)
    remote = (f":s3,provider=Other,env_auth=true,region=us-east-1,force_path_style=true,endpoint='http://{two.s3}',"
              f"sts_endpoint='http://{two.s3}':tools")
    run(tool("rclone"), "--config", "/dev/null", "copyto", remote + "/aws", tmp_path / "back", env=env)
    assert (tmp_path / "back").read_bytes() == data.read_bytes()


def test_a_client_carries_on_at_the_other_master(wallet):
    for fleet in running_fleet(masters=2, settings={"auth": {"eip712": True}}):
        one, two = fleet.masters
        token = wallet.issue(one)
        made = assume(one, token)
        client(one, made).create_bucket(Bucket="carries-on")
        client(one, made).put_object(Bucket="carries-on", Key="k", Body=b"v")
        one.kill()
        assert client(two, made).get_object(Bucket="carries-on", Key="k")["Body"].read() == b"v"
        client(two, made).put_object(Bucket="carries-on", Key="more", Body=b"v")
        assert bearer(two, token, "GET", "/carries-on/more")[0] == 200


def test_a_revoked_token_fails_everywhere_within_two_seconds(wallets, wallet, tmp_path):
    one, two = wallets.masters
    token, made = wallet.issue(one), None
    made = assume(two, token)
    bearer(one, token, "PUT", "/revoked")
    for master in (one, two):
        assert bearer(master, token, "GET", "/revoked")[0] == 200
        assert refused(client(master, made).list_objects_v2, Bucket="revoked") is None
    presigned = client(two, made).generate_presigned_url("list_objects_v2", Params={"Bucket": "revoked"})
    (tmp_path / "token").write_text(token)
    cairnd("token", "revoke", "--token", tmp_path / "token", "--config", one.config)
    since = time.monotonic()
    for master in (one, two):
        watch.followed("the token is refused", since, lambda m=master: bearer(m, token, "GET", "/revoked")[0], [200], [403])
        watch.followed("the session is refused", since, lambda m=master: refused(client(m, made).list_objects_v2, Bucket="revoked"),
                       [None], ["InvalidToken"])
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(presigned, timeout=10)
    report = json.loads(cairnd("--json", "token", "inspect", tmp_path / "token", "--registry",
                               wallets.directory / "registry.sqlite", check=False).stdout)
    assert not report["good"] and "revoked" in report["why"]
    assert "token.revoke" in cairnd("audit", "list", "--config", one.config).stdout
    assert bearer(one, wallet.issue(one, "--seconds", "60"), "GET", "/revoked")[0] in (200, 403)


def test_a_challenge_is_for_one_token(wallets, wallet, tmp_path):
    one, two = wallets.masters
    first = wallet.issue(one, "--prefix", "a")
    second = with_nonce_of(first, wallet)
    assert bearer(one, first, "GET", "/")[0] in (200, 403)
    assert b"another token was made with it" in bearer(two, second, "GET", "/")[1]
    assert bearer(two, first, "GET", "/")[0] in (200, 403), "the first may be shown again, anywhere"
    foreign = with_nonce_of(first, wallet, nonce="0x" + "5a" * 32)
    assert b"no challenge of this fleet" in bearer(one, foreign, "GET", "/")[1]


def with_nonce_of(token, wallet, nonce=None):
    """Another token, signed by the wallet's library of Python users, with the nonce of `token` or the one given."""
    version, message, _ = contents(token)
    message["scope"][0]["prefix"] = "b"
    return wallet.token({**message, "nonce": nonce or message["nonce"]}, version)


def test_scope_is_kept_at_every_operation(wallets, wallet):
    one, two = wallets.masters
    everything = wallet.issue(one)
    bearer(one, everything, "PUT", "/scoped")
    for key in ("in/a", "out/b"):
        assert bearer(one, everything, "PUT", f"/scoped/{key}", b"v")[0] == 200
    made = assume(two, wallet.issue(two, "--bucket", "scoped", "--prefix", "in/", "--operations", "read,list"))
    narrow = client(one, made)
    assert narrow.get_object(Bucket="scoped", Key="in/a")["Body"].read() == b"v"
    assert narrow.list_objects_v2(Bucket="scoped", Prefix="in/")["KeyCount"] == 1
    narrow.head_bucket(Bucket="scoped")
    for name, arguments in [
        ("get_object", {"Key": "out/b"}), ("put_object", {"Key": "in/a", "Body": b"x"}), ("delete_object", {"Key": "in/a"}),
        ("list_objects_v2", {}), ("list_objects", {"Prefix": "i"}), ("list_object_versions", {}), ("delete_bucket", {}),
        ("list_multipart_uploads", {}), ("create_multipart_upload", {"Key": "in/a"}), ("create_bucket", {}),
        ("copy_object", {"Key": "in/c", "CopySource": "scoped/in/a"}), ("get_object_attributes", {"Key": "out/b", "ObjectAttributes": ["ETag"]}),
    ]:
        assert refused(getattr(narrow, name), Bucket="scoped", **arguments) == "AccessDenied", name
    assert refused(narrow.list_buckets) == "AccessDenied"
    gone = narrow.delete_objects(Bucket="scoped", Delete={"Objects": [{"Key": "in/a"}]})
    assert [e["Code"] for e in gone["Errors"]] == ["AccessDenied"]
    writing = client(two, assume(two, wallet.issue(two, "--bucket", "scoped", "--prefix", "in/", "--operations", "read,write")))
    assert refused(writing.copy_object, Bucket="scoped", Key="in/c", CopySource="scoped/out/b") == "AccessDenied"
    writing.copy_object(Bucket="scoped", Key="in/c", CopySource="scoped/in/a")


def test_access_keys_of_the_registry(fleet):
    one, two = fleet.masters
    made = json.loads(cairnd("--json", "key", "create", "--owner", "demo", "--bucket", "keys", "--label", "backup", "--config",
                             one.config).stdout)
    s3.client(one, fleet.access_key, fleet.secret_key).create_bucket(Bucket="keys")
    with_it = s3.client(two, made["id"], made["secret"])
    watch.followed("the key works", time.monotonic(), lambda: refused(with_it.put_object, Bucket="keys", Key="k", Body=b"v"),
                   ["InvalidAccessKeyId"], [None])
    assert refused(with_it.list_buckets) == "AccessDenied"
    listed = [json.loads(line) for line in cairnd("--json", "key", "list", "--config", two.config).stdout.splitlines()]
    assert [(k["id"], k["label"], k["enabled"]) for k in listed if "id" in k] == [(made["id"], "backup", True)]
    sealing = next(k["sharedKey"] for k in listed if k.get("purpose") == "access-key")
    refusal = cairnd("key", "retire", sealing, "--config", two.config, check=False)
    assert refusal.returncode == 1 and made["id"] in refusal.stderr
    assert made["secret"] not in cairnd("key", "list", "--config", two.config).stdout
    gone = "InvalidAccessKeyId"
    for change, before, after in (("disable", None, gone), ("enable", gone, None), ("delete", None, gone)):
        cairnd("key", change, made["id"], "--config", one.config)
        since = time.monotonic()
        for master in (one, two):
            reader = s3.client(master, made["id"], made["secret"])
            watch.followed(change, since, lambda r=reader: refused(r.get_object, Bucket="keys", Key="k"), [before], [after])
    assert cairnd("key", "enable", made["id"], "--config", one.config, check=False).returncode == 1


def test_shared_keys_rotate_with_overlap(wallets, wallet):
    one, two = wallets.masters
    before = assume(one, wallet.issue(one))
    client(one, before).create_bucket(Bucket="rotated")
    rotated = cairnd("key", "rotate", "session", "--config", one.config).stdout.split()[2]
    assert refused(client(two, before).list_objects_v2, Bucket="rotated") is None, "old sessions go on"
    after = assume(one, wallet.issue(one))
    assert refused(client(two, after).list_objects_v2, Bucket="rotated") is None, "no moment without"
    listed = [json.loads(line) for line in cairnd("--json", "key", "list", "--config", two.config).stdout.splitlines()]
    old = next(k["sharedKey"] for k in listed if k.get("purpose") == "session" and k["sharedKey"] != rotated)
    cairnd("key", "retire", old, "--config", two.config)
    since = time.monotonic()
    for master in (one, two):
        watch.followed("what a retired key sealed is refused", since,
                       lambda m=master: refused(client(m, before).list_objects_v2, Bucket="rotated"), [None], ["InvalidToken"])
    last = cairnd("key", "retire", rotated, "--config", two.config, check=False)
    assert last.returncode == 1 and "rotate session" in last.stderr
