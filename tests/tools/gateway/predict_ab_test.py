"""Goal: /predict_ab gives what `ringside ab` prints: both versions' answers to one row, and how they differ.

Method: a real engine and gateway; the command line over the same rows.
"""
import json

import pytest

from tests.tools.gateway.gateway_fixtures import NEW, OLD, engine, gateway, golden  # fixtures by import

TIMES = {"engine_us", "request_id"}


def without_times(value):
    return {key: without_times(part) for key, part in value.items() if key not in TIMES} if isinstance(value, dict) else value


def test_two_versions_as_the_command_line_compares_them(engine, gateway, golden):
    done = engine.cli("ab", "--versions", f"{OLD},{NEW}", "--input", "-", "--json", stdin="".join(json.dumps(row) + "\n" for row in golden[:20]))
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    for row, due in zip(golden[:20], told):
        status, _, answer = gateway.request("POST", "/predict_ab", {"versions": [OLD, NEW], "row": row})
        assert status == 200
        assert {**without_times(answer), "row": 0, "v1": {**without_times(answer["v1"]), "row": 0}, "v2": {**without_times(answer["v2"]), "row": 0}} == \
               {**without_times(due), "row": 0, "v1": {**without_times(due["v1"]), "row": 0}, "v2": {**without_times(due["v2"]), "row": 0}}


def test_one_unknown_version_is_told_beside_the_others_answer(gateway, golden):
    status, _, answer = gateway.request("POST", "/predict_ab/loan_default", {"row": golden[0], "versions": [OLD, "nobody"]})
    assert status == 200 and answer["v1"]["status"] == "ok" and answer["v2"]["status"] == "unknown_version" and answer["delta"] is None


def test_three_versions_are_compared_with_the_first(gateway, golden):
    answer = gateway.request("POST", "/predict_ab", {"versions": [OLD, NEW, OLD], "row": golden[0]})[2]
    assert len(answer["versions"]) == 3 and answer["deltas"][1] == 0


@pytest.mark.parametrize("body, status", [
    ({}, 400), ([], 400), ({"versions": [OLD], "row": {}}, 400), ({"versions": [], "row": {}}, 400), ({"versions": [OLD, NEW]}, 400),
    ({"versions": [OLD, 7], "row": {}}, 400), ({"versions": [OLD] * 9, "row": {}}, 400), ({"versions": [OLD, NEW], "row": {}, "x": 1}, 400),
    ({"versions": ["a", "b"], "row": {}}, 404), ({"versions": [OLD, NEW], "row": 7}, 400), ({"versions": [OLD, NEW], "row": {"int_rate": "x"}}, 400),
])
def test_wrong_bodies_get_their_status(gateway, body, status):
    found, _, answer = gateway.request("POST", "/predict_ab", body)
    assert found == status and answer["error"] and answer["trace_id"]


def test_versions_stand_in_the_body_alone(gateway, golden):
    assert gateway.request("POST", f"/predict_ab?version={OLD}", {"versions": [OLD, NEW], "row": golden[0]})[0] == 400
