"""Goal: what cannot be reproduced is refused by class name, with the reason and what to do instead; nothing is written.

Method: one thing of the small run replaced a test, and the message read.
"""

import pickle

import joblib
import numpy
import pandas
import pytest
import sklearn.preprocessing as preprocessing
import xgboost

import small_run
from ringside_export.export import export_bundle
from ringside_export.models import xgboost_objectives
from ringside_export.problems import CannotReproduce, ExportFailed

HOME = pandas.DataFrame({"home": ["own", "rent", "own"]}, dtype=object)
NUMBERS = pandas.DataFrame({"age": [1.0, 2.0, 5.0], "income": [3.0, 4.0, 9.0]})


class OwnScaler(preprocessing.StandardScaler):
    """May compute anything."""


class OwnLabelEncoder(preprocessing.LabelEncoder):
    """May compute anything."""


class OwnClassifier(xgboost.XGBClassifier):
    """May compute anything."""


def refusal(run, tmp_path, kind):
    """The message with which the export of `run` ends; nothing may be left behind."""
    directory = run.write(tmp_path / "run")
    with pytest.raises(kind) as caught:
        export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    return str(caught.value)


def label_encoder(classes):
    encoder = preprocessing.LabelEncoder()
    encoder.classes_ = classes
    return encoder


ENCODERS = [
    ("city", preprocessing.OrdinalEncoder(), "OrdinalEncoder", "it is not fitted"),
    ("city", preprocessing.OrdinalEncoder().fit([[1], [2]]), "OrdinalEncoder", "categories_ has dtype int64"),
    ("city", preprocessing.OrdinalEncoder().fit(pandas.concat([HOME, HOME], axis=1)), "OrdinalEncoder", "fitted on 2 columns"),
    ("city", preprocessing.KBinsDiscretizer(2).fit(NUMBERS), "KBinsDiscretizer", "use LabelEncoder or OrdinalEncoder"),
    ("city", preprocessing.LabelBinarizer().fit(["a", "b"]), "LabelBinarizer", "use OneHotEncoder"),
    ("city", preprocessing.FunctionTransformer(), "FunctionTransformer", "arbitrary code"),
    ("city", OwnLabelEncoder().fit(HOME["home"]), "OwnLabelEncoder", "a subclass of LabelEncoder"),
    ("city", preprocessing.LabelEncoder(), "LabelEncoder", "it is not fitted"),
    (
        "city",
        preprocessing.LabelEncoder().fit(numpy.array(["M", "F"])),
        "LabelEncoder",
        "classes_ has dtype <U1: transform casts",
    ),
    ("city", preprocessing.LabelEncoder().fit([1, 2]), "LabelEncoder", "classes_ has dtype int64: transform casts"),
    ("city", preprocessing.LabelEncoder().fit([True, False]), "LabelEncoder", "classes_ has dtype bool: transform casts"),
    ("city", label_encoder(numpy.array(["a", None], dtype=object)), "LabelEncoder", "holds None of type NoneType"),
    ("city", label_encoder(numpy.array(["a", "\ud800"], dtype=object)), "LabelEncoder", "not valid Unicode"),
    ("home", preprocessing.OneHotEncoder(), "OneHotEncoder", "it is not fitted"),
    ("home", preprocessing.OneHotEncoder().fit([[1], [2]]), "OneHotEncoder", "categories_ has dtype int64"),
    ("home", preprocessing.OneHotEncoder().fit(numpy.array([["own"], ["rent"]])), "OneHotEncoder", "categories_ has dtype <U4"),
    ("home", preprocessing.OneHotEncoder().fit(pandas.concat([HOME, HOME], axis=1)), "OneHotEncoder", "fitted on 2 columns"),
    (
        "home",
        preprocessing.OneHotEncoder().fit(HOME.rename(columns={"home": "house"})),
        "OneHotEncoder",
        "the column 'house', not 'home'",
    ),
    ("home", preprocessing.LabelEncoder().fit(HOME["home"]), "LabelEncoder", "use OneHotEncoder"),
]


@pytest.mark.parametrize("field, encoder, name, reason", ENCODERS, ids=[f"{entry[2]}: {entry[3][:24]}" for entry in ENCODERS])
def test_encoder_is_refused(field, encoder, name, reason, tmp_path):
    run = small_run.SmallRun()
    run.encoders[field] = encoder
    message = refusal(run, tmp_path, CannotReproduce)
    assert message.startswith(f"encoders.pkl['{field}']: ") and name in message and reason in message


SCALERS = [
    (preprocessing.PowerTransformer().fit(NUMBERS), "PowerTransformer", "saved as pipeline.pkl"),
    (preprocessing.Normalizer().fit(NUMBERS), "Normalizer", "trees do not need scaling"),
    (preprocessing.RobustScaler().fit(NUMBERS[["age"]].to_numpy()), "RobustScaler", "it was fitted on 1 columns"),
    (preprocessing.QuantileTransformer(n_quantiles=2).fit(NUMBERS), "QuantileTransformer", "trees do not need scaling"),
    (OwnScaler().fit(NUMBERS), "OwnScaler", "a subclass of StandardScaler"),
    (preprocessing.StandardScaler(), "StandardScaler", "it is not fitted"),
    (preprocessing.StandardScaler().fit(NUMBERS[["income", "age"]]), "StandardScaler", "it was fitted on ['income', 'age']"),
    (preprocessing.StandardScaler().fit(NUMBERS[["age"]].to_numpy()), "StandardScaler", "it was fitted on 1 columns"),
]


