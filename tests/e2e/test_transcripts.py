"""A dark master answers exactly as it always did (promise 4): the golden transcripts of tests/e2e/transcripts.

Whether it takes wallets or not: who comes with an access key or a JWT must not notice."""

import os
import pathlib

import pytest
from conftest import running_fleet

from lib import transcript
from lib.bad_requests import token

FOLDER = pathlib.Path(__file__).resolve().parent / "transcripts"
SECRET = "of the golden transcripts"
CLAIMS = {"sub": "demo", "exp": 4_000_000_000}
# What requests show; in answers its name is written.
TOKENS = {
    "jwt": token(CLAIMS, SECRET), "late": token({**CLAIMS, "exp": 1}, SECRET), "nobodys": token(CLAIMS),
    "unsigned": token(CLAIMS, None, {"alg": "none"}), "rs256": token(CLAIMS, SECRET, {"alg": "RS256"}),
    "wallets": token({**CLAIMS, "sub": "0x" + "ab" * 20}, SECRET),
}


@pytest.fixture(scope="module", params=[False, True], ids=["eip712-off", "eip712-on"])
def dark(request, tmp_path_factory):
    secret = tmp_path_factory.mktemp("jwt") / "jwt.key"
    secret.touch(mode=0o600)
    secret.write_text(SECRET)
    yield from running_fleet(masters=1, settings={"auth": {"jwt_secret_file": str(secret), "eip712": request.param}})


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda p: p.stem)
def test_dark_master_answers_as_recorded(dark, path):
    introduction, exchanges = transcript.parse(path.read_text())
    values = {"owner": dark.access_key, **TOKENS}
    differences = []
    for exchange, answer in transcript.play(dark.masters[0].s3, dark.access_key, dark.secret_key, exchanges, values):
        if not exchange.answer and os.environ.get("CAIRN_RECORD"):
            exchange.answer = answer
        if exchange.answer != answer:
            differences.append("\n".join([f"### {exchange.title}", "recorded:", *exchange.answer, "answered:", *answer]))
    if os.environ.get("CAIRN_RECORD"):
        path.write_text(introduction + "\n" + "\n".join(e.text() for e in exchanges))
    assert not differences, "\n\n".join(differences)
