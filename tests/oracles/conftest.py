"""The processes behind the oracle tests: Cairn's own program and the one that asks the npm libraries."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent


def pytest_addoption(parser):
    parser.addoption("--vectors", help="the file that record.py writes")


class Lines:
    """A program that answers each line with a line."""

    def __init__(self, *command, **environment):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        encoding="utf-8", env={**os.environ, **environment})

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the program ended"
        return answer.rstrip("\n")

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(30) == 0


@pytest.fixture(scope="session")
def cairn():
    program = Lines(os.environ["CAIRN_BIN"] + "/typed_oracle")
    yield program
    program.close()


@pytest.fixture(scope="session")
def npm():
    """ask(request) -> answer, of eth-sig-util, ethers and viem."""
    modules = pathlib.Path(os.environ["CAIRN_CACHE"], "oracles")
    node = shutil.which("node")
    assert node and (modules / "node_modules").is_dir(), f"no node, or no npm packages in {modules}; ./dev setup makes them"
    program = Lines(node, str(HERE / "oracle.cjs"), CAIRN_ORACLES=str(modules))
    yield lambda request: json.loads(program.ask(json.dumps(request)))
    program.close()
