"""Wallet tokens that are not quite good, times at their edges, a registry that cannot be read, and the flag off."""

import hmac
import json
import sqlite3
import struct
import time
import urllib.parse

import botocore.exceptions
import pytest
from conftest import running_fleet
from Crypto.Cipher import AES

from lib import s3, transcript, watch
from lib.transcript import Exchange
from lib.wallets import Wallet, assume, bearer, cairnd, client, contents, spelt

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def code(answer):
    """"200", or the status and what S3 calls it."""
    status, body = answer
    return str(status) if status < 300 else f"{status} {body.decode().partition('<Code>')[2].partition('</Code>')[0]}"


def within_one_second(call):
    """What `call` gives, from a try that began and ended within one second of the clock."""
    while True:
        time.sleep(1 - time.time() % 1)  # the next second's beginning
        began = int(time.time())
        given = call()
        if int(time.time()) == began:
            return given


@pytest.mark.parametrize("version", [1, 2])
def test_times_at_their_edges(wallets, wallet, version):
    one, two = wallets.masters

    def asked(ahead, seconds=3600, master=one):
        return within_one_second(lambda: bearer(master, wallet.token(wallet.message(one, ahead, seconds, version), version), "GET", "/"))

    assert code(asked(299)) == "200"
    status, body = asked(301)
    assert status == 403 and b"301 s ahead of this server" in body
    assert code(asked(-80_000, 80_000 + 60, two)) == "200", "a slow client's old issue passes while the end is ahead"
    assert code(asked(0, 86_400)) == "200"
    assert code(asked(0, 86_401)) == "403 InvalidToken"
    assert code(asked(-60, 60)) == "403 ExpiredToken"
    assert code(asked(-60, 61)) == "200"
    assert code(asked(10, 0)) == code(asked(10, -5)) == "403 InvalidToken"


def shared_key(fleet, purpose):
    """A key that the masters share, opened as docs/formats/session.md says."""
    kek = bytes.fromhex((fleet.directory / "key-encryption.key").read_text().strip())
    with sqlite3.connect(f"file:{fleet.directory}/registry.sqlite?mode=ro", uri=True) as registry:
        name, wrapped = registry.execute("SELECT key_id, wrapped FROM wrapped_keys JOIN shared_keys ON id = key_id"
                                         " WHERE purpose = ? AND NOT retired", (purpose,)).fetchone()
    opener = AES.new(kek, AES.MODE_GCM, nonce=wrapped[:12])
    opener.update(f"cairn wrapped key {name}".encode())
    return opener.decrypt_and_verify(wrapped[12:-16], wrapped[-16:])


def test_a_late_challenge(wallets, wallet):
    one, two = wallets.masters
    key = shared_key(wallets, "nonce")

    def given(seconds_ago):
        stamped = struct.pack(">Q", int(time.time()) - seconds_ago + 600) + bytes(4) + struct.pack(">I", seconds_ago)
        return "0x" + (stamped + hmac.digest(key, b"cairn challenge" + stamped, "sha256")[:16]).hex()

    for seconds, answer in ((590, "200"), (602, "403 InvalidToken")):
        token = wallet.token(wallet.message(one, nonce=given(seconds)), 2)
        assert code(bearer(one, token, "GET", "/")) == code(bearer(two, token, "GET", "/")) == answer
    used = wallet.token(wallet.message(one, nonce=given(597)), 2)
    assert code(bearer(one, used, "GET", "/")) == "200"
    end = time.time() + 5
    watch.until("the challenge has run out", lambda: time.time() > end)
    assert code(bearer(two, used, "GET", "/")) == "200", "what was shown in time goes on"


