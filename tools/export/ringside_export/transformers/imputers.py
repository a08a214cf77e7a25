"""SimpleImputer: what training found in the column stands for what is missing.

A text keeps its field until an encoder reads it, so an imputed text is only remembered here. A statistic is cast to the
matrix's dtype, as numpy does when it is stored there.
"""

import math
from dataclasses import replace

import numpy

from .block import ARRAY, OBJECT, REFUSED, SPARSE, Block, Number, Text, checked
from .encoders import valid_text
from .refusal import refuse, require_fitted
from .steps import hex_or_nan


def simple(where, block, work):
    """SimpleImputer: every strategy, keep_empty_features, add_indicator."""
    imputer = where.transformer
    require_fitted(where, "statistics_")
    block = _checked(where, block, work)
    if block.container == SPARSE:
        return _sparse(where, block)
    equals = _missing_values(imputer)
    kept = _kept(imputer)
    indicated = set(imputer.indicator_.features_.tolist()) if imputer.add_indicator else set()
    columns, indicators = [], []
    for position, column in enumerate(block.columns):
        statistic = imputer.statistics_[position]
        if isinstance(column, Text) and equals[0] in ("nan", "any", "None"):
            work.saw_missing(column.field, "None" if equals[0] == "None" else "nan")
        if position in indicated:
            indicators.append(_indicator(where, column, equals, work))
        _refuse_others(column, equals, work)
        if not kept[position]:
            continue
        if isinstance(column, Text):
            columns.append(_imputed_text(where, column, equals, statistic))
        else:
            columns.append(_imputed(where, column, equals, statistic, work))
    return Block(tuple(columns + indicators), ARRAY)


def _checked(where, block, work):
    """check_array as SimpleImputer asks for it: numbers for mean and median, anything for the others."""
    imputer = where.transformer
    if imputer.strategy not in ("most_frequent", "constant") and imputer._fit_dtype != OBJECT:
        return checked(block, where, work, keep="float", sparse=True)
    return checked(block, where, work, keep="any", sparse=True, texts=True)


def _missing_values(imputer):
    """What the imputer takes for missing: "nan", "None", "any" (pandas.NA: both), a text, or a float."""
    value = imputer.missing_values
    if value is None:
        return "None", None
    if type(value).__name__ == "NAType":
        return "any", None
    if isinstance(value, str):
        return "text", value
    return ("nan", None) if value != value else ("number", float(value))


def _kept(imputer):
    if imputer.strategy == "constant" or getattr(imputer, "keep_empty_features", False):
        return [True] * len(imputer.statistics_)
    return [not (isinstance(value, (float, numpy.floating)) and value != value) for value in imputer.statistics_.tolist()]


def _refuse_others(column, equals, work):
    """What is missing in another way than the imputer's is an error to it."""
    kind, _ = equals
    if isinstance(column, Number):
        if column.may_be_nan and kind not in ("nan", "any"):
            work.steps.require(column.column)


def _is_missing(column, kind):
    """Whether a missing text is missing to the imputer too."""
    if isinstance(column.missing, str) or column.missing is REFUSED:
        return False
    return kind == "any" or (kind == "None") == (column.missing is None) and kind in ("nan", "None")


def _imputed_text(where, column, equals, statistic):
    kind, value = equals
    missing = column.missing
    if kind not in ("nan", "any") and isinstance(missing, float):
        missing = REFUSED  # check_array refuses NaN among objects
    if kind == "number":
        return replace(column, missing=missing)
    if kind == "text":
        replaced = tuple((old, _text(where, statistic) if new == value else new) for old, new in column.replaced)
        if value not in dict(replaced):
            replaced += ((value, _text(where, statistic)),)
        if isinstance(missing, str) and missing == value:
            missing = _text(where, statistic)
        return replace(column, missing=missing, replaced=replaced)
    return replace(column, missing=_text(where, statistic)) if _is_missing(column, kind) else replace(column, missing=missing)


def _text(where, statistic):
    if not isinstance(statistic, str):
        refuse(where, f"it puts {statistic!r} into a column of texts", "use a text as fill_value")
    return valid_text(where, statistic)


def _imputed(where, column, equals, statistic, work):
    kind, value = equals
    if kind in ("None", "text") or (kind in ("nan", "any") and not column.may_be_nan):
        return column
    if isinstance(statistic, str):
        refuse(where, f"it puts the text {statistic!r} into a column of numbers", "impute texts and numbers apart")
    dtype = column.dtype
    stored = float(statistic) if dtype == OBJECT else float(numpy.asarray([statistic]).astype(dtype)[0])
    if math.isinf(stored):
        refuse(where, f"its statistic {statistic} is infinite as {dtype}", "fill with a finite number")
    made = work.steps.step(
        "impute", column.column, equals="nan" if kind != "number" else hex_or_nan(value), value=hex_or_nan(stored)
    )
    may_be_nan = stored != stored
    return replace(column, column=made, may_be_nan=may_be_nan, indicator=False, field=None)


def _indicator(where, column, equals, work):
    kind, value = equals
    if isinstance(column, Text):
        if not _is_missing(column, kind):
            refuse(where, f"add_indicator for '{column.field}', whose missing values are not the imputer's", "impute once, with NaN")
        made = work.steps.of_text("is_missing", column.field, equals="nan")
    else:
        made = work.steps.step("is_missing", column.column, equals=hex_or_nan(value) if kind == "number" else "nan")
    return Number(made, column.dtype, indicator=True)


def _sparse(where, block):
    """Of a sparse matrix only stored values are imputed; here nothing is NaN, so nothing happens."""
    imputer = where.transformer
    if _missing_values(imputer)[0] not in ("nan", "any") or imputer.add_indicator or not all(_kept(imputer)):
        refuse(where, "it imputes a sparse matrix", "impute before encoding, or set sparse_output=False")
    if any(column.may_be_nan for column in block.columns):
        refuse(where, "it imputes a sparse matrix, whose stored zeros differ from absent ones", "impute before encoding")
    return block
