"""S3 clients as people have them, pointed at one master."""

import boto3
import botocore.config
import botocore.exceptions


def client(master, access_key, secret_key, retries=0, **config):
    """A boto3 client of one master, path style. Without retries, so that a test sees what the master answered."""
    settings = botocore.config.Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": retries + 1},
                                      connect_timeout=5, read_timeout=60, **config)
    return boto3.client("s3", endpoint_url=f"http://{master.s3}", aws_access_key_id=access_key,
                        aws_secret_access_key=secret_key, region_name="us-east-1", config=settings)


def status_of(call, **arguments):
    """(status, code) of a call: (200, "") or what the error says."""
    try:
        return call(**arguments)["ResponseMetadata"]["HTTPStatusCode"], ""
    except botocore.exceptions.ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]


def list_all(s3, bucket, prefix=""):
    """Key -> ETag of everything under the prefix."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {o["Key"]: o["ETag"].strip('"') for page in pages for o in page.get("Contents", [])}