def bad_tokens(wallet, master):
    """(name, token) of what must be refused, made from good ones."""
    for version in (1, 2):
        def fresh(version=version):
            return wallet.message(master, version=version)

        good = wallet.token(fresh(), version)
        _, message, raw = contents(good)
        r, s, v = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64]

        def resigned(r=r, s=s, v=v, message=message, version=version):
            return wallet.token(message, version, r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v]))

        yield f"{version}: high s", resigned(s=ORDER - s, v=55 - v)
        yield f"{version}: r of nothing", resigned(r=0)
        yield f"{version}: s of nothing", resigned(s=0)
        yield f"{version}: r of the order", resigned(r=ORDER)
        yield f"{version}: s of the order", resigned(s=ORDER)
        for wrong in (2, 3, 26, 29, 30, 31, 55 - v, *((0, 1) if version == 2 else ()), 255):
            yield f"{version}: v {wrong}", resigned(v=wrong)
        yield f"{version}: padded", good + "="
        yield f"{version}: trailing bits", good[:-1] + chr(ord(good[-1]) + 1)
        yield f"{version}: another alphabet", good[:30] + "+" + good[31:]
        yield f"{version}: 64 KiB", good.partition(".")[0] + "." + "A" * 65536 + "." + good.rpartition(".")[2]
        yield f"{version}: another wallet's", wallet.token({**message, "wallet": "0x" + "ab" * 20}, version, raw)
        for name, text in (
            ("a member twice", b'{"iat":1,' + json.dumps(message).encode()[1:]),
            ("a number as text", json.dumps({**message, "iat": str(message["iat"])}).encode()),
            ("a leading zero", json.dumps(message).replace('"exp": ', '"exp": 0').encode()),
            ("not UTF-8", b'{"\xff":1,' + json.dumps(message).encode()[1:]),
        ):
            yield f"{version}: {name}", spelt(version, text, raw)
    text = json.dumps(message, separators=(",", ":")).encode()
    yield "2: a blank", spelt(2, b" " + text, raw)
    yield "2: unknown member", spelt(2, text[:-1] + b',"x":1}', raw)
    yield "2: upper case", spelt(2, text.replace(message["wallet"].encode(), b"0x" + message["wallet"][2:].upper().encode()), raw)
    yield "2: another fleet", wallet.token({**fresh(), "fleet": "0" * 32}, 2)
    yield "2: no challenge", wallet.token({**fresh(), "nonce": "0x" + "00" * 32}, 2)


def test_bad_tokens_are_refused_with_a_reason(wallets, wallet):
    one, two = wallets.masters
    assert code(bearer(one, wallet.issue(one), "PUT", "/for-bad-tokens")) == "200"
    seen = []
    for name, token in bad_tokens(wallet, one):
        status, body = bearer(two, token, "GET", "/for-bad-tokens")
        if "64 KiB" in name:
            assert status in (400, 403, 431), name
            continue
        assert status == 403 and b"<Code>InvalidToken</Code>" in body, (name, status, body)
        assert body.partition(b"<Message>")[2][:1] != b"<", name
        assert token.rpartition(".")[2].encode() not in body, name
        with pytest.raises(botocore.exceptions.ClientError) as error:
            assume(two, token)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400, name
        seen.append(token.rpartition(".")[2])
    for master in (one, two):
        log = master.log.read_text()
        assert not any(signature in log for signature in seen)


def spelt_anew(token):
    """Spellings of a version-1 token, some of each kind; the unit tests go through them all."""
    version, message, raw = contents(token)
    assert version == 1
    address, iat, exp = message["wallet"], message["iat"], message["exp"]
    yield token
    yield spelt(1, json.dumps(message, indent=1).encode(), raw)
    yield spelt(1, json.dumps({"exp": exp, "wallet": "0x" + address[2:].upper(), "iat": iat, "more": [1]}).encode(), raw)
    yield spelt(1, json.dumps([address[2:], iat, exp]).encode(), raw)
    yield spelt(1, json.dumps(message).replace("wallet", "w\\u0061llet").encode(), raw[:64] + bytes([raw[64] - 27]))


def test_a_revocation_reaches_every_spelling(wallets, wallet, tmp_path):
    one, two = wallets.masters
    all_ways = list(spelt_anew(wallet.issue(version=1)))
    assert len(set(all_ways)) == 5
    for master in (one, two):
        assert [code(bearer(master, way, "GET", "/")) for way in all_ways] == ["200"] * 5
    (tmp_path / "token").write_text(all_ways[3])
    cairnd("token", "revoke", "--token", tmp_path / "token", "--config", one.config)
    since = time.monotonic()
    for master in (one, two):
        for way in all_ways:
            watch.followed("it is refused", since, lambda m=master, w=way: code(bearer(m, w, "GET", "/")), ["200"], ["403 InvalidToken"])


