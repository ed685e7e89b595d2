#!/usr/bin/env python3
"""tidy.py RULE...: checks the tree by the named rules (rules.py), all without a name. Exit 0 clean, 1 not, 77 skipped."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from rules import RULES  # noqa: E402
from tree import Tree  # noqa: E402


def main(names):
    unknown = [n for n in names if n not in RULES]
    if unknown:
        sys.exit(f"no rule {', '.join(unknown)}; there are {', '.join(RULES)}")
    tree = Tree(pathlib.Path(__file__).resolve().parents[2])
    results = {name: RULES[name](tree) for name in names or RULES}
    for name, problems in results.items():
        for problem in problems or []:
            print(f"{name}: {problem}")
    if any(results.values()):
        return 1
    return 77 if all(p is None for p in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
