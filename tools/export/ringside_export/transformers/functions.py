"""FunctionTransformer, of a closed list of functions: a pickle holds only the name of any other, and its meaning may change.

numpy.abs, numpy.sqrt and numpy.square round as IEEE says. numpy.log1p is inexact. None is the identity.
"""

from dataclasses import replace

import numpy

from .block import ARRAY, FLOAT32, FLOAT64, FRAME, OBJECT, SPARSE, Block, Text, as_dtype, checked, common_dtype
from .discretisers import no_nan
from .refusal import refuse

_OPS = {numpy.absolute: "abs", numpy.sqrt: "sqrt", numpy.square: "square", numpy.log1p: "log1p"}
_SQUARE_LIMIT = 3037000499  # beyond it, the square of an int64 wraps around


def function(where, block, work):
    """FunctionTransformer of None, numpy.abs, numpy.sqrt, numpy.square or numpy.log1p."""
    transformer = where.transformer
    op = None if transformer.func is None else _op(transformer.func)
    if transformer.func is not None and op is None:
        name = getattr(transformer.func, "__qualname__", getattr(transformer.func, "__name__", repr(transformer.func)))
        refuse(
            where,
            f"func={name}: it holds arbitrary code",
            "compute the value before the row is sent, or use numpy.abs, numpy.sqrt, numpy.square, numpy.log1p or None",
        )
    if transformer.kw_args:
        refuse(where, f"kw_args={sorted(transformer.kw_args)}", "leave them out")
    if transformer.validate:
        block = checked(block, where, work, keep="numeric", sparse=bool(transformer.accept_sparse))
        no_nan(block, work)
    if op is None:
        return block
    if block.container == SPARSE:
        refuse(where, f"numpy.{transformer.func.__name__} of a sparse matrix", "set sparse_output=False before it")
    if block.container != FRAME:
        block = Block(as_dtype(block.columns, common_dtype(column.dtype for column in block.columns)), ARRAY)
    return block.with_columns(_applied(where, column, op, work) for column in block.columns)


def _op(func):
    try:
        return _OPS.get(func)
    except TypeError:  # cannot be hashed, so it is none of them
        return None


def _applied(where, column, op, work):
    if isinstance(column, Text):
        refuse(where, f"it takes numbers, and the text field '{column.field}' reaches it", "encode the field first")
    dtype = column.dtype
    if dtype == OBJECT or dtype.kind == "b" or dtype.itemsize < 4 or (op == "square" and dtype.kind != "f" and dtype.itemsize < 8):
        refuse(where, f"numpy.{op} of a column of {dtype}", "make it float64 before fitting")
    if op == "square" and dtype.kind in "iu":
        if column.field is None:
            refuse(where, f"numpy.square of {dtype} wraps around", "make it float64 before fitting")
        work.limit(column.field, -_SQUARE_LIMIT, _SQUARE_LIMIT, f"beyond it the square of an {dtype} wraps around")
    if op == "log1p" and dtype == FLOAT32:
        refuse(where, "numpy.log1p of float32 has bits of its own", "make it float64 before fitting")
    result = dtype if dtype.kind == "f" or op in ("abs", "square") else FLOAT64
    made = work.steps.step(op, column.column, width=result, inexact="FunctionTransformer(numpy.log1p)" if op == "log1p" else None)
    return replace(
        column,
        column=made,
        dtype=result,
        may_be_nan=column.may_be_nan or op in ("sqrt", "log1p"),
        may_be_infinite=column.may_be_infinite or op in ("square", "log1p"),
        field=None,
    )
