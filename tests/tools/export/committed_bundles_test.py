"""Goal: the bundles in models/ and the demo's rows are whole, keep their schemas, and are what today's Python computes.

Method: the pickles are not committed, so real scikit-learn objects are rebuilt from encoders.json and scaler.json and run on
a pandas frame; margins come from XGBoost with the committed model.json.
"""

import hashlib
import json
import os
import pathlib

import jsonschema
import numpy
import pytest
import xgboost
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, OneHotEncoder, StandardScaler

import small_run
from ringside_export import feature_schema, golden_walks, yaml_text
from ringside_export.models import xgboost_model
from ringside_export.oracle import Oracle
from ringside_export.training_path import TrainingPath

MODELS = small_run.ROOT / "models"
DEMO = small_run.ROOT / "tests" / "golden" / "loan_default_demo.jsonl"
VERSIONS = ["loan_default_v1.0.0", "loan_default_v1.1.0"]


def json_of(path):
    return json.loads(path.read_text(encoding="utf-8"))


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rebuilt_encoder(entry, name):
    if entry["class"] == "LabelEncoder":
        encoder = LabelEncoder()
        encoder.classes_ = numpy.array(entry["classes"], dtype=object)
        return encoder
    drop = numpy.array(entry["drop"], dtype=object) if entry["drop"] else None
    encoder = OneHotEncoder(
        categories=[numpy.array(entry["categories"], dtype=object)], drop=drop, handle_unknown=entry["handle_unknown"]
    )
    encoder.fit(numpy.array([[text] for text in entry["categories"]], dtype=object))
    assert list(encoder.get_feature_names_out([name])) == entry["columns"]
    return encoder


def rebuilt_scaler(document):
    columns = [[float.fromhex(value) for _, value in ops] for ops in document["fields"].values()]
    scaler = {"StandardScaler": StandardScaler, "MinMaxScaler": MinMaxScaler}[document["class"]]()
    scaler.fit(numpy.zeros((1, len(columns))))
    first, second = numpy.array(columns).T
    if document["class"] == "StandardScaler":
        scaler.mean_, scaler.scale_ = first, second
    else:
        scaler.scale_, scaler.min_ = first, second
    return scaler


@pytest.fixture(scope="module")
def oracles():
    """version -> Oracle over rebuilt scikit-learn objects and the committed model."""
    found = {}
    for version in VERSIONS:
        directory = MODELS / version
        schema = feature_schema.read(directory / "feature_schema.yaml")
        encoders = {
            name: rebuilt_encoder(entry, name) for name, entry in json_of(directory / "encoders.json")["encoders"].items()
        }
        path = TrainingPath(schema, encoders, rebuilt_scaler(json_of(directory / "scaler.json")))
        forest = xgboost_model.open_model(xgboost.Booster(model_file=str(directory / "model.json")))
        found[version] = Oracle(schema, json_of(directory / "preprocess.json"), path, forest)
    return found


def test_current_points_at_the_first_version_by_a_relative_link():
    assert os.readlink(MODELS / "current") == VERSIONS[0]


def test_models_holds_no_directory_but_bundles():
    assert sorted(path.name for path in MODELS.iterdir() if path.is_dir() and not path.is_symlink()) == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_manifest_lists_exactly_the_files_with_their_hashes(version):
    directory = MODELS / version
    manifest = json_of(directory / "manifest.json")
    assert (manifest["version"], manifest["task_name"]) == (version, "loan_default")
    assert [entry["path"] for entry in manifest["files"]] == sorted(
        path.name for path in directory.iterdir() if path.name != "manifest.json"
    )
    for entry in manifest["files"]:
        data = (directory / entry["path"]).read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("version", VERSIONS)
def test_files_keep_their_schemas(version):
    directory = MODELS / version
    documents = {
        "manifest": [json_of(directory / "manifest.json")],
        "preprocess": [json_of(directory / "preprocess.json")],
        "feature_schema": [yaml_text.read(directory / "feature_schema.yaml")],
        "golden": lines_of(directory / "golden.jsonl"),
    }
    if (directory / "baseline.json").exists():
        documents["baseline"] = [json_of(directory / "baseline.json")]
    for name, found in documents.items():
        validator = jsonschema.Draft7Validator(json_of(small_run.ROOT / "schemas" / f"{name}.schema.json"))
        for document in found:
            validator.validate(document)


@pytest.mark.parametrize("version", VERSIONS)
def test_golden_rows_are_what_python_computes_today(version, oracles):
    lines = lines_of(MODELS / version / "golden.jsonl")
    for line, verdict in zip(lines, oracles[version].judge([line["row"] for line in lines], "golden row")):
        assert {key: value for key, value in line.items() if key not in ("kind", "row", "walk")} == verdict.expectation()


@pytest.mark.parametrize("version", VERSIONS)
def test_walks_of_golden_rows_are_those_of_the_committed_model(version, oracles):
    lines = [line for line in lines_of(MODELS / version / "golden.jsonl") if line["kind"] == "score"]
    bits = [[int(value, 16) for value in line["features"]] for line in lines]
    assert [line["walk"] for line in lines] == golden_walks.walks(oracles[version].forest, bits)


def test_demo_rows_are_what_python_computes_today(oracles):
    lines = lines_of(DEMO)
    assert len(lines) == 300
    for version, oracle in oracles.items():
        rows = [{name: cell for name, cell in line["row"].items() if name in oracle.schema.index} for line in lines]
        for line, verdict in zip(lines, oracle.judge(rows, "demo row")):
            assert line["expect"][version] == verdict.expectation()


def test_a_tenth_of_the_demos_cells_is_missing(oracles):
    lines = lines_of(DEMO)
    cells = len(lines) * len(oracles[VERSIONS[1]].schema.fields)
    missing = cells - sum(len(line["row"]) for line in lines)
    assert 0.08 < missing / cells < 0.11


def test_versions_differ_by_one_optional_field_and_by_categories(oracles):
    old, new = (oracles[version].schema.index for version in VERSIONS)
    assert set(new) - set(old) == {"total_il_high_credit_limit"} and not set(old) - set(new)
    assert (new["total_il_high_credit_limit"].required, new["total_il_high_credit_limit"].on_missing) == (False, "fill")
    steps = [
        {
            step["field"]: step
            for step in json_of(MODELS / version / "preprocess.json")["steps"]
            if step["op"] in ("label", "onehot")
        }
        for version in VERSIONS
    ]
    assert len(steps[0]["addr_state"]["classes"]) > len(steps[1]["addr_state"]["classes"])
    assert (steps[0]["emp_length"]["op"], steps[1]["emp_length"]["op"]) == ("label", "onehot")


@pytest.mark.parametrize("version", VERSIONS)
def test_bundle_is_small(version):
    assert sum(path.stat().st_size for path in (MODELS / version).iterdir()) < 3_000_000


def test_notice_of_the_data_is_kept():
    text = pathlib.Path(MODELS / "NOTICE.md").read_text()
    assert "Max Kuhn, RStudio" in text and "The above copyright notice and this permission notice shall be included" in text
