"""Pipeline, ColumnTransformer, FeatureUnion: which columns go where, and how the results are put side by side.

Columns chosen by name, position, slice, mask or dtype selector were resolved when the ColumnTransformer was fitted; what it
resolved to is read here.
"""

from dataclasses import replace

from .block import (
    ARRAY,
    FLOAT64,
    FRAME,
    OBJECT,
    SPARSE,
    Block,
    Text,
    array_dtype,
    as_dtype,
    common_dtype,
    outcome,
)
from .refusal import Where, finite, refuse, require_fitted
from .scalers import times_sparse


def pipeline(where, block, work):
    """Pipeline: one transformer after another."""
    for name, transformer in where.transformer.steps:
        if transformer is None or isinstance(transformer, str):
            continue  # passthrough
        block = work.compile(Where(f"{where.path}: '{name}'", transformer), block)
    return block


def column_transformer(where, block, work):
    """ColumnTransformer: each transformer's columns, then its results side by side."""
    composed = where.transformer
    require_fitted(where, "transformers_")
    if composed._n_features != len(block.columns):
        refuse(where, f"it was fitted on {composed._n_features} columns, {len(block.columns)} reach it", "fit it again")
    pieces = []
    for name, transformer, _ in composed.transformers_:
        positions = composed._transformer_to_input_indices[name]
        if len(positions) == 0 or (isinstance(transformer, str) and transformer == "drop"):
            continue
        piece = block.take(positions)
        if not isinstance(transformer, str):  # else passthrough
            piece = work.compile(Where(f"{where.path}: '{name}'", transformer), piece)
        pieces.append(_weighted(where, piece, (composed.transformer_weights or {}).get(name), work))
    if getattr(composed, "sparse_output_", False):
        return _sparse(where, pieces)
    return _dense(where, pieces, work)


def feature_union(where, block, work):
    """FeatureUnion: every transformer sees every column."""
    union = where.transformer
    pieces = []
    for name, transformer in union.transformer_list:
        if isinstance(transformer, str) and transformer == "drop":
            continue
        piece = block
        if not isinstance(transformer, str):
            piece = work.compile(Where(f"{where.path}: '{name}'", transformer), block)
        pieces.append(_weighted(where, piece, (union.transformer_weights or {}).get(name), work))
    if any(piece.container == SPARSE for piece in pieces):
        return _sparse(where, pieces)
    return _dense(where, pieces, work)


def _weighted(where, piece, weight, work):
    """transformer_weights: what a transformer gives, times a number."""
    if weight is None:
        return piece
    factor = finite(where, weight, "transformer_weights")
    columns = []
    for column in piece.columns:
        if isinstance(column, Text) or column.dtype == OBJECT or column.dtype.kind == "b":
            refuse(where, f"transformer_weights for a column of {column.dtype}", "leave the weight out")
        dtype = column.dtype if column.dtype.kind == "f" or isinstance(weight, int) else FLOAT64
        cast = float(dtype.type(factor)) if dtype.kind == "f" else factor  # numpy casts a number to the array's width first
        if piece.container == SPARSE:
            columns.append(times_sparse(replace(column, dtype=dtype), cast, work))
            continue
        made = work.steps.step("multiply", column.column, width=dtype, value=cast.hex())
        may_be_nan = column.may_be_nan or (cast == 0 and column.may_be_infinite)
        changed = {"may_be_nan": may_be_nan, "may_be_infinite": True, "indicator": False, "field": None}
        columns.append(replace(column, column=made, dtype=dtype, **changed))
    return piece.with_columns(columns)


def _sparse(where, pieces):
    """scipy.sparse.hstack: of a dense piece, zeros are not stored."""
    columns = [column for piece in pieces for column in piece.columns]
    for column in columns:
        if isinstance(column, Text):
            refuse(where, f"the text field '{column.field}' would stand in a sparse matrix", "encode it first")
    dtype = common_dtype(FLOAT64 if column.dtype == OBJECT else column.dtype for column in columns)
    return Block(as_dtype(columns, dtype), SPARSE)


def _dense(where, pieces, work):
    """numpy.hstack, or pandas.concat where all pieces are frames and the output is to be one."""
    pieces = [_dense_piece(piece, work) for piece in pieces]
    columns = [column for piece in pieces for column in piece.columns]
    asked = outcome(where.transformer, Block((), ARRAY)).container
    if asked == FRAME and all(piece.container == FRAME for piece in pieces):
        return Block(tuple(columns), FRAME)
    return Block(as_dtype(columns, common_dtype(array_dtype(piece) for piece in pieces)), ARRAY)


def _dense_piece(piece, work):
    if piece.container != SPARSE:
        return piece
    columns = []
    for column in piece.columns:  # what is not stored becomes +0.0, and so does a stored -0.0
        made = column.column if column.indicator else work.steps.step("add", column.column, value=0.0.hex())
        columns.append(replace(column, column=made, present=None, field=None))
    return Block(tuple(columns), ARRAY)
