"""Goal: what the runners recorded becomes the right counts, ids and verdict, above all where a runner alone would look green.
Method: records in the very form that ctest 3.25, GoogleTest 1.12 and pytest 7.2 write them, in a scratch folder; the report's
printed text and exit status are what is judged."""

import json
import subprocess
import sys

import pytest

from tools import test_report

CTEST_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="(empty)">\n'
PASSES = '<testcase name="{0}" classname="{0}" time="0" status="run"><system-out></system-out></testcase>\n'
FAILS = '<testcase name="{0}" classname="{0}" time="0" status="fail"><failure message=""/></testcase>\n'
ABSENT = '<testcase name="{0}" classname="{0}" status="notrun"><skipped message="Unable to find executable"/></testcase>\n'
LEAVES_77 = '<testcase name="{0}" classname="{0}" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>\n'
DISABLED = '<testcase name="{0}" classname="{0}" status="disabled"><system-out>Disabled</system-out></testcase>\n'

GTEST_PASSES = '<testcase name="{0}" status="run" result="completed" classname="Ring" />'
GTEST_FAILS = ('<testcase name="{0}" status="run" result="completed" classname="Ring">'
               '<failure message="ring_test.cc:5&#x0A;Expected equality" type=""></failure></testcase>')
GTEST_SKIPS = ('<testcase name="{0}" status="run" result="skipped" classname="Ring">'
               '<skipped message="ring_test.cc:4&#x0A;needs ../shared/datasets"></skipped></testcase>')
GTEST_OFF = '<testcase name="{0}" status="notrun" result="suppressed" classname="Ring" />'


class Results:
    """A scratch RESULTS folder."""

    def __init__(self, folder):
        self.folder, self.allowed = folder, folder / "allowed_skips"
        self.allowed.write_text("# none\n")
        self.ctest_entries, self.programs = [], {}

    def ctest(self, template, name, program=None):
        self.ctest_entries.append(template.format(name))
        self.programs[name] = f"/build/tests/{program or name}"

    def gtest(self, file, *cases):
        (self.folder / "gtest").mkdir(exist_ok=True)
        text = "".join(template.format(name) for template, name in cases)
        (self.folder / "gtest" / file).write_text(f'<testsuites><testsuite name="Ring">{text}</testsuite></testsuites>')

    def pytest(self, *cases):
        (self.folder / "pytest.xml").write_text(f'<testsuites><testsuite>{"".join(cases)}</testsuite></testsuites>')

    def allow(self, *lines):
        self.allowed.write_text("\n".join(lines) + "\n")

    def report(self, capsys, ctest_status=0, pytest_status=None):
        if self.ctest_entries:
            (self.folder / "ctest.xml").write_text(CTEST_HEAD + "".join(self.ctest_entries) + "</testsuite>")
        tests = [{"name": name, "command": [program]} for name, program in self.programs.items()]
        (self.folder / "ctest.json").write_text(json.dumps({"tests": tests}))
        arguments = [str(self.folder), "--allowed-skips", str(self.allowed), "--ctest-status", str(ctest_status)]
        if pytest_status is not None:
            arguments += ["--pytest-status", str(pytest_status)]
        status = test_report.main(arguments)
        output = capsys.readouterr().out
        return status, output, output.splitlines()[-1]


@pytest.fixture
def results(tmp_path):
    return Results(tmp_path)


def test_cases_of_a_program_are_counted_one_by_one(results, capsys):
    results.ctest(PASSES, "ring_test")
    results.gtest("ring_test.xml", (GTEST_PASSES, "Fills"), (GTEST_PASSES, "Empties"))
    results.ctest(PASSES, "plain_program")
    status, _, last = results.report(capsys)
    assert (status, last) == (0, "3 passed, 0 failed, 0 skipped")


def test_failed_case_fails_the_run_and_is_named_with_its_reason(results, capsys):
    results.ctest(FAILS, "ring_test")
    results.gtest("ring_test.xml", (GTEST_PASSES, "Fills"), (GTEST_FAILS, "Empties"))
    status, output, last = results.report(capsys, ctest_status=8)
    assert (status, last) == (1, "1 passed, 1 failed, 0 skipped")
    assert "FAILED  ring_test::Ring.Empties: ring_test.cc:5 Expected equality" in output


@pytest.mark.parametrize("template", [FAILS, ABSENT])
def test_program_that_left_no_cases_is_one_failure(results, capsys, template):
    results.ctest(template, "crash_test")
    status, _, last = results.report(capsys, ctest_status=8)
    assert (status, last) == (1, "0 passed, 1 failed, 0 skipped")


def test_program_that_failed_after_all_its_cases_passed_is_a_failure(results, capsys):  # a leak, found at exit
    results.ctest(FAILS, "ring_test")
    results.gtest("ring_test.xml", (GTEST_PASSES, "Fills"))
    status, output, last = results.report(capsys, ctest_status=8)
    assert (status, last) == (1, "1 passed, 1 failed, 0 skipped")
    assert "although none of its cases did" in output


def test_program_run_twice_is_found_by_its_numbered_record(results, capsys):
    results.ctest(PASSES, "ring_test")
    results.ctest(PASSES, "ring_again", program="ring_test")
    results.gtest("ring_test.xml", (GTEST_PASSES, "Fills"))
    results.gtest("ring_test_1.xml", (GTEST_PASSES, "Fills"), (GTEST_PASSES, "Empties"))
    assert results.report(capsys)[2] == "2 passed, 0 failed, 0 skipped"


