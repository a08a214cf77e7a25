"""Goal: `ringside ab` shows what several versions answer to the same rows, and how far apart they are.
Method: the real programs; each version's part is held against `ringside predict --version`."""
import json

import pytest

from tests.cli.conftest import NEW, OLD, golden
from tests.cli.documents import check_cli

BY_THE_CALL = ("request_id", "engine_us")  # not the row's: they may differ from call to call


def compare(engine, path, *options):
    done = engine.cli("ab", "--input", path, *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def without(answer):
    return {key: value for key, value in answer.items() if key not in BY_THE_CALL}


@pytest.fixture
def many(rows):
    return rows([line["row"] for line in golden(OLD) if line["kind"] == "score"][:150])


@pytest.mark.parametrize("batch", ["1", "64", "512"])
def test_each_part_is_what_predict_says_of_that_version(engine, many, batch):
    lines, _ = compare(engine, many, "--versions", f"{OLD},{NEW}", "--batch", batch)
    alone = {version: engine.predict(many, "--version", version, "--batch", batch) for version in (OLD, NEW)}
    assert len(lines) == 150
    for row, line in enumerate(lines):
        check_cli("ab", line)
        assert line["row"] == row
        assert without(line["v1"]) == without(alone[OLD][row]) and without(line["v2"]) == without(alone[NEW][row])
        assert line["request_id"] == line["v1"]["request_id"] == line["v2"]["request_id"]
        assert line["delta"] == pytest.approx(line["v2"]["score"] - line["v1"]["score"], abs=1e-7)
        assert line["label_delta"] == (0 if line["v1"]["label"] == line["v2"]["label"] else line["label_delta"] or pytest.fail("labels differ"))


def test_more_than_two_are_a_list_against_the_first(engine, own_engine, rows, good_row):
    own_engine.cli("label", "prod", NEW)
    (line,), _ = compare(own_engine, rows([good_row]), "--versions", f"default,{NEW},label:prod,{OLD}")
    check_cli("ab", line)
    assert [part["arm"] for part in line["versions"]] == ["current", "version", "label", "version"]
    assert [part["version"] for part in line["versions"]] == [OLD, NEW, NEW, OLD]
    assert line["deltas"][0] == line["deltas"][1] != 0 and line["deltas"][2] == 0


def test_unknown_version_among_them_leaves_the_other(engine, rows, good_row):
    (line,), summary = compare(engine, rows([good_row]), "--versions", f"nobody,{NEW}")
    check_cli("ab", line)
    assert line["v1"]["status"] == "unknown_version" and line["v2"]["status"] == "ok"
    assert line["delta"] is None and line["label_delta"] is None
    assert "1 of them without both scores" in summary


def test_line_that_is_no_row_is_said_as_by_predict(engine, rows, good_row):
    lines, _ = compare(engine, rows([good_row, "{", {**good_row, "zip": 1}]), "--versions", f"{OLD},{NEW}", "--batch", "3")
    check_cli("predict", lines[1])
    assert lines[1]["errors"][0]["code"] == "MALFORMED"
    assert lines[2]["v1"]["errors"][0]["code"] == lines[2]["v2"]["errors"][0]["code"] == "EXTRA_FIELD"


def test_summary_counts_every_row_once(engine, many):
    lines, summary = compare(engine, many, "--versions", f"{OLD},{NEW}", "--batch", "64")
    assert f"{NEW} against {OLD}: 150 rows" in summary
    flips = sum(line["label_delta"] != 0 for line in lines)
    assert f"labels differ  {flips}\n" in summary
    histogram = summary.split("|delta|      rows\n")[-1] if "|delta|      rows" in summary else summary[summary.rindex("rows\n") + 5:]
    assert sum(int(text.split()[-1]) for text in histogram.splitlines() if text.strip()) == 150
    largest = max(range(150), key=lambda row: abs(lines[row]["delta"]))
    assert f"in row {largest}\n" in summary


def test_with_json_there_is_no_summary(engine, rows, good_row):
    lines, summary = compare(engine, rows([good_row]), "--versions", f"{OLD},{OLD}", "--json")
    assert summary == "" and lines[0]["delta"] == 0


@pytest.mark.parametrize("versions", [OLD, ",".join([OLD] * 9)])
def test_two_to_eight_versions(engine, rows, good_row, versions):
    done = engine.cli("ab", "--versions", versions, "--input", rows([good_row]))
    assert done.returncode == 2 and "2 to 8" in done.stderr
