"""The arrows of the layout (docs/decisions/0002-layout.md), as data and as a check.

CMake keeps the same arrows: a library sees only the headers of what its USES names. This check says the same thing in
words, also where a header reaches further through somebody else's USES than its own folder may.
"""

import re

_COMMON = ["common/base", "common/cid", "common/digest", "common/identity", "common/api"]
_GROUND = _COMMON + ["daemon/rt"]
_STORES = ["daemon/blocks", "daemon/registry"]
_HEART = ["daemon/auth", "daemon/bucket", "daemon/fleet", "daemon/pinning"]
_DOORS = ["daemon/s3", "daemon/pins", "daemon/gateway", "daemon/admin"]

# What a module may include besides itself. A module is the first two parts of a path; console/ is one module.
ALLOWED = {
    "common/base": [],
    "common/cid": ["common/base"],
    "common/digest": ["common/base"],
    "common/identity": ["common/base", "common/cid", "common/digest"],
    "common/api": ["common/base", "common/cid", "common/identity"],
    "daemon/rt": ["common/base"],
    "daemon/http": _GROUND,
    # Adapters that call out (kubo, holders, ingress drivers) may use the HTTP client; the bucket has no I/O of its own.
    "daemon/blocks": _GROUND + ["daemon/http"],
    "daemon/registry": _GROUND,
    "daemon/pinning": _GROUND + _STORES + ["daemon/http"],
    "daemon/bucket": _GROUND + _STORES + ["daemon/pinning"],
    "daemon/fleet": _GROUND + _STORES + ["daemon/pinning", "daemon/http"],
    "daemon/auth": _GROUND + _STORES,
    **{door: _GROUND + _STORES + _HEART + ["daemon/http"] for door in _DOORS},
    # A drill calls masters from outside; its control runs masters of its own, in a scratch directory (decision 0009).
    "daemon/drill": _GROUND + _STORES + ["daemon/auth", "daemon/bucket", "daemon/pinning", "daemon/s3", "daemon/http"],
    "daemon/app": _GROUND + _STORES + _HEART + _DOORS + ["daemon/drill", "daemon/http"],
    "daemon": ["daemon/app", "common/base"],
    "console": _COMMON,
}

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)


def module_of(path):
    """common/cid/cid.h -> common/cid, daemon/main.cpp -> daemon, console/views/x.h -> console; None outside the house."""
    parts = path.split("/")
    if parts[0] == "console":
        return "console"
    if parts[0] in ("common", "daemon"):
        return "/".join(parts[:2]) if len(parts) > 2 else parts[0]
    return None


def _may(user, used):
    return used == user or used in ALLOWED.get(user, [])


def check_includes(tree):
    problems = []
    for path in tree.sources():
        user = module_of(path)
        if user not in ALLOWED:
            problems.append(f"{path}: {user} is not in the layout; name it in tests/tidy/arrows.py by a decision")
            continue
        for name in _INCLUDE.findall(tree.text(path)):
            used = module_of(name)
            if used is None:
                problems.append(f'{path}: "{name}" does not start at the root of the repository')
            elif name not in tree.files:
                problems.append(f'{path}: "{name}" does not exist')
            elif not _may(user, used):
                problems.append(f'{path}: includes "{name}", but {user} may not use {used}')
    return problems


_CALL = re.compile(r"cairn_(library|program)\s*\(([^)]*)\)", re.S)
_KEYWORDS = {"SOURCES", "USES", "LINKS", "PRIVATE_LINKS", "PCH"}


def _arguments(body):
    """The first word, and the words after USES."""
    words = re.sub(r"#[^\n]*", "", body).split()
    uses, keyword = [], None
    for word in words[1:]:
        if word in _KEYWORDS:
            keyword = word
        elif keyword in ("USES", "LINKS", "PRIVATE_LINKS"):
            uses.append(word)
    return words[0], uses


def check_uses(tree):
    problems, calls, folders = [], [], {}
    for path in tree.named(r"(^|/)CMakeLists\.txt$", ("common/", "daemon/", "console/")):
        here = path.rsplit("/", 1)[0]
        for kind, body in _CALL.findall(tree.text(path)):
            name, uses = _arguments(body)
            folder = name if kind == "library" else here
            if kind == "library":
                folders[name.replace("/", "_")] = name
            calls.append((path, folder, uses))
    for path, folder, uses in calls:
        user = module_of(folder + "/x")
        for target in uses:
            used = folders.get(target)
            if used and not _may(user, module_of(used + "/x")):
                problems.append(f"{path}: {folder} uses {target}, but {user} may not use {module_of(used + '/x')}")
            if used is None and re.match(r"(common|daemon|console)_", target):
                problems.append(f"{path}: {folder} uses {target}, which no CMakeLists.txt defines")
    return problems


def check(tree):
    return check_includes(tree) + check_uses(tree)
