"""The tree as the tidy rules see it: which files there are, and what of a C++ file is code."""

import pathlib
import re
import subprocess

SOURCE_ROOTS = ("common/", "daemon/", "console/")


class Tree:
    """Contract: reads only; paths are relative to the root, with slashes. Untracked files count, ignored ones do not."""

    def __init__(self, root, files=None):
        self.root = pathlib.Path(root)
        self.files = sorted(files if files is not None else self._list())
        self._texts = {}

    def _list(self):
        git = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        try:
            listed = subprocess.run(git, capture_output=True, check=True).stdout.decode().split("\0")
        except (OSError, subprocess.CalledProcessError):  # an unpacked archive
            listed = (str(p.relative_to(self.root)) for p in self.root.rglob("*")
                      if p.relative_to(self.root).parts[0] not in ("build", ".git"))
        return {f for f in listed if f and (self.root / f).is_file() and not (self.root / f).is_symlink()}

    def text(self, path):
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._texts[path]

    def named(self, pattern, under=("",)):
        """Files whose path matches the regular expression and starts with one of `under`."""
        return [f for f in self.files if re.search(pattern, f) and f.startswith(tuple(under))]

    def sources(self):
        return self.named(r"\.(h|cpp)$", SOURCE_ROOTS)


_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_of(text):
    """`text` with comments and string contents blanked, line numbers kept. #include lines keep their names."""

    def blank(match):
        token = match.group(0)
        start = text.rfind("\n", 0, match.start()) + 1
        if token[0] == '"' and text[start:match.start()].lstrip().startswith("#"):
            return token
        return re.sub(r"[^\n]", " ", token)

    return _TOKEN.sub(blank, text)
