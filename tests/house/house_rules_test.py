"""Goal: the tree keeps the hard rules of the house, and each rule can itself go red.
Method: every rule over the real tree; then, for each rule, small invented trees that break it in one place, and some that do not."""

import pathlib

import pytest

import house_rules
from source_tree import SourceTree, strip_comments

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIP = "GTEST_" + "SKIP"  # in two parts, so that a search for silent skips does not end here
RULES = {rule.__name__.removeprefix("check_"): rule for rule in house_rules.RULES}


@pytest.fixture(scope="module")
def real_tree():
    return SourceTree(ROOT)


@pytest.mark.parametrize("rule", RULES)
def test_tree_keeps_the_rule_of(real_tree, rule):
    violations = list(RULES[rule](real_tree))
    assert not violations, "\n" + "\n".join(map(str, violations))


def violations_of(rule, folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return [str(violation) for violation in RULES[rule](SourceTree(folder))]


TESTS_CMAKE = "tests/CMakeLists.txt"

# The rule, a tree that breaks it, how the one violation begins.
BROKEN = [
    ("names", {"engine/string_util.cc": ""}, 'engine/string_util.cc:1: "util" names no idea'),
    ("names", {"engine/common/cell.h": ""}, 'engine/common/cell.h:1: "common" names no idea'),
    ("lengths", {"engine/a/a.cc": "x\n" * 800}, "engine/a/a.cc:800: 800 lines"),
    ("readmes", {"engine/a/a.cc": ""}, "engine/a/README.md:1: is missing"),
    ("readmes", {"tests/engine/a_test.cc": ""}, "tests/README.md:1: is missing"),
    ("registered", {"CMakeLists.txt": "tests", TESTS_CMAKE: "x(b_test.cc)  # a_test.cc", "tests/a_test.cc": ""},
     "tests/a_test.cc:1: is in no CMakeLists.txt"),
    ("registered", {"CMakeLists.txt": "tests", TESTS_CMAKE: "x(aa_test.cc)", "tests/a_test.cc": ""},
     "tests/a_test.cc:1: is in no CMakeLists.txt"),
    ("registered", {"CMakeLists.txt": "tests", TESTS_CMAKE: "", "tests/a/CMakeLists.txt": ""},
     "tests/a/CMakeLists.txt:1: is not reached from tests/CMakeLists.txt"),
    ("collected", {"tests/test_a.py": "\ndef test_a():\n  pass\n"}, "tests/test_a.py:2: holds a test that is never run"),
    ("fences", {"engine/a/a.cc": "\n\nstd::atomic_thread_fence(order);"}, "engine/a/a.cc:3: no fences"),
    ("cpp_skips", {"tests/a_test.cc": f"\n{SKIP}();"}, "tests/a_test.cc:2: a skip without its reason"),
    ("python_skips", {"tests/a_test.py": "import pytest\npytest.skip()"}, "tests/a_test.py:2: a skip without its reason"),
    ("python_skips", {"tests/a_test.py": "import pytest\n@pytest.mark.skip\ndef test_a(): pass"}, "tests/a_test.py:2: a skip"),
    ("python_skips", {"tests/a_test.py": "import pytest\n@pytest.mark.skipif(1)\ndef test_a(): pass"}, "tests/a_test.py:2: a skip"),
    ("guards", {"engine/a/a.h": "int a;"}, "engine/a/a.h:1: has no #pragma once"),
    ("run_bits", {"tools/run": "#!/bin/sh\n"}, "tools/run:1: begins with #! but has no run bit"),
    ("links", {"README.md": "a\n[b](gone/README.md#part)"}, "README.md:2: the link to gone/README.md leads nowhere"),
]

# The rule, a tree that looks like breaking it and does not.
KEPT = [
    ("names", {"engine/communal/utility_function.cc": "", "build/common.h": ""}),
    ("lengths", {"engine/a/a.cc": "x\n" * 799, "tests/golden/rows.jsonl": "{}\n" * 900}),
    ("readmes", {"engine/a/a.cc": "", "engine/a/README.md": "", "engine/b/x.txt": ""}),
    ("readmes", {"tools/export/ringside_export/a.py": ""}),
    ("registered", {"CMakeLists.txt": "add_subdirectory(tests)", TESTS_CMAKE: "x(a_test.cc deep/b_test.cc)",
                    "tests/a_test.cc": "", "tests/deep/b_test.cc": ""}),
    ("collected", {"tests/a_test.py": "def test_a(): pass", "tools/a.py": "def tested(): pass"}),
    ("fences", {"engine/a/a.cc": "// no std::atomic_thread_fence here\n"}),
    ("cpp_skips", {"tests/a_test.cc": f'{SKIP}()\n    << "needs the data sets";'}),
    ("python_skips", {"tests/a_test.py": 'import pytest\npytest.skip("no data")\n@pytest.mark.skipif(1, reason="no data")\n'
                                         'def test_a(): pass'}),
    ("guards", {"engine/a/a.h": "// what it is for\n#pragma once\n"}),
    ("run_bits", {"tools/run.py": "print()\n"}),
    ("links", {"README.md": "[b](engine/) [c](https://example.com/x) [d](#part)\n```\n[e](gone)\n```\n", "engine/a.txt": ""}),
]


@pytest.mark.parametrize("rule, files, words", BROKEN)
def test_broken_rule_is_reported_with_its_place(tmp_path, rule, files, words):
    violations = violations_of(rule, tmp_path, files)
    assert len(violations) == 1 and violations[0].startswith(words), violations


@pytest.mark.parametrize("rule, files", KEPT)
def test_kept_rule_is_not_reported(tmp_path, rule, files):
    assert violations_of(rule, tmp_path, files) == []


def test_every_rule_is_shown_to_break_and_to_hold():
    assert {row[0] for row in BROKEN} == {row[0] for row in KEPT} == set(RULES)


@pytest.mark.parametrize("text, stripped", [
    ('a; // b\nc;', 'a; \nc;'),
    ('a /* b\nc */ d', 'a \n d'),
    ('"// not one" // one', '"// not one" '),
    (r'"\"// not one"', r'"\"// not one"'),
    ('R"x(// "not" one)x" // one', 'R"x(// "not" one)x" '),
    ("'\"' // one", "'\"' "),
    ("1'000 // don't", "1'000 "),
])
def test_comments_are_stripped_and_lines_kept(text, stripped):
    assert strip_comments(text) == stripped
