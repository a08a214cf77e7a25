"""The small run with a LightGBM model, trained on its frame of doubles. Tests that need LightGBM itself skip without it."""

import pytest

import small_run

lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is not among Debian's packages")


class LightgbmRun(small_run.SmallRun):
    """A SmallRun whose model is fitted on float64."""

    def __init__(self, model=None, **more):
        super().__init__(lightgbm.LGBMClassifier(**small()) if model is None else model, **more)

    def fit(self, model):
        return model.fit(self.frame, self.target)


def small(**more):
    """Parameters of a small model, the same each time."""
    return {"n_estimators": 8, "num_leaves": 7, "min_child_samples": 5, "verbose": -1, "n_jobs": 1, **more}
