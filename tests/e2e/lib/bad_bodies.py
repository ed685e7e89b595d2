"""Bad input, second half: checksums, aws-chunked framing, XML, multipart. Rows as in bad_requests."""

import base64
import hashlib
import zlib

from lib.raw import Ask

BIG = bytes(1536 << 10)  # over 1 MiB, so that it takes the way of large bodies


def md5(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def crc32(data):
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


def signed(chunks, last=True, after=b"", spoil=None):
    """A body of signed chunks. `spoil` is the number of the chunk whose signature is wrong."""
    def make(signer):
        out = b""
        for n, data in enumerate([*chunks, b""] if last else chunks):
            signature = signer.chunk(data) if n != spoil else "0" * 64
            out += b"%x;chunk-signature=%s\r\n%s\r\n" % (len(data), signature.encode(), data)
        return out + after
    return make


def signed_trailer(data, line, spoil=False):
    """One signed chunk and a signed trailer."""
    def make(signer):
        out = b"%x;chunk-signature=%s\r\n%s\r\n" % (len(data), signer.chunk(data).encode(), data)
        out += b"0;chunk-signature=%s\r\n%s\r\n" % (signer.chunk(b"").encode(), line)
        signature = signer.trailer(line + b"\n")
        return out + b"x-amz-trailer-signature:%s\r\n\r\n" % (("0" * 64 if spoil else signature).encode())
    return make


def stream(mode, size, body, trailer=None, headers=None, **fields):
    """A PUT of an aws-chunked body that holds `size` bytes."""
    named = {"x-amz-trailer": trailer} if trailer else {}
    headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(size), **named, **(headers or {})}
    return Ask(headers=headers, payload="STREAMING-" + mode, body=body, **fields)


def unsigned(size, body, trailer="x-amz-checksum-crc32", **fields):
    return stream("UNSIGNED-PAYLOAD-TRAILER", size, body, trailer, **fields)


def chunks(size, body, **fields):
    return stream("AWS4-HMAC-SHA256-PAYLOAD", size, body, **fields)


def sealed(body, **fields):
    return stream("AWS4-HMAC-SHA256-PAYLOAD-TRAILER", 5, body, "x-amz-checksum-crc32", **fields)


GOOD = f"x-amz-checksum-crc32:{crc32(b'hello')}".encode()

CHECKSUMS = [
    ("a Content-MD5 of something else", "400 BadDigest", Ask(headers={"Content-MD5": md5(b"other")})),
    ("a Content-MD5 of something else, 1.5 MiB", "400 BadDigest", Ask(headers={"Content-MD5": md5(b"other")}, body=BIG)),
    ("a Content-MD5 that is none", "400 InvalidDigest", Ask(headers={"Content-MD5": "????"})),
    ("a Content-MD5 too short", "400 InvalidDigest", Ask(headers={"Content-MD5": base64.b64encode(b"short").decode()})),
    ("a CRC-32 of something else", "400 BadDigest", Ask(headers={"x-amz-checksum-crc32": crc32(b"other")})),
    ("a CRC-32 of something else, 1.5 MiB", "400 BadDigest", Ask(headers={"x-amz-checksum-crc32": crc32(b"other")}, body=BIG)),
    ("a CRC-32 that is none", "400 InvalidRequest", Ask(headers={"x-amz-checksum-crc32": "AAAA"})),
    ("a SHA-256 of something else", "400 BadDigest",
     Ask(headers={"x-amz-checksum-sha256": base64.b64encode(bytes(32)).decode()})),
    ("two checksums", "400 InvalidRequest", Ask(headers={"x-amz-checksum-crc32": crc32(b"x"), "x-amz-checksum-sha1": "AAAA"})),
    ("an algorithm without its checksum", "400 InvalidRequest", Ask(headers={"x-amz-sdk-checksum-algorithm": "CRC32"})),
    ("a body that was swapped", "400 XAmzContentSHA256Mismatch", Ask(payload=hashlib.sha256(b"y").hexdigest())),
    ("a body of nothing that was swapped", "400 XAmzContentSHA256Mismatch", Ask(payload=hashlib.sha256(b"y").hexdigest(), body=b"")),
    ("a body of 1.5 MiB that was swapped", "400 XAmzContentSHA256Mismatch", Ask(payload=hashlib.sha256(b"y").hexdigest(), body=BIG)),
]

