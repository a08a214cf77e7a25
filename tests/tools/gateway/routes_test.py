"""Goal: every route answers as schemas/gateway.openapi.json says, with the bits that `ringside predict` prints for the same rows.

Method: a real engine and gateway; Python's http.client and curl, which nobody here wrote; jsonschema over every answer.
"""
import json
import re
import subprocess

import jsonschema
import pytest

from tests.support.engine_process import EngineProcess, WATCHDOG_S
from tests.support.gateway_process import GatewayProcess, wait_until
from tests.tools.gateway.gateway_fixtures import NEW, OLD, ROOT, engine, gateway, golden  # fixtures by import

OPENAPI = json.loads((ROOT / "schemas" / "gateway.openapi.json").read_text())
TIMES = {"engine_us", "request_id"}  # what may differ between two calls of one row


def check(path, method, status, document):
    """`document` has the form that the description promises for this status."""
    answer = OPENAPI["paths"][path][method]["responses"][str(status)]
    if "$ref" in answer:
        answer = OPENAPI["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    schema = {"$defs": OPENAPI["components"], **answer["content"]["application/json"]["schema"]}
    text = json.dumps(schema).replace("#/components/", "#/$defs/")
    jsonschema.Draft202012Validator(json.loads(text)).validate(document)


def without(row, *keys):
    return {key: value for key, value in row.items() if key not in TIMES | set(keys)}


def told_by_cli(engine, rows, *options):
    done = engine.cli("predict", "--input", "-", *options, stdin="".join(json.dumps(row) + "\n" for row in rows))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_one_row_has_the_bits_of_the_command_line(engine, gateway, golden):
    for row, told in zip(golden[:50], told_by_cli(engine, golden[:50])):
        status, _, answer = gateway.request("POST", "/predict", row)
        check("/predict", "post", status, answer)
        assert status == 200
        assert without(answer, "row", "prediction", "model_version") == without(told, "row")
        assert answer["prediction"] == told["label"] and answer["model_version"] == OLD


def test_batch_has_the_bits_of_the_command_line(engine, gateway, golden):
    status, _, answer = gateway.request("POST", "/batch_predict", golden[:200])
    check("/batch_predict", "post", status, answer)
    told = told_by_cli(engine, golden[:200], "--batch", "64")
    assert status == 200 and [without(row) for row in answer["results"]] == [without(row) for row in told]
    assert answer["predictions"] == [row["label"] for row in told]
    assert answer["model_version"] == OLD


def test_version_label_features_and_task_are_asked_for(engine, gateway, golden):
    (told,) = told_by_cli(engine, golden[:1], "--version", NEW, "--features")
    status, _, answer = gateway.request("POST", f"/predict/loan_default?version={NEW}&features=true", golden[0])
    assert status == 200 and answer["features"] == told["features"] and answer["score"] == told["score"]
    status, _, answer = gateway.request("POST", "/predict?label=nobody", golden[0])
    check("/predict", "post", status, answer)
    assert status == 404 and answer["status"] == "unknown_version"


def test_invalid_row_is_400_with_every_error_and_no_value(gateway):
    status, _, answer = gateway.request("POST", "/predict", {"annual_inc": "secret-17", "nonsense": 1, "request_id": "r1"})
    check("/predict", "post", status, answer)
    assert status == 400 and answer["status"] == "invalid" and answer["request_id"] == "r1"
    codes = {(error["field"], error["code"]) for error in answer["detail"]}
    assert ("annual_inc", "TYPE_MISMATCH") in codes and ("nonsense", "EXTRA_FIELD") in codes
    assert "secret" not in json.dumps(answer)


def test_rows_of_a_batch_succeed_or_fail_one_by_one(gateway, golden):
    rows = [golden[0], {"nonsense": 1}, 17, {**golden[1], "user_id": "u1"}, {**golden[2], "user_id": "u2"}]
    status, _, answer = gateway.request("POST", "/batch_predict", rows)
    check("/batch_predict", "post", status, answer)
    assert status == 200
    assert [row["status"] for row in answer["results"]] == ["ok", "invalid", "invalid", "ok", "ok"]
    assert [row["row"] for row in answer["results"]] == [0, 1, 2, 3, 4]
    assert answer["predictions"][1] is None and "MALFORMED" in {error["code"] for error in answer["results"][2]["errors"]}


@pytest.mark.parametrize("body, code", [(b"[]", "BATCH_SIZE"), (b"{}", "MALFORMED"), (b"", "MALFORMED"), (b"[{},]", "MALFORMED"),
                                        (b"[{}] x", "MALFORMED"), (b"[" + b"{}," * 600 + b"{}]", "BATCH_SIZE"), (b"[" * 100_000, "MALFORMED")])
def test_what_concerns_the_whole_call_is_one_400(gateway, body, code):
    status, _, answer = gateway.request("POST", "/batch_predict", body)
    check("/batch_predict", "post", status, answer)
    assert status == 400 and [error["code"] for error in answer["detail"]] == [code]


def test_canary_and_pins_go_by_the_user_id(gateway, engine, golden):
    assert engine.cli("pin", "vip-1", NEW).returncode == 0
    try:
        rows = [{**golden[0], "user_id": "vip-1"}, {**golden[0], "user_id": "other"}]
        results = gateway.request("POST", "/batch_predict", rows)[2]["results"]
        assert [(row["version"], row["arm"]) for row in results] == [(NEW, "pin"), (OLD, "current")]
    finally:
        engine.cli("unpin", "vip-1")


@pytest.mark.parametrize("path", ["/model/version", "/model/versions", "/schema", "/drift", "/healthz", "/readyz", "/tasks", "/openapi.json"])
def test_pages_answer_as_described(gateway, path):
    status, _, answer = gateway.request("GET", path)
    check(path, "get", status, answer)
    assert status == 200
    status, headers, refused = gateway.request("POST", path, {})
    assert status == 405 and headers["Allow"] == "GET" and refused["trace_id"]


def test_pages_of_the_engine_are_its_own(engine, gateway):
    assert gateway.request("GET", "/model/version/loan_default")[2]["version"] == OLD
    assert gateway.request("GET", "/model/versions")[2] == engine.admin("GET", "/model/versions")[1]
    assert gateway.request("GET", f"/schema?version={NEW}")[2]["version"] == NEW
    status, headers, text = gateway.request("GET", "/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain") and "ringside_rows_total" in text


def test_the_description_describes_every_route_that_there_is():
    source = (ROOT / "tools" / "gateway" / "router.cc").read_text()
    admin = (ROOT / "tools" / "gateway" / "admin_routes.cc").read_text()
    tables = [(source, "kDoors"), (source, "kEnginePages"), (source, "kOwn"), (admin, "kReads"), (admin, "kChanges")]
    own = {path for text, table in tables for path in re.findall(r'"(/[^" ]*)"', re.search(table + r"\[\] = \{(.*?)\};", text, re.DOTALL)[1])}
    described = {path for path in OPENAPI["paths"] if not path.startswith("/v2")}
    assert {re.sub(r"/\{task\}$", "", path) or "/" for path in described} == own
    protocol = (ROOT / "tools" / "gateway" / "inference_protocol.h").read_text().split("\n#pragma")[0]
    assert set(re.findall(r"/v2[^\s;\[]*", protocol)) - {"/v2/…:"} <= {re.sub("{model}", "{m}", path) for path in OPENAPI["paths"]}


def test_docs_need_nothing_from_elsewhere(gateway):
    status, headers, page = gateway.request("GET", "/docs")
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_trace_id_comes_from_traceparent_else_the_request(gateway):
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert gateway.request("POST", "/predict", {}, {"traceparent": parent})[2]["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert gateway.request("POST", "/predict", {}, {"X-Request-Id": "abc"})[2]["trace_id"] == "abc"
    assert len(gateway.request("POST", "/predict", {})[2]["trace_id"]) == 32


def test_curl_as_the_readme_says(gateway, golden):
    done = subprocess.run(["curl", "-s", f"http://127.0.0.1:{gateway.port}/predict", "-d", json.dumps(golden[0])],
                          capture_output=True, text=True, timeout=WATCHDOG_S, check=True)
    assert json.loads(done.stdout)["status"] == "ok"


def test_an_engine_that_comes_and_goes_is_told_and_found_again(golden):
    with EngineProcess(ROOT / "models") as engine, GatewayProcess(engine.run_dir) as gateway:
        assert gateway.request("POST", "/predict", golden[0])[0] == 200
        engine.kill()
        statuses = {gateway.request("POST", "/predict", golden[0])[0] for _ in range(5)}
        assert statuses <= {502, 503} and 503 in statuses
        status, headers, answer = gateway.request("GET", "/readyz")
        assert status == 503 and not answer["ready"]
        assert gateway.request("GET", "/healthz")[0] == 200
        engine.start()
        wait_until(lambda: gateway.request("POST", "/predict", golden[0])[0] == 200)


def test_a_switch_to_a_version_with_other_fields_needs_no_restart(golden):
    with EngineProcess(ROOT / "models") as engine, GatewayProcess(engine.run_dir) as gateway:
        engine.wait_until_loaded()
        assert gateway.request("POST", "/predict", golden[0])[2]["version"] == OLD
        assert engine.cli("switch", NEW, "--force").returncode == 0
        for _ in range(10):  # every worker
            status, _, answer = gateway.request("POST", "/predict", golden[0])
            assert status == 200 and answer["version"] == NEW


def test_without_an_engine_it_is_not_ready_and_says_so(tmp_path):
    with GatewayProcess(tmp_path) as gateway:
        status, headers, answer = gateway.request("POST", "/predict", {})
        assert status == 503 and headers["Retry-After"] and str(tmp_path) in answer["error"]
        assert gateway.request("GET", "/readyz")[0] == 503
        assert gateway.request("POST", "/predict/../x", {})[0] == 404
        assert gateway.request("POST", "/predict/nobody", {})[0] == 404
