"""Goal: golden rows cover what they say they cover, and say nothing wrong.

Method: the small bundle's rows are judged again from the file alone: leaves by pred_leaf, thresholds by their bits, codes by
the tables of formats.md.
"""

import hashlib
import json
import math
import struct

import numpy
import pytest
import xgboost

import small_run
from ringside_export import golden_rows, golden_walks, probes
from ringside_export.sample_rows import read
from ringside_export.training_run import TrainingRun

FEATURES = ["age", "income", "city", "home_own", "home_rent"]


@pytest.fixture(scope="module")
def scored(golden):
    return [line for line in golden if line["kind"] == "score"]


@pytest.fixture(scope="module")
def refused(golden):
    return [line for line in golden if line["kind"] == "reject"]


@pytest.fixture(scope="module")
def run(run_directory):
    return TrainingRun(run_directory)


def matrix_of(lines):
    return numpy.array([[int(value, 16) for value in line["features"]] for line in lines], numpy.uint32).view(numpy.float32)


def leaf_set(leaves):
    return {(tree, leaf) for row in leaves.tolist() for tree, leaf in enumerate(row)}


def test_every_leaf_that_the_sample_reaches_is_reached(run, run_directory, scored):
    sample = read(run_directory / "sample.jsonl", run.plan.schema)
    by_sample = leaf_set(run.forest.leaves(run.oracle.training_path.features(sample.rows)))
    assert len(by_sample) > 60
    assert by_sample <= leaf_set(run.forest.leaves(matrix_of(scored)))


def test_greedy_choice_covers_everything_the_most_telling_row_first_and_takes_no_row_for_nothing():
    rng = numpy.random.default_rng(3)
    elements = [numpy.unique(rng.integers(0, 300, rng.integers(1, 40))) for _ in range(500)]
    chosen = golden_rows._greedy(elements)
    covered = set()
    gains = []
    for number in chosen:
        fresh = set(elements[number].tolist()) - covered
        gains.append(len(fresh))
        covered |= fresh
    assert covered == set(numpy.concatenate(elements).tolist())
    assert gains[0] == max(len(row) for row in elements) and gains == sorted(gains, reverse=True) and gains[-1] > 0
    assert len(chosen) < 60


@pytest.mark.parametrize("field, known", [("home", {"own", "rent"}), ("city", {"ams", "ber", "no", "1.10", "unknown"})])
def test_every_category_appears(field, known, scored):
    assert known <= {line["row"].get(field) for line in scored}


@pytest.mark.parametrize("field", ["age", "income", "home", "city"])
@pytest.mark.parametrize("absent", [True, False], ids=["absent", "null"])
def test_every_field_is_missing_once(field, absent, scored):
    lines = [line for line in scored if (field not in line["row"] if absent else line["row"].get(field, 0) is None)]
    assert lines and all(field in line["filled"] for line in lines)


def test_a_row_of_nothing_is_scored(scored):
    assert any(line["row"] == {} for line in scored)


def test_unseen_text_is_listed_as_unknown(scored):
    for field, known in (("home", {"own", "rent"}), ("city", {"ams", "ber", "no", "1.10", "unknown"})):
        lines = [line for line in scored if isinstance(line["row"].get(field), str) and line["row"][field] not in known]
        assert {"", "nan", "never seen", "é", "e\u0301"} <= {line["row"][field] for line in lines}
        assert all(field in line["unknown"] for line in lines)


def test_filled_text_that_the_encoder_does_not_know_is_in_both_lists(scored):
    lines = [line for line in scored if "home" in line["filled"]]
    assert lines and all("home" in line["unknown"] for line in lines)


def test_thresholds_of_a_float_field_are_hit_exactly_and_one_ulp_beside(run, scored):
    thresholds = run.forest.splits().thresholds
    bits = {line["features"][1] for line in scored}
    assert len(thresholds[1]) > 5
    for threshold in thresholds[1]:
        position = int(numpy.float32(threshold).view(numpy.int32))
        for near in (position - 1, position, position + 1):
            assert f"{near & 0xffffffff:08x}" in bits


