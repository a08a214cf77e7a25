#!/usr/bin/python3
"""Train the example model the way it is usually done: pandas, LabelEncoder, OneHotEncoder, a scaler, XGBoost, joblib.

    train_example.py --data loan_default.csv --out run/ --variant v1.0.0
    ringside-export --from run/ --sample run/sample.csv --out models/loan_default_v1.0.0

It leaves model.pkl, encoders.pkl, scaler.pkl, feature_schema.yaml, version.txt, config.yaml, evaluation.json and a sample of
the raw rows. Nothing here knows of Ringside but the comments of the schema.

v1.0.0 uses 21 fields, all but total_il_high_credit_limit, and a StandardScaler. v1.1.0 adds that field (optional), folds
states with few loans into `unknown`, encodes emp_length as columns, and uses a MinMaxScaler. A share of the cells is
blanked before training, so that the model has met missing values and the encoders know `unknown`.
"""

import argparse
import datetime
import json
import os
import pathlib

import joblib
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, OneHotEncoder, StandardScaler

SEED = 20261122
FLOATS = ("int_rate", "annual_inc", "revol_util")
TEXTS = ("term", "sub_grade", "addr_state", "verification_status", "emp_length")
NEW_IN_V1_1_0 = "total_il_high_credit_limit"
RARE_STATE_LOANS = 150

# Beyond `fill`: what a lender always knows, and numbers whose absence says something by itself.
SPECIAL = {
    "funded_amnt": {"required": True, "min": 0, "max": 1000000},
    "int_rate": {"on_missing": "reject", "min": 0.0, "max": 100.0},
    "revol_util": {"on_missing": "pass"},
    "all_util": {"on_missing": "pass"},
}


def always_there(name):
    """Fields that a caller must send."""
    special = SPECIAL.get(name, {})
    return special.get("required", False) or special.get("on_missing") == "reject"


def schema_fields(columns, variant):
    """The schema's fields for the columns of the raw data, in their order."""
    fields = []
    for name in columns:
        if name in TEXTS:
            field = {"name": name, "dtype": "str", "type": "categorical", "encode": "label", "fill": "unknown"}
            if name in ("term", "verification_status") or (name == "emp_length" and variant == "v1.1.0"):
                field["encode"] = "onehot"
            if name == "term" and variant == "v1.1.0":
                field["fill"] = "term_36"
        else:
            dtype = "float" if name in FLOATS else "int"
            field = {"name": name, "dtype": dtype, "type": "numeric"}
            if name not in SPECIAL:
                field["fill"] = 0 if dtype == "int" else 0.0
            field.update(SPECIAL.get(name, {}))
        fields.append(field)
    return fields


def blank_cells(raw, share, rng):
    """A copy with `share` of the cells missing, but for those that a caller must send."""
    raw = raw.astype(object)
    for name in raw.columns:
        if not always_there(name):
            raw.loc[rng.random(len(raw)) < share, name] = None
    return raw


def make_encoder(name, variant, text):
    """A fitted encoder for a column of filled text. Whatever was missing is 'unknown' there."""
    if name == "term" and variant == "v1.1.0":
        return OneHotEncoder(drop="if_binary", handle_unknown="error").fit(text[text != "unknown"].to_frame())
    if name == "verification_status" and variant == "v1.0.0":
        return OneHotEncoder(handle_unknown="ignore").fit(text[text != "unknown"].to_frame())
    if name in ("term", "verification_status") or (name == "emp_length" and variant == "v1.1.0"):
        return OneHotEncoder(handle_unknown="ignore").fit(text.to_frame())
    if name == "addr_state" and variant == "v1.1.0":
        counts = text.value_counts()
        text = text.where(text.map(counts) >= RARE_STATE_LOANS, "unknown")
    return LabelEncoder().fit(text)


def prepare(raw, fields, make_encoder, make_scaler):
    """(float32 frame in the model's order, encoders, scaler, names of the columns): type and fill, encode, scale, order."""
    encoders, pieces, numeric = {}, {}, []
    for field in fields:
        name, column = field["name"], raw[field["name"]]
        if field["dtype"] == "str":
            text = column.where(column.notna(), field["fill"]).astype(str)
            encoder = encoders[name] = make_encoder(name, text)
            if field["encode"] == "label":
                pieces[name] = encoder.transform(text.where(text.isin(encoder.classes_), "unknown"))
            else:
                coded = encoder.transform(text.to_frame()).toarray()
                pieces.update(zip(encoder.get_feature_names_out([name]), coded.T))
        else:
            numeric.append(name)
            number = pd.to_numeric(column, errors="coerce").astype("float64")
            if field.get("on_missing", "fill") == "fill" and "fill" in field:
                number = number.fillna(field["fill"])
                if field["dtype"] == "int":
                    number = number.astype(int)
            pieces[name] = number
    frame = pd.DataFrame(pieces, index=raw.index)
    scaler = make_scaler.fit(frame[numeric])
    frame[numeric] = scaler.transform(frame[numeric])
    return frame.astype("float32"), encoders, scaler, list(frame.columns)


def make_target(data, objective):
    """(target values, target's encoder or None, column that the target was made from)."""
    if objective == "three":
        bands = pd.qcut(data["annual_inc"], 3, labels=["low", "middle", "high"]).astype(str)
        encoder = LabelEncoder().fit(bands)
        return encoder.transform(bands), encoder, "annual_inc"
    if objective == "regression":
        return data["int_rate"].to_numpy(), None, "int_rate"
    if objective == "poisson":
        return data["num_il_tl"].to_numpy(), None, "num_il_tl"
    encoder = LabelEncoder().fit(data["Class"])
    return encoder.transform(data["Class"]), encoder, "Class"


