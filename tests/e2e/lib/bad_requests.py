"""Bad input, first half: heads, names, sizes, ranges, signatures, dates. Each row: name, the answer to expect, the request.

An answer is "status Code" ("-": refused below S3, no XML); "silence" where the client is gone or never came to the point.
"""

import base64
import hmac
import json

from lib.raw import Ask

TIB = 1 << 40


def get(target="/{bucket}/kept", **fields):
    return Ask("GET", target, body=b"", length="", **fields)


def raw(text, end="open"):
    """Bytes as they are, {host} filled in."""
    return text.encode("latin-1"), end


def token(claims, secret="not the server's", header=None):
    """A JWT; `secret` None leaves the signature away."""
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    signed = ".".join(part(json.dumps(p).encode()) for p in (header or {"alg": "HS256", "typ": "JWT"}, claims))
    return signed + "." + ("" if secret is None else part(hmac.digest(secret.encode(), signed.encode(), "sha256")))


def jwt_rows(secret):
    """Tokens; `secret` is the one that the masters know."""
    late = {"sub": "demo", "exp": 1_700_000_000}
    good = {"sub": "demo", "exp": 4_000_000_000}
    return [
        ("a token that is none", "403 InvalidToken", get(auth="Bearer not.a.token")),
        ("a token of nobody's secret", "403 InvalidToken", get(auth="Bearer " + token(good))),
        ("a token that has expired", "403 ExpiredToken", get(auth="Bearer " + token(late, secret))),
        ("a token signed by nothing", "403 InvalidToken", get(auth="Bearer " + token(good, None, {"alg": "none"}))),
        ("a token without a subject", "403 InvalidToken", get(auth="Bearer " + token({"exp": 4_000_000_000}, secret))),
        ("a token whose subject is a wallet", "403 InvalidToken", get(auth="Bearer " + token({**good, "sub": "0x" + "ab" * 20}, secret))),
        ("a token as access key, expired", "403 ExpiredToken", get(by={"access_key": "JWT:" + token(late, secret)})),
        ("a token as access key, of nobody's secret", "403 InvalidToken", get(by={"access_key": "JWT:" + token(good)})),
        ("a token of another owner", "403 AccessDenied", get(auth="Bearer " + token({**good, "sub": "eve"}, secret))),
    ]


