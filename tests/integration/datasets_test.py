"""Goal: what is served is what was trained, to the bit, on whole real data sets.

Method: train and export as a data scientist would, start an engine, send every row through shared memory one at a time and in
batches of 512, and compare features, margins, values and labels with what the pickled scikit-learn and XGBoost objects say.
"""
import pathlib

import pytest

from tests.integration.trained import differences, train
from tests.support.engine_process import EngineProcess

PIPELINE = pathlib.Path(__file__).with_name("fit_pipeline.py")
LOAN = ("train_example.py", "loan_default.csv")
CASES = {
    "loan binary": ("loan_default_v1.0.0", *LOAN),
    "loan dart": ("loan_default_v1.0.0", *LOAN, "--booster", "dart", "--trees", "30"),
    "loan three classes": ("loan_default_v1.0.0", *LOAN, "--objective", "three"),
    "loan regression": ("loan_default_v1.0.0", *LOAN, "--objective", "regression"),
    "loan poisson": ("loan_default_v1.0.0", *LOAN, "--objective", "poisson"),
    "adult binary": ("adult_income_v1.0.0", "train_adult.py", "adult_income.csv"),
    "churn pipeline": ("churn_v1.0.0", PIPELINE, "churn.csv"),
    "higgs pipeline": ("higgs_sample_v1.0.0", PIPELINE, "higgs_sample.tsv"),
    "five classes pipeline": ("multiclass_sample_v1.0.0", PIPELINE, "multiclass_sample.tsv"),
}


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES.keys())
def served(request, tmp_path_factory):
    trained = train(tmp_path_factory.mktemp("trained"), *request.param)
    with EngineProcess(models=trained.models) as engine:
        yield trained, engine


@pytest.mark.parametrize("batch", [1, 512])
def test_every_row_equals_python_in_every_bit(served, batch):
    trained, engine = served
    answers = engine.predict(trained.rows, "--features", "--batch", str(batch))
    assert differences(answers, trained)[:5] == []
