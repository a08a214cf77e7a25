"""The rules of the house that are not about includes, each a function from a SourceTree to its violations.

    check_house(tree)     all of them, as file:line: message

Soft wishes (files under 400 lines, functions that fit a screen) are for reviews; these are the hard ones.
"""

import ast
import pathlib
import re

from source_tree import CPP_SUFFIXES, SOURCE_SUFFIXES, Violation, line_of

LINES_HARD_LIMIT = 800
CODE_FOLDERS = ("schemas", "client_lib", "engine", "tools", "bench", "tests")

# Words that say nothing about an idea. A name is split at _ - and . before it is compared.
WORDS_WITHOUT_AN_IDEA = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}

# Folders with sources that are explained by the README of the folder above, with the reason.
EXPLAINED_ABOVE = {
    "client_lib/include/ringside": "client_lib/README.md is about these headers; the folder's name is what the compiler needs",
    "tools/export/ringside_export": "the package's name is what Python needs; tools/export/README.md is about it",
}


def check_names(tree):
    """No file or folder is named util, helper, common, misc or manager."""
    for file in tree.files:
        for part in file.split("/"):
            for word in WORDS_WITHOUT_AN_IDEA.intersection(re.split(r"[_\-.]", part.lower())):
                yield Violation(file, 1, f'"{word}" names no idea: say what is in it')


def check_lengths(tree):
    """No source of 800 lines or more."""
    for file in tree.files:
        path = pathlib.PurePosixPath(file)
        if path.suffix in SOURCE_SUFFIXES | {".sh", ".cmake"} or path.name == "CMakeLists.txt":
            lines = tree.text(file).count("\n")
            if lines >= LINES_HARD_LIMIT:
                yield Violation(file, LINES_HARD_LIMIT, f"{lines} lines: split it by idea (the aim is 400)")


def check_readmes(tree):
    """Every folder that holds sources explains itself; tests/README.md does it for all of tests/."""
    folders = {str(pathlib.PurePosixPath(file).parent) for file in tree.of_suffix(SOURCE_SUFFIXES, *CODE_FOLDERS)}
    for folder in sorted(folders):
        explained = "tests" if folder.startswith("tests/") else folder
        if f"{explained}/README.md" not in tree and folder not in EXPLAINED_ABOVE:
            yield Violation(f"{explained}/README.md", 1, f"is missing: {folder} holds sources")


def cmake_code(tree, file):
    return re.sub(r"#[^\n]*", "", tree.text(file))


def is_mentioned(word, text):
    return re.search(rf"(?<![\w.\-]){re.escape(word)}(?![\w.\-])", text) is not None


def check_registered(tree):
    """Every C++ file is in a CMakeLists.txt of its folder or above, and every CMakeLists.txt is reached from the one above."""

    def lists_above(folder):
        return [path for path in (str(above / "CMakeLists.txt") for above in (folder, *folder.parents)) if path in tree]

    for file in tree.of_suffix(CPP_SUFFIXES - {".h", ".hpp"}, *CODE_FOLDERS):
        path = pathlib.PurePosixPath(file)
        if not any(is_mentioned(path.name, cmake_code(tree, lists)) for lists in lists_above(path.parent)):
            yield Violation(file, 1, "is in no CMakeLists.txt, so it is never built")
    for file in tree.files:
        path = pathlib.PurePosixPath(file)
        if path.name == "CMakeLists.txt" and path.parent.parts and path.parts[0] in CODE_FOLDERS:
            above = lists_above(path.parent.parent)
            if not above or not is_mentioned(path.parent.name, cmake_code(tree, above[0])):
                yield Violation(file, 1, f"is not reached from {above[0] if above else 'a CMakeLists.txt above'}")


def check_collected(tree):
    """pytest collects x_test.py alone; a test in another file would never run."""
    for file in tree.of_suffix({".py"}):
        match = re.search(r"^(?:async )?def test_", tree.text(file), re.MULTILINE)
        if match and not (file.startswith("tests/") and file.endswith("_test.py")):
            yield Violation(file, line_of(tree.text(file), match.start()),
                            "holds a test that is never run: tests live in tests/…/x_test.py")


def check_fences(tree):
    """g++'s ThreadSanitizer knows no fences: code with one cannot be checked."""
    for file in tree.of_suffix(CPP_SUFFIXES):
        for match in re.finditer(r"\batomic_thread_fence\b|__sync_synchronize", tree.code(file)):
            yield Violation(file, line_of(tree.code(file), match.start()),
                            "no fences: use sequentially consistent operations, which ThreadSanitizer understands")


def check_cpp_skips(tree):
    """A skip says why."""
    for file in tree.of_suffix(CPP_SUFFIXES):
        for match in re.finditer(r"\bGTEST_SKIP\s*\(\s*\)(?!\s*<<)", tree.code(file)):
            yield Violation(file, line_of(tree.code(file), match.start()), "a skip without its reason")


def dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed(parts + [node.id])) if isinstance(node, ast.Name) else ""


def check_python_skips(tree):
    """Likewise in Python: pytest.skip(reason), and reason= in the marks."""
    for file in tree.of_suffix({".py"}, "tests"):
        try:
            module = ast.parse(tree.text(file))
        except SyntaxError as error:
            yield Violation(file, error.lineno or 1, "is not Python")
            continue
        calls = {id(node.func) for node in ast.walk(module) if isinstance(node, ast.Call)}
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                name, has_reason = dotted(node.func), any(keyword.arg == "reason" for keyword in node.keywords)
                silent = (name == "pytest.skip" and not node.args and not has_reason) or (
                    name in ("pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail") and not has_reason
                    and not (name == "pytest.mark.skip" and node.args))
            else:
                silent = dotted(node) in ("pytest.mark.skip", "pytest.mark.xfail") and id(node) not in calls
            if silent and isinstance(node, (ast.Call, ast.Attribute)):
                yield Violation(file, node.lineno, "a skip without its reason")


def check_guards(tree):
    """Every header guards itself in the one way."""
    for file in tree.of_suffix({".h", ".hpp"}, *CODE_FOLDERS):
        if "#pragma once" not in tree.code(file) and "#ifndef" not in tree.code(file):
            yield Violation(file, 1, "has no #pragma once")


def check_run_bits(tree):
    """What begins with #! can be typed."""
    for file in tree.files:
        typed = file.split("/")[0] in ("tools", "bench", ".ci", "tests") and tree.text(file).startswith("#!")
        if typed and not tree.is_executable(file):
            yield Violation(file, 1, "begins with #! but has no run bit")


def check_links(tree):
    """A README's relative links lead somewhere."""
    for file in tree.of_suffix({".md"}):
        prose = re.sub(r"```.*?```", lambda block: "\n" * block.group().count("\n"), tree.text(file), flags=re.DOTALL)
        for match in re.finditer(r"\]\((?!\w+:|#)([^)#\s]+)(?:#[^)\s]*)?\)", prose):
            if not (tree.root / file).parent.joinpath(match[1]).exists():
                yield Violation(file, line_of(prose, match.start()), f"the link to {match[1]} leads nowhere")


RULES = (check_names, check_lengths, check_readmes, check_registered, check_collected, check_fences, check_cpp_skips,
         check_python_skips, check_guards, check_run_bits, check_links)


def check_house(tree):
    return [violation for rule in RULES for violation in rule(tree)]
