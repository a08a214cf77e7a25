"""Goal: `coerce: pandas` is pandas, row by row, on every path: the plain twin, the exporter's self-check, the engine.
Method: made texts and cells against pandas; a small run whose sample is as untidy as rows come, exported and replayed by the engine.
"""

import importlib.util
import json
import math
import os
import pathlib
import random
import struct
import subprocess

import joblib
import numpy
import pandas
import pytest
from sklearn.preprocessing import LabelEncoder

import small_run
from ringside_export import feature_schema, pandas_rows
from ringside_export.export import export_bundle
from ringside_export.problems import CannotReproduce
from ringside_export.strict_rows import StrictCheck
from ringside_export.training_path import TrainingPath

BIN = pathlib.Path(os.environ.get("RINGSIDE_BIN", small_run.ROOT / "build/release/bin"))


def recorder():
    path = small_run.ROOT / "tests/golden/pandas/make_readings.py"
    spec = importlib.util.spec_from_file_location("make_readings", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_plain_twin_reads_and_writes_numbers_as_pandas():
    different = []
    for line in recorder().lines(20_000, 5):
        kind, question, expected = line.split(" ")
        if kind == "number":
            value = pandas_rows.number(bytes.fromhex("" if question == "-" else question).decode("utf-8"))
            found = "nan" if math.isnan(value) else struct.pack(">d", value).hex()
        else:
            found = pandas_rows.coerced("str", struct.unpack(">d", bytes.fromhex(question))[0])[0]
        if found != expected:
            different.append((question, expected, found))
    assert not different


def schema_of(*fields, coerce="pandas"):
    return feature_schema.from_document({"coerce": coerce, "fields": list(fields), "final_feature_cols": ["x"]}, "schema")


def cells(rng):
    """Anything that JSON can say for a field."""
    texts = ["3.9", "x", "", " 7 ", "nan", "True", "1e5", "-0.0", "inf", "1e400", "é", "0.30000000000000004", "12345678901234567890"]
    numbers = [0, 1, -1, 27, 2**53, -(2**53), 2**53 + 1, 2**63 - 1, 0.0, -0.0, 1.0, 3.9, -3.9, 0.1, 1e16, 1e300, math.inf, -math.inf]
    others = [None, math.nan, True, False, 2**63, -(2**64), [1], {"a": 1}]
    yield from texts + numbers + others
    for _ in range(4_000):
        yield rng.choice((rng.randint(-100, 100), rng.uniform(-1e3, 1e3), repr(rng.uniform(-1, 1)), f" {rng.randint(-9, 9)}", rng.random() < 0.5))


@pytest.mark.parametrize("dtype, fill", [("int", "7"), ("float", "0.5"), ("bool", "true")])
@pytest.mark.parametrize("on_missing", ["fill", "pass"])
def test_what_serving_makes_of_any_cell_is_what_the_training_path_makes_of_it(dtype, fill, on_missing):
    schema = schema_of({"name": "x", "dtype": dtype, "fill": fill, "on_missing": on_missing})
    check, path = StrictCheck(schema), TrainingPath(schema, {}, None)
    rows, served = [], []
    for cell in cells(random.Random(3)):
        checked = check.check({"x": cell})
        if not checked.errors:
            rows.append({"x": cell})
            served.append(checked.values["x"])
        else:
            assert checked.errors[0][1] in ("INT_RANGE", "NOT_FINITE") or isinstance(cell, (list, dict)), (cell, checked.errors)
    trained = path._typed(rows)["x"].to_numpy(dtype="float64")  # before the cast to float32, which would hide a difference
    ours = numpy.array([math.nan if value is None else float(value) for value in served])
    different = numpy.flatnonzero((ours.view("u8") != trained.view("u8")) & ~(numpy.isnan(ours) & numpy.isnan(trained)))
    assert not len(different), [(rows[i], served[i], trained[i]) for i in different[:3]]
    assert len(rows) > 4_000


def test_text_is_what_astype_str_makes_of_any_cell():
    schema = schema_of({"name": "x", "dtype": "str", "fill": "none"})
    check = StrictCheck(schema)
    for cell in cells(random.Random(4)):
        checked = check.check({"x": cell})
        if checked.errors:
            continue
        expected = "none" if cell is None or cell != cell else pandas.Series([cell], dtype=object).astype(str)[0]
        assert checked.values["x"] == expected, cell


class OtherPandas:
    """pandas.to_numeric of a release that rounds correctly."""

    @staticmethod
    def to_numeric(values, errors):
        return numpy.array([float(str(value)) if "," not in str(value) else math.nan for value in values])


def test_a_pandas_that_reads_numbers_otherwise_is_refused(monkeypatch):
    pandas_rows.check_release()
    monkeypatch.setattr(pandas, "to_numeric", OtherPandas.to_numeric)
    with pytest.raises(CannotReproduce, match="reads '0.30000000000000004' as 0.30000000000000004, serving as 0.3"):
        pandas_rows.check_release()


class UntidyRun(small_run.SmallRun):
    """The small run, its city a code in text, its sample with values of every wrong kind."""

    def __init__(self):
        super().__init__()
        codes = {"ams": "1", "ber": "1.0", "no": "True", "1.10": "unknown", None: "unknown"}
        self.encoders["city"] = LabelEncoder().fit(numpy.array(["1", "1.0", "True", "unknown"], dtype=object))
        self.raw["city"] = [codes[city] for city in self.raw["city"]]
        rng = numpy.random.default_rng(11)
        for name, values in {
            "age": ["41", "41.9", " 30 ", "forty", "", 55.5, True],
            "income": ["60367.99140548706", "0.30000000000000004", "1e5", "-", False, "nan"],
            "city": [1, 1.0, True, 2, 0.5],
        }.items():
            for value in values:
                for row in rng.integers(0, len(self.raw), 3):
                    self.raw.at[row, name] = value

    def write(self, directory):
        super().write(directory)
        lines = [json.dumps(row) for row in self.raw.to_dict("records")]
        (directory / "sample.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return directory


@pytest.fixture(scope="module")
def untidy(tmp_path_factory):
    """(summary, bundle) of an untidy run, exported with coerce="pandas"."""
    folder = tmp_path_factory.mktemp("untidy")
    run = UntidyRun().write(folder / "run")
    out = folder / "small_v1.0.0"
    return export_bundle(run, run / "sample.jsonl", out, "pandas"), out


def golden_rows(bundle):
    return [json.loads(line) for line in (bundle / "golden.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_row_of_an_untidy_sample_is_scored(untidy):
    summary, bundle = untidy
    assert "sample: 400 of 400 rows give the same bits by scikit-learn and by preprocess.json" in summary
    assert "coerce: pandas" in (bundle / "feature_schema.yaml").read_text()


def test_golden_rows_hold_what_is_coerced(untidy):
    scored = [row["row"] for row in golden_rows(untidy[1]) if row["kind"] == "score"]
    for field, cell in (("age", "3.9"), ("age", "x"), ("age", True), ("income", "0.30000000000000004"), ("city", 1), ("city", 1.0)):
        assert any(type(row.get(field)) is type(cell) and row[field] == cell for row in scored), (field, cell)
    codes = {error["code"] for row in golden_rows(untidy[1]) for error in row.get("errors", [])}
    assert {"INT_RANGE", "NOT_FINITE"} <= codes and "INT_FRACTION" not in codes


def test_the_engine_replays_them(untidy):
    done = subprocess.run([BIN / "ringside", "check", untidy[1]], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_may_say_it_as_well(tmp_path):
    run = UntidyRun()
    run.schema = run.schema.replace("fields:", "coerce: pandas\nfields:")
    run.write(tmp_path / "run")
    export_bundle(tmp_path / "run", tmp_path / "run/sample.jsonl", tmp_path / "small_v1.0.0")
    assert "coerce: pandas" in (tmp_path / "small_v1.0.0/feature_schema.yaml").read_text()


def test_the_program_takes_the_option(tmp_path):
    run = UntidyRun().write(tmp_path / "run")
    done = small_run.run_program("--from", run, "--sample", run / "sample.jsonl", "--out", tmp_path / "small_v1.0.0", "--coerce", "pandas")
    assert (done.returncode, done.stderr) == (0, "")
    assert joblib.load(run / "encoders.pkl")["city"].classes_[0] == "1"
