"""Goal: a fitted Pipeline or ColumnTransformer becomes a bundle, whatever way the run holds it, or the run is refused in words.

Method: a small run a test, exported whole; the export itself compares every row with scikit-learn and with the pipeline's model.
"""

import json

import joblib
import jsonschema
import numpy
import pandas
import pytest
import sklearn.preprocessing as preprocessing
import xgboost
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

import small_run
from conftest import dataset
from ringside_export import expect, yaml_text
from ringside_export.export import export_bundle
from ringside_export.problems import CannotReproduce, ExportFailed

SCHEMAS = small_run.ROOT / "schemas"


def frame(count=300):
    """Raw rows as training read them: numbers, codes, a bool and texts, some missing; and a column that nobody uses."""
    rng = numpy.random.default_rng(11)
    made = pandas.DataFrame(
        {
            "age": rng.integers(18, 80, count),
            "income": rng.gamma(2.0, 2000.0, count).round(2),
            "member": rng.random(count) < 0.4,
            "city": rng.choice(["ams", "ber", "no", "\u00e9", "e\u0301"], count).astype(object),
            "note": ["n"] * count,
        }
    )
    made.loc[::6, "income"] = numpy.nan
    made.loc[::9, "city"] = numpy.nan
    return made


def target(rows):
    return ((rows["age"] > 45) ^ (rows["income"].fillna(0) > 4000)).astype(int)


