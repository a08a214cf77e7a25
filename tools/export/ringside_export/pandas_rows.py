"""What `coerce: pandas` makes of one cell, in plain Python: the second opinion on the engine's engine/decode/coerce.cc.

pandas itself is the first: `training_path` asks it of every cell, and both must give the same bits. It reads decimals without
rounding correctly (17 digits gathered in a double, then one power of ten), so `float` would not do. Releases of pandas that
read otherwise exist; `check_release` finds out before anything is exported.
"""

import math
import re

from .feature_schema import INT_LIMIT
from .problems import CannotReproduce

_DIGITS_MAX = 17
_EXPONENT_MAX = 308
_SPACES = " \t\n\v\f\r"
_DECIMAL = re.compile(r"[ \t-\r]*([+-]?)([0-9]*)(?:(\.)([0-9]*))?(?:([eE])([+-]?)([0-9]+))?[ \t-\r]*", re.ASCII)
_INFINITY = re.compile(r"([+-]?)(?:inf|infinity)", re.ASCII | re.IGNORECASE)
_PROBES = ("15.5", "0.30000000000000004", "60367.99140548706", "9007199254740993", "0.00000000000000000001", "1e-309", "1,000", " 5\n")


def number(text):
    """pandas.to_numeric([text], errors="coerce") as a float; NaN where it is no number."""
    read = text.split("\0", 1)[0]
    value, whole = _decimal(read)
    if math.isnan(value):
        found = _INFINITY.fullmatch(read)
        return math.nan if found is None else float(found.group(1) + "inf")
    if not whole:
        return value
    if len(read) != len(text):
        return math.nan
    exact = int(read.strip(_SPACES))
    return float(exact) if -(2**63) <= exact < 2**64 else value


def _decimal(text):
    """(value, is it written as an integer?); NaN: not a number, or beyond the range."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return math.nan, False
    sign, digits, point, decimals, mark, exponent_sign, exponent_digits = found.groups(default="")
    if not digits and not decimals or len(exponent_digits) > _DIGITS_MAX:
        return math.nan, False
    taken = (digits + decimals)[:_DIGITS_MAX]
    value = 0.0
    for digit in taken:
        value = value * 10.0 + int(digit)
    value = -value if sign == "-" else value
    exponent = max(len(digits) - _DIGITS_MAX, 0) - max(len(taken) - len(digits), 0)
    written = int(exponent_digits or "0")
    exponent += -written if exponent_sign == "-" else written
    exponent = (exponent + 2**31) % 2**32 - 2**31  # a C int that wraps
    return _scaled(value, exponent), not point and not mark


def _scaled(value, exponent):
    if exponent > _EXPONENT_MAX:
        return math.nan
    if exponent >= 0:
        value = value * float(f"1e{exponent}")
    elif exponent >= -_EXPONENT_MAX:
        value = value / float(f"1e{-exponent}")
    elif exponent >= -2 * _EXPONENT_MAX:
        value = value / float(f"1e{-exponent - _EXPONENT_MAX}") / 1e308
    else:
        value = 0.0
    return math.nan if math.isinf(value) else value


def coerced(dtype, cell):
    """(value, code) of a cell that strict serving refuses: None where it is missing; code is None or says why not.

    cell: bool, int within int64, float but NaN, or text that can be encoded.
    """
    if dtype == "str":
        return str(cell), None
    if dtype == "bool":
        return bool(cell), None
    value = number(cell) if isinstance(cell, str) else float(cell)
    if math.isnan(value):
        return None, None
    if math.isinf(value):
        return None, "NOT_FINITE"
    if dtype == "float":
        return value, None
    value = math.trunc(value)
    return (None, "INT_RANGE") if abs(value) > INT_LIMIT else (value, None)


def check_release():
    """Raises CannotReproduce where the installed pandas reads numbers otherwise than serving will."""
    import numpy
    import pandas

    for text in _PROBES:
        expected = float(pandas.to_numeric(numpy.array([text], dtype=object), errors="coerce").astype("float64")[0])
        found = number(text)
        if expected.hex() != found.hex():
            raise CannotReproduce(
                f"coerce: pandas: pandas {pandas.__version__} reads '{text.strip()}' as {expected!r}, serving as {found!r}; "
                f"it does as pandas 1.2 to 2.x do: train with one of these, or serve strictly"
            )
