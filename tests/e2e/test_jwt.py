"""Secrets of JSON web tokens that masters share: made and taken over, rotated with overlap, retired (docs/formats/jwt.md)."""

import contextlib
import json
import sqlite3

import pytest
from conftest import running_fleet

from lib import s3, watch
from lib.bad_requests import token
from lib.wallets import bearer, cairnd, refused

OWN = "of each master's own configuration"
LONG = 60  # seconds within which even a slow machine hears of a change; masters read the registry twice a second


@pytest.fixture(scope="module", params=[False, True], ids=["eip712-off", "eip712-on"])
def fleet(request, tmp_path_factory):
    """Two masters whose own secret has a kid."""
    file = secret_file(tmp_path_factory.mktemp("jwt"), OWN)
    yield from running_fleet(masters=2, settings={"auth": {"jwt_secret_file": str(file), "jwt_key_id": "own", "eip712": request.param}})


def secret_file(directory, text, mode=0o600):
    file = directory / "secret"
    file.touch(mode=mode)
    file.write_text(text)
    return file


def jwt(secret, kid=None, **header):
    return token({"sub": "demo", "exp": 4_000_000_000}, secret, {"alg": "HS256", **({"kid": kid} if kid is not None else {}), **header})


def answer(master, text):
    """(status, code, message) of listing the buckets with that token."""
    status, body = bearer(master, text, "GET", "/")
    if status == 200:
        return status, "", ""
    return status, *(body.split(f"<{name}>".encode())[1].split(b"</")[0].decode() for name in ("Code", "Message"))


def rotate(master, *options, **how):
    done = cairnd("--json", "key", "rotate", "jwt", *options, "--config", master.config, **how)
    return json.loads(done.stdout) if done.returncode == 0 else done


def retire(master, made):
    cairnd("key", "retire", made["sharedKey"], "--config", master.config)


def until(what, master, text, status):
    watch.until(what, lambda: answer(master, text)[0] == status, LONG)


def test_secrets_overlap_until_the_old_one_is_retired(fleet):
    one, two = fleet.masters
    old = rotate(one)
    assert len(old["secret"]) == 64 and old["kid"] == old["sharedKey"]
    before = [jwt(old["secret"], old["kid"]), jwt(old["secret"])]
    assert answer(one, jwt(OWN)) == (200, "", ""), "what was configured goes on working"
    for master in (one, two):
        until("the first secret is known", master, before[0], 200)
    new = rotate(two)
    assert new["secret"] != old["secret"] and new["kid"] != old["kid"]
    after = [jwt(new["secret"], new["kid"]), jwt(new["secret"])]
    for master in (one, two):
        until("the second secret is known", master, after[0], 200)
        for text in (*before, *after, jwt(OWN), jwt(OWN, "own")):
            assert answer(master, text)[0] == 200, "all are taken side by side"
        assert refused(s3.client(master, "JWT:" + after[0], "anything").list_buckets) is None
    retire(one, old)
    for master in (one, two):
        until("the old secret is refused", master, before[0], 403)
        assert answer(master, before[0])[1:] == ("InvalidToken", "The provided token is not valid: its kid names a key that this server does not have.")
        assert answer(master, before[1])[1:] == ("InvalidToken", "The provided token is not valid: its signature does not verify.")
        assert refused(s3.client(master, "JWT:" + before[0], "anything").list_buckets) == "InvalidToken"
        assert [answer(master, text)[0] for text in (*after, jwt(OWN))] == [200, 200, 200]
    assert not one.terminate() and not one.wait()
    one.start()
    assert answer(one, after[0])[0] == 200 and answer(one, before[0])[0] == 403, "a master that starts knows no less"
    retire(two, new)
    for master in (one, two):
        until("the last may be retired, too", master, after[0], 403)
        assert answer(master, jwt(OWN))[0] == 200


def test_a_kid_chooses_the_secret(fleet):
    one, two = fleet.masters
    made = rotate(one, "--kid", "chosen")
    assert made["kid"] == "chosen"
    for master in (one, two):
        until("it is known", master, jwt(made["secret"], "chosen"), 200)
        assert answer(master, jwt(OWN, "own"))[0] == 200
        for secret, kid, why in ((OWN, "chosen", "signature does not verify"), (made["secret"], "own", "signature does not verify"),
                                 (OWN, "other", "kid names a key"), (made["secret"], made["sharedKey"], "kid names a key"), (OWN, "", "kid names a key")):
            status, code, message = answer(master, jwt(secret, kid))
            assert (status, code) == (403, "InvalidToken") and why in message, (secret, kid, message)
    retire(one, made)
    until("it is gone", one, jwt(made["secret"], "chosen"), 403)
    until("it is gone", two, jwt(made["secret"], "chosen"), 403)


