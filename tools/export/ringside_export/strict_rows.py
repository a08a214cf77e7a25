"""What serving says of one raw row, in plain Python: values, what was filled, or every error at once. Strict, or as pandas coerces.

This is the second opinion on the engine's checks (the first is the engine's own code), so it uses no numpy and no pandas.
A row is a dict from field name to None, bool, int, float or str, as a JSON reader gives it.
"""

import math
from dataclasses import dataclass, field as dataclass_field

from . import pandas_rows
from .feature_schema import INT_LIMIT, TEXT_BYTES_MAX

ERRORS_MAX = 32
NOT_FIELDS = frozenset(("request_id", "user_id", "trace_id", "route_tags"))


@dataclass
class Checked:
    """values: field -> int, float, bool, str, or None for a missing value that passes. errors: [(field, code)]."""

    values: dict = dataclass_field(default_factory=dict)
    filled: list = dataclass_field(default_factory=list)
    clamped: list = dataclass_field(default_factory=list)
    errors: list = dataclass_field(default_factory=list)


class StrictCheck:
    """The rules of a schema, made once, asked per row. Immutable, so safe to share."""

    def __init__(self, schema):
        self._fields = schema.fields
        self._known = frozenset(schema.index)
        self._ignore_extra = schema.extra_fields == "ignore"
        self._coerces = schema.coerce == "pandas"

    def check(self, row):
        """Checked for `row`; errors in schema order, extra fields last in the row's order."""
        result = Checked()
        for field in self._fields:
            self._check_field(field, row.get(field.name), result)
        if not self._ignore_extra:
            for name in row:
                if name not in self._known and name not in NOT_FIELDS:
                    result.errors.append((name, "EXTRA_FIELD"))
        return result

    def _check_field(self, field, cell, result):
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            return self._missing(field, result)
        value, code = _CONVERT[field.dtype](cell)
        if code is not None and self._coerces:
            value, code = _coerced(field.dtype, cell)
            if value is None and code is None:
                return self._missing(field, result)
        if code is None:
            value, code = _in_range(field, value, result)
        if code is None:
            result.values[field.name] = value
        else:
            result.errors.append((field.name, code))
        return None

    @staticmethod
    def _missing(field, result):
        if field.required:
            result.errors.append((field.name, "MISSING_REQUIRED"))
        elif field.on_missing == "reject":
            result.errors.append((field.name, "NULL_NOT_ALLOWED"))
        elif field.on_missing == "pass":
            result.values[field.name] = None
        else:
            result.values[field.name] = field.fill
            result.filled.append(field.name)


def _coerced(dtype, cell):
    """As pandas_rows.coerced; what no cell can carry stays refused."""
    if isinstance(cell, str):
        code = _text(cell)[1]
    elif isinstance(cell, int):
        code = None if -(2**63) <= cell < 2**63 else "INT_RANGE"
    else:
        code = None if isinstance(cell, float) else "TYPE_MISMATCH"
    return (None, code) if code is not None else pandas_rows.coerced(dtype, cell)


def _text(cell):
    if not isinstance(cell, str):
        return None, "TYPE_MISMATCH"
    try:
        size = len(cell.encode("utf-8"))
    except UnicodeEncodeError:
        return None, "BAD_UTF8"
    return (cell, None) if size <= TEXT_BYTES_MAX else (None, "TOO_LONG")


def _number(cell):
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return None, "TYPE_MISMATCH"
    if isinstance(cell, float) and math.isinf(cell):
        return None, "NOT_FINITE"
    if isinstance(cell, int) and not -(2**63) <= cell < 2**63:
        return None, "INT_RANGE"
    return cell, None


def _integer(cell):
    value, code = _number(cell)
    if code is not None:
        return None, code
    if abs(value) > INT_LIMIT:
        return None, "INT_RANGE"
    if value != int(value):
        return None, "INT_FRACTION"
    return int(value), None


def _float(cell):
    value, code = _number(cell)
    return (None, code) if code is not None else (float(value), None)


def _bool(cell):
    if isinstance(cell, bool):
        return cell, None
    if isinstance(cell, (int, float)) and cell in (0, 1):
        return bool(cell), None
    return None, "TYPE_MISMATCH"


_CONVERT = {"str": _text, "int": _integer, "float": _float, "bool": _bool}


def _in_range(field, value, result):
    below = field.minimum is not None and value < field.minimum
    above = field.maximum is not None and value > field.maximum
    outside = field.allowed is not None and value not in field.allowed
    if not (below or above or outside):
        return value, None
    if field.on_out_of_range == "reject":
        return None, "OUT_OF_RANGE"
    result.clamped.append(field.name)  # flagged ones too: it is the list of what was out of range and scored all the same
    if field.on_out_of_range == "flag":
        return value, None
    return (field.minimum if below else field.maximum), None
