"""Goal: LightGBM's text models and objectives are understood as LightGBM understands them, and others are refused. Needs no LightGBM.

Method: the recorded models and bits of tests/golden/lightgbm, four releases; texts changed by hand.
"""

import json
import math
import sys

import numpy
import pytest

import small_run
from ringside_export import models
from ringside_export.models import lightgbm_objectives, opening
from ringside_export.models.lightgbm_text import TextModel
from ringside_export.problems import CannotReproduce, ExportFailed

RECORDED = small_run.ROOT / "tests" / "golden" / "lightgbm"
CASES = sorted(path for path in RECORDED.glob("*/*.expected.json"))


def doubles(rows):
    return numpy.array([[int(value, 16) for value in row] for row in rows], numpy.uint64).view(numpy.float64)


def text_of(case):
    return (case.parent / case.name.replace(".expected.json", ".txt")).read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=[f"{case.parent.name}/{case.name.partition('.')[0]}" for case in CASES])
def test_values_follow_from_raw_scores_in_every_bit(case):
    recorded = json.loads(case.read_text())
    if case.parent.name == "2.3.1" and "cross_entropy_lambda" in recorded["objective"]:
        with pytest.raises(CannotReproduce, match="cross_entropy_lambda of a LightGBM before 3.3"):
            TextModel(text_of(case), "model.txt")
        return
    model = TextModel(text_of(case), "model.txt")
    begin, end = recorded["iteration_range"] or (0, model.rounds)
    expected = doubles(recorded["values"])
    found = model.objective.values(doubles(recorded["margins"]), end - begin if model.average_output else 0)
    assert numpy.array_equal(found.view(numpy.uint64), expected.view(numpy.uint64))


SMALL = """tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=0
objective=binary sigmoid:1
feature_names=a
feature_infos=[0:1]
tree_sizes=141

Tree=0
num_leaves=3
num_cat=0
split_feature=0 0
threshold=0.5 inf
decision_type=2 2
left_child=1 -1
right_child=-3 -2
leaf_value=0.25 0.5 1

end of trees

parameters:
[boosting: gbdt]
end of parameters
"""


def sized(text):
    """`text` with the size that its tree has."""
    return text.replace("tree_sizes=141", f"tree_sizes={text.index('end of trees') - text.index('Tree=0')}")


def test_infinite_thresholds_turn_for_no_number():
    model = TextModel(SMALL, "m")
    assert (model.splits(1).thresholds, model.splits(1).leaf_counts) == ({0: [0.5]}, [3])
    assert (model.rounds, model.parameter("boosting"), model.parameter("no such")) == (1, "gbdt", None)


@pytest.mark.parametrize(
    "old, new, reason",
    [
        ("version=v4", "version=v5", "format v5 is not one that is verified"),
        ("objective=binary sigmoid:1", "objective=ndcg", "objective ndcg is not in this version; train with one of binary"),
        ("label_index=0", "label_index=0\nleaf_rule=new", "the key leaf_rule is none that LightGBM 2.3 to 4.7 writes"),
        ("num_cat=0", "num_cat=0\nleaf_rule=new", "tree 0: the key leaf_rule is none that"),
        ("sigmoid:1", "sigmoid:0", "expected a number above 0"),
        ("objective=binary sigmoid:1", "objective=huber sqrt", "objective huber has a parameter that is not known to it: sqrt"),
        ("objective=binary sigmoid:1", "objective=multiclass num_class:3", "has 1 trees a round, expected 3"),
        ("leaf_value=0.25 0.5 1", "leaf_value=0.25 inf 1", "tree 0: leaf_value holds a number that is not finite"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=2", "objective binary sigmoid:1 has 2 trees a round"),
    ],
)
def test_model_that_the_engine_would_refuse_is_refused(old, new, reason):
    assert SMALL.count(old) == 1
    with pytest.raises(CannotReproduce) as caught:
        TextModel(sized(SMALL.replace(old, new)), "model.txt")
    assert str(caught.value).startswith("model.txt: ") and reason in str(caught.value)


def test_trees_that_are_no_whole_round_are_refused():
    text = SMALL.replace("objective=binary sigmoid:1\n", "").replace("num_tree_per_iteration=1", "num_tree_per_iteration=2")
    with pytest.raises(CannotReproduce, match="1 trees are no whole number of rounds of 2"):
        TextModel(text, "m")


def test_text_that_is_no_model_is_a_failure():
    with pytest.raises(ExportFailed, match="not a LightGBM text model"):
        TextModel("{}", "m")


WHOLE_NO_LONGER = [SMALL.partition("end of")[0], SMALL.partition("leaf_value")[0], SMALL.replace("0.5 inf", "0.5 infinity")]


@pytest.mark.parametrize("text", WHOLE_NO_LONGER, ids=["no end", "half a tree", "another size"])
def test_text_that_is_not_whole_is_a_failure(text):
    with pytest.raises(ExportFailed, match="not a whole LightGBM model: its trees are not those of tree_sizes"):
        TextModel(text, "m")


def test_sigmoid_is_read_in_three_roundings():
    assert lightgbm_objectives.read_as_atof("1.14") == 1.1400000000000001 != 1.14
    assert lightgbm_objectives.read_as_atof("0.7") == 0.7 and lightgbm_objectives.read_as_atof("1e-5") == 1e-5
    assert lightgbm_objectives.read_as_atof("-1") is None and lightgbm_objectives.read_as_atof("1e23") is None


def test_scores_beyond_the_range_of_exp_are_infinite_or_zero():
    poisson, binary = (lightgbm_objectives.Objective(name) for name in ("poisson", "binary"))
    assert poisson.value(800.0) == math.inf and binary.value(-800.0) == 0.0


def test_model_without_lightgbm_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    monkeypatch.delitem(sys.modules, "ringside_export.models.lightgbm_model", raising=False)
    monkeypatch.delattr(models, "lightgbm_model", raising=False)
    (tmp_path / "model.txt").write_text(SMALL)
    with pytest.raises(ExportFailed, match="this Python has no lightgbm; .* --system-site-packages ENV"):
        opening.open_file(tmp_path / "model.txt")