def test_an_issuers_secret_is_taken_over(fleet, tmp_path):
    one, two = fleet.masters
    theirs = "what an issuer has used for years"
    assert answer(two, jwt(theirs, "theirs"))[0] == 403
    file = secret_file(tmp_path, theirs + "\n")
    named = rotate(one, "--secret-file", file, "--kid", "theirs")
    assert named["kid"] == "theirs" and "secret" not in named
    for master in (one, two):
        until("it is taken", master, jwt(theirs, "theirs"), 200)
        assert answer(master, jwt(theirs))[0] == 200 and answer(master, jwt(theirs, "another"))[0] == 403
    nameless = rotate(two, "--secret-file", file)
    assert nameless["kid"] is None
    retire(one, named)
    for master in (one, two):
        until("without a kid it is tried for any", master, jwt(theirs, "another"), 200)
    retire(one, nameless)
    for master in (one, two):
        until("it is gone", master, jwt(theirs), 403)


def test_secrets_that_are_none_change_nothing(fleet, tmp_path):
    one, _ = fleet.masters
    before = cairnd("key", "list", "--config", one.config).stdout
    for number, (text, mode, why) in enumerate([("x", 0o644, "chmod 600"), ("", 0o600, "1 to 1024 bytes"), ("x" * 1025, 0o600, "1 to 1024 bytes")]):
        place = tmp_path / str(number)
        place.mkdir()
        done = rotate(one, "--secret-file", secret_file(place, text, mode), check=False)
        assert done.returncode == 1 and why in done.stderr, done.stderr
    assert rotate(one, "--secret-file", tmp_path / "none", check=False).returncode == 1
    for kid in ("", "a\nb", "k" * 257):
        assert "--kid" in rotate(one, "--kid", kid, check=False).stderr
    done = cairnd("key", "rotate", "session", "--kid", "x", "--config", one.config, check=False)
    assert done.returncode != 0 and "go with jwt" in done.stderr
    assert cairnd("key", "list", "--config", one.config).stdout == before


def test_refusals_help_the_honest(fleet):
    """Whatever secret a token names: alg none, RS256 and the like are 403, with what to change and nothing else."""
    one, two = fleet.masters
    made = rotate(one)
    for master in (one, two):
        until("it is known", master, jwt(made["secret"]), 200)
        for text, why in ((jwt(None, alg="none"), "its alg must be HS256."), (jwt(made["secret"], alg="none"), "its alg must be HS256."),
                          (jwt(made["secret"], made["kid"], alg="RS256"), "its alg must be HS256."), (jwt(made["secret"], typ="JWE"), "its typ must be JWT."),
                          (token({"sub": "demo", "exp": 1}, "not the secret"), "its signature does not verify.")):
            assert answer(master, text) == (403, "InvalidToken", "The provided token is not valid: " + why)
        assert answer(master, token({"sub": "demo", "exp": 1}, made["secret"]))[:2] == (403, "ExpiredToken")
    retire(one, made)


def test_a_secret_is_shown_once_and_lies_nowhere_in_clear(fleet):
    one, two = fleet.masters
    shown = cairnd("key", "rotate", "jwt", "--config", one.config).stdout
    secret = next(line.split()[1] for line in shown.splitlines() if line.startswith("secret"))
    until("it is known", two, jwt(secret), 200)
    assert answer(two, jwt(secret, "none"))[0] == 403
    audit = cairnd("--json", "audit", "list", "--config", one.config).stdout
    listed = cairnd("--json", "key", "list", "--config", one.config).stdout
    rotations = [json.loads(row["what"]) for row in map(json.loads, audit.splitlines()) if row["action"] == "key.rotate"]
    assert rotations[-1]["purpose"] == "jwt" and rotations[-1]["kid"] in shown
    with contextlib.closing(sqlite3.connect(fleet.directory / "registry.sqlite", timeout=60)) as connection:
        dump = "\n".join(connection.iterdump())
    written = [dump, audit, listed, *(master.log.read_text() for master in (one, two))]
    for form in (secret, secret.encode().hex()):
        assert not any(form.lower() in text.lower() for text in written)


def test_without_a_key_id_the_configured_secret_is_tried_for_any(tmp_path):
    file = secret_file(tmp_path, OWN)
    for fleet in running_fleet(masters=1, settings={"auth": {"jwt_secret_file": str(file)}}):
        (one,) = fleet.masters
        assert [answer(one, jwt(OWN, kid))[0] for kid in (None, "any", "")] == [200, 200, 200]
        made = rotate(one)
        until("it is known", one, jwt(made["secret"], made["kid"]), 200)
        assert [answer(one, jwt(OWN, kid))[0] for kid in (None, "any", "")] == [200, 200, 200]
        assert answer(one, jwt(OWN, made["kid"]))[0] == 200, "its kid is not known here: it may be that"


def test_the_registrys_secrets_alone_will_do():
    for fleet in running_fleet(masters=1):
        (one,) = fleet.masters
        assert answer(one, jwt(OWN))[1:] == ("InvalidToken", "This server is not configured to accept JSON web tokens.")
        made = rotate(one)
        until("it is known", one, jwt(made["secret"]), 200)
        assert answer(one, jwt(OWN))[0] == 403
