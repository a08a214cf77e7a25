"""A training run in a second: two numbers, a one-hot field and a label field, ten trees. Tests change one thing of it."""

import pathlib
import subprocess
import sys

import joblib
import numpy
import pandas
import xgboost
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXPORT = ROOT / "tools" / "export"
DATASETS = ROOT.parent / "shared" / "datasets"

SCHEMA = """\
schema_version: 1
fields:
  - {name: age, dtype: int, type: numeric, fill: 0}
  - {name: income, dtype: float, type: numeric, fill: 0.0}
  - {name: home, dtype: str, type: categorical, encode: onehot, fill: unknown}
  - {name: city, dtype: str, type: categorical, encode: label}
final_feature_cols: [age, income, city, home_own, home_rent]
"""


def raw_rows(count=400):
    """A frame of raw values with missing cells, the same each time."""
    rng = numpy.random.default_rng(7)
    frame = pandas.DataFrame(
        {
            "age": rng.integers(18, 90, count),
            "income": rng.gamma(2.0, 20000.0, count).round(2),
            "home": rng.choice(["own", "rent"], count),
            "city": rng.choice(["ams", "ber", "no", "1.10"], count),
        }
    ).astype(object)
    for name in frame.columns:
        frame.loc[rng.random(count) < 0.05, name] = None
    return frame


class SmallRun:
    """The objects of a run before they are written; change any, then `write`."""

    def __init__(self, model=None, scaler="standard", target=None):
        self.raw = raw_rows()
        text = self.raw[["home", "city"]].where(self.raw[["home", "city"]].notna(), "unknown").astype(str)
        known = text.loc[text["home"] != "unknown", ["home"]]
        self.encoders = {"home": OneHotEncoder(handle_unknown="ignore").fit(known), "city": LabelEncoder().fit(text["city"])}
        numbers = self.raw[["age", "income"]].apply(pandas.to_numeric).fillna(0).astype({"age": int, "income": float})
        self.scaler = (
            StandardScaler().fit(numbers) if scaler == "standard" else scaler.fit(numbers) if scaler is not None else None
        )
        frame = numbers.copy()
        if self.scaler is not None:
            frame[["age", "income"]] = self.scaler.transform(numbers)
        frame["city"] = self.encoders["city"].transform(text["city"])
        frame[["home_own", "home_rent"]] = self.encoders["home"].transform(text[["home"]]).toarray()
        self.frame = frame
        self.features = frame.astype("float32")
        self.target = (
            (self.raw["age"].fillna(40).astype(int) % 3 == 0).astype(int).to_numpy() if target is None else target(frame)
        )
        self.model = self.fit(xgboost.XGBClassifier(n_estimators=10, max_depth=4, n_jobs=1) if model is None else model)
        self.schema = SCHEMA
        self.files = {}

    def fit(self, model):
        """`model`, fitted on this run's features."""
        return model.fit(self.features, self.target)

    def write(self, directory):
        """The directory, with the pickles, the schema, `files` (name -> text) and sample.jsonl."""
        directory.mkdir(parents=True, exist_ok=True)
        joblib.dump(self.model, directory / "model.pkl")
        joblib.dump(self.encoders, directory / "encoders.pkl")
        if self.scaler is not None:
            joblib.dump(self.scaler, directory / "scaler.pkl")
        (directory / "feature_schema.yaml").write_text(self.schema, encoding="utf-8")
        self.raw.to_json(directory / "sample.jsonl", orient="records", lines=True, double_precision=15)
        for name, text in self.files.items():
            (directory / name).write_text(text, encoding="utf-8")
        return directory


def run_program(*arguments, module=None):
    """The exporter as a user calls it: CompletedProcess with text output."""
    command = [sys.executable, "-m", module] if module else [str(EXPORT / "ringside-export")]
    return subprocess.run(
        command + [str(argument) for argument in arguments], cwd=EXPORT, text=True, capture_output=True, check=False
    )
