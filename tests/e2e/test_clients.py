"""Real clients do a real job against two masters at once: written through one, read through the other."""

import os

import pytest

from lib import s3
from lib.content import content
from lib.programs import run, tool

TREE = {"a.txt": b"first\n", "deep/er/b.bin": content(3 << 20), "sp ace/\u00fc\u00f1\u00ee.txt": "\u20ac".encode(), "empty": b""}


@pytest.fixture()
def folder(tmp_path):
    root = tmp_path / "tree"
    for name, data in TREE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def same(left, right):
    def files(root):
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    assert files(left) == files(right)


def environment(fleet, tmp_path):
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_ACCESS_KEY_ID": fleet.access_key, "LC_ALL": "C.UTF-8",
            "AWS_SECRET_ACCESS_KEY": fleet.secret_key, "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


def test_boto3(fleet, bucket):
    one, two = (s3.client(m, fleet.access_key, fleet.secret_key) for m in fleet.masters[:2])
    for name, data in TREE.items():
        one.put_object(Bucket=bucket, Key=name, Body=data, Metadata={"from": "one"})
    assert set(s3.list_all(two, bucket)) == set(TREE)
    for name, data in TREE.items():
        answer = two.get_object(Bucket=bucket, Key=name)
        assert answer["Body"].read() == data and answer["Metadata"] == {"from": "one"}
    two.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in TREE]})
    assert s3.list_all(one, bucket) == {}


def test_aws_cli(fleet, bucket, folder, tmp_path):
    env = environment(fleet, tmp_path)
    first, second = (["--endpoint-url", f"http://{m.s3}"] for m in fleet.masters[:2])
    aws = tool("aws")
    run(aws, *first, "s3", "sync", folder, f"s3://{bucket}/tree", env=env)
    run(aws, *second, "s3", "sync", f"s3://{bucket}/tree", tmp_path / "back", env=env)
    same(folder, tmp_path / "back")
    run(aws, *second, "s3", "rm", "--recursive", f"s3://{bucket}/tree", env=env)
    assert run(aws, *first, "s3", "ls", "--recursive", f"s3://{bucket}/", env=env, check=False).stdout == ""


def test_rclone(fleet, bucket, folder, tmp_path):
    env = environment(fleet, tmp_path)

    def remote(master):
        return f":s3,provider=Other,env_auth=true,force_path_style=true,endpoint='http://{master.s3}':{bucket}/tree"

    rclone = tool("rclone")
    one, two = (remote(m) for m in fleet.masters[:2])
    run(rclone, "--config", "/dev/null", "copy", folder, one, env=env)
    run(rclone, "--config", "/dev/null", "check", "--download", folder, two, env=env)
    run(rclone, "--config", "/dev/null", "sync", two, tmp_path / "back", env=env)
    same(folder, tmp_path / "back")


def test_s3cmd(fleet, bucket, folder, tmp_path):
    env = environment(fleet, tmp_path)

    def s3cmd(master, *arguments):
        return run(tool("s3cmd"), "--config=/dev/null", f"--access_key={fleet.access_key}", f"--secret_key={fleet.secret_key}",
                   f"--host={master.s3}", f"--host-bucket={master.s3}", "--no-ssl", "--no-check-md5", *arguments, env=env)

    one, two = fleet.masters[:2]
    s3cmd(one, "sync", f"{folder}/", f"s3://{bucket}/tree/")
    (tmp_path / "back").mkdir()
    s3cmd(two, "sync", f"s3://{bucket}/tree/", f"{tmp_path}/back/")
    same(folder, tmp_path / "back")
    s3cmd(two, "del", "--recursive", "--force", f"s3://{bucket}/tree/")
    assert s3cmd(one, "ls", "--recursive", f"s3://{bucket}/").stdout == ""


def test_restic(fleet, bucket, folder, tmp_path):
    env = {**environment(fleet, tmp_path), "RESTIC_PASSWORD": "test", "RESTIC_CACHE_DIR": str(tmp_path / "cache")}

    def restic(master, *arguments):
        return run(tool("restic"), "-r", f"s3:http://{master.s3}/{bucket}/repository", "-o", "s3.bucket-lookup=path", *arguments, env=env)

    one, two = fleet.masters[:2]
    restic(one, "init")
    restic(one, "backup", folder)
    restic(two, "check", "--read-data")
    restic(two, "restore", "latest", "--target", tmp_path / "back")
    same(folder, tmp_path / "back" / str(folder).lstrip("/"))
