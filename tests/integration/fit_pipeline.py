"""A fitted scikit-learn Pipeline as a training run, from a data set or from rows that are made up:

    fit_pipeline.py --out run/ [--data churn.csv | higgs_sample.tsv | multiclass_sample.tsv] [--sample-format jsonl]

Leaves model.pkl (the Pipeline, which ends in an XGBClassifier), dtypes.json, encoders.pkl where the target was text, and sample.jsonl, all
rows that it was fitted on. Between them the pipelines have every transformer that is exact and that Debian's scikit-learn has.
"""
import argparse
import json
import pathlib

import joblib
import numpy
import pandas
import sklearn.preprocessing as preprocessing
import xgboost
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline

SEED = 4


def blanked(frame, share):
    """The frame with `share` of each float or text column missing."""
    rng = numpy.random.default_rng(SEED)
    for name in frame.select_dtypes(["float64", "object"]).columns:
        frame.loc[rng.random(len(frame)) < share, name] = numpy.nan
    return frame


def scaled(start, names):
    """Every scaler and every table of numbers over the float columns `names`, of which some are missing."""
    median = SimpleImputer(strategy="median")
    steps = [
        ("standard", preprocessing.StandardScaler()),
        ("minmax", make_pipeline(SimpleImputer(strategy="mean", add_indicator=True), preprocessing.MinMaxScaler((-0.3, 0.7)))),
        ("maxabs", preprocessing.MaxAbsScaler()),
        ("robust", preprocessing.RobustScaler()),
        ("bins", make_pipeline(median, preprocessing.KBinsDiscretizer(5, encode="onehot-dense", strategy="quantile"))),
        ("codes", make_pipeline(median, preprocessing.KBinsDiscretizer(7, encode="ordinal", strategy="uniform"))),
        ("place", preprocessing.QuantileTransformer(n_quantiles=50, random_state=SEED)),
        ("above", make_pipeline(median, preprocessing.Binarizer(threshold=0.25))),
        ("root", make_pipeline(preprocessing.FunctionTransformer(numpy.abs), preprocessing.FunctionTransformer(numpy.sqrt))),
        ("square", FeatureUnion([("square", preprocessing.FunctionTransformer(numpy.square)), ("plain", "passthrough")])),
    ]
    return [(f"{start}{name}", step, names[place :: len(steps)]) for place, (name, step) in enumerate(steps)]


def made_rows():
    """Rows of every dtype that nobody has to have: 1,500 of them, some cells missing."""
    rng = numpy.random.default_rng(SEED)
    count = 1500
    frame = pandas.DataFrame({f"x{number}": rng.normal(0, 10.0 ** (number % 4 - 1), count).round(4) for number in range(10)})
    frame["age"] = rng.integers(18, 90, count)
    frame["member"] = rng.random(count) < 0.4
    frame["city"] = rng.choice(["ams", "ber", "no", "\u00e9", "e\u0301", "rare"], count, p=[0.4, 0.3, 0.15, 0.07, 0.07, 0.01]).astype(object)
    frame["plan"] = rng.choice(["a", "b", "c"], count).astype(object)
    target = ((frame["age"] > 45) ^ (frame["x0"] > 0.1) ^ (frame["city"] == "ber")).astype(int)
    city = make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"),
                         preprocessing.OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=30))
    plan = preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
    more = [("city", city, ["city"]), ("plan", plan, ["plan"]), ("age", preprocessing.StandardScaler(), ["age"]), ("is", "passthrough", ["member"])]
    return blanked(frame, 0.04), target, [*scaled("", [f"x{number}" for number in range(10)]), *more], None


def churn(path):
    """churn.csv: texts one-hot or as codes, numbers scaled; the target is text."""
    frame = pandas.read_csv(path)
    encoder = preprocessing.LabelEncoder().fit(frame["churn"])
    target = encoder.transform(frame.pop("churn"))
    texts = frame.select_dtypes("object").columns.tolist()
    few, many = texts[1:], texts[:1]
    parts = [
        ("few", make_pipeline(SimpleImputer(strategy="most_frequent"), preprocessing.OneHotEncoder(drop="if_binary")), few),
        ("many", preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), many),
        ("numbers", preprocessing.StandardScaler(), make_column_selector(dtype_include="number")),
    ]
    return frame, target, parts, {"churn": encoder}


def samples(path, share):
    """higgs_sample.tsv or multiclass_sample.tsv: the class, and 28 numbers, `share` of them taken away."""
    frame = pandas.read_csv(path, sep="\t", header=None)
    target = frame.pop(0).astype(int)
    frame.columns = [f"x{number}" for number in range(frame.shape[1])]
    return blanked(frame.astype("float64"), share), target, scaled("", frame.columns.tolist()), None


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--sample-format", choices=("jsonl",), default="jsonl")
    options = parser.parse_args()
    name = options.data.name if options.data else ""
    frame, target, parts, encoders = (
        made_rows() if not name else churn(options.data) if name == "churn.csv" else samples(options.data, 0.03 if name.startswith("multi") else 0.0)
    )
    model = xgboost.XGBClassifier(n_estimators=20, max_depth=5, n_jobs=1)
    fitted = Pipeline([("columns", ColumnTransformer(parts, sparse_threshold=0)), ("model", model)]).fit(frame, target)
    options.out.mkdir(parents=True)
    joblib.dump(fitted, options.out / "model.pkl")
    if encoders:
        joblib.dump(encoders, options.out / "encoders.pkl")
    (options.out / "dtypes.json").write_text(json.dumps(frame.dtypes.astype(str).to_dict()), encoding="utf-8")
    frame.to_json(options.out / "sample.jsonl", orient="records", lines=True, double_precision=15)


if __name__ == "__main__":
    main()
