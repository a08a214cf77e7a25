#!/usr/bin/python3
"""Train on adult_income.csv, which is as files from the world are: a blank after every comma, `?` for what is not known.

    train_adult.py --data adult_income.csv --out run/
    ringside-export --from run/ --sample run/sample.jsonl --out models/adult_income_v1.0.0

Nothing is scaled unless asked for (trees do not need it), so there is no scaler.pkl by default.
"""

import argparse
import json
import pathlib

import pandas as pd
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, OneHotEncoder, StandardScaler

import train_example

ONE_HOT = ("workclass", "marital-status", "relationship", "race", "sex")
LABEL = ("education", "occupation", "native-country")
SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler}


class NoScaler:
    """Leaves numbers as they are."""

    def fit(self, _frame):
        """Nothing to learn."""
        return self

    def transform(self, frame):
        """The same numbers."""
        return frame


def make_encoder(name, text):
    """Columns where there are few texts, codes where there are many; 'unknown' is a class in either."""
    if name in ONE_HOT:
        return OneHotEncoder(handle_unknown="ignore").fit(text.to_frame())
    return LabelEncoder().fit(pd.concat([text, pd.Series(["unknown"])]))


def train(data_path, out, scaler="none", booster="gbtree", trees=100, sample_name="sample.jsonl"):
    """Reads the CSV, trains, and writes everything to `out`."""
    data = pd.read_csv(data_path, skipinitialspace=True, na_values="?", keep_default_na=False)
    raw = data.drop(columns="Salary").astype(object)
    raw = raw.where(raw.notna(), None)
    fields = []
    for name in raw.columns:
        if name in ONE_HOT or name in LABEL:
            fields.append(
                {
                    "name": name,
                    "dtype": "str",
                    "type": "categorical",
                    "encode": "onehot" if name in ONE_HOT else "label",
                    "fill": "unknown",
                }
            )
        else:
            fields.append({"name": name, "dtype": "int", "type": "numeric", "fill": 0})
    frame, encoders, fitted, features = train_example.prepare(raw, fields, make_encoder, SCALERS.get(scaler, NoScaler)())
    target = encoders["Salary"] = LabelEncoder().fit(data["Salary"])
    model = train_example.make_model("binary", booster, trees)
    metrics = train_example.fit(model, frame, target.transform(data["Salary"]), "binary")
    train_example.write_run(
        out,
        "adult_income",
        "adult_income_v1.0.0",
        model,
        encoders,
        None if scaler == "none" else fitted,
        fields,
        features,
        metrics,
        raw,
        sample_name,
    )
    return metrics


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, type=pathlib.Path, help="adult_income.csv")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="directory to write")
    parser.add_argument("--scaler", choices=("none", "standard", "minmax"), default="none")
    parser.add_argument("--booster", choices=("gbtree", "dart"), default="gbtree")
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--sample-format", choices=("csv", "jsonl"), default="jsonl")
    options = parser.parse_args()
    metrics = train(options.data, options.out, options.scaler, options.booster, options.trees, f"sample.{options.sample_format}")
    print(f"{options.out}: {json.dumps(metrics)}")


if __name__ == "__main__":
    main()
