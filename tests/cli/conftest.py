"""Engines and rows that the tests of this folder share."""
import json
import os
import pathlib
import shutil

import pytest

from tests.support.engine_process import EngineProcess

ROOT = pathlib.Path(__file__).resolve().parents[2]
OLD, NEW = "loan_default_v1.0.0", "loan_default_v1.1.0"


def golden(version):
    return [json.loads(line) for line in (ROOT / "models" / version / "golden.jsonl").read_text().splitlines()]


@pytest.fixture
def models(tmp_path):
    """A copy of the example bundles, to be changed at will; `current` points at the older."""
    copy = tmp_path / "models"
    for version in (OLD, NEW):
        shutil.copytree(ROOT / "models" / version, copy / version)
    os.symlink(OLD, copy / "current")
    return copy


@pytest.fixture(scope="module")
def engine():
    """One engine for tests that leave no trace in it."""
    with EngineProcess(ROOT / "models") as running:
        running.wait_until_loaded()
        yield running


@pytest.fixture
def own_engine(models):
    """An engine of the test's own, on its own models."""
    with EngineProcess(models) as running:
        running.wait_until_loaded()
        yield running


@pytest.fixture
def rows(tmp_path):
    """Writes lines (dicts or text) to a file and returns its path."""
    def write(lines):
        path = tmp_path / "rows.jsonl"
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        return path
    return write


@pytest.fixture(scope="session")
def good_row():
    return next(line["row"] for line in golden(OLD) if line["kind"] == "score")
