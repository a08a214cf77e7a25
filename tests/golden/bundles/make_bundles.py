#!/usr/bin/python3
"""Makes the bundles of small LightGBM models beside this file, from nothing but a seed: those that are not there.

    SOURCE_DATE_EPOCH=1795381200 ENV/bin/python make_bundles.py     ENV: a virtual environment with LightGBM (README.md)

Loans of the kind of loan_default: whole numbers and fractions, a flag, a text that is a code and one that is columns, cells that
are missing. The target follows from them, so that the trees have something to find.
"""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile

import joblib
import lightgbm
import numpy
import pandas
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, OrdinalEncoder, StandardScaler

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tools" / "export"))

from ringside_export.export import export_bundle  # noqa: E402  (the package is found by the line above)

SCHEMA = """\
schema_version: 1
fields:
  - {name: amount, dtype: int, type: numeric, required: true, min: 0, max: 1000000}
  - {name: rate, dtype: float, type: numeric, on_missing: reject, min: 0.0, max: 100.0}
  - {name: income, dtype: float, type: numeric, fill: 0.0}
  - {name: utilisation, dtype: float, on_missing: pass}
  - {name: inquiries, dtype: int, fill: 0}
  - {name: joint, dtype: bool, fill: false}
  - {name: grade, dtype: str, type: categorical, encode: label, fill: unknown}
  - {name: home, dtype: str, type: categorical, encode: onehot, fill: unknown}
final_feature_cols: [amount, rate, income, utilisation, inquiries, joint, grade, home_mortgage, home_own, home_rent]
"""


def raw_loans(count):
    """(rows as a caller would send them, what became of each loan)"""
    rng = numpy.random.default_rng(20261122)
    raw = pandas.DataFrame(
        {
            "amount": rng.integers(5, 400, count) * 100,
            "rate": rng.uniform(5, 30, count).round(2),
            "income": rng.gamma(2.0, 30000.0, count).round(2),
            "utilisation": rng.uniform(0, 120, count).round(1),
            "inquiries": rng.poisson(1.2, count),
            "joint": rng.random(count) < 0.15,
            "grade": rng.choice(["A1", "A2", "B1", "C3", "G5"], count),
            "home": rng.choice(["mortgage", "own", "rent"], count),
        }
    )
    risk = raw["rate"] / 12 + raw["amount"] / raw["income"].clip(5000) + 0.4 * raw["inquiries"] - 0.8 * (raw["home"] == "own")
    target = numpy.where(risk + rng.normal(0, 0.7, count) > 2.6, "bad", "good")
    raw = raw.astype(object)
    for name in ("income", "utilisation", "inquiries", "joint", "grade", "home"):
        raw.loc[rng.random(count) < 0.05, name] = None
    return raw, target


SETTINGS = {"n_estimators": 20, "num_leaves": 8, "learning_rate": 0.15, "min_child_samples": 10, "n_jobs": 1, "deterministic": True, "verbose": -1}


def classifier(frame, target, _):
    """Of the classes, by name."""
    return lightgbm.LGBMClassifier(**SETTINGS).fit(frame, target)


def regressor(frame, _, losses):
    """Of what a loan loses: counts, by a Poisson objective, whose value is no margin."""
    return lightgbm.LGBMRegressor(objective="poisson", **SETTINGS).fit(frame, losses)


def ranker(frame, target, _):
    """Of loans among the twenty that were decided on one day."""
    return lightgbm.LGBMRanker(**SETTINGS).fit(frame, (target == "bad").astype(int), group=[20] * (len(frame) // 20))


def train(directory, fit):
    """A training run's files, as anybody's script would leave them."""
    raw, target = raw_loans(600)
    losses = numpy.where(target == "bad", (raw["amount"].astype(float) / 5000).round(), 0.0)
    text = raw[["grade", "home"]].where(raw[["grade", "home"]].notna(), "unknown").astype(str)
    encoders = {
        "grade": LabelEncoder().fit(text["grade"]),
        "home": OneHotEncoder(handle_unknown="ignore").fit(text.loc[text["home"] != "unknown", ["home"]]),
    }
    numbers = raw[["amount", "rate", "income"]].apply(pandas.to_numeric).fillna(0)
    scaler = StandardScaler().fit(numbers)
    frame = pandas.DataFrame(scaler.transform(numbers), columns=numbers.columns)
    frame["utilisation"] = pandas.to_numeric(raw["utilisation"])
    frame["inquiries"] = pandas.to_numeric(raw["inquiries"]).fillna(0)
    frame["joint"] = raw["joint"].fillna(False).astype(float)
    frame["grade"] = encoders["grade"].transform(text["grade"])
    frame[["home_mortgage", "home_own", "home_rent"]] = encoders["home"].transform(text[["home"]]).toarray()
    model = fit(frame, target, losses)
    joblib.dump(model, directory / "model.pkl")
    joblib.dump(encoders, directory / "encoders.pkl")
    joblib.dump(scaler, directory / "scaler.pkl")
    (directory / "feature_schema.yaml").write_text(SCHEMA)
    raw.to_json(directory / "sample.jsonl", orient="records", lines=True, double_precision=15)


def train_pipeline(directory):
    """The same loans, fitted as one scikit-learn Pipeline that ends in the model."""
    raw, target = raw_loans(600)
    frame = raw.astype({"amount": "int64", "rate": "float64", "income": "float64", "utilisation": "float64", "inquiries": "float64"}).drop(columns="joint")
    texts = make_pipeline(SimpleImputer(strategy="constant", fill_value="unknown"), OneHotEncoder(handle_unknown="ignore"))
    grade = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
    columns = ColumnTransformer([("scaled", StandardScaler(), ["amount", "rate", "income"]), ("home", texts, ["home"]), ("grade", grade, ["grade"]),
                                 ("plain", "passthrough", ["utilisation", "inquiries"])], sparse_threshold=0)
    fitted = Pipeline([("columns", columns), ("model", lightgbm.LGBMClassifier(**SETTINGS))]).fit(frame, (target == "bad").astype(int))
    joblib.dump(fitted, directory / "model.pkl")
    (directory / "dtypes.json").write_text(json.dumps(frame.dtypes.astype(str).to_dict()), encoding="utf-8")
    frame.to_json(directory / "sample.jsonl", orient="records", lines=True, double_precision=15)


BUNDLES = {
    "small_loans_v1.0.0": lambda directory: train(directory, classifier),
    "small_losses_v1.0.0": lambda directory: train(directory, regressor),
    "small_days_v1.0.0": lambda directory: train(directory, ranker),
    "small_flow_v1.0.0": train_pipeline,
}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=pathlib.Path, default=HERE, help="where the bundles are written; beside this file when absent")
    options = parser.parse_args()
    for version, make in BUNDLES.items():
        if (options.out / version).exists():
            continue
        with tempfile.TemporaryDirectory() as place:
            directory = pathlib.Path(place)
            make(directory)
            for line in export_bundle(directory, directory / "sample.jsonl", options.out.resolve() / version):
                print(line)
            if version == "small_loans_v1.0.0":
                shutil.copy(directory / "sample.jsonl", options.out / "small_loans_rows.jsonl")


if __name__ == "__main__":
    main()
