"""Goal: a bundle in which any one bit of any parameter is flipped, and everything else made to fit, does not pass the gate if any row
that was trained on would be answered otherwise.

Method: export, then `mutation_proof` on the very rows of the sample: it re-hashes each spoilt bundle and asks the engine's own loader.
Some hundred bits on small runs; ten thousand on whole data sets, on a LightGBM model and on a fitted pipeline are for the long tests.
"""
import os
import pathlib
import subprocess
import sys

import pytest

from tests.integration.trained import EXPORT, PYTHON, ROOT, run, train

PROOF = pathlib.Path(os.environ.get("RINGSIDE_BIN", ROOT / "build" / "release" / "bin")) / "mutation_proof"
FIT_PIPELINE = pathlib.Path(__file__).with_name("fit_pipeline.py")
BUNDLES = ROOT / "tests" / "golden" / "bundles"
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


def export(directory, version):
    """The run in `directory` as a bundle beside it, and its sample."""
    bundle, sample = directory.parent / version, directory / "sample.jsonl"
    run("-m", "ringside_export", "--from", directory, "--sample", sample, "--out", bundle)
    return bundle, sample


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
    report = prove(*export(tmp_path / "run", "small_v1.0.0"), "--mutations", 600)
    assert "against 400 rows" in report and "100.000 % of" in report


def test_flipped_bit_of_a_fitted_pipeline_is_refused(tmp_path):
    run(FIT_PIPELINE, "--out", tmp_path / "run")
    report = prove(*export(tmp_path / "run", "made_v1.0.0"), "--mutations", 400)
    assert "against 1500 rows" in report and "100.000 % of" in report


@pytest.mark.long
def test_ten_thousand_flipped_bits_of_a_fitted_pipeline(tmp_path):
    run(FIT_PIPELINE, "--out", tmp_path / "run")
    prove(*export(tmp_path / "run", "made_v1.0.0"), "--long")


@pytest.mark.long
def test_ten_thousand_flipped_bits_of_a_lightgbm_model():
    prove(BUNDLES / "small_loans_v1.0.0", BUNDLES / "small_loans_rows.jsonl", "--long")


@pytest.mark.long
@pytest.mark.parametrize("options", [(), ("--objective", "three")], ids=["binary", "three classes"])
def test_ten_thousand_flipped_bits_of_a_real_model(options, tmp_path):
    trained = train(tmp_path, *LOAN, *options)
    prove(trained.models / LOAN[0], trained.rows, "--long")
