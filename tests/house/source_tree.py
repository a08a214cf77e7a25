"""What the house rules look at: the files of a source tree, their text without comments, and a violation as people read it."""

import dataclasses
import functools
import os
import pathlib
import re

# Not ours to judge: what a build, a tool or an editor leaves behind (.gitignore lists the same).
LEFT_OUT = {".git", "build", ".cache", "__pycache__", ".pytest_cache", "venv", ".vscode", ".idea"}

CPP_SUFFIXES = {".h", ".cc", ".c", ".hpp", ".cpp"}
SOURCE_SUFFIXES = CPP_SUFFIXES | {".py"}


@dataclasses.dataclass(frozen=True, order=True)
class Violation:
    file: str
    line: int
    message: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.message}"


class SourceTree:
    """The files under a root, by their path with forward slashes; read once."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.endswith(".egg-info"))
            inside = pathlib.Path(folder).relative_to(self.root)
            self.files += [(inside / name).as_posix() for name in sorted(names)]
        self._known = set(self.files)

    def __contains__(self, path):
        return path in self._known

    def of_suffix(self, suffixes, *folders):
        """Files with one of the suffixes, under one of the folders (all, when none is named)."""
        under = tuple(folder + "/" for folder in folders)
        return [file for file in self.files
                if pathlib.PurePosixPath(file).suffix in suffixes and (not under or file.startswith(under))]

    @functools.cache
    def text(self, file):
        return (self.root / file).read_text(encoding="utf-8", errors="replace")

    @functools.cache
    def code(self, file):
        """C++ without its comments; every line keeps its number."""
        return strip_comments(self.text(file))

    def is_executable(self, file):
        return os.access(self.root / file, os.X_OK)


_TOKEN = re.compile(
    r'''(?P<raw>R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")|(?P<text>"(?:\\.|[^"\\\n])*")|(?P<char>'(?:\\[^'\n]+|[^'\\\n])')'''
    r'''|(?P<comment>//[^\n]*|/\*.*?\*/)''',
    re.DOTALL,
)


def strip_comments(text):
    return _TOKEN.sub(lambda token: "\n" * token.group().count("\n") if token.group("comment") else token.group(), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