def test_thresholds_of_an_int_field_are_met_from_both_sides(run, scored):
    thresholds = run.forest.splits().thresholds
    ages = run.oracle.training_path.features([{"age": age} for age in range(200)])[:, 0]
    bits = {line["features"][0] for line in scored}
    assert len(thresholds[0]) > 10
    for threshold in thresholds[0]:
        first = int((ages < numpy.float32(threshold)).sum())
        for near in ages[first - 1 : first + 1].view(numpy.uint32).tolist():
            assert f"{near:08x}" in bits


def test_ints_written_as_floats_and_negative_zero_appear(scored):
    ages = [line["row"].get("age") for line in scored]
    assert any(type(age) is float and age == 27.0 for age in ages)
    assert any(type(age) is float and age == 0 and math.copysign(1, age) < 0 for age in ages)


@pytest.mark.parametrize(
    "field, code, cells",
    [
        ("age", "TYPE_MISMATCH", ["x", True]),
        ("age", "INT_FRACTION", [35.5]),
        ("age", "INT_RANGE", [2**53 + 1, 1e300]),
        ("age", "NOT_FINITE", [math.inf, -math.inf]),
        ("income", "TYPE_MISMATCH", ["1.5", False]),
        ("income", "NOT_FINITE", [math.inf, 1e300]),
        ("home", "TYPE_MISMATCH", [1]),
        ("city", "TOO_LONG", ["é" * 2048 + "x"]),
    ],
)
def test_every_code_happens_to_its_field_alone(field, code, cells, refused):
    alone = [line["row"][field] for line in refused if line["errors"] == [{"field": field, "code": code}]]
    for cell in cells:
        assert any(type(found) is type(cell) and found == cell for found in alone), cell


def test_extra_fields_are_refused(refused):
    assert [{"field": "no_such_field", "code": "EXTRA_FIELD"}] in [line["errors"] for line in refused]


def test_several_errors_come_in_one_row_in_schema_order(refused):
    most = max(refused, key=lambda line: len(line["errors"]))
    assert [error["field"] for error in most["errors"]] == ["age", "income", "home", "city", "no_such_field"]


def test_scored_rows_hold_what_the_model_itself_says(run, scored):
    matrix = xgboost.DMatrix(matrix_of(scored), feature_names=FEATURES)
    margins = run.forest.booster.predict(matrix, output_margin=True).view(numpy.uint32).tolist()
    assert [line["margin"] for line in scored] == [[f"{bits:08x}"] for bits in margins]


def walk_by_hand(trees, features, weights=None):
    """bundle.md's definition, word for word: from the root down, `left is x < threshold`, tree after tree."""
    said = b""
    for number, tree in enumerate(trees):
        node = 0
        while tree["left_children"][node] != -1:
            feature, threshold = tree["split_indices"][node], numpy.float32(tree["split_conditions"][node])
            default_left = int(tree["default_left"][node])
            left = default_left if math.isnan(features[feature]) else int(features[feature] < threshold)
            said += struct.pack("<IfI", feature, threshold, default_left + 2 * left)
            node = tree["left_children" if left else "right_children"][node]
        said += struct.pack("<IfI", 2**32 - 1, tree["split_conditions"][node], 0)
        if weights is not None:
            said += struct.pack("<IfI", 2**32 - 2, weights[number], number)
    return hashlib.sha256(said).hexdigest()[:16]


def test_walk_is_the_digest_of_splits_and_leaves_from_the_root_down(run, scored):
    trees = run.forest.trees()
    assert [line["walk"] for line in scored] == [walk_by_hand(trees, features) for features in matrix_of(scored)]


def test_walk_of_a_dart_row_holds_the_trees_weights(tmp_path):
    small = small_run.SmallRun(xgboost.XGBClassifier(n_estimators=8, booster="dart", rate_drop=0.5, n_jobs=1))
    run = TrainingRun(small.write(tmp_path / "run"))
    weights = [weight for _, _, (_, weight) in run.forest.walk_trees()]
    assert len(set(weights)) > 1
    features = small.features.to_numpy()[:5]
    bits = features.view(numpy.uint32).tolist()
    assert golden_walks.walks(run.forest, bits) == [walk_by_hand(run.forest.trees(), row, weights) for row in features]


