"""Goal: /v2 speaks the Open Inference Protocol: tensors of every form give the bits that /predict gives; errors have its form and the right status.

Method: a real engine and gateway; binary tensors are packed here, by hand.
"""
import json
import struct

import pytest

from tests.support.engine_process import EngineProcess
from tests.support.gateway_process import GatewayProcess
from tests.tools.gateway.gateway_fixtures import NEW, OLD, ROOT, engine, gateway, golden  # fixtures by import

MODEL = "/v2/models/loan_default"
DATATYPES = {"int": "INT64", "float": "FP64", "str": "BYTES"}


@pytest.fixture(scope="module")
def fields(engine):
    return {field["name"]: field["dtype"] for field in engine.admin("GET", "/schema")[1]["fields"]}


def columns(rows, fields, nested=False):
    """Rows as one tensor a field; what a row lacks is null."""
    shape = [len(rows), 1] if nested else [len(rows)]
    return [{"name": name, "datatype": DATATYPES[dtype], "shape": shape,
             "data": [[row.get(name)] if nested else row.get(name) for row in rows]} for name, dtype in fields.items()]


def outputs(answer):
    return {output["name"]: output for output in answer["outputs"]}


def f32(values):
    return [struct.pack("<f", value) for value in values]


@pytest.mark.parametrize("nested", [False, True])
def test_columns_give_the_bits_of_batch_predict(gateway, golden, fields, nested):
    rows = golden[:100]
    told = gateway.request("POST", "/batch_predict", rows)[2]["results"]
    status, _, answer = gateway.request("POST", MODEL + "/infer", {"id": "seven", "inputs": columns(rows, fields, nested)})
    assert status == 200
    assert answer["id"] == "seven" and answer["model_name"] == "loan_default" and answer["model_version"] == OLD
    found = outputs(answer)
    assert f32(found["score"]["data"]) == f32(row["score"] for row in told) and found["score"]["shape"] == [100]
    assert f32(found["probabilities"]["data"]) == f32(value for row in told for value in row["probabilities"])
    assert found["probabilities"]["shape"] == [100, 2]
    assert found["label"]["data"] == [row["label"] for row in told] and found["label"]["datatype"] == "BYTES"
    assert f32(found["margin"]["data"]) == f32(row["margin"] for row in told)


def binary_body(document, blobs):
    text = json.dumps(document).encode()
    return text + b"".join(blobs), {"Inference-Header-Content-Length": str(len(text)), "Content-Type": "application/octet-stream"}


def packed(name, datatype, values):
    if datatype == "BYTES":
        return b"".join(struct.pack("<I", len(value.encode())) + value.encode() for value in values)
    return b"".join(struct.pack({"INT64": "<q", "FP64": "<d", "FP32": "<f"}[datatype], value) for value in values)


def test_binary_tensors_in_and_out(gateway, golden, fields):
    rows = golden[:20]
    whole = [name for name in fields if all(row.get(name) is not None for row in rows)]  # binary has no null
    rows = [{name: row[name] for name in whole} for row in rows]
    inputs, blobs = [], []
    for name in whole:
        blob = packed(name, DATATYPES[fields[name]], [row[name] for row in rows])
        inputs.append({"name": name, "datatype": DATATYPES[fields[name]], "shape": [20], "parameters": {"binary_data_size": len(blob)}})
        blobs.append(blob)
    told = gateway.request("POST", "/batch_predict", rows)[2]["results"]
    body, headers = binary_body({"inputs": inputs, "parameters": {"binary_data_output": True},
                                 "outputs": [{"name": "label"}, {"name": "score"}, {"name": "margin", "parameters": {"binary_data": False}}]}, blobs)
    connection = gateway.connection()
    connection.request("POST", MODEL + "/infer", body, headers)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    assert response.status == 200, data
    length = int(response.getheader("Inference-Header-Content-Length"))
    found, rest = outputs(json.loads(data[:length])), data[length:]
    size = found["label"]["parameters"]["binary_data_size"]
    assert rest[:size] == packed("label", "BYTES", [row["label"] for row in told])
    assert rest[size:] == b"".join(f32(row["score"] for row in told)) and found["score"]["parameters"]["binary_data_size"] == 80
    assert "data" not in found["score"] and f32(found["margin"]["data"]) == f32(row["margin"] for row in told)


