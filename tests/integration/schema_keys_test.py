"""Goal: every key of feature_schema.yaml does what formats say, from the exporter to the answer; no answer repeats a value.

Method: the exporter's small run with a schema that uses each key, an engine on its bundle, rows through `ringside predict`.
"""
import json
import os
import sys

import pytest

from tests.cli.documents import check_cli
from tests.support.engine_process import EngineProcess, ROOT, run_program

SMALL_RUN = ROOT / "tests" / "tools" / "export"
SCHEMA = """\
schema_version: 1
coerce: COERCE
extra_fields: EXTRA
fields:
  - {name: age, dtype: int, type: numeric, fill: 7, min: 0, max: 120, on_out_of_range: reject}
  - {name: income, dtype: float, type: numeric, on_missing: pass, min: 0, max: 1000000, on_out_of_range: clamp}
  - {name: home, dtype: str, type: categorical, encode: onehot, fill: unknown, allowed: [own, rent, tent], on_out_of_range: flag}
  - {name: city, dtype: str, type: categorical, encode: label, fill: unknown, required: true}
  - {name: phone, dtype: str, role: meta, sensitive: mask}
  - {name: plan, dtype: str, role: meta, allowed: [a, b], on_missing: reject, sensitive: hash}
  - {name: vip, dtype: bool, role: meta, fill: false}
  - {name: visits, dtype: int, role: meta, min: 1, max: 9, on_out_of_range: flag, sensitive: drop}
final_feature_cols: [age, income, city, home_own, home_rent]
"""
GOOD = {"age": 27, "income": 8500.0, "home": "rent", "city": "ams", "phone": "555", "plan": "a", "vip": True, "visits": 3}


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    """strict and pandas: an engine each, extra fields rejected and ignored."""
    sys.path[:0] = [str(SMALL_RUN), str(ROOT / "tools" / "export")]
    import small_run
    from ringside_export.export import export_bundle

    served = {}
    for coerce, extra in (("strict", "reject"), ("pandas", "ignore")):
        folder = tmp_path_factory.mktemp(coerce)
        run = small_run.SmallRun(scaler=None)
        run.schema = SCHEMA.replace("COERCE", coerce).replace("EXTRA", extra)
        run.raw["plan"] = "a"
        run.write(folder / "run")
        (folder / "models").mkdir()
        export_bundle(folder / "run", folder / "run/sample.jsonl", folder / "models/small_v1.0.0")
        os.symlink("small_v1.0.0", folder / "models/current")
        served[coerce] = EngineProcess(folder / "models")
    with served["strict"], served["pandas"]:
        yield served


def answers(engine, *rows):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    done = run_program("ringside", "--run-dir", engine.run_dir, "predict", "--input", "-", "--features", stdin=text)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def answer(engine, **changes):
    """Of GOOD with changes; a key set to `...` is left out."""
    row = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    return answers(engine, row)[0]


def lists(said):
    return {kind: said[kind] for kind in ("filled", "unknown", "clamped") if said[kind]}


def codes(said):
    return [(error["field"], error["code"]) for error in said["errors"]]


ACCEPTED = [
    ({}, {}),
    ({"age": ...}, {"filled": ["age"]}),
    ({"age": None, "vip": None}, {"filled": ["age", "vip"]}),
    ({"income": None}, {}),
    ({"income": -5}, {"clamped": ["income"]}),
    ({"income": 2e6}, {"clamped": ["income"]}),
    ({"home": None}, {"filled": ["home"], "unknown": ["home"]}),
    ({"home": "tent"}, {"unknown": ["home"]}),
    ({"home": "cave"}, {"unknown": ["home"], "clamped": ["home"]}),
    ({"city": "rome"}, {"unknown": ["city"]}),
    ({"phone": ...}, {}),
    ({"visits": 10}, {"clamped": ["visits"]}),
    ({"visits": ...}, {}),  # meta: nothing has to stand for it
]


@pytest.mark.parametrize("coerce", ["strict", "pandas"])
@pytest.mark.parametrize("changes, expected", ACCEPTED, ids=str)
def test_what_is_filled_unknown_and_clamped_is_listed(engines, coerce, changes, expected):
    said = answer(engines[coerce], **changes)
    assert said["status"] == "ok" and lists(said) == expected


def test_values_are_filled_passed_and_clamped_before_the_model_reads_them(engines):
    strict = engines["strict"]
    assert answer(strict, age=...)["features"][0] == 7.0
    assert answer(strict, income=None)["features"][1] is None
    assert [answer(strict, income=value)["features"][1] for value in (-5, 2e6)] == [0.0, 1e6]
    for meta in ({"phone": "1"}, {"plan": "b"}, {"vip": False}, {"visits": 9}):
        assert answer(strict, **meta)["features"] == answer(strict)["features"]


