"""Golden transcripts: text files of S3 requests and the exact answers that a dark master gives.

    ### put an object                      a title starts an exchange
    > PUT /golden/a.txt                    request line, then headers, then body lines
    > content-type: text/plain
    >| hello
    @ upload <UploadId>([^<]+)</UploadId>  keeps what the answer holds as ${upload} for later exchanges
    < 200                                  the answer: status, headers sorted, body lines
    < etag: "5d41402abc4b2a76b9719d911017c592"

`> !anonymous: yes` sends no signature, `> !secret: wrong` signs with that secret, `> !key: ID` as that access key.
Dates, ages, request ids and what was kept with @ are written as ${date}, ${seconds}, ${id} and ${name}. Body lines of the request are joined
by newlines, without one at the end. CAIRN_RECORD=1 writes the answers of exchanges that have none; it changes no other.
"""

import http.client
import re

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_NORMAL = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "${date}"),
    (re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"), "${date}"),
    (re.compile(r"\d+ s ago"), "${seconds} s ago"),
    (re.compile(r"(?<=<RequestId>)[^<]+|(?<=<HostId>)[^<]+"), "${id}"),
]
# What clients call the master: some answers hold it.
NAME = "golden.test"
_ID_HEADERS = ("x-amz-request-id", "x-amz-id-2")


class Exchange:
    """One request and its answer; `answer` is a list of lines, empty if none is recorded."""

    def __init__(self, title):
        self.title, self.request, self.keeps, self.answer = title, [], [], []

    def text(self):
        return "\n".join([f"### {self.title}", *self.request, *self.keeps, *self.answer]) + "\n"


def parse(text):
    """(introduction, exchanges)."""
    introduction, exchanges = [], []
    for line in text.splitlines():
        if line.startswith("### "):
            exchanges.append(Exchange(line[4:]))
        elif not exchanges:
            introduction.append(line)
        elif line.startswith(">"):
            exchanges[-1].request.append(line)
        elif line.startswith("@"):
            exchanges[-1].keeps.append(line)
        elif line.startswith("<"):
            exchanges[-1].answer.append(line)
        elif line.strip():
            raise ValueError(f"neither a title nor >, @ or <: {line}")
    return "\n".join(introduction).rstrip() + "\n", exchanges


def _fill(text, values):
    return re.sub(r"\$\{(\w+)\}", lambda m: values.get(m.group(1), m.group(0)), text)


def send(host, access_key, secret_key, exchange, values):
    """Signs and sends the request; returns (status, headers, body)."""
    lines = [_fill(line, values) for line in exchange.request]
    method, target = lines[0][2:].split(" ", 1)
    headers = dict(line[2:].split(": ", 1) for line in lines[1:] if line.startswith("> "))
    anonymous, wrong = headers.pop("!anonymous", None), headers.pop("!secret", None)
    access_key = headers.pop("!key", access_key)
    body = "\n".join(line[3:] if line.startswith(">| ") else "" for line in lines if line.startswith(">|")).encode()
    signed = AWSRequest(method, f"http://{NAME}{target}", headers, body)
    if not anonymous:
        S3SigV4Auth(Credentials(access_key, wrong or secret_key), "s3", "us-east-1").add_auth(signed)
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.request(method, target, body, {"Host": NAME, **signed.headers})
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read().decode("utf-8", "backslashreplace")
    finally:
        connection.close()


def render(status, headers, body, values):
    """The answer as lines, with what differs from run to run replaced."""
    lines = [f"< {status}"]
    lines += sorted(f"< {k.lower()}: {'${id}' if k.lower() in _ID_HEADERS else v}" for k, v in headers)
    lines += [f"<| {line}".rstrip() for line in body.split("\n")] if body else []
    text = "\n".join(lines)
    for pattern, name in _NORMAL:
        text = pattern.sub(name, text)
    for name, value in values.items():
        text = text.replace(value, "${%s}" % name)
    return text.split("\n")


def play(host, access_key, secret_key, exchanges, values):
    """Runs all exchanges in order; yields (exchange, the answer's lines)."""
    for exchange in exchanges:
        status, headers, body = send(host, access_key, secret_key, exchange, values)
        for keep in exchange.keeps:
            name, pattern = keep[2:].split(" ", 1)
            found = re.search(pattern, body)
            if not found:
                raise ValueError(f"{exchange.title}: nothing matches {pattern} in\n{body}")
            values[name] = found.group(1)
        yield exchange, render(status, headers, body, values)
