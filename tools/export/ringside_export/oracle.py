"""What Python says of raw rows: refused with every error, or scored with features, margins, values and label.

The features come from the pickled objects on a pandas frame; the plain interpreter must agree in every bit, or
CannotReproduce names row, feature, expected and found. The same judge serves the self-check, the golden rows and `expect`.
"""

from dataclasses import dataclass, field as dataclass_field

import numpy

from .float_type import FLOAT32, FloatType
from .plain_interpreter import PlainInterpreter
from .problems import CannotReproduce
from .sample_rows import dump
from .strict_rows import ERRORS_MAX, StrictCheck


@dataclass
class Verdict:
    """Of one row. errors: [(field, code)] in schema order, or empty and the rest is set; bits are of `feature_type`,
    margin and values of `output_type`, as integers; label is in `classes`, None for a regression."""

    row: dict
    errors: list = dataclass_field(default_factory=list)
    bits: list = None
    margin: list = None
    values: list = None
    label: object = None
    filled: list = None
    unknown: list = None
    clamped: list = None
    feature_type: FloatType = FLOAT32
    output_type: FloatType = FLOAT32

    def expectation(self):
        """The part of a golden or expect line that says what the row gives."""
        if self.errors:
            return {"errors": [{"field": field, "code": code} for field, code in self.errors]}
        expect = {
            "features": self.feature_type.hexes(self.bits),
            "margin": self.output_type.hexes(self.margin),
            "values": self.output_type.hexes(self.values),
            "label": self.label,
            "filled": self.filled,
            "unknown": self.unknown,
        }
        if self.clamped:
            expect["clamped"] = self.clamped
        return expect


class Oracle:
    """The judge of one pipeline. Not thread-safe."""

    def __init__(self, schema, document, training_path, forest, threshold=None, inexact=None):
        """threshold: serving.Threshold, or None for the library's own rule; inexact: functions for the interpreter's inexact steps."""
        self.schema = schema
        self.training_path = training_path
        self.forest = forest
        self.classes = document["classes"]
        self.interpreter = PlainInterpreter(document, inexact)
        self.feature_type = self.interpreter.feature_type
        self.threshold = threshold
        self.features = None
        self._check = StrictCheck(schema)
        self._order = {item.name: number for number, item in enumerate(schema.fields)}

    def judge(self, rows, what="row"):
        """[Verdict], one a row. Leaves the scored rows' matrix, of `feature_type`, in `self.features`.

        what: how messages call a row. Raises CannotReproduce at the first bit that differs.
        """
        verdicts, scored, numbers, raw = [], [], [], []
        for number, row in enumerate(rows):
            verdict = Verdict(row, feature_type=self.feature_type, output_type=self.forest.output_type)
            checked = self._check.check(row)
            verdict.errors = checked.errors
            ran = self._run(checked)
            if ran is not None and (ran.errors or checked.errors):
                verdict.errors = self._ordered(checked.errors + ran.errors)
            verdict.errors = verdict.errors[:ERRORS_MAX]
            if not verdict.errors:
                verdict.bits, verdict.unknown = ran.bits, self._in_order(ran.unknown)
                verdict.filled, verdict.clamped = checked.filled, checked.clamped
                scored.append(verdict)
                numbers.append(number)
                raw.append({**row, **{name: checked.values[name] for name in checked.clamped}} if checked.clamped else row)
            verdicts.append(verdict)
        self.features = self._features(raw) if raw else None
        if scored:
            self._compare(scored, numbers, what)
            self._predict(scored)
        return verdicts

    def _run(self, checked):
        """The interpreter's result; after a failed check the remaining fields are still looked up for their categories."""
        if not checked.errors:
            return self.interpreter.run(checked.values)
        partial = dict(checked.values)
        for item in self.schema.fields:
            if item.name not in partial:
                partial[item.name] = None if item.dtype != "str" else _FIRST_TEXT
        ran = self.interpreter.run(partial)
        ran.errors = [(name, code) for name, code in ran.errors if name in checked.values and code != "NOT_FINITE"]
        return ran

    def _ordered(self, errors):
        return sorted(errors, key=lambda error: self._order.get(error[0], len(self._order)))

    def _in_order(self, names):
        return sorted(set(names), key=self._order.get)

    def _features(self, rows):
        return numpy.ascontiguousarray(self.training_path.features(rows), dtype=self.feature_type.name)

    def _compare(self, scored, numbers, what):
        expected = self.feature_type.array_bits(self.features)
        expected[numpy.isnan(self.features) | (self.features == self.forest.missing)] = self.feature_type.nan_bits
        found = numpy.array([verdict.bits for verdict in scored], dtype=expected.dtype)
        different = numpy.argwhere(expected != found)
        if len(different):
            at, feature = different[0].tolist()
            raise CannotReproduce(
                f"{what} {numbers[at]}, feature '{self.schema.features[feature]}': expected bits "
                f"{self.feature_type.hexes([expected[at, feature]])[0]} (scikit-learn), found "
                f"{self.feature_type.hexes([found[at, feature]])[0]} (preprocess.json); {len(different)} values differ; the row: "
                f"{dump(scored[at].row)[:400]}"
            )

    def _predict(self, scored):
        margins, values = self.forest.predict(self.features)
        margin_bits = self.forest.output_type.array_bits(margins).tolist()
        value_bits = self.forest.output_type.array_bits(values).tolist()
        for number, verdict in enumerate(scored):
            verdict.margin, verdict.values = margin_bits[number], value_bits[number]
            verdict.label = self.classes[self.forest.label(values[number], self.threshold)] if self.classes else None


_FIRST_TEXT = "\0"
