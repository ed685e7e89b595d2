"""The tidy rules: each takes a Tree and returns what is wrong with it, one line each with file and remedy."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import arrows
from tree import code_of

MAX_LINES = 300
LENGTHS = "tests/tidy/lengths.json"

# (pattern in code, what to use instead, path prefixes where it may stand)
BANNED = [
    (r"(?<![\w.>])s?rand\s*\(|std::random_device", "Random of daemon/rt/clock.h, so that a seed replays it", ["daemon/rt/", "common/identity/", "tests/"]),
    (r"\b(strcpy|strcat|sprintf|vsprintf|strtok)\s*\(", "std::string or std::span", []),
    (r"\b(atoi|atol|atof|std::stoi|std::stol|std::stoul|std::stoull)\s*\(", "std::from_chars, which says when it fails", ["tests/"]),
    (r"std::(thread|jthread|async)\b(?!::)", "an executor that daemon/app made (or name the file here, with a reason)",
     ["daemon/rt/", "daemon/app/", "daemon/blocks/", "daemon/registry/", "tests/"]),
    (r"(?<![\w.>])(std::)?system\s*\((?!\))|\bpopen\s*\(", "QProcess or posix_spawn with an argument vector", []),
    # SQLite's busy handler and the pause after its COMMIT block a thread of their own: that is what keeps two writers fair.
    (r"sleep_for|sleep_until|\b(u|nano)sleep\s*\(|(?<!\w)::sleep\s*\(|QThread::\w*sleep|QTest::q(Wait|Sleep)\b",
     "a Clock's timer, or a wait for the event itself", ["daemon/registry/sqlite/"]),
    (r"boost/beast|boost::beast", "daemon/http, the only place that knows Beast", ["daemon/http/", "daemon/rt/asio.cpp"]),
    (r"\.detach\s*\(\s*\)", "a task that its owner waits for", []),
    (r"\busing\s+namespace\s+std\s*;", "the names themselves", []),
    (r"\bassert\s*\(", "CAIRN_ASSERT, which release builds keep", []),
]

# Machine paths and registries' hosts, put together here so that this file does not hold them.
_PLACES = ["work", "root", "home/[a-z]+"]
_HOSTS = [".".join(h) for h in (("proxy", "golang", "org"), ("sum", "golang", "org"), ("pypi", "org"), ("files", "pythonhosted", "org"),
                                ("deb", "debian", "org"), ("registry", "npmjs", "org"), ("static", "crates", "io"))]
_MACHINE = re.compile(r"(?<![\w.}$-])/(%s)/|(%s)" % ("|".join(_PLACES), "|".join(re.escape(h) for h in _HOSTS)))


def headers(tree):
    """A header opens with its contract."""
    return [f"{f}: no line with the word Contract within the first 30; say what the header promises"
            for f in tree.named(r"\.h$", ("common/", "daemon/", "console/"))
            if not re.search(r"\bContract\b", "\n".join(tree.text(f).splitlines()[:30]))]


def registered(tree):
    """Every source, test, fuzz target and end-to-end test is named in the CMakeLists.txt of its folder or one above."""
    problems = []
    for path in tree.named(r"\.cpp$", ("common/", "daemon/", "console/", "tests/")):
        if path.startswith("tests/tidy/"):
            continue
        parts = path.split("/")
        for depth in range(len(parts) - 1, 0, -1):
            listing = "/".join(parts[:depth]) + "/CMakeLists.txt"
            name = "/".join(parts[depth:])
            if listing in tree.files and re.search(r"(?<![\w/])" + re.escape(name) + r"(?![\w.])",
                                                   re.sub(r"#[^\n]*", "", tree.text(listing))):
                break
        else:
            problems.append(f"{path}: named in no CMakeLists.txt, so nothing builds it")
    listing = tree.text("tests/e2e/CMakeLists.txt") if "tests/e2e/CMakeLists.txt" in tree.files else ""
    for path in tree.named(r"/test_[^/]*\.py$", ("tests/e2e/",)):
        name = re.search(r"/test_([^/]*)\.py$", path).group(1)
        if not re.search(r"^\s*cairn_e2e\(\s*%s\b" % re.escape(name), listing, re.M):
            problems.append(f"{path}: not registered by cairn_e2e({name}) in tests/e2e/CMakeLists.txt")
    return problems


def banned(tree):
    """Calls for which the project has something better."""
    problems = []
    for path in tree.named(r"\.(h|cpp)$", ("common/", "daemon/", "console/", "tests/")):
        code = code_of(tree.text(path))
        for pattern, instead, where in BANNED:
            if path.startswith(tuple(where)):
                continue
            for match in re.finditer(pattern, code):
                line = code.count("\n", 0, match.start()) + 1
                problems.append(f"{path}:{line}: {match.group(0).strip()} is banned; use {instead}")
    marks = "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3])
    for path in tree.named(r"\.(h|cpp|py|go|cmake|sh)$|CMakeLists.txt$"):
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if re.search(r"\b(%s)\b" % marks, line):
                problems.append(f"{path}:{number}: do it, or file an issue")
    return problems


def lengths(tree):
    """No file over MAX_LINES, except those listed, which may only shrink."""
    listed = json.loads(tree.text(LENGTHS)) if LENGTHS in tree.files else {}
    problems = [f"{LENGTHS}: {f} is gone; take it off the list" for f in listed if f not in tree.files]
    for path in tree.named(r"\.(h|cpp|py|go|sh|cmake)$|(^|/)(dev|run|CMakeLists\.txt)$"):
        count, bound = tree.text(path).count("\n"), listed.get(path, MAX_LINES)
        if count > bound:
            problems.append(f"{path}: {count} lines, {bound} allowed; split it")
        elif path in listed and count < bound:
            problems.append(f"{LENGTHS}: {path} has shrunk to {count} lines; " +
                            ("take it off the list" if count <= MAX_LINES else f"write {count} for {bound}"))
    return problems


def machine(tree):
    """Nothing in the tree names a path of somebody's machine or a registry's host."""
    problems = []
    for path in tree.files:
        if path.endswith((".png", ".svg", ".bin", ".car")):
            continue
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            match = _MACHINE.search(line)
            if match:
                problems.append(f"{path}:{number}: names {match.group(0)}, which is only true of one machine")
    return problems


def formatted(tree):
    """clang-format has nothing to change. None where it is not installed."""
    program = shutil.which("clang-format-19")
    files = tree.named(r"\.(h|cpp)$", ("common/", "daemon/", "console/", "tests/"))
    if program is None or not files:
        return None
    run = subprocess.run([program, "--dry-run", "--ferror-limit=1", *files], cwd=tree.root, capture_output=True, text=True)
    names = sorted({line.split(":", 1)[0] for line in run.stderr.splitlines() if "clang-format-violations" in line})
    return [f"{name}: run ./dev format" for name in names]


def units(tree):
    """systemd accepts the units, and finds them little exposed. None where systemd-analyze is not installed."""
    program, problems = shutil.which("systemd-analyze"), []
    paths = tree.named(r"\.(service|socket|timer)$", ("packaging/",))
    if program is None or not paths:
        return None
    for path in paths:
        with tempfile.TemporaryDirectory() as directory:
            unit = pathlib.Path(directory, path.rsplit("/", 1)[1])
            # verify wants the programs to be there; a machine that builds Cairn has not installed it.
            unit.write_text(re.sub(r"/usr/bin/cairn\w*", "/bin/true", tree.text(path)))
            verify = subprocess.run([program, "verify", "--man=no", unit], capture_output=True, text=True)
            own = [line for line in verify.stderr.splitlines() if unit.name in line]
            problems += [f"{path}: {line.replace(directory + '/', '')}" for line in own]
            if path.endswith(".service"):
                security = subprocess.run([program, "security", "--offline=true", "--threshold=20", unit], capture_output=True, text=True)
                if security.returncode:
                    problems.append(f"{path}: {(security.stdout.strip().splitlines() or [security.stderr])[-1]}")
    return problems


RULES = {"headers": headers, "registered": registered, "arrows": arrows.check, "banned": banned, "lengths": lengths,
         "machine": machine, "format": formatted, "units": units}