def columns(sparse_threshold=0.0, more=()):
    """A ColumnTransformer as people write them."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), preprocessing.StandardScaler())
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), preprocessing.OneHotEncoder(handle_unknown="ignore"))
    parts = [("num", numbers, ["age", "income"]), ("cat", texts, ["city"]), ("flag", "passthrough", ["member"]), *more]
    return ColumnTransformer(parts, sparse_threshold=sparse_threshold)


def classifier():
    return xgboost.XGBClassifier(n_estimators=8, max_depth=3, n_jobs=1)


class Run:
    """A run directory with a sample, and its export."""

    def __init__(self, tmp_path, rows=None):
        self.rows = frame() if rows is None else rows
        self.directory, self.out = tmp_path / "run", tmp_path / "small_v1.0.0"
        self.directory.mkdir()
        self.sample = tmp_path / "sample.csv"
        self.rows.to_csv(self.sample, index=False)

    def put(self, **objects):
        """Objects as NAME.pkl."""
        for name, thing in objects.items():
            joblib.dump(thing, self.directory / f"{name}.pkl")
        return self

    def write(self, name, text):
        (self.directory / name).write_text(text, encoding="utf-8")
        return self

    def export(self):
        self.summary = "\n".join(export_bundle(self.directory, self.sample, self.out))
        return self

    def json(self, name):
        return json.loads((self.out / name).read_text(encoding="utf-8"))

    def fields(self):
        return {field["name"]: field for field in yaml_text.read(self.out / "feature_schema.yaml")["fields"]}


def whole(rows, sparse_threshold=0.0, more=()):
    return Pipeline([("prep", columns(sparse_threshold, more)), ("model", classifier())]).fit(rows, target(rows))


@pytest.mark.parametrize("sparse", [0.0, 1.0], ids=["dense", "sparse"])
def test_pipeline_that_ends_in_a_model_is_a_bundle(tmp_path, sparse):
    run = Run(tmp_path)
    run.put(model=whole(run.rows, sparse)).export()
    for name in ("manifest", "preprocess"):
        jsonschema.validate(run.json(f"{name}.json"), json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))
    assert run.json("preprocess.json").get("zero_is_missing", False) == (sparse == 1.0)
    assert f"pipeline: XGBClassifier on {'a sparse matrix' if sparse else 'ndarray'}" in run.summary
    assert not (run.out / "encoders.json").exists() and not (run.out / "scaler.json").exists()


def test_golden_rows_stand_on_every_edge_of_a_step_and_just_below_it(tmp_path):
    rows = frame()
    parts = [
        ("bins", make_pipeline(SimpleImputer(), preprocessing.KBinsDiscretizer(6, encode="onehot")), ["income"]),
        ("above", make_pipeline(preprocessing.StandardScaler(), preprocessing.Binarizer(threshold=0.5)), ["age"]),
        ("place", make_pipeline(SimpleImputer(), preprocessing.QuantileTransformer(n_quantiles=9)), ["income"]),
    ]
    whole = Pipeline([("prep", ColumnTransformer(parts)), ("model", classifier())]).fit(rows, target(rows))
    run = Run(tmp_path, rows).put(model=whole).export()
    golden = [json.loads(line)["row"] for line in (run.out / "golden.jsonl").read_text(encoding="utf-8").splitlines()]
    incomes = {row.get("income") for row in golden}
    steps = {step["op"]: step for step in run.json("preprocess.json")["steps"]}
    edges = [float.fromhex(edge) for edge in steps["bins"]["edges"] + steps["quantile"]["quantiles"]]
    assert len(edges) >= 14
    for edge in edges:
        assert {edge, float(numpy.nextafter(edge, -numpy.inf))} <= incomes
    scale = whole.named_steps["prep"].named_transformers_["above"][0]
    first = int(numpy.ceil(scale.mean_[0] + 0.5 * scale.scale_[0]))  # the first whole age above the threshold
    assert {first - 1, first} <= {row.get("age") for row in golden}


@pytest.mark.parametrize("encoder", [preprocessing.OrdinalEncoder(), preprocessing.OneHotEncoder()], ids=["ordinal", "one-hot"])
def test_golden_rows_hold_every_number_category_and_one_that_is_refused(tmp_path, encoder):
    rows = frame()
    rows["grade"] = numpy.arange(len(rows)) % 5 * 2
    rows["rate"] = numpy.arange(len(rows)) % 3 + 0.5
    run = Run(tmp_path, rows)
    run.put(model=whole(rows, more=[("code", encoder, ["grade", "rate"])])).export()
    lines = [json.loads(line) for line in (run.out / "golden.jsonl").read_text(encoding="utf-8").splitlines()]
    unseen = {(line["errors"][0]["field"], line["row"][line["errors"][0]["field"]])
              for line in lines if line["kind"] == "reject" and [error["code"] for error in line["errors"]] == ["UNKNOWN_CATEGORY"]}
    assert {("grade", 9), ("grade", -1), ("rate", 3.5), ("rate", -0.5)} <= unseen
    scored = [line["row"] for line in lines if line["kind"] == "score"]
    assert {row["grade"] for row in scored} == {0, 2, 4, 6, 8} and {row["rate"] for row in scored} == {0.5, 1.5, 2.5}


def test_schema_is_derived_and_told(tmp_path):
    run = Run(tmp_path)
    run.put(model=whole(run.rows)).export()
    fields = run.fields()
    assert {name: (field["dtype"], field["on_missing"]) for name, field in fields.items()} == {
        "age": ("int", "reject"),
        "income": ("float", "pass"),
        "member": ("bool", "reject"),
        "city": ("str", "pass"),
        "note": ("str", "pass"),
    }
    assert fields["note"]["role"] == "meta" and "the pipeline drops note" in run.summary
    assert "dtypes by the sample, as pandas reads it" in run.summary and "member bool" in run.summary
    assert run.json("preprocess.json")["features"][:3] == ["num__age", "num__income", "num__missingindicator_income"]


@pytest.mark.parametrize("name", ["pipeline", "preprocessor"])
def test_transformer_beside_a_model_is_the_same_bundle(tmp_path, name):
    run = Run(tmp_path)
    fitted = columns().fit(run.rows)
    model = classifier().fit(fitted.transform(run.rows), target(run.rows))
    model.get_booster().save_model(str(run.directory / "model.json"))
    run.put(**{name: fitted}).export()
    assert run.json("manifest.json")["made_from"]["files"][0]["path"] == "model.json"


def test_field_whose_missing_value_an_encoder_refuses_says_reject(tmp_path):
    rows = frame().assign(city="ams")
    run = Run(tmp_path, rows)
    fitted = ColumnTransformer([("c", preprocessing.OrdinalEncoder(), ["city"]), ("a", "passthrough", ["age"])])
    run.put(model=Pipeline([("p", fitted), ("m", classifier())]).fit(rows, target(rows))).export()
    assert run.fields()["city"]["on_missing"] == "reject"


def test_dtypes_json_says_what_the_sample_cannot(tmp_path):
    rows = frame()[["age", "income"]].fillna(1.0).astype("float32")
    run = Run(tmp_path, rows)
    pipeline = Pipeline([("s", preprocessing.StandardScaler()), ("m", classifier())]).fit(rows, target(rows))
    run.put(model=pipeline).write("dtypes.json", json.dumps(rows.dtypes.astype(str).to_dict())).export()
    steps = run.json("preprocess.json")["steps"]
    assert {step.get("width") for step in steps if step["op"] in ("subtract", "divide")} == {"float32"}
    assert run.fields()["age"]["max"] == "3.4028234663852886e+38"


def test_pipeline_on_an_array_takes_the_columns_by_position(tmp_path):
    rows = frame()[["age", "income"]]
    run = Run(tmp_path, rows)
    pipeline = Pipeline([("i", SimpleImputer()), ("m", classifier())]).fit(rows.to_numpy(), target(rows))
    run.put(model=pipeline).export()
    assert list(run.fields()) == ["age", "income"] and run.json("preprocess.json")["features"] == ["age", "income"]


def test_pandas_output_and_a_selector(tmp_path):
    run = Run(tmp_path, frame()[["age", "income"]])
    floats = make_column_selector(dtype_include="float64")
    chosen = ColumnTransformer([("f", preprocessing.MinMaxScaler(), floats)], remainder="passthrough")
    pipeline = Pipeline([("c", chosen), ("m", classifier())]).set_output(transform="pandas").fit(run.rows, target(run.rows))
    run.put(model=pipeline).export()
    assert run.json("preprocess.json")["features"] == ["f__income", "remainder__age"] and "DataFrame" in run.summary


def test_schema_that_somebody_wrote_is_kept(tmp_path):
    run = Run(tmp_path)
    text = """fields:
  - {name: age, dtype: int, min: 18, max: 120}
  - {name: income, dtype: float, fill: 1500}
  - {name: member, dtype: bool}
  - {name: city, dtype: str}
  - {name: customer, dtype: str, role: meta}
