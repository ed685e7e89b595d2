"""Just enough S3 for the demo on a machine that has only Python: PUT with SigV4 in the header."""

import datetime
import hashlib
import hmac
import http.client
import urllib.parse


def _mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def put(host, access_key, secret_key, path, body=b"", region="us-east-1"):
    """PUT http://host/path; returns the answer's headers. Raises OSError with the server's words unless it says 2xx."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    target = "/" + urllib.parse.quote(path, safe="/-._~")
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
    names = ";".join(sorted(headers))
    canonical = "\n".join(["PUT", target, "", *(f"{k}:{headers[k]}" for k in sorted(headers)), "", names, digest])
    scope = f"{now[:8]}/{region}/s3/aws4_request"
    key = b"AWS4" + secret_key.encode()
    for part in (now[:8], region, "s3", "aws4_request"):
        key = _mac(key, part)
    signature = _mac(key, "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])).hex()
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request("PUT", target, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        if answer.status // 100 != 2:
            raise OSError(f"PUT {target} through {host}: {answer.status} {text}")
        return dict(answer.getheaders())
    finally:
        connection.close()
