"""StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler: one rounded operation after another, in scikit-learn's order.

A dense matrix is divided by the scale. A sparse one is multiplied by its reciprocal, which is another number for one value
in five, and what is not stored stays so.
"""

from dataclasses import replace

import numpy

from .block import FLOAT32, SPARSE, checked
from .refusal import finite, refuse, require_fitted


def standard(where, block, work):
    """StandardScaler: subtract mean_, divide by scale_."""
    scaler = where.transformer
    require_fitted(where, "n_features_in_")
    block = checked(block, where, work, keep="float", sparse=True)
    if block.container == SPARSE:
        if scaler.with_mean:
            refuse(where, "a sparse matrix cannot be centred", "set with_mean=False")
        return scaled_sparse(where, block, scaler.scale_ if scaler.with_std else None, work)
    ops = []
    if scaler.with_mean:
        ops.append(("subtract", scaler.mean_))
    if scaler.with_std:
        ops.append(("divide", scaler.scale_))
    return scaled(where, block, ops, work)


def robust(where, block, work):
    """RobustScaler: subtract center_, divide by scale_."""
    scaler = where.transformer
    require_fitted(where, "n_features_in_")
    block = checked(block, where, work, keep="float", sparse=True)
    if block.container == SPARSE:
        return scaled_sparse(where, block, scaler.scale_ if scaler.with_scaling else None, work)
    ops = []
    if scaler.with_centering:
        ops.append(("subtract", scaler.center_))
    if scaler.with_scaling:
        ops.append(("divide", scaler.scale_))
    return scaled(where, block, ops, work)


def max_abs(where, block, work):
    """MaxAbsScaler: divide by scale_."""
    require_fitted(where, "scale_")
    block = checked(block, where, work, keep="float", sparse=True)
    if block.container == SPARSE:
        return scaled_sparse(where, block, where.transformer.scale_, work)
    return scaled(where, block, [("divide", where.transformer.scale_)], work)


def min_max(where, block, work):
    """MinMaxScaler: multiply by scale_, add min_, clip where it clips."""
    scaler = where.transformer
    require_fitted(where, "scale_")
    block = checked(block, where, work, keep="float")
    done = scaled(where, block, [("multiply", scaler.scale_), ("add", scaler.min_)], work)
    if not getattr(scaler, "clip", False):
        return done
    columns = []
    for column in done.columns:  # the bounds are cast to the matrix's dtype first
        low, high = (float(column.dtype.type(bound)).hex() for bound in scaler.feature_range)
        made = work.steps.step("clip", column.column, width=column.dtype, low=low, high=high)
        columns.append(replace(column, column=made, may_be_infinite=False))
    return done.with_columns(columns)


def scaled(where, block, ops, work):
    """The block after `ops`, [(op, a constant a column)], each rounded to the matrix's dtype."""
    columns = []
    for position, column in enumerate(block.columns):
        made = column.column
        for op, constants in ops:
            value = finite(where, constants[position], f"of column {position}")
            made = work.steps.step(op, made, width=column.dtype, value=value.hex())
        columns.append(replace(column, column=made, may_be_infinite=bool(ops) or column.may_be_infinite, indicator=False, field=None))
    return block.with_columns(columns)


def scaled_sparse(where, block, scale, work):
    """What is stored, multiplied by the reciprocal of `scale` (None: not at all)."""
    if scale is None:
        return block
    columns = []
    for position, (column, factor) in enumerate(zip(block.columns, 1.0 / numpy.asarray(scale))):
        columns.append(times_sparse(column, finite(where, factor, f"of column {position}"), work))
    return block.with_columns(columns)


def times_sparse(column, factor, work):
    """A sparse column times `factor`. A product that underflows is a stored zero, unlike what is not stored."""
    steps, value, width = work.steps, float(factor).hex(), column.dtype
    present = None
    if not column.indicator:
        known = column.present
        if known is None:
            known = steps.step("impute", column.column, equals="0x0.0p+0", value="nan")
        present = steps.step("multiply", known, width=width, value=value)
    made = steps.step("multiply", column.column, width=width, value=value)
    return replace(column, column=made, present=present, indicator=False, may_be_infinite=True, field=None)


def rounded(column, work):
    """A column of a float32 frame: its field, rounded."""
    return replace(column, column=work.steps.step("float32", column.column), dtype=FLOAT32)
