"""Raw values that sit where mistakes show: on split thresholds, one ulp beside them, and at the ends of each dtype.

A number's way from field to feature is monotone (subtract, divide, multiply, add, clip, one rounding to the feature's type), so the
smallest raw value that reaches or passes a threshold is found by bisection over the doubles (or the integers, for an int field).
XGBoost turns where a feature reaches a threshold (x < t goes left), LightGBM where it passes one (x <= t): both are probed.
"""

import math
import struct
import unicodedata

from . import fitted
from .feature_schema import INT_LIMIT
from .plain_interpreter import PlainInterpreter

_UNDO = {"add": lambda x, v: x - v, "subtract": lambda x, v: x + v, "multiply": lambda x, v: x / v, "divide": lambda x, v: x * v}
PROBES_MAX = 340  # thresholds a field; more are thinned evenly, and the summary says so


def number_fields(plan):
    """[(field, feature index)] of the int, float fields that reach the model as a number; of a pipeline's fields, several features
    may be one field's."""
    index = {name: number for number, name in enumerate(plan.schema.features)}
    if plan.pipeline:
        roots = PlainInterpreter(plan.document)
        fields = {item.name: item for item in plan.schema.fields if item.dtype in ("int", "float")}
        return [(fields[roots.field_of(name)], index[name]) for name in index if roots.field_of(name) in fields]
    return [
        (item, index[item.name])
        for item in plan.schema.fields
        if item.dtype in ("int", "float") and item.name in index and item.role != "meta" and item.name not in plan.parameters
    ]


class FieldChain:
    """One number field's steps to a feature, by themselves."""

    def __init__(self, plan, field, feature=None, exact=False):
        """feature: its name, or any column's; the field's own where it is None. exact: in float64, as steps compare, whatever the model reads."""
        self._name = field.name
        self._integer = field.dtype == "int"
        owned, steps = set(), []
        for step in plan.document["steps"]:
            if step.get("field") == field.name or step.get("in") in owned:
                owned.update(step.get("outs", [step["out"]] if "out" in step else []))
                steps.append(step)
        self._steps = steps
        document = {**plan.document, "steps": steps, "features": [feature or field.name], "classes": []}
        for key in ("missing", "zero_is_missing"):  # the number itself is wanted
            document.pop(key, None)
        if exact:
            document["feature_dtype"] = "float64"
        self._interpreter = PlainInterpreter(document)

    def feature(self, value):
        """The feature of a raw value, as a Python float; infinity on overflow, NaN where a step refuses it."""
        ran = self._interpreter.run({self._name: value})
        if not ran.bits:
            return math.nan
        bits = ran.bits[0]
        return math.copysign(math.inf, value) if bits is None else self._interpreter.feature_type.value(bits)

    def around(self, threshold):
        """Raw values whose feature is just below, exactly on and just above `threshold`, as far as raw values reach there."""
        values = []
        at = self._first(threshold, float.__ge__)
        above = self._first(threshold, float.__gt__)
        if at is not None:
            values += [self._before(at), at]
        if above is not None:
            values.append(above)
        return list(dict.fromkeys(value for value in values if value is not None))

    def _first(self, target, reaches):
        """The smallest raw value whose feature `reaches` the target (is at least it, or above it), or None."""

        def turns_between(low, high):
            return not reaches(self._at(low), target) and reaches(self._at(high), target)

        low, high = self._bracket(target)
        if not turns_between(low, high):
            low, high = (-INT_LIMIT, INT_LIMIT) if self._integer else (_order(-1e300), _order(1e300))
            if not turns_between(low, high):
                return None
        while high - low > 1:
            middle = (low + high) // 2
            if reaches(self._at(middle), target):
                high = middle
            else:
                low = middle
        return high if self._integer else _unorder(high)

    def _bracket(self, target):
        guess = target
        for step in reversed(self._steps):
            if step["op"] in _UNDO:
                value = float.fromhex(step["value"])
                guess = _UNDO[step["op"]](guess, value) if value != 0 else guess
        if not math.isfinite(guess):
            guess = 0.0
        if self._integer:
            guess = max(-INT_LIMIT + 4, min(INT_LIMIT - 4, math.floor(guess)))
            return guess - 3, guess + 4
        centre = _order(guess)
        return centre - 2**34, centre + 2**34

    def _at(self, position):
        return self.feature(position if self._integer else _unorder(position))

    def _before(self, value):
        if self._integer:
            return value - 1 if value > -INT_LIMIT else None
        return _unorder(_order(value) - 1)


def _order(value):
    """The doubles as integers in the same order; both zeros are 0."""
    bits = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits if bits >= 0 else -(bits & 0x7FFFFFFFFFFFFFFF)


def _unorder(position):
    return (
        struct.unpack("<d", struct.pack("<q", position))[0]
        if position >= 0
        else -struct.unpack("<d", struct.pack("<q", -position))[0]
    )


def threshold_values(plan, thresholds):
    """field name -> raw probe values; and (thresholds probed on the spot, from both sides, of number fields, thinned away)."""
    found, on_spot, both, total, thinned = {}, 0, 0, 0, 0
    for field, index in number_fields(plan):
        wanted = thresholds.get(index, [])
        total += len(wanted)
        thinned += max(0, len(wanted) - PROBES_MAX)
        wanted = _thinned(wanted)
        chain = FieldChain(plan, field, plan.schema.features[index])
        values = {}
        for threshold in wanted:
            around = chain.around(threshold)
            features = [chain.feature(value) for value in around]
            on_spot += threshold in features
            both += any(feature < threshold for feature in features) and any(feature > threshold for feature in features)
            values.update(dict.fromkeys(around))
        found[field.name] = list(dict.fromkeys([*found.get(field.name, []), *values]))
    return found, (on_spot, both, total, thinned)


