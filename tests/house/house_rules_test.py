"""Goal: the tree keeps the hard rules of the house, and each rule can itself go red.
Method: every rule over the real tree; then, for each rule, small invented trees that break it in one place, and the like that does not."""

import pathlib

import pytest

import house_rules
from source_tree import SourceTree, strip_comments

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIP = "GTEST_" + "SKIP"  # in two parts, so that a search for silent skips does not end here


@pytest.fixture(scope="module")
def real_tree():
    return SourceTree(ROOT)


@pytest.mark.parametrize("rule", house_rules.RULES, ids=lambda rule: rule.__name__.removeprefix("check_"))
def test_tree_keeps_the_rule_of(real_tree, rule):
    violations = list(rule(real_tree))
    assert not violations, "\n" + "\n".join(map(str, violations))


def violations_of(rule, folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return [str(violation) for violation in rule(SourceTree(folder))]


BROKEN = [
    (house_rules.check_names, {"engine/string_util.cc": ""}, 'engine/string_util.cc:1: "util" names no idea'),
    (house_rules.check_names, {"engine/common/cell.h": ""}, 'engine/common/cell.h:1: "common" names no idea'),
    (house_rules.check_lengths, {"engine/a/a.cc": "x\n" * 800}, "engine/a/a.cc:800: 800 lines"),
    (house_rules.check_readmes, {"engine/a/a.cc": ""}, "engine/a/README.md:1: is missing"),
    (house_rules.check_readmes, {"tests/engine/a_test.cc": ""}, "tests/README.md:1: is missing"),
    (house_rules.check_registered, {"CMakeLists.txt": "tests", "tests/CMakeLists.txt": "x(b_test.cc)  # a_test.cc",
                                    "tests/a_test.cc": ""}, "tests/a_test.cc:1: is in no CMake"),
    (house_rules.check_registered, {"CMakeLists.txt": "tests", "tests/CMakeLists.txt": "x(aa_test.cc)", "tests/a_test.cc": ""}, "tests/a_test.cc:1: is in no CMake"),
    (house_rules.check_registered, {"CMakeLists.txt": "tests", "tests/CMakeLists.txt": "", "tests/a/CMakeLists.txt": ""},
     "tests/a/CMakeLists.txt:1: is not reached from tests/CMakeLists.txt"),
    (house_rules.check_collected, {"tests/test_a.py": "\ndef test_a():\n  pass\n"}, "tests/test_a.py:2: holds a test that is never run"),
    (house_rules.check_fences, {"engine/a/a.cc": "\n\nstd::atomic_thread_fence(std::memory_order_seq_cst);"}, "engine/a/a.cc:3: no fences"),
    (house_rules.check_cpp_skips, {"tests/a_test.cc": f"\n{SKIP}();"}, "tests/a_test.cc:2: a skip without its reason"),
    (house_rules.check_python_skips, {"tests/a_test.py": "import pytest\npytest.skip()"}, "tests/a_test.py:2: a skip without its reason"),
    (house_rules.check_python_skips, {"tests/a_test.py": "import pytest\n@pytest.mark.skip\ndef test_a(): pass"}, "tests/a_test.py:2: a skip"),
    (house_rules.check_python_skips, {"tests/a_test.py": "import pytest\n@pytest.mark.skipif(True)\ndef test_a(): pass"}, "tests/a_test.py:2: a"),
    (house_rules.check_guards, {"engine/a/a.h": "int a;"}, "engine/a/a.h:1: has no #pragma once"),
    (house_rules.check_run_bits, {"tools/run": "#!/bin/sh\n"}, "tools/run:1: begins with #! but has no run bit"),
    (house_rules.check_links, {"README.md": "a\n[b](gone/README.md#part)"}, "README.md:2: the link to gone/README.md leads nowhere"),
]

KEPT = [
    (house_rules.check_names, {"engine/communal/utility_function.cc": "", "build/common.h": ""}),
    (house_rules.check_lengths, {"engine/a/a.cc": "x\n" * 799, "tests/golden/rows.jsonl": "{}\n" * 900}),
    (house_rules.check_readmes, {"engine/a/a.cc": "", "engine/a/README.md": "", "tools/export/ringside_export/a.py": "", "engine/b/x.txt": ""}),
    (house_rules.check_registered, {"CMakeLists.txt": "add_subdirectory(tests)", "tests/CMakeLists.txt": "x(a_test.cc deep/b_test.cc)",
                                    "tests/a_test.cc": "", "tests/deep/b_test.cc": ""}),
    (house_rules.check_collected, {"tests/a_test.py": "def test_a(): pass", "tools/a.py": "def tested(): pass"}),
    (house_rules.check_fences, {"engine/a/a.cc": "// no std::atomic_thread_fence here\n"}),
    (house_rules.check_cpp_skips, {"tests/a_test.cc": f'{SKIP}()\n    << "needs the data sets";'}),
    (house_rules.check_python_skips, {"tests/a_test.py": 'import pytest\npytest.skip("no data")\n@pytest.mark.skipif(True, reason="no data")\n'
                                                         'def test_a(): pass'}),
    (house_rules.check_guards, {"engine/a/a.h": "// what it is for\n#pragma once\n"}),
    (house_rules.check_run_bits, {"tools/run.py": "print()\n"}),
    (house_rules.check_links, {"README.md": "[b](engine/) [c](https://example.com/x) [d](#part)\n```\n[e](gone)\n```\n", "engine/a.txt": ""}),
]


@pytest.mark.parametrize("rule, files, words", BROKEN)
def test_broken_rule_is_reported_with_its_place(tmp_path, rule, files, words):
    violations = violations_of(rule, tmp_path, files)
    assert len(violations) == 1 and violations[0].startswith(words), violations


@pytest.mark.parametrize("rule, files", KEPT)
def test_kept_rule_is_not_reported(tmp_path, rule, files):
    assert violations_of(rule, tmp_path, files) == []


def test_every_rule_is_shown_to_break_and_to_hold():
    assert {row[0] for row in BROKEN} == {row[0] for row in KEPT} == set(house_rules.RULES)


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
