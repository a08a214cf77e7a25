"""Merges what ctest, GoogleTest and pytest recorded into one verdict; the last step of tools/test.

    test_report.py RESULTS --allowed-skips FILE --ctest-status N [--pytest-status N]

RESULTS holds `ctest.xml` (ctest's JUnit file), `ctest.json` (`ctest --show-only=json-v1`), `gtest/*.xml` (one a test program: its
cases) and `pytest.xml`. ctest knows only whole programs, so a program's own file, where it wrote one, takes the place of its one
ctest entry; a program that failed without saying which case (it crashed, hung, leaked) counts as one failure more.

Last line of output: `N passed, N failed, N skipped`. Exit status: 0 when nothing failed and every skip is allowed, else 1.
"""

import argparse
import collections
import dataclasses
import json
import os
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
WORST_LAST = [PASSED, SKIPPED, FAILED]


@dataclasses.dataclass(frozen=True)
class Outcome:
    id: str
    status: str
    reason: str = ""


def in_one_line(text, limit=300):
    line = " ".join((text or "").split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def skip_reason(skipped):
    """GoogleTest writes `file:line` and then the message; pytest only the message."""
    lines = [line.strip() for line in (skipped.get("message") or skipped.text or "").strip().splitlines()]
    return next((line for line in lines if line and not line.rsplit(":", 1)[-1].isdigit()), "")


def read_gtest(path, program):
    """The cases of one test program, as `program::Suite.Case`."""
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        id = f"{program}::{case.get('classname')}.{case.get('name')}"
        failure, skipped = case.find("failure"), case.find("skipped")
        if failure is not None:
            yield Outcome(id, FAILED, in_one_line(failure.get("message")))
        elif skipped is not None:
            yield Outcome(id, SKIPPED, skip_reason(skipped))
        elif case.get("status") == "notrun":
            yield Outcome(id, SKIPPED, "switched off by its name")
        else:
            yield Outcome(id, PASSED)


def read_ctest(path):
    """ctest's entries, by test name. A test whose program is absent is `notrun` too, but that is a failure, not a skip."""
    outcomes = {}
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name, status, skipped = case.get("name"), case.get("status"), case.find("skipped")
        message = skipped.get("message", "") if skipped is not None else ""
        if status == "run":
            outcomes[name] = Outcome(name, PASSED)
        elif status == "disabled":
            outcomes[name] = Outcome(name, SKIPPED, "disabled in CMake")
        elif status == "notrun" and message.startswith("SKIP_"):
            outcomes[name] = Outcome(name, SKIPPED, message)
        else:
            outcomes[name] = Outcome(name, FAILED, message or "its program failed, see above")
    return outcomes


def programs_of(ctest_json):
    """Test name -> file name of the program that it runs."""
    tests = json.loads(pathlib.Path(ctest_json).read_text())["tests"]
    return {test["name"]: os.path.basename(test["command"][0]) for test in tests if test.get("command")}


def merge_cpp(ctest, programs, gtest_dir):
    """One outcome a GoogleTest case, one a ctest entry that is not GoogleTest, one a program that failed as a whole."""
    cases = collections.defaultdict(list)  # program -> its cases, over all the files that it wrote
    unreadable = {}
    for path in sorted(pathlib.Path(gtest_dir).glob("*.xml")):
        # GoogleTest names the file after the program, with _1, _2 … when the program runs more than once.
        known = set(programs.values())
        stem = path.stem
        program = stem if stem in known else stem.rpartition("_")[0]
        try:
            cases[program].extend(read_gtest(path, program))
        except ElementTree.ParseError as error:
            unreadable[program] = str(error)
    outcomes = [case for program in cases for case in cases[program]]
    for name, entry in ctest.items():
        program = programs.get(name, name)
        own = cases.get(program, [])
        if program in unreadable:
            outcomes.append(Outcome(name, FAILED, f"left a broken record: {unreadable[program]}"))
        elif not own:
            outcomes.append(entry)
        elif entry.status == FAILED and not any(case.status == FAILED for case in own):
            outcomes.append(Outcome(name, FAILED, f"the program failed although none of its cases did: {entry.reason}"))
    return outcomes


def read_pytest(path):
    """Cases as pytest spells their ids, from a file in the xunit1 family (the only one that names the test's file)."""
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        file, name = case.get("file", ""), case.get("name")
        module = file.removesuffix(".py").replace("/", ".")
        classes = case.get("classname", "").removeprefix(module).strip(".").replace(".", "::")
        # A file that could not be collected, or skipped itself as a whole, stands under its own name.
        id = file if name == module else "::".join(part for part in (file, classes, name) if part)
        broken = case.find("failure") if case.find("failure") is not None else case.find("error")
        skipped = case.find("skipped")
        if broken is not None:
            yield Outcome(id, FAILED, in_one_line(broken.get("message")))
        elif skipped is not None:
            yield Outcome(id, SKIPPED, skip_reason(skipped))
        else:
            yield Outcome(id, PASSED)


def worst_by_id(outcomes):
    """pytest writes a test that passed and then failed to clean up twice; it is one test, and it failed."""
    worst = {}
    for outcome in outcomes:
        seen = worst.get(outcome.id)
        if seen is None or WORST_LAST.index(outcome.status) > WORST_LAST.index(seen.status):
            worst[outcome.id] = outcome
    return list(worst.values())


def read_allowed_skips(path):
    """(id or prefix* -> reason, problems). An entry without a reason is a problem."""
    allowed, problems = {}, []
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        id, separator, reason = line.partition(" # ")
        if not separator or not reason.strip():
            problems.append(f"{path}:{number}: an allowed skip needs ` # ` and its reason")
        else:
            allowed[id.strip()] = reason.strip()
    return allowed, problems


def matches(entry, id):
    return id.startswith(entry[:-1]) if entry.endswith("*") else id == entry


def verdict(outcomes, allowed, whole_run):
    """(failures, unlisted skips, notes), each a list of lines for people."""
    failures = [f"FAILED  {outcome.id}: {outcome.reason}" for outcome in outcomes if outcome.status == FAILED]
    skips = [outcome for outcome in outcomes if outcome.status == SKIPPED]
    unlisted = [f"SKIPPED {outcome.id}: {outcome.reason or 'no reason given'}" for outcome in skips
                if not any(matches(entry, outcome.id) for entry in allowed)]
    notes = []
    if whole_run:
        notes = [f"note: tests/allowed_skips names no test that exists: {entry}" for entry in allowed
                 if not any(matches(entry, outcome.id) for outcome in outcomes)]
    return failures, unlisted, notes


def collect(results, ctest_status, pytest_status):
    """All outcomes; a runner that failed without a failed test is a failure itself."""
    ctest = read_ctest(results / "ctest.xml") if (results / "ctest.xml").exists() else {}
    cpp = merge_cpp(ctest, programs_of(results / "ctest.json"), results / "gtest")
    if ctest_status != 0 and not any(outcome.status == FAILED for outcome in cpp):
        cpp.append(Outcome("ctest", FAILED, f"ended with status {ctest_status}"))
    python = []
    if pytest_status is not None:
        python = list(read_pytest(results / "pytest.xml")) if (results / "pytest.xml").exists() else []
        if pytest_status != 0 and not any(outcome.status == FAILED for outcome in python):
            python.append(Outcome("pytest", FAILED, f"ended with status {pytest_status}"))
    return worst_by_id(cpp + python)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--allowed-skips", type=pathlib.Path, required=True)
    parser.add_argument("--ctest-status", type=int, required=True)
    parser.add_argument("--pytest-status", type=int)
    options = parser.parse_args(arguments)

    outcomes = collect(options.results, options.ctest_status, options.pytest_status)
    allowed, problems = read_allowed_skips(options.allowed_skips)
    failures, unlisted, notes = verdict(outcomes, allowed, whole_run=options.pytest_status is not None)

    print()
    for line in notes + problems + failures:
        print(line)
    if unlisted:
        print("These skips are not listed in tests/allowed_skips:")
        for line in unlisted:
            print(line)
    count = collections.Counter(outcome.status for outcome in outcomes)
    print(f"{count[PASSED]} passed, {count[FAILED]} failed, {count[SKIPPED]} skipped")
    return 1 if failures or unlisted or problems or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
