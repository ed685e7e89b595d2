"""Writes botocore_vectors.inc: requests as botocore really signs them. Run in a venv with botocore; see the header it writes."""

import datetime
import io
import sys
from urllib.parse import urlsplit

import botocore
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config

captured = []


def client(endpoint, **options):
    made = botocore.session.get_session().create_client(
        "s3", region_name="us-east-1", endpoint_url=endpoint, aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}, **options))

    def capture(request, **_):
        captured.append(request)
        return AWSResponse(request.url, 200, {}, io.BytesIO(b"<x/>"))

    made.meta.events.register("before-send.s3", capture)
    return made


def body_bytes(body):
    if body is None:
        return b""
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    if isinstance(body, str):
        return body.encode()
    return body.read()


def text(value):
    if isinstance(value, bytes):
        value = value.decode("utf-8")
    return 'R"_x(' + value + ')_x"'


def emit(out, name, method, url, headers, body):
    parts = urlsplit(url)
    have = {k.lower() for k in headers}
    rows = [(k, v) for k, v in headers.items() if k.lower() != "user-agent"]  # not signed, and names the machine
    if "host" not in have:
        rows.insert(0, ("Host", parts.netloc))
    rows = ", ".join("{%s, %s}" % (text(k), text(v)) for k, v in rows)
    out.write('{%s, "%s", %s, %s, {%s}, "%s"},\n' % (text(name), method, text(parts.path), text(parts.query), rows, body.hex()))


def run(c, name, operation, **arguments):
    try:
        getattr(c, operation)(**arguments)
    except AttributeError:  # the canned answer does not parse for every operation; the request was captured before that
        pass
    request = captured.pop()
    captured.clear()
    return name, request.method, request.url, request.headers, body_bytes(request.body)


def main():
    out = open(sys.argv[1], "w", encoding="utf-8")
    out.write("// Made by make_botocore_vectors.py with botocore %s on %s.\n" % (botocore.__version__, datetime.date.today()))
    plain = client("http://127.0.0.1:9000")
    secure = client("https://s3.example.com")
    keys = ["plain", "with space", "plus+sign", "a//b", "a/./b/../c", "literal%2Fpercent", "dir/", "/leading", "snow\u2603man/\U0001f600",
            "tilde~star*quote'(x)!@$&=;:,?#[]", "a\\b|c^`{}<>\"", "..", "newline\nkey"]
    for key in keys:
        emit(out, *run(plain, "get " + key.replace("\n", "\\n"), "get_object", Bucket="bucket", Key=key))
    emit(out, *run(plain, "put", "put_object", Bucket="bucket", Key="k", Body=b"hello world"))
    emit(out, *run(plain, "put empty", "put_object", Bucket="bucket", Key="k", Body=b""))
    emit(out, *run(plain, "put metadata", "put_object", Bucket="bucket", Key="k", Body=b"x", ContentType="text/plain; charset=utf-8",
                   Metadata={"a": "two  spaces", "b": "tab\tx"}))
    emit(out, *run(plain, "list", "list_objects_v2", Bucket="bucket", Prefix="a b+c/\u2603&=", Delimiter="/", StartAfter=""))
    emit(out, *run(plain, "list marker", "list_objects", Bucket="bucket", Prefix="", Marker="~*'()"))
    emit(out, *run(plain, "uploads", "list_multipart_uploads", Bucket="bucket"))
    emit(out, *run(plain, "create upload", "create_multipart_upload", Bucket="bucket", Key="big file"))
    emit(out, *run(plain, "part", "upload_part", Bucket="bucket", Key="big file", UploadId="a+b/c==", PartNumber=3, Body=b"part"))
    emit(out, *run(plain, "copy", "copy_object", Bucket="bucket", Key="to", CopySource={"Bucket": "bucket", "Key": "fr\u00f6m +"}))
    emit(out, *run(plain, "delete many", "delete_objects", Bucket="bucket", Delete={"Objects": [{"Key": "a"}, {"Key": "b c"}]}))
    emit(out, *run(plain, "buckets", "list_buckets"))
    for algorithm in ["CRC32", "SHA1", "SHA256"]:
        emit(out, *run(secure, "trailer " + algorithm, "put_object", Bucket="bucket", Key="t", Body=io.BytesIO(b"streamed " * 400),
                       ChecksumAlgorithm=algorithm))
    emit(out, *run(secure, "trailer empty", "put_object", Bucket="bucket", Key="t", Body=io.BytesIO(b"")))
    signer = client("https://s3.example.com", signature_version="s3v4")
    for key in ["plain", "a b+c/\u2603", "x//y%2F"]:
        for method, name in [("get_object", "GET"), ("put_object", "PUT")]:
            url = signer.generate_presigned_url(method, Params={"Bucket": "bucket", "Key": key}, ExpiresIn=600)
            emit(out, "presigned %s %s" % (name, key), name, url, {}, b"")
    url = signer.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "k", "ResponseContentDisposition": 'attachment; filename="a b+c"'})
    emit(out, "presigned response header", "GET", url, {}, b"")


main()
