"""Goal: the strict rules of formats.md, one by one, and every error of a row at once.

Method: one field a schema, tables of cells with the value or the code.
"""

import math

import pytest

from ringside_export import feature_schema, yaml_text
from ringside_export.strict_rows import StrictCheck


def check_of(field, top=""):
    text = f"{top}fields:\n  - {field}\n  - {{name: last, fill: z}}\nfinal_feature_cols: [x]\n"
    return StrictCheck(feature_schema.from_document(yaml_text.parse(text, "schema"), "schema"))


@pytest.mark.parametrize(
    "dtype, cell, value",
    [
        ("int", 27, 27),
        ("int", 27.0, 27),
        ("int", -0.0, 0),
        ("int", 2**53, 2**53),
        ("int", -(2.0**53), -(2**53)),
        ("float", 3, 3.0),
        ("float", -0.0, -0.0),
        ("float", 2**53 + 1, 2.0**53),
        ("float", 5e-324, 5e-324),
        ("bool", True, True),
        ("bool", 0, False),
        ("str", "", ""),
        ("str", "nan", "nan"),
        ("str", "é" * 2048, "é" * 2048),
    ],
)
def test_cell_is_accepted_as_the_dtype(dtype, cell, value):
    found = check_of(f"{{name: x, dtype: {dtype}, fill: {dict(bool='true').get(dtype, '7')}}}").check({"x": cell, "last": "a"})
    assert (found.errors, found.filled) == ([], [])
    assert repr(found.values["x"]) == repr(value)


@pytest.mark.parametrize(
    "dtype, cell, code",
    [
        ("int", 35.5, "INT_FRACTION"),
        ("int", 5e-324, "INT_FRACTION"),
        ("int", 2**53 + 1, "INT_RANGE"),
        ("int", -1e300, "INT_RANGE"),
        ("int", 2**63, "INT_RANGE"),
        ("int", math.inf, "NOT_FINITE"),
        ("int", "27", "TYPE_MISMATCH"),
        ("int", True, "TYPE_MISMATCH"),
        ("int", [1], "TYPE_MISMATCH"),
        ("float", "1.5", "TYPE_MISMATCH"),
        ("float", False, "TYPE_MISMATCH"),
        ("float", -math.inf, "NOT_FINITE"),
        ("float", 2**63, "INT_RANGE"),
        ("bool", "true", "TYPE_MISMATCH"),
        ("bool", 2, "TYPE_MISMATCH"),
        ("str", 1, "TYPE_MISMATCH"),
        ("str", True, "TYPE_MISMATCH"),
        ("str", "é" * 2048 + "x", "TOO_LONG"),
        ("str", "\ud800", "BAD_UTF8"),
    ],
)
def test_cell_is_refused_with_its_code(dtype, cell, code):
    found = check_of(f"{{name: x, dtype: {dtype}}}").check({"x": cell, "last": "a"})
    assert found.errors == [("x", code)]


@pytest.mark.parametrize(
    "rule, expected",
    [
        ("fill: 7", "filled"),
        ("on_missing: pass", "passed"),
        ("on_missing: reject", "NULL_NOT_ALLOWED"),
        ("required: true", "MISSING_REQUIRED"),
        ("required: true, on_missing: reject", "MISSING_REQUIRED"),
    ],
)
@pytest.mark.parametrize("row", [{}, {"x": None}, {"x": math.nan}], ids=["absent", "null", "NaN"])
def test_missing_value_follows_the_rule(rule, expected, row):
    found = check_of(f"{{name: x, dtype: int, {rule}}}").check({**row, "last": "a"})
    if expected == "filled":
        assert (found.values["x"], found.filled, found.errors) == (7, ["x"], [])
    elif expected == "passed":
        assert (found.values["x"], found.filled, found.errors) == (None, [], [])
    else:
        assert found.errors == [("x", expected)]


@pytest.mark.parametrize(
    "rule, cell, outcome",
    [
        ("min: 0, max: 9", 10, "OUT_OF_RANGE"),
        ("min: 0, max: 9", -1, "OUT_OF_RANGE"),
        ("min: 0, max: 9", 9, 9),
        ("min: 0", 99, 99),
        ("min: 0, max: 9, on_out_of_range: clamp", 10, 9),
        ("min: 0, max: 9, on_out_of_range: flag", 10, 10),
    ],
)
def test_range_is_kept(rule, cell, outcome):
    found = check_of(f"{{name: x, dtype: int, {rule}}}").check({"x": cell, "last": "a"})
    if outcome == "OUT_OF_RANGE":
        assert found.errors == [("x", outcome)]
    else:
        assert (found.errors, found.values["x"]) == ([], outcome)
        assert found.clamped == (["x"] if "on_out_of_range" in rule else [])


@pytest.mark.parametrize(
    "cell, errors", [("no", []), ("1.10", []), ("1.1", [("x", "OUT_OF_RANGE")]), ("", [("x", "OUT_OF_RANGE")])]
)
def test_text_is_one_of_those_allowed(cell, errors):
    assert check_of("{name: x, allowed: [no, 1.10]}").check({"x": cell}).errors == errors


def test_fill_is_not_held_to_the_range():
    assert check_of("{name: x, dtype: int, fill: -1, min: 0}").check({"last": "a"}).errors == []


def test_all_errors_come_at_once_in_schema_order_and_extra_fields_last():
    check = check_of("{name: x, dtype: int}")
    found = check.check({"zz": 1, "last": 5, "aa": None, "x": "y", "request_id": "r", "route_tags": {}})
    assert found.errors == [("x", "TYPE_MISMATCH"), ("last", "TYPE_MISMATCH"), ("zz", "EXTRA_FIELD"), ("aa", "EXTRA_FIELD")]


def test_extra_fields_can_be_ignored():
    assert check_of("{name: x, dtype: int, fill: 0}", "extra_fields: ignore\n").check({"zz": 1}).errors == []
