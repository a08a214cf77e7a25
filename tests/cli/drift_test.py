"""Goal: `ringside drift`, GET /drift and status say of rows served what Python computes from the same rows, and find what has shifted.

Method: a small bundle is exported with its baseline; rows go through a real engine; bins are recounted from the features that `predict --features`
prints, and PSI by numpy.
"""
import json
import os
import subprocess
import sys

import numpy
import pytest

from tests.cli.conftest import OLD, ROOT
from tests.cli.documents import check_admin, check_cli
from tests.support.engine_process import EngineProcess

VERSION = "small_v1.0.0"


@pytest.fixture(scope="module")
def small_models(tmp_path_factory):
    """models/ with the exporter's small run, 400 rows of it, as a bundle that has a baseline."""
    place = tmp_path_factory.mktemp("drift")
    models = place / "models"
    models.mkdir()
    code = (f"import pathlib, small_run; from ringside_export.export import export_bundle; run = small_run.SmallRun().write(pathlib.Path({str(place / 'run')!r}));"
            f"export_bundle(run, run / 'sample.jsonl', pathlib.Path({str(models / VERSION)!r}))")
    path = os.pathsep.join(map(str, [ROOT / "tests" / "tools" / "export", ROOT / "tools" / "export"]))
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": path})
    os.symlink(VERSION, models / "current")
    return models


@pytest.fixture
def served(small_models):
    with EngineProcess(small_models) as running:
        yield running


def sample(small_models):
    return [json.loads(line) for line in (small_models.parent / "run" / "sample.jsonl").read_text().splitlines()]


def drift_after(engine, rows):
    """The document of /drift once `rows` are counted, which is behind their answers."""
    found = []

    def counted():
        status, document = engine.admin("GET", "/drift")
        assert status == 200
        check_admin("GET", "/drift", status, document)
        found[:] = [document]
        return document["windows"][0]["rows"] >= rows

    engine.wait_for(counted, f"{rows} rows in the drift counters")
    assert found[0]["windows"][0]["rows"] == rows
    return found[0]


def psi(served_counts, training):
    served_counts, training = numpy.array(served_counts, float), numpy.array(training, float)
    p = (served_counts + 0.5) / (served_counts.sum() + len(training) / 2)
    q = (training + 0.5) / (training.sum() + len(training) / 2)
    return float(((p - q) * numpy.log(p / q)).sum())


def recounted(histogram, values):
    """Counts of the histogram's bins, then of missing values (None). Printed decimals mean float32."""
    edges = [float.fromhex(edge) for edge in histogram["edges"]]
    counts = [0] * (len(edges) + 2)
    for value in values:
        counts[-1 if value is None else sum(edge <= numpy.float32(value) for edge in edges)] += 1
    return counts


def test_psi_and_rates_are_what_python_computes(served, small_models, rows):
    shifted = [{**row, "age": None if number % 5 == 0 else (row["age"] or 40) + 25, "city": "rome" if number % 10 == 0 else row["city"]}
               for number, row in enumerate(sample(small_models) * 3)]
    refused = [{"age": "x"}] * 6
    answers = served.predict(rows(shifted + refused), "--batch", "100", "--features")
    scored = [answer for answer in answers if answer["status"] == "ok"]
    document = drift_after(served, len(shifted) + len(refused))
    baseline = json.loads((small_models / VERSION / "baseline.json").read_text())
    assert document["baseline_rows"] == baseline["rows"] == 400
    window = document["windows"][0]
    assert window["refused"] == 6
    for number, (training, found) in enumerate(zip(baseline["features"], window["features"])):
        column = [answer["features"][number] for answer in scored]
        counts = recounted(training, column)
        assert found["name"] == training["name"]
        assert found["psi"] == pytest.approx(psi(counts, training["counts"] + [training["missing"]]), rel=1e-9, abs=1e-12)
        assert found["missing"] == counts[-1] / len(scored)
    training = baseline["scores"][0]
    counts = recounted(training, [answer["score"] for answer in scored])
    assert window["scores"][0]["psi"] == pytest.approx(psi(counts, training["counts"] + [training["missing"]]), rel=1e-9)
    fields = {field["name"]: field for field in window["fields"]}
    all_rows = len(shifted) + len(refused)
    assert fields["age"]["filled"]["rate"] == sum("age" in answer["filled"] for answer in scored) / all_rows
    assert fields["city"]["unknown"]["rate"] == sum("city" in answer["unknown"] for answer in scored) / all_rows
    assert fields["age"]["refused"]["rate"] == 6 / all_rows
    assert fields["age"]["missing"]["expected"] == baseline["fields"][0]["missing"] / 400


def test_what_shifted_is_named_on_status_and_as_text(served, small_models, rows):
    served.predict(rows([{**row, "age": 95} for row in sample(small_models) * 3]), "--batch", "100")
    document = drift_after(served, 1200)
    assert document["telling_window"] == "5m"
    verdicts = {feature["name"]: feature["verdict"] for feature in document["windows"][0]["features"]}
    assert verdicts["age"] == "major" and verdicts["income"] == "stable"
    status = json.loads(served.cli("status", "--json").stdout)
    check_cli("status", status)
    assert (status["drift"]["verdict"], status["drift"]["rows"]) == ("major", 1200)
    assert ("feature", "age", "psi", "major") in [(one["kind"], one["name"], one["what"], one["verdict"]) for one in status["drift"]["worst"]]
    text = served.cli("drift").stdout
    assert "against the 400 rows" in text and any(line.split()[:1] == ["age"] and line.endswith("major") for line in text.splitlines())
    assert "drift over 5m: major" in served.cli("status").stdout


def test_training_rows_themselves_have_not_drifted(served, small_models, rows):
    served.predict(rows(sample(small_models) * 3), "--batch", "100")
    window = drift_after(served, 1200)["windows"][0]
    assert window["verdict"] == "stable"
    assert max(feature["psi"] for feature in window["features"]) < 0.01


def test_few_rows_are_not_judged(served, small_models, rows):
    served.predict(rows(sample(small_models)[:10]))
    document = drift_after(served, 10)
    assert {window["verdict"] for window in document["windows"]} == {"too_few_rows"}
    assert document["telling_window"] == "24h"


def test_json_is_the_engines_document_of_that_version(engine, rows):
    done = engine.cli("drift", OLD, "--json")
    document = json.loads(done.stdout)
    check_cli("drift", document)
    assert (done.returncode, document["version"]) == (0, OLD)


def test_version_that_is_not_there_is_refused(engine):
    done = engine.cli("drift", "no_such_version")
    assert done.returncode == 4 and "no version 'no_such_version'" in done.stderr
