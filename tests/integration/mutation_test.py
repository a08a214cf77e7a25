"""Goal: a bundle in which any one bit of any parameter is flipped, and everything else made to fit, does not pass the gate if any row
that was trained on would be answered otherwise.

Method: export, then `mutation_proof` on the very rows of the sample: it re-hashes each spoilt bundle and asks the engine's own loader.
Some hundred bits on small runs; ten thousand on whole data sets are for the long tests.
"""
import os
import pathlib
import subprocess
import sys

import pytest

from tests.integration.trained import EXPORT, PYTHON, ROOT, run, train

PROOF = pathlib.Path(os.environ.get("RINGSIDE_BIN", ROOT / "build" / "release" / "bin")) / "mutation_proof"
LOAN = ("loan_default_v1.0.0", "train_example.py", "loan_default.csv")
MAKE_SMALL = """
import pathlib, sys, xgboost
import small_run
kind, out = sys.argv[1:]
made = {
    "binary": lambda: small_run.SmallRun(),
    "dart": lambda: small_run.SmallRun(xgboost.XGBClassifier(n_estimators=8, booster="dart", rate_drop=0.5, n_jobs=1)),
    "regression": lambda: small_run.SmallRun(xgboost.XGBRegressor(n_estimators=12, tree_method="hist", n_jobs=1), target=lambda frame: frame["income"]),
}[kind]()
if kind == "binary":
    made.files["serving.yaml"] = "threshold: 0.35\\n"
made.write(pathlib.Path(out))
"""


def prove(bundle, rows, *options):
    """The report of a proof that held."""
    done = subprocess.run([PROOF, bundle, rows, *map(str, options)], capture_output=True, text=True, timeout=3000, check=False)
    print(done.stdout, file=sys.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", ["binary", "dart", "regression"])
def test_flipped_bit_that_alters_a_training_row_is_refused(kind, tmp_path):
    subprocess.run([PYTHON, "-c", MAKE_SMALL, kind, tmp_path / "run"], check=True,
                   env={**os.environ, "PYTHONPATH": f"{EXPORT}:{ROOT / 'tests' / 'tools' / 'export'}"})
    sample = tmp_path / "run" / "sample.jsonl"
    run("-m", "ringside_export", "--from", tmp_path / "run", "--sample", sample, "--out", tmp_path / "small_v1.0.0")
    report = prove(tmp_path / "small_v1.0.0", sample, "--mutations", 600)
    assert "against 400 rows" in report and "100.000 % of" in report


@pytest.mark.long
@pytest.mark.parametrize("options", [(), ("--objective", "three")], ids=["binary", "three classes"])
def test_ten_thousand_flipped_bits_of_a_real_model(options, tmp_path):
    trained = train(tmp_path, *LOAN, *options)
    prove(trained.models / LOAN[0], trained.rows, "--long")