"""
    run.put(model=whole(run.rows)).write("feature_schema.yaml", text)
    fields = run.export().fields()
    assert (fields["age"]["max"], fields["income"]["fill"], fields["customer"]["role"]) == ("120", "1500.0", "meta")
    assert fields["member"]["on_missing"] == "reject" and "note" not in fields


def test_integer_that_may_be_missing_has_one_zero(tmp_path):
    rows = frame()[["age", "income"]].round()
    run = Run(tmp_path, rows)
    text = "fields: [{name: age, dtype: int}, {name: income, dtype: int, on_missing: pass}]"
    run.put(model=Pipeline([("p", "passthrough"), ("m", classifier())]).fit(rows, target(rows)))
    run.write("feature_schema.yaml", text).export()  # a golden row sends -0.0
    assert run.fields()["income"]["dtype"] == "int"


def test_targets_encoder_names_the_classes(tmp_path):
    run = Run(tmp_path)
    run.put(model=whole(run.rows), encoders={"paid": preprocessing.LabelEncoder().fit(["no", "yes"])}).export()
    assert run.json("preprocess.json")["classes"] == ["no", "yes"]


def test_inexact_step_stands_in_the_manifest_and_golden_rows_hold_scikit_learns_bits(tmp_path):
    run = Run(tmp_path)
    run.put(model=whole(run.rows, more=[("power", preprocessing.PowerTransformer(), ["income"])])).export()
    (entry,) = run.json("manifest.json")["inexact"]
    assert entry["what"] == "PowerTransformer" and entry["ulp"] >= 4
    assert run.json("preprocess.json")["steps"][entry["step"]]["op"] == "power"
    assert f"step {entry['step']} (PowerTransformer) is inexact" in run.summary


def test_expectations_come_from_the_pipeline_too(tmp_path):
    run = Run(tmp_path)
    run.put(model=whole(run.rows)).export()
    arguments = ["--from", str(run.directory), "--sample", str(run.sample), "--out", str(tmp_path / "e.jsonl"), "--bundle", str(run.out)]
    assert expect.main(arguments) == 0
    assert len((tmp_path / "e.jsonl").read_text(encoding="utf-8").splitlines()) == len(run.rows)


def test_wrong_step_ends_the_export(tmp_path, monkeypatch):
    from ringside_export.transformers import scalers

    right = scalers.finite
    monkeypatch.setattr(scalers, "finite", lambda where, value, what: right(where, value, what) * (1 + 2.0**-22))
    run = Run(tmp_path)
    with pytest.raises(CannotReproduce, match="sample row 0, feature 'num__age': expected bits"):
        run.put(model=whole(run.rows)).export()
    assert not run.out.exists()


def test_text_that_the_sample_shows_as_numbers_needs_dtypes_json(tmp_path):
    rows = frame().assign(city=["1", "2", "3"] * 100)
    run = Run(tmp_path, rows)
    fitted = ColumnTransformer([("c", preprocessing.OrdinalEncoder(), ["city"]), ("a", "passthrough", ["age"])])
    run.put(model=Pipeline([("p", fitted), ("m", classifier())]).fit(rows, target(rows)))
    with pytest.raises(CannotReproduce, match="its categories are texts, and a column of int64 reaches it; give .*dtypes.json"):
        run.export()
    run.write("dtypes.json", json.dumps(rows.dtypes.astype(str).to_dict()))
    with pytest.raises(ExportFailed, match="serving would refuse every row: city TYPE_MISMATCH"):
        run.sample = tmp_path / "sample.jsonl"
        rows.assign(city=[1, 2, 3] * 100).to_json(run.sample, orient="records", lines=True)
        run.export()


CONTRADICTIONS = [
    ({"pipeline": columns()}, "hold a pipeline: which one"),
    ({"scaler": preprocessing.StandardScaler()}, "which one scales"),
]


@pytest.mark.parametrize("more, reason", CONTRADICTIONS)
def test_two_that_do_the_same_are_refused(tmp_path, more, reason):
    run = Run(tmp_path)
    with pytest.raises(ExportFailed, match=reason):
        run.put(model=whole(run.rows), **more).export()


FILES = [
    ("dtypes.json", "{", ExportFailed, "dtypes.json: not JSON"),
    ("dtypes.json", '{"age": 1}', ExportFailed, "expected column names and dtypes"),
    ("dtypes.json", '{"agee": "int64"}', ExportFailed, "'agee' is no column that model.pkl was fitted on"),
    ("dtypes.json", '{"income": "datetime64[ns]"}', CannotReproduce, "income: a column of dtype datetime64.ns. is not reproduced"),
    ("dtypes.json", '{"income": "Float64"}', CannotReproduce, "a column of dtype Float64 is not reproduced"),
    ("feature_schema.yaml", "fields: [{name: age, dtype: int, type: numeric}]", ExportFailed, "take 'encode' and 'type' away"),
    ("feature_schema.yaml", "fields: [{name: agee, dtype: int}]", ExportFailed, "agee: model.pkl was not fitted on it"),
    ("feature_schema.yaml", "fields: [{name: age, dtype: int}]", ExportFailed, "the pipeline reads 'income', which is no field"),
    ("feature_schema.yaml", "fields: [{name: age, dtype: int, role: meta}]", ExportFailed, "reads 'age', which is no field, or is role: meta"),
]


@pytest.mark.parametrize("name, text, kind, reason", FILES)
def test_file_that_contradicts_the_pipeline_is_refused(tmp_path, name, text, kind, reason):
    run = Run(tmp_path)
    with pytest.raises(kind, match=reason):
        run.put(model=whole(run.rows)).write(name, text).export()
    assert not run.out.exists()


def test_pipeline_without_a_model_and_a_strangers_model_are_refused(tmp_path):
    run = Run(tmp_path)
    with pytest.raises(CannotReproduce, match="a Pipeline without a model at its end; save it as pipeline.pkl"):
        run.put(model=Pipeline([("c", columns())]).fit(run.rows)).export()
    other = Pipeline([("c", columns()), ("m", LogisticRegression())]).fit(run.rows, target(run.rows))
    with pytest.raises(CannotReproduce, match="LogisticRegression: not a model that"):
        run.put(model=other).export()


def test_bool_with_missing_values_asks_for_its_dtype(tmp_path):
    rows = frame()
    rows["member"] = rows["member"].astype(object)
    rows.loc[0, "member"] = None
    run = Run(tmp_path, rows)
    with pytest.raises(ExportFailed, match="member: bools beside missing values are an object column"):
        run.put(model=whole(frame())).export()


def test_sample_without_a_column_of_the_pipeline_is_refused(tmp_path):
    run = Run(tmp_path, frame().drop(columns=["age"]))
    with pytest.raises(ExportFailed, match="it has no column 'age', which the pipeline was fitted on"):
        run.put(model=whole(frame())).export()


@pytest.mark.parametrize("name, label, positive", [("adult_income.csv", "Salary", ">50K"), ("churn.csv", "churn", "yes")])
def test_every_row_of_a_data_set_gives_the_same_bits_by_its_pipeline(tmp_path, name, label, positive):
    rows = pandas.read_csv(dataset(name), skipinitialspace=True, na_values="?")
    numbers = make_pipeline(SimpleImputer(strategy="median"), preprocessing.QuantileTransformer(n_quantiles=100))
    texts = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        preprocessing.OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20),
    )
    prep = ColumnTransformer(
        [("n", numbers, make_column_selector(dtype_include="number")), ("t", texts, make_column_selector(dtype_include=object))]
    )
    inputs = rows.drop(columns=[label])
    run = Run(tmp_path, inputs)
    run.put(model=Pipeline([("prep", prep), ("model", classifier())]).fit(inputs, rows[label] == positive)).export()
    assert f"sample: {len(rows)} of {len(rows)} rows give the same bits" in run.summary
