"""preprocess.json, read back and run in plain Python floats: the second opinion on scikit-learn's arithmetic.

No numpy, no scikit-learn, no xgboost: a Python float is an IEEE double, and each operation below rounds once, which is
what the format promises and what the engine's plan does. Whatever the training path computes must come out of here in the
same bits, or the bundle is not written.
"""

import math
from dataclasses import dataclass, field as dataclass_field

from . import float_type


@dataclass
class Ran:
    """bits: the features as unsigned integers, of the document's `feature_dtype`. unknown: fields in plan order. errors: [(field, code)]."""

    bits: list = dataclass_field(default_factory=list)
    unknown: list = dataclass_field(default_factory=list)
    errors: list = dataclass_field(default_factory=list)


class PlainInterpreter:
    """One preprocess document. `run` is pure; an instance can be shared."""

    def __init__(self, document):
        """Raises ValueError when a column is written twice or used before it is written."""
        if document["format_version"] != 1:
            raise ValueError(f"format_version {document['format_version']} is not 1")
        self._features = document["features"]
        self.feature_type = float_type.named(document.get("feature_dtype", "float32"))
        self._missing = float.fromhex(document["missing"]) if "missing" in document else math.nan
        self._source = {}
        self._steps = [self._bind(step) for step in document["steps"]]
        for name in self._features:
            if name not in self._source:
                raise ValueError(f"the feature '{name}' is written by no step")

    def run(self, values):
        """Ran for `values`: field -> int, float, bool, str, or None for a missing number."""
        result = Ran()
        columns = {}
        for step in self._steps:
            step(values, columns, result)
        if result.errors:
            return result
        for name in self._features:
            bits = self.feature_type.bits(columns[name])
            if bits is None:
                result.errors.append((self._source[name], "NOT_FINITE"))
            elif self.feature_type.value(bits) == self._missing:
                bits = self.feature_type.nan_bits
            result.bits.append(bits)
        result.errors = list(dict.fromkeys(result.errors))
        return result

    def field_of(self, feature):
        """The field that `feature` is computed from."""
        return self._source[feature]

    def _bind(self, step):
        op = step["op"]
        if op == "onehot":
            dropped = step.get("drop", [])
            kept = [category for category in step["categories"] if category not in dropped]
            if len(kept) != len(step["outs"]):
                raise ValueError(f"onehot of '{step['field']}': {len(kept)} categories, {len(step['outs'])} columns")
            for out in step["outs"]:
                self._write(out, step["field"])
            return _onehot(step, kept)
        if op in ("number", "label"):
            self._write(step["out"], step["field"])
            return _number(step) if op == "number" else _label(step)
        if "field" not in step and step["in"] not in self._source:
            raise ValueError(f"the column '{step['in']}' is used before it is written")
        self._write(step["out"], step["field"] if "field" in step else self._source[step["in"]])
        return _encode(step, self._source[step["out"]]) if op == "encode" else _arithmetic(step)

    def _write(self, column, field):
        if column in self._source:
            raise ValueError(f"the column '{column}' is written twice")
        self._source[column] = field


def _number(step):
    field, out = step["field"], step["out"]

    def run(values, columns, _result):
        value = values[field]
        columns[out] = math.nan if value is None else float(value)

    return run


def _label(step):
    field, out, unseen = step["field"], step["out"], step["unseen"]
    codes = {text: float(code) for code, text in enumerate(step["classes"])}

    def run(values, columns, result):
        code = codes.get(values[field])
        if code is None:
            if unseen is None:
                result.errors.append((field, "UNKNOWN_CATEGORY"))
                return
            result.unknown.append(field)
            code = codes[unseen]
        columns[out] = code

    return run


def _onehot(step, kept):
    field, unseen, outs = step["field"], step["unseen"], step["outs"]
    categories = frozenset(step["categories"])

    def run(values, columns, result):
        text = values[field]
        if text not in categories:
            if unseen is None:
                result.errors.append((field, "UNKNOWN_CATEGORY"))
                return
            result.unknown.append(field)
            text = None if unseen == "zeros" else unseen["as"]
        for category, out in zip(kept, outs):
            columns[out] = 1.0 if category == text else 0.0

    return run


def _encode(step, field):
    text = "field" in step
    keys = step["categories"] if text else [float.fromhex(category) for category in step["categories"]]
    values = {key: float.fromhex(value) for key, value in zip(keys, step["values"])}

    def otherwise(rule, code, columns, result):
        if rule is None:
            result.errors.append((field, code))
        else:
            columns[step["out"]] = math.nan if rule == "nan" else float.fromhex(rule)

    def run(fields, columns, result):
        key = fields[field] if text else columns[step["in"]]
        if key is None or key != key:
            otherwise(step["missing"], "NULL_NOT_ALLOWED", columns, result)
        elif key in values:
            columns[step["out"]] = values[key]
        else:
            if step["unseen"] is not None:
                result.unknown.append(field)
            otherwise(step["unseen"], "UNKNOWN_CATEGORY", columns, result)

    return run


def _arithmetic(step):
    source, out, op = step["in"], step["out"], step["op"]
    if op == "clip":
        low, high = float.fromhex(step["low"]), float.fromhex(step["high"])

        def clip(_values, columns, _result):
            if source in columns:
                value = columns[source]
                if not math.isnan(value):  # numpy.clip: a zero of either sign at the bound becomes the bound
                    value = value if value > low else low
                    value = value if value < high else high
                columns[out] = value

        return clip
    value = float.fromhex(step["value"])
    compute = {
        "add": lambda x: x + value,
        "subtract": lambda x: x - value,
        "multiply": lambda x: x * value,
        "divide": lambda x: x / value,
    }[op]

    def run(_values, columns, _result):
        if source in columns:
            columns[out] = compute(columns[source])

    return run
