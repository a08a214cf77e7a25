"""Goal: a LightGBM model is exported as Python predicts it: estimators and Boosters, objectives, rounds, widths, categories.

Method: the small run with LightGBM models; expected bits from the model's own predict on the golden rows' features.
"""

import json

import numpy
import pandas
import pytest

import small_run
from lightgbm_run import LightgbmRun, lightgbm, small
from ringside_export.export import export_bundle
from ringside_export.models import lightgbm_model
from ringside_export.problems import CannotReproduce, ExportFailed


def export(run, tmp_path):
    """(bundle, summary, golden rows to score)"""
    directory = run.write(tmp_path / "run")
    bundle = tmp_path / "small_v1.0.0"
    summary = export_bundle(directory, directory / "sample.jsonl", bundle)
    lines = [json.loads(line) for line in (bundle / "golden.jsonl").read_text().splitlines()]
    return bundle, summary, [line for line in lines if line["kind"] == "score"]


def doubles(lines, key="features"):
    return numpy.array([[int(value, 16) for value in line[key]] for line in lines], numpy.uint64).view(numpy.float64)


def hexes(values, lines):
    bits = numpy.ascontiguousarray(values, numpy.float64).reshape(len(lines), -1).view(numpy.uint64).tolist()
    return [[f"{value:016x}" for value in row] for row in bits]


def preprocess(bundle):
    return json.loads((bundle / "preprocess.json").read_text())


def test_classifier_is_exported_in_doubles(tmp_path):
    run = LightgbmRun()
    bundle, summary, lines = export(run, tmp_path)
    features = doubles(lines)
    assert [line["values"] for line in lines] == hexes(run.model.predict_proba(features)[:, 1], lines)
    assert [line["margin"] for line in lines] == hexes(run.model.predict(features, raw_score=True), lines)
    assert [line["label"] for line in lines] == run.model.predict(features).tolist()
    assert preprocess(bundle)["feature_dtype"] == "float64"
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert manifest["model"] == {"file": "model.txt"}
    assert manifest["packages"]["lightgbm"] == lightgbm.__version__ and "xgboost" not in manifest["packages"]
    assert summary[0].endswith("gbdt binary, classes [0, 1]")


def test_thresholds_are_met_from_both_sides(tmp_path):
    run = LightgbmRun(scaler=None)
    _, _, lines = export(run, tmp_path)
    income = doubles(lines)[:, 1]
    thresholds = lightgbm_model.open_model(run.model).splits().thresholds[1]
    assert len(thresholds) >= 3
    for threshold in thresholds:
        assert threshold in income and numpy.nextafter(threshold, numpy.inf) in income


def test_leaves_and_thresholds_are_those_of_the_dump():
    run = LightgbmRun()
    model = lightgbm_model.open_model(run.model)
    frame = run.model.booster_.trees_to_dataframe()
    assert model.splits().leaf_counts == frame[frame["split_feature"].isna()].groupby("tree_index").size().tolist()
    assert model.splits().thresholds[1] == sorted(set(frame.loc[frame["split_feature"] == "income", "threshold"]))
    assert model.leaves(run.frame.to_numpy(float)).shape == (len(run.frame), 8)


