"""preprocess.json, read back and run in plain Python floats: the second opinion on scikit-learn's arithmetic.

No numpy, no scikit-learn, no xgboost: a Python float is an IEEE double, and each operation below rounds once, which is
what the format promises and what the engine's plan does. Whatever the training path computes must come out of here in the
same bits, or the bundle is not written.
"""

import math
from dataclasses import dataclass, field as dataclass_field

from . import float_type
from .plain_steps import Inexact, bind


@dataclass
class Ran:
    """bits: the features as unsigned integers, of the document's `feature_dtype`, where no step refused. unknown: fields in plan order.
    errors: [(field, code)].

    For the steps: source: column -> the field that it comes from; infinite: fields that a step found infinite, which are errors
    where there are no others.
    """

    bits: list = dataclass_field(default_factory=list)
    unknown: list = dataclass_field(default_factory=list)
    errors: list = dataclass_field(default_factory=list)
    source: dict = dataclass_field(default_factory=dict)
    infinite: list = dataclass_field(default_factory=list)

    def refuse(self, field, code):
        """An error of `field`, which has one at most: the first."""
        if all(name != field for name, _ in self.errors):
            self.errors.append((field, code))


class PlainInterpreter:
    """One preprocess document. `run` is pure; an instance can be shared."""

    def __init__(self, document, inexact=None):
        """inexact: an `Inexact` with other functions, such as numpy's. Raises ValueError for a document that makes no sense."""
        if document["format_version"] != 1:
            raise ValueError(f"format_version {document['format_version']} is not 1")
        self._inexact = Inexact() if inexact is None else inexact
        self._features = document["features"]
        self.feature_type = float_type.named(document.get("feature_dtype", "float32"))
        self._missing = float.fromhex(document["missing"]) if "missing" in document else math.nan
        self._zero_is_missing = document.get("zero_is_missing", False)
        self._source = {}
        self._steps = [self._bind(step) for step in document["steps"]]
        for name in self._features:
            if name not in self._source:
                raise ValueError(f"the feature '{name}' is written by no step")

    def run(self, values):
        """Ran for `values`: field -> int, float, bool, str, or None for a missing value that the field passes."""
        result, columns = self._run_steps(values)
        if result.errors:
            return result
        for name in self._features:
            missing = self._zero_is_missing and columns[name] == 0
            bits = self.feature_type.nan_bits if missing else self.feature_type.bits(columns[name])
            if bits is None:
                result.refuse(self._source[name], "NOT_FINITE")
            elif self.feature_type.value(bits) == self._missing:
                bits = self.feature_type.nan_bits
            result.bits.append(bits)
        return result

    def columns(self, values):
        """Every column that the steps write for `values`, by name; some are not there for a row that is refused."""
        return self._run_steps(values)[1]

    def _run_steps(self, values):
        result, columns = Ran(source=self._source), {}
        for step in self._steps:
            step(values, columns, result)
        for field in [] if result.errors else result.infinite:
            result.refuse(field, "NOT_FINITE")
        return result, columns

    def field_of(self, feature):
        """The field that `feature` is computed from."""
        return self._source[feature]

    def _bind(self, step):
        if "in" in step and step["in"] not in self._source:
            raise ValueError(f"the column '{step['in']}' is used before it is written")
        run = bind(step, self._inexact)
        root = step["field"] if "field" in step else self._source[step["in"]]
        for out in step.get("outs", [step["out"]] if "out" in step else []):
            self._write(out, root)
        return run

    def _write(self, column, field):
        if column in self._source:
            raise ValueError(f"the column '{column}' is written twice")
        self._source[column] = field
