"""Wallets, their tokens, and requests that carry them."""

import os
import secrets
import subprocess
import urllib.error
import urllib.request

import boto3
import botocore.config
from eth_account import Account

from lib.programs import BIN


class Wallet:
    """A fresh key in a file; tokens by `cairnd token issue`."""

    def __init__(self, directory, name="wallet"):
        self.file = directory / f"{name}.key"
        self.file.touch(mode=0o600)
        self.file.write_text(secrets.token_hex(32) + "\n")

    @property
    def address(self):
        """In lower case, as owners' ids are."""
        return Account.from_key(self.file.read_text().strip()).address.lower()

    def issue(self, master=None, *options, version=2):
        words = ["--token-version", str(version), *options] + (["--api", master.api] if version == 2 else [])
        return cairnd("token", "issue", "--key", self.file, *words).stdout.strip()


def cairnd(*words, check=True, stdin=None):
    done = subprocess.run([str(w) for w in (BIN / "cairnd", *words)], capture_output=True, text=True, timeout=60, input=stdin)
    assert not check or done.returncode == 0, f"cairnd {words} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def bearer(master, token, method, path, body=None, headers=()):
    """(status, body) of an S3 request that a bearer token speaks for."""
    request = urllib.request.Request(f"http://{master.s3}{path}", data=body, method=method,
                                     headers={"Authorization": f"Bearer {token}", **dict(headers)})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def assume(master, token, **more):
    """STS credentials by boto3, as botocore's AssumeRoleWithWebIdentity provider asks for them."""
    sts = boto3.client("sts", endpoint_url=f"http://{master.s3}", region_name="us-east-1", aws_access_key_id="x",
                       aws_secret_access_key="x", config=botocore.config.Config(retries={"total_max_attempts": 1}))
    return sts.assume_role_with_web_identity(RoleArn="arn:aws:iam::000000000000:role/cairn", RoleSessionName="test",
                                             WebIdentityToken=token, **more)["Credentials"]


def client(master, credentials, retries=0):
    settings = botocore.config.Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": retries + 1}, signature_version="s3v4")
    return boto3.client("s3", endpoint_url=f"http://{master.s3}", aws_access_key_id=credentials["AccessKeyId"],
                        aws_secret_access_key=credentials["SecretAccessKey"], aws_session_token=credentials["SessionToken"],
                        region_name="us-east-1", config=settings)


def web_identity(master, token_file, home):
    """The environment in which tools fetch their credentials themselves."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_WEB_IDENTITY_TOKEN_FILE": str(token_file),
            "AWS_ROLE_ARN": "arn:aws:iam::000000000000:role/cairn", "AWS_ROLE_SESSION_NAME": "test",
            "AWS_ENDPOINT_URL_STS": f"http://{master.s3}"}