CUT = [
    ("half a body", "400 IncompleteBody", Ask(body=b"half", length="8", payload="UNSIGNED-PAYLOAD", end="shut")),
    ("half of 3 MiB", "400 IncompleteBody", Ask(body=BIG, length=str(2 * len(BIG)), payload="UNSIGNED-PAYLOAD", end="shut")),
    ("half a body, then gone", "silence", Ask(body=BIG, length=str(2 * len(BIG)), payload="UNSIGNED-PAYLOAD", end="close")),
    ("half a body, then reset", "silence", Ask(body=BIG, length=str(2 * len(BIG)), payload="UNSIGNED-PAYLOAD", end="reset")),
    ("half a part", "400 IncompleteBody",
     Ask(target="/{bucket}/open?partNumber=3&uploadId={upload}", body=b"half", length="8", payload="UNSIGNED-PAYLOAD", end="shut")),
    ("half a part, then reset", "silence",
     Ask(target="/{bucket}/open?partNumber=3&uploadId={upload}", body=BIG, length=str(2 * len(BIG)), payload="UNSIGNED-PAYLOAD", end="reset")),
    ("half a list", "400 IncompleteBody",
     Ask("POST", "/{bucket}?delete", body=b"<Delete>", length="99", payload="UNSIGNED-PAYLOAD", headers={"Content-MD5": md5(b"x")}, end="shut")),
    ("signed chunks, cut in one", "400 IncompleteBody", chunks(10, signed([b"hello"], False, b"5;chunk-sig"), end="shut", length="400")),
    ("signed chunks, cut between two", "400 IncompleteBody", chunks(10, signed([b"hello"], False), end="shut", length="400")),
    ("signed chunks, reset between two", "silence", chunks(10, signed([b"hello"], False), end="reset", length="400")),
    ("signed chunks that end early", "400 IncompleteBody", chunks(10, signed([b"hello"]))),
    ("signed chunks without a last one", "400 IncompleteBody", chunks(5, signed([b"hello"], False))),
    ("unsigned chunks, cut in one", "400 IncompleteBody", unsigned(5, b"5\r\nhel", end="shut", length="99")),
    ("unsigned chunks, cut before the trailer", "400 IncompleteBody", unsigned(5, b"5\r\nhello\r\n0\r\n", end="shut", length="99")),
    ("unsigned chunks without the trailer", "400 IncompleteBody", unsigned(5, b"5\r\nhello\r\n0\r\n")),
    ("HTTP chunks, cut", "400 IncompleteBody",
     unsigned(5, b"f\r\n5\r\nhel", end="shut", headers={"Transfer-Encoding": "chunked"}, unsigned=("transfer-encoding",))),
    ("HTTP chunks of no size", "400 IncompleteBody",
     unsigned(5, b"xyz\r\n", headers={"Transfer-Encoding": "chunked"}, unsigned=("transfer-encoding",))),
]

