"""Goal: the committed LightGBM bundle is whole, keeps its schemas, and its golden rows follow from its files. Needs no LightGBM.

Method: strict_rows and plain_interpreter for the features; a walk of model.txt in plain Python, written here, for the raw scores;
the exporter's own objective for the values.
"""

import hashlib
import json
import struct

import jsonschema
import pytest

import small_run
from ringside_export import feature_schema, float_type, plain_interpreter, strict_rows, yaml_text
from ringside_export.models.lightgbm_text import TextModel

BUNDLE = small_run.ROOT / "tests" / "golden" / "bundles" / "small_loans_v1.0.0"


def json_of(name):
    return json.loads((BUNDLE / name).read_text(encoding="utf-8"))


def golden():
    return [json.loads(line) for line in (BUNDLE / "golden.jsonl").read_text(encoding="utf-8").splitlines()]


def test_manifest_lists_exactly_the_files_with_their_hashes():
    manifest = json_of("manifest.json")
    assert manifest["model"] == {"file": "model.txt"} and "lightgbm" in manifest["packages"]
    assert [entry["path"] for entry in manifest["files"]] == sorted(
        path.name for path in BUNDLE.iterdir() if path.name != "manifest.json"
    )
    for entry in manifest["files"]:
        data = (BUNDLE / entry["path"]).read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("name", ["manifest", "preprocess", "feature_schema", "golden"])
def test_files_keep_their_schemas(name):
    documents = {
        "golden": golden,
        "feature_schema": lambda: [yaml_text.read(BUNDLE / "feature_schema.yaml")],
    }.get(name, lambda: [json_of(f"{name}.json")])()
    validator = jsonschema.Draft7Validator(json.loads((small_run.ROOT / "schemas" / f"{name}.schema.json").read_text()))
    for document in documents:
        validator.validate(document)


def trees_of(text):
    """[{key: [words]}], a dict a tree."""
    bodies = text.partition("\nend of trees")[0].split("\nTree=")[1:]
    return [{key: words.split() for key, _, words in (line.partition("=") for line in body.split("\n")[1:])} for body in bodies]


def walk_by_hand(trees, row):
    """bundle.md's definition, word for word. These trees have one output, and neither category sets nor linear leaves."""
    said = b""
    row = [0.0 if abs(value) <= 1e-35 else value for value in row]
    for tree in trees:
        node = 0
        while node >= 0:
            decision, feature, threshold = (kind(tree[key][node]) for kind, key in ((int, "decision_type"), (int, "split_feature"), (float, "threshold")))
            value = row[feature]
            if value != value and decision >> 2 != 2:
                value = 0.0
            left = bool(decision & 2) if value != value else value <= threshold
            said += struct.pack("<IdI", feature, threshold, decision + 256 * left)
            node = int(tree["left_child" if left else "right_child"][node])
        said += struct.pack("<IdI", 2**32 - 1, float(tree["leaf_value"][~node]), 0)
    return hashlib.sha256(said).hexdigest()[:16]


def raw_score(trees, row):
    """The sum of the leaves that `row` reaches. These trees know NaN and are not categorical."""
    total = 0.0
    row = [0.0 if abs(value) <= 1e-35 else value for value in row]
    for tree in trees:
        node = 0
        while node >= 0:
            decision = int(tree["decision_type"][node])
            value = row[int(tree["split_feature"][node])]
            assert decision & 1 == 0
            if value != value and decision >> 2 != 2:
                value = 0.0
            left = decision & 2 if value != value else value <= float(tree["threshold"][node])
            node = int(tree["left_child" if left else "right_child"][node])
        total += float(tree["leaf_value"][~node])
    return total


def test_golden_rows_follow_from_the_files():
    schema = feature_schema.read(BUNDLE / "feature_schema.yaml")
    document = json_of("preprocess.json")
    text = (BUNDLE / "model.txt").read_text(encoding="utf-8")
    check, interpreter = strict_rows.StrictCheck(schema), plain_interpreter.PlainInterpreter(document)
    objective, trees = TextModel(text, "model.txt").objective, trees_of(text)
    hexes, numbers, missing = float_type.FLOAT64.hexes, 0, 0
    for line in golden():
        checked = check.check(line["row"])
        if line["kind"] == "reject":
            ran = interpreter.run(checked.values) if not checked.errors else None
            assert checked.errors or ran.errors
            continue
        ran = interpreter.run(checked.values)
        assert line["features"] == hexes(ran.bits)
        missing += line["features"].count("7ff8000000000000")
        features = [float_type.FLOAT64.value(bits) for bits in ran.bits]
        assert line["walk"] == walk_by_hand(trees, features)
        score = raw_score(trees, features)
        assert line["margin"] == hexes([float_type.FLOAT64.bits(score)])
        value = objective.value(score)
        assert line["values"] == hexes([float_type.FLOAT64.bits(value)])
        assert line["label"] == document["classes"][value > 0.5]
        numbers += 1
    assert numbers > 100 and missing > 5
