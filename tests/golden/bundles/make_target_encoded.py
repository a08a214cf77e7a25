#!/usr/bin/python3
"""Makes the bundle of a pipeline with a TargetEncoder beside this file, from nothing but a seed:

    SOURCE_DATE_EPOCH=1795381200 ENV/bin/python make_target_encoded.py     ENV: a virtual environment with scikit-learn 1.3 (README.md)

Debian's scikit-learn is older than the encoder. The export itself compares every row with `transform` of the one that runs; the bundle keeps
what it said. The encoder meets texts with missing and unseen ones, and whole numbers; smoothing by itself and by hand.
"""

import argparse
import pathlib
import sys
import tempfile

import joblib
import numpy
import pandas
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import TargetEncoder

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tools" / "export"))

from ringside_export.export import export_bundle  # noqa: E402  (the package is found by the line above)

VERSION = "small_targets_v1.0.0"


def train(directory):
    """A training run's files; returns the path of the sample."""
    rng = numpy.random.default_rng(20261125)
    count = 500
    rows = pandas.DataFrame(
        {
            "city": rng.choice(["ams", "ber", "lis", "\u00e9vora", "rio"], count).astype(object),
            "branch": rng.integers(1, 9, count),
            "income": rng.gamma(2.0, 2000.0, count).round(2),
        }
    )
    rows.loc[::11, "city"] = numpy.nan
    target = ((rows["branch"] % 3 == 0) ^ (rows["city"] == "ber") ^ (rng.random(count) < 0.2)).astype(int)
    encoders = [
        ("auto", TargetEncoder(random_state=1), ["city", "branch"]),
        ("smooth", TargetEncoder(smooth=7.5, cv=3, random_state=1), ["city"]),
        ("income", "passthrough", ["income"]),
    ]
    model = xgboost.XGBClassifier(n_estimators=8, max_depth=3, n_jobs=1)
    pipeline = Pipeline([("prep", ColumnTransformer(encoders)), ("model", model)]).fit(rows, target)
    joblib.dump(pipeline, directory / "model.pkl")
    rows.to_csv(directory / "sample.csv", index=False)
    return directory / "sample.csv"


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=pathlib.Path, default=HERE, help="where the bundle is written; beside this file when absent")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        directory = pathlib.Path(place)
        for line in export_bundle(directory, train(directory), options.out.resolve() / VERSION):
            print(line)


if __name__ == "__main__":
    main()