CHUNKS = [
    ("no decoded length", "411 MissingContentLength", Ask(payload="STREAMING-AWS4-HMAC-SHA256-PAYLOAD", body=b"")),
    ("a negative decoded length", "411 MissingContentLength", chunks(-5, signed([b"hello"]))),
    ("the first chunk's signature is wrong", "403 SignatureDoesNotMatch", chunks(10, signed([b"hello", b"world"], spoil=0))),
    ("the second chunk's signature is wrong", "403 SignatureDoesNotMatch", chunks(10, signed([b"hello", b"world"], spoil=1))),
    ("the last chunk's signature is wrong", "403 SignatureDoesNotMatch", chunks(10, signed([b"hello", b"world"], spoil=2))),
    ("chunks without signatures", "400 InvalidRequest", chunks(5, b"5\r\nhello\r\n0\r\n\r\n")),
    ("more chunks than announced", "400 InvalidRequest", chunks(5, signed([b"hello", b"world"]))),
    ("bytes behind the last chunk", "400 InvalidRequest", chunks(5, signed([b"hello"], after=b"more"))),
    ("a chunk of no size", "400 InvalidRequest", unsigned(5, b"\r\nhello\r\n0\r\n\r\n")),
    ("a chunk size of words", "400 InvalidRequest", unsigned(5, b"five\r\nhello\r\n0\r\n\r\n")),
    ("a chunk size beyond 64 bits", "400 InvalidRequest", unsigned(5, b"1" + b"0" * 16 + b"\r\nhello\r\n")),
    ("a chunk of 16 EiB", "400 InvalidRequest", unsigned(5, b"ffffffffffffffff\r\nhello\r\n")),
    ("a chunk longer than it says", "400 InvalidRequest", unsigned(9, b"5\r\nhello!!!!\r\n0\r\n\r\n")),
    ("a chunk header without end", "400 InvalidRequest", unsigned(5, b"5" * 9000)),
    ("lines that end in LF", "400 InvalidRequest", unsigned(5, b"5\nhello\n0\n\n")),
    ("a trailer of something else", "400 BadDigest",
     unsigned(5, b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n" % crc32(b"other").encode())),
    ("a trailer that is no checksum", "400 InvalidRequest", unsigned(5, b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:??\r\n\r\n")),
    ("a trailer that does not come", "400 MalformedTrailerError", unsigned(5, b"5\r\nhello\r\n0\r\n\r\n")),
    ("a trailer that nobody announced", "400 MalformedTrailerError", unsigned(5, b"5\r\nhello\r\n0\r\nx-amz-meta-a:b\r\n" + GOOD + b"\r\n\r\n")),
    ("a trailer twice", "400 MalformedTrailerError", unsigned(5, b"5\r\nhello\r\n0\r\n" + GOOD + b"\r\n" + GOOD + b"\r\n\r\n")),
    ("a trailer of another kind announced", "400 InvalidRequest", unsigned(5, b"5\r\nhello\r\n0\r\n\r\n", "x-amz-meta-a")),
    ("a trailer without a colon", "400 MalformedTrailerError", unsigned(5, b"5\r\nhello\r\n0\r\nnothing\r\n\r\n")),
    ("a trailer of 64 KiB", "400 InvalidRequest", unsigned(5, b"5\r\nhello\r\n0\r\n" + b"a" * 65536 + b"\r\n\r\n")),
    ("a signed trailer, its signature wrong", "403 SignatureDoesNotMatch", sealed(signed_trailer(b"hello", GOOD, spoil=True))),
    ("a signed trailer of something else", "400 BadDigest",
     sealed(signed_trailer(b"hello", b"x-amz-checksum-crc32:" + crc32(b"other").encode()))),
    ("a trailer that should be signed", "400 MalformedTrailerError",
     sealed(signed([b"hello"], after=b""), end="open")),
]


def complete(body, target="/{bucket}/open?uploadId={upload}", **fields):
    return Ask("POST", target, body=body.encode(), **fields)


def parts(*numbers, etag="{e1}"):
    rows = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{etag}</ETag></Part>" for n in numbers)
    return complete(f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".replace("{e1}", hashlib.md5(b"part").hexdigest()))


def part(number, upload="{upload}", **fields):
    return Ask("PUT", f"/{{bucket}}/open?partNumber={number}&uploadId={upload}", **fields)


# Parts 1 and 2 of {upload} hold b"part" each.
MULTIPART = [
    ("parts out of order", "400 InvalidPartOrder", parts(2, 1)),
    ("the same part twice", "400 InvalidPartOrder", parts(1, 1)),
    ("a part that nobody sent", "400 InvalidPart", parts(7)),
    ("a part with another ETag", "400 InvalidPart", parts(1, etag="0" * 32)),
    ("a first part of 4 bytes", "400 EntityTooSmall", parts(1, 2)),
    ("part 0 in the list", "400 InvalidArgument", parts(0, 1)),
    ("part 10001 in the list", "400 InvalidArgument", parts(1, 10001)),
    ("a part number of words", "400 MalformedXML", parts("one")),
    ("no parts", "400 MalformedXML", parts()),
    ("10001 parts", "400 InvalidArgument", parts(*range(1, 10002))),
    ("no list", "400 MissingRequestBodyError", complete("")),
    ("no XML", "400 MalformedXML", complete("parts, please")),
    ("another document", "400 MalformedXML", complete("<Delete/>")),
    ("an upload that is not there", "404 NoSuchUpload", complete("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>a</ETag></Part>"
                                                                 "</CompleteMultipartUpload>", "/{bucket}/open?uploadId=" + "0" * 32)),
    ("the size of something else", "400 InvalidRequest",
     Ask("POST", "/{bucket}/open?uploadId={upload}", body=parts(1).body, headers={"x-amz-mp-object-size": "5"})),
    ("part 0", "400 InvalidArgument", part(0)),
    ("part 10001", "400 InvalidArgument", part(10001)),
    ("part -1", "400 InvalidArgument", part(-1)),
    ("part of no number", "400 InvalidArgument", part("")),
    ("a part of an upload that is not there", "404 NoSuchUpload", part(3, "f" * 32)),
    ("a part of an upload that cannot be", "404 NoSuchUpload", part(3, "..%2F..")),
    ("a part with a wrong MD5", "400 BadDigest", part(3, headers={"Content-MD5": md5(b"other")})),
    ("a part with a wrong SHA-256", "400 XAmzContentSHA256Mismatch", part(3, payload=hashlib.sha256(b"y").hexdigest())),
    ("no upload to abort", "404 NoSuchUpload", Ask("DELETE", "/{bucket}/open?uploadId=" + "0" * 32, body=b"", length="")),
]


def delete(body, **headers):
    body = body if isinstance(body, bytes) else body.encode()
    return Ask("POST", "/{bucket}?delete", body=body, headers={"Content-MD5": md5(body), **headers})


OBJECT = "<Object><Key>kept</Key></Object>"

XML = [
    ("no XML to delete by", "400 MalformedXML", delete("kept, please")),
    ("nothing to delete by", "400 MalformedXML", delete("")),
    ("another document to delete by", "400 MalformedXML", delete("<Remove>" + OBJECT + "</Remove>")),
    ("a tag that stays open", "400 MalformedXML", delete("<Delete>" + OBJECT)),
    ("tags that cross", "400 MalformedXML", delete("<Delete><Object><Key>kept</Object></Key></Delete>")),
    ("two documents", "400 MalformedXML", delete("<Delete>" + OBJECT + "</Delete><Delete/>")),
    ("a DOCTYPE", "400 MalformedXML", delete('<!DOCTYPE Delete [<!ENTITY a "kept">]><Delete><Object><Key>&a;</Key></Object></Delete>')),
    ("an entity that nobody knows", "400 MalformedXML", delete("<Delete><Object><Key>&kept;</Key></Object></Delete>")),
    ("a reference to NUL", "400 MalformedXML", delete("<Delete><Object><Key>kept&#0;</Key></Object></Delete>")),
    ("XML that is not UTF-8", "400 MalformedXML", delete(b"<Delete><Object><Key>\xff</Key></Object></Delete>")),
    ("XML 10,000 deep", "400 MalformedXML", delete("<Delete>" + "<a>" * 10000 + "</a>" * 10000 + "</Delete>")),
    ("an object without a key", "400 MalformedXML", delete("<Delete>" + OBJECT + "<Object/></Delete>")),
    ("no objects", "400 MalformedXML", delete("<Delete></Delete>")),
    ("1001 objects", "400 MalformedXML", delete("<Delete>" + OBJECT * 1001 + "</Delete>")),
    ("a list of 9 MiB", "400 MaxMessageLengthExceeded", delete(b" " * (9 << 20))),
    ("a list without a checksum", "400 InvalidRequest", Ask("POST", "/{bucket}?delete", body=b"<Delete/>")),
    ("a list with a wrong MD5", "400 BadDigest",
     Ask("POST", "/{bucket}?delete", body=b"<Delete>" + OBJECT.encode() + b"</Delete>", headers={"Content-MD5": md5(b"x")})),
    ("a bucket made of no XML", "400 MalformedXML", Ask(target="/never-made", body=b"{}")),
    ("a bucket made of another document", "400 MalformedXML", Ask(target="/never-made", body=b"<Delete/>")),
]