HTTP = [
    ("no HTTP at all", "400 -", raw("\x16\x03\x01 what is this\r\n\r\n")),
    ("a line of nothing", "400 -", raw("GET\r\n\r\n")),
    ("HTTP/2.0", "505 -", raw("GET / HTTP/2.0\r\nHost: {host}\r\n\r\n")),
    ("a space in the target", "400 -", raw("GET /a b HTTP/1.1\r\nHost: {host}\r\n\r\n")),
    ("a fragment in the target", "400 -", raw("GET /a#b HTTP/1.1\r\nHost: {host}\r\n\r\n")),
    ("no Host", "400 -", raw("GET / HTTP/1.1\r\n\r\n")),
    ("two Hosts", "400 -", raw("GET / HTTP/1.1\r\nHost: {host}\r\nHost: other\r\n\r\n")),
    ("a folded field", "400 -", raw("GET / HTTP/1.1\r\nHost: {host}\r\nX-A: b\r\n c\r\n\r\n")),
    ("a field without a name", "400 -", raw("GET / HTTP/1.1\r\nHost: {host}\r\n: b\r\n\r\n")),
    ("a blank before the colon", "400 -", raw("GET / HTTP/1.1\r\nHost: {host}\r\nX-A : b\r\n\r\n")),
    ("NUL in a field", "400 -", raw("GET / HTTP/1.1\r\nHost: {host}\r\nX-A: \0\r\n\r\n")),
    ("two Content-Lengths", "400 -", raw("PUT /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")),
    ("a list of Content-Lengths", "400 -", raw("PUT /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1, 1\r\n\r\na")),
    ("a negative Content-Length", "400 -", raw("PUT /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n")),
    ("a Content-Length over 64 bits", "400 -", raw("PUT /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 18446744073709551616\r\n\r\n")),
    ("Content-Length and chunks", "400 -", raw("PUT /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
    ("another transfer coding", "400 -", raw("PUT /x HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")),
    ("another expectation", "417 -", raw("PUT /x HTTP/1.1\r\nHost: {host}\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\na")),
    ("a head of 70 KiB", "431 -", raw("GET / HTTP/1.1\r\nHost: {host}\r\nX-A: " + "a" * 70000 + "\r\n\r\n")),
    ("300 fields", "431 -", raw("GET / HTTP/1.1\r\nHost: {host}\r\n" + "X-A: b\r\n" * 300 + "\r\n")),
    ("half a head", "silence", raw("GET / HTTP/1.1\r\nHost: {host}\r\n", "shut")),
    ("lines that end in LF", "silence", raw("GET / HTTP/1.1\nHost: {host}\n\n", "shut")),
    ("a head that is cut off", "silence", raw("PUT /x HTTP/1.1\r\nHo", "reset")),
    ("a method that nobody knows", "405 MethodNotAllowed", Ask("FROB")),
    ("a method without its object", "405 MethodNotAllowed", Ask("PUT", "/")),
]

NAMES = [
    ("a key of no bytes is the bucket", "409 BucketAlreadyOwnedByYou", Ask(target="/{bucket}/", body=b"")),
    ("a key of 1025 bytes", "400 KeyTooLongError", Ask(target="/{bucket}/" + "k" * 1025)),
    ("a key of 1026 bytes in UTF-8", "400 KeyTooLongError", Ask(target="/{bucket}/" + "%C3%A9" * 513)),
    ("a key that is not UTF-8", "400 InvalidURI", Ask(target="/{bucket}/a%FFb")),
    ("a key in UTF-8 too long", "400 InvalidURI", Ask(target="/{bucket}/a%C0%AFb")),
    ("a surrogate in a key", "400 InvalidURI", Ask(target="/{bucket}/%ED%A0%80")),
    ("NUL in a key", "400 InvalidArgument", Ask(target="/{bucket}/a%00b")),
    ("a % of nothing", "400 InvalidURI", Ask(target="/{bucket}/a%zz")),
    ("a % at the end", "400 InvalidURI", Ask(target="/{bucket}/a%2")),
    ("a % of nothing in the query", "400 InvalidURI", get("/{bucket}?prefix=%q0")),
    ("a bucket name in capitals", "400 InvalidBucketName", Ask(target="/Bad-Name", body=b"")),
    ("a bucket name of two letters", "400 InvalidBucketName", Ask(target="/ab", body=b"")),
    ("a bucket called ..", "400 InvalidBucketName", Ask(target="/../etc/passwd")),
    ("a bucket name with a control character", "400 InvalidBucketName", Ask(target="/bad%01name", body=b"")),
    ("a bucket that is not there", "404 NoSuchBucket", Ask(target="/nobody-made-this/key")),
    ("a prefix that is not UTF-8", "400 InvalidArgument", get("/{bucket}?list-type=2&prefix=%FF")),
    ("a page of minus one", "400 InvalidArgument", get("/{bucket}?list-type=2&max-keys=-1")),
    ("an encoding that nobody knows", "400 InvalidArgument", get("/{bucket}?list-type=2&encoding-type=rot13")),
    ("a continuation token that is none", "400 InvalidArgument", get("/{bucket}?list-type=2&continuation-token=%21")),
    ("a version that is not there", "404 NoSuchVersion", get("/{bucket}/kept?versionId=xyz")),
    ("a copy of nothing", "404 NoSuchKey", Ask(headers={"x-amz-copy-source": "/{bucket}/absent"}, body=b"")),
    ("a copy from no key", "400 InvalidArgument", Ask(headers={"x-amz-copy-source": "/{bucket}/"}, body=b"")),
    ("a copy from a key that is not UTF-8", "400 InvalidURI", Ask(headers={"x-amz-copy-source": "/{bucket}/%FF"}, body=b"")),
    ("metadata of 3 KiB", "400 MetadataTooLarge", Ask(headers={"x-amz-meta-a": "m" * 3072})),
    ("a header that breaks a line", "400 InvalidArgument", get("/{bucket}/kept?response-content-type=a%0D%0Ab")),
    ("tags that are none", "400 InvalidArgument", Ask(headers={"x-amz-tagging": "a=%zz"})),
    ("the same tag twice", "400 InvalidTag", Ask(headers={"x-amz-tagging": "a=1&a=2"})),
]

SIZES_AND_RANGES = [
    ("5 TiB + 1", "400 EntityTooLarge", Ask(body=b"", payload="UNSIGNED-PAYLOAD", length=str(5 * TIB + 1))),
    ("5 TiB + 1, waiting for 100", "400 EntityTooLarge",
     Ask(body=b"", payload="UNSIGNED-PAYLOAD", length=str(5 * TIB + 1), headers={"Expect": "100-continue"}, unsigned=("expect",))),
    ("5 TiB + 1 in chunks", "400 EntityTooLarge",
     Ask(body=b"", payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER", length=str(5 * TIB + 100), headers={"x-amz-decoded-content-length": str(5 * TIB + 1)})),
    ("a part of 5 TiB + 1", "400 EntityTooLarge",
     Ask(target="/{bucket}/open?partNumber=3&uploadId={upload}", body=b"", payload="UNSIGNED-PAYLOAD", length=str(5 * TIB + 1))),
    ("a list of 5 TiB", "400 MaxMessageLengthExceeded",
     Ask("POST", "/{bucket}?delete", body=b"", payload="UNSIGNED-PAYLOAD", length=str(5 * TIB), headers={"Content-MD5": "1B2M2Y8AsgTpgAmy7PhCfg=="})),
    ("5 GiB announced, nothing sent", "400 IncompleteBody", Ask(body=b"", payload="UNSIGNED-PAYLOAD", length=str(5 << 30), end="shut")),
    ("no length", "411 MissingContentLength", Ask(body=b"", length="")),
    ("chunks without a length", "411 MissingContentLength", Ask(headers={"Transfer-Encoding": "chunked"}, unsigned=("transfer-encoding",), body=b"0\r\n\r\n")),
    ("a range behind the end", "416 InvalidRange", get(headers={"Range": "bytes=5-"})),
    ("the last 0 bytes", "416 InvalidRange", get(headers={"Range": "bytes=-0"})),
    ("a range beyond 64 bits", "416 InvalidRange", get(headers={"Range": "bytes=99999999999999999999999-"})),
    # RFC 9110 14.2: a Range that cannot be read is no Range.
    ("a range that ends before it begins", "200 -", get(headers={"Range": "bytes=4-2"})),
    ("a range of words", "200 -", get(headers={"Range": "bytes=one-two"})),
    ("a range of another unit", "200 -", get(headers={"Range": "lines=1-2"})),
    ("several ranges", "200 -", get(headers={"Range": "bytes=0-1,3-4"})),
    ("part 0 of an object", "400 InvalidArgument", get("/{bucket}/kept?partNumber=0")),
    ("part 2 of an object of one", "416 InvalidPartNumber", get("/{bucket}/kept?partNumber=2")),
    ("a range and a part", "400 InvalidRequest", get("/{bucket}/kept?partNumber=1", headers={"Range": "bytes=0-1"})),
    ("a copied range of words", "400 InvalidArgument",
     Ask(target="/{bucket}/open?partNumber=3&uploadId={upload}", headers={"x-amz-copy-source": "/{bucket}/kept", "x-amz-copy-source-range": "bytes=a-b"}, body=b"")),
    ("a copied range behind the end", "400 InvalidArgument",
     Ask(target="/{bucket}/open?partNumber=3&uploadId={upload}", headers={"x-amz-copy-source": "/{bucket}/kept", "x-amz-copy-source-range": "bytes=3-9"}, body=b"")),
]

SIGNATURES = [
    ("nobody", "403 AccessDenied", Ask(auth="")),
    ("a wrong secret", "403 SignatureDoesNotMatch", Ask(by={"secret_key": "wrong"})),
    ("an unknown access key", "403 InvalidAccessKeyId", Ask(by={"access_key": "AKIANOBODY"})),
    ("a signature of zeros", "403 SignatureDoesNotMatch", Ask(signature="0" * 64)),
    ("a signature of words", "403 SignatureDoesNotMatch", Ask(signature="sesame")),
    ("another region", "400 AuthorizationHeaderMalformed", Ask(by={"region": "mars-1"})),
    ("another service", "400 AuthorizationHeaderMalformed", Ask(by={"service": "ec2"})),
    ("another day", "400 AuthorizationHeaderMalformed", Ask(by={"scope_date": "20200101"})),
    ("an Authorization without fields", "400 AuthorizationHeaderMalformed", Ask(auth="AWS4-HMAC-SHA256 garbage")),
    ("version 2", "400 InvalidRequest", Ask(auth="AWS AKIA:c2lnbmF0dXJl")),
    ("a scheme that nobody knows", "400 InvalidArgument", Ask(auth="Basic dXNlcjpwYXNz")),
    ("a header added on the way", "403 AccessDenied", Ask(headers={"x-amz-meta-evil": "1"}, unsigned=("x-amz-meta-evil",))),
    ("no x-amz-content-sha256", "400 MissingSecurityHeader", Ask(payload="")),
    ("an x-amz-content-sha256 that is none", "400 InvalidArgument", Ask(payload="abc")),
    ("a security token", "400 InvalidToken", Ask(headers={"x-amz-security-token": "abc"})),
    ("16 minutes late", "403 RequestTimeTooSkewed", Ask(by={"ahead": -961})),
    ("16 minutes early", "403 RequestTimeTooSkewed", Ask(by={"ahead": 961})),
    ("a date of words", "403 AccessDenied", Ask(headers={"x-amz-date": "yesterday"})),
    ("the 45th of December", "403 AccessDenied", Ask(headers={"x-amz-date": "20251245T000000Z"})),
    ("presigned, expired", "403 AccessDenied", Ask(expires="60", by={"ahead": -120})),
    ("presigned from the future", "403 AccessDenied", Ask(expires="60", by={"ahead": 7200})),
    ("presigned for no time", "400 AuthorizationQueryParametersError", Ask(expires="0")),
    ("presigned for over a week", "400 AuthorizationQueryParametersError", Ask(expires="604801")),
    ("presigned for words", "400 AuthorizationQueryParametersError", Ask(expires="soon")),
    ("presigned with a wrong secret", "403 SignatureDoesNotMatch", Ask(expires="60", by={"secret_key": "wrong"})),
    ("presigned, a parameter added", "403 SignatureDoesNotMatch", Ask(expires="60", stray="&partNumber=1")),
    ("presigned twice over", "400 AuthorizationQueryParametersError", Ask(expires="60", stray="&X-Amz-Expires=9")),
    ("presigned and signed", "400 InvalidArgument", Ask(expires="60", headers={"Authorization": "AWS4-HMAC-SHA256 x"})),
]


def api(target, method="GET", more=""):
    return raw(f"{method} {target} HTTP/1.1\r\nHost: {{host}}\r\n{more}\r\n")


# To the API door, which answers JSON.
API = [
    ("a page that is not there", "404 -", api("/admin/v1/nothing")),
    ("a page that climbs", "404 -", api("/admin/v1/../../etc/passwd")),
    ("a bucket that is not there", "404 -", api("/admin/v1/buckets/demo/never-made")),
    ("a name that is none", "400 -", api("/admin/v1/buckets/%zz/a")),
    ("a query that is none", "400 -", api("/admin/v1/buckets?limit=%q")),
    ("a page of minus one", "400 -", api("/admin/v1/buckets?limit=-1")),
    ("a page of words", "400 -", api("/admin/v1/races?limit=all")),
    ("a page without end", "400 -", api("/admin/v1/races?limit=99999999999999999999")),
    ("a flag of words", "400 -", api("/admin/v1/buckets?stats=maybe")),
    ("a version over 64 bits", "400 -", api("/admin/v1/buckets/demo/{bucket}/history?from=18446744073709551616")),
    ("races of half a bucket", "400 -", api("/admin/v1/races?bucket=demo")),
    ("events from the future", "400 -", api("/admin/v1/events?after=9000000000000000000")),
    ("events after a word", "400 -", api("/admin/v1/events?after=dinner")),
    ("a Last-Event-ID that is none", "400 -", api("/admin/v1/events", more="Last-Event-ID: abc\r\n")),
    ("a web page asking", "403 -", api("/admin/v1/buckets", more="Origin: http://evil.example\r\n")),
    ("a write", "405 -", api("/admin/v1/buckets", "POST", "Content-Length: 0\r\n")),
    ("a deletion", "405 -", api("/admin/v1/buckets/demo/{bucket}", "DELETE")),
    ("a body of 2 MiB", "413 -", api("/admin/v1/buckets", "POST", f"Content-Length: {2 << 20}\r\n")),
    ("no Host", "400 -", raw("GET /health HTTP/1.1\r\n\r\n")),
]