def test_broken_record_is_a_failure(results, capsys):
    results.ctest(PASSES, "ring_test")
    results.gtest("ring_test.xml")
    (results.folder / "gtest" / "ring_test.xml").write_text("<testsuites><testsu")
    status, output, _ = results.report(capsys)
    assert status == 1 and "broken record" in output


def test_skip_that_is_not_listed_fails_and_says_its_reason(results, capsys):
    results.ctest(PASSES, "ring_test")
    results.gtest("ring_test.xml", (GTEST_PASSES, "Fills"), (GTEST_SKIPS, "OnRealData"))
    status, output, last = results.report(capsys)
    assert (status, last) == (1, "1 passed, 0 failed, 1 skipped")
    assert "SKIPPED ring_test::Ring.OnRealData: needs ../shared/datasets" in output


@pytest.mark.parametrize("entry", ["ring_test::Ring.OnRealData", "ring_test::Ring.On*"])
def test_listed_skip_is_counted_and_accepted(results, capsys, entry):
    results.ctest(PASSES, "ring_test")
    results.gtest("ring_test.xml", (GTEST_SKIPS, "OnRealData"))
    results.allow(f"{entry} # the data sets are not part of the repository")
    status, _, last = results.report(capsys)
    assert (status, last) == (0, "0 passed, 0 failed, 1 skipped")


def test_listed_skip_needs_its_reason(results, capsys):
    results.ctest(PASSES, "ring_test")
    results.gtest("ring_test.xml", (GTEST_SKIPS, "OnRealData"))
    results.allow("ring_test::Ring.OnRealData")
    status, output, _ = results.report(capsys)
    assert status == 1 and "allowed_skips:1: an allowed skip needs" in output


@pytest.mark.parametrize("template, case", [(LEAVES_77, None), (DISABLED, None), (PASSES, GTEST_OFF)])
def test_other_ways_of_not_running_are_skips_too(results, capsys, template, case):
    results.ctest(template, "ring_test")
    if case:
        results.gtest("ring_test.xml", (case, "SwitchedOff"))
    status, _, last = results.report(capsys)
    assert (status, last) == (1, "0 passed, 0 failed, 1 skipped")


def test_entry_that_names_no_test_is_only_noted(results, capsys):
    results.pytest('<testcase classname="tests.a_test" name="test_a" file="tests/a_test.py"/>')
    results.allow("tests/gone_test.py::test_gone # it is gone")
    status, output, _ = results.report(capsys, pytest_status=0)
    assert status == 0 and "names no test that exists: tests/gone_test.py::test_gone" in output


def test_runner_that_failed_without_a_failed_test_is_a_failure(results, capsys):
    results.ctest(PASSES, "ring_test")
    results.pytest('<testcase classname="tests.a_test" name="test_a" file="tests/a_test.py"/>')
    assert results.report(capsys, ctest_status=1, pytest_status=0)[::2] == (1, "2 passed, 1 failed, 0 skipped")
    assert results.report(capsys, ctest_status=0, pytest_status=2)[::2] == (1, "2 passed, 1 failed, 0 skipped")


def test_run_without_any_test_is_not_a_success(results, capsys):
    assert results.report(capsys)[::2] == (1, "0 passed, 0 failed, 0 skipped")


PYTEST_SOURCE = '''
import pytest

class TestClass:
    @pytest.mark.parametrize("a", [1, 2])
    def test_in_class(self, a): pass

def test_fails(): assert 1 == 2
def test_skips(): pytest.skip("no data here")
@pytest.mark.xfail(reason="known to be wrong")
def test_known_bad(): assert False
@pytest.fixture
def breaks_at_the_end():
    yield
    raise RuntimeError("cleaning up failed")
def test_passes_but_leaves_a_mess(breaks_at_the_end): pass
'''


def test_real_pytest_record_gives_the_ids_that_pytest_prints(results, capsys):
    (results.folder / "tests").mkdir()
    (results.folder / "tests" / "sample_test.py").write_text(PYTEST_SOURCE)
    (results.folder / "tests" / "broken_test.py").write_text("import no_such_module\n")
    ran = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", "--junit-xml",
                          "pytest.xml", "--continue-on-collection-errors", "-o", "junit_family=xunit1", "tests"],
                         cwd=results.folder, capture_output=True, text=True, check=False)
    recorded = test_report.worst_by_id(test_report.read_pytest(results.folder / "pytest.xml"))
    outcomes = {outcome.id: outcome for outcome in recorded}
    assert {id: outcome.status for id, outcome in outcomes.items()} == {
        "tests/broken_test.py": "failed",
        "tests/sample_test.py::TestClass::test_in_class[1]": "passed",
        "tests/sample_test.py::TestClass::test_in_class[2]": "passed",
        "tests/sample_test.py::test_fails": "failed",
        "tests/sample_test.py::test_skips": "skipped",
        "tests/sample_test.py::test_known_bad": "skipped",
        "tests/sample_test.py::test_passes_but_leaves_a_mess": "failed",
    }, ran.stdout
    assert outcomes["tests/sample_test.py::test_skips"].reason == "no data here"
    status, _, last = results.report(capsys, pytest_status=1)
    assert (status, last) == (1, "2 passed, 3 failed, 2 skipped")
