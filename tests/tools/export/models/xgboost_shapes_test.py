"""Goal: the XGBoost models that are no forest with one number a row are exported as Python predicts them: gblinear, several targets,
multi:softmax, ranking, survival, category codes.

Method: the small run with such models; expected bits from the model's own predict on the golden rows' features.
"""

import json

import numpy
import pandas
import pytest
import xgboost

import small_run
from ringside_export.export import export_bundle
from ringside_export.models import xgboost_model, xgboost_releases
from ringside_export.problems import CannotReproduce, ExportFailed


def export(run, tmp_path):
    """(bundle, golden rows to score)"""
    directory = run.write(tmp_path / "run")
    bundle = tmp_path / "small_v1.0.0"
    export_bundle(directory, directory / "sample.jsonl", bundle)
    lines = [json.loads(line) for line in (bundle / "golden.jsonl").read_text().splitlines()]
    return bundle, [line for line in lines if line["kind"] == "score"]


def features_of(lines, run):
    bits = numpy.array([[int(value, 16) for value in line["features"]] for line in lines], dtype=numpy.uint32)
    return pandas.DataFrame(bits.view(numpy.float32), columns=run.features.columns)


def hexes(values, lines):
    bits = numpy.ascontiguousarray(values, dtype=numpy.float32).reshape(len(lines), -1).view(numpy.uint32).tolist()
    return [[f"{value:08x}" for value in row] for row in bits]


def classes_of(bundle):
    return json.loads((bundle / "preprocess.json").read_text())["classes"]


def three_classes(frame):
    return (frame["city"] % 3).astype(int)


@pytest.mark.parametrize("objective", ["reg:squarederror", "binary:logistic", "multi:softprob"])
def test_gblinear_is_a_sum_and_has_no_rounds_to_choose(objective, tmp_path):
    kind = xgboost.XGBRegressor if objective.startswith("reg") else xgboost.XGBClassifier
    target = three_classes if objective.startswith("multi") else None
    run = small_run.SmallRun(kind(booster="gblinear", objective=objective, n_estimators=5, n_jobs=1), target=target)
    bundle, lines = export(run, tmp_path)
    features = features_of(lines, run)
    assert [line["margin"] for line in lines] == hexes(run.model.predict(features, output_margin=True), lines)
    assert not (bundle / "serving.yaml").exists()
    run.files["serving.yaml"] = "iterations: 3\n"
    with pytest.raises(ExportFailed, match="gblinear has no rounds to choose from"):
        export(run, tmp_path / "rounds")