def make_model(objective, booster, trees):
    """An unfitted model of the scikit-learn kind."""
    settings = {
        "n_estimators": trees,
        "max_depth": 6,
        "learning_rate": 0.1,
        "subsample": 0.9,
        "tree_method": "hist",
        "random_state": SEED % 1000,
        "n_jobs": 1,
        "booster": booster,
    }
    if booster == "dart":
        settings.update(rate_drop=0.1, skip_drop=0.5)
    if objective in ("binary", "three"):
        return xgb.XGBClassifier(**settings)
    return xgb.XGBRegressor(objective={"regression": "reg:squarederror", "poisson": "count:poisson"}[objective], **settings)


def yaml_line(mapping):
    """A flow mapping; JSON scalars are YAML."""
    return (
        "{"
        + ", ".join(f"{key}: {json.dumps(value) if not isinstance(value, str) else value}" for key, value in mapping.items())
        + "}"
    )


def write_schema(path, fields, columns):
    """feature_schema.yaml."""
    text = "schema_version: 1\nfields:\n" + "".join(f"  - {yaml_line(field)}\n" for field in fields)
    path.write_text(text + "final_feature_cols:\n" + "".join(f'  - "{name}"\n' for name in columns), encoding="utf-8")


def write_sample(path, raw, fields):
    """The raw rows that training saw, as CSV or JSON Lines."""
    if path.suffix == ".csv":
        raw.to_csv(path, index=False)
        return
    with path.open("w", encoding="utf-8") as file:
        for row in raw.to_dict("records"):
            cells = {name: None if value is None or value != value else value for name, value in row.items()}
            file.write(json.dumps(cells) + "\n")


def trained_on():
    """Today, or the day of SOURCE_DATE_EPOCH."""
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    return (
        datetime.datetime.fromtimestamp(float(os.environ.get("SOURCE_DATE_EPOCH", now)), datetime.timezone.utc).date().isoformat()
    )


def write_run(out, task_name, version, model, encoders, scaler, fields, columns, metrics, raw, sample_name):
    """The files that a training script leaves behind."""
    out.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, out / "model.pkl")
    joblib.dump(encoders, out / "encoders.pkl")
    joblib.dump(scaler, out / "scaler.pkl")
    write_schema(out / "feature_schema.yaml", fields, columns)
    write_sample(out / sample_name, raw, fields)
    (out / "evaluation.json").write_text(json.dumps(metrics, indent=1) + "\n")
    settings = {key: value for key, value in model.get_xgb_params().items() if value is not None and value == value}
    (out / "config.yaml").write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in sorted(settings.items())))
    (out / "version.txt").write_text(
        f"version: {version}\ntask_name: {task_name}\ntrained_on: {trained_on()}\nfeatures: {len(columns)}\n"
        f"model_type: {type(model).__name__}\nmetrics: {yaml_line(metrics)}\n"
    )


def fit(model, frame, target, objective):
    """Trains on four fifths and returns the metrics of the rest."""
    train, test, y_train, y_test = train_test_split(frame, target, test_size=0.2, random_state=1)
    model.fit(train, y_train)
    if objective == "binary":
        return {"auc": round(float(roc_auc_score(y_test, model.predict_proba(test)[:, 1])), 4), "test_rows": len(test)}
    if objective == "three":
        return {"accuracy": round(float(np.mean(model.predict(test) == y_test)), 4), "test_rows": len(test)}
    return {"rmse": round(float(np.sqrt(np.mean((model.predict(test) - y_test) ** 2))), 4), "test_rows": len(test)}


def train(data_path, out, variant="v1.0.0", objective="binary", booster="gbtree", trees=100, sample_name="sample.csv"):
    """Reads the CSV, trains, and writes everything to `out`."""
    data = pd.read_csv(data_path, float_precision="round_trip")
    target, target_encoder, target_column = make_target(data, objective)
    left_out = {"Class", target_column} | ({NEW_IN_V1_1_0} if variant == "v1.0.0" else set())
    columns = [name for name in data.columns if name not in left_out]
    raw = blank_cells(data[columns], 0.04, np.random.default_rng(SEED))
    fields = schema_fields(columns, variant)
    frame, encoders, scaler, features = prepare(
        raw,
        fields,
        lambda name, text: make_encoder(name, variant, text),
        StandardScaler() if variant == "v1.0.0" else MinMaxScaler(),
    )
    model = make_model(objective, booster, trees)
    metrics = fit(model, frame, target, objective)
    if target_encoder is not None:
        encoders["Class" if objective == "binary" else "income_band"] = target_encoder
    write_run(
        out, "loan_default", f"loan_default_{variant}", model, encoders, scaler, fields, features, metrics, raw, sample_name
    )
    return metrics


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, type=pathlib.Path, help="loan_default.csv")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="directory to write")
    parser.add_argument("--variant", choices=("v1.0.0", "v1.1.0"), default="v1.0.0")
    parser.add_argument(
        "--objective",
        choices=("binary", "three", "regression", "poisson"),
        default="binary",
        help="three: income band; regression: int_rate; poisson: num_il_tl (the column leaves the features)",
    )
    parser.add_argument("--booster", choices=("gbtree", "dart"), default="gbtree")
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--sample-format", choices=("csv", "jsonl"), default="csv")
    options = parser.parse_args()
    metrics = train(
        options.data,
        options.out,
        options.variant,
        options.objective,
        options.booster,
        options.trees,
        f"sample.{options.sample_format}",
    )
    print(f"{options.out}: {json.dumps(metrics)}")


if __name__ == "__main__":
    main()
