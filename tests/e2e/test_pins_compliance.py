"""The pinning service passes its specification's own compliance suite (npm), with schemas that are kept here."""

import json
import os
import pathlib
import shutil

from conftest import running_fleet
from lib.pins import jwt_settings, user
from lib.programs import run, tool

ORACLE = pathlib.Path(__file__).resolve().parents[1] / "oracles/pinning"
PACKAGE = "@ipfs-shipyard/pinning-service-compliance"


def installed(directory):
    """The suite, copied: it writes its reports beside its code."""
    modules = pathlib.Path(os.environ["CAIRN_CACHE"], "oracles-pinning", "node_modules")
    assert modules.is_dir(), f"{modules} is missing: run ./dev setup"
    suite = directory / "suite"
    shutil.copytree(modules / PACKAGE, suite)
    (suite / "node_modules").symlink_to(modules)
    return suite


def test_the_specifications_suite(tmp_path):
    suite = installed(tmp_path)
    for running in running_fleet(masters=2, postgres={}, settings={"auth": jwt_settings(tmp_path)}):
        host = running.masters[0].api
        done = run(tool("node"), "--require", ORACLE / "hook.cjs", suite / "dist/src/index.js", "-s", f"http://{host}", user("suite"),
                   check=False, timeout=540, env={**os.environ, "CAIRN_PINNING_SPEC": str(ORACLE / "schemas.yaml"), "NO_COLOR": "1"})
        reports = [json.loads(file.read_text()) for file in (suite / "dist/docs").glob("*.json")]
        assert len(reports) == 1, done.stdout + done.stderr
        assert reports[0]["success"] and reports[0]["total"] == 9, done.stdout + done.stderr
        assert "\u274c" not in done.stdout, done.stdout