def test_gblinear_that_stopped_early_answers_with_all_its_weights(tmp_path):
    run = small_run.SmallRun()
    model = xgboost.XGBClassifier(booster="gblinear", n_estimators=60, early_stopping_rounds=2, n_jobs=1)
    shuffled = numpy.random.default_rng(1).permutation(run.target)
    run.model = model.fit(run.features, run.target, eval_set=[(run.features, shuffled)], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    bundle, lines = export(run, tmp_path)
    assert [line["values"] for line in lines] == hexes(run.model.predict_proba(features_of(lines, run))[:, 1], lines)
    assert not (bundle / "serving.yaml").exists() and xgboost_model.open_model(model).notes == []


@pytest.mark.parametrize("objective", ["reg:squarederror", "binary:logistic"])
def test_several_targets_have_a_value_each_and_no_label(objective, tmp_path):
    kind = xgboost.XGBRegressor if objective.startswith("reg") else xgboost.XGBClassifier
    run = small_run.SmallRun(
        kind(objective=objective, n_estimators=4, n_jobs=1),
        target=lambda frame: (frame[["income", "age"]].to_numpy() > 0).astype(int),
    )
    bundle, lines = export(run, tmp_path)
    model = run.model
    ask = model.predict_proba if objective == "binary:logistic" else model.predict
    assert [line["values"] for line in lines] == hexes(ask(features_of(lines, run)), lines)
    assert len(lines[0]["margin"]) == 2 and {line["label"] for line in lines} == {None} and classes_of(bundle) == []


def test_softmax_is_one_value_the_class(tmp_path):
    run = small_run.SmallRun(xgboost.XGBClassifier(objective="multi:softmax", n_estimators=4, n_jobs=1), target=three_classes)
    run.encoders["Class"] = small_run.LabelEncoder().fit(["low", "middle", "top"])
    bundle, lines = export(run, tmp_path)
    codes = run.model.predict(features_of(lines, run))
    assert [line["values"] for line in lines] == hexes(codes.astype(numpy.float32), lines)
    assert [line["label"] for line in lines] == [["low", "middle", "top"][code] for code in codes]
    assert len(lines[0]["margin"]) == 3 and len(set(codes)) == 3


def test_ranker_and_survival_have_one_value(tmp_path):
    run = small_run.SmallRun()
    for objective in ("rank:pairwise", "rank:ndcg", "rank:map"):
        run.model = xgboost.XGBRanker(objective=objective, n_estimators=3, n_jobs=1).fit(run.features, run.target, group=[100, 300])
        _, lines = export(run, tmp_path / objective)
        assert [line["values"] for line in lines] == hexes(run.model.predict(features_of(lines, run)), lines)
    for objective in ("survival:cox", "survival:aft", "binary:hinge"):
        matrix = xgboost.DMatrix(run.features, run.target)
        for bound in ("label_lower_bound", "label_upper_bound"):
            matrix.set_float_info(bound, run.target + 1)
        run.model = xgboost.train({"objective": objective}, matrix, 3)
        _, lines = export(run, tmp_path / objective)
        expected = run.model.predict(xgboost.DMatrix(features_of(lines, run)))
        assert [line["values"] for line in lines] == hexes(expected, lines)


CITIES = ["no", "ams", "ber", "1.10"]


def category_run(said):
    """`city` as pandas' category dtype; `said`: what the schema says of it."""
    run = small_run.SmallRun()
    run.features = run.frame.assign(city=pandas.Categorical(run.raw["city"], categories=CITIES))
    run.target = (run.features["city"].cat.codes % 2 == 0).astype(int)
    run.model = run.fit(
        xgboost.XGBClassifier(n_estimators=4, tree_method="approx", enable_categorical=True, max_cat_to_onehot=1, n_jobs=1)
    )
    trees = json.loads(bytes(run.model.get_booster().save_raw("json")))["learner"]["gradient_booster"]["model"]["trees"]
    assert any(1 in tree["split_type"] for tree in trees)
    del run.encoders["city"]
    run.schema = run.schema.replace("dtype: str, type: categorical, encode: label", said)
    return run


def test_category_texts_are_mapped_by_what_the_schema_says(tmp_path):
    run = category_run('dtype: str, encode: category, categories: ["no", ams, ber, "1.10"]')
    bundle, lines = export(run, tmp_path)
    features = features_of(lines, run)
    features["city"] = pandas.Categorical([line["row"].get("city") for line in lines], categories=CITIES)
    assert [line["values"] for line in lines] == hexes(run.model.predict_proba(features)[:, 1], lines)
    assert any(line["unknown"] == ["city"] for line in lines)
    assert "categories" not in (bundle / "feature_schema.yaml").read_text()


def test_category_codes_are_taken_as_they_are_sent(tmp_path):
    run = category_run("dtype: int, encode: category, categories: codes, on_missing: pass")
    codes = run.features["city"].cat.codes
    run.raw["city"] = codes.astype(object).where(codes >= 0, None)
    _, lines = export(run, tmp_path)
    types = run.model.get_booster().feature_types
    matrix = xgboost.DMatrix(features_of(lines, run), feature_types=types, enable_categorical=True)
    assert [line["values"] for line in lines] == hexes(run.model.get_booster().predict(matrix), lines)
    assert any(line["row"].get("city") == -1 for line in lines)


def test_categorical_and_infinite_splits_have_no_threshold(monkeypatch):
    model = xgboost_model.open_model(small_run.SmallRun().model)
    tree = {
        "left_children": [1, 3, 5, -1, -1, -1, -1],
        "split_indices": [0, 1, 2, 0, 0, 0, 0],
        "split_conditions": [0.5, 3.0, float("inf"), 1.0, 2.0, 3.0, 4.0],
        "split_type": [0, 1, 0, 0, 0, 0, 0],
    }
    monkeypatch.setattr(model, "trees", lambda: [tree])
    assert (model.splits().thresholds, model.splits().leaf_counts) == ({0: [0.5]}, [4])


@pytest.mark.parametrize(
    "said, kind, reason",
    [
        ("dtype: int, on_missing: pass", CannotReproduce, "city: the model's splits compare its category codes"),
        ("dtype: str, encode: category", ExportFailed, "city: say its 'categories', which the model does not hold"),
        ("dtype: str, encode: category, categories: codes", ExportFailed, "city: 'categories: codes' is for dtype int"),
        ("dtype: int, type: numeric, encode: category, categories: codes", ExportFailed, "not for what is scaled"),
    ],
)
def test_category_codes_that_nobody_explains_are_refused(said, kind, reason, tmp_path):
    with pytest.raises(kind, match=reason):
        export(category_run(said), tmp_path)


def test_category_of_a_feature_that_is_none_is_refused(tmp_path):
    run = category_run('dtype: str, encode: category, categories: ["no", ams, ber, "1.10"]')
    run.model = small_run.SmallRun().model
    with pytest.raises(ExportFailed, match="city: 'encode: category', but it is a number like any other to the model"):
        export(run, tmp_path)


def test_category_splits_of_a_release_with_other_rules_are_refused():
    with pytest.raises(CannotReproduce, match="written by xgboost 1.7.2, which sends what is no category another way"):
        xgboost_releases.require_same_categories("m", (1, 7, 2))
    xgboost_releases.require_same_categories("m", (1, 7, 3))
