"""The service that most teams write around their pickles: FastAPI, pandas, joblib, scikit-learn, XGBoost. What bench/gateway measures beside ours.

    MODEL_DIR=run uvicorn service:app --workers 2

`run/` is what tools/export/train_example.py leaves: model.pkl, encoders.pkl, scaler.pkl, feature_schema.yaml. At its best within that design: everything is
loaded once, a request is one frame that is transformed in place, XGBoost has one thread (more are slower for a row), nothing is logged.
"""
import os
import pathlib

import joblib
import numpy as np
import pandas as pd
import yaml
from fastapi import FastAPI

FOLDER = pathlib.Path(os.environ["MODEL_DIR"])
MODEL = joblib.load(FOLDER / "model.pkl")
MODEL.set_params(n_jobs=1)
ENCODERS = joblib.load(FOLDER / "encoders.pkl")
SCALER = joblib.load(FOLDER / "scaler.pkl")
SCHEMA = yaml.safe_load((FOLDER / "feature_schema.yaml").read_text(encoding="utf-8"))
FIELDS = SCHEMA["fields"]
NAMES = [field["name"] for field in FIELDS]
NUMERIC = [field["name"] for field in FIELDS if field["dtype"] != "str"]
CLASSES = ENCODERS["Class"].classes_

app = FastAPI()


def features(rows):
    """Raw rows to the float32 frame that the model was trained on."""
    raw = pd.DataFrame(rows).reindex(columns=NAMES)
    pieces = {}
    for field in FIELDS:
        name, column = field["name"], raw[field["name"]]
        if field["dtype"] == "str":
            text = column.where(column.notna(), field["fill"]).astype(str)
            encoder = ENCODERS[name]
            if field["encode"] == "label":
                pieces[name] = encoder.transform(text.where(text.isin(encoder.classes_), "unknown"))
            else:
                pieces.update(zip(encoder.get_feature_names_out([name]), encoder.transform(text.to_frame()).toarray().T))
        else:
            number = pd.to_numeric(column, errors="coerce").astype("float64")
            if field.get("on_missing", "fill") == "fill" and "fill" in field:
                number = number.fillna(field["fill"])
                if field["dtype"] == "int":
                    number = number.astype(int)
            pieces[name] = number
    frame = pd.DataFrame(pieces, index=raw.index)
    frame[NUMERIC] = SCALER.transform(frame[NUMERIC])
    return frame[SCHEMA["final_feature_cols"]].astype("float32")


@app.post("/predict")
async def predict(row: dict):
    """One row."""
    probabilities = MODEL.predict_proba(features([row]))[0]
    label = CLASSES[int(np.argmax(probabilities))]
    return {"score": float(probabilities[1]), "prediction": str(label)}


@app.get("/healthz")
async def healthz():
    """The process turns."""
    return {"status": "ok"}