def test_one_matrix_over_the_numeric_fields(gateway, golden, fields):
    numeric = [name for name, dtype in fields.items() if dtype != "str"]
    rows = golden[:50]
    matrix = [[float("nan") if row.get(name) is None else row[name] for name in numeric] for row in rows]
    texts = [tensor for tensor in columns(rows, fields) if tensor["datatype"] == "BYTES"]
    told = gateway.request("POST", "/batch_predict", rows)[2]["results"]
    answer = gateway.request("POST", MODEL + "/infer", {"inputs": [{"name": "numbers", "datatype": "FP64", "shape": [50, len(numeric)], "data": matrix}] + texts})[2]
    assert f32(outputs(answer)["score"]["data"]) == f32(row["score"] for row in told)


def test_a_version_by_path_by_label_and_by_the_user(gateway, engine, golden):
    fields = {field["name"]: field["dtype"] for field in engine.admin("GET", f"/schema?version={NEW}")[1]["fields"]}
    inputs = columns(golden[:2], fields)
    assert gateway.request("POST", f"{MODEL}/versions/{NEW}/infer", {"inputs": inputs})[2]["model_version"] == NEW
    assert gateway.request("POST", f"{MODEL}/versions/nobody/infer", {"inputs": inputs})[0] == 404
    assert engine.cli("label", "fresh", NEW).returncode == 0 and engine.cli("pin", "vip-2", NEW).returncode == 0
    try:
        assert gateway.request("POST", f"{MODEL}/infer", {"inputs": inputs, "parameters": {"label": "fresh"}})[2]["model_version"] == NEW
        assert gateway.request("POST", f"{MODEL}/infer", {"inputs": inputs, "parameters": {"user_id": "vip-2"}})[2]["model_version"] == NEW
    finally:
        engine.cli("unpin", "vip-2")
        engine.cli("label", "fresh", "off")


def test_a_row_that_is_not_scored_fails_the_request_unless_status_is_asked_for(gateway, golden, fields):
    rows = [golden[0], {**golden[1], "int_rate": -1.0}, golden[2]]
    status, _, answer = gateway.request("POST", MODEL + "/infer", {"inputs": columns(rows, fields)})
    assert status == 400 and answer["error"].startswith("row 1: ") and answer["trace_id"]
    assert [(error["row"], error["field"], error["code"]) for error in answer["detail"]] == [(1, "int_rate", "OUT_OF_RANGE")]
    status, _, answer = gateway.request("POST", MODEL + "/infer", {"inputs": columns(rows, fields),
                                                                  "outputs": [{"name": "status"}, {"name": "score"}, {"name": "version"}]})
    found = outputs(answer)
    assert status == 200 and found["status"]["data"] == ["ok", "invalid", "ok"]
    assert found["score"]["data"][1] is None and found["score"]["data"][2] is not None and found["version"]["data"][0] == OLD


@pytest.mark.parametrize("change, told", [
    ({"inputs": []}, "0 rows"),
    ({"inputs": [{"name": "int_rate", "datatype": "FP64", "shape": [513], "data": [1.0] * 513}]}, "513 rows"),
    ({"inputs": [{"name": "int_rate", "datatype": "FP64", "shape": [2, 2], "data": [1, 2, 3, 4]}]}, "[n,1]"),
    ({"inputs": [{"name": "numbers", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}]}, "numeric fields"),
    ({"inputs": [{"name": "int_rate", "datatype": "FP64", "shape": [1], "data": [1]}, {"name": "term", "datatype": "BYTES", "shape": [2], "data": ["a", "b"]}]}, "1 rows"),
    ({"inputs": [{"name": "nonsense", "datatype": "FP64", "shape": [1], "data": [1]}]}, "nonsense"),
    ({"outputs": [{"name": "nothing"}]}, "nothing"),
])
def test_wrong_requests_are_400_with_words(gateway, golden, fields, change, told):
    status, _, answer = gateway.request("POST", MODEL + "/infer", {"inputs": columns(golden[:1], fields), **change})
    assert status == 400 and told in json.dumps(answer)


def test_request_ids_and_the_trace(gateway, golden, fields):
    inputs = columns(golden[:2], fields) + [{"name": "request_id", "datatype": "BYTES", "shape": [2], "data": ["r0", "r1"]}]
    assert outputs(gateway.request("POST", MODEL + "/infer", {"inputs": inputs, "outputs": [{"name": "request_id"}]})[2])["request_id"]["data"] == ["r0", "r1"]
    one = {"id": "abc", "inputs": columns(golden[:1], fields), "outputs": [{"name": "request_id"}]}
    assert outputs(gateway.request("POST", MODEL + "/infer", one)[2])["request_id"]["data"] == ["abc"]
    assert gateway.request("POST", MODEL + "/infer", {"id": "abc", "inputs": []})[2]["trace_id"] == "abc"
    long = "x" * 100
    assert gateway.request("POST", MODEL + "/infer", {**one, "id": long})[2]["id"] == long


