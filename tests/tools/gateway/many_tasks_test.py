"""Goal: one gateway serves every task of the host, each by its name, and an engine that has no room or is gone is 503 with Retry-After for its own
callers alone.

Method: two engines of different tasks and bundles whose run directories are joined by links; a gateway over both.
"""
import json
import struct

import pytest

from tests.support.engine_process import EngineProcess
from tests.support.gateway_process import GatewayProcess
from tests.tools.gateway.gateway_fixtures import ROOT

BUNDLES = ROOT / "tests" / "golden" / "bundles"
LOANS, TARGETS = "small_loans", "small_targets"


def rows_of(task):
    lines = map(json.loads, (BUNDLES / f"{task}_v1.0.0" / "golden.jsonl").read_text().splitlines())
    return [line for line in lines if line["kind"] == "score"]


@pytest.fixture
def engines(tmp_path):
    """{task: engine}, and the directory in which a gateway finds both."""
    with EngineProcess(BUNDLES, "--bundle", f"{LOANS}_v1.0.0", "--task", LOANS) as loans, \
         EngineProcess(BUNDLES, "--bundle", f"{TARGETS}_v1.0.0", "--task", TARGETS) as targets:
        both = loans.directory / "both"
        both.mkdir()
        for engine in (loans, targets):
            (both / engine.task).symlink_to(engine.run_dir / engine.task)
        yield {LOANS: loans, TARGETS: targets}, both


def test_each_task_answers_by_its_name(engines):
    with GatewayProcess(engines[1]) as gateway:
        assert gateway.request("GET", "/tasks")[2]["tasks"] == [LOANS, TARGETS]
        status, _, answer = gateway.request("POST", "/predict", rows_of(LOANS)[0]["row"])
        assert status == 400 and LOANS in answer["error"] and TARGETS in answer["error"]  # which one?
        for task in (LOANS, TARGETS):
            assert gateway.request("POST", f"/predict/{task}", rows_of(task)[0]["row"])[2]["model_version"] == f"{task}_v1.0.0"
            assert gateway.request("GET", f"/v2/models/{task}")[2]["name"] == task
            assert gateway.request("GET", f"/v2/models/{task}/ready")[0] == 200
        index = gateway.request("POST", "/v2/repository/index", {"ready": True})[2]
        assert {entry["name"] for entry in index} == {LOANS, TARGETS}


def test_a_model_of_doubles_answers_in_fp64(engines):
    """small_loans is LightGBM's: its scores are float64, and lose no bit on the way."""
    lines = rows_of(LOANS)[:10]
    with GatewayProcess(engines[1]) as gateway:
        metadata = gateway.request("GET", f"/v2/models/{LOANS}")[2]
        inputs = [{"name": tensor["name"], "datatype": tensor["datatype"], "shape": [len(lines)], "data": [line["row"].get(tensor["name"]) for line in lines]}
                  for tensor in metadata["inputs"]]
        [output] = gateway.request("POST", f"/v2/models/{LOANS}/infer", {"inputs": inputs, "outputs": [{"name": "score"}]})[2]["outputs"]
        assert output["datatype"] == "FP64"
        assert [struct.pack(">d", value).hex() for value in output["data"]] == [line["values"][0] for line in lines]


def test_an_engine_that_is_gone_is_503_for_its_own_callers_alone(engines):
    found, both = engines
    with GatewayProcess(both) as gateway:
        found[TARGETS].kill()
        for _ in range(4):
            status, headers, _ = gateway.request("POST", f"/v2/models/{TARGETS}/infer", {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]})
            assert status == 503 and headers["Retry-After"]
            assert gateway.request("POST", f"/predict/{LOANS}", rows_of(LOANS)[0]["row"])[0] == 200
        assert gateway.request("GET", "/v2/health/ready")[0] == 503
        assert gateway.request("GET", f"/v2/models/{LOANS}/ready")[0] == 200


def test_an_engine_without_room_is_503_with_retry_after():
    with EngineProcess(BUNDLES, "--bundle", f"{LOANS}_v1.0.0", "--task", LOANS, environment={"RINGSIDE_LIMITS_CLIENTS_MAX": "1"}) as engine:
        with GatewayProcess(engine.run_dir, "--workers", "2") as gateway:
            answers = [gateway.request("POST", "/predict", rows_of(LOANS)[0]["row"]) for _ in range(6)]
            assert {status for status, _, _ in answers} == {200, 503}  # connections fall to the two workers in turn
            assert all(headers["Retry-After"] == "1" for status, headers, _ in answers if status == 503)
