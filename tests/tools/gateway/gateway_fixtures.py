"""An engine on the example bundles, and a gateway in front of it, for tests that leave no trace in them."""
import json
import pathlib

import pytest

from tests.support.engine_process import EngineProcess
from tests.support.gateway_process import GatewayProcess

ROOT = pathlib.Path(__file__).resolve().parents[3]
OLD, NEW = "loan_default_v1.0.0", "loan_default_v1.1.0"


@pytest.fixture(scope="session")
def golden():
    lines = map(json.loads, (ROOT / "models" / OLD / "golden.jsonl").read_text().splitlines())
    return [line["row"] for line in lines if line["kind"] == "score"]


@pytest.fixture(scope="module")
def engine():
    with EngineProcess(ROOT / "models") as running:
        running.wait_until_loaded()
        yield running


@pytest.fixture(scope="module")
def gateway(engine):
    with GatewayProcess(engine.run_dir) as running:
        yield running
