"""Trained once a session: the fixtures that several files share."""

import json
import os

import pytest

import small_run
import train_adult
import train_example
from ringside_export.export import export_bundle


@pytest.fixture(scope="session", autouse=True)
def fixed_time():
    """Bundles of one session carry one time."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = "1795381200"
    yield
    if before is None:
        del os.environ["SOURCE_DATE_EPOCH"]
    else:
        os.environ["SOURCE_DATE_EPOCH"] = before


@pytest.fixture(scope="session")
def run_directory(tmp_path_factory):
    """A small run, written; do not change it."""
    return small_run.SmallRun().write(tmp_path_factory.mktemp("small") / "run")


@pytest.fixture(scope="session")
def bundle(run_directory, tmp_path_factory):
    """The small run's bundle; do not change it."""
    out = tmp_path_factory.mktemp("bundles") / "small_v1.0.0"
    export_bundle(run_directory, run_directory / "sample.jsonl", out)
    return out


@pytest.fixture(scope="session")
def golden(bundle):
    """The bundle's golden rows, parsed."""
    return [json.loads(line) for line in (bundle / "golden.jsonl").read_text(encoding="utf-8").splitlines()]


def dataset(name):
    """The path of a data set; skips the test where it is absent."""
    path = small_run.DATASETS / name
    if not path.exists():
        pytest.skip(f"needs ../shared/datasets/{name}")
    return path


@pytest.fixture(scope="session")
def loan_run(tmp_path_factory):
    """loan_default.csv trained as v1.1.0, forty trees."""
    out = tmp_path_factory.mktemp("loan") / "run"
    train_example.train(dataset("loan_default.csv"), out, "v1.1.0", trees=40)
    return out


@pytest.fixture(scope="session")
def adult_run(tmp_path_factory):
    """adult_income.csv, thirty trees, nothing scaled."""
    out = tmp_path_factory.mktemp("adult") / "run"
    train_adult.train(dataset("adult_income.csv"), out, trees=30)
    return out
