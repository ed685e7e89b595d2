"""A dark master answers exactly as it always did (promise 4): the golden transcripts of tests/e2e/transcripts."""

import os
import pathlib

import pytest

from lib import transcript

FOLDER = pathlib.Path(__file__).resolve().parent / "transcripts"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda p: p.stem)
def test_dark_master_answers_as_recorded(one_master, path):
    introduction, exchanges = transcript.parse(path.read_text())
    values = {"owner": one_master.access_key}
    differences = []
    for exchange, answer in transcript.play(one_master.masters[0].s3, one_master.access_key, one_master.secret_key, exchanges, values):
        if not exchange.answer and os.environ.get("CAIRN_RECORD"):
            exchange.answer = answer
        if exchange.answer != answer:
            differences.append("\n".join([f"### {exchange.title}", "recorded:", *exchange.answer, "answered:", *answer]))
    if os.environ.get("CAIRN_RECORD"):
        path.write_text(introduction + "\n" + "\n".join(e.text() for e in exchanges))
    assert not differences, "\n\n".join(differences)