def _thinned(wanted):
    if len(wanted) <= PROBES_MAX:
        return wanted
    return [wanted[position * len(wanted) // PROBES_MAX] for position in range(PROBES_MAX)]


def step_values(plan):
    """field name -> raw values that bring a step's number onto an edge of its bins, onto its threshold or onto one of its quantiles, and just
    beside it. Trees need not split there: a bin's column is often 1 in the middle alone, and an edge that moved would go unseen."""
    roots = PlainInterpreter(plan.document)
    fields = {item.name: item for item in plan.schema.fields if item.dtype in ("int", "float")}
    found = {}
    for step in plan.document["steps"]:
        edges = step.get("edges") or step.get("quantiles") or ([step["threshold"]] if "threshold" in step else [])
        field = fields.get(roots.field_of(step["in"])) if edges else None
        if field is None:
            continue
        chain = FieldChain(plan, field, step["in"], exact=True)
        values = found.setdefault(field.name, {})
        for edge in _thinned(sorted({float.fromhex(edge) for edge in edges})):
            values.update(dict.fromkeys(chain.around(edge)))
    return {name: list(values) for name, values in found.items()}


def edge_values(plan):
    """field name -> values at the ends of its dtype and texts that look alike; what strict serving refuses is dropped later."""
    edges = {}
    for item in plan.schema.fields:
        if item.dtype == "int":
            edges[item.name] = [0, -0.0, 27.0, -1, 1, 2**31, -(2**31) - 1, 2**53, -(2**53), item.minimum, item.maximum]
        elif item.dtype == "float":
            edges[item.name] = [
                0,
                -0.0,
                27,
                0.1,
                -1.5,
                5e-324,
                -5e-324,
                1e-40,
                1e30,
                -1e30,
                16777217,
                2**53,
                item.minimum,
                item.maximum,
            ]
        elif item.dtype == "bool":
            edges[item.name] = [True, False, 0, 1]
        elif item.name in plan.parameters:
            edges[item.name] = _texts(plan.parameters[item.name])
        edges[item.name] = [value for value in edges.get(item.name, []) if value is not None]
    return edges


def coerced_values(plan):
    """field name -> values that strict serving refuses and pandas coerces."""
    texts = ["3.9", "-3.9", " 27 ", "-0", "-0.0", "x", "", "nan", "True", "1e400", "1,000", "0x10", "0.30000000000000004", "1e-5", "\t5\n"]
    numbers = {"int": [3.9, -0.5, 0.999, True, False], "float": [True, False], "bool": [2, -1, 0.5, math.inf]}
    values = {item.name: numbers[item.dtype] + texts for item in plan.schema.fields if item.dtype != "str"}
    for name, parameter in plan.parameters.items():
        known = [text for text in categories(parameter) if _as_number(text) is not None]
        values[name] = [1, 0, -27, 1.0, 0.1, 1e16, 1e-5, -0.0, True, False, math.inf] + [_as_number(text) for text in known[:20]]
    return values


def _as_number(text):
    """The int or float that Python prints as `text`, or None."""
    for kind in (int, float):
        try:
            if str(kind(text)) == text and abs(kind(text)) < 2**63:
                return kind(text)
        except (ValueError, OverflowError):
            pass
    return None


def categories(parameter):
    """The texts that an encoder knows, in its order; or the categories, of a column of pandas' category dtype."""
    return parameter.classes if isinstance(parameter, fitted.Label) else parameter.categories


def number_categories(plan):
    """Field name -> (the numbers that encoders know of it, some that they do not know). What was computed from a field before it is encoded
    is taken for the field itself; a row for which that is wrong shows something else, and is as good a row."""
    if not plan.pipeline:
        return {}
    roots, dtypes = PlainInterpreter(plan.document), {item.name: item.dtype for item in plan.schema.fields}
    found = {}
    for step in plan.document["steps"]:
        if "in" in step and "categories" in step and dtypes[roots.field_of(step["in"])] in ("int", "float"):
            field = roots.field_of(step["in"])
            convert = int if dtypes[field] == "int" else float
            numbers = [convert(value) for value in map(float.fromhex, step["categories"]) if math.isfinite(value)]
            known, unknown = found.setdefault(field, ({}, {}))
            known.update(dict.fromkeys(numbers))
            if numbers:
                unknown.update(dict.fromkeys([max(numbers) + 1, min(numbers) - 1]))
    return {field: (list(known), [value for value in unknown if value not in known]) for field, (known, unknown) in found.items()}


def unseen_text(known):
    """A text that is not among `known`."""
    text = "never seen"
    while text in known:
        text += "?"
    return text


def _texts(parameter):
    known = categories(parameter)
    first = known[0]
    last = known[-1]
    candidates = [
        "",
        " ",
        unseen_text(known),
        "nan",
        "None",
        "NaN",
        "null",
        "unknown",
        "UNKNOWN",
        f" {first}",
        f"{first} ",
        first.swapcase(),
        first[:-1],
        f"{last}x",
        "\u00e9",
        "e\u0301",
        "\U0001d11e",
        "\u0000",
        "a\nb",
        '"quoted", \\',
        "x" * 64,
    ]
    for form in ("NFC", "NFD"):  # another spelling of a known text is another text
        other = next((text for text in (unicodedata.normalize(form, text) for text in known) if text not in known), None)
        candidates += [] if other is None else [other]
    return list(dict.fromkeys(candidates))