REFUSED = [
    ({"age": 121}, [("age", "OUT_OF_RANGE")]),
    ({"city": ...}, [("city", "MISSING_REQUIRED")]),
    ({"plan": None}, [("plan", "NULL_NOT_ALLOWED")]),
    ({"plan": ...}, [("plan", "NULL_NOT_ALLOWED")]),  # on_missing: reject, though it is not required
    ({"plan": "c"}, [("plan", "OUT_OF_RANGE")]),
    ({"age": 2**60}, [("age", "INT_RANGE")]),
    ({"age": 2**70}, [("age", "INT_RANGE")]),
    ({"income": float("inf")}, [("income", "NOT_FINITE")]),
    ({"phone": "x" * 4097}, [("phone", "TOO_LONG")]),
    ({"vip": {"nested": 1}}, [("vip", "TYPE_MISMATCH")]),
    ({"age": -1, "city": None, "plan": "c", "phone": "x" * 5000, "income": float("-inf")},
     [("age", "OUT_OF_RANGE"), ("income", "NOT_FINITE"), ("city", "MISSING_REQUIRED"), ("phone", "TOO_LONG"), ("plan", "OUT_OF_RANGE")]),
]


@pytest.mark.parametrize("coerce", ["strict", "pandas"])
@pytest.mark.parametrize("changes, expected", REFUSED, ids=lambda value: str(value)[:60])
def test_all_that_is_wrong_is_said_together(engines, coerce, changes, expected):
    said = answer(engines[coerce], **changes)
    assert said["status"] == "invalid" and codes(said) == expected


def test_extra_fields_are_refused_or_ignored_as_the_schema_says(engines):
    assert codes(answer(engines["strict"], zip="1")) == [("zip", "EXTRA_FIELD")]
    assert answer(engines["pandas"], zip="1")["status"] == "ok"


COERCED = [({"age": "41.9"}, 0, 41.0), ({"age": 41.9}, 0, 41.0), ({"age": "old"}, 0, 7.0), ({"age": True}, 0, 1.0),
           ({"income": "0.30000000000000004"}, 1, 0.3), ({"income": "much"}, 1, None)]


@pytest.mark.parametrize("changes, feature, expected", COERCED, ids=lambda value: str(value)[:40])
def test_what_pandas_coerces_strict_refuses(engines, changes, feature, expected):
    assert codes(answer(engines["strict"], **changes)) in ([(next(iter(changes)), code)] for code in ("TYPE_MISMATCH", "INT_FRACTION"))
    said = answer(engines["pandas"], **changes)
    assert said["status"] == "ok"
    assert said["features"][feature] == (expected if expected is None else pytest.approx(expected, rel=1e-7))


def test_schema_says_what_becomes_of_a_value_of_the_wrong_kind(engines):
    assert "coerce" not in engines["strict"].cli("schema").stdout
    assert "\ncoerce: pandas: a value of another dtype becomes what pandas makes of it" in engines["pandas"].cli("schema").stdout
    for coerce, engine in engines.items():
        document = json.loads(engine.cli("schema", "--json").stdout)
        check_cli("schema", document)
        assert document["coerce"] == coerce


CANARY = "CANARY7f3a"
LEAKY = [{name: CANARY for name in GOOD}, {name: CANARY * 1000 for name in GOOD}, {name: [CANARY] for name in GOOD},
         {name: {CANARY: CANARY} for name in GOOD}, {**GOOD, "zip": CANARY}, {**GOOD, "plan": CANARY}, {"age": CANARY},
         {**GOOD, "age": 73571113171923}, {**GOOD, "income": 7.3571113171923e307}, {**GOOD, "age": 73571113.171923}]


@pytest.mark.parametrize("coerce", ["strict", "pandas"])
def test_no_answer_repeats_a_value(engines, coerce):
    text = "".join(json.dumps(row) + "\n" for row in LEAKY)
    text += '{"age":"' + CANARY + '","age":"' + CANARY + '"}\n{"age": ' + CANARY + "}\n"
    done = run_program("ringside", "--run-dir", engines[coerce].run_dir, "predict", "--input", "-", stdin=text)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == len(LEAKY) + 2
    for place in (done.stdout, done.stderr, engines[coerce].log_text()):
        assert CANARY not in place and "7357111317" not in place


def test_the_digest_names_the_values_and_nothing_else(engines):
    strict = engines["strict"]
    base, same, other = answer(strict), answer(strict, request_id="another", age=27.0), answer(strict, phone="556")
    assert len(base["input_digest"]) == 32 and base["input_digest"] == same["input_digest"] != other["input_digest"]
    assert answer(strict, age=...)["input_digest"] == answer(strict, age=7)["input_digest"], "filled: the same values"
    assert "input_digest" not in answer(strict, age=-1)


def test_digests_agree_between_engines_that_share_a_key(engines, tmp_path):
    (tmp_path / "key").write_text("000102030405060708090a0b0c0d0e0f\n")
    (tmp_path / "key").chmod(0o600)
    said = []
    for _ in range(2):
        with EngineProcess(engines["strict"].models, environment={"RINGSIDE_INPUT_DIGEST_KEY_FILE": str(tmp_path / "key")}) as engine:
            said.append(answer(engine)["input_digest"])
    assert said[0] == said[1] != answer(engines["strict"])["input_digest"]
