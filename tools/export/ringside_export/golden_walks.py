"""The way of a golden row through every tree, as sixteen hex digits: what `golden_walk.h` of the engine computes again.

A margin is a sum, and a sum forgets the last bits of a small leaf; a threshold between two golden rows may move unseen. A walk does not.
schemas/bundle.md has the records.
"""

import hashlib
import struct

import numpy

_LEAF = 2**32 - 1
_WEIGHT = 2**32 - 2


def walks(model, bits):
    """One a row, of rows given by the bits of their float32 features; None for each where the model's trees have no walks."""
    trees = model.walk_trees()
    if trees is None or not bits:
        return [None] * len(bits)
    leaves = model.leaves(numpy.array(bits, numpy.uint32).view(numpy.float32))
    paths = [_paths(tree, output, weight) for tree, output, weight in trees]
    return [
        hashlib.sha256(b"".join(path(leaf) for path, leaf in zip(paths, row))).hexdigest()[:16] for row in leaves.tolist()
    ]


def _paths(tree, output, weight):
    """A function from a leaf of `tree` to the records of its walk. weight: (number, value) of a dart tree, or None."""
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
