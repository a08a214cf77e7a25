"""Goal: `ringside_export.expect` says of every row what Python says, in order, whatever the row.

Method: the program on small samples and on the whole data sets, against the model's own predict_proba.
"""

import json

import joblib
import numpy
import pytest

import small_run
from ringside_export.expect import main


def expect(run, sample, out, *more):
    assert main(["--from", str(run), "--sample", str(sample), "--out", str(out), *more]) == 0
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_rows_keep_their_order_and_refused_ones_have_their_errors(run_directory, bundle, tmp_path):
    sample = tmp_path / "rows.jsonl"
    sample.write_text(
        '{"age":27,"income":1,"home":"own","city":"no"}\n{"age":"x","city":"ber"}\n{"age":NaN,"z":1}\n{"age":1,"age":2}\n'
    )
    lines = expect(run_directory, sample, tmp_path / "out.jsonl", "--bundle", str(bundle))
    assert [line["row"] for line in lines] == [
        {"age": 27, "income": 1, "home": "own", "city": "no"},
        {"age": "x", "city": "ber"},
        {"age": None},
        {"age": 2},
    ]
    assert lines[1]["expect"] == {"errors": [{"field": "age", "code": "TYPE_MISMATCH"}]}
    assert lines[3]["expect"] == {"errors": [{"field": "", "code": "DUPLICATE_FIELD"}]}
    assert lines[2]["expect"]["filled"] == ["age", "income", "home", "city"]
    assert lines[0]["expect"]["features"][2] == "40400000"


@pytest.mark.parametrize("fixture, rows", [("loan_run", 9857), ("adult_run", 32561)])
def test_every_row_of_a_data_set_has_its_expectation(fixture, rows, request, tmp_path):
    run = request.getfixturevalue(fixture)
    lines = expect(run, next(run.glob("sample.*")), tmp_path / "out.jsonl")
    assert len(lines) == rows
    features = numpy.array([[int(value, 16) for value in line["expect"]["features"]] for line in lines], numpy.uint32).view(
        numpy.float32
    )
    model = joblib.load(run / "model.pkl")
    found = numpy.array([int(line["expect"]["values"][0], 16) for line in lines], numpy.uint32)
    assert (found == numpy.ascontiguousarray(model.predict_proba(features)[:, 1]).view(numpy.uint32)).all()


def test_bundle_of_another_run_ends_with_5(run_directory, bundle, tmp_path, capsys):
    other = small_run.SmallRun(scaler=small_run.StandardScaler(with_std=False)).write(tmp_path / "run")
    status = main(
        ["--from", str(other), "--sample", str(other / "sample.jsonl"), "--out", str(tmp_path / "out"), "--bundle", str(bundle)]
    )
    assert status == 5 and "expected bits" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_absent_file_ends_with_1_and_its_name(run_directory, tmp_path):
    done = small_run.run_program(
        "--from", run_directory, "--sample", tmp_path / "none.csv", "--out", tmp_path / "out", module="ringside_export.expect"
    )
    assert done.returncode == 1 and "none.csv" in done.stderr and "Traceback" not in done.stderr
