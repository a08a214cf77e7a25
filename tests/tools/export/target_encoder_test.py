"""Goal: TargetEncoder is reproduced as scikit-learn itself computes it. Debian's release has none.

Method: the committed bundle, which an export with scikit-learn 1.3 wrote after comparing every row with `transform`: its golden rows are
computed again by the plain interpreter. `tests/golden/bundles/README.md` says how it is made; the engine loads it in
`tests/cli/check_committed_bundles_test.py`.
"""

import json

import small_run
from ringside_export import feature_schema, float_type, plain_interpreter, strict_rows

BUNDLE = small_run.ROOT / "tests" / "golden" / "bundles" / "small_targets_v1.0.0"


def json_of(name):
    return json.loads((BUNDLE / name).read_text(encoding="utf-8"))


def test_bundle_is_of_a_scikit_learn_that_has_the_encoder():
    assert json_of("manifest.json")["packages"]["scikit-learn"] == "1.3.2"
    encoders = [step for step in json_of("preprocess.json")["steps"] if step["op"] == "encode"]
    assert [(step.get("field"), len(step["categories"])) for step in encoders] == [("city", 5), (None, 8), ("city", 5)]
    for step in encoders:  # what is unseen is the mean of the target; a missing text is a category of its own
        assert step["unseen"] not in step["values"] and (step["missing"] != step["unseen"]) == ("field" in step)


def test_golden_rows_are_what_its_transform_gave():
    check = strict_rows.StrictCheck(feature_schema.read(BUNDLE / "feature_schema.yaml"))
    interpreter = plain_interpreter.PlainInterpreter(json_of("preprocess.json"))
    lines = [json.loads(line) for line in (BUNDLE / "golden.jsonl").read_text(encoding="utf-8").splitlines()]
    scored = [line for line in lines if line["kind"] == "score"]
    for line in scored:
        ran = interpreter.run(check.check(line["row"]).values)
        assert line["features"] == float_type.FLOAT32.hexes(ran.bits)
        assert line["unknown"] == sorted(set(ran.unknown), key=["city", "branch", "income"].index)
    assert {"city", "branch"} == {name for line in scored for name in line["unknown"]}
    assert any(line["row"].get("city") is None for line in scored)
