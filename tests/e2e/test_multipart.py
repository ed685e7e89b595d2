"""Parts of one upload go to alternating masters; either completes it."""

import hashlib

import pytest

from lib import s3
from lib.content import content

PART = 5 << 20


@pytest.mark.parametrize("completer", [0, 1])
def test_parts_through_both_masters(fleet, bucket, completer):
    clients = [s3.client(m, fleet.access_key, fleet.secret_key) for m in fleet.masters[:2]]
    data = content(3 * PART + 12345)
    pieces = [data[at:at + PART] for at in range(0, len(data), PART)]
    upload = clients[0].create_multipart_upload(Bucket=bucket, Key="big", Metadata={"a": "b"})["UploadId"]
    target = {"Bucket": bucket, "Key": "big", "UploadId": upload}
    parts = [{"PartNumber": n + 1, "ETag": clients[n % 2].upload_part(**target, PartNumber=n + 1, Body=piece)["ETag"]}
             for n, piece in enumerate(pieces)]
    listed = clients[1 - completer].list_parts(**target)["Parts"]
    assert [(p["PartNumber"], p["ETag"], p["Size"]) for p in listed] == [(p["PartNumber"], p["ETag"], len(b)) for p, b in zip(parts, pieces)]
    assert upload in [u["UploadId"] for u in clients[1].list_multipart_uploads(Bucket=bucket)["Uploads"]]
    done = clients[completer].complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
    md5s = b"".join(hashlib.md5(piece).digest() for piece in pieces)
    assert done["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-{len(pieces)}"'
    for client in clients:
        answer = client.get_object(Bucket=bucket, Key="big")
        assert answer["Body"].read() == data and answer["Metadata"] == {"a": "b"}
        assert client.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []
    # 5 MiB parts are multiples of 1 MiB, so the CID is that of the whole object.
    clients[0].put_object(Bucket=bucket, Key="whole", Body=data)
    cids = [clients[1].head_object(Bucket=bucket, Key=k)["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"] for k in ("big", "whole")]
    assert cids[0] == cids[1]


def test_abort_through_the_other_master(fleet, bucket):
    clients = [s3.client(m, fleet.access_key, fleet.secret_key) for m in fleet.masters[:2]]
    upload = clients[0].create_multipart_upload(Bucket=bucket, Key="gone")["UploadId"]
    clients[1].upload_part(Bucket=bucket, Key="gone", UploadId=upload, PartNumber=1, Body=b"x")
    clients[1].abort_multipart_upload(Bucket=bucket, Key="gone", UploadId=upload)
    status = s3.status_of(clients[0].upload_part, Bucket=bucket, Key="gone", UploadId=upload, PartNumber=2, Body=b"y")
    assert status == (404, "NoSuchUpload")