def refused(call, **arguments):
    """(status, code) with which S3 refuses; None when it does not."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    return None


def test_a_registry_that_cannot_be_read_is_no_answer(wallet):
    for fleet in running_fleet(masters=2, settings={"auth": {"eip712": True}}):
        one, two = fleet.masters
        token, old = wallet.issue(one), wallet.issue(version=1)
        assert code(bearer(one, token, "PUT", "/stale")) == "200"
        session = client(two, assume(two, token))
        made = json.loads(cairnd("--json", "key", "create", "--owner", wallet.address, "--config", one.config).stdout)
        keyed = s3.client(two, made["id"], made["secret"])
        configured = s3.client(two, fleet.access_key, fleet.secret_key)
        watch.until("the key is known", lambda: refused(keyed.list_buckets) is None, 60)
        registry = sqlite3.connect(fleet.directory / "registry.sqlite", isolation_level=None, timeout=20)
        registry.execute("ALTER TABLE revocations RENAME TO away")
        try:
            unavailable = (503, "ServiceUnavailable")
            since = time.monotonic()
            for master in (one, two):
                for shown in (token, old):
                    watch.followed("a wallet is refused", since, lambda m=master, t=shown: code(bearer(m, t, "GET", "/")), ["200"],
                                   ["503 ServiceUnavailable"])
            assert refused(session.list_buckets) == refused(keyed.list_buckets) == unavailable
            assert refused(s3.client(two, "CAIRNunknown", "x").list_buckets) == unavailable, "nobody knows whether it is one"
            with pytest.raises(botocore.exceptions.ClientError) as error:
                assume(one, token)
            assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert error.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "1"
            assert refused(configured.list_buckets) is None, "what the configuration knows goes on"
        finally:
            registry.execute("ALTER TABLE away RENAME TO revocations")
            registry.close()
        for shown in (token, old):
            watch.until("wallets are taken again", lambda t=shown: code(bearer(two, t, "GET", "/")) == "200", 60)
        assert refused(session.list_buckets) is refused(keyed.list_buckets) is None


def answers(master, bearers):
    """What each bearer gets from every kind of request, without what differs from request to request."""
    for method, target in (("GET", "/"), ("GET", "/some-bucket"), ("HEAD", "/some-bucket/key"), ("PUT", "/some-bucket/key"), ("DELETE", "/b")):
        rows = []
        for token in bearers:
            exchange = Exchange(method)
            exchange.request = [f"> {method} {target}", "> !anonymous: yes", f"> authorization: Bearer {token}"]
            rows.append(transcript.render(*transcript.send(master.s3, "", "", exchange, {}), {}))
        yield method, rows


@pytest.mark.parametrize("jwt", [False, True], ids=["no-jwt", "jwt"])
def test_with_the_flag_off_a_wallet_is_anybody(wallet, tmp_path, jwt):
    secret = tmp_path / "jwt.key"
    secret.touch(mode=0o600)
    secret.write_text("of nobody here\n")
    for fleet in running_fleet(masters=1, settings={"auth": {"jwt_secret_file": str(secret)} if jwt else {}}):
        (master,) = fleet.masters
        issued = int(time.time())
        second = wallet.token({"fleet": "0" * 32, "role": "storage", "scope": [{"bucket": "*", "prefix": "", "operations": "read"}],
                               "iat": issued, "exp": issued + 60, "nonce": "0x" + "11" * 32}, 2)
        first = wallet.issue(version=1)
        for token in (first, second, "fula-eip712.", "cairn-eip712.x.y", "fula-eip712"):
            unknown = token.replace("-eip712", "-other", 1)
            for method, (its, anybodys) in answers(master, [token, unknown]):
                assert its == anybodys and its[0] in ("< 400", "< 403"), (method, its, anybodys)
        forms = [{"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "WebIdentityToken": first}, {"Action": "Whatever"}]
        assert len({tuple(posted(master, form)) for form in forms}) == 1
        keys = [{"AccessKeyId": i, "SecretAccessKey": "x", "SessionToken": t} for i, t in (("CSTS0123456789ABCDEF", first), ("AKIAX", "y"))]
        assert len({refused(client(master, k).list_buckets) for k in keys}) == 1
        asked = cairnd("token", "issue", "--key", wallet.file, "--api", master.api, check=False)
        assert asked.returncode == 1 and "auth.eip712 is off" in asked.stderr


def posted(master, form):
    exchange = Exchange("form")
    exchange.request = ["> POST /", "> !anonymous: yes", "> content-type: application/x-www-form-urlencoded",
                        ">| " + urllib.parse.urlencode(form)]
    return transcript.render(*transcript.send(master.s3, "", "", exchange, {}), {})
