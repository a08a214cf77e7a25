"""Each step of preprocess.json in plain Python floats: closures over (values, columns, result).

A Python float is an IEEE double and every operation here rounds once. Steps with `"width": "float32"` round once more. The
inexact ones take their function from `Inexact`, so that the exporter can put numpy's in its place.
"""

import bisect
import math
import statistics
import struct


def bind(step, inexact):
    """The closure of `step`. Raises ValueError for an op that there is not."""
    maker = _MAKERS.get(step["op"])
    if maker is None:
        raise ValueError(f"the op '{step['op']}' is unknown")
    return maker(step, inexact)


def float32(value):
    """`value` rounded to float32, as a float; infinite where it is too large."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def _constant(text):
    return None if text is None else math.nan if text == "nan" else float.fromhex(text)


def _number(step, _inexact):
    field, out = step["field"], step["out"]

    def run(values, columns, _result):
        value = values[field]
        columns[out] = math.nan if value is None else float(value)

    return run


def _label(step, _inexact):
    field, out, unseen = step["field"], step["out"], step["unseen"]
    codes = {text: float(code) for code, text in enumerate(step["classes"])}

    def run(values, columns, result):
        code = codes.get(values[field])
        if code is None:
            if unseen is None:
                result.refuse(field, "UNKNOWN_CATEGORY")
                return
            result.unknown.append(field)
            code = codes[unseen]
        columns[out] = code

    return run


def _onehot(step, _inexact):
    field, unseen, outs = step["field"], step["unseen"], step["outs"]
    dropped = step.get("drop", [])
    kept = [category for category in step["categories"] if category not in dropped]
    if len(kept) != len(outs):
        raise ValueError(f"onehot of '{field}': {len(kept)} categories, {len(outs)} columns")
    categories = frozenset(step["categories"])

    def run(values, columns, result):
        text = values[field]
        if text not in categories:
            if unseen is None:
                result.refuse(field, "UNKNOWN_CATEGORY")
                return
            result.unknown.append(field)
            text = None if unseen == "zeros" else unseen["as"]
        for category, out in zip(kept, outs):
            columns[out] = 1.0 if category == text else 0.0

    return run


class _Missing(Exception):
    """What is asked for is missing, and that is refused."""


class _Unseen(Exception):
    """What is asked for is no category, and that is refused."""


def _finder(step, given):
    """(value, seen) of what a row holds: a text or None, or a number."""
    categories = step["categories"] if "field" in step else [float.fromhex(text) for text in step["categories"]]
    if len(categories) != len(given):
        raise ValueError(f"{step['op']}: {len(categories)} categories, {len(given)} values")
    table = dict(zip(categories, given))  # floats that are equal are one key, and so are both zeros
    if len(table) != len(given):
        raise ValueError(f"{step['op']}: a category appears twice")
    missing, unseen = step["missing"], step["unseen"]

    def find(cell):
        if cell is None or cell != cell:
            if missing is None:
                raise _Missing
            return missing, True
        if cell in table:
            return table[cell], True
        if unseen is None:
            raise _Unseen
        return unseen, False

    return find


def _lookup(step, given, store):
    """The closure of encode and indicators: finds, lists what is unseen, and lets `store` write."""
    find, field, source = _finder(step, given), step.get("field"), step.get("in")

    def run(values, columns, result):
        if field is None and source not in columns:
            return
        root = field if field is not None else result.source[source]
        try:
            found, seen = find(values[field] if field is not None else columns[source])
        except _Missing:
            result.refuse(root, "NULL_NOT_ALLOWED")
        except _Unseen:
            result.refuse(root, "UNKNOWN_CATEGORY")
        else:
            if not seen:
                result.unknown.append(root)
            store(found, columns)

    return run


def _encode(step, _inexact):
    out = step["out"]

    def store(found, columns):
        columns[out] = _constant(found)

    return _lookup(step, step["values"], store)


def _indicators(step, _inexact):
    outs = step["outs"]
    for slot in (*step["slots"], step["missing"], step["unseen"]):
        if slot not in (None, "zeros") and not 0 <= slot < len(outs):
            raise ValueError(f"indicators: the slot {slot} is none of {len(outs)} columns")

    def store(found, columns):
        for slot, out in enumerate(outs):
            columns[out] = 1.0 if slot == found else 0.0

    return _lookup(step, step["slots"], store)


def _of_column(step, compute):
    """The closure of a step from one column to one, rounded to its width."""
    source, out, narrow = step["in"], step["out"], step.get("width") == "float32"

    def run(_values, columns, _result):
        if source in columns:
            value = compute(columns[source])
            columns[out] = float32(value) if narrow else value

    return run


def _divide(value, by):
    if by != 0:
        return value / by
    return math.nan if value == 0 or value != value else math.copysign(math.inf, value) * math.copysign(1.0, by)


def _arithmetic(step, _inexact):
    value = float.fromhex(step["value"])
    return _of_column(
        step,
        {
            "add": lambda x: x + value,
            "subtract": lambda x: x - value,
            "multiply": lambda x: x * value,
            "divide": lambda x: _divide(x, value),
        }[step["op"]],
    )


def _clip(step, _inexact):
    low, high = float.fromhex(step["low"]), float.fromhex(step["high"])

    def compute(value):
        if math.isnan(value):
            return value
        value = value if value > low else low  # numpy.clip: a zero of either sign at the bound becomes the bound
        return value if value < high else high

    return _of_column(step, compute)


_ONE_NUMBER = {
    "float32": float32,
    "abs": abs,
    "sqrt": lambda x: x if x != x else math.sqrt(x) if x >= 0 else math.nan,
    "square": lambda x: x * x,
}


def _one_number(step, _inexact):
    return _of_column(step, _ONE_NUMBER[step["op"]])


def _equal_to(equals):
    value = _constant(equals)
    return (lambda x: x != x) if value != value else (lambda x: x == value)


def _impute(step, _inexact):
    equal, value = _equal_to(step["equals"]), _constant(step["value"])
    return _of_column(step, lambda x: value if equal(x) else x)


def _is_missing(step, _inexact):
    if "in" in step:
        equal = _equal_to(step["equals"])
        return _of_column(step, lambda x: 1.0 if equal(x) else 0.0)
    field, out = step["field"], step["out"]

    def run(values, columns, _result):
        columns[out] = 1.0 if values[field] is None else 0.0

    return run


def _require(step, _inexact):
    source, finite = step["in"], step.get("what") == "finite"

    def run(_values, columns, result):
        if source not in columns:
            return
        if finite and math.isinf(columns[source]):
            result.infinite.append(result.source[source])
        if not finite and columns[source] != columns[source]:
            result.refuse(result.source[source], "NULL_NOT_ALLOWED")

    return run


def _binarize(step, _inexact):
    threshold = float.fromhex(step["threshold"])
    return _of_column(step, lambda x: 1.0 if x > threshold else 0.0)


def _bins(step, _inexact):
    edges = [float.fromhex(edge) for edge in step["edges"]]
    source, out = step["in"], step["out"]

    def run(_values, columns, result):
        value = columns.get(source)
        if value is not None and value != value:
            result.refuse(result.source[source], "NULL_NOT_ALLOWED")
        elif value is not None:
            columns[out] = float(bisect.bisect_right(edges, value))

    return run


def interpolate(x, places, values):
    """numpy.interp of one finite or infinite number: `values` at `places`, which do not fall."""
    if x > places[-1]:
        return values[-1]
    if x < places[0]:
        return values[0]
    at = bisect.bisect_right(places, x) - 1
    if at == len(places) - 1 or places[at] == x:
        return values[at]
    slope = _divide(values[at + 1] - values[at], places[at + 1] - places[at])
    result = slope * (x - places[at]) + values[at]
    if result != result:
        result = slope * (x - places[at + 1]) + values[at + 1]
        if result != result and values[at] == values[at + 1]:
            result = values[at]
    return result


def _quantile(step, inexact):
    places = [float.fromhex(text) for text in step["quantiles"]]
    values = [float.fromhex(text) for text in step["references"]]
    back_places, back_values = [-place for place in reversed(places)], [-value for value in reversed(values)]
    normal = step["distribution"] == "normal"
    margin = 1e-7 if normal else None

    def compute(x):
        if x != x:
            return x
        result = 0.5 * (interpolate(x, places, values) - interpolate(-x, back_places, back_values))
        if x + margin > places[-1] if normal else x == places[-1]:
            result = 1.0
        if x - margin < places[0] if normal else x == places[0]:
            result = 0.0
        return inexact.normal(result) if normal else result

    return _of_column(step, compute)


def _log1p(step, inexact):
    return _of_column(step, inexact.log1p)


def _power(step, inexact):
    method, exponent = step["method"], float.fromhex(step["lambda"])
    compute = inexact.box_cox if method == "box-cox" else inexact.yeo_johnson
    return _of_column(step, lambda x: compute(x, exponent))


_EPSILON = 2.0**-52


class Inexact:
    """The functions that no two libraries round alike, by the C library's."""

    @staticmethod
    def log1p(x):
        """log(1 + x); NaN below -1."""
        return math.log1p(x) if x > -1 else -math.inf if x == -1 else math.nan

    @staticmethod
    def _pow(base, exponent):
        try:
            return math.pow(base, exponent)
        except OverflowError:
            return math.inf

    def yeo_johnson(self, x, power):
        """PowerTransformer(method="yeo-johnson") of one number."""
        if x != x:
            return x
        if x >= 0:
            return self.log1p(x) if abs(power) < _EPSILON else (self._pow(x + 1, power) - 1) / power
        if abs(power - 2) > _EPSILON:
            return -(self._pow(-x + 1, 2 - power) - 1) / (2 - power)
        return -self.log1p(-x)

    @staticmethod
    def box_cox(x, power):
        """PowerTransformer(method="box-cox") of one number: expm1(power * log(x)) / power."""
        if x != x or x < 0:
            return math.nan
        logarithm = math.log(x) if x > 0 else -math.inf
        if abs(power) < 1e-19:
            return logarithm
        try:
            return math.expm1(power * logarithm) / power
        except OverflowError:
            return math.copysign(math.inf, power)

    @staticmethod
    def normal(probability):
        """The normal distribution's inverse, clipped as QuantileTransformer does."""
        low, high = -5.199337582605575, 5.19933758270342
        if probability <= 0 or probability >= 1:
            return low if probability <= 0 else high
        return min(max(statistics.NormalDist().inv_cdf(probability), low), high)


_MAKERS = {
    "number": _number,
    "label": _label,
    "onehot": _onehot,
    "encode": _encode,
    "indicators": _indicators,
    "add": _arithmetic,
    "subtract": _arithmetic,
    "multiply": _arithmetic,
    "divide": _arithmetic,
    "clip": _clip,
    "float32": _one_number,
    "abs": _one_number,
    "sqrt": _one_number,
    "square": _one_number,
    "impute": _impute,
    "is_missing": _is_missing,
    "require": _require,
    "binarize": _binarize,
    "bins": _bins,
    "quantile": _quantile,
    "log1p": _log1p,
    "power": _power,
}
