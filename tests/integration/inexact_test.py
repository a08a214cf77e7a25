"""Goal: a step that no two libraries compute alike is served with its measured bound in sight: in the manifest, on `versions`, in `check`.
Method: a small pipeline with a PowerTransformer, fitted, exported and served by the real programs."""
import json

import joblib
import numpy
import pandas
import pytest
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PowerTransformer, StandardScaler

from tests.integration.trained import run
from tests.support.engine_process import EngineProcess, run_program

VERSION = "curved_v1.0.0"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    place = tmp_path_factory.mktemp("inexact")
    rng = numpy.random.default_rng(3)
    frame = pandas.DataFrame({"income": rng.gamma(2.0, 2000.0, 400).round(2), "age": rng.normal(45.0, 12.0, 400).round(1)})
    parts = ColumnTransformer([("power", PowerTransformer(), ["income"]), ("scaled", StandardScaler(), ["age"])])
    model = xgboost.XGBClassifier(n_estimators=5, max_depth=3, n_jobs=1)
    fitted = Pipeline([("columns", parts), ("model", model)]).fit(frame, (frame["income"] > 40 * frame["age"]).astype(int))
    trained = place / "run"
    trained.mkdir()
    joblib.dump(fitted, trained / "model.pkl")
    (trained / "dtypes.json").write_text(json.dumps(frame.dtypes.astype(str).to_dict()), encoding="utf-8")
    frame.to_json(trained / "sample.jsonl", orient="records", lines=True, double_precision=15)
    (place / "models").mkdir()
    run("-m", "ringside_export", "--from", trained, "--sample", trained / "sample.jsonl", "--out", place / "models" / VERSION)
    (place / "models" / "current").symlink_to(VERSION)
    return place / "models"


def test_versions_names_the_step_and_its_bound(models):
    (entry,) = json.loads((models / VERSION / "manifest.json").read_text())["inexact"]
    with EngineProcess(models) as engine:
        (version,) = json.loads(engine.cli("versions", "--json").stdout)
        (told,) = version["inexact"]
        assert "PowerTransformer" in told and f"{entry['ulp']:g}" in told, told
        assert told in engine.cli("versions").stdout


def test_check_accepts_it(models):
    done = run_program("ringside", "check", str(models / VERSION), "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["ok"]
