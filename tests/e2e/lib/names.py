"""Buckets by the names that others see: what requests with a token, or without any, are answered."""

import json
import urllib.error
import urllib.request

from lib.wallets import bearer


def answer(master, token, method, path, body=None, headers=()):
    """"status Code"; the code is - where there is none."""
    status, text = bearer(master, token, method, path, body, headers)
    return f"{status} {text.split(b'<Code>')[1].split(b'</Code>')[0].decode() if b'<Code>' in text else '-'}"


def policy(bucket, *statements, principal="*"):
    """A bucket's policy of (actions, resources) with resources relative to the bucket."""
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": [f"arn:aws:s3:::{bucket}{r}" for r in resources]}
        for actions, resources in statements]}).encode()


def read(master, path, method="GET", headers=(), body=None):
    """status, headers and body, without credentials."""
    request = urllib.request.Request(f"http://{master.s3}{path}", data=body, method=method, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=30) as good:
            return good.status, dict(good.headers), good.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def anonymous(master, path, method="GET", body=None):
    return read(master, path, method, body=body)[0]


def make(master, token, bucket, **objects):
    assert answer(master, token, "PUT", f"/{bucket}") == "200 -"
    for key, value in objects.items():
        assert answer(master, token, "PUT", f"/{bucket}/{key.replace('__', '/')}", value) == "200 -"


READ, LIST = ("s3:GetObject", ["/*"]), ("s3:ListBucket", [""])