def test_rows_nearest_to_the_decision_threshold_are_kept(tmp_path):
    small = small_run.SmallRun()
    small.files["serving.yaml"] = "threshold: 0.4\n"
    run = TrainingRun(small.write(tmp_path / "run"))
    verdicts = run.oracle.judge(read(tmp_path / "run" / "sample.jsonl", run.plan.schema).rows)
    golden = golden_rows.choose(run.oracle, run.plan, verdicts, run.oracle.features)
    values = numpy.array([verdict.values[0] for verdict in verdicts], numpy.uint32).view(numpy.float32)
    wanted = {values[values < numpy.float32(0.4)].max(), values[values >= numpy.float32(0.4)].min()}
    assert wanted <= set(numpy.array([verdict.values[0] for verdict in golden.scored], numpy.uint32).view(numpy.float32))


def test_another_spelling_of_a_known_text_is_probed():
    texts = probes._texts(probes.fitted.Label(("caf\u00e9", "e\u0301t\u00e9")))
    assert {"cafe\u0301", "\u00e9t\u00e9"} <= set(texts)


def test_declared_rules_give_their_codes(tmp_path):
    small = small_run.SmallRun()
    small.schema = """\
fields:
  - {name: age, dtype: int, type: numeric, required: true, min: 18, max: 89}
  - {name: income, dtype: float, type: numeric, on_missing: reject}
  - {name: home, dtype: str, type: categorical, encode: onehot, on_missing: reject, allowed: [own, rent]}
  - {name: city, dtype: str, type: categorical, encode: label}
  - {name: phone, role: meta}
final_feature_cols: [age, income, city, home_own, home_rent]
"""
    small.encoders["home"] = small_run.OneHotEncoder(handle_unknown="error").fit(small.raw[["home"]].dropna().astype(str))
    small.encoders["city"].classes_ = small.encoders["city"].classes_[:4]
    small.raw = small.raw.dropna()
    small.schema = small.schema.replace("encode: label}", "encode: label, on_missing: reject}")
    run = TrainingRun(small.write(tmp_path / "run"))
    sample = read(tmp_path / "run" / "sample.jsonl", run.plan.schema)
    verdicts = run.oracle.judge(sample.rows)
    golden = golden_rows.choose(run.oracle, run.plan, verdicts, run.oracle.features)
    alone = {tuple(verdict.errors[0]) for verdict in golden.refused if len(verdict.errors) == 1}
    assert {
        ("age", "MISSING_REQUIRED"),
        ("age", "OUT_OF_RANGE"),
        ("income", "NULL_NOT_ALLOWED"),
        ("home", "NULL_NOT_ALLOWED"),
        ("home", "OUT_OF_RANGE"),
        ("city", "UNKNOWN_CATEGORY"),
        ("phone", "TYPE_MISMATCH"),
    } <= alone
    ages = [verdict.row["age"] for verdict in golden.refused if verdict.errors == [("age", "OUT_OF_RANGE")]]
    assert {17, 90} <= set(ages)
    assert all(18 <= verdict.row["age"] <= 89 for verdict in golden.scored)
    assert [("phone", "pass")] == [(item.name, item.on_missing) for item in run.plan.schema.fields if item.role == "meta"]


def test_clamped_rows_are_scored_at_the_bound(tmp_path):
    small = small_run.SmallRun()
    small.schema = small.schema.replace("fill: 0}", "fill: 0, max: 50, on_out_of_range: clamp}")
    run = TrainingRun(small.write(tmp_path / "run"))
    over, at = run.oracle.judge([{"age": 77, "city": "ams"}, {"age": 50, "city": "ams"}])
    assert (over.bits, over.margin, over.clamped, at.clamped) == (at.bits, at.margin, ["age"], [])
    assert json.dumps(over.expectation()).endswith('"clamped": ["age"]}')


def test_probe_finds_the_first_raw_value_that_reaches_a_threshold(run):
    field = run.plan.schema.index["income"]
    chain = probes.FieldChain(run.plan, field)
    threshold = float(numpy.float32(0.123))
    below, at, above = chain.around(threshold)
    assert chain.feature(below) < threshold == chain.feature(at) < chain.feature(above)
    assert math.nextafter(at, -math.inf) == below
    assert chain.feature(math.nextafter(above, -math.inf)) == threshold


def test_probe_of_an_int_field_stays_an_int(run):
    chain = probes.FieldChain(run.plan, run.plan.schema.index["age"])
    values = chain.around(0.5)
    assert len(values) == 2 and all(type(value) is int for value in values)
    assert chain.feature(values[0]) < 0.5 < chain.feature(values[1])
