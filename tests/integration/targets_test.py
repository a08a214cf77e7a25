"""Goal: a model of several targets (multi-label) answers a value each, and claims neither a label nor probabilities of two classes.

Method: an XGBClassifier on two targets is exported and served; the answers are held against Python's own.
"""
import json
import os
import subprocess

import pytest

from tests.integration.trained import EXPORT, PYTHON, ROOT, bits, run
from tests.support.engine_process import EngineProcess

MAKE = """
import pathlib, sys, xgboost
import small_run
made = small_run.SmallRun(xgboost.XGBClassifier(n_estimators=4, n_jobs=1), target=lambda frame: (frame[["income", "age"]].to_numpy() > 0).astype(int))
made.write(pathlib.Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    directory = tmp_path_factory.mktemp("targets")
    subprocess.run([PYTHON, "-c", MAKE, directory / "run"], check=True,
                   env={**os.environ, "PYTHONPATH": f"{EXPORT}:{ROOT / 'tests' / 'tools' / 'export'}"})
    (directory / "models").mkdir()
    run("-m", "ringside_export", "--from", directory / "run", "--sample", directory / "run" / "sample.jsonl", "--out",
        directory / "models" / "small_v1.0.0")
    os.symlink("small_v1.0.0", directory / "models" / "current")
    return directory / "models"


def test_each_target_has_its_value_and_nothing_else_is_said(models, tmp_path):
    golden = [json.loads(line) for line in (models / "small_v1.0.0" / "golden.jsonl").read_text().splitlines()]
    scored = [line for line in golden if line["kind"] == "score"][:100]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(line["row"]) + "\n" for line in scored))
    with EngineProcess(models) as engine:
        answers = engine.predict(path, "--batch", "64")
    for line, answer in zip(scored, answers, strict=True):
        assert answer["status"] == "ok" and [bits(value) for value in answer["score"]] == line["values"]
        assert len(answer["score"]) == len(answer["margin"]) == 2
        assert "probabilities" not in answer and "label" not in answer
