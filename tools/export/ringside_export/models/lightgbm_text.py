"""A LightGBM text model, read as far as the exporter needs it, and refused where the engine would refuse it.

The engine's own reader (engine/forest/lightgbm) judges every number; here are the refusals that a user can do something about:
an objective, a format or a release that nobody here knows.
"""

import math
from dataclasses import dataclass

from ..problems import ExportFailed
from .lightgbm_objectives import Objective, parse_objective
from .model import Splits, refuse

FORMATS = ("v3", "v4")
# Those that releases 2.3 to 4.7 write. A key that nobody here knows may change what the numbers mean.
_HEADER_KEYS = frozenset(
    "version num_class num_tree_per_iteration label_index max_feature_idx objective average_output feature_names monotone_constraints "
    "feature_infos tree_sizes".split()
)
_TREE_KEYS = frozenset(
    "num_leaves num_cat split_feature split_gain threshold decision_type left_child right_child leaf_value leaf_weight leaf_count "
    "internal_value internal_weight internal_count cat_boundaries cat_threshold is_linear leaf_const num_features leaf_features "
    "leaf_coeff shrinkage".split()
)
_INFINITE = ("inf", "-inf", "nan", "-nan")


@dataclass
class Tree:
    """features, thresholds, decisions: of each split; leaves: their number. A decision whose bit 0 is set is categorical.
    values: key -> text, as it stands in the file."""

    features: list
    thresholds: list
    decisions: list
    leaves: int
    values: dict

    def integers(self, key):
        """Of a key's list; empty where there is none."""
        return [int(word) for word in self.values.get(key, "").split()]

    def numbers(self, key):
        """As `integers`, in double."""
        return [float(word) for word in self.values.get(key, "").split()]


class TextModel:
    """What model_to_string wrote. objective: an Objective; trees: [Tree], round by round, `outputs` a round.

    Raises CannotReproduce, or ExportFailed for what is no such text.
    """

    def __init__(self, text, what):
        body, ended, _ = text.partition("\nend of trees\n")
        header, *trees = body.split("\nTree=")
        lines = header.split("\n")
        if lines[0] != "tree":
            raise ExportFailed(f"{what}: not a LightGBM text model: it does not begin with the line 'tree'")
        self.header = dict(line.partition("=")[::2] for line in lines[1:] if line)
        # LightGBM itself reads what stands where the sizes say, and ends the process where nothing does.
        sizes = [len(f"Tree={tree}\n".encode("utf-8")) for tree in trees]
        if not ended or self.header.get("tree_sizes", "").split() != [str(size) for size in sizes]:
            raise ExportFailed(f"{what}: not a whole LightGBM model: its trees are not those of tree_sizes")
        _known_keys(self.header, _HEADER_KEYS, what)
        self._parameters = text.partition("\nparameters:\n")[2]
        self.outputs = int(self.header["num_tree_per_iteration"])
        self.average_output = "average_output" in self.header
        self.feature_names = self.header["feature_names"].split(" ")
        if self.header["version"] not in FORMATS:
            refuse(
                what,
                f"format {self.header['version']} is not one that is verified ({', '.join(FORMATS)}: LightGBM 2.3 to 4.7)",
                "load it with such a release and save it again",
            )
        self.objective = self._objective(what)
        self.trees = [self._tree(tree, f"{what}: tree {number}") for number, tree in enumerate(trees)]
        if self.average_output and not self.trees:
            refuse(what, "a random forest without a tree is 0 / 0", "train it")
        if len(self.trees) % self.outputs:
            refuse(what, f"{len(self.trees)} trees are no whole number of rounds of {self.outputs}", "save it whole")

    def _objective(self, what):
        line = self.header.get("objective")
        if line is None:
            return Objective("", outputs=self.outputs)  # the caller's own: raw scores are its values
        objective = parse_objective(line, what)
        if objective.outputs != self.outputs:
            refuse(what, f"objective {line} has {self.outputs} trees a round, expected {objective.outputs}", "train it again")
        if objective.name == "cross_entropy_lambda" and self.header["version"] == "v3":
            # 3.3 changed what it predicts and not the format; what runs here may be either side of it.
            if "\n[precise_float_parser: " not in self._parameters:
                refuse(
                    what,
                    "cross_entropy_lambda of a LightGBM before 3.3, which predicts log(1 + exp(m)) and not log1p(exp(m))",
                    "run the exporter where the model was trained, on model.pkl, or train it again",
                )
        return objective

    @staticmethod
    def _tree(text, what):
        values = dict(line.partition("=")[::2] for line in text.split("\n")[1:] if line)
        _known_keys(values, _TREE_KEYS, what)
        for key in ("leaf_value", "leaf_const", "leaf_coeff"):
            if any(word in _INFINITE for word in values.get(key, "").split()):
                refuse(what, f"{key} holds a number that is not finite", "look for infinite targets or weights, and train it again")
        return Tree(
            [int(word) for word in values["split_feature"].split()],
            [float(word) for word in values["threshold"].split()],
            [int(word) for word in values["decision_type"].split()],
            int(values["num_leaves"]),
            values,
        )

    @property
    def rounds(self):
        """Boosting rounds."""
        return len(self.trees) // self.outputs

    def parameter(self, name):
        """A training parameter at the end of the file, as text, or None."""
        _, found, rest = ("\n" + self._parameters).partition(f"\n[{name}: ")
        return rest.partition("]")[0] if found else None

    def splits(self, rounds):
        """Splits of the first `rounds` rounds: thresholds of numerical ones. An infinite threshold turns for no number."""
        trees = self.trees[: rounds * self.outputs]
        found = {}
        for tree in trees:
            for feature, threshold, decision in zip(tree.features, tree.thresholds, tree.decisions):
                if not decision & 1 and math.isfinite(threshold):
                    found.setdefault(feature, set()).add(threshold)
        return Splits({feature: sorted(values) for feature, values in sorted(found.items())}, [tree.leaves for tree in trees])


def _known_keys(values, known, what):
    for key in values:
        if key not in known:
            refuse(what, f"the key {key} is none that LightGBM 2.3 to 4.7 writes", "train with one of these, and export it there")