REGRESSIONS = [
    ("regression", {}),
    ("regression", {"reg_sqrt": True}),
    ("regression_l1", {}),
    ("huber", {}),
    ("fair", {}),
    ("poisson", {}),
    ("quantile", {}),
    ("mape", {}),
    ("gamma", {}),
    ("tweedie", {}),
    ("cross_entropy", {}),
    ("cross_entropy_lambda", {}),
    ("binary", {"sigmoid": 1.14}),
    ("regression", {"linear_tree": True}),
    ("regression", {"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1}),
    ("poisson", {"boosting_type": "dart"}),
]


@pytest.mark.parametrize("objective, more", REGRESSIONS, ids=[" ".join([name, *more]) for name, more in REGRESSIONS])
def test_regressor_has_one_value_and_no_label(objective, more, tmp_path):
    wanted = (lambda frame: (frame["income"] > 0).astype(int)) if objective == "binary" else unit_target
    run = LightgbmRun(lightgbm.LGBMRegressor(objective=objective, **small(**more)), target=wanted)
    bundle, _, lines = export(run, tmp_path)
    assert [line["values"] for line in lines] == hexes(run.model.predict(doubles(lines)), lines)
    assert {line["label"] for line in lines} == {None} and preprocess(bundle)["classes"] == []


def unit_target(frame):
    return numpy.clip(frame["income"].abs(), 0.01, 0.99)


def test_ranker_and_objective_of_the_callers_own(tmp_path):
    for objective in ("lambdarank", "rank_xendcg"):
        run = LightgbmRun()
        run.model = lightgbm.LGBMRanker(objective=objective, **small()).fit(run.frame, run.target, group=[100, 300])
        _, _, lines = export(run, tmp_path / objective)
        assert [line["values"] for line in lines] == hexes(run.model.predict(doubles(lines)), lines)
    run = LightgbmRun(lightgbm.LGBMRegressor(objective=squared, **small()))
    _, summary, lines = export(run, tmp_path / "own")
    assert [line["values"] for line in lines] == hexes(run.model.predict(doubles(lines)), lines)
    assert "gbdt custom" in summary[0]


def squared(true, said):
    """A function that a pickle can name."""
    return said - true, numpy.ones_like(true)


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
def test_classes_are_those_that_the_classifier_was_fitted_on(objective, tmp_path):
    names = numpy.array(["low", "middle", "top"])
    run = LightgbmRun(
        lightgbm.LGBMClassifier(objective=objective, **small()), target=lambda frame: names[(frame["city"] % 3).astype(int)]
    )
    bundle, _, lines = export(run, tmp_path)
    assert preprocess(bundle)["classes"] == ["low", "middle", "top"]
    assert [line["values"] for line in lines] == hexes(run.model.predict_proba(doubles(lines)), lines)
    assert [line["label"] for line in lines] == run.model.predict(doubles(lines)).tolist()


def test_encoder_of_the_target_names_codes_and_nothing_else(tmp_path):
    run = LightgbmRun()
    run.encoders["Class"] = small_run.LabelEncoder().fit(["bad", "good"])
    bundle, _, _ = export(run, tmp_path / "codes")
    assert preprocess(bundle)["classes"] == ["bad", "good"]
    run = LightgbmRun(target=lambda frame: numpy.where(frame["city"] > 1, "yes", "no"))
    run.encoders["Class"] = small_run.LabelEncoder().fit(["bad", "good"])
    with pytest.raises(CannotReproduce, match=r"the model was not trained on its codes: its own classes are \['no', 'yes'\]"):
        export(run, tmp_path / "names")


@pytest.mark.parametrize("keep", [True, False])
def test_early_stopping_leaves_the_rounds_that_predict_uses_in_the_file(keep, tmp_path):
    run = LightgbmRun()
    data = lightgbm.Dataset(run.frame, run.target)
    other = lightgbm.Dataset(run.frame, numpy.random.default_rng(1).permutation(run.target), reference=data)
    stop = lightgbm.early_stopping(2, verbose=False)
    run.model = lightgbm.train(
        {"objective": "binary", "learning_rate": 0.5, "verbose": -1}, data, 40, [other], callbacks=[stop], keep_training_booster=keep
    )
    assert run.model.best_iteration < 40
    bundle, summary, lines = export(run, tmp_path)
    assert lightgbm.Booster(model_file=str(bundle / "model.txt")).num_trees() == run.model.best_iteration
    assert not (bundle / "serving.yaml").exists()
    assert any(line.startswith("note: early stopping: rounds 0 to") for line in summary) == keep
    assert [line["values"] for line in lines] == hexes(run.model.predict(doubles(lines)), lines)


def test_serving_yaml_chooses_rounds_and_threshold(tmp_path):
    run = LightgbmRun()
    run.files["serving.yaml"] = "threshold: 0.4\niterations: 3\n"
    bundle, _, lines = export(run, tmp_path)
    assert (bundle / "serving.yaml").read_text() == run.files["serving.yaml"]
    expected = run.model.predict_proba(doubles(lines), num_iteration=3)[:, 1]
    assert [line["values"] for line in lines] == hexes(expected, lines)
    assert [line["label"] for line in lines] == (expected >= 0.4).astype(int).tolist()
    run.files["serving.yaml"] = "threshold: 0.4\nthreshold_compare: float32\n"
    with pytest.raises(ExportFailed, match="the model's probabilities are float64; leave it out"):
        export(run, tmp_path / "float32")


def test_model_file_is_exported_as_the_booster_predicts(tmp_path):
    run = LightgbmRun()
    directory = run.write(tmp_path / "run")
    (directory / "model.pkl").unlink()
    run.model.booster_.save_model(str(directory / "model.txt"))
    export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")
    lines = [json.loads(line) for line in (tmp_path / "small_v1.0.0" / "golden.jsonl").read_text().splitlines()]
    lines = [line for line in lines if line["kind"] == "score"]
    assert [line["values"] for line in lines] == hexes(run.model.booster_.predict(doubles(lines)), lines)


@pytest.mark.parametrize("end", [40, 300, 500])
def test_model_file_that_ends_early_is_a_failure(end, tmp_path):
    text = LightgbmRun().model.booster_.model_to_string()
    (tmp_path / "model.txt").write_text(text[:end])
    with pytest.raises(ExportFailed, match="model.txt: "):
        lightgbm_model.open_file(tmp_path / "model.txt")


def test_frame_of_float32_is_said_by_the_schema(tmp_path):
    run = LightgbmRun()
    run.model = lightgbm.LGBMClassifier(**small()).fit(run.features, run.target)
    run.schema = "feature_dtype: float32\n" + run.schema
    bundle, _, lines = export(run, tmp_path)
    assert preprocess(bundle).get("feature_dtype", "float32") == "float32"
    assert "feature_dtype" not in (bundle / "feature_schema.yaml").read_text()
    features = numpy.array([[int(value, 16) for value in line["features"]] for line in lines], numpy.uint32).view(numpy.float32)
    assert [line["values"] for line in lines] == hexes(run.model.predict_proba(features)[:, 1], lines)


def test_frame_of_another_width_than_the_schema_says_is_refused(tmp_path):
    run = LightgbmRun(lightgbm.LGBMClassifier(**small(n_estimators=20)))
    run.schema = "feature_dtype: float32\n" + run.schema
    with pytest.raises(CannotReproduce, match="so training's frame was not float32; take"):
        export(run, tmp_path / "not float32")
    run = LightgbmRun()
    run.model = lightgbm.LGBMClassifier(**small(n_estimators=20)).fit(run.features, run.target)
    with pytest.raises(CannotReproduce, match="so training's frame was float32, .* say 'feature_dtype: float32'"):
        export(run, tmp_path / "float32")
    run.schema = "feature_dtype: float64\n" + run.schema
    export(run, tmp_path / "as told")


def category_run(ordered=False):
    """`city` as pandas' category dtype, three of its four texts; a missing one and `1.10` have no code."""
    run = LightgbmRun()
    city = pandas.Categorical(run.raw["city"], categories=["no", "ams", "ber"], ordered=ordered)
    run.frame = run.frame.assign(city=city)
    run.model = run.fit(lightgbm.LGBMClassifier(**small(min_data_per_group=5, cat_smooth=1)))
    del run.encoders["city"]
    run.schema = run.schema.replace("encode: label", "encode: category")
    return run


@pytest.mark.parametrize("ordered", [True, False])
def test_category_dtype_is_mapped_by_what_the_model_holds(ordered, tmp_path):
    run = category_run(ordered)
    bundle, _, lines = export(run, tmp_path)
    step = next(step for step in preprocess(bundle)["steps"] if step["op"] == "encode")
    assert (step["categories"], step["missing"], step["unseen"]) == (["no", "ams", "ber"], "nan", "nan")
    assert any(line["unknown"] == ["city"] for line in lines)
    frame = pandas.DataFrame(doubles(lines), columns=run.frame.columns)
    known = [line["row"].get("city") for line in lines]
    frame["city"] = pandas.Categorical(known, categories=["no", "ams", "ber"], ordered=ordered)
    assert [line["values"] for line in lines] == hexes(run.model.predict_proba(frame)[:, 1], lines)


def test_category_dtype_that_the_schema_does_not_know_is_refused(tmp_path):
    run = category_run()
    run.schema = run.schema.replace("encode: category", "encode: category, categories: [ams, no, ber]")
    with pytest.raises(ExportFailed, match='city: categories: the model has others: ."no", "ams", "ber".'):
        export(run, tmp_path / "others")
    run = category_run()
    run.schema = run.schema.replace("dtype: str, type: categorical, encode: category", "dtype: int, on_missing: pass")
    with pytest.raises(CannotReproduce, match=r'category dtype: 1 \(\["no", "ams", "ber"\]\); fields that say .*: 0 \(none\)'):
        export(run, tmp_path / "none")


class OwnClassifier(lightgbm.LGBMClassifier):
    """May compute anything."""


REFUSED = [
    (OwnClassifier(**small()), "a subclass of LGBMClassifier may compute something else"),
    (lightgbm.LGBMClassifier(objective="cross_entropy", **small()), "for two classes binary is the loss of cross_entropy"),
    (lightgbm.LGBMRegressor(objective="multiclass", num_class=3, **small()), "objective multiclass has classes; use LGBMClassifier"),
    (lightgbm.LGBMClassifier(pred_early_stop=True, **small()), "pred_early_stop is how one asks"),
]


@pytest.mark.parametrize("model, reason", REFUSED, ids=[reason[:40] for _, reason in REFUSED])
def test_model_is_refused(model, reason, tmp_path):
    with pytest.raises(CannotReproduce) as caught:
        export(LightgbmRun(model), tmp_path)
    assert str(caught.value).startswith("model.pkl: ") and reason in str(caught.value)


def test_model_that_is_not_fitted_is_refused():
    with pytest.raises(ExportFailed, match="it is not fitted"):
        lightgbm_model.open_model(lightgbm.LGBMClassifier())
