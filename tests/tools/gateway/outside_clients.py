"""Runs inside the throw-away environment of outside_clients_test.py: NVIDIA's and KServe's own clients, unmodified, against a gateway.

    python outside_clients.py HOST:PORT ROWS.json      one JSON object on standard output; an assertion or exception is a failure
"""
import asyncio
import json
import sys

import numpy as np

MODEL = "loan_default"


def arrays(rows, inputs):
    """One numpy array a field that every row has: {name: (datatype, array)}."""
    kinds = {"INT64": np.int64, "FP64": np.float64, "BYTES": np.object_}
    whole = [tensor for tensor in inputs if all(tensor["name"] in row for row in rows)]
    return {tensor["name"]: (tensor["datatype"], np.array([row[tensor["name"]] for row in rows], dtype=kinds[tensor["datatype"]])) for tensor in whole}


def with_tritonclient(address, rows):
    import tritonclient.http as triton
    client = triton.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(MODEL)
    assert client.get_server_metadata()["name"] == "ringside"
    metadata = client.get_model_metadata(MODEL)
    assert client.get_model_config(MODEL)["name"] == MODEL
    version = metadata["versions"][0]
    assert client.is_model_ready(MODEL, version) and {entry["name"] for entry in client.get_model_repository_index()} == {MODEL}
    scores = []
    for binary in (True, False):
        inputs = []
        for name, (datatype, values) in arrays(rows, metadata["inputs"]).items():
            tensor = triton.InferInput(name, list(values.shape), datatype)
            tensor.set_data_from_numpy(values, binary_data=binary)
            inputs.append(tensor)
        outputs = [triton.InferRequestedOutput("score", binary_data=binary), triton.InferRequestedOutput("label", binary_data=binary)]
        result = client.infer(MODEL, inputs, outputs=outputs, request_id="t1")
        assert result.get_response()["id"] == "t1"
        scores.append(result.as_numpy("score").astype(np.float32))
        assert len(result.as_numpy("label")) == len(rows)
    assert scores[0].tobytes() == scores[1].tobytes()
    everything = client.infer(MODEL, inputs)
    assert everything.as_numpy("probabilities").shape == (len(rows), 2)
    try:
        client.infer("nobody", inputs)
        raise AssertionError("an unknown model answered")
    except triton.InferenceServerException if hasattr(triton, "InferenceServerException") else Exception as refused:
        assert "nobody" in str(refused), refused
    assert client.get_inference_statistics(MODEL)["model_stats"][0]["inference_stats"]["success"]["count"] >= 3
    client.close()
    return [float(score) for score in scores[0]]


def with_kserve(address, rows):
    from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

    async def ask():
        client = InferenceRESTClient(RESTConfig(protocol="v2", retries=1, timeout=60))
        base = f"http://{address}"
        assert await client.is_server_live(base) and await client.is_server_ready(base) and await client.is_model_ready(base, MODEL)
        import httpx
        metadata = httpx.get(f"{base}/v2/models/{MODEL}").json()
        inputs = []
        for name, (datatype, values) in arrays(rows, metadata["inputs"]).items():
            tensor = InferInput(name=name, shape=list(values.shape), datatype=datatype)
            tensor.set_data_from_numpy(values, binary_data=False)
            inputs.append(tensor)
        response = await client.infer(base, InferRequest(model_name=MODEL, infer_inputs=inputs), model_name=MODEL)
        await client.close()
        return [float(score) for output in response.outputs if output.name == "score" for score in output.data]
    return asyncio.run(ask())


def main():
    address, rows = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
    print(json.dumps({"tritonclient": with_tritonclient(address, rows), "kserve": with_kserve(address, rows)}))


if __name__ == "__main__":
    main()
