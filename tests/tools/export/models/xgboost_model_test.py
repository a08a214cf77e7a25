"""Goal: what is exported predicts what Python predicts: objectives, boosters, early stopping, bare Boosters, leaves.

Method: the small run with other models; expected values from the model's own predict, by bits.
"""

import json

import numpy
import pytest
import xgboost

import small_run
from ringside_export.models import xgboost_model, xgboost_objectives
from ringside_export.export import export_bundle
from ringside_export.float_type import FLOAT32


def export(run, tmp_path):
    directory = run.write(tmp_path / "run")
    summary = export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")
    lines = [json.loads(line) for line in (tmp_path / "small_v1.0.0" / "golden.jsonl").read_text().splitlines()]
    return summary, [line for line in lines if line["kind"] == "score"]


def features_of(lines):
    bits = [[int(value, 16) for value in line["features"]] for line in lines]
    return numpy.array(bits, dtype=numpy.uint32).view(numpy.float32)


def hexes(values):
    return [
        [f"{value:08x}" for value in row]
        for row in numpy.ascontiguousarray(values, dtype=numpy.float32).view(numpy.uint32).tolist()
    ]


REGRESSIONS = [
    "reg:squarederror",
    "reg:logistic",
    "binary:logistic",
    "count:poisson",
    "reg:gamma",
    "reg:tweedie",
    "reg:absoluteerror",
    "reg:pseudohubererror",
    "reg:squaredlogerror",
    "binary:logitraw",
]


@pytest.mark.parametrize("objective", REGRESSIONS)
def test_regression_has_one_value_and_no_label(objective, tmp_path):
    run = small_run.SmallRun(
        xgboost.XGBRegressor(objective=objective, n_estimators=5, n_jobs=1),
        target=lambda frame: numpy.clip(frame["income"].abs(), 0.01, 0.99),
    )
    _, lines = export(run, tmp_path)
    assert [line["values"] for line in lines] == hexes(run.model.predict(features_of(lines)).reshape(-1, 1))
    assert {line["label"] for line in lines} == {None}


def test_three_classes_have_three_values_and_the_label_of_the_largest(tmp_path):
    run = small_run.SmallRun(
        xgboost.XGBClassifier(n_estimators=5, n_jobs=1), target=lambda frame: (frame["city"] % 3).astype(int)
    )
    run.encoders["Class"] = small_run.LabelEncoder().fit(["low", "middle", "top"])
    _, lines = export(run, tmp_path)
    features = features_of(lines)
    assert [line["values"] for line in lines] == hexes(run.model.predict_proba(features))
    assert [line["margin"] for line in lines] == hexes(run.model.predict(features, output_margin=True))
    names = sorted(["low", "middle", "top"])
    assert [line["label"] for line in lines] == [names[code] for code in run.model.predict(features)]


def test_dart_follows_the_dmatrix_and_the_difference_is_said(tmp_path):
    run = small_run.SmallRun(xgboost.XGBClassifier(n_estimators=15, booster="dart", rate_drop=0.4, base_score=0.3, n_jobs=1))
    summary, lines = export(run, tmp_path)
    matrix = xgboost.DMatrix(features_of(lines), feature_names=list(run.features.columns))
    assert [line["margin"] for line in lines] == hexes(run.model.get_booster().predict(matrix, output_margin=True).reshape(-1, 1))
    said = [line for line in summary if line.startswith("dart: the oracle is Booster.predict(DMatrix)")]
    assert len(said) == 1 and "rounds differently on 0 of" not in said[0]


def test_early_stopping_exports_the_rounds_that_predict_uses(tmp_path):
    run = small_run.SmallRun()
    model = xgboost.XGBClassifier(n_estimators=80, learning_rate=0.6, early_stopping_rounds=3, n_jobs=1)
    rng = numpy.random.default_rng(1)
    model.fit(run.features, run.target, eval_set=[(run.features, rng.permutation(run.target))], verbose=False)
    run.model = model
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    summary, lines = export(run, tmp_path)
    assert any(line.startswith(f"note: early stopping: rounds 0 to {model.best_iteration} of") for line in summary)
    assert (tmp_path / "small_v1.0.0" / "serving.yaml").read_text() == f"iterations: {model.best_iteration + 1}\n"
    assert [line["values"][0] for line in lines] == [row[0] for row in hexes(model.predict_proba(features_of(lines))[:, 1:])]


@pytest.mark.parametrize(
    "parameters, classes",
    [
        ({"objective": "binary:logistic"}, [0, 1]),
        ({"objective": "reg:squarederror"}, []),
        ({"objective": "multi:softprob", "num_class": 3}, [0, 1, 2]),
    ],
)
def test_bare_booster_is_exported_as_it_predicts(parameters, classes, tmp_path):
    run = small_run.SmallRun()
    run.model = xgboost.train(parameters, xgboost.DMatrix(run.features, run.target), 5)
    _, lines = export(run, tmp_path)
    matrix = xgboost.DMatrix(features_of(lines), feature_names=list(run.features.columns))
    assert [line["values"] for line in lines] == hexes(run.model.predict(matrix).reshape(len(lines), -1))
    assert json.loads((tmp_path / "small_v1.0.0" / "preprocess.json").read_text())["classes"] == classes


def test_booster_that_stopped_early_is_exported_whole_and_says_so(tmp_path):
    run = small_run.SmallRun()
    matrix = xgboost.DMatrix(run.features, run.target)
    run.model = xgboost.train(
        {"objective": "binary:logistic"}, matrix, 20, evals=[(matrix, "train")], early_stopping_rounds=2, verbose_eval=False
    )
    summary, _ = export(run, tmp_path)
    assert any("Booster.predict uses all its trees" in line for line in summary)
    best = int(run.model.attr("best_iteration")) + 1 == run.model.num_boosted_rounds()
    assert best or (tmp_path / "small_v1.0.0" / "serving.yaml").read_text() == "iterations: all\n"


def test_values_of_every_objective_follow_from_margins_by_our_own_arithmetic():
    margins = numpy.concatenate([numpy.linspace(-110, 110, 4001), [0.0, -0.0, 1e-30, 88.7, -88.7]]).astype(numpy.float32)[:, None]
    matrix = xgboost.DMatrix(numpy.zeros((len(margins), 1)), base_margin=margins)
    for objective in REGRESSIONS:
        model = xgboost.train({"objective": objective, "base_score": 0.5}, xgboost.DMatrix(numpy.zeros((2, 1)), [0.5, 0.5]), 0)
        expected = model.predict(matrix)
        assert hexes(xgboost_objectives.values(objective, margins)) == hexes(expected.reshape(-1, 1)), objective


def test_thresholds_are_the_split_conditions_and_leaves_are_counted():
    run = small_run.SmallRun()
    found = xgboost_model.open_model(run.model).splits()
    frame = run.model.get_booster().trees_to_dataframe()
    assert found.leaf_counts == frame[frame["Feature"] == "Leaf"].groupby("Tree").size().tolist()
    splits = frame[frame["Feature"] == "age"]["Split"]
    assert sorted(set(FLOAT32.bits(value) for value in splits)) == sorted(FLOAT32.bits(value) for value in found.thresholds[0])