@pytest.mark.parametrize("scaler, name, reason", SCALERS, ids=[f"{entry[1]}: {entry[2][:24]}" for entry in SCALERS])
def test_scaler_is_refused(scaler, name, reason, tmp_path):
    run = small_run.SmallRun()
    run.scaler = scaler
    message = refusal(run, tmp_path, CannotReproduce)
    assert message.startswith("scaler.pkl: ") and name in message and reason in message


def test_model_that_is_none_of_xgboosts_is_refused(tmp_path):
    run = small_run.SmallRun()
    run.model = preprocessing.LabelEncoder()
    assert "LabelEncoder: not a model that this version reproduces; use XGBClassifier" in refusal(run, tmp_path, CannotReproduce)


MODELS = [
    (OwnClassifier(n_estimators=2), "OwnClassifier: a subclass of XGBClassifier"),
    (xgboost.XGBRFClassifier(n_estimators=2), "XGBRFClassifier: a subclass of XGBClassifier"),
    (xgboost.XGBClassifier(n_estimators=2, missing=numpy.inf), "missing=inf: infinity is refused as NOT_FINITE"),
    (xgboost.XGBClassifier(n_estimators=2, objective="reg:squarederror"), "gives no probability a class"),
    (xgboost.XGBClassifier(n_estimators=2, objective="binary:hinge"), "gives no probability a class"),
]


@pytest.mark.parametrize("model, reason", MODELS, ids=[entry[1][:40] for entry in MODELS])
def test_model_is_refused(model, reason, tmp_path):
    run = small_run.SmallRun()
    run.model = run.fit(model)
    message = refusal(run, tmp_path, CannotReproduce)
    assert message.startswith("model.pkl: ") and reason in message


def test_objective_that_nobody_here_knows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xgboost_objectives, "KNOWN", ("binary:logistic",))
    run = small_run.SmallRun(xgboost.XGBRegressor(n_estimators=2))
    message = refusal(run, tmp_path, CannotReproduce)
    assert "objective reg:squarederror is not in this version; train with one of binary:logistic" in message


def test_model_of_a_package_that_is_not_here_says_how_to_get_it(tmp_path):
    directory = small_run.SmallRun().write(tmp_path / "run")
    (directory / "model.pkl").write_bytes(b"cnobody_has_this.sklearn\nModel\n.")
    with pytest.raises(ExportFailed, match="model.pkl: this Python has no nobody_has_this; .* --system-site-packages ENV"):
        export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")


def test_pickle_of_another_scikit_learn_is_refused_without_loading_it(tmp_path):
    run = small_run.SmallRun()
    directory = run.write(tmp_path / "run")
    data = pickle.dumps(run.encoders)
    (directory / "encoders.pkl").write_bytes(data.replace(b"1.2.1", b"0.9.9"))
    with pytest.raises(CannotReproduce, match="encoders.pkl: written by scikit-learn 0.9.9, this is"):
        export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")


def test_wrapper_that_another_xgboost_pickled_is_refused(tmp_path):
    directory = small_run.SmallRun().write(tmp_path / "run")
    data = (directory / "model.pkl").read_bytes()
    (directory / "model.pkl").write_bytes(data.replace(b"i\x01i\x07i\x04", b"i\x01i\x06i\x02"))
    with pytest.raises(CannotReproduce, match="model.pkl: .*XGBClassifier: written by xgboost 1.6.2, this is"):
        export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")


def test_compressed_pickle_of_another_scikit_learn_is_refused_by_its_warning(tmp_path, monkeypatch):
    run = small_run.SmallRun()
    directory = run.write(tmp_path / "run")
    monkeypatch.setattr("sklearn.base.__version__", "0.9.9")
    joblib.dump(run.scaler, directory / "scaler.pkl", compress=3)
    monkeypatch.undo()
    with pytest.raises(
        CannotReproduce, match="scaler.pkl: loading warns: UserWarning: Trying to unpickle estimator StandardScaler"
    ):
        export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")


def test_broken_pickle_is_a_failure_that_names_the_file(tmp_path):
    directory = small_run.SmallRun().write(tmp_path / "run")
    (directory / "encoders.pkl").write_bytes((directory / "encoders.pkl").read_bytes()[:100])
    with pytest.raises(ExportFailed, match="encoders.pkl: cannot be loaded: "):
        export_bundle(directory, directory / "sample.jsonl", tmp_path / "small_v1.0.0")


def test_encoders_that_are_no_dict_are_refused(tmp_path):
    run = small_run.SmallRun()
    run.encoders = [run.encoders["home"]]
    assert "encoders.pkl: builtins.list: expected a dict" in refusal(run, tmp_path, CannotReproduce)


