"""Raw scores -> values in plain Python floats, in LightGBM's order: proof that an objective is understood.

The engine computes the same (engine/forest/lightgbm/objective.h); here it only confirms, on every sample row, that LightGBM's
values are what the format says. `math` is the C library's.
"""

import math
import re
from dataclasses import dataclass

import numpy

from .model import refuse


@dataclass(frozen=True)
class Objective:
    """The objective line of a model file. name: empty for the caller's own; sqrt: reg_sqrt; sigmoid: as LightGBM reads it."""

    name: str
    outputs: int = 1
    sigmoid: float = 1.0
    sqrt: bool = False

    @property
    def is_binary(self):
        """One value: the probability of the second class."""
        return self.name == "binary"

    @property
    def is_multiclass(self):
        """A value a class."""
        return self.name in ("multiclass", "multiclassova")

    def values(self, margins, rounds=0):
        """float64 (rows, outputs) from raw scores (rows, outputs). rounds: of a random forest, over which scores are averaged."""
        rows = margins.tolist() if rounds == 0 else [[score / rounds for score in row] for row in margins.tolist()]
        made = [_softmax(row) if self.name == "multiclass" else [self.value(score) for score in row] for row in rows]
        return numpy.array(made, numpy.float64).reshape(margins.shape)

    def value(self, score):
        """The value of one raw score. REQUIRES: an objective whose outputs do not depend on each other."""
        return _signed_square(score, self.sigmoid) if self.sqrt else _TRANSFORMS[self.name](score, self.sigmoid)


def _exp(x):
    try:
        return math.exp(x)
    except OverflowError:  # the C function returns infinity
        return math.inf


def _identity(score, _):
    return score


def _logistic(score, sigmoid):
    return 1.0 / (1.0 + _exp(-sigmoid * score))


def _to_exp(score, _):
    return _exp(score)


def _log1p_exp(score, _):
    return math.log1p(_exp(score))


def _signed_square(score, _):
    return ((score > 0) - (score < 0)) * score * score


def _softmax(scores):
    largest = max(scores)
    values = [_exp(score - largest) for score in scores]
    total = 0.0
    for value in values:
        total += value
    return [value / total for value in values]


_TRANSFORMS = {
    "": _identity,
    "binary": _logistic,
    "cross_entropy": _logistic,
    "cross_entropy_lambda": _log1p_exp,
    "fair": _identity,
    "gamma": _to_exp,
    "huber": _identity,
    "lambdarank": _identity,
    "mape": _identity,
    "multiclass": None,  # _softmax: of all outputs together
    "multiclassova": _logistic,
    "poisson": _to_exp,
    "quantile": _identity,
    "rank_xendcg": _identity,
    "regression": _identity,
    "regression_l1": _identity,
    "tweedie": _to_exp,
}
_WITH_SIGMOID = ("binary", "multiclassova")
_WITH_SQRT = ("fair", "mape", "quantile", "regression", "regression_l1")
KNOWN = tuple(name for name in _TRANSFORMS if name)
_NUMBER = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,15}))?(?:e([+-]?)([0-9]{1,2}))?\Z")


def parse_objective(line, what):
    """Objective of a file's line, "binary sigmoid:0.7". Raises CannotReproduce; `what` is the model for its message."""
    name, *words = line.split()
    if name not in KNOWN:
        refuse(what, f"objective {name} is not in this version", f"train with one of {', '.join(KNOWN)}")
    outputs, sigmoid, sqrt = 1, None, False
    for word in words:
        key, _, text = word.partition(":")
        if key == "sigmoid" and name in _WITH_SIGMOID:
            sigmoid = read_as_atof(text)
        elif key == "num_class" and name in ("multiclass", "multiclassova"):
            outputs = int(text)
        elif word == "sqrt" and name in _WITH_SQRT:
            sqrt = True
        else:
            refuse(what, f"objective {name} has a parameter that is not known to it: {word}", "train without it")
    if name in _WITH_SIGMOID and not sigmoid:
        refuse(what, f"objective {line}: sigmoid: expected a number above 0 as LightGBM prints it", "train it again")
    return Objective(name, outputs, sigmoid or 1.0, sqrt)


def read_as_atof(text):
    """The double that LightGBM's Common::Atof makes of `text`: whole part plus fraction, then times a power of ten, in three
    roundings (1.14 is 1.1400000000000001); None for another spelling."""
    match = _NUMBER.match(text)
    if not match or int(match[4] or 0) > 22:
        return None
    value = float(match[1])
    if match[2]:
        value += float(match[2]) / 10.0 ** len(match[2])
    scale = 10.0 ** int(match[4] or 0)
    return value / scale if match[3] == "-" else value * scale
