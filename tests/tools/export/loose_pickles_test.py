"""Goal: encoders.pkl and scaler.pkl may hold any encoder and scaler whose arithmetic is proven, with every switch.

Method: one object of the small run replaced a test, and the whole export run: it compares every row with scikit-learn.
"""

import json

import pytest
import sklearn.preprocessing as preprocessing

import small_run
from ringside_export.export import export_bundle


def steps_of(run, tmp_path):
    directory = run.write(tmp_path / "run")
    export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")
    return json.loads((tmp_path / "small_v1.0.0" / "preprocess.json").read_text(encoding="utf-8"))["steps"]


@pytest.mark.parametrize(
    "scaler, ops",
    [
        (preprocessing.RobustScaler(), ["subtract", "divide"]),
        (preprocessing.RobustScaler(with_centering=False), ["divide"]),
        (preprocessing.MaxAbsScaler(), ["divide"]),
        (preprocessing.StandardScaler(with_std=False), ["subtract"]),
    ],
)
def test_scaler_is_its_operations(scaler, ops, tmp_path):
    steps = steps_of(small_run.SmallRun(scaler=scaler), tmp_path)
    assert [step["op"] for step in steps if step.get("out", "").startswith("income")][1:] == ops


@pytest.mark.parametrize("unknown", [{}, {"handle_unknown": "use_encoded_value", "unknown_value": -1}], ids=["error", "value"])
def test_ordinal_encoder_stands_where_a_label_encoder_may(unknown, tmp_path):
    run = small_run.SmallRun()
    frame = run.raw[["city"]].where(run.raw[["city"]].notna(), "unknown").astype(object)
    run.encoders["city"] = preprocessing.OrdinalEncoder(**unknown).fit(frame)
    step = next(step for step in steps_of(run, tmp_path) if step["op"] == "encode")
    assert step["categories"] == ["1.10", "ams", "ber", "no", "unknown"]
    assert step["unseen"] == ("-0x1.0000000000000p+0" if unknown else None)


def test_infrequent_categories_share_the_last_column(tmp_path):
    run = small_run.SmallRun()
    run.raw["home"] = ["own", "rent", "tent", "boat"] * 2 + ["own", "rent"] * (len(run.raw) // 2 - 4)
    run.encoders["home"] = preprocessing.OneHotEncoder(min_frequency=5, handle_unknown="infrequent_if_exist").fit(run.raw[["home"]])
    names = list(run.encoders["home"].get_feature_names_out(["home"]))
    coded = run.encoders["home"].transform(run.raw[["home"]]).toarray()
    run.features = run.features.drop(columns=["home_own", "home_rent"])
    run.features[names] = coded.astype("float32")
    run.model = run.fit(small_run.xgboost.XGBClassifier(n_estimators=5, n_jobs=1))
    run.schema = run.schema.replace("home_own, home_rent]", ", ".join(names) + "]")
    step = next(step for step in steps_of(run, tmp_path) if step["op"] == "indicators")
    assert step["categories"] == ["boat", "own", "rent", "tent"] and step["slots"] == [2, 0, 1, 2] and step["unseen"] == 2