@pytest.mark.parametrize(
    "encoder, reason",
    [
        (preprocessing.LabelEncoder().fit(["a", "b", "c"]), "its 3 classes do not fit the model's 2"),
        (preprocessing.OneHotEncoder().fit(HOME), "OneHotEncoder: it is no field of the schema"),
    ],
)
def test_encoder_of_no_field_that_is_not_the_targets_is_refused(encoder, reason, tmp_path):
    run = small_run.SmallRun()
    run.encoders["Class"] = encoder
    message = refusal(run, tmp_path, CannotReproduce)
    assert message.startswith("encoders.pkl['Class']: ") and reason in message


def test_two_encoders_of_no_field_are_refused(tmp_path):
    run = small_run.SmallRun()
    run.encoders.update(Class=preprocessing.LabelEncoder().fit([0, 1]), town=preprocessing.LabelEncoder().fit([0, 1]))
    assert "Class, town are no fields of the schema" in refusal(run, tmp_path, ExportFailed)


SCHEMAS = [
    ("income, city", "city, income", "final_feature_cols[1] is 'city', the model was trained on 'income'"),
    ("home_own, home_rent]", "home_own]", "has 4 names, the model was trained on 5"),
    ("home_own, home_rent]", "home_own, home_rant]", "'home_rant' is produced by no field (did you mean 'home_rent'?)"),
    ("home_own, home_rent]", "home_own, home_own]", "'home_own' appears twice"),
    ("name: city, dtype: str,", "name: town, dtype: str,", "town: 'encode: label', but encoders.pkl has no encoder 'town'"),
    (", encode: label", "", "a str field needs 'encode: label' or 'encode: onehot'"),
    ("encode: onehot, fill: unknown}", "encode: onehot}", "home: no fill, and its encoder knows none of unknown, nan, None"),
    (
        "name: income, dtype: float, type: numeric",
        "name: home_own, dtype: float, type: numeric",
        "the column 'home_own' is produced by both",
    ),
    ("type: categorical, encode: onehot", "type: numeric, encode: onehot", "a onehot field cannot be of type numeric"),
    ("fields:\n", "coerce: numpy\nfields:\n", "coerce: 'numpy' is not one of strict, pandas"),
]


@pytest.mark.parametrize("old, new, reason", SCHEMAS, ids=[entry[2][:40] for entry in SCHEMAS])
def test_schema_that_does_not_fit_the_pickles_is_refused(old, new, reason, tmp_path):
    run = small_run.SmallRun()
    assert old in run.schema
    run.schema = run.schema.replace(old, new)
    assert reason in refusal(run, tmp_path, ExportFailed)


def test_encode_of_a_number_is_refused(tmp_path):
    run = small_run.SmallRun()
    run.schema = run.schema.replace("dtype: int, type: numeric", "dtype: int, encode: label")
    assert "'encode: label' of a field of dtype int" in refusal(run, tmp_path, CannotReproduce)


def test_version_file_of_another_bundle_is_refused(tmp_path):
    run = small_run.SmallRun()
    run.files = {"version.txt": "version: other_v1.0.0\n"}
    assert "expected 'small_v1.0.0' (the name of --out), found 'other_v1.0.0'" in refusal(run, tmp_path, ExportFailed)


@pytest.mark.parametrize(
    "name, text, reason",
    [
        ("version.txt", "task_name: small\n", "version.txt: version: expected a name"),
        ("version.txt", "version: v1\ntask_name: large\n", "task_name: expected 'small' (from the name of --out), found 'large'"),
        ("version.txt", "- v1\n", "version.txt: expected a YAML mapping"),
        ("serving.yaml", "threshold: 1.5\n", "serving.yaml: threshold: 1.5 is not within 0 and 1"),
        ("serving.yaml", "treshold: 0.5\n", "serving.yaml: unknown key 'treshold'"),
        ("serving.yaml", "threshold_compare: float32\n", "there is no threshold beside it"),
        ("serving.yaml", "threshold: 0.5\nthreshold_compare: double\n", "'double' is not one of float32, float64"),
        ("evaluation.json", "{", "evaluation.json: not JSON"),
        ("config.yaml", "a: 1\na: 2\n", "config.yaml:2: the key 'a' appears twice"),
    ],
)
def test_optional_file_that_says_nothing_sensible_is_refused(name, text, reason, tmp_path):
    run = small_run.SmallRun()
    run.files = {name: text}
    assert reason in refusal(run, tmp_path, ExportFailed)


def test_threshold_of_a_regression_is_refused(tmp_path):
    run = small_run.SmallRun(xgboost.XGBRegressor(n_estimators=2))
    run.files = {"serving.yaml": "threshold: 0.5\n"}
    assert "only a binary classifier has one" in refusal(run, tmp_path, ExportFailed)


def test_fill_that_a_refusing_encoder_does_not_know_is_refused(tmp_path):
    run = small_run.SmallRun()
    run.encoders["home"] = preprocessing.OneHotEncoder(handle_unknown="error").fit(HOME)
    assert "home: the fill 'unknown' is a category that the encoder refuses" in refusal(run, tmp_path, ExportFailed)