def test_metadata_and_configuration(gateway, fields):
    server = gateway.request("GET", "/v2")[2]
    assert server["name"] == "ringside" and "binary_tensor_data" in server["extensions"]
    model = gateway.request("GET", MODEL)[2]
    assert sorted(model["versions"]) == [OLD, NEW] and model["platform"]
    assert [(tensor["name"], tensor["datatype"], tensor["shape"]) for tensor in model["inputs"]] == [(name, DATATYPES[dtype], [-1]) for name, dtype in fields.items()]
    assert [tensor["name"] for tensor in model["outputs"]] == ["score", "probabilities", "label", "margin"]
    assert len(gateway.request("GET", f"{MODEL}/versions/{NEW}")[2]["inputs"]) > 0
    assert gateway.request("GET", f"{MODEL}/versions/none")[0] == gateway.request("GET", "/v2/models/none")[0] == 404
    assert gateway.request("GET", MODEL + "/config")[2]["max_batch_size"] == 0


def test_health_and_readiness(gateway, tmp_path):
    assert gateway.request("GET", "/v2/health/live")[2] == {"live": True}
    assert gateway.request("GET", "/v2/health/ready")[2] == {"live": True, "ready": True}
    assert gateway.request("GET", MODEL + "/ready")[2] == {"name": "loan_default", "ready": True}
    assert gateway.request("GET", f"{MODEL}/versions/{NEW}/ready")[0] == 200
    assert gateway.request("GET", f"{MODEL}/versions/none/ready")[0] == 404
    with GatewayProcess(tmp_path) as lonely:
        assert lonely.request("GET", "/v2/health/live")[0] == 200
        assert lonely.request("GET", "/v2/health/ready")[0] == 503


def test_the_repository_lists_what_the_engine_knows(gateway):
    index = gateway.request("POST", "/v2/repository/index", b"")[2]
    assert {(entry["name"], entry["version"], entry["state"]) for entry in index} == {("loan_default", OLD, "READY"), ("loan_default", NEW, "READY")}
    assert gateway.request("POST", "/v2/repository/index", {"ready": True})[2] == index
    assert gateway.request("POST", "/v2/repository/index", {"ready": 1})[0] == 400


def test_statistics_count_what_passed(golden, fields):
    with EngineProcess(ROOT / "models") as engine, GatewayProcess(engine.run_dir) as gateway:
        for _ in range(3):
            gateway.request("POST", MODEL + "/infer", {"inputs": columns(golden[:5], fields)})
        gateway.request("POST", MODEL + "/infer", {"inputs": columns([{**golden[0], "int_rate": -1.0}], fields)})
        for path in (f"{MODEL}/stats", "/v2/models/stats", f"{MODEL}/versions/{OLD}/stats"):
            [counted] = gateway.request("GET", path)[2]["model_stats"]
            assert counted["name"] == "loan_default" and counted["version"] == OLD
            assert counted["inference_count"] == 15 and counted["execution_count"] == 3
            assert counted["inference_stats"]["success"]["count"] == 3 and counted["inference_stats"]["fail"]["count"] == 1
            assert counted["inference_stats"]["compute_infer"]["ns"] > 0
            assert [batch["batch_size"] for batch in counted["batch_stats"]] == [5]
        assert gateway.request("GET", "/v2/models/none/stats")[0] == 404


@pytest.mark.parametrize("method, path, status", [
    ("GET", MODEL + "/infer", 405), ("POST", "/v2", 405), ("GET", "/v2/nonsense", 404), ("GET", "/v2/", 404), ("GET", MODEL + "/", 404),
    ("GET", MODEL + "/versions", 404), ("GET", MODEL + "/versions/", 404), ("GET", MODEL + "/ready/x", 404), ("POST", "/v2/models//infer", 404),
    ("GET", "/v2x", 404), ("GET", "/v2/models/%2e%2e/ready", 404),
])
def test_other_routes_and_methods(gateway, method, path, status):
    assert gateway.request(method, path, b"{}" if method == "POST" else None)[0] == status


def test_an_encoded_body_is_415(gateway):
    assert gateway.request("POST", MODEL + "/infer", b"{}", {"Content-Encoding": "gzip"})[0] == 415
