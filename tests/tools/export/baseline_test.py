"""Goal: baseline.json holds what the sample shows, in bins that a reader can recount, and the same bytes for the same rows.

Method: edges of small columns by hand; the small run's file recounted from the oracle's features with plain comparisons.
"""

import json
import math

import jsonschema
import numpy
import pytest

import small_run
from ringside_export import baseline, sample_rows
from ringside_export.training_run import TrainingRun

WIDTHS = [numpy.float32, numpy.float64]


def edges(values, width=numpy.float32):
    return baseline.bin_edges(numpy.array(values, width)).tolist()


@pytest.mark.parametrize("width", WIDTHS)
def test_few_values_have_a_bin_each_and_one_on_either_side(width):
    above = float(numpy.nextafter(width(7), width(math.inf)))
    assert edges([7, 0, 7, 2.5, math.nan, 0], width) == [0, 2.5, 7, above]


def test_constant_has_a_bin_of_its_own():
    counted = baseline.histogram(numpy.array([3, 3, math.nan], numpy.float32))
    assert counted == {"edges": ["0x1.8000000000000p+1", "0x1.8000020000000p+1"], "counts": [0, 2, 0], "missing": 1}


def test_many_values_have_bins_of_about_equally_many_rows():
    column = numpy.arange(1400, dtype=numpy.float32)
    counted = baseline.histogram(column)
    assert counted["counts"] == [0] + [100] * 14 + [0]


def test_no_column_has_more_bins_than_the_engine_compares():
    rng = numpy.random.default_rng(1)
    for column in (rng.normal(size=999), rng.integers(0, 14, 500), rng.integers(0, 15, 500), rng.gamma(0.1, 1, 5000)):
        found = edges(column)
        assert len(found) <= 15 and found == sorted(set(found))


def test_columns_without_a_number_have_no_edge():
    assert baseline.histogram(numpy.array([math.nan] * 3, numpy.float32)) == {"edges": [], "counts": [0], "missing": 3}


def test_a_value_that_many_rows_share_does_not_take_two_edges():
    assert edges([0] * 90 + list(range(1, 31))) == [*sorted({0, *(i * 120 // 14 - 89 for i in range(11, 14))}), 30.000001907348633]


def test_the_greatest_float_has_nothing_above_it():
    assert edges([1, float(numpy.finfo(numpy.float32).max)]) == [1, float(numpy.finfo(numpy.float32).max)]


def test_negative_zero_is_zero():
    assert baseline.histogram(numpy.array([-0.0, 0.0, 1.0], numpy.float32))["edges"][0] == "0x0.0p+0"


def test_infinity_is_missing():
    assert baseline.histogram(numpy.array([1, math.inf, -math.inf], numpy.float32))["missing"] == 1


@pytest.fixture(scope="module")
def document(bundle):
    return json.loads((bundle / "baseline.json").read_text(encoding="utf-8"))


def test_file_keeps_its_schema(document):
    schema = json.loads((small_run.ROOT / "schemas" / "baseline.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(document)


def test_histograms_are_of_the_samples_features_and_scores(document, run_directory):
    run = TrainingRun(run_directory)
    verdicts = run.oracle.judge(sample_rows.read(run_directory / "sample.jsonl", run.plan.schema).rows)
    scored = [verdict for verdict in verdicts if not verdict.errors]
    assert (document["rows"], document["scored"]) == (len(verdicts), len(scored))
    assert [entry["name"] for entry in document["features"]] == list(run.plan.schema.features)
    for key, listed in (("bits", document["features"]), ("values", document["scores"])):
        matrix = numpy.array([getattr(verdict, key) for verdict in scored], numpy.uint32).view(numpy.float32)
        for number, entry in enumerate(listed):
            counts, missing = [0] * (len(entry["edges"]) + 1), 0
            for x in matrix[:, number].tolist():
                if math.isnan(x):
                    missing += 1
                else:
                    counts[sum(float.fromhex(edge) <= x for edge in entry["edges"])] += 1
            assert (entry["counts"], entry["missing"]) == (counts, missing)


def test_fields_are_counted_over_all_rows(document):
    raw = small_run.raw_rows()
    for entry in document["fields"]:
        missing = int(raw[entry["name"]].isna().sum())
        assert (entry["missing"], entry["filled"], entry["refused"]) == (missing, missing, 0)
    # The one-hot encoder was fitted without "unknown", which is what fills a missing home.
    assert {entry["name"]: entry["unknown"] for entry in document["fields"]}["home"] == int(raw["home"].isna().sum())


def test_refused_rows_count_for_what_they_were_refused_for(tmp_path):
    run = small_run.SmallRun()
    run.schema = run.schema.replace("{name: age, dtype: int, type: numeric, fill: 0}",
                                    "{name: age, dtype: int, type: numeric, fill: 0, max: 60, on_out_of_range: reject}")
    directory = run.write(tmp_path / "run")
    training = TrainingRun(directory)
    verdicts = training.oracle.judge(sample_rows.read(directory / "sample.jsonl", training.plan.schema).rows)
    counts = baseline.field_counts(training.plan.schema, verdicts)
    old = sum(age is not None and age > 60 for age in run.raw["age"])
    assert counts["age"]["out_of_range"] == counts["age"]["refused"] == old > 0
    kept = run.raw[[age is None or age <= 60 for age in run.raw["age"]]]
    assert counts["income"]["missing"] == int(kept["income"].isna().sum())


def test_missing_values_that_pass_are_missing_and_not_filled(tmp_path):
    run = small_run.SmallRun()
    run.schema = run.schema.replace("fill: 0.0}", "on_missing: pass}")
    directory = run.write(tmp_path / "run")
    training = TrainingRun(directory)
    verdicts = training.oracle.judge(sample_rows.read(directory / "sample.jsonl", training.plan.schema).rows)
    income = baseline.field_counts(training.plan.schema, verdicts)["income"]
    assert (income["missing"], income["filled"]) == (int(run.raw["income"].isna().sum()), 0)
