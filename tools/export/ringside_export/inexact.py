"""Steps that are not bit-exact: numpy's functions for the comparison with scikit-learn, and how far the C library's are.

The structure is proven with numpy's own functions in the interpreter, bit for bit. The engine has the C library's, as Python's
`math` has; the distance of their results, in units in the last place, is measured on every row that was judged.
"""

import math
import struct

import numpy
from scipy.special import boxcox
from scipy.stats import norm
from sklearn.preprocessing import PowerTransformer

from .plain_interpreter import PlainInterpreter
from .plain_steps import Inexact

ULP_MAX = 2**29  # near zero a power is thousands of float64 units off, and the same float32 all the same
_BOUNDS_THRESHOLD = 1e-7  # QuantileTransformer's


class NumpyFunctions(Inexact):
    """The functions as scikit-learn calls them, on arrays of one number."""

    def __init__(self):
        spread = _BOUNDS_THRESHOLD - numpy.spacing(1)
        self._low, self._high = float(norm.ppf(spread)), float(norm.ppf(1 - spread))
        self._power = PowerTransformer()

    @staticmethod
    def _one(function, x, *more):
        with numpy.errstate(all="ignore"):
            return float(function(numpy.array([x]), *more)[0])

    def log1p(self, x):
        return self._one(numpy.log1p, x)

    def yeo_johnson(self, x, power):
        return self._one(self._power._yeo_johnson_transform, x, power)

    def box_cox(self, x, power):
        return self._one(boxcox, x, power)

    def normal(self, probability):
        return float(numpy.clip(self._one(norm.ppf, probability), self._low, self._high))


def ulps(one, other):
    """How many doubles lie between two; 0 for two NaN, and a great many where only one is."""
    if one != one or other != other:
        return 0 if one != one and other != other else 2**62
    return abs(_order(one) - _order(other))


def _order(value):
    bits = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits if bits >= 0 else -(bits & 0x7FFFFFFFFFFFFFFF)


class Measure:
    """The greatest distance a step, over rows: `add` them, then read `bounds`."""

    def __init__(self, document, inexact):
        """inexact: place of a step -> class that was fitted."""
        self._steps = {place: document["steps"][place] for place in inexact}
        self._alone = {place: PlainInterpreter(_one_step(step)) for place, step in self._steps.items()}
        self._what = inexact
        self._with_numpy = PlainInterpreter(document, NumpyFunctions())
        self._worst = dict.fromkeys(inexact, 0)

    def add(self, values):
        """One row's checked values: each inexact step is asked with the very number that it reads there."""
        columns = self._with_numpy.columns(values)
        for place, step in self._steps.items():
            if step["in"] in columns and step["out"] in columns:
                value = columns[step["in"]]
                found = self._alone[place].columns({"x": None if math.isnan(value) else value})[step["out"]]
                self._worst[place] = max(self._worst[place], ulps(found, columns[step["out"]]))

    def bounds(self):
        """The entries of manifest.inexact: twice the worst distance that was met, 4 at least, and one unit of a float32 at most."""
        return [
            {"step": place, "what": self._what[place], "ulp": min(max(4, 2 * self._worst[place]), ULP_MAX)}
            for place in sorted(self._steps)
        ]


def _one_step(step):
    number = {"op": "number", "field": "x", "out": step["in"]}
    return {"format_version": 1, "steps": [number, step], "features": [step["out"]], "classes": []}
