"""The way of a golden row through every tree, as sixteen hex digits: what `golden_walk.h` and `lightgbm_walk.h` of the engine compute again.

A margin is a sum, and a sum forgets the last bits of a small leaf; a threshold between two golden rows may move unseen. A walk does not.
schemas/bundle.md has the records.
"""

import hashlib
import struct

import numpy

from .float_type import FLOAT32

_LEAF = 2**32 - 1
_WEIGHT = _LINEAR = 2**32 - 2
_WENT_LEFT = 256  # beside LightGBM's decision_type, which is a byte


def walks(model, bits, feature_type=FLOAT32):
    """One a row, of rows given by the bits of their features, of `feature_type`; None for each where the model's trees have no walks."""
    paths = model.walk_paths()
    if paths is None or not bits:
        return [None] * len(bits)
    leaves = model.leaves(numpy.array(bits, feature_type.bits_name).view(feature_type.name))
    return [
        hashlib.sha256(b"".join(path(leaf) for path, leaf in zip(paths, row))).hexdigest()[:16] for row in leaves.tolist()
    ]


def xgboost_path(tree, output, weight):
    """A function from a leaf of `tree`, as XGBoost's JSON has it, to the records of its walk. weight: (number, value) of a dart tree, or
    None."""
    parents, known = {}, {}
    for node, (left, right) in enumerate(zip(tree["left_children"], tree["right_children"])):
        if left != -1:
            parents[left], parents[right] = (node, 2), (node, 0)

    def of(leaf):
        if leaf not in known:
            records = [struct.pack("<IfI", _LEAF, tree["split_conditions"][leaf], output)]
            if weight is not None:
                records.append(struct.pack("<IfI", _WEIGHT, weight[1], weight[0]))
            node = leaf
            while node in parents:
                node, went_left = parents[node]
                asked = int(tree["default_left"][node]) + went_left
                records.insert(0, struct.pack("<IfI", tree["split_indices"][node], tree["split_conditions"][node], asked))
            known[leaf] = b"".join(records)
        return known[leaf]

    return of


def lightgbm_path(tree, output):
    """A function from a leaf of `tree`, a lightgbm_text.Tree, to the records of its walk."""
    parents, known = {}, {}
    for node, children in enumerate(zip(tree.integers("left_child"), tree.integers("right_child"))):
        for child, went_left in zip(children, (_WENT_LEFT, 0)):
            parents[child] = (node, went_left)
    sets = _cut(tree.integers("cat_threshold"), tree.integers("cat_boundaries"))
    values, linear = tree.numbers("leaf_value"), _linear_leaves(tree)

    def split(node, went_left):
        more = tree.decisions[node] + went_left
        if not tree.decisions[node] & 1:
            return struct.pack("<IdI", tree.features[node], tree.thresholds[node], more)
        words = sets[int(tree.thresholds[node])]
        return struct.pack(f"<IQI{len(words)}I", tree.features[node], len(words), more, *words)

    def of(leaf):
        if leaf not in known:
            records = [struct.pack("<IdI", _LEAF, values[leaf], output), *linear[leaf : leaf + 1]]
            node = ~leaf
            while node in parents:
                node, went_left = parents[node]
                records.insert(0, split(node, went_left))
            known[leaf] = b"".join(records)
        return known[leaf]

    return of


def _linear_leaves(tree):
    """The records of what each leaf of a linear tree adds to its walk; none of another tree."""
    counts, features, factors = tree.integers("num_features"), tree.integers("leaf_features"), tree.numbers("leaf_coeff")
    ends = numpy.cumsum([0, *counts]).tolist()
    return [
        struct.pack("<IdI", _LINEAR, constant, count)
        + b"".join(struct.pack("<IdI", feature, factor, 0) for feature, factor in zip(features[begin:end], factors[begin:end]))
        for constant, count, begin, end in zip(tree.numbers("leaf_const"), counts, ends, ends[1:])
    ]


def _cut(values, ends):
    return [values[begin:end] for begin, end in zip(ends, ends[1:])]
