"""Goal: the rounds that predict uses and the value that training called missing reach the bundle, and serving.yaml has the last word.

Method: the small run with early stopping or a sentinel; expected values from the wrapper's own predict, by bits.
"""

import json

import numpy
import pytest
import xgboost

import small_run
from ringside_export.export import export_bundle
from ringside_export.problems import ExportFailed


def exported(run, tmp_path):
    """The bundle's directory and its golden rows to score."""
    directory = run.write(tmp_path / "run")
    export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")
    lines = [json.loads(line) for line in (tmp_path / "small_v1.0.0" / "golden.jsonl").read_text().splitlines()]
    return tmp_path / "small_v1.0.0", [line for line in lines if line["kind"] == "score"]


def floats(lines, key):
    return numpy.array([[int(value, 16) for value in line[key]] for line in lines], numpy.uint32).view(numpy.float32)


def stopped_early(booster="gbtree"):
    run = small_run.SmallRun()
    model = xgboost.XGBClassifier(n_estimators=80, learning_rate=0.6, early_stopping_rounds=3, n_jobs=1, booster=booster)
    rng = numpy.random.default_rng(1)
    model.fit(run.features, run.target, eval_set=[(run.features, rng.permutation(run.target))], verbose=False)
    run.model = model
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    return run


@pytest.mark.parametrize("said, rounds", [("all", 0), ("2", 2)])
def test_serving_yaml_chooses_the_rounds(said, rounds, tmp_path):
    run = stopped_early()
    run.files["serving.yaml"] = f"threshold: 0.4\niterations: {said}\n"
    bundle, lines = exported(run, tmp_path)
    assert (bundle / "serving.yaml").read_text() == run.files["serving.yaml"]
    last = rounds or run.model.get_booster().num_boosted_rounds()
    expected = run.model.predict_proba(floats(lines, "features"), iteration_range=(0, last))[:, 1:]
    assert numpy.array_equal(floats(lines, "values"), expected)


def test_the_choice_of_the_wrapper_is_written_behind_what_serving_yaml_says(tmp_path):
    run = stopped_early()
    run.files["serving.yaml"] = "threshold: 0.4"
    bundle, _ = exported(run, tmp_path)
    assert (bundle / "serving.yaml").read_text() == f"threshold: 0.4\niterations: {run.model.best_iteration + 1}\n"


def test_without_early_stopping_nothing_is_said(tmp_path):
    bundle, _ = exported(small_run.SmallRun(), tmp_path)
    assert not (bundle / "serving.yaml").exists()


@pytest.mark.parametrize("said", ["0", "-1", "1.5", "many", "[1]", "11"])
def test_rounds_that_there_are_not_are_refused(said, tmp_path):
    run = small_run.SmallRun()
    run.files["serving.yaml"] = f"iterations: {said}\n"
    directory = run.write(tmp_path / "run")
    with pytest.raises(ExportFailed, match="serving.yaml: iterations: "):
        export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")


@pytest.mark.parametrize("booster", ["gbtree", "dart"])
def test_missing_value_of_the_wrapper_is_carried_and_golden_features_are_nan(booster, tmp_path):
    run = small_run.SmallRun(
        xgboost.XGBRegressor(n_estimators=10, missing=1.0, booster=booster, n_jobs=1), target=lambda frame: frame["income"]
    )
    bundle, lines = exported(run, tmp_path)
    assert float.fromhex(json.loads((bundle / "preprocess.json").read_text())["missing"]) == 1.0
    features = floats(lines, "features")
    assert numpy.isnan(features).any() and not (features == 1.0).any()
    if booster == "gbtree":
        assert numpy.array_equal(floats(lines, "values")[:, 0], run.model.predict(features))


def test_missing_value_is_the_float32_that_xgboost_compares(tmp_path):
    run = small_run.SmallRun(xgboost.XGBClassifier(n_estimators=5, missing=-999.1, n_jobs=1))
    bundle, _ = exported(run, tmp_path)
    assert float.fromhex(json.loads((bundle / "preprocess.json").read_text())["missing"]) == float(numpy.float32(-999.1))
