"""Each tidy rule sees what it is for: a planted fault makes it speak, and its repair makes it silent again."""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from rules import RULES  # noqa: E402
from tree import Tree, code_of  # noqa: E402

CONTRACT = "// Contract: none.\n"
CLEAN = {
    "common/cid/CMakeLists.txt": "cairn_library(common/cid SOURCES cid.cpp USES common_base)\n",
    "common/cid/cid.cpp": '#include "common/cid/cid.h"\n',
    "common/cid/cid.h": CONTRACT,
    "common/base/CMakeLists.txt": "cairn_library(common/base)\n",
    "common/base/bytes.h": CONTRACT,
    "daemon/rt/CMakeLists.txt": "cairn_library(daemon/rt USES common_base)\n",
    "daemon/rt/clock.h": CONTRACT,
    "tests/e2e/CMakeLists.txt": "cairn_e2e(drill TIMEOUT 60)\n",
    "tests/e2e/test_drill.py": "\n",
    "tests/unit/common/cid/CMakeLists.txt": "cairn_test(cid SOURCES cid_test.cpp)\n",
    "tests/unit/common/cid/cid_test.cpp": "\n",
    "tests/tidy/lengths.json": "{}",
}
HOME = "/ro" + "ot/"


class Planted(unittest.TestCase):
    def problems(self, rule, **changes):
        with tempfile.TemporaryDirectory() as root:
            files = {**CLEAN, **{k.replace("__", "/"): v for k, v in changes.pop("files", {}).items()}}
            for name, text in files.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return RULES[rule](Tree(root, files.keys()))

    def test_clean_tree_is_clean(self):
        for rule in RULES:
            self.assertFalse(self.problems(rule), rule)

    def finds(self, rule, name, text, hint):
        found = self.problems(rule, files={name: text})
        self.assertEqual(len(found), 1, found)
        self.assertIn(hint, found[0])

    def test_header_without_contract(self):
        self.finds("headers", "common/cid/cid.h", "// What it does.\n", "common/cid/cid.h")
        self.finds("headers", "common/cid/cid.h", "\n" * 30 + CONTRACT, "first 30")

    def test_unregistered(self):
        self.finds("registered", "tests/unit/common/cid/cbor_test.cpp", "", "cbor_test.cpp")
        self.finds("registered", "tests/unit/common/cid/CMakeLists.txt", "# cid_test.cpp\n", "cid_test.cpp")
        self.finds("registered", "tests/fuzz/cbor_fuzz.cpp", "", "cbor_fuzz.cpp")
        self.finds("registered", "common/cid/dead.cpp", "", "dead.cpp")
        self.finds("registered", "tests/e2e/test_more.py", "", "test_more.py")
        self.finds("registered", "tests/e2e/CMakeLists.txt", "#cairn_e2e(drill)\n", "test_drill.py")

    def test_wrong_arrows(self):
        self.finds("arrows", "common/cid/cid.h", CONTRACT + '#include "daemon/rt/clock.h"\n', "may not use daemon/rt")
        self.finds("arrows", "common/base/bytes.h", '  #  include "common/cid/cid.h"\n', "may not use common/cid")
        self.finds("arrows", "common/cid/cid.h", '#include "bytes.h"\n', "root of the repository")
        self.finds("arrows", "common/cid/cid.h", '#include "common/base/gone.h"\n', "does not exist")
        self.finds("arrows", "common/attic/x.h", "", "not in the layout")
        self.finds("arrows", "console/CMakeLists.txt", "cairn_library(console/client USES common_base daemon_rt)\n", "may not use daemon/rt")
        self.finds("arrows", "common/cid/CMakeLists.txt", "cairn_library(common/cid PRIVATE_LINKS daemon_rt)\n", "may not use daemon/rt")
        self.finds("arrows", "daemon/CMakeLists.txt", "cairn_program(cairnd USES daemon_nothing)\n", "no CMakeLists.txt defines")

    def test_banned_calls(self):
        for call in ("int x = rand();", "strcpy(a, b);", "std::system(c);", "std::this_thread::sleep_for(1s);", "QThread::msleep(5);",
                     "std::thread t;", "#include <boost/beast/http.hpp>", "assert(x);", "t.detach();"):
            self.finds("banned", "daemon/bucket/x.cpp", call + "\n", "x.cpp:1: ")
        self.finds("banned", "daemon/bucket/x.cpp", "// TO" + "DO later\n", "do it")

    def test_banned_words_in_comments_and_strings_are_not_calls(self):
        text = '// rand() is banned\n/* sleep_for */ auto s = "strcpy(";\nauto r = R"(system())";\nclock.sleep(1s);\n'
        self.assertFalse(self.problems("banned", files={"daemon/bucket/x.cpp": text}))
        self.assertEqual(code_of(text).count("\n"), text.count("\n"))

    def test_lengths_only_shrink(self):
        long = "\n" * 310
        self.finds("lengths", "common/cid/cid.h", long, "split it")

        def listed(bound):
            return {"common/cid/cid.h": long, "tests/tidy/lengths.json": json.dumps({"common/cid/cid.h": bound})}

        self.assertFalse(self.problems("lengths", files=listed(310)))
        self.assertIn("split it", self.problems("lengths", files=listed(309))[0])
        self.assertIn("shrunk", self.problems("lengths", files=listed(311))[0])

    def test_machine_paths(self):
        self.finds("machine", "docs/x.md", f"see {HOME}x\n", "x.md:1")
        self.assertFalse(self.problems("machine", files={"docs/x.md": "at-work/x and ${HOME}/root/ and net/work/\n"}))

    def test_units(self):
        unit = "[Unit]\nDescription=x\n[Service]\nExecStart=/usr/bin/cairnd serve\n"
        found = self.problems("units", files={"packaging/systemd/x.service": unit + "Typo=yes\n"})
        if found is None:
            self.skipTest("no systemd-analyze here")
        self.assertIn("Typo", found[0])
        self.assertIn("exposure", found[-1])

    def test_wrong_include_does_not_compile_either(self):
        commands = pathlib.Path(os.environ["CAIRN_BUILD"], "compile_commands.json")
        command = next(c for c in json.loads(commands.read_text()) if c["file"].endswith("/common/cid/cid.cpp"))
        words = [w for w in shlex.split(command["command"]) if "ccache" not in w]
        words = words[:words.index("-o")] + ["-fsyntax-only", "-x", "c++", "-"]
        wrong = '#include "daemon/rt/clock.h"\n'

        def compiles(text, *more):
            run = subprocess.run([*words[:-3], *more, *words[-3:]], input=text, cwd=command["directory"], text=True, capture_output=True)
            return run.returncode == 0, run.stderr

        self.assertEqual(compiles('#include "common/cid/cid.h"\n')[0], True)
        built, message = compiles(wrong)
        self.assertFalse(built)
        self.assertIn("'daemon/rt/clock.h' file not found", message)
        # The missing arrow is the only reason: with it the same line compiles.
        built, message = compiles(wrong, f"-I{os.environ['CAIRN_BUILD']}/include/daemon_rt")
        self.assertTrue(built, message)


if __name__ == "__main__":
    unittest.main()
