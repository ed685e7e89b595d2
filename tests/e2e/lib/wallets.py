"""Wallets, their tokens, and requests that carry them."""

import base64
import json
import os
import secrets
import subprocess
import time
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
from eth_account import Account

from lib.programs import BIN

_SCOPE = [("bucket", "string"), ("prefix", "string"), ("operations", "string")]
_TYPES = {
    1: {"FulaAuth": [("wallet", "address"), ("iat", "uint256"), ("exp", "uint256")]},
    2: {"Scope": _SCOPE, "CairnAuth": [("wallet", "address"), ("fleet", "string"), ("role", "string"), ("scope", "Scope[]"),
                                       ("iat", "uint64"), ("exp", "uint64"), ("nonce", "bytes32")]},
}
_DOMAINS = {1: {"name": "Fula Gateway", "version": "1"}, 2: {"name": "Cairn", "version": "2"}}
_PREFIXES = {1: "fula-eip712.", 2: "cairn-eip712."}


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

    def sign(self, message, version):
        """The 65 bytes with which the library of Python's wallets signs the token's message."""
        from eth_account import Account

        types = {name: [{"name": n, "type": t} for n, t in fields] for name, fields in _TYPES[version].items()}
        return bytes(Account.sign_typed_data(self.file.read_text().strip(), _DOMAINS[version], types, message).signature)

    def token(self, message, version, signature=None):
        """A token of any message, the signature by default the right one. Version 2 needs all members, version 1 the times."""
        message = {"wallet": self.address, **message}
        text = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
        return spelt(version, text, signature or self.sign(message, version))

    def message(self, master, ahead=0, seconds=3600, version=2, **changed):
        """What a token says that was issued `ahead` seconds from now; version 2 with a challenge of `master`."""
        issued = int(time.time()) + ahead
        if version == 1:
            return {"iat": issued, "exp": issued + seconds, **changed}
        with urllib.request.urlopen(f"http://{master.api}/auth/v1/challenge", timeout=10) as answer:
            asked = json.load(answer)
        return {"fleet": asked["fleet"], "role": "storage", "scope": [{"bucket": "*", "prefix": "", "operations": "read,write,list,delete"}],
                "iat": issued, "exp": issued + seconds, "nonce": asked["nonce"], **changed}


def spelt(version, payload, signature):
    return _PREFIXES[version] + ".".join(base64.urlsafe_b64encode(b).rstrip(b"=").decode() for b in (payload, signature))


def contents(token):
    """(version, message, signature) of a token."""
    prefix, *parts = token.split(".")
    payload, signature = (base64.urlsafe_b64decode(p + "=" * (-len(p) % 4)) for p in parts)
    return 1 if prefix.startswith("fula") else 2, json.loads(payload), signature


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


def refused(call, **arguments):
    """The code with which S3 refuses; None when it does not."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return None


def web_identity(master, token_file, home):
    """The environment in which tools fetch their credentials themselves."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_WEB_IDENTITY_TOKEN_FILE": str(token_file),
            "AWS_ROLE_ARN": "arn:aws:iam::000000000000:role/cairn", "AWS_ROLE_SESSION_NAME": "test",
            "AWS_ENDPOINT_URL_STS": f"http://{master.s3}"}


